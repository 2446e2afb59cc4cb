//! Presentations.

pub(crate) mod ppt;
pub(crate) mod pptx;

use std::collections::BTreeSet;

use crate::model::{Align, Block, Border, Borders, Fill, Inline, Shape, ShapeContent, Slide, TextStyle};

/// Bytes of a slide's vector pictures that are looked through for words, and what one that is none counts.
const WORDS: u64 = 16 << 20;
const MISSING: u64 = 1024;

/// The pictures that shapes of a slide are or are filled with, and the one behind them.
fn pictures(slide: &Slide) -> BTreeSet<u32> {
    let painted = |fill: &Option<Fill>| match fill {
        Some(Fill::Picture { picture, .. }) => picture.id,
        _ => None,
    };
    let mut found: BTreeSet<u32> = painted(&slide.background).into_iter().collect();
    let mut open: Vec<&Shape> = slide.shapes.iter().collect();
    while let Some(shape) = open.pop() {
        found.extend(painted(&shape.fill));
        match &shape.content {
            Some(ShapeContent::Picture(picture)) => found.extend(picture.id),
            Some(ShapeContent::Group { shapes }) => open.extend(shapes),
            _ => {}
        }
    }
    found
}

/// Margins of a cell are measured from the middle of its borders, padding from their edges.
fn padding_within(margins: [f32; 4], borders: &Borders) -> [f32; 4] {
    let sides = [&borders.start, &borders.top, &borders.end, &borders.bottom];
    let half = |side: &Option<Border>| side.as_ref().map_or(0.0, |border| border.width / 2.0);
    std::array::from_fn(|side| (margins[side] - half(sides[side])).max(0.0))
}

/// Notes are read below a slide, not looked at on a page of their own: they keep what is bold and linked, and have the
/// letters and colours of their reader.
fn as_notes(mut blocks: Vec<Block>) -> Vec<Block> {
    let plain = |style: &mut TextStyle| {
        (style.size, style.font, style.color, style.highlight) = (None, None, None, None);
    };
    for block in &mut blocks {
        let Block::Paragraph(paragraph) = block else { continue };
        plain(&mut paragraph.style);
        paragraph.align = Align::Start;
        paragraph.label.iter_mut().for_each(|label| plain(&mut label.style));
        for inline in &mut paragraph.inlines {
            if let Inline::Text { style, .. } = inline {
                plain(style);
            }
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Dash, Paragraph};

    #[test]
    fn borders_take_their_half_of_a_margin() {
        let border = |width| Some(Border { width, color: None, dash: Dash::Solid, double: false });
        let borders = Borders { start: border(2.0), top: border(20.0), ..Borders::default() };
        assert_eq!(padding_within([7.2, 3.6, 7.2, 3.6], &borders), [6.2, 0.0, 7.2, 3.6]);
    }

    #[test]
    fn notes_look_as_what_is_around_them() {
        let style = TextStyle {
            bold: true,
            size: Some(24.0),
            color: Some(crate::model::Color::rgb(0, 0, 0)),
            ..TextStyle::default()
        };
        let text = |style| Inline::Text { text: "a".into(), style, link: None };
        let paragraph = |style: TextStyle, align| {
            let inlines = vec![text(style.clone())];
            Block::Paragraph(Paragraph { style, align, inlines, ..Paragraph::default() })
        };
        let bold = TextStyle { bold: true, ..TextStyle::default() };
        assert_eq!(as_notes(vec![paragraph(style, Align::Center)]), [paragraph(bold, Align::Start)]);
    }
}
