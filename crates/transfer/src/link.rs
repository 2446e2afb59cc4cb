//! Everything between this endpoint and one endpoint of a peer.

mod local;
mod sending;

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use deskside_proto::AttachmentId;

use crate::{
    BrokenRule, CarrierId, Input, LinkConfig, Manifest, Output, RelayedWhy, Side, TransferFailure,
    TransferState, TransferView,
    carrier::{Alarm, Carrier, Greeting},
    common::{Effects, Reach},
    control::Control,
    frame::{Frame, Frames, Hello, MESSAGE_MAX, Message, MessageWriter, Named, Offer, Piece, VERSION},
    incoming::Incoming,
    lanes::{self, Lanes, WINDOW_BLOCKS},
    outgoing::Outgoing,
};
use sending::Sending;

/// Bytes of content in memory for each direction: at 100 ms there and back still 80 MB/s. With this a link takes 16 MiB at most,
/// and 24 MiB whatever the peer does.
pub const WINDOW_DEFAULT: u64 = 8 << 20;
/// Bytes of the smallest message a carrier has to take.
pub const MESSAGE_MIN: usize = 20 << 10;
/// Transfers that a peer may have open towards us.
const OFFERS_MAX: usize = 64;
/// Milliseconds without any carrier after which the peer counts as unreachable.
const UNREACHABLE_AFTER: u64 = 20_000;
/// Bytes of the smallest window: two blocks, so that one can travel while the other is written.
const WINDOW_LEAST: u64 = 2 << 20;

/// What a link has done, for tests and logs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Bytes of content sent, those sent again included.
    pub content_sent: u64,
    /// Bytes of content that came, those that had come before included.
    pub content_received: u64,
    /// Bytes of content that came though they had come before, or were not wanted any more.
    pub content_received_again: u64,
    /// Bytes in memory now: blocks of both directions and messages not acknowledged; without manifests.
    pub memory: u64,
}

/// An offer that nobody accepted here yet.
#[derive(Debug, Clone, Copy)]
struct Pending {
    offer: Offer,
    paused: bool,
}

/// The state machine. Give it inputs as they happen; after each, take outputs until there are none, and come back with
/// [`Input::Tick`] at the deadline at the latest. `now` is in milliseconds of any clock that does not run backwards.
#[derive(Debug)]
pub struct Link {
    config: LinkConfig,
    now: u64,
    outputs: VecDeque<Output>,
    lanes: Lanes,
    control: Control,
    sending: Sending,
    incoming: BTreeMap<AttachmentId, Incoming>,
    /// By attachment.
    pending: BTreeMap<AttachmentId, Pending>,
    /// The peer's handles of what is open.
    handles: BTreeMap<u32, AttachmentId>,
    last_handle: u32,
    peer: Option<u64>,
    code: Option<String>,
    relayed_why: Option<RelayedWhy>,
    reach: Reach,
    stats: Stats,
    broken: bool,
    /// Something happened since the last look at everything.
    dirty: bool,
}

impl Link {
    #[must_use]
    pub fn new(config: LinkConfig) -> Self {
        let window = config.window_bytes.max(WINDOW_LEAST);
        Self {
            config: LinkConfig { window_bytes: window, ..config },
            now: 0,
            outputs: VecDeque::new(),
            lanes: Lanes::default(),
            control: Control::default(),
            sending: Sending { window, ..Sending::default() },
            incoming: BTreeMap::new(),
            pending: BTreeMap::new(),
            handles: BTreeMap::new(),
            last_handle: 0,
            peer: None,
            code: None,
            relayed_why: None,
            reach: Reach::Connecting,
            stats: Stats::default(),
            broken: false,
            dirty: false,
        }
    }

    /// Takes one input. After [`Output::Broken`] none has any effect.
    pub fn handle(&mut self, now: u64, input: Input) {
        self.now = self.now.max(now);
        if self.broken {
            return;
        }
        self.dirty = true;
        let result = match input {
            Input::CarrierUp { carrier, kind, max_message, rank } => {
                self.carrier_down(carrier);
                self.lanes.up(Carrier::new(carrier, kind, max_message, rank));
                Ok(())
            }
            Input::CarrierDown { carrier } => {
                self.carrier_down(carrier);
                Ok(())
            }
            Input::Writable { carrier, free_bytes } => {
                if let Some(carrier) = self.lanes.get(carrier) {
                    carrier.free = free_bytes;
                }
                Ok(())
            }
            Input::Received { carrier, bytes } => self.received(carrier, bytes),
            other => self.local(other),
        };
        if let Err(rule) = result.and_then(|()| self.control.check()) {
            self.give_up(rule);
        }
    }

    fn fx<'a>(now: u64, outputs: &'a mut VecDeque<Output>, control: &'a mut Control) -> Effects<'a> {
        Effects { now, outputs, control }
    }

    fn carrier_down(&mut self, id: CarrierId) {
        let lost = self.lanes.down(id);
        self.sending.lost(&lost);
    }

    fn received(&mut self, id: CarrierId, bytes: Bytes) -> Result<(), BrokenRule> {
        if bytes.len() > MESSAGE_MAX {
            return Err(BrokenRule::Unreadable);
        }
        let len = bytes.len();
        let mut owed = false;
        for frame in Frames::new(bytes) {
            let Some(carrier) = self.lanes.get(id) else { return Ok(()) };
            let frame = frame.map_err(|_| BrokenRule::Unreadable)?;
            if carrier.greeting == Greeting::Obsolete {
                return Ok(());
            }
            if carrier.greeting == Greeting::Awaited && !matches!(frame, Frame::Hello(_) | Frame::Broken) {
                // The carrier lost its beginning (a WebRTC stack drops what comes before it knows the channel): it is of no use,
                // and the peer sends again over another what it loses with this one.
                carrier.greeting = Greeting::Obsolete;
                self.outputs.push_back(Output::Replace { carrier: id });
                return Ok(());
            }
            owed |= !matches!(frame, Frame::Ack(_));
            self.frame(id, frame)?;
        }
        let now = self.now;
        if let Some(carrier) = self.lanes.get(id) {
            carrier.received(now, len, owed);
        }
        Ok(())
    }

    fn frame(&mut self, id: CarrierId, frame: Frame) -> Result<(), BrokenRule> {
        match frame {
            Frame::Hello(hello) => self.hello(id, &hello),
            Frame::Ack(ack) => {
                let now = self.now;
                if let Some(carrier) = self.lanes.get(id) {
                    let arrived = carrier.acknowledged(now, ack.bytes)?;
                    self.sending.arrived(&arrived);
                }
                self.control.ack(ack.message)?;
                let acked = self.control.acked();
                self.sending.reserved.retain(|(number, _)| *number > acked);
                Ok(())
            }
            Frame::Message { number, message } => self.numbered(number, message),
            Frame::Piece(piece) => self.piece(piece),
            Frame::Broken => Err(BrokenRule::ToldByPeer),
        }
    }

    fn hello(&mut self, id: CarrierId, hello: &Hello) -> Result<(), BrokenRule> {
        let Some(carrier) = self.lanes.get(id) else { return Ok(()) };
        lanes::greeted(carrier, hello)?;
        match self.peer {
            Some(known) if known > hello.incarnation => carrier.greeting = Greeting::Obsolete,
            Some(known) if known < hello.incarnation => self.peer_began_anew(hello.incarnation),
            Some(_) => {}
            None => self.peer = Some(hello.incarnation),
        }
        self.sending.window = self.config.window_bytes.min(hello.window.max(WINDOW_LEAST));
        Ok(())
    }

    /// Everything that both sides agreed on is void; what is verified here stays.
    fn peer_began_anew(&mut self, incarnation: u64) {
        self.peer = Some(incarnation);
        self.lanes.outdate(incarnation);
        self.control.reset();
        self.pending.clear();
        self.handles.clear();
        self.last_handle = 0;
        self.incoming.values_mut().for_each(Incoming::peer_reset);
        self.sending.peer_reset();
    }

    fn numbered(&mut self, number: u64, message: Message) -> Result<(), BrokenRule> {
        if number <= self.control.taken {
            return Ok(());
        }
        if number != self.control.taken + 1 {
            return Err(BrokenRule::Order);
        }
        self.control.taken = number;
        match &message {
            Message::Offer(offer) => self.offered(*offer),
            Message::Unknown => Ok(()),
            Message::List { handle, .. }
            | Message::Ask { handle, .. }
            | Message::Digest { handle, .. }
            | Message::Stall { handle, .. } => self.for_incoming(*handle, message),
            Message::Wanted { handle }
            | Message::Begin { handle, .. }
            | Message::Verified { handle, .. }
            | Message::Hold { handle, .. }
            | Message::Have { handle, .. }
            | Message::Stored { handle, .. } => self.for_outgoing(*handle, message),
            Message::Pause { of, .. } | Message::Cancel { of } | Message::Fail { of, .. } => match *of {
                Named { mine: true, handle } => self.for_incoming(handle, message),
                Named { mine: false, handle } => self.for_outgoing(handle, message),
            },
        }
    }

    fn for_outgoing(&mut self, handle: u32, message: Message) -> Result<(), BrokenRule> {
        if handle == 0 || handle > self.sending.last_handle {
            return Err(BrokenRule::UnknownTransfer);
        }
        let mut fx = Self::fx(self.now, &mut self.outputs, &mut self.control);
        match self.sending.by_handle(handle) {
            Some(outgoing) if outgoing.common.over.is_none() => outgoing.message(message, &mut fx),
            // It ended here before that came.
            _ => Ok(()),
        }
    }

    fn for_incoming(&mut self, handle: u32, message: Message) -> Result<(), BrokenRule> {
        if handle == 0 || handle > self.last_handle {
            return Err(BrokenRule::UnknownTransfer);
        }
        let Some(attachment) = self.handles.get(&handle).copied() else { return Ok(()) };
        let over = matches!(message, Message::Cancel { .. } | Message::Fail { .. });
        if over {
            self.handles.remove(&handle);
        }
        if let Some(pending) = self.pending.get_mut(&attachment) {
            match message {
                Message::Pause { on, .. } => pending.paused = on,
                Message::Cancel { .. } | Message::Fail { .. } => {
                    self.pending.remove(&attachment);
                }
                Message::Digest { .. } | Message::Stall { .. } => {}
                _ => return Err(BrokenRule::State),
            }
            return Ok(());
        }
        let mut fx = Self::fx(self.now, &mut self.outputs, &mut self.control);
        match self.incoming.get_mut(&attachment) {
            Some(incoming) if incoming.common.over.is_none() => incoming.message(message, &mut fx),
            _ => Ok(()),
        }
    }

    fn offered(&mut self, offer: Offer) -> Result<(), BrokenRule> {
        let open = self.handles.values().any(|attachment| *attachment == offer.attachment);
        if offer.handle <= self.last_handle || open || self.handles.len() >= OFFERS_MAX {
            return Err(BrokenRule::Offers);
        }
        self.last_handle = offer.handle;
        let mut fx = Self::fx(self.now, &mut self.outputs, &mut self.control);
        if let Some(incoming) = self.incoming.get_mut(&offer.attachment) {
            match incoming.common.over {
                None => {
                    self.handles.insert(offer.handle, offer.attachment);
                    return incoming.offered(offer, false, &mut fx);
                }
                // Cancelled before it was offered, or stored before the sender began anew: it has to know.
                Some(TransferState::Cancelled { by: Side::You }) => {
                    let of = Named { mine: false, handle: offer.handle };
                    fx.control.push(Message::Cancel { of });
                    return Ok(());
                }
                Some(TransferState::Done) => {
                    incoming.common.handle = Some(offer.handle);
                    incoming.tell_stored(&mut fx);
                    return Ok(());
                }
                Some(_) => {}
            }
        }
        self.handles.insert(offer.handle, offer.attachment);
        self.pending.insert(offer.attachment, Pending { offer, paused: false });
        Ok(())
    }

    fn piece(&mut self, piece: Piece) -> Result<(), BrokenRule> {
        self.stats.content_received += piece.bytes.len() as u64;
        if piece.handle == 0 || piece.handle > self.last_handle {
            return Err(BrokenRule::UnknownTransfer);
        }
        let held: u64 = self.incoming.values().map(|incoming| incoming.held).sum();
        let blocks: usize = self.incoming.values().map(Incoming::blocks).sum();
        let full = blocks >= WINDOW_BLOCKS as usize;
        // A peer that began anew knows nothing of what is still being written: twice the window is the limit.
        let room = if full { 0 } else { (2 * self.config.window_bytes).saturating_sub(held) };
        let attachment = self.handles.get(&piece.handle);
        let Some(incoming) = attachment.and_then(|attachment| self.incoming.get_mut(attachment)) else {
            // It ended here before that came. Of what was never accepted, nothing may come.
            let pending = attachment.is_some_and(|attachment| self.pending.contains_key(attachment));
            self.stats.content_received_again += piece.bytes.len() as u64;
            return if pending { Err(BrokenRule::State) } else { Ok(()) };
        };
        let mut fx = Self::fx(self.now, &mut self.outputs, &mut self.control);
        self.stats.content_received_again += incoming.piece(piece, room, &mut fx)?;
        Ok(())
    }

    fn give_up(&mut self, rule: BrokenRule) {
        if rule != BrokenRule::ToldByPeer {
            let mut out = MessageWriter::default();
            out.frame(&Frame::Broken);
            let bytes = out.done();
            for carrier in self.lanes.with_room(bytes.len()) {
                self.outputs.push_back(Output::Send { carrier, bytes: bytes.clone() });
            }
        }
        let state = TransferState::Failed { failure: TransferFailure::PeerBrokeRules };
        let mut fx = Self::fx(self.now, &mut self.outputs, &mut self.control);
        for outgoing in self.sending.outgoing.values_mut() {
            outgoing.end(state, &mut fx);
        }
        for incoming in self.incoming.values_mut() {
            incoming.end(state, &mut fx);
        }
        self.lanes.clear();
        self.pending.clear();
        self.control.reset();
        self.broken = true;
        self.outputs.push_back(Output::Broken { rule });
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        if self.broken {
            return None;
        }
        if std::mem::take(&mut self.dirty) {
            self.work();
            if let Some(output) = self.outputs.pop_front() {
                return Some(output);
            }
        }
        let hello = Hello {
            version: VERSION,
            incarnation: self.config.incarnation,
            window: self.config.window_bytes,
            window_blocks: WINDOW_BLOCKS,
        };
        let message = self.lanes.next_message(self.now, hello, &mut self.control, &mut self.sending);
        let (carrier, bytes) = message?;
        // A greeting may have been what a carrier waited for.
        self.dirty = !self.lanes.has_control();
        Some(Output::Send { carrier, bytes })
    }

    /// Everything that follows from what happened, but sending.
    fn work(&mut self) {
        self.watch();
        let mut fx = Self::fx(self.now, &mut self.outputs, &mut self.control);
        let reach = self.reach;
        self.sending.offer_waiting(&mut fx);
        for outgoing in self.sending.outgoing.values_mut() {
            outgoing.work(&mut fx);
            let (done, begun) = (outgoing.done(), outgoing.wanted());
            let moving = outgoing.common.state(begun, reach) == TransferState::Moving;
            outgoing.common.tell(done, moving, &mut fx);
        }
        for incoming in self.incoming.values_mut() {
            incoming.work(&mut fx);
            let (done, begun) = (incoming.done(), incoming.begun());
            let moving = incoming.common.state(begun, reach) == TransferState::Moving;
            incoming.common.tell(done, moving, &mut fx);
        }
        // What is over needs no handle: what comes under it is ignored.
        let over = |attachment: &AttachmentId| {
            self.incoming.get(attachment).is_some_and(|incoming| incoming.common.over.is_some())
        };
        self.handles.retain(|_, attachment| self.pending.contains_key(attachment) || !over(attachment));
        self.sending.read_ahead(&mut self.outputs);
        self.lanes.choose_control(&mut self.control);
    }

    /// Carriers that stalled, and whether the peer can be reached.
    fn watch(&mut self) {
        let (alarms, lost) = self.lanes.watch(self.now);
        for (carrier, alarm) in alarms {
            self.outputs.push_back(match alarm {
                Alarm::Stalled => Output::Stalled { carrier },
                Alarm::Replace => Output::Replace { carrier },
            });
        }
        self.sending.lost(&lost);
        let reach = if self.lanes.is_connected() {
            self.lanes.lost_at = None;
            Reach::Ready
        } else {
            let lost_at = *self.lanes.lost_at.get_or_insert(self.now);
            if self.now >= lost_at + UNREACHABLE_AFTER { Reach::Unreachable } else { Reach::Connecting }
        };
        if reach != self.reach {
            self.reach = reach;
            self.all_changed();
        }
    }

    pub(crate) fn all_changed(&mut self) {
        self.sending.outgoing.values_mut().for_each(|outgoing| outgoing.common.changed());
        self.incoming.values_mut().for_each(|incoming| incoming.common.changed());
    }

    /// When to come with [`Input::Tick`], unless something else comes first.
    #[must_use]
    pub fn next_deadline(&self) -> Option<u64> {
        if self.broken {
            return None;
        }
        let waits = self.sending.outgoing.len() + self.incoming.len() > 0;
        let unreachable = (waits && self.reach == Reach::Connecting).then_some(self.lanes.lost_at).flatten();
        let outgoing = self.sending.outgoing.values().filter_map(Outgoing::deadline);
        let incoming = self.incoming.values().filter_map(Incoming::deadline);
        let others = [unreachable.map(|at| at + UNREACHABLE_AFTER), self.lanes.deadline()];
        outgoing.chain(incoming).chain(others.into_iter().flatten()).min()
    }

    /// One for each attachment offered or accepted here and not forgotten.
    #[must_use]
    pub fn views(&self) -> Vec<TransferView> {
        let outgoing = self.sending.outgoing.values().map(|outgoing| {
            let state = outgoing.common.state(outgoing.wanted(), self.reach);
            outgoing.common.view(self.config.peer, self.now, outgoing.done(), state)
        });
        let incoming = self.incoming.values().map(|incoming| {
            let state = incoming.common.state(incoming.begun(), self.reach);
            incoming.common.view(self.config.peer, self.now, incoming.done(), state)
        });
        let lane = self.lanes.kind();
        let whole = outgoing.chain(incoming).map(|view| TransferView {
            lane: lane.filter(|_| !view.state.is_over()),
            relayed_why: self.relayed_why.filter(|_| lane == Some(crate::LaneKind::Relay)),
            code: self.code.clone(),
            ..view
        });
        whole.collect()
    }

    #[must_use]
    pub fn view(&self, attachment: AttachmentId) -> Option<TransferView> {
        self.views().into_iter().find(|view| view.attachment == attachment)
    }

    /// What an attachment holds; a receiver knows it from [`Output::Prepare`] on.
    #[must_use]
    pub fn manifest(&self, attachment: AttachmentId) -> Option<&Manifest> {
        let outgoing = self.sending.outgoing.get(&attachment).map(|outgoing| &*outgoing.manifest);
        outgoing.or_else(|| self.incoming.get(&attachment)?.manifest())
    }

    /// Whether anything is to be sent or received: a driver that looks for carriers does so while this holds.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        let outgoing = self.sending.outgoing.values().any(|outgoing| outgoing.common.over.is_none());
        outgoing || self.incoming.values().any(|incoming| incoming.common.over.is_none())
    }

    #[must_use]
    pub fn stats(&self) -> Stats {
        let incoming: u64 = self.incoming.values().map(|incoming| incoming.held).sum();
        let memory = self.sending.held() + incoming + self.control.memory();
        Stats { content_sent: self.sending.sent, memory, ..self.stats }
    }
}
