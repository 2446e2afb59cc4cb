//! Shapes as they are stored: trees with properties.

use super::options::Options;
use super::place::Rect;
use super::record::{Record, kind};
use crate::container::bytes::Bytes;
use crate::limits::Quota;

/// Groups inside groups that are followed; PowerPoint itself ungroups what is deeper.
const DEPTH: usize = 32;

/// Bits of a shape's flags ([MS-ODRAW] 2.2.40 `OfficeArtFSP`).
const DELETED: u32 = 1 << 3;
const FLIPPED_X: u32 = 1 << 6;
const FLIPPED_Y: u32 = 1 << 7;

/// A shape as it is stored.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawShape<'a> {
    /// Its preset geometry ([MS-ODRAW] 2.4.24 `MSOSPT`).
    pub(crate) preset: u16,
    pub(crate) id: u32,
    flags: u32,
    pub(crate) options: Options<'a>,
    /// In coordinates of its group.
    pub(crate) child_anchor: Option<Rect>,
    /// Where it stands on the page, slide or sheet.
    pub(crate) client_anchor: Option<Record<'a>>,
    /// Of a group: the coordinates of what is in it.
    pub(crate) inside: Option<Rect>,
    pub(crate) textbox: Option<Record<'a>>,
    /// What the program adds to it.
    pub(crate) client: Option<Record<'a>>,
    /// Of a group.
    pub(crate) children: Vec<RawShape<'a>>,
}

impl<'a> RawShape<'a> {
    /// A shape, or a group with everything in it; `quota` counts the shapes inside.
    pub(crate) fn read(record: &Record<'a>, quota: &mut Quota) -> Self {
        if record.kind == kind::GROUP { group(record, DEPTH, quota) } else { single(record) }
    }

    pub(crate) const fn is_deleted(&self) -> bool {
        self.flags & DELETED != 0
    }

    pub(crate) const fn flips(&self) -> (bool, bool) {
        (self.flags & FLIPPED_X != 0, self.flags & FLIPPED_Y != 0)
    }
}

/// Shapes and groups among the records in a container.
pub(crate) fn shapes_in<'a>(container: &Record<'a>) -> impl Iterator<Item = Record<'a>> + use<'a> {
    container.children().filter(|record| matches!(record.kind, kind::SHAPE | kind::GROUP))
}

/// The identifier of a shape or group, without reading the rest of it.
pub(crate) fn id_of(record: &Record<'_>) -> Option<u32> {
    let own = if record.kind == kind::GROUP { record.child(kind::SHAPE)? } else { *record };
    own.child(kind::SHAPE_ATOM)?.bytes().u32()
}

/// [MS-ODRAW] 2.2.14 `OfficeArtSpContainer`.
fn single<'a>(container: &Record<'a>) -> RawShape<'a> {
    let mut shape = RawShape::default();
    for record in container.children() {
        match record.kind {
            kind::SHAPE_ATOM => {
                let mut bytes = record.bytes();
                shape.preset = record.instance;
                shape.id = bytes.u32().unwrap_or(0);
                shape.flags = bytes.u32().unwrap_or(0);
            }
            kind::GROUP_COORDINATES => shape.inside = rectangle(record.bytes()),
            kind::OPTIONS | kind::SECONDARY_OPTIONS | kind::TERTIARY_OPTIONS => shape.options.read(&record),
            kind::CHILD_ANCHOR => shape.child_anchor = rectangle(record.bytes()),
            kind::CLIENT_ANCHOR => shape.client_anchor = Some(record),
            kind::CLIENT_TEXTBOX => shape.textbox = Some(record),
            kind::CLIENT_DATA => shape.client = Some(record),
            _ => {}
        }
    }
    shape
}

/// [MS-ODRAW] 2.2.16 `OfficeArtSpgrContainer`: its first shape is the group's own.
fn group<'a>(container: &Record<'a>, depth: usize, quota: &mut Quota) -> RawShape<'a> {
    let mut own: Option<RawShape<'a>> = None;
    let mut children = Vec::new();
    for record in shapes_in(container) {
        if !quota.take(1) {
            break;
        }
        match (record.kind, &own) {
            (kind::SHAPE, None) => own = Some(single(&record)),
            (kind::SHAPE, _) => children.push(single(&record)),
            _ if depth > 0 => children.push(group(&record, depth - 1, quota)),
            _ => {}
        }
    }
    let mut shape = own.unwrap_or_default();
    shape.children = children;
    // A group whose atom is missing still is one.
    shape.inside = shape.inside.or(shape.child_anchor).or(Some(Rect::default()));
    shape
}

fn rectangle(mut bytes: Bytes<'_>) -> Option<Rect> {
    let (left, top, right, bottom) = (bytes.i32()?, bytes.i32()?, bytes.i32()?, bytes.i32()?);
    Some(Rect::new(left, top, right, bottom))
}

/// The shapes of a drawing, from back to front, and its background ([MS-ODRAW] 2.2.13 `OfficeArtDgContainer`).
#[derive(Clone, Debug, Default)]
pub(crate) struct Drawing<'a> {
    pub(crate) shapes: Vec<RawShape<'a>>,
    pub(crate) background: Option<RawShape<'a>>,
}

impl<'a> Drawing<'a> {
    /// `quota` counts shapes.
    pub(crate) fn read(container: &Record<'a>, quota: &mut Quota) -> Self {
        // The outermost group is the page, slide or sheet itself.
        let root = container.child(kind::GROUP).map(|root| RawShape::read(&root, quota));
        Self {
            shapes: root.map(|root| root.children).unwrap_or_default(),
            background: container.child(kind::SHAPE).map(|shape| single(&shape)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::Records;
    use super::super::testing::{record, rectangle, shape};
    use super::*;

    fn drawing(content: &[u8], quota: usize) -> (Drawing<'_>, bool) {
        let mut quota = Quota::new(quota);
        let container = Record { instance: 0, kind: kind::DRAWING_CONTAINER, data: content, at: 0 };
        (Drawing::read(&container, &mut quota), quota.is_cut())
    }

    #[test]
    fn shapes_groups_and_the_background_are_found() {
        let place = rectangle(kind::CHILD_ANCHOR, [1, 2, 3, 4]);
        let inner = [
            shape(2, 0, &[], &[], &rectangle(kind::GROUP_COORDINATES, [0, 0, 9, 9])),
            shape(3, 1, &[], &[], &place),
        ];
        let inner = record(kind::GROUP, 0, &inner.concat());
        let root =
            record(kind::GROUP, 0, &[shape(1, 0, &[], &[], &[]), shape(4, 5, &[], &[], &[]), inner].concat());
        let bytes = [root, shape(7, 1, &[], &[], &[])].concat();
        let (drawing, _) = drawing(&bytes, 100);
        let found = |shape: &RawShape<'_>| (shape.id, shape.preset, shape.flips(), shape.inside);
        assert_eq!(found(&drawing.shapes[0]), (4, 5, (true, false), None));
        assert_eq!(found(&drawing.shapes[1]), (2, 0, (true, false), Some(Rect::new(0, 0, 9, 9))));
        assert_eq!(drawing.shapes[1].children[0].child_anchor, Some(Rect::new(1, 2, 3, 4)));
        assert_eq!(drawing.background.map(|shape| shape.id), Some(7));
        let root = Records::new(&bytes).next().expect("just made");
        let ids: Vec<Option<u32>> = shapes_in(&root).map(|record| id_of(&record)).collect();
        assert_eq!(ids, [Some(1), Some(4), Some(2)]);
    }

    #[test]
    fn groups_in_groups_end_somewhere() {
        let mut inner = shape(5, 1, &[], &[], &[]);
        for _ in 0..500 {
            inner = record(kind::GROUP, 0, &[shape(9, 0, &[], &[], &[]), inner].concat());
        }
        let (whole, cut) = drawing(&inner, 1000);
        let (mut depth, mut shapes) = (0, &whole.shapes);
        while let Some(shape) = shapes.first() {
            depth += 1;
            shapes = &shape.children;
        }
        assert_eq!((depth, cut), (DEPTH, false));
        assert!(drawing(&inner, 5).1);
        assert!(drawing(&[0xff; 64], 5).0.shapes.is_empty());
    }
}
