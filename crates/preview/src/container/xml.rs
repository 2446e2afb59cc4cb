//! XML as a stream, with namespaces that matter here resolved and nothing expanded that a document defines itself.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::ops::Range;
use std::rc::Rc;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::decode::Utf8;
use crate::error::{PreviewError, Result};

macro_rules! namespaces {
    ($($name:ident: $prefix:literal, [$($uri:literal),*];)*) => {
        /// The namespaces that some reader asks for; Transitional and Strict, OASIS and OpenOffice.org 1.0 are one each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(clippy::upper_case_acronyms, reason = "named as their prefixes")]
        pub(crate) enum Ns { $(#[doc = $prefix] $name,)* /** No namespace. */ None, /** Any other. */ Other }

        impl Ns {
            fn of(uri: &str) -> Self {
                match uri {
                    $($($uri)|* => Self::$name,)*
                    "" => Self::None,
                    _ => Self::Other,
                }
            }

            /// What a prefix usually means, where a document forgot to declare it.
            fn usual(prefix: &str) -> Self {
                match prefix {
                    $($prefix => Self::$name,)*
                    _ => Self::Other,
                }
            }
        }
    };
}

namespaces! {
    W: "w", ["http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main"];
    W14: "w14", ["http://schemas.microsoft.com/office/word/2010/wordml"];
    Wml: "wml", ["http://schemas.microsoft.com/office/word/2003/wordml"];
    Pkg: "pkg", ["http://schemas.microsoft.com/office/2006/xmlPackage"];
    Wx: "wx", ["http://schemas.microsoft.com/office/word/2003/auxHint"];
    A: "a", ["http://schemas.openxmlformats.org/drawingml/2006/main", "http://purl.oclc.org/ooxml/drawingml/main"];
    A14: "a14", ["http://schemas.microsoft.com/office/drawing/2010/main"];
    Asvg: "asvg", ["http://schemas.microsoft.com/office/drawing/2016/SVG/main"];
    P: "p", ["http://schemas.openxmlformats.org/presentationml/2006/main", "http://purl.oclc.org/ooxml/presentationml/main"];
    S: "x", ["http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"];
    Ss: "ss", ["urn:schemas-microsoft-com:office:spreadsheet"];
    R: "r", ["http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://purl.oclc.org/ooxml/officeDocument/relationships"];
    Rels: "rels", ["http://schemas.openxmlformats.org/package/2006/relationships"];
    Types: "types", ["http://schemas.openxmlformats.org/package/2006/content-types"];
    Wp: "wp", ["http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing", "http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing"];
    Wps: "wps", ["http://schemas.microsoft.com/office/word/2010/wordprocessingShape"];
    Wpg: "wpg", ["http://schemas.microsoft.com/office/word/2010/wordprocessingGroup"];
    Wpc: "wpc", ["http://schemas.microsoft.com/office/word/2010/wordprocessingCanvas"];
    Pic: "pic", ["http://schemas.openxmlformats.org/drawingml/2006/picture", "http://purl.oclc.org/ooxml/drawingml/picture"];
    C: "c", ["http://schemas.openxmlformats.org/drawingml/2006/chart", "http://purl.oclc.org/ooxml/drawingml/chart"];
    C14: "c14", ["http://schemas.microsoft.com/office/drawing/2007/8/2/chart"];
    Cx: "cx", ["http://schemas.microsoft.com/office/drawing/2014/chartex"];
    Cdr: "cdr", ["http://schemas.openxmlformats.org/drawingml/2006/chartDrawing"];
    Dgm: "dgm", ["http://schemas.openxmlformats.org/drawingml/2006/diagram", "http://purl.oclc.org/ooxml/drawingml/diagram"];
    Dsp: "dsp", ["http://schemas.microsoft.com/office/drawing/2008/diagram"];
    Xdr: "xdr", ["http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing", "http://purl.oclc.org/ooxml/drawingml/spreadsheetDrawing"];
    V: "v", ["urn:schemas-microsoft-com:vml"];
    O: "o", ["urn:schemas-microsoft-com:office:office"];
    X: "xl", ["urn:schemas-microsoft-com:office:excel"];
    M: "m", ["http://schemas.openxmlformats.org/officeDocument/2006/math", "http://purl.oclc.org/ooxml/officeDocument/math"];
    Mc: "mc", ["http://schemas.openxmlformats.org/markup-compatibility/2006"];
    Office: "office", ["urn:oasis:names:tc:opendocument:xmlns:office:1.0", "http://openoffice.org/2000/office"];
    Text: "text", ["urn:oasis:names:tc:opendocument:xmlns:text:1.0", "http://openoffice.org/2000/text"];
    Table: "table", ["urn:oasis:names:tc:opendocument:xmlns:table:1.0", "http://openoffice.org/2000/table"];
    Style: "style", ["urn:oasis:names:tc:opendocument:xmlns:style:1.0", "http://openoffice.org/2000/style"];
    Number: "number", ["urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0", "http://openoffice.org/2000/datastyle"];
    Fo: "fo", ["urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0", "http://www.w3.org/1999/XSL/Format"];
    Draw: "draw", ["urn:oasis:names:tc:opendocument:xmlns:drawing:1.0", "http://openoffice.org/2000/drawing"];
    Svg: "svg", ["urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0", "http://www.w3.org/2000/svg"];
    Manifest: "manifest", ["urn:oasis:names:tc:opendocument:xmlns:manifest:1.0", "http://openoffice.org/2001/manifest"];
    Chart: "chart", ["urn:oasis:names:tc:opendocument:xmlns:chart:1.0", "http://openoffice.org/2000/chart"];
    Config: "config", ["urn:oasis:names:tc:opendocument:xmlns:config:1.0", "http://openoffice.org/2001/config"];
    CalcExt: "calcext", ["urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"];
    Xlink: "xlink", ["http://www.w3.org/1999/xlink"];
    Xml: "xml", ["http://www.w3.org/XML/1998/namespace"];
}

/// Bytes of one tag or one text: the reader keeps them together in memory, whatever a file says.
const EVENT: usize = 32 * 1024 * 1024;

/// Ends with an error where one event is too long.
struct Paced<R> {
    inner: R,
    taken: Rc<Cell<usize>>,
}

impl<R: BufRead> BufRead for Paced<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken.get() > EVENT {
            return Err(PreviewError::TooLarge("a text in it is too long").into());
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.taken.set(self.taken.get().saturating_add(amount));
        self.inner.consume(amount);
    }
}

impl<R: BufRead> Read for Paced<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer)
    }
}

/// A step through a document.
#[derive(Debug)]
pub(crate) enum Token<'x> {
    /// An element begins.
    Open(Start<'x>),
    /// The innermost open element ends; how many are still open around it.
    Close(usize),
    /// Text, unescaped.
    Text(Cow<'x, str>),
    /// Nothing comes after.
    End,
}

/// The beginning of an element.
#[derive(Debug)]
pub(crate) struct Start<'x> {
    pub(crate) ns: Ns,
    raw: BytesStart<'x>,
    prefixes: &'x [Prefix],
}

#[derive(Debug)]
struct Prefix {
    /// Open elements when it was declared.
    depth: usize,
    prefix: String,
    ns: Ns,
}

impl Start<'_> {
    /// The name without its prefix.
    pub(crate) fn name(&self) -> &str {
        self.raw.local_name().into_inner()
    }

    /// Whether it is this element.
    pub(crate) fn is(&self, ns: Ns, name: &str) -> bool {
        self.ns == ns && self.name() == name
    }

    /// Calls `each` with namespace ([`Ns::None`] without a prefix), local name and value of each attribute.
    pub(crate) fn attributes(&self, mut each: impl FnMut(Ns, &str, Cow<'_, str>)) {
        for attribute in self.raw.attributes().with_checks(false).flatten() {
            let (name, prefix) = attribute.key.decompose();
            let ns = match prefix.map(quick_xml::name::Prefix::into_inner) {
                None if name.into_inner() == "xmlns" => continue,
                Some("xmlns") => continue,
                None => Ns::None,
                Some(prefix) => resolve(self.prefixes, prefix),
            };
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            each(ns, name.into_inner(), value.unwrap_or_else(|_| attribute.value.clone()));
        }
    }

    /// The value of the attribute without a prefix, or with one of the element's own namespace.
    pub(crate) fn attribute(&self, wanted: &str) -> Option<String> {
        let mut found = None;
        self.attributes(|ns, name, value| {
            if found.is_none() && name == wanted && (ns == Ns::None || ns == self.ns) {
                found = Some(value.into_owned());
            }
        });
        found
    }

    /// The value of the attribute with a prefix of this namespace.
    pub(crate) fn attribute_in(&self, wanted_ns: Ns, wanted: &str) -> Option<String> {
        let mut found = None;
        self.attributes(|ns, name, value| {
            if found.is_none() && name == wanted && ns == wanted_ns {
                found = Some(value.into_owned());
            }
        });
        found
    }
}

fn resolve(prefixes: &[Prefix], prefix: &str) -> Ns {
    let declared = prefixes.iter().rev().find(|known| known.prefix == prefix);
    match declared {
        Some(known) => known.ns,
        None if prefix.is_empty() => Ns::None,
        None => Ns::usual(prefix),
    }
}

/// A token, with what is in the reader's buffer only named.
enum Step {
    Open { content: Range<usize>, name_length: usize },
    Close,
    Text(Range<usize>),
    Made(String),
    End,
}

/// Where a text stands in memory.
struct Place {
    address: usize,
    length: usize,
}

impl Place {
    fn of(text: &str) -> Self {
        Self { address: text.as_ptr() as usize, length: text.len() }
    }

    fn within(&self, buffer: &[u8]) -> Range<usize> {
        let start = self.address.wrapping_sub(buffer.as_ptr() as usize);
        start..start.saturating_add(self.length)
    }
}

/// A stream of tokens. Unmatched ends, bare ampersands and documents that end early are read as far as they go.
pub(crate) struct Xml<'a> {
    reader: Reader<Paced<Utf8<Box<dyn Read + 'a>>>>,
    /// Bytes of the present event.
    taken: Rc<Cell<usize>>,
    buffer: Vec<u8>,
    prefixes: Vec<Prefix>,
    depth: usize,
    /// The last token was the end of an element, whose prefixes are still known.
    closed: bool,
    /// It ended with elements still open, or in the middle of markup.
    damaged: bool,
    /// Steps that may still be taken.
    steps: u32,
}

/// Steps through one part: one and a half times what two million cells take.
const STEPS: u32 = 15_000_000;

impl<'a> Xml<'a> {
    pub(crate) fn new(bytes: impl Read + 'a) -> Self {
        let bytes: Box<dyn Read + 'a> = Box::new(bytes);
        let taken = Rc::new(Cell::new(0));
        let mut reader = Reader::from_reader(Paced { inner: Utf8::xml(bytes), taken: taken.clone() });
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        Self {
            reader,
            taken,
            buffer: Vec::new(),
            prefixes: Vec::new(),
            depth: 0,
            closed: false,
            damaged: false,
            steps: STEPS,
        }
    }

    /// Open elements around what comes next.
    pub(crate) const fn depth(&self) -> usize {
        self.depth
    }

    /// It was not well-formed to its end.
    pub(crate) const fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// The next token; [`Token::End`] again and again after the last one.
    ///
    /// # Errors
    /// [`PreviewError`] of the bytes below; damaged markup ends the stream ([`Self::is_damaged`]).
    pub(crate) fn next(&mut self) -> Result<Token<'_>> {
        if std::mem::take(&mut self.closed) {
            let depth = self.depth;
            while self.prefixes.last().is_some_and(|prefix| prefix.depth > depth) {
                self.prefixes.pop();
            }
        }
        match self.step()? {
            Step::Open { content, name_length } => {
                let raw = BytesStart::from_content(self.written(content), name_length);
                let prefix = raw.name().prefix().map_or("", quick_xml::name::Prefix::into_inner);
                let ns = resolve(&self.prefixes, prefix);
                Ok(Token::Open(Start { ns, raw, prefixes: &self.prefixes }))
            }
            Step::Close => Ok(Token::Close(self.depth)),
            Step::Text(content) => Ok(Token::Text(Cow::Borrowed(self.written(content)))),
            Step::Made(text) => Ok(Token::Text(Cow::Owned(text))),
            Step::End => Ok(Token::End),
        }
    }

    /// What the step that was taken last left in the buffer.
    fn written(&self, content: Range<usize>) -> &str {
        self.buffer.get(content).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// Reads up to the next token and says where in the buffer it stands: what borrows from the buffer cannot leave a loop.
    fn step(&mut self) -> Result<Step> {
        loop {
            let Some(steps) = self.steps.checked_sub(1) else {
                self.damaged = true;
                return Ok(Step::End);
            };
            self.steps = steps;
            self.buffer.clear();
            self.taken.set(0);
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(quick_xml::Error::Io(error)) => return Err(io(&error)),
                Err(_) => {
                    self.damaged = true;
                    return Ok(Step::End);
                }
            };
            match event {
                Event::Start(raw) | Event::Empty(raw) => {
                    self.depth += 1;
                    declare(&mut self.prefixes, self.depth, &raw);
                    let (place, name_length) = (Place::of(&raw), raw.name().into_inner().len());
                    return Ok(Step::Open { content: place.within(&self.buffer), name_length });
                }
                Event::End(_) => {
                    if self.depth == 0 {
                        continue;
                    }
                    self.depth -= 1;
                    self.closed = true;
                    return Ok(Step::Close);
                }
                Event::Text(text) => {
                    return Ok(match text.xml10_content() {
                        Cow::Borrowed(text) => Step::Text(Place::of(text).within(&self.buffer)),
                        Cow::Owned(text) => Step::Made(text),
                    });
                }
                Event::CData(text) => return Ok(Step::Made(text.xml10_content().into_owned())),
                Event::GeneralRef(reference) => return Ok(Step::Made(entity(&reference))),
                Event::Eof => {
                    self.damaged |= self.depth > 0;
                    return Ok(Step::End);
                }
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    /// Passes over the rest of the element that was opened last, whose depth is [`Self::depth`].
    pub(crate) fn skip(&mut self) -> Result<()> {
        let outside = self.depth.saturating_sub(1);
        loop {
            match self.next()? {
                Token::End => return Ok(()),
                Token::Close(depth) if depth <= outside => return Ok(()),
                _ => {}
            }
        }
    }
}

fn declare(prefixes: &mut Vec<Prefix>, depth: usize, raw: &BytesStart<'_>) {
    if !raw.attributes_raw().contains("xmlns") {
        return;
    }
    for attribute in raw.attributes().with_checks(false).flatten() {
        let prefix = match attribute.key.into_inner() {
            "xmlns" => "",
            key => match key.strip_prefix("xmlns:") {
                Some(prefix) => prefix,
                None => continue,
            },
        };
        prefixes.push(Prefix { depth, prefix: prefix.to_owned(), ns: Ns::of(attribute.value.trim()) });
    }
}

/// One of the five entities of XML, or a character by its number; what a document defines itself is shown, not expanded.
fn entity(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    let name = reference.xml10_content();
    match quick_xml::escape::resolve_predefined_entity(&name) {
        Some(text) => text.to_owned(),
        None if name == "nbsp" => "\u{a0}".to_owned(),
        None => format!("&{name};"),
    }
}

/// Errors of ours come back out of the reader's shared error.
pub(crate) fn io(error: &std::sync::Arc<io::Error>) -> PreviewError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<PreviewError>()) {
        Some(PreviewError::TooLarge(what)) => PreviewError::TooLarge(what),
        Some(PreviewError::Waiting { offset, length }) => {
            PreviewError::Waiting { offset: *offset, length: *length }
        }
        Some(PreviewError::Malformed(what)) => PreviewError::Malformed(what.clone()),
        _ => PreviewError::malformed(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Result<Vec<String>> {
        let mut xml = Xml::new(text.as_bytes());
        let mut all = Vec::new();
        loop {
            all.push(match xml.next()? {
                Token::Open(start) => format!("{:?}:{}", start.ns, start.name()),
                Token::Close(_) => "/".to_owned(),
                Token::Text(text) => format!("'{text}'"),
                Token::End => return Ok(all),
            });
        }
    }

    #[test]
    fn namespaces_are_resolved_whatever_their_prefix() -> Result<()> {
        let text = "<q:p xmlns:q='http://purl.oclc.org/ooxml/wordprocessingml/main'><a:t/><x xmlns='urn:x'><y/></x><z/></q:p>";
        assert_eq!(tokens(text)?, ["W:p", "A:t", "/", "Other:x", "Other:y", "/", "/", "None:z", "/", "/"]);
        Ok(())
    }

    #[test]
    fn entities_are_read_and_never_expanded() -> Result<()> {
        let text = "<!DOCTYPE x [<!ENTITY lol 'lol'>]><x>a &amp; &#x41;&lol; b & c<![CDATA[<]]></x>";
        assert_eq!(tokens(text)?.concat(), "None:x'a ''&'' ''A''&lol;'' b ''& c''<'/");
        Ok(())
    }

    #[test]
    fn what_is_not_well_formed_is_read_as_far_as_it_goes() -> Result<()> {
        for (text, expected) in [
            ("<a><b></a></b>text", "None:aNone:b//'text'"),
            ("<a>text", "None:a'text'"),
            ("</a><b/>", "None:b/"),
        ] {
            assert_eq!(tokens(text)?.concat(), expected, "{text}");
        }
        Ok(())
    }

    #[test]
    fn texts_that_never_end_are_refused() {
        let endless = Read::chain(&b"<a>"[..], io::repeat(b'x'));
        let mut xml = Xml::new(endless);
        assert!(matches!(xml.next(), Ok(Token::Open(_))));
        assert!(matches!(xml.next(), Err(PreviewError::TooLarge(_))));
    }

    #[test]
    fn attributes_know_their_namespace() -> Result<()> {
        let mut xml = Xml::new(&b"<w:x id='1' r:id='2' w:val='a&amp;b' xmlns:r='x'/>"[..]);
        let Token::Open(start) = xml.next()? else { panic!("an element") };
        assert_eq!(start.attribute("id").as_deref(), Some("1"));
        assert_eq!(start.attribute_in(Ns::Other, "id").as_deref(), Some("2"), "as declared, not as usual");
        assert_eq!(start.attribute("val").as_deref(), Some("a&b"));
        Ok(())
    }
}
