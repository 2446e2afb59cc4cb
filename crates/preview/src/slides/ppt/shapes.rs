//! What PowerPoint says of shapes: which others they follow, what is written in them, which groups are tables.

use std::borrow::Cow;

use super::art::Index;
use super::record::kind;
use super::table;
use super::text::blocks::{Look, blocks};
use super::text::props::ParagraphProps;
use super::text::styles::version_9;
use super::text::{Text, runs_9, text_of_shape};
use crate::drawing::officeart::draw::{Host, Written, draw};
use crate::drawing::officeart::options::{Cascade, Options, property};
use crate::drawing::officeart::paint::Paint;
use crate::drawing::officeart::place::Rect;
use crate::drawing::officeart::tree::RawShape;
use crate::drawing::shape::Space;
use crate::limits::Quota;
use crate::model::{Block, Shape, ShapeRole, Table};

/// Points of a master unit, 1/576 inch.
const UNIT: f32 = 1.0 / 8.0;

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
    /// A shape of the slide or master in its place; none where nothing of it is seen.
    pub(super) fn shape(&mut self, raw: &'b RawShape<'a>) -> Option<Shape> {
        draw(self, raw, raw.anchor(), &Space::scaled(UNIT))
    }

    /// The text of a shape, from the shape or from the outline; none where there is not one character.
    pub(super) fn text_of(&self, raw: &RawShape<'a>) -> Option<ShapeText<'b>> {
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

impl<'b, 'a> Host<'b, 'a> for Builder<'b, 'a> {
    fn draws(&mut self, _raw: &RawShape<'a>) -> bool {
        self.quota.take(1)
    }

    /// The shape itself, what it follows on the master, and what holds for all.
    fn cascade(&self, raw: &'b RawShape<'a>) -> Cascade<'b, 'a> {
        let named = Cascade::of(&raw.options).get(property::MASTER_SHAPE).filter(|id| *id != 0);
        let followed = match named {
            Some(id) => self.master.shapes.get(&id).copied(),
            None => raw.placeholder().and_then(|placeholder| followed(placeholder, &self.master)),
        };
        Cascade { layers: [Some(&raw.options), followed.map(|shape| &shape.options), Some(self.defaults)] }
    }

    fn paint(&self) -> Paint<'b> {
        self.paint
    }

    fn anchor(&self, raw: &RawShape<'a>) -> Rect {
        raw.anchor()
    }

    fn text(&mut self, raw: &RawShape<'a>) -> Option<Written> {
        let shown = self.text_of(raw)?;
        Some(Written {
            blocks: self.blocks(&shown),
            vertical: None,
            role: role(raw.placeholder(), &shown.text),
        })
    }

    fn table(&mut self, group: &'b RawShape<'a>, space: &Space) -> Option<Table> {
        let is_table = self.cascade(group).get(property::TABLE_FLAGS).is_some_and(|flags| flags & 1 != 0);
        if is_table { table::table(self, group, space) } else { None }
    }

    fn is_placeholder(&self, raw: &RawShape<'a>) -> bool {
        raw.placeholder().is_some()
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
