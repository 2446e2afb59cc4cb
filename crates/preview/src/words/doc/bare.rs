//! Word before version 6, and Write: only their text, paragraph by paragraph.

use encoding_rs::WINDOWS_1252;

use crate::container::bytes::{u16_at, u32_at};
use crate::error::{PreviewError, Result};
use crate::format::Format;
use crate::limits::Quota;
use crate::model::{Block, Inline, Paragraph, TextStyle};

/// Blocks of a document of these versions.
pub(crate) fn read(stream: &[u8], blocks: &mut Quota) -> Result<Vec<Block>> {
    let (start, end) = text(stream)?;
    let bytes = stream.get(start..end.min(stream.len())).ok_or_else(|| PreviewError::malformed("no text"))?;
    let (text, ..) = WINDOWS_1252.decode_without_bom_handling(bytes);
    let mut shown = Vec::new();
    for line in visible(&text).split('\r') {
        if !blocks.take(1) {
            break;
        }
        shown.push(paragraph(line.trim_matches('\n')));
    }
    // The last mark ends the text.
    if matches!(shown.last(), Some(Block::Paragraph(last)) if last.inlines.is_empty()) {
        shown.pop();
    }
    Ok(shown)
}

/// Where the text begins and ends.
fn text(stream: &[u8]) -> Result<(usize, usize)> {
    let long = |at: usize| u32_at(stream, at).map(|value| value as usize);
    let found = match u16_at(stream, 0) {
        // Write and Word for DOS: from 128 on, up to where the header says.
        Some(0xbe31) => Some(128).zip(long(14)),
        // fEncrypted of Word 1 and 2.
        Some(0xa59b | 0xa5db) if u16_at(stream, 10).is_some_and(|flags| flags & 0x0100 != 0) => {
            return Err(PreviewError::Encrypted);
        }
        Some(0xa59b | 0xa5db) => long(24).zip(long(28)),
        _ => None,
    };
    found.filter(|(start, end)| start < end).ok_or(PreviewError::Unsupported(Some(Format::Doc)))
}

/// Without instructions of fields, and with cells set apart by tabs.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    // For each open field, whether its result has begun.
    let (mut fields, mut hidden): (Vec<bool>, usize) = (Vec::new(), 0);
    for character in text.chars() {
        match character {
            '\u{13}' => {
                fields.push(false);
                hidden += 1;
            }
            '\u{14}' => {
                if let Some(result) = fields.last_mut().filter(|result| !**result) {
                    *result = true;
                    hidden -= 1;
                }
            }
            '\u{15}' => hidden -= usize::from(fields.pop() == Some(false)),
            _ if hidden > 0 => {}
            '\u{7}' => shown.push('\t'),
            '\u{c}' => shown.push('\r'),
            '\t' | '\n' | '\r' | '\u{b}' | ' '.. => shown.push(character),
            _ => {}
        }
    }
    shown
}

fn paragraph(line: &str) -> Block {
    let mut inlines = Vec::new();
    for part in line.split_inclusive(['\t', '\u{b}']) {
        let (text, after) = match part.chars().last() {
            Some('\t') => (&part[..part.len() - 1], Some(Inline::Tab)),
            Some('\u{b}') => (&part[..part.len() - 1], Some(Inline::LineBreak)),
            _ => (part, None),
        };
        if !text.is_empty() {
            inlines.push(Inline::Text { text: text.to_owned(), style: TextStyle::default(), link: None });
        }
        inlines.extend(after);
    }
    Block::Paragraph(Paragraph { inlines, ..Paragraph::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(stream: &[u8]) -> Result<Vec<usize>> {
        let blocks = read(stream, &mut Quota::new(10))?;
        Ok(blocks
            .iter()
            .map(|block| if let Block::Paragraph(paragraph) = block { paragraph.inlines.len() } else { 0 })
            .collect())
    }

    #[test]
    fn text_is_found_by_the_header() -> Result<()> {
        let mut write = vec![0x31, 0xbe];
        write.resize(128, 0);
        write.extend(b"One\ttwo\r\nthree\r\n\x13 PAGE \x141\x15.\r\nrest");
        write[14..18].copy_from_slice(&(128 + 28_u32).to_le_bytes());
        assert_eq!(lines(&write)?, [3, 1, 1]);
        let mut two = vec![0; 64];
        two[..2].copy_from_slice(&[0xdb, 0xa5]);
        two[24..32].copy_from_slice(&[32, 0, 0, 0, 40, 0, 0, 0]);
        two[32..40].copy_from_slice(b"a\x15\x14b\rc\x13d");
        assert_eq!(lines(&two)?, [1, 1]);
        two[11] = 1;
        assert!(matches!(lines(&two), Err(PreviewError::Encrypted)));
        assert!(lines(b"\xdb\xa5").is_err());
        Ok(())
    }
}
