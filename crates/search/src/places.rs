//! The order of everything in the index, as the number of its row: the newest session first, then its files, then its messages
//! from the newest on. Rows of a session follow each other, so that a search walks from the newest on without sorting.

use deskside_proto::{Seq, SessionId};

/// Bits of a row's number that tell rows of one session apart.
const SLOT_BITS: u32 = 22;
/// From here on stand the files' texts; below, messages by their seq.
const FIRST_PASSAGE: i64 = 1 << (SLOT_BITS - 1);
/// Milliseconds from 1970 to 2020: the first session is younger, and 41 bits reach until 2089.
const EPOCH_MILLIS: i64 = 1_577_836_800_000;
const MILLIS_MAX: i64 = (1 << 41) - 1;

/// The number of a session's first row, unless it is taken: by the time in its id.
pub(crate) fn base(session: SessionId) -> i64 {
    let millis = session.0[..6].iter().fold(0_i64, |millis, byte| (millis << 8) | i64::from(*byte));
    (millis - EPOCH_MILLIS).clamp(0, MILLIS_MAX) << SLOT_BITS
}

/// Of the next session that can be told apart.
pub(crate) fn next(base: i64) -> i64 {
    base.wrapping_add(1 << SLOT_BITS)
}

/// First and last row of a session's messages.
pub(crate) fn messages(base: i64) -> (i64, i64) {
    (base, base + (FIRST_PASSAGE - 1))
}

/// First and last row of a session.
pub(crate) fn rows(base: i64) -> (i64, i64) {
    (base, base + ((1 << SLOT_BITS) - 1))
}

/// A message's row; `None` for one so far down a log that there is no number for it (two million events).
pub(crate) fn message(base: i64, seq: Seq) -> Option<i64> {
    i64::try_from(seq).ok().filter(|seq| *seq < FIRST_PASSAGE).map(|seq| base + seq)
}

/// Which session's row it is, and, of a message, its seq.
pub(crate) fn of(row: i64) -> (i64, Option<Seq>) {
    let slot = row & ((1 << SLOT_BITS) - 1);
    (row - slot, Seq::try_from(slot).ok().filter(|_| slot < FIRST_PASSAGE))
}

/// Rows for `count` passages more of a session, the first passage's last; `None` where the session is full.
pub(crate) fn passages(base: i64, last: Option<i64>, count: usize) -> Option<Vec<i64>> {
    let first = last.map_or(base + FIRST_PASSAGE, |last| last + 1);
    let after = first.checked_add(i64::try_from(count).ok()?)?;
    (after - 1 <= rows(base).1).then(|| (first..after).rev().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_sessions_and_messages() {
        let mut id = [0xff; 16];
        id[..6].copy_from_slice(&1_780_000_000_000_i64.to_be_bytes()[2..]);
        let base = base(SessionId(id));
        assert_eq!(base, (1_780_000_000_000 - EPOCH_MILLIS) << SLOT_BITS);
        let row = message(base, 7).unwrap();
        assert_eq!(of(row), (base, Some(7)));
        assert_eq!(message(base, 1 << 21), None);
        let texts = passages(base, None, 3).unwrap();
        assert_eq!(texts, [base + FIRST_PASSAGE + 2, base + FIRST_PASSAGE + 1, base + FIRST_PASSAGE]);
        assert_eq!(of(texts[2]), (base, None));
        assert!(row < texts[2] && texts[0] < next(base));
        assert_eq!(passages(base, Some(rows(base).1 - 2), 3), None, "a session that is full");
        assert!(rows(super::base(SessionId([0xff; 16]))).1 > 0 && super::base(SessionId([0; 16])) == 0);
    }
}
