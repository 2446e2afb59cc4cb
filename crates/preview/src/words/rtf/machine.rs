//! Groups and text: what each token does to the document that is being put together.

use std::rc::Rc;

use super::chars::Chars;
use super::charset::Charset;
use super::field::Field;
use super::flow::FlowBuilder;
use super::lists::{Level, Lists, OldNumber};
use super::notes::{self, Notes};
use super::para::Para;
use super::picture::{self, Pictures};
use super::rows::RowDef;
use super::section::{Margin, Sections};
use super::shape;
use super::tables::{Colors, Fonts, Styles};
use super::token::{Span, Token};
use crate::limits::{Limits, Quota};
use crate::model::{Block, Inline, PictureRef, TextStyle};
use crate::words::symbols::likeness;

/// What the text of a group is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Dest {
    #[default]
    Body,
    /// Nothing; only groups inside it may be something.
    Mute,
    Fonts,
    Colors,
    Styles,
    ListTables,
    List,
    ListLevel,
    LevelText,
    Override,
    OverrideLevel,
    /// Number or bullet as it was displayed.
    Label,
    OldNumber,
    OldBefore,
    OldAfter,
    Instruction,
    FormItem,
    Picture,
    Shape,
    Property,
    PropertyName,
    PropertyValue,
    Author,
    Initials,
    /// A formula: only its runs are text.
    Math,
}

/// What a group inherits and its end takes back.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) dest: Dest,
    /// Groups between this one and the one that is the destination.
    pub(super) level: u8,
    pub(super) chars: Chars,
    pub(super) para: Para,
    /// Bytes that stand for a Unicode character in readers that know none.
    pub(super) fallback: u16,
    pub(super) link: Option<Rc<str>>,
    /// Nothing was written in this group: a destination may follow.
    pub(super) fresh: bool,
    /// Nothing at all came in this group: only here `\*` means something.
    untouched: bool,
    /// `\*` came.
    pub(super) star: bool,
    /// Where the Unicode variant of a text goes to (`\upr`).
    pub(super) outer: Option<Dest>,
    /// What is said of rows is said of those of a table in a table.
    pub(super) nested: bool,
}

/// Where blocks go.
pub(super) enum ScopeKind {
    Document,
    Margin(Margin),
    Note(notes::Draft),
    /// Text of the innermost shape.
    Shape,
}

/// A text of its own.
pub(super) struct Scope {
    pub(super) kind: ScopeKind,
    pub(super) flow: FlowBuilder,
    /// Groups around it.
    pub(super) depth: usize,
    /// Blocks and characters that there was room for when it began.
    room: (usize, usize),
}

/// What a run, a picture, a mark costs of the characters that are kept: each has a style of its own.
const INLINE: usize = 32;

/// Texts inside texts (boxes in notes in boxes).
pub(super) const SCOPES: usize = 12;

pub(super) struct Machine {
    pub(super) fonts: Fonts,
    pub(super) colors: Colors,
    pub(super) styles: Styles,
    pub(super) lists: Lists,
    pub(super) sections: Sections,
    pub(super) notes: Notes,
    pub(super) pictures: Pictures,
    pub(super) rows: RowDef,
    pub(super) nested_rows: RowDef,
    pub(super) state: State,
    /// States of the groups around, outermost first.
    stack: Vec<State>,
    /// Open groups; more than states where they are too deep to be told apart.
    pub(super) depth: usize,
    most_deep: usize,
    /// The open group that is passed over.
    skipped: Option<usize>,
    pub(super) scopes: Vec<Scope>,
    pub(super) fields: Vec<Field>,
    pub(super) shapes: Vec<shape::Draft>,
    pub(super) picture: Option<picture::Draft>,
    pub(super) level: Level,
    pub(super) old_number: OldNumber,
    /// How many paragraphs in a row had the same old number.
    pub(super) old_count: (Option<Rc<OldNumber>>, i64),
    pub(super) label: String,
    pub(super) label_chars: Chars,
    /// The group of the page's background.
    pub(super) background: Option<usize>,
    /// The code page of text whose font does not say one.
    pub(super) page: Charset,
    pub(super) default_font: i32,
    /// Bytes that are not decoded yet: a character may be made of several tokens.
    raw: Vec<u8>,
    /// The first half of a character in UTF-16.
    high: Option<u32>,
    /// Bytes of a fallback that are still to come.
    to_skip: usize,
    pub(super) blocks: Quota,
    characters: Quota,
    /// The section whose block has not been put yet, or not been handed out.
    pub(super) section: SectionPlace,
    pub(super) ended: bool,
    pub(super) damaged: bool,
    pub(super) external: bool,
}

/// Where the block of the current section is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SectionPlace {
    /// Its first paragraph has not come yet.
    ToCome,
    /// Among the finished blocks: what is said of it later still counts.
    At(usize),
    Gone,
}

impl Machine {
    pub(super) fn new(limits: &Limits) -> Self {
        let state = State {
            dest: Dest::Body,
            level: 2,
            chars: Chars::default(),
            para: Para::default(),
            fallback: 1,
            link: None,
            fresh: false,
            untouched: false,
            star: false,
            outer: None,
            nested: false,
        };
        let document =
            Scope { kind: ScopeKind::Document, flow: FlowBuilder::default(), depth: 0, room: (0, 0) };
        Self {
            fonts: Fonts::default(),
            colors: Colors::default(),
            styles: Styles::default(),
            lists: Lists::default(),
            sections: Sections::default(),
            notes: Notes::default(),
            pictures: Pictures::default(),
            rows: RowDef::default(),
            nested_rows: RowDef::default(),
            state,
            stack: Vec::new(),
            depth: 0,
            most_deep: limits.depth,
            skipped: None,
            scopes: vec![document],
            fields: Vec::new(),
            shapes: Vec::new(),
            picture: None,
            level: Level::default(),
            old_number: OldNumber::default(),
            old_count: (None, 0),
            label: String::new(),
            label_chars: Chars::default(),
            background: None,
            page: Charset::ANSI,
            default_font: 0,
            raw: Vec::new(),
            high: None,
            to_skip: 0,
            blocks: Quota::new(limits.blocks),
            characters: Quota::new(limits.characters),
            section: SectionPlace::ToCome,
            ended: false,
            damaged: false,
            external: false,
        }
    }

    /// Counts blocks that are shown once more; false where there is no room for them.
    pub(super) fn room_for(&mut self, blocks: usize, characters: usize) -> bool {
        let room = self.blocks.take(blocks) && self.characters.take(characters);
        if !room {
            self.finish();
        }
        room
    }

    /// Something was left out.
    pub(super) const fn is_cut(&self) -> bool {
        self.blocks.is_cut() || self.characters.is_cut()
    }

    pub(super) fn take(&mut self, token: Token<'_>, span: Span) {
        if let Some(skipped) = self.skipped {
            self.pass_over(token, skipped);
            return;
        }
        match token {
            Token::Open => self.open(),
            Token::Close => self.close(),
            Token::Text(bytes) => self.bytes(bytes, span),
            Token::Hex(byte) => self.hex(byte),
            Token::Word(name, parameter) => {
                self.flush();
                self.state.untouched = false;
                self.word(name, parameter);
            }
            Token::Symbol(symbol) => self.symbol(symbol),
            Token::Bin(_) => {
                if let (Dest::Picture, Some(picture)) = (self.state.dest, &mut self.picture) {
                    picture.data(span);
                }
            }
            Token::End => self.end(),
        }
    }

    fn pass_over(&mut self, token: Token<'_>, skipped: usize) {
        match token {
            Token::Open => self.depth += 1,
            Token::Close if self.depth == skipped => {
                self.skipped = None;
                self.close();
            }
            Token::Close => self.depth = self.depth.saturating_sub(1),
            Token::End => {
                self.skipped = None;
                self.end();
            }
            _ => {}
        }
    }

    /// Passes over what is left of the current group.
    pub(super) const fn skip_group(&mut self) {
        if self.depth > 0 {
            self.skipped = Some(self.depth);
        }
    }

    /// The current group is one that can be told from those around it.
    pub(super) const fn is_told_apart(&self) -> bool {
        self.depth == self.stack.len()
    }

    fn open(&mut self) {
        self.flush();
        self.to_skip = 0;
        self.depth += 1;
        if self.stack.len() >= self.most_deep {
            return;
        }
        self.stack.push(self.state.clone());
        let state = &mut self.state;
        state.level = state.level.saturating_add(1);
        (state.fresh, state.untouched, state.star) = (true, true, false);
        self.begin_entry();
    }

    fn close(&mut self) {
        self.flush();
        self.to_skip = 0;
        if self.depth == 0 {
            return;
        }
        if self.depth == self.stack.len() {
            if self.scopes.last().is_some_and(|scope| scope.depth == self.depth) {
                self.end_scope();
            }
            if self.fields.last().is_some_and(|field| field.depth == self.depth) {
                self.end_field();
            }
            if let Some(outer) = self.stack.pop() {
                let ended = std::mem::replace(&mut self.state, outer);
                self.end_group(ended);
            }
            if self.background == Some(self.depth) {
                self.background = None;
            }
        }
        self.depth -= 1;
        if self.depth == 0 {
            self.finish();
        }
    }

    /// The source is at its end.
    fn end(&mut self) {
        self.flush();
        self.damaged |= self.depth > 0;
        while self.depth > 0 {
            self.close();
        }
        self.finish();
    }

    /// Nothing of the document comes any more; what stands behind it is not its own.
    pub(super) fn finish(&mut self) {
        if !self.ended {
            self.ended = true;
            self.end_document();
        }
    }

    fn bytes(&mut self, bytes: &[u8], span: Span) {
        let skipped = self.to_skip.min(bytes.len());
        self.to_skip -= skipped;
        match (self.state.dest, &mut self.picture) {
            (Dest::Picture, Some(picture)) => picture.data(span),
            _ => {
                let bytes = &bytes[skipped..];
                self.state.fresh &= bytes.iter().all(u8::is_ascii_whitespace);
                self.state.untouched = false;
                self.raw.extend_from_slice(bytes);
            }
        }
    }

    fn hex(&mut self, byte: u8) {
        if self.to_skip > 0 {
            self.to_skip -= 1;
        } else {
            self.state.fresh = false;
            self.raw.push(byte);
        }
    }

    /// Decodes the bytes that came since the last control word.
    pub(super) fn flush(&mut self) {
        if self.raw.is_empty() {
            return;
        }
        let raw = std::mem::take(&mut self.raw);
        let mut text = String::new();
        self.charset().decode(&raw, &mut text);
        self.put(&text);
        self.raw = raw;
        self.raw.clear();
    }

    fn charset(&self) -> Charset {
        let of_font = match self.state.dest {
            Dest::Fonts => self.fonts.current_charset(),
            _ => self.state.chars.charset(&self.fonts, self.default_font),
        };
        of_font.unwrap_or(self.page)
    }

    /// `\u`: a unit of UTF-16, as a signed number where it is above 32,767.
    pub(super) fn unicode(&mut self, value: i32) {
        self.to_skip = usize::from(self.state.fallback);
        self.state.fresh = false;
        let unit = if value < 0 { value.saturating_add(65_536) } else { value };
        let unit = u32::try_from(unit).unwrap_or(0xfffd);
        let high = self.high.take();
        let character = match (unit, high) {
            (0xd800..=0xdbff, _) => {
                if high.is_some() {
                    self.put_character(char::REPLACEMENT_CHARACTER);
                }
                self.high = Some(unit);
                return;
            }
            (0xdc00..=0xdfff, Some(high)) => {
                char::from_u32(0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00))
            }
            _ => char::from_u32(unit),
        };
        self.put_character(character.unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    pub(super) fn put_character(&mut self, character: char) {
        self.put(character.encode_utf8(&mut [0; 4]));
    }

    /// A character that has a name of its own; where a fallback is to be passed over, it is one.
    pub(super) fn named_character(&mut self, character: char) {
        if self.to_skip > 0 {
            self.to_skip -= 1;
        } else {
            self.state.fresh = false;
            self.put_character(character);
        }
    }

    fn symbol(&mut self, symbol: u8) {
        self.flush();
        match symbol {
            b'*' => self.state.star = std::mem::take(&mut self.state.untouched),
            b'~' => self.named_character('\u{a0}'),
            b'-' => self.named_character('\u{ad}'),
            b'_' => self.named_character('\u{2011}'),
            _ => {}
        }
    }

    /// Text for whatever this group is.
    pub(super) fn put(&mut self, text: &str) {
        if self.high.take().is_some() {
            self.put_character(char::REPLACEMENT_CHARACTER);
        }
        let level = self.state.level;
        match self.state.dest {
            Dest::Body => self.body_text(text),
            Dest::Fonts if level < 2 => self.fonts.text(text),
            Dest::Colors => self.colors.text(text),
            Dest::Styles if level == 1 => self.styles.text(text),
            Dest::LevelText => self.level.add_text(text),
            Dest::Label => self.label_text(text),
            Dest::OldBefore => add(&mut self.old_number.before, text),
            Dest::OldAfter => add(&mut self.old_number.after, text),
            Dest::Author => add(&mut self.notes.author, text),
            Dest::Initials => add(&mut self.notes.initials, text),
            Dest::Instruction => {
                self.fields.last_mut().into_iter().for_each(|field| field.add_instruction(text))
            }
            Dest::FormItem => self.fields.last_mut().into_iter().for_each(|field| field.add_item(text)),
            Dest::PropertyName => self.shapes.last_mut().into_iter().for_each(|shape| shape.add_name(text)),
            Dest::PropertyValue => self.shapes.last_mut().into_iter().for_each(|shape| shape.add_value(text)),
            _ => {}
        }
    }

    fn body_text(&mut self, text: &str) {
        let chars = self.state.chars;
        if chars.hidden || text.is_empty() {
            return;
        }
        let link = self.state.link.as_ref();
        let goes_on = self.scopes.last().is_some_and(|scope| scope.flow.goes_on(chars, link));
        if !self.characters.take(text.len() + if goes_on { 0 } else { INLINE }) {
            self.finish();
            return;
        }
        let mut shown = self.likeness(text, chars);
        if chars.caps {
            shown = shown.to_uppercase();
        }
        if let Some(field) = self.fields.last_mut() {
            field.is_shown = true;
        }
        let (fonts, colors, font) = (&self.fonts, &self.colors, self.default_font);
        if let Some(scope) = self.scopes.last_mut() {
            let style = || chars.style(fonts, colors, font);
            scope.flow.text(&shown, chars, self.state.link.as_ref(), style);
        }
    }

    /// Glyphs of symbol fonts as characters that look like them.
    pub(super) fn likeness(&self, text: &str, chars: Chars) -> String {
        let font = self.fonts.get(chars.font(self.default_font));
        let private = |character: char| matches!(character, '\u{f000}'..='\u{f0ff}');
        match font {
            Some(font) if font.is_symbol() || text.contains(private) => {
                text.chars().map(|character| likeness(&font.name, character)).collect()
            }
            None if text.contains(private) => text.chars().map(|character| likeness("", character)).collect(),
            _ => text.to_owned(),
        }
    }

    fn label_text(&mut self, text: &str) {
        if self.label.len() < 256 && !self.state.chars.hidden {
            if self.label.trim().is_empty() {
                self.label_chars = self.state.chars;
            }
            let shown = self.likeness(text, self.state.chars);
            self.label.push_str(&shown);
        }
    }

    pub(super) fn style(&self) -> TextStyle {
        self.state.chars.style(&self.fonts, &self.colors, self.default_font)
    }

    /// Puts something into the text that is no text.
    pub(super) fn put_inline(&mut self, inline: Inline) {
        if self.state.dest != Dest::Body || self.state.chars.hidden {
            return;
        }
        if !self.characters.take(INLINE) {
            self.finish();
            return;
        }
        self.state.fresh = false;
        if let Some(scope) = self.scopes.last_mut() {
            scope.flow.push(inline);
        }
    }

    pub(super) fn put_picture(&mut self, picture: PictureRef) {
        if let Some(field) = self.fields.last_mut() {
            field.is_shown = true;
        }
        self.put_inline(Inline::Picture(picture));
    }

    /// A text of its own begins with this group.
    pub(super) fn begin_scope(&mut self, kind: ScopeKind) {
        let room = (self.blocks.left(), self.characters.left());
        self.scopes.push(Scope { kind, flow: FlowBuilder::default(), depth: self.depth, room });
        let state = &mut self.state;
        (state.dest, state.level) = (Dest::Body, 0);
        (state.chars, state.para, state.link) = (Chars::default(), Para::default(), None);
        state.nested = false;
    }

    fn end_scope(&mut self) {
        if self.scopes.last().is_some_and(|scope| !scope.flow.is_blank()) {
            self.end_paragraph(self.state.para.depth);
        }
        let Some(mut scope) = self.scopes.pop() else { return };
        scope.flow.close(&self.colors);
        let blocks: Vec<Block> = scope.flow.blocks;
        match scope.kind {
            ScopeKind::Document => {}
            ScopeKind::Margin(margin) => {
                let (blocks_left, characters_left) = (self.blocks.left(), self.characters.left());
                let weight =
                    (scope.room.0.saturating_sub(blocks_left), scope.room.1.saturating_sub(characters_left));
                self.sections.set_margin(margin, blocks, weight);
            }
            ScopeKind::Note(draft) => self.notes.finish(draft, blocks),
            ScopeKind::Shape => {
                if let Some(shape) = self.shapes.last_mut() {
                    shape.blocks = Some(blocks);
                }
            }
        }
    }
}

/// Adds to a short text.
fn add(text: &mut String, more: &str) {
    if text.len() < 256 {
        text.push_str(more);
    }
}
