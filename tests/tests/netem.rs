//! The emulated line keeps its promises: what is measured across it here is what tests of direct transfer build on.
//! Lower bounds are the line's own; upper bounds are wide, for the machine may be busy.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use deskside_tests::netem::{Line, LineSettings, Side, WaySettings};
use deskside_tests::workspace;

const MS: Duration = Duration::from_millis(1);
/// Long enough for whatever does happen.
const PATIENCE: Duration = Duration::from_secs(30);
/// Long enough to believe that nothing comes.
const SILENCE: Duration = Duration::from_millis(600);

fn line(way: WaySettings) -> Result<Option<Line>> {
    Line::new(LineSettings::both_ways(way))
}

fn wait_until(what: &str, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let start = Instant::now();
    while !holds()? {
        ensure!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(5 * MS);
    }
    Ok(())
}

fn udp(line: &Line, side: Side) -> Result<UdpSocket> {
    Ok(line.inside(side, || UdpSocket::bind((side.address(), 0)))??)
}

fn tcp(line: &Line, side: Side, address: Ipv4Addr) -> Result<TcpListener> {
    Ok(line.inside(side, || TcpListener::bind((address, 0)))??)
}

fn connect(line: &Line, side: Side, to: SocketAddr) -> Result<TcpStream> {
    let stream = line.inside(side, || TcpStream::connect_timeout(&to, PATIENCE))??;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// A socket at side A that talks to one at side B, which sends everything back and counts.
struct Echo {
    socket: UdpSocket,
    heard: Arc<AtomicU64>,
}

impl Echo {
    fn start(line: &Line) -> Result<Self> {
        let (socket, other) = (udp(line, Side::A)?, udp(line, Side::B)?);
        socket.connect(other.local_addr()?)?;
        other.set_read_timeout(Some(50 * MS))?;
        let heard = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&heard);
        thread::spawn(move || {
            let mut buffer = [0; 2000];
            // Until nobody else holds the counter.
            while Arc::strong_count(&count) > 1 {
                if let Ok((length, from)) = other.recv_from(&mut buffer) {
                    count.fetch_add(1, Ordering::SeqCst);
                    let _ = other.send_to(&buffer[..length], from);
                }
            }
        });
        Ok(Self { socket, heard })
    }

    /// The round trip of a datagram with this number; `None` if it does not come back in time.
    fn ping(&self, number: u64, limit: Duration) -> Result<Option<Duration>> {
        let start = Instant::now();
        self.socket.send(&number.to_be_bytes())?;
        let mut buffer = [0; 2000];
        while let Some(left) = limit.checked_sub(start.elapsed()).filter(|left| !left.is_zero()) {
            self.socket.set_read_timeout(Some(left))?;
            match self.socket.recv(&mut buffer) {
                Ok(length) if buffer[..length] == number.to_be_bytes() => return Ok(Some(start.elapsed())),
                _ => {}
            }
        }
        Ok(None)
    }
}

/// Says `text` to the first who comes.
fn tell(listener: TcpListener, text: &'static str) {
    thread::spawn(move || {
        if let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.write_all(text.as_bytes());
        }
    });
}

/// What a program at one side hears from a TCP address; empty where it cannot connect.
fn heard_by_program(line: &Line, side: Side, from: SocketAddr) -> Result<String> {
    let script = format!("exec 3<>/dev/tcp/{}/{} && cat <&3", from.ip(), from.port());
    let output = line.command(side, workspace::tool("bash")?).arg("-c").arg(script).output()?;
    Ok(String::from_utf8(output.stdout)?)
}

#[test]
fn a_round_trip_takes_twice_the_delay() -> Result<()> {
    let Some(line) = line(WaySettings { delay: 30 * MS, ..WaySettings::default() })? else { return Ok(()) };
    let echo = Echo::start(&line)?;
    let mut fastest = PATIENCE;
    for number in 0..10 {
        fastest = fastest.min(echo.ping(number, PATIENCE)?.context("no answer")?);
    }
    ensure!(fastest >= 60 * MS && fastest < 150 * MS, "{fastest:?}");
    Ok(())
}

#[test]
fn bytes_pass_at_the_rate() -> Result<()> {
    const BYTES: usize = 3_000_000;
    let way = WaySettings { delay: 5 * MS, rate: Some(2_000_000), ..WaySettings::default() };
    let Some(line) = line(way)? else { return Ok(()) };
    let listener = tcp(&line, Side::B, Side::B.address())?;
    let to = listener.local_addr()?;
    let start = Instant::now();
    let sender = connect(&line, Side::A, to)?;
    let sending = thread::spawn(move || (&sender).write_all(&vec![7; BYTES]));
    let mut received = Vec::new();
    listener.accept()?.0.read_to_end(&mut received)?;
    let taken = start.elapsed();
    sending.join().map_err(|_| anyhow::anyhow!("the sender panicked"))??;
    ensure!(received.len() == BYTES, "{} bytes", received.len());
    ensure!(taken >= 1480 * MS && taken < 8000 * MS, "3 MB at 2 MB/s took {taken:?}");
    let counters = line.counters();
    ensure!(counters.a_to_b.tcp.bytes > BYTES as u64, "headers count: {counters:?}");
    ensure!(counters.b_to_a.tcp.packets > 0, "acknowledgements: {counters:?}");
    Ok(())
}

#[test]
fn a_line_without_limits_is_no_bottleneck() -> Result<()> {
    const BYTES: usize = 64 << 20;
    let Some(line) = line(WaySettings::default())? else { return Ok(()) };
    let listener = tcp(&line, Side::B, Side::B.address())?;
    let sender = connect(&line, Side::A, listener.local_addr()?)?;
    let start = Instant::now();
    let sending = thread::spawn(move || (&sender).write_all(&vec![7; BYTES]));
    let mut received = Vec::new();
    listener.accept()?.0.read_to_end(&mut received)?;
    let rate = BYTES as f64 / start.elapsed().as_secs_f64() / 1e6;
    sending.join().map_err(|_| anyhow::anyhow!("the sender panicked"))??;
    println!("{rate:.0} MB/s");
    ensure!(received.len() == BYTES && rate > 10.0, "{rate} MB/s");
    Ok(())
}

#[test]
fn loss_is_as_asked_and_of_one_direction() -> Result<()> {
    const DATAGRAMS: u64 = 2000;
    const AT_ONCE: u64 = 50;
    let mut settings = LineSettings::both_ways(WaySettings::default());
    settings.a_to_b.loss = 0.1;
    let Some(line) = Line::new(settings)? else { return Ok(()) };
    let echo = Echo::start(&line)?;
    for sent in 1..=DATAGRAMS {
        echo.socket.send(&[7; 100])?;
        // In step, so that no socket's buffer overflows.
        if sent % AT_ONCE == 0 {
            wait_until("the fate of all datagrams", || {
                let way = line.counters().a_to_b;
                let heard = echo.heard.load(Ordering::SeqCst);
                Ok(way.udp.packets + way.dropped.lost == sent && heard == way.udp.packets)
            })?;
        }
    }
    let counters = line.counters();
    // Six standard deviations of a binomial distribution around 200.
    ensure!((120..=280).contains(&counters.a_to_b.dropped.lost), "{counters:?}");
    ensure!(counters.a_to_b.udp.dropped == counters.a_to_b.dropped.lost, "{counters:?}");
    ensure!(counters.b_to_a.dropped.lost == 0, "{counters:?}");
    Ok(())
}

#[test]
fn nothing_passes_a_cut_line_and_tcp_survives_it() -> Result<()> {
    let Some(line) = line(WaySettings { delay: MS, ..WaySettings::default() })? else { return Ok(()) };
    let echo = Echo::start(&line)?;
    let listener = tcp(&line, Side::B, Side::B.address())?;
    let mut sender = connect(&line, Side::A, listener.local_addr()?)?;
    let mut receiver = listener.accept()?.0;
    ensure!(echo.ping(1, PATIENCE)?.is_some(), "whole");

    line.cut();
    sender.write_all(b"said while the line was cut")?;
    ensure!(echo.ping(2, SILENCE)?.is_none(), "cut");
    let counters = line.counters();
    ensure!(counters.a_to_b.dropped.cut >= 2, "{counters:?}");

    line.mend();
    ensure!(echo.ping(3, PATIENCE)?.is_some(), "mended");
    drop(sender);
    receiver.set_read_timeout(Some(PATIENCE))?;
    let mut heard = String::new();
    receiver.read_to_string(&mut heard)?;
    ensure!(heard == "said while the line was cut", "{heard}");
    Ok(())
}

#[test]
fn blocked_udp_leaves_tcp_alone() -> Result<()> {
    let Some(line) = line(WaySettings::default())? else { return Ok(()) };
    let echo = Echo::start(&line)?;
    line.block_udp(true);
    ensure!(echo.ping(1, SILENCE)?.is_none(), "blocked");
    let listener = tcp(&line, Side::B, Side::B.address())?;
    let address = listener.local_addr()?;
    tell(listener, "by TCP");
    ensure!(heard_by_program(&line, Side::A, address)? == "by TCP", "TCP passes");
    line.block_udp(false);
    ensure!(echo.ping(2, PATIENCE)?.is_some(), "no more");
    ensure!(line.counters().a_to_b.dropped.blocked >= 1, "{:?}", line.counters());
    Ok(())
}

/// mDNS needs a route for multicast, and must find the other side.
#[test]
fn multicast_reaches_the_other_side() -> Result<()> {
    let Some(line) = line(WaySettings::default())? else { return Ok(()) };
    let group = Ipv4Addr::new(224, 0, 0, 251);
    let listener = line.inside(Side::B, || {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.join_multicast_v4(&group, &Ipv4Addr::UNSPECIFIED)?;
        std::io::Result::Ok(socket)
    })??;
    listener.set_read_timeout(Some(PATIENCE))?;
    udp(&line, Side::A)?.send_to(b"who is there?", (group, listener.local_addr()?.port()))?;
    let mut buffer = [0; 100];
    let (length, from) = listener.recv_from(&mut buffer)?;
    ensure!(&buffer[..length] == b"who is there?" && from.ip() == Side::A.address(), "{from}");
    Ok(())
}

#[test]
fn doors_and_windows_are_the_only_ways_out_and_in() -> Result<()> {
    let Some(line) = line(WaySettings::default())? else { return Ok(()) };
    let links = line.command(Side::A, workspace::tool("ip")?).args(["-o", "link"]).output()?;
    let links = String::from_utf8(links.stdout)?;
    let names: Vec<&str> = links.lines().filter_map(|link| link.split(':').nth(1)).map(str::trim).collect();
    ensure!(names == ["lo", "line"], "{links}");

    let outside = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = outside.local_addr()?;
    tell(outside, "from outside");
    ensure!(heard_by_program(&line, Side::A, address)?.is_empty(), "no door yet");
    let door = line.door(Side::A, address.port(), address)?;
    ensure!(door == address, "the same port inside");
    // A door is no part of the line.
    line.cut();
    ensure!(heard_by_program(&line, Side::A, door)? == "from outside", "through the door");
    line.mend();

    let inside = tcp(&line, Side::B, Ipv4Addr::LOCALHOST)?;
    let window = line.window(Side::B, inside.local_addr()?.port())?;
    tell(inside, "from inside");
    let mut heard = String::new();
    let mut stream = TcpStream::connect(window)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.read_to_string(&mut heard)?;
    ensure!(heard == "from inside", "{heard}");
    // Nobody listens at that one: its connections end at once.
    let blind = line.window(Side::A, 9)?;
    let mut stream = TcpStream::connect(blind)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    ensure!(stream.read(&mut [0]).unwrap_or(0) == 0, "nothing comes");
    Ok(())
}

fn namespaces() -> Result<String> {
    let output = Command::new(workspace::tool("ip")?).args(["netns", "list"]).output()?;
    Ok(String::from_utf8(output.stdout)?)
}

/// In a runtime, as most tests are; and what a killed test left goes with the next line.
#[tokio::test]
async fn a_line_leaves_nothing() -> Result<()> {
    let Some(first) = line(WaySettings::default())? else { return Ok(()) };
    let mut dead = Command::new("true").spawn()?;
    dead.wait()?;
    let stale = format!("deskside-{}-0-a", dead.id());
    let made = Command::new(workspace::tool("ip")?).args(["netns", "add", &stale]).status()?;
    ensure!(made.success() && namespaces()?.contains(&stale), "a namespace without an owner");

    let Some(second) = line(WaySettings::default())? else { return Ok(()) };
    ensure!(!namespaces()?.contains(&stale), "swept");
    let names: Vec<String> = [&first, &second]
        .iter()
        .flat_map(|line| [Side::A, Side::B].map(|side| line.name(side).to_owned()))
        .collect();
    for name in &names {
        ensure!(namespaces()?.contains(name), "{name} is in use");
    }
    first.door(Side::A, 0, SocketAddr::from((Ipv4Addr::LOCALHOST, 9)))?;
    let mut program = first.command(Side::A, "sleep").arg("600").stdout(Stdio::null()).spawn()?;
    wait_until("the program to be inside", || {
        Ok(std::fs::read_to_string(format!("/proc/{}/comm", program.id()))?.trim_end() == "sleep")
    })?;
    drop((first, second));
    ensure!(program.wait()?.signal() == Some(9), "its programs are ended");
    for name in &names {
        ensure!(!namespaces()?.contains(name), "{name} is left");
    }
    Ok(())
}
