//! Bytes of files: objects under keys that are made of ids, never of names (rows N11, Z14).

use std::{
    io,
    ops::Range,
    path::{Path as FsPath, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use deskside_proto::{AttachmentId, OrgId, SessionId};
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{
    GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig, aws::AmazonS3Builder,
    buffered::BufWriter, local::LocalFileSystem, path::Path, prefix::PrefixStore,
};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio_util::io::ReaderStream;
use url::Url;

/// Bytes of one part of an upload to a server (S3's least is 5 MiB), and how many are on their way at once: what a large file
/// costs in memory (research/server §6).
const PART_BYTES: usize = 8 * 1024 * 1024;
const PARTS_AT_ONCE: usize = 2;
/// Bytes of a file read at a time.
const READ_BYTES: usize = 256 * 1024;
/// How long a server that stumbles is asked again; people wait for the answer.
const RETRY_FOR: Duration = Duration::from_secs(20);

/// The organisation's own storage: a folder, or a bucket of an S3 server.
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// The folder, where it is one: complete files become objects there without copying.
    folder: Option<Arc<LocalFileSystem>>,
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

impl Key {
    /// Its place as a path with slashes.
    #[must_use]
    pub fn as_path(&self) -> &str {
        self.0.as_ref()
    }

    /// The key that [`Key::as_path`] tells; `None` for what leads elsewhere.
    #[must_use]
    pub fn from_path(path: &str) -> Option<Self> {
        Path::parse(path).ok().filter(|parsed| parsed.as_ref() == path && !path.is_empty()).map(Self)
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
    ///
    /// # Errors
    /// Those of the file system.
    pub fn folder(root: &FsPath) -> io::Result<Self> {
        std::fs::create_dir_all(root)?;
        let store = LocalFileSystem::new_with_prefix(root).map_err(io::Error::other)?.with_fsync(true);
        let folder = Arc::new(store);
        Ok(Self { store: folder.clone(), folder: Some(folder) })
    }

    /// A bucket, `s3://bucket/prefix`. Credentials, region and endpoint come from the environment (`AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT`; `AWS_ALLOW_HTTP=true` for a server without TLS), as every program
    /// for S3 reads them.
    ///
    /// # Errors
    /// Where the address or the variables make no sense; whether the bucket is there, [`Blobs::check`] tells.
    pub fn bucket(url: &Url) -> io::Result<Self> {
        Self::on_s3(AmazonS3Builder::from_env(), url)
    }

    /// [`Blobs::bucket`] with what `builder` knows already.
    ///
    /// # Errors
    /// As [`Blobs::bucket`].
    pub fn on_s3(builder: AmazonS3Builder, url: &Url) -> io::Result<Self> {
        // The HTTP client takes the process's provider; there is one already where TLS is served.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let retry = RetryConfig { retry_timeout: RETRY_FOR, ..RetryConfig::default() };
        let store = builder.with_url(url.as_str()).with_retry(retry).build().map_err(io_error)?;
        let prefix = Path::from_url_path(url.path()).map_err(io::Error::other)?;
        Ok(Self::on(Arc::new(PrefixStore::new(store, prefix))))
    }

    /// Any other store.
    #[must_use]
    pub fn on(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, folder: None }
    }

    /// Writes an object and deletes it.
    ///
    /// # Errors
    /// The store's own: no such bucket, no right to it, nobody there.
    pub async fn check(&self) -> io::Result<()> {
        let probe = Key(Path::from("check"));
        self.put(&probe, Bytes::from_static(b"ok")).await?;
        self.delete(&probe).await
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
        if let Some(folder) = &self.folder {
            let path = folder.path_to_filesystem(&key.0).map_err(io_error)?;
            return read_file(&path, range).await;
        }
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

    /// Makes the complete file at `staged`, whose bytes are on disk already, the object `key`. A folder takes the file itself; a
    /// server is sent its bytes, and the file stays for the caller to delete when that is on record.
    ///
    /// # Errors
    /// Those of the file system or the server; the file is there then, and it can be tried again.
    pub async fn adopt(&self, key: &Key, staged: PathBuf) -> io::Result<()> {
        let Some(folder) = &self.folder else { return self.upload(key, &staged).await };
        let target = folder.path_to_filesystem(&key.0).map_err(io_error)?;
        tokio::task::spawn_blocking(move || {
            let folder = target.parent().ok_or_else(|| io::Error::other("an object without a folder"))?;
            std::fs::create_dir_all(folder)?;
            std::fs::rename(&staged, &target)?;
            sync_folder(folder)
        })
        .await
        .map_err(io::Error::other)?
    }

    async fn upload(&self, key: &Key, staged: &FsPath) -> io::Result<()> {
        let mut file = tokio::fs::File::open(staged).await?;
        let mut object = BufWriter::with_capacity(self.store.clone(), key.0.clone(), PART_BYTES)
            .with_max_concurrency(PARTS_AT_ONCE);
        if let Err(error) = tokio::io::copy(&mut file, &mut object).await {
            // Parts of an upload that is never ended cost room until the server's own rule collects them.
            if let Err(error) = object.abort().await {
                tracing::warn!(%error, "an upload to the object store is left open");
            }
            return Err(error);
        }
        object.shutdown().await
    }

    /// The file behind an object, where it is one.
    ///
    /// # Errors
    /// Where the objects are on a server.
    pub fn local_path(&self, key: &Key) -> io::Result<PathBuf> {
        let folder = self.folder.as_ref().ok_or_else(|| io::Error::other("the object is on a server"))?;
        folder.path_to_filesystem(&key.0).map_err(io_error)
    }
}

/// As `object_store` reads one, which goes to the disk for every 8 KiB.
async fn read_file(path: &FsPath, range: Option<Range<u64>>) -> io::Result<Option<Content>> {
    let mut file = match tokio::fs::File::open(path).await {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let size = file.metadata().await?.len();
    let range = range.unwrap_or(0..size);
    let range = range.start.min(size)..range.end.min(size);
    file.seek(io::SeekFrom::Start(range.start)).await?;
    let part = file.take(range.end - range.start);
    let failed = |source| object_store::Error::Generic { store: "folder", source: Box::new(source) };
    let stream = ReaderStream::with_capacity(part, READ_BYTES).map_err(failed).boxed();
    Ok(Some(Content { size, range, stream }))
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
