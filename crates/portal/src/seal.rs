//! Transcripts of sessions that are over: exactly one each, on every ending, healed after a crash (rows Z14, Z15).
//!
//! A session is `ended` in the same commit as its last event. From then on its log does not change, so that the transcript can
//! be made any number of times with the same bytes; the store records the first one and moves the session to `sealed`.

use std::{io, sync::Arc, time::Duration};

use deskside_proto::{
    AttachmentRetention, Event, Millis, ParticipantState, SessionId,
    api::{TranscriptFormat, TranscriptPerson},
};
use deskside_store::{SessionRecord, Store, StoreError, TranscriptRecord};
use deskside_timeline::transcript::{Audience, Survey, TranscriptFold, TranscriptHeader, writer};
use sha2::{Digest, Sha256};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    Env,
    blobs::{Blobs, Key},
    hub::Hub,
};

/// Events read at a time.
const PAGE: u32 = 1000;
const FIRST_RETRY: Duration = Duration::from_millis(500);
const LAST_RETRY: Duration = Duration::from_secs(60);

/// Why a transcript is not sealed yet.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the transcript could not be stored: {0}")]
    Blobs(#[from] io::Error),
}

/// What sealing works on.
pub struct SealJob {
    pub store: Arc<dyn Store>,
    pub blobs: Blobs,
    pub hub: Arc<Hub>,
    pub env: Env,
}

/// Handle of the job; clones share it.
#[derive(Clone)]
pub struct Sealer {
    endings: mpsc::UnboundedSender<SessionId>,
}

impl Sealer {
    /// Starts the job, first over every session that ended without a transcript.
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

    /// A capture joined the Files of `session` after its end.
    pub fn add(&self, session: SessionId) {
        let _ = self.endings.send(session);
    }

    /// Session `session` is over. A session that is missed (the process ends) is found at the next start.
    pub fn seal(&self, session: SessionId) {
        let _ = self.endings.send(session);
    }
}

async fn run(job: SealJob, mut queue: mpsc::UnboundedReceiver<SessionId>) {
    let mut wait = FIRST_RETRY;
    let mut leftover = true;
    loop {
        if leftover {
            leftover = !job.seal_all_unsealed().await;
        }
        if leftover {
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LAST_RETRY);
            continue;
        }
        wait = FIRST_RETRY;
        let Some(session) = queue.recv().await else { return };
        leftover = !job.try_seal(session).await;
    }
}

impl SealJob {
    /// `false` where some are left over.
    async fn seal_all_unsealed(&self) -> bool {
        let sessions = match self.store.unsealed().await {
            Ok(sessions) => sessions,
            Err(error) => {
                tracing::error!(%error, "cannot list sessions without a transcript");
                return false;
            }
        };
        let mut all = true;
        for session in sessions {
            all &= self.try_seal(session).await;
        }
        all
    }

    async fn try_seal(&self, session: SessionId) -> bool {
        match self.seal(session).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, %session, "no transcript yet; it is tried again");
                false
            }
        }
    }

    async fn seal(&self, session: SessionId) -> Result<(), SealError> {
        let Some(record) = self.store.session_to_seal(session).await? else { return Ok(()) };
        let keep = record.settings.attachments.retention != AttachmentRetention::SessionOnly;
        self.store.settle_captures(session, keep).await?;
        let text = self.write(&record).await?;
        let sealed_at = self.env.now();
        let transcript = TranscriptRecord {
            size: text.len() as u64,
            sha256: hex::encode(Sha256::digest(&text)),
            sealed_at,
        };
        self.blobs.put(&Key::transcript(record.org, session), text.into()).await?;
        if self.store.seal(session, transcript).await? {
            self.hub.sealed(session, sealed_at);
        }
        Ok(())
    }

    /// The whole text. A session's log holds text only: megabytes at the very most.
    async fn write(&self, record: &SessionRecord) -> Result<Vec<u8>, StoreError> {
        let mut survey = Survey::new(Audience::Organisation);
        self.read(record.id, |event| survey.see(event)).await?;
        let mut fold = TranscriptFold::new(survey);
        let mut writer = writer(TranscriptFormat::Txt);
        let mut text = writer.head(&header(record));
        self.read(record.id, |event| {
            if let Some(item) = fold.item(event) {
                text.push_str(&writer.item(&item));
            }
        })
        .await?;
        text.push_str(&writer.foot());
        Ok(text.into_bytes())
    }

    /// Shows every event of the log, in order.
    async fn read(&self, session: SessionId, mut see: impl FnMut(&Event)) -> Result<(), StoreError> {
        let mut after = 0;
        loop {
            let page = self.store.log(session, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.seq;
            page.iter().for_each(&mut see);
        }
    }
}

fn header(record: &SessionRecord) -> TranscriptHeader {
    let let_in = record.participants.iter().filter(|p| p.state != ParticipantState::Waiting);
    TranscriptHeader {
        org_name: record.org_name.clone(),
        session: record.id,
        title: record.title.clone(),
        started_at: record.created_at,
        ended_at: record.ended_at.unwrap_or(Millis(record.created_at.0)),
        people: let_in.map(|p| TranscriptPerson { name: p.name.clone(), role: p.role }).collect(),
    }
}
