//! Where shapes are: from the coordinates of groups inside groups to points on the slide.

use crate::model::Frame;

/// Master units, 1/576 inch, in a point.
const UNITS: f32 = 8.0;

/// Edges, in coordinates of the slide (master units) or of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Rect {
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) right: f32,
    pub(crate) bottom: f32,
}

impl Rect {
    pub(crate) fn new(left: i32, top: i32, right: i32, bottom: i32) -> Self {
        Self { left: left as f32, top: top as f32, right: right as f32, bottom: bottom as f32 }
    }

    fn width(&self) -> f32 {
        self.right - self.left
    }

    fn height(&self) -> f32 {
        self.bottom - self.top
    }

    /// Its sides changed about its middle.
    fn turned(&self) -> Self {
        let (x, y) = ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0);
        let (half_width, half_height) = (self.height() / 2.0, self.width() / 2.0);
        Self { left: x - half_width, top: y - half_height, right: x + half_width, bottom: y + half_height }
    }
}

/// From the coordinates of a group to those of the slide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Transform {
    scale: (f32, f32),
    shift: (f32, f32),
}

impl Default for Transform {
    fn default() -> Self {
        Self { scale: (1.0, 1.0), shift: (0.0, 0.0) }
    }
}

impl Transform {
    /// Of what is in a group: `inside` are its coordinates, `outside` is its place as its own transform gives it.
    /// A mirrored group mirrors what is in it.
    pub(crate) fn of_group(inside: Rect, outside: Rect, flips: (bool, bool)) -> Self {
        let axis = |from: (f32, f32), to: (f32, f32), flip: bool| {
            let to = if flip { (to.1, to.0) } else { to };
            let length = from.1 - from.0;
            let scale = if length == 0.0 { 1.0 } else { (to.1 - to.0) / length };
            (scale, to.0 - from.0 * scale)
        };
        let x = axis((inside.left, inside.right), (outside.left, outside.right), flips.0);
        let y = axis((inside.top, inside.bottom), (outside.top, outside.bottom), flips.1);
        Self { scale: (x.0, y.0), shift: (x.1, y.1) }
    }

    pub(crate) fn apply(&self, rect: Rect) -> Rect {
        let x = [rect.left, rect.right].map(|x| x * self.scale.0 + self.shift.0);
        let y = [rect.top, rect.bottom].map(|y| y * self.scale.1 + self.shift.1);
        Rect { left: x[0].min(x[1]), right: x[0].max(x[1]), top: y[0].min(y[1]), bottom: y[0].max(y[1]) }
    }

    /// Whether it mirrors.
    pub(crate) fn flips(&self) -> (bool, bool) {
        (self.scale.0 < 0.0, self.scale.1 < 0.0)
    }
}

/// A place on the slide in points. `anchor` is in coordinates of the slide; anchors of shapes that stand nearer to upright
/// than to lying are stored as if they were turned by 90° ([MS-ODRAW] 2.3.18.5 `rotation`).
pub(crate) fn frame(anchor: Rect, rotation: f32, flips: (bool, bool)) -> Frame {
    let rotation = if rotation.is_finite() { rotation.rem_euclid(360.0) } else { 0.0 };
    let upright = (45.0..135.0).contains(&rotation) || (225.0..315.0).contains(&rotation);
    let rect = if upright { anchor.turned() } else { anchor };
    Frame {
        x: rect.left / UNITS,
        y: rect.top / UNITS,
        width: rect.width() / UNITS,
        height: rect.height() / UNITS,
        rotation,
        flip_x: flips.0,
        flip_y: flips.1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_scale_shift_and_mirror() {
        let (inside, outside) = (Rect::new(0, 0, 100, 100), Rect::new(1000, 1000, 1200, 1050));
        let child = Rect::new(0, 0, 10, 20);
        for (flips, expected) in [
            ((false, false), Rect::new(1000, 1000, 1020, 1010)),
            ((true, false), Rect::new(1180, 1000, 1200, 1010)),
            ((false, true), Rect::new(1000, 1040, 1020, 1050)),
        ] {
            let transform = Transform::of_group(inside, outside, flips);
            assert_eq!(transform.apply(child), expected);
            assert_eq!(transform.flips(), flips);
        }
        let flat = Transform::of_group(Rect::new(5, 5, 5, 5), outside, (false, false));
        assert_eq!(flat.apply(Rect::new(5, 5, 5, 5)), Rect::new(1000, 1000, 1000, 1000));
    }

    #[test]
    fn upright_shapes_change_their_sides() {
        let anchor = Rect::new(0, 0, 80, 160);
        for (rotation, expected) in
            [(0.0, (0.0, 0.0, 10.0, 20.0)), (90.0, (-5.0, 5.0, 20.0, 10.0)), (-90.0, (-5.0, 5.0, 20.0, 10.0))]
        {
            let frame = frame(anchor, rotation, (false, false));
            assert_eq!((frame.x, frame.y, frame.width, frame.height), expected);
            assert!((0.0..360.0).contains(&frame.rotation));
        }
        assert_eq!(frame(anchor, f32::NAN, (false, false)).rotation, 0.0);
    }
}
