//! The records of WMF ([MS-WMF] 2.3). Their fields come mostly last first.

use super::bitmap::Bitmap;
use super::canvas::{Arc, Brush, Canvas, Object, Outline, Pen};
use super::space::{Mapping, Point};
use super::text::Font;
use super::{Fields, color};

/// Bytes of the placeable header, and how it begins ([MS-WMF] 2.3.2.3).
const PLACEABLE: usize = 22;
const PLACEABLE_KEY: u32 = 0x9ac6_cdd7;
/// Bytes of the header of the metafile itself.
const HEADER: usize = 18;
/// [MS-WMF] 2.1.2.2 `ExtTextOutOptions`: a box is filled behind the text; a rectangle is there.
const OPAQUE: u16 = 2;
const RECTANGLE: u16 = OPAQUE | 4;

/// Draws the records; none where it is no WMF.
pub(super) fn play(bytes: &[u8], canvas: &mut Canvas) -> Option<()> {
    let mut fields = Fields(bytes);
    let placeable = fields.u32()? == PLACEABLE_KEY;
    if placeable {
        fields.take(2)?;
        let mut side = || fields.i16().map(f64::from);
        let (left, top, right, bottom) = (side()?, side()?, side()?, side()?);
        let (corner, size) = (Point::new(left, top), Point::new(right - left, bottom - top));
        if size.x != 0.0 && size.y != 0.0 {
            canvas.view = Some([0.0, 0.0, size.x.abs(), size.y.abs()]);
            canvas.state.space.viewport_size = Point::new(size.x.abs(), size.y.abs());
            (canvas.state.space.window, canvas.state.space.window_size) = (corner, size);
        }
    }
    let mut records = Fields(bytes.get(if placeable { PLACEABLE } else { 0 }..)?);
    let mut header = Fields(records.take(HEADER)?);
    if !matches!(header.u16()?, 1 | 2) || header.u16()? != 9 {
        return None;
    }
    canvas.state.space.mapping = Mapping::Stretched { isotropic: false };
    while let Some(words) = records.u32()
        && let Some(function) = records.u16()
        && function != 0
        && !canvas.is_full()
    {
        let length = usize::try_from(words).ok()?.saturating_mul(2).saturating_sub(6);
        let data = records.take(length.min(records.0.len()))?;
        // A record that is cut draws nothing; the others do.
        let _ = record(function, Fields(data), data, canvas);
    }
    Some(())
}

fn record(function: u16, mut fields: Fields<'_>, data: &[u8], canvas: &mut Canvas) -> Option<()> {
    match function {
        0x0201 => canvas.state.back = color(&mut fields)?,
        0x0209 => canvas.state.text.color = color(&mut fields)?,
        0x0106 => canvas.state.winding = fields.u16()? == 2,
        0x012e => canvas.state.text.align = u32::from(fields.u16()?),
        0x020b => canvas.state.space.window = last_first(&mut fields)?,
        0x020c => window_size(last_first(&mut fields)?, canvas),
        0x020f => {
            let by = last_first(&mut fields)?;
            canvas.state.space.window.x += by.x;
            canvas.state.space.window.y += by.y;
        }
        0x0410 => scale_window(&mut fields, canvas)?,
        0x001e => canvas.save(),
        0x0127 => canvas.restore(i32::from(fields.i16()?)),
        0x012d => canvas.select(u32::from(fields.u16()?)),
        0x01f0 => canvas.delete_object(u32::from(fields.u16()?)),
        0x0142 | 0x01f9 => canvas.add_next_object(Object::Brush(Brush::Pattern)),
        0x00f7 | 0x06ff => canvas.add_next_object(Object::Other),
        0x02fa..=0x02fc => create(function, &mut fields, canvas)?,
        0x0521 => text_out(data, canvas)?,
        0x0a32 => ext_text_out(&mut fields, canvas)?,
        0x061d | 0x0922 | 0x0b23 | 0x0940 | 0x0b41 | 0x0f43 | 0x0d33 => image(function, data, canvas)?,
        _ => draw(function, &mut fields, canvas)?,
    }
    Some(())
}

/// Lines and shapes.
fn draw(function: u16, fields: &mut Fields<'_>, canvas: &mut Canvas) -> Option<()> {
    match function {
        0x0214 => canvas.state.at = last_first(fields)?,
        0x0213 => {
            let to = last_first(fields)?;
            canvas.draw(&Outline::line(&[canvas.state.at, to], false), false);
            canvas.state.at = to;
        }
        0x041b | 0x0418 => {
            let (other, one) = (last_first(fields)?, last_first(fields)?);
            let ellipse = function == 0x0418;
            let outline = if ellipse { Outline::ellipse(one, other) } else { Outline::rectangle(one, other) };
            canvas.draw(&outline, true);
        }
        0x061c => {
            let (corner, other, one) = (last_first(fields)?, last_first(fields)?, last_first(fields)?);
            canvas.draw(&Outline::rounded(one, other, corner), true);
        }
        0x0817 | 0x081a | 0x0830 => {
            let kind = match function {
                0x0817 => Arc::Open,
                0x081a => Arc::Pie,
                _ => Arc::Chord,
            };
            let (end, start) = (last_first(fields)?, last_first(fields)?);
            let (other, one) = (last_first(fields)?, last_first(fields)?);
            let outline = Outline::arc((one, other), (start, end), false, kind);
            canvas.draw(&outline, kind != Arc::Open);
        }
        0x0324 | 0x0325 => {
            let count = usize::from(fields.u16()?);
            let polygon = function == 0x0324;
            canvas.draw(&Outline::line(&points(fields, count), polygon), polygon);
        }
        0x0538 => {
            let polygons = usize::from(fields.u16()?);
            let counts: Vec<u16> = (0..polygons).map_while(|_| fields.u16()).collect();
            let mut outline = Outline::default();
            counts.iter().for_each(|count| outline.add_line(&points(fields, usize::from(*count)), true));
            canvas.draw(&outline, true);
        }
        _ => {}
    }
    Some(())
}

/// y before x.
fn last_first(fields: &mut Fields<'_>) -> Option<Point> {
    let (y, x) = (fields.i16()?, fields.i16()?);
    Some(Point::of(x, y))
}

fn points(fields: &mut Fields<'_>, count: usize) -> Vec<Point> {
    (0..count).map_while(|_| Some(Point::of(fields.i16()?, fields.i16()?))).collect()
}

/// The first window of a picture that says no bounds is the picture.
fn window_size(size: Point, canvas: &mut Canvas) {
    if size.x == 0.0 || size.y == 0.0 {
        return;
    }
    canvas.state.space.window_size = size;
    if canvas.view.is_none() {
        canvas.view = Some([0.0, 0.0, size.x.abs(), size.y.abs()]);
        canvas.state.space.viewport_size = Point::new(size.x.abs(), size.y.abs());
    }
}

fn scale_window(fields: &mut Fields<'_>, canvas: &mut Canvas) -> Option<()> {
    let (divisor, factor) = (last_first_pair(fields)?, last_first_pair(fields)?);
    let size = &mut canvas.state.space.window_size;
    // Fields are y's divisor and factor, then those of x.
    let scaled =
        |side: f64, (by, over): (f64, f64)| if by == 0.0 || over == 0.0 { side } else { side * by / over };
    size.y = scaled(size.y, divisor);
    size.x = scaled(size.x, factor);
    Some(())
}

/// A divisor and its factor, as (factor, divisor).
fn last_first_pair(fields: &mut Fields<'_>) -> Option<(f64, f64)> {
    let (divisor, factor) = (f64::from(fields.i16()?), f64::from(fields.i16()?));
    Some((factor, divisor))
}

/// Pens, fonts and brushes.
fn create(function: u16, fields: &mut Fields<'_>, canvas: &mut Canvas) -> Option<()> {
    let object = match function {
        0x02fa => {
            let style = u32::from(fields.u16()?);
            let width = f64::from(fields.i16()?).abs();
            fields.i16()?;
            let color = color(fields)?;
            Object::Pen((style & 0xf != 5).then_some(Pen { color, width, style }))
        }
        0x02fb => Object::Font(font(fields)?),
        _ => {
            let style = fields.u16()?;
            let color = color(fields)?;
            Object::Brush(match style {
                0 => Brush::Solid(color),
                1 => Brush::Null,
                2 => Brush::Hatched(color),
                _ => Brush::Pattern,
            })
        }
    };
    canvas.add_next_object(object);
    Some(())
}

fn font(fields: &mut Fields<'_>) -> Option<Font> {
    let height = f64::from(fields.i16()?);
    fields.i16()?;
    let turn = f64::from(fields.i16()?);
    fields.i16()?;
    let weight = u32::from(fields.u16()?);
    let [italic, underline, strike, charset] = fields.array()?;
    fields.take(4)?;
    let name = fields.0.split(|byte| *byte == 0).next().unwrap_or(&[]);
    let name = &name[..name.len().min(32)];
    let font = Font {
        height,
        turn,
        weight,
        italic: italic != 0,
        underline: underline != 0,
        strike: strike != 0,
        charset,
        ..Font::default()
    };
    Some(Font { name: font.decode(name), ..font })
}

/// A length, the text, and its place behind it.
fn text_out(data: &[u8], canvas: &mut Canvas) -> Option<()> {
    let mut fields = Fields(data);
    let length = usize::from(fields.u16()?);
    let text = canvas.state.text.font.decode(fields.take(length)?);
    let mut rest = Fields(data.get(2 + length.next_multiple_of(2)..)?);
    let at = last_first(&mut rest)?;
    canvas.text(&text, at, None);
    Some(())
}

fn ext_text_out(fields: &mut Fields<'_>, canvas: &mut Canvas) -> Option<()> {
    let at = last_first(fields)?;
    let (length, options) = (usize::from(fields.u16()?), fields.u16()?);
    if options & RECTANGLE != 0 {
        let one = Point::of(fields.i16()?, fields.i16()?);
        let other = Point::of(fields.i16()?, fields.i16()?);
        if options & OPAQUE != 0 {
            let brush = std::mem::replace(&mut canvas.state.brush, Brush::Solid(canvas.state.back));
            let pen = canvas.state.pen.take();
            canvas.draw(&Outline::rectangle(one, other), true);
            (canvas.state.pen, canvas.state.brush) = (pen, brush);
        }
    }
    let text = canvas.state.text.font.decode(fields.take(length)?);
    if length % 2 == 1 {
        fields.take(1);
    }
    let widths: Vec<i16> = (0..length).map_while(|_| fields.i16()).collect();
    let whole = widths.len() == length && length > 0;
    let width = whole.then(|| widths.iter().map(|width| f64::from(*width)).sum());
    canvas.text(&text, at, width);
    Some(())
}

/// Records with bitmaps, or with an operation that needs none ([MS-WMF] 2.3.1).
fn image(function: u16, data: &[u8], canvas: &mut Canvas) -> Option<()> {
    let mut fields = Fields(data);
    let operation = if function == 0x0d33 { 0x00cc_0020 } else { fields.u32()? };
    if function == 0x061d {
        let (size, corner) = (last_first(&mut fields)?, last_first(&mut fields)?);
        canvas.block(corner, size, operation);
        return Some(());
    }
    let dib = match function {
        // How its colours are meant.
        0x0f43 => fields.u16().is_some(),
        0x0940 | 0x0b41 => true,
        0x0d33 => fields.u16().and_then(|_| fields.take(8)).is_some(),
        // Bitmaps of the device are nothing that can be drawn elsewhere.
        _ => false,
    };
    if !dib {
        return Some(());
    }
    // Source: its size, where it is scaled, and its corner.
    let scaled = matches!(function, 0x0b41 | 0x0f43);
    fields.take(if function == 0x0d33 {
        0
    } else if scaled {
        8
    } else {
        4
    })?;
    // Without a bitmap, a word stands before the destination.
    if matches!(function, 0x0940 | 0x0b41) && fields.0.len() <= 10 {
        fields.take(2)?;
    }
    let (size, corner) = (last_first(&mut fields)?, last_first(&mut fields)?);
    match Bitmap::joined(fields.0) {
        Some(bitmap) => canvas.image(bitmap, corner, size, operation),
        None => canvas.block(corner, size, operation),
    }
    Some(())
}
