//! A story: a stretch of blocks that flows by itself (the body, a header, a note, the text of a box).

use std::rc::Rc;

use super::blocks::Blocks;
use super::fields::Fields;
use super::paragraph_props::ParagraphProps;
use super::parts::Shared;
use super::run_props::RunProps;
use crate::container::opc::Relations;
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::error::Result;
use crate::model::{Block, Color, Inline, Warning};

/// Tables in cells, boxes in boxes, links in links: Word itself stops far before.
const DEPTH: usize = 48;

/// What goes on from paragraph to paragraph.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// Of the part it is in.
    pub(super) relations: Rc<Relations>,
    pub(super) fields: Fields,
    /// Of paragraphs whose mark was removed: the next paragraph begins with it.
    pub(super) carried: Vec<Inline>,
}

/// Turns elements into blocks.
pub(super) struct Builder<'b, 'a> {
    pub(super) shared: &'b mut Shared<'a>,
    pub(super) story: &'b mut Story,
    pub(super) depth: usize,
    /// What the table or the box around says of its text.
    pub(super) cell: Option<Rc<CellLook>>,
    /// Page breaks mean something: not in cells, boxes, margins.
    pub(super) pages: bool,
    /// Foreign content is read: not in such content itself.
    pub(super) chunks: bool,
}

/// What a table says of the text in a cell, or a box of its own.
#[derive(Debug, Default)]
pub(super) struct CellLook {
    pub(super) paragraph: ParagraphProps,
    pub(super) run: RunProps,
    pub(super) shade: Option<Color>,
}

impl<'b, 'a> Builder<'b, 'a> {
    pub(super) const fn new(shared: &'b mut Shared<'a>, story: &'b mut Story) -> Self {
        Self { shared, story, depth: 0, cell: None, pages: false, chunks: false }
    }

    /// One level further in, if that is not too deep; whoever enters leaves.
    pub(super) fn enter(&mut self) -> bool {
        let room = self.shared.warnings.cut_unless(self.depth < DEPTH);
        self.depth += usize::from(room);
        room
    }

    pub(super) const fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// All blocks inside an element.
    pub(super) fn blocks(&mut self, node: Node<'_>) -> Result<Vec<Block>> {
        let mut blocks = Blocks::default();
        if self.enter() {
            self.put_blocks(node, &mut blocks)?;
            self.leave();
        }
        self.flush(&mut blocks);
        Ok(blocks.finish())
    }

    /// The blocks of a box, a note, a margin: a story of its own.
    pub(super) fn apart(
        &mut self,
        node: Node<'_>,
        relations: Rc<Relations>,
        around: Option<Rc<CellLook>>,
    ) -> Result<Vec<Block>> {
        let mut story = Story { relations, ..Story::default() };
        let mut inner =
            Builder { depth: self.depth, cell: around, ..Builder::new(&mut *self.shared, &mut story) };
        inner.blocks(node)
    }

    fn put_blocks(&mut self, node: Node<'_>, out: &mut Blocks) -> Result<()> {
        for child in node.elements() {
            self.block(child, out)?;
        }
        Ok(())
    }

    /// One element of a body.
    pub(super) fn block(&mut self, node: Node<'_>, out: &mut Blocks) -> Result<()> {
        match (node.ns(), node.name()) {
            (Some(Ns::W), "p") => self.paragraph(node, out),
            (Some(Ns::W), "tbl") => self.table(node, out),
            (Some(Ns::W), name) if is_wrapper(name) => {
                if self.enter() {
                    self.put_blocks(node, out)?;
                    self.leave();
                }
                Ok(())
            }
            // Sections and what is under headings, in documents of 2003.
            (Some(Ns::Wx), _) => {
                if self.enter() {
                    self.put_blocks(node, out)?;
                    self.leave();
                }
                Ok(())
            }
            (Some(Ns::M), "oMathPara" | "oMath") => self.math_block(node, out),
            (Some(Ns::W), "altChunk") if self.chunks => self.chunk(node, out),
            (Some(Ns::W), "altChunk") => {
                self.shared.warnings.add(Warning::NotDrawn);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// What paragraphs without a mark left behind, at the end of their story.
    pub(super) fn flush(&mut self, out: &mut Blocks) {
        if !self.story.carried.is_empty() {
            self.bare_paragraph(Vec::new(), out);
        }
    }
}

/// Elements around blocks that are not seen themselves.
pub(super) fn is_wrapper(name: &str) -> bool {
    matches!(name, "sdt" | "sdtContent" | "customXml" | "ins" | "moveTo" | "del" | "moveFrom" | "smartTag")
}
