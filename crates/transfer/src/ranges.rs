//! A set of numbers as ranges: which blocks are verified, which bytes of a block have come.

use std::ops::Range;

use crate::codec::{Broken, Reader, Writer};

/// Ranges in one encoded set, at most: what a hostile peer can make us hold (16 bytes each).
pub const RANGES_MAX: usize = 4096;

/// Disjoint, ascending, never touching, never empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ranges(Vec<Range<u64>>);

impl Ranges {
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// How many numbers are in it.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().map(|range| range.end - range.start).sum()
    }

    #[must_use]
    pub fn contains(&self, number: u64) -> bool {
        let at = self.0.partition_point(|range| range.end <= number);
        self.0.get(at).is_some_and(|range| range.start <= number)
    }

    /// Number of ranges.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.0.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        self.0.iter().cloned()
    }

    /// The first range, which is also the lowest.
    #[must_use]
    pub fn first(&self) -> Option<Range<u64>> {
        self.0.first().cloned()
    }

    /// The end of the last range: no number of the set is as large.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.0.last().map_or(0, |range| range.end)
    }

    /// Adds `new`; says how many of its numbers were not in the set before.
    pub fn insert(&mut self, new: Range<u64>) -> u64 {
        if new.is_empty() {
            return 0;
        }
        // Whatever overlaps or touches it becomes one with it.
        let from = self.0.partition_point(|range| range.end < new.start);
        let to = self.0.partition_point(|range| range.start <= new.end);
        let mut whole = new.clone();
        let mut already = 0;
        for range in &self.0[from..to] {
            already += range.end.min(new.end).saturating_sub(range.start.max(new.start));
            whole.start = whole.start.min(range.start);
            whole.end = whole.end.max(range.end);
        }
        self.0.splice(from..to, [whole]);
        new.end - new.start - already
    }

    pub fn remove(&mut self, gone: Range<u64>) {
        if gone.is_empty() {
            return;
        }
        let from = self.0.partition_point(|range| range.end <= gone.start);
        let to = self.0.partition_point(|range| range.start < gone.end);
        if from >= to {
            return;
        }
        let left = self.0[from].start..gone.start;
        let right = gone.end..self.0[to - 1].end;
        self.0.splice(from..to, [left, right].into_iter().filter(|range| !range.is_empty()));
    }

    /// What of `within` is not in the set, ascending.
    pub fn gaps(&self, within: Range<u64>) -> impl Iterator<Item = Range<u64>> + '_ {
        let first = self.0.partition_point(|range| range.end <= within.start);
        let mut at = within.start;
        let mut rest = self.0[first..].iter();
        std::iter::from_fn(move || {
            while at < within.end {
                let Some(range) = rest.next().filter(|range| range.start < within.end) else {
                    let gap = at..within.end;
                    at = within.end;
                    return Some(gap);
                };
                let gap = at..range.start.max(at);
                at = range.end;
                if !gap.is_empty() {
                    return Some(gap);
                }
            }
            None
        })
    }

    /// The lowest number in `within` that is not in the set.
    #[must_use]
    pub fn first_gap(&self, within: Range<u64>) -> Option<u64> {
        self.gaps(within).next().map(|gap| gap.start)
    }

    /// Sets of at most `most` ranges each, that together are this one; one empty set where this one is.
    pub(crate) fn split(&self, most: usize) -> Vec<Self> {
        if self.0.is_empty() {
            return vec![Self::new()];
        }
        self.0.chunks(most).map(|ranges| Self(ranges.to_vec())).collect()
    }

    /// Distances between ends, as varints: 2 to 4 bytes for each range. Of more than `most` ranges only the first are written.
    pub(crate) fn encode(&self, out: &mut Writer, most: usize) {
        let most = most.min(RANGES_MAX).min(self.0.len());
        out.varint(most as u64);
        let mut at = 0;
        for range in &self.0[..most] {
            out.varint(range.start - at);
            out.varint(range.end - range.start);
            at = range.end;
        }
    }

    /// # Errors
    /// Where the bytes are no set in canonical form, or one of more than [`RANGES_MAX`] ranges.
    pub(crate) fn decode(from: &mut Reader) -> Result<Self, Broken> {
        let count = usize::try_from(from.varint()?).map_err(|_| Broken)?;
        if count > RANGES_MAX {
            return Err(Broken);
        }
        let mut ranges: Vec<Range<u64>> = Vec::new();
        let mut at = 0u64;
        for index in 0..count {
            let (skip, len) = (from.varint()?, from.varint()?);
            if len == 0 || (index > 0 && skip == 0) {
                return Err(Broken);
            }
            let start = at.checked_add(skip).ok_or(Broken)?;
            at = start.checked_add(len).ok_or(Broken)?;
            ranges.push(start..at);
        }
        Ok(Self(ranges))
    }
}

impl FromIterator<Range<u64>> for Ranges {
    fn from_iter<I: IntoIterator<Item = Range<u64>>>(ranges: I) -> Self {
        let mut set = Self::new();
        for range in ranges {
            set.insert(range);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        /// Against a plain set.
        #[test]
        fn does_what_a_set_does(steps in prop::collection::vec((any::<bool>(), 0u64..80, 0u64..30), 0..40)) {
            let (mut ranges, mut set) = (Ranges::new(), BTreeSet::new());
            for (adds, start, len) in steps {
                if adds {
                    let before = set.len();
                    set.extend(start..start + len);
                    prop_assert_eq!(ranges.insert(start..start + len), (set.len() - before) as u64);
                } else {
                    ranges.remove(start..start + len);
                    set.retain(|number| !(start..start + len).contains(number));
                }
                prop_assert_eq!(ranges.count(), set.len() as u64);
                prop_assert!(ranges.0.windows(2).all(|pair| pair[0].end < pair[1].start));
                prop_assert!((0..120).all(|number| ranges.contains(number) == set.contains(&number)));
                let gaps: Vec<u64> = ranges.gaps(10..100).flatten().collect();
                let expected: Vec<u64> = (10..100).filter(|number| !set.contains(number)).collect();
                prop_assert_eq!(gaps, expected);
            }
            let mut out = Writer::default();
            ranges.encode(&mut out, RANGES_MAX);
            prop_assert_eq!(Ranges::decode(&mut Reader::new(Bytes::from(out.done()))), Ok(ranges));
        }
    }

    #[test]
    fn sets_that_are_not_canonical_are_refused() {
        for bytes in [&[1, 0, 0][..], &[2, 0, 1, 0, 1], &[1, 0], &[0xff; 12]] {
            assert_eq!(
                Ranges::decode(&mut Reader::new(Bytes::copy_from_slice(bytes))),
                Err(Broken),
                "{bytes:?}"
            );
        }
    }
}
