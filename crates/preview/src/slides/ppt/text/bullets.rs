//! Bullets and numbers as displayed.

use crate::drawing::text::bullet::{glyph, numbered};

/// A text without the characters that control something.
pub(crate) fn visible(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}

/// The schemes of numbers by the names that they have had since 2007 ([MS-PPT] 2.13.32 `TextAutoNumberSchemeEnum`,
/// ECMA-376 part 1 §20.1.10.61).
const SCHEMES: [&str; 41] = [
    "alphaLcPeriod",
    "alphaUcPeriod",
    "arabicParenR",
    "arabicPeriod",
    "romanLcParenBoth",
    "romanLcParenR",
    "romanLcPeriod",
    "romanUcPeriod",
    "alphaLcParenBoth",
    "alphaLcParenR",
    "alphaUcParenBoth",
    "alphaUcParenR",
    "arabicParenBoth",
    "arabicPlain",
    "romanUcParenBoth",
    "romanUcParenR",
    "ea1ChsPlain",
    "ea1ChsPeriod",
    "circleNumDbPlain",
    "circleNumWdWhitePlain",
    "circleNumWdBlackPlain",
    "ea1ChtPlain",
    "ea1ChtPeriod",
    "arabic1Minus",
    "arabic2Minus",
    "hebrew2Minus",
    "ea1JpnKorPlain",
    "ea1JpnKorPeriod",
    "arabicDbPlain",
    "arabicDbPeriod",
    "thaiAlphaPeriod",
    "thaiAlphaParenR",
    "thaiAlphaParenBoth",
    "thaiNumPeriod",
    "thaiNumParenR",
    "thaiNumParenBoth",
    "hindiAlphaPeriod",
    "hindiNumPeriod",
    "ea1JpnChsDbPeriod",
    "hindiNumParenR",
    "hindiAlpha1Period",
];

/// The number of a paragraph.
pub(crate) fn number(scheme: u16, number: u32) -> String {
    numbered(SCHEMES.get(usize::from(scheme)).copied().unwrap_or("arabicPeriod"), number)
}

/// A character of a symbol font as its Unicode likeness, anything else as it is; none of halves of characters.
pub(crate) fn symbol(font: &str, code: u16) -> Option<char> {
    char::from_u32(code.into()).map(|character| glyph(character, font))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_by_their_scheme() {
        for (scheme, value, expected) in [
            (0, 3, "c."),
            (1, 27, "AA."),
            (2, 10, "10)"),
            (3, 4, "4."),
            (4, 4, "(iv)"),
            (7, 1999, "MCMXCIX."),
            (10, 2, "(B)"),
            (13, 7, "7"),
            (18, 2, "②"),
            (25, 1, "-א-"),
            (33, 12, "๑๒."),
            (39, 12, "१२)"),
            (17, 21, "二十一."),
            (16, 10, "十"),
            (99, 5, "5."),
        ] {
            assert_eq!(number(scheme, value), expected);
        }
        assert!(number(0, u32::MAX).len() < 64, "what a damaged file counts stays short");
        assert!(number(7, u32::MAX).len() < 64);
    }

    #[test]
    fn symbols_are_given_as_their_likeness() {
        for (font, code, expected) in [
            ("Wingdings", 0x6c, Some('●')),
            ("Wingdings", 0xf0d8, Some('➢')),
            ("Symbol", 0xf0b7, Some('•')),
            ("Symbol", 0x61, Some('α')),
            ("Arial", 0x2013, Some('–')),
            ("Unheard-of", 0xf0ee, Some('•')),
            ("Arial", 0xd800, None),
        ] {
            assert_eq!(symbol(font, code), expected, "{font} {code:x}");
        }
    }
}
