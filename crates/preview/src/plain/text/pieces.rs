//! A source in aligned pieces.

use crate::error::Result;
use crate::source::ReadAt;

/// Bytes asked of a source at once; a divisor of the pieces that sources come in.
const PIECE: u64 = 256 * 1024;

/// A source of which one piece is held.
#[derive(Clone)]
pub(crate) struct Pieces<'a> {
    source: &'a dyn ReadAt,
    length: u64,
    /// Where the piece begins.
    start: u64,
    bytes: Vec<u8>,
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(source: &'a dyn ReadAt) -> Self {
        Self { source, length: source.len(), start: 0, bytes: Vec::new() }
    }

    pub(crate) const fn len(&self) -> u64 {
        self.length
    }

    /// The bytes from `offset` to the end of its piece; none only at the end of the source.
    pub(crate) fn from(&mut self, offset: u64) -> Result<&[u8]> {
        if offset >= self.length {
            return Ok(&[]);
        }
        let start = offset - offset % PIECE;
        let held = self.start == start && ((offset - start) as usize) < self.bytes.len();
        if !held {
            self.read(start)?;
        }
        Ok(self.bytes.get((offset - start) as usize..).unwrap_or(&[]))
    }

    fn read(&mut self, start: u64) -> Result<()> {
        let wanted = PIECE.min(self.length - start) as usize;
        let mut filled = 0;
        // A piece that fails is no piece: what was read of it is read again.
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.resize(wanted, 0);
        while filled < wanted {
            match self.source.read_at(start + filled as u64, &mut bytes[filled..])? {
                0 => break,
                count => filled += count.min(wanted - filled),
            }
        }
        bytes.truncate(filled);
        (self.bytes, self.start) = (bytes, start);
        Ok(())
    }
}
