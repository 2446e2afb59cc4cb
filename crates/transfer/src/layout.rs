//! How content is cut: blocks of 1 MiB that never span two files, each a subtree of its file's BLAKE3 tree.
//!
//! A block's *value* is its chaining value (BLAKE3 paper §2.1, `blake3::hazmat`), so that the values of a file's blocks merge to
//! the file's ordinary BLAKE3, the one that `b3sum` prints. Only the value of a file with a single block is its digest outright.

use blake3::hazmat::HasherExt as _;

/// Bytes in a block; the last of each file may be shorter. A power of two, as subtrees must be.
pub const BLOCK_LEN: u32 = 1 << 20;

/// A BLAKE3 digest or chaining value.
pub type Digest = [u8; 32];

/// Where a block lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Index of the entry in the [`crate::Manifest`].
    pub file: u32,
    /// Bytes from the beginning of that file.
    pub offset: u64,
    /// Bytes, 1 to [`BLOCK_LEN`].
    pub len: u32,
}

/// The blocks of a list of files, laid one after another.
#[derive(Debug, Clone)]
pub struct Layout {
    sizes: Vec<u64>,
    /// Bytes before each file, and at the end those of all.
    offsets: Vec<u64>,
    /// First block of each file, and at the end the number of all.
    starts: Vec<u64>,
}

impl Layout {
    /// `sizes` in bytes, in the manifest's order. Files without bytes have no blocks.
    #[must_use]
    pub fn new(sizes: impl IntoIterator<Item = u64>) -> Self {
        let sizes: Vec<u64> = sizes.into_iter().collect();
        let mut starts = Vec::with_capacity(sizes.len() + 1);
        let mut offsets = Vec::with_capacity(sizes.len() + 1);
        let (mut block, mut offset) = (0u64, 0u64);
        for size in &sizes {
            starts.push(block);
            offsets.push(offset);
            block = block.saturating_add(size.div_ceil(u64::from(BLOCK_LEN)));
            offset = offset.saturating_add(*size);
        }
        starts.push(block);
        offsets.push(offset);
        Self { sizes, offsets, starts }
    }

    /// Number of blocks in all files.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Bytes of all files.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.offsets.last().copied().unwrap_or(0)
    }

    #[must_use]
    pub fn files(&self) -> usize {
        self.sizes.len()
    }

    /// The blocks of one file.
    #[must_use]
    pub fn blocks_of(&self, file: usize) -> std::ops::Range<u64> {
        match self.starts.get(file..file + 2) {
            Some(&[from, to]) => from..to,
            _ => 0..0,
        }
    }

    /// `None` beyond the last block.
    #[must_use]
    pub fn place(&self, block: u64) -> Option<Place> {
        if block >= self.blocks() {
            return None;
        }
        // The last file that begins at or before the block: those without bytes share their start with the next.
        let file = self.starts.partition_point(|start| *start <= block) - 1;
        let offset = (block - self.starts[file]) * u64::from(BLOCK_LEN);
        let len = self.sizes[file].saturating_sub(offset).min(u64::from(BLOCK_LEN));
        Some(Place { file: u32::try_from(file).ok()?, offset, len: u32::try_from(len).ok()? })
    }

    /// Bytes of a block, 0 beyond the last.
    #[must_use]
    pub fn len_of(&self, block: u64) -> u32 {
        self.place(block).map_or(0, |place| place.len)
    }

    /// Bytes in a range of blocks.
    #[must_use]
    pub fn bytes_in(&self, blocks: std::ops::Range<u64>) -> u64 {
        self.bytes_before(blocks.end).saturating_sub(self.bytes_before(blocks.start))
    }

    fn bytes_before(&self, block: u64) -> u64 {
        if block >= self.blocks() {
            return self.size();
        }
        let file = self.starts.partition_point(|start| *start <= block) - 1;
        self.offsets[file] + (block - self.starts[file]) * u64::from(BLOCK_LEN)
    }

    /// The value of a block that holds `bytes`. `None` where no block is, or where `bytes` are not as many as it has.
    #[must_use]
    pub fn value(&self, block: u64, bytes: &[u8]) -> Option<Digest> {
        let place = self.place(block)?;
        if bytes.len() != place.len as usize {
            return None;
        }
        if self.blocks_of(place.file as usize).count() == 1 {
            return Some(*blake3::hash(bytes).as_bytes());
        }
        Some(blake3::Hasher::new().set_input_offset(place.offset).update(bytes).finalize_non_root())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_never_span_two_files() {
        let mib = u64::from(BLOCK_LEN);
        let layout = Layout::new([0, 5, 0, 2 * mib, mib + 1, 0]);
        assert_eq!(layout.blocks(), 5);
        assert_eq!(layout.size(), 3 * mib + 6);
        let places: Vec<_> = (0..6).map(|block| layout.place(block)).collect();
        let at = |file, offset, len| Some(Place { file, offset, len });
        assert_eq!(
            places,
            [
                at(1, 0, 5),
                at(3, 0, BLOCK_LEN),
                at(3, mib, BLOCK_LEN),
                at(4, 0, BLOCK_LEN),
                at(4, mib, 1),
                None
            ]
        );
        assert_eq!(layout.bytes_in(0..5), layout.size());
        assert_eq!(layout.bytes_in(1..4), 3 * mib);
        assert_eq!(layout.bytes_in(4..5), 1);
        assert_eq!(Layout::new([]).place(0), None);
    }
}
