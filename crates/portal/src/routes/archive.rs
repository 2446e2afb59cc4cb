//! Several stored files as one ZIP.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use deskside_proto::{AttachmentId, ErrorCode, SessionId, WireError};
use deskside_store::AttachmentRecord;
use serde::Deserialize;

use crate::{
    ApiError, App,
    auth::SessionCaller,
    blobs::Key,
    error::ApiResult,
    request::{PathOf, QueryOf},
    routes::attachments::granted,
    zipped::{self, Member, MemberContent},
};

/// Files of one archive.
const FILES_MAX: usize = 500;

#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ArchiveQuery {
    /// Attachments of the session, with commas between them; at most 500.
    ids: String,
}

/// Files as one ZIP, stored as they are. Refused as a whole where one of them is not the caller's to have.
#[utoipa::path(
    get, path = "/sessions/{session}/attachments.zip", operation_id = "get_attachments_zip", tag = "attachments",
    params(("session" = String, Path), ArchiveQuery),
    responses((status = 200, content_type = "application/zip"), (status = "4XX", body = WireError))
)]
pub async fn get_attachments_zip(
    State(app): State<Arc<App>>,
    caller: SessionCaller,
    PathOf(_session): PathOf<SessionId>,
    QueryOf(query): QueryOf<ArchiveQuery>,
) -> ApiResult<Response> {
    let about = || ApiError::about(ErrorCode::InvalidInput, "ids");
    let ids: Vec<AttachmentId> =
        query.ids.split(',').map(str::parse).collect::<Result<_, _>>().map_err(|_| about())?;
    if ids.len() > FILES_MAX {
        return Err(about());
    }
    let mut files = Vec::with_capacity(ids.len());
    for id in ids {
        files.push(granted(&app, &caller, id).await?);
    }
    let members = files.into_iter().map(|AttachmentRecord { org, session, attachment, .. }| Member {
        folder: String::new(),
        content: MemberContent::Stored(Key::attachment(org, session, attachment.id), attachment.size),
        name: attachment.name,
    });
    Ok(zipped::answer(app.blobs.clone(), "Deskside files.zip", members.collect()))
}
