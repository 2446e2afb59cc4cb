//! A store that fails on demand; otherwise the memory twin.

use std::collections::BTreeSet;
use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use async_trait::async_trait;
use deskside_proto::{
    Attachment, AttachmentId, BotId, DeviceId, ErrorCode, Event, EventBody, EventId, Flow, InvitationId,
    MessagePosted, Millis, OrgId, OrgSettings, Participant, ParticipantId, SecretId, Seq, SessionId, TxnId,
    UploadId, UserId, Visibility,
    api::{
        AuditItem, CannedReply, Device, FileActivity, FilesEntry, FilesSession, Invitation, Membership,
        Person, SessionVault, VaultKind,
    },
};
use deskside_store::{
    Acceptance, AppendError, Appended, ArchiveStore, AttachmentAccess, AuditEntry, AuditFilter, AuditStore,
    Batch, BlobStanding, BotChange, BotDraft, BotRecord, BotStore, Caller, CaptureDeletion, CaptureStore,
    ChainEntry, ChangeOfPerson, Deletion, DeletionOutcome, DeviceSeen, DeviceStore, DevicesOf, Documents,
    Expiry, FilesQuery, HoldChange, HoldOutcome, IdleSession, InvitationRecord, JoinSecret, JoinTarget,
    Ledger, ListedFile, NewDirect, NewInvitation, NewManifest, NewMembership, NewOrg, NewPassword,
    NewPasswordReset, NewReport, NewSession, NewToken, NewUpload, NewUser, OfferedFiles, OfferedWhich,
    OrgRecord, PasswordStore, PeopleStore, RawStatistics, ReplyChange, ReplyOutcome, ReportOutcome,
    SealedSecret, SecretHash, SeenSession, SessionFilter, SessionRecord, SignedInDevice, StatisticsQuery,
    Store, StoreError, StoredDocument, Touched, TranscriptFile, UploadDigest, UploadRecord, UserRecord,
    VaultStore, WithdrawnFile, memory::MemoryStore,
};

pub(crate) struct Faulty {
    inner: MemoryStore,
    pub(crate) no_append: AtomicBool,
    pub(crate) full: AtomicBool,
    pub(crate) panic: AtomicBool,
    pub(crate) no_seal: AtomicBool,
    /// Files come after the claim of the first manifest.
    pub(crate) late_files: AtomicBool,
    /// Events of every log, where it is not 0, and ten times the number of its files.
    pub(crate) long_log: AtomicU64,
    /// Places of the chain whose hash somebody has changed in the database.
    pub(crate) changed_places: Mutex<BTreeSet<u64>>,
    /// What a full disk did not take.
    pub(crate) turned_away: Mutex<BTreeSet<TxnId>>,
}

impl Faulty {
    pub(crate) fn new() -> Self {
        let off = || AtomicBool::new(false);
        let (no_append, full, panic, no_seal, late_files) = (off(), off(), off(), off(), off());
        let (turned_away, changed_places) = (Mutex::default(), Mutex::default());
        let (inner, long_log) = (MemoryStore::new(), AtomicU64::new(0));
        Self { inner, no_append, full, panic, no_seal, late_files, long_log, changed_places, turned_away }
    }
}

impl Faulty {
    fn as_changed(&self, mut chain: Vec<ChainEntry>) -> Vec<ChainEntry> {
        let changed = self.changed_places.lock().unwrap();
        for entry in chain.iter_mut().filter(|entry| changed.contains(&entry.place)) {
            entry.sha256 = "ab".repeat(32);
        }
        chain
    }

    /// Manifests of a session that stand in the chain.
    pub(crate) async fn manifests_of(&self, session: SessionId) -> usize {
        self.inner.manifests(session).await.unwrap().len()
    }
}

/// Messages of a log with `length` events, which nobody has to keep.
fn long_log(length: u64, after: Seq, limit: u32) -> Vec<Event> {
    let seqs = (after + 1..=length).take(limit as usize);
    let event = |seq: Seq| Event {
        seq,
        id: EventId(u128::from(seq).to_be_bytes()),
        sender: None,
        at: Millis(i64::try_from(seq).unwrap() * 1000),
        visibility: Visibility::All,
        txn_id: None,
        body: EventBody::MessagePosted(MessagePosted {
            text: format!("message {seq} {}", "of many words ".repeat(20)),
            reply_to: seq.is_multiple_of(10).then(|| seq - 5),
            ..MessagePosted::default()
        }),
    };
    seqs.map(event).collect()
}

/// Files of a megabyte each, in part 1.
fn long_files(number: u64, part: u32, after: Option<AttachmentId>, limit: u32) -> Vec<ListedFile> {
    let after = after.map_or(0, |id| u128::from_be_bytes(id.0));
    let numbers = (after + 1..=u128::from(number)).take(if part == 1 { limit as usize } else { 0 });
    let file = |number: u128| ListedFile {
        attachment: AttachmentId(number.to_be_bytes()),
        kind: VaultKind::Attachment,
        name: format!("photo {number}.png"),
        size: 1024 * 1024,
        sha256: "cd".repeat(32),
        erased: false,
    };
    numbers.map(file).collect()
}

fn broken() -> StoreError {
    StoreError::Database("out of order, by the test's wish".into())
}

/// Passes the calls of a part of the store on as they are.
macro_rules! pass_part {
    ($part:ident { $(fn $name:ident($($arg:ident: $kind:ty),*) -> $answer:ty;)+ } $($own:item)*) => {
        #[async_trait]
        impl $part for Faulty {
            $(async fn $name(&self, $($arg: $kind),*) -> Result<$answer, StoreError> {
                self.inner.$name($($arg),*).await
            })+

            $($own)*
        }
    };
}

pass_part! { ArchiveStore {
    fn list_files(user: UserId, org: OrgId, query: FilesQuery) -> Vec<FilesEntry>;
    fn save_report(report: NewReport) -> ReportOutcome;
    fn seen_in_files(user: UserId, org: OrgId, sessions: &[SessionId]) -> Vec<SeenSession>;
    fn only_sessions(user: UserId, org: OrgId) -> Option<Vec<SessionId>>;
    fn offered_file(session: SessionId, attachment: AttachmentId) -> Option<(Attachment, Option<Seq>)>;
    fn documents(which: Documents, limit: u32) -> Vec<StoredDocument>;
    fn org_of(session: SessionId) -> Option<OrgId>;
    fn statistics(user: UserId, org: OrgId, query: StatisticsQuery) -> Option<RawStatistics>;
} }

pass_part! { AuditStore {
    fn audit(entry: AuditEntry, unless_since: Millis) -> ();
    fn audit_log(user: UserId, org: OrgId, filter: AuditFilter, limit: u32) -> Option<Vec<AuditItem>>;
} }

pass_part! { BotStore {
    fn bots(user: UserId, org: OrgId) -> Result<Vec<BotRecord>, ErrorCode>;
    fn bot(user: UserId, org: OrgId, bot: BotId) -> Result<BotDraft, ErrorCode>;
    fn bot_version(user: UserId, org: OrgId, bot: BotId, version: u32) -> Result<Flow, ErrorCode>;
    fn change_bot(change: BotChange) -> Result<(), ErrorCode>;
    fn add_bot_secret(user: UserId, secret: SealedSecret, at: Millis) -> Result<(), ErrorCode>;
    fn bot_secret(bot: BotId, secret: SecretId) -> Option<SealedSecret>;
    fn bot_secrets(after: Option<SecretId>, limit: u32) -> Vec<SealedSecret>;
    fn reseal_bot_secrets(secrets: Vec<SealedSecret>) -> ();
} }

pass_part! { PeopleStore {
    fn people(user: UserId, org: OrgId, now: Millis) -> Option<(Vec<Person>, Vec<Invitation>)>;
    fn all_people(org: OrgId, now: Millis) -> Vec<Person>;
    fn invite(invitation: NewInvitation) -> Result<(), ErrorCode>;
    fn withdraw_invitation(by: UserId, org: OrgId, invitation: InvitationId, at: Millis) -> Result<(), ErrorCode>;
    fn invitation(token: SecretHash, now: Millis) -> Option<InvitationRecord>;
    fn accept_invitation(acceptance: Acceptance) -> Result<UserId, ErrorCode>;
    fn change_person(change: ChangeOfPerson) -> Result<Touched, ErrorCode>;
    fn is_deactivated(user: UserId) -> bool;
} }

pass_part! { PasswordStore {
    fn make_password_reset(reset: NewPasswordReset) -> Result<UserRecord, ErrorCode>;
    fn forgot_password(email: &str, token: SecretHash, at: Millis, expires_at: Millis) -> Option<UserRecord>;
    fn password_reset(token: SecretHash, now: Millis) -> Option<UserRecord>;
    fn set_password(password: NewPassword) -> Option<Vec<SecretHash>>;
} }

pass_part! { DeviceStore {
    fn signed_in(token: SecretHash, now: Millis) -> Option<SignedInDevice>;
    fn devices(caller: UserId, whose: DevicesOf, now: Millis) -> Option<Vec<Device>>;
    fn revoke_device(caller: UserId, whose: DevicesOf, device: DeviceId, at: Millis) -> Result<SecretHash, ErrorCode>;
    fn see_devices(seen: Vec<DeviceSeen>) -> ();
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

            async fn log(&self, session: SessionId, after: Seq, limit: u32) -> Result<Vec<Event>, StoreError> {
                match self.long_log.load(Ordering::SeqCst) {
                    0 => self.inner.log(session, after, limit).await,
                    length => Ok(long_log(length, after, limit)),
                }
            }
        }
    };
}

pass_part! {
    Ledger {
        fn chains() -> Vec<(OrgId, String)>;
        fn transcripts(session: SessionId) -> Vec<TranscriptFile>;
        fn unsealed_since(before: Millis) -> u64;
        fn sealed_outside(org: OrgId, limit: u32) -> Vec<SessionId>;
        fn attachment_standing(org: OrgId, session: SessionId, attachment: AttachmentId) -> BlobStanding;
        fn session_standing(org: OrgId, session: SessionId) -> BlobStanding;
    }

    async fn chain(&self, org: OrgId, after: u64, limit: u32) -> Result<Vec<ChainEntry>, StoreError> {
        Ok(self.as_changed(self.inner.chain(org, after, limit).await?))
    }

    async fn manifests(&self, session: SessionId) -> Result<Vec<ChainEntry>, StoreError> {
        Ok(self.as_changed(self.inner.manifests(session).await?))
    }

    async fn listed_files(
        &self,
        session: SessionId,
        part: u32,
        after: Option<AttachmentId>,
        limit: u32,
    ) -> Result<Vec<ListedFile>, StoreError> {
        match self.long_log.load(Ordering::SeqCst) {
            0 => self.inner.listed_files(session, part, after, limit).await,
            files => Ok(long_files(files / 10, part, after, limit)),
        }
    }
}

pass_part! {
    VaultStore {
        fn chain_head(org: OrgId) -> Option<ChainEntry>;
        fn note_present(sessions: Vec<SessionId>, at: Millis) -> ();
        fn idle_sessions(org: OrgId, before: Millis, now: Millis, limit: u32) -> Vec<IdleSession>;
        fn discard_unused(session: SessionId, before: Millis, now: Millis) -> bool;
        fn to_amend(limit: u32) -> Vec<SessionId>;
        fn events_about(session: SessionId, first: Seq, last: Seq, with_files: bool, limit: u32) -> Vec<Event>;
        fn session_vault(user: UserId, org: OrgId, session: SessionId) -> Option<SessionVault>;
        fn file_activity(user: UserId, org: OrgId, session: SessionId) -> Option<Vec<FileActivity>>;
        fn change_hold(change: HoldChange) -> HoldOutcome;
    }

    async fn claim_files(&self, session: SessionId, part: u32) -> Result<(), StoreError> {
        if part == 1 && self.late_files.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.inner.claim_files(session, part).await
    }

    async fn seal(&self, manifest: NewManifest) -> Result<bool, StoreError> {
        if self.no_seal.load(Ordering::SeqCst) {
            return Err(broken());
        }
        self.inner.seal(manifest).await
    }
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
    fn log_before(session: SessionId, before: Seq, limit: u32) -> Vec<Event>;
    fn heads(before: Option<SessionId>, limit: u32) -> Vec<(SessionId, Seq)>;
    fn withdrawn(limit: u32) -> Vec<WithdrawnFile>;
    fn bytes_are_gone(attachment: AttachmentId) -> ();
    fn offered_files(session: SessionId, which: OfferedWhich) -> Vec<OfferedFiles>;
    fn is_uploading(upload: UploadId) -> bool;
    fn expire_files(expiry: Expiry) -> u32;
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
    fn files_session(user: UserId, org: OrgId, session: SessionId) -> Option<FilesSession>;
}
