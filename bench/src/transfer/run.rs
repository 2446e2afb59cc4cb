//! One program under watch: how long, how much CPU time, how much memory at most.

use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::time::sleep;

use crate::procfs;
use crate::servers::process::Process;

/// Often enough to see the highest memory of a transfer of half a second; the kernel keeps the mark itself.
const LOOK: Duration = Duration::from_millis(20);

/// What a program took, from its start to its end.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spent {
    pub(super) cpu: Duration,
    pub(super) peak_mib: f64,
}

impl Spent {
    /// CPU seconds for 10⁹ bytes.
    pub(super) fn per_gb(&self, bytes: u64) -> f64 {
        self.cpu.as_secs_f64() * 1e9 / bytes as f64
    }
}

/// A running program; dropping it ends it and everything it started.
pub(super) struct Run {
    name: String,
    process: Process,
    spent: Receiver<Spent>,
}

impl Run {
    /// Its output goes to `<name>.log` in `folder`.
    pub(super) fn start(name: &str, folder: &Path, command: &mut Command) -> Result<Self> {
        let process = Process::spawn(name, folder, command)?;
        let (tell, spent) = channel();
        let pid = process.pid();
        thread::Builder::new().name(format!("watch {name}")).spawn(move || {
            // Nobody listens any more where the run was dropped.
            let _ = tell.send(watch(pid));
        })?;
        Ok(Self { name: name.to_owned(), process, spent })
    }

    pub(super) fn said(&self) -> String {
        self.process.said()
    }

    /// Whether it still runs.
    pub(super) fn goes_on(&self) -> bool {
        procfs::moment(self.process.pid()).is_some_and(|now| !now.ended)
    }

    /// Waits until its output has what `find` looks for.
    pub(super) async fn until<T>(
        &mut self,
        limit: Duration,
        mut find: impl FnMut(&str) -> Option<T>,
    ) -> Result<T> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(found) = find(&self.process.said()) {
                return Ok(found);
            }
            if !self.goes_on() {
                // It may have said it with its last breath.
                return find(&self.process.said())
                    .with_context(|| format!("{} ended too early:\n{}", self.name, tail(&self.said())));
            }
            ensure!(
                Instant::now() < deadline,
                "{}: nothing within {limit:?}:\n{}",
                self.name,
                tail(&self.said())
            );
            sleep(LOOK).await;
        }
    }

    /// Waits for its good end; what it printed and what it took.
    pub(super) async fn end(mut self, limit: Duration) -> Result<(String, Spent)> {
        let deadline = Instant::now() + limit;
        let spent = loop {
            match self.spent.try_recv() {
                Ok(spent) => break spent,
                Err(TryRecvError::Disconnected) => bail!("{}: nobody watched it", self.name),
                Err(TryRecvError::Empty) => {}
            }
            ensure!(
                Instant::now() < deadline,
                "{} has not ended within {limit:?}:\n{}",
                self.name,
                tail(&self.said())
            );
            sleep(LOOK).await;
        };
        // Only now: whoever asks takes it away from /proc.
        let status = self.process.ended()?.context("it had ended")?;
        ensure!(status.success(), "{} ended with {status}:\n{}", self.name, tail(&self.said()));
        Ok((self.said(), spent))
    }
}

/// Looks at `pid` until it has ended.
fn watch(pid: u32) -> Spent {
    let mut spent = Spent::default();
    while let Some(now) = procfs::moment(pid) {
        spent.cpu = now.cpu;
        spent.peak_mib = spent.peak_mib.max(now.peak_kib.unwrap_or_default() as f64 / 1024.0);
        if now.ended {
            break;
        }
        thread::sleep(LOOK);
    }
    spent
}

/// The last of what a program said.
fn tail(said: &str) -> String {
    let lines: Vec<_> = said.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}

/// What processes that go on for longer take in between: CPU time and memory of them and all they started.
pub(super) struct Between {
    pid: u32,
    before: Duration,
    stop: std::sync::mpsc::Sender<()>,
    peak: thread::JoinHandle<u64>,
}

impl Between {
    /// From now on.
    pub(super) fn begin(pid: u32) -> Result<Self> {
        // A browser has a dozen processes, and summing the pages of one takes milliseconds.
        const LOOK_AT_MANY: Duration = Duration::from_millis(500);
        let (stop, stopped) = channel();
        let peak = thread::Builder::new().name("watch a tree".to_owned()).spawn(move || {
            let mut peak = procfs::pss_kib(&[pid]);
            while stopped.recv_timeout(LOOK_AT_MANY) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                peak = peak.max(procfs::pss_kib(&[pid]));
            }
            peak
        })?;
        Ok(Self { pid, before: procfs::cpu(&[pid]), stop, peak })
    }

    /// Until now.
    pub(super) fn end(self) -> Result<Spent> {
        let cpu = procfs::cpu(&[self.pid]).saturating_sub(self.before);
        drop(self.stop);
        let Ok(peak_kib) = self.peak.join() else { bail!("the watcher of {} panicked", self.pid) };
        Ok(Spent { cpu, peak_mib: peak_kib as f64 / 1024.0 })
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn a_good_end_has_output_time_and_memory() {
        let folder = tempfile::tempdir().unwrap();
        let script = "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done; echo counted $i";
        let run = Run::start("counter", folder.path(), &mut shell(script)).unwrap();
        let (said, spent) = run.end(Duration::from_secs(60)).await.unwrap();
        assert_eq!(said, "counted 300000\n");
        assert!(spent.cpu > Duration::ZERO && spent.peak_mib > 0.1, "{spent:?}");
        assert!(spent.per_gb(1_000_000_000) > 0.0);
    }

    #[tokio::test]
    async fn a_bad_end_says_what_the_program_said() {
        let folder = tempfile::tempdir().unwrap();
        let run = Run::start("bad", folder.path(), &mut shell("echo no disk; exit 3")).unwrap();
        let error = run.end(Duration::from_secs(60)).await.unwrap_err().to_string();
        assert!(error.contains("no disk") && error.contains('3'), "{error}");
        let mut run = Run::start("silent", folder.path(), &mut shell("exit 0")).unwrap();
        assert!(run.until(Duration::from_secs(60), |said| said.find("ready")).await.is_err());
    }

    #[tokio::test]
    async fn who_does_not_end_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let run = Run::start("sleeper", folder.path(), &mut shell("sleep 600")).unwrap();
        let error = run.end(Duration::from_millis(200)).await.unwrap_err().to_string();
        assert!(error.contains("has not ended"), "{error}");
    }
}
