//! A sheet, read row by row ([MS-XLSB] 2.1.7.61).

use super::record::{Records, rich, string};
use crate::container::opc::Relations;
use crate::error::Result;
use crate::model::{Columns, Merge};
use crate::sheets::biff::book::Book;
use crate::sheets::biff::bytes::{Bytes, rk};
use crate::sheets::biff::cells::{RichText, Value};
use crate::sheets::biff::sheet::{COLUMNS, ROWS, Room, RowInfo, SheetData};
use crate::sheets::biff::units::{standard, width};

/// Stretches of columns that are kept.
const STRETCHES: usize = 16_384;
/// Twips per point.
const TWIPS: f32 = 20.0;

/// Where the reading of a sheet is.
pub(super) struct Reading<'a> {
    records: Records<'a>,
    pub(super) data: SheetData,
    relations: Relations,
    /// The row whose cells come next.
    row: u32,
    /// The column of the cell before.
    column: u32,
    /// The greatest number of a shared string so far.
    pub(super) strings: Option<u32>,
    /// Pixels of a digit in the default font.
    digit: f32,
}

/// What cells need of the workbook.
pub(super) struct Around<'w> {
    pub(super) book: &'w Book,
    pub(super) room: &'w mut Room,
}

impl<'a> Reading<'a> {
    pub(super) fn new(records: Records<'a>, relations: Relations, digit: f32) -> Self {
        let mut data = SheetData::default();
        data.layout.column_width = standard(8.0, digit);
        data.layout.row_height = 15.0;
        Self { records, data, relations, row: 0, column: 0, strings: None, digit }
    }

    /// Reads until the rows before `to` are known.
    pub(super) fn read_to(&mut self, to: u32, around: &mut Around<'_>) -> Result<()> {
        // Cells of rows that there cannot be are passed over.
        while !self.data.complete && (self.row < to || self.row >= ROWS) {
            // Bytes are borrowed from the stream while the rest of this changes.
            let Some((kind, content)) = self.records.next()? else {
                self.data.complete = true;
                return Ok(());
            };
            let content = Bytes(content);
            let mut step = Step { row: &mut self.row, column: &mut self.column, strings: &mut self.strings };
            match kind {
                0..=18 | 62 => drop(step.cell(kind, content, &mut self.data, around)),
                60 => drop(columns(content, self.digit, &mut self.data, around.book)),
                _ => drop(describe(kind, content, self.digit, &mut self.data, &self.relations)),
            }
        }
        Ok(())
    }

    pub(super) const fn is_damaged(&self) -> bool {
        self.records.is_damaged()
    }
}

/// What changes from record to record.
struct Step<'s> {
    row: &'s mut u32,
    column: &'s mut u32,
    strings: &'s mut Option<u32>,
}

impl Step<'_> {
    /// A row's or a cell's record; none where it is cut.
    fn cell(
        &mut self,
        kind: u32,
        mut bytes: Bytes<'_>,
        data: &mut SheetData,
        around: &mut Around<'_>,
    ) -> Option<()> {
        if kind == 0 {
            return self.begin_row(bytes, data);
        }
        // Short cells stand right of the cell before.
        let short = (12..=18).contains(&kind);
        *self.column = if short { self.column.saturating_add(1) } else { bytes.u32()? };
        let format = u16::try_from(bytes.u32()? & 0x00ff_ffff).unwrap_or(0);
        let value = match if short { kind - 11 } else { kind } {
            2 => Value::Number(rk(bytes.u32()?)),
            3 | 11 => Value::Error(bytes.u8()?),
            4 | 10 => Value::Bool(bytes.u8()? != 0),
            5 | 9 => Value::Number(bytes.f64()?),
            6 | 8 => data.text(around.room, RichText::from(string(&mut bytes)?)),
            7 => {
                let index = bytes.u32()?;
                *self.strings = (*self.strings).max(Some(index));
                Value::Shared(index)
            }
            62 => data.text(around.room, rich(bytes)?),
            _ => Value::Blank,
        };
        if value != Value::Blank || around.book.is_seen_blank(format, *self.row, data) {
            data.put(around.room, *self.row, *self.column, format, value);
        }
        Some(())
    }

    /// [MS-XLSB] 2.4.744.
    fn begin_row(&mut self, mut bytes: Bytes<'_>, data: &mut SheetData) -> Option<()> {
        *self.row = bytes.u32()?;
        *self.column = u32::MAX;
        let format = bytes.u32()?;
        let height = bytes.u16()?;
        bytes.u8()?;
        let flags = bytes.u8()?;
        if *self.row < ROWS {
            let height = (height > 0).then(|| f32::from(height) / TWIPS);
            let format = u16::try_from(format).ok().filter(|_| flags & 0x40 != 0);
            data.rows.insert(*self.row, RowInfo { height, hidden: flags & 0x10 != 0, format });
        }
        Some(())
    }
}

/// [MS-XLSB] 2.4.331.
fn columns(mut bytes: Bytes<'_>, digit: f32, data: &mut SheetData, book: &Book) -> Option<()> {
    let (first, last, wide, format) = (bytes.u32()?, bytes.u32()?, bytes.u32()?, bytes.u32()?);
    let hidden = bytes.u16()? & 1 != 0;
    let columns = &mut data.layout.columns;
    let after = columns.last().map_or(0, |columns| columns.last.saturating_add(1));
    if first < after || last < first || last >= COLUMNS || columns.len() >= STRETCHES {
        return None;
    }
    let width = width(wide as f32 / 256.0, digit);
    let style = u16::try_from(format).ok().and_then(|format| book.column_style(format));
    columns.push(Columns { first, last, width, hidden, style });
    Some(())
}

/// What is said of the sheet outside of its rows; none where it is cut.
fn describe(
    kind: u32,
    mut bytes: Bytes<'_>,
    digit: f32,
    data: &mut SheetData,
    relations: &Relations,
) -> Option<()> {
    let layout = &mut data.layout;
    match kind {
        137 => {
            let flags = bytes.u16()?;
            layout.no_grid = flags & 4 == 0;
            layout.rtl = flags & 0x20 != 0;
        }
        148 => {
            bytes.u32()?;
            layout.rows_hint = bytes.u32()?.saturating_add(1);
            bytes.u32()?;
            layout.columns_hint = bytes.u32()?.saturating_add(1);
        }
        151 => {
            let (columns, rows) = (bytes.f64()?, bytes.f64()?);
            bytes.take(12)?;
            if bytes.u8()? & 1 != 0 {
                layout.frozen_columns = columns.clamp(0.0, f64::from(COLUMNS)) as u32;
                layout.frozen_rows = rows.clamp(0.0, f64::from(ROWS)) as u32;
            }
        }
        176 => data.merge(place(&mut bytes)?),
        485 => {
            let (wide, characters, height) = (bytes.u32()?, bytes.u16()?, bytes.u16()?);
            let exact = u16::try_from(wide).ok().filter(|wide| *wide > 0);
            layout.column_width = exact.map_or_else(
                || standard(f32::from(characters), digit),
                |w| width(f32::from(w) / 256.0, digit),
            );
            layout.row_height = f32::from(height) / TWIPS;
        }
        494 => {
            let place = place(&mut bytes)?;
            let relation = string(&mut bytes)?;
            let mut target =
                relations.get(&relation).map(|relation| relation.target.clone()).unwrap_or_default();
            if let Some(inside) = string(&mut bytes).filter(|inside| !inside.is_empty()) {
                target.push('#');
                target.push_str(&inside);
            }
            data.link(place, target);
        }
        _ => {}
    }
    Some(())
}

/// Rows, then columns ([MS-XLSB] 2.5.153).
pub(super) fn place(bytes: &mut Bytes<'_>) -> Option<Merge> {
    let (first_row, last_row) = (bytes.u32()?, bytes.u32()?);
    let (first_column, last_column) = (bytes.u32()?, bytes.u32()?);
    Some(Merge { first_row, first_column, last_row, last_column })
}
