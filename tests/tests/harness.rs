//! The harness keeps its own promise: nothing that a test started outlives it, even where the test is killed.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_tests::stage::{self, Stage};
use deskside_tests::wait;

/// Set in the child that [`a_killed_test_leaves_nothing`] starts of itself.
const CHILD: &str = "DESKSIDE_HARNESS_CHILD";

fn is_running(pid: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
    // A zombie has ended; only its parent has not looked yet.
    !stat.is_empty() && !stat.contains(") Z ")
}

/// A test in a process of its own starts a program with a child, and is killed: both end, and its folder goes.
#[tokio::test]
async fn a_killed_test_leaves_nothing() -> Result<()> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--exact", "plays_the_test_that_is_killed", "--nocapture"])
        .env(CHILD, "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut output = child.stdout.take().context("piped")?;
    let mut said = String::new();
    let mut byte = [0];
    while !said.contains(" ready\n") {
        ensure!(output.read(&mut byte)? == 1, "the child ended early: {said}");
        said.push(char::from(byte[0]));
    }
    let line = said.lines().find(|line| line.ends_with(" ready")).context("a line")?.to_owned();
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let [.., leader, grandchild, folder, _] = words.as_slice() else { anyhow::bail!("{line}") };
    ensure!(is_running(leader) && is_running(grandchild), "both run: {line}");
    child.kill()?;
    child.wait()?;
    wait::until("everything it started to end", wait::STEP, async || {
        Ok(!is_running(leader) && !is_running(grandchild) && !Path::new(folder).exists())
    })
    .await
}

/// On its own: a program that is ended with its stage, its children too.
#[tokio::test]
async fn plays_the_test_that_is_killed() -> Result<()> {
    let stage = Stage::new()?;
    let mut command = Command::new("sh");
    command.args(["-c", "sleep 600 & echo $!; wait"]);
    let process = stage.spawn("family", command)?;
    let grandchild = wait::until_some("the child's child", wait::STEP, async || {
        let said = process.said();
        Ok(said.ends_with('\n').then(|| said.trim().to_owned()))
    })
    .await?;
    let leader = process.pid().to_string();
    if std::env::var_os(CHILD).is_some() {
        println!("\n{leader} {grandchild} {} ready", stage.folder().display());
        return std::future::pending().await;
    }
    ensure!(is_running(&leader) && is_running(&grandchild), "both run");
    drop(process);
    wait::until("both to end", wait::STEP, async || Ok(!is_running(&leader) && !is_running(&grandchild)))
        .await
}

/// A test that takes too long fails, and says what its programs said.
#[tokio::test]
async fn a_test_that_hangs_fails_with_a_report() -> Result<()> {
    let played = stage::play(Duration::from_millis(600), async |stage| {
        let mut command = Command::new("sh");
        command.args(["-c", "echo I am here; sleep 600"]);
        let _process = stage.spawn("talker", command)?;
        std::future::pending().await
    });
    let report = format!("{:#}", played.await.err().context("it fails")?);
    ensure!(report.contains("I am here"), "{report}");
    Ok(())
}
