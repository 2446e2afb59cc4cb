//! Pictures, charts and shapes over the cells.

use super::chart;
use super::measure::points;
use super::styles::{Family, Styles};
use crate::container::tree::{Node, Tree};
use crate::container::xml::{Ns, Xml};
use crate::container::zip::Zip;
use crate::drawing::geometry::preset;
use crate::error::{PreviewError, Result};
use crate::model::{
    Block, Chart, Frame, Geometry, Inline, Paragraph, PictureRef, Shape, ShapeContent, SheetObject, TextBody,
};

/// Shapes of one drawing, groups included.
const SHAPES: usize = 2000;

/// Pictures and charts that drawings name.
pub(super) struct Drawings<'a> {
    zip: Zip<'a>,
    /// Parts, by the numbers that pictures are asked for with.
    pictures: Vec<String>,
    /// Something is drawn in another way than it looks, or not at all.
    pub(super) not_drawn: bool,
}

impl<'a> Drawings<'a> {
    pub(super) const fn new(zip: Zip<'a>) -> Self {
        Self { zip, pictures: Vec::new(), not_drawn: false }
    }

    pub(super) const fn zip(&self) -> &Zip<'a> {
        &self.zip
    }

    /// The bytes of a picture.
    pub(super) fn bytes(&self, id: u32) -> Result<Vec<u8>> {
        let part = self.pictures.get(id as usize).ok_or(PreviewError::Unsupported(None))?;
        self.zip.read(part)?.ok_or(PreviewError::Unsupported(None))
    }

    /// The chart in a folder; none where something else is in it.
    fn chart(&self, folder: &str) -> Option<Chart> {
        let part = self.zip.stream(&format!("{folder}/content.xml")).ok()??;
        let tree = Tree::whole(Xml::new(part), self.zip.limits().depth).ok()?;
        chart::of(&tree)
    }

    /// A drawing that is anchored to a cell, row and column.
    pub(super) fn object(
        &mut self,
        node: Node<'_>,
        (row, column): (u32, u32),
        styles: &Styles,
    ) -> Option<SheetObject> {
        let mut left = SHAPES;
        let mut shape = self.shape(node, styles, &mut left, 0)?;
        let (dx, dy) = (shape.frame.x, shape.frame.y);
        if !matches!(shape.content, Some(ShapeContent::Group { .. })) {
            (shape.frame.x, shape.frame.y) = (0.0, 0.0);
        }
        let end = node.attribute_in(Ns::Table, "end-cell-address").and_then(address);
        let length = |name: &str| node.attribute_in(Ns::Table, name).and_then(points).unwrap_or(0.0);
        let to = end.map(|(row, column)| (row, column, length("end-x"), length("end-y")));
        Some(SheetObject { row, column, dx, dy, to, shape })
    }

    fn shape(&mut self, node: Node<'_>, styles: &Styles, left: &mut usize, depth: usize) -> Option<Shape> {
        *left = left.checked_sub(1)?;
        if node.ns() != Some(Ns::Draw) || depth > 16 {
            return None;
        }
        let mut shape = Shape { frame: frame(node), alt: alternative(node), ..Shape::default() };
        match node.name() {
            "g" | "a" => {
                let shapes: Vec<Shape> =
                    node.elements().filter_map(|child| self.shape(child, styles, left, depth + 1)).collect();
                if shapes.is_empty() {
                    return None;
                }
                shape.content = Some(ShapeContent::Group { shapes });
            }
            // A frame holds the same thing in several ways, the best first; before OpenDocument there was no frame.
            "frame" => self.fill_frame(&mut shape, node, styles),
            "image" | "object" | "object-ole" | "text-box" => self.fill(&mut shape, node, styles),
            "line" | "ellipse" | "circle" | "rect" | "custom-shape" | "caption" => {
                draw(&mut shape, node, styles)
            }
            "polygon" | "path" | "polyline" | "connector" => {
                self.not_drawn = true;
                shape.text = text(node, styles);
            }
            "control" => self.not_drawn = true,
            _ => return None,
        }
        Some(shape)
    }

    fn fill_frame(&mut self, shape: &mut Shape, node: Node<'_>, styles: &Styles) {
        for child in node.elements().filter(|child| child.ns() == Some(Ns::Draw)) {
            self.fill(shape, child, styles);
            let missing =
                matches!(&shape.content, Some(ShapeContent::Picture(picture)) if picture.id.is_none());
            if shape.text.is_some() || shape.content.is_some() && !missing {
                return;
            }
        }
    }

    fn fill(&mut self, shape: &mut Shape, node: Node<'_>, styles: &Styles) {
        let part = node.attribute_in(Ns::Xlink, "href").and_then(inside);
        match node.name() {
            "text-box" => shape.text = text(node, styles),
            "object" => {
                let chart = part.and_then(|folder| self.chart(&folder));
                self.not_drawn |= chart.is_none();
                shape.content = chart.map(|chart| ShapeContent::Chart(Box::new(chart)));
            }
            "image" => {
                let id = part.map(|part| self.picture(part));
                self.not_drawn |= id.is_none();
                let Frame { width, height, .. } = shape.frame;
                let picture = PictureRef { id, width, height, alt: shape.alt.clone(), crop: None };
                shape.content = Some(ShapeContent::Picture(picture));
            }
            _ => self.not_drawn = true,
        }
    }

    fn picture(&mut self, part: String) -> u32 {
        let known = self.pictures.iter().position(|known| *known == part);
        known.unwrap_or_else(|| {
            self.pictures.push(part);
            self.pictures.len() - 1
        }) as u32
    }
}

/// The name of a part; none for what is outside the document.
fn inside(href: &str) -> Option<String> {
    let href = href.trim_start_matches('#').trim_start_matches("./").trim_end_matches('/');
    (!href.is_empty() && !href.contains(':') && !href.starts_with("..")).then(|| href.to_owned())
}

fn frame(node: Node<'_>) -> Frame {
    let length = |name: &str| node.attribute_in(Ns::Svg, name).and_then(points);
    let at = |name: &str| length(name).unwrap_or(0.0);
    if let (Some(x1), Some(y1), Some(x2), Some(y2)) = (length("x1"), length("y1"), length("x2"), length("y2"))
    {
        return Frame {
            x: x1.min(x2),
            y: y1.min(y2),
            width: (x2 - x1).abs(),
            height: (y2 - y1).abs(),
            flip_x: x2 < x1,
            flip_y: y2 < y1,
            ..Frame::default()
        };
    }
    Frame {
        x: at("x"),
        y: at("y"),
        width: at("width").max(0.0),
        height: at("height").max(0.0),
        ..Frame::default()
    }
}

fn alternative(node: Node<'_>) -> String {
    let said = |name: &str| node.child(Ns::Svg, name).map(Node::all_text).filter(|text| !text.is_empty());
    said("desc").or_else(|| said("title")).unwrap_or_default()
}

/// A shape with an outline and a style.
fn draw(shape: &mut Shape, node: Node<'_>, styles: &Styles) {
    let size = (shape.frame.width, shape.frame.height);
    let own = node.child(Ns::Draw, "enhanced-geometry").and_then(|geometry| geometry.attribute("type"));
    let outline = preset(own.map_or_else(|| usual(node.name()), preset_of), &[], size);
    shape.geometry = outline.geometry;
    shape.text = text(node, styles);
    let style = node.attribute_in(Ns::Draw, "style-name").unwrap_or_default();
    let look = styles.look(Family::Graphic, style);
    shape.stroke = look.stroke();
    if shape.geometry != Geometry::Line {
        shape.fill = look.fill();
    }
}

/// The preset that a simple shape is.
fn usual(name: &str) -> &str {
    match name {
        "line" => "line",
        "ellipse" | "circle" => "ellipse",
        _ => "rect",
    }
}

/// The preset of Office that is a shape of OpenDocument (19.145 lists none; these are LibreOffice's names).
fn preset_of(name: &str) -> &str {
    match name {
        "rectangle" => "rect",
        "round-rectangle" => "roundRect",
        "isosceles-triangle" => "triangle",
        "right-triangle" => "rtTriangle",
        "right-arrow" => "rightArrow",
        "left-arrow" => "leftArrow",
        "up-arrow" => "upArrow",
        "down-arrow" => "downArrow",
        "left-right-arrow" => "leftRightArrow",
        "up-down-arrow" => "upDownArrow",
        "star5" => "star5",
        "smiley" => "smileyFace",
        "ring" => "donut",
        "cross" => "plus",
        "rectangular-callout" => "wedgeRectCallout",
        "round-rectangular-callout" => "wedgeRoundRectCallout",
        "cloud-callout" => "cloudCallout",
        "flowchart-process" => "flowChartProcess",
        "flowchart-decision" => "flowChartDecision",
        "flowchart-terminator" => "flowChartTerminator",
        "flowchart-data" => "flowChartInputOutput",
        "flowchart-document" => "flowChartDocument",
        other => other.strip_prefix("ooxml-").unwrap_or(other),
    }
}

fn text(node: Node<'_>, styles: &Styles) -> Option<TextBody> {
    let mut blocks = Vec::new();
    for paragraph in node.descendants().filter(|node| node.is(Ns::Text, "p") || node.is(Ns::Text, "h")) {
        let mut inlines = Vec::new();
        for child in paragraph.children() {
            let style = child.attribute_in(Ns::Text, "style-name").filter(|_| child.name() == "span");
            let style = style.map(|name| styles.text(&styles.look(Family::Text, name))).unwrap_or_default();
            match (child.name(), child.all_text()) {
                ("line-break", _) => inlines.push(Inline::LineBreak),
                ("tab" | "tab-stop", _) => inlines.push(Inline::Tab),
                ("s", _) => inlines.push(Inline::Text { text: " ".to_owned(), style, link: None }),
                (_, text) if !text.is_empty() => inlines.push(Inline::Text { text, style, link: None }),
                _ => {}
            }
        }
        blocks.push(Block::Paragraph(Paragraph { inlines, ..Paragraph::default() }));
    }
    let empty = blocks
        .iter()
        .all(|block| matches!(block, Block::Paragraph(paragraph) if paragraph.inlines.is_empty()));
    (!empty).then(|| TextBody { blocks, insets: [3.6; 4], ..TextBody::default() })
}

/// Row and column of `Sheet1.$B$3`.
fn address(text: &str) -> Option<(u32, u32)> {
    let cell = text.rsplit_once('.').map_or(text, |(_, cell)| cell).replace('$', "");
    let digits = cell.find(|character: char| character.is_ascii_digit())?;
    let (letters, row) = cell.split_at(digits);
    let column = letters.bytes().try_fold(0_u32, |column, letter| {
        let value = letter.to_ascii_uppercase().checked_sub(b'A').filter(|value| *value < 26)?;
        column.checked_mul(26)?.checked_add(u32::from(value) + 1)
    })?;
    Some((row.parse::<u32>().ok()?.checked_sub(1)?, column.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_rows_and_columns() {
        for (text, expected) in [
            ("Sheet1.A1", Some((0, 0))),
            ("'a.b'.$AB$20", Some((19, 27))),
            ("C3", Some((2, 2))),
            ("Sheet1.A0", None),
            ("Sheet1.1", None),
            ("x", None),
        ] {
            assert_eq!(address(text), expected, "{text}");
        }
    }

    #[test]
    fn parts_are_inside_the_document() {
        for (href, expected) in [
            ("Pictures/1.png", Some("Pictures/1.png")),
            ("#./Object 1", Some("Object 1")),
            ("#Pictures/1.png", Some("Pictures/1.png")),
            ("http://example.org/x.png", None),
            ("../x.png", None),
            ("", None),
        ] {
            assert_eq!(inside(href).as_deref(), expected, "{href}");
        }
    }
}
