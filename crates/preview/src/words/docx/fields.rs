//! Fields: what they show, and what they are made of (ECMA-376 part 1 §17.16).

use std::rc::Rc;

use super::units::is_on;
use crate::container::tree::Node;
use crate::container::xml::Ns;

/// Fields inside of each other.
const NESTED: usize = 64;
/// Bytes of an instruction that are looked at.
const INSTRUCTION: usize = 4096;
/// Bytes of a link.
const LINK: usize = 2048;

/// The fields that are open at a place of a story.
#[derive(Debug, Default)]
pub(super) struct Fields {
    open: Vec<Field>,
    /// Begun when there were too many already.
    ignored: usize,
    /// One of them wants something from elsewhere.
    pub(super) external: bool,
}

#[derive(Debug, Default)]
struct Field {
    instruction: String,
    /// What follows is shown.
    result: bool,
    /// It has no result, or one that Word draws itself.
    hidden: bool,
    link: Option<Rc<str>>,
    /// What a form field shows.
    form: Option<String>,
}

impl Fields {
    /// What stands here is seen.
    pub(super) fn visible(&self) -> bool {
        self.ignored == 0 && self.open.iter().all(|field| field.result && !field.hidden)
    }

    /// Where the innermost field leads.
    pub(super) fn link(&self) -> Option<Rc<str>> {
        self.open.iter().rev().find_map(|field| field.link.clone())
    }

    /// `w:fldChar`; gives what is shown at its place.
    pub(super) fn mark(&mut self, node: Node<'_>) -> Option<String> {
        match node.attribute("fldCharType") {
            Some("begin") if self.open.len() >= NESTED => self.ignored = self.ignored.saturating_add(1),
            Some("begin") => {
                let form = node.child(Ns::W, "ffData").and_then(form);
                self.open.push(Field { form, ..Field::default() });
            }
            Some("separate") if self.ignored == 0 => {
                if let Some(field) = self.open.last_mut() {
                    field.begin_result();
                    self.external |= field.is_external();
                }
            }
            Some("end") if self.ignored > 0 => self.ignored -= 1,
            Some("end") => return self.end(),
            _ => {}
        }
        None
    }

    /// `w:instrText`.
    pub(super) fn instruct(&mut self, text: &str) {
        if let Some(field) = self.open.last_mut().filter(|field| !field.result)
            && field.instruction.len() + text.len() <= INSTRUCTION
        {
            field.instruction.push_str(text);
        }
    }

    /// `w:fldSimple` begins.
    pub(super) fn begin_simple(&mut self, instruction: &str) -> bool {
        if self.open.len() >= NESTED {
            return false;
        }
        self.open.push(Field::default());
        self.instruct(instruction);
        if let Some(field) = self.open.last_mut() {
            field.begin_result();
            self.external |= field.is_external();
        }
        true
    }

    /// The innermost field ends.
    pub(super) fn end(&mut self) -> Option<String> {
        let field = self.open.pop()?;
        if !self.visible() {
            return None;
        }
        match field.form {
            Some(form) => Some(form),
            None if !field.result => without_result(&field.instruction),
            None => None,
        }
    }
}

impl Field {
    /// It would run a program, or read a file, when it is updated.
    fn is_external(&self) -> bool {
        let name = self.instruction.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        matches!(
            name.as_str(),
            "DDE" | "DDEAUTO" | "INCLUDEPICTURE" | "INCLUDETEXT" | "INCLUDE" | "IMPORT" | "LINK"
        )
    }

    fn begin_result(&mut self) {
        self.result = true;
        let words = words(&self.instruction);
        match words.first().map(|word| word.to_ascii_uppercase()).as_deref() {
            Some("HYPERLINK") => self.link = hyperlink(&words),
            Some("FORMCHECKBOX" | "FORMDROPDOWN") => self.hidden = self.form.is_some(),
            Some("SET" | "ASK" | "XE" | "TC" | "TA" | "RD" | "PRIVATE") => self.hidden = true,
            _ => {}
        }
    }
}

/// What a check box or a list of choices shows.
fn form(node: Node<'_>) -> Option<String> {
    if let Some(check) = node.child(Ns::W, "checkBox") {
        let state = |name| check.child(Ns::W, name).map(|state| state.attribute("val").is_none_or(is_on));
        let checked = state("checked").or_else(|| state("default")).unwrap_or(false);
        return Some(if checked { "☒" } else { "☐" }.to_owned());
    }
    let list = node.child(Ns::W, "ddList")?;
    let chosen = |name| list.child(Ns::W, name).and_then(|chosen| chosen.number::<usize>("val"));
    let chosen = chosen("result").or_else(|| chosen("default")).unwrap_or(0);
    Some(list.all(Ns::W, "listEntry").nth(chosen)?.attribute("val")?.to_owned())
}

/// Words of an instruction, those in quotes whole.
fn words(instruction: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = instruction.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' | '“' | '”' => {
                if quoted {
                    words.push(std::mem::take(&mut word));
                }
                quoted = !quoted;
            }
            '\\' if quoted && matches!(characters.peek(), Some('\\' | '"')) => word.extend(characters.next()),
            character if character.is_whitespace() && !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            character => word.push(character),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// `HYPERLINK "address" \l "place"`; none to places in the same document.
fn hyperlink(words: &[String]) -> Option<Rc<str>> {
    let mut address = None;
    let mut words = words.iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "\\l" | "\\o" | "\\t" => drop(words.next()),
            word if word.starts_with('\\') => {}
            word => address = address.or(Some(word)),
        }
    }
    address.and_then(link)
}

/// An address as text that is shown.
pub(super) fn link(address: &str) -> Option<Rc<str>> {
    let address = address.trim();
    (!address.is_empty() && address.len() <= LINK && !address.starts_with('#')).then(|| Rc::from(address))
}

/// What a field shows that was never asked for its result.
fn without_result(instruction: &str) -> Option<String> {
    let words = words(instruction);
    match words.first()?.to_ascii_uppercase().as_str() {
        "SYMBOL" => {
            let code = words.get(1)?;
            let code = match code.strip_prefix("0x").or_else(|| code.strip_prefix("0X")) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => code.parse().ok()?,
            };
            let font = words.iter().position(|word| word == "\\f").and_then(|at| words.get(at + 1));
            let character = char::from_u32(code)?;
            Some(super::symbols::likeness(font.map_or("", String::as_str), character).to_string())
        }
        "QUOTE" => words.get(1).cloned(),
        "MACROBUTTON" | "GOTOBUTTON" => Some(words.get(2..)?.join(" ")),
        "FORMCHECKBOX" => Some("☐".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_in_instructions() {
        for (instruction, expected) in [
            (" HYPERLINK \"http://a.b/c d\" ", Some("http://a.b/c d")),
            ("HYPERLINK http://a.b \\o \"tip\"", Some("http://a.b")),
            ("HYPERLINK \\l \"place\"", None),
            ("HYPERLINK \"C:\\\\x\"", Some("C:\\x")),
            ("HYPERLINK", None),
        ] {
            assert_eq!(hyperlink(&words(instruction)).as_deref(), expected, "{instruction}");
        }
    }

    #[test]
    fn fields_without_a_result_show_what_can_be_known() {
        for (instruction, expected) in [
            ("SYMBOL 74 \\f Wingdings", Some("☺")),
            ("SYMBOL 0xB7 \\f \"Symbol\" \\s 10", Some("•")),
            ("QUOTE \"a b\"", Some("a b")),
            ("MACROBUTTON NoMacro Click and type", Some("Click and type")),
            ("MACROBUTTON", None),
            ("SYMBOL 99999999999", None),
            ("PAGE", None),
            ("", None),
        ] {
            assert_eq!(without_result(instruction).as_deref(), expected, "{instruction}");
        }
    }
}
