//! Pictures of a document ([MS-ODRAW] 2.2.20 – 2.2.32): where they are, and how they are unpacked.

use std::io::Read as _;
use std::ops::Range;

use super::record::{HEADER, Record, kind};
use crate::container::bytes::{i32_at, u8_at, u32_at};
use crate::drawing::metafile::bitmap_file;
use crate::error::{PreviewError, Result};

/// Pictures of a document that are kept.
const BLIPS: usize = 65_536;
/// Bytes of `OfficeArtFBSE` before its name.
const ENTRY: usize = 36;
/// Bytes of `OfficeArtMetafileHeader`.
const METAFILE_HEADER: usize = 34;
/// A unique identifier.
const IDENTIFIER: usize = 16;

/// Where a picture is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Blip {
    /// In the stream that the document keeps its pictures in.
    pub(crate) offset: Option<u32>,
    /// In the table itself: its record, in the stream that the table was read from.
    pub(crate) embedded: Option<Range<usize>>,
    /// EMF or WMF, as the table says.
    pub(crate) vector: bool,
}

impl Blip {
    /// An entry of the table ([MS-ODRAW] 2.2.32 `OfficeArtFBSE`), or a picture instead of one.
    pub(crate) fn of_entry(entry: &Record<'_>) -> Self {
        if kind::BLIPS.contains(&entry.kind) {
            return Self { embedded: Some(place_in(entry)..entry.end()), ..Self::default() };
        }
        if entry.kind != kind::BLIP_STORE_ENTRY {
            return Self::default();
        }
        let place = place_in(entry);
        let embedded =
            Record::at(entry.data, place - entry.at).filter(|blip| kind::BLIPS.contains(&blip.kind));
        Self {
            offset: u32_at(entry.data, 28).filter(|offset| *offset != u32::MAX),
            embedded: embedded.map(|_| place..entry.end()),
            // [MS-ODRAW] 2.4.1 `MSOBLIPTYPE`
            vector: matches!(entry.data.first(), Some(2 | 3)),
        }
    }

    /// The document has it.
    pub(crate) const fn is_stored(&self) -> bool {
        self.offset.is_some() || self.embedded.is_some()
    }
}

/// Where the record of a picture begins that is in an entry, or instead of one.
pub(crate) fn place_in(entry: &Record<'_>) -> usize {
    if kind::BLIPS.contains(&entry.kind) {
        return entry.at - HEADER;
    }
    entry.at + ENTRY + usize::from(u8_at(entry.data, 33).unwrap_or(0))
}

/// The table of pictures in what holds for all drawings ([MS-ODRAW] 2.2.12 `OfficeArtDggContainer`).
pub(crate) fn blips(drawing_group: Option<Record<'_>>) -> Vec<Blip> {
    let store = drawing_group.and_then(|group| group.child(kind::BLIP_STORE));
    let entries = store.into_iter().flat_map(|store| store.children()).take(BLIPS);
    entries.map(|entry| Blip::of_entry(&entry)).collect()
}

/// The bytes of a picture as a file of its own; `stored` begins with its record.
pub(crate) fn unpack(stored: &[u8], limit: u64) -> Result<Vec<u8>> {
    let missing = || PreviewError::malformed("a picture is missing");
    let record = Record::at(stored, 0).filter(|record| kind::BLIPS.contains(&record.kind));
    let record = record.ok_or_else(missing)?;
    // Blips of odd instances have two identifiers.
    let identifiers = if record.instance & 1 == 1 { 2 * IDENTIFIER } else { IDENTIFIER };
    let content = record.data.get(identifiers..).ok_or_else(missing)?;
    match record.kind {
        0xf01a | 0xf01b => metafile(record.kind, content, limit),
        // Pictures of the Macintosh, which nothing here draws.
        0xf01c => Err(PreviewError::Unsupported(None)),
        0xf01f => content.get(1..).and_then(bitmap_file).ok_or_else(missing),
        _ => Ok(content.get(1..).ok_or_else(missing)?.to_vec()),
    }
}

/// EMF and WMF, mostly deflated.
fn metafile(kind: u16, content: &[u8], limit: u64) -> Result<Vec<u8>> {
    let missing = || PreviewError::malformed("a picture is missing");
    let (header, packed) = content.split_at_checked(METAFILE_HEADER).ok_or_else(missing)?;
    let mut bytes = Vec::new();
    if kind == 0xf01b {
        bytes = placeable(header);
    }
    if header.get(32) == Some(&0) {
        let before = bytes.len();
        let result = flate2::read::ZlibDecoder::new(packed).take(limit).read_to_end(&mut bytes);
        // What is damaged further on is drawn up to there.
        if bytes.len() == before {
            result?;
        }
    } else {
        bytes.extend(packed);
    }
    // A WMF that has a header of its own needs none of ours.
    if kind == 0xf01b && bytes.get(22..26) == Some(&PLACEABLE) {
        bytes.drain(..22);
    }
    Ok(bytes)
}

/// How a placeable WMF begins ([MS-WMF] 2.3.2.3).
const PLACEABLE: [u8; 4] = [0xd7, 0xcd, 0xc6, 0x9a];

/// The header that says how large a WMF is, from that of the blip: its bounds and its size in EMU.
fn placeable(header: &[u8]) -> Vec<u8> {
    let word = |from: usize| i32_at(header, from).unwrap_or(0);
    let bounds = [4, 8, 12, 16].map(word);
    let fits = bounds.iter().all(|edge| i16::try_from(*edge).is_ok());
    let (width, emu) = (bounds[2].saturating_sub(bounds[0]), word(20));
    if !fits || width <= 0 || emu <= 0 {
        return Vec::new();
    }
    // Units in an inch.
    let resolution = (i64::from(width) * 914_400 / i64::from(emu)).clamp(1, i64::from(u16::MAX)) as u16;
    let mut bytes = PLACEABLE.to_vec();
    bytes.extend([0; 2]);
    bytes.extend(bounds.iter().flat_map(|edge| (*edge as i16).to_le_bytes()));
    bytes.extend(resolution.to_le_bytes());
    bytes.extend([0; 4]);
    let words = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let checksum = words.fold(0, |sum, word| sum ^ word);
    bytes.extend(checksum.to_le_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::super::record::Records;
    use super::super::testing::record;
    use super::*;
    use crate::model::{PictureKind, picture_kind};

    #[test]
    fn the_table_says_where_pictures_are() {
        let entry = |offset: u32, rest: &[u8]| {
            let mut entry = vec![0; ENTRY];
            entry[0] = 2;
            entry[28..32].copy_from_slice(&offset.to_le_bytes());
            record(kind::BLIP_STORE_ENTRY, 6, &[&entry, rest].concat())
        };
        let png = record(0xf01e, 0x6e0, &[0; 20]);
        let entries = [entry(3, &[]), entry(u32::MAX, &[]), entry(u32::MAX, &png), entry(3, &[7; 20]), png];
        let bytes = record(kind::DRAWING_GROUP_CONTAINER, 0, &record(kind::BLIP_STORE, 5, &entries.concat()));
        let found = blips(Records::new(&bytes).next());
        let offset = |offset| Blip { offset: Some(offset), embedded: None, vector: true };
        assert_eq!((&found[0], &found[3]), (&offset(3), &offset(3)));
        assert!(!found[1].is_stored() && found[2].is_stored());
        for blip in [&found[2], &found[4]] {
            let place = blip.embedded.clone().unwrap_or_default();
            assert_eq!(bytes[place], entries[4]);
        }
        assert_eq!((found.len(), blips(None).len()), (5, 0));
    }

    fn unpacked(kind: u16, instance: u16, content: &[u8]) -> Result<Vec<u8>> {
        unpack(&record(kind, instance, content), 1 << 20)
    }

    #[test]
    fn pictures_are_unpacked_by_their_kind() -> Result<()> {
        let png = [&[0; 17][..], b"\x89PNG\r\n\x1a\n"].concat();
        assert_eq!(unpacked(0xf01e, 0x6e0, &png)?, b"\x89PNG\r\n\x1a\n");
        let jpeg = [&[0; 33][..], b"\xff\xd8\xff"].concat();
        assert_eq!(unpacked(0xf01d, 0x46b, &jpeg)?, b"\xff\xd8\xff");
        let mut dib = vec![0; 17];
        dib.extend([40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0]);
        dib.extend([0; 24 + 8 + 4]);
        let bitmap = unpacked(0xf01f, 0x7a8, &dib)?;
        assert_eq!((picture_kind(&bitmap), bitmap[10]), (Some(PictureKind::Bmp), 14 + 40 + 8));
        Ok(())
    }

    #[test]
    fn metafiles_are_inflated_and_placed() -> Result<()> {
        let mut header = vec![0; 16];
        header.extend([9, 0, 0, 0]);
        for field in [0, 0, 200, 100, 914_400, 457_200, 0] {
            header.extend(i32::to_le_bytes(field));
        }
        header.extend([0, 0xfe]);
        let mut packer = flate2::write::ZlibEncoder::new(header, flate2::Compression::fast());
        packer.write_all(b"\x01\0\x09\0\0\x03")?;
        let wmf = unpacked(0xf01b, 0x216, &packer.finish()?)?;
        assert_eq!(picture_kind(&wmf), Some(PictureKind::Wmf));
        assert_eq!((wmf.len(), wmf[14]), (22 + 6, 200), "two hundred units in an inch");
        Ok(())
    }

    #[test]
    fn what_is_missing_is_said() {
        assert!(unpack(&[], 9).is_err());
        assert!(unpack(&[0; 8], 9).is_err());
        assert!(unpacked(0xf01f, 0x7a8, &[0; 17]).is_err());
        assert!(unpacked(0xf01b, 0x216, &[0; 20]).is_err());
        assert!(unpacked(0xf01c, 0x542, &[0; 60]).is_err());
        let broken = [&[0; 16 + METAFILE_HEADER][..], &[255; 40]].concat();
        assert!(unpacked(0xf01a, 0x3d4, &broken).is_err());
    }
}
