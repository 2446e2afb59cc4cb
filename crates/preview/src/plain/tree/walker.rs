//! From markup to nodes, one at a time.

use std::collections::VecDeque;
use std::io::BufRead as _;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::entity::unescape;
use crate::container::xml::io;
use crate::error::Result;
use crate::model::{TreeNode, TreeNodeKind};
use crate::plain::text::{LONGEST, Mark, Stream, visible};

/// Bytes of one piece of markup: a tag, a comment, a CDATA section.
const MARKUP: u64 = 16 * 1024 * 1024;

/// How reading goes on in the middle of a document.
#[derive(Clone, Debug)]
pub(super) struct Place {
    mark: Mark,
    open: Vec<Box<str>>,
    deeper: usize,
    rest: bool,
}

/// What has been read of an element that is not yet known to have only text in it.
struct Undecided {
    depth: u32,
    name: String,
    attributes: Vec<(String, String)>,
}

/// A step through a document.
pub(super) struct Walker<'a> {
    reader: Reader<Stream<'a>>,
    buffer: Vec<u8>,
    /// Names of open elements.
    open: Vec<Box<str>>,
    /// How many more are open that are too deep to be shown.
    deeper: usize,
    limit: usize,
    undecided: Option<Undecided>,
    /// Text since the last markup, as written.
    text: String,
    ready: VecDeque<TreeNode>,
    /// Markup ended in damage: what follows is text.
    rest: bool,
    ended: bool,
    pub(super) cut: bool,
    pub(super) damaged: bool,
}

impl<'a> Walker<'a> {
    /// From the beginning, or from a place.
    pub(super) fn new(mut stream: Stream<'a>, limit: usize, place: Option<&Place>) -> Result<Self> {
        if let Some(place) = place {
            stream.seek(place.mark)?;
        }
        let mut reader = Reader::from_reader(stream);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        Ok(Self {
            reader,
            buffer: Vec::new(),
            open: place.map(|place| place.open.clone()).unwrap_or_default(),
            deeper: place.map_or(0, |place| place.deeper),
            limit,
            undecided: None,
            text: String::new(),
            ready: VecDeque::new(),
            rest: place.is_some_and(|place| place.rest),
            ended: false,
            cut: false,
            damaged: false,
        })
    }

    /// Where another walker can go on; none in the middle of something.
    pub(super) fn place(&self) -> Option<Place> {
        let between =
            self.undecided.is_none() && self.text.is_empty() && self.ready.is_empty() && !self.ended;
        between.then(|| Place {
            mark: self.reader.get_ref().mark(),
            open: self.open.clone(),
            deeper: self.deeper,
            rest: self.rest,
        })
    }

    /// Bytes of the source that are read.
    pub(super) fn offset(&self) -> u64 {
        self.reader.get_ref().offset()
    }

    /// The next node; none after the last one. After an error it is of no use any more.
    pub(super) fn next(&mut self) -> Result<Option<TreeNode>> {
        loop {
            if let Some(node) = self.ready.pop_front() {
                return Ok(Some(node));
            }
            if self.ended {
                return Ok(None);
            }
            if self.rest {
                self.read_line()?;
            } else {
                self.read_text()?;
                self.read_markup()?;
            }
        }
    }

    /// Text up to the next `<`. Not left to the parser, which would keep all of it.
    fn read_text(&mut self) -> Result<()> {
        loop {
            let stream = self.reader.get_mut();
            stream.allow(u64::MAX);
            let available = stream.fill_buf()?;
            let markup = available.iter().position(|byte| *byte == b'<');
            let taken = markup.unwrap_or(available.len());
            if self.deeper == 0 {
                self.text.push_str(&String::from_utf8_lossy(&available[..taken]));
            }
            let over = available.is_empty() || markup.is_some();
            stream.consume(taken);
            if over {
                return Ok(());
            }
            if self.text.len() > LONGEST {
                self.put_piece();
            }
        }
    }

    /// Hands out the beginning of a long text.
    fn put_piece(&mut self) {
        // Not through the middle of a reference.
        let reference = self.text.rfind('&').filter(|at| self.text.len() - at < 16);
        let rest = self.text.split_off(reference.unwrap_or(self.text.len()));
        self.put_parent();
        self.put_text();
        self.text = rest;
    }

    fn read_markup(&mut self) -> Result<()> {
        self.buffer.clear();
        let mut buffer = std::mem::take(&mut self.buffer);
        let place = self.reader.get_ref().mark();
        self.reader.get_mut().allow(MARKUP);
        match self.reader.read_event_into(&mut buffer) {
            Ok(event) => take(self, event),
            Err(quick_xml::Error::Io(_)) if self.reader.get_ref().is_over() => {
                self.cut = true;
                self.end();
            }
            Err(quick_xml::Error::Io(error)) => return Err(io(&error)),
            Err(_) => {
                self.damaged = true;
                self.put_parent();
                self.put_text();
                self.rest = true;
                self.reader.get_mut().allow(u64::MAX);
                self.reader.get_mut().seek(place)?;
            }
        }
        self.buffer = buffer;
        Ok(())
    }

    /// A line after damage.
    fn read_line(&mut self) -> Result<()> {
        let stream = self.reader.get_mut();
        let line = stream.fill_buf()?;
        let length = line.len();
        self.text.push_str(&String::from_utf8_lossy(line));
        stream.consume(length);
        self.put_text();
        if length == 0 {
            self.end();
        }
        Ok(())
    }

    fn end(&mut self) {
        match self.undecided.take() {
            Some(element) => self.put_element(element),
            None => self.put_text(),
        }
        self.damaged |= !self.open.is_empty() && !self.cut;
        self.ended = true;
    }

    fn depth(&self) -> u32 {
        self.open.len() as u32
    }

    fn put(&mut self, kind: TreeNodeKind) {
        if self.deeper == 0 {
            let depth = self.depth();
            self.ready.push_back(TreeNode { depth, kind });
        }
    }

    /// The text so far; blanks between elements are none.
    fn put_text(&mut self) {
        let text = shown(&std::mem::take(&mut self.text));
        if !text.is_empty() {
            self.put(TreeNodeKind::Text { text });
        }
    }

    /// The element that was opened last has more in it than text.
    fn put_parent(&mut self) {
        if let Some(Undecided { depth, name, attributes }) = self.undecided.take() {
            let kind = TreeNodeKind::Element { name, attributes, text: None, parent: true };
            self.ready.push_back(TreeNode { depth, kind });
        }
    }

    /// The element that was opened last has nothing but text in it.
    fn put_element(&mut self, element: Undecided) {
        let text = shown(&std::mem::take(&mut self.text));
        let text = (!text.is_empty()).then_some(text);
        let Undecided { depth, name, attributes } = element;
        let kind = TreeNodeKind::Element { name, attributes, text, parent: false };
        self.ready.push_back(TreeNode { depth, kind });
    }

    fn start(&mut self, start: &BytesStart<'_>) {
        self.put_parent();
        self.put_text();
        if self.deeper > 0 || self.open.len() >= self.limit {
            self.cut = true;
            self.deeper += 1;
            return;
        }
        let depth = self.depth();
        self.undecided = Some(self.element(start, depth));
        self.open.push(start.name().into_inner().into());
    }

    fn element(&mut self, start: &BytesStart<'_>, depth: u32) -> Undecided {
        let mut attributes = Vec::new();
        for attribute in start.attributes().with_checks(false) {
            match attribute {
                Ok(attribute) => {
                    let value = visible(&unescape(&attribute.value), true).into_owned();
                    attributes.push((attribute.key.into_inner().to_owned(), value));
                }
                Err(_) => self.damaged = true,
            }
        }
        Undecided { depth, name: start.name().into_inner().to_owned(), attributes }
    }

    /// `</name>`: the end of the innermost element of this name, and of all inside it; of nothing where there is none.
    fn close(&mut self, name: &str) {
        if self.deeper > 0 {
            self.deeper -= 1;
            return;
        }
        let Some(at) = self.open.iter().rposition(|open| **open == *name) else {
            self.damaged = true;
            return;
        };
        match self.undecided.take() {
            Some(element) => self.put_element(element),
            None => self.put_text(),
        }
        self.damaged |= at + 1 < self.open.len();
        self.open.truncate(at);
    }
}

fn take(walker: &mut Walker<'_>, event: Event<'_>) {
    let other = |kind: TreeNodeKind, walker: &mut Walker<'_>| {
        walker.put_parent();
        walker.put_text();
        walker.put(kind);
    };
    match event {
        Event::Start(start) => walker.start(&start),
        Event::Empty(start) if walker.deeper > 0 => drop(start),
        Event::Empty(start) => {
            walker.put_parent();
            walker.put_text();
            let depth = walker.depth();
            let element = walker.element(&start, depth);
            walker.put_element(element);
        }
        Event::End(end) => walker.close(end.name().into_inner()),
        Event::CData(text) => other(TreeNodeKind::CData { text: visible(&text, true).into_owned() }, walker),
        Event::Comment(text) => {
            other(TreeNodeKind::Comment { text: visible(text.trim(), true).into_owned() }, walker);
        }
        Event::Decl(text) => {
            other(TreeNodeKind::Instruction { text: visible(&text, true).into_owned() }, walker)
        }
        Event::PI(text) => {
            other(TreeNodeKind::Instruction { text: visible(&text, true).into_owned() }, walker)
        }
        Event::DocType(text) => {
            let text = visible(&format!("DOCTYPE {}", text.trim()), true).into_owned();
            other(TreeNodeKind::Instruction { text }, walker);
        }
        Event::Eof => walker.end(),
        // Read before the parser sees it.
        Event::Text(_) | Event::GeneralRef(_) => {}
    }
}

fn shown(text: &str) -> String {
    visible(&unescape(text.trim()), true).into_owned()
}

/// Bytes of a node's names and texts.
pub(super) fn size(node: &TreeNode) -> usize {
    match &node.kind {
        TreeNodeKind::Element { name, attributes, text, .. } => {
            let attributes: usize = attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
            name.len() + attributes + text.as_ref().map_or(0, String::len)
        }
        TreeNodeKind::Text { text }
        | TreeNodeKind::CData { text }
        | TreeNodeKind::Comment { text }
        | TreeNodeKind::Instruction { text } => text.len(),
    }
}
