//! Pictures and charts over the cells (ECMA-376 part 1 §20.5).

use crate::container::opc::{Package, Relations};
use crate::container::tree::{Node, Tree};
use crate::container::xml::Ns;
use crate::drawing::color::{ColorMap, Palette};
use crate::drawing::theme::Theme;
use crate::drawing::{EMU, chart};
use crate::error::Result;
use crate::model::{Frame, PictureRef, Shape, ShapeContent, SheetObject};
use crate::sheets::store::{COLUMNS, ROWS};

/// Objects that are read of one sheet.
const OBJECTS: usize = 10_000;

/// What a drawing holds.
#[derive(Default)]
pub(super) struct Drawing {
    pub(super) objects: Vec<SheetObject>,
    /// Parts of pictures, by the numbers that objects know them by.
    pub(super) pictures: Vec<String>,
    /// A picture is somewhere else than in the document.
    pub(super) external: bool,
    pub(super) not_drawn: bool,
}

impl Drawing {
    /// The drawing in this part; its pictures' numbers begin at `first`.
    pub(super) fn read(package: &Package<'_>, part: &str, first: u32, theme: &Theme) -> Result<Self> {
        let relations = package.relations(part)?;
        let mut drawing = Self::default();
        let tree = package.tree(part)?;
        for anchor in tree.as_ref().and_then(Tree::root).iter().flat_map(|root| root.elements()).take(OBJECTS)
        {
            let Some(mut object) = anchor_of(anchor) else { continue };
            let frame = object.shape.frame;
            if let Some(picture) = anchor.child(Ns::Xdr, "pic") {
                let (picture, alt) = drawing.picture(picture, &relations, first, frame);
                object.shape.content = Some(ShapeContent::Picture(picture));
                object.shape.alt = alt;
            } else if let Some(chart) =
                anchor.child(Ns::Xdr, "graphicFrame").and_then(|node| chart_part(node, &relations))
            {
                let map = ColorMap::default();
                let chart = chart::read(package, chart, &Palette::new(theme, &map), chart_size(&object));
                let Some(chart) = chart.ok().flatten() else { continue };
                object.shape.content = Some(ShapeContent::Chart(Box::new(chart)));
            } else {
                drawing.not_drawn |=
                    anchor.elements().any(|node| matches!(node.name(), "graphicFrame" | "sp" | "grpSp"));
                continue;
            }
            drawing.objects.push(object);
        }
        Ok(drawing)
    }

    fn picture(
        &mut self,
        node: Node<'_>,
        relations: &Relations,
        first: u32,
        frame: Frame,
    ) -> (PictureRef, String) {
        let named = node.path(Ns::Xdr, &["nvPicPr", "cNvPr"]);
        let alt = named.and_then(|node| node.attribute("descr")).unwrap_or_default().to_owned();
        let fill = node.child(Ns::Xdr, "blipFill");
        let blip = fill.and_then(|fill| fill.child(Ns::A, "blip"));
        let embedded = blip.and_then(|blip| blip.attribute_in(Ns::R, "embed"));
        self.external |=
            embedded.is_none() && blip.is_some_and(|blip| blip.attribute_in(Ns::R, "link").is_some());
        let id = embedded.and_then(|id| relations.part(id)).map(|part| {
            self.pictures.push(part.to_owned());
            first + self.pictures.len() as u32 - 1
        });
        let cut = fill.and_then(|fill| fill.child(Ns::A, "srcRect"));
        let crop = cut
            .map(|cut| ["l", "t", "r", "b"].map(|side| cut.number::<f32>(side).unwrap_or(0.0) / 100_000.0));
        let crop = crop.filter(|crop| crop.iter().any(|side| *side != 0.0));
        (PictureRef { id, width: frame.width, height: frame.height, alt: alt.clone(), crop }, alt)
    }
}

/// The part of the chart in a frame.
fn chart_part<'r>(frame: Node<'_>, relations: &'r Relations) -> Option<&'r str> {
    let data = frame.path(Ns::A, &["graphic", "graphicData"])?;
    relations.part(data.child(Ns::C, "chart")?.attribute_in(Ns::R, "id")?)
}

/// About how large a chart is, in points; of one that follows its cells by cells of the usual size.
fn chart_size(object: &SheetObject) -> (f32, f32) {
    let frame = object.shape.frame;
    match object.to {
        Some((row, column, dx, dy)) => (
            column.saturating_sub(object.column) as f32 * 48.0 + dx - object.dx,
            row.saturating_sub(object.row) as f32 * 15.0 + dy - object.dy,
        ),
        None => (frame.width, frame.height),
    }
}

/// Where an anchor stands; its size is in the shape's frame where it does not follow cells.
fn anchor_of(anchor: Node<'_>) -> Option<SheetObject> {
    let corner = |name: &str| {
        let marker = anchor.child(Ns::Xdr, name)?;
        let number = |name: &str| {
            let text = marker.child(Ns::Xdr, name)?.all_text();
            text.trim().parse::<f64>().ok()
        };
        let cell = |name: &str, most: u32| (number(name).unwrap_or(0.0).max(0.0) as u32).min(most - 1);
        let offset = |name: &str| number(name).unwrap_or(0.0) as f32 / EMU;
        Some((cell("row", ROWS), cell("col", COLUMNS), offset("colOff"), offset("rowOff")))
    };
    let size = anchor.child(Ns::Xdr, "ext").or_else(|| {
        let shape = anchor.elements().find_map(|node| node.child(Ns::Xdr, "spPr"))?;
        shape.path(Ns::A, &["xfrm", "ext"])
    });
    let length = |node: Option<Node<'_>>, name: &str| {
        node.and_then(|node| node.number::<f64>(name)).unwrap_or(0.0) as f32 / EMU
    };
    let frame =
        Frame { width: length(size, "cx").max(0.0), height: length(size, "cy").max(0.0), ..Frame::default() };
    let shape = Shape { frame, ..Shape::default() };
    match anchor.name() {
        "twoCellAnchor" | "oneCellAnchor" => {
            let (row, column, dx, dy) = corner("from")?;
            let to = corner("to").filter(|_| anchor.name() == "twoCellAnchor");
            Some(SheetObject { row, column, dx, dy, to, shape })
        }
        "absoluteAnchor" => {
            let place = anchor.child(Ns::Xdr, "pos");
            let (dx, dy) = (length(place, "x"), length(place, "y"));
            Some(SheetObject { row: 0, column: 0, dx, dy, to: None, shape })
        }
        _ => None,
    }
}
