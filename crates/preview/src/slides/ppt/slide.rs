//! A slide with what its masters draw behind it ([MS-PPT] 2.5).

use std::collections::HashMap;

use super::art::{Index, drawing_of};
use super::document::{Document, Entry};
use super::persist::Persists;
use super::record::{Record, Records, kind};
use super::scheme::Scheme;
use super::shapes::{Builder, ShapeText};
use super::text::blocks::Look;
use super::text::fields::{FieldValues, HeadersFooters};
use super::text::props::ParagraphProps;
use super::text::styles::Sheet;
use super::text::{Text, texts};
use crate::drawing::officeart::options::{Cascade, Options};
use crate::drawing::officeart::paint::{self, Paint};
use crate::drawing::officeart::tree::Drawing;
use crate::limits::Quota;
use crate::model::{Block, Fill, Inline, Shape, ShapeContent, ShapeRole, Slide};

/// Flags of a slide: what it takes from its master ([MS-PPT] 2.5.10 `SlideAtom`).
const MASTER_OBJECTS: u16 = 1;
const MASTER_SCHEME: u16 = 2;
const MASTER_BACKGROUND: u16 = 4;
/// The layout of title slides ([MS-PPT] 2.13.25 `SlideLayoutType`).
const TITLE_LAYOUT: u32 = 0;
/// Placeholders of masters ([MS-PPT] 2.13.21).
const DATE: u8 = 7;
const NUMBER: u8 = 8;
const FOOTER: u8 = 9;
const NOTES_BODY: u8 = 12;

/// What a slide says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Atom {
    layout: u32,
    master: u32,
    notes: u32,
    flags: u16,
}

impl Atom {
    fn of(slide: &Record<'_>) -> Self {
        let read = || {
            let mut bytes = slide.child(kind::SLIDE_ATOM)?.bytes();
            let layout = bytes.u32()?;
            bytes.take(8)?;
            Some(Self { layout, master: bytes.u32()?, notes: bytes.u32()?, flags: bytes.u16()? })
        };
        read().unwrap_or_default()
    }

    const fn follows(&self, what: u16) -> bool {
        self.flags & what != 0
    }
}

/// Everything that slides are read from.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) stream: &'a [u8],
    pub(super) persists: &'a Persists,
    pub(super) document: &'a Document,
    pub(super) now: Option<i64>,
}

/// A master, or a slide, with its drawing.
struct Page<'a> {
    record: Record<'a>,
    atom: Atom,
    drawing: Drawing<'a>,
}

impl<'a> Page<'a> {
    fn new(record: Record<'a>, quota: &mut Quota) -> Self {
        Self { record, atom: Atom::of(&record), drawing: drawing_of(&record, quota) }
    }

    /// Its own colours ([MS-PPT] 2.4.17; other instances are offers).
    fn scheme(&self) -> Option<Scheme> {
        self.record.instance(kind::COLOR_SCHEME, 1).map(|scheme| Scheme::read(scheme.data))
    }
}

impl<'a> Scene<'a> {
    /// A slide; none where it is not there.
    pub(super) fn slide(&self, index: usize, quota: &mut Quota) -> Option<Slide> {
        let entry = self.document.slides.get(index)?;
        let record = entry.container(self.stream, self.persists, &[kind::SLIDE])?;
        // The slide, its master, the master of that.
        let mut pages = vec![Page::new(record, quota)];
        while let Some(master) = self.master(pages.last()?.atom.master).filter(|_| pages.len() < 3) {
            pages.push(Page::new(master, quota));
        }
        let sheet = match pages.last() {
            Some(page) if pages.len() > 1 => self.document.sheet.with_master(&page.record),
            _ => self.document.sheet.clone(),
        };
        let mut painter = Painter {
            scene: *self,
            defaults: Document::shape_defaults(self.stream, self.persists),
            scheme: followed(&pages, MASTER_SCHEME, Page::scheme).unwrap_or_default(),
            fields: self.fields(&record, index),
            background: None,
            sheet,
            pages,
        };
        painter.background = followed(&painter.pages, MASTER_BACKGROUND, |page| painter.background_of(page));
        Some(painter.slide(entry, index, quota))
    }

    fn master(&self, id: u32) -> Option<Record<'a>> {
        let entry = self.document.masters.iter().find(|entry| entry.id == id && id != 0)?;
        entry.container(self.stream, self.persists, &[kind::MAIN_MASTER, kind::SLIDE])
    }

    fn fields(&self, slide: &Record<'_>, index: usize) -> FieldValues {
        let own = slide.child(kind::HEADERS_FOOTERS).map(|own| HeadersFooters::read(&own));
        let margins = own.unwrap_or_else(|| self.document.margins.clone());
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        FieldValues { number: self.document.first_number.saturating_add(index), margins, now: self.now }
    }
}

/// What the first page says that does not leave it to the next.
fn followed<'a, T>(pages: &[Page<'a>], flag: u16, read: impl Fn(&Page<'a>) -> Option<T>) -> Option<T> {
    let mut found = None;
    for page in pages {
        found = read(page).or(found);
        if !page.atom.follows(flag) && found.is_some() {
            break;
        }
    }
    found
}

/// Draws one slide.
struct Painter<'a> {
    scene: Scene<'a>,
    /// The slide, its master, the master of that.
    pages: Vec<Page<'a>>,
    sheet: Sheet,
    scheme: Scheme,
    fields: FieldValues,
    defaults: Options<'a>,
    background: Option<Fill>,
}

impl<'a> Painter<'a> {
    fn paint(&self) -> Paint<'_> {
        let background = self.background.as_ref();
        Paint { scheme: &self.scheme, background, blips: &self.scene.document.blips }
    }

    fn background_of(&self, page: &Page<'a>) -> Option<Fill> {
        let shape = page.drawing.background.as_ref()?;
        paint::fill(Cascade::of(&shape.options), shape.preset, self.paint())
    }

    fn builder<'b>(
        &'b self,
        outline: &'b [Text],
        master: Option<&'b Drawing<'a>>,
        quota: &'b mut Quota,
    ) -> Builder<'b, 'a> {
        let document = self.scene.document;
        let look = Look {
            sheet: &self.sheet,
            scheme: &self.scheme,
            fonts: &document.fonts,
            links: &document.links,
            fields: &self.fields,
        };
        let master = master.map(Index::of).unwrap_or_default();
        Builder { look, paint: self.paint(), outline, master, defaults: &self.defaults, quota }
    }

    fn slide(&self, entry: &Entry, index: usize, quota: &mut Quota) -> Slide {
        let mut shapes = self.decoration(quota);
        let outline = self.outline(entry);
        let (page, master) = (self.pages.first(), self.pages.get(1));
        if let Some(page) = page {
            let mut builder = self.builder(&outline, master.map(|master| &master.drawing), quota);
            let raw = page.drawing.shapes.iter();
            shapes.extend(raw.filter_map(|raw| builder.shape(raw)));
        }
        let title = title(&shapes);
        Slide {
            index: u32::try_from(index).unwrap_or(u32::MAX),
            title,
            hidden: page.is_some_and(|page| is_hidden(&page.record)),
            background: self.background.clone(),
            shapes,
            picture_texts: Vec::new(),
            notes: page.map(|page| self.notes(page.atom.notes, quota)).unwrap_or_default(),
        }
    }

    /// The slide's texts in the outline, with their numbers.
    fn outline(&self, entry: &Entry) -> Vec<Text> {
        let mut outline = texts(Records::new(&entry.outline));
        let numbers = self.scene.document.runs_9.iter().filter(|(slide, ..)| *slide == entry.id);
        let mut by_kind: HashMap<usize, Vec<&Vec<ParagraphProps>>> = HashMap::new();
        for (_, kind, runs) in numbers.rev() {
            by_kind.entry(*kind as usize).or_default().push(runs);
        }
        // The first for the first text of a kind, and so on.
        for text in &mut outline {
            let Some(runs) = by_kind.get_mut(&text.kind.number()) else { continue };
            text.runs_9 = runs.pop().cloned().unwrap_or_default();
        }
        outline
    }

    /// What masters draw behind the slide, from back to front.
    fn decoration(&self, quota: &mut Quota) -> Vec<Shape> {
        let drawn = self.pages.windows(2).take_while(|pair| pair[0].atom.follows(MASTER_OBJECTS)).count();
        let mut shapes = Vec::new();
        for (place, page) in self.pages.iter().enumerate().skip(1).take(drawn).rev() {
            let outline = [];
            let master = self.pages.get(place + 1).map(|page| &page.drawing);
            let mut builder = self.builder(&outline, master, quota);
            for raw in &page.drawing.shapes {
                let placeholder = raw.placeholder();
                if placeholder.is_some_and(|placeholder| !self.shows(placeholder)) {
                    continue;
                }
                let role = placeholder.map_or(ShapeRole::Decoration, |_| ShapeRole::Margin);
                let shape = builder.shape(raw);
                // A date of today, where nobody knows it, leaves an empty box.
                let shape =
                    shape.filter(|shape| role != ShapeRole::Margin || !plain(shape).trim().is_empty());
                shapes.extend(shape.map(|shape| Shape { role: Some(role), ..shape }));
            }
        }
        shapes
    }

    /// Of a master's placeholders, slides show date, number and footer, if they want to.
    fn shows(&self, placeholder: u8) -> bool {
        let margins = &self.fields.margins;
        let bare = self.scene.document.bare_titles
            && self.pages.first().is_some_and(|page| page.atom.layout == TITLE_LAYOUT);
        !bare
            && match placeholder {
                DATE => margins.date,
                NUMBER => margins.number,
                FOOTER => margins.footer,
                _ => false,
            }
    }

    /// What the speaker noted: the text of the notes' body.
    fn notes(&self, id: u32, quota: &mut Quota) -> Vec<Block> {
        let Scene { stream, persists, document, .. } = self.scene;
        let entry = document.notes.iter().find(|entry| entry.id == id && id != 0);
        let record = entry.and_then(|entry| entry.container(stream, persists, &[kind::NOTES]));
        let Some((entry, record)) = entry.zip(record) else { return Vec::new() };
        let drawing = drawing_of(&record, quota);
        let outline = texts(Records::new(&entry.outline));
        let mut builder = self.builder(&outline, None, quota);
        let bodies = drawing.shapes.iter().filter(|shape| shape.placeholder() == Some(NOTES_BODY));
        let texts: Vec<ShapeText<'_>> = bodies.filter_map(|shape| builder.text_of(shape)).collect();
        crate::slides::as_notes(texts.iter().flat_map(|text| builder.blocks(text)).collect())
    }
}

/// [MS-PPT] 2.6.6 `SlideShowSlideInfoAtom`.
fn is_hidden(slide: &Record<'_>) -> bool {
    let flags = slide.child(kind::SLIDE_SHOW_INFO).and_then(|info| {
        let mut bytes = info.bytes();
        bytes.take(10)?;
        bytes.u16()
    });
    flags.is_some_and(|flags| flags & 1 << 2 != 0)
}

/// The text of the first title.
fn title(shapes: &[Shape]) -> String {
    let mut open: Vec<&Shape> = shapes.iter().rev().collect();
    while let Some(shape) = open.pop() {
        if shape.role == Some(ShapeRole::Title) {
            return plain(shape);
        }
        if let Some(ShapeContent::Group { shapes }) = &shape.content {
            open.extend(shapes.iter().rev());
        }
    }
    String::new()
}

fn plain(shape: &Shape) -> String {
    let mut text = String::new();
    for block in shape.text.iter().flat_map(|body| &body.blocks) {
        let Block::Paragraph(paragraph) = block else { continue };
        if !text.is_empty() {
            text.push(' ');
        }
        for inline in &paragraph.inlines {
            match inline {
                Inline::Text { text: run, .. } => text.push_str(run),
                _ => text.push(' '),
            }
        }
    }
    text
}
