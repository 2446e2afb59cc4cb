//! What goes, and when: nothing of it is served afterwards, and nothing lies about (rows C09, Z12–Z15; research S21).

use std::path::Path;

use deskside_proto::{
    AttachmentId, AttachmentPolicy, AttachmentRetention, Command, Consent, EventBody, OrgRole, SessionId,
    UploadId, WithdrawReason,
    api::{AuditAction, AuditPage, FilesSession, JoinInfo},
};
use reqwest::Method;

use crate::harness::{PATIENCE, Person, Reply, TestApp};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// A picture of one pixel, of which there is a thumbnail.
const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0,
    0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89,
];

struct Room {
    app: TestApp,
    tess: Person,
    admin: Person,
    session: SessionId,
    carl: String,
    join: JoinInfo,
}

impl Room {
    async fn open(change: impl FnOnce(&mut AttachmentPolicy)) -> Self {
        let app = TestApp::start().await;
        let tess = app.technician().await;
        let admin = app.person(tess.org, OrgRole::Admin, "Ada").await;
        app.policy(tess.org, |settings| change(&mut settings.attachments)).await;
        let (session, join) = app.session(&tess).await;
        let (carl, _) = app.join(&join, "Carl").await;
        Self { app, tess, admin, session: session.id, carl, join }
    }

    /// A picture in a message of Carl's.
    async fn share(&self, name: &str) -> AttachmentId {
        let id = self.app.upload(self.session, &self.carl, name, PNG).await;
        let attachments = vec![id];
        let post = Command::PostMessage {
            text: "see this".to_owned(),
            reply_to: None,
            attachments,
            mentions: vec![],
            private: false,
        };
        let mut socket = self.app.enter(self.session, &self.carl).await;
        socket.command(self.app.txn(), post).await.unwrap();
        id
    }

    async fn end(&self) {
        let path = format!("/api/v1/sessions/{}/end", self.session);
        assert_eq!(self.app.post(&path, Some(&self.tess.token), serde_json::json!({})).await.status, 200);
        let transcript = self.files_path("/transcript");
        wait(async || self.app.get(&transcript, Some(&self.admin.token)).await.status == 200).await;
    }

    fn files_path(&self, rest: &str) -> String {
        format!("/api/v1/orgs/{}/files/{}{rest}", self.tess.org, self.session)
    }

    /// Every address under which something of the file is there.
    fn urls(&self, id: AttachmentId) -> [String; 4] {
        let session = format!("/api/v1/sessions/{}", self.session);
        [
            format!("{session}/attachments/{id}"),
            format!("{session}/attachments/{id}?download=1"),
            format!("{session}/attachments/{id}/thumbnail"),
            format!("{session}/attachments.zip?ids={id}"),
        ]
    }

    /// What they answer to everybody who had it.
    async fn statuses(&self, id: AttachmentId) -> Vec<u16> {
        let mut statuses = Vec::new();
        for url in self.urls(id) {
            for token in [&self.admin.token, &self.tess.token, &self.carl] {
                statuses.push(self.app.get(&url, Some(token)).await.status.as_u16());
            }
        }
        statuses.sort_unstable();
        statuses.dedup();
        statuses
    }

    /// Everything on the disk that is named by `id`.
    fn on_disk(&self, id: impl ToString) -> Vec<String> {
        let mut found = Vec::new();
        walk(self.app.folder.path(), &mut found);
        let id = id.to_string();
        found.retain(|path| path.contains(&id));
        found
    }

    async fn files(&self) -> FilesSession {
        self.app.get(&self.files_path(""), Some(&self.admin.token)).await.json()
    }

    async fn transcript(&self) -> String {
        let found = self.app.get(&self.files_path("/transcript"), Some(&self.admin.token)).await;
        String::from_utf8(found.body).unwrap()
    }
}

fn walk(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path.display().to_string());
        }
    }
}

/// For what is done behind an answer.
async fn wait(condition: impl AsyncFn() -> bool) {
    let until = tokio::time::Instant::now() + PATIENCE;
    while !condition().await {
        assert!(tokio::time::Instant::now() < until, "it did not happen");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// Z12 Z13 S21: a deleted message takes its file, thumbnail and staged bytes with it.
#[tokio::test]
async fn nothing_of_a_deleted_message_is_served_or_kept() {
    let room = Room::open(|_| {}).await;
    let (gone, kept) = (room.share("gone.png").await, room.share("kept.png").await);
    assert_eq!(room.on_disk(gone).len(), 1, "the object; the picture is too broken for a thumbnail");
    let mut carl = room.app.connect(room.session, &room.carl).await;
    let (_, _, head) = carl.hello(0).await;
    carl.command(room.app.txn(), Command::DeleteMessage { target: head - 1 }).await.unwrap();
    assert_eq!(room.statuses(gone).await, [404]);
    wait(async || room.on_disk(gone).is_empty()).await;
    assert_eq!(room.on_disk(kept).len(), 1);
}

/// Design §3: what nobody has accepted by the end goes with it, in the log and in the transcript; what somebody accepted stays.
#[tokio::test]
async fn open_offers_end_with_the_session() {
    let room = Room::open(|policy| policy.consent_stored = Consent::Ask).await;
    let mut tess = room.app.enter(room.session, &room.tess.token).await;
    let (open, accepted) = (room.share("open.png").await, room.share("accepted.png").await);
    let seq = {
        let mut socket = room.app.connect(room.session, &room.tess.token).await;
        socket.hello(0).await.2
    };
    let accept = Command::AnswerAttachments { target: seq, attachments: vec![accepted], accept: true };
    let at = tess.command(room.app.txn(), accept).await.unwrap();
    room.end().await;
    let withdrawn = EventBody::AttachmentsWithdrawn {
        target: seq - 1,
        attachments: vec![open],
        reason: WithdrawReason::SessionEnded,
    };
    assert_eq!(tess.event(at + 1).await.body, withdrawn);
    assert!(matches!(tess.event(at + 2).await.body, EventBody::SessionEnded { .. }), "the last one");
    assert_eq!(room.statuses(open).await, [404]);
    wait(async || room.on_disk(open).is_empty()).await;
    assert_eq!(room.app.get(&room.urls(accepted)[0], Some(&room.tess.token)).await.status, 200);
    let files = room.files().await;
    assert_eq!((files.attachments[0].id, files.expired[0].id), (accepted, open));
    let text = room.transcript().await;
    assert!(text.contains("Deleted at the end of the session: open.png"), "{text}");
}

/// C09: with `session_only` nothing outlives the session but name, size and hash.
#[tokio::test]
async fn files_of_the_session_only_go_with_it() {
    let room = Room::open(|policy| policy.retention = AttachmentRetention::SessionOnly).await;
    let id = room.share("photo.png").await;
    let zip = room.app.get(&room.urls(id)[3], Some(&room.carl)).await;
    assert_eq!(zip.status, 200);
    room.end().await;
    assert_eq!(room.statuses(id).await, [404]);
    wait(async || room.on_disk(id).is_empty()).await;
    let files = room.files().await;
    assert!(files.attachments.is_empty());
    assert_eq!((files.expired[0].name.as_str(), files.expired[0].size), ("photo.png", PNG.len() as u64));
    let text = room.transcript().await;
    let sha256 = &files.expired[0].sha256;
    assert!(text.contains("photo.png") && text.contains(sha256.as_str()), "{text}");
    assert!(text.contains("Deleted at the end of the session: photo.png"), "{text}");
}

/// C09 Z15: files are kept for as many days as the organisation says, by its rule of today.
#[tokio::test]
async fn files_go_when_their_days_are_over() {
    let room = Room::open(|policy| policy.retention = AttachmentRetention::Keep { days: Some(30) }).await;
    let id = room.share("photo.png").await;
    room.end().await;
    room.app.advance(30 * DAY_MILLIS - 1);
    room.app.app.sweeper.sweep().await.unwrap();
    assert_eq!(room.app.get(&room.urls(id)[0], Some(&room.admin.token)).await.status, 200);
    room.app.advance(2);
    room.app.app.sweeper.sweep().await.unwrap();
    // The others' tokens are over by now.
    let late = room.app.person(room.tess.org, OrgRole::Admin, "Ada").await;
    for url in room.urls(id) {
        assert_eq!(room.app.get(&url, Some(&late.token)).await.status, 404, "{url}");
    }
    wait(async || room.on_disk(id).is_empty()).await;
    let files: FilesSession = room.app.get(&room.files_path(""), Some(&late.token)).await.json();
    assert_eq!((files.attachments.len(), files.expired[0].id), (0, id), "its name stays");
}

/// Z14 S21: a session that is deleted, by an admin or by time, leaves a note and nothing else.
#[tokio::test]
async fn nothing_of_a_deleted_session_is_served_or_kept() {
    for by_time in [false, true] {
        let room = Room::open(|policy| policy.transcript_retention_days = Some(1)).await;
        let id = room.share("photo.png").await;
        let word = format!("/api/v1/sessions/{}/search?q=see", room.session);
        room.app.enter(room.session, &room.tess.token).await;
        let token = room.tess.token.as_str();
        wait(async || {
            let found = room.app.get(&word, Some(token)).await;
            String::from_utf8_lossy(&found.body).contains("\"seq\"")
        })
        .await;
        let delete = async |token: &str| {
            let request = room.app.request(Method::DELETE, &room.files_path(""), Some(token));
            Reply::of(request.send().await.unwrap()).await
        };
        assert_eq!(delete(&room.admin.token).await.code(), "session_not_over");
        room.end().await;
        if by_time {
            room.app.advance(DAY_MILLIS + 1);
            room.app.app.sweeper.sweep().await.unwrap();
        } else {
            assert_eq!(delete(&room.tess.token).await.code(), "forbidden");
            assert_eq!(delete(&room.admin.token).await.status, 204);
            assert_eq!(delete(&room.admin.token).await.code(), "not_found");
        }
        for url in room.urls(id) {
            for token in [&room.admin.token, token, &room.carl] {
                let status = room.app.get(&url, Some(token)).await.status.as_u16();
                assert!([401, 404].contains(&status), "{url}: {status}");
            }
        }
        for path in [
            room.files_path(""),
            room.files_path("/transcript"),
            format!("/api/v1/sessions/{}", room.session),
            word.clone(),
        ] {
            assert_eq!(room.app.get(&path, Some(&room.admin.token)).await.status, 404, "{path}");
        }
        let late = room.app.try_join(crate::harness::link_secret(&room.join), "Late").await;
        assert_eq!(late.code(), "join_code_invalid");
        wait(async || room.on_disk(room.session).is_empty()).await;
        wait(async || room.app.app.indexer.indexed_to(room.session).await.unwrap() == 0).await;
        let log: AuditPage = room
            .app
            .get(&format!("/api/v1/orgs/{}/audit", room.tess.org), Some(&room.admin.token))
            .await
            .json();
        let last = &log.items[0];
        let by = if by_time { None } else { Some("Ada") };
        assert_eq!((last.action, last.actor.as_deref()), (AuditAction::SessionDeleted, by));
    }
}

/// N14, design §4: who looks from outside is noted, once a look; who is in the room is not.
#[tokio::test]
async fn looks_from_outside_are_noted() {
    let room = Room::open(|_| {}).await;
    room.app.enter(room.session, &room.tess.token).await;
    let id = room.share("photo.png").await;
    let [url, saved, ..] = room.urls(id);
    for token in [&room.tess.token, &room.carl] {
        assert_eq!(room.app.get(&url, Some(token)).await.status, 200);
    }
    let notes = async || {
        let path = format!("/api/v1/orgs/{}/audit", room.tess.org);
        let page: AuditPage = room.app.get(&path, Some(&room.admin.token)).await.json();
        let note = |item: deskside_proto::api::AuditItem| (item.actor.unwrap(), item.action, item.subject);
        page.items.into_iter().map(note).collect::<Vec<_>>()
    };
    assert_eq!(notes().await, []);
    for path in [&url, &saved, &url] {
        assert_eq!(room.app.get(path, Some(&room.admin.token)).await.status, 200);
    }
    let read = ("Ada".to_owned(), AuditAction::FileRead, "photo.png".to_owned());
    assert_eq!(notes().await, std::slice::from_ref(&read));
    room.app.advance(11 * 60 * 1000);
    assert_eq!(room.app.get(&url, Some(&room.admin.token)).await.status, 200);
    assert_eq!(notes().await, [read.clone(), read.clone()]);
    room.end().await;
    let transcript = ("Ada".to_owned(), AuditAction::TranscriptRead, "Printer".to_owned());
    assert_eq!(notes().await, [transcript, read.clone(), read]);
}

/// Staging files whose uploads are over, as a crash leaves them, go; those on their way stay.
#[tokio::test]
async fn strays_in_the_staging_folder_go() {
    let room = Room::open(|_| {}).await;
    let staging = room.app.folder.path().join("staging");
    let begun = room.app.create_upload(room.session, &room.carl, "b.txt", 3).await;
    let going_on = begun.header("location").rsplit('/').next().unwrap().to_owned();
    assert_eq!(room.app.patch(begun.header("location"), &room.carl, 0, "ab").await.status, 204);
    let stray = UploadId::new(room.app.now(), room.app.app.env.random()).to_string();
    std::fs::write(staging.join(&stray), b"left over").unwrap();
    std::fs::write(staging.join("notes.txt"), b"somebody's").unwrap();
    room.app.app.sweeper.sweep().await.unwrap();
    assert!(!staging.join(stray).exists());
    assert!(staging.join(going_on).exists() && staging.join("notes.txt").exists());
}
