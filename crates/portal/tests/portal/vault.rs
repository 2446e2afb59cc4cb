//! Endings by time, sealed vaults, holds, transcripts in place and the customer's copy (rows Z14–Z17, A05; research S03, S07, S21).

use std::sync::{Arc, atomic::Ordering};

use deskside_proto::{
    AttachmentId, Command, CustomerTranscript, EndReason, EventBody, OrgRole, OrgSettings, SessionId,
    WireError,
    api::{
        AuditAction, AuditPage, FileActivity, FileFate, FilesPage, FilesSession, SessionState, SessionVault,
        SessionView, TranscriptItem, TranscriptPage, TranscriptWhat, VaultKind,
    },
};
use deskside_store::{Store, memory::MemoryStore};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    faulty::Faulty,
    harness::{PATIENCE, Person, Reply, Socket, TestApp, post},
};

const MINUTE_MILLIS: i64 = 60 * 1000;
const DAY_MILLIS: i64 = 24 * 60 * MINUTE_MILLIS;

pub(crate) async fn until(mut done: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !done().await {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
}

/// A portal with a technician, an admin and a session with a customer.
pub(crate) struct Room {
    pub(crate) app: TestApp,
    pub(crate) tess: Person,
    pub(crate) ada: Person,
    pub(crate) session: SessionId,
    pub(crate) carl: String,
}

impl Room {
    pub(crate) async fn open(store: Arc<dyn Store>) -> Self {
        let app = TestApp::start_with(store, |_| {}).await;
        Self::of(app).await
    }

    async fn of(app: TestApp) -> Self {
        let tess = app.technician().await;
        let ada = app.person(tess.org, OrgRole::Admin, "Ada").await;
        let (session, join) = app.session(&tess).await;
        let (carl, _) = app.join(&join, "Carl").await;
        Self { app, tess, ada, session: session.id, carl }
    }

    pub(crate) async fn share(&self, socket: &mut Socket, token: &str, name: &str) -> AttachmentId {
        let id = self.app.upload(self.session, token, name, name.as_bytes()).await;
        let offer = Command::PostMessage {
            text: String::new(),
            reply_to: None,
            attachments: vec![id],
            mentions: vec![],
            private: false,
        };
        socket.command(self.app.txn(), offer).await.unwrap();
        id
    }

    /// Something said and a file.
    pub(crate) async fn talk(&self) -> AttachmentId {
        let mut customer = self.app.enter(self.session, &self.carl).await;
        customer.say(self.app.txn(), "my printer smokes").await;
        self.share(&mut customer, &self.carl, "smoke.txt").await
    }

    pub(crate) async fn state(&self) -> SessionState {
        let path = format!("/api/v1/sessions/{}", self.session);
        self.app.get(&path, Some(&self.ada.token)).await.json::<SessionView>().state
    }

    pub(crate) async fn sealed(&self) {
        until(async || self.state().await == SessionState::Sealed).await;
    }

    pub(crate) async fn end(&self) {
        assert_eq!(self.app.end(&self.tess, self.session).await.status, 200);
        self.sealed().await;
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/api/v1/orgs/{}/files/{}{rest}", self.tess.org, self.session)
    }

    pub(crate) async fn get(&self, rest: &str) -> Reply {
        self.app.get(&self.path(rest), Some(&self.ada.token)).await
    }

    async fn request(&self, method: Method, rest: &str, by: &Person, body: Option<Value>) -> Reply {
        let request = self.app.request(method, &self.path(rest), Some(&by.token));
        Reply::of(body.iter().fold(request, |request, body| request.json(body)).send().await.unwrap()).await
    }

    async fn transcript(&self) -> String {
        String::from_utf8(self.get("/transcript").await.body).unwrap()
    }

    async fn vault(&self) -> SessionVault {
        self.get("/vault").await.json()
    }

    async fn actions(&self) -> Vec<AuditAction> {
        let path = format!("/api/v1/orgs/{}/audit", self.tess.org);
        let page: AuditPage = self.app.get(&path, Some(&self.ada.token)).await.json();
        page.items.into_iter().map(|item| item.action).collect()
    }

    async fn idle_round(&self) {
        self.app.app.idle.round().await.unwrap();
    }

    /// Everybody's connection is gone from the hub.
    async fn alone(&self) {
        until(async || self.app.app.hub.is_empty(self.session)).await;
    }
}

/// Z14 Z15: three forms, each with its hash, and a manifest in the chain; served to be saved, never to be run (S07).
#[tokio::test]
async fn a_sealed_vault_has_three_forms_and_a_manifest() {
    let room = Room::open(Arc::new(MemoryStore::new())).await;
    let file = room.talk().await;
    assert_eq!(room.get("/vault").await.code(), "not_found", "not over");
    room.end().await;
    let vault = room.vault().await;
    let manifest = vault.manifest.unwrap();
    assert_eq!((manifest.place, manifest.addenda), (1, 0));
    let kinds: Vec<_> = vault.files.iter().map(|file| file.kind).collect();
    let (txt, html, json) = (VaultKind::TranscriptTxt, VaultKind::TranscriptHtml, VaultKind::TranscriptJson);
    assert_eq!(kinds, [txt, html, json, VaultKind::Attachment]);
    assert_eq!(vault.files[3].attachment_id, Some(file));
    for (format, media_type, described) in [
        ("txt", "text/plain; charset=utf-8", &vault.files[0]),
        ("html", "text/html; charset=utf-8", &vault.files[1]),
        ("json", "application/json", &vault.files[2]),
    ] {
        let reply = room.get(&format!("/transcript?format={format}")).await;
        assert_eq!(reply.header("content-type"), media_type);
        let disposition = format!("attachment; filename=\"transcript-{}.{format}\"", room.session);
        assert!(reply.header("content-disposition").starts_with(&disposition), "{disposition}");
        assert_eq!(reply.header("content-security-policy"), "sandbox; default-src 'none'");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("cache-control"), "private, no-store");
        assert_eq!(hex::encode(Sha256::digest(&reply.body)), described.sha256, "{format}");
        assert_eq!(reply.body.len() as u64, described.size);
        assert!(String::from_utf8(reply.body).unwrap().contains("my printer smokes"), "{format}");
    }
    assert_eq!(room.get("/transcript?format=docx").await.status, 400);
    let folder = room.app.folder.path().join(format!("blobs/transcripts/{}/{}", room.tess.org, room.session));
    let written = std::fs::read(folder.join("manifest.json")).unwrap();
    assert_eq!(hex::encode(Sha256::digest(&written)), manifest.sha256);
    let read: Value = serde_json::from_slice(&written).unwrap();
    assert_eq!((&read["place"], &read["previous"], &read["part"]), (&json!(1), &Value::Null, &json!(1)));
    assert_eq!(read["files"].as_array().unwrap().len(), 4);
    let staged = room.app.folder.path().join("sealing");
    assert_eq!(std::fs::read_dir(staged).unwrap().count(), 0, "nothing lies about");
}

/// Z14: everyone vanishes; whoever is there keeps the session open, and the time alone counts from the last who was there.
#[tokio::test]
async fn an_idle_session_ends_and_is_sealed() {
    let room = Room::open(Arc::new(MemoryStore::new())).await;
    room.app.policy(room.tess.org, |settings| settings.idle_minutes = 30).await;
    let customer = room.app.enter(room.session, &room.carl).await;
    let technician = room.app.enter(room.session, &room.tess.token).await;
    room.app.advance(40 * MINUTE_MILLIS);
    room.idle_round().await;
    drop(technician);
    room.app.advance(40 * MINUTE_MILLIS);
    room.idle_round().await;
    assert_eq!(room.state().await, SessionState::Open, "the customer is there");
    drop(customer);
    room.alone().await;
    for (minutes, expected) in [(29, SessionState::Open), (2, SessionState::Sealed)] {
        room.app.advance(minutes * MINUTE_MILLIS);
        room.idle_round().await;
        if expected == SessionState::Sealed {
            room.sealed().await;
        }
        assert_eq!(room.state().await, expected, "{minutes}");
    }
    let log = room.app.app.store.log(room.session, 0, 99).await.unwrap();
    let last = log.last().unwrap();
    assert_eq!((last.sender, &last.body), (None, &EventBody::SessionEnded { reason: EndReason::Idle }));
    room.idle_round().await;
    assert_eq!(room.app.app.store.manifests(room.session).await.unwrap().len(), 1);
    assert!(room.transcript().await.contains("Carl"));
}

/// Z14: the customer leaves first, nobody ends it: one transcript all the same.
#[tokio::test]
async fn a_customer_who_leaves_first_leaves_one_transcript() {
    for by_technician in [false, true] {
        let room = Room::open(Arc::new(MemoryStore::new())).await;
        room.talk().await;
        let mut customer = room.app.enter(room.session, &room.carl).await;
        customer.command(room.app.txn(), Command::Leave).await.unwrap();
        drop(customer);
        if by_technician {
            room.end().await;
        } else {
            room.alone().await;
            room.app.advance(61 * MINUTE_MILLIS);
            room.idle_round().await;
            room.sealed().await;
        }
        assert_eq!(room.app.end(&room.tess, room.session).await.code(), "session_ended");
        assert_eq!(room.app.app.store.manifests(room.session).await.unwrap().len(), 1);
        assert!(room.transcript().await.contains("my printer smokes"));
        let files: FilesPage = room
            .app
            .get(&format!("/api/v1/orgs/{}/files", room.tess.org), Some(&room.ada.token))
            .await
            .json();
        assert_eq!(files.entries.len(), 1);
    }
}

/// Z14: the time nobody was there goes on while the portal is not running, and after a start people have time to come back.
#[tokio::test]
async fn idle_time_survives_a_restart() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let app = TestApp::start_in(folder.clone(), store.clone(), |_| {}).await;
    app.advance(-61 * MINUTE_MILLIS);
    let room = Room::of(app).await;
    let (session, tess) = (room.session, room.tess.clone());
    room.app.stop().await;

    let app = TestApp::start_in(folder, store, |_| {}).await;
    let state = async || {
        let path = format!("/api/v1/sessions/{session}");
        app.get(&path, Some(&tess.token)).await.json::<SessionView>().state
    };
    app.app.idle.round().await.unwrap();
    assert_eq!(state().await, SessionState::Open, "they may be on their way");
    app.advance(6 * MINUTE_MILLIS);
    app.app.idle.round().await.unwrap();
    until(async || state().await == SessionState::Sealed).await;
}

/// Z14: a code that expires unused leaves nothing: no transcript, no entry, no place in any list.
#[tokio::test]
async fn what_nobody_used_leaves_nothing() {
    let room = Room::open(Arc::new(MemoryStore::new())).await;
    let (unused, join) = room.app.session(&room.tess).await;
    drop(room.app.enter(unused.id, &room.tess.token).await);
    until(async || room.app.app.hub.is_empty(unused.id)).await;
    let path = format!("/api/v1/sessions/{}", unused.id);
    for (hours, status) in [(23, 200), (2, 404)] {
        room.app.advance(hours * 60 * MINUTE_MILLIS);
        room.idle_round().await;
        assert_eq!(
            room.app.get(&path, Some(&room.ada.token)).await.status.as_u16(),
            status,
            "{hours} more hours"
        );
    }
    assert_eq!(
        room.app.try_join(crate::harness::link_secret(&join), "Late").await.code(),
        "join_code_invalid"
    );
    let list: Value =
        room.app.get(&format!("/api/v1/orgs/{}/sessions", room.tess.org), Some(&room.ada.token)).await.json();
    assert!(!list.to_string().contains(&unused.id.to_string()));
    assert!(room.app.app.store.manifests(unused.id).await.unwrap().is_empty());
    until(async || room.app.app.store.deleted_sessions(9).await.unwrap().is_empty()).await;
    let blobs = room.app.folder.path().join(format!("blobs/transcripts/{}", room.tess.org));
    assert!(!blobs.join(unused.id.to_string()).exists());
}

#[tokio::test]
async fn idle_minutes_have_limits() {
    let room = Room::open(Arc::new(MemoryStore::new())).await;
    let path = format!("/api/v1/orgs/{}/settings", room.tess.org);
    for (minutes, status) in [(4, 422), (5, 200), (7 * 24 * 60, 200), (7 * 24 * 60 + 1, 422)] {
        let settings = OrgSettings { idle_minutes: minutes, ..OrgSettings::default() };
        let request = room.app.request(Method::PUT, &path, Some(&room.ada.token)).json(&settings);
        let reply = Reply::of(request.send().await.unwrap()).await;
        assert_eq!(reply.status.as_u16(), status, "{minutes}");
        if status == 422 {
            let error: WireError = serde_json::from_slice(&reply.body).unwrap();
            assert_eq!(error.field.as_deref(), Some("idle_minutes"));
        }
    }
}

/// Design §3: a file that comes when the manifest is written already joins by an addendum, in the same chain.
#[tokio::test]
async fn what_comes_late_joins_by_an_addendum() {
    let store = Arc::new(Faulty::new());
    store.late_files.store(true, Ordering::SeqCst);
    let room = Room::open(store.clone()).await;
    let file = room.talk().await;
    room.end().await;
    until(async || room.vault().await.manifest.is_some_and(|manifest| manifest.addenda == 1)).await;
    let listed: Vec<_> = room.vault().await.files.iter().filter_map(|file| file.attachment_id).collect();
    assert_eq!(listed, [file]);
    let folder = room.app.folder.path().join(format!("blobs/transcripts/{}/{}", room.tess.org, room.session));
    let read = |name| serde_json::from_slice::<Value>(&std::fs::read(folder.join(name)).unwrap()).unwrap();
    let first = std::fs::read(folder.join("manifest.json")).unwrap();
    let second = read("manifest-2.json");
    assert_eq!(second["previous"], json!(hex::encode(Sha256::digest(&first))));
    assert_eq!((&second["place"], &second["part"]), (&json!(2), &json!(2)));
    assert_eq!(read("manifest.json")["files"].as_array().unwrap().len(), 3);
    assert_eq!(second["files"].as_array().unwrap().len(), 1);
    room.app.app.sealer.add(room.session);
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(store.manifests_of(room.session).await, 2, "once");
}

/// Z14: a crash after the files, before the chain: the same bytes again, and one place in the chain.
#[tokio::test]
async fn what_a_crash_left_is_sealed_once() {
    let store = Arc::new(Faulty::new());
    let room = Room::open(store.clone()).await;
    room.talk().await;
    store.no_seal.store(true, Ordering::SeqCst);
    assert_eq!(room.app.end(&room.tess, room.session).await.status, 200);
    let (org, session, folder) = (room.tess.org, room.session, room.app.folder.clone());
    let vault = folder.path().join(format!("blobs/transcripts/{org}/{session}"));
    let manifest = vault.join("manifest.json");
    until(async || manifest.exists()).await;
    let bytes = |name: &str| std::fs::read(vault.join(name)).unwrap();
    let before = ["transcript.txt", "transcript.html", "transcript.json"].map(bytes);
    room.app.stop().await;
    // As a crash in the middle of writing leaves it.
    std::fs::write(folder.path().join("sealing/left"), b"over").unwrap();

    store.no_seal.store(false, Ordering::SeqCst);
    let app = TestApp::start_in(folder.clone(), store.clone(), |_| {}).await;
    until(async || store.manifests_of(session).await == 1).await;
    assert_eq!(["transcript.txt", "transcript.html", "transcript.json"].map(bytes), before);
    assert!(!folder.path().join("sealing/left").exists());
    drop(app);
}

/// Legal hold: by admins, with a reason; what is held is deleted by nobody.
#[tokio::test]
async fn a_held_session_is_not_deleted() {
    let room = Room::open(Arc::new(MemoryStore::new())).await;
    room.app
        .policy(room.tess.org, |settings| {
            settings.attachments.transcript_retention_days = Some(1);
            settings.attachments.retention = deskside_proto::AttachmentRetention::Keep { days: Some(1) };
        })
        .await;
    room.talk().await;
    room.end().await;
    let foreign = room.app.technician().await;
    for (by, reason, expected) in [
        (&room.tess, "case 7", "forbidden"),
        (&foreign, "case 7", "not_found"),
        (&room.ada, "", "invalid_input"),
        (&room.ada, "two\nlines", "invalid_input"),
        (&room.ada, &"x".repeat(201), "invalid_input"),
    ] {
        let reply = room.request(Method::PUT, "/hold", by, Some(json!({ "reason": reason }))).await;
        assert_eq!(reply.code(), expected, "{reason:?}");
    }
    let held = room.request(Method::PUT, "/hold", &room.ada, Some(json!({ "reason": " case 7 " }))).await;
    assert_eq!(held.status, 204);
    let shown: FilesSession = room.get("").await.json();
    assert_eq!(shown.hold.map(|hold| (hold.reason, hold.by)), Some(("case 7".to_owned(), "Ada".to_owned())));
    let refused = room.request(Method::DELETE, "", &room.ada, None).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, "session_held"));
    room.app.advance(2 * DAY_MILLIS);
    room.app.app.sweeper.sweep().await.unwrap();
    let shown: FilesSession = room.get("").await.json();
    assert_eq!((shown.attachments.len(), shown.expired.len()), (1, 0));
    assert_eq!(room.request(Method::DELETE, "/hold", &room.tess, None).await.code(), "forbidden");
    assert_eq!(room.request(Method::DELETE, "/hold", &room.ada, None).await.status, 204);
    room.app.app.sweeper.sweep().await.unwrap();
    assert_eq!(room.get("").await.status, 404, "its time was over");
    let (set, released) = (AuditAction::HoldSet, AuditAction::HoldReleased);
    let gone = [AuditAction::SessionDeleted, AuditAction::FilesExpired];
    assert_eq!(room.actions().await, [gone[0], gone[1], released, set]);
}

/// Z15 Z16: read in place, a stretch at a time, as the file for programs has it.
#[tokio::test]
async fn a_transcript_is_read_in_stretches() {
    let room = Room::open(Arc::new(MemoryStore::new())).await;
    room.talk().await;
    let mut technician = room.app.enter(room.session, &room.tess.token).await;
    let mut seqs = Vec::new();
    for n in 0..7 {
        seqs.push(technician.say(room.app.txn(), &format!("step {n}")).await);
    }
    let react = Command::React { target: seqs[0], emoji: "👍".to_owned() };
    technician.command(room.app.txn(), react).await.unwrap();
    let reply = Command::PostMessage {
        text: "as I said".to_owned(),
        reply_to: Some(seqs[0]),
        attachments: vec![],
        mentions: vec![],
        private: true,
    };
    technician.command(room.app.txn(), reply).await.unwrap();
    assert_eq!(room.get("/items").await.code(), "not_found", "not over");
    room.end().await;
    let whole: Value = serde_json::from_slice(&room.get("/transcript?format=json").await.body).unwrap();
    let whole: Vec<TranscriptItem> = serde_json::from_value(whole["items"].clone()).unwrap();
    for limit in [1, 3, 100] {
        let (mut read, mut after) = (Vec::new(), 0);
        loop {
            let page: TranscriptPage = room.get(&format!("/items?after={after}&limit={limit}")).await.json();
            assert!(page.items.len() <= limit);
            read.extend(page.items);
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        assert_eq!(read, whole, "{limit} at a time");
    }
    let around: TranscriptPage = room.get(&format!("/items?around={}&limit=4", seqs[3])).await.json();
    let texts = around.items.iter().filter_map(|item| match &item.what {
        TranscriptWhat::Message(message) => Some(message.text.as_str()),
        _ => None,
    });
    assert_eq!(texts.collect::<Vec<_>>(), ["step 1", "step 2", "step 3", "step 4"]);
    for query in [
        "after=999999",
        "around=999999",
        "around=0",
        "limit=0",
        "limit=100000",
        &format!("after={}", u64::MAX),
    ] {
        assert_eq!(room.get(&format!("/items?{query}")).await.status, 200, "{query}");
    }
    assert_eq!(room.get("/items?after=-1").await.status, 400);
    assert_eq!(room.actions().await, [AuditAction::TranscriptRead], "one look");
}

/// Z17 Z22 S03: who may see what stands in a vault.
#[tokio::test]
async fn vaults_are_for_members_with_files_access() {
    let room = Room::open(Arc::new(MemoryStore::new())).await;
    let olaf = room.app.person(room.tess.org, OrgRole::TechnicianOwn, "Olaf").await;
    let foreign = room.app.technician().await;
    room.talk().await;
    room.end().await;
    for rest in ["/vault", "/activity", "/items", "/transcript?format=html"] {
        let path = room.path(rest);
        assert_eq!(room.app.get(&path, None).await.status, 401, "{rest}");
        for (token, status) in [
            (&room.carl, 403),
            (&olaf.token, 404),
            (&foreign.token, 404),
            (&room.tess.token, 200),
            (&room.ada.token, 200),
        ] {
            assert_eq!(room.app.get(&path, Some(token)).await.status.as_u16(), status, "{rest}");
        }
        let elsewhere = path.replace(&room.tess.org.to_string(), &foreign.org.to_string());
        for token in [&foreign.token, &room.ada.token] {
            assert_eq!(room.app.get(&elsewhere, Some(token)).await.status, 404, "{elsewhere}");
        }
    }
}

/// A05.
#[tokio::test]
async fn activity_lists_files_with_their_fate() {
    let room = Room::open(Arc::new(MemoryStore::new())).await;
    room.app.enter(room.session, &room.tess.token).await;
    let file = room.talk().await;
    room.end().await;
    let activity: Vec<FileActivity> = room.get("/activity").await.json();
    let told: Vec<_> =
        activity.iter().map(|file| (file.attachment.id, file.sender.name.as_str(), file.fate)).collect();
    assert_eq!(told, [(file, "Carl", FileFate::Kept)]);
    assert_eq!(activity[0].recipients[0].person.name, "Tess");
}

/// Policy `customer_transcript`: who gets a copy, when, and what stands in it.
#[tokio::test]
async fn a_customer_gets_a_copy_where_the_organisation_gives_one() {
    let room = Room::open(Arc::new(MemoryStore::new())).await;
    let copy = format!("/api/v1/sessions/{}/transcript", room.session);
    let get =
        async |token: &str, format: &str| room.app.get(&format!("{copy}?format={format}"), Some(token)).await;
    let (other, join) = room.app.session(&room.tess).await;
    let (elsewhere, _) = room.app.join(&join, "Gil").await;
    assert_ne!(other.id, room.session);
    room.talk().await;
    let mut technician = room.app.enter(room.session, &room.tess.token).await;
    let hidden = Command::PostMessage {
        text: "between us".to_owned(),
        reply_to: None,
        attachments: vec![],
        mentions: vec![],
        private: true,
    };
    technician.command(room.app.txn(), hidden).await.unwrap();
    technician.say(room.app.txn(), "<script>alert(1)</script>").await;
    let mut customer = room.app.enter(room.session, &room.carl).await;
    customer.command(room.app.txn(), post("thank you")).await.unwrap();
    assert_eq!(get(&room.carl, "txt").await.code(), "transcript_not_given");
    let allow = async |how| {
        room.app.policy(room.tess.org, |settings| settings.attachments.customer_transcript = how).await;
    };
    allow(CustomerTranscript::OnRequest).await;
    assert_eq!(get(&room.carl, "txt").await.code(), "transcript_not_ready");
    customer.command(room.app.txn(), Command::Leave).await.unwrap();
    room.end().await;

    for format in ["txt", "html"] {
        let reply = get(&room.carl, format).await;
        assert_eq!(reply.status, 200);
        assert!(reply.header("content-disposition").starts_with("attachment;"));
        assert_eq!(reply.header("content-security-policy"), "sandbox; default-src 'none'");
        assert_eq!(
            (reply.header("x-content-type-options"), reply.header("cache-control")),
            ("nosniff", "private, no-store")
        );
        let text = String::from_utf8(reply.body).unwrap();
        assert!(text.contains("my printer smokes") && text.contains("thank you"), "{format}");
        assert!(!text.contains("between us"), "{format}");
        assert!(format == "txt" || !text.contains("<script>"), "{format}");
    }
    assert_eq!(get(&room.carl, "json").await.code(), "invalid_input");
    assert_eq!(room.app.get(&copy, None).await.status, 401);
    for token in [&elsewhere, &room.tess.token, &room.ada.token] {
        assert_eq!(get(token, "txt").await.code(), "forbidden");
    }
    assert_eq!(room.actions().await, [AuditAction::TranscriptCopied]);
    allow(CustomerTranscript::No).await;
    assert_eq!(get(&room.carl, "txt").await.code(), "transcript_not_given", "the rule of today");
    allow(CustomerTranscript::OnRequest).await;
    room.app.advance(DAY_MILLIS + MINUTE_MILLIS);
    let late = get(&room.carl, "txt").await;
    assert!([401, 409].contains(&late.status.as_u16()), "{}", late.status);
}

/// A customer who was never let in gets nothing of what was said.
#[tokio::test]
async fn who_was_never_let_in_gets_no_copy() {
    let room = Room::open(Arc::new(MemoryStore::new())).await;
    room.app
        .policy(room.tess.org, |settings| {
            settings.attachments.customer_transcript = CustomerTranscript::OnRequest
        })
        .await;
    let (session, join) = room.app.session(&room.tess).await;
    let (waiting, _) = room.app.join_by(&join.code, "Walt").await;
    let mut lobby = room.app.connect(session.id, &waiting).await;
    lobby.hello(0).await;
    lobby.command(room.app.txn(), Command::Leave).await.ok();
    room.app.enter(session.id, &room.tess.token).await.say(room.app.txn(), "secret").await;
    assert_eq!(room.app.end(&room.tess, session.id).await.status, 200);
    let copy = format!("/api/v1/sessions/{}/transcript", session.id);
    until(async || !room.app.app.store.manifests(session.id).await.unwrap().is_empty()).await;
    assert_eq!(room.app.get(&copy, Some(&waiting)).await.status, 403);
}
