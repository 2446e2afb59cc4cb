//! Drawings as they are stored: trees of shapes with properties ([MS-ODRAW]).

pub(super) mod color;
pub(super) mod geometry;
pub(super) mod options;
pub(super) mod paint;
pub(super) mod place;
mod presets;

use std::collections::HashMap;

use super::record::{Bytes, Record, kind};
use crate::limits::Quota;
use options::Options;
use place::Rect;

/// Groups inside groups that are followed; PowerPoint itself ungroups what is deeper.
const DEPTH: usize = 32;

/// Bits of a shape's flags ([MS-ODRAW] 2.2.40 `OfficeArtFSP`).
const DELETED: u32 = 1 << 3;
const FLIPPED_X: u32 = 1 << 6;
const FLIPPED_Y: u32 = 1 << 7;

/// A shape as it is stored.
#[derive(Clone, Debug, Default)]
pub(super) struct RawShape<'a> {
    /// Its preset geometry ([MS-ODRAW] 2.4.24 `MSOSPT`).
    pub(super) preset: u16,
    pub(super) id: u32,
    flags: u32,
    pub(super) options: Options<'a>,
    /// In coordinates of its group, or of the slide.
    pub(super) anchor: Option<Rect>,
    /// Of a group: the coordinates of what is in it.
    pub(super) inside: Option<Rect>,
    pub(super) textbox: Option<Record<'a>>,
    /// What PowerPoint adds to it.
    pub(super) client: Option<Record<'a>>,
    /// Of a group.
    pub(super) children: Vec<RawShape<'a>>,
}

impl<'a> RawShape<'a> {
    pub(super) const fn is_deleted(&self) -> bool {
        self.flags & DELETED != 0
    }

    pub(super) const fn flips(&self) -> (bool, bool) {
        (self.flags & FLIPPED_X != 0, self.flags & FLIPPED_Y != 0)
    }

    /// [MS-ODRAW] 2.2.14 `OfficeArtSpContainer`.
    fn read(container: &Record<'a>) -> Self {
        let mut shape = Self::default();
        for record in container.children() {
            match record.kind {
                kind::SHAPE_ATOM => {
                    let mut bytes = record.bytes();
                    shape.preset = record.instance;
                    shape.id = bytes.u32().unwrap_or(0);
                    shape.flags = bytes.u32().unwrap_or(0);
                }
                kind::GROUP_COORDINATES => shape.inside = rectangle(record.bytes()),
                kind::OPTIONS | kind::SECONDARY_OPTIONS | kind::TERTIARY_OPTIONS => {
                    shape.options.read(&record)
                }
                kind::CHILD_ANCHOR => shape.anchor = rectangle(record.bytes()),
                kind::CLIENT_ANCHOR => shape.anchor = shape.anchor.or_else(|| client_anchor(&record)),
                kind::CLIENT_TEXTBOX => shape.textbox = Some(record),
                kind::CLIENT_DATA => shape.client = Some(record),
                _ => {}
            }
        }
        shape
    }

    /// A record of what PowerPoint adds.
    pub(super) fn client(&self, kind: u16) -> Option<Record<'a>> {
        self.client?.child(kind)
    }

    /// What it is on its slide or master ([MS-PPT] 2.13.21 `PlaceholderEnum`); none where it is nothing special.
    pub(super) fn placeholder(&self) -> Option<u8> {
        let mut bytes = self.client(kind::PLACEHOLDER)?.bytes();
        bytes.u32()?;
        bytes.u8().filter(|placeholder| *placeholder != 0)
    }
}

fn rectangle(mut bytes: Bytes<'_>) -> Option<Rect> {
    let (left, top, right, bottom) = (bytes.i32()?, bytes.i32()?, bytes.i32()?, bytes.i32()?);
    Some(Rect::new(left, top, right, bottom))
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

/// The drawing of a slide or master.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawing<'a> {
    /// From back to front.
    pub(super) shapes: Vec<RawShape<'a>>,
    pub(super) background: Option<RawShape<'a>>,
}

impl<'a> Drawing<'a> {
    /// Of a slide, a master or notes: [MS-ODRAW] 2.2.13 `OfficeArtDgContainer`. `quota` counts shapes.
    pub(super) fn of(slide: &Record<'a>, quota: &mut Quota) -> Self {
        let drawing = slide.child(kind::DRAWING);
        let Some(container) = drawing.and_then(|drawing| drawing.child(kind::DRAWING_CONTAINER)) else {
            return Self::default();
        };
        // The outermost group is the slide itself.
        let root = container.child(kind::GROUP).map(|group| group_of(&group, DEPTH, quota));
        Self {
            shapes: root.map(|root| root.children).unwrap_or_default(),
            background: container.child(kind::SHAPE).map(|shape| RawShape::read(&shape)),
        }
    }

    /// Its shapes, to be found by identifier and by placeholder.
    pub(super) fn index(&self) -> Index<'_, 'a> {
        let mut index = Index::default();
        let mut open: Vec<&RawShape<'a>> = self.shapes.iter().collect();
        while let Some(shape) = open.pop() {
            index.shapes.insert(shape.id, shape);
            open.extend(&shape.children);
        }
        for shape in self.shapes.iter().rev() {
            if let Some(placeholder) = shape.placeholder() {
                index.placeholders.insert(placeholder, shape);
            }
        }
        index
    }
}

/// The shapes of a master, at any depth, by their identifiers; and the outermost ones that are placeholders.
#[derive(Debug, Default)]
pub(super) struct Index<'d, 'a> {
    pub(super) shapes: HashMap<u32, &'d RawShape<'a>>,
    pub(super) placeholders: HashMap<u8, &'d RawShape<'a>>,
}

/// [MS-ODRAW] 2.2.16 `OfficeArtSpgrContainer`: its first shape is the group's own.
fn group_of<'a>(group: &Record<'a>, depth: usize, quota: &mut Quota) -> RawShape<'a> {
    let mut own: Option<RawShape<'a>> = None;
    let mut children = Vec::new();
    for record in group.children() {
        if !matches!(record.kind, kind::SHAPE | kind::GROUP) {
            continue;
        }
        if !quota.take(1) {
            break;
        }
        match (record.kind, &own) {
            (kind::SHAPE, None) => own = Some(RawShape::read(&record)),
            (kind::SHAPE, _) => children.push(RawShape::read(&record)),
            _ if depth > 0 => children.push(group_of(&record, depth - 1, quota)),
            _ => {}
        }
    }
    let mut shape = own.unwrap_or_default();
    shape.children = children;
    // A group whose atom is missing still is one.
    shape.inside = shape.inside.or(shape.anchor).or(Some(Rect::default()));
    shape
}

#[cfg(test)]
mod tests {
    use super::super::record::{Records, tests::record};
    use super::*;

    fn shape(id: u32, extra: &[u8]) -> Vec<u8> {
        let atom = record(kind::SHAPE_ATOM, 1, &[id, 0x40].map(u32::to_le_bytes).concat());
        record(kind::SHAPE, 0, &[&atom, extra].concat())
    }

    #[test]
    fn groups_are_read_with_their_anchors_and_end_somewhere() {
        let small = record(kind::CLIENT_ANCHOR, 0, &[1, 0, 2, 0, 3, 0, 4, 0]);
        let mut inner = record(kind::GROUP, 0, &[shape(2, &small), shape(3, &[])].concat());
        for _ in 0..100 {
            inner = record(kind::GROUP, 0, &[shape(9, &[]), inner].concat());
        }
        let flat = record(kind::GROUP, 0, &[shape(1, &[]), shape(4, &small)].concat());
        let dg = record(kind::DRAWING_CONTAINER, 0, &[flat, shape(7, &[])].concat());
        let slide = record(kind::SLIDE, 0, &record(kind::DRAWING, 0, &dg));
        let drawing = Drawing::of(&Records::new(&slide).next().expect("just made"), &mut Quota::new(100));
        assert_eq!(drawing.shapes.len(), 1);
        assert_eq!(drawing.shapes[0].anchor, Some(Rect::new(2, 1, 3, 4)), "the top comes first");
        assert_eq!(drawing.shapes[0].flips(), (true, false));
        assert_eq!(drawing.background.as_ref().map(|shape| shape.id), Some(7));
        let index = drawing.index();
        assert!(index.shapes.contains_key(&4) && !index.shapes.contains_key(&2));

        let dg = record(kind::DRAWING_CONTAINER, 0, &inner);
        let slide = record(kind::SLIDE, 0, &record(kind::DRAWING, 0, &dg));
        let slide = Records::new(&slide).next().expect("just made");
        let mut depth = 0;
        let drawing = Drawing::of(&slide, &mut Quota::new(1000));
        let mut shapes = &drawing.shapes;
        while let Some(shape) = shapes.first() {
            depth += 1;
            shapes = &shape.children;
        }
        assert_eq!(depth, DEPTH);
        let mut quota = Quota::new(5);
        let _ = Drawing::of(&slide, &mut quota);
        assert!(quota.is_cut());
    }
}
