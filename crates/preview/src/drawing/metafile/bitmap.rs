//! Bitmaps inside metafiles ([MS-WMF] 2.2.2.9 `DeviceIndependentBitmap`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes of the header of a bitmap's file.
const FILE_HEADER: u32 = 14;
/// `biCompression` of bitmaps that are a JPEG or a PNG ([MS-WMF] 2.1.1.7).
const JPEG: u32 = 4;
const PNG: u32 = 5;

fn word(bytes: &[u8], from: usize) -> Option<u32> {
    let bytes = bytes.get(from..from.checked_add(4)?)?;
    bytes.try_into().ok().map(u32::from_le_bytes)
}

/// Bytes of a bitmap's header with its colours; none where it is no bitmap.
fn header_length(dib: &[u8]) -> Option<usize> {
    let header = word(dib, 0)?;
    if header == 12 {
        let bits = *dib.get(10)?;
        return Some(12 + if bits <= 8 { 3 << bits } else { 0 });
    }
    if !(16..=256).contains(&header) {
        return None;
    }
    let bits = word(dib, 14)? & 0xffff;
    let masks = if word(dib, 16) == Some(3) && header == 40 { 12 } else { 0 };
    let colors = word(dib, 32).unwrap_or(0).min(256);
    let colors = if colors == 0 && bits <= 8 { 1 << bits } else { colors };
    usize::try_from(header + masks + colors * 4).ok()
}

/// A bitmap as a file of its own; none where it is none.
pub(crate) fn bitmap_file(dib: &[u8]) -> Option<Vec<u8>> {
    let length = header_length(dib)?;
    Some(file(dib.get(..length)?, dib.get(length..)?))
}

fn file(header: &[u8], pixels: &[u8]) -> Vec<u8> {
    let offset = FILE_HEADER.saturating_add(u32::try_from(header.len()).unwrap_or(u32::MAX));
    let length = offset.saturating_add(u32::try_from(pixels.len()).unwrap_or(u32::MAX));
    let mut bytes = b"BM".to_vec();
    bytes.extend(length.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(offset.to_le_bytes());
    bytes.extend(header);
    bytes.extend(pixels);
    bytes
}

/// A bitmap in a record: its header with colours, and its pixels.
#[derive(Clone, Copy)]
pub(super) struct Bitmap<'a> {
    header: &'a [u8],
    pixels: &'a [u8],
}

impl<'a> Bitmap<'a> {
    /// Both one after the other.
    pub(super) fn joined(dib: &'a [u8]) -> Option<Self> {
        let (header, pixels) = dib.split_at_checked(header_length(dib)?)?;
        Some(Self { header, pixels })
    }

    /// Both where a record says that they are.
    pub(super) fn parts(header: &'a [u8], pixels: &'a [u8]) -> Option<Self> {
        let length = header_length(header)?;
        let whole = Self { header: header.get(..length).unwrap_or(header), pixels };
        (!pixels.is_empty()).then_some(whole)
    }

    /// Pixels.
    pub(super) fn size(&self) -> Option<(u32, u32)> {
        if word(self.header, 0)? == 12 {
            let size = word(self.header, 4)?;
            return Some((size & 0xffff, size >> 16));
        }
        let side = |from| word(self.header, from).map(|side| side.cast_signed().unsigned_abs());
        side(4).zip(side(8))
    }

    /// As an address that holds the picture itself; none where its pixels are not all there.
    pub(super) fn data_url(&self) -> Option<String> {
        let (width, height) = self.size()?;
        match word(self.header, 16).filter(|_| self.header.len() >= 40) {
            Some(JPEG) => return Some(url("jpeg", self.pixels)),
            Some(PNG) => return Some(url("png", self.pixels)),
            _ => {}
        }
        let bits =
            if self.header.len() < 16 { word(self.header, 8)? >> 16 } else { word(self.header, 12)? >> 16 };
        let uncompressed = matches!(word(self.header, 16), Some(0 | 3)) || self.header.len() < 20;
        let row = (u64::from(width) * u64::from(bits)).div_ceil(32) * 4;
        if uncompressed && row * u64::from(height) > self.pixels.len() as u64 + row {
            return None;
        }
        Some(url("bmp", &file(self.header, self.pixels)))
    }
}

fn url(kind: &str, bytes: &[u8]) -> String {
    let mut text = format!("data:image/{kind};base64,");
    STANDARD.encode_string(bytes, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header of a bitmap of `side` × `side` pixels of one bit.
    fn header(side: u32) -> Vec<u8> {
        let mut header = [40, side, side].map(u32::to_le_bytes).concat();
        header.extend([1, 0, 1, 0]);
        header.extend([0; 24]);
        header.extend([0, 0, 0, 0, 255, 255, 255, 0]);
        header
    }

    #[test]
    fn bitmaps_become_files_if_they_are_whole() {
        let whole = [header(8), vec![0; 32]].concat();
        let file = bitmap_file(&whole).unwrap_or_default();
        assert_eq!((&file[..2], file[10], file.len()), (&b"BM"[..], 14 + 48, 14 + 48 + 32));
        let bitmap = Bitmap::joined(&whole).and_then(|bitmap| bitmap.size().zip(bitmap.data_url()));
        assert!(
            bitmap.is_some_and(|(size, url)| size == (8, 8) && url.starts_with("data:image/bmp;base64,Qk"))
        );
        let cut = [header(1 << 20), vec![0; 32]].concat();
        assert!(Bitmap::joined(&cut).and_then(|bitmap| bitmap.data_url()).is_none());
        assert!(bitmap_file(&[0; 60]).is_none() && Bitmap::joined(&[]).is_none());
    }
}
