//! Colours and what is done to them (ECMA-376 part 1 §20.1.2.3).

use super::named::NAMED;
use super::share;
use super::theme::{Slot, Theme};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::model::Color;

/// A colour while it is reckoned with: red, green, blue as displayed (not linear), alpha; each 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rgba(pub(crate) [f32; 4]);

impl Rgba {
    pub(crate) const BLACK: Self = Self([0.0, 0.0, 0.0, 1.0]);
    pub(crate) const WHITE: Self = Self([1.0, 1.0, 1.0, 1.0]);

    pub(crate) fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue, 255].map(|part| f32::from(part) / 255.0))
    }

    /// `RRGGBB`.
    pub(crate) fn hex(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('#');
        let whole = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = whole.then(|| u32::from_str_radix(text, 16).ok())??;
        let [_, red, green, blue] = number.to_be_bytes();
        Some(Self::rgb(red, green, blue))
    }

    pub(crate) fn color(self) -> Color {
        let [red, green, blue, alpha] = self.0.map(|part| (part.clamp(0.0, 1.0) * 255.0).round() as u8);
        Color::rgba(red, green, blue, alpha)
    }

    /// Mixed with as much of `other` as `share` says.
    pub(crate) fn mix(self, other: Self, share: f32) -> Self {
        let mut mixed = self;
        for (part, other) in mixed.0.iter_mut().zip(other.0) {
            *part += (other - *part) * share;
        }
        mixed
    }

    fn each(self, change: impl Fn(f32) -> f32) -> Self {
        let [red, green, blue, alpha] = self.0;
        Self([change(red), change(green), change(blue), alpha].map(|part| part.clamp(0.0, 1.0)))
    }

    fn in_hsl(self, change: impl Fn(&mut [f32; 3])) -> Self {
        let [red, green, blue, alpha] = self.0;
        let mut hsl = to_hsl([red, green, blue]);
        change(&mut hsl);
        let [red, green, blue] = from_hsl(hsl);
        Self([red, green, blue, alpha])
    }
}

/// What colours are looked up in: the theme, the names that a master gives its colours, the placeholder of a style.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Palette<'t> {
    pub(crate) theme: &'t Theme,
    pub(crate) map: &'t ColorMap,
    /// What `phClr` stands for.
    pub(crate) placeholder: Option<Rgba>,
}

impl<'t> Palette<'t> {
    pub(crate) const fn new(theme: &'t Theme, map: &'t ColorMap) -> Self {
        Self { theme, map, placeholder: None }
    }

    pub(crate) const fn with(self, placeholder: Option<Rgba>) -> Self {
        Self { placeholder, ..self }
    }

    /// A colour by its name in the scheme: `accent1`, `tx1`, `phClr`.
    pub(crate) fn scheme(&self, name: &str) -> Option<Rgba> {
        if name == "phClr" {
            return self.placeholder;
        }
        self.map.slot(name).map(|slot| self.theme.color(slot))
    }

    /// The colour that stands inside `node` (`solidFill`, `fillRef`, …).
    pub(crate) fn inside(&self, node: Node<'_>) -> Option<Rgba> {
        node.elements().find_map(|color| self.read(color))
    }

    /// The colour that `node` is.
    pub(crate) fn read(&self, node: Node<'_>) -> Option<Rgba> {
        let base = match node.name() {
            "srgbClr" => Rgba::hex(node.attribute("val")?)?,
            "schemeClr" => self.scheme(node.attribute("val")?.trim())?,
            "sysClr" => node
                .attribute("lastClr")
                .and_then(Rgba::hex)
                .or_else(|| node.attribute("val").and_then(system))?,
            "prstClr" => preset(node.attribute("val")?.trim())?,
            "hslClr" => {
                let part = |name| node.attribute(name).and_then(share).unwrap_or(0.0);
                let hue = node.number::<f32>("hue").unwrap_or(0.0) / 21_600_000.0;
                let [red, green, blue] = from_hsl([hue, part("sat"), part("lum")]);
                Rgba([red, green, blue, 1.0])
            }
            "scrgbClr" => {
                let part = |name| from_linear(node.attribute(name).and_then(share).unwrap_or(0.0));
                Rgba([part("r"), part("g"), part("b"), 1.0])
            }
            _ => return None,
        };
        Some(node.elements().fold(base, transform))
    }
}

/// One step of what is done to a colour (§20.1.2.3.1 and following), in the order that they stand.
fn transform(color: Rgba, step: Node<'_>) -> Rgba {
    let value = step.attribute("val").and_then(share).unwrap_or(0.0);
    let [red, green, blue, alpha] = color.0;
    match step.name() {
        "alpha" => Rgba([red, green, blue, value.clamp(0.0, 1.0)]),
        "alphaMod" => Rgba([red, green, blue, (alpha * value).clamp(0.0, 1.0)]),
        "alphaOff" => Rgba([red, green, blue, (alpha + value).clamp(0.0, 1.0)]),
        // Light is added and taken away as light, not as numbers on a screen.
        "tint" => color.each(|part| from_linear(1.0 - (1.0 - to_linear(part)) * value)),
        "shade" => color.each(|part| from_linear(to_linear(part) * value)),
        "lum" => color.in_hsl(|hsl| hsl[2] = value),
        "lumMod" => color.in_hsl(|hsl| hsl[2] *= value),
        "lumOff" => color.in_hsl(|hsl| hsl[2] += value),
        "sat" => color.in_hsl(|hsl| hsl[1] = value),
        "satMod" => color.in_hsl(|hsl| hsl[1] *= value),
        "satOff" => color.in_hsl(|hsl| hsl[1] += value),
        "hue" => color.in_hsl(|hsl| hsl[0] = step.number("val").unwrap_or(0.0) / 21_600_000.0),
        "hueMod" => color.in_hsl(|hsl| hsl[0] *= value),
        "hueOff" => color.in_hsl(|hsl| hsl[0] += step.number("val").unwrap_or(0.0) / 21_600_000.0),
        "comp" => color.in_hsl(|hsl| hsl[0] += 0.5),
        "inv" => color.each(|part| 1.0 - part),
        "gray" => color.each(|_| 0.299 * red + 0.587 * green + 0.114 * blue),
        "red" => Rgba([value.clamp(0.0, 1.0), green, blue, alpha]),
        "green" => Rgba([red, value.clamp(0.0, 1.0), blue, alpha]),
        "blue" => Rgba([red, green, value.clamp(0.0, 1.0), alpha]),
        "redMod" => Rgba([(red * value).clamp(0.0, 1.0), green, blue, alpha]),
        "greenMod" => Rgba([red, (green * value).clamp(0.0, 1.0), blue, alpha]),
        "blueMod" => Rgba([red, green, (blue * value).clamp(0.0, 1.0), alpha]),
        "gamma" => color.each(from_linear),
        "invGamma" => color.each(to_linear),
        _ => color,
    }
}

/// Light out of a number on the screen (IEC 61966-2-1).
fn to_linear(part: f32) -> f32 {
    if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
}

fn from_linear(part: f32) -> f32 {
    let part = part.clamp(0.0, 1.0);
    if part <= 0.003_130_8 { part * 12.92 } else { 1.055 * part.powf(1.0 / 2.4) - 0.055 }
}

/// Hue, saturation and lightness, each 0 to 1.
fn to_hsl([red, green, blue]: [f32; 3]) -> [f32; 3] {
    let (high, low) = (red.max(green).max(blue), red.min(green).min(blue));
    let (lightness, range) = (f32::midpoint(high, low), high - low);
    if range <= f32::EPSILON {
        return [0.0, 0.0, lightness];
    }
    let saturation = range / (1.0 - (2.0 * lightness - 1.0).abs()).max(f32::EPSILON);
    let hue = if high == red {
        ((green - blue) / range).rem_euclid(6.0)
    } else if high == green {
        (blue - red) / range + 2.0
    } else {
        (red - green) / range + 4.0
    };
    [hue / 6.0, saturation, lightness]
}

fn from_hsl([hue, saturation, lightness]: [f32; 3]) -> [f32; 3] {
    let (saturation, lightness) = (saturation.clamp(0.0, 1.0), lightness.clamp(0.0, 1.0));
    let range = saturation * lightness.min(1.0 - lightness);
    [0.0, 8.0, 4.0].map(|shift: f32| {
        let turn = (shift + hue * 12.0).rem_euclid(12.0);
        lightness - range * (turn - 3.0).min(9.0 - turn).clamp(-1.0, 1.0)
    })
}

/// The names that a master, a slide or a chart gives the colours of the theme (`clrMap`, §19.3.1.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColorMap {
    background1: Slot,
    text1: Slot,
    background2: Slot,
    text2: Slot,
    /// `accent1` to `accent6`, `hlink`, `folHlink`.
    others: [Slot; 8],
}

impl Default for ColorMap {
    fn default() -> Self {
        Self {
            background1: Slot::LIGHT1,
            text1: Slot::DARK1,
            background2: Slot::LIGHT2,
            text2: Slot::DARK2,
            others: Slot::OTHERS,
        }
    }
}

/// Names of [`ColorMap::others`].
const OTHERS: [&str; 8] =
    ["accent1", "accent2", "accent3", "accent4", "accent5", "accent6", "hlink", "folHlink"];

impl ColorMap {
    /// `clrMap` or `overrideClrMapping`.
    pub(crate) fn read(node: Node<'_>) -> Self {
        let mut map = Self::default();
        let said = |name: &str| node.attribute(name).and_then(|slot| Slot::named(slot.trim()));
        for (name, slot) in [
            ("bg1", &mut map.background1),
            ("tx1", &mut map.text1),
            ("bg2", &mut map.background2),
            ("tx2", &mut map.text2),
        ] {
            *slot = said(name).unwrap_or(*slot);
        }
        for (name, slot) in OTHERS.iter().zip(&mut map.others) {
            *slot = said(name).unwrap_or(*slot);
        }
        map
    }

    /// The map of a `clrMapOvr` that has one of its own (§19.3.1.7).
    pub(crate) fn overridden(node: Node<'_>) -> Option<Self> {
        node.child(Ns::A, "overrideClrMapping").map(Self::read)
    }

    fn slot(&self, name: &str) -> Option<Slot> {
        match name {
            "bg1" => Some(self.background1),
            "tx1" => Some(self.text1),
            "bg2" => Some(self.background2),
            "tx2" => Some(self.text2),
            _ => match OTHERS.iter().position(|other| *other == name) {
                Some(number) => self.others.get(number).copied(),
                None => Slot::named(name),
            },
        }
    }
}

/// Colours of the window system, as they are where nobody changed them (§20.1.10.58).
fn system(name: &str) -> Option<Rgba> {
    Some(match name {
        "windowText" | "btnText" | "menuText" | "captionText" | "infoText" | "windowFrame" => Rgba::BLACK,
        "window" | "menu" | "highlightText" | "btnHighlight" => Rgba::WHITE,
        "btnFace" | "3dLight" | "menuBar" | "activeBorder" | "inactiveBorder" => Rgba::rgb(240, 240, 240),
        "highlight" | "menuHighlight" | "hotLight" => Rgba::rgb(0, 120, 215),
        "grayText" => Rgba::rgb(109, 109, 109),
        "btnShadow" => Rgba::rgb(160, 160, 160),
        "3dDkShadow" => Rgba::rgb(105, 105, 105),
        "scrollBar" => Rgba::rgb(200, 200, 200),
        "infoBk" => Rgba::rgb(255, 255, 225),
        _ => return None,
    })
}

/// Colours by their names (§20.1.10.47): those of SVG, with `dk`, `lt`, `med` for `dark`, `light`, `medium`.
fn preset(name: &str) -> Option<Rgba> {
    let long = [("dk", "dark"), ("lt", "light"), ("med", "medium")].iter().find_map(|(short, long)| {
        name.strip_prefix(short)
            .filter(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
            .map(|rest| format!("{long}{rest}"))
    });
    let name = long.as_deref().unwrap_or(name).to_ascii_lowercase().replace("grey", "gray");
    NAMED.binary_search_by_key(&name.as_str(), |(name, _)| name).ok().and_then(|at| NAMED.get(at)).map(
        |(_, number)| {
            let [_, red, green, blue] = number.to_be_bytes();
            Rgba::rgb(red, green, blue)
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::tree::Tree;
    use crate::container::xml::Xml;
    use crate::error::Result;

    fn color(xml: &str) -> Result<Option<String>> {
        let tree = Tree::whole(Xml::new(format!("<a:x>{xml}</a:x>").as_bytes()), 9)?;
        let (theme, map) = (Theme::default(), ColorMap::default());
        let palette = Palette::new(&theme, &map).with(Rgba::hex("336699"));
        let root = tree.root().expect("a root");
        Ok(palette.inside(root).map(|color| color.color().as_str().to_owned()))
    }

    #[test]
    fn colors_are_what_office_shows() -> Result<()> {
        for (xml, expected) in [
            ("<a:srgbClr val='FF8000'/>", "#ff8000"),
            ("<a:srgbClr val='FF8000'><a:alpha val='50000'/></a:srgbClr>", "#ff800080"),
            ("<a:schemeClr val='accent1'/>", "#4472c4"),
            ("<a:schemeClr val='tx1'/>", "#000000"),
            ("<a:schemeClr val='phClr'/>", "#336699"),
            ("<a:schemeClr val='accent1'><a:lumMod val='75000'/></a:schemeClr>", "#2f5597"),
            (
                "<a:schemeClr val='accent1'><a:lumMod val='40000'/><a:lumOff val='60000'/></a:schemeClr>",
                "#b4c7e7",
            ),
            ("<a:sysClr val='window' lastClr='FEFEFE'/>", "#fefefe"),
            ("<a:sysClr val='windowText'/>", "#000000"),
            ("<a:prstClr val='dkSlateGray'/>", "#2f4f4f"),
            ("<a:prstClr val='medPurple'/>", "#9370db"),
            ("<a:hslClr hue='7200000' sat='100%' lum='50%'/>", "#00ff00"),
            ("<a:scrgbClr r='100%' g='0' b='21404'/>", "#ff007f"),
            ("<a:srgbClr val='808080'><a:shade val='50000'/></a:srgbClr>", "#5c5c5c"),
            ("<a:srgbClr val='000000'><a:tint val='50000'/></a:srgbClr>", "#bcbcbc"),
            ("<a:srgbClr val='FF0000'><a:comp/></a:srgbClr>", "#00ffff"),
        ] {
            assert_eq!(color(xml)?.as_deref(), Some(expected), "{xml}");
        }
        for none in ["<a:srgbClr val='no'/>", "<a:schemeClr val='accent9'/>", "<a:prstClr/>", "<a:x/>"] {
            assert_eq!(color(none)?, None, "{none}");
        }
        Ok(())
    }

    #[test]
    fn names_of_colors_can_be_searched() {
        assert!(NAMED.is_sorted());
    }
}
