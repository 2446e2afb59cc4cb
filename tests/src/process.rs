//! Programs under test: each in a process group of its own, with its output in a file, and none outlives the test.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::wait;

/// A running program; dropping it ends it and everything it started.
#[derive(Debug)]
pub struct Process {
    child: Child,
    pub name: String,
    pub stdout: PathBuf,
    pub stderr: PathBuf,
}

impl Process {
    /// Starts `command`; its output goes to `<folder>/<name>.out` and `.err`.
    pub fn spawn(name: &str, mut command: Command, folder: &Path) -> Result<Self> {
        let stdout = folder.join(format!("{name}.out"));
        let stderr = folder.join(format!("{name}.err"));
        let child = command
            .stdin(Stdio::null())
            .stdout(File::create(&stdout)?)
            .stderr(File::create(&stderr)?)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name}: {:?}", command.get_program()))?;
        Ok(Self { child, name: name.to_owned(), stdout, stderr })
    }

    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it printed so far.
    #[must_use]
    pub fn said(&self) -> String {
        let read =
            |path: &Path| String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned();
        format!("{}{}", read(&self.stdout), read(&self.stderr))
    }

    /// `None` while it runs.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until it ends by itself.
    pub async fn end(&mut self, limit: Duration) -> Result<ExitStatus> {
        let name = format!("the end of {}", self.name);
        wait::until_some(&name, limit, async || self.ended()).await
    }

    /// SIGTERM to the group: asks it to end.
    pub fn terminate(&self) {
        signal(self.child.id(), "TERM");
    }

    /// SIGSTOP to the group: it stands still, and its connections with it.
    pub fn pause(&self) {
        signal(self.child.id(), "STOP");
    }

    /// SIGCONT to the group.
    pub fn resume(&self) {
        signal(self.child.id(), "CONT");
    }

    /// SIGKILL to the group, and the grave of the leader.
    pub fn kill(&mut self) {
        signal(self.child.id(), "KILL");
        // It was killed: waiting for it cannot fail, unless it was waited for before.
        let _ = self.child.wait();
        // What it had started dies a moment later; until then a window still has its name on the bus, and the next one of the same
        // person would greet it in vain.
        let until = Instant::now() + GROUP_ENDS;
        while group_lives(self.child.id()) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How long killed processes may take to be gone; zombies that nobody fetches count as gone.
const GROUP_ENDS: Duration = Duration::from_secs(5);

/// Whether a process of the group is still there.
fn group_lives(group: u32) -> bool {
    let of_group = |stat: String| {
        // After the name in brackets: state, parent, group (proc(5)).
        let fields = stat
            .rsplit_once(") ")
            .map(|(_, rest)| rest.split(' ').take(3).map(str::to_owned).collect::<Vec<_>>());
        fields.is_some_and(|fields| fields.get(2) == Some(&group.to_string()) && fields[0] != "Z")
    };
    let Ok(processes) = std::fs::read_dir("/proc") else { return false };
    processes
        .flatten()
        .filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok())
        .any(of_group)
}

/// Ends what was started even where the test itself is killed: a shell that reads process groups from a pipe, and, when the
/// pipe breaks, kills them all and removes the test's folder.
#[derive(Debug)]
pub struct Reaper {
    shell: Child,
    pipe: ChildStdin,
}

impl Reaper {
    pub fn start(folder: &Path) -> Result<Self> {
        // `env`: some shells' own kill takes no process groups.
        let script = "while read -r group; do groups=\"$groups $group\"; done
            for group in $groups; do env kill -KILL -- -\"$group\"; done
            sleep 1
            rm -rf -- \"$0\"";
        let mut shell = Command::new("sh")
            .args(["-c", script])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot start a shell")?;
        let pipe = shell.stdin.take().context("the shell reads from a pipe")?;
        Ok(Self { shell, pipe })
    }

    /// Will end with the test.
    pub fn watch(&mut self, process: &Process) -> Result<()> {
        writeln!(self.pipe, "{}", process.pid()).context("the shell that cleans up is gone")
    }
}

impl Drop for Reaper {
    /// The test ends as it should, and its processes with it: nothing is left to do.
    fn drop(&mut self) {
        signal(self.shell.id(), "KILL");
        let _ = self.shell.wait();
    }
}

/// What a program has in memory, as the system counts it (proc_pid_status(5), clear_refs of proc(5)).
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    pid: u32,
}

impl Memory {
    /// The desktop app that a driver has started.
    pub fn of_app(driver: u32) -> Result<Self> {
        Self::below(driver, "deskside")
    }

    /// The process of that app's web view in which its page lives and plays.
    pub fn of_web_view(driver: u32) -> Result<Self> {
        Self::below(driver, "WebKitWebProces")
    }

    /// The process by which that web view fetches.
    pub fn of_web_network(driver: u32) -> Result<Self> {
        Self::below(driver, "WebKitNetworkPr")
    }

    /// The first descendant of `ancestor` with this name, as far as the system keeps it (15 characters).
    fn below(ancestor: u32, name: &str) -> Result<Self> {
        let mut ancestors = vec![ancestor];
        while let Some(parent) = ancestors.pop() {
            // Some end while one looks: they are none of those.
            for pid in children(parent).unwrap_or_default() {
                let comm = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
                if comm.trim_end() == name {
                    return Ok(Self { pid });
                }
                ancestors.push(pid);
            }
        }
        anyhow::bail!("no {name} runs below {ancestor}")
    }

    /// Bytes now.
    pub fn resident(self) -> Result<u64> {
        self.field("VmRSS:")
    }

    /// The most bytes since [`Memory::forget_peak`].
    pub fn peak(self) -> Result<u64> {
        self.field("VmHWM:")
    }

    pub fn forget_peak(self) -> Result<()> {
        Ok(std::fs::write(format!("/proc/{}/clear_refs", self.pid), "5")?)
    }

    fn field(self, name: &str) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context("a line of memory")?;
        let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib * 1024)
    }
}

/// What all threads of a program have started.
fn children(parent: u32) -> Result<Vec<u32>> {
    let mut children = Vec::new();
    for thread in std::fs::read_dir(format!("/proc/{parent}/task"))? {
        let list = std::fs::read_to_string(thread?.path().join("children"))?;
        children.extend(list.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
    }
    Ok(children)
}

/// By the system's own tool: sending a signal from here would take unsafe code.
fn signal(group: u32, name: &str) {
    let _ = Command::new("kill")
        .args([&format!("-{name}"), "--", &format!("-{group}")])
        .stderr(Stdio::null())
        .status();
}
