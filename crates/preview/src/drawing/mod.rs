//! DrawingML: shapes, colours, text and charts, shared by all Office formats since 2007 (ECMA-376 part 1 §20, §21);
//! [`officeart`] is what those before had in common.

pub(crate) mod chart;
pub(crate) mod color;
pub(crate) mod fill;
pub(crate) mod geometry;
pub(crate) mod metafile;
mod named;
pub(crate) mod officeart;
pub(crate) mod scope;
pub(crate) mod shape;
pub(crate) mod text;
pub(crate) mod theme;

/// English Metric Units of a point (ECMA-376 part 1 §20.1.10.16).
pub(crate) const EMU: f32 = 12_700.0;

/// A length in EMU, or with its unit as Strict documents write it (`1.5in`), in points; none of what is no length.
pub(crate) fn points(text: &str) -> Option<f32> {
    let text = text.trim();
    if let Ok(emu) = text.parse::<f32>() {
        return emu.is_finite().then_some(emu / EMU);
    }
    let unit = text.get(text.len().checked_sub(2)?..)?;
    let value: f32 = text.get(..text.len() - 2)?.trim().parse().ok()?;
    let factor = match unit {
        "pt" => 1.0,
        "in" => 72.0,
        "cm" => 72.0 / 2.54,
        "mm" => 72.0 / 25.4,
        "pc" | "pi" => 12.0,
        _ => return None,
    };
    value.is_finite().then_some(value * factor)
}

/// A share: thousandths of a percent, or `50%` as Strict documents write it (ECMA-376 part 1 §20.1.10.40).
pub(crate) fn share(text: &str) -> Option<f32> {
    let text = text.trim();
    let value = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f32>().ok()? / 100.0,
        None => text.parse::<f32>().ok()? / 100_000.0,
    };
    value.is_finite().then_some(value)
}

/// Degrees out of 60,000ths of a degree (ECMA-376 part 1 §20.1.10.3).
pub(crate) fn degrees(text: &str) -> Option<f32> {
    text.trim().parse::<f32>().ok().filter(|angle| angle.is_finite()).map(|angle| angle / 60_000.0)
}

/// `1`, `true`, `on` (ECMA-376 part 1 §22.9.2.7).
pub(crate) fn truth(text: &str) -> bool {
    matches!(text.trim(), "1" | "true" | "on" | "t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_read_in_both_dialects() {
        for (text, expected) in [
            ("12700", Some(1.0)),
            ("-25400", Some(-2.0)),
            ("1in", Some(72.0)),
            ("2.54cm", Some(72.0)),
            ("x", None),
            ("é", None),
        ] {
            assert_eq!(points(text), expected, "{text}");
        }
        for (text, expected) in [("50000", Some(0.5)), ("50%", Some(0.5)), ("", None)] {
            assert_eq!(share(text), expected, "{text}");
        }
        assert_eq!(degrees("5400000"), Some(90.0));
        assert!(truth("1") && truth("true") && !truth("0"));
    }
}
