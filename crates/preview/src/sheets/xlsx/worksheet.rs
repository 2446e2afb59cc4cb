//! One sheet, read row by row as far as somebody asks (ECMA-376 part 1 §18.3.1).

use super::dates;
use super::layout;
use super::reference;
use super::strings::{read_rich, unescape};
use super::styles::{Styles, is_true};
use crate::container::tree::{Node, Opening, Tree};
use crate::container::xml::{Ns, Start, Token, Xml};
use crate::error::{PreviewError, Result};
use crate::model::Merge;
use crate::sheets::numfmt::DateSystem;
use crate::sheets::store::{COLUMNS, Kept, ROWS, RichText, Room, StoredCell, StoredRow, Value};

/// What reading a sheet needs of its workbook.
pub(super) struct Context<'c> {
    pub(super) styles: &'c Styles,
    pub(super) dates: DateSystem,
    pub(super) room: &'c mut Room,
}

/// Merges and links that are kept of one sheet.
const MERGES: usize = 500_000;
const LINKS: usize = 100_000;
/// Bytes of what stands in one cell, as text of a formula's result.
const LONGEST: usize = 256 * 1024;
/// Elements inside each other in what is read as a tree.
const DEPTH: usize = 16;

/// Where cells of a rectangle lead.
pub(super) struct Link {
    pub(super) range: Merge,
    /// A relationship's id.
    pub(super) relation: Option<String>,
    /// A place in the workbook.
    pub(super) location: Option<String>,
}

/// A sheet on its way from its part into memory.
pub(super) struct Worksheet<'a> {
    /// None where all of it was read.
    xml: Option<Xml<'a>>,
    in_rows: bool,
    pub(super) kept: Kept,
    pub(super) links: Vec<Link>,
    pub(super) damaged: bool,
    /// The row and the column that come next where cells do not say theirs.
    next_row: u32,
    next_column: u32,
    scratch: Scratch,
}

/// Memory that cells use one after the other.
#[derive(Default)]
struct Scratch {
    value: String,
    rich: RichText,
}

/// What the next element is.
enum Found {
    Row(StoredRow),
    Rows,
    Merges,
    Links,
    Small(Opening),
    Other,
}

impl<'a> Worksheet<'a> {
    pub(super) fn new(xml: Option<Xml<'a>>, styles: &Styles) -> Self {
        Self {
            damaged: xml.is_none(),
            xml,
            in_rows: false,
            kept: Kept { layout: layout::usual(styles), ..Kept::default() },
            links: Vec::new(),
            next_row: 0,
            next_column: 0,
            scratch: Scratch::default(),
        }
    }

    /// All of it was read.
    pub(super) const fn is_complete(&self) -> bool {
        self.xml.is_none()
    }

    /// Reads until `row` was reached, and `ahead` cells more.
    ///
    /// # Errors
    /// Only of bytes that have not come yet; what is damaged ends the sheet there.
    pub(super) fn read_to(&mut self, row: u32, ahead: usize, context: &mut Context<'_>) -> Result<()> {
        let mut enough = None;
        while self.xml.is_some() {
            if self.kept.grid.height() > row {
                let enough = *enough.get_or_insert(self.kept.grid.cell_count() + ahead);
                if self.kept.grid.cell_count() >= enough {
                    return Ok(());
                }
            }
            match self.step(context) {
                Ok(true) => {}
                Ok(false) => self.finish(),
                Err(PreviewError::Waiting { offset, length }) => {
                    return Err(PreviewError::Waiting { offset, length });
                }
                Err(_) => {
                    self.damaged = true;
                    self.finish();
                }
            }
            if context.room.is_cut() {
                self.finish();
            }
        }
        Ok(())
    }

    fn finish(&mut self) {
        self.damaged |= self.xml.as_ref().is_some_and(Xml::is_damaged);
        self.xml = None;
    }

    /// The next element; whether there was one.
    fn step(&mut self, context: &mut Context<'_>) -> Result<bool> {
        let Some(xml) = &mut self.xml else { return Ok(false) };
        let found = match xml.next()? {
            Token::End => return Ok(false),
            Token::Close(_) => {
                // Only rows are left open: everything else is read as a whole.
                self.in_rows = false;
                return Ok(true);
            }
            Token::Text(_) => return Ok(true),
            Token::Open(start) if self.in_rows => match row(&start, self.next_row) {
                Some(row) if start.name() == "row" => Found::Row(row),
                _ => Found::Other,
            },
            Token::Open(start) => match start.name() {
                "worksheet" | "dialogsheet" | "macrosheet" | "chartsheet" => return Ok(true),
                "sheetData" => Found::Rows,
                "mergeCells" => Found::Merges,
                "hyperlinks" => Found::Links,
                "dimension" | "sheetViews" | "sheetFormatPr" | "cols" | "conditionalFormatting" => {
                    Found::Small(Opening::of(&start))
                }
                _ => Found::Other,
            },
        };
        match found {
            Found::Rows => self.in_rows = true,
            Found::Row(row) => {
                self.next_row = row.index + 1;
                self.read_row(row, context)?;
            }
            Found::Merges => self.read_merges()?,
            Found::Links => self.read_links()?,
            Found::Small(opening) => {
                let tree = Tree::from_start(xml, opening, DEPTH)?;
                if let Some(root) = tree.root() {
                    self.read_small(root, context.styles);
                }
            }
            Found::Other => xml.skip()?,
        }
        Ok(true)
    }

    fn read_small(&mut self, node: Node<'_>, styles: &Styles) {
        match node.name() {
            "dimension" => layout::read_dimension(node, &mut self.kept.layout),
            "sheetViews" => self.kept.no_zeros = !layout::read_views(node, &mut self.kept.layout),
            "sheetFormatPr" => layout::read_format(node, styles, &mut self.kept.layout),
            "conditionalFormatting" => {
                self.kept.conditions.read(node, &mut self.kept.grid, &styles.palette);
            }
            _ => {
                let columns = node.all(Ns::S, "col").take(COLUMNS as usize);
                let mut columns: Vec<_> =
                    columns.filter_map(|col| layout::columns(col, styles, &self.kept.layout)).collect();
                columns.sort_by_key(|columns| columns.first);
                self.kept.layout.columns = columns;
            }
        }
    }

    fn read_row(&mut self, row: StoredRow, context: &mut Context<'_>) -> Result<()> {
        let Some(xml) = &mut self.xml else { return Ok(()) };
        let outside = xml.depth().saturating_sub(1);
        self.next_column = 0;
        if !context.room.cells.take(1) {
            return Ok(());
        }
        self.kept.grid.begin_row(row);
        loop {
            let Some(xml) = &mut self.xml else { return Ok(()) };
            let cell = match xml.next()? {
                Token::End => break,
                Token::Close(depth) if depth <= outside => break,
                Token::Close(_) | Token::Text(_) => continue,
                Token::Open(start) => (start.name() == "c").then(|| CellStart::of(&start, self.next_column)),
            };
            let Some(cell) = cell else {
                xml.skip()?;
                continue;
            };
            self.next_column = cell.column + 1;
            let value = read_value(xml, cell.kind, &mut self.scratch, context.styles)?;
            let value = self.keep(value, context);
            let Ok(column) = u16::try_from(cell.column) else { continue };
            if cell.column >= COLUMNS || (value == Value::Empty && cell.style.is_none()) {
                continue;
            }
            if !context.room.cells.take(1) {
                return Ok(());
            }
            self.kept.grid.push(StoredCell { value, column, style: cell.style.unwrap_or(0) });
        }
        self.kept.grid.drop_empty_row();
        Ok(())
    }

    /// Puts texts where they are kept.
    fn keep(&mut self, value: Written, context: &mut Context<'_>) -> Value {
        let text = self.scratch.value.as_str();
        match value {
            Written::Nothing => Value::Empty,
            Written::Number => match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => Value::Number(number),
                _ => Value::Text(self.kept.texts.push(text, context.room)),
            },
            Written::Shared => text.trim().parse().map_or(Value::Empty, Value::Shared),
            Written::Bool => Value::Bool(is_true(Some(text.trim()))),
            Written::Error => Value::Error(self.kept.texts.push(text, context.room)),
            Written::Text => Value::Text(self.kept.texts.push(&unescape(text), context.room)),
            Written::Date => match dates::serial(text, context.dates) {
                Some(serial) => Value::Moment(serial),
                None => Value::Text(self.kept.texts.push(text, context.room)),
            },
            Written::Rich => Value::Text(self.kept.texts.push_rich(&self.scratch.rich, context.room)),
        }
    }

    fn read_merges(&mut self) -> Result<()> {
        let merges = &mut self.kept.merges;
        each_child(self.xml.as_mut(), |start| {
            if start.name() == "mergeCell"
                && merges.len() < MERGES
                && let Some(range) = start.attribute("ref").as_deref().and_then(reference::range)
                && (range.first_row < range.last_row || range.first_column < range.last_column)
            {
                merges.push(range);
            }
        })
    }

    fn read_links(&mut self) -> Result<()> {
        let links = &mut self.links;
        each_child(self.xml.as_mut(), |start| {
            if start.name() == "hyperlink"
                && links.len() < LINKS
                && let Some(range) = start.attribute("ref").as_deref().and_then(reference::range)
            {
                let relation = start.attribute_in(Ns::R, "id");
                links.push(Link { range, relation, location: start.attribute("location") });
            }
        })
    }
}

/// Calls `each` with the start of everything inside the element that was opened last, to its end.
fn each_child(xml: Option<&mut Xml<'_>>, mut each: impl FnMut(&Start<'_>)) -> Result<()> {
    let Some(xml) = xml else { return Ok(()) };
    let outside = xml.depth().saturating_sub(1);
    loop {
        match xml.next()? {
            Token::End => return Ok(()),
            Token::Close(depth) if depth <= outside => return Ok(()),
            Token::Open(start) => each(&start),
            Token::Close(_) | Token::Text(_) => {}
        }
    }
}

/// The row that an element begins; none outside of what a sheet can have.
fn row(start: &Start<'_>, next: u32) -> Option<StoredRow> {
    let mut row = StoredRow::at(next);
    let (mut style, mut own_style) = (None, false);
    start.attributes(|_, name, value| match name {
        "r" => {
            row.index = value.trim().parse::<u32>().ok().and_then(|row| row.checked_sub(1)).unwrap_or(next)
        }
        "ht" => row.height = value.trim().parse().ok().filter(|height| (0.0..=1000.0).contains(height)),
        "hidden" => row.hidden = is_true(Some(&value)),
        "s" => style = value.trim().parse().ok(),
        "customFormat" => own_style = is_true(Some(&value)),
        _ => {}
    });
    row.style = style.filter(|_| own_style);
    (row.index < ROWS).then_some(row)
}

/// The attributes of a `c`.
struct CellStart {
    column: u32,
    style: Option<u16>,
    kind: Kind,
}

/// What a cell says its value is (§18.18.11 ST_CellType).
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Number,
    Shared,
    Bool,
    Error,
    Text,
    Date,
}

impl CellStart {
    fn of(start: &Start<'_>, next: u32) -> Self {
        let mut cell = Self { column: next, style: None, kind: Kind::Number };
        start.attributes(|_, name, value| match name {
            "r" => cell.column = reference::column(&value).unwrap_or(next),
            "s" => cell.style = value.trim().parse().ok().filter(|style| *style > 0),
            "t" => {
                cell.kind = match &*value {
                    "s" => Kind::Shared,
                    "b" => Kind::Bool,
                    "e" => Kind::Error,
                    "str" | "inlineStr" => Kind::Text,
                    "d" => Kind::Date,
                    _ => Kind::Number,
                }
            }
            _ => {}
        });
        cell
    }
}

/// What a cell was found to hold; its text is in the scratch memory.
enum Written {
    Nothing,
    Number,
    Shared,
    Bool,
    Error,
    Text,
    Date,
    Rich,
}

/// Parts of a cell.
enum Inside {
    Value,
    Rich,
    Other,
}

/// The rest of a `c`: its value as it was saved; formulas are passed over.
fn read_value(xml: &mut Xml<'_>, kind: Kind, scratch: &mut Scratch, styles: &Styles) -> Result<Written> {
    let outside = xml.depth().saturating_sub(1);
    let mut written = Written::Nothing;
    loop {
        let inside = match xml.next()? {
            Token::End => return Ok(written),
            Token::Close(depth) if depth <= outside => return Ok(written),
            Token::Close(_) | Token::Text(_) => continue,
            Token::Open(start) => match start.name() {
                "v" => Inside::Value,
                "is" => Inside::Rich,
                _ => Inside::Other,
            },
        };
        match inside {
            Inside::Value => {
                read_text(xml, &mut scratch.value)?;
                if !scratch.value.is_empty() {
                    written = kind.written();
                }
            }
            Inside::Rich => {
                read_rich(xml, &styles.palette, &mut scratch.rich)?;
                written = Written::Rich;
            }
            Inside::Other => xml.skip()?,
        }
    }
}

impl Kind {
    const fn written(self) -> Written {
        match self {
            Self::Number => Written::Number,
            Self::Shared => Written::Shared,
            Self::Bool => Written::Bool,
            Self::Error => Written::Error,
            Self::Text => Written::Text,
            Self::Date => Written::Date,
        }
    }
}

/// The text of the element that was opened last, to its end.
fn read_text(xml: &mut Xml<'_>, text: &mut String) -> Result<()> {
    text.clear();
    let outside = xml.depth().saturating_sub(1);
    loop {
        match xml.next()? {
            Token::End => return Ok(()),
            Token::Text(part) if text.len() + part.len() <= LONGEST => text.push_str(&part),
            Token::Close(depth) if depth <= outside => return Ok(()),
            _ => {}
        }
    }
}
