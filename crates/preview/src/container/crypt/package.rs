//! Documents of Office since 2007 that are encrypted ([MS-OFFCRYPTO] 2.3.4): a zip archive inside a compound file.

use aes::cipher::{Array, BlockCipherDecrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha384, Sha512};

use super::password;
use crate::container::tree::{Node, Tree};
use crate::container::xml::Xml;

/// Rounds that a key may be hashed; Office takes 100,000.
const MOST_ROUNDS: u32 = 1_000_000;
/// Rounds of keys of Office 2007.
const ROUNDS: u32 = 50_000;
/// Bytes of the archive that are encrypted at once.
const SEGMENT: usize = 4096;
const BLOCK: usize = 16;

/// What each key is for ([MS-OFFCRYPTO] 2.3.4.11 to 2.3.4.13).
const VERIFIER_INPUT: [u8; 8] = [0xfe, 0xa7, 0xd2, 0x76, 0x3b, 0x4b, 0x9e, 0x79];
const VERIFIER_VALUE: [u8; 8] = [0xd7, 0xaa, 0x0f, 0x6d, 0x30, 0x61, 0x34, 0x4e];
const KEY_VALUE: [u8; 8] = [0x14, 0x6e, 0x0b, 0xe7, 0xab, 0xac, 0xd0, 0xd6];

/// The archive out of the streams `EncryptionInfo` and `EncryptedPackage`; none where it has another password than the one
/// that everybody knows, or is encrypted in a way that is not known here.
pub(crate) fn package(info: &[u8], encrypted: &[u8]) -> Option<Vec<u8>> {
    let word = |at: usize| Some(u16::from_le_bytes(info.get(at..at + 2)?.try_into().ok()?));
    let length = u64::from_le_bytes(encrypted.get(..8)?.try_into().ok()?);
    let content = encrypted.get(8..)?;
    let mut archive = match (word(0)?, word(2)?) {
        (4, 4) => agile(info.get(8..)?, content)?,
        (2..=4, 2) => standard(info.get(4..)?, content)?,
        _ => return None,
    };
    archive.truncate(usize::try_from(length).unwrap_or(usize::MAX));
    Some(archive)
}

#[derive(Clone, Copy)]
enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "SHA1" | "SHA-1" => Self::Sha1,
            "SHA256" | "SHA-256" => Self::Sha256,
            "SHA384" | "SHA-384" => Self::Sha384,
            "SHA512" | "SHA-512" => Self::Sha512,
            _ => return None,
        })
    }

    fn of(self, parts: [&[u8]; 2]) -> Vec<u8> {
        fn digest<D: Digest>(parts: [&[u8]; 2]) -> Vec<u8> {
            parts.into_iter().fold(D::new(), |digest, part| digest.chain_update(part)).finalize().to_vec()
        }
        match self {
            Self::Sha1 => digest::<Sha1>(parts),
            Self::Sha256 => digest::<Sha256>(parts),
            Self::Sha384 => digest::<Sha384>(parts),
            Self::Sha512 => digest::<Sha512>(parts),
        }
    }

    /// The password hashed again and again (2.3.4.7).
    fn of_password(self, salt: &[u8], rounds: u32) -> Vec<u8> {
        let mut hash = self.of([salt, &password()]);
        for round in 0..rounds {
            hash = self.of([&round.to_le_bytes(), &hash]);
        }
        hash
    }
}

enum Cipher {
    Aes128(Box<Aes128>),
    Aes192(Box<Aes192>),
    Aes256(Box<Aes256>),
}

impl Cipher {
    fn new(key: &[u8]) -> Option<Self> {
        Some(match key.len() {
            16 => Self::Aes128(Box::new(Aes128::new_from_slice(key).ok()?)),
            24 => Self::Aes192(Box::new(Aes192::new_from_slice(key).ok()?)),
            32 => Self::Aes256(Box::new(Aes256::new_from_slice(key).ok()?)),
            _ => return None,
        })
    }

    fn block(&self, block: [u8; BLOCK]) -> [u8; BLOCK] {
        let mut block = Array(block);
        match self {
            Self::Aes128(cipher) => cipher.decrypt_block(&mut block),
            Self::Aes192(cipher) => cipher.decrypt_block(&mut block),
            Self::Aes256(cipher) => cipher.decrypt_block(&mut block),
        }
        block.into()
    }

    /// Each block by itself; with `chain` mixed with the one before it. What is no whole block is left out.
    fn decrypt(&self, bytes: &[u8], chain: Option<&[u8]>) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut before: &[u8] = chain.unwrap_or_default();
        for block in bytes.as_chunks::<BLOCK>().0 {
            let mut plain = self.block(*block);
            if chain.is_some() {
                plain.iter_mut().zip(before).for_each(|(byte, mixed)| *byte ^= mixed);
            }
            out.extend_from_slice(&plain);
            before = block;
        }
        out
    }
}

/// Cut, or filled up.
fn sized(mut bytes: Vec<u8>, length: usize) -> Vec<u8> {
    bytes.resize(length, 0x36);
    bytes
}

/// Office 2010 and later (2.3.4.10): how it is encrypted is told in XML.
fn agile(info: &[u8], content: &[u8]) -> Option<Vec<u8>> {
    let tree = Tree::whole(Xml::new(info), 16).ok()?;
    let root = tree.root()?;
    let data = root.elements().find(|node| node.name() == "keyData")?;
    let encrypted = root.descendants().find(|node| node.name() == "encryptedKey")?;
    let secret = agile_key(encrypted)?;
    let (hash, salt) = (Hash::named(data.attribute("hashAlgorithm")?)?, bytes_of(data, "saltValue")?);
    if data.attribute("cipherChaining") != Some("ChainingModeCBC") {
        return None;
    }
    let cipher = Cipher::new(&secret)?;
    let segments = content.chunks(SEGMENT).enumerate().flat_map(|(number, segment)| {
        let start = sized(hash.of([&salt, &(number as u32).to_le_bytes()]), BLOCK);
        cipher.decrypt(segment, Some(&start))
    });
    Some(segments.collect())
}

/// The key of the archive, where the password is the right one.
fn agile_key(node: Node<'_>) -> Option<Vec<u8>> {
    let (hash, salt) = (Hash::named(node.attribute("hashAlgorithm")?)?, bytes_of(node, "saltValue")?);
    let rounds = node.number("spinCount").filter(|rounds| *rounds <= MOST_ROUNDS)?;
    let length = node.number::<usize>("keyBits").filter(|bits| *bits <= 256)? / 8;
    let hashed = hash.of_password(&salt, rounds);
    let start = sized(salt, BLOCK);
    let decrypted = |purpose: &[u8; 8], name: &str| {
        let cipher = Cipher::new(&sized(hash.of([&hashed, purpose]), length))?;
        Some(cipher.decrypt(&bytes_of(node, name)?, Some(&start)))
    };
    let input = decrypted(&VERIFIER_INPUT, "encryptedVerifierHashInput")?;
    let value = decrypted(&VERIFIER_VALUE, "encryptedVerifierHashValue")?;
    let expected = hash.of([&input, &[]]);
    let mut secret = decrypted(&KEY_VALUE, "encryptedKeyValue")?;
    secret.truncate(length);
    value.starts_with(&expected).then_some(secret)
}

/// Office 2007 (2.3.4.5): AES, each block by itself.
fn standard(info: &[u8], content: &[u8]) -> Option<Vec<u8>> {
    let long = |at: usize| Some(u32::from_le_bytes(info.get(at..at.checked_add(4)?)?.try_into().ok()?));
    let header = long(4)? as usize;
    let bits = long(8 + 16)?;
    let verifier = header.checked_add(8)?;
    let part = |from: usize, length: usize| {
        let start = verifier.checked_add(from)?;
        info.get(start..start.checked_add(length)?)
    };
    let hash = Hash::Sha1.of_password(part(4, 16)?, ROUNDS);
    let last = Hash::Sha1.of([&hash, &[0; 4]]);
    let half = |fill: u8| {
        let mut mixed = [fill; 64];
        mixed.iter_mut().zip(&last).for_each(|(byte, hashed)| *byte ^= hashed);
        Hash::Sha1.of([&mixed, &[]])
    };
    let key = [half(0x36), half(0x5c)].concat();
    let length = if bits == 0 { 16 } else { bits as usize / 8 };
    let cipher = Cipher::new(key.get(..length)?)?;
    let expected = Hash::Sha1.of([&cipher.decrypt(part(20, 16)?, None), &[]]);
    let right = cipher.decrypt(part(40, 32)?, None).starts_with(&expected);
    right.then(|| cipher.decrypt(content, None))
}

fn bytes_of(node: Node<'_>, name: &str) -> Option<Vec<u8>> {
    base64(node.attribute(name)?)
}

/// Base64 (RFC 4648 §4).
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits & 0xffff) << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use aes::cipher::BlockCipherEncrypt;

    use super::*;

    const SALT: [u8; 16] = *b"0123456789abcdef";

    fn encrypt(key: &[u8], bytes: &[u8], chain: Option<[u8; BLOCK]>) -> Vec<u8> {
        let cipher = Aes128::new_from_slice(key).expect("16 bytes");
        let (mut out, mut before) = (Vec::new(), chain.unwrap_or_default());
        for block in bytes.chunks(BLOCK) {
            let mut block: [u8; BLOCK] = sized(block.to_vec(), BLOCK).try_into().expect("a block");
            block.iter_mut().zip(before).for_each(|(byte, mixed)| *byte ^= mixed);
            let mut block = Array(block);
            cipher.encrypt_block(&mut block);
            out.extend_from_slice(&block);
            before = if chain.is_some() { block.into() } else { before };
        }
        out
    }

    fn encoded(bytes: &[u8]) -> String {
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for three in bytes.chunks(3) {
            let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
                << (8 * (3 - three.len()));
            out.extend(
                (0..=three.len()).map(|place| char::from(DIGITS[(bits >> (18 - 6 * place) & 63) as usize])),
            );
        }
        out
    }

    /// `EncryptionInfo` as Office 2010 writes it, and the archive in two segments.
    fn agile_document(archive: &[u8], rounds: u32) -> (Vec<u8>, Vec<u8>) {
        let hash = Hash::Sha512;
        let hashed = hash.of_password(&SALT, rounds);
        let wrapped = |purpose: &[u8; 8], bytes: &[u8]| {
            encoded(&encrypt(&sized(hash.of([&hashed, purpose]), 16), bytes, Some(SALT)))
        };
        let (input, secret) = ([7; 16], [9; 16]);
        let info = format!(
            "<encryption xmlns='urn:e' xmlns:p='urn:p'><keyData hashAlgorithm='SHA512' saltValue='{salt}' cipherChaining='ChainingModeCBC'/>\
             <keyEncryptors><keyEncryptor><p:encryptedKey spinCount='{rounds}' keyBits='128' hashAlgorithm='SHA512' saltValue='{salt}'\
             encryptedVerifierHashInput='{}' encryptedVerifierHashValue='{}' encryptedKeyValue='{}'/></keyEncryptor></keyEncryptors></encryption>",
            wrapped(&VERIFIER_INPUT, &input),
            wrapped(&VERIFIER_VALUE, &hash.of([&input, &[]])),
            wrapped(&KEY_VALUE, &secret),
            salt = encoded(&SALT),
        );
        let mut content = (archive.len() as u64).to_le_bytes().to_vec();
        for (number, segment) in archive.chunks(SEGMENT).enumerate() {
            let start = sized(hash.of([&SALT, &(number as u32).to_le_bytes()]), BLOCK);
            content.extend(encrypt(&secret, segment, start.try_into().ok()));
        }
        ([&[4, 0, 4, 0, 0x40, 0, 0, 0], info.as_bytes()].concat(), content)
    }

    #[test]
    fn the_password_that_everybody_knows_opens() {
        let archive: Vec<u8> = (0..5000_u32).map(|number| number as u8).collect();
        let (info, content) = agile_document(&archive, 10);
        assert_eq!(package(&info, &content), Some(archive));
        let (endless, _) = agile_document(&[], 10);
        let endless = String::from_utf8_lossy(&endless).replace("spinCount='10'", "spinCount='4000000000'");
        assert_eq!(package(endless.as_bytes(), &content), None, "no key takes so many rounds");
    }

    #[test]
    fn documents_of_office_2007_open_too() {
        let hash = Hash::Sha1.of([&Hash::Sha1.of_password(&SALT, ROUNDS), &[0; 4]]);
        let mut mixed = [0x36; 64];
        mixed.iter_mut().zip(&hash).for_each(|(byte, hashed)| *byte ^= hashed);
        let key = Hash::Sha1.of([&mixed, &[]]);
        let key = &key[..16];
        let mut info = vec![3, 0, 2, 0, 0x24, 0, 0, 0, 32, 0, 0, 0];
        let mut header = [0; 32];
        header[16] = 128;
        info.extend(header);
        info.extend([16, 0, 0, 0]);
        info.extend(SALT);
        info.extend(encrypt(key, &[5; 16], None));
        info.extend([20, 0, 0, 0]);
        info.extend(encrypt(key, &sized(Hash::Sha1.of([&[5; 16], &[]]), 32), None));
        let mut content = 20_u64.to_le_bytes().to_vec();
        content.extend(encrypt(key, b"an archive, in a way", None));
        assert_eq!(package(&info, &content).as_deref(), Some(&b"an archive, in a way"[..]));
        info[50] ^= 1;
        assert_eq!(package(&info, &content), None, "another salt, as with another password");
    }

    #[test]
    fn base64_is_read() {
        for (text, expected) in
            [("", Some("")), ("YQ==", Some("a")), ("YWI=", Some("ab")), ("YW Jj", Some("abc")), ("!", None)]
        {
            assert_eq!(base64(text), expected.map(|text| text.as_bytes().to_vec()), "{text}");
        }
    }

    #[test]
    fn what_is_no_encryption_stays_closed() {
        for info in [
            &b""[..],
            &[4, 0, 4, 0],
            &[4, 0, 4, 0, 0x40, 0, 0, 0, b'<'],
            &[2, 0, 2, 0, 0xff, 0xff, 0xff, 0xff],
            &[9; 300],
        ] {
            assert_eq!(package(info, &[0; 64]), None);
        }
        let mut standard = vec![3, 0, 2, 0];
        standard.resize(400, 0xff);
        assert_eq!(package(&standard, &[0; 64]), None);
    }
}
