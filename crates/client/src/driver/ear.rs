//! What of a session reaches a person who does not look at it.

use deskside_proto::{ErrorCode, ParticipantRole};
use deskside_session::{Alert, ConnectionState, ViewUpdate};

/// Alerts that wait to be taken; a person is told of the newest only.
const ALERTS_MAX: usize = 20;

/// What happened in a session since the last time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// What others did, oldest first; what happened before the first connection is not news.
    pub alerts: Vec<Alert>,
    /// What is loaded of others' messages and was not read.
    pub unread: usize,
    /// One is a technician there.
    pub technician: bool,
    pub over: Option<Over>,
}

/// Why nothing more will be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    Ended,
    /// Put out, or signed out.
    Closed(ErrorCode),
}

/// Listens to one session.
#[derive(Default)]
pub(super) struct Ear {
    heard: Heard,
    changed: bool,
}

impl Ear {
    pub(super) fn has_news(&self) -> bool {
        self.changed
    }

    pub(super) fn take(&mut self) -> Heard {
        self.changed = false;
        let alerts = std::mem::take(&mut self.heard.alerts);
        Heard { alerts, ..self.heard.clone() }
    }

    /// What the session shows of itself.
    pub(super) fn follow(&mut self, update: &ViewUpdate) {
        let before = (self.heard.unread, self.heard.technician, self.heard.over);
        match update {
            ViewUpdate::Session { you, .. } => {
                self.heard.technician = you.role == ParticipantRole::Technician;
            }
            ViewUpdate::Connection { state } => self.heard.over = over(state),
            ViewUpdate::Read { own, unread, .. } => {
                self.heard.unread = *unread;
                self.heard.alerts.retain(|alert| alert.seq > *own);
            }
            ViewUpdate::Alerts { alerts } => {
                self.heard.alerts.extend_from_slice(alerts);
                let surplus = self.heard.alerts.len().saturating_sub(ALERTS_MAX);
                self.heard.alerts.drain(..surplus);
                self.changed = true;
            }
            _ => {}
        }
        self.changed |= before != (self.heard.unread, self.heard.technician, self.heard.over);
    }
}

fn over(state: &ConnectionState) -> Option<Over> {
    match state {
        ConnectionState::Ended => Some(Over::Ended),
        ConnectionState::Closed { code, .. } => Some(Over::Closed(*code)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskside_proto::Millis;
    use deskside_session::AlertKind;

    fn alerts(places: impl IntoIterator<Item = u64>) -> ViewUpdate {
        let alert = |seq| Alert {
            seq,
            at: Millis(0),
            kind: AlertKind::Message,
            sender_name: String::new(),
            text: String::new(),
            files: Vec::new(),
            private: false,
            mentions_you: false,
        };
        ViewUpdate::Alerts { alerts: places.into_iter().map(alert).collect() }
    }

    fn read(own: u64, unread: usize) -> ViewUpdate {
        ViewUpdate::Read { marks: Vec::new(), own, unread }
    }

    #[test]
    fn only_what_is_new_and_unread_is_heard() {
        let mut ear = Ear::default();
        ear.follow(&ViewUpdate::Unsent { count: 1 });
        ear.follow(&read(0, 0));
        assert!(!ear.has_news());
        ear.follow(&alerts(1..=30));
        ear.follow(&read(28, 2));
        let heard = ear.take();
        assert_eq!(heard.alerts.iter().map(|alert| alert.seq).collect::<Vec<_>>(), [29, 30]);
        assert_eq!((heard.unread, heard.over, ear.has_news()), (2, None, false));
        ear.follow(&read(30, 0));
        assert_eq!((ear.has_news(), ear.take()), (true, Heard::default()));
        ear.follow(&alerts(31..=100));
        assert_eq!(ear.take().alerts.len(), ALERTS_MAX);
        let closed = ConnectionState::Closed { code: ErrorCode::NotSignedIn, message: String::new() };
        for (state, expected) in [
            (ConnectionState::Ended, Some(Over::Ended)),
            (closed, Some(Over::Closed(ErrorCode::NotSignedIn))),
            (ConnectionState::Waiting, None),
        ] {
            ear.follow(&ViewUpdate::Connection { state });
            assert_eq!((ear.has_news(), ear.take().over), (true, expected));
        }
    }
}
