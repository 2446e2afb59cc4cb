//! From a document to what a person would read of it.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
};

use deskside_preview::{
    Hint, Limits, PreviewError, open,
    reading::{Extent, read},
};

/// Bytes of text: a thick book.
pub(crate) const TEXT_MAX: usize = 1024 * 1024;
/// Every PDF has it within its first kilobyte (ISO 32000-1, annex H.3.4.1).
const PDF_SIGNATURE: &[u8] = b"%PDF-";
const PDF_HEAD: usize = 1024;

#[derive(Debug, thiserror::Error)]
pub(crate) enum TextError {
    #[error("input or output failed: {0}")]
    Io(#[from] io::Error),
    #[error("the document is too large")]
    TooLarge,
    #[error("the document cannot be read: {0}")]
    Unreadable(#[from] PreviewError),
    #[error("the PDF cannot be read: {0}")]
    Pdf(String),
}

/// The text of `document`, which is called `name`; cut at [`TEXT_MAX`].
pub(crate) fn text_of(document: Vec<u8>, name: &str) -> Result<String, TextError> {
    let head = &document[..document.len().min(PDF_HEAD)];
    if head.windows(PDF_SIGNATURE.len()).any(|bytes| bytes == PDF_SIGNATURE) {
        return pdf(&document);
    }
    let limits = Limits { characters: 2 * TEXT_MAX, ..Limits::default() };
    let mut opened = open(&document, &Hint { name }, &limits)?;
    let mut text = String::new();
    let met = read(&mut opened, Extent::Everything, &mut |piece| add(&mut text, piece));
    match met {
        // What was read before stands.
        Err(error) if text.is_empty() => Err(error.into()),
        _ => Ok(text),
    }
}

fn pdf(document: &[u8]) -> Result<String, TextError> {
    // Its reader is not made for hostile files: a panic is one of its ways to refuse, and what hangs is killed.
    let read = catch_unwind(AssertUnwindSafe(|| pdf_extract::extract_text_from_mem_by_pages(document)));
    let pages = match read {
        Ok(Ok(pages)) => pages,
        Ok(Err(error)) => return Err(TextError::Pdf(error.to_string())),
        Err(_) => return Err(TextError::Pdf("its reader gave up".to_owned())),
    };
    let mut text = String::new();
    for page in pages {
        add(&mut text, page.trim());
        add(&mut text, "\n");
    }
    Ok(text)
}

/// Beyond the limit nothing is kept.
fn add(text: &mut String, piece: &str) {
    let room = TEXT_MAX - text.len().min(TEXT_MAX);
    let end = (0..=piece.len().min(room)).rev().find(|at| piece.is_char_boundary(*at)).unwrap_or(0);
    text.push_str(&piece[..end]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        let mut text = "x".repeat(TEXT_MAX - 1);
        add(&mut text, "漢字");
        assert_eq!(text.len(), TEXT_MAX - 1);
        add(&mut text, "ab");
        assert_eq!(text.len(), TEXT_MAX);
        add(&mut text, "c");
        assert_eq!(text.len(), TEXT_MAX);
    }
}
