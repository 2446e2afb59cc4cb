//! The standard library for wasm32-unknown-unknown: rustup's, or built from Debian's sources where rustup can't
//! download.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::debian_wasm;
use crate::command::{on_path, read, run};
use crate::house::House;
use crate::steps::Steps;

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Set to `debian` to pass rustup by, for trying that way where rustup works.
const FORCE: &str = "DESKSIDE_WASM_STD";

/// A compiler that can build for the browser.
pub(crate) struct Toolchain {
    /// What tells this toolchain from another; part of every stamp.
    pub(crate) name: String,
    /// What cargo must be told to use it; nothing for rustup's own.
    environment: Vec<(String, PathBuf)>,
}

impl Toolchain {
    fn rustups() -> Result<Self> {
        Ok(Self {
            name: read(Command::new("rustc").arg("--version"))?.trim().to_owned(),
            environment: Vec::new(),
        })
    }

    pub(crate) fn debian(name: String, environment: Vec<(String, PathBuf)>) -> Self {
        Self { name, environment }
    }

    /// Make a cargo command build with this toolchain, in a folder of its own: another compiler than the
    /// workspace's would else rebuild what they share, over and over.
    pub(crate) fn equip(&self, command: &mut Command, root: &Path) {
        command
            .env("CARGO_TARGET_DIR", target_folder(root))
            .envs(self.environment.iter().map(|(key, value)| (key, value)));
    }
}

pub(crate) fn target_folder(root: &Path) -> PathBuf {
    root.join("target/wasm")
}

pub(crate) fn ensure(house: &House, steps: &mut Steps) -> Result<Toolchain> {
    let forced = env::var(FORCE).is_ok_and(|value| value == "debian");
    if !forced && has_std()? {
        return Toolchain::rustups();
    }
    if let Some(ready) = debian_wasm::ready(house)? {
        return Ok(ready);
    }
    if !forced && on_path("rustup") {
        let added = steps.step(&format!("rustup target add {TARGET}"), || {
            let outcome = run(Command::new("rustup").args(["target", "add", TARGET]));
            if let Err(error) = &outcome {
                println!("    {error:#}");
            }
            Ok(outcome.is_ok())
        })?;
        if added && has_std()? {
            return Toolchain::rustups();
        }
    }
    debian_wasm::make(house, steps).with_context(|| {
        format!("Rust's standard library for the browser is missing: `rustup target add {TARGET}` did not work here, nor did Debian's packages")
    })
}

/// Has the compiler in use a std for the browser?
fn has_std() -> Result<bool> {
    let folder = read(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))?;
    let Ok(entries) = fs::read_dir(folder.trim()) else {
        return Ok(false);
    };
    let found = entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"));
    Ok(found)
}
