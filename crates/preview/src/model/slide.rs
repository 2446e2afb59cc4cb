//! Slides and drawings: shapes in absolute places.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::flow::{Align, Block, Table, VerticalAlign, is_top};
use super::{Chart, Color, PictureRef, is_false, is_zero};

/// A slide; what its layout and master draw comes first among its shapes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Slide {
    pub index: u32,
    /// The text of its title; empty where it has none.
    pub title: String,
    /// Its author hid it.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub hidden: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub background: Option<Fill>,
    /// From back to front.
    pub shapes: Vec<Shape>,
    /// What is written in its vector pictures, for search.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub picture_texts: Vec<String>,
    /// What the speaker noted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Block>>")]
    pub notes: Vec<Block>,
}

/// A place on the slide (or inside the group's own frame, already resolved to the slide); points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Frame {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
    /// Degrees, clockwise, about the middle.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[ts(optional, as = "Option<f32>")]
    pub rotation: f32,
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub flip_x: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub flip_y: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Shape {
    pub frame: Frame,
    #[serde(default, skip_serializing_if = "Geometry::is_box")]
    #[ts(optional, as = "Option<Geometry>")]
    pub geometry: Geometry,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub fill: Option<Fill>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub stroke: Option<Stroke>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub text: Option<TextBody>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub content: Option<ShapeContent>,
    /// What it is to the slide, for headings and for readers of the screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub role: Option<ShapeRole>,
    /// Of shapes in flowing text: it stands beside the text, not in its line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub anchor: Option<Anchor>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(optional, as = "Option<String>")]
    pub alt: String,
}

/// Where a shape stands that belongs to a paragraph without standing in its lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Anchor {
    pub wrap: Wrap,
    pub across: Stand,
    pub down: Stand,
}

/// How text makes room for a shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum Wrap {
    /// It runs beside it.
    #[default]
    Around,
    /// It stands above and below it.
    Apart,
    /// It goes on under it.
    Under,
    /// It is written over it.
    Over,
}

/// A place along one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Stand {
    pub from: AnchorFrom,
    /// Where in that it stands; else the offset says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub align: Option<Align>,
    /// Points.
    pub offset: f32,
}

/// What a place is measured from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum AnchorFrom {
    /// Its paragraph, or its column.
    #[default]
    Text,
    /// The paper without its margins.
    Margin,
    /// The paper.
    Page,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum ShapeRole {
    Title,
    Subtitle,
    Body,
    /// Date, footer, slide number.
    Margin,
    /// Drawn by layout or master.
    Decoration,
}

/// What stands inside a shape besides its text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum ShapeContent {
    Picture(PictureRef),
    Table(Table),
    Chart(Box<Chart>),
    /// Their frames are in the same coordinates as the group's own.
    Group {
        shapes: Vec<Shape>,
    },
}

/// The outline of a shape.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum Geometry {
    #[default]
    Box,
    /// Points of the corners' radius.
    Rounded {
        radius: f32,
    },
    Ellipse,
    /// From the top left to the bottom right of the frame, before it is flipped.
    Line,
    /// SVG path data (`M L C Q A Z` with numbers, made here, never copied from a document), in points from the frame's corner.
    Paths {
        paths: Vec<PathPart>,
    },
}

impl Geometry {
    pub(crate) fn is_box(&self) -> bool {
        *self == Self::Box
    }
}

/// One of the paths of a shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct PathPart {
    pub data: String,
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub no_fill: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub no_stroke: bool,
    /// Share of white (above 0) or black (below 0) that its fill is mixed with: lids and sides of solid shapes.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[ts(optional, as = "Option<f32>")]
    pub shade: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum Fill {
    Solid {
        color: Color,
    },
    Gradient {
        stops: Vec<GradientStop>,
        /// Degrees, clockwise from left-to-right; none = from the middle outwards.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        angle: Option<f32>,
    },
    Picture {
        picture: PictureRef,
        /// Again and again at its own size.
        #[serde(default, skip_serializing_if = "is_false")]
        #[ts(optional, as = "Option<bool>")]
        tile: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct GradientStop {
    /// 0 to 1.
    pub at: f32,
    pub color: Color,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Stroke {
    pub color: Color,
    /// Points.
    pub width: f32,
    #[serde(default, skip_serializing_if = "is_solid")]
    #[ts(optional, as = "Option<Dash>")]
    pub dash: Dash,
    /// Arrow heads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub ends: Option<Ends>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum Dash {
    #[default]
    Solid,
    Dashed,
    Dotted,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
pub(super) fn is_solid(dash: &Dash) -> bool {
    *dash == Dash::Solid
}

/// Which ends of a line have a head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Ends {
    pub start: bool,
    pub end: bool,
}

/// Text in a shape.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct TextBody {
    pub blocks: Vec<Block>,
    /// Where it stands in its shape.
    #[serde(default, skip_serializing_if = "is_top")]
    #[ts(optional, as = "Option<VerticalAlign>")]
    pub vertical: VerticalAlign,
    /// Points between edge and text: left, top, right, bottom.
    pub insets: [f32; 4],
    /// It goes on past the shape's edge instead of beginning a new line.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub no_wrap: bool,
    /// Sizes of letters are multiplied with it; 0 = 1.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[ts(optional, as = "Option<f32>")]
    pub scale: f32,
    /// Degrees that the text is turned by: 0, 90, 270.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[ts(optional, as = "Option<f32>")]
    pub rotation: f32,
    /// 0 and 1 are one.
    #[serde(default)]
    pub columns: u16,
}
