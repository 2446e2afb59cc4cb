//! The stylesheet ([MS-DOC] 2.9.271): every style with everything it has from the styles that it is based on.

use super::character::Character;
use super::fib::{At, Fib};
use super::lists::Lists;
use super::paragraph::ParagraphFormat;
use super::sprm::{Sprm, code, sprms};
use crate::container::bytes::{i16_at, slice, u16_at, u32_at};
use crate::model::Heading;

/// No style.
const NONE: u16 = 0x0fff;
/// Styles that may be based on each other.
const DEPTH: usize = 64;

/// Bytes of what a character style changes, with its bases; programs write some dozens.
const CHANGES: usize = 1024;

/// A style as a paragraph or a character meets it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Style {
    kind: u8,
    built_in: u16,
    pub(crate) character: Character,
    pub(crate) paragraph: ParagraphFormat,
    /// What a character style changes.
    changes: Vec<u8>,
}

/// Kinds of styles ([MS-DOC] 2.9.260).
const PARAGRAPH: u8 = 1;
const CHARACTER: u8 = 2;

impl Style {
    /// Numbers of styles that every document knows ([MS-DOC] 2.9.259).
    pub(crate) fn heading(&self) -> Option<Heading> {
        match self.built_in {
            62 => Some(Heading::Title),
            74 => Some(Heading::Subtitle),
            _ => None,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Styles {
    styles: Vec<Style>,
    usual: Style,
    old: bool,
}

/// A style as it is written.
#[derive(Clone, Copy, Default)]
struct Written<'a> {
    built_in: u16,
    kind: u8,
    base: u16,
    paragraph: &'a [u8],
    character: &'a [u8],
}

impl Styles {
    pub(crate) fn read(fib: &Fib, tables: &[u8], lists: &Lists) -> Self {
        let table = fib.table(tables, At::Styles);
        let head = usize::from(u16_at(table, 0).unwrap_or(0));
        let info = slice(table, 2, head).unwrap_or_default();
        let usual = usual(info, fib.old);
        let base_size = usize::from(u16_at(info, 2).unwrap_or(10));
        let mut written = Vec::new();
        let mut rest = table.get(2 + head..).unwrap_or_default();
        while let Some(length) =
            u16_at(rest, 0).map(usize::from).filter(|_| written.len() < usize::from(NONE))
        {
            let entry = rest.get(2..).unwrap_or_default();
            written.push(Written::read(&entry[..entry.len().min(length)], base_size, fib.old));
            // They begin at even places.
            rest = rest.get(2 + length + (length & 1)..).unwrap_or_default();
        }
        let mut styles = Self { styles: Vec::new(), usual, old: fib.old };
        let mut done: Vec<Option<Style>> = vec![None; written.len()];
        for index in 0..written.len() {
            styles.resolve(index, &written, &mut done, lists);
        }
        styles.styles = done.into_iter().map(|style| style.unwrap_or_else(|| styles.usual.clone())).collect();
        styles
    }

    /// Resolves a style and all that it is based on, the lowest first.
    fn resolve(&self, index: usize, written: &[Written<'_>], done: &mut [Option<Style>], lists: &Lists) {
        let mut chain = Vec::new();
        let mut at = Some(index);
        while let Some(index) = at.filter(|at| chain.len() < DEPTH && !chain.contains(at)) {
            let Some(style) = written.get(index).filter(|_| done.get(index).is_some_and(Option::is_none))
            else {
                break;
            };
            chain.push(index);
            at = (style.base != NONE).then_some(usize::from(style.base));
        }
        let below = chain.last().and_then(|last| written.get(*last)).map(|style| usize::from(style.base));
        let mut base = below.and_then(|below| done.get(below)?.clone()).unwrap_or_else(|| self.usual.clone());
        while let Some(index) = chain.pop() {
            let (Some(style), Some(place)) = (written.get(index), done.get_mut(index)) else { continue };
            base = self.derived(&base, style, lists);
            *place = Some(base.clone());
        }
    }

    fn derived(&self, base: &Style, written: &Written<'_>, lists: &Lists) -> Style {
        let mut style = Style { kind: written.kind, built_in: written.built_in, ..base.clone() };
        if let level @ 1..=9 = written.built_in {
            style.paragraph.outline = Some(level as u8 - 1);
        }
        let list = written.paragraph.get(2..).unwrap_or_default();
        apply_paragraph(&mut style.paragraph, list, self.old, lists, &[]);
        if written.kind == CHARACTER {
            style.changes.extend(written.character);
            style.changes.truncate(CHANGES);
        }
        for sprm in sprms(written.character, self.old) {
            style.character.apply(&sprm, &base.character, None);
        }
        style
    }

    /// A paragraph's style; the usual one where there is no such style.
    pub(crate) fn get(&self, index: u16) -> &Style {
        self.styles.get(usize::from(index)).filter(|style| style.kind == PARAGRAPH).unwrap_or(&self.usual)
    }

    /// Puts a character style over what a character has from its paragraph.
    pub(crate) fn apply_character(&self, index: u16, character: &mut Character) {
        let Some(style) = self.styles.get(usize::from(index)).filter(|style| style.kind == CHARACTER) else {
            return;
        };
        let below = character.clone();
        sprms(&style.changes, self.old).for_each(|sprm| character.apply(&sprm, &below, None));
    }
}

/// What all text has where no style says anything: the fonts of the header ([MS-DOC] 2.9.274).
fn usual(info: &[u8], old: bool) -> Style {
    let font = |at: usize| u16_at(info, at).unwrap_or(0);
    let fonts = if old { [font(12); 3] } else { [font(12), font(14), font(16)] };
    let character =
        Character { fonts, font_rtl: u16_at(info, 18).unwrap_or(fonts[0]), ..Character::default() };
    Style { kind: PARAGRAPH, built_in: NONE, character, ..Style::default() }
}

impl<'a> Written<'a> {
    /// [MS-DOC] 2.9.260; its base has `base_size` bytes, then come its name and its lists of properties.
    fn read(entry: &'a [u8], base_size: usize, old: bool) -> Self {
        let word = |at: usize| u16_at(entry, at).unwrap_or(NONE);
        let mut style = Self {
            built_in: word(0) & 0x0fff,
            kind: (word(2) & 15) as u8,
            base: word(2) >> 4,
            ..Self::default()
        };
        let name = base_size.max(8);
        let length = if old {
            entry.get(name).map(|length| 2 + usize::from(*length))
        } else {
            u16_at(entry, name).map(|length| 4 + 2 * usize::from(length))
        };
        let mut at = name + length.unwrap_or(0);
        let mut lists = [&[][..]; 3];
        for list in lists.iter_mut().take(usize::from(word(4) & 15)) {
            at += at & 1;
            let Some(length) = u16_at(entry, at).map(usize::from) else { break };
            let rest = entry.get(at + 2..).unwrap_or_default();
            *list = &rest[..rest.len().min(length)];
            at += 2 + length;
        }
        match style.kind {
            PARAGRAPH => [style.paragraph, style.character, _] = lists,
            CHARACTER => style.character = lists[0],
            _ => {}
        }
        style
    }
}

/// Applies a list of properties; where it puts the paragraph into a list, what that list's level says comes before it.
pub(crate) fn apply_paragraph(
    format: &mut ParagraphFormat,
    list: &[u8],
    old: bool,
    lists: &Lists,
    data: &[u8],
) {
    let huge = sprms(list, old).find(|sprm| matches!(sprm.code, code::P_HUGE_PAPX | code::P_HUGE_PAPX_OLD));
    let list = huge.map_or(list, |sprm| elsewhere(&sprm, data));
    let mut listed = false;
    for sprm in sprms(list, old).filter(|sprm| matches!(sprm.code, code::P_ILFO | code::P_ILVL)) {
        format.apply(&sprm);
        listed = true;
    }
    if listed && let Some(level) = lists.level(format.list, format.list_level) {
        sprms(&level.paragraph, old).for_each(|sprm| format.apply(&sprm));
    }
    sprms(list, old).for_each(|sprm| format.apply(&sprm));
}

/// Properties that did not fit on their page stand in another stream ([MS-DOC] 2.9.209).
pub(crate) fn elsewhere<'a>(sprm: &Sprm<'_>, data: &'a [u8]) -> &'a [u8] {
    let at = u32_at(sprm.operand, 0).unwrap_or(u32::MAX) as usize;
    let Some(length) = i16_at(data, at).and_then(|length| usize::try_from(length).ok()) else { return &[] };
    let rest = data.get(at + 2..).unwrap_or_default();
    &rest[..rest.len().min(length)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(built_in: u16, kind: u16, base: u16, lists: &[&[u8]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for word in [built_in, base << 4 | kind, lists.len() as u16, 0, 0, 1, u16::from(b'x'), 0] {
            bytes.extend(word.to_le_bytes());
        }
        for list in lists {
            bytes.extend((list.len() as u16).to_le_bytes());
            bytes.extend(*list);
            if bytes.len() % 2 == 1 {
                bytes.push(0);
            }
        }
        bytes
    }

    fn resolved(entries: &[Vec<u8>]) -> Styles {
        let written: Vec<_> = entries.iter().map(|entry| Written::read(entry, 10, false)).collect();
        let mut styles = Styles { usual: usual(&[], false), ..Styles::default() };
        let mut done = vec![None; written.len()];
        (0..written.len()).for_each(|index| styles.resolve(index, &written, &mut done, &Lists::default()));
        styles.styles = done.into_iter().flatten().collect();
        styles
    }

    #[test]
    fn styles_have_what_their_bases_have() {
        let styles = resolved(&[
            entry(2, 1, 1, &[&[0, 0, 0x61, 0x24, 1], &[0x36, 0x08, 1]]),
            entry(0, 1, NONE, &[&[1, 0], &[0x35, 0x08, 1, 0x43, 0x4a, 24, 0]]),
            entry(NONE - 1, 2, NONE, &[&[0x35, 0x08, 0x81]]),
        ]);
        let heading = styles.get(0);
        assert_eq!(
            (heading.character.bold, heading.character.italic, heading.character.size),
            (true, true, 24)
        );
        assert_eq!(
            (heading.paragraph.outline, heading.paragraph.align),
            (Some(1), crate::model::Align::Center)
        );
        let mut character = heading.character.clone();
        styles.apply_character(2, &mut character);
        assert!(!character.bold && character.italic, "toggled against the paragraph's style");
        assert_eq!(styles.get(77).character.size, 20);
    }

    #[test]
    fn styles_based_on_each_other_end() {
        let styles = resolved(&[entry(0, 1, 1, &[]), entry(0, 1, 0, &[&[0, 0], &[0x35, 0x08, 1]])]);
        assert!(styles.get(1).character.bold);
    }
}
