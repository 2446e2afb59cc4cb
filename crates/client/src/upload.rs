//! Uploads: tus 1.0, creation and core.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use deskside_proto::{AttachmentId, SessionId, UploadId, api::UploadCreated};
use futures_util::TryStreamExt as _;
use reqwest::{Body, Method, header};
use tokio_util::{io::ReaderStream, sync::CancellationToken};

pub use crate::source::LocalFile;
use crate::{
    ClientError,
    account::Access,
    operations::routes,
    portal::{accepted, refusal},
};

/// Bytes of one `PATCH`: little to repeat after a cut, and small beside the time of a request.
const PIECE_BYTES: u64 = 4 * 1024 * 1024;
/// Bytes read at a time.
const READ_BYTES: usize = 64 * 1024;
/// Attempts in a row without a byte of progress.
const ATTEMPTS_MAX: u32 = 8;
const PAUSE_FIRST: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(15);
/// For one piece: 4 MiB at 35 kB/s.
const PIECE_TIMEOUT: Duration = Duration::from_secs(120);
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
const OFFSET: &str = "upload-offset";

/// Bytes that the portal may have by now, of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Progress {
    pub sent: u64,
    pub total: u64,
}

/// Sends `file` and returns what a message names. Network failures are waited out; `cancel` ends it at once, and the portal
/// throws away what it got when the upload expires.
///
/// # Errors
/// [`ClientError::FileTooLarge`] before a byte is sent; [`ClientError::SourceChanged`]; [`ClientError::Cancelled`]; the
/// portal's own; [`ClientError::Unreachable`] after the last attempt.
pub async fn upload(
    access: &Access,
    session: SessionId,
    file: &LocalFile,
    stored_max_bytes: u64,
    progress: impl Fn(Progress) + Clone + Send + Sync + 'static,
    cancel: &CancellationToken,
) -> Result<AttachmentId, ClientError> {
    if file.size() > stored_max_bytes {
        return Err(ClientError::FileTooLarge { max: stored_max_bytes });
    }
    tokio::select! {
        () = cancel.cancelled() => Err(ClientError::Cancelled),
        result = send(access, session, file, progress) => result,
    }
}

async fn send(
    access: &Access,
    session: SessionId,
    file: &LocalFile,
    progress: impl Fn(Progress) + Clone + Send + Sync + 'static,
) -> Result<AttachmentId, ClientError> {
    let mut patience = Patience::default();
    let created = loop {
        match create(access, session, file).await {
            Ok(created) => break created,
            Err(error) => patience.wait_after(error).await?,
        }
    };
    let mut offset = 0;
    while offset < file.size() {
        match append(access, created.upload_id, file, offset, progress.clone()).await {
            Ok(next) if next > offset => {
                patience = Patience::default();
                offset = next;
            }
            Ok(_) => patience.wait_after(ClientError::StrangeAnswer).await?,
            Err(error) => {
                patience.wait_after(error).await?;
                // The portal alone knows how much of a broken piece arrived.
                match get_offset(access, created.upload_id).await {
                    Ok(known) if known > file.size() => return Err(ClientError::StrangeAnswer),
                    Ok(known) => {
                        if known > offset {
                            patience = Patience::default();
                        }
                        offset = known;
                    }
                    Err(error) if error.is_passing() => {}
                    Err(error) => return Err(error),
                }
            }
        }
        progress(Progress { sent: offset, total: file.size() });
    }
    file.unchanged().await?;
    Ok(created.attachment_id)
}

/// How often to try again, and when.
#[derive(Default)]
struct Patience {
    failures: u32,
}

impl Patience {
    /// Waits where `error` may pass; gives it back where it does not, or has not for long.
    async fn wait_after(&mut self, error: ClientError) -> Result<(), ClientError> {
        self.failures += 1;
        if !error.is_passing() || self.failures >= ATTEMPTS_MAX {
            return Err(error);
        }
        tracing::info!("the upload pauses: {error}");
        tokio::time::sleep((PAUSE_FIRST * 2_u32.pow(self.failures - 1)).min(PAUSE_MAX)).await;
        Ok(())
    }
}

async fn create(access: &Access, session: SessionId, file: &LocalFile) -> Result<UploadCreated, ClientError> {
    let name = BASE64_STANDARD.encode(file.name());
    let response = access
        .portal
        .request(Method::POST, &routes::uploads(session), Some(access.token()?))?
        .timeout(CALL_TIMEOUT)
        .header("tus-resumable", "1.0.0")
        .header("upload-length", file.size())
        .header("upload-metadata", format!("filename {name}"))
        .send()
        .await?;
    Ok(accepted(response).await?.json().await?)
}

/// Sends one piece from `offset`, streamed from the disk; the new offset.
async fn append(
    access: &Access,
    upload: UploadId,
    file: &LocalFile,
    offset: u64,
    progress: impl Fn(Progress) + Send + Sync + 'static,
) -> Result<u64, ClientError> {
    let (length, total) = (PIECE_BYTES.min(file.size() - offset), file.size());
    let piece = file.piece(offset, length).await?;
    let mut sent = offset;
    let stream = ReaderStream::with_capacity(piece, READ_BYTES).inspect_ok(move |bytes| {
        sent += bytes.len() as u64;
        progress(Progress { sent, total });
    });
    let response = access
        .portal
        .request(Method::PATCH, &routes::upload(upload), Some(access.token()?))?
        .timeout(PIECE_TIMEOUT)
        .header("tus-resumable", "1.0.0")
        .header(OFFSET, offset)
        .header(header::CONTENT_TYPE, "application/offset+octet-stream")
        .header(header::CONTENT_LENGTH, length)
        .body(Body::wrap_stream(stream))
        .send()
        .await;
    let response = match response {
        Ok(response) => accepted(response).await?,
        Err(error) => {
            // A source that became shorter breaks the request as well: say so instead of trying again.
            file.unchanged().await?;
            return Err(error.into());
        }
    };
    offset_of(&response)
}

async fn get_offset(access: &Access, upload: UploadId) -> Result<u64, ClientError> {
    let response = access
        .portal
        .request(Method::HEAD, &routes::upload(upload), Some(access.token()?))?
        .timeout(CALL_TIMEOUT)
        .header("tus-resumable", "1.0.0")
        .send()
        .await?;
    if !response.status().is_success() {
        // An answer to HEAD has no body.
        return Err(refusal(response.status().as_u16(), b""));
    }
    offset_of(&response)
}

fn offset_of(response: &reqwest::Response) -> Result<u64, ClientError> {
    let text = response.headers().get(OFFSET).and_then(|value| value.to_str().ok());
    text.and_then(|text| text.parse().ok()).ok_or(ClientError::StrangeAnswer)
}
