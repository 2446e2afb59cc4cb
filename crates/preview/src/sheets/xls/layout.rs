//! Widths, heights, and what stays in sight.

use super::globals::Globals;
use super::record::Record;
use super::version::Version;
use crate::model::Columns;
use crate::sheets::biff::bytes::Bytes;
use crate::sheets::biff::sheet::{RowInfo, SheetData};
use crate::sheets::biff::units::{standard, width};

/// Twips per point.
const TWIPS: f32 = 20.0;
/// The last column; files write the number after it for all that are left.
const LAST: u32 = 255;
/// Stretches of columns that are kept.
const STRETCHES: usize = 4096;

/// Columns as they are written.
struct RawColumns {
    first: u32,
    last: u32,
    /// 1/256 of a character.
    width: u16,
    format: Option<u16>,
    hidden: bool,
}

/// What is known only together with other records.
#[derive(Default)]
pub(super) struct Layout {
    columns: Vec<RawColumns>,
    /// Characters, padding not included.
    default_width: Option<u16>,
    /// 1/256 of a character, padding included.
    standard_width: Option<u16>,
    frozen: bool,
    /// Columns and rows left of and above the split.
    pane: (u16, u16),
}

impl Layout {
    pub(super) fn take(&mut self, record: Record<'_>, globals: &Globals, data: &mut SheetData) {
        let mut bytes = Bytes(record.data);
        match record.kind {
            0x0200 | 0x0000 => dimensions(bytes, globals.version, data),
            0x0008 | 0x0208 => row(bytes, data),
            0x0025 | 0x0225 => default_height(bytes, record.kind, data),
            0x0024 => self.columns.extend(columns2(bytes)),
            0x007d => self.columns.extend(columns(bytes)),
            0x0055 => self.default_width = bytes.u16(),
            0x0099 => self.standard_width = bytes.u16(),
            0x0041 => self.pane = (bytes.u16().unwrap_or(0), bytes.u16().unwrap_or(0)),
            0x003e => self.window2(record.data, data),
            0x023e => {
                let flags = bytes.u16().unwrap_or(2);
                data.layout.no_grid = flags & 2 == 0;
                data.layout.rtl = flags & 0x40 != 0;
                self.frozen = flags & 8 != 0;
            }
            _ => {}
        }
        self.columns.truncate(STRETCHES);
    }

    /// The window of BIFF2: a byte for each.
    fn window2(&mut self, bytes: &[u8], data: &mut SheetData) {
        data.layout.no_grid = bytes.get(1) == Some(&0);
        self.frozen = bytes.get(3).is_some_and(|frozen| *frozen != 0);
    }

    pub(super) fn finish(mut self, globals: &Globals, data: &mut SheetData) {
        let digit = globals.digit;
        let layout = &mut data.layout;
        layout.column_width = match (self.standard_width, self.default_width) {
            (Some(wide), _) if wide > 0 => width(f32::from(wide) / 256.0, digit),
            (_, Some(characters)) => standard(f32::from(characters), digit),
            _ => standard(8.0, digit),
        };
        if layout.row_height <= 0.0 {
            layout.row_height = 12.75;
        }
        if self.frozen {
            (layout.frozen_columns, layout.frozen_rows) = (self.pane.0.into(), self.pane.1.into());
        }
        self.columns.sort_by_key(|columns| columns.first);
        let mut next = 0;
        for columns in self.columns {
            let first = columns.first.max(next);
            if first > columns.last || first > LAST {
                continue;
            }
            next = columns.last.saturating_add(1);
            layout.columns.push(Columns {
                first,
                last: columns.last.min(LAST),
                width: width(f32::from(columns.width) / 256.0, digit),
                hidden: columns.hidden,
                style: columns.format.and_then(|format| globals.book.column_style(format)),
            });
        }
    }
}

/// Rows and columns in use; one more than the last.
fn dimensions(mut bytes: Bytes<'_>, version: Version, data: &mut SheetData) {
    let mut rows = || {
        if version == Version::Biff8 {
            bytes.u32()?;
            bytes.u32()
        } else {
            bytes.u16()?;
            bytes.u16().map(u32::from)
        }
    };
    data.layout.rows_hint = rows().unwrap_or(0);
    bytes.u16();
    data.layout.columns_hint = bytes.u16().unwrap_or(0).into();
}

/// [MS-XLS] 2.4.221.
fn row(mut bytes: Bytes<'_>, data: &mut SheetData) {
    let mut read = || {
        let index = bytes.u16()?;
        bytes.take(4)?;
        let height = bytes.u16()?;
        bytes.take(4);
        Some((index, height, bytes.u16().unwrap_or(0), bytes.u16()))
    };
    let Some((index, height, flags, format)) = read() else { return };
    let own = (height & 0x8000 == 0 && height > 0).then(|| f32::from(height) / TWIPS);
    let format = format.filter(|_| flags & 0x80 != 0).map(|format| format & 0x0fff);
    data.rows.insert(index.into(), RowInfo { height: own, hidden: flags & 0x20 != 0, format });
}

fn default_height(mut bytes: Bytes<'_>, kind: u16, data: &mut SheetData) {
    if kind == 0x0225 {
        bytes.u16();
    }
    if let Some(height) = bytes.u16() {
        data.layout.row_height = f32::from(height & 0x7fff) / TWIPS;
    }
}

fn columns(mut bytes: Bytes<'_>) -> Option<RawColumns> {
    let (first, last) = (bytes.u16()?.into(), bytes.u16()?.into());
    let (width, format, flags) = (bytes.u16()?, bytes.u16()?, bytes.u16().unwrap_or(0));
    Some(RawColumns { first, last, width, format: Some(format), hidden: flags & 1 != 0 })
}

fn columns2(mut bytes: Bytes<'_>) -> Option<RawColumns> {
    let (first, last) = (bytes.u8()?.into(), bytes.u8()?.into());
    Some(RawColumns { first, last, width: bytes.u16()?, format: None, hidden: false })
}
