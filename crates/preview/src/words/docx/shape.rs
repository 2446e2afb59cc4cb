//! Boxes, groups and diagrams of DrawingML ([MS-ODRAWXML] 2.1, 2.5).

use std::rc::Rc;

use super::picture::alt;
use super::run_props::RunProps;
use super::story::{Builder, CellLook};
use super::units::is_on;
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::drawing::shape::{FontStyle, Look, Nesting, frame, look};
use crate::drawing::text::{self, TextContext};
use crate::drawing::{degrees, points};
use crate::error::Result;
use crate::model::{Block, Fill, Frame, Shape, ShapeContent, TextBody, VerticalAlign, Warning};

/// Points between a box and its text.
const INSETS: [f32; 4] = [7.2, 3.6, 7.2, 3.6];
/// Points of a diagram whose texts are listed.
const POINTS: usize = 2000;

/// What stands around a shape in a group.
#[derive(Clone)]
pub(super) struct Around {
    nesting: Nesting,
    /// The outermost group's own place: it stands in the text instead.
    origin: (f32, f32),
    fill: Option<Fill>,
}

impl Builder<'_, '_> {
    /// A shape, a group or a picture; `around` is the group it is in.
    pub(super) fn shape(&mut self, node: Node<'_>, around: Option<&Around>) -> Result<Option<Shape>> {
        let child = |name: &str| node.named(name);
        let properties = child("spPr").or_else(|| child("grpSpPr"));
        let transform = properties.and_then(|node| node.child(Ns::A, "xfrm")).or_else(|| child("xfrm"));
        let own = transform.and_then(frame).unwrap_or_default();
        let frame = match around {
            Some(around) => around.place(own),
            None => Frame { x: 0.0, y: 0.0, ..own },
        };
        let mut shape = Shape { frame, alt: child("cNvPr").map(alt).unwrap_or_default(), ..Shape::default() };
        match node.name() {
            "wsp" | "sp" => {
                let look = self.look_of(node, properties, frame, around);
                shape.text = self.text_body(node, &look)?;
                (shape.geometry, shape.fill, shape.stroke) = (look.outline.geometry, look.fill, look.stroke);
            }
            "pic" => shape.content = Some(ShapeContent::Picture(self.picture(node, frame))),
            "wgp" | "grpSp" | "wpc" => {
                let inner = Around {
                    nesting: around
                        .map_or_else(Nesting::default, |around| around.nesting.clone())
                        .with_group(transform),
                    origin: around.map_or((own.x, own.y), |around| around.origin),
                    fill: self.look_of(node, properties, frame, around).fill,
                };
                shape.content = Some(ShapeContent::Group { shapes: self.shapes(node, &inner)? });
            }
            "graphicFrame" => {
                self.shared.warnings.add(Warning::NotDrawn);
                return Ok(None);
            }
            _ => return Ok(None),
        }
        Ok(Some(shape))
    }

    fn shapes(&mut self, group: Node<'_>, around: &Around) -> Result<Vec<Shape>> {
        let mut shapes = Vec::new();
        if self.enter() {
            for child in group.elements() {
                if let Some(shape) = self.shape(child, Some(around))?.filter(|_| self.shared.take_block()) {
                    shapes.push(shape);
                }
            }
            self.leave();
        }
        Ok(shapes)
    }

    fn look_of(&self, node: Node<'_>, own: Option<Node<'_>>, frame: Frame, around: Option<&Around>) -> Look {
        let style = node.named("style");
        self.in_scope(|scope| {
            let properties: Vec<_> = own.into_iter().map(|own| (own, *scope)).collect();
            let group = around.and_then(|around| around.fill.as_ref());
            look(&properties, style, (frame.width, frame.height), scope, group)
        })
    }

    /// The text of a box of Word, or of a shape in a diagram.
    fn text_body(&mut self, node: Node<'_>, look: &Look) -> Result<Option<TextBody>> {
        let content = node.child(Ns::Wps, "txbx").and_then(|text| text.child(Ns::W, "txbxContent"));
        if let Some(content) = content {
            let blocks = self.boxed(content, look)?;
            return Ok(Some(body(node.child(Ns::Wps, "bodyPr"), blocks, look.outline.insets)));
        }
        let Some(own) = node.child(Ns::Dsp, "txBody") else { return Ok(None) };
        let text = self.in_scope(|scope| {
            let context =
                TextContext { scope: *scope, lists: &[], bodies: &[], font: look.font, slide_number: None };
            text::body(own, &context, look.outline.insets)
        });
        Ok(Some(text).filter(|text| !text.blocks.is_empty()))
    }

    /// The blocks of a box: text without a colour has that of the box's style.
    fn boxed(&mut self, content: Node<'_>, look: &Look) -> Result<Vec<Block>> {
        let run = RunProps::colored(look.font.color.map(|color| color.color()));
        let shade = match &look.fill {
            Some(Fill::Solid { color }) => Some(color.clone()),
            _ => None,
        };
        let around = CellLook { run, shade, ..CellLook::default() };
        let relations = self.story.relations.clone();
        self.apart(content, relations, Some(Rc::new(around)))
    }

    /// SmartArt: the drawing that Word saved of it, or the texts of its points.
    pub(super) fn diagram(&mut self, ids: Node<'_>, frame: Frame) -> Result<Option<ShapeContent>> {
        let relations = self.story.relations.clone();
        let data = ids.attribute_in(Ns::R, "dm").and_then(|id| relations.part(id));
        let Some(data) = data else { return Ok(None) };
        let model = self.shared.warnings.keep(self.shared.package.tree(data))?;
        let Some(root) = model.as_ref().and_then(|model| model.root()) else { return Ok(None) };
        let named = root.descendants().find(|node| node.name() == "dataModelExt");
        let named = named.and_then(|extension| relations.part(extension.attribute("relId")?));
        if let Some(part) = named.or_else(|| relations.of_kind("diagramDrawing")) {
            let drawn = self.drawn(part, frame)?;
            if !drawn.is_empty() {
                return Ok(Some(ShapeContent::Group { shapes: drawn }));
            }
        }
        let blocks = self.in_scope(|scope| {
            let context = TextContext {
                scope: *scope,
                lists: &[],
                bodies: &[],
                font: FontStyle::default(),
                slide_number: None,
            };
            let points = root.path(Ns::Dgm, &["ptLst"]).into_iter();
            let points = points.flat_map(|list| list.all(Ns::Dgm, "pt")).take(POINTS);
            points
                .filter(|point| matches!(point.attribute("type"), None | Some("node" | "asst")))
                .filter_map(|point| point.child(Ns::Dgm, "t"))
                .flat_map(|body| text::paragraphs(body, &context))
                .collect::<Vec<_>>()
        });
        if blocks.is_empty() {
            return Ok(None);
        }
        let text = TextBody { blocks, insets: INSETS, ..TextBody::default() };
        Ok(Some(ShapeContent::Group { shapes: vec![Shape { frame, text: Some(text), ..Shape::default() }] }))
    }

    fn drawn(&mut self, part: &str, frame: Frame) -> Result<Vec<Shape>> {
        let tree = self.shared.warnings.keep(self.shared.package.tree(part))?;
        let Some(root) = tree.as_ref().and_then(|tree| tree.root()) else { return Ok(Vec::new()) };
        let Some(shapes) = root.child(Ns::Dsp, "spTree") else { return Ok(Vec::new()) };
        let relations = self.shared.warnings.keep(self.shared.package.relations(part).map(Some))?;
        let outside = std::mem::replace(&mut self.story.relations, Rc::new(relations.unwrap_or_default()));
        let around = Around { nesting: Nesting::default(), origin: (-frame.x, -frame.y), fill: None };
        let shapes = self.shapes(shapes, &around);
        self.story.relations = outside;
        shapes
    }
}

impl Around {
    fn place(&self, own: Frame) -> Frame {
        let placed = self.nesting.resolve(own);
        Frame { x: placed.x - self.origin.0, y: placed.y - self.origin.1, ..placed }
    }
}

/// Text in a box as its `bodyPr` says.
fn body(properties: Option<Node<'_>>, blocks: Vec<Block>, outline: [f32; 4]) -> TextBody {
    let told = |name: &str| properties.and_then(|node| node.attribute(name));
    let mut insets = INSETS;
    let names = ["lIns", "tIns", "rIns", "bIns"];
    for ((inset, name), outline) in insets.iter_mut().zip(names).zip(outline) {
        *inset = told(name).and_then(points).unwrap_or(*inset).clamp(-1584.0, 1584.0) + outline;
    }
    let turned = match told("vert") {
        Some("vert" | "eaVert") => 90.0,
        Some("vert270") => 270.0,
        _ => 0.0,
    };
    let upright = told("upright").is_some_and(is_on);
    TextBody {
        blocks,
        vertical: match told("anchor") {
            Some("ctr") => VerticalAlign::Middle,
            Some("b") => VerticalAlign::Bottom,
            _ => VerticalAlign::Top,
        },
        insets,
        no_wrap: told("wrap") == Some("none"),
        rotation: if upright { 0.0 } else { turned + told("rot").and_then(degrees).unwrap_or(0.0) },
        ..TextBody::default()
    }
}
