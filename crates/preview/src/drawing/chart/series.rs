//! Series: values, colours and what is written at their points (ECMA-376 part 1 §21.2.2.170, §21.2.2.49).

use super::plot::Group;
use super::values::code;
use super::{Context, flag, title, value};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::drawing::color::Rgba;
use crate::model::{ChartKind, Color, Series};
use crate::sheets::numfmt::NumberFormat;

impl Context<'_> {
    /// `place` = series of the chart before it; `varied` = each point has a colour of its own.
    pub(super) fn series(
        &self,
        node: Node<'_>,
        group: &Group<'_>,
        place: usize,
        varied: bool,
        categories: &[String],
    ) -> Series {
        let numbers = |name| node.child(Ns::C, name).map(|values| self.numbers(values)).unwrap_or_default();
        let by_number = matches!(group.kind, ChartKind::Scatter | ChartKind::Bubble);
        let mut series = Series {
            name: title::of_series(node, place),
            values: numbers(if by_number { "yVal" } else { "val" }),
            xs: if by_number { numbers("xVal") } else { Vec::new() },
            sizes: if group.kind == ChartKind::Bubble { numbers("bubbleSize") } else { Vec::new() },
            ..Series::default()
        };
        if by_number && series.xs.iter().all(Option::is_none) {
            series.xs = (0..series.values.len()).map(|index| Some((index + 1) as f64)).collect();
        }
        let lined =
            matches!(group.kind, ChartKind::Line | ChartKind::Scatter | ChartKind::Radar | ChartKind::Stock);
        let index = value(node, "idx").and_then(|index| index.parse().ok()).unwrap_or(place);
        let own = node.child(Ns::C, "spPr").and_then(|look| self.look(look, lined));
        series.color = Some(own.unwrap_or_else(|| self.automatic(index)).color());
        series.colors = self.point_colors(node, group, varied, own, series.values.len());
        if lined {
            self.lines_and_markers(node, group, &mut series);
        }
        series.labels = self.labels(node, group, &series, categories);
        series
    }

    fn lines_and_markers(&self, node: Node<'_>, group: &Group<'_>, series: &mut Series) {
        let line = node.child(Ns::C, "spPr").and_then(|look| look.child(Ns::A, "ln"));
        series.no_line = line.is_some_and(|line| line.child(Ns::A, "noFill").is_some());
        let symbol = node.child(Ns::C, "marker").and_then(|marker| value(marker, "symbol"));
        let usual = match group.kind {
            ChartKind::Line => flag(group.node, "marker").unwrap_or(false),
            ChartKind::Scatter => true,
            ChartKind::Radar => value(group.node, "radarStyle") == Some("marker"),
            _ => false,
        };
        series.markers = symbol.map_or(usual, |symbol| symbol != "none");
    }

    /// The one colour that comes closest to how something is drawn.
    fn look(&self, look: Node<'_>, lined: bool) -> Option<Rgba> {
        let holder = if lined { look.child(Ns::A, "ln")? } else { look };
        holder.elements().find_map(|fill| match fill.name() {
            "solidFill" => self.palette.inside(fill),
            "gradFill" => fill.path(Ns::A, &["gsLst", "gs"]).and_then(|stop| self.palette.inside(stop)),
            "pattFill" => fill.child(Ns::A, "fgClr").and_then(|color| self.palette.inside(color)),
            _ => None,
        })
    }

    /// Colours by turns, as Office gives them: the accents, then the accents darker and lighter.
    fn automatic(&self, index: usize) -> Rgba {
        let accent = self.palette.scheme(&format!("accent{}", index % 6 + 1)).unwrap_or(Rgba::BLACK);
        match index / 6 % 3 {
            0 => accent,
            1 => accent.mix(Rgba::BLACK, 0.4),
            _ => accent.mix(Rgba::WHITE, 0.4),
        }
    }

    fn point_colors(
        &self,
        node: Node<'_>,
        group: &Group<'_>,
        varied: bool,
        own: Option<Rgba>,
        count: usize,
    ) -> Vec<Option<Color>> {
        let only = group.series().nth(1).is_none();
        let mut colors: Vec<Option<Color>> = if own.is_none() && (group.is_round() || varied && only) {
            (0..count).map(|index| Some(self.automatic(index).color())).collect()
        } else {
            vec![None; count]
        };
        for point in node.all(Ns::C, "dPt") {
            let index = value(point, "idx").and_then(|index| index.parse::<usize>().ok());
            let color = point.child(Ns::C, "spPr").and_then(|look| self.look(look, false));
            if let (Some(place), Some(color)) = (index.and_then(|index| colors.get_mut(index)), color) {
                *place = Some(color.color());
            }
        }
        if colors.iter().all(Option::is_none) { Vec::new() } else { colors }
    }

    /// What is written at each point; nothing where nothing is written at any.
    fn labels(
        &self,
        node: Node<'_>,
        group: &Group<'_>,
        series: &Series,
        categories: &[String],
    ) -> Vec<String> {
        let common = node.child(Ns::C, "dLbls").or_else(|| group.node.child(Ns::C, "dLbls"));
        let Some(common) = common else { return Vec::new() };
        let values = node.child(Ns::C, "val").or_else(|| node.child(Ns::C, "yVal"));
        let source = values.and_then(code).unwrap_or_else(|| "General".to_owned());
        let sum: f64 = series.values.iter().flatten().map(|value| value.abs()).sum();
        let writer = Writer { context: self, series, categories, source: &source, sum };
        let count = series.values.len();
        let usual = Said::of(common);
        let mut labels: Vec<String> = if usual.anything() {
            (0..count).map(|index| writer.label(&usual, index)).collect()
        } else {
            vec![String::new(); count]
        };
        for own in common.all(Ns::C, "dLbl") {
            let index = value(own, "idx").and_then(|index| index.parse::<usize>().ok());
            let Some((index, place)) =
                index.and_then(|index| labels.get_mut(index).map(|place| (index, place)))
            else {
                continue;
            };
            *place = match title::of(own) {
                _ if flag(own, "delete") == Some(true) => String::new(),
                Some(text) => text,
                None => writer.label(&Said::of(own), index),
            };
        }
        if labels.iter().all(String::is_empty) { Vec::new() } else { labels }
    }
}

/// What labels say (§21.2.2.47).
struct Said {
    value: bool,
    category: bool,
    series: bool,
    percent: bool,
    size: bool,
    separator: String,
    /// The format where it is not that of the sheet.
    code: Option<String>,
}

impl Said {
    fn of(node: Node<'_>) -> Self {
        let says = |name| flag(node, name).unwrap_or(false) && flag(node, "delete") != Some(true);
        let format = node.child(Ns::C, "numFmt");
        let linked =
            format.is_some_and(|format| format.attribute("sourceLinked").is_some_and(crate::drawing::truth));
        Self {
            value: says("showVal"),
            category: says("showCatName"),
            series: says("showSerName"),
            percent: says("showPercent"),
            size: says("showBubbleSize"),
            separator: node.child(Ns::C, "separator").map_or_else(|| ", ".to_owned(), Node::all_text),
            code: format
                .filter(|_| !linked)
                .and_then(|format| format.attribute("formatCode"))
                .map(str::to_owned),
        }
    }

    const fn anything(&self) -> bool {
        self.value || self.category || self.series || self.percent || self.size
    }
}

/// Puts labels into words.
struct Writer<'w> {
    context: &'w Context<'w>,
    series: &'w Series,
    categories: &'w [String],
    /// The format of the values in their sheet.
    source: &'w str,
    /// Of all values.
    sum: f64,
}

impl Writer<'_> {
    fn label(&self, said: &Said, index: usize) -> String {
        let Some(value) = self.series.values.get(index).copied().flatten() else { return String::new() };
        let format = |code: &str, number| NumberFormat::parse(code).number(number, self.context.dates).text;
        let code = said.code.as_deref();
        let mut parts = Vec::new();
        if said.series {
            parts.push(self.series.name.clone());
        }
        if said.category {
            let x = self.series.xs.get(index).copied().flatten();
            let named = self.categories.get(index).cloned();
            parts.push(x.map(|x| format("General", x)).or(named).unwrap_or_else(|| (index + 1).to_string()));
        }
        if said.value {
            parts.push(format(code.unwrap_or(self.source), value));
        }
        if said.size
            && let Some(size) = self.series.sizes.get(index).copied().flatten()
        {
            parts.push(format(code.unwrap_or("General"), size));
        }
        if said.percent && self.sum > 0.0 {
            let code = code.filter(|code| code.contains('%')).unwrap_or("0%");
            parts.push(format(code, value.abs() / self.sum));
        }
        parts.join(&said.separator)
    }
}
