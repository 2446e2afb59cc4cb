//! Styles by their names, each on top of another one.

use std::collections::HashMap;

use crate::container::tree::Node;
use crate::container::xml::Ns;
use crate::model::{Border, Borders, CellAlign, CellStyle, Color, Dash, Script, VerticalAlign};
use crate::sheets::xlsx::styles::{Styles, USUAL_FONT, USUAL_SIZE};

/// The style of everything that names none.
const DEFAULT: &str = "Default";

#[derive(Default)]
pub(super) struct StyleSheet {
    pub(super) styles: Styles,
    named: HashMap<String, Named>,
}

#[derive(Clone)]
struct Named {
    number: u16,
    style: CellStyle,
    code: String,
}

impl StyleSheet {
    pub(super) fn number(&self, name: &str) -> Option<u16> {
        self.named.get(name).map(|named| named.number)
    }

    /// The style of cells that name none.
    pub(super) fn usual(&self) -> u16 {
        self.number(DEFAULT).unwrap_or(0)
    }

    /// `Styles`.
    pub(super) fn read(&mut self, node: Node<'_>) {
        for style in node.all(Ns::Ss, "Style").take(usize::from(u16::MAX)) {
            let Some(id) = style.attribute("ID") else { continue };
            let base = style.attribute("Parent").and_then(|name| self.named.get(name));
            let base = base.or_else(|| self.named.get(DEFAULT)).cloned();
            let (mut look, mut code) = base.map_or_else(
                || {
                    let plain = CellStyle { vertical: VerticalAlign::Bottom, ..CellStyle::default() };
                    (plain, String::new())
                },
                |named| (named.style, named.code),
            );
            for part in style.elements() {
                match part.name() {
                    "Alignment" => align(part, &mut look),
                    "Borders" => look.borders = borders(part),
                    "Font" => font(part, &mut look),
                    "Interior" => look.fill = interior(part),
                    "NumberFormat" => {
                        code = format_code(part.attribute("Format").unwrap_or_default()).to_owned()
                    }
                    _ => {}
                }
            }
            let number = self.styles.add(look.clone(), &code);
            self.named.insert(id.to_owned(), Named { number, style: look, code });
        }
    }
}

fn align(node: Node<'_>, look: &mut CellStyle) {
    look.align = match node.attribute("Horizontal") {
        Some("Left") => CellAlign::Start,
        Some("Center") => CellAlign::Center,
        Some("Right") => CellAlign::End,
        Some("Fill") => CellAlign::Fill,
        Some("Justify" | "Distributed") => CellAlign::Justify,
        Some("CenterAcrossSelection") => CellAlign::Across,
        _ => CellAlign::General,
    };
    look.vertical = match node.attribute("Vertical") {
        Some("Top" | "Justify") => VerticalAlign::Top,
        Some("Center" | "Distributed") => VerticalAlign::Middle,
        _ => VerticalAlign::Bottom,
    };
    look.wrap = node.attribute("WrapText") == Some("1");
    look.indent = node.number("Indent").unwrap_or(0);
    // Counted against the clock there.
    look.rotation = -node.number("Rotate").unwrap_or(0_i16).clamp(-90, 90);
    if node.attribute("VerticalText") == Some("1") {
        look.rotation = 255;
    }
}

fn borders(node: Node<'_>) -> Borders {
    let edge = |position: &str| {
        let edge = node.all(Ns::Ss, "Border").find(|edge| edge.attribute("Position") == Some(position))?;
        border(edge)
    };
    Borders { start: edge("Left"), top: edge("Top"), end: edge("Right"), bottom: edge("Bottom") }
}

fn border(node: Node<'_>) -> Option<Border> {
    let line = node.attribute("LineStyle").filter(|line| *line != "None")?;
    let width = match node.number("Weight").unwrap_or(0) {
        0 => 0.25,
        1 => 0.75,
        2 => 1.5,
        _ => 2.25,
    };
    let dash = match line {
        "Dash" | "DashDot" | "DashDotDot" | "SlantDashDot" => Dash::Dashed,
        "Dot" => Dash::Dotted,
        _ => Dash::Solid,
    };
    let color = node.attribute("Color").and_then(Color::hex);
    Some(Border { width, color, dash, double: line == "Double" })
}

fn font(node: Node<'_>, look: &mut CellStyle) {
    let text = &mut look.text;
    let switch = |name: &str, before: bool| node.attribute(name).map_or(before, |value| value == "1");
    text.bold = switch("Bold", text.bold);
    text.italic = switch("Italic", text.italic);
    text.strike = switch("StrikeThrough", text.strike);
    text.underline = node.attribute("Underline").map_or(text.underline, |line| line != "None");
    text.script = match node.attribute("VerticalAlign") {
        Some("Superscript") => Some(Script::Super),
        Some("Subscript") => Some(Script::Sub),
        Some(_) => None,
        None => text.script,
    };
    if let Some(name) = node.attribute("FontName") {
        text.font = (name != USUAL_FONT).then(|| name.to_owned());
    }
    if let Some(size) = node.number::<f32>("Size").filter(|size| *size > 0.0 && *size < 1000.0) {
        text.size = (size != USUAL_SIZE).then_some(size);
    }
    if let Some(color) = node.attribute("Color") {
        text.color = Color::hex(color).filter(|color| color.as_str() != "#000000");
    }
}

fn interior(node: Node<'_>) -> Option<Color> {
    let pattern = node.attribute("Pattern").unwrap_or("None");
    (pattern != "None").then(|| node.attribute("Color").and_then(Color::hex)).flatten()
}

/// Formats that have a name instead of a code.
fn format_code(name: &str) -> &str {
    match name {
        "" | "General Number" => "General",
        "General Date" => "m/d/yyyy h:mm",
        "Long Date" => "dddd, mmmm d, yyyy",
        "Medium Date" => "d-mmm-yy",
        "Short Date" => "m/d/yyyy",
        "Long Time" => "h:mm:ss AM/PM",
        "Medium Time" => "h:mm AM/PM",
        "Short Time" => "h:mm",
        "Currency" => "\"$\"#,##0.00_);[Red]\\(\"$\"#,##0.00\\)",
        "Euro Currency" => "[$€-2] #,##0.00_);[Red]\\([$€-2] #,##0.00\\)",
        "Fixed" => "0.00",
        "Standard" => "#,##0.00",
        "Percent" => "0.00%",
        "Scientific" => "0.00E+00",
        "Yes/No" => "\"Yes\";\"Yes\";\"No\"",
        "True/False" => "\"True\";\"True\";\"False\"",
        "On/Off" => "\"On\";\"On\";\"Off\"",
        code => code,
    }
}
