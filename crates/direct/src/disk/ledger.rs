//! What has to survive a kill: which transfers there are, where their bytes are, and what the engine knows of them.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use deskside_proto::{AttachmentId, Digest32, ParticipantId, SessionId};
use deskside_transfer::Way;
use serde::{Deserialize, Serialize};

/// Why the ledger gives nothing.
#[derive(Debug, thiserror::Error)]
#[error("the record of direct transfers cannot be kept: {0}")]
pub struct LedgerError(pub String);

/// One transfer, on our side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    pub attachment: AttachmentId,
    pub way: Way,
}

impl Key {
    #[must_use]
    pub fn sending(attachment: AttachmentId) -> Self {
        Self { attachment, way: Way::Sending }
    }

    #[must_use]
    pub fn receiving(attachment: AttachmentId) -> Self {
        Self { attachment, way: Way::Receiving }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub key: Key,
    pub record: Record,
    /// The engine's own: everything it asked to append since it last replaced it.
    pub standing: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Record {
    Outgoing(Outgoing),
    Incoming(Incoming),
}

/// Something that is sent, to whomever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    pub path: PathBuf,
    /// [`crate::disk::Source::stamp`] with the identity of files.
    pub stamp: Digest32,
    /// The same without.
    pub content: Digest32,
}

/// Something that is received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incoming {
    pub sender: ParticipantId,
    /// The folder that it will be in.
    pub folder: PathBuf,
    /// Name in `folder` of what has come so far.
    pub part: String,
    pub folder_of_files: bool,
    /// Set before it gets its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Finished>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// Where it is, or will be in a moment.
    pub path: PathBuf,
    pub digest: Digest32,
}

/// Keeps entries of any session. Every change is on disk when its call returns. At most one writer to an entry at a time.
#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// All entries of a session, in no order.
    async fn load(&self, session: SessionId) -> Result<Vec<Entry>, LedgerError>;

    /// Writes the record of an entry, with no standing where it is new; keeps the standing where it is not.
    async fn save(&self, session: SessionId, key: Key, record: &Record) -> Result<(), LedgerError>;

    /// Appends to the standing, or with `replace` writes it anew. Of an entry that is not there: nothing.
    async fn stand(
        &self,
        session: SessionId,
        key: Key,
        standing: &[u8],
        replace: bool,
    ) -> Result<(), LedgerError>;

    /// Forgets an entry, if it is there.
    async fn remove(&self, session: SessionId, key: Key) -> Result<(), LedgerError>;
}

/// The ledger of tests, and of a client that keeps nothing.
#[derive(Debug, Default)]
pub struct MemoryLedger(Mutex<BTreeMap<(SessionId, AttachmentId, bool), Entry>>);

fn place(session: SessionId, key: Key) -> (SessionId, AttachmentId, bool) {
    (session, key.attachment, key.way == Way::Sending)
}

impl MemoryLedger {
    fn with<R>(&self, job: impl FnOnce(&mut BTreeMap<(SessionId, AttachmentId, bool), Entry>) -> R) -> R {
        job(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn load(&self, session: SessionId) -> Result<Vec<Entry>, LedgerError> {
        Ok(self.with(|entries| {
            entries.iter().filter(|((of, ..), _)| *of == session).map(|(_, entry)| entry.clone()).collect()
        }))
    }

    async fn save(&self, session: SessionId, key: Key, record: &Record) -> Result<(), LedgerError> {
        self.with(|entries| {
            let new = || Entry { key, record: record.clone(), standing: Vec::new() };
            entries.entry(place(session, key)).or_insert_with(new).record = record.clone();
        });
        Ok(())
    }

    async fn stand(
        &self,
        session: SessionId,
        key: Key,
        standing: &[u8],
        replace: bool,
    ) -> Result<(), LedgerError> {
        self.with(|entries| {
            if let Some(entry) = entries.get_mut(&place(session, key)) {
                if replace {
                    entry.standing.clear();
                }
                entry.standing.extend_from_slice(standing);
            }
        });
        Ok(())
    }

    async fn remove(&self, session: SessionId, key: Key) -> Result<(), LedgerError> {
        self.with(|entries| entries.remove(&place(session, key)));
        Ok(())
    }
}

/// What every ledger does: run it against each.
///
/// # Errors
/// The first sentence of the contract that does not hold.
pub async fn contract(ledger: &dyn Ledger, session: SessionId, other: SessionId) -> Result<(), String> {
    let said = |error: LedgerError| error.to_string();
    let is = |what: &str, found: bool| if found { Ok(()) } else { Err(what.to_owned()) };
    let (one, two) = (AttachmentId([1; 16]), AttachmentId([2; 16]));
    let outgoing = |path: &str| {
        let stamp = Digest32([7; 32]);
        Record::Outgoing(Outgoing { path: path.into(), stamp, content: stamp })
    };
    let incoming = Record::Incoming(Incoming {
        sender: ParticipantId([3; 16]),
        folder: "downloads".into(),
        part: ".x.part".into(),
        folder_of_files: true,
        finished: Some(Finished { path: "downloads/x".into(), digest: Digest32([9; 32]) }),
    });
    ledger.stand(session, Key::sending(one), b"early", false).await.map_err(said)?;
    is("standing makes no entry", ledger.load(session).await.map_err(said)?.is_empty())?;
    ledger.save(session, Key::sending(one), &outgoing("a")).await.map_err(said)?;
    ledger.save(session, Key::receiving(one), &incoming).await.map_err(said)?;
    ledger.save(other, Key::receiving(two), &incoming).await.map_err(said)?;
    ledger.stand(session, Key::sending(one), b"ab", false).await.map_err(said)?;
    ledger.stand(session, Key::sending(one), b"cd", false).await.map_err(said)?;
    ledger.save(session, Key::sending(one), &outgoing("b")).await.map_err(said)?;
    let find = |entries: &[Entry], key: Key| entries.iter().find(|entry| entry.key == key).cloned();
    let entries = ledger.load(session).await.map_err(said)?;
    is("a session sees its own entries", entries.len() == 2)?;
    let expected = Entry { key: Key::sending(one), record: outgoing("b"), standing: b"abcd".to_vec() };
    is("saving keeps the standing", find(&entries, Key::sending(one)) == Some(expected))?;
    let expected = Entry { key: Key::receiving(one), record: incoming, standing: Vec::new() };
    is("both ways are apart", find(&entries, Key::receiving(one)) == Some(expected))?;
    ledger.stand(session, Key::sending(one), b"new", true).await.map_err(said)?;
    ledger.remove(session, Key::receiving(one)).await.map_err(said)?;
    ledger.remove(session, Key::receiving(one)).await.map_err(said)?;
    let entries = ledger.load(session).await.map_err(said)?;
    is("removed is gone", entries.len() == 1)?;
    is("replaced is new", entries[0].standing == b"new")?;
    is("the other session keeps its own", ledger.load(other).await.map_err(said)?.len() == 1)
}
