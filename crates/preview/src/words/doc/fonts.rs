//! Names of fonts and what encoding single bytes in them have ([MS-DOC] 2.9.286, 2.9.78).

use encoding_rs::{
    BIG5, EUC_KR, Encoding, GBK, MACINTOSH, SHIFT_JIS, WINDOWS_874, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252,
    WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256, WINDOWS_1257, WINDOWS_1258,
};

use super::fib::{At, Fib};
use crate::container::bytes::{slice, u8_at, u16_at};

/// Fonts that a document may have; programs make a few dozen.
const FONTS: usize = 4096;

#[derive(Debug)]
pub(crate) struct Font {
    pub(crate) name: String,
    charset: u8,
}

#[derive(Debug, Default)]
pub(crate) struct Fonts {
    fonts: Vec<Font>,
    /// Of text in single bytes whose font says nothing.
    pub(crate) usual: Option<&'static Encoding>,
}

impl Fonts {
    pub(crate) fn read(fib: &Fib, tables: &[u8]) -> Self {
        let table = fib.table(tables, At::Fonts);
        let mut fonts = Vec::new();
        // Counts, or in Word 6 the length of everything, come first.
        let mut rest = table.get(if fib.old { 2 } else { 4 }..).unwrap_or_default();
        while let Some(length) =
            u8_at(rest, 0).map(usize::from).filter(|length| *length > 0 && fonts.len() < FONTS)
        {
            let entry = slice(rest, 1, length).unwrap_or_default();
            fonts.push(font(entry, fib.old));
            rest = rest.get(1 + length..).unwrap_or_default();
        }
        Self { fonts, usual: of_language(fib.language) }
    }

    pub(crate) fn get(&self, index: u16) -> Option<&Font> {
        self.fonts.get(usize::from(index))
    }

    /// The encoding of single bytes in a font (Word 6 and 95).
    pub(crate) fn encoding(&self, index: u16) -> &'static Encoding {
        let said = self.get(index).and_then(|font| of_charset(font.charset));
        said.or(self.usual).unwrap_or(WINDOWS_1252)
    }
}

fn font(entry: &[u8], old: bool) -> Font {
    let charset = u8_at(entry, 3).unwrap_or(0);
    let name = if old {
        let name = entry.get(5..).unwrap_or_default();
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        let encoding = of_charset(charset).unwrap_or(WINDOWS_1252);
        encoding.decode_without_bom_handling(name).0.into_owned()
    } else {
        let units = entry.get(39..).unwrap_or_default();
        let units = units.chunks_exact(2).filter_map(|pair| u16_at(pair, 0)).take_while(|unit| *unit != 0);
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    Font { name, charset }
}

/// Charsets of Windows fonts.
fn of_charset(charset: u8) -> Option<&'static Encoding> {
    Some(match charset {
        77 => MACINTOSH,
        128 => SHIFT_JIS,
        129 | 130 => EUC_KR,
        134 => GBK,
        136 => BIG5,
        161 => WINDOWS_1253,
        162 => WINDOWS_1254,
        163 => WINDOWS_1258,
        177 => WINDOWS_1255,
        178 => WINDOWS_1256,
        186 => WINDOWS_1257,
        204 => WINDOWS_1251,
        222 => WINDOWS_874,
        238 => WINDOWS_1250,
        _ => return None,
    })
}

/// What programs of a language write, by the primary language in the lower ten bits.
fn of_language(language: u16) -> Option<&'static Encoding> {
    Some(match language & 0x3ff {
        0x01 | 0x20 | 0x29 => WINDOWS_1256,
        0x02 | 0x19 | 0x22 | 0x23 | 0x2f => WINDOWS_1251,
        0x04 if matches!(language, 0x0404 | 0x0c04 | 0x1404) => BIG5,
        0x04 => GBK,
        0x05 | 0x0e | 0x15 | 0x18 | 0x1a | 0x1b | 0x1c | 0x24 => WINDOWS_1250,
        0x08 => WINDOWS_1253,
        0x0d => WINDOWS_1255,
        0x11 => SHIFT_JIS,
        0x12 => EUC_KR,
        0x1e => WINDOWS_874,
        0x1f => WINDOWS_1254,
        0x25..=0x27 => WINDOWS_1257,
        0x2a => WINDOWS_1258,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_encodings_are_read_from_both_kinds_of_entries() {
        let mut entry = vec![0; 39];
        entry[3] = 2;
        entry.extend("Wingdings\0x".encode_utf16().flat_map(u16::to_le_bytes));
        let wingdings = font(&entry, false);
        assert_eq!((wingdings.name.as_str(), of_charset(wingdings.charset)), ("Wingdings", None));
        let cyrillic = font(b"\0\0\0\xcc\0\xd2\xe8\0Other\0", true);
        assert_eq!((cyrillic.name.as_str(), of_charset(cyrillic.charset)), ("Ти", Some(WINDOWS_1251)));
        let fonts = Fonts { fonts: vec![cyrillic], usual: of_language(0x0405) };
        assert_eq!((fonts.encoding(0), fonts.encoding(1)), (WINDOWS_1251, WINDOWS_1250));
        assert_eq!(font(b"", true).name, "");
    }
}
