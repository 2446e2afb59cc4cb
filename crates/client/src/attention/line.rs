//! Strangers' text on the desktop: one line, nothing in it that acts.

/// Characters of a notification's body: what desktops show of one without unfolding it.
pub const BODY_MAX_CHARS: usize = 120;
/// Characters of a name in a notification's title.
pub const NAME_MAX_CHARS: usize = 60;

/// `text` as one line of at most `max` characters. Controls and line ends become spaces; what reorders or hides text (Unicode
/// TR36 §2.5) goes, so that a name cannot pretend to be another or push the message out of sight.
#[must_use]
pub fn plain(text: &str, max: usize) -> String {
    let mut line = String::new();
    let mut chars = 0;
    let mut gap = false;
    for symbol in text.chars() {
        if symbol.is_whitespace() || symbol.is_control() {
            gap = chars > 0;
            continue;
        }
        if acts(symbol) {
            continue;
        }
        if chars + 1 + usize::from(gap) > max {
            return cut(line, max);
        }
        if std::mem::take(&mut gap) {
            line.push(' ');
            chars += 1;
        }
        line.push(symbol);
        chars += 1;
    }
    line
}

fn cut(line: String, max: usize) -> String {
    let mut kept: String = line.chars().take(max.saturating_sub(1)).collect();
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

/// Marks of direction, invisible characters, and code points that are no characters. Joiners (U+200C, U+200D) stay: several
/// scripts and most composed emoji need them.
fn acts(symbol: char) -> bool {
    matches!(symbol,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFC}' | '\u{E000}'..='\u{F8FF}'
        | '\u{E0000}'..='\u{E007F}' | '\u{F0000}'..='\u{10FFFF}')
}

/// For a desktop that reads a notification's body as markup (the `body-markup` capability of the Desktop Notifications
/// Specification 1.2).
#[must_use]
pub fn without_markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_text_becomes_one_harmless_line() {
        for (text, expected) in [
            ("Hello", "Hello"),
            ("", ""),
            (" \n\t ", ""),
            ("  one\r\ntwo\u{2028}three\u{0}four  ", "one two three four"),
            // "exe.gpj" shown as "jpg.exe".
            ("photo\u{202E}gpj.exe\u{202C}", "photogpj.exe"),
            ("\u{2066}\u{200F}مرحبا\u{2069}", "مرحبا"),
            ("Ti\u{200B}na\u{FEFF}\u{00AD}", "Tina"),
            ("\u{1b}[31mred\u{7}", "[31mred"),
            ("flag\u{E0067}\u{E007F}", "flag"),
            ("family 👨\u{200D}👩\u{200D}👧", "family 👨\u{200D}👩\u{200D}👧"),
            ("\u{202E}", ""),
            ("<b>bold</b> & <img src=x>", "<b>bold</b> & <img src=x>"),
        ] {
            assert_eq!(plain(text, BODY_MAX_CHARS), expected, "{text:?}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        for (text, max, expected) in [
            ("12345", 5, "12345"),
            ("123456", 5, "1234…"),
            ("1234 6", 5, "1234…"),
            ("123 56", 5, "123…"),
            ("12345   ", 5, "12345"),
            ("ééééé!", 5, "éééé…"),
        ] {
            assert_eq!(plain(text, max), expected, "{text:?}");
        }
        let line = plain(&"word \n".repeat(100_000), BODY_MAX_CHARS);
        assert!(line.chars().count() <= BODY_MAX_CHARS && line.ends_with('…'), "{line}");
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(without_markup("<a href='x'>1 & 2</a>"), "&lt;a href='x'&gt;1 &amp; 2&lt;/a&gt;");
    }
}
