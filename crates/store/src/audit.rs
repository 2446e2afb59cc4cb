//! The note of who did what: for those who manage an organisation, and only added to.

use async_trait::async_trait;
use deskside_proto::{
    AttachmentId, Millis, OrgId, SessionId, UserId,
    api::{AuditAction, AuditItem},
};

use crate::StoreError;

/// Something to be remembered of what somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub org: OrgId,
    pub at: Millis,
    /// `None`: the portal itself.
    pub actor: Option<UserId>,
    pub action: AuditAction,
    /// `None`: it is not about one session.
    pub session: Option<SessionId>,
    pub attachment: Option<AttachmentId>,
    /// What it is called, for the time when it is gone: the file's name, the session's title, the person's name.
    pub subject: String,
}

/// Which notes to show; what is `None` excludes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Only those before this place.
    pub before: Option<u64>,
    pub action: Option<AuditAction>,
    pub actor: Option<UserId>,
    pub session: Option<SessionId>,
    /// Not earlier than this.
    pub from: Option<Millis>,
    /// Earlier than this.
    pub to: Option<Millis>,
}

/// The audit log's part of the store.
#[async_trait]
pub trait AuditStore: Send + Sync + 'static {
    /// Adds to the audit log; not where the same actor has done the same to the same session and file since `unless_since`. What is
    /// about no session is always added.
    async fn audit(&self, entry: AuditEntry, unless_since: Millis) -> Result<(), StoreError>;
    /// The organisation's audit log, newest first, for those who manage it; `None` for others.
    async fn audit_log(
        &self,
        user: UserId,
        org: OrgId,
        filter: AuditFilter,
        limit: u32,
    ) -> Result<Option<Vec<AuditItem>>, StoreError>;
}
