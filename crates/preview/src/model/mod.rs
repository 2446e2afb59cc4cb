//! What a document looks like to a person, without anything of its format: the only thing the user interface ever sees.
//!
//! Lengths are points (1/72 inch) as `f32`, indices count from 0, colours are CSS hex text, and no value can name
//! anything outside the document: pictures are numbers to be asked for ([`crate::Opened::picture`]), links are text.

pub mod chart;
pub mod flow;
pub mod lines;
pub mod sheet;
pub mod slide;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use chart::{Axis, Chart, ChartKind, LegendPlace, Plot, Series, Tick};
pub use flow::{
    Align, Block, Border, Borders, Flow, Heading, Inline, Label, LineHeight, Note, NoteKind, Page, Paragraph,
    Script, Section, TabAlign, TabStop, Table, TableCell, TableRow, TextStyle, VerticalAlign,
};
pub use lines::{Lines, Nodes, TreeNode, TreeNodeKind};
pub use sheet::{
    Cell, CellAlign, CellKind, CellStyle, Columns, Merge, Row, Rows, Sheet, SheetInfo, SheetObject,
};
pub use slide::{
    Anchor, AnchorFrom, Dash, Ends, Fill, Frame, Geometry, GradientStop, PathPart, Shape, ShapeContent,
    ShapeRole, Slide, Stand, Stroke, TextBody, Wrap,
};

use crate::format;

/// A colour as CSS hex, `#rrggbb` or, where it can be seen through, `#rrggbbaa`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/", type = "string")]
pub struct Color(String);

impl Color {
    #[must_use]
    pub fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self(format!("#{red:02x}{green:02x}{blue:02x}"))
    }

    /// `alpha`: 255 = nothing shines through.
    #[must_use]
    pub fn rgba(red: u8, green: u8, blue: u8, alpha: u8) -> Self {
        if alpha == 255 {
            Self::rgb(red, green, blue)
        } else {
            Self(format!("#{red:02x}{green:02x}{blue:02x}{alpha:02x}"))
        }
    }

    /// Six hex digits, as office formats write colours; none for anything else (`auto`).
    #[must_use]
    pub fn hex(text: &str) -> Option<Self> {
        let text = text.strip_prefix('#').unwrap_or(text);
        let whole = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        whole.then(|| Self(format!("#{}", text.to_ascii_lowercase())))
    }

    /// The CSS text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is known of a document as soon as it is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Overview {
    /// What its content is.
    pub format: format::Format,
    /// How it is shown.
    pub shape: format::Shape,
    /// Its name promises another format than its content is.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub misnamed: bool,
    /// Sheets in their order; only of [`format::Shape::Sheets`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<SheetInfo>>")]
    pub sheets: Vec<SheetInfo>,
    /// Only of [`format::Shape::Slides`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub slides: Option<SlidesInfo>,
    /// The encoding that text was read in (WHATWG name); only of text formats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub encoding: Option<String>,
    /// What stands between the columns of a table as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub delimiter: Option<char>,
}

impl Overview {
    pub(crate) const fn new(format: format::Format, shape: format::Shape) -> Self {
        Self {
            format,
            shape,
            misnamed: false,
            sheets: Vec::new(),
            slides: None,
            encoding: None,
            delimiter: None,
        }
    }
}

/// The slides of a presentation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct SlidesInfo {
    pub count: u32,
    /// Points.
    pub width: f32,
    /// Points.
    pub height: f32,
}

/// A picture in a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct PictureRef {
    /// What [`crate::Opened::picture`] takes; none where the picture is outside the document or missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub id: Option<u32>,
    /// Points; 0 where the document does not say.
    pub width: f32,
    /// Points; 0 where the document does not say.
    pub height: f32,
    /// What the document says for those who can't see it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(optional, as = "Option<String>")]
    pub alt: String,
    /// Shares of the picture that are cut away: left, top, right, bottom, each 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub crop: Option<[f32; 4]>,
}

/// The bytes of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// As sniffed; never taken from the document.
    pub kind: PictureKind,
    /// Undecoded.
    pub bytes: Vec<u8>,
}

/// Kinds of pictures inside documents. Browsers draw all but the last three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum PictureKind {
    Png,
    Jpeg,
    Gif,
    Bmp,
    Webp,
    /// Drawn only as `<img>`, where nothing in it runs or loads.
    Svg,
    Tiff,
    Wmf,
    Emf,
}

/// Something a person should know of what they see.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum Warning {
    /// A limit was reached: there is more in the document than is shown.
    Cut,
    /// Parts of the document are damaged and left out.
    Damaged,
    /// It has programs in it, which did not run.
    Macros,
    /// It wants to load things from elsewhere, which was not done.
    External,
    /// Pictures or objects of a kind that is not drawn here.
    NotDrawn,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
pub(crate) const fn is_false(value: &bool) -> bool {
    !*value
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
pub(crate) fn is_zero(value: &f32) -> bool {
    *value == 0.0
}

/// What a picture's bytes are; none of what documents hold otherwise.
pub(crate) fn picture_kind(bytes: &[u8]) -> Option<PictureKind> {
    let starts = |mark: &[u8]| bytes.starts_with(mark);
    Some(if starts(b"\x89PNG\r\n\x1a\n") {
        PictureKind::Png
    } else if starts(b"\xff\xd8\xff") {
        PictureKind::Jpeg
    } else if starts(b"GIF8") {
        PictureKind::Gif
    } else if starts(b"BM") {
        PictureKind::Bmp
    } else if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        PictureKind::Webp
    } else if starts(b"II*\0") || starts(b"MM\0*") {
        PictureKind::Tiff
    } else if starts(b"\xd7\xcd\xc6\x9a") || starts(b"\x01\0\x09\0\0") || starts(b"\x02\0\x09\0\0") {
        PictureKind::Wmf
    } else if starts(b"\x01\0\0\0") && bytes.get(40..44) == Some(b" EMF") {
        PictureKind::Emf
    } else if bytes[..bytes.len().min(1024)].windows(4).any(|window| window == b"<svg") {
        PictureKind::Svg
    } else {
        return None;
    })
}
