//! Axes (ECMA-376 part 1 §21.2.2.25, §21.2.2.43, §21.2.2.226).

use super::scale::{Range, Wanted, scale};
use super::{Context, flag, font_size, number, title, value};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::drawing::truth;
use crate::model::{Axis, ChartKind, Plot, Tick};
use crate::sheets::numfmt::NumberFormat;

/// The axis with this id.
pub(super) fn find<'t>(area: Node<'t>, id: &str) -> Option<Node<'t>> {
    area.elements().find(|node| {
        matches!(node.name(), "catAx" | "valAx" | "dateAx" | "serAx") && value(*node, "axId") == Some(id)
    })
}

impl Context<'_> {
    pub(super) fn category_axis(&self, node: Node<'_>) -> Axis {
        let deleted = flag(node, "delete").unwrap_or(false);
        Axis {
            title: if deleted { String::new() } else { title::of_axis(node) },
            hidden: deleted || value(node, "tickLblPos") == Some("none"),
            grid: node.child(Ns::C, "majorGridlines").is_some(),
            reversed: is_reversed(node),
            ..Axis::default()
        }
    }

    /// `source` = the format that the values have in their sheet; `lying` = from left to right.
    pub(super) fn value_axis(
        &self,
        node: Node<'_>,
        range: Option<Range>,
        source: Option<String>,
        lying: bool,
        plots: &[&Plot],
    ) -> Axis {
        let percent = plots.iter().any(|plot| plot.percent);
        let format = NumberFormat::parse(&axis_code(node, source, percent));
        let deleted = flag(node, "delete").unwrap_or(false);
        let range = range.unwrap_or(Range { low: 0.0, high: 1.0 });
        let scaling = node.child(Ns::C, "scaling");
        let said = |name| scaling.and_then(|scaling| number(scaling, name));
        let units = units(node);
        let label = |number: f64| format.number(number / units, self.dates).text;
        let wanted = Wanted {
            min: said("min"),
            max: said("max"),
            step: number(node, "majorUnit").filter(|step| *step > 0.0),
            log: said("logBase").filter(|base| (2.0..=1000.0).contains(base)),
            from_zero: plots.iter().any(|plot| fills_from_zero(plot.kind)),
            exact: percent || self.deep,
            intervals: self.room_for_ticks(node, lying, &label(range.high)),
        };
        let scale = scale(range, &wanted);
        let labelled = !deleted && value(node, "tickLblPos") != Some("none");
        let tick = |value| Tick { value, label: if labelled { label(value) } else { String::new() } };
        Axis {
            title: if deleted { String::new() } else { title::of_axis(node) },
            hidden: deleted,
            min: scale.min,
            max: scale.max,
            ticks: scale.ticks.into_iter().map(tick).collect(),
            grid: node.child(Ns::C, "majorGridlines").is_some(),
            reversed: is_reversed(node),
        }
    }

    /// Steps between ticks whose labels find room beside each other: at most ten, as in LibreOffice.
    fn room_for_ticks(&self, axis: Node<'_>, lying: bool, longest: &str) -> usize {
        let font = font_size(axis).unwrap_or(self.font);
        let (available, needed) = if lying {
            (self.size.0 * 0.8, font * 0.55 * longest.chars().count().max(1) as f32)
        } else {
            // An axis that stands askew in space is shorter on the page.
            (self.size.1 * if self.deep { 0.45 } else { 0.7 }, font * 1.25)
        };
        if available <= 0.0 { 10 } else { ((available / needed) as usize).clamp(2, 10) }
    }
}

/// What is filled down to the axis would lie if the axis began elsewhere.
pub(super) const fn fills_from_zero(kind: ChartKind) -> bool {
    matches!(kind, ChartKind::Column | ChartKind::Bar | ChartKind::Area)
}

fn is_reversed(axis: Node<'_>) -> bool {
    axis.child(Ns::C, "scaling").and_then(|scaling| value(scaling, "orientation")) == Some("maxMin")
}

/// The format of the labels where it is not that of the sheet.
pub(super) fn own_code(axis: Node<'_>) -> Option<&str> {
    let own = axis.child(Ns::C, "numFmt")?;
    let linked = own.attribute("sourceLinked").is_some_and(truth);
    own.attribute("formatCode").filter(|code| !linked && *code != "General")
}

/// The format of the labels: its own, or where it is linked that of the values.
fn axis_code(axis: Node<'_>, source: Option<String>, percent: bool) -> String {
    let own = axis.child(Ns::C, "numFmt");
    let linked = own.is_none_or(|format| format.attribute("sourceLinked").is_some_and(truth));
    let code = own.and_then(|format| format.attribute("formatCode")).map(str::to_owned);
    let general = || "General".to_owned();
    match (linked, percent) {
        (true, true) => "0%".to_owned(),
        (true, false) => source.or(code).unwrap_or_else(general),
        (false, _) => code.unwrap_or_else(general),
    }
}

/// What labels are divided by (§21.2.2.45).
fn units(axis: Node<'_>) -> f64 {
    let Some(units) = axis.child(Ns::C, "dispUnits") else { return 1.0 };
    if let Some(custom) = number(units, "custUnit").filter(|unit| *unit > 0.0) {
        return custom;
    }
    match value(units, "builtInUnit") {
        Some("hundreds") => 1e2,
        Some("thousands") => 1e3,
        Some("tenThousands") => 1e4,
        Some("hundredThousands") => 1e5,
        Some("millions") => 1e6,
        Some("tenMillions") => 1e7,
        Some("hundredMillions") => 1e8,
        Some("billions") => 1e9,
        Some("trillions") => 1e12,
        _ => 1.0,
    }
}
