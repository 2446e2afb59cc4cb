//! Outlines of shapes: presets, and paths of their own ([MS-ODRAW] 2.3.6).

use std::fmt::Write as _;

use super::options::{Cascade, property};
use super::presets;
use crate::model::slide::PathPart;
use crate::model::{Frame, Geometry};

/// Coordinates of presets, and of paths that say nothing else.
const UNITS: i32 = 21_600;
/// Points of a path that are kept.
const POINTS: usize = 100_000;

/// The outline of a shape, and the points between its frame and its text's: left, top, right, bottom.
pub(crate) fn outline(options: Cascade<'_, '_>, preset: u16, frame: &Frame) -> (Geometry, [f32; 4]) {
    let named = presets::outline(options, preset, frame).unwrap_or_default();
    match own(options, preset, frame) {
        Some(geometry) => (geometry, named.insets),
        None => (named.geometry, named.insets),
    }
}

/// Outlines that the model has names for, and those that a shape has itself.
fn own(options: Cascade<'_, '_>, preset: u16, frame: &Frame) -> Option<Geometry> {
    Some(match preset {
        // Freeform.
        0 => path(options, frame).unwrap_or_default(),
        1 => Geometry::Box,
        2 => {
            let share = options.signed(property::ADJUST).unwrap_or(3600) as f32 / UNITS as f32;
            Geometry::Rounded { radius: share.clamp(0.0, 0.5) * frame.width.min(frame.height) }
        }
        3 => Geometry::Ellipse,
        20 | 32 => Geometry::Line,
        _ if options.own().complex(property::VERTICES).is_some() => path(options, frame).unwrap_or_default(),
        _ => return None,
    })
}

/// A path from the coordinates of its shape to points.
struct Pen {
    data: String,
    scale: (f32, f32),
    shift: (f32, f32),
    /// Where it is, in points.
    at: (f32, f32),
}

impl Pen {
    fn point(&self, (x, y): (i32, i32)) -> (f32, f32) {
        ((x as f32 - self.shift.0) * self.scale.0, (y as f32 - self.shift.1) * self.scale.1)
    }

    fn put(&mut self, command: char, points: &[(i32, i32)]) {
        self.data.push(command);
        for point in points {
            self.at = self.point(*point);
            let _ = write!(self.data, "{:.2} {:.2} ", self.at.0, self.at.1);
        }
    }
}

/// Freeforms: vertices, and segments that say how they are joined.
fn path(options: Cascade<'_, '_>, frame: &Frame) -> Option<Geometry> {
    let vertices = points(options.complex(property::VERTICES)?);
    let edge = |id, usual| options.signed(id).unwrap_or(usual) as f32;
    let (left, top) = (edge(property::GEOMETRY_LEFT, 0), edge(property::GEOMETRY_TOP, 0));
    let width = edge(property::GEOMETRY_RIGHT, UNITS) - left;
    let height = edge(property::GEOMETRY_BOTTOM, UNITS) - top;
    let scale = |length: f32, points: f32| if length == 0.0 { 0.0 } else { points / length };
    let scale = (scale(width, frame.width), scale(height, frame.height));
    let pen = Pen { data: String::new(), scale, shift: (left, top), at: (0.0, 0.0) };
    let parts = match options.complex(property::SEGMENTS) {
        Some(segments) => Walk::new(vertices, pen).follow(segments),
        None => plain(&vertices, options.get(property::PATH_KIND).unwrap_or(1), pen),
    };
    (!parts.is_empty()).then_some(Geometry::Paths { paths: parts })
}

/// The array of points ([MS-ODRAW] 2.2.51 `IMsoArray`); two or four bytes for each coordinate.
fn points(data: &[u8]) -> Vec<(i32, i32)> {
    let Some((header, data)) = data.split_at_checked(6) else { return Vec::new() };
    let count = usize::from(u16::from_le_bytes([header[0], header[1]])).min(POINTS);
    let size = u16::from_le_bytes([header[4], header[5]]);
    if size == 8 {
        let point = |entry: &[u8]| {
            let at = |from: usize| {
                i32::from_le_bytes([entry[from], entry[from + 1], entry[from + 2], entry[from + 3]])
            };
            (at(0), at(4))
        };
        return data.chunks_exact(8).take(count).map(point).collect();
    }
    let point = |entry: &[u8]| {
        let at = |from: usize| i32::from(i16::from_le_bytes([entry[from], entry[from + 1]]));
        (at(0), at(2))
    };
    data.chunks_exact(4).take(count).map(point).collect()
}

/// A path without segments ([MS-ODRAW] 2.4.12 `MSOSHAPEPATH`): lines or curves, open or closed.
fn plain(vertices: &[(i32, i32)], kind: u32, mut pen: Pen) -> Vec<PathPart> {
    let Some((first, rest)) = vertices.split_first() else { return Vec::new() };
    pen.put('M', &[*first]);
    if matches!(kind, 2 | 3) {
        rest.chunks_exact(3).for_each(|curve| pen.put('C', curve));
    } else {
        rest.iter().for_each(|point| pen.put('L', &[*point]));
    }
    let closed = matches!(kind, 1 | 3);
    if closed {
        pen.data.push('Z');
    }
    vec![PathPart { data: pen.data, no_fill: !closed, no_stroke: false, shade: 0.0 }]
}

/// Going along the segments.
struct Walk {
    vertices: std::vec::IntoIter<(i32, i32)>,
    pen: Pen,
    no_fill: bool,
    no_stroke: bool,
    parts: Vec<PathPart>,
}

impl Walk {
    fn new(vertices: Vec<(i32, i32)>, pen: Pen) -> Self {
        Self { vertices: vertices.into_iter(), pen, no_fill: false, no_stroke: false, parts: Vec::new() }
    }

    /// [MS-ODRAW] 2.2.54 `MSOPATHINFO`: 3 bits of type and 13 of how often.
    fn follow(mut self, segments: &[u8]) -> Vec<PathPart> {
        for segment in segments.get(6..).unwrap_or(&[]).chunks_exact(2) {
            let segment = u16::from_le_bytes([segment[0], segment[1]]);
            let count = usize::from(segment & 0x1fff);
            match segment >> 13 {
                0 => self.put('L', 1, count.max(1)),
                1 => self.put('C', 3, count.max(1)),
                2 => self.put('M', 1, 1),
                3 => self.close(),
                4 => self.end(),
                5 => self.escape(segment >> 8 & 0x1f, usize::from(segment & 0xff)),
                _ => {}
            }
        }
        self.end();
        self.parts
    }

    fn put(&mut self, command: char, points: usize, times: usize) {
        for _ in 0..times {
            let taken: Vec<(i32, i32)> = self.vertices.by_ref().take(points).collect();
            if taken.len() < points {
                return;
            }
            // A path that begins without going anywhere begins where it goes to.
            let begins = self.pen.data.is_empty() && command != 'M';
            if let (true, Some(first)) = (begins, taken.first()) {
                self.pen.put('M', &[*first]);
            }
            self.pen.put(command, &taken);
        }
    }

    fn close(&mut self) {
        if !self.pen.data.is_empty() {
            self.pen.data.push('Z');
        }
    }

    fn end(&mut self) {
        let data = std::mem::take(&mut self.pen.data);
        let no_fill = std::mem::take(&mut self.no_fill);
        let no_stroke = std::mem::take(&mut self.no_stroke);
        if !data.is_empty() {
            self.parts.push(PathPart { data, no_fill, no_stroke, shade: 0.0 });
        }
    }

    /// [MS-ODRAW] 2.4.11 `MSOPATHESCAPE`: `count` says how many vertices it takes.
    fn escape(&mut self, code: u16, count: usize) {
        match code {
            // An ellipse by middle, radii and angles.
            1 | 2 => self.angle_ellipses(count / 3),
            // An arc by its box, its start and its end.
            3..=6 => self.arcs(count / 4, code),
            // Quarters of ellipses, which begin along the one axis or the other.
            7 | 8 => self.quarters(count, code == 7),
            9 => self.put('Q', 2, count / 2),
            10 => self.no_fill = true,
            11 => self.no_stroke = true,
            _ => drop(self.vertices.by_ref().take(count).count()),
        }
    }

    fn angle_ellipses(&mut self, count: usize) {
        for _ in 0..count {
            let (Some(middle), Some(radii), Some(_)) =
                (self.vertices.next(), self.vertices.next(), self.vertices.next())
            else {
                return;
            };
            let left = (middle.0.saturating_sub(radii.0), middle.1);
            let right = (middle.0.saturating_add(radii.0), middle.1);
            self.pen.put('M', &[left]);
            self.arc(radii, true, right);
            self.arc(radii, true, left);
            self.pen.data.push('Z');
        }
    }

    fn arcs(&mut self, count: usize, code: u16) {
        for _ in 0..count {
            let taken: Vec<(i32, i32)> = self.vertices.by_ref().take(4).collect();
            let [low, high, start, end] = taken[..] else { return };
            let radii = (
                (high.0.saturating_sub(low.0) / 2).saturating_abs(),
                (high.1.saturating_sub(low.1) / 2).saturating_abs(),
            );
            let joined = matches!(code, 3 | 5) && !self.pen.data.is_empty();
            self.pen.put(if joined { 'L' } else { 'M' }, &[start]);
            self.arc(radii, code >= 5, end);
        }
    }

    fn quarters(&mut self, count: usize, mut along_x: bool) {
        for _ in 0..count {
            let Some(to) = self.vertices.next() else { return };
            let (from, (x, y)) = (self.pen.at, self.pen.point(to));
            // The control point of a curve that leaves along one axis and comes in along the other.
            let control = if along_x { (x, from.1) } else { (from.0, y) };
            let _ = write!(self.pen.data, "Q{:.2} {:.2} {x:.2} {y:.2} ", control.0, control.1);
            self.pen.at = (x, y);
            along_x = !along_x;
        }
    }

    fn arc(&mut self, radii: (i32, i32), clockwise: bool, to: (i32, i32)) {
        let (rx, ry) = (radii.0 as f32 * self.pen.scale.0, radii.1 as f32 * self.pen.scale.1);
        let (x, y) = self.pen.point(to);
        let sweep = u8::from(clockwise);
        let _ = write!(self.pen.data, "A{:.2} {:.2} 0 0 {sweep} {x:.2} {y:.2} ", rx.abs(), ry.abs());
        self.pen.at = (x, y);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{options, table};
    use super::*;

    fn array(size: u16, entries: &[i16]) -> Vec<u8> {
        let count = entries.len() as u16 / if size == 2 { 1 } else { 2 };
        let mut bytes = [count, count, size].map(u16::to_le_bytes).concat();
        bytes.extend(entries.iter().flat_map(|entry| entry.to_le_bytes()));
        bytes
    }

    /// A freeform with these vertices and segments, on 100 × 100 units, drawn at 10 × 20 points.
    fn drawn(vertices: &[i16], segments: Option<&[u16]>) -> Geometry {
        let vertices = array(0xfff0, vertices);
        let segments = segments.map(|segments| {
            array(2, &segments.iter().map(|segment| segment.cast_signed()).collect::<Vec<i16>>())
        });
        let mut entries: Vec<(u16, u32)> = vec![(0x142, 100), (0x143, 100), (0x8145, vertices.len() as u32)];
        entries.extend(segments.as_ref().map(|segments| (0x8146, segments.len() as u32)));
        let complex = [vertices, segments.into_iter().flatten().collect()].concat();
        let bytes = table(&entries, &complex);
        let options = options(&bytes);
        let frame = Frame { width: 10.0, height: 20.0, ..Frame::default() };
        outline(Cascade::of(&options), 0, &frame).0
    }

    fn data(geometry: &Geometry) -> Vec<&str> {
        match geometry {
            Geometry::Paths { paths } => paths.iter().map(|path| path.data.trim()).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn freeforms_follow_their_segments() {
        let corner = [0, 0, 100, 0, 100, 100];
        for (vertices, segments, expected) in [
            (&corner[..], None, "M0.00 0.00 L10.00 0.00 L10.00 20.00 Z"),
            (&corner, Some(&[0x4000, 0x0002, 0x6000, 0x8000][..]), "M0.00 0.00 L10.00 0.00 L10.00 20.00 Z"),
            (
                &[0, 0, 0, 50, 50, 100, 100, 100],
                Some(&[0x4000, 0x2001]),
                "M0.00 0.00 C0.00 10.00 5.00 20.00 10.00 20.00",
            ),
            (&[0, 0, 100, 100], Some(&[0x4000, 0xa701]), "M0.00 0.00 Q10.00 0.00 10.00 20.00"),
            (&[0, 0, 100, 100, 0, 50, 100, 50], Some(&[0xa604]), "M0.00 10.00 A5.00 10.00 0 0 1 10.00 10.00"),
            // More segments than vertices.
            (&[0, 0], Some(&[0x4000, 0x1fff, 0x2fff]), "M0.00 0.00"),
        ] {
            assert_eq!(data(&drawn(vertices, segments)), [expected]);
        }
        assert_eq!(drawn(&[], None), Geometry::Box);
        assert_eq!(drawn(&[], Some(&[0x8000])), Geometry::Box);
    }

    #[test]
    fn presets_that_the_model_names() {
        let frame = Frame { width: 12.0, height: 24.0, ..Frame::default() };
        for (preset, expected) in [
            (1, Geometry::Box),
            (2, Geometry::Rounded { radius: 2.0 }),
            (3, Geometry::Ellipse),
            (20, Geometry::Line),
            (0, Geometry::Box),
        ] {
            assert_eq!(outline(Cascade::default(), preset, &frame).0, expected);
        }
    }
}
