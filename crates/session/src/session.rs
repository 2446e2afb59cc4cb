//! The state machine.

use std::collections::BTreeSet;

use deskside_proto::{
    ClientMessage, ErrorCode, Millis, PROTOCOL_VERSION, Participant, ParticipantId, ParticipantRole, Seq,
    Signal, TxnId,
    api::{SessionState, SessionView},
};
use deskside_timeline::{DirectFileItem, Timeline, TimelinePatch};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    Alert, ConnectionState, Intent, QueuedMessage, ViewUpdate,
    connection::{Connection, Due},
    history::{History, TAIL_ENTRIES},
    queue::SendQueue,
    reads::Reads,
    roster::Roster,
    undo::Undo,
};

/// What the world lends to one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    pub now: Millis,
    /// Fresh for every step; used for at most one id or one draw.
    pub random: [u8; 16],
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum Input {
    /// Begin; the first input.
    Start,
    /// The transport that was asked for is open.
    Connected,
    /// A text frame came.
    Received {
        text: String,
    },
    /// The transport is gone, or could not be opened.
    Disconnected,
    /// The portal refused the connection with an answer, which another attempt would get as well or not.
    Refused {
        code: ErrorCode,
        message: String,
    },
    Intent {
        intent: Intent,
    },
    /// What the newest intent wanted kept could not be kept: it is undone.
    NotKept,
    /// The time of [`Session::next_wake`] has come.
    Tick,
}

/// What to do, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum Output {
    /// Open a transport; answered by `connected`, `disconnected` or `refused`.
    Connect,
    /// Send a text frame; lost frames are the session's business.
    Transmit {
        text: String,
    },
    /// Close the transport, without a `disconnected` for it.
    Disconnect,
    /// Keep it safe before doing what follows.
    Persist {
        op: PersistOp,
    },
    View {
        update: ViewUpdate,
    },
    /// Another participant's client says something to this one.
    Signal {
        from: ParticipantId,
        signal: Signal,
    },
    /// The direct files of the session as they stand now; said when they change.
    DirectFiles {
        files: Vec<DirectFileItem>,
    },
}

/// A change of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum PersistOp {
    /// Insert or replace.
    Put {
        message: QueuedMessage,
    },
    Remove {
        txn_id: TxnId,
    },
}

/// One session as one participant's client lives it. What comes from the portal stands in `incoming`, what the person asks for
/// in `outbox`.
#[derive(Debug, Clone)]
pub struct Session {
    pub(crate) timeline: Timeline,
    pub(crate) queue: SendQueue,
    pub(crate) connection: Connection,
    pub(crate) view: Option<SessionView>,
    pub(crate) you: Option<Participant>,
    /// A message of one's own stands in the log.
    pub(crate) has_written: bool,
    pub(crate) roster: Roster,
    pub(crate) reads: Reads,
    pub(crate) history: History,
    pub(crate) typed_at: Option<Millis>,
    /// Actions sent on this connection already.
    pub(crate) in_flight: BTreeSet<TxnId>,
    /// Waiting actions that were sent on some connection, before a restart too: the portal may have them.
    pub(crate) maybe_there: BTreeSet<TxnId>,
    /// How to undo the newest intent.
    pub(crate) undo: Option<Undo>,
    /// Seq after which events are news; set by the first welcome.
    pub(crate) news_after: Option<Seq>,
    pub(crate) alerts: Vec<Alert>,
    pub(crate) out: Vec<Output>,
    pub(crate) patches: Vec<TimelinePatch>,
    /// The newest [`ViewUpdate::History`] that was shown.
    shown_history: Option<(bool, bool, bool)>,
    /// The newest [`Output::DirectFiles`].
    told_direct: Vec<DirectFileItem>,
}

impl Session {
    /// `restored` is what the outbox held.
    #[must_use]
    pub fn new(restored: Vec<QueuedMessage>) -> Self {
        let queue = SendQueue::restore(restored);
        Self {
            maybe_there: queue.waiting().map(|queued| queued.txn_id).collect(),
            timeline: Timeline::default(),
            queue,
            connection: Connection::new(),
            view: None,
            you: None,
            has_written: false,
            roster: Roster::default(),
            reads: Reads::default(),
            history: History::default(),
            typed_at: None,
            in_flight: BTreeSet::new(),
            undo: None,
            news_after: None,
            alerts: Vec::new(),
            out: Vec::new(),
            patches: Vec::new(),
            shown_history: None,
            told_direct: Vec::new(),
        }
    }

    /// Seq of the newest entry folded: where the next connection resumes.
    #[must_use]
    pub fn head(&self) -> Seq {
        self.timeline.head()
    }

    #[must_use]
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// When to call with [`Input::Tick`], unless something else comes first.
    #[must_use]
    pub fn next_wake(&self) -> Option<Millis> {
        let reads = self.reads.due_at().filter(|_| self.connection.is_online());
        self.connection.next_wake().into_iter().chain(self.roster.next_fade()).chain(reads).min()
    }

    /// Takes one step.
    pub fn handle(&mut self, input: Input, context: Context) -> Vec<Output> {
        match input {
            Input::Start => self.start(),
            Input::Connected => self.connected(context.now),
            Input::Received { text } => self.received(&text, context),
            Input::Disconnected => self.lost(context),
            Input::Refused { code, message } => self.refused(code, message, context),
            Input::Intent { intent } => self.intent(intent, context),
            Input::NotKept => self.not_kept(),
            Input::Tick => self.tick(context),
        }
        self.ask_and_tell(context.now);
        self.flush_view();
        std::mem::take(&mut self.out)
    }

    fn start(&mut self) {
        for message in self.queue.all().to_vec() {
            self.show_queued(&message);
        }
        self.show_unsent();
        self.connect();
    }

    pub(crate) fn connect(&mut self) {
        self.connection.connecting();
        self.out.push(Output::Connect);
        self.show_connection();
    }

    fn connected(&mut self, now: Millis) {
        self.connection.opened(now);
        self.in_flight.clear();
        let resume_after = self.timeline.head();
        // Only a first connection may leave something out: afterwards the log must join what is here.
        let tail = (resume_after == 0).then_some(TAIL_ENTRIES);
        self.transmit(&ClientMessage::Hello { protocol: PROTOCOL_VERSION, resume_after, tail });
    }

    /// Pages that are wanted, and how far one has read.
    fn ask_and_tell(&mut self, now: Millis) {
        if !self.connection.is_online() && !self.connection.is_ended() {
            return;
        }
        if let Some((before, limit)) = self.history.next(self.timeline.first()) {
            self.transmit(&ClientMessage::History { before, limit });
        }
        if self.connection.is_online()
            && let Some(seq) = self.reads.due(now)
        {
            self.transmit(&ClientMessage::Read { seq });
        }
    }

    fn tick(&mut self, context: Context) {
        self.roster.fade(context.now);
        match self.connection.due(context.now) {
            Some(Due::Connect) => self.connect(),
            Some(Due::Ping(nonce)) => self.transmit(&ClientMessage::Ping { nonce }),
            Some(Due::Silence) => self.reconnect(context),
            None => {}
        }
    }

    /// Gives the transport up and tries again after a pause.
    pub(crate) fn reconnect(&mut self, context: Context) {
        self.out.push(Output::Disconnect);
        self.lost(context);
    }

    pub(crate) fn lost(&mut self, context: Context) {
        if self.connection.is_over() {
            return;
        }
        self.forget_connection();
        let over = matches!(self.connection.state(), ConnectionState::Ended);
        let awaits_seal =
            self.is_technician() && self.view.as_ref().is_some_and(|view| view.state == SessionState::Ended);
        if over && !awaits_seal {
            return;
        }
        self.connection.lost(context.now, u64::from_le_bytes(first_eight(context.random)));
        self.show_connection();
    }

    pub(crate) fn refused(&mut self, code: ErrorCode, message: String, context: Context) {
        if !is_final(code) {
            return self.lost(context);
        }
        self.forget_connection();
        self.connection.closed(code, message);
        self.show_connection();
    }

    fn forget_connection(&mut self) {
        self.in_flight.clear();
        self.roster.lose_sight();
        self.history.lost();
    }

    pub(crate) fn is_technician(&self) -> bool {
        self.you.as_ref().is_some_and(|you| you.role == ParticipantRole::Technician)
    }

    pub(crate) fn transmit(&mut self, message: &ClientMessage) {
        // Plain data with string keys: serialising it cannot fail.
        if let Ok(text) = serde_json::to_string(message) {
            self.out.push(Output::Transmit { text });
        }
    }

    pub(crate) fn show(&mut self, update: ViewUpdate) {
        self.out.push(Output::View { update });
    }

    pub(crate) fn show_connection(&mut self) {
        self.show(ViewUpdate::Connection { state: self.connection.state() });
    }

    pub(crate) fn show_session(&mut self) {
        if let (Some(session), Some(you)) = (self.view.clone(), self.you.clone()) {
            let no_files = session.attachments.may_attach(you.role, self.has_written).err();
            self.show(ViewUpdate::Session { session, you, no_files });
        }
    }

    fn flush_view(&mut self) {
        if !self.patches.is_empty() {
            let patches = std::mem::take(&mut self.patches);
            self.show(ViewUpdate::Timeline { patches });
            self.tell_direct();
        }
        if let Some(entries) = self.roster.take(self.you.as_ref().map(|you| you.id)) {
            self.show(ViewUpdate::Roster { entries });
        }
        if let Some((marks, own, unread)) = self.reads.take() {
            self.show(ViewUpdate::Read { marks, own, unread });
        }
        if !self.alerts.is_empty() {
            let alerts = std::mem::take(&mut self.alerts);
            self.show(ViewUpdate::Alerts { alerts });
        }
        let caught_up = self.news_after.is_some_and(|after| self.head() >= after);
        let history = (self.timeline.first() == 1, self.history.is_loading(), caught_up);
        if self.you.is_some() && self.shown_history.replace(history) != Some(history) {
            let (complete, loading, caught_up) = history;
            self.show(ViewUpdate::History { complete, loading, caught_up });
        }
    }

    /// Only what the log has: the portal goes by that.
    fn tell_direct(&mut self) {
        let files = self.timeline.direct_files();
        if files != self.told_direct {
            self.told_direct.clone_from(&files);
            self.out.push(Output::DirectFiles { files });
        }
    }

    /// How many own actions wait to be confirmed; for tests and diagnostics.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.queue.waiting().count()
    }
}

/// Whether a refusal stays the same however often one asks.
fn is_final(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::NotSignedIn
            | ErrorCode::Forbidden
            | ErrorCode::NotFound
            | ErrorCode::RemovedFromSession
            | ErrorCode::UnsupportedProtocol
            | ErrorCode::WrongOrigin
    )
}

fn first_eight(random: [u8; 16]) -> [u8; 8] {
    let mut eight = [0; 8];
    eight.copy_from_slice(&random[..8]);
    eight
}
