//! Colours: by number, of the theme, lighter and darker (ECMA-376 part 1 §18.8.3, §18.8.19, §18.8.27).

use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::drawing::color::{self, ColorMap, Rgba};
use crate::drawing::theme::Theme;
use crate::model::Color;

/// The colours that cells name by numbers.
#[derive(Clone, Debug)]
pub(crate) struct Palette {
    /// Light 1, dark 1, light 2, dark 2, six accents, link, followed link.
    theme: [[u8; 3]; 12],
    /// A workbook's own instead of the usual ones.
    indexed: Vec<Option<[u8; 3]>>,
}

/// The order of a theme's colours by their numbers in cells.
const THEME: [&str; 12] = [
    "lt1", "dk1", "lt2", "dk2", "accent1", "accent2", "accent3", "accent4", "accent5", "accent6", "hlink",
    "folHlink",
];

const fn bytes(rgb: u32) -> [u8; 3] {
    let [_, red, green, blue] = rgb.to_be_bytes();
    [red, green, blue]
}

/// The colours of a theme by the numbers that cells name them by.
pub(in crate::sheets) fn numbered(theme: &Theme) -> [[u8; 3]; 12] {
    let map = ColorMap::default();
    let scheme = color::Palette::new(theme, &map);
    let bytes =
        |Rgba([red, green, blue, _]): Rgba| [red, green, blue].map(|part| (part * 255.0).round() as u8);
    THEME.map(|name| scheme.scheme(name).map(bytes).unwrap_or_default())
}

impl Default for Palette {
    fn default() -> Self {
        Self::new(&Theme::default())
    }
}

impl Palette {
    /// With the colours of a theme.
    pub(super) fn new(theme: &Theme) -> Self {
        Self { theme: numbered(theme), indexed: Vec::new() }
    }

    /// The workbook's own numbered colours.
    pub(super) fn set_indexed(&mut self, colors: Node<'_>) {
        let indexed = colors.child(Ns::S, "indexedColors");
        let all = indexed.iter().flat_map(|indexed| indexed.all(Ns::S, "rgbColor")).take(INDEXED);
        self.indexed = all.map(|color| color.attribute("rgb").and_then(rgb_of)).collect();
    }

    /// The colour that an element names (`rgb`, `theme`, `indexed`, with `tint`); none of `auto`.
    pub(super) fn of(&self, node: Node<'_>) -> Option<Color> {
        self.rgb(node).map(hex)
    }

    pub(super) fn rgb(&self, node: Node<'_>) -> Option<[u8; 3]> {
        let base = match (node.attribute("rgb"), node.number("theme"), node.number("indexed")) {
            (Some(rgb), _, _) => rgb_of(rgb)?,
            (None, Some(theme), _) => *self.theme.get::<usize>(theme)?,
            (None, None, Some(index)) => self.numbered(index)?,
            (None, None, None) => return None,
        };
        Some(tinted(base, node.number("tint").unwrap_or(0.0)))
    }

    fn numbered(&self, index: usize) -> Option<[u8; 3]> {
        if let Some(own) = self.indexed.get(index) {
            return *own;
        }
        // The first eight come twice.
        legacy(if index < 8 { index } else { index - 8 }).filter(|_| index < INDEXED)
    }
}

/// Colours that have a number; 64 and 65 are those of the system for text and paper.
const INDEXED: usize = 64;

fn legacy(index: usize) -> Option<[u8; 3]> {
    crate::sheets::numfmt::palette(index)
}

pub(in crate::sheets) fn hex([red, green, blue]: [u8; 3]) -> Color {
    Color::rgb(red, green, blue)
}

/// `AARRGGBB` or `RRGGBB`; Excel does not look at the alpha.
fn rgb_of(text: &str) -> Option<[u8; 3]> {
    let text = text.trim().trim_start_matches('#');
    let digits = if text.len() == 8 { text.get(2..)? } else { text };
    let value = (digits.len() == 6).then(|| u32::from_str_radix(digits, 16).ok()).flatten()?;
    Some(bytes(value))
}

/// Lighter (up to 1) or darker (down to -1), as §18.8.19 has it: by the lightness alone.
pub(in crate::sheets) fn tinted(rgb: [u8; 3], tint: f64) -> [u8; 3] {
    if tint == 0.0 || !tint.is_finite() {
        return rgb;
    }
    let (hue, saturation, lightness) = to_hls(rgb);
    let tint = tint.clamp(-1.0, 1.0);
    let lightness = if tint < 0.0 { lightness * (1.0 + tint) } else { lightness * (1.0 - tint) + tint };
    from_hls(hue, saturation, lightness)
}

/// Hue (0 to 6), saturation and lightness (0 to 1).
fn to_hls(rgb: [u8; 3]) -> (f64, f64, f64) {
    let [red, green, blue] = rgb.map(|part| f64::from(part) / 255.0);
    let most = red.max(green).max(blue);
    let least = red.min(green).min(blue);
    let (sum, spread) = (most + least, most - least);
    if spread <= 0.0 {
        return (0.0, 0.0, sum / 2.0);
    }
    let saturation = if sum <= 1.0 { spread / sum } else { spread / (2.0 - sum) };
    let hue = if red >= most {
        ((green - blue) / spread).rem_euclid(6.0)
    } else if green >= most {
        (blue - red) / spread + 2.0
    } else {
        (red - green) / spread + 4.0
    };
    (hue, saturation, sum / 2.0)
}

fn from_hls(hue: f64, saturation: f64, lightness: f64) -> [u8; 3] {
    let chroma = (1.0 - (2.0 * lightness - 1.0).abs()) * saturation;
    let second = chroma * (1.0 - (hue.rem_euclid(2.0) - 1.0).abs());
    let (red, green, blue) = match hue as u8 {
        0 => (chroma, second, 0.0),
        1 => (second, chroma, 0.0),
        2 => (0.0, chroma, second),
        3 => (0.0, second, chroma),
        4 => (second, 0.0, chroma),
        _ => (chroma, 0.0, second),
    };
    [red, green, blue].map(|part| ((part + lightness - chroma / 2.0) * 255.0).round().clamp(0.0, 255.0) as u8)
}

/// Between two colours: `share` (0 to 1) of the first.
pub(in crate::sheets) fn mixed(first: [u8; 3], second: [u8; 3], share: f64) -> [u8; 3] {
    let mut out = second;
    for (part, (first, second)) in out.iter_mut().zip(first.into_iter().zip(second)) {
        *part =
            (f64::from(first) * share + f64::from(second) * (1.0 - share)).round().clamp(0.0, 255.0) as u8;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::tree::Tree;
    use crate::container::xml::Xml;
    use crate::error::Result;

    #[test]
    fn colors_are_named_in_four_ways() -> Result<()> {
        for (attributes, expected) in [
            ("rgb='FF123456'", Some("#123456")),
            ("rgb='abcdef'", Some("#abcdef")),
            ("theme='4'", Some("#4472c4")),
            ("theme='0' tint='-0.249977111117893'", Some("#bfbfbf")),
            ("theme='1' tint='0.499984740745262'", Some("#7f7f7f")),
            ("theme='4' tint='0.5999938962981048'", Some("#b4c7e7")),
            ("theme='3' tint='-0.249977111117893'", Some("#333f50")),
            ("indexed='10'", Some("#ff0000")),
            ("indexed='2'", Some("#ff0000")),
            ("indexed='22'", Some("#c0c0c0")),
            ("indexed='64'", None),
            ("auto='1'", None),
            ("theme='99'", None),
            ("rgb='zz'", None),
        ] {
            let text = format!("<color {attributes}/>");
            let tree = Tree::whole(Xml::new(text.as_bytes()), 9)?;
            let color = tree.root().and_then(|root| Palette::default().of(root));
            assert_eq!(color.as_ref().map(Color::as_str), expected, "{attributes}");
        }
        Ok(())
    }
}
