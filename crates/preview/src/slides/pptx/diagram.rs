//! SmartArt: the drawing that PowerPoint saved of it, or the texts of its points ([MS-ODRAWXML] 2.5, ECMA-376 part 1 §21.4).

use super::shapes::{Sheet, Walker, named};
use crate::container::opc::Relation;
use crate::container::tree::{Node, Tree};
use crate::container::xml::Ns;
use crate::drawing::{shape, text};
use crate::error::Result;
use crate::model::{Block, Frame, Shape, ShapeContent, TextBody};

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
        let Some(shapes) = named(root, "spTree") else { return Ok(Vec::new()) };
        let walker = Walker { sheet: Sheet { root, scope: self.sheet.scope.of_part(&relations) }, ..*self };
        walker.shapes_in(shapes, frame)
    }

    /// The texts of the points, one below the other.
    fn listed(&self, root: Node<'_>, frame: Frame) -> Option<Shape> {
        let lists: Vec<Node<'s>> = self.plain_lists().collect();
        let context = self.text_context(&lists);
        let points = root.path(Ns::Dgm, &["ptLst"])?.all(Ns::Dgm, "pt").take(POINTS);
        let blocks: Vec<Block> = points
            .filter(|point| matches!(point.attribute("type"), None | Some("node" | "asst")))
            .filter_map(|point| point.child(Ns::Dgm, "t"))
            .flat_map(|body| text::paragraphs(body, &context))
            .collect();
        let text = TextBody { blocks, insets: [7.2, 3.6, 7.2, 3.6], ..TextBody::default() };
        (!text.blocks.is_empty()).then(|| Shape { frame, text: Some(text), ..Shape::default() })
    }
}

/// Where the text of a diagram's shape stands that has a place of its own for it (`dsp:txXfrm`, [MS-ODRAWXML] 2.5.2.9).
pub(super) fn text_frame(shape: Node<'_>) -> Option<Frame> {
    let (said, own) = (named(shape, "txXfrm")?, named(named(shape, "spPr")?, "xfrm")?);
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
