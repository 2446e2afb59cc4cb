//! The little of CSS that documents made by programs say how they look with: declarations, and rules for elements and
//! classes.

use std::collections::HashMap;

use crate::model::{Border, Color, Dash};

/// Rules of one document, and bytes of one rule's declarations.
const RULES: usize = 4096;
const LONGEST: usize = 4096;

/// Rules by their selector: `p`, `.name`, `p.name`.
#[derive(Default)]
pub(super) struct Sheet {
    rules: HashMap<String, String>,
}

impl Sheet {
    /// Takes what stands in a `style` element.
    pub(super) fn add(&mut self, text: &str) {
        let text = without_comments(text);
        let mut rest = text.as_str();
        while let Some((selectors, after)) = rest.split_once('{') {
            let (body, after) = after.split_once('}').unwrap_or((after, ""));
            rest = after;
            if body.contains('{') || body.len() > LONGEST || selectors.trim_start().starts_with('@') {
                continue;
            }
            for selector in selectors.split(',').map(|selector| selector.trim().to_ascii_lowercase()) {
                self.rule(selector, body);
            }
        }
    }

    fn rule(&mut self, selector: String, body: &str) {
        let simple = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_');
        if selector.is_empty() || selector.len() > 100 || !selector.chars().all(simple) {
            return;
        }
        if let Some(known) = self.rules.get_mut(&selector) {
            if known.len() + body.len() <= LONGEST {
                known.push(';');
                known.push_str(body);
            }
        } else if self.rules.len() < RULES {
            self.rules.insert(selector, body.to_owned());
        }
    }

    /// Calls `each` with the declarations for an element, the strongest last.
    pub(super) fn matching(&self, name: &str, classes: &str, mut each: impl FnMut(&str)) {
        if self.rules.is_empty() {
            return;
        }
        let mut give = |selector: &str| {
            if let Some(body) = self.rules.get(selector) {
                each(body);
            }
        };
        give(name);
        for class in classes.split_ascii_whitespace().take(16).map(str::to_ascii_lowercase) {
            give(&format!(".{class}"));
            give(&format!("{name}.{class}"));
        }
    }
}

fn without_comments(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept.replace("<!--", "").replace("-->", "")
}

/// Calls `each` with name and value of each declaration, names in lower case.
pub(super) fn declarations(text: &str, mut each: impl FnMut(&str, &str)) {
    for declaration in text.split(';') {
        if let Some((name, value)) = declaration.split_once(':') {
            let value = value.trim().trim_end_matches("!important").trim_end();
            each(&name.trim().to_ascii_lowercase(), value);
        }
    }
}

/// A length in points; `em` is that of the letters around it.
pub(super) fn length(text: &str, em: f32) -> Option<f32> {
    let text = text.trim();
    let split = text.find(|letter: char| letter.is_ascii_alphabetic() || letter == '%').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f32 = number.trim().parse().ok()?;
    let points = match unit.trim().to_ascii_lowercase().as_str() {
        "pt" => number,
        "" | "px" => number * 0.75,
        "in" => number * 72.0,
        "cm" => number * 72.0 / 2.54,
        "mm" => number * 72.0 / 25.4,
        "pc" => number * 12.0,
        "em" => number * em,
        "ex" => number * em / 2.0,
        "%" => number * em / 100.0,
        _ => return None,
    };
    points.is_finite().then(|| points.clamp(-2000.0, 2000.0))
}

/// The size of letters, in points.
pub(super) fn font_size(text: &str, around: f32) -> Option<f32> {
    let size = match text.trim().to_ascii_lowercase().as_str() {
        "xx-small" => 7.0,
        "x-small" => 7.5,
        "small" => 10.0,
        "medium" => 12.0,
        "large" => 13.5,
        "x-large" => 18.0,
        "xx-large" => 24.0,
        "smaller" => around / 1.2,
        "larger" => around * 1.2,
        other => length(other, around)?,
    };
    (size > 0.0).then(|| size.clamp(1.0, 500.0))
}

/// The size that `<font size>` means, from 1 to 7, or by a step from 3.
pub(super) fn font_step(text: &str) -> Option<f32> {
    const SIZES: [f32; 7] = [7.5, 10.0, 12.0, 13.5, 18.0, 24.0, 36.0];
    let text = text.trim();
    let number: i32 = text.trim_start_matches('+').parse().ok()?;
    let step = if text.starts_with(['+', '-']) { number.saturating_add(3) } else { number };
    SIZES.get(step.clamp(1, 7) as usize - 1).copied()
}

/// The colours that have a name; those that programs write.
const NAMES: [(&str, u32); 44] = [
    ("aqua", 0x00_ffff),
    ("beige", 0xf5_f5dc),
    ("black", 0x00_0000),
    ("blue", 0x00_00ff),
    ("brown", 0xa5_2a2a),
    ("cyan", 0x00_ffff),
    ("darkblue", 0x00_008b),
    ("darkgray", 0xa9_a9a9),
    ("darkgreen", 0x00_6400),
    ("darkred", 0x8b_0000),
    ("fuchsia", 0xff_00ff),
    ("gold", 0xff_d700),
    ("gray", 0x80_8080),
    ("green", 0x00_8000),
    ("grey", 0x80_8080),
    ("indigo", 0x4b_0082),
    ("ivory", 0xff_fff0),
    ("khaki", 0xf0_e68c),
    ("lavender", 0xe6_e6fa),
    ("lightblue", 0xad_d8e6),
    ("lightgray", 0xd3_d3d3),
    ("lightgreen", 0x90_ee90),
    ("lightgrey", 0xd3_d3d3),
    ("lightyellow", 0xff_ffe0),
    ("lime", 0x00_ff00),
    ("magenta", 0xff_00ff),
    ("maroon", 0x80_0000),
    ("navy", 0x00_0080),
    ("olive", 0x80_8000),
    ("orange", 0xff_a500),
    ("orchid", 0xda_70d6),
    ("pink", 0xff_c0cb),
    ("purple", 0x80_0080),
    ("red", 0xff_0000),
    ("salmon", 0xfa_8072),
    ("silver", 0xc0_c0c0),
    ("skyblue", 0x87_ceeb),
    ("steelblue", 0x46_82b4),
    ("tan", 0xd2_b48c),
    ("teal", 0x00_8080),
    ("violet", 0xee_82ee),
    ("wheat", 0xf5_deb3),
    ("white", 0xff_ffff),
    ("yellow", 0xff_ff00),
];

/// A colour; none for what is left to the reader or shines through wholly.
pub(super) fn color(text: &str) -> Option<Color> {
    let text = text.trim().to_ascii_lowercase();
    if let Some(digits) = text.strip_prefix('#') {
        if digits.len() == 3 && digits.is_ascii() {
            let doubled: String = digits.chars().flat_map(|digit| [digit, digit]).collect();
            return Color::hex(&doubled);
        }
        return Color::hex(digits);
    }
    if let Some(inside) = text.strip_prefix("rgb").and_then(|rest| rest.split_once('(')) {
        let numbers: Vec<f32> =
            inside.1.split([',', ')', ' ', '/']).filter_map(|part| part.trim().parse().ok()).collect();
        let [red, green, blue, rest @ ..] = numbers.as_slice() else { return None };
        if rest.first() == Some(&0.0) {
            return None;
        }
        let byte = |value: &f32| value.clamp(0.0, 255.0) as u8;
        return Some(Color::rgb(byte(red), byte(green), byte(blue)));
    }
    if let Ok(place) = NAMES.binary_search_by_key(&text.as_str(), |(name, _)| name) {
        let [_, red, green, blue] = NAMES[place].1.to_be_bytes();
        return Some(Color::rgb(red, green, blue));
    }
    // Attributes often lack the sign in front.
    Color::hex(&text)
}

/// The first colour in a list of values (`background: #eee none`).
pub(super) fn first_color(text: &str) -> Option<Color> {
    color(text).or_else(|| text.split_ascii_whitespace().find_map(color))
}

/// A line: `1px solid black`, in any order. None inside where it says that there is none.
pub(super) fn border(text: &str) -> Option<Border> {
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = lower.split_ascii_whitespace().collect();
    if words.is_empty() || words.iter().any(|word| matches!(*word, "none" | "hidden" | "0" | "0px" | "0pt")) {
        return None;
    }
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    let width = words.iter().find_map(|word| match *word {
        "thin" => Some(0.75),
        "medium" => Some(2.25),
        "thick" => Some(3.75),
        word if word.starts_with(|first: char| first.is_ascii_digit() || first == '.') => length(word, 12.0),
        _ => None,
    });
    let dash = if has(&["dashed"]) {
        Dash::Dashed
    } else if has(&["dotted"]) {
        Dash::Dotted
    } else {
        Dash::Solid
    };
    let seen = width.is_some()
        || has(&["solid", "double", "dashed", "dotted", "inset", "outset", "ridge", "groove"]);
    let color = words
        .iter()
        .find_map(|word| color(word))
        .or_else(|| lower.find("rgb").and_then(|at| color(lower.get(at..)?)));
    seen.then(|| Border {
        width: width.unwrap_or(0.75).clamp(0.25, 20.0),
        color,
        dash,
        double: has(&["double"]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_read_as_they_are_written() {
        for (text, expected) in [
            ("#F00", Some("#ff0000")),
            ("#a1B2c3", Some("#a1b2c3")),
            ("a1b2c3", Some("#a1b2c3")),
            ("Navy", Some("#000080")),
            ("rgb(1, 2,300)", Some("#0102ff")),
            ("rgba(1,2,3,0)", None),
            ("windowtext", None),
            ("#é1", None),
            ("", None),
        ] {
            assert_eq!(color(text).as_ref().map(Color::as_str), expected, "{text}");
        }
        assert!(NAMES.is_sorted_by_key(|(name, _)| name));
    }

    #[test]
    fn lengths_are_points() {
        for (text, expected) in [
            ("12pt", Some(12.0)),
            ("4px", Some(3.0)),
            ("4", Some(3.0)),
            ("1in", Some(72.0)),
            ("2em", Some(20.0)),
            ("auto", None),
            ("1e99pt", None),
        ] {
            assert_eq!(length(text, 10.0), expected, "{text}");
        }
        assert_eq!((font_size("150%", 10.0), font_size("larger", 10.0)), (Some(15.0), Some(12.0)));
        assert_eq!(
            (font_step("5"), font_step("+1"), font_step("-9"), font_step("x")),
            (Some(18.0), Some(13.5), Some(7.5), None)
        );
    }

    #[test]
    fn borders_are_read_in_any_order() {
        let read =
            |text: &str| border(text).map(|border| (border.width, border.dash, border.color.is_some()));
        for (text, expected) in [
            ("1px solid black", Some((0.75, Dash::Solid, true))),
            ("solid windowtext 1.0pt", Some((1.0, Dash::Solid, false))),
            (".5pt dashed #123456", Some((0.5, Dash::Dashed, true))),
            ("none", None),
            ("0", None),
            ("", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn rules_match_elements_and_classes() {
        let mut sheet = Sheet::default();
        sheet.add(
            "<!-- td {a:1} /* x { */ .xl65, p.A {b:2} @media print { p {c:3} } p > b {d:4} .xl65 {e:5} -->",
        );
        let found = |name: &str, classes: &str| {
            let mut found = Vec::new();
            sheet.matching(name, classes, |body| found.push(body.to_owned()));
            found.join("|")
        };
        assert_eq!(found("td", "XL65"), "a:1|b:2;e:5");
        assert_eq!((found("p", "a"), found("b", "a")), ("b:2".to_owned(), String::new()));
    }
}
