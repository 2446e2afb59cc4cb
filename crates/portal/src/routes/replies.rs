//! Texts that technicians keep ready.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use deskside_proto::{
    CannedReplyId, ErrorCode, OrgId, UserId, WireError,
    api::{CannedReply, CannedReplyInput, CannedReplyList},
    limits::{MESSAGE_MAX_CHARS, SHORTCUT_MAX_CHARS},
};
use deskside_store::{ReplyChange, ReplyOutcome};

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
    let reply = checked(id, input)?;
    change(&app, user, org, ReplyChange::Create(reply.clone())).await?;
    Ok((StatusCode::CREATED, Json(reply)))
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
    let reply = checked(id, input)?;
    change(&app, user, org, ReplyChange::Update(reply.clone())).await?;
    Ok(Json(reply))
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
    change(&app, user, org, ReplyChange::Delete(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn checked(
    id: CannedReplyId,
    CannedReplyInput { shortcut, text }: CannedReplyInput,
) -> ApiResult<CannedReply> {
    let length = shortcut.chars().count();
    let is_word = shortcut.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if !(1..=SHORTCUT_MAX_CHARS).contains(&length) || !is_word {
        return Err(ApiError::about(ErrorCode::InvalidInput, "shortcut"));
    }
    if text.trim().is_empty() || text.chars().count() > MESSAGE_MAX_CHARS || text.contains('\0') {
        return Err(ApiError::about(ErrorCode::InvalidInput, "text"));
    }
    Ok(CannedReply { id, shortcut, text })
}

async fn change(app: &App, user: UserId, org: OrgId, change: ReplyChange) -> ApiResult<()> {
    match app.store.change_canned_reply(user, org, change).await? {
        ReplyOutcome::Done => Ok(()),
        ReplyOutcome::NotFound => Err(ErrorCode::NotFound.into()),
        ReplyOutcome::Forbidden => Err(ErrorCode::Forbidden.into()),
        ReplyOutcome::ShortcutTaken => Err(ApiError::about(ErrorCode::ShortcutTaken, "shortcut")),
        ReplyOutcome::TooMany => Err(ErrorCode::TooManyReplies.into()),
    }
}
