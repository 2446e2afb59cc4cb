//! Documents that nobody vouches for, turned into a small model of what a person would see.
//!
//! [`open`] finds out what a file is, [`Opened::next`] hands out the model in windows: the first rows, paragraphs and
//! slides before the rest. The user interface draws the model with its own elements and text nodes; nothing of a document
//! is ever markup, script, font or address to it.
//!
//! Invariants: no I/O but through [`ReadAt`], no clock, no randomness, no `unsafe`; every limit of [`Limits`] is counted
//! while reading; recursion is bounded by [`Limits::depth`]; a document that breaks its format is read as far as it goes and
//! otherwise ends in a [`PreviewError`] with a stable code. It runs as wasm in a worker, which is the sandbox.

mod container;
mod drawing;
mod error;
pub mod find;
mod format;
mod limits;
pub mod model;
mod numerals;
mod plain;
pub mod reading;
mod sheets;
mod slides;
mod sniff;
mod source;
mod words;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use error::{Failure, PreviewError, Result};
pub use format::{Format, Shape};
pub use limits::Limits;
pub use model::{Overview, Picture, PictureKind, Warning};
pub use source::ReadAt;

use model::{Flow, Lines, Nodes, Rows, Slide};
use sniff::Found;

/// What is known of a file from outside.
#[derive(Clone, Debug, Default)]
pub struct Hint<'a> {
    /// The file's name; only its ending is looked at.
    pub name: &'a str,
}

/// Which part of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum Window {
    /// The next blocks of a flowing document, about `count` of them.
    Blocks { count: u32 },
    /// Rows of a sheet.
    Rows { sheet: u32, from: u32, count: u32 },
    /// One slide.
    Slide { index: u32 },
    /// Lines of text.
    Lines { from: u64, count: u32 },
    /// Nodes of a tree.
    Nodes { from: u64, count: u32 },
}

/// What a window shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum Part {
    Flow(Flow),
    Rows(Rows),
    Slide(Box<Slide>),
    Lines(Lines),
    Nodes(Nodes),
}

/// A document that flows. Readers keep their place; blocks are handed out once.
pub(crate) trait FlowReader {
    /// About `count` more blocks.
    fn blocks(&mut self, count: usize) -> Result<Flow>;
    /// The bytes of a picture that a block named.
    fn picture(&mut self, id: u32) -> Result<Vec<u8>>;
    /// What a person should know, so far.
    fn warnings(&self) -> Vec<Warning>;
}

/// A workbook.
pub(crate) trait SheetReader {
    /// `count` rows of a sheet from row `from` on; reads the sheet as far as that needs.
    fn rows(&mut self, sheet: usize, from: u32, count: u32) -> Result<Rows>;
    /// The bytes of a picture that an object named.
    fn picture(&mut self, id: u32) -> Result<Vec<u8>>;
    /// What a person should know, so far.
    fn warnings(&self) -> Vec<Warning>;
}

/// A presentation.
pub(crate) trait SlideReader {
    /// A slide, in any order.
    fn slide(&mut self, index: usize) -> Result<Slide>;
    /// For slides that say "today": seconds since 1970 on a clock where the document is looked at.
    fn tell_time(&mut self, _now: i64) {}
    /// The bytes of a picture that a shape named.
    fn picture(&mut self, id: u32) -> Result<Vec<u8>>;
    /// What a person should know, so far.
    fn warnings(&self) -> Vec<Warning>;
}

/// Text as lines.
pub(crate) trait LineReader {
    fn lines(&mut self, from: u64, count: usize) -> Result<Lines>;
    fn warnings(&self) -> Vec<Warning>;
}

/// A tree as lines.
pub(crate) trait TreeReader {
    fn nodes(&mut self, from: u64, count: usize) -> Result<Nodes>;
    fn warnings(&self) -> Vec<Warning>;
}

/// One of the readers.
pub(crate) enum Content<'a> {
    Flow(Box<dyn FlowReader + 'a>),
    Sheets(Box<dyn SheetReader + 'a>),
    Slides(Box<dyn SlideReader + 'a>),
    Lines(Box<dyn LineReader + 'a>),
    Tree(Box<dyn TreeReader + 'a>),
}

/// A document that can be shown.
pub struct Opened<'a> {
    overview: Overview,
    content: Content<'a>,
    limits: Limits,
}

/// Opens a document by its content; `hint` only decides between kinds of text.
///
/// # Errors
/// Why there is no preview: encrypted, too large, unsupported, malformed, not read.
pub fn open<'a>(source: &'a dyn ReadAt, hint: &Hint<'_>, limits: &Limits) -> Result<Opened<'a>> {
    let promised = Format::promised(hint.name);
    let (format, (mut overview, content)) = match sniff::sniff(source, promised, limits)? {
        Found::Zip(format, zip) => (
            format,
            match format {
                Format::Docx if PAGES => words::docx::open(*zip)?,
                Format::Xlsx if TABLES => sheets::xlsx::open(*zip)?,
                Format::Xlsb if TABLES => sheets::xlsb::open(*zip)?,
                Format::Ods | Format::Sxc if TABLES => sheets::odf::open(*zip, format)?,
                Format::Pptx if PAGES => slides::pptx::open(*zip)?,
                other => return Err(unread(other)),
            },
        ),
        Found::Ole(format, ole) => (
            format,
            match format {
                Format::Doc if PAGES => words::doc::open(*ole, limits)?,
                Format::Xls if TABLES => sheets::xls::open(*ole, limits)?,
                Format::Ppt if PAGES => slides::ppt::open(*ole, limits)?,
                other => return Err(unread(other)),
            },
        ),
        Found::SpreadsheetMl if !TABLES => return Err(PreviewError::Elsewhere(Format::Xls)),
        Found::SpreadsheetMl => {
            // It is rightly named as XML too.
            let format = if promised == Some(Format::Xml) { Format::Xml } else { Format::Xls };
            (format, sheets::xml2003::open(source, limits)?)
        }
        Found::Plain(format) => (
            format,
            match format {
                Format::Docx if PAGES => words::docx::open_flat(source, limits)?,
                Format::Rtf if PAGES => words::rtf::open(source, limits)?,
                Format::Html if PAGES => words::html::open(source, limits)?,
                Format::Xls if TABLES => sheets::xls::open_bare(source, limits)?,
                Format::Doc if PAGES => words::doc::open_bare(source, limits)?,
                Format::Csv if TABLES => sheets::csv::open(source, hint.name, limits)?,
                Format::Xml if TABLES => plain::tree::open(source, limits)?,
                Format::Text if TABLES => plain::lines::open(source, limits)?,
                Format::Pdf => return Err(PreviewError::Pdf),
                other => return Err(unread(other)),
            },
        ),
    };
    // Word's own XML is named so.
    let of_word = promised == Some(Format::Xml) && format == Format::Docx;
    overview.misnamed = promised.is_some_and(|promised| promised != format) && !of_word;
    Ok(Opened { overview, content, limits: limits.clone() })
}

/// Families of readers that are compiled in.
const PAGES: bool = cfg!(feature = "pages");
const TABLES: bool = cfg!(feature = "tables");

/// Why nothing here reads `format`.
const fn unread(format: Format) -> PreviewError {
    let elsewhere = match format {
        Format::Docx | Format::Doc | Format::Rtf | Format::Html | Format::Pptx | Format::Ppt => !PAGES,
        Format::Xlsx
        | Format::Xlsb
        | Format::Xls
        | Format::Ods
        | Format::Sxc
        | Format::Csv
        | Format::Xml
        | Format::Text => !TABLES,
        _ => false,
    };
    if elsewhere { PreviewError::Elsewhere(format) } else { PreviewError::Unsupported(Some(format)) }
}

impl Opened<'_> {
    /// What is known of it without reading further.
    #[must_use]
    pub const fn overview(&self) -> &Overview {
        &self.overview
    }

    /// Says what a clock on the wall shows, as seconds since 1970 began on it: for documents that say "today", which say
    /// nothing there otherwise.
    pub fn tell_time(&mut self, now: i64) {
        if let Content::Slides(reader) = &mut self.content {
            reader.tell_time(now);
        }
    }

    /// A part of it. Blocks come once each, in order; everything else in any order.
    ///
    /// # Errors
    /// What keeps this part from being shown; [`PreviewError::Unsupported`] for a window that this document does not have.
    pub fn next(&mut self, window: Window) -> Result<Part> {
        Ok(match (&mut self.content, window) {
            (Content::Flow(reader), Window::Blocks { count }) => Part::Flow(reader.blocks(count as usize)?),
            (Content::Sheets(reader), Window::Rows { sheet, from, count }) => {
                if sheet as usize >= self.overview.sheets.len() {
                    return Err(PreviewError::Unsupported(None));
                }
                Part::Rows(reader.rows(sheet as usize, from, count)?)
            }
            (Content::Slides(reader), Window::Slide { index }) => {
                if self.overview.slides.as_ref().is_none_or(|slides| index >= slides.count) {
                    return Err(PreviewError::Unsupported(None));
                }
                Part::Slide(Box::new(reader.slide(index as usize)?))
            }
            (Content::Lines(reader), Window::Lines { from, count }) => {
                Part::Lines(reader.lines(from, count as usize)?)
            }
            (Content::Tree(reader), Window::Nodes { from, count }) => {
                Part::Nodes(reader.nodes(from, count as usize)?)
            }
            _ => return Err(PreviewError::Unsupported(None)),
        })
    }

    /// The bytes of a picture that the model named; metafiles as SVG, where they can be drawn.
    ///
    /// # Errors
    /// [`PreviewError::Unsupported`] where it is none of the kinds that pictures in documents are of.
    pub fn picture(&mut self, id: u32) -> Result<Picture> {
        let bytes = match &mut self.content {
            Content::Flow(reader) => reader.picture(id)?,
            Content::Sheets(reader) => reader.picture(id)?,
            Content::Slides(reader) => reader.picture(id)?,
            Content::Lines(_) | Content::Tree(_) => return Err(PreviewError::Unsupported(None)),
        };
        let kind = model::picture_kind(&bytes).ok_or(PreviewError::Unsupported(None))?;
        if matches!(kind, PictureKind::Wmf | PictureKind::Emf)
            && let Some(svg) = drawing::metafile::to_svg(&bytes, &self.limits)
        {
            return Ok(Picture { kind: PictureKind::Svg, bytes: svg.into_bytes() });
        }
        Ok(Picture { kind, bytes })
    }

    /// What a person should know of what was shown so far.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        match &self.content {
            Content::Flow(reader) => reader.warnings(),
            Content::Sheets(reader) => reader.warnings(),
            Content::Slides(reader) => reader.warnings(),
            Content::Lines(reader) => reader.warnings(),
            Content::Tree(reader) => reader.warnings(),
        }
    }
}
