//! Drawings over the cells: trees of shapes with properties ([MS-ODRAW] 2.2).

mod anchor;
mod blip;
mod show;

pub(super) use blip::{blips, unpack};
pub(super) use show::{Said, Show};

use std::collections::HashMap;

use anchor::Anchor;

use crate::sheets::biff::bytes::{Bytes, utf16};

/// Groups inside of groups that are followed.
const DEPTH: usize = 16;
/// Shapes of one sheet that are looked at.
const SHAPES: usize = 20_000;

/// Types of records ([MS-ODRAW] 2.1).
mod kind {
    pub(super) const GROUP: u16 = 0xf003;
    pub(super) const SHAPE: u16 = 0xf004;
    pub(super) const DRAWING: u16 = 0xf002;
    pub(super) const STORE: u16 = 0xf001;
    pub(super) const STORE_ENTRY: u16 = 0xf007;
    pub(super) const GROUP_FRAME: u16 = 0xf009;
    pub(super) const HEAD: u16 = 0xf00a;
    pub(super) const OPTIONS: [u16; 3] = [0xf00b, 0xf121, 0xf122];
    pub(super) const CHILD_ANCHOR: u16 = 0xf00f;
    pub(super) const CLIENT_ANCHOR: u16 = 0xf010;
    pub(super) const CLIENT_DATA: u16 = 0xf011;
}

/// Properties of shapes ([MS-ODRAW] 2.3).
mod property {
    pub(super) const ROTATION: u16 = 0x0004;
    pub(super) const INSETS: [u16; 4] = [0x0081, 0x0082, 0x0083, 0x0084];
    /// Left, top, right, bottom.
    pub(super) const CROPS: [u16; 4] = [0x0102, 0x0100, 0x0103, 0x0101];
    pub(super) const PICTURE: u16 = 0x0104;
    pub(super) const FILL_COLOR: u16 = 0x0181;
    pub(super) const FILL_FLAGS: u16 = 0x01bf;
    pub(super) const LINE_COLOR: u16 = 0x01c0;
    pub(super) const LINE_WIDTH: u16 = 0x01cb;
    pub(super) const LINE_DASH: u16 = 0x01ce;
    pub(super) const LINE_START: u16 = 0x01d0;
    pub(super) const LINE_END: u16 = 0x01d1;
    pub(super) const LINE_FLAGS: u16 = 0x01ff;
    pub(super) const DESCRIPTION: u16 = 0x0381;
    pub(super) const GROUP_FLAGS: u16 = 0x03bf;
}

/// A record of a drawing ([MS-ODRAW] 2.2.1).
#[derive(Clone, Copy, Debug)]
struct Record<'a> {
    instance: u16,
    kind: u16,
    /// As much of it as is there.
    data: &'a [u8],
    /// Where its content ends in the stream.
    end: usize,
}

/// The records from `at` on; `data` is what is left of the stream there.
fn records(data: &[u8], mut at: usize) -> impl Iterator<Item = Record<'_>> {
    let mut bytes = Bytes(data);
    std::iter::from_fn(move || {
        let (instance, kind, size) = (bytes.u16()? >> 4, bytes.u16()?, bytes.u32()? as usize);
        let data = bytes.take(size.min(bytes.0.len()))?;
        at = at.saturating_add(8).saturating_add(data.len());
        Some(Record { instance, kind, data, end: at })
    })
}

impl<'a> Record<'a> {
    fn children(self) -> impl Iterator<Item = Self> + use<'a> {
        records(self.data, self.end.saturating_sub(self.data.len()))
    }

    fn child(self, kind: u16) -> Option<Self> {
        self.children().find(|record| record.kind == kind)
    }
}

/// A rectangle in coordinates of a group.
type Rect = [i32; 4];

/// A shape as it is stored.
#[derive(Clone, Debug, Default)]
struct RawShape {
    /// Its preset geometry ([MS-ODRAW] 2.4.24).
    preset: u16,
    flags: u32,
    values: HashMap<u16, u32>,
    description: String,
    /// Where it stands over the cells.
    anchor: Option<Anchor>,
    /// Where it stands in its group.
    place: Option<Rect>,
    /// Of a group: the coordinates of what is in it.
    inside: Option<Rect>,
    /// Where what Excel says of it begins: the record of the object comes after this byte of the drawing.
    object_at: Option<usize>,
    children: Option<Vec<RawShape>>,
}

impl RawShape {
    fn read(container: Record<'_>) -> Self {
        let mut shape = Self::default();
        for record in container.children() {
            let mut bytes = Bytes(record.data);
            match record.kind {
                kind::HEAD => {
                    shape.preset = record.instance;
                    bytes.take(4);
                    shape.flags = bytes.u32().unwrap_or(0);
                }
                kind::GROUP_FRAME => shape.inside = rectangle(bytes),
                kind::CHILD_ANCHOR => shape.place = rectangle(bytes),
                kind::CLIENT_ANCHOR => shape.anchor = Anchor::read(bytes),
                kind::CLIENT_DATA => shape.object_at = Some(record.end),
                _ if kind::OPTIONS.contains(&record.kind) => shape.options(record),
                _ => {}
            }
        }
        shape
    }

    /// A table of properties, then the bytes of those that have more than a number ([MS-ODRAW] 2.2.7).
    fn options(&mut self, record: Record<'_>) {
        let table = usize::from(record.instance).saturating_mul(6).min(record.data.len());
        let (table, rest) = record.data.split_at(table);
        let (mut table, mut rest) = (Bytes(table), Bytes(rest));
        while let (Some(id), Some(value)) = (table.u16(), table.u32()) {
            if id & 0x8000 == 0 {
                self.values.insert(id & 0x3fff, value);
            } else if let Some(bytes) = rest.take(value as usize)
                && id & 0x3fff == property::DESCRIPTION
            {
                self.description = utf16(bytes).trim_end_matches('\0').to_owned();
            }
        }
    }

    fn value(&self, id: u16) -> Option<u32> {
        self.values.get(&id).copied()
    }

    /// One of several flags in a number; its upper half says which of them are set at all.
    fn flag(&self, id: u16, bit: u32, usual: bool) -> bool {
        match self.value(id) {
            Some(value) if value & bit << 16 != 0 => value & bit != 0,
            _ => usual,
        }
    }
}

fn rectangle(mut bytes: Bytes<'_>) -> Option<Rect> {
    Some([bytes.i32()?, bytes.i32()?, bytes.i32()?, bytes.i32()?])
}

/// The shapes of a sheet, from back to front.
fn shapes(drawing: &[u8]) -> Vec<RawShape> {
    let drawing = records(drawing, 0).find(|record| record.kind == kind::DRAWING);
    let root = drawing.and_then(|drawing| drawing.child(kind::GROUP));
    let mut left = SHAPES;
    root.and_then(|root| group(root, DEPTH, &mut left).children).unwrap_or_default()
}

/// The first shape of a group is its own.
fn group(container: Record<'_>, depth: usize, left: &mut usize) -> RawShape {
    let mut own: Option<RawShape> = None;
    let mut children = Vec::new();
    for record in container.children() {
        let Some(rest) = left.checked_sub(1) else { break };
        *left = rest;
        match (record.kind, &own) {
            (kind::SHAPE, None) => own = Some(RawShape::read(record)),
            (kind::SHAPE, _) => children.push(RawShape::read(record)),
            (kind::GROUP, _) if depth > 0 => children.push(group(record, depth - 1, left)),
            _ => {}
        }
    }
    RawShape { children: Some(children), ..own.unwrap_or_default() }
}

#[cfg(test)]
mod tests;
