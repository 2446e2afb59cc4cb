//! Text in shapes (ECMA-376 part 1 §21.1.2).

pub(crate) mod bullet;
mod math;
mod run;
mod style;
pub(crate) mod symbol;

use super::scope::Scope;
use super::shape::FontStyle;
use super::{points, share};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::model::{Block, Inline, LineHeight, Paragraph, TextBody, VerticalAlign};
use bullet::Counters;
use style::Chain;

/// What text in a shape follows where it says nothing itself.
#[derive(Clone, Copy)]
pub(crate) struct TextContext<'s> {
    pub(crate) scope: Scope<'s>,
    /// Lists of levels (`lstStyle`, `bodyStyle`, `defaultTextStyle`), the nearest first.
    pub(crate) lists: &'s [Node<'s>],
    /// `bodyPr` of the placeholders that the shape follows, the nearest first.
    pub(crate) bodies: &'s [Node<'s>],
    /// What the shape's style says.
    pub(crate) font: FontStyle,
    /// The number that a field of slide numbers shows, where it is known.
    pub(crate) slide_number: Option<u32>,
}

/// A `txBody` in a shape whose outline leaves `insets` around its text.
pub(crate) fn body(node: Node<'_>, context: &TextContext<'_>, insets: [f32; 4]) -> TextBody {
    let own = node.child(Ns::A, "bodyPr");
    let bodies: Vec<Node<'_>> = own.into_iter().chain(context.bodies.iter().copied()).collect();
    let fit = Fit::of(&bodies);
    let mut body = TextBody { blocks: blocks(node, context, &fit), scale: fit.scale, ..TextBody::default() };
    properties(&bodies, insets, &mut body);
    body
}

/// The paragraphs of a `txBody`.
pub(crate) fn paragraphs(node: Node<'_>, context: &TextContext<'_>) -> Vec<Block> {
    blocks(node, context, &Fit::default())
}

fn blocks(node: Node<'_>, context: &TextContext<'_>, fit: &Fit) -> Vec<Block> {
    let own = node.child(Ns::A, "lstStyle").filter(|list| list.elements().next().is_some());
    let mut counters = Counters::default();
    let paragraphs = node.all(Ns::A, "p").take_while(|_| context.scope.gathered.take());
    paragraphs.map(|node| Block::Paragraph(paragraph(node, own, context, &mut counters, fit))).collect()
}

/// How text is made to fit its shape (`normAutofit`, §21.1.2.1.3).
#[derive(Debug, Default)]
struct Fit {
    /// Of letters; 0 = 1.
    scale: f32,
    /// Share of the distance of lines that is taken away.
    tighter: f32,
}

impl Fit {
    fn of(bodies: &[Node<'_>]) -> Self {
        let said = bodies.iter().find_map(|body| {
            body.elements().find(|fit| matches!(fit.name(), "normAutofit" | "noAutofit" | "spAutoFit"))
        });
        let Some(fit) = said.filter(|fit| fit.name() == "normAutofit") else { return Self::default() };
        let part = |name| fit.attribute(name).and_then(share);
        let scale = part("fontScale").filter(|scale| (0.01..1.0).contains(scale)).unwrap_or(0.0);
        Self { scale, tighter: part("lnSpcReduction").unwrap_or(0.0).clamp(0.0, 0.9) }
    }
}

fn properties(bodies: &[Node<'_>], outline: [f32; 4], body: &mut TextBody) {
    let attribute = |name: &str| bodies.iter().find_map(|body| body.attribute(name));
    let usual = [7.2, 3.6, 7.2, 3.6];
    let names = ["lIns", "tIns", "rIns", "bIns"];
    for ((inset, (name, usual)), outline) in
        body.insets.iter_mut().zip(names.into_iter().zip(usual)).zip(outline)
    {
        *inset = attribute(name).and_then(points).unwrap_or(usual).clamp(-1584.0, 1584.0) + outline;
    }
    body.vertical = match attribute("anchor") {
        Some("ctr") => VerticalAlign::Middle,
        Some("b") => VerticalAlign::Bottom,
        _ => VerticalAlign::Top,
    };
    body.no_wrap = attribute("wrap") == Some("none");
    body.rotation = match attribute("vert") {
        Some("vert" | "eaVert") => 90.0,
        Some("vert270") => 270.0,
        _ => 0.0,
    };
    body.columns = attribute("numCol").and_then(|count| count.parse().ok()).unwrap_or(0).min(16);
}

fn paragraph(
    node: Node<'_>,
    own_list: Option<Node<'_>>,
    context: &TextContext<'_>,
    counters: &mut Counters,
    fit: &Fit,
) -> Paragraph {
    let properties = node.child(Ns::A, "pPr");
    let level = properties.and_then(|properties| properties.number::<u8>("lvl")).unwrap_or(0).min(8);
    let chain = Chain::new(properties, own_list, level, context);
    let base = chain.text_style();
    let mut paragraph = Paragraph { inlines: run::inlines(node, &chain, &base), ..Paragraph::default() };
    let last = node.child(Ns::A, "endParaRPr");
    paragraph.style = if paragraph.inlines.is_empty() { chain.run_style(last, &base) } else { base };
    let letters = largest(&paragraph);
    chain.layout(&mut paragraph, letters, fit.tighter);
    let has_text = !paragraph.inlines.is_empty();
    paragraph.label = bullet::label(&chain, &paragraph, level, has_text, counters);
    if let Some(LineHeight::Times(times)) = paragraph.line_height
        && (times - 1.0).abs() < f32::EPSILON
    {
        paragraph.line_height = None;
    }
    paragraph
}

/// Points of the largest letters of a paragraph, which shares of lines are meant of.
fn largest(paragraph: &Paragraph) -> f32 {
    let sizes = paragraph.inlines.iter().filter_map(|inline| match inline {
        Inline::Text { style, .. } => style.size,
        _ => None,
    });
    sizes.reduce(f32::max).or(paragraph.style.size).unwrap_or(18.0)
}

#[cfg(test)]
mod tests;
