//! Our engine between two processes (`crates/direct/examples/direct-peer.rs`): from a file into a file, with disk, BLAKE3 and sync.
//!
//! The two find each other by signals over a Unix socket, which crosses network namespaces; the sender listens there. How long it
//! took is looked at from outside: from the first byte in the receiver's folder until the file has its name, which it gets once it is synced.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use tokio::time::sleep;

use super::arrival::arrival;
use super::line::{End, Line};
use super::report::Sample;
use super::run::Run;

/// A slow line carries 40 MB in this time at a tenth of what must be.
const LIMIT: Duration = Duration::from_secs(150);
const LOOK: Duration = Duration::from_millis(10);

/// A way between the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    WebRtc,
    Quic,
    Relay,
    /// Whatever the engine finds best, as users have it.
    All,
    /// The best but the relay, which an outage of the line does not touch here.
    Direct,
}

impl Lane {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::WebRtc => "webrtc",
            Self::Quic => "quic",
            Self::Relay => "relay",
            Self::All => "all",
            Self::Direct => "direct",
        }
    }
}

/// What a peer says at its end.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Said {
    pub(super) bytes: u64,
    /// Bytes of messages by lane.
    #[serde(default)]
    lanes: BTreeMap<String, u64>,
    /// Lanes that came up.
    #[serde(default)]
    connections: Option<u32>,
}

impl Said {
    /// The last line of what a peer printed.
    pub(super) fn read(said: &str) -> Result<Self> {
        let line = said.lines().rev().find(|line| line.starts_with('{')).context("the peer said nothing")?;
        serde_json::from_str(line).with_context(|| format!("the peer said {line}"))
    }

    /// An error where bytes went another way than they should.
    fn went(&self, lane: Lane) -> Result<()> {
        let other = self.lanes.iter().find(|(name, bytes)| **bytes > 0 && name.as_str() != lane.name());
        let fits = match lane {
            Lane::All => true,
            Lane::Direct => self.lanes.get("relay").is_none_or(|bytes| *bytes == 0),
            Lane::WebRtc | Lane::Quic | Lane::Relay => other.is_none(),
        };
        ensure!(fits, "asked for {}, went {:?}", lane.name(), self.lanes);
        Ok(())
    }
}

/// Where two peers run, and with what.
pub(super) struct Peers<'a> {
    pub(super) program: &'a Path,
    /// For their logs, their socket and what they keep.
    pub(super) folder: &'a Path,
    /// Where absent, they run here, on loopback.
    pub(super) line: Option<&'a Line>,
}

impl Peers<'_> {
    /// A peer that sends `path`, or receives into it.
    pub(super) fn command(&self, end: End, role: &str, path: &Path, socket: &Path, lane: Lane) -> Command {
        let mut command = match self.line {
            Some(line) => line.command(end, self.program),
            None => Command::new(self.program),
        };
        // On this machine only its own addresses; a line has others.
        command.env("DESKSIDE_ICE_LOOPBACK", if self.line.is_some() { "0" } else { "1" });
        command.arg(role).arg(path).arg("--socket").arg(socket);
        if lane != Lane::All {
            command.args(["--lane", lane.name()]);
        }
        command
    }

    /// Starts both: `file` on its way into the folder `target`.
    fn start(&self, lane: Lane, file: &Path, target: &Path) -> Result<Pair> {
        let socket = self.folder.join("signals.sock");
        let mut command = self.command(End::A, "send", file, &socket, lane);
        let sender = Run::start("peer-send", self.folder, &mut command)?;
        let mut command = self.command(End::B, "receive", target, &socket, lane);
        let receiver = Run::start("peer-receive", self.folder, &mut command)?;
        let name = file.file_name().context("a file has a name")?;
        Ok(Pair { sender, receiver, folder: target.to_owned(), arrived: target.join(name) })
    }

    /// `file` into the folder `target` over `lane`.
    pub(super) async fn measure(&self, lane: Lane, file: &Path, target: &Path) -> Result<Sample> {
        self.start(lane, file, target)?.end(lane).await
    }

    /// The same with `seconds` of outage in the middle.
    pub(super) async fn outage(&self, seconds: u64, file: &Path, target: &Path) -> Result<Sample> {
        const BEFORE: Duration = Duration::from_secs(3);
        let line = self.line.context("an outage needs a line")?;
        let begun = Instant::now();
        let pair = self.start(Lane::Direct, file, target)?;
        written_after(target, SystemTime::UNIX_EPOCH, LIMIT).await?;
        sleep(BEFORE).await;
        line.cut()?;
        sleep(Duration::from_secs(seconds)).await;
        let last = newest(target).context("nothing was written before the outage")?;
        let mended = SystemTime::now();
        let still = mended.duration_since(last).unwrap_or_default();
        ensure!(still > Duration::from_secs(1), "data came {still:?} ago over a line that is cut");
        line.mend()?;
        let again = written_after(target, mended, LIMIT).await?.duration_since(mended)?;
        let sample = pair.end(Lane::Direct).await?;
        let moving = begun.elapsed().saturating_sub(Duration::from_secs(seconds));
        let mb_s = fs::metadata(file)?.len() as f64 / 1e6 / moving.as_secs_f64();
        Ok(Sample { mb_s, whole_mb_s: None, again_s: Some(again.as_secs_f64()), ..sample })
    }
}

struct Pair {
    sender: Run,
    receiver: Run,
    /// The receiver's.
    folder: PathBuf,
    /// The whole file.
    arrived: PathBuf,
}

impl Pair {
    async fn end(self, lane: Lane) -> Result<Sample> {
        let arrived = arrival(&self.folder, &self.receiver, LIMIT, || self.arrived.exists()).await;
        // Their own words, where something went wrong, say more.
        let (said, received) = self.receiver.end(LIMIT).await?;
        let (said_too, sent) = self.sender.end(LIMIT).await?;
        let (receiver, sender) = (Said::read(&said)?, Said::read(&said_too)?);
        receiver.went(lane)?;
        sender.went(lane)?;
        let connections = sender.connections.max(receiver.connections);
        let bytes = receiver.bytes;
        Ok(arrived?.rate(bytes, Sample { connections, ..Sample::of(bytes, sent, received) }))
    }
}

/// When something in `folder` was written after `moment`, as soon as it is.
async fn written_after(folder: &Path, moment: SystemTime, limit: Duration) -> Result<SystemTime> {
    let begun = Instant::now();
    loop {
        if let Some(written) = newest(folder).filter(|written| *written > moment) {
            return Ok(written);
        }
        ensure!(begun.elapsed() < limit, "nothing was written within {limit:?}");
        sleep(LOOK).await;
    }
}

/// When a file in or below `folder` was last written; empty ones, which are made before anything comes, don't count.
fn newest(folder: &Path) -> Option<SystemTime> {
    let entries: Vec<PathBuf> = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    let of = |path: &PathBuf| {
        let about = fs::symlink_metadata(path).ok()?;
        if about.is_dir() {
            return newest(path);
        }
        (about.len() > 0).then(|| about.modified().ok()).flatten()
    };
    entries.iter().filter_map(of).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"bytes":1000000000,"seconds":4.0,"cpu_s":1.2,"rss_mib":20.5,"lanes":{"webrtc":1000000000},"connections":3}"#;

    #[test]
    fn the_last_line_of_a_peer_is_its_result() {
        let said = Said::read(&format!("connecting\n{LINE}\n")).unwrap();
        assert_eq!((said.bytes, said.connections), (1_000_000_000, Some(3)));
        for wrong in ["", "no lane\n", "{\"seconds\": 1}"] {
            assert!(Said::read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn another_lane_than_the_one_asked_for_is_no_result() {
        let said = Said::read(LINE).unwrap();
        for (lane, fits) in [
            (Lane::WebRtc, true),
            (Lane::All, true),
            (Lane::Direct, true),
            (Lane::Quic, false),
            (Lane::Relay, false),
        ] {
            assert_eq!(said.went(lane).is_ok(), fits, "{lane:?}");
        }
        let relayed = Said::read(r#"{"bytes":1,"lanes":{"webrtc":5,"relay":1}}"#).unwrap();
        assert!(relayed.went(Lane::All).is_ok() && relayed.went(Lane::Direct).is_err());
    }

    #[tokio::test]
    async fn data_that_comes_again_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let part = folder.path().join("below/file.part");
        fs::create_dir(folder.path().join("below")).unwrap();
        fs::write(&part, "").unwrap();
        assert_eq!(newest(folder.path()), None);
        fs::write(&part, "first").unwrap();
        let limit = Duration::from_secs(20);
        let first = written_after(folder.path(), SystemTime::UNIX_EPOCH, limit).await.unwrap();
        let again = tokio::spawn(async move {
            sleep(Duration::from_millis(200)).await;
            fs::write(&part, "second").unwrap();
        });
        let second = written_after(folder.path(), first, limit).await.unwrap();
        assert!(second.duration_since(first).unwrap() >= Duration::from_millis(150));
        again.await.unwrap();
        assert!(written_after(folder.path(), second, Duration::from_millis(100)).await.is_err());
    }
}
