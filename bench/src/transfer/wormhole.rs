//! magic-wormhole, with a mailbox server of our own and no relay: the two ends reach each other on loopback
//! (bench/peers/wormhole/loopback.py).
//!
//! Its rate counts from the first byte in the receiver's folder; the must, as the research it comes from, with the start of its Python
//! as well, and with ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::arrival::{arrival, largest};
use super::report::Sample;
use super::run::Run;
use crate::servers::process::{Process, free_port};

const LIMIT: Duration = Duration::from_secs(180);
/// The command, on loopback alone.
const COMMAND: &str = include_str!("../../peers/wormhole/loopback.py");

/// The mailbox server; it ends when dropped.
pub(super) struct Wormhole {
    programs: PathBuf,
    url: String,
    _mailbox: Process,
    count: std::cell::Cell<u32>,
}

impl Wormhole {
    /// `environment`: Python's, made by `cargo xtask bench transfer`.
    pub(super) async fn start(environment: &Path, folder: &Path) -> Result<Self> {
        let programs = environment.join("bin");
        ensure!(
            programs.join("wormhole").is_file(),
            "not installed (cargo xtask bench transfer --install-peers)"
        );
        let port = free_port()?;
        let mut command = Command::new(programs.join("twist"));
        command.current_dir(folder).arg("wormhole-mailbox");
        command.arg(format!("--port=tcp:{port}:interface=127.0.0.1"));
        command.arg(format!("--channel-db={}", folder.join("mailbox.sqlite").display()));
        let mut mailbox = Process::spawn("mailbox", folder, &mut command)?;
        mailbox.until_it_listens(port).await?;
        let url = format!("ws://127.0.0.1:{port}/v1");
        Ok(Self { programs, url, _mailbox: mailbox, count: std::cell::Cell::new(0) })
    }

    /// Its version, where it says one.
    pub(super) fn version(&self) -> Option<String> {
        super::version(self.programs.join("wormhole"))
    }

    fn command(&self, way: &str) -> Command {
        let mut command = Command::new(self.programs.join("python"));
        command.args(["-c", COMMAND]);
        // No relay: an empty hint.
        command.args(["--relay-url", &self.url, "--transit-helper", "", way, "--hide-progress"]);
        command
    }

    /// Sends `file` into `target`, a folder of its own.
    pub(super) async fn measure(&self, folder: &Path, file: &Path, target: &Path) -> Result<Sample> {
        self.count.set(self.count.get() + 1);
        let code = format!("{}-bench-transfer", self.count.get());
        let sender =
            Run::start("wormhole-send", folder, self.command("send").args(["--code", &code]).arg(file))?;
        let receiver = Run::start(
            "wormhole-receive",
            folder,
            self.command("receive").current_dir(target).args(["--accept-file", &code]),
        )?;
        let bytes = fs::metadata(file)?.len();
        let arrived =
            arrival(target, &receiver, LIMIT, || largest(target).is_ok_and(|size| size >= bytes)).await;
        let (_, sent) = sender.end(LIMIT).await?;
        let (_, received) = receiver.end(LIMIT).await?;
        Ok(arrived?.rate(bytes, Sample::of(bytes, sent, received)))
    }
}
