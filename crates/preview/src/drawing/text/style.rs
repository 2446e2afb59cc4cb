//! Where properties of paragraphs and runs come from: the text itself, then the lists of levels that it follows
//! (ECMA-376 part 1 §21.1.2.4).

use super::TextContext;
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::drawing::color::Rgba;
use crate::drawing::scope::Scope;
use crate::drawing::{fill, points, share, truth};
use crate::model::{Align, LineHeight, Paragraph, Script, TabStop, TextStyle};

/// Tab stops of a paragraph.
const TABS: usize = 64;

/// The properties of one paragraph, the nearest first.
pub(crate) struct Chain<'s> {
    /// `pPr`, `lvl1pPr` and so on.
    properties: Vec<Node<'s>>,
    /// How many of them are of the text itself and its shape's own list.
    own: usize,
    pub(super) context: &'s TextContext<'s>,
}

impl<'s> Chain<'s> {
    pub(super) fn new(
        own: Option<Node<'s>>,
        own_list: Option<Node<'s>>,
        level: u8,
        context: &'s TextContext<'s>,
    ) -> Self {
        let name = format!("lvl{}pPr", level + 1);
        let in_list = |list: Node<'s>| {
            let level = |name: &str| few(list).find(|level| level.is(Ns::A, name));
            [level(&name), level("defPPr")]
        };
        let mut properties: Vec<Node<'s>> = Vec::new();
        properties.extend(own);
        properties.extend(own_list.into_iter().flat_map(in_list).flatten());
        let own = properties.len();
        properties.extend(context.lists.iter().flat_map(|list| in_list(*list)).flatten());
        Self { properties, own, context }
    }

    /// An attribute of the paragraph.
    pub(super) fn attribute(&self, name: &str) -> Option<&'s str> {
        self.properties.iter().find_map(|node| node.attribute(name))
    }

    fn length(&self, name: &str) -> Option<f32> {
        self.attribute(name).and_then(points).map(|length| length.clamp(-4032.0, 4032.0))
    }

    /// The nearest child that is one of these.
    pub(super) fn child_of(&self, names: &[&str]) -> Option<Node<'s>> {
        self.properties.iter().find_map(|node| few(*node).find(|child| names.contains(&child.name())))
    }

    fn child(&self, name: &str) -> Option<Node<'s>> {
        self.child_of(&[name])
    }

    /// Alignment, indents and distances; `size` = points of its letters, `tighter` = the share that lines are moved together.
    pub(super) fn layout(&self, paragraph: &mut Paragraph, size: f32, tighter: f32) {
        paragraph.align = match self.attribute("algn") {
            Some("ctr") => Align::Center,
            Some("r") => Align::End,
            Some("just" | "justLow" | "dist" | "thaiDist") => Align::Justify,
            _ => Align::Start,
        };
        paragraph.rtl = self.attribute("rtl").is_some_and(truth);
        if paragraph.rtl {
            // Left and right are meant as seen.
            paragraph.align = match (self.attribute("algn"), paragraph.align) {
                (Some("r"), _) => Align::Start,
                (Some("l"), _) => Align::End,
                (_, align) => align,
            };
        }
        paragraph.indent_start = self.length("marL").unwrap_or(0.0);
        paragraph.indent_end = self.length("marR").unwrap_or(0.0);
        paragraph.indent_first = self.length("indent").unwrap_or(0.0);
        paragraph.space_before = self.space("spcBef", size);
        paragraph.space_after = self.space("spcAft", size);
        paragraph.line_height = self.child("lnSpc").and_then(|spacing| {
            let value = |name| spacing.child(Ns::A, name).and_then(|value| value.attribute("val"));
            match (value("spcPct").and_then(share), value("spcPts")) {
                (Some(times), _) => Some(LineHeight::Times((times - tighter).clamp(0.1, 20.0))),
                (None, Some(hundredths)) => hundredths
                    .parse::<f32>()
                    .ok()
                    .map(|size| LineHeight::Exactly((size / 100.0).clamp(0.0, 1584.0))),
                (None, None) => None,
            }
        });
        if paragraph.line_height.is_none() && tighter > 0.0 {
            paragraph.line_height = Some(LineHeight::Times(1.0 - tighter));
        }
        paragraph.tabs = self
            .child("tabLst")
            .into_iter()
            .flat_map(|tabs| tabs.all(Ns::A, "tab").take(TABS))
            .filter_map(|tab| tab.attribute("pos").and_then(points).map(TabStop::start))
            .collect();
    }

    fn space(&self, name: &str, size: f32) -> f32 {
        let Some(spacing) = self.child(name) else { return 0.0 };
        let value = |name| spacing.child(Ns::A, name).and_then(|value| value.attribute("val"));
        let percent = value("spcPct").and_then(share).map(|times| times * size * 1.2);
        let points =
            || value("spcPts").and_then(|hundredths| hundredths.parse::<f32>().ok()).map(|size| size / 100.0);
        percent.or_else(points).unwrap_or(0.0).clamp(0.0, 1584.0)
    }

    /// How runs look that say nothing themselves.
    pub(super) fn text_style(&self) -> TextStyle {
        let mut style = TextStyle { size: Some(18.0), ..TextStyle::default() };
        let font = self.context.font;
        let theme = self.context.scope.palette.theme;
        let usual = if font.major { "+mj-lt" } else { "+mn-lt" };
        style.font = theme.font(usual).map(str::to_owned);
        let (own, followed) = self.properties.split_at(self.own.min(self.properties.len()));
        let take = |nodes: &[Node<'s>], style: &mut TextStyle| {
            // What a paragraph says of its runs there, PowerPoint leaves aside (§21.1.2.3.2).
            for node in nodes.iter().rev().filter(|node| node.name() != "pPr") {
                if let Some(run) = few(*node).find(|child| child.is(Ns::A, "defRPr")) {
                    apply(run, &self.context.scope, style);
                }
            }
        };
        take(followed, &mut style);
        style.color = font.color.map(Rgba::color).or(style.color.take());
        style.bold = font.bold.unwrap_or(style.bold);
        style.italic = font.italic.unwrap_or(style.italic);
        take(own, &mut style);
        style
    }

    /// How a run looks.
    pub(super) fn run_style(&self, run: Option<Node<'_>>, base: &TextStyle) -> TextStyle {
        let mut style = base.clone();
        if let Some(run) = run {
            apply(run, &self.context.scope, &mut style);
        }
        style
    }

    /// Letters are all capitals (§21.1.2.3.9).
    pub(super) fn capitals(&self, run: Option<Node<'_>>) -> bool {
        let own = run.and_then(|run| run.attribute("cap"));
        let caps = own.or_else(|| {
            self.properties
                .iter()
                .filter(|node| node.name() != "pPr")
                .find_map(|node| few(*node).find(|child| child.is(Ns::A, "defRPr"))?.attribute("cap"))
        });
        caps == Some("all")
    }
}

/// Children of a list or a level, which have a dozen; they are looked through for every paragraph that follows them.
fn few<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    node.elements().take(64)
}

/// What `rPr`, `defRPr` and their kin say (§21.1.2.3.9), over what was said before.
pub(super) fn apply(run: Node<'_>, scope: &Scope<'_>, style: &mut TextStyle) {
    let flag = |name, before| run.attribute(name).map_or(before, truth);
    style.bold = flag("b", style.bold);
    style.italic = flag("i", style.italic);
    style.underline = run.attribute("u").map_or(style.underline, |line| line != "none");
    style.strike = run.attribute("strike").map_or(style.strike, |line| line != "noStrike");
    if let Some(caps) = run.attribute("cap") {
        style.small_caps = caps == "small";
    }
    if let Some(size) =
        run.number::<f32>("sz").map(|size| size / 100.0).filter(|size| (1.0..=4000.0).contains(size))
    {
        style.size = Some(size);
    }
    if let Some(baseline) = run.attribute("baseline").and_then(share) {
        style.script = match baseline {
            baseline if baseline > 0.0 => Some(Script::Super),
            baseline if baseline < 0.0 => Some(Script::Sub),
            _ => None,
        };
    }
    for child in few(run) {
        match child.name() {
            "solidFill" | "gradFill" | "pattFill" => {
                let color = fill::main_color(child, scope).map(Rgba::color);
                style.color = color.or(style.color.take());
            }
            "highlight" => style.highlight = scope.palette.inside(child).map(Rgba::color),
            "latin" => {
                let name = child.attribute("typeface").and_then(|name| scope.palette.theme.font(name));
                style.font = name.map(str::to_owned).or(style.font.take());
            }
            _ => {}
        }
    }
}
