//! Widths, heights and what stays when one scrolls: everything of a sheet in front of its rows (ECMA-376 part 1 §18.3.1).

use super::reference::range;
use super::styles::{Styles, is_true};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::model::{Columns, Sheet};
use crate::sheets::store::{COLUMNS, ROWS};

/// Points of a row of Calibri 11.
const ROW_HEIGHT: f32 = 15.0;
/// Characters of a column that says nothing (§18.3.1.81).
const BASE_WIDTH: f32 = 8.0;
/// Pixels between text and grid lines, both sides and the line itself.
const PADDING: f32 = 5.0;
const POINTS_PER_PIXEL: f32 = 0.75;

/// A sheet that says nothing.
pub(super) fn usual(styles: &Styles) -> Sheet {
    Sheet {
        row_height: ROW_HEIGHT,
        column_width: base_width(BASE_WIDTH, styles.digit_width()),
        ..Sheet::default()
    }
}

/// `sheetViews`: the first view's frozen rows and columns, grid lines, direction. Returns whether zeros are shown.
pub(super) fn read_views(node: Node<'_>, layout: &mut Sheet) -> bool {
    let Some(view) = node.child(Ns::S, "sheetView") else { return true };
    layout.no_grid = view.attribute("showGridLines").is_some_and(|value| !is_true(Some(value)));
    layout.rtl = is_true(view.attribute("rightToLeft"));
    if let Some(pane) = view.child(Ns::S, "pane")
        && matches!(pane.attribute("state"), Some("frozen" | "frozenSplit"))
    {
        let split = |name: &str| pane.number::<f64>(name).unwrap_or(0.0).max(0.0) as u32;
        layout.frozen_rows = split("ySplit").min(ROWS);
        layout.frozen_columns = split("xSplit").min(COLUMNS);
    }
    view.attribute("showZeros").is_none_or(|value| is_true(Some(value)))
}

/// `sheetFormatPr`: usual sizes.
pub(super) fn read_format(node: Node<'_>, styles: &Styles, layout: &mut Sheet) {
    let positive =
        |name: &str| node.number::<f32>(name).filter(|number| *number >= 0.0 && *number < 10_000.0);
    layout.row_height = positive("defaultRowHeight").unwrap_or(ROW_HEIGHT);
    if is_true(node.attribute("zeroHeight")) {
        layout.row_height = 0.0;
    }
    layout.column_width = match positive("defaultColWidth") {
        Some(width) => column_width(width, styles.digit_width()),
        None => base_width(positive("baseColWidth").unwrap_or(BASE_WIDTH), styles.digit_width()),
    };
}

/// `dimension`: how far the sheet goes, if it is true.
pub(super) fn read_dimension(node: Node<'_>, layout: &mut Sheet) {
    if let Some(range) = node.attribute("ref").and_then(range) {
        layout.rows_hint = range.last_row + 1;
        layout.columns_hint = range.last_column + 1;
    }
}

/// One `col`, as far as it says something.
pub(super) fn columns(node: Node<'_>, styles: &Styles, layout: &Sheet) -> Option<Columns> {
    let first: u32 = node.number("min").filter(|first| (1..=COLUMNS).contains(first))?;
    let last: u32 = node.number("max").unwrap_or(first).clamp(first, COLUMNS);
    let width = node.number::<f32>("width").filter(|width| *width >= 0.0 && *width <= 1000.0);
    let style: Option<u16> = node.number("style");
    Some(Columns {
        first: first - 1,
        last: last - 1,
        width: width.map_or(layout.column_width, |width| column_width(width, styles.digit_width())),
        hidden: is_true(node.attribute("hidden")) || width == Some(0.0),
        style: style.filter(|style| styles.paints(*style)).map(|style| u32::from(style) + 1),
    })
}

/// Points of a width in characters, padding included (§18.3.1.13: whole pixels).
fn column_width(characters: f32, digit: f32) -> f32 {
    ((256.0 * characters + (128.0 / digit).trunc()) / 256.0 * digit).trunc() * POINTS_PER_PIXEL
}

/// Points of a width in characters without padding, which Excel rounds up to 8 pixels.
fn base_width(characters: f32, digit: f32) -> f32 {
    ((characters * digit + PADDING) / 8.0).ceil() * 8.0 * POINTS_PER_PIXEL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_whole_pixels_of_digits() {
        for (characters, digit, points) in
            [(9.140_625, 7.0, 48.0), (8.43, 7.0, 44.25), (10.710_937_5, 7.0, 56.25), (0.0, 7.0, 0.0)]
        {
            assert_eq!(column_width(characters, digit), points, "{characters}");
        }
        assert_eq!(base_width(8.0, 7.0), 48.0);
    }
}
