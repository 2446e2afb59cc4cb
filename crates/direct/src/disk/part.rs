//! Where received bytes land: a file or folder with a name of its own beside the place it will have, until it is whole.
//!
//! The names in a list come from the peer. They were checked before ([`deskside_transfer::Manifest`]); here they are resolved below
//! an open folder, one component at a time, never through a link: what slipped through there still could not leave it.

use std::{
    collections::{BTreeSet, HashSet},
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use cap_std::{
    ambient_authority,
    fs::{Dir, OpenOptions},
};
use deskside_proto::names;
use deskside_transfer::{Kind, Manifest, Place, What, WriteFailure};

use super::{FreeSpace, MarkOrigin, OpenFiles, read_exact_at, scratch, write_all_at, write_failure};

const PREFIX: &str = ".deskside-";
const SUFFIX: &str = ".part";
/// Names tried before a folder is called full of them.
const NAMES_MAX: u32 = 1_000;
/// Files that are synced one by one; of more, the whole file system is, where the system can.
#[cfg(target_os = "linux")]
const SYNCED_ALONE_MAX: usize = 32;
/// Bytes of a file system that are left to others.
const SPARED: u64 = 1 << 20;

/// Why a folder takes no files.
#[derive(Debug, thiserror::Error)]
pub enum FolderProblem {
    #[error("The folder for received files is not there. Choose another in the settings.")]
    Gone(#[source] io::Error),
    #[error("A name for the part could not be made up.")]
    NoRandomness,
}

/// What has come of one transfer, open for more.
#[derive(Debug)]
pub struct Part {
    folder: PathBuf,
    name: String,
    /// `folder`, for what has one name in it.
    home: Dir,
    /// The part itself, where it is a folder.
    inside: Option<Dir>,
    manifest: Arc<Manifest>,
    open: OpenFiles,
    /// Folders below `inside` that are known to be there.
    made: HashSet<String>,
    /// Written since the last sync.
    dirty: BTreeSet<u32>,
    /// The part's own name is on disk, or about to be.
    named: bool,
    /// The disk could not keep what it took.
    lost: Arc<AtomicBool>,
}

/// What a power cut could still take away. It holds handles of at most 32 files.
#[derive(Debug, Default)]
pub struct Unsynced {
    files: Vec<Arc<File>>,
    folders: Vec<Dir>,
    /// All of the file system that holds it.
    #[cfg(target_os = "linux")]
    system: Option<Dir>,
    lost: Arc<AtomicBool>,
}

impl Unsynced {
    /// Waits for the disk. `false` where it could not keep it: the part has failed then, and says so at its next write.
    #[must_use]
    pub fn sync(self) -> bool {
        let synced = self.sync_all();
        if let Err(error) = &synced {
            tracing::warn!(%error, "the disk could not keep what was received");
            self.lost.store(true, Ordering::Release);
        }
        synced.is_ok()
    }

    fn sync_all(&self) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        if let Some(inside) = &self.system {
            rustix::fs::syncfs(for_syncing(inside)?)?;
        }
        for file in &self.files {
            file.sync_data()?;
        }
        self.folders.iter().try_for_each(sync_folder)
    }
}

impl Part {
    /// A name that nothing in any folder has.
    ///
    /// # Errors
    /// [`FolderProblem::NoRandomness`].
    pub fn new_name() -> Result<String, FolderProblem> {
        let mut random = [0u8; 8];
        getrandom::fill(&mut random).map_err(|_| FolderProblem::NoRandomness)?;
        Ok(format!("{PREFIX}{:016x}{SUFFIX}", u64::from_le_bytes(random)))
    }

    /// Whether a part of that name is still there.
    #[must_use]
    pub fn is_there(folder: &Path, name: &str) -> bool {
        folder.join(name).symlink_metadata().is_ok()
    }

    /// Opens the part `name` in `folder` for what `manifest` lists, with room for all of it; makes it only if `fresh`.
    ///
    /// # Errors
    /// `NoPlace` where the folder is not there, `Lost` where the part is not, and the disk's own.
    pub fn prepare(
        folder: &Path,
        name: &str,
        manifest: Arc<Manifest>,
        fresh: bool,
        free: &FreeSpace,
    ) -> Result<Self, WriteFailure> {
        let home = Dir::open_ambient_dir(folder, ambient_authority()).map_err(|_| WriteFailure::NoPlace)?;
        let inside = match (manifest.kind(), fresh) {
            (Kind::File, _) => None,
            (Kind::Folder, fresh) => Some(open_part_folder(&home, name, fresh)?),
        };
        let mut part = Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
            home,
            inside,
            manifest,
            open: OpenFiles::default(),
            made: HashSet::new(),
            dirty: BTreeSet::new(),
            named: false,
            lost: Arc::default(),
        };
        if part.inside.is_none() {
            part.open_only_file(fresh)?;
        }
        if let Some(free) = free(folder)
            && free.saturating_sub(SPARED) < part.missing_bytes()
        {
            return Err(WriteFailure::DiskFull);
        }
        part.make_empty_ones().map_err(|error| write_failure(&error))?;
        Ok(part)
    }

    fn open_only_file(&mut self, fresh: bool) -> Result<(), WriteFailure> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(fresh);
        not_through_a_link(&mut options);
        let file = match self.home.open_with(&self.name, &options) {
            Ok(file) => file.into_std(),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !fresh => {
                return Err(WriteFailure::Lost);
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(WriteFailure::NoPlace);
            }
            Err(error) => return Err(write_failure(&error)),
        };
        let size = self.manifest.size();
        let sized = || {
            if file.metadata()?.len() != size { file.set_len(size) } else { Ok(()) }
        };
        sized().map_err(|error| write_failure(&error))?;
        self.open.get(0, || Ok(file)).map_err(|error| write_failure(&error))?;
        Ok(())
    }

    /// Bytes that no block of the disk holds yet.
    fn missing_bytes(&self) -> u64 {
        let held = |index: usize| {
            let metadata = match &self.inside {
                None => self.home.symlink_metadata(&self.name),
                Some(inside) => inside.symlink_metadata(&self.manifest.entries()[index].path),
            };
            metadata.map_or(0, |metadata| allocated(&metadata))
        };
        let entries = self.manifest.entries().iter().enumerate();
        entries.map(|(index, entry)| entry.size().saturating_sub(held(index))).sum()
    }

    /// Folders, and files without bytes: nothing will be written to these.
    fn make_empty_ones(&mut self) -> io::Result<()> {
        let manifest = self.manifest.clone();
        for (index, entry) in manifest.entries().iter().enumerate() {
            match (entry.what, self.inside.is_some()) {
                (What::Folder, _) => self.make_folder(&entry.path)?,
                (What::File(0), true) => drop(self.open_inside(u32::try_from(index).unwrap_or(u32::MAX))?),
                _ => {}
            }
        }
        Ok(())
    }

    fn make_folder(&mut self, path: &str) -> io::Result<()> {
        let Some(inside) = &self.inside else { return Ok(()) };
        if path.is_empty() || self.made.contains(path) {
            return Ok(());
        }
        let mut at = inside.try_clone()?;
        for component in path.split('/') {
            names::check(component).map_err(|_| io::Error::from(io::ErrorKind::InvalidFilename))?;
            match at.create_dir(component) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            if !at.symlink_metadata(component)?.is_dir() {
                return Err(io::ErrorKind::NotADirectory.into());
            }
            at = at.open_dir(component)?;
        }
        self.made.insert(path.to_owned());
        Ok(())
    }

    fn open_inside(&mut self, index: u32) -> io::Result<File> {
        let manifest = self.manifest.clone();
        let entry = manifest.entries().get(index as usize).ok_or(io::ErrorKind::NotFound)?;
        let (parent, name) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
        names::check(name).map_err(|_| io::Error::from(io::ErrorKind::InvalidFilename))?;
        self.make_folder(parent)?;
        let inside = self.inside.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true);
        not_through_a_link(&mut options);
        let file = inside.open_with(&entry.path, &options)?.into_std();
        if file.metadata()?.len() != entry.size() {
            file.set_len(entry.size())?;
        }
        Ok(file)
    }

    fn file(&mut self, index: u32) -> io::Result<Arc<File>> {
        let mut open = std::mem::take(&mut self.open);
        let file = open.get(index, || self.open_inside(index));
        self.open = open;
        file
    }

    /// Writes one block. What is written is safe only once it was [synced](Part::unsynced).
    ///
    /// # Errors
    /// The disk's; `Lost` once it could not keep something that it took.
    pub fn write(&mut self, place: Place, bytes: &[u8]) -> Result<(), WriteFailure> {
        if self.lost.load(Ordering::Acquire) {
            return Err(WriteFailure::Lost);
        }
        let file = self.file(place.file).map_err(|error| write_failure(&error))?;
        self.dirty.insert(place.file);
        write_all_at(&file, bytes, place.offset).map_err(|error| write_failure(&error))
    }

    /// Bytes of a block that an earlier run wrote; the next [`Part::unsynced`] has them as well.
    pub fn read_back(&mut self, place: Place) -> Option<Bytes> {
        let file = self.file(place.file).ok()?;
        let mut bytes = vec![0; place.len as usize];
        read_exact_at(&file, &mut bytes, place.offset).ok()?;
        self.dirty.insert(place.file);
        Some(bytes.into())
    }

    /// What was written since this was asked last; it is safe once [`Unsynced::sync`] said so.
    ///
    /// # Errors
    /// The disk's.
    pub fn unsynced(&mut self) -> Result<Unsynced, WriteFailure> {
        let gathered = self.gather();
        // What was left out is dirty no longer, and would never be synced.
        gathered.map_err(|error| {
            self.lost.store(true, Ordering::Release);
            write_failure(&error)
        })
    }

    fn gather(&mut self) -> io::Result<Unsynced> {
        let mut unsynced = Unsynced { lost: self.lost.clone(), ..Unsynced::default() };
        let dirty = std::mem::take(&mut self.dirty);
        if !std::mem::replace(&mut self.named, true) {
            unsynced.folders.push(self.home.try_clone()?);
        }
        #[cfg(target_os = "linux")]
        if dirty.len() > SYNCED_ALONE_MAX
            && let Some(inside) = &self.inside
        {
            unsynced.system = Some(inside.try_clone()?);
            return Ok(unsynced);
        }
        for index in dirty {
            unsynced.files.push(self.file(index)?);
            self.folders_of(index, &mut unsynced.folders)?;
        }
        Ok(unsynced)
    }

    /// The folders on the way to a file hold its name.
    fn folders_of(&self, index: u32, folders: &mut Vec<Dir>) -> io::Result<()> {
        let (Some(inside), Some(entry)) = (&self.inside, self.manifest.entries().get(index as usize)) else {
            return Ok(());
        };
        folders.push(inside.try_clone()?);
        for (at, _) in entry.path.match_indices('/') {
            folders.push(inside.open_dir(&entry.path[..at])?);
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), WriteFailure> {
        let synced = self.unsynced()?.sync();
        // A system says once only that it could not keep what it took.
        if !synced || self.lost.load(Ordering::Acquire) {
            return Err(WriteFailure::Lost);
        }
        Ok(())
    }

    /// Syncs everything, makes sure that all is there, and marks every file as one from elsewhere.
    ///
    /// # Errors
    /// `Lost` where something was taken away meanwhile, and the disk's.
    pub fn complete(&mut self, mark: &MarkOrigin) -> Result<(), WriteFailure> {
        self.sync()?;
        let mut marked = true;
        for entry in self.manifest.entries().iter().filter(|entry| matches!(entry.what, What::File(_))) {
            let (metadata, path) = match &self.inside {
                None => (self.home.symlink_metadata(&self.name), self.path()),
                Some(inside) => (inside.symlink_metadata(&entry.path), self.path().join(&entry.path)),
            };
            if !metadata.is_ok_and(|metadata| metadata.is_file() && metadata.len() == entry.size()) {
                return Err(WriteFailure::Lost);
            }
            // A folder that takes no marks takes none of any file.
            if marked && let Err(error) = mark(&path) {
                tracing::warn!(%error, "this folder takes no mark of origin");
                marked = false;
            }
        }
        Ok(())
    }

    /// Takes `wanted`, or the first free name beside it, by something empty of our own, which [`Part::settle`] then replaces: nobody
    /// else's file ever is.
    ///
    /// # Errors
    /// The disk's.
    pub fn claim(&self, wanted: &str) -> Result<PathBuf, WriteFailure> {
        for n in 1..NAMES_MAX {
            let name = if n == 1 { wanted.to_owned() } else { names::numbered(wanted, n) };
            let claimed = match self.inside {
                None => self.home.open_with(&name, OpenOptions::new().write(true).create_new(true)).map(drop),
                Some(_) if cfg!(unix) => self.home.create_dir(&name),
                // Renaming over a folder is refused there: the name stays free until then.
                Some(_) if self.home.symlink_metadata(&name).is_ok() => {
                    Err(io::ErrorKind::AlreadyExists.into())
                }
                Some(_) => Ok(()),
            };
            match claimed {
                Ok(()) => return Ok(self.folder.join(name)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(write_failure(&error)),
            }
        }
        Err(WriteFailure::Disk)
    }

    /// Gives it the claimed name.
    ///
    /// # Errors
    /// `Lost` where the part is gone, and the disk's.
    pub fn settle(&mut self, claimed: &Path) -> Result<(), WriteFailure> {
        // Windows renames nothing that is open.
        self.open.clear();
        self.inside = None;
        let name = claimed.file_name().ok_or(WriteFailure::Disk)?;
        let _ = std::fs::remove_file(scratch::path(&self.folder, &self.name));
        match self.home.rename(&self.name, &self.home, name) {
            Ok(()) => sync_folder(&self.home).map_err(|error| write_failure(&error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(WriteFailure::Lost),
            Err(error) => Err(write_failure(&error)),
        }
    }

    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// Throws away what has come. What has no part's name is never touched.
    pub fn remove(folder: &Path, name: &str) {
        if !name.starts_with(PREFIX) || !name.ends_with(SUFFIX) || name.contains(['/', '\\']) {
            return;
        }
        let _ = std::fs::remove_file(scratch::path(folder, name));
        let path = folder.join(name);
        let removed = match path.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => std::fs::remove_dir_all(&path),
            Ok(_) => std::fs::remove_file(&path),
            Err(_) => Ok(()),
        };
        if let Err(error) = removed {
            tracing::warn!(%error, "what was received in part cannot be removed");
        }
    }

    /// Whether nobody put anything into a name that [`Part::claim`] took in an earlier run.
    #[must_use]
    pub fn is_claimed(claimed: &Path) -> bool {
        match claimed.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => {
                std::fs::read_dir(claimed).is_ok_and(|mut entries| entries.next().is_none())
            }
            Ok(metadata) => metadata.is_file() && metadata.len() == 0,
            Err(_) => false,
        }
    }

    /// Takes back a name that [`Part::claim`] took and nothing was put into.
    pub fn unclaim(claimed: &Path) {
        match claimed.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => drop(std::fs::remove_dir(claimed)),
            Ok(metadata) if metadata.len() == 0 => drop(std::fs::remove_file(claimed)),
            _ => {}
        }
    }
}

fn open_part_folder(home: &Dir, name: &str, fresh: bool) -> Result<Dir, WriteFailure> {
    if fresh {
        match home.create_dir(name) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(WriteFailure::NoPlace);
            }
            made => made.map_err(|error| write_failure(&error))?,
        }
    }
    match home.symlink_metadata(name) {
        Ok(metadata) if metadata.is_dir() => home.open_dir(name).map_err(|error| write_failure(&error)),
        _ => Err(WriteFailure::Lost),
    }
}

fn not_through_a_link(options: &mut OpenOptions) {
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    #[cfg(not(unix))]
    let _ = options;
}

fn allocated(metadata: &cap_std::fs::Metadata) -> u64 {
    #[cfg(unix)]
    {
        use cap_std::fs::MetadataExt as _;
        // POSIX counts them in 512 bytes whatever the file system does.
        metadata.blocks().saturating_mul(512)
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        0
    }
}

/// `folder` once more: as [`Dir`] holds it, names can be looked up in it and nothing can be synced.
#[cfg(unix)]
fn for_syncing(folder: &Dir) -> io::Result<std::os::fd::OwnedFd> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(folder, ".", flags, Mode::empty())?)
}

fn sync_folder(folder: &Dir) -> io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        match rustix::fs::fsync(for_syncing(folder)?) {
            // File systems that keep no folders of their own, as those of a network.
            Err(Errno::INVAL | Errno::NOTSUP) => Ok(()),
            synced => Ok(synced?),
        }
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// Z20: a disk says once only that it lost something, and a part never forgets it.
    #[test]
    fn what_the_disk_could_not_keep_ends_the_part() {
        let to = tempfile::tempdir().unwrap();
        let manifest = Arc::new(Manifest::file("report.pdf", 5).unwrap());
        let free: FreeSpace = Arc::new(|_: &Path| None);
        let name = Part::new_name().unwrap();
        let mut part = Part::prepare(to.path(), &name, manifest, true, &free).unwrap();
        let place = Place { file: 0, offset: 0, len: 5 };
        part.write(place, b"hello").unwrap();
        let mut unsynced = part.unsynced().unwrap();
        // Nothing can be synced in a pipe.
        let (pipe, _other) = io::pipe().unwrap();
        unsynced.files.push(Arc::new(File::from(std::os::fd::OwnedFd::from(pipe))));
        assert!(!unsynced.sync());
        assert_eq!(part.write(place, b"hello"), Err(WriteFailure::Lost));
        let no_mark: MarkOrigin = Arc::new(|_: &Path| Ok(()));
        assert_eq!(part.complete(&no_mark), Err(WriteFailure::Lost));
    }
}
