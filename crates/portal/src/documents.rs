//! Words inside stored documents enter the search index, by a job behind the uploads: one child process at a time
//! ([`crate::extract`]), with as much rest as work, and never in this process (research S11).
//!
//! What was looked at is remembered in the index itself, readable or not, so that a crash costs at most one document, nothing is
//! tried for ever, and an index that is made again gets its documents again. What the store calls no longer offered is taken out
//! by the [`crate::eraser`], and is not shown from the commit on that says so.

use std::{
    collections::HashSet,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use deskside_proto::SessionId;
use deskside_search::{FileText, IndexError};
use deskside_store::{Documents, Store, StoreError, StoredDocument};
use tokio::{sync::Notify, task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    blobs::{Blobs, Key},
    extract::{Extractor, TextOutcome},
    indexer::Indexer,
};

/// Documents asked for at once.
const PAGE: u32 = 200;
/// Bytes of a document in a container (zip, OLE, PDF): as the child's own limit.
const DOCUMENT_MAX: u64 = 100 * 1024 * 1024;
/// Bytes of plain text that are looked at; of more, the beginning.
const PLAIN_MAX: u64 = 4 * 1024 * 1024;
const FIRST_RETRY: Duration = Duration::from_secs(5);
const LAST_RETRY: Duration = Duration::from_secs(300);

#[derive(Debug, thiserror::Error)]
enum DocumentError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error("a document's bytes cannot be read: {0}")]
    Blobs(#[from] io::Error),
}

/// What the job works with.
pub struct DocumentJob {
    pub store: Arc<dyn Store>,
    pub blobs: Blobs,
    pub indexer: Indexer,
    pub extractor: Extractor,
}

/// Handle of the job; clones share it.
#[derive(Clone)]
pub struct DocumentReader {
    /// `None` without a program that reads.
    shared: Option<Arc<Shared>>,
}

#[derive(Default)]
struct Shared {
    /// Sessions in which files were offered.
    waiting: Mutex<HashSet<SessionId>>,
    wanted: Notify,
    is_behind: AtomicBool,
}

impl DocumentReader {
    /// Starts the job, first over every document that is not in the index. Without `deskside-extract` there is nothing to do:
    /// documents are found by their names.
    pub fn start(job: DocumentJob, stop: CancellationToken) -> (Self, JoinHandle<()>) {
        let shared = job.extractor.is_there().then(Arc::<Shared>::default);
        let reader = Self { shared: shared.clone() };
        let task = tokio::spawn(async move {
            let Some(shared) = shared else { return };
            tokio::select! {
                () = run(&job, &shared) => {}
                () = stop.cancelled() => {}
            }
        });
        (reader, task)
    }

    /// Files were offered in the session.
    pub fn wake(&self, session: SessionId) {
        let Some(shared) = &self.shared else { return };
        shared.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(session);
        shared.wanted.notify_one();
    }

    /// Documents wait to be read.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.shared.as_ref().is_some_and(|shared| {
            shared.is_behind.load(Ordering::Relaxed)
                || !shared.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
        })
    }
}

async fn run(job: &DocumentJob, shared: &Shared) {
    let mut wait = FIRST_RETRY;
    loop {
        shared.is_behind.store(true, Ordering::Relaxed);
        match keep_up(job, shared).await {
            // The index begins anew.
            Ok(()) => wait = FIRST_RETRY,
            Err(error) => {
                tracing::error!(%error, "documents are read later");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LAST_RETRY);
            }
        }
    }
}

/// Until the index begins anew, or something goes wrong.
async fn keep_up(job: &DocumentJob, shared: &Shared) -> Result<(), DocumentError> {
    job.catch_up().await?;
    loop {
        let waiting = || shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let sessions: Vec<SessionId> = waiting().iter().copied().collect();
        for session in sessions {
            let documents = job.store.documents(Documents::Of(session), u32::MAX).await?;
            // Before reading: what is offered meanwhile wakes the job again.
            waiting().remove(&session);
            if let Err(error) = job.read(&documents).await {
                waiting().insert(session);
                return Err(error);
            }
        }
        if waiting().is_empty() {
            shared.is_behind.store(false, Ordering::Relaxed);
            tokio::select! {
                () = shared.wanted.notified() => {}
                () = job.indexer.renewed() => return Ok(()),
            }
        }
    }
}

impl DocumentJob {
    /// Every document, the newest first.
    async fn catch_up(&self) -> Result<(), DocumentError> {
        let mut before = None;
        loop {
            let page = self.store.documents(Documents::Before(before), PAGE).await?;
            self.read(&page).await?;
            match page.last() {
                Some(last) if page.len() == PAGE as usize => before = Some(last.attachment),
                _ => return Ok(()),
            }
        }
    }

    async fn read(&self, documents: &[StoredDocument]) -> Result<(), DocumentError> {
        let ids: Vec<_> = documents.iter().map(|document| document.attachment).collect();
        let missing: HashSet<_> = self.indexer.missing_files(&ids).await?.into_iter().collect();
        for document in documents.iter().filter(|document| missing.contains(&document.attachment)) {
            let begun = Instant::now();
            self.read_one(document).await?;
            tokio::time::sleep(begun.elapsed()).await;
        }
        Ok(())
    }

    async fn read_one(&self, document: &StoredDocument) -> Result<(), DocumentError> {
        let StoredDocument { org, session, attachment, .. } = *document;
        let text = match self.text(document).await? {
            Some(text) => text,
            // Withdrawn meanwhile: the eraser was here.
            None => return Ok(()),
        };
        self.indexer.put_file(FileText { org, session, attachment, text }).await?;
        // It may have gone while it was read, and the eraser was here before its words were.
        if self.store.offered_file(session, attachment).await?.is_none() {
            self.indexer.remove_file(session, attachment).await?;
        }
        Ok(())
    }

    /// What stands in it: nothing where it cannot be read; `None` where it is gone.
    async fn text(&self, document: &StoredDocument) -> Result<Option<String>, DocumentError> {
        let StoredDocument { org, session, attachment, name, media_type, size } = document;
        let is_plain = media_type.starts_with("text/");
        if !is_plain && *size > DOCUMENT_MAX {
            return Ok(Some(String::new()));
        }
        let range = (is_plain && *size > PLAIN_MAX).then_some(0..PLAIN_MAX);
        let key = Key::attachment(*org, *session, *attachment);
        let Some(content) = self.blobs.get(&key, range).await? else { return Ok(None) };
        match self.extractor.text(content.stream, name).await? {
            TextOutcome::Text(text) => Ok(Some(text)),
            TextOutcome::Unreadable(reason) => {
                tracing::info!(%session, %attachment, %reason, "a document is found by its name only");
                Ok(Some(String::new()))
            }
        }
    }
}
