//! Transcripts: as files, read in place, and the customer's copy (rows Z14–Z17).

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
    response::Response,
};
use deskside_proto::{
    ErrorCode, OrgId, Seq, SessionId, UserId, WireError,
    api::{AuditAction, SessionState, TranscriptFormat, TranscriptPage},
    limits::TRANSCRIPT_PAGE_MAX_ITEMS,
};
use deskside_store::{AuditEntry, Caller, SessionRecord};
use serde::Deserialize;

use super::{
    attachments::{Served, serve},
    audit,
};
use crate::{
    App,
    auth::SignedIn,
    blobs::Key,
    error::ApiResult,
    request::{PathOf, QueryOf},
    transcript,
};

/// Items of a page where no number is given.
const PAGE_DEFAULT: u32 = 100;

#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FormatQuery {
    /// `txt` where it is not given.
    #[param(inline)]
    pub format: Option<TranscriptFormat>,
}

/// The transcript as a file.
#[utoipa::path(
    get, path = "/orgs/{org}/files/{session}/transcript", operation_id = "get_transcript", tag = "files",
    params(("org" = String, Path), ("session" = String, Path), FormatQuery),
    responses(
        (status = 200, content_type = "text/plain"), (status = 206, content_type = "text/plain"),
        (status = "4XX", body = WireError)
    ),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn get_transcript(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf((org, session)): PathOf<(OrgId, SessionId)>,
    QueryOf(query): QueryOf<FormatQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let record = in_files(&app, user, org, session).await?;
    let format = query.format.unwrap_or(TranscriptFormat::Txt);
    let sealed = app.store.transcripts(session).await?;
    let file = sealed.into_iter().find(|file| file.format == format).ok_or(ErrorCode::TranscriptNotReady)?;
    note(&app, user, &record).await?;
    let (extension, media_type) = told(format);
    let served = Served {
        key: Key::transcript(org, session, format),
        name: format!("transcript-{session}.{extension}"),
        media_type: media_type.to_owned(),
        inline: false,
        sha256: file.sha256,
        size: file.size,
    };
    serve(&app, served, headers.get(header::RANGE)).await
}

/// How a file of that form is called and told to browsers.
pub(super) fn told(format: TranscriptFormat) -> (&'static str, &'static str) {
    match format {
        TranscriptFormat::Txt => ("txt", "text/plain; charset=utf-8"),
        TranscriptFormat::Html => ("html", "text/html; charset=utf-8"),
        TranscriptFormat::Json => ("json", "application/json"),
    }
}

#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ItemsQuery {
    /// Only what comes after this place.
    after: Option<Seq>,
    /// Instead: with this place in the middle.
    around: Option<Seq>,
    /// At most 200; 100 where it is not given.
    limit: Option<u32>,
}

/// A stretch of the transcript, to be read in place.
#[utoipa::path(
    get, path = "/orgs/{org}/files/{session}/items", operation_id = "read_transcript", tag = "files",
    params(("org" = String, Path), ("session" = String, Path), ItemsQuery),
    responses((status = 200, body = TranscriptPage), (status = "4XX", body = WireError)),
    security(("user" = []), ("user_cookie" = []))
)]
pub async fn read_transcript(
    State(app): State<Arc<App>>,
    SignedIn(user): SignedIn,
    PathOf((org, session)): PathOf<(OrgId, SessionId)>,
    QueryOf(query): QueryOf<ItemsQuery>,
) -> ApiResult<Json<TranscriptPage>> {
    let record = in_files(&app, user, org, session).await?;
    let limit = query.limit.unwrap_or(PAGE_DEFAULT).clamp(1, TRANSCRIPT_PAGE_MAX_ITEMS);
    let after = match query.around {
        Some(seq) => transcript::before(&*app.store, session, seq.min(record.head), limit).await?,
        None => query.after.unwrap_or(0),
    };
    note(&app, user, &record).await?;
    let (items, read) =
        transcript::stretch(&*app.store, &record, after.min(record.head), limit as usize).await?;
    let next = (read < record.head).then_some(read);
    Ok(Json(TranscriptPage { items, next, last: record.head }))
}

/// A session that is over, as `user` may see it in Files of `org`.
async fn in_files(app: &App, user: UserId, org: OrgId, session: SessionId) -> ApiResult<SessionRecord> {
    let record = app.store.session(Caller::User(user), session).await?;
    let over = record.filter(|record| record.org == org && record.state != SessionState::Open);
    over.ok_or_else(|| ErrorCode::NotFound.into())
}

async fn note(app: &App, user: UserId, record: &SessionRecord) -> ApiResult<()> {
    let (action, subject) = (AuditAction::TranscriptRead, record.title.clone());
    let (org, session, at) = (record.org, record.id, app.env.now());
    let (actor, session) = (Some(user), Some(session));
    let entry = AuditEntry { org, at, actor, action, session, attachment: None, subject };
    audit::note_read(app, entry).await
}
