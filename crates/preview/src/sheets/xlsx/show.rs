//! Rows as they are displayed, out of cells as they are stored.

use std::collections::{BTreeSet, HashMap};

use super::conditions::{Content, Look};
use super::notes::Notes;
use super::strings::SharedStrings;
use super::styles::Styles;
use super::worksheet::Link;
use crate::container::opc::Relations;
use crate::limits::Quota;
use crate::model::{Cell, CellKind, CellStyle, Inline, Row, Rows, SheetObject};
use crate::sheets::numfmt::{DateSystem, NumberFormat, Shown, edited, general};
use crate::sheets::store::{COLUMNS, Kept, StoredCell, StoredRow, Value};

/// What the values of cells need to become text.
pub(crate) struct Display<'d, 'a> {
    pub(crate) styles: &'d Styles,
    pub(crate) strings: &'d SharedStrings<'a>,
    pub(crate) dates: DateSystem,
}

/// Where cells lead, by row and column.
pub(crate) type Links = HashMap<(u32, u32), String>;

/// Cells of one range that get its link; of larger ones only the first does, and so it is once there are very many.
const LINKED: u64 = 256;
const MOST_LINKED: usize = 100_000;
/// Bits of a style's number below those of what a condition changes of it.
const CHANGED: u32 = 17;
/// What one window may show: many cells may name one long text.
const WINDOW_CELLS: usize = 500_000;
const WINDOW_TEXT: usize = 32 * 1024 * 1024;

/// The targets of links, written out.
pub(super) fn links(links: &[Link], relations: &Relations) -> Links {
    let mut all = Links::new();
    for link in links {
        let target =
            link.relation.as_deref().and_then(|id| relations.get(id)).map(|found| found.target.as_str());
        let place = link.location.as_deref().map(|place| format!("#{place}"));
        let target = format!("{}{}", target.unwrap_or_default(), place.unwrap_or_default());
        let range = link.range;
        let cells = u64::from(range.last_row - range.first_row + 1)
            * u64::from(range.last_column - range.first_column + 1);
        let (last_row, last_column) = if cells > LINKED || all.len() >= MOST_LINKED {
            (range.first_row, range.first_column)
        } else {
            (range.last_row, range.last_column)
        };
        for row in range.first_row..=last_row {
            for column in range.first_column..=last_column {
                all.insert((row, column), target.clone());
            }
        }
    }
    all
}

impl Display<'_, '_> {
    /// The rows from `from` up to, but without, `to`; and whether all of them found room in the window.
    pub(crate) fn rows(
        &self,
        sheet: &mut Kept,
        (from, to): (u32, u32),
        notes: &Notes,
        links: &Links,
    ) -> (Vec<Row>, bool) {
        let stored: Vec<StoredRow> = sheet.grid.window(from, to).to_vec();
        let mut rows: Vec<Row> = Vec::with_capacity(stored.len());
        let styled = styled_columns(sheet);
        let (mut cells, mut text) = (Quota::new(WINDOW_CELLS), Quota::new(WINDOW_TEXT));
        for row in &stored {
            let shown = sheet.grid.cells(row).iter().filter_map(|stored| {
                if cells.is_cut() || text.is_cut() {
                    return None;
                }
                let mut cell = self.cell(stored, row.index, sheet)?;
                // What is empty may stand before a row or a column of another look.
                let covers = row.style.is_some() || styled.get(usize::from(stored.column)) == Some(&true);
                let seen = stored.value != Value::Empty || covers || self.styles.paints(stored.style);
                if !text.take(cell.text.len() * (1 + usize::from(!cell.runs.is_empty()))) {
                    cell.text.clear();
                    cell.runs.clear();
                }
                (seen && cells.take(1)).then_some(cell)
            });
            match rows.last_mut() {
                Some(last) if last.index == row.index => last.cells.extend(shown),
                _ => rows.push(Row {
                    index: row.index,
                    height: row.height,
                    hidden: row.hidden,
                    style: row.style.filter(|style| self.styles.paints(*style)).map(number_of),
                    cells: shown.collect(),
                }),
            }
        }
        for row in &mut rows {
            in_order(&mut row.cells);
            for cell in row.cells.iter_mut().filter(|_| !links.is_empty()) {
                cell.link = links.get(&(row.index, cell.column)).cloned();
            }
        }
        add_notes(&mut rows, notes, from, to);
        rows.retain(|row| !row.cells.is_empty() || row.height.is_some() || row.hidden || row.style.is_some());
        (rows, !cells.is_cut() && !text.is_cut())
    }

    /// None of a cell that holds what is not there.
    fn cell(&self, stored: &StoredCell, row: u32, sheet: &Kept) -> Option<Cell> {
        let look = self.look(stored, row, sheet);
        let style = number_of(stored.style) | look.style.map_or(0, |style| (u32::from(style) + 1) << CHANGED);
        let mut cell = Cell { column: u32::from(stored.column), style, fill: look.fill, ..Cell::default() };
        let changed = look.style.and_then(|style| self.styles.format_of_difference(style));
        let format = changed.or_else(|| self.styles.format(stored.style));
        let shown = match stored.value {
            Value::Empty => return Some(cell),
            Value::Number(0.0) if sheet.no_zeros => Shown::default(),
            Value::Number(number) => self.number(number, format),
            Value::Moment(serial) => self.moment(serial, format),
            Value::Bool(value) => plain(if value { "TRUE" } else { "FALSE" }),
            Value::Error(index) => plain(sheet.texts.get(index)?),
            Value::Text(index) => {
                cell.runs = sheet.texts.runs(index);
                text(sheet.texts.get(index), format)
            }
            Value::Shared(index) => {
                cell.runs = self.strings.runs(index);
                text(self.strings.get(index), format)
            }
        };
        cell.kind = match stored.value {
            Value::Number(_) | Value::Moment(_) => CellKind::Number,
            Value::Bool(_) => CellKind::Bool,
            Value::Error(_) => CellKind::Error,
            Value::Empty | Value::Text(_) | Value::Shared(_) => CellKind::Text,
        };
        // A format around the text would be lost in its runs.
        if cell.runs.iter().map(inline_length).sum::<usize>() != shown.text.len() {
            cell.runs.clear();
        }
        cell.value = self.edited(stored.value, format, sheet, &shown.text);
        cell.text = shown.text;
        cell.color = shown.color;
        Some(cell)
    }

    /// What the sheet's conditions make of a cell.
    fn look(&self, stored: &StoredCell, row: u32, sheet: &Kept) -> Look {
        let content = match stored.value {
            _ if sheet.conditions.is_empty() => return Look::default(),
            Value::Number(number) | Value::Moment(number) => Content::Number(number),
            Value::Text(index) => Content::Text(sheet.texts.get(index).unwrap_or_default()),
            Value::Shared(index) => Content::Text(self.strings.get(index).unwrap_or_default()),
            Value::Bool(value) => Content::Other(if value { "TRUE" } else { "FALSE" }),
            Value::Error(index) => Content::Other(sheet.texts.get(index).unwrap_or_default()),
            Value::Empty => return Look::default(),
        };
        sheet.conditions.look(row, u32::from(stored.column), content)
    }

    /// The value where its format shows something else.
    fn edited(
        &self,
        value: Value,
        format: Option<&NumberFormat>,
        sheet: &Kept,
        shown: &str,
    ) -> Option<String> {
        let text = match value {
            Value::Number(number) => return edited(number, format, self.dates, shown),
            // Without a format it is shown as a moment: in full.
            Value::Moment(serial) => {
                return format.and_then(|format| edited(serial, Some(format), self.dates, shown));
            }
            Value::Text(index) => sheet.texts.get(index),
            Value::Shared(index) => self.strings.get(index),
            Value::Empty | Value::Bool(_) | Value::Error(_) => None,
        };
        text.filter(|text| format.is_some() && *text != shown).map(str::to_owned)
    }

    fn number(&self, number: f64, format: Option<&NumberFormat>) -> Shown {
        match format {
            None => plain(&general(number)),
            Some(format) => format.number(number, self.dates),
        }
    }

    fn moment(&self, serial: f64, format: Option<&NumberFormat>) -> Shown {
        match format {
            Some(format) => format.number(serial, self.dates),
            None => {
                let code = if serial.fract() == 0.0 { 14 } else { 22 };
                let code = NumberFormat::builtin(code).unwrap_or_default();
                NumberFormat::parse(code).number(serial, self.dates)
            }
        }
    }
}

/// Which columns have a look that empty cells may cover; empty where none has.
fn styled_columns(sheet: &Kept) -> Vec<bool> {
    let styled = || sheet.layout.columns.iter().filter(|columns| columns.style.is_some());
    let Some(last) = styled().map(|columns| columns.last).max() else { return Vec::new() };
    let mut all = vec![false; last.min(COLUMNS - 1) as usize + 1];
    for columns in styled() {
        let (first, last) = (columns.first as usize, columns.last as usize);
        if let Some(range) = all.get_mut(first..=last) {
            range.fill(true);
        }
    }
    all
}

fn inline_length(inline: &Inline) -> usize {
    match inline {
        Inline::Text { text, .. } => text.len(),
        _ => 0,
    }
}

/// The number that the model knows a style by: 0 would be plain.
pub(super) fn number_of(style: u16) -> u32 {
    u32::from(style) + 1
}

fn plain(text: &str) -> Shown {
    Shown { text: text.to_owned(), color: None }
}

fn text(text: Option<&str>, format: Option<&NumberFormat>) -> Shown {
    let text = text.unwrap_or_default();
    match format {
        None => plain(text),
        Some(format) => format.text(text),
    }
}

/// In ascending order of columns; of a cell that was written twice the last one counts.
fn in_order(cells: &mut Vec<Cell>) {
    if cells.is_sorted_by(|first, second| first.column < second.column) {
        return;
    }
    cells.reverse();
    cells.sort_by_key(|cell| cell.column);
    cells.dedup_by_key(|cell| cell.column);
}

/// Notes stand also at cells, and in rows, that are not written.
fn add_notes(rows: &mut Vec<Row>, notes: &Notes, from: u32, to: u32) {
    for ((index, column), note) in notes.range((from, 0)..(to, 0)) {
        let at = match rows.binary_search_by_key(index, |row| row.index) {
            Ok(at) => at,
            Err(at) => {
                rows.insert(at, Row { index: *index, ..Row::default() });
                at
            }
        };
        let Some(row) = rows.get_mut(at) else { continue };
        let cell = match row.cells.binary_search_by_key(column, |cell| cell.column) {
            Ok(at) => at,
            Err(at) => {
                row.cells.insert(at, Cell { column: *column, ..Cell::default() });
                at
            }
        };
        if let Some(cell) = row.cells.get_mut(cell) {
            cell.note = Some(note.clone());
        }
    }
}

/// What windows have brought already.
pub(crate) struct Delivered {
    sheets: Vec<DeliveredSheet>,
    styles: BTreeSet<u32>,
}

#[derive(Clone, Default)]
struct DeliveredSheet {
    layout: bool,
    merges: usize,
    objects: bool,
}

impl Delivered {
    /// For so many sheets.
    pub(crate) fn new(sheets: usize) -> Self {
        Self { sheets: vec![DeliveredSheet::default(); sheets], styles: BTreeSet::new() }
    }

    /// Puts into a window what no window before has brought.
    pub(crate) fn add(&mut self, sheet: &Kept, objects: &[SheetObject], styles: &Styles, window: &mut Rows) {
        if let Some(delivered) = self.sheets.get_mut(window.sheet as usize) {
            if !std::mem::replace(&mut delivered.layout, true) {
                window.layout = Some(sheet.layout.clone());
            }
            window.merges = sheet.merges.get(delivered.merges..).unwrap_or_default().to_vec();
            delivered.merges += window.merges.len();
            if !std::mem::replace(&mut delivered.objects, true) {
                window.objects = objects.to_vec();
            }
        }
        window.styles = self.new_styles(window, styles);
    }

    /// The styles that a window needs and none before has brought.
    fn new_styles(&mut self, window: &Rows, styles: &Styles) -> Vec<(u32, CellStyle)> {
        let columns =
            window.layout.iter().flat_map(|layout| &layout.columns).filter_map(|columns| columns.style);
        let of_row = |row: &Row| {
            row.style.into_iter().chain(row.cells.iter().map(|cell| cell.style)).collect::<Vec<_>>()
        };
        let rows = window.rows.iter().flat_map(of_row);
        let mut new = Vec::new();
        for number in columns.chain(rows) {
            let (own, changed) = (number & ((1 << CHANGED) - 1), number >> CHANGED);
            let part = |number: u32| number.checked_sub(1).and_then(|style| u16::try_from(style).ok());
            let Some(own) = part(own).filter(|_| self.styles.insert(number)) else { continue };
            let style = part(changed).map_or_else(|| styles.cell_style(own), |by| styles.changed(own, by));
            new.push((number, style));
        }
        new
    }
}
