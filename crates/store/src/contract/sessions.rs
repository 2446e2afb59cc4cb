//! Sessions, ways into them, places in them.

use deskside_proto::{
    Participant, ParticipantRole, ParticipantState, SessionId,
    api::{JoinKind, SessionState},
};

use super::world::{NOW, World, guest};
use crate::{Caller, SessionFilter, Store};

/// Row N13.
pub async fn only_members_create_sessions(store: impl Store) {
    let world = World::new(store).await;
    for user in [world.super_admin, world.admin, world.technician, world.own] {
        assert!(world.store.create_session(world.new_session(world.org, user, vec![])).await.unwrap());
    }
    for user in [world.foreigner, world.nobody] {
        let session = world.new_session(world.org, user, vec![]);
        let id = session.id;
        assert!(!world.store.create_session(session).await.unwrap());
        assert!(world.store.session_to_seal(id).await.unwrap().is_none());
    }
}

pub async fn a_session_shows_all_of_it(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let technician = world.technician(id, world.technician).await;
    let customer = world.customer(id).await;
    let waiting = world.waiting(id).await;

    let seen = world.store.session(Caller::User(world.technician), id).await.unwrap().unwrap();
    assert_eq!((seen.id, seen.org, seen.org_name.as_str()), (id, world.org, "Acme"));
    assert_eq!((seen.title.as_str(), seen.created_at, seen.ended_at), ("Printer is on fire", NOW, None));
    assert_eq!((seen.state, seen.head), (SessionState::Open, 3));
    assert_eq!(seen.participants, [technician, customer.clone(), waiting.clone()], "in the order they came");

    world.append(world.end(id, NOW.plus(7))).await;
    for caller in [Caller::User(world.admin), guest(id, &customer), guest(id, &waiting)] {
        let seen = world.store.session(caller, id).await.unwrap().unwrap();
        assert_eq!((seen.state, seen.ended_at, seen.head), (SessionState::Ended, Some(NOW.plus(7)), 4));
    }
    let nowhere = SessionId(world.id());
    assert!(world.store.session(Caller::User(world.admin), nowhere).await.unwrap().is_none());
}

pub async fn lists_are_paged_newest_first(store: impl Store) {
    let world = World::new(store).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(world.session_by(world.technician).await);
    }
    world.ends(ids[1]).await;
    world.customer(ids[4]).await;
    let list = async |filter, before, limit| {
        let page = world.store.sessions(world.technician, world.org, filter, before, limit).await.unwrap();
        page.into_iter().map(|session| session.id).collect::<Vec<_>>()
    };
    assert_eq!(list(SessionFilter::Open, None, 2).await, [ids[4], ids[3]]);
    assert_eq!(list(SessionFilter::Open, Some(ids[3]), 2).await, [ids[2], ids[0]]);
    assert!(list(SessionFilter::Open, Some(ids[0]), 2).await.is_empty());
    assert_eq!(list(SessionFilter::Closed, None, 10).await, [ids[1]]);

    let page = world.store.sessions(world.admin, world.org, SessionFilter::Open, None, 1).await.unwrap();
    assert_eq!((page[0].participants.len(), page[0].head), (1, 1), "each as complete as alone");
}

pub async fn codes_and_links_lead_in_until_they_expire(store: impl Store) {
    let world = World::new(store).await;
    let code = world.secret(JoinKind::Code, NOW.plus(10));
    let link = world.secret(JoinKind::Link, NOW.plus(20));
    let id = world.session_with(world.technician, vec![code, link]).await;

    for secret in [code, link] {
        let target = world.store.join_target(secret.hash, NOW).await.unwrap().unwrap();
        assert_eq!((target.session, target.org_name.as_str()), (id, "Acme"));
        assert_eq!((target.kind, target.expires_at), (secret.kind, secret.expires_at));
    }
    assert!(world.store.join_target(code.hash, NOW.plus(10)).await.unwrap().is_none(), "at its very time");
    assert!(world.store.join_target(link.hash, NOW.plus(10)).await.unwrap().is_some());
    assert!(world.store.join_target(world.hash(), NOW).await.unwrap().is_none(), "never given");
}

pub async fn new_codes_and_links_replace_the_old_ones(store: impl Store) {
    let world = World::new(store).await;
    let (old, new) = (world.secret(JoinKind::Code, NOW.plus(10)), world.secret(JoinKind::Link, NOW.plus(10)));
    let id = world.session_with(world.technician, vec![old]).await;
    assert!(world.store.replace_join_secrets(world.technician, id, vec![new]).await.unwrap());
    assert!(world.store.join_target(old.hash, NOW).await.unwrap().is_none());
    assert_eq!(world.store.join_target(new.hash, NOW).await.unwrap().unwrap().session, id);

    world.ends(id).await;
    let late = world.secret(JoinKind::Link, NOW.plus(10));
    assert!(!world.store.replace_join_secrets(world.technician, id, vec![late]).await.unwrap());
    assert!(world.store.join_target(late.hash, NOW).await.unwrap().is_none());
}

/// Row N14.
pub async fn a_guest_is_known_by_the_token(store: impl Store) {
    let world = World::new(store).await;
    let (first, second) =
        (world.session_by(world.technician).await, world.session_by(world.technician).await);
    let (cora, token) =
        (world.person(ParticipantRole::Customer, ParticipantState::Waiting, "Cora"), world.hash());
    world.append(world.entry(first, &cora, Some(token))).await;

    assert_eq!(world.store.guest_by_token(token).await.unwrap(), Some((first, cora.clone())));
    assert_eq!(world.store.guest_by_token(world.hash()).await.unwrap(), None);
    assert!(world.store.session(guest(first, &cora), first).await.unwrap().is_some());
    assert!(world.store.session(guest(first, &cora), second).await.unwrap().is_none(), "another session");
    assert!(world.store.session(guest(second, &cora), second).await.unwrap().is_none(), "not their place");
    assert_eq!(world.store.signed_in(token, NOW).await.unwrap(), None, "no token of a user");
}

pub async fn a_removed_guest_is_told_but_sees_nothing(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (cora, token) =
        (world.person(ParticipantRole::Customer, ParticipantState::Admitted, "Cora"), world.hash());
    world.append(world.entry(id, &cora, Some(token))).await;
    world.removes(id, cora.id).await;

    let (_, seen) = world.store.guest_by_token(token).await.unwrap().unwrap();
    assert_eq!(seen, Participant { state: ParticipantState::Removed, ..cora.clone() });
    assert!(world.store.session(guest(id, &cora), id).await.unwrap().is_none());
}

/// Row N13.
pub async fn a_members_place_is_found(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    assert_eq!(world.store.participant_of(world.technician, id).await.unwrap(), None, "not in yet");
    let tess = world.technician(id, world.technician).await;
    assert_eq!(world.store.participant_of(world.technician, id).await.unwrap(), Some(tess));
    assert_eq!(world.store.participant_of(world.admin, id).await.unwrap(), None, "somebody else's");

    world.technician(id, world.foreigner).await;
    assert_eq!(world.store.participant_of(world.foreigner, id).await.unwrap(), None, "no member");
}
