//! A store that fails: said so, survived, and nothing acknowledged that is not there.

use std::sync::{Arc, atomic::Ordering};

use deskside_proto::ClientMessage;

use crate::{
    faulty::Faulty,
    harness::{TestApp, post},
};

#[tokio::test]
async fn a_writer_error_reaches_its_callers_and_the_writer_lives() {
    let store = Arc::new(Faulty::new());
    let app = TestApp::start_with(store.clone(), |_| {}).await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    let txn = app.txn();
    for fault in [&store.no_append, &store.panic] {
        let mut socket = app.enter(session.id, &tess.token).await;
        fault.store(true, Ordering::SeqCst);
        socket.send(&ClientMessage::Send { txn_id: txn, command: post("kept by the client") }).await;
        // Not refused for good: the client sends it again after it reconnects.
        assert!(["unavailable", "internal"].contains(&socket.error().await));
        let ended = app.end(&tess, session.id).await;
        assert!([503, 500].contains(&ended.status.as_u16()), "{}", ended.status);
        fault.store(false, Ordering::SeqCst);
    }
    let mut socket = app.enter(session.id, &tess.token).await;
    let seq = socket.say(txn, "kept by the client").await;
    assert_eq!(seq, 2, "after the technician's own coming in, nothing else was written");
}

#[tokio::test]
async fn a_full_disk_is_told_to_the_person() {
    let store = Arc::new(Faulty::new());
    let app = TestApp::start_with(store.clone(), |_| {}).await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    let mut socket = app.enter(session.id, &tess.token).await;
    store.full.store(true, Ordering::SeqCst);
    assert_eq!(socket.command(app.txn(), post("no room")).await, Err("storage_full"));
    store.full.store(false, Ordering::SeqCst);
    assert_eq!(socket.command(app.txn(), post("room again")).await, Ok(2));
}
