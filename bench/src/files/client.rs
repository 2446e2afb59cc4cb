//! The core of the desktop app, in a process of its own (`crates/client/examples/transfer.rs`).

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Job {
    pub(super) portal: String,
    pub(super) token: String,
    pub(super) session: String,
    pub(super) folder: PathBuf,
    pub(super) file: PathBuf,
    pub(super) sha256: String,
}

/// It waits for its next step; dropping it ends it.
pub(super) struct Transfer {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Transfer {
    pub(super) fn start(program: &Path, job: &Job) -> Result<Self> {
        let mut child = Command::new(program)
            .arg(serde_json::to_string(job)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().context("a pipe")?);
        Ok(Self { child, orders, answers })
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Does the next step; milliseconds.
    pub(super) fn step(&mut self) -> Result<f64> {
        writeln!(self.orders.as_mut().context("it has ended")?)?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        answer.trim().parse().context("the transfer failed; why stands above")
    }

    pub(super) fn end(mut self) -> Result<()> {
        writeln!(self.orders.as_mut().context("it has ended")?)?;
        self.orders = None;
        ensure!(self.child.wait()?.success(), "the client ended badly");
        Ok(())
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
