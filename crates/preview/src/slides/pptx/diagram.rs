//! SmartArt: the drawing that PowerPoint saved of it, or the texts of its points ([MS-ODRAWXML] 2.5, ECMA-376 part 1 §21.4).

use std::collections::{HashMap, HashSet};

use super::shapes::{Sheet, Walker};
use crate::container::opc::Relation;
use crate::container::tree::{Node, Tree};
use crate::container::xml::Ns;
use crate::drawing::color::Rgba;
use crate::drawing::shape::FontStyle;
use crate::drawing::text::TextContext;
use crate::drawing::{fill, shape, text};
use crate::error::Result;
use crate::model::{Align, Block, Frame, Geometry, Shape, ShapeContent, TextBody, VerticalAlign};

/// Points of a diagram whose texts are listed.
const POINTS: usize = 2000;
/// Drawings of one diagram that are tried: PowerPoint 2007 kept one for its own beta, too.
const DRAWINGS: usize = 4;

impl<'s> Walker<'s, '_> {
    /// What `relIds` name.
    pub(super) fn diagram(&self, ids: Node<'s>, frame: Frame) -> Result<Option<Shape>> {
        let relations = self.sheet.scope.relations;
        let data = ids.attribute_in(Ns::R, "dm").and_then(|id| relations.part(id));
        let Some(model) =
            self.mended(data.map(|part| self.package.tree(part)).transpose())?.flatten().flatten()
        else {
            return Ok(None);
        };
        let Some(root) = model.root() else { return Ok(None) };
        for part in self.drawings(root) {
            let Some(tree) = self.mended(self.package.tree(part))?.flatten() else { continue };
            let shapes = self.drawn(&tree, part, frame)?;
            if !shapes.is_empty() {
                let content = Some(ShapeContent::Group { shapes });
                return Ok(Some(Shape { frame, content, ..Shape::default() }));
            }
        }
        Ok(self.listed(root, frame))
    }

    /// Parts that may be the drawing: the one that an extension of the model names, as a relationship of the slide; on a
    /// slide with one diagram, whichever there are.
    fn drawings(&self, model: Node<'_>) -> Vec<&'s str> {
        let relations = self.sheet.scope.relations;
        let mut parts: Vec<&str> = Vec::new();
        let extension = model.descendants().find(|node| node.name() == "dataModelExt");
        parts.extend(extension.and_then(|extension| relations.part(extension.attribute("relId")?)));
        let of_kind =
            |kind: &'static str| relations.iter().filter(move |(_, relation)| relation.kind == kind);
        if of_kind("diagramData").count() == 1 {
            let mut others: Vec<(&str, &Relation)> = of_kind("diagramDrawing").collect();
            others.sort_by_key(|(id, _)| *id);
            parts.extend(others.into_iter().take(DRAWINGS).map(|(_, relation)| relation.target.as_str()));
        }
        parts.dedup();
        parts
    }

    fn drawn(&self, tree: &Tree, part: &str, frame: Frame) -> Result<Vec<Shape>> {
        let relations = self.mended(self.package.relations(part))?.unwrap_or_default();
        let Some(root) = tree.root() else { return Ok(Vec::new()) };
        let Some(shapes) = root.named("spTree") else { return Ok(Vec::new()) };
        let walker = Walker { sheet: Sheet { root, scope: self.sheet.scope.of_part(&relations) }, ..*self };
        walker.shapes_in(shapes, frame)
    }

    /// Without a drawing: the points at the top as boxes, one below the other, with what is below each as a list beside it.
    fn listed(&self, root: Node<'_>, frame: Frame) -> Option<Shape> {
        let points = Points::of(root)?;
        let tops = points.tops();
        let height = frame.height / tops.len().max(1) as f32;
        let mut shapes = Vec::new();
        for (number, top) in tops.iter().enumerate() {
            let row = Frame { y: frame.y + height * number as f32, height: height * 0.92, ..frame };
            let below = points.below(top);
            let share = if below.is_empty() { 1.0 } else { 0.36 };
            let palette = self.sheet.scope.palette;
            shapes.push(Shape {
                frame: Frame { width: row.width * share, ..row },
                geometry: Geometry::Rounded { radius: row.height / 10.0 },
                fill: palette.scheme("accent1").map(fill::solid),
                text: self.words(&[(0, *top)], &points, palette.scheme("lt1")),
                ..Shape::default()
            });
            let x = row.x + row.width * share;
            shapes.push(Shape {
                frame: Frame { x, width: row.width * (1.0 - share), ..row },
                text: self.words(&below, &points, None),
                ..Shape::default()
            });
        }
        shapes.retain(|shape| shape.text.is_some());
        let content = Some(ShapeContent::Group { shapes });
        (!tops.is_empty()).then_some(Shape { frame, content, ..Shape::default() })
    }

    /// The texts of points, each with its depth; none where there are none.
    fn words(&self, wanted: &[(u8, &str)], points: &Points<'_>, color: Option<Rgba>) -> Option<TextBody> {
        let lists: Vec<Node<'s>> = self.plain_lists().collect();
        let font = FontStyle { color, ..FontStyle::default() };
        let context = TextContext { font, ..self.text_context(&lists) };
        let mut blocks = Vec::new();
        for (depth, id) in wanted {
            let Some(body) = points.texts.get(id) else { continue };
            for mut block in text::paragraphs(*body, &context) {
                if let Block::Paragraph(paragraph) = &mut block {
                    paragraph.indent_start += f32::from(*depth) * 14.0;
                    paragraph.align = if color.is_some() { Align::Center } else { paragraph.align };
                }
                blocks.push(block);
            }
        }
        let vertical = VerticalAlign::Middle;
        (!blocks.is_empty()).then(|| TextBody {
            blocks,
            vertical,
            insets: [7.2, 3.6, 7.2, 3.6],
            ..TextBody::default()
        })
    }
}

/// The points of a diagram's model (§21.4.3), as a tree.
struct Points<'t> {
    /// In their order.
    all: Vec<&'t str>,
    texts: HashMap<&'t str, Node<'t>>,
    /// Those below each, in their order.
    children: HashMap<&'t str, Vec<&'t str>>,
    document: Option<&'t str>,
}

impl<'t> Points<'t> {
    fn of(root: Node<'t>) -> Option<Self> {
        let mut points =
            Self { all: Vec::new(), texts: HashMap::new(), children: HashMap::new(), document: None };
        for point in root.path(Ns::Dgm, &["ptLst"])?.all(Ns::Dgm, "pt").take(POINTS) {
            let id = point.attribute("modelId").unwrap_or_default();
            match point.attribute("type") {
                Some("doc") => points.document = Some(id),
                None | Some("node" | "asst") => {
                    points.all.push(id);
                    points.texts.extend(point.child(Ns::Dgm, "t").map(|text| (id, text)));
                }
                Some(_) => {}
            }
        }
        let connections = root.child(Ns::Dgm, "cxnLst").into_iter();
        let mut connections: Vec<(u32, &str, &str)> = connections
            .flat_map(|list| list.all(Ns::Dgm, "cxn").take(POINTS))
            .filter(|connection| matches!(connection.attribute("type"), None | Some("parOf")))
            .filter_map(|connection| {
                let order = connection.number("srcOrd").unwrap_or(0);
                Some((order, connection.attribute("srcId")?, connection.attribute("destId")?))
            })
            .collect();
        connections.sort_by_key(|(order, ..)| *order);
        for (_, above, below) in connections {
            points.children.entry(above).or_default().push(below);
        }
        Some(points)
    }

    /// The points right below the document; all where none are.
    fn tops(&self) -> Vec<&'t str> {
        let tops = self.document.and_then(|document| self.children.get(document));
        tops.cloned().unwrap_or_else(|| self.all.clone())
    }

    /// Everything below a point, each once, with its depth.
    fn below(&self, top: &'t str) -> Vec<(u8, &'t str)> {
        let children = |id: &str| self.children.get(id).into_iter().flatten().rev().copied();
        let mut seen = HashSet::from([top]);
        let mut waiting: Vec<(u8, &str)> = children(top).map(|id| (0, id)).collect();
        let mut found = Vec::new();
        while let Some((depth, id)) = waiting.pop() {
            if seen.insert(id) {
                found.push((depth, id));
                waiting.extend(children(id).map(|id| (depth.saturating_add(1).min(8), id)));
            }
        }
        found
    }
}

/// Where the text of a diagram's shape stands that has a place of its own for it (`dsp:txXfrm`, [MS-ODRAWXML] 2.5.2.9).
pub(super) fn text_frame(shape: Node<'_>) -> Option<Frame> {
    let (said, own) = (shape.named("txXfrm")?, shape.named("spPr")?.named("xfrm")?);
    let turned = said.attribute("rot").is_some();
    let (mut said, own) = (shape::frame(said)?, shape::frame(own)?);
    // Without a turn of its own text is turned with its shape, unless its place is upright where the shape lies.
    let upright = !turned && (said.width - own.height).abs() < (said.width - own.width).abs();
    said.rotation = if upright { 0.0 } else { (said.rotation + own.rotation).rem_euclid(360.0) };
    Some(said)
}

/// A shape whose text stands in `place`: as a group of the two.
pub(super) fn with_text_in(mut shape: Shape, place: Frame) -> Shape {
    let Some(mut text) = shape.text.take() else { return shape };
    text.rotation = 0.0;
    let words = Shape { frame: place, text: Some(text), ..Shape::default() };
    let frame = shape.frame;
    Shape { frame, content: Some(ShapeContent::Group { shapes: vec![shape, words] }), ..Shape::default() }
}
