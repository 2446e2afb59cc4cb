//! `cargo xtask test`: every test there is.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

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
        let report = house.root.join("target/xtask/e2e.json");
        command.env("DESKSIDE_E2E_REPORT", &report);
        drop(std::fs::remove_file(&report));
        lifeline::run_guarded(&mut command).map_err(|error| match failed_journeys(&report) {
            failed if failed.is_empty() => error,
            failed => error.context(failed.join("\n")),
        })
    })
}

/// What failed by Playwright's JSON report, with the first line of each reason: the end of a long output is what is kept of it.
fn failed_journeys(report: &Path) -> Vec<String> {
    let report = std::fs::read(report).unwrap_or_default();
    let report: Value = serde_json::from_slice(&report).unwrap_or_default();
    let mut failed = Vec::new();
    collect_failed(&report, &mut failed);
    failed
}

fn collect_failed(suite: &Value, failed: &mut Vec<String>) {
    let list = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
    for spec in list(suite, "specs").iter().filter(|spec| spec["ok"] == false) {
        let results = list(spec, "tests").iter().flat_map(|test| list(test, "results")).collect::<Vec<_>>();
        let reason =
            results.iter().find_map(|result| result["error"]["message"].as_str()).unwrap_or_default();
        let place = format!("{}:{}", spec["file"].as_str().unwrap_or_default(), spec["line"]);
        let title = spec["title"].as_str().unwrap_or_default();
        failed.push(format!("{place} › {title}: {}", reason.lines().next().unwrap_or_default()));
    }
    for inner in list(suite, "suites") {
        collect_failed(&inner, failed);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_journeys_are_named_with_their_reasons() {
        let report = serde_json::json!({ "suites": [{ "specs": [], "suites": [{ "specs": [
            { "title": "works", "ok": true, "file": "a.spec.ts", "line": 4, "tests": [] },
            { "title": "breaks", "ok": false, "file": "a.spec.ts", "line": 9, "tests": [
                { "results": [{ "error": { "message": "Expected: 1\nReceived: 2" } }] },
            ] },
        ] }] }] });
        let mut failed = Vec::new();
        collect_failed(&report, &mut failed);
        assert_eq!(failed, ["a.spec.ts:9 › breaks: Expected: 1"]);
        assert!(failed_journeys(Path::new("/nowhere/e2e.json")).is_empty());
    }
}
