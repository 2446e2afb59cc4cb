//! Encryption with the password that everybody knows: documents that are only protected against changes are encrypted with
//! it, and Office opens them without asking ([MS-OFFCRYPTO] 2.3). Whatever has another password stays closed.

mod rc4;

pub(crate) use rc4::Rc4;

/// The password that Office tries before it asks for one ([MS-XLS] 2.2.10).
pub(crate) const PASSWORD: &str = "VelvetSweatshop";

/// The password in UTF-16, as keys are made of it.
pub(crate) fn password() -> Vec<u8> {
    PASSWORD.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
