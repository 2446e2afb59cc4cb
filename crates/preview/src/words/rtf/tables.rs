//! What a document's header lists for its text to name by number: fonts, colours, styles.

use std::collections::HashMap;

use super::charset::Charset;
use crate::model::{Color, Heading};
use crate::words::symbols::is_symbol_font;

/// Entries of each table; real documents have some hundred.
const MOST: usize = 32_768;

/// A font.
#[derive(Clone, Debug, Default)]
pub(super) struct Font {
    pub(super) name: String,
    charset: Option<i32>,
    /// `\cpg`, which says more than the charset.
    page: Option<i32>,
}

impl Font {
    /// How the bytes of its text are read; none leaves it to the document.
    pub(super) fn charset(&self) -> Option<Charset> {
        let page = self.page.and_then(Charset::of_page);
        page.or_else(|| match self.charset {
            None | Some(1) => Charset::of_font_name(&self.name),
            Some(charset) => Charset::of_font(charset),
        })
    }

    /// Its characters are pictures.
    pub(super) fn is_symbol(&self) -> bool {
        self.charset == Some(2) || is_symbol_font(&self.name)
    }
}

/// The font table, and the entry that is being read.
#[derive(Debug, Default)]
pub(super) struct Fonts {
    known: HashMap<i32, Font>,
    current: Option<(i32, Font)>,
}

impl Fonts {
    pub(super) fn word(&mut self, name: &str, value: i32) {
        match (name, &mut self.current) {
            ("f", _) => {
                self.end();
                self.current = Some((value, Font::default()));
            }
            ("fcharset", Some((_, font))) => font.charset = Some(value),
            ("cpg", Some((_, font))) => font.page = Some(value),
            _ => {}
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        let Some((_, font)) = &mut self.current else { return };
        let (name, ends) = text.split_once(';').map_or((text, false), |(name, _)| (name, true));
        if font.name.len() + name.len() <= 256 {
            font.name.push_str(name);
        }
        if ends {
            self.end();
        }
    }

    /// The entry is over.
    pub(super) fn end(&mut self) {
        if let Some((number, mut font)) = self.current.take()
            && self.known.len() < MOST
        {
            font.name = font.name.trim().to_owned();
            self.known.insert(number, font);
        }
    }

    /// The charset of the entry that is being read: its name is in it too.
    pub(super) fn current_charset(&self) -> Option<Charset> {
        self.current.as_ref()?.1.charset().filter(|charset| *charset != Charset::Symbol)
    }

    pub(super) fn get(&self, number: i32) -> Option<&Font> {
        self.known.get(&number)
    }
}

/// The colour table.
#[derive(Debug, Default)]
pub(super) struct Colors {
    known: Vec<Option<[u8; 3]>>,
    current: [Option<u8>; 3],
}

impl Colors {
    pub(super) fn word(&mut self, name: &str, value: i32) {
        let place = match name {
            "red" => 0,
            "green" => 1,
            "blue" => 2,
            _ => return,
        };
        self.current[place] = Some(value.clamp(0, 255) as u8);
    }

    pub(super) fn text(&mut self, text: &str) {
        for _ in text.matches(';') {
            let current = std::mem::take(&mut self.current);
            let color = current.iter().any(Option::is_some).then(|| current.map(Option::unwrap_or_default));
            if self.known.len() < MOST {
                self.known.push(color);
            }
        }
    }

    /// None where it is left to the reader (`auto`).
    pub(super) fn channels(&self, number: u16) -> Option<[u8; 3]> {
        *self.known.get(usize::from(number))?
    }

    pub(super) fn get(&self, number: u16) -> Option<Color> {
        self.channels(number).map(|[red, green, blue]| Color::rgb(red, green, blue))
    }

    /// What a pattern of `hundredths` of a percent looks like; colour 0 is black before and white behind.
    pub(super) fn pattern(&self, hundredths: u16, before: u16, behind: u16) -> Option<Color> {
        let share = u32::from(hundredths.min(10_000));
        if share == 0 {
            return self.get(behind);
        }
        let before = self.channels(before).unwrap_or([0; 3]);
        let behind = self.channels(behind).unwrap_or([255; 3]);
        let mixed = [0, 1, 2].map(|channel| {
            let sum = u32::from(before[channel]) * share + u32::from(behind[channel]) * (10_000 - share);
            (sum / 10_000) as u8
        });
        Some(Color::rgb(mixed[0], mixed[1], mixed[2]))
    }
}

/// What is kept of a paragraph style: text repeats all formatting of its style, as Word and LibreOffice read it.
#[derive(Clone, Debug, Default)]
struct Style {
    name: String,
    level: Option<u8>,
    based_on: Option<i32>,
}

/// The style sheet, and the entry that is being read.
#[derive(Debug, Default)]
pub(super) struct Styles {
    known: HashMap<i32, Style>,
    current: Option<(i32, Style)>,
    /// The entry is of characters, sections or tables.
    other: bool,
}

impl Styles {
    /// An entry begins.
    pub(super) fn begin(&mut self) {
        self.end();
        self.current = Some((0, Style::default()));
        self.other = false;
    }

    pub(super) fn word(&mut self, name: &str, value: i32) {
        let Some((number, style)) = &mut self.current else { return };
        match name {
            "s" => *number = value,
            "cs" | "ds" | "ts" => self.other = true,
            "outlinelevel" => style.level = u8::try_from(value).ok(),
            "sbasedon" => style.based_on = Some(value),
            _ => {}
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        let Some((_, style)) = &mut self.current else { return };
        if style.name.len() + text.len() <= 256 {
            style.name.push_str(text);
        }
        if text.contains(';') {
            self.end();
        }
    }

    /// The entry is over.
    pub(super) fn end(&mut self) {
        if let Some((number, mut style)) = self.current.take()
            && !self.other
            && self.known.len() < MOST
        {
            let name = style.name.split([';', ',']).next().unwrap_or_default();
            style.name = name.trim().to_ascii_lowercase();
            self.known.insert(number, style);
        }
    }

    /// What paragraphs of this style are to the outline: by its name (Word keeps the built-in names in English), or by the
    /// level that it or a style below it has.
    pub(super) fn heading(&self, number: i32) -> Option<Heading> {
        let style = self.known.get(&number)?;
        match style.name.as_str() {
            "title" => return Some(Heading::Title),
            "subtitle" => return Some(Heading::Subtitle),
            name => {
                let level = name.strip_prefix("heading ").and_then(|level| level.trim().parse().ok());
                if let Some(level @ 1..=9) = level {
                    return Some(Heading::Level(level));
                }
            }
        }
        let mut style = style;
        for _ in 0..9 {
            if let Some(level) = style.level {
                return (level < 9).then_some(Heading::Level(level + 1));
            }
            style = self.known.get(&style.based_on?)?;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mix_their_colours() {
        let mut colors = Colors::default();
        colors.text(";");
        for (name, value) in [("red", 255), ("green", 0), ("blue", 999)] {
            colors.word(name, value);
        }
        colors.text(";");
        for (hundredths, before, behind, expected) in [
            (0, 0, 0, None),
            (0, 0, 1, Some("#ff00ff")),
            (10_000, 1, 0, Some("#ff00ff")),
            (5_000, 0, 0, Some("#7f7f7f")),
            (2_500, 0, 1, Some("#bf00bf")),
            (0, 0, 77, None),
        ] {
            let color = colors.pattern(hundredths, before, behind);
            assert_eq!(color.as_ref().map(Color::as_str), expected, "{hundredths} {before} {behind}");
        }
    }

    #[test]
    fn headings_are_known_by_name_or_level() {
        let mut styles = Styles::default();
        for (words, name) in [
            (&[("s", 1)][..], "heading 1;"),
            (&[("s", 2), ("outlinelevel", 1)], "Überschrift;"),
            (&[("s", 3), ("sbasedon", 2)], "Mine;"),
            (&[("s", 4), ("sbasedon", 4)], "Round;"),
            (&[("s", 5), ("outlinelevel", 9)], "Body;"),
            (&[("cs", 6)], "heading 6 Char;"),
            (&[("s", 7)], "Title;"),
        ] {
            styles.begin();
            words.iter().for_each(|(word, value)| styles.word(word, *value));
            styles.text(name);
        }
        let found: Vec<_> = (1..=8).map(|number| styles.heading(number)).collect();
        let level = |level| Some(Heading::Level(level));
        assert_eq!(found, [level(1), level(2), level(2), None, None, None, Some(Heading::Title), None]);
    }
}
