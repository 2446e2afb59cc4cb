//! From the file to what is kept of it, one element after the other.

use super::styles::StyleSheet;
use super::{Sheet, Workbook};
use crate::container::tree::{Node, Opening, Tree};
use crate::container::xml::{Ns, Start, Token, Xml};
use crate::error::{PreviewError, Result};
use crate::limits::Limits;
use crate::model::{Columns, Merge};
use crate::sheets::numfmt::DateSystem;
use crate::sheets::store::{COLUMNS, ROWS, Room, StoredCell, StoredRow, Value};
use crate::sheets::xlsx::dates;

/// Points, of sheets that say nothing.
const ROW_HEIGHT: f32 = 15.0;
const COLUMN_WIDTH: f32 = 48.0;
/// Elements inside each other in a cell: rich text is HTML.
const DEPTH: usize = 32;
/// Sheets and merges that are kept.
const SHEETS: usize = 10_000;
const MERGES: usize = 500_000;

pub(super) fn workbook(xml: Xml<'_>, limits: &Limits) -> Result<Workbook> {
    let mut reader = Reading::new(xml, limits);
    let damaged = match reader.read() {
        Ok(()) => reader.xml.is_damaged(),
        Err(error @ PreviewError::Waiting { .. }) => return Err(error),
        Err(_) => true,
    };
    Ok(Workbook {
        sheets: reader.sheets,
        styles: reader.styles.styles,
        dates: reader.dates,
        room: reader.room,
        damaged,
    })
}

struct Reading<'a> {
    xml: Xml<'a>,
    styles: StyleSheet,
    room: Room,
    dates: DateSystem,
    sheets: Vec<Sheet>,
    /// Where the next row, cell and column stand that do not say it.
    next_row: u32,
    next_cell: u32,
    next_column: u32,
    row_style: Option<u16>,
}

/// What an element is.
enum Found {
    /// What stands inside it is looked at one by one.
    Around,
    Whole(Opening),
    Other,
}

impl<'a> Reading<'a> {
    fn new(xml: Xml<'a>, limits: &Limits) -> Self {
        Self {
            xml,
            styles: StyleSheet::default(),
            room: Room::new(limits),
            dates: DateSystem::From1900,
            sheets: Vec::new(),
            next_row: 0,
            next_cell: 0,
            next_column: 0,
            row_style: None,
        }
    }

    fn read(&mut self) -> Result<()> {
        loop {
            if self.room.is_cut() {
                return Ok(());
            }
            let found = match self.xml.next()? {
                Token::End => return Ok(()),
                Token::Close(_) | Token::Text(_) => continue,
                Token::Open(start) => match (start.ns, start.name()) {
                    (Ns::Ss, "Workbook") => Found::Around,
                    (Ns::Ss, "Styles" | "Column" | "Cell")
                    | (Ns::X, "ExcelWorkbook" | "WorksheetOptions") => Found::Whole(Opening::of(&start)),
                    (Ns::Ss, "Worksheet") if self.sheets.len() < SHEETS => {
                        self.sheets.push(sheet(&start));
                        self.next_row = 0;
                        self.next_column = 0;
                        Found::Around
                    }
                    (Ns::Ss, "Table") => {
                        if let Some(sheet) = self.sheets.last_mut() {
                            table(&start, sheet);
                        }
                        Found::Around
                    }
                    (Ns::Ss, "Row") => {
                        let row = Attributes::of(&start);
                        begin_row(
                            &row,
                            &self.styles,
                            &mut self.next_row,
                            self.sheets.last_mut(),
                            &mut self.room,
                        );
                        self.row_style = row.style.as_deref().and_then(|name| self.styles.number(name));
                        self.next_cell = 0;
                        Found::Around
                    }
                    _ => Found::Other,
                },
            };
            match found {
                Found::Around => {}
                Found::Other => self.xml.skip()?,
                Found::Whole(opening) => {
                    let tree = Tree::from_start(&mut self.xml, opening, DEPTH)?;
                    if let Some(root) = tree.root() {
                        self.read_whole(root);
                    }
                }
            }
        }
    }

    fn read_whole(&mut self, node: Node<'_>) {
        match node.name() {
            "Styles" => self.styles.read(node),
            "ExcelWorkbook" => {
                if node.child(Ns::X, "Date1904").is_some() {
                    self.dates = DateSystem::From1904;
                }
            }
            "WorksheetOptions" => {
                if let Some(sheet) = self.sheets.last_mut() {
                    options(node, sheet);
                }
            }
            "Column" => self.read_column(node),
            _ => self.read_cell(node),
        }
    }

    fn read_column(&mut self, node: Node<'_>) {
        let Some(sheet) = self.sheets.last_mut() else { return };
        let first = index_of(node).unwrap_or(self.next_column).min(COLUMNS - 1);
        let last = first.saturating_add(node.number("Span").unwrap_or(0)).min(COLUMNS - 1);
        self.next_column = last + 1;
        let width = node.number::<f32>("Width").filter(|width| (0.0..=2000.0).contains(width));
        let style = node.attribute("StyleID").and_then(|name| self.styles.number(name));
        if sheet.kept.layout.columns.len() < COLUMNS as usize {
            sheet.kept.layout.columns.push(Columns {
                first,
                last,
                width: width.unwrap_or(sheet.kept.layout.column_width),
                hidden: node.attribute("Hidden") == Some("1"),
                style: style
                    .filter(|style| self.styles.styles.paints(*style))
                    .map(|style| u32::from(style) + 1),
            });
        }
    }

    fn read_cell(&mut self, node: Node<'_>) {
        let Some(sheet) = self.sheets.last_mut() else { return };
        let column = index_of(node).unwrap_or(self.next_cell);
        let Some(row) = self.next_row.checked_sub(1).filter(|_| column < COLUMNS) else { return };
        let across = node.number("MergeAcross").unwrap_or(0).min(COLUMNS - 1 - column);
        let down = node.number("MergeDown").unwrap_or(0).min(ROWS - 1 - row);
        self.next_cell = column + across + 1;
        if (across > 0 || down > 0) && sheet.kept.merges.len() < MERGES {
            sheet.kept.merges.push(Merge {
                first_row: row,
                first_column: column,
                last_row: row + down,
                last_column: column + across,
            });
        }
        let value = node
            .child(Ns::Ss, "Data")
            .map_or(Value::Empty, |data| value(data, self.dates, sheet, &mut self.room));
        if let Some(target) = node.attribute("HRef") {
            sheet.links.insert((row, column), target.to_owned());
        }
        let note = node.child(Ns::Ss, "Comment").and_then(|comment| comment.child(Ns::Ss, "Data"));
        if let Some(note) = note.map(Node::all_text).filter(|note| self.room.characters.take(note.len())) {
            sheet.notes.insert((row, column), note);
        }
        let style = node.attribute("StyleID").and_then(|name| self.styles.number(name)).or(self.row_style);
        let Ok(column) = u16::try_from(column) else { return };
        if (value != Value::Empty || style.is_some()) && self.room.cells.take(1) {
            let style = style.unwrap_or_else(|| self.styles.usual());
            sheet.kept.grid.push(StoredCell { value, column, style });
        }
    }
}

/// Attributes of a row.
struct Attributes {
    row: StoredRow,
    index: Option<u32>,
    span: u32,
    style: Option<String>,
}

impl Attributes {
    fn of(start: &Start<'_>) -> Self {
        let mut all = Self { row: StoredRow::default(), index: None, span: 0, style: None };
        start.attributes(|_, name, value| match name {
            "Index" => all.index = value.trim().parse::<u32>().ok().and_then(|index| index.checked_sub(1)),
            "Span" => all.span = value.trim().parse().unwrap_or(0),
            "Height" => {
                all.row.height = value.trim().parse().ok().filter(|height| (0.0..=1000.0).contains(height));
            }
            "Hidden" => all.row.hidden = value.trim() == "1",
            "StyleID" => all.style = Some(value.into_owned()),
            _ => {}
        });
        all
    }
}

fn begin_row(
    attributes: &Attributes,
    styles: &StyleSheet,
    next: &mut u32,
    sheet: Option<&mut Sheet>,
    room: &mut Room,
) {
    let index = attributes.index.unwrap_or(*next).min(ROWS - 1);
    let last = index.saturating_add(attributes.span).min(ROWS - 1);
    let Some(sheet) = sheet else { return };
    let style = attributes.style.as_deref().and_then(|name| styles.number(name));
    sheet.kept.grid.drop_empty_row();
    // The row itself comes last: cells are put into the last one.
    for index in (index..=last).rev() {
        if room.cells.take(1) {
            let mut row = attributes.row.moved(index);
            row.style = style;
            sheet.kept.grid.begin_row(row);
        }
    }
    *next = if attributes.span > 0 { last + 1 } else { index + 1 };
}

fn sheet(start: &Start<'_>) -> Sheet {
    let mut sheet = Sheet::default();
    sheet.info.name = start.attribute("Name").unwrap_or_default();
    sheet.kept.layout.row_height = ROW_HEIGHT;
    sheet.kept.layout.column_width = COLUMN_WIDTH;
    sheet.kept.layout.rtl = start.attribute("RightToLeft").as_deref() == Some("1");
    sheet
}

fn table(start: &Start<'_>, sheet: &mut Sheet) {
    let layout = &mut sheet.kept.layout;
    let positive = |name: &str| {
        let value = start.attribute(name)?.trim().parse::<f32>().ok();
        value.filter(|value| (0.0..=2000.0).contains(value))
    };
    layout.row_height = positive("DefaultRowHeight").unwrap_or(ROW_HEIGHT);
    layout.column_width = positive("DefaultColumnWidth").unwrap_or(COLUMN_WIDTH);
    let count = |name: &str| start.attribute(name).and_then(|value| value.trim().parse::<u32>().ok());
    layout.rows_hint = count("ExpandedRowCount").unwrap_or(0).min(ROWS);
    layout.columns_hint = count("ExpandedColumnCount").unwrap_or(0).min(COLUMNS);
}

fn options(node: Node<'_>, sheet: &mut Sheet) {
    let has = |name: &str| node.child(Ns::X, name).is_some();
    let number =
        |name: &str| node.child(Ns::X, name).and_then(|node| node.all_text().trim().parse::<u32>().ok());
    let layout = &mut sheet.kept.layout;
    layout.no_grid = has("DoNotDisplayGridlines");
    if has("FreezePanes") {
        layout.frozen_rows = number("SplitHorizontal").unwrap_or(0).min(ROWS);
        layout.frozen_columns = number("SplitVertical").unwrap_or(0).min(COLUMNS);
    }
    sheet.kept.no_zeros = has("DoNotDisplayZeros");
    let visible = node.child(Ns::X, "Visible").map(Node::all_text);
    sheet.info.hidden = visible.is_some_and(|visible| visible.trim() != "SheetVisible");
}

/// `ss:Index` counts from 1.
fn index_of(node: Node<'_>) -> Option<u32> {
    node.number::<u32>("Index").and_then(|index| index.checked_sub(1))
}

fn value(data: Node<'_>, dates: DateSystem, sheet: &mut Sheet, room: &mut Room) -> Value {
    let text = data.all_text();
    let found = match data.attribute("Type") {
        Some("Number") => {
            text.trim().parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Number)
        }
        Some("DateTime") => dates::serial(&text, dates).map(Value::Moment),
        Some("Boolean") => Some(Value::Bool(text.trim() == "1")),
        Some("Error") => return Value::Error(sheet.kept.texts.push(&text, room)),
        _ => None,
    };
    found.unwrap_or_else(|| Value::Text(sheet.kept.texts.push(&text, room)))
}
