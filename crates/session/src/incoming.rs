//! What the portal says.

use deskside_proto::{
    ErrorCode, Event, EventBody, LogEntry, Millis, Participant, ParticipantId, ParticipantState, ReadMark,
    Seq, ServerMessage, TxnId,
    api::{SessionState, SessionView},
};
use deskside_timeline::Viewer;

use crate::{AlertKind, Context, Output, Session, ViewUpdate, alert, outbox::Settled};

/// What a welcome tells.
struct Welcome {
    you: Participant,
    session: SessionView,
    head: Seq,
    first: Seq,
    online: Vec<ParticipantId>,
    read: Vec<ReadMark>,
    has_written: bool,
}

impl Session {
    pub(crate) fn received(&mut self, text: &str, context: Context) {
        if !self.connection.is_open() {
            return;
        }
        self.connection.heard(context.now);
        let Ok(message) = serde_json::from_str(text) else {
            // Not JSON at all: the transport is broken, or this is not a portal.
            return self.reconnect(context);
        };
        match message {
            ServerMessage::Welcome { you, session, head, first, online, read, has_written, now: _ } => {
                self.welcome(Welcome { you, session, head, first, online, read, has_written });
            }
            ServerMessage::Log { entries } => self.log(entries, context),
            ServerMessage::History { before, entries } => self.older(before, entries),
            ServerMessage::Ack { txn_id, seq, at } => self.ack(txn_id, seq, at),
            ServerMessage::Rejected { txn_id, code, message } => self.rejected(txn_id, code, message),
            ServerMessage::Presence { participant_id, online } => {
                self.roster.presence(participant_id, online)
            }
            ServerMessage::Typing { participant_id } => self.roster.types(participant_id, context.now),
            ServerMessage::Read { marks } => {
                self.reads.follow(marks, self.you.as_ref().map(|you| you.id));
            }
            ServerMessage::Signal { from, signal } => {
                self.out.push(Output::Signal { from, signal });
            }
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

    fn welcome(&mut self, welcome: Welcome) {
        let Welcome { you, session, head, first, online, read, has_written } = welcome;
        self.has_written |= has_written;
        let waiting = you.state == ParticipantState::Waiting;
        if !waiting {
            let patches = self.timeline.begin_at(first);
            self.patches.extend(patches);
            self.news_after.get_or_insert(head);
        }
        let viewer = Viewer { id: you.id, role: you.role, chat: session.chat };
        let patches = self.timeline.set_viewer(viewer);
        self.patches.extend(patches);
        let patches = self.timeline.set_people(&session.participants);
        self.patches.extend(patches);
        self.roster.replace(session.participants.clone(), online);
        self.reads.replace(read, you.id);
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
                self.settle(txn_id, Settled::At(event.seq));
                if matches!(event.body, EventBody::MessagePosted(_)) {
                    self.wrote();
                }
            }
            self.roster.follow(event);
            ended = matches!(event.body, EventBody::SessionEnded { .. });
        }
        let seen = if let LogEntry::Event(event) = &entry { Some(event.clone()) } else { None };
        let patches = self.timeline.fold(entry);
        self.patches.extend(patches);
        if let Some(event) = seen {
            self.notice(&event, self.news_after.is_some_and(|after| event.seq > after));
        }
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

    /// A first message may open the way for files.
    fn wrote(&mut self) {
        if !std::mem::replace(&mut self.has_written, true) {
            self.show_session();
        }
    }

    /// Counts what was not read, and collects what is news.
    fn notice(&mut self, event: &Event, news: bool) {
        if let EventBody::MessageDeleted { target } = event.body {
            self.reads.unsaid(target);
        }
        let Some(you) = &self.you else { return };
        let Some(alert) = alert::of(event, you.id, you.role, |id| self.timeline.name(id)) else { return };
        if matches!(alert.kind, AlertKind::Message | AlertKind::Edited) {
            self.reads.said(event.seq);
        }
        if news && event.seq > self.reads.own() {
            self.alerts.push(alert);
        }
    }

    fn older(&mut self, before: Seq, entries: Vec<LogEntry>) {
        if !self.history.came(before) {
            return;
        }
        if entries.is_empty() {
            return self.history.exhausted();
        }
        for entry in &entries {
            if let LogEntry::Event(event) = entry {
                self.notice(event, false);
            }
        }
        let patches = self.timeline.fold_older(entries);
        self.patches.extend(patches);
    }

    fn sealed(&mut self, at: Millis) {
        if self.is_technician() {
            if let Some(view) = &mut self.view {
                view.state = SessionState::Sealed;
            }
            self.show(ViewUpdate::Sealed { at });
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
        self.settle(txn_id, Settled::At(seq));
        self.send_waiting();
    }
}
