//! What is written in the vector pictures of slides: objects of other programs are often seen as one.

use std::io::Read as _;

use super::Deck;
use crate::drawing::metafile;
use crate::error::{PreviewError, Result};
use crate::model::Slide;
use crate::slides::{MISSING, WORDS, pictures};

/// What one picture gave.
#[derive(Default)]
pub(super) struct Written {
    text: String,
    /// Bytes that were looked through.
    cost: u64,
}

impl Deck<'_> {
    /// What is written in the vector pictures of a slide, each once.
    pub(super) fn picture_texts(&mut self, slide: &Slide) -> Result<Vec<String>> {
        let (mut texts, mut left) = (Vec::new(), WORDS);
        for id in pictures(slide) {
            if left == 0 {
                break;
            }
            if !self.written.contains_key(&id) {
                let written = self.written_in(id, left)?;
                self.written.insert(id, written);
            }
            if let Some(Written { text, cost }) = self.written.get(&id) {
                left = left.saturating_sub(*cost);
                texts.extend((!text.trim().is_empty()).then(|| text.clone()));
            }
        }
        Ok(texts)
    }

    /// Of other pictures nothing but the name is looked at.
    fn written_in(&self, id: u32, limit: u64) -> Result<Written> {
        let part = self.gathered.part(id).unwrap_or_default();
        let extension = part.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        if !matches!(extension.as_str(), "wmf" | "emf") {
            return Ok(Written::default());
        }
        let mut bytes = Vec::new();
        let read = match self.package.zip.stream(&part) {
            Ok(stream) => stream.map(|stream| stream.take(limit).read_to_end(&mut bytes)),
            Err(error) => Some(Err(error.into())),
        };
        let failed = read.and_then(std::result::Result::err).map(PreviewError::from);
        // What is damaged is looked through up to there.
        if let Some(error @ (PreviewError::Waiting { .. } | PreviewError::Read(_))) = failed {
            return Err(error);
        }
        let text = metafile::words(&bytes, self.package.zip.limits()).unwrap_or_default();
        Ok(Written { text, cost: MISSING.max(bytes.len() as u64) })
    }
}
