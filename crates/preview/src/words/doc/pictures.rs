//! Pictures in the text and the bytes of pictures ([MS-DOC] 2.9.190).

use super::art::{Whence, inline_picture};
use super::sprm::{code, sprms};
use crate::container::bytes::{i16_at, slice, u8_at, u16_at, u32_at};
use crate::drawing::metafile::bitmap_file;
use crate::drawing::officeart::blips::unpack;
use crate::drawing::officeart::options::Cascade;
use crate::drawing::officeart::paint;
use crate::error::{PreviewError, Result};
use crate::limits::Budget;
use crate::model::PictureRef;

/// Where the bytes of a picture are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stored {
    /// In a record of a drawing.
    Blip(Whence, usize),
    /// As they are: from, length.
    Plain(Whence, usize, usize),
    /// A bitmap without the head of its file.
    Bitmap(Whence, usize, usize),
}

/// A picture in the text: how large, and where its bytes are.
pub(crate) struct InlinePicture {
    pub(crate) picture: PictureRef,
    pub(crate) stored: Option<Stored>,
    /// It is said to be a file of its own.
    pub(crate) linked: bool,
}

/// Kinds of pictures by how they are stored ([MS-DOC] 2.9.153).
const SHAPE: i16 = 0x64;
const NAMED_SHAPE: i16 = 0x66;

/// The picture at a place of a stream; `list`: properties of its character, which may scale it (Word 6).
pub(crate) fn inline(
    stream: &[u8],
    whence: Whence,
    place: u32,
    list: &[u8],
    old: bool,
) -> Option<InlinePicture> {
    let place = place as usize;
    let length = u32_at(stream, place)? as usize;
    let head = usize::from(u16_at(stream, place.checked_add(4)?)?);
    let kind = i16_at(stream, place + 6)?;
    let (start, end) = (place.checked_add(head)?, place.saturating_add(length).min(stream.len()));
    let field = |at: usize| u16_at(stream, place + at).unwrap_or(0);
    let scaled = |size: usize, scale: usize| f32::from(field(size)) * scale_of(field(scale)) / 20.0;
    let mut picture = PictureRef {
        id: None,
        width: scaled(28, 32),
        height: scaled(30, 34),
        alt: String::new(),
        crop: None,
    };
    if let Some(scale) = sprms(list, old).find(|sprm| sprm.code == code::PIC_SCALE && old) {
        let by = |at: usize| scale_of(u16_at(scale.operand, at).unwrap_or(0));
        picture.width = f32::from(field(28)) * by(0) / 20.0;
        picture.height = f32::from(field(30)) * by(2) / 20.0;
    }
    let stored = match kind {
        SHAPE | NAMED_SHAPE => {
            let name = if kind == NAMED_SHAPE { 1 + usize::from(u8_at(stream, start)?) } else { 0 };
            let (shape, blip) = inline_picture(stream, start + name, end)?;
            let options = Cascade::of(&shape.options);
            (picture.alt, picture.crop) = (options.description(), paint::crop(options));
            blip.map(|at| Stored::Blip(whence, at))
        }
        // A bitmap of Windows, or a metafile.
        // The name of a file.
        94 | 98 => None,
        99 => Some(Stored::Bitmap(whence, start, end.checked_sub(start)?)),
        _ => Some(Stored::Plain(whence, start, end.checked_sub(start)?)),
    };
    Some(InlinePicture { picture, stored, linked: matches!(kind, NAMED_SHAPE | 94 | 98) })
}

/// Thousandths; 0 says nothing.
fn scale_of(value: u16) -> f32 {
    if value == 0 { 1.0 } else { f32::from(value) / 1000.0 }
}

/// The bytes of a picture as a file, of at most `limit` bytes.
pub(crate) fn bytes(stored: Stored, stream: &[u8], budget: &Budget, limit: u64) -> Result<Vec<u8>> {
    let missing = || PreviewError::malformed("no picture");
    match stored {
        Stored::Plain(_, at, length) => slice(stream, at, length).map(<[u8]>::to_vec).ok_or_else(missing),
        Stored::Bitmap(_, at, length) => {
            slice(stream, at, length).and_then(bitmap_file).ok_or(PreviewError::Unsupported(None))
        }
        Stored::Blip(_, at) => {
            let bytes = unpack(stream.get(at..).unwrap_or(&[]), limit)?;
            budget.spend(bytes.len() as u64)?;
            Ok(bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::drawing::officeart::testing::{record, shape};

    fn picture(kind: i16, content: &[u8]) -> Vec<u8> {
        let mut head = vec![0; 68];
        head[..4].copy_from_slice(&(68 + content.len() as u32).to_le_bytes());
        head[4..6].copy_from_slice(&68_u16.to_le_bytes());
        head[6..8].copy_from_slice(&kind.to_le_bytes());
        head[28..36].copy_from_slice(&[0xa0, 5, 0xd0, 2, 0xf4, 1, 0xe8, 3]);
        head.extend(content);
        head
    }

    #[test]
    fn pictures_in_the_text_have_sizes_and_bytes() -> Result<()> {
        let png = b"\x89PNG\r\n\x1a\nrest";
        let mut content = vec![0; 17];
        content.extend(png);
        let mut parts = shape(1, 75, &[(0x104, 1), (0x8381, 4)], b"h\0i\0", &[]);
        let mut entry = vec![0; 36];
        entry.extend(record(0xf01e, 0x6e0, &content));
        parts.extend(record(0xf007, 6, &entry));
        let data = picture(SHAPE, &parts);
        let found = inline(&data, Whence::Data, 0, &[], false);
        let Some(InlinePicture { picture, stored: Some(stored), linked: false }) = found else {
            panic!("no picture")
        };
        assert_eq!((picture.width, picture.height, picture.alt.as_str()), (36.0, 36.0, "hi"));
        assert_eq!(bytes(stored, &data, &Budget::new(1000), 1000)?, png);
        assert!(inline(&data, Whence::Data, u32::MAX, &[], false).is_none());
        assert!(inline(&[255; 80], Whence::Data, 0, &[], false).is_none_or(|found| found.stored.is_none()));
        Ok(())
    }

    #[test]
    fn metafiles_are_unpacked_within_the_budget() -> Result<()> {
        let mut packed = flate2::read::ZlibEncoder::new(&[7_u8; 5000][..], flate2::Compression::fast());
        let mut content = vec![0; 16 + 34];
        packed.read_to_end(&mut content)?;
        let bytes_of = |budget: u64| {
            let data = record(0xf01a, 0x3d4, &content);
            bytes(Stored::Blip(Whence::Data, 0), &data, &Budget::new(budget), 10_000)
        };
        assert_eq!(bytes_of(10_000)?, vec![7; 5000]);
        assert!(matches!(bytes_of(10), Err(PreviewError::TooLarge(_))));
        Ok(())
    }
}
