//! Fonts and cell formats ([MS-XLS] 2.4.122, 2.4.353; before BIFF8 OpenOffice.org's documentation of the format, 5.45, 5.115).

use super::record::Chain;
use super::text::Spelling;
use super::version::Version;
use crate::model::{Borders, CellStyle, Script, TextStyle, VerticalAlign};
use crate::sheets::biff::bytes::Bytes;
use crate::sheets::biff::color::{Palette, Rgb, named};
use crate::sheets::biff::style::{CellFormat, border, fill, horizontal, rotation, vertical};

/// The number of a font that there never is: the next one is 5.
const NO_FONT: usize = 4;
/// Bold from this weight on.
const BOLD: u16 = 600;

/// A font; its colour is a number until the palette is known.
#[derive(Clone, Debug, Default)]
pub(super) struct RawFont {
    pub(super) style: TextStyle,
    color: Option<u16>,
}

impl RawFont {
    pub(super) fn read(version: Version, spelling: Spelling, chain: &mut Chain<'_>) -> Option<Self> {
        let height = chain.u16()?;
        let flags = chain.u16()?;
        let mut font = Self::default();
        if version >= Version::Biff3 {
            font.color = Some(chain.u16()?);
        }
        let style = &mut font.style;
        style.size = Some(f32::from(height) / 20.0);
        style.bold = flags & 1 != 0;
        style.italic = flags & 2 != 0;
        style.underline = flags & 4 != 0;
        style.strike = flags & 8 != 0;
        if version >= Version::Biff5 {
            style.bold = chain.u16()? >= BOLD;
            style.script = match chain.u16()? {
                1 => Some(Script::Super),
                2 => Some(Script::Sub),
                _ => None,
            };
            style.underline = chain.u8()? != 0;
            chain.skip(3);
        }
        let name = spelling.short(chain).map(|name| name.text).unwrap_or_default();
        style.font = Some(name).filter(|name| !name.is_empty());
        Some(font)
    }

    /// The record of BIFF2 that gives the font before it its colour.
    pub(super) const fn set_color(&mut self, color: u16) {
        self.color = Some(color);
    }

    fn named(self, colors: Colors<'_>) -> TextStyle {
        let color = self.color.and_then(|color| colors.get(color)).filter(|color| *color != [0, 0, 0]);
        TextStyle { color: color.map(named), ..self.style }
    }
}

/// Adds a font under the number that cells know it by.
pub(super) fn add_font(fonts: &mut Vec<RawFont>, font: RawFont) {
    if fonts.len() == NO_FONT {
        fonts.extend(fonts.first().cloned());
    }
    fonts.push(font);
}

/// The fonts of the model.
pub(super) fn fonts(raw: Vec<RawFont>, colors: Colors<'_>) -> Vec<TextStyle> {
    raw.into_iter().map(|font| font.named(colors)).collect()
}

/// Colours as a version numbers them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Colors<'p> {
    pub(super) palette: &'p Palette,
    pub(super) version: Version,
}

impl Colors<'_> {
    fn get(self, index: u16) -> Option<Rgb> {
        // Versions 3 and 4 have 16 colours of their own and text and window after them.
        if self.version < Version::Biff5 && index >= 24 {
            return None;
        }
        self.palette.get(usize::from(index))
    }
}

/// A cell format as it is written: colours and styles of lines are numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RawFormat {
    pub(super) font: u16,
    pub(super) number: u16,
    align: u8,
    wrap: bool,
    vertical: u8,
    rotation: u8,
    indent: u8,
    /// Left, top, right, bottom: style and colour.
    lines: [(u8, u16); 4],
    pattern: u8,
    front: u16,
    back: u16,
}

/// `count` bits from bit `at` on.
const fn bits(value: u32, at: u32, count: u32) -> u32 {
    (value >> at) & ((1 << count) - 1)
}

/// A style of a line and its colour.
const fn line(value: u32, style_at: u32, style_bits: u32, color: u32) -> (u8, u16) {
    (bits(value, style_at, style_bits) as u8, color as u16)
}

impl RawFormat {
    pub(super) fn read(version: Version, data: &[u8]) -> Option<Self> {
        let bytes = Bytes(data);
        match version {
            Version::Biff2 => Self::read2(bytes),
            Version::Biff3 => Self::read3(bytes),
            Version::Biff4 => Self::read4(bytes),
            Version::Biff5 => Self::read5(bytes),
            Version::Biff8 => Self::read8(bytes),
        }
    }

    fn read2(mut bytes: Bytes<'_>) -> Option<Self> {
        let font = u16::from(bytes.u8()?);
        bytes.take(1)?;
        let number = u16::from(bytes.u8()? & 0x3f);
        Some(Self { font, number, vertical: 2, ..Self::flags2(bytes.u8()?) })
    }

    /// What a cell of BIFF2 says of itself where it names no format: number format and font, alignment and edges.
    pub(super) fn of_cell2(attributes: [u8; 3]) -> Self {
        let [_, first, flags] = attributes;
        Self {
            font: u16::from(first >> 6),
            number: u16::from(first & 0x3f),
            vertical: 2,
            ..Self::flags2(flags)
        }
    }

    fn flags2(flags: u8) -> Self {
        let line = |bit: u8| (u8::from(flags & bit != 0), 24);
        Self {
            align: flags & 7,
            lines: [line(8), line(0x20), line(0x10), line(0x40)],
            pattern: if flags & 0x80 != 0 { 17 } else { 0 },
            front: 24,
            back: 25,
            ..Self::default()
        }
    }

    fn read3(mut bytes: Bytes<'_>) -> Option<Self> {
        let (font, number) = (bytes.u8()?, bytes.u8()?);
        bytes.take(2)?;
        let align = bytes.u16()?;
        let format = Self { align: (align & 7) as u8, wrap: align & 8 != 0, vertical: 2, ..Self::default() };
        format.with_numbers(font, number).with_area34(bytes)
    }

    fn read4(mut bytes: Bytes<'_>) -> Option<Self> {
        let (font, number) = (bytes.u8()?, bytes.u8()?);
        bytes.take(2)?;
        let align = bytes.u8()?;
        bytes.take(1)?;
        let format = Self {
            align: align & 7,
            wrap: align & 8 != 0,
            vertical: align >> 4 & 3,
            rotation: turned(align >> 6),
            ..Self::default()
        };
        format.with_numbers(font, number).with_area34(bytes)
    }

    fn with_numbers(self, font: u8, number: u8) -> Self {
        Self { font: font.into(), number: number.into(), ..self }
    }

    fn with_area34(self, mut bytes: Bytes<'_>) -> Option<Self> {
        let area = u32::from(bytes.u16()?);
        let edges = bytes.u32()?;
        let edge = |at: u32| line(edges, at, 3, bits(edges, at + 3, 5));
        Some(Self {
            pattern: bits(area, 0, 6) as u8,
            front: bits(area, 6, 5) as u16,
            back: bits(area, 11, 5) as u16,
            lines: [edge(8), edge(0), edge(24), edge(16)],
            ..self
        })
    }

    fn read5(mut bytes: Bytes<'_>) -> Option<Self> {
        let (font, number) = (bytes.u16()?, bytes.u16()?);
        bytes.take(2)?;
        let (align, turn) = (bytes.u8()?, bytes.u8()?);
        let (area, edges) = (bytes.u32()?, bytes.u32()?);
        Some(Self {
            font,
            number,
            align: align & 7,
            wrap: align & 8 != 0,
            vertical: align >> 4 & 7,
            rotation: turned(turn & 3),
            indent: 0,
            lines: [
                line(edges, 3, 3, bits(edges, 16, 7)),
                line(edges, 0, 3, bits(edges, 9, 7)),
                line(edges, 6, 3, bits(edges, 23, 7)),
                line(area, 22, 3, bits(area, 25, 7)),
            ],
            pattern: bits(area, 16, 6) as u8,
            front: bits(area, 0, 7) as u16,
            back: bits(area, 7, 7) as u16,
        })
    }

    fn read8(mut bytes: Bytes<'_>) -> Option<Self> {
        let (font, number) = (bytes.u16()?, bytes.u16()?);
        bytes.take(2)?;
        let (align, turn, more) = (bytes.u8()?, bytes.u8()?, bytes.u8()?);
        bytes.take(1)?;
        let (sides, ends, area) = (bytes.u32()?, bytes.u32()?, bytes.u16()?);
        Some(Self {
            font,
            number,
            align: align & 7,
            wrap: align & 8 != 0,
            vertical: align >> 4 & 7,
            rotation: turn,
            indent: more & 15,
            lines: [
                line(sides, 0, 4, bits(sides, 16, 7)),
                line(sides, 8, 4, bits(ends, 0, 7)),
                line(sides, 4, 4, bits(sides, 23, 7)),
                line(sides, 12, 4, bits(ends, 7, 7)),
            ],
            pattern: bits(ends, 26, 6) as u8,
            front: bits(area.into(), 0, 7) as u16,
            back: bits(area.into(), 7, 7) as u16,
        })
    }

    /// The format of the model.
    pub(super) fn named(self, fonts: &[TextStyle], colors: Colors<'_>) -> CellFormat {
        let [start, top, end, bottom] = self.lines.map(|(line, color)| border(line, colors.get(color)));
        let style = CellStyle {
            text: fonts.get(usize::from(self.font)).or(fonts.first()).cloned().unwrap_or_default(),
            fill: fill(self.pattern, colors.get(self.front), colors.get(self.back)),
            borders: Borders { start, top, end, bottom },
            align: horizontal(self.align),
            vertical: vertical(self.vertical),
            wrap: self.wrap || matches!(self.align, 5 | 7) || matches!(self.vertical, 3 | 4),
            indent: self.indent,
            rotation: rotation(self.rotation),
        };
        CellFormat { style, font: self.font, number: self.number }
    }
}

/// The four directions of text before BIFF8, as BIFF8 counts them.
const fn turned(code: u8) -> u8 {
    match code {
        1 => 255,
        2 => 90,
        3 => 180,
        _ => 0,
    }
}

/// What cells look like where the workbook has no formats.
pub(super) fn plain(fonts: &[TextStyle]) -> CellFormat {
    let text = fonts.first().cloned().unwrap_or_default();
    let style = CellStyle { text, vertical: VerticalAlign::Bottom, ..CellStyle::default() };
    CellFormat { style, font: 0, number: 0 }
}
