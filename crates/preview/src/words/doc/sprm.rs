//! Properties as they are written: a list of codes with operands ([MS-DOC] 2.6). Word 6 and 95 have codes of one byte,
//! which are turned into those of Word 97 here, so that everything else knows only these.

use crate::container::bytes::{i16_at, u8_at, u16_at, u32_at};

/// A property with its operand; a length in front of the operand has been taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sprm<'a> {
    pub(crate) code: u16,
    pub(crate) operand: &'a [u8],
}

impl Sprm<'_> {
    pub(crate) fn byte(&self) -> u8 {
        u8_at(self.operand, 0).unwrap_or(0)
    }

    pub(crate) fn flag(&self) -> bool {
        self.byte() != 0
    }

    /// The operand as a number of two bytes, or of one where there is only one.
    pub(crate) fn word(&self) -> u16 {
        u16_at(self.operand, 0).unwrap_or_else(|| u16::from(self.byte()))
    }

    pub(crate) fn short(&self) -> i16 {
        i16_at(self.operand, 0).unwrap_or(0)
    }

    pub(crate) fn long(&self) -> u32 {
        u32_at(self.operand, 0).unwrap_or(0)
    }

    /// Twentieths of a point as points.
    pub(crate) fn twips(&self) -> f32 {
        f32::from(self.short()) / 20.0
    }
}

/// Codes that are acted on ([MS-DOC] 2.6.1 to 2.6.5).
pub(crate) mod code {
    pub(crate) const C_F_RMARK_DEL: u16 = 0x0800;
    pub(crate) const C_F_RMARK_INS: u16 = 0x0801;
    pub(crate) const C_F_DATA: u16 = 0x0806;
    pub(crate) const C_F_OLE2: u16 = 0x080a;
    pub(crate) const C_HIGHLIGHT: u16 = 0x2a0c;
    pub(crate) const C_F_BOLD: u16 = 0x0835;
    pub(crate) const C_F_ITALIC: u16 = 0x0836;
    pub(crate) const C_F_STRIKE: u16 = 0x0837;
    pub(crate) const C_F_SMALL_CAPS: u16 = 0x083a;
    pub(crate) const C_F_CAPS: u16 = 0x083b;
    pub(crate) const C_F_VANISH: u16 = 0x083c;
    pub(crate) const C_F_SPEC: u16 = 0x0855;
    pub(crate) const C_F_OBJ: u16 = 0x0856;
    pub(crate) const C_F_BI_DI: u16 = 0x085a;
    pub(crate) const C_F_BOLD_BI: u16 = 0x085c;
    pub(crate) const C_F_ITALIC_BI: u16 = 0x085d;
    pub(crate) const C_PLAIN: u16 = 0x2a33;
    pub(crate) const C_KUL: u16 = 0x2a3e;
    pub(crate) const C_ICO: u16 = 0x2a42;
    pub(crate) const C_ISS: u16 = 0x2a48;
    pub(crate) const C_F_DSTRIKE: u16 = 0x2a53;
    pub(crate) const C_ISTD: u16 = 0x4a30;
    pub(crate) const C_HPS: u16 = 0x4a43;
    pub(crate) const C_HPS_POS: u16 = 0x4845;
    pub(crate) const C_RG_FTC0: u16 = 0x4a4f;
    pub(crate) const C_RG_FTC1: u16 = 0x4a50;
    pub(crate) const C_RG_FTC2: u16 = 0x4a51;
    pub(crate) const C_FTC_BI: u16 = 0x4a5e;
    pub(crate) const C_HPS_BI: u16 = 0x4a61;
    pub(crate) const C_PIC_LOCATION: u16 = 0x6a03;
    pub(crate) const C_SYMBOL: u16 = 0x6a09;
    pub(crate) const C_OBJ_LOCATION: u16 = 0x680e;
    pub(crate) const C_CV: u16 = 0x6870;
    pub(crate) const C_SIZE_POS: u16 = 0xea3f;
    pub(crate) const C_SHD80: u16 = 0x4866;
    pub(crate) const C_SHD: u16 = 0xca71;

    pub(crate) const P_ISTD: u16 = 0x4600;
    pub(crate) const P_JC80: u16 = 0x2403;
    pub(crate) const P_JC: u16 = 0x2461;
    pub(crate) const P_F_PAGE_BREAK_BEFORE: u16 = 0x2407;
    pub(crate) const P_ILVL: u16 = 0x260a;
    pub(crate) const P_ILFO: u16 = 0x460b;
    pub(crate) const P_CHG_TABS_PAPX: u16 = 0xc60d;
    pub(crate) const P_DXA_RIGHT80: u16 = 0x840e;
    pub(crate) const P_DXA_LEFT80: u16 = 0x840f;
    pub(crate) const P_NEST80: u16 = 0x4610;
    pub(crate) const P_DXA_LEFT180: u16 = 0x8411;
    pub(crate) const P_DXA_RIGHT: u16 = 0x845d;
    pub(crate) const P_DXA_LEFT: u16 = 0x845e;
    pub(crate) const P_NEST: u16 = 0x465f;
    pub(crate) const P_DXA_LEFT1: u16 = 0x8460;
    pub(crate) const P_DYA_LINE: u16 = 0x6412;
    pub(crate) const P_DYA_BEFORE: u16 = 0xa413;
    pub(crate) const P_DYA_AFTER: u16 = 0xa414;
    pub(crate) const P_CHG_TABS: u16 = 0xc615;
    pub(crate) const P_F_IN_TABLE: u16 = 0x2416;
    pub(crate) const P_F_TTP: u16 = 0x2417;
    pub(crate) const P_BRC_TOP80: u16 = 0x6424;
    pub(crate) const P_BRC_LEFT80: u16 = 0x6425;
    pub(crate) const P_BRC_BOTTOM80: u16 = 0x6426;
    pub(crate) const P_BRC_RIGHT80: u16 = 0x6427;
    pub(crate) const P_BRC_BETWEEN80: u16 = 0x6428;
    pub(crate) const P_BRC_BETWEEN: u16 = 0xc652;
    pub(crate) const P_F_CONTEXTUAL_SPACING: u16 = 0x246d;
    pub(crate) const P_BRC_TOP: u16 = 0xc64e;
    pub(crate) const P_BRC_LEFT: u16 = 0xc64f;
    pub(crate) const P_BRC_BOTTOM: u16 = 0xc650;
    pub(crate) const P_BRC_RIGHT: u16 = 0xc651;
    pub(crate) const P_SHD80: u16 = 0x442d;
    pub(crate) const P_SHD: u16 = 0xc64d;
    pub(crate) const P_ANLD80: u16 = 0xc63e;
    pub(crate) const P_N_LVL_ANM: u16 = 0x25ff;
    pub(crate) const P_OUT_LVL: u16 = 0x2640;
    pub(crate) const P_F_BI_DI: u16 = 0x2441;
    pub(crate) const P_HUGE_PAPX: u16 = 0x6646;
    pub(crate) const P_HUGE_PAPX_OLD: u16 = 0x6645;
    pub(crate) const P_ITAP: u16 = 0x6649;
    pub(crate) const P_DTAP: u16 = 0x664a;
    pub(crate) const P_F_INNER_TABLE_CELL: u16 = 0x244b;
    pub(crate) const P_F_INNER_TTP: u16 = 0x244c;
    pub(crate) const P_F_DYA_BEFORE_AUTO: u16 = 0x245b;
    pub(crate) const P_F_DYA_AFTER_AUTO: u16 = 0x245c;

    pub(crate) const PIC_SCALE: u16 = 0xce7f;

    pub(crate) const S_BKC: u16 = 0x3009;
    pub(crate) const S_F_TITLE_PAGE: u16 = 0x300a;
    pub(crate) const S_CCOLUMNS: u16 = 0x500b;
    /// Word 6 only, as `P_N_LVL_ANM`: their numbers stand for no property of Word 97.
    pub(crate) const S_GPRF_IHDT: u16 = 0x31ff;
    pub(crate) const S_OLST_ANM: u16 = 0xd202;
    pub(crate) const S_DYA_HDR_TOP: u16 = 0xb017;
    pub(crate) const S_DYA_HDR_BOTTOM: u16 = 0xb018;
    pub(crate) const S_XA_PAGE: u16 = 0xb01f;
    pub(crate) const S_YA_PAGE: u16 = 0xb020;
    pub(crate) const S_DXA_LEFT: u16 = 0xb021;
    pub(crate) const S_DXA_RIGHT: u16 = 0xb022;
    pub(crate) const S_DYA_TOP: u16 = 0x9023;
    pub(crate) const S_DYA_BOTTOM: u16 = 0x9024;
    pub(crate) const S_NFC_FTN_REF: u16 = 0x5040;
    pub(crate) const S_NFC_EDN_REF: u16 = 0x5042;
    pub(crate) const S_RNC_FTN: u16 = 0x303c;

    pub(crate) const T_JC90: u16 = 0x5400;
    pub(crate) const T_JC: u16 = 0x548a;
    pub(crate) const T_DXA_LEFT: u16 = 0x9601;
    pub(crate) const T_DXA_GAP_HALF: u16 = 0x9602;
    pub(crate) const T_TABLE_HEADER: u16 = 0x3404;
    pub(crate) const T_TABLE_BORDERS80: u16 = 0xd605;
    pub(crate) const T_TABLE_BORDERS: u16 = 0xd613;
    pub(crate) const T_DYA_ROW_HEIGHT: u16 = 0x9407;
    pub(crate) const T_DEF_TABLE: u16 = 0xd608;
    pub(crate) const T_DEF_TABLE10: u16 = 0xd606;
    pub(crate) const T_DEF_TABLE_SHD80: u16 = 0xd609;
    pub(crate) const T_DEF_TABLE_SHD: u16 = 0xd612;
    pub(crate) const T_DEF_TABLE_SHD_2ND: u16 = 0xd616;
    pub(crate) const T_DEF_TABLE_SHD_3RD: u16 = 0xd60c;
    pub(crate) const T_BRC_TOP_CV: u16 = 0xd61a;
    pub(crate) const T_BRC_LEFT_CV: u16 = 0xd61b;
    pub(crate) const T_BRC_BOTTOM_CV: u16 = 0xd61c;
    pub(crate) const T_BRC_RIGHT_CV: u16 = 0xd61d;
    pub(crate) const T_F_BI_DI90: u16 = 0x5664;
    pub(crate) const T_F_BI_DI: u16 = 0x560b;
    pub(crate) const T_SET_BRC80: u16 = 0xd620;
    pub(crate) const T_SET_BRC: u16 = 0xd62f;
    pub(crate) const T_INSERT: u16 = 0x7621;
    pub(crate) const T_DELETE: u16 = 0x5622;
    pub(crate) const T_DXA_COL: u16 = 0x7623;
    pub(crate) const T_MERGE: u16 = 0x5624;
    pub(crate) const T_SPLIT: u16 = 0x5625;
    pub(crate) const T_VERT_MERGE: u16 = 0xd62b;
    pub(crate) const T_VERT_ALIGN: u16 = 0xd62c;
    pub(crate) const T_SET_SHD80: u16 = 0x7627;
    pub(crate) const T_SET_SHD: u16 = 0xd62d;
    pub(crate) const T_CELL_PADDING: u16 = 0xd632;
    pub(crate) const T_CELL_PADDING_DEFAULT: u16 = 0xd634;
}

/// A list of properties, up to where it makes no sense any more.
pub(crate) fn sprms(list: &[u8], old: bool) -> Sprms<'_> {
    Sprms { rest: list, old }
}

pub(crate) struct Sprms<'a> {
    rest: &'a [u8],
    old: bool,
}

impl<'a> Iterator for Sprms<'a> {
    type Item = Sprm<'a>;

    fn next(&mut self) -> Option<Sprm<'a>> {
        let (code, head, length) = if self.old { self.old_head()? } else { self.new_head()? };
        // The last operand may be cut off by a damaged page.
        let operand = self.rest.get(head..)?;
        let operand = &operand[..operand.len().min(length)];
        self.rest = self.rest.get(head + length..).unwrap_or_default();
        Some(Sprm { code, operand })
    }
}

impl Sprms<'_> {
    /// The code, bytes before its operand, bytes of it ([MS-DOC] 2.2.5.1).
    fn new_head(&self) -> Option<(u16, usize, usize)> {
        let code = u16_at(self.rest, 0)?;
        Some(match code >> 13 {
            0 | 1 => (code, 2, 1),
            2 | 4 | 5 => (code, 2, 2),
            3 => (code, 2, 4),
            7 => (code, 2, 3),
            _ => self.variable(code, 2)?,
        })
    }

    fn old_head(&self) -> Option<(u16, usize, usize)> {
        let old = u8_at(self.rest, 0)?;
        let (code, length) = from_word_6(old)?;
        Some(match length {
            Length::Fixed(length) => (code, 1, length),
            Length::Said => self.variable(code, 1)?,
        })
    }

    fn variable(&self, code: u16, at: usize) -> Option<(u16, usize, usize)> {
        if matches!(code, code::T_DEF_TABLE | code::T_DEF_TABLE10) {
            return Some((code, at + 2, usize::from(u16_at(self.rest, at)?).saturating_sub(1)));
        }
        let length = usize::from(u8_at(self.rest, at)?);
        if code == code::P_CHG_TABS && length == 255 {
            // The length does not fit: counts of removed and added stops say it.
            let removed = 4 * usize::from(u8_at(self.rest, at + 1)?);
            let added = 3 * usize::from(u8_at(self.rest, at + 2 + removed)?);
            return Some((code, at + 1, 2 + removed + added));
        }
        Some((code, at + 1, length))
    }
}

/// How long the operand of an old code is.
enum Length {
    Fixed(usize),
    /// The next byte says it.
    Said,
}

/// The property of Word 97 that a code of Word 6 became, and its operand's length. Codes that were dropped keep a number
/// that nothing acts on.
fn from_word_6(old: u8) -> Option<(u16, Length)> {
    use Length::{Fixed, Said};
    use code::*;
    /// Nothing here acts on it.
    const NONE: u16 = 0;
    Some(match old {
        2 => (P_ISTD, Fixed(2)),
        3 | 12 | 15 | 23 => match old {
            12 => (P_ANLD80, Said),
            15 => (P_CHG_TABS_PAPX, Said),
            23 => (P_CHG_TABS, Said),
            _ => (NONE, Said),
        },
        5 => (P_JC80, Fixed(1)),
        9 => (P_F_PAGE_BREAK_BEFORE, Fixed(1)),
        13 => (P_N_LVL_ANM, Fixed(1)),
        16 => (P_DXA_RIGHT80, Fixed(2)),
        17 => (P_DXA_LEFT80, Fixed(2)),
        18 => (P_NEST80, Fixed(2)),
        19 => (P_DXA_LEFT180, Fixed(2)),
        20 => (P_DYA_LINE, Fixed(4)),
        21 => (P_DYA_BEFORE, Fixed(2)),
        22 => (P_DYA_AFTER, Fixed(2)),
        24 => (P_F_IN_TABLE, Fixed(1)),
        25 => (P_F_TTP, Fixed(1)),
        38 => (P_BRC_TOP80, Fixed(2)),
        39 => (P_BRC_LEFT80, Fixed(2)),
        40 => (P_BRC_BOTTOM80, Fixed(2)),
        41 => (P_BRC_RIGHT80, Fixed(2)),
        42 => (P_BRC_BETWEEN80, Fixed(2)),
        47 => (P_SHD80, Fixed(2)),
        4 | 6..=8 | 10 | 11 | 14 | 29 | 37 | 44 | 50 | 51 => (NONE, Fixed(1)),
        26..=28 | 30..=36 | 43 | 45 | 46 | 48 | 49 => (NONE, Fixed(2)),
        52 => (NONE, Said),
        65..=118 => return character_of_word_6(old),
        120 => (PIC_SCALE, Said),
        119 => (NONE, Fixed(1)),
        121..=124 => (NONE, Fixed(2)),
        131..=171 => return section_of_word_6(old),
        182..=200 => return table_of_word_6(old),
        _ => return None,
    })
}

fn character_of_word_6(old: u8) -> Option<(u16, Length)> {
    use Length::{Fixed, Said};
    use code::*;
    Some(match old {
        65 => (C_F_RMARK_DEL, Fixed(1)),
        66 => (C_F_RMARK_INS, Fixed(1)),
        68 => (C_PIC_LOCATION, Said),
        71 => (C_F_DATA, Fixed(1)),
        74 => (C_SYMBOL, Said),
        75 => (C_F_OLE2, Fixed(1)),
        77 => (C_HIGHLIGHT, Fixed(1)),
        80 => (C_ISTD, Fixed(2)),
        83 => (C_PLAIN, Fixed(0)),
        85 => (C_F_BOLD, Fixed(1)),
        86 => (C_F_ITALIC, Fixed(1)),
        87 => (C_F_STRIKE, Fixed(1)),
        90 => (C_F_SMALL_CAPS, Fixed(1)),
        91 => (C_F_CAPS, Fixed(1)),
        92 => (C_F_VANISH, Fixed(1)),
        93 => (C_RG_FTC0, Fixed(2)),
        94 => (C_KUL, Fixed(1)),
        95 => (C_SIZE_POS, Fixed(3)),
        98 => (C_ICO, Fixed(1)),
        99 => (C_HPS, Fixed(2)),
        101 => (C_HPS_POS, Fixed(2)),
        104 => (C_ISS, Fixed(1)),
        117 => (C_F_SPEC, Fixed(1)),
        118 => (C_F_OBJ, Fixed(1)),
        67 | 88 | 89 | 100 | 102 => (0, Fixed(1)),
        69 | 72 | 96 | 97 | 107 | 109..=112 => (0, Fixed(2)),
        73 => (0, Fixed(3)),
        70 => (0, Fixed(4)),
        81 | 82 | 103 | 105 | 106 | 108 | 113 | 115 | 116 => (0, Said),
        _ => return None,
    })
}

fn section_of_word_6(old: u8) -> Option<(u16, Length)> {
    use Length::{Fixed, Said};
    use code::*;
    Some(match old {
        142 => (S_BKC, Fixed(1)),
        143 => (S_F_TITLE_PAGE, Fixed(1)),
        144 => (S_CCOLUMNS, Fixed(2)),
        153 => (S_GPRF_IHDT, Fixed(1)),
        164 => (S_XA_PAGE, Fixed(2)),
        165 => (S_YA_PAGE, Fixed(2)),
        166 => (S_DXA_LEFT, Fixed(2)),
        167 => (S_DXA_RIGHT, Fixed(2)),
        168 => (S_DYA_TOP, Fixed(2)),
        169 => (S_DYA_BOTTOM, Fixed(2)),
        133 => (S_OLST_ANM, Said),
        136 | 137 => (0, Fixed(3)),
        131 | 132 | 138 | 139 | 146 | 147 | 150..=152 | 158 | 159 | 162 => (0, Fixed(1)),
        140 | 141 | 145 | 148 | 149 | 154..=157 | 160 | 161 | 163 | 170 | 171 => (0, Fixed(2)),
        _ => return None,
    })
}

fn table_of_word_6(old: u8) -> Option<(u16, Length)> {
    use Length::{Fixed, Said};
    use code::*;
    Some(match old {
        182 => (T_JC90, Fixed(2)),
        183 => (T_DXA_LEFT, Fixed(2)),
        184 => (T_DXA_GAP_HALF, Fixed(2)),
        185 => (0, Fixed(1)),
        186 => (T_TABLE_HEADER, Fixed(1)),
        187 => (T_TABLE_BORDERS80, Fixed(12)),
        188 => (T_DEF_TABLE10, Said),
        189 => (T_DYA_ROW_HEIGHT, Fixed(2)),
        190 => (T_DEF_TABLE, Said),
        191 => (T_DEF_TABLE_SHD80, Said),
        192 => (0, Fixed(4)),
        193 => (T_SET_BRC80, Fixed(5)),
        194 => (T_INSERT, Fixed(4)),
        195 => (T_DELETE, Fixed(2)),
        196 => (T_DXA_COL, Fixed(4)),
        197 => (T_MERGE, Fixed(2)),
        198 => (T_SPLIT, Fixed(2)),
        199 => (0, Fixed(5)),
        200 => (T_SET_SHD80, Fixed(4)),
        _ => return None,
    })
}

/// A property that a piece of text has as a whole: one of few codes, with one byte ([MS-DOC] 2.9.215).
pub(crate) fn of_piece(number: u8, value: &[u8]) -> Option<Sprm<'_>> {
    let code = match number {
        12 => code::P_ILVL,
        0x78 => code::P_OUT_LVL,
        0x79 => code::P_F_BI_DI,
        // The rest kept the numbers of Word 6.
        5
        | 9
        | 24
        | 25
        | 0x41
        | 0x42
        | 0x47
        | 0x4b
        | 0x4d
        | 0x53
        | 0x55..=0x57
        | 0x5a..=0x5c
        | 0x5e
        | 0x62
        | 0x68
        | 0x75
        | 0x76 => from_old(number)?,
        0x73 => code::C_F_DSTRIKE,
        _ => return None,
    };
    Some(Sprm { code, operand: value })
}

/// Numbers that pieces and Word 6 share; `0x5e` and on are the characters' own.
fn from_old(number: u8) -> Option<u16> {
    Some(match number {
        0x5e => code::C_KUL,
        0x62 => code::C_ICO,
        0x68 => code::C_ISS,
        0x75 => code::C_F_SPEC,
        0x76 => code::C_F_OBJ,
        number => from_word_6(number)?.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_by_the_lengths_of_their_operands() {
        // Bold, size, tabs with the long form, a table definition (its length counts from its second byte).
        let new = [
            0x35, 0x08, 1, 0x43, 0x4a, 24, 0, 0x15, 0xc6, 255, 1, 9, 9, 8, 8, 1, 7, 7, 6, 0x08, 0xd6, 4, 0,
            1, 2, 3, 0x03, 0x24, 2,
        ];
        let codes: Vec<_> = sprms(&new, false).map(|sprm| (sprm.code, sprm.operand.len())).collect();
        let expected = [
            (code::C_F_BOLD, 1),
            (code::C_HPS, 2),
            (code::P_CHG_TABS, 9),
            (code::T_DEF_TABLE, 3),
            (code::P_JC80, 1),
        ];
        assert_eq!(codes, expected);
    }

    #[test]
    fn codes_of_word_6_become_those_of_word_97() {
        let old = [5, 1, 68, 4, 1, 2, 3, 4, 99, 20, 0, 190, 3, 0, 1, 2, 85, 1];
        let codes: Vec<_> = sprms(&old, true).map(|sprm| (sprm.code, sprm.operand.len())).collect();
        let expected = [
            (code::P_JC80, 1),
            (code::C_PIC_LOCATION, 4),
            (code::C_HPS, 2),
            (code::T_DEF_TABLE, 2),
            (code::C_F_BOLD, 1),
        ];
        assert_eq!(codes, expected);
        assert_eq!(of_piece(0x55, &[1]).map(|sprm| sprm.code), Some(code::C_F_BOLD));
        assert_eq!(of_piece(5, &[1]).map(|sprm| sprm.code), Some(code::P_JC80));
    }

    #[test]
    fn what_is_cut_off_ends_the_list() {
        for list in [&[0x35][..], &[0x35, 0x08], &[0x15, 0xc6, 255, 9], &[0x08, 0xd6, 0xff]] {
            let lengths: Vec<_> = sprms(list, false).map(|sprm| sprm.operand.len()).collect();
            assert!(lengths.iter().sum::<usize>() == 0, "{list:?}");
        }
        assert_eq!(sprms(&[250, 1, 2], true).count(), 0);
    }
}
