//! Charts (ECMA-376 part 1 §21.2): from the numbers that a chart keeps of its sheet to what is drawn and written.

mod axis;
mod plot;
pub(crate) mod scale;
mod series;
mod title;
mod values;

use super::color::{ColorMap, Palette};
use super::theme::Theme;
use super::truth;
use crate::container::opc::Package;
use crate::container::tree::{Node, Tree};
use crate::container::xml::Ns;
use crate::error::Result;
use crate::model::{Axis, Chart, ChartKind, LegendPlace, Plot, Tick};
use crate::sheets::numfmt::DateSystem;
use plot::Group;

/// The chart of a part (`chartSpace`); none where there is no chart in it. `size` is that of its frame in points: it
/// decides how many ticks an axis has room for.
pub(crate) fn read(
    package: &Package<'_>,
    part: &str,
    palette: &Palette<'_>,
    size: (f32, f32),
) -> Result<Option<Chart>> {
    let Some(tree) = package.tree(part)? else { return Ok(None) };
    let overriding = package.relations(part)?.of_kind("themeOverride").map(str::to_owned);
    let own = overriding.map(|part| Theme::read(package, &part)).transpose()?;
    let theme = own.as_ref().unwrap_or(palette.theme);
    Ok(of_tree(&tree, &Palette { theme, ..*palette }, size))
}

fn of_tree(tree: &Tree, palette: &Palette<'_>, size: (f32, f32)) -> Option<Chart> {
    let space = tree.root().filter(|root| root.name() == "chartSpace")?;
    let map = space.child(Ns::C, "clrMapOvr").map(ColorMap::read);
    let palette = Palette { map: map.as_ref().unwrap_or(palette.map), ..*palette };
    let chart = space.child(Ns::C, "chart")?;
    let context = Context {
        palette,
        deep: chart.child(Ns::C, "view3D").is_some(),
        dates: dates(space),
        size,
        font: font_size(space).or_else(|| font_inside(chart)).unwrap_or(10.0),
        room: std::cell::Cell::new(POINTS),
    };
    context.chart(chart)
}

/// The axis of the values of plots, where a format says little more of it than that it is there.
pub(crate) fn value_axis(plots: &[Plot], label: impl Fn(f64) -> String) -> Axis {
    let plots: Vec<&Plot> = plots.iter().collect();
    let wanted = scale::Wanted {
        from_zero: plots.iter().any(|plot| axis::fills_from_zero(plot.kind)),
        exact: plots.iter().any(|plot| plot.percent),
        intervals: TICKS,
        ..scale::Wanted::default()
    };
    let range = scale::range(&plots).unwrap_or(scale::Range { low: 0.0, high: 1.0 });
    let scale = scale::scale(range, &wanted);
    let ticks = scale.ticks.into_iter().map(|value| Tick { value, label: label(value) }).collect();
    Axis { min: scale.min, max: scale.max, ticks, grid: true, ..Axis::default() }
}

/// Steps of an axis that nothing is said of.
const TICKS: usize = 8;

/// Points of all series of a chart together.
const POINTS: usize = 200_000;

/// What stands around everything in a chart.
struct Context<'t> {
    palette: Palette<'t>,
    dates: DateSystem,
    /// Of the whole chart, points.
    size: (f32, f32),
    /// Of its text, points.
    font: f32,
    /// It is drawn in three dimensions in the document.
    deep: bool,
    /// Points that may still be kept.
    room: std::cell::Cell<usize>,
}

impl Context<'_> {
    fn chart(&self, node: Node<'_>) -> Option<Chart> {
        let area = node.child(Ns::C, "plotArea")?;
        let groups = Group::all(area);
        let mut plots = Vec::with_capacity(groups.len());
        let mut before = 0;
        for group in &groups {
            let plot = self.plot(area, group, before);
            before += plot.series.len();
            plots.push(plot);
        }
        self.mark_secondary(&groups, &mut plots);
        let mut chart =
            Chart { title: title::of_chart(node, &plots), font_size: self.font, ..Chart::default() };
        self.axes(area, &groups, &plots, &mut chart);
        chart.plots = plots;
        chart.legend = node.child(Ns::C, "legend").map(legend);
        (!chart.plots.is_empty()).then_some(chart)
    }

    /// The second axes are those of groups that do not measure by the axes of the first.
    fn mark_secondary(&self, groups: &[Group<'_>], plots: &mut [Plot]) {
        let Some(first) = groups.iter().find_map(|group| group.value_axis()) else { return };
        for (group, plot) in groups.iter().zip(plots) {
            plot.secondary = group.value_axis().is_some_and(|axis| axis != first);
        }
    }

    fn axes(&self, area: Node<'_>, groups: &[Group<'_>], plots: &[Plot], chart: &mut Chart) {
        let find = |id: Option<&str>| id.and_then(|id| axis::find(area, id));
        let first = |secondary| {
            groups
                .iter()
                .zip(plots)
                .find(|(group, plot)| plot.secondary == secondary && group.value_axis().is_some())
        };
        let of = |secondary| plots.iter().filter(move |plot| plot.secondary == secondary);
        if let Some((group, _)) = first(false) {
            let measured: Vec<&Plot> = of(false).collect();
            let lying = group.kind == ChartKind::Bar;
            if let Some(node) = find(group.category_axis()) {
                let by_number = matches!(group.kind, ChartKind::Scatter | ChartKind::Bubble);
                chart.category_axis = Some(if by_number {
                    self.value_axis(node, scale::range_of_xs(&measured), group.x_code(), true, &measured)
                } else {
                    self.category_axis(node)
                });
            }
            if let Some(node) = find(group.value_axis()) {
                let range = scale::range(&measured);
                chart.value_axis = Some(self.value_axis(node, range, group.value_code(), lying, &measured));
            }
        }
        if let Some((group, _)) = first(true) {
            let measured: Vec<&Plot> = of(true).collect();
            if let Some(node) = find(group.value_axis()) {
                let (range, lying) = (scale::range(&measured), group.kind == ChartKind::Bar);
                chart.second_axis = Some(self.value_axis(node, range, group.value_code(), lying, &measured));
            }
        }
    }

    /// How many of `count` points may be kept.
    fn take(&self, count: usize) -> usize {
        let granted = count.min(self.room.get());
        self.room.set(self.room.get() - granted);
        granted
    }
}

fn dates(space: Node<'_>) -> DateSystem {
    match space.child(Ns::C, "date1904") {
        Some(node) if node.attribute("val").is_none_or(truth) => DateSystem::From1904,
        _ => DateSystem::From1900,
    }
}

/// The size that a `txPr` gives, in points.
fn font_size(node: Node<'_>) -> Option<f32> {
    let text = node.child(Ns::C, "txPr")?.child(Ns::A, "p")?.path(Ns::A, &["pPr", "defRPr"])?;
    text.number::<f32>("sz").map(|size| size / 100.0).filter(|size| (1.0..=400.0).contains(size))
}

/// The size that the first axis, or else the legend, gives its letters: some writers say it only there.
fn font_inside(chart: Node<'_>) -> Option<f32> {
    let axes = chart.child(Ns::C, "plotArea").into_iter().flat_map(Node::elements);
    let axes = axes.filter(|node| node.name().ends_with("Ax"));
    axes.chain(chart.child(Ns::C, "legend")).find_map(font_size)
}

fn legend(node: Node<'_>) -> LegendPlace {
    match node.child(Ns::C, "legendPos").and_then(|place| place.attribute("val")) {
        Some("l") => LegendPlace::Start,
        Some("t") => LegendPlace::Top,
        Some("b") => LegendPlace::Bottom,
        _ => LegendPlace::End,
    }
}

/// A yes or no as a child's `val`, which means yes where it is left out (§21.2.2); none where there is no such child.
fn flag(node: Node<'_>, name: &str) -> Option<bool> {
    node.child(Ns::C, name).map(|child| child.attribute("val").is_none_or(truth))
}

/// The `val` of a child.
fn value<'t>(node: Node<'t>, name: &str) -> Option<&'t str> {
    node.child(Ns::C, name)?.attribute("val")
}

/// The `val` of a child, as a number that can be reckoned with.
fn number(node: Node<'_>, name: &str) -> Option<f64> {
    value(node, name)?.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests;
