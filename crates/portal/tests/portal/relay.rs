//! The last way between two participants, through the portal (row Z20; research S03, S05, S23, S24).

use std::{num::NonZeroU64, sync::Arc, time::Duration};

use deskside_portal::Config;
use deskside_proto::{
    Command, DirectFiles, EndpointId, Participant, ParticipantId, RelayFiles, SessionId, api::JoinInfo,
    limits::RELAY_FRAME_MAX_BYTES,
};
use deskside_store::memory::MemoryStore;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{self, Message, client::IntoClientRequest},
};

use crate::harness::{PATIENCE, Person, TestApp};

const HERS: EndpointId = EndpointId([5; 16]);
const HIS: EndpointId = EndpointId([6; 16]);

struct Room {
    app: TestApp,
    tess: Person,
    tess_place: Participant,
    session: SessionId,
    carl: String,
    carl_place: Participant,
}

impl Room {
    async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    async fn open_with(change: impl FnOnce(&mut Config)) -> Self {
        let app = TestApp::start_with(Arc::new(MemoryStore::new()), change).await;
        let tess = app.technician().await;
        let (session, join) = app.session(&tess).await;
        let (carl, carl_place) = app.join(&join, "Carl").await;
        let (tess_place, ..) = app.connect(session.id, &tess.token).await.hello(0).await;
        Self { app, tess, tess_place, session: session.id, carl, carl_place }
    }

    async fn relay(
        &self,
        headers: &[(&str, &str)],
        peer: ParticipantId,
        query: &str,
    ) -> Result<Relayed, u16> {
        let base = self.app.url.replace("http", "ws");
        let url = format!("{base}/api/v1/sessions/{}/relay/{peer}{query}", self.session);
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            let name: tungstenite::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((stream, _)) => Ok(Relayed(stream)),
            Err(tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    async fn by(
        &self,
        token: &str,
        peer: ParticipantId,
        from: EndpointId,
        to: EndpointId,
    ) -> Result<Relayed, u16> {
        let bearer = format!("Bearer {token}");
        self.relay(&[("authorization", &bearer)], peer, &format!("?from={from}&to={to}")).await
    }

    async fn hers(&self) -> Relayed {
        self.by(&self.tess.token, self.carl_place.id, HERS, HIS).await.unwrap()
    }

    async fn his(&self) -> Relayed {
        self.by(&self.carl, self.tess_place.id, HIS, HERS).await.unwrap()
    }

    async fn renewed(&self) -> JoinInfo {
        let path = format!("/api/v1/sessions/{}/join", self.session);
        self.app.post(&path, Some(&self.tess.token), json!({})).await.json()
    }
}

struct Relayed(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Relayed {
    async fn send(&mut self, bytes: Vec<u8>) {
        self.0.send(Message::binary(bytes)).await.unwrap();
    }

    /// The next frame, or how the portal closed.
    async fn next(&mut self) -> Result<Vec<u8>, String> {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("the portal says nothing") {
                Some(Ok(Message::Binary(bytes))) => return Ok(bytes.to_vec()),
                Some(Ok(Message::Close(frame))) => {
                    return Err(frame.map(|frame| frame.reason.to_string()).unwrap_or_default());
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err("cut".to_owned()),
            }
        }
    }

    async fn closed(&mut self) -> String {
        loop {
            if let Err(reason) = self.next().await {
                return reason;
            }
        }
    }
}

#[tokio::test]
async fn frames_go_from_one_to_the_other_as_they_are() {
    let room = Room::open().await;
    let mut hers = room.hers().await;
    // Before the other one is there.
    hers.send(b"first".to_vec()).await;
    let mut his = room.his().await;
    assert_eq!(his.next().await.unwrap(), b"first");
    let largest: Vec<u8> = (0..RELAY_FRAME_MAX_BYTES).map(|n| n as u8).collect();
    his.send(largest.clone()).await;
    his.send(vec![]).await;
    his.send(b"last".to_vec()).await;
    assert_eq!(hers.next().await.unwrap(), largest);
    assert_eq!(hers.next().await.unwrap(), b"");
    his.0.close(None).await.unwrap();
    assert_eq!(hers.next().await.unwrap(), b"last", "what was sent before comes");
    assert_eq!(hers.closed().await, "peer_gone");
    assert_eq!(room.app.app.relay.passed(), (b"first".len() + largest.len() + b"last".len()) as u64);
}

/// Only those who are both in the room; nobody else learns that there is a session.
#[tokio::test]
async fn only_two_who_are_let_in_are_relayed() {
    let room = Room::open().await;
    let other_org = room.app.org("Other").await;
    let foreign = room.app.person(other_org, deskside_proto::OrgRole::Admin, "Fay").await;
    let outside = room.app.person(room.tess.org, deskside_proto::OrgRole::Technician, "Ole").await;
    let (_, join) = room.app.session(&room.tess).await;
    let (guest, guest_place) = room.app.join(&join, "Gil").await;
    let (waiting, waiting_place) = room.app.join_by(&room.renewed().await.code, "Walt").await;
    let (tess, carl) = (room.tess_place.id, room.carl_place.id);
    for (who, token, peer, status) in [
        ("another organisation", &foreign.token, carl, 404),
        ("not in the room", &outside.token, carl, 403),
        ("another session", &guest, tess, 403),
        ("the lobby", &waiting, tess, 403),
        ("to the lobby", &room.tess.token, waiting_place.id, 404),
        ("to another session", &room.tess.token, guest_place.id, 404),
        ("to nobody", &room.tess.token, ParticipantId([9; 16]), 404),
        ("to oneself", &room.tess.token, tess, 404),
    ] {
        assert_eq!(room.by(token, peer, HERS, HIS).await.err(), Some(status), "{who}");
    }
    let bearer = format!("Bearer {}", room.carl);
    let good = format!("?from={HIS}&to={HERS}");
    for (headers, query, status) in [
        (vec![], good.as_str(), 401),
        (vec![("authorization", bearer.as_str()), ("origin", "https://evil.example")], good.as_str(), 403),
        (vec![("authorization", bearer.as_str())], "", 400),
        (vec![("authorization", bearer.as_str())], "?from=1&to=2", 400),
    ] {
        assert_eq!(room.relay(&headers, tess, query).await.err(), Some(status), "{headers:?} {query}");
    }
}

/// The endpoint is its own participant's: a third one takes nobody's place, and reads nothing.
#[tokio::test]
async fn nobody_takes_anothers_place() {
    let room = Room::open().await;
    let (cora, _) = room.app.join(&room.renewed().await, "Cora").await;
    let mut hers = room.hers().await;
    hers.send(b"for Carl".to_vec()).await;
    let mut coras = room.by(&cora, room.tess_place.id, HIS, HERS).await.unwrap();
    let mut his = room.his().await;
    assert_eq!(his.next().await.unwrap(), b"for Carl");
    let nothing = timeout(Duration::from_millis(300), coras.next()).await;
    assert!(nothing.is_err(), "{nothing:?}");
}

#[tokio::test]
async fn who_comes_again_ends_what_was_there() {
    let room = Room::open().await;
    let (mut hers, mut his) = (room.hers().await, room.his().await);
    hers.send(b"old".to_vec()).await;
    assert_eq!(his.next().await.unwrap(), b"old");
    let mut again = room.hers().await;
    assert_eq!((hers.closed().await, his.closed().await), ("replaced".to_owned(), "replaced".to_owned()));
    let mut his = room.his().await;
    again.send(b"new".to_vec()).await;
    assert_eq!(his.next().await.unwrap(), b"new");
}

#[tokio::test]
async fn it_can_be_switched_off_by_the_organisation_and_by_the_portal() {
    let room = Room::open_with(|config| config.relay.beat = Duration::from_millis(200)).await;
    let mut hers = room.hers().await;
    for (direct, relay) in [(DirectFiles::Allowed, RelayFiles::Off), (DirectFiles::Off, RelayFiles::Allowed)]
    {
        room.app
            .policy(room.tess.org, |settings| {
                settings.attachments.direct = direct;
                settings.attachments.relay = relay;
            })
            .await;
        assert_eq!(room.by(&room.carl, room.tess_place.id, HIS, HERS).await.err(), Some(403), "{direct:?}");
    }
    assert!(
        ["relay_not_allowed", "direct_not_allowed"].contains(&hers.closed().await.as_str()),
        "a running one too"
    );
    let off = Room::open_with(|config| config.relay.is_on = false).await;
    assert_eq!(off.by(&off.carl, off.tess_place.id, HIS, HERS).await.err(), Some(403));
}

/// Research S05: removal cuts what is open; so do leaving and the end.
#[tokio::test]
async fn who_is_out_is_cut_at_once() {
    let room = Room::open().await;
    let (mut hers, mut his) = (room.hers().await, room.his().await);
    let remove = format!("/api/v1/sessions/{}/participants/{}/remove", room.session, room.carl_place.id);
    assert_eq!(room.app.post(&remove, Some(&room.tess.token), json!({})).await.status, 200);
    assert_eq!(his.closed().await, "removed_from_session");
    assert_eq!(hers.closed().await, "removed_from_session", "the pair ends");
    assert_eq!(room.by(&room.carl, room.tess_place.id, HIS, HERS).await.err(), Some(403));

    let room = Room::open().await;
    let (mut hers, _his) = (room.hers().await, room.his().await);
    room.app.enter(room.session, &room.carl).await.command(room.app.txn(), Command::Leave).await.unwrap();
    assert_eq!(hers.closed().await, "not_found");

    let room = Room::open().await;
    let (mut hers, mut his) = (room.hers().await, room.his().await);
    room.app.end(&room.tess, room.session).await;
    assert_eq!(
        (hers.closed().await, his.closed().await),
        ("session_ended".to_owned(), "session_ended".to_owned())
    );
    assert_eq!(room.by(&room.carl, room.tess_place.id, HIS, HERS).await.err(), Some(409));
}

#[tokio::test]
async fn what_is_not_spoken_here_ends_it() {
    let room = Room::open().await;
    let mut hers = room.hers().await;
    hers.0.send(Message::text("hello")).await.unwrap();
    assert_eq!(hers.closed().await, "malformed");
    let mut hers = room.hers().await;
    hers.send(vec![0; RELAY_FRAME_MAX_BYTES + 1]).await;
    assert_eq!(hers.closed().await, "frame_too_large");
}

#[tokio::test]
async fn who_waits_in_vain_or_says_nothing_is_let_go() {
    let room = Room::open_with(|config| config.relay.patience = Duration::from_millis(200)).await;
    assert_eq!(room.hers().await.closed().await, "nobody_came");
    // Reads nothing, and so answers no ping.
    let room = Room::open_with(|config| config.relay.beat = Duration::from_millis(100)).await;
    let mut hers = room.hers().await;
    let _his = room.his().await;
    let start = std::time::Instant::now();
    assert_eq!(hers.closed().await, "peer_gone");
    assert!(start.elapsed() >= Duration::from_millis(250), "{:?}", start.elapsed());
}

/// Research S24: who sends faster than the other reads is stopped, and nothing is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_holds_the_sender_back() {
    const FRAMES: usize = 1024;
    let room = Room::open().await;
    let (mut hers, mut his) = (room.hers().await, room.his().await);
    let sending = tokio::spawn(async move {
        for n in 0..FRAMES {
            let mut frame = vec![0; RELAY_FRAME_MAX_BYTES];
            frame[..8].copy_from_slice(&(n as u64).to_be_bytes());
            hers.send(frame).await;
        }
        hers
    });
    // 64 MiB do not fit into two queues and the system's buffers.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(!sending.is_finished(), "somewhere 64 MiB lie in memory");
    let held = room.app.app.relay.passed();
    assert!(held < 40 * 1024 * 1024, "{held}");
    for n in 0..FRAMES {
        let frame = his.next().await.unwrap();
        assert_eq!((frame.len(), &frame[..8]), (RELAY_FRAME_MAX_BYTES, &(n as u64).to_be_bytes()[..]));
    }
    drop(sending.await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_keeps_to_its_rate() {
    let rate = NonZeroU64::new(1_000_000).unwrap();
    let room = Room::open_with(|config| config.relay.bytes_per_second = rate).await;
    let (mut hers, mut his) = (room.hers().await, room.his().await);
    let start = std::time::Instant::now();
    let sending = tokio::spawn(async move {
        for _ in 0..20 {
            hers.send(vec![1; 60_000]).await;
        }
        hers
    });
    for _ in 0..20 {
        his.next().await.unwrap();
    }
    // 1.2 MB, of which 0.2 may come at once.
    assert!(start.elapsed() >= Duration::from_millis(850), "{:?}", start.elapsed());
    drop(sending.await.unwrap());
}
