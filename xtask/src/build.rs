//! From sources to everything `run` and the tests start.

use anyhow::Result;

use crate::command::{cargo, npm, run};
use crate::house::House;
use crate::setup::{self, Purpose, Tools};
use crate::stamp::{self, Inputs};
use crate::steps::Steps;
use crate::wasm;

/// Wasm → UI → programs: each is made from the one before it.
pub(crate) fn build(house: &House, steps: &mut Steps, tools: &Tools) -> Result<()> {
    wasm::build(house, steps, tools)?;
    ui(house, steps)?;
    programs(house, steps)
}

pub(crate) fn build_after_setup(house: &House, steps: &mut Steps) -> Result<()> {
    let tools = setup::setup(house, steps, Purpose::Run)?;
    build(house, steps, &tools)
}

/// The UI into ui/dist, from where portal and desktop app embed it.
pub(crate) fn ui(house: &House, steps: &mut Steps) -> Result<()> {
    let ui = house.ui();
    let stamp = house.stamps().join("ui");
    let digest = Inputs::default().path(&ui)?.digest();
    if ui.join("dist/index.html").is_file() && stamp::fresh(&stamp, &digest) {
        return Ok(());
    }
    steps.step("the UI (vite)", || {
        run(npm(&ui).args(["run", "build"]))?;
        stamp::note(&stamp, &digest)
    })
}

/// All programs of the workspace at once: with the tests' selection, dependencies get the tests' features, and nothing
/// is compiled twice.
fn programs(house: &House, steps: &mut Steps) -> Result<()> {
    steps.step("the programs (cargo build)", || {
        let mut command = cargo(&house.root);
        command.args(["build", "--profile", "ci", "--workspace", "--bins"]);
        if cfg!(windows) {
            // Windows does not let a running program be replaced, and this one runs.
            command.args(["--exclude", "xtask"]);
        }
        run(&mut command)
    })
}
