//! How a customer comes in: by a code or a link, with a name and nothing else.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use deskside_proto::{
    ErrorCode, EventBody, Participant, ParticipantId, ParticipantRole, ParticipantState, WireError,
    api::{ClientKind, JoinKind, JoinLookup, JoinPreview, JoinRequest, JoinResponse},
};
use deskside_store::{Append, Caller, Effect, JoinTarget, SecretHash};

use super::auth::with_cookie;
use crate::{
    App,
    auth::{cookies, credentials},
    error::ApiResult,
    participants,
    request::{Body, ClientIp, checked_name},
    secret,
};

/// Asks where a code or link leads, without using it.
#[utoipa::path(
    post, path = "/join/look-up", operation_id = "look_up_join", tag = "join", request_body = JoinLookup,
    responses((status = 200, body = JoinPreview), (status = "4XX", body = WireError)), security(())
)]
pub async fn look_up_join(
    State(app): State<Arc<App>>,
    ClientIp(from): ClientIp,
    Body(request): Body<JoinLookup>,
) -> ApiResult<Json<JoinPreview>> {
    app.rates.join(from, &request.secret)?;
    let (_, target) = target(&app, &request.secret).await?;
    Ok(Json(JoinPreview {
        lobby: lobby(&target),
        org_name: target.org_name,
        kind: target.kind,
        expires_at: target.expires_at,
    }))
}

/// One answer for codes that were never given, are used up, expired or mistyped.
async fn target(app: &App, typed: &str) -> ApiResult<(SecretHash, JoinTarget)> {
    let hash = secret::hash_join_secret(typed).ok_or(ErrorCode::JoinCodeInvalid)?;
    let target = app.store.join_target(hash, app.env.now()).await?.ok_or(ErrorCode::JoinCodeInvalid)?;
    Ok((hash, target))
}

fn lobby(target: &JoinTarget) -> bool {
    match target.kind {
        JoinKind::Code => target.settings.lobby_for_codes,
        JoinKind::Link => target.settings.lobby_for_links,
    }
}

/// Comes in, or to the lobby.
#[utoipa::path(
    post, path = "/join", operation_id = "join_session", tag = "join", request_body = JoinRequest,
    responses((status = 200, body = JoinResponse), (status = "4XX", body = WireError)), security(())
)]
pub async fn join_session(
    State(app): State<Arc<App>>,
    ClientIp(from): ClientIp,
    Body(request): Body<JoinRequest>,
) -> ApiResult<Response> {
    app.rates.join(from, &request.secret)?;
    let name = checked_name(&request.name, "name")?;
    let (hash, target) = target(&app, &request.secret).await?;
    let waits = lobby(&target);
    let you = Participant {
        id: ParticipantId::new(app.env.now(), app.env.random()),
        name,
        role: ParticipantRole::Customer,
        state: if waits { ParticipantState::Waiting } else { ParticipantState::Admitted },
        user_id: None,
    };
    let token = format!("{}{}", credentials::GUEST_TOKEN, secret::token(&app.env));
    let append = come_in(&app, &target, &you, hash, secret::hash(&token));
    app.writer.append(append).await.map_err(|error| match error.code() {
        // Between look-up and commit the session ended or somebody else used the code.
        ErrorCode::SessionEnded | ErrorCode::NotFound => ErrorCode::JoinCodeInvalid,
        code => code,
    })?;
    answer(&app, &target, you, token, request.client).await
}

fn come_in(app: &App, target: &JoinTarget, you: &Participant, hash: SecretHash, token: SecretHash) -> Append {
    let participant = you.clone();
    let body = match you.state {
        ParticipantState::Waiting => EventBody::ParticipantWaiting { participant },
        _ => EventBody::ParticipantJoined { participant },
    };
    let effects = vec![
        Effect::UseJoinSecret { hash },
        Effect::AddParticipant { participant: you.clone(), token: Some(token) },
    ];
    Append { effects, ..participants::append(app, target.session, you.id, body) }
}

async fn answer(
    app: &App,
    target: &JoinTarget,
    you: Participant,
    token: String,
    client: ClientKind,
) -> ApiResult<Response> {
    let caller = Caller::Guest { session: target.session, participant: you.id };
    let record = app.store.session(caller, target.session).await?.ok_or(ErrorCode::JoinCodeInvalid)?;
    let session = participants::view_for(record, Some(&you));
    let response = |token| Json(JoinResponse { session, you, token }).into_response();
    match client {
        ClientKind::Desktop => Ok(response(Some(token))),
        ClientKind::Browser => {
            with_cookie(response(None), &cookies::guest_name(target.session), &token, cookies::GUEST_MAX_AGE)
        }
    }
}
