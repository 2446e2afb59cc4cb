//! Walks through a story, paragraph by paragraph ([MS-DOC] 2.4.2).

use super::character::Character;
use super::document::{Document, ParagraphMark};
use super::fib::Story;
use super::fields::Fields;
use super::line::{Line, mark_of, text_style};
use super::lists::Counters;
use super::numbers::{Part, Sequence};
use super::paragraph::ParagraphFormat;
use super::row::RowFormat;
use super::sections::Section;
use super::sprm::sprms;
use super::state::State;
use super::tables::{Assembler, Ending};
use crate::model::{self, Block, Heading, Inline, Label, Paragraph};
use crate::words::neighbours::{Neighbour, adjoin};
use crate::words::symbols::{is_symbol_font, likeness};

/// Ends of paragraphs: of paragraphs, of cells and rows, of sections.
const MARKS: [u8; 3] = [0x0d, 0x07, 0x0c];

/// A walk through a story.
pub(crate) struct Walk {
    story: Story,
    at: u32,
    end: u32,
    counters: Counters,
    sequence: Sequence,
    fields: Fields,
    pub(crate) assembler: Assembler,
    /// The section that `at` is in, of those that have begun.
    section: Option<usize>,
    /// What stands before the next paragraph, and in how many tables: the mark between them is not seen.
    carried: Option<(usize, Paragraph)>,
    /// What the next paragraph has to know of the last one.
    last: Neighbour<u16>,
    /// Nothing stands on the present page yet.
    page_begins: bool,
}

impl Walk {
    pub(crate) fn new(document: &Document, story: Story, (start, end): (u32, u32)) -> Self {
        Self {
            story,
            at: start,
            end: end.min(document.text.end()),
            counters: Counters::default(),
            sequence: Sequence::default(),
            fields: Fields::default(),
            assembler: Assembler::default(),
            section: None,
            carried: None,
            last: Neighbour::default(),
            page_begins: true,
        }
    }

    /// Adds the next paragraph; false once there is none.
    pub(crate) fn step(&mut self, document: &Document, state: &mut State) -> bool {
        if self.at >= self.end {
            self.give_carried();
            self.assembler.finish();
            return false;
        }
        self.begin_section(document, state);
        let from = self.at;
        let (mark, code) = self.mark(document);
        self.at = mark.saturating_add(1);
        if !state.blocks.take(1) || !state.characters.take((self.at - from) as usize) {
            self.at = self.end;
            return true;
        }
        let read = document.paragraph(mark);
        if !state.properties.take(read.list.len()) {
            self.at = self.end;
            return true;
        }
        // A story may end without a mark.
        let to = if code.is_some() { mark } else { self.at };
        let inlines = self.inlines(document, state, &read, from, to);
        self.add(document, &read, mark, code, inlines);
        true
    }

    /// The character that ends the paragraph, or the last one of the story.
    fn mark(&self, document: &Document) -> (u32, Option<u8>) {
        let section_end =
            self.section.and_then(|section| document.sections.get(section)).map(|section| section.end);
        let mut from = self.at;
        while let Some((cp, code)) = document.text.find(&document.main, from, self.end, &MARKS) {
            // Otherwise it only breaks the page.
            if code != 0x0c || section_end == cp.checked_add(1) {
                return (cp, Some(code));
            }
            from = cp + 1;
        }
        (self.end - 1, None)
    }

    fn inlines(
        &mut self,
        document: &Document,
        state: &mut State,
        mark: &ParagraphMark<'_>,
        from: u32,
        to: u32,
    ) -> Vec<Inline> {
        let mut line = Line {
            document,
            state,
            fields: &mut self.fields,
            story: self.story,
            style: mark.style,
            section: self.section.unwrap_or(0),
            inlines: Vec::new(),
        };
        line.read(from, to);
        line.inlines
    }

    fn add(
        &mut self,
        document: &Document,
        read: &ParagraphMark<'_>,
        mark: u32,
        code: Option<u8>,
        inlines: Vec<Inline>,
    ) {
        let format = &read.format;
        // A mark of a cell outside of tables is one of a table whose formats are lost.
        let depth = usize::from(format.depth.max(u8::from(format.in_table || code == Some(0x07))));
        let row = format.row_end || format.inner_row_end && depth > 1;
        if row && depth > 0 {
            let row = RowFormat::read(read.list, document.fib.old);
            self.give_carried();
            self.assembler.add(None, depth, Ending::Row(Box::new(row)));
            return;
        }
        let ending = if code == Some(0x07) || format.inner_cell && depth > 1 {
            Ending::Cell
        } else {
            Ending::Paragraph
        };
        let character = mark_of(document, mark, read.style);
        let inlines = self.joined(depth, inlines);
        if character.hidden {
            // Paragraphs whose mark is not seen go on in the next one.
            if inlines.is_empty() {
                return self.assembler.add(None, depth, ending);
            }
            if ending == Ending::Paragraph && code == Some(0x0d) {
                self.carried = Some((depth, paragraph(document, read, &character, None, inlines)));
                return;
            }
        }
        if format.page_break_before && depth == 0 && self.story == Story::Main && !self.page_begins {
            self.assembler.add(Some(Block::PageBreak), 0, Ending::Paragraph);
        }
        let label = self.label(document, format, &character);
        let mut paragraph = paragraph(document, read, &character, label, inlines);
        let this = Neighbour {
            style: Some(read.number),
            contextual: format.contextual,
            between: format.between.clone(),
            borders: format.borders.clone(),
        };
        if let Some(before) = self.assembler.last_paragraph(depth) {
            adjoin(before, &self.last, &mut paragraph, &this);
        }
        self.last = this;
        self.page_begins = matches!(paragraph.inlines.last(), Some(Inline::PageBreak));
        self.assembler.add(Some(Block::Paragraph(paragraph)), depth, ending);
    }

    /// What was carried, and what comes now.
    fn joined(&mut self, depth: usize, inlines: Vec<Inline>) -> Vec<Inline> {
        if let Some((_, mut before)) = self.carried.take_if(|(carried, _)| *carried == depth) {
            before.inlines.extend(inlines);
            return before.inlines;
        }
        self.give_carried();
        inlines
    }

    /// What was carried stands for itself.
    fn give_carried(&mut self) {
        if let Some((depth, paragraph)) = self.carried.take() {
            self.assembler.add(Some(Block::Paragraph(paragraph)), depth, Ending::Paragraph);
        }
    }

    fn label(&mut self, document: &Document, format: &ParagraphFormat, mark: &Character) -> Option<Label> {
        /// Numbered in the way of Word 6 ([MS-DOC] 2.6.2 sprmPIlfo).
        const OLD_WAY: u16 = 0x7ff;
        if document.fib.old || format.list == OLD_WAY {
            return self.old_label(document, format, mark);
        }
        let units = self.counters.next(&document.lists, format.list, format.list_level)?;
        let level = document.lists.level(format.list, format.list_level)?;
        let mut character = mark.clone();
        sprms(&level.character, false).for_each(|sprm| character.apply(&sprm, mark, None));
        let text =
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        let mut text = alike(document, &character, text);
        if level.is_bullet() && text == "o" {
            // Word's bullet of the second level: the letter of a typewriter's font as a ring.
            text = "◦".to_owned();
        }
        let style = text_style(document, &character, &text);
        (!text.is_empty()).then_some(Label {
            text,
            style,
            level: format.list_level,
            ordered: !level.is_bullet(),
        })
    }

    fn old_label(
        &mut self,
        document: &Document,
        format: &ParagraphFormat,
        mark: &Character,
    ) -> Option<Label> {
        let outline = self.section.and_then(|section| document.sections.get(section));
        let number = self.sequence.next(format, outline.map_or(&[], |section| &section.outline))?;
        let character = Character { fonts: [number.font; 3], ..mark.clone() };
        let symbols = document.fonts.get(number.font).is_some_and(|font| is_symbol_font(&font.name));
        let encoding = document.fonts.encoding(number.font);
        let decoded = |part: &Part| match part {
            Part::Number(number) => number.clone(),
            Part::Wide(units) => String::from_utf16_lossy(units),
            Part::Bytes(bytes) if symbols => bytes.iter().map(|byte| char::from(*byte)).collect(),
            Part::Bytes(bytes) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
        };
        let text: String = number.parts.iter().map(decoded).collect();
        let text = if number.ordered { text } else { alike(document, &character, text) };
        let style = text_style(document, &character, &text);
        let level = format.number_level.saturating_sub(1) % 9;
        (!text.is_empty()).then_some(Label { text, style, level, ordered: number.ordered })
    }

    /// Sections begin before their first paragraph.
    fn begin_section(&mut self, document: &Document, state: &mut State) {
        if self.story != Story::Main {
            return;
        }
        let next = document.sections.partition_point(|section| section.end <= self.at);
        let next = next.min(document.sections.len().saturating_sub(1));
        if self.section == Some(next) {
            return;
        }
        self.section = Some(next);
        if let Some(section) = document.sections.get(next) {
            state.note_counters.begin_section(section.footnotes, section.endnotes);
            let block = section_block(document, state, section, next == 0);
            self.page_begins |= !section.continuous || next == 0;
            self.assembler.add(Some(block), 0, Ending::Paragraph);
        }
    }
}

/// Characters of symbol fonts as their likeness.
fn alike(document: &Document, character: &Character, text: String) -> String {
    let name = document.fonts.get(character.fonts[0]).map_or("", |font| font.name.as_str());
    let private = |letter: char| matches!(letter, '\u{f000}'..='\u{f0ff}');
    if !is_symbol_font(name) && !text.contains(private) {
        return text;
    }
    text.chars().map(|letter| likeness(name, letter)).collect()
}

fn paragraph(
    document: &Document,
    read: &ParagraphMark<'_>,
    mark: &Character,
    label: Option<Label>,
    inlines: Vec<Inline>,
) -> Paragraph {
    let format = &read.format;
    let points = |twips: i16| f32::from(twips) / 20.0;
    Paragraph {
        heading: read.style.heading().or(format.outline.map(|level| Heading::Level(level + 1))),
        label,
        align: format.align,
        indent_start: points(format.start),
        indent_end: points(format.end),
        indent_first: points(format.first),
        space_before: f32::from(format.before) / 20.0,
        space_after: f32::from(format.after) / 20.0,
        line_height: format.line,
        shade: format.shade.map(super::character::to_color),
        borders: format.borders.clone(),
        rtl: format.rtl,
        tabs: format.tab_stops(),
        style: text_style(document, mark, ""),
        inlines,
    }
}

fn section_block(document: &Document, state: &mut State, section: &Section, first: bool) -> Block {
    let [even_header, header, even_footer, footer, first_header, first_footer] = section.margins;
    let mut margin = |range: (u32, u32)| story(document, state, Story::Headers, range);
    // Some pages have nothing there where they say nothing.
    let nothing = || vec![Block::Paragraph(Paragraph::default())];
    let mut block = model::Section {
        page: section.page.clone(),
        header: margin(header),
        footer: margin(footer),
        continuous: section.continuous && !first,
        columns: section.columns,
        header_at: section.edges[0],
        footer_at: section.edges[1],
        ..model::Section::default()
    };
    let mut own = |range| Some(margin(range)).filter(|blocks| !blocks.is_empty()).unwrap_or_else(nothing);
    if section.title_page {
        (block.first_header, block.first_footer) = (own(first_header), own(first_footer));
    }
    if section.facing && !(block.header.is_empty() && block.footer.is_empty()) {
        (block.even_header, block.even_footer) = (own(even_header), own(even_footer));
    }
    Block::Section(Box::new(block))
}

/// The whole of a note, a margin, a box.
pub(crate) fn story(document: &Document, state: &mut State, story: Story, range: (u32, u32)) -> Vec<Block> {
    let mut walk = Walk::new(document, story, range);
    while walk.step(document, state) {}
    walk.assembler.done
}

/// Takes off what stands before the text of a note: its mark and a space.
pub(crate) fn trim_start(blocks: &mut [Block], mark: &str) {
    let Some(Block::Paragraph(paragraph)) = blocks.first_mut() else { return };
    let Some(first) = paragraph.inlines.first_mut() else { return };
    match first {
        Inline::Text { text, .. } => {
            let rest = text.strip_prefix(mark).unwrap_or(text).trim_start();
            *text = rest.to_owned();
            if text.is_empty() {
                paragraph.inlines.remove(0);
            }
        }
        Inline::Tab => drop(paragraph.inlines.remove(0)),
        _ => {}
    }
}
