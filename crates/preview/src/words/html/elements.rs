//! What each element begins and ends.

use std::collections::BTreeMap;
use std::rc::Rc;

use html5gum::{HtmlString, Spanned, StartTag, Token};

use super::css::{self, Sheet};
use super::look::{self, Look, Own, SIZE};
use super::page::{Page, Plan, link};
use super::pictures::Pictures;
use crate::limits::Limits;
use crate::model::{Align, Block, Border, Color, Heading, Inline, Label, Paragraph, Script};
use crate::numerals::numeral;

/// What the end of an element ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Inline,
    Block,
    List,
    Item,
    Table,
    Rows,
    Row,
    Cell,
}

/// An element that is open.
struct Open {
    name: String,
    kind: Kind,
    /// How text looked before it, and what its paragraphs were like.
    outer: Rc<Look>,
    plan: Plan,
    page_break_after: bool,
}

/// A list that is open.
struct List {
    format: &'static str,
    next: i64,
}

/// Elements whose text nobody sees.
const UNSEEN: [&str; 12] = [
    "applet", "audio", "canvas", "frameset", "iframe", "math", "object", "script", "select", "svg",
    "template", "video",
];
/// Elements that have no end.
const EMPTY: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

pub(super) struct Elements {
    pub(super) page: Page,
    pub(super) pictures: Pictures,
    pub(super) external: bool,
    sheet: Sheet,
    stack: Vec<Open>,
    look: Rc<Look>,
    lists: Vec<List>,
    most_deep: usize,
    /// The element whose content is passed over, and how many of its kind are open in it.
    skipped: Option<(String, usize)>,
    /// A `style` element's text comes.
    in_style: bool,
    /// A `title` element's text comes.
    in_title: bool,
    header_row: bool,
}

type Attributes = BTreeMap<HtmlString, Spanned<HtmlString, ()>>;

/// The value of an attribute.
fn attribute(attributes: &Attributes, name: &str) -> Option<String> {
    let value = attributes.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(value).trim().to_owned())
}

impl Elements {
    pub(super) fn new(limits: &Limits, pictures: Pictures) -> Self {
        Self {
            page: Page::new(limits),
            pictures,
            external: false,
            sheet: Sheet::default(),
            stack: Vec::new(),
            look: Rc::new(Look::default()),
            lists: Vec::new(),
            most_deep: limits.depth,
            skipped: None,
            in_style: false,
            in_title: false,
            header_row: false,
        }
    }

    pub(super) fn take(&mut self, token: &Token) {
        match token {
            Token::StartTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                if let Some((skipped, depth)) = &mut self.skipped {
                    *depth += usize::from(*skipped == name && !tag.self_closing);
                } else {
                    self.start(&name, tag);
                }
            }
            Token::EndTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                match &mut self.skipped {
                    Some((skipped, depth)) if *skipped == name => {
                        *depth -= 1;
                        if *depth == 0 {
                            self.skipped = None;
                        }
                    }
                    Some(_) => {}
                    None => self.end(&name),
                }
            }
            Token::String(text) if self.skipped.is_none() => self.text(&String::from_utf8_lossy(text)),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_style {
            self.sheet.add(text);
        } else if !self.in_title {
            let look = self.look.clone();
            let between_cells = matches!(self.stack.last(), Some(open) if matches!(open.kind, Kind::Table | Kind::Rows | Kind::Row));
            if !between_cells || !text.trim().is_empty() {
                self.page.text(text, &look);
            }
        }
    }

    fn start(&mut self, name: &str, tag: &StartTag<()>) {
        if UNSEEN.contains(&name) || name.starts_with("xml") || name.starts_with("w:") {
            self.external |= matches!(name, "iframe" | "object" | "audio" | "video");
            if !tag.self_closing {
                self.skipped = Some((name.to_owned(), 1));
            }
            return;
        }
        match name {
            "style" => self.in_style = true,
            "title" | "textarea" => self.in_title = true,
            "link" => {
                self.external |= attribute(&tag.attributes, "rel")
                    .is_some_and(|rel| rel.eq_ignore_ascii_case("stylesheet"))
            }
            _ => self.open(name, &tag.attributes, tag.self_closing),
        }
    }

    fn open(&mut self, name: &str, attributes: &Attributes, self_closing: bool) {
        self.imply_ends(name);
        let kind = kind(name);
        if kind != Kind::Inline {
            self.page.end_paragraph(&self.look.clone());
        }
        if !self.may_stand_here(kind) {
            return;
        }
        let mut look = (*self.look).clone();
        let mut own = Own::default();
        let mut plan = if kind == Kind::Inline { self.page.plan.clone() } else { Plan::default() };
        presentation(name, attributes, &mut look, &mut plan);
        attributes_of_old(name, attributes, &mut look, &mut own);
        self.declare(name, attributes, &mut look, &mut own, kind == Kind::Inline);
        plan.before = own.before.unwrap_or(plan.before);
        plan.after = own.after.unwrap_or(plan.after);
        if own.page_break {
            self.page.end_paragraph(&self.look.clone());
            self.page.page_break();
        }
        if EMPTY.contains(&name) {
            self.empty(name, attributes, &look, &own);
            return;
        }
        // An element of XML that ends at once (`<o:p/>`).
        if self_closing && name.contains(':') || self.stack.len() >= self.most_deep {
            return;
        }
        let mut open = Open {
            name: name.to_owned(),
            kind,
            outer: std::mem::replace(&mut self.look, Rc::new(look)),
            plan: std::mem::replace(&mut self.page.plan, plan),
            page_break_after: own.page_break_after,
        };
        if !self.begin(name, kind, attributes, &own) {
            open.kind = Kind::Block;
        }
        self.stack.push(open);
    }

    /// Rules of the sheet first, then its own.
    fn declare(&self, name: &str, attributes: &Attributes, look: &mut Look, own: &mut Own, inline: bool) {
        let classes = attribute(attributes, "class").unwrap_or_default();
        self.sheet.matching(name, &classes, |body| look.declare(own, body, inline));
        if let Some(style) = attribute(attributes, "style") {
            look.declare(own, &style, inline);
        }
    }

    /// Rows and cells stand only in tables.
    fn may_stand_here(&self, kind: Kind) -> bool {
        !matches!(kind, Kind::Rows | Kind::Row | Kind::Cell) || self.page.in_table()
    }

    /// Begins what the element is; false where there is no room for it.
    fn begin(&mut self, name: &str, kind: Kind, attributes: &Attributes, own: &Own) -> bool {
        let number = |name: &str| attribute(attributes, name).and_then(|value| value.parse::<u16>().ok());
        match kind {
            Kind::Table => {
                let border = number("border").filter(|border| *border > 0).map(|_| Border {
                    width: 0.75,
                    color: Some(Color::rgb(128, 128, 128)),
                    ..no_border()
                });
                let border = border.or_else(|| own.borders[1].clone().flatten());
                let padding =
                    attribute(attributes, "cellpadding").and_then(|value| css::length(&value, SIZE));
                let align =
                    attribute(attributes, "align").and_then(|value| look::align(&value)).unwrap_or_default();
                let indent = self.look.indent;
                // Text in cells begins anew.
                let inner = Rc::make_mut(&mut self.look);
                (inner.align, inner.indent, inner.first, inner.row_fill) = (Align::Start, 0.0, 0.0, None);
                return self.page.begin_table(align, indent, border, padding.filter(|points| *points >= 0.0));
            }
            Kind::Rows => self.header_row = name == "thead",
            Kind::Row => {
                Rc::make_mut(&mut self.look).row_fill.clone_from(&own.fill);
                self.page.begin_row(self.header_row, own.height.unwrap_or(0.0).clamp(0.0, 1000.0));
            }
            Kind::Cell => {
                let fill = own.fill.clone().or_else(|| self.look.row_fill.clone());
                let own = Own { fill, ..own.clone() };
                self.page.begin_cell(&own, number("colspan").unwrap_or(1), number("rowspan").unwrap_or(1));
            }
            Kind::List => self.begin_list(name == "ol", attributes),
            Kind::Item => self.begin_item(attributes),
            Kind::Inline | Kind::Block => {}
        }
        true
    }

    fn begin_list(&mut self, ordered: bool, attributes: &Attributes) {
        let start = attribute(attributes, "start").and_then(|value| value.parse().ok()).unwrap_or(1);
        let format = attribute(attributes, "type").map_or("decimal", |value| list_format(&value));
        self.lists.push(List { format: if ordered { format } else { "bullet" }, next: start });
        Rc::make_mut(&mut self.look).indent += 36.0;
    }

    fn begin_item(&mut self, attributes: &Attributes) {
        let level = self.lists.len().saturating_sub(1);
        let Some(list) = self.lists.last_mut() else { return };
        if let Some(value) = attribute(attributes, "value").and_then(|value| value.parse().ok()) {
            list.next = value;
        }
        let ordered = list.format != "bullet";
        let text = if ordered {
            format!("{}.", numeral(list.next, list.format))
        } else {
            ["•", "◦", "▪"][level.min(2)].to_owned()
        };
        list.next = list.next.saturating_add(1);
        let level = u8::try_from(level.min(8)).unwrap_or(8);
        self.page.label = Some(Label { text, style: self.look.text.clone(), level, ordered });
    }

    fn empty(&mut self, name: &str, attributes: &Attributes, look: &Look, own: &Own) {
        match name {
            "br" if !own.page_break => self.page.inline(Inline::LineBreak, look),
            "hr" => {
                let line = Border { width: 0.75, color: Some(Color::rgb(128, 128, 128)), ..no_border() };
                let mut rule = Paragraph::default();
                rule.borders.bottom = Some(line);
                self.page.put(Block::Paragraph(rule));
            }
            "img" | "embed" => {
                let points = |name: &str, own: Option<f32>| {
                    let said = attribute(attributes, name).filter(|value| !value.contains('%'));
                    own.or_else(|| css::length(&said?, SIZE)).unwrap_or(0.0).clamp(0.0, 1584.0)
                };
                let source = attribute(attributes, "src").unwrap_or_default();
                let mut picture = self.pictures.find(&source);
                self.external |= picture.id.is_none() && !source.is_empty();
                picture.width = points("width", own.width);
                picture.height = points("height", own.height);
                picture.alt = attribute(attributes, "alt").unwrap_or_default();
                self.page.inline(Inline::Picture(picture), look);
            }
            "input" => {
                let kind = attribute(attributes, "type").unwrap_or_default().to_ascii_lowercase();
                if matches!(kind.as_str(), "" | "text" | "button" | "submit" | "reset") {
                    self.page.text(&attribute(attributes, "value").unwrap_or_default(), look);
                }
            }
            "col" => {
                let width = attribute(attributes, "width").filter(|value| !value.contains('%'));
                let width = own.width.or_else(|| css::length(&width?, SIZE));
                let count = attribute(attributes, "span").and_then(|value| value.parse().ok()).unwrap_or(1);
                self.page.column(width, count);
            }
            _ => {}
        }
    }

    /// Ends that writers leave out (HTML 13.1.2.4).
    fn imply_ends(&mut self, name: &str) {
        match name {
            "li" => self.end_up_to(&["li"], &["ul", "ol", "menu", "dir", "td", "th", "table"]),
            "dt" | "dd" => self.end_up_to(&["dt", "dd"], &["dl", "td", "th", "table"]),
            "td" | "th" => self.end_up_to(&["td", "th"], &["tr", "table"]),
            "tr" => self.end_up_to(&["tr"], &["table"]),
            "thead" | "tbody" | "tfoot" => self.end_up_to(&["thead", "tbody", "tfoot"], &["table"]),
            "option" => self.end_up_to(&["option"], &["select"]),
            _ if kind(name) != Kind::Inline => self.end_up_to(
                &["p"],
                &["td", "th", "table", "li", "div", "blockquote", "ul", "ol", "body", "center", "dd", "form"],
            ),
            _ => {}
        }
    }

    /// Ends the innermost of these elements, unless one of those stands around it first.
    fn end_up_to(&mut self, wanted: &[&str], fence: &[&str]) {
        let found = self
            .stack
            .iter()
            .rposition(|open| wanted.contains(&open.name.as_str()) || fence.contains(&open.name.as_str()));
        if let Some(place) = found
            && self.stack.get(place).is_some_and(|open| wanted.contains(&open.name.as_str()))
        {
            self.close(place);
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "style" => self.in_style = false,
            "title" | "textarea" => self.in_title = false,
            "br" => self.page.inline(Inline::LineBreak, &self.look.clone()),
            _ => {
                // Ends inside a cell don't reach the elements around it.
                let structure = matches!(kind(name), Kind::Table | Kind::Rows | Kind::Row | Kind::Cell);
                let fence = self
                    .stack
                    .iter()
                    .rposition(|open| open.kind == Kind::Table || !structure && open.kind == Kind::Cell);
                let found = self.stack.iter().rposition(|open| open.name == name);
                match found.filter(|place| fence.is_none_or(|fence| *place >= fence)) {
                    Some(place) => self.close(place),
                    None if name == "p" => self.page.end_paragraph(&self.look.clone()),
                    None => {}
                }
            }
        }
    }

    /// Ends everything from this place of the stack on.
    fn close(&mut self, place: usize) {
        while self.stack.len() > place {
            let Some(open) = self.stack.pop() else { return };
            let look = self.look.clone();
            if open.kind != Kind::Inline {
                self.page.end_paragraph(&look);
            }
            match open.kind {
                Kind::Inline | Kind::Block => {}
                Kind::List => drop(self.lists.pop()),
                Kind::Item => self.page.end_item(&look),
                Kind::Table => self.page.end_table(),
                Kind::Rows => self.header_row = false,
                Kind::Row => self.page.end_row(),
                Kind::Cell => self.page.end_cell(),
            }
            self.look = open.outer;
            self.page.plan = open.plan;
            if open.page_break_after {
                self.page.page_break();
            }
        }
    }

    /// The source is at its end.
    pub(super) fn finish(&mut self) {
        self.close(0);
        self.page.end_paragraph(&self.look.clone());
    }
}

const fn no_border() -> Border {
    Border { width: 0.0, color: None, dash: crate::model::Dash::Solid, double: false }
}

fn kind(name: &str) -> Kind {
    match name {
        "table" => Kind::Table,
        "thead" | "tbody" | "tfoot" => Kind::Rows,
        "tr" => Kind::Row,
        "td" | "th" => Kind::Cell,
        "ul" | "ol" | "menu" | "dir" => Kind::List,
        "li" => Kind::Item,
        "address" | "article" | "aside" | "blockquote" | "body" | "caption" | "center" | "dd" | "details"
        | "dialog" | "div" | "dl" | "dt" | "fieldset" | "figcaption" | "figure" | "footer" | "form"
        | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "header" | "hgroup" | "hr" | "html" | "legend"
        | "listing" | "main" | "nav" | "p" | "plaintext" | "pre" | "section" | "summary" | "xmp" => {
            Kind::Block
        }
        _ => Kind::Inline,
    }
}

fn list_format(kind: &str) -> &'static str {
    match kind {
        "a" => "lowerLetter",
        "A" => "upperLetter",
        "i" => "lowerRoman",
        "I" => "upperRoman",
        _ => "decimal",
    }
}

/// How elements look by themselves (HTML 15.3).
fn presentation(name: &str, attributes: &Attributes, look: &mut Look, plan: &mut Plan) {
    let size = look.size();
    let text = &mut look.text;
    match name {
        "b" | "strong" | "th" => text.bold = true,
        "i" | "em" | "cite" | "var" | "dfn" | "address" => text.italic = true,
        "u" | "ins" => text.underline = true,
        "s" | "strike" | "del" => text.strike = true,
        "sup" => text.script = Some(Script::Super),
        "sub" => text.script = Some(Script::Sub),
        "big" => text.size = Some(size * 1.2),
        "small" => text.size = Some(size / 1.2),
        "code" | "tt" | "kbd" | "samp" => text.font = Some("Courier New".to_owned()),
        "mark" => text.highlight = Some(Color::rgb(255, 255, 0)),
        "pre" | "listing" | "xmp" | "plaintext" => {
            text.font = Some("Courier New".to_owned());
            look.pre = true;
        }
        "center" | "caption" => look.align = Align::Center,
        "blockquote" | "dd" | "figure" => look.indent += 30.0,
        "p" => (plan.before, plan.after) = (0.0, SIZE),
        "a" => {
            if let Some(target) = attribute(attributes, "href") {
                look.link = link(&target);
            }
        }
        _ => heading(name, look, plan),
    }
    if name == "th" {
        look.align = Align::Center;
    }
}

fn heading(name: &str, look: &mut Look, plan: &mut Plan) {
    const SIZES: [f32; 6] = [24.0, 18.0, 14.0, 12.0, 10.0, 7.5];
    let level = name.strip_prefix('h').and_then(|level| level.parse::<u8>().ok());
    if let Some(level @ 1..=6) = level {
        look.text.bold = true;
        look.text.size = SIZES.get(usize::from(level) - 1).copied();
        plan.heading = Some(Heading::Level(level));
        (plan.before, plan.after) = (SIZE, SIZE / 2.0);
    }
}

/// Attributes from before there were style sheets.
fn attributes_of_old(name: &str, attributes: &Attributes, look: &mut Look, own: &mut Own) {
    let value = |name: &str| attribute(attributes, name);
    if let Some(align) = value("align").and_then(|value| look::align(&value))
        && !matches!(name, "table" | "img")
    {
        look.align = align;
    }
    if let Some(color) = value("bgcolor").and_then(|value| css::color(&value)) {
        own.fill = Some(color);
    }
    if name == "font" {
        look.text.color = value("color").and_then(|value| css::color(&value)).or(look.text.color.take());
        look.text.size = value("size").and_then(|value| css::font_step(&value)).or(look.text.size);
        if let Some(face) = value("face") {
            look.text.font = Some(face.split(',').next().unwrap_or_default().trim().to_owned());
        }
    }
    if matches!(name, "td" | "th" | "tr") {
        own.vertical = value("valign").and_then(|value| look::vertical(&value));
        let length = |value: Option<String>| css::length(&value.filter(|value| !value.contains('%'))?, SIZE);
        own.width = length(value("width"));
        own.height = length(value("height"));
        if value("nowrap").is_none() && own.vertical.is_none() && name != "tr" {
            own.vertical = Some(crate::model::VerticalAlign::Middle);
        }
    }
    match value("dir").map(|dir| dir.to_ascii_lowercase()).as_deref() {
        Some("rtl") => look.rtl = true,
        Some("ltr") => look.rtl = false,
        _ => {}
    }
}
