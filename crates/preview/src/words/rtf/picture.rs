//! Pictures: where their bytes stand, and the bytes when they are asked for (RTF 1.9.1, "Pictures").

use super::para::points;
use super::token::{Span, Token, Tokens, hex};
use crate::drawing::metafile::bitmap_file;
use crate::error::{PreviewError, Result};
use crate::model::PictureRef;
use crate::source::ReadAt;

/// Pictures of one document.
const MOST: usize = 20_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    /// Complete as it stands.
    #[default]
    File,
    /// A bitmap without the header of its file.
    Dib,
    /// A metafile; its size is in hundredths of a millimetre.
    Metafile,
    /// Of systems that nothing reads any more.
    Unknown,
}

/// A picture whose bytes are not read yet.
#[derive(Clone, Copy, Debug)]
struct Stored {
    kind: Kind,
    start: u64,
    end: u64,
}

/// A picture that is being read.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    kind: Kind,
    /// Pixels, or hundredths of a millimetre.
    size: [i32; 2],
    /// Twips.
    goal: [i32; 2],
    /// Percent.
    scale: [Option<i32>; 2],
    /// Left, top, right, bottom: twips.
    crop: [i32; 4],
    pub(super) alt: String,
    data: Option<(u64, u64)>,
}

impl Draft {
    pub(super) fn word(&mut self, name: &str, value: i32) {
        match name {
            "pngblip" | "jpegblip" | "emfblip" => self.kind = Kind::File,
            "dibitmap" => self.kind = Kind::Dib,
            "wmetafile" => self.kind = Kind::Metafile,
            "macpict" | "pmmetafile" | "wbitmap" => self.kind = Kind::Unknown,
            "picw" => self.size[0] = value,
            "pich" => self.size[1] = value,
            "picwgoal" => self.goal[0] = value,
            "pichgoal" => self.goal[1] = value,
            "picscalex" => self.scale[0] = Some(value),
            "picscaley" => self.scale[1] = Some(value),
            "piccropl" => self.crop[0] = value,
            "piccropt" => self.crop[1] = value,
            "piccropr" => self.crop[2] = value,
            "piccropb" => self.crop[3] = value,
            _ => {}
        }
    }

    /// Its bytes stand here, among other places.
    pub(super) fn data(&mut self, span: Span) {
        let start = self.data.map_or(span.start, |(start, _)| start);
        self.data = Some((start, span.end));
    }

    /// Bytes came.
    pub(super) const fn is_empty(&self) -> bool {
        self.data.is_none()
    }

    /// Points of one side before anything is cut away.
    fn side(&self, side: usize) -> f32 {
        let scale = self.scale[side].filter(|scale| *scale > 0).unwrap_or(100).min(10_000) as f32 / 100.0;
        let whole = match (self.goal[side], self.kind) {
            (goal, _) if goal > 0 => points(goal),
            (_, Kind::Metafile) => self.size[side].clamp(0, 100_000) as f32 * 72.0 / 2540.0,
            // 96 pixels to the inch.
            _ => self.size[side].clamp(0, 20_000) as f32 * 0.75,
        };
        (whole * scale).min(1584.0)
    }

    /// Share of the picture that is cut away at a side.
    fn cut(&self, side: usize) -> f32 {
        let whole = self.goal[side % 2];
        if whole > 0 { (self.crop[side] as f32 / whole as f32).clamp(0.0, 0.95) } else { 0.0 }
    }
}

/// All pictures of a document, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    stored: Vec<Stored>,
    /// Some are of kinds that are not drawn.
    pub(super) not_drawn: bool,
}

impl Pictures {
    pub(super) fn add(&mut self, draft: Draft) -> PictureRef {
        let crop = [0, 1, 2, 3].map(|side| draft.cut(side));
        let (across, down) = ((1.0 - crop[0] - crop[2]).max(0.05), (1.0 - crop[1] - crop[3]).max(0.05));
        let (width, height) = (draft.side(0) * across, draft.side(1) * down);
        let data = draft.data.filter(|_| draft.kind != Kind::Unknown && self.stored.len() < MOST);
        let id = data.map(|(start, end)| {
            self.stored.push(Stored { kind: draft.kind, start, end });
            self.stored.len() as u32 - 1
        });
        self.not_drawn |= id.is_none();
        let crop = crop.iter().any(|share| *share > 0.0).then_some(crop);
        PictureRef { id, width, height, alt: draft.alt, crop }
    }

    /// The bytes of a picture.
    pub(super) fn read(&self, source: &dyn ReadAt, id: u32) -> Result<Vec<u8>> {
        let stored = self.stored.get(id as usize).ok_or(PreviewError::Unsupported(None))?;
        let bytes = decode(source, *stored)?;
        Ok(match stored.kind {
            Kind::Dib => bitmap_file(&bytes).ok_or(PreviewError::Unsupported(None))?,
            _ => bytes,
        })
    }
}

/// Hexadecimal digits and raw stretches, without groups inside them.
fn decode(source: &dyn ReadAt, stored: Stored) -> Result<Vec<u8>> {
    let mut tokens = Tokens::new(source, stored.start, stored.end);
    let (mut bytes, mut high, mut depth) = (Vec::new(), None, 0_usize);
    loop {
        let (token, span) = tokens.next()?;
        match token {
            Token::End => return Ok(bytes),
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            Token::Text(text) => {
                for digit in text.iter().filter_map(|byte| hex(*byte)) {
                    match high.take() {
                        None => high = Some(digit),
                        Some(high) => bytes.push(high << 4 | digit),
                    }
                }
            }
            Token::Bin(length) => raw(source, span.end - length, length, &mut bytes)?,
            _ => {}
        }
    }
}

fn raw(source: &dyn ReadAt, start: u64, length: u64, bytes: &mut Vec<u8>) -> Result<()> {
    let kept = bytes.len();
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    bytes.resize(kept.saturating_add(length), 0);
    let mut filled = kept;
    while filled < bytes.len() {
        match source.read_at(start + (filled - kept) as u64, &mut bytes[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    bytes.truncate(filled);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(words: &[(&str, i32)]) -> Draft {
        let mut draft = Draft::default();
        words.iter().for_each(|(name, value)| draft.word(name, *value));
        draft
    }

    #[test]
    fn sizes_are_scaled_and_cut() {
        for (words, expected) in [
            (&[("picwgoal", 1440), ("pichgoal", 720)][..], (72.0, 36.0, None)),
            (
                &[("picwgoal", 1440), ("pichgoal", 720), ("picscalex", 50), ("picscaley", 200)],
                (36.0, 72.0, None),
            ),
            (&[("pngblip", 1), ("picw", 96), ("pich", 48)], (72.0, 36.0, None)),
            (&[("wmetafile", 8), ("picw", 2540), ("pich", 1270)], (72.0, 36.0, None)),
            (
                &[("picwgoal", 1440), ("pichgoal", 1440), ("piccropl", 720), ("piccropb", -5)],
                (36.0, 72.0, Some([0.5, 0.0, 0.0, 0.0])),
            ),
            (&[("picwgoal", -3)], (0.0, 0.0, None)),
        ] {
            let found = Pictures::default().add(draft(words));
            assert_eq!((found.width, found.height, found.crop), expected, "{words:?}");
            assert_eq!(found.id, None, "without bytes");
        }
    }

    #[test]
    fn bytes_are_read_on_demand() -> Result<()> {
        let source = b"....89 50\r\n4E{\\*\\x 99}4\\bin3 }{\\47...".to_vec();
        let mut pictures = Pictures::default();
        let mut draft = draft(&[("pngblip", 1)]);
        draft.data(Span { start: 4, end: 9 });
        draft.data(Span { start: 22, end: 36 });
        assert_eq!(pictures.add(draft).id, Some(0));
        assert_eq!(pictures.read(&source, 0)?, b"\x89\x50\x4e}{\\\x44");
        assert!(pictures.read(&source, 1).is_err());
        Ok(())
    }
}
