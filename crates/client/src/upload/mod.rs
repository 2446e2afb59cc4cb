//! Uploads: tus 1.0, creation, core and termination; paused, resumed and given up, and going on after a kill.

mod control;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use deskside_proto::{
    AttachmentId, AttachmentPolicy, CaptureKind, ErrorCode, SessionId, UploadId, WireError,
    api::UploadCreated,
};
use futures_util::TryStreamExt as _;
use reqwest::{Body, Method, header};
use tokio_util::io::ReaderStream;

pub use self::control::Control;
pub use crate::source::LocalFile;
use crate::{
    ClientError,
    account::Access,
    journal::{Journal, Place},
    operations::routes,
    portal::{accepted, refusal},
};

/// Bytes of the first `PATCH`, and of those after a failure: what proxies keep in memory, and what is sent again where one throws
/// away what it had of a broken request. The portal itself keeps that.
const PIECE_FIRST: u64 = 4 * 1024 * 1024;
/// Bytes of the largest one: each ends with a sync of the portal's disk, during which nothing is sent.
const PIECE_MAX: u64 = 128 * 1024 * 1024;
/// A piece that took less is followed by one of twice its size.
const PIECE_TIME: Duration = Duration::from_secs(5);
/// Bytes read at a time.
const READ_BYTES: usize = 256 * 1024;
/// Attempts in a row without a byte of progress, at a portal that answers.
const ATTEMPTS_MAX: u32 = 8;
/// Of the pause between attempts; [`PAUSE_MAX`] comes first.
const DOUBLINGS_MAX: u32 = 8;
const PAUSE_FIRST: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(15);
/// Without a byte on its way, or without an answer at its end, a piece counts as stuck after this, and at most after twice as long.
const STALL: Duration = Duration::from_secs(60);
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
const OFFSET: &str = "upload-offset";

/// Bytes that the portal may have by now, of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Progress {
    pub sent: u64,
    pub total: u64,
}

/// A file that is to go to a session.
pub struct Upload<'a> {
    pub access: &'a Access,
    /// Where it stands, so that it goes on after a kill.
    pub journal: &'a Journal,
    pub session: SessionId,
    pub file: &'a LocalFile,
    pub policy: &'a AttachmentPolicy,
    /// A technician made it of the screen.
    pub capture: Option<CaptureKind>,
}

impl Upload<'_> {
    /// Sends the file and returns what a message names. A network that is gone is waited for; an upload of this very file that
    /// was begun before, and that nothing else goes on with, goes on. Paused, nothing is sent; cancelled, the portal is told to
    /// throw away what it has.
    ///
    /// # Errors
    /// [`ClientError::FileTooLarge`] and what else the policy refuses, before a byte is sent; [`ClientError::SourceChanged`];
    /// [`ClientError::Cancelled`]; the portal's own.
    pub async fn run(
        &self,
        progress: impl Fn(Progress) + Clone + Send + Sync + 'static,
        control: &Control,
    ) -> Result<AttachmentId, ClientError> {
        self.check()?;
        let place = self.access.place(self.session);
        let mut begun = self.journal.claim_upload(&place, self.file, self.capture).await?;
        let outcome = loop {
            if let Err(cancelled) = control.may_run().await {
                break Err(cancelled);
            }
            tokio::select! {
                outcome = self.send(&place, &mut begun, &progress) => break outcome,
                () = control.must_stop() => {}
            }
        };
        if let (Err(_), Some(begun)) = (&outcome, &begun) {
            self.journal.release_upload(begun.attachment_id);
        }
        if let (Err(ClientError::Cancelled | ClientError::SourceChanged), Some(begun)) = (&outcome, begun) {
            give_up(self.access, self.journal, self.session, begun.attachment_id).await?;
        }
        outcome
    }

    fn check(&self) -> Result<(), ClientError> {
        self.policy.accepts(self.file.name(), self.file.size()).map_err(|code| match code {
            ErrorCode::FileTooLarge => ClientError::FileTooLarge { max: self.policy.stored_max_bytes },
            ErrorCode::FileEmpty => ClientError::FileEmpty,
            code => ClientError::Portal(WireError::from(code)),
        })
    }

    async fn send(
        &self,
        place: &Place,
        begun: &mut Option<UploadCreated>,
        progress: &(impl Fn(Progress) + Clone + Send + Sync + 'static),
    ) -> Result<AttachmentId, ClientError> {
        let mut patience = Patience::default();
        let mut offset = match begun {
            Some(earlier) => self.look_up(place, earlier.clone(), begun, &mut patience).await?,
            None => 0,
        };
        let created = match begun {
            Some(created) => created.clone(),
            None => begun.insert(self.begin(place, &mut patience).await?).clone(),
        };
        progress(Progress { sent: offset, total: self.file.size() });
        let mut length = PIECE_FIRST;
        while offset < self.file.size() {
            let begun = Instant::now();
            match append(self.access, created.upload_id, self.file, offset, length, progress.clone()).await {
                Ok(next) if next > offset => {
                    patience = Patience::default();
                    offset = next;
                    if begun.elapsed() < PIECE_TIME {
                        length = (length * 2).min(PIECE_MAX);
                    }
                }
                Ok(_) => patience.wait_after(ClientError::StrangeAnswer).await?,
                Err(error) => {
                    length = PIECE_FIRST;
                    patience.wait_after(error).await?;
                    // The portal alone knows how much of a broken piece arrived.
                    match get_offset(self.access, created.upload_id).await {
                        Ok(known) if known > self.file.size() => return Err(ClientError::StrangeAnswer),
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
            progress(Progress { sent: offset, total: self.file.size() });
        }
        self.file.unchanged().await?;
        Ok(created.attachment_id)
    }

    async fn begin(&self, place: &Place, patience: &mut Patience) -> Result<UploadCreated, ClientError> {
        let created = loop {
            match create(self.access, self.session, self.file, self.capture).await {
                Ok(created) => break created,
                Err(error) => patience.wait_after(error).await?,
            }
        };
        self.journal.add_upload(place, self.file, self.capture, &created).await?;
        Ok(created)
    }

    /// How much the portal has of what was begun earlier; where it knows it no longer, `begun` is nothing.
    async fn look_up(
        &self,
        place: &Place,
        earlier: UploadCreated,
        begun: &mut Option<UploadCreated>,
        patience: &mut Patience,
    ) -> Result<u64, ClientError> {
        loop {
            match get_offset(self.access, earlier.upload_id).await {
                Ok(known) if known <= self.file.size() => return Ok(known),
                Err(error) if error.is_passing() => patience.wait_after(error).await?,
                Err(ClientError::Portal(error)) if error.code != ErrorCode::NotFound => {
                    return Err(ClientError::Portal(error));
                }
                _ => {
                    *begun = None;
                    self.journal.end_uploads(place, &[earlier.attachment_id]).await?;
                    return Ok(0);
                }
            }
        }
    }
}

/// Gives up what was begun and no message names: the portal is told to throw it away. Does nothing where there is no such upload.
///
/// # Errors
/// [`ClientError::Journal`].
pub async fn give_up(
    access: &Access,
    journal: &Journal,
    session: SessionId,
    attachment: AttachmentId,
) -> Result<(), ClientError> {
    let place = access.place(session);
    let Some(begun) = journal.upload_to(&place, attachment).await? else { return Ok(()) };
    journal.end_uploads(&place, &[attachment]).await?;
    if let Err(error) = terminate(access, begun.upload_id).await {
        tracing::info!("the portal was not told that an upload is given up: {error}");
    }
    Ok(())
}

/// tus termination; what does not reach the portal expires there.
async fn terminate(access: &Access, upload: UploadId) -> Result<(), ClientError> {
    let request = access.portal.request(Method::DELETE, &routes::upload(upload), Some(access.token()?))?;
    request.timeout(CALL_TIMEOUT).header("tus-resumable", "1.0.0").send().await?;
    Ok(())
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
        // A portal that cannot be reached may be there again tomorrow; one that answers wrongly will not.
        let is_away = matches!(error, ClientError::Unreachable(_));
        if !error.is_passing() || !is_away && self.failures >= ATTEMPTS_MAX {
            return Err(error);
        }
        tracing::info!("the upload pauses: {error}");
        let doublings = (self.failures - 1).min(DOUBLINGS_MAX);
        tokio::time::sleep((PAUSE_FIRST * 2_u32.pow(doublings)).min(PAUSE_MAX)).await;
        Ok(())
    }
}

async fn create(
    access: &Access,
    session: SessionId,
    file: &LocalFile,
    capture: Option<CaptureKind>,
) -> Result<UploadCreated, ClientError> {
    let mut metadata = format!("filename {}", BASE64_STANDARD.encode(file.name()));
    if let Some(capture) = capture {
        let mark = BASE64_STANDARD.encode(name_of(capture));
        metadata = format!("{metadata},capture {mark}");
    }
    let response = access
        .portal
        .request(Method::POST, &routes::uploads(session), Some(access.token()?))?
        .timeout(CALL_TIMEOUT)
        .header("tus-resumable", "1.0.0")
        .header("upload-length", file.size())
        .header("upload-metadata", metadata)
        .send()
        .await?;
    Ok(accepted(response).await?.json().await?)
}

/// As the portal and the journal call it.
pub(crate) fn name_of(capture: CaptureKind) -> &'static str {
    match capture {
        CaptureKind::Snapshot => "snapshot",
        CaptureKind::Recording => "recording",
    }
}

/// Sends up to `length` bytes from `offset`, streamed from the disk; the new offset.
async fn append(
    access: &Access,
    upload: UploadId,
    file: &LocalFile,
    offset: u64,
    length: u64,
    progress: impl Fn(Progress) + Send + Sync + 'static,
) -> Result<u64, ClientError> {
    let (length, total) = (length.min(file.size() - offset), file.size());
    let piece = file.piece(offset, length).await?;
    let moved = Arc::new(AtomicU64::new(offset));
    let seen = moved.clone();
    let stream = ReaderStream::with_capacity(piece, READ_BYTES).inspect_ok(move |bytes| {
        let bytes = bytes.len() as u64;
        let sent = moved.fetch_add(bytes, Ordering::Relaxed) + bytes;
        progress(Progress { sent, total });
    });
    let request = access
        .portal
        .request(Method::PATCH, &routes::upload(upload), Some(access.token()?))?
        .header("tus-resumable", "1.0.0")
        .header(OFFSET, offset)
        .header(header::CONTENT_TYPE, "application/offset+octet-stream")
        .header(header::CONTENT_LENGTH, length)
        .body(Body::wrap_stream(stream));
    let response = tokio::select! {
        response = request.send() => response,
        () = stuck(&seen) => {
            let stuck = std::io::Error::new(std::io::ErrorKind::TimedOut, "nothing moves");
            return Err(ClientError::Unreachable(Box::new(stuck)));
        }
    };
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

/// Until `moved` stands still for [`STALL`].
async fn stuck(moved: &AtomicU64) {
    loop {
        let before = moved.load(Ordering::Relaxed);
        tokio::time::sleep(STALL).await;
        if moved.load(Ordering::Relaxed) == before {
            return;
        }
    }
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
