//! What has been read of a sheet.

use std::collections::BTreeMap;

use super::cells::{Cells, StoredCell, Texts, Value};
use crate::limits::Quota;
use crate::model::{Merge, Sheet, SheetObject};

/// Rows and columns beyond which there are none in any version of Excel.
pub(crate) const ROWS: u32 = 1_048_576;
pub(crate) const COLUMNS: u32 = 16_384;
/// Merged cells, links, notes, objects of one sheet that are kept.
pub(crate) const EXTRAS: usize = 65_536;

/// What a row says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct RowInfo {
    /// Points; none = the sheet's.
    pub(crate) height: Option<f32>,
    pub(crate) hidden: bool,
    /// Number of the cell format of cells that are not written.
    pub(crate) format: Option<u16>,
}

/// Counts what all sheets of a workbook keep together.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    pub(crate) cells: Quota,
    pub(crate) characters: Quota,
}

/// A sheet, as far as it has been read.
#[derive(Clone, Debug, Default)]
pub(crate) struct SheetData {
    pub(crate) layout: Sheet,
    pub(crate) rows: BTreeMap<u32, RowInfo>,
    pub(crate) cells: Cells,
    pub(crate) texts: Texts,
    pub(crate) merges: Vec<Merge>,
    /// Places and where they lead.
    pub(crate) links: Vec<(Merge, String)>,
    pub(crate) notes: BTreeMap<(u32, u32), String>,
    pub(crate) objects: Vec<SheetObject>,
    /// Rows and columns with something in them.
    pub(crate) known: u32,
    pub(crate) columns: u32,
    pub(crate) complete: bool,
    /// What has been handed out.
    pub(crate) layout_sent: bool,
    pub(crate) merges_sent: usize,
    pub(crate) objects_sent: usize,
}

impl SheetData {
    /// Keeps a cell where there is room.
    pub(crate) fn put(&mut self, room: &mut Room, row: u32, column: u32, format: u16, value: Value) {
        if row >= ROWS || column >= COLUMNS || !room.cells.take(1) {
            return;
        }
        self.see(row, column);
        self.cells.push(StoredCell { row, column: column as u16, format, value });
    }

    /// Keeps a text of this sheet.
    pub(crate) fn text(&mut self, room: &mut Room, text: super::cells::RichText) -> Value {
        if room.characters.take(text.text.len()) { Value::Text(self.texts.push(text)) } else { Value::Blank }
    }

    /// There is something to draw here.
    pub(crate) fn see(&mut self, row: u32, column: u32) {
        self.known = self.known.max(row.saturating_add(1).min(ROWS));
        self.columns = self.columns.max(column.saturating_add(1).min(COLUMNS));
    }

    /// Cells that are one; none that are only one.
    pub(crate) fn merge(&mut self, merge: Merge) {
        let sane = merge.first_row <= merge.last_row
            && merge.first_column <= merge.last_column
            && merge.last_row < ROWS
            && merge.last_column < COLUMNS
            && (merge.first_row, merge.first_column) != (merge.last_row, merge.last_column);
        if sane && self.merges.len() < EXTRAS {
            self.merges.push(merge);
        }
    }

    pub(crate) fn link(&mut self, place: Merge, target: String) {
        if self.links.len() < EXTRAS && !target.is_empty() {
            self.links.push((place, target));
        }
    }

    pub(crate) fn note(&mut self, row: u32, column: u32, text: String) {
        let text = text.trim();
        if row < ROWS && column < COLUMNS && self.notes.len() < EXTRAS && !text.is_empty() {
            self.see(row, column);
            self.notes.insert((row, column), text.to_owned());
        }
    }

    pub(crate) fn object(&mut self, object: SheetObject) {
        if self.objects.len() < EXTRAS && object.row < ROWS && object.column < COLUMNS {
            let (row, column) =
                object.to.map_or((object.row, object.column), |(row, column, ..)| (row, column));
            self.see(row.max(object.row), column.max(object.column));
            self.objects.push(object);
        }
    }

    /// Points of a row.
    pub(crate) fn row_height(&self, row: u32) -> f32 {
        match self.rows.get(&row) {
            Some(RowInfo { hidden: true, .. }) => 0.0,
            Some(RowInfo { height: Some(height), .. }) => *height,
            _ => self.layout.row_height,
        }
    }

    /// Points of a column.
    pub(crate) fn column_width(&self, column: u32) -> f32 {
        let columns = &self.layout.columns;
        let after = columns.partition_point(|columns| columns.first <= column);
        match after.checked_sub(1).and_then(|at| columns.get(at)) {
            Some(own) if column <= own.last => {
                if own.hidden {
                    0.0
                } else {
                    own.width
                }
            }
            _ => self.layout.column_width,
        }
    }
}
