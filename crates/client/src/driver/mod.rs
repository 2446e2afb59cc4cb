//! One task per open session. It lends `deskside-session` a socket, a disk, a clock and randomness.

mod ear;
mod pending;

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use deskside_proto::{AttachmentId, AttachmentPolicy, Millis, SessionId};
use deskside_session::{Action, ConnectionState, Context, Input, Intent, Output, Session, ViewUpdate};
use deskside_transfer::TransferView;
use tokio::{
    sync::{broadcast, mpsc, oneshot, watch},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

pub use self::ear::{Heard, Over};
use self::{ear::Ear, pending::Pending};
use crate::{
    ClientError,
    account::Access,
    direct::{Desk, Landed, Order, SetUp, Told, Wish},
    journal::{Journal, Place},
    socket::{ConnectError, Socket},
};

/// Intents that wait for the driver: a person makes a few per second.
const INTENTS_MAX: usize = 64;

/// An open session. Dropping it closes the connection; what waits in the outbox is sent the next time.
pub struct SessionHandle {
    intents: mpsc::Sender<Asked>,
    stop: CancellationToken,
    facts: Arc<Facts>,
    views: watch::Receiver<Vec<TransferView>>,
    landed: broadcast::Sender<Landed>,
}

/// What is known of a session outside its task.
#[derive(Debug)]
struct Facts {
    /// As the portal said last.
    attachments: Mutex<AttachmentPolicy>,
    over: AtomicBool,
}

enum Asked {
    Order(Order),
    Source {
        attachment: AttachmentId,
        path: PathBuf,
        again: bool,
        answer: oneshot::Sender<Result<(), ClientError>>,
    },
    Intent {
        intent: Intent,
        answer: oneshot::Sender<Result<(), ClientError>>,
    },
    Look(mpsc::Sender<Vec<ViewUpdate>>),
    Listen(mpsc::Sender<Heard>),
}

impl SessionHandle {
    /// Hands over what a person asks. It is on disk when this returns; whether it is sent, the view tells.
    ///
    /// # Errors
    /// [`ClientError::NotKept`]: nothing happened, and nothing will.
    pub async fn intent(&self, intent: Intent) -> Result<(), ClientError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Asked::Intent { intent, answer }).await?;
        answered.await.map_err(|_| ClientError::Closed)?
    }

    /// Looks at the session in place of who looked before: first everything as it is now, then what changes. Whoever drops
    /// the receiver looks away; the session goes on.
    ///
    /// # Errors
    /// [`ClientError::Closed`].
    pub async fn look(&self) -> Result<mpsc::Receiver<Vec<ViewUpdate>>, ClientError> {
        let (to, view) = mpsc::channel(1);
        self.ask(Asked::Look(to)).await?;
        Ok(view)
    }

    /// How the direct transfers of the session stand, now and from now on.
    #[must_use]
    pub fn transfers(&self) -> watch::Receiver<Vec<TransferView>> {
        self.views.clone()
    }

    /// What comes directly from now on, and where it is.
    #[must_use]
    pub fn landings(&self) -> broadcast::Receiver<Landed> {
        self.landed.subscribe()
    }

    /// Says what a direct attachment of one's own is made of, or with `again` where that is now. It is noted on disk when this
    /// returns.
    ///
    /// # Errors
    /// [`ClientError::Direct`] where it cannot be sent, [`ClientError::Closed`].
    pub async fn source(
        &self,
        attachment: AttachmentId,
        path: PathBuf,
        again: bool,
    ) -> Result<(), ClientError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Asked::Source { attachment, path, again, answer }).await?;
        answered.await.map_err(|_| ClientError::Closed)?
    }

    /// Hands over what a person asks of the direct transfers; the views tell what comes of it.
    ///
    /// # Errors
    /// [`ClientError::Closed`].
    pub async fn order(&self, order: Order) -> Result<(), ClientError> {
        self.ask(Asked::Order(order)).await
    }

    /// Hears what deserves attention, whether anybody looks or not; in place of who listened before.
    ///
    /// # Errors
    /// [`ClientError::Closed`].
    pub async fn listen(&self) -> Result<mpsc::Receiver<Heard>, ClientError> {
        let (to, heard) = mpsc::channel(1);
        self.ask(Asked::Listen(to)).await?;
        Ok(heard)
    }

    async fn ask(&self, asked: Asked) -> Result<(), ClientError> {
        self.intents.send(asked).await.map_err(|_| ClientError::Closed)
    }

    /// Whether the session is over for this client: it ended, or one was put out of it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.intents.is_closed() || self.facts.over.load(Ordering::Relaxed)
    }

    /// What the organisation decides about files, as the portal said last.
    #[must_use]
    pub fn attachments(&self) -> AttachmentPolicy {
        self.facts.attachments.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Closes the connection and waits until the driver has ended.
    pub async fn close(&self) {
        self.stop.cancel();
        self.intents.closed().await;
    }
}

/// Opens a session: restores its outbox and starts to connect. Updates come coalesced, as fast as they are taken; without
/// anybody who takes them the session goes on until its handle is dropped.
///
/// # Errors
/// [`ClientError::Journal`] where the outbox cannot be read.
pub async fn open(
    access: Access,
    id: SessionId,
    journal: Journal,
    set_up: SetUp,
) -> Result<(SessionHandle, mpsc::Receiver<Vec<ViewUpdate>>), ClientError> {
    let place = access.place(id);
    let outbox = journal.outbox(&place).await?;
    for kept in &outbox {
        // A kill came between the message and its note: its files are sent with it, and on their way no more.
        if let Action::Post { attachments, .. } = &kept.action {
            journal.end_uploads(&place, attachments).await?;
        }
    }
    let session = Session::new(outbox);
    let facts = Arc::new(Facts { attachments: Mutex::default(), over: AtomicBool::new(false) });
    let desk = Desk::start(access.clone(), id, journal.clone(), set_up);
    let (views, landed) = (desk.views.clone(), desk.landed.clone());
    let driver = Driver {
        desk,
        access,
        id,
        place,
        journal,
        session,
        link: Link::None,
        pending: Pending::default(),
        ear: Ear::default(),
        facts: Arc::clone(&facts),
    };
    let (intents, asked) = mpsc::channel(INTENTS_MAX);
    let (updates, view) = mpsc::channel(1);
    let stop = CancellationToken::new();
    tokio::spawn(driver.run(asked, updates, stop.clone()));
    Ok((SessionHandle { intents, stop, facts, views, landed }, view))
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
    desk: Desk,
    access: Access,
    id: SessionId,
    place: Place,
    journal: Journal,
    session: Session,
    link: Link,
    pending: Pending,
    ear: Ear,
    facts: Arc<Facts>,
}

impl Driver {
    async fn run(
        mut self,
        mut asked: mpsc::Receiver<Asked>,
        updates: mpsc::Sender<Vec<ViewUpdate>>,
        stop: CancellationToken,
    ) {
        let mut view = Some(updates);
        let mut listener = None;
        self.step(Input::Start).await;
        loop {
            let wake = until(self.session.next_wake());
            // Every branch but the chosen one is only a wait that can be given up: a step is never cut short.
            tokio::select! {
                next = asked.recv() => match next {
                    Some(Asked::Intent { intent, answer }) => {
                        let result = self.intent(intent).await;
                        let _ = answer.send(result);
                    }
                    Some(Asked::Look(to)) => {
                        self.pending.look(self.session.timeline());
                        view = Some(to);
                    }
                    Some(Asked::Listen(to)) => listener = Some(to),
                    Some(Asked::Source { attachment, path, again, answer }) => {
                        self.tell_desk(Told::Source { attachment, path, again, answer });
                    }
                    Some(Asked::Order(order)) => self.tell_desk(Told::Order(order)),
                    None => break,
                },
                input = self.link.next() => self.step(input).await,
                Some(wish) = self.desk.wishes.recv() => self.grant(wish).await,
                () = stop.cancelled() => break,
                () = wake => self.step(Input::Tick).await,
                () = room(view.as_ref()), if !self.pending.is_empty() => {
                    if !send(&mut view, || self.pending.take()) {
                        self.pending.look_away();
                    }
                }
                () = room(listener.as_ref()), if self.ear.has_news() => {
                    send(&mut listener, || self.ear.take());
                }
            }
        }
        self.link.close();
    }

    /// An intent that the disk does not take is undone as a whole, so that its text stays with the person.
    async fn intent(&mut self, intent: Intent) -> Result<(), ClientError> {
        let context = context()?;
        let named = match &intent {
            Intent::Post { attachments, .. } => attachments.clone(),
            _ => Vec::new(),
        };
        let Err(error) = self.carry_out(Input::Intent { intent }, context).await else {
            // The outbox has them now, whatever becomes of the note: told of an error, the person would send it all again.
            if let Err(error) = self.journal.end_uploads(&self.place, &named).await {
                tracing::warn!("files that are sent stay noted as on their way: {error}");
            }
            return Ok(());
        };
        // The same step goes on: its time and randomness serve.
        let undone = self.carry_out(Input::NotKept, context).await;
        self.note_failure(undone);
        Err(ClientError::NotKept(Box::new(error)))
    }

    fn tell_desk(&self, told: Told) {
        // It ends with this driver.
        let _ = self.desk.tell.send(told);
    }

    /// Does what the direct transfers ask for. A digest that the disk does not take is said again after the next start.
    async fn grant(&mut self, wish: Wish) {
        let intent = match wish {
            Wish::Signal { to, signal } => Intent::Signal { to, signal },
            Wish::Confirm { target, attachment, digest } => {
                Intent::Confirm { target, attachments: vec![attachment], blake3: Some(digest) }
            }
        };
        if let Err(error) = self.intent(intent).await {
            tracing::warn!(session = %self.id, "the others were not told of a file: {error}");
        }
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
                _ => false,
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
                self.desk_follows(&update);
                if let ViewUpdate::Session { session, .. } = &update {
                    let mut known = self.facts.attachments.lock().unwrap_or_else(PoisonError::into_inner);
                    known.clone_from(&session.attachments);
                }
                if let ViewUpdate::Connection { state } = &update {
                    let over = matches!(state, ConnectionState::Ended | ConnectionState::Closed { .. });
                    self.facts.over.store(over, Ordering::Relaxed);
                }
                self.ear.follow(&update);
                self.pending.push(update, self.session.timeline());
            }
            Output::Signal { from, signal } => self.tell_desk(Told::Signal { from, signal }),
            Output::DirectFiles { files } => self.tell_desk(Told::Files(files)),
        }
        Ok(())
    }

    /// What the direct transfers have to know of the session.
    fn desk_follows(&self, update: &ViewUpdate) {
        match update {
            ViewUpdate::Session { you, .. } => self.tell_desk(Told::Me(you.id)),
            ViewUpdate::Roster { entries } => {
                let online = entries.iter().filter(|entry| entry.online && !entry.own);
                self.tell_desk(Told::Online(online.map(|entry| entry.participant.id).collect()));
            }
            ViewUpdate::Connection { state } => {
                self.tell_desk(Told::Reachable(matches!(state, ConnectionState::Online { .. })));
            }
            _ => {}
        }
    }
}

fn context() -> Result<Context, ClientError> {
    Ok(Context { now: crate::now(), random: crate::random()? })
}

/// Waits for room for one more at `to`, or for its receiver to be gone; for ever where there is none.
async fn room<T>(to: Option<&mpsc::Sender<T>>) {
    match to {
        Some(to) => drop(to.reserve().await),
        None => std::future::pending().await,
    }
}

/// Sends where there is room; a receiver that is gone is forgotten. Whether it is still there.
fn send<T>(to: &mut Option<mpsc::Sender<T>>, what: impl FnOnce() -> T) -> bool {
    // This task is the only sender: the room is still there.
    let there = to.as_ref().is_some_and(|to| !to.is_closed() && to.try_send(what()).is_ok());
    if !there {
        *to = None;
    }
    there
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
