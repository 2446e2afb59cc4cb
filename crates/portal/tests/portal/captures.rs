//! Snapshots and recordings (row Z02): whose they are, what joins after the end, what is taken back.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use deskside_proto::{
    AttachmentId, AttachmentRetention, CaptureKind, ChangePolicy, Command, EventBody, OrgRole, SessionId,
    WhoMay,
    api::{AuditAction, AuditPage, FilesSession, UploadCreated},
    limits::CAPTURE_AFTER_END_MILLIS,
};
use reqwest::Method;

use crate::harness::{PATIENCE, Person, Reply, TestApp};

const BYTES: &str = "a picture, nearly";

/// A tus creation with exactly this `Upload-Metadata`.
async fn announce(app: &TestApp, session: SessionId, token: &str, metadata: &str) -> Reply {
    let path = format!("/api/v1/sessions/{session}/uploads");
    let request = app.request(Method::POST, &path, Some(token)).header("tus-resumable", "1.0.0");
    let request = request.header("upload-length", BYTES.len()).header("upload-metadata", metadata);
    Reply::of(request.send().await.unwrap()).await
}

fn metadata(name: &str, capture: &str) -> String {
    format!("filename {},capture {}", STANDARD.encode(name), STANDARD.encode(capture))
}

/// A snapshot on its way: where it is, and its id.
async fn begun(app: &TestApp, session: SessionId, token: &str, name: &str) -> (String, AttachmentId) {
    let created = announce(app, session, token, &metadata(name, "snapshot")).await;
    assert_eq!(created.status, 201, "{}", String::from_utf8_lossy(&created.body));
    let id = created.json::<UploadCreated>().attachment_id;
    (created.header("location").to_owned(), id)
}

async fn complete(app: &TestApp, path: &str, token: &str) -> u16 {
    app.patch(path, token, 0, BYTES).await.status.as_u16()
}

fn private(attachments: Vec<AttachmentId>) -> Command {
    Command::PostMessage { text: String::new(), reply_to: None, attachments, mentions: vec![], private: true }
}

async fn ended(app: &TestApp, tess: &Person, session: SessionId) {
    assert_eq!(app.end(tess, session).await.status, 200);
    let transcript = format!("/api/v1/orgs/{}/files/{session}/transcript", tess.org);
    let sealed = async {
        while app.get(&transcript, Some(&tess.token)).await.status != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, sealed).await.unwrap();
}

async fn listed(app: &TestApp, tess: &Person, session: SessionId) -> FilesSession {
    app.get(&format!("/api/v1/orgs/{}/files/{session}", tess.org), Some(&tess.token)).await.json()
}

/// Z02: technicians mark captures, nobody else; what the mark says comes back.
#[tokio::test]
async fn captures_are_announced_by_technicians() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let own = app.person(tess.org, OrgRole::TechnicianOwn, "Olaf").await;
    let foreign = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (carl, _) = app.join(&join, "Carl").await;
    let mut socket = app.enter(session.id, &tess.token).await;
    let good = metadata("Snapshot.png", "snapshot");
    for (token, metadata, expected) in [
        (&carl, good.as_str(), (403, "captures_not_allowed")),
        (&own.token, &good, (404, "not_found")),
        (&foreign.token, &good, (404, "not_found")),
        (&tess.token, &metadata("a.png", "film"), (422, "invalid_input")),
        (&tess.token, "filename YS5wbmc=,capture", (422, "invalid_input")),
        (&tess.token, "filename YS5wbmc=,capture ###", (422, "invalid_input")),
    ] {
        let refused = announce(&app, session.id, token, metadata).await;
        assert_eq!((refused.status.as_u16(), refused.code()), expected, "{metadata}");
    }
    for (mark, kind) in [("snapshot", CaptureKind::Snapshot), ("recording", CaptureKind::Recording)] {
        let created = announce(&app, session.id, &tess.token, &metadata("a.png", mark)).await;
        assert_eq!(complete(&app, created.header("location"), &tess.token).await, 204);
        let post = private(vec![created.json::<UploadCreated>().attachment_id]);
        let seq = socket.command(app.txn(), post).await.unwrap();
        let EventBody::MessagePosted(message) = socket.event(seq).await.body else { panic!("no message") };
        assert_eq!(message.attachments[0].capture, Some(kind));
    }
    // "Only to Files": the customer's log does not say it.
    let mut customer = app.connect(session.id, &carl).await;
    let (_, _, head) = customer.hello(0).await;
    let log = serde_json::to_string(&customer.log_until(head).await).unwrap();
    assert!(!log.contains("a.png"), "{log}");
}

/// Z02: begun before the end or after it, by who took part; a row of Files, not of the closed log.
#[tokio::test]
async fn captures_join_for_a_day_after_the_end() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let ada = app.person(tess.org, OrgRole::Admin, "Ada").await;
    let (session, join) = app.session(&tess).await;
    let (carl, _) = app.join(&join, "Carl").await;
    drop(app.enter(session.id, &tess.token).await);
    let (early, first) = begun(&app, session.id, &tess.token, "first.png").await;
    let (unsent, second) = begun(&app, session.id, &tess.token, "second.png").await;
    assert_eq!(complete(&app, &unsent, &tess.token).await, 204, "complete, and no message names it");
    let plain = app.create_upload(session.id, &tess.token, "plain.txt", BYTES.len() as u64).await;
    ended(&app, &tess, session.id).await;

    let plain = app.patch(plain.header("location"), &tess.token, 0, BYTES).await;
    assert_eq!((plain.status.as_u16(), plain.code()), (409, "session_ended"));
    assert_eq!(complete(&app, &early, &tess.token).await, 204);
    app.advance(CAPTURE_AFTER_END_MILLIS - 60_000);
    let (late, third) = begun(&app, session.id, &tess.token, "third.png").await;
    assert_eq!(complete(&app, &late, &tess.token).await, 204);
    for (token, expected) in [
        (&carl, (403, "captures_not_allowed")),
        // An admin who took no part.
        (&ada.token, (403, "forbidden")),
    ] {
        let refused = announce(&app, session.id, token, &metadata("a.png", "snapshot")).await;
        assert_eq!((refused.status.as_u16(), refused.code()), expected);
    }
    let (over, _) = begun(&app, session.id, &tess.token, "over.png").await;
    app.advance(120_000);
    assert_eq!(app.patch(&over, &tess.token, 0, BYTES).await.code(), "session_ended");
    let refused = announce(&app, session.id, &tess.token, &metadata("a.png", "snapshot")).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, "session_ended"));

    let files = listed(&app, &tess, session.id).await;
    let mut ids: Vec<_> = files.attachments.iter().map(|file| (file.id, file.capture)).collect();
    ids.sort();
    let mut expected = [first, second, third].map(|id| (id, Some(CaptureKind::Snapshot)));
    expected.sort();
    assert_eq!(ids, expected);
    for id in [first, second, third] {
        let path = format!("/api/v1/sessions/{}/attachments/{id}", session.id);
        assert_eq!(app.get(&path, Some(&ada.token)).await.body, BYTES.as_bytes());
        assert_eq!(app.get(&path, Some(&carl)).await.status, 403);
    }
}

/// Z02 C09: where nothing is kept after the end, nothing joins.
#[tokio::test]
async fn captures_go_with_the_session_where_files_do() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    app.policy(tess.org, |settings| settings.attachments.retention = AttachmentRetention::SessionOnly).await;
    let (session, _) = app.session(&tess).await;
    drop(app.enter(session.id, &tess.token).await);
    let (early, _) = begun(&app, session.id, &tess.token, "early.png").await;
    let (unsent, _) = begun(&app, session.id, &tess.token, "unsent.png").await;
    assert_eq!(complete(&app, &unsent, &tess.token).await, 204);
    ended(&app, &tess, session.id).await;
    let refused = announce(&app, session.id, &tess.token, &metadata("late.png", "snapshot")).await;
    assert_eq!(refused.code(), "session_ended");
    assert_eq!(app.patch(&early, &tess.token, 0, BYTES).await.code(), "not_found");
    assert_eq!(listed(&app, &tess, session.id).await.attachments, []);
}

/// Z02: undo after the end, by its maker for as long as the organisation lets own messages go, by admins always.
#[tokio::test]
async fn captures_are_taken_back_after_the_end() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let other = app.person(tess.org, OrgRole::Technician, "Theo").await;
    let ada = app.person(tess.org, OrgRole::Admin, "Ada").await;
    let foreign = app.person(app.org("Globex").await, OrgRole::SuperAdmin, "Gus").await;
    app.policy(tess.org, |settings| {
        settings.chat.delete = ChangePolicy { by: WhoMay::Everyone, within_minutes: Some(30) };
    })
    .await;
    let (session, join) = app.session(&tess).await;
    let (carl, _) = app.join(&join, "Carl").await;
    let mut socket = app.enter(session.id, &tess.token).await;
    let mut ids = Vec::new();
    for name in ["one.png", "two.png"] {
        let (path, id) = begun(&app, session.id, &tess.token, name).await;
        assert_eq!(complete(&app, &path, &tess.token).await, 204);
        socket.command(app.txn(), private(vec![id])).await.unwrap();
        ids.push(id);
    }
    let path = |id| format!("/api/v1/orgs/{}/files/{}/captures/{id}", tess.org, session.id);
    let delete = async |id, token: &str| {
        let request = app.request(Method::DELETE, &path(id), Some(token));
        Reply::of(request.send().await.unwrap()).await
    };
    assert_eq!(delete(ids[0], &tess.token).await.code(), "session_not_over");
    ended(&app, &tess, session.id).await;
    for (token, expected) in [
        (&other.token, (403, "forbidden")),
        (&foreign.token, (404, "not_found")),
        (&carl, (401, "not_signed_in")),
    ] {
        let refused = delete(ids[0], token).await;
        assert_eq!((refused.status.as_u16(), refused.code()), expected);
    }
    assert_eq!(delete(ids[0], &tess.token).await.status, 204);
    assert_eq!(delete(ids[0], &tess.token).await.code(), "not_found");
    app.advance(31 * 60_000);
    assert_eq!(delete(ids[1], &tess.token).await.code(), "capture_too_late");
    assert_eq!(delete(ids[1], &ada.token).await.status, 204);
    for id in ids {
        let bytes = format!("/api/v1/sessions/{}/attachments/{id}", session.id);
        assert_eq!(app.get(&bytes, Some(&ada.token)).await.status, 404);
    }
    let objects = || {
        let folder = app.folder.path().join(format!("blobs/chat-attachments/{}/{}", tess.org, session.id));
        std::fs::read_dir(folder).map_or(0, Iterator::count)
    };
    let gone = async {
        while objects() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
    let audit: AuditPage =
        app.get(&format!("/api/v1/orgs/{}/audit", tess.org), Some(&ada.token)).await.json();
    let notes = audit.items.iter().filter(|note| note.action == AuditAction::CaptureDeleted);
    let notes: Vec<_> = notes.map(|note| (note.actor.as_deref(), note.subject.as_str())).collect();
    assert_eq!(notes, [(Some("Ada"), "two.png"), (Some("Tess"), "one.png")]);
}
