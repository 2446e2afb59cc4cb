//! Charts: their series, with the values that they last showed ([MS-XLS] 2.1.7.20.1).

use std::collections::BTreeMap;

use super::globals::Globals;
use super::record::{Record, Records, kind};
use super::version::Begin;
use crate::drawing::chart::value_axis;
use crate::model::{Axis, Chart, ChartKind, Color, LegendPlace, Plot, Series};
use crate::sheets::biff::bytes::{Bytes, rk};
use crate::sheets::numfmt::general;

/// Series, and points of each, that are kept.
const SERIES: usize = 256;
const POINTS: usize = 32_000;

/// Records of charts ([MS-XLS] 2.3.2).
mod code {
    pub(super) const SERIES: u16 = 0x1003;
    pub(super) const DATA_FORMAT: u16 = 0x1006;
    pub(super) const LINE_FORMAT: u16 = 0x1007;
    pub(super) const AREA_FORMAT: u16 = 0x100a;
    pub(super) const TEXT_OF_SERIES: u16 = 0x100d;
    pub(super) const GROUP: u16 = 0x1014;
    pub(super) const LEGEND: u16 = 0x1015;
    pub(super) const AXIS: u16 = 0x101d;
    pub(super) const TEXT: u16 = 0x1025;
    pub(super) const TEXT_OF: u16 = 0x1027;
    pub(super) const BEGIN: u16 = 0x1033;
    pub(super) const END: u16 = 0x1034;
    pub(super) const GROUP_OF_SERIES: u16 = 0x1045;
    pub(super) const LINK: u16 = 0x1051;
    pub(super) const CACHE: u16 = 0x1065;
}

/// A series while it is read.
#[derive(Default)]
struct RawSeries {
    series: Series,
    group: u16,
    categories: BTreeMap<u16, String>,
    /// Number format of its categories, where they are numbers.
    category_format: u16,
    /// Its values, the values of its categories, the sizes of its bubbles.
    numbers: [BTreeMap<u16, f64>; 3],
}

/// Where the reading is.
#[derive(Default)]
struct Reading {
    chart: Chart,
    series: Vec<RawSeries>,
    /// What stands around the record.
    open: Vec<u16>,
    last: u16,
    /// The text that is being read, and what it is of.
    text: String,
    text_of: u16,
    /// The colours that come next are those of the whole series, not of a point.
    whole: bool,
    /// Which values come next: 1 = values, 2 = categories, 3 = bubbles.
    cache: u16,
}

/// Reads the chart whose substream has just begun, and passes it; none where nothing is in it.
pub(super) fn read(records: &mut Records<'_>, globals: &mut Globals) -> Option<Chart> {
    let (mut reading, mut depth) = (Reading::default(), 1_usize);
    while let Some(record) = records.next() {
        if Begin::of(&record).is_some() {
            depth += 1;
        } else if record.kind == kind::EOF {
            depth -= 1;
        } else if depth == 1 {
            // What is cut is left out.
            reading.take(record, records, globals).unwrap_or_default();
        }
        if depth == 0 {
            break;
        }
    }
    reading.finish(globals)
}

impl Reading {
    fn take(&mut self, record: Record<'_>, records: &Records<'_>, globals: &Globals) -> Option<()> {
        let mut bytes = Bytes(record.data);
        match record.kind {
            code::BEGIN => self.open.push(self.last),
            code::END => self.end(),
            code::SERIES if self.series.len() < SERIES => self.series.push(RawSeries::default()),
            code::GROUP => self.chart.plots.push(Plot::default()),
            code::LEGEND => self.chart.legend = Some(legend(bytes.take(17)?)),
            code::AXIS => self.axis(bytes.u16()?),
            code::TEXT => (self.text, self.text_of) = (String::new(), 0),
            code::TEXT_OF => self.text_of = bytes.u16()?,
            code::TEXT_OF_SERIES => {
                let mut chain = records.joined(record);
                chain.skip(2);
                let text = globals.spelling.short(&mut chain)?.text;
                match self.of_series() {
                    Some(series) => series.series.name = text,
                    None => self.text = text,
                }
            }
            code::GROUP_OF_SERIES => self.of_series()?.group = bytes.u16()?,
            code::LINK => self.link(bytes)?,
            code::DATA_FORMAT => self.whole = bytes.u16()? == 0xffff,
            code::LINE_FORMAT | code::AREA_FORMAT => self.color(record.kind, record.data)?,
            code::CACHE => self.cache = bytes.u16()?,
            0x0203 | 0x027e | 0x0204 => self.value(record, records, globals)?,
            _ => self.kind(record.kind, bytes)?,
        }
        self.last = record.kind;
        Some(())
    }

    /// The series that the record stands in.
    fn of_series(&mut self) -> Option<&mut RawSeries> {
        if self.open.contains(&code::SERIES) { self.series.last_mut() } else { None }
    }

    fn end(&mut self) {
        if self.open.pop() != Some(code::TEXT) {
            return;
        }
        let text = std::mem::take(&mut self.text);
        match self.text_of {
            1 => self.chart.title = text,
            2 => self.chart.value_axis.get_or_insert_default().title = text,
            3 => self.chart.category_axis.get_or_insert_default().title = text,
            _ => {}
        }
    }

    fn axis(&mut self, of: u16) {
        match of {
            0 => drop(self.chart.category_axis.get_or_insert_default()),
            1 => drop(self.chart.value_axis.get_or_insert_default()),
            _ => {}
        }
    }

    /// Where categories come from, and how they are shown ([MS-XLS] 2.4.51).
    fn link(&mut self, mut bytes: Bytes<'_>) -> Option<()> {
        let of = bytes.u8()?;
        bytes.take(3)?;
        let format = bytes.u16()?;
        if of == 2 {
            self.of_series()?.category_format = format;
        }
        Some(())
    }

    /// Colours that are not left to the program ([MS-XLS] 2.4.10, 2.4.156).
    fn color(&mut self, kind: u16, data: &[u8]) -> Option<()> {
        let whole = self.whole;
        let series = self.of_series().filter(|_| whole)?;
        let flags = *data.get(if kind == code::AREA_FORMAT { 10 } else { 8 })?;
        if flags & 1 == 0 && (kind == code::AREA_FORMAT || series.series.color.is_none()) {
            let [red, green, blue] = data.first_chunk()?;
            series.series.color = Some(Color::rgb(*red, *green, *blue));
        }
        Some(())
    }

    /// A value that was shown last: its row is the point, its column the series.
    fn value(&mut self, record: Record<'_>, records: &Records<'_>, globals: &Globals) -> Option<()> {
        let mut bytes = Bytes(record.data);
        let (point, series) = (bytes.u16()?, bytes.u16()?);
        bytes.u16()?;
        let which = usize::from(self.cache).checked_sub(1)?;
        let series = self.series.get_mut(usize::from(series)).filter(|_| usize::from(point) < POINTS)?;
        if record.kind == 0x0204 {
            let mut chain = records.joined(record);
            chain.skip(6);
            series.categories.insert(point, globals.spelling.long(&mut chain)?.text);
        } else {
            let value = if record.kind == 0x0203 { bytes.f64()? } else { rk(bytes.u32()?) };
            series.numbers.get_mut(which)?.insert(point, value);
        }
        Some(())
    }

    /// How a group of series is drawn.
    fn kind(&mut self, kind: u16, mut bytes: Bytes<'_>) -> Option<()> {
        let mut flags = |after: usize| {
            bytes.take(after)?;
            bytes.u16()
        };
        let (kind, stacked) = match kind {
            0x1017 => {
                let flags = flags(4)?;
                (if flags & 1 != 0 { ChartKind::Bar } else { ChartKind::Column }, flags >> 1)
            }
            0x1018 => (ChartKind::Line, flags(0)?),
            0x101a => (ChartKind::Area, flags(0)?),
            0x1019 => (if flags(2)? > 0 { ChartKind::Doughnut } else { ChartKind::Pie }, 0),
            0x101b => (if flags(4)? & 1 != 0 { ChartKind::Bubble } else { ChartKind::Scatter }, 0),
            0x103e | 0x1040 => (ChartKind::Radar, 0),
            _ => return None,
        };
        let plot = self.chart.plots.last_mut()?;
        (plot.kind, plot.stacked, plot.percent) = (kind, stacked & 1 != 0, stacked & 2 != 0);
        Some(())
    }

    fn finish(mut self, globals: &mut Globals) -> Option<Chart> {
        for raw in self.series {
            let Some(plot) = self.chart.plots.get_mut(usize::from(raw.group)) else { continue };
            raw.add(plot, globals);
        }
        let mut chart = self.chart;
        chart.plots.retain(|plot| !plot.series.is_empty());
        let round = chart.plots.iter().all(|plot| matches!(plot.kind, ChartKind::Pie | ChartKind::Doughnut));
        if round {
            (chart.category_axis, chart.value_axis) = (None, None);
        } else if let Some(axis) = chart.value_axis.take() {
            let percent = chart.plots.iter().any(|plot| plot.percent);
            let label = |value: f64| if percent { format!("{:.0}%", value * 100.0) } else { general(value) };
            chart.value_axis = Some(Axis { title: axis.title, ..value_axis(&chart.plots, label) });
        }
        (!chart.plots.is_empty()).then_some(chart)
    }
}

impl RawSeries {
    /// Adds it to the plot that it belongs to.
    fn add(self, plot: &mut Plot, globals: &mut Globals) {
        let [values, xs, sizes] = self.numbers;
        let after = |map: &BTreeMap<u16, f64>| map.last_key_value().map_or(0, |(last, _)| last + 1);
        let count = after(&values).max(after(&xs));
        let all = |map: &BTreeMap<u16, f64>| (0..count).map(|point| map.get(&point).copied()).collect();
        let mut series = Series { values: all(&values), ..self.series };
        if matches!(plot.kind, ChartKind::Scatter | ChartKind::Bubble) {
            series.xs = all(&xs);
            series.sizes = if sizes.is_empty() { Vec::new() } else { all(&sizes) };
        } else if plot.categories.is_empty() {
            let last = self.categories.last_key_value().map_or(0, |(last, _)| last + 1);
            let mut category = |point: u16| match (self.categories.get(&point), xs.get(&point)) {
                (Some(text), _) => text.clone(),
                (None, Some(value)) => globals.book.shown(self.category_format, *value),
                (None, None) => (u32::from(point) + 1).to_string(),
            };
            plot.categories = (0..count.max(last)).map(&mut category).collect();
        }
        plot.series.push(series);
    }
}

/// [MS-XLS] 2.4.152.
fn legend(data: &[u8]) -> LegendPlace {
    match data.get(16) {
        Some(0) => LegendPlace::Bottom,
        Some(2) => LegendPlace::Top,
        Some(4) => LegendPlace::Start,
        _ => LegendPlace::End,
    }
}
