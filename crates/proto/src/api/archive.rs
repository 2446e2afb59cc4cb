//! Looking through Files: search, charts, a session's report, what is held.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use super::{ExcerptPart, ManifestInfo, VaultFile};
use crate::{Attachment, Millis, ParticipantRole, ParticipantState, Seq, SessionId, UserId};

/// In which order sessions are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum FilesSort {
    #[default]
    Newest,
    Oldest,
    Longest,
    /// By bytes of stored files.
    Largest,
}

/// What a session must have to be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum FilesHas {
    Files,
    Snapshots,
    Recordings,
    Report,
    Hold,
}

/// Somebody who took part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct FilesPerson {
    pub name: String,
    pub role: ParticipantRole,
    pub state: ParticipantState,
    /// Set for people who signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub user_id: Option<UserId>,
    /// When they first asked to come in, and when they were let in.
    pub came_at: Millis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub joined_at: Option<Millis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub left_at: Option<Millis>,
}

/// How a session turned out, in the technician's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Report {
    pub outcome: Outcome,
    pub notes: String,
    /// Who wrote it last, and when.
    pub by: String,
    pub at: Millis,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct ReportInput {
    pub outcome: Outcome,
    /// At most [`crate::limits::REPORT_MAX_CHARS`] characters.
    #[serde(default)]
    pub notes: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Outcome {
    Solved,
    PartlySolved,
    NotSolved,
    /// Somebody has to go on with it.
    FollowUp,
    /// The customer never came, or it was a mistake.
    NoCase,
}

/// Keeps a session from being deleted, by time or by people, until it is released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Hold {
    pub reason: String,
    pub by: String,
    pub at: Millis,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct HoldInput {
    /// One line.
    pub reason: String,
}

/// What stands in one session's vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct SessionVault {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub manifest: Option<ManifestInfo>,
    pub files: Vec<VaultFile>,
}

/// A page of what was found in the organisation's Files, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct FilesSearchPage {
    pub hits: Vec<FilesHit>,
    /// Pass it as `after` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub next: Option<String>,
    /// Sessions or documents that are not in the index yet.
    pub waiting: bool,
}

/// One place where the words stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct FilesHit {
    pub session_id: SessionId,
    /// The session's title, or the names of its customers.
    pub title: String,
    /// When the session began.
    pub started_at: Millis,
    pub place: FilesHitPlace,
    /// The text around what was found.
    pub excerpt: Vec<ExcerptPart>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum FilesHitPlace {
    Message {
        seq: Seq,
        at: Millis,
        /// Whose message it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        by: Option<String>,
    },
    /// A file's name, or the text in it.
    File {
        attachment: Attachment,
        /// Place of the message that names it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        seq: Option<Seq>,
        /// The words stand in the document, not only in its name.
        inside: bool,
    },
}

/// Numbers for pictures, of what the caller may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Statistics {
    /// One for each day of the time asked for, in the caller's time zone.
    pub days: Vec<DayStatistics>,
    pub storage: Vec<StorageShare>,
    /// What goes by itself, and when; the next 90 days.
    pub frees: Vec<DayFrees>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct DayStatistics {
    /// The day's first moment.
    pub at: Millis,
    pub sessions: u32,
    /// Milliseconds from the making of a session to its first customer's coming in, of the day's sessions: half of them took less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub join_median: Option<i64>,
    /// Nine of ten took less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub join_p90: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct StorageShare {
    pub kind: StorageKind,
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum StorageKind {
    Pictures,
    Videos,
    Sounds,
    Documents,
    Other,
    Snapshots,
    Recordings,
    Transcripts,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct DayFrees {
    pub at: Millis,
    pub bytes: u64,
    /// Whole sessions that go.
    pub sessions: u32,
    pub files: u32,
}
