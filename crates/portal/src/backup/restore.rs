//! A backup, and whether it is whole; a portal made from one.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    BLOBS, BackupError, DATABASE, Progress, SECRETS, at,
    manifest::{Line, Reader},
    place::{create, make_folder},
    take::{Source, blocking, hash},
};
use crate::blobs::Key;

/// What a backup holds.
#[derive(Debug, Default)]
pub struct Contents {
    pub files: u64,
    pub bytes: u64,
    /// Files that the portal had lost before the backup was taken.
    pub lost: Vec<String>,
    database: String,
    has_database: bool,
}

/// Reads every file of the backup in `folder` and compares its hash.
///
/// # Errors
/// At the first that is not as it was written, and where the list is not whole.
pub async fn check(folder: &Path, show: bool) -> Result<Contents, BackupError> {
    let mut progress = Progress::new("check", show);
    let mut contents = Contents::default();
    let mut lines = Reader::open(folder)?;
    while let Some(line) = lines.line()? {
        match line {
            Line::Backup { database, .. } => contents.database = database,
            Line::Lost { path } => contents.lost.push(path),
            Line::File { path, size, sha256 } => {
                let damaged = |reason| BackupError::Damaged { path: path.clone(), reason };
                let wanted = Wanted::of(&path).ok_or_else(|| damaged("no such file belongs there"))?;
                contents.has_database |= wanted == Wanted::Database;
                let file = folder.join(&path);
                if !file.is_file() {
                    return Err(damaged("it is missing"));
                }
                if blocking(move || hash(&file)).await? != (size, sha256) {
                    return Err(damaged("it is not what was written"));
                }
                progress.add(size);
            }
            Line::End { .. } => {}
        }
    }
    if !contents.has_database {
        return Err(BackupError::Damaged { path: DATABASE.to_owned(), reason: "it is missing" });
    }
    (contents.files, contents.bytes) = (progress.files, progress.bytes);
    Ok(contents)
}

/// What a line of the list may name: nothing that leads elsewhere.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Database,
    Secrets,
    Object(Key),
}

impl Wanted {
    fn of(path: &str) -> Option<Self> {
        match path {
            DATABASE => Some(Self::Database),
            SECRETS => Some(Self::Secrets),
            _ => Key::from_path(path.strip_prefix(BLOBS)?.strip_prefix('/')?).map(Self::Object),
        }
    }
}

/// Makes a portal's data from the backup in `folder`: first compared as by [`check`], then the files, the database last. Begun again
/// after a break it goes on.
///
/// # Errors
/// Where the backup is damaged, there is a portal already, or something cannot be written.
pub async fn restore(folder: &Path, target: &Source, show: bool) -> Result<Contents, BackupError> {
    if !target.database.has_room().await? {
        return Err(BackupError::Refused(
            "there is a database already: restore into an empty data folder, or into an empty database"
                .to_owned(),
        ));
    }
    let contents = check(folder, show).await?;
    if contents.database != target.database.kind() {
        return Err(BackupError::Refused(format!(
            "the backup is one of {}, and is restored into that only{}",
            contents.database,
            if contents.database == "postgres" { ": name an empty database in --database-url" } else { "" }
        )));
    }
    let staging = target.data_dir.join("staging");
    make_folder(&staging).map_err(at(&staging))?;
    // Words of another time: the index is made again from the log.
    for name in ["search.db", "search.db-wal", "search.db-shm"] {
        remove(&target.data_dir.join(name))?;
    }
    let staged = staging.join("restored");
    let mut progress = Progress::new("restore", show);
    let mut lines = Reader::open(folder)?;
    while let Some(line) = lines.line()? {
        let Line::File { path, size, sha256 } = line else { continue };
        let key = match Wanted::of(&path) {
            Some(Wanted::Object(key)) => key,
            Some(Wanted::Secrets) => {
                copy(folder.join(&path), target.data_dir.join(SECRETS)).await?;
                continue;
            }
            _ => continue,
        };
        copy(folder.join(&path), staged.clone()).await?;
        let file = staged.clone();
        if blocking(move || hash(&file)).await? != (size, sha256) {
            return Err(BackupError::Damaged { path, reason: "it changed while it was restored" });
        }
        target.blobs.adopt(&key, staged.clone()).await.map_err(BackupError::Blobs)?;
        progress.add(size);
    }
    remove(&staged)?;
    let database = target.data_dir.join("deskside.db.restored");
    copy(folder.join(DATABASE), database.clone()).await?;
    target.database.restore(&database).await?;
    remove(&database)?;
    Ok(contents)
}

/// On disk afterwards, for this user alone.
async fn copy(from: PathBuf, to: PathBuf) -> Result<(), BackupError> {
    blocking(move || {
        let (mut source, mut target) = (fs::File::open(from)?, create(&to)?);
        io::copy(&mut source, &mut target)?;
        target.sync_all()
    })
    .await
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}
