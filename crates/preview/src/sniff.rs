//! What a file's content is. Its name is only a hint where content can't tell (a table as text, XML as text).

use std::rc::Rc;

use crate::container::crypt;
use crate::container::ole::Ole;
use crate::container::zip::Zip;
use crate::error::{PreviewError, Result};
use crate::format::Format;
use crate::limits::Limits;
use crate::sheets::xls::is_salvageable;
use crate::source::{ReadAt, Source};

/// Bytes looked at.
pub(crate) const HEAD: usize = 4096;

/// What a file is, with its container where that is open already.
pub(crate) enum Found<'a> {
    Zip(Format, Box<Zip<'a>>),
    Ole(Format, Box<Ole<'a>>),
    Plain(Format),
    /// A workbook of Excel 2003 as XML, whatever its name.
    SpreadsheetMl,
}

/// The first bytes.
pub(crate) fn head(source: &dyn ReadAt) -> Result<Vec<u8>> {
    let mut head = vec![0; HEAD];
    let mut filled = 0;
    while filled < head.len() {
        match source.read_at(filled as u64, &mut head[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    head.truncate(filled);
    Ok(head)
}

pub(crate) fn sniff<'a>(
    source: &'a dyn ReadAt,
    promised: Option<Format>,
    limits: &Limits,
) -> Result<Found<'a>> {
    let head = head(source)?;
    if head.is_empty() {
        return Ok(Found::Plain(match promised {
            Some(Format::Csv) => Format::Csv,
            None | Some(Format::Text) => Format::Text,
            Some(_) => return Err(PreviewError::malformed("it is empty")),
        }));
    }
    let container = head.starts_with(b"PK") || head.starts_with(&OLE) || start(&head).starts_with(b"{\\rt");
    if container && source.len() > limits.input {
        return Err(PreviewError::TooLarge("over 100 MB"));
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") || head.starts_with(b"PK00PK") {
        let zip = Zip::open(source, limits)?;
        return Ok(Found::Zip(in_zip(&zip)?, Box::new(zip)));
    }
    if head.starts_with(&OLE) {
        let mut ole = match Ole::open(source, limits) {
            Err(PreviewError::Malformed(_)) if is_salvageable(source, limits)? => {
                return Ok(Found::Plain(Format::Xls));
            }
            other => other?,
        };
        if ole.has("EncryptedPackage") || ole.has("EncryptionInfo") {
            let package = crypt::package(&mut ole)?.ok_or(PreviewError::Encrypted)?;
            let zip = Zip::of(Source::Made(Rc::new(package)), limits)?;
            return Ok(Found::Zip(in_zip(&zip)?, Box::new(zip)));
        }
        return match in_ole(&mut ole) {
            Err(_) if is_salvageable(source, limits)? => Ok(Found::Plain(Format::Xls)),
            format => Ok(Found::Ole(format?, Box::new(ole))),
        };
    }
    Ok(match plain(&head, promised)? {
        // Who names it xml wants to see the elements.
        Format::Xml | Format::Text if promised != Some(Format::Xml) && is_spreadsheet_ml(&head) => {
            Found::SpreadsheetMl
        }
        format => Found::Plain(format),
    })
}

const OLE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

fn in_zip(zip: &Zip<'_>) -> Result<Format> {
    if let Some(mimetype) = zip.read("mimetype")? {
        let mimetype = String::from_utf8_lossy(&mimetype);
        let known = match mimetype.trim() {
            "application/vnd.sun.xml.calc" | "application/vnd.sun.xml.calc.template" => Some(Format::Sxc),
            "application/vnd.oasis.opendocument.spreadsheet"
            | "application/vnd.oasis.opendocument.spreadsheet-template" => Some(Format::Ods),
            "application/vnd.oasis.opendocument.text"
            | "application/vnd.oasis.opendocument.text-template"
            | "application/vnd.sun.xml.writer" => Some(Format::Odt),
            "application/vnd.oasis.opendocument.presentation"
            | "application/vnd.oasis.opendocument.presentation-template"
            | "application/vnd.sun.xml.impress" => Some(Format::Odp),
            _ => None,
        };
        if let Some(format) = known {
            return Ok(format);
        }
    }
    // By the parts themselves: content types and relationships are what broken writers get wrong.
    for (part, format) in [
        ("word/document.xml", Format::Docx),
        ("xl/workbook.xml", Format::Xlsx),
        ("xl/workbook.bin", Format::Xlsb),
        ("ppt/presentation.xml", Format::Pptx),
    ] {
        if zip.has(part) {
            return Ok(format);
        }
    }
    let types = zip.read("[Content_Types].xml")?.unwrap_or_default();
    let types = String::from_utf8_lossy(&types).to_lowercase();
    for (word, format) in [
        ("wordprocessingml.", Format::Docx),
        ("application/vnd.ms-word.", Format::Docx),
        ("spreadsheetml.", Format::Xlsx),
        ("application/vnd.ms-excel.sheet.binary", Format::Xlsb),
        ("application/vnd.ms-excel.", Format::Xlsx),
        ("presentationml.", Format::Pptx),
        ("application/vnd.ms-powerpoint.", Format::Pptx),
    ] {
        if types.contains(word) {
            return Ok(format);
        }
    }
    // An OpenDocument or OpenOffice.org file whose `mimetype` is missing.
    if zip.has("content.xml") {
        let manifest = zip.read("META-INF/manifest.xml")?.unwrap_or_default();
        let manifest = String::from_utf8_lossy(&manifest).into_owned();
        for (word, format) in [
            ("vnd.sun.xml.calc", Format::Sxc),
            ("opendocument.spreadsheet", Format::Ods),
            ("opendocument.text", Format::Odt),
            ("opendocument.presentation", Format::Odp),
        ] {
            if manifest.contains(word) {
                return Ok(format);
            }
        }
    }
    Ok(Format::Archive)
}

/// The outermost element of XML is a workbook of Excel 2003; its namespace is never named far from the beginning.
fn is_spreadsheet_ml(head: &[u8]) -> bool {
    // In UTF-16 every other byte of it is 0.
    let head: Vec<u8> = head.iter().copied().filter(|byte| *byte != 0).collect();
    let has = |mark: &[u8]| head.windows(mark.len()).any(|window| window == mark);
    has(b"urn:schemas-microsoft-com:office:spreadsheet") && (has(b"<Workbook") || has(b":Workbook"))
}

fn in_ole(ole: &mut Ole<'_>) -> Result<Format> {
    for (stream, format) in [
        ("WordDocument", Format::Doc),
        ("Workbook", Format::Xls),
        ("Book", Format::Xls),
        ("PowerPoint Document", Format::Ppt),
        ("PP97_DUALSTORAGE/PowerPoint Document", Format::Ppt),
        ("PP40", Format::Ppt),
    ] {
        if ole.has(stream) {
            return Ok(format);
        }
    }
    Err(PreviewError::Unsupported(None))
}

/// Without a byte order mark and white space in front.
fn start(head: &[u8]) -> &[u8] {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    &head[head.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(head.len())..]
}

fn plain(head: &[u8], promised: Option<Format>) -> Result<Format> {
    let start = start(head);
    if start.starts_with(b"{\\rt") {
        return Ok(Format::Rtf);
    }
    // Readers of PDF look for its mark in the first 1,024 bytes.
    if head[..head.len().min(1024)].windows(5).any(|window| window == b"%PDF-") {
        return Ok(Format::Pdf);
    }
    // BIFF without a compound file around it: records BOF of versions 2 to 8 ([MS-XLS] 2.4.21).
    if let [9, version @ (0 | 2 | 4 | 8), low @ (4 | 6 | 8 | 16), 0, ..] = head
        && (*version > 0 || *low == 4)
    {
        return Ok(Format::Xls);
    }
    // Word 2 to 95 without a compound file.
    if matches!(head, [0xdb, 0xa5, ..] | [0xdc, 0xa5, ..] | [0x9b, 0xa5, ..] | [0x31, 0xbe, ..]) {
        return Ok(Format::Doc);
    }
    if let Some(format) = other_binary(head) {
        return Err(PreviewError::Unsupported(Some(format)));
    }
    let called_text = matches!(promised, Some(Format::Csv | Format::Text));
    if !looks_like_text(head, called_text) {
        return Err(PreviewError::Unsupported(None));
    }
    Ok(text(start, head, promised))
}

fn other_binary(head: &[u8]) -> Option<Format> {
    let starts = |mark: &[u8]| head.starts_with(mark);
    let box_at_4 = head.get(4..8);
    if starts(b"\x89PNG")
        || starts(b"\xff\xd8\xff")
        || starts(b"GIF8")
        || starts(b"II*\0")
        || starts(b"MM\0*")
    {
        return Some(Format::Picture);
    }
    if starts(b"RIFF") || starts(b"OggS") || starts(b"ID3") || starts(b"fLaC") || starts(b"\x1aE\xdf\xa3") {
        return Some(if head.get(8..12) == Some(b"WEBP") { Format::Picture } else { Format::Media });
    }
    if box_at_4 == Some(b"ftyp") {
        return Some(Format::Media);
    }
    let packed =
        starts(b"PK") || starts(b"Rar!") || starts(b"7z\xbc\xaf") || starts(b"\x1f\x8b") || starts(b"BZh");
    packed.then_some(Format::Archive)
}

/// Hardly a control character, and no NUL outside of UTF-16 but in what is called text: logs that a crash interrupted.
fn looks_like_text(head: &[u8], called_text: bool) -> bool {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") || utf16_without_mark(head) {
        return true;
    }
    let odd = head.iter().filter(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127)).count();
    (called_text || !head.contains(&0)) && odd * 50 <= head.len()
}

/// Every other byte is NUL, as in Latin text in UTF-16.
pub(crate) fn utf16_without_mark(head: &[u8]) -> bool {
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count() * 2;
    head.len() >= 8
        && (zeros(0) * 10 > head.len() * 7 && zeros(1) == 0
            || zeros(1) * 10 > head.len() * 7 && zeros(0) == 0)
}

/// Word's documents in one piece of XML: of 2003, or the parts of later ones in a row.
fn is_word(head: &[u8]) -> bool {
    let says = |word: &[u8]| head.windows(word.len()).any(|window| window == word);
    says(b"office/word/2003/wordml") && says(b"wordDocument")
        || says(b"office/2006/xmlPackage") && (says(b"Word.Document") || says(b"\"/word/"))
}

/// The beginning of a text, with every other byte left out where it is in UTF-16.
fn narrow(start: &[u8], length: usize) -> Vec<u8> {
    let (step, from) = match start {
        [0xff, 0xfe, ..] => (2, 2),
        [0xfe, 0xff, ..] => (2, 3),
        _ => (1, 0),
    };
    start.iter().skip(from).step_by(step).take(length).copied().collect()
}

/// It begins as pages do that programs write without caring for the beginning: with any element of a page, after comments
/// and a declaration of XML.
fn is_page(lower: &[u8]) -> bool {
    const BEGINNINGS: [&str; 22] = [
        "!doctype", "html", "head", "meta", "title", "style", "body", "table", "div", "p", "font", "center",
        "span", "b", "h1", "h2", "h3", "br", "link", "base", "form", "tr",
    ];
    let mut rest = lower.trim_ascii_start();
    for (open, close) in [(&b"<?xml"[..], &b"?>"[..]), (b"<!--", b"-->")] {
        while rest.starts_with(open) {
            let Some(end) = rest.windows(close.len()).position(|window| window == close) else {
                return false;
            };
            rest = rest[end + close.len()..].trim_ascii_start();
        }
    }
    let Some(rest) = rest.strip_prefix(b"<") else { return false };
    let length =
        rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'!').unwrap_or(rest.len());
    BEGINNINGS.iter().any(|name| name.as_bytes() == &rest[..length])
        && (!rest.starts_with(b"!doctype") || rest.windows(4).any(|window| window == b"html"))
}

/// A page with its pictures, as mail: `MIME-Version` among its first lines, and a page inside.
pub(crate) fn is_message(head: &[u8]) -> bool {
    let lower = head.to_ascii_lowercase();
    let has = |wanted: &[u8]| lower.windows(wanted.len()).any(|window| window == wanted);
    let first = start(&lower);
    let header =
        [&b"mime-version:"[..], b"from:", b"content-type:", b"date:", b"subject:", b"message-id:", b"x-"];
    header.iter().any(|name| first.starts_with(name))
        && has(b"mime-version:")
        && (has(b"multipart/") || has(b"text/html"))
}

/// Among formats that are text, its name decides what its content allows.
fn text(start: &[u8], head: &[u8], promised: Option<Format>) -> Format {
    let lower = narrow(start, 1024).to_ascii_lowercase();
    let html = lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html");
    let xml =
        lower.starts_with(b"<?xml") || head.starts_with(b"\xff\xfe<\0") || head.starts_with(b"\xfe\xff\0<");
    if xml && promised != Some(Format::Xml) && is_word(head) {
        return Format::Docx;
    }
    match promised {
        Some(as_named @ (Format::Csv | Format::Text)) => as_named,
        Some(Format::Xml) if lower.starts_with(b"<") || xml => Format::Xml,
        Some(Format::Html) | None if html => Format::Text,
        Some(Format::Doc | Format::Docx | Format::Xls | Format::Xlsx) if html || is_page(&lower) => {
            Format::Html
        }
        Some(Format::Doc | Format::Docx | Format::Xls | Format::Xlsx | Format::Html) if is_message(head) => {
            Format::Html
        }
        None if xml => Format::Xml,
        Some(_) if xml => Format::Xml,
        _ => Format::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_is_no_text_unless_it_is_called_so() {
        let bytes = [&[b'a'; 100][..], &[0]].concat();
        assert!(looks_like_text(&bytes, true) && !looks_like_text(&bytes, false));
        assert!(!looks_like_text(&[0; 100], true));
    }

    #[test]
    fn names_decide_between_kinds_of_text() {
        for (content, promised, expected) in [
            ("<?xml version='1.0'?><a/>", None, Format::Xml),
            ("<?xml version='1.0'?><a/>", Some(Format::Docx), Format::Xml),
            ("<?xml version='1.0'?><a/>", Some(Format::Text), Format::Text),
            ("<a/>", Some(Format::Xml), Format::Xml),
            ("<a/>", None, Format::Text),
            ("a,b", Some(Format::Csv), Format::Csv),
            ("a,b", None, Format::Text),
            ("<html>", Some(Format::Doc), Format::Html),
            ("<html>", None, Format::Text),
        ] {
            assert_eq!(
                text(content.as_bytes(), content.as_bytes(), promised),
                expected,
                "{content} {promised:?}"
            );
        }
    }
}
