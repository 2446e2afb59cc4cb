//! Rows as they are kept: by ids, so that names and changes can come later than the row.

use deskside_proto::{
    Attachment, EditMark, EndReason, Event, EventBody, MessagePosted, Millis, Offer, ParticipantId, Seq,
    TxnId, Visibility,
};

use crate::Delivery;

#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) key: String,
    pub(crate) seq: Option<Seq>,
    pub(crate) at: Millis,
    pub(crate) sender: Option<ParticipantId>,
    pub(crate) kind: RowKind,
}

#[derive(Debug, Clone)]
pub(crate) enum RowKind {
    Message(MessageRow),
    Tombstone { by: Option<ParticipantId>, at: Millis },
    Notice(NoticeRow),
    Unknown,
}

#[derive(Debug, Clone)]
pub(crate) struct MessageRow {
    pub(crate) private: bool,
    pub(crate) text: String,
    pub(crate) mentions: Vec<ParticipantId>,
    pub(crate) reply_to: Option<Seq>,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) offer: Option<Box<Offer>>,
    pub(crate) edited: Option<EditMark>,
    pub(crate) delivery: Delivery,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum NoticeRow {
    Waiting(ParticipantId),
    Joined(ParticipantId),
    Left(ParticipantId),
    Removed(ParticipantId),
    Ended,
    EndedIdle,
}

impl Row {
    /// The row of `event`; `None` where it is about another row. An own message keeps the key of its echo.
    pub(crate) fn of(event: Event, own: Option<ParticipantId>) -> Option<Self> {
        let Event { seq, sender, at, txn_id, body, visibility, .. } = event;
        let is_own = sender.is_some() && sender == own;
        let kind = match body {
            EventBody::MessagePosted(message) => RowKind::Message(MessageRow::of(message, visibility)),
            EventBody::Tombstone { deleted_by, deleted_at } => {
                RowKind::Tombstone { by: deleted_by, at: deleted_at }
            }
            EventBody::ParticipantWaiting { participant } => {
                RowKind::Notice(NoticeRow::Waiting(participant.id))
            }
            EventBody::ParticipantJoined { participant } => {
                RowKind::Notice(NoticeRow::Joined(participant.id))
            }
            EventBody::ParticipantLeft { participant_id } => RowKind::Notice(NoticeRow::Left(participant_id)),
            EventBody::ParticipantRemoved { participant_id } => {
                RowKind::Notice(NoticeRow::Removed(participant_id))
            }
            EventBody::SessionEnded { reason: EndReason::EndedByTechnician } => {
                RowKind::Notice(NoticeRow::Ended)
            }
            EventBody::SessionEnded { reason: EndReason::Idle } => RowKind::Notice(NoticeRow::EndedIdle),
            EventBody::Unknown(_) => RowKind::Unknown,
            EventBody::MessageEdited { .. }
            | EventBody::MessageDeleted { .. }
            | EventBody::ReactionAdded { .. }
            | EventBody::ReactionRemoved { .. }
            | EventBody::AttachmentsAnswered { .. }
            | EventBody::AttachmentsReceived { .. }
            | EventBody::AttachmentsWithdrawn { .. } => return None,
        };
        // An own message that was deleted before it was seen here still takes its echo away.
        let echoed = is_own && matches!(kind, RowKind::Message(_) | RowKind::Tombstone { .. });
        let key = txn_id.filter(|_| echoed).map_or_else(|| format!("e{seq}"), |txn_id| txn_id.to_string());
        Some(Self { key, seq: Some(seq), at, sender, kind })
    }

    pub(crate) fn reply_to(&self) -> Option<Seq> {
        match &self.kind {
            RowKind::Message(message) => message.reply_to,
            RowKind::Tombstone { .. } | RowKind::Notice(_) | RowKind::Unknown => None,
        }
    }
}

impl MessageRow {
    fn of(message: MessagePosted, visibility: Visibility) -> Self {
        let MessagePosted { text, reply_to, attachments, offer, mentions, edited } = message;
        let private = visibility == Visibility::Technicians;
        Self { private, text, mentions, reply_to, attachments, offer, edited, delivery: Delivery::Sent }
    }
}

/// A message that was asked for here and is not in the log yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LocalEcho {
    pub txn_id: TxnId,
    pub at: Millis,
    pub text: String,
    pub reply_to: Option<Seq>,
    pub mentions: Vec<ParticipantId>,
    pub private: bool,
}

impl LocalEcho {
    pub(crate) fn row(self, own: Option<ParticipantId>) -> Row {
        let message = MessageRow {
            private: self.private,
            text: self.text,
            mentions: self.mentions,
            reply_to: self.reply_to,
            attachments: Vec::new(),
            offer: None,
            edited: None,
            delivery: Delivery::Pending { txn_id: self.txn_id },
        };
        Row {
            key: self.txn_id.to_string(),
            seq: None,
            at: self.at,
            sender: own,
            kind: RowKind::Message(message),
        }
    }
}
