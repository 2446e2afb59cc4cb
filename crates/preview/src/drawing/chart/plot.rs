//! Groups of series that are drawn in one way (ECMA-376 part 1 §21.2.2.16 and its kin).

use super::values::code;
use super::{Context, axis, flag, value};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::model::{ChartKind, Plot};

/// Groups of one chart: Office writes one a kind and axis.
const GROUPS: usize = 64;

/// `barChart`, `lineChart` and so on.
pub(super) struct Group<'t> {
    pub(super) node: Node<'t>,
    pub(super) kind: ChartKind,
    /// Its axes, in its order: categories (or x) first, then values.
    axes: Vec<&'t str>,
}

impl<'t> Group<'t> {
    /// All groups of a `plotArea`, those at the back first.
    pub(super) fn all(area: Node<'t>) -> Vec<Self> {
        area.elements().filter_map(Self::of).take(GROUPS).collect()
    }

    fn of(node: Node<'t>) -> Option<Self> {
        let kind = match node.name() {
            "barChart" | "bar3DChart" if value(node, "barDir") == Some("bar") => ChartKind::Bar,
            "barChart" | "bar3DChart" => ChartKind::Column,
            "lineChart" | "line3DChart" => ChartKind::Line,
            "areaChart" | "area3DChart" | "surfaceChart" | "surface3DChart" => ChartKind::Area,
            "pieChart" | "pie3DChart" | "ofPieChart" => ChartKind::Pie,
            "doughnutChart" => ChartKind::Doughnut,
            "scatterChart" => ChartKind::Scatter,
            "bubbleChart" => ChartKind::Bubble,
            "radarChart" => ChartKind::Radar,
            "stockChart" => ChartKind::Stock,
            _ => return None,
        };
        let axes = node.all(Ns::C, "axId").filter_map(|axis| axis.attribute("val")).collect();
        Some(Self { node, kind, axes })
    }

    pub(super) const fn is_round(&self) -> bool {
        matches!(self.kind, ChartKind::Pie | ChartKind::Doughnut)
    }

    pub(super) fn category_axis(&self) -> Option<&'t str> {
        if self.is_round() { None } else { self.axes.first().copied() }
    }

    pub(super) fn value_axis(&self) -> Option<&'t str> {
        if self.is_round() { None } else { self.axes.get(1).copied() }
    }

    pub(super) fn series(&self) -> impl Iterator<Item = Node<'t>> {
        self.node.all(Ns::C, "ser")
    }

    /// The format of its values, as in their sheet.
    pub(super) fn value_code(&self) -> Option<String> {
        self.code_of(if self.kind == ChartKind::Scatter || self.kind == ChartKind::Bubble {
            "yVal"
        } else {
            "val"
        })
    }

    /// The format of its x values.
    pub(super) fn x_code(&self) -> Option<String> {
        self.code_of("xVal")
    }

    fn code_of(&self, name: &str) -> Option<String> {
        self.series().find_map(|series| series.child(Ns::C, name)).and_then(code)
    }
}

impl Context<'_> {
    /// A group of `area`; `before` = series of the groups before it.
    pub(super) fn plot(&self, area: Node<'_>, group: &Group<'_>, before: usize) -> Plot {
        let grouping = value(group.node, "grouping").unwrap_or_default();
        let mut plot = Plot {
            kind: group.kind,
            stacked: grouping == "stacked",
            percent: grouping == "percentStacked",
            ..Plot::default()
        };
        let mut nodes: Vec<Node<'_>> = group.series().collect();
        nodes.sort_by_key(|node| {
            value(*node, "order").and_then(|order| order.parse::<u32>().ok()).unwrap_or(0)
        });
        if !matches!(group.kind, ChartKind::Scatter | ChartKind::Bubble) {
            let categories = nodes.iter().find_map(|node| node.child(Ns::C, "cat"));
            let axis = group.category_axis().and_then(|id| axis::find(area, id));
            let code = axis.and_then(axis::own_code);
            plot.categories = categories.map(|node| self.texts(node, code)).unwrap_or_default();
        }
        let varied = flag(group.node, "varyColors").unwrap_or(false);
        plot.series = nodes
            .iter()
            .enumerate()
            .map(|(place, node)| self.series(*node, group, before + place, varied, &plot.categories))
            .collect();
        self.number_categories(&mut plot);
        plot
    }

    /// Categories without names are counted.
    fn number_categories(&self, plot: &mut Plot) {
        if matches!(plot.kind, ChartKind::Scatter | ChartKind::Bubble) {
            return;
        }
        let points = plot.series.iter().map(|series| series.values.len()).max().unwrap_or(0);
        let nameless = plot.categories.is_empty();
        if plot.categories.len() < points {
            plot.categories.resize(points, String::new());
        }
        if nameless {
            for (number, category) in plot.categories.iter_mut().enumerate() {
                *category = (number + 1).to_string();
            }
        }
    }
}
