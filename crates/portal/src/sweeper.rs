//! What nobody comes back for: uploads that stopped, files that everybody declined. Looked for every few minutes; the bytes go by
//! the [`Eraser`](crate::eraser::Eraser).

use std::{sync::Arc, time::Duration};

use deskside_proto::{EventBody, EventId, Millis, Visibility, WithdrawReason};
use deskside_store::{Append, Effect, OfferedFiles, Store, StoreError};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    env::Env,
    eraser::Eraser,
    writer::{WriteError, Writer},
};

/// Between two rounds.
const EVERY: Duration = Duration::from_secs(300);
/// Rows of one step.
const PAGE: u32 = 100;
/// How long a file that all have declined can still be accepted (design §3).
const DECLINED_LIFE_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// What the job works with.
pub struct Sweeper {
    pub store: Arc<dyn Store>,
    pub writer: Writer,
    pub eraser: Eraser,
    pub env: Env,
    /// How long an upload that nobody goes on with is kept.
    pub upload_life: Duration,
}

impl Sweeper {
    /// Starts the job.
    pub fn start(self, stop: CancellationToken) -> JoinHandle<()> {
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
                tracing::error!(%error, "abandoned files are swept later");
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// One round.
    ///
    /// # Errors
    /// [`StoreError`]; what was done until then is done.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        let now = self.env.now();
        let life = i64::try_from(self.upload_life.as_millis()).unwrap_or(i64::MAX);
        while self.store.end_stale_uploads(now.plus(-life), PAGE).await? == PAGE {}
        for files in self.store.unwanted(now.plus(-DECLINED_LIFE_MILLIS), PAGE).await? {
            self.withdraw(files, now).await;
        }
        self.eraser.wake();
        Ok(())
    }

    /// In an event, so that everybody sees it. Refused where somebody was quicker.
    async fn withdraw(&self, files: OfferedFiles, at: Millis) {
        let OfferedFiles { session, seq: target, attachments } = files;
        let append = Append {
            session,
            id: EventId::new(at, self.env.random()),
            sender: None,
            txn_id: None,
            at,
            visibility: Visibility::All,
            body: EventBody::AttachmentsWithdrawn {
                target,
                attachments: attachments.clone(),
                reason: WithdrawReason::DeclinedByAll,
            },
            effects: vec![Effect::WithdrawAttachments { target, attachments }],
        };
        match self.writer.append(append).await {
            Ok(_) | Err(WriteError::Refused(_)) => {}
            Err(error) => tracing::error!(?error, "declined files are withdrawn later"),
        }
    }
}
