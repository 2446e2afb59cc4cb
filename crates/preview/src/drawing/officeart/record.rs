//! Records: what drawings are made of ([MS-ODRAW] 2.2.1), and whole presentations ([MS-PPT] 2.3.1).

use crate::container::bytes::{Bytes, u16_at, u32_at, utf16_to_nul};

/// Bytes of a record's header.
pub(crate) const HEADER: usize = 8;

/// Types of records that are read here ([MS-ODRAW] 2.1).
pub(crate) mod kind {
    pub(crate) const DRAWING_GROUP_CONTAINER: u16 = 0xf000;
    pub(crate) const BLIP_STORE: u16 = 0xf001;
    pub(crate) const DRAWING_CONTAINER: u16 = 0xf002;
    pub(crate) const GROUP: u16 = 0xf003;
    pub(crate) const SHAPE: u16 = 0xf004;
    pub(crate) const BLIP_STORE_ENTRY: u16 = 0xf007;
    pub(crate) const GROUP_COORDINATES: u16 = 0xf009;
    pub(crate) const SHAPE_ATOM: u16 = 0xf00a;
    pub(crate) const OPTIONS: u16 = 0xf00b;
    pub(crate) const CLIENT_TEXTBOX: u16 = 0xf00d;
    pub(crate) const CHILD_ANCHOR: u16 = 0xf00f;
    pub(crate) const CLIENT_ANCHOR: u16 = 0xf010;
    pub(crate) const CLIENT_DATA: u16 = 0xf011;
    pub(crate) const BLIPS: std::ops::RangeInclusive<u16> = 0xf018..=0xf117;
    pub(crate) const SECONDARY_OPTIONS: u16 = 0xf121;
    pub(crate) const TERTIARY_OPTIONS: u16 = 0xf122;
}

/// A record: what its header says, and its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    /// The upper 12 bits of the first field; the lower 4 are the version.
    pub(crate) instance: u16,
    pub(crate) kind: u16,
    /// As much of it as is there.
    pub(crate) data: &'a [u8],
    /// Where its content begins, in the bytes that the outermost record was read from.
    pub(crate) at: usize,
}

impl<'a> Record<'a> {
    /// The record that begins at `offset`; its content is cut where the stream ends.
    pub(crate) fn at(stream: &'a [u8], offset: usize) -> Option<Self> {
        let header = stream.get(offset..)?;
        let (head, kind, length) = (u16_at(header, 0)?, u16_at(header, 2)?, u32_at(header, 4)?);
        let rest = header.get(HEADER..)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
        Some(Self { instance: head >> 4, kind, data: &rest[..length], at: offset + HEADER })
    }

    /// Where it ends.
    pub(crate) const fn end(&self) -> usize {
        self.at + self.data.len()
    }

    /// The records inside.
    pub(crate) const fn children(&self) -> Records<'a> {
        Records { rest: self.data, at: self.at }
    }

    /// The first record of a type inside.
    pub(crate) fn child(&self, kind: u16) -> Option<Self> {
        self.children().find(|record| record.kind == kind)
    }

    /// The first record of a type and an instance inside.
    pub(crate) fn instance(&self, kind: u16, instance: u16) -> Option<Self> {
        self.children().find(|record| record.kind == kind && record.instance == instance)
    }

    /// Its content, field by field.
    pub(crate) const fn bytes(&self) -> Bytes<'a> {
        Bytes(self.data)
    }

    /// UTF-16 text, up to its NUL.
    pub(crate) fn text(&self) -> String {
        utf16_to_nul(self.data)
    }
}

/// Records one after the other, until their bytes end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Records<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, at: 0 }
    }

    /// Those from `start` to `end` of a stream.
    pub(crate) fn within(stream: &'a [u8], start: usize, end: usize) -> Self {
        Self { rest: stream.get(start..end.min(stream.len())).unwrap_or(&[]), at: start }
    }

    /// What the iterator has not come to yet.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let record = Record::at(self.rest, 0)?;
        self.rest = self.rest.get(record.end()..).unwrap_or(&[]);
        let record = Record { at: self.at + record.at, ..record };
        self.at = record.end();
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::record;
    use super::*;

    #[test]
    fn records_are_read_as_far_as_they_are_there() {
        let mut bytes = record(kind::GROUP, 3, &record(kind::SHAPE, 0, b"a\0b\0\0\0c\0"));
        bytes.extend(record(kind::OPTIONS, 0, &[1, 2, 3, 4]));
        bytes.truncate(bytes.len() - 2);
        let all: Vec<Record<'_>> = Records::new(&bytes).collect();
        assert_eq!(all.len(), 2);
        let inner = all[0].child(kind::SHAPE);
        assert_eq!((all[0].instance, inner.map(|text| text.text())), (3, Some("ab".to_owned())));
        assert_eq!(inner.map(|inner| (inner.at, inner.end())), Some((16, 24)), "places in the whole stream");
        assert_eq!(all[1].data, [1, 2], "cut where the stream ends");
        assert_eq!(Records::new(&[0; 7]).count(), 0, "not even a header");
        assert_eq!(Records::new(&[0xff; 64]).count(), 1, "a length beyond everything");
        assert_eq!(Records::within(&bytes, 99, 8).count(), 0);
        assert_eq!(Records::within(&bytes, 8, 24).next().map(|inner| inner.at), Some(16));
        assert_eq!(Record::at(&bytes, usize::MAX), None);
    }
}
