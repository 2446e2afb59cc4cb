//! What receivers heard in one step, and what that says about the server: latency, loss, doubles, order, isolation.

use std::collections::HashSet;

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;

use crate::stamp::Stamp;

/// The part of a step that counts: messages scheduled in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// Nanoseconds of [`crate::stamp::now`].
    pub from: u64,
    pub to: u64,
}

impl Window {
    #[must_use]
    pub fn has(&self, scheduled: u64) -> bool {
        (self.from..self.to).contains(&scheduled)
    }

    #[must_use]
    pub fn seconds(&self) -> f64 {
        (self.to.saturating_sub(self.from)) as f64 / 1e9
    }
}

/// One receiver's ear.
#[derive(Debug, Clone, Default)]
pub struct Ear {
    room: u32,
    window: Window,
    /// Indices in the order they came; a double stands here twice.
    order: Vec<u64>,
    /// Nanoseconds from the schedule, and from the socket, to here.
    since_scheduled: Vec<u64>,
    since_actual: Vec<u64>,
    /// Messages of other rooms.
    foreign: u64,
}

impl Ear {
    #[must_use]
    pub fn of(room: u32) -> Self {
        Self { room, ..Self::default() }
    }

    /// Begins a step; what was heard before is forgotten.
    pub fn begin(&mut self, window: Window) {
        *self = Self { room: self.room, window, ..Self::default() };
    }

    pub fn hear(&mut self, stamp: &Stamp, now: u64) {
        if stamp.room != self.room {
            self.foreign += 1;
        } else if self.window.has(stamp.scheduled) {
            self.order.push(stamp.index);
            self.since_scheduled.push(now.saturating_sub(stamp.scheduled));
            self.since_actual.push(now.saturating_sub(stamp.actual));
        }
    }

    /// How many messages of the step it heard, doubles included.
    #[must_use]
    pub fn heard(&self) -> usize {
        self.order.len()
    }

    fn distinct(&self) -> Vec<u64> {
        let mut known = HashSet::with_capacity(self.order.len());
        self.order.iter().copied().filter(|index| known.insert(*index)).collect()
    }
}

/// A room after a step: the indices that were sent, and its members' ears.
#[derive(Debug)]
pub struct Room {
    /// Indices that went out, scheduled in the window.
    pub sent: Vec<u64>,
    pub ears: Vec<Ear>,
}

/// What all rooms together say.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    pub sent: u64,
    pub delivered: u64,
    /// Sent, and not heard by somebody of the room: one for each of them.
    pub lost: u64,
    /// Heard again by the same receiver.
    pub doubled: u64,
    /// Rooms whose members heard the same messages in different orders.
    pub diverged: u64,
    /// Messages heard in a room they were not sent to.
    pub foreign: u64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// From the socket instead of the schedule.
    pub actual_p50_ms: f64,
    pub actual_p99_ms: f64,
}

impl Tally {
    pub fn of(rooms: &[Room]) -> Result<Self> {
        let mut tally = Self::default();
        let (mut scheduled, mut actual) = (histogram()?, histogram()?);
        for room in rooms {
            tally.add(room);
            for ear in &room.ears {
                record(&mut scheduled, &ear.since_scheduled);
                record(&mut actual, &ear.since_actual);
            }
        }
        tally.p50_ms = millis(&scheduled, 0.5);
        tally.p99_ms = millis(&scheduled, 0.99);
        tally.actual_p50_ms = millis(&actual, 0.5);
        tally.actual_p99_ms = millis(&actual, 0.99);
        Ok(tally)
    }

    fn add(&mut self, room: &Room) {
        let sent: HashSet<u64> = room.sent.iter().copied().collect();
        self.sent += sent.len() as u64;
        let heard: Vec<Vec<u64>> = room.ears.iter().map(Ear::distinct).collect();
        for (ear, distinct) in room.ears.iter().zip(&heard) {
            let arrived = distinct.iter().filter(|index| sent.contains(index)).count();
            self.delivered += arrived as u64;
            self.lost += (sent.len() - arrived) as u64;
            self.doubled += (ear.order.len() - distinct.len()) as u64;
            self.foreign += ear.foreign;
        }
        self.diverged += u64::from(diverge(&heard));
    }
}

/// Whether two members heard what both of them heard in different orders. A rolling hash over the shared messages; what one of
/// them never heard is a loss and counted there.
fn diverge(heard: &[Vec<u64>]) -> bool {
    let mut shared: HashSet<u64> = heard.first().into_iter().flatten().copied().collect();
    for order in heard.iter().skip(1) {
        let own: HashSet<u64> = order.iter().copied().collect();
        shared.retain(|index| own.contains(index));
    }
    let rolled = |order: &Vec<u64>| {
        order.iter().filter(|index| shared.contains(index)).fold(0_u64, |hash, index| roll(hash, *index))
    };
    let mut hashes = heard.iter().map(rolled);
    let first = hashes.next();
    hashes.any(|hash| Some(hash) != first)
}

/// FNV-1a by words: order matters, and that is all that is asked of it.
fn roll(hash: u64, index: u64) -> u64 {
    (hash ^ index.wrapping_add(0xcbf2_9ce4_8422_2325)).wrapping_mul(0x0100_0000_01b3).rotate_left(23)
}

/// Microseconds from 1 to ten minutes, three digits.
fn histogram() -> Result<Histogram<u64>> {
    Histogram::new_with_bounds(1, 600_000_000, 3).context("bounds of the histogram")
}

fn record(histogram: &mut Histogram<u64>, nanos: &[u64]) {
    for nano in nanos {
        histogram.saturating_record((nano / 1_000).max(1));
    }
}

fn millis(histogram: &Histogram<u64>, quantile: f64) -> f64 {
    histogram.value_at_quantile(quantile) as f64 / 1_000.0
}

/// The middle one; of an even number the mean of the two in the middle; nothing of nothing.
#[must_use]
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (sorted.get(sorted.len().checked_sub(1)? / 2)?, sorted.get(sorted.len() / 2)?);
    Some(f64::midpoint(*low, *high))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { from: 1_000_000, to: 2_000_000_000 };

    /// An ear of room 7 that heard `indices` in this order, each a millisecond after it was due and half of one after it went out.
    fn ear(indices: &[u64]) -> Ear {
        let mut ear = Ear::of(7);
        ear.begin(WINDOW);
        for index in indices {
            let scheduled = 1_000_000 + index * 1_000_000;
            let stamp = Stamp { scheduled, actual: scheduled + 500_000, room: 7, index: *index };
            ear.hear(&stamp, scheduled + 1_000_000);
        }
        ear
    }

    fn tally(sent: u64, ears: &[&[u64]]) -> Tally {
        let ears = ears.iter().map(|indices| ear(indices)).collect();
        Tally::of(&[Room { sent: (0..sent).collect(), ears }]).unwrap()
    }

    #[test]
    fn what_went_wrong_is_found() {
        // sent, what each member heard → lost, doubled, diverged
        type Case = (u64, &'static [&'static [u64]], (u64, u64, u64));
        let cases: [Case; 7] = [
            (3, &[&[0, 1, 2], &[0, 1, 2]], (0, 0, 0)),
            // The order may differ from the schedule's, as long as it is one order.
            (3, &[&[1, 0, 2], &[1, 0, 2]], (0, 0, 0)),
            (3, &[&[0, 1, 2], &[1, 0, 2]], (0, 0, 1)),
            (3, &[&[0, 1, 2], &[0, 2]], (1, 0, 0)),
            (3, &[&[], &[]], (6, 0, 0)),
            (3, &[&[0, 1, 1, 2], &[0, 1, 2]], (0, 1, 0)),
            // A double does not make up for a loss.
            (3, &[&[0, 0, 2], &[0, 1, 2]], (1, 1, 0)),
        ];
        for (sent, ears, expected) in cases {
            let found = tally(sent, ears);
            assert_eq!((found.lost, found.doubled, found.diverged), expected, "{ears:?}");
        }
    }

    #[test]
    fn only_messages_of_the_window_and_the_room_count() {
        let mut ear = ear(&[0, 1]);
        let early = Stamp { scheduled: 0, actual: 0, room: 7, index: 9 };
        let late = Stamp { scheduled: WINDOW.to, actual: 0, room: 7, index: 10 };
        let foreign = Stamp { scheduled: WINDOW.from, actual: 0, room: 8, index: 0 };
        for stamp in [early, late, foreign] {
            ear.hear(&stamp, 5);
        }
        let found = Tally::of(&[Room { sent: vec![0, 1], ears: vec![ear] }]).unwrap();
        assert_eq!((found.delivered, found.lost, found.foreign), (2, 0, 1));
    }

    #[test]
    fn latency_counts_from_the_schedule() {
        let found = tally(2, &[&[0, 1]]);
        assert!((0.99..1.01).contains(&found.p50_ms), "{found:?}");
        assert!((0.49..0.51).contains(&found.actual_p99_ms), "{found:?}");
    }

    #[test]
    fn the_slowest_of_a_hundred_is_the_99th_percentile_s_neighbour() {
        let mut ear = Ear::of(1);
        ear.begin(Window { from: 0, to: u64::MAX });
        for index in 0..200 {
            let late = if index < 4 { 900_000_000 } else { 2_000_000 };
            ear.hear(&Stamp { scheduled: 0, actual: 0, room: 1, index }, late);
        }
        let found = Tally::of(&[Room { sent: (0..200).collect(), ears: vec![ear] }]).unwrap();
        assert!(found.p50_ms < 2.1 && found.p99_ms > 890.0, "{found:?}");
    }

    #[test]
    fn medians_are_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median([]), None);
    }
}
