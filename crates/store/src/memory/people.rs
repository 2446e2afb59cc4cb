//! People of an organisation and invitations.

use async_trait::async_trait;
use deskside_proto::{
    ErrorCode, InvitationId, Millis, OrgId, OrgRole, UserId,
    api::{AuditAction, Invitation, Person, PersonState, UserView},
};

use super::{MemoryStore, state::State};
use crate::{
    Acceptance, AuditEntry, ChangeOfPerson, InvitationRecord, NewInvitation, NewUser, Newcomer, PeopleStore,
    PersonStanding, SecretHash, StoreError, Touched,
};

#[async_trait]
impl PeopleStore for MemoryStore {
    async fn people(
        &self,
        user: UserId,
        org: OrgId,
        now: Millis,
    ) -> Result<Option<(Vec<Person>, Vec<Invitation>)>, StoreError> {
        let state = self.state();
        let manages = state.memberships.get(&(org, user)).is_some_and(|role| role.manages());
        Ok(manages.then(|| (state.all_people(org, now), state.open_invitations(org, now))))
    }

    async fn all_people(&self, org: OrgId, now: Millis) -> Result<Vec<Person>, StoreError> {
        Ok(self.state().all_people(org, now))
    }

    async fn invite(&self, invitation: NewInvitation) -> Result<Result<(), ErrorCode>, StoreError> {
        Ok(self.state().invite(invitation))
    }

    async fn withdraw_invitation(
        &self,
        by: UserId,
        org: OrgId,
        invitation: InvitationId,
        at: Millis,
    ) -> Result<Result<(), ErrorCode>, StoreError> {
        Ok(self.state().withdraw(by, org, invitation, at))
    }

    async fn invitation(
        &self,
        token: SecretHash,
        now: Millis,
    ) -> Result<Option<InvitationRecord>, StoreError> {
        Ok(self.state().invitation(token, now))
    }

    async fn accept_invitation(
        &self,
        acceptance: Acceptance,
    ) -> Result<Result<UserId, ErrorCode>, StoreError> {
        Ok(self.state().accept(acceptance))
    }

    async fn change_person(&self, change: ChangeOfPerson) -> Result<Result<Touched, ErrorCode>, StoreError> {
        Ok(self.state().change_person(&change))
    }

    async fn is_deactivated(&self, user: UserId) -> Result<bool, StoreError> {
        let state = self.state();
        let active = state.memberships.keys().any(|(_, member)| *member == user);
        Ok(!active && state.deactivated.keys().any(|(_, member)| *member == user))
    }
}

impl State {
    fn all_people(&self, org: OrgId, now: Millis) -> Vec<Person> {
        let here = |((of, user), role): (&(OrgId, UserId), &OrgRole), state| {
            (*of == org).then_some((*user, *role, state))
        };
        let active = self.memberships.iter().filter_map(|entry| here(entry, PersonState::Active));
        let deactivated = self.deactivated.iter().filter_map(|entry| here(entry, PersonState::Deactivated));
        let person = |(id, role, state): (UserId, OrgRole, PersonState)| {
            let user = self.users.get(&id)?;
            let devices = self.devices.values().filter(|kept| kept.token.user == id);
            let current = devices.clone().filter(|kept| kept.token.expires_at > now).count();
            Some(Person {
                user: UserView { id, email: user.email.clone(), name: user.name.clone() },
                role,
                state,
                since: self.since.get(&(org, id)).copied().unwrap_or_default(),
                last_seen_at: devices.map(|kept| kept.last_seen_at).max(),
                devices: u32::try_from(current).unwrap_or(u32::MAX),
            })
        };
        let mut people: Vec<Person> = active.chain(deactivated).filter_map(person).collect();
        people.sort_by_cached_key(|person| (person.user.name.to_lowercase(), person.user.id));
        people
    }

    /// Whether whoever made it could make it today, and its time is not over.
    fn is_open(&self, invitation: &NewInvitation, now: Millis) -> bool {
        let by = self.memberships.get(&(invitation.org, invitation.by));
        invitation.expires_at > now && by.is_some_and(|role| role.may_manage(invitation.role))
    }

    fn open_invitations(&self, org: OrgId, now: Millis) -> Vec<Invitation> {
        let open =
            self.invitations.values().rev().filter(|known| known.org == org && self.is_open(known, now));
        let shown = open.map(|known| Invitation {
            id: known.id,
            email: known.email.clone(),
            role: known.role,
            by: self.users.get(&known.by).map(|user| user.name.clone()).unwrap_or_default(),
            at: known.at,
            expires_at: known.expires_at,
        });
        shown.collect()
    }

    pub(super) fn note_about(
        &mut self,
        (org, actor, at): (OrgId, Option<UserId>, Millis),
        action: AuditAction,
        subject: String,
    ) {
        self.audit.push(AuditEntry { org, at, actor, action, session: None, attachment: None, subject });
    }

    fn is_in(&self, org: OrgId, email: &str) -> bool {
        self.user_by_email(email).is_some_and(|user| self.holds(org, user.id).is_some())
    }

    /// What somebody holds in `org`, or held until they were deactivated.
    pub(super) fn holds(&self, org: OrgId, user: UserId) -> Option<(OrgRole, PersonState)> {
        let active = self.memberships.get(&(org, user)).map(|role| (*role, PersonState::Active));
        active.or_else(|| Some((*self.deactivated.get(&(org, user))?, PersonState::Deactivated)))
    }

    fn invite(&mut self, new: NewInvitation) -> Result<(), ErrorCode> {
        let role = self.memberships.get(&(new.org, new.by)).ok_or(ErrorCode::NotFound)?;
        if !role.may_manage(new.role) {
            return Err(ErrorCode::Forbidden);
        }
        if self.is_in(new.org, &new.email) {
            return Err(ErrorCode::AlreadyMember);
        }
        let key = new.email.to_lowercase();
        let goes = |known: &NewInvitation| {
            known.org == new.org && (known.email.to_lowercase() == key || known.expires_at <= new.at)
        };
        self.invitations.retain(|_, known| !goes(known));
        let subject = format!("{} ({})", new.email, new.role.as_str());
        self.note_about((new.org, Some(new.by), new.at), AuditAction::PersonInvited, subject);
        self.invitations.insert(new.id, new);
        Ok(())
    }

    fn withdraw(
        &mut self,
        by: UserId,
        org: OrgId,
        invitation: InvitationId,
        at: Millis,
    ) -> Result<(), ErrorCode> {
        let role = *self.memberships.get(&(org, by)).ok_or(ErrorCode::NotFound)?;
        if !role.manages() {
            return Err(ErrorCode::Forbidden);
        }
        let known = self.invitations.get(&invitation).filter(|known| known.org == org);
        let known = known.ok_or(ErrorCode::NotFound)?;
        if !role.may_manage(known.role) {
            return Err(ErrorCode::Forbidden);
        }
        let subject = format!("{} ({})", known.email, known.role.as_str());
        self.invitations.remove(&invitation);
        self.note_about((org, Some(by), at), AuditAction::InvitationWithdrawn, subject);
        Ok(())
    }

    fn invitation(&self, token: SecretHash, now: Millis) -> Option<InvitationRecord> {
        let found =
            self.invitations.values().find(|known| known.token == token && self.is_open(known, now))?;
        Some(InvitationRecord {
            org: found.org,
            org_name: self.orgs.get(&found.org)?.name.clone(),
            email: found.email.clone(),
            role: found.role,
            expires_at: found.expires_at,
            known: self.user_by_email(&found.email),
        })
    }

    fn accept(&mut self, acceptance: Acceptance) -> Result<UserId, ErrorCode> {
        let Acceptance { token, who, at } = acceptance;
        let found = self.invitation(token, at).ok_or(ErrorCode::InvitationInvalid)?;
        if self.is_in(found.org, &found.email) {
            return Err(ErrorCode::AlreadyMember);
        }
        let (user, name) = match (who, found.known) {
            (Newcomer::Known(user), Some(known)) if known.id == user => (user, known.name),
            (Newcomer::Known(_), _) => return Err(ErrorCode::InvitationInvalid),
            (Newcomer::New(_), Some(_)) => return Err(ErrorCode::EmailTaken),
            (Newcomer::New(new), None) => {
                let (id, name) = (new.id, new.name.clone());
                self.create_user(NewUser { email: found.email, ..new });
                (id, name)
            }
        };
        self.memberships.insert((found.org, user), found.role);
        self.since.insert((found.org, user), at);
        self.invitations.retain(|_, known| known.token != token);
        let subject = format!("{name} ({})", found.role.as_str());
        self.note_about((found.org, Some(user), at), AuditAction::InvitationAccepted, subject);
        Ok(user)
    }

    fn change_person(&mut self, change: &ChangeOfPerson) -> Result<Touched, ErrorCode> {
        let place = (change.org, change.user);
        let caller = change.by.and_then(|by| self.memberships.get(&(change.org, by)).copied());
        if change.by.is_some() && caller.is_none() {
            return Err(ErrorCode::NotFound);
        }
        let (role, state) = self.holds(change.org, change.user).ok_or(ErrorCode::NotFound)?;
        let supers = self
            .memberships
            .iter()
            .filter(|((org, _), role)| *org == change.org && **role == OrgRole::SuperAdmin);
        let standing = PersonStanding { caller, role, state, super_admins: supers.count() as u64 };
        change.check(standing)?;
        let wanted = change.wanted(standing);
        if wanted == (role, state) {
            return Ok(Touched::default());
        }
        self.memberships.remove(&place);
        self.deactivated.remove(&place);
        match wanted.1 {
            PersonState::Active => self.memberships.insert(place, wanted.0),
            PersonState::Deactivated => self.deactivated.insert(place, wanted.0),
        };
        let may_stay = |known: &NewInvitation| {
            (known.org, known.by) != place
                || wanted.1 == PersonState::Active && wanted.0.may_manage(known.role)
        };
        self.invitations.retain(|_, known| may_stay(known));
        self.note_change(change, (role, state), wanted);
        let tokens: Vec<SecretHash> = self.tokens_of(change.user);
        if wanted.1 == PersonState::Active {
            return Ok(Touched { ended: Vec::new(), changed: tokens });
        }
        self.devices.retain(|_, kept| kept.token.user != change.user);
        Ok(Touched { ended: tokens, changed: Vec::new() })
    }

    fn note_change(
        &mut self,
        change: &ChangeOfPerson,
        before: (OrgRole, PersonState),
        after: (OrgRole, PersonState),
    ) {
        let by = (change.org, change.by, change.at);
        let name = self.users.get(&change.user).map(|user| user.name.clone()).unwrap_or_default();
        if before.0 != after.0 {
            let subject = format!("{name}: {} → {}", before.0.as_str(), after.0.as_str());
            self.note_about(by, AuditAction::RoleChanged, subject);
        }
        if before.1 != after.1 {
            let action = match after.1 {
                PersonState::Active => AuditAction::PersonReactivated,
                PersonState::Deactivated => AuditAction::PersonDeactivated,
            };
            self.note_about(by, action, name);
        }
    }

    pub(super) fn tokens_of(&self, user: UserId) -> Vec<SecretHash> {
        let devices = self.devices.values().filter(|kept| kept.token.user == user);
        devices.map(|kept| kept.token.hash).collect()
    }
}
