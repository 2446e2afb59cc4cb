//! The actor's lanes: what it opens, mends and closes.

use deskside_proto::{PeerCapabilities, SignalBody};
use deskside_transfer::{CarrierId, Input, LaneKind, meeting::Role};

use super::{
    actor::Actor,
    attempt::{Attempt, Context, Control, Event, Way},
    carrier::Carrier,
    growth::{CONNECTIONS_MAX, Step},
    routes::{Do, Lanes, Now, Possible},
};
use crate::lane::{LaneError, quic::peer_addresses, udp::same_network, webrtc::Signal};

/// Connections that a peer may offer at once: those it may have, and some that replace them.
const OFFERS_MAX: usize = CONNECTIONS_MAX + 2;
/// Candidates kept for offers that have not come.
const EARLY_MAX: usize = 64;

impl Actor {
    pub(super) fn possible(&self, theirs: &PeerCapabilities) -> Possible {
        let config = &self.settings.config;
        Possible {
            webrtc: config.lanes.webrtc,
            quic: config.lanes.quic && theirs.quic,
            relay: config.lanes.relay && config.relay.is_some() && theirs.relay,
            initiator: self.settings.role == Role::Initiator,
        }
    }

    /// How the lanes stand.
    pub(super) fn lanes(&self) -> Lanes {
        let mut lanes = Lanes::default();
        for (slot, attempt) in &self.attempts {
            let of_kind = match attempt.way {
                Way::Webrtc { .. } => &mut lanes.webrtc,
                Way::Quic => &mut lanes.quic,
                Way::Relay => &mut lanes.relay,
            };
            *of_kind = match (*of_kind, self.carriers.get(slot)) {
                (Now::Up(since), Some(carrier)) => Now::Up(since.min(carrier.since)),
                (up @ Now::Up(_), None) => up,
                (_, Some(carrier)) => Now::Up(carrier.since),
                (_, None) => Now::Trying,
            };
        }
        lanes
    }

    fn context(&self) -> Option<Context> {
        let peer = self.met.as_ref()?.peer.clone();
        let (settings, events) = (self.settings.clone(), self.events.0.clone());
        Some(Context { settings, peer, neighbour: self.neighbour, events })
    }

    pub(super) fn open_what_is_due(&mut self, now: u64) {
        if !self.may_try() {
            return;
        }
        let Some(routes) = &self.routes else { return };
        for due in routes.due(now, &self.lanes()) {
            match due {
                Do::Open(LaneKind::Webrtc) => self.offer(),
                Do::Open(LaneKind::Quic) => self.try_way(Context::quic),
                Do::Open(LaneKind::Relay) => {
                    self.say(SignalBody::Relay);
                    self.try_way(Context::relay);
                }
                Do::CloseRelay => {
                    for slot in self.slots(|way| way == Way::Relay) {
                        self.take_down(slot);
                    }
                }
            }
        }
    }

    fn slots(&self, is: impl Fn(Way) -> bool) -> Vec<CarrierId> {
        self.attempts.iter().filter(|(_, attempt)| is(attempt.way)).map(|(slot, _)| *slot).collect()
    }

    fn slot(&mut self) -> CarrierId {
        self.next_slot += 1;
        self.next_slot
    }

    /// Numbers never meet: the initiator's are odd, the responder's even.
    fn offer(&mut self) {
        let Some(context) = self.context() else { return };
        self.next_link += 2;
        let link = self.next_link - u32::from(self.settings.role == Role::Initiator);
        let slot = self.slot();
        self.attempts.insert(slot, context.webrtc(slot, link, None));
    }

    fn try_way(&mut self, start: impl FnOnce(Context, CarrierId) -> Attempt) {
        let Some(context) = self.context() else { return };
        let slot = self.slot();
        self.attempts.insert(slot, start(context, slot));
    }

    pub(super) fn route_signal(&mut self, body: SignalBody) {
        if self.met.is_none() {
            return;
        }
        match body {
            SignalBody::Offer { link, sdp } => self.offered(link, sdp),
            SignalBody::Answer { link, sdp } => self.hear(link, Signal::Answer(sdp)),
            SignalBody::Candidate { link, candidate } => {
                if self.of_link(link).is_some() {
                    self.hear(link, Signal::Candidate(candidate));
                } else if self.early.len() < EARLY_MAX {
                    self.early.push_back((link, candidate));
                }
            }
            SignalBody::Quic { addresses } => self.quic_at(&addresses),
            SignalBody::Relay => {
                let now = self.now();
                if let Some(routes) = &mut self.routes {
                    routes.relay_wanted(now);
                }
            }
            _ => {}
        }
    }

    fn of_link(&self, link: u32) -> Option<CarrierId> {
        self.slots(|way| way == Way::Webrtc { link }).first().copied()
    }

    fn hear(&self, link: u32, signal: Signal) {
        if let Some(attempt) = self.of_link(link).and_then(|slot| self.attempts.get(&slot)) {
            attempt.tell(Control::Hear(signal));
        }
    }

    fn offered(&mut self, link: u32, sdp: String) {
        if self.of_link(link).is_some() {
            return self.hear(link, Signal::Offer(sdp));
        }
        let open = self.slots(|way| matches!(way, Way::Webrtc { .. })).len();
        if !self.settings.config.lanes.webrtc || open >= OFFERS_MAX {
            return;
        }
        let Some(context) = self.context() else { return };
        let slot = self.slot();
        let attempt = context.webrtc(slot, link, Some(sdp));
        for (of, candidate) in std::mem::take(&mut self.early) {
            if of == link {
                attempt.tell(Control::Hear(Signal::Candidate(candidate)));
            } else {
                self.early.push_back((of, candidate));
            }
        }
        self.attempts.insert(slot, attempt);
    }

    /// The initiator's addresses begin a round, the responder's answer them.
    fn quic_at(&mut self, addresses: &[String]) {
        let theirs = peer_addresses(addresses, self.settings.config.seams.loopback);
        self.neighbour |= same_network(theirs.iter().copied());
        if !self.settings.config.lanes.quic {
            return;
        }
        let open = self.slots(|way| way == Way::Quic);
        if self.settings.role == Role::Responder {
            for slot in open {
                self.take_down(slot);
            }
            self.try_way(Context::quic);
        }
        for slot in self.slots(|way| way == Way::Quic) {
            if let Some(attempt) = self.attempts.get(&slot) {
                attempt.tell(Control::Addresses(theirs.clone()));
            }
        }
    }

    pub(super) fn event(&mut self, event: Event) {
        match event {
            Event::Signal(body) => {
                if let SignalBody::Candidate { candidate, .. } = &body {
                    self.mapped |= candidate.contains("typ srflx");
                }
                self.say(body);
            }
            Event::Silent { slot } => self.mend_lane(slot),
            // Whether UDP is blocked cannot be known then.
            Event::NoServers => self.mapped = true,
            Event::Up { slot, lane } => {
                if self.attempts.contains_key(&slot) && !self.broken {
                    self.lane_up(slot, lane);
                }
            }
            Event::Room { slot } => {
                if let Some(free_bytes) = self.carriers.get(&slot).map(Carrier::free) {
                    self.feed(Input::Writable { carrier: slot, free_bytes });
                }
            }
            Event::Ended { slot, error } => self.lane_ended(slot, &error),
        }
    }

    fn lane_up(&mut self, slot: CarrierId, lane: std::sync::Arc<dyn crate::lane::Lane>) {
        let max_message = lane.max_message();
        let carrier = Carrier::start(slot, lane, self.now(), self.messages.0.clone(), self.events.0.clone());
        let (kind, rank, free_bytes) = (carrier.kind, carrier.rank(), carrier.free());
        tracing::info!(?kind, slot, "a lane is up");
        self.carriers.insert(slot, carrier);
        if let Some(routes) = &mut self.routes {
            routes.up(kind);
        }
        self.feed(Input::CarrierUp { carrier: slot, kind, max_message, rank });
        self.feed(Input::Writable { carrier: slot, free_bytes });
        self.tell_facts();
    }

    fn lane_ended(&mut self, slot: CarrierId, error: &LaneError) {
        let Some(attempt) = self.attempts.get(&slot) else { return };
        let kind = kind(attempt.way);
        tracing::info!(?kind, slot, %error, "a lane has ended");
        let was_up = self.carriers.contains_key(&slot);
        self.take_down(slot);
        let now = self.now();
        if !was_up && let Some(routes) = &mut self.routes {
            routes.failed(kind, now);
        }
    }

    /// Closes a lane or gives an attempt up.
    fn take_down(&mut self, slot: CarrierId) {
        if let Some(input) = self.remove(slot) {
            self.feed(input);
            self.tell_facts();
        }
    }

    fn remove(&mut self, slot: CarrierId) -> Option<Input> {
        self.attempts.remove(&slot);
        let carrier = self.carriers.remove(&slot)?;
        let (peer, stats) = (self.settings.peer, carrier.stats());
        self.settings.shared.board.lane(peer, self.incarnation, slot, carrier.kind, stats);
        if carrier.kind == LaneKind::Webrtc {
            self.past_bytes += bytes_of(&carrier);
        }
        let (now, lanes) = (self.now(), self.lanes());
        if let Some(routes) = &mut self.routes {
            routes.lost(carrier.kind, now, &lanes);
        }
        Some(Input::CarrierDown { carrier: slot })
    }

    /// Nothing was acknowledged for a while: an ICE restart mends a short outage, and a change of network.
    pub(super) fn mend_lane(&self, slot: CarrierId) {
        if let Some(attempt) = self.attempts.get(&slot)
            && let Way::Webrtc { link } = attempt.way
            && self.is_ours(link)
            && self.portal
        {
            attempt.tell(Control::Restart);
        }
    }

    /// Only who offered a connection offers it again.
    fn is_ours(&self, link: u32) -> bool {
        (link % 2 == 1) == (self.settings.role == Role::Initiator)
    }

    /// A restart did not help: SCTP's timer may have backed off to a minute, so another connection comes in its place.
    pub(super) fn replace_lane(&mut self, slot: CarrierId) -> Option<Input> {
        let way = self.attempts.get(&slot).map(|attempt| attempt.way)?;
        let down = self.remove(slot);
        if matches!(way, Way::Webrtc { .. }) && self.portal && self.lanes().webrtc == Now::Nothing {
            self.offer();
        }
        down
    }

    /// More connections while they help; the initiator alone decides.
    pub(super) fn grow(&mut self, now: u64) {
        let up = self.slots(|way| matches!(way, Way::Webrtc { .. }));
        let carried = |slot: &CarrierId| Some((*slot, bytes_of(self.carriers.get(slot)?)));
        let open: Vec<_> = up.iter().filter_map(carried).collect();
        let best = !self.carriers.values().any(|carrier| carrier.kind == LaneKind::Quic);
        if self.settings.role == Role::Responder || !best || open.len() < up.len() {
            return;
        }
        match self.growth.step(now, &open, self.past_bytes, self.moving && self.portal) {
            Some(step @ Step::Add(more)) => {
                tracing::debug!(?step, "connections");
                (0..more).for_each(|_| self.offer());
            }
            Some(step @ Step::Remove(fewer)) => {
                tracing::debug!(?step, "connections");
                for (newest, _) in open.iter().rev().take(fewer) {
                    self.take_down(*newest);
                }
            }
            None => {}
        }
    }
}

fn kind(way: Way) -> LaneKind {
    match way {
        Way::Webrtc { .. } => LaneKind::Webrtc,
        Way::Quic => LaneKind::Quic,
        Way::Relay => LaneKind::Relay,
    }
}

/// Both ways.
fn bytes_of(carrier: &Carrier) -> u64 {
    let stats = carrier.stats();
    stats.bytes_sent + stats.bytes_received
}
