//! People of an organisation, invitations, passwords, devices (row Z22; research S05).

use deskside_proto::{
    ErrorCode, InvitationId, Millis, OrgId, OrgRole, UserId,
    api::{AuditAction, ClientKind, PersonChange, PersonState},
};

use super::world::{NOW, World, new_user};
use crate::{
    Acceptance, AuditFilter, Caller, ChangeOfPerson, DeviceSeen, DevicesOf, NewInvitation, NewMembership,
    NewPassword, NewPasswordReset, Newcomer, PasswordProof, SecretHash, Store, Touched,
    passwords::RESETS_AT_ONCE,
};

const LATER: Millis = Millis(NOW.0 + 1_000);

impl<S: Store> World<S> {
    fn invitation(&self, by: UserId, email: &str, role: OrgRole) -> NewInvitation {
        let (id, token) = (InvitationId(self.id()), self.hash());
        let (org, email) = (self.org, email.to_owned());
        NewInvitation { id, token, org, email, role, by, at: NOW, expires_at: LATER }
    }

    async fn invites(&self, by: UserId, email: &str, role: OrgRole) -> Result<SecretHash, ErrorCode> {
        let invitation = self.invitation(by, email, role);
        let token = invitation.token;
        self.store.invite(invitation).await.unwrap().map(|()| token)
    }

    async fn accepts(&self, token: SecretHash, who: Newcomer) -> Result<UserId, ErrorCode> {
        self.store.accept_invitation(Acceptance { token, who, at: NOW }).await.unwrap()
    }

    async fn leads_somewhere(&self, token: SecretHash) -> bool {
        self.store.invitation(token, NOW).await.unwrap().is_some()
    }

    async fn changes(
        &self,
        by: UserId,
        user: UserId,
        role: Option<OrgRole>,
        state: Option<PersonState>,
    ) -> Result<Touched, ErrorCode> {
        let change = PersonChange { role, state };
        let change = ChangeOfPerson { org: self.org, user, by: Some(by), change, at: NOW };
        self.store.change_person(change).await.unwrap()
    }

    async fn deactivates(&self, by: UserId, user: UserId) -> Result<Touched, ErrorCode> {
        self.changes(by, user, None, Some(PersonState::Deactivated)).await
    }

    async fn signs_in(&self, user: UserId) -> (SecretHash, deskside_proto::DeviceId) {
        let hash = self.hash();
        (hash, self.signs_in_with(user, hash, LATER).await)
    }

    async fn is_signed_in(&self, token: SecretHash) -> bool {
        self.store.signed_in(token, NOW).await.unwrap().is_some()
    }

    async fn last_note(&self) -> (AuditAction, String) {
        let log = self.store.audit_log(self.super_admin, self.org, AuditFilter::default(), 1).await.unwrap();
        let item = log.unwrap().remove(0);
        (item.action, item.subject)
    }

    async fn resets(&self, org: OrgId, by: Option<UserId>, user: UserId) -> Result<SecretHash, ErrorCode> {
        let token = self.hash();
        let reset = NewPasswordReset { token, org, user, by, at: NOW, expires_at: LATER };
        self.store.make_password_reset(reset).await.unwrap().map(|found| {
            assert_eq!(found.id, user);
            token
        })
    }

    async fn sets_password(&self, user: UserId, by: PasswordProof) -> Option<Vec<SecretHash>> {
        let password_hash = "$argon2id$new".to_owned();
        self.store.set_password(NewPassword { user, password_hash, by, at: NOW }).await.unwrap()
    }
}

pub async fn somebody_new_comes_by_invitation(store: impl Store) {
    let world = World::new(store).await;
    let token = world.invites(world.admin, "Ina@New.test", OrgRole::Technician).await.unwrap();
    assert_eq!(world.last_note().await, (AuditAction::PersonInvited, "Ina@New.test (technician)".to_owned()));
    let (people, invitations) = world.store.people(world.admin, world.org, NOW).await.unwrap().unwrap();
    assert_eq!((people.len(), invitations.len()), (4, 1));
    assert_eq!((invitations[0].email.as_str(), invitations[0].role), ("Ina@New.test", OrgRole::Technician));
    let found = world.store.invitation(token, NOW).await.unwrap().unwrap();
    assert_eq!((found.org, found.org_name.as_str(), found.known), (world.org, "Acme", None));

    let new = new_user(world.id(), "somebody.else@new.test");
    assert_eq!(
        world.accepts(world.hash(), Newcomer::New(new.clone())).await,
        Err(ErrorCode::InvitationInvalid)
    );
    assert_eq!(world.accepts(token, Newcomer::Known(world.nobody)).await, Err(ErrorCode::InvitationInvalid));
    assert_eq!(world.accepts(token, Newcomer::New(new.clone())).await, Ok(new.id));
    let user = world.store.user(new.id).await.unwrap().unwrap();
    assert_eq!(user.email, "Ina@New.test", "the invitation's address, whatever the form said");
    assert_eq!(world.store.memberships(new.id).await.unwrap()[0].role, OrgRole::Technician);
    assert!(!world.leads_somewhere(token).await, "once");
    let again = new_user(world.id(), "ina@new.test");
    assert_eq!(world.accepts(token, Newcomer::New(again)).await, Err(ErrorCode::InvitationInvalid));
    let log =
        world.store.audit_log(world.admin, world.org, AuditFilter::default(), 1).await.unwrap().unwrap();
    assert_eq!((log[0].action, log[0].actor_id), (AuditAction::InvitationAccepted, Some(new.id)));
}

pub async fn somebody_known_comes_by_invitation(store: impl Store) {
    let world = World::new(store).await;
    let token = world.invites(world.super_admin, "BOSS@globex.test", OrgRole::Admin).await.unwrap();
    let known = world.store.invitation(token, NOW).await.unwrap().unwrap().known.unwrap();
    assert_eq!(known.id, world.foreigner);
    let thief = new_user(world.id(), "boss@globex.test");
    assert_eq!(world.accepts(token, Newcomer::New(thief)).await, Err(ErrorCode::EmailTaken));
    assert_eq!(world.accepts(token, Newcomer::Known(world.nobody)).await, Err(ErrorCode::InvitationInvalid));
    assert_eq!(world.accepts(token, Newcomer::Known(world.foreigner)).await, Ok(world.foreigner));
    let memberships = world.store.memberships(world.foreigner).await.unwrap();
    let roles: Vec<_> = memberships.iter().map(|found| (found.org_id, found.role)).collect();
    assert_eq!(roles, [(world.org, OrgRole::Admin), (world.foreign_org, OrgRole::SuperAdmin)]);
}

/// Research S05: nobody grants more than they hold, and what they could not grant today is worth nothing.
pub async fn invitations_grant_no_more_than_their_maker_holds(store: impl Store) {
    let world = World::new(store).await;
    for (by, role, expected) in [
        (world.super_admin, OrgRole::SuperAdmin, Ok(())),
        (world.admin, OrgRole::SuperAdmin, Err(ErrorCode::Forbidden)),
        (world.admin, OrgRole::Admin, Ok(())),
        (world.technician, OrgRole::TechnicianOwn, Err(ErrorCode::Forbidden)),
        (world.own, OrgRole::TechnicianOwn, Err(ErrorCode::Forbidden)),
        (world.foreigner, OrgRole::TechnicianOwn, Err(ErrorCode::NotFound)),
        (world.nobody, OrgRole::TechnicianOwn, Err(ErrorCode::NotFound)),
    ] {
        let email = format!("{by}.{}@new.test", role.as_str());
        assert_eq!(world.invites(by, &email, role).await.map(|_| ()), expected, "{by} {role:?}");
    }
    for taken in ["tech@acme.test", "TECH@acme.test"] {
        let refused = world.invites(world.admin, taken, OrgRole::Technician).await;
        assert_eq!(refused, Err(ErrorCode::AlreadyMember), "{taken}");
    }
    let first = world.invites(world.admin, "ina@new.test", OrgRole::Admin).await.unwrap();
    let second = world.invites(world.admin, "INA@new.test", OrgRole::Admin).await.unwrap();
    assert!(!world.leads_somewhere(first).await && world.leads_somewhere(second).await, "one for an address");
    assert!(world.store.invitation(second, LATER).await.unwrap().is_none(), "over at its very time");

    let supers = world.invites(world.super_admin, "sue@new.test", OrgRole::SuperAdmin).await.unwrap();
    let other = world.make_user("second@acme.test").await;
    let membership = NewMembership { org: world.org, user: other, role: OrgRole::SuperAdmin };
    world.store.put_membership(membership).await.unwrap();
    world.changes(other, world.super_admin, Some(OrgRole::Admin), None).await.unwrap();
    assert!(!world.leads_somewhere(supers).await, "its maker is an admin by now");
    world.deactivates(other, world.admin).await.unwrap();
    assert!(!world.leads_somewhere(second).await, "its maker is gone");
    world.changes(other, world.admin, None, Some(PersonState::Active)).await.unwrap();
    assert!(!world.leads_somewhere(second).await, "and does not come back with its maker");
}

pub async fn invitations_are_taken_back_by_those_who_could_make_them(store: impl Store) {
    let world = World::new(store).await;
    let invitation = world.invitation(world.super_admin, "sue@new.test", OrgRole::SuperAdmin);
    world.store.invite(invitation.clone()).await.unwrap().unwrap();
    let withdraw =
        async |by, org| world.store.withdraw_invitation(by, org, invitation.id, NOW).await.unwrap();
    for (by, org, expected) in [
        (world.admin, world.org, Err(ErrorCode::Forbidden)),
        (world.technician, world.org, Err(ErrorCode::Forbidden)),
        (world.foreigner, world.org, Err(ErrorCode::NotFound)),
        (world.foreigner, world.foreign_org, Err(ErrorCode::NotFound)),
        (world.super_admin, world.org, Ok(())),
        (world.super_admin, world.org, Err(ErrorCode::NotFound)),
    ] {
        assert_eq!(withdraw(by, org).await, expected, "{by}");
    }
    assert!(!world.leads_somewhere(invitation.token).await);
}

/// Row Z22, research S05: who was deactivated sees nothing at once, whatever they held.
pub async fn who_is_deactivated_sees_nothing(store: impl Store) {
    let world = World::new(store).await;
    let session = world.session_by(world.technician).await;
    let tess = world.technician(session, world.technician).await;
    let (token, _) = world.signs_in(world.technician).await;
    let (other, _) = world.signs_in(world.own).await;
    let caller = Caller::User(world.technician);
    assert!(world.store.session(caller, session).await.unwrap().is_some());

    let touched = world.deactivates(world.admin, world.technician).await.unwrap();
    assert_eq!(touched, Touched { ended: vec![token], changed: vec![] });
    assert!(!world.is_signed_in(token).await && world.is_signed_in(other).await);
    assert!(world.store.session(caller, session).await.unwrap().is_none());
    assert!(world.store.participant_of(world.technician, session).await.unwrap().is_none());
    assert_eq!(world.files(world.technician, world.org).await, []);
    assert_eq!(world.store.memberships(world.technician).await.unwrap(), []);
    assert!(world.store.org_settings(world.technician, world.org).await.unwrap().is_none());
    assert!(
        !world.store.create_session(world.new_session(world.org, world.technician, vec![])).await.unwrap()
    );
    assert!(world.store.is_deactivated(world.technician).await.unwrap());
    assert!(!world.store.is_deactivated(world.admin).await.unwrap());
    assert!(!world.store.is_deactivated(world.nobody).await.unwrap(), "never was anywhere");
    assert_eq!(world.last_note().await, (AuditAction::PersonDeactivated, "tech@acme.test's name".to_owned()));
    let (people, _) = world.store.people(world.admin, world.org, NOW).await.unwrap().unwrap();
    let found = people.iter().find(|person| person.user.id == world.technician).unwrap();
    assert_eq!((found.state, found.role, found.devices), (PersonState::Deactivated, OrgRole::Technician, 0));
    let again = world.invites(world.admin, "tech@acme.test", OrgRole::Technician).await;
    assert_eq!(again, Err(ErrorCode::AlreadyMember), "to be reactivated");

    world.changes(world.admin, world.technician, None, Some(PersonState::Active)).await.unwrap();
    assert!(world.store.session(caller, session).await.unwrap().is_some(), "{} is back", tess.name);
    assert_eq!(world.store.memberships(world.technician).await.unwrap()[0].role, OrgRole::Technician);
}

pub async fn roles_and_states_are_changed_by_rule(store: impl Store) {
    let world = World::new(store).await;
    let (token, _) = world.signs_in(world.technician).await;
    for (by, user, role, expected) in [
        (world.admin, world.super_admin, OrgRole::Technician, Err(ErrorCode::Forbidden)),
        (world.admin, world.technician, OrgRole::SuperAdmin, Err(ErrorCode::Forbidden)),
        (world.technician, world.own, OrgRole::Technician, Err(ErrorCode::Forbidden)),
        (world.foreigner, world.technician, OrgRole::Admin, Err(ErrorCode::NotFound)),
        (world.admin, world.foreigner, OrgRole::Technician, Err(ErrorCode::NotFound)),
        (world.super_admin, world.super_admin, OrgRole::Admin, Err(ErrorCode::NotToYourself)),
        (world.admin, world.admin, OrgRole::Technician, Err(ErrorCode::NotToYourself)),
        (world.admin, world.own, OrgRole::TechnicianOwn, Ok(vec![])),
        (world.admin, world.technician, OrgRole::TechnicianOwn, Ok(vec![token])),
    ] {
        let changed = world.changes(by, user, Some(role), None).await.map(|touched| touched.changed);
        assert_eq!(changed, expected, "{by} {user} {role:?}");
    }
    let note = "tech@acme.test's name: technician → technician_own".to_owned();
    assert_eq!(world.last_note().await, (AuditAction::RoleChanged, note));
    assert!(world.is_signed_in(token).await);
    let change = PersonChange { state: Some(PersonState::Deactivated), ..PersonChange::default() };
    let (org, user) = (world.org, world.super_admin);
    let last = ChangeOfPerson { org, user, by: None, change, at: NOW };
    assert_eq!(world.store.change_person(last).await.unwrap(), Err(ErrorCode::LastSuperAdmin));
    for who in [world.technician, world.own, world.foreigner, world.nobody] {
        assert!(world.store.people(who, world.org, NOW).await.unwrap().is_none(), "{who}");
    }
}

/// Research S05: a password opens every organisation its owner is in.
pub async fn links_for_passwords_reach_no_higher_than_their_maker(store: impl Store) {
    let world = World::new(store).await;
    let both = world.make_user("both@acme.test").await;
    for (org, role) in [(world.org, OrgRole::Technician), (world.foreign_org, OrgRole::TechnicianOwn)] {
        world.store.put_membership(NewMembership { org, user: both, role }).await.unwrap();
    }
    for (by, user, expected) in [
        (world.admin, world.technician, Ok(())),
        (world.super_admin, world.admin, Ok(())),
        (world.admin, world.super_admin, Err(ErrorCode::Forbidden)),
        (world.admin, world.admin, Err(ErrorCode::NotToYourself)),
        (world.technician, world.own, Err(ErrorCode::Forbidden)),
        (world.foreigner, world.technician, Err(ErrorCode::NotFound)),
        (world.admin, world.foreigner, Err(ErrorCode::NotFound)),
        (world.super_admin, both, Err(ErrorCode::Forbidden)),
    ] {
        assert_eq!(world.resets(world.org, Some(by), user).await.map(|_| ()), expected, "{by} {user}");
    }
    let membership = NewMembership { org: world.foreign_org, user: world.admin, role: OrgRole::Admin };
    world.store.put_membership(membership).await.unwrap();
    assert!(world.resets(world.org, Some(world.admin), both).await.is_ok(), "manages them in both");
    world.deactivates(world.admin, world.own).await.unwrap();
    assert_eq!(
        world.resets(world.org, Some(world.admin), world.own).await,
        Err(ErrorCode::AccountDeactivated)
    );
    assert!(world.resets(world.org, None, world.super_admin).await.is_ok(), "the command line");
}

pub async fn a_link_sets_a_password_once(store: impl Store) {
    let world = World::new(store).await;
    let user = world.technician;
    let (first, second) = (world.signs_in(user).await.0, world.signs_in(user).await.0);
    let token = world.resets(world.org, Some(world.admin), user).await.unwrap();
    let other = world.resets(world.org, Some(world.admin), user).await.unwrap();
    assert_eq!(world.store.password_reset(token, NOW).await.unwrap().unwrap().id, user);
    assert!(world.store.password_reset(token, LATER).await.unwrap().is_none(), "over");
    let links = PasswordProof::Link;
    assert_eq!(world.sets_password(world.own, links(token)).await, None, "somebody else's");
    assert_eq!(world.sets_password(user, links(world.hash())).await, None);

    let mut ended = world.sets_password(user, links(token)).await.unwrap();
    ended.sort_unstable();
    let mut both = vec![first, second];
    both.sort_unstable();
    assert_eq!(ended, both);
    assert!(!world.is_signed_in(first).await);
    assert_eq!(world.store.user(user).await.unwrap().unwrap().password_hash, "$argon2id$new");
    for used in [token, other] {
        assert_eq!(world.sets_password(user, links(used)).await, None, "every link is worth nothing now");
    }
    assert_eq!(world.last_note().await, (AuditAction::PasswordChanged, "tech@acme.test's name".to_owned()));

    let (keep, gone) = (world.signs_in(user).await.0, world.signs_in(user).await.0);
    assert_eq!(world.sets_password(user, PasswordProof::Known { keep }).await, Some(vec![gone]));
    assert!(world.is_signed_in(keep).await && !world.is_signed_in(gone).await);
}

pub async fn a_forgotten_password_is_asked_for_so_often(store: impl Store) {
    let world = World::new(store).await;
    let forgot = async |email: &str, at| {
        let token = world.hash();
        world.store.forgot_password(email, token, at, LATER).await.unwrap().map(|user| user.id)
    };
    assert_eq!(forgot("unknown@acme.test", NOW).await, None);
    assert_eq!(forgot("nobody@nowhere.test", NOW).await, None, "active nowhere");
    for _ in 0..RESETS_AT_ONCE {
        assert_eq!(forgot("TECH@acme.test", NOW).await, Some(world.technician));
    }
    assert_eq!(forgot("tech@acme.test", NOW).await, None);
    assert_eq!(forgot("tech@acme.test", LATER).await, Some(world.technician), "the others are over");
    world.deactivates(world.admin, world.own).await.unwrap();
    assert_eq!(forgot("own@acme.test", NOW).await, None);
}

pub async fn devices_are_listed_and_signed_out(store: impl Store) {
    let world = World::new(store).await;
    let (_, first) = world.signs_in(world.technician).await;
    let (token, second) = world.signs_in(world.technician).await;
    let (_, supers) = world.signs_in(world.super_admin).await;
    let (_, foreign) = world.signs_in(world.foreigner).await;
    let over = world.signs_in_with(world.own, world.hash(), NOW).await;
    let ids = async |caller, whose| {
        let found = world.store.devices(caller, whose, NOW).await.unwrap();
        found.map(|devices| devices.into_iter().map(|device| device.id).collect::<Vec<_>>())
    };
    let org = |user| DevicesOf::Org { org: world.org, user };
    assert_eq!(
        ids(world.admin, org(None)).await,
        Some(vec![supers, second, first]),
        "newest first, {over} is over"
    );
    assert_eq!(ids(world.admin, org(Some(world.technician))).await, Some(vec![second, first]));
    assert_eq!(ids(world.admin, org(Some(world.foreigner))).await, Some(vec![]));
    assert_eq!(ids(world.technician, DevicesOf::Own).await, Some(vec![second, first]));
    for who in [world.technician, world.own, world.foreigner, world.nobody] {
        assert_eq!(ids(who, org(None)).await, None, "{who}");
    }
    let revoke =
        async |caller, whose, device| world.store.revoke_device(caller, whose, device, NOW).await.unwrap();
    for (caller, whose, device, expected) in [
        (world.admin, org(None), supers, Err(ErrorCode::Forbidden)),
        (world.admin, org(None), foreign, Err(ErrorCode::NotFound)),
        (world.technician, org(None), first, Err(ErrorCode::Forbidden)),
        (world.technician, org(None), foreign, Err(ErrorCode::Forbidden)),
        (world.foreigner, org(None), first, Err(ErrorCode::NotFound)),
        (world.own, DevicesOf::Own, first, Err(ErrorCode::NotFound)),
        (world.admin, org(None), second, Ok(token)),
        (world.admin, org(None), second, Err(ErrorCode::NotFound)),
    ] {
        assert_eq!(revoke(caller, whose, device).await, expected, "{caller} {device}");
    }
    let note = "tech@acme.test's name: Deskside on Linux".to_owned();
    assert_eq!(world.last_note().await, (AuditAction::DeviceRevoked, note));
    assert!(!world.is_signed_in(token).await);
    assert!(revoke(world.technician, DevicesOf::Own, first).await.is_ok());
}

pub async fn devices_remember_when_they_were_seen(store: impl Store) {
    let world = World::new(store).await;
    let (known, unknown) = (world.signs_in(world.technician).await, world.hash());
    let token = crate::NewToken {
        hash: unknown,
        user: world.technician,
        device: deskside_proto::DeviceId(world.id()),
        client: ClientKind::Browser,
        label: String::new(),
        address: None,
        created_at: NOW,
        expires_at: LATER,
    };
    world.store.create_token(token.clone()).await.unwrap();
    let has_label = async |hash| world.store.signed_in(hash, NOW).await.unwrap().unwrap().has_label;
    assert!(has_label(known.0).await && !has_label(unknown).await);
    let is = || Some((ClientKind::Desktop, "Deskside".to_owned()));
    let seen =
        |device, at: i64, is| DeviceSeen { device, at: NOW.plus(at), address: format!("192.0.2.{at}"), is };
    let gone = deskside_proto::DeviceId(world.id());
    let all = vec![
        seen(known.1, 9, is()),
        seen(known.1, 5, None),
        seen(token.device, 7, is()),
        seen(gone, 8, None),
    ];
    world.store.see_devices(all).await.unwrap();
    let devices = world.store.devices(world.technician, DevicesOf::Own, NOW).await.unwrap().unwrap();
    let shown: Vec<_> = devices
        .iter()
        .map(|device| {
            (device.label.as_str(), device.client, device.last_seen_at.0 - NOW.0, device.address.as_deref())
        })
        .collect();
    let expected = [
        ("Deskside", ClientKind::Desktop, 7, Some("192.0.2.7")),
        ("Deskside on Linux", ClientKind::Desktop, 9, Some("192.0.2.9")),
    ];
    assert_eq!(shown, expected);
    let (people, _) = world.store.people(world.admin, world.org, NOW).await.unwrap().unwrap();
    let found = people.iter().find(|person| person.user.id == world.technician).unwrap();
    assert_eq!((found.last_seen_at, found.devices), (Some(NOW.plus(9)), 2));
}
