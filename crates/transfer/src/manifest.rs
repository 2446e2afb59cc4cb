//! What a transfer holds: one file, or a folder as a list of safe relative names. It travels first and is checked whole before a
//! byte of content is asked for.

use std::collections::HashMap;

use bytes::Bytes;
use deskside_proto::names;

use crate::{
    Digest, Layout,
    codec::{Broken, Reader, Writer},
};

/// Entries of a folder, folders below it included.
pub const ENTRIES_MAX: usize = 100_000;
/// Components of a path.
pub const DEPTH_MAX: usize = 64;
/// Bytes of an encoded manifest.
pub const MANIFEST_MAX: usize = 16 << 20;
/// Bytes of content: BLAKE3 takes 2^64, file systems 2^63.
pub const CONTENT_MAX: u64 = i64::MAX as u64;
/// Told first, so that an old version refuses what it cannot read.
const VERSION: u8 = 1;

/// What an attachment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Components joined by `/`, each safe by [`names::check`]. Of a single file: its name.
    pub path: String,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Bytes.
    File(u64),
    /// Named so that empty folders arrive as well.
    Folder,
}

/// Why a list of entries cannot be sent or taken. The sentences are for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ManifestProblem {
    #[error("A name in it is not safe on every computer. Rename it and try again.")]
    UnsafeName,
    #[error("Two names in it differ only in upper and lower case. Rename one of them and try again.")]
    Twice,
    #[error("Its folders are nested too deeply (64). Pack it into one file and try again.")]
    TooDeep,
    #[error("It has too many files (100,000). Pack it into one file and try again.")]
    TooMany,
    #[error("It is too large.")]
    TooLarge,
    #[error("The list of its files cannot be read. Both sides need the newest version.")]
    Unreadable,
}

/// A checked list of entries. Symbolic links are never in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    kind: Kind,
    entries: Vec<Entry>,
    encoded: Bytes,
    hash: Digest,
}

impl Manifest {
    /// One file; `size` in bytes.
    ///
    /// # Errors
    /// Where its name is unsafe, or its size beyond [`CONTENT_MAX`].
    pub fn file(name: &str, size: u64) -> Result<Self, ManifestProblem> {
        Self::new(Kind::File, vec![Entry { path: name.to_owned(), what: What::File(size) }])
    }

    /// A folder's entries, in the order in which they are to travel; folders above an entry need not be named. The folder's own
    /// name is the attachment's.
    ///
    /// # Errors
    /// The first problem.
    pub fn folder(entries: Vec<Entry>) -> Result<Self, ManifestProblem> {
        Self::new(Kind::Folder, entries)
    }

    fn new(kind: Kind, entries: Vec<Entry>) -> Result<Self, ManifestProblem> {
        check(kind, &entries)?;
        let encoded = encode(kind, &entries);
        if encoded.len() > MANIFEST_MAX {
            return Err(ManifestProblem::TooLarge);
        }
        let hash = *blake3::hash(&encoded).as_bytes();
        Ok(Self { kind, entries, encoded: encoded.into(), hash })
    }

    /// Reads what [`Manifest::encoded`] gave; total for any bytes.
    ///
    /// # Errors
    /// The first problem.
    pub fn decode(encoded: Bytes) -> Result<Self, ManifestProblem> {
        if encoded.len() > MANIFEST_MAX {
            return Err(ManifestProblem::TooLarge);
        }
        let (kind, entries) = read(encoded.clone()).map_err(|Broken| ManifestProblem::Unreadable)?;
        check(kind, &entries)?;
        // One list, one encoding: the hash is then a name for the list.
        if encode(kind, &entries) != encoded {
            return Err(ManifestProblem::Unreadable);
        }
        let hash = *blake3::hash(&encoded).as_bytes();
        Ok(Self { kind, entries, encoded, hash })
    }

    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// In the order of their indices, which [`crate::Place::file`] gives.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Number of files.
    #[must_use]
    pub fn files(&self) -> u32 {
        let files = self.entries.iter().filter(|entry| matches!(entry.what, What::File(_))).count();
        u32::try_from(files).unwrap_or(u32::MAX)
    }

    /// Bytes of all files.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.entries.iter().map(Entry::size).sum()
    }

    #[must_use]
    pub fn encoded(&self) -> &Bytes {
        &self.encoded
    }

    /// BLAKE3 of [`Manifest::encoded`].
    #[must_use]
    pub fn hash(&self) -> &Digest {
        &self.hash
    }

    /// The blocks of its files; index of a file = index of its entry.
    #[must_use]
    pub fn layout(&self) -> Layout {
        Layout::new(self.entries.iter().map(Entry::size))
    }
}

impl Entry {
    /// Bytes; 0 for a folder.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self.what {
            What::File(size) => size,
            What::Folder => 0,
        }
    }
}

fn check(kind: Kind, entries: &[Entry]) -> Result<(), ManifestProblem> {
    if entries.len() > ENTRIES_MAX {
        return Err(ManifestProblem::TooMany);
    }
    let mut size = 0u64;
    for entry in entries {
        size = size.checked_add(entry.size()).ok_or(ManifestProblem::TooLarge)?;
        let components = entry.path.split('/').count();
        if components > DEPTH_MAX {
            return Err(ManifestProblem::TooDeep);
        }
        if entry.path.split('/').any(|component| names::check(component).is_err()) {
            return Err(ManifestProblem::UnsafeName);
        }
        if kind == Kind::File && (components != 1 || entry.what == What::Folder) {
            return Err(ManifestProblem::Unreadable);
        }
    }
    if size > CONTENT_MAX {
        return Err(ManifestProblem::TooLarge);
    }
    if kind == Kind::File && entries.len() != 1 {
        return Err(ManifestProblem::Unreadable);
    }
    check_tree(entries)
}

/// No name twice where case does not count, none that is a file here and a folder there, and one spelling for each folder.
fn check_tree(entries: &[Entry]) -> Result<(), ManifestProblem> {
    // By folded path: how it is spelt, whether it is a folder, and whether an entry of its own names it.
    let mut seen: HashMap<String, (&str, bool, bool)> = HashMap::new();
    for entry in entries {
        for (end, _) in entry.path.match_indices('/') {
            let above = &entry.path[..end];
            let (spelt, folder, _) = *seen.entry(above.to_lowercase()).or_insert((above, true, false));
            if !folder || spelt != above {
                return Err(ManifestProblem::Twice);
            }
        }
        let folder = entry.what == What::Folder;
        let known = seen.entry(entry.path.to_lowercase()).or_insert((&entry.path, folder, false));
        if known.0 != entry.path || known.1 != folder || known.2 {
            return Err(ManifestProblem::Twice);
        }
        known.2 = true;
    }
    Ok(())
}

fn encode(kind: Kind, entries: &[Entry]) -> Vec<u8> {
    let mut out = Writer::default();
    out.byte(VERSION);
    out.byte(u8::from(kind == Kind::Folder));
    out.varint(entries.len() as u64);
    for entry in entries {
        out.varint(entry.path.len() as u64);
        out.bytes(entry.path.as_bytes());
        // 0 is a folder: sizes are one more.
        out.varint(if entry.what == What::Folder { 0 } else { entry.size() + 1 });
    }
    out.done()
}

fn read(encoded: Bytes) -> Result<(Kind, Vec<Entry>), Broken> {
    let mut from = Reader::new(encoded);
    if from.byte()? != VERSION {
        return Err(Broken);
    }
    let kind = if from.flag()? { Kind::Folder } else { Kind::File };
    let count = usize::try_from(from.varint()?).map_err(|_| Broken)?;
    let mut entries = Vec::new();
    for _ in 0..count {
        let len = usize::try_from(from.varint()?).map_err(|_| Broken)?;
        let path = from.take(len)?;
        let path = std::str::from_utf8(&path).map_err(|_| Broken)?.to_owned();
        let what = match from.varint()? {
            0 => What::Folder,
            size => What::File(size - 1),
        };
        entries.push(Entry { path, what });
        if entries.len() > ENTRIES_MAX {
            break;
        }
    }
    if entries.len() <= ENTRIES_MAX {
        from.end()?;
    }
    Ok((kind, entries))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(path: &str, size: u64) -> Entry {
        Entry { path: path.to_owned(), what: What::File(size) }
    }

    fn folder(path: &str) -> Entry {
        Entry { path: path.to_owned(), what: What::Folder }
    }

    #[test]
    fn folders_come_back() {
        let entries =
            vec![file("a/b.txt", 5), folder("a"), folder("leer"), file("Ä.pdf", 0), file("a/c/d", 1 << 40)];
        let manifest = Manifest::folder(entries.clone()).unwrap();
        let back = Manifest::decode(manifest.encoded().clone()).unwrap();
        assert_eq!(back, manifest);
        assert_eq!((back.entries(), back.files(), back.size()), (&entries[..], 3, 5 + (1 << 40)));
        assert_eq!(Manifest::folder(vec![]).unwrap().layout().blocks(), 0);
    }

    /// A10, S01: what would leave its folder, or hide what it is, is refused whole.
    #[test]
    fn unsafe_lists_are_refused() {
        use ManifestProblem as P;
        let long = "x".repeat(256);
        let deep = vec!["d"; DEPTH_MAX + 1].join("/");
        for (entries, expected) in [
            (vec![file("../up", 1)], P::UnsafeName),
            (vec![file("a/../../up", 1)], P::UnsafeName),
            (vec![file("/etc/passwd", 1)], P::UnsafeName),
            (vec![file("a//b", 1)], P::UnsafeName),
            (vec![file("./a", 1)], P::UnsafeName),
            (vec![file("C:/x", 1)], P::UnsafeName),
            (vec![file("a\\b", 1)], P::UnsafeName),
            (vec![file("", 1)], P::UnsafeName),
            (vec![file("nul.txt", 1)], P::UnsafeName),
            (vec![file("a\u{202e}gpj.exe", 1)], P::UnsafeName),
            (vec![file("a\nb", 1)], P::UnsafeName),
            (vec![file("a.", 1)], P::UnsafeName),
            (vec![file(&long, 1)], P::UnsafeName),
            (vec![file(&deep, 1)], P::TooDeep),
            (vec![file("a", 1), file("A", 1)], P::Twice),
            (vec![file("a", 1), file("a", 1)], P::Twice),
            (vec![file("a", 1), file("a/b", 1)], P::Twice),
            (vec![file("a/b", 1), file("a", 1)], P::Twice),
            (vec![file("a/b", 1), file("A/c", 1)], P::Twice),
            (vec![file("a", u64::MAX - 1), file("b", 2)], P::TooLarge),
            (vec![file("a", CONTENT_MAX), file("b", 1)], P::TooLarge),
            ((0..=ENTRIES_MAX).map(|n| file(&n.to_string(), 1)).collect(), P::TooMany),
        ] {
            assert_eq!(Manifest::folder(entries.clone()), Err(expected), "{:?}", entries.first());
            // A peer does not check what it sends.
            if entries.iter().all(|entry| entry.size() < u64::MAX) {
                assert_eq!(Manifest::decode(encode(Kind::Folder, &entries).into()), Err(expected));
            }
        }
        assert_eq!(Manifest::file("a/b", 1), Err(P::Unreadable));
        let two = encode(Kind::File, &[file("a", 1), file("b", 1)]);
        assert_eq!(Manifest::decode(two.into()), Err(P::Unreadable));
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..200), plausible: bool) {
            let mut bytes = bytes;
            if plausible && bytes.len() > 2 {
                bytes[0] = VERSION;
                bytes[1] &= 1;
                bytes[2] &= 7;
            }
            if let Ok(manifest) = Manifest::decode(bytes.clone().into()) {
                prop_assert_eq!(&manifest.encoded()[..], &bytes[..]);
            }
        }
    }
}
