//! Sessions, ways into them, places in them.

use deskside_proto::{
    Millis, OrgId, Participant, ParticipantState, SessionId, UserId,
    api::{SessionState, UNREAD_MAX},
};

use super::state::{Room, Session, State};
use crate::{
    Caller, JoinSecret, JoinTarget, NewSession, SecretHash, SessionFilter, SessionRecord,
    change::counts_as_unread,
};

impl State {
    pub(super) fn create_session(&mut self, new: NewSession) -> bool {
        if !self.memberships.contains_key(&(new.org, new.created_by)) {
            return false;
        }
        let room = Room {
            org: new.org,
            created_by: new.created_by,
            title: new.title,
            created_at: new.at,
            ended_at: None,
            sealed: None,
            last_present_at: Millis::default(),
            hold: None,
            secrets: new.secrets,
            places: Vec::new(),
            files: Vec::new(),
        };
        self.sessions.insert(new.id, Session { room, events: Vec::new(), history: Vec::new() });
        true
    }

    pub(super) fn session(&self, caller: Caller, id: SessionId) -> Option<SessionRecord> {
        match caller {
            Caller::User(user) => {
                self.visible(user, id)?;
            }
            Caller::Guest { session, participant } => {
                let place = self.sessions.get(&id)?.room.place(participant)?;
                if session != id || place.participant.state == ParticipantState::Removed {
                    return None;
                }
            }
        }
        self.session_to_seal(id)
    }

    pub(super) fn session_to_seal(&self, id: SessionId) -> Option<SessionRecord> {
        let Session { room, events, .. } = self.sessions.get(&id)?;
        let org = self.orgs.get(&room.org)?;
        Some(SessionRecord {
            id,
            org: room.org,
            org_name: org.name.clone(),
            settings: org.settings.clone(),
            title: room.title.clone(),
            state: room.state(),
            created_at: room.created_at,
            ended_at: room.ended_at,
            participants: room.places.iter().map(|place| place.participant.clone()).collect(),
            head: events.len() as u64,
            read: room.reads(),
            unread: 0,
        })
    }

    /// Ids of `org`'s sessions that `user` may see, newest first, older than `before`.
    pub(super) fn visible_ids(
        &self,
        user: UserId,
        org: OrgId,
        open: bool,
        before: Option<SessionId>,
    ) -> impl Iterator<Item = SessionId> {
        self.sessions
            .iter()
            .rev()
            .filter(move |(id, session)| {
                session.room.org == org
                    && (session.room.state() == SessionState::Open) == open
                    && before.is_none_or(|before| **id < before)
                    && self.visible(user, **id).is_some()
            })
            .map(|(id, _)| *id)
    }

    pub(super) fn list_sessions(
        &self,
        user: UserId,
        org: OrgId,
        filter: SessionFilter,
        before: Option<SessionId>,
        limit: u32,
    ) -> Vec<SessionRecord> {
        self.visible_ids(user, org, filter == SessionFilter::Open, before)
            .take(limit as usize)
            .filter_map(|id| {
                Some(SessionRecord { unread: self.unread(user, id), ..self.session_to_seal(id)? })
            })
            .collect()
    }

    fn unread(&self, user: UserId, session: SessionId) -> u32 {
        let Some(Session { room, events, .. }) = self.sessions.get(&session) else { return 0 };
        let Some(own) = room.places.iter().find(|place| place.participant.user_id == Some(user)) else {
            return 0;
        };
        let unread = events.iter().filter(|event| {
            event.seq > own.read && event.sender != Some(own.participant.id) && counts_as_unread(&event.body)
        });
        u32::try_from(unread.take(UNREAD_MAX as usize).count()).unwrap_or(UNREAD_MAX)
    }

    pub(super) fn replace_join_secrets(
        &mut self,
        user: UserId,
        session: SessionId,
        secrets: Vec<JoinSecret>,
    ) -> bool {
        if self.visible(user, session).is_none() {
            return false;
        }
        match self.sessions.get_mut(&session) {
            Some(found) if found.room.state() == SessionState::Open => {
                found.room.secrets = secrets;
                true
            }
            _ => false,
        }
    }

    pub(super) fn join_target(&self, hash: SecretHash, now: Millis) -> Option<JoinTarget> {
        self.sessions.iter().find_map(|(id, session)| {
            let room = &session.room;
            let secret = room.secrets.iter().find(|secret| secret.hash == hash && secret.expires_at > now)?;
            let org = self.orgs.get(&room.org)?;
            Some(JoinTarget {
                session: *id,
                org_name: org.name.clone(),
                settings: org.settings.clone(),
                kind: secret.kind,
                expires_at: secret.expires_at,
            })
        })
    }

    pub(super) fn guest_by_token(&self, hash: SecretHash) -> Option<(SessionId, Participant)> {
        self.sessions.iter().find_map(|(id, session)| {
            let place = session.room.places.iter().find(|place| place.token == Some(hash))?;
            Some((*id, place.participant.clone()))
        })
    }

    pub(super) fn participant_of(&self, user: UserId, session: SessionId) -> Option<Participant> {
        let places = &self.visible(user, session)?.room.places;
        places.iter().map(|place| &place.participant).find(|found| found.user_id == Some(user)).cloned()
    }
}
