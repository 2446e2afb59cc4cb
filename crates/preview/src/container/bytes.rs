//! Little-endian numbers inside bytes that nobody vouches for: what lies outside is none.

/// Values one after the other: what has not been read yet.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    /// The next `count` bytes; nothing is taken where there are fewer.
    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn i16(&mut self) -> Option<i16> {
        self.array().map(i16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn i32(&mut self) -> Option<i32> {
        self.array().map(i32::from_le_bytes)
    }

    pub(crate) fn f32(&mut self) -> Option<f32> {
        self.array().map(f32::from_le_bytes)
    }

    pub(crate) fn f64(&mut self) -> Option<f64> {
        self.array().map(f64::from_le_bytes)
    }

    /// UTF-16; what cannot be decoded becomes U+FFFD.
    pub(crate) fn utf16(&mut self, units: usize) -> Option<String> {
        self.take(units.checked_mul(2)?).map(utf16)
    }
}

/// UTF-16; what cannot be decoded becomes U+FFFD.
pub(crate) fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// UTF-16, up to a NUL.
pub(crate) fn utf16_to_nul(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let units = units.take_while(|unit| *unit != 0);
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// `length` bytes from `at`.
pub(crate) fn slice(bytes: &[u8], at: usize, length: usize) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(length)?)
}

pub(crate) fn u8_at(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(at).copied()
}

pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    slice(bytes, at, 2)?.try_into().map(u16::from_le_bytes).ok()
}

pub(crate) fn i16_at(bytes: &[u8], at: usize) -> Option<i16> {
    slice(bytes, at, 2)?.try_into().map(i16::from_le_bytes).ok()
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    slice(bytes, at, 4)?.try_into().map(u32::from_le_bytes).ok()
}

pub(crate) fn i32_at(bytes: &[u8], at: usize) -> Option<i32> {
    slice(bytes, at, 4)?.try_into().map(i32::from_le_bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_read_past_the_end() {
        let mut bytes = Bytes(&[1, 2, 3]);
        assert_eq!((bytes.u16(), bytes.u16(), bytes.u8(), bytes.u8()), (Some(0x201), None, Some(3), None));
        assert_eq!(Bytes(&[0x3d, 0xd8, 0, 0xde, 0, 0xd8]).utf16(3).as_deref(), Some("😀\u{fffd}"));
        assert_eq!((u16_at(&[1, 2], 1), slice(&[1], usize::MAX, 1)), (None, None));
    }
}
