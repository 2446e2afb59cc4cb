//! Tables for spreadsheets (RFC 4180), safe to open: no text of a stranger becomes a formula.

use std::fmt::Write as _;

use crate::file_name::is_bidi_control;

/// Begins a file, so that spreadsheets read UTF-8.
pub const BOM: &str = "\u{feff}";

/// One row with its line end; every field through [`field`].
#[must_use]
pub fn row<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let fields: Vec<String> = fields.into_iter().map(field).collect();
    fields.join(",") + "\r\n"
}

/// One field, always in quotes. What a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection);
/// characters that nobody sees and that change how the rest reads are shown as their number.
#[must_use]
pub fn field(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    if text.starts_with(acts_at_the_start) {
        out.push('\'');
    }
    for c in text.chars() {
        match c {
            '"' => out.push_str("\"\""),
            c if is_hidden(c) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "<U+{:04X}>", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The wide forms are formulas to spreadsheets of East Asia.
fn acts_at_the_start(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
}

/// Controls but tab and line ends, direction characters (research S14), and the mark that only begins a file.
fn is_hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\r' | '\n')) || is_bidi_control(c) || c == '\u{feff}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_a_formula() {
        for (text, expected) in [
            ("photo.png", r#""photo.png""#),
            ("", r#""""#),
            (r#"=HYPERLINK("http://evil.example","x")"#, r#""'=HYPERLINK(""http://evil.example"",""x"")""#),
            ("+1", r#""'+1""#),
            ("-2+3+cmd|' /C calc'!A0", r#""'-2+3+cmd|' /C calc'!A0""#),
            ("@SUM(A1)", r#""'@SUM(A1)""#),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("\n=1", "\"'\n=1\""),
            ("＝1+1", r#""'＝1+1""#),
            ("a=1", r#""a=1""#),
            ("\"=1\"", r#""""=1""""#),
            ("two\r\nlines, one field", "\"two\r\nlines, one field\""),
            ("<b>Eve</b>", r#""<b>Eve</b>""#),
            ("Eve\u{202e}gpj.exe\u{0}", r#""Eve<U+202E>gpj.exe<U+0000>""#),
            ("\u{feff}=1", r#""<U+FEFF>=1""#),
        ] {
            assert_eq!(field(text), expected, "{text:?}");
        }
        let long = "x".repeat(10 * 1024);
        assert_eq!(field(&long).len(), long.len() + 2, "nothing is cut");
    }

    #[test]
    fn a_row_ends_as_the_standard_says() {
        assert_eq!(row(["a", "b,c", ""]), "\"a\",\"b,c\",\"\"\r\n");
    }
}
