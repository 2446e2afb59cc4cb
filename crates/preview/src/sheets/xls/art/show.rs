//! From stored shapes to what is drawn.

use std::collections::HashMap;

use super::{RawShape, Rect, property, shapes};
use crate::model::{
    Block, Color, Dash, Ends, Fill, Frame, Geometry, PictureRef, Shape, ShapeContent, SheetObject, Stroke,
    TextBody, VerticalAlign,
};
use crate::sheets::biff::color::{Palette, named};
use crate::sheets::biff::sheet::SheetData;

/// English metric units in a point.
const EMU: f32 = 12_700.0;
/// Bits of a shape's flags ([MS-ODRAW] 2.2.40).
const DELETED: u32 = 1 << 3;
const FLIPPED_X: u32 = 1 << 6;
const FLIPPED_Y: u32 = 1 << 7;
/// Preset geometries ([MS-ODRAW] 2.4.24).
const ROUNDED: u16 = 2;
const ELLIPSE: u16 = 3;
const PICTURE: u16 = 75;
const CONTROL: u16 = 201;

/// What Excel says of a shape.
#[derive(Clone, Debug, Default)]
pub(in crate::sheets::xls) struct Said {
    /// A note's box, which is not drawn; the note stands at its cell.
    pub(in crate::sheets::xls) note: bool,
    pub(in crate::sheets::xls) blocks: Vec<Block>,
    pub(in crate::sheets::xls) vertical: VerticalAlign,
    pub(in crate::sheets::xls) content: Option<ShapeContent>,
}

/// What shapes are drawn with.
pub(in crate::sheets::xls) struct Show<'s> {
    pub(in crate::sheets::xls) palette: &'s Palette,
    /// How many pictures there are.
    pub(in crate::sheets::xls) pictures: usize,
    /// What Excel says of shapes, by where the drawing stood at that.
    pub(in crate::sheets::xls) said: HashMap<usize, Said>,
}

impl Show<'_> {
    /// Adds the shapes of a drawing to its sheet.
    pub(in crate::sheets::xls) fn add(mut self, drawing: &[u8], data: &mut SheetData) {
        for shape in shapes(drawing) {
            let Some(anchor) = shape.anchor else { continue };
            let (width, height) = anchor.size(data);
            let frame = Frame { width, height, ..Frame::default() };
            if let Some(shape) = self.shape(&shape, frame) {
                let (row, column, dx, dy) = anchor.from.place(data);
                data.object(SheetObject { row, column, dx, dy, to: Some(anchor.to.place(data)), shape });
            }
        }
    }

    /// None for what is not drawn.
    fn shape(&mut self, raw: &RawShape, frame: Frame) -> Option<Shape> {
        let said = raw.object_at.and_then(|at| self.said.remove(&at)).unwrap_or_default();
        if raw.flags & DELETED != 0 || said.note || raw.flag(property::GROUP_FLAGS, 2, false) {
            return None;
        }
        let frame = Frame {
            rotation: raw.value(property::ROTATION).unwrap_or(0).cast_signed() as f32 / 65_536.0,
            flip_x: raw.flags & FLIPPED_X != 0,
            flip_y: raw.flags & FLIPPED_Y != 0,
            ..frame
        };
        let mut shape = Shape { frame, alt: raw.description.clone(), ..Shape::default() };
        if let Some(children) = &raw.children {
            let shapes = self.children(raw, children, frame);
            shape.content = Some(ShapeContent::Group { shapes });
            return Some(shape);
        }
        shape.geometry = geometry(raw.preset, frame);
        shape.fill = self.fill(raw);
        shape.stroke = self.stroke(raw);
        shape.content = said.content.or_else(|| self.picture(raw, frame));
        if !said.blocks.is_empty() {
            shape.text = Some(text(raw, said.blocks, said.vertical));
        }
        let drawn = shape.fill.is_some() || shape.stroke.is_some() || shape.content.is_some();
        (drawn || shape.text.is_some()).then_some(shape)
    }

    /// Places in a group are resolved to its frame.
    fn children(&mut self, group: &RawShape, children: &[RawShape], frame: Frame) -> Vec<Shape> {
        let inside = group.inside.unwrap_or_default();
        let scale = |length: f32, from: i32, to: i32| {
            let whole = to as f32 - from as f32;
            if whole == 0.0 { 0.0 } else { length / whole }
        };
        let (x, y) = (scale(frame.width, inside[0], inside[2]), scale(frame.height, inside[1], inside[3]));
        let place = |place: Rect| {
            let far = |at: usize, from: usize| place[at] as f32 - inside[from] as f32;
            let (left, top) = (far(0, 0) * x, far(1, 1) * y);
            Frame {
                x: frame.x + left,
                y: frame.y + top,
                width: (far(2, 0) * x - left).max(0.0),
                height: (far(3, 1) * y - top).max(0.0),
                ..Frame::default()
            }
        };
        let placed = children.iter().filter_map(|child| Some((child, place(child.place?))));
        let placed: Vec<_> = placed.collect();
        placed.into_iter().filter_map(|(child, frame)| self.shape(child, frame)).collect()
    }

    /// A colour of its own, or one of the palette ([MS-ODRAW] 2.2.2).
    fn color(&self, value: u32) -> Color {
        let [red, green, blue, flags] = value.to_le_bytes();
        if flags & 8 == 0 {
            return Color::rgb(red, green, blue);
        }
        let usual = if red == 65 { [255; 3] } else { [0; 3] };
        named(self.palette.get(red.into()).unwrap_or(usual))
    }

    fn fill(&self, raw: &RawShape) -> Option<Fill> {
        let usual = !is_line(raw.preset) && !matches!(raw.preset, PICTURE | CONTROL);
        let filled = raw.flag(property::FILL_FLAGS, 0x10, usual) && !is_line(raw.preset);
        let color = raw.value(property::FILL_COLOR).unwrap_or(0x00ff_ffff);
        filled.then(|| Fill::Solid { color: self.color(color) })
    }

    fn stroke(&self, raw: &RawShape) -> Option<Stroke> {
        let usual = !matches!(raw.preset, PICTURE | CONTROL);
        if !raw.flag(property::LINE_FLAGS, 8, usual) {
            return None;
        }
        let head = |id| raw.value(id).is_some_and(|head| head != 0);
        let ends = Ends { start: head(property::LINE_START), end: head(property::LINE_END) };
        Some(Stroke {
            color: self.color(raw.value(property::LINE_COLOR).unwrap_or(0)),
            width: raw.value(property::LINE_WIDTH).unwrap_or(9525) as f32 / EMU,
            // [MS-ODRAW] 2.4.13
            dash: match raw.value(property::LINE_DASH).unwrap_or(0) {
                0 => Dash::Solid,
                2 | 5 => Dash::Dotted,
                _ => Dash::Dashed,
            },
            ends: (ends.start || ends.end).then_some(ends),
        })
    }

    /// Pictures are numbered from 1.
    fn picture(&self, raw: &RawShape, frame: Frame) -> Option<ShapeContent> {
        let index = raw.value(property::PICTURE)?.checked_sub(1)?;
        let crops = property::CROPS
            .map(|side| raw.value(side).unwrap_or(0).cast_signed() as f32 / 65_536.0)
            .map(|share| share.clamp(0.0, 1.0));
        Some(ShapeContent::Picture(PictureRef {
            id: ((index as usize) < self.pictures).then_some(index),
            width: frame.width,
            height: frame.height,
            alt: raw.description.clone(),
            crop: crops.iter().any(|share| *share > 0.0).then_some(crops),
        }))
    }
}

/// Lines and connectors.
const fn is_line(preset: u16) -> bool {
    matches!(preset, 20 | 32..=40)
}

fn geometry(preset: u16, frame: Frame) -> Geometry {
    match preset {
        ROUNDED => Geometry::Rounded { radius: frame.width.min(frame.height) / 6.0 },
        ELLIPSE => Geometry::Ellipse,
        _ if is_line(preset) => Geometry::Line,
        _ => Geometry::Box,
    }
}

fn text(raw: &RawShape, blocks: Vec<Block>, vertical: VerticalAlign) -> TextBody {
    let usual = [91_440, 45_720, 91_440, 45_720];
    let inset = |at: usize| raw.value(property::INSETS[at]).unwrap_or(usual[at]) as f32 / EMU;
    let insets = [inset(0), inset(1), inset(2), inset(3)];
    TextBody { blocks, vertical, insets, ..TextBody::default() }
}
