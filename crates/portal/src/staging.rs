//! One piece of an upload on its way to the disk: hashed and written by a thread of its own, while the next bytes come.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Seek, SeekFrom, Write},
    path::PathBuf,
};

use bytes::Bytes;
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{checksum::Checksum, sniff::Sniffer};

const WRITE_BUFFER: usize = 256 * 1024;
/// Chunks that may wait for the disk, of at most 128 KiB each: the network is read on no faster than that.
const CHUNKS: usize = 16;

/// What is known of the bytes as they pass.
pub struct Known {
    /// Of the whole file, where every byte has passed it.
    pub sniffer: Option<Sniffer>,
    /// Of this piece, where its sender told one.
    pub checksum: Option<Checksum>,
}

/// A piece whose bytes are written, and not synced.
pub struct Written {
    file: File,
    pub offset: u64,
    pub known: Known,
}

/// A staging file that is open at the end of what is kept.
pub struct Piece {
    file: File,
    offset: u64,
    known: Known,
}

impl Piece {
    /// Opens the file at `path`, making it where it is missing, and cuts it back to `offset`.
    ///
    /// # Errors
    /// Those of the file system; a file that is shorter than what was synced.
    pub fn open(path: PathBuf, offset: u64, known: Known) -> io::Result<Self> {
        let mut file = OpenOptions::new().create(true).write(true).truncate(false).open(path)?;
        if file.metadata()?.len() < offset {
            return Err(io::Error::other("a staging file is shorter than what was synced"));
        }
        file.set_len(offset)?;
        file.seek(SeekFrom::Start(offset))?;
        Ok(Self { file, offset, known })
    }

    /// Takes chunks until their sender is dropped.
    #[must_use]
    pub fn begin(self) -> (mpsc::Sender<Bytes>, JoinHandle<io::Result<Written>>) {
        let (chunks, queue) = mpsc::channel(CHUNKS);
        (chunks, tokio::task::spawn_blocking(move || self.write(queue)))
    }

    fn write(self, mut queue: mpsc::Receiver<Bytes>) -> io::Result<Written> {
        let Self { file, mut offset, mut known } = self;
        let mut file = BufWriter::with_capacity(WRITE_BUFFER, file);
        while let Some(chunk) = queue.blocking_recv() {
            if let Some(checksum) = &mut known.checksum {
                checksum.update(&chunk);
            }
            if let Some(sniffer) = &mut known.sniffer {
                sniffer.take(&chunk);
            }
            file.write_all(&chunk)?;
            offset += chunk.len() as u64;
        }
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Written { file, offset, known })
    }
}

impl Written {
    /// Keeps the first `length` bytes of the file, on disk.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn keep(self, length: u64) -> io::Result<Option<Sniffer>> {
        if length < self.offset {
            self.file.set_len(length)?;
        }
        self.file.sync_all()?;
        Ok(self.known.sniffer.filter(|sniffer| sniffer.size() == length))
    }
}
