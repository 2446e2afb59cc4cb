//! What is kept of a session that is over: its transcript as people read it, and the files of its vault.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{
    Attachment, AttachmentId, EndReason, Millis, ParticipantRole, RecipientState, Seq, WithdrawReason,
};

/// Something that stands in a transcript. The same form is an entry of `transcript.json` and what Files shows in place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct TranscriptItem {
    /// Place in the log; in a customer's copy, place in that copy.
    pub seq: Seq,
    pub at: Millis,
    /// Who did it; absent = the portal itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub by: Option<TranscriptPerson>,
    /// Customers never saw it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub technicians_only: bool,
    pub what: TranscriptWhat,
}

/// As they were called in the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct TranscriptPerson {
    pub name: String,
    pub role: ParticipantRole,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum TranscriptWhat {
    Message(TranscriptMessage),
    /// A message stood here.
    Deleted {
        /// Absent = the portal itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        by: Option<TranscriptPerson>,
        at: Millis,
    },
    /// Asked to come in.
    Waiting,
    Joined,
    Left,
    Removed {
        who: TranscriptPerson,
    },
    Answered {
        /// Their names, as everywhere below; none where the message that offered them was deleted.
        files: Vec<String>,
        accepted: bool,
    },
    Received {
        files: Vec<String>,
        /// BLAKE3 of the one direct file that it is about, lower-case hex.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        blake3: Option<String>,
    },
    Withdrawn {
        files: Vec<String>,
        reason: WithdrawReason,
    },
    Ended {
        reason: EndReason,
    },
    /// Of a later version.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct TranscriptMessage {
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub edited_at: Option<Millis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reply_to: Option<TranscriptQuote>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<TranscriptFile>,
    /// As they stood at the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<TranscriptReaction>,
}

/// The message that another one answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct TranscriptQuote {
    pub seq: Seq,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub by: Option<TranscriptPerson>,
    pub at: Millis,
    /// Its beginning; absent where it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub text: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct TranscriptFile {
    pub attachment: Attachment,
    /// Digest of a direct file, lower-case hex, as the first who received it computed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub blake3: Option<String>,
    pub fate: FileFate,
}

/// What became of a file by the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum FileFate {
    /// Its bytes are in Files.
    Kept,
    /// It went from one participant to the other; the portal never had it.
    Direct,
    /// Its bytes are gone.
    Gone { reason: WithdrawReason },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct TranscriptReaction {
    pub emoji: String,
    pub people: Vec<String>,
}

/// A stretch of a transcript, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct TranscriptPage {
    pub items: Vec<TranscriptItem>,
    /// Pass it as `after` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub next: Option<Seq>,
    /// Seq of the session's last event.
    pub last: Seq,
}

/// Forms of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum TranscriptFormat {
    /// Plain text: UTF-8 with a byte order mark, lines ended by CR LF.
    Txt,
    /// One page without scripts, good on paper.
    Html,
    /// For programs; its schema stands in `docs/transcript.schema.json`.
    Json,
}

/// A file of a session's vault, as its manifest names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct VaultFile {
    pub kind: VaultKind,
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub attachment_id: Option<AttachmentId>,
    /// Bytes that were erased since; the hash stays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum VaultKind {
    TranscriptTxt,
    TranscriptHtml,
    TranscriptJson,
    Attachment,
    Snapshot,
    Recording,
}

/// Where the session stands in the organisation's chain of manifests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct ManifestInfo {
    /// 1, 2, 3 … in the organisation.
    pub place: u64,
    /// SHA-256 of the manifest, lower-case hex.
    pub sha256: String,
    pub sealed_at: Millis,
    /// Manifests that joined later.
    pub addenda: u32,
}

/// One file of the session, with what happened to it (row A05).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct FileActivity {
    pub attachment: Attachment,
    pub sender: TranscriptPerson,
    /// Place of the message or snapshot; absent for what joined after the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub seq: Option<Seq>,
    pub at: Millis,
    pub fate: FileFate,
    pub recipients: Vec<FileRecipient>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct FileRecipient {
    pub person: TranscriptPerson,
    pub state: RecipientState,
}
