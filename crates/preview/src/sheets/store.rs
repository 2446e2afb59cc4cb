//! Cells of a sheet in little memory: some twenty bytes each, their texts in one piece.

use std::collections::HashMap;
use std::ops::Range;

use crate::limits::{Limits, Quota};
use crate::model::{Inline, Merge, Sheet, TextStyle};
use crate::sheets::xlsx::conditions::Conditions;

/// Columns and rows that a sheet can have (ECMA-376 part 1 §18.3.1.73).
pub(crate) const COLUMNS: u32 = 16_384;
pub(crate) const ROWS: u32 = 1_048_576;

/// What a document may still add.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) cells: Quota,
    pub(crate) characters: Quota,
    /// Stretches of text of a style of their own, inside of cells.
    pub(crate) runs: Quota,
}

impl Room {
    pub(crate) const fn new(limits: &Limits) -> Self {
        Self {
            cells: Quota::new(limits.cells),
            characters: Quota::new(limits.characters),
            runs: Quota::new(limits.blocks),
        }
    }

    pub(crate) const fn is_cut(&self) -> bool {
        self.cells.is_cut() || self.characters.is_cut()
    }
}

/// Many texts in one buffer.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    buffer: String,
    /// Where each one ends in the buffer.
    ends: Vec<u32>,
    /// Of texts of more than one look.
    runs: HashMap<u32, Box<[Run]>>,
    styles: Vec<TextStyle>,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    /// Bytes from the beginning of the text.
    end: u32,
    style: u32,
}

/// A text that comes in parts.
#[derive(Debug, Default)]
pub(crate) struct RichText {
    pub(crate) text: String,
    /// Where each run ends, and how it looks.
    pub(crate) runs: Vec<(usize, TextStyle)>,
}

impl Texts {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Keeps a text; where there is no more room, an empty one.
    pub(crate) fn push(&mut self, text: &str, room: &mut Room) -> u32 {
        let fits = self.buffer.len() + text.len() < u32::MAX as usize && room.characters.take(text.len());
        self.buffer.push_str(if fits { text } else { "" });
        self.ends.push(self.buffer.len() as u32);
        self.ends.len() as u32 - 1
    }

    /// Keeps a text and the looks of its runs, where they differ.
    pub(crate) fn push_rich(&mut self, rich: &RichText, room: &mut Room) -> u32 {
        let index = self.push(&rich.text, room);
        let plain = rich.runs.iter().all(|(_, style)| style.is_plain());
        if !plain && !room.characters.is_cut() && room.runs.take(rich.runs.len()) {
            let runs = rich.runs.iter().map(|(end, style)| {
                if self.styles.last() != Some(style) {
                    self.styles.push(style.clone());
                }
                Run { end: *end as u32, style: self.styles.len() as u32 - 1 }
            });
            let runs: Vec<Run> = runs.collect();
            self.runs.insert(index, runs.into_boxed_slice());
        }
        index
    }

    pub(crate) fn get(&self, index: u32) -> Option<&str> {
        let end = *self.ends.get(index as usize)? as usize;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before as usize)? as usize,
            None => 0,
        };
        self.buffer.get(start..end)
    }

    /// The runs of a text of more than one look; none of others.
    pub(crate) fn runs(&self, index: u32) -> Vec<Inline> {
        let (Some(text), Some(runs)) = (self.get(index), self.runs.get(&index)) else { return Vec::new() };
        let mut start = 0;
        let mut inlines = Vec::with_capacity(runs.len());
        for run in runs {
            let end = run.end as usize;
            let style = self.styles.get(run.style as usize).cloned().unwrap_or_default();
            if let Some(text) = text.get(start..end).filter(|text| !text.is_empty()) {
                inlines.push(Inline::Text { text: text.to_owned(), style, link: None });
            }
            start = end;
        }
        inlines
    }
}

/// What a cell holds; texts are indices into the texts of the sheet or of the workbook.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Value {
    #[default]
    Empty,
    Number(f64),
    /// A date, which is shown as one even where its format does not say so.
    Moment(f64),
    Bool(bool),
    Text(u32),
    Shared(u32),
    Error(u32),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StoredCell {
    pub(crate) value: Value,
    pub(crate) column: u16,
    /// The format's own number of its style.
    pub(crate) style: u16,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StoredRow {
    pub(crate) index: u32,
    /// Points.
    pub(crate) height: Option<f32>,
    /// Of cells that are not written.
    pub(crate) style: Option<u16>,
    pub(crate) hidden: bool,
    cells: Range<u32>,
}

impl StoredRow {
    pub(crate) fn at(index: u32) -> Self {
        Self { index, ..Self::default() }
    }

    /// The same, elsewhere.
    pub(crate) fn moved(&self, index: u32) -> Self {
        Self { index, ..self.clone() }
    }
}

/// What is kept of a sheet.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) grid: Grid,
    /// Texts that stand in the cells themselves.
    pub(crate) texts: Texts,
    pub(crate) layout: Sheet,
    pub(crate) merges: Vec<Merge>,
    /// Cells that hold 0 show nothing.
    pub(crate) no_zeros: bool,
    /// Looks that depend on values.
    pub(crate) conditions: Conditions,
}

/// The cells of a sheet, as far as it was read. Rows may come in any order.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    rows: Vec<StoredRow>,
    cells: Vec<StoredCell>,
    /// A row came behind one that stands below it.
    disordered: bool,
    /// Rows and columns up to the last that was written.
    height: u32,
    width: u32,
}

impl Grid {
    /// Cells from now on stand in this row.
    pub(crate) fn begin_row(&mut self, row: StoredRow) {
        self.disordered |= self.rows.last().is_some_and(|last| last.index >= row.index);
        self.height = self.height.max(row.index.saturating_add(1));
        let at = self.cells.len() as u32;
        self.rows.push(StoredRow { cells: at..at, ..row });
    }

    pub(crate) fn push(&mut self, cell: StoredCell) {
        let Some(row) = self.rows.last_mut() else { return };
        self.width = self.width.max(u32::from(cell.column) + 1);
        self.cells.push(cell);
        row.cells.end = self.cells.len() as u32;
    }

    /// The row that cells stand in now has none and says nothing else.
    pub(crate) fn drop_empty_row(&mut self) {
        let empty = self.rows.last().is_some_and(|row| {
            row.cells.is_empty() && row.height.is_none() && row.style.is_none() && !row.hidden
        });
        if empty {
            self.rows.pop();
        }
    }

    /// Rows up to the last one that was written.
    pub(crate) const fn height(&self) -> u32 {
        self.height
    }

    /// Columns up to the last one that was written.
    pub(crate) const fn width(&self) -> u32 {
        self.width
    }

    pub(crate) fn cell_count(&self) -> usize {
        self.cells.len()
    }

    /// The rows from `from` up to, but without, `to`, in ascending order; the same row may come again.
    pub(crate) fn window(&mut self, from: u32, to: u32) -> &[StoredRow] {
        if std::mem::take(&mut self.disordered) {
            self.rows.sort_by_key(|row| row.index);
        }
        let start = self.rows.partition_point(|row| row.index < from);
        let end = self.rows.partition_point(|row| row.index < to);
        self.rows.get(start..end).unwrap_or_default()
    }

    /// The cells of a row of [`Self::window`], as they were written.
    pub(crate) fn cells(&self, row: &StoredRow) -> &[StoredCell] {
        self.cells.get(row.cells.start as usize..row.cells.end as usize).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room() -> Room {
        Room::new(&Limits::default())
    }

    #[test]
    fn texts_lie_one_behind_the_other() {
        let (mut texts, mut room) = (Texts::default(), room());
        for text in ["a", "", "bcd"] {
            texts.push(text, &mut room);
        }
        assert_eq!([0, 1, 2, 3].map(|index| texts.get(index)), [Some("a"), Some(""), Some("bcd"), None]);
    }

    #[test]
    fn texts_end_where_there_is_no_more_room() {
        let mut room = Room::new(&Limits { characters: 4, ..Limits::default() });
        let mut texts = Texts::default();
        for text in ["abc", "de", "f"] {
            texts.push(text, &mut room);
        }
        assert_eq!([0, 1, 2].map(|index| texts.get(index)), [Some("abc"), Some(""), Some("")]);
        assert!(room.is_cut());
    }

    #[test]
    fn rows_may_come_in_any_order() {
        let mut grid = Grid::default();
        for index in [5, 2, 9, 2] {
            grid.begin_row(StoredRow::at(index));
            grid.push(StoredCell { value: Value::Number(f64::from(index)), column: 3, style: 0 });
        }
        let rows: Vec<u32> = grid.window(2, 9).iter().map(|row| row.index).collect();
        assert_eq!((rows, grid.height(), grid.width()), (vec![2, 2, 5], 10, 4));
        let row = grid.window(9, 10).first().cloned().expect("a row");
        assert_eq!(grid.cells(&row).first().map(|cell| cell.value), Some(Value::Number(9.0)));
    }
}
