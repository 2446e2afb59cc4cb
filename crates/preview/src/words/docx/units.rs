//! Values as WordprocessingML writes them: measures, switches, colours.

use crate::container::tree::Node;
use crate::model::Color;

/// Twips in a point (ECMA-376 part 1 §17.18.87).
pub(super) const TWIPS: f32 = 20.0;
/// Half-points, of font sizes.
pub(super) const HALVES: f32 = 2.0;
/// Eighths of a point, of border widths.
pub(super) const EIGHTHS: f32 = 8.0;
/// English metric units, of drawings.
pub(super) const EMUS: f32 = 12_700.0;

/// Points that nothing in a document goes beyond: Word's paper ends at 22 inches.
const LIMIT: f32 = 10_000.0;

/// Points: a bare number counts in `per_point`ths of a point, one with a unit in that (§22.9.2.15).
pub(super) fn measure(text: &str, per_point: f32) -> Option<f32> {
    let text = text.trim();
    let split = text.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f32 = number.trim().parse().ok()?;
    let points = match unit {
        "" => number / per_point,
        "pt" => number,
        "in" => number * 72.0,
        "mm" => number * 72.0 / 25.4,
        "cm" => number * 72.0 / 2.54,
        "pc" | "pi" => number * 12.0,
        "px" => number * 0.75,
        _ => return None,
    };
    points.is_finite().then(|| points.clamp(-LIMIT, LIMIT))
}

/// Points out of an attribute.
pub(super) fn points(node: Node<'_>, name: &str, per_point: f32) -> Option<f32> {
    measure(node.attribute(name)?, per_point)
}

/// Whether an attribute's value means on (ST_OnOff, §22.9.2.7).
pub(super) fn is_on(value: &str) -> bool {
    !matches!(value, "0" | "false" | "off" | "none")
}

/// A switch: on where the element is there, unless its value says off.
pub(super) fn switch(node: Node<'_>) -> bool {
    node.attribute("val").is_none_or(is_on)
}

/// The colours that text can be highlighted with (§17.18.40).
pub(super) fn highlight(name: &str) -> Option<Color> {
    let (red, green, blue) = match name {
        "black" => (0, 0, 0),
        "blue" => (0, 0, 255),
        "cyan" => (0, 255, 255),
        "darkBlue" => (0, 0, 128),
        "darkCyan" => (0, 128, 128),
        "darkGray" => (128, 128, 128),
        "darkGreen" => (0, 128, 0),
        "darkMagenta" => (128, 0, 128),
        "darkRed" => (128, 0, 0),
        "darkYellow" => (128, 128, 0),
        "green" => (0, 255, 0),
        "lightGray" => (192, 192, 192),
        "magenta" => (255, 0, 255),
        "red" => (255, 0, 0),
        "white" => (255, 255, 255),
        "yellow" => (255, 255, 0),
        _ => return None,
    };
    Some(Color::rgb(red, green, blue))
}

/// Red, green and blue of a colour as the model has it.
pub(super) fn channels(color: &Color) -> [u8; 3] {
    let hex = color.as_str().trim_start_matches('#');
    [0, 2, 4].map(|at| hex.get(at..at + 2).and_then(|byte| u8::from_str_radix(byte, 16).ok()).unwrap_or(0))
}

/// Automatic text on it is white (LibreOffice and Word switch at about a quarter of full brightness).
pub(super) fn is_dark(color: &Color) -> bool {
    let [red, green, blue] = channels(color).map(u32::from);
    red * 77 + green * 151 + blue * 28 < 62 * 256
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_points() {
        for (text, per_point, expected) in [
            ("240", TWIPS, Some(12.0)),
            ("12pt", TWIPS, Some(12.0)),
            ("1in", TWIPS, Some(72.0)),
            ("2.54cm", TWIPS, Some(72.0)),
            ("-1440", TWIPS, Some(-72.0)),
            ("914400", EMUS, Some(72.0)),
            ("1e30", TWIPS, None),
            ("inf", TWIPS, None),
            ("99999999999", TWIPS, Some(LIMIT)),
            ("", TWIPS, None),
        ] {
            assert_eq!(measure(text, per_point), expected, "{text}");
        }
    }

    #[test]
    fn dark_shades_are_known() {
        for (hex, dark) in
            [("000000", true), ("000080", true), ("1F3864", true), ("4472C4", false), ("FFFFFF", false)]
        {
            assert_eq!(Color::hex(hex).as_ref().map(is_dark), Some(dark), "{hex}");
        }
    }
}
