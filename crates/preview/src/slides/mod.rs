//! Presentations.

pub(crate) mod ppt;
pub(crate) mod pptx;

use std::collections::BTreeSet;

use crate::model::{Fill, Shape, ShapeContent, Slide};

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
