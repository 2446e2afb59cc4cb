//! A server as a process group of its own, which ends with us on every way out.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio::time::sleep;

/// A first start makes a database, on a machine that may be busy.
const START_LIMIT: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(50);

/// A running server; dropping it ends it and everything it started.
pub struct Process {
    name: String,
    child: Child,
    /// Ends the group when we are gone, however we went: its end of the pipe breaks.
    watchdog: Child,
    output: PathBuf,
}

impl Process {
    /// Starts `command` in `folder`; its output goes to `<name>.log` there.
    pub fn spawn(name: &str, folder: &Path, command: &mut Command) -> Result<Self> {
        let output = folder.join(format!("{name}.log"));
        let log = File::create(&output)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let watchdog = Command::new("sh")
            // `env`: some shells' own kill takes no process groups.
            .args(["-c", "read -r _; env kill -KILL -- -$0"])
            .arg(child.id().to_string())
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot start a shell")?;
        Ok(Self { name: name.to_owned(), child, watchdog, output })
    }

    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it printed so far.
    #[must_use]
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.output).unwrap_or_default()).into_owned()
    }

    /// How it ended, if it has; from then on `/proc` no longer knows it.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until `ready` says so; an error where the process ends first.
    pub async fn until<T>(&mut self, mut ready: impl FnMut(&Self) -> Option<T>) -> Result<T> {
        let started = Instant::now();
        loop {
            if let Some(found) = ready(self) {
                return Ok(found);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended by itself ({status}):\n{}", self.name, self.said());
            }
            if started.elapsed() > START_LIMIT {
                bail!("{} is not ready after {START_LIMIT:?}:\n{}", self.name, self.said());
            }
            sleep(POLL).await;
        }
    }

    /// Waits until something accepts connections at `port` of loopback.
    pub async fn until_it_listens(&mut self, port: u16) -> Result<()> {
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
        self.until(|_| std::net::TcpStream::connect_timeout(&address, POLL).ok().map(drop)).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let kill = |signal: &str| {
            // By the system's own tool: a signal from here would take unsafe code.
            drop(Command::new("kill").args([signal, "--", &group]).stderr(Stdio::null()).status());
        };
        kill("-TERM");
        let deadline = Instant::now() + Duration::from_secs(3);
        while Instant::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(POLL);
        }
        kill("-KILL");
        drop(self.child.wait());
        drop(self.watchdog.kill());
        drop(self.watchdog.wait());
    }
}

/// A port of loopback that is free now.
pub fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Whether this process is root, who may not be what some servers run as.
#[must_use]
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// `program` in PATH, or where Debian keeps what only root is meant to run.
#[must_use]
pub fn installed(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/bin".into()]);
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}
