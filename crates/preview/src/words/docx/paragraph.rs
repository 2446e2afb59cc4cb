//! Paragraphs (ECMA-376 part 1 §17.3.1).

use std::rc::Rc;

use super::blocks::{Blocks, Neighbour};
use super::inline::{Context, Inlines};
use super::numbering::Level;
use super::paragraph_props::ParagraphProps;
use super::run_props::{RunProps, Toggle};
use super::story::Builder;
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::error::Result;
use crate::model::{Heading, Inline, Label, Paragraph};

/// A paragraph with all its styles.
struct Look {
    paragraph: ParagraphProps,
    /// What its runs are based on.
    run: RunProps,
    heading: Option<Heading>,
    style: Option<Rc<str>>,
    /// List and level.
    list: Option<(i64, u8)>,
}

impl Builder<'_, '_> {
    /// `w:p`.
    pub(super) fn paragraph(&mut self, node: Node<'_>, out: &mut Blocks) -> Result<()> {
        if !self.shared.take_block() {
            return Ok(());
        }
        let properties = node.child(Ns::W, "pPr");
        let theme = &self.shared.theme;
        let direct = properties.map(|node| ParagraphProps::read(node, theme)).unwrap_or_default();
        let mark = properties.and_then(|node| node.child(Ns::W, "rPr"));
        let mark = mark.map(|node| RunProps::read(node, theme)).unwrap_or_default();
        let look = self.look(&direct);
        let mut content = Inlines::default();
        self.inlines(node, &self.context(&look), &mut content)?;
        // As the large first letter of it, it begins the next paragraph.
        let first_letter = properties.and_then(|node| node.child(Ns::W, "framePr")?.attribute("dropCap"));
        if first_letter.is_some_and(|kind| kind != "none") {
            self.story.carried.append(&mut content.list);
            return Ok(());
        }
        let mark_style = self.run_look(&look.run, &mark);
        let hidden =
            mark_style.is(Toggle::Vanish) && content.list.is_empty() && self.story.carried.is_empty();
        if !hidden {
            self.put_paragraph(&look, &mark_style, content, out);
        }
        Ok(())
    }

    fn put_paragraph(&mut self, look: &Look, mark: &RunProps, content: Inlines, out: &mut Blocks) {
        let mut inlines = std::mem::take(&mut self.story.carried);
        inlines.extend(content.list);
        let mut breaks = content.soft_break || look.paragraph.page_break_before == Some(true);
        if inlines.len() > 1 && inlines.first() == Some(&Inline::PageBreak) {
            inlines.remove(0);
            breaks = true;
        }
        if breaks && self.pages {
            out.break_page();
        }
        let behind = look.paragraph.background().or_else(|| self.cell.as_ref()?.shade.as_ref());
        let outline =
            look.paragraph.outline.filter(|level| *level < 9).map(|level| Heading::Level(level + 1));
        let paragraph = Paragraph {
            heading: look
                .heading
                .filter(|_| look.paragraph.outline.is_none_or(|level| level < 9))
                .or(outline),
            style: mark.text_style("", behind),
            inlines,
            ..look.paragraph.paragraph()
        };
        let label = self.label(look, mark);
        let neighbour = Neighbour {
            style: look.style.clone(),
            contextual: look.paragraph.contextual == Some(true),
            between: look.paragraph.between(),
            ..Neighbour::default()
        };
        out.paragraph(Paragraph { label, ..paragraph }, neighbour);
    }

    /// A paragraph that has no element of its own.
    pub(super) fn bare_paragraph(&mut self, inlines: Vec<Inline>, out: &mut Blocks) {
        let look = self.look(&ParagraphProps::default());
        let mark = look.run.clone();
        self.put_paragraph(&look, &mark, Inlines { list: inlines, ..Inlines::default() }, out);
    }

    /// What a paragraph without any properties gives to its runs.
    pub(super) fn bare_context(&self) -> Context {
        self.context(&self.look(&ParagraphProps::default()))
    }

    fn context(&self, look: &Look) -> Context {
        let behind = look.paragraph.background().or_else(|| self.cell.as_ref()?.shade.as_ref());
        Context {
            base: Rc::new(look.run.clone()),
            behind: behind.cloned(),
            link: None,
            inserted: false,
            deleted: false,
        }
    }

    /// Everything is based on the document's defaults, then on the table around, the style and its list (§17.7.2).
    fn look(&self, direct: &ParagraphProps) -> Look {
        let shared = &*self.shared;
        let style_id = shared.styles.paragraph_id(direct.style.as_deref());
        let style = shared.styles.paragraph_look(direct.style.as_deref(), &shared.numbering);
        let mut paragraph = shared.styles.paragraph.clone();
        let mut run = RunProps::default();
        if let Some(cell) = &self.cell {
            paragraph.apply(&cell.paragraph);
            run = cell.run.clone();
        }
        paragraph.apply(if direct.list == Some(0) { &style.outside_list } else { &style.paragraph });
        run.apply_style(&style.run);
        let level = direct.level.or(if direct.list.is_some() { Some(0) } else { style.paragraph.level });
        let list = direct.list.or(style.paragraph.list).filter(|list| *list != 0);
        let list = list.map(|list| (list, level.unwrap_or(0)));
        if let (Some((list, level)), true) = (list, direct.list.is_some() || direct.level.is_some())
            && let Some(level) = shared.numbering.level(list, level)
        {
            paragraph.apply_list(&level.paragraph);
        }
        paragraph.apply(direct);
        let mut base = shared.styles.run.clone();
        base.apply(&run);
        Look { paragraph, run: base, heading: style.heading, style: style_id, list }
    }

    /// A run's own look on that of its paragraph.
    pub(super) fn run_look(&self, base: &RunProps, direct: &RunProps) -> RunProps {
        let mut look = base.clone();
        if let Some(style) = &direct.style {
            look.apply_style(&self.shared.styles.run_look(style));
        }
        look.apply(direct);
        look
    }

    fn label(&mut self, look: &Look, mark: &RunProps) -> Option<Label> {
        if let Some(text) = look.paragraph.label.clone().filter(|text| !text.trim().is_empty()) {
            let ordered = text.chars().any(char::is_alphanumeric);
            let style = mark.text_style(&text, None);
            return Some(Label { text, style, level: look.paragraph.level.unwrap_or(0), ordered });
        }
        let (list, number) = look.list?;
        let labelled = self.shared.numbering.count(list, number)?;
        if labelled.text.is_empty() {
            return None;
        }
        let level: &Level = &labelled.level;
        let style = self.run_look(mark, &level.run);
        let behind = look.paragraph.background().or_else(|| self.cell.as_ref()?.shade.as_ref());
        let mut style = style.text_style(&labelled.text, behind);
        // The glyphs have been translated: their font would only be looked for in vain.
        if level.run.symbol_font().is_some() {
            style.font = None;
        }
        style.inserted = false;
        style.deleted = false;
        Some(Label { text: labelled.text, style, level: number, ordered: labelled.ordered })
    }
}
