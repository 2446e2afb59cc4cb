//! Clients, a portal and a bad network in virtual time: the whole of a session without a socket or a clock.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![expect(clippy::unwrap_used, reason = "a panic here is a failed test")]

mod portal;

use std::collections::{BTreeMap, VecDeque};
use std::ops::{Deref, DerefMut};

use deskside_proto::{
    ClientMessage, Event, EventBody, MessagePosted, Millis, ParticipantId, Seq, ServerMessage, Signal, TxnId,
};
use deskside_session::{
    ConnectionState, Context, Input, Intent, Output, PersistOp, QueuedMessage, Session, ViewUpdate,
};
use deskside_timeline::{DirectFileItem, TimelineItem};
use portal::{Portal, Said};

pub(crate) const ME: ParticipantId = ParticipantId([2; 16]);
pub(crate) const OTHER: ParticipantId = ParticipantId([1; 16]);

/// One client, its disk and its line to the portal.
pub(crate) struct Device {
    pub(crate) owner: ParticipantId,
    pub(crate) client: Session,
    pub(crate) disk: BTreeMap<TxnId, QueuedMessage>,
    /// The disk takes nothing new.
    pub(crate) disk_full: bool,
    /// New things that still fit on the disk; `None` = any number.
    pub(crate) room: Option<usize>,
    /// The disk does not even take removals.
    pub(crate) disk_dead: bool,
    pub(crate) drawn: Vec<TimelineItem>,
    pub(crate) views: Vec<ViewUpdate>,
    pub(crate) signals: Vec<(ParticipantId, Signal)>,
    pub(crate) direct_files: Vec<Vec<DirectFileItem>>,
    /// The portal can be reached.
    pub(crate) reachable: bool,
    /// Frames vanish although the transport looks open.
    pub(crate) half_open: bool,
    open: bool,
    /// The portal has greeted this connection and sends what is new.
    live: bool,
    wants_connect: bool,
    /// `read` frames that were sent.
    pub(crate) read_frames: usize,
    up: VecDeque<String>,
    down: VecDeque<String>,
}

impl Device {
    fn new(owner: ParticipantId) -> Self {
        Self {
            owner,
            client: Session::new(Vec::new()),
            disk: BTreeMap::new(),
            disk_full: false,
            room: None,
            disk_dead: false,
            drawn: Vec::new(),
            views: Vec::new(),
            signals: Vec::new(),
            direct_files: Vec::new(),
            reachable: true,
            half_open: false,
            open: false,
            live: false,
            wants_connect: false,
            read_frames: 0,
            up: VecDeque::new(),
            down: VecDeque::new(),
        }
    }

    /// As the contract of the crate says. Whether the disk took everything.
    fn perform_all(&mut self, outputs: Vec<Output>, is_intent: bool) -> bool {
        let mut kept = true;
        for output in outputs {
            let left_out = match &output {
                Output::Persist { .. } => !kept,
                Output::Transmit { .. } => !kept && is_intent,
                _ => false,
            };
            kept = (left_out || self.perform(output)) && kept;
        }
        kept
    }

    /// Whether the disk took it.
    fn perform(&mut self, output: Output) -> bool {
        match output {
            Output::Connect => self.wants_connect = true,
            Output::Transmit { text } => {
                if let Ok(ClientMessage::Send { txn_id, .. }) = serde_json::from_str(&text) {
                    assert!(self.disk.contains_key(&txn_id), "a command is on disk before it is on the wire");
                }
                let is_read = matches!(serde_json::from_str(&text), Ok(ClientMessage::Read { .. }));
                self.read_frames += usize::from(is_read);
                if self.open {
                    self.up.push_back(text);
                }
            }
            Output::Disconnect => self.hang_up(),
            Output::Persist { .. } if self.disk_dead => return false,
            Output::Persist { op: PersistOp::Put { .. } } if self.disk_full || self.room == Some(0) => {
                return false;
            }
            Output::Persist { op: PersistOp::Put { message } } => {
                self.room = self.room.map(|room| room - 1);
                drop(self.disk.insert(message.txn_id, message));
            }
            Output::Persist { op: PersistOp::Remove { txn_id } } => drop(self.disk.remove(&txn_id)),
            Output::View { update: ViewUpdate::Timeline { patches } } => {
                patches.into_iter().for_each(|patch| patch.apply(&mut self.drawn));
            }
            Output::View { update } => self.views.push(update),
            Output::Signal { from, signal } => self.signals.push((from, signal)),
            Output::DirectFiles { files } => self.direct_files.push(files),
        }
        true
    }

    fn hang_up(&mut self) {
        self.open = false;
        self.live = false;
        self.half_open = false;
        self.up.clear();
        self.down.clear();
    }

    fn push_down(&mut self, message: &ServerMessage) {
        self.down.push_back(serde_json::to_string(message).unwrap());
    }

    /// The portal said welcome and nothing broke since.
    fn greeted(&self) -> bool {
        let last = self.views.iter().rev().find_map(|view| match view {
            ViewUpdate::Connection { state } => Some(state),
            _ => None,
        });
        matches!(last, Some(ConnectionState::Online { .. } | ConnectionState::Ended))
    }

    fn is_settled(&self, head: Seq) -> bool {
        self.greeted()
            && self.client.head() == head
            && self.client.pending() == 0
            && self.up.is_empty()
            && self.down.is_empty()
    }
}

/// Devices, their portal, and the time. Most tests know the first device only: what is said of the world is said of it.
pub(crate) struct World {
    pub(crate) portal: Portal,
    pub(crate) devices: Vec<Device>,
    pub(crate) now: Millis,
    seed: u64,
    pub(crate) steps: u32,
}

impl Deref for World {
    type Target = Device;
    fn deref(&self) -> &Device {
        &self.devices[0]
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut Device {
        &mut self.devices[0]
    }
}

impl World {
    /// One device of [`ME`].
    pub(crate) fn new(seed: u64) -> Self {
        Self::with(seed, &[ME])
    }

    /// A device for each of `owners`.
    pub(crate) fn with(seed: u64, owners: &[ParticipantId]) -> Self {
        let mut world =
            Self { portal: Portal::new(), devices: Vec::new(), now: Millis(0), seed: seed | 1, steps: 0 };
        for owner in owners {
            world.add(*owner);
        }
        world
    }

    /// Another device; its index.
    pub(crate) fn add(&mut self, owner: ParticipantId) -> usize {
        self.devices.push(Device::new(owner));
        let index = self.devices.len() - 1;
        self.input_of(index, Input::Start);
        index
    }

    /// xorshift64: the world's own randomness, the same for the same seed.
    pub(crate) fn random(&mut self) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed
    }

    pub(crate) fn input(&mut self, input: Input) {
        self.input_of(0, input);
    }

    pub(crate) fn input_of(&mut self, device: usize, input: Input) {
        let mut random = [0; 16];
        random[..8].copy_from_slice(&self.random().to_le_bytes());
        random[8..].copy_from_slice(&self.random().to_le_bytes());
        self.steps += 1;
        let now = self.now;
        let device = &mut self.devices[device];
        let is_intent = matches!(input, Input::Intent { .. });
        let outputs = device.client.handle(input, Context { now, random });
        if !device.perform_all(outputs, is_intent) && is_intent {
            let outputs = device.client.handle(Input::NotKept, Context { now, random });
            device.perform_all(outputs, false);
        }
        assert_eq!(device.drawn, device.client.timeline().items(), "patches alone draw the rows");
    }

    pub(crate) fn intent(&mut self, intent: Intent) {
        self.input(Input::Intent { intent });
    }

    pub(crate) fn intent_of(&mut self, device: usize, intent: Intent) {
        self.input_of(device, Input::Intent { intent });
    }

    pub(crate) fn post(&mut self, text: &str) {
        self.intent(post(text));
    }

    /// The other side says something; whoever is connected hears it.
    pub(crate) fn hear(&mut self, body: EventBody) {
        let seq = self.portal.append(OTHER, None, body);
        self.publish(seq);
    }

    fn publish(&mut self, seq: Seq) {
        let entries = self.portal.entries(seq - 1, seq);
        for device in self.devices.iter_mut().filter(|device| device.live) {
            device.push_down(&ServerMessage::Log { entries: entries.clone() });
        }
    }

    pub(crate) fn push_down(&mut self, message: &ServerMessage) {
        self.devices[0].push_down(message);
    }

    /// The line breaks: what was on its way is lost, on both sides.
    pub(crate) fn cut(&mut self) {
        self.cut_of(0);
    }

    pub(crate) fn cut_of(&mut self, device: usize) {
        let line = &mut self.devices[device];
        line.half_open = false;
        if line.open {
            line.hang_up();
            self.input_of(device, Input::Disconnected);
        }
    }

    /// The app is killed and started again: only the disk remains.
    pub(crate) fn restart(&mut self) {
        self.restart_of(0);
    }

    pub(crate) fn restart_of(&mut self, device: usize) {
        let killed = &mut self.devices[device];
        killed.hang_up();
        killed.drawn.clear();
        killed.wants_connect = false;
        killed.client = Session::new(killed.disk.values().cloned().collect());
        self.input_of(device, Input::Start);
    }

    /// One thing happens: a frame moves, a connection opens, or time goes on to the next wake. `false` = nothing to do.
    pub(crate) fn step(&mut self) -> bool {
        let count = self.devices.len();
        let start = if count == 1 { 0 } else { usize::try_from(self.random() % count as u64).unwrap() };
        for offset in 0..count {
            if self.move_one((start + offset) % count) {
                return true;
            }
        }
        let Some(wake) = self.devices.iter().filter_map(|device| device.client.next_wake()).min() else {
            return false;
        };
        self.now = self.now.max(wake);
        for device in 0..count {
            if self.devices[device].client.next_wake().is_some_and(|wake| wake <= self.now) {
                self.input_of(device, Input::Tick);
            }
        }
        true
    }

    fn move_one(&mut self, index: usize) -> bool {
        let device = &mut self.devices[index];
        if std::mem::take(&mut device.wants_connect) {
            device.open = device.reachable;
            let input = if device.reachable { Input::Connected } else { Input::Disconnected };
            self.input_of(index, input);
        } else if let Some(text) = device.up.pop_front() {
            if !device.half_open {
                self.reaches_portal(index, &text);
            }
        } else if let Some(text) = device.down.pop_front() {
            if !device.half_open {
                self.input_of(index, Input::Received { text });
            }
        } else {
            return false;
        }
        true
    }

    fn reaches_portal(&mut self, index: usize, text: &str) {
        let message: ClientMessage = serde_json::from_str(text).unwrap();
        let hello = matches!(message, ClientMessage::Hello { .. });
        let Said { answer, live, read } = self.portal.take(self.devices[index].owner, message);
        let device = &mut self.devices[index];
        answer.iter().for_each(|answer| device.push_down(answer));
        device.live |= hello;
        if let Some(seq) = live {
            self.publish(seq);
        }
        if let Some(mark) = read {
            for device in self.devices.iter_mut().filter(|device| device.live) {
                device.push_down(&ServerMessage::Read { marks: vec![mark] });
            }
        }
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

    /// Everything is said and heard.
    pub(crate) fn settle(&mut self) {
        for device in 0..self.devices.len() {
            self.devices[device].reachable = true;
            // A stream has no holes: what was swallowed can only be followed by the end of that connection.
            if std::mem::take(&mut self.devices[device].half_open) {
                self.cut_of(device);
            }
        }
        self.run(600_000, |world| {
            let head = world.portal.head();
            world.devices.iter().all(|device| device.is_settled(head))
        });
    }
}

pub(crate) fn post(text: &str) -> Intent {
    Intent::Post {
        text: text.into(),
        reply_to: None,
        attachments: Vec::new(),
        mentions: Vec::new(),
        private: false,
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
