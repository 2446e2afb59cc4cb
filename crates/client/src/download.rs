//! Files of the portal: in pieces for a window, and to the disk.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use deskside_proto::{Attachment, AttachmentId, SessionId};
use reqwest::{Method, StatusCode, header};
use sha2::{Digest, Sha256};
use tokio::{
    fs,
    io::{AsyncWriteExt as _, BufWriter},
};

use crate::{
    ClientError,
    account::Access,
    names,
    operations::routes,
    portal::accepted,
    quarantine::{self, System},
    upload::Progress,
};

/// Bytes of one piece for the window (research/tauri.md §6: the fastest size).
pub const PIECE_BYTES: u64 = 4 * 1024 * 1024;
/// Bytes written at a time: each write is a trip to another thread.
const WRITE_BUFFER: usize = 1024 * 1024;
/// Attempts in a row without a byte of progress.
const ATTEMPTS_MAX: u32 = 6;
const PAUSE: Duration = Duration::from_secs(1);
/// Names tried before a folder is called full of them.
const NAMES_MAX: u32 = 1_000;
const PIECE_TIMEOUT: Duration = Duration::from_secs(120);

/// Which bytes of an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    Thumbnail,
    Full,
}

/// Up to [`PIECE_BYTES`] of an attachment from `offset`; empty at its end.
///
/// # Errors
/// The portal's own, or why it cannot be reached.
pub async fn piece(
    access: &Access,
    session: SessionId,
    attachment: AttachmentId,
    variant: Variant,
    offset: u64,
) -> Result<Bytes, ClientError> {
    let path = match variant {
        Variant::Thumbnail => routes::thumbnail(session, attachment),
        Variant::Full => routes::attachment(session, attachment),
    };
    let last = offset.saturating_add(PIECE_BYTES - 1);
    let response = access
        .portal
        .request(Method::GET, &path, Some(access.token()?))?
        .timeout(PIECE_TIMEOUT)
        .header(header::RANGE, format!("bytes={offset}-{last}"))
        .send()
        .await?;
    if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
        return Ok(Bytes::new());
    }
    let mut response = accepted(response).await?;
    // Whoever ignores ranges answers with everything: skip to the place, stop at the piece's end.
    let mut skip = if response.status() == StatusCode::PARTIAL_CONTENT { 0 } else { offset };
    let mut piece = Vec::new();
    while let Some(bytes) = response.chunk().await? {
        let from = usize::try_from(skip).unwrap_or(usize::MAX).min(bytes.len());
        skip -= from as u64;
        let room = usize::try_from(PIECE_BYTES).unwrap_or(usize::MAX) - piece.len();
        piece.extend_from_slice(&bytes[from..][..room.min(bytes.len() - from)]);
        if piece.len() as u64 == PIECE_BYTES {
            break;
        }
    }
    Ok(piece.into())
}

/// Saves an attachment at `target`, or beside it where that name is taken; where it stands in the end.
///
/// # Errors
/// [`ClientError::WrongDigest`] (nothing is kept), [`ClientError::CannotSave`], the portal's own.
pub async fn save_attachment(
    access: &Access,
    session: SessionId,
    attachment: &Attachment,
    target: &Path,
    progress: impl Fn(Progress) + Send + Sync,
) -> Result<PathBuf, ClientError> {
    let path = routes::attachment(session, attachment.id);
    let total = attachment.size;
    save(access, &path, &attachment.sha256, target, |sent| progress(Progress { sent, total })).await
}

async fn save(
    access: &Access,
    path: &str,
    sha256: &str,
    target: &Path,
    progress: impl Fn(u64) + Send + Sync,
) -> Result<PathBuf, ClientError> {
    let part = Part::create(target).await?;
    let outcome = match fill(access, path, &part, sha256, progress).await {
        Ok(()) => finish(access, &part, target).await,
        Err(error) => Err(error),
    };
    if outcome.is_err() {
        part.remove().await;
    }
    outcome
}

/// The file that grows, in the folder where it will stay: renaming it is one step then.
pub(crate) struct Part {
    path: PathBuf,
}

impl Part {
    pub(crate) async fn create(target: &Path) -> Result<Self, ClientError> {
        let random = hex::encode(crate::random::<8>()?);
        let path = target.with_file_name(format!(".deskside-{random}.part"));
        let created = fs::OpenOptions::new().write(true).create_new(true).open(&path).await;
        created.map(drop).map_err(|source| cannot_save(target, source))?;
        Ok(Self { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) async fn remove(&self) {
        let _ = fs::remove_file(&self.path).await;
    }
}

async fn fill(
    access: &Access,
    path: &str,
    part: &Part,
    sha256: &str,
    progress: impl Fn(u64) + Send + Sync,
) -> Result<(), ClientError> {
    let disk = |source| cannot_save(&part.path, source);
    let file = fs::OpenOptions::new().write(true).open(&part.path).await.map_err(disk)?;
    let file = BufWriter::with_capacity(WRITE_BUFFER, file);
    let mut disk_file = ToDisk { file, written: 0, progress };
    receive(access, path, sha256, &mut disk_file).await?;
    disk_file.file.flush().await.map_err(disk)?;
    disk_file.file.get_ref().sync_all().await.map_err(disk)
}

/// Where bytes go, in order and each once.
pub(crate) trait Sink: Send {
    fn take(&mut self, bytes: Bytes) -> impl Future<Output = Result<(), ClientError>> + Send;
}

struct ToDisk<P> {
    file: BufWriter<fs::File>,
    written: u64,
    progress: P,
}

impl<P: Fn(u64) + Send> Sink for ToDisk<P> {
    async fn take(&mut self, bytes: Bytes) -> Result<(), ClientError> {
        self.file.write_all(&bytes).await.map_err(|source| cannot_save(Path::new(""), source))?;
        self.written += bytes.len() as u64;
        (self.progress)(self.written);
        Ok(())
    }
}

/// Fetches everything, resuming after cuts, and compares the digest.
pub(crate) async fn receive(
    access: &Access,
    path: &str,
    sha256: &str,
    sink: &mut impl Sink,
) -> Result<(), ClientError> {
    let mut arrived = Arrived { digest: Sha256::new(), bytes: 0 };
    let mut failures = 0;
    loop {
        let before = arrived.bytes;
        match fetch(access, path, sink, &mut arrived).await {
            Ok(()) => break,
            Err(error) => {
                failures = if arrived.bytes > before { 1 } else { failures + 1 };
                if !error.is_passing() || failures >= ATTEMPTS_MAX {
                    return Err(error);
                }
                tracing::info!("the download pauses: {error}");
                tokio::time::sleep(PAUSE * failures).await;
            }
        }
    }
    if hex::encode(arrived.digest.finalize()).eq_ignore_ascii_case(sha256) {
        Ok(())
    } else {
        Err(ClientError::WrongDigest)
    }
}

/// What has come already.
struct Arrived {
    digest: Sha256,
    bytes: u64,
}

async fn fetch(
    access: &Access,
    path: &str,
    sink: &mut impl Sink,
    arrived: &mut Arrived,
) -> Result<(), ClientError> {
    let mut request = access.portal.request(Method::GET, path, Some(access.token()?))?;
    if arrived.bytes > 0 {
        request = request.header(header::RANGE, format!("bytes={}-", arrived.bytes));
    }
    let response = request.send().await?;
    if arrived.bytes > 0 && response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
        return Ok(());
    }
    let mut response = accepted(response).await?;
    let mut skip = if response.status() == StatusCode::PARTIAL_CONTENT { 0 } else { arrived.bytes };
    while let Some(mut bytes) = response.chunk().await? {
        let from = usize::try_from(skip).unwrap_or(usize::MAX).min(bytes.len());
        skip -= from as u64;
        let fresh = bytes.split_off(from);
        arrived.digest.update(&fresh);
        arrived.bytes += fresh.len() as u64;
        sink.take(fresh).await?;
    }
    Ok(())
}

/// Marks the file as one from elsewhere, then gives it its name: it never stands there unmarked or half.
pub(crate) async fn finish(access: &Access, part: &Part, target: &Path) -> Result<PathBuf, ClientError> {
    let (path, target, origin) = (part.path.clone(), target.to_owned(), access.portal.origin());
    let job = move || {
        if let Err(error) = quarantine::apply(&path, &quarantine::mark(System::this(), &origin, crate::now()))
        {
            tracing::warn!("this folder takes no mark of origin: {error}");
        }
        let place = claim(&target)?;
        std::fs::rename(&path, &place).inspect_err(|_| drop(std::fs::remove_file(&place)))?;
        #[cfg(unix)]
        if let Some(folder) = place.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::File::open(folder)?.sync_all()?;
        }
        Ok(place)
    };
    let failed = |source| cannot_save(&part.path, source);
    tokio::task::spawn_blocking(job).await.map_err(|error| failed(io::Error::other(error)))?.map_err(failed)
}

/// Takes the first free name by an empty file of our own, which the rename then replaces: nobody else's file ever is.
fn claim(target: &Path) -> io::Result<PathBuf> {
    let name = target.file_name().and_then(|name| name.to_str()).unwrap_or("file");
    for n in 1..NAMES_MAX {
        let place = if n == 1 { target.to_owned() } else { target.with_file_name(names::numbered(name, n)) };
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&place) {
            Ok(_) => return Ok(place),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

pub(crate) fn cannot_save(path: &Path, source: io::Error) -> ClientError {
    ClientError::CannotSave { path: path.to_owned(), source }
}
