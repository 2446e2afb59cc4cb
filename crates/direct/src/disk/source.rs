//! A file or folder of this computer that is to be sent, as it was when it was chosen.

use std::{
    fs::{File, Metadata, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use bytes::Bytes;
use deskside_proto::Digest32;
use deskside_transfer::{
    BLOCK_LEN, DEPTH_MAX, ENTRIES_MAX, Entry, Kind, Manifest, ManifestProblem, Place, ReadFailure, What,
};
use sha2::{Digest as _, Sha256};

use super::{OpenFiles, read_exact_at};

/// Why something cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("There is nothing at that place any more. Choose it again.")]
    Gone,
    #[error("It is neither a file nor a folder. Choose a file or a folder.")]
    Kind,
    #[error("It is not what was offered: it has changed. Send it again as a new message.")]
    Changed,
    /// Of a folder, its first unsafe list.
    #[error(transparent)]
    List(#[from] ManifestProblem),
    #[error("It cannot be read. Check that you may open it, and try again.")]
    Unreadable(#[source] io::Error),
}

impl SourceError {
    /// Stable, for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Gone => "source_gone",
            Self::Kind => "source_kind",
            Self::Changed => "source_changed",
            Self::List(ManifestProblem::TooMany | ManifestProblem::TooDeep | ManifestProblem::TooLarge) => {
                "source_too_large"
            }
            Self::List(_) => "source_names",
            Self::Unreadable(_) => "source_unreadable",
        }
    }

    fn of(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Gone,
            _ => Self::Unreadable(error),
        }
    }
}

/// What tells one state of a file from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    size: u64,
    /// Nanoseconds since 1970; −1 where the system does not say.
    modified: i128,
    /// Device and inode; zeroes where there are none.
    id: (u64, u64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        let since = metadata.modified().ok().and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
        let modified = since.map_or(-1, |since| i128::try_from(since.as_nanos()).unwrap_or(-1));
        #[cfg(unix)]
        let id = {
            use std::os::unix::fs::MetadataExt as _;
            (metadata.dev(), metadata.ino())
        };
        #[cfg(not(unix))]
        let id = (0, 0);
        Self { size: metadata.len(), modified, id }
    }
}

/// Something chosen to be sent. It holds handles of at most 8 files, and buffers of at most the blocks that somebody still reads.
#[derive(Debug)]
pub struct Source {
    root: PathBuf,
    manifest: Arc<Manifest>,
    /// Of each entry; of folders, `None`.
    stamps: Vec<Option<Stamp>>,
    open: Mutex<OpenFiles>,
    buffers: Arc<Buffers>,
}

impl Source {
    /// Looks at what is at `path`. Symbolic links in a folder are left out, as are devices and sockets. Waits for the disk.
    ///
    /// # Errors
    /// Why it cannot be sent.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        Self::open_as(path, name)
    }

    /// The same, under another `name` than its own: that of the attachment.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub fn open_as(path: &Path, name: &str) -> Result<Self, SourceError> {
        let metadata = std::fs::metadata(path).map_err(SourceError::of)?;
        let (manifest, stamps) = if metadata.is_file() {
            (Manifest::file(name, metadata.len())?, vec![Some(Stamp::of(&metadata))])
        } else if metadata.is_dir() {
            let walked = walk(path)?;
            let (entries, stamps) = walked.into_iter().unzip();
            (Manifest::folder(entries)?, stamps)
        } else {
            return Err(SourceError::Kind);
        };
        Ok(Self {
            root: path.to_owned(),
            manifest: Arc::new(manifest),
            stamps,
            open: Mutex::default(),
            buffers: Arc::default(),
        })
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    #[must_use]
    pub fn manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }

    /// Names this very state: of the list, of the time every file was changed, and with `identity` of which files they are on this
    /// disk. A copy elsewhere that kept its times differs in the last alone.
    #[must_use]
    pub fn stamp(&self, identity: bool) -> Digest32 {
        let mut hash = Sha256::new();
        hash.update([u8::from(self.manifest.kind() == Kind::Folder)]);
        for (entry, stamp) in self.manifest.entries().iter().zip(&self.stamps) {
            // Of a single file the name is the attachment's, which it may have lost when it was moved.
            if self.manifest.kind() == Kind::Folder {
                hash.update((entry.path.len() as u64).to_le_bytes());
                hash.update(&entry.path);
            }
            let stamp = stamp.unwrap_or(Stamp { size: u64::MAX, modified: -1, id: (0, 0) });
            hash.update(stamp.size.to_le_bytes());
            hash.update(stamp.modified.to_le_bytes());
            if identity {
                hash.update(stamp.id.0.to_le_bytes());
                hash.update(stamp.id.1.to_le_bytes());
            }
        }
        Digest32(hash.finalize().into())
    }

    /// One block. Waits for the disk.
    ///
    /// # Errors
    /// [`ReadFailure::Changed`] where any of its file's stamps is another than when it was chosen: two states are never spliced.
    pub fn read(&self, place: Place) -> Result<Bytes, ReadFailure> {
        let stamp = self.stamps.get(place.file as usize).copied().flatten().ok_or(ReadFailure::Changed)?;
        let file = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.get(place.file, || self.open_file(place.file)).map_err(|error| read_failure(&error))?
        };
        let mut buffer = self.buffers.take(place.len as usize);
        let read = read_exact_at(&file, &mut buffer.bytes, place.offset);
        // After the reading: what changed while it went on shows as well.
        let after = file.metadata().map_err(|error| read_failure(&error))?;
        if Stamp::of(&after) != stamp {
            return Err(ReadFailure::Changed);
        }
        match read {
            Ok(()) => Ok(Bytes::from_owner(buffer)),
            Err(error) => Err(read_failure(&error)),
        }
    }

    fn open_file(&self, index: u32) -> io::Result<File> {
        let entry = self.manifest.entries().get(index as usize).ok_or(io::ErrorKind::NotFound)?;
        let mut options = OpenOptions::new();
        options.read(true);
        if self.manifest.kind() == Kind::File {
            return options.open(&self.root);
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            // A link that somebody put in its place meanwhile is not followed; a link on the way shows in the inode.
            options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
        }
        let path = entry.path.split('/').fold(self.root.clone(), |path, component| path.join(component));
        options.open(path)
    }
}

fn read_failure(error: &io::Error) -> ReadFailure {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::PermissionDenied => {
            ReadFailure::Gone
        }
        io::ErrorKind::UnexpectedEof => ReadFailure::Changed,
        // A link is there now, which is not followed.
        #[cfg(unix)]
        _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => ReadFailure::Changed,
        _ => {
            tracing::warn!(%error, "a file that is being sent cannot be read");
            ReadFailure::Disk
        }
    }
}

/// All of a folder, in the order of names: the same folder gives the same list.
fn walk(root: &Path) -> Result<Vec<(Entry, Option<Stamp>)>, SourceError> {
    let mut found = Vec::new();
    // Folders yet to be looked into, as path from the root.
    let mut ahead = vec![String::new()];
    while let Some(folder) = ahead.pop() {
        if folder.split('/').count() > DEPTH_MAX {
            return Err(ManifestProblem::TooDeep.into());
        }
        let listed = list(root, &folder)?;
        if listed.is_empty() && !folder.is_empty() {
            found.push((Entry { path: folder.clone(), what: What::Folder }, None));
        }
        for (name, metadata) in listed {
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if metadata.is_dir() {
                ahead.push(path);
            } else {
                let what = What::File(metadata.len());
                found.push((Entry { path, what }, Some(Stamp::of(&metadata))));
            }
        }
        if found.len() + ahead.len() > ENTRIES_MAX {
            return Err(ManifestProblem::TooMany.into());
        }
    }
    found.sort_by(|(left, _), (right, _)| left.path.cmp(&right.path));
    Ok(found)
}

/// Files and folders of one folder, by name.
fn list(root: &Path, folder: &str) -> Result<Vec<(String, Metadata)>, SourceError> {
    let path =
        folder.split('/').filter(|part| !part.is_empty()).fold(root.to_owned(), |at, part| at.join(part));
    let mut listed = Vec::new();
    for entry in std::fs::read_dir(&path).map_err(SourceError::of)? {
        let entry = entry.map_err(SourceError::of)?;
        // Of the entry itself: links are not followed.
        let metadata = entry.metadata().map_err(SourceError::of)?;
        if !metadata.is_file() && !metadata.is_dir() {
            continue;
        }
        let name = entry.file_name().into_string().map_err(|_| ManifestProblem::UnsafeName)?;
        listed.push((name, metadata));
        if listed.len() > ENTRIES_MAX {
            return Err(ManifestProblem::TooMany.into());
        }
    }
    listed.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok(listed)
}

/// Memory of blocks that were sent, for those to be read next: fresh pages cost more than the reading itself.
#[derive(Debug, Default)]
struct Buffers(Mutex<Vec<Vec<u8>>>);

impl Buffers {
    /// Kept for later, at most.
    const KEPT_MAX: usize = 8;

    fn take(self: &Arc<Self>, len: usize) -> Buffer {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut bytes = kept.unwrap_or_else(|| Vec::with_capacity(BLOCK_LEN as usize));
        bytes.resize(len, 0);
        Buffer { bytes, home: self.clone() }
    }
}

struct Buffer {
    bytes: Vec<u8>,
    home: Arc<Buffers>,
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut kept = self.home.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < Buffers::KEPT_MAX {
            kept.push(std::mem::take(&mut self.bytes));
        }
    }
}
