//! Network namespaces: one end of the line each, with nothing in it but loopback and the line (ip-netns(8), setns(2)).

use std::fs::File;
use std::net::Ipv4Addr;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use anyhow::{Context as _, Result, bail};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tun_rs::{DeviceBuilder, SyncDevice};

use crate::workspace;

/// Where ip-netns(8) keeps the names.
const NAMES: &str = "/var/run/netns";
/// A namespace of ours is called `deskside-<pid of its owner>-<number>-<side>`.
const PREFIX: &str = "deskside-";
/// The line's device, as programs inside see it.
const DEVICE: &str = "line";
/// Packets that wait in the device until the emulator comes to read them: its own queue is the one that drops.
const DEVICE_QUEUE: u32 = 10_000;
/// Bits of the network of the line's two addresses.
const NETWORK: u8 = 24;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// The way into a namespace; it stays open as long as somebody holds it.
#[derive(Debug, Clone)]
pub(super) struct Entrance(Arc<File>);

impl Entrance {
    /// Runs `work` in the namespace, on a thread of its own. A socket belongs for ever to the namespace it was made in,
    /// whoever uses it later.
    pub(super) fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T> {
        let enter = || {
            move_into_link_name_space(self.0.as_fd(), Some(LinkNameSpaceType::Network))
                .context("cannot enter the network namespace")?;
            Ok(work())
        };
        match thread::scope(|scope| scope.spawn(enter).join()) {
            Ok(done) => done,
            Err(_) => bail!("what ran inside the network namespace panicked"),
        }
    }
}

/// A namespace; dropping it ends what runs inside, and deletes it.
#[derive(Debug)]
pub(super) struct Namespace {
    ip: PathBuf,
    name: String,
    entrance: Entrance,
}

impl Namespace {
    /// A new one, without any device but loopback.
    pub(super) fn create(side: &str) -> Result<Self> {
        let ip = workspace::tool("ip")?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{number}-{side}", std::process::id());
        run(Command::new(&ip).args(["netns", "add", &name]))?;
        match File::open(Path::new(NAMES).join(&name)) {
            Ok(file) => Ok(Self { ip, name, entrance: Entrance(Arc::new(file)) }),
            Err(error) => {
                delete(&ip, &name);
                Err(error).context("cannot open the network namespace")
            }
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn entrance(&self) -> &Entrance {
        &self.entrance
    }

    /// The line's end in here: reading it gives what programs send, and they receive what is written to it.
    pub(super) fn device(&self, mtu: u16) -> Result<SyncDevice> {
        let build = || {
            let device = DeviceBuilder::new().name(DEVICE).mtu(mtu).tx_queue_len(DEVICE_QUEUE).enable(false);
            let device = device.build_sync()?;
            device.set_nonblocking(true)?;
            Ok(device)
        };
        self.entrance
            .inside(build)?
            .map_err(|error: std::io::Error| error)
            .context("cannot make a TUN device")
    }

    /// Gives the device `address`. The default route is for multicast (mDNS fails without one); what goes anywhere else
    /// ends in the emulator.
    pub(super) fn furnish(&self, address: Ipv4Addr) -> Result<()> {
        let here = || {
            let mut ip = Command::new(&self.ip);
            ip.args(["-n", &self.name]);
            ip
        };
        // No IPv6 on the line. A kernel without IPv6 does not know the option, and needs it not.
        let _ = run(here().args(["link", "set", DEVICE, "addrgenmode", "none"]));
        run(here().args(["link", "set", "lo", "up"]))?;
        run(here().args(["address", "add", &format!("{address}/{NETWORK}"), "dev", DEVICE]))?;
        run(here().args(["link", "set", DEVICE, "up"]))?;
        run(here().args(["route", "add", "default", "dev", DEVICE]))
    }

    /// `program`, to be started inside; arguments and surroundings can be added as to any command.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(&self.ip);
        command.args(["netns", "exec", &self.name]).arg(program);
        command
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        delete(&self.ip, &self.name);
    }
}

/// Deletes namespaces whose owners were killed before they could.
pub(super) fn sweep() {
    let (Ok(ip), Ok(names)) = (workspace::tool("ip"), std::fs::read_dir(NAMES)) else { return };
    for name in names.flatten().filter_map(|entry| entry.file_name().into_string().ok()) {
        let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        let Some(owner) = owner.and_then(|owner| owner.parse::<u32>().ok()) else { continue };
        if !Path::new("/proc").join(owner.to_string()).exists() {
            delete(&ip, &name);
        }
    }
}

/// Ends what runs in a namespace and deletes it. Nobody is left to be told where that fails; [`sweep`] comes later.
fn delete(ip: &Path, name: &str) {
    if let Ok(output) = Command::new(ip).args(["netns", "pids", name]).stderr(Stdio::null()).output() {
        let pids = String::from_utf8_lossy(&output.stdout).into_owned();
        let pids: Vec<&str> = pids.split_whitespace().collect();
        if !pids.is_empty() {
            let _ = Command::new("kill").arg("-KILL").args(pids).stderr(Stdio::null()).status();
        }
    }
    let _ = run(Command::new(ip).args(["netns", "delete", name]));
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
