//! What stays of sessions that are over: sealed transcripts, the chain of manifests, holds; and which sessions nobody comes back to.
//!
//! [`Ledger`] is what can be read beside a running portal; [`VaultStore`] is what the portal does.

use std::collections::HashMap;

use async_trait::async_trait;
use deskside_proto::{
    Attachment, AttachmentId, AttachmentState, CaptureKind, Event, EventBody, Millis, OrgId, OrgRole, Seq,
    SessionId, UserId, WithdrawReason,
    api::{
        AuditAction, FileActivity, FileFate, ManifestInfo, SessionVault, TranscriptFormat, VaultFile,
        VaultKind,
    },
};

use crate::{AuditEntry, StoreError};

/// One form of a sealed transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptFile {
    pub format: TranscriptFormat,
    /// Bytes.
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
}

/// A manifest that is written and shall stand in its organisation's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewManifest {
    pub org: OrgId,
    pub session: SessionId,
    /// 1 seals the session; 2, 3 … are addenda.
    pub part: u32,
    /// In the chain; one more than that of the manifest whose hash it names.
    pub place: u64,
    pub size: u64,
    /// Lower-case hex, of its bytes.
    pub sha256: String,
    pub sealed_at: Millis,
    /// With part 1 every form of the transcript, with an addendum none.
    pub transcripts: Vec<TranscriptFile>,
}

/// A manifest in its organisation's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainEntry {
    pub place: u64,
    pub session: SessionId,
    pub part: u32,
    pub size: u64,
    pub sha256: String,
    pub sealed_at: Millis,
    /// The session was deleted, and its files with it.
    pub erased: bool,
    /// The audit log says that it was deleted.
    pub deletion_noted: bool,
}

/// A stored file as a manifest names it, and what became of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    pub attachment: AttachmentId,
    pub kind: VaultKind,
    pub name: String,
    pub size: u64,
    pub sha256: String,
    /// Its bytes are gone, or have to go.
    pub erased: bool,
}

/// What is known of an object under a key of an attachment or a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobStanding {
    /// It has to be there, or may be.
    Kept,
    /// It is being erased.
    Going,
    /// It should not be there: erased, or never heard of.
    Unknown,
}

/// A session that nobody comes back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdleSession {
    pub session: SessionId,
    /// No customer ever came, nothing was said, and no code or link leads in any more: it leaves nothing.
    pub unused: bool,
}

/// Somebody wishes a session to be held, or released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldChange {
    pub org: OrgId,
    pub session: SessionId,
    pub user: UserId,
    pub at: Millis,
    /// Why it is held; `None` releases it.
    pub reason: Option<String>,
}

/// What became of a [`HoldChange`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldOutcome {
    /// Also where nothing had to be changed to release it.
    Done,
    NotFound,
    Forbidden,
}

impl HoldChange {
    /// By the role of who wishes it; `is_visible`: a session of the organisation that they may see, and that is over.
    #[must_use]
    pub fn outcome(is_visible: bool, role: Option<OrgRole>) -> HoldOutcome {
        match (is_visible, role) {
            (false, _) => HoldOutcome::NotFound,
            (true, Some(role)) if role.manages() => HoldOutcome::Done,
            (true, _) => HoldOutcome::Forbidden,
        }
    }

    /// What is remembered of it, where it changes something.
    #[must_use]
    pub fn note(&self, title: String) -> AuditEntry {
        let action = if self.reason.is_some() { AuditAction::HoldSet } else { AuditAction::HoldReleased };
        AuditEntry {
            org: self.org,
            at: self.at,
            actor: Some(self.user),
            action,
            session: Some(self.session),
            attachment: None,
            subject: title,
        }
    }
}

/// What stands in vaults; not on anybody's behalf. A backend answers it beside a running portal too.
#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// Organisations with their names, oldest first.
    async fn chains(&self) -> Result<Vec<(OrgId, String)>, StoreError>;
    /// Manifests of `org` after `place`, in order.
    async fn chain(&self, org: OrgId, after: u64, limit: u32) -> Result<Vec<ChainEntry>, StoreError>;
    /// Manifests of a session, in order.
    async fn manifests(&self, session: SessionId) -> Result<Vec<ChainEntry>, StoreError>;
    /// Forms of a session's sealed transcript, by format.
    async fn transcripts(&self, session: SessionId) -> Result<Vec<TranscriptFile>, StoreError>;
    /// Files that the session's manifest `part` names, by id, after `after`.
    async fn listed_files(
        &self,
        session: SessionId,
        part: u32,
        after: Option<AttachmentId>,
        limit: u32,
    ) -> Result<Vec<ListedFile>, StoreError>;
    /// Sessions that ended before `before` and are not sealed: how many.
    async fn unsealed_since(&self, before: Millis) -> Result<u64, StoreError>;
    /// Sealed sessions of `org` that no manifest names, at most `limit`: there are none unless somebody took manifests out.
    async fn sealed_outside(&self, org: OrgId, limit: u32) -> Result<Vec<SessionId>, StoreError>;
    /// What is known of an attachment's object.
    async fn attachment_standing(
        &self,
        org: OrgId,
        session: SessionId,
        attachment: AttachmentId,
    ) -> Result<BlobStanding, StoreError>;
    /// What is known of a session's transcripts: `Kept` as long as the session is there, sealed or not.
    async fn session_standing(&self, org: OrgId, session: SessionId) -> Result<BlobStanding, StoreError>;
}

/// Endings by time, sealing, holds.
#[async_trait]
pub trait VaultStore: Ledger {
    /// The last manifest of `org`.
    async fn chain_head(&self, org: OrgId) -> Result<Option<ChainEntry>, StoreError>;

    // Who is there

    /// Somebody is connected to these sessions. A session that is over, or unknown, is left out.
    async fn note_present(&self, sessions: Vec<SessionId>, at: Millis) -> Result<(), StoreError>;
    /// Open sessions of `org` in which nobody was and nothing happened since `before`, longest first: those that were used, and
    /// those to which no code or link leads any more at `now`.
    async fn idle_sessions(
        &self,
        org: OrgId,
        before: Millis,
        now: Millis,
        limit: u32,
    ) -> Result<Vec<IdleSession>, StoreError>;
    /// Takes an unused session away without a trace, if it still is one as [`VaultStore::idle_sessions`] says.
    async fn discard_unused(
        &self,
        session: SessionId,
        before: Millis,
        now: Millis,
    ) -> Result<bool, StoreError>;

    // Sealing

    /// Files of the session that no manifest names yet are to be named by `part`. Claimed once they stay so, whatever becomes of
    /// them: what was written of a manifest can be written again.
    async fn claim_files(&self, session: SessionId, part: u32) -> Result<(), StoreError>;
    /// Puts a manifest into the chain; part 1 moves the session `ended → sealed` in the same transaction. `false` where the session
    /// is not there or not ready for this part (not over, sealed already), or where the chain has gone on: look again.
    async fn seal(&self, manifest: NewManifest) -> Result<bool, StoreError>;
    /// Sealed sessions with files that no manifest names, at most `limit`.
    async fn to_amend(&self, limit: u32) -> Result<Vec<SessionId>, StoreError>;

    /// Events about messages at `first` to `last`, in order, at most `limit` of each kind: edits, deletions and reactions and, where
    /// `with_files`, what was said of their files (which looks through the whole log).
    async fn events_about(
        &self,
        session: SessionId,
        first: Seq,
        last: Seq,
        with_files: bool,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError>;

    // For those with Files access

    /// What stands in the vault of a session that is over.
    async fn session_vault(
        &self,
        user: UserId,
        org: OrgId,
        session: SessionId,
    ) -> Result<Option<SessionVault>, StoreError>;
    /// Every file of a session that is over, with what became of it; but not those of deleted messages.
    async fn file_activity(
        &self,
        user: UserId,
        org: OrgId,
        session: SessionId,
    ) -> Result<Option<Vec<FileActivity>>, StoreError>;
    /// Holds a session that is over, or releases it; the audit log says so.
    async fn change_hold(&self, change: HoldChange) -> Result<HoldOutcome, StoreError>;
}

/// Where a session stands in the chain, by its manifests in order; `None` before it is sealed.
#[must_use]
pub fn manifest_info(manifests: &[ChainEntry]) -> Option<ManifestInfo> {
    let first = manifests.first()?;
    Some(ManifestInfo {
        place: first.place,
        sha256: first.sha256.clone(),
        sealed_at: first.sealed_at,
        addenda: u32::try_from(manifests.len() - 1).unwrap_or(u32::MAX),
    })
}

/// What a form of the transcript is called in its session's folder.
#[must_use]
pub fn transcript_name(format: TranscriptFormat) -> &'static str {
    match format {
        TranscriptFormat::Txt => "transcript.txt",
        TranscriptFormat::Html => "transcript.html",
        TranscriptFormat::Json => "transcript.json",
    }
}

/// How a manifest calls a stored file.
#[must_use]
pub fn kind_of(capture: Option<CaptureKind>) -> VaultKind {
    match capture {
        None => VaultKind::Attachment,
        Some(CaptureKind::Snapshot) => VaultKind::Snapshot,
        Some(CaptureKind::Recording) => VaultKind::Recording,
    }
}

impl From<TranscriptFile> for VaultFile {
    fn from(file: TranscriptFile) -> Self {
        let kind = match file.format {
            TranscriptFormat::Txt => VaultKind::TranscriptTxt,
            TranscriptFormat::Html => VaultKind::TranscriptHtml,
            TranscriptFormat::Json => VaultKind::TranscriptJson,
        };
        let name = transcript_name(file.format).to_owned();
        Self { kind, name, size: file.size, sha256: file.sha256, attachment_id: None, erased: false }
    }
}

impl From<ListedFile> for VaultFile {
    fn from(file: ListedFile) -> Self {
        let attachment_id = Some(file.attachment);
        let ListedFile { kind, name, size, sha256, erased, .. } = file;
        Self { kind, name, size, sha256, attachment_id, erased }
    }
}

/// Why files of a session were withdrawn, by what its log says.
pub type WithdrawReasons = HashMap<AttachmentId, WithdrawReason>;

/// Adds what `body` says of withdrawn files.
pub fn note_withdrawn(reasons: &mut WithdrawReasons, body: &EventBody) {
    if let EventBody::AttachmentsWithdrawn { attachments, reason, .. } = body {
        reasons.extend(attachments.iter().map(|id| (*id, *reason)));
    }
}

/// What became of `file`, which stands in `state`. What only time has taken leaves no event.
#[must_use]
pub fn fate(file: &Attachment, state: AttachmentState, reasons: &WithdrawReasons) -> FileFate {
    let reason = |otherwise| reasons.get(&file.id).copied().unwrap_or(otherwise);
    match state {
        AttachmentState::Withdrawn => FileFate::Gone { reason: reason(WithdrawReason::Revoked) },
        AttachmentState::Expired => FileFate::Gone { reason: reason(WithdrawReason::Expired) },
        _ if file.direct.is_some() => FileFate::Direct,
        _ => FileFate::Kept,
    }
}

/// The message whose files an event speaks of.
#[must_use]
pub fn files_target(body: &EventBody) -> Option<Seq> {
    match body {
        EventBody::AttachmentsAnswered { target, .. }
        | EventBody::AttachmentsReceived { target, .. }
        | EventBody::AttachmentsWithdrawn { target, .. } => Some(*target),
        _ => None,
    }
}

/// Whether the message `body` (as it stands now) still names the file: of deleted messages nothing is told.
#[must_use]
pub fn still_names(body: &EventBody, file: AttachmentId) -> bool {
    let EventBody::MessagePosted(message) = body else { return false };
    message.attachments.iter().any(|attachment| attachment.id == file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskside_proto::{DirectFile, DirectKind};

    #[test]
    fn admins_hold_what_they_see() {
        for (is_visible, role, expected) in [
            (true, Some(OrgRole::SuperAdmin), HoldOutcome::Done),
            (true, Some(OrgRole::Admin), HoldOutcome::Done),
            (true, Some(OrgRole::Technician), HoldOutcome::Forbidden),
            (true, Some(OrgRole::TechnicianOwn), HoldOutcome::Forbidden),
            (true, None, HoldOutcome::Forbidden),
            (false, Some(OrgRole::Admin), HoldOutcome::NotFound),
            (false, None, HoldOutcome::NotFound),
        ] {
            assert_eq!(HoldChange::outcome(is_visible, role), expected, "{is_visible} {role:?}");
        }
    }

    /// A05: what a row says of a file by its state and the log.
    #[test]
    fn what_became_of_a_file() {
        use AttachmentState::{Expired, Offered, Withdrawn};
        let (own, other) = (AttachmentId([1; 16]), AttachmentId([2; 16]));
        let direct = Some(DirectFile { kind: DirectKind::File, files: 1 });
        let gone = |reason| FileFate::Gone { reason };
        let ended = WithdrawReason::SessionEnded;
        for (direct, state, about, expected) in [
            (None, Offered, None, FileFate::Kept),
            (direct, Offered, None, FileFate::Direct),
            (direct, Withdrawn, None, gone(WithdrawReason::Revoked)),
            (None, Expired, None, gone(WithdrawReason::Expired)),
            (None, Expired, Some(other), gone(WithdrawReason::Expired)),
            (None, Expired, Some(own), gone(ended)),
            (None, Withdrawn, Some(own), gone(ended)),
        ] {
            let mut reasons = WithdrawReasons::new();
            let attachments = about.into_iter().collect();
            note_withdrawn(
                &mut reasons,
                &EventBody::AttachmentsWithdrawn { target: 1, attachments, reason: ended },
            );
            let file = Attachment {
                id: own,
                name: String::new(),
                size: 0,
                media_type: String::new(),
                sha256: String::new(),
                thumbnail: None,
                direct,
                capture: None,
            };
            assert_eq!(fate(&file, state, &reasons), expected, "{direct:?} {state:?} {about:?}");
        }
    }
}
