//! Files: what stays of sessions, for the organisation's members only (rows Z15, Z16, Z17, Z22).

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use deskside_proto::{ErrorCode, OrgId, SessionId, WireError, api::FilesSession};
use deskside_store::{Deletion, DeletionOutcome};

use crate::{App, auth::SignedIn, error::ApiResult, request::PathOf};

/// One session in Files, with its attachments, people and report.
#[utoipa::path(
    get, path = "/orgs/{org}/files/{session}", operation_id = "get_files_session", tag = "files",
    params(("org" = String, Path), ("session" = String, Path)),
    responses((status = 200, body = FilesSession), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn get_files_session(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(path): PathOf<(OrgId, SessionId)>,
) -> ApiResult<Json<FilesSession>> {
    let (org, session) = path;
    let found = app.store.files_session(user, org, session).await?;
    found.map(Json).ok_or_else(|| ErrorCode::NotFound.into())
}

/// Deletes a session that is over, with its transcript and files, for good; admins only.
#[utoipa::path(
    delete, path = "/orgs/{org}/files/{session}", operation_id = "delete_session", tag = "files",
    params(("org" = String, Path), ("session" = String, Path)),
    responses((status = 204), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn delete_session(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(path): PathOf<(OrgId, SessionId)>,
) -> ApiResult<StatusCode> {
    let (org, session) = path;
    let deletion = Deletion { org, session, by: Some(user), at: app.env.now() };
    match app.store.delete_session(deletion).await? {
        DeletionOutcome::Done => {
            app.eraser.wake();
            Ok(StatusCode::NO_CONTENT)
        }
        DeletionOutcome::NotFound => Err(ErrorCode::NotFound.into()),
        DeletionOutcome::Forbidden => Err(ErrorCode::Forbidden.into()),
        DeletionOutcome::NotOver => Err(ErrorCode::SessionNotOver.into()),
        DeletionOutcome::Held => Err(ErrorCode::SessionHeld.into()),
    }
}
