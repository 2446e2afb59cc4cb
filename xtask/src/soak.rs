//! `cargo xtask soak`: the randomised tests of the everyday runs, at their full counts.

use anyhow::Result;
use clap::ValueEnum;

use crate::build;
use crate::command::cargo;
use crate::house::House;
use crate::lifeline;
use crate::setup::{self, Purpose};
use crate::steps::Steps;

/// Cases per randomised test; the everyday runs take a few dozen.
pub(crate) const FULL_CASES: u32 = 100_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Area {
    /// The session client and the fold of the log, under random events, gaps and reconnects.
    Chat,
    /// The portal killed at random points while clients write.
    Kill,
}

pub(crate) fn soak(house: &House, steps: &mut Steps, area: Option<Area>, cases: u32) -> Result<()> {
    let wanted = |candidate| area.is_none_or(|chosen| chosen == candidate);
    if wanted(Area::Chat) {
        steps.step(&format!("soak chat, {cases} cases"), || {
            tests(house, cases, &["-p", "deskside-timeline", "-p", "deskside-session"])
        })?;
    }
    if wanted(Area::Kill) {
        let tools = setup::setup(house, steps, Purpose::Run)?;
        build::build(house, steps, &tools)?;
        // A kill takes seconds where a case of the chat takes a fraction of a millisecond.
        let kills = cases.div_ceil(500);
        steps.step(&format!("soak kill, {kills} cases"), || {
            tests(house, kills, &["-p", "deskside-tests", "--test", "kill"])
        })?;
    }
    Ok(())
}

fn tests(house: &House, cases: u32, selection: &[&str]) -> Result<()> {
    lifeline::run_guarded(
        cargo(&house.root)
            .args(["test", "--profile", "ci"])
            .args(selection)
            .env("DESKSIDE_CASES", cases.to_string()),
    )
}
