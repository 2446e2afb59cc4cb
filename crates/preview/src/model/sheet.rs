//! Sheets of cells.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::flow::{Borders, VerticalAlign, is_top};
use super::{Color, Inline, Shape, TextStyle, is_false};

/// A sheet, as known before it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct SheetInfo {
    pub name: String,
    /// Its author hid it.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub hidden: bool,
    /// Of its tab.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub color: Option<Color>,
}

/// How a sheet is laid out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Sheet {
    /// Rows and columns that stay when one scrolls.
    pub frozen_rows: u32,
    pub frozen_columns: u32,
    /// Points, of rows and columns that say nothing else.
    pub row_height: f32,
    pub column_width: f32,
    /// In ascending order.
    pub columns: Vec<Columns>,
    /// Read from right to left.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub rtl: bool,
    /// Lines between the cells are not drawn.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub no_grid: bool,
    /// Rows and columns that the file says it has; a hint, it may lie.
    pub rows_hint: u32,
    pub columns_hint: u32,
}

/// Columns of one width.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Columns {
    pub first: u32,
    /// Inclusive.
    pub last: u32,
    /// Points.
    pub width: f32,
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub hidden: bool,
    /// Of cells that are not written in these columns; an index into all styles that came with [`Rows`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub style: Option<u32>,
}

/// A window of rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Rows {
    pub sheet: u32,
    /// The sheet's layout; with its first window, and again where it became known only later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub layout: Option<Sheet>,
    /// Only rows with something to draw, in ascending order.
    pub rows: Vec<Row>,
    /// Rows that were read so far (from the top, empty ones included), and whether that is all of them.
    pub known: u32,
    pub complete: bool,
    /// Columns that were seen so far.
    pub columns: u32,
    /// Merged cells, pictures and charts that became known since the window before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Merge>>")]
    pub merges: Vec<Merge>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<SheetObject>>")]
    pub objects: Vec<SheetObject>,
    /// Styles that cells of this window use and no window before has brought, with the numbers that cells know them by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<(u32, CellStyle)>>")]
    pub styles: Vec<(u32, CellStyle)>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Row {
    pub index: u32,
    /// Points; none = the sheet's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub height: Option<f32>,
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub hidden: bool,
    /// Of cells that are not written in this row; an index into all styles that came with [`Rows`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub style: Option<u32>,
    /// In ascending order of columns.
    pub cells: Vec<Cell>,
}

/// What a cell's value is: it decides the side on which it stands where its style does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum CellKind {
    #[default]
    Text,
    /// Numbers, dates, times.
    Number,
    Bool,
    Error,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_text(kind: &CellKind) -> bool {
    *kind == CellKind::Text
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Cell {
    pub column: u32,
    /// As displayed: formatted by the cell's number format.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(optional, as = "Option<String>")]
    pub text: String,
    /// The value itself, as a formula bar shows it, where its format hides part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub value: Option<String>,
    #[serde(default, skip_serializing_if = "is_text")]
    #[ts(optional, as = "Option<CellKind>")]
    pub kind: CellKind,
    /// Number of its style; 0 = plain.
    #[serde(default, skip_serializing_if = "is_plain")]
    #[ts(optional, as = "Option<u32>")]
    pub style: u32,
    /// The same text in its runs, where they differ among themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Inline>>")]
    pub runs: Vec<Inline>,
    /// The colour that its number format gives this value (`[Red]`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub color: Option<Color>,
    /// The colour behind it that its value gives it, in place of its style's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub fill: Option<Color>,
    /// Where it leads; shown, never followed by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub link: Option<String>,
    /// What somebody noted to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub note: Option<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_plain(style: &u32) -> bool {
    *style == 0
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum CellAlign {
    /// Numbers at the end, truth and errors in the middle, text at the start.
    #[default]
    General,
    Start,
    Center,
    End,
    /// The text again and again.
    Fill,
    Justify,
    /// In the middle of all empty cells beside it.
    Across,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_general(align: &CellAlign) -> bool {
    *align == CellAlign::General
}

/// How cells look.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct CellStyle {
    #[serde(default, skip_serializing_if = "TextStyle::is_plain")]
    #[ts(optional, as = "Option<TextStyle>")]
    pub text: TextStyle,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub fill: Option<Color>,
    #[serde(default, skip_serializing_if = "Borders::is_none")]
    #[ts(optional, as = "Option<Borders>")]
    pub borders: Borders,
    #[serde(default, skip_serializing_if = "is_general")]
    #[ts(optional, as = "Option<CellAlign>")]
    pub align: CellAlign,
    #[serde(default, skip_serializing_if = "is_top")]
    #[ts(optional, as = "Option<VerticalAlign>")]
    pub vertical: VerticalAlign,
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub wrap: bool,
    /// Steps of about 9 points.
    #[serde(default, skip_serializing_if = "is_level")]
    #[ts(optional, as = "Option<u8>")]
    pub indent: u8,
    /// Degrees, clockwise; 255 = letters below each other.
    #[serde(default, skip_serializing_if = "is_even")]
    #[ts(optional, as = "Option<i16>")]
    pub rotation: i16,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_level(indent: &u8) -> bool {
    *indent == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_even(rotation: &i16) -> bool {
    *rotation == 0
}

/// Cells that are one; the first holds the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Merge {
    pub first_row: u32,
    pub first_column: u32,
    /// Inclusive.
    pub last_row: u32,
    pub last_column: u32,
}

/// A picture, a chart or a shape over the cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct SheetObject {
    pub row: u32,
    pub column: u32,
    /// Points from that cell's corner.
    pub dx: f32,
    pub dy: f32,
    /// Its other corner, where it follows its cells: row, column, points into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub to: Option<(u32, u32, f32, f32)>,
    /// Its frame has only a size, where `to` says none.
    pub shape: Shape,
}
