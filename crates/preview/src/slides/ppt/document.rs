//! The document container: what holds for all slides, and which slides there are ([MS-PPT] 2.4.1).

use std::collections::HashMap;

use super::persist::Persists;
use super::record::{Record, Records, kind};
use super::text::fields::HeadersFooters;
use super::text::props::ParagraphProps;
use super::text::styles::{Sheet, outline_runs_9};
use crate::container::bytes::utf16_to_nul;
use crate::drawing::officeart::blips::{Blip, blips};
use crate::drawing::officeart::options::Options;

/// Master units, 1/576 inch, in a point.
const UNITS: f32 = 8.0;
/// Of a slide whose document does not say it: 10 × 7.5 inches.
const SIZE: (f32, f32) = (720.0, 540.0);

/// Characters of a link's address that are kept.
const TARGET: usize = 2048;

/// Where the container of a slide is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Persist(u32),
    /// In the stream, where no list names it.
    Offset(usize),
}

/// A slide, a master or notes, as a list names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    place: Place,
    /// By which slides name masters and notes.
    pub(super) id: u32,
    /// Atoms of its texts in the outline.
    pub(super) outline: Vec<u8>,
}

/// What holds for all slides.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Of a slide, in points.
    pub(super) size: (f32, f32),
    pub(super) first_number: u32,
    /// Title slides show no date, number and footer.
    pub(super) bare_titles: bool,
    pub(super) fonts: Vec<String>,
    pub(super) sheet: Sheet,
    /// Where links lead, by identifier.
    pub(super) links: HashMap<u32, String>,
    pub(super) margins: HeadersFooters,
    pub(super) blips: Vec<Blip>,
    pub(super) masters: Vec<Entry>,
    pub(super) slides: Vec<Entry>,
    pub(super) notes: Vec<Entry>,
    /// Numbers instead of bullets in the outline, by slide and text type.
    pub(super) runs_9: Vec<(u32, u32, Vec<ParagraphProps>)>,
    /// It has programs in it.
    pub(super) macros: bool,
}

impl Document {
    pub(super) fn read(stream: &[u8], persists: &Persists) -> Self {
        let Some(container) = Record::at(stream, persists.document) else { return Self::default() };
        let environment = container.child(kind::ENVIRONMENT);
        let list = container.child(kind::LIST);
        let margins = container.instance(kind::HEADERS_FOOTERS, 3);
        let group = container.child(kind::DRAWING_GROUP);
        let group = group.and_then(|group| group.child(kind::DRAWING_GROUP_CONTAINER));
        let mut document = Self {
            size: SIZE,
            first_number: 1,
            fonts: environment.map(|environment| fonts(&environment)).unwrap_or_default(),
            sheet: Sheet::of_document(environment),
            links: container.child(kind::EXTERNAL_OBJECTS).map(|list| links(&list)).unwrap_or_default(),
            margins: margins.map(|margins| HeadersFooters::read(&margins)).unwrap_or_default(),
            blips: blips(group),
            slides: entries(&container, 0),
            masters: entries(&container, 1),
            notes: entries(&container, 2),
            runs_9: outline_runs_9(list),
            macros: list.is_some_and(|list| list.child(kind::VBA_INFO).is_some()),
            ..Self::default()
        };
        document.read_atom(&container);
        if document.slides.is_empty() {
            document.slides = unnamed_slides(stream);
        }
        document
    }

    /// [MS-PPT] 2.4.2 `DocumentAtom`.
    fn read_atom(&mut self, container: &Record<'_>) {
        let Some(mut bytes) = container.child(kind::DOCUMENT_ATOM).map(|atom| atom.bytes()) else { return };
        let size = |units: Option<i32>| units.filter(|units| (1..=0xffff).contains(units));
        let (width, height) = (size(bytes.i32()), size(bytes.i32()));
        if let Some((width, height)) = width.zip(height) {
            self.size = (width as f32 / UNITS, height as f32 / UNITS);
        }
        if bytes.take(24).is_some() {
            self.first_number = bytes.u16().map_or(1, u32::from);
            let omits = bytes.take(3).and_then(|_| bytes.u8());
            self.bare_titles = omits.is_some_and(|omits| omits != 0);
        }
    }

    /// The properties that all shapes have that say nothing else.
    pub(super) fn shape_defaults(stream: &[u8], persists: &Persists) -> Options<'static> {
        let container = Record::at(stream, persists.document);
        let group = container.and_then(|container| container.child(kind::DRAWING_GROUP));
        Options::usual(group.and_then(|group| group.child(kind::DRAWING_GROUP_CONTAINER)))
    }
}

impl Entry {
    /// Its container, if it is of one of these types.
    pub(super) fn container<'a>(
        &self,
        stream: &'a [u8],
        persists: &Persists,
        kinds: &[u16],
    ) -> Option<Record<'a>> {
        match self.place {
            Place::Persist(id) => persists.part(stream, id, kinds),
            Place::Offset(offset) => Record::at(stream, offset).filter(|record| kinds.contains(&record.kind)),
        }
    }
}

/// What a list of slides, masters or notes names ([MS-PPT] 2.4.14 `SlideListWithTextContainer` …), with their texts.
fn entries(container: &Record<'_>, instance: u16) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let Some(list) = container.instance(kind::SLIDE_LIST, instance) else { return entries };
    let mut records = list.children();
    loop {
        let before = records.rest();
        let Some(record) = records.next() else { return entries };
        if record.kind == kind::SLIDE_PERSIST {
            let mut bytes = record.bytes();
            let persist = bytes.u32();
            let id = bytes.take(8).and_then(|_| bytes.u32()).unwrap_or(0);
            entries.extend(persist.map(|persist| Entry {
                place: Place::Persist(persist),
                id,
                outline: Vec::new(),
            }));
        } else if let Some(entry) = entries.last_mut() {
            let length = before.len() - records.rest().len();
            entry.outline.extend(&before[..length]);
        }
    }
}

/// The slides in the order of the stream.
fn unnamed_slides(stream: &[u8]) -> Vec<Entry> {
    let mut records = Records::new(stream);
    let mut entries = Vec::new();
    loop {
        let offset = stream.len() - records.rest().len();
        let Some(record) = records.next() else { return entries };
        if record.kind == kind::SLIDE {
            entries.push(Entry { place: Place::Offset(offset), id: 0, outline: Vec::new() });
        }
    }
}

/// [MS-PPT] 2.9.8 `FontCollectionContainer`: names by their index.
fn fonts(environment: &Record<'_>) -> Vec<String> {
    let collection = environment.child(kind::FONTS);
    let entities = collection.into_iter().flat_map(|collection| collection.children());
    let entities = entities.filter(|record| record.kind == kind::FONT_ENTITY);
    entities.map(|entity| utf16_to_nul(&entity.data[..entity.data.len().min(64)])).collect()
}

/// Where links lead ([MS-PPT] 2.10.16 `ExHyperlinkContainer`); those inside the document lead nowhere here.
fn links(list: &Record<'_>) -> HashMap<u32, String> {
    let containers = list.children().filter(|record| record.kind == kind::HYPERLINK);
    let link = |container: Record<'_>| {
        let id = container.child(kind::HYPERLINK_ATOM)?.bytes().u32()?;
        let target: String = container.instance(kind::CSTRING, 1)?.text().chars().take(TARGET).collect();
        (!target.is_empty()).then_some((id, target))
    };
    containers.filter_map(link).collect()
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::record;
    use super::*;

    fn persist_atom(persist: u32, id: u32) -> Vec<u8> {
        record(kind::SLIDE_PERSIST, 0, &[persist, 0, 0, id, 0].map(u32::to_le_bytes).concat())
    }

    fn document(children: &[Vec<u8>]) -> Document {
        let stream = record(kind::DOCUMENT, 0, &children.concat());
        let persists = Persists::read(None, &stream).expect("there is a document");
        Document::read(&stream, &persists)
    }

    #[test]
    fn lists_name_slides_with_their_texts() {
        let text = record(kind::TEXT_HEADER, 0, &[0; 4]);
        let list = [persist_atom(4, 256), text.clone(), text.clone(), persist_atom(5, 257)].concat();
        let document =
            document(&[record(kind::SLIDE_LIST, 1, &persist_atom(3, 9)), record(kind::SLIDE_LIST, 0, &list)]);
        assert_eq!((document.slides.len(), document.masters.len(), document.notes.len()), (2, 1, 0));
        assert_eq!((document.slides[0].id, document.slides[0].outline.len()), (256, 2 * text.len()));
        assert_eq!((document.slides[1].place, document.slides[1].outline.len()), (Place::Persist(5), 0));
    }

    #[test]
    fn the_atom_says_sizes_and_numbers() {
        let mut data = [5760_u32, 4320, 0, 0, 0, 0, 0, 0].map(u32::to_le_bytes).concat();
        data.extend([7, 0, 0, 0, 0, 1, 0, 0]);
        let read = document(&[record(kind::DOCUMENT_ATOM, 1, &data)]);
        assert_eq!((read.size, read.first_number, read.bare_titles), ((720.0, 540.0), 7, true));
        let read = document(&[record(kind::DOCUMENT_ATOM, 1, &[0xff; 8])]);
        assert_eq!((read.size, read.first_number), (SIZE, 1));
    }

    #[test]
    fn slides_without_a_list_come_as_they_are_stored() {
        let mut stream = record(kind::DOCUMENT, 0, &[]);
        stream.extend(record(kind::SLIDE, 0, b"one"));
        stream.extend(record(kind::SLIDE, 0, b"two"));
        let persists = Persists::read(None, &stream).expect("there is a document");
        let slides = Document::read(&stream, &persists).slides;
        let found = slides[1].container(&stream, &persists, &[kind::SLIDE]);
        assert_eq!((slides.len(), found.map(|slide| slide.data)), (2, Some(&b"two"[..])));
    }

    #[test]
    fn links_lead_out_of_the_document_only() {
        let link = |id: u32, target: &[u8]| {
            let atom = record(kind::HYPERLINK_ATOM, 0, &id.to_le_bytes());
            record(kind::HYPERLINK, 0, &[atom, record(kind::CSTRING, 1, target)].concat())
        };
        let list = record(kind::EXTERNAL_OBJECTS, 0, &[link(1, b"h\0:\0"), link(2, b"")].concat());
        assert_eq!(document(&[list]).links, HashMap::from([(1, "h:".to_owned())]));
    }
}
