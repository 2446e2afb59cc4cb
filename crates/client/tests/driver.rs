//! The driver against a portal that does what it is told.
#![expect(clippy::unwrap_used, reason = "a panic is a test's failure report")]

mod common;

use std::time::{Duration, Instant};

use common::{Portal, SESSION, post};
use deskside_client::{ClientError, journal::Journal};
use deskside_proto::{ClientMessage, Command, ErrorCode, EventBody};
use deskside_session::{ConnectionState, Intent, ViewUpdate};
use deskside_timeline::{ItemKind, Target, TimelineItem};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

async fn journal() -> (TempDir, Journal) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).await.unwrap();
    (folder, journal)
}

/// A message is on disk before it is on the wire, and leaves the disk with its acknowledgement.
#[tokio::test]
async fn a_message_is_kept_before_it_is_sent() {
    let ((_folder, journal), portal) = (journal().await, Portal::start().await);
    let (session, mut view) = portal.open(&journal).await;
    let mut peer = portal.accept().await;
    assert_eq!(peer.welcome(0).await, 0);
    view.until_online().await;
    session.intent(post("hello")).await.unwrap();
    let (txn_id, text) = peer.next_post().await;
    assert_eq!(text, "hello");
    let kept = journal.outbox(&portal.access().place(SESSION)).await.unwrap();
    assert_eq!(kept.iter().map(|message| message.txn_id).collect::<Vec<_>>(), [txn_id]);
    assert_eq!(session.attachments().stored_max_bytes, 1_000, "as the portal said");
    peer.take(1, txn_id, "hello").await;
    view.until_unsent(0).await;
    assert_eq!(journal.outbox(&portal.access().place(SESSION)).await.unwrap(), []);
}

/// What was sent but not acknowledged goes again, under the same name, on the next connection, which resumes after the log.
#[tokio::test]
async fn unacknowledged_messages_go_again_under_the_same_name() {
    let ((_folder, journal), portal) = (journal().await, Portal::start().await);
    let (session, mut view) = portal.open(&journal).await;
    let mut peer = portal.accept().await;
    peer.welcome(0).await;
    view.until_online().await;
    for text in ["one", "two"] {
        session.intent(post(text)).await.unwrap();
    }
    let first = peer.next_post().await;
    let second = peer.next_post().await;
    peer.take(1, first.0, "one").await;
    view.until_unsent(1).await;
    drop(peer);
    let mut peer = portal.accept().await;
    assert_eq!(peer.welcome(1).await, 1, "resumes after what it has");
    assert_eq!(peer.next_post().await, second);
    peer.take(2, second.0, "two").await;
    view.until_unsent(0).await;
}

/// Written offline, killed, started again: sent once, in order.
#[tokio::test]
async fn a_restart_sends_what_was_written_offline() {
    let (folder, first) = journal().await;
    let portal = Portal::start().await;
    let (session, _view) = portal.open(&first).await;
    for text in ["one", "two", "three"] {
        session.intent(post(text)).await.unwrap();
    }
    // The connection of the first start never gets an answer.
    let unanswered = portal.accept_tcp().await;
    session.close().await;
    first.close().await;
    drop(unanswered);

    let second = Journal::open(folder.path()).await.unwrap();
    let (_session, mut view) = portal.open(&second).await;
    view.until_unsent(3).await;
    let mut peer = portal.accept().await;
    peer.welcome(0).await;
    for (seq, expected) in [(1, "one"), (2, "two"), (3, "three")] {
        let (txn_id, text) = peer.next_post().await;
        assert_eq!(text, expected);
        peer.take(seq, txn_id, &text).await;
    }
    view.until_unsent(0).await;
}

/// One account's outbox is never sent as another's.
#[tokio::test]
async fn outboxes_of_two_accounts_stay_apart() {
    let ((_folder, journal), portal) = (journal().await, Portal::start().await);
    let (session, _view) = portal.open(&journal).await;
    session.intent(post("mine")).await.unwrap();
    session.close().await;
    let mut other = portal.access().place(SESSION);
    other.account = "user:somebody-else".into();
    assert_eq!(journal.outbox(&other).await.unwrap(), []);
    assert_eq!(journal.outbox(&portal.access().place(SESSION)).await.unwrap().len(), 1);
}

/// A refused upgrade reaches the person with the portal's code; a final one ends the attempts.
#[tokio::test]
async fn a_refused_upgrade_is_told() {
    let ((_folder, journal), portal) = (journal().await, Portal::start().await);
    let (_session, mut view) = portal.open(&journal).await;
    portal.refuse("503 Service Unavailable", "").await;
    portal.refuse("403 Forbidden", r#"{"code":"removed_from_session","message":"Out."}"#).await;
    let update = view
        .until("closed", |update| {
            matches!(update, ViewUpdate::Connection { state: ConnectionState::Closed { .. } })
        })
        .await;
    let expected =
        ConnectionState::Closed { code: ErrorCode::RemovedFromSession, message: "Out.".to_owned() };
    assert_eq!(update, ViewUpdate::Connection { state: expected });
    let another = tokio::time::timeout(Duration::from_secs(2), portal.accept_tcp()).await;
    assert!(another.is_err(), "no further attempt");
}

/// A portal that says nothing more is noticed by its silence, not by TCP.
#[tokio::test]
async fn a_half_open_connection_is_given_up() {
    let ((_folder, journal), portal) = (journal().await, Portal::start().await);
    let (session, mut view) = portal.open(&journal).await;
    let mut silent = portal.accept().await;
    silent.welcome(0).await;
    view.until_online().await;
    session.intent(post("anybody there?")).await.unwrap();
    let sent = silent.next_post().await;
    let since = Instant::now();
    let mut peer = portal.accept().await;
    assert!(since.elapsed() > Duration::from_secs(5), "given up by {:?} of silence", since.elapsed());
    peer.welcome(0).await;
    assert_eq!(peer.next_post().await, sent);
}

/// A disk that takes nothing: the message is neither sent nor shown, and the person is told.
#[tokio::test]
async fn a_message_that_is_not_kept_is_not_sent() {
    let ((_folder, journal), portal) = (journal().await, Portal::start().await);
    let (session, mut view) = portal.open(&journal).await;
    let mut peer = portal.accept().await;
    peer.welcome(0).await;
    view.until_online().await;
    journal.close().await;
    let outcome = session.intent(post("lost?")).await;
    assert!(matches!(outcome, Err(ClientError::NotKept(_))), "{outcome:?}");
    session.intent(Intent::Typing).await.unwrap();
    assert_eq!(peer.next().await, ClientMessage::Typing, "nothing came before it");
}

/// The disk of `folder` takes `what` no more, or again.
async fn disk(folder: &TempDir, what: &str, full: bool) {
    let file = SqliteConnectOptions::new().filename(folder.path().join(deskside_client::journal::FILE));
    let mut disk = SqliteConnection::connect_with(&file).await.unwrap();
    let change = if full {
        format!(
            "CREATE TRIGGER no_{what} BEFORE {what} ON outbox BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    } else {
        format!("DROP TRIGGER no_{what}")
    };
    sqlx::raw_sql(sqlx::AssertSqlSafe(change)).execute(&mut disk).await.unwrap();
    disk.close().await.unwrap();
}

/// N14: what an older version kept is read, and what a later one kept holds up nothing and stays.
#[tokio::test]
async fn an_outbox_of_another_version_is_read_as_far_as_it_can_be() {
    let (folder, journal) = journal().await;
    let place = Portal::start().await.access().place(SESSION);
    let file = SqliteConnectOptions::new().filename(folder.path().join(deskside_client::journal::FILE));
    let mut disk = SqliteConnection::connect_with(&file).await.unwrap();
    let (old, later) = ("01890a5dac96774bbcceb302099a8057", "01890a5dac96774bbcceb302099a8058");
    let command = r#""command":{"type":"post_message","text":"before the update"}"#;
    for (txn, order, what) in [(later, 0, r#""action":{"type":"sing"}"#), (old, 1, command)] {
        sqlx::query(
            "INSERT INTO outbox (portal, account, session, txn_id, place, message) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(&place.portal)
        .bind(&place.account)
        .bind(place.session.to_string())
        .bind(txn)
        .bind(order)
        .bind(format!(r#"{{"txn_id":"{txn}","order":{order},"at":5,{what}}}"#))
        .execute(&mut disk)
        .await
        .unwrap();
    }
    let kept = journal.outbox(&place).await.unwrap();
    assert_eq!(kept.iter().map(|kept| kept.txn_id.to_string()).collect::<Vec<_>>(), [old]);
    let expected = deskside_session::Action::Post {
        text: "before the update".into(),
        reply_to: None,
        attachments: vec![],
        mentions: vec![],
        private: false,
    };
    assert_eq!(kept[0].action, expected);
    let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM outbox").fetch_one(&mut disk).await.unwrap();
    assert_eq!(rows, 2, "what cannot be read stays for the version that can");
}

/// Text, unconfirmed change and number of reactions of each message.
fn messages(items: &[TimelineItem]) -> Vec<(&str, bool, usize)> {
    let message = |item: &TimelineItem| matches!(&item.kind, ItemKind::Message(_));
    assert!(items.iter().all(message), "{items:?}");
    let shown = items.iter().filter_map(|item| match &item.kind {
        ItemKind::Message(message) => {
            Some((message.text.as_str(), message.pending_change.is_some(), message.reactions.len()))
        }
        _ => None,
    });
    shown.collect()
}

/// Z09 Z06: what the disk does not take is undone, one intent at a time, and what comes after works as ever.
#[tokio::test]
async fn an_intent_that_is_not_kept_leaves_no_trace() {
    let ((folder, journal), portal) = (journal().await, Portal::start().await);
    let (session, mut view) = portal.open(&journal).await;
    let mut peer = portal.accept().await;
    peer.welcome(0).await;
    view.until_online().await;
    session.intent(post("one")).await.unwrap();
    let (posted, _) = peer.next_post().await;
    peer.take(1, posted, "one").await;
    view.until_items("the message in the log", |items| items.len() == 1 && items[0].seq == Some(1)).await;
    disk(&folder, "INSERT", true).await;
    let target = Target::Seq(1);
    let edit = Intent::Edit { target, text: "two".into(), notify: false };
    for intent in [
        edit.clone(),
        Intent::Delete { target },
        Intent::React { target, emoji: "👍".into() },
        post("lost?"),
        Intent::Leave,
    ] {
        let outcome = session.intent(intent.clone()).await;
        assert!(matches!(outcome, Err(ClientError::NotKept(_))), "{intent:?}: {outcome:?}");
        view.until_unsent(0).await;
        assert_eq!(messages(&view.items), [("one", false, 0)], "{intent:?}");
    }
    disk(&folder, "INSERT", false).await;
    assert_eq!(journal.outbox(&portal.access().place(SESSION)).await.unwrap(), []);
    session.intent(edit).await.unwrap();
    let ClientMessage::Send { txn_id, command } = peer.next().await else { panic!("an edit") };
    let expected = Command::EditMessage { target: 1, text: "two".into(), notify: false };
    assert_eq!(command, expected, "nothing came before it");
    let body = EventBody::MessageEdited { target: 1, text: Some("two".into()), notify: false };
    peer.log(2, txn_id, body).await;
    view.until_items("the edit in the log", |items| messages(items) == [("two", false, 0)]).await;
}

/// N14: an acknowledgement that is not kept costs nothing but a second sending under the same name.
#[tokio::test]
async fn an_acknowledgement_that_is_not_kept_is_asked_for_again() {
    let ((folder, first), portal) = (journal().await, Portal::start().await);
    let (session, mut view) = portal.open(&first).await;
    let mut peer = portal.accept().await;
    peer.welcome(0).await;
    view.until_online().await;
    session.intent(post("one")).await.unwrap();
    let posted = peer.next_post().await;
    disk(&folder, "DELETE", true).await;
    peer.take(1, posted.0, "one").await;
    view.until_unsent(0).await;
    session.intent(post("two")).await.unwrap();
    assert_eq!(peer.next_post().await.1, "two", "the session goes on");
    session.close().await;
    first.close().await;
    disk(&folder, "DELETE", false).await;

    let second = Journal::open(folder.path()).await.unwrap();
    let (_session, mut view) = portal.open(&second).await;
    let mut peer = portal.accept().await;
    peer.welcome(0).await;
    assert_eq!(peer.next_post().await, posted, "the same again");
    peer.take(1, posted.0, "one").await;
    view.until_unsent(1).await;
    assert_eq!(peer.next_post().await.1, "two");
}
