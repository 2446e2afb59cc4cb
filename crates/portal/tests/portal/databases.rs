//! The main job on each database, with a restart in the middle (rows N01, N08, Z14).

use std::sync::Arc;

use deskside_portal::database::Place;
use deskside_proto::{Command, LogEntry, ServerMessage, api::FilesPage};

use crate::harness::{TestApp, post};

async fn start(folder: &Arc<tempfile::TempDir>, database: &Place) -> TestApp {
    TestApp::start_in(folder.clone(), database.open().await.unwrap(), |_| {}).await
}

#[tokio::test]
async fn a_session_survives_a_restart_and_leaves_its_transcript() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let database = Place::new(folder.path(), None).unwrap();
    main_job(folder, database).await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_session_survives_a_restart_on_postgres() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let scratch = deskside_scratch_postgres::Server::shared().database().unwrap();
    let url = scratch.url().parse().unwrap();
    main_job(folder.clone(), Place::new(folder.path(), Some(&url)).unwrap()).await;
    assert!(!folder.path().join("deskside.db").exists(), "all of it was on the server");
}

async fn main_job(folder: Arc<tempfile::TempDir>, database: Place) {
    let app = start(&folder, &database).await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (token, carl) = app.join_by(&join.code, "Carl").await;
    let mut technician = app.enter(session.id, &tess.token).await;
    let admit = format!("/api/v1/sessions/{}/participants/{}/admit", session.id, carl.id);
    assert_eq!(app.post(&admit, Some(&tess.token), serde_json::json!({})).await.status, 200);
    let mut customer = app.enter(session.id, &token).await;
    let txn = app.txn();
    let seq = customer.say(txn, "my printer smokes").await;
    let id = app.upload(session.id, &token, "smoke.txt", b"puff").await;
    let offer = Command::PostMessage {
        text: "look".to_owned(),
        reply_to: None,
        attachments: vec![id],
        mentions: vec![],
        private: false,
    };
    let last = customer.command(app.txn(), offer).await.unwrap();
    technician.log_until(last).await;
    app.stop().await;

    let app = start(&folder, &database).await;
    let mut customer = app.connect(session.id, &token).await;
    let (you, _, head) = customer.hello(0).await;
    assert_eq!((you.id, head), (carl.id, last), "the same participant, the same log");
    let log = customer.log_until(last).await;
    assert_eq!(log.iter().map(LogEntry::seq).collect::<Vec<_>>(), (1..=last).collect::<Vec<_>>());
    assert_eq!(customer.command(txn, post("my printer smokes")).await, Ok(seq), "sent again, there once");
    let path = format!("/api/v1/sessions/{}/attachments/{id}", session.id);
    assert_eq!(app.get(&path, Some(&tess.token)).await.body, b"puff");

    let mut technician = app.enter(session.id, &tess.token).await;
    assert_eq!(app.end(&tess, session.id).await.status, 200);
    technician.until(|message| matches!(message, ServerMessage::Sealed { .. }).then_some(())).await;
    let files: FilesPage =
        app.get(&format!("/api/v1/orgs/{}/files", tess.org), Some(&tess.token)).await.json();
    let entry = &files.entries[0];
    assert_eq!((entry.message_count, entry.attachment_count), (2, 1));
    let path = format!("/api/v1/orgs/{}/files/{}/transcript", tess.org, session.id);
    let text = String::from_utf8(app.get(&path, Some(&tess.token)).await.body).unwrap();
    assert!(
        text.contains("Carl (customer):\r\n    my printer smokes") && text.contains("smoke.txt"),
        "{text}"
    );
}
