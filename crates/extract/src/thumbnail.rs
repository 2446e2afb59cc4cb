//! From a picture to a small one.

use std::io::{self, Cursor};

use image::{
    DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, Limits,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
    imageops::FilterType,
};

/// Pixels of the long edge.
pub(crate) const LONG_EDGE: u32 = 480;
/// Pixels of the picture: a 50-megapixel camera.
const PIXELS_MAX: u64 = 50_000_000;
const EDGE_MAX: u32 = 30_000;
/// Bytes that the decoder may allocate; below the process's own limit, so that a bomb is an error and not an abort.
const ALLOC_MAX: u64 = 256 * 1024 * 1024;
const JPEG_QUALITY: u8 = 82;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ExtractError {
    #[error("input or output failed: {0}")]
    Io(#[from] io::Error),
    #[error("the picture is too large")]
    TooLarge,
    #[error("that kind of picture gets no thumbnail")]
    Kind,
    #[error("the picture cannot be read: {0}")]
    Unreadable(#[from] ImageError),
}

/// A picture with a long edge of at most [`LONG_EDGE`].
pub(crate) struct Thumbnail {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) media_type: &'static str,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) fn make(picture: &[u8]) -> Result<Thumbnail, ExtractError> {
    let small = shrink(decode(picture)?);
    let (width, height) = (small.width(), small.height());
    let mut bytes = Vec::new();
    let media_type = if small.color().has_alpha() {
        let pixels = small.to_rgba8();
        PngEncoder::new(&mut bytes).write_image(&pixels, width, height, image::ExtendedColorType::Rgba8)?;
        "image/png"
    } else {
        JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode_image(&small.to_rgb8())?;
        "image/jpeg"
    };
    Ok(Thumbnail { width, height, media_type, bytes })
}

/// Dimensions are looked at before anything is allocated for them.
fn decode(picture: &[u8]) -> Result<DynamicImage, ExtractError> {
    let format = image::guess_format(picture)?;
    if !matches!(
        format,
        ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Gif | ImageFormat::WebP | ImageFormat::Bmp
    ) {
        return Err(ExtractError::Kind);
    }
    let mut reader = ImageReader::with_format(Cursor::new(picture), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(EDGE_MAX);
    limits.max_image_height = Some(EDGE_MAX);
    limits.max_alloc = Some(ALLOC_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(ExtractError::TooLarge);
    }
    // Cameras store which way up they were held.
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

fn shrink(image: DynamicImage) -> DynamicImage {
    if image.width().max(image.height()) <= LONG_EDGE {
        image
    } else {
        // `thumbnail` is fast and good enough to be the first step of a large reduction.
        let rough = image.thumbnail(LONG_EDGE * 2, LONG_EDGE * 2);
        rough.resize(LONG_EDGE, LONG_EDGE, FilterType::CatmullRom)
    }
}
