//! `cargo xtask …`: everything a newcomer, a developer or the build machine has to do, set-up included.
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool: its output is for the person in front of the terminal"
)]

mod autobahn;
mod bench;
mod build;
mod ci;
mod command;
mod generate;
mod house;
mod lifeline;
mod package;
mod preview_soak;
mod rows;
mod run;
mod setup;
mod soak;
mod stamp;
mod steps;
mod test;
mod wasm;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use house::House;
use setup::Purpose;
use steps::Steps;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Deskside's chores. Each command does its own set-up first.")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything, start the portal and open the desktop app.
    Run {
        /// Play the whole main job by itself, in real windows, and exit 0 only if all of it worked.
        #[arg(long)]
        scripted: bool,
    },
    /// Every test: Rust, the UI's unit tests, and end to end in real windows.
    Test,
    /// What the build machine runs: `test` plus formatting, lints, licences, generated files and rows.
    Ci,
    /// The randomised tests at their full counts.
    Soak {
        /// Only this area; all of them without it.
        area: Option<soak::Area>,
        /// Cases per randomised test.
        #[arg(long, default_value_t = soak::FULL_CASES)]
        cases: u32,
        /// Plays a run again that printed it.
        #[arg(long)]
        seed: Option<u64>,
    },
    /// The Autobahn suite of RFC 6455 against the session socket's transport; writes docs/AUTOBAHN.md.
    Autobahn,
    /// Measure, with what users would run; not a test.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Rewrite the generated files (TypeScript types, sqlx's notes on queries, OpenAPI).
    Gen {
        /// Change nothing; fail when a committed file differs from what would be generated.
        #[arg(long)]
        check: bool,
    },
    /// Build Debian packages of the desktop app and the portal, into target/packages.
    Package {
        #[arg(long, default_value = "release")]
        profile: package::Profile,
        /// Take the programs as they were built last.
        #[arg(long)]
        no_build: bool,
    },
    /// Check docs/FEATURES.md against the tests, and list what is not done.
    Rows,
    /// Install what the other commands need, and nothing else.
    Setup,
    /// Wasm, UI and the binaries, in the profile that `run` and `test` use.
    Build,
    /// The browser's client core, from Rust to ui/src/lib/wasm.
    Wasm,
    /// Check that the pure crates compile for the browser.
    WasmCheck,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut steps = Steps::new();
    let outcome = House::find().and_then(|house| {
        lifeline::install()?;
        perform(&cli.task, &house, &mut steps)
    });
    steps.print_table();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("\nFAILED: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: &Task, house: &House, steps: &mut Steps) -> anyhow::Result<()> {
    match task {
        Task::Run { scripted: false } => run::run(house, steps),
        Task::Run { scripted: true } => run::scripted(house, steps),
        Task::Test => test::test(house, steps),
        Task::Ci => ci::ci(house, steps),
        Task::Soak { area, cases, seed } => soak::soak(house, steps, *area, *cases, *seed),
        Task::Autobahn => autobahn::autobahn(house, steps),
        Task::Bench(what) => bench::bench(house, steps, what),
        Task::Gen { check: false } => generate::write(house, steps),
        Task::Gen { check: true } => generate::check(house, steps),
        Task::Package { profile, no_build: true } => package::built(house, steps, *profile).map(drop),
        Task::Package { profile, no_build: false } => package::package(house, steps, *profile).map(drop),
        Task::Rows => rows::rows(house),
        Task::Setup => setup::setup(house, steps, Purpose::Ci).map(drop),
        Task::Build => build::build_after_setup(house, steps),
        Task::Wasm => {
            let tools = setup::setup(house, steps, Purpose::Wasm)?;
            wasm::build(house, steps, &tools)
        }
        Task::WasmCheck => {
            let toolchain = setup::wasm_toolchain(house, steps)?;
            wasm::check(house, steps, &toolchain)
        }
    }
}
