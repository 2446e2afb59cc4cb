//! The twin: every text is looked at for every search.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use deskside_proto::{Seq, SessionId};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::{
    Change, Document, Found, IndexError, Page, Query, Results, Search, SearchIndex,
    excerpt::excerpt,
    words::{HIT_BEGINS, HIT_ENDS, prepared},
};

#[derive(Debug, Default)]
struct Session {
    documents: BTreeMap<Seq, Document>,
    indexed_to: Seq,
}

/// An index that lives as long as its value.
#[derive(Debug, Default)]
pub struct MemoryIndex {
    sessions: Mutex<HashMap<SessionId, Session>>,
}

impl MemoryIndex {
    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SearchIndex for MemoryIndex {
    async fn indexed_to(&self, session: SessionId) -> Result<Seq, IndexError> {
        Ok(self.lock().get(&session).map_or(0, |found| found.indexed_to))
    }

    async fn apply(&self, pages: Vec<Page>) -> Result<(), IndexError> {
        let mut sessions = self.lock();
        for Page { session, changes, indexed_to } in pages {
            let session = sessions.entry(session).or_default();
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
        self.lock().remove(&session);
        Ok(())
    }

    async fn find(&self, search: Search<'_>) -> Result<Results, IndexError> {
        let sessions = self.lock();
        let Some(session) = sessions.get(&search.session) else {
            return Ok(Results { found: Vec::new(), more: false, indexed_to: 0 });
        };
        let limit = search.limit as usize;
        let mut found: Vec<Found> = session
            .documents
            .range(..search.before.unwrap_or(Seq::MAX))
            .rev()
            .filter(|(_, document)| document.visibility.admits(search.role))
            .filter_map(|(seq, document)| {
                let excerpt = excerpt(&marked(&document.text, search.query)?);
                Some(Found { seq: *seq, version: document.version, excerpt })
            })
            .take(limit.saturating_add(1))
            .collect();
        let more = found.len() > limit;
        found.truncate(limit);
        Ok(Results { found, more, indexed_to: session.indexed_to })
    }

    async fn close(&self) {}
}

/// A word: its place in the text, and how it is compared.
struct Token {
    start: usize,
    end: usize,
    folded: String,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut all: Vec<Token> = Vec::new();
    let mut open = false;
    for (at, c) in text.char_indices() {
        let is_part = c.is_alphanumeric() || (open && is_combining_mark(c));
        let end = at + c.len_utf8();
        match all.last_mut().filter(|_| open && is_part) {
            Some(token) => token.end = end,
            None if is_part => all.push(Token { start: at, end, folded: String::new() }),
            None => {}
        }
        open = is_part;
    }
    for token in &mut all {
        let plain = text[token.start..token.end].nfd().filter(|c| !is_combining_mark(*c));
        token.folded = plain.flat_map(char::to_lowercase).collect();
    }
    all
}

/// `text` with marks around what is found; `None` where a word is missing.
fn marked(text: &str, query: &Query) -> Option<String> {
    let text = prepared(text);
    let there = tokens(&text);
    let mut hits: Vec<(usize, usize)> = Vec::new();
    for (word, is_beginning) in query.words() {
        let phrase = tokens(word);
        let found =
            there.windows(phrase.len().max(1)).filter(|window| follows(window, &phrase, is_beginning));
        let before = hits.len();
        hits.extend(found.filter_map(|window| Some((window.first()?.start, window.last()?.end))));
        if hits.len() == before {
            return None;
        }
    }
    hits.sort_unstable();
    let mut out = String::new();
    let mut done = 0;
    for (start, end) in hits {
        if start >= done {
            out.push_str(&text[done..start]);
            out.push(HIT_BEGINS);
            out.push_str(&text[start..end]);
            out.push(HIT_ENDS);
            done = end;
        }
    }
    out.push_str(&text[done..]);
    Some(out)
}

fn follows(window: &[Token], phrase: &[Token], is_beginning: bool) -> bool {
    let last = phrase.len().saturating_sub(1);
    !phrase.is_empty()
        && window.iter().zip(phrase).enumerate().all(|(at, (token, wanted))| {
            token.folded == wanted.folded
                || (is_beginning && at == last && token.folded.starts_with(&wanted.folded))
        })
}
