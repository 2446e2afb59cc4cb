//! A client, a portal and a bad network in virtual time: the whole of a session without a socket or a clock.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![expect(clippy::unwrap_used, reason = "a panic here is a failed test")]

use std::collections::{BTreeMap, VecDeque};

use deskside_proto::{
    ClientMessage, Command, ErrorCode, Event, EventBody, EventId, LogEntry, MessagePosted, Millis, OrgId,
    Participant, ParticipantId, ParticipantRole, ParticipantState, Seq, ServerMessage, SessionId, TxnId,
    Visibility,
    api::{SessionState, SessionView},
};
use deskside_session::{
    ConnectionState, Context, Input, Intent, Output, PersistOp, QueuedMessage, Session, ViewUpdate,
};
use deskside_timeline::TimelineItem;

pub(crate) const ME: ParticipantId = ParticipantId([2; 16]);
pub(crate) const OTHER: ParticipantId = ParticipantId([1; 16]);

/// The portal as the protocol describes it, and nothing more.
pub(crate) struct Portal {
    pub(crate) log: Vec<Event>,
    pub(crate) state: SessionState,
    pub(crate) you: Participant,
}

impl Portal {
    fn session(&self) -> SessionView {
        SessionView {
            id: SessionId([4; 16]),
            org_id: OrgId([5; 16]),
            org_name: "Acme".into(),
            title: String::new(),
            state: self.state,
            created_at: Millis(0),
            ended_at: None,
            participants: vec![self.you.clone()],
            head: self.log.len() as Seq,
            stored_max_bytes: 1,
        }
    }

    pub(crate) fn append(&mut self, sender: ParticipantId, txn_id: Option<TxnId>, body: EventBody) -> Seq {
        let seq = self.log.len() as Seq + 1;
        let at = Millis(i64::try_from(seq).unwrap());
        self.log.push(Event {
            seq,
            id: EventId([9; 16]),
            sender: Some(sender),
            at,
            visibility: Visibility::All,
            txn_id,
            body,
        });
        seq
    }

    fn page(&self, after: Seq) -> ServerMessage {
        let entries =
            self.log.iter().filter(|event| event.seq > after).cloned().map(LogEntry::Event).collect();
        ServerMessage::Log { entries }
    }

    fn answer(&mut self, message: ClientMessage) -> Vec<ServerMessage> {
        match message {
            ClientMessage::Hello { resume_after, .. } => {
                let you = self.you.clone();
                let waiting = you.state == ParticipantState::Waiting;
                let head = self.log.len() as Seq;
                let welcome = ServerMessage::Welcome {
                    you,
                    session: self.session(),
                    head,
                    now: Millis(0),
                    online: vec![ME],
                };
                if waiting { vec![welcome] } else { vec![welcome, self.page(resume_after)] }
            }
            ClientMessage::Send { txn_id, command } => self.command(txn_id, command),
            ClientMessage::Ping { nonce } => vec![ServerMessage::Pong { nonce, now: Millis(0) }],
            ClientMessage::Typing => vec![],
        }
    }

    fn command(&mut self, txn_id: TxnId, command: Command) -> Vec<ServerMessage> {
        let at = Millis(1);
        if let Some(known) = self.log.iter().find(|event| event.txn_id == Some(txn_id)) {
            return vec![ServerMessage::Ack { txn_id, seq: known.seq, at }];
        }
        let refuse =
            |code: ErrorCode| vec![ServerMessage::Rejected { txn_id, code, message: code.sentence().into() }];
        match command {
            _ if self.state != SessionState::Open => refuse(ErrorCode::SessionEnded),
            Command::PostMessage { text, .. } if text.starts_with("refuse") => {
                refuse(ErrorCode::MessageTooLong)
            }
            Command::PostMessage { text, reply_to, .. } => {
                let message = MessagePosted { text, reply_to, ..MessagePosted::default() };
                let seq = self.append(ME, Some(txn_id), EventBody::MessagePosted(message));
                let event = LogEntry::Event(self.log[self.log.len() - 1].clone());
                vec![ServerMessage::Ack { txn_id, seq, at }, ServerMessage::Log { entries: vec![event] }]
            }
            Command::Leave => refuse(ErrorCode::Forbidden),
        }
    }
}

/// One client, its disk, its line to the portal, and the time.
pub(crate) struct World {
    pub(crate) portal: Portal,
    pub(crate) client: Session,
    pub(crate) disk: BTreeMap<TxnId, QueuedMessage>,
    pub(crate) drawn: Vec<TimelineItem>,
    pub(crate) views: Vec<ViewUpdate>,
    pub(crate) now: Millis,
    /// The portal can be reached.
    pub(crate) reachable: bool,
    /// Frames vanish although the transport looks open.
    pub(crate) half_open: bool,
    open: bool,
    wants_connect: bool,
    up: VecDeque<String>,
    down: VecDeque<String>,
    seed: u64,
    pub(crate) steps: u32,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let you = Participant {
            id: ME,
            name: "Carl".into(),
            role: ParticipantRole::Technician,
            state: ParticipantState::Admitted,
            user_id: None,
        };
        let mut world = Self {
            portal: Portal { log: Vec::new(), state: SessionState::Open, you },
            client: Session::new(Vec::new()),
            disk: BTreeMap::new(),
            drawn: Vec::new(),
            views: Vec::new(),
            now: Millis(0),
            reachable: true,
            half_open: false,
            open: false,
            wants_connect: false,
            up: VecDeque::new(),
            down: VecDeque::new(),
            seed: seed | 1,
            steps: 0,
        };
        world.input(Input::Start);
        world
    }

    /// xorshift64: the world's own randomness, the same for the same seed.
    pub(crate) fn random(&mut self) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed
    }

    pub(crate) fn input(&mut self, input: Input) {
        let mut random = [0; 16];
        random[..8].copy_from_slice(&self.random().to_le_bytes());
        random[8..].copy_from_slice(&self.random().to_le_bytes());
        self.steps += 1;
        let outputs = self.client.handle(input, Context { now: self.now, random });
        for output in outputs {
            self.perform(output);
        }
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Connect => self.wants_connect = true,
            Output::Transmit { text } => {
                if let Ok(ClientMessage::Send { txn_id, .. }) = serde_json::from_str(&text) {
                    assert!(self.disk.contains_key(&txn_id), "a command is on disk before it is on the wire");
                }
                if self.open {
                    self.up.push_back(text);
                }
            }
            Output::Disconnect => self.hang_up(),
            Output::Persist { op: PersistOp::Put { message } } => {
                drop(self.disk.insert(message.txn_id, message))
            }
            Output::Persist { op: PersistOp::Remove { txn_id } } => drop(self.disk.remove(&txn_id)),
            Output::View { update: ViewUpdate::Timeline { patches } } => {
                patches.into_iter().for_each(|patch| patch.apply(&mut self.drawn));
                assert_eq!(self.drawn, self.client.timeline().items());
            }
            Output::View { update } => self.views.push(update),
        }
    }

    fn hang_up(&mut self) {
        self.open = false;
        self.half_open = false;
        self.up.clear();
        self.down.clear();
    }

    pub(crate) fn post(&mut self, text: &str) {
        let intent = Intent::Post { text: text.into(), reply_to: None, attachments: Vec::new() };
        self.input(Input::Intent { intent });
    }

    /// The other side says something; whoever is connected hears it.
    pub(crate) fn hear(&mut self, body: EventBody) {
        self.portal.append(OTHER, None, body);
        if self.open {
            let event = LogEntry::Event(self.portal.log[self.portal.log.len() - 1].clone());
            self.push_down(&ServerMessage::Log { entries: vec![event] });
        }
    }

    pub(crate) fn push_down(&mut self, message: &ServerMessage) {
        self.down.push_back(serde_json::to_string(message).unwrap());
    }

    /// The line breaks: what was on its way is lost, on both sides.
    pub(crate) fn cut(&mut self) {
        self.half_open = false;
        if self.open {
            self.hang_up();
            self.input(Input::Disconnected);
        }
    }

    /// The app is killed and started again: only the disk remains.
    pub(crate) fn restart(&mut self) {
        self.hang_up();
        self.drawn.clear();
        self.client = Session::new(self.disk.values().cloned().collect());
        self.input(Input::Start);
    }

    /// One thing happens: a frame moves, a connection opens, or time goes on to the next wake. `false` = nothing to do.
    pub(crate) fn step(&mut self) -> bool {
        if std::mem::take(&mut self.wants_connect) {
            self.open = self.reachable;
            self.input(if self.reachable { Input::Connected } else { Input::Disconnected });
        } else if let Some(text) = self.up.pop_front() {
            if !self.half_open {
                let answers = self.portal.answer(serde_json::from_str(&text).unwrap());
                answers.iter().for_each(|answer| self.push_down(answer));
            }
        } else if let Some(text) = self.down.pop_front() {
            if !self.half_open {
                self.input(Input::Received { text });
            }
        } else if let Some(wake) = self.client.next_wake() {
            self.now = self.now.max(wake);
            self.input(Input::Tick);
        } else {
            return false;
        }
        true
    }

    /// `typing` frames that wait to be carried.
    pub(crate) fn typing_frames(&self) -> usize {
        self.up.iter().filter(|text| matches!(serde_json::from_str(text), Ok(ClientMessage::Typing))).count()
    }

    /// Runs until `done` or for `millis` of virtual time.
    pub(crate) fn run(&mut self, millis: i64, done: impl Fn(&Self) -> bool) {
        let until = self.now.plus(millis);
        while !done(self) && self.now < until && self.step() {}
    }

    /// The portal said welcome and nothing broke since.
    fn greeted(&self) -> bool {
        let last = self.views.iter().rev().find_map(|view| match view {
            ViewUpdate::Connection { state } => Some(state),
            _ => None,
        });
        matches!(last, Some(ConnectionState::Online { .. } | ConnectionState::Ended))
    }

    /// Everything is said and heard.
    pub(crate) fn settle(&mut self) {
        self.reachable = true;
        // A stream has no holes: what was swallowed can only be followed by the end of that connection.
        if std::mem::take(&mut self.half_open) {
            self.cut();
        }
        self.run(600_000, |world| {
            world.greeted()
                && world.client.head() == world.portal.log.len() as Seq
                && world.client.pending() == 0
                && world.up.is_empty()
                && world.down.is_empty()
        });
    }
}

pub(crate) fn texts(log: &[Event], of: ParticipantId) -> Vec<String> {
    let text = |event: &Event| match &event.body {
        EventBody::MessagePosted(message) if event.sender == Some(of) => Some(message.text.clone()),
        _ => None,
    };
    log.iter().filter_map(text).collect()
}

pub(crate) fn said(text: &str) -> EventBody {
    EventBody::MessagePosted(MessagePosted { text: text.into(), ..MessagePosted::default() })
}
