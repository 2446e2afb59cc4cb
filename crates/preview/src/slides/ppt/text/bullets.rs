//! Bullets and numbers as displayed.

/// How many letters a number may become: `zz…` for what a damaged file counts.
const LONGEST: u32 = 30;

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
    let index = number.saturating_sub(1);
    let letter = char::from(first + (index % 26) as u8);
    std::iter::repeat_n(letter, (index / 26 + 1).min(LONGEST) as usize).collect()
}

fn roman(number: u32) -> String {
    const SIGNS: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut rest = number.min(LONGEST * 1000);
    let mut text = String::new();
    for (value, sign) in SIGNS {
        while rest >= value {
            text.push_str(sign);
            rest -= value;
        }
    }
    text
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
/// (0xF000 to 0xF0FF), where Windows puts such fonts.
pub(crate) fn symbol(font: &str, code: u16) -> Option<char> {
    let low = (code & 0xff) as u8;
    let private = code & 0xff00 == 0xf000;
    let font = font.to_ascii_lowercase();
    let likeness = match font.as_str() {
        "wingdings" | "monotype sorts" | "zapfdingbats" if code < 0x100 || private => wingdings(low),
        "wingdings 2" if code < 0x100 || private => wingdings_2(low),
        "wingdings 3" if code < 0x100 || private => wingdings_3(low),
        "webdings" if code < 0x100 || private => webdings(low),
        "symbol" if code < 0x100 || private => symbols(low),
        _ if private => wingdings(low).or(Some('•')),
        _ => None,
    };
    likeness.or_else(|| if private { Some('•') } else { char::from_u32(u32::from(code)) })
}

fn wingdings(code: u8) -> Option<char> {
    Some(match code {
        0x21 => '✏',
        0x22 => '✂',
        0x28 => '☎',
        0x2a => '✉',
        0x46 => '☞',
        0x4a => '☺',
        0x4c => '☹',
        0x51 => '✈',
        0x52 => '☼',
        0x54 => '❄',
        0x6c | 0xb7 => '●',
        0x6d => '❍',
        0x6e | 0xa7 => '■',
        0x6f | 0x71 => '□',
        0x72 => '❒',
        0x73 | 0x74 => '⬧',
        0x75 => '◆',
        0x76 => '❖',
        0x77 => '⬥',
        0x78 => '⌧',
        0x7b => '❀',
        0x7c => '✿',
        0x80..=0x8a => char::from_u32(if code == 0x80 { 0x24ea } else { 0x2460 + u32::from(code) - 0x81 })?,
        0x8c..=0x95 => char::from_u32(0x2776 + u32::from(code) - 0x8c)?,
        0x9e => '·',
        0x9f => '•',
        0xa0 | 0xa1 => '○',
        0xa2 | 0xa4 => '◉',
        0xa8 => '◻',
        0xaa => '✦',
        0xab => '★',
        0xac => '✶',
        0xad => '✴',
        0xd8 => '➢',
        0xdf | 0xe7 => '←',
        0xe0 | 0xe8 => '→',
        0xe1 | 0xe9 => '↑',
        0xe2 | 0xea => '↓',
        0xef => '⇦',
        0xf0 => '⇨',
        0xfb => '✗',
        0xfc => '✓',
        0xfd => '☒',
        0xfe => '☑',
        _ => return None,
    })
}

fn wingdings_2(code: u8) -> Option<char> {
    Some(match code {
        0x4f | 0x51 => '✗',
        0x50 | 0x52 => '✓',
        0x96 | 0x97 | 0x98 => '●',
        0x99..=0x9b => '○',
        0xa0..=0xa2 => '■',
        0xa3..=0xa5 => '□',
        0xae..=0xb1 => '◆',
        0xe4..=0xeb => '✶',
        _ => return None,
    })
}

fn wingdings_3(code: u8) -> Option<char> {
    Some(match code {
        0x66 | 0x74 => '←',
        0x67 => '→',
        0x68 => '↑',
        0x69 => '↓',
        0x70 | 0x71 => '▲',
        0x76 | 0x7d | 0x84 | 0x86 => '▶',
        0x77 => '◀',
        _ => return None,
    })
}

fn webdings(code: u8) -> Option<char> {
    Some(match code {
        0x33 => '◀',
        0x34 => '▶',
        0x35 => '▲',
        0x36 => '▼',
        0x3c => '■',
        0x61 => '✓',
        0x63 => '□',
        0x67 => '■',
        0x6e => '●',
        0x72 => '✗',
        _ => return None,
    })
}

/// Of the Adobe symbol encoding, what is no Greek letter and no ASCII.
fn symbols(code: u8) -> Option<char> {
    const GREEK_UPPER: &str = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ";
    const GREEK_LOWER: &str = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ";
    Some(match code {
        0x41..=0x5a => GREEK_UPPER.chars().nth(usize::from(code - 0x41))?,
        0x61..=0x7a => GREEK_LOWER.chars().nth(usize::from(code - 0x61))?,
        0x2d => '−',
        0xa3 => '≤',
        0xa5 => '∞',
        0xa7 => '♣',
        0xa8 => '♦',
        0xa9 => '♥',
        0xaa => '♠',
        0xab => '↔',
        0xac => '←',
        0xad => '↑',
        0xae => '→',
        0xaf => '↓',
        0xb0 => '°',
        0xb1 => '±',
        0xb3 => '≥',
        0xb4 => '×',
        0xb6 => '∂',
        0xb7 => '•',
        0xb8 => '÷',
        0xb9 => '≠',
        0xba => '≡',
        0xbb => '≈',
        0xbc => '…',
        0xc5 => '⊕',
        0xc6 => '∅',
        0xc7 => '∩',
        0xc8 => '∪',
        0xce => '∈',
        0xd1 => '∇',
        0xd5 => '∏',
        0xd6 => '√',
        0xd7 => '⋅',
        0xdb => '⇔',
        0xdc => '⇐',
        0xde => '⇒',
        0xe0 => '◊',
        0xe5 => '∑',
        0xf2 => '∫',
        0x20..=0x7e => char::from(code),
        _ => return None,
    })
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
