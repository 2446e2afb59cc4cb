//! A file that is hashed while it is written, however long it gets.

use std::{io, path::PathBuf};

use sha2::{Digest, Sha256};
use tokio::{fs::File, io::AsyncWriteExt};

/// A file that grows.
pub struct HashedFile {
    path: PathBuf,
    file: File,
    hash: Sha256,
    size: u64,
}

/// A file whose bytes are on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashed {
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
}

impl HashedFile {
    /// Begins a file, in place of an earlier one.
    ///
    /// # Errors
    /// Those of the file system.
    pub async fn create(path: PathBuf) -> io::Result<Self> {
        let file = File::create(&path).await?;
        Ok(Self { path, file, hash: Sha256::new(), size: 0 })
    }

    /// Adds to it.
    ///
    /// # Errors
    /// Those of the file system.
    pub async fn write(&mut self, text: &str) -> io::Result<()> {
        self.hash.update(text);
        self.size += text.len() as u64;
        self.file.write_all(text.as_bytes()).await
    }

    /// Its bytes are on the disk.
    ///
    /// # Errors
    /// Those of the file system.
    pub async fn finish(mut self) -> io::Result<Hashed> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        Ok(Hashed { path: self.path, size: self.size, sha256: hex::encode(self.hash.finalize()) })
    }
}
