//! Who is connected to which session, and what they are told.
//!
//! A connection reads its backlog from the store and then goes live ([`Hub::go_live`]), which fails while there is more to
//! read: so it sees every place of the log, in order, without a gap. The hub learns of events by one function,
//! [`Hub::publish`], so that a bus between nodes can take its place.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::extract::ws::Utf8Bytes;
use deskside_proto::{
    ErrorCode, Event, EventBody, LogEntry, Millis, Participant, ParticipantId, ParticipantRole, ReadMark,
    Seq, ServerMessage, SessionId, Visibility,
};
use deskside_store::ReadPosition;
use tokio::sync::{mpsc, watch};

/// Something for a connection to send.
#[derive(Debug, Clone)]
pub enum Outgoing {
    /// One place of the log, serialised.
    Log { seq: Seq, text: Utf8Bytes },
    /// Any other frame, serialised.
    Frame(Utf8Bytes),
    /// The participant was let in: greet again and send the log.
    Admitted,
    /// The participant left: close after what came before.
    Left,
}

/// A connection's side of the hub.
pub struct Membership {
    pub id: ConnectionId,
    pub queue: mpsc::Receiver<Outgoing>,
    /// Set when the connection must end at once.
    pub cut: watch::Receiver<Option<ErrorCode>>,
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
    queue: mpsc::Sender<Outgoing>,
    cut: watch::Sender<Option<ErrorCode>>,
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
        let (sender, receiver) = mpsc::channel(queue);
        let (cut, cut_receiver) = watch::channel(None);
        let mut rooms = self.lock();
        rooms.last_id += 1;
        let id = rooms.last_id;
        let stage = if waiting { Stage::Waiting } else { Stage::CatchingUp };
        let member = Member { participant: you.id, role: you.role, stage, queue: sender, cut };
        rooms.rooms.entry(session).or_default().members.insert(id, member);
        Membership { id, queue: receiver, cut: cut_receiver }
    }

    /// Removes a connection; the others learn of it where it was the participant's last one.
    pub fn leave(&self, session: SessionId, id: ConnectionId) {
        let mut rooms = self.lock();
        let Some(room) = rooms.rooms.get_mut(&session) else { return };
        if let Some(member) = room.members.remove(&id) {
            room.after_leaving(&member);
        }
        if room.members.is_empty() {
            rooms.rooms.remove(&session);
        }
    }

    /// Goes live after `read`, the last seq sent; `false` where there is more to read from the store first. Whoever comes live as
    /// the first connection of its participant is announced.
    pub fn go_live(&self, session: SessionId, id: ConnectionId, read: Seq) -> bool {
        let mut rooms = self.lock();
        let Some(room) = rooms.rooms.get_mut(&session) else { return true };
        if room.head > read {
            return false;
        }
        let Some(member) = room.members.get_mut(&id) else { return true };
        let participant = member.participant;
        let first_time = member.stage != Stage::Live;
        member.stage = Stage::Live;
        if first_time && room.connections(participant).count() == 1 {
            room.tell_others(
                participant,
                &ServerMessage::Presence { participant_id: participant, online: true },
            );
        }
        true
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

    /// Session `session` is at `event.seq`: tells its live members, each by what their role may see. Called in log order.
    pub fn publish(&self, session: SessionId, event: &Event) {
        let mut rooms = self.lock();
        let Some(room) = rooms.rooms.get_mut(&session) else { return };
        room.head = room.head.max(event.seq);
        if let EventBody::ParticipantRemoved { participant_id } = &event.body {
            room.cut_participant(*participant_id, ErrorCode::RemovedFromSession);
        }
        room.deliver(event);
        match &event.body {
            EventBody::ParticipantJoined { participant } => room.admit(participant.id),
            EventBody::ParticipantLeft { participant_id } => {
                room.send_where(|member| member.participant == *participant_id, &Outgoing::Left);
            }
            _ => {}
        }
        if room.members.is_empty() {
            rooms.rooms.remove(&session);
        }
    }

    /// Somebody read on: everybody in the room is told, their own other devices too.
    pub fn read(&self, position: ReadPosition) {
        if let Some(room) = self.lock().rooms.get_mut(&position.session) {
            let mark = ReadMark { participant_id: position.participant, seq: position.seq };
            let frame = Outgoing::Frame(to_text(&ServerMessage::Read { marks: vec![mark] }));
            room.send_where(|member| member.stage == Stage::Live, &frame);
        }
    }

    /// `participant` is typing.
    pub fn typing(&self, session: SessionId, participant: ParticipantId) {
        if let Some(room) = self.lock().rooms.get_mut(&session) {
            room.tell_others(participant, &ServerMessage::Typing { participant_id: participant });
        }
    }

    /// The transcript stands: technicians are told.
    pub fn sealed(&self, session: SessionId, at: Millis) {
        if let Some(room) = self.lock().rooms.get_mut(&session) {
            let frame = Outgoing::Frame(to_text(&ServerMessage::Sealed { at }));
            let technician = |m: &Member| m.role == ParticipantRole::Technician && m.stage != Stage::Waiting;
            room.send_where(technician, &frame);
        }
    }
}

impl Room {
    fn connections(&self, participant: ParticipantId) -> impl Iterator<Item = &Member> {
        self.members.values().filter(move |m| m.participant == participant && m.stage == Stage::Live)
    }

    /// Serialised once for each class of members.
    fn deliver(&mut self, event: &Event) {
        let seq = event.seq;
        let full = log_text(vec![LogEntry::Event(event.clone())]);
        let withheld =
            (event.visibility != Visibility::All).then(|| log_text(vec![LogEntry::Withheld { seq }]));
        let visibility = event.visibility;
        self.send_each(|member| {
            let sees = visibility.admits(member.role);
            let text = if sees { &full } else { withheld.as_ref().unwrap_or(&full) };
            (member.stage == Stage::Live).then(|| Outgoing::Log { seq, text: text.clone() })
        });
    }

    fn admit(&mut self, participant: ParticipantId) {
        let waiting = |m: &Member| m.participant == participant && m.stage == Stage::Waiting;
        self.send_where(waiting, &Outgoing::Admitted);
        for member in self.members.values_mut().filter(|m| waiting(m)) {
            member.stage = Stage::CatchingUp;
        }
    }

    fn tell_others(&mut self, but: ParticipantId, message: &ServerMessage) {
        let frame = Outgoing::Frame(to_text(message));
        self.send_where(|member| member.participant != but && member.stage == Stage::Live, &frame);
    }

    fn send_where(&mut self, wanted: impl Fn(&Member) -> bool, outgoing: &Outgoing) {
        self.send_each(|member| wanted(member).then(|| outgoing.clone()));
    }

    /// A full queue drops its connection, never the event: the client resumes from its last seq.
    fn send_each(&mut self, outgoing: impl Fn(&Member) -> Option<Outgoing>) {
        let overflowed =
            |member: &Member| outgoing(member).is_some_and(|out| member.queue.try_send(out).is_err());
        let slow: Vec<_> = self.members.iter().filter(|(_, m)| overflowed(m)).map(|(id, _)| *id).collect();
        for id in slow {
            self.cut(id, ErrorCode::SlowConsumer);
        }
    }

    fn cut_participant(&mut self, participant: ParticipantId, code: ErrorCode) {
        let of = |(id, m): (&ConnectionId, &Member)| (m.participant == participant).then_some(*id);
        for id in self.members.iter().filter_map(of).collect::<Vec<_>>() {
            self.cut(id, code);
        }
    }

    fn cut(&mut self, id: ConnectionId, code: ErrorCode) {
        if let Some(member) = self.members.remove(&id) {
            member.cut.send_replace(Some(code));
            self.after_leaving(&member);
        }
    }

    fn after_leaving(&mut self, member: &Member) {
        let participant = member.participant;
        if member.stage == Stage::Live && self.connections(participant).next().is_none() {
            self.tell_others(
                participant,
                &ServerMessage::Presence { participant_id: participant, online: false },
            );
        }
    }
}

/// A `log` frame.
#[must_use]
pub fn log_text(entries: Vec<LogEntry>) -> Utf8Bytes {
    to_text(&ServerMessage::Log { entries })
}

/// A frame as JSON.
#[must_use]
pub fn to_text(message: &ServerMessage) -> Utf8Bytes {
    // Plain data with text keys: serialising cannot fail, and an empty frame would only be ignored.
    serde_json::to_string(message).unwrap_or_default().into()
}
