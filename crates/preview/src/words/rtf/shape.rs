//! Drawings and boxes with text (RTF 1.9.1, "Word 97 through Word 2007 RTF for Drawing Objects", "Drawing Objects").

use std::collections::HashMap;

use super::para::points;
use super::place::Place;
use crate::model::{
    Anchor, Block, Color, Fill, Frame, Geometry, PictureRef, Shape, ShapeContent, Stroke, TextBody,
    VerticalAlign,
};

/// Properties that are kept of a shape, and characters of each.
const PROPERTIES: usize = 200;
const LONGEST: usize = 4096;
/// English metric units in a point.
const EMUS: f32 = 12_700.0;
/// Shapes of a group.
const MOST: usize = 2000;

/// A shape that is being read.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) is_group: bool,
    /// Left, top, right, bottom: twips.
    sides: [i32; 4],
    place: Place,
    properties: HashMap<String, String>,
    /// The property whose value comes.
    name: String,
    value: String,
    pub(super) blocks: Option<Vec<Block>>,
    pub(super) picture: Option<PictureRef>,
    children: Vec<Shape>,
}

impl Draft {
    pub(super) fn new(is_group: bool) -> Self {
        Self { is_group, ..Self::default() }
    }

    pub(super) fn word(&mut self, name: &str, value: i32) {
        self.place.word(name, value);
        match name {
            "shpleft" | "dpx" => self.sides[0] = value,
            "shptop" | "dpy" => self.sides[1] = value,
            "shpright" => self.sides[2] = value,
            "shpbottom" => self.sides[3] = value,
            "dpxsize" => self.sides[2] = self.sides[0].saturating_add(value),
            "dpysize" => self.sides[3] = self.sides[1].saturating_add(value),
            _ => {}
        }
    }

    pub(super) fn add_name(&mut self, text: &str) {
        if self.name.len() < LONGEST {
            self.name.push_str(text);
        }
    }

    pub(super) fn add_value(&mut self, text: &str) {
        if self.value.len() < LONGEST {
            self.value.push_str(text);
        }
    }

    /// `\sp` is over.
    pub(super) fn end_property(&mut self) {
        let (name, value) = (std::mem::take(&mut self.name), std::mem::take(&mut self.value));
        if self.properties.len() < PROPERTIES {
            self.properties.insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }

    pub(super) fn add_child(&mut self, shape: Shape) {
        if self.children.len() < MOST {
            self.children.push(shape);
        }
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.properties.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    fn number(&self, name: &str) -> Option<i32> {
        self.text(name)?.parse::<i64>().ok().map(|value| value.clamp(i32::MIN.into(), i32::MAX.into()) as i32)
    }

    fn is_on(&self, name: &str, usual: bool) -> bool {
        self.number(name).map_or(usual, |value| value != 0)
    }

    /// Red in the lowest byte ([MS-ODRAW] 2.2.2 OfficeArtCOLORREF).
    pub(super) fn color(&self, name: &str) -> Option<Color> {
        let value = self.number(name)?.cast_unsigned();
        let [red, green, blue, kind] = value.to_le_bytes();
        // Colours of schemes and systems are not in the document.
        (kind == 0).then(|| Color::rgb(red, green, blue))
    }

    /// Where it stands beside the text; none where it stands in a line.
    fn anchor(&self) -> Option<Anchor> {
        let corner = [self.sides[0], self.sides[1]];
        (!self.is_on("fPseudoInline", false)).then(|| self.place.anchor(corner, |name| self.number(name)))
    }

    /// Its size, in points.
    fn size(&self) -> (f32, f32) {
        let side = |from: usize| points(self.sides[from + 2].saturating_sub(self.sides[from]).max(0));
        (side(0), side(1))
    }

    /// What is drawn; none where that is nothing.
    pub(super) fn finish(mut self) -> Option<Shape> {
        let hidden = self.is_on("fHidden", false) && !self.is_on("fPseudoInline", false);
        if hidden {
            return None;
        }
        let (width, height) = self.size();
        let mut frame = Frame { width, height, ..Frame::default() };
        self.turn(&mut frame);
        let kind = self.number("shapeType").unwrap_or(if self.blocks.is_some() { 202 } else { 1 });
        let picture = self.picture.take();
        let text = self.body();
        let content = if self.is_group {
            let shapes = self.group(width, height);
            (!shapes.is_empty()).then_some(ShapeContent::Group { shapes })
        } else {
            picture.map(|picture| ShapeContent::Picture(PictureRef { width, height, ..picture }))
        };
        let plain = kind == 75 || self.is_group;
        let shape = Shape {
            frame,
            geometry: geometry(kind, width.min(height)),
            fill: self.fill(plain || kind == 20 || kind == 32),
            stroke: self.stroke(plain),
            text,
            content,
            role: None,
            anchor: self.anchor(),
            alt: self.text("wzDescription").unwrap_or_default().to_owned(),
        };
        let seen =
            shape.text.is_some() || shape.content.is_some() || shape.fill.is_some() || shape.stroke.is_some();
        seen.then_some(shape)
    }

    fn turn(&self, frame: &mut Frame) {
        // 65,536ths of a degree.
        frame.rotation = self.number("rotation").map_or(0.0, |turn| (turn as f32 / 65_536.0) % 360.0);
        frame.flip_x = self.is_on("fFlipH", false);
        frame.flip_y = self.is_on("fFlipV", false);
    }

    fn body(&mut self) -> Option<TextBody> {
        let blocks = match self.blocks.take() {
            Some(blocks) => blocks,
            None => super::plain_paragraphs(self.text("gtextUNICODE")?),
        };
        let inset = |name: &str, usual: f32| {
            self.number(name).map_or(usual, |emus| (emus as f32 / EMUS).clamp(0.0, 720.0))
        };
        let vertical = match self.number("anchorText").unwrap_or(0) {
            1 | 4 => VerticalAlign::Middle,
            2 | 5 => VerticalAlign::Bottom,
            _ => VerticalAlign::Top,
        };
        let rotation = match self.number("txflTextFlow").unwrap_or(0) {
            1 | 3 | 5 => 90.0,
            2 => 270.0,
            _ => 0.0,
        };
        (!blocks.is_empty()).then(|| TextBody {
            blocks,
            vertical,
            insets: [
                inset("dxTextLeft", 7.2),
                inset("dyTextTop", 3.6),
                inset("dxTextRight", 7.2),
                inset("dyTextBottom", 3.6),
            ],
            rotation,
            ..TextBody::default()
        })
    }

    fn fill(&self, plain: bool) -> Option<Fill> {
        let filled = self.is_on("fFilled", !plain);
        filled.then(|| Fill::Solid {
            color: self.color("fillColor").unwrap_or_else(|| Color::rgb(255, 255, 255)),
        })
    }

    fn stroke(&self, plain: bool) -> Option<Stroke> {
        let drawn = self.is_on("fLine", !plain);
        let width = self.number("lineWidth").map_or(0.75, |emus| (emus as f32 / EMUS).clamp(0.25, 100.0));
        let color = self.color("lineColor").unwrap_or_else(|| Color::rgb(0, 0, 0));
        drawn.then_some(Stroke { color, width, dash: crate::model::Dash::Solid, ends: None })
    }

    /// The shapes of a group, from its own coordinates into points.
    fn group(&mut self, width: f32, height: f32) -> Vec<Shape> {
        let mut shapes = std::mem::take(&mut self.children);
        let bounds = ["groupLeft", "groupTop", "groupRight", "groupBottom"]
            .map(|name| self.number(name).unwrap_or(0) as f32);
        let scale = |own: f32, from: f32, to: f32| {
            if to > from && own > 0.0 { own / (to - from) } else { 1.0 / 20.0 }
        };
        let (across, down) = (scale(width, bounds[0], bounds[2]), scale(height, bounds[1], bounds[3]));
        for shape in &mut shapes {
            let frame = &mut shape.frame;
            frame.x = (frame.x - bounds[0]) * across;
            frame.y = (frame.y - bounds[1]) * down;
            frame.width *= across;
            frame.height *= down;
            if let Some(ShapeContent::Picture(picture)) = &mut shape.content {
                (picture.width, picture.height) = (frame.width, frame.height);
            }
        }
        shapes
    }

    /// As one of a group: its frame in the group's coordinates.
    pub(super) fn finish_in_group(self) -> Option<Shape> {
        let bounds =
            ["relLeft", "relTop", "relRight", "relBottom"].map(|name| self.number(name).unwrap_or(0) as f32);
        let mut shape = self.finish()?;
        shape.anchor = None;
        (shape.frame.x, shape.frame.y) = (bounds[0], bounds[1]);
        (shape.frame.width, shape.frame.height) =
            ((bounds[2] - bounds[0]).max(0.0), (bounds[3] - bounds[1]).max(0.0));
        Some(shape)
    }
}

/// By the number of its kind ([MS-ODRAW] 2.4.24 MSOSPT).
fn geometry(kind: i32, short: f32) -> Geometry {
    match kind {
        2 => Geometry::Rounded { radius: short / 6.0 },
        3 => Geometry::Ellipse,
        20 | 32 => Geometry::Line,
        _ => Geometry::Box,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(sides: [i32; 4], properties: &[(&str, &str)]) -> Draft {
        let mut draft = Draft::default();
        for (name, value) in ["shpleft", "shptop", "shpright", "shpbottom"].into_iter().zip(sides) {
            draft.word(name, value);
        }
        for (name, value) in properties {
            draft.add_name(name);
            draft.add_value(value);
            draft.end_property();
        }
        draft
    }

    #[test]
    fn properties_make_a_shape() {
        let shape = draft(
            [100, 100, 1540, 820],
            &[
                ("shapeType", "3"),
                ("fillColor", "255"),
                ("lineWidth", "12700"),
                ("rotation", "5898240"),
                ("fFlipH", "1"),
            ],
        );
        let Some(shape) = shape.finish() else { panic!("a shape") };
        assert_eq!((shape.frame.width, shape.frame.height, shape.frame.rotation), (72.0, 36.0, 90.0));
        assert_eq!((shape.geometry, shape.frame.flip_x), (Geometry::Ellipse, true));
        assert_eq!(shape.fill, Some(Fill::Solid { color: Color::rgb(255, 0, 0) }));
        assert_eq!(shape.stroke.map(|stroke| stroke.width), Some(1.0));
        assert!(draft([0; 4], &[("fFilled", "0"), ("fLine", "0")]).finish().is_none(), "nothing is seen");
    }

    #[test]
    fn groups_place_their_shapes() {
        let child = draft(
            [0; 4],
            &[("relLeft", "1000"), ("relTop", "0"), ("relRight", "2000"), ("relBottom", "500")],
        );
        let mut group = draft(
            [0, 0, 2000, 1000],
            &[("groupLeft", "0"), ("groupTop", "0"), ("groupRight", "2000"), ("groupBottom", "1000")],
        );
        group.is_group = true;
        child.finish_in_group().into_iter().for_each(|shape| group.add_child(shape));
        let Some(ShapeContent::Group { shapes }) = group.finish().and_then(|shape| shape.content) else {
            panic!("a group")
        };
        let frame = shapes[0].frame;
        assert_eq!((frame.x, frame.y, frame.width, frame.height), (50.0, 0.0, 50.0, 25.0));
    }
}
