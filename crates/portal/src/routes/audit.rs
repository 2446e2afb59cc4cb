//! Who looked at what from outside, and who deleted it.

use std::sync::Arc;

use axum::{Json, extract::State};
use deskside_proto::{ErrorCode, OrgId, WireError, api::AuditPage};
use deskside_store::AuditEntry;
use serde::Deserialize;

use super::sessions::refuse_foreign;
use crate::{
    App,
    auth::SignedIn,
    error::ApiResult,
    request::{PathOf, QueryOf},
};

/// A player asks for many ranges of one file, a page for many thumbnails: within this time they are one look.
const ONE_LOOK_MILLIS: i64 = 10 * 60 * 1000;
const PAGE_DEFAULT: u32 = 50;
const PAGE_MAX: u32 = 200;

#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Only notes before this place.
    before: Option<u64>,
    /// At most 200; 50 where it is not given.
    limit: Option<u32>,
}

/// The organisation's audit log, newest first; admins only.
#[utoipa::path(
    get, path = "/orgs/{org}/audit", operation_id = "list_audit", tag = "files",
    params(("org" = String, Path), AuditQuery),
    responses((status = 200, body = AuditPage), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn list_audit(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(org): PathOf<OrgId>,
    QueryOf(query): QueryOf<AuditQuery>,
) -> ApiResult<Json<AuditPage>> {
    let limit = query.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX);
    let found = app.store.audit_log(user, org, query.before, limit + 1).await?;
    let Some(mut items) = found else {
        refuse_foreign(&app, user, org).await?;
        return Err(ErrorCode::Forbidden.into());
    };
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    Ok(Json(AuditPage { items, more }))
}

/// Adds a look at something, unless the same person has just looked at it.
pub(super) async fn note_read(app: &App, entry: AuditEntry) -> ApiResult<()> {
    let since = entry.at.plus(-ONE_LOOK_MILLIS);
    Ok(app.store.audit(entry, since).await?)
}
