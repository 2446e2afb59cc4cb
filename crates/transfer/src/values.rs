//! The values of the blocks that are known, and the digests they merge to.
//!
//! Invariant: memory stays bounded however large the content: beyond [`LEAVES_MAX`] known blocks, neighbours merge to subtrees.

use std::collections::BTreeMap;

use blake3::hazmat::{Mode, merge_subtrees_non_root, merge_subtrees_root};

use crate::{
    Kind, Manifest,
    layout::{Digest, Layout},
};

/// Single blocks that are kept apart, at most: 64 GiB of content in 4 MiB of memory.
const LEAVES_MAX: usize = 1 << 16;

/// A subtree of 2^`level` blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) level: u8,
    pub(crate) value: Digest,
}

#[derive(Debug, Clone)]
pub(crate) struct Values {
    /// By first block.
    nodes: BTreeMap<u64, Node>,
    compact_above: usize,
}

impl Default for Values {
    fn default() -> Self {
        Self { nodes: BTreeMap::new(), compact_above: LEAVES_MAX }
    }
}

impl Values {
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (u64, Node)> + '_ {
        self.nodes.iter().map(|(start, node)| (*start, *node))
    }

    /// The value of one block, unless it has merged with its neighbours.
    pub(crate) fn get(&self, block: u64) -> Option<Digest> {
        self.nodes.get(&block).filter(|node| node.level == 0).map(|node| node.value)
    }

    pub(crate) fn covers(&self, block: u64) -> bool {
        let before = self.nodes.range(..=block).next_back();
        before.is_some_and(|(start, node)| block - start < 1u64 << node.level)
    }

    /// The first block in `from..end` whose value is not known.
    pub(crate) fn first_gap(&self, from: u64, end: u64) -> Option<u64> {
        let mut at = from;
        while at < end {
            let Some((start, node)) = self.nodes.range(..=at).next_back() else { return Some(at) };
            if at - start >= 1 << node.level {
                return Some(at);
            }
            at = start + (1 << node.level);
        }
        None
    }

    pub(crate) fn insert(&mut self, layout: &Layout, block: u64, value: Digest) {
        self.insert_node(layout, block, Node { level: 0, value });
    }

    /// Takes `node` where it is a subtree of `layout` and touches nothing known; says whether it did.
    pub(crate) fn insert_node(&mut self, layout: &Layout, start: u64, node: Node) -> bool {
        let Some(place) = layout.place(start) else { return false };
        let blocks = layout.blocks_of(place.file as usize);
        let count = blocks.end - blocks.start;
        let len = 1u64.checked_shl(u32::from(node.level)).unwrap_or(u64::MAX);
        let within = start - blocks.start;
        // The whole of a file is its root, which is no subtree.
        let fits = node.level == 0 || (len < count && within.is_multiple_of(len) && within + len <= count);
        if !fits || self.covers(start) || self.nodes.range(start..start.saturating_add(len)).next().is_some()
        {
            return false;
        }
        self.nodes.insert(start, node);
        if self.nodes.len() > self.compact_above {
            self.compact(layout);
        }
        true
    }

    fn compact(&mut self, layout: &Layout) {
        let mut merged: Vec<(u64, Node)> = Vec::new();
        for (start, node) in std::mem::take(&mut self.nodes) {
            merged.push((start, node));
            while let [.., (left_at, left), (right_at, right)] = merged[..] {
                let (left_at, right_at): (u64, u64) = (left_at, right_at);
                let len = 1u64 << left.level;
                let blocks =
                    layout.place(left_at).map_or(0..0, |place| layout.blocks_of(place.file as usize));
                let siblings = left.level == right.level
                    && right_at == left_at + len
                    && right_at < blocks.end
                    && (left_at - blocks.start).is_multiple_of(2 * len)
                    && 2 * len < blocks.end - blocks.start;
                if !siblings {
                    break;
                }
                let value = merge_subtrees_non_root(&left.value, &right.value, Mode::Hash);
                merged.truncate(merged.len() - 2);
                merged.push((left_at, Node { level: left.level + 1, value }));
            }
        }
        self.compact_above = LEAVES_MAX.max(2 * merged.len());
        self.nodes = merged.into_iter().collect();
    }

    /// The BLAKE3 of one file, once all of its blocks are known.
    pub(crate) fn file_digest(&self, layout: &Layout, file: usize) -> Option<Digest> {
        let blocks = layout.blocks_of(file);
        match blocks.end - blocks.start {
            0 => Some(*blake3::hash(&[]).as_bytes()),
            1 => self.get(blocks.start),
            count => {
                let left = left_len(count);
                let left_value = self.subtree(blocks.start, left)?;
                let right_value = self.subtree(blocks.start + left, count - left)?;
                Some(*merge_subtrees_root(&left_value, &right_value, Mode::Hash).as_bytes())
            }
        }
    }

    /// What both sides compare, once all blocks are known: a file's BLAKE3; of a folder, the BLAKE3 of its manifest's hash and
    /// of each entry's digest, one after another.
    pub(crate) fn digest(&self, manifest: &Manifest, layout: &Layout) -> Option<Digest> {
        if manifest.kind() == Kind::File {
            return self.file_digest(layout, 0);
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(manifest.hash());
        for file in 0..layout.files() {
            hasher.update(&self.file_digest(layout, file)?);
        }
        Some(*hasher.finalize().as_bytes())
    }

    fn subtree(&self, start: u64, count: u64) -> Option<Digest> {
        if let Some(node) = self.nodes.get(&start)
            && 1u64 << node.level == count
        {
            return Some(node.value);
        }
        if count == 1 {
            return None;
        }
        let left = left_len(count);
        let (left_value, right_value) =
            (self.subtree(start, left)?, self.subtree(start + left, count - left)?);
        Some(merge_subtrees_non_root(&left_value, &right_value, Mode::Hash))
    }
}

/// The left child of a BLAKE3 subtree: the largest power of two below its length (paper §2.1).
const fn left_len(count: u64) -> u64 {
    1 << (63 - (count - 1).leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::BLOCK_LEN;
    use proptest::prelude::*;

    fn content(len: usize) -> Vec<u8> {
        (0..len).map(|at| ((at >> 10) ^ at) as u8).collect()
    }

    /// In whatever order blocks come, and merged or not, the file has the digest that everybody computes.
    #[test]
    fn blocks_merge_to_the_ordinary_digest() {
        let mib = BLOCK_LEN as usize;
        for len in [0, 1, 1024, 1025, mib - 1, mib, mib + 1, 2 * mib, 3 * mib, 4 * mib, 5 * mib + 7, 8 * mib]
        {
            let bytes = content(len);
            let layout = Layout::new([len as u64]);
            for compacts in [false, true] {
                let mut values = Values::default();
                let mut order: Vec<u64> = (0..layout.blocks()).collect();
                order.reverse();
                let third = order.len() / 3;
                order.rotate_left(third);
                for block in order {
                    assert!(values.first_gap(0, layout.blocks()).is_some() || layout.blocks() == 0);
                    let place = layout.place(block).unwrap();
                    let part = &bytes[place.offset as usize..][..place.len as usize];
                    values.insert(&layout, block, layout.value(block, part).unwrap());
                    if compacts {
                        values.compact(&layout);
                    }
                    assert!(values.covers(block));
                }
                assert_eq!(values.first_gap(0, layout.blocks()), None);
                assert_eq!(values.file_digest(&layout, 0), Some(*blake3::hash(&bytes).as_bytes()), "{len}");
            }
        }
    }

    #[test]
    fn merging_keeps_memory_small() {
        let layout = Layout::new([u64::from(BLOCK_LEN) * 200_000]);
        let mut values = Values::default();
        for block in 0..200_000 {
            values.insert(&layout, block, [7; 32]);
            assert!(values.nodes.len() <= LEAVES_MAX + 1);
        }
        assert!(values.file_digest(&layout, 0).is_some());
    }

    proptest! {
        /// Nodes from a journal are someone else's word: those that are no subtree change nothing.
        #[test]
        fn only_subtrees_are_taken(starts in prop::collection::vec((0u64..20, 0u8..70), 0..20)) {
            let layout = Layout::new([u64::from(BLOCK_LEN) * 8, 3, u64::from(BLOCK_LEN) * 5]);
            let mut values = Values::default();
            for (start, level) in starts {
                if values.insert_node(&layout, start, Node { level, value: [1; 32] }) {
                    prop_assert!(level < 3 && start + (1 << level) <= 14);
                }
            }
            let covered = (0..14).filter(|block| values.covers(*block)).count() as u64;
            let sum: u64 = values.nodes.values().map(|node| 1u64 << node.level).sum();
            prop_assert_eq!(covered, sum);
        }
    }
}
