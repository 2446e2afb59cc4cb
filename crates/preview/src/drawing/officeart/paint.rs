//! Fills and lines of shapes ([MS-ODRAW] 2.3.7, 2.3.8).

use super::blips::Blip;
use super::color::{self, Rgb, Scheme, with_opacity};
use super::options::{Cascade, property};
use crate::drawing::EMU;
use crate::model::{Dash, Ends, Fill, Frame, GradientStop, PictureRef, Stroke};

/// Stops of a gradient that are kept.
const STOPS: usize = 64;

/// What a shape is filled with, besides itself.
#[derive(Clone, Copy)]
pub(crate) struct Paint<'a> {
    pub(crate) scheme: &'a dyn Scheme,
    /// What shapes show that are filled with the slide's background.
    pub(crate) background: Option<&'a Fill>,
    pub(crate) blips: &'a [Blip],
}

/// Presets that are lines, and what has no inside ([MS-ODRAW] 2.4.24): arcs, lines, connectors, brackets, braces.
pub(crate) const fn is_open(preset: u16) -> bool {
    matches!(preset, 19 | 20 | 32..=40 | 85..=88 | 185 | 186)
}

/// Presets that only frame something else: pictures and controls.
const fn is_frame(preset: u16) -> bool {
    matches!(preset, 75 | 201)
}

/// Who says whether a shape is painted: pictures are not because others are.
const fn painted<'c, 'a>(options: Cascade<'c, 'a>, preset: u16) -> Cascade<'c, 'a> {
    if is_frame(preset) { options.without_defaults() } else { options }
}

/// The fill; none where nothing is filled.
pub(crate) fn fill(options: Cascade<'_, '_>, preset: u16, paint: Paint<'_>) -> Option<Fill> {
    let usual = !is_open(preset) && !is_frame(preset);
    if !painted(options, preset).flag(property::FILL_FLAGS, 1 << 4, usual) || preset == 20 {
        return None;
    }
    let front = color::of(property::FILL_COLOR, options, paint.scheme);
    let back = color::of(property::FILL_BACK_COLOR, options, paint.scheme);
    let opacity = options.get(property::FILL_OPACITY);
    match options.get(property::FILL_KIND).unwrap_or(0) {
        // Patterns are too fine to be more than the colour between their two.
        1 => Some(Fill::Solid { color: with_opacity(between(front, back), opacity) }),
        kind @ (2 | 3) => match picture(options, property::FILL_PICTURE, paint) {
            Some(id) => {
                let picture =
                    PictureRef { id: Some(id), width: 0.0, height: 0.0, alt: String::new(), crop: None };
                Some(Fill::Picture { picture, tile: kind == 2 })
            }
            None => Some(Fill::Solid { color: with_opacity(front, opacity) }),
        },
        kind @ 4..=8 => Some(gradient(options, kind, (front, back), paint)),
        9 => paint.background.cloned(),
        _ => Some(Fill::Solid { color: with_opacity(front, opacity) }),
    }
}

fn between(one: Rgb, other: Rgb) -> Rgb {
    let mean = |index: usize| u8::midpoint(one[index], other[index]);
    [mean(0), mean(1), mean(2)]
}

/// The number of a picture that is there, from 0: properties count from 1.
fn picture(options: Cascade<'_, '_>, id: u16, paint: Paint<'_>) -> Option<u32> {
    let index = options.get(id)?.checked_sub(1)?;
    let blip = paint.blips.get(usize::try_from(index).ok()?)?;
    blip.is_stored().then_some(index)
}

/// The picture that a shape shows, as large as the shape.
pub(crate) fn shown(
    options: Cascade<'_, '_>,
    paint: Paint<'_>,
    frame: &Frame,
    alt: &str,
) -> Option<PictureRef> {
    let own = options.own();
    own.get(property::PICTURE)?;
    Some(PictureRef {
        id: picture(own, property::PICTURE, paint),
        width: frame.width,
        height: frame.height,
        alt: alt.to_owned(),
        crop: crop(options),
    })
}

/// What is cut away: left, top, right, bottom, as shares; below 0 it is added.
pub(crate) fn crop(options: Cascade<'_, '_>) -> Option<[f32; 4]> {
    let cut = |id| options.fixed(id).unwrap_or(0.0).clamp(-10.0, 1.0);
    let crop =
        [property::CROP_LEFT, property::CROP_TOP, property::CROP_RIGHT, property::CROP_BOTTOM].map(cut);
    crop.iter().any(|cut| *cut != 0.0).then_some(crop)
}

/// Along a line, or from the middle outwards ([MS-ODRAW] 2.3.7.15 – 2.3.7.26).
fn gradient(options: Cascade<'_, '_>, kind: u32, (front, back): (Rgb, Rgb), paint: Paint<'_>) -> Fill {
    let opacity = options.get(property::FILL_OPACITY);
    let back_opacity = options.get(property::FILL_BACK_OPACITY).or(opacity);
    let mut ramp = shades(options, opacity, paint);
    if ramp.len() < 2 {
        ramp = vec![
            GradientStop { at: 0.0, color: with_opacity(front, opacity) },
            GradientStop { at: 1.0, color: with_opacity(back, back_opacity) },
        ];
    }
    // Where along the way the last colour stands, in per cent; a negative focus swaps the colours.
    let focus = options.signed(property::FILL_FOCUS).unwrap_or(0).clamp(-100, 100);
    if matches!(kind, 5 | 6) {
        return Fill::Gradient { stops: if focus == 0 { ramp } else { reversed(ramp) }, angle: None };
    }
    let ramp = if focus < 0 { ramp } else { reversed(ramp) };
    let at = focus.unsigned_abs() as f32 / 100.0;
    // The way goes upwards and turns clockwise; without an angle it goes downwards, as PowerPoint and others draw it.
    let turn = options.fixed(property::FILL_ANGLE).unwrap_or(0.0).rem_euclid(360.0);
    let angle = if turn == 0.0 { 90.0 } else { (270.0 + turn).rem_euclid(360.0) };
    Fill::Gradient { stops: about(&ramp, at), angle: Some(angle) }
}

fn reversed(mut stops: Vec<GradientStop>) -> Vec<GradientStop> {
    stops.reverse();
    stops.iter_mut().for_each(|stop| stop.at = 1.0 - stop.at);
    stops
}

/// A ramp that begins at `focus` and goes both ways from there.
fn about(ramp: &[GradientStop], focus: f32) -> Vec<GradientStop> {
    let place = |stop: &GradientStop, at: f32| GradientStop { at, color: stop.color.clone() };
    let mut stops = Vec::new();
    if focus > 0.0 {
        stops.extend(ramp.iter().rev().map(|stop| place(stop, focus - stop.at * focus)));
    }
    if focus < 1.0 {
        stops.extend(ramp.iter().map(|stop| place(stop, focus + stop.at * (1.0 - focus))));
    }
    stops
}

/// Colours between the first and the last: an array of colours and places ([MS-ODRAW] 2.3.7.23).
fn shades(options: Cascade<'_, '_>, opacity: Option<u32>, paint: Paint<'_>) -> Vec<GradientStop> {
    let data = options.complex(property::FILL_SHADES).and_then(|data| data.get(6..)).unwrap_or(&[]);
    let mut stops: Vec<GradientStop> = Vec::new();
    for entry in data.chunks_exact(8).take(STOPS) {
        let word = |from: usize| {
            u32::from_le_bytes([entry[from], entry[from + 1], entry[from + 2], entry[from + 3]])
        };
        let color = with_opacity(color::resolve(word(0), 0, options, paint.scheme), opacity);
        let at = (word(4) as f32 / 65536.0).clamp(0.0, 1.0);
        stops.push(GradientStop { at, color });
    }
    stops.sort_by(|one, other| one.at.total_cmp(&other.at));
    stops
}

/// The line around a shape; none where it has none.
pub(crate) fn stroke(options: Cascade<'_, '_>, preset: u16, paint: Paint<'_>) -> Option<Stroke> {
    if !painted(options, preset).flag(property::LINE_FLAGS, 1 << 3, !is_frame(preset)) {
        return None;
    }
    let color = color::of(property::LINE_COLOR, options, paint.scheme);
    let head = |id| options.get(id).is_some_and(|head| head != 0);
    let ends = Ends { start: head(property::LINE_START), end: head(property::LINE_END) };
    Some(Stroke {
        color: with_opacity(color, options.get(property::LINE_OPACITY)),
        width: options.get(property::LINE_WIDTH).unwrap_or(9525) as f32 / EMU,
        // [MS-ODRAW] 2.4.13 `MSOLINEDASHING`
        dash: match options.get(property::LINE_DASH).unwrap_or(0) {
            0 => Dash::Solid,
            2 | 5 => Dash::Dotted,
            _ => Dash::Dashed,
        },
        ends: (ends.start || ends.end).then_some(ends),
    })
}

#[cfg(test)]
mod tests {
    use super::super::color::NoScheme;
    use super::super::testing::{options, table};
    use super::*;
    use crate::model::Color;

    fn with<T>(entries: &[(u16, u32)], read: impl Fn(Cascade<'_, '_>, Paint<'_>) -> T) -> T {
        let bytes = table(entries, &[]);
        let options = options(&bytes);
        let background = Fill::Solid { color: Color::rgb(9, 9, 9) };
        let blips = [Blip::default(), Blip { offset: Some(0), ..Blip::default() }];
        let paint = Paint { scheme: &NoScheme, background: Some(&background), blips: &blips };
        read(Cascade::of(&options), paint)
    }

    fn solid(color: &str) -> Option<Fill> {
        Color::hex(color).map(|color| Fill::Solid { color })
    }

    #[test]
    fn fills_by_their_kind() {
        let filled = |entries: &[(u16, u32)]| with(entries, |options, paint| fill(options, 1, paint));
        assert_eq!(filled(&[]), solid("ffffff"));
        assert_eq!(filled(&[(0x1bf, 0x0010_0000)]), None);
        assert_eq!(filled(&[(0x181, 0x0000_00ff)]), solid("ff0000"));
        assert_eq!(filled(&[(0x180, 1), (0x181, 0)]), solid("7f7f7f"));
        assert_eq!(filled(&[(0x180, 9)]), solid("090909"));
        assert_eq!(filled(&[(0x180, 3), (0x186, 3)]), solid("ffffff"), "a picture that is not there");
        assert!(matches!(filled(&[(0x180, 2), (0x186, 2)]), Some(Fill::Picture { tile: true, .. })));
        assert_eq!(with(&[], |options, paint| fill(options, 20, paint)), None, "a line has no inside");
    }

    #[test]
    fn pictures_are_numbered_from_1() {
        let frame = Frame { width: 8.0, height: 4.0, ..Frame::default() };
        let picture =
            |entries: &[(u16, u32)]| with(entries, |options, paint| shown(options, paint, &frame, "seen"));
        assert_eq!(picture(&[]), None);
        for (number, expected) in [(0, None), (1, None), (2, Some(1)), (3, None)] {
            assert_eq!(picture(&[(0x104, number)]).map(|picture| picture.id), Some(expected), "{number}");
        }
        let cut = picture(&[(0x104, 2), (0x100, 0x8000), (0x102, (-65536_i32).cast_unsigned())]);
        assert_eq!(cut.and_then(|picture| picture.crop), Some([-1.0, 0.5, 0.0, 0.0]));
    }

    #[test]
    fn gradients_go_both_ways_from_their_focus() {
        let stops = |focus: u32, angle: u32| {
            let entries = [(0x180, 4), (0x181, 0xff), (0x183, 0), (0x18b, angle), (0x18c, focus)];
            match with(&entries, |options, paint| fill(options, 1, paint)) {
                Some(Fill::Gradient { stops, angle }) => {
                    let red = |color: &Color| color.as_str() == "#ff0000";
                    (stops.iter().map(|stop| (stop.at, red(&stop.color))).collect::<Vec<_>>(), angle)
                }
                _ => (Vec::new(), None),
            }
        };
        assert_eq!(stops(0, 0), (vec![(0.0, false), (1.0, true)], Some(90.0)));
        assert_eq!(
            stops(100, (-90_i32 << 16).cast_unsigned()),
            (vec![(0.0, true), (1.0, false)], Some(180.0))
        );
        assert_eq!(stops(0, (-180_i32 << 16).cast_unsigned()).1, Some(90.0));
        let middle = vec![(0.0, true), (0.5, false), (0.5, false), (1.0, true)];
        assert_eq!(stops(50, 0).0, middle);
    }

    #[test]
    fn lines_have_width_dashes_and_heads() {
        let line = |entries: &[(u16, u32)]| with(entries, |options, paint| stroke(options, 1, paint));
        assert_eq!(line(&[]).map(|stroke| (stroke.width, stroke.ends)), Some((0.75, None)));
        assert_eq!(line(&[(0x1ff, 0x0008_0000)]), None);
        let entries = [(0x1cb, 25400), (0x1ce, 6), (0x1d1, 1)];
        let ends = Some(Ends { start: false, end: true });
        assert_eq!(
            line(&entries).map(|stroke| (stroke.width, stroke.dash, stroke.ends)),
            Some((2.0, Dash::Dashed, ends))
        );
    }
}
