//! What stands in a timeline: plain data that a user interface can draw as it is.

use deskside_proto::{
    Attachment, Digest32, ErrorCode, Millis, ParticipantId, RecipientState, Seq, TxnId, WithdrawReason,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One row of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct TimelineItem {
    /// Stays the same for as long as the row lives: a message keeps the key of its local echo.
    pub key: String,
    /// Place in the log; absent while the portal has not confirmed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub seq: Option<Seq>,
    pub at: Millis,
    pub kind: ItemKind,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
#[expect(clippy::large_enum_variant, reason = "nearly every row is a message")]
pub enum ItemKind {
    Message(MessageItem),
    /// A message that was deleted; its place stays (row Z13).
    Deleted {
        sender_name: String,
        own: bool,
        deleted_by_name: String,
        deleted_by_own: bool,
        deleted_at: Millis,
    },
    /// Somebody came, left, or the session ended.
    Notice {
        notice: Notice,
    },
    /// Something that this version cannot show.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MessageItem {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub sender: Option<ParticipantId>,
    pub sender_name: String,
    pub own: bool,
    /// A note that only technicians see.
    pub private: bool,
    /// As it reads now, local changes that are on their way included.
    pub text: String,
    pub mentions: Vec<ParticipantId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reply: Option<Reply>,
    pub attachments: Vec<AttachmentItem>,
    /// In the order in which each emoji came first.
    pub reactions: Vec<Reaction>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub edited_at: Option<Millis>,
    /// Until when one may edit it oneself; absent = not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub edit_until: Option<Millis>,
    /// Until when one may delete it oneself; absent = not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub delete_until: Option<Millis>,
    pub delivery: Delivery,
    /// The newest own change that the portal has not confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub pending_change: Option<ChangeKind>,
    /// The oldest own change that the portal refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub failed_change: Option<FailedChange>,
}

/// A file of a message, and how it stands for those it was offered to (rows A02, A10–A13).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AttachmentItem {
    #[serde(flatten)]
    #[ts(flatten)]
    pub file: Attachment,
    /// Why it is there no longer; absent while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub withdrawn: Option<WithdrawReason>,
    /// How it stands for oneself; absent for its sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub yours: Option<RecipientState>,
    /// `yours` is one's own newest word, which the log has not brought yet: until then the portal may go by the one before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub unconfirmed: bool,
    /// How it stands for the others.
    pub recipients: Vec<RecipientItem>,
}

/// Somebody to whom a file was offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RecipientItem {
    pub id: ParticipantId,
    /// As typed by the person: show it as text only.
    pub name: String,
    pub state: RecipientState,
    /// Digest of a direct file as they computed it when it was whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub blake3: Option<Digest32>,
}

/// A file that goes from one participant to the other, as its transfer has to know it (row Z20).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct DirectFileItem {
    /// Place of its message.
    pub target: Seq,
    pub sender: ParticipantId,
    pub own: bool,
    pub file: AttachmentItem,
}

/// One emoji on a message, and who gave it (row Z06).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Reaction {
    pub emoji: String,
    /// How many people gave it.
    pub count: usize,
    /// Whether one gave it oneself.
    pub own: bool,
    /// Names of the others, in the order they gave it.
    pub names: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ChangeKind {
    Edit,
    Delete,
    React,
    Unreact,
    Answer,
    Confirm,
    Revoke,
}

/// An own change that the portal refused; can be taken up again or thrown away by the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct FailedChange {
    pub txn_id: TxnId,
    pub what: ChangeKind,
    pub code: ErrorCode,
    pub message: String,
}

/// The message that a message answers, as far as it is known here (row Z07).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Reply {
    pub seq: Seq,
    /// Absent where the original is not loaded or was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub quote: Option<String>,
    pub sender_name: String,
    /// The original was deleted.
    pub deleted: bool,
}

/// How far an own message got. Messages of others are `sent`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
#[ts(export)]
pub enum Delivery {
    /// Kept here, not confirmed by the portal yet.
    Pending { txn_id: TxnId },
    /// In the log.
    Sent,
    /// Refused for good; can be taken up again or thrown away by the person.
    Failed { txn_id: TxnId, code: ErrorCode, message: String },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
#[ts(export)]
pub enum Notice {
    Waiting { name: String },
    Joined { name: String },
    Left { name: String },
    Removed { name: String, by: String },
    Ended { by: String },
    EndedIdle,
}
