//! What of a session's log may deserve attention.

use deskside_proto::{Event, EventBody, ParticipantId, ParticipantRole, ParticipantState, Seq, Visibility};

/// One thing that happened, as the rule looks at it. Names and texts are as people typed them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Place in the session's log.
    pub seq: Seq,
    pub kind: NoticeKind,
    /// The reader did it, on this device or another.
    pub own: bool,
    pub sender_name: String,
    pub text: String,
    /// Names of the files that came with it.
    pub files: Vec<String>,
    /// A note that only technicians see.
    pub private: bool,
    /// The text names the reader with `@`.
    pub mentions_you: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    Message,
    /// A message was edited; `notify` is its writer's wish (row Z10).
    Edited {
        notify: bool,
    },
    Reaction,
    /// Somebody waits in the lobby.
    Waiting,
    /// A customer came in.
    Joined,
}

/// What `event` is to `own`; `None`: nobody is told of such things.
#[must_use]
pub fn of(event: &Event, own: ParticipantId, name: impl Fn(ParticipantId) -> String) -> Option<Notice> {
    let notice = |kind| Notice {
        seq: event.seq,
        kind,
        own: event.sender == Some(own),
        sender_name: event.sender.map(&name).unwrap_or_default(),
        text: String::new(),
        files: Vec::new(),
        private: event.visibility == Visibility::Technicians,
        mentions_you: false,
    };
    match &event.body {
        EventBody::MessagePosted(message) => Some(Notice {
            text: message.text.clone(),
            files: message.attachments.iter().map(|file| file.name.clone()).collect(),
            ..notice(NoticeKind::Message)
        }),
        EventBody::MessageEdited { text, notify, .. } => {
            Some(Notice { text: text.clone(), ..notice(NoticeKind::Edited { notify: *notify }) })
        }
        EventBody::ParticipantWaiting { participant } => {
            Some(Notice { sender_name: participant.name.clone(), ..notice(NoticeKind::Waiting) })
        }
        EventBody::ParticipantJoined { participant }
            if participant.role == ParticipantRole::Customer
                && participant.state == ParticipantState::Admitted =>
        {
            Some(Notice {
                own: participant.id == own,
                sender_name: participant.name.clone(),
                ..notice(NoticeKind::Joined)
            })
        }
        _ => None,
    }
}
