//! Taking a backup.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use deskside_proto::Millis;
use deskside_store::backup::Snapshot;
use futures_util::TryStreamExt;
use sha2::{Digest, Sha256};

use super::{
    BLOBS, BackupError, DATABASE, Destination, PIECE, Progress, SECRETS, at,
    manifest::{self, Line},
    place::{create, make_folder},
};
use crate::{
    blobs::{Blobs, Key},
    database::Place,
};

/// Rows of one page.
const PAGE: u32 = 1000;
/// Snapshots at most. Another one is needed only where a file was made after the one before and deleted before it was copied.
const ROUNDS: u32 = 20;

/// What is backed up.
pub struct Source {
    pub database: Place,
    pub blobs: Blobs,
    pub data_dir: PathBuf,
}

/// A backup that is whole.
#[derive(Debug)]
pub struct Taken {
    pub folder: PathBuf,
    pub files: u64,
    pub bytes: u64,
    /// Files that the database names and that are not there, or not as they were: the portal had lost them before.
    pub lost: Vec<String>,
}

/// An object that the database names.
struct Wanted {
    key: Key,
    /// Of a thumbnail nothing is known.
    known: Option<(u64, String)>,
}

struct Round<'a> {
    source: &'a Source,
    part: &'a Path,
    manifest: manifest::Writer,
    lost: Vec<String>,
    /// Thumbnails that are not there: pictures are shown without.
    progress: Progress<'a>,
    /// What is in the folder is of an earlier attempt: read it again before it is believed.
    trusts: bool,
    /// What is not as the database says, by path: it is copied as it is.
    changed: &'a mut HashMap<String, (u64, String)>,
}

/// Takes a backup into `to` ([`Destination::open`]).
///
/// # Errors
/// [`BackupError`]; what was copied until then is used by the next attempt.
pub async fn take(source: &Source, to: &Path, now: Millis, show: bool) -> Result<Taken, BackupError> {
    let destination = Destination::open(to, now)?;
    let part = destination.part.clone();
    let mut changed = HashMap::new();
    let mut missed: HashSet<String> = HashSet::new();
    for number in 1..=ROUNDS {
        let (mut snapshot, database) = copy_database(source, &part).await?;
        let path = part.join(manifest::NAME);
        let mut round = Round {
            source,
            part: &part,
            manifest: manifest::Writer::create(create(&part.join("manifest.new")).map_err(at(&path))?),
            lost: Vec::new(),
            progress: Progress::new("backup", show),
            trusts: number > 1,
            changed: &mut changed,
        };
        round.add(&Line::first(now, source.database.kind()))?;
        round.add(&database)?;
        round.secrets()?;
        round.all(&mut *snapshot).await?;
        let Round { manifest, lost, progress, .. } = round;
        // What two snapshots name and neither round found was lost before.
        if lost.iter().all(|path| missed.contains(path)) {
            prune(&part.join(BLOBS), &part, &mut *snapshot).await?;
            manifest.finish().map_err(at(&path))?;
            fs::rename(part.join("manifest.new"), &path).map_err(at(&path))?;
            let (files, bytes) = (progress.files, progress.bytes);
            return Ok(Taken { folder: destination.finish()?, files, bytes, lost });
        }
        missed.extend(lost);
    }
    Err(BackupError::Refused(
        "files are made and deleted faster than they can be copied: try again when the portal is quieter"
            .to_owned(),
    ))
}

async fn copy_database(source: &Source, part: &Path) -> Result<(Box<dyn Snapshot>, Line), BackupError> {
    let path = part.join(DATABASE);
    create(&path).map_err(at(&path))?;
    let snapshot = source.database.snapshot(&path).await?;
    let file = path.clone();
    let (size, sha256) = blocking(move || hash(&file)).await?;
    Ok((snapshot, Line::File { path: DATABASE.to_owned(), size, sha256 }))
}

impl Round<'_> {
    fn add(&mut self, line: &Line) -> Result<(), BackupError> {
        self.manifest.add(line).map_err(at(self.part.join(manifest::NAME)))
    }

    fn secrets(&mut self) -> Result<(), BackupError> {
        let path = self.source.data_dir.join(SECRETS);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(at(path)(error)),
        };
        let target = self.part.join(SECRETS);
        create(&target).and_then(|mut file| file.write_all(&bytes)).map_err(at(target))?;
        let sha256 = hex::encode(Sha256::digest(&bytes));
        self.add(&Line::File { path: SECRETS.to_owned(), size: bytes.len() as u64, sha256 })
    }

    /// Everything that the database names.
    async fn all(&mut self, snapshot: &mut dyn Snapshot) -> Result<(), BackupError> {
        let mut after = None;
        loop {
            let page = snapshot.attachments(after, PAGE).await?;
            for kept in &page {
                after = Some(kept.id);
                let (org, session) = (kept.org, kept.session);
                let known = Some((kept.size, kept.sha256.clone()));
                self.object(Wanted { key: Key::attachment(org, session, kept.id), known }).await?;
                if kept.has_thumbnail {
                    self.object(Wanted { key: Key::thumbnail(org, session, kept.id), known: None }).await?;
                }
            }
            if page.len() < PAGE as usize {
                break;
            }
        }
        let mut after = None;
        loop {
            let page = snapshot.transcripts(after, PAGE).await?;
            for kept in &page {
                after = Some(kept.session);
                let known = Some((kept.size, kept.sha256.clone()));
                self.object(Wanted { key: Key::transcript(kept.org, kept.session), known }).await?;
            }
            if page.len() < PAGE as usize {
                return Ok(());
            }
        }
    }

    async fn object(&mut self, wanted: Wanted) -> Result<(), BackupError> {
        let path = format!("{BLOBS}/{}", wanted.key.as_path());
        let target = self.part.join(&path);
        let there = match self.here(&path, &target, &wanted).await? {
            Some(there) => Some(there),
            None => self.copy(&wanted.key, &target).await?,
        };
        let Some((size, sha256)) = there else {
            self.lost.push(path.clone());
            return self.add(&Line::Lost { path });
        };
        if wanted.known.as_ref().is_some_and(|known| *known != (size, sha256.clone())) {
            self.changed.insert(path.clone(), (size, sha256.clone()));
            self.add(&Line::Lost { path: path.clone() })?;
        }
        self.progress.add(size);
        self.add(&Line::File { path, size, sha256 })
    }

    /// What is in the folder already, if it can be believed.
    async fn here(
        &self,
        path: &str,
        target: &Path,
        wanted: &Wanted,
    ) -> Result<Option<(u64, String)>, BackupError> {
        if let Some(changed) = self.changed.get(path) {
            return Ok(Some(changed.clone()));
        }
        let found = match fs::metadata(target) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(at(target)(error)),
        };
        match &wanted.known {
            Some((size, _)) if found.len() != *size => Ok(None),
            Some(known) if self.trusts => Ok(Some(known.clone())),
            known => {
                let file = target.to_owned();
                let hashed = blocking(move || hash(&file)).await?;
                Ok(known.as_ref().is_none_or(|known| *known == hashed).then_some(hashed))
            }
        }
    }

    /// Size and hash of what was copied; `None` where there is nothing.
    async fn copy(&self, key: &Key, target: &Path) -> Result<Option<(u64, String)>, BackupError> {
        let Some(content) = self.source.blobs.get(key, None).await.map_err(BackupError::Blobs)? else {
            return Ok(None);
        };
        let folder = target.parent().unwrap_or(self.part);
        make_folder(folder).map_err(at(folder))?;
        let new = target.with_extension("new");
        let mut file = create(&new).map_err(at(&new))?;
        let (mut size, mut hash) = (0, Sha256::new());
        let mut stream = content.stream;
        loop {
            // A file that is deleted while it is read: on a server it ends in the middle.
            let Some(piece) =
                stream.try_next().await.map_err(io::Error::other).map_err(BackupError::Blobs)?
            else {
                break;
            };
            size += piece.len() as u64;
            hash.update(&piece);
            file = blocking(move || file.write_all(&piece).map(|()| file)).await?;
        }
        drop(file);
        fs::rename(&new, target).map_err(at(target))?;
        Ok(Some((size, hex::encode(hash.finalize()))))
    }
}

/// Takes out of the folder what the last snapshot does not name: it was deleted meanwhile, or since an earlier attempt.
async fn prune(folder: &Path, part: &Path, snapshot: &mut dyn Snapshot) -> Result<(), BackupError> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries.map_err(at(&folder))?,
        };
        for entry in entries {
            let path = entry.map_err(at(&folder))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if !is_named(&path, part, snapshot).await? {
                fs::remove_file(&path).map_err(at(&path))?;
            }
        }
    }
    Ok(())
}

async fn is_named(path: &Path, part: &Path, snapshot: &mut dyn Snapshot) -> Result<bool, BackupError> {
    let below = path.strip_prefix(part.join(BLOBS)).ok().and_then(Path::to_str).unwrap_or_default();
    let parts: Vec<&str> = below.split('/').collect();
    let [kind, org, session, name] = parts[..] else { return Ok(false) };
    let is_of = |kept_org: deskside_proto::OrgId, kept_session: deskside_proto::SessionId| {
        kept_org.to_string() == org && kept_session.to_string() == session
    };
    if kind == "transcripts" {
        let Ok(id) = session.parse::<deskside_proto::SessionId>() else { return Ok(false) };
        let before = u128::from_be_bytes(id.0).checked_sub(1).map(u128::to_be_bytes);
        let found = snapshot.transcripts(before.map(deskside_proto::SessionId), 1).await?;
        return Ok(found
            .first()
            .is_some_and(|kept| is_of(kept.org, kept.session) && name == "transcript.txt"));
    }
    let Ok(id) = name.parse::<deskside_proto::AttachmentId>() else { return Ok(false) };
    let before = u128::from_be_bytes(id.0).checked_sub(1).map(u128::to_be_bytes);
    let found = snapshot.attachments(before.map(deskside_proto::AttachmentId), 1).await?;
    Ok(found.first().is_some_and(|kept| {
        kept.id == id && is_of(kept.org, kept.session) && (kind == "chat-attachments" || kept.has_thumbnail)
    }))
}

/// Size and hash of a file.
pub(super) fn hash(path: &Path) -> io::Result<(u64, String)> {
    let (mut file, mut hash, mut piece) = (File::open(path)?, Sha256::new(), vec![0; PIECE]);
    let mut size = 0;
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok((size, hex::encode(hash.finalize())));
        }
        size += read as u64;
        hash.update(&piece[..read]);
    }
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, BackupError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(io::Error::other);
    done.flatten().map_err(at("the backup's folder"))
}
