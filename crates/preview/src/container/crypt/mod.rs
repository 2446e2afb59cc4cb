//! Encryption with the password that everybody knows: documents that are only protected against changes are encrypted with
//! it, and Office opens them without asking ([MS-OFFCRYPTO] 2.3). Whatever has another password stays closed.

mod agile;
mod block;
mod rc4;
mod standard;

pub(crate) use rc4::Rc4;

use super::bytes::{u16_at, u32_at};
use super::ole::Ole;
use crate::error::Result;

/// The password that Office tries before it asks for one ([MS-XLS] 2.2.10).
pub(crate) const PASSWORD: &str = "VelvetSweatshop";

/// The password in UTF-16, as keys are made of it.
pub(crate) fn password() -> Vec<u8> {
    PASSWORD.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The package inside of an encrypted one ([MS-OFFCRYPTO] 2.3.4.4); none where it has a password of its own.
pub(crate) fn package(ole: &mut Ole<'_>) -> Result<Option<Vec<u8>>> {
    let (Some(info), Some(package)) = (ole.read("EncryptionInfo")?, ole.read("EncryptedPackage")?) else {
        return Ok(None);
    };
    let (major, minor) = (u16_at(&info, 0), u16_at(&info, 2));
    // Sizes have 64 bits; no stream that is read here needs the upper half.
    let (Some(size), Some(content)) = (u32_at(&package, 0), package.get(8..)) else { return Ok(None) };
    let plain = match (major, minor) {
        (Some(4), Some(4)) => agile::decrypt(info.get(8..).unwrap_or_default(), content),
        (Some(2..=4), Some(2)) => standard::decrypt(&info, content),
        _ => None,
    };
    Ok(plain.map(|mut plain| {
        plain.truncate(size as usize);
        plain
    }))
}
