//! What stands in a timeline: plain data that a user interface can draw as it is.

use deskside_proto::{Attachment, ErrorCode, Millis, ParticipantId, Seq, TxnId};
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
pub enum ItemKind {
    Message {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        sender: Option<ParticipantId>,
        sender_name: String,
        own: bool,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        reply: Option<Reply>,
        attachments: Vec<Attachment>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        edited_at: Option<Millis>,
        delivery: Delivery,
    },
    /// A message that was deleted; its place stays.
    Deleted { sender_name: String, own: bool, deleted_by_name: String },
    /// Somebody came, left, or the session ended.
    Notice { notice: Notice },
    /// Something that this version cannot show.
    Unknown,
}

/// The message that a message answers, as far as it is known here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Reply {
    pub seq: Seq,
    /// Absent where the original is not loaded or was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub quote: Option<String>,
    pub sender_name: String,
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
