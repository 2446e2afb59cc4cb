//! Runs, fields and line breaks (ECMA-376 part 1 §21.1.2.3).

use super::style::Chain;
use super::{math, symbol};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::drawing::color::Rgba;
use crate::model::{Inline, TextStyle};

/// What stands in a paragraph.
pub(super) fn inlines(paragraph: Node<'_>, chain: &Chain<'_>, base: &TextStyle) -> Vec<Inline> {
    let mut inlines = Vec::new();
    for part in paragraph.elements() {
        if matches!(part.name(), "pPr" | "endParaRPr") {
            continue;
        }
        if !chain.context.scope.gathered.take() {
            break;
        }
        match (part.ns(), part.name()) {
            (Some(Ns::A), "r") => run(part, &text_of(part), chain, base, &mut inlines),
            (Some(Ns::A), "fld") => run(part, &field(part, chain), chain, base, &mut inlines),
            (Some(Ns::A), "br") => inlines.push(Inline::LineBreak),
            (Some(Ns::A14 | Ns::M), _) => {
                let text = math::linear(part);
                if !text.is_empty() {
                    inlines.push(Inline::Text { text, style: base.clone(), link: None });
                }
            }
            _ => {}
        }
    }
    inlines
}

fn text_of(run: Node<'_>) -> String {
    run.child(Ns::A, "t").map(Node::all_text).unwrap_or_default()
}

/// Slide numbers are counted, everything else is as it was when the document was saved (§21.1.2.2.4).
fn field(field: Node<'_>, chain: &Chain<'_>) -> String {
    match (field.attribute("type"), chain.context.slide_number) {
        (Some("slidenum"), Some(number)) => number.to_string(),
        _ => text_of(field),
    }
}

fn run(node: Node<'_>, text: &str, chain: &Chain<'_>, base: &TextStyle, inlines: &mut Vec<Inline>) {
    if text.is_empty() {
        return;
    }
    let properties = node.child(Ns::A, "rPr");
    let mut style = chain.run_style(properties, base);
    let click = properties.and_then(|properties| properties.child(Ns::A, "hlinkClick"));
    let link = click.and_then(|click| chain.context.scope.link(click));
    if click.is_some_and(|click| click.attribute_in(Ns::R, "id").is_some_and(|id| !id.is_empty())) {
        style.underline = true;
        style.color = chain.context.scope.palette.scheme("hlink").map(Rgba::color);
    }
    let symbols = properties.and_then(|properties| properties.child(Ns::A, "sym"));
    let symbols = symbols.and_then(|font| font.attribute("typeface"));
    let text = symbol::readable(text, style.font.as_deref(), symbols);
    let text = if chain.capitals(properties) { text.to_uppercase() } else { text };
    pieces(&text, &style, link.as_ref(), inlines);
}

/// Tabs and line breaks stand for themselves; text between them keeps its look.
fn pieces(text: &str, style: &TextStyle, link: Option<&String>, inlines: &mut Vec<Inline>) {
    let text = text.replace("_x000B_", "\u{b}").replace("_x000D_", "");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let end = rest.find(['\t', '\n', '\u{b}']).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        if !piece.is_empty() {
            inlines.push(Inline::Text { text: piece.to_owned(), style: style.clone(), link: link.cloned() });
        }
        let mut characters = after.chars();
        match characters.next() {
            Some('\t') => inlines.push(Inline::Tab),
            Some('\u{b}') => inlines.push(Inline::LineBreak),
            // A line end in the file is white space to XML.
            Some(_) => inlines.push(Inline::Text { text: " ".to_owned(), style: style.clone(), link: None }),
            None => {}
        }
        rest = characters.as_str();
    }
}
