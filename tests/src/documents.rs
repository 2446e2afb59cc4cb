//! Office documents of the tests: those of `tests/documents` (see `tests/foreign/preview/make_documents.py`) and small ones that
//! are written here; what a person reads in each; and hostile ones.

use std::io::{Cursor, Write as _};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::page::{Page, id};
use crate::samples::Sample;
use crate::{files, wait, workspace};

/// A document and what is to be read in it.
#[derive(Debug, Clone, Copy)]
pub struct Document {
    pub name: &'static str,
    pub from: From,
    /// What the viewer shows it as.
    pub kind: &'static str,
    /// On its first page, sheet or slide.
    pub first: &'static str,
    /// On the next one.
    pub next: Option<&'static str>,
}

#[derive(Debug, Clone, Copy)]
pub enum From {
    /// A file of `tests/documents`.
    File(&'static str),
    Bytes(&'static [u8]),
}

const fn letter(name: &'static str, file: &'static str) -> Document {
    let (first, next) = ("the printer in room 12 works again", Some("order new rollers"));
    Document { name, from: From::File(file), kind: "flow", first, next }
}

const fn budget(name: &'static str, file: &'static str) -> Document {
    // A number as it is displayed, not as it is stored.
    let (first, next) = ("1,234,567.89 EUR", Some("Ask Ann before ordering"));
    Document { name, from: From::File(file), kind: "sheets", first, next }
}

const fn talk(name: &'static str, file: &'static str) -> Document {
    let (first, next) = ("Welcome to the service desk", Some("How to reach us"));
    Document { name, from: From::File(file), kind: "slides", first, next }
}

const fn text(name: &'static str, bytes: &'static [u8], kind: &'static str, first: &'static str) -> Document {
    Document { name, from: From::Bytes(bytes), kind, first, next: None }
}

/// A viewer opens at once, if it was clicked.
const SOON: Duration = Duration::from_secs(5);

/// One of each format of row Z21; no name is a part of another one's.
pub const DOCUMENTS: [Document; 21] = [
    letter("letter.docx", "letter.docx"),
    letter("letter.docm", "letter.docm"),
    letter("letter.dotx", "letter.dotx"),
    letter("letter97.doc", "letter.doc"),
    letter("letter.rtf", "letter.rtf"),
    Document { kind: "pdf", ..letter("letter.pdf", "letter.pdf") },
    budget("budget.xlsx", "budget.xlsx"),
    budget("budget.xlsm", "budget.xlsm"),
    budget("budget.xlsb", "budget.xlsb"),
    budget("budget97.xls", "budget.xls"),
    budget("budget.ods", "budget.ods"),
    budget("budget.sxc", "budget.sxc"),
    talk("talk.pptx", "talk.pptx"),
    talk("talk.pptm", "talk.pptm"),
    talk("talk97.ppt", "talk.ppt"),
    // Windows-1252, with a semicolon between the cells.
    text("stock.csv", b"Part;Place\nRoller;K\xf6ln\n", "sheets", "Köln"),
    text("stock.tsv", b"Part\tPlace\nRoller\tParis\n", "sheets", "Paris"),
    text("router.xml", b"<router><port state=\"open\">443</port></router>", "tree", "state"),
    // UTF-16 with its mark.
    text("readme.txt", b"\xff\xfeT\0a\0k\0e\0 \0c\0a\0r\0e\0", "lines", "Take care"),
    text("events.log", b"12:00 started\n12:01 failed: no route\n", "lines", "no route"),
    text("main.rs", b"fn main() {\n    println!(\"hello\");\n}\n", "lines", "println"),
];

impl Document {
    pub fn sample(&self, folder: &Path) -> Result<Sample> {
        let bytes = match self.from {
            From::Bytes(bytes) => bytes.to_vec(),
            From::File(file) => {
                let path = workspace::root()?.join("tests/documents").join(file);
                std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?
            }
        };
        Sample::write(folder, self.name, bytes)
    }
}

/// Opens a document of the room in its viewer.
pub async fn open(page: &Page, name: &str) -> Result<()> {
    let card = format!("{} {}", files::card(name), id("file-open"));
    page.see(&card).await?;
    // A card that the edge cuts takes no click in its middle.
    let script = "document.querySelector(arguments[0])?.scrollIntoView({ block: 'center' });";
    wait::until(&format!("{name} to open in {}", page.name), wait::STEP, async || {
        page.run(script, vec![card.clone().into()]).await?;
        page.click(&card).await?;
        // Answers of recipients move the cards below them: such a click lands beside, as a person's may.
        Ok(page.see_within(&id("viewer"), SOON).await.is_ok())
    })
    .await
}

/// Closes the viewer; the room is there again.
pub async fn close(page: &Page) -> Result<()> {
    page.press(fantoccini::key::Key::Escape).await?;
    page.gone(&id("viewer")).await
}

/// Waits until the viewer shows `text` in a document of this kind, wherever its lines break.
pub async fn shows(page: &Page, kind: &str, text: &str) -> Result<()> {
    let script = "return (document.querySelector(arguments[0])?.innerText ?? '').replace(/\\s+/g, ' ')";
    let css = format!("{}[data-kind=\"{kind}\"]", id("preview"));
    wait::until(&format!("{text:?} in {kind} of {}", page.name), wait::STEP, async || {
        let shown = page.run(script, vec![css.clone().into()]).await?;
        Ok(shown.as_str().is_some_and(|shown| shown.contains(text)))
    })
    .await
}

/// Opens it, reads its beginning, goes on to what comes next, and closes it.
pub async fn read(page: &Page, document: &Document) -> Result<()> {
    let what = || format!("{} in {}", document.name, page.name);
    open(page, document.name).await.with_context(what)?;
    shows(page, document.kind, document.first).await.with_context(what)?;
    if let Some(next) = document.next {
        match document.kind {
            // By its key: WebKit's driver takes the tabs at the bottom of a dialog for hidden.
            "sheets" => page.press('n').await.with_context(what)?,
            _ => page.click(&id("preview-after")).await.with_context(what)?,
        }
        shows(page, document.kind, next).await.with_context(what)?;
    }
    close(page).await.with_context(what)
}

/// A Word document whose text inflates to `mib` MiB: paragraphs without end in a few kilobytes.
pub fn bomb(mib: usize) -> Result<Vec<u8>> {
    let paragraph = b"<w:p><w:r><w:t>x</w:t></w:r></w:p>";
    let chunk = paragraph.repeat((1 << 20) / paragraph.len());
    word(|part| (0..mib).try_for_each(|_| part.write_all(&chunk)))
}

/// A Word document of tables within tables within tables.
pub fn abyss(depth: usize) -> Result<Vec<u8>> {
    let table = "<w:tbl><w:tr><w:tc>".repeat(depth);
    word(|part| part.write_all(table.as_bytes()))
}

/// A Word document with a body of one's own.
fn word(body: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>) -> std::io::Result<()>) -> Result<Vec<u8>> {
    const RELATION: &str =
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument";
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("_rels/.rels", options)?;
    write!(
        zip,
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"rId1\" Type=\"{RELATION}\" Target=\"word/document.xml\"/></Relationships>"
    )?;
    zip.start_file("word/document.xml", options)?;
    zip.write_all(
        b"<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>",
    )?;
    body(&mut zip)?;
    zip.write_all(b"</w:body></w:document>")?;
    Ok(zip.finish()?.into_inner())
}
