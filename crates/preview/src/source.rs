//! Where the bytes of a document come from.

use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

/// A file whose length is known and that can be read anywhere: a browser's `File`, pieces that come by the network, a
/// file on disk.
pub trait ReadAt {
    /// Bytes.
    fn len(&self) -> u64;

    /// Reads up to `buffer.len()` bytes from `offset`; 0 only at the end.
    ///
    /// # Errors
    /// What keeps it from being read. Bytes that have not come yet are [`crate::PreviewError::Waiting`] inside an [`io::Error`].
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// There are no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl ReadAt for [u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.get(offset..)).unwrap_or(&[]);
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.as_slice().read_at(offset, buffer)
    }
}

/// Bytes from outside, or some that were made here out of those.
#[derive(Clone)]
pub(crate) enum Source<'a> {
    Given(&'a dyn ReadAt),
    Made(Rc<Vec<u8>>),
}

impl ReadAt for Source<'_> {
    fn len(&self) -> u64 {
        match self {
            Self::Given(source) => source.len(),
            Self::Made(bytes) => bytes.len() as u64,
        }
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Given(source) => source.read_at(offset, buffer),
            Self::Made(bytes) => bytes.as_slice().read_at(offset, buffer),
        }
    }
}

/// A stretch of a source as a stream, with a small buffer: sources are slow in small bites.
#[derive(Clone)]
pub(crate) struct Slice<'a> {
    source: Source<'a>,
    /// Where the stretch begins and ends in the source.
    start: u64,
    end: u64,
    /// Where the next byte is taken from, in the source.
    at: u64,
    buffer: Vec<u8>,
    /// What of the buffer has not been taken yet.
    unread: std::ops::Range<usize>,
}

/// Bytes asked of a source at once.
const BITE: usize = 64 * 1024;

impl<'a> Slice<'a> {
    pub(crate) fn new(source: &'a dyn ReadAt, start: u64, length: u64) -> Self {
        Self::of(Source::Given(source), start, length)
    }

    pub(crate) fn of(source: Source<'a>, start: u64, length: u64) -> Self {
        let end = start.saturating_add(length).min(source.len());
        let start = start.min(end);
        Self { source, start, end, at: start, buffer: Vec::new(), unread: 0..0 }
    }

    pub(crate) fn whole(source: &'a dyn ReadAt) -> Self {
        Self::new(source, 0, source.len())
    }

    fn left(&self) -> u64 {
        self.end - self.at
    }
}

impl io::BufRead for Slice<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.unread.is_empty() {
            let length = usize::try_from(self.left()).unwrap_or(usize::MAX).min(BITE);
            self.buffer.resize(length, 0);
            let count = if length == 0 { 0 } else { self.source.read_at(self.at, &mut self.buffer)? };
            self.unread = 0..count;
        }
        Ok(&self.buffer[self.unread.clone()])
    }

    fn consume(&mut self, amount: usize) {
        let amount = amount.min(self.unread.len());
        self.unread.start += amount;
        self.at += amount as u64;
    }
}

impl Read for Slice<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let filled = io::BufRead::fill_buf(self)?;
        let count = filled.len().min(buffer.len());
        buffer[..count].copy_from_slice(&filled[..count]);
        io::BufRead::consume(self, count);
        Ok(count)
    }
}

impl Seek for Slice<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, by) = match to {
            SeekFrom::Start(at) => (self.start, i64::try_from(at).unwrap_or(i64::MAX)),
            SeekFrom::Current(by) => (self.at, by),
            SeekFrom::End(by) => (self.end, by),
        };
        let target = base.checked_add_signed(by).filter(|target| *target >= self.start);
        let target = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let target = target.min(self.end);
        match target.checked_sub(self.at) {
            // Forward within what is there already.
            Some(ahead) if ahead <= self.unread.len() as u64 => self.unread.start += ahead as usize,
            _ => self.unread = 0..0,
        }
        self.at = target;
        Ok(self.at - self.start)
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufRead as _;

    use super::*;

    #[test]
    fn a_slice_reads_and_seeks_inside_its_bounds() -> io::Result<()> {
        let bytes: Vec<u8> = (0..=255).collect();
        let mut slice = Slice::new(&bytes, 10, 20);
        let mut buffer = [0; 8];
        assert_eq!((slice.read(&mut buffer)?, buffer), (8, [10, 11, 12, 13, 14, 15, 16, 17]));
        assert_eq!(slice.seek(SeekFrom::Current(2))?, 10);
        assert_eq!(slice.fill_buf()?.first(), Some(&20));
        assert_eq!(slice.seek(SeekFrom::End(-1))?, 19);
        assert_eq!(slice.read(&mut buffer)?, 1);
        assert_eq!(slice.read(&mut buffer)?, 0, "the end of the slice, not of the source");
        assert_eq!(slice.seek(SeekFrom::Start(99))?, 20, "never past the end");
        assert!(slice.seek(SeekFrom::Current(-21)).is_err());
        Ok(())
    }
}
