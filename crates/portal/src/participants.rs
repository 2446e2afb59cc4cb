//! Places in a session: who is let in, and how a signed-in person comes in.

use deskside_proto::{
    ErrorCode, EventBody, EventId, Participant, ParticipantId, ParticipantRole, ParticipantState, SessionId,
    UserId, Visibility,
    api::{SessionState, SessionView},
};
use deskside_store::{Append, Caller, Effect, SessionRecord};

use crate::{App, auth::SessionCaller, error::ApiResult};

/// Refuses those who left or were removed.
pub fn refuse_gone(participant: &Participant) -> Result<(), ErrorCode> {
    match participant.state {
        ParticipantState::Waiting | ParticipantState::Admitted => Ok(()),
        ParticipantState::Left | ParticipantState::Removed => Err(ErrorCode::RemovedFromSession),
    }
}

/// Refuses everybody who is not let in.
pub fn refuse_not_admitted(participant: &Participant) -> Result<(), ErrorCode> {
    refuse_gone(participant)?;
    if participant.state == ParticipantState::Waiting { Err(ErrorCode::WaitingForAdmission) } else { Ok(()) }
}

/// The caller's place in `record`, an open session that they are let into: only who is in the room sends files.
pub async fn in_room(app: &App, caller: &SessionCaller, record: &SessionRecord) -> ApiResult<Participant> {
    if record.state != SessionState::Open {
        return Err(ErrorCode::SessionEnded.into());
    }
    let place = match caller.caller {
        Caller::Guest { participant, .. } => {
            record.participants.iter().find(|p| p.id == participant).cloned()
        }
        Caller::User(user) => app.store.participant_of(user, caller.session).await?,
    };
    let place = place.ok_or(ErrorCode::Forbidden)?;
    refuse_not_admitted(&place)?;
    Ok(place)
}

/// A customer who was away when the session ended may read the rest, and save what was sent to
/// them, for a while and not after that (row Z17).
pub fn refuse_late(app: &App, record: &SessionRecord) -> Result<(), ErrorCode> {
    let grace = app.config.socket.ended_grace_millis;
    let over = record.ended_at.is_some_and(|at| app.env.now().since(at) > grace);
    if record.state != SessionState::Open && over { Err(ErrorCode::SessionEnded) } else { Ok(()) }
}

/// An event that `sender` causes, without effects.
#[must_use]
pub fn append(app: &App, session: SessionId, sender: ParticipantId, body: EventBody) -> Append {
    let now = app.env.now();
    Append {
        session,
        id: EventId::new(now, app.env.random()),
        sender: Some(sender),
        txn_id: None,
        at: now,
        visibility: Visibility::All,
        body,
        effects: Vec::new(),
    }
}

/// The place of `user` in a session they may see. The first time it is made, which is an event.
pub async fn ensure(app: &App, user: UserId, session: SessionId) -> ApiResult<Participant> {
    let known = app.store.session(Caller::User(user), session).await?;
    if known.is_none() {
        return Err(ErrorCode::NotFound.into());
    }
    if let Some(participant) = app.store.participant_of(user, session).await? {
        return come_back(app, session, participant).await;
    }
    let record = app.store.user(user).await?.ok_or(ErrorCode::NotSignedIn)?;
    let participant = Participant {
        id: ParticipantId::new(app.env.now(), app.env.random()),
        name: record.name,
        role: ParticipantRole::Technician,
        state: ParticipantState::Admitted,
        user_id: Some(user),
    };
    let effect = Effect::AddParticipant { participant: participant.clone(), token: None };
    let body = EventBody::ParticipantJoined { participant: participant.clone() };
    let append = Append { effects: vec![effect], ..append(app, session, participant.id, body) };
    match app.writer.append(append).await {
        Ok(_) => Ok(participant),
        // Two connections of one person came at once: the other one made the place.
        Err(refused) if refused.code() == ErrorCode::InvalidInput => {
            app.store.participant_of(user, session).await?.ok_or_else(|| ErrorCode::NotFound.into())
        }
        Err(refused) => Err(refused.into()),
    }
}

/// A member of the organisation who left can come again.
async fn come_back(app: &App, session: SessionId, participant: Participant) -> ApiResult<Participant> {
    if participant.state == ParticipantState::Admitted {
        return Ok(participant);
    }
    let back = Participant { state: ParticipantState::Admitted, ..participant.clone() };
    let effect = Effect::SetParticipantState {
        participant: participant.id,
        from: participant.state,
        to: ParticipantState::Admitted,
    };
    let body = EventBody::ParticipantJoined { participant: back.clone() };
    // By the portal itself: a sender who is not let in is refused.
    let append = Append { effects: vec![effect], sender: None, ..append(app, session, participant.id, body) };
    app.writer.append(append).await?;
    Ok(back)
}

/// A session as everybody who is let in sees it.
#[must_use]
pub fn view(record: SessionRecord) -> SessionView {
    SessionView {
        id: record.id,
        org_id: record.org,
        org_name: record.org_name,
        title: record.title,
        state: record.state,
        created_at: record.created_at,
        ended_at: record.ended_at,
        participants: record.participants,
        head: record.head,
        chat: record.settings.chat,
        attachments: record.settings.attachments,
        unread: record.unread,
    }
}

/// A session as somebody in the lobby sees it: nothing of what happens inside.
#[must_use]
pub fn lobby_view(record: SessionRecord, you: &Participant) -> SessionView {
    SessionView { title: String::new(), participants: vec![you.clone()], head: 0, ..view(record) }
}

/// The view that fits `caller`.
#[must_use]
pub fn view_for(record: SessionRecord, you: Option<&Participant>) -> SessionView {
    match you {
        Some(you) if you.state != ParticipantState::Admitted => lobby_view(record, you),
        _ => view(record),
    }
}
