//! The trait and its types.

use async_trait::async_trait;
use deskside_proto::{AttachmentId, OrgId, ParticipantRole, Seq, SessionId, Visibility, api::ExcerptPart};

use crate::Query;

/// Why an index does not work now. What it holds can always be made again from the log.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error("no space is left for the search index; free some on the disk of the data folder")]
    Full,
    #[error("the search index is damaged: {0}; it is made again from the log")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error(
        "the search index failed: {0}; stop the portal and delete search.db, it is made again from the log"
    )]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A message as it is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub seq: Seq,
    pub visibility: Visibility,
    /// Place of the edit that the text comes from; 0 = as it was posted. Tells whether a found text is still the message's.
    pub version: Seq,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new message, or the text that stands in place of an earlier one.
    Put(Document),
    /// Nothing of that message is found any more.
    Remove(Seq),
}

/// What a stretch of a session's log changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub org: OrgId,
    pub session: SessionId,
    pub changes: Vec<Change>,
    /// The last place of the stretch.
    pub indexed_to: Seq,
}

/// What is looked for, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    pub session: SessionId,
    pub role: ParticipantRole,
    pub query: &'a Query,
    /// Only what is older than this place.
    pub before: Option<Seq>,
    /// Hits, at most.
    pub limit: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub seq: Seq,
    /// As [`Document::version`].
    pub version: Seq,
    pub excerpt: Vec<ExcerptPart>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Results {
    /// Newest first.
    pub found: Vec<Found>,
    /// There are older ones.
    pub more: bool,
    /// The index has everything of the session up to this place.
    pub indexed_to: Seq,
}

/// The text in a file, as its reader gave it. It is found in the organisation, not in the room: not everybody there has the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileText {
    pub org: OrgId,
    pub session: SessionId,
    pub attachment: AttachmentId,
    /// Empty where nothing could be read: that is remembered too.
    pub text: String,
}

/// What is looked for in a whole organisation. Whoever asks has to compare what is found with what they may see.
#[derive(Debug, Clone, Copy)]
pub struct OrgSearch<'a> {
    pub org: OrgId,
    /// Only in these sessions, for somebody who sees no others.
    pub only: Option<&'a [SessionId]>,
    pub query: &'a Query,
    /// Only what comes after this place.
    pub after: Option<Place>,
    /// Hits, at most.
    pub limit: u32,
}

/// Where a hit stands in the order of an organisation's search. Of use until the index is made again; then some hits may be
/// told twice, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(pub i64);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgFound {
    pub place: Place,
    pub session: SessionId,
    pub what: FoundWhat,
    pub excerpt: Vec<ExcerptPart>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundWhat {
    /// As [`Found`].
    Message { seq: Seq, version: Seq },
    /// In the text of a file.
    File(AttachmentId),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgResults {
    /// The newest session first; of a session its files first, then its messages from the newest on.
    pub found: Vec<OrgFound>,
    /// There are others after these.
    pub more: bool,
}

/// An index of messages, session by session, and of texts in files.
#[async_trait]
pub trait SearchIndex: Send + Sync + 'static {
    /// How far the session's log is in the index; 0 = not at all.
    async fn indexed_to(&self, session: SessionId) -> Result<Seq, IndexError>;
    /// Takes up pages, in order, in one commit. New messages of a session come in the order of its log.
    async fn apply(&self, pages: Vec<Page>) -> Result<(), IndexError>;
    /// Forgets everything of a session.
    async fn forget(&self, session: SessionId) -> Result<(), IndexError>;
    async fn find(&self, search: Search<'_>) -> Result<Results, IndexError>;
    /// Takes up the text of a file, in place of an earlier one.
    async fn put_file(&self, file: FileText) -> Result<(), IndexError>;
    /// Nothing of the file's text is found any more.
    async fn remove_file(&self, session: SessionId, attachment: AttachmentId) -> Result<(), IndexError>;
    /// Those of `files` that were never put, or were removed.
    async fn missing_files(&self, files: &[AttachmentId]) -> Result<Vec<AttachmentId>, IndexError>;
    async fn find_in_org(&self, search: OrgSearch<'_>) -> Result<OrgResults, IndexError>;
    /// Waits for what runs and lets go of the file.
    async fn close(&self);
}
