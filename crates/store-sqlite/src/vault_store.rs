//! The traits [`Ledger`] and [`VaultStore`], use case by use case.

use async_trait::async_trait;
use deskside_proto::{
    AttachmentId, Event, Millis, OrgId, Seq, SessionId, UserId,
    api::{FileActivity, SessionVault},
};
use deskside_store::{
    BlobStanding, ChainEntry, HoldChange, HoldOutcome, IdleSession, Ledger, ListedFile, NewManifest,
    StoreError, TranscriptFile, VaultStore,
};

use crate::{ledger::SqliteLedger, store::SqliteStore};

#[async_trait]
impl Ledger for SqliteStore {
    async fn chains(&self) -> Result<Vec<(OrgId, String)>, StoreError> {
        self.ledger().chains().await
    }

    async fn chain(&self, org: OrgId, after: u64, limit: u32) -> Result<Vec<ChainEntry>, StoreError> {
        self.ledger().chain(org, after, limit).await
    }

    async fn manifests(&self, session: SessionId) -> Result<Vec<ChainEntry>, StoreError> {
        self.ledger().manifests(session).await
    }

    async fn transcripts(&self, session: SessionId) -> Result<Vec<TranscriptFile>, StoreError> {
        self.ledger().transcripts(session).await
    }

    async fn listed_files(
        &self,
        session: SessionId,
        part: u32,
        after: Option<AttachmentId>,
        limit: u32,
    ) -> Result<Vec<ListedFile>, StoreError> {
        self.ledger().listed_files(session, part, after, limit).await
    }

    async fn unsealed_since(&self, before: Millis) -> Result<u64, StoreError> {
        self.ledger().unsealed_since(before).await
    }

    async fn sealed_outside(&self, org: OrgId, limit: u32) -> Result<Vec<SessionId>, StoreError> {
        self.ledger().sealed_outside(org, limit).await
    }

    async fn attachment_standing(
        &self,
        org: OrgId,
        session: SessionId,
        attachment: AttachmentId,
    ) -> Result<BlobStanding, StoreError> {
        self.ledger().attachment_standing(org, session, attachment).await
    }

    async fn session_standing(&self, org: OrgId, session: SessionId) -> Result<BlobStanding, StoreError> {
        self.ledger().session_standing(org, session).await
    }
}

impl SqliteStore {
    fn ledger(&self) -> SqliteLedger {
        SqliteLedger::new(self.database.readers.clone())
    }
}

#[async_trait]
impl VaultStore for SqliteStore {
    async fn chain_head(&self, org: OrgId) -> Result<Option<ChainEntry>, StoreError> {
        self.database.chain_head(org).await
    }

    async fn note_present(&self, sessions: Vec<SessionId>, at: Millis) -> Result<(), StoreError> {
        self.database.note_present(sessions, at).await
    }

    async fn idle_sessions(
        &self,
        org: OrgId,
        before: Millis,
        now: Millis,
        limit: u32,
    ) -> Result<Vec<IdleSession>, StoreError> {
        self.database.idle_sessions(org, before, now, limit).await
    }

    async fn discard_unused(
        &self,
        session: SessionId,
        before: Millis,
        now: Millis,
    ) -> Result<bool, StoreError> {
        self.database.discard_unused(session, before, now).await
    }

    async fn claim_files(&self, session: SessionId, part: u32) -> Result<(), StoreError> {
        self.database.claim_files(session, part).await
    }

    async fn seal(&self, manifest: NewManifest) -> Result<bool, StoreError> {
        self.database.seal(manifest).await
    }

    async fn to_amend(&self, limit: u32) -> Result<Vec<SessionId>, StoreError> {
        self.database.to_amend(limit).await
    }

    async fn events_about(
        &self,
        session: SessionId,
        first: Seq,
        last: Seq,
        with_files: bool,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        self.database.events_about(session, first, last, with_files, limit).await
    }

    async fn session_vault(
        &self,
        user: UserId,
        org: OrgId,
        session: SessionId,
    ) -> Result<Option<SessionVault>, StoreError> {
        self.database.session_vault(user, org, session).await
    }

    async fn file_activity(
        &self,
        user: UserId,
        org: OrgId,
        session: SessionId,
    ) -> Result<Option<Vec<FileActivity>>, StoreError> {
        self.database.file_activity(user, org, session).await
    }

    async fn change_hold(&self, change: HoldChange) -> Result<HoldOutcome, StoreError> {
        self.database.change_hold(change).await
    }
}
