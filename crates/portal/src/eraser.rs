//! Bytes of deleted files go: the blob and its thumbnail, in a job that a crash only delays (research S21).
//!
//! The deletion withdraws the file in its own commit, and from then on nobody is served it. What the store calls withdrawn is
//! erased here, and only then called gone: done again after a crash in between, it finds nothing and says so.

use std::{io, sync::Arc, time::Duration};

use deskside_store::{Store, StoreError, WithdrawnFile};
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    blobs::{Blobs, Key},
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
}

/// Handle of the job; clones share it.
#[derive(Clone)]
pub struct Eraser {
    wanted: Arc<Notify>,
}

impl Eraser {
    /// Starts the job, first over everything that an earlier process left.
    pub fn start(
        store: Arc<dyn Store>,
        blobs: Blobs,
        uploads: Uploads,
        stop: CancellationToken,
    ) -> (Self, JoinHandle<()>) {
        let wanted = Arc::new(Notify::new());
        let job = run(store, blobs, uploads, Arc::clone(&wanted));
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

async fn run(store: Arc<dyn Store>, blobs: Blobs, uploads: Uploads, wanted: Arc<Notify>) {
    loop {
        match erase_page(&*store, &blobs, &uploads).await {
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
async fn erase_page(store: &dyn Store, blobs: &Blobs, uploads: &Uploads) -> Result<bool, EraseError> {
    let files = store.withdrawn(PAGE).await?;
    for WithdrawnFile { org, session, attachment, upload } in &files {
        uploads.discard(*upload).await?;
        blobs.delete(&Key::thumbnail(*org, *session, *attachment)).await?;
        blobs.delete(&Key::attachment(*org, *session, *attachment)).await?;
        store.bytes_are_gone(*attachment).await?;
    }
    Ok(!files.is_empty())
}
