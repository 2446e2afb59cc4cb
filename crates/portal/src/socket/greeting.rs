//! The first frame, and who the connection speaks for.

use deskside_proto::{
    ClientMessage, ErrorCode, PROTOCOL_VERSION, Participant, ParticipantRole, ParticipantState, Seq,
    ServerMessage, api::SessionState, limits::CLIENT_FRAME_MAX_BYTES,
};
use deskside_store::{Caller, SessionRecord};

use super::Seat;
use crate::{App, error::ApiResult, hub::Membership, participants};

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

/// The session as it is now, if the caller still may see it.
pub(super) async fn record(app: &App, seat: &Seat) -> ApiResult<SessionRecord> {
    Ok(app.store.session(seat.caller, seat.session).await?.ok_or(ErrorCode::NotFound)?)
}

/// Whom the connection speaks for by `record`: a customer, or a member of the organisation, who comes in with it.
pub(super) async fn participant(app: &App, seat: &Seat, record: &SessionRecord) -> ApiResult<Participant> {
    match seat.caller {
        Caller::Guest { participant, .. } => {
            let found = record.participants.iter().find(|p| p.id == participant);
            let you = found.cloned().ok_or(ErrorCode::RemovedFromSession)?;
            participants::refuse_gone(&you)?;
            participants::refuse_late(app, record)?;
            Ok(you)
        }
        Caller::User(user) => {
            let place = record.participants.iter().find(|p| p.user_id == Some(user)).cloned();
            match (record.state, place) {
                (SessionState::Open, Some(you)) if you.state == ParticipantState::Admitted => Ok(you),
                (SessionState::Open, _) => participants::ensure(app, user, seat.session).await,
                // Over: those who were there may read on, the others have Files.
                (_, place) => place.ok_or_else(|| ErrorCode::SessionEnded.into()),
            }
        }
    }
}

/// A place in the room, and what is known of it.
pub(super) struct Entered {
    pub(super) hub: Membership,
    pub(super) you: Participant,
    pub(super) record: SessionRecord,
}

/// Joins the room of a session that was `record` a moment ago. It is read again once the connection is in the room: whoever was
/// let in or put out meanwhile is not overlooked.
pub(super) async fn enter(app: &App, seat: &Seat, record: &SessionRecord) -> ApiResult<Entered> {
    let mut you = participant(app, seat, record).await?;
    loop {
        let waiting = you.state == ParticipantState::Waiting;
        let hub = app.hub.join(seat.session, &you, waiting, app.config.socket.queue);
        match now(app, seat).await {
            Ok((now, record)) if now.state == you.state => return Ok(Entered { hub, you, record }),
            other => {
                app.hub.leave(seat.session, hub.id);
                you = other?.0;
            }
        }
    }
}

/// Whom the connection speaks for now.
pub(super) async fn now(app: &App, seat: &Seat) -> ApiResult<(Participant, SessionRecord)> {
    let record = record(app, seat).await?;
    Ok((participant(app, seat, &record).await?, record))
}

/// The `welcome` frame for `you`, and the place after which the log is sent.
pub(super) async fn welcome(
    app: &App,
    seat: &Seat,
    you: &Participant,
    record: SessionRecord,
    resume: Resume,
) -> ApiResult<(ServerMessage, Seq)> {
    let admitted = you.state == ParticipantState::Admitted;
    let is_technician = you.role == ParticipantRole::Technician;
    let head = if admitted { record.head } else { 0 };
    let online = if admitted { app.hub.online(seat.session, you.id) } else { vec![you.id] };
    let seen_as = (!is_technician).then_some(you);
    let after = resume.after(head);
    let read = if admitted { record.read.clone() } else { Vec::new() };
    let attachments = &record.settings.attachments;
    // Most people may send files whether they wrote or not: nobody asks for them.
    let matters =
        admitted && attachments.may_attach(you.role, true) != attachments.may_attach(you.role, false);
    let has_written = matters && app.store.has_written(seat.session, you.id).await?;
    let welcome = ServerMessage::Welcome {
        you: you.clone(),
        session: participants::view_for(record, seen_as),
        head,
        now: app.env.now(),
        online,
        first: after + 1,
        read,
        has_written,
    };
    Ok((welcome, after))
}
