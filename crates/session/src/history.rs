//! Older pages of the log.

use deskside_proto::{Seq, limits};

/// Entries of one page while somebody scrolls.
const PAGE_ENTRIES: u32 = 200;
/// Entries that a first connection asks for: more than a screen, less than a moment.
pub(crate) const TAIL_ENTRIES: u32 = 200;

/// What is wanted of the older log, and what is on its way.
#[derive(Debug, Default, Clone)]
pub(crate) struct History {
    /// The place down to which everything is wanted.
    wanted: Option<Seq>,
    /// `before` of the page that was asked for on this connection.
    asked: Option<Seq>,
}

impl History {
    /// One page more than `first`.
    pub(crate) fn older(&mut self, first: Seq) {
        if self.wanted.is_none() {
            self.wanted = Some(first.saturating_sub(u64::from(PAGE_ENTRIES)).max(1));
        }
    }

    /// Everything down to `seq`.
    pub(crate) fn reach(&mut self, seq: Seq) {
        self.wanted = Some(self.wanted.map_or(seq, |wanted| wanted.min(seq)).max(1));
    }

    /// The next page to ask for: before which place, and how many.
    pub(crate) fn next(&mut self, first: Seq) -> Option<(Seq, u32)> {
        let wanted = self.wanted?;
        if first <= wanted {
            self.wanted = None;
            return None;
        }
        if self.asked.is_some() {
            return None;
        }
        self.asked = Some(first);
        let missing = u32::try_from(first - wanted).unwrap_or(u32::MAX).max(PAGE_ENTRIES);
        Some((first, missing.min(u32::try_from(limits::HISTORY_MAX_ENTRIES).unwrap_or(u32::MAX))))
    }

    /// The page before `before` came. Whether it was asked for.
    pub(crate) fn came(&mut self, before: Seq) -> bool {
        self.asked.take_if(|asked| *asked == before).is_some()
    }

    /// The portal has nothing older after all.
    pub(crate) fn exhausted(&mut self) {
        self.wanted = None;
    }

    /// The connection is gone, and with it the answer.
    pub(crate) fn lost(&mut self) {
        self.asked = None;
    }

    pub(crate) fn is_loading(&self) -> bool {
        self.wanted.is_some()
    }
}
