//! tus 1.0 (core, creation, termination, expiration, checksum): uploads that continue where they were cut.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use deskside_proto::{
    AttachmentId, CaptureKind, ErrorCode, Millis, OrgSettings, Participant, UploadId, WireError,
    api::{SessionState, UploadCreated},
    limits::STORED_MAX_BYTES,
};
use deskside_store::{NewUpload, UploadLimits, UploadRecord};

use crate::{
    ApiError, App,
    auth::{Credentials, SessionCaller},
    checksum::{self, Checksum},
    error::ApiResult,
    file_name, participants,
    request::PathOf,
    routes::captures,
    uploads,
};

const VERSION: &str = "1.0.0";
const EXPIRES: &str = "upload-expires";
const OFFSET_TYPE: &str = "application/offset+octet-stream";

/// What the portal speaks.
#[utoipa::path(
    options, path = "/sessions/{session}/uploads", operation_id = "describe_uploads", tag = "uploads",
    params(("session" = String, Path)),
    responses((status = 204, description = "Tus-Version, Tus-Extension and Tus-Max-Size")), security(())
)]
pub async fn describe_uploads() -> Response {
    let headers = [
        ("tus-resumable", VERSION.to_owned()),
        ("tus-version", VERSION.to_owned()),
        ("tus-extension", "creation,termination,expiration,checksum".to_owned()),
        ("tus-checksum-algorithm", checksum::ALGORITHMS.to_owned()),
        ("tus-max-size", STORED_MAX_BYTES.to_string()),
    ];
    // Nothing to wait for; handlers are async all the same.
    std::future::ready((StatusCode::NO_CONTENT, headers).into_response()).await
}

/// Begins an upload (tus creation).
#[utoipa::path(
    post, path = "/sessions/{session}/uploads", operation_id = "create_upload", tag = "uploads",
    params(
        ("session" = String, Path), ("Tus-Resumable" = String, Header), ("Upload-Length" = u64, Header),
        ("Upload-Metadata" = Option<String>, Header, description = "`filename <base64>`; of technicians also `capture <base64 of snapshot or recording>`")
    ),
    responses((status = 201, body = UploadCreated), (status = "4XX", body = WireError))
)]
pub async fn create_upload(
    State(app): State<Arc<App>>,
    caller: SessionCaller,
    headers: HeaderMap,
) -> Response {
    tus(create(&app, caller, &headers).await)
}

async fn create(app: &App, caller: SessionCaller, headers: &HeaderMap) -> Result<Response, TusError> {
    check_version(headers)?;
    let record = app.store.session(caller.caller, caller.session).await?.ok_or(ErrorCode::NotFound)?;
    let metadata = Metadata::read(headers)?;
    let Participant { id: participant, role, .. } = match metadata.capture {
        Some(_) => captures::maker(app, &caller, &record).await?,
        None => participants::in_room(app, &caller, &record).await?,
    };
    let OrgSettings { attachments: policy, quotas, .. } = record.settings;
    // Whether they have written is known to the store, and asked for in its transaction.
    policy.may_attach(role, true)?;
    let (size, Metadata { name, capture }) = (number(headers, "upload-length")?, metadata);
    policy.accepts(&name, size)?;
    file_name::check(&name)?;
    check_space(app, size)?;
    let at = app.env.now();
    let upload = NewUpload {
        id: UploadId::new(at, app.env.random()),
        attachment: AttachmentId::new(at, app.env.random()),
        session: caller.session,
        participant,
        name,
        size,
        at,
        limits: UploadLimits::of(&policy, quotas, role),
        capture,
    };
    let created = UploadCreated { upload_id: upload.id, attachment_id: upload.attachment };
    app.store.create_upload(upload).await??;
    let location = (header::LOCATION, format!("/api/v1/uploads/{}", created.upload_id));
    let expires = (HeaderName::from_static(EXPIRES), expires(app, at));
    Ok((StatusCode::CREATED, [location, expires], Json(created)).into_response())
}

fn check_space(app: &App, size: u64) -> Result<(), ErrorCode> {
    let needed = size.saturating_add(app.config.keep_free_bytes);
    match uploads::free_bytes(&app.config.data_dir) {
        Some(free) if free < needed => Err(ErrorCode::StorageFull),
        _ => Ok(()),
    }
}

/// What the sender says of a file.
struct Metadata {
    name: String,
    capture: Option<CaptureKind>,
}

impl Metadata {
    /// From `Upload-Metadata`; some clients send the header empty, or not at all.
    fn read(headers: &HeaderMap) -> Result<Self, ErrorCode> {
        let text = headers.get("upload-metadata").map_or(Ok(""), |value| value.to_str());
        let text = text.map_err(|_| ErrorCode::FileNameInvalid)?;
        // A key may stand without a value.
        let value = |wanted: &str| {
            let mut pairs =
                text.split(',').map(|pair| pair.trim().split_once(' ').unwrap_or((pair.trim(), "")));
            pairs.find(|(key, _)| *key == wanted).map(|(_, encoded)| decode(encoded))
        };
        let name = value("filename").unwrap_or_else(|| Some("file".to_owned()));
        let capture = match value("capture").map(Option::unwrap_or_default).as_deref() {
            None => None,
            Some("snapshot") => Some(CaptureKind::Snapshot),
            Some("recording") => Some(CaptureKind::Recording),
            Some(_) => return Err(ErrorCode::InvalidInput),
        };
        Ok(Self { name: name.ok_or(ErrorCode::FileNameInvalid)?, capture })
    }
}

fn decode(encoded: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()
}

/// How much of an upload is safe.
#[utoipa::path(
    head, path = "/uploads/{upload}", operation_id = "get_upload_offset", tag = "uploads",
    params(("upload" = String, Path), ("Tus-Resumable" = String, Header)),
    responses((status = 200, description = "Upload-Offset and Upload-Length"), (status = "4XX", body = WireError))
)]
pub async fn get_upload_offset(
    State(app): State<Arc<App>>,
    credentials: Credentials,
    PathOf(upload): PathOf<UploadId>,
    headers: HeaderMap,
) -> Response {
    tus(offset(app, &credentials, upload, &headers).await)
}

async fn offset(
    app: Arc<App>,
    credentials: &Credentials,
    upload: UploadId,
    headers: &HeaderMap,
) -> Result<Response, TusError> {
    check_version(headers)?;
    let record = find(&app, credentials, upload).await?;
    let answer = [
        ("upload-offset", record.offset.to_string()),
        ("upload-length", record.size.to_string()),
        ("cache-control", "no-store".to_owned()),
    ];
    uploads::heal(app, record).await?;
    Ok((StatusCode::OK, answer).into_response())
}

/// Adds bytes at `Upload-Offset`. After the last one the file can be named in a message.
#[utoipa::path(
    patch, path = "/uploads/{upload}", operation_id = "append_upload", tag = "uploads",
    params(
        ("upload" = String, Path), ("Tus-Resumable" = String, Header), ("Upload-Offset" = u64, Header)
    ),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204, description = "Upload-Offset"), (status = "4XX", body = WireError))
)]
pub async fn append_upload(
    State(app): State<Arc<App>>,
    credentials: Credentials,
    PathOf(upload): PathOf<UploadId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    tus(append(app, &credentials, upload, &headers, body).await)
}

async fn append(
    app: Arc<App>,
    credentials: &Credentials,
    upload: UploadId,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, TusError> {
    check_version(headers)?;
    if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind != OFFSET_TYPE) {
        return Err(TusError {
            status: Some(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            error: ErrorCode::Malformed.into(),
        });
    }
    let at = number(headers, "upload-offset")?;
    find(&app, credentials, upload).await?;
    let lock = app.uploads.lock(upload)?;
    // Read again: the holder before us may have moved the offset.
    let record = find(&app, credentials, upload).await?;
    if at != record.offset {
        return Err(ErrorCode::UploadOffsetMismatch.into());
    }
    let announced =
        headers.get(header::CONTENT_LENGTH).map(|_| number(headers, "content-length")).transpose()?;
    if announced.is_some_and(|length| length > record.size - record.offset) {
        return Err(ErrorCode::FileTooLarge.into());
    }
    let checksum = headers.get("upload-checksum").map(|value| value.to_str().map(Checksum::parse));
    let checksum = checksum.transpose().map_err(|_| ErrorCode::Malformed)?.transpose()?;
    let expires = expires(&app, app.env.now());
    let offset = uploads::receive(app, record, body.into_data_stream(), checksum, lock).await?;
    Ok((StatusCode::NO_CONTENT, [("upload-offset", offset.to_string()), (EXPIRES, expires)]).into_response())
}

/// Ends an upload that no message names (tus termination).
#[utoipa::path(
    delete, path = "/uploads/{upload}", operation_id = "delete_upload", tag = "uploads",
    params(("upload" = String, Path), ("Tus-Resumable" = String, Header)),
    responses((status = 204), (status = "4XX", body = WireError))
)]
pub async fn delete_upload(
    State(app): State<Arc<App>>,
    credentials: Credentials,
    PathOf(upload): PathOf<UploadId>,
    headers: HeaderMap,
) -> Response {
    tus(end(&app, &credentials, upload, &headers).await)
}

async fn end(
    app: &App,
    credentials: &Credentials,
    upload: UploadId,
    headers: &HeaderMap,
) -> Result<Response, TusError> {
    check_version(headers)?;
    find(app, credentials, upload).await?;
    // Whoever writes it now is let finish its piece: nothing comes back after the bytes are gone.
    let lock = app.uploads.lock(upload)?;
    let mut ended = false;
    for caller in credentials.callers()? {
        ended |= app.store.end_upload(caller, upload).await?;
    }
    drop(lock);
    if !ended {
        return Err(ErrorCode::NotFound.into());
    }
    app.eraser.wake();
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// When an upload that somebody went on with at `at` is given up, as HTTP writes times.
fn expires(app: &App, at: Millis) -> String {
    let at = UNIX_EPOCH + Duration::from_millis(at.0.try_into().unwrap_or_default()) + app.config.upload_life;
    httpdate::fmt_http_date(at)
}

/// An upload of one of the callers, in a session that is not over, or that it may join all the same.
async fn find(app: &App, credentials: &Credentials, upload: UploadId) -> ApiResult<UploadRecord> {
    for caller in credentials.callers()? {
        let Some(record) = app.store.upload(caller, upload).await? else { continue };
        for guest in credentials.guests.iter().filter(|guest| guest.session == record.session) {
            participants::refuse_not_admitted(&guest.participant)?;
        }
        let session = app.store.session(caller, record.session).await?.ok_or(ErrorCode::NotFound)?;
        return if session.state == SessionState::Open || captures::may_join(app, &session, record.capture) {
            Ok(record)
        } else {
            Err(ErrorCode::SessionEnded.into())
        };
    }
    Err(ErrorCode::NotFound.into())
}

fn number(headers: &HeaderMap, name: &str) -> Result<u64, ErrorCode> {
    let text = headers.get(name).and_then(|value| value.to_str().ok()).ok_or(ErrorCode::Malformed)?;
    // `u64::from_str` takes a plus sign, HTTP does not.
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or(ErrorCode::Malformed)
}

fn check_version(headers: &HeaderMap) -> Result<(), TusError> {
    if headers.get("tus-resumable").is_some_and(|version| version == VERSION) {
        Ok(())
    } else {
        Err(TusError {
            status: Some(StatusCode::PRECONDITION_FAILED),
            error: ErrorCode::UnsupportedProtocol.into(),
        })
    }
}

/// An error with the status that tus asks for.
struct TusError {
    status: Option<StatusCode>,
    error: ApiError,
}

impl<E: Into<ApiError>> From<E> for TusError {
    fn from(error: E) -> Self {
        Self { status: None, error: error.into() }
    }
}

/// Every answer says which version it speaks.
fn tus(result: Result<Response, TusError>) -> Response {
    let mut response = result.unwrap_or_else(|TusError { status, error }| {
        let mut response = error.into_response();
        if let Some(status) = status {
            *response.status_mut() = status;
        }
        response
    });
    let version = HeaderValue::from_static(VERSION);
    if response.status() == StatusCode::PRECONDITION_FAILED {
        response.headers_mut().insert("tus-version", version.clone());
    }
    response.headers_mut().insert("tus-resumable", version);
    response
}
