//! Bad input on the socket: a clear code, then the end; nothing lost.

use std::{sync::Arc, time::Duration};

use deskside_proto::ClientMessage;
use deskside_store::memory::MemoryStore;

use crate::harness::{PATIENCE, TestApp, post};

#[tokio::test]
async fn each_bad_first_frame_has_its_code() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    let cases: [(&str, &str); 6] = [
        (r#"{"type":"ping","nonce":1}"#, "hello_expected"),
        (r#"{"type":"hello","protocol":99,"resume_after":0}"#, "unsupported_protocol"),
        (r#"{"type":"hello","protocol":1}"#, "malformed"),
        (r#"{"type":"warp"}"#, "malformed"),
        ("{", "malformed"),
        ("", "malformed"),
    ];
    for (frame, code) in cases {
        let mut socket = app.connect(session.id, &tess.token).await;
        socket.send_text(frame).await;
        assert_eq!(socket.error().await, code, "{frame:?}");
    }
}

#[tokio::test]
async fn silence_instead_of_hello_ends() {
    let change =
        |config: &mut deskside_portal::Config| config.socket.hello_timeout = Duration::from_millis(100);
    let app = TestApp::start_with(Arc::new(MemoryStore::new()), change).await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    let mut socket = app.connect(session.id, &tess.token).await;
    assert_eq!(socket.error().await, "hello_expected");
}

#[tokio::test]
async fn malformed_and_oversized_frames_end_the_connection_and_lose_nothing() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    let huge = format!(r#"{{"type":"typing","x":"{}"}}"#, "y".repeat(300 * 1024));
    let cases = [
        (huge.as_str(), "frame_too_large"),
        ("not json", "malformed"),
        (r#"{"type":"hello","protocol":1,"resume_after":0}"#, "malformed"),
    ];
    for (frame, code) in cases {
        let mut socket = app.enter(session.id, &tess.token).await;
        let seq = socket.say(app.txn(), "kept").await;
        socket.send_text(frame).await;
        assert_eq!(socket.error().await, code);
        let mut again = app.connect(session.id, &tess.token).await;
        let (_, _, head) = again.hello(seq - 1).await;
        assert_eq!(head, seq);
        assert_eq!(again.event(seq).await.seq, seq);
    }
    let mut socket = app.enter(session.id, &tess.token).await;
    socket.send_binary(b"\0\x01").await;
    assert_eq!(socket.error().await, "malformed");
}

/// Beyond what the transport takes at all, the connection ends; the portal lives.
#[tokio::test]
async fn an_absurd_frame_is_never_taken_into_memory() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    let mut socket = app.enter(session.id, &tess.token).await;
    let text = "x".repeat(3 * 1024 * 1024);
    let send = tokio::time::timeout(PATIENCE, async {
        // The portal may hang up in the middle of it.
        let frame = ClientMessage::Send { txn_id: app.txn(), command: post(&text) };
        let _ = socket.try_send(&frame).await;
        while socket.next().await.is_some() {}
    });
    send.await.unwrap();
    app.enter(session.id, &tess.token).await.say(app.txn(), "still here").await;
}

/// Research S23: a page of another site cannot open the socket with somebody's cookie.
#[tokio::test]
async fn another_sites_socket_is_refused() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    let cookie = format!("__Host-deskside={}", tess.token);
    let connect = |origin: Option<String>| {
        let (app, cookie) = (&app, cookie.clone());
        async move {
            let mut headers = vec![("cookie", cookie.as_str())];
            headers.extend(origin.as_deref().map(|origin| ("origin", origin)));
            app.try_connect(session.id, &headers).await.err()
        }
    };
    assert_eq!(connect(Some("https://evil.example".to_owned())).await, Some(403));
    assert_eq!(connect(None).await, Some(403));
    assert_eq!(connect(Some(app.url.clone())).await, None);
}

#[tokio::test]
async fn strangers_and_foreigners_do_not_get_a_socket() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    let foreign = app.technician().await;
    let bearer = |token: &str| format!("Bearer {token}");
    assert_eq!(app.try_connect(session.id, &[]).await.err(), Some(401));
    assert_eq!(app.try_connect(session.id, &[("authorization", "Bearer dsu_0000")]).await.err(), Some(401));
    assert_eq!(
        app.try_connect(session.id, &[("authorization", &bearer(&foreign.token))]).await.err(),
        Some(404)
    );
}

/// Whoever does not read is dropped and resumes; the others go on (research S24).
#[tokio::test]
async fn a_slow_consumer_is_dropped_and_loses_nothing() {
    let change = |config: &mut deskside_portal::Config| config.socket.queue = 4;
    let app = TestApp::start_with(Arc::new(MemoryStore::new()), change).await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (token, _) = app.join(&join, "Carl").await;
    let mut slow = app.connect(session.id, &token).await;
    let (_, _, head) = slow.hello(0).await;
    slow.log_until(head).await;
    let text = "z".repeat(20_000);
    let mut technician = app.enter(session.id, &tess.token).await;
    let mut last = 0;
    // More than the buffers of both ends can hold.
    for _ in 0..1_000 {
        last = technician.say(app.txn(), &text).await;
    }
    let mut read = head;
    while let Some(message) = slow.next().await {
        if let deskside_proto::ServerMessage::Log { entries } = message {
            for entry in entries {
                assert_eq!(entry.seq(), read + 1);
                read = entry.seq();
            }
        }
    }
    assert!(read < last, "it was dropped on the way: {read} of {last}");
    let mut again = app.connect(session.id, &token).await;
    again.hello(read).await;
    let rest = again.log_until(last).await;
    assert_eq!((rest[0].seq(), rest.len() as u64), (read + 1, last - read));
}

#[tokio::test]
async fn a_stopping_portal_says_goodbye() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    let mut socket = app.enter(session.id, &tess.token).await;
    let stopping = tokio::spawn(app.stop());
    while socket.next().await.is_some() {}
    stopping.await.unwrap();
}
