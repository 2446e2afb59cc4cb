//! Rich text (RTF specification 1.9.1), as Word 6 to 365, WordPad, LibreOffice, Outlook and TextEdit write it.

mod borders;
mod chars;
mod charset;
mod destinations;
mod field;
mod flow;
mod grid;
mod lists;
mod machine;
mod notes;
mod para;
mod picture;
mod place;
mod rows;
mod section;
mod shape;
mod tables;
mod token;
mod words;

#[cfg(test)]
mod tests;

use self::machine::{Machine, SectionPlace};
use self::token::Tokens;
use crate::error::{PreviewError, Result};
use crate::format::Shape;
use crate::limits::Limits;
use crate::model::{Block, Flow, Inline, Overview, Paragraph, TextStyle, Warning};
use crate::source::ReadAt;
use crate::{Content, FlowReader, Format};

pub(crate) fn open<'a>(source: &'a dyn ReadAt, limits: &Limits) -> Result<(Overview, Content<'a>)> {
    if source.len() > limits.input {
        return Err(PreviewError::TooLarge("over 100 MB"));
    }
    let document = Document {
        source,
        tokens: Tokens::new(source, 0, source.len()),
        machine: Machine::new(limits),
        before: true,
    };
    Ok((Overview::new(Format::Rtf, Shape::Flow), Content::Flow(Box::new(document))))
}

/// A document, read as far as it was asked for.
struct Document<'a> {
    source: &'a dyn ReadAt,
    tokens: Tokens<'a>,
    machine: Machine,
    /// The first group has not begun.
    before: bool,
}

impl Document<'_> {
    fn step(&mut self) -> Result<()> {
        let (token, span) = self.tokens.next()?;
        match token {
            // A byte order mark, white space.
            token::Token::Text(_) | token::Token::Hex(_) | token::Token::Word(..) if self.before => {}
            token => {
                self.before = false;
                self.machine.take(token, span);
            }
        }
        Ok(())
    }
}

impl FlowReader for Document<'_> {
    fn blocks(&mut self, count: usize) -> Result<Flow> {
        while !self.machine.ended && self.machine.finished().len() < count {
            self.step()?;
        }
        Ok(self.machine.hand_out())
    }

    fn picture(&mut self, id: u32) -> Result<Vec<u8>> {
        self.machine.pictures.read(self.source, id)
    }

    fn warnings(&self) -> Vec<Warning> {
        let machine = &self.machine;
        let found = [
            (machine.is_cut(), Warning::Cut),
            (machine.damaged, Warning::Damaged),
            (machine.external, Warning::External),
            (machine.pictures.not_drawn, Warning::NotDrawn),
        ];
        found.into_iter().filter_map(|(is, warning)| is.then_some(warning)).collect()
    }
}

impl Machine {
    /// Blocks that can be handed out.
    fn finished(&self) -> &[Block] {
        self.scopes.first().map_or(&[], |document| &document.flow.blocks)
    }

    fn hand_out(&mut self) -> Flow {
        self.refresh_section();
        if matches!(self.section, SectionPlace::At(_)) {
            self.section = SectionPlace::Gone;
        }
        let blocks = self.scopes.first_mut().map(|document| std::mem::take(&mut document.flow.blocks));
        Flow {
            blocks: blocks.unwrap_or_default(),
            notes: std::mem::take(&mut self.notes.ready),
            last: self.ended,
        }
    }
}

/// Text without any look, a paragraph for each line.
fn plain_paragraphs(text: &str) -> Vec<Block> {
    let line = |line: &str| {
        let text = Inline::Text { text: line.to_owned(), style: TextStyle::default(), link: None };
        Block::Paragraph(Paragraph { inlines: vec![text], ..Paragraph::default() })
    };
    text.lines().map(line).collect()
}
