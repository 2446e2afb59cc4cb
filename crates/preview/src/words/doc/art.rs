//! Drawings: records in records ([MS-ODRAW]), shapes and their properties, and where pictures stand.

use std::collections::HashMap;

use crate::container::bytes::{i32_at, slice, u8_at, u16_at, u32_at};

/// Groups in groups.
const DEPTH: usize = 16;
/// Shapes and pictures that are looked at.
const MOST: usize = 20_000;

/// Types of records ([MS-ODRAW] 2.1).
pub(crate) mod kind {
    pub(crate) const GROUP_OF_DRAWINGS: u16 = 0xf000;
    pub(crate) const PICTURES: u16 = 0xf001;
    pub(crate) const DRAWING: u16 = 0xf002;
    pub(crate) const GROUP: u16 = 0xf003;
    pub(crate) const SHAPE: u16 = 0xf004;
    pub(crate) const PICTURE_ENTRY: u16 = 0xf007;
    pub(crate) const GROUP_FRAME: u16 = 0xf009;
    pub(crate) const SHAPE_HEAD: u16 = 0xf00a;
    pub(crate) const OPTIONS: u16 = 0xf00b;
    pub(crate) const CHILD_ANCHOR: u16 = 0xf00f;
    pub(crate) const MORE_OPTIONS: [u16; 2] = [0xf121, 0xf122];
    pub(crate) const BLIPS: std::ops::RangeInclusive<u16> = 0xf018..=0xf117;
}

/// Numbers of properties ([MS-ODRAW] 2.3).
pub(crate) mod property {
    pub(crate) const ROTATION: u16 = 4;
    pub(crate) const TEXT: u16 = 0x80;
    pub(crate) const TEXT_INSETS: [u16; 4] = [0x81, 0x82, 0x83, 0x84];
    pub(crate) const WORD_ART: u16 = 0xc0;
    pub(crate) const CROP_TOP: u16 = 0x100;
    pub(crate) const CROP_BOTTOM: u16 = 0x101;
    pub(crate) const CROP_LEFT: u16 = 0x102;
    pub(crate) const CROP_RIGHT: u16 = 0x103;
    pub(crate) const PICTURE: u16 = 0x104;
    pub(crate) const FILL_COLOR: u16 = 0x181;
    pub(crate) const FILL_FLAGS: u16 = 0x1bf;
    pub(crate) const LINE_COLOR: u16 = 0x1c0;
    pub(crate) const LINE_WIDTH: u16 = 0x1cb;
    pub(crate) const LINE_DASH: u16 = 0x1ce;
    pub(crate) const LINE_START: u16 = 0x1d0;
    pub(crate) const LINE_END: u16 = 0x1d1;
    pub(crate) const LINE_FLAGS: u16 = 0x1ff;
    pub(crate) const DESCRIPTION: u16 = 0x381;
}

/// A record and where its content begins in the stream that it was found in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    pub(crate) instance: u16,
    pub(crate) kind: u16,
    /// As much of it as is there.
    pub(crate) data: &'a [u8],
    pub(crate) at: usize,
}

/// The records from `start` to `end` of a stream.
pub(crate) fn records(stream: &[u8], start: usize, end: usize) -> impl Iterator<Item = Record<'_>> {
    let (mut at, end) = (start, end.min(stream.len()));
    std::iter::from_fn(move || {
        let record = record_at(stream, at).filter(|record| record.at <= end)?;
        let data = &record.data[..record.data.len().min(end - record.at)];
        at = record.at + data.len();
        Some(Record { data, ..record })
    })
}

pub(crate) fn record_at(stream: &[u8], at: usize) -> Option<Record<'_>> {
    let instance = u16_at(stream, at)? >> 4;
    let (kind, length) = (u16_at(stream, at.checked_add(2)?)?, u32_at(stream, at.checked_add(4)?)? as usize);
    let start = at.checked_add(8)?;
    let rest = stream.get(start..)?;
    Some(Record { instance, kind, data: &rest[..rest.len().min(length)], at: start })
}

impl<'a> Record<'a> {
    /// The records inside; `stream` is the one that this was found in.
    pub(crate) fn children(&self, stream: &'a [u8]) -> impl Iterator<Item = Record<'a>> + use<'a> {
        records(stream, self.at, self.at + self.data.len())
    }
}

/// Which stream of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Whence {
    Main,
    Tables,
    Data,
}

/// A record of a picture: the stream and where in it.
pub(crate) type PicturePlace = (Whence, usize);

/// A shape with what it says of itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct ArtShape {
    pub(crate) id: u32,
    /// Kind of shape ([MS-ODRAW] 2.4.24).
    pub(crate) form: u16,
    pub(crate) flip_x: bool,
    pub(crate) flip_y: bool,
    values: HashMap<u16, u32>,
    texts: HashMap<u16, String>,
    /// Its place in its group: left, top, right, bottom.
    pub(crate) anchor: [i32; 4],
    /// Of a group: the frame that its children's places are in.
    pub(crate) frame: [i32; 4],
    pub(crate) children: Vec<ArtShape>,
}

impl ArtShape {
    /// A shape or a group, with everything in it.
    pub(crate) fn read<'a>(stream: &'a [u8], record: &Record<'a>) -> Self {
        Self::read_within(stream, record, DEPTH, &mut MOST.clone())
    }

    fn read_within<'a>(stream: &'a [u8], record: &Record<'a>, depth: usize, left: &mut usize) -> Self {
        if record.kind != kind::GROUP {
            let mut shape = Self::default();
            record.children(stream).for_each(|part| shape.add(&part));
            return shape;
        }
        let mut parts = record.children(stream).filter(|part| matches!(part.kind, kind::SHAPE | kind::GROUP));
        // The first is the group itself.
        let mut group =
            parts.next().map(|part| Self::read_within(stream, &part, 0, left)).unwrap_or_default();
        for part in parts {
            if depth == 0 || *left == 0 {
                break;
            }
            *left -= 1;
            group.children.push(Self::read_within(stream, &part, depth - 1, left));
        }
        group
    }

    fn add(&mut self, part: &Record<'_>) {
        match part.kind {
            kind::SHAPE_HEAD => {
                self.form = part.instance;
                self.id = u32_at(part.data, 0).unwrap_or(0);
                let flags = u32_at(part.data, 4).unwrap_or(0);
                self.flip_x = flags & 0x40 != 0;
                self.flip_y = flags & 0x80 != 0;
            }
            kind::GROUP_FRAME => self.frame = rectangle(part.data),
            kind::CHILD_ANCHOR => self.anchor = rectangle(part.data),
            kind::OPTIONS => self.add_options(part),
            other if kind::MORE_OPTIONS.contains(&other) => self.add_options(part),
            _ => {}
        }
    }

    /// A table of six bytes each; texts stand behind it in the same order ([MS-ODRAW] 2.2.7).
    fn add_options(&mut self, part: &Record<'_>) {
        let table = usize::from(part.instance).saturating_mul(6).min(part.data.len());
        let (table, mut rest) = part.data.split_at(table);
        for entry in table.chunks_exact(6) {
            let (Some(id), Some(value)) = (u16_at(entry, 0), u32_at(entry, 2)) else { break };
            let number = id & 0x3fff;
            if id & 0x8000 == 0 {
                self.values.insert(number, value);
                continue;
            }
            let (bytes, after) = rest.split_at((value as usize).min(rest.len()));
            rest = after;
            if matches!(number, property::WORD_ART | property::DESCRIPTION) {
                let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
                let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
                self.texts.insert(number, String::from_utf16_lossy(&units));
            }
        }
    }

    pub(crate) fn value(&self, number: u16) -> Option<u32> {
        self.values.get(&number).copied()
    }

    pub(crate) fn text(&self, number: u16) -> &str {
        self.texts.get(&number).map_or("", String::as_str)
    }

    /// One of a group of flags; the upper half says which are set at all ([MS-ODRAW] 2.3.7.43).
    pub(crate) fn flag(&self, number: u16, bit: u32) -> Option<bool> {
        self.value(number).filter(|value| value & bit << 16 != 0).map(|value| value & bit != 0)
    }

    /// Red, green, blue; none for colours of schemes and systems.
    pub(crate) fn color(&self, number: u16) -> Option<[u8; 3]> {
        let [red, green, blue, flags] = self.value(number)?.to_le_bytes();
        (flags & 0x18 == 0).then_some([red, green, blue])
    }

    /// What is cut away: left, top, right, bottom, as shares.
    pub(crate) fn crop(&self) -> Option<[f32; 4]> {
        let share =
            |number| self.value(number).map_or(0.0, |value| (value as i32) as f32 / 65536.0).clamp(0.0, 1.0);
        let crop =
            [property::CROP_LEFT, property::CROP_TOP, property::CROP_RIGHT, property::CROP_BOTTOM].map(share);
        crop.iter().any(|share| *share > 0.0).then_some(crop)
    }
}

fn rectangle(bytes: &[u8]) -> [i32; 4] {
    [0, 4, 8, 12].map(|at| i32_at(bytes, at).unwrap_or(0))
}

/// All drawings of a document ([MS-DOC] 2.9.172): shapes by their ids, and the pictures that they share.
#[derive(Debug, Default)]
pub(crate) struct Drawings {
    shapes: HashMap<u32, ArtShape>,
    pictures: Vec<Option<PicturePlace>>,
}

impl Drawings {
    /// `start` and `length`: the drawings in the stream of tables.
    pub(crate) fn read(tables: &[u8], start: usize, length: usize) -> Self {
        let mut drawings = Self::default();
        let end = start.saturating_add(length).min(tables.len());
        let Some(head) = record_at(tables, start).filter(|head| head.kind == kind::GROUP_OF_DRAWINGS) else {
            return drawings;
        };
        for store in head.children(tables).filter(|part| part.kind == kind::PICTURES) {
            drawings
                .pictures
                .extend(store.children(tables).take(MOST).map(|entry| picture_entry(tables, &entry)));
        }
        // Before each drawing a byte says whether it is of the text or of the margins.
        let mut at = head.at + head.data.len() + 1;
        while let Some(drawing) =
            record_at(tables, at).filter(|drawing| drawing.kind == kind::DRAWING && at < end)
        {
            drawings.add_drawing(tables, &drawing);
            at = drawing.at + drawing.data.len() + 1;
        }
        drawings
    }

    /// All shapes of a drawing stand in one group.
    fn add_drawing(&mut self, tables: &[u8], drawing: &Record<'_>) {
        for group in drawing.children(tables).filter(|part| part.kind == kind::GROUP) {
            for part in group.children(tables).filter(|part| matches!(part.kind, kind::SHAPE | kind::GROUP)) {
                if self.shapes.len() >= MOST {
                    return;
                }
                let shape = ArtShape::read(tables, &part);
                self.shapes.insert(shape.id, shape);
            }
        }
    }

    pub(crate) fn shape(&self, id: u32) -> Option<&ArtShape> {
        self.shapes.get(&id)
    }

    /// Pictures are numbered from 1.
    pub(crate) fn picture(&self, number: u32) -> Option<PicturePlace> {
        self.pictures.get((number as usize).checked_sub(1)?).copied().flatten()
    }
}

/// Where the picture of an entry stands: in it, or in the stream of the text ([MS-ODRAW] 2.2.32).
fn picture_entry(tables: &[u8], entry: &Record<'_>) -> Option<PicturePlace> {
    if kind::BLIPS.contains(&entry.kind) {
        return Some((Whence::Tables, entry.at - 8));
    }
    if entry.kind != kind::PICTURE_ENTRY {
        return None;
    }
    let inside = entry.at + 36 + usize::from(u8_at(entry.data, 33).unwrap_or(0));
    let blip = record_at(tables, inside).filter(|blip| kind::BLIPS.contains(&blip.kind));
    if blip.is_some_and(|blip| blip.at <= entry.at + entry.data.len()) {
        return Some((Whence::Tables, inside));
    }
    let elsewhere = u32_at(entry.data, 28).filter(|at| *at != u32::MAX)?;
    Some((Whence::Main, elsewhere as usize))
}

/// The shape of a picture in the text and where its bytes are ([MS-DOC] 2.9.192): a shape, then its pictures.
pub(crate) fn inline_picture(
    data: &[u8],
    start: usize,
    end: usize,
) -> Option<(ArtShape, Option<PicturePlace>)> {
    let mut parts = records(data, start, end);
    let head = parts.next().filter(|part| matches!(part.kind, kind::SHAPE | kind::GROUP))?;
    let shape = ArtShape::read(data, &head);
    let wanted = shape.value(property::PICTURE).unwrap_or(1).max(1) as usize;
    let place = parts.take(wanted.min(MOST)).last().and_then(|entry| {
        let inside = if entry.kind == kind::PICTURE_ENTRY {
            entry.at + 36 + usize::from(u8_at(entry.data, 33).unwrap_or(0))
        } else {
            entry.at - 8
        };
        let blip = record_at(data, inside)?;
        kind::BLIPS.contains(&blip.kind).then_some((Whence::Data, inside))
    });
    Some((shape, place))
}

/// `length` bytes of a record's content from `at`.
pub(crate) fn part<'a>(record: &Record<'a>, at: usize) -> &'a [u8] {
    slice(record.data, at, record.data.len().saturating_sub(at)).unwrap_or_default()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn record(kind: u16, instance: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = (instance << 4 | 15).to_le_bytes().to_vec();
        bytes.extend(kind.to_le_bytes());
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes
    }

    pub(crate) fn shape(id: u32, form: u16, options: &[(u16, u32)], texts: &[u8]) -> Vec<u8> {
        let mut head = id.to_le_bytes().to_vec();
        head.extend(0x40_u32.to_le_bytes());
        let mut table = Vec::new();
        for (number, value) in options {
            table.extend(number.to_le_bytes());
            table.extend(value.to_le_bytes());
        }
        table.extend(texts);
        let mut parts = record(kind::SHAPE_HEAD, form, &head);
        parts.extend(record(kind::OPTIONS, options.len() as u16, &table));
        record(kind::SHAPE, 0, &parts)
    }

    #[test]
    fn shapes_and_shared_pictures_are_found() {
        let mut entry = vec![0; 36];
        entry[28..32].copy_from_slice(&77_u32.to_le_bytes());
        let mut embedded = vec![0; 36];
        embedded.extend(record(0xf01e, 0x6e0, &[0; 20]));
        let mut entries = record(kind::PICTURE_ENTRY, 6, &entry);
        entries.extend(record(kind::PICTURE_ENTRY, 6, &embedded));
        let mut stream = vec![9; 4];
        stream.extend(record(kind::GROUP_OF_DRAWINGS, 0, &record(kind::PICTURES, 2, &entries)));
        stream.push(0);
        let mut members = shape(1, 0, &[], &[]);
        members.extend(shape(1025, 202, &[(0x80, 0x1_0000), (0x8381, 4), (0x100, 0x8000)], b"a\0b\0"));
        let mut inner = shape(1026, 0, &[], &[]);
        inner.extend(shape(1027, 1, &[(0x181, 0x0000_00ff)], &[]));
        members.extend(record(kind::GROUP, 0, &inner));
        stream.extend(record(kind::DRAWING, 0, &record(kind::GROUP, 0, &members)));
        let drawings = Drawings::read(&stream, 4, stream.len());
        assert_eq!(drawings.picture(1), Some((Whence::Main, 77)));
        assert!(matches!(drawings.picture(2), Some((Whence::Tables, _))));
        assert_eq!((drawings.picture(0), drawings.picture(3)), (None, None));
        let text = drawings.shape(1025).cloned().unwrap_or_default();
        assert_eq!((text.form, text.flip_x, text.text(property::DESCRIPTION)), (202, true, "ab"));
        assert_eq!(text.crop(), Some([0.0, 0.5, 0.0, 0.0]));
        let group = drawings.shape(1026).cloned().unwrap_or_default();
        assert_eq!(
            group.children.first().and_then(|child| child.color(property::FILL_COLOR)),
            Some([255, 0, 0])
        );
    }

    #[test]
    fn groups_in_groups_end() {
        let mut inner = shape(5, 1, &[], &[]);
        for _ in 0..500 {
            let mut group = shape(6, 0, &[], &[]);
            group.extend(inner);
            inner = record(kind::GROUP, 0, &group);
        }
        let record = record_at(&inner, 0);
        let mut shape = record.map(|record| ArtShape::read(&inner, &record)).unwrap_or_default();
        let mut depth = 0;
        while let Some(child) = shape.children.pop() {
            shape = child;
            depth += 1;
        }
        assert_eq!(depth, DEPTH);
        assert!(inline_picture(&[255; 64], 0, 64).is_none());
    }
}
