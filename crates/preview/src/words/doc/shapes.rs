//! Drawings at their places in the text: pictures, boxes with text, groups ([MS-DOC] 2.9.253, 2.8.32).

use super::document::Document;
use super::fib::Story;
use super::state::State;
use super::walk;
use crate::drawing::officeart::color::NoScheme;
use crate::drawing::officeart::draw::{Host, Written, draw};
use crate::drawing::officeart::options::{Cascade, property};
use crate::drawing::officeart::paint::Paint;
use crate::drawing::officeart::place::Rect;
use crate::drawing::officeart::text::place;
use crate::drawing::officeart::tree::RawShape;
use crate::drawing::shape::Space;
use crate::model::{Block, Color, Fill, Frame, Inline, Shape, ShapeContent, TextBody};

/// The drawing that a character stands for.
pub(crate) fn anchored(document: &Document, state: &mut State, story: Story, cp: u32) -> Option<Inline> {
    let anchor = document.anchor(story, cp)?;
    let raw = document.drawings.shape(document.tables(), anchor.shape, &mut state.properties)?;
    let mut host = Anchored { document, state, story };
    let shape = draw(&mut host, &raw, Rect::sized(anchor.width, anchor.height), &Space::scaled(1.0))?;
    let bare = shape.text.is_none() && shape.content.is_none();
    // What is drawn under the text, often over the whole page, would stand in its way here.
    if bare && anchor.below_text {
        return None;
    }
    Some(match shape {
        Shape {
            content: Some(ShapeContent::Picture(picture)),
            text: None,
            stroke: None,
            fill,
            frame,
            ..
        } if is_plain(frame) && is_paper(fill.as_ref()) => Inline::Picture(picture),
        shape => Inline::Shape(Box::new(shape)),
    })
}

/// Neither turned nor mirrored.
fn is_plain(frame: Frame) -> bool {
    frame.rotation == 0.0 && !frame.flip_x && !frame.flip_y
}

/// Nothing is seen behind it but what is seen of the page.
fn is_paper(fill: Option<&Fill>) -> bool {
    fill.is_none_or(|fill| matches!(fill, Fill::Solid { color } if *color == Color::rgb(255, 255, 255)))
}

/// A box with text without a drawing around it (Word 6).
pub(crate) fn plain_box(document: &Document, state: &mut State, index: usize) -> Option<Inline> {
    let range = document.text_box(Story::Main, index)?;
    let blocks = without_end(walk::story(document, state, Story::TextBoxes, range));
    let text = TextBody { blocks, ..place(Cascade::default(), [0.0; 4]) };
    let text = Some(text).filter(|text| !text.blocks.is_empty());
    Some(Inline::Shape(Box::new(Shape { text, ..Shape::default() })))
}

/// What Word says of the shapes of a drawing.
struct Anchored<'d, 's> {
    document: &'d Document,
    state: &'s mut State,
    /// The drawing is anchored there.
    story: Story,
}

impl<'b, 'a, 'd: 'b> Host<'b, 'a> for Anchored<'d, '_> {
    fn draws(&mut self, _raw: &RawShape<'a>) -> bool {
        self.state.blocks.take(1)
    }

    fn cascade(&self, raw: &'b RawShape<'a>) -> Cascade<'b, 'a> {
        Cascade { layers: [Some(&raw.options), None, Some(&self.document.drawings.usual)] }
    }

    fn paint(&self) -> Paint<'b> {
        Paint { scheme: &NoScheme, background: None, blips: &self.document.drawings.blips }
    }

    /// A story of its own.
    fn text(&mut self, raw: &RawShape<'a>) -> Option<Written> {
        // The upper half counts boxes from 1, the lower one where in a chain of them this is.
        let number =
            Cascade::of(&raw.options).get(property::TEXT).filter(|number| number & 0xffff == 0)? >> 16;
        let range = self.document.text_box(self.story, (number as usize).checked_sub(1)?)?;
        let headers = self.story == Story::Headers;
        let texts = if headers { Story::HeaderTextBoxes } else { Story::TextBoxes };
        let blocks = without_end(walk::story(self.document, self.state, texts, range));
        Some(Written { blocks, ..Written::default() })
    }
}

/// A mark that belongs to nothing ends each box.
fn without_end(mut blocks: Vec<Block>) -> Vec<Block> {
    while matches!(blocks.last(), Some(Block::Paragraph(last)) if last.inlines.is_empty() && last.label.is_none())
    {
        blocks.pop();
    }
    blocks
}
