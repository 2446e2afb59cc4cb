//! Letters in metafiles ([MS-EMF] 2.2.13 `LogFont`, [MS-WMF] 2.2.1.2).

use std::fmt::Write as _;

use encoding_rs::Encoding;

use super::canvas::{Hex, Rgb, Short};
use super::space::Point;

/// How much of a font's height is above its base line, and how high a line is, as shares of its size.
const ASCENT: f64 = 0.9;
const LINE: f64 = 1.15;
/// Characters of a font's name.
const NAME: usize = 64;

/// A font.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Font {
    pub(super) name: String,
    /// In coordinates of records: of a line; of the letters as a negative number.
    pub(super) height: f64,
    /// Tenths of a degree, counterclockwise.
    pub(super) turn: f64,
    /// 400 = normal, 700 = bold.
    pub(super) weight: u32,
    pub(super) italic: bool,
    pub(super) underline: bool,
    pub(super) strike: bool,
    /// [MS-WMF] 2.1.1.5 `CharacterSet`.
    pub(super) charset: u8,
}

impl Default for Font {
    fn default() -> Self {
        Self {
            name: String::new(),
            height: -12.0,
            turn: 0.0,
            weight: 400,
            italic: false,
            underline: false,
            strike: false,
            charset: 0,
        }
    }
}

impl Font {
    /// Of letters, in coordinates of records.
    fn size(&self) -> f64 {
        match self.height {
            height if height < 0.0 => -height,
            height if height > 0.0 => height / LINE,
            _ => 12.0,
        }
    }

    /// Bytes of a text in the font's character set.
    pub(super) fn decode(&self, bytes: &[u8]) -> String {
        let encoding: &'static Encoding = match self.charset {
            77 => encoding_rs::MACINTOSH,
            128 => encoding_rs::SHIFT_JIS,
            129 | 130 => encoding_rs::EUC_KR,
            134 => encoding_rs::GBK,
            136 => encoding_rs::BIG5,
            161 => encoding_rs::WINDOWS_1253,
            162 => encoding_rs::WINDOWS_1254,
            163 => encoding_rs::WINDOWS_1258,
            177 => encoding_rs::WINDOWS_1255,
            178 => encoding_rs::WINDOWS_1256,
            186 => encoding_rs::WINDOWS_1257,
            204 => encoding_rs::WINDOWS_1251,
            222 => encoding_rs::WINDOWS_874,
            238 => encoding_rs::WINDOWS_1250,
            _ => encoding_rs::WINDOWS_1252,
        };
        encoding.decode_without_bom_handling(bytes).0.into_owned()
    }
}

/// How the next text looks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct TextStyle {
    pub(super) font: Font,
    pub(super) color: Rgb,
    /// [MS-WMF] 2.1.2.3 `TextAlignmentMode`.
    pub(super) align: u32,
}

impl TextStyle {
    /// Text stands where the last one ended.
    pub(super) const fn follows(&self) -> bool {
        self.align & 1 != 0
    }

    /// Writes a text at a place in the picture. `upright`: how much higher letters become, and how far they are turned.
    pub(super) fn put(
        &self,
        out: &mut String,
        text: &str,
        place: Point,
        upright: (f64, f64),
        width: Option<f64>,
    ) {
        let size = self.font.size() * upright.0;
        let turn = upright.1 - self.font.turn / 10.0;
        let below = match self.align & 0x18 {
            0x18 => 0.0,
            0x08 => size * (ASCENT - LINE),
            _ => size * ASCENT,
        };
        // Below is below the text, turned as it is.
        let (sin, cos) = turn.to_radians().sin_cos();
        let (x, y) = (place.x - below * sin, place.y + below * cos);
        let anchor = match self.align & 6 {
            2 => " text-anchor=\"end\"",
            6 => " text-anchor=\"middle\"",
            _ => "",
        };
        let _ = write!(out, "<text x=\"{}\" y=\"{}\"{anchor}", Short(x), Short(y));
        let _ = write!(out, " font-size=\"{}\" fill=\"{}\"", Short(size), Hex(self.color));
        self.put_font(out);
        if turn != 0.0 {
            let _ = write!(out, " transform=\"rotate({} {} {})\"", Short(turn), Short(x), Short(y));
        }
        if let Some(width) = width.filter(|width| *width > 0.0 && text.chars().nth(1).is_some()) {
            let _ = write!(out, " textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\"", Short(width));
        }
        out.push_str(" xml:space=\"preserve\">");
        escape(out, text);
        out.push_str("</text>");
    }

    fn put_font(&self, out: &mut String) {
        let font = &self.font;
        if !font.name.is_empty() {
            out.push_str(" font-family=\"");
            // A name is only a name: quotes and commas would make it a list.
            let plain = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
            out.extend(font.name.chars().filter(plain).take(NAME));
            out.push_str(",sans-serif\"");
        } else {
            out.push_str(" font-family=\"sans-serif\"");
        }
        for (set, attribute) in [
            (font.weight >= 600, " font-weight=\"bold\""),
            (font.italic, " font-style=\"italic\""),
            (font.underline, " text-decoration=\"underline\""),
            (font.strike && !font.underline, " text-decoration=\"line-through\""),
        ] {
            if set {
                out.push_str(attribute);
            }
        }
    }
}

/// Text between elements; characters that XML does not have are left out.
fn escape(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\u{fffe}' | '\u{ffff}' => {}
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_placed() {
        let font = Font { name: "A\"><script>, B".to_owned(), height: -10.0, weight: 700, ..Font::default() };
        let mut style = TextStyle { font, align: 2, ..TextStyle::default() };
        let mut out = String::new();
        style.put(&mut out, "a<b>&\u{1}c", Point::new(5.0, 5.0), (2.0, 0.0), Some(30.0));
        assert_eq!(
            out,
            "<text x=\"5\" y=\"23\" text-anchor=\"end\" font-size=\"20\" fill=\"#000000\" \
             font-family=\"Ascript B,sans-serif\" font-weight=\"bold\" textLength=\"30\" \
             lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\">a&lt;b&gt;&amp;c</text>"
        );
        out.clear();
        style.align = 0x18;
        style.font.turn = 900.0;
        style.put(&mut out, "x", Point::new(5.0, 5.0), (1.0, 0.0), None);
        assert!(out.contains("x=\"5\" y=\"5\"") && out.contains("rotate(-90 5 5)"), "{out}");
    }

    #[test]
    fn bytes_are_read_in_the_character_set_of_the_font() {
        for (charset, bytes, expected) in
            [(0, &b"\xe9"[..], "é"), (204, b"\xe9", "й"), (128, b"\x93\xfa", "日")]
        {
            assert_eq!(Font { charset, ..Font::default() }.decode(bytes), expected);
        }
    }
}
