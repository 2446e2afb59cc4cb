//! Vector pictures of Windows, WMF ([MS-WMF]) and EMF ([MS-EMF]), as SVG that is made here: numbers, escaped text, bitmaps
//! in base64 and our own element names, nothing of the file itself. EMF+ is not read: its files have EMF records too.

mod bitmap;
mod canvas;
mod emf;
mod space;
#[cfg(test)]
mod tests;
mod text;
mod wmf;

pub(crate) use bitmap::bitmap_file;

use crate::container::bytes::Bytes as Fields;
use crate::limits::Limits;
use canvas::{Canvas, Rgb};

/// Characters of SVG made of one picture.
const LENGTH: usize = 24 << 20;

/// The picture as SVG; none where it is no metafile, or nothing in it can be drawn.
pub(crate) fn to_svg(bytes: &[u8], limits: &Limits) -> Option<String> {
    draw(bytes, limits)?.finish()
}

/// The words in the picture, piece by piece; none where it is no metafile.
pub(crate) fn words(bytes: &[u8], limits: &Limits) -> Option<String> {
    draw(bytes, limits).map(Canvas::into_words)
}

fn draw(bytes: &[u8], limits: &Limits) -> Option<Canvas> {
    let mut canvas = Canvas::new(LENGTH, limits.pixels);
    if emf::is_emf(bytes) {
        emf::play(bytes, &mut canvas)?
    } else {
        wmf::play(bytes, &mut canvas)?
    }
    Some(canvas)
}

/// Four bytes, the last of which means nothing.
fn color(fields: &mut Fields<'_>) -> Option<Rgb> {
    let [red, green, blue, _] = fields.u32()?.to_le_bytes();
    Some([red, green, blue])
}
