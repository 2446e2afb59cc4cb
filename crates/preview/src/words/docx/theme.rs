//! Colours and fonts that a document names by their part in its theme (ECMA-376 part 1 §20.1.6).

use std::collections::HashMap;
use std::rc::Rc;

use super::units::channels;
use crate::container::opc::Package;
use crate::container::tree::Node;
use crate::drawing::color::{ColorMap, Palette};
use crate::drawing::theme::Theme as Drawing;
use crate::error::Result;
use crate::model::Color;

/// The theme of a document.
#[derive(Debug, Default)]
pub(super) struct Theme {
    drawing: Drawing,
    map: ColorMap,
    /// The document has one of its own: otherwise colours are what stands beside their theme's name.
    own: bool,
    /// What `text1`, `background2` … mean where settings say otherwise than usual (§17.15.1.20).
    mapping: HashMap<String, String>,
}

impl Theme {
    /// The theme in this part.
    pub(super) fn read(package: &Package<'_>, part: &str) -> Result<Self> {
        let own = package.zip.has(part);
        Ok(Self { drawing: Drawing::read(package, part)?, own, ..Self::default() })
    }

    /// For drawings.
    pub(super) const fn palette(&self) -> Palette<'_> {
        Palette::new(&self.drawing, &self.map)
    }

    /// Takes in `w:clrSchemeMapping` of the settings.
    pub(super) fn map(&mut self, mapping: Node<'_>) {
        let names = [
            ("text1", "t1"),
            ("text2", "t2"),
            ("background1", "bg1"),
            ("background2", "bg2"),
            ("hyperlink", "hyperlink"),
        ];
        for (name, attribute) in names {
            if let Some(target) = mapping.attribute(attribute) {
                self.mapping.insert(name.to_owned(), target.to_owned());
            }
        }
    }

    /// A theme colour (§17.18.97), made lighter or darker.
    pub(super) fn color(&self, name: &str, tint: Option<&str>, shade: Option<&str>) -> Option<Color> {
        let name = self.mapping.get(name).map_or(name, String::as_str);
        let key = match name {
            "text1" | "dark1" => "dk1",
            "text2" | "dark2" => "dk2",
            "background1" | "light1" => "lt1",
            "background2" | "light2" => "lt2",
            "hyperlink" => "hlink",
            "followedHyperlink" => "folHlink",
            name => name,
        };
        let color = self.palette().scheme(key).filter(|_| self.own)?.color();
        let share = |hex: Option<&str>| Some(f32::from(u8::from_str_radix(hex?, 16).ok()?) / 255.0);
        Some(match (share(tint), share(shade)) {
            (Some(tint), _) => with_lightness(&color, |light| light * tint + (1.0 - tint)),
            (None, Some(shade)) => with_lightness(&color, |light| light * shade),
            (None, None) => color,
        })
    }

    /// A theme font (§17.18.96): `minorHAnsi`, `majorEastAsia`, `minorBidi`.
    pub(super) fn font(&self, name: &str) -> Option<Rc<str>> {
        let fonts = if name.starts_with("major") { &self.drawing.major } else { &self.drawing.minor };
        let face = if name.ends_with("EastAsia") {
            &fonts.east_asian
        } else if name.ends_with("Bidi") {
            &fonts.complex
        } else {
            &fonts.latin
        };
        (self.own && !face.is_empty()).then(|| Rc::from(face.as_str()))
    }
}

/// The same hue and saturation with another lightness (0 to 1).
fn with_lightness(color: &Color, change: impl FnOnce(f32) -> f32) -> Color {
    let [red, green, blue] = channels(color).map(|channel| f32::from(channel) / 255.0);
    let (max, min) = (red.max(green).max(blue), red.min(green).min(blue));
    let light = f32::midpoint(max, min);
    let new = change(light).clamp(0.0, 1.0);
    let spread = 1.0 - (2.0 * light - 1.0).abs();
    let saturation = if spread <= f32::EPSILON { 0.0 } else { (max - min) / spread };
    let chroma = (1.0 - (2.0 * new - 1.0).abs()) * saturation;
    let place = |channel: f32| {
        let share = if max > min { (channel - min) / (max - min) } else { 0.0 };
        ((new - chroma / 2.0 + share * chroma) * 255.0).round().clamp(0.0, 255.0) as u8
    };
    Color::rgb(place(red), place(green), place(blue))
}

#[cfg(test)]
mod tests {
    use super::super::tests::zipped;
    use super::*;
    use crate::container::zip::Zip;
    use crate::limits::Limits;

    #[test]
    fn colours_and_fonts_are_found_by_their_part() -> Result<()> {
        let text = "<a:theme xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main'><a:themeElements><a:clrScheme>\
            <a:dk1><a:sysClr val='windowText' lastClr='000000'/></a:dk1><a:accent1><a:srgbClr val='4472C4'/></a:accent1>\
            </a:clrScheme><a:fontScheme><a:minorFont><a:latin typeface='Calibri'/><a:ea typeface=''/></a:minorFont>\
            </a:fontScheme></a:themeElements></a:theme>";
        let bytes = zipped(&[("t.xml", text)])?;
        let theme = Theme::read(&Package::new(Zip::open(&bytes, &Limits::default())?), "t.xml")?;
        let hex = |name, tint, shade| theme.color(name, tint, shade).map(|color| color.as_str().to_owned());
        for (name, tint, shade, expected) in [
            ("text1", None, None, Some("#000000")),
            ("accent1", None, None, Some("#4472c4")),
            // As Word writes them beside the theme colour, but for a rounding.
            ("accent1", Some("99"), None, Some("#8faadc")),
            ("accent1", None, Some("BF"), Some("#2f5496")),
            ("text1", Some("80"), None, Some("#7f7f7f")),
            ("accent9", None, None, None),
        ] {
            assert_eq!(hex(name, tint, shade).as_deref(), expected, "{name} {tint:?} {shade:?}");
        }
        assert_eq!(theme.font("minorHAnsi").as_deref(), Some("Calibri"));
        assert_eq!(theme.font("minorEastAsia"), None);
        Ok(())
    }
}
