//! Paths of shapes as SVG path data (ECMA-376 part 1 §20.1.9.15).

use std::fmt::Write as _;

use super::guides::Guides;
use crate::model::PathPart;

/// Bytes of path data of one shape.
const LENGTH: usize = 1_000_000;

/// Writes one path: its own coordinates in, points out.
pub(super) struct Path<'g> {
    guides: &'g Guides,
    /// Points for one of its own units.
    scale: (f64, f64),
    /// Where the pen is, in its own units.
    pen: (f64, f64),
    /// Where the pen began.
    start: (f64, f64),
    data: String,
    no_fill: bool,
    no_stroke: bool,
}

impl<'g> Path<'g> {
    /// `scale`: points for one unit.
    pub(super) fn new(guides: &'g Guides, scale: (f64, f64), no_fill: bool, no_stroke: bool) -> Self {
        let zero = (0.0, 0.0);
        Self { guides, scale, pen: zero, start: zero, data: String::new(), no_fill, no_stroke }
    }

    /// One command: `M`, `L`, `Q`, `C` and points, `A` with radii, start and sweep, `Z`.
    pub(super) fn command(&mut self, command: char, operands: &[&str]) {
        if self.data.len() > LENGTH {
            return;
        }
        let values: Vec<f64> = operands.iter().map(|name| self.guides.get(name)).collect();
        if command == 'A' {
            if let [rx, ry, start, sweep] = values[..] {
                self.arc(rx, ry, start, sweep);
            }
            return;
        }
        let points: Vec<(f64, f64)> =
            values.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?))).collect();
        let wanted = match command {
            'M' | 'L' => 1,
            'Q' => 2,
            'C' => 3,
            _ => 0,
        };
        if points.len() < wanted {
            return;
        }
        // A line before anything else begins where it should have been moved to.
        let command = if self.data.is_empty() && command == 'L' { 'M' } else { command };
        if self.data.is_empty() && command != 'M' {
            return;
        }
        self.data.push(command);
        for point in points.into_iter().take(wanted) {
            self.put(point);
            self.pen = point;
        }
        match command {
            'M' => self.start = self.pen,
            'Z' => self.pen = self.start,
            _ => {}
        }
    }

    fn put(&mut self, (x, y): (f64, f64)) {
        self.number(x * self.scale.0);
        self.number(y * self.scale.1);
    }

    fn number(&mut self, value: f64) {
        let rounded = (value.clamp(-1e7, 1e7) * 100.0).round() / 100.0;
        let separator = if self.data.ends_with(|last: char| last.is_ascii_alphabetic()) { "" } else { " " };
        // Writing to a string does not fail.
        drop(write!(self.data, "{separator}{}", if rounded == 0.0 { 0.0 } else { rounded }));
    }

    /// §20.1.9.2: from where the pen is, along an ellipse; angles in 60,000ths of a degree, clockwise.
    fn arc(&mut self, rx: f64, ry: f64, start: f64, sweep: f64) {
        if self.data.is_empty() || !(rx.is_finite() && ry.is_finite()) {
            return;
        }
        let turn = std::f64::consts::TAU;
        let radians = |angle: f64| (angle / 60_000.0).clamp(-3600.0, 3600.0).to_radians();
        let sweep = radians(sweep).clamp(-turn, turn);
        // Angles are those that are seen; a point of an ellipse is found by the angle on its circle.
        let on_circle = |angle: f64| {
            let seen = (rx * angle.sin()).atan2(ry * angle.cos());
            seen + ((angle - seen) / turn).round() * turn
        };
        let start = radians(start);
        let (from, to) = (on_circle(start), on_circle(start + sweep));
        let center = (self.pen.0 - rx * from.cos(), self.pen.1 - ry * from.sin());
        let at = |angle: f64| (center.0 + rx * angle.cos(), center.1 + ry * angle.sin());
        // A whole turn ends where it begins, which SVG takes for nothing: two halves do.
        for part in [f64::midpoint(from, to), to] {
            self.data.push('A');
            self.number((rx * self.scale.0).abs());
            self.number((ry * self.scale.1).abs());
            self.data.push_str(" 0 0");
            self.data.push_str(if to >= from { " 1" } else { " 0" });
            let end = at(part);
            self.put(end);
            self.pen = end;
        }
    }

    pub(super) fn finish(self) -> Option<PathPart> {
        (!self.data.is_empty()).then_some(PathPart {
            data: self.data,
            no_fill: self.no_fill,
            no_stroke: self.no_stroke,
        })
    }
}
