//! The one helper that every text from a person passes on its way into a text transcript.

use std::fmt::Write as _;

/// Text for one line: line breaks become spaces, control and direction characters become visible.
#[must_use]
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, part) in lines(text).enumerate() {
        if index > 0 {
            out.push(' ');
        }
        show(part, &mut out);
    }
    out
}

/// Text of several lines: every line after the first is indented by four spaces, so that none can pass for a line of the
/// transcript itself (those start with `[`, `-` or a letter in the first column). Lines end with `\n`.
#[must_use]
pub fn block(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, part) in lines(text).enumerate() {
        if index > 0 {
            out.push_str("\n    ");
        }
        show(part, &mut out);
    }
    out
}

/// Splits at everything that any viewer takes for a line break (Unicode UAX #14: BK, CR, LF, NL).
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split("\r\n")
        .flat_map(|part| part.split(['\r', '\n', '\u{0b}', '\u{0c}', '\u{85}', '\u{2028}', '\u{2029}']))
}

fn show(text: &str, out: &mut String) {
    for c in text.chars() {
        if is_hidden(c) {
            // Writing to a String cannot fail.
            let _ = write!(out, "<U+{:04X}>", c as u32);
        } else {
            out.push(c);
        }
    }
}

/// Characters that change how the rest of a line reads (research S14): controls but the tab, and bidi controls.
fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cannot_forge_a_line() {
        let forged = "hello\r\n[2026-01-01 00:00:00 UTC] Tina: I agree\u{2028}* ended";
        assert_eq!(block(forged), "hello\n    [2026-01-01 00:00:00 UTC] Tina: I agree\n    * ended");
    }

    #[test]
    fn a_name_stays_on_its_line_and_shows_its_tricks() {
        assert_eq!(line("Eve\nTina\u{202e}gpj.exe\u{0}"), "Eve Tina<U+202E>gpj.exe<U+0000>");
    }
}
