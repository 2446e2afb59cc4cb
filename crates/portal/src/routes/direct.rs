//! Files that go from one participant to the other: their names, and how the two find each other.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use deskside_proto::{
    Attachment, AttachmentId, DirectFile, DirectFiles, DirectKind, ErrorCode, RelayFiles, SessionId,
    WireError,
    api::{CreateDirect, DirectCreated, IceServers},
    limits::{DIRECT_FOLDER_MAX_FILES, DIRECT_MAX_BYTES},
};
use deskside_store::{NewDirect, UploadLimits};

use crate::{
    ApiError, App,
    auth::SessionCaller,
    error::ApiResult,
    file_name, participants,
    request::{Body, PathOf},
};

/// Takes the name of a file or folder that is to go directly. A message can name it then.
#[utoipa::path(
    post, path = "/sessions/{session}/direct", operation_id = "create_direct", tag = "direct",
    params(("session" = String, Path)), request_body = CreateDirect,
    responses((status = 201, body = DirectCreated), (status = "4XX", body = WireError))
)]
pub async fn create_direct(
    State(app): State<Arc<App>>,
    caller: SessionCaller,
    Body(asked): Body<CreateDirect>,
) -> ApiResult<impl IntoResponse> {
    let record = app.store.session(caller.caller, caller.session).await?.ok_or(ErrorCode::NotFound)?;
    let you = participants::in_room(&app, &caller, &record).await?;
    let policy = record.settings.attachments;
    policy.accepts_direct(&asked.name, asked.kind)?;
    // Whether they have written is known to the store, and asked for in its transaction.
    policy.may_attach(you.role, true)?;
    check(&asked)?;
    let at = app.env.now();
    let new = NewDirect {
        attachment: AttachmentId::new(at, app.env.random()),
        session: caller.session,
        participant: you.id,
        name: asked.name,
        size: asked.size,
        direct: DirectFile { kind: asked.kind, files: asked.files },
        at,
        limits: UploadLimits::of_direct(&policy, you.role),
    };
    let attachment = Attachment {
        id: new.attachment,
        name: new.name.clone(),
        size: new.size,
        media_type: new.media_type().to_owned(),
        sha256: String::new(),
        thumbnail: None,
        direct: Some(new.direct),
        capture: None,
    };
    app.store.create_direct(new).await??;
    Ok((StatusCode::CREATED, Json(DirectCreated { attachment })))
}

fn check(asked: &CreateDirect) -> ApiResult<()> {
    file_name::check(&asked.name)?;
    if asked.size > DIRECT_MAX_BYTES {
        return Err(ErrorCode::FileTooLarge.into());
    }
    let files_fit = match asked.kind {
        DirectKind::File => asked.files == 1,
        DirectKind::Folder => asked.files <= DIRECT_FOLDER_MAX_FILES,
    };
    if files_fit { Ok(()) } else { Err(ApiError::about(ErrorCode::InvalidInput, "files")) }
}

/// Forgets a direct file that no message names.
#[utoipa::path(
    delete, path = "/sessions/{session}/direct/{attachment}", operation_id = "delete_direct", tag = "direct",
    params(("session" = String, Path), ("attachment" = String, Path)),
    responses((status = 204), (status = "4XX", body = WireError))
)]
pub async fn delete_direct(
    State(app): State<Arc<App>>,
    caller: SessionCaller,
    PathOf(path): PathOf<(SessionId, AttachmentId)>,
) -> ApiResult<StatusCode> {
    let record = app.store.session(caller.caller, caller.session).await?.ok_or(ErrorCode::NotFound)?;
    participants::in_room(&app, &caller, &record).await?;
    if app.store.delete_direct(caller.caller, caller.session, path.1).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ErrorCode::NotFound.into())
    }
}

/// Servers by which two participants find a way to each other, with credentials for minutes.
#[utoipa::path(
    get, path = "/sessions/{session}/ice", operation_id = "get_ice_servers", tag = "direct",
    params(("session" = String, Path)),
    responses((status = 200, body = IceServers), (status = "4XX", body = WireError))
)]
pub async fn get_ice_servers(
    State(app): State<Arc<App>>,
    caller: SessionCaller,
) -> ApiResult<impl IntoResponse> {
    let record = app.store.session(caller.caller, caller.session).await?.ok_or(ErrorCode::NotFound)?;
    let you = participants::in_room(&app, &caller, &record).await?;
    let policy = &record.settings.attachments;
    if policy.direct == DirectFiles::Off {
        return Err(ErrorCode::DirectNotAllowed.into());
    }
    app.rates.ice(you.id)?;
    let (servers, expires_at) = app.config.ice.servers(you.id, app.env.now());
    let relay = policy.relay == RelayFiles::Allowed && app.config.relay.is_on;
    // Credentials are nobody else's.
    Ok(([("cache-control", "no-store")], Json(IceServers { servers, expires_at, relay })))
}
