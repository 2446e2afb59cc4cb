//! Drawings of Office from 97 to 2003, which presentations, documents and workbooks have in common ([MS-ODRAW]).
//!
//! [`record`] is what they are made of, [`tree`] the shapes as they are stored, [`options`] what shapes say of themselves,
//! [`blips`] the pictures. [`draw`] turns stored shapes into those of the model: their places ([`place`]), outlines
//! ([`geometry`], [`presets`]), fills and lines ([`paint`], [`color`]), and where text stands in them ([`text`]). What only
//! one kind of document knows comes from its [`draw::Host`].

pub(crate) mod blips;
pub(crate) mod color;
pub(crate) mod draw;
mod geometry;
pub(crate) mod options;
pub(crate) mod paint;
pub(crate) mod place;
mod presets;
pub(crate) mod record;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod text;
pub(crate) mod tree;
