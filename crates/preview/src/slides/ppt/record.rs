//! Records: the document stream is made of the same ones as the drawings in it ([MS-PPT] 2.3.1).

pub(super) use crate::container::bytes::Bytes;
pub(super) use crate::drawing::officeart::record::{HEADER, Record, Records};

/// Types of records that are read here ([MS-PPT] 2.13.24), and those of drawings.
pub(super) mod kind {
    pub(crate) use crate::drawing::officeart::record::kind::*;

    pub(crate) const DOCUMENT: u16 = 0x03e8;
    pub(crate) const DOCUMENT_ATOM: u16 = 0x03e9;
    pub(crate) const SLIDE: u16 = 0x03ee;
    pub(crate) const SLIDE_ATOM: u16 = 0x03ef;
    pub(crate) const NOTES: u16 = 0x03f0;
    pub(crate) const ENVIRONMENT: u16 = 0x03f2;
    pub(crate) const SLIDE_PERSIST: u16 = 0x03f3;
    pub(crate) const MAIN_MASTER: u16 = 0x03f8;
    pub(crate) const SLIDE_SHOW_INFO: u16 = 0x03f9;
    pub(crate) const VBA_INFO: u16 = 0x03ff;
    pub(crate) const EXTERNAL_OBJECTS: u16 = 0x0409;
    pub(crate) const DRAWING_GROUP: u16 = 0x040b;
    pub(crate) const DRAWING: u16 = 0x040c;
    pub(crate) const LIST: u16 = 0x07d0;
    pub(crate) const FONTS: u16 = 0x07d5;
    pub(crate) const COLOR_SCHEME: u16 = 0x07f0;
    pub(crate) const PLACEHOLDER: u16 = 0x0bc3;
    pub(crate) const OUTLINE_TEXT_REF: u16 = 0x0f9e;
    pub(crate) const TEXT_HEADER: u16 = 0x0f9f;
    pub(crate) const TEXT_CHARS: u16 = 0x0fa0;
    pub(crate) const STYLE_TEXT_PROP: u16 = 0x0fa1;
    pub(crate) const TEXT_MASTER_STYLE: u16 = 0x0fa3;
    pub(crate) const TEXT_CHARACTER_DEFAULT: u16 = 0x0fa4;
    pub(crate) const TEXT_PARAGRAPH_DEFAULT: u16 = 0x0fa5;
    pub(crate) const TEXT_RULER: u16 = 0x0fa6;
    pub(crate) const TEXT_BYTES: u16 = 0x0fa8;
    pub(crate) const STYLE_TEXT_PROP_9: u16 = 0x0fac;
    pub(crate) const TEXT_MASTER_STYLE_9: u16 = 0x0fad;
    pub(crate) const OUTLINE_TEXT_PROPS_9: u16 = 0x0fae;
    pub(crate) const OUTLINE_TEXT_PROPS_HEADER_9: u16 = 0x0faf;
    pub(crate) const FONT_ENTITY: u16 = 0x0fb7;
    pub(crate) const CSTRING: u16 = 0x0fba;
    pub(crate) const HYPERLINK_ATOM: u16 = 0x0fd3;
    pub(crate) const HYPERLINK: u16 = 0x0fd7;
    pub(crate) const SLIDE_NUMBER_META: u16 = 0x0fd8;
    pub(crate) const HEADERS_FOOTERS: u16 = 0x0fd9;
    pub(crate) const HEADERS_FOOTERS_ATOM: u16 = 0x0fda;
    pub(crate) const TEXT_INTERACTIVE_INFO: u16 = 0x0fdf;
    pub(crate) const SLIDE_LIST: u16 = 0x0ff0;
    pub(crate) const INTERACTIVE_INFO: u16 = 0x0ff2;
    pub(crate) const INTERACTIVE_INFO_ATOM: u16 = 0x0ff3;
    pub(crate) const USER_EDIT: u16 = 0x0ff5;
    pub(crate) const CURRENT_USER: u16 = 0x0ff6;
    pub(crate) const DATE_TIME_META: u16 = 0x0ff7;
    pub(crate) const GENERIC_DATE_META: u16 = 0x0ff8;
    pub(crate) const HEADER_META: u16 = 0x0ff9;
    pub(crate) const FOOTER_META: u16 = 0x0ffa;
    pub(crate) const RTF_DATE_TIME_META: u16 = 0x1015;
    pub(crate) const PROG_TAGS: u16 = 0x1388;
    pub(crate) const PROG_BINARY_TAG: u16 = 0x138a;
    pub(crate) const BINARY_TAG_DATA: u16 = 0x138b;
    pub(crate) const PERSIST_DIRECTORY: u16 = 0x1772;
}

#[cfg(test)]
pub(super) mod tests {
    pub(crate) use crate::drawing::officeart::testing::{record, shape};
}
