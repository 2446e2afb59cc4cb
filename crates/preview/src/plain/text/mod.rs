//! Text of any size and encoding, read line by line from any line's offset: what lines, tables and trees stand on.
//!
//! Nothing is kept but one piece of the source, and an error leaves everything as it was: bytes that have not come yet
//! are asked for again by the same call.

mod encoding;
mod pieces;
mod stream;

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

pub(crate) use pieces::Pieces;
pub(crate) use stream::{Mark, Stream};

use crate::error::Result;
use crate::source::ReadAt;

/// Bytes of a line that are handled at once: a longer line goes on as the next.
pub(crate) const LONGEST: usize = 20_000;
/// Bytes that are searched for a good place to break a long line, back from [`LONGEST`].
const BREAK: usize = 256;

/// A source with its encoding.
#[derive(Clone)]
pub(crate) struct Text<'a> {
    pieces: Pieces<'a>,
    encoding: &'static Encoding,
    /// Bytes of the byte order mark.
    start: u64,
}

/// Where a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// The offset of what follows, line end excluded.
    pub(crate) next: u64,
    /// The line goes on there: it is longer than [`LONGEST`].
    pub(crate) goes_on: bool,
}

impl<'a> Text<'a> {
    /// Text that says nothing of its encoding but by a byte order mark.
    pub(crate) fn plain(source: &'a dyn ReadAt) -> Result<Self> {
        let mut pieces = Pieces::new(source);
        let (encoding, start) = encoding::of_text(&mut pieces)?;
        Ok(Self { pieces, encoding, start })
    }

    /// XML, which may declare its encoding.
    pub(crate) fn xml(source: &'a dyn ReadAt) -> Result<Self> {
        let mut pieces = Pieces::new(source);
        let (encoding, start) = encoding::of_xml(&mut pieces)?;
        Ok(Self { pieces, encoding, start })
    }

    pub(crate) const fn encoding(&self) -> &'static Encoding {
        self.encoding
    }

    /// The offset of the first character.
    pub(crate) const fn start(&self) -> u64 {
        self.start
    }

    /// Whether nothing comes at this offset any more.
    pub(crate) fn is_end(&self, at: u64) -> bool {
        at >= self.pieces.len()
    }

    /// Reads the line that begins at `at` into `raw`, undecoded and without its end (`\n`, `\r\n`, `\r`); none at the end.
    pub(crate) fn line(&mut self, at: u64, raw: &mut Vec<u8>) -> Result<Option<End>> {
        raw.clear();
        let mut here = at;
        while raw.len() < LONGEST {
            let encoding = self.encoding;
            let piece = self.pieces.from(here)?;
            if piece.is_empty() {
                break;
            }
            let stretch = &piece[..piece.len().min(LONGEST - raw.len())];
            let found = line_end(stretch, encoding);
            let taken = found.unwrap_or(stretch.len());
            raw.extend_from_slice(&stretch[..taken]);
            here += taken as u64;
            if found.is_some() {
                break;
            }
        }
        if let Some(next) = self.after_line_end(here)? {
            return Ok(Some(End { next, goes_on: false }));
        }
        if raw.len() >= LONGEST && !self.is_end(here) {
            let kept = breaking_point(raw, self.encoding);
            here -= (raw.len() - kept) as u64;
            raw.truncate(kept);
            return Ok(Some(End { next: here, goes_on: true }));
        }
        Ok((here > at).then_some(End { next: here, goes_on: false }))
    }

    /// The offset behind the line end at `at`; none where there is no line end.
    fn after_line_end(&mut self, at: u64) -> Result<Option<u64>> {
        let width = width(self.encoding);
        match self.unit(at)? {
            Some(0x0a) => Ok(Some(at + width)),
            Some(0x0d) if self.unit(at + width)? == Some(0x0a) => Ok(Some(at + 2 * width)),
            Some(0x0d) => Ok(Some(at + width)),
            _ => Ok(None),
        }
    }

    /// The byte, or the two bytes of UTF-16, at `at`; none at the end.
    fn unit(&mut self, at: u64) -> Result<Option<u16>> {
        let encoding = self.encoding;
        Ok(match *self.pieces.from(at)? {
            [first, second, ..] if encoding == UTF_16LE => Some(u16::from_le_bytes([first, second])),
            [first, second, ..] if encoding == UTF_16BE => Some(u16::from_be_bytes([first, second])),
            [first, ..] if width(encoding) == 1 => Some(first.into()),
            _ => None,
        })
    }

    /// What the bytes of a line say; what cannot be decoded becomes U+FFFD.
    pub(crate) fn decode<'r>(&self, raw: &'r [u8]) -> Cow<'r, str> {
        self.encoding.decode_without_bom_handling(raw).0
    }
}

/// Bytes of the smallest unit.
fn width(encoding: &'static Encoding) -> u64 {
    if encoding == UTF_16LE || encoding == UTF_16BE { 2 } else { 1 }
}

/// Where the first line end begins. In none of the encodings that are read here are its bytes a part of anything else.
fn line_end(bytes: &[u8], encoding: &'static Encoding) -> Option<usize> {
    let among_units = |high: usize| {
        let mut units = bytes.chunks_exact(2);
        units.position(|unit| unit[high] == 0 && matches!(unit[1 - high], b'\n' | b'\r')).map(|unit| unit * 2)
    };
    if encoding == UTF_16LE {
        among_units(1)
    } else if encoding == UTF_16BE {
        among_units(0)
    } else {
        bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'))
    }
}

/// How much of a long line is taken: to its last blank, otherwise to its last whole character.
fn breaking_point(raw: &[u8], encoding: &'static Encoding) -> usize {
    let length = raw.len();
    let last = |wanted: &dyn Fn(&u8) -> bool| {
        raw.iter().rev().take(BREAK).position(wanted).map(|from_end| length - from_end)
    };
    if width(encoding) == 2 {
        let high = if encoding == UTF_16LE { 1 } else { 2 };
        let whole = length & !1;
        // The first half of a surrogate pair goes to the next.
        let half = whole
            .checked_sub(3 - high)
            .and_then(|at| raw.get(at))
            .is_some_and(|byte| matches!(byte, 0xd8..=0xdb));
        return if half { whole.saturating_sub(2) } else { whole }.max(2);
    }
    // A blank is never a part of another character.
    if let Some(blank) = last(&|byte| *byte == b' ') {
        return blank;
    }
    if encoding == UTF_8 {
        let lead = last(&|byte| !matches!(byte, 0x80..=0xbf));
        return lead.map_or(length, |after| after - 1).max(1);
    }
    // Between two characters of ASCII nothing is cut apart either.
    last(&|byte| *byte < 0x30).unwrap_or(length)
}

/// Control characters as pictures of themselves, which nothing draws otherwise; line breaks inside are kept where
/// `line_breaks` says so.
pub(crate) fn visible(text: &str, line_breaks: bool) -> Cow<'_, str> {
    let shown = |character: char| match character {
        '\t' => character,
        '\n' if line_breaks => character,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or(character),
        '\u{7f}' => '\u{2421}',
        // Next line, line separator and paragraph separator: editors do not begin a line with them either.
        '\u{85}' | '\u{2028}' | '\u{2029}' => '\u{2424}',
        character => character,
    };
    if text.chars().all(|character| shown(character) == character) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(shown).collect())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::RefCell;
    use std::collections::HashSet;
    use std::io;

    use super::*;
    use crate::PreviewError;

    /// A source that has no piece of itself at the first time it is asked for it.
    pub(crate) struct Late {
        bytes: Vec<u8>,
        asked: RefCell<HashSet<u64>>,
    }

    impl Late {
        pub(crate) fn new(bytes: impl Into<Vec<u8>>) -> Self {
            Self { bytes: bytes.into(), asked: RefCell::default() }
        }
    }

    impl ReadAt for Late {
        fn len(&self) -> u64 {
            self.bytes.len() as u64
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            if self.asked.borrow_mut().insert(offset) {
                return Err(PreviewError::Waiting { offset, length: buffer.len() as u64 }.into());
            }
            self.bytes.read_at(offset, buffer)
        }
    }

    /// Asks until nothing is waited for any more.
    pub(crate) fn patiently<T>(mut ask: impl FnMut() -> Result<T>) -> Result<T> {
        loop {
            match ask() {
                Err(PreviewError::Waiting { .. }) => {}
                answer => return answer,
            }
        }
    }

    fn lines(bytes: &dyn ReadAt) -> Result<Vec<String>> {
        let mut text = Text::plain(bytes)?;
        let (mut at, mut raw, mut all) = (text.start(), Vec::new(), Vec::new());
        while let Some(end) = text.line(at, &mut raw)? {
            all.push(text.decode(&raw).into_owned());
            at = end.next;
        }
        Ok(all)
    }

    #[test]
    fn lines_end_as_anywhere() -> Result<()> {
        for (text, expected) in [
            ("", vec![]),
            ("\n", vec![""]),
            ("a\nb\r\nc\rd", vec!["a", "b", "c", "d"]),
            ("a\n\n\r\r\nb\n", vec!["a", "", "", "", "b"]),
        ] {
            assert_eq!(lines(&text.as_bytes().to_vec())?, expected, "{text:?}");
            let utf16: Vec<u8> =
                format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect();
            assert_eq!(lines(&utf16)?, expected, "{text:?} in UTF-16");
        }
        Ok(())
    }

    #[test]
    fn long_lines_go_on_and_no_character_is_cut_apart() -> Result<()> {
        for character in ["a", "é", "漢", "🙂", "ab "] {
            let line = character.repeat(3 * LONGEST / character.len());
            let parts = lines(&format!("{line}\nend").into_bytes())?;
            assert!(parts.iter().all(|part| part.len() <= LONGEST));
            assert_eq!(parts.concat(), format!("{line}end"), "{character}");
            let utf16: Vec<u8> =
                format!("\u{feff}{line}").encode_utf16().flat_map(u16::to_le_bytes).collect();
            assert_eq!(lines(&utf16)?.concat(), line, "{character} in UTF-16");
        }
        let exact = format!("{}\r\nb", "a".repeat(LONGEST));
        assert_eq!(lines(&exact.into_bytes())?.len(), 2, "the line end belongs to it");
        Ok(())
    }

    #[test]
    fn control_characters_are_seen() {
        assert_eq!(visible("a\tb\u{c}\u{1b}[0m\u{2028}", false), "a\tb␌␛[0m␤");
        assert_eq!(visible("a\nb", false), "a␊b");
        assert_eq!(visible("a\nb\0", true), "a\nb␀");
    }
}
