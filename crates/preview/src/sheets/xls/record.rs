//! Records: kind, length and content, one after the other ([MS-XLS] 2.1.4), and content that goes on in further records.

use crate::sheets::biff::bytes::utf16;

/// Numbers of records ([MS-XLS] 2.3.2; those before BIFF8 by OpenOffice.org's documentation of the file format, 5).
pub(super) mod kind {
    pub(crate) const CONTINUE: u16 = 0x003c;
    pub(crate) const EOF: u16 = 0x000a;
}

/// A record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    pub(super) kind: u16,
    /// Where it begins in the stream.
    pub(super) at: usize,
    /// What is there of its content.
    pub(super) data: &'a [u8],
}

/// A stream of records from some place on; it ends where the bytes do.
#[derive(Clone, Debug)]
pub(super) struct Records<'a> {
    stream: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    pub(super) const fn new(stream: &'a [u8], at: usize) -> Self {
        Self { stream, at }
    }

    /// The content of the record `record` and of those that go on with it.
    pub(super) fn joined(&self, record: Record<'a>) -> Chain<'a> {
        Chain::new(self.stream, record)
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let at = self.at;
        let head = self.stream.get(at..at.checked_add(4)?)?;
        let [kind, size] = [[head[0], head[1]], [head[2], head[3]]].map(u16::from_le_bytes);
        let start = at + 4;
        let end = start.saturating_add(usize::from(size)).min(self.stream.len());
        self.at = end;
        Some(Record { kind, at, data: self.stream.get(start..end)? })
    }
}

/// Where a value begins: in the stream, with the end of the record it is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) at: u32,
    pub(super) end: u32,
}

/// The content of a record and of the `CONTINUE` records after it.
#[derive(Clone, Debug)]
pub(super) struct Chain<'a> {
    stream: &'a [u8],
    at: usize,
    /// Of the record that is being read.
    end: usize,
}

impl<'a> Chain<'a> {
    pub(super) fn new(stream: &'a [u8], record: Record<'a>) -> Self {
        let at = record.at.saturating_add(4);
        Self { stream, at, end: at.saturating_add(record.data.len()) }
    }

    /// Goes on reading at a place.
    pub(super) fn from(stream: &'a [u8], place: Place) -> Self {
        let end = (place.end as usize).min(stream.len());
        Self { stream, at: (place.at as usize).min(end), end }
    }

    pub(super) fn place(&self) -> Place {
        // Streams are under 4 GiB ([`crate::Limits::part`]).
        Place { at: self.at as u32, end: self.end as u32 }
    }

    /// Goes into the next record where this one is read; false where none goes on.
    fn advance(&mut self) -> bool {
        while self.at >= self.end {
            match Records::new(self.stream, self.end).next() {
                Some(next) if next.kind == kind::CONTINUE => {
                    self.at = next.at.saturating_add(4);
                    self.end = self.at.saturating_add(next.data.len());
                }
                _ => return false,
            }
        }
        true
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        if !self.advance() {
            return None;
        }
        let byte = *self.stream.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.u8()?, self.u8()?]))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from(self.u16()?) | u32::from(self.u16()?) << 16)
    }

    /// Passes over bytes, or to the end.
    pub(super) fn skip(&mut self, mut count: usize) {
        while count > 0 && self.advance() {
            let step = count.min(self.end - self.at);
            self.at += step;
            count -= step;
        }
    }

    /// Up to `count` bytes.
    pub(super) fn bytes(&mut self, mut count: usize) -> Vec<u8> {
        let mut all = Vec::new();
        while count > 0 && self.advance() {
            let step = count.min(self.end - self.at);
            all.extend_from_slice(self.stream.get(self.at..self.at + step).unwrap_or_default());
            self.at += step;
            count -= step;
        }
        all
    }

    /// Calls `each` with the characters' pieces: bytes, and whether they are UTF-16 or the lower halves of it. Where
    /// characters go on in another record, that begins with a byte that says which of both ([MS-XLS] 2.5.293).
    fn pieces(&mut self, mut count: usize, mut wide: bool, mut each: impl FnMut(&[u8], bool)) {
        loop {
            let unit = if wide { 2 } else { 1 };
            let fits = count.min(self.end.saturating_sub(self.at) / unit);
            let bytes = self.stream.get(self.at..self.at + fits * unit).unwrap_or_default();
            each(bytes, wide);
            self.at += bytes.len();
            count -= fits;
            if count == 0 {
                return;
            }
            // A byte that is left over belongs to no character.
            self.at = self.at.max(self.end);
            let Some(flags) = self.u8() else { return };
            wide = flags & 1 != 0;
        }
    }

    /// Characters, as far as they are there.
    pub(super) fn characters(&mut self, count: usize, wide: bool) -> String {
        let (mut units, mut mixed) = (Vec::new(), false);
        let mut text = String::new();
        self.pieces(count, wide, |bytes, wide| {
            if wide || mixed {
                // Pairs of surrogates may be split between records, so that UTF-16 is decoded at the end.
                mixed = true;
                if wide {
                    units.extend_from_slice(bytes);
                } else {
                    units.extend(bytes.iter().flat_map(|byte| [*byte, 0]));
                }
            } else {
                text.extend(bytes.iter().map(|byte| char::from(*byte)));
            }
        });
        text.push_str(&utf16(&units));
        text
    }

    /// Passes over characters.
    pub(super) fn skip_characters(&mut self, count: usize, wide: bool) {
        self.pieces(count, wide, |_, _| ());
    }

    /// Nothing of it is left.
    pub(super) fn is_empty(&mut self) -> bool {
        !self.advance()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Records as bytes.
    pub(in crate::sheets::xls) fn records(all: &[(u16, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (kind, data) in all {
            bytes.extend(kind.to_le_bytes());
            bytes.extend((data.len() as u16).to_le_bytes());
            bytes.extend(*data);
        }
        bytes
    }

    #[test]
    fn characters_change_their_width_between_records() {
        type Case<'c> = (&'c [(u16, &'c [u8])], usize, bool, &'c str);
        let cases: [Case<'_>; 6] = [
            (&[(0xfc, b"abc"), (1, b"d")], 4, false, "abc"),
            (&[(0xfc, b"ab"), (kind::CONTINUE, b"\0cd")], 4, false, "abcd"),
            (&[(0xfc, b"ab"), (kind::CONTINUE, b"\x01\xac\x20d\0")], 4, false, "ab€d"),
            (&[(0xfc, b"\xac\x20"), (kind::CONTINUE, b"\0xyz")], 3, true, "€xy"),
            (&[(0xfc, b"\x3d\xd8"), (kind::CONTINUE, b"\x01\0\xde")], 2, true, "😀"),
            (&[(0xfc, b"a"), (kind::CONTINUE, b""), (kind::CONTINUE, b"\0b")], 2, false, "ab"),
        ];
        for (all, count, wide, expected) in cases {
            let bytes = records(all);
            let mut stream = Records::new(&bytes, 0);
            let Some(first) = stream.next() else { panic!("a record") };
            assert_eq!(stream.joined(first).characters(count, wide), expected);
        }
    }

    #[test]
    fn a_record_that_is_cut_has_what_is_there() {
        let bytes = [0xfc, 0, 9, 0, 1, 2];
        let all: Vec<_> = Records::new(&bytes, 0).map(|record| record.data.to_vec()).collect();
        assert_eq!(all, [vec![1, 2]]);
        assert_eq!(Records::new(&bytes, 99).next().map(|record| record.kind), None);
    }
}
