//! Web pages that are named as documents, which is what web applications export and Office opens: shown as text that
//! flows. Nothing in them runs, nothing is loaded.

mod css;
mod elements;
mod look;
mod mime;
mod page;
mod pictures;

#[cfg(test)]
mod tests;

use std::io::{self, Cursor, Read};
use std::rc::Rc;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use html5gum::{DefaultEmitter, IoReader, Tokenizer};

use self::elements::Elements;
use self::pictures::Pictures;
use crate::container::decode::Utf8;
use crate::error::{PreviewError, Result};
use crate::format::Shape;
use crate::limits::Limits;
use crate::model::{Flow, Overview, Warning};
use crate::sniff;
use crate::source::{ReadAt, Slice};
use crate::{Content, FlowReader, Format};

pub(crate) fn open<'a>(source: &'a dyn ReadAt, limits: &Limits) -> Result<(Overview, Content<'a>)> {
    if source.len() > limits.input {
        return Err(PreviewError::TooLarge("over 100 MB"));
    }
    let head = sniff::head(source)?;
    let page = if sniff::is_message(&head) { Page::of_message(source)? } else { Page::whole(source, &head) };
    let mut overview = Overview::new(Format::Html, Shape::Flow);
    overview.encoding = Some(page.encoding.name().to_owned());
    let document = Document {
        tokens: page.tokens(),
        elements: page.elements(limits),
        page,
        limits: limits.clone(),
        handed_out: 0,
        to_pass: 0,
        last: false,
    };
    Ok((overview, Content::Flow(Box::new(document))))
}

/// Where the page's bytes are.
enum Bytes<'a> {
    Source(&'a dyn ReadAt),
    /// Taken out of a message, which has its pictures too.
    Part {
        page: Rc<[u8]>,
        message: Rc<[u8]>,
        parts: Vec<mime::Part>,
    },
}

struct Page<'a> {
    bytes: Bytes<'a>,
    encoding: &'static Encoding,
}

type Tokens<'a> = Tokenizer<IoReader<Utf8<Box<dyn Read + 'a>>>>;

impl<'a> Page<'a> {
    fn whole(source: &'a dyn ReadAt, head: &[u8]) -> Self {
        Self { bytes: Bytes::Source(source), encoding: encoding(head, None) }
    }

    /// The first page of a message.
    fn of_message(source: &'a dyn ReadAt) -> Result<Self> {
        let mut message = Vec::new();
        Slice::whole(source).read_to_end(&mut message)?;
        let parts = mime::parts(&message);
        let page = parts.iter().find(|part| part.kind == "text/html" || part.kind.ends_with("xhtml+xml"));
        let page = page.ok_or_else(|| PreviewError::malformed("no page in the message"))?;
        let bytes = page.decode(&message);
        let encoding = encoding(bytes.get(..sniff::HEAD).unwrap_or(&bytes), page.charset.as_deref());
        Ok(Self { bytes: Bytes::Part { page: bytes.into(), message: message.into(), parts }, encoding })
    }

    fn tokens(&self) -> Tokens<'a> {
        let bytes: Box<dyn Read + 'a> = match &self.bytes {
            Bytes::Source(source) => Box::new(Slice::whole(*source)),
            Bytes::Part { page, .. } => Box::new(Cursor::new(page.clone())),
        };
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        Tokenizer::new_with_emitter(IoReader::new(Utf8::known(bytes, self.encoding)), emitter)
    }

    fn elements(&self, limits: &Limits) -> Elements {
        let pictures = match &self.bytes {
            Bytes::Source(_) => Pictures::default(),
            Bytes::Part { message, parts, .. } => Pictures::new(message.clone(), parts.clone()),
        };
        Elements::new(limits, pictures)
    }
}

/// By its mark, by what the mail or the page itself says, otherwise by what its bytes look like.
fn encoding(head: &[u8], said: Option<&str>) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return encoding;
    }
    let lower = head.to_ascii_lowercase();
    let in_page = lower.windows(8).position(|window| window == b"charset=").and_then(|at| {
        let rest = lower.get(at + 8..)?;
        let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
        let end =
            rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_' | b':'));
        Encoding::for_label(rest.get(..end.unwrap_or(rest.len()))?)
    });
    let said = said.and_then(|label| Encoding::for_label(label.as_bytes())).or(in_page);
    match said {
        // Said in single bytes, so it can't be.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => UTF_8,
        Some(encoding) => encoding,
        None => {
            let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
            detector.feed(head, false);
            detector.guess(None, Utf8Detection::Allow)
        }
    }
}

/// A page, read as far as it was asked for.
struct Document<'a> {
    page: Page<'a>,
    tokens: Tokens<'a>,
    elements: Elements,
    limits: Limits,
    handed_out: usize,
    /// Blocks that were handed out before the page was begun anew.
    to_pass: usize,
    last: bool,
}

impl Document<'_> {
    /// Reads until there are so many blocks.
    fn fill(&mut self, count: usize) -> io::Result<()> {
        while !self.last && self.elements.page.blocks.len() < count {
            match self.tokens.next() {
                Some(token) => self.elements.take(&token?),
                None => self.last = true,
            }
            self.last |= self.elements.page.is_cut();
            if self.last {
                self.elements.finish();
            }
        }
        Ok(())
    }

    /// The tokenizer can't go on after a read that failed: it begins anew, and passes over what was handed out.
    fn begin_anew(&mut self) {
        self.tokens = self.page.tokens();
        self.elements = self.page.elements(&self.limits);
        self.to_pass = self.handed_out;
        self.last = false;
    }
}

impl FlowReader for Document<'_> {
    fn blocks(&mut self, count: usize) -> Result<Flow> {
        if let Err(error) = self.fill(count.saturating_add(self.to_pass)) {
            self.begin_anew();
            return Err(error.into());
        }
        let mut blocks = std::mem::take(&mut self.elements.page.blocks);
        blocks.drain(..std::mem::take(&mut self.to_pass).min(blocks.len()));
        self.handed_out += blocks.len();
        Ok(Flow { blocks, notes: Vec::new(), last: self.last })
    }

    fn picture(&mut self, id: u32) -> Result<Vec<u8>> {
        self.elements.pictures.read(id)
    }

    fn warnings(&self) -> Vec<Warning> {
        let found =
            [(self.elements.page.is_cut(), Warning::Cut), (self.elements.external, Warning::External)];
        found.into_iter().filter_map(|(is, warning)| is.then_some(warning)).collect()
    }
}
