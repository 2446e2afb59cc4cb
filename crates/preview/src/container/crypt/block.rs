//! The block cipher AES, by keys of any of its lengths.

use aes::cipher::{Array, BlockCipherDecrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};

/// Bytes of a block.
pub(super) const BLOCK: usize = 16;

pub(super) enum Aes {
    Short(Box<Aes128>),
    Middle(Box<Aes192>),
    Long(Box<Aes256>),
}

impl Aes {
    /// None for keys of other lengths than AES has.
    pub(super) fn new(key: &[u8]) -> Option<Self> {
        Some(match key.len() {
            16 => Self::Short(Box::new(Aes128::new_from_slice(key).ok()?)),
            24 => Self::Middle(Box::new(Aes192::new_from_slice(key).ok()?)),
            32 => Self::Long(Box::new(Aes256::new_from_slice(key).ok()?)),
            _ => return None,
        })
    }

    fn block(&self, bytes: [u8; BLOCK]) -> [u8; BLOCK] {
        let mut block = Array::from(bytes);
        match self {
            Self::Short(cipher) => cipher.decrypt_block(&mut block),
            Self::Middle(cipher) => cipher.decrypt_block(&mut block),
            Self::Long(cipher) => cipher.decrypt_block(&mut block),
        }
        block.into()
    }

    /// Each block for itself; what is left over at the end belongs to no block.
    pub(super) fn each(&self, bytes: &[u8]) -> Vec<u8> {
        bytes.as_chunks().0.iter().flat_map(|block| self.block(*block)).collect()
    }

    /// Each block mixed with the one before it; the first with `start`.
    pub(super) fn chained(&self, bytes: &[u8], start: [u8; BLOCK]) -> Vec<u8> {
        let mut before = start;
        let mut all = Vec::with_capacity(bytes.len());
        for block in bytes.as_chunks().0 {
            let plain = self.block(*block);
            all.extend(plain.iter().zip(before).map(|(plain, before)| plain ^ before));
            before = *block;
        }
        all
    }
}
