//! A document that is open: its streams and everything that is read of them before the text.

use super::art::{Drawings, Whence};
use super::character::Character;
use super::fib::{At, Fib, Story};
use super::fonts::Fonts;
use super::lists::Lists;
use super::notes::Notes;
use super::pages::{Kind, Pages};
use super::paragraph::ParagraphFormat;
use super::place::Place;
use super::sections::{self, Section};
use super::sprm::{code, sprms};
use super::styles::{Style, Styles, apply_paragraph, elsewhere};
use super::text::{Piece, Plc, Text};
use crate::container::bytes::{i32_at, u16_at, u32_at};
use crate::container::ole::Ole;
use crate::error::{PreviewError, Result};

pub(crate) struct Document {
    pub(crate) fib: Fib,
    pub(crate) main: Vec<u8>,
    /// Empty where everything is in the main stream (Word 6 and 95).
    tables: Vec<u8>,
    pub(crate) data: Vec<u8>,
    pub(crate) text: Text,
    characters: Pages,
    paragraphs: Pages,
    pub(crate) styles: Styles,
    pub(crate) fonts: Fonts,
    pub(crate) lists: Lists,
    pub(crate) notes: Notes,
    pub(crate) sections: Vec<Section>,
    pub(crate) drawings: Drawings,
    pub(crate) macros: bool,
    pub(crate) damaged: bool,
}

/// What the mark of a paragraph says.
pub(crate) struct ParagraphMark<'d> {
    /// The number of its style.
    pub(crate) number: u16,
    pub(crate) style: &'d Style,
    pub(crate) format: ParagraphFormat,
    /// Its properties as they are written: those of rows are among them.
    pub(crate) list: &'d [u8],
}

/// A drawing's place in the text ([MS-DOC] 2.9.253): its shape, and its size in points.
pub(crate) struct Anchor {
    pub(crate) shape: u32,
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) place: Place,
}

impl Document {
    pub(crate) fn open(ole: &mut Ole<'_>) -> Result<Self> {
        let main = ole.read("WordDocument")?.unwrap_or_default();
        let fib = Fib::read(&main)?;
        let mut tables = Vec::new();
        if !fib.old {
            let names = if fib.second_table { ["1Table", "0Table"] } else { ["0Table", "1Table"] };
            let stream = match ole.read(names[0])? {
                Some(stream) => Some(stream),
                None => ole.read(names[1])?,
            };
            tables = stream.unwrap_or_default();
        }
        let data = ole.read("Data")?.unwrap_or_default();
        let macros = ole.has("Macros") || ole.has("_VBA_PROJECT_CUR");
        Self::new(fib, main, tables, data, macros)
    }

    /// Word 6 and 95 without a compound file.
    pub(crate) fn bare(main: Vec<u8>) -> Result<Self> {
        let fib = Fib::read(&main)?;
        Self::new(fib, main, Vec::new(), Vec::new(), false)
    }

    fn new(fib: Fib, main: Vec<u8>, tables: Vec<u8>, data: Vec<u8>, macros: bool) -> Result<Self> {
        let own = if fib.old { main.as_slice() } else { tables.as_slice() };
        let text = Text::read(&fib, &main, own);
        if text.end() == 0 {
            return Err(PreviewError::malformed("no text"));
        }
        let lists = Lists::read(&fib, own);
        let notes = Notes::read(&fib, own);
        let drawings = fib.place(At::Drawings);
        Ok(Self {
            characters: Pages::read(fib.table(own, At::CharacterPages), Kind::Characters, fib.old),
            paragraphs: Pages::read(fib.table(own, At::ParagraphPages), Kind::Paragraphs, fib.old),
            styles: Styles::read(&fib, own, &lists),
            fonts: Fonts::read(&fib, own),
            sections: sections::read(&fib, &main, own, &notes),
            drawings: Drawings::read(own, drawings.0 as usize, drawings.1 as usize),
            damaged: !fib.old && tables.is_empty() || text.is_cut(&main),
            text,
            lists,
            notes,
            fib,
            main,
            tables,
            data,
            macros,
        })
    }

    pub(crate) fn tables(&self) -> &[u8] {
        if self.fib.old { &self.main } else { &self.tables }
    }

    pub(crate) fn stream(&self, whence: Whence) -> &[u8] {
        match whence {
            Whence::Main => &self.main,
            Whence::Tables => self.tables(),
            Whence::Data => &self.data,
        }
    }

    /// Where pictures in the text stand.
    pub(crate) const fn picture_stream(&self) -> Whence {
        if self.fib.old { Whence::Main } else { Whence::Data }
    }

    /// The format of the paragraph whose mark is the character `cp`.
    pub(crate) fn paragraph(&self, cp: u32) -> ParagraphMark<'_> {
        let piece = self.text.piece_at(cp);
        let run = piece.map(|piece| self.paragraphs.run_at(&self.main, piece.offset_of(cp)));
        let list = run.map_or(&[][..], |run| run.list);
        let mut number = u16_at(list, 0).unwrap_or(0);
        let mut list = list.get(2..).unwrap_or_default();
        if let Some(sprm) = sprms(list, self.fib.old).find(|sprm| sprm.code == code::P_ISTD) {
            number = sprm.word();
        }
        let style = self.styles.get(number);
        let mut format = style.paragraph.clone();
        apply_paragraph(&mut format, list, self.fib.old, &self.lists, &self.data);
        if let Some(piece) = piece {
            self.text.piece_properties(piece, &mut |sprm| format.apply(&sprm));
        }
        let huge = sprms(list, self.fib.old)
            .find(|sprm| matches!(sprm.code, code::P_HUGE_PAPX | code::P_HUGE_PAPX_OLD));
        if let Some(sprm) = huge {
            list = elsewhere(&sprm, &self.data);
        }
        ParagraphMark { number, style, format, list }
    }

    /// The properties of the character `cp` of a piece, and the first character after it with others.
    pub(crate) fn characters(&self, piece: &Piece, cp: u32) -> (&[u8], u32) {
        let run = self.characters.run_at(&self.main, piece.offset_of(cp));
        let end = if run.end == u32::MAX { piece.end } else { piece.cp_of(run.end).min(piece.end) };
        (run.list, end.max(cp.saturating_add(1)))
    }

    /// The format of a character with these properties in a paragraph of this style.
    pub(crate) fn character(&self, list: &[u8], piece: Option<&Piece>, style: &Style) -> Character {
        let mut character = style.character.clone();
        let mut relative = style.character.clone();
        if let Some(sprm) = sprms(list, self.fib.old).find(|sprm| sprm.code == code::C_ISTD) {
            self.styles.apply_character(sprm.word(), &mut relative);
        }
        let mut apply = |sprm: &super::sprm::Sprm<'_>| character.apply(sprm, &relative, Some(&self.styles));
        sprms(list, self.fib.old).for_each(|sprm| apply(&sprm));
        if let Some(piece) = piece {
            self.text.piece_properties(piece, &mut |sprm| apply(&sprm));
        }
        character
    }

    /// The drawing that a character of the main text or of the margins stands for.
    pub(crate) fn anchor(&self, story: Story, cp: u32) -> Option<Anchor> {
        let table = match story {
            Story::Main => At::Anchors,
            Story::Headers => At::HeaderAnchors,
            _ => return None,
        };
        let cp = cp.checked_sub(self.fib.story(story).0)?;
        let anchors = Plc::new(self.fib.table(self.tables(), table), 26);
        let (mut low, mut high) = (0, anchors.len());
        while low < high {
            let middle = (low + high) / 2;
            if anchors.position(middle)? < cp { low = middle + 1 } else { high = middle }
        }
        let entry = anchors.entry(low).filter(|_| anchors.position(low) == Some(cp))?;
        let length = |from: usize, to: usize| {
            let (from, to) = (i32_at(entry, from).unwrap_or(0), i32_at(entry, to).unwrap_or(0));
            to.saturating_sub(from).max(0) as f32 / 20.0
        };
        let place = Place::read(entry, u16_at(entry, 20)?);
        Some(Anchor { shape: u32_at(entry, 0)?, width: length(4, 12), height: length(8, 16), place })
    }

    /// Where the text of a box stands: of the `index`th, counted in the whole document.
    pub(crate) fn text_box(&self, story: Story, index: usize) -> Option<(u32, u32)> {
        let (table, texts) = match story {
            Story::Main => (At::TextBoxes, Story::TextBoxes),
            Story::Headers => (At::HeaderTextBoxes, Story::HeaderTextBoxes),
            _ => return None,
        };
        let boxes = Plc::new(self.fib.table(self.tables(), table), if self.fib.old { 6 } else { 22 });
        let (start, end) = self.fib.story(texts);
        let from = start.saturating_add(boxes.position(index)?);
        let to = start.saturating_add(boxes.position(index + 1)?).min(end);
        // The last of them only ends the story.
        (from < to && index < boxes.len()).then_some((from, to))
    }
}
