//! Children that must not outlive us: each in a process group of its own, ended with it on every way out.

use std::io::Read as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::command::show;

/// How long a child may take to end by itself.
const GRACE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(50);

static STOPPING: AtomicBool = AtomicBool::new(false);
/// Process ids of the leaders of the groups we started.
static GROUPS: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// From now on Ctrl-C and SIGTERM reach the children; the second one ends everything at once.
pub(crate) fn install() -> Result<()> {
    ctrlc::set_handler(|| {
        let again = STOPPING.swap(true, Ordering::SeqCst);
        let groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
        for leader in groups.iter() {
            signal(*leader, if again { "-KILL" } else { "-TERM" });
        }
        if again {
            std::process::exit(130);
        }
    })
    .context("cannot listen for Ctrl-C")
}

/// Has someone asked us to end?
pub(crate) fn stopping() -> bool {
    STOPPING.load(Ordering::SeqCst)
}

/// An error once someone has asked us to end.
pub(crate) fn go_on() -> Result<()> {
    if stopping() {
        bail!("stopped by Ctrl-C or SIGTERM");
    }
    Ok(())
}

/// A running program of ours; dropping it ends it and all that it started.
pub(crate) struct Guarded {
    child: Child,
    over: bool,
}

impl Guarded {
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let child =
            command.spawn().with_context(|| format!("cannot start {}", command.get_program().display()))?;
        GROUPS.lock().unwrap_or_else(PoisonError::into_inner).push(child.id());
        Ok(Self { child, over: false })
    }

    /// Its exit status, if it has ended.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Wait for its end.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }

    /// Ask it to end, wait, and insist.
    pub(crate) fn stop(&mut self) {
        if self.over {
            return;
        }
        self.over = true;
        let leader = self.child.id();
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            signal(leader, "-TERM");
            let deadline = Instant::now() + GRACE;
            while Instant::now() < deadline && !matches!(self.child.try_wait(), Ok(Some(_))) {
                sleep(POLL);
            }
        }
        // Also when the leader has ended: what it started may not have.
        signal(leader, "-KILL");
        drop(self.child.wait());
        GROUPS.lock().unwrap_or_else(PoisonError::into_inner).retain(|group| *group != leader);
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Run a program that starts windows and servers of its own, all in one group.
pub(crate) fn run_guarded(command: &mut Command) -> Result<()> {
    let mut child = Guarded::spawn(command)?;
    let status = child.wait()?;
    child.stop();
    go_on()?;
    if !status.success() {
        bail!("`{}` failed ({status})", show(command));
    }
    Ok(())
}

#[cfg(unix)]
fn signal(leader: u32, name: &str) {
    // By `kill`, as std has no signals and the workspace no unsafe code. A group that is gone is no error.
    let sent = Command::new("kill").args([name, "--", &format!("-{leader}")]).stderr(Stdio::null()).status();
    drop(sent);
}

#[cfg(not(unix))]
fn signal(leader: u32, _name: &str) {
    let sent = Command::new("taskkill")
        .args(["/T", "/F", "/PID", &leader.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    drop(sent);
}

/// Is there a screen that windows can be shown on?
pub(crate) fn has_display() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty()))
}

/// A screen in memory, for tests on a machine without one.
pub(crate) struct Screen {
    /// For `DISPLAY`.
    pub(crate) display: String,
    _server: Guarded,
}

impl Screen {
    pub(crate) fn start() -> Result<Self> {
        let mut server = Guarded::spawn(
            Command::new("Xvfb")
                // The server picks a free number and writes it once it listens.
                .args(["-displayfd", "1", "-screen", "0", "1600x1000x24", "-nolisten", "tcp"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let mut pipe = server.child.stdout.take().context("Xvfb was started without a pipe")?;
        let mut number = String::new();
        let mut byte = [0_u8];
        while pipe.read(&mut byte)? == 1 && byte[0] != b'\n' {
            number.push(char::from(byte[0]));
        }
        if number.is_empty() {
            bail!("Xvfb ended before it had a screen");
        }
        Ok(Self { display: format!(":{number}"), _server: server })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn dropping_a_child_ends_its_grandchildren() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "sleep 300 & echo $!; wait"]).stdout(Stdio::piped());
        let mut child = Guarded::spawn(&mut shell).unwrap();
        let mut pipe = child.child.stdout.take().unwrap();
        let mut line = Vec::new();
        let mut byte = [0_u8];
        while pipe.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
            line.push(byte[0]);
        }
        let grandchild = String::from_utf8(line).unwrap();
        drop(child);
        // Its parent is gone: init reaps it, which may take a moment.
        let deadline = Instant::now() + GRACE;
        let alive = || {
            Command::new("kill").args(["-0", &grandchild]).stderr(Stdio::null()).status().unwrap().success()
        };
        while alive() && Instant::now() < deadline {
            sleep(POLL);
        }
        assert!(!alive());
    }

    #[test]
    fn a_failing_program_is_an_error() {
        let error = run_guarded(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert!(error.to_string().contains('3'), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_screen_in_memory_takes_connections_until_it_is_dropped() {
        let screen = Screen::start().unwrap();
        let number = screen.display.strip_prefix(':').unwrap();
        let socket = std::path::PathBuf::from(format!("/tmp/.X11-unix/X{number}"));
        std::os::unix::net::UnixStream::connect(&socket).unwrap();
        drop(screen);
        assert!(std::os::unix::net::UnixStream::connect(&socket).is_err());
    }
}
