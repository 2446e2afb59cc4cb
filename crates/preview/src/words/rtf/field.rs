//! Fields: what they say and what was last shown of them (RTF 1.9.1, "Fields", "Form Fields").

use std::rc::Rc;

use crate::words::symbols::likeness;

/// Characters of an instruction, and items of a list.
const LONGEST: usize = 8192;
const ITEMS: usize = 200;

/// A field that is being read.
#[derive(Default)]
pub(super) struct Field {
    /// Groups of the document around it.
    pub(super) depth: usize,
    instruction: String,
    items: Vec<String>,
    /// What is chosen, and what was before anybody chose.
    chosen: Option<i32>,
    usual: i32,
    /// Something is shown of its result.
    pub(super) is_shown: bool,
}

/// `\ffres` of fields in which nobody has chosen.
const UNDECIDED: i32 = 25;

impl Field {
    pub(super) fn new(depth: usize) -> Self {
        Self { depth, ..Self::default() }
    }

    pub(super) fn word(&mut self, name: &str, value: i32) {
        match name {
            "ffres" => self.chosen = Some(value).filter(|value| *value != UNDECIDED),
            "ffdefres" => self.usual = value,
            _ => {}
        }
    }

    pub(super) fn add_instruction(&mut self, text: &str) {
        if self.instruction.len() + text.len() <= LONGEST {
            self.instruction.push_str(text);
        }
    }

    /// An item to choose from.
    pub(super) fn begin_item(&mut self) {
        if self.items.len() < ITEMS {
            self.items.push(String::new());
        }
    }

    pub(super) fn add_item(&mut self, text: &str) {
        if let Some(item) = self.items.last_mut()
            && item.len() < 256
        {
            item.push_str(text);
        }
    }

    /// Where it leads, if it is a link.
    pub(super) fn link(&self) -> Option<Rc<str>> {
        let mut words = words(&self.instruction).into_iter();
        if !words.next()?.eq_ignore_ascii_case("hyperlink") {
            return None;
        }
        let (mut target, mut place) = (String::new(), String::new());
        while let Some(word) = words.next() {
            match word.as_str() {
                "\\l" | "\\L" => place = words.next().unwrap_or_default(),
                "\\o" | "\\O" | "\\t" | "\\T" => drop(words.next()),
                _ if word.starts_with('\\') && word.len() == 2 => {}
                _ if target.is_empty() => target = word,
                _ => {}
            }
        }
        if !place.is_empty() {
            target = format!("{target}#{place}");
        }
        (!target.is_empty()).then(|| target.into())
    }

    /// What is shown where the document brings no result along.
    pub(super) fn own_result(&self) -> Option<String> {
        let mut words = words(&self.instruction).into_iter();
        let chosen = self.chosen.unwrap_or(self.usual);
        match words.next()?.to_ascii_uppercase().as_str() {
            "SYMBOL" => symbol(words),
            "FORMCHECKBOX" => Some(if chosen == 1 { "☒" } else { "☐" }.to_owned()),
            "FORMDROPDOWN" => self.items.get(usize::try_from(chosen).ok()?).cloned(),
            _ => None,
        }
    }

    /// It wants something from elsewhere.
    pub(super) fn is_external(&self) -> bool {
        let first = words(&self.instruction).into_iter().next().unwrap_or_default().to_ascii_uppercase();
        matches!(first.as_str(), "INCLUDEPICTURE" | "INCLUDETEXT" | "DDE" | "DDEAUTO" | "LINK")
    }
}

/// `SYMBOL 183 \f "Symbol"`
fn symbol(mut words: impl Iterator<Item = String>) -> Option<String> {
    let code = words.next()?;
    let code = match code.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => code.parse().ok()?,
    };
    let mut font = String::new();
    while let Some(word) = words.next() {
        if word == "\\f" {
            font = words.next().unwrap_or_default();
        }
    }
    let character = char::from_u32(code).filter(|character| !character.is_control())?;
    Some(likeness(&font, character).to_string())
}

/// The words of an instruction; those in quotation marks may hold spaces, and backslashes doubled in them are one.
fn words(instruction: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut began) = (Vec::new(), String::new(), false, false);
    let mut characters = instruction.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' | '\u{201c}' | '\u{201d}' => {
                quoted = !quoted;
                began = true;
            }
            '\\' if quoted && characters.peek() == Some(&'\\') => {
                characters.next();
                word.push('\\');
            }
            character if character.is_whitespace() && !quoted => {
                if began || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                began = false;
            }
            character => word.push(character),
        }
    }
    if began || !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(instruction: &str) -> Field {
        let mut field = Field::new(0);
        field.add_instruction(instruction);
        field
    }

    #[test]
    fn links_lead_somewhere() {
        for (instruction, expected) in [
            (" HYPERLINK \"https://a.b/c d\" ", Some("https://a.b/c d")),
            ("HYPERLINK https://a.b", Some("https://a.b")),
            ("hyperlink \\l \"top\"", Some("#top")),
            ("HYPERLINK \"x\" \\l \"y\" \\o \"tip\"", Some("x#y")),
            ("HYPERLINK \\\\n \"x\"", Some("\\\\n")),
            ("HYPERLINK \"c:\\\\a\\\\b\"", Some("c:\\a\\b")),
            ("HYPERLINK", None),
            ("PAGE", None),
            ("", None),
        ] {
            assert_eq!(field(instruction).link().as_deref(), expected, "{instruction}");
        }
    }

    #[test]
    fn some_fields_show_something_by_themselves() {
        for (instruction, chosen, expected) in [
            ("SYMBOL 183 \\f \"Symbol\" \\s 12", 0, Some("•")),
            ("SYMBOL 0xfc \\f Wingdings", 0, Some("✓")),
            ("SYMBOL x", 0, None),
            ("FORMCHECKBOX", 1, Some("☒")),
            ("FORMCHECKBOX", 25, Some("☐")),
            ("FORMDROPDOWN", 1, Some("two")),
            ("FORMDROPDOWN", 7, None),
            ("PAGE", 0, None),
        ] {
            let mut field = field(instruction);
            field.word("ffres", chosen);
            for item in ["one", "two"] {
                field.begin_item();
                field.add_item(item);
            }
            assert_eq!(field.own_result().as_deref(), expected, "{instruction}");
        }
    }
}
