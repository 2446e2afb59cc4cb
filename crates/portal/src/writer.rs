//! The one task that adds to logs (design §4): takes what waits, commits it in one batch, then acknowledges and publishes.

use std::{panic::AssertUnwindSafe, sync::Arc};

use deskside_proto::{ErrorCode, Event, SessionId};
use deskside_store::{Append, AppendError, Appended, Store};
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

struct Job {
    append: Append,
    reply: oneshot::Sender<WriteResult>,
}

/// Handle of the writer; clones share it.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Job>,
}

impl Writer {
    /// Starts the writer. `publish` is called for every new event, in log order, after its commit. After `stop` what waits is
    /// still written; then the task ends.
    pub fn start(
        store: Arc<dyn Store>,
        publish: impl Fn(SessionId, &Event) + Send + Sync + 'static,
        stop: CancellationToken,
    ) -> (Self, JoinHandle<()>) {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let task = tokio::spawn(run(store, jobs, publish, stop));
        (Self { queue }, task)
    }

    /// Adds one event and waits for its commit.
    pub async fn append(&self, append: Append) -> WriteResult {
        received(self.submit(append).await?.await)
    }

    /// Queues one event; the receiver is told of its commit. Appends submitted one after the other keep their order.
    pub async fn submit(&self, append: Append) -> Result<oneshot::Receiver<WriteResult>, WriteError> {
        let (reply, receiver) = oneshot::channel();
        let sent = self.queue.send(Job { append, reply }).await;
        sent.map(|()| receiver).map_err(|_| WriteError::NotWritten(ErrorCode::Unavailable))
    }
}

/// What a receiver of [`Writer::submit`] says; one whose writer went away was not written.
pub fn received(reply: Result<WriteResult, oneshot::error::RecvError>) -> WriteResult {
    reply.unwrap_or(Err(WriteError::NotWritten(ErrorCode::Unavailable)))
}

async fn run(
    store: Arc<dyn Store>,
    mut jobs: mpsc::Receiver<Job>,
    publish: impl Fn(SessionId, &Event),
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
        commit(&*store, &mut batch, &publish).await;
    }
}

async fn commit(store: &dyn Store, batch: &mut Vec<Job>, publish: &impl Fn(SessionId, &Event)) {
    let (replies, appends): (Vec<_>, Vec<_>) =
        batch.drain(..).map(|Job { append, reply }| ((append.session, reply), append)).unzip();
    // A store that panics must not take the writer with it.
    let results = match AssertUnwindSafe(store.append(appends)).catch_unwind().await {
        Ok(Ok(results)) => results.into_iter().map(|result| result.map_err(refused)).collect(),
        Ok(Err(error)) => {
            tracing::error!(%error, appends = replies.len(), "a batch was not written");
            vec![Err(WriteError::NotWritten(store_code(&error))); replies.len()]
        }
        Err(_) => {
            tracing::error!(appends = replies.len(), "the store panicked");
            vec![Err(WriteError::NotWritten(ErrorCode::Internal)); replies.len()]
        }
    };
    for ((session, reply), result) in replies.into_iter().zip(results) {
        let published = result.as_ref().ok().filter(|appended| !appended.duplicate);
        if let Some(appended) = published {
            publish(session, &appended.event);
        }
        // Nobody waits any more where the connection is gone; the event stands all the same.
        drop(reply.send(result));
    }
}

fn refused(AppendError(code): AppendError) -> WriteError {
    WriteError::Refused(code)
}
