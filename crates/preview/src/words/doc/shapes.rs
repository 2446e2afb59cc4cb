//! Drawings at their places in the text: pictures, boxes with text, groups ([MS-DOC] 2.9.253, 2.8.32).

use super::art::{ArtShape, property};
use super::character::to_color;
use super::document::Document;
use super::fib::Story;
use super::pictures::Stored;
use super::state::State;
use super::walk;
use crate::model::{
    Block, Dash, Ends, Fill, Frame, Geometry, Inline, Paragraph, PictureRef, Shape, ShapeContent, Stroke,
    TextBody, TextStyle,
};

/// English metric units in a point.
const EMU: f32 = 12_700.0;
/// Edge to text where a box says nothing: left, top, right, bottom.
const INSETS: [f32; 4] = [7.2, 3.6, 7.2, 3.6];
/// Groups in groups.
const DEPTH: usize = 16;

/// The drawing that a character stands for.
pub(crate) fn anchored(document: &Document, state: &mut State, story: Story, cp: u32) -> Option<Inline> {
    let anchor = document.anchor(story, cp)?;
    let shape = document.drawings.shape(anchor.shape)?;
    // Bit 1 of these flags hides a shape ([MS-ODRAW] 2.3.4.44).
    if shape.flag(0x3bf, 2) == Some(true) {
        return None;
    }
    let frame = Frame { width: anchor.width, height: anchor.height, ..Frame::default() };
    let built = build(document, state, story, shape, frame, DEPTH);
    let bare = built.text.is_none() && built.content.is_none();
    // What is drawn under the text, often over the whole page, would stand in its way here.
    if bare && anchor.below_text {
        return None;
    }
    Some(match built {
        Shape { content: Some(ShapeContent::Picture(picture)), text: None, .. } => Inline::Picture(picture),
        shape => Inline::Shape(Box::new(shape)),
    })
}

/// A box with text without a drawing around it (Word 6).
pub(crate) fn plain_box(document: &Document, state: &mut State, index: usize) -> Option<Inline> {
    let range = document.text_box(Story::Main, index)?;
    let text = text_body(walk::story(document, state, Story::TextBoxes, range), INSETS);
    Some(Inline::Shape(Box::new(Shape { text, ..Shape::default() })))
}

fn build(
    document: &Document,
    state: &mut State,
    story: Story,
    art: &ArtShape,
    mut frame: Frame,
    depth: usize,
) -> Shape {
    frame.rotation =
        art.value(property::ROTATION).map_or(0.0, |angle| (angle as i32) as f32 / 65536.0 % 360.0);
    (frame.flip_x, frame.flip_y) = (art.flip_x, art.flip_y);
    let alt = art.text(property::DESCRIPTION).to_owned();
    if !art.children.is_empty() {
        let shapes =
            if depth == 0 { Vec::new() } else { children(document, state, story, art, &frame, depth) };
        return Shape { frame, alt, content: Some(ShapeContent::Group { shapes }), ..Shape::default() };
    }
    let content = picture(document, state, art, &frame).map(ShapeContent::Picture);
    let bare = content.is_some();
    Shape {
        frame,
        geometry: geometry(art.form, &frame),
        fill: fill(art).filter(|_| !bare),
        stroke: stroke(art).filter(|_| !bare),
        text: text(document, state, story, art),
        content,
        alt,
        ..Shape::default()
    }
}

/// Shapes of a group, in the coordinates of its frame.
fn children(
    document: &Document,
    state: &mut State,
    story: Story,
    group: &ArtShape,
    frame: &Frame,
    depth: usize,
) -> Vec<Shape> {
    let span = |low: i32, high: i32| (high.saturating_sub(low).max(1)) as f32;
    let [left, top, right, bottom] = group.frame;
    let (across, down) = (frame.width / span(left, right), frame.height / span(top, bottom));
    let placed = |child: &ArtShape| {
        let [x1, y1, x2, y2] = child.anchor;
        Frame {
            x: frame.x + x1.saturating_sub(left) as f32 * across,
            y: frame.y + y1.saturating_sub(top) as f32 * down,
            width: x2.saturating_sub(x1).max(0) as f32 * across,
            height: y2.saturating_sub(y1).max(0) as f32 * down,
            ..Frame::default()
        }
    };
    let mut shapes = Vec::new();
    for child in &group.children {
        if !state.blocks.take(1) {
            break;
        }
        shapes.push(build(document, state, story, child, placed(child), depth - 1));
    }
    shapes
}

fn picture(document: &Document, state: &mut State, art: &ArtShape, frame: &Frame) -> Option<PictureRef> {
    let number = art.value(property::PICTURE)?;
    let stored = document.drawings.picture(number).map(|(whence, at)| Stored::Blip(whence, at));
    Some(PictureRef {
        id: stored.map(|stored| state.picture(stored)),
        width: frame.width,
        height: frame.height,
        alt: art.text(property::DESCRIPTION).to_owned(),
        crop: art.crop(),
    })
}

/// Its text: a story of its own, or letters that are drawn.
fn text(document: &Document, state: &mut State, story: Story, art: &ArtShape) -> Option<TextBody> {
    let insets = std::array::from_fn(|index| {
        art.value(property::TEXT_INSETS[index]).map_or(INSETS[index], |inset| inset as f32 / EMU)
    });
    let drawn = art.text(property::WORD_ART);
    if !drawn.is_empty() {
        let line = |text: &str| {
            let inlines =
                vec![Inline::Text { text: text.to_owned(), style: TextStyle::default(), link: None }];
            Block::Paragraph(Paragraph { inlines, ..Paragraph::default() })
        };
        return text_body(
            drawn.split(['\r', '\n']).filter(|text| !text.is_empty()).map(line).collect(),
            insets,
        );
    }
    // The upper half counts boxes from 1, the lower one where in a chain of them this is.
    let number = art.value(property::TEXT).filter(|number| number & 0xffff == 0)? >> 16;
    let range = document.text_box(story, (number as usize).checked_sub(1)?)?;
    let texts = if story == Story::Headers { Story::HeaderTextBoxes } else { Story::TextBoxes };
    text_body(walk::story(document, state, texts, range), insets)
}

fn text_body(mut blocks: Vec<Block>, insets: [f32; 4]) -> Option<TextBody> {
    // A mark that belongs to nothing ends each box.
    while matches!(blocks.last(), Some(Block::Paragraph(last)) if last.inlines.is_empty() && last.label.is_none())
    {
        blocks.pop();
    }
    (!blocks.is_empty()).then(|| TextBody { blocks, insets, ..TextBody::default() })
}

/// Kinds of shapes that have an outline here ([MS-ODRAW] 2.4.24); the others are boxes.
fn geometry(form: u16, frame: &Frame) -> Geometry {
    match form {
        2 => Geometry::Rounded { radius: frame.width.min(frame.height) / 6.0 },
        3 => Geometry::Ellipse,
        20 | 32..=40 => Geometry::Line,
        _ => Geometry::Box,
    }
}

const fn is_line(form: u16) -> bool {
    matches!(form, 20 | 32..=40)
}

fn fill(art: &ArtShape) -> Option<Fill> {
    let filled = art.flag(property::FILL_FLAGS, 0x10).unwrap_or(true);
    let color = art
        .color(property::FILL_COLOR)
        .or_else(|| art.value(property::FILL_COLOR).is_none().then_some([255; 3]));
    let color = color.filter(|_| filled && !is_line(art.form) && !matches!(art.form, 0 | 75))?;
    Some(Fill::Solid { color: to_color(color) })
}

fn stroke(art: &ArtShape) -> Option<Stroke> {
    let drawn = art.flag(property::LINE_FLAGS, 8).unwrap_or(true) && !matches!(art.form, 0 | 75);
    let ends = Ends {
        start: art.value(property::LINE_START).is_some_and(|head| head > 0),
        end: art.value(property::LINE_END).is_some_and(|head| head > 0),
    };
    drawn.then(|| Stroke {
        color: to_color(art.color(property::LINE_COLOR).unwrap_or([0; 3])),
        width: art.value(property::LINE_WIDTH).map_or(0.75, |width| width as f32 / EMU),
        dash: match art.value(property::LINE_DASH) {
            None | Some(0) => Dash::Solid,
            Some(2 | 5) => Dash::Dotted,
            Some(_) => Dash::Dashed,
        },
        ends: (ends != Ends::default()).then_some(ends),
    })
}
