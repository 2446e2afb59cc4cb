//! What survives a restart: the values of the blocks that were read (by a sender) or written (by a receiver).
//!
//! A journal is a header and records, each with its length before and its check after: what a crash tore off at the end is left
//! out, never misread.

use bytes::Bytes;

use crate::{
    Digest, Layout, Manifest, Place,
    codec::{Broken, Reader, Writer},
    values::{Node, Values},
};

const MAGIC: &[u8; 6] = b"dskj1\n";
/// Milliseconds between two records, at least, where nobody asked for more of them.
pub const EVERY_DEFAULT: u64 = 500;
/// Bytes of content that make one due earlier.
const BYTES: u64 = 64 << 20;
/// Bytes of the check: the beginning of the record's BLAKE3. Against torn writes, not against people.
const CHECK_LEN: usize = 4;

#[derive(Debug)]
pub(crate) struct Journal {
    sends: bool,
    hash: Digest,
    pending: Vec<(u64, Node)>,
    pending_bytes: u64,
    last: u64,
    /// Milliseconds.
    every: u64,
    /// Nothing written yet in this run: the next record replaces what is there.
    fresh: bool,
}

impl Journal {
    /// `hash` of the manifest; `every`: milliseconds between two records, at least.
    pub(crate) fn new(sends: bool, hash: Digest, every: u64) -> Self {
        Self { sends, hash, pending: Vec::new(), pending_bytes: 0, last: 0, every, fresh: true }
    }

    pub(crate) fn add(&mut self, block: u64, value: Digest, len: u32) {
        self.pending.push((block, Node { level: 0, value }));
        self.pending_bytes += u64::from(len);
    }

    /// When the next record is due; `None` while there is nothing to write.
    pub(crate) fn due(&self) -> Option<u64> {
        if self.pending.is_empty() {
            return None;
        }
        Some(if self.pending_bytes >= BYTES { self.last } else { self.last + self.every })
    }

    /// The bytes, and whether they replace the journal.
    pub(crate) fn take(&mut self, now: u64, values: &Values) -> (Bytes, bool) {
        let mut out = Writer::default();
        let replace = std::mem::take(&mut self.fresh);
        if replace {
            head(&mut out, self.sends, &self.hash);
            record(&mut out, values.nodes());
        }
        // Each by itself, even where it has merged with its neighbours above: whoever doubts a block needs its own value.
        record(&mut out, self.pending.iter().copied());
        self.pending.clear();
        self.pending_bytes = 0;
        self.last = now;
        (out.done().into(), replace)
    }
}

fn record(out: &mut Writer, nodes: impl Iterator<Item = (u64, Node)>) {
    let mut body = Writer::default();
    for (start, node) in nodes {
        body.varint(start);
        body.byte(node.level);
        body.bytes(&node.value);
    }
    let body = body.done();
    out.varint(body.len() as u64);
    out.bytes(&body);
    out.bytes(&blake3::hash(&body).as_bytes()[..CHECK_LEN]);
}

/// What a journal says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Of something else: the content is no longer what it was.
    Other,
    /// Nothing that can be read.
    Nothing,
    Known(Vec<(u64, Node)>),
}

pub(crate) fn read(standing: Bytes, sends: bool, hash: &Digest) -> Standing {
    let mut from = Reader::new(standing);
    match read_head(&mut from) {
        Ok((way, of)) if way == sends && of == *hash => {}
        Ok((way, _)) if way == sends => return Standing::Other,
        _ => return Standing::Nothing,
    }
    let mut nodes = Vec::new();
    while let Ok(more) = read_record(&mut from) {
        nodes.extend(more);
    }
    Standing::Known(nodes)
}

fn read_head(from: &mut Reader) -> Result<(bool, Digest), Broken> {
    if &from.array()? != MAGIC {
        return Err(Broken);
    }
    Ok((from.flag()?, from.array()?))
}

fn read_record(from: &mut Reader) -> Result<Vec<(u64, Node)>, Broken> {
    let len = usize::try_from(from.varint()?).map_err(|_| Broken)?;
    let body = from.take(len)?;
    if blake3::hash(&body).as_bytes()[..CHECK_LEN] != from.take(CHECK_LEN)?[..] {
        return Err(Broken);
    }
    let mut body = Reader::new(body);
    let mut nodes = Vec::new();
    while !body.is_empty() {
        nodes.push((body.varint()?, Node { level: body.byte()?, value: body.array()? }));
    }
    Ok(nodes)
}

/// The blocks that `nodes` cover, put into `values`.
pub(crate) fn restore(nodes: Vec<(u64, Node)>, layout: &Layout, values: &mut Values) -> crate::Ranges {
    let mut covered = crate::Ranges::new();
    for (start, node) in nodes {
        if values.insert_node(layout, start, node) {
            covered.insert(start..start + (1 << node.level));
        }
    }
    covered
}

/// Of `claims`, a journal of blocks that were written and perhaps never safe, those that `standing` lacks and of which `read` gives the
/// right bytes: as one more record for `standing`, and whether it replaces it. `None` where there are none.
#[must_use]
pub fn confirm(
    standing: Option<Bytes>,
    claims: Bytes,
    manifest: &Manifest,
    mut read: impl FnMut(Place) -> Option<Bytes>,
) -> Option<(Bytes, bool)> {
    let layout = manifest.layout();
    let known = standing.map(|standing| self::read(standing, false, manifest.hash()));
    let (fresh, covered) = match known {
        Some(Standing::Other) => return None,
        Some(Standing::Known(nodes)) => (false, restore(nodes, &layout, &mut Values::default())),
        Some(Standing::Nothing) | None => (true, crate::Ranges::new()),
    };
    let Standing::Known(nodes) = self::read(claims, false, manifest.hash()) else { return None };
    let mut is_true = |block: u64, value: &Digest| {
        let bytes = layout.place(block).and_then(&mut read);
        bytes.is_some_and(|bytes| layout.value(block, &bytes).as_ref() == Some(value))
    };
    let claimed = nodes.into_iter().filter(|(block, node)| node.level == 0 && !covered.contains(*block));
    let confirmed: Vec<_> = claimed.filter(|(block, node)| is_true(*block, &node.value)).collect();
    if confirmed.is_empty() {
        return None;
    }
    let mut out = Writer::default();
    if fresh {
        head(&mut out, false, manifest.hash());
    }
    record(&mut out, confirmed.into_iter());
    Some((out.done().into(), fresh))
}

fn head(out: &mut Writer, sends: bool, hash: &Digest) {
    out.bytes(MAGIC);
    out.flag(sends);
    out.bytes(hash);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BLOCK_LEN;
    use proptest::prelude::*;

    fn journal() -> (Layout, Bytes) {
        let layout = Layout::new([u64::from(BLOCK_LEN) * 9]);
        let (mut values, mut journal) = (Values::default(), Journal::new(false, [3; 32], EVERY_DEFAULT));
        let mut bytes = Vec::new();
        for block in 0..9 {
            let value = [block as u8; 32];
            values.insert(&layout, block, value);
            journal.add(block, value, BLOCK_LEN);
            if block % 3 == 2 {
                let (record, replace) = journal.take(block * 1000, &values);
                assert_eq!(replace, block == 2);
                bytes.extend_from_slice(&record);
            }
        }
        (layout, bytes.into())
    }

    proptest! {
        /// A journal cut anywhere says less, never something else.
        #[test]
        fn a_torn_end_is_left_out(at in any::<prop::sample::Index>()) {
            let (layout, bytes) = journal();
            let cut = at.index(bytes.len() + 1);
            let Standing::Known(nodes) = read(bytes.slice(..cut), false, &[3; 32]) else {
                prop_assert!(cut < 39);
                return Ok(());
            };
            let covered = restore(nodes, &layout, &mut Values::default());
            let expected = if cut == bytes.len() { 9 } else { covered.end() };
            prop_assert_eq!((covered.count(), expected % 3), (expected, 0));
        }

        #[test]
        fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let (_, whole) = journal();
            let mixed = [&whole[..39], &bytes].concat();
            read(bytes.into(), true, &[0; 32]);
            read(mixed.into(), false, &[3; 32]);
        }
    }

    /// Z20: after a kill only what is really there counts, whatever the journal claims.
    #[test]
    fn claims_are_believed_by_their_bytes_alone() {
        let len = BLOCK_LEN as usize;
        let manifest = Manifest::file("a", 5 * len as u64).unwrap();
        let layout = manifest.layout();
        let content = |block: u64| Bytes::from(vec![block as u8; len]);
        let journal = |blocks: &[u64]| {
            let (mut values, mut journal) =
                (Values::default(), Journal::new(false, *manifest.hash(), EVERY_DEFAULT));
            for &block in blocks {
                let value = layout.value(block, &content(block)).unwrap();
                values.insert(&layout, block, value);
                journal.add(block, value, BLOCK_LEN);
            }
            journal.take(0, &values).0
        };
        // Block 3 never reached the disk, block 4 only in part.
        let read = |place: Place| match place.offset / len as u64 {
            3 => Some(Bytes::from(vec![0; len])),
            4 => None,
            block => Some(content(block)),
        };
        let covers = |standing: Bytes| {
            let Standing::Known(nodes) = super::read(standing, false, manifest.hash()) else { panic!() };
            restore(nodes, &layout, &mut Values::default()).iter().flatten().collect::<Vec<_>>()
        };
        let claims = journal(&[0, 2, 3, 4]);
        let (record, fresh) = confirm(None, claims.clone(), &manifest, read).unwrap();
        assert!(fresh);
        assert_eq!(covers(record), [0, 2]);
        let standing = journal(&[0]);
        let (record, fresh) = confirm(Some(standing.clone()), claims.clone(), &manifest, read).unwrap();
        assert!(!fresh);
        assert_eq!(covers([&standing[..], &record].concat().into()), [0, 2]);
        assert_eq!(confirm(Some(journal(&[0, 2])), claims.clone(), &manifest, read), None);
        let other = Manifest::file("b", 4 * len as u64).unwrap();
        assert_eq!(confirm(None, claims, &other, read), None, "a journal of something else");
    }

    #[test]
    fn a_journal_of_something_else_is_told_apart() {
        let (_, bytes) = journal();
        assert_eq!(read(bytes.clone(), false, &[4; 32]), Standing::Other);
        assert_eq!(read(bytes, true, &[3; 32]), Standing::Nothing);
        assert_eq!(read(Bytes::new(), false, &[3; 32]), Standing::Nothing);
    }
}
