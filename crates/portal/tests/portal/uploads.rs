//! tus uploads: continued, refused, never lost (row N01).

use std::{sync::Arc, time::Duration};

use deskside_proto::{Command, EventBody};
use deskside_store::memory::MemoryStore;
use reqwest::Method;
use serde_json::Value;

use crate::harness::{Reply, TestApp};

async fn offset(app: &TestApp, path: &str, token: &str) -> (u16, String) {
    let request = app.request(Method::HEAD, path, Some(token)).header("tus-resumable", "1.0.0");
    let reply = Reply::of(request.send().await.unwrap()).await;
    (reply.status.as_u16(), reply.header("upload-offset").to_owned())
}

/// Row N01, both ways: upload, message, bytes.
#[tokio::test]
async fn a_file_goes_from_either_side_to_the_other() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (carl, _) = app.join(&join, "Carl").await;
    for (from, to) in [(&tess.token, &carl), (&carl, &tess.token)] {
        let mut sender = app.enter(session.id, from).await;
        let id = app.upload(session.id, from, "Grüße.txt", "hello ä".as_bytes()).await;
        let offer = Command::PostMessage {
            text: String::new(),
            reply_to: None,
            attachments: vec![id],
            mentions: vec![],
            private: false,
        };
        let seq = sender.command(app.txn(), offer).await.unwrap();
        let EventBody::MessagePosted(message) = sender.event(seq).await.body else { panic!("no message") };
        assert_eq!(
            (message.attachments[0].name.as_str(), message.attachments[0].media_type.as_str()),
            ("Grüße.txt", "text/plain")
        );
        let got = app.get(&format!("/api/v1/sessions/{}/attachments/{id}", session.id), Some(to)).await;
        assert_eq!((got.status.as_u16(), got.body), (200, "hello ä".as_bytes().to_vec()));
    }
}

#[tokio::test]
async fn an_upload_continues_where_it_was_cut() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (token, _) = app.join(&join, "Carl").await;
    let created = app.create_upload(session.id, &token, "a.bin", 10).await;
    assert_eq!((created.status.as_u16(), created.header("tus-resumable")), (201, "1.0.0"));
    let path = created.header("location");
    assert_eq!(offset(&app, path, &token).await, (200, "0".to_owned()));
    assert_eq!(app.patch(path, &token, 0, "12345").await.header("upload-offset"), "5");

    let wrong = app.patch(path, &token, 3, "xx").await;
    assert_eq!((wrong.status.as_u16(), wrong.code()), (409, "upload_offset_mismatch"));
    // The body breaks off after two bytes: those are kept.
    let broken =
        futures_util::StreamExt::then(futures_util::stream::iter([true, false]), |arrives| async move {
            if arrives {
                return Ok("67");
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
            Err(std::io::Error::other("cut"))
        });
    let request = app
        .request(Method::PATCH, path, Some(&token))
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", "5")
        .header("content-type", "application/offset+octet-stream")
        .body(reqwest::Body::wrap_stream(broken));
    assert!(request.send().await.is_err());
    let kept = async {
        while offset(&app, path, &token).await.1 != "7" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), kept).await.unwrap();

    let answer: Value = serde_json::from_slice(&created.body).unwrap();
    let id = answer["attachment_id"].as_str().unwrap().parse().unwrap();
    let offer = Command::PostMessage {
        text: String::new(),
        reply_to: None,
        attachments: vec![id],
        mentions: vec![],
        private: false,
    };
    let mut socket = app.enter(session.id, &token).await;
    assert_eq!(socket.command(app.txn(), offer.clone()).await, Err("upload_incomplete"));
    assert_eq!(app.patch(path, &token, 7, "890").await.status, 204);
    assert!(socket.command(app.txn(), offer).await.is_ok());
    let got = app.get(&format!("/api/v1/sessions/{}/attachments/{id}", session.id), Some(&token)).await;
    assert_eq!(got.body, b"1234567890");
}

#[tokio::test]
async fn tus_is_spoken_to_the_letter() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (token, _) = app.join(&join, "Carl").await;
    let uploads = format!("/api/v1/sessions/{}/uploads", session.id);
    let options = Reply::of(app.request(Method::OPTIONS, &uploads, None).send().await.unwrap()).await;
    assert_eq!(
        (options.status.as_u16(), options.header("tus-version"), options.header("tus-extension")),
        (204, "1.0.0", "creation,termination,expiration,checksum")
    );
    let create = || app.request(Method::POST, &uploads, Some(&token)).header("upload-length", "3");
    let no_version = Reply::of(create().send().await.unwrap()).await;
    assert_eq!((no_version.status.as_u16(), no_version.header("tus-version")), (412, "1.0.0"));
    // Some clients send the header without anything in it.
    let empty = create().header("tus-resumable", "1.0.0").header("upload-metadata", "");
    let empty = Reply::of(empty.send().await.unwrap()).await;
    assert_eq!(empty.status, 201);
    let path = empty.header("location");
    let wrong_type = app.request(Method::PATCH, path, Some(&token)).header("tus-resumable", "1.0.0");
    assert_eq!(wrong_type.header("upload-offset", "0").body("abc").send().await.unwrap().status(), 415);
}

#[tokio::test]
async fn one_writer_at_a_time_and_silence_frees_the_upload() {
    let change = |config: &mut deskside_portal::Config| config.upload_idle = Duration::from_millis(700);
    let app = TestApp::start_with(Arc::new(MemoryStore::new()), change).await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (token, _) = app.join(&join, "Carl").await;
    let created = app.create_upload(session.id, &token, "a.bin", 4).await;
    let path = created.header("location");
    let stalled = futures_util::StreamExt::chain(
        futures_util::stream::iter([Ok::<_, std::io::Error>("12")]),
        futures_util::stream::pending(),
    );
    let first = app.patch(path, &token, 0, reqwest::Body::wrap_stream(stalled));
    let second = async {
        tokio::time::sleep(Duration::from_millis(250)).await;
        app.patch(path, &token, 0, "1234").await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!((second.status.as_u16(), second.code()), (423, "upload_locked"));
    assert_eq!((first.status.as_u16(), first.code()), (408, "slow_consumer"));
    assert_eq!(app.patch(path, &token, 2, "34").await.status, 204);
}

/// An upload is its sender's own affair.
#[tokio::test]
async fn nobody_else_continues_an_upload() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (carl, _) = app.join(&join, "Carl").await;
    let (cleo, _) = app.join(&join, "Cleo").await;
    let created = app.create_upload(session.id, &carl, "a.bin", 4).await;
    let path = created.header("location");
    for token in [&cleo, &tess.token] {
        assert_eq!(offset(&app, path, token).await.0, 404);
        assert_eq!(app.patch(path, token, 0, "1234").await.code(), "not_found");
    }
    assert_eq!(
        app.request(Method::HEAD, path, None).header("tus-resumable", "1.0.0").send().await.unwrap().status(),
        401
    );
}

/// Finishing that a crash cut short is done by the next look.
#[tokio::test]
async fn a_complete_but_unfinished_upload_is_healed() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (token, _) = app.join(&join, "Carl").await;
    let created = app.create_upload(session.id, &token, "a.bin", 4).await;
    let answer: Value = created.json();
    let id: deskside_proto::UploadId = answer["upload_id"].as_str().unwrap().parse().unwrap();
    std::fs::write(app.app.uploads.path(id), b"1234").unwrap();
    app.app.store.set_upload_offset(id, 4, app.app.env.now()).await.unwrap();
    assert_eq!(offset(&app, created.header("location"), &token).await, (200, "4".to_owned()));
    let attachment = answer["attachment_id"].as_str().unwrap().parse().unwrap();
    let offer = Command::PostMessage {
        text: String::new(),
        reply_to: None,
        attachments: vec![attachment],
        mentions: vec![],
        private: false,
    };
    assert!(app.enter(session.id, &token).await.command(app.txn(), offer).await.is_ok());
}
