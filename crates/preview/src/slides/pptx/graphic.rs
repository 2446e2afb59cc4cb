//! Tables, charts, diagrams and objects in a frame (§19.3.1.21).

use super::shapes::Walker;
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::drawing::chart;
use crate::error::{PreviewError, Result};
use crate::model::{Frame, PictureRef, Shape, ShapeContent, Warning};

impl<'s> Walker<'s, '_> {
    /// What stands in `node`, a `graphicFrame`.
    pub(super) fn graphic_in(&self, node: Node<'s>, frame: Frame) -> Result<Option<Shape>> {
        let Some(data) = node.path(Ns::A, &["graphic", "graphicData"]) else { return Ok(None) };
        for content in data.elements() {
            let shape = match (content.ns(), content.name()) {
                (Some(Ns::A), "tbl") => Some(self.table(content, frame)),
                (Some(Ns::C), "chart") => self.chart(content, frame)?,
                (Some(Ns::Dgm), "relIds") => self.diagram(content, frame)?,
                (_, "oleObj") => self.object(content, frame)?,
                _ => None,
            };
            if shape.is_some() {
                return Ok(shape);
            }
        }
        self.sheet.scope.gathered.warn(Warning::NotDrawn);
        Ok(None)
    }

    fn chart(&self, node: Node<'s>, frame: Frame) -> Result<Option<Shape>> {
        let part = node.attribute_in(Ns::R, "id").and_then(|id| self.sheet.scope.relations.part(id));
        let Some(part) = part else { return Ok(None) };
        let size = (frame.width, frame.height);
        let chart = self.mended(chart::read(self.package, part, &self.sheet.scope.palette, size))?.flatten();
        let content = chart.map(|chart| ShapeContent::Chart(Box::new(chart)));
        Ok(content.map(|content| Shape { frame, content: Some(content), ..Shape::default() }))
    }

    /// What is damaged is left out.
    pub(super) fn mended<T>(&self, read: Result<T>) -> Result<Option<T>> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(PreviewError::Malformed(_)) => {
                self.sheet.scope.gathered.warn(Warning::Damaged);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// An object of another program: the picture of it that was saved with it.
    fn object(&self, node: Node<'s>, frame: Frame) -> Result<Option<Shape>> {
        if let Some(picture) = node.descendants().find(|node| node.is(Ns::P, "pic")) {
            return Ok(Some(self.preview(picture, frame)));
        }
        let relations = self.sheet.scope.relations;
        let Some((part, id)) = relations.of_kind("vmlDrawing").zip(node.attribute("spid")) else {
            return Ok(None);
        };
        let part = part.to_owned();
        let picture = self.mended(self.picture_in_vml(&part, id))?.flatten();
        Ok(picture.map(|id| {
            let picture = PictureRef {
                id: Some(id),
                width: frame.width,
                height: frame.height,
                alt: String::new(),
                crop: None,
            };
            Shape { frame, content: Some(ShapeContent::Picture(picture)), ..Shape::default() }
        }))
    }

    /// The picture of the shape with this id in a part of VML, where PowerPoint 2007 keeps what objects look like.
    fn picture_in_vml(&self, part: &str, id: &str) -> Result<Option<u32>> {
        let Some(tree) = self.package.tree(part)? else { return Ok(None) };
        let shape = tree.root().into_iter().flat_map(Node::descendants).find(|node| {
            node.name() == "shape"
                && (node.attribute("id") == Some(id) || node.attribute_in(Ns::O, "spid") == Some(id))
        });
        let image = shape.and_then(|shape| shape.descendants().find(|node| node.name() == "imagedata"));
        let relation =
            image.and_then(|image| image.attribute_in(Ns::O, "relid").or(image.attribute_in(Ns::R, "id")));
        let relations = self.package.relations(part)?;
        let target = relation.and_then(|relation| relations.part(relation));
        Ok(target
            .filter(|part| self.package.zip.has(part))
            .map(|part| self.sheet.scope.gathered.picture(part)))
    }
}
