//! The one task that adds to logs (design §4): takes what waits, commits it in one batch, then acknowledges and publishes.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use deskside_proto::{ErrorCode, Event, SessionId, TxnId};
use deskside_store::{Append, AppendError, Appended, Batch, ReadPosition, Store};
use futures_util::FutureExt;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::{
    ApiError,
    error::store_code,
    mailbox::{Mailbox, Wakes, Written},
};

/// Appends that may wait; more callers wait themselves.
const QUEUE: usize = 8192;
/// Appends of one commit.
const BATCH: usize = 1024;

/// After a batch of this many appends others are on their way, too: they are waited for, so that fewer commits carry more each
/// (as PostgreSQL's `commit_siblings` and `commit_delay`). Below, nobody waits; above, the batches are large by themselves.
const SIBLINGS: std::ops::Range<usize> = 2..64;
const DELAY: Duration = Duration::from_millis(2);

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

#[expect(
    clippy::large_enum_variant,
    reason = "nearly every job is an append: a box for each would cost more than the room"
)]
enum Job {
    Append {
        append: Append,
        reply: Reply,
    },
    /// Nobody waits for it: a mark that is lost comes again with the next one.
    Read(ReadPosition),
}

/// Who is told what became of an append.
enum Reply {
    Caller(oneshot::Sender<WriteResult>),
    Connection(Answer),
}

impl Reply {
    /// Whether an earlier append of the same connection was not written. The client sends them all again on its next connection,
    /// and they stand in the log as they were asked for.
    fn is_too_late(&self) -> bool {
        match self {
            Self::Caller(_) => false,
            Self::Connection(answer) => answer.to.as_ref().is_some_and(|mailbox| mailbox.lane_is_closed()),
        }
    }

    /// Nothing of this connection is written any more.
    fn close_lane(&self) {
        if let Self::Connection(Answer { to: Some(mailbox), .. }) = self {
            mailbox.close_lane();
        }
    }

    fn send(self, result: WriteResult, wakes: &mut Wakes) {
        match self {
            // Nobody waits any more where the request is gone; the event stands all the same.
            Self::Caller(caller) => drop(caller.send(result)),
            Self::Connection(answer) => {
                answer.give(
                    result.map(|Appended { event, .. }| Written { seq: event.seq, at: event.at }),
                    wakes,
                );
            }
        }
    }
}

/// The answer that a connection waits for. It comes in any case: where the writer goes away, as it is dropped.
struct Answer {
    to: Option<Arc<Mailbox>>,
    txn_id: TxnId,
}

impl Answer {
    fn give(mut self, result: Result<Written, WriteError>, wakes: &mut Wakes) {
        if let Some(mailbox) = self.to.take() {
            mailbox.answer(self.txn_id, result, wakes);
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(mailbox) = self.to.take() {
            let mut wakes = Wakes::default();
            mailbox.answer(self.txn_id, Err(GONE), &mut wakes);
            wakes.wake();
        }
    }
}

/// Told of what is committed, in log order.
pub trait Published: Send + Sync + 'static {
    /// Whoever is in `wakes` is woken when the whole batch is told.
    fn event(&self, session: SessionId, event: &Event, wakes: &mut Wakes);
    fn read(&self, position: ReadPosition, wakes: &mut Wakes);
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
        let (reply, receiver) = oneshot::channel();
        self.place().await?.0.send(Job::Append { append, reply: Reply::Caller(reply) });
        receiver.await.unwrap_or(Err(GONE))
    }

    /// Waits for a place in the queue.
    pub async fn place(&self) -> Result<Place<'_>, WriteError> {
        self.queue.reserve().await.map(Place).map_err(|_| GONE)
    }

    /// Queues a read position; it commits with what is written around it.
    pub async fn read(&self, position: ReadPosition) -> Result<(), WriteError> {
        self.place().await?.0.send(Job::Read(position));
        Ok(())
    }
}

/// A place in the writer's queue.
pub struct Place<'a>(mpsc::Permit<'a, Job>);

impl Place<'_> {
    /// Queues one event of a connection, which finds the answer in its mailbox. Appends submitted one after the other keep
    /// their order, and none is written after one that was not.
    pub fn submit(self, append: Append, mailbox: Arc<Mailbox>, txn_id: TxnId) {
        self.0.send(Job::Append { append, reply: Reply::Connection(Answer { to: Some(mailbox), txn_id }) });
    }
}

/// The writer went away.
const GONE: WriteError = WriteError::NotWritten(ErrorCode::Unavailable);

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
        let count = batch.len();
        commit(&*store, &mut batch, &published).await;
        if SIBLINGS.contains(&count) {
            tokio::time::sleep(DELAY).await;
        }
    }
}

async fn commit(store: &dyn Store, jobs: &mut Vec<Job>, published: &impl Published) {
    let mut batch = Batch::default();
    let mut callers = Vec::new();
    let mut wakes = Wakes::default();
    for job in jobs.drain(..) {
        match job {
            Job::Append { reply, .. } if reply.is_too_late() => reply.send(Err(GONE), &mut wakes),
            Job::Append { append, reply } => {
                callers.push((append.session, reply));
                batch.appends.push(append);
            }
            Job::Read(position) => batch.reads.push(position),
        }
    }
    let reads = batch.reads.clone();
    match write(store, batch).await {
        Ok(results) => {
            reads.into_iter().for_each(|position| published.read(position, &mut wakes));
            for ((session, reply), result) in callers.into_iter().zip(results) {
                if let Some(appended) = result.as_ref().ok().filter(|appended| !appended.duplicate) {
                    published.event(session, &appended.event, &mut wakes);
                }
                reply.send(result.map_err(refused), &mut wakes);
            }
        }
        Err(code) => {
            for (_, reply) in callers {
                // A full disk is told to the person, who decides about each: what comes after does not wait for that.
                if code != ErrorCode::StorageFull {
                    reply.close_lane();
                }
                reply.send(Err(WriteError::NotWritten(code)), &mut wakes);
            }
        }
    }
    wakes.wake();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::Outgoing;

    #[test]
    fn an_answer_comes_even_where_the_writer_goes_away() {
        let mailbox = Arc::new(Mailbox::new(1));
        drop(Answer { to: Some(mailbox.clone()), txn_id: TxnId([7; 16]) });
        let told = mailbox.try_take();
        let Some(Outgoing::Answer { txn_id, result }) = told else { panic!("{told:?}") };
        assert_eq!((txn_id, result), (TxnId([7; 16]), Err(GONE)));
        assert!(mailbox.try_take().is_none(), "once");
    }
}
