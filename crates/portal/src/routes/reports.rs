//! How a session turned out, in its technician's words.

use std::sync::Arc;

use axum::{Json, extract::State};
use deskside_proto::{
    ErrorCode, OrgId, SessionId, WireError,
    api::{Report, ReportInput},
    limits::REPORT_MAX_CHARS,
};
use deskside_store::{NewReport, ReportOutcome};

use crate::{
    ApiError, App,
    auth::SignedIn,
    error::ApiResult,
    request::{Body, PathOf},
};

/// Writes the session's report, in place of the earlier one; who took part as a technician, and admins. Before the end or after.
#[utoipa::path(
    put, path = "/orgs/{org}/files/{session}/report", operation_id = "save_report", tag = "files",
    params(("org" = String, Path), ("session" = String, Path)), request_body = ReportInput,
    responses((status = 200, body = Report), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn save_report(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf(path): PathOf<(OrgId, SessionId)>,
    Body(input): Body<ReportInput>,
) -> ApiResult<Json<Report>> {
    let (org, session) = path;
    let ReportInput { outcome, notes } = input;
    let notes = notes.replace("\r\n", "\n").trim_end().to_owned();
    let is_odd = |c: char| c.is_control() && c != '\n' && c != '\t';
    if notes.chars().count() > REPORT_MAX_CHARS || notes.contains(is_odd) {
        return Err(ApiError::about(ErrorCode::InvalidInput, "notes"));
    }
    let at = app.env.now();
    let report = NewReport { org, session, by: user, at, outcome, notes: notes.clone() };
    match app.store.save_report(report).await? {
        ReportOutcome::Saved => {
            let by = app.store.user(user).await?.map(|user| user.name).unwrap_or_default();
            Ok(Json(Report { outcome, notes, by, at }))
        }
        ReportOutcome::NotFound => Err(ErrorCode::NotFound.into()),
        ReportOutcome::Forbidden => Err(ErrorCode::Forbidden.into()),
    }
}
