//! How characters look (RTF 1.9.1, "Font (Character) Formatting Properties", "Associated Character Properties").

use super::charset::Charset;
use super::tables::{Colors, Fonts};
use crate::model::{Script, TextStyle};

/// Which of its fonts a run is in: Latin, East Asian, or that of scripts read from right to left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Run {
    #[default]
    Latin,
    Double,
    Right,
}

/// What scripts have each of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Face {
    font: Option<i32>,
    /// Half-points.
    size: Option<u16>,
    bold: bool,
    italic: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Chars {
    run: Run,
    latin: Face,
    /// None until it is said: other writers than Word say the same of all scripts.
    right: Option<Face>,
    /// The font of East Asian text.
    double: Option<i32>,
    underline: bool,
    strike: bool,
    script: Option<Script>,
    pub(super) caps: bool,
    small_caps: bool,
    pub(super) hidden: bool,
    deleted: bool,
    inserted: bool,
    /// Places in the colour table; 0 = none.
    color: u16,
    highlight: u16,
    behind: u16,
}

/// Half-points: what `\plain` means.
const PLAIN_SIZE: u16 = 24;

impl Chars {
    /// Takes a control word, where it is one of characters.
    pub(super) fn word(&mut self, name: &str, parameter: Option<i32>) -> bool {
        let on = parameter != Some(0);
        let value = parameter.unwrap_or(0);
        let place = u16::try_from(value).unwrap_or(0);
        match name {
            "plain" => *self = Self::default(),
            "b" => self.latin.bold = on,
            "i" => self.latin.italic = on,
            "f" => self.set_font(value),
            "fs" => self.latin.size = u16::try_from(value).ok().filter(|size| *size > 0),
            "cf" => self.color = place,
            "highlight" => self.highlight = place,
            "cb" | "chcbpat" => self.behind = place,
            "strike" | "striked" => self.strike = on,
            "v" => self.hidden = on,
            "caps" => self.caps = on,
            "scaps" => self.small_caps = on,
            "deleted" => self.deleted = on,
            "revised" => self.inserted = on,
            "super" => self.script = on.then_some(Script::Super),
            "sub" => self.script = on.then_some(Script::Sub),
            "up" => self.script = on.then_some(Script::Super),
            "dn" => self.script = on.then_some(Script::Sub),
            "nosupersub" => self.script = None,
            "ulnone" => self.underline = false,
            "ulc" => {}
            _ if name.starts_with("ul") => self.underline = on,
            _ => return self.face_word(name, parameter),
        }
        true
    }

    /// Control words of the associated fonts.
    fn face_word(&mut self, name: &str, parameter: Option<i32>) -> bool {
        let on = parameter != Some(0);
        let value = parameter.unwrap_or(0);
        match (name, self.run) {
            ("loch" | "hich" | "ltrch", _) => self.run = Run::Latin,
            ("dbch", _) => self.run = Run::Double,
            ("rtlch", _) => self.run = Run::Right,
            ("af", Run::Double) => self.double = Some(value),
            ("af" | "afs" | "ab" | "ai", Run::Right) => {
                let face = self.right.get_or_insert_default();
                match name {
                    "af" => face.font = Some(value),
                    "afs" => face.size = u16::try_from(value).ok().filter(|size| *size > 0),
                    "ab" => face.bold = on,
                    _ => face.italic = on,
                }
            }
            ("af" | "afs" | "ab" | "ai" | "fcs", _) => {}
            _ => return false,
        }
        true
    }

    fn set_font(&mut self, number: i32) {
        if self.run == Run::Double {
            self.double = Some(number);
        }
        self.latin.font = Some(number);
    }

    pub(super) const fn set_script(&mut self, script: Script) {
        self.script = Some(script);
    }

    /// The font that text with these properties is in.
    pub(super) fn font(&self, default: i32) -> i32 {
        let own = match self.run {
            Run::Right => self.right.and_then(|face| face.font),
            // Said before Latin text as well, and no reader misses it in East Asian text.
            Run::Latin | Run::Double => None,
        };
        own.or(self.latin.font).or(self.double).unwrap_or(default)
    }

    /// How bytes of this text are read. Fonts for scripts that are not the run's own don't count: `\dbch\af` is also set
    /// before Latin text.
    pub(super) fn charset(&self, fonts: &Fonts, default: i32) -> Option<Charset> {
        let of = |number: i32| fonts.get(number).and_then(super::tables::Font::charset);
        let double = self.double.and_then(of).filter(|charset| charset.is_double());
        // Where no font is named, that of the document counts only if it says more than the document does.
        let latin = match self.latin.font {
            Some(font) => of(font),
            None => of(default).filter(|charset| *charset != Charset::ANSI),
        };
        match self.run {
            Run::Double => double.or(latin),
            Run::Right => self.right.and_then(|face| face.font).and_then(of).or(latin),
            Run::Latin => latin,
        }
    }

    pub(super) fn style(&self, fonts: &Fonts, colors: &Colors, default: i32) -> TextStyle {
        let face = self.right.filter(|_| self.run == Run::Right).unwrap_or(self.latin);
        let size = face.size.or(self.latin.size).unwrap_or(PLAIN_SIZE);
        // Glyphs of symbol fonts are given as characters of any font.
        let font =
            fonts.get(self.font(default)).filter(|font| !font.is_symbol()).map(|font| font.name.clone());
        TextStyle {
            bold: face.bold,
            italic: face.italic,
            underline: self.underline,
            strike: self.strike,
            script: self.script,
            small_caps: self.small_caps,
            font: font.filter(|name| !name.is_empty()),
            size: Some(f32::from(size) / 2.0),
            color: colors.get(self.color),
            highlight: if self.highlight > 0 { colors.get(self.highlight) } else { colors.get(self.behind) },
            inserted: self.inserted,
            deleted: self.deleted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(words: &[(&str, Option<i32>)]) -> Chars {
        let mut chars = Chars::default();
        for (name, value) in words {
            assert!(chars.word(name, *value), "{name}");
        }
        chars
    }

    #[test]
    fn words_switch_on_and_off() {
        let style = |words: &[(&str, Option<i32>)]| {
            let style = chars(words).style(&Fonts::default(), &Colors::default(), 0);
            let marks = [style.bold, style.italic, style.underline, style.strike, style.inserted];
            (marks.map(u8::from), style.script, style.size)
        };
        for (words, expected) in [
            (&[("b", None), ("i", Some(1))][..], ([1, 1, 0, 0, 0], None, Some(12.0))),
            (&[("b", None), ("b", Some(0)), ("uldash", None)], ([0, 0, 1, 0, 0], None, Some(12.0))),
            (&[("ul", None), ("ulnone", None), ("striked", Some(1))], ([0, 0, 0, 1, 0], None, Some(12.0))),
            (&[("fs", Some(21)), ("super", None)], ([0; 5], Some(Script::Super), Some(10.5))),
            (&[("up", Some(6)), ("up", Some(0)), ("fs", Some(-4))], ([0; 5], None, Some(12.0))),
            (&[("dn", None), ("revised", None)], ([0, 0, 0, 0, 1], Some(Script::Sub), Some(12.0))),
            (&[("b", None), ("plain", None)], ([0; 5], None, Some(12.0))),
            (
                &[("fs", Some(20)), ("rtlch", None), ("ab", None), ("afs", Some(40))],
                ([1, 0, 0, 0, 0], None, Some(20.0)),
            ),
            (
                &[("rtlch", None), ("ab", None), ("afs", Some(40)), ("ltrch", None), ("fs", Some(20))],
                ([0; 5], None, Some(10.0)),
            ),
            (&[("rtlch", None), ("b", None), ("fs", Some(30))], ([1, 0, 0, 0, 0], None, Some(15.0))),
        ] {
            assert_eq!(style(words), expected, "{words:?}");
        }
    }

    #[test]
    fn bytes_belong_to_the_script_of_the_run() {
        let mut fonts = Fonts::default();
        for (number, charset) in [(0, 0), (1, 128), (2, 178)] {
            fonts.word("f", number);
            fonts.word("fcharset", charset);
            fonts.text("x;");
        }
        for (words, page) in [
            (&[("f", Some(0)), ("dbch", None), ("af", Some(1))][..], 932),
            (&[("dbch", None), ("af", Some(1)), ("hich", None), ("f", Some(0))], 1252),
            (&[("f", Some(1)), ("dbch", None), ("af", Some(0))], 932),
            (&[("ltrch", None), ("f", Some(0)), ("rtlch", None), ("af", Some(2))], 1256),
            (&[], 0),
        ] {
            assert_eq!(chars(words).charset(&fonts, 0), Charset::of_page(page), "{words:?}");
        }
        assert_eq!(chars(&[]).charset(&fonts, 1), Charset::of_page(932), "the font of the document");
    }
}
