//! Colours by number ([MS-XLS] 2.5.161; ECMA-376 part 1 §18.8.27).

use crate::model::Color;

/// The first colour that a workbook may define itself.
const FIRST: usize = 8;

/// The 56 colours that workbooks have where they define none, as `0xRRGGBB`.
const USUAL: [u32; 56] = [
    0x00_00_00, 0xff_ff_ff, 0xff_00_00, 0x00_ff_00, 0x00_00_ff, 0xff_ff_00, 0xff_00_ff, 0x00_ff_ff, //
    0x80_00_00, 0x00_80_00, 0x00_00_80, 0x80_80_00, 0x80_00_80, 0x00_80_80, 0xc0_c0_c0, 0x80_80_80, //
    0x99_99_ff, 0x99_33_66, 0xff_ff_cc, 0xcc_ff_ff, 0x66_00_66, 0xff_80_80, 0x00_66_cc, 0xcc_cc_ff, //
    0x00_00_80, 0xff_00_ff, 0xff_ff_00, 0x00_ff_ff, 0x80_00_80, 0x80_00_00, 0x00_80_80, 0x00_00_ff, //
    0x00_cc_ff, 0xcc_ff_ff, 0xcc_ff_cc, 0xff_ff_99, 0x99_cc_ff, 0xff_99_cc, 0xcc_99_ff, 0xff_cc_99, //
    0x33_66_ff, 0x33_cc_cc, 0x99_cc_00, 0xff_cc_00, 0xff_99_00, 0xff_66_00, 0x66_66_99, 0x96_96_96, //
    0x00_33_66, 0x33_99_66, 0x00_33_00, 0x33_33_00, 0x99_33_00, 0x99_33_66, 0x33_33_99, 0x33_33_33,
];

/// A colour of 24 bits.
pub(crate) type Rgb = [u8; 3];

/// The colours of a workbook.
#[derive(Clone, Debug)]
pub(crate) struct Palette(Vec<Rgb>);

impl Default for Palette {
    fn default() -> Self {
        Self(USUAL.iter().map(|color| split(*color)).collect())
    }
}

const fn split(color: u32) -> Rgb {
    let [_, red, green, blue] = color.to_be_bytes();
    [red, green, blue]
}

impl Palette {
    /// Replaces the first colours by those of the workbook.
    pub(crate) fn define(&mut self, colors: impl Iterator<Item = Rgb>) {
        self.0.iter_mut().zip(colors).for_each(|(own, color)| *own = color);
    }

    /// Colour 0 to 7 (fixed), 8 to 63 (the workbook's); none for those of the system: text on window.
    pub(crate) fn get(&self, index: usize) -> Option<Rgb> {
        match index.checked_sub(FIRST) {
            None => USUAL.get(index).copied().map(split),
            Some(own) => self.0.get(own).copied(),
        }
    }
}

/// As the model names it.
pub(crate) fn named([red, green, blue]: Rgb) -> Color {
    Color::rgb(red, green, blue)
}

/// `share` of `over` on `under`.
pub(crate) fn mixed(over: Rgb, under: Rgb, share: f32) -> Rgb {
    let mix =
        |over: u8, under: u8| (f32::from(over) * share + f32::from(under) * (1.0 - share)).round() as u8;
    [mix(over[0], under[0]), mix(over[1], under[1]), mix(over[2], under[2])]
}

/// Lighter (`tint` up to 1) or darker (down to -1), as Excel does it: by the lightness alone (ECMA-376 part 1 §18.8.19).
pub(crate) fn tinted(color: Rgb, tint: f64) -> Rgb {
    if tint == 0.0 || !tint.is_finite() {
        return color;
    }
    let tint = tint.clamp(-1.0, 1.0);
    let (hue, saturation, lightness) = to_hsl(color);
    let lightness = if tint < 0.0 { lightness * (1.0 + tint) } else { lightness * (1.0 - tint) + tint };
    from_hsl(hue, saturation, lightness)
}

fn to_hsl(color: Rgb) -> (f64, f64, f64) {
    let [red, green, blue] = color.map(|part| f64::from(part) / 255.0);
    let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
    let (lightness, range) = (f64::midpoint(most, least), most - least);
    if range == 0.0 {
        return (0.0, 0.0, lightness);
    }
    let saturation = range / (1.0 - (2.0 * lightness - 1.0).abs());
    let sixth = if most == red {
        ((green - blue) / range).rem_euclid(6.0)
    } else if most == green {
        (blue - red) / range + 2.0
    } else {
        (red - green) / range + 4.0
    };
    (sixth, saturation, lightness)
}

/// `sixth`: of the circle of hues.
fn from_hsl(sixth: f64, saturation: f64, lightness: f64) -> Rgb {
    let range = (1.0 - (2.0 * lightness - 1.0).abs()) * saturation;
    let middle = range * (1.0 - (sixth % 2.0 - 1.0).abs());
    let parts = match sixth as u8 {
        0 => [range, middle, 0.0],
        1 => [middle, range, 0.0],
        2 => [0.0, range, middle],
        3 => [0.0, middle, range],
        4 => [middle, 0.0, range],
        _ => [range, 0.0, middle],
    };
    parts.map(|part| ((part + lightness - range / 2.0) * 255.0).round().clamp(0.0, 255.0) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_numbers() {
        let mut palette = Palette::default();
        palette.define([[1, 2, 3]].into_iter());
        for (index, expected) in [
            (0, Some([0, 0, 0])),
            (2, Some([255, 0, 0])),
            (8, Some([1, 2, 3])),
            (10, Some([255, 0, 0])),
            (63, Some([0x33, 0x33, 0x33])),
            (64, None),
            (0x7fff, None),
        ] {
            assert_eq!(palette.get(index), expected, "{index}");
        }
    }

    #[test]
    fn tints_change_the_lightness() {
        for (color, tint, expected) in [
            ([0x4f, 0x81, 0xbd], 0.0, [0x4f, 0x81, 0xbd]),
            ([0x4f, 0x81, 0xbd], 1.0, [255, 255, 255]),
            ([0x4f, 0x81, 0xbd], -1.0, [0, 0, 0]),
            // Office's "Accent 1, lighter 80 %" and "darker 25 %".
            ([0x4f, 0x81, 0xbd], 0.799_981_688_894_314, [0xdc, 0xe6, 0xf2]),
            ([0x4f, 0x81, 0xbd], -0.249_977_111_117_893, [0x37, 0x60, 0x92]),
            ([255, 255, 255], -0.5, [128, 128, 128]),
        ] {
            assert_eq!(tinted(color, tint), expected, "{color:?} {tint}");
        }
    }
}
