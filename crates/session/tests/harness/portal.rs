//! The portal as the protocol describes it, and nothing more.

use std::collections::BTreeSet;

use deskside_proto::{
    AttachmentPolicy, ChatPolicy, ClientMessage, Command, EditMark, ErrorCode, Event, EventBody, EventId,
    LogEntry, MessagePosted, Millis, OrgId, Participant, ParticipantId, ParticipantRole, ParticipantState,
    ReadMark, Seq, ServerMessage, SessionId, Signal, TxnId, Visibility,
    api::{SessionState, SessionView},
};

use super::{ME, OTHER};

/// A first connection gets no more than this: so few that older pages are needed in nearly every schedule.
const TAIL: Seq = 5;

pub(crate) struct Portal {
    pub(crate) log: Vec<Event>,
    pub(crate) state: SessionState,
    pub(crate) you: Participant,
    pub(crate) other: Participant,
    pub(crate) read: Vec<ReadMark>,
    /// Commands that were refused.
    pub(crate) refused: BTreeSet<TxnId>,
    /// Signals that it was to pass on.
    pub(crate) signals: Vec<(ParticipantId, Signal)>,
}

/// What the portal says to whoever asked, and to everybody.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) answer: Vec<ServerMessage>,
    /// The log came to have this place.
    pub(crate) live: Option<Seq>,
    pub(crate) read: Option<ReadMark>,
}

impl Portal {
    pub(crate) fn new() -> Self {
        let person = |id, name: &str| Participant {
            id,
            name: name.into(),
            role: ParticipantRole::Technician,
            state: ParticipantState::Admitted,
            user_id: None,
        };
        Self {
            log: Vec::new(),
            state: SessionState::Open,
            you: person(ME, "Carl"),
            other: person(OTHER, "Tina"),
            read: Vec::new(),
            refused: BTreeSet::new(),
            signals: Vec::new(),
        }
    }

    pub(crate) fn head(&self) -> Seq {
        self.log.len() as Seq
    }

    fn session(&self) -> SessionView {
        SessionView {
            id: SessionId([4; 16]),
            org_id: OrgId([5; 16]),
            org_name: "Acme".into(),
            title: String::new(),
            state: self.state,
            created_at: Millis(0),
            ended_at: None,
            participants: vec![self.you.clone(), self.other.clone()],
            head: self.head(),
            attachments: AttachmentPolicy::default(),
            chat: ChatPolicy::default(),
            unread: 0,
        }
    }

    pub(crate) fn append(&mut self, sender: ParticipantId, txn_id: Option<TxnId>, body: EventBody) -> Seq {
        let seq = self.head() + 1;
        self.log.push(Event {
            seq,
            id: EventId([9; 16]),
            sender: Some(sender),
            at: Millis(seq.cast_signed()),
            visibility: Visibility::All,
            txn_id,
            body,
        });
        seq
    }

    pub(crate) fn entries(&self, after: Seq, to: Seq) -> Vec<LogEntry> {
        let within = self.log.iter().filter(|event| event.seq > after && event.seq <= to);
        within.cloned().map(LogEntry::Event).collect()
    }

    fn at(&mut self, seq: Seq) -> Option<&mut Event> {
        self.log.iter_mut().find(|event| event.seq == seq)
    }

    pub(crate) fn take(&mut self, by: ParticipantId, message: ClientMessage) -> Said {
        match message {
            ClientMessage::Hello { resume_after, tail, .. } => {
                Said { answer: self.hello(by, resume_after, tail), ..Said::default() }
            }
            ClientMessage::Send { txn_id, command } => self.send(by, txn_id, command),
            ClientMessage::Ping { nonce } => {
                Said { answer: vec![ServerMessage::Pong { nonce, now: Millis(0) }], ..Said::default() }
            }
            ClientMessage::Read { seq } => {
                let mark = ReadMark { participant_id: by, seq };
                self.read.retain(|known| known.participant_id != by);
                self.read.push(mark);
                Said { read: Some(mark), ..Said::default() }
            }
            ClientMessage::History { before, limit } => {
                let entries = self.entries(before.saturating_sub(u64::from(limit) + 1), before - 1);
                Said { answer: vec![ServerMessage::History { before, entries }], ..Said::default() }
            }
            ClientMessage::Typing => Said::default(),
            ClientMessage::Signal { to, signal } => {
                self.signals.push((to, signal));
                Said::default()
            }
        }
    }

    fn hello(&mut self, by: ParticipantId, resume_after: Seq, tail: Option<u32>) -> Vec<ServerMessage> {
        let you = if by == ME { self.you.clone() } else { self.other.clone() };
        let waiting = you.state == ParticipantState::Waiting;
        let from =
            if tail.is_some() { resume_after.max(self.head().saturating_sub(TAIL)) } else { resume_after };
        let welcome = ServerMessage::Welcome {
            you,
            session: self.session(),
            head: self.head(),
            now: Millis(0),
            online: vec![ME],
            first: from + 1,
            read: self.read.clone(),
            has_written: false,
        };
        if waiting {
            return vec![welcome];
        }
        vec![welcome, ServerMessage::Log { entries: self.entries(from, self.head()) }]
    }

    fn send(&mut self, by: ParticipantId, txn_id: TxnId, command: Command) -> Said {
        let at = Millis(1);
        let known = |event: &&Event| event.txn_id == Some(txn_id) && event.sender == Some(by);
        if let Some(known) = self.log.iter().find(known) {
            return Said {
                answer: vec![ServerMessage::Ack { txn_id, seq: known.seq, at }],
                ..Said::default()
            };
        }
        match self.body(by, command) {
            Err(code) => {
                self.refused.insert(txn_id);
                let message = code.sentence().into();
                Said { answer: vec![ServerMessage::Rejected { txn_id, code, message }], ..Said::default() }
            }
            Ok(body) => {
                let seq = self.append(by, Some(txn_id), body);
                Said { answer: vec![ServerMessage::Ack { txn_id, seq, at }], live: Some(seq), read: None }
            }
        }
    }

    fn body(&mut self, by: ParticipantId, command: Command) -> Result<EventBody, ErrorCode> {
        if self.state != SessionState::Open {
            return Err(ErrorCode::SessionEnded);
        }
        let next = self.head() + 1;
        Ok(match command {
            Command::PostMessage { text, .. } if text.starts_with("refuse") => {
                return Err(ErrorCode::MessageTooLong);
            }
            Command::PostMessage { text, reply_to, mentions, .. } => {
                EventBody::MessagePosted(MessagePosted {
                    text,
                    reply_to,
                    mentions,
                    ..MessagePosted::default()
                })
            }
            Command::EditMessage { target, text: new, notify } => {
                let message = self.message(target, Some(by))?;
                message.text.clone_from(&new);
                message.edited = Some(EditMark { seq: next, at: Millis(next.cast_signed()) });
                self.scrub(target);
                EventBody::MessageEdited { target, text: Some(new), notify }
            }
            Command::DeleteMessage { target } => {
                self.message(target, Some(by))?;
                self.scrub(target);
                let tombstone =
                    EventBody::Tombstone { deleted_by: Some(by), deleted_at: Millis(next.cast_signed()) };
                if let Some(event) = self.at(target) {
                    event.body = tombstone;
                }
                EventBody::MessageDeleted { target }
            }
            Command::React { target, emoji } => {
                self.message(target, None)?;
                EventBody::ReactionAdded { target, emoji }
            }
            Command::Unreact { target, emoji } => {
                self.message(target, None)?;
                EventBody::ReactionRemoved { target, emoji }
            }
            Command::AnswerAttachments { target, attachments, accept } => {
                self.message(target, None)?;
                EventBody::AttachmentsAnswered { target, attachments, accepted: accept }
            }
            Command::ConfirmAttachments { target, attachments, blake3 } => {
                self.message(target, None)?;
                EventBody::AttachmentsReceived { target, attachments, blake3 }
            }
            Command::RevokeAttachments { .. } => return Err(ErrorCode::NotFound),
            Command::Leave => return Err(ErrorCode::Forbidden),
        })
    }

    fn message(&mut self, target: Seq, of: Option<ParticipantId>) -> Result<&mut MessagePosted, ErrorCode> {
        match self.at(target) {
            Some(event) if of.is_some() && event.sender != of => Err(ErrorCode::NotYourMessage),
            Some(Event { body: EventBody::MessagePosted(message), .. }) => Ok(message),
            _ => Err(ErrorCode::MessageGone),
        }
    }

    fn scrub(&mut self, of: Seq) {
        for event in &mut self.log {
            if let EventBody::MessageEdited { target, text, .. } = &mut event.body
                && *target == of
            {
                *text = None;
            }
        }
    }
}
