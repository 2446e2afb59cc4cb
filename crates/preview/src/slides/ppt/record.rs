//! Records: what both the document stream and the drawings in it are made of ([MS-PPT] 2.3.1, [MS-ODRAW] 2.2.1).

/// Bytes of a record's header.
pub(super) const HEADER: usize = 8;

/// Types of records that are read here ([MS-PPT] 2.13.24, [MS-ODRAW] 2.1).
pub(super) mod kind {
    pub(crate) const DOCUMENT: u16 = 0x03e8;
    pub(crate) const DOCUMENT_ATOM: u16 = 0x03e9;
    pub(crate) const SLIDE: u16 = 0x03ee;
    pub(crate) const SLIDE_ATOM: u16 = 0x03ef;
    pub(crate) const NOTES: u16 = 0x03f0;
    pub(crate) const ENVIRONMENT: u16 = 0x03f2;
    pub(crate) const SLIDE_PERSIST: u16 = 0x03f3;
    pub(crate) const MAIN_MASTER: u16 = 0x03f8;
    pub(crate) const SLIDE_SHOW_INFO: u16 = 0x03f9;
    pub(crate) const VBA_INFO: u16 = 0x03ff;
    pub(crate) const EXTERNAL_OBJECTS: u16 = 0x0409;
    pub(crate) const DRAWING_GROUP: u16 = 0x040b;
    pub(crate) const DRAWING: u16 = 0x040c;
    pub(crate) const LIST: u16 = 0x07d0;
    pub(crate) const FONTS: u16 = 0x07d5;
    pub(crate) const COLOR_SCHEME: u16 = 0x07f0;
    pub(crate) const PLACEHOLDER: u16 = 0x0bc3;
    pub(crate) const OUTLINE_TEXT_REF: u16 = 0x0f9e;
    pub(crate) const TEXT_HEADER: u16 = 0x0f9f;
    pub(crate) const TEXT_CHARS: u16 = 0x0fa0;
    pub(crate) const STYLE_TEXT_PROP: u16 = 0x0fa1;
    pub(crate) const TEXT_MASTER_STYLE: u16 = 0x0fa3;
    pub(crate) const TEXT_CHARACTER_DEFAULT: u16 = 0x0fa4;
    pub(crate) const TEXT_PARAGRAPH_DEFAULT: u16 = 0x0fa5;
    pub(crate) const TEXT_RULER: u16 = 0x0fa6;
    pub(crate) const TEXT_BYTES: u16 = 0x0fa8;
    pub(crate) const STYLE_TEXT_PROP_9: u16 = 0x0fac;
    pub(crate) const TEXT_MASTER_STYLE_9: u16 = 0x0fad;
    pub(crate) const OUTLINE_TEXT_PROPS_9: u16 = 0x0fae;
    pub(crate) const OUTLINE_TEXT_PROPS_HEADER_9: u16 = 0x0faf;
    pub(crate) const FONT_ENTITY: u16 = 0x0fb7;
    pub(crate) const CSTRING: u16 = 0x0fba;
    pub(crate) const HYPERLINK_ATOM: u16 = 0x0fd3;
    pub(crate) const HYPERLINK: u16 = 0x0fd7;
    pub(crate) const SLIDE_NUMBER_META: u16 = 0x0fd8;
    pub(crate) const HEADERS_FOOTERS: u16 = 0x0fd9;
    pub(crate) const HEADERS_FOOTERS_ATOM: u16 = 0x0fda;
    pub(crate) const TEXT_INTERACTIVE_INFO: u16 = 0x0fdf;
    pub(crate) const SLIDE_LIST: u16 = 0x0ff0;
    pub(crate) const INTERACTIVE_INFO: u16 = 0x0ff2;
    pub(crate) const INTERACTIVE_INFO_ATOM: u16 = 0x0ff3;
    pub(crate) const USER_EDIT: u16 = 0x0ff5;
    pub(crate) const CURRENT_USER: u16 = 0x0ff6;
    pub(crate) const DATE_TIME_META: u16 = 0x0ff7;
    pub(crate) const GENERIC_DATE_META: u16 = 0x0ff8;
    pub(crate) const HEADER_META: u16 = 0x0ff9;
    pub(crate) const FOOTER_META: u16 = 0x0ffa;
    pub(crate) const RTF_DATE_TIME_META: u16 = 0x1015;
    pub(crate) const PROG_TAGS: u16 = 0x1388;
    pub(crate) const PROG_BINARY_TAG: u16 = 0x138a;
    pub(crate) const BINARY_TAG_DATA: u16 = 0x138b;
    pub(crate) const PERSIST_DIRECTORY: u16 = 0x1772;

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
pub(super) struct Record<'a> {
    /// 15 bits of version and instance: 4 of them are the version.
    pub(super) instance: u16,
    pub(super) kind: u16,
    /// As much of it as is there.
    pub(super) data: &'a [u8],
}

impl<'a> Record<'a> {
    /// The record that begins at `offset`; its content is cut where the stream ends.
    pub(super) fn at(stream: &'a [u8], offset: usize) -> Option<Self> {
        let mut bytes = Bytes::new(stream.get(offset..)?);
        let version_and_instance = bytes.u16()?;
        let kind = bytes.u16()?;
        let length = usize::try_from(bytes.u32()?).unwrap_or(usize::MAX);
        let data = &bytes.rest[..length.min(bytes.rest.len())];
        Some(Self { instance: version_and_instance >> 4, kind, data })
    }

    /// The records inside.
    pub(super) fn children(&self) -> Records<'a> {
        Records { rest: self.data }
    }

    /// The first record of a type inside.
    pub(super) fn child(&self, kind: u16) -> Option<Self> {
        self.children().find(|record| record.kind == kind)
    }

    /// The first record of a type and an instance inside.
    pub(super) fn instance(&self, kind: u16, instance: u16) -> Option<Self> {
        self.children().find(|record| record.kind == kind && record.instance == instance)
    }

    /// Its content, field by field.
    pub(super) const fn bytes(&self) -> Bytes<'a> {
        Bytes::new(self.data)
    }

    /// UTF-16 text, up to its NUL.
    pub(super) fn text(&self) -> String {
        utf16(self.data)
    }
}

/// UTF-16 in little endian, up to a NUL.
pub(super) fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    String::from_utf16_lossy(&units)
}

/// Records one after the other, until their bytes end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Records<'a> {
    rest: &'a [u8],
}

impl<'a> Records<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What the iterator has not come to yet.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let record = Record::at(self.rest, 0)?;
        self.rest = self.rest.get(HEADER + record.data.len()..).unwrap_or(&[]);
        Some(record)
    }
}

/// Fields in little endian, one after the other; none once the bytes are used up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> Bytes<'a> {
    pub(super) const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn i16(&mut self) -> Option<i16> {
        self.array().map(i16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn i32(&mut self) -> Option<i32> {
        self.array().map(i32::from_le_bytes)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A record with this content; containers are of version 15.
    pub(crate) fn record(kind: u16, instance: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = (instance << 4).to_le_bytes().to_vec();
        bytes.extend(kind.to_le_bytes());
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn records_are_read_as_far_as_they_are_there() {
        let mut bytes = record(kind::LIST, 3, &record(kind::CSTRING, 0, b"a\0b\0\0\0c\0"));
        bytes.extend(record(kind::SLIDE, 0, &[1, 2, 3, 4]));
        bytes.truncate(bytes.len() - 2);
        let all: Vec<Record<'_>> = Records::new(&bytes).collect();
        assert_eq!(all.len(), 2);
        assert_eq!(
            (all[0].instance, all[0].child(kind::CSTRING).map(|text| text.text())),
            (3, Some("ab".to_owned()))
        );
        assert_eq!(all[1].data, [1, 2], "cut where the stream ends");
        assert_eq!(Records::new(&[0; 7]).count(), 0, "not even a header");
        assert_eq!(Records::new(&[0xff; 64]).count(), 1, "a length beyond everything");
    }
}
