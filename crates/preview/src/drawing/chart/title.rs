//! Texts of a chart: titles, names, what people wrote on it.

use super::{flag, number};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::model::{ChartKind, Plot};

/// The title of the whole chart: a chart of one series is named after it where nothing else is said (§21.2.2.7, and what
/// Office does).
pub(super) fn of_chart(chart: Node<'_>, plots: &[Plot]) -> String {
    let title = chart.child(Ns::C, "title");
    let deleted = flag(chart, "autoTitleDeleted").unwrap_or(false);
    let automatic = match plots {
        [only] if only.series.len() == 1 || only.kind == ChartKind::Pie => {
            only.series.first().map(|series| series.name.clone()).unwrap_or_default()
        }
        _ => String::new(),
    };
    match title {
        Some(title) => of(title).unwrap_or(if deleted {
            String::new()
        } else if automatic.is_empty() {
            "Chart Title".to_owned()
        } else {
            automatic
        }),
        None if deleted => String::new(),
        None => automatic,
    }
}

/// The title of an axis.
pub(super) fn of_axis(axis: Node<'_>) -> String {
    axis.child(Ns::C, "title").map_or_else(String::new, |title| of(title).unwrap_or("Axis Title".to_owned()))
}

/// What an element's `tx` says; none where it has none.
pub(super) fn of(node: Node<'_>) -> Option<String> {
    let text = node.child(Ns::C, "tx")?;
    if let Some(rich) = text.child(Ns::C, "rich") {
        return Some(rich_text(rich));
    }
    if let Some(cache) = text.child(Ns::C, "strRef").and_then(|source| source.child(Ns::C, "strCache")) {
        let mut points: Vec<Node<'_>> = cache.all(Ns::C, "pt").collect();
        points.sort_by_key(|point| point.number::<u32>("idx").unwrap_or(0));
        let texts: Vec<String> =
            points.iter().filter_map(|point| point.child(Ns::C, "v")).map(Node::all_text).collect();
        return Some(texts.join(" "));
    }
    text.child(Ns::C, "v").map(Node::all_text)
}

/// Paragraphs as lines.
pub(super) fn rich_text(rich: Node<'_>) -> String {
    let lines: Vec<String> = rich.all(Ns::A, "p").map(paragraph).collect();
    lines.join("\n").trim_end().to_owned()
}

fn paragraph(paragraph: Node<'_>) -> String {
    let mut line = String::new();
    for part in paragraph.elements() {
        match part.name() {
            "r" | "fld" => {
                line.push_str(&part.child(Ns::A, "t").map(Node::all_text).unwrap_or_default());
            }
            "br" => line.push('\n'),
            _ => {}
        }
    }
    line
}

/// The name of a series; Office numbers those that have none.
pub(super) fn of_series(series: Node<'_>, place: usize) -> String {
    let named = of(series).filter(|name| !name.is_empty());
    named.unwrap_or_else(|| {
        let index = number(series, "idx").map_or(place, |index| index.clamp(0.0, 100_000.0) as usize);
        format!("Series{}", index + 1)
    })
}
