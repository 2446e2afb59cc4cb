//! Where a backup is written, and how: for this user alone, under its final name only when it is whole.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

use deskside_proto::Millis;

use super::{BackupError, at, manifest};

/// Held while a backup is written.
const LOCK: &str = "lock";

/// A backup that is being written.
#[derive(Debug)]
pub struct Destination {
    /// Its folder until it is whole.
    pub part: PathBuf,
    whole: PathBuf,
    _lock: File,
}

impl Destination {
    /// `to` names the backup itself, or a folder that is there already and holds backups, each named after `now`. What an earlier attempt
    /// left there is gone on with.
    ///
    /// # Errors
    /// Where `to` is a backup already, cannot be written, or is being written by another process.
    pub fn open(to: &Path, now: Millis) -> Result<Self, BackupError> {
        let (part, whole) = if to.join(manifest::NAME).exists() {
            return Err(BackupError::Refused(format!(
                "{} is a backup already: name another folder",
                to.display()
            )));
        } else if to.is_dir() {
            (to.join("deskside.part"), to.join(name(now)))
        } else {
            let mut part = to.as_os_str().to_owned();
            part.push(".part");
            (PathBuf::from(part), to.to_owned())
        };
        make_folder(&part).map_err(at(&part))?;
        let path = part.join(LOCK);
        let lock = create(&path).map_err(at(&path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { part, whole, _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(BackupError::Refused(format!("another backup is being written into {}", part.display())))
            }
            Err(TryLockError::Error(error)) => Err(at(path)(error)),
        }
    }

    /// Gives it its name, once everything in it is on disk.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn finish(self) -> Result<PathBuf, BackupError> {
        let lock = self.part.join(LOCK);
        fs::remove_file(&lock).map_err(at(lock))?;
        sync(&self.part).map_err(at(&self.part))?;
        fs::rename(&self.part, &self.whole).map_err(at(&self.whole))?;
        let parent = self.whole.parent().filter(|parent| !parent.as_os_str().is_empty());
        sync_folder(parent.unwrap_or(Path::new("."))).map_err(at(&self.whole))?;
        Ok(self.whole)
    }
}

/// `deskside-2026-11-22T150405Z`: sorts by time, and every file system takes it.
fn name(now: Millis) -> String {
    let time = jiff::Timestamp::from_millisecond(now.0).unwrap_or_default();
    format!("deskside-{}", time.strftime("%Y-%m-%dT%H%M%SZ"))
}

/// With its parents; only this user may enter.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// An empty file that only this user may read, in place of what is there.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Everything in the folder is on disk afterwards.
#[cfg(target_os = "linux")]
fn sync(folder: &Path) -> io::Result<()> {
    // One call for its file system, where a call for each of a hundred thousand files takes many minutes.
    rustix::fs::syncfs(File::open(folder)?).map_err(io::Error::from)
}

#[cfg(not(target_os = "linux"))]
fn sync(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync(&path)?;
        } else {
            OpenOptions::new().write(true).open(&path)?.sync_all()?;
        }
    }
    sync_folder(folder)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
