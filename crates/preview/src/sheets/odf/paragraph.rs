//! The text of cells, in its runs.

use super::styles::{Family, Styles};
use crate::container::tree::{Opening, Tree};
use crate::container::xml::{Ns, Token, Xml};
use crate::error::Result;
use crate::model::{Inline, TextStyle};

/// Blanks that one element may stand for.
const BLANKS: usize = 1000;
/// Bytes of a cell's text that are kept.
const LONGEST: usize = 100_000;

/// What a cell holds besides its value.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// Lines, with `\n` between them.
    pub(super) text: String,
    /// There is a paragraph, even if it is empty.
    pub(super) has_text: bool,
    /// Beginnings of runs in `text`, with their styles.
    runs: Vec<(usize, TextStyle)>,
    pub(super) link: Option<String>,
    pub(super) note: Option<String>,
    /// Drawings in the cell.
    pub(super) drawings: Vec<Tree>,
    pub(super) cut: bool,
}

/// What an open element inside a paragraph does.
enum Frame {
    /// A span: what follows it looks as this again.
    Span(TextStyle),
    /// Nothing.
    Other,
}

impl Content {
    /// Reads a cell to its end.
    pub(super) fn read(&mut self, xml: &mut Xml<'_>, styles: &Styles, depth: usize) -> Result<()> {
        let outside = xml.depth().saturating_sub(1);
        loop {
            let drawing = match xml.next()? {
                Token::End => return Ok(()),
                Token::Close(depth) if depth <= outside => return Ok(()),
                Token::Open(start) => match (start.ns, start.name()) {
                    (Ns::Text, "p" | "h") => {
                        self.paragraph(xml, styles, depth)?;
                        continue;
                    }
                    (Ns::Office, "annotation") => {
                        self.annotation(xml, styles, depth)?;
                        continue;
                    }
                    (Ns::Draw, _) => Opening::of(&start),
                    _ => continue,
                },
                _ => continue,
            };
            self.drawings.push(Tree::from_start(xml, drawing, depth)?);
        }
    }

    fn annotation(&mut self, xml: &mut Xml<'_>, styles: &Styles, depth: usize) -> Result<()> {
        let outside = xml.depth().saturating_sub(1);
        let mut note = Self::default();
        loop {
            let other = match xml.next()? {
                Token::End => break,
                Token::Close(depth) if depth <= outside => break,
                Token::Open(start) => !start.is(Ns::Text, "p") && !start.is(Ns::Text, "list"),
                _ => continue,
            };
            if other {
                // Author and date stand beside the text.
                xml.skip()?;
            } else {
                note.paragraph(xml, styles, depth)?;
            }
        }
        self.note = (!note.text.is_empty()).then_some(note.text);
        Ok(())
    }

    fn paragraph(&mut self, xml: &mut Xml<'_>, styles: &Styles, depth: usize) -> Result<()> {
        if self.has_text {
            self.put("\n");
        }
        self.has_text = true;
        let outside = xml.depth().saturating_sub(1);
        let mut frames: Vec<Frame> = Vec::new();
        // Blanks at the beginning, and after other blanks, are none (OpenDocument 1.3 part 3, 6.1.2).
        let mut blank = true;
        let begin = self.text.len();
        loop {
            match xml.next()? {
                Token::End => break,
                Token::Close(depth) => {
                    if depth <= outside {
                        break;
                    }
                    if let Some(Frame::Span(before)) = frames.pop() {
                        self.run(before);
                    }
                }
                Token::Text(text) => self.put_collapsed(&text, &mut blank),
                Token::Open(start) => {
                    let drawing = (start.ns == Ns::Draw).then(|| Opening::of(&start));
                    if let Some(drawing) = drawing {
                        self.drawings.push(Tree::from_start(xml, drawing, depth)?);
                    } else if matches!(start.name(), "ruby-text" | "annotation" | "note" | "tracked-changes")
                    {
                        xml.skip()?;
                    } else {
                        frames.push(self.inline(&start, styles, &mut blank));
                    }
                }
            }
        }
        if blank && self.text.len() > begin && self.text.ends_with(' ') {
            self.text.pop();
        }
        Ok(())
    }

    fn inline(
        &mut self,
        start: &crate::container::xml::Start<'_>,
        styles: &Styles,
        blank: &mut bool,
    ) -> Frame {
        match (start.ns, start.name()) {
            (Ns::Text, "s") => {
                let count = start.attribute("c").and_then(|count| count.trim().parse().ok()).unwrap_or(1);
                self.put(&" ".repeat(BLANKS.min(count)));
                *blank = false;
            }
            (Ns::Text, "tab" | "tab-stop") => {
                self.put("\t");
                *blank = false;
            }
            (Ns::Text, "line-break") => {
                self.put("\n");
                *blank = true;
            }
            (Ns::Text, "a") => self.link = self.link.take().or_else(|| start.attribute_in(Ns::Xlink, "href")),
            (Ns::Text, "span") => {
                let before = self.runs.last().map(|(_, style)| style.clone()).unwrap_or_default();
                let look = start.attribute("style-name").map(|name| styles.look(Family::Text, &name));
                if let Some(look) = look {
                    self.run(styles.text(&look));
                }
                return Frame::Span(before);
            }
            _ => {}
        }
        Frame::Other
    }

    /// From here on the text looks like this.
    fn run(&mut self, style: TextStyle) {
        let at = self.text.len();
        match self.runs.last_mut() {
            Some((begin, last)) if *begin == at => *last = style,
            Some((_, last)) if *last == style => {}
            _ => self.runs.push((at, style)),
        }
    }

    fn put(&mut self, text: &str) {
        if self.text.len() + text.len() > LONGEST {
            self.cut = true;
        } else {
            self.text.push_str(text);
        }
    }

    fn put_collapsed(&mut self, text: &str, blank: &mut bool) {
        let mut piece = String::with_capacity(text.len());
        for character in text.chars() {
            let is_blank = matches!(character, ' ' | '\t' | '\n' | '\r');
            if !is_blank {
                piece.push(character);
            } else if !*blank {
                piece.push(' ');
            }
            *blank = is_blank;
        }
        self.put(&piece);
    }

    /// The text, which was taken out, in runs; nothing where it looks the same throughout.
    pub(super) fn inlines_of(&self, text: &str) -> Vec<Inline> {
        if self.runs.iter().all(|(_, style)| style.is_plain()) {
            return Vec::new();
        }
        let mut inlines = Vec::new();
        let begins = std::iter::once((0, TextStyle::default())).chain(self.runs.iter().cloned());
        let ends = self.runs.iter().map(|(begin, _)| *begin).chain([text.len()]);
        for ((begin, style), end) in begins.zip(ends) {
            let text = text.get(begin..end.max(begin)).unwrap_or_default();
            for (number, line) in text.split('\n').enumerate() {
                if number > 0 {
                    inlines.push(Inline::LineBreak);
                }
                if !line.is_empty() {
                    inlines.push(Inline::Text { text: line.to_owned(), style: style.clone(), link: None });
                }
            }
        }
        inlines
    }
}
