//! The one helper per format that every text from a person passes on its way into a transcript.

use std::fmt::Write as _;

/// Text for one line of plain text: line breaks become spaces, control and direction characters become visible.
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

/// Text of several lines of plain text: every line after the first is indented by four spaces, so that none can pass for a line of
/// the transcript itself (those start with `[`, `  -` or `  >`). Lines end with `\n`.
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

/// Text for an element of a page that isolates its direction (`<bdi>`, or `dir="auto"`), and for its attributes in double quotes.
/// Line breaks of every kind become `\n`; characters that show as nothing but change what is read become visible.
#[must_use]
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, part) in lines(text).enumerate() {
        if index > 0 {
            out.push('\n');
        }
        for c in part.chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&#39;"),
                c if turns(c) || is_control(c) => show_code(c, ('⟨', '⟩'), &mut out),
                c => out.push(c),
            }
        }
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
        if is_control(c) || turns(c) || is_direction_mark(c) {
            show_code(c, ('<', '>'), out);
        } else {
            out.push(c);
        }
    }
}

fn show_code(c: char, (open, close): (char, char), out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{open}U+{:04X}{close}", c as u32);
}

/// Controls but the tab, and what no text needs: a byte order mark within, non-characters, which pages may not hold.
fn is_control(c: char) -> bool {
    (c.is_control() && c != '\t')
        || c == '\u{feff}'
        || matches!(c, '\u{fdd0}'..='\u{fdef}')
        || c as u32 & 0xfffe == 0xfffe
}

/// Embeddings, overrides and isolates: they change in which order the rest of a line reads (research S14).
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Marks that only help their neighbours to a place. Right-to-left texts need them, and an element that isolates holds them in;
/// plain text has no such element.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}')
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

    #[test]
    fn a_page_shows_what_was_typed_and_nothing_else() {
        for (typed, shown) in [
            ("<script>alert('1')</script>", "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"),
            ("\"><img src=x onerror=a>&amp;", "&quot;&gt;&lt;img src=x onerror=a&gt;&amp;amp;"),
            ("one\r\ntwo\u{2029}three\t4", "one\ntwo\nthree\t4"),
            ("gpj\u{202e}exe.\u{0}\u{1b}[31m\u{ffff}", "gpj⟨U+202E⟩exe.⟨U+0000⟩⟨U+001B⟩[31m⟨U+FFFF⟩"),
            ("שלום\u{200f}!", "שלום\u{200f}!"),
        ] {
            assert_eq!(html(typed), shown, "{typed:?}");
        }
    }
}
