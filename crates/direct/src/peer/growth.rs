//! How many WebRTC connections at once. One alone gets 0.1–0.5 of a long or lossy line (Reno-style loss control, a window of 1 MiB),
//! and more of them add up; on a short line one fills it, and more only take the processor's time.
//!
//! The stack tells neither loss nor round trips, so the rate itself decides: more connections stay while they bring something. Loss is
//! seen by silence: a lost end costs a second (SCTP's RTO.Min), and where that happens again and again all there may be come at once.

use std::collections::BTreeMap;

use deskside_transfer::CarrierId;

/// Connections at once, at most.
pub(super) const CONNECTIONS_MAX: usize = 6;
/// Between one look and the next, with the same connections: what they bring shows only once their windows have grown.
const STEP_MS: u64 = 2_000;
/// After a try that brought nothing, the first time and later.
const REST_FIRST_MS: u64 = 15_000;
const REST_MS: u64 = 60_000;
/// No byte for so long is a lost end, and so many of these a lossy line.
const SILENCE_MS: u64 = 800;
const SILENCES: u32 = 2;
/// Bytes per second and connection from which on one is enough: a browser's processor is the limit there, or a line of 100 Mbit/s.
const FAST: u64 = 12_000_000;
/// What twice the connections have to bring, in percent of what there was.
const GAIN_PERCENT: u64 = 130;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// So many more.
    Add(usize),
    /// Close so many, the newest.
    Remove(usize),
}

/// Connections that are being tried.
#[derive(Debug)]
struct Try {
    added: usize,
    /// Rate without them, bytes per second.
    before: u64,
}

/// What one connection last brought.
#[derive(Debug)]
struct Heard {
    bytes: u64,
    at: u64,
    /// The silence since then is.
    counted: bool,
}

#[derive(Debug, Default)]
pub(super) struct Growth {
    /// When the current step began, and how many bytes had passed by then.
    from: Option<(u64, u64)>,
    tried: Option<Try>,
    heard: BTreeMap<CarrierId, Heard>,
    silences: u32,
    rest_until: u64,
    in_vain: u32,
}

impl Growth {
    /// `open` connections have each brought so many bytes both ways until `now` (milliseconds), and earlier ones `past`. While nothing is
    /// `moving`, nothing is learnt.
    pub(super) fn step(
        &mut self,
        now: u64,
        open: &[(CarrierId, u64)],
        past: u64,
        moving: bool,
    ) -> Option<Step> {
        let (connections, bytes) = (open.len(), past + open.iter().map(|(_, bytes)| bytes).sum::<u64>());
        if !moving || connections == 0 {
            *self = Self { rest_until: self.rest_until, in_vain: self.in_vain, ..Self::default() };
            return None;
        }
        let Some((since, had)) = self.from else {
            self.from = Some((now, bytes));
            return None;
        };
        self.listen(now, open);
        if self.silences >= SILENCES && connections < CONNECTIONS_MAX {
            (self.from, self.tried) = (None, None);
            return Some(Step::Add(CONNECTIONS_MAX - connections));
        }
        let passed = now.saturating_sub(since);
        if passed < STEP_MS {
            return None;
        }
        let rate = bytes.saturating_sub(had).saturating_mul(1_000) / passed.max(1);
        self.from = Some((now, bytes));
        if let Some(Try { added, before }) = self.tried.take()
            && connections > added
        {
            if rate.saturating_mul(100) < before.saturating_mul(GAIN_PERCENT) {
                self.rest_until = now + if self.in_vain == 0 { REST_FIRST_MS } else { REST_MS };
                self.in_vain += 1;
                self.from = None;
                return Some(Step::Remove(added));
            }
            self.in_vain = 0;
        }
        if now < self.rest_until || connections >= CONNECTIONS_MAX || rate / connections as u64 > FAST {
            return None;
        }
        let added = (connections + 1).min(CONNECTIONS_MAX - connections);
        self.tried = Some(Try { added, before: rate });
        // Begins again once they are open.
        self.from = None;
        Some(Step::Add(added))
    }

    fn listen(&mut self, now: u64, open: &[(CarrierId, u64)]) {
        for &(slot, bytes) in open {
            let heard = self.heard.entry(slot).or_insert(Heard { bytes, at: now, counted: false });
            if bytes != heard.bytes {
                *heard = Heard { bytes, at: now, counted: false };
            } else if !heard.counted && now >= heard.at + SILENCE_MS {
                self.silences += 1;
                heard.counted = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Z20: six connections where each brings its share, a try and back to one where the line is full.
    #[test]
    fn connections_come_while_they_help() {
        let run = |rate_of: fn(usize) -> u64| {
            let (mut growth, mut open, mut past, mut most) = (Growth::default(), vec![(0, 0)], 0, 1);
            for now in (0..60_000).step_by(500) {
                match growth.step(now, &open, past, true) {
                    Some(Step::Add(more)) => {
                        let next = open.len() as CarrierId;
                        open.extend((next..).take(more).map(|slot| (slot, 0)));
                    }
                    Some(Step::Remove(fewer)) => {
                        past += open.drain(open.len() - fewer..).map(|(_, bytes)| bytes).sum::<u64>();
                    }
                    None => {}
                }
                most = most.max(open.len());
                let each = rate_of(open.len()) / 2 / open.len() as u64;
                open.iter_mut().for_each(|(_, bytes)| *bytes += each);
            }
            (open.len(), most)
        };
        assert_eq!(run(|n| n as u64 * 500_000), (6, 6));
        assert_eq!(run(|_| 11_000_000), (1, 3));
        assert_eq!(run(|n| 11_000_000.min(n as u64 * 3_000_000)), (3, 6));
        assert_eq!(run(|_| 200_000_000), (1, 1));
    }

    /// Z20: a line that falls silent again and again gets all at once, and keeps them, whatever they seem to bring.
    #[test]
    fn a_lossy_line_is_known_by_its_silences() {
        let (mut growth, mut open) = (Growth::default(), vec![(0, 0)]);
        for now in (0..40_000).step_by(250) {
            match growth.step(now, &open, 0, true) {
                Some(Step::Add(more)) => {
                    let next = open.len() as CarrierId;
                    open.extend((next..).take(more).map(|slot| (slot, 0)));
                }
                Some(Step::Remove(fewer)) => open.truncate(open.len() - fewer),
                None => {}
            }
            for (slot, bytes) in &mut open {
                // Each at its own time, a second of every two: together they never are.
                *bytes += if (now + u64::from(*slot) * 300) % 2_000 < 1_000 { 100_000 } else { 0 };
            }
            assert!(now < 8_000 || open.len() == CONNECTIONS_MAX, "{open:?} after {now} ms");
        }
    }
}
