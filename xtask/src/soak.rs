//! `cargo xtask soak`: the randomised tests of the everyday runs, at their full counts.

use std::env;
use std::fs;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use clap::ValueEnum;

use crate::build;
use crate::command::cargo;
use crate::house::House;
use crate::lifeline;
use crate::package;
use crate::preview_soak;
use crate::setup::{self, Purpose};
use crate::steps::Steps;
use crate::test;

/// Cases per randomised test; the everyday runs take a few dozen.
pub(crate) const FULL_CASES: u32 = 100_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Area {
    /// The session client and the fold of the log, under random events, gaps and reconnects.
    Chat,
    /// A stored file of the largest size there may be, sent, played and saved in real windows: once, and never in everyday runs,
    /// which it would hold up for minutes.
    Large,
    /// The portal, then the desktop app, killed at random points while clients write.
    Kill,
    /// The portal stopped, its disk full, clients that do not read or do not stop; and portal and clients on a simulated network.
    Faults,
    /// The whole API under requests that schemathesis makes up.
    Api,
    /// Debian packages, installed and started in a clean root; once.
    Package,
    /// Document previews: the whole corpus where it is present, hostile documents, and damaged ones.
    Preview,
    /// Direct files: the engine under random lines, kills and disks; then 2 GiB between real windows, with twenty blows, and over
    /// emulated lines with their long outages.
    Transfer,
    /// Files on their way while client, portal and network are killed and cut.
    Upload,
    /// Sessions that end while technician, customer or portal is killed.
    Vault,
}

/// `seed` plays a run again; without it, and without `DESKSIDE_SEED`, another is drawn each time.
pub(crate) fn soak(
    house: &House,
    steps: &mut Steps,
    area: Option<Area>,
    cases: u32,
    seed: Option<u64>,
) -> Result<()> {
    let seed = seed.map_or_else(fresh_seed, |seed| seed.to_string());
    println!("seed {seed} (DESKSIDE_SEED={seed} PROPTEST_RNG_SEED={seed} plays it again)");
    let wanted = |candidate| area.is_none_or(|chosen| chosen == candidate);
    if wanted(Area::Chat) {
        steps.step(&format!("soak chat, {cases} cases"), || {
            tests(house, &seed, cases, &["-p", "deskside-timeline", "-p", "deskside-session"])
        })?;
    }
    if wanted(Area::Large) {
        let tools = setup::setup(house, steps, Purpose::Run)?;
        build::build(house, steps, &tools)?;
        steps.step("soak large, 1 GiB", || {
            tests(house, &seed, 1, &["--workspace", "--test", "attachments_large"])
        })?;
    }
    if wanted(Area::Kill) {
        let tools = setup::setup(house, steps, Purpose::Run)?;
        build::build(house, steps, &tools)?;
        // A kill takes seconds where a case of the chat takes a fraction of a millisecond.
        let kills = cases.div_ceil(500);
        steps.step(&format!("soak kill, {kills} cases"), || {
            tests(house, &seed, kills, &["--workspace", "--test", "kill"])
        })?;
        // And a window takes five times as long again to open.
        let windows = kills.div_ceil(5);
        steps.step(&format!("soak kill of the desktop app, {windows} cases"), || {
            tests(house, &seed, windows, &["--workspace", "--test", "desktop_kill"])
        })?;
    }
    if wanted(Area::Faults) {
        let tools = setup::setup(house, steps, Purpose::Run)?;
        build::build(house, steps, &tools)?;
        // A simulated day takes about ten cases' time, a real fault a thousand's.
        let days = cases.div_ceil(10);
        steps.step(&format!("soak faults on a simulated network, {days} cases"), || {
            tests(house, &seed, days, &["--workspace", "--test", "simulated"])
        })?;
        let faults = cases.div_ceil(1_000);
        steps.step(&format!("soak faults, {faults} cases"), || {
            tests(house, &seed, faults, &["--workspace", "--test", "faults"])
        })?;
    }
    if wanted(Area::Api) {
        let tools = setup::setup(house, steps, Purpose::Test)?;
        build::build(house, steps, &tools)?;
        // Of each operation and kind of caller; an everyday run takes eight.
        let requests = cases.div_ceil(500);
        steps.step(&format!("soak api, {requests} requests for each operation"), || {
            tests(house, &seed, requests, &["--workspace", "--test", "portal", "schemathesis"])
        })?;
    }
    if wanted(Area::Package) {
        let packages = package::package(house, steps, package::Profile::Ci)?;
        package::start_in_clean_root(house, steps, &packages)?;
    }
    if wanted(Area::Preview) {
        // A damaged document takes milliseconds, and most accidents change nothing that matters.
        preview_soak::soak(house, steps, &seed, u64::from(cases) * 2)?;
    }
    if wanted(Area::Transfer) {
        soak_transfer(house, steps, &seed, cases)?;
    }
    if wanted(Area::Upload) {
        let tools = setup::setup(house, steps, Purpose::Run)?;
        build::build(house, steps, &tools)?;
        // 65 MB each, sent, cut, sent again and read back.
        let uploads = cases.div_ceil(2_000);
        steps.step(&format!("soak upload, {uploads} cases"), || {
            tests(house, &seed, uploads, &["--workspace", "--test", "upload_faults"])
        })?;
    }
    if wanted(Area::Vault) {
        soak_vault(house, steps, &seed, cases.div_ceil(500))?;
    }
    Ok(())
}

/// A session that is talked in, ended and looked at while somebody dies takes seconds. What came of them is said at the end, and written
/// down for programs.
fn soak_vault(house: &House, steps: &mut Steps, seed: &str, endings: u32) -> Result<()> {
    let tools = setup::setup(house, steps, Purpose::Run)?;
    build::build(house, steps, &tools)?;
    let summary = house.root.join("target/soak-vault.json");
    steps.step(&format!("soak vault, {endings} endings"), || {
        let mut command = counted(house, seed, endings, &["--workspace", "--test", "endings"]);
        command.args(["--", "--nocapture", "--test-threads", "1"]).env("DESKSIDE_SUMMARY", &summary);
        lifeline::run_guarded(&mut command)
    })?;
    println!("    {}\n{}", summary.display(), fs::read_to_string(&summary)?);
    Ok(())
}

fn soak_transfer(house: &House, steps: &mut Steps, seed: &str, cases: u32) -> Result<()> {
    // A schedule moves a file through a line in virtual time: about ten milliseconds.
    let schedules = cases.div_ceil(10);
    steps.step(&format!("soak transfer, {schedules} schedules of the engine"), || {
        let engine = ["--workspace", "--test", "schedules", "--test", "frames", "--test", "hostile"];
        tests(house, seed, schedules, &engine)
    })?;
    let tools = setup::setup(house, steps, Purpose::Test)?;
    build::build(house, steps, &tools)?;
    lifeline::go_on()?;
    let screen = if lifeline::has_display() { None } else { Some(lifeline::Screen::start()?) };
    steps.step("soak transfer, 2 GiB and twenty blows between windows", || {
        let windows = ["--workspace", "--test", "direct", "--test", "direct_browser", "--test", "lines"];
        let mut command = counted(house, seed, 1, &windows);
        command.args(["--", "--nocapture", "--test-threads", "1"]).env("PATH", test::tool_path(&tools)?);
        if let Some(screen) = &screen {
            command.env("DISPLAY", &screen.display);
        }
        lifeline::run_guarded(&mut command)
    })
}

/// `DESKSIDE_SEED` where somebody plays a run again, else drawn from the clock: any number that differs each time will do.
fn fresh_seed() -> String {
    env::var("DESKSIDE_SEED").unwrap_or_else(|_| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        since.as_nanos().rem_euclid(1_000_000_007).to_string()
    })
}

/// `selection` by `--workspace` where it can be: with the features of one package alone everything would be built a second time.
fn tests(house: &House, seed: &str, cases: u32, selection: &[&str]) -> Result<()> {
    lifeline::run_guarded(&mut counted(house, seed, cases, selection))
}

fn counted(house: &House, seed: &str, cases: u32, selection: &[&str]) -> Command {
    let mut command = cargo(&house.root);
    command.args(["test", "--profile", "ci"]).args(selection).env("DESKSIDE_CASES", cases.to_string());
    test::seed(&mut command, seed);
    command
}
