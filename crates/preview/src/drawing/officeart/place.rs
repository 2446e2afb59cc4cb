//! Where shapes are: in coordinates of the page, of groups, of groups inside groups.

use crate::drawing::shape::{Space, ratio};
use crate::model::Frame;

/// Edges, in coordinates of a group or of what the document measures in.
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

    /// With its corner where everything is measured from.
    pub(crate) const fn sized(width: f32, height: f32) -> Self {
        Self { left: 0.0, top: 0.0, right: width, bottom: height }
    }
}

/// The frame of a shape, in the coordinates of its anchor. Anchors of shapes that stand nearer to upright than to lying
/// are stored as if they were turned by 90° ([MS-ODRAW] 2.3.18.5 `rotation`).
pub(crate) fn frame(anchor: Rect, rotation: f32, (flip_x, flip_y): (bool, bool)) -> Frame {
    let rotation = if rotation.is_finite() { rotation.rem_euclid(360.0) } else { 0.0 };
    let frame = Frame {
        x: anchor.left.min(anchor.right),
        y: anchor.top.min(anchor.bottom),
        width: (anchor.right - anchor.left).abs(),
        height: (anchor.bottom - anchor.top).abs(),
        rotation,
        flip_x,
        flip_y,
    };
    if is_upright(rotation) { with_sides_changed(frame) } else { frame }
}

fn is_upright(rotation: f32) -> bool {
    (45.0..135.0).contains(&rotation) || (225.0..315.0).contains(&rotation)
}

/// About its middle.
fn with_sides_changed(frame: Frame) -> Frame {
    let difference = (frame.width - frame.height) / 2.0;
    Frame {
        x: frame.x + difference,
        y: frame.y - difference,
        width: frame.height,
        height: frame.width,
        ..frame
    }
}

/// What a turned frame takes up, as long as it is not crooked.
pub(super) fn taken_up(frame: Frame) -> Frame {
    let frame = if is_upright(frame.rotation) { with_sides_changed(frame) } else { frame };
    Frame { rotation: 0.0, flip_x: false, flip_y: false, ..frame }
}

/// Inside a group whose frame is known: `inside` are the coordinates of what is in it.
pub(super) fn inside(group: Frame, inside: Rect) -> Space {
    let width = ratio(group.width, inside.right - inside.left);
    let height = ratio(group.height, inside.bottom - inside.top);
    Space { group, child_offset: (inside.left, inside.top), scale: (width, height) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides(frame: Frame) -> (f32, f32, f32, f32) {
        (frame.x, frame.y, frame.width, frame.height)
    }

    #[test]
    fn groups_scale_shift_mirror_and_turn() {
        let child = frame(Rect::new(0, 0, 10, 20), 0.0, (false, false));
        for (rotation, flips, expected) in [
            (0.0, (false, false), (1000.0, 1000.0, 20.0, 10.0)),
            (0.0, (true, false), (1180.0, 1000.0, 20.0, 10.0)),
            (0.0, (false, true), (1000.0, 1040.0, 20.0, 10.0)),
            (180.0, (false, false), (1180.0, 1040.0, 20.0, 10.0)),
        ] {
            let group = frame(Rect::new(1000, 1000, 1200, 1050), rotation, flips);
            let resolved = inside(group, Rect::new(0, 0, 100, 100)).resolve(child);
            let close = |one: f32, other: f32| (one - other).abs() < 0.01;
            let found = sides(resolved);
            assert!(close(found.0, expected.0) && close(found.1, expected.1), "{found:?}");
            assert_eq!((found.2, found.3), (expected.2, expected.3));
            assert_eq!((resolved.flip_x, resolved.flip_y, resolved.rotation), (flips.0, flips.1, rotation));
        }
        let flat =
            inside(child, Rect::new(5, 5, 5, 5)).resolve(frame(Rect::new(5, 5, 5, 5), 0.0, (false, false)));
        assert_eq!(sides(flat), (0.0, 0.0, 0.0, 0.0));
    }

    #[test]
    fn upright_shapes_change_their_sides() {
        let anchor = Rect::new(0, 0, 80, 160);
        for (rotation, expected) in [
            (0.0, (0.0, 0.0, 80.0, 160.0)),
            (90.0, (-40.0, 40.0, 160.0, 80.0)),
            (-90.0, (-40.0, 40.0, 160.0, 80.0)),
        ] {
            let frame = frame(anchor, rotation, (false, false));
            assert_eq!(sides(frame), expected);
            assert!((0.0..360.0).contains(&frame.rotation));
            assert_eq!(sides(taken_up(frame)), (0.0, 0.0, 80.0, 160.0));
        }
        assert_eq!(frame(anchor, f32::NAN, (false, false)).rotation, 0.0);
        assert_eq!(sides(frame(Rect::new(8, 0, 0, 4), 0.0, (false, false))), (0.0, 0.0, 8.0, 4.0));
    }
}
