//! How paragraphs stand, as styles, lists and paragraphs say it (`w:pPr`, ECMA-376 part 1 §17.3.1).

use std::rc::Rc;

use super::run_props;
use super::symbols::likeness;
use super::theme::Theme;
use super::units::{EIGHTHS, TWIPS, is_on, points, switch};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::model::{Align, Border, Borders, Color, Dash, LineHeight, Paragraph, TabAlign, TabStop};

/// Points above and below where Word decides itself (as web pages have it).
const AUTOMATIC_SPACE: f32 = 14.0;
/// Tab stops of one paragraph.
const TABS: usize = 64;

/// What is set; everything else is as in the style below. In colours and borders, the inner none is "none".
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ParagraphProps {
    /// The id of its style.
    pub(super) style: Option<Rc<str>>,
    /// The list it is in; 0 takes it out of its style's.
    pub(super) list: Option<i64>,
    /// The list's level.
    pub(super) level: Option<u8>,
    /// What stands before it, where the document says that instead of how lists count.
    pub(super) label: Option<String>,
    /// 0 to 8, 9 = body text.
    pub(super) outline: Option<u8>,
    pub(super) page_break_before: Option<bool>,
    /// No space between paragraphs of the same style.
    pub(super) contextual: Option<bool>,
    align: Option<Align>,
    start: Option<f32>,
    end: Option<f32>,
    first: Option<f32>,
    before: Option<f32>,
    after: Option<f32>,
    before_automatic: Option<bool>,
    after_automatic: Option<bool>,
    line: Option<LineHeight>,
    shade: Option<Option<Color>>,
    top: Option<Option<Border>>,
    bottom: Option<Option<Border>>,
    left: Option<Option<Border>>,
    right: Option<Option<Border>>,
    between: Option<Option<Border>>,
    rtl: Option<bool>,
    /// Stops, and whether they are there (otherwise one of the style is taken away).
    tabs: Vec<(TabStop, bool)>,
}

impl ParagraphProps {
    /// Reads `w:pPr`.
    pub(super) fn read(node: Node<'_>, theme: &Theme) -> Self {
        let mut props = Self::default();
        for property in node.elements().filter(|property| property.ns() == Some(Ns::W)) {
            props.set(property, theme);
        }
        props
    }

    fn set(&mut self, node: Node<'_>, theme: &Theme) {
        match node.name() {
            "pStyle" => self.style = node.attribute("val").map(Rc::from),
            "numPr" => {
                self.list = node.child(Ns::W, "numId").and_then(|list| list.number("val"));
                self.level = node.child(Ns::W, "ilvl").and_then(|level| level.number("val"));
            }
            // Of 2003: the label is kept with the paragraph.
            "listPr" => {
                let label = node.child(Ns::Wx, "t").and_then(|label| label.attribute("val"));
                let font =
                    node.child(Ns::Wx, "font").and_then(|font| font.attribute("val")).unwrap_or_default();
                self.label = label.map(|label| label.chars().map(|letter| likeness(font, letter)).collect());
                self.level = node.child(Ns::W, "ilvl").and_then(|level| level.number("val"));
            }
            "outlineLvl" => self.outline = node.number("val"),
            "pageBreakBefore" => self.page_break_before = Some(switch(node)),
            "contextualSpacing" => self.contextual = Some(switch(node)),
            "jc" => self.align = node.attribute("val").map(align),
            "ind" => self.set_indents(node),
            "spacing" => self.set_spacing(node),
            "shd" => self.shade = Some(run_props::shade(node, theme)),
            "pBdr" => self.set_borders(node, theme),
            "bidi" => self.rtl = Some(switch(node)),
            "tabs" => {
                for tab in node.all(Ns::W, "tab").take(TABS) {
                    let kind = tab.attribute("val").unwrap_or_default();
                    if let (Some(at), false) = (points(tab, "pos", TWIPS), kind == "bar") {
                        self.tabs.push((tab_stop(at, kind, tab), kind != "clear"));
                    }
                }
            }
            _ => {}
        }
    }

    fn set_indents(&mut self, node: Node<'_>) {
        let side = |new: &str, old: &str| points(node, new, TWIPS).or_else(|| points(node, old, TWIPS));
        self.start = side("start", "left").or(self.start);
        self.end = side("end", "right").or(self.end);
        let first = points(node, "hanging", TWIPS).map(|hanging| -hanging);
        self.first = first
            .or_else(|| points(node, "firstLine", TWIPS))
            .or_else(|| points(node, "first-line", TWIPS))
            .or(self.first);
    }

    fn set_spacing(&mut self, node: Node<'_>) {
        self.before = points(node, "before", TWIPS).or(self.before);
        self.after = points(node, "after", TWIPS).or(self.after);
        self.before_automatic = node.attribute("beforeAutospacing").map(is_on).or(self.before_automatic);
        self.after_automatic = node.attribute("afterAutospacing").map(is_on).or(self.after_automatic);
        let Some(line) = points(node, "line", TWIPS) else { return };
        self.line = Some(match node.attribute("lineRule") {
            Some("exact") => LineHeight::Exactly(line.abs()),
            Some("atLeast") => LineHeight::AtLeast(line.abs()),
            // In 240ths of a line; a negative one is exact in Word.
            _ if line < 0.0 => LineHeight::Exactly(-line),
            _ => LineHeight::Times(line / 12.0),
        });
    }

    fn set_borders(&mut self, node: Node<'_>, theme: &Theme) {
        for edge in node.elements() {
            let border = Some(border(edge, theme));
            match edge.name() {
                "top" => self.top = border,
                "bottom" => self.bottom = border,
                "left" | "start" => self.left = border,
                "right" | "end" => self.right = border,
                "between" => self.between = border,
                _ => {}
            }
        }
    }

    /// Puts what `over` sets on top.
    pub(super) fn apply(&mut self, over: &Self) {
        fn put<T: Clone>(under: &mut Option<T>, over: &Option<T>) {
            if over.is_some() {
                under.clone_from(over);
            }
        }
        put(&mut self.style, &over.style);
        put(&mut self.list, &over.list);
        put(&mut self.level, &over.level);
        put(&mut self.label, &over.label);
        put(&mut self.outline, &over.outline);
        put(&mut self.page_break_before, &over.page_break_before);
        put(&mut self.contextual, &over.contextual);
        put(&mut self.align, &over.align);
        put(&mut self.start, &over.start);
        put(&mut self.end, &over.end);
        put(&mut self.first, &over.first);
        put(&mut self.before, &over.before);
        put(&mut self.after, &over.after);
        put(&mut self.before_automatic, &over.before_automatic);
        put(&mut self.after_automatic, &over.after_automatic);
        put(&mut self.line, &over.line);
        put(&mut self.shade, &over.shade);
        put(&mut self.top, &over.top);
        put(&mut self.bottom, &over.bottom);
        put(&mut self.left, &over.left);
        put(&mut self.right, &over.right);
        put(&mut self.between, &over.between);
        put(&mut self.rtl, &over.rtl);
        for (stop, set) in &over.tabs {
            // Stops at one place are one, to half a point.
            self.tabs.retain(|(known, _)| (known.at - stop.at).abs() > 0.5);
            if *set {
                self.tabs.push((*stop, true));
            }
        }
        self.tabs.truncate(TABS);
    }

    /// Puts on top what a level of a list says of indents and tabs: nothing else of a paragraph is the list's.
    pub(super) fn apply_list(&mut self, level: &Self) {
        self.start = level.start.or(self.start);
        self.end = level.end.or(self.end);
        self.first = level.first.or(self.first);
        self.apply(&Self { tabs: level.tabs.clone(), ..Self::default() });
    }

    /// Behind the paragraph.
    pub(super) fn background(&self) -> Option<&Color> {
        self.shade.as_ref().and_then(Option::as_ref)
    }

    /// What is drawn between it and another paragraph with the same borders, where both have them (§17.3.1.5).
    pub(super) fn between(&self) -> Option<Border> {
        self.between.clone().flatten()
    }

    /// The paragraph without its content.
    pub(super) fn paragraph(&self) -> Paragraph {
        let in_list = self.list.is_some_and(|list| list != 0);
        let space = |automatic: Option<bool>, space: Option<f32>| match automatic {
            Some(true) if in_list => 0.0,
            Some(true) => AUTOMATIC_SPACE,
            _ => space.unwrap_or(0.0).max(0.0),
        };
        let mut tabs: Vec<TabStop> =
            self.tabs.iter().filter(|(_, set)| *set).map(|(stop, _)| *stop).collect();
        tabs.sort_by(|one, other| one.at.total_cmp(&other.at));
        Paragraph {
            align: self.align.unwrap_or_default(),
            indent_start: self.start.unwrap_or(0.0),
            indent_end: self.end.unwrap_or(0.0),
            indent_first: self.first.unwrap_or(0.0),
            space_before: space(self.before_automatic, self.before),
            space_after: space(self.after_automatic, self.after),
            line_height: self.line.filter(|line| *line != LineHeight::Times(1.0)),
            shade: self.background().cloned(),
            borders: self.borders(),
            rtl: self.rtl == Some(true),
            tabs,
            ..Paragraph::default()
        }
    }

    fn borders(&self) -> Borders {
        Borders {
            start: self.left.clone().flatten(),
            top: self.top.clone().flatten(),
            end: self.right.clone().flatten(),
            bottom: self.bottom.clone().flatten(),
        }
    }
}

/// §17.3.1.37; stops of lists (`num`) are as those at the start.
fn tab_stop(at: f32, kind: &str, tab: Node<'_>) -> TabStop {
    TabStop {
        at,
        align: match kind {
            "center" => TabAlign::Center,
            "right" | "end" => TabAlign::End,
            "decimal" => TabAlign::Decimal,
            _ => TabAlign::Start,
        },
        leader: match tab.attribute("leader") {
            Some("dot" | "middleDot") => Some(Dash::Dotted),
            Some("hyphen") => Some(Dash::Dashed),
            Some("underscore" | "heavy") => Some(Dash::Solid),
            _ => None,
        },
    }
}

fn align(value: &str) -> Align {
    match value {
        "center" => Align::Center,
        "right" | "end" => Align::End,
        "both" | "distribute" | "thaiDistribute" | "lowKashida" | "mediumKashida" | "highKashida" => {
            Align::Justify
        }
        _ => Align::Start,
    }
}

/// A line (§17.18.2); none where it says that there is none.
pub(super) fn border(node: Node<'_>, theme: &Theme) -> Option<Border> {
    let kind = node.attribute("val").unwrap_or("single");
    if matches!(kind, "none" | "nil") {
        return None;
    }
    let dash = match kind {
        "dotted" => Dash::Dotted,
        _ if kind.contains("dash") || kind.contains("Dash") || kind.contains("dot") => Dash::Dashed,
        _ => Dash::Solid,
    };
    let width = points(node, "sz", EIGHTHS).unwrap_or(0.5).clamp(0.25, 12.0);
    let double = kind == "double"
        || kind == "triple"
        || kind.starts_with("thinThick")
        || kind.starts_with("thickThin");
    Some(Border { width, color: run_props::color(node, "color", "theme", theme), dash, double })
}
