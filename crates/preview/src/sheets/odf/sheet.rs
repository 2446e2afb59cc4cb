//! What is kept of a sheet: rows and cells that repeat are kept once.

use std::collections::HashMap;
use std::ops::Range;

use super::styles::Styles;
use crate::limits::Quota;
use crate::model::{Cell, CellKind, Columns, Inline, Merge, Row, Sheet, SheetObject};

/// Sizes of a sheet, as in LibreOffice.
pub(super) const ROWS: u32 = 1_048_576;
pub(super) const COLUMNS: u32 = 16_384;
/// Points, of rows and columns that say nothing.
pub(super) const ROW_HEIGHT: f32 = 12.8;
pub(super) const COLUMN_WIDTH: f32 = 64.0;
/// Empty cells of a run that are handed out for their colours; the user interface draws no more.
pub(super) const EMPTY: u32 = 256;

/// Empty rows that are believed to have others below them.
const GAP: u32 = 2000;

/// A cell, and how many of it stand side by side.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) column: u32,
    pub(super) repeat: u32,
    pub(super) style: u32,
    pub(super) kind: CellKind,
    /// In the sheet's text.
    pub(super) text: Range<u32>,
}

/// Bytes of a cell's texts that count as one cell more where it is repeated.
const WEIGHT: usize = 64;

/// What few cells have.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Extra {
    pub(super) runs: Vec<Inline>,
    /// As [`Cell::value`].
    pub(super) value: Option<String>,
    pub(super) link: Option<String>,
    pub(super) note: Option<String>,
}

/// What the cells of a row come to when they are drawn.
#[derive(Debug, Default)]
pub(super) struct Extent {
    /// See [`SheetData::weight`].
    pub(super) weight: usize,
    /// One behind the last column.
    pub(super) columns: u32,
    /// Something is written in one of them.
    pub(super) is_written: bool,
}

/// A row, and how many of it stand below each other.
#[derive(Clone, Debug)]
pub(super) struct KeptRow {
    pub(super) index: u32,
    pub(super) repeat: u32,
    pub(super) height: Option<f32>,
    pub(super) hidden: bool,
    /// Of cells that are not kept.
    pub(super) style: Option<u32>,
    /// Among the sheet's cells.
    pub(super) cells: Range<u32>,
}

/// A sheet as far as it has been read.
#[derive(Debug, Default)]
pub(super) struct SheetData {
    pub(super) layout: Sheet,
    pub(super) rows: Vec<KeptRow>,
    pub(super) cells: Vec<Kept>,
    pub(super) extras: HashMap<u32, Extra>,
    pub(super) text: String,
    pub(super) merges: Vec<Merge>,
    pub(super) objects: Vec<SheetObject>,
    /// Rows read, empty ones at the end included.
    pub(super) position: u32,
    /// Rows up to the last with something in it.
    pub(super) used: u32,
    pub(super) columns: u32,
    pub(super) done: bool,
}

impl SheetData {
    pub(super) fn new() -> Self {
        let layout = Sheet { row_height: ROW_HEIGHT, column_width: COLUMN_WIDTH, ..Sheet::default() };
        Self { layout, ..Self::default() }
    }

    /// Rows that the user interface may count on.
    pub(super) fn known(&self) -> u32 {
        if self.done || self.position - self.used > GAP { self.used } else { self.position }
    }

    /// Whether everything up to row `last` has been read. Many empty rows at once are most often the last of a sheet:
    /// then it is worth looking whether they are.
    pub(super) fn reaches(&self, last: u32) -> bool {
        self.done || self.used > last || self.position > last && self.position - self.used <= GAP
    }

    pub(super) fn put_text(&mut self, text: &str) -> Option<Range<u32>> {
        let start = u32::try_from(self.text.len()).ok()?;
        let end = u32::try_from(self.text.len().checked_add(text.len())?).ok()?;
        self.text.push_str(text);
        Some(start..end)
    }

    /// The style that cells in this column have which say none.
    pub(super) fn column_style(&self, column: u32) -> Option<u32> {
        let at = self.layout.columns.partition_point(|columns| columns.last < column);
        let columns = self.layout.columns.get(at).filter(|columns| columns.first <= column);
        columns.and_then(|columns| columns.style)
    }

    pub(super) fn put_columns(
        &mut self,
        first: u32,
        repeat: u32,
        width: f32,
        hidden: bool,
        style: Option<u32>,
    ) {
        let last = first.saturating_add(repeat.max(1) - 1).min(COLUMNS - 1);
        if first >= COLUMNS {
            return;
        }
        match self.layout.columns.last_mut() {
            Some(before) if before.width == width && before.hidden == hidden && before.style == style => {
                before.last = last;
            }
            _ => self.layout.columns.push(Columns { first, last, width, hidden, style }),
        }
    }

    /// Rows of a window, each on its own.
    pub(super) fn window(&self, window: Range<u32>, styles: &Styles, quota: &mut Quota) -> Vec<Row> {
        let window = window.start..window.end.min(self.known());
        let mut rows = Vec::new();
        let first = self.rows.partition_point(|row| row.index.saturating_add(row.repeat) <= window.start);
        for kept in self.rows.get(first..).unwrap_or_default() {
            if kept.index >= window.end {
                break;
            }
            let end = kept.index.saturating_add(kept.repeat).min(window.end);
            for index in kept.index.max(window.start)..end {
                let cells = self.row(kept, styles, quota);
                if !cells.is_empty() || kept.hidden || kept.height.is_some() {
                    let KeptRow { height, hidden, style, .. } = *kept;
                    rows.push(Row { index, height, hidden, style, cells });
                }
            }
        }
        rows
    }

    /// How much of what may be drawn a kept cell takes, each time it is repeated: one, and more with much to say.
    fn weight(&self, number: u32) -> usize {
        let text = self.cells.get(number as usize).map_or(0, |cell| cell.text.len());
        let of = |said: &Option<String>| said.as_ref().map_or(0, String::len);
        let extra = self.extras.get(&number);
        let extra = extra.map_or(0, |extra| {
            of(&extra.value)
                + of(&extra.link)
                + of(&extra.note)
                + if extra.runs.is_empty() { 0 } else { text }
        });
        1 + (text + extra) / WEIGHT
    }

    /// Keeps a row that is seen.
    pub(super) fn keep(&mut self, row: KeptRow) {
        if row.repeat > 0 && (!row.cells.is_empty() || row.height.is_some() || row.hidden) {
            self.rows.push(row);
        }
    }

    /// Columns that a kept cell is drawn in: of what is empty only some, and none where nothing of it is seen.
    fn repeat(&self, number: u32, styles: &Styles) -> u32 {
        let Some(cell) = self.cells.get(number as usize) else { return 0 };
        match self.is_written(number, cell) {
            true => cell.repeat,
            false if styles.is_seen(cell.style) => cell.repeat.min(EMPTY),
            false => 0,
        }
    }

    fn is_written(&self, number: u32, cell: &Kept) -> bool {
        !cell.text.is_empty() || self.extras.contains_key(&number)
    }

    /// What the cells of a row come to.
    pub(super) fn extent(&self, numbers: Range<u32>, styles: &Styles) -> Extent {
        let mut extent = Extent::default();
        for number in numbers {
            let Some(cell) = self.cells.get(number as usize) else { break };
            let repeat = self.repeat(number, styles);
            extent.weight = extent.weight.saturating_add(self.weight(number).saturating_mul(repeat as usize));
            extent.columns = extent.columns.max(cell.column.saturating_add(repeat));
            extent.is_written |= self.is_written(number, cell);
        }
        extent
    }

    fn row(&self, row: &KeptRow, styles: &Styles, quota: &mut Quota) -> Vec<Cell> {
        let mut cells = Vec::new();
        for number in row.cells.clone() {
            let Some(kept) = self.cells.get(number as usize) else { break };
            let text = self.text.get(kept.text.start as usize..kept.text.end as usize).unwrap_or_default();
            let extra = self.extras.get(&number);
            let weight = self.weight(number);
            for column in kept.column..kept.column.saturating_add(self.repeat(number, styles)) {
                if !quota.take(weight) {
                    return cells;
                }
                let extra = extra.cloned().unwrap_or_default();
                cells.push(Cell {
                    column,
                    text: text.to_owned(),
                    value: extra.value,
                    kind: kept.kind,
                    style: kept.style,
                    runs: extra.runs,
                    color: None,
                    fill: None,
                    link: extra.link,
                    note: extra.note,
                });
            }
        }
        cells
    }
}
