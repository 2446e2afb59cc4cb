//! The main part as a stream of blocks.

use std::rc::Rc;

use super::blocks::Blocks;
use super::parts::Shared;
use super::run_props::color;
use super::scout::Scout;
use super::section::Sections;
use super::story::{Builder, Story, is_wrapper};
use crate::FlowReader;
use crate::container::opc::Package;
use crate::container::tree::{Opening, Tree};
use crate::container::xml::{Ns, Start, Token, Xml};
use crate::error::{PreviewError, Result};
use crate::model::{Flow, Warning};

/// A Word document while it is read.
pub(super) struct Body<'a> {
    shared: Shared<'a>,
    xml: Xml<'a>,
    scout: Scout<'a>,
    sections: Sections,
    story: Story,
    blocks: Blocks,
    state: State,
    /// It is not inside of another document.
    outermost: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The body has not begun.
    Before,
    Inside,
    Ended,
}

/// What an element of the body is to the reader.
enum Step {
    /// Its children are the body's.
    Into,
    /// A block, or something without a look.
    Whole,
    Skip,
}

impl<'a> Body<'a> {
    pub(super) fn open(package: Package<'a>, main: &str) -> Result<Self> {
        let relations = package.relations(main).unwrap_or_default();
        let shared = Shared::read(package, main, &relations)?;
        let missing = || PreviewError::malformed("no main part");
        let xml = shared.package.xml(main)?.ok_or_else(missing)?;
        let depth = shared.package.zip.limits().depth;
        let scout = Scout::new(shared.package.zip.stream(main)?, depth);
        let story = Story { relations: Rc::new(relations), ..Story::default() };
        let mut body = Self {
            shared,
            xml,
            scout,
            sections: Sections::default(),
            story,
            blocks: Blocks::default(),
            state: State::Before,
            outermost: true,
        };
        body.begin()?;
        Ok(body)
    }

    /// As foreign content of another document: it has none itself.
    pub(super) fn alone(self) -> Self {
        Self { outermost: false, ..self }
    }

    /// Reads up to the body: a document without one is none.
    fn begin(&mut self) -> Result<()> {
        let depth = self.shared.package.zip.limits().depth;
        let mut page_color = None;
        loop {
            match self.xml.next()? {
                Token::Open(start) if start.is(Ns::W, "body") => break,
                Token::Open(start) if start.is(Ns::W, "background") => {
                    let opening = Opening::of(&start);
                    let tree = Tree::from_start(&mut self.xml, opening, depth)?;
                    let shown = tree.root().filter(|_| self.shared.settings.background);
                    page_color = shown.and_then(|node| color(node, "color", "theme", &self.shared.theme));
                }
                Token::End => return Err(PreviewError::malformed("no body")),
                _ => {}
            }
        }
        self.state = State::Inside;
        self.sections = Sections::new(page_color);
        self.begin_section()
    }

    /// A section begins: what it looks like stands further on.
    fn begin_section(&mut self) -> Result<()> {
        let tree = match self.scout.next() {
            Err(error @ (PreviewError::Waiting { .. } | PreviewError::Read(_))) => return Err(error),
            Err(_) => {
                self.shared.warnings.add(Warning::Damaged);
                None
            }
            Ok(tree) => tree,
        };
        let node = tree.as_ref().and_then(Tree::root);
        let node = node
            .and_then(|root| if root.name() == "sectPr" { Some(root) } else { root.child(Ns::W, "sectPr") });
        let section = self.sections.next(node, &mut self.shared, &self.story)?;
        self.blocks.section(section);
        Ok(())
    }

    /// Reads one element of the body.
    fn step(&mut self) -> Result<()> {
        let depth = self.shared.package.zip.limits().depth;
        let (step, opening) = match self.xml.next()? {
            Token::Open(start) => (step(&start), Opening::of(&start)),
            Token::End => {
                self.end();
                return Ok(());
            }
            _ => return Ok(()),
        };
        match step {
            Step::Into => Ok(()),
            Step::Skip => self.xml.skip(),
            Step::Whole => {
                let tree = Tree::from_start(&mut self.xml, opening, depth)?;
                self.shared.warnings.cut_unless(!tree.cut);
                self.take(&tree)
            }
        }
    }

    /// A block of the body, and the section that ends with it.
    fn take(&mut self, tree: &Tree) -> Result<()> {
        let Some(node) = tree.root() else { return Ok(()) };
        if node.is(Ns::W, "sectPr") {
            return Ok(());
        }
        let mut builder = Builder {
            pages: true,
            chunks: self.outermost,
            ..Builder::new(&mut self.shared, &mut self.story)
        };
        builder.block(node, &mut self.blocks)?;
        // Sections end with paragraphs of the body; what stands in cells is passed over by the scout as well.
        let ends = node.path(Ns::W, &["pPr", "sectPr"]).is_some() && node.is(Ns::W, "p");
        let inside = if node.is(Ns::W, "p") { usize::from(ends) } else { sections_in(tree) };
        for _ in usize::from(ends)..inside {
            self.scout.next()?;
        }
        if ends { self.begin_section() } else { Ok(()) }
    }

    fn end(&mut self) {
        if self.state != State::Ended {
            Builder::new(&mut self.shared, &mut self.story).flush(&mut self.blocks);
        }
        self.state = State::Ended;
        if self.xml.is_damaged() {
            self.shared.warnings.add(Warning::Damaged);
        }
    }
}

/// `w:sectPr` elements in a table or another block.
fn sections_in(tree: &Tree) -> usize {
    let Some(root) = tree.root() else { return 0 };
    let all = |name| root.descendants().filter(|node| node.is(Ns::W, name)).count();
    all("sectPr").saturating_sub(all("sectPrChange"))
}

fn step(start: &Start<'_>) -> Step {
    match (start.ns, start.name()) {
        (Ns::W, name) if is_wrapper(name) => Step::Into,
        (Ns::W, "sdtPr" | "sdtEndPr" | "customXmlPr") => Step::Skip,
        // The first choice that can be read; what is understood is decided inside of blocks.
        (Ns::Mc, "AlternateContent" | "Fallback") => Step::Into,
        // Sections and what is under headings, in documents of 2003.
        (Ns::Wx, _) => Step::Into,
        (Ns::Mc, _) => Step::Skip,
        _ => Step::Whole,
    }
}

impl FlowReader for Body<'_> {
    fn blocks(&mut self, count: usize) -> Result<Flow> {
        while self.state == State::Inside && self.blocks.len() <= count {
            if self.shared.blocks.is_cut() || self.shared.characters.is_cut() {
                self.end();
                break;
            }
            match self.step() {
                Ok(()) => {}
                Err(error @ (PreviewError::Waiting { .. } | PreviewError::Read(_))) => return Err(error),
                Err(PreviewError::TooLarge(_)) => {
                    self.shared.warnings.add(Warning::Cut);
                    self.end();
                }
                // What stands before the damage is shown.
                Err(_) => {
                    self.shared.warnings.add(Warning::Damaged);
                    self.end();
                }
            }
        }
        let last = self.state == State::Ended && self.blocks.len() <= count;
        let blocks =
            if last { std::mem::take(&mut self.blocks).finish() } else { self.blocks.take_finished(count) };
        Ok(Flow { blocks, notes: std::mem::take(&mut self.shared.notes.pending), last })
    }

    fn picture(&mut self, id: u32) -> Result<Vec<u8>> {
        self.shared.gathered.bytes(&self.shared.package, id)
    }

    fn warnings(&self) -> Vec<Warning> {
        let mut warnings = self.shared.warnings.list();
        let drawn = self.shared.gathered.warnings().into_iter();
        warnings.extend(drawn.filter(|warning| !self.shared.warnings.has(warning)));
        warnings
    }
}
