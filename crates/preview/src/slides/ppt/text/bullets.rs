//! Bullets and numbers as displayed.

use crate::drawing::text::symbol::likeness;
use crate::numerals;

/// A text without the characters that control something.
pub(crate) fn visible(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}

/// The number of a paragraph ([MS-PPT] 2.13.32 `TextAutoNumberSchemeEnum`).
pub(crate) fn number(scheme: u16, number: u32) -> String {
    let digits = number.to_string();
    match scheme {
        0 => format!("{}.", letters(number, b'a')),
        1 => format!("{}.", letters(number, b'A')),
        2 => format!("{digits})"),
        4 => format!("({})", roman(number).to_lowercase()),
        5 => format!("{})", roman(number).to_lowercase()),
        6 => format!("{}.", roman(number).to_lowercase()),
        7 => format!("{}.", roman(number)),
        8 => format!("({})", letters(number, b'a')),
        9 => format!("{})", letters(number, b'a')),
        10 => format!("({})", letters(number, b'A')),
        11 => format!("{})", letters(number, b'A')),
        12 => format!("({digits})"),
        13 => digits,
        14 => format!("({})", roman(number)),
        15 => format!("{})", roman(number)),
        16 | 21 | 26 => chinese(number),
        17 | 22 | 27 | 38 => format!("{}.", chinese(number)),
        18 | 19 => circled(number, 0x2460).unwrap_or(digits),
        20 => circled(number, 0x2776).unwrap_or(digits),
        23 | 24 => format!("{digits} -"),
        28 => wide(&digits),
        29 => format!("{}.", wide(&digits)),
        33 => format!("{}.", other_digits(&digits, 0x0e50)),
        34 => format!("{})", other_digits(&digits, 0x0e50)),
        35 => format!("({})", other_digits(&digits, 0x0e50)),
        37 => format!("{}.", other_digits(&digits, 0x0966)),
        39 => format!("{})", other_digits(&digits, 0x0966)),
        _ => format!("{digits}."),
    }
}

/// a to z, then aa, bb and so on.
fn letters(number: u32, first: u8) -> String {
    numerals::repeated(number.into(), first)
}

fn roman(number: u32) -> String {
    numerals::roman(number.into())
}

/// Numbers below a hundred as they are counted; digit by digit above.
fn chinese(number: u32) -> String {
    const DIGITS: [&str; 10] = ["〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |value: u32| DIGITS[(value % 10) as usize];
    match number {
        0..=9 => digit(number).to_owned(),
        10..=99 => {
            let tens = if number < 20 { "" } else { digit(number / 10) };
            let ones = if number.is_multiple_of(10) { "" } else { digit(number) };
            format!("{tens}十{ones}")
        }
        _ => number.to_string().bytes().map(|byte| digit(u32::from(byte - b'0'))).collect(),
    }
}

/// 1 to 10 in a circle.
fn circled(number: u32, first: u32) -> Option<String> {
    let code = (1..=10).contains(&number).then(|| first + number - 1)?;
    char::from_u32(code).map(String::from)
}

fn wide(digits: &str) -> String {
    other_digits(digits, 0xff10)
}

fn other_digits(digits: &str, zero: u32) -> String {
    digits.bytes().filter_map(|byte| char::from_u32(zero + u32::from(byte - b'0'))).collect()
}

/// A character of a symbol font as its Unicode likeness; anything else as it is. `code` may be in the private area
/// (0xF000 to 0xF0FF), where Windows puts such fonts; what is there without a likeness is a bullet.
pub(crate) fn symbol(font: &str, code: u16) -> Option<char> {
    let character = char::from_u32(u32::from(code))?;
    let private = matches!(code, 0xf000..=0xf0ff);
    likeness(character, font).or(Some(if private { '•' } else { character }))
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
