//! Lengths and colours as OpenDocument writes them.

use crate::model::{Border, Color, Dash};

/// Points; none for percentages and what is no length.
pub(super) fn points(text: &str) -> Option<f32> {
    let text = text.trim();
    let digits = text.find(|character: char| character.is_ascii_alphabetic() || character == '%')?;
    let (number, unit) = text.split_at(digits);
    let number: f32 = number.trim().parse().ok()?;
    let factor = match unit {
        "pt" => 1.0,
        "cm" => 72.0 / 2.54,
        "mm" => 72.0 / 25.4,
        "in" | "inch" => 72.0,
        "pc" => 12.0,
        "px" => 0.75,
        _ => return None,
    };
    let points = number * factor;
    (points.is_finite() && points.abs() < 1.0e6).then_some(points)
}

/// `0.06pt solid #000000`; none for `none`, and for what has no width.
pub(super) fn border(text: &str) -> Option<Border> {
    let (mut width, mut color, mut style) = (None, None, "solid");
    for word in text.split_whitespace() {
        if word.starts_with('#') {
            color = Color::hex(word);
        } else if let Some(points) = points(word) {
            width = Some(points);
        } else {
            style = word;
        }
    }
    let dash = match style {
        "none" | "hidden" => return None,
        "dotted" => Dash::Dotted,
        "dashed" | "fine-dashed" | "dash-dot" | "dash-dot-dot" => Dash::Dashed,
        _ => Dash::Solid,
    };
    let width = width.filter(|width| *width > 0.0)?;
    Some(Border { width, color, dash, double: style.starts_with("double") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_points() {
        for (text, expected) in [
            ("2.54cm", Some(72.0)),
            ("25.4mm", Some(72.0)),
            ("1in", Some(72.0)),
            ("0.5inch", Some(36.0)),
            ("-3pt", Some(-3.0)),
            ("50%", None),
            ("7", None),
            ("cm", None),
            ("1e30cm", None),
        ] {
            assert_eq!(points(text).map(f32::round), expected, "{text}");
        }
    }

    #[test]
    fn borders_have_width_and_style() {
        let thin = Border { width: 0.06, color: Color::hex("#000000"), dash: Dash::Solid, double: false };
        assert_eq!(border("0.06pt solid #000000"), Some(thin));
        assert!(border("1mm double #ff0000").is_some_and(|border| border.double));
        assert!(border("1pt dotted").is_some_and(|border| border.dash == Dash::Dotted));
        assert_eq!((border("none"), border("0cm solid #000000")), (None, None));
    }
}
