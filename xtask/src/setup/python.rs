//! The foreign programs in Python that ours is measured against: environments of their own in the cache, once per user and list.
//! crates/scratch-s3 knows where that of the tests is (tests/foreign/requirements.txt), and they ask there.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use deskside_scratch_s3::python_tools::Environment;

use crate::command::{run, works};
use crate::house::House;
use crate::steps::Steps;

/// Older ones need packages that the list does not name.
const OLDEST: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";

pub(crate) fn ensure(house: &House, steps: &mut Steps) -> Result<()> {
    let requirements = house.root.join("tests/foreign/requirements.txt");
    make(&Environment::new(&house.cache), steps, "the tests' Python tools", &requirements)
}

/// magic-wormhole and its mailbox server, which `bench transfer` measures ours beside; the environment's folder.
pub(crate) fn ensure_wormhole(house: &House, steps: &mut Steps) -> Result<PathBuf> {
    let requirements = house.root.join("bench/peers/wormhole/requirements.txt");
    let list = fs::read(&requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
    // It only has to notice change: with another Rust version the hash may be another, which costs one installation.
    let mut hasher = DefaultHasher::new();
    hasher.write(&list);
    let folder = house.cache.join(format!("bench/wormhole-{:016x}", hasher.finish()));
    let environment = Environment { folder };
    make(&environment, steps, "magic-wormhole", &requirements)?;
    Ok(environment.folder)
}

/// Makes an environment of the packages in `requirements`, if it is not there.
fn make(environment: &Environment, steps: &mut Steps, what: &str, requirements: &Path) -> Result<()> {
    if environment.is_complete() {
        return Ok(());
    }
    let python = python3()?;
    steps.step(&format!("{what}, into the cache (pip)"), || {
        // `--clear`: what an interrupted attempt left behind is not to be trusted.
        run(Command::new(&python).args(["-m", "venv", "--clear"]).arg(&environment.folder))?;
        run(Command::new(environment.program("python"))
            .args(["-m", "pip", "install", "--quiet", "--require-hashes", "--requirement"])
            .arg(requirements))?;
        fs::write(environment.completion_note(), "").context("cannot write into the cache")
    })
}

/// `DESKSIDE_PYTHON3`, or the one in PATH.
fn python3() -> Result<OsString> {
    let candidates = [env::var_os("DESKSIDE_PYTHON3"), Some("python3".into()), Some("python".into())];
    let suits = |python: &OsString| works(Command::new(python).args(["-c", OLDEST]));
    candidates.into_iter().flatten().find(suits).context(
        "the tests need Python 3.11 or newer with venv (Debian: python3-venv): install it, or name it in DESKSIDE_PYTHON3",
    )
}
