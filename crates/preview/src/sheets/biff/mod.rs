//! What Excel's binary formats share: records' values, colours, styles, the cells of a sheet, and windows onto them.

pub(crate) mod book;
pub(crate) mod bytes;
pub(crate) mod cells;
pub(crate) mod color;
pub(crate) mod sheet;
pub(crate) mod style;
pub(crate) mod units;
