//! Presentations of PowerPoint 4 on the Macintosh: their texts, where they stand. Nothing of that format is published; what
//! is read here was found in documents: a table of zones, slides that name zones of texts, and texts with their boxes.

use encoding_rs::MACINTOSH;

use super::text::Field;
use super::text::bullets::visible;
use super::text::fields::FieldValues;
use crate::error::{PreviewError, Result};
use crate::limits::{Limits, Quota};
use crate::model::{
    Block, Frame, Inline, Overview, Paragraph, Shape, ShapeRole, Slide, SlidesInfo, TextBody, TextStyle,
    Warning,
};
use crate::{Content, Format, SlideReader};

/// How such a stream begins, in big endian.
const MAGIC: u32 = 0x0bad_deed;
/// Where the table of zones begins, and bytes of an entry: length and offset, of which the length has flags on top.
const TABLE: usize = 0x1e;
const ENTRY: usize = 8;
const LENGTH: u32 = 0x3fff_ffff;
/// Bytes of a slide's zone, and of the zone that says what is on a page.
const SLIDE: usize = 34;
const PAGE: usize = 38;
/// The number of the master, and those that slides have.
const MASTER: u32 = 1;
const NUMBERS: std::ops::Range<u32> = 0x100..0x2a3d;
/// Bytes of a text before its length, and what stands four bytes behind its beginning.
const HEADER: usize = 0x36;
const MARK: u32 = 0x8000_0000;
/// Where the number of the document's own zone is, and where in it the edges of slides are.
const DOCUMENT: usize = 0x16;
const EDGES: usize = 8;
/// Master units, 1/576 inch, in a point; places are counted from the middle of the slide.
const UNITS: f32 = 8.0;
/// Points between a text's place and the edges of its box: left, top, right, bottom.
const INSETS: [f32; 4] = [7.2, 3.6, 7.2, 3.6];
/// Points, of slides whose document does not say it.
const SIZE: (f32, f32) = (720.0, 540.0);

pub(super) fn open<'a>(stream: Vec<u8>, limits: &Limits) -> Result<(Overview, Content<'a>)> {
    if long(&stream, 0) != Some(MAGIC) {
        return Err(PreviewError::Unsupported(Some(Format::Ppt)));
    }
    let mut reader = Reader {
        stream,
        size: SIZE,
        slides: Vec::new(),
        master: None,
        limits: limits.clone(),
        now: None,
        cut: false,
    };
    reader.size = reader.slide_size().unwrap_or(SIZE);
    reader.find_slides();
    let count = u32::try_from(reader.slides.len()).unwrap_or(u32::MAX);
    let mut overview = Overview::new(Format::Ppt, crate::Shape::Slides);
    overview.slides = Some(SlidesInfo { count, width: reader.size.0, height: reader.size.1 });
    Ok((overview, Content::Slides(Box::new(reader))))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    bytes.try_into().ok().map(u32::from_be_bytes)
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    bytes.try_into().ok().map(u16::from_be_bytes)
}

/// The zones of a page and of its notes.
#[derive(Clone, Copy)]
struct Place {
    page: u32,
    notes: u32,
}

struct Reader {
    stream: Vec<u8>,
    /// Of a slide, in points.
    size: (f32, f32),
    slides: Vec<Place>,
    /// The zone of the master's page.
    master: Option<u32>,
    limits: Limits,
    /// Seconds since 1970 on a clock where the document is looked at.
    now: Option<i64>,
    cut: bool,
}

impl Reader {
    fn zone(&self, number: u32) -> Option<&[u8]> {
        let at = (number as usize).checked_mul(ENTRY)?.checked_add(TABLE)?;
        let (length, offset) = (long(&self.stream, at)? & LENGTH, long(&self.stream, at + 4)? as usize);
        self.stream.get(offset..offset.checked_add(length as usize)?)
    }

    fn slide_size(&self) -> Option<(f32, f32)> {
        let zone = self.zone(u32::from(short(&self.stream, DOCUMENT)?))?;
        let side =
            |place: usize| short(zone, EDGES + 2 * place).map(|side| f32::from(side.cast_signed()) / UNITS);
        let (top, left, bottom, right) = (side(0)?, side(1)?, side(2)?, side(3)?);
        (right > left && bottom > top).then_some((right - left, bottom - top))
    }

    fn find_slides(&mut self) {
        for number in 0..u32::from(short(&self.stream, 12).unwrap_or(0)) {
            let Some(zone) = self.zone(number).filter(|zone| zone.len() == SLIDE) else { continue };
            let (Some(page), Some(notes), Some(own)) = (long(zone, 8), long(zone, 12), long(zone, 24)) else {
                continue;
            };
            if self.zone(page).is_none_or(|zone| zone.len() != PAGE) {
                continue;
            }
            if own == MASTER {
                self.master = self.master.or(Some(page));
            } else if NUMBERS.contains(&own) {
                self.slides.push(Place { page, notes });
            }
        }
    }

    /// The texts of a page.
    fn texts(&self, page: u32) -> Vec<Text> {
        let zone = self.zone(page).filter(|zone| zone.len() == PAGE).and_then(|page| long(page, 0));
        zone.and_then(|zone| self.zone(zone)).map(|zone| texts(zone, self.size)).unwrap_or_default()
    }
}

/// A text with its box.
struct Text {
    /// What kind of text it is: a placeholder has bit 6, one on the master that slides show has bit 7.
    kind: u8,
    frame: Frame,
    size: u16,
    text: String,
}

/// Texts come with headers of one length; what follows each of them is of many kinds, so the next mark is looked for.
fn texts(zone: &[u8], size: (f32, f32)) -> Vec<Text> {
    let mut found = Vec::new();
    let mut at = 0;
    while at + HEADER + 4 <= zone.len() {
        match text(zone, at, size) {
            Some((text, length)) => {
                found.push(text);
                at += HEADER + 4 + length.next_multiple_of(2);
            }
            None => at += 2,
        }
    }
    found
}

fn text(zone: &[u8], at: usize, slide: (f32, f32)) -> Option<(Text, usize)> {
    if long(zone, at + 4)? != MARK {
        return None;
    }
    let side =
        |place: usize| short(zone, at + 8 + 2 * place).map(|side| f32::from(side.cast_signed()) / UNITS);
    let (top, left, bottom, right) = (side(0)?, side(1)?, side(2)?, side(3)?);
    let frame = Frame {
        x: left + slide.0 / 2.0 - INSETS[0],
        y: top + slide.1 / 2.0 - INSETS[1],
        width: (right - left).max(0.0) + INSETS[0] + INSETS[2],
        height: (bottom - top).max(0.0) + INSETS[1] + INSETS[3],
        ..Frame::default()
    };
    let length = long(zone, at + HEADER)? as usize;
    let start = at + HEADER + 4;
    let bytes = zone.get(start..start.checked_add(length)?)?;
    // Behind it: a word, the length, the size of a run, how many runs; a run is its length, a font, a size.
    let runs = start.checked_add(length.next_multiple_of(2))?;
    let size = short(zone, runs.checked_add(18)?).filter(|size| (4..=400).contains(size)).unwrap_or(24);
    let text = MACINTOSH.decode_without_bom_handling(bytes).0.into_owned();
    Some((Text { kind: *zone.get(at + 2)?, frame, size, text }, length))
}

impl Text {
    const fn is_title(&self) -> bool {
        self.kind & 0x40 != 0 && self.kind & 0xf != 0xc
    }

    fn blocks(&self, fields: &FieldValues, quota: &mut Quota) -> Vec<Block> {
        // Fields that stand alone: the number of the slide, and the date of today.
        let text = match self.text.as_str() {
            "##" => fields.value(Field::SlideNumber),
            "//" => fields.value(Field::Today(0)),
            text => text.to_owned(),
        };
        let style = TextStyle { size: Some(f32::from(self.size)), ..TextStyle::default() };
        let paragraph = |line: &str| {
            let mut inlines = Vec::new();
            for (place, piece) in line.split('\u{b}').enumerate() {
                if place > 0 {
                    inlines.push(Inline::LineBreak);
                }
                inlines.push(Inline::Text { text: visible(piece), style: style.clone(), link: None });
            }
            Block::Paragraph(Paragraph { inlines, ..Paragraph::default() })
        };
        text.split('\r').take_while(|_| quota.take(1)).map(paragraph).collect()
    }

    fn shape(&self, fields: &FieldValues, role: ShapeRole, quota: &mut Quota) -> Option<Shape> {
        let blocks = self.blocks(fields, quota);
        let empty = self.text.trim().is_empty() || self.text == "//" && fields.now.is_none();
        let text = TextBody { blocks, insets: INSETS, ..TextBody::default() };
        (!empty).then(|| Shape { frame: self.frame, text: Some(text), role: Some(role), ..Shape::default() })
    }
}

impl SlideReader for Reader {
    fn slide(&mut self, index: usize) -> Result<Slide> {
        let missing = || PreviewError::malformed("a slide is missing");
        let place = self.slides.get(index).copied().ok_or_else(missing)?;
        let mut quota = Quota::new(self.limits.blocks);
        let mut slide = Slide { index: index as u32, ..Slide::default() };
        let fields = FieldValues { number: index as u32 + 1, now: self.now, ..FieldValues::default() };
        let master = self.master.map(|master| self.texts(master)).unwrap_or_default();
        for text in master.iter().filter(|text| text.kind & 0x80 != 0) {
            slide.shapes.extend(text.shape(&fields, ShapeRole::Margin, &mut quota));
        }
        for text in self.texts(place.page) {
            let role = if text.is_title() { ShapeRole::Title } else { ShapeRole::Body };
            if text.is_title() && slide.title.is_empty() {
                slide.title = visible(&text.text.replace(['\r', '\u{b}'], " "));
            }
            slide.shapes.extend(text.shape(&fields, role, &mut quota));
        }
        for text in self.texts(place.notes).iter().filter(|text| text.kind & 0x40 != 0) {
            slide.notes.extend(text.blocks(&fields, &mut quota));
        }
        self.cut |= quota.is_cut();
        Ok(slide)
    }

    fn tell_time(&mut self, now: i64) {
        self.now = Some(now);
    }

    fn picture(&mut self, _id: u32) -> Result<Vec<u8>> {
        Err(PreviewError::malformed("a picture is missing"))
    }

    fn warnings(&self) -> Vec<Warning> {
        // Of such presentations only the texts are shown.
        if self.cut { vec![Warning::Cut, Warning::NotDrawn] } else { vec![Warning::NotDrawn] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(values: &[u32]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_be_bytes()).collect()
    }

    fn item(kind: u8, text: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, kind, 0, 0x80, 0, 0, 0];
        bytes.extend([-720_i16, -1440, 0, 1440].iter().flat_map(|side| side.to_be_bytes()));
        bytes.resize(HEADER, 0);
        bytes.extend(words(&[text.len() as u32]));
        bytes.extend(text);
        bytes.resize(bytes.len().next_multiple_of(2), 0x8f);
        bytes.extend([0, 0xc]);
        bytes.extend(words(&[text.len() as u32]));
        bytes.extend([0, 0x10]);
        bytes.extend(words(&[1, text.len() as u32]));
        bytes.extend([0, 2, 0, 44]);
        bytes
    }

    /// A stream of these zones.
    fn stream(zones: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = words(&[MAGIC, 4, 0]);
        bytes.extend((zones.len() as u16).to_be_bytes());
        bytes.resize(DOCUMENT, 0);
        bytes.extend((zones.len() as u16 - 1).to_be_bytes());
        bytes.resize(TABLE, 0);
        let mut offset = TABLE + zones.len() * ENTRY;
        for zone in zones {
            bytes.extend(words(&[MARK | zone.len() as u32, offset as u32]));
            offset += zone.len();
        }
        bytes.extend(zones.concat());
        bytes
    }

    /// The document's own zone: slides of 720 × 540 points.
    fn edges() -> Vec<u8> {
        let mut zone = words(&[0, 0]);
        zone.extend([-2160_i16, -2880, 2160, 2880].iter().flat_map(|side| side.to_be_bytes()));
        zone
    }

    fn page(texts: u32) -> Vec<u8> {
        let mut page = words(&[texts]);
        page.resize(PAGE, 0);
        page
    }

    fn slide(page: u32, notes: u32, number: u32) -> Vec<u8> {
        let mut slide = words(&[0, 0, page, notes, 0, 0, number, 0]);
        slide.resize(SLIDE, 0);
        slide
    }

    #[test]
    fn slides_show_their_texts_and_those_of_the_master() -> Result<()> {
        let texts = [item(0x4e, b"Caf\x8e"), item(0x4c, b"one\rtwo\x0bthree")].concat();
        let margins =
            [item(0x8d, b"footer"), item(0x8d, b"##"), item(0x8d, b"//"), item(0x4c, b"Click")].concat();
        let zones = [
            texts,
            page(0),
            slide(1, 99, 0x100),
            margins,
            page(3),
            slide(4, 99, 1),
            slide(7, 7, 0x101),
            edges(),
        ];
        let (overview, content) = open(stream(&zones), &Limits::default())?;
        assert_eq!(overview.slides.map(|slides| slides.count), Some(1));
        let Content::Slides(mut reader) = content else { return Err(PreviewError::malformed("no slides")) };
        let slide = reader.slide(0)?;
        let mut text = String::new();
        crate::reading::put_slide(&mut text, &slide, crate::reading::Extent::Body);
        assert_eq!(text, "footer\n1\nCafé\none\ntwo\nthree\n\n");
        assert_eq!(slide.title, "Café");
        let Frame { x, y, width, height, .. } = slide.shapes[0].frame;
        assert_eq!([x, y, width, height].map(f32::round), [173.0, 176.0, 374.0, 97.0]);
        assert!(reader.slide(1).is_err());
        reader.tell_time(86_400);
        assert_eq!(reader.slide(0)?.shapes.len(), 5);
        Ok(())
    }

    #[test]
    fn others_are_not_read() {
        let found = open(vec![0xed, 0xde, 0xad, 0x0b], &Limits::default());
        assert!(matches!(found, Err(PreviewError::Unsupported(Some(Format::Ppt)))));
        let mut cut = stream(&[item(0x4e, b"x")]);
        cut.truncate(40);
        assert!(open(cut, &Limits::default()).is_ok());
    }
}
