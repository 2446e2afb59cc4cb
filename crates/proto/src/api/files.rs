//! What stays: transcripts and attachments in the organisation's Files.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

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

/// A page of Files, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct FilesPage {
    pub entries: Vec<FilesEntry>,
    /// Pass it as `before` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub next: Option<SessionId>,
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
}

/// What people do that is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum AuditAction {
    /// Somebody looked at a file of a session that they were not in, or that was over.
    FileRead,
    TranscriptRead,
    SessionDeleted,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct AuditItem {
    /// Goes up by time; what a page begins before.
    #[ts(type = "number")]
    pub place: u64,
    pub at: Millis,
    /// Absent where the portal did it itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub actor: Option<String>,
    pub action: AuditAction,
    pub session_id: SessionId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub attachment_id: Option<AttachmentId>,
    /// The file's name, the session's title.
    pub subject: String,
}

/// Newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct AuditPage {
    pub items: Vec<AuditItem>,
    /// Whether older ones follow.
    pub more: bool,
}

/// Answer to a tus creation, beside the `Location` header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct UploadCreated {
    pub upload_id: UploadId,
    /// What a message names once the upload is complete.
    pub attachment_id: AttachmentId,
}
