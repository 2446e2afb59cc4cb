//! Sections: the paper, and what stands at its margins ([MS-DOC] 2.8.26, 2.8.22).

use super::fib::{At, Fib, Story};
use super::notes::{Notes, Numbering};
use super::sprm::{Sprm, code, sprms};
use super::text::Plc;
use crate::container::bytes::{u8_at, u16_at, u32_at};
use crate::model::Page;

/// Sections that are looked at.
const SECTIONS: usize = 20_000;

/// Margins of one section: of even and other pages, then of the first one; headers before footers.
pub(crate) const MARGINS: usize = 6;

/// A section's format.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Section {
    /// The first character of the next one.
    pub(crate) end: u32,
    pub(crate) page: Page,
    pub(crate) continuous: bool,
    pub(crate) columns: u16,
    /// Its first page has margins of its own.
    pub(crate) title_page: bool,
    /// Pages with even numbers have margins of their own.
    pub(crate) facing: bool,
    /// Points from the edges of the paper to header and footer.
    pub(crate) edges: [f32; 2],
    /// Where the texts of its margins stand, counted in the whole document; empty: as in the section before.
    pub(crate) margins: [(u32, u32); MARGINS],
    pub(crate) footnotes: Numbering,
    pub(crate) endnotes: Numbering,
    /// Word 6: which margins have texts.
    has: u8,
    /// Word 6: how its headings are numbered.
    pub(crate) outline: Box<[u8]>,
}

impl Section {
    fn new(end: u32, notes: &Notes) -> Self {
        Self {
            end,
            // Word's own paper where nothing is said: letter, 1 inch and 1.25 inches of margins.
            page: Page { width: 612.0, height: 792.0, margins: [90.0, 72.0, 90.0, 72.0], color: None },
            continuous: false,
            columns: 1,
            title_page: false,
            facing: false,
            edges: [36.0; 2],
            margins: [(0, 0); MARGINS],
            footnotes: notes.footnotes,
            endnotes: notes.endnotes,
            has: 0,
            outline: Box::default(),
        }
    }

    fn apply(&mut self, sprm: &Sprm<'_>) {
        let twips = f32::from(sprm.word()) / 20.0;
        match sprm.code {
            code::S_BKC => self.continuous = sprm.byte() == 0,
            code::S_F_TITLE_PAGE => self.title_page = sprm.flag(),
            code::S_DYA_HDR_TOP => self.edges[0] = twips,
            code::S_DYA_HDR_BOTTOM => self.edges[1] = twips,
            code::S_CCOLUMNS => self.columns = sprm.word().saturating_add(1).min(45),
            code::S_GPRF_IHDT => self.has = sprm.byte(),
            code::S_OLST_ANM => self.outline = sprm.operand.into(),
            code::S_XA_PAGE if twips > 0.0 => self.page.width = twips,
            code::S_YA_PAGE if twips > 0.0 => self.page.height = twips,
            code::S_DXA_LEFT => self.page.margins[0] = twips,
            // Negative ones say that margins do not grow with their texts.
            code::S_DYA_TOP => self.page.margins[1] = sprm.twips().abs(),
            code::S_DXA_RIGHT => self.page.margins[2] = twips,
            code::S_DYA_BOTTOM => self.page.margins[3] = sprm.twips().abs(),
            code::S_NFC_FTN_REF => self.footnotes.format = sprm.byte(),
            code::S_NFC_EDN_REF => self.endnotes.format = sprm.byte(),
            code::S_RNC_FTN => self.footnotes.by_section = sprm.byte() == 1,
            _ => {}
        }
    }
}

/// All sections; at least one.
pub(crate) fn read(fib: &Fib, stream: &[u8], tables: &[u8], notes: &Notes) -> Vec<Section> {
    let plc = Plc::new(fib.table(tables, At::Sections), 12);
    // [MS-DOC] 2.7.2 DopBase, fFacingPages.
    let facing = u8_at(fib.table(tables, At::Properties), 0).is_some_and(|flags| flags & 1 != 0);
    let mut sections: Vec<Section> = Vec::new();
    for (_, end, entry) in plc.iter().take(SECTIONS) {
        if sections.last().is_some_and(|last| end <= last.end) {
            continue;
        }
        let mut section = Section { facing, ..Section::new(end, notes) };
        let place = u32_at(entry, 2).filter(|place| *place != u32::MAX).map(|place| place as usize);
        if let Some((place, length)) =
            place.and_then(|place| Some((place, usize::from(u16_at(stream, place)?))))
        {
            let list = stream.get(place + 2..).unwrap_or_default();
            sprms(&list[..list.len().min(length)], fib.old).for_each(|sprm| section.apply(&sprm));
        }
        sections.push(section);
    }
    if sections.is_empty() {
        sections.push(Section::new(u32::MAX, notes));
    }
    add_margins(&mut sections, fib, tables);
    sections
}

/// The texts of margins follow each other: first those between notes, then six of each section; Word 6 leaves out those
/// that a section does not have. Where one is empty, the section has that of the one before.
fn add_margins(sections: &mut [Section], fib: &Fib, tables: &[u8]) {
    let plc = fib.table(tables, At::Headers);
    let positions = plc.len() / 4;
    let (start, end) = fib.story(Story::Headers);
    let place = |index: usize| u32_at(plc, 4 * index).map_or(end, |cp| start.saturating_add(cp).min(end));
    let mut index = match u8_at(fib.table(tables, At::Properties), 1) {
        Some(separators) if fib.old => separators.count_ones() as usize,
        _ => MARGINS,
    };
    let mut before = [(0, 0); MARGINS];
    for section in sections {
        for (number, margin) in before.iter_mut().enumerate() {
            if fib.old && section.has >> number & 1 == 0 {
                continue;
            }
            // The last position only ends the whole.
            if index + 1 < positions.max(1) {
                let text = (place(index), place(index + 1));
                if text.0 < text.1 {
                    // A mark that belongs to nothing ends each of them.
                    *margin = (text.0, text.1 - 1);
                }
            }
            index += 1;
        }
        section.margins = before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paper_is_read_from_properties() {
        let mut section = Section::new(9, &Notes::default());
        let list = [
            0x09, 0x30, 0, 0x0a, 0x30, 1, 0x0b, 0x50, 2, 0, 0x1f, 0xb0, 0xe0, 0x2e, 0x21, 0xb0, 0xd0, 2,
            0x23, 0x90, 0x60, 0xfa, 0x17, 0xb0, 0x68, 1,
        ];
        sprms(&list, false).for_each(|sprm| section.apply(&sprm));
        assert_eq!((section.continuous, section.title_page, section.columns), (true, true, 3));
        assert_eq!(section.edges, [18.0, 36.0]);
        assert_eq!((section.page.width, section.page.margins), (600.0, [36.0, 72.0, 90.0, 72.0]));
    }
}
