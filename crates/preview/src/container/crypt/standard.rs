//! Standard encryption, as Office 2007 writes it ([MS-OFFCRYPTO] 2.3.4.5 – 2.3.4.9).

use sha1::{Digest as _, Sha1};

use super::block::Aes;
use super::password;
use crate::container::bytes::{slice, u32_at};

/// How often the password is hashed.
const SPINS: u32 = 50_000;

/// The plain bytes; none where the password is another one.
pub(super) fn decrypt(info: &[u8], content: &[u8]) -> Option<Vec<u8>> {
    let header = u32_at(info, 8)? as usize;
    let key_bits = u32_at(info, 12 + 16)? as usize;
    let verifier = info.get(header.checked_add(12)?..)?;
    let salt_size = u32_at(verifier, 0)? as usize;
    let salt = slice(verifier, 4, salt_size)?;
    let input = slice(verifier, salt_size.checked_add(4)?, 16)?;
    let hash = slice(verifier, salt_size.checked_add(24)?, 32)?;
    let aes = Aes::new(key(salt).get(..key_bits / 8)?)?;
    let right = Sha1::digest(aes.each(input));
    aes.each(hash).starts_with(&right).then(|| aes.each(content))
}

/// [MS-OFFCRYPTO] 2.3.4.7.
fn key(salt: &[u8]) -> Vec<u8> {
    let mut hash = Sha1::new().chain_update(salt).chain_update(password()).finalize();
    for spin in 0..SPINS {
        hash = Sha1::new().chain_update(spin.to_le_bytes()).chain_update(hash).finalize();
    }
    let hash = Sha1::new().chain_update(hash).chain_update(0_u32.to_le_bytes()).finalize();
    let derived = |fill: u8| {
        let mut bytes = [fill; 64];
        bytes.iter_mut().zip(hash).for_each(|(byte, hash)| *byte ^= hash);
        Sha1::digest(bytes)
    };
    [derived(0x36), derived(0x5c)].concat()
}
