//! Numbers before paragraphs as Word 6 and 95 have them ([MS-DOC] 2.9.3 ANLD, 2.9.178 OLST): each paragraph says the whole
//! of its own, or its section how headings of each level are numbered.

use super::lists::format_name;
use super::paragraph::ParagraphFormat;
use crate::container::bytes::{slice, u8_at, u16_at};
use crate::numerals::numeral;

/// Levels of `sprmPNLvlAnm`: those of the outline up to 9, then these.
const OUTLINE: u8 = 9;
const SEQUENCE: u8 = 10;
const BULLET: u8 = 11;

/// Bytes of what a level is like, at the start of both structures.
const LEVEL: usize = 16;
/// Where the texts of a paragraph's own number begin, and the length from which on they are in 16 bits (Word 97).
const OWN_TEXTS: usize = 20;
const WIDE: usize = 84;

/// A part of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Number(String),
    /// In the encoding of its font.
    Bytes(Vec<u8>),
    Wide(Vec<u16>),
}

/// What stands before a paragraph.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) parts: Vec<Part>,
    /// Index of its font.
    pub(crate) font: u16,
    pub(crate) ordered: bool,
}

/// Where numbers of this kind are.
#[derive(Debug, Default)]
pub(crate) struct Sequence {
    /// By level, from 1.
    counts: [i64; 11],
    /// The last number of each level, for those that show it before their own.
    last: [Vec<Part>; 11],
}

impl Sequence {
    /// What stands before the next paragraph; `outline`: what its section says of headings.
    pub(crate) fn next(&mut self, format: &ParagraphFormat, outline: &[u8]) -> Option<Number> {
        let level = format.number_level;
        // Others end the sequence, but not the outline; 12 only pauses it.
        if level == 0 {
            self.counts[usize::from(SEQUENCE)] = 0;
        }
        if !(1..=BULLET).contains(&level) {
            return None;
        }
        match format.number.as_deref() {
            Some(own) => self.own(level, own),
            None if level <= OUTLINE => self.heading(level, outline),
            None => None,
        }
    }

    fn own(&mut self, level: u8, own: &[u8]) -> Option<Number> {
        let texts = own.get(OWN_TEXTS..)?;
        let (before, after) = (usize::from(u8_at(own, 1)?), usize::from(u8_at(own, 2)?));
        let part = |from: usize, to: usize| part(texts, from, to, own.len() >= WIDE);
        self.number(level, slice(own, 0, LEVEL)?, part(0, before), part(before, after.max(before)))
    }

    /// The texts of all levels follow each other.
    fn heading(&mut self, level: u8, outline: &[u8]) -> Option<Number> {
        let texts = outline.get(LEVEL * usize::from(OUTLINE) + 4..)?;
        let mut at = 0;
        for above in 0..usize::from(level) - 1 {
            at += usize::from(u8_at(outline, LEVEL * above + 2)?);
        }
        let head = slice(outline, LEVEL * (usize::from(level) - 1), LEVEL)?;
        let (before, after) = (usize::from(u8_at(head, 1)?), usize::from(u8_at(head, 2)?));
        let wide = texts.len() > 64;
        let part = |from: usize, to: usize| part(texts, at + from, at + to, wide);
        self.number(level, head, part(0, before), part(before, after.max(before)))
    }

    /// `head`: kind, lengths of texts, flags, font, size, start.
    fn number(&mut self, level: u8, head: &[u8], before: Part, after: Part) -> Option<Number> {
        let ordered = level != BULLET;
        let mut parts = Vec::new();
        if ordered {
            // Its third flag: after the number of the level above.
            if u8_at(head, 3)? & 4 != 0 && (2..=OUTLINE).contains(&level) {
                parts.extend(self.last[usize::from(level) - 1].iter().cloned());
            }
            parts.push(before);
            parts.push(Part::Number(self.count(usize::from(level), head)?));
            parts.push(after);
            parts.truncate(3 * usize::from(OUTLINE));
            self.last[usize::from(level)].clone_from(&parts);
        } else {
            parts.extend([before, after]);
        }
        Some(Number { parts, font: u16_at(head, 6)?, ordered })
    }

    fn count(&mut self, level: usize, head: &[u8]) -> Option<String> {
        let (kind, start) = (u8_at(head, 0)?, i64::from(u16_at(head, 10)?));
        let count = self.counts.get_mut(level)?;
        *count += 1;
        let number = start.saturating_add(*count - 1);
        if level <= usize::from(OUTLINE) {
            self.counts[level + 1..=usize::from(OUTLINE)].fill(0);
        }
        // Here 7 and more are nothing.
        Some(if kind >= 7 { String::new() } else { numeral(number, format_name(kind)) })
    }
}

/// Characters of a text, as far as they are there.
fn part(texts: &[u8], from: usize, to: usize, wide: bool) -> Part {
    let width = if wide { 2 } else { 1 };
    let bytes = texts.get((from * width).min(texts.len())..(to * width).min(texts.len())).unwrap_or_default();
    if wide {
        Part::Wide(bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect())
    } else {
        Part::Bytes(bytes.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(kind: u8, before: u8, after: u8, flags: u8, start: u8) -> Vec<u8> {
        vec![kind, before, after, flags, 0, 0, 3, 0, 0, 0, start, 0, 0, 0, 0, 0]
    }

    fn format(level: u8, kind: u8, start: u8) -> ParagraphFormat {
        let mut number = head(kind, 1, 2, 0, start);
        number.resize(OWN_TEXTS, 0);
        number.extend(b"(.");
        number.resize(52, 0);
        ParagraphFormat { number: Some(number.into()), number_level: level, ..ParagraphFormat::default() }
    }

    fn shown(number: Option<Number>) -> String {
        let parts = number.map(|number| number.parts).unwrap_or_default();
        let text = |part: &Part| match part {
            Part::Number(text) => text.clone(),
            Part::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Part::Wide(units) => String::from_utf16_lossy(units),
        };
        parts.iter().map(text).collect()
    }

    #[test]
    fn sequences_count_until_something_else_comes() {
        let mut sequence = Sequence::default();
        for (format, expected) in [
            (format(10, 0, 4), "(4."),
            (format(10, 2, 4), "(v."),
            (format(12, 0, 4), ""),
            (format(10, 0, 4), "(6."),
            (ParagraphFormat::default(), ""),
            (format(10, 0, 4), "(4."),
            (format(11, 0, 4), "(."),
            (ParagraphFormat { number: Some([1, 2][..].into()), ..format(10, 0, 4) }, ""),
            (ParagraphFormat { number: None, ..format(3, 0, 4) }, ""),
        ] {
            assert_eq!(shown(sequence.next(&format, &[])), expected);
        }
    }

    #[test]
    fn headings_are_numbered_by_their_section() {
        let mut outline = head(1, 0, 1, 0, 1);
        outline.extend(head(0, 0, 1, 4, 1));
        outline.resize(LEVEL * 9 + 4, 0);
        outline.extend(b".)");
        outline.resize(LEVEL * 9 + 4 + 64, 0);
        let mut sequence = Sequence::default();
        for (level, expected) in [(1, "I."), (2, "I.1)"), (2, "I.2)"), (1, "II."), (2, "II.1)")] {
            let format = ParagraphFormat { number_level: level, ..ParagraphFormat::default() };
            assert_eq!(shown(sequence.next(&format, &outline)), expected);
        }
    }
}
