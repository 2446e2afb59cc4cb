//! Little-endian values out of a stretch of bytes; none past its end.

pub(crate) use crate::container::bytes::{Bytes, utf16};

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
}
