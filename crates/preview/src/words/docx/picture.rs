//! Drawings in the text: pictures, charts and what [`super::shape`] reads (ECMA-376 part 1 §20.4).

use super::anchor::anchor;
use super::inline::Inlines;
use super::parts::is_remote;
use super::story::Builder;
use super::units::{EMUS, is_on, points};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::drawing::chart;
use crate::drawing::scope::Scope;
use crate::error::Result;
use crate::model::{Frame, Inline, PictureRef, Shape, ShapeContent, Warning};

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
                let Some(mut shape) = self.graphic(graphic, frame)? else { continue };
                shape.anchor = anchor(place);
                out.list.push(match shape.content {
                    Some(ShapeContent::Picture(mut picture)) if shape.anchor.is_none() => {
                        if !alt.is_empty() {
                            alt.clone_into(&mut picture.alt);
                        }
                        Inline::Picture(picture)
                    }
                    _ => {
                        alt.clone_into(&mut shape.alt);
                        Inline::Shape(Box::new(shape))
                    }
                });
            }
        }
        Ok(())
    }

    fn graphic(&mut self, node: Node<'_>, frame: Frame) -> Result<Option<Shape>> {
        let content = match (node.ns(), node.name()) {
            (Some(Ns::Pic), "pic") => Some(ShapeContent::Picture(self.picture(node, frame))),
            (Some(Ns::C), "chart") => self.chart(node, frame)?,
            (Some(Ns::Dgm), "relIds") => self.diagram(node, frame)?,
            (Some(Ns::Wps | Ns::Wpg | Ns::Wpc), _) => {
                let shape = self.shape(node, None)?;
                return Ok(shape.map(|shape| {
                    let placed = shape.frame.width > 0.0 || shape.frame.height > 0.0;
                    if placed { shape } else { Shape { frame, ..shape } }
                }));
            }
            _ => {
                self.shared.warnings.add(Warning::NotDrawn);
                None
            }
        };
        Ok(content.map(|content| Shape { frame, content: Some(content), ..Shape::default() }))
    }

    /// `c:chart`.
    fn chart(&mut self, node: Node<'_>, frame: Frame) -> Result<Option<ShapeContent>> {
        let shared = &mut *self.shared;
        let part = node.attribute_in(Ns::R, "id").and_then(|id| self.story.relations.part(id));
        let Some(part) = part else { return Ok(None) };
        let size = (frame.width, frame.height);
        let chart = chart::read(&shared.package, part, &shared.theme.palette(), size);
        let chart = shared.warnings.keep(chart)?;
        if chart.is_none() {
            shared.warnings.add(Warning::NotDrawn);
        }
        Ok(chart.map(|chart| ShapeContent::Chart(Box::new(chart))))
    }

    /// `pic:pic`.
    pub(super) fn picture(&mut self, node: Node<'_>, frame: Frame) -> PictureRef {
        let fill = node.child(Ns::Pic, "blipFill");
        let missing = PictureRef { id: None, width: 0.0, height: 0.0, alt: String::new(), crop: None };
        let found = fill.and_then(|fill| self.in_scope(|scope| scope.picture(fill))).unwrap_or(missing);
        let alt = node.path(Ns::Pic, &["nvPicPr", "cNvPr"]).map(alt).unwrap_or_default();
        PictureRef { width: frame.width, height: frame.height, alt, ..found }
    }

    /// Reads something of DrawingML with the names of this part.
    pub(super) fn in_scope<T>(&self, read: impl FnOnce(&Scope<'_>) -> T) -> T {
        let shared = &*self.shared;
        let holds = |part: &str| shared.package.zip.has(part);
        read(&Scope {
            holds: &holds,
            relations: &self.story.relations,
            palette: shared.theme.palette(),
            gathered: &shared.gathered,
        })
    }

    /// The picture that a relationship names; what is outside the document is not looked for.
    pub(super) fn relation_picture(&mut self, id: &str) -> Option<u32> {
        let relation = self.story.relations.get(id)?;
        if relation.external {
            if is_remote(&relation.target) {
                self.shared.warnings.add(Warning::External);
            }
            return None;
        }
        if !self.shared.package.zip.has(&relation.target) {
            self.shared.warnings.add(Warning::Damaged);
            return None;
        }
        Some(self.shared.gathered.picture(&relation.target))
    }
}

/// What a drawing says for those who can't see it.
pub(super) fn alt(properties: Node<'_>) -> String {
    let told = ["descr", "title"].iter().filter_map(|name| properties.attribute(name));
    told.map(str::trim).find(|text| !text.is_empty()).unwrap_or_default().to_owned()
}
