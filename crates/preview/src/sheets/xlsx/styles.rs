//! Styles of cells: fonts, fills, borders, alignment, number formats (ECMA-376 part 1 §18.8).

use std::cell::OnceCell;
use std::collections::HashMap;

use super::color::{Palette, hex, mixed};
use crate::container::opc::Package;
use crate::container::tree::{Node, Tree};
use crate::container::xml::Ns;
use crate::error::Result;
use crate::model::{Border, Borders, CellAlign, CellStyle, Color, Dash, Script, TextStyle, VerticalAlign};
use crate::sheets::numfmt::NumberFormat;

/// The font of most workbooks: what the user interface draws where a style says nothing.
pub(crate) const USUAL_FONT: &str = "Calibri";
/// Points.
pub(crate) const USUAL_SIZE: f32 = 11.0;

/// All looks of cells of a workbook.
#[derive(Debug, Default)]
pub(crate) struct Styles {
    pub(super) palette: Palette,
    fonts: Vec<TextStyle>,
    fills: Vec<Option<Color>>,
    borders: Vec<Borders>,
    formats: Vec<Format>,
    cells: Vec<Xf>,
    differences: Vec<Difference>,
}

/// One of `dxfs`: what a condition changes of a look (§18.8.14).
#[derive(Debug)]
struct Difference {
    text: TextStyle,
    fill: Option<Color>,
    borders: Borders,
    format: Option<usize>,
}

/// Differences that are kept; their numbers have 15 bits in those of styles.
const DIFFERENCES: usize = 32_000;

#[derive(Debug)]
struct Format {
    code: String,
    parsed: OnceCell<NumberFormat>,
}

/// One of `cellXfs`: what a cell's style number means.
#[derive(Debug, Default)]
struct Xf {
    font: usize,
    fill: usize,
    border: usize,
    /// Index into [`Styles::formats`]; none = `General`.
    format: Option<usize>,
    align: CellAlign,
    vertical: VerticalAlign,
    wrap: bool,
    indent: u8,
    rotation: i16,
}

impl Styles {
    /// Nothing but colours.
    pub(super) fn plain(palette: Palette) -> Self {
        Self { palette, ..Self::default() }
    }

    /// The stylesheet in this part; plain where there is none.
    pub(super) fn read(package: &Package<'_>, part: Option<&str>, palette: Palette) -> Result<Self> {
        let mut styles = Self::plain(palette);
        if let Some(tree) = part.map(|part| package.tree(part)).transpose()?.flatten() {
            styles.fill_in(&tree);
        }
        Ok(styles)
    }

    fn fill_in(&mut self, tree: &Tree) {
        let Some(root) = tree.root() else { return };
        if let Some(colors) = root.child(Ns::S, "colors") {
            self.palette.set_indexed(colors);
        }
        let inside = |list: &'static str, item: &'static str| {
            root.child(Ns::S, list).into_iter().flat_map(move |list| list.all(Ns::S, item))
        };
        let palette = &self.palette;
        self.fonts = inside("fonts", "font").map(|font| text_style(font, palette)).collect();
        self.fills = inside("fills", "fill").map(|fill| fill_color(fill, palette)).collect();
        self.borders = inside("borders", "border").map(|border| borders(border, palette)).collect();
        let mut formats = Formats { all: Vec::new(), known: HashMap::new() };
        for format in inside("numFmts", "numFmt") {
            if let (Some(id), Some(code)) = (format.number("numFmtId"), format.attribute("formatCode")) {
                formats.add(id, code);
            }
        }
        let xfs = inside("cellXfs", "xf").take(usize::from(u16::MAX));
        self.cells = xfs.map(|xf| Xf::of(xf, &mut formats)).collect();
        let differences = inside("dxfs", "dxf").take(DIFFERENCES);
        self.differences = differences.map(|node| Difference::of(node, palette, &mut formats)).collect();
        self.formats = formats.all;
    }

    /// One more look, and its number; of more than a workbook can have the first.
    pub(crate) fn add(&mut self, style: CellStyle, code: &str) -> u16 {
        let Ok(number) = u16::try_from(self.cells.len()) else { return 0 };
        let format = (!is_general(code)).then_some(self.formats.len());
        if format.is_some() {
            self.formats.push(Format { code: code.to_owned(), parsed: OnceCell::new() });
        }
        let index = self.fonts.len();
        self.cells.push(Xf {
            font: index,
            fill: index,
            border: index,
            format,
            align: style.align,
            vertical: style.vertical,
            wrap: style.wrap,
            indent: style.indent,
            rotation: style.rotation,
        });
        self.fonts.push(style.text);
        self.fills.push(style.fill);
        self.borders.push(style.borders);
        number
    }

    /// How values of this style are written; none = `General`.
    pub(super) fn format(&self, style: u16) -> Option<&NumberFormat> {
        let format = self.formats.get(self.cells.get(usize::from(style))?.format?)?;
        Some(format.parsed.get_or_init(|| NumberFormat::parse(&format.code)))
    }

    /// Cells of this style are seen even where nothing is in them.
    pub(crate) fn paints(&self, style: u16) -> bool {
        let Some(xf) = self.cells.get(usize::from(style)) else { return false };
        let fill = self.fills.get(xf.fill).is_some_and(Option::is_some);
        fill || self.borders.get(xf.border).is_some_and(|borders| !borders.is_none())
    }

    /// The look of cells of this style.
    pub(super) fn cell_style(&self, style: u16) -> CellStyle {
        let Some(xf) = self.cells.get(usize::from(style)) else {
            return CellStyle { vertical: VerticalAlign::Bottom, ..CellStyle::default() };
        };
        CellStyle {
            text: self.fonts.get(xf.font).cloned().unwrap_or_default(),
            fill: self.fills.get(xf.fill).cloned().flatten(),
            borders: self.borders.get(xf.border).cloned().unwrap_or_default(),
            align: xf.align,
            vertical: xf.vertical,
            wrap: xf.wrap,
            indent: xf.indent,
            rotation: xf.rotation,
        }
    }

    /// How a condition lets values be written, where it says it.
    pub(super) fn format_of_difference(&self, number: u16) -> Option<&NumberFormat> {
        let format = self.formats.get(self.differences.get(usize::from(number))?.format?)?;
        Some(format.parsed.get_or_init(|| NumberFormat::parse(&format.code)))
    }

    /// The look of cells of this style while a condition holds.
    pub(super) fn changed(&self, style: u16, difference: u16) -> CellStyle {
        let mut look = self.cell_style(style);
        let Some(difference) = self.differences.get(usize::from(difference)) else { return look };
        let (text, more) = (&mut look.text, &difference.text);
        text.bold |= more.bold;
        text.italic |= more.italic;
        text.underline |= more.underline;
        text.strike |= more.strike;
        text.color = more.color.clone().or(text.color.take());
        look.fill = difference.fill.clone().or(look.fill);
        let (borders, more) = (&mut look.borders, &difference.borders);
        for (border, other) in [
            (&mut borders.start, &more.start),
            (&mut borders.top, &more.top),
            (&mut borders.end, &more.end),
            (&mut borders.bottom, &more.bottom),
        ] {
            *border = other.clone().or(border.take());
        }
        look
    }

    /// Pixels that the widest digit of the workbook's font takes: widths of columns are counted in it (§18.3.1.13).
    pub(super) fn digit_width(&self) -> f32 {
        let font = self.fonts.first();
        let size = font.and_then(|font| font.size).unwrap_or(USUAL_SIZE);
        let name = font.and_then(|font| font.font.as_deref()).unwrap_or(USUAL_FONT);
        // Digits' widths as shares of the size.
        let share = match name {
            "Calibri" | "Carlito" => 0.507,
            "Arial" | "Helvetica" | "Liberation Sans" | "Aptos Narrow" => 0.556,
            "Times New Roman" | "Liberation Serif" | "Garamond" => 0.5,
            "Verdana" => 0.636,
            "Courier New" | "Consolas" | "Liberation Mono" => 0.6,
            "Cambria" | "Aptos" => 0.554,
            _ => 0.54,
        };
        (size * 96.0 / 72.0 * share).round().clamp(1.0, 100.0)
    }
}

impl Difference {
    fn of(node: Node<'_>, palette: &Palette, formats: &mut Formats) -> Self {
        let code = node.child(Ns::S, "numFmt").and_then(|format| format.attribute("formatCode"));
        Self {
            text: node.child(Ns::S, "font").map(|font| text_style(font, palette)).unwrap_or_default(),
            fill: node.child(Ns::S, "fill").and_then(|fill| fill_of_difference(fill, palette)),
            borders: node.child(Ns::S, "border").map(|border| borders(border, palette)).unwrap_or_default(),
            format: code.and_then(|code| formats.put(code)),
        }
    }
}

/// A fill without a pattern is a solid one there, and the colour of that is the one behind (§18.8.20).
fn fill_of_difference(node: Node<'_>, palette: &Palette) -> Option<Color> {
    let Some(pattern) = node.child(Ns::S, "patternFill") else { return fill_color(node, palette) };
    match pattern.attribute("patternType") {
        None | Some("solid") => {
            let part = |name: &str| pattern.child(Ns::S, name).and_then(|node| palette.of(node));
            part("bgColor").or_else(|| part("fgColor"))
        }
        Some(_) => fill_color(node, palette),
    }
}

fn is_general(code: &str) -> bool {
    code.trim().is_empty() || code.eq_ignore_ascii_case("general")
}

/// Number formats by their numbers; those without a code are looked up once.
struct Formats {
    all: Vec<Format>,
    known: HashMap<u32, Option<usize>>,
}

impl Formats {
    fn put(&mut self, code: &str) -> Option<usize> {
        let index = (!is_general(code)).then_some(self.all.len());
        if index.is_some() {
            self.all.push(Format { code: code.to_owned(), parsed: OnceCell::new() });
        }
        index
    }

    fn add(&mut self, id: u32, code: &str) -> Option<usize> {
        let index = self.put(code);
        self.known.insert(id, index);
        index
    }

    fn get(&mut self, id: u32) -> Option<usize> {
        if let Some(known) = self.known.get(&id) {
            return *known;
        }
        let code = u16::try_from(id).ok().and_then(NumberFormat::builtin).unwrap_or("General");
        self.add(id, code)
    }
}

impl Xf {
    fn of(node: Node<'_>, formats: &mut Formats) -> Self {
        let mut xf = Self {
            font: node.number("fontId").unwrap_or(0),
            fill: node.number("fillId").unwrap_or(0),
            border: node.number("borderId").unwrap_or(0),
            format: formats.get(node.number("numFmtId").unwrap_or(0)),
            vertical: VerticalAlign::Bottom,
            ..Self::default()
        };
        if let Some(alignment) = node.child(Ns::S, "alignment") {
            xf.align(alignment);
        }
        xf
    }

    fn align(&mut self, node: Node<'_>) {
        self.align = match node.attribute("horizontal") {
            Some("left") => CellAlign::Start,
            Some("center") => CellAlign::Center,
            Some("right") => CellAlign::End,
            Some("fill") => CellAlign::Fill,
            Some("justify" | "distributed") => CellAlign::Justify,
            Some("centerContinuous") => CellAlign::Across,
            _ => CellAlign::General,
        };
        self.vertical = match node.attribute("vertical") {
            Some("top" | "justify") => VerticalAlign::Top,
            Some("center" | "distributed") => VerticalAlign::Middle,
            _ => VerticalAlign::Bottom,
        };
        self.wrap = is_true(node.attribute("wrapText"));
        self.indent = node.number("indent").unwrap_or(0);
        // Up to 90 the text rises, from 91 on it falls, by what is over 90 (§18.8.1).
        self.rotation = match node.number("textRotation").unwrap_or(0_i16) {
            255 => 255,
            rising @ 0..=90 => -rising,
            falling @ 91..=180 => falling - 90,
            _ => 0,
        };
    }
}

/// `1`, `true`, `on` (ST_OnOff has them all).
pub(super) fn is_true(value: Option<&str>) -> bool {
    value.is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true") || value == "on")
}

/// A switch that is on where it says nothing else (`<b/>`).
fn switch(node: Node<'_>, name: &str) -> bool {
    node.child(Ns::S, name).is_some_and(|node| node.attribute("val").is_none_or(|val| is_true(Some(val))))
}

/// A font, or the look of a run (§18.8.22, §18.4.7).
pub(super) fn text_style(node: Node<'_>, palette: &Palette) -> TextStyle {
    let value = |name: &str| node.child(Ns::S, name).and_then(|node| node.attribute("val"));
    let size = value("sz").and_then(|size| size.trim().parse::<f32>().ok());
    TextStyle {
        bold: switch(node, "b"),
        italic: switch(node, "i"),
        underline: node.child(Ns::S, "u").is_some() && value("u") != Some("none"),
        strike: switch(node, "strike"),
        script: match value("vertAlign") {
            Some("superscript") => Some(Script::Super),
            Some("subscript") => Some(Script::Sub),
            _ => None,
        },
        font: value("name").or(value("rFont")).filter(|name| *name != USUAL_FONT).map(str::to_owned),
        size: size.filter(|size| *size > 0.0 && *size < 1000.0 && *size != USUAL_SIZE),
        color: node.child(Ns::S, "color").and_then(|node| text_color(node, palette)),
        ..TextStyle::default()
    }
}

/// The theme's text colour, where that is black, is what text has anyway.
fn text_color(node: Node<'_>, palette: &Palette) -> Option<Color> {
    let rgb = palette.rgb(node)?;
    let usual = node.attribute("theme") == Some("1") && node.attribute("tint").is_none() && rgb == [0; 3];
    (!usual).then(|| hex(rgb))
}

/// One colour for a fill: of a pattern what it looks like from afar, of a gradient the middle.
fn fill_color(node: Node<'_>, palette: &Palette) -> Option<Color> {
    if let Some(gradient) = node.child(Ns::S, "gradientFill") {
        let mut stops =
            gradient.all(Ns::S, "stop").filter_map(|stop| palette.rgb(stop.child(Ns::S, "color")?));
        let (first, last) = (stops.next()?, stops.last());
        return Some(hex(last.map_or(first, |last| mixed(first, last, 0.5))));
    }
    let pattern = node.child(Ns::S, "patternFill")?;
    let part = |name: &str| pattern.child(Ns::S, name).and_then(|node| palette.rgb(node));
    let share = match pattern.attribute("patternType").unwrap_or("none") {
        "none" => return None,
        "solid" => return part("fgColor").map(hex),
        "darkGray" => 0.75,
        "lightGray" | "lightHorizontal" | "lightVertical" | "lightDown" | "lightUp" | "lightGrid" => 0.25,
        "lightTrellis" => 0.4,
        "gray125" => 0.125,
        "gray0625" => 0.0625,
        "darkTrellis" => 0.7,
        _ => 0.5,
    };
    Some(hex(mixed(part("fgColor").unwrap_or([0; 3]), part("bgColor").unwrap_or([255; 3]), share)))
}

fn borders(node: Node<'_>, palette: &Palette) -> Borders {
    // `start` and `end` are the names of Strict.
    let edge = |names: [&str; 2]| {
        let edge = names.into_iter().find_map(|name| node.child(Ns::S, name))?;
        border(edge, palette)
    };
    Borders {
        start: edge(["left", "start"]),
        top: edge(["top", "top"]),
        end: edge(["right", "end"]),
        bottom: edge(["bottom", "bottom"]),
    }
}

fn border(node: Node<'_>, palette: &Palette) -> Option<Border> {
    let (width, dash) = match node.attribute("style")? {
        "none" => return None,
        "hair" => (0.25, Dash::Dotted),
        "dotted" => (0.75, Dash::Dotted),
        "dashed" | "dashDot" | "dashDotDot" => (0.75, Dash::Dashed),
        "medium" => (1.5, Dash::Solid),
        "mediumDashed" | "mediumDashDot" | "mediumDashDotDot" | "slantDashDot" => (1.5, Dash::Dashed),
        "thick" | "double" => (2.25, Dash::Solid),
        _ => (0.75, Dash::Solid),
    };
    let color = node.child(Ns::S, "color").and_then(|node| palette.of(node));
    Some(Border { width, color, dash, double: node.attribute("style") == Some("double") })
}
