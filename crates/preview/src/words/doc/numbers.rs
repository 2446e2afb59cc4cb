//! Numbers before paragraphs as Word 6 and 95 have them ([MS-DOC] 2.9.3 ANLD): each paragraph says the whole of its own.

use super::lists::format_name;
use super::paragraph::ParagraphFormat;
use crate::container::bytes::{u8_at, u16_at};
use crate::words::numerals::numeral;

/// Levels of `sprmPNLvlAnm`: outline levels up to 9, then these.
const SEQUENCE: u8 = 10;
const BULLET: u8 = 11;

/// What stands before a paragraph.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Number {
    /// As in the document's encoding, or in 16 bits.
    pub(crate) before: Vec<u8>,
    pub(crate) number: String,
    pub(crate) after: Vec<u8>,
    /// Index of its font.
    pub(crate) font: u16,
    pub(crate) ordered: bool,
    /// Texts are in 16 bits.
    pub(crate) wide: bool,
}

/// Where numbers of this kind are.
#[derive(Debug, Default)]
pub(crate) struct Sequence {
    counts: [i64; 11],
}

impl Sequence {
    /// What stands before the next paragraph.
    pub(crate) fn next(&mut self, format: &ParagraphFormat) -> Option<Number> {
        let level = format.number_level;
        let own = format.number.as_deref().filter(|_| (1..=BULLET).contains(&level));
        let Some(own) = own else {
            // Others end the sequence, but not the outline; 12 is one that only pauses.
            if level == 0 {
                self.counts[usize::from(SEQUENCE)] = 0;
            }
            return None;
        };
        let (before, after) = (usize::from(u8_at(own, 1)?), usize::from(u8_at(own, 2)?));
        // Word 97 writes texts of 32 characters in 16 bits.
        let wide = own.len() >= 84;
        let width = if wide { 2 } else { 1 };
        let texts = own.get(20..).unwrap_or_default();
        let part = |from: usize, to: usize| {
            texts
                .get((from * width).min(texts.len())..(to * width).min(texts.len()))
                .unwrap_or_default()
                .to_vec()
        };
        let after = after.max(before);
        let number = if level == BULLET { String::new() } else { self.count(level, own)? };
        Some(Number {
            before: part(0, before),
            number,
            after: part(before, after),
            font: u16_at(own, 6)?,
            ordered: level != BULLET,
            wide,
        })
    }

    fn count(&mut self, level: u8, own: &[u8]) -> Option<String> {
        let start = i64::from(u16_at(own, 10)?);
        let level = usize::from(level);
        let count = self.counts.get_mut(level)?;
        *count += 1;
        let number = start.saturating_add(*count - 1);
        if level < usize::from(SEQUENCE) {
            self.counts[level + 1..usize::from(SEQUENCE)].fill(0);
        }
        let format = u8_at(own, 0)?;
        // In these structures 5 is an ordinal and 7 nothing.
        Some(if format == 7 { String::new() } else { numeral(number, format_name(format)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(level: u8, kind: u8, start: u8) -> ParagraphFormat {
        let mut number = vec![kind, 1, 2, 0, 0, 0, 3, 0, 0, 0, start, 0];
        number.resize(20, 0);
        number.extend(b"(.");
        number.resize(52, 0);
        ParagraphFormat { number: Some(number.into()), number_level: level, ..ParagraphFormat::default() }
    }

    #[test]
    fn sequences_count_until_something_else_comes() {
        let mut sequence = Sequence::default();
        let mut label = |format: &ParagraphFormat| {
            sequence.next(format).map(|number| {
                assert_eq!(
                    (number.before.as_slice(), number.after.as_slice(), number.font),
                    (&b"("[..], &b"."[..], 3)
                );
                number.number
            })
        };
        assert_eq!(label(&format(10, 0, 4)).as_deref(), Some("4"));
        assert_eq!(label(&format(10, 2, 4)).as_deref(), Some("v"));
        assert_eq!(label(&format(12, 0, 4)), None);
        assert_eq!(label(&format(10, 0, 4)).as_deref(), Some("6"));
        assert_eq!(label(&ParagraphFormat::default()), None);
        assert_eq!(label(&format(10, 0, 4)).as_deref(), Some("4"));
        assert_eq!(label(&format(11, 0, 4)).as_deref(), Some(""));
        let short = ParagraphFormat {
            number: Some([1, 2][..].into()),
            number_level: 10,
            ..ParagraphFormat::default()
        };
        assert_eq!(label(&short), None);
    }
}
