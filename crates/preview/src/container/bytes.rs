//! Little-endian numbers inside bytes that nobody vouches for: what lies outside is none.

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
