//! What reading the text adds up: notes, pictures, and what is left of the limits.

use std::collections::HashMap;

use super::notes::NoteCounters;
use super::pictures::Stored;
use crate::limits::{Limits, Quota};
use crate::model::Note;

/// Large documents apply some 20 MiB.
const PROPERTIES: usize = 128 * 1024 * 1024;

pub(crate) struct State {
    /// Notes that the blocks since the last window refer to.
    pub(crate) notes: Vec<Note>,
    pub(crate) next_note: u32,
    pub(crate) note_counters: NoteCounters,
    /// Pictures in the text by their ids; those that drawings share have come before them.
    pictures: Vec<Stored>,
    shared: u32,
    ids: HashMap<Stored, u32>,
    pub(crate) blocks: Quota,
    pub(crate) characters: Quota,
    /// Bytes of properties that are applied: a list may be shared by all paragraphs of a document.
    pub(crate) properties: Quota,
    /// Something is of a kind that is not drawn.
    pub(crate) not_drawn: bool,
    /// A picture is outside of the document.
    pub(crate) external: bool,
}

impl State {
    /// `shared` is how many pictures the drawings share.
    pub(crate) fn new(limits: &Limits, shared: usize) -> Self {
        Self {
            notes: Vec::new(),
            next_note: 0,
            note_counters: NoteCounters::default(),
            pictures: Vec::new(),
            shared: u32::try_from(shared).unwrap_or(u32::MAX),
            ids: HashMap::new(),
            blocks: Quota::new(limits.blocks),
            characters: Quota::new(limits.characters),
            properties: Quota::new(PROPERTIES),
            not_drawn: false,
            external: false,
        }
    }

    /// The id of a picture.
    pub(crate) fn picture(&mut self, stored: Stored) -> u32 {
        let next = self.shared.saturating_add(self.pictures.len() as u32);
        *self.ids.entry(stored).or_insert_with(|| {
            self.pictures.push(stored);
            next
        })
    }

    /// A picture in the text by its id.
    pub(crate) fn stored(&self, id: u32) -> Option<Stored> {
        self.pictures.get(id.checked_sub(self.shared)? as usize).copied()
    }

    /// A limit was reached.
    pub(crate) const fn is_cut(&self) -> bool {
        self.blocks.is_cut() || self.characters.is_cut() || self.properties.is_cut()
    }
}
