//! What properties do to characters ([MS-DOC] 2.6.1).

use super::sprm::{Sprm, code};
use super::styles::Styles;
use crate::container::bytes::{u8_at, u16_at, u32_at};
use crate::model::Color;

/// A character's format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Character {
    pub(crate) bold: bool,
    pub(crate) italic: bool,
    pub(crate) strike: bool,
    pub(crate) underline: bool,
    pub(crate) small_caps: bool,
    pub(crate) caps: bool,
    pub(crate) hidden: bool,
    pub(crate) deleted: bool,
    pub(crate) inserted: bool,
    /// Of text that is read from right to left.
    pub(crate) bold_rtl: bool,
    pub(crate) italic_rtl: bool,
    pub(crate) size_rtl: u16,
    pub(crate) font_rtl: u16,
    pub(crate) rtl: bool,
    /// Indices into the fonts: of Latin text, of Chinese and Japanese text, of everything else.
    pub(crate) fonts: [u16; 3],
    /// Half points.
    pub(crate) size: u16,
    /// Half points above the line.
    pub(crate) raised: i16,
    /// 1 = superscript, 2 = subscript.
    pub(crate) script: u8,
    /// None = whatever can be read on what is behind it.
    pub(crate) color: Option<[u8; 3]>,
    pub(crate) highlight: Option<[u8; 3]>,
    pub(crate) shade: Option<[u8; 3]>,
    /// Codes below 32 and `(` stand for something else.
    pub(crate) special: bool,
    /// The place is one of data of a form or an object, not of a picture.
    pub(crate) data: bool,
    pub(crate) object: bool,
    /// Place of a picture.
    pub(crate) place: Option<u32>,
    /// A glyph: index of its font and its code.
    pub(crate) symbol: Option<(u16, u16)>,
}

/// What Word begins with.
impl Default for Character {
    fn default() -> Self {
        Self {
            bold: false,
            italic: false,
            strike: false,
            underline: false,
            small_caps: false,
            caps: false,
            hidden: false,
            deleted: false,
            inserted: false,
            bold_rtl: false,
            italic_rtl: false,
            size_rtl: 20,
            font_rtl: 0,
            rtl: false,
            fonts: [0; 3],
            size: 20,
            raised: 0,
            script: 0,
            color: None,
            highlight: None,
            shade: None,
            special: false,
            data: false,
            object: false,
            place: None,
            symbol: None,
        }
    }
}

impl Character {
    /// Applies a property; `style` is what some of them are relative to.
    pub(crate) fn apply(&mut self, sprm: &Sprm<'_>, style: &Self, styles: Option<&Styles>) {
        match sprm.code {
            code::C_F_BOLD => self.bold = toggled(sprm, style.bold),
            code::C_F_ITALIC => self.italic = toggled(sprm, style.italic),
            code::C_F_STRIKE | code::C_F_DSTRIKE => self.strike = toggled(sprm, style.strike),
            code::C_F_SMALL_CAPS => self.small_caps = toggled(sprm, style.small_caps),
            code::C_F_CAPS => self.caps = toggled(sprm, style.caps),
            code::C_F_VANISH => self.hidden = toggled(sprm, style.hidden),
            code::C_F_BOLD_BI => self.bold_rtl = toggled(sprm, style.bold_rtl),
            code::C_F_ITALIC_BI => self.italic_rtl = toggled(sprm, style.italic_rtl),
            code::C_F_RMARK_DEL => self.deleted = sprm.flag(),
            code::C_F_RMARK_INS => self.inserted = sprm.flag(),
            code::C_KUL => self.underline = !matches!(sprm.byte(), 0 | 255),
            code::C_ISS => self.script = sprm.byte(),
            code::C_F_BI_DI => self.rtl = sprm.flag(),
            code::C_F_SPEC => self.special = sprm.flag(),
            code::C_F_DATA => self.data = sprm.flag(),
            code::C_F_OBJ | code::C_F_OLE2 => self.object = sprm.flag(),
            code::C_PLAIN => *self = Self { special: self.special, place: self.place, ..style.clone() },
            code::C_ISTD => {
                if let Some(styles) = styles {
                    styles.apply_character(sprm.word(), self);
                }
            }
            _ => self.apply_number(sprm),
        }
    }

    fn apply_number(&mut self, sprm: &Sprm<'_>) {
        match sprm.code {
            code::C_HPS => self.size = sprm.word(),
            code::C_HPS_BI => self.size_rtl = sprm.word(),
            code::C_HPS_POS => self.raised = sprm.short(),
            code::C_SIZE_POS => self.apply_size_and_place(sprm.operand),
            code::C_RG_FTC0 => self.fonts[0] = sprm.word(),
            code::C_RG_FTC1 => self.fonts[1] = sprm.word(),
            code::C_RG_FTC2 => self.fonts[2] = sprm.word(),
            code::C_FTC_BI => self.font_rtl = sprm.word(),
            code::C_ICO => self.color = palette(sprm.byte()),
            code::C_CV => self.color = color_ref(sprm.operand),
            code::C_HIGHLIGHT => self.highlight = palette(sprm.byte()),
            code::C_SHD80 => self.shade = shade80(sprm.word()),
            code::C_SHD => self.shade = shade(sprm.operand),
            code::C_PIC_LOCATION => {
                self.place = Some(sprm.long());
                self.special = true;
            }
            code::C_OBJ_LOCATION => self.object = true,
            code::C_SYMBOL => {
                let glyph = u16_at(sprm.operand, 2).or_else(|| u8_at(sprm.operand, 2).map(u16::from));
                self.symbol = Some(sprm.word()).zip(glyph);
                self.special = true;
            }
            _ => {}
        }
    }

    /// Sizes and places in one ([MS-DOC] for Word 6): 0 and 128 say "no change".
    fn apply_size_and_place(&mut self, operand: &[u8]) {
        if let Some(size) = u8_at(operand, 0).filter(|size| *size > 0) {
            self.size = u16::from(size);
        }
        if let Some(raised) = u8_at(operand, 2).filter(|raised| *raised != 128) {
            self.raised = i16::from(raised as i8);
        }
    }
}

/// 0 and 1 are said outright, 128 is the style's, 129 the other than the style's ([MS-DOC] 2.9.327).
fn toggled(sprm: &Sprm<'_>, style: bool) -> bool {
    match sprm.byte() {
        0x80 => style,
        0x81 => !style,
        value => value & 1 != 0,
    }
}

/// The sixteen colours ([MS-DOC] 2.9.119); none = automatic.
pub(crate) fn palette(index: u8) -> Option<[u8; 3]> {
    Some(match index {
        1 => [0, 0, 0],
        2 => [0, 0, 255],
        3 => [0, 255, 255],
        4 => [0, 255, 0],
        5 => [255, 0, 255],
        6 => [255, 0, 0],
        7 => [255, 255, 0],
        8 => [255, 255, 255],
        9 => [0, 0, 128],
        10 => [0, 128, 128],
        11 => [0, 128, 0],
        12 => [128, 0, 128],
        13 => [128, 0, 0],
        14 => [128, 128, 0],
        15 => [128, 128, 128],
        16 => [192, 192, 192],
        _ => return None,
    })
}

/// Red, green, blue, and 255 for "automatic" ([MS-DOC] 2.9.43).
pub(crate) fn color_ref(bytes: &[u8]) -> Option<[u8; 3]> {
    let [red, green, blue, automatic] = u32_at(bytes, 0)?.to_le_bytes();
    (automatic == 0).then_some([red, green, blue])
}

/// What is behind text or cells, in two bytes ([MS-DOC] 2.9.248): colours of the palette, and a pattern.
pub(crate) fn shade80(value: u16) -> Option<[u8; 3]> {
    if value == u16::MAX {
        return None;
    }
    mixed(palette((value & 0x1f) as u8), palette((value >> 5 & 0x1f) as u8), value >> 10)
}

/// The same with colours in full ([MS-DOC] 2.9.247).
pub(crate) fn shade(bytes: &[u8]) -> Option<[u8; 3]> {
    mixed(color_ref(bytes), color_ref(bytes.get(4..)?), u16_at(bytes, 8)?)
}

/// A pattern's colour seen from afar; its lines and dots are not drawn.
fn mixed(front: Option<[u8; 3]>, back: Option<[u8; 3]>, pattern: u16) -> Option<[u8; 3]> {
    let share: u32 = match pattern {
        0 | 0xffff => return back,
        1 => return front.or(Some([0; 3])),
        // Shares of the front in thousandths ([MS-DOC] 2.9.122).
        2..=9 => [50, 100, 200, 250, 300, 400, 500, 600][usize::from(pattern) - 2],
        10..=13 => [700, 750, 800, 900][usize::from(pattern) - 10],
        14..=25 => 330,
        35..=62 => [
            25, 75, 125, 150, 175, 225, 275, 325, 350, 375, 425, 450, 475, 525, 550, 575, 625, 650, 675, 725,
            775, 825, 850, 875, 925, 950, 975, 970,
        ][usize::from(pattern) - 35],
        _ => return back,
    };
    let (front, back) = (front.unwrap_or([0; 3]), back.unwrap_or([255; 3]));
    let mix =
        |at: usize| ((u32::from(front[at]) * share + u32::from(back[at]) * (1000 - share)) / 1000) as u8;
    Some([mix(0), mix(1), mix(2)])
}

pub(crate) fn to_color([red, green, blue]: [u8; 3]) -> Color {
    Color::rgb(red, green, blue)
}

#[cfg(test)]
mod tests {
    use super::super::sprm::sprms;
    use super::*;

    fn applied(list: &[u8], style: &Character) -> Character {
        let mut character = style.clone();
        sprms(list, false).for_each(|sprm| character.apply(&sprm, style, None));
        character
    }

    #[test]
    fn toggles_are_relative_to_the_style() {
        for (value, style, expected) in
            [(0, true, false), (1, false, true), (0x80, true, true), (0x81, true, false), (0x81, false, true)]
        {
            let style = Character { bold: style, ..Character::default() };
            assert_eq!(applied(&[0x35, 0x08, value], &style).bold, expected, "{value:#x}");
        }
    }

    #[test]
    fn colours_sizes_and_symbols_are_read() {
        let list = [
            0x42, 0x2a, 6, 0x43, 0x4a, 48, 0, 0x09, 0x6a, 2, 0, 0xfc, 0xf0, 0x48, 0x2a, 1, 0x0c, 0x2a, 7,
            0x3e, 0x2a, 1,
        ];
        let character = applied(&list, &Character::default());
        assert_eq!(character.color, Some([255, 0, 0]));
        assert_eq!((character.size, character.script, character.underline), (48, 1, true));
        assert_eq!((character.symbol, character.highlight), (Some((2, 0xf0fc)), Some([255, 255, 0])));
        assert_eq!(applied(&[0x70, 0x68, 1, 2, 3, 0], &Character::default()).color, Some([1, 2, 3]));
        assert_eq!(applied(&[0x70, 0x68, 0, 0, 0, 255], &character).color, None);
    }

    #[test]
    fn patterns_become_colours() {
        for (value, expected) in [
            (0xffff, None),
            (0, None),
            (0x00e0, Some([255, 255, 0])),
            (1 << 10 | 6, Some([255, 0, 0])),
            (4 << 10, Some([204, 204, 204])),
        ] {
            assert_eq!(shade80(value), expected, "{value:#x}");
        }
    }
}
