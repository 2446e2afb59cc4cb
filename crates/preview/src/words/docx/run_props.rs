//! How text looks, as styles and runs say it (`w:rPr`, ECMA-376 part 1 §17.3.2).

use std::rc::Rc;

use super::symbols::is_symbol_font;
use super::theme::Theme;
use super::units::{HALVES, channels, highlight, is_dark, points, switch};
use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::model::{Color, Script, TextStyle};

/// Properties that styles of several kinds turn on and off again (§17.7.3).
#[derive(Clone, Copy)]
pub(super) enum Toggle {
    Bold,
    BoldComplex,
    Italic,
    ItalicComplex,
    Caps,
    SmallCaps,
    Strike,
    DoubleStrike,
    Vanish,
}

const TOGGLES: [(&str, Toggle); 9] = [
    ("b", Toggle::Bold),
    ("bCs", Toggle::BoldComplex),
    ("i", Toggle::Italic),
    ("iCs", Toggle::ItalicComplex),
    ("caps", Toggle::Caps),
    ("smallCaps", Toggle::SmallCaps),
    ("strike", Toggle::Strike),
    ("dstrike", Toggle::DoubleStrike),
    ("vanish", Toggle::Vanish),
];

/// What is set; everything else is as in the style below. In colours, the inner none is "automatic" or "no colour".
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RunProps {
    toggles: [Option<bool>; TOGGLES.len()],
    /// The id of a character style.
    pub(super) style: Option<Rc<str>>,
    underline: Option<bool>,
    script: Option<Option<Script>>,
    color: Option<Option<Color>>,
    highlight: Option<Option<Color>>,
    shade: Option<Option<Color>>,
    font: Option<Rc<str>>,
    font_east: Option<Rc<str>>,
    font_complex: Option<Rc<str>>,
    size: Option<f32>,
    size_complex: Option<f32>,
    /// In a script that has letters of its own for the run's language (right-to-left, Thai …).
    complex: Option<bool>,
    /// Tracked: the run, or the paragraph's mark, was added.
    pub(super) inserted: bool,
}

impl RunProps {
    /// Reads `w:rPr`.
    pub(super) fn read(node: Node<'_>, theme: &Theme) -> Self {
        let mut props = Self::default();
        for property in node.elements().filter(|property| property.ns() == Some(Ns::W)) {
            props.set(property, theme);
        }
        props
    }

    /// Nothing but a colour, where there is one.
    pub(super) fn colored(color: Option<Color>) -> Self {
        Self { color: color.map(Some), ..Self::default() }
    }

    fn set(&mut self, node: Node<'_>, theme: &Theme) {
        let value = node.attribute("val");
        match node.name() {
            "rStyle" => self.style = value.map(Rc::from),
            "u" => self.underline = Some(value.is_none_or(|value| value != "none")),
            "vertAlign" => {
                self.script = value.map(|value| match value {
                    "superscript" => Some(Script::Super),
                    "subscript" => Some(Script::Sub),
                    _ => None,
                });
            }
            "color" => self.color = Some(color(node, "val", "theme", theme)),
            "highlight" => self.highlight = Some(value.and_then(highlight)),
            "shd" => self.shade = Some(shade(node, theme)),
            "rFonts" => self.set_fonts(node, theme),
            "sz" => self.size = points(node, "val", HALVES).filter(|size| *size > 0.0).or(self.size),
            "szCs" => self.size_complex = points(node, "val", HALVES).filter(|size| *size > 0.0),
            "rtl" | "cs" => self.complex = Some(switch(node)),
            "ins" | "moveTo" => self.inserted = true,
            name => {
                if let Some((_, toggle)) = TOGGLES.iter().find(|(known, _)| *known == name) {
                    self.toggles[*toggle as usize] = Some(switch(node));
                }
            }
        }
    }

    fn set_fonts(&mut self, node: Node<'_>, theme: &Theme) {
        let face = |themed: &str, named: &str| {
            let themed = node.attribute(themed).and_then(|name| theme.font(name));
            themed.or_else(|| node.attribute(named).filter(|name| !name.is_empty()).map(Rc::from))
        };
        let latin = face("asciiTheme", "ascii").or_else(|| face("hAnsiTheme", "hAnsi"));
        self.font = latin.or_else(|| self.font.take());
        self.font_east = face("eastAsiaTheme", "eastAsia").or_else(|| self.font_east.take());
        self.font_complex = face("cstheme", "cs").or_else(|| self.font_complex.take());
    }

    /// Puts what `over` sets on top; toggles too.
    pub(super) fn apply(&mut self, over: &Self) {
        fn put<T: Clone>(under: &mut Option<T>, over: &Option<T>) {
            if over.is_some() {
                under.clone_from(over);
            }
        }
        for (under, over) in self.toggles.iter_mut().zip(&over.toggles) {
            *under = over.or(*under);
        }
        put(&mut self.style, &over.style);
        put(&mut self.underline, &over.underline);
        put(&mut self.script, &over.script);
        put(&mut self.color, &over.color);
        put(&mut self.highlight, &over.highlight);
        put(&mut self.shade, &over.shade);
        put(&mut self.font, &over.font);
        put(&mut self.font_east, &over.font_east);
        put(&mut self.font_complex, &over.font_complex);
        put(&mut self.size, &over.size);
        put(&mut self.size_complex, &over.size_complex);
        put(&mut self.complex, &over.complex);
        self.inserted |= over.inserted;
    }

    /// Puts a style of another kind on top: what both turn on is off (§17.7.3).
    pub(super) fn apply_style(&mut self, over: &Self) {
        let before = self.toggles;
        self.apply(over);
        for ((now, before), over) in self.toggles.iter_mut().zip(before).zip(over.toggles) {
            if let (Some(before), Some(over)) = (before, over) {
                *now = Some(before != over);
            }
        }
    }

    pub(super) fn is(&self, toggle: Toggle) -> bool {
        self.toggles[toggle as usize].unwrap_or(false)
    }

    /// Its letters are pictures: the font's name.
    pub(super) fn symbol_font(&self) -> Option<&str> {
        self.font.as_deref().filter(|font| is_symbol_font(font))
    }

    /// Its colour is the automatic one.
    fn is_automatic(&self) -> bool {
        !matches!(self.color, Some(Some(_)))
    }

    /// For the model: everything that is set, for this text on this background.
    pub(super) fn text_style(&self, text: &str, behind: Option<&Color>) -> TextStyle {
        let complex = self.complex == Some(true);
        let east = !complex && text.chars().find(|letter| letter.is_alphabetic()).is_some_and(is_east_asian);
        let font = match () {
            () if complex => self.font_complex.as_ref().or(self.font.as_ref()),
            () if east => self.font_east.as_ref().or(self.font.as_ref()),
            () => self.font.as_ref(),
        };
        let toggle = |plain, of_complex| self.is(if complex { of_complex } else { plain });
        let highlight = self.highlight.clone().flatten().or_else(|| self.shade.clone().flatten());
        let mut color = self.color.clone().flatten();
        if self.is_automatic() && highlight.as_ref().or(behind).is_some_and(is_dark) {
            color = Some(Color::rgb(255, 255, 255));
        }
        TextStyle {
            bold: toggle(Toggle::Bold, Toggle::BoldComplex),
            italic: toggle(Toggle::Italic, Toggle::ItalicComplex),
            underline: self.underline == Some(true),
            strike: self.is(Toggle::Strike) || self.is(Toggle::DoubleStrike),
            script: self.script.flatten(),
            small_caps: self.is(Toggle::SmallCaps) && !self.is(Toggle::Caps),
            font: font.map(|font| font.to_string()),
            size: if complex { self.size_complex.or(self.size) } else { self.size },
            color,
            highlight,
            inserted: self.inserted,
            deleted: false,
        }
    }
}

/// Letters that the font for East Asia is for.
fn is_east_asian(letter: char) -> bool {
    matches!(letter, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}'
        | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

/// A colour: the theme's where it names one (`themeColor` with `themeTint` and `themeShade`), or its value; none is automatic.
pub(super) fn color(node: Node<'_>, value: &str, kind: &str, theme: &Theme) -> Option<Color> {
    let named = |suffix: &str| node.attribute(&format!("{kind}{suffix}"));
    let (name, tint, shade) = if kind == "theme" {
        (named("Color"), named("Tint"), named("Shade"))
    } else {
        (node.attribute(kind), named("Tint"), named("Shade"))
    };
    let themed = name.and_then(|name| theme.color(name, tint, shade));
    themed.or_else(|| Color::hex(node.attribute(value)?))
}

/// Shading (§17.3.5): a pattern of one colour on another is the mixture of both; none where nothing is seen of it.
pub(super) fn shade(node: Node<'_>, theme: &Theme) -> Option<Color> {
    let fill = color(node, "fill", "themeFill", theme);
    let pattern = node.attribute("val").unwrap_or("clear");
    let share = match pattern {
        "nil" => return None,
        "clear" => return fill,
        "solid" => 1.0,
        _ => match pattern.strip_prefix("pct").and_then(|percent| percent.parse::<f32>().ok()) {
            Some(percent) => (percent / 100.0).clamp(0.0, 1.0),
            // Stripes and crosses cover about a quarter.
            None => 0.25,
        },
    };
    let front = color(node, "color", "theme", theme).unwrap_or_else(|| Color::rgb(0, 0, 0));
    let back = fill.unwrap_or_else(|| Color::rgb(255, 255, 255));
    let (front, back) = (channels(&front), channels(&back));
    let mix = |at: usize| {
        let (front, back) = (f32::from(front[at]), f32::from(back[at]));
        (front * share + back * (1.0 - share)).round() as u8
    };
    Some(Color::rgb(mix(0), mix(1), mix(2)))
}
