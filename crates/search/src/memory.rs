//! The twin: every text is looked at for every search.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use deskside_proto::{AttachmentId, OrgId, Seq, SessionId};

use crate::{
    Change, Document, FileText, Found, FoundWhat, IndexError, OrgFound, OrgResults, OrgSearch, Page, Place,
    Results, Search, SearchIndex, matching, passages::passages, places,
};

#[derive(Debug, Default)]
struct Session {
    org: OrgId,
    base: i64,
    documents: BTreeMap<Seq, Document>,
    /// By row.
    passages: BTreeMap<i64, (AttachmentId, String)>,
    indexed_to: Seq,
}

#[derive(Debug, Default)]
struct Kept {
    sessions: HashMap<SessionId, Session>,
    /// Those that were put, with their sessions.
    files: HashMap<AttachmentId, SessionId>,
}

/// An index that lives as long as its value.
#[derive(Debug, Default)]
pub struct MemoryIndex {
    kept: Mutex<Kept>,
}

impl MemoryIndex {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn session(&mut self, org: OrgId, id: SessionId) -> &mut Session {
        let mut base = places::base(id);
        let others: Vec<i64> =
            self.sessions.iter().filter(|(other, _)| **other != id).map(|(_, it)| it.base).collect();
        while others.contains(&base) {
            base = places::next(base);
        }
        self.sessions.entry(id).or_insert_with(|| Session { org, base, ..Session::default() })
    }

    fn remove_file(&mut self, attachment: AttachmentId) {
        let session = self.files.remove(&attachment);
        if let Some(session) = session.and_then(|id| self.sessions.get_mut(&id)) {
            session.passages.retain(|_, (other, _)| *other != attachment);
        }
    }
}

impl Session {
    /// Everything found, the newest first. A file is told once, by its first passage that has the words.
    fn found(&self, id: SessionId, search: &OrgSearch<'_>) -> Vec<OrgFound> {
        let messages = self.documents.values().filter_map(|document| {
            let what = FoundWhat::Message { seq: document.seq, version: document.version };
            Some((places::message(self.base, document.seq)?, what, &document.text))
        });
        let lowest = |file: &AttachmentId| self.passages.iter().find(|(_, (of, _))| of == file);
        let files = self
            .passages
            .iter()
            .rev()
            .filter_map(|(_, (file, text))| Some((*lowest(file)?.0, FoundWhat::File(*file), text)));
        let found = messages.chain(files).filter_map(|(row, what, text)| {
            let excerpt = matching(text, search.query)?;
            Some(OrgFound { place: Place(row), session: id, what, excerpt })
        });
        let mut found: Vec<_> =
            found.filter(|found| search.after.is_none_or(|after| found.place < after)).collect();
        found.sort_by_key(|found| std::cmp::Reverse(found.place));
        found.dedup_by_key(|found| found.place);
        found
    }
}

#[async_trait]
impl SearchIndex for MemoryIndex {
    async fn indexed_to(&self, session: SessionId) -> Result<Seq, IndexError> {
        Ok(self.lock().sessions.get(&session).map_or(0, |found| found.indexed_to))
    }

    async fn apply(&self, pages: Vec<Page>) -> Result<(), IndexError> {
        let mut kept = self.lock();
        for Page { org, session, changes, indexed_to } in pages {
            let session = kept.session(org, session);
            session.indexed_to = indexed_to;
            for change in changes {
                match change {
                    Change::Put(document) => drop(session.documents.insert(document.seq, document)),
                    Change::Remove(seq) => drop(session.documents.remove(&seq)),
                }
            }
        }
        Ok(())
    }

    async fn forget(&self, session: SessionId) -> Result<(), IndexError> {
        let mut kept = self.lock();
        kept.sessions.remove(&session);
        kept.files.retain(|_, of| *of != session);
        Ok(())
    }

    async fn find(&self, search: Search<'_>) -> Result<Results, IndexError> {
        let kept = self.lock();
        let Some(session) = kept.sessions.get(&search.session) else {
            return Ok(Results { found: Vec::new(), more: false, indexed_to: 0 });
        };
        let limit = search.limit as usize;
        let mut found: Vec<Found> = session
            .documents
            .range(..search.before.unwrap_or(Seq::MAX))
            .rev()
            .filter(|(_, document)| document.visibility.admits(search.role))
            .filter_map(|(seq, document)| {
                let excerpt = matching(&document.text, search.query)?;
                Some(Found { seq: *seq, version: document.version, excerpt })
            })
            .take(limit.saturating_add(1))
            .collect();
        let more = found.len() > limit;
        found.truncate(limit);
        Ok(Results { found, more, indexed_to: session.indexed_to })
    }

    async fn put_file(&self, file: FileText) -> Result<(), IndexError> {
        let FileText { org, session, attachment, text } = file;
        let mut kept = self.lock();
        kept.remove_file(attachment);
        kept.files.insert(attachment, session);
        let session = kept.session(org, session);
        let pieces = passages(&text);
        let last = session.passages.keys().next_back().copied();
        let rows = places::passages(session.base, last, pieces.len()).unwrap_or_default();
        let pieces = rows.into_iter().zip(pieces);
        session.passages.extend(pieces.map(|(row, piece)| (row, (attachment, piece.to_owned()))));
        Ok(())
    }

    async fn remove_file(&self, _session: SessionId, attachment: AttachmentId) -> Result<(), IndexError> {
        self.lock().remove_file(attachment);
        Ok(())
    }

    async fn missing_files(&self, files: &[AttachmentId]) -> Result<Vec<AttachmentId>, IndexError> {
        let kept = self.lock();
        Ok(files.iter().filter(|file| !kept.files.contains_key(*file)).copied().collect())
    }

    async fn find_in_org(&self, search: OrgSearch<'_>) -> Result<OrgResults, IndexError> {
        let kept = self.lock();
        let meant = |id: &SessionId, session: &Session| {
            session.org == search.org && search.only.is_none_or(|only| only.contains(id))
        };
        let sessions = kept.sessions.iter().filter(|(id, session)| meant(id, session));
        let mut all: Vec<OrgFound> = sessions.flat_map(|(id, session)| session.found(*id, &search)).collect();
        all.sort_by_key(|found| std::cmp::Reverse(found.place));
        let more = all.len() > search.limit as usize;
        all.truncate(search.limit as usize);
        Ok(OrgResults { found: all, more })
    }

    async fn close(&self) {}
}
