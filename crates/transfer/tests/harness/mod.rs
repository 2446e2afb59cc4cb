//! Two links in virtual time, joined by emulated lines, with disks and sources that can fail.
#![allow(dead_code, reason = "each test binary uses its part")]

mod end;

use std::collections::BTreeMap;

use bytes::Bytes;
use deskside_proto::{AttachmentId, ParticipantId};
use deskside_transfer::{Input, LaneKind, Output};
pub(crate) use end::{End, content};

pub(crate) const MIB: u64 = 1 << 20;
/// Bytes of content each link may hold in each direction.
pub(crate) const WINDOW: u64 = 4 * MIB;

pub(crate) fn id(n: u8) -> AttachmentId {
    AttachmentId([n; 16])
}

pub(crate) fn person(n: u8) -> ParticipantId {
    ParticipantId([n; 16])
}

/// A line between both ends.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) kind: LaneKind,
    pub(crate) rank: u8,
    pub(crate) max_message: usize,
    /// Milliseconds one way.
    pub(crate) delay: u64,
    /// Bytes per millisecond, each way.
    pub(crate) speed: u64,
    /// Bytes its sender takes before they went out.
    pub(crate) buffer: usize,
}

impl Line {
    pub(crate) fn webrtc() -> Self {
        Self {
            kind: LaneKind::Webrtc,
            rank: 2,
            max_message: 64 << 10,
            delay: 20,
            speed: 5_000,
            buffer: 1 << 20,
        }
    }

    pub(crate) fn quic() -> Self {
        Self { kind: LaneKind::Quic, rank: 3, max_message: 256 << 10, speed: 20_000, ..Self::webrtc() }
    }

    pub(crate) fn relay() -> Self {
        Self { kind: LaneKind::Relay, rank: 1, max_message: 32 << 10, speed: 1_000, ..Self::webrtc() }
    }
}

#[derive(Debug)]
struct Wire {
    line: Line,
    /// Swallows everything without a word.
    silent: bool,
    free: [usize; 2],
    busy_until: [u64; 2],
    /// Content bytes that went out on it.
    carried: u64,
}

#[derive(Debug)]
enum Event {
    Deliver {
        wire: u32,
        to: usize,
        bytes: Bytes,
    },
    Drained {
        wire: u32,
        at: usize,
        len: usize,
    },
    /// An answer of a driver; void after a restart.
    Answer {
        at: usize,
        run: u64,
        input: Input,
    },
}

pub(crate) struct World {
    pub(crate) now: u64,
    pub(crate) ends: [End; 2],
    wires: BTreeMap<u32, Wire>,
    next_wire: u32,
    events: BTreeMap<(u64, u64), Event>,
    next_event: u64,
    /// Put up a new line of the same kind so many milliseconds after a link asked for it.
    pub(crate) replaces: bool,
    pub(crate) alarms: Vec<(u64, Output)>,
    /// The most bytes in memory at either end.
    pub(crate) memory: u64,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            now: 1_000,
            ends: [End::new(0), End::new(1)],
            wires: BTreeMap::new(),
            next_wire: 0,
            events: BTreeMap::new(),
            next_event: 0,
            replaces: false,
            alarms: Vec::new(),
            memory: 0,
        }
    }

    pub(crate) fn with_line(line: Line) -> Self {
        let mut world = Self::new();
        world.up(line);
        world
    }

    pub(crate) fn up(&mut self, line: Line) -> u32 {
        let wire = self.next_wire;
        self.next_wire += 1;
        let free_bytes = line.buffer;
        for at in 0..2 {
            let (kind, max_message, rank) = (line.kind, line.max_message, line.rank);
            self.input(at, Input::CarrierUp { carrier: wire, kind, max_message, rank });
            self.input(at, Input::Writable { carrier: wire, free_bytes });
        }
        let wire_state = Wire { line, silent: false, free: [free_bytes; 2], busy_until: [0; 2], carried: 0 };
        self.wires.insert(wire, wire_state);
        self.pump();
        wire
    }

    pub(crate) fn down(&mut self, wire: u32) {
        if self.wires.remove(&wire).is_some() {
            for at in 0..2 {
                self.input(at, Input::CarrierDown { carrier: wire });
            }
            self.pump();
        }
    }

    pub(crate) fn down_all(&mut self) {
        for wire in self.lines() {
            self.down(wire);
        }
    }

    pub(crate) fn lines(&self) -> Vec<u32> {
        self.wires.keys().copied().collect()
    }

    pub(crate) fn silence(&mut self, wire: u32) {
        if let Some(wire) = self.wires.get_mut(&wire) {
            wire.silent = true;
        }
    }

    /// Bytes that a line carried.
    pub(crate) fn carried(&self, wire: u32) -> u64 {
        self.wires.get(&wire).map_or(0, |wire| wire.carried)
    }

    fn input(&mut self, at: usize, input: Input) {
        self.ends[at].link.handle(self.now, input);
    }

    /// What a person or a driver says.
    pub(crate) fn say(&mut self, at: usize, input: Input) {
        self.input(at, input);
        self.pump();
    }

    /// The app ends and starts again; disks and journals stay, lines do not.
    pub(crate) fn restart(&mut self, at: usize) {
        self.down_all();
        self.ends[at].restart();
        for input in self.ends[at].asked_again() {
            self.input(at, input);
        }
        self.pump();
    }

    fn later(&mut self, after: u64, event: Event) {
        self.next_event += 1;
        self.events.insert((self.now + after, self.next_event), event);
    }

    /// Does everything both links want done now.
    pub(crate) fn pump(&mut self) {
        loop {
            let mut any = false;
            for at in 0..2 {
                while let Some(output) = self.ends[at].link.poll_output() {
                    any = true;
                    self.output(at, output);
                }
                self.memory = self.memory.max(self.ends[at].link.stats().memory);
            }
            if !any {
                return;
            }
        }
    }

    fn output(&mut self, at: usize, output: Output) {
        match output {
            Output::Send { carrier, bytes } => self.send(at, carrier, bytes),
            Output::Stalled { .. } => self.alarms.push((self.now, output)),
            Output::Replace { carrier } => {
                self.alarms.push((self.now, output));
                if self.replaces
                    && let Some(line) = self.wires.get(&carrier).map(|wire| wire.line.clone())
                {
                    self.down(carrier);
                    self.up(line);
                }
            }
            other => {
                if let Some((after, input)) = self.ends[at].output(self.now, other) {
                    let run = self.ends[at].run;
                    self.later(after, Event::Answer { at, run, input });
                }
            }
        }
    }

    fn send(&mut self, at: usize, id: u32, bytes: Bytes) {
        let now = self.now;
        let Some(wire) = self.wires.get_mut(&id) else { return };
        let len = bytes.len();
        assert!(len <= wire.line.max_message, "{len} bytes in one message");
        assert!(len <= wire.free[at], "{len} bytes where {} are free", wire.free[at]);
        wire.free[at] -= len;
        wire.carried += len as u64;
        if wire.silent {
            return;
        }
        let out = wire.busy_until[at].max(now * 1000) + (len as u64 * 1000).div_ceil(wire.line.speed);
        wire.busy_until[at] = out;
        let (out, delay) = (out.div_ceil(1000) - now, wire.line.delay);
        self.later(out, Event::Drained { wire: id, at, len });
        self.later(out + delay, Event::Deliver { wire: id, to: 1 - at, bytes });
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Deliver { wire, to, bytes } => {
                if self.wires.get(&wire).is_some_and(|wire| !wire.silent) {
                    self.input(to, Input::Received { carrier: wire, bytes });
                }
            }
            Event::Drained { wire: id, at, len } => {
                if let Some(wire) = self.wires.get_mut(&id) {
                    wire.free[at] += len;
                    let free_bytes = wire.free[at];
                    self.input(at, Input::Writable { carrier: id, free_bytes });
                }
            }
            Event::Answer { at, run, input } => {
                if self.ends[at].run == run {
                    self.ends[at].answered(&input);
                    self.input(at, input);
                }
            }
        }
    }

    /// Lives until `done` holds, at most `millis`; says whether it does.
    pub(crate) fn run(&mut self, millis: u64, done: impl Fn(&Self) -> bool) -> bool {
        let end = self.now + millis;
        self.pump();
        while !done(self) {
            let event = self.events.first_key_value().map(|((at, _), _)| *at);
            let deadlines = self.ends.iter().filter_map(|end| end.link.next_deadline());
            let next = deadlines.chain(event).min().unwrap_or(end).max(self.now);
            if next >= end {
                self.now = end;
                return done(self);
            }
            // A deadline that is not met by what is done at it would stop time.
            let ticks = event != Some(next);
            self.now = next;
            while self.events.first_key_value().is_some_and(|((at, _), _)| *at <= self.now) {
                let Some((_, event)) = self.events.pop_first() else { break };
                self.event(event);
            }
            if ticks {
                for at in 0..2 {
                    self.input(at, Input::Tick);
                }
            }
            self.pump();
            if ticks && self.ends.iter().any(|end| end.link.next_deadline().is_some_and(|at| at <= self.now))
            {
                panic!("a deadline at {} stays", self.now);
            }
        }
        true
    }

    pub(crate) fn wait(&mut self, millis: u64) {
        self.run(millis, |_| false);
    }

    pub(crate) fn both_over(&self) -> bool {
        self.ends.iter().all(End::all_over)
    }
}
