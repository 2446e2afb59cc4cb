//! Records of binary parts: number, length, content ([MS-XLSB] 2.1.4).

use std::io::Read;

use crate::error::{PreviewError, Result};
use crate::sheets::biff::bytes::Bytes;
use crate::sheets::biff::cells::RichText;

/// Bytes asked for at once.
const STEP: usize = 16 * 1024;
/// Runs kept of one string.
const RUNS: usize = 4096;

/// A stream of records. When bytes have not come yet, the same record can be asked for again.
pub(super) struct Records<'a> {
    inner: Box<dyn Read + 'a>,
    buffer: Vec<u8>,
    /// Where the next record begins in the buffer.
    at: usize,
    ended: bool,
    damaged: bool,
}

impl<'a> Records<'a> {
    pub(super) fn new(inner: Box<dyn Read + 'a>) -> Self {
        Self { inner, buffer: Vec::new(), at: 0, ended: false, damaged: false }
    }

    /// It did not end where records do.
    pub(super) const fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// The next record: its number and what is there of its content.
    pub(super) fn next(&mut self) -> Result<Option<(u32, &[u8])>> {
        self.buffer.drain(..self.at);
        self.at = 0;
        // A number has up to two bytes, a length up to four.
        self.fill(6)?;
        let mut bytes = Bytes(&self.buffer);
        let Some((kind, size)) = varint(&mut bytes, 2).zip(varint(&mut bytes, 4)) else {
            self.damaged |= !self.buffer.is_empty();
            return Ok(None);
        };
        let start = self.buffer.len() - bytes.0.len();
        let end = start.saturating_add(size as usize);
        self.fill(end)?;
        self.damaged |= end > self.buffer.len();
        self.at = end.min(self.buffer.len());
        Ok(self.buffer.get(start..self.at).map(|content| (kind, content)))
    }

    /// Reads until there are `count` bytes, or the end.
    fn fill(&mut self, count: usize) -> Result<()> {
        while self.buffer.len() < count && !self.ended {
            let known = self.buffer.len();
            self.buffer.resize(known + STEP, 0);
            let read = self.inner.read(self.buffer.get_mut(known..).unwrap_or_default());
            self.buffer.truncate(known + read.as_ref().map_or(0, |count| (*count).min(STEP)));
            match read.map_err(PreviewError::from) {
                Ok(count) => self.ended = count == 0,
                Err(PreviewError::Malformed(_)) => (self.ended, self.damaged) = (true, true),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Seven bits in each byte, the lowest first; the highest bit says that more follow.
fn varint(bytes: &mut Bytes<'_>, most: u32) -> Option<u32> {
    let mut value = 0;
    for place in 0..most {
        let byte = bytes.u8()?;
        value |= u32::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(value)
}

/// A string after its length; empty where it says that there is none ([MS-XLSB] 2.5.169).
pub(super) fn string(bytes: &mut Bytes<'_>) -> Option<String> {
    match bytes.u32()? {
        u32::MAX => Some(String::new()),
        units => bytes.utf16(units as usize),
    }
}

/// A string with its runs ([MS-XLSB] 2.5.120).
pub(super) fn rich(mut bytes: Bytes<'_>) -> Option<RichText> {
    let flags = bytes.u8()?;
    let text = string(&mut bytes)?;
    let mut runs = Vec::new();
    let count = if flags & 1 != 0 { bytes.u32().unwrap_or(0) as usize } else { 0 };
    for _ in 0..count.min(RUNS) {
        let (Some(at), Some(font)) = (bytes.u16(), bytes.u16()) else { break };
        runs.push((at.into(), font));
    }
    Some(RichText { text, runs })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Records as bytes.
    pub(in crate::sheets::xlsb) fn records(all: &[(u32, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (kind, content) in all {
            if *kind < 128 {
                bytes.push(*kind as u8);
            } else {
                bytes.extend([(*kind & 0x7f | 0x80) as u8, (*kind >> 7) as u8]);
            }
            let size = content.len();
            bytes.extend([(size & 0x7f | 0x80) as u8, (size >> 7) as u8]);
            bytes.extend(*content);
        }
        bytes
    }

    #[test]
    fn records_are_read_to_the_last_byte() -> Result<()> {
        let mut bytes = records(&[(19, b"abc"), (637, &[7; 300])]);
        bytes.extend([5, 9, 1]);
        let mut stream = Records::new(Box::new(&bytes[..]));
        let mut all = Vec::new();
        while let Some((kind, content)) = stream.next()? {
            all.push((kind, content.len()));
        }
        assert_eq!(all, [(19, 3), (637, 300), (5, 1)]);
        assert!(stream.is_damaged());
        Ok(())
    }

    #[test]
    fn strings_have_runs() {
        let mut bytes = vec![1, 2, 0, 0, 0, b'a', 0, b'b', 0, 1, 0, 0, 0, 1, 0, 9, 0];
        assert_eq!(rich(Bytes(&bytes)), Some(RichText { text: "ab".to_owned(), runs: vec![(1, 9)] }));
        bytes.truncate(6);
        assert_eq!(rich(Bytes(&bytes)), None);
        assert_eq!(string(&mut Bytes(&[0xff; 4])).as_deref(), Some(""));
    }
}
