//! Where text stands in shapes ([MS-ODRAW] 2.3.21), and letters drawn as shapes ([MS-ODRAW] 2.3.22).

use super::options::{Cascade, property};
use super::paint::{self, Paint};
use crate::container::bytes::utf16_to_nul;
use crate::drawing::EMU;
use crate::model::{Align, Block, Fill, Frame, Inline, Paragraph, TextBody, TextStyle, VerticalAlign};

/// Lines of letters drawn as shapes that are kept.
const ART_LINES: usize = 100;
/// The height of letters of art, as a share of their line.
const ART_LETTERS: f32 = 0.75;

/// Where text stands in its shape; `inner` is between the frame and the outline's own box for text.
pub(crate) fn place(options: Cascade<'_, '_>, inner: [f32; 4]) -> TextBody {
    let inset = |id, usual: i32| options.signed(id).unwrap_or(usual) as f32 / EMU;
    let own = [
        inset(property::TEXT_LEFT, 91_440),
        inset(property::TEXT_TOP, 45_720),
        inset(property::TEXT_RIGHT, 91_440),
        inset(property::TEXT_BOTTOM, 45_720),
    ];
    let insets = std::array::from_fn(|side| own[side] + inner[side]);
    let flow = options.get(property::TEXT_FLOW).unwrap_or(0);
    let turned = options.get(property::TEXT_ROTATION).unwrap_or(0);
    TextBody {
        vertical: match options.get(property::TEXT_ANCHOR).unwrap_or(0) {
            1 | 4 => VerticalAlign::Middle,
            2 | 5 | 7 | 9 => VerticalAlign::Bottom,
            _ => VerticalAlign::Top,
        },
        insets,
        no_wrap: options.get(property::WRAP) == Some(2),
        rotation: match (flow, turned) {
            (1 | 3 | 5, _) | (0, 1) => 90.0,
            (2, _) | (0, 3) => 270.0,
            _ => 0.0,
        },
        ..TextBody::default()
    }
}

/// Letters drawn as shapes: as large as their frame, in the colour of its fill.
pub(super) fn art(options: Cascade<'_, '_>, frame: &Frame, paint: Paint<'_>) -> Option<TextBody> {
    let text = utf16_to_nul(options.own().complex(property::ART_TEXT)?);
    let lines: Vec<&str> = text.split(['\r', '\n', '\u{b}']).take(ART_LINES).collect();
    if !options.flag(property::ART_TEXT_FLAGS, 1 << 14, true) || text.trim().is_empty() {
        return None;
    }
    let color = match paint::fill(options, 1, paint) {
        Some(Fill::Solid { color }) => Some(color),
        Some(Fill::Gradient { stops, .. }) => stops.into_iter().next().map(|stop| stop.color),
        _ => paint::stroke(options, 1, paint).map(|stroke| stroke.color),
    };
    let font = options.complex(property::ART_TEXT_FONT).map(utf16_to_nul).filter(|font| !font.is_empty());
    let high = frame.height / lines.len() as f32 * ART_LETTERS;
    let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(1).max(1);
    // Letters are about half as wide as they are high.
    let wide = frame.width / longest as f32 * 2.0;
    let style = TextStyle {
        bold: options.flag(property::ART_TEXT_FLAGS, 1 << 5, false),
        italic: options.flag(property::ART_TEXT_FLAGS, 1 << 4, false),
        font,
        size: Some(high.min(wide).max(1.0)),
        color,
        ..TextStyle::default()
    };
    let paragraph = |line: &&str| {
        let text = Inline::Text { text: (*line).to_owned(), style: style.clone(), link: None };
        Block::Paragraph(Paragraph { align: Align::Center, inlines: vec![text], ..Paragraph::default() })
    };
    let blocks = lines.iter().map(paragraph).collect();
    Some(TextBody { blocks, vertical: VerticalAlign::Middle, no_wrap: true, ..TextBody::default() })
}

#[cfg(test)]
mod tests {
    use super::super::color::NoScheme;
    use super::super::testing::{options, table};
    use super::*;
    use crate::model::Color;

    #[test]
    fn text_stands_where_properties_say() {
        let bytes = table(&[(0x81, 12_700), (0x85, 2), (0x87, 1), (0x88, 2)], &[]);
        let options = options(&bytes);
        let body = place(Cascade::of(&options), [0.0, 1.0, 0.0, 0.0]);
        assert_eq!(body.insets, [1.0, 4.6, 7.2, 3.6]);
        assert_eq!((body.vertical, body.no_wrap, body.rotation), (VerticalAlign::Middle, true, 270.0));
    }

    #[test]
    fn letters_of_art_fill_their_frame() {
        let paint = Paint { scheme: &NoScheme, background: None, blips: &[] };
        let drawn = |entries: &[(u16, u32)], complex: &[u8]| {
            let bytes = table(entries, complex);
            let frame = Frame { width: 100.0, height: 40.0, ..Frame::default() };
            art(Cascade::of(&options(&bytes)), &frame, paint)
        };
        let body = drawn(&[(0x181, 0xff), (0x80c0, 6)], b"H\0i\0\0\0").unwrap_or_default();
        let Some(Block::Paragraph(paragraph)) = body.blocks.first() else { panic!("a line") };
        let Some(Inline::Text { text, style, .. }) = paragraph.inlines.first() else { panic!("letters") };
        assert_eq!(
            (text.as_str(), style.size, &style.color),
            ("Hi", Some(30.0), &Some(Color::rgb(255, 0, 0)))
        );
        assert_eq!(drawn(&[(0x80c0, 2)], b" \0"), None);
        assert_eq!(drawn(&[(0xff, 0x4000_0000), (0x80c0, 2)], b"A\0"), None, "it is not art any more");
    }
}
