//! Chromium: two pages that send each other bytes from memory, and one page of ours beside the desktop's engine.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use super::report::Sample;
use super::run::{Between, Spent};
use super::stage::Stage;
use crate::servers::process::{Process, installed, is_root};

/// A browser starts, on a machine that may be busy.
const START: Duration = Duration::from_secs(60);
const LIMIT: Duration = Duration::from_secs(180);

/// What a page tells the bench.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    /// Its channel, or its engine, is ready.
    Open(String),
    Done {
        bytes: u64,
        /// From the first message to the last.
        seconds: f64,
    },
    Failed(String),
}

/// The next thing a page tells.
pub(super) async fn told(stage: &Stage, limit: Duration) -> Result<Told> {
    let letter = stage.hear(limit).await?;
    let told: Told = serde_json::from_str(&letter).with_context(|| format!("a page wrote {letter}"))?;
    if let Told::Failed(why) = told {
        bail!("a page failed: {why}");
    }
    Ok(told)
}

/// Its version, where there is one.
pub(super) fn version() -> Option<String> {
    super::version(installed("chromium")?)
}

/// A browser of its own, without a screen, with `url` open.
pub(super) fn browser(name: &str, folder: &Path, url: &str) -> Result<Process> {
    let program = installed("chromium").context("Chromium is not installed")?;
    let mut command = Command::new(program);
    command.args([
        "--headless=new",
        "--no-first-run",
        "--disable-gpu",
        "--disable-extensions",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-background-timer-throttling",
        "--disable-renderer-backgrounding",
        // Without an mDNS responder nobody would find the addresses that it hides otherwise.
        "--disable-features=WebRtcHideLocalIpsWithMdns",
    ]);
    if is_root() {
        command.arg("--no-sandbox");
    }
    command.arg(format!("--user-data-dir={}", folder.join(format!("{name}-profile")).display()));
    // What a page saves goes there, not to the person's own downloads.
    command.env("HOME", folder).arg(url);
    Process::spawn(name, folder, &mut command)
}

/// `bytes` from one Chromium to another.
pub(super) async fn measure(pages: &Path, folder: &Path, bytes: u64) -> Result<Sample> {
    let stage = Stage::open(pages).await?;
    let open = |me: &str, peer: &str| {
        browser(me, folder, &stage.url(&format!("page.html?me={me}&peer={peer}&bytes={bytes}")))
    };
    let receiver = open("receive", "send")?;
    let sender = open("send", "receive")?;
    for _ in 0..2 {
        let Told::Open(_) = told(&stage, START).await? else { bail!("a page is done before it began") };
    }
    let (sent, received) = (Between::begin(sender.pid())?, Between::begin(receiver.pid())?);
    stage.say("send", r#"{"go":true}"#);
    let Told::Done { bytes, seconds } = told(&stage, LIMIT).await? else { bail!("a page opened twice") };
    Ok(sample(bytes, seconds, sent.end()?, received.end()?))
}

/// One transfer in numbers.
pub(super) fn sample(bytes: u64, seconds: f64, sent: Spent, received: Spent) -> Sample {
    Sample { mb_s: bytes as f64 / seconds / 1e6, ..Sample::of(bytes, sent, received) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_pages_tell_is_understood() {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::open(folder.path()).await.unwrap();
        let limit = Duration::from_secs(5);
        stage.say("bench", r#"{"open":"send"}"#);
        assert_eq!(told(&stage, limit).await.unwrap(), Told::Open("send".to_owned()));
        stage.say("bench", r#"{"done":{"bytes":64000000,"seconds":2.0}}"#);
        let Told::Done { bytes, seconds } = told(&stage, limit).await.unwrap() else { panic!("it is done") };
        assert_eq!(sample(bytes, seconds, Spent::default(), Spent::default()).mb_s, 32.0);
        stage.say("bench", r#"{"failed":"send: no channel"}"#);
        assert!(told(&stage, limit).await.unwrap_err().to_string().contains("no channel"));
    }
}
