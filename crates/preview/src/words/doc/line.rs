//! The characters of a paragraph become text, tabs, pictures, marks of notes ([MS-DOC] 2.4.1, 2.6.1 sprmCFSpec).

use encoding_rs::WINDOWS_1252;

use super::character::{Character, to_color};
use super::document::Document;
use super::fib::Story;
use super::fields::Fields;
use super::notes::Reference;
use super::pictures;
use super::shapes;
use super::state::State;
use super::styles::Style;
use super::text::Piece;
use super::walk;
use crate::model::{Inline, Note, NoteKind, Script, TextStyle};
use crate::words::symbols::{is_symbol_font, likeness};

/// What a stretch of one format costs, in bytes of properties.
const STRETCH: usize = 32;

/// The characters of one paragraph.
pub(crate) struct Line<'d, 's> {
    pub(crate) document: &'d Document,
    pub(crate) state: &'s mut State,
    pub(crate) fields: &'s mut Fields,
    pub(crate) story: Story,
    pub(crate) style: &'d Style,
    /// Of which section.
    pub(crate) section: usize,
    pub(crate) inlines: Vec<Inline>,
}

/// Characters of one format.
struct Stretch<'d> {
    /// The first of them.
    cp: u32,
    bytes: &'d [u8],
    wide: bool,
    /// Their properties as they are written.
    list: &'d [u8],
    character: Character,
}

impl Stretch<'_> {
    fn len(&self) -> usize {
        self.bytes.len() / if self.wide { 2 } else { 1 }
    }

    fn unit(&self, index: usize) -> u16 {
        if self.wide {
            self.bytes.get(2 * index..2 * index + 2).map_or(0, |pair| u16::from_le_bytes([pair[0], pair[1]]))
        } else {
            self.bytes.get(index).map_or(0, |byte| u16::from(*byte))
        }
    }

    fn part(&self, from: usize, to: usize) -> &[u8] {
        let width = if self.wide { 2 } else { 1 };
        self.bytes.get(from * width..to * width).unwrap_or_default()
    }
}

impl<'d> Line<'d, '_> {
    /// Adds the characters from `from` to `to`.
    pub(crate) fn read(&mut self, from: u32, to: u32) {
        let mut at = from;
        while at < to {
            let document = self.document;
            let Some(piece) = document.text.between(at, to).next() else { return };
            at = at.max(piece.start);
            let (list, end) = document.characters(piece, at);
            let end = end.min(to);
            let bytes = piece.bytes(&document.main, at, end);
            if bytes.is_empty() {
                // Nothing more of this piece is there.
                at = piece.end;
                continue;
            }
            // Each stretch costs about as much as some bytes of properties.
            if !self.state.properties.take(STRETCH + list.len() + document.text.properties_len(piece)) {
                return;
            }
            let character = document.character(list, Some(piece), self.style);
            self.add(&Stretch { cp: at, bytes, wide: piece.wide, list, character });
            at = end;
        }
    }

    fn add(&mut self, stretch: &Stretch<'d>) {
        let end = stretch.cp.saturating_add(stretch.len() as u32);
        let main = self.story == Story::Main;
        let references: &'d [Reference] = if main { self.document.notes.from(stretch.cp) } else { &[] };
        let mut marks = references
            .iter()
            .take_while(|reference| reference.cp < end)
            .filter(|note| !note.numbered)
            .peekable();
        let mut begin = 0;
        for index in 0..stretch.len() {
            let cp = stretch.cp.saturating_add(index as u32);
            let unit = stretch.unit(index);
            let mark = marks.next_if(|reference| reference.cp <= cp);
            let glyph = unit == 0x28 && stretch.character.special && stretch.character.symbol.is_some();
            if unit >= 0x20 && mark.is_none() && !glyph {
                continue;
            }
            self.text(stretch, begin, index);
            begin = index + 1;
            match mark {
                Some(reference) => {
                    let text = self.decoded(stretch.part(index, index + 1), stretch);
                    self.note(reference, &text, &stretch.character);
                }
                None => self.special(unit, cp, stretch),
            }
        }
        self.text(stretch, begin, stretch.len());
    }

    /// Nobody sees text of this format here.
    fn is_hidden(&self, character: &Character) -> bool {
        !self.fields.shown() || character.hidden
    }

    fn text(&mut self, stretch: &Stretch<'d>, from: usize, to: usize) {
        if from >= to {
            return;
        }
        let text = self.decoded(stretch.part(from, to), stretch);
        if !self.fields.shown() {
            self.fields.instruct(&text);
        } else if !self.is_hidden(&stretch.character) {
            self.push_text(&text, &stretch.character);
        }
    }

    fn decoded(&self, bytes: &[u8], stretch: &Stretch<'_>) -> String {
        let fonts = &self.document.fonts;
        let font = stretch.character.fonts[0];
        let symbols = fonts.get(font).map(|font| font.name.as_str()).filter(|name| is_symbol_font(name));
        if stretch.wide {
            let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
            let name =
                symbols.or_else(|| fonts.get(stretch.character.fonts[2]).map(|font| font.name.as_str()));
            return char::decode_utf16(units)
                .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                .map(|unit| match unit {
                    '\u{f000}'..='\u{f0ff}' => likeness(name.unwrap_or_default(), unit),
                    unit => symbols.map_or(unit, |name| likeness(name, unit)),
                })
                .collect();
        }
        if let Some(name) = symbols {
            return bytes.iter().map(|byte| likeness(name, char::from(*byte))).collect();
        }
        let encoding = if self.document.fib.old { fonts.encoding(font) } else { WINDOWS_1252 };
        encoding.decode_without_bom_handling(bytes).0.into_owned()
    }

    fn push_text(&mut self, text: &str, character: &Character) {
        let text = if character.caps { text.to_uppercase() } else { text.to_owned() };
        let style = self.text_style(character, &text);
        let link = self.fields.link();
        if let Some(Inline::Text { text: before, style: same, link: to }) = self.inlines.last_mut()
            && *same == style
            && to.as_deref() == link
        {
            before.push_str(&text);
            return;
        }
        self.inlines.push(Inline::Text { text, style, link: link.map(str::to_owned) });
    }

    /// Characters that stand for something else.
    fn special(&mut self, unit: u16, cp: u32, stretch: &Stretch<'d>) {
        match unit {
            0x13 => return self.fields.begin(),
            0x14 => return self.fields.separate(),
            0x15 => {
                let instead = self.fields.end(&self.document.data);
                if let Some(text) = instead.filter(|_| !self.is_hidden(&stretch.character)) {
                    self.push_text(&text, &stretch.character);
                }
                return;
            }
            0x01 if stretch.character.data => {
                if let Some(place) = stretch.character.place {
                    self.fields.set_data(place);
                }
                return;
            }
            _ if self.is_hidden(&stretch.character) => return,
            _ => {}
        }
        let character = &stretch.character;
        match unit {
            0x01 if character.special && !character.object => self.picture(stretch),
            0x02 | 0x05 if character.special => {
                let references = if self.story == Story::Main { self.document.notes.from(cp) } else { &[] };
                if let Some(reference) = references.first().filter(|reference| reference.cp == cp) {
                    self.note(reference, "", character);
                }
            }
            0x08 => {
                if let Some(inline) = shapes::anchored(self.document, self.state, self.story, cp) {
                    self.inlines.push(inline);
                }
            }
            0x09 => self.inlines.push(Inline::Tab),
            0x0b | 0x0e => self.inlines.push(Inline::LineBreak),
            0x0c if self.story == Story::Main => self.inlines.push(Inline::PageBreak),
            0x1e => self.push_text("\u{2011}", character),
            0x1f => self.push_text("\u{ad}", character),
            0x28 => self.glyph(character),
            _ => {}
        }
    }

    /// A character of a font of pictures.
    fn glyph(&mut self, character: &Character) {
        let Some((font, code)) = character.symbol else { return };
        let name = self.document.fonts.get(font).map_or("", |font| font.name.as_str());
        let glyph = char::from_u32(u32::from(code)).unwrap_or(char::REPLACEMENT_CHARACTER);
        let glyph = likeness(name, glyph).to_string();
        // Its likeness is of no special font.
        self.push_text(&glyph, character);
    }

    fn picture(&mut self, stretch: &Stretch<'_>) {
        let Some(place) = stretch.character.place else { return };
        let whence = self.document.picture_stream();
        let stream = self.document.stream(whence);
        let Some(found) = pictures::inline(stream, whence, place, stretch.list, self.document.fib.old) else {
            return;
        };
        let mut picture = found.picture;
        picture.id = found.stored.map(|stored| self.state.picture(stored));
        match picture.id {
            Some(_) => {}
            None if found.linked => self.state.external = true,
            None => self.state.not_drawn = true,
        }
        self.inlines.push(Inline::Picture(picture));
    }

    /// The mark of a note; its text is read at once.
    fn note(&mut self, reference: &Reference, mark: &str, character: &Character) {
        if self.is_hidden(character) {
            return;
        }
        let section = self.document.sections.get(self.section);
        let numbering = match reference.kind {
            NoteKind::Endnote => section.map_or(self.document.notes.endnotes, |section| section.endnotes),
            _ => section.map_or(self.document.notes.footnotes, |section| section.footnotes),
        };
        let label = self.state.note_counters.label(reference, numbering, mark);
        let story = match reference.kind {
            NoteKind::Footnote => Story::Footnotes,
            NoteKind::Endnote => Story::Endnotes,
            NoteKind::Comment => Story::Comments,
        };
        let id = self.state.next_note;
        self.state.next_note = id.saturating_add(1);
        let mut blocks = walk::story(self.document, self.state, story, reference.text);
        walk::trim_start(&mut blocks, if reference.numbered { "" } else { mark });
        let author = reference.author.clone();
        self.state.notes.push(Note { id, kind: reference.kind, label: label.clone(), author, blocks });
        self.inlines.push(Inline::Note { id, label });
    }

    fn text_style(&self, character: &Character, text: &str) -> TextStyle {
        text_style(self.document, character, text)
    }
}

/// How text of a format looks; the text decides which of its fonts counts.
pub(crate) fn text_style(document: &Document, character: &Character, text: &str) -> TextStyle {
    let font = match text.chars().find(|letter| letter.is_alphanumeric()) {
        _ if character.rtl => character.font_rtl,
        Some(
            '\u{2e80}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7ff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{ff00}'..='\u{ffef}',
        ) => character.fonts[1],
        Some('\u{0}'..='\u{24f}') | None => character.fonts[0],
        Some(_) => character.fonts[2],
    };
    let font = document.fonts.get(font).map(|font| font.name.clone());
    let (bold, italic, size) = if character.rtl {
        (character.bold_rtl, character.italic_rtl, character.size_rtl)
    } else {
        (character.bold, character.italic, character.size)
    };
    TextStyle {
        bold,
        italic,
        underline: character.underline,
        strike: character.strike,
        script: match (character.script, character.raised) {
            (1, _) | (0, 4..) => Some(Script::Super),
            (2, _) | (0, ..=-4) => Some(Script::Sub),
            _ => None,
        },
        small_caps: character.small_caps,
        font: font.filter(|font| !font.is_empty() && !is_symbol_font(font)),
        size: Some(f32::from(size) / 2.0).filter(|size| (1.0..=1638.0).contains(size)),
        color: character.color.map(to_color),
        highlight: character.highlight.or(character.shade).map(to_color),
        inserted: character.inserted,
        deleted: character.deleted,
    }
}

/// The piece and the properties of a single character: the mark of a paragraph.
pub(crate) fn mark_of(document: &Document, cp: u32, style: &Style) -> Character {
    let piece: Option<&Piece> = document.text.piece_at(cp);
    let list = piece.map_or(&[][..], |piece| document.characters(piece, cp).0);
    document.character(list, piece, style)
}
