//! What was deleted goes: a file's blob and thumbnail, a session's transcript and words in the index, in one job that a crash only
//! delays (research S21).
//!
//! The deletion withdraws the file in its own commit, and from then on nobody is served it. What the store calls withdrawn is
//! erased here, and only then called gone: done again after a crash in between, it finds nothing and says so.

use std::{io, sync::Arc, time::Duration};

use deskside_search::IndexError;
use deskside_store::{Store, StoreError, WithdrawnFile};
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    blobs::{Blobs, Folder, Key},
    indexer::Indexer,
    uploads::Uploads,
};

/// Files of one round.
const PAGE: u32 = 100;
/// Pause after a disk or store that does not work.
const RETRY: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
enum EraseError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("bytes cannot be deleted: {0}")]
    Blobs(#[from] io::Error),
    #[error("a deleted session's words stay in the search index: {0}")]
    Index(#[from] IndexError),
}

/// What the job works with.
pub struct EraseJob {
    pub store: Arc<dyn Store>,
    pub blobs: Blobs,
    pub uploads: Uploads,
    pub indexer: Indexer,
}

/// Handle of the job; clones share it.
#[derive(Clone)]
pub struct Eraser {
    wanted: Arc<Notify>,
}

impl Eraser {
    /// Starts the job, first over everything that an earlier process left.
    pub fn start(job: EraseJob, stop: CancellationToken) -> (Self, JoinHandle<()>) {
        let wanted = Arc::new(Notify::new());
        let waits = Arc::clone(&wanted);
        let job = async move { job.run(&waits).await };
        let task = tokio::spawn(async move {
            tokio::select! {
                () = job => {}
                () = stop.cancelled() => {}
            }
        });
        (Self { wanted }, task)
    }

    /// A file may have been withdrawn.
    pub fn wake(&self) {
        self.wanted.notify_one();
    }
}

impl EraseJob {
    async fn run(&self, wanted: &Notify) {
        loop {
            match self.erase_page().await {
                Ok(true) => {}
                Ok(false) => wanted.notified().await,
                Err(error) => {
                    tracing::error!(%error, "deleted files are erased later");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    /// Whether there may be more.
    async fn erase_page(&self) -> Result<bool, EraseError> {
        let files = self.store.withdrawn(PAGE).await?;
        for WithdrawnFile { org, session, attachment, upload } in &files {
            self.indexer.remove_file(*session, *attachment).await?;
            self.uploads.discard(*upload).await?;
            self.blobs.delete(&Key::thumbnail(*org, *session, *attachment)).await?;
            self.blobs.delete(&Key::attachment(*org, *session, *attachment)).await?;
            self.store.bytes_are_gone(*attachment).await?;
        }
        let sessions = self.store.deleted_sessions(PAGE).await?;
        for (org, session) in &sessions {
            self.blobs.delete_all(&Folder::vault(*org, *session)).await?;
            self.indexer.forget(*session).await?;
            self.store.session_is_gone(*session).await?;
        }
        Ok(!files.is_empty() || !sessions.is_empty())
    }
}
