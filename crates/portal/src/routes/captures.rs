//! Snapshots and recordings of technicians (row Z02): who may add one, and taking one back after the session.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use deskside_proto::{
    AttachmentId, AttachmentRetention, CaptureKind, ErrorCode, OrgId, Participant, ParticipantRole,
    ParticipantState, SessionId, WireError, api::SessionState,
};
use deskside_store::{Caller, CaptureDeletion, SessionRecord, captures::may_still_join};

use crate::{
    App,
    auth::{SessionCaller, SignedIn},
    error::ApiResult,
    participants,
    request::PathOf,
};

/// The caller's place in `record`, as a technician in the open room; or one who took part, as long as captures join.
pub(super) async fn maker(
    app: &App,
    caller: &SessionCaller,
    record: &SessionRecord,
) -> ApiResult<Participant> {
    let user = match caller.caller {
        Caller::User(user) => user,
        Caller::Guest { .. } => return Err(ErrorCode::CapturesNotAllowed.into()),
    };
    if record.state == SessionState::Open {
        return participants::in_room(app, caller, record).await;
    }
    // The kind does not matter: that it is one does.
    if !may_join(app, record, Some(CaptureKind::Snapshot)) {
        return Err(ErrorCode::SessionEnded.into());
    }
    let place = app.store.participant_of(user, record.id).await?.ok_or(ErrorCode::Forbidden)?;
    let took_part = matches!(place.state, ParticipantState::Admitted | ParticipantState::Left);
    if place.role == ParticipantRole::Technician && took_part {
        Ok(place)
    } else {
        Err(ErrorCode::Forbidden.into())
    }
}

/// Whether a file joins a session that is over: a capture, for a while, where files are kept at all.
pub(super) fn may_join(app: &App, record: &SessionRecord, capture: Option<CaptureKind>) -> bool {
    capture.is_some()
        && record.settings.attachments.retention != AttachmentRetention::SessionOnly
        && record.ended_at.is_some_and(|ended| may_still_join(ended, app.env.now()))
}

/// Takes a capture of a session that is over back, for good. While it is open, the message that names it is deleted instead.
#[utoipa::path(
    delete, path = "/orgs/{org}/files/{session}/captures/{attachment}", operation_id = "delete_capture", tag = "files",
    params(("org" = String, Path), ("session" = String, Path), ("attachment" = String, Path)),
    responses((status = 204), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn delete_capture(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(path): PathOf<(OrgId, SessionId, AttachmentId)>,
) -> ApiResult<StatusCode> {
    let (org, session, attachment) = path;
    let settings = app.store.org_settings(user, org).await?.ok_or(ErrorCode::NotFound)?;
    let policy = settings.chat.delete;
    let deletion = CaptureDeletion { org, session, attachment, by: user, at: app.env.now(), policy };
    app.store.delete_capture(deletion).await??;
    app.eraser.wake();
    Ok(StatusCode::NO_CONTENT)
}
