//! A device context ([MS-EMF] 3.1.1.2) that writes SVG.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::bitmap::Bitmap;
use super::space::{Matrix, Point, Space};
use super::text::{Font, TextStyle};
use crate::drawing::text::symbol::likeness;

/// States that may be saved, objects that may be there.
const SAVED: usize = 256;
const OBJECTS: usize = 65_536;
/// What is farther away is not drawn: no number of ours is longer than that.
const FAR: f64 = 1e7;

pub(super) type Rgb = [u8; 3];

/// What lines are drawn with; none = nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pen {
    pub(super) color: Rgb,
    /// In coordinates of records; 0 = one pixel.
    pub(super) width: f64,
    /// [MS-WMF] 2.1.1.23 `PenStyle`, its lowest four bits.
    pub(super) style: u32,
}

/// What insides are filled with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Brush {
    Solid(Rgb),
    /// Lines in a colour, or a pattern: half of it is seen.
    Hatched(Rgb),
    Pattern,
    Null,
}

/// What a record may choose by its number.
#[derive(Clone, Debug)]
pub(super) enum Object {
    Pen(Option<Pen>),
    Brush(Brush),
    Font(Font),
    /// Palettes and regions, which are not drawn with.
    Other,
}

/// How the next record draws.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) space: Space,
    pub(super) pen: Option<Pen>,
    pub(super) brush: Brush,
    pub(super) text: TextStyle,
    pub(super) back: Rgb,
    /// Polygons are filled by the winding rule, not by the even-odd rule.
    pub(super) winding: bool,
    pub(super) clockwise: bool,
    pub(super) at: Point,
}

/// What is drawn so far.
pub(super) struct Canvas {
    pub(super) state: State,
    saved: Vec<State>,
    objects: HashMap<u32, Object>,
    /// No number below it is free.
    free: u32,
    /// SVG of what is drawn, and the words in it.
    out: String,
    words: String,
    /// Characters that there is still room for.
    room: usize,
    /// Pixels of bitmaps that there is still room for.
    pixels: u64,
    /// The path that records add to, between its beginning and its end, in SVG.
    path: Option<String>,
    /// The last one that ended, until it is painted.
    whole: String,
    /// What is seen of the picture: left, top, width, height; and its size in points.
    pub(super) view: Option<[f64; 4]>,
    /// What has been drawn: left, top, right, bottom.
    drawn: Option<[f64; 4]>,
}

impl Canvas {
    pub(super) fn new(room: usize, pixels: u64) -> Self {
        let state = State {
            space: Space::default(),
            pen: Some(Pen { color: [0; 3], width: 0.0, style: 0 }),
            brush: Brush::Solid([255; 3]),
            text: TextStyle::default(),
            back: [255; 3],
            winding: false,
            clockwise: false,
            at: Point::default(),
        };
        Self {
            state,
            saved: Vec::new(),
            objects: HashMap::new(),
            free: 0,
            out: String::new(),
            words: String::new(),
            room,
            pixels,
            path: None,
            whole: String::new(),
            view: None,
            drawn: None,
        }
    }

    /// The whole picture; none where nothing is drawn.
    pub(super) fn finish(self) -> Option<String> {
        if self.out.is_empty() {
            return None;
        }
        let drawn = self.drawn.map(|[left, top, right, bottom]| [left, top, right - left, bottom - top]);
        let usable =
            |view: &[f64; 4]| view[2] > 0.0 && view[3] > 0.0 && view.iter().all(|side| side.abs() <= FAR);
        let [x, y, width, height] = self.view.filter(usable).or(drawn.filter(usable))?;
        Some(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{x:.2} {y:.2} {width:.2} {height:.2}\" \
             width=\"{width:.2}\" height=\"{height:.2}\" preserveAspectRatio=\"none\">{}</svg>",
            self.out
        ))
    }

    pub(super) fn into_words(self) -> String {
        self.words
    }

    /// Whether there is room for more; once there is not, nothing more is drawn.
    fn take(&mut self, length: usize) -> bool {
        match self.room.checked_sub(length) {
            Some(room) => self.room = room,
            None => self.room = 0,
        }
        self.room > 0
    }

    pub(super) const fn is_full(&self) -> bool {
        self.room == 0
    }

    pub(super) fn save(&mut self) {
        if self.saved.len() < SAVED {
            self.saved.push(self.state.clone());
        }
    }

    /// Back to a state: by its number, or counted back from the last as a negative number.
    pub(super) fn restore(&mut self, which: i32) {
        let length = i32::try_from(self.saved.len()).unwrap_or(i32::MAX);
        let index = if which < 0 { length.saturating_add(which) } else { which.saturating_sub(1) };
        let Ok(index) = usize::try_from(index) else { return };
        if index < self.saved.len() {
            self.saved.truncate(index + 1);
            self.state = self.saved.pop().unwrap_or_else(|| self.state.clone());
        }
    }

    pub(super) fn add_object(&mut self, number: u32, object: Object) {
        if self.objects.len() < OBJECTS {
            self.objects.insert(number, object);
        }
    }

    /// The lowest number that no object has: how WMF counts them.
    pub(super) fn add_next_object(&mut self, object: Object) {
        while self.objects.contains_key(&self.free) {
            self.free += 1;
        }
        self.add_object(self.free, object);
    }

    pub(super) fn delete_object(&mut self, number: u32) {
        self.objects.remove(&number);
        self.free = self.free.min(number);
    }

    pub(super) fn select(&mut self, number: u32) {
        match self.objects.get(&number).cloned().or_else(|| stock(number)) {
            Some(Object::Pen(pen)) => self.state.pen = pen,
            Some(Object::Brush(brush)) => self.state.brush = brush,
            Some(Object::Font(font)) => self.state.text.font = font,
            Some(Object::Other) | None => {}
        }
    }

    /// A point in the picture; what is too far away is put at the edge of what is drawn.
    fn place(&mut self, matrix: &Matrix, point: Point) -> Point {
        let place = matrix.apply(point);
        let near = |side: f64| if side.is_finite() { side.clamp(-FAR, FAR) } else { 0.0 };
        let place = Point::new(near(place.x), near(place.y));
        let [left, top, right, bottom] = self.drawn.unwrap_or([place.x, place.y, place.x, place.y]);
        self.drawn = Some([left.min(place.x), top.min(place.y), right.max(place.x), bottom.max(place.y)]);
        place
    }

    /// Adds to the open path, or draws at once.
    pub(super) fn draw(&mut self, outline: &Outline, fill: bool) {
        let matrix = self.state.space.matrix();
        let mut data = String::new();
        for step in &outline.0 {
            let (letter, points): (char, &[Point]) = match step {
                Step::Move(point) => ('M', std::slice::from_ref(point)),
                Step::Line(point) => ('L', std::slice::from_ref(point)),
                Step::Curve(points) => ('C', points),
                Step::Close => ('Z', &[]),
            };
            data.push(letter);
            for point in points {
                let place = self.place(&matrix, *point);
                let _ = write!(data, "{} {} ", Short(place.x), Short(place.y));
            }
        }
        if !self.take(data.len()) {
            return;
        }
        match &mut self.path {
            Some(path) => path.push_str(&data),
            None => self.paint(&data, fill, true),
        }
    }

    fn paint(&mut self, data: &str, fill: bool, stroke: bool) {
        let pen = self.state.pen.filter(|_| stroke);
        let brush = if fill { self.state.brush } else { Brush::Null };
        if data.is_empty() || pen.is_none() && brush == Brush::Null || !self.take(data.len() + 100) {
            return;
        }
        let _ = write!(self.out, "<path d=\"{data}\"");
        self.put_fill(brush);
        if let Some(pen) = pen {
            self.put_stroke(pen);
        }
        self.out.push_str("/>");
    }

    fn put_fill(&mut self, brush: Brush) {
        let rule = if self.state.winding { "" } else { " fill-rule=\"evenodd\"" };
        let _ = match brush {
            Brush::Solid(color) => write!(self.out, " fill=\"{}\"{rule}", Hex(color)),
            Brush::Hatched(color) => write!(self.out, " fill=\"{}\" fill-opacity=\".5\"{rule}", Hex(color)),
            Brush::Pattern => {
                write!(self.out, " fill=\"{}\" fill-opacity=\".5\"{rule}", Hex(self.state.text.color))
            }
            Brush::Null => write!(self.out, " fill=\"none\""),
        };
    }

    fn put_stroke(&mut self, pen: Pen) {
        let width = (pen.width * self.state.space.scale()).min(FAR);
        let _ = write!(self.out, " stroke=\"{}\"", Hex(pen.color));
        // A pen without width is as thin as it gets at any size.
        let _ = if width > 0.0 {
            write!(self.out, " stroke-width=\"{}\"", Short(width))
        } else {
            write!(self.out, " stroke-width=\"1\" vector-effect=\"non-scaling-stroke\"")
        };
        let unit = if width > 0.0 { width } else { 1.0 };
        let dashes: &[f64] = match pen.style & 0xf {
            1 => &[4.0, 2.0],
            2 => &[1.0, 2.0],
            3 => &[4.0, 2.0, 1.0, 2.0],
            4 => &[4.0, 2.0, 1.0, 2.0, 1.0, 2.0],
            _ => return,
        };
        self.out.push_str(" stroke-dasharray=\"");
        for dash in dashes {
            let _ = write!(self.out, "{} ", Short(dash * unit));
        }
        self.out.push('"');
    }

    pub(super) fn begin_path(&mut self) {
        self.path = Some(String::new());
    }

    /// The path is whole: what comes after is drawn at once again.
    pub(super) fn end_path(&mut self) {
        self.whole = self.path.take().unwrap_or_default();
    }

    pub(super) const fn in_path(&self) -> bool {
        self.path.is_some()
    }

    pub(super) fn drop_path(&mut self) {
        self.path = None;
        self.whole.clear();
    }

    pub(super) fn paint_path(&mut self, fill: bool, stroke: bool) {
        let path = std::mem::take(&mut self.whole);
        self.paint(&path, fill, stroke);
    }

    /// A bitmap over a box; `operation` says how it is laid over what is there ([MS-WMF] 2.1.1.31).
    pub(super) fn image(&mut self, bitmap: Bitmap<'_>, corner: Point, size: Point, operation: u32) {
        let pixels = bitmap.size().map_or(u64::MAX, |(width, height)| u64::from(width) * u64::from(height));
        let Some(left) = self.pixels.checked_sub(pixels) else { return };
        self.pixels = left;
        let Some(url) = bitmap.data_url().filter(|url| self.take(url.len() + 200)) else { return };
        let matrix = self.state.space.matrix();
        let one = self.place(&matrix, corner);
        let other = self.place(&matrix, Point::new(corner.x + size.x, corner.y + size.y));
        let (x, y) = (one.x.min(other.x), one.y.min(other.y));
        let (width, height) = ((one.x - other.x).abs(), (one.y - other.y).abs());
        // Masks are laid over with AND, what they mask with OR or XOR.
        let blend = match operation {
            0x0088_00c6 => " style=\"mix-blend-mode:multiply\"",
            0x00ee_0086 | 0x0066_0046 => " style=\"mix-blend-mode:screen\"",
            _ => "",
        };
        let _ = write!(
            self.out,
            "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\"{blend} href=\"{url}\"/>",
            Short(x),
            Short(y),
            Short(width),
            Short(height),
        );
    }

    /// A box filled without a bitmap: with the brush, black, or white.
    pub(super) fn block(&mut self, corner: Point, size: Point, operation: u32) {
        let brush = match operation {
            0x00f0_0021 => self.state.brush,
            0x0000_0042 => Brush::Solid([0; 3]),
            0x00ff_0062 => Brush::Solid([255; 3]),
            _ => return,
        };
        let (pen, before) = (self.state.pen.take(), std::mem::replace(&mut self.state.brush, brush));
        self.draw(&Outline::rectangle(corner, Point::new(corner.x + size.x, corner.y + size.y)), true);
        (self.state.pen, self.state.brush) = (pen, before);
    }

    /// Text at a point; `width` is that of the whole text where the record says it.
    pub(super) fn text(&mut self, text: &str, at: Point, width: Option<f64>) {
        let font = &self.state.text.font.name;
        let shown = |letter| likeness(letter, font).unwrap_or(letter);
        let text: String = text.chars().filter(|letter| !letter.is_control()).map(shown).collect();
        if text.is_empty() || !self.take(text.len() * 6 + 300) {
            return;
        }
        self.words.push_str(&text);
        self.words.push('\n');
        if text.trim().is_empty() {
            return;
        }
        let matrix = self.state.space.matrix();
        let at = if self.state.text.follows() { self.state.at } else { at };
        let place = self.place(&matrix, at);
        let (scale, turn) = self.state.space.upright();
        let wide = self.state.space.matrix().0;
        let width = width.map(|width| width * wide[0].hypot(wide[1]));
        self.state.text.put(&mut self.out, &text, place, (scale.min(FAR), turn), width);
        if self.state.text.follows() {
            self.state.at.x += width.unwrap_or(0.0) / wide[0].hypot(wide[1]).max(f64::MIN_POSITIVE);
        }
    }
}

/// Objects that are always there ([MS-EMF] 2.1.31 `StockObject`).
fn stock(number: u32) -> Option<Object> {
    let index = number.checked_sub(0x8000_0000)?;
    let pen = |color: u8| Object::Pen(Some(Pen { color: [color; 3], width: 0.0, style: 0 }));
    Some(match index {
        0 | 18 => Object::Brush(Brush::Solid([255; 3])),
        1 => Object::Brush(Brush::Solid([192; 3])),
        2 => Object::Brush(Brush::Solid([128; 3])),
        3 => Object::Brush(Brush::Solid([64; 3])),
        4 => Object::Brush(Brush::Solid([0; 3])),
        5 => Object::Brush(Brush::Null),
        6 => pen(255),
        7 | 19 => pen(0),
        8 => Object::Pen(None),
        10..=17 => Object::Font(Font::default()),
        _ => return None,
    })
}

/// A step of an outline, in coordinates of records.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Move(Point),
    Line(Point),
    Curve([Point; 3]),
    Close,
}

/// An outline, in coordinates of records.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outline(Vec<Step>);

/// How far away the control points of a quarter of a circle are, as a share of its radius.
const QUARTER: f64 = 0.552_284_75;

impl Outline {
    pub(super) fn line(points: &[Point], closed: bool) -> Self {
        let mut outline = Self::default();
        outline.add_line(points, closed);
        outline
    }

    pub(super) fn add_line(&mut self, points: &[Point], closed: bool) {
        let Some((first, rest)) = points.split_first() else { return };
        self.0.push(Step::Move(*first));
        self.0.extend(rest.iter().map(|point| Step::Line(*point)));
        if closed {
            self.0.push(Step::Close);
        }
    }

    /// From a point on, three points a curve.
    pub(super) fn curves(first: Point, rest: &[Point]) -> Self {
        let curves = rest.chunks_exact(3).map(|points| Step::Curve([points[0], points[1], points[2]]));
        Self(std::iter::once(Step::Move(first)).chain(curves).collect())
    }

    /// Goes on from where a path is.
    pub(super) fn onward(mut self) -> Self {
        if let Some(Step::Move(_)) = self.0.first() {
            self.0.remove(0);
        }
        self
    }

    pub(super) fn closing() -> Self {
        Self(vec![Step::Close])
    }

    pub(super) fn rectangle(one: Point, other: Point) -> Self {
        let corners = [one, Point::new(other.x, one.y), other, Point::new(one.x, other.y)];
        Self::line(&corners, true)
    }

    pub(super) fn ellipse(one: Point, other: Point) -> Self {
        Self::rounded(one, other, Point::new(f64::MAX, f64::MAX))
    }

    /// A box with corners of these diameters.
    pub(super) fn rounded(one: Point, other: Point, corner: Point) -> Self {
        let (left, right) = (one.x.min(other.x), one.x.max(other.x));
        let (top, bottom) = (one.y.min(other.y), one.y.max(other.y));
        let x = (corner.x.abs() / 2.0).min((right - left) / 2.0);
        let y = (corner.y.abs() / 2.0).min((bottom - top) / 2.0);
        let (dx, dy) = (x * (1.0 - QUARTER), y * (1.0 - QUARTER));
        let p = Point::new;
        Self(vec![
            Step::Move(p(left + x, top)),
            Step::Line(p(right - x, top)),
            Step::Curve([p(right - dx, top), p(right, top + dy), p(right, top + y)]),
            Step::Line(p(right, bottom - y)),
            Step::Curve([p(right, bottom - dy), p(right - dx, bottom), p(right - x, bottom)]),
            Step::Line(p(left + x, bottom)),
            Step::Curve([p(left + dx, bottom), p(left, bottom - dy), p(left, bottom - y)]),
            Step::Line(p(left, top + y)),
            Step::Curve([p(left, top + dy), p(left + dx, top), p(left + x, top)]),
            Step::Close,
        ])
    }

    /// A part of the ellipse in a box, between the rays to two points ([MS-EMF] 2.3.5.2).
    pub(super) fn arc(corners: (Point, Point), rays: (Point, Point), clockwise: bool, kind: Arc) -> Self {
        let middle = Point::new((corners.0.x + corners.1.x) / 2.0, (corners.0.y + corners.1.y) / 2.0);
        let radius =
            Point::new((corners.1.x - corners.0.x).abs() / 2.0, (corners.1.y - corners.0.y).abs() / 2.0);
        if radius.x == 0.0 || radius.y == 0.0 {
            return Self::default();
        }
        let angle = |ray: Point| ((ray.y - middle.y) / radius.y).atan2((ray.x - middle.x) / radius.x);
        let turn = std::f64::consts::TAU;
        let (start, end) = (angle(rays.0), angle(rays.1));
        // Coordinates go down, so angles go clockwise.
        let sweep = if clockwise { (end - start).rem_euclid(turn) } else { -(start - end).rem_euclid(turn) };
        let sweep = if sweep == 0.0 { turn } else { sweep };
        let point =
            |angle: f64| Point::new(middle.x + radius.x * angle.cos(), middle.y + radius.y * angle.sin());
        let pieces = (sweep.abs() / std::f64::consts::FRAC_PI_2).ceil().clamp(1.0, 4.0);
        let step = sweep / pieces;
        let handle = 4.0 / 3.0 * (step / 4.0).tan();
        let mut steps = vec![Step::Move(point(start))];
        for piece in 0..pieces as u32 {
            let (from, to) = (start + step * f64::from(piece), start + step * f64::from(piece + 1));
            let (one, other) = (point(from), point(to));
            let first =
                Point::new(one.x - handle * radius.x * from.sin(), one.y + handle * radius.y * from.cos());
            let second =
                Point::new(other.x + handle * radius.x * to.sin(), other.y - handle * radius.y * to.cos());
            steps.push(Step::Curve([first, second, other]));
        }
        match kind {
            Arc::Open => {}
            Arc::Chord => steps.push(Step::Close),
            Arc::Pie => steps.extend([Step::Line(middle), Step::Close]),
        }
        Self(steps)
    }

    /// Where it ends.
    pub(super) fn end(&self) -> Option<Point> {
        self.0.iter().rev().find_map(|step| match step {
            Step::Move(point) | Step::Line(point) => Some(*point),
            Step::Curve(points) => Some(points[2]),
            Step::Close => None,
        })
    }
}

/// How a part of an ellipse is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arc {
    Open,
    Chord,
    Pie,
}

/// A number with two decimals at most.
pub(super) struct Short(pub(super) f64);

impl std::fmt::Display for Short {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rounded = (self.0 * 100.0).round() / 100.0;
        write!(out, "{}", if rounded.is_finite() { rounded + 0.0 } else { 0.0 })
    }
}

/// A colour as SVG writes it.
pub(super) struct Hex(pub(super) Rgb);

impl std::fmt::Display for Hex {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [red, green, blue] = self.0;
        write!(out, "#{red:02x}{green:02x}{blue:02x}")
    }
}
