//! The list of what a backup holds: one JSON value in a line, the first about the whole, the last with the hash of all before it.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::Path,
};

use deskside_proto::Millis;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{BackupError, at};

/// Its file in the backup's folder.
pub const NAME: &str = "manifest.jsonl";
/// Raised when an older program could not read it.
const FORMAT: u32 = 1;
/// Bytes of a line at most: keys and names of ours.
const LINE_MAX: u64 = 4096;

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    Backup {
        format: u32,
        /// Of the program that took it.
        version: String,
        taken_at: Millis,
        /// `sqlite` or `postgres`.
        database: String,
    },
    File {
        /// In the backup's folder, with slashes.
        path: String,
        /// Bytes.
        size: u64,
        /// Lower-case hex.
        sha256: String,
    },
    /// The database names it, and it was not there, or not what the database knows of it.
    Lost { path: String },
    /// The last line.
    End {
        /// Of all lines before, with their line ends.
        sha256: String,
    },
}

impl Line {
    #[must_use]
    pub fn first(taken_at: Millis, database: &str) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self::Backup { format: FORMAT, version, taken_at, database: database.to_owned() }
    }
}

/// Writes one.
pub struct Writer {
    file: BufWriter<File>,
    hash: Sha256,
}

impl Writer {
    /// # Errors
    /// Where the file cannot be made.
    pub fn create(file: File) -> Self {
        Self { file: BufWriter::new(file), hash: Sha256::new() }
    }

    /// # Errors
    /// Where it cannot be written.
    pub fn add(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.hash.update(&text);
        self.file.write_all(text.as_bytes())
    }

    /// # Errors
    /// Where it cannot be written or synced.
    pub fn finish(mut self) -> io::Result<()> {
        let sha256 = hex::encode(self.hash.clone().finalize());
        self.add(&Line::End { sha256 })?;
        self.file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

/// Reads one: every line but the last, and then whether the last was right.
pub struct Reader {
    file: BufReader<File>,
    hash: Sha256,
}

impl Reader {
    /// # Errors
    /// Where there is none: the folder is no backup, or a broken-off one.
    pub fn open(folder: &Path) -> Result<Self, BackupError> {
        let path = folder.join(NAME);
        let file = File::open(&path).map_err(at(&path))?;
        Ok(Self { file: BufReader::new(file), hash: Sha256::new() })
    }

    /// The next line; `None` after the last, which was right.
    ///
    /// # Errors
    /// Where the list is damaged or of a later format.
    pub fn line(&mut self) -> Result<Option<Line>, BackupError> {
        use io::Read as _;
        let damaged = |reason| BackupError::Damaged { path: NAME.to_owned(), reason };
        let mut text = String::new();
        let read = (&mut self.file).take(LINE_MAX).read_line(&mut text).map_err(at(NAME))?;
        if read == 0 || !text.ends_with('\n') {
            return Err(damaged("its end is missing"));
        }
        let line = serde_json::from_str(&text).map_err(|_| damaged("a line cannot be read"))?;
        match line {
            Line::End { sha256 } if sha256 == hex::encode(self.hash.clone().finalize()) => return Ok(None),
            Line::End { .. } => return Err(damaged("it was changed")),
            Line::Backup { format, .. } if format > FORMAT => {
                return Err(BackupError::Refused(
                    "a later version of deskside-portal took this backup: restore it with that".to_owned(),
                ));
            }
            _ => self.hash.update(&text),
        }
        Ok(Some(line))
    }
}
