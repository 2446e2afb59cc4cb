//! Control words that are no destinations.

use super::charset::Charset;
use super::machine::Scope;
use super::machine::{Dest, Machine, ScopeKind, SectionPlace};
use crate::model::{Block, Inline, Label, Script};

/// Characters with a name (RTF 1.9.1, "Special Characters").
const CHARACTERS: [(&str, char); 16] = [
    ("bullet", '•'),
    ("emdash", '—'),
    ("emspace", '\u{2003}'),
    ("endash", '–'),
    ("enspace", '\u{2002}'),
    ("ldblquote", '“'),
    ("lquote", '‘'),
    ("ltrmark", '\u{200e}'),
    ("qmspace", '\u{2005}'),
    ("rdblquote", '”'),
    ("rquote", '’'),
    ("rtlmark", '\u{200f}'),
    ("zwbo", '\u{200b}'),
    ("zwj", '\u{200d}'),
    ("zwnbo", '\u{2060}'),
    ("zwnj", '\u{200c}'),
];

impl Machine {
    pub(super) fn word(&mut self, name: &str, parameter: Option<i32>) {
        let value = parameter.unwrap_or(0);
        match name {
            "u" => return self.unicode(value),
            "uc" => {
                self.state.fallback = u16::try_from(value.max(0)).unwrap_or(0);
                return;
            }
            _ => {}
        }
        if self.state.fresh && self.destination(name) {
            return;
        }
        if let Ok(place) = CHARACTERS.binary_search_by_key(&name, |(known, _)| known) {
            return self.named_character(CHARACTERS[place].1);
        }
        match self.state.dest {
            Dest::Body => self.body_word(name, parameter),
            Dest::Fonts => self.fonts.word(name, value),
            Dest::Colors => self.colors.word(name, value),
            Dest::Styles if self.state.level == 1 => self.styles.word(name, value),
            Dest::ListTables | Dest::List | Dest::Override | Dest::OverrideLevel => {
                self.lists.word(name, value)
            }
            Dest::ListLevel => {
                self.level.word(name, value);
                self.state.chars.word(name, parameter);
            }
            Dest::LevelText | Dest::Label => drop(self.state.chars.word(name, parameter)),
            Dest::OldNumber => self.old_number.word(name, parameter),
            Dest::Mute => self.fields.last_mut().into_iter().for_each(|field| field.word(name, value)),
            Dest::Instruction if matches!(name, "tab" | "line" | "par") => self.put(" "),
            Dest::Picture => self.picture.iter_mut().for_each(|picture| picture.word(name, value)),
            Dest::Shape => self.shapes.last_mut().into_iter().for_each(|shape| shape.word(name, value)),
            Dest::Math => self.math_word(name, parameter),
            _ => {}
        }
    }

    fn body_word(&mut self, name: &str, parameter: Option<i32>) {
        if self.text_word(name) || self.state.chars.word(name, parameter) {
            return;
        }
        let value = parameter.unwrap_or(0);
        let rows = if self.state.nested { &mut self.nested_rows } else { &mut self.rows };
        if name.starts_with("brdr")
            && !matches!(name, "brdrt" | "brdrl" | "brdrb" | "brdrr" | "brdrbtw" | "brdrbar")
        {
            if !rows.border_word(name, value) {
                self.state.para.border_word(name, value);
            }
        } else if self.state.para.word(name, parameter) {
            rows.leave();
        } else if !rows.word(name, parameter) && !self.sections.word(name, value) {
            self.document_word(name, value);
        }
    }

    /// Words that are something in the text.
    fn text_word(&mut self, name: &str) -> bool {
        match name {
            "par" => self.end_paragraph(self.state.para.depth),
            "tab" => self.put_inline(Inline::Tab),
            "line" | "lbr" => self.put_inline(Inline::LineBreak),
            "cell" => self.end_cell(1),
            "nestcell" => self.end_cell(self.state.para.depth.max(2)),
            "row" => self.end_row(1),
            "nestrow" => self.end_row(self.state.para.depth.max(2)),
            "page" => self.page_break(),
            "column" if !self.flow_is_blank() => self.put_inline(Inline::LineBreak),
            "sect" => self.end_section(),
            "chftn" => self.note_mark(),
            "ftnalt" => self.endnote(),
            _ => return false,
        }
        self.state.fresh = false;
        true
    }

    fn document_word(&mut self, name: &str, value: i32) {
        match name {
            "ansicpg" => self.page = Charset::of_page(value).unwrap_or(self.page),
            "ansi" => self.page = Charset::ANSI,
            "mac" => self.page = Charset::of_page(10_000).unwrap_or(self.page),
            "pc" => self.page = Charset::of_page(437).unwrap_or(self.page),
            "pca" => self.page = Charset::of_page(850).unwrap_or(self.page),
            "deff" => self.default_font = value,
            _ => drop(self.notes.word(name, value)),
        }
    }

    /// Formulas are shown in one line: what is raised and lowered, and a slash between what stands one over the other.
    fn math_word(&mut self, name: &str, parameter: Option<i32>) {
        match name {
            "mden" => self.formula_sign("/"),
            "msup" => self.state.chars.set_script(Script::Super),
            "msub" => self.state.chars.set_script(Script::Sub),
            _ => drop(self.state.chars.word(name, parameter)),
        }
    }

    fn formula_sign(&mut self, sign: &str) {
        let dest = std::mem::replace(&mut self.state.dest, Dest::Body);
        self.put(sign);
        self.state.dest = dest;
    }

    fn flow_is_blank(&self) -> bool {
        self.scopes.last().is_none_or(|scope| scope.flow.is_blank())
    }

    /// The innermost text is the document's own.
    const fn in_document(&self) -> bool {
        self.scopes.len() == 1
    }

    /// Counts so many blocks; false where there is no room for them.
    fn room(&mut self, count: usize) -> bool {
        self.room_for(count, 0)
    }

    /// The paragraph is over; so many tables are around it.
    pub(super) fn end_paragraph(&mut self, depth: u8) {
        if self.state.dest != Dest::Body || !self.room(1) {
            return;
        }
        let blank = self.flow_is_blank();
        let hidden = self.state.chars.hidden;
        if blank && hidden && depth == 0 {
            if let Some(scope) = self.scopes.last_mut() {
                scope.flow.label = None;
            }
            return;
        }
        self.begin_section();
        let (label, list) = self.paragraph_label();
        let mut paragraph = self.state.para.paragraph(&self.styles, &self.colors, list);
        paragraph.label = label;
        if blank {
            paragraph.style = self.style();
        }
        let breaks = self.state.para.break_before && depth == 0 && self.in_document();
        let (style, contextual) = (self.state.para.style, self.state.para.contextual);
        let Some(scope) = self.scopes.last_mut() else { return };
        scope.flow.close_up(&mut paragraph, style, contextual);
        if breaks && begun(scope) {
            scope.flow.put(Block::PageBreak, 0, &self.colors);
        }
        scope.flow.end_paragraph(paragraph, depth, &self.colors);
    }

    /// What stands before the paragraph: what the document brings along, as that is what its writer displayed, or what its
    /// list says. Also the indents that the list gives it, twips.
    fn paragraph_label(&mut self) -> (Option<Label>, Option<(i32, i32)>) {
        let given = self.scopes.last_mut().and_then(|scope| scope.flow.label.take());
        let para = &self.state.para;
        let (Some(number), level) = (para.list, para.level) else {
            let label = given.or_else(|| self.old_label());
            return (label.filter(|label| !label.text.is_empty()), None);
        };
        let counted = self.lists.count(number, level);
        let Some(known) = self.lists.level(number, level) else {
            return (given.filter(|label| !label.text.is_empty()), None);
        };
        let (ordered, indents, chars) = (known.is_ordered(), known.indents, known.chars);
        let label = given.unwrap_or_else(|| {
            let text = self.likeness(&counted.unwrap_or_default(), chars);
            let style = chars.style(&self.fonts, &self.colors, self.default_font);
            Label { text: text.trim().to_owned(), style, level, ordered }
        });
        ((!label.text.is_empty()).then_some(Label { level, ordered, ..label }), Some(indents))
    }

    /// The number that Word 6 and 95 would count.
    fn old_label(&mut self) -> Option<Label> {
        let number = self.state.para.old_number.clone();
        let Some(number) = number.filter(|number| !number.silent) else {
            self.old_count = (None, 0);
            return None;
        };
        let (last, count) = &self.old_count;
        let count = if last.as_deref() == Some(&*number) { count.saturating_add(1) } else { 0 };
        self.old_count = (Some(number.clone()), count);
        let text = self.likeness(&number.label(count), number.chars);
        let style = number.chars.style(&self.fonts, &self.colors, self.default_font);
        Some(Label { text: text.trim().to_owned(), style, level: number.level, ordered: number.is_ordered() })
    }

    fn end_cell(&mut self, depth: u8) {
        self.end_paragraph(depth);
        if self.state.dest == Dest::Body
            && self.room(1)
            && let Some(scope) = self.scopes.last_mut()
        {
            scope.flow.end_cell(depth, &self.colors);
        }
    }

    fn end_row(&mut self, depth: u8) {
        if !self.flow_is_blank() {
            self.end_paragraph(depth);
        }
        if self.state.dest != Dest::Body || !self.room(1) {
            return;
        }
        let def = if depth > 1 { &self.nested_rows } else { &self.rows };
        if let Some(scope) = self.scopes.last_mut() {
            scope.flow.end_row(depth, def, &self.colors);
        }
    }

    fn page_break(&mut self) {
        if !self.in_document() || self.state.para.depth > 0 || self.state.chars.hidden {
            return;
        }
        if !self.flow_is_blank() {
            self.put_inline(Inline::PageBreak);
        } else if self.room(1) {
            self.begin_section();
            if let Some(scope) = self.scopes.last_mut() {
                scope.flow.put(Block::PageBreak, 0, &self.colors);
            }
        }
    }

    fn end_section(&mut self) {
        if !self.in_document() {
            return;
        }
        if !self.flow_is_blank() {
            self.end_paragraph(self.state.para.depth);
        }
        self.begin_section();
        self.refresh_section();
        self.section = SectionPlace::ToCome;
        if let Some(scope) = self.scopes.last_mut() {
            scope.flow.close(&self.colors);
        }
    }

    /// Puts the block of the current section, where that has not been done.
    fn begin_section(&mut self) {
        if self.section != SectionPlace::ToCome || !self.in_document() {
            return;
        }
        // What stands in its margins is there once for every section.
        let (blocks, characters) = self.sections.weight();
        self.section = SectionPlace::Gone;
        if !self.room_for(blocks + 1, characters) {
            return;
        }
        if let Some(scope) = self.scopes.last_mut() {
            let section = Box::new(self.sections.section());
            scope.flow.close(&self.colors);
            self.section = SectionPlace::At(scope.flow.blocks.len());
            scope.flow.blocks.push(Block::Section(section));
        }
    }

    /// Headers and paper that came after the section's first paragraph still count, until its block is handed out.
    pub(super) fn refresh_section(&mut self) {
        let SectionPlace::At(place) = self.section else { return };
        let document = self.scopes.first_mut().and_then(|scope| scope.flow.blocks.get_mut(place));
        if let Some(Block::Section(section)) = document {
            **section = self.sections.section();
        }
    }

    /// The mark of a note: in the text it is counted, in the note itself its label says the same.
    fn note_mark(&mut self) {
        let in_note = self.scopes.last().is_some_and(|scope| matches!(scope.kind, ScopeKind::Note(_)));
        if !in_note && self.state.dest == Dest::Body {
            let (id, label) = self.notes.mark();
            self.put_inline(Inline::Note { id, label });
        }
    }

    fn endnote(&mut self) {
        let Some((last, outer)) = self.scopes.split_last_mut() else { return };
        if let ScopeKind::Note(draft) = &mut last.kind {
            self.notes.turn_into_endnote(draft);
            if let (true, Some(scope)) = (draft.counted, outer.last_mut()) {
                scope.flow.relabel(draft.id, &draft.label);
            }
        }
    }

    /// Everything that is open ends with the document.
    pub(super) fn end_document(&mut self) {
        self.scopes.truncate(1);
        self.state.dest = Dest::Body;
        if !self.flow_is_blank() && !self.blocks.is_cut() {
            self.end_paragraph(self.state.para.depth);
        }
        self.begin_section();
        self.refresh_section();
        if let Some(scope) = self.scopes.last_mut() {
            scope.flow.close(&self.colors);
        }
    }
}

/// Something of this text is finished, besides the section itself.
fn begun(scope: &Scope) -> bool {
    scope.flow.blocks.iter().any(|block| !matches!(block, Block::Section(_))) || scope.flow.in_table()
}
