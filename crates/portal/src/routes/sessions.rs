//! Sessions as technicians list, open and end them.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use deskside_proto::{
    EndReason, ErrorCode, EventBody, OrgId, Participant, ParticipantId, ParticipantRole, ParticipantState,
    SessionId, UserId, WireError,
    api::{CreateSession, CreatedSession, JoinInfo, JoinKind, SessionPage, SessionView},
    limits::{JOIN_CODE_LIFE_MILLIS, JOIN_LINK_LIFE_MILLIS},
};
use deskside_store::{Append, Caller, Effect, JoinSecret, NewSession, SessionFilter};
use qrcode::{QrCode, render::svg};
use serde::Deserialize;

use crate::{
    ApiError, App,
    auth::{SessionCaller, SignedIn},
    endings::Ending,
    error::ApiResult,
    participants,
    request::{Body, Paging, PathOf, QueryOf, checked_name},
    secret,
};

/// Which sessions to list.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListState {
    #[default]
    Open,
    /// Ended or sealed.
    Closed,
}

#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    #[serde(default)]
    #[param(inline)]
    state: ListState,
}

/// Sessions of an organisation that the caller may see, newest first.
#[utoipa::path(
    get, path = "/orgs/{org}/sessions", operation_id = "list_sessions", tag = "sessions",
    params(("org" = String, Path), ListQuery, Paging),
    responses((status = 200, body = SessionPage), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn list_sessions(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(org): PathOf<OrgId>,
    QueryOf(query): QueryOf<ListQuery>,
    QueryOf(paging): QueryOf<Paging>,
) -> ApiResult<Json<SessionPage>> {
    refuse_foreign(&app, user, org).await?;
    let filter = match query.state {
        ListState::Open => SessionFilter::Open,
        ListState::Closed => SessionFilter::Closed,
    };
    let limit = paging.limit();
    let found = app.store.sessions(user, org, filter, paging.before, limit).await?;
    let next = (found.len() == limit as usize).then(|| found.last().map(|record| record.id)).flatten();
    Ok(Json(SessionPage { sessions: found.into_iter().map(participants::view).collect(), next }))
}

/// An organisation one does not belong to is not there.
pub async fn refuse_foreign(app: &App, user: UserId, org: OrgId) -> ApiResult<()> {
    match app.store.org_settings(user, org).await? {
        Some(_) => Ok(()),
        None => Err(ErrorCode::NotFound.into()),
    }
}

/// Opens a session and makes its code and link.
#[utoipa::path(
    post, path = "/orgs/{org}/sessions", operation_id = "create_session", tag = "sessions",
    params(("org" = String, Path)), request_body = CreateSession,
    responses((status = 201, body = CreatedSession), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn create_session(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(org): PathOf<OrgId>,
    Body(request): Body<CreateSession>,
) -> ApiResult<(StatusCode, Json<CreatedSession>)> {
    let title = match request.title.trim() {
        "" => String::new(),
        title => checked_name(title, "title")?,
    };
    let at = app.env.now();
    let id = SessionId::new(at, app.env.random());
    let (join, secrets) = new_join(&app)?;
    if !app.store.create_session(NewSession { id, org, created_by: user, title, at, secrets }).await? {
        return Err(ErrorCode::NotFound.into());
    }
    let session = visible(&app, user, id).await?;
    Ok((StatusCode::CREATED, Json(CreatedSession { session, join })))
}

/// A fresh code and link, and what the store keeps of them.
fn new_join(app: &App) -> ApiResult<(JoinInfo, Vec<JoinSecret>)> {
    let now = app.env.now();
    let (code, link_secret) = (secret::join_code(&app.env), secret::join_link(&app.env));
    let link = app.config.link_to(&format!("/join/{link_secret}"));
    let qr = QrCode::new(link.as_bytes()).map_err(ApiError::internal)?;
    let info = JoinInfo {
        code_expires_at: now.plus(JOIN_CODE_LIFE_MILLIS),
        link_expires_at: now.plus(JOIN_LINK_LIFE_MILLIS),
        qr_svg: qr.render::<svg::Color<'_>>().min_dimensions(256, 256).build(),
        code,
        link,
    };
    let secrets = vec![
        JoinSecret { hash: secret::hash(&info.code), kind: JoinKind::Code, expires_at: info.code_expires_at },
        JoinSecret {
            hash: secret::hash(&link_secret),
            kind: JoinKind::Link,
            expires_at: info.link_expires_at,
        },
    ];
    Ok((info, secrets))
}

async fn visible(app: &App, user: UserId, session: SessionId) -> ApiResult<SessionView> {
    let record = app.store.session(Caller::User(user), session).await?.ok_or(ErrorCode::NotFound)?;
    Ok(participants::view(record))
}

/// A session as the caller may see it; customers see their own.
#[utoipa::path(
    get, path = "/sessions/{session}", operation_id = "get_session", tag = "sessions",
    params(("session" = String, Path)),
    responses((status = 200, body = SessionView), (status = "4XX", body = WireError))
)]
pub async fn get_session(State(app): State<Arc<App>>, caller: SessionCaller) -> ApiResult<Json<SessionView>> {
    let record = app.store.session(caller.caller, caller.session).await?.ok_or(ErrorCode::NotFound)?;
    let you = caller.guest().map(|guest| &guest.participant);
    Ok(Json(participants::view_for(record, you)))
}

/// Ends a session for everybody; its transcript is written by itself.
#[utoipa::path(
    post, path = "/sessions/{session}/end", operation_id = "end_session", tag = "sessions",
    params(("session" = String, Path)),
    responses((status = 200, body = SessionView), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn end_session(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(session): PathOf<SessionId>,
) -> ApiResult<Json<SessionView>> {
    let you = participants::ensure(&app, user, session).await?;
    Ending::of(&app).end(session, Some(you.id), EndReason::EndedByTechnician).await?;
    Ok(Json(visible(&app, user, session).await?))
}

/// Makes a new code and link; the earlier ones are over.
#[utoipa::path(
    post, path = "/sessions/{session}/join", operation_id = "renew_join", tag = "sessions",
    params(("session" = String, Path)),
    responses((status = 200, body = JoinInfo), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn renew_join(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(session): PathOf<SessionId>,
) -> ApiResult<Json<JoinInfo>> {
    visible(&app, user, session).await?;
    let (join, secrets) = new_join(&app)?;
    if app.store.replace_join_secrets(user, session, secrets).await? {
        Ok(Json(join))
    } else {
        Err(ErrorCode::SessionEnded.into())
    }
}

/// Lets a waiting participant in.
#[utoipa::path(
    post, path = "/sessions/{session}/participants/{participant}/admit", operation_id = "admit_participant",
    tag = "sessions", params(("session" = String, Path), ("participant" = String, Path)),
    responses((status = 200, body = Participant), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn admit_participant(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(path): PathOf<(SessionId, ParticipantId)>,
) -> ApiResult<Json<Participant>> {
    let (session, participant) = path;
    let found = customer(&app, user, session, participant).await?;
    match found.state {
        ParticipantState::Admitted => return Ok(Json(found)),
        ParticipantState::Waiting => {}
        ParticipantState::Left | ParticipantState::Removed => {
            return Err(ErrorCode::RemovedFromSession.into());
        }
    }
    let admitted = Participant { state: ParticipantState::Admitted, ..found };
    let body = EventBody::ParticipantJoined { participant: admitted.clone() };
    move_to(&app, user, session, ParticipantState::Waiting, &admitted, body).await?;
    Ok(Json(admitted))
}

/// Turns a participant away or puts them out; their connections are cut.
#[utoipa::path(
    post, path = "/sessions/{session}/participants/{participant}/remove", operation_id = "remove_participant",
    tag = "sessions", params(("session" = String, Path), ("participant" = String, Path)),
    responses((status = 200, body = Participant), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn remove_participant(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(path): PathOf<(SessionId, ParticipantId)>,
) -> ApiResult<Json<Participant>> {
    let (session, participant) = path;
    let found = customer(&app, user, session, participant).await?;
    if found.state == ParticipantState::Removed {
        return Ok(Json(found));
    }
    let from = found.state;
    let removed = Participant { state: ParticipantState::Removed, ..found };
    let body = EventBody::ParticipantRemoved { participant_id: participant };
    move_to(&app, user, session, from, &removed, body).await?;
    Ok(Json(removed))
}

/// A customer of a session that `user` may see. Technicians come and go by their membership, not by each other's leave.
async fn customer(
    app: &App,
    user: UserId,
    session: SessionId,
    wanted: ParticipantId,
) -> ApiResult<Participant> {
    let record = app.store.session(Caller::User(user), session).await?.ok_or(ErrorCode::NotFound)?;
    let found = record.participants.into_iter().find(|p| p.id == wanted).ok_or(ErrorCode::NotFound)?;
    if found.role == ParticipantRole::Customer { Ok(found) } else { Err(ErrorCode::Forbidden.into()) }
}

async fn move_to(
    app: &App,
    user: UserId,
    session: SessionId,
    from: ParticipantState,
    moved: &Participant,
    body: EventBody,
) -> ApiResult<()> {
    let you = participants::ensure(app, user, session).await?;
    let effect = Effect::SetParticipantState { participant: moved.id, from, to: moved.state };
    let append = participants::append(app, session, you.id, body);
    app.writer.append(Append { effects: vec![effect], ..append }).await?;
    Ok(())
}
