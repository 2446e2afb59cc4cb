//! The session's log: one ordered, gap-free list of events (design §3).

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{AttachmentId, Consent, Digest32, DirectFile, EventId, Millis, ParticipantId, TxnId, UserId};

/// Place in a session's log: 1, 2, 3 … without a gap. 0 means "before everything".
pub type Seq = u64;

/// One durable thing that happened in a session. Only the portal makes events; `seq` is given inside the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Event {
    pub seq: Seq,
    pub id: EventId,
    /// Who caused it; `None` = the portal itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub sender: Option<ParticipantId>,
    pub at: Millis,
    pub visibility: Visibility,
    /// The sender's own name for it, by which a client knows its local echo again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub txn_id: Option<TxnId>,
    pub body: EventBody,
}

/// Who may see an event. Those who may not are told only its `seq` ([`LogEntry::Withheld`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Visibility {
    All,
    Technicians,
}

impl Visibility {
    /// Whether somebody in `role` may see it.
    #[must_use]
    pub fn admits(self, role: ParticipantRole) -> bool {
        self == Self::All || role == ParticipantRole::Technician
    }
}

/// What happened. A kind that this version does not know is kept as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum EventBody {
    /// Somebody asks to come in and waits in the lobby.
    ParticipantWaiting {
        participant: Participant,
    },
    /// Somebody came in, at once or from the lobby. Coming back later is presence, not an event.
    ParticipantJoined {
        participant: Participant,
    },
    /// Somebody left for good, by their own choice.
    ParticipantLeft {
        participant_id: ParticipantId,
    },
    /// Somebody was turned away or put out by a technician (the event's sender).
    ParticipantRemoved {
        participant_id: ParticipantId,
    },
    MessagePosted(MessagePosted),
    /// The message at `target` was edited. The stored text at `target` is rewritten in the same commit, so that resume
    /// never carries the earlier one.
    MessageEdited {
        target: Seq,
        /// Absent since a later edit or delete of the same message: earlier texts do not stay in the log.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        text: Option<String>,
        /// Whether the others are told of it as of something new.
        notify: bool,
    },
    /// The message at `target` was deleted; what is stored at `target` is a [`EventBody::Tombstone`] since the same commit.
    MessageDeleted {
        target: Seq,
    },
    /// The sender reacts to the message at `target`; again with the same emoji changes nothing.
    ReactionAdded {
        target: Seq,
        emoji: String,
    },
    /// The sender takes a reaction back.
    ReactionRemoved {
        target: Seq,
        emoji: String,
    },
    /// The sender accepts or declines files of the message at `target`, which were offered to them.
    AttachmentsAnswered {
        target: Seq,
        attachments: Vec<AttachmentId>,
        accepted: bool,
    },
    /// The sender has files of the message at `target` whole: their digests matched.
    AttachmentsReceived {
        target: Seq,
        attachments: Vec<AttachmentId>,
        /// Digest of the one direct file that this is about, as its recipient computed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        blake3: Option<Digest32>,
    },
    /// Files of the message at `target` are there no longer, but with those who have received them.
    AttachmentsWithdrawn {
        target: Seq,
        attachments: Vec<AttachmentId>,
        reason: WithdrawReason,
    },
    /// What stands where a deleted message stood.
    Tombstone {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        deleted_by: Option<ParticipantId>,
        deleted_at: Millis,
    },
    /// The last event of every session.
    SessionEnded {
        reason: EndReason,
    },
    /// A kind of a later version, kept untouched.
    #[serde(untagged)]
    Unknown(#[ts(type = "Record<string, unknown>")] serde_json::Value),
}

/// A message with its attachments.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MessagePosted {
    /// May be empty where there are attachments.
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reply_to: Option<Seq>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Whom the attachments were offered to; there where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub offer: Option<Box<Offer>>,
    /// Participants whom the text names with `@`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<ParticipantId>,
    /// The newest edit, whose text this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub edited: Option<EditMark>,
}

/// How things stood for the recipients when a message with attachments was posted. Who comes in later has accepted with consent
/// `auto`, and is asked otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Offer {
    pub consent: Consent,
    /// Accepted by the offer itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<ParticipantId>,
    /// Asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<ParticipantId>,
}

/// Why files are there no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum WithdrawReason {
    /// Their sender took them back.
    Revoked,
    /// Nobody wanted them, for a day.
    DeclinedByAll,
    /// The session ended before anybody accepted them, or the organisation keeps files no longer than that.
    SessionEnded,
    /// The organisation's time for files is over.
    Expired,
}

impl WithdrawReason {
    /// What the files are from then on. What only time has taken is still listed.
    #[must_use]
    pub fn state(self) -> AttachmentState {
        match self {
            Self::Revoked | Self::DeclinedByAll => AttachmentState::Withdrawn,
            Self::SessionEnded | Self::Expired => AttachmentState::Expired,
        }
    }
}

/// Which edit a message's text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct EditMark {
    /// Place of the `message_edited` event.
    pub seq: Seq,
    pub at: Millis,
}

/// How far somebody has read: everything up to `seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ReadMark {
    pub participant_id: ParticipantId,
    pub seq: Seq,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum EndReason {
    /// A technician pressed *End session*.
    EndedByTechnician,
    /// Nobody was there for as long as the portal waits.
    Idle,
}

/// Somebody's place in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Participant {
    pub id: ParticipantId,
    /// As typed by the person: show it as text only.
    pub name: String,
    pub role: ParticipantRole,
    pub state: ParticipantState,
    /// Set for people who signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub user_id: Option<UserId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ParticipantRole {
    Technician,
    Customer,
}

/// Nothing is delivered to, or taken from, a participant who is not `admitted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ParticipantState {
    Waiting,
    Admitted,
    Left,
    Removed,
}

/// A file, as everybody in the session sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Attachment {
    pub id: AttachmentId,
    /// The sender's name for it, one plain component; still show it as text only.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Sniffed from the content, never taken from the sender; of a direct file, `application/octet-stream` or `inode/directory`.
    pub media_type: String,
    /// Lower-case hex; empty for a direct file, whose bytes the portal never sees.
    pub sha256: String,
    /// Set where the content is a picture that can be shown inline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub thumbnail: Option<ThumbnailSize>,
    /// Set where it goes from one participant to the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub direct: Option<DirectFile>,
    /// Set where a technician's app made it of the screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub capture: Option<CaptureKind>,
}

/// What a technician's app made of the screen (row Z02).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum CaptureKind {
    Snapshot,
    Recording,
}

/// Pixels of the thumbnail, so that the room keeps its place while it loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct ThumbnailSize {
    pub width: u32,
    pub height: u32,
}

/// Where an attachment stands as a whole; one table for stored and direct files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum AttachmentState {
    Uploading,
    /// Complete, hashed and within quota, but no message names it yet.
    Uploaded,
    Offered,
    Withdrawn,
    Expired,
}

/// Where an offered attachment stands for one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum RecipientState {
    Pending,
    Accepted,
    Declined,
    Transferring,
    Paused,
    Received,
    Failed,
    Revoked,
}

/// One place of the log as somebody in a given role sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum LogEntry {
    Event(Event),
    Withheld { seq: Seq },
}

impl LogEntry {
    /// `event` as `role` sees it.
    #[must_use]
    pub fn for_role(event: Event, role: ParticipantRole) -> Self {
        if event.visibility.admits(role) { Self::Event(event) } else { Self::Withheld { seq: event.seq } }
    }

    #[must_use]
    pub fn seq(&self) -> Seq {
        match self {
            Self::Event(event) => event.seq,
            Self::Withheld { seq } => *seq,
        }
    }
}
