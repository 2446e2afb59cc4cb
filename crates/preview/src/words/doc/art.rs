//! Where Word keeps its drawings and their pictures ([MS-DOC] 2.9.172, 2.9.192).

use std::collections::HashMap;

use super::pictures::Stored;
use crate::drawing::officeart::blips::{Blip, blips, place_in};
use crate::drawing::officeart::options::{Cascade, Options, property};
use crate::drawing::officeart::record::{HEADER, Record, Records, kind};
use crate::drawing::officeart::tree::{RawShape, id_of, shapes_in};
use crate::limits::Quota;

/// Shapes that are looked at: of the document, and of a group.
const MOST: usize = 20_000;

/// Which stream of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Whence {
    Main,
    Tables,
    Data,
}

/// All drawings of a document: where its shapes are, and what they share.
#[derive(Debug, Default)]
pub(crate) struct Drawings {
    /// Shapes, and groups with everything in them, in the stream of tables, by their ids.
    shapes: HashMap<u32, usize>,
    pub(crate) blips: Vec<Blip>,
    pub(crate) usual: Options<'static>,
}

impl Drawings {
    /// `start` and `length`: the drawings in the stream of tables.
    pub(crate) fn read(tables: &[u8], start: usize, length: usize) -> Self {
        let group = Record::at(tables, start).filter(|group| group.kind == kind::DRAWING_GROUP_CONTAINER);
        let Some(group) = group else { return Self::default() };
        let mut drawings =
            Self { shapes: HashMap::new(), blips: blips(Some(group)), usual: Options::usual(Some(group)) };
        let end = start.saturating_add(length).min(tables.len());
        // Before each drawing a byte says whether it is of the text or of the margins.
        let mut at = group.end() + 1;
        while let Some(drawing) =
            Record::at(tables, at).filter(|drawing| drawing.kind == kind::DRAWING_CONTAINER && at < end)
        {
            drawings.add(&drawing);
            at = drawing.end() + 1;
        }
        drawings
    }

    /// All shapes of a drawing stand in one group.
    fn add(&mut self, drawing: &Record<'_>) {
        for group in drawing.children().filter(|part| part.kind == kind::GROUP) {
            for part in shapes_in(&group) {
                if self.shapes.len() >= MOST {
                    return;
                }
                self.shapes.extend(id_of(&part).map(|id| (id, part.at - HEADER)));
            }
        }
    }

    /// A shape of the text or of the margins. `bytes` counts what is read: many places may show the same shape.
    pub(crate) fn shape<'a>(&self, tables: &'a [u8], id: u32, bytes: &mut Quota) -> Option<RawShape<'a>> {
        let record = Record::at(tables, *self.shapes.get(&id)?)?;
        bytes.take(record.data.len()).then(|| RawShape::read(&record, &mut Quota::new(MOST)))
    }

    /// A picture that shapes share, by its number: in the table of pictures, or in the stream of the text.
    pub(crate) fn shared(&self, number: u32) -> Option<Stored> {
        let blip = self.blips.get(number as usize)?;
        match &blip.embedded {
            Some(place) => Some(Stored::Blip(Whence::Tables, place.start)),
            None => Some(Stored::Blip(Whence::Main, blip.offset? as usize)),
        }
    }
}

/// The shape of a picture in the text and where the picture's record is: a shape, then its pictures.
pub(crate) fn inline_picture(data: &[u8], start: usize, end: usize) -> Option<(RawShape<'_>, Option<usize>)> {
    let mut parts = Records::within(data, start, end);
    let head = parts.next().filter(|part| matches!(part.kind, kind::SHAPE | kind::GROUP))?;
    let shape = RawShape::read(&head, &mut Quota::new(MOST));
    let wanted = Cascade::of(&shape.options).get(property::PICTURE).unwrap_or(1).max(1) as usize;
    // The lengths of entries may lie; the pictures come in them, one after the other.
    let place = parts.take(wanted.min(MOST)).last().map(|entry| place_in(&entry));
    let is_blip =
        |place: &usize| Record::at(data, *place).is_some_and(|blip| kind::BLIPS.contains(&blip.kind));
    Some((shape, place.filter(is_blip)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::officeart::testing::{record, shape};

    #[test]
    fn shapes_and_shared_pictures_are_found() {
        let mut entry = vec![0; 36];
        entry[28..32].copy_from_slice(&77_u32.to_le_bytes());
        let mut embedded = vec![0; 36];
        embedded.extend(record(0xf01e, 0x6e0, &[0; 20]));
        let mut entries = record(kind::BLIP_STORE_ENTRY, 6, &entry);
        entries.extend(record(kind::BLIP_STORE_ENTRY, 6, &embedded));
        let mut stream = vec![9; 4];
        stream.extend(record(kind::DRAWING_GROUP_CONTAINER, 0, &record(kind::BLIP_STORE, 2, &entries)));
        stream.push(0);
        let mut members = shape(1, 0, &[], &[], &[]);
        members.extend(shape(1025, 202, &[(0x80, 0x1_0000), (0x8381, 4), (0x100, 0x8000)], b"a\0b\0", &[]));
        let mut inner = shape(1026, 0, &[], &[], &[]);
        inner.extend(shape(1027, 1, &[(0x181, 0x0000_00ff)], &[], &[]));
        members.extend(record(kind::GROUP, 0, &inner));
        stream.extend(record(kind::DRAWING_CONTAINER, 0, &record(kind::GROUP, 0, &members)));
        let drawings = Drawings::read(&stream, 4, stream.len());
        assert_eq!(drawings.shared(0), Some(Stored::Blip(Whence::Main, 77)));
        let Some(Stored::Blip(Whence::Tables, at)) = drawings.shared(1) else { panic!("in the table") };
        assert_eq!(Record::at(&stream, at).map(|blip| blip.kind), Some(0xf01e));
        assert_eq!(drawings.shared(2), None);
        let mut bytes = Quota::new(1000);
        let text = drawings.shape(&stream, 1025, &mut bytes).unwrap_or_default();
        let options = Cascade::of(&text.options);
        assert_eq!((text.preset, text.flips().0, options.description().as_str()), (202, true, "ab"));
        let group = drawings.shape(&stream, 1026, &mut bytes).unwrap_or_default();
        let fill = |child: &RawShape<'_>| Cascade::of(&child.options).get(property::FILL_COLOR);
        assert_eq!(group.children.first().and_then(fill), Some(255));
        assert!(drawings.shape(&stream, 1027, &mut bytes).is_none(), "it stands in a group");
        assert!(drawings.shape(&stream, 1026, &mut Quota::new(9)).is_none());
        assert!(inline_picture(&[255; 64], 0, 64).is_none());
    }
}
