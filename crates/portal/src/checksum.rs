//! `Upload-Checksum` of tus 1.0: the digest of one piece, by which damage on its way shows before it is kept.

use base64::{Engine, engine::general_purpose::STANDARD};
use deskside_proto::ErrorCode;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Names for `Tus-Checksum-Algorithm`; SHA-1 is the one that every tus server has to know, and guards against accidents only.
pub const ALGORITHMS: &str = "sha256,sha1";

/// A digest that is being made, and what it should be.
pub struct Checksum {
    hasher: Hasher,
    expected: Vec<u8>,
}

enum Hasher {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Checksum {
    /// Reads `<algorithm> <base64>`.
    ///
    /// # Errors
    /// `malformed` for another algorithm or no base64.
    pub fn parse(header: &str) -> Result<Self, ErrorCode> {
        let (algorithm, encoded) = header.split_once(' ').ok_or(ErrorCode::Malformed)?;
        let hasher = match algorithm {
            "sha1" => Hasher::Sha1(Sha1::new()),
            "sha256" => Hasher::Sha256(Sha256::new()),
            _ => return Err(ErrorCode::Malformed),
        };
        let expected = STANDARD.decode(encoded.trim()).map_err(|_| ErrorCode::Malformed)?;
        Ok(Self { hasher, expected })
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.hasher {
            Hasher::Sha1(hasher) => hasher.update(bytes),
            Hasher::Sha256(hasher) => hasher.update(bytes),
        }
    }

    /// Whether everything that was given has the expected digest.
    #[must_use]
    pub fn fits(self) -> bool {
        match self.hasher {
            Hasher::Sha1(hasher) => hasher.finalize().as_slice() == self.expected,
            Hasher::Sha256(hasher) => hasher.finalize().as_slice() == self.expected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_checked_piece_by_piece() {
        let sha1 = STANDARD.encode(Sha1::digest(b"hello"));
        let sha256 = STANDARD.encode(Sha256::digest(b"hello"));
        for (header, expected) in [
            (format!("sha1 {sha1}"), Ok(true)),
            (format!("sha256 {sha256}"), Ok(true)),
            (format!("sha256 {sha1}"), Ok(false)),
            ("sha256 ".to_owned(), Ok(false)),
            (format!("md5 {sha1}"), Err(ErrorCode::Malformed)),
            ("sha256 !!".to_owned(), Err(ErrorCode::Malformed)),
            (sha256, Err(ErrorCode::Malformed)),
            (String::new(), Err(ErrorCode::Malformed)),
        ] {
            let outcome = Checksum::parse(&header).map(|mut checksum| {
                checksum.update(b"hel");
                checksum.update(b"lo");
                checksum.fits()
            });
            assert_eq!(outcome, expected, "{header}");
        }
    }
}
