//! One side of one direct transfer, for measuring: `direct-peer send PATH --socket S` and `direct-peer receive FOLDER --socket S`,
//! with `--lane webrtc|quic|relay|direct` on both (`direct`: all but the relay). Signals, and what the relay would pass on, go over Unix sockets (`S`, `S.relay`).
//! At the end each prints one line of JSON; `RUST_LOG` has it say more before. `DESKSIDE_ICE_LOOPBACK=1` keeps it on this machine.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bytes::Bytes;
use deskside_direct::{
    Config, Direct, DirectEvent, DirectFileState, DirectStats, IceSource, Lanes, Recipient,
    disk::{self, MemoryLedger},
    identity::Identity,
    lane::{
        LaneError, LaneStats,
        relay::{RelayConnection, RelayConnector},
        webrtc::Seams,
    },
};
use deskside_proto::{
    AttachmentId, Digest32, DirectKind, EndpointId, ParticipantId, RecipientState, SessionId, Signal,
    api::IceServers,
};
use deskside_transfer::{
    Kind,
    meeting::{Parties, Role},
};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SENDER: ParticipantId = ParticipantId([1; 16]);
const RECEIVER: ParticipantId = ParticipantId([2; 16]);
const FILE: AttachmentId = AttachmentId([3; 16]);
const USAGE: &str = "direct-peer send|receive PATH --socket PATH [--lane webrtc|quic|relay|direct]";

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A line on the socket.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Offer { name: String, size: u64, folder: bool, files: u32 },
    Signal(Signal),
    Received(Digest32),
}

struct Arguments {
    send: bool,
    path: PathBuf,
    socket: PathBuf,
    lanes: Lanes,
}

impl Arguments {
    fn read() -> Outcome<Self> {
        let mut words = std::env::args().skip(1);
        let send = match words.next().as_deref() {
            Some("send") => true,
            Some("receive") => false,
            _ => return Err(USAGE.into()),
        };
        let path = words.next().ok_or(USAGE)?.into();
        let (mut socket, mut lanes) = (None, Lanes::from_env());
        while let Some(word) = words.next() {
            let value = words.next().ok_or(USAGE)?;
            let only = |webrtc, quic, relay| Lanes { webrtc, quic, relay };
            match (word.as_str(), value.as_str()) {
                ("--socket", path) => socket = Some(PathBuf::from(path)),
                ("--lane", "webrtc") => lanes = only(true, false, false),
                ("--lane", "quic") => lanes = only(false, true, false),
                ("--lane", "relay") => lanes = only(false, false, true),
                ("--lane", "direct") => lanes = only(true, true, false),
                _ => return Err(USAGE.into()),
            }
        }
        Ok(Self { send, path, socket: socket.ok_or(USAGE)?, lanes })
    }

    fn me(&self) -> ParticipantId {
        if self.send { SENDER } else { RECEIVER }
    }

    fn peer(&self) -> ParticipantId {
        if self.send { RECEIVER } else { SENDER }
    }
}

struct NoServers;

#[async_trait]
impl IceSource for NoServers {
    async fn servers(&self) -> Option<IceServers> {
        None
    }
}

/// A Unix socket in place of the portal's relay: the sender listens. Frames are length (`u32`, little-endian) and content.
struct SocketRelay {
    path: PathBuf,
    listener: Option<UnixListener>,
}

#[async_trait]
impl RelayConnector for SocketRelay {
    async fn connect(&self, _: &Parties, _: Role) -> Result<RelayConnection, LaneError> {
        let setup = |error: io::Error| LaneError::Setup(error.to_string());
        let stream = match &self.listener {
            Some(listener) => listener.accept().await.map_err(setup)?.0,
            None => connect(&self.path).await.map_err(setup)?,
        };
        let (reader, writer) = stream.into_split();
        let sender = futures_util::sink::unfold(writer, |mut writer, frame: Bytes| async move {
            writer.write_u32_le(u32::try_from(frame.len()).map_err(io::Error::other)?).await?;
            writer.write_all(&frame).await?;
            Ok::<_, io::Error>(writer)
        });
        let receiver = futures_util::stream::unfold(BufReader::new(reader), |mut reader| async move {
            let length = reader.read_u32_le().await.ok()?;
            let mut frame = vec![0; length as usize];
            let read = reader.read_exact(&mut frame).await;
            Some((read.map(|_| Bytes::from(frame)), reader))
        });
        Ok(RelayConnection { sender: Box::pin(sender), receiver: Box::pin(receiver) })
    }
}

/// Waits for the other process to be there.
async fn connect(path: &Path) -> io::Result<UnixStream> {
    for _ in 0..600 {
        if let Ok(stream) = UnixStream::connect(path).await {
            return Ok(stream);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(io::ErrorKind::TimedOut.into())
}

fn state(arguments: &Arguments, name: String, size: u64, folder: bool, files: u32) -> DirectFileState {
    let recipient = Recipient { id: RECEIVER, state: RecipientState::Accepted, digest: None };
    DirectFileState {
        attachment: FILE,
        target: 1,
        name,
        size,
        kind: if folder { DirectKind::Folder } else { DirectKind::File },
        files,
        own: arguments.send,
        sender: SENDER,
        withdrawn: false,
        recipients: if arguments.send { vec![recipient] } else { Vec::new() },
        yours: (!arguments.send).then_some(RecipientState::Accepted),
    }
}

async fn say(writer: &mut OwnedWriteHalf, line: &Line) -> Outcome<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    Ok(writer.write_all(&text).await?)
}

fn understand(line: io::Result<Option<String>>) -> Outcome<Line> {
    Ok(serde_json::from_str(&line?.ok_or("the other side is gone")?)?)
}

async fn open(arguments: &Arguments) -> Outcome<(Direct, tokio::sync::mpsc::Receiver<DirectEvent>)> {
    let path = arguments.socket.with_extension("relay");
    let listener = if arguments.send { Some(UnixListener::bind(&path)?) } else { None };
    let mut endpoint = [0; 16];
    getrandom::fill(&mut endpoint)?;
    let downloads = if arguments.send { std::env::temp_dir() } else { arguments.path.clone() };
    let config = Config {
        session: SessionId([9; 16]),
        me: arguments.me(),
        endpoint: EndpointId(endpoint),
        identity: Identity::generate()?,
        ledger: Arc::new(MemoryLedger::default()),
        ice: Arc::new(NoServers),
        relay: Some(Arc::new(SocketRelay { path, listener })),
        downloads,
        mark: Arc::new(|_: &Path| Ok(())),
        free_space: Arc::new(disk::free_space),
        lanes: arguments.lanes,
        seams: Seams::from_env(),
    };
    Ok(Direct::open(config).await?)
}

/// Seconds of the processor, and the most memory held, MiB.
fn cost() -> Outcome<(f64, u64)> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit_once(')').ok_or("stat")?.1;
    let ticks =
        after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u32>().ok()).sum::<u32>();
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).ok_or("status")?;
    let kib: u64 = line.split_whitespace().nth(1).ok_or("status")?.parse()?;
    // 100 ticks a second on every Linux that is built today (USER_HZ).
    Ok((f64::from(ticks) / 100.0, kib / 1024))
}

fn report(bytes: u64, seconds: [Duration; 2], stats: &DirectStats) -> Outcome<()> {
    let (cpu_s, rss_mib) = cost()?;
    let both = |lane: &LaneStats| lane.bytes_sent + lane.bytes_received;
    let line = serde_json::json!({
        "bytes": bytes,
        "seconds": seconds[0].as_secs_f64(),
        "with_meeting_s": seconds[1].as_secs_f64(),
        "cpu_s": cpu_s,
        "rss_mib": rss_mib,
        "lanes": {
            "webrtc": both(&stats.webrtc),
            "quic": both(&stats.quic),
            "relay": both(&stats.relay),
        },
        "connections": stats.connections,
    });
    Ok(writeln!(io::stdout(), "{line}")?)
}

/// What the log says, from the one who knows; bytes.
async fn agree(
    arguments: &Arguments,
    direct: &Direct,
    lines: &mut Lines<BufReader<OwnedReadHalf>>,
    writer: &mut OwnedWriteHalf,
) -> Outcome<u64> {
    if !arguments.send {
        let Line::Offer { name, size, folder, files } = understand(lines.next_line().await)? else {
            return Err("no offer".into());
        };
        direct.files(vec![state(arguments, name, size, folder, files)]);
        return Ok(size);
    }
    let chosen = Direct::choose(&arguments.path).await?;
    let manifest = chosen.manifest();
    let (size, folder, files) = (manifest.size(), manifest.kind() == Kind::Folder, manifest.files());
    let name = arguments.path.file_name().and_then(|name| name.to_str()).unwrap_or("file").to_owned();
    direct.add_source(FILE, &arguments.path).await?;
    direct.files(vec![state(arguments, name.clone(), size, folder, files)]);
    say(writer, &Line::Offer { name, size, folder, files }).await?;
    Ok(size)
}

async fn run(arguments: Arguments) -> Outcome<()> {
    let stream = if arguments.send {
        UnixListener::bind(&arguments.socket)?.accept().await?.0
    } else {
        connect(&arguments.socket).await?
    };
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let (direct, mut events) = open(&arguments).await?;
    let size = agree(&arguments, &direct, &mut lines, &mut writer).await?;
    let since = Instant::now();
    let mut began = None;
    direct.online(arguments.peer(), true);
    loop {
        tokio::select! {
            line = lines.next_line() => match understand(line)? {
                Line::Signal(signal) => direct.signal(arguments.peer(), signal),
                Line::Received(_) => break,
                Line::Offer { .. } => {}
            },
            event = events.recv() => match event.ok_or("the service has ended")? {
                DirectEvent::Signal { signal, .. } => say(&mut writer, &Line::Signal(signal)).await?,
                DirectEvent::Views(views) => {
                    if views.iter().any(|view| view.lane.is_some()) {
                        began.get_or_insert_with(Instant::now);
                    }
                }
                DirectEvent::Received { digest, .. } => {
                    say(&mut writer, &Line::Received(digest)).await?;
                    break;
                }
                other => return Err(format!("{other:?}").into()),
            },
        }
    }
    let seconds = [began.unwrap_or(since).elapsed(), since.elapsed()];
    // What the lanes carried is written up four times a second.
    tokio::time::sleep(Duration::from_millis(300)).await;
    report(size, seconds, &direct.stats())?;
    direct.close().await;
    Ok(())
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments = Arguments::read()?;
    let filter = tracing_subscriber::EnvFilter::from_default_env();
    tracing_subscriber::fmt().with_writer(io::stderr).with_env_filter(filter).init();
    let sockets = [arguments.socket.clone(), arguments.socket.with_extension("relay")];
    let (send, outcome) = (arguments.send, run(arguments).await);
    if send {
        for socket in sockets {
            let _ = std::fs::remove_file(socket);
        }
    }
    outcome
}
