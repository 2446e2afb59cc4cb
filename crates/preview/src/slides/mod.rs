//! Presentations.

pub(crate) mod ppt;
pub(crate) mod pptx;
