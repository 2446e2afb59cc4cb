//! Finds the parts of a zip archive by the header in front of each (APPNOTE 4.3.7), without the list at its end.

use std::io::BufRead as _;

use crate::error::Result;
use crate::source::{ReadAt, Slice};

/// Where a part's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Bytes from the start of the file.
    pub(super) start: u64,
    /// Packed bytes.
    pub(super) length: u64,
    /// How it is packed (APPNOTE 4.4.5).
    pub(super) method: u16,
    pub(super) encrypted: bool,
}

/// Bytes of a header before the name.
const HEADER: usize = 30;
const SIGNATURE: &[u8] = b"PK\x03\x04";

/// All parts with their names, at most `limit`.
pub(super) fn scan(source: &dyn ReadAt, limit: usize) -> Result<Vec<(String, Found)>> {
    let mut parts: Vec<(String, Found)> = Vec::new();
    let mut from = 0;
    while parts.len() < limit {
        let Some(at) = next_header(source, from)? else { break };
        from = at + SIGNATURE.len() as u64;
        let Some((name, found, told)) = part(source, at)? else { continue };
        // A length that leads to the end or to another record is taken; others are not known yet.
        let next = found.start.saturating_add(told);
        let leads = told > 0 && (next == source.len() || bytes(source, next, 2)? == b"PK");
        from = if leads { next } else { found.start };
        if let Some((_, before)) = parts.last_mut() {
            before.length = before.length.min(at.saturating_sub(before.start));
        }
        let length = if leads { told } else { source.len().saturating_sub(found.start) };
        parts.push((name, Found { length, ..found }));
    }
    Ok(parts)
}

/// A part by its header, with the length that is written there.
fn part(source: &dyn ReadAt, at: u64) -> Result<Option<(String, Found, u64)>> {
    let header = bytes(source, at, HEADER)?;
    let word = |at: usize| match header.get(at..at + 2) {
        Some(&[low, high]) => u16::from_le_bytes([low, high]),
        _ => 0,
    };
    let name_length = usize::from(word(26));
    if header.len() < HEADER || name_length == 0 {
        return Ok(None);
    }
    let name = bytes(source, at + HEADER as u64, name_length)?;
    if name.len() < name_length {
        return Ok(None);
    }
    let name = String::from_utf8_lossy(&name).into_owned();
    let start = at + HEADER as u64 + name_length as u64 + u64::from(word(28));
    let told = u64::from(word(18)) | u64::from(word(20)) << 16;
    let found = Found { start, length: 0, method: word(8), encrypted: word(6) & 1 == 1 };
    Ok((start <= source.len()).then_some((name, found, told)))
}

/// Where the next header begins.
fn next_header(source: &dyn ReadAt, from: u64) -> Result<Option<u64>> {
    let mut slice = Slice::new(source, from, u64::MAX);
    let (mut at, mut matched) = (from, 0);
    loop {
        let window = slice.fill_buf()?;
        let count = window.len();
        if count == 0 {
            return Ok(None);
        }
        for (index, byte) in window.iter().enumerate() {
            // Only the first letter of the signature is one that it may begin anew with.
            matched = match SIGNATURE.get(matched) {
                Some(wanted) if wanted == byte => matched + 1,
                _ => usize::from(SIGNATURE.first() == Some(byte)),
            };
            if matched == SIGNATURE.len() {
                return Ok(Some(at + index as u64 + 1 - SIGNATURE.len() as u64));
            }
        }
        std::io::BufRead::consume(&mut slice, count);
        at += count as u64;
    }
}

/// Up to `length` bytes from `at`.
fn bytes(source: &dyn ReadAt, at: u64, length: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read_at(at.saturating_add(filled as u64), rest)? {
            0 => break,
            count => filled += count,
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}
