//! How fast one connection may talk, and how often it may say what was read.

use std::time::Duration;

use deskside_proto::{
    Seq,
    limits::{SIGNALS_AT_ONCE, SIGNALS_PER_SECOND},
};
use tokio::time::{Instant, sleep_until};

/// Frames of one connection in the long run: 50 a second, far more than a person makes.
const EVERY: Duration = Duration::from_millis(20);
/// Frames that may come at once: an outbox after a long time offline.
const BURST: u32 = 400;
/// Read positions are written at most this often for one connection.
const READ_EVERY: Duration = Duration::from_secs(1);

/// A leaky bucket (GCRA, ITU-T I.371) that never refuses: who is too fast is not read from for a moment.
#[derive(Debug)]
pub(super) struct Pace {
    /// Between two frames, in the long run.
    every: Duration,
    /// Frames that may come at once.
    burst: u32,
    /// When the bucket would be empty.
    empty_at: Instant,
    /// Nothing is read before; `None` as long as the client was never too fast, so that nobody has to look at the clock.
    wait_until: Option<Instant>,
}

impl Pace {
    /// Of all frames.
    pub(super) fn new(now: Instant) -> Self {
        Self { every: EVERY, burst: BURST, empty_at: now, wait_until: None }
    }

    /// Of signals to others.
    pub(super) fn of_signals(now: Instant) -> Self {
        Self { every: Duration::from_secs(1) / SIGNALS_PER_SECOND, burst: SIGNALS_AT_ONCE, ..Self::new(now) }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.wait_until.is_none()
    }

    /// Ends when it is ready again. Safe to cancel.
    pub(super) async fn ready(&mut self) {
        if let Some(until) = self.wait_until {
            wait(until).await;
        }
        self.wait_until = None;
    }

    /// A frame came.
    pub(super) fn count(&mut self, now: Instant) {
        self.empty_at = self.empty_at.max(now) + self.every;
        let ready_at = self.empty_at.checked_sub(self.every * self.burst);
        self.wait_until = ready_at.filter(|ready_at| *ready_at > now);
    }
}

/// A timer is there only while somebody waits: it is a large part of what a silent connection holds.
async fn wait(until: Instant) {
    Box::pin(sleep_until(until)).await;
}

/// Keeps the newest read position until it may be written.
#[derive(Debug, Default)]
pub(super) struct ReadGate {
    wanted: Option<Seq>,
    written: Seq,
    next: Option<Instant>,
}

impl ReadGate {
    pub(super) fn want(&mut self, seq: Seq) {
        if seq > self.written {
            self.wanted = Some(self.wanted.map_or(seq, |wanted| wanted.max(seq)));
        }
    }

    /// The position to be written, as soon as it may be. Safe to cancel.
    pub(super) async fn due(&mut self) -> Seq {
        let Some(seq) = self.wanted else { return std::future::pending().await };
        if let Some(next) = self.next {
            wait(next).await;
        }
        self.wanted = None;
        self.written = seq;
        self.next = Some(Instant::now() + READ_EVERY);
        seq
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_read_at_once_and_a_flood_is_slowed_down() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        for _ in 0..BURST {
            assert!(pace.is_ready());
            pace.count(Instant::now());
        }
        for _ in 0..300 {
            pace.ready().await;
            pace.count(Instant::now());
        }
        let took = start.elapsed();
        assert!(took >= EVERY * 299 && took <= EVERY * 301, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn read_positions_are_coalesced() {
        let mut gate = ReadGate::default();
        let start = Instant::now();
        gate.want(3);
        assert_eq!((gate.due().await, start.elapsed()), (3, Duration::ZERO), "the first at once");
        for seq in [4, 9, 7, 2] {
            gate.want(seq);
        }
        assert_eq!((gate.due().await, start.elapsed()), (9, READ_EVERY), "the newest a second later");
        gate.want(9);
        let nothing = tokio::time::timeout(READ_EVERY * 5, gate.due()).await;
        assert!(nothing.is_err(), "known already");
    }
}
