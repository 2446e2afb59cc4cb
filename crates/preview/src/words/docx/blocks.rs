//! Blocks one below the other: what neighbours do to each other.

use std::rc::Rc;

use crate::model::{Block, Inline, Paragraph, Section};
use crate::words::neighbours::{self, adjoin};

/// Blocks, the last of which may still change when the next one comes.
#[derive(Debug)]
pub(super) struct Blocks {
    list: Vec<Block>,
    last: Neighbour,
    /// Nothing stands on the present page yet.
    page_begins: bool,
}

/// Styles have names.
pub(super) type Neighbour = neighbours::Neighbour<Rc<str>>;

impl Default for Blocks {
    fn default() -> Self {
        Self { list: Vec::new(), last: Neighbour::default(), page_begins: true }
    }
}

impl Blocks {
    pub(super) fn paragraph(&mut self, mut paragraph: Paragraph, mut this: Neighbour) {
        this.borders = paragraph.borders.clone();
        if let Some(Block::Paragraph(before)) = self.list.last_mut() {
            adjoin(before, &self.last, &mut paragraph, &this);
        }
        self.page_begins = matches!(paragraph.inlines.last(), Some(Inline::PageBreak));
        self.last = this;
        self.list.push(Block::Paragraph(paragraph));
    }

    /// Anything but a paragraph.
    pub(super) fn push(&mut self, block: Block) {
        self.page_begins = false;
        self.last = Neighbour::default();
        self.list.push(block);
    }

    pub(super) fn section(&mut self, section: Section) {
        let begins = !section.continuous || self.page_begins;
        self.push(Block::Section(Box::new(section)));
        self.page_begins = begins;
    }

    /// What follows stands on a new page, unless it does already.
    pub(super) fn break_page(&mut self) {
        if !self.page_begins {
            self.push(Block::PageBreak);
            self.page_begins = true;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// All but what may still change.
    pub(super) fn take_finished(&mut self, count: usize) -> Vec<Block> {
        let finished = self.list.len().saturating_sub(1).min(count);
        self.list.drain(..finished).collect()
    }

    pub(super) fn finish(self) -> Vec<Block> {
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Border, Borders, Dash};

    #[test]
    fn paragraphs_of_one_style_stand_together() {
        let mut blocks = Blocks::default();
        for (style, contextual) in [("a", true), ("a", true), ("b", true), ("b", false)] {
            let this = Neighbour { style: Some(Rc::from(style)), contextual, ..Neighbour::default() };
            blocks.paragraph(Paragraph { space_before: 1.0, space_after: 2.0, ..Paragraph::default() }, this);
        }
        let spaces: Vec<(f32, f32)> = blocks
            .finish()
            .iter()
            .map(|block| match block {
                Block::Paragraph(paragraph) => (paragraph.space_before, paragraph.space_after),
                _ => (9.0, 9.0),
            })
            .collect();
        assert_eq!(spaces, [(1.0, 0.0), (0.0, 2.0), (1.0, 0.0), (1.0, 2.0)]);
    }

    #[test]
    fn paragraphs_with_the_same_borders_are_in_one_box() {
        let line = Some(Border { width: 1.0, color: None, dash: Dash::Solid, double: false });
        let borders = Borders { top: line.clone(), bottom: line, ..Borders::default() };
        let mut blocks = Blocks::default();
        for _ in 0..3 {
            blocks.paragraph(
                Paragraph { borders: borders.clone(), ..Paragraph::default() },
                Neighbour::default(),
            );
        }
        let edges: Vec<(bool, bool)> = blocks
            .finish()
            .iter()
            .map(|block| match block {
                Block::Paragraph(paragraph) => {
                    (paragraph.borders.top.is_some(), paragraph.borders.bottom.is_some())
                }
                _ => (false, false),
            })
            .collect();
        assert_eq!(edges, [(true, false), (false, false), (false, true)]);
    }

    #[test]
    fn a_page_begins_once() {
        let mut blocks = Blocks::default();
        blocks.break_page();
        blocks.paragraph(Paragraph::default(), Neighbour::default());
        blocks.break_page();
        blocks.break_page();
        assert_eq!(blocks.len(), 2);
    }
}
