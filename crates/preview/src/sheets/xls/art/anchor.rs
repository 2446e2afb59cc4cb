//! Where a shape stands over the cells ([MS-XLS] 2.5.193).

use crate::sheets::biff::bytes::Bytes;
use crate::sheets::biff::sheet::SheetData;

/// A corner: column, row, and shares of them in 1/1024 and 1/256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Corner {
    column: u16,
    dx: u16,
    row: u16,
    dy: u16,
}

impl Corner {
    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        Some(Self { column: bytes.u16()?, dx: bytes.u16()?, row: bytes.u16()?, dy: bytes.u16()? })
    }

    /// Row, column, and points from that cell's corner.
    pub(super) fn place(self, data: &SheetData) -> (u32, u32, f32, f32) {
        let (row, column) = (u32::from(self.row), u32::from(self.column));
        let share = |part: u16, whole: f32| (f32::from(part) / whole).min(1.0);
        let dx = share(self.dx, 1024.0) * data.column_width(column);
        (row, column, dx, share(self.dy, 256.0) * data.row_height(row))
    }
}

/// Two corners, and whether the second follows its cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Anchor {
    pub(super) from: Corner,
    pub(super) to: Corner,
}

/// Columns and rows that are measured for a size.
const MEASURED: u32 = 4096;

impl Anchor {
    pub(super) fn read(mut bytes: Bytes<'_>) -> Option<Self> {
        bytes.u16()?;
        Some(Self { from: Corner::read(&mut bytes)?, to: Corner::read(&mut bytes)? })
    }

    /// Points.
    pub(super) fn size(self, data: &SheetData) -> (f32, f32) {
        let (row, column, dx, dy) = self.from.place(data);
        let (last_row, last_column, to_x, to_y) = self.to.place(data);
        let columns = column..last_column.min(column.saturating_add(MEASURED));
        let rows = row..last_row.min(row.saturating_add(MEASURED));
        let width = columns.map(|column| data.column_width(column)).sum::<f32>() + to_x - dx;
        let height = rows.map(|row| data.row_height(row)).sum::<f32>() + to_y - dy;
        (width.max(0.0), height.max(0.0))
    }
}
