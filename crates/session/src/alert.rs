//! What deserves somebody's attention.

use deskside_proto::{Event, EventBody, Millis, ParticipantId, ParticipantRole, Seq, Visibility};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Something that somebody else did and that one may be told of, also while one looks elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Alert {
    pub seq: Seq,
    pub at: Millis,
    pub kind: AlertKind,
    /// As typed by the person: show it as text only.
    pub sender_name: String,
    /// What was written; empty for files alone and for people.
    pub text: String,
    /// Names of the files of a message.
    pub files: Vec<String>,
    /// A note that only technicians see.
    pub private: bool,
    /// The text names the reader with `@`.
    pub mentions_you: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum AlertKind {
    Message,
    /// A message was edited, and its writer wants it noticed (row Z10).
    Edited,
    /// Somebody waits in the lobby; technicians only.
    Waiting,
}

/// What of `event` is an alert for `own`; names are told by `name`.
pub(crate) fn of(
    event: &Event,
    own: ParticipantId,
    role: ParticipantRole,
    name: impl Fn(Option<ParticipantId>) -> String,
) -> Option<Alert> {
    if event.sender == Some(own) {
        return None;
    }
    let alert = Alert {
        seq: event.seq,
        at: event.at,
        kind: AlertKind::Message,
        sender_name: name(event.sender),
        text: String::new(),
        files: Vec::new(),
        private: event.visibility == Visibility::Technicians,
        mentions_you: false,
    };
    match &event.body {
        EventBody::MessagePosted(message) => Some(Alert {
            text: message.text.clone(),
            files: message.attachments.iter().map(|file| file.name.clone()).collect(),
            mentions_you: message.mentions.contains(&own),
            ..alert
        }),
        EventBody::MessageEdited { notify: true, text: Some(text), .. } => {
            Some(Alert { kind: AlertKind::Edited, text: text.clone(), ..alert })
        }
        EventBody::ParticipantWaiting { participant } if role == ParticipantRole::Technician => {
            Some(Alert { kind: AlertKind::Waiting, sender_name: participant.name.clone(), ..alert })
        }
        _ => None,
    }
}
