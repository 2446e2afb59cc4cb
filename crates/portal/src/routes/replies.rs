//! Texts that technicians keep ready.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use deskside_proto::{
    CannedReplyId, ErrorCode, OrgId, WireError,
    api::{CannedReply, CannedReplyInput, CannedReplyList},
    limits::{MESSAGE_MAX_CHARS, SHORTCUT_MAX_CHARS},
};
use deskside_store::PutReply;

use crate::{
    ApiError, App,
    auth::SignedIn,
    error::ApiResult,
    request::{Body, PathOf},
};

/// The organisation's texts, for members.
#[utoipa::path(
    get, path = "/orgs/{org}/canned-replies", operation_id = "list_canned_replies", tag = "settings",
    params(("org" = String, Path)),
    responses((status = 200, body = CannedReplyList), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn list_canned_replies(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(org): PathOf<OrgId>,
) -> ApiResult<Json<CannedReplyList>> {
    let replies = app.store.canned_replies(user, org).await?.ok_or(ErrorCode::NotFound)?;
    Ok(Json(CannedReplyList { replies }))
}

/// Adds a text; admins only.
#[utoipa::path(
    post, path = "/orgs/{org}/canned-replies", operation_id = "create_canned_reply", tag = "settings",
    params(("org" = String, Path)), request_body = CannedReplyInput,
    responses((status = 201, body = CannedReply), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn create_canned_reply(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(org): PathOf<OrgId>,
    Body(input): Body<CannedReplyInput>,
) -> ApiResult<(StatusCode, Json<CannedReply>)> {
    let id = CannedReplyId::new(app.env.now(), app.env.random());
    Ok((StatusCode::CREATED, Json(put(&app, user, org, id, input).await?)))
}

/// Changes a text; admins only.
#[utoipa::path(
    put, path = "/orgs/{org}/canned-replies/{reply}", operation_id = "update_canned_reply", tag = "settings",
    params(("org" = String, Path), ("reply" = String, Path)), request_body = CannedReplyInput,
    responses((status = 200, body = CannedReply), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn update_canned_reply(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf((org, id)): PathOf<(OrgId, CannedReplyId)>,
    Body(input): Body<CannedReplyInput>,
) -> ApiResult<Json<CannedReply>> {
    let known = app.store.canned_replies(user, org).await?.ok_or(ErrorCode::NotFound)?;
    if !known.iter().any(|reply| reply.id == id) {
        return Err(ErrorCode::NotFound.into());
    }
    Ok(Json(put(&app, user, org, id, input).await?))
}

/// Deletes a text; admins only.
#[utoipa::path(
    delete, path = "/orgs/{org}/canned-replies/{reply}", operation_id = "delete_canned_reply", tag = "settings",
    params(("org" = String, Path), ("reply" = String, Path)),
    responses((status = 204), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn delete_canned_reply(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf((org, id)): PathOf<(OrgId, CannedReplyId)>,
) -> ApiResult<StatusCode> {
    if app.store.canned_replies(user, org).await?.is_none() {
        return Err(ErrorCode::NotFound.into());
    }
    if app.store.delete_canned_reply(user, org, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ErrorCode::Forbidden.into())
    }
}

async fn put(
    app: &App,
    user: deskside_proto::UserId,
    org: OrgId,
    id: CannedReplyId,
    CannedReplyInput { shortcut, text }: CannedReplyInput,
) -> ApiResult<CannedReply> {
    if app.store.canned_replies(user, org).await?.is_none() {
        return Err(ErrorCode::NotFound.into());
    }
    let length = shortcut.chars().count();
    let is_word = shortcut.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if !(1..=SHORTCUT_MAX_CHARS).contains(&length) || !is_word {
        return Err(ApiError::about(ErrorCode::InvalidInput, "shortcut"));
    }
    if text.trim().is_empty() || text.chars().count() > MESSAGE_MAX_CHARS || text.contains('\0') {
        return Err(ApiError::about(ErrorCode::InvalidInput, "text"));
    }
    let reply = CannedReply { id, shortcut, text };
    match app.store.put_canned_reply(user, org, reply.clone()).await? {
        PutReply::Done => Ok(reply),
        PutReply::Forbidden => Err(ErrorCode::Forbidden.into()),
        PutReply::ShortcutTaken => Err(ApiError::about(ErrorCode::ShortcutTaken, "shortcut")),
        PutReply::TooMany => Err(ErrorCode::TooManyReplies.into()),
    }
}
