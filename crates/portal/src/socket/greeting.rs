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

/// Where a client wants its log to go on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resume {
    after: Seq,
    /// At most so many of the newest entries.
    tail: Option<u32>,
}

impl Resume {
    /// The place after which the log is sent, when it has come to `head`.
    pub(super) fn after(self, head: Seq) -> Seq {
        match self.tail {
            Some(tail) => self.after.max(head.saturating_sub(u64::from(tail))),
            None => self.after,
        }
    }
}

/// What the first frame asks for, if it is the `hello` it must be.
pub(super) fn hello(text: &str) -> Result<Resume, ErrorCode> {
    match parse(text)? {
        ClientMessage::Hello { protocol: PROTOCOL_VERSION, resume_after, tail } => {
            Ok(Resume { after: resume_after, tail })
        }
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

/// The `welcome` frame for `you`, and the place after which the log is sent.
pub(super) async fn welcome(
    app: &App,
    caller: &SessionCaller,
    you: &Participant,
    resume: Resume,
) -> ApiResult<(ServerMessage, Seq)> {
    let record = app.store.session(caller.caller, caller.session).await?.ok_or(ErrorCode::NotFound)?;
    let admitted = you.state == ParticipantState::Admitted;
    let is_technician = you.role == ParticipantRole::Technician;
    let head = if admitted { record.head } else { 0 };
    let online = if admitted { app.hub.online(caller.session, you.id) } else { vec![you.id] };
    let seen_as = (!is_technician).then_some(you);
    let after = resume.after(head);
    let read = if admitted { record.read.clone() } else { Vec::new() };
    let welcome = ServerMessage::Welcome {
        you: you.clone(),
        session: participants::view_for(record, seen_as),
        head,
        now: app.env.now(),
        online,
        first: after + 1,
        read,
    };
    Ok((welcome, after))
}
