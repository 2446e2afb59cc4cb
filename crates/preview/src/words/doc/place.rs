//! Where drawings stand beside the text ([MS-DOC] 2.9.253 Spa, [MS-ODRAW] 2.3.4).

use crate::container::bytes::i32_at;
use crate::drawing::officeart::options::{Cascade, property};
use crate::model::{Anchor, AnchorFrom, Stand};
use crate::words::places::{align, measured_from, wrap};

/// Points that nothing stands further away.
const FURTHEST: f32 = 1584.0;

/// What the place in the text says of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    /// Points.
    corner: [f32; 2],
    from: [AnchorFrom; 2],
    wrap: i32,
    behind: bool,
}

impl Place {
    /// `flags`: bits 1 and 2 say what it is measured from across, 3 and 4 down, 5 to 8 how text goes around it.
    pub(crate) fn read(entry: &[u8], flags: u16) -> Self {
        let twips = |at| (i32_at(entry, at).unwrap_or(0) as f32 / 20.0).clamp(-FURTHEST, FURTHEST);
        let bits = |from: u32, count: u32| i32::from(flags >> from) & ((1 << count) - 1);
        Self {
            corner: [twips(4), twips(8)],
            from: [measured_from(bits(1, 2)), measured_from(bits(3, 2))],
            wrap: bits(5, 4),
            behind: flags & 0x4000 != 0,
        }
    }

    /// With what the properties of the shape say on top.
    pub(crate) fn anchor(&self, properties: &Cascade<'_, '_>) -> Anchor {
        let stand = |axis: usize, place: u16, relative: u16| Stand {
            from: properties.get(relative).map_or(self.from[axis], |from| measured_from(from.cast_signed())),
            align: properties.get(place).and_then(|place| align(place.cast_signed())),
            offset: self.corner[axis],
        };
        Anchor {
            wrap: wrap(self.wrap, self.behind),
            across: stand(0, property::ACROSS, property::ACROSS_FROM),
            down: stand(1, property::DOWN, property::DOWN_FROM),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Align, Wrap};

    #[test]
    fn places_are_told_by_the_text_and_by_properties() {
        let mut entry = [0; 26];
        entry[4..8].copy_from_slice(&400_i32.to_le_bytes());
        entry[8..12].copy_from_slice(&(-200_i32).to_le_bytes());
        // From the page across, from the paragraph down, text beside it.
        let place = Place::read(&entry, 1 << 1 | 2 << 3 | 2 << 5);
        let across = Stand { from: AnchorFrom::Page, align: None, offset: 20.0 };
        let down = Stand { from: AnchorFrom::Text, align: None, offset: -10.0 };
        assert_eq!(place.anchor(&Cascade::default()), Anchor { wrap: Wrap::Around, across, down });
        let behind = Place::read(&entry, 3 << 5 | 0x4000).anchor(&Cascade::default());
        assert_eq!((behind.wrap, behind.across.from), (Wrap::Over, AnchorFrom::Margin));
        assert_eq!(align(3), Some(Align::End));
    }
}
