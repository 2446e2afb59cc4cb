//! All carriers of a link: which one takes what, and what they say.

use bytes::Bytes;

use crate::{
    BrokenRule, CarrierId, LaneKind,
    carrier::{ACK_MAX, Alarm, Carrier, Greeting, Sent},
    control::Control,
    frame::{Ack, Frame, Hello, MessageWriter, PIECE_OVERHEAD, Piece, VERSION},
};

/// Blocks that may be open in each direction: with small files, so many are on their way at once.
pub(crate) const WINDOW_BLOCKS: u32 = 1024;
/// Bytes that a greeting takes, at most.
const HELLO_MAX: usize = 64;
/// Bytes of content for which starting another piece is worth it.
const PIECE_WORTH: usize = 1024;
/// Bytes of a numbered message besides itself, at most, and room for an acknowledgement.
const MESSAGE_OVERHEAD: usize = 16 + ACK_MAX;

#[derive(Debug, Default)]
pub(crate) struct Lanes {
    carriers: Vec<Carrier>,
    /// Where messages go.
    control: Option<CarrierId>,
    /// Since when nothing connects us (ms).
    pub(crate) lost_at: Option<u64>,
}

/// What a message can be filled with.
pub(crate) trait Source {
    /// A piece with at most `room` bytes of content.
    fn next_piece(&mut self, room: usize) -> Option<(Piece, Sent)>;
}

impl Lanes {
    pub(crate) fn up(&mut self, carrier: Carrier) {
        self.carriers.retain(|known| known.id != carrier.id);
        self.carriers.push(carrier);
    }

    /// What was on its way on a carrier that is gone.
    pub(crate) fn down(&mut self, id: CarrierId) -> Vec<Sent> {
        let Some(at) = self.carriers.iter().position(|carrier| carrier.id == id) else { return Vec::new() };
        self.carriers.remove(at).give_up()
    }

    pub(crate) fn get(&mut self, id: CarrierId) -> Option<&mut Carrier> {
        self.carriers.iter_mut().find(|carrier| carrier.id == id)
    }

    /// Those that take `len` bytes more.
    pub(crate) fn with_room(&self, len: usize) -> Vec<CarrierId> {
        self.carriers.iter().filter(|carrier| carrier.free >= len).map(|carrier| carrier.id).collect()
    }

    /// Messages have somewhere to go.
    pub(crate) fn has_control(&self) -> bool {
        self.control.is_some()
    }

    pub(crate) fn clear(&mut self) {
        self.carriers.clear();
        self.control = None;
    }

    /// Carriers of earlier incarnations of the peer mean nothing any more.
    pub(crate) fn outdate(&mut self, incarnation: u64) {
        for carrier in &mut self.carriers {
            if carrier.greeting == Greeting::Done && carrier.incarnation != incarnation {
                carrier.greeting = Greeting::Obsolete;
                carrier.give_up();
            }
        }
        self.control = None;
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.carriers.iter().any(Carrier::is_ready)
    }

    /// What carries content now: the best that works, or the best there is.
    pub(crate) fn kind(&self) -> Option<LaneKind> {
        let ready = self.carriers.iter().filter(|carrier| carrier.is_ready());
        ready.max_by_key(|carrier| (!carrier.stalled, carrier.rank)).map(|carrier| carrier.kind)
    }

    /// The rank that carries content; none while every carrier has stalled.
    fn content_rank(&self) -> Option<u8> {
        let working = self.carriers.iter().filter(|carrier| carrier.is_ready() && !carrier.stalled);
        working.map(|carrier| carrier.rank).max()
    }

    /// Chooses where messages go; on another carrier, all that are not acknowledged go again.
    pub(crate) fn choose_control(&mut self, control: &mut Control) {
        let best = self.carriers.iter().filter(|carrier| carrier.is_ready());
        // Of equals, the one that has them already.
        let present = self.control;
        let best = best
            .max_by_key(|carrier| (!carrier.stalled, carrier.rank, Some(carrier.id) == present, carrier.id));
        let best = best.map(|carrier| carrier.id);
        if best != self.control {
            self.control = best;
            control.rewind();
        }
    }

    /// Stalls: what they say, and what may be lost on those to be replaced.
    pub(crate) fn watch(&mut self, now: u64) -> (Vec<(CarrierId, Alarm)>, Vec<Sent>) {
        let (mut alarms, mut lost) = (Vec::new(), Vec::new());
        for carrier in &mut self.carriers {
            if let Some(alarm) = carrier.watch(now) {
                alarms.push((carrier.id, alarm));
                if alarm == Alarm::Replace {
                    lost.extend(carrier.doubt());
                }
            }
        }
        (alarms, lost)
    }

    pub(crate) fn deadline(&self) -> Option<u64> {
        self.carriers.iter().filter_map(Carrier::deadline).min()
    }

    /// The next message, on whichever carrier takes one.
    pub(crate) fn next_message(
        &mut self,
        now: u64,
        hello: Hello,
        control: &mut Control,
        source: &mut impl Source,
    ) -> Option<(CarrierId, Bytes)> {
        let (content_rank, messages_to) = (self.content_rank(), self.control);
        self.carriers.iter_mut().find_map(|carrier| {
            if !carrier.greeted {
                return greet(carrier, now, hello);
            }
            if !carrier.is_ready() {
                return None;
            }
            let mut out = MessageWriter::default();
            if messages_to == Some(carrier.id) {
                put_messages(carrier, control, &mut out);
            }
            let takes_content = content_rank == Some(carrier.rank) && !carrier.stalled;
            let content = if takes_content { put_pieces(carrier, source, &mut out) } else { Vec::new() };
            let owes = !out.is_empty();
            put_ack(carrier, now, control.taken, &mut out);
            if out.is_empty() {
                return None;
            }
            let message = out.done();
            carrier.sent(now, message.len(), owes, content);
            Some((carrier.id, message))
        })
    }
}

fn greet(carrier: &mut Carrier, now: u64, hello: Hello) -> Option<(CarrierId, Bytes)> {
    if carrier.free < HELLO_MAX {
        return None;
    }
    let mut out = MessageWriter::default();
    out.frame(&Frame::Hello(hello));
    let message = out.done();
    carrier.greeted = true;
    carrier.sent(now, message.len(), true, Vec::new());
    Some((carrier.id, message))
}

fn put_messages(carrier: &Carrier, control: &mut Control, out: &mut MessageWriter) {
    while let Some((number, message)) = control.peek() {
        let encoded = crate::message::write(message);
        if out.len() + encoded.len() + MESSAGE_OVERHEAD > carrier.control_room() {
            return;
        }
        out.message(number, &encoded);
        control.sent();
    }
}

fn put_pieces(carrier: &Carrier, source: &mut impl Source, out: &mut MessageWriter) -> Vec<Sent> {
    let mut content = Vec::new();
    if !carrier.takes_content() {
        return content;
    }
    let limit = carrier.message_room().saturating_sub(ACK_MAX);
    while limit.saturating_sub(out.len()) >= PIECE_OVERHEAD + PIECE_WORTH {
        let Some((piece, sent)) = source.next_piece(limit - out.len() - PIECE_OVERHEAD) else { break };
        if out.is_empty() {
            out.reserve(piece.bytes.len() + PIECE_OVERHEAD + ACK_MAX);
        }
        out.frame(&Frame::Piece(piece));
        content.push(sent);
    }
    content
}

fn put_ack(carrier: &mut Carrier, now: u64, taken: u64, out: &mut MessageWriter) {
    if carrier.control_room() < out.len() + ACK_MAX {
        return;
    }
    if let Some(bytes) = carrier.ack_due(now, !out.is_empty()) {
        out.frame(&Frame::Ack(Ack { bytes, message: taken }));
        carrier.ack_told();
    }
}

/// # Errors
/// Where the greeting is none, or comes twice.
pub(crate) fn greeted(carrier: &mut Carrier, hello: &Hello) -> Result<(), BrokenRule> {
    if carrier.greeting != Greeting::Awaited || hello.version < VERSION {
        return Err(BrokenRule::Greeting);
    }
    carrier.greeting = Greeting::Done;
    carrier.incarnation = hello.incarnation;
    Ok(())
}
