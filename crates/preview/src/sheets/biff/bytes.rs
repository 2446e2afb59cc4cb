//! Little-endian values out of a stretch of bytes; none past its end.

/// What has not been read yet.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    /// The next `count` bytes; nothing is taken where there are fewer.
    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
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

    pub(crate) fn f64(&mut self) -> Option<f64> {
        self.array().map(f64::from_le_bytes)
    }

    /// UTF-16; what cannot be decoded becomes U+FFFD.
    pub(crate) fn utf16(&mut self, units: usize) -> Option<String> {
        self.take(units.checked_mul(2)?).map(utf16)
    }
}

/// UTF-16 in little-endian bytes; what cannot be decoded becomes U+FFFD.
pub(crate) fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// A number in 30 bits: the upper half of a float or a whole number, in hundredths or not ([MS-XLS] 2.5.217).
pub(crate) fn rk(raw: u32) -> f64 {
    let number = if raw & 2 == 0 {
        f64::from_bits(u64::from(raw & !3) << 32)
    } else {
        f64::from(raw.cast_signed() >> 2)
    };
    if raw & 1 == 0 { number } else { number / 100.0 }
}

/// What stands in a cell with an error ([MS-XLS] 2.5.10).
pub(crate) const fn error(code: u8) -> &'static str {
    match code {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0f => "#VALUE!",
        0x17 => "#REF!",
        0x1d => "#NAME?",
        0x24 => "#NUM!",
        0x2b => "#GETTING_DATA",
        _ => "#N/A",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_30_bits_are_read() {
        for (raw, expected) in [
            (0x3ff0_0000, 1.0),
            (0x3ff0_0001, 0.01),
            (123_456 << 2 | 2, 123_456.0),
            (123_456 << 2 | 3, 1234.56),
            ((-5_i32).cast_unsigned() << 2 | 2, -5.0),
            (0, 0.0),
        ] {
            assert_eq!(rk(raw), expected, "{raw:#x}");
        }
    }

    #[test]
    fn nothing_is_read_past_the_end() {
        let mut bytes = Bytes(&[1, 2, 3]);
        assert_eq!((bytes.u16(), bytes.u16(), bytes.u8(), bytes.u8()), (Some(0x201), None, Some(3), None));
        assert_eq!(Bytes(&[0x3d, 0xd8, 0, 0xde, 0, 0xd8]).utf16(3).as_deref(), Some("😀\u{fffd}"));
    }
}
