//! Presentations from 97 to 2003 ([MS-PPT], its drawings [MS-ODRAW]).
//!
//! The document stream stays in memory as it is; a slide is read from it when it is asked for.

mod art;
mod document;
mod old;
mod persist;
mod record;
mod scheme;
mod shapes;
mod slide;
mod table;
#[cfg(test)]
mod tests;
mod text;

use super::{MISSING, WORDS, pictures};
use crate::container::ole::Ole;
use crate::drawing::metafile;
use crate::drawing::officeart::blips;
use crate::error::{PreviewError, Result};
use crate::limits::{Limits, Quota};
use crate::model::{Overview, Slide, SlidesInfo, Warning};
use crate::{Content, Format, Shape, SlideReader};
use document::Document;
use persist::Persists;
use record::HEADER;
use slide::Scene;

const DOCUMENT: &str = "PowerPoint Document";
const CURRENT_USER: &str = "Current User";
const PICTURES: &str = "Pictures";
/// Where a file for both 95 and 97 has the streams of the latter; and the stream of what is older.
const DUAL: &str = "PP97_DUALSTORAGE/";
const OLD: &str = "PP40";

pub(crate) fn open<'a>(mut ole: Ole<'a>, limits: &Limits) -> Result<(Overview, Content<'a>)> {
    let folder = if ole.has(DOCUMENT) { "" } else { DUAL };
    let Some(stream) = ole.read(&format!("{folder}{DOCUMENT}"))? else {
        let stream = ole.read(OLD)?.ok_or(PreviewError::Unsupported(Some(Format::Ppt)))?;
        return old::open(stream, limits);
    };
    // The stream of the current user only says where to begin; without it the document is searched.
    let current_user = ole.read(&format!("{folder}{CURRENT_USER}")).unwrap_or(None);
    let persists = Persists::read(current_user.as_deref(), &stream)?;
    let document = Document::read(&stream, &persists);
    let (width, height) = document.size;
    let count = u32::try_from(document.slides.len()).unwrap_or(u32::MAX);
    let mut overview = Overview::new(Format::Ppt, Shape::Slides);
    overview.slides = Some(SlidesInfo { count, width, height });
    let damaged = persists.damaged;
    let reader = Reader {
        ole,
        pictures: format!("{folder}{PICTURES}"),
        stream,
        persists,
        document,
        limits: limits.clone(),
        now: None,
        damaged,
        cut: false,
    };
    Ok((overview, Content::Slides(Box::new(reader))))
}

struct Reader<'a> {
    ole: Ole<'a>,
    /// The path of the stream of pictures.
    pictures: String,
    stream: Vec<u8>,
    persists: Persists,
    document: Document,
    limits: Limits,
    /// Seconds since 1970 on a clock where the document is looked at.
    now: Option<i64>,
    damaged: bool,
    cut: bool,
}

impl Reader<'_> {
    /// The bytes of a picture as a file of its own.
    fn unpack(&mut self, id: u32, limit: u64) -> Result<Vec<u8>> {
        let missing = || PreviewError::malformed("a picture is missing");
        let blip = self.document.blips.get(id as usize).ok_or_else(missing)?;
        if let Some(embedded) = blip.embedded.clone().and_then(|place| self.stream.get(place)) {
            return blips::unpack(embedded, limit);
        }
        let offset = u64::from(blip.offset.ok_or_else(missing)?);
        let header = self.ole.read_part(&self.pictures, offset, HEADER as u64)?.unwrap_or_default();
        let length = header.get(4..8).and_then(|length| length.try_into().ok()).map_or(0, u32::from_le_bytes);
        let length = u64::from(length).min(limit);
        let stored = self.ole.read_part(&self.pictures, offset, HEADER as u64 + length)?;
        blips::unpack(&stored.unwrap_or_default(), limit)
    }

    /// What is written in the vector pictures of a slide, each once.
    fn picture_texts(&mut self, slide: &Slide) -> Vec<String> {
        let (mut texts, mut left) = (Vec::new(), WORDS);
        for id in pictures(slide) {
            let vector = self.document.blips.get(id as usize).is_some_and(|blip| blip.vector);
            let bytes = if vector && left > 0 { self.unpack(id, left).ok() } else { None };
            left = left.saturating_sub(bytes.as_ref().map_or(MISSING, |bytes| bytes.len() as u64));
            let words = bytes.and_then(|bytes| metafile::words(&bytes, &self.limits));
            texts.extend(words.filter(|words| !words.trim().is_empty()));
        }
        texts
    }
}

impl SlideReader for Reader<'_> {
    fn slide(&mut self, index: usize) -> Result<Slide> {
        let Self { stream, persists, document, now, .. } = &*self;
        let scene = Scene { stream, persists, document, now: *now };
        let mut quota = Quota::new(self.limits.blocks);
        let slide = scene.slide(index, &mut quota);
        self.cut |= quota.is_cut();
        self.damaged |= slide.is_none();
        // A slide that is not there is an empty one: the others keep their numbers.
        let mut slide = slide.unwrap_or_else(|| Slide { index: index as u32, ..Slide::default() });
        slide.picture_texts = self.picture_texts(&slide);
        Ok(slide)
    }

    fn tell_time(&mut self, now: i64) {
        self.now = Some(now);
    }

    fn picture(&mut self, id: u32) -> Result<Vec<u8>> {
        self.unpack(id, self.limits.part)
    }

    fn warnings(&self) -> Vec<Warning> {
        let all = [
            (self.cut, Warning::Cut),
            (self.damaged, Warning::Damaged),
            (self.document.macros, Warning::Macros),
        ];
        all.into_iter().filter_map(|(there, warning)| there.then_some(warning)).collect()
    }
}
