//! Each effect and its refusals; those about files stand in `offers`.

use deskside_proto::{
    ErrorCode, Participant, ParticipantId, ParticipantRole, ParticipantState, Visibility,
    api::{JoinKind, SessionState},
};

use super::world::{NOW, World};
use crate::{Append, Caller, Effect, JoinSecret, Store};

impl<S: Store> World<S> {
    fn uses(&self, session: deskside_proto::SessionId, secret: JoinSecret) -> Append {
        let cora = self.person(ParticipantRole::Customer, ParticipantState::Admitted, "Cora");
        let mut entry = self.entry(session, &cora, Some(self.hash()));
        entry.effects.insert(0, Effect::UseJoinSecret { hash: secret.hash });
        entry
    }
}

pub async fn a_code_is_used_up_and_a_link_stays(store: impl Store) {
    let world = World::new(store).await;
    let code = world.secret(JoinKind::Code, NOW.plus(10));
    let link = world.secret(JoinKind::Link, NOW.plus(10));
    let id = world.session_with(world.technician, vec![code, link]).await;

    world.append(world.uses(id, link)).await;
    world.append(world.uses(id, link)).await;
    let both = world.store.append(vec![world.uses(id, code), world.uses(id, code)]).await.unwrap();
    assert!(both[0].is_ok());
    assert_eq!(both[1].as_ref().unwrap_err().0, ErrorCode::JoinCodeInvalid, "one of two gets in");
    assert!(world.store.join_target(code.hash, NOW).await.unwrap().is_none());
    assert!(world.store.join_target(link.hash, NOW).await.unwrap().is_some());
    let seen = world.store.session(Caller::User(world.technician), id).await.unwrap().unwrap();
    assert_eq!(seen.participants.len(), 3);
}

pub async fn join_secrets_must_be_known_current_and_of_the_session(store: impl Store) {
    let world = World::new(store).await;
    let code = world.secret(JoinKind::Code, NOW.plus(10));
    let id = world.session_with(world.technician, vec![code]).await;
    let other = world.session_by(world.technician).await;
    let unknown = world.secret(JoinKind::Code, NOW.plus(10));
    let refused = Err(ErrorCode::JoinCodeInvalid);
    assert_eq!(world.try_append(world.uses(id, unknown)).await, refused);
    assert_eq!(world.try_append(world.uses(other, code)).await, refused, "of another session");
    let late = Append { at: code.expires_at, ..world.uses(id, code) };
    assert_eq!(world.try_append(late).await, refused, "expired at its very time");
    let in_time = Append { at: code.expires_at.plus(-1), ..world.uses(id, code) };
    assert!(world.try_append(in_time).await.is_ok());
}

pub async fn participants_are_added_once(store: impl Store) {
    let world = World::new(store).await;
    let (id, other) = (world.session_by(world.technician).await, world.session_by(world.technician).await);
    let tess = world.technician(id, world.technician).await;
    let new = |user_id| Participant {
        user_id,
        ..world.person(ParticipantRole::Technician, ParticipantState::Admitted, "Tess")
    };
    let refused = Err(ErrorCode::InvalidInput);
    let same_user = new(Some(world.technician));
    assert_eq!(world.try_append(world.entry(id, &same_user, None)).await, refused, "the same user");
    let same_id = Participant { id: tess.id, ..new(None) };
    let by_portal = |session| Append { sender: None, ..world.entry(session, &same_id, None) };
    assert_eq!(world.try_append(by_portal(id)).await, refused, "the same id");
    assert_eq!(world.try_append(by_portal(other)).await, refused, "the same id in another session");

    let token = world.hash();
    world.append(world.entry(id, &new(None), Some(token))).await;
    for session in [id, other] {
        let same_token = world.entry(session, &new(None), Some(token));
        assert_eq!(world.try_append(same_token).await, refused, "a token leads to one place");
    }
    world.append(world.entry(other, &new(Some(world.technician)), None)).await;
    world.append(world.entry(other, &new(None), None)).await;
}

pub async fn participants_move_only_from_where_they_are(store: impl Store) {
    let world = World::new(store).await;
    let (id, other) = (world.session_by(world.technician).await, world.session_by(world.technician).await);
    let walt = world.waiting(id).await;
    use ParticipantState::{Admitted, Removed, Waiting};
    let refused = Err(ErrorCode::NotFound);
    assert_eq!(world.try_append(world.moves(id, walt.id, Admitted, Removed)).await, refused);
    assert_eq!(world.try_append(world.moves(other, walt.id, Waiting, Admitted)).await, refused);
    let unknown = ParticipantId(world.id());
    assert_eq!(world.try_append(world.moves(id, unknown, Waiting, Admitted)).await, refused);

    let both = vec![world.moves(id, walt.id, Waiting, Admitted), world.moves(id, walt.id, Waiting, Removed)];
    let results = world.store.append(both).await.unwrap();
    assert!(results[0].is_ok());
    assert_eq!(results[1].as_ref().unwrap_err().0, ErrorCode::NotFound, "the first decision stands");
    let seen = world.store.session(Caller::User(world.technician), id).await.unwrap().unwrap();
    assert_eq!(seen.participants[0].state, Admitted);
}

pub async fn who_leaves_can_come_back_and_who_was_removed_cannot(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let tess = world.technician(id, world.technician).await;
    let walt = world.waiting(id).await;
    use ParticipantState::{Admitted, Left, Removed, Waiting};
    let own = |person: &Participant, from, to| Append {
        sender: Some(person.id),
        ..world.moves(id, person.id, from, to)
    };
    let waits = Err(ErrorCode::WaitingForAdmission);
    assert_eq!(world.try_append(own(&walt, Waiting, Admitted)).await, waits, "nobody lets themselves in");
    assert!(world.try_append(own(&walt, Waiting, Left)).await.is_ok(), "but gives up waiting");
    world.append(own(&tess, Admitted, Left)).await;
    world.append(own(&tess, Left, Admitted)).await;
    world.removes(id, tess.id).await;
    let put_out = Err(ErrorCode::RemovedFromSession);
    assert_eq!(world.try_append(own(&tess, Removed, Admitted)).await, put_out);
    assert_eq!(world.try_append(own(&tess, Left, Admitted)).await, Err(ErrorCode::NotFound), "is not `left`");
}

pub async fn an_end_is_the_last_event(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let twice = Append {
        effects: vec![Effect::EndSession, Effect::EndSession],
        visibility: Visibility::All,
        ..world.end(id, NOW)
    };
    assert_eq!(world.try_append(twice).await, Err(ErrorCode::SessionEnded), "twice in one");
    let batch =
        vec![world.end(id, NOW.plus(3)), world.end(id, NOW.plus(4)), world.message(id, &cora, "late")];
    let results = world.store.append(batch).await.unwrap();
    assert!(results[0].is_ok());
    for late in &results[1..] {
        assert_eq!(late.as_ref().unwrap_err().0, ErrorCode::SessionEnded);
    }
    let seen = world.store.session_to_seal(id).await.unwrap().unwrap();
    assert_eq!((seen.state, seen.ended_at, seen.head), (SessionState::Ended, Some(NOW.plus(3)), 2));
}

pub async fn an_end_kills_codes_and_links(store: impl Store) {
    let world = World::new(store).await;
    let code = world.secret(JoinKind::Code, NOW.plus(10));
    let link = world.secret(JoinKind::Link, NOW.plus(10));
    let other = world.secret(JoinKind::Link, NOW.plus(10));
    let id = world.session_with(world.technician, vec![code, link]).await;
    world.session_with(world.technician, vec![other]).await;
    world.ends(id).await;
    for secret in [code, link] {
        assert!(world.store.join_target(secret.hash, NOW).await.unwrap().is_none());
    }
    assert!(world.store.join_target(other.hash, NOW).await.unwrap().is_some(), "the other session's stays");
}
