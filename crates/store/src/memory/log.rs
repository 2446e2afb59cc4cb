//! The log, and what commits with an event.

use deskside_proto::{
    AttachmentId, AttachmentState, ErrorCode, Event, EventBody, Participant, ParticipantId, ParticipantState,
    Seq, SessionId, Visibility,
    api::{JoinKind, SessionState},
};

use super::state::{Offer, Place, Room, State};
use crate::{Append, AppendError, Appended, Effect, SecretHash};

impl State {
    pub(super) fn log(&self, session: SessionId, after: Seq, limit: u32) -> Vec<Event> {
        let Some(found) = self.sessions.get(&session) else { return Vec::new() };
        found.events.iter().filter(|event| event.seq > after).take(limit as usize).cloned().collect()
    }

    pub(super) fn append(&mut self, append: Append) -> Result<Appended, AppendError> {
        // A place and its token belong to one session: looked for in all of them.
        let is_known = append.effects.iter().any(|effect| match effect {
            Effect::AddParticipant { participant, token } => self.knows(participant.id, *token),
            _ => false,
        });
        let session = self.sessions.get_mut(&append.session).ok_or(AppendError(ErrorCode::NotFound))?;
        if let Some(event) = session.events.iter().find(|event| is_same(event, &append)) {
            return Ok(Appended { event: event.clone(), duplicate: true });
        }
        if session.room.state() != SessionState::Open {
            return Err(AppendError(ErrorCode::SessionEnded));
        }
        let sender =
            append.sender.map(|sender| session.room.place(sender).map(|place| place.participant.state));
        append.may_be_sent(sender)?;
        if is_known {
            return Err(AppendError(ErrorCode::InvalidInput));
        }
        let seq = session.events.len() as u64 + 1;
        let mut draft = Draft { room: session.room.clone(), body: append.body.clone(), rewrites: Vec::new() };
        for effect in &append.effects {
            draft.apply(effect, &append, seq)?;
        }
        session.room = draft.room;
        for (target, body) in draft.rewrites {
            let event = &mut session.events[target as usize - 1];
            session.history.push((target, std::mem::replace(&mut event.body, body)));
        }
        let Append { id, sender, txn_id, at, visibility, .. } = append;
        let event = Event { seq, id, sender, at, visibility, txn_id, body: draft.body };
        session.events.push(event.clone());
        Ok(Appended { event, duplicate: false })
    }

    fn knows(&self, participant: ParticipantId, token: Option<SecretHash>) -> bool {
        self.sessions
            .values()
            .flat_map(|session| &session.room.places)
            .any(|place| place.participant.id == participant || (token.is_some() && place.token == token))
    }
}

fn is_same(event: &Event, append: &Append) -> bool {
    append.txn_id.is_some() && event.txn_id == append.txn_id && event.sender == append.sender
}

/// A session as it will be once every effect is done.
struct Draft {
    room: Room,
    body: EventBody,
    rewrites: Vec<(Seq, EventBody)>,
}

type Refusal = Result<(), AppendError>;

impl Draft {
    fn apply(&mut self, effect: &Effect, append: &Append, seq: Seq) -> Refusal {
        match effect {
            Effect::UseJoinSecret { hash } => self.use_join_secret(*hash, append),
            Effect::AddParticipant { participant, token } => self.add_participant(participant, *token),
            Effect::SetParticipantState { participant, from, to } => self.set_state(*participant, *from, *to),
            Effect::OfferAttachments { attachments } => self.offer(attachments, append, seq),
            Effect::RewriteEvent { seq: target, body } => self.rewrite(*target, body, seq),
            Effect::EndSession => self.end(append),
        }
    }

    fn use_join_secret(&mut self, hash: SecretHash, append: &Append) -> Refusal {
        let secrets = &mut self.room.secrets;
        let found = secrets.iter().position(|secret| secret.hash == hash && secret.expires_at > append.at);
        let at = found.ok_or(AppendError(ErrorCode::JoinCodeInvalid))?;
        if secrets[at].kind == JoinKind::Code {
            secrets.remove(at);
        }
        Ok(())
    }

    fn add_participant(&mut self, participant: &Participant, token: Option<SecretHash>) -> Refusal {
        let is_here = self.room.places.iter().any(|place| {
            let other = &place.participant;
            other.id == participant.id
                || (other.user_id.is_some() && other.user_id == participant.user_id)
                || (token.is_some() && place.token == token)
        });
        if is_here {
            return Err(AppendError(ErrorCode::InvalidInput));
        }
        let was_let_in = participant.state == ParticipantState::Admitted;
        self.room.places.push(Place { participant: participant.clone(), token, was_let_in });
        self.accept_earlier_offers(participant);
        Ok(())
    }

    fn set_state(&mut self, id: ParticipantId, from: ParticipantState, to: ParticipantState) -> Refusal {
        let found = self.room.places.iter_mut().find(|place| place.participant.id == id);
        let place =
            found.filter(|place| place.participant.state == from).ok_or(AppendError(ErrorCode::NotFound))?;
        place.participant.state = to;
        place.was_let_in |= to == ParticipantState::Admitted;
        let participant = place.participant.clone();
        self.accept_earlier_offers(&participant);
        Ok(())
    }

    fn accept_earlier_offers(&mut self, participant: &Participant) {
        for file in &mut self.room.files {
            file.accept_for(participant);
        }
    }

    fn offer(&mut self, attachments: &[AttachmentId], append: &Append, seq: Seq) -> Refusal {
        let EventBody::MessagePosted(message) = &mut self.body else {
            return Err(AppendError(ErrorCode::InvalidInput));
        };
        let to_customers = append.visibility == Visibility::All;
        for id in attachments {
            let first_position = message.attachments.len();
            let file = self
                .room
                .file(*id)
                .filter(|file| append.sender == Some(file.sender))
                .ok_or(AppendError(ErrorCode::AttachmentUnknown))?;
            match file.state {
                AttachmentState::Uploaded => {}
                AttachmentState::Uploading => return Err(AppendError(ErrorCode::UploadIncomplete)),
                _ => return Err(AppendError(ErrorCode::AttachmentUnknown)),
            }
            file.state = AttachmentState::Offered;
            file.offer = Some(Offer { seq, position: first_position, to_customers });
            message.attachments.extend(file.described());
        }
        for file in self.room.files.iter_mut().filter(|file| attachments.contains(&file.attachment)) {
            for place in &self.room.places {
                file.accept_for(&place.participant);
            }
        }
        Ok(())
    }

    fn rewrite(&mut self, target: Seq, body: &EventBody, seq: Seq) -> Refusal {
        if target == 0 || target >= seq {
            return Err(AppendError(ErrorCode::NotFound));
        }
        let kept = match body {
            EventBody::MessagePosted(message) => message.attachments.as_slice(),
            _ => &[],
        };
        for file in &mut self.room.files {
            let is_named = file.offer.is_some_and(|offer| offer.seq == target);
            if is_named && !kept.iter().any(|attachment| attachment.id == file.attachment) {
                file.state = AttachmentState::Withdrawn;
            }
        }
        self.rewrites.push((target, body.clone()));
        Ok(())
    }

    fn end(&mut self, append: &Append) -> Refusal {
        if self.room.state() != SessionState::Open {
            return Err(AppendError(ErrorCode::SessionEnded));
        }
        self.room.ended_at = Some(append.at);
        self.room.secrets.clear();
        Ok(())
    }
}
