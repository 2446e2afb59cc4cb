//! What one test stands on.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::process::{Process, Reaper};
use crate::xvfb::Screen;

/// Real windows take turns: two cores bear one set of browsers.
static HEAVY: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
/// Bytes at the end of each program's output that a failure shows.
const SHOWN: usize = 6_000;

/// A folder, a screen, and the log files of everything that was started.
#[derive(Debug)]
pub struct Stage {
    screen: OnceCell<Screen>,
    started: Mutex<Started>,
    folder: TempDir,
}

#[derive(Debug)]
struct Started {
    logs: Vec<PathBuf>,
    reaper: Reaper,
}

impl Stage {
    pub fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("deskside-").tempdir()?;
        let started = Started { logs: Vec::new(), reaper: Reaper::start(folder.path())? };
        Ok(Self { screen: OnceCell::new(), started: Mutex::new(started), folder })
    }

    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A new folder below the stage's own.
    pub fn subfolder(&self, name: &str) -> Result<PathBuf> {
        let path = self.folder().join(name);
        std::fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// Starts a program that needs no screen.
    pub fn spawn(&self, name: &str, command: Command) -> Result<Process> {
        let Ok(mut started) = self.started.lock() else { bail!("a test failed while it started a program") };
        let name = format!("{:02}-{name}", started.logs.len() / 2);
        let process = Process::spawn(&name, command, self.folder())?;
        started.reaper.watch(&process)?;
        started.logs.extend([process.stdout.clone(), process.stderr.clone()]);
        Ok(process)
    }

    /// Starts a program that opens windows.
    pub async fn spawn_on_screen(&self, name: &str, mut command: Command) -> Result<Process> {
        let screen = self.screen.get_or_try_init(|| Screen::open(self)).await?;
        screen.lend(&mut command);
        self.spawn(name, command)
    }

    /// The name of the screen that windows open on; `None` for the machine's own.
    pub async fn display(&self) -> Result<Option<String>> {
        let screen = self.screen.get_or_try_init(|| Screen::open(self)).await?;
        Ok(screen.display().map(str::to_owned))
    }

    /// The ends of all outputs, for a failure.
    #[must_use]
    pub fn report(&self) -> String {
        let Ok(started) = self.started.lock() else { return String::new() };
        let mut report = String::new();
        for path in &started.logs {
            let text = String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned();
            if text.trim().is_empty() {
                continue;
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let start = text.ceil_char_boundary(text.len().saturating_sub(SHOWN));
            report.push_str(&format!("--- {name}\n{}\n", text[start..].trim_end()));
        }
        report
    }
}

/// Runs `body` on a stage of its own, for at most `limit`; a failure carries what the programs said.
pub async fn play(limit: Duration, body: impl AsyncFnOnce(&Stage) -> Result<()>) -> Result<()> {
    let stage = Stage::new()?;
    let result = match tokio::time::timeout(limit, body(&stage)).await {
        Ok(result) => result,
        Err(_) => bail!("not done after {limit:?}\n{}", stage.report()),
    };
    result.with_context(|| format!("what the programs said:\n{}", stage.report()))
}

/// [`play`] with real windows: one at a time in this test binary (cargo runs the binaries one after another).
pub async fn play_in_windows(limit: Duration, body: impl AsyncFnOnce(&Stage) -> Result<()>) -> Result<()> {
    let _turn = HEAVY.lock().await;
    play(limit, body).await
}
