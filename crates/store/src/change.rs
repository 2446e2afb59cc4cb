//! Changes of messages: the one rule, used by every backend inside its transaction.

use deskside_proto::{
    EditMark, ErrorCode, Event, EventBody, MessagePosted, Millis, ParticipantId, ParticipantRole, Seq,
};

use crate::{AppendError, MessageChange};

/// Who changes a message, as what event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changer {
    pub sender: Option<ParticipantId>,
    pub role: ParticipantRole,
    /// Place of the event that says so.
    pub seq: Seq,
    pub at: Millis,
}

impl MessageChange {
    /// The body that stands in the place of `original`'s from now on.
    ///
    /// # Errors
    /// - `message_gone`: not there, not to be seen by the changer (which is not told), no message, or deleted.
    /// - `not_your_message`, `change_not_allowed`, `change_too_late`: by the organisation's policy.
    /// - `message_empty`: an edit that leaves nothing.
    pub fn apply(&self, original: Option<&Event>, changer: Changer) -> Result<EventBody, AppendError> {
        let (event, message) = message_for(original, changer.role)?;
        let own = event.sender.is_some() && event.sender == changer.sender;
        let until = match self {
            Self::Edit { chat, .. } => chat.edit_until(changer.role, own, event.at),
            Self::Delete { chat } => chat.delete_until(changer.role, own, event.at),
        };
        if until.map_err(AppendError)? < changer.at {
            return Err(AppendError(ErrorCode::ChangeTooLate));
        }
        Ok(match self {
            Self::Edit { text, .. } if text.trim().is_empty() && message.attachments.is_empty() => {
                return Err(AppendError(ErrorCode::MessageEmpty));
            }
            Self::Edit { text, .. } => EventBody::MessagePosted(MessagePosted {
                text: text.clone(),
                edited: Some(EditMark { seq: changer.seq, at: changer.at }),
                ..message.clone()
            }),
            Self::Delete { .. } => {
                EventBody::Tombstone { deleted_by: changer.sender, deleted_at: changer.at }
            }
        })
    }
}

/// The message that `original` is, for somebody in `role`.
///
/// # Errors
/// `message_gone`.
pub fn message_for(
    original: Option<&Event>,
    role: ParticipantRole,
) -> Result<(&Event, &MessagePosted), AppendError> {
    match original {
        Some(event) if event.visibility.admits(role) => match &event.body {
            EventBody::MessagePosted(message) => Ok((event, message)),
            _ => Err(AppendError(ErrorCode::MessageGone)),
        },
        _ => Err(AppendError(ErrorCode::MessageGone)),
    }
}

/// The body of an earlier edit event once its message was changed again: without its text. `None` for what is no edit with a text.
#[must_use]
pub fn superseded(body: &EventBody) -> Option<EventBody> {
    match body {
        EventBody::MessageEdited { target, text: Some(_), notify } => {
            Some(EventBody::MessageEdited { target: *target, text: None, notify: *notify })
        }
        _ => None,
    }
}

/// Whether an event counts as something new for the others: messages, and edits that their writer wants noticed (row Z10).
#[must_use]
pub fn counts_as_unread(body: &EventBody) -> bool {
    matches!(body, EventBody::MessagePosted(_) | EventBody::MessageEdited { notify: true, .. })
}

/// The message that an event is about.
#[must_use]
pub fn target_of(body: &EventBody) -> Option<Seq> {
    match body {
        EventBody::MessageEdited { target, .. }
        | EventBody::MessageDeleted { target }
        | EventBody::ReactionAdded { target, .. }
        | EventBody::ReactionRemoved { target, .. } => Some(*target),
        _ => None,
    }
}
