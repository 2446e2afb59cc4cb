//! Text that flows: Word documents, rich text, the text inside shapes and the notes of slides.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Color, PictureRef, Shape, is_false, is_zero};

/// The next stretch of a flowing document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Flow {
    /// In reading order.
    pub blocks: Vec<Block>,
    /// Footnotes, endnotes and comments that these blocks refer to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Note>>")]
    pub notes: Vec<Note>,
    /// Nothing comes after these blocks.
    pub last: bool,
}

/// One thing below the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
#[allow(
    clippy::large_enum_variant,
    reason = "nearly all blocks are paragraphs: a box for each would cost more"
)]
pub enum Block {
    Paragraph(Paragraph),
    Table(Table),
    /// What follows stands on a new page of this shape, with these margins' texts. A document begins with one.
    Section(Box<Section>),
    /// What follows stands on a new page of the same shape.
    PageBreak,
}

/// The paper of what follows, until the next one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Section {
    pub page: Page,
    /// What stands at the top of its pages: the first page's own where it has one, and that of the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Block>>")]
    pub first_header: Vec<Block>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Block>>")]
    pub header: Vec<Block>,
    /// That of pages with even numbers, where it is another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Block>>")]
    pub even_header: Vec<Block>,
    /// What stands at the bottom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Block>>")]
    pub first_footer: Vec<Block>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Block>>")]
    pub footer: Vec<Block>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Block>>")]
    pub even_footer: Vec<Block>,
    /// Points from the top of the paper to its header, and from the footer to the bottom; 0 where it is the usual.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[ts(optional, as = "Option<f32>")]
    pub header_at: f32,
    #[serde(default, skip_serializing_if = "is_zero")]
    #[ts(optional, as = "Option<f32>")]
    pub footer_at: f32,
    /// It goes on where the one before ended, on the same page.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub continuous: bool,
    /// Columns of text; 0 and 1 are one.
    #[serde(default)]
    pub columns: u16,
}

/// A sheet of paper; points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Page {
    pub width: f32,
    pub height: f32,
    /// Left, top, right, bottom.
    pub margins: [f32; 4],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub color: Option<Color>,
}

/// A4 with margins of an inch.
impl Default for Page {
    fn default() -> Self {
        Self { width: 595.3, height: 841.9, margins: [72.0; 4], color: None }
    }
}

/// Where a paragraph stands in the outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum Heading {
    Title,
    Subtitle,
    /// 1 to 9.
    Level(u8),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum Align {
    /// Where reading starts.
    #[default]
    Start,
    Center,
    End,
    Justify,
}

/// Distance of lines.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum LineHeight {
    /// Of the font's own.
    Times(f32),
    /// Points.
    AtLeast(f32),
    /// Points.
    Exactly(f32),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Paragraph {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub heading: Option<Heading>,
    /// Number or bullet before its first line, as displayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub label: Option<Label>,
    #[serde(default, skip_serializing_if = "is_start")]
    #[ts(optional, as = "Option<Align>")]
    pub align: Align,
    /// Points from the margin where reading starts; may be negative.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[ts(optional, as = "Option<f32>")]
    pub indent_start: f32,
    #[serde(default, skip_serializing_if = "is_zero")]
    #[ts(optional, as = "Option<f32>")]
    pub indent_end: f32,
    /// Points that the first line stands further in, negative = further out.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[ts(optional, as = "Option<f32>")]
    pub indent_first: f32,
    #[serde(default, skip_serializing_if = "is_zero")]
    #[ts(optional, as = "Option<f32>")]
    pub space_before: f32,
    #[serde(default, skip_serializing_if = "is_zero")]
    #[ts(optional, as = "Option<f32>")]
    pub space_after: f32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub line_height: Option<LineHeight>,
    /// Behind the whole paragraph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub shade: Option<Color>,
    #[serde(default, skip_serializing_if = "Borders::is_none")]
    #[ts(optional, as = "Option<Borders>")]
    pub borders: Borders,
    /// Read from right to left.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub rtl: bool,
    /// Tab stops, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<TabStop>>")]
    pub tabs: Vec<TabStop>,
    /// The style of its mark: the height of an empty paragraph.
    #[serde(default, skip_serializing_if = "TextStyle::is_plain")]
    #[ts(optional, as = "Option<TextStyle>")]
    pub style: TextStyle,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Inline>>")]
    pub inlines: Vec<Inline>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_start(align: &Align) -> bool {
    *align == Align::Start
}

/// Where a tab leads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct TabStop {
    /// Points from the start margin.
    pub at: f32,
    #[serde(default, skip_serializing_if = "is_tab_start")]
    #[ts(optional, as = "Option<TabAlign>")]
    pub align: TabAlign,
    /// The line that fills the space of the tab.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub leader: Option<super::Dash>,
}

impl TabStop {
    /// A stop that text begins at.
    #[must_use]
    pub fn start(at: f32) -> Self {
        Self { at, ..Self::default() }
    }
}

/// Which part of the text after a tab stands at its stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum TabAlign {
    #[default]
    Start,
    Center,
    End,
    /// Its decimal separator, or its end.
    Decimal,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_tab_start(align: &TabAlign) -> bool {
    *align == TabAlign::Start
}

/// Number or bullet of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Label {
    /// As displayed: `1.`, `2.b)`, `•`. Private glyphs of symbol fonts are given as their Unicode likeness.
    pub text: String,
    #[serde(default, skip_serializing_if = "TextStyle::is_plain")]
    #[ts(optional, as = "Option<TextStyle>")]
    pub style: TextStyle,
    /// 0 = outermost.
    #[serde(default)]
    pub level: u8,
    /// It counts; otherwise a bullet.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub ordered: bool,
}

/// One thing beside the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum Inline {
    Text {
        text: String,
        #[serde(default, skip_serializing_if = "TextStyle::is_plain")]
        #[ts(optional, as = "Option<TextStyle>")]
        style: TextStyle,
        /// Where it leads; shown, never followed by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        link: Option<String>,
    },
    Tab,
    LineBreak,
    /// The rest of the paragraph stands on the next page.
    PageBreak,
    Picture(PictureRef),
    /// The mark of a footnote, an endnote or a comment.
    Note {
        /// Index among all notes of the document.
        id: u32,
        /// `1`, `*`, `ii`, as displayed.
        label: String,
    },
    /// A drawing inside or beside the text: boxes with text, lines, groups, charts.
    Shape(Box<Shape>),
}

/// How text looks; what is not set is as around it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct TextStyle {
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub bold: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub italic: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub underline: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub strike: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub script: Option<Script>,
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub small_caps: bool,
    /// Family name as the document says it; the user interface has no fonts of documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub font: Option<String>,
    /// Points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub size: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub color: Option<Color>,
    /// Behind the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub highlight: Option<Color>,
    /// Added by somebody who tracks changes, not yet accepted.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub inserted: bool,
    /// Removed by somebody who tracks changes, not yet accepted: still there, and struck out.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub deleted: bool,
}

impl TextStyle {
    /// Nothing is set.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum Script {
    Super,
    Sub,
}

/// One edge of a box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Border {
    /// Points.
    pub width: f32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub color: Option<Color>,
    #[serde(default, skip_serializing_if = "super::slide::is_solid")]
    #[ts(optional, as = "Option<super::Dash>")]
    pub dash: super::Dash,
    /// Two lines.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub double: bool,
}

/// The edges of a box.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Borders {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub start: Option<Border>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub top: Option<Border>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub end: Option<Border>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub bottom: Option<Border>,
}

impl Borders {
    /// No edge is drawn.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Table {
    /// Widths in points, where the document says them; empty otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<f32>>")]
    pub columns: Vec<f32>,
    pub rows: Vec<TableRow>,
    #[serde(default, skip_serializing_if = "is_start")]
    #[ts(optional, as = "Option<Align>")]
    pub align: Align,
    /// Points from the margin where reading starts.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[ts(optional, as = "Option<f32>")]
    pub indent: f32,
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub rtl: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct TableRow {
    /// Only cells that are seen: what a merge covers is left out, as in HTML.
    pub cells: Vec<TableCell>,
    /// It stands on every page.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub header: bool,
    /// Points, at least.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[ts(optional, as = "Option<f32>")]
    pub height: f32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct TableCell {
    pub blocks: Vec<Block>,
    /// 0 and 1 are one column.
    #[serde(default, skip_serializing_if = "is_single")]
    #[ts(optional, as = "Option<u16>")]
    pub columns: u16,
    /// 0 and 1 are one row.
    #[serde(default, skip_serializing_if = "is_single")]
    #[ts(optional, as = "Option<u16>")]
    pub rows: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub shade: Option<Color>,
    #[serde(default, skip_serializing_if = "Borders::is_none")]
    #[ts(optional, as = "Option<Borders>")]
    pub borders: Borders,
    #[serde(default, skip_serializing_if = "is_top")]
    #[ts(optional, as = "Option<VerticalAlign>")]
    pub vertical: VerticalAlign,
    /// Points between edge and text: start, top, end, bottom; none = the usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub padding: Option<[f32; 4]>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_single(count: &u16) -> bool {
    *count <= 1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
pub(super) fn is_top(vertical: &VerticalAlign) -> bool {
    *vertical == VerticalAlign::Top
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum VerticalAlign {
    #[default]
    Top,
    Middle,
    Bottom,
}

/// A footnote, an endnote, a comment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Note {
    /// As in [`Inline::Note`].
    pub id: u32,
    pub kind: NoteKind,
    pub label: String,
    /// Who wrote a comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub author: Option<String>,
    pub blocks: Vec<Block>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum NoteKind {
    Footnote,
    Endnote,
    Comment,
}
