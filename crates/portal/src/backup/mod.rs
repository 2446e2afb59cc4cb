//! `deskside-portal backup` and `restore`: everything an organisation must not lose, in one folder, while the portal runs.
//!
//! - [`take`]: database first, as it was at one moment, then the files that it names. What is deleted between the two is missing from the
//!   copies and named by the database: then a newer snapshot is taken, which does not name it, and only what is new is copied.
//! - [`restore`](restore::restore): the files first, each compared with its hash, the database last: a restore that broke off is no portal.
//! - [`manifest`]: the list of all files with their hashes, and a last line that tells that nothing is missing.
//!
//! Invariants
//! - A folder that has its final name is whole: it is written as `….part` and renamed when everything is on disk.
//! - Nobody else on the machine can read it.
//! - Files go through memory in pieces; lists by pages.

pub mod command;
pub mod manifest;
mod place;
pub mod restore;
mod take;

use std::{io, path::PathBuf};

use deskside_store::StoreError;

pub use place::Destination;
pub use take::{Source, Taken, take};

/// The database's copy, in the backup's folder.
const DATABASE: &str = "database";
/// The portal's own secrets, in the data folder and in the backup's; not every portal has some.
const SECRETS: &str = "secrets.key";
/// Objects by their keys.
const BLOBS: &str = "blobs";
/// Bytes on their way at a time.
const PIECE: usize = 256 * 1024;

/// Why there is no backup, or no restored portal.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("the portal's files cannot be read or written: {0}")]
    Blobs(io::Error),
    #[error("{0}")]
    Refused(String),
    /// The backup is not what was written.
    #[error("{path} in the backup is damaged: {reason}. Take another backup")]
    Damaged { path: String, reason: &'static str },
}

fn at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.into();
    move |error| BackupError::File { path, error }
}

/// Tells how far it is, about once a second.
#[derive(Debug)]
pub struct Progress<'a> {
    pub what: &'a str,
    pub files: u64,
    pub bytes: u64,
    told: std::time::Instant,
    show: bool,
}

impl<'a> Progress<'a> {
    #[must_use]
    pub fn new(what: &'a str, show: bool) -> Self {
        Self { what, files: 0, bytes: 0, told: std::time::Instant::now(), show }
    }

    fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
        if self.told.elapsed().as_secs() >= 1 {
            self.told = std::time::Instant::now();
            self.tell();
        }
    }

    fn tell(&self) {
        if self.show {
            // A terminal that is gone takes nothing from the backup.
            let line = format!("{}: {} files, {} MiB", self.what, self.files, self.bytes >> 20);
            drop(crate::cli::say(&line));
        }
    }
}
