//! Widths of columns: files count characters, the model points.

/// Points per pixel at 96 dots per inch.
const POINT: f32 = 0.75;
/// Between a column's edges and its text: two pixels each side and one for the line (ECMA-376 part 1 §18.3.1.13).
const PADDING: f32 = 5.0;

/// Pixels of the widest digit in the workbook's default font, estimated from what such fonts have.
pub(crate) fn digit(font: &str, size: f32) -> f32 {
    let font = font.to_ascii_lowercase();
    let share = match font.as_str() {
        "calibri" | "carlito" => 0.507,
        "times new roman" | "times" | "tms rmn" | "cambria" | "garamond" => 0.5,
        "courier" | "courier new" => 0.6,
        "verdana" => 0.636,
        "tahoma" | "ms sans serif" => 0.546,
        _ => 0.556,
    };
    let size = if size > 0.0 && size < 410.0 { size } else { 10.0 };
    (size / POINT * share).round().max(1.0)
}

/// Points of a column as wide as `width` says: characters of `digit` pixels, padding included.
pub(crate) fn width(characters: f32, digit: f32) -> f32 {
    (characters.clamp(0.0, 255.0) * digit + 0.5).floor() * POINT
}

/// Points of a column for `characters` without the padding; a standard column is a multiple of eight pixels wide.
pub(crate) fn standard(characters: f32, digit: f32) -> f32 {
    ((characters.clamp(0.0, 255.0) * digit + PADDING) / 8.0).ceil() * 8.0 * POINT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_excel() {
        for (font, size, expected) in
            [("Arial", 10.0, 7.0), ("Calibri", 11.0, 7.0), ("Courier New", 10.0, 8.0), ("?", 0.0, 7.0)]
        {
            assert_eq!(digit(font, size), expected, "{font}");
        }
        assert_eq!(standard(8.0, 7.0), 48.0, "64 pixels");
        assert_eq!(width(9.140_625, 7.0), 48.0, "64 pixels");
    }
}
