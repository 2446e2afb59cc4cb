//! A store that fails on demand; otherwise the memory twin.

use std::collections::BTreeSet;
use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use deskside_proto::{
    AttachmentId, ErrorCode, Event, Millis, OrgId, OrgSettings, Participant, ParticipantId, Seq, SessionId,
    TxnId, UploadId, UserId,
    api::{AuditItem, CannedReply, FilesEntry, FilesSession, Membership},
};
use deskside_store::{
    AppendError, Appended, AttachmentAccess, AuditEntry, AuditFilter, AuditStore, Batch, Caller,
    CaptureDeletion, CaptureStore, Deletion, DeletionOutcome, JoinSecret, JoinTarget, NewDirect,
    NewMembership, NewOrg, NewSession, NewToken, NewUpload, NewUser, OfferedFiles, OfferedWhich, OrgRecord,
    ReplyChange, ReplyOutcome, SecretHash, SessionFilter, SessionRecord, Store, StoreError, TranscriptRecord,
    UploadDigest, UploadRecord, UserRecord, WithdrawnFile, memory::MemoryStore,
};

pub(crate) struct Faulty {
    inner: MemoryStore,
    pub(crate) no_append: AtomicBool,
    pub(crate) full: AtomicBool,
    pub(crate) panic: AtomicBool,
    pub(crate) no_seal: AtomicBool,
    /// What a full disk did not take.
    pub(crate) turned_away: Mutex<BTreeSet<TxnId>>,
}

impl Faulty {
    pub(crate) fn new() -> Self {
        let off = || AtomicBool::new(false);
        let turned_away = Mutex::default();
        let (no_append, full, panic, no_seal) = (off(), off(), off(), off());
        Self { inner: MemoryStore::new(), no_append, full, panic, no_seal, turned_away }
    }
}

fn broken() -> StoreError {
    StoreError::Database("out of order, by the test's wish".into())
}

/// Passes the calls of a part of the store on as they are.
macro_rules! pass_part {
    ($part:ident { $(fn $name:ident($($arg:ident: $kind:ty),*) -> $answer:ty;)+ }) => {
        #[async_trait]
        impl $part for Faulty {
            $(async fn $name(&self, $($arg: $kind),*) -> Result<$answer, StoreError> {
                self.inner.$name($($arg),*).await
            })+
        }
    };
}

pass_part! { AuditStore {
    fn audit(entry: AuditEntry, unless_since: Millis) -> ();
    fn audit_log(user: UserId, org: OrgId, filter: AuditFilter, limit: u32) -> Option<Vec<AuditItem>>;
} }

pass_part! { CaptureStore {
    fn settle_captures(session: SessionId, keep: bool) -> u32;
    fn delete_capture(deletion: CaptureDeletion) -> Result<(), ErrorCode>;
} }

/// Passes calls on as they are.
macro_rules! pass {
    ($(fn $name:ident($($arg:ident: $kind:ty),*) -> $answer:ty;)+) => {
        #[async_trait]
        impl Store for Faulty {
            $(async fn $name(&self, $($arg: $kind),*) -> Result<$answer, StoreError> {
                self.inner.$name($($arg),*).await
            })+

            async fn write(&self, batch: Batch) -> Result<Vec<Result<Appended, AppendError>>, StoreError> {
                assert!(!self.panic.load(Ordering::SeqCst), "the store panics, by the test's wish");
                if self.no_append.load(Ordering::SeqCst) {
                    return Err(broken());
                }
                if self.full.load(Ordering::SeqCst) {
                    let turned_away = batch.appends.iter().filter_map(|append| append.txn_id);
                    self.turned_away.lock().unwrap().extend(turned_away);
                    return Err(StoreError::Full);
                }
                self.inner.write(batch).await
            }

            async fn seal(&self, session: SessionId, transcript: TranscriptRecord) -> Result<bool, StoreError> {
                if self.no_seal.load(Ordering::SeqCst) {
                    return Err(broken());
                }
                self.inner.seal(session, transcript).await
            }
        }
    };
}

pass! {
    fn needs_set_up() -> bool;
    fn begin_set_up(token: SecretHash) -> ();
    fn complete_set_up(token: SecretHash, org: NewOrg, admin: NewUser) -> bool;
    fn create_org(org: NewOrg) -> ();
    fn org(org: OrgId) -> Option<OrgRecord>;
    fn orgs() -> Vec<OrgRecord>;
    fn org_settings(user: UserId, org: OrgId) -> Option<OrgSettings>;
    fn set_org_settings(user: UserId, org: OrgId, settings: OrgSettings) -> bool;
    fn create_user(user: NewUser) -> bool;
    fn put_membership(membership: NewMembership) -> ();
    fn user_by_email(email: &str) -> Option<UserRecord>;
    fn user(user: UserId) -> Option<UserRecord>;
    fn memberships(user: UserId) -> Vec<Membership>;
    fn create_token(token: NewToken) -> ();
    fn user_by_token(hash: SecretHash, now: Millis) -> Option<UserId>;
    fn delete_token(hash: SecretHash) -> ();
    fn create_session(session: NewSession) -> bool;
    fn session(caller: Caller, session: SessionId) -> Option<SessionRecord>;
    fn sessions(
        user: UserId, org: OrgId, filter: SessionFilter, before: Option<SessionId>, limit: u32
    ) -> Vec<SessionRecord>;
    fn replace_join_secrets(user: UserId, session: SessionId, secrets: Vec<JoinSecret>) -> bool;
    fn join_target(hash: SecretHash, now: Millis) -> Option<JoinTarget>;
    fn guest_by_token(hash: SecretHash) -> Option<(SessionId, Participant)>;
    fn participant_of(user: UserId, session: SessionId) -> Option<Participant>;
    fn log(session: SessionId, after: Seq, limit: u32) -> Vec<Event>;
    fn log_before(session: SessionId, before: Seq, limit: u32) -> Vec<Event>;
    fn heads(before: Option<SessionId>, limit: u32) -> Vec<(SessionId, Seq)>;
    fn withdrawn(limit: u32) -> Vec<WithdrawnFile>;
    fn bytes_are_gone(attachment: AttachmentId) -> ();
    fn offered_files(session: SessionId, which: OfferedWhich) -> Vec<OfferedFiles>;
    fn is_uploading(upload: UploadId) -> bool;
    fn expire_files(org: OrgId, before: Millis, limit: u32) -> u32;
    fn over_since(org: OrgId, before: Millis, limit: u32) -> Vec<SessionId>;
    fn delete_session(deletion: Deletion) -> DeletionOutcome;
    fn deleted_sessions(limit: u32) -> Vec<(OrgId, SessionId)>;
    fn session_is_gone(session: SessionId) -> ();
    fn canned_replies(user: UserId, org: OrgId) -> Option<Vec<CannedReply>>;
    fn change_canned_reply(user: UserId, org: OrgId, change: ReplyChange) -> ReplyOutcome;
    fn has_written(session: SessionId, participant: ParticipantId) -> bool;
    fn create_upload(upload: NewUpload) -> Result<(), ErrorCode>;
    fn create_direct(direct: NewDirect) -> Result<(), ErrorCode>;
    fn delete_direct(caller: Caller, session: SessionId, attachment: AttachmentId) -> bool;
    fn upload(caller: Caller, upload: UploadId) -> Option<UploadRecord>;
    fn set_upload_offset(upload: UploadId, offset: u64, at: Millis) -> ();
    fn end_upload(caller: Caller, upload: UploadId) -> bool;
    fn end_stale_uploads(before: Millis, limit: u32) -> u32;
    fn unwanted(before: Millis, limit: u32) -> Vec<OfferedFiles>;
    fn complete_upload(upload: UploadId, digest: UploadDigest) -> bool;
    fn attachment(caller: Caller, session: SessionId, attachment: AttachmentId) -> AttachmentAccess;
    fn unsealed() -> Vec<SessionId>;
    fn session_to_seal(session: SessionId) -> Option<SessionRecord>;
    fn files(user: UserId, org: OrgId, before: Option<SessionId>, limit: u32) -> Vec<FilesEntry>;
    fn files_session(user: UserId, org: OrgId, session: SessionId) -> Option<FilesSession>;
}
