//! Foreign content in a Word document (`w:altChunk`, ECMA-376 part 1 §17.17.2): another Word document, text, a web page.

use encoding_rs::{Encoding, UTF_8};

use super::blocks::Blocks;
use super::body::Body;
use super::inline::Inlines;
use super::story::Builder;
use crate::container::opc::Package;
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::container::zip::Zip;
use crate::error::{PreviewError, Result};
use crate::limits::Limits;
use crate::model::{Block, Inline, Warning};
use crate::{FlowReader as _, ReadAt};

/// Bytes that a chunk may unpack to.
const LARGEST: u64 = 64 * 1024 * 1024;
/// Blocks of a chunk that is a document.
const BLOCKS: usize = 20_000;

impl Builder<'_, '_> {
    /// `w:altChunk`.
    pub(super) fn chunk(&mut self, node: Node<'_>, out: &mut Blocks) -> Result<()> {
        let part = node.attribute_in(Ns::R, "id").and_then(|id| self.story.relations.part(id));
        let bytes = match part {
            Some(part) => self.shared.warnings.keep(self.shared.package.zip.read(part))?,
            None => None,
        };
        let Some(bytes) = bytes else {
            self.shared.warnings.add(Warning::NotDrawn);
            return Ok(());
        };
        let start = bytes.trim_ascii_start();
        if bytes.starts_with(b"PK") {
            return self.document(&bytes, out);
        }
        if start.starts_with(b"{\\rt") || start.starts_with(b"MIME") || start.starts_with(b"From:") {
            self.shared.warnings.add(Warning::NotDrawn);
            return Ok(());
        }
        let text = decoded(&bytes);
        let lines =
            if start.starts_with(b"<") { page(&text) } else { text.lines().map(str::to_owned).collect() };
        for line in lines {
            if self.shared.take_block() {
                let (mut inlines, context) = (Inlines::default(), self.bare_context());
                self.plain_text(&line, &context, &mut inlines);
                self.bare_paragraph(inlines.list, out);
            }
        }
        Ok(())
    }

    /// Another Word document, without its pictures and margins. What is foreign to that one stays away.
    fn document(&mut self, bytes: &dyn ReadAt, out: &mut Blocks) -> Result<()> {
        let mine = &self.shared.package.zip;
        let limits = Limits { part: LARGEST, blocks: BLOCKS, ..mine.limits().clone() };
        match mine.nested(bytes, &limits).and_then(read) {
            Ok(blocks) => {
                for mut block in blocks {
                    forget(std::slice::from_mut(&mut block));
                    if self.shared.take_block() {
                        out.push(block);
                    }
                }
            }
            Err(error @ (PreviewError::Waiting { .. } | PreviewError::Read(_))) => return Err(error),
            Err(_) => self.shared.warnings.add(Warning::NotDrawn),
        }
        Ok(())
    }
}

fn read(zip: Zip<'_>) -> Result<Vec<Block>> {
    let package = Package::new(zip);
    let main = super::main_part(&package)?;
    let mut body = Body::open(package, &main)?.alone();
    let blocks = body.blocks(BLOCKS)?.blocks;
    Ok(blocks.into_iter().filter(|block| !matches!(block, Block::Section(_))).collect())
}

/// Pictures and notes of the other document have numbers that mean something else here.
fn forget(blocks: &mut [Block]) {
    for block in blocks {
        match block {
            Block::Paragraph(paragraph) => {
                paragraph.inlines.retain(|inline| !matches!(inline, Inline::Note { .. } | Inline::Shape(_)));
                for inline in &mut paragraph.inlines {
                    if let Inline::Picture(picture) = inline {
                        picture.id = None;
                    }
                }
            }
            Block::Table(table) => {
                table
                    .rows
                    .iter_mut()
                    .flat_map(|row| &mut row.cells)
                    .for_each(|cell| forget(&mut cell.blocks));
            }
            Block::Section(_) | Block::PageBreak => {}
        }
    }
}

/// Text in the encoding of its byte order mark or of its page's declaration, UTF-8 otherwise.
fn decoded(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(1024)];
    let named = head.windows(8).position(|window| window.eq_ignore_ascii_case(b"charset=")).and_then(|at| {
        let rest = &head[at + 8..];
        let name = rest.split(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':')));
        Encoding::for_label(name.into_iter().find(|name| !name.is_empty())?)
    });
    named.unwrap_or(UTF_8).decode(bytes).0.into_owned()
}

/// The lines of a web page: what stands between tags, with a new line where a block begins or ends.
fn page(text: &str) -> Vec<String> {
    let (mut lines, mut line) = (Vec::new(), String::new());
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        put(&rest[..open], &mut line);
        rest = &rest[open..];
        if rest.starts_with("<!--") {
            rest = rest.find("-->").map_or("", |end| &rest[end + 3..]);
            continue;
        }
        let end = rest.find('>').map_or(rest.len(), |end| end + 1);
        let tag = rest[1..end].trim_start_matches('/');
        let name: String =
            tag.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let closes = rest.starts_with("</");
        rest = &rest[end..];
        match name.as_str() {
            // Nothing in them is read.
            "script" | "style" | "head" | "title" if !closes => {
                rest = closing(rest, &name);
            }
            "p" | "div" | "br" | "tr" | "li" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" | "ul"
            | "ol" | "body" | "pre" | "blockquote" => end_line(&mut line, &mut lines),
            "td" | "th" if !closes => line.push(' '),
            _ => {}
        }
    }
    put(rest, &mut line);
    end_line(&mut line, &mut lines);
    lines
}

/// From the end tag of this element on.
fn closing<'t>(text: &'t str, name: &str) -> &'t str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = &rest[at..];
        if rest.get(2..2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return rest;
        }
        rest = &rest[2..];
    }
    ""
}

/// Text with its entities resolved and its white space as one space.
fn put(text: &str, line: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        put_words(&rest[..at], line);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        match end.and_then(|end| Some((entity(&rest[1..end])?, end))) {
            Some((character, end)) => {
                line.push(character);
                rest = &rest[end + 1..];
            }
            None => {
                line.push('&');
                rest = &rest[1..];
            }
        }
    }
    put_words(rest, line);
}

fn put_words(text: &str, line: &mut String) {
    for character in text.chars() {
        match character {
            character if character.is_ascii_whitespace() => {
                if !line.is_empty() && !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            character => line.push(character),
        }
    }
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "copy" => '©',
        "euro" => '€',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "bull" => '•',
        _ => return None,
    })
}

fn end_line(line: &mut String, lines: &mut Vec<String>) {
    let done = std::mem::take(line);
    if !done.trim().is_empty() {
        lines.push(done.trim().to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_pages_are_read_line_by_line() {
        for (text, expected) in [
            (
                "<html><head><title>x</title></head><body><p>a &amp; <b>b</b>\n c</p><p>d&#8364;</p></body></html>",
                "a & b c|d€",
            ),
            ("<style>p{}</style>one<br/>two<!-- <p> --> three", "one|two three"),
            ("<script>if (a<b) {'</p>'}</SCRIPT>x &nosuch; y&", "x &nosuch; y&"),
            ("<table><tr><td>1</td><td>2</td></tr></table>", "1 2"),
            ("<p", ""),
            ("é&é", "é&é"),
        ] {
            assert_eq!(page(text).join("|"), expected, "{text}");
        }
    }

    #[test]
    fn text_is_decoded_as_it_says() {
        assert_eq!(decoded(b"<meta charset=windows-1252>\xe9"), "<meta charset=windows-1252>é");
        assert_eq!(decoded("é".as_bytes()), "é");
        assert_eq!(decoded(b"\xff\xfea\0"), "a");
    }
}
