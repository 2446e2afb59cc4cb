//! Pictures of a workbook ([MS-ODRAW] 2.2.20 – 2.2.32): where they are, and how they are unpacked.

use std::io::Read as _;
use std::ops::Range;

use super::{Record, kind, records};
use crate::error::{PreviewError, Result};
use crate::sheets::biff::bytes::Bytes;

/// Bytes of an entry before the name of its picture.
const ENTRY: usize = 36;
/// Bytes of the header of a metafile.
const HEADER: usize = 34;

/// Where each picture's record is in the group of drawings; empty where there is none.
pub(in crate::sheets::xls) fn blips(group: &[u8]) -> Vec<Range<usize>> {
    let store = records(group, 0).next().and_then(|group| group.child(kind::STORE));
    let entries = store.into_iter().flat_map(Record::children);
    entries
        .map(|entry| {
            let start = entry.end.saturating_sub(entry.data.len());
            if entry.kind == kind::STORE_ENTRY {
                let name = entry.data.get(33).map_or(0, |length| usize::from(*length));
                start.saturating_add(ENTRY + name).min(entry.end)..entry.end
            } else {
                start.saturating_sub(8)..entry.end
            }
        })
        .collect()
}

/// A picture as a file of its own, of at most `limit` bytes.
pub(in crate::sheets::xls) fn unpack(blip: &[u8], limit: u64) -> Result<Vec<u8>> {
    let missing = || PreviewError::malformed("a picture is missing");
    let record = records(blip, 0).next().ok_or_else(missing)?;
    // Odd instances have a second identifier.
    let identifiers = if record.instance & 1 == 1 { 32 } else { 16 };
    let content = record.data.get(identifiers..).ok_or_else(missing)?;
    match record.kind {
        0xf01a | 0xf01b => metafile(content, limit),
        0xf01d | 0xf01e | 0xf029 | 0xf02a => content.get(1..).map(<[u8]>::to_vec).ok_or_else(missing),
        0xf01f => content.get(1..).and_then(bitmap).ok_or_else(missing),
        _ => Err(PreviewError::Unsupported(None)),
    }
}

/// EMF and WMF, mostly deflated.
fn metafile(content: &[u8], limit: u64) -> Result<Vec<u8>> {
    let split = content.split_at_checked(HEADER);
    let (header, packed) = split.ok_or_else(|| PreviewError::malformed("a picture is missing"))?;
    if header.get(32) != Some(&0) {
        return Ok(packed.to_vec());
    }
    let mut bytes = Vec::new();
    // What is damaged further on is drawn up to there.
    match flate2::read::ZlibDecoder::new(packed).take(limit).read_to_end(&mut bytes) {
        Err(error) if bytes.is_empty() => Err(error.into()),
        _ => Ok(bytes),
    }
}

/// A bitmap without the header of its file gets one ([MS-WMF] 2.2.2.9).
fn bitmap(dib: &[u8]) -> Option<Vec<u8>> {
    let at = |from: usize| dib.get(from..).map(Bytes);
    let header = at(0)?.u32()?;
    let (bits, colors, entry) = match header {
        12 => (at(10)?.u16()?, 0, 3),
        _ => (at(14)?.u16()?, at(32)?.u32()?, 4),
    };
    let masks = if header == 40 && at(16)?.u32()? == 3 { 12 } else { 0 };
    let colors = if colors == 0 && bits <= 8 { 1 << bits } else { colors.min(256) };
    let pixels = header.checked_add(14 + masks + colors * entry)?;
    let size = u32::try_from(dib.len()).ok()?.checked_add(14)?;
    let mut bytes = b"BM".to_vec();
    bytes.extend(size.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(pixels.to_le_bytes());
    bytes.extend(dib);
    Some(bytes)
}
