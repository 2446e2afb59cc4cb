//! The disk's part: what is sent ([`Source`]), where it lands ([`Part`]), what a restart needs ([`Ledger`]), and the threads that
//! wait for the disk in place of everybody else.

pub mod ledger;
mod part;
pub(crate) mod scratch;
mod source;
mod syncer;
pub(crate) mod worker;

use std::{collections::VecDeque, fs::File, io, path::Path, sync::Arc};

use deskside_transfer::WriteFailure;

pub use ledger::{Entry, Finished, Incoming, Key, Ledger, LedgerError, MemoryLedger, Outgoing, Record};
pub use part::{FolderProblem, Part, Unsynced};
pub use source::{Source, SourceError};

/// Bytes free for us in the file system that holds a folder; `None` where the system does not say.
pub type FreeSpace = Arc<dyn Fn(&Path) -> Option<u64> + Send + Sync>;

/// Marks a file as one that came from elsewhere, before it has its name.
pub type MarkOrigin = Arc<dyn Fn(&Path) -> io::Result<()> + Send + Sync>;

/// What the file system itself says of `folder`.
#[must_use]
pub fn free_space(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let stat = rustix::fs::statvfs(folder).ok()?;
        Some(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

/// Whether `error` is about room, and so passes when somebody tidies up.
fn write_failure(error: &io::Error) -> WriteFailure {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            WriteFailure::DiskFull
        }
        _ => {
            tracing::warn!(%error, "the disk refuses a received file");
            WriteFailure::Disk
        }
    }
}

fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    #[cfg(unix)]
    {
        std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
    }
    #[cfg(windows)]
    {
        let mut done = 0;
        while done < bytes.len() {
            let at = offset + done as u64;
            match std::os::windows::fs::FileExt::seek_read(file, &mut bytes[done..], at)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => done += n,
            }
        }
        Ok(())
    }
}

fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    #[cfg(unix)]
    {
        std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
    }
    #[cfg(windows)]
    {
        let mut done = 0;
        while done < bytes.len() {
            let at = offset + done as u64;
            match std::os::windows::fs::FileExt::seek_write(file, &bytes[done..], at)? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                n => done += n,
            }
        }
        Ok(())
    }
}

/// The few files of a folder that were used last: a file of many blocks is opened once, a folder of many files never runs out of
/// handles.
#[derive(Debug, Default)]
struct OpenFiles(VecDeque<(u32, Arc<File>)>);

impl OpenFiles {
    const MAX: usize = 8;

    fn get(&mut self, index: u32, open: impl FnOnce() -> io::Result<File>) -> io::Result<Arc<File>> {
        if let Some((_, file)) = self.0.iter().find(|(open, _)| *open == index) {
            return Ok(file.clone());
        }
        let file = Arc::new(open()?);
        if self.0.len() == Self::MAX {
            self.0.pop_front();
        }
        self.0.push_back((index, file.clone()));
        Ok(file)
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}
