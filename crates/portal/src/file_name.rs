//! Which names of files are taken: one plain component, refused rather than rewritten (research S01).

use deskside_proto::{ErrorCode, limits::FILE_NAME_MAX_BYTES};

/// Names that are devices on Windows, with any ending.
const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Passes a name that is a file name everywhere and no more than that.
pub fn check(name: &str) -> Result<(), ErrorCode> {
    let plain = !name.is_empty()
        && name.len() <= FILE_NAME_MAX_BYTES
        && name != "."
        && name != ".."
        && !name.contains(['/', '\\'])
        && !name.chars().any(|c| c.is_control() || is_bidi_control(c))
        && name.trim() == name
        && !name.ends_with('.')
        && !is_reserved(name);
    if plain { Ok(()) } else { Err(ErrorCode::FileNameInvalid) }
}

/// Unicode's `Bidi_Control` property (UAX #9): `photo\u{202e}gpj.exe` reads as a picture. Our desktop app refuses them as well.
pub(crate) fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = |device: &str| {
        let number = stem.strip_prefix(device);
        number.is_some_and(|n| {
            matches!(n, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
        })
    };
    RESERVED.contains(&stem.as_str()) || numbered("com") || numbered("lpt")
}

/// `text` as a name that every file system takes: what is refused elsewhere becomes `_`. A good name stays as it is.
#[must_use]
pub fn plain(text: &str) -> String {
    let is_odd = |c: char| {
        c.is_control()
            || is_bidi_control(c)
            || matches!(c, '/' | '\\' | '<' | '>' | ':' | '"' | '|' | '?' | '*')
    };
    let shown: String = text.chars().map(|c| if is_odd(c) { '_' } else { c }).collect();
    let name = shown.trim().trim_end_matches(['.', ' ']);
    let end =
        (0..=name.len().min(FILE_NAME_MAX_BYTES)).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
    let name = &name[..end];
    if name.is_empty() || is_reserved(name) { format!("_{name}") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_pass() {
        for name in [
            "report.pdf",
            "Bild 1 (Kopie).png",
            "résumé.docx",
            "客户反馈.pdf",
            ".profile",
            "What?.txt",
            "a",
            "com10.txt",
            "console",
        ] {
            assert_eq!(check(name), Ok(()), "{name:?}");
        }
    }

    #[test]
    fn hostile_names_are_refused() {
        let long = "x".repeat(256);
        let hostile = [
            "",
            ".",
            "..",
            "../etc/passwd",
            "a/b",
            "C:\\boot.ini",
            "a\0b",
            "line\nbreak",
            "tab\t",
            " space",
            "space ",
            "dot.",
            "CON",
            "con.txt",
            "Nul.tar.gz",
            "COM1",
            "lpt9.log",
            "\u{85}",
            "photo\u{202e}gpj.exe",
            "a\u{200f}b",
            "\u{2066}a",
            &long,
        ];
        for name in hostile {
            assert_eq!(check(name), Err(ErrorCode::FileNameInvalid), "{name:?}");
        }
    }

    /// Research S01: of whatever it is made, a plain name comes out.
    #[test]
    fn any_text_becomes_a_plain_name() {
        for (text, name) in [
            ("report.pdf", "report.pdf"),
            (".profile", ".profile"),
            ("../../etc/passwd", ".._.._etc_passwd"),
            ("C:\\x", "C__x"),
            ("a\0b\nc", "a_b_c"),
            ("photo\u{202e}gpj.exe", "photo_gpj.exe"),
            ("nul", "_nul"),
            ("CON.txt", "_CON.txt"),
            ("dots...", "dots"),
            ("..", "_"),
            ("", "_"),
            ("  ", "_"),
            ("<b>\"|?*", "_b_____"),
        ] {
            assert_eq!(plain(text), name, "{text:?}");
        }
        assert_eq!(plain(&"漢".repeat(5_000)).len(), 255);
    }
}
