//! Footnotes, endnotes and comments (RTF 1.9.1, "Footnotes", "Comments (Annotations)").

use crate::model::{Block, Note, NoteKind};
use crate::numerals::numeral;

/// How notes of a kind are numbered.
struct Counter {
    last: i64,
    format: &'static str,
}

/// The notes of a document.
pub(super) struct Notes {
    /// Finished, and not handed out yet.
    pub(super) ready: Vec<Note>,
    next: u32,
    footnotes: Counter,
    endnotes: Counter,
    comments: u32,
    /// Of the comment that comes next.
    pub(super) author: String,
    pub(super) initials: String,
    /// A mark stands in the text whose note comes next.
    marked: bool,
}

/// A note that is being read.
pub(super) struct Draft {
    pub(super) id: u32,
    pub(super) label: String,
    kind: NoteKind,
    /// Its number is counted, not written by its author.
    pub(super) counted: bool,
    author: Option<String>,
}

impl Default for Notes {
    fn default() -> Self {
        Self {
            ready: Vec::new(),
            next: 0,
            footnotes: Counter { last: 0, format: "decimal" },
            endnotes: Counter { last: 0, format: "lowerRoman" },
            comments: 0,
            author: String::new(),
            initials: String::new(),
            marked: false,
        }
    }
}

impl Notes {
    /// Takes a control word, where it is one of the numbering of notes.
    pub(super) fn word(&mut self, name: &str, value: i32) -> bool {
        let (counter, rest) = match name.strip_prefix("aftn").or_else(|| name.strip_prefix("saftn")) {
            Some(rest) => (&mut self.endnotes, rest),
            None => match name.strip_prefix("ftn").or_else(|| name.strip_prefix("sftn")) {
                Some(rest) => (&mut self.footnotes, rest),
                None => return false,
            },
        };
        counter.format = match rest {
            "nar" => "decimal",
            "nalc" => "lowerLetter",
            "nauc" => "upperLetter",
            "nrlc" => "lowerRoman",
            "nruc" => "upperRoman",
            "nchi" => "chicago",
            "start" => {
                counter.last = i64::from(value).saturating_sub(1).max(0);
                return true;
            }
            _ => return false,
        };
        true
    }

    /// A counted mark stands in the text: its number and label.
    pub(super) fn mark(&mut self) -> (u32, String) {
        self.marked = true;
        (self.next, numeral(self.footnotes.last.saturating_add(1), self.footnotes.format))
    }

    /// A footnote begins; `written` is the mark that its author wrote. True where its mark must still be put into the text.
    pub(super) fn begin(&mut self, written: impl FnOnce() -> Option<String>) -> (Draft, bool) {
        let marked = std::mem::take(&mut self.marked);
        let label = if marked { None } else { written() };
        let counted = label.is_none();
        let draft = Draft {
            id: self.next,
            label: label.unwrap_or_else(|| {
                self.footnotes.last = self.footnotes.last.saturating_add(1);
                numeral(self.footnotes.last, self.footnotes.format)
            }),
            kind: NoteKind::Footnote,
            counted,
            author: None,
        };
        self.next = self.next.saturating_add(1);
        (draft, !marked)
    }

    /// The footnote turns out to be an endnote.
    pub(super) fn turn_into_endnote(&mut self, draft: &mut Draft) {
        if draft.kind == NoteKind::Footnote {
            draft.kind = NoteKind::Endnote;
            if draft.counted {
                self.footnotes.last = self.footnotes.last.saturating_sub(1);
                self.endnotes.last = self.endnotes.last.saturating_add(1);
                draft.label = numeral(self.endnotes.last, self.endnotes.format);
            }
        }
    }

    /// A comment begins.
    pub(super) fn begin_comment(&mut self) -> Draft {
        self.comments = self.comments.saturating_add(1);
        let author = std::mem::take(&mut self.author).trim().to_owned();
        let initials = std::mem::take(&mut self.initials);
        let draft = Draft {
            id: self.next,
            label: format!("[{}{}]", initials.trim(), self.comments),
            kind: NoteKind::Comment,
            counted: true,
            author: (!author.is_empty()).then_some(author),
        };
        self.next = self.next.saturating_add(1);
        draft
    }

    pub(super) fn finish(&mut self, draft: Draft, blocks: Vec<Block>) {
        let Draft { id, label, kind, author, .. } = draft;
        self.ready.push(Note { id, kind, label, author, blocks });
    }
}
