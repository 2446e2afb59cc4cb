//! Canned replies.

use deskside_proto::{CannedReplyId, OrgId, UserId, api::CannedReply, limits::CANNED_REPLIES_MAX};

use super::world::World;
use crate::{
    ReplyChange::{self, Create, Delete, Update},
    ReplyOutcome, Store,
};

fn reply(id: [u8; 16], shortcut: &str, text: &str) -> CannedReply {
    CannedReply { id: CannedReplyId(id), shortcut: shortcut.to_owned(), text: text.to_owned() }
}

impl<S: Store> World<S> {
    async fn change_reply(&self, user: UserId, org: OrgId, change: ReplyChange) -> ReplyOutcome {
        self.store.change_canned_reply(user, org, change).await.unwrap()
    }
}

pub async fn replies_are_kept_by_admins_and_read_by_members(store: impl Store) {
    let world = World::new(store).await;
    let (hello, bye) = (reply(world.id(), "hello", "Hello!"), reply(world.id(), "Bye", "Bye!"));
    for (user, reply) in [(world.admin, &hello), (world.super_admin, &bye)] {
        assert_eq!(world.change_reply(user, world.org, Create(reply.clone())).await, ReplyOutcome::Done);
    }
    let changed = CannedReply { text: "Hello there!".to_owned(), ..hello.clone() };
    for (user, refused) in [
        (world.technician, ReplyOutcome::Forbidden),
        (world.own, ReplyOutcome::Forbidden),
        (world.foreigner, ReplyOutcome::NotFound),
        (world.nobody, ReplyOutcome::NotFound),
    ] {
        let new = reply(world.id(), "new", "New!");
        for change in [Create(new), Update(changed.clone()), Delete(hello.id)] {
            assert_eq!(
                world.change_reply(user, world.org, change.clone()).await,
                refused,
                "{user} {change:?}"
            );
        }
    }
    for member in [world.super_admin, world.admin, world.technician, world.own] {
        let read = world.store.canned_replies(member, world.org).await.unwrap();
        assert_eq!(read, Some(vec![bye.clone(), hello.clone()]), "by shortcut");
    }
    for other in [world.foreigner, world.nobody] {
        assert_eq!(world.store.canned_replies(other, world.org).await.unwrap(), None);
    }
    assert_eq!(world.change_reply(world.admin, world.org, Update(changed.clone())).await, ReplyOutcome::Done);
    assert_eq!(world.change_reply(world.admin, world.org, Delete(bye.id)).await, ReplyOutcome::Done);
    let read = world.store.canned_replies(world.own, world.org).await.unwrap();
    assert_eq!(read, Some(vec![changed]));
}

pub async fn a_reply_that_is_gone_stays_gone(store: impl Store) {
    let world = World::new(store).await;
    let (gone, theirs) = (reply(world.id(), "gone", "x"), reply(world.id(), "theirs", "x"));
    assert_eq!(world.change_reply(world.admin, world.org, Create(gone.clone())).await, ReplyOutcome::Done);
    assert_eq!(world.change_reply(world.admin, world.org, Delete(gone.id)).await, ReplyOutcome::Done);
    let create = Create(theirs.clone());
    assert_eq!(world.change_reply(world.foreigner, world.foreign_org, create).await, ReplyOutcome::Done);
    for change in [Update(gone.clone()), Delete(gone.id), Update(theirs.clone()), Delete(theirs.id)] {
        let outcome = world.change_reply(world.admin, world.org, change.clone()).await;
        assert_eq!(outcome, ReplyOutcome::NotFound, "{change:?}");
    }
    assert_eq!(world.store.canned_replies(world.admin, world.org).await.unwrap(), Some(vec![]));
    let read = world.store.canned_replies(world.foreigner, world.foreign_org).await.unwrap();
    assert_eq!(read, Some(vec![theirs]));
}

pub async fn shortcuts_are_unique_in_any_case_and_limited(store: impl Store) {
    let world = World::new(store).await;
    let change = async |change| world.change_reply(world.admin, world.org, change).await;
    let first = reply(world.id(), "Ärger", "1");
    assert_eq!(change(Create(first.clone())).await, ReplyOutcome::Done);
    assert_eq!(change(Create(reply(world.id(), "äRGER", "2"))).await, ReplyOutcome::ShortcutTaken);
    let in_capitals = CannedReply { shortcut: "ÄRGER".to_owned(), ..first };
    assert_eq!(change(Update(in_capitals.clone())).await, ReplyOutcome::Done, "its own");
    let foreign = Create(reply(world.id(), "Ärger", "theirs"));
    let there = world.change_reply(world.foreigner, world.foreign_org, foreign).await;
    assert_eq!(there, ReplyOutcome::Done, "another organisation's are its own");
    for number in 1..CANNED_REPLIES_MAX {
        let create = Create(reply(world.id(), &format!("s{number}"), "x"));
        assert_eq!(change(create).await, ReplyOutcome::Done, "{number}");
    }
    assert_eq!(change(Create(reply(world.id(), "one-more", "x"))).await, ReplyOutcome::TooMany);
    assert_eq!(change(Create(reply(world.id(), "s1", "x"))).await, ReplyOutcome::ShortcutTaken);
    let renamed = CannedReply { shortcut: "s1".to_owned(), ..in_capitals.clone() };
    assert_eq!(change(Update(renamed)).await, ReplyOutcome::ShortcutTaken);
    assert_eq!(change(Update(in_capitals)).await, ReplyOutcome::Done, "full, and still changed");
}
