//! Drawings over the cells: where shapes stand, and what Excel says of them beside the drawing itself.

mod anchor;

use std::collections::HashMap;

use anchor::Anchor;

use crate::drawing::officeart::blips::Blip;
use crate::drawing::officeart::color::{Rgb, Scheme};
use crate::drawing::officeart::draw::{Host, Written, draw};
use crate::drawing::officeart::options::{Cascade, Options};
use crate::drawing::officeart::paint::Paint;
use crate::drawing::officeart::place::Rect;
use crate::drawing::officeart::record::{Records, kind};
use crate::drawing::officeart::tree::{Drawing, RawShape};
use crate::drawing::shape::Space;
use crate::limits::Quota;
use crate::model::{Block, ShapeContent, SheetObject, VerticalAlign};
use crate::sheets::biff::color::Palette;
use crate::sheets::biff::sheet::SheetData;

/// Shapes of one sheet that are looked at.
const SHAPES: usize = 20_000;
/// The colour of windows, one of the two that are not in the palette; the other is that of their text.
const WINDOW: u8 = 65;

/// What Excel says of a shape.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// A note's box, which is not drawn; the note stands at its cell.
    pub(super) note: bool,
    pub(super) blocks: Vec<Block>,
    pub(super) vertical: VerticalAlign,
    pub(super) content: Option<ShapeContent>,
}

/// What shapes are drawn with.
pub(super) struct Show<'s> {
    pub(super) palette: &'s Palette,
    pub(super) blips: &'s [Blip],
    /// What all shapes say that say nothing else.
    pub(super) usual: &'s Options<'static>,
    /// What Excel says of shapes, by where the drawing stood at that.
    pub(super) said: HashMap<usize, Said>,
}

impl Show<'_> {
    /// Adds the shapes of a drawing to its sheet.
    pub(super) fn add(mut self, drawing: &[u8], data: &mut SheetData) {
        let container = Records::new(drawing).find(|record| record.kind == kind::DRAWING_CONTAINER);
        let Some(container) = container else { return };
        for raw in &Drawing::read(&container, &mut Quota::new(SHAPES)).shapes {
            let anchor = raw.client_anchor.and_then(|record| Anchor::read(record.bytes()));
            let Some(anchor) = anchor else { continue };
            let (width, height) = anchor.size(data);
            let place = Rect::sized(width, height);
            if let Some(shape) = draw(&mut self, raw, place, &Space::scaled(1.0)) {
                let (row, column, dx, dy) = anchor.from.place(data);
                // What is turned does not take up what its corners say.
                let turned = (shape.frame.x, shape.frame.y) != (0.0, 0.0);
                let to = (!turned).then(|| anchor.to.place(data));
                let (dx, dy) = (dx + shape.frame.x, dy + shape.frame.y);
                data.object(SheetObject { row, column, dx, dy, to, shape });
            }
        }
    }

    /// What Excel says comes after the shape's own records.
    fn said(&mut self, raw: &RawShape<'_>) -> Option<&mut Said> {
        self.said.get_mut(&raw.client?.end())
    }
}

impl<'b, 'a, 's: 'b> Host<'b, 'a> for Show<'s> {
    fn draws(&mut self, raw: &RawShape<'a>) -> bool {
        self.said(raw).is_none_or(|said| !said.note)
    }

    fn cascade(&self, raw: &'b RawShape<'a>) -> Cascade<'b, 'a> {
        Cascade { layers: [Some(&raw.options), None, Some(self.usual)] }
    }

    fn paint(&self) -> Paint<'b> {
        Paint { scheme: self.palette, background: None, blips: self.blips }
    }

    fn text(&mut self, raw: &RawShape<'a>) -> Option<Written> {
        let said = self.said(raw)?;
        let blocks = std::mem::take(&mut said.blocks);
        Some(Written { blocks, vertical: Some(said.vertical), role: None })
    }

    fn content(&mut self, raw: &RawShape<'a>) -> Option<ShapeContent> {
        self.said(raw)?.content.take()
    }
}

impl Scheme for Palette {
    fn rgb(&self, index: u8) -> Option<Rgb> {
        let usual = if index == WINDOW { [255; 3] } else { [0; 3] };
        Some(self.get(index.into()).unwrap_or(usual))
    }
}

#[cfg(test)]
mod tests;
