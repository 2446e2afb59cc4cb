//! What properties do to paragraphs ([MS-DOC] 2.6.2).

use super::character::{palette, shade, shade80};
use super::sprm::{Sprm, code};
use crate::container::bytes::{i16_at, u8_at, u16_at};
use crate::model::{Align, Border, Borders, Dash, LineHeight, TabAlign, TabStop};

use super::character::{color_ref, to_color};

/// Tables in tables that are shown as such; deeper ones are shown in the last of them.
pub(crate) const TABLES: u8 = 16;

/// Tab stops of a paragraph ([MS-DOC] 2.9.189).
const TABS: usize = 64;

/// A paragraph's format; lengths in twentieths of a point.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ParagraphFormat {
    pub(crate) align: Align,
    pub(crate) rtl: bool,
    pub(crate) start: i16,
    pub(crate) end: i16,
    pub(crate) first: i16,
    pub(crate) before: u16,
    pub(crate) after: u16,
    pub(crate) line: Option<LineHeight>,
    pub(crate) shade: Option<[u8; 3]>,
    pub(crate) borders: Borders,
    /// Drawn between paragraphs with the same borders.
    pub(crate) between: Option<Border>,
    /// No space between itself and others of its style.
    pub(crate) contextual: bool,
    /// Places in twips, ascending, and what they are ([MS-DOC] TBD).
    pub(crate) tabs: Vec<(i16, u8)>,
    pub(crate) page_break_before: bool,
    /// Level of the outline from 0; none = body text.
    pub(crate) outline: Option<u8>,
    /// Which list, from 1; 0 = none.
    pub(crate) list: u16,
    pub(crate) list_level: u8,
    /// A number of Word 6's kind, and its level.
    pub(crate) number: Option<Box<[u8]>>,
    pub(crate) number_level: u8,
    /// How many tables it is inside of.
    pub(crate) depth: u8,
    pub(crate) in_table: bool,
    /// It ends a row, a cell of an inner table, a row of an inner table.
    pub(crate) row_end: bool,
    pub(crate) inner_cell: bool,
    pub(crate) inner_row_end: bool,
}

impl ParagraphFormat {
    pub(crate) fn apply(&mut self, sprm: &Sprm<'_>) {
        match sprm.code {
            code::P_JC80 | code::P_JC => self.align = align(sprm.byte()),
            code::P_F_BI_DI => self.rtl = sprm.flag(),
            code::P_DXA_LEFT80 | code::P_DXA_LEFT => self.start = sprm.short(),
            code::P_DXA_RIGHT80 | code::P_DXA_RIGHT => self.end = sprm.short(),
            code::P_DXA_LEFT180 | code::P_DXA_LEFT1 => self.first = sprm.short(),
            code::P_NEST80 | code::P_NEST => self.start = self.start.saturating_add(sprm.short()).max(0),
            code::P_DYA_LINE => self.line = line(sprm.operand),
            code::P_DYA_BEFORE => self.before = sprm.word(),
            code::P_DYA_AFTER => self.after = sprm.word(),
            // As in HTML: as much as a line.
            code::P_F_DYA_BEFORE_AUTO if sprm.flag() => self.before = 280,
            code::P_F_DYA_AFTER_AUTO if sprm.flag() => self.after = 280,
            code::P_CHG_TABS_PAPX => self.change_tabs(sprm.operand, 2),
            code::P_CHG_TABS => self.change_tabs(sprm.operand, 4),
            code::P_SHD80 => self.shade = shade80(sprm.word()),
            code::P_SHD => self.shade = shade(sprm.operand),
            code::P_F_PAGE_BREAK_BEFORE => self.page_break_before = sprm.flag(),
            code::P_OUT_LVL => self.outline = Some(sprm.byte()).filter(|level| *level < 9),
            _ => self.apply_place(sprm),
        }
    }

    fn apply_place(&mut self, sprm: &Sprm<'_>) {
        match sprm.code {
            code::P_BRC_TOP80 | code::P_BRC_TOP => self.borders.top = border(sprm.operand),
            code::P_BRC_LEFT80 | code::P_BRC_LEFT => self.borders.start = border(sprm.operand),
            code::P_BRC_BOTTOM80 | code::P_BRC_BOTTOM => self.borders.bottom = border(sprm.operand),
            code::P_BRC_RIGHT80 | code::P_BRC_RIGHT => self.borders.end = border(sprm.operand),
            code::P_BRC_BETWEEN80 | code::P_BRC_BETWEEN => self.between = border(sprm.operand),
            code::P_F_CONTEXTUAL_SPACING => self.contextual = sprm.flag(),
            code::P_ILFO => self.list = sprm.word(),
            code::P_ILVL => self.list_level = sprm.byte().min(8),
            code::P_ANLD80 => self.number = Some(sprm.operand.into()),
            code::P_N_LVL_ANM => self.number_level = sprm.byte(),
            code::P_F_IN_TABLE => {
                self.in_table = sprm.flag();
                self.depth = self.depth.max(u8::from(sprm.flag()));
            }
            code::P_ITAP => self.depth = sprm.long().min(u32::from(TABLES)) as u8,
            code::P_DTAP => {
                let depth = i64::from(self.depth) + i64::from(sprm.long() as i32);
                self.depth = depth.clamp(0, i64::from(TABLES)) as u8;
            }
            code::P_F_TTP => self.row_end = sprm.flag(),
            code::P_F_INNER_TABLE_CELL => self.inner_cell = sprm.flag(),
            code::P_F_INNER_TTP => self.inner_row_end = sprm.flag(),
            _ => {}
        }
    }

    /// Removed stops, then added ones; `removed_size` is 4 where each removed stop says how near it must be.
    fn change_tabs(&mut self, operand: &[u8], removed_size: usize) {
        let removed = usize::from(u8_at(operand, 0).unwrap_or(0)).min(TABS);
        for stop in (0..removed).map_while(|index| i16_at(operand, 1 + 2 * index)) {
            // 25 twentieths: what Word takes for the same place.
            self.tabs.retain(|(tab, _)| (i32::from(*tab) - i32::from(stop)).abs() > 25);
        }
        let at = 1 + removed_size * removed;
        let added = usize::from(u8_at(operand, at).unwrap_or(0)).min(TABS);
        let kinds = at + 1 + 2 * added;
        for index in 0..added {
            let Some(stop) = i16_at(operand, at + 1 + 2 * index) else { break };
            let kind = u8_at(operand, kinds + index).unwrap_or(0);
            match self.tabs.binary_search_by_key(&stop, |(at, _)| *at) {
                Ok(place) => self.tabs[place].1 = kind,
                Err(place) if self.tabs.len() < TABS => self.tabs.insert(place, (stop, kind)),
                Err(_) => {}
            }
        }
    }

    /// As the model has them: without those at which only a line stands (jc 4 of [MS-DOC] TBD).
    pub(crate) fn tab_stops(&self) -> Vec<TabStop> {
        let stops = self.tabs.iter().filter(|(_, kind)| kind & 7 != 4);
        stops.map(|(at, kind)| tab_stop(f32::from(*at) / 20.0, *kind)).collect()
    }
}

/// [MS-DOC] TBD: three bits of alignment, three of leader.
fn tab_stop(at: f32, kind: u8) -> TabStop {
    TabStop {
        at,
        align: match kind & 7 {
            1 => TabAlign::Center,
            2 => TabAlign::End,
            3 => TabAlign::Decimal,
            _ => TabAlign::Start,
        },
        leader: match (kind >> 3) & 7 {
            1 | 5 => Some(Dash::Dotted),
            2 => Some(Dash::Dashed),
            3 | 4 => Some(Dash::Solid),
            _ => None,
        },
    }
}

/// [MS-DOC] 2.6.2, sprmPJc.
pub(crate) const fn align(value: u8) -> Align {
    match value {
        1 => Align::Center,
        2 => Align::End,
        3 | 4 | 5 | 7..=9 => Align::Justify,
        _ => Align::Start,
    }
}

/// Multiples of 240ths of a line, or twentieths of a point: at least, or exactly where they are negative ([MS-DOC] 2.9.145).
fn line(operand: &[u8]) -> Option<LineHeight> {
    let (distance, multiple) = (f32::from(i16_at(operand, 0)?), i16_at(operand, 2)?);
    match (distance, multiple) {
        (240.0, 1) | (0.0, _) => None,
        (distance, 1) => Some(LineHeight::Times(distance.abs() / 240.0)),
        (distance, _) if distance < 0.0 => Some(LineHeight::Exactly(-distance / 20.0)),
        (distance, _) => Some(LineHeight::AtLeast(distance / 20.0)),
    }
}

/// An edge: of eight bytes ([MS-DOC] 2.9.16), of four (2.9.17), of two in Word 6.
pub(crate) fn border(bytes: &[u8]) -> Option<Border> {
    match bytes.len() {
        8.. => edge(u8_at(bytes, 5)?, u8_at(bytes, 4)?, color_ref(bytes)),
        4..8 if bytes[..4] == [255; 4] => None,
        4..8 => edge(u8_at(bytes, 1)?, u8_at(bytes, 0)?, palette(u8_at(bytes, 2)?)),
        _ => border_of_word_6(u16_at(bytes, 0)?),
    }
}

/// `width`: eighths of a point.
fn edge(kind: u8, width: u8, color: Option<[u8; 3]>) -> Option<Border> {
    if matches!(kind, 0 | 255) {
        return None;
    }
    let dash = match kind {
        6 => Dash::Dotted,
        7..=9 | 22 | 23 => Dash::Dashed,
        _ => Dash::Solid,
    };
    let double = matches!(kind, 3 | 10..=19 | 21);
    let width = f32::from(width.max(2)) / 8.0;
    // Of double lines the width is that of one of them.
    let width = if double { width * 3.0 } else { width };
    Some(Border { width, color: color.map(to_color), dash, double })
}

/// Three bits of width in steps of 3/4 points, two of kind, five of colour from bit 6 on.
fn border_of_word_6(value: u16) -> Option<Border> {
    let (width, kind) = (value & 7, value >> 3 & 3);
    if kind == 0 || value == u16::MAX {
        return None;
    }
    let dash = match width {
        6 => Dash::Dotted,
        7 => Dash::Dashed,
        _ => Dash::Solid,
    };
    let width = if width > 5 { 0.75 } else { 0.75 * f32::from(width.max(1)) };
    let color = palette((value >> 6 & 0x1f) as u8).map(to_color);
    Some(Border { width: if kind == 3 { width * 3.0 } else { width }, color, dash, double: kind == 3 })
}

#[cfg(test)]
mod tests {
    use super::super::sprm::sprms;
    use super::*;

    fn applied(list: &[u8]) -> ParagraphFormat {
        let mut format = ParagraphFormat::default();
        sprms(list, false).for_each(|sprm| format.apply(&sprm));
        format
    }

    #[test]
    fn lengths_and_levels_are_read() {
        let format = applied(&[
            0x61, 0x24, 1, 0x0f, 0x84, 0xd0, 2, 0x11, 0x84, 0x98, 0xfe, 0x40, 0x26, 2, 0x0b, 0x46, 3, 0,
            0x0a, 0x26, 20,
        ]);
        assert_eq!((format.align, format.start, format.first), (Align::Center, 720, -360));
        assert_eq!((format.outline, format.list, format.list_level), (Some(2), 3, 8));
        assert_eq!(applied(&[0x49, 0x66, 255, 255, 255, 255]).depth, TABLES);
    }

    #[test]
    fn lines_are_multiples_or_points() {
        for (operand, expected) in [
            ([240, 0, 1, 0], None),
            ([0x68, 1, 1, 0], Some(LineHeight::Times(1.5))),
            ([200, 0, 0, 0], Some(LineHeight::AtLeast(10.0))),
            ([0x38, 0xff, 0, 0], Some(LineHeight::Exactly(10.0))),
        ] {
            assert_eq!(line(&operand), expected);
        }
    }

    #[test]
    fn tabs_are_removed_and_added() {
        let mut format = applied(&[0x0d, 0xc6, 8, 0, 2, 0xd0, 2, 0x68, 1, 0, 0]);
        assert_eq!(format.tabs, [(360, 0), (720, 0)]);
        format.change_tabs(&[1, 0x70, 1, 1, 100, 0, 0], 2);
        assert_eq!(format.tabs, [(100, 0), (720, 0)]);
        format.change_tabs(&[255, 1], 4);
        // To the end with dots, and a line.
        format.change_tabs(&[0, 2, 0x20, 3, 0xe0, 1, 0x0a, 4], 2);
        let end = TabStop { at: 40.0, align: TabAlign::End, leader: Some(Dash::Dotted) };
        assert_eq!(format.tab_stops(), [TabStop::start(5.0), TabStop::start(36.0), end]);
    }

    #[test]
    fn edges_of_all_three_sizes_are_read() {
        let width = |bytes: &[u8]| border(bytes).map(|border| (border.width, border.double));
        for (bytes, expected) in [
            (&[0, 0, 255, 0, 8, 1, 0, 0][..], Some((1.0, false))),
            (&[4, 1, 6, 0], Some((0.5, false))),
            (&[4, 3, 6, 0], Some((1.5, true))),
            (&[255, 255, 255, 255], None),
            (&[4, 0, 0, 0], None),
            (&[0x0a, 0], Some((1.5, false))),
            (&[1], None),
        ] {
            assert_eq!(width(bytes), expected, "{bytes:?}");
        }
    }
}
