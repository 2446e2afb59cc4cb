//! First run, organisations, people, tokens.

use deskside_proto::{Millis, OrgId, OrgRole, OrgSettings, UserId, api::Membership};

use super::state::{Org, State};
use crate::{NewMembership, NewOrg, NewToken, NewUser, OrgRecord, SecretHash, StoreError, UserRecord};

impl State {
    pub(super) fn needs_set_up(&self) -> bool {
        self.orgs.is_empty()
    }

    pub(super) fn begin_set_up(&mut self, token: SecretHash) {
        if self.needs_set_up() {
            self.set_up = Some(token);
        }
    }

    pub(super) fn complete_set_up(&mut self, token: SecretHash, org: NewOrg, admin: NewUser) -> bool {
        if self.set_up != Some(token) || self.email_is_taken(&admin.email) {
            return false;
        }
        self.memberships.insert((org.id, admin.id), OrgRole::SuperAdmin);
        self.create_org(org);
        self.create_user(admin)
    }

    pub(super) fn create_org(&mut self, org: NewOrg) {
        self.set_up = None;
        let settings = OrgSettings::default();
        self.orgs.insert(org.id, Org { name: org.name, settings, created_at: org.at });
    }

    pub(super) fn org(&self, id: OrgId) -> Option<OrgRecord> {
        let org = self.orgs.get(&id)?;
        Some(OrgRecord { id, name: org.name.clone(), settings: org.settings.clone() })
    }

    pub(super) fn all_orgs(&self) -> Vec<OrgRecord> {
        let mut ids: Vec<(Millis, OrgId)> = self.orgs.iter().map(|(id, org)| (org.created_at, *id)).collect();
        ids.sort();
        ids.into_iter().filter_map(|(_, id)| self.org(id)).collect()
    }

    pub(super) fn org_settings(&self, user: UserId, org: OrgId) -> Option<OrgSettings> {
        self.memberships.get(&(org, user))?;
        Some(self.orgs.get(&org)?.settings.clone())
    }

    pub(super) fn set_org_settings(&mut self, user: UserId, org: OrgId, settings: OrgSettings) -> bool {
        let manages = self.memberships.get(&(org, user)).is_some_and(|role| role.manages());
        match self.orgs.get_mut(&org) {
            Some(found) if manages => {
                found.settings = settings;
                true
            }
            _ => false,
        }
    }

    fn email_is_taken(&self, email: &str) -> bool {
        self.user_by_email(email).is_some()
    }

    pub(super) fn create_user(&mut self, user: NewUser) -> bool {
        if self.email_is_taken(&user.email) {
            return false;
        }
        let NewUser { id, email, name, password_hash, .. } = user;
        self.users.insert(id, UserRecord { id, email, name, password_hash });
        true
    }

    pub(super) fn put_membership(&mut self, membership: NewMembership) -> Result<(), StoreError> {
        let NewMembership { org, user, role } = membership;
        if !self.orgs.contains_key(&org) || !self.users.contains_key(&user) {
            let row = format!("{org}/{user}");
            return Err(StoreError::Inconsistent { table: "membership", column: "org_id, user_id", row });
        }
        self.memberships.insert((org, user), role);
        Ok(())
    }

    pub(super) fn user_by_email(&self, email: &str) -> Option<UserRecord> {
        let key = email.to_lowercase();
        self.users.values().find(|user| user.email.to_lowercase() == key).cloned()
    }

    pub(super) fn user(&self, user: UserId) -> Option<UserRecord> {
        self.users.get(&user).cloned()
    }

    pub(super) fn memberships_of(&self, user: UserId) -> Vec<Membership> {
        let mut memberships: Vec<Membership> = self
            .memberships
            .iter()
            .filter(|((_, member), _)| *member == user)
            .filter_map(|((org_id, _), role)| {
                let org_name = self.orgs.get(org_id)?.name.clone();
                Some(Membership { org_id: *org_id, org_name, role: *role })
            })
            .collect();
        memberships.sort_by(|a, b| (&a.org_name, a.org_id).cmp(&(&b.org_name, b.org_id)));
        memberships
    }

    pub(super) fn create_token(&mut self, token: NewToken) -> Result<(), StoreError> {
        if !self.users.contains_key(&token.user) {
            let row = token.user.to_string();
            return Err(StoreError::Inconsistent { table: "device", column: "user_id", row });
        }
        self.tokens.insert(token.hash, token);
        Ok(())
    }

    pub(super) fn user_by_token(&self, hash: SecretHash, now: Millis) -> Option<UserId> {
        self.tokens.get(&hash).filter(|token| token.expires_at > now).map(|token| token.user)
    }

    pub(super) fn delete_token(&mut self, hash: SecretHash) {
        self.tokens.remove(&hash);
    }
}
