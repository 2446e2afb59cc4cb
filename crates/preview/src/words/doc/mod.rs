//! Word documents from 97 to 2003 ([MS-DOC]), of Word 6 and 95 (which are built alike), and the text of older ones.
//!
//! [`document`] finds everything that is not text, [`walk`] goes through the text paragraph by paragraph, [`line`] through
//! the characters of one, [`tables`] puts paragraphs into cells. Formats are lists of properties ([`sprm`]) that
//! [`character`], [`paragraph`] and [`row`] apply over each other.

mod art;
mod bare;
mod character;
mod document;
mod fib;
mod fields;
mod fonts;
mod line;
mod lists;
mod notes;
mod numbers;
mod pages;
mod paragraph;
mod pictures;
mod row;
mod sections;
mod shapes;
mod sprm;
mod state;
mod styles;
mod tables;
#[cfg(test)]
mod tests;
mod text;
mod walk;

use std::collections::VecDeque;
use std::io::Read as _;

use document::Document;
use fib::Story;
use pictures::Stored;
use state::State;
use walk::Walk;

use crate::container::ole::Ole;
use crate::error::{PreviewError, Result};
use crate::format::Shape;
use crate::limits::{Budget, Limits, Quota};
use crate::model::{Block, Flow, Inline, Overview, Paragraph, Warning};
use crate::source::{ReadAt, Slice};
use crate::{Content, FlowReader, Format};

pub(crate) fn open<'a>(mut ole: Ole<'a>, limits: &Limits) -> Result<(Overview, Content<'a>)> {
    Ok(content(Reader::new(Document::open(&mut ole)?, limits)))
}

/// Word 2 to 95 without a compound file around it.
pub(crate) fn open_bare<'a>(source: &'a dyn ReadAt, limits: &Limits) -> Result<(Overview, Content<'a>)> {
    if source.len() > limits.input {
        return Err(PreviewError::TooLarge("over 100 MB"));
    }
    let mut stream = Vec::new();
    Slice::whole(source).take(limits.input).read_to_end(&mut stream)?;
    if fib::is_word_6(&stream) {
        return Ok(content(Reader::new(Document::bare(stream)?, limits)));
    }
    let mut quota = Quota::new(limits.blocks);
    let blocks = bare::read(&stream, &mut quota)?;
    Ok(content(Plain { blocks: blocks.into(), cut: quota.is_cut() }))
}

fn content<'a>(reader: impl FlowReader + 'a) -> (Overview, Content<'a>) {
    (Overview::new(Format::Doc, Shape::Flow), Content::Flow(Box::new(reader)))
}

/// Goes through the main text as far as it is asked to.
struct Reader {
    document: Document,
    state: State,
    walk: Walk,
    /// Boxes with text that no drawing stands for have been added.
    ended: bool,
    budget: Budget,
    part: u64,
}

impl Reader {
    fn new(document: Document, limits: &Limits) -> Self {
        let mut range = document.fib.story(Story::Main);
        if range.0 >= range.1 {
            // Its lengths are lost; all that is there is text.
            range = (0, document.text.end());
        }
        let walk = Walk::new(&document, Story::Main, range);
        let state = State::new(limits, document.drawings.blips.len());
        Self { document, state, walk, ended: false, budget: Budget::new(limits.inflated), part: limits.part }
    }

    /// Word 6 keeps the places of its boxes in drawings of another kind: their texts come last.
    fn add_boxes(&mut self) {
        if !self.document.fib.old {
            return;
        }
        let mut index = 0;
        while let Some(inline) = shapes::plain_box(&self.document, &mut self.state, index) {
            index += 1;
            if let Inline::Shape(shape) = &inline
                && shape.text.is_some()
                && self.state.blocks.take(1)
            {
                let paragraph = Paragraph { inlines: vec![inline], ..Paragraph::default() };
                self.walk.assembler.done.push(Block::Paragraph(paragraph));
            }
        }
    }
}

impl FlowReader for Reader {
    fn blocks(&mut self, count: usize) -> Result<Flow> {
        let wanted = count.max(1);
        // The last of them may still change when the next one comes.
        while !self.ended && (self.walk.assembler.done.len() <= wanted || !self.walk.assembler.is_at_top()) {
            if !self.walk.step(&self.document, &mut self.state) {
                self.ended = true;
                self.add_boxes();
            }
        }
        let done = &mut self.walk.assembler.done;
        let kept = usize::from(!self.ended);
        let rest = done.split_off(done.len().saturating_sub(kept));
        Ok(Flow {
            blocks: std::mem::replace(done, rest),
            notes: std::mem::take(&mut self.state.notes),
            last: self.ended,
        })
    }

    fn picture(&mut self, id: u32) -> Result<Vec<u8>> {
        let shared = self.document.drawings.shared(id);
        let stored = shared.or_else(|| self.state.stored(id)).ok_or(PreviewError::Unsupported(None))?;
        let (Stored::Blip(whence, ..) | Stored::Plain(whence, ..) | Stored::Bitmap(whence, ..)) = stored;
        pictures::bytes(stored, self.document.stream(whence), &self.budget, self.part)
    }

    fn warnings(&self) -> Vec<Warning> {
        let warnings = [
            (self.state.is_cut(), Warning::Cut),
            (self.document.damaged, Warning::Damaged),
            (self.document.macros, Warning::Macros),
            (self.state.external, Warning::External),
            (self.state.not_drawn, Warning::NotDrawn),
        ];
        warnings.into_iter().filter_map(|(applies, warning)| applies.then_some(warning)).collect()
    }
}

/// Text of the oldest versions.
struct Plain {
    blocks: VecDeque<Block>,
    cut: bool,
}

impl FlowReader for Plain {
    fn blocks(&mut self, count: usize) -> Result<Flow> {
        let count = count.max(1).min(self.blocks.len());
        let blocks: Vec<Block> = self.blocks.drain(..count).collect();
        Ok(Flow { blocks, notes: Vec::new(), last: self.blocks.is_empty() })
    }

    fn picture(&mut self, _id: u32) -> Result<Vec<u8>> {
        Err(PreviewError::Unsupported(None))
    }

    fn warnings(&self) -> Vec<Warning> {
        if self.cut { vec![Warning::Cut] } else { Vec::new() }
    }
}
