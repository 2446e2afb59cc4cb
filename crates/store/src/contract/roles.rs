//! Who sees what: roles × own and foreign organisation (rows N13, Z17, Z22).

use deskside_proto::{
    OrgRole, Participant, ParticipantRole, ParticipantState, SessionId, UserId, api::JoinKind,
};

use super::world::{NOW, World, guest};
use crate::{AttachmentAccess, Caller, NewMembership, SessionFilter, Store};

/// Two sessions of the first organisation, and who may see them.
struct Scene<S> {
    world: World<S>,
    /// Created by the technician, taken part in by nobody else.
    others: SessionId,
    /// Created by the one limited to own sessions.
    own: SessionId,
    /// In both sessions.
    customers: [Participant; 2],
}

impl<S: Store> Scene<S> {
    async fn new(store: S) -> Self {
        let world = World::new(store).await;
        let (others, own) = (world.session_by(world.technician).await, world.session_by(world.own).await);
        let customers = [world.customer(others).await, world.customer(own).await];
        Self { world, others, own, customers }
    }

    /// Each person, with whether they may see `others` and `own`.
    fn table(&self) -> [(UserId, bool, bool); 6] {
        let world = &self.world;
        [
            (world.super_admin, true, true),
            (world.admin, true, true),
            (world.technician, true, true),
            (world.own, false, true),
            (world.foreigner, false, false),
            (world.nobody, false, false),
        ]
    }

    /// Of the two, newest first, those that may be seen.
    fn expected(&self, others: bool, own: bool) -> Vec<SessionId> {
        [(self.own, own), (self.others, others)]
            .into_iter()
            .filter(|(_, sees)| *sees)
            .map(|(id, _)| id)
            .collect()
    }
}

/// Rows N13, Z22.
pub async fn sessions_are_seen_by_role(store: impl Store) {
    let scene = Scene::new(store).await;
    for (user, others, own) in scene.table() {
        for (id, sees) in [(scene.others, others), (scene.own, own)] {
            let seen = scene.world.store.session(Caller::User(user), id).await.unwrap();
            assert_eq!(seen.map(|session| session.id), sees.then_some(id), "{user}");
        }
    }
}

/// Rows N13, Z22.
pub async fn lists_are_seen_by_role(store: impl Store) {
    let scene = Scene::new(store).await;
    for filter in [SessionFilter::Open, SessionFilter::Closed] {
        for (user, others, own) in scene.table() {
            let page = scene.world.store.sessions(user, scene.world.org, filter, None, 10).await.unwrap();
            let ids: Vec<SessionId> = page.into_iter().map(|session| session.id).collect();
            assert_eq!(ids, scene.expected(others, own), "{user}");
            let foreign = scene.world.store.sessions(user, scene.world.foreign_org, filter, None, 10).await;
            assert!(foreign.unwrap().is_empty(), "not under the other organisation's name");
        }
        if filter == SessionFilter::Open {
            scene.world.ends(scene.others).await;
            scene.world.ends(scene.own).await;
        }
    }
}

/// Rows Z17, Z22.
pub async fn files_are_seen_by_role(store: impl Store) {
    let scene = Scene::new(store).await;
    let world = &scene.world;
    world.ends(scene.others).await;
    world.ends(scene.own).await;
    for (user, others, own) in scene.table() {
        let page = world.files(user, world.org).await;
        let ids: Vec<SessionId> = page.into_iter().map(|entry| entry.session_id).collect();
        assert_eq!(ids, scene.expected(others, own), "{user}");
        assert!(world.files(user, world.foreign_org).await.is_empty());
        for (id, sees) in [(scene.others, others), (scene.own, own)] {
            let seen = world.store.files_session(user, world.org, id).await.unwrap();
            assert_eq!(seen.map(|found| found.entry.session_id), sees.then_some(id), "{user}");
            let elsewhere = world.store.files_session(user, world.foreign_org, id).await.unwrap();
            assert!(elsewhere.is_none(), "not under the other organisation's name");
        }
    }
}

/// Rows N13, N14.
pub async fn attachments_are_seen_by_role(store: impl Store) {
    let scene = Scene::new(store).await;
    let world = &scene.world;
    let [of_others, of_own] = &scene.customers;
    let (in_others, _) = world.offered(scene.others, of_others).await;
    let (in_own, _) = world.offered(scene.own, of_own).await;
    for ended in [false, true] {
        for (user, others, own) in scene.table() {
            for (id, attachment, sees) in [(scene.others, in_others, others), (scene.own, in_own, own)] {
                let access = world.store.attachment(Caller::User(user), id, attachment).await.unwrap();
                match access {
                    AttachmentAccess::Granted(record) => {
                        assert!(sees, "{user}");
                        assert_eq!((record.org, record.session), (world.org, id));
                    }
                    AttachmentAccess::NotFound => assert!(!sees, "{user}"),
                    AttachmentAccess::Forbidden => panic!("{user} is told that it exists"),
                }
            }
        }
        if !ended {
            world.ends(scene.others).await;
            world.ends(scene.own).await;
        }
    }
    let mixed = world.store.attachment(Caller::User(world.admin), scene.own, in_others).await.unwrap();
    assert_eq!(mixed, AttachmentAccess::NotFound, "an attachment of another session");
}

/// Row Z22.
pub async fn own_means_created_or_let_in(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let sees = async || world.store.session(Caller::User(world.own), id).await.unwrap().is_some();
    assert!(!sees().await);

    let waiting = Participant {
        user_id: Some(world.own),
        ..world.person(ParticipantRole::Technician, ParticipantState::Waiting, "Oona")
    };
    world.append(world.entry(id, &waiting, None)).await;
    assert!(!sees().await, "waiting is not taking part");
    for (from, to, expected) in [
        (ParticipantState::Waiting, ParticipantState::Admitted, true),
        (ParticipantState::Admitted, ParticipantState::Left, true),
        (ParticipantState::Left, ParticipantState::Admitted, true),
        (ParticipantState::Admitted, ParticipantState::Removed, false),
    ] {
        world.append(world.moves(id, waiting.id, from, to)).await;
        assert_eq!(sees().await, expected, "{to:?}");
    }
}

/// Row Z22.
pub async fn join_secrets_are_replaced_by_role(store: impl Store) {
    let scene = Scene::new(store).await;
    for (user, others, own) in scene.table() {
        for (id, sees) in [(scene.others, others), (scene.own, own)] {
            let secret = scene.world.secret(JoinKind::Link, NOW.plus(10));
            let replaced = scene.world.store.replace_join_secrets(user, id, vec![secret]).await.unwrap();
            assert_eq!(replaced, sees, "{user}");
            let target = scene.world.store.join_target(secret.hash, NOW).await.unwrap();
            assert_eq!(target.is_some(), sees, "{user}");
        }
    }
}

/// Row Z22.
pub async fn a_changed_role_holds_at_once(store: impl Store) {
    let scene = Scene::new(store).await;
    let world = &scene.world;
    let (org, user) = (world.org, world.technician);
    world.ends(scene.own).await;
    world.store.put_membership(NewMembership { org, user, role: OrgRole::TechnicianOwn }).await.unwrap();
    assert!(world.store.session(Caller::User(user), scene.own).await.unwrap().is_none());
    assert!(world.files(user, org).await.is_empty());
    assert!(world.store.session(Caller::User(user), scene.others).await.unwrap().is_some());
    let customer = guest(scene.others, &scene.customers[0]);
    assert!(world.store.session(customer, scene.others).await.unwrap().is_some(), "a guest has no role");
}
