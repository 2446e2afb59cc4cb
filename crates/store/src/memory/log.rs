//! The log, and what commits with an event.

use deskside_proto::{
    AttachmentId, AttachmentState, Consent, ErrorCode, Event, EventBody, Millis, Offer, Participant,
    ParticipantId, ParticipantRole, ParticipantState, RecipientState, Seq, SessionId, Visibility,
    WithdrawReason,
    api::{JoinKind, SessionState},
};

use super::state::{Offered, Place, Room, Standing, State, StoredFile};
use crate::{
    Append, AppendError, Appended, Changer, Effect, MessageChange, ReadPosition, SecretHash,
    change::{message_for, superseded, target_of},
    offers::{OfferAnswer, OfferRules, OfferedKinds},
};

impl State {
    pub(super) fn log(&self, session: SessionId, after: Seq, limit: u32) -> Vec<Event> {
        let Some(found) = self.sessions.get(&session) else { return Vec::new() };
        found.events.iter().filter(|event| event.seq > after).take(limit as usize).cloned().collect()
    }

    pub(super) fn log_before(&self, session: SessionId, before: Seq, limit: u32) -> Vec<Event> {
        let Some(found) = self.sessions.get(&session) else { return Vec::new() };
        let mut page: Vec<Event> = found
            .events
            .iter()
            .rev()
            .filter(|event| event.seq < before)
            .take(limit as usize)
            .cloned()
            .collect();
        page.reverse();
        page
    }

    pub(super) fn heads(&self, before: Option<SessionId>, limit: u32) -> Vec<(SessionId, Seq)> {
        let older = self.sessions.iter().rev().filter(|(id, _)| before.is_none_or(|before| **id < before));
        older.take(limit as usize).map(|(id, session)| (*id, session.events.len() as u64)).collect()
    }

    pub(super) fn mark_read(&mut self, position: ReadPosition) {
        let Some(session) = self.sessions.get_mut(&position.session) else { return };
        let head = session.events.len() as u64;
        let places = &mut session.room.places;
        if let Some(place) = places.iter_mut().find(|place| place.participant.id == position.participant) {
            place.read = place.read.max(position.seq.min(head));
        }
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
        let mut draft = Draft {
            room: session.room.clone(),
            events: &session.events,
            visibility: append.visibility,
            body: append.body.clone(),
            rewrites: Vec::new(),
            history: Vec::new(),
        };
        for effect in &append.effects {
            draft.apply(effect, &append, seq)?;
        }
        let Draft { room, visibility, body, rewrites, history, .. } = draft;
        session.room = room;
        session.history.extend(history);
        for (target, body) in rewrites {
            session.events[target as usize - 1].body = body;
        }
        let Append { id, sender, txn_id, at, .. } = append;
        let event = Event { seq, id, sender, at, visibility, txn_id, body };
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
struct Draft<'a> {
    room: Room,
    events: &'a [Event],
    visibility: Visibility,
    body: EventBody,
    rewrites: Vec<(Seq, EventBody)>,
    history: Vec<(Seq, EventBody)>,
}

type Refusal = Result<(), AppendError>;

impl Draft<'_> {
    fn apply(&mut self, effect: &Effect, append: &Append, seq: Seq) -> Refusal {
        match effect {
            Effect::UseJoinSecret { hash } => self.use_join_secret(*hash, append),
            Effect::AddParticipant { participant, token } => {
                self.add_participant(participant, *token, append.at)
            }
            Effect::SetParticipantState { participant, from, to } => {
                self.set_state(*participant, *from, *to, append.at)
            }
            Effect::OfferAttachments { attachments, rules } => self.offer(attachments, *rules, append, seq),
            Effect::AnswerOffer { target, by, attachments, answer } => {
                self.answer(*target, *by, attachments, *answer, append)
            }
            Effect::WithdrawAttachments { target, attachments, reason } => {
                self.withdraw(*target, attachments, *reason, append)
            }
            Effect::ChangeMessage { target, by, change, keep_history } => {
                let changer = Changer { sender: append.sender, role: *by, seq, at: append.at };
                self.change(*target, change, changer, *keep_history)
            }
            Effect::ReactTo { target, by } => {
                self.visibility = message_for(self.event(*target), *by)?.0.visibility;
                Ok(())
            }
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

    fn add_participant(
        &mut self,
        participant: &Participant,
        token: Option<SecretHash>,
        at: Millis,
    ) -> Refusal {
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
        self.room.places.push(Place {
            participant: participant.clone(),
            token,
            was_let_in,
            read: 0,
            came_at: at,
            joined_at: was_let_in.then_some(at),
            left_at: None,
        });
        self.offer_earlier(participant);
        Ok(())
    }

    fn set_state(
        &mut self,
        id: ParticipantId,
        from: ParticipantState,
        to: ParticipantState,
        at: Millis,
    ) -> Refusal {
        let found = self.room.places.iter_mut().find(|place| place.participant.id == id);
        let place =
            found.filter(|place| place.participant.state == from).ok_or(AppendError(ErrorCode::NotFound))?;
        place.participant.state = to;
        place.was_let_in |= to == ParticipantState::Admitted;
        match to {
            ParticipantState::Admitted => {
                place.joined_at = place.joined_at.or(Some(at));
                place.left_at = None;
            }
            ParticipantState::Left | ParticipantState::Removed => place.left_at = Some(at),
            ParticipantState::Waiting => {}
        }
        let participant = place.participant.clone();
        self.offer_earlier(&participant);
        Ok(())
    }

    /// What was offered before somebody came: they trust nobody yet.
    fn offer_earlier(&mut self, participant: &Participant) {
        for file in &mut self.room.files {
            file.offer_to(participant, false);
        }
    }

    /// The files of a message, as they are before; refused where one cannot be offered.
    fn offerable(
        &mut self,
        attachments: &[AttachmentId],
        sender: Option<ParticipantId>,
    ) -> Result<OfferedKinds, AppendError> {
        let mut kinds = OfferedKinds::default();
        for id in attachments {
            let file = self
                .room
                .file(*id)
                .filter(|file| sender == Some(file.sender))
                .ok_or(AppendError(ErrorCode::AttachmentUnknown))?;
            match file.state {
                AttachmentState::Uploaded => kinds.add(file.direct.is_some()),
                AttachmentState::Uploading => return Err(AppendError(ErrorCode::UploadIncomplete)),
                _ => return Err(AppendError(ErrorCode::AttachmentUnknown)),
            }
        }
        Ok(kinds)
    }

    fn offer(
        &mut self,
        attachments: &[AttachmentId],
        rules: OfferRules,
        append: &Append,
        seq: Seq,
    ) -> Refusal {
        if !matches!(self.body, EventBody::MessagePosted(_)) {
            return Err(AppendError(ErrorCode::InvalidInput));
        }
        let kinds = self.offerable(attachments, append.sender)?;
        let consent = rules.consent(kinds)?;
        let to_customers = append.visibility == Visibility::All;
        let mut described = Vec::new();
        for (position, id) in attachments.iter().enumerate() {
            let file = self.room.file(*id).filter(|file| file.state == AttachmentState::Uploaded);
            // Named twice.
            let file = file.ok_or(AppendError(ErrorCode::AttachmentUnknown))?;
            file.state = AttachmentState::Offered;
            file.offer = Some(Offered { seq, position, to_customers, consent });
            described.extend(file.described());
        }
        let trusts = |who| match (append.sender, kinds.trusting()) {
            (Some(sender), Some(direct)) => self.room.trusts(who, sender, direct),
            _ => false,
        };
        let people: Vec<(Participant, bool)> = self
            .room
            .places
            .iter()
            .map(|place| (place.participant.clone(), trusts(place.participant.id)))
            .collect();
        let offer = self.offer_to_the_room(attachments, consent, people);
        if let EventBody::MessagePosted(message) = &mut self.body {
            message.attachments.extend(described);
            message.offer = (!attachments.is_empty()).then(|| Box::new(offer));
        }
        Ok(())
    }

    fn offer_to_the_room(
        &mut self,
        attachments: &[AttachmentId],
        consent: Consent,
        people: Vec<(Participant, bool)>,
    ) -> Offer {
        let mut offer = Offer { consent, accepted: Vec::new(), pending: Vec::new() };
        for (person, trusts) in people {
            let files = self.room.files.iter_mut().filter(|file| attachments.contains(&file.attachment));
            let states = files.map(|file| {
                file.offer_to(&person, trusts);
                file.recipients.get(&person.id).map(|standing| standing.state)
            });
            match states.last().flatten() {
                Some(RecipientState::Accepted) => offer.accepted.push(person.id),
                Some(_) => offer.pending.push(person.id),
                None => {}
            }
        }
        offer
    }

    /// Those of `attachments` that the message at `target` offers: all of them, or it is refused.
    fn offered(
        &mut self,
        target: Seq,
        attachments: &[AttachmentId],
    ) -> Result<Vec<&mut StoredFile>, AppendError> {
        let is_meant = |file: &&mut StoredFile| {
            file.state == AttachmentState::Offered
                && file.offer.is_some_and(|offer| offer.seq == target)
                && attachments.contains(&file.attachment)
        };
        let files: Vec<_> = self.room.files.iter_mut().filter(is_meant).collect();
        let is_complete = attachments.iter().all(|id| files.iter().any(|file| file.attachment == *id));
        if is_complete && !files.is_empty() {
            Ok(files)
        } else {
            Err(AppendError(ErrorCode::AttachmentUnknown))
        }
    }

    fn answer(
        &mut self,
        target: Seq,
        by: ParticipantRole,
        attachments: &[AttachmentId],
        answer: OfferAnswer,
        append: &Append,
    ) -> Refusal {
        self.visibility = message_for(self.event(target), by)?.0.visibility;
        let unknown = AppendError(ErrorCode::AttachmentUnknown);
        let recipient = append.sender.ok_or(unknown)?;
        for file in self.offered(target, attachments)? {
            let is_direct = file.direct.is_some();
            let standing = file.recipients.get_mut(&recipient).ok_or(unknown)?;
            answer.fits(is_direct)?;
            *standing = Standing { state: answer.apply(standing.state)?, answered_at: append.at };
        }
        Ok(())
    }

    fn withdraw(
        &mut self,
        target: Seq,
        attachments: &[AttachmentId],
        reason: WithdrawReason,
        append: &Append,
    ) -> Refusal {
        let (event, _) = message_for(self.event(target), ParticipantRole::Technician)?;
        let (sender, visibility) = (event.sender, event.visibility);
        if append.sender.is_some() && append.sender != sender {
            return Err(AppendError(ErrorCode::NotYourMessage));
        }
        self.visibility = visibility;
        for file in self.offered(target, attachments)? {
            file.withdraw();
            file.state = reason.state();
        }
        Ok(())
    }

    fn event(&self, seq: Seq) -> Option<&Event> {
        self.events.iter().find(|event| event.seq == seq)
    }

    fn change(
        &mut self,
        target: Seq,
        change: &MessageChange,
        changer: Changer,
        keep_history: bool,
    ) -> Refusal {
        let original = self.event(target).cloned();
        let body = change.apply(original.as_ref(), changer)?;
        if let Some(original) = original {
            self.visibility = original.visibility;
            if keep_history {
                self.history.push((target, original.body));
            }
        }
        let kept = match &body {
            EventBody::MessagePosted(message) => message.attachments.as_slice(),
            _ => &[],
        };
        for file in &mut self.room.files {
            let is_named = file.offer.is_some_and(|offer| offer.seq == target);
            if is_named && !kept.iter().any(|attachment| attachment.id == file.attachment) {
                file.withdraw();
            }
        }
        let about = self.events.iter().filter(|event| target_of(&event.body) == Some(target));
        let scrubbed = about.filter_map(|event| Some((event.seq, superseded(&event.body)?)));
        self.rewrites.extend(scrubbed);
        self.rewrites.push((target, body));
        Ok(())
    }

    fn end(&mut self, append: &Append) -> Refusal {
        if self.room.state() != SessionState::Open {
            return Err(AppendError(ErrorCode::SessionEnded));
        }
        self.room.ended_at = Some(append.at);
        self.room.secrets.clear();
        let offered = self.room.files.iter_mut().filter(|file| file.state == AttachmentState::Offered);
        for file in offered.filter(|file| file.is_unaccepted()) {
            file.withdraw();
            file.state = WithdrawReason::SessionEnded.state();
        }
        for standing in self.room.files.iter_mut().flat_map(|file| file.recipients.values_mut()) {
            if standing.state == RecipientState::Pending {
                standing.state = RecipientState::Revoked;
            }
        }
        Ok(())
    }
}
