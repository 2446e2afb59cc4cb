//! What nobody comes back for, and what has had its time: uploads that stopped, files that everybody declined, files and sessions
//! that are kept no longer. Looked for every few minutes; the bytes go by the [`Eraser`](crate::eraser::Eraser).

use std::{io, sync::Arc, time::Duration};

use deskside_proto::{AttachmentRetention, Millis, WithdrawReason};
use deskside_store::{Deletion, DeletionOutcome, Expiry, OfferedFiles, OrgRecord, Store, StoreError};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    endings,
    env::Env,
    eraser::Eraser,
    uploads::Uploads,
    writer::{WriteError, Writer},
};

/// Between two rounds.
const EVERY: Duration = Duration::from_secs(300);
/// Rows of one step.
const PAGE: u32 = 100;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// How long a file that all have declined can still be accepted (design §3).
const DECLINED_LIFE_MILLIS: i64 = DAY_MILLIS;

/// Why a round broke off.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the staging folder cannot be read: {0}")]
    Staging(#[from] io::Error),
}

/// What the job works with.
pub struct Sweeper {
    pub store: Arc<dyn Store>,
    pub writer: Writer,
    pub eraser: Eraser,
    pub uploads: Uploads,
    pub env: Env,
    /// How long an upload that nobody goes on with is kept.
    pub upload_life: Duration,
}

impl Sweeper {
    /// Starts the job.
    pub fn start(self: Arc<Self>, stop: CancellationToken) -> JoinHandle<()> {
        tokio::spawn(async move {
            tokio::select! {
                () = self.run() => {}
                () = stop.cancelled() => {}
            }
        })
    }

    async fn run(&self) {
        loop {
            if let Err(error) = self.sweep().await {
                tracing::error!(%error, "what has had its time is swept later");
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// One round.
    ///
    /// # Errors
    /// [`SweepError`]; what was done until then is done.
    pub async fn sweep(&self) -> Result<(), SweepError> {
        let now = self.env.now();
        let life = i64::try_from(self.upload_life.as_millis()).unwrap_or(i64::MAX);
        while self.store.end_stale_uploads(now.plus(-life), PAGE).await? == PAGE {}
        for files in self.store.unwanted(now.plus(-DECLINED_LIFE_MILLIS), PAGE).await? {
            self.withdraw(files).await;
        }
        for org in self.store.orgs().await? {
            self.retain(&org, now).await?;
        }
        self.discard_strays().await?;
        self.eraser.wake();
        Ok(())
    }

    /// In an event, so that everybody sees it. Refused where somebody was quicker.
    async fn withdraw(&self, files: OfferedFiles) {
        let append = endings::withdrawal(&self.env, files, WithdrawReason::DeclinedByAll);
        match self.writer.append(append).await {
            Ok(_) | Err(WriteError::Refused(_)) => {}
            Err(error) => tracing::error!(?error, "declined files are withdrawn later"),
        }
    }

    /// What an organisation keeps no longer, by its rules as they are today (rows C09, Z14).
    async fn retain(&self, org: &OrgRecord, now: Millis) -> Result<(), StoreError> {
        let policy = &org.settings.attachments;
        let ended_before = |days: u32| now.plus(-i64::from(days) * DAY_MILLIS);
        let files = match policy.retention {
            // What came between the last look and the end as well.
            AttachmentRetention::SessionOnly => Some(now),
            AttachmentRetention::Keep { days } => days.map(ended_before),
        };
        if let Some(before) = files {
            let expiry = Expiry { org: org.id, before, at: now, limit: PAGE };
            while self.store.expire_files(expiry).await? == PAGE {}
        }
        let Some(before) = policy.transcript_retention_days.map(ended_before) else { return Ok(()) };
        loop {
            let over = self.store.over_since(org.id, before, PAGE).await?;
            for session in &over {
                let deletion = Deletion { org: org.id, session: *session, by: None, at: now };
                let outcome = self.store.delete_session(deletion).await?;
                if outcome != DeletionOutcome::Done {
                    tracing::warn!(%session, ?outcome, "a session that is kept no longer stays");
                    return Ok(());
                }
            }
            if over.len() < PAGE as usize {
                return Ok(());
            }
        }
    }

    /// Staging files whose uploads are over: a crash came between the end and the file's.
    async fn discard_strays(&self) -> Result<(), SweepError> {
        for upload in self.uploads.staged().await? {
            if !self.store.is_uploading(upload).await? {
                self.uploads.discard(upload).await?;
            }
        }
        Ok(())
    }
}
