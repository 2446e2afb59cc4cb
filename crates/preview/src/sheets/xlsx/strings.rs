//! Texts that cells share (ECMA-376 part 1 §18.4), read as far as cells ask for them.

use super::color::Palette;
use super::styles::text_style;
use crate::container::opc::Package;
use crate::container::tree::{Opening, Tree};
use crate::container::xml::{Ns, Token, Xml};
use crate::error::Result;
use crate::model::{Inline, TextStyle};
use crate::sheets::store::{RichText, Room, Texts};

/// The workbook's list of texts.
#[derive(Default)]
pub(crate) struct SharedStrings<'a> {
    /// None where all of it was read.
    xml: Option<Xml<'a>>,
    texts: Texts,
    rich: RichText,
    pub(super) damaged: bool,
}

impl<'a> SharedStrings<'a> {
    pub(super) fn open(package: &Package<'a>, part: Option<&str>) -> Result<Self> {
        let xml = part.map(|part| package.xml(part)).transpose()?.flatten();
        Ok(Self { xml, ..Self::default() })
    }

    /// Reads up to this text.
    ///
    /// # Errors
    /// Only of bytes that have not come yet; damage ends the list.
    pub(super) fn read_to(&mut self, index: u32, palette: &Palette, room: &mut Room) -> Result<()> {
        while self.texts.len() <= index as usize {
            let Some(xml) = &mut self.xml else { return Ok(()) };
            let item = match xml.next() {
                Ok(Token::Open(start)) => start.is(Ns::S, "si"),
                Ok(Token::End) => {
                    self.damaged |= xml.is_damaged();
                    self.xml = None;
                    return Ok(());
                }
                Ok(_) => false,
                Err(error) => return self.fail(error),
            };
            if item && let Err(error) = read_rich(xml, palette, &mut self.rich) {
                return self.fail(error);
            }
            if item {
                self.texts.push_rich(&self.rich, room);
            }
            if room.is_cut() {
                self.xml = None;
            }
        }
        Ok(())
    }

    fn fail(&mut self, error: crate::PreviewError) -> Result<()> {
        if matches!(error, crate::PreviewError::Waiting { .. }) {
            return Err(error);
        }
        self.damaged = true;
        self.xml = None;
        Ok(())
    }

    pub(super) fn get(&self, index: u32) -> Option<&str> {
        self.texts.get(index)
    }

    pub(super) fn runs(&self, index: u32) -> Vec<Inline> {
        self.texts.runs(index)
    }
}

/// Bytes of one text and runs in it that are kept; Excel allows 32,767 characters.
const LONGEST: usize = 256 * 1024;
const RUNS: usize = 4096;

/// What an element inside of a text is.
enum Part {
    Text,
    Run,
    Properties(Opening),
    Other,
}

/// A text in runs (`si`, `is`, `text` of comments): the rest of the element that was opened last. What says how it is
/// pronounced (`rPh`) is not shown.
pub(super) fn read_rich(xml: &mut Xml<'_>, palette: &Palette, rich: &mut RichText) -> Result<()> {
    rich.text.clear();
    rich.runs.clear();
    let outside = xml.depth().saturating_sub(1);
    let mut style = TextStyle::default();
    // Depth of the `t` that is open.
    let mut inside_text = None;
    loop {
        let part = match xml.next()? {
            Token::End => break,
            Token::Close(depth) if depth <= outside => break,
            Token::Close(depth) => {
                inside_text = inside_text.filter(|text| depth >= *text);
                continue;
            }
            Token::Text(text) => {
                if inside_text.is_some() && rich.text.len() + text.len() <= LONGEST {
                    rich.text.push_str(&text);
                }
                continue;
            }
            Token::Open(start) => match start.name() {
                "t" => Part::Text,
                "r" => Part::Run,
                "rPr" => Part::Properties(Opening::of(&start)),
                _ => Part::Other,
            },
        };
        match part {
            Part::Text => inside_text = Some(xml.depth()),
            Part::Run if rich.runs.len() < RUNS => {
                rich.runs.push((rich.text.len(), std::mem::take(&mut style)))
            }
            Part::Run => {}
            Part::Properties(opening) => {
                let tree = Tree::from_start(xml, opening, 8)?;
                style = tree.root().map(|root| text_style(root, palette)).unwrap_or_default();
            }
            Part::Other => xml.skip()?,
        }
    }
    rich.runs.push((rich.text.len(), style));
    unescape_rich(rich);
    Ok(())
}

/// Undoes `_x000D_` (§22.9.2.19 ST_Xstring) in a text and moves the ends of its runs.
fn unescape_rich(rich: &mut RichText) {
    if !rich.text.contains("_x") {
        return;
    }
    let mut text = String::with_capacity(rich.text.len());
    let mut start = 0;
    for (end, _) in &mut rich.runs {
        text.push_str(&unescape(rich.text.get(start..*end).unwrap_or_default()));
        start = *end;
        *end = text.len();
    }
    rich.text = text;
}

/// Undoes `_x000D_`: a character by four hex digits. `_x005F_` stands for an underscore that begins no such thing.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let code = rest.get(at + 2..at + 6).filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'));
        let digits = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let character = digits.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
        out.push_str(&rest[..at]);
        match character {
            // A carriage return stands in front of a line break, which is enough.
            Some('\r') => rest = &rest[at + 7..],
            Some(character) => {
                out.push(character);
                rest = &rest[at + 7..];
            }
            None => {
                out.push_str("_x");
                rest = &rest[at + 2..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn rich(text: &str) -> Result<RichText> {
        let mut xml = Xml::new(text.as_bytes());
        xml.next()?;
        let mut rich = RichText::default();
        read_rich(&mut xml, &Palette::default(), &mut rich)?;
        Ok(rich)
    }

    #[test]
    fn characters_may_be_written_by_number() {
        for (text, expected) in [
            ("a_x0041_b", "aAb"),
            ("_x005F_x0041_", "_x0041_"),
            ("a_x000D_\nb", "a\nb"),
            ("_x00", "_x00"),
            ("_xZZZZ_", "_xZZZZ_"),
            ("_xD800_", "_xD800_"),
            ("é_x_x0020_é", "é_x é"),
        ] {
            assert_eq!(unescape(text), expected, "{text}");
        }
    }

    #[test]
    fn texts_have_runs_and_no_pronunciation() -> Result<()> {
        let rich = rich(
            "<si xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><t>a</t><r><t>b_x0041_</t></r><r><rPr><b/><i val='0'/></rPr><t>c</t></r><rPh><t>x</t></rPh><phoneticPr/></si>",
        )?;
        let looks: Vec<(usize, bool)> = rich.runs.iter().map(|(end, style)| (*end, style.bold)).collect();
        assert_eq!((rich.text.as_str(), looks), ("abAc", vec![(1, false), (3, false), (4, true)]));
        assert!(!rich.runs[2].1.italic);
        Ok(())
    }

    #[test]
    fn only_what_is_asked_for_is_read() -> Result<()> {
        let list = "<sst xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'>".to_owned()
            + &"<si><t>x</t></si>".repeat(1000);
        let mut strings = SharedStrings { xml: Some(Xml::new(list.as_bytes())), ..SharedStrings::default() };
        let mut room = Room::new(&Limits::default());
        strings.read_to(9, &Palette::default(), &mut room)?;
        assert_eq!((strings.texts.len(), strings.get(9)), (10, Some("x")));
        strings.read_to(5000, &Palette::default(), &mut room)?;
        assert_eq!(
            (strings.texts.len(), strings.get(5000), strings.damaged),
            (1000, None, true),
            "it ends early"
        );
        Ok(())
    }
}
