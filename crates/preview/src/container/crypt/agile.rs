//! Agile encryption, as Office writes it since 2010 ([MS-OFFCRYPTO] 2.3.4.10 – 2.3.4.15).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::block::{Aes, BLOCK};
use super::password;
use crate::container::tree::{Node, Tree};
use crate::container::xml::Xml;

/// Bytes that are encrypted together.
const SEGMENT: usize = 4096;
/// Most hashes of the password that are made; Office makes 100,000.
const SPINS: u32 = 200_000;
/// Elements in elements.
const DEPTH: usize = 16;
/// What keys are made for ([MS-OFFCRYPTO] 2.3.4.13).
const FOR_INPUT: [u8; 8] = [0xfe, 0xa7, 0xd2, 0x76, 0x3b, 0x4b, 0x9e, 0x79];
const FOR_HASH: [u8; 8] = [0xd7, 0xaa, 0x0f, 0x6d, 0x30, 0x61, 0x34, 0x4e];
const FOR_KEY: [u8; 8] = [0x14, 0x6e, 0x0b, 0xe7, 0xab, 0xac, 0xd0, 0xd6];

#[derive(Clone, Copy)]
enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn of(&self, parts: [&[u8]; 2]) -> Vec<u8> {
        fn digest<D: Digest>(parts: [&[u8]; 2]) -> Vec<u8> {
            D::new().chain_update(parts[0]).chain_update(parts[1]).finalize().to_vec()
        }
        match self {
            Self::Sha1 => digest::<Sha1>(parts),
            Self::Sha256 => digest::<Sha256>(parts),
            Self::Sha384 => digest::<Sha384>(parts),
            Self::Sha512 => digest::<Sha512>(parts),
        }
    }
}

/// What the package, or the key to it, is encrypted with.
struct Data {
    salt: Vec<u8>,
    hash: Hash,
    /// Bytes.
    key: usize,
}

impl Data {
    fn read(node: Node<'_>) -> Option<Self> {
        let is = |name, value| node.attribute(name) == Some(value);
        if !is("cipherAlgorithm", "AES") || !is("cipherChaining", "ChainingModeCBC") {
            return None;
        }
        let hash = match node.attribute("hashAlgorithm")? {
            "SHA1" => Hash::Sha1,
            "SHA256" => Hash::Sha256,
            "SHA384" => Hash::Sha384,
            "SHA512" => Hash::Sha512,
            _ => return None,
        };
        Some(Self { salt: bytes(node, "saltValue")?, hash, key: node.number::<usize>("keyBits")? / 8 })
    }
}

fn bytes(node: Node<'_>, name: &str) -> Option<Vec<u8>> {
    STANDARD.decode(node.attribute(name)?).ok()
}

/// A stretch of exactly this many bytes; short ones are filled up.
fn fitted(mut bytes: Vec<u8>, length: usize) -> Vec<u8> {
    bytes.resize(length.min(64), 0x36);
    bytes
}

fn start(bytes: Vec<u8>) -> [u8; BLOCK] {
    fitted(bytes, BLOCK).try_into().unwrap_or_default()
}

/// The plain bytes; none where the password is another one.
pub(super) fn decrypt(info: &[u8], content: &[u8]) -> Option<Vec<u8>> {
    let tree = Tree::whole(Xml::new(info), DEPTH).ok()?;
    let named = |name: &str| tree.root()?.descendants().find(|node| node.name() == name);
    let data = Data::read(named("keyData")?)?;
    let aes = Aes::new(&key(named("encryptedKey")?)?)?;
    let mut plain = Vec::new();
    for (number, segment) in content.chunks(SEGMENT).enumerate() {
        let number = u32::try_from(number).ok()?.to_le_bytes();
        plain.extend(aes.chained(segment, start(data.hash.of([&data.salt, &number]))));
    }
    Some(plain)
}

/// The key of the package, which is encrypted with the password.
fn key(node: Node<'_>) -> Option<Vec<u8>> {
    let data = Data::read(node)?;
    let spins = node.number::<u32>("spinCount").filter(|spins| *spins <= SPINS)?;
    let mut hash = data.hash.of([&data.salt, &password()]);
    for spin in 0..spins {
        hash = data.hash.of([&spin.to_le_bytes(), &hash]);
    }
    let open = |purpose: [u8; 8], name: &str| {
        let key = fitted(data.hash.of([&hash, &purpose]), data.key);
        Some(Aes::new(&key)?.chained(&bytes(node, name)?, start(data.salt.clone())))
    };
    let input = open(FOR_INPUT, "encryptedVerifierHashInput")?;
    let expected = open(FOR_HASH, "encryptedVerifierHashValue")?;
    let right = expected.starts_with(&data.hash.of([&input, &[]]));
    let key = right.then(|| open(FOR_KEY, "encryptedKeyValue"))??;
    key.get(..data.key).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use aes::Aes128;
    use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};

    use super::*;

    /// Encrypts with chained blocks.
    fn chained(key: &[u8], bytes: &[u8], start: [u8; BLOCK]) -> Vec<u8> {
        let cipher = Aes128::new_from_slice(key).expect("sixteen bytes");
        let mut before = start;
        let mut all = Vec::new();
        for block in bytes.as_chunks::<BLOCK>().0 {
            let mut mixed = Array::from(*block);
            mixed.iter_mut().zip(before).for_each(|(byte, before)| *byte ^= before);
            cipher.encrypt_block(&mut mixed);
            before = mixed.into();
            all.extend(before);
        }
        all
    }

    /// What an encrypted document says of its encryption, and its content.
    fn encrypted(password: &[u8], plain: &[u8], spins: u32) -> (String, Vec<u8>) {
        let (salt, package_key) = ([1; 16], [9; 16]);
        let mut hash = Hash::Sha512.of([&salt, password]);
        for spin in 0..3_u32 {
            hash = Hash::Sha512.of([&spin.to_le_bytes(), &hash]);
        }
        let seal = |purpose: [u8; 8], bytes: &[u8]| {
            let key = fitted(Hash::Sha512.of([&hash, &purpose]), 16);
            STANDARD.encode(chained(&key, bytes, salt))
        };
        let how =
            "cipherAlgorithm='AES' cipherChaining='ChainingModeCBC' hashAlgorithm='SHA512' keyBits='128'";
        let salt_text = STANDARD.encode(salt);
        let info = format!(
            "<encryption><keyData {how} saltValue='{salt_text}'/><p:encryptedKey {how} saltValue='{salt_text}' \
             spinCount='{spins}' encryptedVerifierHashInput='{}' encryptedVerifierHashValue='{}' \
             encryptedKeyValue='{}'/></encryption>",
            seal(FOR_INPUT, &[4; 16]),
            seal(FOR_HASH, &Hash::Sha512.of([&[4; 16], &[]])),
            seal(FOR_KEY, &package_key),
        );
        let segments = plain.chunks(SEGMENT).enumerate();
        let content = segments.flat_map(|(number, segment)| {
            let iv = start(Hash::Sha512.of([&salt, &(number as u32).to_le_bytes()]));
            chained(&package_key, segment, iv)
        });
        let content = content.collect();
        (info, content)
    }

    #[test]
    fn segments_are_decrypted_with_the_password_that_everybody_knows() {
        let plain: Vec<u8> = (0..9_600_u32).map(|number| number as u8).collect();
        let (info, content) = encrypted(&password(), &plain, 3);
        assert_eq!(decrypt(info.as_bytes(), &content), Some(plain.clone()));
        let (info, content) = encrypted(b"another", &plain, 3);
        assert_eq!(decrypt(info.as_bytes(), &content), None);
        let (info, content) = encrypted(&password(), &plain, u32::MAX);
        assert_eq!(decrypt(info.as_bytes(), &content), None, "not with billions of hashes");
        assert_eq!(decrypt(b"<encryption>", &content), None);
    }
}
