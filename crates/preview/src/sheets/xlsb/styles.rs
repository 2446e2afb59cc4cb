//! `styles.bin`: fonts, fills, borders, cell formats ([MS-XLSB] 2.1.7.50).

use super::record::{Records, string};
use crate::error::Result;
use crate::model::{Border, Borders, CellStyle, Color, Script, TextStyle};
use crate::sheets::biff::book::Book;
use crate::sheets::biff::bytes::Bytes;
use crate::sheets::biff::color::{Palette, Rgb, named, tinted};
use crate::sheets::biff::style::{CellFormat, border, fill, horizontal, rotation, vertical};

/// Fonts, fills, borders, formats that are kept.
const STYLES: usize = 65_536;
/// Bold from this weight on.
const BOLD: u16 = 600;
/// Colours of a palette that come before those that a workbook may change.
const FIXED: usize = 8;

/// What is read before the palette is known.
#[derive(Default)]
struct Raw {
    fonts: Vec<(TextStyle, RawColor)>,
    fills: Vec<(u8, RawColor, RawColor)>,
    /// Top, bottom, left, right.
    borders: Vec<[(u8, RawColor); 4]>,
    formats: Vec<RawFormat>,
    indexed: Vec<Rgb>,
    /// The formats that come next are those of cells, not of styles.
    of_cells: bool,
}

/// [MS-XLSB] 2.5.13.
#[derive(Clone, Copy, Debug, Default)]
struct RawColor {
    kind: u8,
    index: u8,
    tint: i16,
    rgb: Option<Rgb>,
}

/// [MS-XLSB] 2.4.837.
#[derive(Clone, Copy, Debug)]
struct RawFormat {
    number: u16,
    font: u16,
    fill: u16,
    border: u16,
    turn: u8,
    indent: u8,
    align: u16,
}

/// Colours by number and by their part in the theme.
struct Colors<'t> {
    palette: Palette,
    theme: &'t [Rgb],
}

impl Colors<'_> {
    fn get(&self, color: RawColor) -> Option<Rgb> {
        let base = match color.kind {
            1 => self.palette.get(color.index.into()),
            2 => color.rgb,
            3 => self.theme.get(usize::from(color.index)).copied().or(color.rgb),
            _ => None,
        };
        base.map(|base| tinted(base, f64::from(color.tint) / f64::from(i16::MAX)))
    }

    /// The colour of text; black is what text is anyway.
    fn of_text(&self, color: RawColor) -> Option<Color> {
        self.get(color).filter(|color| *color != [0, 0, 0]).map(named)
    }
}

/// Reads the part into the workbook.
pub(super) fn read(mut records: Records<'_>, theme: &[Rgb], book: &mut Book) -> Result<()> {
    let mut raw = Raw::default();
    while let Some((kind, content)) = records.next()? {
        // A cut record is left out, but keeps its number.
        raw.take(kind, Bytes(content), book);
    }
    let mut colors = Colors { palette: Palette::default(), theme };
    colors.palette.define(raw.indexed.iter().skip(FIXED).copied());
    let fonts = raw.fonts.iter();
    book.fonts =
        fonts.map(|(font, color)| TextStyle { color: colors.of_text(*color), ..font.clone() }).collect();
    book.formats = raw.formats.iter().map(|format| raw.named(*format, &book.fonts, &colors)).collect();
    Ok(())
}

impl Raw {
    fn take(&mut self, kind: u32, mut bytes: Bytes<'_>, book: &mut Book) {
        match kind {
            43 if self.fonts.len() < STYLES => self.fonts.push(font(bytes).unwrap_or_default()),
            44 if book.codes.len() < STYLES => {
                if let Some((id, code)) = bytes.u16().zip(string(&mut bytes)) {
                    book.codes.insert(id, code);
                }
            }
            45 if self.fills.len() < STYLES => self.fills.push(area(bytes).unwrap_or_default()),
            46 if self.borders.len() < STYLES => self.borders.push(edges(bytes).unwrap_or_default()),
            47 if self.of_cells && self.formats.len() < STYLES => self.formats.extend(format(bytes)),
            475 if self.indexed.len() < 64 => {
                if let Some([red, green, blue, _]) = bytes.take(4) {
                    self.indexed.push([*red, *green, *blue]);
                }
            }
            617 => self.of_cells = true,
            618 => self.of_cells = false,
            _ => {}
        }
    }

    fn named(&self, raw: RawFormat, fonts: &[TextStyle], colors: &Colors<'_>) -> CellFormat {
        let (pattern, front, back) = self.fills.get(usize::from(raw.fill)).copied().unwrap_or_default();
        let lines = self.borders.get(usize::from(raw.border)).copied().unwrap_or_default();
        let [top, bottom, start, end]: [Option<Border>; 4] =
            lines.map(|(line, color)| border(line, colors.get(color)));
        let (align, upright) = ((raw.align & 7) as u8, (raw.align >> 3 & 7) as u8);
        let style = CellStyle {
            text: fonts.get(usize::from(raw.font)).cloned().unwrap_or_default(),
            fill: fill(pattern, colors.get(front), colors.get(back)),
            borders: Borders { start, top, end, bottom },
            align: horizontal(align),
            vertical: vertical(upright),
            wrap: raw.align & 0x40 != 0 || matches!(align, 5 | 7) || matches!(upright, 3 | 4),
            indent: raw.indent,
            rotation: rotation(raw.turn),
        };
        CellFormat { style, font: raw.font, number: raw.number }
    }
}

fn color(bytes: &mut Bytes<'_>) -> Option<RawColor> {
    let (kind, index, tint) = (bytes.u8()?, bytes.u8()?, bytes.i16()?);
    let [red, green, blue, _] = *bytes.take(4)? else { return None };
    let rgb = (kind & 1 != 0).then_some([red, green, blue]);
    Some(RawColor { kind: kind >> 1, index, tint, rgb })
}

/// [MS-XLSB] 2.4.674.
fn font(mut bytes: Bytes<'_>) -> Option<(TextStyle, RawColor)> {
    let (height, flags, weight, script) = (bytes.u16()?, bytes.u16()?, bytes.u16()?, bytes.u16()?);
    let underline = bytes.u8()? != 0;
    bytes.take(3)?;
    let color = color(&mut bytes)?;
    bytes.take(1)?;
    let name = string(&mut bytes).filter(|name| !name.is_empty());
    let style = TextStyle {
        bold: weight >= BOLD,
        italic: flags & 2 != 0,
        strike: flags & 8 != 0,
        underline,
        script: match script {
            1 => Some(Script::Super),
            2 => Some(Script::Sub),
            _ => None,
        },
        font: name,
        size: Some(f32::from(height) / 20.0),
        ..TextStyle::default()
    };
    Some((style, color))
}

/// Pattern and its two colours; a gradient is its first colour ([MS-XLSB] 2.4.669).
fn area(mut bytes: Bytes<'_>) -> Option<(u8, RawColor, RawColor)> {
    let pattern = bytes.u32()? as u8;
    let (front, back) = (color(&mut bytes)?, color(&mut bytes)?);
    if pattern != GRADIENT {
        return Some((pattern, front, back));
    }
    bytes.take(4 + 5 * 8 + 4)?;
    Some((1, color(&mut bytes)?, back))
}

/// A pattern that is a gradient.
const GRADIENT: u8 = 0x28;

fn edges(mut bytes: Bytes<'_>) -> Option<[(u8, RawColor); 4]> {
    bytes.take(1)?;
    let mut edge = || {
        let line = bytes.u16()? as u8;
        Some((line, color(&mut bytes)?))
    };
    Some([edge()?, edge()?, edge()?, edge()?])
}

fn format(mut bytes: Bytes<'_>) -> Option<RawFormat> {
    bytes.take(2)?;
    let (number, font, fill, border) = (bytes.u16()?, bytes.u16()?, bytes.u16()?, bytes.u16()?);
    Some(RawFormat {
        number,
        font,
        fill,
        border,
        turn: bytes.u8()?,
        indent: bytes.u8()?,
        align: bytes.u16()?,
    })
}
