//! Character sets of documents and their fonts (RTF 1.9.1, "Character Set", "Font Table").

use encoding_rs::{
    BIG5, EUC_KR, Encoding, GBK, MACINTOSH, SHIFT_JIS, UTF_8, WINDOWS_874, WINDOWS_1250, WINDOWS_1251,
    WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256, WINDOWS_1257, WINDOWS_1258,
    X_MAC_CYRILLIC,
};

/// How bytes become characters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Charset {
    Known(&'static Encoding),
    /// The upper half of a code page of DOS.
    Dos(&'static str),
    /// A font of pictures: bytes are places in it.
    Symbol,
}

/// Code page 437, from 0x80 on.
const DOS_437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
/// Code page 850, from 0x80 on.
const DOS_850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";
/// Code page 852, from 0x80 on.
const DOS_852: &str = "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{ad}˝˛ˇ˘§÷¸°¨˙űŘř■\u{a0}";

impl Charset {
    pub(super) const ANSI: Self = Self::Known(WINDOWS_1252);

    /// By the number of a Windows code page.
    pub(super) fn of_page(page: i32) -> Option<Self> {
        Some(Self::Known(match page {
            437 => return Some(Self::Dos(DOS_437)),
            850 | 858 => return Some(Self::Dos(DOS_850)),
            852 => return Some(Self::Dos(DOS_852)),
            42 => return Some(Self::Symbol),
            866 => encoding_rs::IBM866,
            874 => WINDOWS_874,
            932 | 10001 => SHIFT_JIS,
            936 | 10008 => GBK,
            949 | 1361 | 10003 => EUC_KR,
            950 | 10002 => BIG5,
            1250 => WINDOWS_1250,
            1251 => WINDOWS_1251,
            1252 | 819 => WINDOWS_1252,
            1253 => WINDOWS_1253,
            1254 => WINDOWS_1254,
            1255 => WINDOWS_1255,
            1256 => WINDOWS_1256,
            1257 => WINDOWS_1257,
            1258 => WINDOWS_1258,
            10000 => MACINTOSH,
            10007 => X_MAC_CYRILLIC,
            20866 => encoding_rs::KOI8_R,
            65001 => UTF_8,
            _ => return None,
        }))
    }

    /// By `\fcharset`; none where that leaves it to the document.
    pub(super) fn of_font(charset: i32) -> Option<Self> {
        Self::of_page(match charset {
            0 => 1252,
            2 => 42,
            77 => 10000,
            78 | 128 => 932,
            79 | 129 => 949,
            80 | 134 => 936,
            81 | 136 => 950,
            89 => 10007,
            130 => 1361,
            161 => 1253,
            162 => 1254,
            163 => 1258,
            177 => 1255,
            178..=180 => 1256,
            186 => 1257,
            204 => 1251,
            222 => 874,
            238 => 1250,
            254 => 437,
            255 => 850,
            _ => return None,
        })
    }

    /// By the ending that Windows 3 gave the names of its fonts.
    pub(super) fn of_font_name(name: &str) -> Option<Self> {
        const ENDINGS: [(&str, i32); 8] = [
            (" CE", 1250),
            (" Cyr", 1251),
            (" Greek", 1253),
            (" Tur", 1254),
            (" (Hebrew)", 1255),
            (" (Arabic)", 1256),
            (" Baltic", 1257),
            (" (Vietnamese)", 1258),
        ];
        let (_, page) = ENDINGS.iter().find(|(ending, _)| name.ends_with(ending))?;
        Self::of_page(*page)
    }

    /// A character may take two bytes.
    pub(super) fn is_double(self) -> bool {
        matches!(self, Self::Known(encoding) if !encoding.is_single_byte())
    }

    /// Adds what `bytes` say to `text`.
    pub(super) fn decode(self, bytes: &[u8], text: &mut String) {
        match self {
            Self::Known(encoding) => text.push_str(&encoding.decode_without_bom_handling(bytes).0),
            Self::Symbol => text.extend(bytes.iter().map(|byte| char::from(*byte))),
            Self::Dos(upper) => text.extend(bytes.iter().map(|byte| match byte.checked_sub(0x80) {
                None => char::from(*byte),
                Some(place) => upper.chars().nth(usize::from(place)).unwrap_or(char::REPLACEMENT_CHARACTER),
            })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_in_the_charset_of_their_font() {
        for (charset, bytes, expected) in [
            (0, &b"\xe9\x80"[..], "é€"),
            (128, b"\x92\x86\x83V", "中シ"),
            (134, b"\xd3\xa1", "印"),
            (136, b"\xa4\xa4", "中"),
            (129, b"\xb8\xbc", "맑"),
            (204, b"\xcf\xf0", "Пр"),
            (238, b"\xa3\xb9", "Łą"),
            (178, b"\xc7", "ا"),
            (77, b"\x8e", "é"),
            (254, b"\xe1a\xff", "ßa\u{a0}"),
            (255, b"\xe1", "ß"),
            (2, b"\xb7", "\u{b7}"),
        ] {
            let mut text = String::new();
            if let Some(known) = Charset::of_font(charset) {
                known.decode(bytes, &mut text);
            }
            assert_eq!(text, expected, "{charset}");
        }
        assert_eq!(Charset::of_font(1), None);
        assert_eq!(Charset::of_font_name("Arial CE"), Charset::of_page(1250));
        for table in [DOS_437, DOS_850, DOS_852] {
            assert_eq!(table.chars().count(), 128);
        }
    }
}
