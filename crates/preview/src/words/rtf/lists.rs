//! Lists: their tables, their counters, and what stands before a paragraph where the document does not bring it along
//! (RTF 1.9.1, "List Tables", "Bullets and Numbering").

use std::collections::{HashMap, HashSet};

use super::chars::Chars;
use crate::numerals::numeral;

/// Lists, and overrides of them; real documents have up to some thousand.
const MOST: usize = 8192;
/// Levels of a list.
const LEVELS: usize = 9;
/// Characters of a level's text.
const LONGEST: usize = 64;

/// A level of a list.
#[derive(Clone, Debug)]
pub(super) struct Level {
    start: i64,
    format: i32,
    /// Of `\leveltext`: the first character counts those after it, those below 9 stand for the numbers of levels.
    text: String,
    /// All numbers in decimal.
    legal: bool,
    /// Counts on after a level further out.
    no_restart: bool,
    pub(super) chars: Chars,
    /// Twips: start and first line.
    pub(super) indents: (i32, i32),
}

impl Default for Level {
    fn default() -> Self {
        Self {
            start: 1,
            format: 0,
            text: String::new(),
            legal: false,
            no_restart: false,
            chars: Chars::default(),
            indents: (0, 0),
        }
    }
}

impl Level {
    pub(super) fn word(&mut self, name: &str, value: i32) {
        match name {
            "levelnfc" | "levelnfcn" => self.format = value,
            "levelstartat" => self.start = i64::from(value),
            "levellegal" => self.legal = value != 0,
            "levelnorestart" => self.no_restart = value != 0,
            "li" | "lin" => self.indents.0 = value,
            "fi" => self.indents.1 = value,
            _ => {}
        }
    }

    pub(super) fn add_text(&mut self, text: &str) {
        if self.text.len() < LONGEST {
            self.text.push_str(text);
        }
    }

    /// It counts.
    pub(super) const fn is_ordered(&self) -> bool {
        self.format != 23 && self.format != 255
    }
}

#[derive(Clone, Debug, Default)]
struct Override {
    list: i32,
    /// Levels with a start of their own.
    starts: [Option<i64>; LEVELS],
    levels: [Option<Level>; LEVELS],
}

/// All lists of a document.
#[derive(Debug, Default)]
pub(super) struct Lists {
    lists: HashMap<i32, Vec<Level>>,
    overrides: HashMap<i32, Override>,
    /// Of each list, what its levels have counted to.
    counters: HashMap<i32, [Option<i64>; LEVELS]>,
    /// Overrides that a paragraph has used: they restart a list only the first time.
    used: HashSet<i32>,
    building: Building,
}

/// What the tables are at.
#[derive(Debug, Default)]
struct Building {
    levels: Vec<Level>,
    list: i32,
    number: i32,
    overriding: Option<Override>,
    /// Level of the override.
    place: usize,
    has_start: bool,
}

impl Lists {
    /// `\list` begins.
    pub(super) fn begin_list(&mut self) {
        self.building = Building::default();
    }

    /// `\listoverride` begins.
    pub(super) fn begin_override(&mut self) {
        self.building = Building { overriding: Some(Override::default()), ..Building::default() };
    }

    pub(super) fn word(&mut self, name: &str, value: i32) {
        let building = &mut self.building;
        match name {
            "listid" => building.list = value,
            "ls" => building.number = value,
            "listoverridestartat" => building.has_start = true,
            "levelstartat" => {
                let place = building.place;
                if let Some(start) = building.overriding.as_mut().and_then(|list| list.starts.get_mut(place))
                {
                    *start = Some(i64::from(value));
                }
            }
            _ => {}
        }
    }

    /// `\listlevel` is over, in a list or in an override.
    pub(super) fn end_level(&mut self, level: Level) {
        let building = &mut self.building;
        match &mut building.overriding {
            Some(list) => {
                if let (Some(start), true) = (list.starts.get_mut(building.place), building.has_start) {
                    *start = Some(level.start);
                }
                if let Some(place) = list.levels.get_mut(building.place) {
                    *place = Some(level);
                }
            }
            None if building.levels.len() < LEVELS => building.levels.push(level),
            None => {}
        }
    }

    /// `\lfolevel` is over.
    pub(super) const fn end_override_level(&mut self) {
        self.building.place += 1;
        self.building.has_start = false;
    }

    /// `\list` is over.
    pub(super) fn end_list(&mut self) {
        let building = std::mem::take(&mut self.building);
        if self.lists.len() < MOST {
            self.lists.insert(building.list, building.levels);
        }
    }

    /// `\listoverride` is over.
    pub(super) fn end_override(&mut self) {
        let building = std::mem::take(&mut self.building);
        if let Some(list) = building.overriding
            && self.overrides.len() < MOST
        {
            self.overrides.insert(building.number, Override { list: building.list, ..list });
        }
    }

    /// The level that paragraphs with this `\ls` and `\ilvl` are at.
    pub(super) fn level(&self, number: i32, level: u8) -> Option<&Level> {
        let list = self.overrides.get(&number)?;
        let own = list.levels.get(usize::from(level)).and_then(Option::as_ref);
        own.or_else(|| self.lists.get(&list.list)?.get(usize::from(level)))
    }

    /// Counts a paragraph, and says what stands before it.
    pub(super) fn count(&mut self, number: i32, level: u8) -> Option<String> {
        let list = self.overrides.get(&number)?;
        let counters = self.counters.entry(list.list).or_default();
        if self.used.insert(number) {
            for (counter, start) in counters.iter_mut().zip(list.starts) {
                // The paragraph itself counts one on.
                *counter = start.map(|start| start.saturating_sub(1)).or(*counter);
            }
        }
        let place = usize::from(level);
        let start = self.level(number, level)?.start;
        let no_restart =
            |place: usize| self.level(number, place as u8).is_some_and(|deeper| deeper.no_restart);
        let deeper: Vec<usize> = (place + 1..LEVELS).filter(|place| !no_restart(*place)).collect();
        let list = self.overrides.get(&number)?.list;
        let counters = self.counters.entry(list).or_default();
        for place in deeper {
            *counters.get_mut(place)? = None;
        }
        let counter = counters.get_mut(place)?;
        *counter = Some(counter.map_or(start, |value| value.saturating_add(1)));
        let counters = *counters;
        Some(self.label(number, level, &counters))
    }

    fn label(&self, number: i32, level: u8, counters: &[Option<i64>; LEVELS]) -> String {
        let Some(own) = self.level(number, level) else { return String::new() };
        let mut characters = own.text.chars();
        let length = characters.next().map_or(0, u32::from) as usize;
        let mut label = String::new();
        for character in characters.take(length.min(LONGEST)) {
            let place = u32::from(character);
            match counters.get(place as usize) {
                Some(counter) => {
                    let shown = self.level(number, place as u8);
                    let value = counter.or_else(|| Some(shown?.start)).unwrap_or(1);
                    let format = if own.legal { 0 } else { shown.map_or(0, |shown| shown.format) };
                    label.push_str(&numeral(value, format_name(format)));
                }
                None => label.push(character),
            }
        }
        label
    }
}

/// The names that numbering formats have in later documents ([MS-OSHARED] 2.2.1.3 MSONFC, ECMA-376 part 1 §17.18.59).
pub(super) fn format_name(number: i32) -> &'static str {
    const NAMES: &str = "decimal upperRoman lowerRoman upperLetter lowerLetter ordinal cardinalText ordinalText hex \
        chicago ideographDigital japaneseCounting aiueo iroha decimalFullWidth decimalHalfWidth \
        japaneseLegal japaneseDigitalTenThousand decimalEnclosedCircle decimalFullWidth2 aiueoFullWidth \
        irohaFullWidth decimalZero bullet ganada chosung decimalEnclosedFullstop decimalEnclosedParen \
        decimalEnclosedCircleChinese ideographEnclosedCircle ideographTraditional ideographZodiac \
        ideographZodiacTraditional taiwaneseCounting ideographLegalTraditional \
        taiwaneseCountingThousand taiwaneseDigital chineseCounting chineseLegalSimplified \
        chineseCountingThousand decimal koreanDigital koreanCounting koreanLegal koreanDigital2 hebrew1 \
        arabicAlpha hebrew2 arabicAbjad hindiVowels hindiConsonants hindiNumbers hindiCounting \
        thaiLetters thaiNumbers thaiCounting vietnameseCounting numberInDash russianLower russianUpper";
    let known = usize::try_from(number).ok().and_then(|number| NAMES.split(' ').nth(number));
    known.unwrap_or(if number == 255 { "none" } else { "decimal" })
}

/// Numbering of Word 6 and 95 (`\pn`).
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct OldNumber {
    bullet: bool,
    /// Continues without a number of its own.
    pub(super) silent: bool,
    pub(super) level: u8,
    start: i64,
    format: i32,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) chars: Chars,
}

impl OldNumber {
    pub(super) fn word(&mut self, name: &str, parameter: Option<i32>) {
        match name {
            "pnlvlblt" => self.bullet = true,
            "pnlvlcont" => self.silent = true,
            "pnlvl" => self.level = parameter.unwrap_or(1).clamp(1, 9) as u8 - 1,
            "pnstart" => self.start = i64::from(parameter.unwrap_or(1)),
            "pndec" => self.format = 0,
            "pnucrm" => self.format = 1,
            "pnlcrm" => self.format = 2,
            "pnucltr" => self.format = 3,
            "pnlcltr" => self.format = 4,
            "pnord" => self.format = 5,
            "pncard" => self.format = 6,
            "pnordt" => self.format = 7,
            "pnf" => drop(self.chars.word("f", parameter)),
            "pnfs" => drop(self.chars.word("fs", parameter)),
            "pnb" => drop(self.chars.word("b", parameter)),
            "pni" => drop(self.chars.word("i", parameter)),
            _ => {}
        }
    }

    pub(super) const fn is_ordered(&self) -> bool {
        !self.bullet
    }

    /// What stands before the paragraph that is number `index` (from 0) of its kind.
    pub(super) fn label(&self, index: i64) -> String {
        let value = self.start.max(1).saturating_add(index);
        let number = if self.bullet { String::new() } else { numeral(value, format_name(self.format)) };
        format!("{}{number}{}", self.before, self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(format: i32, start: i32, text: &str) -> Level {
        let mut level = Level::default();
        level.word("levelnfc", format);
        level.word("levelstartat", start);
        level.add_text(text);
        level
    }

    fn outline() -> Lists {
        let mut lists = Lists::default();
        lists.begin_list();
        lists.end_level(level(0, 1, "\u{2}\0."));
        lists.end_level(level(4, 1, "\u{4}\0.\u{1})"));
        lists.end_level(level(23, 1, "\u{1}\u{2022};"));
        lists.word("listid", 7);
        lists.end_list();
        for (number, start) in [(1, None), (2, Some(5))] {
            lists.begin_override();
            lists.word("listid", 7);
            lists.word("ls", number);
            if let Some(start) = start {
                lists.word("listoverridestartat", 1);
                lists.word("levelstartat", start);
                lists.end_override_level();
            }
            lists.end_override();
        }
        lists
    }

    #[test]
    fn paragraphs_are_counted_by_list_and_level() {
        let mut lists = outline();
        let mut labels = Vec::new();
        for (number, level) in
            [(1, 0), (1, 1), (1, 1), (1, 0), (1, 1), (1, 2), (2, 0), (2, 0), (1, 0), (3, 0)]
        {
            labels.push(lists.count(number, level).unwrap_or_else(|| "-".to_owned()));
        }
        assert_eq!(labels, ["1.", "1.a)", "1.b)", "2.", "2.a)", "•", "5.", "6.", "7.", "-"]);
    }

    #[test]
    fn levels_that_are_not_there_have_no_label() {
        let mut lists = outline();
        assert_eq!(lists.count(1, 8), None);
        lists.begin_list();
        lists.end_level(level(0, 1, ""));
        lists.word("listid", 7);
        lists.end_list();
        assert_eq!(lists.count(1, 0).as_deref(), Some(""));
    }

    #[test]
    fn formats_have_their_later_names() {
        for (number, name) in
            [(0, "decimal"), (7, "ordinalText"), (22, "decimalZero"), (59, "russianUpper"), (60, "decimal")]
        {
            assert_eq!(format_name(number), name, "{number}");
        }
        assert_eq!((format_name(255), format_name(-1)), ("none", "decimal"));
    }

    #[test]
    fn old_numbers_have_text_around_them() {
        let mut number = OldNumber { before: "(".to_owned(), after: ")".to_owned(), ..OldNumber::default() };
        number.word("pnlcltr", None);
        number.word("pnstart", Some(3));
        assert_eq!((number.label(0), number.label(1)), ("(c)".to_owned(), "(d)".to_owned()));
        number.word("pnlvlblt", None);
        assert_eq!(number.label(9), "()");
    }
}
