//! What stands inside a paragraph: runs and what is around them (ECMA-376 part 1 §17.3.3, §17.16.22).

use std::rc::Rc;

use super::fields;
use super::run_props::{RunProps, Toggle};
use super::story::Builder;
use super::symbols::likeness;
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::error::Result;
use crate::model::{Color, Inline, Note, NoteKind, Warning};

/// What runs get from around them.
#[derive(Clone)]
pub(super) struct Context {
    /// The paragraph's look.
    pub(super) base: Rc<RunProps>,
    /// The colour behind the paragraph.
    pub(super) behind: Option<Color>,
    pub(super) link: Option<Rc<str>>,
    pub(super) inserted: bool,
    pub(super) deleted: bool,
}

/// The content of a paragraph.
#[derive(Default)]
pub(super) struct Inlines {
    pub(super) list: Vec<Inline>,
    /// A page began with it when it was last laid out.
    pub(super) soft_break: bool,
}

impl Inlines {
    /// Text, as one with the text before it where both look the same.
    fn text(&mut self, new: &str, look: &RunProps, context: &Context, field_link: Option<Rc<str>>) {
        let mut style = look.text_style(new, context.behind.as_ref());
        style.inserted = context.inserted;
        style.deleted = context.deleted;
        // The glyphs have been translated: in their font they would be others.
        if look.symbol_font().is_some() {
            style.font = None;
        }
        let link = context.link.as_deref().map(str::to_owned).or_else(|| Some(field_link?.to_string()));
        if let Some(Inline::Text { text, style: before, link: linked }) = self.list.last_mut()
            && *before == style
            && *linked == link
        {
            text.push_str(new);
            return;
        }
        self.list.push(Inline::Text { text: new.to_owned(), style, link });
    }
}

/// A run while it is read.
struct Run<'c> {
    look: RunProps,
    context: &'c Context,
    /// Nothing of it is seen, whatever fields say.
    hidden: bool,
    /// The note whose mark is the text that follows.
    marked: Option<(NoteKind, i64)>,
}

impl Builder<'_, '_> {
    /// Everything inside an element that holds runs.
    pub(super) fn inlines(&mut self, node: Node<'_>, context: &Context, out: &mut Inlines) -> Result<()> {
        if !self.enter() {
            return Ok(());
        }
        for child in node.elements() {
            match child.ns() {
                Some(Ns::W) => self.inline(child, context, out)?,
                Some(Ns::M) if matches!(child.name(), "oMath" | "oMathPara") => {
                    self.math_inline(child, context, out);
                }
                _ => {}
            }
        }
        self.leave();
        Ok(())
    }

    fn inline(&mut self, node: Node<'_>, context: &Context, out: &mut Inlines) -> Result<()> {
        match node.name() {
            "r" => self.run(node, context, out),
            "hyperlink" => {
                let address = node.attribute_in(Ns::R, "id").and_then(|id| self.story.relations.get(id));
                let address = address.filter(|relation| relation.external);
                let link = address.and_then(|relation| fields::link(&relation.target));
                self.inlines(node, &Context { link, ..context.clone() }, out)
            }
            "ins" | "moveTo" => self.inlines(node, &Context { inserted: true, ..context.clone() }, out),
            "del" | "moveFrom" => self.inlines(node, &Context { deleted: true, ..context.clone() }, out),
            "smartTag" | "customXml" | "sdt" | "sdtContent" | "dir" | "bdo" => {
                self.inlines(node, context, out)
            }
            // Of 2003.
            "hlink" => {
                let link = node.attribute("dest").and_then(fields::link);
                self.inlines(node, &Context { link, ..context.clone() }, out)
            }
            "fldSimple" => {
                let begun = self.story.fields.begin_simple(node.attribute("instr").unwrap_or_default());
                if std::mem::take(&mut self.story.fields.external) {
                    self.shared.warnings.add(Warning::External);
                }
                self.inlines(node, context, out)?;
                if begun {
                    self.story.fields.end();
                }
                Ok(())
            }
            "subDoc" => {
                self.shared.warnings.add(Warning::External);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// `w:r`.
    fn run(&mut self, node: Node<'_>, context: &Context, out: &mut Inlines) -> Result<()> {
        let direct = node.child(Ns::W, "rPr").map(|node| RunProps::read(node, &self.shared.theme));
        let look = match &direct {
            Some(direct) => self.run_look(&context.base, direct),
            None => RunProps::clone(&context.base),
        };
        let hidden = look.is(Toggle::Vanish);
        let mut run = Run { look, context, hidden, marked: None };
        for child in node.elements() {
            self.run_child(child, &mut run, out)?;
        }
        if let Some((kind, id)) = run.marked.take() {
            self.note(kind, id, Some(String::new()), out)?;
        }
        Ok(())
    }

    fn run_child(&mut self, node: Node<'_>, run: &mut Run<'_>, out: &mut Inlines) -> Result<()> {
        if node.ns() == Some(Ns::M) {
            self.math_inline(node, run.context, out);
            return Ok(());
        }
        if node.ns() != Some(Ns::W) {
            return Ok(());
        }
        // Fields go on even where they are not seen.
        match node.name() {
            "fldChar" => {
                let shown = self.story.fields.mark(node);
                if std::mem::take(&mut self.story.fields.external) {
                    self.shared.warnings.add(Warning::External);
                }
                if let Some(shown) = shown.filter(|_| !run.hidden) {
                    self.text(&shown, run, out);
                }
                return Ok(());
            }
            "instrText" | "delInstrText" => {
                self.story.fields.instruct(&node.all_text());
                return Ok(());
            }
            _ if run.hidden || !self.story.fields.visible() => return Ok(()),
            _ => {}
        }
        match node.name() {
            "t" | "delText" => self.run_text(node, run, out)?,
            "tab" | "ptab" => out.list.push(Inline::Tab),
            "cr" => out.list.push(Inline::LineBreak),
            "br" => self.line_break(node, out),
            "lastRenderedPageBreak" => out.soft_break |= out.list.is_empty(),
            "noBreakHyphen" => self.text("\u{2011}", run, out),
            "softHyphen" => self.text("\u{ad}", run, out),
            "sym" => self.symbol(node, run, out)?,
            "drawing" => self.drawing(node, out)?,
            "pict" | "object" => self.vml(node, out)?,
            "footnoteReference" => self.reference(NoteKind::Footnote, node, run, out)?,
            "endnoteReference" => self.reference(NoteKind::Endnote, node, run, out)?,
            "commentReference" => self.reference(NoteKind::Comment, node, run, out)?,
            "ruby" => {
                for part in ["rubyBase", "rt"].iter().filter_map(|name| node.child(Ns::W, name)) {
                    self.inlines(part, run.context, out)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn line_break(&self, node: Node<'_>, out: &mut Inlines) {
        match node.attribute("type") {
            Some("page") if self.pages => out.list.push(Inline::PageBreak),
            _ => out.list.push(Inline::LineBreak),
        }
    }

    /// `w:t`. White space at its ends counts only where it says so.
    fn run_text(&mut self, node: Node<'_>, run: &mut Run<'_>, out: &mut Inlines) -> Result<()> {
        let whole = node.all_text();
        let kept = node.attribute_in(Ns::Xml, "space") == Some("preserve");
        let text = if kept { whole.as_str() } else { whole.trim_matches(['\n', '\r', '\t']) };
        if let Some((kind, id)) = run.marked.take() {
            return self.note(kind, id, Some(text.to_owned()), out);
        }
        self.text(text, run, out);
        Ok(())
    }

    fn symbol(&mut self, node: Node<'_>, run: &mut Run<'_>, out: &mut Inlines) -> Result<()> {
        let code = node.attribute("char").and_then(|hex| u32::from_str_radix(hex, 16).ok());
        if let Some(character) = code.and_then(char::from_u32) {
            let font = node.attribute("font").unwrap_or_default();
            let shown = String::from(likeness(font, character));
            if let Some((kind, id)) = run.marked.take() {
                return self.note(kind, id, Some(shown), out);
            }
            self.put_text(&shown, run, out);
        }
        Ok(())
    }

    /// Text as the run's look changes it.
    fn text(&mut self, text: &str, run: &Run<'_>, out: &mut Inlines) {
        let font = run.look.symbol_font();
        let caps = run.look.is(Toggle::Caps);
        let changed: String = match font {
            Some(font) => text.chars().map(|letter| likeness(font, letter)).collect(),
            None if caps => text.chars().map(upper).map(displayed).collect(),
            None => text.chars().map(displayed).collect(),
        };
        self.put_text(&changed, run, out);
    }

    fn put_text(&mut self, text: &str, run: &Run<'_>, out: &mut Inlines) {
        if text.is_empty() || !self.shared.take_text(text) {
            return;
        }
        let link = self.story.fields.link();
        out.text(text, &run.look, run.context, link);
    }

    /// Text that comes from elsewhere than runs, in the paragraph's look.
    pub(super) fn plain_text(&mut self, text: &str, context: &Context, out: &mut Inlines) {
        if !text.is_empty() && self.story.fields.visible() && self.shared.take_text(text) {
            out.text(text, &context.base, context, self.story.fields.link());
        }
    }

    fn reference(
        &mut self,
        kind: NoteKind,
        node: Node<'_>,
        run: &mut Run<'_>,
        out: &mut Inlines,
    ) -> Result<()> {
        let Some(id) = node.number("id") else { return Ok(()) };
        if node.attribute("customMarkFollows").is_some_and(super::units::is_on) {
            run.marked = Some((kind, id));
            return Ok(());
        }
        self.note(kind, id, None, out)
    }

    /// Reads a note and puts its mark; `label` is the one that the document gives it itself.
    fn note(&mut self, kind: NoteKind, id: i64, label: Option<String>, out: &mut Inlines) -> Result<()> {
        let shared = &mut *self.shared;
        let content = shared.notes.content(kind, id, &shared.package, &mut shared.warnings)?;
        let root = content.tree.as_ref().and_then(|tree| tree.root());
        let told = |name| root.and_then(|root| root.attribute(name)).unwrap_or_default();
        let label = label.unwrap_or_else(|| shared.notes.next_label(kind, told("initials")));
        let author = Some(told("author").to_owned()).filter(|author| !author.is_empty());
        let number = shared.notes.next_id();
        out.list.push(Inline::Note { id: number, label: label.clone() });
        let blocks = match root {
            Some(root) => self.apart(root, content.relations.clone(), None)?,
            None => Vec::new(),
        };
        self.shared.notes.pending.push(Note { id: number, kind, label, author, blocks });
        Ok(())
    }
}

/// As capitals where that is one letter: `ß` stays, as in Word.
fn upper(letter: char) -> char {
    let mut upper = letter.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => letter,
    }
}

/// White space inside of text is a space each; glyphs of symbol fonts that have lost their font look as in Symbol.
fn displayed(letter: char) -> char {
    match letter {
        '\n' | '\r' | '\t' => ' ',
        '\u{f020}'..='\u{f0ff}' => likeness("Symbol", letter),
        letter => letter,
    }
}
