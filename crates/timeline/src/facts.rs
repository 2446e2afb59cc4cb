//! What the log says of its messages, in whatever order it is read: the newest word on each counts, by its place in the log.
//!
//! So the fold goes backwards as well: what happened to a message that is not loaded yet waits here for it.

use std::collections::BTreeMap;

use deskside_proto::{Millis, ParticipantId, Seq};

use crate::files::FileFacts;

/// Everything said of one message.
#[derive(Debug, Default, Clone)]
pub(crate) struct Facts {
    pub(crate) edit: Option<Edit>,
    pub(crate) deletion: Option<Deletion>,
    pub(crate) files: FileFacts,
    pub(crate) reactions: Reactions,
}

/// What was said of emoji at one message.
#[derive(Debug, Default, Clone)]
pub(crate) struct Reactions {
    said: BTreeMap<(String, ParticipantId), Said>,
}

#[derive(Debug, Clone)]
pub(crate) struct Edit {
    pub(crate) seq: Seq,
    pub(crate) at: Millis,
    pub(crate) text: String,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Deletion {
    pub(crate) by: Option<ParticipantId>,
    pub(crate) at: Millis,
}

/// The newest word on one person's emoji.
#[derive(Debug, Clone, Copy)]
struct Said {
    seq: Seq,
    given: bool,
}

impl Facts {
    pub(crate) fn edited(&mut self, edit: Edit) {
        if self.edit.as_ref().is_none_or(|known| known.seq < edit.seq) {
            self.edit = Some(edit);
        }
    }

    pub(crate) fn deleted(&mut self, deletion: Deletion) {
        self.deletion.get_or_insert(deletion);
    }
}

impl Reactions {
    pub(crate) fn said(&mut self, seq: Seq, emoji: String, by: ParticipantId, given: bool) {
        let said = self.said.entry((emoji, by)).or_insert(Said { seq, given });
        if said.seq < seq {
            *said = Said { seq, given };
        }
    }

    /// Every emoji that somebody gives now with those who do, both in the order they came.
    pub(crate) fn given(&self) -> Vec<(String, Vec<ParticipantId>)> {
        let mut given: Vec<_> = self.said.iter().filter(|(_, said)| said.given).collect();
        given.sort_by_key(|(_, said)| said.seq);
        let mut reactions: Vec<(String, Vec<ParticipantId>)> = Vec::new();
        for ((emoji, by), _) in given {
            match reactions.iter_mut().find(|(known, _)| known == emoji) {
                Some((_, people)) => people.push(*by),
                None => reactions.push((emoji.clone(), vec![*by])),
            }
        }
        reactions
    }
}
