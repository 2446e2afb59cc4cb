//! What documents are packed in: zip with XML parts (OOXML, OpenDocument), OLE compound files (the formats before 2007).

pub(crate) mod bytes;
pub(crate) mod crypt;
pub(crate) mod decode;
pub(crate) mod ole;
pub(crate) mod opc;
mod recovery;
pub(crate) mod tree;
pub(crate) mod xml;
pub(crate) mod zip;
