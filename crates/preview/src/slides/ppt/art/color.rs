//! Colours of drawings: of the slide's scheme, of other properties, or themselves.

use super::options::{Cascade, property};
use crate::model::Color;

pub(crate) type Rgb = [u8; 3];

/// The eight colours of a slide ([MS-PPT] 2.4.17 `ColorSchemeAtom`): background, text, shadow, title, fill, three accents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scheme([Rgb; 8]);

/// Black on white.
impl Default for Scheme {
    fn default() -> Self {
        let mut colors = [[0; 3]; 8];
        colors[0] = [255; 3];
        colors[2] = [128; 3];
        colors[4] = [187, 224, 227];
        colors[5] = [51, 51, 153];
        colors[6] = [0, 153, 153];
        colors[7] = [153, 204, 0];
        Self(colors)
    }
}

impl Scheme {
    /// Four bytes for each colour, of which one means nothing.
    pub(crate) fn read(data: &[u8]) -> Self {
        let mut scheme = Self::default();
        for (slot, color) in scheme.0.iter_mut().zip(data.chunks_exact(4)) {
            *slot = [color[0], color[1], color[2]];
        }
        scheme
    }

    pub(crate) fn rgb(&self, index: usize) -> Rgb {
        self.0.get(index).copied().unwrap_or_default()
    }

    pub(crate) fn color(&self, index: usize) -> Color {
        let [red, green, blue] = self.rgb(index);
        Color::rgb(red, green, blue)
    }
}

/// What a colour property of a shape means ([MS-ODRAW] 2.2.2 `OfficeArtCOLORREF`).
pub(crate) fn resolve(value: u32, options: Cascade<'_, '_>, scheme: &Scheme) -> Rgb {
    match resolve_once(value, scheme) {
        Ok(color) => color,
        Err((of, change)) => {
            let (id, usual) = match of & 0xff {
                0xf2 => (property::LINE_COLOR, 0),
                0xf3 => (property::SHADOW_COLOR, 0x0080_8080),
                0xf5 => (property::FILL_BACK_COLOR, 0x00ff_ffff),
                0xf6 => (property::LINE_BACK_COLOR, 0x00ff_ffff),
                _ => (property::FILL_COLOR, 0x00ff_ffff),
            };
            // What refers to a colour that refers again is a circle.
            let base = resolve_once(options.get(id).unwrap_or(usual), scheme).unwrap_or([128; 3]);
            changed(base, of, change)
        }
    }
}

/// The colour; or which other one is meant, and the parameter of its change.
fn resolve_once(value: u32, scheme: &Scheme) -> Result<Rgb, (u16, u8)> {
    let [red, green, blue, flags] = value.to_le_bytes();
    if flags & 0x10 != 0 {
        return match u16::from_le_bytes([red, green]) {
            of if of & 0xff >= 0xf0 => Err((of, blue)),
            system => Ok(system_color(system)),
        };
    }
    Ok(if flags & 0x08 != 0 { scheme.rgb(usize::from(red)) } else { [red, green, blue] })
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

    #[test]
    fn colors_come_from_the_scheme_other_properties_and_themselves() {
        let scheme = Scheme::read(&[1, 1, 1, 0, 2, 2, 2, 0, 3, 3, 3, 0, 4, 4, 4, 0, 100, 200, 0, 0]);
        for (value, expected) in [
            (0x0003_0201, [1, 2, 3]),
            (0x0200_00ff, [255, 0, 0]),
            (0x0800_0004, [100, 200, 0]),
            (0x0800_0063, [0; 3]),
            (0x1000_0005, [255; 3]),
            // Half as bright as the fill, which nobody says: white.
            (0x1080_01f0, [128; 3]),
            (0x1000_02f0, [255; 3]),
            (0x1000_20f2, [255; 3]),
        ] {
            assert_eq!(resolve(value, Cascade::default(), &scheme), expected, "{value:x}");
        }
        assert_eq!(with_opacity([0; 3], Some(0x8000)).as_str(), "#00000080");
        assert_eq!(with_opacity([0; 3], None).as_str(), "#000000");
    }
}
