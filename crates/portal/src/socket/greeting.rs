//! The first frame, and who the connection speaks for.

use deskside_proto::{
    ClientMessage, ErrorCode, PROTOCOL_VERSION, Participant, ParticipantRole, ParticipantState, Seq,
    ServerMessage, api::SessionState, limits::CLIENT_FRAME_MAX_BYTES,
};
use deskside_store::Caller;

use crate::{App, auth::SessionCaller, error::ApiResult, participants};

/// Reads a client's frame.
pub(super) fn parse(text: &str) -> Result<ClientMessage, ErrorCode> {
    if text.len() > CLIENT_FRAME_MAX_BYTES {
        return Err(ErrorCode::FrameTooLarge);
    }
    serde_json::from_str(text).map_err(|_| ErrorCode::Malformed)
}

/// Seq to resume after, if the first frame is the `hello` it must be.
pub(super) fn hello(text: &str) -> Result<Seq, ErrorCode> {
    match parse(text)? {
        ClientMessage::Hello { protocol: PROTOCOL_VERSION, resume_after } => Ok(resume_after),
        ClientMessage::Hello { .. } => Err(ErrorCode::UnsupportedProtocol),
        _ => Err(ErrorCode::HelloExpected),
    }
}

/// Whom the connection speaks for: a customer as they are now, or a member of the organisation, who comes in with it.
pub(super) async fn participant(app: &App, caller: &SessionCaller) -> ApiResult<Participant> {
    let record = app.store.session(caller.caller, caller.session).await?.ok_or(ErrorCode::NotFound)?;
    match caller.caller {
        Caller::Guest { participant, .. } => {
            let found = record.participants.iter().find(|p| p.id == participant);
            let you = found.cloned().ok_or(ErrorCode::RemovedFromSession)?;
            participants::refuse_gone(&you)?;
            participants::refuse_late(app, &record)?;
            Ok(you)
        }
        Caller::User(user) if record.state == SessionState::Open => {
            participants::ensure(app, user, caller.session).await
        }
        // Over: those who were there may read on, the others have Files.
        Caller::User(user) => {
            let place = app.store.participant_of(user, caller.session).await?;
            place.ok_or_else(|| ErrorCode::SessionEnded.into())
        }
    }
}

/// The `welcome` frame for `you`.
pub(super) async fn welcome(
    app: &App,
    caller: &SessionCaller,
    you: &Participant,
) -> ApiResult<ServerMessage> {
    let record = app.store.session(caller.caller, caller.session).await?.ok_or(ErrorCode::NotFound)?;
    let admitted = you.state == ParticipantState::Admitted;
    let is_technician = you.role == ParticipantRole::Technician;
    let head = if admitted { record.head } else { 0 };
    let online = if admitted { app.hub.online(caller.session, you.id) } else { vec![you.id] };
    let seen_as = (!is_technician).then_some(you);
    Ok(ServerMessage::Welcome {
        you: you.clone(),
        session: participants::view_for(record, seen_as),
        head,
        now: app.env.now(),
        online,
    })
}
