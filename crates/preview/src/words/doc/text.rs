//! Where the characters of a document stand in its stream: a list of pieces ([MS-DOC] 2.9.38, 2.8.35), or one stretch of
//! bytes in simple documents of Word 6 and 95.

use super::fib::{At, Fib};
use super::sprm::{self, Sprm, sprms};
use crate::container::bytes::{slice, u16_at, u32_at};
use crate::sniff::utf16_without_mark;

/// Bytes that say whether a text whose list of pieces is lost has one or two bytes a character.
const GUESSED: usize = 1024;

/// Characters that follow each other in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Counted in characters of the document.
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Where its first byte stands in the stream.
    pub(crate) offset: u32,
    /// Two bytes a character.
    pub(crate) wide: bool,
    /// Properties of all its characters: a short one or the number of a list ([MS-DOC] 2.9.214).
    prm: u16,
}

impl Piece {
    const fn width(&self) -> u32 {
        if self.wide { 2 } else { 1 }
    }

    /// Where a character of it stands in the stream.
    pub(crate) const fn offset_of(&self, cp: u32) -> u32 {
        self.offset.saturating_add(cp.saturating_sub(self.start).saturating_mul(self.width()))
    }

    /// The first character of it that stands at or after a place in the stream.
    pub(crate) fn cp_of(&self, offset: u32) -> u32 {
        self.start.saturating_add(offset.saturating_sub(self.offset).div_ceil(self.width()))
    }

    /// The bytes of its characters from `from` to `to`.
    pub(crate) fn bytes<'s>(&self, stream: &'s [u8], from: u32, to: u32) -> &'s [u8] {
        let (from, to) = (from.max(self.start), to.min(self.end));
        let start = self.offset_of(from) as usize;
        let length = to.saturating_sub(from).saturating_mul(self.width()) as usize;
        let rest = stream.get(start..).unwrap_or_default();
        &rest[..rest.len().min(length)]
    }
}

/// All pieces, and the lists of properties that they share.
#[derive(Debug, Default)]
pub(crate) struct Text {
    pieces: Vec<Piece>,
    lists: Vec<Vec<u8>>,
    old: bool,
}

impl Text {
    pub(crate) fn read(fib: &Fib, stream: &[u8], tables: &[u8]) -> Self {
        let mut text = Self { old: fib.old, ..Self::default() };
        if fib.complex || !fib.old {
            text.read_pieces(fib.table(tables, At::Pieces), fib);
        }
        if text.pieces.is_empty() {
            text.pieces.extend(whole(fib, stream));
        }
        text
    }

    /// Lists of properties, marked 1, then the pieces, marked 2 ([MS-DOC] 2.9.38).
    fn read_pieces(&mut self, clx: &[u8], fib: &Fib) {
        let mut rest = clx;
        while let Some((1, list)) = rest.first().zip(u16_at(rest, 1)).map(|(kind, length)| (*kind, length)) {
            let length = usize::from(list);
            self.lists.push(slice(rest, 3, length).unwrap_or_default().to_vec());
            rest = rest.get(3 + length..).unwrap_or_default();
        }
        if rest.first() != Some(&2) {
            return;
        }
        let length = u32_at(rest, 1).unwrap_or(0) as usize;
        let plc = rest.get(5..).unwrap_or_default();
        let plc = &plc[..plc.len().min(length)];
        let entries = Plc::new(plc, 8);
        for (start, end, entry) in entries.iter() {
            let (Some(fc), Some(prm)) = (u32_at(entry, 2), u16_at(entry, 6)) else { break };
            let compressed = !fib.old && fc & 0x4000_0000 != 0;
            let offset = if compressed { (fc & 0x3fff_ffff) / 2 } else { fc & 0x3fff_ffff };
            let wide = if fib.old { fib.wide } else { !compressed };
            // Pieces must follow each other; what goes back would show text twice.
            let start = start.max(self.end());
            if start < end {
                self.pieces.push(Piece { start, end, offset, wide, prm });
            }
        }
    }

    /// Characters in all pieces.
    pub(crate) fn end(&self) -> u32 {
        self.pieces.last().map_or(0, |piece| piece.end)
    }

    /// Characters that should be there are not.
    pub(crate) fn is_cut(&self, stream: &[u8]) -> bool {
        let missing = |piece: &Piece| {
            let wanted = u64::from(piece.end - piece.start) * u64::from(piece.width());
            (piece.bytes(stream, piece.start, piece.end).len() as u64) < wanted
        };
        self.pieces.iter().any(missing)
    }

    /// The piece that a character is in, or the next one.
    fn index_of(&self, cp: u32) -> usize {
        self.pieces.partition_point(|piece| piece.end <= cp)
    }

    pub(crate) fn piece_at(&self, cp: u32) -> Option<&Piece> {
        self.pieces.get(self.index_of(cp)).filter(|piece| piece.start <= cp)
    }

    /// Pieces with characters between `from` and `to`.
    pub(crate) fn between(&self, from: u32, to: u32) -> impl Iterator<Item = &Piece> {
        self.pieces[self.index_of(from)..].iter().take_while(move |piece| piece.start < to)
    }

    /// The first character from `from` to `to` that is one of `marks`.
    pub(crate) fn find(&self, stream: &[u8], from: u32, to: u32, marks: &[u8]) -> Option<(u32, u8)> {
        self.between(from, to).find_map(|piece| {
            let bytes = piece.bytes(stream, from, to);
            let found = if piece.wide {
                bytes.chunks_exact(2).enumerate().find_map(|(at, pair)| {
                    (pair[1] == 0 && marks.contains(&pair[0])).then_some((at, pair[0]))
                })
            } else {
                bytes.iter().enumerate().find_map(|(at, byte)| marks.contains(byte).then_some((at, *byte)))
            };
            found.map(|(at, mark)| (from.max(piece.start).saturating_add(at as u32), mark))
        })
    }

    /// Bytes of the properties that a piece has as a whole.
    pub(crate) fn properties_len(&self, piece: &Piece) -> usize {
        let list = (piece.prm & 1 == 1).then(|| self.lists.get(usize::from(piece.prm >> 1))).flatten();
        list.map_or(0, Vec::len)
    }

    /// Gives the properties that a piece has as a whole to `apply`.
    pub(crate) fn piece_properties(&self, piece: &Piece, apply: &mut dyn FnMut(Sprm<'_>)) {
        if piece.prm & 1 == 0 {
            let value = [(piece.prm >> 8) as u8];
            if let Some(sprm) =
                sprm::of_piece((piece.prm >> 1 & 0x7f) as u8, &value).filter(|_| piece.prm != 0)
            {
                apply(sprm);
            }
        } else if let Some(list) = self.lists.get(usize::from(piece.prm >> 1)) {
            sprms(list, self.old).for_each(apply);
        }
    }
}

/// The one piece of a simple document; also what is left where the list of pieces is lost.
fn whole(fib: &Fib, stream: &[u8]) -> Option<Piece> {
    let (start, end) = fib.text;
    let bytes = u32::try_from(stream.len()).unwrap_or(u32::MAX).min(end).checked_sub(start)?;
    let text = stream.get(start as usize..)?;
    let wide = fib.wide || !fib.old && utf16_without_mark(&text[..text.len().min(GUESSED)]);
    let count = if wide { bytes / 2 } else { bytes };
    (count > 0).then_some(Piece { start: 0, end: count, offset: start, wide, prm: 0 })
}

/// Positions with something for each stretch between two of them ([MS-DOC] 2.2.2).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plc<'a> {
    bytes: &'a [u8],
    size: usize,
    count: usize,
}

impl<'a> Plc<'a> {
    /// `size`: bytes of what each stretch has.
    pub(crate) const fn new(bytes: &'a [u8], size: usize) -> Self {
        Self { bytes, size, count: bytes.len().saturating_sub(4) / (size + 4) }
    }

    pub(crate) const fn len(&self) -> usize {
        self.count
    }

    /// Where stretch `index` begins; the last one's end has the number of all stretches.
    pub(crate) fn position(&self, index: usize) -> Option<u32> {
        if index > self.count { None } else { u32_at(self.bytes, 4 * index) }
    }

    pub(crate) fn entry(&self, index: usize) -> Option<&'a [u8]> {
        slice(self.bytes, 4 * (self.count + 1) + self.size * index, self.size)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = (u32, u32, &'a [u8])> {
        (0..self.count).map_while(move |index| {
            Some((self.position(index)?, self.position(index + 1)?, self.entry(index)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clx(pieces: &[(u32, u32, u16)], end: u32) -> Vec<u8> {
        let mut plc = Vec::new();
        pieces.iter().for_each(|(start, ..)| plc.extend(start.to_le_bytes()));
        plc.extend(end.to_le_bytes());
        for (_, fc, prm) in pieces {
            plc.extend([0, 0]);
            plc.extend(fc.to_le_bytes());
            plc.extend(prm.to_le_bytes());
        }
        let mut clx = vec![1, 3, 0, 0x35, 0x08, 1, 2];
        clx.extend((plc.len() as u32).to_le_bytes());
        clx.extend(plc);
        clx
    }

    /// A character's code as it is stored.
    fn unit(text: &Text, stream: &[u8], cp: u32) -> Option<u16> {
        let bytes = text.piece_at(cp)?.bytes(stream, cp, cp + 1);
        u16_at(bytes, 0).or_else(|| bytes.first().map(|byte| u16::from(*byte)))
    }

    #[test]
    fn characters_are_found_in_pieces_of_both_widths() {
        // "ab\r" in single bytes, then "c\r" in two.
        let stream = b"ab\rc\0\r\0";
        let mut text = Text::default();
        text.read_pieces(&clx(&[(0, 0x4000_0000, 0), (3, 3, 1)], 5), &Fib::default());
        assert_eq!(text.end(), 5);
        let units: Vec<_> = (0..6).map(|cp| unit(&text, stream, cp)).collect();
        assert_eq!(units, [Some(97), Some(98), Some(13), Some(99), Some(13), None]);
        assert_eq!(text.find(stream, 0, 5, b"\r"), Some((2, 13)));
        assert_eq!(text.find(stream, 3, 5, b"\r"), Some((4, 13)));
        assert_eq!(text.find(stream, 3, 4, b"\r"), None);
        let mut codes = Vec::new();
        text.between(0, 5).for_each(|piece| text.piece_properties(piece, &mut |sprm| codes.push(sprm.code)));
        assert_eq!(codes, [sprm::code::C_F_BOLD]);
    }

    #[test]
    fn pieces_outside_of_the_stream_are_empty() {
        let mut text = Text::default();
        text.read_pieces(
            &clx(&[(0, 0x3fff_ffff, 0), (3, 0x4000_0000, 0), (2, 0x4000_0000, 0)], 0x7fff_ffff),
            &Fib::default(),
        );
        assert_eq!(text.find(b"ab\r", 0, u32::MAX, b"\r").map(|(cp, _)| cp), Some(5));
        assert_eq!(unit(&text, b"ab", 0), None);
        text.read_pieces(&[2, 255, 255, 255, 255, 1], &Fib::default());
    }
}
