//! Where a value axis begins and ends and which steps it takes, where nobody said: as Office and LibreOffice do it.

use crate::model::{ChartKind, Plot};

/// Ticks of one axis.
const TICKS: usize = 100;

/// The smallest and the largest of what is drawn against an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Range {
    fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        values.fold(None, |range: Option<Self>, value| {
            let range = range.unwrap_or(Self { low: value, high: value });
            Some(Self { low: range.low.min(value), high: range.high.max(value) })
        })
    }

    fn and(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }
}

/// Of the values; none where there are none.
pub(crate) fn range(plots: &[&Plot]) -> Option<Range> {
    plots.iter().filter_map(|plot| range_of_plot(plot)).reduce(Range::and)
}

/// Of the x values.
pub(crate) fn range_of_xs(plots: &[&Plot]) -> Option<Range> {
    Range::of(
        plots.iter().flat_map(|plot| &plot.series).flat_map(|series| series.xs.iter().flatten().copied()),
    )
}

fn range_of_plot(plot: &Plot) -> Option<Range> {
    let values = || plot.series.iter().flat_map(|series| series.values.iter().flatten().copied());
    if plot.percent {
        let sides = Range::of(values())?;
        return Some(Range {
            low: if sides.low < 0.0 { -1.0 } else { 0.0 },
            high: if sides.high > 0.0 { 1.0 } else { 0.0 },
        });
    }
    if !plot.stacked {
        return Range::of(values());
    }
    // Lines and areas pile up whatever their sign; bars grow both ways from zero.
    let piled = matches!(plot.kind, ChartKind::Line | ChartKind::Area);
    let count = plot.series.iter().map(|series| series.values.len()).max().unwrap_or(0);
    let (mut up, mut down) = (vec![0.0; count], vec![0.0; count]);
    let mut reached = Vec::with_capacity(count);
    for series in &plot.series {
        for (place, value) in series.values.iter().enumerate() {
            let Some(value) = value else { continue };
            let side = if piled || *value >= 0.0 { &mut up } else { &mut down };
            if let Some(sum) = side.get_mut(place) {
                *sum += value;
                reached.push(*sum);
            }
        }
    }
    Range::of(reached.into_iter().filter(|sum| sum.is_finite()))
}

/// What is said of an axis, and what it has room for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) step: Option<f64>,
    /// Each step is so many times the one before.
    pub(crate) log: Option<f64>,
    /// Zero is on it, wherever the values are.
    pub(crate) from_zero: bool,
    /// No room is added beyond the values: shares of a whole, and charts in three dimensions.
    pub(crate) exact: bool,
    /// Steps, at most.
    pub(crate) intervals: usize,
}

/// An axis's ends and ticks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) ticks: Vec<f64>,
}

pub(crate) fn scale(range: Range, wanted: &Wanted) -> Scale {
    match wanted.log {
        Some(base) => logarithmic(range, wanted, base),
        None => linear(range, wanted),
    }
}

/// The ends before they are rounded: zero where values are far from each other, some room below where they are not.
fn ends(range: Range, wanted: &Wanted) -> Range {
    let Range { mut low, mut high } = range;
    let narrow = |near: f64, far: f64| !wanted.from_zero && near != far && near / far >= 5.0 / 6.0;
    if wanted.min.is_none() && low > 0.0 {
        low = if narrow(low, high) { low - (high - low) / 2.0 } else { 0.0 };
    }
    if wanted.max.is_none() && high < 0.0 {
        high = if narrow(high, low) { high + (high - low) / 2.0 } else { 0.0 };
    }
    low = wanted.min.unwrap_or(low);
    high = wanted.max.unwrap_or(high);
    if low >= high {
        match (wanted.min, wanted.max) {
            (None, Some(_)) => low = high - 1.0,
            _ => high = low + if low == 0.0 { 1.0 } else { low.abs() },
        }
    }
    Range { low, high }
}

fn linear(range: Range, wanted: &Wanted) -> Scale {
    let ends = ends(range, wanted);
    let intervals = wanted.intervals.max(2) as f64;
    let mut step = wanted.step.unwrap_or_else(|| nice((ends.high - ends.low) / intervals));
    let (mut min, mut max) = rounded(range, ends, wanted, step);
    // Room was added at the ends: the steps may be too many now.
    for _ in 0..8 {
        if wanted.step.is_some() || (max - min) / step <= intervals + 1e-9 {
            break;
        }
        step = nice(step * 1.5);
        (min, max) = rounded(range, ends, wanted, step);
    }
    while (max - min) / step > TICKS as f64 {
        step *= 2.0;
        if !step.is_finite() {
            break;
        }
    }
    Scale { min, max, ticks: ticks(min, max, step) }
}

/// The ends as multiples of the step, with room where values come too close.
fn rounded(range: Range, ends: Range, wanted: &Wanted, step: f64) -> (f64, f64) {
    let mut min = wanted.min.unwrap_or_else(|| (ends.low / step + 1e-9).floor() * step);
    let mut max = wanted.max.unwrap_or_else(|| (ends.high / step - 1e-9).ceil() * step);
    let crowded = |from: f64, to: f64, value: f64| (value - from) / (to - from) > 20.0 / 21.0;
    if wanted.min.is_none() && !wanted.exact && min != 0.0 && crowded(max, min, range.low) {
        min -= step;
    }
    if wanted.max.is_none() && !wanted.exact && max != 0.0 && crowded(min, max, range.high) {
        max += step;
    }
    (min, max)
}

/// The next of 1, 2, 5, 10, 20, … that is not below.
fn nice(step: f64) -> f64 {
    if !(step.is_finite() && step > 0.0) {
        return 1.0;
    }
    let magnitude = 10_f64.powf(step.log10().floor());
    let normal = step / magnitude;
    let rounded = [1.0, 2.0, 5.0].into_iter().find(|nice| normal <= nice + 1e-9).unwrap_or(10.0);
    let step = rounded * magnitude;
    if step.is_finite() && step > 0.0 { step } else { 1.0 }
}

/// From the first end on; digits that only reckoning brought are rounded away.
fn ticks(min: f64, max: f64, step: f64) -> Vec<f64> {
    let count = ((max - min) / step + 1e-6).floor();
    if !(count.is_finite() && count >= 0.0) {
        return vec![min, max];
    }
    let unit = 10_f64.powf(step.log10().floor() - 9.0);
    let clean = |value: f64| {
        let rounded = (value / unit).round() * unit;
        // Written and read again, so that 0.30000000000000004 is 0.3.
        let text = format!("{rounded:.12e}").parse().unwrap_or(value);
        if text == 0.0 { 0.0 } else { text }
    };
    (0..=(count as usize).min(TICKS)).map(|number| clean(min + number as f64 * step)).collect()
}

fn logarithmic(range: Range, wanted: &Wanted, base: f64) -> Scale {
    let positive = |value: f64| if value > 0.0 && value.is_finite() { value } else { 1.0 };
    let low = wanted.min.map_or_else(|| positive(range.low).min(1.0), positive);
    let high = positive(wanted.max.unwrap_or(range.high)).max(low);
    let first = (low.ln() / base.ln() + 1e-9).floor();
    let last = (high.ln() / base.ln() - 1e-9).ceil().max(first + 1.0);
    let count = ((last - first) as usize).min(TICKS);
    let ticks: Vec<f64> = (0..=count).map(|number| base.powf(first + number as f64)).collect();
    let end = |tick: Option<&f64>| tick.copied().unwrap_or(1.0);
    Scale { min: end(ticks.first()), max: end(ticks.last()), ticks }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_begin_and_end_where_office_lets_them() {
        let usual = Wanted { intervals: 10, ..Wanted::default() };
        let zero = Wanted { from_zero: true, ..usual.clone() };
        for (low, high, wanted, expected) in [
            (0.0, 5.0, usual.clone(), (0.0, 6.0, 1.0)),
            (1.8, 5.0, zero.clone(), (0.0, 6.0, 1.0)),
            (90.0, 100.0, zero, (0.0, 120.0, 20.0)),
            (95.0, 100.0, usual.clone(), (92.0, 101.0, 1.0)),
            (-3.0, 7.0, usual.clone(), (-4.0, 8.0, 2.0)),
            (-9.0, -1.0, usual.clone(), (-10.0, 0.0, 1.0)),
            (0.0, 0.0, usual.clone(), (0.0, 1.0, 0.1)),
            (0.0, 1.0, Wanted { exact: true, ..usual.clone() }, (0.0, 1.0, 0.1)),
            (
                3.0,
                7.0,
                Wanted { min: Some(1.0), max: Some(9.0), step: Some(4.0), ..usual.clone() },
                (1.0, 9.0, 4.0),
            ),
            (0.0, 50.0, Wanted { intervals: 3, ..usual }, (0.0, 60.0, 20.0)),
        ] {
            let scale = scale(Range { low, high }, &wanted);
            assert_eq!((scale.min, scale.max), (expected.0, expected.1), "{low} to {high}: {scale:?}");
            let step =
                scale.ticks.get(1).zip(scale.ticks.first()).map_or(0.0, |(second, first)| second - first);
            assert!((step - expected.2).abs() < 1e-9, "{low} to {high}: {scale:?}");
        }
    }

    #[test]
    fn ticks_have_no_digits_of_reckoning() {
        assert_eq!(ticks(0.0, 0.4, 0.1), [0.0, 0.1, 0.2, 0.3, 0.4]);
        let log = Wanted { log: Some(10.0), ..Wanted::default() };
        assert_eq!(scale(Range { low: 5.0, high: 300.0 }, &log).ticks, [1.0, 10.0, 100.0, 1000.0]);
    }

    #[test]
    fn no_numbers_make_it_endless() {
        for (low, high, step) in [
            (0.0, 1e308, 1e-300),
            (-1e308, 1e308, 1.0),
            (0.0, 1e-320, 1.0),
            (5.0, 5.0, f64::MAX),
            (-1e-9, 1e18, 1e-9),
        ] {
            for step in [Some(step), None] {
                for log in [None, Some(2.0)] {
                    let wanted = Wanted { step, log, intervals: 10, ..Wanted::default() };
                    assert!(scale(Range { low, high }, &wanted).ticks.len() <= TICKS + 1);
                }
            }
        }
    }
}
