//! Properties of paragraphs and characters, of which only those that differ are stored ([MS-PPT] 2.9.12 – 2.9.45).

use super::super::record::Bytes;

/// A colour as text names it ([MS-PPT] 2.12.2 `ColorIndexStruct`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextColor {
    /// Of the slide's colour scheme.
    Scheme(u8),
    Rgb([u8; 3]),
}

impl TextColor {
    fn read(bytes: &mut Bytes<'_>) -> Option<Option<Self>> {
        let [red, green, blue, index] = bytes.u32()?.to_le_bytes();
        Some(match index {
            0..=7 => Some(Self::Scheme(index)),
            0xfe => Some(Self::Rgb([red, green, blue])),
            _ => None,
        })
    }
}

/// Writes the properties of `other` that are set over those of `$base`.
macro_rules! overlay {
    ($base:expr, $other:expr, $($field:ident),+) => {
        $(if $other.$field.is_some() { $base.$field.clone_from(&$other.$field); })+
    };
}

/// What is set of a paragraph. Lengths are master units, 1/576 inch; what is not set is as in the level below.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ParagraphProps {
    pub(crate) has_bullet: Option<bool>,
    /// The bullet has a font, a colour, a size of its own instead of the text's.
    pub(crate) bullet_has_font: Option<bool>,
    pub(crate) bullet_has_color: Option<bool>,
    pub(crate) bullet_has_size: Option<bool>,
    /// UTF-16.
    pub(crate) bullet_char: Option<u16>,
    /// Index of a font.
    pub(crate) bullet_font: Option<u16>,
    /// Per cent of the text's, or points as a negative number.
    pub(crate) bullet_size: Option<i16>,
    pub(crate) bullet_color: Option<TextColor>,
    /// 0 = left, centre, right, justified, distributed.
    pub(crate) align: Option<u16>,
    /// These three: per cent of a line, or a length as a negative number.
    pub(crate) line_spacing: Option<i16>,
    pub(crate) space_before: Option<i16>,
    pub(crate) space_after: Option<i16>,
    /// Where the text, and where the first line begins.
    pub(crate) left_margin: Option<i16>,
    pub(crate) indent: Option<i16>,
    pub(crate) tabs: Option<Vec<i16>>,
    pub(crate) rtl: Option<bool>,
    /// The bullet is a number, of this scheme, from this one on ([MS-PPT] 2.9.42).
    pub(crate) numbered: Option<bool>,
    pub(crate) numbering: Option<(u16, i16)>,
}

impl ParagraphProps {
    /// [MS-PPT] 2.9.20 `TextPFException`.
    pub(crate) fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let mask = bytes.u32()?;
        let has = |bit: u32| mask & 1 << bit != 0;
        let mut props = Self::default();
        if mask & 0xf != 0 {
            let flags = bytes.u16()?;
            let flag = |bit: u32| has(bit).then_some(flags & 1 << bit != 0);
            props.has_bullet = flag(0);
            props.bullet_has_font = flag(1);
            props.bullet_has_color = flag(2);
            props.bullet_has_size = flag(3);
        }
        props.bullet_char = bytes.u16_if(has(7))?;
        props.bullet_font = bytes.u16_if(has(4))?;
        props.bullet_size = bytes.i16_if(has(6))?;
        props.bullet_color = if has(5) { TextColor::read(bytes)? } else { None };
        props.align = bytes.u16_if(has(11))?;
        props.line_spacing = bytes.i16_if(has(12))?;
        props.space_before = bytes.i16_if(has(13))?;
        props.space_after = bytes.i16_if(has(14))?;
        props.left_margin = bytes.i16_if(has(8))?;
        props.indent = bytes.i16_if(has(10))?;
        bytes.u16_if(has(15))?;
        props.tabs = if has(20) { Some(tab_stops(bytes)?) } else { None };
        bytes.u16_if(has(16))?;
        bytes.u16_if(mask & 0xe_0000 != 0)?;
        props.rtl = bytes.u16_if(has(21))?.map(|direction| direction == 1);
        Some(props)
    }

    /// [MS-PPT] 2.9.34 `TextPFException9`: numbers instead of bullets.
    pub(crate) fn read_9(bytes: &mut Bytes<'_>) -> Option<Self> {
        let mask = bytes.u32()?;
        bytes.u16_if(mask & 1 << 23 != 0)?;
        let numbered = bytes.u16_if(mask & 1 << 25 != 0)?.map(|numbered| numbered != 0);
        let numbering = if mask & 1 << 24 != 0 { Some((bytes.u16()?, bytes.i16()?)) } else { None };
        Some(Self { numbered, numbering, ..Self::default() })
    }

    pub(crate) fn overlay(&mut self, other: &Self) {
        overlay!(self, other, has_bullet, bullet_has_font, bullet_has_color, bullet_has_size, bullet_char);
        overlay!(self, other, bullet_font, bullet_size, bullet_color, align, line_spacing, space_before);
        overlay!(self, other, space_after, left_margin, indent, tabs, rtl, numbered, numbering);
    }
}

/// [MS-PPT] 2.9.23 `TabStops`: the places alone.
fn tab_stops(bytes: &mut Bytes<'_>) -> Option<Vec<i16>> {
    let count = bytes.u16()?;
    (0..count).map(|_| bytes.i16().zip(bytes.u16()).map(|(position, _)| position)).collect()
}

/// What is set of characters; what is not set is as in the level below.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CharacterProps {
    pub(crate) bold: Option<bool>,
    pub(crate) italic: Option<bool>,
    pub(crate) underline: Option<bool>,
    /// Index of a font: of Latin, of East Asian text, of symbols.
    pub(crate) font: Option<u16>,
    pub(crate) east_asian_font: Option<u16>,
    pub(crate) symbol_font: Option<u16>,
    /// Points.
    pub(crate) size: Option<u16>,
    pub(crate) color: Option<TextColor>,
    /// Per cent above (or below) the line.
    pub(crate) position: Option<i16>,
    /// Which of the properties of version 9 belong to it, modulo 16 (`pp9rt`).
    pub(crate) run_9: Option<u8>,
}

impl CharacterProps {
    /// [MS-PPT] 2.9.13 `TextCFException`.
    pub(crate) fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let mask = bytes.u32()?;
        let has = |bit: u32| mask & 1 << bit != 0;
        let mut props = Self::default();
        if mask & 0xffff != 0 {
            let style = bytes.u16()?;
            let flag = |bit: u32| has(bit).then_some(style & 1 << bit != 0);
            props.bold = flag(0);
            props.italic = flag(1);
            props.underline = flag(2);
            props.run_9 = (mask & 0x3c00 != 0).then_some((style >> 10 & 0xf) as u8);
        }
        props.font = bytes.u16_if(has(16))?;
        props.east_asian_font = bytes.u16_if(has(21))?;
        let ansi = bytes.u16_if(has(22))?;
        props.font = props.font.or(ansi);
        props.symbol_font = bytes.u16_if(has(23))?;
        props.size = bytes.u16_if(has(17))?;
        props.color = if has(18) { TextColor::read(bytes)? } else { None };
        props.position = bytes.i16_if(has(19))?;
        Some(props)
    }

    /// [MS-PPT] 2.9.33 `TextCFException9`: nothing of it is seen.
    pub(crate) fn skip_9(bytes: &mut Bytes<'_>) -> Option<()> {
        let mask = bytes.u32()?;
        if mask & 1 << 20 != 0 {
            bytes.u32()?;
        }
        Some(())
    }

    pub(crate) fn overlay(&mut self, other: &Self) {
        overlay!(self, other, bold, italic, underline, font, east_asian_font, symbol_font, size, color);
        overlay!(self, other, position, run_9);
    }
}

/// [MS-PPT] 2.9.27 `TextSIException`: languages and spelling, of which nothing is seen.
pub(crate) fn skip_special_info(bytes: &mut Bytes<'_>) -> Option<()> {
    let mask = bytes.u32()?;
    for bit in [0, 1, 2, 6] {
        bytes.u16_if(mask & 1 << bit != 0)?;
    }
    if mask & 1 << 5 != 0 {
        bytes.u32()?;
    }
    if mask & 1 << 9 != 0 {
        let count = bytes.u32()? as usize;
        bytes.take(count.checked_mul(4)?)?;
    }
    Some(())
}

impl Bytes<'_> {
    /// A field that is there on a condition; the outer none = it should be there, and is not.
    pub(crate) fn u16_if(&mut self, present: bool) -> Option<Option<u16>> {
        if present { self.u16().map(Some) } else { Some(None) }
    }

    pub(crate) fn i16_if(&mut self, present: bool) -> Option<Option<i16>> {
        if present { self.i16().map(Some) } else { Some(None) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_in_the_order_of_the_specification() {
        // Bullet flags, character, font, size, colour, alignment, line spacing, before, after, margin, indent.
        let mut data = 0x0000_7dff_u32.to_le_bytes().to_vec();
        for field in [0b1001_u16, 0x2022, 3, 80, 0x0201, 0xfe03, 1, 90, 20, 0, 64, 32] {
            data.extend(field.to_le_bytes());
        }
        let mut bytes = Bytes(&data);
        let props = ParagraphProps::read(&mut bytes);
        let expected = ParagraphProps {
            has_bullet: Some(true),
            bullet_has_font: Some(false),
            bullet_has_color: Some(false),
            bullet_has_size: Some(true),
            bullet_char: Some(0x2022),
            bullet_font: Some(3),
            bullet_size: Some(80),
            bullet_color: Some(TextColor::Rgb([1, 2, 3])),
            align: Some(1),
            line_spacing: Some(90),
            space_before: Some(20),
            space_after: Some(0),
            left_margin: Some(64),
            indent: Some(32),
            ..ParagraphProps::default()
        };
        assert_eq!((props, bytes.0.len()), (Some(expected), 0));
    }

    #[test]
    fn what_is_not_set_stays_as_it_was() {
        let data = [5_u32 | 1 << 17 | 1 << 18, 0x0018_0001, 0x0300_0000].map(u32::to_le_bytes).concat();
        let read = CharacterProps::read(&mut Bytes(&data)).unwrap_or_default();
        let mut props = CharacterProps { italic: Some(true), underline: Some(true), ..Default::default() };
        props.overlay(&read);
        assert_eq!((props.bold, props.italic, props.underline), (Some(true), Some(true), Some(false)));
        assert_eq!((props.size, props.color), (Some(24), Some(TextColor::Scheme(3))));
    }

    #[test]
    fn what_ends_too_early_is_no_property() {
        let data = [0xff, 0xff, 0xff, 0xff, 1];
        assert_eq!(ParagraphProps::read(&mut Bytes(&data)), None);
        assert_eq!(CharacterProps::read(&mut Bytes(&data)), None);
        assert_eq!(ParagraphProps::read_9(&mut Bytes(&data)), None);
        assert_eq!(skip_special_info(&mut Bytes(&[0, 2, 0, 0, 255, 255, 255, 255])), None);
    }
}
