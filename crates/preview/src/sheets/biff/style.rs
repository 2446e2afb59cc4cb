//! How cells look: from the codes of Excel's binary formats to the model.

use super::color::{Rgb, mixed, named};
use crate::model::{Border, CellAlign, CellStyle, Color, Dash, VerticalAlign};

/// How a cell looks and what it makes of numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct CellFormat {
    pub(crate) style: CellStyle,
    /// Number of its font.
    pub(crate) font: u16,
    /// Number of its number format.
    pub(crate) number: u16,
}

/// Horizontal alignment ([MS-XLS] 2.5.117).
pub(crate) const fn horizontal(code: u8) -> CellAlign {
    match code {
        1 => CellAlign::Start,
        2 | 7 => CellAlign::Center,
        3 => CellAlign::End,
        4 => CellAlign::Fill,
        5 => CellAlign::Justify,
        6 => CellAlign::Across,
        _ => CellAlign::General,
    }
}

/// Vertical alignment ([MS-XLS] 2.5.275).
pub(crate) const fn vertical(code: u8) -> VerticalAlign {
    match code {
        0 | 3 => VerticalAlign::Top,
        1 | 4 => VerticalAlign::Middle,
        _ => VerticalAlign::Bottom,
    }
}

/// Degrees counter-clockwise, 91 to 180 for clockwise ones, 255 for letters below each other, to what the model counts.
pub(crate) fn rotation(code: u8) -> i16 {
    match code {
        0..=90 => -i16::from(code),
        91..=180 => i16::from(code) - 90,
        255 => 255,
        _ => 0,
    }
}

/// An edge ([MS-XLS] 2.5.11).
pub(crate) fn border(line: u8, color: Option<Rgb>) -> Option<Border> {
    let (width, dash) = match line {
        0 => return None,
        2 => (1.5, Dash::Solid),
        3 | 9 => (0.75, Dash::Dashed),
        4 | 11 => (0.75, Dash::Dotted),
        5 | 6 => (2.25, Dash::Solid),
        7 => (0.5, Dash::Dotted),
        8 | 10 | 13 => (1.5, Dash::Dashed),
        12 => (1.5, Dash::Dotted),
        _ => (0.75, Dash::Solid),
    };
    Some(Border { width, color: color.map(named), dash, double: line == 6 })
}

/// A fill: patterns become the colour they have from afar ([MS-XLS] 2.5.159).
pub(crate) fn fill(pattern: u8, front: Option<Rgb>, back: Option<Rgb>) -> Option<Color> {
    let share = match pattern {
        1 => return Some(named(front.unwrap_or([0, 0, 0]))),
        2 | 5..=10 => 0.5,
        3 => 0.75,
        4 | 11..=16 => 0.25,
        17 => 0.125,
        18 => 0.0625,
        _ => return None,
    };
    Some(named(mixed(front.unwrap_or([0, 0, 0]), back.unwrap_or([255, 255, 255]), share)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_become_colours() {
        let cases = [
            (0, Some([1, 2, 3]), None, None),
            (1, Some([255, 0, 0]), None, Some("#ff0000")),
            (2, None, None, Some("#808080")),
            (4, Some([255, 0, 0]), Some([255, 255, 255]), Some("#ffbfbf")),
            (99, None, None, None),
        ];
        for (pattern, front, back, expected) in cases {
            assert_eq!(fill(pattern, front, back).as_ref().map(Color::as_str), expected, "{pattern}");
        }
    }

    #[test]
    fn text_is_turned_either_way() {
        let turned = [0, 45, 90, 91, 180, 181, 254, 255].map(rotation);
        assert_eq!(turned, [0, -45, -90, 1, 90, 0, 0, 255]);
    }
}
