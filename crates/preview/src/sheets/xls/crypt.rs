//! Workbooks that are encrypted with the password that everybody knows ([MS-XLS] 2.2.10, [MS-OFFCRYPTO] 2.3.5 – 2.3.7).

use md5::{Digest as _, Md5};
use sha1::Sha1;

use super::record::Records;
use super::version::Begin;
use crate::container::crypt::{PASSWORD, Rc4, password};
use crate::sheets::biff::bytes::Bytes;

/// Bytes of the stream that have one key.
const BLOCK: usize = 1024;

/// How a stream is encrypted.
#[derive(Debug)]
enum Cipher {
    /// The salted password, 40 bits of it.
    Rc4([u8; 5]),
    /// The salted password, and bytes of a key.
    CryptoApi([u8; 20], usize),
    /// Bytes to be mixed with those of the stream.
    Xor([u8; 16]),
}

/// Decrypts the stream in its place; `filepass` is the place of the record that says how, and its length. None where it
/// has a password of its own.
pub(super) fn decrypt(stream: &mut [u8], filepass: (usize, usize)) -> Option<()> {
    let (at, length) = filepass;
    let start = at.checked_add(4)?;
    let record = stream.get(start..start.checked_add(length)?)?;
    let cipher = if length == 4 { xor(Bytes(record)) } else { rc4(Bytes(record)) }?;
    let mut keys = cipher.keys(stream.len());
    let contents: Vec<_> = Records::new(stream, start.checked_add(length)?).map(content).collect();
    for (from, plain, to) in contents {
        let Some(bytes) = stream.get_mut(from..to) else { break };
        match &cipher {
            Cipher::Xor(array) => unmix(bytes, array, from, plain),
            _ => keys.apply(bytes, from, plain),
        }
    }
    Some(())
}

/// Where a record's content begins, how much of it is never encrypted ([MS-XLS] 2.2.10), and where it ends.
pub(super) fn content(record: super::record::Record<'_>) -> (usize, usize, usize) {
    let plain = match record.kind {
        _ if Begin::of(&record).is_some() => record.data.len(),
        // Of the list of sheets, where they begin.
        0x0085 => 4,
        0x002f | 0x00e1 | 0x0138 | 0x0194 | 0x0195 | 0x0196 => record.data.len(),
        _ => 0,
    };
    let from = record.at.saturating_add(4);
    (from, plain.min(record.data.len()), from.saturating_add(record.data.len()))
}

fn rc4(mut bytes: Bytes<'_>) -> Option<Cipher> {
    if bytes.u16()? == 0 {
        return xor(bytes);
    }
    let (major, minor) = (bytes.u16()?, bytes.u16()?);
    match (major, minor) {
        (1, 1) => {
            let (salt, verifier, hash) = (bytes.take(16)?, bytes.take(16)?, bytes.take(16)?);
            let cipher = Cipher::Rc4(salted(salt));
            cipher.verify::<Md5>(verifier, hash).then_some(cipher)
        }
        (2..=4, 2) => crypto_api(bytes),
        _ => None,
    }
}

/// [MS-OFFCRYPTO] 2.3.6.2.
fn salted(salt: &[u8]) -> [u8; 5] {
    let mut hash = Md5::new();
    let password = Md5::digest(password());
    for _ in 0..16 {
        hash.update(&password[..5]);
        hash.update(salt);
    }
    let [a, b, c, d, e, ..] = <[u8; 16]>::from(hash.finalize());
    [a, b, c, d, e]
}

/// [MS-OFFCRYPTO] 2.3.5.1 and 2.3.5.2.
fn crypto_api(mut bytes: Bytes<'_>) -> Option<Cipher> {
    bytes.u32()?;
    let size = bytes.u32()? as usize;
    let mut header = Bytes(bytes.take(size)?);
    header.take(16)?;
    let bits = match header.u32()? as usize {
        0 => 40,
        bits => bits,
    };
    let salt_size = bytes.u32()? as usize;
    let (salt, verifier) = (bytes.take(salt_size)?, bytes.take(16)?);
    bytes.u32()?;
    let hash = bytes.take(20)?;
    let salted = Sha1::new().chain_update(salt).chain_update(password()).finalize();
    let cipher = Cipher::CryptoApi(salted.into(), (bits / 8).clamp(1, 20));
    cipher.verify::<Sha1>(verifier, hash).then_some(cipher)
}

impl Cipher {
    /// The key of a block of the stream.
    fn block(&self, number: u32) -> Rc4 {
        match self {
            Self::Rc4(salted) => {
                Rc4::new(&Md5::new().chain_update(salted).chain_update(number.to_le_bytes()).finalize())
            }
            Self::CryptoApi(salted, length) => {
                let hash = Sha1::new().chain_update(salted).chain_update(number.to_le_bytes()).finalize();
                let mut key = hash.get(..*length).unwrap_or_default().to_vec();
                // Keys of 40 bits have room for 128 ([MS-OFFCRYPTO] 2.3.5.2).
                key.resize(key.len().max(if *length == 5 { 16 } else { 0 }), 0);
                Rc4::new(&key)
            }
            Self::Xor(_) => Rc4::new(&[0]),
        }
    }

    /// The password is that of this stream.
    fn verify<D: md5::Digest>(&self, verifier: &[u8], hash: &[u8]) -> bool {
        let (mut verifier, mut hash) = (verifier.to_vec(), hash.to_vec());
        let mut keys = self.block(0);
        keys.apply(&mut verifier);
        keys.apply(&mut hash);
        D::digest(&verifier).as_slice() == hash.as_slice()
    }

    fn keys(&self, length: usize) -> Keys<'_> {
        Keys { cipher: self, blocks: length.div_ceil(BLOCK), block: None }
    }
}

/// The bytes to be mixed in, block by block.
struct Keys<'c> {
    cipher: &'c Cipher,
    blocks: usize,
    /// The block in use and its bytes.
    block: Option<(usize, Vec<u8>)>,
}

impl Keys<'_> {
    /// Decrypts bytes that begin at `from` in the stream, the first `plain` of them left as they are.
    fn apply(&mut self, bytes: &mut [u8], from: usize, plain: usize) {
        for (at, byte) in (from..).zip(bytes).skip(plain) {
            let number = at / BLOCK;
            if self.block.as_ref().is_none_or(|(block, _)| *block != number) && number < self.blocks {
                let mut stream = vec![0; BLOCK];
                self.cipher.block(number as u32).apply(&mut stream);
                self.block = Some((number, stream));
            }
            if let Some(key) = self.block.as_ref().and_then(|(_, stream)| stream.get(at % BLOCK)) {
                *byte ^= key;
            }
        }
    }
}

/// XOR obfuscation, method 1 ([MS-OFFCRYPTO] 2.3.7.2): the file says the key.
fn xor(mut bytes: Bytes<'_>) -> Option<Cipher> {
    const FILL: [u8; 15] =
        [0xbb, 0xff, 0xff, 0xba, 0xff, 0xff, 0xb9, 0x80, 0x00, 0xbe, 0x0f, 0x00, 0xbf, 0x0f, 0x00];
    let (key, verifier) = (bytes.u16()?.to_le_bytes(), bytes.u16()?);
    if verifier != verifier_of(PASSWORD.as_bytes()) {
        return None;
    }
    let mut all = PASSWORD.bytes().chain(FILL);
    let array = std::array::from_fn(|index| (all.next().unwrap_or(0) ^ key[index % 2]).rotate_left(2));
    Some(Cipher::Xor(array))
}

/// [MS-OFFCRYPTO] 2.3.7.1.
fn verifier_of(password: &[u8]) -> u16 {
    let length = password.len() as u8;
    let turned = password.iter().rev().chain([&length]);
    turned.fold(0_u16, |verifier, byte| {
        ((verifier << 1 & 0x7fff) | u16::from(verifier & 0x4000 != 0)) ^ u16::from(*byte)
    }) ^ 0xce4b
}

/// Each record begins in another place of the array.
fn unmix(bytes: &mut [u8], array: &[u8; 16], from: usize, plain: usize) {
    let start = from.wrapping_add(bytes.len());
    for (index, byte) in bytes.iter_mut().enumerate().skip(plain) {
        *byte = byte.rotate_left(3) ^ array[start.wrapping_add(index) % 16];
    }
}
