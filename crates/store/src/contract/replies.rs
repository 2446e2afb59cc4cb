//! Canned replies.

use deskside_proto::{CannedReplyId, api::CannedReply, limits::CANNED_REPLIES_MAX};

use super::world::World;
use crate::{PutReply, Store};

fn reply(id: [u8; 16], shortcut: &str, text: &str) -> CannedReply {
    CannedReply { id: CannedReplyId(id), shortcut: shortcut.to_owned(), text: text.to_owned() }
}

pub async fn replies_are_kept_by_admins_and_read_by_members(store: impl Store) {
    let world = World::new(store).await;
    let (hello, bye) = (reply(world.id(), "hello", "Hello!"), reply(world.id(), "Bye", "Bye!"));
    for user in [world.technician, world.own, world.foreigner, world.nobody] {
        let put = world.store.put_canned_reply(user, world.org, hello.clone()).await.unwrap();
        assert_eq!(put, PutReply::Forbidden, "{user}");
    }
    for (user, reply) in [(world.admin, &hello), (world.super_admin, &bye)] {
        let put = world.store.put_canned_reply(user, world.org, reply.clone()).await.unwrap();
        assert_eq!(put, PutReply::Done);
    }
    for member in [world.super_admin, world.admin, world.technician, world.own] {
        let read = world.store.canned_replies(member, world.org).await.unwrap();
        assert_eq!(read, Some(vec![bye.clone(), hello.clone()]), "by shortcut");
    }
    for other in [world.foreigner, world.nobody] {
        assert_eq!(world.store.canned_replies(other, world.org).await.unwrap(), None);
        assert!(!world.store.delete_canned_reply(other, world.org, hello.id).await.unwrap());
    }
    assert!(!world.store.delete_canned_reply(world.technician, world.org, hello.id).await.unwrap());
    let changed = CannedReply { text: "Hello there!".to_owned(), ..hello.clone() };
    let put = world.store.put_canned_reply(world.admin, world.org, changed.clone()).await.unwrap();
    assert_eq!(put, PutReply::Done);
    assert!(world.store.delete_canned_reply(world.admin, world.org, bye.id).await.unwrap());
    assert!(!world.store.delete_canned_reply(world.admin, world.org, bye.id).await.unwrap(), "gone");
    let read = world.store.canned_replies(world.own, world.org).await.unwrap();
    assert_eq!(read, Some(vec![changed]));
}

pub async fn shortcuts_are_unique_in_any_case_and_limited(store: impl Store) {
    let world = World::new(store).await;
    let put =
        async |reply: CannedReply| world.store.put_canned_reply(world.admin, world.org, reply).await.unwrap();
    let first = reply(world.id(), "Ärger", "1");
    assert_eq!(put(first.clone()).await, PutReply::Done);
    assert_eq!(put(reply(world.id(), "äRGER", "2")).await, PutReply::ShortcutTaken);
    assert_eq!(put(CannedReply { shortcut: "ÄRGER".to_owned(), ..first }).await, PutReply::Done, "its own");
    let foreign = reply(world.id(), "Ärger", "theirs");
    let put_there = world.store.put_canned_reply(world.foreigner, world.foreign_org, foreign).await.unwrap();
    assert_eq!(put_there, PutReply::Done, "another organisation's are its own");
    for number in 1..CANNED_REPLIES_MAX {
        assert_eq!(put(reply(world.id(), &format!("s{number}"), "x")).await, PutReply::Done, "{number}");
    }
    assert_eq!(put(reply(world.id(), "one-more", "x")).await, PutReply::TooMany);
    assert_eq!(put(reply(world.id(), "s1", "x")).await, PutReply::ShortcutTaken);
}
