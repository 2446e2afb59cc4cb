//! Search in an organisation's Files, charts and archives, over real requests (rows Z16, Z17, Z22).

use std::{io::Read as _, sync::Arc};

use deskside_proto::{
    AttachmentId, Command, OrgRole, Seq, SessionId,
    api::{AuditAction, AuditPage, FilesHit, FilesHitPlace, FilesSearchPage, Statistics, StorageKind},
};
use deskside_store::memory::MemoryStore;
use serde_json::json;

use crate::{
    archive::escaped,
    harness::{PATIENCE, Person, Reply, Socket, TestApp, post},
};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

async fn ask(app: &TestApp, by: &Person, typed: &str, more: &str) -> Reply {
    app.get(&format!("/api/v1/orgs/{}/search?q={}{more}", by.org, escaped(typed)), Some(&by.token)).await
}

/// The page, once nothing waits for the index.
async fn page(app: &TestApp, by: &Person, typed: &str, more: &str) -> FilesSearchPage {
    let wait = async {
        loop {
            let page: FilesSearchPage = ask(app, by, typed, more).await.json();
            if !page.waiting {
                return page;
            }
            tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("the index does not come to its end")
}

/// Session and place of the hits; of files in place of the seq whether they are found by what is in them.
fn places(hits: &[FilesHit]) -> Vec<(SessionId, String)> {
    let place = |hit: &FilesHit| match &hit.place {
        FilesHitPlace::Message { seq, .. } => seq.to_string(),
        FilesHitPlace::File { attachment, inside: true, .. } => format!("in {}", attachment.name),
        FilesHitPlace::File { attachment, .. } => attachment.name.clone(),
    };
    hits.iter().map(|hit| (hit.session_id, place(hit))).collect()
}

async fn found(app: &TestApp, by: &Person, typed: &str) -> Vec<(SessionId, String)> {
    places(&page(app, by, typed, "").await.hits)
}

async fn offer(app: &TestApp, socket: &mut Socket, text: &str, files: Vec<AttachmentId>) -> Seq {
    let Command::PostMessage { reply_to, mentions, private, .. } = post("") else { unreachable!() };
    let text = text.to_owned();
    let command = Command::PostMessage { text, reply_to, attachments: files, mentions, private };
    socket.command(app.txn(), command).await.unwrap()
}

/// Row Z16: what was said is found when the session is over, newest session first, with the words around it.
#[tokio::test]
async fn what_was_said_is_found_across_sessions() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let mut made = Vec::new();
    for text in ["the printer is on fire", "printer again", "a scanner"] {
        app.advance(1_000);
        let (session, _) = app.session(&tess).await;
        let mut socket = app.enter(session.id, &tess.token).await;
        let seq = socket.say(app.txn(), text).await;
        made.push((session.id, seq.to_string()));
    }
    assert!(found(&app, &tess, "printer").await.is_empty(), "not before the end");
    for (session, _) in &made {
        assert!(app.end(&tess, *session).await.status.is_success());
    }
    assert_eq!(found(&app, &tess, "print").await, [made[1].clone(), made[0].clone()]);
    let hits = page(&app, &tess, "fire printer", "").await.hits;
    let parts: Vec<(&str, bool)> =
        hits[0].excerpt.iter().map(|part| (part.text.as_str(), part.hit)).collect();
    assert_eq!(parts, [("the ", false), ("printer", true), (" is on ", false), ("fire", true)]);
    assert_eq!(hits[0].title, "Printer");
    let FilesHitPlace::Message { by, .. } = &hits[0].place else { panic!("{hits:?}") };
    assert_eq!(by.as_deref(), Some("Tess"));
    let first = page(&app, &tess, "printer", "&limit=1").await;
    assert_eq!(places(&first.hits), made[1..2]);
    let next = format!("&limit=1&after={}", first.next.unwrap());
    let second = page(&app, &tess, "printer", &next).await;
    assert_eq!((places(&second.hits), second.next), (made[..1].to_vec(), None));
    for (query, code) in [("&after=x", "invalid_input"), ("&limit=x", "malformed")] {
        assert_eq!(ask(&app, &tess, "printer", query).await.code(), code);
    }
    assert_eq!(ask(&app, &tess, &"x".repeat(201), "").await.code(), "invalid_input");
    assert!(found(&app, &tess, "\"'*() ").await.is_empty());
}

/// Rows N13, Z17, Z22: nobody finds what they may not see.
#[tokio::test]
async fn only_what_one_may_see_is_found() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let olaf = app.person(tess.org, OrgRole::TechnicianOwn, "Olaf").await;
    let foreign = app.technician().await;
    let (hers, join) = app.session(&tess).await;
    let (guest, _) = app.join(&join, "Carl").await;
    let mut socket = app.enter(hers.id, &tess.token).await;
    socket.say(app.txn(), "a secret printer").await;
    app.advance(1_000);
    let (his, _) = app.session(&olaf).await;
    let mut socket = app.enter(his.id, &olaf.token).await;
    socket.say(app.txn(), "my printer").await;
    for (by, session) in [(&tess, hers.id), (&olaf, his.id)] {
        assert!(app.end(by, session).await.status.is_success());
    }
    let sessions = async |by| {
        found(&app, by, "printer").await.into_iter().map(|(session, _)| session).collect::<Vec<_>>()
    };
    assert_eq!(sessions(&tess).await, [his.id, hers.id]);
    assert_eq!(sessions(&olaf).await, [his.id]);
    assert!(sessions(&foreign).await.is_empty());
    let path = format!("/api/v1/orgs/{}/search?q=printer", tess.org);
    for (who, token, expected) in [
        ("nobody", None, 401),
        ("the customer", Some(guest.as_str()), 403),
        ("another organisation", Some(foreign.token.as_str()), 404),
    ] {
        assert_eq!(app.get(&path, token).await.status, expected, "{who}");
    }
}

/// Rows Z10, Z13: as in the room, earlier words are not found.
#[tokio::test]
async fn words_that_were_changed_or_deleted_are_not_found() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    let mut socket = app.enter(session.id, &tess.token).await;
    let first = socket.say(app.txn(), "my PIN is 1234").await;
    let second = socket.say(app.txn(), "card 4711").await;
    let edit = Command::EditMessage { target: first, text: "my PIN is gone".to_owned(), notify: false };
    socket.command(app.txn(), edit).await.unwrap();
    socket.command(app.txn(), Command::DeleteMessage { target: second }).await.unwrap();
    assert!(app.end(&tess, session.id).await.status.is_success());
    assert_eq!(found(&app, &tess, "gone").await.len(), 1);
    for typed in ["1234", "4711", "card"] {
        assert!(found(&app, &tess, typed).await.is_empty(), "{typed}");
    }
}

/// Rows Z15, Z16: files are found by their names and, read by the child process, by what stands in them.
#[cfg(unix)]
#[tokio::test]
async fn documents_are_found_by_name_and_by_what_is_in_them() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("extract");
    // Stands for `deskside-extract`, whose own tests read real documents: what is locked fails, the rest is its own text.
    let script = "#!/bin/sh\n[ \"$1\" = --text ] || exit 1\n[ \"$2\" = locked.txt ] && { echo locked >&2; exit 1; }\nexec /bin/cat\n";
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    let start = TestApp::start_with(Arc::new(MemoryStore::new()), |config| {
        config.extract.program = Some(program.clone());
    });
    let app = start.await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    let mut socket = app.enter(session.id, &tess.token).await;
    let manual = app.upload(session.id, &tess.token, "toner manual.txt", b"how to change a cartridge").await;
    let locked = app.upload(session.id, &tess.token, "locked.txt", b"never seen cartridge").await;
    let seq = offer(&app, &mut socket, "see these", vec![manual, locked]).await;
    assert!(app.end(&tess, session.id).await.status.is_success());
    let hits = page(&app, &tess, "cartridge", "").await.hits;
    assert_eq!(places(&hits), [(session.id, "in toner manual.txt".to_owned())]);
    let FilesHitPlace::File { attachment, seq: place, .. } = &hits[0].place else { panic!("{hits:?}") };
    assert_eq!((attachment.id, *place), (manual, Some(seq)));
    assert_eq!(found(&app, &tess, "toner").await, [(session.id, "toner manual.txt".to_owned())]);
    assert_eq!(found(&app, &tess, "locked").await, [(session.id, "locked.txt".to_owned())]);
    assert_eq!(found(&app, &tess, "see").await, [(session.id, seq.to_string())]);

    // The organisation's time for files is over.
    app.policy(tess.org, |settings| {
        settings.attachments.retention = deskside_proto::AttachmentRetention::Keep { days: Some(1) };
    })
    .await;
    app.advance(2 * DAY);
    app.app.sweeper.sweep().await.unwrap();
    assert!(found(&app, &tess, "cartridge").await.is_empty());
}

/// Row Z16: numbers for admins, by the days of their clock.
#[tokio::test]
async fn numbers_are_told_by_day_to_those_who_manage() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let admin = app.person(tess.org, OrgRole::Admin, "Ada").await;
    // Five minutes before midnight in the caller's zone, two hours ahead of UTC.
    let midnight = (app.now().0 / DAY + 1) * DAY - 120 * MINUTE;
    app.advance(midnight - 5 * MINUTE - app.now().0);
    let mut made = Vec::new();
    for wait in [1, 3] {
        let (session, join) = app.session(&tess).await;
        app.advance(wait * MINUTE);
        app.join(&join, "Carl").await;
        made.push(session.id);
    }
    app.advance(2 * MINUTE);
    let (after, _) = app.session(&tess).await;
    let mut socket = app.enter(made[0], &tess.token).await;
    let file = app.upload(made[0], &tess.token, "a.txt", b"twelve bytes").await;
    offer(&app, &mut socket, "", vec![file]).await;
    assert!(app.end(&tess, made[0]).await.status.is_success());
    let path = format!("/api/v1/orgs/{}/statistics", tess.org);
    let query = format!("?from={}&to={}&offset_minutes=120", midnight - 1, midnight);
    let numbers: Statistics = app.get(&format!("{path}{query}"), Some(&admin.token)).await.json();
    let days: Vec<_> = numbers
        .days
        .iter()
        .map(|day| (day.at.0 - midnight, day.sessions, day.join_median, day.join_p90))
        .collect();
    assert_eq!(days, [(-DAY, 2, Some(MINUTE), Some(3 * MINUTE)), (0, 1, None, None)]);
    let stored = numbers.storage.iter().find(|share| share.kind == StorageKind::Documents).unwrap();
    assert_eq!((stored.files, stored.bytes), (1, 12));
    assert!(numbers.frees.is_empty(), "kept for ever");
    app.policy(tess.org, |settings| {
        settings.attachments.retention = deskside_proto::AttachmentRetention::Keep { days: Some(10) };
    })
    .await;
    let numbers: Statistics = app.get(&format!("{path}{query}"), Some(&admin.token)).await.json();
    let frees: Vec<_> =
        numbers.frees.iter().map(|day| (day.at.0 - midnight, day.bytes, day.files, day.sessions)).collect();
    assert_eq!(frees, [(10 * DAY, 12, 1, 0)]);
    for (query, code) in [
        ("?offset_minutes=2000", "invalid_input"),
        ("?from=5&to=4", "invalid_input"),
        ("?from=0", "invalid_input"),
        ("?from=-1&to=4", "invalid_input"),
        ("?to=9223372036854775807&from=9223372036854775807", "invalid_input"),
        ("?from=x", "malformed"),
    ] {
        let reply = app.get(&format!("{path}{query}"), Some(&admin.token)).await;
        assert_eq!(reply.code(), code, "{query}");
    }
    let foreign = app.technician().await;
    assert_eq!(app.get(&path, Some(&tess.token)).await.status, 403);
    assert_eq!(app.get(&path, Some(&foreign.token)).await.status, 404);
    assert_eq!(app.get(&path, None).await.status, 401);
    drop(after);
}

fn members(zip: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
    let read = |n| {
        let mut file = archive.by_index(n).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        (file.name().unwrap().into_owned(), bytes)
    };
    (0..zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap().len()).map(read).collect()
}

/// Row Z16, research S02: whole sessions as one archive, which nothing can break out of.
#[tokio::test]
async fn sessions_are_taken_as_one_archive() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let admin = app.person(tess.org, OrgRole::Admin, "Ada").await;
    let olaf = app.person(tess.org, OrgRole::TechnicianOwn, "Olaf").await;
    let foreign = app.technician().await;
    let mut made = Vec::new();
    for _ in 0..2 {
        let path = format!("/api/v1/orgs/{}/sessions", tess.org);
        let reply = app.post(&path, Some(&tess.token), json!({ "title": "../Printer: on/fire" })).await;
        let session: deskside_proto::api::CreatedSession = reply.json();
        let id = session.session.id;
        let mut socket = app.enter(id, &tess.token).await;
        let one = app.upload(id, &tess.token, "a.txt", b"one").await;
        let two = app.upload(id, &tess.token, "A.txt", b"two").await;
        offer(&app, &mut socket, "files", vec![one, two]).await;
        let report = format!("/api/v1/orgs/{}/files/{id}/report", tess.org);
        let request = app.request(reqwest::Method::PUT, &report, Some(&tess.token));
        let saved = request.json(&json!({ "outcome": "solved", "notes": "fine" })).send().await.unwrap();
        assert_eq!(saved.status(), 200);
        assert!(app.end(&tess, id).await.status.is_success());
        made.push(id);
    }
    let files = format!("/api/v1/orgs/{}/files", tess.org);
    let sealed = async {
        let path = format!("{files}/{}/transcript", made[1]);
        while app.get(&path, Some(&tess.token)).await.status != 200 {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, sealed).await.expect("no transcript");
    let one = app.get(&format!("{files}/{}/archive.zip", made[1]), Some(&tess.token)).await;
    assert_eq!((one.status.as_u16(), one.header("content-type")), (200, "application/zip"));
    assert!(one.header("content-disposition").starts_with("attachment"));
    let inside = members(&one.body);
    let names: Vec<&str> = inside.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"transcript.txt") && names.contains(&"report.txt"), "{names:?}");
    assert!(inside.contains(&("files/a.txt".to_owned(), b"one".to_vec())), "{names:?}");
    assert!(inside.contains(&("files/A (2).txt".to_owned(), b"two".to_vec())), "{names:?}");
    let both = format!("{}.zip?sessions={},{},{}", files, made[0], made[1], made[0]);
    let both = members(&app.get(&both, Some(&admin.token)).await.body);
    let folders: std::collections::BTreeSet<&str> =
        both.iter().filter_map(|(name, _)| name.split_once('/').map(|(folder, _)| folder)).collect();
    assert_eq!(folders.len(), 2, "{both:?}");
    assert!(folders.iter().all(|folder| folder.contains(" .._Printer_ on_fire")), "{folders:?}");
    for (who, query, token, expected) in [
        ("nobody", format!("{files}/{}/archive.zip", made[0]), None, 401),
        ("of own sessions", format!("{files}/{}/archive.zip", made[0]), Some(&olaf.token), 404),
        ("another organisation", format!("{files}/{}/archive.zip", made[0]), Some(&foreign.token), 404),
        ("of own sessions", format!("{files}.zip?sessions={}", made[0]), Some(&olaf.token), 404),
        ("another organisation", format!("{files}.zip?sessions={}", made[0]), Some(&foreign.token), 404),
        ("no id", format!("{files}.zip?sessions=x"), Some(&tess.token), 422),
        ("nothing", format!("{files}.zip?sessions="), Some(&tess.token), 422),
    ] {
        let reply = app.get(&query, token.map(String::as_str)).await;
        assert_eq!(reply.status.as_u16(), expected, "{who}: {query}");
    }
    let audit: AuditPage =
        app.get(&format!("/api/v1/orgs/{}/audit", tess.org), Some(&admin.token)).await.json();
    let taken = audit.items.iter().filter(|item| item.action == AuditAction::ArchiveDownloaded);
    assert_eq!(taken.count(), 3);
}
