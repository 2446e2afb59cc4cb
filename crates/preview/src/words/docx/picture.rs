//! Pictures, boxes and groups of DrawingML (ECMA-376 part 1 §20.4; [MS-ODRAWXML] 2.1).

use super::inline::Inlines;
use super::parts::is_remote;
use super::story::Builder;
use super::units::{EMUS, is_on, points};
use super::vml::is_decoration;
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::drawing::chart;
use crate::error::Result;
use crate::model::{Frame, Inline, PictureRef, Shape, ShapeContent, TextBody, VerticalAlign, Warning};

/// Where a group's children are placed: points = (units - origin) × scale + offset.
#[derive(Clone, Copy)]
struct Space {
    origin: [f32; 2],
    scale: [f32; 2],
    offset: [f32; 2],
}

impl Space {
    fn place(&self, frame: Frame) -> Frame {
        Frame {
            x: (frame.x - self.origin[0]) * self.scale[0] + self.offset[0],
            y: (frame.y - self.origin[1]) * self.scale[1] + self.offset[1],
            width: frame.width * self.scale[0],
            height: frame.height * self.scale[1],
            ..frame
        }
    }
}

impl Builder<'_, '_> {
    /// `w:drawing`.
    pub(super) fn drawing(&mut self, node: Node<'_>, out: &mut Inlines) -> Result<()> {
        for place in node.elements().filter(|place| matches!(place.name(), "inline" | "anchor")) {
            let properties = place.child(Ns::Wp, "docPr");
            if properties.and_then(|node| node.attribute("hidden")).is_some_and(is_on) {
                continue;
            }
            let alt = properties.map(alt).unwrap_or_default();
            let extent = place.child(Ns::Wp, "extent");
            let side = |name| extent.and_then(|extent| points(extent, name, EMUS)).unwrap_or(0.0).max(0.0);
            let frame = Frame { width: side("cx"), height: side("cy"), ..Frame::default() };
            let data = place.path(Ns::A, &["graphic", "graphicData"]);
            for graphic in data.iter().flat_map(|data| data.elements()) {
                let before = out.list.len();
                self.graphic(graphic, frame, &alt, out)?;
                let behind = place.attribute("behindDoc").is_some_and(is_on);
                if behind && matches!(out.list.last(), Some(Inline::Shape(shape)) if is_decoration(shape)) {
                    out.list.truncate(before);
                }
            }
        }
        Ok(())
    }

    fn graphic(&mut self, node: Node<'_>, frame: Frame, alt: &str, out: &mut Inlines) -> Result<()> {
        match (node.ns(), node.name()) {
            (Some(Ns::Pic), "pic") => {
                let picture = self.picture(node, frame, alt);
                out.list.push(Inline::Picture(picture));
            }
            (Some(Ns::Wps | Ns::Wpg | Ns::Wpc), _) => {
                if let Some(mut shape) = self.shape(node, None)? {
                    if shape.frame.width <= 0.0 && shape.frame.height <= 0.0 {
                        shape.frame = Frame { rotation: shape.frame.rotation, ..frame };
                    }
                    alt.clone_into(&mut shape.alt);
                    out.list.push(Inline::Shape(Box::new(shape)));
                }
            }
            (Some(Ns::C), "chart") => {
                if let Some(content) = self.chart(node, frame)? {
                    let shape =
                        Shape { frame, content: Some(content), alt: alt.to_owned(), ..Shape::default() };
                    out.list.push(Inline::Shape(Box::new(shape)));
                }
            }
            _ => self.shared.warnings.add(Warning::NotDrawn),
        }
        Ok(())
    }

    /// `c:chart`.
    fn chart(&mut self, node: Node<'_>, frame: Frame) -> Result<Option<ShapeContent>> {
        let shared = &mut *self.shared;
        let part = node.attribute_in(Ns::R, "id").and_then(|id| self.story.relations.part(id));
        let Some(part) = part else { return Ok(None) };
        let chart = chart::read(&shared.package, part, &shared.theme.palette(), (frame.width, frame.height));
        let chart = shared.warnings.keep(chart)?;
        if chart.is_none() {
            shared.warnings.add(Warning::NotDrawn);
        }
        Ok(chart.map(|chart| ShapeContent::Chart(Box::new(chart))))
    }

    /// `pic:pic`.
    fn picture(&mut self, node: Node<'_>, frame: Frame, alt: &str) -> PictureRef {
        let fill = node.child(Ns::Pic, "blipFill");
        let blip = fill.and_then(|fill| fill.child(Ns::A, "blip"));
        let id = blip.and_then(|blip| self.blip(blip));
        let crop = fill.and_then(|fill| fill.child(Ns::A, "srcRect")).and_then(crop);
        let named = node.path(Ns::Pic, &["nvPicPr", "cNvPr"]).map(super::picture::alt);
        let alt = if alt.is_empty() { named.unwrap_or_default() } else { alt.to_owned() };
        PictureRef { id, width: frame.width, height: frame.height, alt, crop }
    }

    /// The picture that `a:blip` names.
    fn blip(&mut self, blip: Node<'_>) -> Option<u32> {
        let embedded = blip.attribute_in(Ns::R, "embed").filter(|id| !id.is_empty());
        let found = embedded.and_then(|id| self.relation_picture(id));
        let linked = blip.attribute_in(Ns::R, "link").filter(|id| !id.is_empty());
        found.or_else(|| self.relation_picture(linked?))
    }

    /// The picture that a relationship names; what is outside the document is not looked for.
    pub(super) fn relation_picture(&mut self, id: &str) -> Option<u32> {
        let relation = self.story.relations.get(id)?;
        if relation.external {
            if is_remote(&relation.target) || relation.target.starts_with("file:") {
                self.shared.warnings.add(Warning::External);
            }
            return None;
        }
        if !self.shared.package.zip.has(&relation.target) {
            self.shared.warnings.add(Warning::Damaged);
            return None;
        }
        Some(self.shared.pictures.id(&relation.target))
    }

    /// A shape, a group or a picture in one.
    fn shape(&mut self, node: Node<'_>, space: Option<Space>) -> Result<Option<Shape>> {
        let properties = node.elements().find(|child| matches!(child.name(), "spPr" | "grpSpPr"));
        let transform =
            properties.and_then(|node| node.child(Ns::A, "xfrm")).or_else(|| node.child(Ns::Wps, "xfrm"));
        let own = transform.map(frame).unwrap_or_default();
        // Inside of the text it stands where it stands there.
        let frame = space.map_or(Frame { x: 0.0, y: 0.0, ..own }, |space| space.place(own));
        let mut shape = Shape { frame, ..Shape::default() };
        match node.name() {
            "wsp" | "sp" => {
                shape.text = self.text_body(node)?;
            }
            "pic" => {
                let alt = node.path(Ns::Pic, &["nvPicPr", "cNvPr"]).map(alt).unwrap_or_default();
                shape.content = Some(ShapeContent::Picture(self.picture(node, frame, &alt)));
            }
            "wgp" | "grpSp" | "wpc" => {
                let inner = transform.map(|transform| inner_space(transform, own, frame)).or(space);
                shape.content = Some(ShapeContent::Group { shapes: self.shapes(node, inner)? });
            }
            "cNvPr" | "cNvGrpSpPr" | "cNvCnPr" | "spPr" | "grpSpPr" | "bg" | "whole" | "extLst" => {
                return Ok(None);
            }
            _ => {
                self.shared.warnings.add(Warning::NotDrawn);
                return Ok(None);
            }
        }
        Ok(Some(shape))
    }

    fn shapes(&mut self, group: Node<'_>, space: Option<Space>) -> Result<Vec<Shape>> {
        let mut shapes = Vec::new();
        if self.enter() {
            for child in group.elements() {
                if let Some(shape) = self.shape(child, space)?.filter(|_| self.shared.take_block()) {
                    shapes.push(shape);
                }
            }
            self.leave();
        }
        Ok(shapes)
    }

    /// The text of `wps:wsp`.
    fn text_body(&mut self, node: Node<'_>) -> Result<Option<TextBody>> {
        let Some(content) = node.path(Ns::Wps, &["txbx"]).and_then(|text| text.child(Ns::W, "txbxContent"))
        else {
            return Ok(None);
        };
        let relations = self.story.relations.clone();
        let blocks = self.apart(content, relations)?;
        let body = node.child(Ns::Wps, "bodyPr");
        let inset = |name, usual| body.and_then(|body| points(body, name, EMUS)).unwrap_or(usual);
        let vertical = match body.and_then(|body| body.attribute("anchor")) {
            Some("ctr") => VerticalAlign::Middle,
            Some("b") => VerticalAlign::Bottom,
            _ => VerticalAlign::Top,
        };
        let rotation = match body.and_then(|body| body.attribute("vert")) {
            Some("vert" | "eaVert") => 90.0,
            Some("vert270") => 270.0,
            _ => 0.0,
        };
        Ok(Some(TextBody {
            blocks,
            vertical,
            insets: [inset("lIns", 7.2), inset("tIns", 3.6), inset("rIns", 7.2), inset("bIns", 3.6)],
            no_wrap: body.and_then(|body| body.attribute("wrap")) == Some("none"),
            rotation,
            ..TextBody::default()
        }))
    }
}

/// What a drawing says for those who can't see it.
fn alt(properties: Node<'_>) -> String {
    let told = ["descr", "title"].iter().filter_map(|name| properties.attribute(name));
    told.map(str::trim).find(|text| !text.is_empty()).unwrap_or_default().to_owned()
}

/// `a:srcRect`: thousandths of a percent that are cut away.
fn crop(node: Node<'_>) -> Option<[f32; 4]> {
    let side = |name| {
        let value = node.attribute(name)?;
        let share = match value.strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f32>().ok()? / 100.0,
            None => value.trim().parse::<f32>().ok()? / 100_000.0,
        };
        share.is_finite().then(|| share.clamp(0.0, 1.0))
    };
    let sides = ["l", "t", "r", "b"].map(|name| side(name).unwrap_or(0.0));
    (sides != [0.0; 4] && sides[0] + sides[2] < 1.0 && sides[1] + sides[3] < 1.0).then_some(sides)
}

/// `a:xfrm`.
fn frame(node: Node<'_>) -> Frame {
    let number =
        |child, name| node.child(Ns::A, child).and_then(|child| points(child, name, EMUS)).unwrap_or(0.0);
    let flag = |name| node.attribute(name).is_some_and(is_on);
    let rotation: f32 = node.number("rot").unwrap_or(0.0);
    Frame {
        x: number("off", "x"),
        y: number("off", "y"),
        width: number("ext", "cx").max(0.0),
        height: number("ext", "cy").max(0.0),
        rotation: if rotation.is_finite() { rotation / 60_000.0 % 360.0 } else { 0.0 },
        flip_x: flag("flipH"),
        flip_y: flag("flipV"),
    }
}

/// Where the children of a group stand.
fn inner_space(transform: Node<'_>, own: Frame, placed: Frame) -> Space {
    let number = |child, name| {
        transform.child(Ns::A, child).and_then(|child| points(child, name, EMUS)).unwrap_or(0.0)
    };
    let scale = |inner: f32, outer: f32| if inner > 0.0 && outer > 0.0 { outer / inner } else { 1.0 };
    let (width, height) = (number("chExt", "cx"), number("chExt", "cy"));
    let has_inner = transform.child(Ns::A, "chOff").is_some();
    let origin = if has_inner { [number("chOff", "x"), number("chOff", "y")] } else { [own.x, own.y] };
    Space {
        origin,
        scale: [scale(width, placed.width), scale(height, placed.height)],
        offset: [placed.x, placed.y],
    }
}
