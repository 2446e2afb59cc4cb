//! Endings and Files (rows Z14, Z15, Z17).

use deskside_proto::{
    EventBody, ParticipantState, SessionId, Visibility,
    api::{FilesEntry, SessionState, TranscriptInfo},
};

use super::world::{NOW, World};
use crate::{Append, FilesPlace, FilesQuery, Store};

/// Row Z14: exactly one transcript.
pub async fn a_session_is_sealed_once(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    assert!(!world.seal(id, 1).await, "not over yet");
    world.ends(id).await;
    assert!(world.seal(id, 2).await);
    assert!(!world.seal(id, 3).await, "the first one stands");
    assert!(!world.seal(SessionId(world.id()), 4).await);

    let sealed = world.store.session_to_seal(id).await.unwrap().unwrap();
    assert_eq!((sealed.state, sealed.ended_at), (SessionState::Sealed, Some(NOW)));
    let found = world.store.files_session(world.admin, world.org, id).await.unwrap().unwrap();
    let expected = TranscriptInfo { size: 2, sha256: "cd".repeat(32), sealed_at: NOW.plus(5) };
    assert_eq!(found.entry.transcript, Some(expected));
}

/// Row Z14: a crash between end and seal leaves something to heal.
pub async fn only_ended_sessions_wait_for_their_seal(store: impl Store) {
    let world = World::new(store).await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(world.session_by(world.technician).await);
    }
    for (n, ended_at) in [(0, 30), (1, 10), (2, 20)] {
        world.append(world.end(ids[n], NOW.plus(ended_at))).await;
    }
    assert_eq!(world.store.unsealed().await.unwrap(), [ids[1], ids[2], ids[0]], "oldest end first");
    assert!(world.seal(ids[2], 1).await);
    assert_eq!(world.store.unsealed().await.unwrap(), [ids[1], ids[0]]);
    let open = world.store.session_to_seal(ids[3]).await.unwrap().unwrap();
    assert_eq!(open.state, SessionState::Open);
    assert!(world.store.session_to_seal(SessionId(world.id())).await.unwrap().is_none());
}

/// Rows Z15, Z17.
pub async fn files_count_what_was_said_and_sent(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (tess, cora) = (world.technician(id, world.technician).await, world.customer(id).await);
    let (first, first_seq) = world.offered(id, &cora).await;
    let (second, _) = world.offered(id, &tess).await;
    world.uploaded(id, &cora).await;
    let deleted = world.append(world.message(id, &cora, "oops")).await.event.seq;
    let whisper = Append { visibility: Visibility::Technicians, ..world.message(id, &tess, "hm") };
    world.append(whisper).await;
    let entry = async || world.files(world.admin, world.org).await.remove(0);
    world.append(world.delete(id, &cora, deleted)).await;
    world.append(world.end(id, NOW.plus(60))).await;

    let expected = FilesEntry {
        session_id: id,
        title: "Printer is on fire".to_owned(),
        technicians: vec!["Tess".to_owned()],
        customers: vec!["Cora".to_owned()],
        started_at: NOW,
        ended_at: NOW.plus(60),
        message_count: 3,
        attachment_count: 2,
        stored_bytes: 2 * 4_096,
        snapshot_count: 0,
        recording_count: 0,
        held: false,
        outcome: None,
        transcript: None,
    };
    assert_eq!(entry().await, expected);
    let found = world.store.files_session(world.technician, world.org, id).await.unwrap().unwrap();
    assert_eq!(found.entry, expected);
    let listed: Vec<_> = found.attachments.iter().map(|attachment| attachment.id).collect();
    assert_eq!(listed, [first, second], "in the order of the log");
    let EventBody::MessagePosted(message) = &world.log(id).await[first_seq as usize - 1].body else {
        panic!("another kind of event")
    };
    assert_eq!(found.attachments[..1], message.attachments, "as in the log");
}

pub async fn files_name_those_who_were_let_in(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    world.waiting(id).await;
    let (gone, out) = (world.customer(id).await, world.customer(id).await);
    world.append(world.moves(id, gone.id, ParticipantState::Admitted, ParticipantState::Left)).await;
    world.removes(id, out.id).await;
    let admitted = world.waiting(id).await;
    world.append(world.moves(id, admitted.id, ParticipantState::Waiting, ParticipantState::Admitted)).await;
    let refused = world.waiting(id).await;
    world.append(world.moves(id, refused.id, ParticipantState::Waiting, ParticipantState::Removed)).await;
    world.ends(id).await;
    let entry = world.store.files_session(world.admin, world.org, id).await.unwrap().unwrap().entry;
    assert_eq!(entry.customers, ["Cora", "Cora", "Walt"]);
    assert!(entry.technicians.is_empty());
}

pub async fn files_are_paged_newest_first(store: impl Store) {
    let world = World::new(store).await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        let id = world.session_by(world.technician).await;
        world.ends(id).await;
        ids.push(id);
    }
    assert!(world.seal(ids[1], 1).await);
    let list = async |after: Option<SessionId>, limit| {
        let after = after.map(|session| FilesPlace { value: NOW.0, session });
        let query = FilesQuery { after, limit, ..FilesQuery::default() };
        let page = world.store.list_files(world.technician, world.org, query).await.unwrap();
        page.into_iter().map(|entry| entry.session_id).collect::<Vec<_>>()
    };
    assert_eq!(list(None, 3).await, [ids[3], ids[2], ids[1]], "ended and sealed");
    assert_eq!(list(Some(ids[1]), 3).await, [ids[0]]);
    assert!(list(Some(ids[0]), 3).await.is_empty());
}

/// Row Z15: Files shows what is over.
pub async fn open_sessions_are_not_in_files(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    assert!(world.files(world.admin, world.org).await.is_empty());
    assert!(world.store.files_session(world.admin, world.org, id).await.unwrap().is_none());
    world.ends(id).await;
    assert_eq!(world.files(world.admin, world.org).await.len(), 1);
}
