//! Presentations since 2007 (ECMA-376 part 1 §19).

mod background;
mod diagram;
mod graphic;
mod parts;
mod placeholder;
mod shapes;
mod table;
mod table_style;
mod words;

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;
use std::rc::Rc;

use crate::container::opc::{Package, Relations};
use crate::container::tree::{Node, Tree};
use crate::container::xml::Ns;
use crate::container::zip::Zip;
use crate::drawing::color::{ColorMap, Palette};
use crate::drawing::points;
use crate::drawing::scope::{Gathered, Scope};
use crate::drawing::theme::Theme;
use crate::drawing::truth;
use crate::error::{PreviewError, Result};
use crate::model::{Block, Overview, Shape, ShapeRole, Slide, SlidesInfo, Warning};
use crate::{Content, Format, SlideReader, format};
use parts::{Layout, Master};
use shapes::{Sheet, Walker};
use words::Written;

/// Slides that are listed; the specification allows about two thousand million.
const SLIDES: usize = 10_000;
/// Placeholders of one slide that follow those of its layout and master.
const FOLLOWING: usize = 1000;
/// Shapes of one slide, with those behind it: more than anybody draws, and what a person waits for.
const SHAPES: usize = 10_000;
/// Of a presentation that does not say its size: 10 by 7.5 inches (§19.2.1.36).
const SIZE: (f32, f32) = (720.0, 540.0);

pub(crate) fn open<'a>(zip: Zip<'a>) -> Result<(Overview, Content<'a>)> {
    let package = Package::new(zip);
    let usual = "ppt/presentation.xml";
    let main = package.main().or_else(|error| match package.zip.has(usual) {
        true => Ok(usual.to_owned()),
        false => Err(error),
    })?;
    let presentation = package.tree(&main)?.ok_or_else(|| PreviewError::malformed("no presentation"))?;
    let relations = package.relations(&main)?;
    let root = presentation.root().ok_or_else(|| PreviewError::malformed("an empty presentation"))?;
    let gathered = Gathered::new(package.zip.limits().blocks);
    let listed = root.child(Ns::P, "sldIdLst").into_iter().flat_map(|list| list.all(Ns::P, "sldId"));
    let mut slides = Vec::new();
    for slide in listed.take(SLIDES) {
        let part = slide.attribute_in(Ns::R, "id").and_then(|id| relations.part(id));
        match part.filter(|part| package.zip.has(part)) {
            Some(part) => slides.push(part.to_owned()),
            None => gathered.warn(Warning::Damaged),
        }
    }
    if relations.iter().any(|(_, relation)| relation.kind == "vbaProject") {
        gathered.warn(Warning::Macros);
    }
    let (width, height) = size(root);
    let mut overview = Overview::new(Format::Pptx, format::Shape::Slides);
    overview.slides = Some(SlidesInfo { count: slides.len() as u32, width, height });
    let first = root.number::<u32>("firstSlideNum").unwrap_or(1).min(9999);
    let styles = relations.of_kind("tableStyles").map(str::to_owned);
    let deck = Deck {
        package,
        slides,
        first,
        presentation,
        styles_part: styles,
        table_styles: OnceCell::new(),
        layouts: HashMap::new(),
        masters: HashMap::new(),
        written: HashMap::new(),
        gathered,
    };
    Ok((overview, Content::Slides(Box::new(deck))))
}

fn size(root: Node<'_>) -> (f32, f32) {
    let Some(size) = root.child(Ns::P, "sldSz") else { return SIZE };
    let side = |name| size.attribute(name).and_then(points).filter(|side| (1.0..=5000.0).contains(side));
    (side("cx").unwrap_or(SIZE.0), side("cy").unwrap_or(SIZE.1))
}

/// An open presentation.
struct Deck<'a> {
    package: Package<'a>,
    /// Parts of the slides, in their order.
    slides: Vec<String>,
    /// The number of the first slide.
    first: u32,
    presentation: Tree,
    styles_part: Option<String>,
    table_styles: OnceCell<Tree>,
    layouts: HashMap<String, Rc<Layout>>,
    masters: HashMap<String, Rc<Master>>,
    /// What is written in the vector pictures that were looked through.
    written: HashMap<u32, Written>,
    gathered: Gathered,
}

impl SlideReader for Deck<'_> {
    fn slide(&mut self, index: usize) -> Result<Slide> {
        self.gathered.begin();
        let part = self.slides.get(index).cloned().unwrap_or_default();
        let Some(tree) = self.mended(|deck| deck.package.tree(&part))?.flatten() else {
            return Ok(Slide { index: index as u32, ..Slide::default() });
        };
        let relations = self.mended(|deck| deck.package.relations(&part))?.unwrap_or_default();
        let layout = match relations.of_kind("slideLayout") {
            Some(part) => self.layout(part)?,
            None => None,
        };
        let notes = relations.of_kind("notesSlide").map(str::to_owned);
        let mut slide = self.read(index, &tree, &relations, layout.as_deref())?;
        slide.picture_texts = self.picture_texts(&slide)?;
        if let Some(notes) = notes {
            slide.notes = self.notes(&notes, layout.as_deref())?;
        }
        if tree.cut {
            self.gathered.warn(Warning::Cut);
        }
        Ok(slide)
    }

    fn picture(&mut self, id: u32) -> Result<Vec<u8>> {
        self.gathered.bytes(&self.package, id)
    }

    fn warnings(&self) -> Vec<Warning> {
        self.gathered.warnings()
    }
}

impl Deck<'_> {
    /// What is damaged is left out, and said; what only has not come yet is waited for.
    fn mended<T>(&self, read: impl FnOnce(&Self) -> Result<T>) -> Result<Option<T>> {
        match read(self) {
            Ok(read) => Ok(Some(read)),
            Err(PreviewError::Malformed(_) | PreviewError::Unsupported(_)) => {
                self.gathered.warn(Warning::Damaged);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn layout(&mut self, part: &str) -> Result<Option<Rc<Layout>>> {
        if let Some(known) = self.layouts.get(part) {
            return Ok(Some(Rc::clone(known)));
        }
        let Some(mut layout) = self.mended(|deck| Layout::read(&deck.package, part))?.flatten() else {
            return Ok(None);
        };
        if let Some(part) = layout.relations.of_kind("slideMaster").map(str::to_owned) {
            layout.master = self.master(&part)?;
        }
        let layout = Rc::new(layout);
        self.layouts.insert(part.to_owned(), Rc::clone(&layout));
        Ok(Some(layout))
    }

    fn master(&mut self, part: &str) -> Result<Option<Rc<Master>>> {
        if let Some(known) = self.masters.get(part) {
            return Ok(Some(Rc::clone(known)));
        }
        let Some(master) = self.mended(|deck| Master::read(&deck.package, part))?.flatten() else {
            return Ok(None);
        };
        let master = Rc::new(master);
        self.masters.insert(part.to_owned(), Rc::clone(&master));
        Ok(Some(master))
    }

    /// Styles of tables by their ids in lower case.
    fn table_styles(&self) -> Result<HashMap<String, Node<'_>>> {
        if self.table_styles.get().is_none() {
            let tree = match &self.styles_part {
                Some(part) => self.mended(|deck| deck.package.tree(part))?.flatten(),
                None => None,
            };
            drop(self.table_styles.set(tree.unwrap_or_default()));
        }
        let styles = self.table_styles.get().and_then(Tree::root);
        let styles = styles.into_iter().flat_map(|root| root.all(Ns::A, "tblStyle"));
        Ok(styles
            .filter_map(|style| Some((style.attribute("styleId")?.to_ascii_lowercase(), style)))
            .collect())
    }

    fn read(
        &self,
        index: usize,
        tree: &Tree,
        relations: &Relations,
        layout: Option<&Layout>,
    ) -> Result<Slide> {
        let mut slide = Slide { index: index as u32, ..Slide::default() };
        let Some(root) = tree.root() else { return Ok(slide) };
        let master = layout.and_then(|layout| layout.master.as_deref());
        let (usual_theme, usual_map) = (Theme::default(), ColorMap::default());
        let theme = master.map_or(&usual_theme, |master| &master.theme);
        let masters = master.map_or(&usual_map, |master| &master.map);
        let layouts = layout.and_then(|layout| layout.map.as_ref()).unwrap_or(masters);
        let own = root.child(Ns::P, "clrMapOvr").and_then(ColorMap::overridden);
        let holds = |part: &str| self.package.zip.has(part);
        let scope = Scope {
            holds: &holds,
            relations,
            // What a slide inherits has the slide's colours, and its own pictures.
            palette: Palette::new(theme, own.as_ref().unwrap_or(layouts)),
            gathered: &self.gathered,
        };
        let with = |relations, map| scope.of_part(relations).with_palette(Palette::new(theme, map));
        let on_master = master.and_then(|master| Sheet::of(&master.tree, with(&master.relations, masters)));
        let on_layout = layout.and_then(|layout| Sheet::of(&layout.tree, with(&layout.relations, layouts)));
        let of_layout = on_layout.map(|sheet| placeholder::all(sheet.root)).unwrap_or_default();
        let of_master = on_master.map(|sheet| placeholder::all(sheet.root)).unwrap_or_default();
        let text_styles = on_master.and_then(|master| master.root.child(Ns::P, "txStyles"));
        let text_style = |name| text_styles.and_then(|styles| styles.child(Ns::P, name));
        let (table_styles, following) = (self.table_styles()?, Cell::new(FOLLOWING));
        let room = Cell::new(SHAPES);
        let walker = Walker {
            package: &self.package,
            sheet: Sheet { root, scope },
            layout: on_layout,
            master: on_master,
            defaults: self.presentation.root().and_then(|root| root.child(Ns::P, "defaultTextStyle")),
            table_styles: &table_styles,
            known: (&of_layout, &of_master),
            styles: ["titleStyle", "bodyStyle", "otherStyle"].map(text_style),
            following: &following,
            room: &room,
            number: self.first.saturating_add(index as u32),
            decoration: false,
        };
        slide.hidden = root.attribute("show").is_some_and(|show| !truth(show));
        slide.background = background::of(&walker);
        slide.shapes = walker.behind()?;
        let shapes = walker.shapes_of_sheet()?;
        slide.title = title(&shapes);
        slide.shapes.extend(shapes);
        Ok(slide)
    }

    /// What the speaker noted: the body of the notes' page.
    fn notes(&self, part: &str, layout: Option<&Layout>) -> Result<Vec<Block>> {
        let Some(tree) = self.mended(|deck| deck.package.tree(part))?.flatten() else {
            return Ok(Vec::new());
        };
        let relations = self.mended(|deck| deck.package.relations(part))?.unwrap_or_default();
        let notes = self.read(0, &tree, &relations, layout)?;
        let bodies = notes.shapes.into_iter().filter(|shape| shape.role == Some(ShapeRole::Body));
        let blocks = bodies.filter_map(|shape| shape.text).flat_map(|text| text.blocks).collect();
        Ok(crate::slides::as_notes(blocks))
    }
}

/// The text of the first title.
fn title(shapes: &[Shape]) -> String {
    let title = shapes.iter().find(|shape| shape.role == Some(ShapeRole::Title));
    let mut text = String::new();
    if let Some(body) = title.and_then(|shape| shape.text.as_ref()) {
        crate::reading::put_blocks(&mut text, &body.blocks, crate::reading::Extent::Body);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
