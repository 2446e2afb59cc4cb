//! The trait.

use async_trait::async_trait;
use deskside_proto::{
    AttachmentId, ErrorCode, Event, Millis, OrgId, OrgSettings, Participant, ParticipantId, Seq, SessionId,
    UploadId, UserId,
    api::{CannedReply, FilesSession, Membership},
};

use crate::{
    Append, AppendError, Appended, ArchiveStore, AttachmentAccess, AuditStore, Batch, BotStore, Caller,
    CaptureStore, Deletion, DeletionOutcome, DeviceStore, Expiry, JoinSecret, JoinTarget, NewDirect,
    NewMembership, NewOrg, NewSession, NewToken, NewUpload, NewUser, OfferedFiles, OfferedWhich, OrgRecord,
    PasswordStore, PeopleStore, ReplyChange, ReplyOutcome, SecretHash, SessionFilter, SessionRecord,
    StoreError, UploadDigest, UploadRecord, UserRecord, VaultStore, WithdrawnFile,
};

/// Everything the portal keeps but bytes of files. One backend = one implementation; [`crate::contract`] says what each must do.
///
/// Bodies of events come back exactly as they were given. Names, titles, addresses and the like hold no NUL, as the portal lets no
/// control character in: a backend may keep one that comes past it or answer with an error, and never cuts.
#[async_trait]
pub trait Store:
    ArchiveStore
    + AuditStore
    + BotStore
    + CaptureStore
    + DeviceStore
    + PasswordStore
    + PeopleStore
    + VaultStore
    + Send
    + Sync
    + 'static
{
    // First run and organisations

    /// Whether no organisation exists yet.
    async fn needs_set_up(&self) -> Result<bool, StoreError>;
    /// Sets the one-time set-up token, in place of an earlier one. Does nothing once an organisation exists.
    async fn begin_set_up(&self, token: SecretHash) -> Result<(), StoreError>;
    /// Creates the first organisation and its super admin, and closes set-up for good, in one transaction. `false` where the
    /// token is wrong, set-up is closed or the e-mail address is taken.
    async fn complete_set_up(
        &self,
        token: SecretHash,
        org: NewOrg,
        admin: NewUser,
    ) -> Result<bool, StoreError>;
    /// Adds an organisation (the command line). Closes set-up too.
    async fn create_org(&self, org: NewOrg) -> Result<(), StoreError>;
    async fn org(&self, org: OrgId) -> Result<Option<OrgRecord>, StoreError>;
    /// Every organisation, oldest first (the command line).
    async fn orgs(&self) -> Result<Vec<OrgRecord>, StoreError>;
    /// The settings, for a member of the organisation.
    async fn org_settings(&self, user: UserId, org: OrgId) -> Result<Option<OrgSettings>, StoreError>;
    /// `false` where `user` is no admin of the organisation.
    async fn set_org_settings(
        &self,
        user: UserId,
        org: OrgId,
        settings: OrgSettings,
    ) -> Result<bool, StoreError>;

    // People

    /// `false` where the e-mail address is taken.
    async fn create_user(&self, user: NewUser) -> Result<bool, StoreError>;
    /// Adds or changes a membership; who was deactivated is active again (the command line).
    async fn put_membership(&self, membership: NewMembership) -> Result<(), StoreError>;
    async fn user_by_email(&self, email: &str) -> Result<Option<UserRecord>, StoreError>;
    async fn user(&self, user: UserId) -> Result<Option<UserRecord>, StoreError>;
    async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, StoreError>;
    /// Signs somebody in on a device; their sign-ins that are over by then go.
    async fn create_token(&self, token: NewToken) -> Result<(), StoreError>;
    async fn delete_token(&self, hash: SecretHash) -> Result<(), StoreError>;

    // Sessions

    /// `false` where the creator is no member of the organisation.
    async fn create_session(&self, session: NewSession) -> Result<bool, StoreError>;
    /// The session as `caller` may see it: a member of its organisation (`technician_own`: only where they created it or took
    /// part), or a guest of this very session who was not removed.
    async fn session(&self, caller: Caller, session: SessionId) -> Result<Option<SessionRecord>, StoreError>;
    /// What `user` may see of `org`, newest first by id (ids sort by creation time); only those older than `before` where given.
    async fn sessions(
        &self,
        user: UserId,
        org: OrgId,
        filter: SessionFilter,
        before: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<SessionRecord>, StoreError>;
    /// Puts new codes and links in place of the old ones. `false` where `user` may not see the session or it is over.
    async fn replace_join_secrets(
        &self,
        user: UserId,
        session: SessionId,
        secrets: Vec<JoinSecret>,
    ) -> Result<bool, StoreError>;
    /// Where a code or link leads, unless it expired or the session is over.
    async fn join_target(&self, hash: SecretHash, now: Millis) -> Result<Option<JoinTarget>, StoreError>;
    /// The guest whose token it is, and the one session it is good for. Removed guests are returned too: they are told so.
    async fn guest_by_token(&self, hash: SecretHash) -> Result<Option<(SessionId, Participant)>, StoreError>;
    /// The place of a signed-in person in a session they may see.
    async fn participant_of(
        &self,
        user: UserId,
        session: SessionId,
    ) -> Result<Option<Participant>, StoreError>;

    // The log

    /// Adds a batch in one commit. Each append stands alone: a refusal of one leaves the others. Appends of one session get
    /// consecutive seqs in the order given. An append to a session that is over is refused with `session_ended`, to an unknown
    /// one with `not_found`; one whose sender may not speak as [`Append::may_be_sent`] says; a `(session, sender, txn_id)` that is in the log already is returned as a duplicate, also when the session
    /// is over by now.
    ///
    /// Read positions of the batch are kept in the same commit: they only go forward, not beyond the log, and those of unknown
    /// participants are left out.
    async fn write(&self, batch: Batch) -> Result<Vec<Result<Appended, AppendError>>, StoreError>;
    /// [`Store::write`] without read positions.
    async fn append(&self, appends: Vec<Append>) -> Result<Vec<Result<Appended, AppendError>>, StoreError> {
        self.write(Batch { appends, reads: Vec::new() }).await
    }
    /// Events with a seq greater than `after`, in order, at most `limit`. Whoever calls it has checked admission and cuts by
    /// visibility ([`deskside_proto::LogEntry::for_role`]).
    async fn log(&self, session: SessionId, after: Seq, limit: u32) -> Result<Vec<Event>, StoreError>;
    /// The last `limit` events with a seq smaller than `before`, in order; for the same callers.
    async fn log_before(&self, session: SessionId, before: Seq, limit: u32)
    -> Result<Vec<Event>, StoreError>;

    /// Whether a message of the participant stands in the session's log (row N10).
    async fn has_written(&self, session: SessionId, participant: ParticipantId) -> Result<bool, StoreError>;

    /// Every session with the last place of its log, newest first, only those older than `before` where given; not on anybody's
    /// behalf (the search index asks what it has missed).
    async fn heads(&self, before: Option<SessionId>, limit: u32)
    -> Result<Vec<(SessionId, Seq)>, StoreError>;

    // Attachments

    /// Begins an upload, or says why not: as [`NewUpload::check`].
    async fn create_upload(&self, upload: NewUpload) -> Result<Result<(), ErrorCode>, StoreError>;
    /// Takes the name of a file that goes directly, or says why not: as [`crate::UploadLimits::check`]. A message can name it at
    /// once. The portal never has a byte of it: nothing counts in quotas, [`Store::attachment`] never grants it.
    async fn create_direct(&self, direct: NewDirect) -> Result<Result<(), ErrorCode>, StoreError>;
    /// Forgets a direct file of the caller's own that no message names. `false` where there is none such.
    async fn delete_direct(
        &self,
        caller: Caller,
        session: SessionId,
        attachment: AttachmentId,
    ) -> Result<bool, StoreError>;
    /// An upload of the caller's own, as long as it is not part of a message.
    async fn upload(&self, caller: Caller, upload: UploadId) -> Result<Option<UploadRecord>, StoreError>;
    /// Does nothing for an upload that is complete, or beyond its announced size. `at` tells that somebody goes on with it.
    async fn set_upload_offset(&self, upload: UploadId, offset: u64, at: Millis) -> Result<(), StoreError>;
    /// Ends an upload of the caller's own that no message names: its bytes have to go. `false` where there is none such.
    async fn end_upload(&self, caller: Caller, upload: UploadId) -> Result<bool, StoreError>;
    /// Ends uploads that no message names and that nobody went on with since `before`; those of sessions that are over too,
    /// captures only where that was before `before`. How many, at most `limit`.
    async fn end_stale_uploads(&self, before: Millis, limit: u32) -> Result<u32, StoreError>;
    /// Files of open sessions that everybody they were offered to declined, the last one before `before`; not on anybody's behalf.
    async fn unwanted(&self, before: Millis, limit: u32) -> Result<Vec<OfferedFiles>, StoreError>;
    /// Marks an upload as complete: it can be named in a message. Does nothing where it is complete already.
    ///
    /// A capture of a session that is over joins its Files instead, and nothing names it; then it is `true`.
    async fn complete_upload(&self, upload: UploadId, digest: UploadDigest) -> Result<bool, StoreError>;
    /// A file's bytes, for those who are in the room, technicians too, while the session is open: they sent it, or have accepted
    /// it. For a customer the same afterwards; for any other member of the organisation: as the session. Nobody but its sender gets what no message names yet; withdrawn and expired ones are gone for all.
    async fn attachment(
        &self,
        caller: Caller,
        session: SessionId,
        attachment: AttachmentId,
    ) -> Result<AttachmentAccess, StoreError>;

    /// Files that were withdrawn or have expired, or whose session was deleted, and whose bytes may still be there, at most `limit`;
    /// not on anybody's behalf.
    async fn withdrawn(&self, limit: u32) -> Result<Vec<WithdrawnFile>, StoreError>;
    /// The bytes of a withdrawn file are gone.
    async fn bytes_are_gone(&self, attachment: AttachmentId) -> Result<(), StoreError>;

    // Retention

    /// Files of an open session as they are offered, by message; not on anybody's behalf.
    async fn offered_files(
        &self,
        session: SessionId,
        which: OfferedWhich,
    ) -> Result<Vec<OfferedFiles>, StoreError>;
    /// Whether bytes of the upload may still come, or are being worked on; not on anybody's behalf.
    async fn is_uploading(&self, upload: UploadId) -> Result<bool, StoreError>;
    /// Files whose time is over go, with a note in the audit log for each session, in one transaction. How many.
    async fn expire_files(&self, expiry: Expiry) -> Result<u32, StoreError>;
    /// Sealed sessions of `org` that ended before `before` and are not held, oldest first.
    async fn over_since(&self, org: OrgId, before: Millis, limit: u32) -> Result<Vec<SessionId>, StoreError>;
    /// A session is gone at once, for everybody, with its log and files; a note stays in the audit log. Bytes, transcript and
    /// index follow ([`Store::withdrawn`], [`Store::deleted_sessions`]).
    async fn delete_session(&self, deletion: Deletion) -> Result<DeletionOutcome, StoreError>;
    /// Deleted sessions whose transcript and place in the index may still be there, at most `limit`.
    async fn deleted_sessions(&self, limit: u32) -> Result<Vec<(OrgId, SessionId)>, StoreError>;
    /// Nothing is left of a deleted session.
    async fn session_is_gone(&self, session: SessionId) -> Result<(), StoreError>;

    // Canned replies

    /// By shortcut, for a member of the organisation; `None` for others.
    async fn canned_replies(&self, user: UserId, org: OrgId) -> Result<Option<Vec<CannedReply>>, StoreError>;
    /// Adds, changes or deletes one, for an admin.
    async fn change_canned_reply(
        &self,
        user: UserId,
        org: OrgId,
        change: ReplyChange,
    ) -> Result<ReplyOutcome, StoreError>;

    // Endings and Files

    /// Sessions that are over and have no transcript yet, oldest first.
    async fn unsealed(&self) -> Result<Vec<SessionId>, StoreError>;
    /// What the sealing job needs; not on anybody's behalf.
    async fn session_to_seal(&self, session: SessionId) -> Result<Option<SessionRecord>, StoreError>;
    /// A session that is over, as Files shows it to `user`.
    async fn files_session(
        &self,
        user: UserId,
        org: OrgId,
        session: SessionId,
    ) -> Result<Option<FilesSession>, StoreError>;
}
