//! Styles by their names, with what their parents add.

use std::collections::HashMap;

use super::format;
use super::look::Look;
use crate::container::tree::{Node, Opening, Tree};
use crate::container::xml::{Ns, Token, Xml};
use crate::error::Result;
use crate::model::CellStyle;
use crate::sheets::numfmt::NumberFormat;

/// Parents of parents.
const GENERATIONS: usize = 32;
/// Styles of a document.
const STYLES: usize = 100_000;

/// What a style is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Family {
    Cell,
    Column,
    Row,
    Table,
    Text,
    /// Shapes.
    Graphic,
}

impl Family {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "table-cell" => Self::Cell,
            "table-column" => Self::Column,
            "table-row" => Self::Row,
            "table" => Self::Table,
            "text" => Self::Text,
            "graphic" | "graphics" => Self::Graphic,
            _ => return None,
        })
    }
}

/// A style as written.
#[derive(Debug, Default)]
struct Written {
    parent: Option<String>,
    look: Look,
}

/// All styles of a document; those of the content win over those of `styles.xml`.
#[derive(Debug, Default)]
pub(super) struct Styles {
    written: HashMap<(Family, String), Written>,
    defaults: HashMap<Family, Look>,
    /// Families of fonts by the names that styles call them.
    fonts: HashMap<String, String>,
    /// Format codes of data styles.
    codes: HashMap<String, String>,
    /// Formats of numbers by the names of styles, taken apart.
    formats: HashMap<String, Option<NumberFormat>>,
    cells: HashMap<String, u32>,
    /// Styles of cells by their numbers less one, and which of them have been handed out.
    numbered: Vec<(CellStyle, bool)>,
}

impl Styles {
    /// Reads styles and fonts, up to where the content begins. Automatic styles belong to the part they stand in.
    pub(super) fn read(&mut self, xml: &mut Xml<'_>, depth: usize, automatic: bool) -> Result<()> {
        loop {
            let opening = match xml.next()? {
                Token::End => return Ok(()),
                Token::Open(start) if start.is(Ns::Office, "body") => return Ok(()),
                Token::Open(start) if start.ns == Ns::Office => {
                    let skipped = match start.name() {
                        "automatic-styles" => !automatic,
                        name => matches!(name, "master-styles" | "meta" | "settings" | "scripts" | "script"),
                    };
                    if skipped {
                        xml.skip()?;
                    }
                    continue;
                }
                Token::Open(start) => Opening::of(&start),
                _ => continue,
            };
            let tree = Tree::from_start(xml, opening, depth)?;
            if let Some(node) = tree.root() {
                self.add(node);
            }
        }
    }

    fn add(&mut self, node: Node<'_>) {
        if node.ns() == Some(Ns::Number) && self.codes.len() < STYLES {
            let code = format::code(node, |name| self.codes.get(name).map(String::as_str));
            if let (Some(code), Some(name)) = (code, node.attribute_in(Ns::Style, "name")) {
                self.codes.insert(name.to_owned(), code);
            }
            return;
        }
        if node.ns() != Some(Ns::Style) || self.written.len() >= STYLES {
            return;
        }
        let named = |name: &str| node.attribute_in(Ns::Style, name).map(str::to_owned);
        if matches!(node.name(), "font-face" | "font-decl") {
            let family =
                node.attribute_in(Ns::Svg, "font-family").or(node.attribute_in(Ns::Fo, "font-family"));
            if let (Some(name), Some(family)) = (named("name"), family) {
                self.fonts.insert(name, family.trim_matches('\'').to_owned());
            }
            return;
        }
        let Some(family) = named("family").and_then(|family| Family::of(&family)) else { return };
        let look = Look::of(node);
        match (node.name(), named("name")) {
            ("style", Some(name)) => {
                self.written.insert((family, name), Written { parent: named("parent-style-name"), look });
            }
            ("default-style", _) => drop(self.defaults.insert(family, look)),
            _ => {}
        }
    }

    /// What a style says with all its parents.
    pub(super) fn look(&self, family: Family, name: &str) -> Look {
        let mut look = Look::default();
        let mut next = Some(name);
        for _ in 0..GENERATIONS {
            let Some(name) = next else { break };
            let Some(written) = self.written.get(&(family, name.to_owned())) else { break };
            look = look.over(&written.look);
            next = written.parent.as_deref();
        }
        match self.defaults.get(&family) {
            Some(default) => look.over(default),
            None => look,
        }
    }

    /// A look with the font's family instead of its name here.
    pub(super) fn text(&self, look: &Look) -> crate::model::TextStyle {
        let mut style = look.text();
        self.name_font(&mut style.font);
        style
    }

    fn name_font(&self, font: &mut Option<String>) {
        if let Some(family) = font.as_ref().and_then(|name| self.fonts.get(name)) {
            *font = Some(family.clone());
        }
    }

    /// The format of numbers in cells of this style; none where it is for no numbers.
    pub(super) fn format(&mut self, name: &str) -> Option<&NumberFormat> {
        if !self.formats.contains_key(name) {
            let code = self.look(Family::Cell, name).format.and_then(|format| self.codes.get(&format));
            let format = code.map(|code| NumberFormat::parse(code));
            if self.formats.len() >= STYLES {
                self.formats.clear();
            }
            self.formats.insert(name.to_owned(), format);
        }
        self.formats.get(name)?.as_ref()
    }

    /// The number of a cell style; `Default` where the cell names none.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.cells.get(name) {
            return *number;
        }
        let mut style = self.look(Family::Cell, name).cell();
        self.name_font(&mut style.text.font);
        let same = self.numbered.iter().take(256).position(|(known, _)| *known == style);
        let number = same.unwrap_or_else(|| {
            self.numbered.push((style, false));
            self.numbered.len() - 1
        });
        let number = number as u32 + 1;
        if self.cells.len() < STYLES {
            self.cells.insert(name.to_owned(), number);
        }
        number
    }

    fn at(&self, number: u32) -> Option<&CellStyle> {
        self.numbered.get((number as usize).checked_sub(1)?).map(|(style, _)| style)
    }

    /// An empty cell of this style is seen.
    pub(super) fn is_seen(&self, number: u32) -> bool {
        self.at(number).is_some_and(|style| style.fill.is_some() || !style.borders.is_none())
    }

    /// The style of this number, the first time it is asked for.
    pub(super) fn hand_out(&mut self, number: u32) -> Option<(u32, CellStyle)> {
        let (style, handed_out) = self.numbered.get_mut((number as usize).checked_sub(1)?)?;
        (!std::mem::replace(handed_out, true)).then(|| (number, style.clone()))
    }
}
