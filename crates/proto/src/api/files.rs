//! What stays: transcripts and attachments in the organisation's Files.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use super::{FilesPerson, Hold, Outcome, Report};
use crate::{Attachment, AttachmentId, Millis, SessionId, UploadId};

/// One ended session in the list of Files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct FilesEntry {
    pub session_id: SessionId,
    pub title: String,
    /// Names of those who were let in.
    pub technicians: Vec<String>,
    pub customers: Vec<String>,
    pub started_at: Millis,
    pub ended_at: Millis,
    pub message_count: u64,
    pub attachment_count: u64,
    /// Bytes of its stored files.
    #[serde(default)]
    pub stored_bytes: u64,
    #[serde(default)]
    pub snapshot_count: u64,
    #[serde(default)]
    pub recording_count: u64,
    /// It is not deleted, by time or by people.
    #[serde(default)]
    pub held: bool,
    /// Of the technician's report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub outcome: Option<Outcome>,
    /// Absent while the transcript is being written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub transcript: Option<TranscriptInfo>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct TranscriptInfo {
    /// Bytes.
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
    pub sealed_at: Millis,
}

/// A page of Files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct FilesPage {
    pub entries: Vec<FilesEntry>,
    /// Pass it as `after` for the next page, with the same filters; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub next: Option<String>,
}

/// One session in Files. The transcript's text is an answer of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct FilesSession {
    pub entry: FilesEntry,
    pub attachments: Vec<Attachment>,
    /// Files whose time was over: their bytes are gone.
    #[serde(default)]
    pub expired: Vec<Attachment>,
    /// In the order they came.
    #[serde(default)]
    pub people: Vec<FilesPerson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub report: Option<Report>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hold: Option<Hold>,
}

/// Answer to a tus creation, beside the `Location` header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct UploadCreated {
    pub upload_id: UploadId,
    /// What a message names once the upload is complete.
    pub attachment_id: AttachmentId,
}
