//! The audit log.

use deskside_proto::{
    Millis, OrgId, UserId,
    api::{AuditAction, AuditItem},
};

use super::world::{NOW, World};
use crate::{AuditEntry, AuditFilter, Store};

impl<S: Store> World<S> {
    async fn notes(&self, action: AuditAction, actor: Option<UserId>, at: Millis, subject: &str) {
        let (org, subject) = (self.org, subject.to_owned());
        let entry = AuditEntry { org, at, actor, action, session: None, attachment: None, subject };
        self.store.audit(entry, Millis(0)).await.unwrap();
    }

    async fn noted(&self, who: UserId, org: OrgId, filter: AuditFilter) -> Option<Vec<AuditItem>> {
        self.store.audit_log(who, org, filter, 100).await.unwrap()
    }

    /// Subjects of what an admin is shown.
    async fn subjects(&self, filter: AuditFilter) -> Vec<String> {
        let items = self.noted(self.admin, self.org, filter).await.unwrap();
        items.into_iter().map(|item| item.subject).collect()
    }
}

/// Pain P29: every action can be kept, and comes back as it was.
pub async fn every_action_is_kept(store: impl Store) {
    let world = World::new(store).await;
    for (number, action) in (0..).zip(AuditAction::ALL) {
        world.notes(*action, Some(world.admin), NOW.plus(number), action.as_str()).await;
    }
    let items = world.noted(world.super_admin, world.org, AuditFilter::default()).await.unwrap();
    let kept: Vec<_> = items.iter().rev().map(|item| (item.action, item.subject.as_str())).collect();
    let expected: Vec<_> = AuditAction::ALL.iter().map(|action| (*action, action.as_str())).collect();
    assert_eq!(kept, expected);
    let name = world.store.user(world.admin).await.unwrap().unwrap().name;
    assert_eq!((items[0].actor.as_deref(), items[0].actor_id), (Some(name.as_str()), Some(world.admin)));
    assert_eq!((items[0].session_id, items[0].attachment_id), (None, None));
}

pub async fn what_is_about_no_session_is_no_repeat(store: impl Store) {
    let world = World::new(store).await;
    for subject in ["one", "two"] {
        world.notes(AuditAction::SignedIn, Some(world.technician), NOW, subject).await;
    }
    assert_eq!(world.subjects(AuditFilter::default()).await, ["two", "one"]);
}

pub async fn notes_are_found_by_what_they_are_about(store: impl Store) {
    let world = World::new(store).await;
    let session = world.session_by(world.technician).await;
    world.notes(AuditAction::SignedIn, Some(world.technician), NOW, "a").await;
    world.notes(AuditAction::SignedIn, Some(world.admin), NOW.plus(10), "b").await;
    let read = AuditEntry {
        org: world.org,
        at: NOW.plus(20),
        actor: Some(world.admin),
        action: AuditAction::TranscriptRead,
        session: Some(session),
        attachment: None,
        subject: "c".to_owned(),
    };
    world.store.audit(read, Millis(0)).await.unwrap();
    world.notes(AuditAction::SessionDeleted, None, NOW.plus(30), "d").await;

    let all = AuditFilter::default();
    for (filter, expected) in [
        (all, vec!["d", "c", "b", "a"]),
        (AuditFilter { action: Some(AuditAction::SignedIn), ..all }, vec!["b", "a"]),
        (AuditFilter { actor: Some(world.admin), ..all }, vec!["c", "b"]),
        (AuditFilter { session: Some(session), ..all }, vec!["c"]),
        (AuditFilter { from: Some(NOW.plus(10)), to: Some(NOW.plus(30)), ..all }, vec!["c", "b"]),
        (AuditFilter { actor: Some(world.admin), action: Some(AuditAction::SignedIn), ..all }, vec!["b"]),
        (AuditFilter { actor: Some(world.foreigner), ..all }, vec![]),
    ] {
        assert_eq!(world.subjects(filter).await, expected, "{filter:?}");
    }
    let third = world.noted(world.admin, world.org, all).await.unwrap()[2].place;
    let older = AuditFilter { before: Some(third), ..all };
    assert_eq!(world.subjects(older).await, ["a"]);
    assert_eq!(world.noted(world.foreigner, world.foreign_org, all).await, Some(vec![]), "its own");
    for who in [world.technician, world.own, world.foreigner, world.nobody] {
        assert_eq!(world.noted(who, world.org, all).await, None, "{who}");
    }
}
