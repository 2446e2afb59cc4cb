//! The trait, use case by use case.

use std::path::Path;

use async_trait::async_trait;
use deskside_proto::{
    AttachmentId, ErrorCode, Event, Millis, OrgId, OrgSettings, Participant, ParticipantId, Seq, SessionId,
    UploadId, UserId,
    api::{CannedReply, FilesSession, Membership},
};
use deskside_store::{
    AppendError, Appended, AttachmentAccess, Batch, Caller, Deletion, DeletionOutcome, Expiry, JoinSecret,
    JoinTarget, NewDirect, NewMembership, NewOrg, NewSession, NewToken, NewUpload, NewUser, OfferedFiles,
    OfferedWhich, OrgRecord, ReplyChange, ReplyOutcome, SecretHash, SessionFilter, SessionRecord, Store,
    StoreError, UploadDigest, UploadRecord, UserRecord, WithdrawnFile,
};

use crate::database::Database;

/// A portal's database in one file.
#[derive(Debug)]
pub struct SqliteStore {
    pub(crate) database: Database,
}

impl SqliteStore {
    /// Opens the database at `path`, makes it where there is none, and brings it up to this version. The folder must exist.
    /// Beside it stand its write-ahead log (`-wal`, `-shm`) and a lock file (`.lock`).
    ///
    /// # Errors
    /// [`StoreError::InUse`] while another process has it open, [`StoreError::Newer`] where a later version wrote it.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let database = Database::open(path).await?;
        database.fill_in_words().await?;
        Ok(Self { database })
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn needs_set_up(&self) -> Result<bool, StoreError> {
        self.database.needs_set_up().await
    }

    async fn begin_set_up(&self, token: SecretHash) -> Result<(), StoreError> {
        self.database.begin_set_up(token).await
    }

    async fn complete_set_up(
        &self,
        token: SecretHash,
        org: NewOrg,
        admin: NewUser,
    ) -> Result<bool, StoreError> {
        self.database.complete_set_up(token, org, admin).await
    }

    async fn create_org(&self, org: NewOrg) -> Result<(), StoreError> {
        self.database.create_org(org).await
    }

    async fn org(&self, org: OrgId) -> Result<Option<OrgRecord>, StoreError> {
        self.database.org(org).await
    }

    async fn orgs(&self) -> Result<Vec<OrgRecord>, StoreError> {
        self.database.orgs().await
    }

    async fn org_settings(&self, user: UserId, org: OrgId) -> Result<Option<OrgSettings>, StoreError> {
        self.database.org_settings(user, org).await
    }

    async fn set_org_settings(
        &self,
        user: UserId,
        org: OrgId,
        settings: OrgSettings,
    ) -> Result<bool, StoreError> {
        self.database.set_org_settings(user, org, settings).await
    }

    async fn create_user(&self, user: NewUser) -> Result<bool, StoreError> {
        self.database.create_user(user).await
    }

    async fn put_membership(&self, membership: NewMembership) -> Result<(), StoreError> {
        self.database.put_membership(membership).await
    }

    async fn user_by_email(&self, email: &str) -> Result<Option<UserRecord>, StoreError> {
        self.database.user_by_email(email).await
    }

    async fn user(&self, user: UserId) -> Result<Option<UserRecord>, StoreError> {
        self.database.user(user).await
    }

    async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, StoreError> {
        self.database.memberships(user).await
    }

    async fn create_token(&self, token: NewToken) -> Result<(), StoreError> {
        self.database.create_token(token).await
    }

    async fn delete_token(&self, hash: SecretHash) -> Result<(), StoreError> {
        self.database.delete_token(hash).await
    }

    async fn create_session(&self, session: NewSession) -> Result<bool, StoreError> {
        self.database.create_session(session).await
    }

    async fn session(&self, caller: Caller, session: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        self.database.session(caller, session).await
    }

    async fn sessions(
        &self,
        user: UserId,
        org: OrgId,
        filter: SessionFilter,
        before: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        self.database.sessions(user, org, filter, before, limit).await
    }

    async fn replace_join_secrets(
        &self,
        user: UserId,
        session: SessionId,
        secrets: Vec<JoinSecret>,
    ) -> Result<bool, StoreError> {
        self.database.replace_join_secrets(user, session, secrets).await
    }

    async fn join_target(&self, hash: SecretHash, now: Millis) -> Result<Option<JoinTarget>, StoreError> {
        self.database.join_target(hash, now).await
    }

    async fn guest_by_token(&self, hash: SecretHash) -> Result<Option<(SessionId, Participant)>, StoreError> {
        self.database.guest_by_token(hash).await
    }

    async fn participant_of(
        &self,
        user: UserId,
        session: SessionId,
    ) -> Result<Option<Participant>, StoreError> {
        self.database.participant_of(user, session).await
    }

    async fn write(&self, batch: Batch) -> Result<Vec<Result<Appended, AppendError>>, StoreError> {
        self.database.write_batch(batch).await
    }

    async fn log(&self, session: SessionId, after: Seq, limit: u32) -> Result<Vec<Event>, StoreError> {
        self.database.log(session, after, limit).await
    }

    async fn log_before(
        &self,
        session: SessionId,
        before: Seq,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        self.database.log_before(session, before, limit).await
    }

    async fn heads(
        &self,
        before: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<(SessionId, Seq)>, StoreError> {
        self.database.heads(before, limit).await
    }

    async fn create_upload(&self, upload: NewUpload) -> Result<Result<(), ErrorCode>, StoreError> {
        self.database.create_upload(upload).await
    }

    async fn create_direct(&self, direct: NewDirect) -> Result<Result<(), ErrorCode>, StoreError> {
        self.database.create_direct(direct).await
    }

    async fn delete_direct(
        &self,
        caller: Caller,
        session: SessionId,
        attachment: AttachmentId,
    ) -> Result<bool, StoreError> {
        self.database.delete_direct(caller, session, attachment).await
    }

    async fn upload(&self, caller: Caller, upload: UploadId) -> Result<Option<UploadRecord>, StoreError> {
        self.database.upload(caller, upload).await
    }

    async fn set_upload_offset(&self, upload: UploadId, offset: u64, at: Millis) -> Result<(), StoreError> {
        self.database.set_upload_offset(upload, offset, at).await
    }

    async fn has_written(&self, session: SessionId, participant: ParticipantId) -> Result<bool, StoreError> {
        self.database.has_written(session, participant).await
    }

    async fn end_upload(&self, caller: Caller, upload: UploadId) -> Result<bool, StoreError> {
        self.database.end_upload(caller, upload).await
    }

    async fn end_stale_uploads(&self, before: Millis, limit: u32) -> Result<u32, StoreError> {
        self.database.end_stale_uploads(before, limit).await
    }

    async fn unwanted(&self, before: Millis, limit: u32) -> Result<Vec<OfferedFiles>, StoreError> {
        self.database.unwanted(before, limit).await
    }

    async fn complete_upload(&self, upload: UploadId, digest: UploadDigest) -> Result<bool, StoreError> {
        self.database.complete_upload(upload, digest).await
    }

    async fn attachment(
        &self,
        caller: Caller,
        session: SessionId,
        attachment: AttachmentId,
    ) -> Result<AttachmentAccess, StoreError> {
        self.database.attachment(caller, session, attachment).await
    }

    async fn withdrawn(&self, limit: u32) -> Result<Vec<WithdrawnFile>, StoreError> {
        self.database.withdrawn(limit).await
    }

    async fn bytes_are_gone(&self, attachment: AttachmentId) -> Result<(), StoreError> {
        self.database.bytes_are_gone(attachment).await
    }

    async fn offered_files(
        &self,
        session: SessionId,
        which: OfferedWhich,
    ) -> Result<Vec<OfferedFiles>, StoreError> {
        self.database.offered_files(session, which).await
    }

    async fn is_uploading(&self, upload: UploadId) -> Result<bool, StoreError> {
        self.database.is_uploading(upload).await
    }

    async fn expire_files(&self, expiry: Expiry) -> Result<u32, StoreError> {
        self.database.expire_files(expiry).await
    }

    async fn over_since(&self, org: OrgId, before: Millis, limit: u32) -> Result<Vec<SessionId>, StoreError> {
        self.database.over_since(org, before, limit).await
    }

    async fn delete_session(&self, deletion: Deletion) -> Result<DeletionOutcome, StoreError> {
        self.database.delete_session(deletion).await
    }

    async fn deleted_sessions(&self, limit: u32) -> Result<Vec<(OrgId, SessionId)>, StoreError> {
        self.database.deleted_sessions(limit).await
    }

    async fn session_is_gone(&self, session: SessionId) -> Result<(), StoreError> {
        self.database.session_is_gone(session).await
    }

    async fn canned_replies(&self, user: UserId, org: OrgId) -> Result<Option<Vec<CannedReply>>, StoreError> {
        self.database.canned_replies(user, org).await
    }

    async fn change_canned_reply(
        &self,
        user: UserId,
        org: OrgId,
        change: ReplyChange,
    ) -> Result<ReplyOutcome, StoreError> {
        self.database.change_canned_reply(user, org, change).await
    }

    async fn unsealed(&self) -> Result<Vec<SessionId>, StoreError> {
        self.database.unsealed().await
    }

    async fn session_to_seal(&self, session: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        self.database.session_to_seal(session).await
    }

    async fn files_session(
        &self,
        user: UserId,
        org: OrgId,
        session: SessionId,
    ) -> Result<Option<FilesSession>, StoreError> {
        self.database.files_session(user, org, session).await
    }
}
