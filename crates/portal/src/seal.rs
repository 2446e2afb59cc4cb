//! The vaults of sessions that are over: exactly one transcript each, on every ending, healed after a crash (rows Z14, Z15).
//!
//! A session is `ended` in the same commit as its last event. From then on its log does not change, so that the transcript can
//! be made any number of times with the same bytes. Transcripts and manifest are durable first; then the store takes the manifest into
//! the organisation's chain and moves the session to `sealed`, in one transaction. What is found half done is done again.
//!
//! Files that join later (a recording that took its time) stand in an addendum: one more manifest in the chain.

mod write;

use std::{io, sync::Arc, time::Duration};

use deskside_proto::{AttachmentRetention, SessionId, api::SessionState};
use deskside_store::{NewManifest, SessionRecord, Store, StoreError, TranscriptFile};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Env,
    blobs::{Blobs, Folder, Key},
    faults,
    hub::Hub,
};

pub use write::Desk;

const FIRST_RETRY: Duration = Duration::from_millis(500);
const LAST_RETRY: Duration = Duration::from_secs(60);
/// Another manifest of the organisation may be quicker; more often than this it is no coincidence.
const TRIES: usize = 20;
/// Sessions with addenda that one look finds.
const AMEND_PAGE: u32 = 100;

/// Why a session is not sealed yet.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the transcript could not be stored: {0}")]
    Blobs(#[from] io::Error),
    #[error("the manifest could not be written: {0}")]
    Manifest(#[from] serde_json::Error),
    #[error("other manifests of the organisation were quicker, again and again")]
    Overtaken,
}

/// What sealing works on.
pub struct SealJob {
    pub store: Arc<dyn Store>,
    pub blobs: Blobs,
    pub hub: Arc<Hub>,
    pub env: Env,
    pub desk: Desk,
}

/// Handle of the job; clones share it.
#[derive(Clone)]
pub struct Sealer {
    endings: mpsc::UnboundedSender<SessionId>,
}

impl Sealer {
    /// Starts the job, first over everything that an earlier process left.
    pub fn start(job: SealJob, stop: CancellationToken) -> (Self, JoinHandle<()>) {
        let (endings, queue) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            tokio::select! {
                () = run(job, queue) => {}
                () = stop.cancelled() => {}
            }
        });
        (Self { endings }, task)
    }

    /// Session `session` is over. A session that is missed (the process ends) is found at the next start.
    pub fn seal(&self, session: SessionId) {
        let _ = self.endings.send(session);
    }

    /// A capture joined the Files of `session` after its end: an addendum names it. Missed ones are found at the next start too.
    pub fn add(&self, session: SessionId) {
        self.seal(session);
    }
}

/// What fails is tried again with growing pauses, and does not keep others waiting.
async fn run(job: SealJob, mut queue: mpsc::UnboundedReceiver<SessionId>) {
    let mut pause = FIRST_RETRY;
    let mut again = Some(Instant::now());
    loop {
        let retry = async {
            match again {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let done = tokio::select! {
            biased;
            session = queue.recv() => match session {
                Some(session) => job.try_seal(session).await,
                None => return,
            },
            () = retry => {
                again = None;
                let done = job.seal_everything().await;
                pause = if done { FIRST_RETRY } else { (pause * 2).min(LAST_RETRY) };
                done
            }
        };
        if !done {
            again = again.or(Some(Instant::now() + pause));
        }
    }
}

impl SealJob {
    /// `false` where something is left over.
    async fn seal_everything(&self) -> bool {
        match self.waiting().await {
            Ok(sessions) => {
                let mut all = true;
                for session in sessions {
                    all &= self.try_seal(session).await;
                }
                all
            }
            Err(error) => {
                tracing::error!(%error, "cannot list sessions without a transcript");
                false
            }
        }
    }

    async fn waiting(&self) -> Result<Vec<SessionId>, StoreError> {
        let mut sessions = self.store.unsealed().await?;
        sessions.extend(self.store.to_amend(AMEND_PAGE).await?);
        Ok(sessions)
    }

    async fn try_seal(&self, session: SessionId) -> bool {
        match self.seal(session).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, %session, "the session's vault is not sealed yet; it is tried again");
                false
            }
        }
    }

    /// Does what is left to do for a session.
    ///
    /// # Errors
    /// [`SealError`]; it can be done again.
    pub async fn seal(&self, session: SessionId) -> Result<(), SealError> {
        let Some(record) = self.store.session_to_seal(session).await? else { return Ok(()) };
        match record.state {
            SessionState::Open => return Ok(()),
            SessionState::Ended => self.seal_first(&record).await?,
            SessionState::Sealed => {}
        }
        self.amend(&record).await
    }

    async fn seal_first(&self, record: &SessionRecord) -> Result<(), SealError> {
        let keep = record.settings.attachments.retention != AttachmentRetention::SessionOnly;
        self.store.settle_captures(record.id, keep).await?;
        let transcripts = self.desk.write_transcripts(&self.store, &self.blobs, record).await?;
        self.store.claim_files(record.id, 1).await?;
        faults::reach("seal/claimed");
        if let Some(manifest) = self.chain(record, 1, transcripts).await? {
            self.hub.sealed(record.id, manifest.sealed_at);
        }
        Ok(())
    }

    /// Names what no manifest names yet in one more, if there is anything.
    async fn amend(&self, record: &SessionRecord) -> Result<(), SealError> {
        let part = u32::try_from(self.store.manifests(record.id).await?.len()).unwrap_or(u32::MAX);
        if part == 0 {
            return Ok(());
        }
        let part = part.saturating_add(1);
        self.store.claim_files(record.id, part).await?;
        if self.store.listed_files(record.id, part, None, 1).await?.is_empty() {
            return Ok(());
        }
        self.chain(record, part, Vec::new()).await?;
        Ok(())
    }

    /// Writes the manifest and puts it into the chain; `None` where the session was sealed or deleted by somebody else meanwhile.
    async fn chain(
        &self,
        record: &SessionRecord,
        part: u32,
        transcripts: Vec<TranscriptFile>,
    ) -> Result<Option<NewManifest>, SealError> {
        for _ in 0..TRIES {
            let head = self.store.chain_head(record.org).await?;
            let sealed_at = self.env.now();
            let previous = head.as_ref().map(|head| head.sha256.clone());
            let place = head.map_or(0, |head| head.place) + 1;
            let new = NewManifest {
                org: record.org,
                session: record.id,
                part,
                place,
                size: 0,
                sha256: String::new(),
                sealed_at,
                transcripts: transcripts.clone(),
            };
            let new = self.desk.write_manifest(&self.store, &self.blobs, new, previous).await?;
            faults::reach("seal/manifest");
            if self.store.seal(new.clone()).await? {
                faults::reach("seal/sealed");
                return Ok(Some(new));
            }
            if !self.is_wanted(record, part).await? {
                return Ok(None);
            }
        }
        Err(SealError::Overtaken)
    }

    /// Whether part `part` of the session's manifests is still to be written. What was written for a deleted session goes.
    async fn is_wanted(&self, record: &SessionRecord, part: u32) -> Result<bool, SealError> {
        if self.store.session_to_seal(record.id).await?.is_none() {
            self.blobs.delete_all(&Folder::vault(record.org, record.id)).await?;
            return Ok(false);
        }
        Ok(self.store.manifests(record.id).await?.len() < part as usize)
    }
}

/// Where the manifest of a session's part stands.
#[must_use]
pub fn manifest_key(manifest: &NewManifest) -> Key {
    Key::manifest(manifest.org, manifest.session, manifest.part)
}
