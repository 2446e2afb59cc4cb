//! Faults of the machine and of other people's clients, at a portal that runs as a process: it stands still, its disk fills up, clients
//! do not read or do not stop. What three people do meanwhile passes the one checker.
//!
//! `DESKSIDE_CASES` sets how often each comes, `DESKSIDE_SEED` when.
#![cfg(target_os = "linux")]
#![expect(clippy::print_stdout, reason = "the seed plays a failure again")]

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::{ClientMessage, Command as Wish, ErrorCode, PROTOCOL_VERSION, TxnId};
use deskside_tests::api::Api;
use deskside_tests::crowd::{Crowd, SETTLE};
use deskside_tests::house::House;
use deskside_tests::random::{self, Random};
use deskside_tests::stage::{self, Stage};
use deskside_tests::wait;
use deskside_tests::wire::{self, Seen, Socket, WireClient};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::tungstenite::Message;

const PER_CASE: Duration = Duration::from_secs(120);
/// Memory that hostile clients may cost, however long they go on: the queues of four connections and what eight threads work
/// with (80 MB, reached in the second round and held after it), beside 64 MB that are the database's page cache for whoever writes
/// much (full by the sixth).
const GROWTH_MAX_BYTES: u64 = 192 << 20;

fn draw(usual: u32) -> Result<(Random, u32)> {
    let (seed, cases) = (random::seed()?, random::cases(usual)?);
    println!("DESKSIDE_SEED={seed} DESKSIDE_CASES={cases}");
    Ok((Random::from_seed(seed), cases))
}

fn burst(crowd: &mut Crowd, random: &mut Random) -> Result<()> {
    (0..random.between(10, 40)).try_for_each(|_| crowd.act(random))
}

/// N14: a portal that stands still (SIGSTOP) is noticed where it lasts, and nothing is lost over it.
#[tokio::test]
async fn a_portal_that_stands_still_is_noticed_and_loses_nothing() -> Result<()> {
    let (mut random, cases) = draw(3)?;
    stage::play(PER_CASE * cases + SETTLE * 3, async |stage| {
        let mut crowd = Crowd::gather(stage).await?;
        for case in 0..cases {
            burst(&mut crowd, &mut random)?;
            tokio::time::sleep(Duration::from_micros(random.between(0, 30_000))).await;
            crowd.house.portal.process()?.pause();
            burst(&mut crowd, &mut random)?;
            // Every tenth lasts until the clients give up; the others end before, or just then.
            if case % 10 == 0 {
                for member in &mut crowd.members {
                    member.until("the silence is noticed", SETTLE, |seen| !seen.is_online()).await?;
                }
            } else {
                tokio::time::sleep(Duration::from_millis(random.between(0, 3_000))).await;
            }
            crowd.house.portal.process()?.resume();
            crowd.settle().await.with_context(|| format!("stop {case}"))?;
        }
        crowd.check().await
    })
    .await
}

/// How the disk of a portal is filled.
enum Disk {
    /// A tmpfs of its own over the data folder, which only the portal sees: it is full where a file fills it (ENOSPC).
    Small { filler: PathBuf },
    /// No mounts here: files may not grow (RLIMIT_FSIZE, EFBIG).
    Limited { pid: u32 },
}

impl Disk {
    /// Starts the portal again over a disk that can be filled.
    async fn put_under(crowd: &mut Crowd, stage: &Stage, mebibytes: u32) -> Result<Self> {
        let data = crowd.house.portal.data.clone();
        crowd.house.portal.stop().await?;
        let mounts = Command::new("unshare")
            .args(["-rm", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs \"$0\""])
            .arg(stage.subfolder("mounted")?)
            .stderr(Stdio::null())
            .status();
        let small = mounts.is_ok_and(|status| status.success());
        println!(
            "the disk is {}",
            if small { "a small tmpfs" } else { "limited by RLIMIT_FSIZE: no mounts here" }
        );
        let outer = if small { small_disk(&data, mebibytes) } else { limited_disk() };
        crowd.house.portal.restart_within(stage, outer).await?;
        // `exec` all the way: the process is the portal's own.
        let pid = crowd.house.portal.process()?.pid();
        let below = data.strip_prefix("/").context("an absolute path")?;
        let filler = Path::new(&format!("/proc/{pid}/root")).join(below).join("filler");
        Ok(if small { Self::Small { filler } } else { Self::Limited { pid } })
    }

    fn fill(&self) -> Result<()> {
        match self {
            Self::Small { filler } => {
                let mut file = File::create(filler)?;
                // To the last byte.
                for size in [64 << 10, 4 << 10, 512, 1] {
                    while file.write_all(&vec![1; size]).is_ok() {}
                }
                Ok(())
            }
            Self::Limited { pid } => limit(*pid, "0:unlimited"),
        }
    }

    fn free(&self) -> Result<()> {
        match self {
            Self::Small { filler } => Ok(std::fs::remove_file(filler)?),
            Self::Limited { pid } => limit(*pid, "unlimited:unlimited"),
        }
    }

    /// Whether the portal has told that nothing can be written: a full disk as such, any other trouble by hanging up.
    fn is_told(&self, seen: &Seen) -> bool {
        let full = |code: ErrorCode| code == ErrorCode::StorageFull;
        let refused =
            seen.outbox.iter().any(|kept| kept.refused.as_ref().is_some_and(|refusal| full(refusal.code)));
        refused || matches!(self, Self::Limited { .. }) && !seen.is_online()
    }
}

fn small_disk(data: &Path, mebibytes: u32) -> Command {
    let script = r#"set -e
        data=$0; copy=$(mktemp -d -p "${data%/*}"); cp -a "$data/." "$copy"
        mount -t tmpfs -o "size=${SIZE}m,mode=700" tmpfs "$data"; cp -a "$copy/." "$data"
        exec "$@""#;
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", script]).arg(data).env("SIZE", mebibytes.to_string());
    command
}

/// What would kill a program that knows nothing of limits is an error to one that ignores the signal.
fn limited_disk() -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]);
    command
}

fn limit(pid: u32, bytes: &str) -> Result<()> {
    let status =
        Command::new("prlimit").args([&format!("--pid={pid}"), &format!("--fsize={bytes}")]).status()?;
    ensure!(status.success(), "prlimit: {status}");
    Ok(())
}

/// N14: with a full disk people are told so, what was acknowledged stays, and when there is room again everything goes on.
#[tokio::test]
async fn a_full_disk_is_told_and_overcome() -> Result<()> {
    let (mut random, cases) = draw(2)?;
    stage::play(PER_CASE * cases + SETTLE * 3, async |stage| {
        let mut crowd = Crowd::gather(stage).await?;
        burst(&mut crowd, &mut random)?;
        crowd.settle().await?;
        // What is said stays: each case takes a quarter of a mebibyte for good.
        let disk = Disk::put_under(&mut crowd, stage, 24 + cases).await?;
        for case in 0..cases {
            burst(&mut crowd, &mut random)?;
            disk.fill()?;
            full(&mut crowd, &disk, &mut random).await.with_context(|| format!("full {case}"))?;
            disk.free()?;
            crowd.settle().await.with_context(|| format!("freed {case}"))?;
            let ended = crowd.house.portal.process()?.said();
            ensure!(!ended.contains("panicked"), "{ended}");
        }
        crowd.check().await
    })
    .await
}

/// A file that is full already may take a few more rows: people write until somebody is told.
async fn full(crowd: &mut Crowd, disk: &Disk, random: &mut Random) -> Result<()> {
    wait::until("somebody is told of the full disk", SETTLE, async || {
        let text = "x".repeat(4_000);
        crowd.members[random.index(3)].post(&text)?;
        Ok(crowd.members.iter().any(|member| disk.is_told(&member.seen())))
    })
    .await
}

/// Clients without manners; they join once, for joining has a limit of its own.
async fn intruders(crowd: &Crowd, count: u32) -> Result<Vec<Api>> {
    let mut intruders = Vec::new();
    for number in 0..count {
        intruders.push(crowd.house.technician.join(&crowd.join_link, &format!("Intruder {number}")).await?.1);
    }
    Ok(intruders)
}

/// Connected and greeted.
async fn intrude(crowd: &Crowd, guest: &Api) -> Result<Socket> {
    let mut socket = wire::open(guest, crowd.session).await?;
    let hello = ClientMessage::Hello { protocol: PROTOCOL_VERSION, resume_after: 0, tail: Some(1) };
    socket.send(Message::text(serde_json::to_string(&hello)?)).await?;
    Ok(socket)
}

/// Everybody writes long messages at once, and each is confirmed.
async fn long_words(crowd: &mut Crowd, count: usize) -> Result<()> {
    let text = "long ".repeat(3_000);
    for _ in 0..count {
        crowd.members.iter().try_for_each(|member| member.post(&text))?;
    }
    crowd.settle().await
}

fn grown(house: &House, before: u64) -> Result<u64> {
    Ok(house.portal.resident_bytes()?.saturating_sub(before))
}

/// N14: who does not read costs bounded memory, holds nobody up, and is let go.
#[tokio::test]
async fn clients_that_do_not_read_hold_nobody_up() -> Result<()> {
    let (_, cases) = draw(1)?;
    stage::play(PER_CASE * cases + SETTLE * 3, async |stage| {
        let mut crowd = Crowd::gather(stage).await?;
        long_words(&mut crowd, 50).await?;
        let before = crowd.house.portal.resident_bytes()?;
        let guests = intruders(&crowd, 4).await?;
        for _ in 0..cases.min(20) {
            let mut silent = Vec::new();
            for guest in &guests {
                silent.push(intrude(&crowd, guest).await?);
            }
            // 900 messages of 15 kB: 13 MB for each of the four.
            long_words(&mut crowd, 300).await?;
            let grown = grown(&crowd.house, before)?;
            println!("memory grew by {} KiB", grown >> 10);
            ensure!(grown < GROWTH_MAX_BYTES, "memory grew by {grown} bytes");
        }
        crowd.check().await
    })
    .await
}

/// N14: floods are slowed down, nonsense is shown the door, and the others go on as ever.
#[tokio::test]
async fn clients_that_send_floods_hold_nobody_up() -> Result<()> {
    let (mut random, cases) = draw(1)?;
    stage::play(PER_CASE * cases + SETTLE * 3, async |stage| {
        let mut crowd = Crowd::gather(stage).await?;
        long_words(&mut crowd, 20).await?;
        let before = crowd.house.portal.resident_bytes()?;
        let guests = intruders(&crowd, 5).await?;
        let (stranger, guests) = guests.split_last().context("five guests")?;
        for _ in 0..cases.min(20) {
            let mut floods = Vec::new();
            for (kind, guest) in (0..).zip(guests) {
                let socket = intrude(&crowd, guest).await?;
                let seed = random.between(0, u64::MAX - 1);
                floods.push(tokio::spawn(flood(socket, Random::from_seed(seed), kind)));
            }
            for _ in 0..5 {
                burst(&mut crowd, &mut random)?;
                crowd.settle().await?;
            }
            let grown = grown(&crowd.house, before)?;
            println!("memory grew by {} KiB", grown >> 10);
            ensure!(grown < GROWTH_MAX_BYTES, "memory grew by {grown} bytes");
            floods.iter().for_each(tokio::task::JoinHandle::abort);
            strangers_knock(&crowd, stranger).await?;
        }
        // What the floods brought into the log nobody of the crowd asked for: the rest of the books must be in order.
        crowd.check_among_strangers().await
    })
    .await
}

/// As much as the connection takes, without reading an answer.
async fn flood(mut socket: Socket, mut random: Random, kind: u32) -> Result<()> {
    loop {
        let txn_id = TxnId::new(wire::now(), random.bytes());
        let frame = match kind {
            0 => ClientMessage::Ping { nonce: 1 },
            1 => ClientMessage::Typing,
            2 => ClientMessage::History { before: u64::MAX, limit: u32::MAX },
            _ => {
                let (text, reply_to) = ("flood ".repeat(2_000), None);
                let (attachments, mentions) = (Vec::new(), Vec::new());
                let command = Wish::PostMessage { text, reply_to, attachments, mentions, private: false };
                ClientMessage::Send { txn_id, command }
            }
        };
        socket.send(Message::text(serde_json::to_string(&frame)?)).await?;
    }
}

/// Frames that are no frames: each costs its connection, and nothing else.
async fn strangers_knock(crowd: &Crowd, stranger: &Api) -> Result<()> {
    for nonsense in [
        Message::text("{"),
        Message::text("[".repeat(100_000)),
        Message::binary(vec![0; 1_000]),
        Message::text("x".repeat(4 << 20)),
    ] {
        let mut socket = intrude(crowd, stranger).await?;
        // The portal may hang up in the middle of it.
        drop(socket.send(nonsense).await);
        let over = async { while let Some(Ok(_)) = socket.next().await {} };
        tokio::time::timeout(wait::STEP, over).await.context("nonsense is shown the door")?;
    }
    let mut after = WireClient::open(&crowd.house.technician, crowd.session);
    after.until_online().await.map(drop)
}
