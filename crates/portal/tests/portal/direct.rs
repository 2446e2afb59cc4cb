//! Files that go directly: their names on the portal, and the servers by which the two find each other (rows Z20, A02, A10, A13, N10;
//! research S03, S15).

use std::{
    net::UdpSocket,
    process::{Child, Command as Program, Stdio},
    sync::Arc,
    time::Duration,
};

use deskside_portal::{
    database::Place,
    ice::{IceConfig, TurnConfig, TurnSecret},
};
use deskside_proto::{
    AttachmentId, AttachmentPolicy, Command, Consent, CustomerAttach, Digest32, DirectFile, DirectFiles,
    DirectKind, EventBody, OrgRole, Participant, RelayFiles, SessionId,
    api::{DirectCreated, FilesSession, IceServers, JoinInfo},
};
use deskside_store::{Store, memory::MemoryStore};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Person, Reply, TestApp, post};

/// A technician and a customer in one session.
struct Room {
    app: TestApp,
    tess: Person,
    session: SessionId,
    carl: String,
    carl_place: Participant,
}

impl Room {
    async fn open(change: impl FnOnce(&mut AttachmentPolicy)) -> Self {
        Self::open_on(Arc::new(MemoryStore::new()), change).await
    }

    async fn open_on(store: Arc<dyn Store>, change: impl FnOnce(&mut AttachmentPolicy)) -> Self {
        let app = TestApp::start_with(store, |_| {}).await;
        let tess = app.technician().await;
        app.policy(tess.org, |settings| change(&mut settings.attachments)).await;
        let (session, join) = app.session(&tess).await;
        let (carl, carl_place) = app.join(&join, "Carl").await;
        Self { app, tess, session: session.id, carl, carl_place }
    }

    fn path(&self, end: &str) -> String {
        format!("/api/v1/sessions/{}/{end}", self.session)
    }

    async fn begin(&self, token: &str, body: Value) -> Reply {
        self.app.post(&self.path("direct"), Some(token), body).await
    }

    async fn file(&self, token: &str, name: &str) -> AttachmentId {
        let created: DirectCreated = self.begin(token, file(name, 1 << 40)).await.json();
        created.attachment.id
    }

    async fn forget(&self, token: &str, id: AttachmentId) -> u16 {
        let path = self.path(&format!("direct/{id}"));
        let request = self.app.request(Method::DELETE, &path, Some(token));
        Reply::of(request.send().await.unwrap()).await.status.as_u16()
    }
}

fn file(name: &str, size: u64) -> Value {
    json!({ "name": name, "size": size, "kind": "file", "files": 1 })
}

fn offer(attachments: Vec<AttachmentId>) -> Command {
    Command::PostMessage {
        text: String::new(),
        reply_to: None,
        attachments,
        mentions: vec![],
        private: false,
    }
}

#[tokio::test]
async fn a_direct_file_goes_from_name_to_digest() {
    main_job(Arc::new(MemoryStore::new())).await;
}

#[tokio::test]
async fn a_direct_file_goes_from_name_to_digest_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    main_job(Place::new(folder.path(), None).unwrap().open().await.unwrap()).await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_direct_file_goes_from_name_to_digest_on_postgres() {
    let folder = tempfile::tempdir().unwrap();
    let scratch = deskside_scratch_postgres::Server::shared().database().unwrap();
    let url = scratch.url().parse().unwrap();
    main_job(Place::new(folder.path(), Some(&url)).unwrap().open().await.unwrap()).await;
}

/// Z20 A02 A03 A10 A13: offered, asked about by the rule for direct files, accepted, confirmed with its digest; no byte and no route to
/// one on the portal; told in Files and in the transcript for what it was.
async fn main_job(store: Arc<dyn Store>) {
    let room = Room::open_on(store, |_| {}).await;
    let mut tess = room.app.enter(room.session, &room.tess.token).await;
    let mut carl = room.app.enter(room.session, &room.carl).await;
    let reply = room.begin(&room.tess.token, file("disk.img", 1 << 40)).await;
    assert_eq!(reply.status, 201);
    let created: DirectCreated = reply.json();
    let id = created.attachment.id;
    assert_eq!(created.attachment.direct, Some(DirectFile { kind: DirectKind::File, files: 1 }));
    assert_eq!((created.attachment.size, created.attachment.sha256.as_str()), (1 << 40, ""));
    let seq = tess.command(room.app.txn(), offer(vec![id])).await.unwrap();
    let EventBody::MessagePosted(message) = carl.event(seq).await.body else { panic!("no message") };
    assert_eq!(message.attachments, std::slice::from_ref(&created.attachment));
    let offered = message.offer.unwrap();
    assert_eq!(
        (offered.consent, offered.pending),
        (Consent::Ask, vec![room.carl_place.id]),
        "the default asks"
    );

    let confirm = |attachments: Vec<AttachmentId>, blake3| Command::ConfirmAttachments {
        target: seq,
        attachments,
        blake3,
    };
    let digest = Digest32([0xab; 32]);
    let early = carl.command(room.app.txn(), confirm(vec![id], Some(digest))).await;
    assert_eq!(early, Err("answer_too_late"), "not accepted");
    let accept = Command::AnswerAttachments { target: seq, attachments: vec![id], accept: true };
    carl.command(room.app.txn(), accept).await.unwrap();
    for (command, why) in [
        (confirm(vec![id], None), "without a digest"),
        (confirm(vec![id, id], Some(digest)), "one digest for two"),
        (confirm(vec![], Some(digest)), "for none"),
    ] {
        assert_eq!(carl.command(room.app.txn(), command).await, Err("invalid_input"), "{why}");
    }
    let done = carl.command(room.app.txn(), confirm(vec![id], Some(digest))).await.unwrap();
    let told = EventBody::AttachmentsReceived { target: seq, attachments: vec![id], blake3: Some(digest) };
    assert_eq!(tess.event(done).await.body, told);

    for token in [&room.carl, &room.tess.token] {
        for path in [
            format!("attachments/{id}"),
            format!("attachments/{id}/thumbnail"),
            format!("attachments.zip?ids={id}"),
        ] {
            assert_eq!(room.app.get(&room.path(&path), Some(token)).await.status, 404, "{path}");
        }
    }
    ends_in_files_and_transcript(room, tess, id, &digest.to_string()).await;
}

async fn ends_in_files_and_transcript(
    room: Room,
    mut tess: crate::harness::Socket,
    id: AttachmentId,
    digest: &str,
) {
    room.app.end(&room.tess, room.session).await;
    tess.until(|message| matches!(message, deskside_proto::ServerMessage::Sealed { .. }).then_some(())).await;
    let path = format!("/api/v1/orgs/{}/files/{}", room.tess.org, room.session);
    let found: FilesSession = room.app.get(&path, Some(&room.tess.token)).await.json();
    assert_eq!(
        found.attachments.iter().map(|file| (file.id, file.direct.is_some())).collect::<Vec<_>>(),
        [(id, true)]
    );
    let text = room.app.get(&format!("{path}/transcript"), Some(&room.tess.token)).await;
    let text = String::from_utf8(text.body).unwrap();
    assert!(text.contains("disk.img") && text.contains("Sent directly"), "{text}");
    assert!(text.contains(&format!("BLAKE3: {digest}")), "{text}");
    assert!(!text.contains("SHA-256: \r\n"), "no empty digest stands for a real one: {text}");
}

/// Research S01, S24: what the portal cannot keep or a recipient not take is refused by its code.
#[tokio::test]
async fn hostile_names_and_numbers_are_refused() {
    let room = Room::open(|_| {}).await;
    let folder = |files: u64| json!({ "name": "photos", "size": 0, "kind": "folder", "files": files });
    let too_big = 1_u64 << 53;
    for (body, status, code) in [
        (file("a.bin", too_big - 1), 201, ""),
        (file("empty.txt", 0), 201, ""),
        (folder(0), 201, ""),
        (folder(100_000), 201, ""),
        (file("a.bin", too_big), 413, "file_too_large"),
        (file("a.bin", u64::MAX), 413, "file_too_large"),
        (folder(100_001), 422, "invalid_input"),
        (json!({ "name": "a", "size": 1, "kind": "file", "files": 2 }), 422, "invalid_input"),
        (json!({ "name": "a", "size": 1, "kind": "file", "files": 0 }), 422, "invalid_input"),
        (file("../a", 1), 422, "file_name_invalid"),
        (file("photo\u{202e}gpj.exe", 1), 422, "file_name_invalid"),
        (file("", 1), 422, "file_name_invalid"),
        (file(&"x".repeat(256), 1), 422, "file_name_invalid"),
        (json!({ "name": "a", "size": -1, "kind": "file", "files": 1 }), 400, "malformed"),
        (json!({ "name": "a", "size": 1, "kind": "link", "files": 1 }), 400, "malformed"),
        (json!({ "name": "a", "size": 1, "kind": "file", "files": u64::MAX }), 400, "malformed"),
        (json!({}), 400, "malformed"),
    ] {
        let reply = room.begin(&room.carl, body.clone()).await;
        let found = if reply.status.is_success() { "" } else { reply.code() };
        assert_eq!((reply.status.as_u16(), found), (status, code), "{body}");
    }
}

/// N10 N06 Z19: the rules for sending files hold for direct ones.
#[tokio::test]
async fn the_organisation_decides_who_sends_what() {
    let room = Room::open(|attachments| {
        attachments.customer_attach = CustomerAttach::AfterFirstMessage;
        attachments.allowed_types = Some(vec!["iso".into()]);
        attachments.max_files = Some(2);
    })
    .await;
    let begin = async |name: &str| {
        let reply = room.begin(&room.carl, file(name, 9)).await;
        if reply.status.is_success() { "" } else { reply.code() }
    };
    assert_eq!(begin("a.iso").await, "attach_after_message");
    room.app.enter(room.session, &room.carl).await.command(room.app.txn(), post("Hello")).await.unwrap();
    assert_eq!(begin("a.exe").await, "file_type_not_allowed");
    for expected in ["", "", "too_many_files"] {
        assert_eq!(begin("a.iso").await, expected);
    }
    room.app
        .policy(room.tess.org, |settings| settings.attachments.customer_attach = CustomerAttach::Never)
        .await;
    assert_eq!(begin("a.iso").await, "attach_not_allowed");
}

/// Switched off is off at once: for new files, for messages that name what was begun before, for ways to each other.
#[tokio::test]
async fn switched_off_is_off_at_once() {
    let room = Room::open(|_| {}).await;
    let begun = room.file(&room.carl, "a.bin").await;
    let mut carl = room.app.enter(room.session, &room.carl).await;
    room.app.policy(room.tess.org, |settings| settings.attachments.direct = DirectFiles::Off).await;
    assert_eq!(room.begin(&room.carl, file("b.bin", 1)).await.code(), "direct_not_allowed");
    assert_eq!(carl.command(room.app.txn(), offer(vec![begun])).await, Err("direct_not_allowed"));
    assert_eq!(room.app.get(&room.path("ice"), Some(&room.carl)).await.code(), "direct_not_allowed");
    let stored = room.app.upload(room.session, &room.carl, "c.txt", b"c").await;
    assert!(carl.command(room.app.txn(), offer(vec![stored])).await.is_ok(), "stored files go on");
}

#[tokio::test]
async fn only_its_sender_forgets_it_and_only_before_it_is_sent() {
    let room = Room::open(|_| {}).await;
    room.app.enter(room.session, &room.tess.token).await;
    let (id, sent) = (room.file(&room.carl, "a.bin").await, room.file(&room.carl, "b.bin").await);
    let mut carl = room.app.enter(room.session, &room.carl).await;
    carl.command(room.app.txn(), offer(vec![sent])).await.unwrap();
    assert_eq!(room.forget(&room.tess.token, id).await, 404);
    assert_eq!(room.forget(&room.carl, sent).await, 404);
    assert_eq!(room.forget(&room.carl, id).await, 204);
    assert_eq!(room.forget(&room.carl, id).await, 404);
    assert_eq!(carl.command(room.app.txn(), offer(vec![id])).await, Err("attachment_unknown"));
}

/// Research S05, S15: whoever is not in the room gets neither names on the log nor servers.
#[tokio::test]
async fn nothing_for_those_who_are_not_in_the_room() {
    let room = Room::open(|_| {}).await;
    let other_org = room.app.org("Other").await;
    let foreign = room.app.person(other_org, OrgRole::Admin, "Fay").await;
    let outside = room.app.person(room.tess.org, OrgRole::Technician, "Ole").await;
    let (_, join) = room.app.session(&room.tess).await;
    let (guest, _) = room.app.join(&join, "Gil").await;
    let join: JoinInfo = room.app.post(&room.path("join"), Some(&room.tess.token), json!({})).await.json();
    // By the code one waits in the lobby.
    let (waiting, _) = room.app.join_by(&join.code, "Walt").await;
    for (who, token, status) in [
        ("nobody", None, 401),
        ("another organisation", Some(&foreign.token), 404),
        ("not in the room", Some(&outside.token), 403),
        ("another session", Some(&guest), 403),
        ("the lobby", Some(&waiting), 403),
    ] {
        let begun = room.app.post(&room.path("direct"), token.map(String::as_str), file("a", 1)).await;
        assert_eq!(begun.status, status, "{who}");
        let ice = room.app.get(&room.path("ice"), token.map(String::as_str)).await;
        assert_eq!(ice.status, status, "{who}");
    }
    room.app.enter(room.session, &room.carl).await.command(room.app.txn(), Command::Leave).await.unwrap();
    assert_eq!(room.begin(&room.carl, file("a", 1)).await.code(), "removed_from_session");
    assert_eq!(room.app.get(&room.path("ice"), Some(&room.carl)).await.code(), "removed_from_session");
    room.app.enter(room.session, &room.tess.token).await;
    room.app.end(&room.tess, room.session).await;
    assert_eq!(room.app.get(&room.path("ice"), Some(&room.tess.token)).await.code(), "session_ended");
}

#[tokio::test]
async fn servers_are_told_with_credentials_and_not_too_often() {
    let turn = TurnConfig {
        urls: vec!["turn:turn.example.org:3478".parse().unwrap()],
        secret: TurnSecret::new("north wind and sun".to_owned()),
        life: Duration::from_secs(600),
    };
    let ice = IceConfig { stun: vec!["stun:stun.example.org".parse().unwrap()], turn: Some(turn) };
    let app = TestApp::start_with(Arc::new(MemoryStore::new()), |config| config.ice = ice).await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (carl, you) = app.join(&join, "Carl").await;
    let path = format!("/api/v1/sessions/{}/ice", session.id);
    let reply = app.get(&path, Some(&carl)).await;
    assert_eq!(reply.header("cache-control"), "no-store");
    let told: IceServers = reply.json();
    let ends = told.expires_at.unwrap();
    assert!(ends.since(app.now()) <= 600_000 && ends.since(app.now()) > 598_000, "{ends:?}");
    assert_eq!(told.servers[1].username.as_deref(), Some(format!("{}:{}", ends.0 / 1000, you.id).as_str()));
    assert!(told.relay && told.servers[0].credential.is_none());
    app.policy(tess.org, |settings| settings.attachments.relay = RelayFiles::Off).await;
    assert!(!app.get(&path, Some(&carl)).await.json::<IceServers>().relay);
    let mut asked = 2;
    while app.get(&path, Some(&carl)).await.status == 200 {
        asked += 1;
        assert!(asked < 200, "never too often");
    }
    assert_eq!(app.get(&path, Some(&carl)).await.code(), "too_many_requests");
}

/// A coturn of this test's own on the loopback; killed when dropped.
struct Coturn {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Drop for Coturn {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Coturn {
    async fn start(secret: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = folder.path().join("turnserver.conf");
        let text = format!(
            "listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nlistening-port={port}\nmin-port=20000\nmax-port=60000\n\
             use-auth-secret\nstatic-auth-secret={secret}\nrealm=deskside.test\nno-tls\nno-dtls\nno-cli\n\
             allow-loopback-peers\npidfile={0}/pid\nuserdb={0}/db\nlog-file=stdout\n",
            folder.path().display()
        );
        std::fs::write(&config, text).unwrap();
        let child = Program::new("turnserver")
            .arg("-c")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("turnserver, of the package coturn: `cargo xtask setup`");
        let coturn = Self { child, port, _folder: folder };
        coturn.answers().await;
        coturn
    }

    /// Waits until it listens: by TCP, where that is seen.
    async fn answers(&self) {
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("turnserver does not listen");
    }

    /// Whether it lets somebody with these credentials relay messages to itself.
    async fn relays(&self, username: &str, password: &str) -> bool {
        let mut client = tokio::process::Command::new("turnutils_uclient");
        client.args([
            "-u",
            username,
            "-w",
            password,
            "-p",
            &self.port.to_string(),
            "-n",
            "2",
            "-m",
            "1",
            "-y",
            "-c",
        ]);
        client.arg("127.0.0.1").stdin(Stdio::null()).kill_on_drop(true);
        // Without success it may try for ever.
        let told = tokio::time::timeout(Duration::from_secs(15), client.output()).await;
        let Ok(Ok(told)) = told else { return false };
        let text = String::from_utf8_lossy(&told.stdout);
        let lost = text.lines().rev().find(|line| line.contains("Total lost packets"));
        told.status.success() && lost.is_some_and(|line| line.contains("Total lost packets 0 "))
    }
}

/// Research S15: a real TURN server takes what the portal mints, until it ends, and nothing else.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_real_turn_server_takes_the_credentials_and_no_others() {
    let secret = "north wind and sun".replace(' ', "-");
    let coturn = Coturn::start(&secret).await;
    let minted = |secret: &str, at: i64| {
        let url = format!("turn:127.0.0.1:{}", coturn.port).parse().unwrap();
        let secret = TurnSecret::new(secret.to_owned());
        let turn = TurnConfig { urls: vec![url], secret, life: Duration::from_secs(600) };
        let ice = IceConfig { stun: vec![], turn: Some(turn) };
        let (mut servers, _) =
            ice.servers(deskside_proto::ParticipantId([7; 16]), deskside_proto::Millis(at));
        let server = servers.remove(0);
        (server.username.unwrap(), server.credential.unwrap())
    };
    let now = deskside_portal::Env::system().now().0;
    let (name, password) = minted(&secret, now);
    assert!(coturn.relays(&name, &password).await, "minted for now");
    let (_, other) = minted("another secret", now);
    assert!(!coturn.relays(&name, &other).await, "by another secret");
    let (name, password) = minted(&secret, now - 700_000);
    assert!(!coturn.relays(&name, &password).await, "ended");
    let longer = format!("{}:{}", now / 1000 + 9_999, "07".repeat(16));
    assert!(!coturn.relays(&longer, &minted(&secret, now).1).await, "a longer life than was given");
}
