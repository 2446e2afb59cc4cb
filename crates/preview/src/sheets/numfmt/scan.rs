//! Format codes as a row of tokens.

use super::code::{Compare, Condition};
use crate::model::Color;

/// One thing of a section.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Literal(String),
    /// A digit that stands for itself outside of quotes: it may be a denominator.
    Numeral(char),
    /// `0`, `#` or `?`.
    Digit(u8),
    Point,
    Comma,
    Percent,
    Slash,
    /// `E+` (true) or `E-`.
    Exponent(bool),
    /// `@`
    Text,
    General,
    /// A letter of dates (in lower case) and how often it stands there.
    Letters(char, usize),
    /// `[h]`
    Elapsed(char, usize),
    /// `AM/PM` and its like: both words.
    HalfDay(&'static str, &'static str),
    Color(Color),
    Condition(Condition),
    /// The low word is a language, the byte above it a calendar (`[$-1070409]`).
    Locale(u32),
    /// `;`
    End,
}

/// Characters of a code that are looked at; Excel allows 255.
const LONGEST: usize = 512;

const HALF_DAYS: [(&str, &str, &str); 5] = [
    ("AM/PM", "AM", "PM"),
    ("am/pm", "am", "pm"),
    ("A/P", "A", "P"),
    ("a/p", "a", "p"),
    ("上午/下午", "上午", "下午"),
];

pub(super) fn scan(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest: Vec<char> = code.chars().take(LONGEST).collect();
    rest.reverse();
    let mut seen_digit = false;
    while let Some(character) = rest.pop() {
        let token = match character {
            '"' => Token::Literal(quoted(&mut rest)),
            '\\' => Token::Literal(rest.pop().map(String::from).unwrap_or_default()),
            // As wide as the next character: a space comes near.
            '_' => Token::Literal(if rest.pop().is_some() { " ".to_owned() } else { String::new() }),
            // The next character fills the cell: what it fills is not known here.
            '*' => {
                rest.pop();
                continue;
            }
            '[' => match bracketed(&mut rest) {
                Some(token) => token,
                None => continue,
            },
            ';' => {
                seen_digit = false;
                Token::End
            }
            '0' | '#' | '?' => {
                seen_digit = true;
                Token::Digit(character as u8)
            }
            '1'..='9' => Token::Numeral(character),
            '.' => Token::Point,
            ',' => Token::Comma,
            '%' => Token::Percent,
            '/' => Token::Slash,
            '@' => Token::Text,
            'E' | 'e' if seen_digit && matches!(rest.last(), Some('+' | '-')) => {
                Token::Exponent(rest.pop() == Some('+'))
            }
            _ => word(character, &mut rest),
        };
        tokens.push(token);
    }
    tokens
}

/// What begins with a character that is no sign.
fn word(first: char, rest: &mut Vec<char>) -> Token {
    if follows(first, rest, "general") {
        return Token::General;
    }
    for (written, before, after) in HALF_DAYS {
        let exact = std::iter::once(first).chain(rest.iter().rev().copied()).take(written.chars().count());
        if exact.eq(written.chars()) {
            rest.truncate(rest.len() + 1 - written.chars().count());
            return Token::HalfDay(before, after);
        }
    }
    for (written, before, after) in [("am/pm", "AM", "PM"), ("a/p", "A", "P")] {
        if follows(first, rest, written) {
            return Token::HalfDay(before, after);
        }
    }
    let lower = first.to_ascii_lowercase();
    if lower == 'b' && matches!(rest.last(), Some('1' | '2')) {
        // Which calendar, Gregorian or Hijri: only the first is known here.
        rest.pop();
        return Token::Literal(String::new());
    }
    if matches!(lower, 'y' | 'm' | 'd' | 'h' | 's' | 'e' | 'g' | 'b' | 'a') {
        let mut count = 1;
        while rest.last().is_some_and(|next| next.eq_ignore_ascii_case(&first)) {
            rest.pop();
            count += 1;
        }
        // Letters outside of quotes that mean nothing.
        if lower == 'a' && count < 3 {
            return Token::Literal(first.to_string().repeat(count));
        }
        return Token::Letters(lower, count);
    }
    Token::Literal(first.to_string())
}

/// Takes the word, where it stands here in any case.
fn follows(first: char, rest: &mut Vec<char>, word: &str) -> bool {
    let here = std::iter::once(first).chain(rest.iter().rev().copied()).take(word.len());
    let same = here.map(|character| character.to_ascii_lowercase()).eq(word.chars());
    if same {
        rest.truncate(rest.len() + 1 - word.len());
    }
    same
}

fn quoted(rest: &mut Vec<char>) -> String {
    let mut text = String::new();
    while let Some(character) = rest.pop() {
        if character == '"' {
            break;
        }
        text.push(character);
    }
    text
}

fn bracketed(rest: &mut Vec<char>) -> Option<Token> {
    let mut text = String::new();
    while let Some(character) = rest.pop() {
        if character == ']' {
            break;
        }
        text.push(character);
    }
    if let Some(currency) = text.strip_prefix('$') {
        return Some(currency_or_locale(currency));
    }
    if text.starts_with(['<', '>', '=']) {
        return condition(&text).map(Token::Condition);
    }
    let lower = text.trim().to_ascii_lowercase();
    let mut letters = lower.chars();
    if let Some(first @ ('h' | 'm' | 's')) = letters.next()
        && letters.all(|letter| letter == first)
    {
        return Some(Token::Elapsed(first, lower.len()));
    }
    // What else stands in brackets (`[DBNum1]`) chooses other numerals, which are shown as usual.
    color(&lower).map(Token::Color)
}

/// `[$€-407]`: the symbol is shown, the locale counts for dates.
fn currency_or_locale(text: &str) -> Token {
    match text.split_once('-') {
        Some(("", locale)) => {
            let locale = locale.split(',').next().unwrap_or(locale);
            Token::Locale(match locale.to_ascii_lowercase().as_str() {
                "x-sysdate" => super::date::SYSTEM_DATE,
                "x-systime" => super::date::SYSTEM_TIME,
                locale => u32::from_str_radix(locale, 16).unwrap_or(0),
            })
        }
        Some((symbol, _)) => Token::Literal(symbol.to_owned()),
        None => Token::Literal(text.to_owned()),
    }
}

fn condition(text: &str) -> Option<Condition> {
    let (compare, length) = match text.as_bytes() {
        [b'<', b'=', ..] => (Compare::AtMost, 2),
        [b'<', b'>', ..] => (Compare::Not, 2),
        [b'>', b'=', ..] => (Compare::AtLeast, 2),
        [b'<', ..] => (Compare::Below, 1),
        [b'>', ..] => (Compare::Above, 1),
        _ => (Compare::Is, 1),
    };
    let limit = text.get(length..)?.trim().parse().ok()?;
    Some(Condition { compare, limit })
}

fn color(name: &str) -> Option<Color> {
    let named = match name {
        "black" => 1,
        "white" => 2,
        "red" => 3,
        "green" => 4,
        "blue" => 5,
        "yellow" => 6,
        "magenta" => 7,
        "cyan" => 8,
        _ => name.strip_prefix("color")?.trim().parse().ok().filter(|number| (1..=56).contains(number))?,
    };
    let [red, green, blue] = palette(named - 1)?;
    Some(Color::rgb(red, green, blue))
}

/// The colours that Excel numbers from 0 (§18.8.27 without the first eight, which are the same again).
pub(crate) fn palette(index: usize) -> Option<[u8; 3]> {
    #[rustfmt::skip]
    const COLORS: [u32; 56] = [
        0x00_0000, 0xff_ffff, 0xff_0000, 0x00_ff00, 0x00_00ff, 0xff_ff00, 0xff_00ff, 0x00_ffff,
        0x80_0000, 0x00_8000, 0x00_0080, 0x80_8000, 0x80_0080, 0x00_8080, 0xc0_c0c0, 0x80_8080,
        0x99_99ff, 0x99_3366, 0xff_ffcc, 0xcc_ffff, 0x66_0066, 0xff_8080, 0x00_66cc, 0xcc_ccff,
        0x00_0080, 0xff_00ff, 0xff_ff00, 0x00_ffff, 0x80_0080, 0x80_0000, 0x00_8080, 0x00_00ff,
        0x00_ccff, 0xcc_ffff, 0xcc_ffcc, 0xff_ff99, 0x99_ccff, 0xff_99cc, 0xcc_99ff, 0xff_cc99,
        0x33_66ff, 0x33_cccc, 0x99_cc00, 0xff_cc00, 0xff_9900, 0xff_6600, 0x66_6699, 0x96_9696,
        0x00_3366, 0x33_9966, 0x00_3300, 0x33_3300, 0x99_3300, 0x99_3366, 0x33_3399, 0x33_3333,
    ];
    let [_, red, green, blue] = COLORS.get(index)?.to_be_bytes();
    Some([red, green, blue])
}
