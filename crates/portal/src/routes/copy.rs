//! The customer's copy of a transcript, where the organisation gives one (row Z17, policy `customer_transcript`).

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use deskside_proto::{
    CustomerTranscript, ErrorCode, EventBody, Participant, ParticipantId, ParticipantState, SessionId,
    WireError,
    api::{AuditAction, SessionState, TranscriptFormat},
    limits::TRANSCRIPT_COPY_MILLIS,
};
use deskside_store::{AuditEntry, SessionRecord, Store, StoreError};
use deskside_timeline::transcript::{Audience, Survey, TranscriptFold, writer};
use futures_util::stream;
use tokio::sync::mpsc;

use super::{
    attachments::disposition,
    audit,
    transcript::{FormatQuery, told},
};
use crate::{
    ApiError, App,
    auth::Credentials,
    error::ApiResult,
    participants,
    request::{PathOf, QueryOf},
    transcript::{LogReader, header as transcript_header, survey},
};

/// Pieces that wait for a slow reader, each of one page of the log.
const WAITING: usize = 2;

/// A customer's own copy of the conversation, without what only technicians saw: for a day after the end, where the organisation
/// gives one.
#[utoipa::path(
    get, path = "/sessions/{session}/transcript", operation_id = "get_transcript_copy", tag = "sessions",
    params(("session" = String, Path), FormatQuery),
    responses((status = 200, content_type = "text/plain"), (status = "4XX", body = WireError)),
    security(("guest" = []), ("guest_cookie" = []))
)]
pub async fn get_transcript_copy(
    State(app): State<Arc<App>>,
    credentials: Credentials,
    PathOf(session): PathOf<SessionId>,
    QueryOf(query): QueryOf<FormatQuery>,
) -> ApiResult<Response> {
    let you = customer(&credentials, session)?;
    let format = query.format.unwrap_or(TranscriptFormat::Txt);
    if format == TranscriptFormat::Json {
        return Err(ApiError::about(ErrorCode::InvalidInput, "format"));
    }
    app.rates.copy(you.id)?;
    let record = app.store.session_to_seal(session).await?.ok_or(ErrorCode::NotFound)?;
    refuse(&app, &record)?;
    let (survey, was_in) = look(&app.store, &record, you.id).await?;
    if !was_in {
        return Err(ErrorCode::Forbidden.into());
    }
    let entry = AuditEntry {
        org: record.org,
        at: app.env.now(),
        actor: None,
        action: AuditAction::TranscriptCopied,
        session: Some(session),
        attachment: None,
        subject: you.name,
    };
    audit::note_read(&app, entry).await?;
    answer(&app, record, survey, format)
}

/// The customer of this session who asks: who has left may ask too, who was put out or is waiting may not.
fn customer(credentials: &Credentials, session: SessionId) -> ApiResult<Participant> {
    credentials.callers()?;
    let own = credentials.guests.iter().find(|guest| guest.session == session);
    let you = own.map(|guest| guest.participant.clone()).ok_or(ErrorCode::Forbidden)?;
    if you.state != ParticipantState::Left {
        participants::refuse_not_admitted(&you)?;
    }
    Ok(you)
}

fn refuse(app: &App, record: &SessionRecord) -> Result<(), ErrorCode> {
    if record.settings.attachments.customer_transcript == CustomerTranscript::No {
        return Err(ErrorCode::TranscriptNotGiven);
    }
    if record.state != SessionState::Sealed {
        return Err(ErrorCode::TranscriptNotReady);
    }
    let late = record.ended_at.is_none_or(|at| app.env.now().since(at) > TRANSCRIPT_COPY_MILLIS);
    if late { Err(ErrorCode::SessionEnded) } else { Ok(()) }
}

/// The first pass over the log, and whether the customer was ever let in.
async fn look(
    store: &Arc<dyn Store>,
    record: &SessionRecord,
    you: ParticipantId,
) -> Result<(Survey, bool), StoreError> {
    let mut was_in = false;
    let survey = survey(store, record.id, Audience::Customer, |event| {
        was_in |=
            matches!(&event.body, EventBody::ParticipantJoined { participant } if participant.id == you);
    });
    let survey = survey.await?;
    Ok((survey, was_in))
}

fn answer(app: &App, record: SessionRecord, survey: Survey, format: TranscriptFormat) -> ApiResult<Response> {
    let (extension, media_type) = told(format);
    let name = format!("transcript-{}.{extension}", record.id);
    let (to, pieces) = mpsc::channel(WAITING);
    let store = app.store.clone();
    tokio::spawn(async move {
        if let Err(error) = write(store, record, survey, format, &to).await {
            tracing::error!(%error, "a customer's copy was not sent whole");
            // Cut, so that nobody takes it for a whole one; whoever hung up does not hear it.
            drop(to.send(Err(std::io::Error::other(error))).await);
        }
    });
    let body =
        stream::unfold(pieces, |mut pieces| async { pieces.recv().await.map(|piece| (piece, pieces)) });
    let mut response = Body::from_stream(body).into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, disposition(false, &name)),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_str(&value).map_err(ApiError::internal)?);
    }
    Ok(response)
}

/// The second pass. Ends early where nobody listens.
async fn write(
    store: Arc<dyn Store>,
    record: SessionRecord,
    survey: Survey,
    format: TranscriptFormat,
    to: &mpsc::Sender<Result<Bytes, std::io::Error>>,
) -> Result<(), StoreError> {
    let (mut fold, mut writer) = (TranscriptFold::new(survey), writer(format));
    let mut text = writer.head(&transcript_header(&record));
    let mut log = LogReader::new(store, record.id);
    loop {
        let page = log.next().await?;
        let is_last = page.is_empty();
        for item in page.iter().filter_map(|event| fold.item(event)) {
            text.push_str(&writer.item(&item));
        }
        if is_last {
            text.push_str(&writer.foot());
        }
        if to.send(Ok(std::mem::take(&mut text).into())).await.is_err() || is_last {
            return Ok(());
        }
    }
}
