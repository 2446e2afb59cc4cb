//! A session that nobody looks at: it goes on, is heard, and can be looked at again.
#![expect(clippy::unwrap_used, reason = "a panic is a test's failure report")]

#[expect(dead_code, reason = "the rest of it is for the tests of the driver")]
mod common;

use std::time::Duration;

use common::{ME, Portal, SESSION, post};
use deskside_client::{
    driver::{Heard, Over},
    journal::Journal,
};
use deskside_proto::{
    EndReason, Event, EventBody, EventId, LogEntry, MessagePosted, Millis, ParticipantId, ReadMark, Seq,
    ServerMessage, Visibility,
};
use deskside_session::Intent;
use tempfile::TempDir;
use tokio::sync::mpsc;

const CARL: ParticipantId = ParticipantId([9; 16]);
const PATIENCE: Duration = Duration::from_secs(20);

async fn journal() -> (TempDir, Journal) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).await.unwrap();
    (folder, journal)
}

fn log(seq: Seq, body: EventBody) -> ServerMessage {
    let event = Event {
        seq,
        id: EventId([seq as u8; 16]),
        sender: Some(CARL),
        at: Millis(1),
        visibility: Visibility::All,
        txn_id: None,
        body,
    };
    ServerMessage::Log { entries: vec![LogEntry::Event(event)] }
}

fn said(seq: Seq, text: &str) -> ServerMessage {
    log(seq, EventBody::MessagePosted(MessagePosted { text: text.to_owned(), ..Default::default() }))
}

/// Listens until `found` holds; the texts of all alerts on the way.
async fn hear(ear: &mut mpsc::Receiver<Heard>, found: impl Fn(&Heard) -> bool) -> Vec<String> {
    let search = async {
        let mut texts = Vec::new();
        loop {
            let heard = ear.recv().await.expect("an open session");
            texts.extend(heard.alerts.iter().map(|alert| alert.text.clone()));
            if found(&heard) {
                return texts;
            }
        }
    };
    tokio::time::timeout(PATIENCE, search).await.expect("it is heard")
}

/// The view is gone: messages go out and come in all the same, and the next view begins with everything.
#[tokio::test]
async fn a_session_goes_on_while_nobody_looks() {
    let ((_folder, journal), portal) = (journal().await, Portal::start().await);
    let (session, mut view) = portal.open(&journal).await;
    let mut ear = session.listen().await.unwrap();
    let mut peer = portal.accept().await;
    peer.welcome(0).await;
    view.until_online().await;
    drop(view);
    peer.say(&said(1, "one")).await;
    peer.say(&said(2, "two")).await;
    assert_eq!(hear(&mut ear, |heard| heard.unread == 2).await, ["one", "two"]);
    session.intent(post("mine")).await.unwrap();
    let (txn_id, _) = peer.next_post().await;
    peer.take(3, txn_id, "mine").await;

    let mut view = common::View::new(session.look().await.unwrap());
    view.until_online().await;
    view.until_items("everything that was said", |items| items.len() == 3).await;
    peer.say(&said(4, "four")).await;
    view.until_items("what is said from now on", |items| items.len() == 4).await;
    assert!(!session.is_over());
}

/// Read here or on another device: it is not unread any more, and no news.
#[tokio::test]
async fn what_was_read_is_no_news() {
    let ((_folder, journal), portal) = (journal().await, Portal::start().await);
    let (session, mut view) = portal.open(&journal).await;
    let mut ear = session.listen().await.unwrap();
    let mut peer = portal.accept().await;
    peer.welcome(1).await;
    view.until_online().await;
    peer.say(&said(1, "from before")).await;
    peer.say(&said(2, "new")).await;
    assert_eq!(hear(&mut ear, |heard| heard.unread == 2).await, ["new"], "what is old is unread, not news");
    session.intent(Intent::Read { seq: 1 }).await.unwrap();
    hear(&mut ear, |heard| heard.unread == 1).await;
    peer.say(&ServerMessage::Read { marks: vec![ReadMark { participant_id: ME, seq: 2 }] }).await;
    hear(&mut ear, |heard| heard.unread == 0).await;
    peer.say(&log(3, EventBody::SessionEnded { reason: EndReason::EndedByTechnician })).await;
    hear(&mut ear, |heard| heard.over == Some(Over::Ended)).await;
    assert!(session.is_over());
}

/// A mute is one account's in one session, and outlives a restart.
#[tokio::test]
async fn a_mute_is_kept() {
    let ((folder, journal), portal) = (journal().await, Portal::start().await);
    let place = portal.access().place(SESSION);
    assert!(!journal.muted(&place).await.unwrap());
    for _ in 0..2 {
        journal.set_muted(&place, true).await.unwrap();
    }
    let mut other = place.clone();
    other.account = "user:somebody-else".into();
    assert!(!journal.muted(&other).await.unwrap());
    journal.close().await;
    let journal = Journal::open(folder.path()).await.unwrap();
    assert!(journal.muted(&place).await.unwrap());
    journal.set_muted(&place, false).await.unwrap();
    assert!(!journal.muted(&place).await.unwrap());
}
