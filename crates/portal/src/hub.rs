//! Who is connected to which session, and what they are told.
//!
//! A connection reads its backlog from the store and then goes live ([`Hub::go_live`]), which fails while there is more to
//! read: so it sees every place of the log, in order, without a gap. The hub learns of events by one function,
//! [`Hub::publish`], so that a bus between nodes can take its place.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::extract::ws::Utf8Bytes;
use deskside_proto::{
    ErrorCode, Event, EventBody, LogEntry, Millis, Participant, ParticipantId, ParticipantRole, ReadMark,
    Seq, ServerMessage, SessionId, Visibility,
};
use deskside_store::ReadPosition;
use serde::Serialize;

use crate::mailbox::{Full, Mailbox, Outgoing, Wakes};

/// A connection's side of the hub.
pub struct Membership {
    pub id: ConnectionId,
    pub mailbox: Arc<Mailbox>,
}

pub type ConnectionId = u64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// In the lobby: told nothing.
    Waiting,
    /// Reads its backlog.
    CatchingUp,
    Live,
}

struct Member {
    participant: ParticipantId,
    role: ParticipantRole,
    stage: Stage,
    mailbox: Arc<Mailbox>,
}

#[derive(Default)]
struct Room {
    /// Newest seq published since the room has members.
    head: Seq,
    members: HashMap<ConnectionId, Member>,
}

#[derive(Default)]
struct Rooms {
    rooms: HashMap<SessionId, Room>,
    last_id: ConnectionId,
}

/// The registry. One lock: what is done under it is short and never waits.
#[derive(Default)]
pub struct Hub {
    rooms: Mutex<Rooms>,
}

impl Hub {
    fn lock(&self) -> MutexGuard<'_, Rooms> {
        // The table is left whole by every panic that could happen under the lock.
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a connection. It is told nothing of the log until it goes live.
    pub fn join(&self, session: SessionId, you: &Participant, waiting: bool, queue: usize) -> Membership {
        let mailbox = Arc::new(Mailbox::new(queue));
        let mut rooms = self.lock();
        rooms.last_id += 1;
        let id = rooms.last_id;
        let stage = if waiting { Stage::Waiting } else { Stage::CatchingUp };
        let member = Member { participant: you.id, role: you.role, stage, mailbox: mailbox.clone() };
        rooms.rooms.entry(session).or_default().members.insert(id, member);
        Membership { id, mailbox }
    }

    /// Removes a connection; the others learn of it where it was the participant's last one.
    pub fn leave(&self, session: SessionId, id: ConnectionId) {
        self.tell(session, |room, wakes| {
            if let Some(member) = room.members.remove(&id) {
                room.after_leaving(&member, wakes);
            }
        });
    }

    /// Does something in a room that has members, then wakes who got something. A room that nobody is in any more goes.
    fn tell(&self, session: SessionId, what: impl FnOnce(&mut Room, &mut Wakes)) {
        let mut wakes = Wakes::default();
        self.with(session, |room| what(room, &mut wakes));
        wakes.wake();
    }

    fn with(&self, session: SessionId, what: impl FnOnce(&mut Room)) {
        let mut rooms = self.lock();
        let Some(room) = rooms.rooms.get_mut(&session) else { return };
        what(room);
        if room.members.is_empty() {
            rooms.rooms.remove(&session);
        }
    }

    /// Goes live after `read`, the last seq sent; `false` where there is more to read from the store first. Whoever comes live as
    /// the first connection of its participant is announced.
    pub fn go_live(&self, session: SessionId, id: ConnectionId, read: Seq) -> bool {
        let mut live = true;
        self.tell(session, |room, wakes| live = room.go_live(id, read, wakes));
        live
    }

    /// Participants with a live connection, and `you`.
    #[must_use]
    pub fn online(&self, session: SessionId, you: ParticipantId) -> Vec<ParticipantId> {
        let rooms = self.lock();
        let members = rooms.rooms.get(&session).into_iter().flat_map(|room| room.members.values());
        let live = members.filter(|member| member.stage == Stage::Live).map(|member| member.participant);
        let mut online: Vec<_> = live.chain([you]).collect::<HashSet<_>>().into_iter().collect();
        online.sort_unstable();
        online
    }

    /// Whether anybody is connected to the session.
    #[must_use]
    pub fn is_empty(&self, session: SessionId) -> bool {
        !self.lock().rooms.contains_key(&session)
    }

    /// Sessions that somebody is connected to.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionId> {
        self.lock().rooms.keys().copied().collect()
    }

    /// Session `session` is at `event.seq`: tells its live members, each by what their role may see. Called in log order; the
    /// caller wakes them.
    pub fn publish(&self, session: SessionId, event: &Event, wakes: &mut Wakes) {
        // Outside of the lock, once for each class of members.
        let frames = LogFrames::of(event);
        self.with(session, |room| {
            room.head = room.head.max(event.seq);
            if let EventBody::ParticipantRemoved { participant_id } = &event.body {
                room.cut_participant(*participant_id, ErrorCode::RemovedFromSession, wakes);
            }
            room.send_each(|member| frames.for_member(member), wakes);
            match &event.body {
                EventBody::ParticipantJoined { participant } => room.admit(participant.id, wakes),
                EventBody::ParticipantLeft { participant_id } => {
                    room.send_where(|member| member.participant == *participant_id, &Outgoing::Left, wakes);
                }
                _ => {}
            }
        });
    }

    /// Somebody read on: everybody in the room is told, their own other devices too. The caller wakes them.
    pub fn read(&self, position: ReadPosition, wakes: &mut Wakes) {
        let mark = ReadMark { participant_id: position.participant, seq: position.seq };
        let frame = Outgoing::Frame(to_text(&ServerMessage::Read { marks: vec![mark] }));
        self.with(position.session, |room| {
            room.send_where(|member| member.stage == Stage::Live, &frame, wakes);
        });
    }

    /// `participant` is typing.
    pub fn typing(&self, session: SessionId, participant: ParticipantId) {
        let typing = ServerMessage::Typing { participant_id: participant };
        self.tell(session, |room, wakes| room.tell_others(participant, &typing, wakes));
    }

    /// `text` for every live connection of `to`, if `to` is in this room.
    pub fn signal(&self, session: SessionId, to: ParticipantId, text: Utf8Bytes) {
        let frame = Outgoing::Frame(text);
        let meant = |member: &Member| member.participant == to && member.stage == Stage::Live;
        self.tell(session, |room, wakes| room.send_where(meant, &frame, wakes));
    }

    /// The transcript stands: technicians are told.
    pub fn sealed(&self, session: SessionId, at: Millis) {
        let frame = Outgoing::Frame(to_text(&ServerMessage::Sealed { at }));
        let technician = |m: &Member| m.role == ParticipantRole::Technician && m.stage != Stage::Waiting;
        self.tell(session, |room, wakes| room.send_where(technician, &frame, wakes));
    }
}

/// One event as frames, for those who may see it and those who may not.
struct LogFrames {
    seq: Seq,
    visibility: Visibility,
    full: Utf8Bytes,
    /// Absent where everybody may see it.
    withheld: Option<Utf8Bytes>,
}

impl LogFrames {
    fn of(event: &Event) -> Self {
        let Event { seq, visibility, .. } = *event;
        let withheld = || log_text(vec![LogEntry::Withheld { seq }]);
        Self {
            seq,
            visibility,
            full: event_text(event),
            withheld: (visibility != Visibility::All).then(withheld),
        }
    }

    fn for_member(&self, member: &Member) -> Option<Outgoing> {
        let sees = self.visibility.admits(member.role);
        let text = if sees { &self.full } else { self.withheld.as_ref().unwrap_or(&self.full) };
        (member.stage == Stage::Live).then(|| Outgoing::Log { seq: self.seq, text: text.clone() })
    }
}

impl Room {
    fn connections(&self, participant: ParticipantId) -> impl Iterator<Item = &Member> {
        self.members.values().filter(move |m| m.participant == participant && m.stage == Stage::Live)
    }

    fn go_live(&mut self, id: ConnectionId, read: Seq, wakes: &mut Wakes) -> bool {
        if self.head > read {
            return false;
        }
        let Some(member) = self.members.get_mut(&id) else { return true };
        let participant = member.participant;
        let first_time = member.stage != Stage::Live;
        member.stage = Stage::Live;
        if first_time && self.connections(participant).count() == 1 {
            self.tell_presence(participant, true, wakes);
        }
        true
    }

    fn admit(&mut self, participant: ParticipantId, wakes: &mut Wakes) {
        let waiting = |m: &Member| m.participant == participant && m.stage == Stage::Waiting;
        self.send_where(waiting, &Outgoing::Admitted, wakes);
        for member in self.members.values_mut().filter(|m| waiting(m)) {
            member.stage = Stage::CatchingUp;
        }
    }

    fn tell_presence(&mut self, of: ParticipantId, online: bool, wakes: &mut Wakes) {
        self.tell_others(of, &ServerMessage::Presence { participant_id: of, online }, wakes);
    }

    fn tell_others(&mut self, but: ParticipantId, message: &ServerMessage, wakes: &mut Wakes) {
        let frame = Outgoing::Frame(to_text(message));
        self.send_where(|member| member.participant != but && member.stage == Stage::Live, &frame, wakes);
    }

    fn send_where(&mut self, wanted: impl Fn(&Member) -> bool, outgoing: &Outgoing, wakes: &mut Wakes) {
        self.send_each(|member| wanted(member).then(|| outgoing.clone()), wakes);
    }

    /// A full mailbox drops its connection, never the event: the client resumes from its last seq.
    fn send_each(&mut self, outgoing: impl Fn(&Member) -> Option<Outgoing>, wakes: &mut Wakes) {
        let mut slow = Vec::new();
        for (id, member) in &self.members {
            let sent = outgoing(member).map(|outgoing| member.mailbox.put(outgoing, wakes));
            if sent == Some(Err(Full)) {
                slow.push(*id);
            }
        }
        for id in slow {
            self.cut(id, ErrorCode::SlowConsumer, wakes);
        }
    }

    fn cut_participant(&mut self, participant: ParticipantId, code: ErrorCode, wakes: &mut Wakes) {
        let of = |(id, m): (&ConnectionId, &Member)| (m.participant == participant).then_some(*id);
        for id in self.members.iter().filter_map(of).collect::<Vec<_>>() {
            self.cut(id, code, wakes);
        }
    }

    fn cut(&mut self, id: ConnectionId, code: ErrorCode, wakes: &mut Wakes) {
        if let Some(member) = self.members.remove(&id) {
            member.mailbox.cut(code);
            self.after_leaving(&member, wakes);
        }
    }

    fn after_leaving(&mut self, member: &Member, wakes: &mut Wakes) {
        let participant = member.participant;
        if member.stage == Stage::Live && self.connections(participant).next().is_none() {
            self.tell_presence(participant, false, wakes);
        }
    }
}

/// A `log` frame.
#[must_use]
pub fn log_text(entries: Vec<LogEntry>) -> Utf8Bytes {
    to_text(&ServerMessage::Log { entries })
}

/// A `log` frame of one event, without a copy of it.
fn event_text(event: &Event) -> Utf8Bytes {
    #[derive(Serialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Frame<'a> {
        Log { entries: [Entry<'a>; 1] },
    }
    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Entry<'a> {
        Event(&'a Event),
    }
    text_of(&Frame::Log { entries: [Entry::Event(event)] })
}

/// A frame as JSON.
#[must_use]
pub fn to_text(message: &ServerMessage) -> Utf8Bytes {
    text_of(message)
}

fn text_of(message: &impl Serialize) -> Utf8Bytes {
    // Plain data with text keys: serialising cannot fail, and an empty frame would only be ignored.
    serde_json::to_string(message).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskside_proto::{EventId, MessagePosted, TxnId};

    #[test]
    fn a_borrowed_event_reads_as_an_owned_one() {
        let body = EventBody::MessagePosted(MessagePosted {
            text: "a \"b\"".to_owned(),
            ..MessagePosted::default()
        });
        for txn_id in [None, Some(TxnId([3; 16]))] {
            let (id, sender) = (EventId([1; 16]), Some(ParticipantId([2; 16])));
            let (at, visibility) = (Millis(5), Visibility::Technicians);
            let event = Event { seq: 4, id, sender, at, visibility, txn_id, body: body.clone() };
            assert_eq!(event_text(&event), log_text(vec![LogEntry::Event(event)]));
        }
    }
}
