//! What one style says. OpenDocument tells properties apart by what they are of, OpenOffice.org 1.0 has them all in one
//! element: here they are all in one either way.

use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::model::{
    Border, CellAlign, CellStyle, Color, Dash, Fill, Script, Stroke, TextStyle, VerticalAlign,
};

use super::measure::{border, points};

/// Letters of a name, and what is no letter, are the largest size that is believed.
const LARGEST: f32 = 1000.0;

/// Size of letters.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Size {
    Points(f32),
    /// Of the parent's.
    Times(f32),
}

/// What a style sets itself; the rest is as in its parent.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Look {
    bold: Option<bool>,
    italic: Option<bool>,
    underline: Option<bool>,
    strike: Option<bool>,
    script: Option<Option<Script>>,
    small_caps: Option<bool>,
    font: Option<String>,
    size: Option<Size>,
    color: Option<Option<Color>>,
    /// Behind the whole cell; behind the text, in a style of text.
    fill: Option<Option<Color>>,
    /// Start, top, end, bottom.
    borders: [Option<Option<Border>>; 4],
    align: Option<CellAlign>,
    /// The alignment is that of the value, whatever `align` says.
    by_value: Option<bool>,
    vertical: Option<VerticalAlign>,
    wrap: Option<bool>,
    /// Points.
    indent: Option<f32>,
    rotation: Option<i16>,
    stacked: Option<bool>,
    /// Points.
    pub(super) column_width: Option<f32>,
    pub(super) row_height: Option<f32>,
    pub(super) display: Option<bool>,
    pub(super) tab: Option<Color>,
    pub(super) rtl: Option<bool>,
    /// Inside and around shapes: none = not drawn.
    area: Option<Option<Color>>,
    line: Option<Option<Color>>,
    /// Points.
    line_width: Option<f32>,
    /// Number format: the name of a data style.
    pub(super) format: Option<String>,
}

impl Look {
    /// Of a `style:style` or `style:default-style`.
    pub(super) fn of(style: Node<'_>) -> Self {
        let mut look = Self {
            format: style.attribute_in(Ns::Style, "data-style-name").map(str::to_owned),
            ..Self::default()
        };
        for properties in style.elements().filter(|node| node.name().ends_with("properties")) {
            for (ns, name, value) in properties.attributes() {
                look.set(ns, name, value.trim());
            }
        }
        look
    }

    fn set(&mut self, ns: Ns, name: &str, value: &str) {
        match (ns, name) {
            (Ns::Fo, _) => self.set_format(name, value),
            (Ns::Style, _) => self.set_style(name, value),
            (Ns::Table, "display") => self.display = Some(value != "false"),
            (Ns::Table | Ns::Other, "tab-color") => self.tab = Color::hex(value),
            (Ns::Draw, "fill") => self.area = (value != "solid").then_some(None).or(self.area.take()),
            (Ns::Draw, "fill-color") if self.area != Some(None) => self.area = Some(Color::hex(value)),
            (Ns::Draw, "stroke") if value == "none" => self.line = Some(None),
            (Ns::Svg, "stroke-color") if self.line != Some(None) => self.line = Some(Color::hex(value)),
            (Ns::Svg, "stroke-width") => self.line_width = points(value),
            (Ns::Table, "align") if self.align.is_none() => self.align = align(value),
            _ => {}
        }
    }

    /// Attributes borrowed from XSL.
    fn set_format(&mut self, name: &str, value: &str) {
        match name {
            "font-weight" => {
                self.bold = Some(value == "bold" || value.parse::<u16>().is_ok_and(|weight| weight >= 600));
            }
            "font-style" => self.italic = Some(matches!(value, "italic" | "oblique")),
            "font-variant" => self.small_caps = Some(value == "small-caps"),
            "font-family" => self.font = Some(value.trim_matches(['\'', '"']).to_owned()),
            "font-size" => self.size = size(value).or(self.size),
            "color" => self.color = Some(Color::hex(value)),
            "background-color" => self.fill = Some(Color::hex(value)),
            "border" => self.borders = std::array::from_fn(|_| Some(border(value))),
            "border-left" => self.borders[0] = Some(border(value)),
            "border-top" => self.borders[1] = Some(border(value)),
            "border-right" => self.borders[2] = Some(border(value)),
            "border-bottom" => self.borders[3] = Some(border(value)),
            "text-align" => self.align = align(value),
            "vertical-align" => self.set_vertical(value),
            "wrap-option" => self.wrap = Some(value == "wrap"),
            "margin-left" | "padding-left" if name == "margin-left" => self.indent = points(value),
            "direction" => self.stacked = Some(value == "ttb"),
            _ => {}
        }
    }

    fn set_style(&mut self, name: &str, value: &str) {
        match name {
            "font-name" if self.font.is_none() => self.font = Some(value.to_owned()),
            "text-underline-style" | "text-underline" => self.underline = Some(value != "none"),
            "text-line-through-style" | "text-crossing-out" | "text-line-through-type" => {
                self.strike = Some(value != "none");
            }
            "text-position" => {
                let place = value.split_whitespace().next().unwrap_or_default();
                let percent = place.strip_suffix('%').and_then(|number| number.parse::<f32>().ok());
                self.script = Some(match (place, percent) {
                    ("super", _) => Some(Script::Super),
                    ("sub", _) => Some(Script::Sub),
                    (_, Some(percent)) if percent > 0.0 => Some(Script::Super),
                    (_, Some(percent)) if percent < 0.0 => Some(Script::Sub),
                    _ => None,
                });
            }
            "use-window-font-color" if value == "true" => self.color = Some(None),
            "vertical-align" => self.set_vertical(value),
            "text-align-source" => self.by_value = Some(value == "value-type"),
            "repeat-content" if value == "true" => self.align = Some(CellAlign::Fill),
            "rotation-angle" => self.rotation = value.trim_end_matches("deg").parse::<f32>().ok().map(turned),
            "direction" => self.stacked = Some(value == "ttb"),
            "column-width" => self.column_width = points(value).filter(|width| *width >= 0.0),
            "row-height" => self.row_height = points(value).filter(|height| *height >= 0.0),
            "writing-mode" => self.rtl = Some(value.starts_with("rl")),
            _ => {}
        }
    }

    fn set_vertical(&mut self, value: &str) {
        self.vertical = match value {
            "top" => Some(VerticalAlign::Top),
            "middle" => Some(VerticalAlign::Middle),
            "bottom" | "automatic" => Some(VerticalAlign::Bottom),
            _ => self.vertical,
        };
    }

    /// This look where it says something, `below` elsewhere.
    pub(super) fn over(self, below: &Self) -> Self {
        let [start, top, end, bottom] = self.borders;
        let borders = [start, top, end, bottom];
        let size = match (self.size, below.size) {
            (Some(Size::Times(times)), Some(Size::Points(points))) => Some(Size::Points(times * points)),
            (Some(Size::Times(times)), Some(Size::Times(more))) => Some(Size::Times(times * more)),
            (own, theirs) => own.or(theirs),
        };
        let mut below_borders = below.borders.clone().into_iter();
        Self {
            bold: self.bold.or(below.bold),
            italic: self.italic.or(below.italic),
            underline: self.underline.or(below.underline),
            strike: self.strike.or(below.strike),
            script: self.script.or(below.script),
            small_caps: self.small_caps.or(below.small_caps),
            font: self.font.or_else(|| below.font.clone()),
            size,
            color: self.color.or_else(|| below.color.clone()),
            fill: self.fill.or_else(|| below.fill.clone()),
            borders: borders.map(|own| own.or(below_borders.next().flatten())),
            align: self.align.or(below.align),
            by_value: self.by_value.or(below.by_value),
            vertical: self.vertical.or(below.vertical),
            wrap: self.wrap.or(below.wrap),
            indent: self.indent.or(below.indent),
            rotation: self.rotation.or(below.rotation),
            stacked: self.stacked.or(below.stacked),
            column_width: self.column_width.or(below.column_width),
            row_height: self.row_height.or(below.row_height),
            display: self.display.or(below.display),
            tab: self.tab.or_else(|| below.tab.clone()),
            rtl: self.rtl.or(below.rtl),
            area: self.area.or_else(|| below.area.clone()),
            line: self.line.or_else(|| below.line.clone()),
            line_width: self.line_width.or(below.line_width),
            format: self.format.or_else(|| below.format.clone()),
        }
    }

    /// What a shape is filled with. What is no single colour is not told.
    pub(super) fn fill(&self) -> Option<Fill> {
        self.area.clone().flatten().map(|color| Fill::Solid { color })
    }

    /// The line around a shape; thinner ones than a hair are as wide as one.
    pub(super) fn stroke(&self) -> Option<Stroke> {
        let color = self.line.clone().flatten()?;
        let width = self.line_width.unwrap_or(0.0).clamp(0.5, 100.0);
        Some(Stroke { color, width, dash: Dash::Solid, ends: None })
    }

    /// As a style of text.
    pub(super) fn text(&self) -> TextStyle {
        TextStyle {
            bold: self.bold.unwrap_or(false),
            italic: self.italic.unwrap_or(false),
            underline: self.underline.unwrap_or(false),
            strike: self.strike.unwrap_or(false),
            script: self.script.flatten(),
            small_caps: self.small_caps.unwrap_or(false),
            font: self.font.clone(),
            size: match self.size {
                Some(Size::Points(points)) => Some(points),
                _ => None,
            },
            color: self.color.clone().flatten(),
            highlight: None,
            inserted: false,
            deleted: false,
        }
    }

    /// As a style of cells. What says nothing stands at the bottom, as in every spreadsheet.
    pub(super) fn cell(&self) -> CellStyle {
        let [start, top, end, bottom] = self.borders.clone().map(Option::flatten);
        let align = if self.by_value == Some(true) { None } else { self.align };
        let align = align.unwrap_or_default();
        let indented = matches!(align, CellAlign::Start | CellAlign::End);
        let steps = self.indent.filter(|_| indented).map_or(0.0, |indent| (indent / 9.0).round());
        CellStyle {
            text: self.text(),
            fill: self.fill.clone().flatten(),
            borders: crate::model::Borders { start, top, end, bottom },
            align,
            vertical: self.vertical.unwrap_or(VerticalAlign::Bottom),
            wrap: self.wrap.unwrap_or(false),
            indent: steps.clamp(0.0, 50.0) as u8,
            rotation: if self.stacked == Some(true) { 255 } else { self.rotation.unwrap_or(0) },
        }
    }
}

fn align(value: &str) -> Option<CellAlign> {
    Some(match value {
        "start" | "left" => CellAlign::Start,
        "center" => CellAlign::Center,
        "end" | "right" => CellAlign::End,
        "justify" => CellAlign::Justify,
        _ => return None,
    })
}

fn size(value: &str) -> Option<Size> {
    if let Some(percent) = value.strip_suffix('%') {
        return percent.parse::<f32>().ok().map(|percent| Size::Times((percent / 100.0).clamp(0.1, 10.0)));
    }
    points(value).filter(|size| (0.5..LARGEST).contains(size)).map(Size::Points)
}

/// OpenDocument turns against the clock.
fn turned(degrees: f32) -> i16 {
    let against = degrees.rem_euclid(360.0);
    let clockwise = (360.0 - against).rem_euclid(360.0);
    (if clockwise > 180.0 { clockwise - 360.0 } else { clockwise }) as i16
}
