//! Bytes on their way in: a staging file per upload, one writer at a time, nothing lost that was synced (research/server §6).
//!
//! The store's offset is what is known to be safe on disk: it is raised after the file is synced, and a longer file is cut back to
//! it. A file becomes an object, and its attachment `uploaded`, only after its length and hash are known; that step can be repeated
//! after a crash.

use std::{
    collections::{HashMap, HashSet},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::body::BodyDataStream;
use deskside_proto::{AttachmentPolicy, AttachmentState, ErrorCode, ThumbnailSize, UploadId};
use deskside_store::{Caller, UploadDigest, UploadRecord};
use futures_util::StreamExt;
use tokio::time::timeout;

use crate::{
    ApiError, App,
    blobs::Key,
    checksum::Checksum,
    error::ApiResult,
    sniff::{self, Sniffed, Sniffer},
    staging::{Known, Piece},
};

/// Uploads whose beginning is known at a time, of 10 KB each.
const SNIFFERS_MAX: usize = 1_000;

/// The staging folder and who writes there.
#[derive(Clone)]
pub struct Uploads {
    staging: PathBuf,
    locked: Arc<Mutex<HashSet<UploadId>>>,
    /// What is known of uploads that came without a break since this process began: they are not read again for their hash.
    sniffers: Arc<Mutex<HashMap<UploadId, Sniffer>>>,
}

/// The right to write one upload; ends when dropped.
pub struct Lock {
    upload: UploadId,
    locked: Arc<Mutex<HashSet<UploadId>>>,
}

impl Drop for Lock {
    fn drop(&mut self) {
        lock_set(&self.locked).remove(&self.upload);
    }
}

fn lock_set(set: &Mutex<HashSet<UploadId>>) -> MutexGuard<'_, HashSet<UploadId>> {
    set.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock_map<K, V>(map: &Mutex<HashMap<K, V>>) -> MutexGuard<'_, HashMap<K, V>> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Uploads {
    pub fn open(staging: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&staging)?;
        Ok(Self { staging, locked: Arc::default(), sniffers: Arc::default() })
    }

    /// `upload_locked` while somebody else writes it.
    pub fn lock(&self, upload: UploadId) -> Result<Lock, ErrorCode> {
        if lock_set(&self.locked).insert(upload) {
            Ok(Lock { upload, locked: self.locked.clone() })
        } else {
            Err(ErrorCode::UploadLocked)
        }
    }

    /// What knows the first `offset` bytes, if anything does.
    fn sniffer(&self, upload: UploadId, offset: u64) -> Option<Sniffer> {
        let known = lock_map(&self.sniffers).remove(&upload);
        if offset == 0 { Some(Sniffer::default()) } else { known.filter(|known| known.size() == offset) }
    }

    /// For the next piece, or the end. Beyond [`SNIFFERS_MAX`] files are read again instead.
    fn keep(&self, upload: UploadId, sniffer: Sniffer) {
        let mut sniffers = lock_map(&self.sniffers);
        if sniffers.len() < SNIFFERS_MAX {
            sniffers.insert(upload, sniffer);
        }
    }

    /// Deletes what is staged of an upload that is over; nothing may be there any more.
    pub async fn discard(&self, upload: UploadId) -> io::Result<()> {
        lock_map(&self.sniffers).remove(&upload);
        match tokio::fs::remove_file(self.path(upload)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// What is staged here, in no order; other files than staging files are none of ours.
    pub async fn staged(&self) -> io::Result<Vec<UploadId>> {
        let mut folder = tokio::fs::read_dir(&self.staging).await?;
        let mut staged = Vec::new();
        while let Some(entry) = folder.next_entry().await? {
            let name = entry.file_name();
            staged.extend(name.to_str().and_then(|name| name.parse::<UploadId>().ok()));
        }
        Ok(staged)
    }

    /// The staging file: named by the id, never by what the sender calls it.
    #[must_use]
    pub fn path(&self, upload: UploadId) -> PathBuf {
        self.staging.join(upload.to_string())
    }
}

/// Adds `body` to an upload and returns its new offset. Runs in a task of its own, so that what arrived before a cut is kept
/// although the request is gone.
pub async fn receive(
    app: Arc<App>,
    record: UploadRecord,
    body: BodyDataStream,
    checksum: Option<Checksum>,
    lock: Lock,
) -> ApiResult<u64> {
    let task = tokio::spawn(async move {
        let (offset, ending) = write(&app, &record, body, checksum).await?;
        app.store.set_upload_offset(record.id, offset, app.env.now()).await?;
        if offset == record.size && ending.is_ok() {
            finish(&app, &record).await?;
        }
        drop(lock);
        ending.map(|()| offset)
    });
    task.await.map_err(ApiError::internal)?
}

/// Writes and syncs what comes. The inner result says how the body ended.
async fn write(
    app: &App,
    record: &UploadRecord,
    mut body: BodyDataStream,
    checksum: Option<Checksum>,
) -> ApiResult<(u64, ApiResult<()>)> {
    let known = Known { sniffer: app.uploads.sniffer(record.id, record.offset), checksum };
    let (path, offset) = (app.uploads.path(record.id), record.offset);
    let piece = blocking(move || Piece::open(path, offset, known)).await?;
    let (chunks, written) = piece.begin();
    let mut room = record.size - offset;
    let mut ending = loop {
        let chunk = match timeout(app.config.upload_idle, body.next()).await {
            Ok(Some(Ok(chunk))) => chunk,
            Ok(None) => break Ok(()),
            Ok(Some(Err(_))) | Err(_) => break Err(ErrorCode::SlowConsumer.into()),
        };
        if chunk.len() as u64 > room {
            break Err(ErrorCode::FileTooLarge.into());
        }
        room -= chunk.len() as u64;
        if chunks.send(chunk).await.is_err() {
            // It could not be written; why, the writer says.
            break Ok(());
        }
    };
    drop(chunks);
    let mut written = written.await.map_err(ApiError::internal)??;
    let mut offset = written.offset;
    // A piece that its digest does not fit, or that was cut before it could, is not kept.
    let checksum = written.known.checksum.take();
    if checksum.is_some_and(|checksum| ending.is_err() || !checksum.fits()) {
        offset = record.offset;
        ending = ending.and(Err(ErrorCode::ChecksumMismatch.into()));
    }
    if let Some(sniffer) = blocking(move || written.keep(offset)).await? {
        app.uploads.keep(record.id, sniffer);
    }
    Ok((offset, ending))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> ApiResult<T> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)??)
}

/// Finishes an upload whose bytes are all there, also one whose finishing a crash cut short.
pub async fn heal(app: Arc<App>, record: UploadRecord) -> ApiResult<()> {
    if record.state != AttachmentState::Uploading || record.offset < record.size {
        return Ok(());
    }
    let lock = app.uploads.lock(record.id)?;
    let task = tokio::spawn(async move {
        let finished = finish(&app, &record).await;
        drop(lock);
        finished
    });
    task.await.map_err(ApiError::internal)?
}

/// Hash, media type, thumbnail, object; then the attachment is complete.
async fn finish(app: &App, record: &UploadRecord) -> ApiResult<()> {
    let key = Key::attachment(record.org, record.session, record.attachment);
    let staged = app.uploads.path(record.id);
    let is_staged = tokio::fs::try_exists(&staged).await?;
    let path = if is_staged { staged.clone() } else { app.blobs.local_path(&key)? };
    let sniffed = match app.uploads.sniffer(record.id, record.size) {
        Some(known) => known.finish(),
        None => sniff_file(path.clone()).await?,
    };
    if sniffed.size != record.size {
        return Err(ApiError::internal("a complete upload has another length"));
    }
    if !policy(app, record).await?.is_none_or(|policy| sniffed.is_allowed(&policy)) {
        refuse(app, record).await?;
        return Err(ErrorCode::FileTypeNotAllowed.into());
    }
    let thumbnail = make_thumbnail(app, record, &path, &sniffed).await?;
    if is_staged {
        app.blobs.adopt(&key, staged).await?;
    }
    let Sniffed { sha256, media_type, .. } = sniffed;
    let joined = app.store.complete_upload(record.id, UploadDigest { sha256, media_type, thumbnail }).await?;
    if joined {
        app.sealer.add(record.session);
    }
    // Still there where the object is a copy of it. A crash before this leaves it to the sweeper.
    app.uploads.discard(record.id).await?;
    Ok(())
}

async fn policy(app: &App, record: &UploadRecord) -> ApiResult<Option<AttachmentPolicy>> {
    Ok(app.store.org(record.org).await?.map(|org| org.settings.attachments))
}

/// Ends an upload whose content may not be sent.
async fn refuse(app: &App, record: &UploadRecord) -> ApiResult<()> {
    let sender = Caller::Guest { session: record.session, participant: record.participant };
    app.store.end_upload(sender, record.id).await?;
    app.eraser.wake();
    Ok(())
}

async fn sniff_file(path: PathBuf) -> ApiResult<Sniffed> {
    blocking(move || sniff::sniff(&path)).await
}

async fn make_thumbnail(
    app: &App,
    record: &UploadRecord,
    path: &Path,
    sniffed: &Sniffed,
) -> ApiResult<Option<ThumbnailSize>> {
    if !sniff::is_picture(&sniffed.media_type) {
        return Ok(None);
    }
    let Some(thumbnail) = app.extractor.thumbnail(path, sniffed.size).await else { return Ok(None) };
    let key = Key::thumbnail(record.org, record.session, record.attachment);
    app.blobs.put(&key, thumbnail.bytes).await?;
    Ok(Some(thumbnail.size))
}

/// Bytes free for us on the disk of `folder`; `None` where the system does not say.
#[cfg(unix)]
#[must_use]
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(folder).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(not(unix))]
#[must_use]
pub fn free_bytes(_: &Path) -> Option<u64> {
    None
}
