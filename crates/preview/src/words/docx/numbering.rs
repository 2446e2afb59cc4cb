//! Lists: what stands before their paragraphs, as displayed (ECMA-376 part 1 §17.9).

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::paragraph_props::ParagraphProps;
use super::run_props::RunProps;
use super::symbols::likeness;
use super::theme::Theme;
use super::units::switch;
use crate::container::tree::{Node, Tree};
use crate::container::xml::Ns;
use crate::numerals::{custom, numeral};

/// Levels of a list.
const LEVELS: usize = 9;

/// The lists of a document, and how far each has counted.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    lists: HashMap<i64, List>,
    abstracts: HashMap<i64, Abstract>,
    /// The lists that numbering styles stand for.
    styled: HashMap<String, i64>,
    state: Counters,
}

/// How far lists have counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Counters {
    /// By abstract list: all lists of one abstract list go on counting together.
    reached: HashMap<i64, [Option<i64>; LEVELS]>,
    /// Lists and levels whose own start has been used.
    begun: HashSet<(i64, u8)>,
}

#[derive(Debug)]
struct List {
    abstract_id: i64,
    overrides: HashMap<u8, Override>,
}

#[derive(Debug, Default)]
struct Override {
    start: Option<i64>,
    level: Option<Rc<Level>>,
}

#[derive(Debug, Default)]
struct Abstract {
    levels: HashMap<u8, Rc<Level>>,
    /// Its levels are those of the abstract list that says it is this style.
    linked: Option<String>,
}

/// A level of a list.
#[derive(Debug, Default)]
pub(super) struct Level {
    start: i64,
    format: String,
    /// The example of a custom format.
    custom: Option<String>,
    text: String,
    /// Counts anew after this level (1 = the outermost), 0 = never; none = after every outer one.
    restart: Option<u8>,
    /// All numbers in decimal.
    legal: bool,
    /// The paragraph style that is at this level.
    style: Option<String>,
    pub(super) run: RunProps,
    pub(super) paragraph: ParagraphProps,
}

/// What stands before a paragraph.
pub(super) struct Labelled {
    pub(super) text: String,
    pub(super) level: Rc<Level>,
    /// It counts.
    pub(super) ordered: bool,
}

impl Numbering {
    /// Reads the numbering part.
    pub(super) fn read(tree: &Tree, theme: &Theme) -> Self {
        let mut all = Self::default();
        let Some(root) = tree.root() else { return all };
        for node in root.all(Ns::W, "abstractNum") {
            let Some(id) = node.number("abstractNumId") else { continue };
            let name = |child| Some(node.child(Ns::W, child)?.attribute("val")?.to_owned());
            if let Some(style) = name("styleLink") {
                all.styled.insert(style, id);
            }
            all.abstracts.insert(id, Abstract { levels: levels(node, theme), linked: name("numStyleLink") });
        }
        for node in root.all(Ns::W, "num") {
            let target = node.child(Ns::W, "abstractNumId").and_then(|target| target.number("val"));
            let (Some(id), Some(abstract_id)) = (node.number("numId"), target) else { continue };
            let overrides = node.all(Ns::W, "lvlOverride").filter_map(|node| {
                let start = node.child(Ns::W, "startOverride").and_then(|start| start.number("val"));
                let level = node.child(Ns::W, "lvl").map(|level| Rc::new(Level::read(level, theme)));
                Some((node.number("ilvl")?, Override { start, level }))
            });
            all.lists.insert(id, List { abstract_id, overrides: overrides.collect() });
        }
        all
    }

    /// The abstract list whose levels and counters a list has.
    fn abstract_of(&self, list: &List) -> i64 {
        let linked = self.abstracts.get(&list.abstract_id).and_then(|found| found.linked.as_ref());
        linked.and_then(|style| self.styled.get(style)).copied().unwrap_or(list.abstract_id)
    }

    /// The level of a list, as the list itself changes it.
    pub(super) fn level(&self, list: i64, level: u8) -> Option<Rc<Level>> {
        let list = self.lists.get(&list)?;
        let own = list.overrides.get(&level).and_then(|changed| changed.level.clone());
        own.or_else(|| self.abstracts.get(&self.abstract_of(list))?.levels.get(&level).cloned())
    }

    /// The level that a paragraph style is at.
    pub(super) fn level_of_style(&self, list: i64, style: &str) -> Option<u8> {
        let list = self.lists.get(&list)?;
        let levels = &self.abstracts.get(&self.abstract_of(list))?.levels;
        let level = levels.iter().filter(|(_, level)| level.style.as_deref() == Some(style));
        level.map(|(number, _)| *number).min()
    }

    /// Counts a paragraph of this list; none where there is no such list.
    pub(super) fn count(&mut self, list_id: i64, number: u8) -> Option<Labelled> {
        let level = self.level(list_id, number)?;
        let list = self.lists.get(&list_id)?;
        let abstract_id = self.abstract_of(list);
        let index = usize::from(number).min(LEVELS - 1);
        let mut reached = self.state.reached.get(&abstract_id).copied().unwrap_or_default();
        let own_start = list.overrides.get(&number).and_then(|changed| changed.start);
        let begins = own_start.is_some() && self.state.begun.insert((list_id, number));
        let next = match (begins, reached[index]) {
            (false, Some(reached)) => reached.saturating_add(1),
            _ => own_start.unwrap_or(level.start),
        };
        reached[index] = Some(next);
        for (deeper, reached) in reached.iter_mut().enumerate().skip(index + 1) {
            let restart = self.level(list_id, deeper as u8).and_then(|level| level.restart);
            if restart.is_none_or(|after| usize::from(after) > index) {
                *reached = None;
            }
        }
        self.state.reached.insert(abstract_id, reached);
        let ordered = level.format != "bullet" && level.format != "none";
        Some(Labelled { text: self.text(list_id, &level, &reached), level, ordered })
    }

    /// `%1.%2)` with numbers in it (§17.9.11).
    fn text(&self, list: i64, level: &Level, reached: &[Option<i64>; LEVELS]) -> String {
        if level.format == "bullet" {
            // Word's bullet of the second level: the letter of a typewriter's font as a ring.
            if level.text == "o" {
                return "◦".to_owned();
            }
            let font = level.run.symbol_font();
            return level.text.chars().map(|letter| likeness(font.unwrap_or_default(), letter)).collect();
        }
        let mut text = String::new();
        let mut characters = level.text.chars().peekable();
        while let Some(character) = characters.next() {
            let digit = characters.peek().and_then(|next| next.to_digit(10)).filter(|digit| *digit > 0);
            match (character, digit) {
                ('%', Some(digit)) => {
                    characters.next();
                    text.push_str(&self.number(list, level, digit as usize - 1, reached));
                }
                _ => text.push(character),
            }
        }
        text
    }

    fn number(&self, list: i64, at: &Level, index: usize, reached: &[Option<i64>; LEVELS]) -> String {
        let Some(level) = self.level(list, index as u8) else { return String::new() };
        let number = reached.get(index).copied().flatten().unwrap_or(level.start);
        match &level.custom {
            _ if at.legal && level.format != "none" => number.to_string(),
            Some(example) => custom(number, example),
            None => numeral(number, &level.format),
        }
    }

    /// Headers and footers are read again and again: they count on their own.
    pub(super) fn counters(&self) -> Counters {
        self.state.clone()
    }

    /// Goes back to where [`Self::counters`] was called.
    pub(super) fn restore(&mut self, state: Counters) {
        self.state = state;
    }
}

fn levels(node: Node<'_>, theme: &Theme) -> HashMap<u8, Rc<Level>> {
    let levels = node.all(Ns::W, "lvl").take(LEVELS);
    levels.filter_map(|level| Some((level.number("ilvl")?, Rc::new(Level::read(level, theme))))).collect()
}

impl Level {
    fn read(node: Node<'_>, theme: &Theme) -> Self {
        let value = |name| node.child(Ns::W, name).and_then(|child| child.attribute("val"));
        let format = node.child(Ns::W, "numFmt");
        let custom = format.filter(|format| format.attribute("val") == Some("custom"));
        let picture = node.child(Ns::W, "lvlPicBulletId").is_some();
        let text = value("lvlText").unwrap_or_default();
        Self {
            start: value("start").and_then(|start| start.trim().parse().ok()).unwrap_or(0),
            format: value("numFmt").unwrap_or("decimal").to_owned(),
            custom: custom.and_then(|format| Some(format.attribute("format")?.to_owned())),
            text: if picture { "•".to_owned() } else { text.to_owned() },
            restart: value("lvlRestart").and_then(|after| after.trim().parse().ok()),
            legal: node.child(Ns::W, "isLgl").is_some_and(switch),
            style: value("pStyle").map(str::to_owned),
            run: node.child(Ns::W, "rPr").map(|run| RunProps::read(run, theme)).unwrap_or_default(),
            paragraph: node
                .child(Ns::W, "pPr")
                .map(|paragraph| ParagraphProps::read(paragraph, theme))
                .unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::xml::Xml;
    use crate::error::Result;

    fn numbering(inner: &str) -> Result<Numbering> {
        let text = format!("<w:numbering>{inner}</w:numbering>");
        Ok(Numbering::read(&Tree::whole(Xml::new(text.as_bytes()), 20)?, &Theme::default()))
    }

    fn level(number: u8, start: &str, format: &str, text: &str, more: &str) -> String {
        format!(
            "<w:lvl w:ilvl='{number}'><w:start w:val='{start}'/><w:numFmt w:val='{format}'/>{more}<w:lvlText w:val='{text}'/></w:lvl>"
        )
    }

    fn labels(numbering: &mut Numbering, steps: &[(i64, u8)]) -> String {
        let labels = steps.iter().map(|(list, level)| numbering.count(*list, *level));
        labels.map(|label| label.map_or("?".to_owned(), |label| label.text)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lists_count_as_displayed() -> Result<()> {
        let outline = [
            level(0, "1", "upperRoman", "%1.", ""),
            level(1, "1", "lowerLetter", "%1.%2)", ""),
            level(2, "1", "decimal", "%1.%2.%3", "<w:isLgl/>"),
        ]
        .concat();
        let never = format!(
            "{}{}",
            level(0, "1", "decimal", "%1", ""),
            level(1, "1", "decimal", "%2", "<w:lvlRestart w:val='0'/>")
        );
        let bullet = "<w:lvl w:ilvl='0'><w:numFmt w:val='bullet'/><w:lvlText w:val='\u{f0b7}'/><w:rPr><w:rFonts w:ascii='Symbol'/></w:rPr></w:lvl>";
        let mut all = numbering(&format!(
            "<w:abstractNum w:abstractNumId='1'>{outline}</w:abstractNum><w:abstractNum w:abstractNumId='2'>{never}</w:abstractNum>\
             <w:abstractNum w:abstractNumId='3'>{bullet}</w:abstractNum>\
             <w:abstractNum w:abstractNumId='4'><w:numStyleLink w:val='Outline'/></w:abstractNum>\
             <w:abstractNum w:abstractNumId='5'><w:styleLink w:val='Outline'/>{outline}</w:abstractNum>\
             <w:num w:numId='1'><w:abstractNumId w:val='1'/></w:num><w:num w:numId='2'><w:abstractNumId w:val='2'/></w:num>\
             <w:num w:numId='3'><w:abstractNumId w:val='3'/></w:num><w:num w:numId='4'><w:abstractNumId w:val='4'/></w:num>\
             <w:num w:numId='6'><w:abstractNumId w:val='1'/></w:num>\
             <w:num w:numId='7'><w:abstractNumId w:val='1'/><w:lvlOverride w:ilvl='0'><w:startOverride w:val='5'/></w:lvlOverride></w:num>\
             <w:num w:numId='8'><w:abstractNumId w:val='9'/></w:num>",
        ))?;
        for (steps, expected) in [
            (
                &[(1, 0), (1, 0), (1, 1), (1, 1), (1, 2), (1, 0), (1, 1)][..],
                "I. II. II.a) II.b) 2.2.1 III. III.a)",
            ),
            // Another list of the same abstract list goes on; one with a start of its own begins anew, once.
            (&[(6, 0), (7, 0), (7, 0), (1, 0)], "IV. V. VI. VII."),
            (&[(2, 0), (2, 1), (2, 1), (2, 0), (2, 1)], "1 1 2 2 3"),
            (&[(3, 0), (3, 0)], "• •"),
            (&[(4, 0), (4, 1)], "I. I.a)"),
            (&[(8, 0), (99, 0), (1, 200)], "? ? ?"),
        ] {
            assert_eq!(labels(&mut all, steps), expected, "{steps:?}");
        }
        Ok(())
    }
}
