//! The content of a spreadsheet as a stream: table by table, row by row.

use super::drawing::Drawings;
use super::paragraph::Content;
use super::sheet::{COLUMN_WIDTH, COLUMNS, EMPTY, Extra, Kept, KeptRow, ROW_HEIGHT, ROWS, SheetData};
use super::styles::{Family, Styles};
use super::value::Value;
use crate::container::tree::{Opening, Tree};
use crate::container::xml::{Ns, Start, Token, Xml};
use crate::container::zip::Zip;
use crate::error::Result;
use crate::limits::Quota;
use crate::model::{CellKind, Merge};

/// How many times more cells may be drawn than are kept: those that repeat are kept once.
const DRAWN: usize = 4;
/// Rows that are drawn of one that repeats when nothing is written in it.
const BLANK: u32 = 2000;
/// Merged areas that are kept of a row that repeats.
const MERGES: u32 = 1000;
/// Merged areas of a sheet.
const ALL_MERGES: usize = 200_000;

/// Everything that is read so far, of all sheets.
pub(super) struct Tables<'a> {
    pub(super) sheets: Vec<SheetData>,
    pub(super) styles: Styles,
    pub(super) drawings: Drawings<'a>,
    /// Cells and characters that may still be kept.
    kept: Quota,
    characters: Quota,
    /// Cells that may still be drawn; cells that repeat count as often.
    cells: usize,
    /// The same for rows in which nothing is written.
    blanks: usize,
    depth: usize,
    pub(super) cut: bool,
}

/// Where reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// Between two tables; the number of the next one.
    Between(usize),
    /// In a table; its number, and how many elements are open around it.
    In(usize, usize),
    End,
}

impl<'a> Tables<'a> {
    pub(super) fn new(zip: Zip<'a>) -> Self {
        let limits = zip.limits();
        Self {
            sheets: Vec::new(),
            styles: Styles::default(),
            cells: limits.cells.saturating_mul(DRAWN),
            blanks: limits.cells,
            kept: Quota::new(limits.cells),
            characters: Quota::new(limits.characters),
            depth: limits.depth,
            cut: false,
            drawings: Drawings::new(zip),
        }
    }

    /// Begins with empty sheets.
    pub(super) fn begin(&mut self, sheets: Vec<SheetData>) {
        self.sheets = sheets;
        let limits = self.drawings.zip().limits();
        self.cells = limits.cells.saturating_mul(DRAWN);
        self.blanks = limits.cells;
        self.kept = Quota::new(limits.cells);
        self.characters = Quota::new(limits.characters);
    }

    /// One row, or whatever stands beside rows.
    pub(super) fn step(&mut self, xml: &mut Xml<'_>, at: At) -> Result<At> {
        match at {
            At::Between(number) => self.between(xml, number),
            At::In(number, outside) => self.inside(xml, number, outside),
            At::End => Ok(At::End),
        }
    }

    fn between(&mut self, xml: &mut Xml<'_>, number: usize) -> Result<At> {
        match xml.next()? {
            Token::End => return Ok(At::End),
            Token::Open(start) if start.is(Ns::Table, "table") => {
                let style = start.attribute("style-name").unwrap_or_default();
                if let Some(sheet) = self.sheets.get_mut(number) {
                    sheet.layout.rtl = self.styles.look(Family::Table, &style).rtl == Some(true);
                }
                return Ok(At::In(number, xml.depth().saturating_sub(1)));
            }
            Token::Open(start) if matches!(start.name(), "spreadsheet" | "body") => {}
            Token::Open(_) => xml.skip()?,
            _ => {}
        }
        Ok(At::Between(number))
    }

    fn inside(&mut self, xml: &mut Xml<'_>, number: usize, outside: usize) -> Result<At> {
        let here = At::In(number, outside);
        match xml.next()? {
            Token::End => return Ok(At::End),
            Token::Close(depth) if depth <= outside => {
                if let Some(sheet) = self.sheets.get_mut(number) {
                    sheet.done = true;
                }
                return Ok(At::Between(number + 1));
            }
            Token::Open(start) if start.ns == Ns::Table => match start.name() {
                "table-row" => {
                    let row = RowStart::of(&start, &mut self.styles);
                    self.row(xml, number, row)?;
                }
                "table-column" => self.columns(&start, number),
                "shapes" => {
                    let opening = Opening::of(&start);
                    let tree = Tree::from_start(xml, opening, self.depth)?;
                    self.shapes(number, &tree);
                }
                "table-columns"
                | "table-column-group"
                | "table-header-columns"
                | "table-rows"
                | "table-row-group"
                | "table-header-rows" => {}
                _ => xml.skip()?,
            },
            Token::Open(_) => xml.skip()?,
            _ => {}
        }
        Ok(here)
    }

    fn shapes(&mut self, number: usize, tree: &Tree) {
        let Some(sheet) = self.sheets.get_mut(number) else { return };
        for node in tree.root().iter().flat_map(|root| root.elements()) {
            sheet.objects.extend(self.drawings.object(node, (0, 0), &self.styles));
        }
    }

    fn columns(&mut self, start: &Start<'_>, number: usize) {
        let Some(sheet) = self.sheets.get_mut(number) else { return };
        let first = sheet.layout.columns.last().map_or(0, |columns| columns.last + 1);
        let style = start.attribute("style-name").unwrap_or_default();
        let width = self.styles.look(Family::Column, &style).column_width.unwrap_or(COLUMN_WIDTH);
        let cell = start.attribute("default-cell-style-name").map(|name| self.styles.number(&name));
        sheet.put_columns(first, repeated(start, "number-columns-repeated"), width, is_hidden(start), cell);
    }

    /// Reads a row to its end.
    fn row(&mut self, xml: &mut Xml<'_>, number: usize, mut row: RowStart) -> Result<()> {
        let outside = xml.depth().saturating_sub(1);
        let sheet = self.sheets.get(number);
        row.index = sheet.map_or(0, |sheet| sheet.position);
        row.first = sheet.map_or(0, |sheet| sheet.cells.len());
        let mut column = 0_u32;
        loop {
            let cell = match xml.next()? {
                Token::End => break,
                Token::Close(depth) if depth <= outside => break,
                Token::Open(start) if start.is(Ns::Table, "table-cell") => CellStart::of(&start, false),
                Token::Open(start) if start.is(Ns::Table, "covered-table-cell") => {
                    CellStart::of(&start, true)
                }
                Token::Open(_) => {
                    xml.skip()?;
                    continue;
                }
                _ => continue,
            };
            let mut content = Content::default();
            content.read(xml, &self.styles, self.depth)?;
            self.cut |= content.cut;
            let repeat = cell.repeat.min(COLUMNS - column);
            if repeat > 0 && row.index < ROWS {
                self.cell(number, &row, column, CellStart { repeat, ..cell }, content);
            }
            column += repeat;
        }
        self.end_row(number, &row);
        Ok(())
    }

    fn cell(&mut self, number: usize, row: &RowStart, column: u32, start: CellStart, mut content: Content) {
        let Some(sheet) = self.sheets.get_mut(number) else { return };
        for drawing in content.drawings.drain(..) {
            let place = (row.index, column);
            let object = drawing.root().and_then(|node| self.drawings.object(node, place, &self.styles));
            sheet.objects.extend(object);
        }
        let said = start.style.as_deref().map(|name| self.styles.number(name));
        let style = said.or(row.style).or_else(|| sheet.column_style(column));
        let style = style.unwrap_or_else(|| self.styles.number("Default"));
        put_merges(sheet, row, column, start.spans);
        let is_number = start.value.kind() == CellKind::Number;
        let format = start.style.as_deref().filter(|_| is_number).and_then(|name| self.styles.format(name));
        // What a merged area covers is not seen.
        let text = match (start.covered, content.has_text) {
            (true, _) => String::new(),
            (_, true) => std::mem::take(&mut content.text),
            _ => start.value.shown(format),
        };
        let value = if start.covered { None } else { start.value.edited(format, &text) };
        let plain = text.is_empty() && content.note.is_none();
        if plain && (start.covered || !self.styles.is_seen(style)) {
            return;
        }
        if !self.kept.take(1) || !self.characters.take(text.len() + value.as_ref().map_or(0, String::len)) {
            self.cut = true;
            return;
        }
        let runs = if start.covered || text.is_empty() { Vec::new() } else { content.inlines_of(&text) };
        let Some(text) = sheet.put_text(&text) else { return };
        let extra = Extra { runs, value, link: content.link, note: content.note };
        if extra != Extra::default() {
            sheet.extras.insert(sheet.cells.len() as u32, extra);
        }
        let kind = start.value.kind();
        sheet.cells.push(Kept { column, repeat: start.repeat, style, kind, text });
    }

    fn end_row(&mut self, number: usize, row: &RowStart) {
        let Some(sheet) = self.sheets.get_mut(number) else { return };
        sheet.position = row.index.saturating_add(row.repeat).min(ROWS);
        let all = sheet.position - row.index;
        let style = row.style.filter(|style| self.styles.is_seen(*style));
        let RowStart { index, height, hidden, .. } = *row;
        let kept = |index, repeat, cells| KeptRow { index, repeat, height, hidden, style, cells };
        let cells = row.first as u32..sheet.cells.len() as u32;
        if cells.is_empty() {
            return sheet.keep(kept(index, all, cells));
        }
        let extent = sheet.extent(cells.clone(), &self.styles);
        // Cells and rows that repeat are as many as are drawn of them.
        let each = extent.weight.max(cells.len());
        let (room, most) =
            if extent.is_written { (&mut self.cells, all) } else { (&mut self.blanks, all.min(BLANK)) };
        let drawn = most.min(u32::try_from(*room / each).unwrap_or(u32::MAX));
        *room = room.saturating_sub(each.saturating_mul(drawn as usize));
        sheet.keep(kept(index, drawn, cells));
        if extent.is_written {
            self.cut |= drawn < all;
            sheet.used = index + drawn;
        } else {
            // Below them rows of the same height without what nobody would scroll to.
            sheet.keep(kept(index + drawn, all - drawn, 0..0));
            sheet.used = index + drawn.min(EMPTY);
        }
        if drawn > 0 {
            sheet.columns = sheet.columns.max(extent.columns);
        }
    }
}

fn put_merges(sheet: &mut SheetData, row: &RowStart, column: u32, (columns, rows): (u32, u32)) {
    if columns <= 1 && rows <= 1 || sheet.merges.len() > ALL_MERGES {
        return;
    }
    for index in row.index..row.index.saturating_add(row.repeat.min(MERGES)) {
        sheet.merges.push(Merge {
            first_row: index,
            first_column: column,
            last_row: index.saturating_add(rows.max(1) - 1).min(ROWS - 1),
            last_column: column.saturating_add(columns.max(1) - 1).min(COLUMNS - 1),
        });
    }
}

/// The attributes of a row.
struct RowStart {
    index: u32,
    repeat: u32,
    /// Of its cells that say none.
    style: Option<u32>,
    height: Option<f32>,
    hidden: bool,
    /// Where its cells begin among the sheet's.
    first: usize,
}

impl RowStart {
    fn of(start: &Start<'_>, styles: &mut Styles) -> Self {
        let style = start.attribute("style-name").unwrap_or_default();
        let height = styles.look(Family::Row, &style).row_height;
        Self {
            index: 0,
            repeat: repeated(start, "number-rows-repeated"),
            style: start.attribute("default-cell-style-name").map(|name| styles.number(&name)),
            height: height.filter(|height| (height - ROW_HEIGHT).abs() > 0.1),
            hidden: is_hidden(start),
            first: 0,
        }
    }
}

/// The attributes of a cell.
struct CellStart {
    covered: bool,
    repeat: u32,
    /// Columns, rows.
    spans: (u32, u32),
    style: Option<String>,
    value: Value,
}

impl CellStart {
    fn of(start: &Start<'_>, covered: bool) -> Self {
        let spans = (repeated(start, "number-columns-spanned"), repeated(start, "number-rows-spanned"));
        Self {
            covered,
            repeat: repeated(start, "number-columns-repeated"),
            spans: if covered { (1, 1) } else { spans },
            style: start.attribute("style-name"),
            value: Value::of(start),
        }
    }
}

/// How often; files may say more than there is room for.
fn repeated(start: &Start<'_>, name: &str) -> u32 {
    let said = start.attribute(name).and_then(|text| text.trim().parse::<u64>().ok()).unwrap_or(1);
    u32::try_from(said).unwrap_or(ROWS).clamp(1, ROWS)
}

/// `table:visibility` in OpenDocument, `table:display` before it.
fn is_hidden(start: &Start<'_>) -> bool {
    matches!(start.attribute("visibility").as_deref(), Some("collapse" | "filter"))
        || start.attribute("display").as_deref() == Some("false")
}
