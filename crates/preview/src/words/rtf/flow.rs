//! Paragraphs and tables as they come, put into blocks. Headers, notes and boxes with text each have their own.

use std::rc::Rc;

use super::chars::Chars;
use super::grid::{RawRow, table};
use super::para::NESTED;
use super::rows::RowDef;
use super::tables::Colors;
use crate::model::{Block, Inline, Label, Paragraph, Script, TextStyle};

/// A table whose rows still come.
#[derive(Default)]
struct OpenTable {
    rows: Vec<RawRow>,
    row: Vec<Vec<Block>>,
    cell: Vec<Block>,
}

#[derive(Default)]
pub(super) struct FlowBuilder {
    /// What is finished.
    pub(super) blocks: Vec<Block>,
    /// One inside the other.
    tables: Vec<OpenTable>,
    inlines: Vec<Inline>,
    /// Style of the last paragraph, and whether it keeps no space to others of its style.
    last: Option<(i32, bool)>,
    /// How the last run looks, where more text of it may follow.
    run: Option<(Chars, Option<Rc<str>>)>,
    /// Number or bullet that the document brings along for the paragraph that is being read.
    pub(super) label: Option<Label>,
}

impl FlowBuilder {
    /// Text that looks like this belongs to the last run.
    pub(super) fn goes_on(&self, chars: Chars, link: Option<&Rc<str>>) -> bool {
        self.run.as_ref().is_some_and(|(known, to)| *known == chars && to.as_ref() == link)
    }

    /// Adds text; `style` is asked for only where it begins a new run.
    pub(super) fn text(
        &mut self,
        text: &str,
        chars: Chars,
        link: Option<&Rc<str>>,
        style: impl FnOnce() -> TextStyle,
    ) {
        if let (true, Some(Inline::Text { text: before, .. })) =
            (self.goes_on(chars, link), self.inlines.last_mut())
        {
            before.push_str(text);
            return;
        }
        self.run = Some((chars, link.cloned()));
        self.inlines.push(Inline::Text {
            text: text.to_owned(),
            style: style(),
            link: link.map(|link| (**link).to_owned()),
        });
    }

    pub(super) fn push(&mut self, inline: Inline) {
        self.run = None;
        self.inlines.push(inline);
    }

    /// Nothing stands in the paragraph that is being read.
    pub(super) fn is_blank(&self) -> bool {
        self.inlines.is_empty()
    }

    /// Takes the mark that an author wrote by hand before a note: the last run, where it is short and raised.
    pub(super) fn take_mark(&mut self) -> Option<String> {
        let Some(Inline::Text { text, style, .. }) = self.inlines.last() else { return None };
        let mark = text.trim();
        let fits = style.script == Some(Script::Super) && (1..=4).contains(&mark.chars().count());
        let mark = fits.then(|| mark.to_owned())?;
        self.inlines.pop();
        self.run = None;
        Some(mark)
    }

    /// Gives the mark of a note another label, where it shows one.
    pub(super) fn relabel(&mut self, wanted: u32, new: &str) {
        for inline in self.inlines.iter_mut().rev() {
            if let Inline::Note { id, label } = inline
                && *id == wanted
                && !label.is_empty()
            {
                new.clone_into(label);
                return;
            }
        }
    }

    /// The paragraph is over: `paragraph` has everything but its words. It stands in so many tables.
    pub(super) fn end_paragraph(&mut self, mut paragraph: Paragraph, depth: u8, colors: &Colors) {
        paragraph.inlines = std::mem::take(&mut self.inlines);
        self.run = None;
        self.put(Block::Paragraph(paragraph), depth, colors);
    }

    /// Takes away the space between this paragraph and the one before, where they have one style and say so.
    pub(super) fn close_up(&mut self, paragraph: &mut Paragraph, style: i32, contextual: bool) {
        let before = self.last.replace((style, contextual)).filter(|(known, _)| *known == style);
        let Some((_, said)) = before else { return };
        if contextual {
            paragraph.space_before = 0.0;
        }
        let blocks = self.tables.last_mut().map_or(&mut self.blocks, |table| &mut table.cell);
        if let (true, Some(Block::Paragraph(before))) = (said, blocks.last_mut()) {
            before.space_after = 0.0;
        }
    }

    /// Puts a block where so many tables are around it.
    pub(super) fn put(&mut self, block: Block, depth: u8, colors: &Colors) {
        self.open(depth, colors);
        match self.tables.last_mut() {
            Some(table) => table.cell.push(block),
            None => self.blocks.push(block),
        }
    }

    /// Opens tables, or closes those that are further in.
    fn open(&mut self, depth: u8, colors: &Colors) {
        let depth = usize::from(depth.min(NESTED));
        while self.tables.len() > depth {
            self.close_table(colors);
        }
        while self.tables.len() < depth {
            self.tables.push(OpenTable::default());
        }
    }

    /// The cell is over.
    pub(super) fn end_cell(&mut self, depth: u8, colors: &Colors) {
        self.open(depth.max(1), colors);
        if let Some(table) = self.tables.last_mut() {
            table.row.push(std::mem::take(&mut table.cell));
        }
    }

    /// The row is over, and looks like this; how many cells it has.
    pub(super) fn end_row(&mut self, depth: u8, def: &RowDef, colors: &Colors) -> usize {
        self.open(depth.max(1), colors);
        let Some(table) = self.tables.last_mut() else { return 0 };
        if !table.cell.is_empty() {
            table.row.push(std::mem::take(&mut table.cell));
        }
        let cells = std::mem::take(&mut table.row);
        let count = cells.len();
        if count > 0 {
            table.rows.push(RawRow { def: def.of_first(count), cells });
        }
        count
    }

    fn close_table(&mut self, colors: &Colors) {
        let Some(mut open) = self.tables.pop() else { return };
        if !open.row.is_empty() {
            let def = open.rows.last().map(|row| row.def.clone()).unwrap_or_default();
            open.rows.push(RawRow { def, cells: open.row });
        }
        let outer = match self.tables.last_mut() {
            Some(table) => &mut table.cell,
            None => &mut self.blocks,
        };
        if !open.rows.is_empty() {
            outer.push(Block::Table(table(open.rows, colors)));
        }
        // Paragraphs that were to stand in a cell whose end never came.
        outer.append(&mut open.cell);
    }

    /// Nothing comes any more; the paragraph that was being read must have been ended.
    pub(super) fn close(&mut self, colors: &Colors) {
        self.open(0, colors);
    }

    /// A table is open.
    pub(super) fn in_table(&self) -> bool {
        !self.tables.is_empty()
    }
}
