//! What stands around drawings while they are read.

use std::cell::RefCell;
use std::collections::HashMap;

use super::color::Palette;
use crate::container::opc::{Package, Relations};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::error::{PreviewError, Result};
use crate::limits::Quota;
use crate::model::{PictureRef, Warning};

/// Where the names in a part of a document lead.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'s> {
    /// Whether the document has such a part.
    pub(crate) holds: &'s dyn Fn(&str) -> bool,
    /// Of the part that is read.
    pub(crate) relations: &'s Relations,
    pub(crate) palette: Palette<'s>,
    pub(crate) gathered: &'s Gathered,
}

impl<'s> Scope<'s> {
    /// Another part with the same colours.
    pub(crate) const fn of_part(self, relations: &'s Relations) -> Self {
        Self { relations, ..self }
    }

    pub(crate) const fn with_palette(self, palette: Palette<'s>) -> Self {
        Self { palette, ..self }
    }

    /// The picture of a `blipFill`, without size and alternative text.
    pub(crate) fn picture(&self, fill: Node<'_>) -> Option<PictureRef> {
        let blip = fill.child(Ns::A, "blip")?;
        let embedded = blip.attribute_in(Ns::R, "embed").and_then(|id| self.relations.part(id));
        let id = embedded.filter(|part| (self.holds)(part)).map(|part| self.gathered.picture(part));
        if id.is_none() && blip.attribute_in(Ns::R, "link").is_some() {
            self.gathered.warn(Warning::External);
        }
        let crop = fill.child(Ns::A, "srcRect").and_then(crop);
        Some(PictureRef { id, width: 0.0, height: 0.0, alt: String::new(), crop })
    }

    /// Where a `hlinkClick` or `hlinkHover` leads outside the document.
    pub(crate) fn link(&self, node: Node<'_>) -> Option<String> {
        let relation = self.relations.get(node.attribute_in(Ns::R, "id")?)?;
        relation.external.then(|| relation.target.clone()).filter(|target| !target.is_empty())
    }
}

/// Shares that are cut away; negative ones would add room (§20.1.8.55).
fn crop(rectangle: Node<'_>) -> Option<[f32; 4]> {
    let crop = ["l", "t", "r", "b"]
        .map(|side| rectangle.attribute(side).and_then(super::share).unwrap_or(0.0).clamp(0.0, 1.0));
    let [left, top, right, bottom] = crop;
    (crop != [0.0; 4] && left + right < 1.0 && top + bottom < 1.0).then_some(crop)
}

/// What is gathered while drawings of one document are read: its pictures, what to warn of, how much more there may be.
#[derive(Debug)]
pub(crate) struct Gathered {
    pictures: RefCell<(Vec<String>, HashMap<String, u32>)>,
    warnings: RefCell<Vec<Warning>>,
    /// Shapes, paragraphs, runs, cells.
    room: RefCell<Quota>,
    limit: usize,
}

impl Gathered {
    /// `limit`: shapes, paragraphs, runs and cells of one slide or sheet.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            pictures: RefCell::default(),
            warnings: RefCell::default(),
            room: RefCell::new(Quota::new(limit)),
            limit,
        }
    }

    /// The number of the picture in this part.
    pub(crate) fn picture(&self, part: &str) -> u32 {
        let mut pictures = self.pictures.borrow_mut();
        if let Some(id) = pictures.1.get(part) {
            return *id;
        }
        let id = pictures.0.len() as u32;
        pictures.0.push(part.to_owned());
        pictures.1.insert(part.to_owned(), id);
        id
    }

    /// The bytes of a picture by its number.
    pub(crate) fn bytes(&self, package: &Package<'_>, id: u32) -> Result<Vec<u8>> {
        let bytes = self.part(id).map(|part| package.zip.read(&part)).transpose()?.flatten();
        bytes.ok_or(PreviewError::Unsupported(None))
    }

    /// The part of a picture by its number.
    pub(crate) fn part(&self, id: u32) -> Option<String> {
        self.pictures.borrow().0.get(id as usize).cloned()
    }

    pub(crate) fn warn(&self, warning: Warning) {
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    pub(crate) fn warnings(&self) -> Vec<Warning> {
        self.warnings.borrow().clone()
    }

    /// Whether one more may be added.
    pub(crate) fn take(&self) -> bool {
        let room = self.room.borrow_mut().take(1);
        if !room {
            self.warn(Warning::Cut);
        }
        room
    }

    /// The next slide or sheet begins.
    pub(crate) fn begin(&self) {
        *self.room.borrow_mut() = Quota::new(self.limit);
    }
}
