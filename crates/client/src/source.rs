//! A file of this computer that is to be sent.

use std::{
    fs::Metadata,
    io::SeekFrom,
    path::{Path, PathBuf},
    time::SystemTime,
};

use tokio::{
    fs::File,
    io::{AsyncReadExt as _, AsyncSeekExt as _, Take},
};

use crate::{
    ClientError,
    names::{self, NameProblem},
};

/// A file as it was when it was chosen. Only the person's own choice makes one: nobody else names a path.
#[derive(Debug, Clone)]
pub struct LocalFile {
    path: PathBuf,
    name: String,
    size: u64,
    modified: Option<SystemTime>,
}

impl LocalFile {
    /// # Errors
    /// Why the file cannot be sent: its name, its kind, nothing in it.
    pub fn choose(path: &Path) -> Result<Self, ClientError> {
        let name = path.file_name().and_then(|name| name.to_str()).ok_or(NameProblem::NotText)?;
        names::check(name)?;
        let metadata = std::fs::metadata(path).map_err(ClientError::SourceUnreadable)?;
        if !metadata.is_file() {
            return Err(ClientError::SourceUnreadable(std::io::ErrorKind::InvalidInput.into()));
        }
        if metadata.len() == 0 {
            return Err(ClientError::FileEmpty);
        }
        Ok(Self {
            path: path.to_owned(),
            name: name.to_owned(),
            size: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// When it was changed last, after 1970; −1 where the system does not say.
    pub(crate) fn modified_nanos(&self) -> i64 {
        let since = self.modified.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
        since.and_then(|since| i64::try_from(since.as_nanos()).ok()).unwrap_or(-1)
    }

    /// `length` bytes from `offset`; refused where the file is not the chosen one any more: two versions are never spliced.
    pub(crate) async fn piece(&self, offset: u64, length: u64) -> Result<Take<File>, ClientError> {
        let mut file = File::open(&self.path).await.map_err(ClientError::SourceUnreadable)?;
        let metadata = file.metadata().await.map_err(ClientError::SourceUnreadable)?;
        self.compare(&metadata)?;
        file.seek(SeekFrom::Start(offset)).await.map_err(ClientError::SourceUnreadable)?;
        Ok(file.take(length))
    }

    /// Whether the file is still the chosen one.
    pub(crate) async fn unchanged(&self) -> Result<(), ClientError> {
        let metadata = tokio::fs::metadata(&self.path).await.map_err(ClientError::SourceUnreadable)?;
        self.compare(&metadata)
    }

    fn compare(&self, metadata: &Metadata) -> Result<(), ClientError> {
        if metadata.len() == self.size && metadata.modified().ok() == self.modified {
            Ok(())
        } else {
            Err(ClientError::SourceChanged)
        }
    }
}
