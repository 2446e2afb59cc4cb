//! Fields: an instruction that is not shown and a result that is ([MS-DOC] 2.8.25); links are fields too.

use crate::container::bytes::{slice, u16_at, u32_at};
use crate::words::symbols::likeness;

/// Fields in fields that are told apart.
const DEPTH: usize = 64;
/// Characters of an instruction that are looked at.
const INSTRUCTION: usize = 4096;

#[derive(Debug, Default)]
struct Field {
    instruction: String,
    /// The instruction has ended.
    result: bool,
    link: Option<String>,
    /// Where the data of a form's field stands.
    data: Option<u32>,
}

/// The fields that are open.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    open: Vec<Field>,
    /// Opened too deep: only counted.
    deeper: usize,
}

impl Fields {
    pub(crate) fn begin(&mut self) {
        if self.open.len() < DEPTH {
            self.open.push(Field::default());
        } else {
            self.deeper += 1;
        }
    }

    /// The result of the innermost field begins.
    pub(crate) fn separate(&mut self) {
        if self.deeper == 0
            && let Some(field) = self.open.last_mut()
        {
            field.result = true;
            field.link = link(&field.instruction);
        }
    }

    /// The innermost field ends; gives what is shown of a field that has no result of its own.
    pub(crate) fn end(&mut self, data: &[u8]) -> Option<String> {
        if self.deeper > 0 {
            self.deeper -= 1;
            return None;
        }
        let field = self.open.pop()?;
        if field.result || !self.shown() { None } else { shown_instead(&field, data) }
    }

    /// What stands here is shown: no instruction is around it.
    pub(crate) fn shown(&self) -> bool {
        self.deeper == 0 && self.open.iter().all(|field| field.result)
    }

    /// Where what stands here leads.
    pub(crate) fn link(&self) -> Option<&str> {
        self.open.iter().rev().find_map(|field| field.link.as_deref())
    }

    /// A part of an instruction.
    pub(crate) fn instruct(&mut self, text: &str) {
        if let Some(field) = self.open.iter_mut().rev().find(|field| !field.result)
            && field.instruction.len() < INSTRUCTION
        {
            field.instruction.push_str(text);
        }
    }

    /// The data of the innermost field.
    pub(crate) fn set_data(&mut self, place: u32) {
        if let Some(field) = self.open.last_mut() {
            field.data = Some(place);
        }
    }
}

/// Words and quoted texts of an instruction.
fn words(instruction: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut begun) = (Vec::new(), String::new(), false, false);
    let mut characters = instruction.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' | '\u{201c}' | '\u{201d}' => {
                quoted = !quoted;
                begun = true;
            }
            // In quotes a backslash hides the meaning of the next character.
            '\\' if quoted => {
                word.push(characters.next_if(|next| matches!(next, '\\' | '"')).unwrap_or('\\'))
            }
            character if character.is_whitespace() && !quoted => {
                if begun || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            character => word.push(character),
        }
    }
    if begun || !word.is_empty() {
        words.push(word);
    }
    words
}

/// The target of a link: an address, a place in the document, or both.
fn link(instruction: &str) -> Option<String> {
    let words = words(instruction);
    if !words.first()?.eq_ignore_ascii_case("hyperlink") {
        return None;
    }
    let (mut target, mut place) = (String::new(), None);
    let mut rest = words.into_iter().skip(1);
    while let Some(word) = rest.next() {
        match word.to_ascii_lowercase().as_str() {
            "\\l" => place = rest.next(),
            "\\o" | "\\t" | "\\s" => drop(rest.next()),
            option if option.starts_with('\\') && option.len() == 2 => {}
            _ if target.is_empty() => target = word,
            _ => {}
        }
    }
    if let Some(place) = place {
        target.push('#');
        target.push_str(&place);
    }
    (!target.is_empty()).then_some(target)
}

fn shown_instead(field: &Field, data: &[u8]) -> Option<String> {
    let words = words(&field.instruction);
    let kind = words.first()?.to_ascii_uppercase();
    match kind.as_str() {
        "SYMBOL" => symbol(&words),
        "MACROBUTTON" | "GOTOBUTTON" => Some(words.get(2..)?.join(" ")),
        "FORMCHECKBOX" | "FORMDROPDOWN" => form_field(data, field.data?),
        _ => None,
    }
}

/// `SYMBOL 183 \f Wingdings`.
fn symbol(words: &[String]) -> Option<String> {
    let code = words.get(1)?;
    let code = match code.strip_prefix("0x").or_else(|| code.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => code.parse().ok()?,
    };
    let font =
        words.iter().position(|word| word.eq_ignore_ascii_case("\\f")).and_then(|at| words.get(at + 1));
    let font = font.map_or("", String::as_str);
    let character = match u8::try_from(code) {
        Ok(byte) if !crate::words::symbols::is_symbol_font(font) => {
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next()?
        }
        _ => likeness(font, char::from_u32(code)?),
    };
    Some(character.to_string())
}

/// A box with or without its mark, or the chosen item of a list ([MS-DOC] 2.9.79).
fn form_field(data: &[u8], place: u32) -> Option<String> {
    let place = place as usize;
    let start = place.checked_add(usize::from(u16_at(data, place.checked_add(4)?)?))?;
    let form = slice(data, start, data.len().checked_sub(start)?)?;
    let bits = u16_at(form, 4)?;
    let (kind, chosen) = (bits & 3, usize::from(bits >> 2 & 31));
    let name = skip_text(form, 10)?;
    let usual = usize::from(u16_at(form, name).unwrap_or(0));
    // 25 says that nobody has chosen.
    let chosen = if chosen == 25 { usual } else { chosen };
    match kind {
        1 => Some(if chosen == 0 { "☐" } else { "☒" }.to_owned()),
        2 => {
            let mut at = name + 2;
            for _ in 0..5 {
                at = skip_text(form, at)?;
            }
            item(form.get(at..)?, chosen)
        }
        _ => None,
    }
}

/// Past a text with its length in front and a NUL behind.
fn skip_text(bytes: &[u8], at: usize) -> Option<usize> {
    Some(at + 4 + 2 * usize::from(u16_at(bytes, at)?))
}

/// One of a table of texts ([MS-DOC] 2.2.4), whose count has two or four bytes.
fn item(table: &[u8], index: usize) -> Option<String> {
    let mut at = if u16_at(table, 4)? == 0 && u16_at(table, 6) == Some(0) && u32_at(table, 2)? < 0x1_0000 {
        8
    } else {
        6
    };
    for _ in 0..index {
        at += 2 + 2 * usize::from(u16_at(table, at)?);
    }
    let text = slice(table, at + 2, 2 * usize::from(u16_at(table, at)?))?;
    let units: Vec<u16> = text.chunks_exact(2).filter_map(|pair| u16_at(pair, 0)).collect();
    Some(String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_from_their_instructions() {
        for (instruction, expected) in [
            (" HYPERLINK \"http://a.example/x y\" ", Some("http://a.example/x y")),
            (" HYPERLINK \\l \"_Toc1\" ", Some("#_Toc1")),
            ("hyperlink \"c:\\\\a\\\\b.doc\" \\l \"here\" \\o \"tip\"", Some("c:\\a\\b.doc#here")),
            (" HYPERLINK http://a.example \\t \"_blank\"", Some("http://a.example")),
            (" PAGEREF x", None),
            ("", None),
        ] {
            assert_eq!(link(instruction).as_deref(), expected, "{instruction}");
        }
    }

    #[test]
    fn instructions_are_not_shown_and_results_are() {
        let mut fields = Fields::default();
        fields.begin();
        fields.instruct(" HYPERLINK \"x\" ");
        assert!(!fields.shown());
        fields.separate();
        assert_eq!((fields.shown(), fields.link()), (true, Some("x")));
        fields.begin();
        fields.instruct("SYMBOL 254 \\f \"Wingdings\"");
        assert_eq!(fields.end(&[]).as_deref(), Some("☑"));
        assert_eq!(fields.end(&[]), None);
        assert_eq!((fields.shown(), fields.link()), (true, None));
        assert_eq!(fields.end(&[]), None);
        fields.begin();
        fields.instruct("MACROBUTTON Nothing Click \"here\"");
        assert_eq!(fields.end(&[]).as_deref(), Some("Click here"));
        (0..1000).for_each(|_| fields.begin());
        (0..1000).for_each(|_| drop(fields.end(&[])));
        assert!(fields.shown());
    }

    #[test]
    fn forms_show_what_is_chosen() {
        let form = |bits: u16, usual: u16| {
            let mut data = vec![0; 4];
            data.extend(68_u16.to_le_bytes());
            data.resize(68, 0);
            data.extend([255; 4]);
            data.extend(bits.to_le_bytes());
            data.extend([0; 4]);
            data.extend([1, 0, b'n', 0, 0, 0]);
            data.extend(usual.to_le_bytes());
            (0..5).for_each(|_| data.extend([0; 4]));
            data.extend([255, 255, 2, 0, 0, 0, 0, 0, 1, 0, b'a', 0, 1, 0, b'b', 0]);
            data
        };
        for (bits, usual, expected) in [
            (1, 0, "☐"),
            (1 | 1 << 2, 0, "☒"),
            (1 | 25 << 2, 1, "☒"),
            (2 | 1 << 2, 0, "b"),
            (2 | 25 << 2, 0, "a"),
        ] {
            assert_eq!(form_field(&form(bits, usual), 0).as_deref(), Some(expected));
        }
        assert_eq!(form_field(&form(2 | 9 << 2, 0), 0), None);
        assert_eq!(form_field(&[], u32::MAX), None);
    }
}
