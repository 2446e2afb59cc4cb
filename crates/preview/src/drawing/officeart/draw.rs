//! Shapes of the model from those that are stored.

use super::geometry;
use super::options::{Cascade, property};
use super::paint::{self, Paint};
use super::place::{self, Rect};
use super::text;
use super::tree::RawShape;
use crate::drawing::shape::Space;
use crate::model::{Block, Frame, Shape, ShapeContent, ShapeRole, Table, TextBody, VerticalAlign};

/// The document around a drawing: what only its kind knows of the shapes. `'b` is as long as the shapes are borrowed,
/// `'a` as their bytes are.
pub(crate) trait Host<'b, 'a> {
    /// Whether a shape is drawn at all, as far as the document says it, and there is room for it.
    fn draws(&mut self, raw: &RawShape<'a>) -> bool;

    /// The properties of a shape, and of what it follows.
    fn cascade(&self, raw: &'b RawShape<'a>) -> Cascade<'b, 'a>;

    fn paint(&self) -> Paint<'b>;

    /// Where a shape stands in its group.
    fn anchor(&self, raw: &RawShape<'a>) -> Rect {
        raw.child_anchor.unwrap_or_default()
    }

    /// What is written in a shape.
    fn text(&mut self, raw: &RawShape<'a>) -> Option<Written>;

    /// What stands in a shape instead of a picture.
    fn content(&mut self, _raw: &RawShape<'a>) -> Option<ShapeContent> {
        None
    }

    /// The table that a group is; `space` is the one inside of it.
    fn table(&mut self, _group: &'b RawShape<'a>, _space: &Space) -> Option<Table> {
        None
    }

    /// It is only seen while editing as long as nothing is in it.
    fn is_placeholder(&self, _raw: &RawShape<'a>) -> bool {
        false
    }
}

/// The text of a shape.
#[derive(Default)]
pub(crate) struct Written {
    pub(crate) blocks: Vec<Block>,
    /// Where the document itself says it.
    pub(crate) vertical: Option<VerticalAlign>,
    pub(crate) role: Option<ShapeRole>,
}

/// A shape in its place; none where nothing of it is seen. `anchor` is in coordinates of `space`.
pub(crate) fn draw<'b, 'a>(
    host: &mut dyn Host<'b, 'a>,
    raw: &'b RawShape<'a>,
    anchor: Rect,
    space: &Space,
) -> Option<Shape> {
    if raw.is_deleted() || !host.draws(raw) {
        return None;
    }
    let options = host.cascade(raw);
    if options.is_hidden() {
        return None;
    }
    let rotation = options.own().fixed(property::ROTATION).unwrap_or(0.0);
    let frame = space.resolve(place::frame(anchor, rotation, raw.flips()));
    let alt = options.description();
    match raw.inside {
        Some(inside) => group(host, raw, &place::inside(frame, inside)).map(|shape| Shape { alt, ..shape }),
        None => single(host, raw, options, frame, alt),
    }
}

fn group<'b, 'a>(host: &mut dyn Host<'b, 'a>, raw: &'b RawShape<'a>, space: &Space) -> Option<Shape> {
    if let Some(table) = host.table(raw, space) {
        let frame = Frame { flip_x: false, flip_y: false, ..space.group };
        return Some(Shape { frame, content: Some(ShapeContent::Table(table)), ..Shape::default() });
    }
    let mut shapes = Vec::new();
    for child in &raw.children {
        let anchor = host.anchor(child);
        shapes.extend(draw(host, child, anchor, space));
    }
    // What it turns and mirrors has been turned and mirrored already.
    let frame = place::taken_up(space.group);
    let content = (!shapes.is_empty()).then_some(ShapeContent::Group { shapes });
    content.map(|content| Shape { frame, content: Some(content), ..Shape::default() })
}

fn single<'b, 'a>(
    host: &mut dyn Host<'b, 'a>,
    raw: &'b RawShape<'a>,
    options: Cascade<'b, 'a>,
    frame: Frame,
    alt: String,
) -> Option<Shape> {
    let paint = host.paint();
    if let Some(body) = text::art(options, &frame, paint) {
        return Some(Shape { frame, text: Some(body), alt, ..Shape::default() });
    }
    let written = host.text(raw).filter(|written| !written.blocks.is_empty());
    let picture = || paint::shown(options, paint, &frame, &alt).map(ShapeContent::Picture);
    let content = host.content(raw).or_else(picture);
    let empty = written.is_none() && content.is_none();
    if empty && host.is_placeholder(raw) {
        return None;
    }
    let (geometry, inner) = geometry::outline(options, raw.preset, &frame);
    let fill = paint::fill(options, raw.preset, paint);
    let stroke = paint::stroke(options, raw.preset, paint);
    if empty && fill.is_none() && stroke.is_none() {
        return None;
    }
    let role = written.as_ref().and_then(|written| written.role);
    let text = written.map(|written| body(written, text::place(options, inner)));
    Some(Shape { frame, geometry, fill, stroke, text, content, role, anchor: None, alt })
}

fn body(written: Written, place: TextBody) -> TextBody {
    TextBody { blocks: written.blocks, vertical: written.vertical.unwrap_or(place.vertical), ..place }
}
