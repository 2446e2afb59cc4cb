//! An emulated line: two network namespaces that only an emulator joins, with delay, rate, queue, loss and cuts of its own.
//! Real programs run in them and see an ordinary network device. (The kernel's own netem is missing in many kernels.)
//!
//! The emulator needs Linux, root, `ip` and TUN; elsewhere [`Line::new`] gives `None` and says why, and the test is skipped.
//! With `DESKSIDE_LINE=required` that is an error, for machines that must not skip.
//!
//! ```text
//!      namespace a                                        namespace b
//!   10.89.0.1 "line" ── TUN ── queue, rate, delay ── TUN ── "line" 10.89.0.2
//!   127.0.0.1 ┄┄ doors and windows ┄┄ test, portal ┄┄ doors and windows ┄┄ 127.0.0.1
//! ```
//!
//! Files and path-based Unix sockets (X11's, D-Bus's) cross namespaces; abstract Unix sockets do not.

mod namespace;
mod wire;

use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tun_rs::SyncDevice;

pub use self::wire::{Dropped, Traffic, WayCounters, WaySettings};

use self::namespace::{Entrance, Namespace};
use self::wire::{Switched, Wire};

/// Packets that are read before those that arrived meanwhile are written.
const BATCH: usize = 64;
/// The largest IP packet (RFC 791 §3.1).
const LARGEST_PACKET: usize = 65_535;
/// How long a door or window rests when the system gives it no connection.
const REST: Duration = Duration::from_millis(50);

/// One end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    A,
    B,
}

impl Side {
    /// Its address on the line.
    #[must_use]
    pub fn address(self) -> Ipv4Addr {
        match self {
            Self::A => Ipv4Addr::new(10, 89, 0, 1),
            Self::B => Ipv4Addr::new(10, 89, 0, 2),
        }
    }
}

/// What a line is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineSettings {
    pub a_to_b: WaySettings,
    pub b_to_a: WaySettings,
    /// Decides which packets get lost.
    pub seed: u64,
    /// Bytes of the largest IP packet.
    pub mtu: u16,
}

impl LineSettings {
    /// The same in both directions, with Ethernet's packets.
    #[must_use]
    pub fn both_ways(way: WaySettings) -> Self {
        Self { a_to_b: way, b_to_a: way, seed: 1, mtu: 1500 }
    }
}

/// All packets since the line began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineCounters {
    pub a_to_b: WayCounters,
    pub b_to_a: WayCounters,
}

/// What the test and the emulator's threads share.
#[derive(Debug)]
struct Shared {
    cut: AtomicBool,
    udp_blocked: AtomicBool,
    /// A to B, B to A.
    counters: [Mutex<WayCounters>; 2],
    /// Readable once the line ends.
    ended: OwnedFd,
}

impl Shared {
    fn switched(&self) -> Switched {
        Switched {
            cut: self.cut.load(Ordering::Relaxed),
            udp_blocked: self.udp_blocked.load(Ordering::Relaxed),
        }
    }
}

/// A line in use; dropping it ends all programs inside, and leaves no namespace.
#[derive(Debug)]
pub struct Line {
    shared: Arc<Shared>,
    pumps: Vec<JoinHandle<()>>,
    /// Carries doors and windows, so that a line can live in tests with and without a runtime.
    carrier: Option<Runtime>,
    /// Last: they go when nothing uses them any more.
    namespaces: [Namespace; 2],
}

impl Line {
    /// A line that is whole; `None`, with the reason on standard error, where this machine lets nobody make one.
    ///
    /// # Errors
    /// Where the machine can make one, but something failed.
    pub fn new(settings: LineSettings) -> Result<Option<Self>> {
        namespace::sweep();
        match Self::make_ends(settings.mtu) {
            Ok((namespaces, devices)) => Self::join(settings, namespaces, devices).map(Some),
            Err(error) if std::env::var_os("DESKSIDE_LINE").is_some_and(|value| value == "required") => {
                Err(error.context("DESKSIDE_LINE=required, and no line can be made here"))
            }
            Err(error) => {
                skip(&error);
                Ok(None)
            }
        }
    }

    fn make_ends(mtu: u16) -> Result<([Namespace; 2], [SyncDevice; 2])> {
        let namespaces = [Namespace::create("a")?, Namespace::create("b")?];
        let devices = [namespaces[0].device(mtu)?, namespaces[1].device(mtu)?];
        Ok((namespaces, devices))
    }

    fn join(settings: LineSettings, namespaces: [Namespace; 2], devices: [SyncDevice; 2]) -> Result<Self> {
        for (namespace, side) in namespaces.iter().zip([Side::A, Side::B]) {
            namespace.furnish(side.address())?;
        }
        let carrier =
            Builder::new_multi_thread().worker_threads(1).enable_all().thread_name("line-doors").build()?;
        let mut line = Self {
            shared: Arc::new(Shared {
                cut: AtomicBool::new(false),
                udp_blocked: AtomicBool::new(false),
                counters: Default::default(),
                ended: eventfd(0, EventfdFlags::CLOEXEC)?,
            }),
            pumps: Vec::new(),
            carrier: Some(carrier),
            namespaces,
        };
        let [a, b] = devices.map(Arc::new);
        let a_to_b = Wire::new(settings.a_to_b, Side::B.address(), settings.seed);
        // Another stream of random numbers for the other direction.
        let b_to_a = Wire::new(settings.b_to_a, Side::A.address(), !settings.seed);
        line.start_pump(0, Arc::clone(&a), Arc::clone(&b), a_to_b)?;
        line.start_pump(1, b, a, b_to_a)?;
        Ok(line)
    }

    fn start_pump(
        &mut self,
        way: usize,
        from: Arc<SyncDevice>,
        to: Arc<SyncDevice>,
        wire: Wire,
    ) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        let pump = Pump { from, to, wire, way, shared, buffer: vec![0; LARGEST_PACKET] };
        self.pumps.push(thread::Builder::new().name(format!("line-{way}")).spawn(|| pump.run())?);
        Ok(())
    }

    fn namespace(&self, side: Side) -> &Namespace {
        &self.namespaces[usize::from(side == Side::B)]
    }

    /// The name of a side's namespace, as ip-netns(8) knows it.
    #[must_use]
    pub fn name(&self, side: Side) -> &str {
        self.namespace(side).name()
    }

    /// From now on nothing arrives, either way; what is under way is lost. Nobody is told.
    pub fn cut(&self) {
        self.shared.cut.store(true, Ordering::Relaxed);
    }

    /// The line is whole again.
    pub fn mend(&self) {
        self.shared.cut.store(false, Ordering::Relaxed);
    }

    /// Whether UDP is dropped silently, as some companies' firewalls do.
    pub fn block_udp(&self, blocked: bool) {
        self.shared.udp_blocked.store(blocked, Ordering::Relaxed);
    }

    /// As of the emulator's last round, which is at most a moment ago.
    #[must_use]
    pub fn counters(&self) -> LineCounters {
        let [a_to_b, b_to_a] = &self.shared.counters;
        let read = |way: &Mutex<WayCounters>| *way.lock().unwrap_or_else(PoisonError::into_inner);
        LineCounters { a_to_b: read(a_to_b), b_to_a: read(b_to_a) }
    }

    /// `program`, to be started at one side: it sees loopback and the line, nothing else. Its pid is the program's own.
    #[must_use]
    pub fn command(&self, side: Side, program: impl AsRef<OsStr>) -> Command {
        self.namespace(side).command(Path::new(program.as_ref()))
    }

    /// Runs `work` at one side, on a thread of its own, and waits for it. Sockets made there stay there.
    ///
    /// # Errors
    /// When the namespace cannot be entered, or `work` panics.
    pub fn inside<T: Send>(&self, side: Side, work: impl FnOnce() -> T + Send) -> Result<T> {
        self.namespace(side).entrance().inside(work)
    }

    /// Lets programs at one side reach `outside`, such as the portal: as 127.0.0.1 and `port` (0: a free one) over there.
    /// Gives that address. A door is not part of the line: it stays open when that is cut.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn door(&self, side: Side, port: u16, outside: SocketAddr) -> Result<SocketAddr> {
        let listen = || std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        let listener =
            self.inside(side, listen)?.with_context(|| format!("cannot listen on {port} inside"))?;
        self.carry(listener, move || Ok((TcpSocket::new_v4()?, outside)))
    }

    /// Lets the test reach what listens on 127.0.0.1 and `port` at one side, such as a WebDriver. Gives the address on
    /// this side.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn window(&self, side: Side, port: u16) -> Result<SocketAddr> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let entrance: Entrance = self.namespace(side).entrance().clone();
        let inside = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        self.carry(listener, move || Ok((entrance.inside(TcpSocket::new_v4)??, inside)))
    }

    /// Passes on every connection to `listener` by a socket and to an address that `other` gives.
    fn carry(
        &self,
        listener: std::net::TcpListener,
        other: impl Fn() -> Result<(TcpSocket, SocketAddr)> + Send + 'static,
    ) -> Result<SocketAddr> {
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let carrier = self.carrier.as_ref().context("the line has ended")?;
        let _entered = carrier.enter();
        let listener = TcpListener::from_std(listener)?;
        carrier.spawn(async move {
            loop {
                match (listener.accept().await, other()) {
                    (Ok((here, _)), Ok((socket, to))) => drop(tokio::spawn(connect(here, socket, to))),
                    // No more files, perhaps: the caller sees its connection close, and may come again.
                    _ => tokio::time::sleep(REST).await,
                }
            }
        });
        Ok(address)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // An event counter takes eight bytes (eventfd(2)).
        let _ = rustix::io::write(&self.shared.ended, &1_u64.to_ne_bytes());
        for pump in self.pumps.drain(..) {
            let _ = pump.join();
        }
        // Not by its own drop, which must not happen within another runtime.
        if let Some(carrier) = self.carrier.take() {
            carrier.shutdown_background();
        }
    }
}

/// Both directions of one connection, until both have ended; a failure of one side is seen by the other as its end.
async fn connect(mut here: TcpStream, socket: TcpSocket, to: SocketAddr) {
    let Ok(mut there) = socket.connect(to).await else { return };
    let _ = (here.set_nodelay(true), there.set_nodelay(true));
    let _ = tokio::io::copy_bidirectional(&mut here, &mut there).await;
}

/// One direction's thread.
struct Pump {
    from: Arc<SyncDevice>,
    to: Arc<SyncDevice>,
    wire: Wire,
    way: usize,
    shared: Arc<Shared>,
    buffer: Vec<u8>,
}

impl Pump {
    fn run(mut self) {
        while self.wait() {
            let switched = self.shared.switched();
            for _ in 0..BATCH {
                // Nothing to read, or a device that is going down.
                let Ok(length) = self.from.recv(&mut self.buffer) else { break };
                self.wire.enter(Instant::now(), &self.buffer[..length], switched);
            }
            while let Some(packet) = self.wire.arrived(Instant::now(), switched) {
                let taken = self.to.send(&packet).is_ok();
                self.wire.delivered(&packet, taken);
            }
            let mut counters = self.shared.counters[self.way].lock().unwrap_or_else(PoisonError::into_inner);
            *counters = self.wire.counters();
        }
    }

    /// Until a packet can be read or has arrived; `false` once the line ends.
    fn wait(&self) -> bool {
        let next = self.wire.next_arrival();
        let timeout =
            next.and_then(|at| Timespec::try_from(at.saturating_duration_since(Instant::now())).ok());
        let mut watched = [
            PollFd::from_borrowed_fd(self.from.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.shared.ended.as_fd(), PollFlags::IN),
        ];
        match poll(&mut watched, timeout.as_ref()) {
            Ok(_) => watched[1].revents().is_empty(),
            Err(error) => error == Errno::INTR,
        }
    }
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn skip(error: &anyhow::Error) {
    eprintln!("skipped, no line can be emulated here: {error:#}");
}
