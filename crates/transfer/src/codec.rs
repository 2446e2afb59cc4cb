//! Bytes to values and back: varints (LEB128), fixed fields, length-prefixed texts. Reading never panics and never allocates more
//! than what is there.

use bytes::Bytes;

/// Bytes that are not what they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("bytes that are not what they should be")]
pub struct Broken;

/// Takes values off the front of a buffer, without copying what is long.
#[derive(Debug)]
pub(crate) struct Reader(Bytes);

impl Reader {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn rest(self) -> Bytes {
        self.0
    }

    pub(crate) fn take(&mut self, len: usize) -> Result<Bytes, Broken> {
        if len > self.0.len() { Err(Broken) } else { Ok(self.0.split_to(len)) }
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Broken> {
        Ok(self.take(1)?[0])
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        self.take(N)?.as_ref().try_into().map_err(|_| Broken)
    }

    /// Only the shortest form is taken: one value, one encoding.
    pub(crate) fn varint(&mut self) -> Result<u64, Broken> {
        let mut value = 0u64;
        for at in 0..10 {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if (at == 9 && bits > 1) || (at > 0 && byte == 0) {
                return Err(Broken);
            }
            value |= bits << (7 * at);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Broken)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Broken> {
        u32::try_from(self.varint()?).map_err(|_| Broken)
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Broken> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Broken),
        }
    }

    pub(crate) fn end(&self) -> Result<(), Broken> {
        if self.0.is_empty() { Ok(()) } else { Err(Broken) }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn reserve(&mut self, len: usize) {
        self.0.reserve(len);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn done(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    #[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
    pub(crate) fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value as u8) | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub(crate) fn flag(&mut self, flag: bool) {
        self.0.push(u8::from(flag));
    }
}

/// Bytes that [`Writer::varint`] writes.
pub(crate) const fn varint_len(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn varints_come_back(value: u64, shift in 0u32..64) {
            let value = value >> shift;
            let mut out = Writer::default();
            out.varint(value);
            prop_assert_eq!(out.len(), varint_len(value));
            let mut back = Reader::new(Bytes::from(out.done()));
            prop_assert_eq!(back.varint(), Ok(value));
            prop_assert!(back.is_empty());
        }
    }
}
