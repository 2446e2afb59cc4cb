//! The state machine.

use std::collections::BTreeSet;

use deskside_proto::{
    ClientMessage, Command, ErrorCode, EventBody, LogEntry, Millis, PROTOCOL_VERSION, Participant,
    ParticipantId, ParticipantRole, ParticipantState, Seq, ServerMessage, TxnId,
    api::{SessionState, SessionView},
};
use deskside_timeline::{Delivery, ItemKind, LocalEcho, Timeline, TimelinePatch};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    Intent, QueuedMessage, ViewUpdate,
    connection::{Connection, Due},
    queue::SendQueue,
    roster::Roster,
};

/// Milliseconds between two `typing` frames of one's own.
const TYPING_EVERY_MILLIS: i64 = 2_000;

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

/// One session as one participant's client lives it.
#[derive(Debug, Clone)]
pub struct Session {
    timeline: Timeline,
    queue: SendQueue,
    connection: Connection,
    view: Option<SessionView>,
    you: Option<Participant>,
    roster: Roster,
    typed_at: Option<Millis>,
    /// Commands sent on this connection already.
    in_flight: BTreeSet<TxnId>,
    out: Vec<Output>,
    patches: Vec<TimelinePatch>,
}

impl Session {
    /// `restored` is what the outbox held.
    #[must_use]
    pub fn new(restored: Vec<QueuedMessage>) -> Self {
        Self {
            timeline: Timeline::default(),
            queue: SendQueue::restore(restored),
            connection: Connection::new(),
            view: None,
            you: None,
            roster: Roster::default(),
            typed_at: None,
            in_flight: BTreeSet::new(),
            out: Vec::new(),
            patches: Vec::new(),
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
        self.connection.next_wake().into_iter().chain(self.roster.next_fade()).min()
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
            Input::Tick => self.tick(context),
        }
        self.flush_view();
        std::mem::take(&mut self.out)
    }

    fn start(&mut self) {
        let restored: Vec<QueuedMessage> = self.queue.all().to_vec();
        for message in &restored {
            self.show_echo(message);
        }
        self.show_unsent();
        self.connect();
    }

    fn connect(&mut self) {
        self.connection.connecting();
        self.out.push(Output::Connect);
        self.show_connection();
    }

    fn connected(&mut self, now: Millis) {
        self.connection.opened(now);
        self.in_flight.clear();
        self.transmit(&ClientMessage::Hello {
            protocol: PROTOCOL_VERSION,
            resume_after: self.timeline.head(),
        });
    }

    fn received(&mut self, text: &str, context: Context) {
        if !self.connection.is_open() {
            return;
        }
        self.connection.heard(context.now);
        let Ok(message) = serde_json::from_str(text) else {
            // Not JSON at all: the transport is broken, or this is not a portal.
            return self.reconnect(context);
        };
        match message {
            ServerMessage::Welcome { you, session, online, .. } => self.welcome(you, session, online),
            ServerMessage::Log { entries } => self.log(entries, context),
            ServerMessage::Ack { txn_id, seq, at } => self.ack(txn_id, seq, at),
            ServerMessage::Rejected { txn_id, code, message } => self.rejected(txn_id, code, message),
            ServerMessage::Presence { participant_id, online } => {
                self.roster.presence(participant_id, online)
            }
            ServerMessage::Typing { participant_id } => self.roster.types(participant_id, context.now),
            ServerMessage::Sealed { at } => self.sealed(at),
            ServerMessage::Pong { nonce, .. } => {
                if self.connection.pong(nonce, context.now) && self.connection.is_online() {
                    self.show_connection();
                }
            }
            ServerMessage::Error { code, message } => {
                self.out.push(Output::Disconnect);
                self.refused(code, message, context);
            }
            ServerMessage::Unknown(_) => {}
        }
    }

    fn welcome(&mut self, you: Participant, session: SessionView, online: Vec<ParticipantId>) {
        let waiting = you.state == ParticipantState::Waiting;
        self.timeline.set_own(you.id);
        self.roster.replace(session.participants.clone(), online);
        self.you = Some(you);
        let state = session.state;
        self.view = Some(session);
        self.connection.welcomed(waiting);
        self.show_session();
        if state == SessionState::Open {
            self.show_connection();
            self.send_waiting();
        } else {
            self.end();
        }
        if state == SessionState::Sealed {
            let at = self.view.as_ref().and_then(|view| view.ended_at).unwrap_or_default();
            self.sealed(at);
        }
    }

    fn log(&mut self, entries: Vec<LogEntry>, context: Context) {
        for entry in entries {
            if entry.seq() > self.timeline.head() + 1 {
                // Something is missing: ask for it again from the last entry that is certain.
                return self.reconnect(context);
            }
            if entry.seq() > self.timeline.head() {
                self.fold(entry);
            }
        }
    }

    fn fold(&mut self, entry: LogEntry) {
        let mut ended = false;
        if let LogEntry::Event(event) = &entry {
            if let Some(txn_id) = event.txn_id
                && event.sender.is_some()
                && event.sender == self.you.as_ref().map(|you| you.id)
            {
                self.settle(txn_id);
            }
            self.roster.follow(event);
            ended = matches!(event.body, EventBody::SessionEnded { .. });
        }
        let patches = self.timeline.fold(entry);
        self.patches.extend(patches);
        if ended {
            if let Some(view) = &mut self.view
                && view.state == SessionState::Open
            {
                view.state = SessionState::Ended;
            }
            self.show_session();
            self.end();
        }
    }

    fn sealed(&mut self, at: Millis) {
        let technician = self.you.as_ref().is_some_and(|you| you.role == ParticipantRole::Technician);
        if technician {
            if let Some(view) = &mut self.view {
                view.state = SessionState::Sealed;
            }
            self.out.push(Output::View { update: ViewUpdate::Sealed { at } });
        }
    }

    /// The session is over: what is unsent stays, as text that was not sent.
    fn end(&mut self) {
        self.connection.ended();
        self.show_connection();
        let waiting: Vec<TxnId> = self.queue.waiting().map(|message| message.txn_id).collect();
        for txn_id in waiting {
            let code = ErrorCode::SessionEnded;
            self.rejected(txn_id, code, code.sentence().to_owned());
        }
    }

    fn ack(&mut self, txn_id: TxnId, seq: Seq, at: Millis) {
        let patches = self.timeline.acknowledge(txn_id, seq, at);
        self.patches.extend(patches);
        self.settle(txn_id);
    }

    /// The command is in the log: nothing to keep any more.
    fn settle(&mut self, txn_id: TxnId) {
        self.in_flight.remove(&txn_id);
        if self.queue.remove(txn_id).is_some() {
            self.out.push(Output::Persist { op: PersistOp::Remove { txn_id } });
            self.show_unsent();
        }
    }

    fn rejected(&mut self, txn_id: TxnId, code: ErrorCode, message: String) {
        self.in_flight.remove(&txn_id);
        let Some(queued) = self.queue.refuse(txn_id, code, message.clone()) else { return };
        if matches!(queued.command, Command::Leave) {
            return self.forget(txn_id);
        }
        self.out.push(Output::Persist { op: PersistOp::Put { message: queued } });
        let patches = self.timeline.fail(txn_id, code, message);
        self.patches.extend(patches);
        self.show_unsent();
    }

    fn forget(&mut self, txn_id: TxnId) {
        self.in_flight.remove(&txn_id);
        if self.queue.remove(txn_id).is_some() {
            self.out.push(Output::Persist { op: PersistOp::Remove { txn_id } });
        }
        let patches = self.timeline.discard(txn_id);
        self.patches.extend(patches);
        self.show_unsent();
    }

    fn intent(&mut self, intent: Intent, context: Context) {
        match intent {
            Intent::Post { text, reply_to, attachments } => {
                self.enqueue(Command::PostMessage { text, reply_to, attachments }, context);
            }
            Intent::Leave => self.enqueue(Command::Leave, context),
            Intent::Retry { txn_id } => {
                let refused = self
                    .queue
                    .all()
                    .iter()
                    .find(|queued| queued.txn_id == txn_id && queued.refused.is_some());
                if let Some(command) = refused.map(|queued| queued.command.clone()) {
                    self.forget(txn_id);
                    self.enqueue(command, context);
                }
            }
            Intent::Discard { txn_id } => self.discard(txn_id),
            Intent::Typing => self.type_now(context.now),
            Intent::Reconnect => {
                if matches!(self.connection.state(), crate::ConnectionState::Offline { .. }) {
                    self.connect();
                }
            }
        }
    }

    /// A command that is on the wire cannot be taken back: only what waits or was refused goes.
    fn discard(&mut self, txn_id: TxnId) {
        if !self.in_flight.contains(&txn_id) {
            self.forget(txn_id);
        }
    }

    fn enqueue(&mut self, command: Command, context: Context) {
        let txn_id = TxnId::new(context.now, context.random);
        let message = self.queue.push(txn_id, context.now, command);
        self.out.push(Output::Persist { op: PersistOp::Put { message: message.clone() } });
        self.show_echo(&message);
        self.show_unsent();
        if matches!(self.connection.state(), crate::ConnectionState::Ended) {
            let code = ErrorCode::SessionEnded;
            return self.rejected(txn_id, code, code.sentence().to_owned());
        }
        self.send_waiting();
    }

    /// Sends what was not sent on this connection yet, in order.
    fn send_waiting(&mut self) {
        if !self.connection.is_online() {
            return;
        }
        let waiting: Vec<QueuedMessage> =
            self.queue.waiting().filter(|queued| !self.in_flight.contains(&queued.txn_id)).cloned().collect();
        for QueuedMessage { txn_id, command, .. } in waiting {
            self.in_flight.insert(txn_id);
            self.transmit(&ClientMessage::Send { txn_id, command });
        }
    }

    fn type_now(&mut self, now: Millis) {
        let due = self.typed_at.is_none_or(|at| now.since(at) >= TYPING_EVERY_MILLIS);
        if due && self.connection.is_online() {
            self.typed_at = Some(now);
            self.transmit(&ClientMessage::Typing);
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
    fn reconnect(&mut self, context: Context) {
        self.out.push(Output::Disconnect);
        self.lost(context);
    }

    fn lost(&mut self, context: Context) {
        if self.connection.is_over() {
            return;
        }
        self.in_flight.clear();
        self.roster.lose_sight();
        let over = matches!(self.connection.state(), crate::ConnectionState::Ended);
        let awaits_seal = self.you.as_ref().is_some_and(|you| you.role == ParticipantRole::Technician)
            && self.view.as_ref().is_some_and(|view| view.state == SessionState::Ended);
        if over && !awaits_seal {
            return;
        }
        self.connection.lost(context.now, u64::from_le_bytes(first_eight(context.random)));
        self.show_connection();
    }

    fn refused(&mut self, code: ErrorCode, message: String, context: Context) {
        if !is_final(code) {
            return self.lost(context);
        }
        self.in_flight.clear();
        self.roster.lose_sight();
        self.connection.closed(code, message);
        self.show_connection();
    }

    fn transmit(&mut self, message: &ClientMessage) {
        // Plain data with string keys: serialising it cannot fail.
        if let Ok(text) = serde_json::to_string(message) {
            self.out.push(Output::Transmit { text });
        }
    }

    fn show_echo(&mut self, message: &QueuedMessage) {
        let Command::PostMessage { text, reply_to, .. } = &message.command else { return };
        let echo =
            LocalEcho { txn_id: message.txn_id, at: message.at, text: text.clone(), reply_to: *reply_to };
        let patches = self.timeline.echo(echo);
        self.patches.extend(patches);
        if let Some(refusal) = &message.refused {
            let patches = self.timeline.fail(message.txn_id, refusal.code, refusal.message.clone());
            self.patches.extend(patches);
        }
    }

    fn show_unsent(&mut self) {
        let count = self
            .queue
            .waiting()
            .filter(|queued| matches!(queued.command, Command::PostMessage { .. }))
            .count();
        self.out.push(Output::View { update: ViewUpdate::Unsent { count } });
    }

    fn show_connection(&mut self) {
        self.out.push(Output::View { update: ViewUpdate::Connection { state: self.connection.state() } });
    }

    fn show_session(&mut self) {
        if let (Some(session), Some(you)) = (self.view.clone(), self.you.clone()) {
            self.out.push(Output::View { update: ViewUpdate::Session { session, you } });
        }
    }

    fn flush_view(&mut self) {
        if !self.patches.is_empty() {
            let patches = std::mem::take(&mut self.patches);
            self.out.push(Output::View { update: ViewUpdate::Timeline { patches } });
        }
        if let Some(entries) = self.roster.take(self.you.as_ref().map(|you| you.id)) {
            self.out.push(Output::View { update: ViewUpdate::Roster { entries } });
        }
    }

    /// How many own messages the timeline shows as not confirmed; for tests and diagnostics.
    #[must_use]
    pub fn pending(&self) -> usize {
        let pending = |kind: &ItemKind| {
            matches!(
                kind,
                ItemKind::Message { delivery: Delivery::Pending { .. } | Delivery::Failed { .. }, .. }
            )
        };
        self.timeline.items().iter().filter(|item| pending(&item.kind)).count()
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
