//! What stands in a session's vault, what became of its files, and holds (rows Z14, Z15, A05).

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use deskside_proto::{
    ErrorCode, OrgId, SessionId, UserId, WireError,
    api::{FileActivity, HoldInput, SessionVault},
    limits::HOLD_REASON_MAX_CHARS,
};
use deskside_store::{HoldChange, HoldOutcome};

use crate::{
    ApiError, App,
    auth::SignedIn,
    error::ApiResult,
    request::{Body, PathOf},
};

/// Files of the session's vault with their hashes, and its place in the organisation's chain of manifests.
#[utoipa::path(
    get, path = "/orgs/{org}/files/{session}/vault", operation_id = "get_session_vault", tag = "files",
    params(("org" = String, Path), ("session" = String, Path)),
    responses((status = 200, body = SessionVault), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn get_session_vault(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf((org, session)): PathOf<(OrgId, SessionId)>,
) -> ApiResult<Json<SessionVault>> {
    let vault = app.store.session_vault(user, org, session).await?;
    vault.map(Json).ok_or_else(|| ErrorCode::NotFound.into())
}

/// Every file of the session: who sent it, who got it, what became of it.
#[utoipa::path(
    get, path = "/orgs/{org}/files/{session}/activity", operation_id = "list_file_activity", tag = "files",
    params(("org" = String, Path), ("session" = String, Path)),
    responses((status = 200, body = [FileActivity]), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn list_file_activity(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf((org, session)): PathOf<(OrgId, SessionId)>,
) -> ApiResult<Json<Vec<FileActivity>>> {
    let activity = app.store.file_activity(user, org, session).await?;
    activity.map(Json).ok_or_else(|| ErrorCode::NotFound.into())
}

/// Keeps a session that is over from being deleted, by time or by people; admins only.
#[utoipa::path(
    put, path = "/orgs/{org}/files/{session}/hold", operation_id = "hold_session", tag = "files",
    params(("org" = String, Path), ("session" = String, Path)), request_body = HoldInput,
    responses((status = 204), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn hold_session(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(path): PathOf<(OrgId, SessionId)>,
    Body(input): Body<HoldInput>,
) -> ApiResult<StatusCode> {
    let reason = input.reason.trim();
    let fits = (1..=HOLD_REASON_MAX_CHARS).contains(&reason.chars().count());
    if !fits || reason.chars().any(char::is_control) {
        return Err(ApiError::about(ErrorCode::InvalidInput, "reason"));
    }
    change_hold(&app, user, path, Some(reason.to_owned())).await
}

/// Lets a held session go: from then on it can be deleted again; admins only.
#[utoipa::path(
    delete, path = "/orgs/{org}/files/{session}/hold", operation_id = "release_session", tag = "files",
    params(("org" = String, Path), ("session" = String, Path)),
    responses((status = 204), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn release_session(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(path): PathOf<(OrgId, SessionId)>,
) -> ApiResult<StatusCode> {
    change_hold(&app, user, path, None).await
}

async fn change_hold(
    app: &App,
    user: UserId,
    (org, session): (OrgId, SessionId),
    reason: Option<String>,
) -> ApiResult<StatusCode> {
    let change = HoldChange { org, session, user, at: app.env.now(), reason };
    match app.store.change_hold(change).await? {
        HoldOutcome::Done => Ok(StatusCode::NO_CONTENT),
        HoldOutcome::NotFound => Err(ErrorCode::NotFound.into()),
        HoldOutcome::Forbidden => Err(ErrorCode::Forbidden.into()),
    }
}
