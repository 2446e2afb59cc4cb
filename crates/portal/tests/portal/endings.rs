//! The end of a session and its one transcript (rows Z14, Z15, Z16, Z17).

use std::{
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use deskside_proto::{
    Command, EventBody, ServerMessage, SessionId,
    api::{FilesPage, SessionState},
};
use sha2::{Digest, Sha256};

use crate::{
    faulty::Faulty,
    harness::{PATIENCE, Person, TestApp, post},
};

async fn transcript(app: &TestApp, by: &Person, session: SessionId) -> Vec<u8> {
    let path = format!("/api/v1/orgs/{}/files/{session}/transcript", by.org);
    let ready = async {
        loop {
            let reply = app.get(&path, Some(&by.token)).await;
            if reply.status == 200 {
                return reply.body;
            }
            assert_eq!(reply.code(), "transcript_not_ready");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, ready).await.unwrap()
}

fn transcripts(app: &TestApp) -> Vec<PathBuf> {
    fn walk(folder: PathBuf, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(app.folder.path().join("blobs/transcripts"), &mut found);
    found
}

/// Rows Z14, Z15, Z16: by itself, once, beside the session, a text that opens in Notepad.
#[tokio::test]
async fn an_ended_session_leaves_exactly_one_transcript() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (token, _) = app.join(&join, "Carl").await;
    let mut customer = app.enter(session.id, &token).await;
    let mut technician = app.enter(session.id, &tess.token).await;
    customer.say(app.txn(), "my printer smokes").await;
    technician.say(app.txn(), "pull the plug\r\n[forged] line").await;
    assert_eq!(app.end(&tess, session.id).await.status, 200);
    let sealed = |message| matches!(message, ServerMessage::Sealed { .. }).then_some(());
    technician.until(sealed).await;

    let bytes = transcript(&app, &tess, session.id).await;
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.starts_with('\u{feff}') && !text.replace("\r\n", "").contains('\n'), "BOM and CR LF");
    assert!(text.contains("Carl (customer):\r\n    my printer smokes"), "{text}");
    let files: FilesPage =
        app.get(&format!("/api/v1/orgs/{}/files", tess.org), Some(&tess.token)).await.json();
    let info = files.entries[0].transcript.clone().unwrap();
    assert_eq!((info.size, info.sha256), (bytes.len() as u64, hex::encode(Sha256::digest(&bytes))));
    let expected = format!("blobs/transcripts/{}/{}/transcript.txt", tess.org, session.id);
    assert_eq!(transcripts(&app), [app.folder.path().join(expected)]);
}

#[tokio::test]
async fn after_the_end_nothing_more_is_taken() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (token, _) = app.join(&join, "Carl").await;
    let _technician = app.enter(session.id, &tess.token).await;
    let mut customer = app.enter(session.id, &token).await;
    let file = app.upload(session.id, &token, "a.txt", b"abc").await;
    let offer = Command::PostMessage {
        text: String::new(),
        reply_to: None,
        attachments: vec![file],
        mentions: vec![],
        private: false,
    };
    customer.command(app.txn(), offer).await.unwrap();
    let file = format!("/api/v1/sessions/{}/attachments/{file}", session.id);
    let txn = app.txn();
    let seq = customer.say(txn, "before").await;
    assert_eq!(app.end(&tess, session.id).await.status, 200);
    assert!(matches!(customer.event(seq + 1).await.body, EventBody::SessionEnded { .. }));
    assert_eq!(customer.command(app.txn(), post("after")).await, Err("session_ended"));
    assert_eq!(customer.command(txn, post("before")).await, Ok(seq), "a resend still gets its seq");
    assert_eq!(app.end(&tess, session.id).await.code(), "session_ended");
    let upload = app.create_upload(session.id, &token, "a.txt", 3).await;
    assert_eq!((upload.status.as_u16(), upload.code()), (409, "session_ended"));
    let renew = format!("/api/v1/sessions/{}/join", session.id);
    let renewed = app.post(&renew, Some(&tess.token), serde_json::json!({})).await;
    assert_eq!(renewed.code(), "session_ended");

    // Who was away may read the rest for a while (row Z17: and no longer).
    let mut late = app.connect(session.id, &token).await;
    late.hello(seq).await;
    assert!(matches!(late.event(seq + 1).await.body, EventBody::SessionEnded { .. }));
    assert_eq!(app.get(&file, Some(&token)).await.status, 200);
    app.advance(11 * 60 * 1000);
    assert_eq!(app.get(&file, Some(&token)).await.code(), "session_ended");
    assert_eq!(app.get(&file, Some(&tess.token)).await.status, 200, "those with Files access still can");
    let mut too_late = app.connect(session.id, &token).await;
    too_late.send_text(r#"{"type":"hello","protocol":1,"resume_after":0}"#).await;
    assert_eq!(too_late.error().await, "session_ended");
}

/// Z14: a crash between "ended" and "sealed" is healed by the next start.
#[tokio::test]
async fn a_restart_seals_what_was_left_unsealed() {
    let store = Arc::new(Faulty::new());
    let app = TestApp::start_with(store.clone(), |_| {}).await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    app.enter(session.id, &tess.token).await.say(app.txn(), "hello").await;
    store.no_seal.store(true, Ordering::SeqCst);
    assert_eq!(app.end(&tess, session.id).await.status, 200);
    let path = format!("/api/v1/orgs/{}/files/{}/transcript", tess.org, session.id);
    let reply = app.get(&path, Some(&tess.token)).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (409, "transcript_not_ready"));
    let folder = app.folder.clone();
    app.stop().await;

    store.no_seal.store(false, Ordering::SeqCst);
    let app = TestApp::start_in(folder, store, |_| {}).await;
    let text = transcript(&app, &tess, session.id).await;
    assert!(String::from_utf8(text).unwrap().contains("Tess (technician):\r\n    hello"));
    assert_eq!(transcripts(&app).len(), 1);
    let seen: deskside_proto::api::SessionView =
        app.get(&format!("/api/v1/sessions/{}", session.id), Some(&tess.token)).await.json();
    assert_eq!(seen.state, SessionState::Sealed);
}

/// A store that is out of order for a moment is tried again without a restart.
#[tokio::test]
async fn sealing_is_tried_again() {
    let store = Arc::new(Faulty::new());
    let app = TestApp::start_with(store.clone(), |_| {}).await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    app.enter(session.id, &tess.token).await.say(app.txn(), "hello").await;
    store.no_seal.store(true, Ordering::SeqCst);
    app.end(&tess, session.id).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    store.no_seal.store(false, Ordering::SeqCst);
    assert!(!transcript(&app, &tess, session.id).await.is_empty());
}
