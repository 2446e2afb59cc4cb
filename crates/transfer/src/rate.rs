//! How fast it goes, over the last seconds.

use std::collections::VecDeque;

/// Milliseconds that a rate looks back: long enough to be calm, short enough to follow.
const LOOKS_BACK: u64 = 5_000;
const SAMPLE_EVERY: u64 = 250;
/// Less says nothing.
const LEAST: u64 = 500;

#[derive(Debug, Clone, Default)]
pub(crate) struct Rate(VecDeque<(u64, u64)>);

impl Rate {
    /// At `now` (ms), `done` bytes were done.
    pub(crate) fn note(&mut self, now: u64, done: u64) {
        if self.0.back().is_some_and(|(_, before)| *before > done) {
            self.0.clear();
        }
        if self.0.back().is_none_or(|(at, _)| now >= at + SAMPLE_EVERY) {
            self.0.push_back((now, done));
        }
        // One older than that stays: it is where the span begins.
        while self.0.get(1).is_some_and(|(at, _)| at + LOOKS_BACK <= now) {
            self.0.pop_front();
        }
    }

    pub(crate) fn is_kept(&self) -> bool {
        !self.0.is_empty()
    }

    /// It does not go: what was before says nothing about what comes.
    pub(crate) fn stop(&mut self) {
        self.0.clear();
    }

    /// Bytes per second.
    pub(crate) fn per_second(&self, now: u64, done: u64) -> u64 {
        let Some((at, before)) = self.0.front() else { return 0 };
        let (millis, bytes) = (now.saturating_sub(*at), done.saturating_sub(*before));
        if millis < LEAST {
            return 0;
        }
        u64::try_from(u128::from(bytes) * 1000 / u128::from(millis)).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_what_happens() {
        let mut rate = Rate::default();
        assert_eq!(rate.per_second(0, 0), 0);
        for at in 0..=100 {
            rate.note(at * 100, at * 1000);
        }
        assert_eq!(rate.per_second(10_000, 100_000), 10_000);
        for at in 101..=160 {
            rate.note(at * 100, 100_000);
        }
        assert_eq!(rate.per_second(16_000, 100_000), 0, "nothing came for six seconds");
        rate.stop();
        assert_eq!(rate.per_second(16_000, 200_000), 0);
    }
}
