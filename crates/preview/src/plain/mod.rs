//! Text as it is, and XML as a tree.

pub(crate) mod lines;
pub(crate) mod text;
pub(crate) mod tree;
