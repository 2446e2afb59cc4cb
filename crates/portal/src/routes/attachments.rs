//! Bytes of stored files. Every one of them passes here (row N12).

use std::{fmt::Write as _, ops::Range, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use deskside_proto::{AttachmentId, ErrorCode, ParticipantState, SessionId, WireError, api::AuditAction};
use deskside_store::{AttachmentAccess, AttachmentRecord, AuditEntry, Caller};
use serde::Deserialize;

use super::audit;
use crate::{
    ApiError, App,
    auth::SessionCaller,
    blobs::{Content, Key},
    error::ApiResult,
    participants,
    request::{PathOf, QueryOf},
    sniff,
};

#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AttachmentQuery {
    /// Anything but 0: save it, whatever it is.
    #[serde(default)]
    download: u8,
}

/// A file's bytes, or a range of them.
#[utoipa::path(
    get, path = "/sessions/{session}/attachments/{attachment}", operation_id = "get_attachment", tag = "attachments",
    params(("session" = String, Path), ("attachment" = String, Path), AttachmentQuery),
    responses(
        (status = 200, content_type = "application/octet-stream"),
        (status = 206, content_type = "application/octet-stream"), (status = "4XX", body = WireError)
    )
)]
pub async fn get_attachment(
    State(app): State<Arc<App>>,
    caller: SessionCaller,
    PathOf(path): PathOf<(SessionId, AttachmentId)>,
    QueryOf(query): QueryOf<AttachmentQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let AttachmentRecord { org, session, attachment, .. } = granted(&app, &caller, path.1).await?;
    let served = Served {
        key: Key::attachment(org, session, attachment.id),
        inline: query.download == 0 && sniff::shown_inline(&attachment.media_type),
        name: attachment.name,
        media_type: attachment.media_type,
        sha256: attachment.sha256,
        size: attachment.size,
    };
    serve(&app, served, headers.get(header::RANGE)).await
}

/// A picture's thumbnail.
#[utoipa::path(
    get, path = "/sessions/{session}/attachments/{attachment}/thumbnail", operation_id = "get_thumbnail",
    tag = "attachments", params(("session" = String, Path), ("attachment" = String, Path)),
    responses((status = 200, content_type = "image/*"), (status = "4XX", body = WireError))
)]
pub async fn get_thumbnail(
    State(app): State<Arc<App>>,
    caller: SessionCaller,
    PathOf(path): PathOf<(SessionId, AttachmentId)>,
) -> ApiResult<Response> {
    let AttachmentRecord { org, session, attachment, .. } = granted(&app, &caller, path.1).await?;
    let key = Key::thumbnail(org, session, attachment.id);
    let size =
        app.blobs.size(&key).await?.filter(|_| attachment.thumbnail.is_some()).ok_or(ErrorCode::NotFound)?;
    // What our own child wrote, by its first byte: PNG or JPEG.
    let first = app.blobs.get(&key, Some(0..1)).await?.ok_or(ErrorCode::NotFound)?;
    let media_type = match collect(first).await?.first() {
        Some(0x89) => "image/png",
        _ => "image/jpeg",
    };
    let served = Served {
        key,
        name: "thumbnail".to_owned(),
        media_type: media_type.to_owned(),
        inline: true,
        sha256: format!("thumbnail-{}", attachment.sha256),
        size,
    };
    serve(&app, served, None).await
}

async fn collect(content: Content) -> ApiResult<Vec<u8>> {
    axum::body::to_bytes(Body::from_stream(content.stream), 16)
        .await
        .map(Vec::from)
        .map_err(ApiError::internal)
}

/// The attachment, if the caller may have its bytes (rows N13, N14). A browser may be a customer here and signed in beside.
pub(super) async fn granted(
    app: &App,
    caller: &SessionCaller,
    id: AttachmentId,
) -> ApiResult<AttachmentRecord> {
    if caller.guest().is_some_and(|guest| guest.participant.state == ParticipantState::Waiting) {
        return Err(ErrorCode::WaitingForAdmission.into());
    }
    let beside = caller.credentials.user.map(Caller::User).filter(|user| *user != caller.caller);
    let late = late_guest(app, caller).await?;
    let mut answer = late.unwrap_or(ErrorCode::NotFound);
    let first = late.is_none().then_some(caller.caller);
    for caller_now in [first, beside].into_iter().flatten() {
        match app.store.attachment(caller_now, caller.session, id).await? {
            AttachmentAccess::Granted(record) => {
                remember(app, caller_now, &record).await?;
                return Ok(record);
            }
            AttachmentAccess::Forbidden => answer = ErrorCode::Forbidden,
            AttachmentAccess::NotFound => {}
        }
    }
    Err(answer.into())
}

/// Who reads a file of a session that they are not in is noted (design §4).
async fn remember(app: &App, caller: Caller, record: &AttachmentRecord) -> ApiResult<()> {
    let Caller::User(actor) = caller else { return Ok(()) };
    if record.from_outside {
        let entry = AuditEntry {
            org: record.org,
            at: app.env.now(),
            actor: Some(actor),
            action: AuditAction::FileRead,
            session: Some(record.session),
            attachment: Some(record.attachment.id),
            subject: record.attachment.name.clone(),
        };
        audit::note_read(app, entry).await?;
    }
    Ok(())
}

/// Why a customer of this session comes too late, if they do.
async fn late_guest(app: &App, caller: &SessionCaller) -> ApiResult<Option<ErrorCode>> {
    if caller.guest().is_none() {
        return Ok(None);
    }
    let record = app.store.session(caller.caller, caller.session).await?;
    Ok(record.and_then(|record| participants::refuse_late(app, &record).err()))
}

/// An object and how it is told to the browser.
pub struct Served {
    pub key: Key,
    pub name: String,
    pub media_type: String,
    /// Shown in place; everything else is saved.
    pub inline: bool,
    pub sha256: String,
    pub size: u64,
}

/// Answers with the object, or with the one range that is asked for.
pub async fn serve(app: &App, served: Served, range: Option<&HeaderValue>) -> ApiResult<Response> {
    let wanted = match range.and_then(|value| value.to_str().ok()).map(|text| parse_range(text, served.size))
    {
        None | Some(Wanted::Everything) => None,
        Some(Wanted::Part(part)) => Some(part),
        Some(Wanted::Nothing) => return Ok(unsatisfiable(served.size)),
    };
    let content = app.blobs.get(&served.key, wanted.clone()).await?;
    let Content { size, range, stream } =
        content.ok_or_else(|| ApiError::internal("an object is missing"))?;
    let mut response = Body::from_stream(stream).into_response();
    if wanted.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    for (name, value) in describe(&served, size, &range, wanted.is_some()) {
        response.headers_mut().insert(name, HeaderValue::from_str(&value).map_err(ApiError::internal)?);
    }
    Ok(response)
}

fn describe(
    served: &Served,
    size: u64,
    range: &Range<u64>,
    partial: bool,
) -> Vec<(header::HeaderName, String)> {
    let mut headers = vec![
        (header::CONTENT_TYPE, served.media_type.clone()),
        (header::CONTENT_LENGTH, (range.end - range.start).to_string()),
        (header::CONTENT_DISPOSITION, disposition(served.inline, &served.name)),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::ETAG, format!("\"{}\"", served.sha256)),
        // Access can end at any time, and machines are shared.
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    if partial {
        headers.push((header::CONTENT_RANGE, format!("bytes {}-{}/{size}", range.start, range.end - 1)));
    }
    headers
}

fn unsatisfiable(size: u64) -> Response {
    let mut response = ApiError::about(ErrorCode::InvalidInput, "range").into_response();
    *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
    if let Ok(value) = HeaderValue::from_str(&format!("bytes */{size}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    /// No range, several, or a unit that is not ours: the whole is right for all of them (RFC 9110 §14.2).
    Everything,
    Part(Range<u64>),
    /// A range outside the object.
    Nothing,
}

fn parse_range(text: &str, size: u64) -> Wanted {
    let Some((first, last)) = text.trim().strip_prefix("bytes=").and_then(|set| set.split_once('-')) else {
        return Wanted::Everything;
    };
    let number =
        |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    let part = match (first.trim(), last.trim()) {
        ("", suffix) => match number(suffix) {
            Some(length) => size.saturating_sub(length)..size,
            None => return Wanted::Everything,
        },
        (start, "") => match number(start) {
            Some(start) => start..size,
            None => return Wanted::Everything,
        },
        (start, end) => match (number(start), number(end)) {
            (Some(start), Some(end)) if start <= end => start..end.saturating_add(1).min(size),
            _ => return Wanted::Everything,
        },
    };
    if part.start < part.end { Wanted::Part(part) } else { Wanted::Nothing }
}

/// `Content-Disposition` after RFC 6266: a plain name for old programs, the right one for the others.
fn disposition(inline: bool, name: &str) -> String {
    let kind = if inline { "inline" } else { "attachment" };
    let plain = |c: char| {
        if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%' | ';') || c == ' ' { c } else { '_' }
    };
    let fallback: String = name.chars().map(plain).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        // attr-char of RFC 8187.
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("{kind}; filename=\"{fallback}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        let cases = [
            ("bytes=0-3", Wanted::Part(0..4)),
            ("bytes=4-", Wanted::Part(4..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-99", Wanted::Part(0..10)),
            ("bytes=8-99", Wanted::Part(8..10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-2", Wanted::Everything),
            ("bytes=0-1,3-4", Wanted::Everything),
            ("bytes=+1-2", Wanted::Everything),
            ("bytes=99999999999999999999-", Wanted::Everything),
            ("items=0-1", Wanted::Everything),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_range(text, 10), expected, "{text}");
        }
    }

    #[test]
    fn names_survive_and_never_break_out_of_the_header() {
        assert_eq!(
            disposition(false, "Größe \"1\";.txt"),
            "attachment; filename=\"Gr__e _1__.txt\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22%3B.txt"
        );
        assert!(disposition(true, "a\r\nSet-Cookie: x").starts_with("inline; filename=\"a__Set-Cookie: x\""));
    }
}
