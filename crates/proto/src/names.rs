//! Which file names are safe on all three systems. One rule for what is sent and what is saved (research S01).

use crate::limits::FILE_NAME_MAX_BYTES;

/// Why a name cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    #[error("That file has no name. Rename it and try again.")]
    Empty,
    #[error("That file's name is not readable text. Rename it and try again.")]
    NotText,
    #[error("That file's name is too long. Shorten it to 255 bytes and try again.")]
    TooLong,
    #[error(
        "That file's name contains a character that not every computer allows (/ \\ : * ? \" < > |). Rename it and try again."
    )]
    Separator,
    #[error("That file's name contains invisible control characters. Rename it and try again.")]
    Control,
    #[error(
        "That file's name contains characters that turn the reading direction and can hide what it is. Rename it and try again."
    )]
    Bidi,
    #[error(
        "That file's name ends with a dot or a space, which not every computer allows. Rename it and try again."
    )]
    TrailingDotOrSpace,
    #[error("That file's name is reserved on Windows. Rename it and try again.")]
    Reserved,
}

/// Whether `name` is one plain component everywhere. A name is refused, never rewritten: what is shown is what is stored.
///
/// # Errors
/// The first [`NameProblem`].
pub fn check(name: &str) -> Result<(), NameProblem> {
    if name.is_empty() {
        return Err(NameProblem::Empty);
    }
    if name.len() > FILE_NAME_MAX_BYTES {
        return Err(NameProblem::TooLong);
    }
    if name.chars().any(is_bidi_control) {
        return Err(NameProblem::Bidi);
    }
    if name.chars().any(char::is_control) {
        return Err(NameProblem::Control);
    }
    if name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|']) {
        return Err(NameProblem::Separator);
    }
    // Covers `.` and `..` as well.
    if name.ends_with(['.', ' ']) {
        return Err(NameProblem::TrailingDotOrSpace);
    }
    if is_reserved(name) {
        return Err(NameProblem::Reserved);
    }
    Ok(())
}

/// `name` where it is safe, and otherwise a plain one made from `id`: what a save dialog suggests.
#[must_use]
pub fn suggestion(name: &str, id: impl std::fmt::Display) -> String {
    if check(name).is_ok() { name.to_owned() } else { format!("file-{id}") }
}

/// `report.pdf` → `report (2).pdf`: the `n`th name to try where the first is taken.
#[must_use]
pub fn numbered(name: &str, n: u32) -> String {
    let suffix = format!(" ({n})");
    let (stem, extension) = match name.rfind('.') {
        Some(dot) if dot > 0 => name.split_at(dot),
        _ => (name, ""),
    };
    let room = FILE_NAME_MAX_BYTES.saturating_sub(suffix.len() + extension.len());
    let end = (0..=stem.len().min(room)).rev().find(|&at| stem.is_char_boundary(at)).unwrap_or(0);
    format!("{}{suffix}{extension}", &stem[..end])
}

/// Unicode's `Bidi_Control` property (UAX #9).
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Device names, with any extension ("Naming Files, Paths, and Namespaces", Microsoft).
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            let mut digits = rest.chars();
            matches!((digits.next(), digits.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || numbered("COM")
        || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Research S01.
    #[test]
    fn names_that_are_taken() {
        let longest = "ä".repeat(127);
        for name in [
            "report.pdf",
            "Überblick 2026.docx",
            "年度報告.xlsx",
            ".bashrc",
            "a",
            "console.log",
            "com10.txt",
            "COMET",
            "archive.tar.gz",
            "👩‍💻.png",
            "شهادة.pdf",
            &longest,
        ] {
            assert_eq!(check(name), Ok(()), "{name}");
            assert_eq!(suggestion(name, "x"), name);
        }
    }

    /// Research S01.
    #[test]
    fn names_that_are_refused() {
        let too_long = "a".repeat(256);
        for (name, problem) in [
            ("", NameProblem::Empty),
            (".", NameProblem::TrailingDotOrSpace),
            ("..", NameProblem::TrailingDotOrSpace),
            ("a.", NameProblem::TrailingDotOrSpace),
            ("a ", NameProblem::TrailingDotOrSpace),
            ("../etc/passwd", NameProblem::Separator),
            ("/etc/passwd", NameProblem::Separator),
            ("..\\x", NameProblem::Separator),
            ("C:\\x", NameProblem::Separator),
            ("a.txt:stream", NameProblem::Separator),
            ("a?b", NameProblem::Separator),
            ("a\0b", NameProblem::Control),
            ("a\nb", NameProblem::Control),
            ("a\u{85}b", NameProblem::Control),
            ("CON", NameProblem::Reserved),
            ("con.txt", NameProblem::Reserved),
            ("Nul .txt", NameProblem::Reserved),
            ("COM1", NameProblem::Reserved),
            ("lpt9.tar.gz", NameProblem::Reserved),
            ("COM².txt", NameProblem::Reserved),
            ("photo\u{202e}gpj.exe", NameProblem::Bidi),
            ("a\u{200f}b", NameProblem::Bidi),
            (&too_long, NameProblem::TooLong),
        ] {
            assert_eq!(check(name), Err(problem), "{name:?}");
            assert_eq!(suggestion(name, "0a"), "file-0a");
        }
    }

    #[test]
    fn numbered_names_keep_extension_and_length() {
        assert_eq!(numbered("report.pdf", 2), "report (2).pdf");
        assert_eq!(numbered(".bashrc", 3), ".bashrc (3)");
        assert_eq!(numbered("README", 2), "README (2)");
        let long = format!("{}.pdf", "ä".repeat(125));
        let second = numbered(&long, 2);
        assert!(second.ends_with(" (2).pdf") && second.len() <= 255, "{}", second.len());
    }
}
