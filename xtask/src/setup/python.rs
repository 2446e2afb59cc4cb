//! The foreign programs in Python that tests measure ours against (tests/foreign/requirements.txt): an environment of their own in
//! the cache, once per user and list. crates/scratch-s3 knows where it is, and the tests ask there.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use deskside_scratch_s3::python_tools::Environment;

use crate::command::{run, works};
use crate::house::House;
use crate::steps::Steps;

/// Older ones need packages that the list does not name.
const OLDEST: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";

pub(crate) fn ensure(house: &House, steps: &mut Steps) -> Result<()> {
    let environment = Environment::new(&house.cache);
    if environment.is_complete() {
        return Ok(());
    }
    let python = python3()?;
    steps.step("the tests' Python tools, into the cache (pip)", || {
        // `--clear`: what an interrupted attempt left behind is not to be trusted.
        run(Command::new(&python).args(["-m", "venv", "--clear"]).arg(&environment.folder))?;
        run(Command::new(environment.program("python"))
            .args(["-m", "pip", "install", "--quiet", "--require-hashes", "--requirement"])
            .arg(house.root.join("tests/foreign/requirements.txt")))?;
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
