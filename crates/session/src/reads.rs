//! How far everybody has read.

use std::collections::{BTreeMap, BTreeSet};

use deskside_proto::{Millis, ParticipantId, ReadMark, Seq};

/// Milliseconds between two `read` frames of one's own: the portal keeps no more either.
const READ_EVERY_MILLIS: i64 = 1_000;

#[derive(Debug, Default, Clone)]
pub(crate) struct Reads {
    marks: BTreeMap<ParticipantId, Seq>,
    own: Seq,
    /// The newest own mark that went out on this connection, and when.
    sent: Option<(Seq, Millis)>,
    /// Places of what others said to everybody's attention, after the own mark.
    unread: BTreeSet<Seq>,
    changed: bool,
}

impl Reads {
    /// As a welcome tells it; an own mark that the portal does not have yet goes out again.
    pub(crate) fn replace(&mut self, marks: Vec<ReadMark>, own: ParticipantId) {
        self.sent = None;
        self.follow(marks, Some(own));
    }

    pub(crate) fn follow(&mut self, marks: Vec<ReadMark>, own: Option<ParticipantId>) {
        for ReadMark { participant_id, seq } in marks {
            if Some(participant_id) == own {
                // Another device of the same person read on.
                self.read(seq);
                self.sent = self.sent.max(Some((seq, Millis(0))));
            } else {
                let known = self.marks.entry(participant_id).or_default();
                self.changed |= *known < seq;
                *known = (*known).max(seq);
            }
        }
    }

    /// One has seen everything up to `seq` oneself.
    pub(crate) fn read(&mut self, seq: Seq) {
        if seq > self.own {
            self.own = seq;
            self.unread = self.unread.split_off(&(seq + 1));
            self.changed = true;
        }
    }

    pub(crate) fn own(&self) -> Seq {
        self.own
    }

    /// Somebody else said something at `seq`.
    pub(crate) fn said(&mut self, seq: Seq) {
        if seq > self.own {
            self.changed |= self.unread.insert(seq);
        }
    }

    /// What was said at `seq` was taken back.
    pub(crate) fn unsaid(&mut self, seq: Seq) {
        self.changed |= self.unread.remove(&seq);
    }

    /// The own mark that is due to be sent.
    pub(crate) fn due(&mut self, now: Millis) -> Option<Seq> {
        let due = self.due_at()? <= now;
        due.then(|| self.sent = Some((self.own, now)))?;
        Some(self.own)
    }

    /// When [`Self::due`] has something; `None` while the portal knows the own mark.
    pub(crate) fn due_at(&self) -> Option<Millis> {
        match self.sent {
            _ if self.own == 0 => None,
            None => Some(Millis(0)),
            Some((sent, at)) => (sent < self.own).then(|| at.plus(READ_EVERY_MILLIS)),
        }
    }

    /// Marks of the others, the own one and the number of unread places, where any changed since last taken.
    pub(crate) fn take(&mut self) -> Option<(Vec<ReadMark>, Seq, usize)> {
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        let marks = self.marks.iter().map(|(&participant_id, &seq)| ReadMark { participant_id, seq });
        Some((marks.collect(), self.own, self.unread.len()))
    }
}
