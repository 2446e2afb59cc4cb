//! What waits for one connection: the hub and the writer put it in, the connection takes it out.
//!
//! Made for ten thousand connections that mostly listen: an empty mailbox holds no buffer, and a batch of deliveries wakes each
//! connection once, when all of it is there ([`Wakes`]), so that it goes out with one system call.

use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use axum::extract::ws::Utf8Bytes;
use deskside_proto::{ErrorCode, Millis, Seq, TxnId};

use crate::writer::WriteError;

/// Entries an empty mailbox may keep room for.
const KEPT: usize = 8;

/// Something for a connection to send.
#[derive(Debug, Clone)]
pub enum Outgoing {
    /// One place of the log, serialised.
    Log { seq: Seq, text: Utf8Bytes },
    /// Any other frame, serialised.
    Frame(Utf8Bytes),
    /// What became of a command of this connection.
    Answer { txn_id: TxnId, result: Result<Written, WriteError> },
    /// The participant was let in: greet again and send the log.
    Admitted,
    /// The participant left: close after what came before.
    Left,
}

/// Where a command stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    pub seq: Seq,
    pub at: Millis,
}

/// The mailbox is full: its connection does not keep up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

#[derive(Debug)]
pub struct Mailbox {
    limit: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    queue: VecDeque<Outgoing>,
    cut: Option<ErrorCode>,
    lane_closed: bool,
    waker: Option<Waker>,
}

/// Connections to be woken once everything of a batch is in their mailboxes.
#[derive(Debug, Default)]
#[must_use = "who is not woken does not look"]
pub struct Wakes(Vec<Waker>);

impl Wakes {
    pub fn wake(self) {
        self.0.into_iter().for_each(Waker::wake);
    }
}

impl Mailbox {
    /// An empty one that holds `limit` entries.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Left whole by every panic that could happen under the lock.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts one thing in.
    ///
    /// # Errors
    /// [`Full`] where nothing more fits.
    pub fn put(&self, outgoing: Outgoing, wakes: &mut Wakes) -> Result<(), Full> {
        let mut inner = self.lock();
        if inner.queue.len() >= self.limit {
            return Err(Full);
        }
        inner.queue.push_back(outgoing);
        wakes.0.extend(inner.waker.take());
        Ok(())
    }

    /// Puts an answer in. It always fits: a connection has only so many commands on their way.
    pub fn answer(&self, txn_id: TxnId, result: Result<Written, WriteError>, wakes: &mut Wakes) {
        let mut inner = self.lock();
        inner.queue.push_back(Outgoing::Answer { txn_id, result });
        wakes.0.extend(inner.waker.take());
    }

    /// An append of this connection was not written: from now on none is.
    pub fn close_lane(&self) {
        self.lock().lane_closed = true;
    }

    #[must_use]
    pub fn lane_is_closed(&self) -> bool {
        self.lock().lane_closed
    }

    /// The connection must end at once.
    pub fn cut(&self, code: ErrorCode) {
        let waker = {
            let mut inner = self.lock();
            inner.cut = Some(code);
            inner.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// What has waited longest, if there is anything.
    pub fn try_take(&self) -> Option<Outgoing> {
        self.lock().take()
    }

    /// What has waited longest. Safe to cancel. One task waits at a mailbox, here or for [`Self::until_cut`] or both.
    pub async fn take(&self) -> Outgoing {
        poll_fn(|context| {
            let mut inner = self.lock();
            match inner.take() {
                Some(outgoing) => Poll::Ready(outgoing),
                None => inner.wait(context),
            }
        })
        .await
    }

    /// Ends when the connection must. Safe to cancel.
    pub async fn until_cut(&self) -> ErrorCode {
        poll_fn(|context| {
            let mut inner = self.lock();
            match inner.cut {
                Some(code) => Poll::Ready(code),
                None => inner.wait(context),
            }
        })
        .await
    }
}

impl Inner {
    fn take(&mut self) -> Option<Outgoing> {
        let taken = self.queue.pop_front();
        if self.queue.is_empty() && self.queue.capacity() > KEPT {
            self.queue = VecDeque::new();
        }
        taken
    }

    fn wait<T>(&mut self, context: &Context<'_>) -> Poll<T> {
        match &mut self.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::*;

    fn frame(text: &str) -> Outgoing {
        Outgoing::Frame(text.to_owned().into())
    }

    fn text(outgoing: Option<Outgoing>) -> Option<String> {
        match outgoing {
            Some(Outgoing::Frame(text)) => Some(text.to_string()),
            _ => None,
        }
    }

    #[test]
    fn what_is_put_in_comes_out_in_order_and_a_full_one_takes_answers_only() {
        let (mailbox, mut wakes) = (Mailbox::new(2), Wakes::default());
        assert_eq!(mailbox.put(frame("a"), &mut wakes), Ok(()));
        assert_eq!(mailbox.put(frame("b"), &mut wakes), Ok(()));
        assert_eq!(mailbox.put(frame("c"), &mut wakes), Err(Full));
        mailbox.answer(TxnId([7; 16]), Ok(Written { seq: 1, at: Millis(2) }), &mut wakes);
        assert_eq!(text(mailbox.try_take()).as_deref(), Some("a"));
        assert_eq!(text(mailbox.try_take()).as_deref(), Some("b"));
        let answer = mailbox.try_take();
        assert!(matches!(answer, Some(Outgoing::Answer { txn_id: TxnId([7, ..]), .. })), "{answer:?}");
        assert!(mailbox.try_take().is_none());
        wakes.wake();
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_woken_by_what_comes_and_by_a_cut() {
        let mailbox = Arc::new(Mailbox::new(8));
        let waiting = tokio::spawn({
            let mailbox = mailbox.clone();
            async move {
                tokio::select! {
                    biased;
                    code = mailbox.until_cut() => Err(code),
                    taken = async { (mailbox.take().await, mailbox.take().await) } => Ok(taken),
                }
            }
        });
        tokio::time::sleep(Duration::from_millis(1)).await;
        let mut wakes = Wakes::default();
        mailbox.put(frame("a"), &mut wakes).unwrap();
        wakes.wake();
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(!waiting.is_finished(), "one of two is there");
        mailbox.cut(ErrorCode::SlowConsumer);
        assert_eq!(waiting.await.unwrap().unwrap_err(), ErrorCode::SlowConsumer);
    }
}
