//! Passwords: changed by who knows the old one, or by a link that works once.

use async_trait::async_trait;
use deskside_proto::{ErrorCode, Millis, OrgId, UserId};

use crate::{SecretHash, StoreError, UserRecord};

/// A link for a new password of somebody in an organisation, made by an admin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPasswordReset {
    pub token: SecretHash,
    pub org: OrgId,
    pub user: UserId,
    /// `None`: the portal's own command line.
    pub by: Option<UserId>,
    pub at: Millis,
    pub expires_at: Millis,
}

/// A password takes the place of another. Every link for a new one is worth nothing afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPassword {
    pub user: UserId,
    /// PHC string (argon2id).
    pub password_hash: String,
    pub by: PasswordProof,
    pub at: Millis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordProof {
    /// A link; every sign-in ends.
    Link(SecretHash),
    /// The password before, checked by the caller; every sign-in but that of this token ends.
    Known { keep: SecretHash },
}

/// Links that somebody may have at once.
pub const RESETS_AT_ONCE: u64 = 5;

/// Passwords' part of the store.
#[async_trait]
pub trait PasswordStore: Send + Sync + 'static {
    /// Makes a link. A password opens every organisation that its owner is in: an admin must be allowed to manage them in each, or is
    /// refused (`forbidden`); `not_found` for outsiders and about those, `not_to_yourself`, `account_deactivated`.
    async fn make_password_reset(
        &self,
        reset: NewPasswordReset,
    ) -> Result<Result<UserRecord, ErrorCode>, StoreError>;
    /// Makes a link for who has that address and is active somewhere, unless they have [`RESETS_AT_ONCE`] already.
    async fn forgot_password(
        &self,
        email: &str,
        token: SecretHash,
        at: Millis,
        expires_at: Millis,
    ) -> Result<Option<UserRecord>, StoreError>;
    /// Whose link it is, unless it was used or is over.
    async fn password_reset(&self, token: SecretHash, now: Millis) -> Result<Option<UserRecord>, StoreError>;
    /// Sets a password, and returns the tokens whose sign-ins it ended. `None` where the link is worth nothing.
    async fn set_password(&self, password: NewPassword) -> Result<Option<Vec<SecretHash>>, StoreError>;
}
