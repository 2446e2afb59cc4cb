//! One carrier: what is on its way, how fast it goes, and whether it still does.

use std::collections::VecDeque;

use crate::{BrokenRule, CarrierId, LaneKind, frame::MESSAGE_MAX};

/// Milliseconds without any acknowledgement, while one is owed, after which a carrier has stalled.
const STALLED_AFTER: u64 = 2_500;
/// The same after which it is to be replaced.
const REPLACE_AFTER: u64 = 5_000;
/// Milliseconds that an acknowledgement may wait for something to travel with.
const ACK_DELAY: u64 = 20;
/// Bytes that came without being acknowledged, at most.
const ACK_BYTES: u64 = 128 << 10;
/// Bytes that an acknowledgement takes, at most.
pub(crate) const ACK_MAX: usize = 32;
/// Bytes on their way while nothing is known of a carrier's speed.
const FLIGHT_LEAST: u64 = 256 << 10;
/// Bytes of a message likewise: on 10 kB/s still acknowledged in time.
const MESSAGE_LEAST: usize = 16 << 10;
/// Milliseconds over which speed is measured.
const SLOT: u64 = 200;

/// Where content on its way belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) handle: u32,
    pub(crate) round: u32,
    pub(crate) block: u64,
    pub(crate) from: u32,
    pub(crate) to: u32,
}

#[derive(Debug)]
struct Flight {
    /// Bytes sent on the carrier up to the end of this message.
    end: u64,
    content: Vec<Sent>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Greeting {
    Awaited,
    Done,
    /// Of an earlier incarnation of the peer, or without its beginning: whatever comes here means nothing any more.
    Obsolete,
}

/// What the watchdog says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alarm {
    Stalled,
    Replace,
}

#[derive(Debug)]
pub(crate) struct Carrier {
    pub(crate) id: CarrierId,
    pub(crate) kind: LaneKind,
    pub(crate) rank: u8,
    pub(crate) free: usize,
    pub(crate) greeted: bool,
    pub(crate) greeting: Greeting,
    /// The peer's, once it greeted.
    pub(crate) incarnation: u64,
    pub(crate) stalled: bool,
    max_message: usize,
    sent: u64,
    acked: u64,
    flights: VecDeque<Flight>,
    received: u64,
    received_told: u64,
    ack_at: Option<u64>,
    progress_at: u64,
    slot_at: u64,
    slot_bytes: u64,
    /// Bytes per second.
    rate: u64,
}

impl Carrier {
    pub(crate) fn new(id: CarrierId, kind: LaneKind, max_message: usize, rank: u8) -> Self {
        Self {
            id,
            kind,
            rank,
            free: 0,
            greeted: false,
            greeting: Greeting::Awaited,
            incarnation: 0,
            stalled: false,
            max_message: max_message.clamp(crate::MESSAGE_MIN, MESSAGE_MAX),
            sent: 0,
            acked: 0,
            flights: VecDeque::new(),
            received: 0,
            received_told: 0,
            ack_at: None,
            progress_at: 0,
            slot_at: 0,
            slot_bytes: 0,
            rate: 0,
        }
    }

    /// Both sides have greeted.
    pub(crate) fn is_ready(&self) -> bool {
        self.greeted && self.greeting == Greeting::Done
    }

    /// Bytes of the next message, at most; messages are small where they take long.
    pub(crate) fn message_room(&self) -> usize {
        let quarter_second = usize::try_from(self.rate / 4).unwrap_or(usize::MAX);
        self.max_message.min(MESSAGE_LEAST.max(quarter_second)).min(self.free)
    }

    /// Bytes of a message that is not content, at most.
    pub(crate) fn control_room(&self) -> usize {
        self.max_message.min(self.free)
    }

    /// Room for more content: two seconds' worth, so that what matters is never far behind.
    pub(crate) fn takes_content(&self) -> bool {
        let on_the_way = self.flights.back().map_or(0, |flight| flight.end - self.acked);
        on_the_way < FLIGHT_LEAST.max(self.rate.saturating_mul(2))
    }

    /// `owes`: the peer has to acknowledge it.
    pub(crate) fn sent(&mut self, now: u64, len: usize, owes: bool, content: Vec<Sent>) {
        self.free = self.free.saturating_sub(len);
        self.sent += len as u64;
        if !owes {
            return;
        }
        if self.flights.is_empty() {
            // A lane that is fast enough is empty all the time; one that rested is measured anew.
            if now >= self.progress_at + SLOT / 4 {
                self.slot_at = now;
                self.slot_bytes = 0;
            }
            self.progress_at = now;
        }
        self.flights.push_back(Flight { end: self.sent, content });
    }

    pub(crate) fn received(&mut self, now: u64, len: usize, owed: bool) {
        self.received += len as u64;
        if owed {
            let full = self.received - self.received_told >= ACK_BYTES;
            let at = if full { now } else { now + ACK_DELAY };
            self.ack_at = Some(self.ack_at.map_or(at, |before| before.min(at)));
        }
    }

    /// Bytes to acknowledge now, where anything is owed; `with`: something else travels anyway.
    pub(crate) fn ack_due(&self, now: u64, with: bool) -> Option<u64> {
        self.ack_at.filter(|at| with || *at <= now).map(|_| self.received)
    }

    pub(crate) fn ack_told(&mut self) {
        self.ack_at = None;
        self.received_told = self.received;
    }

    /// The content that arrived, where the peer has received `bytes`.
    ///
    /// # Errors
    /// Where that many were never sent.
    pub(crate) fn acknowledged(&mut self, now: u64, bytes: u64) -> Result<Vec<Sent>, BrokenRule> {
        if bytes > self.sent {
            return Err(BrokenRule::Acknowledged);
        }
        if bytes <= self.acked {
            return Ok(Vec::new());
        }
        self.measure(now, bytes - self.acked);
        self.acked = bytes;
        self.progress_at = now;
        self.stalled = false;
        let mut content = Vec::new();
        while let Some(flight) = self.flights.pop_front_if(|flight| flight.end <= bytes) {
            content.extend(flight.content);
        }
        Ok(content)
    }

    /// The fastest of late, so that a moment without work does not count.
    fn measure(&mut self, now: u64, bytes: u64) {
        self.slot_bytes += bytes;
        let millis = now.saturating_sub(self.slot_at);
        if millis >= SLOT {
            let measured = self.slot_bytes.saturating_mul(1000) / millis;
            self.rate = measured.max(self.rate - self.rate / 8);
            self.slot_at = now;
            self.slot_bytes = 0;
        }
    }

    /// Takes what is on its way back: it may be lost.
    pub(crate) fn give_up(&mut self) -> Vec<Sent> {
        self.flights.drain(..).flat_map(|flight| flight.content).collect()
    }

    /// The same while the carrier stays: it may still arrive.
    pub(crate) fn doubt(&mut self) -> Vec<Sent> {
        self.flights.iter_mut().flat_map(|flight| std::mem::take(&mut flight.content)).collect()
    }

    pub(crate) fn watch(&mut self, now: u64) -> Option<Alarm> {
        if self.watch_at()? > now {
            return None;
        }
        if !self.stalled {
            self.stalled = true;
            return Some(Alarm::Stalled);
        }
        // Again after as long, where the driver has not.
        self.progress_at = now;
        Some(Alarm::Replace)
    }

    fn watch_at(&self) -> Option<u64> {
        let after = if self.stalled { REPLACE_AFTER } else { STALLED_AFTER };
        (!self.flights.is_empty()).then(|| self.progress_at + after)
    }

    /// When to look again (ms).
    pub(crate) fn deadline(&self) -> Option<u64> {
        [self.watch_at(), self.ack_at.filter(|_| self.is_ready() && self.free >= ACK_MAX)]
            .into_iter()
            .flatten()
            .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carrier() -> Carrier {
        let mut carrier = Carrier::new(0, LaneKind::Quic, 256 << 10, 1);
        carrier.free = 1 << 30;
        carrier
    }

    /// One that takes everything at once is never seen busy; its messages grow nevertheless.
    #[test]
    fn fast_lanes_get_large_messages() {
        let mut carrier = carrier();
        assert_eq!(carrier.message_room(), MESSAGE_LEAST);
        let mut sent = 0;
        for now in 0..1_000 {
            for _ in 0..8 {
                carrier.sent(now, MESSAGE_LEAST, true, Vec::new());
                sent += MESSAGE_LEAST as u64;
                assert!(carrier.acknowledged(now, sent).is_ok());
            }
        }
        assert_eq!(carrier.message_room(), 256 << 10);
        assert!(carrier.rate > 100_000_000, "{}", carrier.rate);
    }

    /// On 20 kB/s a message takes less than a second, and rests between them count for nothing.
    #[test]
    fn slow_lanes_get_small_messages() {
        let mut carrier = carrier();
        let mut sent = 0;
        for round in 0..20 {
            let now = round * 10_000;
            for part in 0..3 {
                carrier.sent(now, MESSAGE_LEAST, true, Vec::new());
                sent += MESSAGE_LEAST as u64;
                assert_eq!(carrier.watch(now + part * 800), None);
                assert!(carrier.acknowledged(now + (part + 1) * 800, sent).is_ok());
            }
        }
        assert_eq!(carrier.message_room(), MESSAGE_LEAST);
        assert!((15_000..30_000).contains(&carrier.rate), "{}", carrier.rate);
    }
}
