//! Set-up: what a command needs from the machine, told before it is installed and skipped when it is there.

mod debian_wasm;
mod node;
pub(crate) mod packages;
pub(crate) mod python;
mod tools;
mod wasm_std;

use std::path::PathBuf;

use anyhow::Result;

use crate::house::House;
use crate::steps::Steps;
pub(crate) use wasm_std::{TARGET as WASM_TARGET, Toolchain, target_folder as wasm_target_folder};

/// What the machine is to be made ready for; each includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// The browser's client core only.
    Wasm,
    /// Portal and desktop app.
    Run,
    /// Generated files: the queries on PostgreSQL are checked on a server.
    Generate,
    /// Real windows driven by tests, screen or no screen.
    Test,
    /// The build machine's checks.
    Ci,
}

/// What set-up found or made.
pub(crate) struct Tools {
    pub(crate) wasm: Toolchain,
    pub(crate) wasm_bindgen: PathBuf,
    /// Drives Firefox; only for tests.
    pub(crate) geckodriver: Option<PathBuf>,
    pub(crate) cargo_deny: Option<PathBuf>,
}

/// Make the machine ready for `purpose`.
pub(crate) fn setup(house: &House, steps: &mut Steps, purpose: Purpose) -> Result<Tools> {
    if purpose >= Purpose::Run {
        packages::ensure(steps, purpose)?;
    }
    node::ensure(house, steps)?;
    let wasm = wasm_std::ensure(house, steps)?;
    let wasm_bindgen = tools::wasm_bindgen(house, steps)?;
    let geckodriver = (purpose >= Purpose::Test).then(|| tools::geckodriver(house, steps)).transpose()?;
    if purpose >= Purpose::Test {
        python::ensure(house, steps)?;
    }
    let cargo_deny = (purpose >= Purpose::Ci).then(|| tools::cargo_deny(house, steps)).transpose()?;
    Ok(Tools { wasm, wasm_bindgen, geckodriver, cargo_deny })
}

/// Only Node and the UI's packages.
pub(crate) fn ui_packages(house: &House, steps: &mut Steps) -> Result<()> {
    node::ensure(house, steps)
}

/// Only the compiler for the browser, for the check of the pure crates.
pub(crate) fn wasm_toolchain(house: &House, steps: &mut Steps) -> Result<Toolchain> {
    wasm_std::ensure(house, steps)
}
