//! Charts: a document of their own, with a copy of their numbers in a table (OpenDocument 1.3 part 3, chapter 11).

use std::collections::HashMap;

use crate::container::tree::{Node, Tree};
use crate::container::xml::Ns;
use crate::drawing::chart::scale::{self, Range, Wanted};
use crate::model::{Axis, Chart, ChartKind, Color, LegendPlace, Plot, Series, Tick};
use crate::sheets::numfmt::general;

/// Numbers of one chart.
const POINTS: usize = 100_000;
/// Steps between the ends of a scale, at most.
const INTERVALS: usize = 8;

/// What a style of a chart sets, by names without prefixes.
type Properties<'t> = HashMap<&'t str, &'t str>;

/// The chart in a document; none where it is another kind of document.
pub(super) fn of(tree: &Tree) -> Option<Chart> {
    let root = tree.root()?;
    let chart = root.descendants().find(|node| node.is(Ns::Chart, "chart"))?;
    let reader = Reader { styles: styles(root), data: Data::of(chart) };
    Some(reader.chart(chart))
}

fn styles<'t>(root: Node<'t>) -> HashMap<&'t str, Properties<'t>> {
    let mut styles = HashMap::new();
    for style in root.descendants().filter(|node| node.is(Ns::Style, "style")) {
        let Some(name) = style.attribute("name") else { continue };
        let properties = style.elements().filter(|node| node.name().ends_with("properties"));
        let all = properties.flat_map(|properties| properties.attributes());
        styles.insert(name, all.map(|(_, name, value)| (name, value)).collect());
    }
    styles
}

struct Reader<'t> {
    styles: HashMap<&'t str, Properties<'t>>,
    data: Data,
}

/// The table of a chart: categories down its first column, names along its first row.
#[derive(Debug, Default)]
struct Data {
    names: Vec<String>,
    categories: Vec<String>,
    columns: Vec<Vec<Option<f64>>>,
}

impl Data {
    fn of(chart: Node<'_>) -> Self {
        let mut data = Self::default();
        let Some(table) = chart.all(Ns::Table, "table").next() else { return data };
        let mut left = POINTS;
        for row in table.descendants().filter(|node| node.is(Ns::Table, "table-row")) {
            let cells: Vec<Node<'_>> = row.all(Ns::Table, "table-cell").collect();
            if data.names.is_empty() {
                data.names = cells.iter().skip(1).map(|cell| shown(*cell)).collect();
                data.columns = vec![Vec::new(); data.names.len()];
                continue;
            }
            match left.checked_sub(cells.len()) {
                Some(rest) => left = rest,
                None => break,
            }
            data.categories.push(cells.first().map(|cell| shown(*cell)).unwrap_or_default());
            for (number, column) in data.columns.iter_mut().enumerate() {
                column.push(cells.get(number + 1).and_then(|cell| value(*cell)));
            }
        }
        data
    }
}

/// The column of numbers that `local-table.$B$2:.$B$5` names; none for cells of a sheet.
fn column_of(address: Option<&str>) -> Option<usize> {
    let letters = address?.strip_prefix("local-table.")?.trim_start_matches('$');
    let letter = letters.bytes().next().filter(u8::is_ascii_uppercase)?;
    // Longer names are not told apart from each other here; the columns follow each other then.
    let single = letters.as_bytes().get(1).is_some_and(|byte| !byte.is_ascii_alphabetic());
    usize::from(letter - b'A').checked_sub(1).filter(|_| single)
}

fn shown(cell: Node<'_>) -> String {
    let lines: Vec<String> = cell.all(Ns::Text, "p").map(Node::all_text).collect();
    lines.join(" ")
}

fn value(cell: Node<'_>) -> Option<f64> {
    let own = |ns| cell.attribute_in(ns, "value").and_then(|text| text.trim().parse::<f64>().ok());
    own(Ns::Office).or_else(|| own(Ns::Table)).filter(|value| value.is_finite())
}

impl<'t> Reader<'t> {
    fn property(&self, node: Node<'t>, name: &str) -> Option<&'t str> {
        let style = node.attribute_in(Ns::Chart, "style-name")?;
        self.styles.get(style)?.get(name).copied()
    }

    fn is_set(&self, node: Node<'t>, name: &str) -> bool {
        self.property(node, name) == Some("true")
    }

    fn chart(&self, node: Node<'t>) -> Chart {
        let mut chart = Chart { title: title(node), ..Chart::default() };
        chart.legend =
            node.child(Ns::Chart, "legend").map(|legend| match legend.attribute("legend-position") {
                Some("start" | "left") => LegendPlace::Start,
                Some("top" | "top-start" | "top-end") => LegendPlace::Top,
                Some("bottom" | "bottom-start" | "bottom-end") => LegendPlace::Bottom,
                _ => LegendPlace::End,
            });
        let Some(area) = node.child(Ns::Chart, "plot-area") else { return chart };
        let usual = self.kind(node.attribute("class").unwrap_or_default(), area);
        self.plots(area, usual, &mut chart);
        if !matches!(usual, ChartKind::Pie | ChartKind::Doughnut) {
            self.axes(area, &mut chart);
        }
        chart
    }

    fn kind(&self, class: &str, area: Node<'t>) -> ChartKind {
        match class.rsplit(':').next().unwrap_or_default() {
            "line" => ChartKind::Line,
            "area" => ChartKind::Area,
            "circle" => ChartKind::Pie,
            "ring" => ChartKind::Doughnut,
            "scatter" => ChartKind::Scatter,
            "bubble" => ChartKind::Bubble,
            "radar" | "filled-radar" => ChartKind::Radar,
            "stock" => ChartKind::Stock,
            // Named the other way round there: `vertical` is what lies.
            _ if self.is_set(area, "vertical") => ChartKind::Bar,
            _ => ChartKind::Column,
        }
    }

    fn plots(&self, area: Node<'t>, usual: ChartKind, chart: &mut Chart) {
        let mut column = 0;
        let mut xs: Vec<Option<f64>> = Vec::new();
        for node in area.all(Ns::Chart, "series") {
            let kind = node.attribute("class").map_or(usual, |class| self.kind(class, area));
            // Where no address says otherwise, columns that are not a series' own values come before it.
            let domains = (column..).zip(node.all(Ns::Chart, "domain")).map(|(next, domain)| {
                column_of(domain.attribute_in(Ns::Table, "cell-range-address")).unwrap_or(next)
            });
            let domains: Vec<usize> = domains.collect();
            let next = column + domains.len();
            let own = column_of(node.attribute("values-cell-range-address")).unwrap_or(next);
            column = next + 1;
            let numbers = |column: &usize| self.data.columns.get(*column).cloned().unwrap_or_default();
            let mut series = self.series(node, own);
            match (kind, domains.as_slice()) {
                // The first domain of a bubble is its height, its own value the size (OpenDocument 1.3 part 3, 11.9).
                (ChartKind::Bubble, [ys, bubble_xs]) => {
                    xs = numbers(bubble_xs);
                    series.sizes = std::mem::replace(&mut series.values, numbers(ys));
                }
                (ChartKind::Bubble, [ys]) => {
                    series.sizes = std::mem::replace(&mut series.values, numbers(ys));
                }
                (ChartKind::Scatter, [first, ..]) => xs = numbers(first),
                _ => {}
            }
            if matches!(kind, ChartKind::Scatter | ChartKind::Bubble) {
                series.xs = xs.clone();
            }
            let secondary = node.attribute("attached-axis") == Some("secondary-y");
            match chart.plots.iter_mut().find(|plot| plot.kind == kind && plot.secondary == secondary) {
                Some(plot) => plot.series.push(series),
                None => chart.plots.push(Plot {
                    kind,
                    stacked: self.is_set(area, "stacked"),
                    percent: self.is_set(area, "percentage"),
                    secondary,
                    categories: self.data.categories.clone(),
                    series: vec![series],
                }),
            }
        }
    }

    fn series(&self, node: Node<'t>, column: usize) -> Series {
        let values = self.data.columns.get(column).cloned().unwrap_or_default();
        let name = self.data.names.get(column).cloned().unwrap_or_default();
        let color = |node| {
            let fill =
                self.property(node, "fill-color").filter(|_| self.property(node, "fill") != Some("none"));
            fill.or_else(|| self.property(node, "stroke-color")).and_then(Color::hex)
        };
        let mut colors = Vec::new();
        for point in node.all(Ns::Chart, "data-point") {
            let repeated = point.number::<usize>("repeated").unwrap_or(1);
            for _ in 0..repeated.min(values.len().saturating_sub(colors.len())) {
                colors.push(color(point));
            }
        }
        if colors.iter().all(Option::is_none) {
            colors.clear();
        }
        let labelled =
            matches!(self.property(node, "data-label-number"), Some("value" | "value-and-percentage"));
        let label = |value: &Option<f64>| value.map(general).unwrap_or_default();
        Series {
            name,
            labels: if labelled { values.iter().map(label).collect() } else { Vec::new() },
            values,
            color: color(node),
            colors,
            no_line: self.property(node, "stroke") == Some("none"),
            markers: self.property(node, "symbol-type").is_some_and(|symbol| symbol != "none"),
            ..Series::default()
        }
    }

    fn axes(&self, area: Node<'t>, chart: &mut Chart) {
        for node in area.all(Ns::Chart, "axis") {
            let dimension = node.attribute("dimension").or(node.attribute("class")).unwrap_or_default();
            let secondary = node.attribute("name").is_some_and(|name| name.starts_with("secondary"));
            let mut axis = Axis {
                title: title(node),
                hidden: self.property(node, "display-label") == Some("false"),
                grid: node.child(Ns::Chart, "grid").is_some(),
                reversed: self.is_set(node, "reverse-direction"),
                ..Axis::default()
            };
            let number = |name| self.property(node, name).and_then(|text| text.parse::<f64>().ok());
            let wanted = Wanted {
                min: number("minimum"),
                max: number("maximum"),
                step: number("interval-major").filter(|step| *step > 0.0),
                intervals: INTERVALS,
                ..Wanted::default()
            };
            match dimension {
                "x" | "category" if !secondary => {
                    let by_number =
                        |plot: &&Plot| matches!(plot.kind, ChartKind::Scatter | ChartKind::Bubble);
                    let plots: Vec<&Plot> = chart.plots.iter().filter(by_number).collect();
                    if !plots.is_empty() {
                        put_scale(&mut axis, scale::range_of_xs(&plots), &wanted);
                    }
                    chart.category_axis = Some(axis);
                }
                "y" | "value" => {
                    let plots: Vec<&Plot> =
                        chart.plots.iter().filter(|plot| plot.secondary == secondary).collect();
                    let standing = |plot: &&Plot| {
                        !matches!(
                            plot.kind,
                            ChartKind::Line | ChartKind::Scatter | ChartKind::Bubble | ChartKind::Stock
                        )
                    };
                    let from_zero = plots.iter().any(standing);
                    let exact = plots.iter().any(|plot| plot.percent);
                    put_scale(&mut axis, scale::range(&plots), &Wanted { from_zero, exact, ..wanted });
                    *(if secondary { &mut chart.second_axis } else { &mut chart.value_axis }) = Some(axis);
                }
                _ => {}
            }
        }
    }
}

fn title(node: Node<'_>) -> String {
    node.child(Ns::Chart, "title").map(shown).unwrap_or_default()
}

/// Ends and ticks at round numbers, unless the document says where they are.
fn put_scale(axis: &mut Axis, range: Option<Range>, wanted: &Wanted) {
    let scale = scale::scale(range.unwrap_or(Range { low: 0.0, high: 1.0 }), wanted);
    (axis.min, axis.max) = (scale.min, scale.max);
    let step = scale.ticks.get(1).zip(scale.ticks.first()).map_or(1.0, |(second, first)| second - first);
    let tick = |value: f64| Tick { value, label: label(value, step) };
    axis.ticks = scale.ticks.into_iter().map(tick).collect();
}

fn label(value: f64, step: f64) -> String {
    let digits = if step > 0.0 { (-step.log10().floor()).clamp(0.0, 12.0) as usize } else { 0 };
    format!("{value:.digits$}")
}
