//! What of a session was not seen yet.

use std::collections::BTreeSet;

use deskside_proto::Seq;

/// Places of what others said after what the person has seen.
#[derive(Debug, Clone, Default)]
pub struct Unread {
    seen: Seq,
    places: BTreeSet<Seq>,
}

impl Unread {
    /// `seen`: the newest place that was seen, as it was kept.
    #[must_use]
    pub fn after(seen: Seq) -> Self {
        Self { seen, places: BTreeSet::new() }
    }

    /// Somebody else said something at `seq`.
    pub fn said(&mut self, seq: Seq) {
        if seq > self.seen {
            self.places.insert(seq);
        }
    }

    /// What was said at `seq` was taken back.
    pub fn unsaid(&mut self, seq: Seq) {
        self.places.remove(&seq);
    }

    /// Everything up to `seq` was seen. Whether that is news.
    pub fn see(&mut self, seq: Seq) -> bool {
        let news = seq > self.seen;
        if news {
            self.seen = seq;
            self.places = self.places.split_off(&seq.saturating_add(1));
        }
        news
    }

    /// The newest place that was seen.
    #[must_use]
    pub fn seen(&self) -> Seq {
        self.seen
    }

    #[must_use]
    pub fn count(&self) -> usize {
        self.places.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_not_unread_again() {
        let mut unread = Unread::after(3);
        for seq in 1..=6 {
            unread.said(seq);
            unread.said(seq);
        }
        assert_eq!(unread.count(), 3, "4, 5 and 6, each once");
        unread.unsaid(5);
        assert_eq!(unread.count(), 2);
        assert!(unread.see(4) && !unread.see(4) && !unread.see(2), "never back");
        unread.said(4);
        assert_eq!((unread.count(), unread.seen()), (1, 4));
        assert!(unread.see(Seq::MAX));
        assert_eq!(unread.count(), 0);
    }
}
