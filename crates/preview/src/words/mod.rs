//! Documents that flow.

pub(crate) mod doc;
pub(crate) mod docx;
pub(crate) mod html;
mod neighbours;
pub(crate) mod rtf;
pub(crate) mod symbols;
