//! The generator against a room server that loses, doubles, reorders and misdelivers on purpose: it must be found out.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "the server is part of the test: its panic is the failure report")]

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use deskside_bench::crowd::{Crowd, Outcome, Pace};
use deskside_bench::protocol::{Client, Findings, Rooms, deskside::Member};
use deskside_bench::random::Random;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

const ROOMS: usize = 4;
const MEMBERS: usize = 3;

/// What the server does wrong; each with every tenth message, to the room's last member only where it is about one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vice {
    None,
    /// Keeps it from one member and leaves a gap there.
    Loses,
    /// Keeps it from one member and numbers on without a gap.
    LosesSilently,
    /// Tells it one member twice.
    Doubles,
    /// Tells one member the next one first.
    Reorders,
    /// Tells it the next room.
    Leaks,
    /// Tells nobody until the run is nearly over.
    Stalls,
    /// Refuses it.
    Refuses,
    /// Closes the sender's connection instead of answering; the message stands or does not, in turns.
    Cuts,
}

impl Vice {
    fn keeps_messages(self) -> bool {
        !matches!(self, Self::Loses | Self::LosesSilently | Self::Refuses | Self::Reorders)
    }
}

#[derive(Default)]
struct Room {
    log: Vec<(String, String)>,
    /// Ear, and the last place it was told.
    members: Vec<(mpsc::UnboundedSender<Value>, u64)>,
    held: Option<Value>,
    /// Commands whose connection was cut before they stood in the log.
    forgotten: HashSet<String>,
}

type House = Arc<Mutex<HashMap<String, Room>>>;

fn entry(seq: u64, txn_id: &str, text: &str) -> Value {
    json!({ "event": { "seq": seq, "txn_id": txn_id, "body": { "type": "message_posted", "text": text } } })
}

/// A server that speaks as much of the session protocol as the generator needs.
async fn serve(vice: Vice) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let house = House::default();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, house.clone(), vice));
        }
    });
    address
}

#[expect(clippy::result_large_err, reason = "the handshake's callback is typed so")]
async fn connection(stream: TcpStream, house: House, vice: Vice) {
    let mut path = String::new();
    let note = |request: &Request, response: Response| {
        path = request.uri().path().to_owned();
        Ok(response)
    };
    let socket = tokio_tungstenite::accept_hdr_async(stream, note).await.unwrap();
    let session = path.split('/').nth(4).unwrap().to_owned();
    let (mut out, mut incoming) = socket.split();
    let (tell, mut told) = mpsc::unbounded_channel::<Value>();
    let writing = tokio::spawn(async move {
        while let Some(frame) = told.recv().await {
            if frame.is_null() {
                let _ = out.close().await;
                return;
            }
            if out.send(Message::text(frame.to_string())).await.is_err() {
                return;
            }
        }
    });
    while let Some(Ok(Message::Text(text))) = incoming.next().await {
        let frame: Value = serde_json::from_str(&text).unwrap();
        match frame["type"].as_str().unwrap() {
            "hello" => enter(&house, &session, frame["resume_after"].as_u64().unwrap(), &tell),
            "send" if !say(&house, &session, &frame, &tell, vice) => break,
            _ => {}
        }
    }
    let _ = tell.send(Value::Null);
    house.lock().unwrap().entry(session).or_default().members.retain(|(ear, _)| !ear.same_channel(&tell));
    drop(tell);
    let _ = writing.await;
}

fn enter(house: &House, session: &str, after: u64, tell: &mpsc::UnboundedSender<Value>) {
    let mut house = house.lock().unwrap();
    let room = house.entry(session.to_owned()).or_default();
    let head = room.log.len() as u64;
    tell.send(json!({ "type": "welcome", "head": head })).unwrap();
    let missed = room.log.iter().enumerate().skip(usize::try_from(after).unwrap());
    let entries: Vec<_> = missed.map(|(at, (txn, text))| entry(at as u64 + 1, txn, text)).collect();
    if !entries.is_empty() {
        tell.send(json!({ "type": "log", "entries": entries })).unwrap();
    }
    room.members.push((tell.clone(), head));
}

/// Whether the connection stays.
fn say(house: &House, session: &str, frame: &Value, tell: &mpsc::UnboundedSender<Value>, vice: Vice) -> bool {
    let (txn, text) = (frame["txn_id"].as_str().unwrap(), frame["command"]["text"].as_str().unwrap());
    let mut house = house.lock().unwrap();
    let room = house.entry(session.to_owned()).or_default();
    if let Some(known) = room.log.iter().position(|(id, _)| id == txn) {
        return tell.send(json!({ "type": "ack", "txn_id": txn, "seq": known + 1 })).is_ok();
    }
    let tenth = room.log.len() % 10 == 9;
    if vice == Vice::Refuses && tenth {
        room.log.push((txn.to_owned(), String::new()));
        return tell
            .send(json!({ "type": "rejected", "txn_id": txn, "code": "no", "message": "no" }))
            .is_ok();
    }
    let cuts = vice == Vice::Cuts && tenth;
    if cuts && room.log.len() % 20 == 9 && room.forgotten.insert(txn.to_owned()) {
        return false;
    }
    room.log.push((txn.to_owned(), text.to_owned()));
    if cuts {
        // Closes before the sender hears of it.
        drop(tell.send(Value::Null));
    } else {
        tell.send(json!({ "type": "ack", "txn_id": txn, "seq": room.log.len() })).unwrap();
    }
    publish(room, txn, text, if tenth { vice } else { Vice::None });
    if vice == Vice::Leaks && tenth {
        let number: usize = session.trim_start_matches("room").parse().unwrap();
        let other = house.get_mut(&format!("room{}", (number + 1) % ROOMS)).unwrap();
        publish(other, txn, text, Vice::None);
        other.log.push((txn.to_owned(), text.to_owned()));
    }
    !cuts
}

fn publish(room: &mut Room, txn: &str, text: &str, vice: Vice) {
    let head = room.log.len() as u64;
    let last = room.members.len() - 1;
    for (place, (ear, seq)) in room.members.iter_mut().enumerate() {
        let one = place == last;
        let frame = |seq: u64| json!({ "type": "log", "entries": [entry(seq, txn, text)] });
        let tell = |frame: Value| drop(ear.send(frame));
        *seq += 1;
        match vice {
            Vice::Loses if one => {}
            Vice::LosesSilently if one => *seq -= 1,
            Vice::Doubles if one => {
                tell(frame(*seq));
                tell(frame(*seq));
            }
            Vice::Reorders if one => {
                // Numbered as if nothing were wrong: only the others' order tells.
                room.held = Some(entry(head + 1, txn, text));
                *seq -= 1;
            }
            Vice::Stalls => {
                let (ear, frame) = (ear.clone(), frame(*seq));
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(400)).await;
                    drop(ear.send(frame));
                });
            }
            _ => {
                tell(frame(*seq));
                if one && let Some(held) = room.held.take() {
                    *seq += 1;
                    tell(json!({ "type": "log", "entries": [held] }));
                }
            }
        }
    }
}

async fn run(vice: Vice) -> Outcome {
    let address = serve(vice).await;
    let member = |room: usize| {
        let from = [127, 0, 0, 1].into();
        Box::new(Member::new(address, from, &format!("room{room}"), "token", 0)) as Box<dyn Client>
    };
    let rooms: Rooms = (0..ROOMS).map(|room| (0..MEMBERS).map(|_| member(room)).collect()).collect();
    let mut crowd = Crowd::gather(rooms, |_| ()).await.unwrap();
    let pace = Pace {
        warm_up: Duration::from_millis(100),
        window: Duration::from_secs(1),
        // What is lost never comes; everything else comes, however slow the machine.
        quiet: Duration::from_secs(if vice.keeps_messages() { 20 } else { 1 }),
        drain: Duration::from_secs(60),
    };
    let outcome = crowd.step(200.0, pace, &mut Random::new(1), || Duration::ZERO).await.unwrap();
    crowd.leave().await.unwrap();
    outcome
}

/// An honest server has nothing held against it, and every message counts three times.
#[tokio::test]
async fn an_honest_server_is_clean() {
    let step = run(Vice::None).await;
    let found = step.tally;
    assert!((190..=210).contains(&found.sent), "{step:?}");
    assert_eq!(found.delivered, found.sent * MEMBERS as u64);
    assert_eq!((found.lost, found.doubled, found.diverged, found.foreign), (0, 0, 0, 0), "{step:?}");
    assert_eq!(step.findings, Findings::default());
}

#[tokio::test]
async fn losses_are_found() {
    let step = run(Vice::Loses).await;
    assert!(step.tally.lost > 0 && step.findings.gaps > 0 && !step.passed(), "{step:?}");
    let step = run(Vice::LosesSilently).await;
    assert!(step.tally.lost > 0 && step.findings.gaps == 0 && !step.passed(), "{step:?}");
    assert_eq!(step.tally.lost + step.tally.delivered, step.tally.sent * MEMBERS as u64);
}

#[tokio::test]
async fn doubles_are_found() {
    let step = run(Vice::Doubles).await;
    assert!(step.tally.doubled > 0 && step.findings.repeats > 0 && !step.passed(), "{step:?}");
    assert_eq!(step.tally.lost, 0, "a double is not a loss: {step:?}");
}

#[tokio::test]
async fn another_order_is_found() {
    let step = run(Vice::Reorders).await;
    assert!(step.tally.diverged > 0 && !step.passed(), "{step:?}");
}

#[tokio::test]
async fn messages_of_other_rooms_are_found() {
    let step = run(Vice::Leaks).await;
    assert!(step.tally.foreign > 0 && !step.passed(), "{step:?}");
}

#[tokio::test]
async fn refusals_are_found() {
    let step = run(Vice::Refuses).await;
    assert!(step.findings.refused > 0 && !step.passed(), "{step:?}");
}

/// Every message of a stalling server comes, and comes late: p99 tells.
#[tokio::test]
async fn lateness_is_found() {
    let step = run(Vice::Stalls).await;
    assert_eq!(step.tally.lost, 0, "{step:?}");
    assert!(step.tally.p99_ms >= 400.0 && !step.passed(), "{step:?}");
}

/// A cut connection is made again, resumes after its last place and repeats what had no answer: nothing is lost or doubled.
#[tokio::test]
async fn a_cut_connection_comes_back_without_loss() {
    let step = run(Vice::Cuts).await;
    let found = step.tally;
    assert!(step.findings.reconnects > 0, "{step:?}");
    assert_eq!((found.lost, found.doubled, found.diverged), (0, 0, 0), "{step:?}");
    assert_eq!((step.findings.gaps, step.findings.repeats), (0, 0), "{step:?}");
}
