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
fn is_bidi_control(c: char) -> bool {
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
}
