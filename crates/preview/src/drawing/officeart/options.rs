//! Properties of shapes ([MS-ODRAW] 2.3), and which of several shapes says them.

use std::collections::HashMap;

use super::record::{Record, kind};
use crate::container::bytes::utf16_to_nul;

/// Numbers of the properties that are read here ([MS-ODRAW] 2.3.1 – 2.3.23).
pub(crate) mod property {
    pub(crate) const ROTATION: u16 = 0x0004;
    pub(crate) const TEXT: u16 = 0x0080;
    pub(crate) const TEXT_LEFT: u16 = 0x0081;
    pub(crate) const TEXT_TOP: u16 = 0x0082;
    pub(crate) const TEXT_RIGHT: u16 = 0x0083;
    pub(crate) const TEXT_BOTTOM: u16 = 0x0084;
    pub(crate) const WRAP: u16 = 0x0085;
    pub(crate) const TEXT_ANCHOR: u16 = 0x0087;
    pub(crate) const TEXT_FLOW: u16 = 0x0088;
    pub(crate) const TEXT_ROTATION: u16 = 0x0089;
    pub(crate) const ART_TEXT: u16 = 0x00c0;
    pub(crate) const ART_TEXT_FONT: u16 = 0x00c5;
    pub(crate) const ART_TEXT_FLAGS: u16 = 0x00ff;
    pub(crate) const CROP_TOP: u16 = 0x0100;
    pub(crate) const CROP_BOTTOM: u16 = 0x0101;
    pub(crate) const CROP_LEFT: u16 = 0x0102;
    pub(crate) const CROP_RIGHT: u16 = 0x0103;
    pub(crate) const PICTURE: u16 = 0x0104;
    pub(crate) const GEOMETRY_LEFT: u16 = 0x0140;
    pub(crate) const GEOMETRY_TOP: u16 = 0x0141;
    pub(crate) const GEOMETRY_RIGHT: u16 = 0x0142;
    pub(crate) const GEOMETRY_BOTTOM: u16 = 0x0143;
    pub(crate) const PATH_KIND: u16 = 0x0144;
    pub(crate) const VERTICES: u16 = 0x0145;
    pub(crate) const SEGMENTS: u16 = 0x0146;
    pub(crate) const ADJUST: u16 = 0x0147;
    pub(crate) const FILL_KIND: u16 = 0x0180;
    pub(crate) const FILL_COLOR: u16 = 0x0181;
    pub(crate) const FILL_OPACITY: u16 = 0x0182;
    pub(crate) const FILL_BACK_COLOR: u16 = 0x0183;
    pub(crate) const FILL_BACK_OPACITY: u16 = 0x0184;
    pub(crate) const FILL_PICTURE: u16 = 0x0186;
    pub(crate) const FILL_ANGLE: u16 = 0x018b;
    pub(crate) const FILL_FOCUS: u16 = 0x018c;
    pub(crate) const FILL_SHADES: u16 = 0x0197;
    pub(crate) const FILL_FLAGS: u16 = 0x01bf;
    pub(crate) const LINE_COLOR: u16 = 0x01c0;
    pub(crate) const LINE_OPACITY: u16 = 0x01c1;
    pub(crate) const LINE_BACK_COLOR: u16 = 0x01c2;
    pub(crate) const LINE_WIDTH: u16 = 0x01cb;
    pub(crate) const LINE_DASH: u16 = 0x01ce;
    pub(crate) const LINE_START: u16 = 0x01d0;
    pub(crate) const LINE_END: u16 = 0x01d1;
    pub(crate) const LINE_FLAGS: u16 = 0x01ff;
    pub(crate) const SHADOW_COLOR: u16 = 0x0201;
    pub(crate) const MASTER_SHAPE: u16 = 0x0301;
    pub(crate) const DESCRIPTION: u16 = 0x0381;
    pub(crate) const TABLE_FLAGS: u16 = 0x039f;
    pub(crate) const GROUP_FLAGS: u16 = 0x03bf;
}

/// Bytes of a property in the table.
const ENTRY: usize = 6;
/// Properties that may have bytes behind the table.
const COMPLEX: u16 = 0x8000;
/// The numbers of properties are the bits below this and [`COMPLEX`].
const NUMBER: u16 = 0x3fff;

/// Characters of a description that are kept.
const DESCRIPTION: usize = 4096;

/// The properties that one shape has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options<'a> {
    values: HashMap<u16, u32>,
    complex: HashMap<u16, &'a [u8]>,
}

impl<'a> Options<'a> {
    /// Adds those of a table ([MS-ODRAW] 2.2.7 `OfficeArtRGFOPTE`).
    pub(crate) fn read(&mut self, record: &Record<'a>) {
        let table = usize::from(record.instance).saturating_mul(ENTRY).min(record.data.len());
        let (table, mut rest) = record.data.split_at(table);
        for entry in table.chunks_exact(ENTRY) {
            let id = u16::from_le_bytes([entry[0], entry[1]]);
            let value = u32::from_le_bytes([entry[2], entry[3], entry[4], entry[5]]);
            if id & COMPLEX != 0 {
                let (data, after) = rest.split_at((value as usize).min(rest.len()));
                self.complex.insert(id & NUMBER, data);
                rest = after;
            } else {
                self.set(id & NUMBER, value);
            }
        }
    }
}

impl Options<'static> {
    /// Those of all shapes that say nothing else ([MS-ODRAW] 2.2.12 `OfficeArtDggContainer`); none of them is more than
    /// a number.
    pub(crate) fn usual(drawing_group: Option<Record<'_>>) -> Self {
        let mut options = Options::default();
        if let Some(table) = drawing_group.and_then(|group| group.child(kind::OPTIONS)) {
            options.read(&table);
        }
        Self { values: options.values, complex: HashMap::new() }
    }
}

impl Options<'_> {
    /// Groups of booleans, whose numbers end in 0x3f, come in several tables, with other booleans set in each.
    fn set(&mut self, id: u16, value: u32) {
        let before = self.values.get(&id).copied().unwrap_or(0);
        let kept = if id & 0x3f == 0x3f { before & !(value & 0xffff_0000 | value >> 16) } else { 0 };
        self.values.insert(id, kept | value);
    }
}

/// The properties of a shape, of the master's shape that it follows, and of the document, in this order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cascade<'c, 'a> {
    pub(crate) layers: [Option<&'c Options<'a>>; 3],
}

impl<'c, 'a> Cascade<'c, 'a> {
    /// Of a shape that follows no other.
    pub(crate) const fn of(own: &'c Options<'a>) -> Self {
        Self { layers: [Some(own), None, None] }
    }

    fn layers(&self) -> impl Iterator<Item = &'c Options<'a>> {
        self.layers.into_iter().flatten()
    }

    pub(crate) fn get(&self, id: u16) -> Option<u32> {
        self.layers().find_map(|options| options.values.get(&id)).copied()
    }

    pub(crate) fn signed(&self, id: u16) -> Option<i32> {
        self.get(id).map(u32::cast_signed)
    }

    /// 16.16 fixed point ([MS-ODRAW] 2.2.32).
    pub(crate) fn fixed(&self, id: u16) -> Option<f32> {
        self.signed(id).map(|value| value as f32 / 65536.0)
    }

    /// Bytes of a property of the shape itself.
    pub(crate) fn complex(&self, id: u16) -> Option<&'a [u8]> {
        self.layers().find_map(|options| options.complex.get(&id)).copied()
    }

    /// One of the flags of a group of booleans; the upper half of the group says which of them are set at all.
    pub(crate) fn flag(&self, id: u16, bit: u32, usual: bool) -> bool {
        let values = self.layers().filter_map(|options| options.values.get(&id));
        let said = values.filter(|value| **value & bit << 16 != 0).map(|value| value & bit != 0);
        let mut said = said;
        said.next().unwrap_or(usual)
    }

    /// Hidden by its author ([MS-ODRAW] 2.3.4.44).
    pub(crate) fn is_hidden(&self) -> bool {
        self.flag(property::GROUP_FLAGS, 1 << 1, false)
    }

    /// What its author says that it shows.
    pub(crate) fn description(&self) -> String {
        let bytes = self.own().complex(property::DESCRIPTION).unwrap_or(&[]);
        utf16_to_nul(&bytes[..bytes.len().min(2 * DESCRIPTION)])
    }

    /// The shape and what it follows, without what holds for all.
    pub(crate) const fn without_defaults(&self) -> Self {
        Self { layers: [self.layers[0], self.layers[1], None] }
    }

    /// The shape itself, without what it follows.
    pub(crate) const fn own(&self) -> Self {
        Self { layers: [self.layers[0], None, None] }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{options, table};
    use super::*;

    #[test]
    fn the_shape_itself_says_it_before_what_it_follows() {
        let own = table(&[(4, 0x8000), (0x81bf, 9), (0x1ff, 0x0008_0000)], b"bytes");
        let master = table(&[(4, 7), (0x181, 5), (0x1ff, 0x0018_0018)], &[]);
        let (own, master) = (options(&own), options(&master));
        let cascade = Cascade { layers: [Some(&own), Some(&master), None] };
        assert_eq!((cascade.fixed(4), cascade.get(0x181), cascade.get(0x182)), (Some(0.5), Some(5), None));
        assert_eq!(cascade.complex(0x1bf), Some(&b"bytes"[..]), "as much as is there");
        assert!(!cascade.flag(0x1ff, 8, true), "set to no");
        assert!(cascade.flag(0x1ff, 16, false), "by what it follows");
        assert!(cascade.flag(0x1ff, 4, true), "by nobody");
        assert_eq!(cascade.own().get(0x181), None);
    }

    #[test]
    fn booleans_of_several_tables_are_put_together() {
        let tables = [table(&[(0x1bf, 0x0011_0011)], &[]), table(&[(0x1bf, 0x0060_0040)], &[])].concat();
        let own = options(&tables);
        let cascade = Cascade { layers: [Some(&own), None, None] };
        let flags = [0, 4, 5, 6].map(|bit| cascade.flag(0x1bf, 1 << bit, false));
        assert_eq!(flags, [true, true, false, true]);
    }
}
