//! Messages that have to arrive: numbered over all carriers, kept until acknowledged, sent again where a carrier was lost.

use std::collections::VecDeque;

use crate::{BrokenRule, frame::Message};

/// Bytes of messages that wait for an acknowledgement, at most. An honest peer acknowledges within a round trip.
const QUEUE_MAX: usize = 4 << 20;
/// So many waiting, and what can wait (lists, verified blocks) does.
const BUSY: usize = 64;
/// Bytes a message takes in memory besides its ranges.
const MESSAGE_COST: usize = 128;

#[derive(Debug, Default)]
pub(crate) struct Control {
    queue: VecDeque<Message>,
    cost: usize,
    /// Acknowledged; the queue's first message is the next number.
    acked: u64,
    /// How many of the queue were sent on the present carrier.
    sent: usize,
    /// Number of the last message taken from the peer.
    pub(crate) taken: u64,
}

impl Control {
    pub(crate) fn push(&mut self, message: Message) {
        self.cost += cost(&message);
        self.queue.push_back(message);
    }

    /// Number that the next message gets.
    pub(crate) fn next_number(&self) -> u64 {
        self.acked + self.queue.len() as u64 + 1
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.queue.len() >= BUSY
    }

    pub(crate) fn memory(&self) -> u64 {
        self.cost as u64
    }

    pub(crate) fn acked(&self) -> u64 {
        self.acked
    }

    /// # Errors
    /// Where the peer lets messages pile up.
    pub(crate) fn check(&self) -> Result<(), BrokenRule> {
        if self.cost > QUEUE_MAX { Err(BrokenRule::NeverAcknowledges) } else { Ok(()) }
    }

    /// The next to send on the present carrier.
    pub(crate) fn peek(&self) -> Option<(u64, &Message)> {
        self.queue.get(self.sent).map(|message| (self.acked + self.sent as u64 + 1, message))
    }

    pub(crate) fn sent(&mut self) {
        self.sent += 1;
    }

    /// From now on another carrier: everything not acknowledged goes there.
    pub(crate) fn rewind(&mut self) {
        self.sent = 0;
    }

    /// # Errors
    /// Where the peer acknowledges what was not sent.
    pub(crate) fn ack(&mut self, number: u64) -> Result<(), BrokenRule> {
        if number >= self.next_number() {
            return Err(BrokenRule::Acknowledged);
        }
        while self.acked < number {
            if let Some(message) = self.queue.pop_front() {
                self.cost -= cost(&message);
            }
            self.acked += 1;
            self.sent = self.sent.saturating_sub(1);
        }
        Ok(())
    }

    /// The peer began anew.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }
}

/// Lists are slices of the manifest, which is counted there.
fn cost(message: &Message) -> usize {
    let ranges = match message {
        Message::Ask { blocks, .. } | Message::Verified { blocks, .. } => blocks.iter().count(),
        Message::Begin { verified, .. } => verified.iter().count(),
        Message::Have { bytes, .. } => bytes.iter().count(),
        _ => 0,
    };
    MESSAGE_COST + 16 * ranges
}
