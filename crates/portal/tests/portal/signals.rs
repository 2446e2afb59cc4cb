//! What two participants say to each other through the portal before they can speak directly (row Z20; research S03, S05, S24).

use std::time::{Duration, Instant};

use deskside_proto::{
    ClientMessage, Command, DirectFiles, EndpointId, Participant, ParticipantId, ServerMessage, SessionId,
    Signal, SignalBody, api::JoinInfo,
};
use serde_json::json;

use crate::harness::{Person, Socket, TestApp, post};

struct Room {
    app: TestApp,
    tess: Person,
    session: SessionId,
    carl: String,
    carl_place: Participant,
}

impl Room {
    async fn open() -> Self {
        let app = TestApp::start().await;
        let tess = app.technician().await;
        let (session, join) = app.session(&tess).await;
        let (carl, carl_place) = app.join(&join, "Carl").await;
        Self { app, tess, session: session.id, carl, carl_place }
    }

    async fn renewed(&self) -> JoinInfo {
        let path = format!("/api/v1/sessions/{}/join", self.session);
        self.app.post(&path, Some(&self.tess.token), json!({})).await.json()
    }
}

fn signal(candidate: &str) -> Signal {
    let body = SignalBody::Candidate { link: 3, candidate: candidate.to_owned() };
    Signal { from: EndpointId([5; 16]), to: Some(EndpointId([6; 16])), body }
}

async fn says(socket: &mut Socket, to: ParticipantId, text: &str) {
    socket.send(&ClientMessage::Signal { to, signal: signal(text) }).await;
}

/// The next signal.
async fn hears(socket: &mut Socket) -> (ParticipantId, Signal) {
    let heard = socket.until(|message| match message {
        ServerMessage::Signal { from, signal } => Some((from, signal)),
        _ => None,
    });
    heard.await
}

/// Everything that was for this socket has come once a message that was sent later has: whether a signal was among it.
async fn heard_nothing(room: &Room, speaker: &mut Socket, socket: &mut Socket) {
    let text = room.app.txn().to_string();
    speaker.command(room.app.txn(), post(&text)).await.unwrap();
    let until = socket.until(|message| match message {
        ServerMessage::Signal { signal, .. } => Some(Err(signal)),
        ServerMessage::Log { entries } => {
            serde_json::to_string(&entries).unwrap().contains(&text).then_some(Ok(()))
        }
        _ => None,
    });
    assert_eq!(until.await, Ok(()));
}

/// To every client of the one who is meant, to nobody else, and not into the log.
#[tokio::test]
async fn a_signal_reaches_all_clients_of_one_participant() {
    let room = Room::open().await;
    let mut tess = room.app.connect(room.session, &room.tess.token).await;
    let (tess_place, ..) = tess.hello(0).await;
    let (mut tess_again, mut carl) = (
        room.app.enter(room.session, &room.tess.token).await,
        room.app.enter(room.session, &room.carl).await,
    );
    let (cora, _) = room.app.join(&room.renewed().await, "Cora").await;
    let mut cora = room.app.enter(room.session, &cora).await;
    let before = tess.say(room.app.txn(), "before").await;
    says(&mut carl, tess_place.id, "way").await;
    for socket in [&mut tess, &mut tess_again] {
        assert_eq!(hears(socket).await, (room.carl_place.id, signal("way")), "said by whom it was");
    }
    heard_nothing(&room, &mut tess, &mut cora).await;
    heard_nothing(&room, &mut tess, &mut carl).await;
    says(&mut tess, room.carl_place.id, "back").await;
    assert_eq!(hears(&mut carl).await, (tess_place.id, signal("back")));
    let after = tess.say(room.app.txn(), "after").await;
    assert_eq!(after, before + 3, "two messages and this one: no signal stands in the log");
}

/// Nobody outside the room is reached, and the sender learns nothing of them.
#[tokio::test]
async fn signals_stay_in_the_room() {
    let room = Room::open().await;
    let (elsewhere, join) = room.app.session(&room.tess).await;
    let (gil, gil_place) = room.app.join(&join, "Gil").await;
    let mut gil = room.app.enter(elsewhere.id, &gil).await;
    let (walt, walt_place) = room.app.join_by(&room.renewed().await.code, "Walt").await;
    let mut walt_socket = room.app.connect(room.session, &walt).await;
    walt_socket.hello(0).await;
    let mut tess = room.app.enter(room.session, &room.tess.token).await;
    for to in [gil_place.id, walt_place.id, ParticipantId([9; 16])] {
        says(&mut tess, to, "hello?").await;
    }
    // Still connected, still heard.
    tess.say(room.app.txn(), "here").await;
    let mut other = room.app.enter(elsewhere.id, &room.tess.token).await;
    other.say(room.app.txn(), "there").await;
    let heard = gil.until(|message| match message {
        ServerMessage::Signal { .. } => Some(true),
        ServerMessage::Log { entries } => {
            serde_json::to_string(&entries).unwrap().contains("there").then_some(false)
        }
        _ => None,
    });
    assert!(!heard.await);
    let admit = format!("/api/v1/sessions/{}/participants/{}/admit", room.session, walt_place.id);
    assert_eq!(room.app.post(&admit, Some(&room.tess.token), json!({})).await.status, 200);
    heard_nothing(&room, &mut tess, &mut walt_socket).await;
    says(&mut tess, walt_place.id, "now").await;
    assert_eq!(hears(&mut walt_socket).await.1, signal("now"), "once let in");
}

#[tokio::test]
async fn who_waits_or_was_removed_signals_nobody() {
    let room = Room::open().await;
    let (walt, _) = room.app.join_by(&room.renewed().await.code, "Walt").await;
    let mut walt = room.app.connect(room.session, &walt).await;
    walt.hello(0).await;
    says(&mut walt, room.carl_place.id, "psst").await;
    assert_eq!(walt.error().await, "waiting_for_admission");
    let mut carl = room.app.enter(room.session, &room.carl).await;
    let mut tess = room.app.enter(room.session, &room.tess.token).await;
    let remove = format!("/api/v1/sessions/{}/participants/{}/remove", room.session, room.carl_place.id);
    assert_eq!(room.app.post(&remove, Some(&room.tess.token), json!({})).await.status, 200);
    assert_eq!(carl.error().await, "removed_from_session");
    says(&mut tess, room.carl_place.id, "gone").await;
    tess.say(room.app.txn(), "still here").await;
}

/// The organisation's switch, and the end of the session, hold at once.
#[tokio::test]
async fn no_signals_where_nothing_goes_directly() {
    let room = Room::open().await;
    let mut tess = room.app.enter(room.session, &room.tess.token).await;
    let mut carl = room.app.enter(room.session, &room.carl).await;
    says(&mut tess, room.carl_place.id, "one").await;
    assert_eq!(hears(&mut carl).await.1, signal("one"));
    room.app.policy(room.tess.org, |settings| settings.attachments.direct = DirectFiles::Off).await;
    says(&mut tess, room.carl_place.id, "two").await;
    heard_nothing(&room, &mut tess, &mut carl).await;
    room.app.policy(room.tess.org, |_| {}).await;
    says(&mut tess, room.carl_place.id, "three").await;
    assert_eq!(hears(&mut carl).await.1, signal("three"));
}

/// Research S24: long ones end the connection, many are read slowly, and both only for the one who sends them.
#[tokio::test]
async fn long_signals_are_refused_and_many_slowed_down() {
    let room = Room::open().await;
    let mut tess = room.app.enter(room.session, &room.tess.token).await;
    let mut carl = room.app.enter(room.session, &room.carl).await;
    let long = "x".repeat(32 * 1024 - 400);
    says(&mut tess, room.carl_place.id, &long).await;
    assert_eq!(hears(&mut carl).await.1, signal(&long), "as long as may be");
    says(&mut tess, room.carl_place.id, &"x".repeat(32 * 1024)).await;
    assert_eq!(tess.error().await, "frame_too_large");
    let mut tess = room.app.enter(room.session, &room.tess.token).await;
    let addresses = vec!["192.0.2.1:9".to_owned(); 17];
    let body = SignalBody::Quic { addresses };
    tess.send(&ClientMessage::Signal { to: room.carl_place.id, signal: Signal { body, ..signal("") } }).await;
    assert_eq!(tess.error().await, "malformed");

    let mut tess = room.app.enter(room.session, &room.tess.token).await;
    let start = Instant::now();
    // 200 at once, then 20 a second.
    for n in 0..220 {
        says(&mut tess, room.carl_place.id, &n.to_string()).await;
    }
    for n in 0..220 {
        assert_eq!(hears(&mut carl).await.1, signal(&n.to_string()), "none is lost, none overtakes");
    }
    assert!(start.elapsed() >= Duration::from_millis(900), "{:?}", start.elapsed());
    carl.command(room.app.txn(), Command::Leave).await.unwrap();
}
