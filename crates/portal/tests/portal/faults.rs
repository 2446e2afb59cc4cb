//! A store that fails: said so, survived, and nothing acknowledged that is not there.

use std::sync::{Arc, atomic::Ordering};

use deskside_portal::{
    mailbox::{Mailbox, Outgoing},
    writer::WriteError,
};
use deskside_proto::{ClientMessage, ErrorCode, EventBody, EventId};
use deskside_store::{Append, Caller, Store as _};

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

/// N14: what came right behind something that was not written is not written before it.
#[tokio::test]
async fn what_comes_behind_a_failed_append_does_not_overtake_it() {
    let store = Arc::new(Faulty::new());
    let app = TestApp::start_with(store.clone(), |_| {}).await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    drop(app.enter(session.id, &tess.token).await);
    let user =
        store.signed_in(deskside_portal::secret::hash(&tess.token), app.now()).await.unwrap().unwrap().user;
    let people = store.session(Caller::User(user), session.id).await.unwrap().unwrap().participants;
    let said = || Append {
        session: session.id,
        id: EventId::new(app.now(), app.app.env.random()),
        sender: Some(people[0].id),
        txn_id: Some(app.txn()),
        at: app.now(),
        visibility: deskside_proto::Visibility::All,
        body: EventBody::MessagePosted(deskside_proto::MessagePosted::default()),
        effects: vec![],
    };
    let connection = || Arc::new(Mailbox::new(1));
    let write = async |connection: &Arc<Mailbox>| {
        let txn_id = app.txn();
        app.app.writer.place().await.unwrap().submit(said(), connection.clone(), txn_id);
        match connection.take().await {
            Outgoing::Answer { result, .. } => result.map(|written| written.seq),
            other => panic!("{other:?}"),
        }
    };
    let first = connection();
    for (broken, connection, expected) in [
        (false, &first, Ok(2)),
        (true, &first, Err(WriteError::NotWritten(ErrorCode::Unavailable))),
        (false, &first, Err(WriteError::NotWritten(ErrorCode::Unavailable))),
        (false, &connection(), Ok(3)),
    ] {
        store.no_append.store(broken, Ordering::SeqCst);
        assert_eq!(write(connection).await, expected);
    }
}
