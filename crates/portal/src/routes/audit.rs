//! Who did what: read, downloaded, deleted, changed.

use std::sync::Arc;

use axum::{
    Json,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use deskside_proto::{
    ErrorCode, Millis, OrgId, SessionId, UserId, WireError,
    api::{AuditAction, AuditItem, AuditPage},
};
use deskside_store::{AuditEntry, AuditFilter};
use futures_util::stream;
use serde::Deserialize;

use super::sessions::refuse_foreign;
use crate::{
    App,
    auth::SignedIn,
    csv,
    error::ApiResult,
    request::{PathOf, QueryOf},
};

/// A player asks for many ranges of one file, a page for many thumbnails: within this time they are one look.
const ONE_LOOK_MILLIS: i64 = 10 * 60 * 1000;
const PAGE_DEFAULT: u32 = 50;
const PAGE_MAX: u32 = 200;
/// Notes that an export holds in memory at a time.
const EXPORT_PAGE: u32 = 500;
/// Characters of a note's subject.
const SUBJECT_MAX_CHARS: usize = 300;

#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Only notes before this place.
    before: Option<u64>,
    /// At most 200; 50 where it is not given.
    limit: Option<u32>,
    action: Option<AuditAction>,
    /// Of this person.
    #[param(value_type = Option<String>)]
    actor: Option<UserId>,
    #[param(value_type = Option<String>)]
    session: Option<SessionId>,
    /// Milliseconds since 1970: not earlier.
    #[param(value_type = Option<i64>)]
    from: Option<Millis>,
    /// Milliseconds since 1970: earlier than this.
    #[param(value_type = Option<i64>)]
    to: Option<Millis>,
}

impl AuditQuery {
    fn filter(self) -> AuditFilter {
        let Self { before, action, actor, session, from, to, .. } = self;
        AuditFilter { before, action, actor, session, from, to }
    }
}

/// The organisation's audit log, newest first; admins only.
#[utoipa::path(
    get, path = "/orgs/{org}/audit", operation_id = "list_audit", tag = "audit",
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
    let mut items = page(&app, user, org, query.filter(), limit + 1).await?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    Ok(Json(AuditPage { items, more }))
}

async fn page(
    app: &App,
    user: UserId,
    org: OrgId,
    filter: AuditFilter,
    limit: u32,
) -> ApiResult<Vec<AuditItem>> {
    if let Some(items) = app.store.audit_log(user, org, filter, limit).await? {
        return Ok(items);
    }
    refuse_foreign(app, user, org).await?;
    Err(ErrorCode::Forbidden.into())
}

/// The audit log, or what the filter leaves of it, as a table for spreadsheets (RFC 4180), newest first; admins only. `limit` is
/// not looked at.
#[utoipa::path(
    get, path = "/orgs/{org}/audit.csv", operation_id = "export_audit", tag = "audit",
    params(("org" = String, Path), AuditQuery),
    responses((status = 200, content_type = "text/csv"), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn export_audit(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(org): PathOf<OrgId>,
    QueryOf(query): QueryOf<AuditQuery>,
) -> ApiResult<Response> {
    let first = page(&app, user, org, query.filter(), EXPORT_PAGE).await?;
    note(&app, org, user, AuditAction::AuditExported, "").await?;
    let head = csv::row(["time", "person", "action", "subject", "session", "file", "person id", "place"]);
    let export = Export { app, user, org, filter: query.filter(), page: Some(first), head: Some(head) };
    let body = Body::from_stream(stream::try_unfold(export, Export::next));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"audit.csv\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, body).into_response())
}

/// An export that is under way: a page in memory at a time. Each page is asked for anew on the caller's behalf.
struct Export {
    app: Arc<App>,
    user: UserId,
    org: OrgId,
    filter: AuditFilter,
    /// What comes next; `None`: everything was sent.
    page: Option<Vec<AuditItem>>,
    head: Option<String>,
}

impl Export {
    async fn next(mut self) -> ApiResult<Option<(Bytes, Self)>> {
        let Some(page) = self.page.take() else { return Ok(None) };
        let mut text = self.head.take().map_or_else(String::new, |head| format!("{}{head}", csv::BOM));
        page.iter().for_each(|item| text.push_str(&line(item)));
        if let Some(last) = page.last().filter(|_| page.len() == EXPORT_PAGE as usize) {
            let filter = AuditFilter { before: Some(last.place), ..self.filter };
            self.page = Some(self::page(&self.app, self.user, self.org, filter, EXPORT_PAGE).await?);
        }
        Ok(Some((text.into(), self)))
    }
}

fn line(item: &AuditItem) -> String {
    let time = jiff::Timestamp::from_millisecond(item.at.0)
        .map_or_else(|_| item.at.0.to_string(), |at| at.to_string());
    let id = |id: Option<String>| id.unwrap_or_default();
    csv::row([
        time.as_str(),
        item.actor.as_deref().unwrap_or_default(),
        item.action.as_str(),
        &item.subject,
        &id(item.session_id.map(|id| id.to_string())),
        &id(item.attachment_id.map(|id| id.to_string())),
        &id(item.actor_id.map(|id| id.to_string())),
        &item.place.to_string(),
    ])
}

/// Adds a look at something, unless the same person has just looked at it.
pub(super) async fn note_read(app: &App, entry: AuditEntry) -> ApiResult<()> {
    let since = entry.at.plus(-ONE_LOOK_MILLIS);
    Ok(app.store.audit(entry, since).await?)
}

/// Adds what `actor` did to something that is about no session.
pub(super) async fn note(
    app: &App,
    org: OrgId,
    actor: UserId,
    action: AuditAction,
    subject: &str,
) -> ApiResult<()> {
    let at = app.env.now();
    let entry = AuditEntry {
        org,
        at,
        actor: Some(actor),
        action,
        session: None,
        attachment: None,
        subject: subject.chars().take(SUBJECT_MAX_CHARS).collect(),
    };
    Ok(app.store.audit(entry, at).await?)
}
