//! First run, organisations, people, tokens.

use deskside_proto::{
    AttachmentPolicy, ChatPolicy, Millis, OrgId, OrgRole, OrgSettings, StorageQuotas, UserId,
};

use super::world::{NOW, World, new_user};
use crate::{NewMembership, NewOrg, Store};

fn new_org(number: u8, at: Millis) -> NewOrg {
    NewOrg { id: OrgId([number; 16]), name: format!("Organisation {number}"), at }
}

pub async fn set_up_closes_for_good(store: impl Store) {
    assert!(store.needs_set_up().await.unwrap());
    store.begin_set_up([1; 32]).await.unwrap();
    let admin = new_user([9; 16], "Ada@Example.test");
    assert!(!store.complete_set_up([2; 32], new_org(1, NOW), admin.clone()).await.unwrap(), "wrong token");
    assert!(store.needs_set_up().await.unwrap());
    assert!(store.user(admin.id).await.unwrap().is_none());

    assert!(store.complete_set_up([1; 32], new_org(1, NOW), admin.clone()).await.unwrap());
    assert!(!store.needs_set_up().await.unwrap());
    let org = store.org(OrgId([1; 16])).await.unwrap().unwrap();
    assert_eq!((org.name.as_str(), org.settings), ("Organisation 1", OrgSettings::default()));
    assert_eq!(store.memberships(admin.id).await.unwrap()[0].role, OrgRole::SuperAdmin);

    let second = new_user([8; 16], "eve@example.test");
    assert!(!store.complete_set_up([1; 32], new_org(2, NOW), second.clone()).await.unwrap(), "used up");
    store.begin_set_up([3; 32]).await.unwrap();
    assert!(!store.complete_set_up([3; 32], new_org(2, NOW), second).await.unwrap(), "closed for good");
    assert_eq!(store.orgs().await.unwrap().len(), 1);
}

pub async fn set_up_takes_only_the_newest_token(store: impl Store) {
    store.begin_set_up([1; 32]).await.unwrap();
    store.begin_set_up([2; 32]).await.unwrap();
    let admin = new_user([9; 16], "ada@example.test");
    assert!(!store.complete_set_up([1; 32], new_org(1, NOW), admin.clone()).await.unwrap());
    assert!(store.complete_set_up([2; 32], new_org(1, NOW), admin).await.unwrap());
}

pub async fn set_up_is_closed_by_an_organisation_from_the_command_line(store: impl Store) {
    store.begin_set_up([1; 32]).await.unwrap();
    store.create_org(new_org(1, NOW)).await.unwrap();
    assert!(!store.needs_set_up().await.unwrap());
    let admin = new_user([9; 16], "ada@example.test");
    assert!(!store.complete_set_up([1; 32], new_org(2, NOW), admin).await.unwrap());
    assert!(store.org(OrgId([2; 16])).await.unwrap().is_none());
}

pub async fn set_up_with_a_taken_address_changes_nothing(store: impl Store) {
    assert!(store.create_user(new_user([9; 16], "ada@example.test")).await.unwrap());
    store.begin_set_up([1; 32]).await.unwrap();
    let admin = new_user([8; 16], "ADA@example.test");
    assert!(!store.complete_set_up([1; 32], new_org(1, NOW), admin).await.unwrap());
    assert!(store.needs_set_up().await.unwrap());
    let other = new_user([7; 16], "bob@example.test");
    assert!(store.complete_set_up([1; 32], new_org(1, NOW), other).await.unwrap(), "the token still works");
}

pub async fn addresses_are_unique_in_any_case(store: impl Store) {
    let ada = new_user([9; 16], "Ada@Exämple.test");
    assert!(store.create_user(ada.clone()).await.unwrap());
    assert!(!store.create_user(new_user([8; 16], "ADA@EXÄMPLE.TEST")).await.unwrap());
    assert!(store.user(UserId([8; 16])).await.unwrap().is_none());

    for typed in ["Ada@Exämple.test", "ada@exämple.test", "ADA@EXÄMPLE.TEST"] {
        let found = store.user_by_email(typed).await.unwrap().unwrap();
        assert_eq!((found.id, found.email.as_str()), (ada.id, "Ada@Exämple.test"), "{typed}");
        assert_eq!((&found.name, &found.password_hash), (&ada.name, &ada.password_hash));
    }
    assert!(store.user_by_email("ada@example.test").await.unwrap().is_none());
    assert!(store.user_by_email("").await.unwrap().is_none());
}

pub async fn tokens_expire_and_can_be_deleted(store: impl Store) {
    let world = World::new(store).await;
    let user = world.technician;
    let (first, second) = (world.hash(), world.hash());
    for hash in [first, second] {
        world.signs_in_with(user, hash, NOW.plus(10)).await;
    }
    let whose = async |hash, now| world.store.signed_in(hash, now).await.unwrap().map(|device| device.user);
    assert_eq!(whose(first, NOW).await, Some(user));
    assert_eq!(whose(first, NOW.plus(9)).await, Some(user));
    assert_eq!(whose(first, NOW.plus(10)).await, None, "expired at its very time");
    assert_eq!(whose(world.hash(), NOW).await, None, "never given");

    world.store.delete_token(first).await.unwrap();
    world.store.delete_token(first).await.unwrap();
    assert_eq!(whose(first, NOW).await, None);
    assert_eq!(whose(second, NOW).await, Some(user), "the other stays");
}

/// Row N13.
pub async fn memberships_name_role_and_organisation(store: impl Store) {
    let world = World::new(store).await;
    let user = world.technician;
    world
        .store
        .put_membership(NewMembership { org: world.foreign_org, user, role: OrgRole::Admin })
        .await
        .unwrap();
    let memberships = world.store.memberships(user).await.unwrap();
    let seen: Vec<_> = memberships.iter().map(|m| (m.org_id, m.org_name.as_str(), m.role)).collect();
    let expected = [(world.org, "Acme", OrgRole::Technician), (world.foreign_org, "Globex", OrgRole::Admin)];
    assert_eq!(seen, expected, "by the organisation's name");
    assert!(world.store.memberships(world.nobody).await.unwrap().is_empty());

    world.store.put_membership(NewMembership { org: world.org, user, role: OrgRole::Admin }).await.unwrap();
    let changed = world.store.memberships(user).await.unwrap();
    assert_eq!((changed.len(), changed[0].role), (2, OrgRole::Admin), "changed, not added");
}

/// Rows N13, Z22.
pub async fn settings_are_read_by_members_and_changed_by_admins(store: impl Store) {
    let world = World::new(store).await;
    let settings = OrgSettings {
        lobby_for_links: true,
        lobby_for_codes: false,
        attachments: AttachmentPolicy { stored_max_bytes: 77, ..AttachmentPolicy::default() },
        quotas: StorageQuotas { session_bytes: Some(7), ..StorageQuotas::default() },
        chat: ChatPolicy { technicians_delete_all: true, ..ChatPolicy::default() },
        idle_minutes: 30,
        fetch_hosts: vec!["files.intern:8443".to_owned()],
    };
    for user in [world.technician, world.own, world.foreigner, world.nobody] {
        let changed = world.store.set_org_settings(user, world.org, settings.clone()).await.unwrap();
        assert!(!changed, "{user} is no admin there");
    }
    assert_eq!(world.store.org(world.org).await.unwrap().unwrap().settings, OrgSettings::default());

    for (user, max) in [(world.admin, 88), (world.super_admin, 99)] {
        let settings = settings.clone();
        let attachments = AttachmentPolicy { stored_max_bytes: max, ..settings.attachments.clone() };
        let settings = OrgSettings { attachments, ..settings };
        assert!(world.store.set_org_settings(user, world.org, settings.clone()).await.unwrap());
        for member in [world.super_admin, world.admin, world.technician, world.own] {
            let read = world.store.org_settings(member, world.org).await.unwrap();
            assert_eq!(read.as_ref(), Some(&settings));
        }
    }
    for outsider in [world.foreigner, world.nobody] {
        assert_eq!(world.store.org_settings(outsider, world.org).await.unwrap(), None);
    }
    let other = world.store.org(world.foreign_org).await.unwrap().unwrap();
    assert_eq!(other.settings, OrgSettings::default(), "the other organisation is untouched");
}

pub async fn organisations_are_listed_oldest_first(store: impl Store) {
    for (number, at) in [(1, 30), (2, 10), (3, 20)] {
        store.create_org(new_org(number, Millis(at))).await.unwrap();
    }
    let names: Vec<String> = store.orgs().await.unwrap().into_iter().map(|org| org.name).collect();
    assert_eq!(names, ["Organisation 2", "Organisation 3", "Organisation 1"]);
    assert!(store.org(OrgId([4; 16])).await.unwrap().is_none());
}
