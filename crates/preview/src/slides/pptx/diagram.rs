//! SmartArt: the drawing that PowerPoint saved of it, or the texts of its points ([MS-ODRAWXML] 2.5, ECMA-376 part 1 §21.4).

use super::shapes::{Sheet, Walker, named};
use crate::container::tree::{Node, Tree};
use crate::container::xml::Ns;
use crate::drawing::text;
use crate::error::Result;
use crate::model::{Block, Frame, Shape, ShapeContent, TextBody};

/// Points of a diagram whose texts are listed.
const POINTS: usize = 2000;

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
        // The drawing is named by an extension of the model, as a relationship of the slide.
        let named_part = root
            .descendants()
            .find(|node| node.name() == "dataModelExt")
            .and_then(|extension| relations.part(extension.attribute("relId")?));
        if let Some(part) = named_part.or_else(|| only_drawing(self))
            && let Some(tree) = self.mended(self.package.tree(part))?.flatten()
        {
            let shapes = self.drawn(&tree, part, frame)?;
            if !shapes.is_empty() {
                let content = Some(ShapeContent::Group { shapes });
                return Ok(Some(Shape { frame, content, ..Shape::default() }));
            }
        }
        Ok(self.listed(root, frame))
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

/// The drawing of a slide that has but one.
fn only_drawing<'s>(walker: &Walker<'s, '_>) -> Option<&'s str> {
    let mut drawings =
        walker.sheet.scope.relations.iter().filter(|(_, relation)| relation.kind == "diagramDrawing");
    let first = drawings.next()?;
    drawings.next().is_none().then_some(first.1.target.as_str())
}
