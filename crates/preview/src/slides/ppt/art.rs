//! What PowerPoint adds to drawings: places, placeholders, and how shapes are found.

use std::collections::HashMap;

use super::record::{Record, kind};
use crate::drawing::officeart::place::Rect;
use crate::drawing::officeart::tree::{Drawing, RawShape};
use crate::limits::Quota;

impl<'a> RawShape<'a> {
    /// A record of what PowerPoint adds.
    fn client(&self, kind: u16) -> Option<Record<'a>> {
        self.client?.child(kind)
    }

    /// What it is on its slide or master ([MS-PPT] 2.13.21 `PlaceholderEnum`); none where it is nothing special.
    pub(super) fn placeholder(&self) -> Option<u8> {
        let mut bytes = self.client(kind::PLACEHOLDER)?.bytes();
        bytes.u32()?;
        bytes.u8().filter(|placeholder| *placeholder != 0)
    }

    /// In coordinates of the slide, or of its group.
    pub(super) fn anchor(&self) -> Rect {
        let client = || self.client_anchor.and_then(|record| client_anchor(&record));
        self.child_anchor.or_else(client).unwrap_or_default()
    }
}

/// [MS-PPT] 2.7.1: the top comes first, in 16 or in 32 bits.
fn client_anchor(record: &Record<'_>) -> Option<Rect> {
    let mut bytes = record.bytes();
    if record.data.len() >= 16 {
        let (top, left, right, bottom) = (bytes.i32()?, bytes.i32()?, bytes.i32()?, bytes.i32()?);
        return Some(Rect::new(left, top, right, bottom));
    }
    let mut next = || bytes.i16().map(i32::from);
    let (top, left, right, bottom) = (next()?, next()?, next()?, next()?);
    Some(Rect::new(left, top, right, bottom))
}

/// The drawing of a slide, a master or notes; `quota` counts shapes.
pub(super) fn drawing_of<'a>(slide: &Record<'a>, quota: &mut Quota) -> Drawing<'a> {
    let drawing = slide.child(kind::DRAWING);
    let container = drawing.and_then(|drawing| drawing.child(kind::DRAWING_CONTAINER));
    container.map(|container| Drawing::read(&container, quota)).unwrap_or_default()
}

/// The shapes of a master, at any depth, by their identifiers; and the outermost ones that are placeholders.
#[derive(Debug, Default)]
pub(super) struct Index<'d, 'a> {
    pub(super) shapes: HashMap<u32, &'d RawShape<'a>>,
    pub(super) placeholders: HashMap<u8, &'d RawShape<'a>>,
}

impl<'d, 'a> Index<'d, 'a> {
    pub(super) fn of(drawing: &'d Drawing<'a>) -> Self {
        let mut index = Self::default();
        let mut open: Vec<&RawShape<'a>> = drawing.shapes.iter().collect();
        while let Some(shape) = open.pop() {
            index.shapes.insert(shape.id, shape);
            open.extend(&shape.children);
        }
        for shape in drawing.shapes.iter().rev() {
            if let Some(placeholder) = shape.placeholder() {
                index.placeholders.insert(placeholder, shape);
            }
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::Records;
    use super::super::record::tests::{record, shape};
    use super::*;

    #[test]
    fn shapes_are_found_with_their_places() {
        let small = record(kind::CLIENT_ANCHOR, 0, &[1, 0, 2, 0, 3, 0, 4, 0]);
        let placeholder =
            record(kind::CLIENT_DATA, 0, &record(kind::PLACEHOLDER, 0, &[0, 0, 0, 0, 13, 0, 0, 0]));
        let shapes = [shape(1, 0, &[], &[], &[]), shape(4, 1, &[], &[], &[small, placeholder].concat())];
        let container = record(kind::DRAWING_CONTAINER, 0, &record(kind::GROUP, 0, &shapes.concat()));
        let slide = record(kind::SLIDE, 0, &record(kind::DRAWING, 0, &container));
        let slide = Records::new(&slide).next().expect("just made");
        let drawing = drawing_of(&slide, &mut Quota::new(100));
        let index = Index::of(&drawing);
        assert!(index.shapes.contains_key(&4) && !index.shapes.contains_key(&2));
        let found = index.placeholders.get(&13).map(|shape| shape.anchor());
        assert_eq!(found, Some(Rect::new(2, 1, 3, 4)), "the top comes first");
        assert!(drawing_of(&Record { data: &[], ..slide }, &mut Quota::new(1)).shapes.is_empty());
    }
}
