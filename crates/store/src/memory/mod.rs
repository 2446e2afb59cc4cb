//! A store that keeps everything in memory: for tests, and as the shortest form of what a backend must do.
//!
//! One lock around plain collections; every operation is one critical section, so each is a transaction. A use case a file,
//! as in every backend.

mod archive;
mod attachments;
mod audit;
mod bots;
mod captures;
mod devices;
mod files;
mod identity;
mod log;
mod passwords;
mod people;
mod replies;
mod retention;
mod sessions;
mod state;
mod vault;

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use deskside_proto::{
    AttachmentId, ErrorCode, Event, Millis, OrgId, OrgSettings, Participant, ParticipantId, Seq, SessionId,
    UploadId, UserId,
    api::{CannedReply, FilesSession, Membership},
};

use self::state::State;
use crate::{
    AppendError, Appended, AttachmentAccess, Batch, Caller, Deletion, DeletionOutcome, Expiry, JoinSecret,
    JoinTarget, NewDirect, NewMembership, NewOrg, NewSession, NewToken, NewUpload, NewUser, OfferedFiles,
    OfferedWhich, OrgRecord, ReplyChange, ReplyOutcome, SecretHash, SessionFilter, SessionRecord, Store,
    StoreError, UploadDigest, UploadRecord, UserRecord, WithdrawnFile,
};

/// The reference store. Nothing survives it.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

impl MemoryStore {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A panic while the lock was held is some test's failure already; the others go on.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn needs_set_up(&self) -> Result<bool, StoreError> {
        Ok(self.state().needs_set_up())
    }

    async fn begin_set_up(&self, token: SecretHash) -> Result<(), StoreError> {
        self.state().begin_set_up(token);
        Ok(())
    }

    async fn complete_set_up(
        &self,
        token: SecretHash,
        org: NewOrg,
        admin: NewUser,
    ) -> Result<bool, StoreError> {
        Ok(self.state().complete_set_up(token, org, admin))
    }

    async fn create_org(&self, org: NewOrg) -> Result<(), StoreError> {
        self.state().create_org(org);
        Ok(())
    }

    async fn org(&self, org: OrgId) -> Result<Option<OrgRecord>, StoreError> {
        Ok(self.state().org(org))
    }

    async fn orgs(&self) -> Result<Vec<OrgRecord>, StoreError> {
        Ok(self.state().all_orgs())
    }

    async fn org_settings(&self, user: UserId, org: OrgId) -> Result<Option<OrgSettings>, StoreError> {
        Ok(self.state().org_settings(user, org))
    }

    async fn set_org_settings(
        &self,
        user: UserId,
        org: OrgId,
        settings: OrgSettings,
    ) -> Result<bool, StoreError> {
        Ok(self.state().set_org_settings(user, org, settings))
    }

    async fn create_user(&self, user: NewUser) -> Result<bool, StoreError> {
        Ok(self.state().create_user(user))
    }

    async fn put_membership(&self, membership: NewMembership) -> Result<(), StoreError> {
        self.state().put_membership(membership)
    }

    async fn user_by_email(&self, email: &str) -> Result<Option<UserRecord>, StoreError> {
        Ok(self.state().user_by_email(email))
    }

    async fn user(&self, user: UserId) -> Result<Option<UserRecord>, StoreError> {
        Ok(self.state().user(user))
    }

    async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, StoreError> {
        Ok(self.state().memberships_of(user))
    }

    async fn create_token(&self, token: NewToken) -> Result<(), StoreError> {
        self.state().create_token(token)
    }

    async fn delete_token(&self, hash: SecretHash) -> Result<(), StoreError> {
        self.state().delete_token(hash);
        Ok(())
    }

    async fn create_session(&self, session: NewSession) -> Result<bool, StoreError> {
        Ok(self.state().create_session(session))
    }

    async fn session(&self, caller: Caller, session: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        Ok(self.state().session(caller, session))
    }

    async fn sessions(
        &self,
        user: UserId,
        org: OrgId,
        filter: SessionFilter,
        before: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        Ok(self.state().list_sessions(user, org, filter, before, limit))
    }

    async fn replace_join_secrets(
        &self,
        user: UserId,
        session: SessionId,
        secrets: Vec<JoinSecret>,
    ) -> Result<bool, StoreError> {
        Ok(self.state().replace_join_secrets(user, session, secrets))
    }

    async fn join_target(&self, hash: SecretHash, now: Millis) -> Result<Option<JoinTarget>, StoreError> {
        Ok(self.state().join_target(hash, now))
    }

    async fn guest_by_token(&self, hash: SecretHash) -> Result<Option<(SessionId, Participant)>, StoreError> {
        Ok(self.state().guest_by_token(hash))
    }

    async fn participant_of(
        &self,
        user: UserId,
        session: SessionId,
    ) -> Result<Option<Participant>, StoreError> {
        Ok(self.state().participant_of(user, session))
    }

    async fn write(&self, batch: Batch) -> Result<Vec<Result<Appended, AppendError>>, StoreError> {
        let mut state = self.state();
        let results = batch.appends.into_iter().map(|append| state.append(append)).collect();
        batch.reads.into_iter().for_each(|position| state.mark_read(position));
        Ok(results)
    }

    async fn log(&self, session: SessionId, after: Seq, limit: u32) -> Result<Vec<Event>, StoreError> {
        Ok(self.state().log(session, after, limit))
    }

    async fn log_before(
        &self,
        session: SessionId,
        before: Seq,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        Ok(self.state().log_before(session, before, limit))
    }

    async fn heads(
        &self,
        before: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<(SessionId, Seq)>, StoreError> {
        Ok(self.state().heads(before, limit))
    }

    async fn create_upload(&self, upload: NewUpload) -> Result<Result<(), ErrorCode>, StoreError> {
        Ok(self.state().create_upload(upload))
    }

    async fn create_direct(&self, direct: NewDirect) -> Result<Result<(), ErrorCode>, StoreError> {
        Ok(self.state().create_direct(direct))
    }

    async fn delete_direct(
        &self,
        caller: Caller,
        session: SessionId,
        attachment: AttachmentId,
    ) -> Result<bool, StoreError> {
        Ok(self.state().delete_direct(caller, session, attachment))
    }

    async fn upload(&self, caller: Caller, upload: UploadId) -> Result<Option<UploadRecord>, StoreError> {
        Ok(self.state().upload(caller, upload))
    }

    async fn set_upload_offset(&self, upload: UploadId, offset: u64, at: Millis) -> Result<(), StoreError> {
        self.state().set_upload_offset(upload, offset, at);
        Ok(())
    }

    async fn has_written(&self, session: SessionId, participant: ParticipantId) -> Result<bool, StoreError> {
        Ok(self.state().has_written(session, participant))
    }

    async fn end_upload(&self, caller: Caller, upload: UploadId) -> Result<bool, StoreError> {
        Ok(self.state().end_upload(caller, upload))
    }

    async fn end_stale_uploads(&self, before: Millis, limit: u32) -> Result<u32, StoreError> {
        Ok(self.state().end_stale_uploads(before, limit))
    }

    async fn unwanted(&self, before: Millis, limit: u32) -> Result<Vec<OfferedFiles>, StoreError> {
        Ok(self.state().unwanted(before, limit))
    }

    async fn complete_upload(&self, upload: UploadId, digest: UploadDigest) -> Result<bool, StoreError> {
        Ok(self.state().complete_upload(upload, digest))
    }

    async fn attachment(
        &self,
        caller: Caller,
        session: SessionId,
        attachment: AttachmentId,
    ) -> Result<AttachmentAccess, StoreError> {
        Ok(self.state().attachment(caller, session, attachment))
    }

    async fn withdrawn(&self, limit: u32) -> Result<Vec<WithdrawnFile>, StoreError> {
        Ok(self.state().withdrawn(limit))
    }

    async fn bytes_are_gone(&self, attachment: AttachmentId) -> Result<(), StoreError> {
        self.state().bytes_are_gone(attachment);
        Ok(())
    }

    async fn offered_files(
        &self,
        session: SessionId,
        which: OfferedWhich,
    ) -> Result<Vec<OfferedFiles>, StoreError> {
        Ok(self.state().offered_files(session, which))
    }

    async fn is_uploading(&self, upload: UploadId) -> Result<bool, StoreError> {
        Ok(self.state().is_uploading(upload))
    }

    async fn expire_files(&self, expiry: Expiry) -> Result<u32, StoreError> {
        Ok(self.state().expire_files(expiry))
    }

    async fn over_since(&self, org: OrgId, before: Millis, limit: u32) -> Result<Vec<SessionId>, StoreError> {
        Ok(self.state().over_since(org, before, limit))
    }

    async fn delete_session(&self, deletion: Deletion) -> Result<DeletionOutcome, StoreError> {
        Ok(self.state().delete_session(deletion))
    }

    async fn deleted_sessions(&self, limit: u32) -> Result<Vec<(OrgId, SessionId)>, StoreError> {
        Ok(self.state().deleted_sessions(limit))
    }

    async fn session_is_gone(&self, session: SessionId) -> Result<(), StoreError> {
        self.state().session_is_gone(session);
        Ok(())
    }

    async fn canned_replies(&self, user: UserId, org: OrgId) -> Result<Option<Vec<CannedReply>>, StoreError> {
        Ok(self.state().canned_replies(user, org))
    }

    async fn change_canned_reply(
        &self,
        user: UserId,
        org: OrgId,
        change: ReplyChange,
    ) -> Result<ReplyOutcome, StoreError> {
        Ok(self.state().change_canned_reply(user, org, change))
    }

    async fn unsealed(&self) -> Result<Vec<SessionId>, StoreError> {
        Ok(self.state().unsealed())
    }

    async fn session_to_seal(&self, session: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        Ok(self.state().session_to_seal(session))
    }

    async fn files_session(
        &self,
        user: UserId,
        org: OrgId,
        session: SessionId,
    ) -> Result<Option<FilesSession>, StoreError> {
        Ok(self.state().files_session(user, org, session))
    }
}
