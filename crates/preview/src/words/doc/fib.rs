//! The file information block at the start of every document: what it is and where everything else stands
//! ([MS-DOC] 2.5; for Word 6 and 95 Microsoft's "Word 6.0 binary file format").

use crate::container::bytes::{u8_at, u16_at, u32_at};
use crate::error::{PreviewError, Result};
use crate::format::Format;

/// First versions (nFib) that store text and tables in this way.
const WORD_6: u16 = 101;
const WORD_97: u16 = 106;

/// What a document says of itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fib {
    /// Word 6 or 95: text in single bytes, short property codes, everything in one stream.
    pub(crate) old: bool,
    /// Its text is a list of pieces; Word 97 and later always have one.
    pub(crate) complex: bool,
    /// Far eastern Word 95: text in 16 bits.
    pub(crate) wide: bool,
    /// The tables are in `1Table`, not in `0Table`.
    pub(crate) second_table: bool,
    /// Language of the program that made it.
    pub(crate) language: u16,
    /// Where the text of a simple document begins and ends in its stream.
    pub(crate) text: (u32, u32),
    /// Characters of each of its stories, which follow each other.
    pub(crate) lengths: [u32; 8],
    /// Offsets and lengths of its tables, by [`At`].
    places: Vec<(u32, u32)>,
}

/// The stories of a document in their order ([MS-DOC] 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Story {
    Main,
    Footnotes,
    Headers,
    /// After those of macros, which nobody sees.
    Comments = 4,
    Endnotes,
    TextBoxes,
    HeaderTextBoxes,
}

/// Numbers of the tables that are read ([MS-DOC] 2.5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Styles = 1,
    FootnoteReferences = 2,
    FootnoteTexts = 3,
    CommentReferences = 4,
    CommentTexts = 5,
    Sections = 6,
    Headers = 11,
    CharacterPages = 12,
    ParagraphPages = 13,
    Fonts = 15,
    Properties = 31,
    Pieces = 33,
    CommentAuthors = 36,
    Anchors = 40,
    HeaderAnchors = 41,
    EndnoteReferences = 46,
    EndnoteTexts = 47,
    Drawings = 50,
    TextBoxes = 56,
    HeaderTextBoxes = 58,
    Lists = 73,
    ListOverrides = 74,
}

/// Tables that Word 97 has.
const PLACES: usize = 93;

impl Fib {
    pub(crate) fn read(stream: &[u8]) -> Result<Self> {
        let short = |at: usize| u16_at(stream, at).unwrap_or(0);
        let version = short(2);
        if version < WORD_6 {
            return Err(PreviewError::Unsupported(Some(Format::Doc)));
        }
        let flags = short(10);
        // fEncrypted; fObfuscated only says how.
        if flags & 0x0100 != 0 {
            return Err(PreviewError::Encrypted);
        }
        let old = version < WORD_97;
        let mut fib = Self {
            old,
            complex: flags & 0x0004 != 0,
            wide: old && flags & 0x1000 != 0,
            second_table: flags & 0x0200 != 0,
            language: short(6),
            text: (u32_at(stream, 24).unwrap_or(0), u32_at(stream, 28).unwrap_or(0)),
            ..Self::default()
        };
        if old {
            fib.read_old(stream);
        } else {
            fib.read_new(stream);
        }
        Ok(fib)
    }

    fn read_old(&mut self, stream: &[u8]) {
        self.read_lengths(stream, 52);
        self.places = (0..At::HeaderTextBoxes as usize + 1)
            .map(|number| match number {
                0..=37 => 0x58 + 8 * number,
                40 | 41 => 0x192 + 8 * (number - 40),
                42.. => 0x1b2 + 8 * (number - 42),
                _ => usize::MAX - 8,
            })
            .map(|at| (u32_at(stream, at).unwrap_or(0), u32_at(stream, at + 4).unwrap_or(0)))
            .collect();
        // Drawings in Word 6 are of another kind.
        if let Some(place) = self.places.get_mut(At::Drawings as usize) {
            *place = (0, 0);
        }
    }

    /// Three arrays that say their own sizes: 16-bit numbers, 32-bit numbers, offsets with lengths.
    fn read_new(&mut self, stream: &[u8]) {
        let shorts = usize::from(u16_at(stream, 32).unwrap_or(14));
        let longs_at = 34 + 2 * shorts + 2;
        let longs = usize::from(u16_at(stream, longs_at - 2).unwrap_or(22));
        self.read_lengths(stream, longs_at + 12);
        let places_at = longs_at + 4 * longs + 2;
        let count = usize::from(u16_at(stream, places_at - 2).unwrap_or(0)).min(PLACES);
        self.places = (0..count)
            .map(|number| places_at + 8 * number)
            .map(|at| (u32_at(stream, at).unwrap_or(0), u32_at(stream, at + 4).unwrap_or(0)))
            .collect();
    }

    fn read_lengths(&mut self, stream: &[u8], at: usize) {
        for (number, length) in self.lengths.iter_mut().enumerate() {
            *length = u32_at(stream, at + 4 * number).filter(|length| *length < 1 << 31).unwrap_or(0);
        }
    }

    /// Offset and length of a table.
    pub(crate) fn place(&self, which: At) -> (u32, u32) {
        self.places.get(which as usize).copied().unwrap_or((0, 0))
    }

    /// One of the tables; empty where there is none.
    pub(crate) fn table<'s>(&self, stream: &'s [u8], which: At) -> &'s [u8] {
        let (at, length) = self.place(which);
        let rest = stream.get(at as usize..).unwrap_or_default();
        &rest[..rest.len().min(length as usize)]
    }

    /// Where a table begins; some of them go on past what they say.
    pub(crate) fn from<'s>(&self, stream: &'s [u8], which: At) -> &'s [u8] {
        let (at, length) = self.place(which);
        if length == 0 { &[] } else { stream.get(at as usize..).unwrap_or_default() }
    }

    /// Where a story begins and ends, counted in characters of the whole document.
    pub(crate) fn story(&self, story: Story) -> (u32, u32) {
        let before = &self.lengths[..story as usize];
        let start = before.iter().fold(0_u32, |sum, length| sum.saturating_add(*length));
        (start, start.saturating_add(self.lengths[story as usize]))
    }
}

/// The bytes that a stream begins with where a document in it is one of Word 6 and later.
pub(crate) fn is_word_6(stream: &[u8]) -> bool {
    u8_at(stream, 1) == Some(0xa5) && u16_at(stream, 2).is_some_and(|version| version >= WORD_6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(version: u16, flags: u16) -> Vec<u8> {
        let mut stream = vec![0; 0x300];
        stream[..2].copy_from_slice(&0xa5ec_u16.to_le_bytes());
        stream[2..4].copy_from_slice(&version.to_le_bytes());
        stream[10..12].copy_from_slice(&flags.to_le_bytes());
        stream
    }

    #[test]
    fn versions_and_passwords_are_told_apart() {
        for (version, flags, expected) in [
            (45, 0, Some("unsupported")),
            (101, 0, None),
            (193, 0x0100, Some("encrypted")),
            (193, 0x8100, Some("encrypted")),
            (193, 0x0200, None),
        ] {
            let found = Fib::read(&header(version, flags)).err().map(|error| error.code());
            assert_eq!(found, expected, "{version} {flags:#x}");
        }
    }

    #[test]
    fn stories_follow_each_other() -> Result<()> {
        let mut stream = header(193, 0x0200);
        stream[32] = 14;
        stream[62] = 22;
        stream[76..80].copy_from_slice(&100_u32.to_le_bytes());
        stream[80..84].copy_from_slice(&10_u32.to_le_bytes());
        stream[84..88].copy_from_slice(&5_u32.to_le_bytes());
        stream[152] = 40;
        stream[154 + 8 * 33..154 + 8 * 33 + 8].copy_from_slice(&[4, 0, 0, 0, 2, 0, 0, 0]);
        let fib = Fib::read(&stream)?;
        assert_eq!(fib.story(Story::Main), (0, 100));
        assert_eq!(fib.story(Story::Headers), (110, 115));
        assert_eq!(fib.table(b"abcdefgh", At::Pieces), b"ef");
        assert_eq!(fib.table(b"abc", At::Pieces), b"");
        assert!(fib.second_table && !fib.old);
        Ok(())
    }
}
