//! How many WebRTC connections at once. One alone gets 0.1–0.5 of a long or lossy line (Reno-style loss control, a window of 1 MiB),
//! and more of them add up; on a short line one fills it, and more only take the processor's time.
//!
//! The stack tells neither loss nor round trips, so the rate itself decides: another connection stays while it brings something.

/// Connections at once, at most.
pub(super) const CONNECTIONS_MAX: usize = 6;
/// Between one step and the next: what a connection brings shows only once its window has grown.
const STEP_MS: u64 = 2_000;
/// After a connection that brought nothing.
const REST_MS: u64 = 60_000;
/// Bytes per second and connection from which on the processor is the limit, not the line.
const FAST: u64 = 40_000_000;
/// What another connection has to bring, in percent of what there was.
const GAIN_PERCENT: u64 = 110;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Add,
    /// Close the newest.
    Remove,
}

#[derive(Debug, Default)]
pub(super) struct Growth {
    /// When the current step began, and how many bytes had passed by then.
    from: Option<(u64, u64)>,
    /// Rate before the newest connection came, bytes per second.
    before: Option<u64>,
    rest_until: u64,
}

impl Growth {
    /// `bytes` have passed both ways over `connections` until `now` (milliseconds). While nothing is `moving`, nothing is learnt.
    pub(super) fn step(&mut self, now: u64, bytes: u64, connections: usize, moving: bool) -> Option<Step> {
        if !moving || connections == 0 {
            *self = Self { rest_until: self.rest_until, ..Self::default() };
            return None;
        }
        let Some((since, had)) = self.from else {
            self.from = Some((now, bytes));
            return None;
        };
        let passed = now.saturating_sub(since);
        if passed < STEP_MS {
            return None;
        }
        let rate = bytes.saturating_sub(had).saturating_mul(1_000) / passed.max(1);
        self.from = Some((now, bytes));
        let before = self.before.take();
        if let Some(before) = before
            && connections > 1
            && rate.saturating_mul(100) < before.saturating_mul(GAIN_PERCENT)
        {
            self.rest_until = now + REST_MS;
            return Some(Step::Remove);
        }
        if now < self.rest_until || connections >= CONNECTIONS_MAX || rate / connections as u64 > FAST {
            return None;
        }
        self.before = Some(rate);
        Some(Step::Add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Z20: six connections where each brings its share, two looks and one back where the line is full.
    #[test]
    fn connections_come_while_they_help() {
        let run = |rate_of: fn(usize) -> u64| {
            let (mut growth, mut connections, mut bytes, mut most) = (Growth::default(), 1, 0, 1);
            for now in (0..60_000).step_by(500) {
                match growth.step(now, bytes, connections, true) {
                    Some(Step::Add) => connections += 1,
                    Some(Step::Remove) => connections -= 1,
                    None => {}
                }
                most = most.max(connections);
                bytes += rate_of(connections) / 2;
            }
            (connections, most)
        };
        assert_eq!(run(|n| n as u64 * 500_000), (6, 6));
        assert_eq!(run(|_| 12_000_000), (1, 2));
        assert_eq!(run(|n| 12_000_000.min(n as u64 * 6_000_000)), (2, 3));
        assert_eq!(run(|_| 200_000_000), (1, 1));
    }
}
