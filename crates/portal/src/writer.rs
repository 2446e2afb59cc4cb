//! The one task that adds to logs (design §4): takes what waits, commits it in one batch, then acknowledges and publishes.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use deskside_proto::{ErrorCode, Event, SessionId};
use deskside_store::{Append, AppendError, Appended, Batch, ReadPosition, Store};
use futures_util::FutureExt;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::{ApiError, error::store_code};

/// Appends that may wait; more callers wait themselves.
const QUEUE: usize = 8192;
/// Appends of one commit.
const BATCH: usize = 1024;

/// Why an append is not in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Refused for good.
    #[error("refused: {}", .0.as_str())]
    Refused(ErrorCode),
    /// The store does not work now; trying again is right.
    #[error("not written: {}", .0.as_str())]
    NotWritten(ErrorCode),
}

impl WriteError {
    #[must_use]
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Refused(code) | Self::NotWritten(code) => code,
        }
    }
}

impl From<WriteError> for ApiError {
    fn from(error: WriteError) -> Self {
        error.code().into()
    }
}

pub type WriteResult = Result<Appended, WriteError>;

/// What one connection appends, in its order: where the store did not take one, it takes none after it. The client sends them
/// all again on its next connection, and they stand in the log as they were asked for.
#[derive(Debug, Clone, Default)]
pub struct Lane(Arc<AtomicBool>);

impl Lane {
    fn close(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_closed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

enum Job {
    Append {
        append: Append,
        lane: Lane,
        reply: oneshot::Sender<WriteResult>,
    },
    /// Nobody waits for it: a mark that is lost comes again with the next one.
    Read(ReadPosition),
}

/// Told of what is committed, in log order.
pub trait Published: Send + Sync + 'static {
    fn event(&self, session: SessionId, event: &Event);
    fn read(&self, position: ReadPosition);
}

/// Handle of the writer; clones share it.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Job>,
}

impl Writer {
    /// Starts the writer. `published` is told of everything new after its commit. After `stop` what waits is still written; then
    /// the task ends.
    pub fn start(
        store: Arc<dyn Store>,
        published: impl Published,
        stop: CancellationToken,
    ) -> (Self, JoinHandle<()>) {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let task = tokio::spawn(run(store, jobs, published, stop));
        (Self { queue }, task)
    }

    /// Adds one event and waits for its commit.
    pub async fn append(&self, append: Append) -> WriteResult {
        received(self.submit(append, &Lane::default()).await?.await)
    }

    /// Queues one event; the receiver is told of its commit. Appends submitted one after the other keep their order; on one `lane`
    /// none is written after one that was not.
    pub async fn submit(
        &self,
        append: Append,
        lane: &Lane,
    ) -> Result<oneshot::Receiver<WriteResult>, WriteError> {
        let (reply, receiver) = oneshot::channel();
        let sent = self.queue.send(Job::Append { append, lane: lane.clone(), reply }).await;
        sent.map(|()| receiver).map_err(|_| WriteError::NotWritten(ErrorCode::Unavailable))
    }
}

impl Writer {
    /// Queues a read position; it commits with what is written around it.
    pub async fn read(&self, position: ReadPosition) -> Result<(), WriteError> {
        let sent = self.queue.send(Job::Read(position)).await;
        sent.map_err(|_| WriteError::NotWritten(ErrorCode::Unavailable))
    }
}

/// What a receiver of [`Writer::submit`] says; one whose writer went away was not written.
pub fn received(reply: Result<WriteResult, oneshot::error::RecvError>) -> WriteResult {
    reply.unwrap_or(Err(WriteError::NotWritten(ErrorCode::Unavailable)))
}

async fn run(
    store: Arc<dyn Store>,
    mut jobs: mpsc::Receiver<Job>,
    published: impl Published,
    stop: CancellationToken,
) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            taken = jobs.recv_many(&mut batch, BATCH) => if taken == 0 { return },
            () = stop.cancelled(), if !jobs.is_closed() => {
                jobs.close();
                continue;
            }
        }
        commit(&*store, &mut batch, &published).await;
    }
}

async fn commit(store: &dyn Store, jobs: &mut Vec<Job>, published: &impl Published) {
    let mut batch = Batch::default();
    let mut callers = Vec::new();
    for job in jobs.drain(..) {
        match job {
            Job::Append { lane, reply, .. } if lane.is_closed() => {
                drop(reply.send(Err(WriteError::NotWritten(ErrorCode::Unavailable))));
            }
            Job::Append { append, lane, reply } => {
                callers.push((append.session, lane, reply));
                batch.appends.push(append);
            }
            Job::Read(position) => batch.reads.push(position),
        }
    }
    let reads = batch.reads.clone();
    match write(store, batch).await {
        Ok(results) => {
            reads.into_iter().for_each(|position| published.read(position));
            for ((session, _, reply), result) in callers.into_iter().zip(results) {
                let new = result.as_ref().ok().filter(|appended| !appended.duplicate);
                if let Some(appended) = new {
                    published.event(session, &appended.event);
                }
                // Nobody waits any more where the connection is gone; the event stands all the same.
                drop(reply.send(result.map_err(refused)));
            }
        }
        Err(code) => {
            for (_, lane, reply) in callers {
                // A full disk is told to the person, who decides about each: what comes after does not wait for that.
                if code != ErrorCode::StorageFull {
                    lane.close();
                }
                drop(reply.send(Err(WriteError::NotWritten(code))));
            }
        }
    }
}

/// One commit. An error of the store is every caller's answer, and a store that panics does not take the writer with it.
async fn write(store: &dyn Store, batch: Batch) -> Result<Vec<Result<Appended, AppendError>>, ErrorCode> {
    let (appends, reads) = (batch.appends.len(), batch.reads.len());
    match AssertUnwindSafe(store.write(batch)).catch_unwind().await {
        Ok(Ok(results)) => Ok(results),
        Ok(Err(error)) => {
            tracing::error!(%error, appends, reads, "a batch was not written");
            Err(store_code(&error))
        }
        Err(_) => {
            tracing::error!(appends, reads, "the store panicked");
            Err(ErrorCode::Internal)
        }
    }
}

fn refused(AppendError(code): AppendError) -> WriteError {
    WriteError::Refused(code)
}
