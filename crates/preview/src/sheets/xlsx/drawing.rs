//! Pictures, charts and shapes over the cells (ECMA-376 part 1 §20.5).

use crate::container::opc::Package;
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::drawing::color::{ColorMap, Palette};
use crate::drawing::scope::{Gathered, Scope};
use crate::drawing::shape::{self, Nesting};
use crate::drawing::text::{self, TextContext};
use crate::drawing::theme::Theme;
use crate::drawing::{chart, points, truth};
use crate::error::Result;
use crate::model::{Fill, Frame, Shape, ShapeContent, SheetObject, Warning};
use crate::sheets::store::{COLUMNS, ROWS};

/// Groups inside each other.
const DEPTH: usize = 16;

/// All objects of the drawing in this part.
pub(in crate::sheets) fn read(
    package: &Package<'_>,
    part: &str,
    theme: &Theme,
    gathered: &Gathered,
) -> Result<Vec<SheetObject>> {
    let relations = package.relations(part)?;
    let Some(tree) = package.tree(part)? else { return Ok(Vec::new()) };
    let map = ColorMap::default();
    let holds = |part: &str| package.zip.has(part);
    let palette = Palette::new(theme, &map);
    let scope = Scope { holds: &holds, relations: &relations, palette, gathered };
    let drawing = Drawing { package, scope };
    gathered.begin();
    let anchors = tree.root().into_iter().flat_map(Node::elements);
    Ok(anchors.filter_map(|anchor| drawing.object(anchor)).collect())
}

struct Drawing<'s, 'a> {
    package: &'s Package<'a>,
    scope: Scope<'s>,
}

/// A group around shapes.
#[derive(Clone, Default)]
struct Around {
    nesting: Nesting,
    fill: Option<Fill>,
    depth: usize,
}

impl<'s> Drawing<'s, '_> {
    fn object(&self, anchor: Node<'s>) -> Option<SheetObject> {
        let mut object = place(anchor)?;
        let known =
            |node: &Node<'_>| matches!(node.name(), "sp" | "pic" | "cxnSp" | "graphicFrame" | "grpSp");
        let node = anchor.elements().find(known)?;
        let size = object.shape.frame;
        let measure = match object.to {
            // Of one that follows its cells by cells of the usual size.
            Some((row, column, dx, dy)) if size.width == 0.0 => Frame {
                width: (column.saturating_sub(object.column) as f32 * 48.0 + dx - object.dx).max(0.0),
                height: (row.saturating_sub(object.row) as f32 * 15.0 + dy - object.dy).max(0.0),
                ..size
            },
            _ => size,
        };
        let mut shape = self.shape(node, measure, &Around::default())?;
        // Where it stands, the anchor says.
        let frame = shape.frame;
        shift(&mut shape, -frame.x, -frame.y);
        if object.to.is_none() && size.width > 0.0 {
            shape.frame = Frame { width: size.width, height: size.height, ..shape.frame };
        }
        object.shape = shape;
        Some(object)
    }

    /// A shape that stands in `measure` where it does not say it itself.
    fn shape(&self, node: Node<'s>, measure: Frame, around: &Around) -> Option<Shape> {
        let own = node.elements().find(|child| child.name().starts_with("nv"));
        let own = own.and_then(|own| own.named("cNvPr"));
        if own.is_some_and(|own| own.attribute("hidden").is_some_and(truth)) || !self.scope.gathered.take() {
            return None;
        }
        let transform = node.named("xfrm").or_else(|| node.named("spPr")?.named("xfrm"));
        let said = transform.and_then(shape::frame).filter(|frame| frame.width > 0.0 || frame.height > 0.0);
        let frame = around.nesting.resolve(said.unwrap_or(measure));
        let mut shape = match node.name() {
            "grpSp" => self.group(node, around)?,
            "graphicFrame" => self.chart(node, frame)?,
            _ => self.drawn(node, frame, around),
        };
        let alt = own
            .and_then(|own| own.attribute("descr").filter(|alt| !alt.is_empty()).or(own.attribute("title")));
        shape.alt = alt.unwrap_or_default().to_owned();
        if let Some(ShapeContent::Picture(picture)) = &mut shape.content {
            picture.alt.clone_from(&shape.alt);
        }
        Some(shape)
    }

    /// `sp`, `cxnSp` and `pic`.
    fn drawn(&self, node: Node<'s>, frame: Frame, around: &Around) -> Shape {
        let properties: Vec<_> = node.named("spPr").map(|own| (own, self.scope)).into_iter().collect();
        let size = (frame.width, frame.height);
        let look = shape::look(&properties, node.named("style"), size, &self.scope, around.fill.as_ref());
        let context =
            TextContext { scope: self.scope, lists: &[], bodies: &[], font: look.font, slide_number: None };
        let text = node.named("txBody").map(|body| text::body(body, &context, look.outline.insets));
        let content = shape::picture(node, &self.scope, size);
        Shape {
            frame,
            geometry: look.outline.geometry,
            fill: look.fill,
            stroke: look.stroke,
            text,
            content,
            ..Shape::default()
        }
    }

    fn chart(&self, node: Node<'s>, frame: Frame) -> Option<Shape> {
        let data = node.named("graphic").and_then(|graphic| graphic.named("graphicData"));
        let part = data.and_then(|data| {
            self.scope.relations.part(data.child(Ns::C, "chart")?.attribute_in(Ns::R, "id")?)
        });
        let size = (frame.width, frame.height);
        let chart =
            part.and_then(|part| chart::read(self.package, part, &self.scope.palette, size).ok().flatten());
        if chart.is_none() {
            self.scope.gathered.warn(Warning::NotDrawn);
        }
        Some(Shape { frame, content: Some(ShapeContent::Chart(Box::new(chart?))), ..Shape::default() })
    }

    fn group(&self, node: Node<'s>, around: &Around) -> Option<Shape> {
        if around.depth >= DEPTH {
            return None;
        }
        let properties = node.named("grpSpPr");
        let transform = properties.and_then(|properties| properties.named("xfrm"));
        let fill =
            properties.and_then(|properties| crate::drawing::fill::among(properties, &self.scope)).flatten();
        let inside = Around {
            nesting: around.nesting.with_group(transform),
            fill: fill.or_else(|| around.fill.clone()),
            depth: around.depth + 1,
        };
        let frame = around.nesting.resolve(transform.and_then(shape::frame).unwrap_or_default());
        let shapes = node
            .elements()
            .filter(|child| matches!(child.name(), "sp" | "pic" | "cxnSp" | "graphicFrame" | "grpSp"));
        let shapes = shapes.filter_map(|child| self.shape(child, Frame::default(), &inside)).collect();
        // What is turned with the group is turned already.
        let frame = Frame { rotation: 0.0, flip_x: false, flip_y: false, ..frame };
        Some(Shape { frame, content: Some(ShapeContent::Group { shapes }), ..Shape::default() })
    }
}

/// Moves a shape and everything in it.
fn shift(shape: &mut Shape, dx: f32, dy: f32) {
    shape.frame.x += dx;
    shape.frame.y += dy;
    if let Some(ShapeContent::Group { shapes }) = &mut shape.content {
        shapes.iter_mut().for_each(|shape| shift(shape, dx, dy));
    }
}

/// Where an anchor stands; the shape has only the size that it says.
fn place(anchor: Node<'_>) -> Option<SheetObject> {
    let length = |node: Option<Node<'_>>, name: &str| {
        node.and_then(|node| node.attribute(name)).and_then(points).unwrap_or(0.0)
    };
    let corner = |name: &str| {
        let marker = anchor.named(name)?;
        let text = |name: &str| marker.named(name).map(Node::all_text).unwrap_or_default();
        let cell = |name: &str, most: u32| text(name).trim().parse::<u32>().unwrap_or(0).min(most - 1);
        let offset = |name: &str| points(&text(name)).unwrap_or(0.0);
        Some((cell("row", ROWS), cell("col", COLUMNS), offset("colOff"), offset("rowOff")))
    };
    let size = anchor.named("ext");
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
            let position = anchor.named("pos");
            let (dx, dy) = (length(position, "x"), length(position, "y"));
            Some(SheetObject { row: 0, column: 0, dx, dy, to: None, shape })
        }
        _ => None,
    }
}
