//! Shapes of the model from those that are stored.

use std::borrow::Cow;

use super::art::options::{Cascade, Options, property};
use super::art::paint::{self, EMU, Paint};
use super::art::place::{Rect, Transform, frame};
use super::art::{Index, RawShape, geometry};
use super::record::{kind, utf16};
use super::table;
use super::text::blocks::{Look, blocks};
use super::text::props::ParagraphProps;
use super::text::styles::version_9;
use super::text::{Text, runs_9, text_of_shape};
use crate::limits::Quota;
use crate::model::{
    Block, Frame, Inline, Paragraph, PictureRef, Shape, ShapeContent, ShapeRole, TextBody, TextStyle,
    VerticalAlign,
};

/// Characters of a description that are kept.
const DESCRIPTION: usize = 4096;
/// Lines of letters drawn as shapes that are kept.
const ART_LINES: usize = 100;
/// The height of letters of art, as a share of their line.
const ART_LETTERS: f32 = 0.75;

/// What is known while the shapes of one slide or master are built.
pub(super) struct Builder<'b, 'a> {
    pub(super) look: Look<'b>,
    pub(super) paint: Paint<'b>,
    /// The texts of the slide in the outline.
    pub(super) outline: &'b [Text],
    /// What shapes follow.
    pub(super) master: Index<'b, 'a>,
    pub(super) defaults: &'b Options<'a>,
    pub(super) quota: &'b mut Quota,
}

impl<'b, 'a> Builder<'b, 'a> {
    /// A shape in its place; none where nothing of it is seen.
    pub(super) fn shape(&mut self, raw: &RawShape<'a>, transform: Transform) -> Option<Shape> {
        if raw.is_deleted() || !self.quota.take(1) {
            return None;
        }
        let options = self.cascade(raw);
        // Hidden by its author ([MS-ODRAW] 2.3.4.44).
        if options.flag(property::GROUP_FLAGS, 1 << 1, false) {
            return None;
        }
        let anchor = transform.apply(raw.anchor.unwrap_or_default());
        let mirror = transform.flips();
        let flips = (raw.flips().0 != mirror.0, raw.flips().1 != mirror.1);
        let rotation = options.own().fixed(property::ROTATION).unwrap_or(0.0);
        let rotation = if mirror.0 == mirror.1 { rotation } else { -rotation };
        let frame = frame(anchor, rotation, flips);
        if raw.inside.is_some() {
            return self.group(raw, options, frame);
        }
        self.single(raw, options, frame)
    }

    /// The shape itself, what it follows on the master, and what holds for all.
    pub(super) fn cascade<'c>(&self, raw: &'c RawShape<'a>) -> Cascade<'c, 'a>
    where
        'b: 'c,
    {
        let own = Cascade { layers: [Some(&raw.options), None, None] };
        let named = own.get(property::MASTER_SHAPE).filter(|id| *id != 0);
        let followed = match named {
            Some(id) => self.master.shapes.get(&id).copied(),
            None => raw.placeholder().and_then(|placeholder| followed(placeholder, &self.master)),
        };
        Cascade { layers: [Some(&raw.options), followed.map(|shape| &shape.options), Some(self.defaults)] }
    }

    fn group(&mut self, raw: &RawShape<'a>, options: Cascade<'_, 'a>, frame: Frame) -> Option<Shape> {
        let place = Rect {
            left: frame.x * 8.0,
            top: frame.y * 8.0,
            right: (frame.x + frame.width) * 8.0,
            bottom: (frame.y + frame.height) * 8.0,
        };
        let inner = Transform::of_group(raw.inside?, place, (frame.flip_x, frame.flip_y));
        let alt = description(options);
        let is_table = options.get(property::TABLE_FLAGS).is_some_and(|flags| flags & 1 != 0);
        let table = if is_table { table::table(self, raw, inner) } else { None };
        let content = match table {
            Some(table) => ShapeContent::Table(table),
            None => {
                let shapes: Vec<Shape> =
                    raw.children.iter().filter_map(|child| self.shape(child, inner)).collect();
                if shapes.is_empty() {
                    return None;
                }
                ShapeContent::Group { shapes }
            }
        };
        // What it mirrors has been mirrored already.
        let frame = Frame { flip_x: false, flip_y: false, ..frame };
        Some(Shape { frame, content: Some(content), alt, ..Shape::default() })
    }

    fn single(&mut self, raw: &RawShape<'a>, options: Cascade<'_, 'a>, frame: Frame) -> Option<Shape> {
        let text = self.text(raw);
        let picture = paint::picture(options.own(), property::PICTURE, self.paint.pictures);
        if text.is_none() && picture.is_none() && raw.placeholder().is_some() {
            // An empty placeholder is only seen while editing.
            return None;
        }
        let alt = description(options);
        if let Some(body) = art_text(options, &frame, self.paint) {
            return Some(Shape { frame, text: Some(body), alt, ..Shape::default() });
        }
        let (geometry, inner) = geometry::outline(options, raw.preset, &frame);
        let content = picture.map(|id| ShapeContent::Picture(picture_ref(id, options, &frame, &alt)));
        let place = text_place(options, inner);
        let body = text.as_ref().map(|text| TextBody { blocks: self.blocks(text), ..place });
        let role = text.as_ref().and_then(|shown| role(raw.placeholder(), &shown.text));
        Some(Shape {
            geometry,
            fill: paint::fill(options, raw.preset, self.paint),
            stroke: paint::stroke(options, raw.preset, self.paint),
            text: body,
            content,
            role,
            anchor: None,
            alt,
            frame,
        })
    }

    /// The text of a shape, from the shape or from the outline; none where there is not one character.
    pub(super) fn text(&self, raw: &RawShape<'a>) -> Option<ShapeText<'b>> {
        let textbox = raw.textbox?;
        let reference = textbox.child(kind::OUTLINE_TEXT_REF).and_then(|reference| reference.bytes().u32());
        let text = match reference {
            Some(index) => Cow::Borrowed(self.outline.get(usize::try_from(index).ok()?)?),
            None => Cow::Owned(text_of_shape(&textbox)),
        };
        let tags = raw.client.into_iter().flat_map(|client| version_9(&client));
        let atom = tags.into_iter().find(|atom| atom.kind == kind::STYLE_TEXT_PROP_9);
        let runs_9 = atom.map(|atom| runs_9(atom.bytes()));
        (!text.units.is_empty()).then_some(ShapeText { text, runs_9 })
    }

    /// The paragraphs of a text.
    pub(super) fn blocks(&mut self, shown: &ShapeText<'_>) -> Vec<Block> {
        let runs_9 = shown.runs_9.as_ref().unwrap_or(&shown.text.runs_9);
        blocks(&shown.text, runs_9, self.look, self.quota)
    }
}

/// The text of a shape, which may be one of the outline's, and the shape's own numbers instead of bullets.
pub(super) struct ShapeText<'t> {
    pub(super) text: Cow<'t, Text>,
    runs_9: Option<Vec<ParagraphProps>>,
}

/// The master's shape for a placeholder that names none ([MS-PPT] 2.13.21).
fn followed<'m, 'a>(placeholder: u8, master: &Index<'m, 'a>) -> Option<&'m RawShape<'a>> {
    let wanted: &[u8] = match placeholder {
        13 | 17 => &[1],
        15 => &[3, 1],
        14 | 18 => &[2],
        16 => &[4, 2],
        7..=9 => std::slice::from_ref(&[7, 8, 9][usize::from(placeholder - 7)]),
        _ => return None,
    };
    wanted.iter().find_map(|kind| master.placeholders.get(kind).copied())
}

/// What a text is to its slide.
fn role(placeholder: Option<u8>, text: &Text) -> Option<ShapeRole> {
    Some(match placeholder? {
        7..=10 => ShapeRole::Margin,
        16 => ShapeRole::Subtitle,
        _ if text.kind.is_title() => ShapeRole::Title,
        _ => ShapeRole::Body,
    })
}

fn description(options: Cascade<'_, '_>) -> String {
    let bytes = options.own().complex(property::DESCRIPTION).unwrap_or(&[]);
    utf16(&bytes[..bytes.len().min(2 * DESCRIPTION)])
}

fn picture_ref(id: u32, options: Cascade<'_, '_>, frame: &Frame, alt: &str) -> PictureRef {
    let cut = |id| options.fixed(id).unwrap_or(0.0).clamp(-10.0, 1.0);
    let crop =
        [property::CROP_LEFT, property::CROP_TOP, property::CROP_RIGHT, property::CROP_BOTTOM].map(cut);
    PictureRef {
        id: Some(id),
        width: frame.width,
        height: frame.height,
        alt: alt.to_owned(),
        crop: crop.iter().any(|cut| *cut != 0.0).then_some(crop),
    }
}

/// Where text stands in its shape ([MS-ODRAW] 2.3.21); `inner` is between the frame and the outline's own box for text.
pub(super) fn text_place(options: Cascade<'_, '_>, inner: [f32; 4]) -> TextBody {
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

/// Letters drawn as shapes ([MS-ODRAW] 2.3.22): as large as their frame, in the colour of its fill.
fn art_text(options: Cascade<'_, '_>, frame: &Frame, paint: Paint<'_>) -> Option<TextBody> {
    let text = utf16(options.own().complex(property::ART_TEXT)?);
    let lines: Vec<&str> = text.split(['\r', '\n', '\u{b}']).take(ART_LINES).collect();
    if !options.flag(property::ART_TEXT_FLAGS, 1 << 14, true) || text.trim().is_empty() {
        return None;
    }
    let color = match paint::fill(options, 1, paint) {
        Some(crate::model::Fill::Solid { color }) => Some(color),
        Some(crate::model::Fill::Gradient { stops, .. }) => stops.into_iter().next().map(|stop| stop.color),
        _ => paint::stroke(options, 1, paint).map(|stroke| stroke.color),
    };
    let font = options.complex(property::ART_TEXT_FONT).map(utf16).filter(|font| !font.is_empty());
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
        Block::Paragraph(Paragraph {
            align: crate::model::Align::Center,
            inlines: vec![text],
            ..Paragraph::default()
        })
    };
    let blocks = lines.iter().map(paragraph).collect();
    Some(TextBody { blocks, vertical: VerticalAlign::Middle, no_wrap: true, ..TextBody::default() })
}
