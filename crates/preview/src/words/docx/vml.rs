//! Pictures and boxes as Word drew them before 2010 (VML, ECMA-376 part 4 §19.1).

use super::inline::Inlines;
use super::story::Builder;
use super::units::measure;
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::error::Result;
use crate::model::{Color, Fill, Frame, Geometry, Inline, PictureRef, Shape, Stroke, TextBody, Warning};

/// Points in a point.
const POINTS: f32 = 1.0;

impl Builder<'_, '_> {
    /// `w:pict` and `w:object`.
    pub(super) fn vml(&mut self, node: Node<'_>, out: &mut Inlines) -> Result<()> {
        if !self.enter() {
            return Ok(());
        }
        for child in node.elements() {
            match (child.ns(), child.name()) {
                (Some(Ns::V), "shapetype") => {}
                (Some(Ns::V), "group") => self.vml(child, out)?,
                (Some(Ns::V), _) => self.vml_shape(child, out)?,
                (Some(Ns::O), "OLEObject") => self.shared.warnings.add(Warning::NotDrawn),
                (Some(Ns::W), "drawing") => self.drawing(child, out)?,
                _ => {}
            }
        }
        self.leave();
        Ok(())
    }

    fn vml_shape(&mut self, node: Node<'_>, out: &mut Inlines) -> Result<()> {
        let style = node.attribute("style").unwrap_or_default();
        if declared(style, "visibility") == Some("hidden") || declared(style, "mso-hide") == Some("all") {
            return Ok(());
        }
        let side =
            |name| declared(style, name).and_then(|value| measure(value, POINTS)).unwrap_or(0.0).max(0.0);
        let frame = Frame { width: side("width"), height: side("height"), ..Frame::default() };
        if let Some(picture) = node.child(Ns::V, "imagedata") {
            let picture = self.image_data(picture, node, frame);
            out.list.push(Inline::Picture(picture));
            return Ok(());
        }
        if node.attribute_in(Ns::O, "hr").is_some() {
            let line =
                Stroke { color: Color::rgb(160, 160, 160), width: 1.0, dash: Default::default(), ends: None };
            let shape = Shape { frame, geometry: Geometry::Line, stroke: Some(line), ..Shape::default() };
            out.list.push(Inline::Shape(Box::new(shape)));
            return Ok(());
        }
        let text = self.vml_text(node)?;
        if text.is_none() && !matches!(node.name(), "rect" | "roundrect" | "oval" | "line" | "shape") {
            return Ok(());
        }
        let shape = Shape {
            frame,
            geometry: geometry(node, frame),
            fill: fill(node),
            stroke: stroke(node),
            text,
            alt: node.attribute("alt").unwrap_or_default().to_owned(),
            ..Shape::default()
        };
        out.list.push(Inline::Shape(Box::new(shape)));
        Ok(())
    }

    fn image_data(&mut self, data: Node<'_>, shape: Node<'_>, frame: Frame) -> PictureRef {
        let id = data.attribute_in(Ns::R, "id").or_else(|| data.attribute_in(Ns::O, "relid"));
        let id = id.and_then(|id| self.relation_picture(id));
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
            let blocks = self.apart(content, relations)?;
            return Ok(Some(TextBody { blocks, insets: [7.2, 3.6, 7.2, 3.6], ..TextBody::default() }));
        }
        let art = node.child(Ns::V, "textpath").and_then(|path| path.attribute("string"));
        let Some(art) = art.filter(|art| !art.trim().is_empty()) else { return Ok(None) };
        let (mut inlines, context) = (Inlines::default(), self.bare_context());
        self.plain_text(art, &context, &mut inlines);
        let mut blocks = super::blocks::Blocks::default();
        blocks.paragraph(
            crate::model::Paragraph { inlines: inlines.list, ..Default::default() },
            super::blocks::Neighbour::default(),
        );
        Ok(Some(TextBody { blocks: blocks.finish(), no_wrap: true, ..TextBody::default() }))
    }
}

/// The value of a property in a `style` attribute.
fn declared<'s>(style: &'s str, name: &str) -> Option<&'s str> {
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
    let color = node.attribute("fillcolor").and_then(color);
    color.filter(|_| !off).map(|color| Fill::Solid { color })
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
        "roundrect" => Geometry::Rounded { radius: frame.width.min(frame.height) * 0.2 },
        _ => Geometry::Box,
    }
}
