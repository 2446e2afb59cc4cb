//! A slow, lossy line between two network namespaces (`tests/src/bin/deskside-line.rs`), which ends with us.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};

/// What the line carries: 100 Mbit/s, in bytes.
pub(super) const RATE: u64 = 12_500_000;

/// One end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    A,
    B,
}

/// How `deskside-line` is asked for a line, the same in both directions.
#[derive(Debug, Serialize)]
struct Settings {
    delay_ms: u64,
    bytes_per_second: u64,
    loss: f64,
    seed: u64,
}

/// Its first word.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    /// Names of the namespaces.
    Line([String; 2]),
    /// This machine lets nobody make one, and why stands in what it says to people.
    Impossible,
}

/// A line in use.
pub(super) struct Line {
    child: Child,
    talk: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    names: [String; 2],
}

impl Line {
    /// 50 ms there and back, 100 Mbit/s, and `loss` (0 to 1) of the packets of each direction lost.
    pub(super) fn open(program: &Path, loss: f64, seed: u64) -> Result<Self> {
        let settings = Settings { delay_ms: 25, bytes_per_second: RATE, loss, seed };
        let mut child = Command::new(program)
            .arg(serde_json::to_string(&settings)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let orders = child.stdin.take().context("a pipe")?;
        let mut answers = BufReader::new(child.stdout.take().context("a pipe")?);
        let mut word = String::new();
        answers.read_line(&mut word)?;
        match serde_json::from_str(&word).context("the line's program failed; why stands above")? {
            Word::Line(names) => Ok(Self { child, talk: Mutex::new((orders, answers)), names }),
            Word::Impossible => {
                child.wait()?;
                bail!("no line can be made on this machine")
            }
        }
    }

    /// `program`, to be started at `end`.
    pub(super) fn command(&self, end: End, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.names[usize::from(end == End::B)]]).arg(program);
        command
    }

    /// Nothing passes any more.
    pub(super) fn cut(&self) -> Result<()> {
        self.order("cut")
    }

    /// All is well again.
    pub(super) fn mend(&self) -> Result<()> {
        self.order("mend")
    }

    fn order(&self, order: &str) -> Result<()> {
        let mut talk = self.talk.lock().unwrap_or_else(PoisonError::into_inner);
        let (orders, answers) = &mut *talk;
        writeln!(orders, "{order}")?;
        let mut answer = String::new();
        answers.read_line(&mut answer)?;
        ensure!(answer.trim() == order, "the line does not {order}: {answer:?}");
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // The end of its orders is its own end, in which it takes the namespaces away.
        let talk = self.talk.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = writeln!(talk.0, "end");
        let _ = self.child.wait();
    }
}
