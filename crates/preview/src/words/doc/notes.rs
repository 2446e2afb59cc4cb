//! Footnotes, endnotes and comments: where they are referred to, where their texts stand, what their marks look like
//! ([MS-DOC] 2.8.18 to 2.8.22).

use super::fib::{At, Fib, Story};
use super::lists::format_name;
use super::text::Plc;
use crate::container::bytes::{slice, u8_at, u16_at};
use crate::model::NoteKind;
use crate::numerals::numeral;

/// Notes of a document that are looked at.
const NOTES: usize = 100_000;

/// A reference in the main text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Which character of the main text.
    pub(crate) cp: u32,
    pub(crate) kind: NoteKind,
    /// It is numbered; otherwise its mark is that character.
    pub(crate) numbered: bool,
    /// Where its text begins and ends, counted in characters of the whole document.
    pub(crate) text: (u32, u32),
    pub(crate) author: Option<String>,
    /// Initials of who wrote a comment.
    initials: String,
}

/// How notes are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbering {
    pub(crate) format: u8,
    pub(crate) start: i64,
    /// It begins anew with each section.
    pub(crate) by_section: bool,
}

/// All references in their order.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    references: Vec<Reference>,
    pub(crate) footnotes: Numbering,
    pub(crate) endnotes: Numbering,
}

impl Default for Numbering {
    fn default() -> Self {
        Self { format: 0, start: 1, by_section: false }
    }
}

impl Notes {
    pub(crate) fn read(fib: &Fib, tables: &[u8]) -> Self {
        let mut notes = Self::default();
        notes.endnotes.format = 2;
        notes.read_numbering(fib, tables);
        let authors = authors(fib, tables);
        for (kind, references, texts, story) in [
            (NoteKind::Footnote, At::FootnoteReferences, At::FootnoteTexts, Story::Footnotes),
            (NoteKind::Endnote, At::EndnoteReferences, At::EndnoteTexts, Story::Endnotes),
            (NoteKind::Comment, At::CommentReferences, At::CommentTexts, Story::Comments),
        ] {
            let size = match kind {
                NoteKind::Comment if fib.old => 20,
                NoteKind::Comment => 30,
                _ => 2,
            };
            let (start, end) = fib.story(story);
            let texts = Plc::new(fib.table(tables, texts), 0);
            let references = Plc::new(fib.table(tables, references), size);
            for (index, (cp, _, entry)) in references.iter().take(NOTES).enumerate() {
                let place = |index| texts.position(index).map_or(end, |cp| start.saturating_add(cp).min(end));
                let (initials, author) = match kind {
                    NoteKind::Comment => who(entry, fib.old, &authors),
                    _ => (String::new(), None),
                };
                let numbered = kind == NoteKind::Comment || u16_at(entry, 0) != Some(0);
                let text = (place(index), place(index + 1));
                notes.references.push(Reference { cp, kind, numbered, text, author, initials });
            }
        }
        notes.references.sort_by_key(|reference| reference.cp);
        notes
    }

    /// The document's own rules ([MS-DOC] 2.7.2 DopBase).
    fn read_numbering(&mut self, fib: &Fib, tables: &[u8]) {
        let properties = fib.table(tables, At::Properties);
        let rule = |at: usize| u16_at(properties, at).unwrap_or(1 << 2);
        let numbering = |rule: u16, format: u8| Numbering {
            format,
            start: i64::from(rule >> 2).max(1),
            by_section: rule & 3 == 1,
        };
        self.footnotes = numbering(rule(2), 0);
        self.endnotes = numbering(rule(52), 2);
        if !fib.old
            && let Some(formats) = u16_at(properties, 54)
        {
            self.footnotes.format = (formats >> 2 & 15) as u8;
            self.endnotes.format = (formats >> 6 & 15) as u8;
        }
    }

    /// The references from a character on.
    pub(crate) fn from(&self, cp: u32) -> &[Reference] {
        &self.references[self.references.partition_point(|reference| reference.cp < cp)..]
    }
}

/// Names of those who wrote comments, each with its length in front.
fn authors(fib: &Fib, tables: &[u8]) -> Vec<String> {
    let (mut names, mut rest) = (Vec::new(), fib.table(tables, At::CommentAuthors));
    while !rest.is_empty() && names.len() < NOTES {
        let (name, length) = if fib.old { short_text(rest) } else { long_text(rest) };
        names.push(name);
        rest = rest.get(length..).unwrap_or_default();
    }
    names
}

fn long_text(bytes: &[u8]) -> (String, usize) {
    let length = 2 * usize::from(u16_at(bytes, 0).unwrap_or(0));
    let text = slice(bytes, 2, length).unwrap_or_default();
    let units: Vec<u16> = text.chunks_exact(2).filter_map(|pair| u16_at(pair, 0)).collect();
    (String::from_utf16_lossy(&units), 2 + length)
}

fn short_text(bytes: &[u8]) -> (String, usize) {
    let length = usize::from(u8_at(bytes, 0).unwrap_or(0));
    let text = slice(bytes, 1, length).unwrap_or_default();
    (encoding_rs::WINDOWS_1252.decode_without_bom_handling(text).0.into_owned(), 1 + length)
}

/// Initials and the name of who wrote a comment ([MS-DOC] 2.9.7).
fn who(entry: &[u8], old: bool, authors: &[String]) -> (String, Option<String>) {
    let (initials, at) =
        if old { (short_text(entry).0, 10) } else { (long_text(&entry[..entry.len().min(20)]).0, 20) };
    let author =
        u16_at(entry, at).and_then(|index| authors.get(usize::from(index))).filter(|name| !name.is_empty());
    (initials, author.cloned())
}

/// Where the numbers of notes are.
#[derive(Debug, Default)]
pub(crate) struct NoteCounters {
    /// Footnotes, endnotes, comments.
    counts: [i64; 3],
}

impl NoteCounters {
    /// The mark of the next note; `mark`: the character that stands in the text.
    pub(crate) fn label(&mut self, reference: &Reference, numbering: Numbering, mark: &str) -> String {
        if !reference.numbered {
            return mark.to_owned();
        }
        let count = &mut self.counts[match reference.kind {
            NoteKind::Footnote => 0,
            NoteKind::Endnote => 1,
            NoteKind::Comment => 2,
        }];
        *count += 1;
        match reference.kind {
            // As Word prints them.
            NoteKind::Comment => format!("[{}{count}]", reference.initials),
            _ => numeral(numbering.start.saturating_add(*count - 1), format_name(numbering.format)),
        }
    }

    /// A section begins.
    pub(crate) fn begin_section(&mut self, footnotes: Numbering, endnotes: Numbering) {
        for (count, numbering) in self.counts.iter_mut().zip([footnotes, endnotes]) {
            if numbering.by_section {
                *count = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_marked_as_displayed() {
        let reference = |kind, numbered| Reference {
            cp: 0,
            kind,
            numbered,
            text: (0, 0),
            author: None,
            initials: "AB".to_owned(),
        };
        let roman = Numbering { format: 2, start: 3, by_section: true };
        let mut counters = NoteCounters::default();
        for (kind, numbered, expected) in [
            (NoteKind::Footnote, true, "iii"),
            (NoteKind::Footnote, false, "*"),
            (NoteKind::Footnote, true, "iv"),
            (NoteKind::Endnote, true, "iii"),
            (NoteKind::Comment, true, "[AB1]"),
        ] {
            assert_eq!(counters.label(&reference(kind, numbered), roman, "*"), expected);
        }
        counters.begin_section(roman, Numbering::default());
        assert_eq!(counters.label(&reference(NoteKind::Footnote, true), roman, ""), "iii");
        assert_eq!(counters.label(&reference(NoteKind::Endnote, true), roman, ""), "iv");
    }

    #[test]
    fn who_wrote_a_comment_is_read() {
        let mut entry = vec![0; 30];
        entry[..6].copy_from_slice(&[2, 0, b'J', 0, b'D', 0]);
        entry[20] = 1;
        let authors = ["x".to_owned(), "Jane".to_owned()];
        assert_eq!(who(&entry, false, &authors), ("JD".to_owned(), Some("Jane".to_owned())));
        assert_eq!(who(&[], true, &authors), (String::new(), None));
    }
}
