//! Text that a backend might not be able to hold: PostgreSQL's has no NUL (and SQL of C stops there).

use deskside_proto::{ErrorCode, EventBody, ParticipantRole, ParticipantState, SessionId, UserId};
use serde_json::json;

use super::world::{World, new_user};
use crate::{Append, Caller, NewSession, Store};

/// What people write, and what a later version writes, comes back as it was; and can be rewritten and counted like any other.
pub async fn bodies_hold_any_text(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let hostile = "\0 \\u0000 \u{1} ' \" $1 %s \u{202e} \u{10ffff} \r\n";
    let said = world.append(world.message(id, &cora, hostile)).await.event;
    let unknown = EventBody::Unknown(json!({"type": "hologram\0", "\0": [hostile, {"z": 1, "a": 0.1}]}));
    world.append(world.event(id, Some(cora.id), unknown.clone())).await;
    let log = world.log(id).await;
    assert_eq!((&log[1], &log[2].body), (&said, &unknown));

    world.append(world.edit(id, &cora, said.seq, hostile)).await;
    world.append(world.delete(id, &cora, said.seq)).await;
    assert!(world.texts(id).await.is_empty());
    world.ends(id).await;
    let files = world.store.files_session(world.technician, world.org, id).await.unwrap().unwrap();
    assert_eq!(files.entry.message_count, 0);
}

/// Refused alone: the rest of its batch is somebody else's.
pub async fn a_participants_name_holds_no_nul(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let nul = world.person(ParticipantRole::Customer, ParticipantState::Admitted, "N\0l");
    let by_portal = Append { sender: None, ..world.entry(id, &nul, None) };
    let batch = vec![by_portal, world.entry(id, &nul, None), world.message(id, &cora, "hello")];
    let results = world.store.append(batch).await.unwrap();
    let codes: Vec<_> =
        results.iter().map(|result| result.as_ref().map_err(|refused| refused.0).err()).collect();
    assert_eq!(codes, [Some(ErrorCode::InvalidInput), Some(ErrorCode::InvalidInput), None]);
}

/// The portal lets no control character into names; what comes past it is kept as it is or refused, never cut.
pub async fn names_with_a_nul_are_kept_or_refused(store: impl Store) {
    let world = World::new(store).await;
    let user = new_user(world.id(), "n\0l@acme.test");
    let id: UserId = user.id;
    let kept = world.store.create_user(user.clone()).await.is_ok_and(|made| made);
    let found = world.store.user(id).await.unwrap().map(|found| found.email);
    assert_eq!(found, kept.then_some(user.email));

    let title = "Printer\0on fire".to_owned();
    let session = NewSession { title, ..world.new_session(world.org, world.technician, vec![]) };
    let id: SessionId = session.id;
    let kept = world.store.create_session(session.clone()).await.is_ok_and(|made| made);
    let found = world.store.session(Caller::User(world.technician), id).await.unwrap();
    assert_eq!(found.map(|found| found.title), kept.then_some(session.title));
}

/// Whoever signs in may write anything.
pub async fn asking_for_an_address_with_a_nul_is_no_failure(store: impl Store) {
    let world = World::new(store).await;
    assert_eq!(world.store.user_by_email("tech@acme.test\0").await.unwrap(), None);
    assert!(world.store.user_by_email("tech@acme.test").await.unwrap().is_some());
}
