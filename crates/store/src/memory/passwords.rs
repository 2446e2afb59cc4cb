//! Passwords and the links for new ones.

use async_trait::async_trait;
use deskside_proto::{
    ErrorCode, Millis, OrgId, UserId,
    api::{AuditAction, PersonState},
};

use super::{MemoryStore, state::State};
use crate::{
    NewPassword, NewPasswordReset, PasswordProof, PasswordStore, SecretHash, StoreError, UserRecord,
    passwords::RESETS_AT_ONCE,
};

#[async_trait]
impl PasswordStore for MemoryStore {
    async fn make_password_reset(
        &self,
        reset: NewPasswordReset,
    ) -> Result<Result<UserRecord, ErrorCode>, StoreError> {
        Ok(self.state().make_reset(reset))
    }

    async fn forgot_password(
        &self,
        email: &str,
        token: SecretHash,
        at: Millis,
        expires_at: Millis,
    ) -> Result<Option<UserRecord>, StoreError> {
        Ok(self.state().forgot(email, token, at, expires_at))
    }

    async fn password_reset(&self, token: SecretHash, now: Millis) -> Result<Option<UserRecord>, StoreError> {
        Ok(self.state().reset_of(token, now))
    }

    async fn set_password(&self, password: NewPassword) -> Result<Option<Vec<SecretHash>>, StoreError> {
        Ok(self.state().set_password(password))
    }
}

impl State {
    fn make_reset(&mut self, reset: NewPasswordReset) -> Result<UserRecord, ErrorCode> {
        let NewPasswordReset { token, org, user, by, at, expires_at } = reset;
        if let Some(by) = by {
            let role = self.memberships.get(&(org, by)).ok_or(ErrorCode::NotFound)?;
            if !role.manages() {
                return Err(ErrorCode::Forbidden);
            }
            if by == user {
                return Err(ErrorCode::NotToYourself);
            }
        }
        let (_, state) = self.holds(org, user).ok_or(ErrorCode::NotFound)?;
        if by.is_some_and(|by| !self.manages_everywhere(by, user)) {
            return Err(ErrorCode::Forbidden);
        }
        if state == PersonState::Deactivated {
            return Err(ErrorCode::AccountDeactivated);
        }
        let record = self.user(user).ok_or(ErrorCode::NotFound)?;
        self.resets.insert(token, (user, expires_at));
        self.note_about((org, by, at), AuditAction::PasswordResetMade, record.name.clone());
        Ok(record)
    }

    /// A password opens every organisation that its owner is in.
    fn manages_everywhere(&self, by: UserId, user: UserId) -> bool {
        self.orgs.keys().all(|org| match self.holds(*org, user) {
            None => true,
            Some((held, _)) => self.memberships.get(&(*org, by)).is_some_and(|role| role.may_manage(held)),
        })
    }

    fn forgot(
        &mut self,
        email: &str,
        token: SecretHash,
        at: Millis,
        expires_at: Millis,
    ) -> Option<UserRecord> {
        self.resets.retain(|_, (_, over)| *over > at);
        let user = self.user_by_email(email)?;
        self.memberships.keys().find(|(_, member)| *member == user.id)?;
        let own = self.resets.values().filter(|(of, _)| *of == user.id).count() as u64;
        (own < RESETS_AT_ONCE).then(|| {
            self.resets.insert(token, (user.id, expires_at));
            user
        })
    }

    fn reset_of(&self, token: SecretHash, now: Millis) -> Option<UserRecord> {
        let (user, _) = self.resets.get(&token).filter(|(_, over)| *over > now)?;
        self.user(*user)
    }

    fn set_password(&mut self, password: NewPassword) -> Option<Vec<SecretHash>> {
        let NewPassword { user, password_hash, by, at } = password;
        let keep = match by {
            PasswordProof::Known { keep } => Some(keep),
            PasswordProof::Link(token) => {
                self.reset_of(token, at).filter(|found| found.id == user)?;
                None
            }
        };
        let record = self.users.get_mut(&user)?;
        record.password_hash = password_hash;
        let name = record.name.clone();
        self.resets.retain(|_, (of, _)| *of != user);
        let mut ended = self.tokens_of(user);
        ended.retain(|token| Some(*token) != keep);
        self.devices.retain(|token, _| !ended.contains(token));
        for org in self.orgs_of(user) {
            self.note_about((org, Some(user), at), AuditAction::PasswordChanged, name.clone());
        }
        Some(ended)
    }

    /// Where the person is active.
    pub(super) fn orgs_of(&self, user: UserId) -> Vec<OrgId> {
        let own = self.memberships.keys().filter(|(_, member)| *member == user);
        own.map(|(org, _)| *org).collect()
    }
}
