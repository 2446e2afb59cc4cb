//! `deskside-scripted`: plays the whole main job by itself in real windows, with sample files that it makes.
//!
//! Leaves `transcript.txt` and a numbered picture per step in `target/scripted/`, ends everything it started, and succeeds
//! only if all of it worked. Windows open on the machine's screen; where there is none, on a screen in memory.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that tells people what it does")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use deskside_tests::diary::Diary;
use deskside_tests::stage;
use deskside_tests::webdriver::Look;
use deskside_tests::{journey, xvfb};

/// The whole tour takes two to three minutes on two free cores.
const LIMIT: Duration = Duration::from_secs(15 * 60);

#[tokio::main]
async fn main() -> ExitCode {
    let started = Instant::now();
    match tour().await {
        Ok(folder) => {
            println!("\nAll of it worked, in {:.0} s.", started.elapsed().as_secs_f64());
            println!("Transcript and pictures: {folder}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("\nIt did not work: {error:?}");
            ExitCode::FAILURE
        }
    }
}

async fn tour() -> Result<String> {
    if !xvfb::is_there() {
        println!("There is no display here: the windows open on a screen in memory (Xvfb).");
    }
    let folder = journey::folder("scripted")?;
    let mut diary = Diary::new(folder.clone());
    let tour = stage::play(LIMIT, async |stage| {
        let outcome = journey::play(stage, &mut diary, Look::Window).await?;
        outcome.customer.close().await?;
        outcome.admin_page.close().await?;
        outcome.technician.close().await?;
        diary.note("Every window is closed");
        Ok(())
    });
    tokio::select! {
        result = tour => result?,
        () = asked_to_end() => bail!("interrupted; everything that was started has been ended"),
    }
    Ok(folder.display().to_string())
}

/// Ctrl-C, or SIGTERM.
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
