//! `cargo xtask ci`: what the build machine runs, cheap failures first.

use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{cargo, lint_what_is_compiled, npm, on_path, read, run};
use crate::house::House;
use crate::setup::{self, Purpose, Tools};
use crate::steps::Steps;
use crate::{build, generate, lifeline, package, rows, test, wasm};

pub(crate) fn ci(house: &House, steps: &mut Steps) -> Result<()> {
    steps.step("formatting (cargo fmt)", || run(cargo(&house.root).args(["fmt", "--all", "--check"])))?;
    steps.step("rows of docs/FEATURES.md", || rows::rows(house))?;
    let tools = setup::setup(house, steps, Purpose::Ci)?;
    deny(house, steps, &tools)?;

    wasm::build(house, steps, &tools)?;
    npm_script(house, steps, "check")?;
    npm_script(house, steps, "lint")?;
    test::ui_unit(house, steps)?;
    build::ui(house, steps)?;
    npm_script(house, steps, "size")?;
    lifeline::go_on()?;

    lint_what_is_compiled()?;
    build::build(house, steps, &tools)?;
    steps.step("the test programs, all linted (cargo test --no-run)", || {
        run(cargo(&house.root).args(["test", "--profile", "ci", "--workspace", "--no-run"]))
    })?;
    generate::check_built(house, steps)?;
    // In a clean root they are tried by `soak package`.
    if cfg!(target_os = "linux") && on_path("dpkg-deb") {
        package::built(house, steps, package::Profile::Ci)?;
    }
    test::ui_journeys(house, steps)?;
    test::rust(house, steps, &tools)
}

fn npm_script(house: &House, steps: &mut Steps, script: &str) -> Result<()> {
    steps.step(&format!("npm run {script}"), || run(npm(&house.ui()).args(["run", script])))
}

/// Licences, bans and sources need nothing but the crates; advisories need a database from the net.
fn deny(house: &House, steps: &mut Steps, tools: &Tools) -> Result<()> {
    let program = tools.cargo_deny.as_deref().context("set-up for ci brings cargo-deny")?;
    let deny = |arguments: &[&str]| {
        let mut command = Command::new(program);
        command.current_dir(&house.root).args(arguments);
        command
    };
    steps.step("licences, bans and sources (cargo deny)", || {
        run(&mut deny(&["check", "licenses", "bans", "sources"]))
    })?;
    steps.step("security advisories (cargo deny)", || {
        if let Err(error) = read(&mut deny(&["fetch", "db"])) {
            println!("    SKIPPED, nothing was checked: the advisory database cannot be downloaded here.\n    {error:#}");
            return Ok(());
        }
        run(&mut deny(&["check", "--disable-fetch", "advisories"]))
    })
}
