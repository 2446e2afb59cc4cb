//! `cargo xtask test`: every test there is.

use std::env;
use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context, Result};

use crate::build;
use crate::command::{cargo, npm, run};
use crate::house::House;
use crate::lifeline::{self, Screen};
use crate::setup::{self, Purpose, Tools};
use crate::steps::Steps;

pub(crate) fn test(house: &House, steps: &mut Steps) -> Result<()> {
    let tools = setup::setup(house, steps, Purpose::Test)?;
    build::build(house, steps, &tools)?;
    ui_unit(house, steps)?;
    ui_journeys(house, steps)?;
    rust(house, steps, &tools)
}

/// The UI's unit tests.
pub(crate) fn ui_unit(house: &House, steps: &mut Steps) -> Result<()> {
    steps.step("the UI's unit tests", || {
        // CI: run once, never watch.
        run(npm(&house.ui()).arg("test").env("CI", "true"))
    })
}

/// The UI's journeys, in Chromium against the portal's program, which must have been built.
pub(crate) fn ui_journeys(house: &House, steps: &mut Steps) -> Result<()> {
    lifeline::go_on()?;
    steps.step("journeys through the pages (Playwright)", || {
        let mut command = npm(&house.ui());
        command.args(["run", "e2e"]).env("CI", "true");
        command.env("DESKSIDE_PORTAL_BIN", house.program("deskside-portal"));
        lifeline::run_guarded(&mut command)
    })
}

/// Seed of the randomised tests in everyday runs: the same few hundred cases each time, so that a failure is the change's
/// own. `cargo xtask soak` draws another each time and prints it.
const SEED: &str = "20261121";

/// Every Rust test, those in real windows and browsers included. The programs must have been built.
pub(crate) fn rust(house: &House, steps: &mut Steps, tools: &Tools) -> Result<()> {
    lifeline::go_on()?;
    let screen = if lifeline::has_display() {
        None
    } else {
        Some(steps.step("a screen in memory (Xvfb)", Screen::start)?)
    };
    steps.step("the Rust tests (cargo test)", || {
        let mut command = cargo(&house.root);
        command
            .args(["test", "--profile", "ci", "--workspace", "--no-fail-fast"])
            .env("PATH", tool_path(tools)?)
            // What a failed test says stands at the end of its output, not before pages of tokio's frames; panics keep theirs.
            .env("RUST_LIB_BACKTRACE", "0");
        seed(&mut command, SEED);
        if let Some(screen) = &screen {
            command.env("DISPLAY", &screen.display);
        }
        lifeline::run_guarded(&mut command)
    })
}

/// Fixes the draws of proptest and of the tests' own `DESKSIDE_SEED`.
pub(crate) fn seed(command: &mut Command, seed: &str) {
    command.env("PROPTEST_RNG_SEED", seed).env("DESKSIDE_SEED", seed);
}

/// PATH with the tools of the cache in front.
pub(crate) fn tool_path(tools: &Tools) -> Result<OsString> {
    let own = tools.geckodriver.iter().filter_map(|program| program.parent());
    let inherited = env::var_os("PATH").unwrap_or_default();
    env::join_paths(own.map(Into::into).chain(env::split_paths(&inherited)))
        .context("a folder in PATH cannot be written there")
}
