//! Colours of drawings: of a scheme, of the system, of other properties, or themselves.

use super::options::{Cascade, property};
use crate::model::Color;

pub(crate) type Rgb = [u8; 3];

/// The colours that a document has numbers for.
pub(crate) trait Scheme {
    /// None where there is no such colour: it is as usual then.
    fn rgb(&self, index: u8) -> Option<Rgb>;
}

/// Of documents that number no colours.
pub(crate) struct NoScheme;

impl Scheme for NoScheme {
    fn rgb(&self, _index: u8) -> Option<Rgb> {
        None
    }
}

/// Numbers of the colours that a shape says, and what they are where nobody says them.
const USUAL: [(u16, u32); 5] = [
    (property::FILL_COLOR, 0x00ff_ffff),
    (property::LINE_COLOR, 0),
    (property::SHADOW_COLOR, 0x0080_8080),
    (property::FILL_BACK_COLOR, 0x00ff_ffff),
    (property::LINE_BACK_COLOR, 0x00ff_ffff),
];

/// The colour that a property of a shape says.
pub(crate) fn of(id: u16, options: Cascade<'_, '_>, scheme: &dyn Scheme) -> Rgb {
    let usual = USUAL.iter().find(|(known, _)| *known == id).map_or(0, |(_, usual)| *usual);
    resolve(options.get(id).unwrap_or(usual), usual, options, scheme)
}

/// What a colour means ([MS-ODRAW] 2.2.2 `OfficeArtCOLORREF`); `usual` where it is none of the scheme's.
pub(crate) fn resolve(value: u32, usual: u32, options: Cascade<'_, '_>, scheme: &dyn Scheme) -> Rgb {
    match resolve_once(value, usual, scheme) {
        Ok(color) => color,
        Err((of, change)) => {
            let (id, usual) = match of & 0xff {
                0xf2 => USUAL[1],
                0xf3 => USUAL[2],
                0xf5 => USUAL[3],
                0xf6 => USUAL[4],
                _ => USUAL[0],
            };
            // What refers to a colour that refers again is a circle.
            let base = resolve_once(options.get(id).unwrap_or(usual), usual, scheme).unwrap_or([128; 3]);
            changed(base, of, change)
        }
    }
}

/// The colour; or which other one is meant, and the parameter of its change.
fn resolve_once(value: u32, usual: u32, scheme: &dyn Scheme) -> Result<Rgb, (u16, u8)> {
    let [red, green, blue, flags] = value.to_le_bytes();
    if flags & 0x10 != 0 {
        return match u16::from_le_bytes([red, green]) {
            of if of & 0xff >= 0xf0 => Err((of, blue)),
            system => Ok(system_color(system)),
        };
    }
    if flags & 0x08 == 0 {
        return Ok([red, green, blue]);
    }
    let [usual_red, usual_green, usual_blue, _] = usual.to_le_bytes();
    Ok(scheme.rgb(red).unwrap_or([usual_red, usual_green, usual_blue]))
}

/// What Windows paints with, by its index: windows white, their text black, the rest the grey of buttons.
const fn system_color(index: u16) -> Rgb {
    match index & 0xff {
        5 | 15 | 20 => [255; 3],
        6 | 7 | 8 | 18 => [0; 3],
        _ => [192; 3],
    }
}

/// [MS-ODRAW] 2.2.3 `MSOSYSINDEX`: darker, lighter, more, less, inverted.
fn changed(base: Rgb, of: u16, by: u8) -> Rgb {
    let scaled = |channel: u8| (u16::from(channel) * u16::from(by) / 255) as u8;
    let color = base.map(|channel| match of >> 8 & 0xf {
        1 => scaled(channel),
        2 => 255 - scaled(255 - channel),
        3 => channel.saturating_add(by),
        4 => channel.saturating_sub(by),
        5 => by.saturating_sub(channel),
        6 if channel < by => 0,
        6 => 255,
        _ => channel,
    });
    if of & 0x2000 != 0 { color.map(|channel| 255 - channel) } else { color }
}

/// With an opacity in 16.16 fixed point.
pub(crate) fn with_opacity([red, green, blue]: Rgb, opacity: Option<u32>) -> Color {
    let share = f64::from(opacity.unwrap_or(65536).min(65536)) / 65536.0;
    Color::rgba(red, green, blue, (share * 255.0).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Hundreds;

    impl Scheme for Hundreds {
        fn rgb(&self, index: u8) -> Option<Rgb> {
            (index == 4).then_some([100, 200, 0])
        }
    }

    #[test]
    fn colors_come_from_the_scheme_other_properties_and_themselves() {
        for (value, expected) in [
            (0x0003_0201, [1, 2, 3]),
            (0x0200_00ff, [255, 0, 0]),
            (0x0800_0004, [100, 200, 0]),
            (0x0800_0063, [9, 8, 7]),
            (0x1000_0005, [255; 3]),
            // Half as bright as the fill, which nobody says: white.
            (0x1080_01f0, [128; 3]),
            (0x1000_02f0, [255; 3]),
            (0x1000_20f2, [255; 3]),
        ] {
            assert_eq!(resolve(value, 0x0007_0809, Cascade::default(), &Hundreds), expected, "{value:x}");
        }
        assert_eq!(resolve(0x0800_0004, 0x0000_00ff, Cascade::default(), &NoScheme), [255, 0, 0]);
        assert_eq!(of(property::FILL_COLOR, Cascade::default(), &NoScheme), [255; 3]);
        assert_eq!(of(property::LINE_COLOR, Cascade::default(), &NoScheme), [0; 3]);
        assert_eq!(with_opacity([0; 3], Some(0x8000)).as_str(), "#00000080");
        assert_eq!(with_opacity([0; 3], None).as_str(), "#000000");
    }
}
