//! Bullets and numbers of paragraphs (ECMA-376 part 1 §21.1.2.4).

use super::style::Chain;
use super::symbol::likeness;
use crate::drawing::color::Rgba;
use crate::drawing::share;
use crate::model::{Inline, Label, Paragraph, TextStyle};
use crate::numerals;

/// What each level has counted so far: scheme, start, number.
#[derive(Debug, Default)]
pub(super) struct Counters([Option<(String, u32, u32)>; 9]);

impl Counters {
    fn next(&mut self, level: u8, scheme: &str, start: u32) -> u32 {
        let level = usize::from(level);
        self.0.iter_mut().skip(level + 1).for_each(|deeper| *deeper = None);
        let Some(place) = self.0.get_mut(level) else { return start };
        let number = match place {
            Some((known, from, last)) if known == scheme && *from == start => last.saturating_add(1),
            _ => start,
        };
        *place = Some((scheme.to_owned(), start, number));
        number
    }

    /// A paragraph that does not count ends what its level and those below have counted.
    fn interrupt(&mut self, level: u8) {
        self.0.iter_mut().skip(usize::from(level)).for_each(|place| *place = None);
    }
}

pub(super) fn label(
    chain: &Chain<'_>,
    paragraph: &Paragraph,
    level: u8,
    has_text: bool,
    counters: &mut Counters,
) -> Option<Label> {
    let said = chain.child_of(&["buNone", "buAutoNum", "buChar", "buBlip"]);
    let Some(bullet) = said.filter(|bullet| bullet.name() != "buNone") else {
        if has_text {
            counters.interrupt(level);
        }
        return None;
    };
    // Paragraphs without text have no bullets and are not counted.
    if !has_text {
        return None;
    }
    let style = style(chain, paragraph);
    let (text, ordered) = match bullet.name() {
        "buAutoNum" => {
            let scheme = bullet.attribute("type").unwrap_or("arabicPeriod");
            let start = bullet.number::<u32>("startAt").unwrap_or(1).clamp(1, 32_767);
            (numbered(scheme, counters.next(level, scheme, start)), true)
        }
        name => {
            counters.interrupt(level);
            let said = if name == "buChar" { bullet.attribute("char") } else { None };
            // PowerPoint draws one character, and itself writes two into diagrams.
            let character = said.and_then(|text| text.chars().next()).unwrap_or('•');
            (String::from(glyph(character, style.font.as_deref().unwrap_or_default())), false)
        }
    };
    Some(Label { text, style, level, ordered })
}

/// A character as its font draws it; what stands in the private area without a likeness is a bullet.
pub(crate) fn glyph(character: char, font: &str) -> char {
    let shown = likeness(character, font).unwrap_or(character);
    if ('\u{e000}'..'\u{f900}').contains(&shown) { '•' } else { shown }
}

/// As its paragraph's first run, but for what bullets have of their own.
fn style(chain: &Chain<'_>, paragraph: &Paragraph) -> TextStyle {
    let first = paragraph.inlines.iter().find_map(|inline| match inline {
        Inline::Text { style, .. } => Some(style),
        _ => None,
    });
    let first = first.unwrap_or(&paragraph.style);
    let mut style = TextStyle {
        size: first.size,
        color: first.color.clone(),
        font: first.font.clone(),
        bold: first.bold,
        italic: first.italic,
        ..TextStyle::default()
    };
    let scope = &chain.context.scope;
    if let Some(color) = chain.child_of(&["buClr", "buClrTx"]) {
        style.color = scope.palette.inside(color).map(Rgba::color).or(style.color);
    }
    if let Some(font) = chain.child_of(&["buFont", "buFontTx"])
        && let Some(name) = font.attribute("typeface")
    {
        style.font = scope.palette.theme.font(name).map(str::to_owned);
    }
    if let Some(size) = chain.child_of(&["buSzPct", "buSzPts", "buSzTx"]) {
        let value = size.attribute("val");
        style.size = match size.name() {
            "buSzPct" => {
                value.and_then(share).zip(style.size).map(|(times, size)| size * times.clamp(0.25, 4.0))
            }
            "buSzPts" => value.and_then(|size| size.parse::<f32>().ok()).map(|size| size / 100.0),
            _ => style.size,
        };
    }
    style
}

/// A number as its scheme writes it (§20.1.10.61).
pub(crate) fn numbered(scheme: &str, number: u32) -> String {
    let (digits, around) = [
        ("ParenBoth", ("(", ")")),
        ("ParenR", ("", ")")),
        ("Period", ("", ".")),
        ("Minus", ("-", "-")),
        ("Plain", ("", "")),
    ]
    .into_iter()
    .find_map(|(ending, around)| Some((scheme.strip_suffix(ending)?, around)))
    .unwrap_or((scheme, ("", "")));
    let text = match digits {
        "alphaLc" => letters(number).to_lowercase(),
        "alphaUc" => letters(number),
        "romanLc" => roman(number).to_lowercase(),
        "romanUc" => roman(number),
        "arabicDb" => number.to_string().chars().map(full_width).collect(),
        "circleNumDb" | "circleNumWdWhite" => circled(number, 0x2460),
        "circleNumWdBlack" => circled(number, 0x2776),
        "ea1Chs" | "ea1Cht" | "ea1JpnKor" | "ea1JpnChsDb" => han(number),
        "arabic1" => return arabic_letter(number, "-"),
        "arabic2" => return arabic_letter(number, "-"),
        "hebrew2" => hebrew(number),
        "hindiNum" => number.to_string().chars().map(|digit| shifted(digit, 0x966)).collect(),
        "hindiAlpha" | "hindiAlpha1" => shifted_letter(number, 0x915, 33),
        "thaiNum" => number.to_string().chars().map(|digit| shifted(digit, 0xe50)).collect(),
        "thaiAlpha" => shifted_letter(number, 0xe01, 44),
        _ => number.to_string(),
    };
    format!("{}{text}{}", around.0, around.1)
}

/// A to Z, AA to ZZ by doubling, as Office counts.
fn letters(number: u32) -> String {
    numerals::repeated(number.into(), b'A')
}

fn roman(number: u32) -> String {
    numerals::roman(number.into())
}

fn full_width(digit: char) -> char {
    shifted(digit, 0xff10)
}

fn shifted(digit: char, zero: u32) -> char {
    digit.to_digit(10).and_then(|digit| char::from_u32(zero + digit)).unwrap_or(digit)
}

fn shifted_letter(number: u32, first: u32, count: u32) -> String {
    char::from_u32(first + number.saturating_sub(1) % count).map(String::from).unwrap_or_default()
}

/// ① and its kin up to what there is.
fn circled(number: u32, first: u32) -> String {
    let last = if first == 0x2460 { 20 } else { 10 };
    let glyph = (1..=last).contains(&number).then(|| char::from_u32(first + number - 1)).flatten();
    glyph.map_or_else(|| number.to_string(), String::from)
}

/// Chinese numbers up to 99; figures beyond.
fn han(number: u32) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |digit: u32| DIGITS.get(digit as usize).copied().unwrap_or_default();
    match number {
        1..=99 => {
            let tens = match number / 10 {
                0 => String::new(),
                1 => "十".to_owned(),
                tens => format!("{}十", digit(tens)),
            };
            format!("{tens}{}", digit(number % 10))
        }
        _ => number.to_string(),
    }
}

fn arabic_letter(number: u32, after: &str) -> String {
    const LETTERS: &str = "أبتثجحخدذرزسشصضطظعغفقكلمنهوي";
    let letter = LETTERS.chars().nth(number.saturating_sub(1) as usize % 28);
    letter.map(|letter| format!("{letter}{after}")).unwrap_or_default()
}

fn hebrew(number: u32) -> String {
    const LETTERS: &str = "אבגדהוזחטיכלמנסעפצקרשת";
    LETTERS.chars().nth(number.saturating_sub(1) as usize % 22).map(String::from).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_by_their_schemes() {
        for (scheme, number, expected) in [
            ("arabicPeriod", 3, "3."),
            ("arabicParenBoth", 3, "(3)"),
            ("arabicPlain", 3, "3"),
            ("alphaLcParenR", 2, "b)"),
            ("alphaUcPeriod", 28, "BB."),
            ("romanUcParenBoth", 4, "(IV)"),
            ("romanLcPeriod", 1999, "mcmxcix."),
            ("circleNumDbPlain", 2, "②"),
            ("circleNumWdBlackPlain", 11, "11"),
            ("ea1JpnKorPeriod", 21, "二十一."),
            ("arabicDbPlain", 12, "１２"),
            ("hindiNumPeriod", 12, "१२."),
            ("hebrew2Minus", 1, "-א-"),
            ("whatever", 1, "1"),
        ] {
            assert_eq!(numbered(scheme, number), expected, "{scheme}");
        }
    }

    #[test]
    fn levels_count_for_themselves() {
        let mut counters = Counters::default();
        let mut next = |level, start| counters.next(level, "arabicPeriod", start);
        assert_eq!(
            [next(0, 1), next(1, 1), next(1, 1), next(0, 1), next(1, 1), next(0, 5)],
            [1, 1, 2, 2, 1, 5]
        );
        counters.interrupt(0);
        assert_eq!(counters.next(0, "arabicPeriod", 5), 5);
    }
}
