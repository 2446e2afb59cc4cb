//! Styles and what they are based on (ECMA-376 part 1 §17.7).

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::numbering::Numbering;
use super::paragraph_props::ParagraphProps;
use super::run_props::RunProps;
use super::table_style::TableStyle;
use super::theme::Theme;
use super::units::is_on;
use crate::container::tree::{Node, Tree};
use crate::container::xml::Ns;
use crate::model::Heading;

/// Styles that one may be based on, one on the other.
const CHAIN: usize = 32;

/// The styles of a document.
#[derive(Debug, Default)]
pub(super) struct Styles {
    /// What everything is based on.
    pub(super) paragraph: ParagraphProps,
    pub(super) run: RunProps,
    styles: HashMap<Rc<str>, Style>,
    default_paragraph: Option<Rc<str>>,
    default_table: Option<Rc<str>>,
    paragraphs: RefCell<HashMap<Rc<str>, Rc<ParagraphLook>>>,
    runs: RefCell<HashMap<Rc<str>, Rc<RunProps>>>,
    tables: RefCell<HashMap<Rc<str>, Rc<TableStyle>>>,
}

#[derive(Debug)]
struct Style {
    id: Rc<str>,
    name: String,
    base: Option<Rc<str>>,
    paragraph: ParagraphProps,
    run: RunProps,
    table: Option<TableStyle>,
}

/// A paragraph style with everything it is based on.
#[derive(Clone, Debug, Default)]
pub(super) struct ParagraphLook {
    pub(super) paragraph: ParagraphProps,
    /// The same without what its list says: for paragraphs that are taken out of it.
    pub(super) outside_list: ParagraphProps,
    pub(super) run: RunProps,
    pub(super) heading: Option<Heading>,
}

impl Styles {
    /// Reads the styles part.
    pub(super) fn read(tree: &Tree, theme: &Theme) -> Self {
        let mut all = Self::default();
        let Some(root) = tree.root() else { return all };
        if let Some(defaults) = root.child(Ns::W, "docDefaults") {
            let run = defaults.path(Ns::W, &["rPrDefault", "rPr"]);
            let paragraph = defaults.path(Ns::W, &["pPrDefault", "pPr"]);
            all.run = run.map(|run| RunProps::read(run, theme)).unwrap_or_default();
            all.paragraph = paragraph.map(|node| ParagraphProps::read(node, theme)).unwrap_or_default();
        }
        for node in root.all(Ns::W, "style") {
            all.add(node, theme);
        }
        all
    }

    fn add(&mut self, node: Node<'_>, theme: &Theme) {
        let value = |name| node.child(Ns::W, name).and_then(|child| child.attribute("val"));
        let Some(id) = node.attribute("styleId").or_else(|| value("name")).map(Rc::<str>::from) else {
            return;
        };
        let kind = node.attribute("type").unwrap_or("paragraph");
        if node.attribute("default").is_some_and(is_on) {
            match kind {
                "paragraph" => self.default_paragraph = Some(id.clone()),
                "table" => self.default_table = Some(id.clone()),
                _ => {}
            }
        }
        let (paragraph, run) = looks(node, theme);
        let style = Style {
            id: id.clone(),
            name: value("name").unwrap_or_default().to_lowercase(),
            base: value("basedOn").map(Rc::from),
            paragraph,
            run,
            table: (kind == "table").then(|| TableStyle::read(node, theme)),
        };
        self.styles.insert(id, style);
    }

    /// From what everything is based on to the style itself.
    fn chain(&self, id: &str) -> Vec<&Style> {
        let mut chain: Vec<&Style> = Vec::new();
        let mut next = self.styles.get(id);
        while let Some(style) = next {
            if chain.len() >= CHAIN || chain.iter().any(|known| known.id == style.id) {
                break;
            }
            chain.push(style);
            next = style.base.as_deref().and_then(|base| self.styles.get(base));
        }
        chain.reverse();
        chain
    }

    /// The id of the style that a paragraph has: its own where there is such a style, otherwise the default one.
    pub(super) fn paragraph_id(&self, id: Option<&str>) -> Option<Rc<str>> {
        let known = id.and_then(|id| self.styles.get(id)).map(|style| style.id.clone());
        known.or_else(|| self.default_paragraph.clone())
    }

    /// A paragraph style.
    pub(super) fn paragraph_look(&self, id: Option<&str>, numbering: &Numbering) -> Rc<ParagraphLook> {
        let Some(id) = self.paragraph_id(id) else { return Rc::default() };
        if let Some(look) = self.paragraphs.borrow().get(&id) {
            return look.clone();
        }
        let mut look = ParagraphLook::default();
        for style in self.chain(&id) {
            look.take(style, numbering);
        }
        let look = Rc::new(look);
        self.paragraphs.borrow_mut().insert(id, look.clone());
        look
    }

    /// A character style.
    pub(super) fn run_look(&self, id: &str) -> Rc<RunProps> {
        if let Some(look) = self.runs.borrow().get(id) {
            return look.clone();
        }
        let mut look = RunProps::default();
        for style in self.chain(id) {
            look.apply(&style.run);
        }
        let look = Rc::new(look);
        if let Some(style) = self.styles.get(id) {
            self.runs.borrow_mut().insert(style.id.clone(), look.clone());
        }
        look
    }

    /// A table style; the default one where a table has none.
    pub(super) fn table_look(&self, id: Option<&str>) -> Rc<TableStyle> {
        let known = id.and_then(|id| self.styles.get(id)).map(|style| style.id.clone());
        let Some(id) = known.or_else(|| self.default_table.clone()) else { return Rc::default() };
        if let Some(look) = self.tables.borrow().get(&id) {
            return look.clone();
        }
        let mut look = TableStyle::default();
        for table in self.chain(&id).into_iter().filter_map(|style| style.table.as_ref()) {
            look.apply(table);
        }
        let look = Rc::new(look);
        self.tables.borrow_mut().insert(id, look.clone());
        look
    }
}

impl ParagraphLook {
    /// Puts a style on top of those it is based on. A list's indents are under those of the style that names the list, and
    /// over those of the styles below.
    fn take(&mut self, style: &Style, numbering: &Numbering) {
        let list = style.paragraph.list.or_else(|| style.paragraph.level.and(self.paragraph.list));
        if let Some(list) = list {
            let level = numbering.level_of_style(list, &style.id).or(style.paragraph.level).unwrap_or(0);
            if let Some(level) = numbering.level(list, level) {
                self.paragraph.apply_list(&level.paragraph);
            }
            self.paragraph.apply(&style.paragraph);
            self.paragraph.level = Some(level);
        } else {
            self.paragraph.apply(&style.paragraph);
        }
        self.outside_list.apply(&style.paragraph);
        self.run.apply(&style.run);
        self.heading = heading(&style.name).or(self.heading);
    }
}

/// Built-in styles have these names in every language; only their ids are translated (§17.7.4.9).
fn heading(name: &str) -> Option<Heading> {
    match name {
        "title" => Some(Heading::Title),
        "subtitle" => Some(Heading::Subtitle),
        _ => {
            let level = name.strip_prefix("heading")?.trim().parse().ok()?;
            (1..=9).contains(&level).then_some(Heading::Level(level))
        }
    }
}

/// `w:pPr` and `w:rPr` of a style or of a part of one.
pub(super) fn looks(node: Node<'_>, theme: &Theme) -> (ParagraphProps, RunProps) {
    let paragraph = node.child(Ns::W, "pPr").map(|node| ParagraphProps::read(node, theme));
    let run = node.child(Ns::W, "rPr").map(|node| RunProps::read(node, theme));
    (paragraph.unwrap_or_default(), run.unwrap_or_default())
}
