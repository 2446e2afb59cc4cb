//! Bytes of files: objects under keys that are made of ids, never of names (rows N11, Z14).

use std::{
    io,
    ops::Range,
    path::{Path as FsPath, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use deskside_proto::{AttachmentId, OrgId, SessionId};
use futures_util::stream::BoxStream;
use object_store::{
    GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem, path::Path,
};

/// The organisation's own storage: a folder. Another backend of `object_store` can take its place; then [`Blobs::adopt`] streams.
#[derive(Clone)]
pub struct Blobs {
    store: Arc<LocalFileSystem>,
}

/// Where an object stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(Path);

impl Key {
    /// `chat-attachments/<organisation>/<session>/<attachment>` (row N11).
    #[must_use]
    pub fn attachment(org: OrgId, session: SessionId, attachment: AttachmentId) -> Self {
        Self(Path::from(format!("chat-attachments/{org}/{session}/{attachment}")))
    }

    #[must_use]
    pub fn thumbnail(org: OrgId, session: SessionId, attachment: AttachmentId) -> Self {
        Self(Path::from(format!("thumbnails/{org}/{session}/{attachment}")))
    }

    #[must_use]
    pub fn transcript(org: OrgId, session: SessionId) -> Self {
        Self(Path::from(format!("transcripts/{org}/{session}/transcript.txt")))
    }
}

/// A part of an object, or all of it.
pub struct Content {
    /// Bytes of the whole object.
    pub size: u64,
    /// What `stream` carries.
    pub range: Range<u64>,
    pub stream: BoxStream<'static, object_store::Result<Bytes>>,
}

impl Blobs {
    /// Opens the folder, making it where it is missing.
    pub fn open(root: &FsPath) -> io::Result<Self> {
        std::fs::create_dir_all(root)?;
        let store = LocalFileSystem::new_with_prefix(root).map_err(io::Error::other)?.with_fsync(true);
        Ok(Self { store: Arc::new(store) })
    }

    /// Writes a whole object, in place of an earlier one; it is there completely or not at all.
    pub async fn put(&self, key: &Key, bytes: Bytes) -> io::Result<()> {
        self.store.put(&key.0, PutPayload::from_bytes(bytes)).await.map(drop).map_err(io_error)
    }

    /// Size of an object, `None` where there is none.
    pub async fn size(&self, key: &Key) -> io::Result<Option<u64>> {
        match self.store.head(&key.0).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(io_error(error)),
        }
    }

    /// Reads an object or, with `range` inside it, a part of it. `None` where there is none.
    pub async fn get(&self, key: &Key, range: Option<Range<u64>>) -> io::Result<Option<Content>> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        match self.store.get_opts(&key.0, options).await {
            Ok(found) => Ok(Some(Content {
                size: found.meta.size,
                range: found.range.clone(),
                stream: found.into_stream(),
            })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(io_error(error)),
        }
    }

    /// Deletes an object; one that is not there is gone already.
    pub async fn delete(&self, key: &Key) -> io::Result<()> {
        match self.store.delete(&key.0).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(io_error(error)),
        }
    }

    /// Makes the complete file at `staged` the object `key`, without copying. Its bytes are on disk already.
    pub async fn adopt(&self, key: &Key, staged: PathBuf) -> io::Result<()> {
        let target = self.local_path(key)?;
        tokio::task::spawn_blocking(move || {
            let folder = target.parent().ok_or_else(|| io::Error::other("an object without a folder"))?;
            std::fs::create_dir_all(folder)?;
            std::fs::rename(&staged, &target)?;
            sync_folder(folder)
        })
        .await
        .map_err(io::Error::other)?
    }

    /// The file behind an object, for the thumbnail's child process.
    pub fn local_path(&self, key: &Key) -> io::Result<PathBuf> {
        self.store.path_to_filesystem(&key.0).map_err(io_error)
    }
}

/// A rename is on disk once its folder is.
#[cfg(unix)]
fn sync_folder(folder: &FsPath) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &FsPath) -> io::Result<()> {
    Ok(())
}

/// Keeps the kind of a file system's error, by which a full disk is told.
fn io_error(error: object_store::Error) -> io::Error {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            return io::Error::new(io.kind(), error);
        }
        source = inner.source();
    }
    io::Error::other(error)
}
