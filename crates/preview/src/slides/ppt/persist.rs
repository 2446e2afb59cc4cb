//! Where the parts of a presentation are in its stream: the chain of edits and their directories ([MS-PPT] 2.1.2, 2.3).

use std::collections::{HashMap, HashSet};

use super::record::{Record, Records, kind};
use crate::error::{PreviewError, Result};

/// `headerToken` of a document whose streams are encrypted ([MS-PPT] 2.3.2).
const ENCRYPTED: u32 = 0xf3d1_c4df;
/// Length of a `UserEditAtom` that names an encryption session.
const EDIT_WITH_ENCRYPTION: usize = 32;

/// The parts of a presentation by their persist identifiers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Persists {
    offsets: HashMap<u32, u32>,
    /// Where the document container is.
    pub(super) document: usize,
    /// The chain of edits was broken; what is known was found by looking at every record.
    pub(super) damaged: bool,
}

impl Persists {
    /// Follows the edits from the newest one on, as `current_user` (the stream of that name) says.
    pub(super) fn read(current_user: Option<&[u8]>, stream: &[u8]) -> Result<Self> {
        let user = current_user.and_then(newest_edit);
        if user.is_some_and(|(token, _)| token == ENCRYPTED) {
            return Err(PreviewError::Encrypted);
        }
        let followed = user.map_or(Ok(None), |(_, offset)| follow(stream, offset))?;
        match followed {
            Some(persists) => Ok(persists),
            None => scan(stream),
        }
    }

    /// The container of a part, if it is of one of these types.
    pub(super) fn part<'a>(&self, stream: &'a [u8], id: u32, kinds: &[u16]) -> Option<Record<'a>> {
        let offset = usize::try_from(*self.offsets.get(&id)?).ok()?;
        Record::at(stream, offset).filter(|record| kinds.contains(&record.kind))
    }
}

/// The token and the offset of the newest edit ([MS-PPT] 2.3.2 `CurrentUserAtom`).
fn newest_edit(current_user: &[u8]) -> Option<(u32, u32)> {
    let atom = Records::new(current_user).find(|record| record.kind == kind::CURRENT_USER)?;
    let mut bytes = atom.bytes();
    bytes.u32()?;
    Some((bytes.u32()?, bytes.u32()?))
}

/// What a `UserEditAtom` says ([MS-PPT] 2.3.3).
struct Edit {
    previous: u32,
    directory: u32,
    document: u32,
    encrypted: bool,
}

fn edit(record: &Record<'_>) -> Option<Edit> {
    let mut bytes = record.bytes();
    bytes.take(8)?;
    let (previous, directory, document) = (bytes.u32()?, bytes.u32()?, bytes.u32()?);
    bytes.take(8)?;
    let session = bytes.u32().unwrap_or(0);
    let encrypted = record.data.len() == EDIT_WITH_ENCRYPTION && session != 0;
    Some(Edit { previous, directory, document, encrypted })
}

/// From edit to edit, the newest first; none where the chain does not lead to a document.
fn follow(stream: &[u8], newest: u32) -> Result<Option<Persists>> {
    let (mut offsets, mut seen) = (HashMap::new(), HashSet::new());
    let (mut next, mut document) = (newest, None);
    while next != 0 && seen.insert(next) {
        let record = Record::at(stream, next as usize).filter(|record| record.kind == kind::USER_EDIT);
        let Some(edit) = record.as_ref().and_then(edit) else { return Ok(None) };
        if edit.encrypted {
            return Err(PreviewError::Encrypted);
        }
        document.get_or_insert(edit.document);
        let directory = Record::at(stream, edit.directory as usize);
        let Some(directory) = directory.filter(|record| record.kind == kind::PERSIST_DIRECTORY) else {
            return Ok(None);
        };
        for (id, offset) in entries(&directory) {
            offsets.entry(id).or_insert(offset);
        }
        next = edit.previous;
    }
    let found = document
        .and_then(|id| offsets.get(&id))
        .map(|offset| *offset as usize)
        .filter(|offset| Record::at(stream, *offset).is_some_and(|record| record.kind == kind::DOCUMENT));
    Ok(found.map(|document| Persists { offsets, document, damaged: false }))
}

/// What a directory says: identifiers and offsets ([MS-PPT] 2.3.4).
fn entries(directory: &Record<'_>) -> Vec<(u32, u32)> {
    let mut bytes = directory.bytes();
    let mut entries = Vec::new();
    while let Some(run) = bytes.u32() {
        let (first, count) = (run & 0xf_ffff, run >> 20);
        for id in first..first + count {
            let Some(offset) = bytes.u32() else { return entries };
            entries.push((id, offset));
        }
    }
    entries
}

/// Looks at every record: the later directory wins, and so does the later document.
fn scan(stream: &[u8]) -> Result<Persists> {
    let mut persists = Persists { damaged: true, ..Persists::default() };
    let mut document = None;
    let mut records = Records::new(stream);
    loop {
        let offset = stream.len() - records.rest().len();
        let Some(record) = records.next() else { break };
        match record.kind {
            kind::DOCUMENT => document = Some(offset),
            kind::PERSIST_DIRECTORY => persists.offsets.extend(entries(&record)),
            kind::USER_EDIT if edit(&record).is_some_and(|edit| edit.encrypted) => {
                return Err(PreviewError::Encrypted);
            }
            _ => {}
        }
    }
    persists.document = document.ok_or_else(|| PreviewError::malformed("no document in it"))?;
    Ok(persists)
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::record;
    use super::*;

    fn user(token: u32, offset: u32) -> Vec<u8> {
        let fields = [0x14, token, offset].map(u32::to_le_bytes).concat();
        record(kind::CURRENT_USER, 0, &fields)
    }

    fn user_edit(previous: u32, directory: u32, session: Option<u32>) -> Vec<u8> {
        let mut fields = vec![0, 0, previous, directory, 1, 9, 0];
        fields.extend(session);
        let fields: Vec<u8> = fields.into_iter().flat_map(u32::to_le_bytes).collect();
        record(kind::USER_EDIT, 0, &fields)
    }

    fn directory(entries: &[(u32, u32)]) -> Vec<u8> {
        let words = entries.iter().flat_map(|(id, offset)| [1 << 20 | id, *offset]);
        record(kind::PERSIST_DIRECTORY, 0, &words.flat_map(u32::to_le_bytes).collect::<Vec<u8>>())
    }

    /// A document, a slide, an edit that names both, a newer slide, an edit that names it.
    fn stream() -> (Vec<u8>, u32) {
        let mut bytes = record(kind::DOCUMENT, 0, &[]);
        bytes.extend(record(kind::SLIDE, 0, b"old"));
        let first_directory = bytes.len() as u32;
        bytes.extend(directory(&[(1, 0), (2, 8)]));
        let first = bytes.len() as u32;
        bytes.extend(user_edit(0, first_directory, None));
        let slide = bytes.len() as u32;
        bytes.extend(record(kind::SLIDE, 0, b"new"));
        let second_directory = bytes.len() as u32;
        bytes.extend(directory(&[(2, slide)]));
        let second = bytes.len() as u32;
        bytes.extend(user_edit(first, second_directory, None));
        (bytes, second)
    }

    #[test]
    fn the_newest_edit_wins_and_a_broken_chain_is_scanned() -> Result<()> {
        let (bytes, newest) = stream();
        for (offset, damaged) in [(newest, false), (7, true), (u32::MAX, true)] {
            let persists = Persists::read(Some(&user(0xe391_c05f, offset)), &bytes)?;
            assert_eq!((persists.document, persists.damaged), (0, damaged));
            let slide = persists.part(&bytes, 2, &[kind::SLIDE]);
            assert_eq!(slide.map(|slide| slide.data), Some(&b"new"[..]), "at {offset}");
            assert_eq!(persists.part(&bytes, 2, &[kind::NOTES]), None);
        }
        assert!(Persists::read(None, &bytes)?.damaged);
        Ok(())
    }

    #[test]
    fn edits_that_name_each_other_end() -> Result<()> {
        let mut bytes = record(kind::DOCUMENT, 0, &[]);
        bytes.extend(directory(&[(1, 0)]));
        let at = bytes.len() as u32;
        bytes.extend(user_edit(at, 8, None));
        assert!(!Persists::read(Some(&user(0, at)), &bytes)?.damaged);
        Ok(())
    }

    #[test]
    fn encryption_is_named() {
        let (bytes, newest) = stream();
        let token = Persists::read(Some(&user(ENCRYPTED, newest)), &bytes);
        assert!(matches!(token, Err(PreviewError::Encrypted)));
        let session = Persists::read(None, &user_edit(0, 0, Some(7)));
        assert!(matches!(session, Err(PreviewError::Encrypted)));
        assert!(matches!(Persists::read(None, b"nothing"), Err(PreviewError::Malformed(_))));
    }
}
