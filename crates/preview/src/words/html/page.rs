//! Text, paragraphs and tables as they come, put into blocks.

use std::rc::Rc;

use super::look::{Look, Own};
use crate::limits::{Limits, Quota};
use crate::model::{
    Align, Block, Border, Borders, Heading, Inline, Label, Paragraph, Table, TableCell, TableRow, TextStyle,
};
use crate::words::symbols::{is_symbol_font, likeness};

/// Tables inside tables.
const TABLES: usize = 16;
/// Columns and rows that a cell may cover (HTML 4.9.12).
const SPAN: u16 = 1000;
/// What a run costs of the characters that are kept.
const INLINE: usize = 32;

/// A table whose rows still come.
#[derive(Default)]
pub(super) struct OpenTable {
    table: Table,
    row: Option<TableRow>,
    cell: Option<TableCell>,
    /// Of cells that say none.
    border: Option<Border>,
    padding: Option<f32>,
    /// Widths that cells of one column say, by column.
    widths: Vec<f32>,
    /// Columns before the next cell of this row.
    column: usize,
    /// Rows that cells of rows above still cover, by column.
    covered: Vec<u16>,
}

/// What the paragraph that is being read has besides its text.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) heading: Option<Heading>,
    pub(super) before: f32,
    pub(super) after: f32,
}

pub(super) struct Page {
    /// What is finished.
    pub(super) blocks: Vec<Block>,
    tables: Vec<OpenTable>,
    inlines: Vec<Inline>,
    /// Of the paragraph that is being read: set with its first text.
    started: Option<(Look, Plan)>,
    pub(super) plan: Plan,
    /// Number or bullet of the next paragraph.
    pub(super) label: Option<Label>,
    /// The last character was a space, or there is none.
    spaced: bool,
    left: Quota,
    characters: Quota,
}

impl Page {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            blocks: vec![Block::Section(Box::default())],
            tables: Vec::new(),
            inlines: Vec::new(),
            started: None,
            plan: Plan::default(),
            label: None,
            spaced: true,
            left: Quota::new(limits.blocks),
            characters: Quota::new(limits.characters),
        }
    }

    pub(super) const fn is_cut(&self) -> bool {
        self.left.is_cut() || self.characters.is_cut()
    }

    /// Text with its white space as in the source.
    pub(super) fn text(&mut self, text: &str, look: &Look) {
        if look.hidden {
            return;
        }
        if look.pre {
            self.kept_text(text, look);
            return;
        }
        let mut shown = String::with_capacity(text.len());
        for character in text.chars() {
            if matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{c}') {
                if !self.spaced {
                    shown.push(' ');
                }
                self.spaced = true;
            } else {
                shown.push(character);
                self.spaced = false;
            }
        }
        self.run(shown, look);
    }

    /// Lines stay lines.
    fn kept_text(&mut self, text: &str, look: &Look) {
        for (number, line) in text.replace("\r\n", "\n").split(['\n', '\r']).enumerate() {
            if number > 0 {
                self.inline(Inline::LineBreak, look);
            }
            for (number, piece) in line.split('\t').enumerate() {
                if number > 0 {
                    self.inline(Inline::Tab, look);
                }
                self.run(piece.to_owned(), look);
            }
        }
        self.spaced = false;
    }

    fn run(&mut self, text: String, look: &Look) {
        if text.is_empty() || !self.characters.take(text.len()) {
            return;
        }
        let (text, style) = drawn(text, look);
        self.start(look);
        if let Some(Inline::Text { text: before, style: known, link }) = self.inlines.last_mut()
            && *known == style
            && link.as_deref() == look.link.as_deref()
        {
            before.push_str(&text);
            return;
        }
        if self.characters.take(INLINE) {
            self.inlines.push(Inline::Text { text, style, link: look.link.as_deref().map(str::to_owned) });
        }
    }

    /// Something that is no text.
    pub(super) fn inline(&mut self, inline: Inline, look: &Look) {
        if look.hidden || !self.characters.take(INLINE) {
            return;
        }
        self.start(look);
        self.spaced = matches!(inline, Inline::LineBreak | Inline::Tab);
        self.inlines.push(inline);
    }

    fn start(&mut self, look: &Look) {
        if self.started.is_none() {
            self.started = Some((look.clone(), self.plan.clone()));
        }
    }

    /// What follows stands below; an item without text still has its number.
    pub(super) fn end_paragraph(&mut self, look: &Look) {
        self.spaced = true;
        if let Some(Inline::Text { text, .. }) = self.inlines.last_mut()
            && self.started.as_ref().is_some_and(|(look, _)| !look.pre)
        {
            text.truncate(text.trim_end_matches(' ').len());
            if text.is_empty() {
                self.inlines.pop();
            }
        }
        // The last line break of a block begins no line.
        if let [.., before, Inline::LineBreak] = self.inlines.as_slice()
            && *before != Inline::LineBreak
        {
            self.inlines.pop();
        }
        let inlines = std::mem::take(&mut self.inlines);
        let started = self.started.take();
        if inlines.is_empty() {
            return;
        }
        let (look, plan) = started.unwrap_or_else(|| (look.clone(), Plan::default()));
        let label = self.label.take();
        self.put(Block::Paragraph(paragraph(&look, plan, label, inlines)));
    }

    /// An item is over: its number is shown even if nothing stands in it.
    pub(super) fn end_item(&mut self, look: &Look) {
        self.end_paragraph(look);
        if let Some(label) = self.label.take() {
            self.put(Block::Paragraph(paragraph(look, Plan::default(), Some(label), Vec::new())));
        }
    }

    /// Puts a block where text stands now: what stands between the cells of a table comes before it.
    pub(super) fn put(&mut self, block: Block) {
        if !self.left.take(1) {
            return;
        }
        let cell = self.tables.iter_mut().rev().find_map(|table| table.cell.as_mut());
        match cell {
            Some(cell) => cell.blocks.push(block),
            None => self.blocks.push(block),
        }
    }

    /// What follows stands on a new page.
    pub(super) fn page_break(&mut self) {
        if self.tables.is_empty() && self.blocks.len() > 1 {
            self.put(Block::PageBreak);
        }
    }

    /// False where there are too many inside each other.
    pub(super) fn begin_table(
        &mut self,
        align: Align,
        indent: f32,
        border: Option<Border>,
        padding: Option<f32>,
    ) -> bool {
        let room = self.tables.len() < TABLES;
        if room {
            let table = Table { align, indent, ..Table::default() };
            self.tables.push(OpenTable { table, border, padding, ..OpenTable::default() });
        }
        room
    }

    pub(super) fn begin_row(&mut self, header: bool, height: f32) {
        self.end_row();
        if let Some(open) = self.tables.last_mut() {
            open.row = Some(TableRow { header, height, ..TableRow::default() });
            open.column = 0;
        }
    }

    pub(super) fn begin_cell(&mut self, own: &Own, columns: u16, rows: u16) {
        self.end_cell();
        let Some(open) = self.tables.last_mut() else { return };
        if open.row.is_none() {
            open.row = Some(TableRow::default());
            open.column = 0;
        }
        let usual = || open.border.clone();
        let [start, top, end, bottom] = own.borders.clone().map(|side| side.unwrap_or_else(usual));
        open.cell = Some(TableCell {
            blocks: Vec::new(),
            columns: columns.clamp(1, SPAN),
            rows: rows.clamp(1, SPAN),
            shade: own.fill.clone(),
            borders: Borders { start, top, end, bottom },
            vertical: own.vertical.unwrap_or_default(),
            padding: own.padding.or(open.padding).map(|points| [points.min(100.0); 4]),
        });
        open.place(columns.clamp(1, SPAN), rows.clamp(1, SPAN), own.width);
        self.spaced = true;
    }

    pub(super) fn end_cell(&mut self) {
        if let Some(open) = self.tables.last_mut()
            && let (Some(row), Some(cell)) = (&mut open.row, open.cell.take())
            && self.left.take(1)
        {
            row.cells.push(cell);
        }
    }

    pub(super) fn end_row(&mut self) {
        self.end_cell();
        if let Some(open) = self.tables.last_mut()
            && let Some(row) = open.row.take()
            && self.left.take(1)
        {
            open.table.rows.push(row);
            for rows in &mut open.covered {
                *rows = rows.saturating_sub(1);
            }
        }
    }

    pub(super) fn end_table(&mut self) {
        self.end_row();
        let Some(open) = self.tables.pop() else { return };
        if open.table.rows.is_empty() {
            return;
        }
        let known = !open.widths.is_empty() && open.widths.iter().all(|width| *width > 0.0);
        let columns = if known { open.widths } else { Vec::new() };
        self.put(Block::Table(Table { columns, ..open.table }));
    }

    /// Width of the next column, as the table's head says it.
    pub(super) fn column(&mut self, width: Option<f32>, count: u16) {
        let Some(open) = self.tables.last_mut().filter(|open| open.table.rows.is_empty()) else { return };
        for _ in 0..count.clamp(1, SPAN) {
            if open.widths.len() < usize::from(SPAN) {
                open.widths.push(width.unwrap_or(0.0));
            }
        }
    }

    /// Cells of a table stand here, not text.
    pub(super) fn in_table(&self) -> bool {
        !self.tables.is_empty()
    }
}

impl OpenTable {
    /// Finds the column of a cell, and notes how wide it is and what it covers.
    fn place(&mut self, columns: u16, rows: u16, width: Option<f32>) {
        while self.covered.get(self.column).is_some_and(|rows| *rows > 0) {
            self.column += 1;
        }
        let end = self.column.saturating_add(usize::from(columns)).min(usize::from(SPAN) * 4);
        if self.covered.len() < end {
            self.covered.resize(end, 0);
        }
        if self.widths.len() < end {
            self.widths.resize(end, 0.0);
        }
        for covered in self.covered.iter_mut().take(end).skip(self.column) {
            *covered = rows;
        }
        if let (1, Some(width), Some(known)) = (columns, width, self.widths.get_mut(self.column))
            && *known == 0.0
        {
            *known = width.max(0.0);
        }
        self.column = end;
    }
}

/// Text as it is drawn: glyphs of symbol fonts as characters that look like them.
fn drawn(text: String, look: &Look) -> (String, TextStyle) {
    let mut style = look.text.clone();
    let text = if look.upper { text.to_uppercase() } else { text };
    match style.font.take_if(|font| is_symbol_font(font)) {
        Some(font) => (text.chars().map(|character| likeness(&font, character)).collect(), style),
        None => (text, style),
    }
}

fn paragraph(look: &Look, plan: Plan, label: Option<Label>, inlines: Vec<Inline>) -> Paragraph {
    Paragraph {
        heading: plan.heading,
        indent_first: if label.is_some() { -18.0 } else { look.first },
        label,
        align: look.align,
        indent_start: look.indent,
        space_before: plan.before.clamp(0.0, 200.0),
        space_after: plan.after.clamp(0.0, 200.0),
        rtl: look.rtl,
        inlines,
        ..Paragraph::default()
    }
}

/// The text of a link that may be shown: those that would run something are none.
pub(super) fn link(target: &str) -> Option<Rc<str>> {
    let target = target.trim();
    let scheme: String = target.chars().take_while(|letter| *letter != ':').collect();
    let runs = ["javascript", "vbscript", "data"].iter().any(|bad| scheme.trim().eq_ignore_ascii_case(bad));
    (!target.is_empty() && !runs && target.len() <= 4096).then(|| target.into())
}
