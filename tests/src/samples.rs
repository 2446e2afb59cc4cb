//! Sample files, made afresh: a picture, a PDF document and a text.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use anyhow::Result;
use image::{ImageFormat, Rgb, RgbImage};
use sha2::{Digest as _, Sha256};

/// A file on disk and what is known of it.
#[derive(Debug, Clone)]
pub struct Sample {
    pub path: PathBuf,
    pub name: String,
    pub bytes: Vec<u8>,
}

impl Sample {
    pub fn write(folder: &Path, name: &str, bytes: Vec<u8>) -> Result<Self> {
        let path = folder.join(name);
        std::fs::write(&path, &bytes)?;
        Ok(Self { path, name: name.to_owned(), bytes })
    }

    /// Lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> String {
        hex::encode(Sha256::digest(&self.bytes))
    }
}

/// A PNG picture of a window with a warning in it.
pub fn picture() -> Result<Vec<u8>> {
    let (width, height) = (960, 600);
    let picture = RgbImage::from_fn(width, height, |x, y| match (x, y) {
        (_, 0..=47) => Rgb([15, 90, 94]),
        // A warning sign: apex at (480, 180), 240 pixels high.
        (_, 180..=420) if x.abs_diff(480) * 240 <= (y - 180) * 140 => Rgb([217, 119, 6]),
        _ => {
            let shade = 250_u32.saturating_sub(y / 12);
            let shade = u8::try_from(shade).unwrap_or(u8::MAX);
            Rgb([shade, shade, shade.saturating_add(4)])
        }
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// Degrees, minutes and seconds north and east, as Exif writes them: six fractions in little-endian.
pub const PLACE: [u8; 48] = *b"\x34\0\0\0\x01\0\0\0\x1f\0\0\0\x01\0\0\0\x07\0\0\0\x01\0\0\0\
    \x0d\0\0\0\x01\0\0\0\x18\0\0\0\x01\0\0\0\x11\0\0\0\x01\0\0\0";

/// A JPEG photo that says in its Exif where it was taken (CIPA DC-008: segment APP1, IFD 0, GPS IFD).
pub fn photo() -> Result<Vec<u8>> {
    let picture = RgbImage::from_fn(320, 200, |x, y| {
        Rgb([x, y, x / 2 + y / 2].map(|n| u8::try_from(n % 256).unwrap_or(0)))
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg)?;
    let mut tiff = b"II\x2a\0\x08\0\0\0".to_vec();
    // IFD 0 has one entry, the place of the GPS IFD behind it.
    tiff.extend(b"\x01\0\x25\x88\x04\0\x01\0\0\0\x1a\0\0\0\0\0\0\0");
    // Latitude N, longitude E; three fractions each stand behind the four entries (26 + 2 + 4 × 12 + 4 = 80, and 24 further).
    tiff.extend(b"\x04\0\x01\0\x02\0\x02\0\0\0N\0\0\0\x02\0\x05\0\x03\0\0\0\x50\0\0\0");
    tiff.extend(b"\x03\0\x02\0\x02\0\0\0E\0\0\0\x04\0\x05\0\x03\0\0\0\x68\0\0\0\0\0\0\0");
    tiff.extend(PLACE);
    let length = u16::try_from(2 + 6 + tiff.len())?;
    let segment = [&b"\xff\xe1"[..], &length.to_be_bytes(), b"Exif\0\0", &tiff].concat();
    let mut bytes = bytes.into_inner();
    // Right behind the start of the image.
    bytes.splice(2..2, segment);
    Ok(bytes)
}

/// Whether a file holds the place of [`photo`], wherever it stands in it.
#[must_use]
pub fn tells_place(bytes: &[u8]) -> bool {
    bytes.windows(PLACE.len()).any(|part| part == PLACE)
}

/// A second of a tone (440 Hz) as WAV: PCM, mono, 16 bits, 8 kHz.
#[must_use]
pub fn tone() -> Vec<u8> {
    const RATE: u32 = 8_000;
    let data_bytes = RATE * 2;
    let mut bytes = Vec::new();
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(36 + data_bytes).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&16_u32.to_le_bytes());
    let (pcm, channels) = (1_u16, 1_u16);
    bytes.extend_from_slice(&pcm.to_le_bytes());
    bytes.extend_from_slice(&channels.to_le_bytes());
    bytes.extend_from_slice(&RATE.to_le_bytes());
    bytes.extend_from_slice(&(RATE * 2).to_le_bytes());
    bytes.extend_from_slice(&2_u16.to_le_bytes());
    bytes.extend_from_slice(&16_u16.to_le_bytes());
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&data_bytes.to_le_bytes());
    for n in 0..RATE {
        // A triangle: no floating point is needed to hear it.
        let phase = i32::try_from(n * 440 % RATE * 4 / RATE).unwrap_or_default();
        let level: i16 = [0, 8_000, 0, -8_000][phase.unsigned_abs() as usize % 4];
        bytes.extend_from_slice(&level.to_le_bytes());
    }
    bytes
}

/// A PDF document of one page (ISO 32000-1: header, objects, cross-reference table, trailer).
#[must_use]
pub fn document(title: &str) -> Vec<u8> {
    let text = format!("BT /F1 24 Tf 72 720 Td ({}) Tj ET", title.replace(['(', ')', '\\'], " "));
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut pdf = String::from("%PDF-1.4\n");
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(pdf.len());
        pdf.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let table = pdf.len();
    pdf.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for offset in offsets {
        pdf.push_str(&format!("{offset:010} 00000 n \n"));
    }
    pdf.push_str(&format!(
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    ));
    pdf.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_what_they_say() -> Result<()> {
        let picture = image::load_from_memory(&picture()?)?;
        assert_eq!((picture.width(), picture.height()), (960, 600));
        let photo = photo()?;
        assert!(tells_place(&photo) && !tells_place(&document("Error (17)")));
        assert_eq!(image::load_from_memory(&photo)?.width(), 320);
        let document = String::from_utf8(document("Error (17)"))?;
        let table: usize = document
            .rsplit("startxref\n")
            .next()
            .and_then(|tail| tail.lines().next())
            .map(str::parse)
            .transpose()?
            .unwrap_or_default();
        assert!(document[table..].starts_with("xref\n0 6\n"));
        Ok(())
    }
}
