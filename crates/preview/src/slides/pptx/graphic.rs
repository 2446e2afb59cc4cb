//! Tables, charts, diagrams and objects in a frame (§19.3.1.21).

use super::shapes::Walker;
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::drawing::chart;
use crate::error::{PreviewError, Result};
use crate::model::{Frame, Shape, ShapeContent, Warning};

impl<'s> Walker<'s, '_> {
    /// What stands in `node`, a `graphicFrame`.
    pub(super) fn graphic_in(&self, node: Node<'s>, frame: Frame) -> Result<Option<Shape>> {
        let Some(data) = node.path(Ns::A, &["graphic", "graphicData"]) else { return Ok(None) };
        for content in data.elements() {
            let shape = match (content.ns(), content.name()) {
                (Some(Ns::A), "tbl") => Some(self.table(content, frame)),
                (Some(Ns::C), "chart") => self.chart(content, frame)?,
                (Some(Ns::Dgm), "relIds") => self.diagram(content, frame)?,
                (_, "oleObj") => self.object(content, frame),
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
    fn object(&self, node: Node<'s>, frame: Frame) -> Option<Shape> {
        let picture = node.descendants().find(|node| node.is(Ns::P, "pic"))?;
        Some(self.preview(picture, frame))
    }
}
