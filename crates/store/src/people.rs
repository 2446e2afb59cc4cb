//! The people of an organisation: how they come to it, what they may, and how they go. The rules for every backend.

use async_trait::async_trait;
use deskside_proto::{
    ErrorCode, InvitationId, Millis, OrgId, OrgRole, UserId,
    api::{Invitation, Person, PersonChange, PersonState},
};

use crate::{NewUser, SecretHash, StoreError, UserRecord};

/// Somebody is asked to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    pub id: InvitationId,
    pub token: SecretHash,
    pub org: OrgId,
    pub email: String,
    pub role: OrgRole,
    pub by: UserId,
    pub at: Millis,
    pub expires_at: Millis,
}

/// Where an invitation's link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationRecord {
    pub org: OrgId,
    pub org_name: String,
    pub email: String,
    pub role: OrgRole,
    pub expires_at: Millis,
    /// Who has that address already.
    pub known: Option<UserRecord>,
}

/// Somebody takes an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    pub token: SecretHash,
    pub who: Newcomer,
    pub at: Millis,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Newcomer {
    /// Somebody new; the address is the invitation's, whatever stands here.
    New(NewUser),
    /// Who has the address already, and proved it.
    Known(UserId),
}

/// A change of somebody's place in an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeOfPerson {
    pub org: OrgId,
    pub user: UserId,
    /// `None`: the portal's own command line.
    pub by: Option<UserId>,
    pub change: PersonChange,
    pub at: Millis,
}

/// What a [`ChangeOfPerson`] meets, read in the transaction that makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonStanding {
    /// What who wishes it holds in the organisation.
    pub caller: Option<OrgRole>,
    /// What the person holds, or held.
    pub role: OrgRole,
    pub state: PersonState,
    /// Active super admins of the organisation.
    pub super_admins: u64,
}

/// Sign-ins that a change touches, by their tokens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Touched {
    /// They are over.
    pub ended: Vec<SecretHash>,
    /// What they may see may be less than before.
    pub changed: Vec<SecretHash>,
}

impl ChangeOfPerson {
    /// What the person shall be.
    #[must_use]
    pub fn wanted(&self, standing: PersonStanding) -> (OrgRole, PersonState) {
        (self.change.role.unwrap_or(standing.role), self.change.state.unwrap_or(standing.state))
    }

    /// Whether it may be done (research S05): nobody grants or touches more than they hold, nobody takes from themselves, and one
    /// super admin stays.
    ///
    /// # Errors
    /// `not_found` for who is no member, `forbidden`, `not_to_yourself`, `last_super_admin`.
    pub fn check(&self, standing: PersonStanding) -> Result<(), ErrorCode> {
        let (role, state) = self.wanted(standing);
        if self.by.is_some() {
            let caller = standing.caller.ok_or(ErrorCode::NotFound)?;
            if !caller.may_manage(standing.role) || !caller.may_manage(role) {
                return Err(ErrorCode::Forbidden);
            }
        }
        let nothing_changes = (role, state) == (standing.role, standing.state);
        if self.by == Some(self.user) && !nothing_changes {
            return Err(ErrorCode::NotToYourself);
        }
        let is_super = standing.role == OrgRole::SuperAdmin && standing.state == PersonState::Active;
        let stays_super = role == OrgRole::SuperAdmin && state == PersonState::Active;
        if is_super && !stays_super && standing.super_admins <= 1 {
            return Err(ErrorCode::LastSuperAdmin);
        }
        Ok(())
    }
}

/// People's part of the store. What may not be done answers with the code that says why.
#[async_trait]
pub trait PeopleStore: Send + Sync + 'static {
    /// Everybody by name, and open invitations newest first; `None` for those who do not manage the organisation.
    async fn people(
        &self,
        user: UserId,
        org: OrgId,
        now: Millis,
    ) -> Result<Option<(Vec<Person>, Vec<Invitation>)>, StoreError>;
    /// Everybody of `org` by name; not on anybody's behalf (the command line).
    async fn all_people(&self, org: OrgId, now: Millis) -> Result<Vec<Person>, StoreError>;
    /// Makes an invitation, in place of an earlier one to the same address. Refused for those who may not give that role
    /// (`forbidden`; `not_found` for outsiders) and for an address that is in the organisation already (`already_member`).
    async fn invite(&self, invitation: NewInvitation) -> Result<Result<(), ErrorCode>, StoreError>;
    /// Takes an invitation back, for those who could make it.
    async fn withdraw_invitation(
        &self,
        by: UserId,
        org: OrgId,
        invitation: InvitationId,
        at: Millis,
    ) -> Result<Result<(), ErrorCode>, StoreError>;
    /// Where a link leads, unless it was used, taken back, is over, or whoever made it could not make it today.
    async fn invitation(
        &self,
        token: SecretHash,
        now: Millis,
    ) -> Result<Option<InvitationRecord>, StoreError>;
    /// Uses an invitation up: who takes it is a member afterwards. `invitation_invalid` as [`PeopleStore::invitation`] says, and for
    /// somebody known who has another address; `email_taken` for somebody new whose address is known by now; `already_member`.
    async fn accept_invitation(
        &self,
        acceptance: Acceptance,
    ) -> Result<Result<UserId, ErrorCode>, StoreError>;
    /// Changes role or state, as [`ChangeOfPerson::check`] says. Who is deactivated is signed out everywhere in the same commit;
    /// invitations that the person could not make any more are gone.
    async fn change_person(&self, change: ChangeOfPerson) -> Result<Result<Touched, ErrorCode>, StoreError>;
    /// Whether the person was a member somewhere and is active nowhere.
    async fn is_deactivated(&self, user: UserId) -> Result<bool, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use ErrorCode::{Forbidden, LastSuperAdmin, NotFound, NotToYourself};
    use OrgRole::{Admin, SuperAdmin, Technician, TechnicianOwn};
    use PersonState::{Active, Deactivated};

    fn check(
        caller: Option<OrgRole>,
        standing: (OrgRole, PersonState),
        role: Option<OrgRole>,
        state: Option<PersonState>,
    ) -> Result<(), ErrorCode> {
        let (org, user, by) = (OrgId([1; 16]), UserId([2; 16]), Some(UserId([3; 16])));
        let change = ChangeOfPerson { org, user, by, change: PersonChange { role, state }, at: Millis(0) };
        change.check(PersonStanding { caller, role: standing.0, state: standing.1, super_admins: 2 })
    }

    /// Row Z22, research S05: who may do what to whom.
    #[test]
    fn nobody_touches_or_grants_more_than_they_hold() {
        let off = Some(Deactivated);
        for (caller, of, role, state, expected) in [
            (Some(SuperAdmin), SuperAdmin, Some(Admin), None, Ok(())),
            (Some(SuperAdmin), SuperAdmin, None, off, Ok(())),
            (Some(SuperAdmin), Technician, Some(SuperAdmin), None, Ok(())),
            (Some(Admin), Admin, None, off, Ok(())),
            (Some(Admin), TechnicianOwn, Some(Admin), None, Ok(())),
            (Some(Admin), Technician, Some(SuperAdmin), None, Err(Forbidden)),
            (Some(Admin), SuperAdmin, Some(Technician), None, Err(Forbidden)),
            (Some(Admin), SuperAdmin, None, off, Err(Forbidden)),
            (Some(Admin), SuperAdmin, None, None, Err(Forbidden)),
            (Some(Technician), TechnicianOwn, Some(Technician), None, Err(Forbidden)),
            (Some(TechnicianOwn), TechnicianOwn, None, off, Err(Forbidden)),
            (None, Technician, None, off, Err(NotFound)),
        ] {
            assert_eq!(
                check(caller, (of, Active), role, state),
                expected,
                "{caller:?} {of:?} {role:?} {state:?}"
            );
        }
        assert_eq!(check(Some(Admin), (SuperAdmin, Deactivated), None, Some(Active)), Err(Forbidden));
        assert_eq!(
            check(Some(Admin), (Technician, Deactivated), Some(SuperAdmin), Some(Active)),
            Err(Forbidden)
        );
        assert_eq!(check(Some(Admin), (Technician, Deactivated), None, Some(Active)), Ok(()));
    }

    #[test]
    fn nobody_locks_themselves_or_everybody_out() {
        let org = OrgId([1; 16]);
        let ada = UserId([2; 16]);
        let standing = |role, super_admins| PersonStanding {
            caller: Some(SuperAdmin),
            role,
            state: Active,
            super_admins,
        };
        let change = |by, role, state| {
            let change = PersonChange { role, state };
            ChangeOfPerson { org, user: ada, by, change, at: Millis(0) }
        };
        let (own, other, line) = (Some(ada), Some(UserId([3; 16])), None);
        for (by, role, state, super_admins, expected) in [
            (own, Some(Admin), None, 2, Err(NotToYourself)),
            (own, None, Some(Deactivated), 2, Err(NotToYourself)),
            (own, Some(SuperAdmin), Some(Active), 1, Ok(())),
            (other, Some(Admin), None, 1, Err(LastSuperAdmin)),
            (other, None, Some(Deactivated), 1, Err(LastSuperAdmin)),
            (other, None, Some(Deactivated), 2, Ok(())),
            (line, None, Some(Deactivated), 1, Err(LastSuperAdmin)),
            (line, None, Some(Deactivated), 2, Ok(())),
        ] {
            let change = change(by, role, state);
            assert_eq!(
                change.check(standing(SuperAdmin, super_admins)),
                expected,
                "{change:?} {super_admins}"
            );
        }
    }
}
