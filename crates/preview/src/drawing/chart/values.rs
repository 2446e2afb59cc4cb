//! Numbers and texts that a chart keeps of its sheet (ECMA-376 part 1 §21.2.2.121 and following).

use super::Context;
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::sheets::numfmt::NumberFormat;

/// The highest index of a point.
const HIGHEST: usize = 32_000;

/// What an element's cache is: of `numRef`, `strRef` and their kin, or written out.
fn cache(node: Node<'_>) -> Option<Node<'_>> {
    node.elements().find_map(|source| match source.name() {
        "numRef" => source.child(Ns::C, "numCache"),
        "strRef" => source.child(Ns::C, "strCache"),
        "multiLvlStrRef" => source.child(Ns::C, "multiLvlStrCache"),
        "numLit" | "strLit" => Some(source),
        _ => None,
    })
}

/// Index, text and own format code of each point.
fn points<'t>(cache: Node<'t>) -> impl Iterator<Item = (usize, String, Option<&'t str>)> {
    cache.all(Ns::C, "pt").filter_map(|point| {
        let index: usize = point.number("idx").filter(|index| *index <= HIGHEST)?;
        let text = point.child(Ns::C, "v").map(Node::all_text).unwrap_or_default();
        Some((index, text, point.attribute("formatCode")))
    })
}

/// The code that numbers of this element are formatted by.
pub(super) fn code(node: Node<'_>) -> Option<String> {
    let code = cache(node)?.child(Ns::C, "formatCode")?.all_text();
    (!code.is_empty()).then_some(code)
}

impl Context<'_> {
    /// Room for the points of `cache`, by what is there and not by what it says.
    fn room_for(&self, cache: Node<'_>) -> usize {
        let last = points(cache).map(|(index, ..)| index + 1).max().unwrap_or(0);
        let said = cache.child(Ns::C, "ptCount").and_then(|count| count.number::<usize>("val"));
        // Points at the end that are empty are left out of the cache, but counted.
        self.take(last.max(said.unwrap_or(0).min(last + 100)))
    }

    /// Numbers by their index.
    pub(super) fn numbers(&self, node: Node<'_>) -> Vec<Option<f64>> {
        let Some(cache) = cache(node) else { return Vec::new() };
        let mut numbers = vec![None; self.room_for(cache)];
        for (index, text, _) in points(cache) {
            if let Some(place) = numbers.get_mut(index) {
                *place = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
            }
        }
        numbers
    }

    /// Texts by their index, numbers formatted: by `code` where the axis has one of its own, or as in their sheet.
    pub(super) fn texts(&self, node: Node<'_>, axis_code: Option<&str>) -> Vec<String> {
        let Some(cache) = cache(node) else { return Vec::new() };
        if cache.name() == "multiLvlStrCache" {
            return self.levels(cache);
        }
        let mut texts = vec![String::new(); self.room_for(cache)];
        let source = code(node);
        let format = NumberFormat::parse(axis_code.or(source.as_deref()).unwrap_or("General"));
        let numeric = matches!(cache.name(), "numCache" | "numLit");
        for (index, text, own) in points(cache) {
            let Some(place) = texts.get_mut(index) else { continue };
            let number = if numeric { text.trim().parse::<f64>().ok() } else { None };
            *place = match (number, own.filter(|_| axis_code.is_none())) {
                (None, _) => text,
                (Some(number), None) => format.number(number, self.dates).text,
                (Some(number), Some(own)) => NumberFormat::parse(own).number(number, self.dates).text,
            };
        }
        texts
    }

    /// Categories in several levels, the innermost first: an outer one is said where it begins.
    fn levels(&self, cache: Node<'_>) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for level in cache.all(Ns::C, "lvl").take(8) {
            let room = points(level).map(|(index, ..)| index + 1).max().unwrap_or(0);
            if room > texts.len() {
                let more = self.take(room - texts.len());
                texts.resize(texts.len() + more, String::new());
            }
            for (index, text, _) in points(level) {
                if let Some(place) = texts.get_mut(index) {
                    let inner = std::mem::replace(place, text);
                    if !inner.is_empty() {
                        place.push(' ');
                        place.push_str(&inner);
                    }
                }
            }
        }
        texts
    }
}
