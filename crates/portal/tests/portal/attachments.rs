//! What an organisation decides about files, and who accepts them (rows N05, N06, N10, Z19, A02, A03, A10–A13; research S05, S24).

use deskside_proto::{
    AttachmentId, AttachmentPolicy, Command, Consent, CustomerAttach, EventBody, Participant, Seq,
    ServerMessage, SessionId, StorageQuotas, WithdrawReason,
};
use reqwest::Method;
use serde_json::Value;

use crate::harness::{Person, Reply, Socket, TestApp, post};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// A technician and a customer in one session.
struct Room {
    app: TestApp,
    tess: Person,
    session: SessionId,
    carl: String,
    carl_place: Participant,
    link: String,
}

impl Room {
    async fn open(change: impl FnOnce(&mut AttachmentPolicy)) -> Self {
        let app = TestApp::start().await;
        let tess = app.technician().await;
        app.policy(tess.org, |settings| change(&mut settings.attachments)).await;
        let (session, join) = app.session(&tess).await;
        let (carl, carl_place) = app.join(&join, "Carl").await;
        let link = crate::harness::link_secret(&join).to_owned();
        Self { app, tess, session: session.id, carl, carl_place, link }
    }

    /// Status and code of an upload's beginning.
    async fn begin(&self, token: &str, name: &str, size: u64) -> (u16, String) {
        let reply = self.app.create_upload(self.session, token, name, size).await;
        let code = if reply.status.is_success() { "" } else { reply.code() };
        (reply.status.as_u16(), code.to_owned())
    }

    /// Uploads and posts a file.
    async fn share(&self, socket: &mut Socket, token: &str, name: &str) -> (Seq, AttachmentId) {
        let id = self.app.upload(self.session, token, name, b"hello").await;
        (socket.command(self.app.txn(), offer(vec![id])).await.unwrap(), id)
    }

    /// Status of the file's bytes, and of its thumbnail.
    async fn bytes(&self, token: &str, id: AttachmentId) -> (u16, u16) {
        let path = format!("/api/v1/sessions/{}/attachments/{id}", self.session);
        let file = self.app.get(&path, Some(token)).await.status.as_u16();
        (file, self.app.get(&format!("{path}/thumbnail"), Some(token)).await.status.as_u16())
    }
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

fn answer(target: Seq, id: AttachmentId, accept: bool) -> Command {
    Command::AnswerAttachments { target, attachments: vec![id], accept }
}

/// Row N10: no file of a customer before their first message; the welcome says whether there was one.
#[tokio::test]
async fn customers_attach_as_the_policy_says() {
    use CustomerAttach::{AfterFirstMessage, Always, Never};
    for (policy, before, after) in [
        (AfterFirstMessage, (403, "attach_after_message"), (201, "")),
        (Always, (201, ""), (201, "")),
        (Never, (403, "attach_not_allowed"), (403, "attach_not_allowed")),
    ] {
        let room = Room::open(|attachments| attachments.customer_attach = policy).await;
        let has_written = async || {
            let mut socket = room.app.connect(room.session, &room.carl).await;
            let hello = deskside_proto::ClientMessage::Hello {
                protocol: deskside_proto::PROTOCOL_VERSION,
                resume_after: 0,
                tail: None,
            };
            socket.send(&hello).await;
            let welcome = socket.until(|message| match message {
                ServerMessage::Welcome { has_written, .. } => Some(has_written),
                _ => None,
            });
            welcome.await
        };
        let told = |(status, code): (u16, &str)| (status, code.to_owned());
        assert_eq!(room.begin(&room.carl, "a.txt", 3).await, told(before), "{policy:?}");
        assert!(!has_written().await, "{policy:?}");
        room.app.enter(room.session, &room.carl).await.say(room.app.txn(), "Hello").await;
        assert_eq!(room.begin(&room.carl, "a.txt", 3).await, told(after), "{policy:?}");
        assert_eq!(has_written().await, policy == AfterFirstMessage, "{policy:?}: asked where it matters");
        room.app.enter(room.session, &room.tess.token).await;
        assert_eq!(room.begin(&room.tess.token, "a.txt", 3).await, told((201, "")), "technicians may");
    }
}

/// Rows N06, research S05: by its name at once, by what is inside once that is known; nothing of it stays.
#[tokio::test]
async fn only_allowed_types_and_no_lies_about_them() {
    let room =
        Room::open(|attachments| attachments.allowed_types = Some(vec!["png".into(), "txt".into()])).await;
    for (name, expected) in [
        ("setup.exe", (422, "file_type_not_allowed")),
        ("picture.png.exe", (422, "file_type_not_allowed")),
        ("no extension", (422, "file_type_not_allowed")),
        ("NOTES.TXT", (201, "")),
    ] {
        let found = room.begin(&room.carl, name, 3).await;
        assert_eq!((found.0, found.1.as_str()), expected, "{name}");
    }
    let program = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0\xb8\0\0\0";
    let created = room.app.create_upload(room.session, &room.carl, "a.png", program.len() as u64).await;
    let path = created.header("location").to_owned();
    let id: Value = created.json();
    let refused = room.app.patch(&path, &room.carl, 0, program.to_vec()).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (422, "file_type_not_allowed"));
    let upload = id["upload_id"].as_str().unwrap().parse().unwrap();
    let staged = room.app.app.uploads.path(upload);
    gone(&staged).await;
    let attachment = id["attachment_id"].as_str().unwrap().parse().unwrap();
    let mut carl = room.app.enter(room.session, &room.carl).await;
    assert_eq!(carl.command(room.app.txn(), offer(vec![attachment])).await, Err("attachment_unknown"));
    assert_eq!(room.bytes(&room.carl, attachment).await.0, 404);
}

async fn gone(path: &std::path::Path) {
    let gone = async {
        while path.exists() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), gone).await.unwrap();
}

/// Rows Z19, C14, research S24: so many files, and so many bytes, and no more; the others are not in the way.
#[tokio::test]
async fn numbers_and_bytes_are_limited() {
    let room = Room::open(|attachments| attachments.max_files = Some(2)).await;
    for expected in [(201, ""), (201, ""), (409, "too_many_files")] {
        let found = room.begin(&room.carl, "a.txt", 3).await;
        assert_eq!((found.0, found.1.as_str()), expected);
    }
    room.app.enter(room.session, &room.tess.token).await;
    assert_eq!(room.begin(&room.tess.token, "a.txt", 3).await.0, 201, "each has their own number");

    let quotas = StorageQuotas { participant_bytes: Some(10), session_bytes: Some(15), org_bytes: Some(100) };
    room.app.policy(room.tess.org, |settings| settings.quotas = quotas).await;
    for (token, size, expected) in [
        (&room.carl, 5, (507, "quota_exceeded")),
        (&room.carl, 4, (201, "")),
        (&room.tess.token, 3, (507, "quota_exceeded")),
        (&room.tess.token, 2, (201, "")),
    ] {
        let found = room.begin(token, "b.txt", size).await;
        assert_eq!((found.0, found.1.as_str()), expected, "{size}");
    }
}

/// Rows A02, A03, A11–A13: no byte before it is accepted, by anybody; everybody sees who said what.
#[tokio::test]
async fn nothing_is_served_before_it_is_accepted() {
    let room = Room::open(|attachments| attachments.consent_stored = Consent::Ask).await;
    let (mut tess, mut carl) = (
        room.app.enter(room.session, &room.tess.token).await,
        room.app.enter(room.session, &room.carl).await,
    );
    let (seq, id) = room.share(&mut tess, &room.tess.token, "a.txt").await;
    let EventBody::MessagePosted(message) = carl.event(seq).await.body else { panic!("no message") };
    let offered = message.offer.unwrap();
    assert_eq!((offered.consent, offered.pending), (Consent::Ask, vec![room.carl_place.id]));
    assert_eq!(offered.accepted, vec![]);
    assert_eq!(room.bytes(&room.carl, id).await, (403, 403));
    assert_eq!(
        room.bytes(&room.tess.token, id).await,
        (200, 404),
        "the sender's own; a text has no thumbnail"
    );

    let confirm = Command::ConfirmAttachments { target: seq, attachments: vec![id], blake3: None };
    assert_eq!(carl.command(room.app.txn(), confirm.clone()).await, Err("answer_too_late"));
    carl.command(room.app.txn(), answer(seq, id, false)).await.unwrap();
    assert_eq!(room.bytes(&room.carl, id).await, (403, 403));
    let accepted = carl.command(room.app.txn(), answer(seq, id, true)).await.unwrap();
    assert_eq!(room.bytes(&room.carl, id).await, (200, 404));
    let body = tess.event(accepted).await.body;
    assert_eq!(body, EventBody::AttachmentsAnswered { target: seq, attachments: vec![id], accepted: true });
    carl.command(room.app.txn(), confirm).await.unwrap();
    assert_eq!(carl.command(room.app.txn(), answer(seq, id, false)).await, Err("answer_too_late"));

    // A late joiner is asked; a technician who comes in too.
    let (carla, _) = room.app.join_by(&room.link, "Carla").await;
    room.app.enter(room.session, &carla).await;
    assert_eq!(room.bytes(&carla, id).await.0, 403);
    let tom = room.app.person(room.tess.org, deskside_proto::OrgRole::Technician, "Tom").await;
    assert_eq!(room.bytes(&tom.token, id).await.0, 200, "outside the session: access to Files");
    room.app.enter(room.session, &tom.token).await;
    assert_eq!(room.bytes(&tom.token, id).await.0, 403, "inside: as everybody");
}

/// Whose answer it is, and for which file.
#[tokio::test]
async fn answers_are_ones_own() {
    let room = Room::open(|attachments| attachments.consent_stored = Consent::Ask).await;
    let mut tess = room.app.enter(room.session, &room.tess.token).await;
    let mut carl = room.app.enter(room.session, &room.carl).await;
    let (seq, id) = room.share(&mut tess, &room.tess.token, "a.txt").await;
    let text = carl.command(room.app.txn(), post("no file here")).await.unwrap();
    let unknown = AttachmentId::new(room.app.now(), room.app.app.env.random());
    let revoke = |target, id| Command::RevokeAttachments { target, attachments: vec![id] };
    for (command, expected) in [
        (answer(seq, unknown, true), "attachment_unknown"),
        (answer(text, id, true), "attachment_unknown"),
        (answer(seq + 1_000, id, true), "message_gone"),
        (revoke(seq, id), "not_your_message"),
    ] {
        assert_eq!(carl.command(room.app.txn(), command.clone()).await, Err(expected), "{command:?}");
    }
    for command in [answer(seq, id, true), revoke(seq, unknown)] {
        let found = tess.command(room.app.txn(), command.clone()).await;
        assert_eq!(found, Err("attachment_unknown"), "{command:?}");
    }
}

/// Consent `ask_once`: who accepted one file of a sender has accepted the next.
#[tokio::test]
async fn accepting_once_is_enough_where_the_policy_says_so() {
    let room = Room::open(|attachments| attachments.consent_stored = Consent::AskOnce).await;
    let mut tess = room.app.enter(room.session, &room.tess.token).await;
    let mut carl = room.app.enter(room.session, &room.carl).await;
    let (first, id) = room.share(&mut tess, &room.tess.token, "a.txt").await;
    assert_eq!(room.bytes(&room.carl, id).await.0, 403);
    carl.command(room.app.txn(), answer(first, id, true)).await.unwrap();
    let (_, next) = room.share(&mut tess, &room.tess.token, "b.txt").await;
    assert_eq!(room.bytes(&room.carl, next).await.0, 200);
    let (_, back) = room.share(&mut carl, &room.carl, "c.txt").await;
    assert_eq!(room.bytes(&room.tess.token, back).await.0, 403, "the other way is another sender");
}

/// What its sender takes back is gone for all; so is what nobody wanted for a day, and everything asked for at the end.
#[tokio::test]
async fn offers_end() {
    let room = Room::open(|attachments| attachments.consent_stored = Consent::Ask).await;
    let mut tess = room.app.enter(room.session, &room.tess.token).await;
    let mut carl = room.app.enter(room.session, &room.carl).await;

    let (seq, taken_back) = room.share(&mut tess, &room.tess.token, "a.txt").await;
    carl.command(room.app.txn(), answer(seq, taken_back, true)).await.unwrap();
    let revoke = Command::RevokeAttachments { target: seq, attachments: vec![taken_back] };
    let at = tess.command(room.app.txn(), revoke).await.unwrap();
    let withdrawn =
        |target, id, reason| EventBody::AttachmentsWithdrawn { target, attachments: vec![id], reason };
    assert_eq!(carl.event(at).await.body, withdrawn(seq, taken_back, WithdrawReason::Revoked));
    assert_eq!(room.bytes(&room.carl, taken_back).await.0, 404);
    assert_eq!(room.bytes(&room.tess.token, taken_back).await.0, 404);

    let (seq, unwanted) = room.share(&mut tess, &room.tess.token, "b.txt").await;
    let at = carl.command(room.app.txn(), answer(seq, unwanted, false)).await.unwrap();
    room.app.advance(DAY_MILLIS - 1);
    room.app.app.sweeper.sweep().await.unwrap();
    assert_eq!(room.bytes(&room.tess.token, unwanted).await.0, 200, "they may think again for a day");
    room.app.advance(2);
    room.app.app.sweeper.sweep().await.unwrap();
    let last = withdrawn(seq, unwanted, WithdrawReason::DeclinedByAll);
    assert_eq!(carl.event(at + 1).await.body, last);
    assert_eq!(room.bytes(&room.tess.token, unwanted).await.0, 404);
}

/// Several files in one ZIP, for those who may have each of them.
#[tokio::test]
async fn files_come_as_one_archive() {
    let room = Room::open(|_| {}).await;
    let mut carl = room.app.enter(room.session, &room.carl).await;
    room.app.enter(room.session, &room.tess.token).await;
    let mut ids = Vec::new();
    for name in ["a.txt", "A.txt", "Grüße.txt"] {
        ids.push(room.share(&mut carl, &room.carl, name).await.1);
    }
    let list = |ids: &[AttachmentId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let path = |ids: &str| format!("/api/v1/sessions/{}/attachments.zip?ids={ids}", room.session);
    let got = room.app.get(&path(&list(&ids)), Some(&room.tess.token)).await;
    assert_eq!((got.status.as_u16(), got.header("content-type")), (200, "application/zip"));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(got.body)).unwrap();
    let names: Vec<_> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(names, ["a.txt", "A (2).txt", "Grüße.txt"]);
    let mut text = String::new();
    std::io::Read::read_to_string(&mut archive.by_index(2).unwrap(), &mut text).unwrap();
    assert_eq!(text, "hello");

    let unknown = AttachmentId::new(room.app.now(), room.app.app.env.random());
    let private = room.app.upload(room.session, &room.tess.token, "b.txt", b"not offered").await;
    for (ids, status) in [
        (list(&[ids[0], unknown]), 404),
        (list(&[ids[0], private]), 404),
        (String::new(), 422),
        ("../..".to_owned(), 422),
        (list(&[ids[0]; 501]), 422),
    ] {
        let found = room.app.get(&path(&ids), Some(&room.carl)).await.status.as_u16();
        assert_eq!(found, status, "{}", &ids[..ids.len().min(80)]);
    }
}

/// tus termination: its own sender's, with the bytes.
#[tokio::test]
async fn an_upload_can_be_given_up() {
    let room = Room::open(|_| {}).await;
    let created = room.app.create_upload(room.session, &room.carl, "a.bin", 10).await;
    let path = created.header("location").to_owned();
    let upload = created.json::<Value>()["upload_id"].as_str().unwrap().parse().unwrap();
    room.app.patch(&path, &room.carl, 0, "12345").await;
    let staged = room.app.app.uploads.path(upload);
    assert!(staged.exists());
    let end = async |token: &str| {
        let request = room.app.request(Method::DELETE, &path, Some(token)).header("tus-resumable", "1.0.0");
        Reply::of(request.send().await.unwrap()).await.status.as_u16()
    };
    assert_eq!(end(&room.tess.token).await, 404, "somebody else's");
    assert_eq!(end(&room.carl).await, 204);
    assert_eq!(end(&room.carl).await, 404);
    assert_eq!(room.app.patch(&path, &room.carl, 5, "67890").await.status, 404);
    gone(&staged).await;
}

/// tus checksum: a damaged piece is not kept, and said with the code that tus wants.
#[tokio::test]
async fn damaged_pieces_are_sent_again() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use sha2::{Digest as _, Sha256};
    let room = Room::open(|_| {}).await;
    let created = room.app.create_upload(room.session, &room.carl, "a.bin", 5).await;
    let path = created.header("location").to_owned();
    let right = format!("sha256 {}", STANDARD.encode(Sha256::digest(b"12345")));
    let wrong = format!("sha256 {}", STANDARD.encode(Sha256::digest(b"other")));
    for (checksum, status, code) in [
        (wrong.as_str(), 460, "checksum_mismatch"),
        ("md5 xyz", 400, "malformed"),
        ("sha256", 400, "malformed"),
        ("sha256 !!!", 400, "malformed"),
    ] {
        let request = room
            .app
            .request(Method::PATCH, &path, Some(&room.carl))
            .header("tus-resumable", "1.0.0")
            .header("upload-offset", "0")
            .header("upload-checksum", checksum)
            .header("content-type", "application/offset+octet-stream")
            .body("12345");
        let reply = Reply::of(request.send().await.unwrap()).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (status, code), "{checksum}");
    }
    let request = room
        .app
        .request(Method::PATCH, &path, Some(&room.carl))
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", "0")
        .header("upload-checksum", right)
        .header("content-type", "application/offset+octet-stream")
        .body("12345");
    let reply = Reply::of(request.send().await.unwrap()).await;
    assert_eq!((reply.status.as_u16(), reply.header("upload-offset")), (204, "5"));
}

/// What arrives is what the digest says, whatever happened on the way: pieces, a damaged piece, a restart.
#[tokio::test]
async fn the_digest_is_that_of_the_bytes() {
    use sha2::{Digest as _, Sha256};
    let folder = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let store = std::sync::Arc::new(deskside_store::memory::MemoryStore::new());
    let content: Vec<u8> = (0..300_000_u32).map(|n| (n * 31 % 251) as u8).collect();
    for restarts in [false, true] {
        let mut app = TestApp::start_in(folder.clone(), store.clone(), |_| {}).await;
        let tess = app.technician().await;
        let (session, _) = app.session(&tess).await;
        let mut socket = app.enter(session.id, &tess.token).await;
        let created = app.create_upload(session.id, &tess.token, "a.bin", content.len() as u64).await;
        let path = created.header("location").to_owned();
        let id: Value = created.json();
        let id = id["attachment_id"].as_str().unwrap().parse().unwrap();
        assert_eq!(app.patch(&path, &tess.token, 0, content[..100_000].to_vec()).await.status, 204);
        let damaged = app
            .request(Method::PATCH, &path, Some(&tess.token))
            .header("tus-resumable", "1.0.0")
            .header("upload-offset", "100000")
            .header("upload-checksum", "sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=")
            .header("content-type", "application/offset+octet-stream")
            .body("not what was meant");
        assert_eq!(damaged.send().await.unwrap().status().as_u16(), 460);
        assert_eq!(
            app.patch(&path, &tess.token, 100_000, content[100_000..200_000].to_vec()).await.status,
            204
        );
        if restarts {
            drop(socket);
            app.stop().await;
            app = TestApp::start_in(folder.clone(), store.clone(), |_| {}).await;
            socket = app.enter(session.id, &tess.token).await;
        }
        assert_eq!(app.patch(&path, &tess.token, 200_000, content[200_000..].to_vec()).await.status, 204);
        let seq = socket.command(app.txn(), offer(vec![id])).await.unwrap();
        let EventBody::MessagePosted(message) = socket.event(seq).await.body else { panic!("no message") };
        assert_eq!(message.attachments[0].sha256, hex::encode(Sha256::digest(&content)), "{restarts}");
        let got =
            app.get(&format!("/api/v1/sessions/{}/attachments/{id}", session.id), Some(&tess.token)).await;
        assert!(got.body == content, "{restarts}");
        app.stop().await;
    }
}

/// tus expiration: what nobody goes on with for a day goes, with its bytes; what somebody goes on with stays.
#[tokio::test]
async fn abandoned_uploads_are_collected() {
    let room = Room::open(|_| {}).await;
    let mut paths = Vec::new();
    for _ in 0..2 {
        let created = room.app.create_upload(room.session, &room.carl, "a.bin", 10).await;
        assert!(httpdate::parse_http_date(created.header("upload-expires")).is_ok());
        let path = created.header("location").to_owned();
        room.app.patch(&path, &room.carl, 0, "12345").await;
        let upload = created.json::<Value>()["upload_id"].as_str().unwrap().parse().unwrap();
        paths.push((path, room.app.app.uploads.path(upload)));
    }
    room.app.advance(DAY_MILLIS - 1_000);
    assert_eq!(room.app.patch(&paths[1].0, &room.carl, 5, "6").await.status, 204);
    room.app.advance(2_000);
    room.app.app.sweeper.sweep().await.unwrap();
    assert_eq!(room.app.patch(&paths[0].0, &room.carl, 5, "6").await.status, 404);
    gone(&paths[0].1).await;
    assert_eq!(room.app.patch(&paths[1].0, &room.carl, 6, "7890").await.status, 204);
}
