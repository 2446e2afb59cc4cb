//! Lists and what stands before their paragraphs ([MS-DOC] 2.4.6.3, 2.9.131, 2.9.147, 2.9.150).

use std::collections::{HashMap, HashSet};

use super::fib::{At, Fib};
use crate::container::bytes::{i32_at, slice, u8_at, u16_at, u32_at};
use crate::numerals::numeral;

/// Levels of a list.
pub(crate) const LEVELS: usize = 9;
/// Lists of a document, and overrides of them; the first few are all that programs make.
const LISTS: usize = 20_000;

/// How the paragraphs of one level are numbered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Level {
    start: i32,
    /// Kind of numbers ([MS-OSHARED] 2.2.1.3).
    pub(crate) format: u8,
    /// Numbers of other levels are shown in decimal.
    legal: bool,
    /// It goes on counting after this level and those above it; none = it begins anew after each level above.
    restarts_below: Option<u8>,
    /// Properties of the paragraph and of the label.
    pub(crate) paragraph: Vec<u8>,
    pub(crate) character: Vec<u8>,
    /// Codes below 9 stand for the number of that level.
    text: Vec<u16>,
}

#[derive(Debug, Default)]
struct List {
    id: u32,
    levels: Vec<Level>,
}

/// A use of a list ([MS-DOC] 2.9.131).
#[derive(Debug, Default)]
struct Override {
    list: u32,
    levels: HashMap<u8, LevelOverride>,
}

#[derive(Debug, Default)]
struct LevelOverride {
    start: Option<i32>,
    level: Option<Level>,
}

#[derive(Debug, Default)]
pub(crate) struct Lists {
    lists: HashMap<u32, List>,
    overrides: Vec<Override>,
}

impl Lists {
    pub(crate) fn read(fib: &Fib, tables: &[u8]) -> Self {
        let mut lists = Self::default();
        if !fib.old {
            // The levels come after what the table says of its own length.
            lists.read_lists(fib.from(tables, At::Lists));
            lists.read_overrides(fib.from(tables, At::ListOverrides));
        }
        lists
    }

    fn read_lists(&mut self, table: &[u8]) {
        let count = usize::from(u16_at(table, 0).unwrap_or(0)).min(LISTS);
        let heads = (0..count).map_while(|index| slice(table, 2 + 28 * index, 28));
        let heads: Vec<(u32, bool)> =
            heads.filter_map(|head| Some((u32_at(head, 0)?, u8_at(head, 26)? & 1 != 0))).collect();
        let mut rest = table.get(2 + 28 * count..).unwrap_or_default();
        for (id, simple) in heads {
            let mut levels = Vec::new();
            for _ in 0..if simple { 1 } else { LEVELS } {
                let Some((level, length)) = Level::read(rest) else { break };
                levels.push(level);
                rest = rest.get(length..).unwrap_or_default();
            }
            self.lists.insert(id, List { id, levels });
        }
    }

    fn read_overrides(&mut self, table: &[u8]) {
        let count = (u32_at(table, 0).unwrap_or(0) as usize).min(LISTS);
        let heads = (0..count).map_while(|index| slice(table, 4 + 16 * index, 16));
        let heads: Vec<(u32, u8)> =
            heads.filter_map(|head| Some((u32_at(head, 0)?, u8_at(head, 12)?))).collect();
        let mut rest = table.get(4 + 16 * count..).unwrap_or_default();
        for (list, count) in heads {
            let mut levels = HashMap::new();
            rest = rest.get(4..).unwrap_or_default();
            for _ in 0..count {
                let (Some(start), Some(flags)) = (i32_at(rest, 0), u32_at(rest, 4)) else { break };
                rest = rest.get(8..).unwrap_or_default();
                let start = (flags & 0x10 != 0).then_some(start);
                let mut level = None;
                if flags & 0x20 != 0 {
                    let Some((read, length)) = Level::read(rest) else { break };
                    level = Some(read);
                    rest = rest.get(length..).unwrap_or_default();
                }
                levels.insert((flags & 15) as u8, LevelOverride { start, level });
            }
            self.overrides.push(Override { list, levels });
        }
    }

    fn find(&self, list: u16) -> Option<(&Override, &List)> {
        let found = self.overrides.get(usize::from(list.checked_sub(1)?))?;
        Some((found, self.lists.get(&found.list)?))
    }

    /// A level of a list as a paragraph names it, from 1; lists of one level have that for all.
    pub(crate) fn level(&self, list: u16, level: u8) -> Option<&Level> {
        let (found, list) = self.find(list)?;
        let own = found.levels.get(&level).and_then(|level| level.level.as_ref());
        own.or_else(|| list.levels.get(usize::from(level)).or_else(|| list.levels.last()))
    }
}

impl Level {
    /// A level, and how many bytes it takes ([MS-DOC] 2.9.150).
    fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let head = slice(bytes, 0, 28)?;
        let flags = head[5];
        let character = usize::from(head[24]);
        let paragraph = usize::from(head[25]);
        let text_at = 28 + paragraph + character;
        let length = usize::from(u16_at(bytes, text_at)?);
        let text = slice(bytes, text_at + 2, 2 * length)?;
        let level = Self {
            start: i32_at(head, 0)?,
            format: head[4],
            legal: flags & 4 != 0,
            restarts_below: (flags & 8 != 0).then_some(head[26]),
            paragraph: slice(bytes, 28, paragraph)?.to_vec(),
            character: slice(bytes, 28 + paragraph, character)?.to_vec(),
            text: text.chunks_exact(2).filter_map(|pair| u16_at(pair, 0)).collect(),
        };
        Some((level, text_at + 2 + 2 * length))
    }

    pub(crate) const fn is_bullet(&self) -> bool {
        self.format == 23
    }
}

/// Where every list is.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    counts: HashMap<u32, [Option<i32>; LEVELS]>,
    /// Overrides of starts that took effect.
    started: HashSet<(u16, u8)>,
}

impl Counters {
    /// What stands before the next paragraph of a list; codes as they are stored.
    pub(crate) fn next(&mut self, lists: &Lists, number: u16, level: u8) -> Option<Vec<u16>> {
        let (found, list) = lists.find(number)?;
        let depth = usize::from(level).min(LEVELS - 1);
        let counts = self.counts.entry(list.id).or_default();
        let start = |level: u8| {
            let said = found.levels.get(&level).and_then(|level| level.start);
            said.or_else(|| lists.level(number, level).map(|level| level.start)).unwrap_or(1)
        };
        let restart = found.levels.get(&level).is_some_and(|level| level.start.is_some());
        let count = if restart && self.started.insert((number, level)) { None } else { counts[depth] };
        counts[depth] = Some(count.map_or_else(|| start(level), |count| count.saturating_add(1)));
        for (below, count) in counts.iter_mut().enumerate().skip(depth + 1) {
            let limit = lists.level(number, below as u8).and_then(|level| level.restarts_below);
            if limit.is_none_or(|limit| level < limit) {
                *count = None;
            }
        }
        for (above, count) in counts.iter_mut().enumerate().take(depth) {
            count.get_or_insert_with(|| start(above as u8));
        }
        Some(written(lists, number, level, counts))
    }
}

fn written(lists: &Lists, number: u16, level: u8, counts: &[Option<i32>; LEVELS]) -> Vec<u16> {
    let Some(own) = lists.level(number, level) else { return Vec::new() };
    let mut text = Vec::new();
    for unit in &own.text {
        let Some(count) = counts.get(usize::from(*unit)) else {
            text.push(*unit);
            continue;
        };
        let format = match lists.level(number, *unit as u8).map_or(0, |level| level.format) {
            // Legal numbers are decimal, whatever their own level says.
            format if own.legal && format != 22 => {
                if format == 255 {
                    255
                } else {
                    0
                }
            }
            format => format,
        };
        text.extend(numeral(i64::from(count.unwrap_or(0)), format_name(format)).encode_utf16());
    }
    text
}

/// The name of a kind of numbers ([MS-OSHARED] 2.2.1.3).
pub(crate) const fn format_name(format: u8) -> &'static str {
    match format {
        1 => "upperRoman",
        2 => "lowerRoman",
        3 => "upperLetter",
        4 => "lowerLetter",
        5 => "ordinal",
        6 => "cardinalText",
        7 => "ordinalText",
        8 => "hex",
        9 => "chicago",
        10 => "ideographDigital",
        11 => "japaneseCounting",
        12 => "aiueo",
        13 => "iroha",
        14 => "decimalFullWidth",
        15 => "decimalHalfWidth",
        16 => "japaneseLegal",
        17 => "japaneseDigitalTenThousand",
        18 => "decimalEnclosedCircle",
        19 => "decimalFullWidth2",
        20 => "aiueoFullWidth",
        21 => "irohaFullWidth",
        22 => "decimalZero",
        23 => "bullet",
        24 => "ganada",
        25 => "chosung",
        26 => "decimalEnclosedFullstop",
        27 => "decimalEnclosedParen",
        28 => "decimalEnclosedCircleChinese",
        29 => "ideographEnclosedCircle",
        30 => "ideographTraditional",
        31 => "ideographZodiac",
        33 => "taiwaneseCounting",
        34 => "ideographLegalTraditional",
        35 => "taiwaneseCountingThousand",
        36 => "taiwaneseDigital",
        37 => "chineseCounting",
        38 => "chineseLegalSimplified",
        39 => "chineseCountingThousand",
        41 => "koreanDigital",
        42 => "koreanCounting",
        43 => "koreanLegal",
        44 => "koreanDigital2",
        45 => "hebrew1",
        46 => "arabicAlpha",
        47 => "hebrew2",
        48 => "arabicAbjad",
        49 => "hindiVowels",
        50 => "hindiConsonants",
        51 => "hindiNumbers",
        53 => "thaiLetters",
        54 => "thaiNumbers",
        57 => "numberInDash",
        58 => "russianLower",
        59 => "russianUpper",
        255 => "none",
        _ => "decimal",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(start: i32, format: u8, flags: u8, limit: u8, text: &str) -> Vec<u8> {
        let mut bytes = start.to_le_bytes().to_vec();
        bytes.extend([format, flags]);
        bytes.extend([0; 18]);
        bytes.extend([3, 4, limit, 0]);
        bytes.extend([0x0f, 0x84, 1, 2, 0x35, 0x08, 1]);
        bytes.extend((text.encode_utf16().count() as u16).to_le_bytes());
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        bytes
    }

    /// A list of nine levels: `1.`, `1.a`, `1.i` that goes on after the second level, and decimals.
    fn sample() -> Lists {
        let mut table = 1_u16.to_le_bytes().to_vec();
        table.extend(77_u32.to_le_bytes());
        table.extend([0; 24]);
        table.extend(level(1, 0, 0, 0, "\0."));
        table.extend(level(1, 4, 0, 0, "\0.\u{1}"));
        table.extend(level(3, 2, 8, 1, "\0.\u{2}"));
        (3..9).for_each(|_| table.extend(level(1, 1, 4, 0, "\u{1}.\u{3}")));
        let mut overrides = 2_u32.to_le_bytes().to_vec();
        for count in [0, 1] {
            overrides.extend(77_u32.to_le_bytes());
            overrides.extend([0; 8]);
            overrides.extend([count, 0, 0, 0]);
        }
        overrides.extend([255; 4]);
        overrides.extend([255; 4]);
        overrides.extend(10_i32.to_le_bytes());
        overrides.extend(0x10_u32.to_le_bytes());
        let mut lists = Lists::default();
        lists.read_lists(&table);
        lists.read_overrides(&overrides);
        lists
    }

    #[test]
    fn labels_count_as_displayed() {
        let lists = sample();
        let mut counters = Counters::default();
        for (list, level, expected) in [
            (1, 0, "1."),
            (1, 1, "1.a"),
            (1, 1, "1.b"),
            (1, 2, "1.iii"),
            (1, 1, "1.c"),
            (1, 2, "1.iv"),
            (1, 0, "2."),
            (1, 1, "2.a"),
            (1, 2, "2.iii"),
            (1, 3, "1.1"),
            (2, 0, "10."),
            (2, 0, "11."),
            (1, 0, "12."),
        ] {
            let label = counters.next(&lists, list, level).map(|units| String::from_utf16_lossy(&units));
            assert_eq!(label.as_deref(), Some(expected));
        }
        assert_eq!(counters.next(&lists, 0, 0), None);
        assert_eq!(counters.next(&lists, 3, 0), None);
        assert_eq!(lists.level(1, 0).map(|level| level.paragraph.len()), Some(4));
    }

    #[test]
    fn tables_that_end_too_early_give_what_is_there() {
        for length in 0..40 {
            let mut lists = Lists::default();
            let mut table = 1_u16.to_le_bytes().to_vec();
            table.resize(length, 255);
            lists.read_lists(&table);
            lists.read_overrides(&table);
            assert!(Counters::default().next(&lists, 1, 0).is_none_or(|label| label.is_empty()));
        }
    }
}
