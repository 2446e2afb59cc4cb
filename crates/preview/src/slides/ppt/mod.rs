//! Presentations from 97 to 2003 ([MS-PPT], its drawings [MS-ODRAW]).
//!
//! The document stream stays in memory as it is; a slide is read from it when it is asked for.

mod art;
mod blips;
mod document;
mod persist;
mod record;
mod shapes;
mod slide;
mod table;
mod text;

use crate::container::ole::Ole;
use crate::error::{PreviewError, Result};
use crate::limits::{Limits, Quota};
use crate::model::{Overview, Slide, SlidesInfo, Warning};
use crate::{Content, Format, Shape, SlideReader};
use document::Document;
use persist::Persists;
use slide::Scene;

const DOCUMENT: &str = "PowerPoint Document";
const CURRENT_USER: &str = "Current User";
const PICTURES: &str = "Pictures";

pub(crate) fn open<'a>(mut ole: Ole<'a>, limits: &Limits) -> Result<(Overview, Content<'a>)> {
    let stream = ole.read(DOCUMENT)?.ok_or(PreviewError::Unsupported(Some(Format::Ppt)))?;
    // The stream of the current user only says where to begin; without it the document is searched.
    let current_user = ole.read(CURRENT_USER).unwrap_or(None);
    let persists = Persists::read(current_user.as_deref(), &stream)?;
    let document = Document::read(&stream, &persists);
    let (width, height) = document.size;
    let count = u32::try_from(document.slides.len()).unwrap_or(u32::MAX);
    let mut overview = Overview::new(Format::Ppt, Shape::Slides);
    overview.slides = Some(SlidesInfo { count, width, height });
    let damaged = persists.damaged;
    let reader = Reader {
        ole,
        stream,
        persists,
        document,
        pictures: None,
        limits: limits.clone(),
        damaged,
        cut: false,
    };
    Ok((overview, Content::Slides(Box::new(reader))))
}

struct Reader<'a> {
    ole: Ole<'a>,
    stream: Vec<u8>,
    persists: Persists,
    document: Document,
    /// The stream of pictures, once one was asked for.
    pictures: Option<Vec<u8>>,
    limits: Limits,
    damaged: bool,
    cut: bool,
}

impl SlideReader for Reader<'_> {
    fn slide(&mut self, index: usize) -> Result<Slide> {
        let scene = Scene { stream: &self.stream, persists: &self.persists, document: &self.document };
        let mut quota = Quota::new(self.limits.blocks);
        let slide = scene.slide(index, &mut quota);
        self.cut |= quota.is_cut();
        self.damaged |= slide.is_none();
        // A slide that is not there is an empty one: the others keep their numbers.
        Ok(slide.unwrap_or_else(|| Slide { index: index as u32, ..Slide::default() }))
    }

    fn picture(&mut self, id: u32) -> Result<Vec<u8>> {
        let missing = || PreviewError::malformed("a picture is missing");
        let blip = self.document.blips.get(id as usize).ok_or_else(missing)?;
        if self.pictures.is_none() {
            self.pictures = Some(self.ole.read(PICTURES)?.unwrap_or_default());
        }
        blip.unpack(self.pictures.as_deref().unwrap_or(&[]), self.limits.part)
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
