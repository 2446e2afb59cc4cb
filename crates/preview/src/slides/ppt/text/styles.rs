//! How text looks by its type and level before anything of its own is set: document, then master ([MS-PPT] 2.9.35 f.).

use super::super::record::{Bytes, Record, kind};
use super::TextType;
use super::props::{CharacterProps, ParagraphProps};

/// Levels of text.
pub(crate) const LEVELS: usize = 5;
/// Text types, by their number.
const TYPES: usize = 9;
/// From this text type on, levels are stored with their number ([MS-PPT] 2.9.36).
const FIRST_WITH_NUMBERS: usize = 5;

/// What is set on a level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) paragraph: ParagraphProps,
    pub(crate) character: CharacterProps,
}

impl Level {
    fn overlay(&mut self, other: &Self) {
        self.paragraph.overlay(&other.paragraph);
        self.character.overlay(&other.character);
    }
}

/// The levels of all text types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sheet {
    types: [[Level; LEVELS]; TYPES],
}

impl Sheet {
    /// What the document sets for all text ([MS-PPT] 2.9.3 `DocumentTextInfoContainer`).
    pub(crate) fn of_document(environment: Option<Record<'_>>) -> Self {
        let mut base = Level::default();
        base.character.size = Some(18);
        let Some(environment) = environment else { return Self::uniform(&base) };
        for atom in environment.children() {
            match atom.kind {
                kind::TEXT_CHARACTER_DEFAULT => {
                    base.character.overlay(&CharacterProps::read(&mut atom.bytes()).unwrap_or_default());
                }
                kind::TEXT_PARAGRAPH_DEFAULT => {
                    let mut bytes = atom.bytes();
                    // An indent level that means nothing here ([MS-PPT] 2.9.16).
                    let props = bytes.u16().and_then(|_| ParagraphProps::read(&mut bytes));
                    base.paragraph.overlay(&props.unwrap_or_default());
                }
                _ => {}
            }
        }
        let mut sheet = Self::uniform(&base);
        sheet.read(&environment);
        sheet
    }

    fn uniform(level: &Level) -> Self {
        let mut sheet = Self::default();
        sheet.types.iter_mut().flatten().for_each(|slot| slot.clone_from(level));
        sheet
    }

    /// This, with what a master sets.
    ///
    /// Text of no type looks as the document says, whatever a master says of it ([MS-PPT] 2.9.3).
    pub(crate) fn with_master(&self, master: &Record<'_>) -> Self {
        let mut sheet = self.clone();
        sheet.read(master);
        sheet.read_9(master);
        let other = TextType::Other.number();
        sheet.types[other].clone_from(&self.types[other]);
        sheet
    }

    pub(crate) fn level(&self, kind: TextType, level: usize) -> &Level {
        let levels = &self.types[kind.number().min(TYPES - 1)];
        &levels[level.min(LEVELS - 1)]
    }

    /// Types that others come from (title, body) come before those.
    fn read(&mut self, container: &Record<'_>) {
        for kind in 0..TYPES {
            let atom = container.instance(kind::TEXT_MASTER_STYLE, kind as u16);
            let levels = atom.map(|atom| levels(atom.bytes(), kind, read_level)).unwrap_or_default();
            if kind >= FIRST_WITH_NUMBERS {
                let origin =
                    if kind == TextType::CenterTitle.number() { TextType::Title } else { TextType::Body };
                self.types[kind] = self.types[origin.number()].clone();
                for (number, level) in &levels {
                    self.types[kind][*number].overlay(level);
                }
            } else {
                self.inherit(kind, &levels);
            }
        }
    }

    /// Each level is like the one above it, but for what it sets.
    fn inherit(&mut self, kind: usize, levels: &[(usize, Level)]) {
        for (number, level) in levels {
            if let Some(above) = number.checked_sub(1) {
                self.types[kind][*number] = self.types[kind][above].clone();
            }
            self.types[kind][*number].overlay(level);
        }
    }

    /// Numbers instead of bullets ([MS-PPT] 2.9.40 `TextMasterStyle9Atom`).
    fn read_9(&mut self, container: &Record<'_>) {
        for atom in version_9(container).filter(|atom| atom.kind == kind::TEXT_MASTER_STYLE_9) {
            let kind = usize::from(atom.instance).min(TYPES - 1);
            for (number, level) in levels(atom.bytes(), kind, read_level_9) {
                self.types[kind][number].overlay(&level);
            }
        }
    }
}

/// The records of the tag for version 9 of a container ([MS-PPT] 2.11.17, `___PPT9`).
pub(crate) fn version_9<'a>(container: &Record<'a>) -> impl Iterator<Item = Record<'a>> + use<'a> {
    let tags = container.children().filter(|record| record.kind == kind::PROG_TAGS);
    let tags = tags.flat_map(|tags| tags.children()).filter(|record| record.kind == kind::PROG_BINARY_TAG);
    let named = tags.filter(|tag| tag.child(kind::CSTRING).is_some_and(|name| name.text() == "___PPT9"));
    named.filter_map(|tag| tag.child(kind::BINARY_TAG_DATA)).flat_map(|data| data.children())
}

fn levels(
    mut bytes: Bytes<'_>,
    kind: usize,
    read: fn(&mut Bytes<'_>) -> Option<Level>,
) -> Vec<(usize, Level)> {
    let mut levels = Vec::new();
    for place in 0..usize::from(bytes.u16().unwrap_or(0)).min(LEVELS) {
        let stated = if kind >= FIRST_WITH_NUMBERS { bytes.u16().map(usize::from) } else { Some(place) };
        let Some((number, level)) = stated.zip(read(&mut bytes)) else { break };
        if number < LEVELS {
            levels.push((number, level));
        }
    }
    levels
}

fn read_level(bytes: &mut Bytes<'_>) -> Option<Level> {
    Some(Level { paragraph: ParagraphProps::read(bytes)?, character: CharacterProps::read(bytes)? })
}

fn read_level_9(bytes: &mut Bytes<'_>) -> Option<Level> {
    let paragraph = ParagraphProps::read_9(bytes)?;
    CharacterProps::skip_9(bytes)?;
    Some(Level { paragraph, ..Level::default() })
}

/// The numbers of the texts of the outline, by slide and text type ([MS-PPT] 2.9.10 `OutlineTextProps9Container`).
pub(crate) fn outline_runs_9(list: Option<Record<'_>>) -> Vec<(u32, u32, Vec<ParagraphProps>)> {
    let mut found = Vec::new();
    let Some(list) = list else { return found };
    for container in version_9(&list).filter(|record| record.kind == kind::OUTLINE_TEXT_PROPS_9) {
        let mut header = None;
        for atom in container.children() {
            match atom.kind {
                kind::OUTLINE_TEXT_PROPS_HEADER_9 => {
                    let mut bytes = atom.bytes();
                    header = bytes.u32().zip(bytes.u32());
                }
                kind::STYLE_TEXT_PROP_9 => {
                    let runs = header.take().map(|(slide, kind)| (slide, kind, super::runs_9(atom.bytes())));
                    found.extend(runs);
                }
                _ => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::super::record::{Records, tests::record};
    use super::*;

    /// A level that sets nothing of its paragraph and one size.
    fn level(size: u16) -> Vec<u8> {
        let mut bytes = [0_u32, 1 << 17].map(u32::to_le_bytes).concat();
        bytes.extend(size.to_le_bytes());
        bytes
    }

    fn sizes(sheet: &Sheet, kind: TextType) -> Vec<u16> {
        (0..LEVELS).filter_map(|number| sheet.level(kind, number).character.size).collect()
    }

    #[test]
    fn levels_come_from_the_level_above_and_types_from_title_and_body() {
        let body = [vec![2, 0], level(32), level(28)].concat();
        let half = [vec![1, 0, 1, 0], level(20)].concat();
        let other = [vec![1, 0], level(99)].concat();
        let mut atoms = record(kind::TEXT_MASTER_STYLE, 7, &half);
        atoms.extend(record(kind::TEXT_MASTER_STYLE, 1, &body));
        atoms.extend(record(kind::TEXT_MASTER_STYLE, 4, &other));
        let bytes = record(kind::MAIN_MASTER, 0, &atoms);
        let master = Records::new(&bytes).next().expect("just made");
        let sheet = Sheet::of_document(None).with_master(&master);
        assert_eq!(sizes(&sheet, TextType::Body), [32, 28, 18, 18, 18]);
        assert_eq!(sizes(&sheet, TextType::HalfBody), [32, 20, 18, 18, 18]);
        assert_eq!(sizes(&sheet, TextType::Other), [18; 5]);
    }

    #[test]
    fn broken_levels_set_nothing() {
        let atoms = record(kind::TEXT_MASTER_STYLE, 5, &[200, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 99]);
        let bytes = record(kind::MAIN_MASTER, 0, &atoms);
        let master = Records::new(&bytes).next().expect("just made");
        assert_eq!(Sheet::of_document(None).with_master(&master), Sheet::of_document(None));
    }
}
