//! The records of EMF ([MS-EMF] 2.3).

use super::bitmap::Bitmap;
use super::canvas::{Arc, Brush, Canvas, Object, Outline, Pen, Rgb};
use super::space::{Mapping, Matrix, Point};
use super::text::Font;
use super::{Fields, color};
use crate::container::bytes::utf16_to_nul;

/// Bytes of a record's type and size.
const RECORD: usize = 8;
/// [MS-EMF] 2.1.11 `ExtTextOutOptions`: a box is filled behind the text; glyphs instead of letters; no box; bytes instead
/// of UTF-16; distances come in pairs.
const OPAQUE: u32 = 0x02;
const GLYPHS: u32 = 0x10;
const NO_BOX: u32 = 0x100;
const SMALL: u32 = 0x200;
const PAIRS: u32 = 0x2000;

pub(super) fn is_emf(bytes: &[u8]) -> bool {
    bytes.starts_with(&[1, 0, 0, 0]) && bytes.get(40..44) == Some(b" EMF")
}

/// What the header says of the device that the picture was made for.
#[derive(Clone, Copy)]
struct Device {
    /// Pixels in a millimetre.
    x: f64,
    y: f64,
}

/// Draws the records.
pub(super) fn play(bytes: &[u8], canvas: &mut Canvas) -> Option<()> {
    let device = header(bytes, canvas)?;
    let mut rest = bytes;
    while rest.len() >= RECORD && !canvas.is_full() {
        let mut fields = Fields(rest);
        let (kind, size) = (fields.u32()?, fields.u32()? as usize);
        if kind == 14 || size < RECORD {
            break;
        }
        let record = &rest[..size.min(rest.len())];
        // A record that is cut draws nothing; the others do.
        let _ = play_record(kind, record, device, canvas);
        rest = rest.get(size..).unwrap_or(&[]);
    }
    Some(())
}

/// [MS-EMF] 2.3.4.2 `EMR_HEADER`: the frame in hundredths of a millimetre is what is seen.
fn header(bytes: &[u8], canvas: &mut Canvas) -> Option<Device> {
    let mut fields = Fields(bytes.get(RECORD..)?);
    let (left, top, right, bottom) = (fields.i32()?, fields.i32()?, fields.i32()?, fields.i32()?);
    let mut side = || fields.i32().map(f64::from);
    let frame = [side()?, side()?, side()?, side()?];
    let mut sizes = Fields(bytes.get(72..)?);
    let mut side = || sizes.i32().map(f64::from).map(|side| side.max(1.0));
    let (pixels, millimetres) = ((side()?, side()?), (side()?, side()?));
    let device = Device { x: pixels.0 / millimetres.0, y: pixels.1 / millimetres.1 };
    let (x, y) = (device.x / 100.0, device.y / 100.0);
    let (width, height) = ((frame[2] - frame[0]) * x, (frame[3] - frame[1]) * y);
    canvas.view = Some(if width > 0.0 && height > 0.0 {
        [frame[0] * x, frame[1] * y, width, height]
    } else {
        let bounds = [left, top, right, bottom].map(f64::from);
        [bounds[0], bounds[1], bounds[2] - bounds[0] + 1.0, bounds[3] - bounds[1] + 1.0]
    });
    Some(device)
}

fn play_record(kind: u32, record: &[u8], device: Device, canvas: &mut Canvas) -> Option<()> {
    let mut fields = Fields(record.get(RECORD..)?);
    match kind {
        2..=8 | 85..=91 => lines(kind, &mut fields, canvas),
        9..=12 | 17 | 31 | 32 | 35 | 36 => space(kind, &mut fields, device, canvas),
        19 | 22 | 24 | 25 | 27 | 33 | 34 | 57 => state(kind, &mut fields, canvas),
        37..=40 | 82 | 93..=95 => objects(kind, &mut fields, canvas),
        41..=47 | 54 | 55 => shapes(kind, &mut fields, canvas),
        59..=64 | 67 | 68 => paths(kind, canvas),
        76 | 77 | 80 | 81 | 114 => images(kind, record, canvas),
        83 | 84 | 108 => text(kind, record, canvas),
        _ => Some(()),
    }
}

fn point(fields: &mut Fields<'_>) -> Option<Point> {
    let (x, y) = (fields.i32()?, fields.i32()?);
    Some(Point::of(x, y))
}

fn points(fields: &mut Fields<'_>, count: u32, short: bool) -> Vec<Point> {
    let mut next = || if short { Some(Point::of(fields.i16()?, fields.i16()?)) } else { point(fields) };
    (0..count).map_while(|_| next()).collect()
}

/// Polylines, polygons and curves, with coordinates in 32 or in 16 bits.
fn lines(kind: u32, fields: &mut Fields<'_>, canvas: &mut Canvas) -> Option<()> {
    fields.take(16)?;
    let short = kind >= 85;
    let kind = if short { kind - 83 } else { kind };
    let count = fields.u32()?;
    if kind >= 7 {
        fields.u32()?;
        let counts: Vec<u32> = (0..count).map_while(|_| fields.u32()).collect();
        let mut outline = Outline::default();
        for count in counts {
            outline.add_line(&points(fields, count, short), kind == 8);
        }
        canvas.draw(&outline, kind == 8);
        return Some(());
    }
    let points = points(fields, count, short);
    let (first, rest) = points.split_first()?;
    let at = canvas.state.at;
    match kind {
        2 => canvas.draw(&Outline::curves(*first, rest), false),
        3 => canvas.draw(&Outline::line(&points, true), true),
        4 => canvas.draw(&Outline::line(&points, false), false),
        5 => onward(Outline::curves(at, &points), canvas),
        _ => {
            let whole: Vec<Point> = std::iter::once(at).chain(points.iter().copied()).collect();
            onward(Outline::line(&whole, false), canvas);
        }
    }
    Some(())
}

/// Draws from where the last one ended, and moves there.
fn onward(outline: Outline, canvas: &mut Canvas) {
    let end = outline.end();
    let in_path = canvas.in_path();
    canvas.draw(&if in_path { outline.onward() } else { outline }, false);
    canvas.state.at = end.unwrap_or(canvas.state.at);
}

/// Windows, viewports and transforms.
fn space(kind: u32, fields: &mut Fields<'_>, device: Device, canvas: &mut Canvas) -> Option<()> {
    let space = &mut canvas.state.space;
    match kind {
        9 => space.window_size = point(fields)?,
        10 => space.window = point(fields)?,
        11 => space.viewport_size = point(fields)?,
        12 => space.viewport = point(fields)?,
        17 => {
            // [MS-EMF] 2.1.21 `MapMode`: tenths and hundredths of a millimetre, of an inch, twentieths of a point.
            let unit = |millimetres: f64| Mapping::Fixed(device.x * millimetres, device.y * millimetres);
            space.mapping = match fields.u32()? {
                2 => unit(0.1),
                3 => unit(0.01),
                4 => unit(0.254),
                5 => unit(0.0254),
                6 => unit(25.4 / 1440.0),
                7 => Mapping::Stretched { isotropic: true },
                8 => Mapping::Stretched { isotropic: false },
                _ => Mapping::Pixels,
            };
        }
        31 | 32 => {
            let size = if kind == 31 { &mut space.viewport_size } else { &mut space.window_size };
            let mut factor = || {
                let (by, over) = (f64::from(fields.i32()?), f64::from(fields.i32()?));
                Some(if by == 0.0 || over == 0.0 { 1.0 } else { by / over })
            };
            size.x *= factor()?;
            size.y *= factor()?;
        }
        35 => space.world = matrix(fields)?,
        _ => {
            let by = matrix(fields)?;
            space.world = match fields.u32()? {
                1 => Matrix::default(),
                2 => by.then(&space.world),
                3 => space.world.then(&by),
                _ => by,
            };
        }
    }
    Some(())
}

fn matrix(fields: &mut Fields<'_>) -> Option<Matrix> {
    let mut cells = [0.0; 6];
    for cell in &mut cells {
        *cell = f64::from(fields.f32().filter(|cell| cell.is_finite())?);
    }
    Some(Matrix(cells))
}

fn state(kind: u32, fields: &mut Fields<'_>, canvas: &mut Canvas) -> Option<()> {
    match kind {
        19 => canvas.state.winding = fields.u32()? == 2,
        22 => canvas.state.text.align = fields.u32()?,
        24 => canvas.state.text.color = color(fields)?,
        25 => canvas.state.back = color(fields)?,
        27 => {
            let at = point(fields)?;
            canvas.state.at = at;
            if canvas.in_path() {
                canvas.draw(&Outline::line(&[at], false), false);
            }
        }
        33 => canvas.save(),
        34 => canvas.restore(fields.i32()?),
        _ => canvas.state.clockwise = fields.u32()? == 2,
    }
    Some(())
}

fn objects(kind: u32, fields: &mut Fields<'_>, canvas: &mut Canvas) -> Option<()> {
    let number = fields.u32()?;
    let object = match kind {
        37 => {
            canvas.select(number);
            return Some(());
        }
        40 => {
            canvas.delete_object(number);
            return Some(());
        }
        38 => {
            let (style, width) = (fields.u32()?, f64::from(fields.i32()?).abs());
            fields.i32()?;
            pen(style, width, color(fields)?)
        }
        39 => brush(fields.u32()?, color(fields)?),
        82 => Object::Font(font(fields)?),
        95 => {
            fields.take(16)?;
            let (style, width) = (fields.u32()?, f64::from(fields.u32()?));
            let hollow = fields.u32()? == 1;
            // Cosmetic pens are as thin as it gets ([MS-EMF] 2.1.25).
            let width = if style & 0x1_0000 == 0 { 0.0 } else { width };
            let color = color(fields)?;
            if hollow { Object::Pen(None) } else { pen(style, width, color) }
        }
        _ => Object::Brush(Brush::Pattern),
    };
    canvas.add_object(number, object);
    Some(())
}

fn pen(style: u32, width: f64, color: Rgb) -> Object {
    Object::Pen((style & 0xf != 5).then_some(Pen { color, width, style }))
}

fn brush(style: u32, color: Rgb) -> Object {
    Object::Brush(match style {
        0 => Brush::Solid(color),
        1 => Brush::Null,
        2 => Brush::Hatched(color),
        _ => Brush::Pattern,
    })
}

/// [MS-EMF] 2.2.13 `LogFont`.
fn font(fields: &mut Fields<'_>) -> Option<Font> {
    let height = f64::from(fields.i32()?);
    fields.i32()?;
    let turn = f64::from(fields.i32()?);
    fields.i32()?;
    let weight = fields.u32()?;
    let [italic, underline, strike, charset] = fields.array()?;
    fields.take(4)?;
    let name = &fields.0[..fields.0.len().min(64)];
    Some(Font {
        name: utf16_to_nul(name),
        height,
        turn,
        weight,
        italic: italic != 0,
        underline: underline != 0,
        strike: strike != 0,
        charset,
    })
}

fn shapes(kind: u32, fields: &mut Fields<'_>, canvas: &mut Canvas) -> Option<()> {
    match kind {
        41 => angle_arc(fields, canvas)?,
        54 => {
            let line = Outline::line(&[canvas.state.at, point(fields)?], false);
            onward(line, canvas);
        }
        _ => {
            let (one, other) = (point(fields)?, point(fields)?);
            match kind {
                42 => canvas.draw(&Outline::ellipse(one, other), true),
                43 => canvas.draw(&Outline::rectangle(one, other), true),
                44 => canvas.draw(&Outline::rounded(one, other, point(fields)?), true),
                _ => arc(kind, (one, other), (point(fields)?, point(fields)?), canvas),
            }
        }
    }
    Some(())
}

fn arc(kind: u32, corners: (Point, Point), rays: (Point, Point), canvas: &mut Canvas) {
    let closed = match kind {
        46 => Arc::Chord,
        47 => Arc::Pie,
        _ => Arc::Open,
    };
    let outline = Outline::arc(corners, rays, canvas.state.clockwise, closed);
    if kind == 55 {
        onward(outline, canvas);
    } else {
        canvas.draw(&outline, closed != Arc::Open);
    }
}

/// A line to an arc by middle, radius, and angles in degrees, counterclockwise.
fn angle_arc(fields: &mut Fields<'_>, canvas: &mut Canvas) -> Option<()> {
    let (middle, radius) = (point(fields)?, f64::from(fields.u32()?));
    let (start, sweep) = (f64::from(fields.f32()?), f64::from(fields.f32()?));
    if !start.is_finite() || !sweep.is_finite() {
        return None;
    }
    let ray = |degrees: f64| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Point::new(middle.x + radius * cos, middle.y - radius * sin)
    };
    let corners =
        (Point::new(middle.x - radius, middle.y - radius), Point::new(middle.x + radius, middle.y + radius));
    let outline = Outline::arc(corners, (ray(start), ray(start + sweep)), sweep < 0.0, Arc::Open);
    onward(outline, canvas);
    Some(())
}

/// Paths are gathered between two records, and painted by a third.
fn paths(kind: u32, canvas: &mut Canvas) -> Option<()> {
    match kind {
        59 => canvas.begin_path(),
        60 => canvas.end_path(),
        61 => canvas.draw(&Outline::closing(), false),
        62 => canvas.paint_path(true, false),
        63 => canvas.paint_path(true, true),
        64 => canvas.paint_path(false, true),
        // Clipping paths, and those given up.
        _ => canvas.drop_path(),
    }
    Some(())
}

fn images(kind: u32, record: &[u8], canvas: &mut Canvas) -> Option<()> {
    let mut fields = Fields(record.get(RECORD + 16..)?);
    let corner = point(&mut fields)?;
    let (size, operation, parts) = match kind {
        76 | 77 | 114 => {
            let (size, operation) = (point(&mut fields)?, fields.u32()?);
            fields.take(8 + 24 + 8)?;
            (size, if kind == 114 { 0x00cc_0020 } else { operation }, parts(&mut fields)?)
        }
        _ => {
            fields.take(8)?;
            let source = point(&mut fields)?;
            let parts = parts(&mut fields)?;
            fields.u32()?;
            if kind == 80 {
                (source, 0x00cc_0020, parts)
            } else {
                (point_after(&mut fields)?, operation_of(record)?, parts)
            }
        }
    };
    let slice = |(from, length): (usize, usize)| record.get(from..from.checked_add(length)?);
    match slice(parts.0).zip(slice(parts.1)).and_then(|(header, pixels)| Bitmap::parts(header, pixels)) {
        Some(bitmap) => canvas.image(bitmap, corner, size, operation),
        None => canvas.block(corner, size, operation),
    }
    Some(())
}

/// The size of the destination of `EMR_STRETCHDIBITS`, behind its operation.
fn point_after(fields: &mut Fields<'_>) -> Option<Point> {
    fields.u32()?;
    point(fields)
}

/// The operation of `EMR_STRETCHDIBITS` ([MS-EMF] 2.3.1.7).
fn operation_of(record: &[u8]) -> Option<u32> {
    Fields(record.get(68..)?).u32()
}

/// Where the header and the pixels of a bitmap are in their record.
type Parts = ((usize, usize), (usize, usize));

fn parts(fields: &mut Fields<'_>) -> Option<Parts> {
    let mut next = || fields.u32().map(|place| place as usize);
    Some(((next()?, next()?), (next()?, next()?)))
}

fn text(kind: u32, record: &[u8], canvas: &mut Canvas) -> Option<()> {
    let mut fields = Fields(record.get(RECORD..)?);
    if kind == 108 {
        return small_text(&mut fields, canvas);
    }
    fields.take(16 + 12)?;
    let at = point(&mut fields)?;
    let (count, offset, options) = (fields.u32()? as usize, fields.u32()? as usize, fields.u32()?);
    let (one, other) = (point(&mut fields)?, point(&mut fields)?);
    let distances = fields.u32()? as usize;
    if options & OPAQUE != 0 {
        let brush = std::mem::replace(&mut canvas.state.brush, Brush::Solid(canvas.state.back));
        let pen = canvas.state.pen.take();
        canvas.draw(&Outline::rectangle(one, other), true);
        (canvas.state.pen, canvas.state.brush) = (pen, brush);
    }
    let wide = kind == 84;
    let length = count.checked_mul(if wide { 2 } else { 1 })?;
    let bytes = record.get(offset..offset.checked_add(length)?)?;
    if options & GLYPHS != 0 {
        return None;
    }
    let text = if wide { utf16_to_nul(bytes) } else { canvas.state.text.font.decode(bytes) };
    let mut steps = Fields(record.get(distances..)?);
    let mut width = 0.0;
    let known = distances > 0
        && (0..count).all(|_| {
            let step = steps.u32().map(f64::from);
            width += step.unwrap_or(0.0);
            step.is_some() && (options & PAIRS == 0 || steps.u32().is_some())
        });
    canvas.text(&text, at, known.then_some(width));
    Some(())
}

/// [MS-EMF] 2.3.5.37 `EMR_SMALLTEXTOUT`.
fn small_text(fields: &mut Fields<'_>, canvas: &mut Canvas) -> Option<()> {
    let at = point(fields)?;
    let (count, options) = (fields.u32()? as usize, fields.u32()?);
    fields.take(12)?;
    if options & NO_BOX == 0 {
        fields.take(16)?;
    }
    if options & GLYPHS != 0 {
        return None;
    }
    let text = if options & SMALL != 0 {
        canvas.state.text.font.decode(fields.take(count)?)
    } else {
        utf16_to_nul(fields.take(count.checked_mul(2)?)?)
    };
    canvas.text(&text, at, None);
    Some(())
}
