//! Pictures and boxes as Word drew them before 2010 (VML, ECMA-376 part 4 §19.1).

use super::anchor::vml_anchor;
use super::inline::Inlines;
use super::story::Builder;
use super::units::measure;
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::error::Result;
use crate::model::{
    Block, Color, Dash, Fill, Frame, Geometry, Inline, Paragraph, PictureRef, Shape, ShapeContent, Stroke,
    TextBody, Warning,
};

/// Pixels of a point: what stands without a unit outside of groups.
pub(super) const PIXELS: f32 = 4.0 / 3.0;
/// Units that nothing in a group goes beyond.
const LIMIT: f32 = 1e7;

/// Where a group's children stand: points = (units - origin) × scale + offset.
#[derive(Clone, Copy)]
struct Space {
    origin: [f32; 2],
    scale: [f32; 2],
    offset: [f32; 2],
}

impl Builder<'_, '_> {
    /// `w:pict` and `w:object`.
    pub(super) fn vml(&mut self, node: Node<'_>, out: &mut Inlines) -> Result<()> {
        for child in node.elements() {
            match (child.ns(), child.name()) {
                (Some(Ns::V), _) => {
                    if let Some(mut shape) = self.vml_shape(child, None)? {
                        shape.anchor = vml_anchor(child);
                        out.list.push(match shape.content {
                            Some(ShapeContent::Picture(picture)) if shape.anchor.is_none() => {
                                Inline::Picture(picture)
                            }
                            _ => Inline::Shape(Box::new(shape)),
                        });
                    }
                }
                (Some(Ns::O), "OLEObject") => self.shared.warnings.add(Warning::NotDrawn),
                (Some(Ns::W), "drawing") => self.drawing(child, out)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn vml_shape(&mut self, node: Node<'_>, space: Option<&Space>) -> Result<Option<Shape>> {
        let style = node.attribute("style").unwrap_or_default();
        let hidden =
            declared(style, "visibility") == Some("hidden") || declared(style, "mso-hide") == Some("all");
        let drawn = matches!(
            node.name(),
            "group"
                | "shape"
                | "rect"
                | "roundrect"
                | "oval"
                | "line"
                | "polyline"
                | "image"
                | "arc"
                | "curve"
        );
        if hidden || !drawn {
            return Ok(None);
        }
        let frame = frame(node, style, space);
        let mut shape = Shape {
            frame,
            alt: node.attribute("alt").unwrap_or_default().trim().to_owned(),
            ..Shape::default()
        };
        if node.name() == "group" {
            let shapes = self.vml_group(node, frame)?;
            shape.content = Some(ShapeContent::Group { shapes });
        } else if let Some(picture) = node.child(Ns::V, "imagedata") {
            shape.content = Some(ShapeContent::Picture(self.image_data(picture, node, frame)));
        } else if node.attribute_in(Ns::O, "hr").is_some() {
            let color = Color::rgb(160, 160, 160);
            shape.geometry = Geometry::Line;
            shape.stroke = Some(Stroke { color, width: 1.0, dash: Dash::Solid, ends: None });
        } else {
            shape.text = self.vml_text(node)?;
            shape.geometry = geometry(node, frame);
            shape.fill = fill(node).filter(|_| shape.geometry != Geometry::Line);
            shape.stroke = stroke(node);
        }
        Ok(Some(shape))
    }

    fn vml_group(&mut self, node: Node<'_>, frame: Frame) -> Result<Vec<Shape>> {
        let pair = |name, usual| node.attribute(name).and_then(pair).unwrap_or(usual);
        let size = pair("coordsize", [1000.0, 1000.0]);
        let scale = |units: f32, points: f32| if units > 0.0 && points > 0.0 { points / units } else { 1.0 };
        let space = Space {
            origin: pair("coordorigin", [0.0; 2]),
            scale: [scale(size[0], frame.width), scale(size[1], frame.height)],
            offset: [frame.x, frame.y],
        };
        let mut shapes = Vec::new();
        if self.enter() {
            for child in node.elements().filter(|child| child.ns() == Some(Ns::V)) {
                if let Some(shape) = self.vml_shape(child, Some(&space))?.filter(|_| self.shared.take_block())
                {
                    shapes.push(shape);
                }
            }
            self.leave();
        }
        Ok(shapes)
    }

    fn image_data(&mut self, data: Node<'_>, shape: Node<'_>, frame: Frame) -> PictureRef {
        let id = data.attribute_in(Ns::R, "id").or_else(|| data.attribute_in(Ns::O, "relid"));
        // Documents of 2003 name their pictures themselves.
        let id = id.or_else(|| data.attribute("src")).and_then(|id| self.relation_picture(id));
        let told = shape.attribute("alt").or_else(|| data.attribute_in(Ns::O, "title"));
        let sides = ["cropleft", "croptop", "cropright", "cropbottom"];
        let crop = sides.map(|name| data.attribute(name).and_then(fraction).unwrap_or(0.0));
        let cropped = crop != [0.0; 4] && crop[0] + crop[2] < 1.0 && crop[1] + crop[3] < 1.0;
        PictureRef {
            id,
            width: frame.width,
            height: frame.height,
            alt: told.unwrap_or_default().to_owned(),
            crop: cropped.then_some(crop),
        }
    }

    /// A text box, or the text of word art.
    fn vml_text(&mut self, node: Node<'_>) -> Result<Option<TextBody>> {
        let content = node.child(Ns::V, "textbox");
        if let Some(content) = content.and_then(|text| text.child(Ns::W, "txbxContent")) {
            let relations = self.story.relations.clone();
            let blocks = self.apart(content, relations, None)?;
            return Ok(Some(TextBody { blocks, insets: [7.2, 3.6, 7.2, 3.6], ..TextBody::default() }));
        }
        let art = node.child(Ns::V, "textpath").and_then(|path| path.attribute("string"));
        let Some(art) = art.filter(|art| !art.trim().is_empty()) else { return Ok(None) };
        let (mut inlines, context) = (Inlines::default(), self.bare_context());
        self.plain_text(art, &context, &mut inlines);
        let paragraph = Paragraph { inlines: inlines.list, ..Paragraph::default() };
        let blocks = vec![Block::Paragraph(paragraph)];
        Ok(Some(TextBody { blocks, no_wrap: true, ..TextBody::default() }))
    }
}

/// Two coordinates with a comma between.
fn pair(text: &str) -> Option<[f32; 2]> {
    let (first, second) = text.split_once(',')?;
    Some([coordinate(first)?, coordinate(second)?])
}

fn coordinate(text: &str) -> Option<f32> {
    let text = text.trim();
    let value: f32 = if text.is_empty() { 0.0 } else { text.parse().ok()? };
    value.is_finite().then(|| value.clamp(-LIMIT, LIMIT))
}

/// Where a shape stands: in points, or in the units of the group around it.
fn frame(node: Node<'_>, style: &str, space: Option<&Space>) -> Frame {
    let length = |text: &str| if space.is_some() { coordinate(text) } else { measure(text, PIXELS) };
    let told = |name| declared(style, name).and_then(length);
    let mut place = [told("left").unwrap_or(0.0), told("top").unwrap_or(0.0)];
    let mut size = [told("width").unwrap_or(0.0), told("height").unwrap_or(0.0)];
    let ends = |name| {
        let (x, y) = node.attribute(name)?.split_once(',')?;
        Some([length(x)?, length(y)?])
    };
    let mut flips = [false; 2];
    if let (Some(from), Some(to)) = (ends("from"), ends("to")) {
        for axis in 0..2 {
            place[axis] = from[axis].min(to[axis]);
            size[axis] = (to[axis] - from[axis]).abs();
            flips[axis] = to[axis] < from[axis];
        }
    }
    match space {
        // Inside of the text it stands where it stands there.
        None => place = [0.0; 2],
        Some(space) => {
            for axis in 0..2 {
                place[axis] = (place[axis] - space.origin[axis]) * space.scale[axis] + space.offset[axis];
                size[axis] *= space.scale[axis];
            }
        }
    }
    let flip = declared(style, "flip").unwrap_or_default();
    let rotation = declared(style, "rotation").and_then(|turn| match turn.strip_suffix("fd") {
        Some(fixed) => coordinate(fixed).map(|fixed| fixed / 65_536.0),
        None => coordinate(turn),
    });
    Frame {
        x: place[0],
        y: place[1],
        width: size[0].max(0.0),
        height: size[1].max(0.0),
        rotation: rotation.unwrap_or(0.0) % 360.0,
        flip_x: flip.contains('x') != flips[0],
        flip_y: flip.contains('y') != flips[1],
    }
}

/// The value of a property in a `style` attribute.
pub(super) fn declared<'s>(style: &'s str, name: &str) -> Option<&'s str> {
    style.split(';').find_map(|part| {
        let (key, value) = part.split_once(':')?;
        (key.trim() == name).then(|| value.trim())
    })
}

/// A share, as a number or in 65536ths (`6554f`).
fn fraction(value: &str) -> Option<f32> {
    let share = match value.trim().strip_suffix('f') {
        Some(fixed) => fixed.parse::<f32>().ok()? / 65_536.0,
        None => value.trim().parse::<f32>().ok()?,
    };
    share.is_finite().then(|| share.clamp(0.0, 1.0))
}

/// `#4f81bd [3204]`, `#abc`, `red`.
fn color(value: &str) -> Option<Color> {
    let value = value.split_whitespace().next()?;
    if let Some(short) = value.strip_prefix('#').filter(|hex| hex.len() == 3) {
        return Color::hex(&short.chars().flat_map(|digit| [digit, digit]).collect::<String>());
    }
    let named = match value {
        "black" => "000000",
        "white" => "ffffff",
        "red" => "ff0000",
        "green" => "008000",
        "blue" => "0000ff",
        "yellow" => "ffff00",
        "gray" => "808080",
        "silver" => "c0c0c0",
        value => value,
    };
    Color::hex(named)
}

fn fill(node: Node<'_>) -> Option<Fill> {
    let off = node.attribute("filled").is_some_and(|value| matches!(value, "f" | "false"));
    // Word art is filled itself, not its box.
    let none = off || node.child(Ns::V, "textpath").is_some();
    let color = node.attribute("fillcolor").and_then(color).unwrap_or_else(|| Color::rgb(255, 255, 255));
    (!none).then_some(Fill::Solid { color })
}

fn stroke(node: Node<'_>) -> Option<Stroke> {
    let off = node.attribute("stroked").is_some_and(|value| matches!(value, "f" | "false"));
    let word_art = node.child(Ns::V, "textpath").is_some();
    if off || word_art {
        return None;
    }
    let color = node.attribute("strokecolor").and_then(color).unwrap_or_else(|| Color::rgb(0, 0, 0));
    let width = node.attribute("strokeweight").and_then(|weight| measure(weight, super::units::EMUS));
    Some(Stroke {
        color,
        width: width.unwrap_or(0.75).clamp(0.25, 50.0),
        dash: Default::default(),
        ends: None,
    })
}

fn geometry(node: Node<'_>, frame: Frame) -> Geometry {
    match node.name() {
        "oval" => Geometry::Ellipse,
        "line" => Geometry::Line,
        // The preset of straight connectors.
        _ if node.attribute("type").is_some_and(|kind| kind.ends_with("_t32")) => Geometry::Line,
        "roundrect" => Geometry::Rounded { radius: frame.width.min(frame.height) * 0.2 },
        _ => Geometry::Box,
    }
}
