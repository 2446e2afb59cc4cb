//! Rows as they are displayed, out of cells as they are stored.

use std::collections::HashMap;

use super::notes::Notes;
use super::strings::SharedStrings;
use super::styles::Styles;
use super::worksheet::{Link, Worksheet};
use crate::container::opc::Relations;
use crate::model::{Cell, CellKind, Inline, Row};
use crate::sheets::numfmt::{DateSystem, NumberFormat, Shown, general};
use crate::sheets::store::{StoredCell, StoredRow, Value};

/// What the values of cells need to become text.
pub(super) struct Display<'d, 'a> {
    pub(super) styles: &'d Styles,
    pub(super) strings: &'d SharedStrings<'a>,
    pub(super) dates: DateSystem,
}

/// Where cells lead, by row and column.
pub(super) type Links = HashMap<(u32, u32), String>;

/// Cells of one range that get its link; of larger ones only the first does.
const LINKED: u64 = 256;

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
        let (last_row, last_column) = if cells > LINKED {
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
    /// The rows from `from` up to, but without, `to`.
    pub(super) fn rows(
        &self,
        sheet: &mut Worksheet<'_>,
        from: u32,
        to: u32,
        notes: &Notes,
        links: &Links,
    ) -> Vec<Row> {
        let stored: Vec<StoredRow> = sheet.grid.window(from, to).to_vec();
        let mut rows: Vec<Row> = Vec::with_capacity(stored.len());
        for row in &stored {
            let cells =
                sheet.grid.cells(row).iter().filter_map(|cell| self.cell(cell, sheet, row.style.is_some()));
            match rows.last_mut() {
                Some(last) if last.index == row.index => last.cells.extend(cells),
                _ => rows.push(Row {
                    index: row.index,
                    height: row.height,
                    hidden: row.hidden,
                    style: row.style.filter(|style| self.styles.paints(*style)).map(number_of),
                    cells: cells.collect(),
                }),
            }
        }
        for row in &mut rows {
            in_order(&mut row.cells);
            for cell in &mut row.cells {
                cell.link = links.get(&(row.index, cell.column)).cloned();
            }
        }
        add_notes(&mut rows, notes, from, to);
        rows.retain(|row| !row.cells.is_empty() || row.height.is_some() || row.hidden || row.style.is_some());
        rows
    }

    /// None of a cell where nothing is to be seen.
    fn cell(&self, stored: &StoredCell, sheet: &Worksheet<'_>, styled_row: bool) -> Option<Cell> {
        let column = u32::from(stored.column);
        let mut cell = Cell { column, style: number_of(stored.style), ..Cell::default() };
        let format = self.styles.format(stored.style);
        let shown = match stored.value {
            Value::Empty => {
                // It may stand before a row or a column of another look.
                let covers = styled_row
                    || sheet.layout.columns.iter().any(|columns| {
                        columns.style.is_some() && (columns.first..=columns.last).contains(&column)
                    });
                return (covers || self.styles.paints(stored.style)).then_some(cell);
            }
            Value::Number(0.0) if !sheet.zeros => Shown::default(),
            Value::Number(number) => self.number(number, format),
            Value::Moment(serial) => self.moment(serial, format),
            Value::Bool(value) => plain(if value { "TRUE" } else { "FALSE" }),
            Value::Error(index) => plain(sheet.texts.get(index).unwrap_or_default()),
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
        cell.text = shown.text;
        cell.color = shown.color;
        Some(cell)
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
