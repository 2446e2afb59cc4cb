//! Runs ahead of the reader to find what the present section looks like: a document says that at a section's end
//! (ECMA-376 part 1 §17.6.17), and it is needed at its beginning.

use std::io::BufRead as _;

use crate::container::decode::Utf8;
use crate::container::tree::Tree;
use crate::container::xml::Xml;
use crate::error::Result;

/// The element that is looked for.
const NAME: &[u8] = b"sectPr";
/// Bytes of one `w:sectPr`; they have some hundred.
const LONGEST: usize = 64 * 1024;
/// Bytes that the scout runs ahead at most.
const AHEAD: u64 = 48 * 1024 * 1024;
/// The beginning of a document that declares its prefixes.
const HEAD: usize = 16 * 1024;

/// Looks through the text of a main part without taking it apart.
pub(super) struct Scout<'a> {
    text: Option<Utf8<Box<dyn std::io::Read + 'a>>>,
    /// What has been read and not passed yet.
    window: Vec<u8>,
    /// The root element's start, for its prefixes.
    root: Option<Vec<u8>>,
    passed: u64,
    depth: usize,
}

impl<'a> Scout<'a> {
    pub(super) fn new(stream: Option<Box<dyn std::io::Read + 'a>>, depth: usize) -> Self {
        Self { text: stream.map(Utf8::xml), window: Vec::new(), root: None, passed: 0, depth }
    }

    /// The next `w:sectPr`, inside the root element's name and prefixes; none after the last.
    pub(super) fn next(&mut self) -> Result<Option<Tree>> {
        let Some((start, prefix)) = self.find_start()? else { return Ok(None) };
        let Some(element) = self.take_element(start, &prefix)? else { return Ok(None) };
        let root = self.root.clone().unwrap_or_default();
        let text = std::io::Cursor::new([root, element].concat());
        Tree::whole(Xml::new(text), self.depth).map(Some)
    }

    /// Reads on; false at the end.
    fn read_on(&mut self) -> Result<bool> {
        let Some(text) = self.text.as_mut().filter(|_| self.passed < AHEAD) else { return Ok(false) };
        let more = text.fill_buf()?;
        let count = more.len();
        self.window.extend_from_slice(more);
        text.consume(count);
        if self.root.is_none() && (self.window.len() >= HEAD || count == 0) {
            self.root = Some(root(&self.window).to_vec());
        }
        Ok(count > 0)
    }

    fn pass(&mut self, count: usize) {
        self.window.drain(..count.min(self.window.len()));
        self.passed += count as u64;
    }

    /// Where the next element begins, with the prefix of its name (`w:`).
    fn find_start(&mut self) -> Result<Option<(usize, Vec<u8>)>> {
        let mut from = 0;
        loop {
            while self.root.is_none() && self.read_on()? {}
            let found = self.window.get(from..).and_then(|rest| position(rest, NAME));
            let Some(at) = found.map(|at| at + from) else {
                // The name, and the prefix before it, may be cut at the window's end.
                let keep = self.window.len().saturating_sub(64);
                self.pass(keep);
                from = self.window.len().saturating_sub(NAME.len());
                if !self.read_on()? {
                    return Ok(None);
                }
                continue;
            };
            if self.window.len() <= at + NAME.len() && self.read_on()? {
                continue;
            }
            let ends = self.window.get(at + NAME.len());
            let before = &self.window[..at];
            let open = before.iter().rposition(|byte| !(byte.is_ascii_alphanumeric() || *byte == b':'));
            let whole = ends.is_some_and(|byte| matches!(byte, b'>' | b'/') || byte.is_ascii_whitespace());
            match open.filter(|open| whole && before.get(*open) == Some(&b'<')) {
                Some(open) => return Ok(Some((open, before[open + 1..].to_vec()))),
                None => from = at + NAME.len(),
            }
        }
    }

    /// The element that begins at `start`, to its end; those inside it (what it was before a change) are part of it.
    fn take_element(&mut self, start: usize, prefix: &[u8]) -> Result<Option<Vec<u8>>> {
        self.pass(start);
        let opening = [b"<", prefix, NAME].concat();
        let closing = [b"</", prefix, NAME, b">"].concat();
        let (mut at, mut open) = (0, 0_usize);
        loop {
            let rest = self.window.get(at..).unwrap_or_default();
            let Some(end) = rest.iter().position(|byte| *byte == b'>').map(|end| at + end + 1) else {
                if self.window.len() > LONGEST || !self.read_on()? {
                    return Ok(None);
                }
                continue;
            };
            let tag = &self.window[at..end];
            let begins = position(tag, &opening).filter(|at| {
                tag.get(at + opening.len())
                    .is_some_and(|byte| matches!(byte, b'>' | b'/') || byte.is_ascii_whitespace())
            });
            if begins.is_some() && !tag.ends_with(b"/>") {
                open += 1;
            } else if tag.ends_with(&closing) {
                open = open.saturating_sub(1);
            }
            at = end;
            if open == 0 || at > LONGEST {
                let element = self.window[..at].to_vec();
                self.pass(at);
                return Ok(Some(element));
            }
        }
    }
}

/// The root element's start: its name is not looked at, its prefixes are.
fn root(head: &[u8]) -> &[u8] {
    let mut at = 0;
    while let Some(open) = head.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'<')) {
        let start = at + open;
        let Some(end) = head[start..].iter().position(|byte| *byte == b'>') else { return &[] };
        let tag = &head[start..=start + end];
        if !matches!(tag.get(1), Some(b'?' | b'!')) {
            return if tag.ends_with(b"/>") { &[] } else { tag };
        }
        at = start + end;
    }
    &[]
}

fn position(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    while let Some(at) = text.get(from..)?.iter().position(|byte| *byte == first) {
        if text[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::xml::Ns;

    fn found(text: &str) -> Result<Vec<String>> {
        let mut scout = Scout::new(Some(Box::new(std::io::Cursor::new(text.as_bytes().to_vec()))), 50);
        let mut all = Vec::new();
        while let Some(tree) = scout.next()? {
            let section = tree.root().and_then(|root| root.child(Ns::W, "sectPr"));
            let page = section.and_then(|section| section.child(Ns::W, "pgSz"));
            all.push(page.and_then(|page| page.attribute("w")).unwrap_or("?").to_owned());
        }
        Ok(all)
    }

    #[test]
    fn sections_are_found_ahead() -> Result<()> {
        let far = "x".repeat(200_000);
        for (text, expected) in [
            ("<w:document><w:body/></w:document>".to_owned(), ""),
            ("<w:document><w:sectPr w:rsidR='1'><w:pgSz w:w='1'/></w:sectPr></w:document>".to_owned(), "1"),
            (
                "<q:document xmlns:q='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><q:sectPr/>\
                 <q:sectPr><q:pgSz q:w='2'/></q:sectPr></q:document>"
                    .to_owned(),
                "? 2",
            ),
            (
                "<?xml version='1.0'?><!-- a --><document xmlns='http://purl.oclc.org/ooxml/wordprocessingml/main'>\
                 <sectPr><pgSz w='3'/></sectPr></document>"
                    .to_owned(),
                "3",
            ),
            (
                format!(
                    "<w:document><w:t>{far}</w:t><w:sectPr><w:sectPrChange><w:sectPr><w:pgSz w:w='9'/></w:sectPr>\
                     </w:sectPrChange><w:pgSz w:w='4'/></w:sectPr><w:t>{far} sectPr</w:t><w:sectPr><w:pgSz w:w='5'/></w:sectPr>"
                ),
                "4 5",
            ),
            ("<w:document><w:sectPr><w:pgSz w:w='6'/>".to_owned(), ""),
        ] {
            assert_eq!(found(&text)?.join(" "), expected, "{}", &text[..text.len().min(80)]);
        }
        Ok(())
    }
}
