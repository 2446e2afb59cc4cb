//! One task per open session. It lends `deskside-session` a socket, a disk, a clock and randomness.

mod pending;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use deskside_proto::{Millis, SessionId, limits};
use deskside_session::{Context, Input, Intent, Output, Session, ViewUpdate};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use self::pending::Pending;
use crate::{
    ClientError,
    account::Access,
    journal::{Journal, Place},
    socket::{ConnectError, Socket},
};

/// Intents that wait for the driver: a person makes a few per second.
const INTENTS_MAX: usize = 64;

/// An open session. Dropping it closes the connection; what waits in the outbox is sent the next time.
pub struct SessionHandle {
    intents: mpsc::Sender<Asked>,
    stop: CancellationToken,
    stored_max_bytes: Arc<AtomicU64>,
}

struct Asked {
    intent: Intent,
    answer: oneshot::Sender<Result<(), ClientError>>,
}

impl SessionHandle {
    /// Hands over what a person asks. It is on disk when this returns; whether it is sent, the view tells.
    ///
    /// # Errors
    /// [`ClientError::NotKept`]: nothing happened, and nothing will.
    pub async fn intent(&self, intent: Intent) -> Result<(), ClientError> {
        let (answer, answered) = oneshot::channel();
        self.intents.send(Asked { intent, answer }).await.map_err(|_| ClientError::Closed)?;
        answered.await.map_err(|_| ClientError::Closed)?
    }

    /// Bytes of one stored file, as the portal said last.
    #[must_use]
    pub fn stored_max_bytes(&self) -> u64 {
        self.stored_max_bytes.load(Ordering::Relaxed)
    }

    /// Closes the connection and waits until the driver has ended.
    pub async fn close(&self) {
        self.stop.cancel();
        self.intents.closed().await;
    }
}

/// Opens a session: restores its outbox and starts to connect. Updates come coalesced, as fast as they are taken.
///
/// # Errors
/// [`ClientError::Journal`] where the outbox cannot be read.
pub async fn open(
    access: Access,
    id: SessionId,
    journal: Journal,
) -> Result<(SessionHandle, mpsc::Receiver<Vec<ViewUpdate>>), ClientError> {
    let place = access.place(id);
    let session = Session::new(journal.outbox(&place).await?);
    let stored_max_bytes = Arc::new(AtomicU64::new(limits::STORED_MAX_BYTES));
    let driver = Driver {
        access,
        id,
        place,
        journal,
        session,
        link: Link::None,
        pending: Pending::default(),
        stored_max_bytes: Arc::clone(&stored_max_bytes),
    };
    let (intents, asked) = mpsc::channel(INTENTS_MAX);
    let (updates, view) = mpsc::channel(1);
    let stop = CancellationToken::new();
    tokio::spawn(driver.run(asked, updates, stop.clone()));
    Ok((SessionHandle { intents, stop, stored_max_bytes }, view))
}

/// The transport as the session knows it.
enum Link {
    None,
    Connecting(JoinHandle<Result<Socket, ConnectError>>),
    Open(Socket),
}

impl Link {
    /// What the transport has to say next. Safe to cancel.
    async fn next(&mut self) -> Input {
        match self {
            Self::None => std::future::pending().await,
            Self::Open(socket) => match socket.next().await {
                Some(text) => Input::Received { text },
                None => {
                    *self = Self::None;
                    Input::Disconnected
                }
            },
            Self::Connecting(attempt) => {
                let outcome = attempt.await;
                *self = Self::None;
                match outcome {
                    Ok(Ok(socket)) => {
                        *self = Self::Open(socket);
                        Input::Connected
                    }
                    Ok(Err(ConnectError::Refused { code, message })) => Input::Refused { code, message },
                    Ok(Err(ConnectError::Failed)) | Err(_) => Input::Disconnected,
                }
            }
        }
    }

    fn close(&mut self) {
        if let Self::Connecting(attempt) = std::mem::replace(self, Self::None) {
            attempt.abort();
        }
    }
}

struct Driver {
    access: Access,
    id: SessionId,
    place: Place,
    journal: Journal,
    session: Session,
    link: Link,
    pending: Pending,
    stored_max_bytes: Arc<AtomicU64>,
}

impl Driver {
    async fn run(
        mut self,
        mut asked: mpsc::Receiver<Asked>,
        updates: mpsc::Sender<Vec<ViewUpdate>>,
        stop: CancellationToken,
    ) {
        self.step(Input::Start).await;
        loop {
            let wake = until(self.session.next_wake());
            // Every branch but the chosen one is only a wait that can be given up: a step is never cut short.
            tokio::select! {
                next = asked.recv() => match next {
                    Some(Asked { intent, answer }) => {
                        let result = self.intent(intent).await;
                        let _ = answer.send(result);
                    }
                    None => break,
                },
                input = self.link.next() => self.step(input).await,
                () = stop.cancelled() => break,
                () = wake => self.step(Input::Tick).await,
                permit = updates.reserve(), if !self.pending.is_empty() => match permit {
                    Ok(permit) => permit.send(self.pending.take()),
                    // Nobody looks any more.
                    Err(_) => break,
                },
            }
        }
        self.link.close();
    }

    /// An intent that the disk does not take is undone as a whole, so that its text stays with the person.
    async fn intent(&mut self, intent: Intent) -> Result<(), ClientError> {
        let context = context()?;
        let Err(error) = self.carry_out(Input::Intent { intent }, context).await else { return Ok(()) };
        // The same step goes on: its time and randomness serve.
        let undone = self.carry_out(Input::NotKept, context).await;
        self.note_failure(undone);
        Err(ClientError::NotKept(Box::new(error)))
    }

    /// Takes one step that nobody waits for.
    async fn step(&mut self, input: Input) {
        let Ok(context) = context() else { return };
        let outcome = self.carry_out(input, context).await;
        self.note_failure(outcome);
    }

    fn note_failure(&self, outcome: Result<(), ClientError>) {
        if let Err(error) = outcome {
            // An acknowledgement that is not kept: the message is sent again after a restart, under the same txn id, and has
            // no second effect.
            tracing::warn!(session = %self.id, "the outbox was not updated: {error}");
        }
    }

    /// Takes one step and does what it asks for, in order. After the first thing that the disk does not take nothing more is
    /// written, and of an intent nothing is sent either (contract of `deskside-session`).
    async fn carry_out(&mut self, input: Input, context: Context) -> Result<(), ClientError> {
        let is_intent = matches!(input, Input::Intent { .. });
        let mut kept = Ok(());
        for output in self.session.handle(input, context) {
            let left_out = match output {
                Output::Persist { .. } => kept.is_err(),
                Output::Transmit { .. } => kept.is_err() && is_intent,
                Output::Connect | Output::Disconnect | Output::View { .. } => false,
            };
            if !left_out && let Err(error) = self.perform(output).await {
                kept = Err(error);
            }
        }
        kept
    }

    async fn perform(&mut self, output: Output) -> Result<(), ClientError> {
        match output {
            Output::Connect => {
                let attempt = Socket::connect(self.access.clone(), self.id);
                self.link = Link::Connecting(tokio::spawn(attempt));
            }
            Output::Disconnect => self.link.close(),
            Output::Transmit { text } => {
                if let Link::Open(socket) = &self.link {
                    socket.send(text);
                }
            }
            Output::Persist { op } => self.journal.persist(&self.place, &op).await?,
            Output::View { update } => {
                if let ViewUpdate::Session { session, .. } = &update {
                    self.stored_max_bytes.store(session.stored_max_bytes, Ordering::Relaxed);
                }
                self.pending.push(update, self.session.timeline());
            }
        }
        Ok(())
    }
}

fn context() -> Result<Context, ClientError> {
    Ok(Context { now: crate::now(), random: crate::random()? })
}

/// Waits for a time of the clock; for ever where there is none.
fn until(wake: Option<Millis>) -> impl Future<Output = ()> {
    let pause = wake.map(|at| Duration::from_millis(u64::try_from(at.since(crate::now())).unwrap_or(0)));
    async move {
        match pause {
            Some(pause) => tokio::time::sleep(pause).await,
            None => std::future::pending().await,
        }
    }
}
