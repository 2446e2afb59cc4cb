//! Who is in the session, who is connected, who is typing.

use std::collections::{BTreeMap, BTreeSet};

use deskside_proto::{Event, EventBody, Millis, Participant, ParticipantId, ParticipantState};

use crate::RosterEntry;

/// Milliseconds that somebody is shown as typing.
const TYPING_SHOWN_MILLIS: i64 = 5_000;

/// The people of a session, and whether there is something new to show of them.
#[derive(Debug, Default, Clone)]
pub(crate) struct Roster {
    people: Vec<Participant>,
    online: BTreeSet<ParticipantId>,
    /// Until when each is shown as typing.
    typing: BTreeMap<ParticipantId, Millis>,
    changed: bool,
}

impl Roster {
    /// As a welcome tells it.
    pub(crate) fn replace(&mut self, people: Vec<Participant>, online: Vec<ParticipantId>) {
        self.people = people;
        self.online = online.into_iter().collect();
        self.changed = true;
    }

    /// What an event of the log says about people.
    pub(crate) fn follow(&mut self, event: &Event) {
        match &event.body {
            EventBody::ParticipantWaiting { participant } | EventBody::ParticipantJoined { participant } => {
                self.people.retain(|known| known.id != participant.id);
                self.people.push(participant.clone());
                self.changed = true;
            }
            EventBody::ParticipantLeft { participant_id } => {
                self.gone(*participant_id, ParticipantState::Left)
            }
            EventBody::ParticipantRemoved { participant_id } => {
                self.gone(*participant_id, ParticipantState::Removed);
            }
            // What was typed is said.
            EventBody::MessagePosted(_) => {
                if let Some(sender) = event.sender {
                    self.changed |= self.typing.remove(&sender).is_some();
                }
            }
            EventBody::SessionEnded { .. } => {
                self.changed |= !self.typing.is_empty();
                self.typing.clear();
            }
            EventBody::MessageEdited { .. }
            | EventBody::MessageDeleted { .. }
            | EventBody::ReactionAdded { .. }
            | EventBody::ReactionRemoved { .. }
            | EventBody::AttachmentsAnswered { .. }
            | EventBody::AttachmentsReceived { .. }
            | EventBody::AttachmentsWithdrawn { .. }
            | EventBody::Tombstone { .. }
            | EventBody::Unknown(_) => {}
        }
    }

    fn gone(&mut self, participant: ParticipantId, state: ParticipantState) {
        if let Some(known) = self.people.iter_mut().find(|known| known.id == participant) {
            known.state = state;
        }
        self.presence(participant, false);
    }

    pub(crate) fn presence(&mut self, participant: ParticipantId, online: bool) {
        if online {
            self.online.insert(participant);
        } else {
            self.online.remove(&participant);
            self.typing.remove(&participant);
        }
        self.changed = true;
    }

    pub(crate) fn types(&mut self, participant: ParticipantId, now: Millis) {
        self.typing.insert(participant, now.plus(TYPING_SHOWN_MILLIS));
        self.changed = true;
    }

    /// The connection is gone: nobody is known to be there.
    pub(crate) fn lose_sight(&mut self) {
        self.online.clear();
        self.typing.clear();
        self.changed = true;
    }

    /// Who stopped typing without a word.
    pub(crate) fn fade(&mut self, now: Millis) {
        let before = self.typing.len();
        self.typing.retain(|_, until| *until > now);
        self.changed |= self.typing.len() != before;
    }

    pub(crate) fn next_fade(&self) -> Option<Millis> {
        self.typing.values().min().copied()
    }

    /// The roster, where it changed since it was last taken.
    pub(crate) fn take(&mut self, own: Option<ParticipantId>) -> Option<Vec<RosterEntry>> {
        let entry = |participant: &Participant| RosterEntry {
            online: self.online.contains(&participant.id),
            typing: self.typing.contains_key(&participant.id),
            own: own == Some(participant.id),
            participant: participant.clone(),
        };
        let changed = std::mem::take(&mut self.changed);
        changed.then(|| self.people.iter().map(entry).collect())
    }
}
