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
    /// A customer came in by themselves; technicians only.
    Joined,
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
        EventBody::ParticipantJoined { participant }
            if role == ParticipantRole::Technician && participant.role == ParticipantRole::Customer =>
        {
            Some(Alert { kind: AlertKind::Joined, sender_name: participant.name.clone(), ..alert })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskside_proto::{EventId, MessagePosted, Participant, ParticipantState};

    const ME: ParticipantId = ParticipantId([1; 16]);
    const CARL: ParticipantId = ParticipantId([2; 16]);

    fn kind(sender: ParticipantId, role: ParticipantRole, body: EventBody) -> Option<AlertKind> {
        let event = Event {
            seq: 1,
            id: EventId([1; 16]),
            sender: Some(sender),
            at: Millis(0),
            visibility: Visibility::All,
            txn_id: None,
            body,
        };
        of(&event, ME, role, |_| "Carl".to_owned()).map(|alert| alert.kind)
    }

    /// Z10: an edit is an alert where its writer wants that.
    #[test]
    fn what_is_an_alert_for_whom() {
        use ParticipantRole::{Customer, Technician};
        let message = || EventBody::MessagePosted(MessagePosted::default());
        let edit = |notify| EventBody::MessageEdited { target: 1, text: Some("text".into()), notify };
        let person = |role, state| Participant { id: CARL, name: "Carl".into(), role, state, user_id: None };
        let waiting =
            || EventBody::ParticipantWaiting { participant: person(Customer, ParticipantState::Waiting) };
        let joined =
            |role| EventBody::ParticipantJoined { participant: person(role, ParticipantState::Admitted) };
        let reaction = EventBody::ReactionAdded { target: 1, emoji: "👍".into() };
        for (sender, role, body, expected) in [
            (CARL, Technician, message(), Some(AlertKind::Message)),
            (CARL, Customer, message(), Some(AlertKind::Message)),
            (ME, Technician, message(), None),
            (CARL, Technician, edit(true), Some(AlertKind::Edited)),
            (CARL, Technician, edit(false), None),
            (ME, Technician, edit(true), None),
            (CARL, Technician, reaction, None),
            (CARL, Technician, EventBody::MessageDeleted { target: 1 }, None),
            (CARL, Technician, waiting(), Some(AlertKind::Waiting)),
            (CARL, Customer, waiting(), None),
            (CARL, Technician, joined(Customer), Some(AlertKind::Joined)),
            // Let in by oneself: no news.
            (ME, Technician, joined(Customer), None),
            (CARL, Technician, joined(Technician), None),
            (CARL, Customer, joined(Customer), None),
        ] {
            let what = format!("{body:?} for {role:?}");
            assert_eq!(kind(sender, role, body), expected, "{what}");
        }
    }
}
