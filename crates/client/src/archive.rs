//! Many files as one ZIP, each checked against its digest before the archive gets its name.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use deskside_proto::{Attachment, SessionId};
use tokio::sync::mpsc;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{
    ClientError,
    account::Access,
    download::{self, Part, Sink, cannot_save},
    names,
    operations::routes,
};

/// Pieces that wait for the disk.
const WAITING: usize = 16;
/// From here on a member needs ZIP64 (APPNOTE 4.4.9).
const LARGE: u64 = u32::MAX as u64;

/// What the writing thread is told.
enum Told {
    Begin { name: String, size: u64 },
    Bytes(Bytes),
    End,
}

/// Saves `attachments` as a ZIP at `target`, or beside it where that name is taken; where it stands in the end. They are stored as
/// they are: most are compressed already.
///
/// # Errors
/// [`ClientError::WrongDigest`] (nothing is kept), [`ClientError::CannotSave`], the portal's own.
pub async fn save(
    access: &Access,
    session: SessionId,
    attachments: &[Attachment],
    target: &Path,
) -> Result<PathBuf, ClientError> {
    let part = Part::create(target).await?;
    let outcome = match fill(access, session, attachments, &part).await {
        Ok(()) => download::finish(access, &part, target).await,
        Err(error) => Err(error),
    };
    if outcome.is_err() {
        part.remove().await;
    }
    outcome
}

async fn fill(
    access: &Access,
    session: SessionId,
    attachments: &[Attachment],
    part: &Part,
) -> Result<(), ClientError> {
    let (to, told) = mpsc::channel(WAITING);
    let path = part.path().to_owned();
    let writing = tokio::task::spawn_blocking(move || write(&path, told));
    let sent = send(access, session, attachments, &to).await;
    drop(to);
    let written = writing.await.map_err(io::Error::other).flatten();
    // A full disk is the cause, that nobody listens any more its effect.
    written.map_err(|source| cannot_save(part.path(), source))?;
    sent
}

async fn send(
    access: &Access,
    session: SessionId,
    attachments: &[Attachment],
    to: &mpsc::Sender<Told>,
) -> Result<(), ClientError> {
    let mut taken = HashSet::new();
    for attachment in attachments {
        let name = free_name(&mut taken, names::suggestion(&attachment.name, attachment.id));
        tell(to, Told::Begin { name, size: attachment.size }).await?;
        let path = routes::attachment(session, attachment.id);
        download::receive(access, &path, &attachment.sha256, &mut Pipe(to)).await?;
    }
    tell(to, Told::End).await
}

/// `name`, or the first of `name (2)`, `name (3)` … that no member has; systems that do not tell case apart are thought of.
fn free_name(taken: &mut HashSet<String>, name: String) -> String {
    let mut free = name.clone();
    let mut n = 2;
    while !taken.insert(free.to_lowercase()) {
        free = names::numbered(&name, n);
        n += 1;
    }
    free
}

struct Pipe<'a>(&'a mpsc::Sender<Told>);

impl Sink for Pipe<'_> {
    async fn take(&mut self, bytes: Bytes) -> Result<(), ClientError> {
        tell(self.0, Told::Bytes(bytes)).await
    }
}

async fn tell(to: &mpsc::Sender<Told>, told: Told) -> Result<(), ClientError> {
    to.send(told).await.map_err(|_| ClientError::Cancelled)
}

/// An archive that is not told of its end is not finished: the sender has failed.
fn write(path: &Path, mut told: mpsc::Receiver<Told>) -> io::Result<()> {
    let file = File::options().write(true).open(path)?;
    let mut zip = ZipWriter::new(BufWriter::new(file));
    while let Some(told) = told.blocking_recv() {
        match told {
            Told::Begin { name, size } => {
                let options = SimpleFileOptions::default()
                    .compression_method(CompressionMethod::Stored)
                    .large_file(size >= LARGE);
                zip.start_file(name, options)?;
            }
            Told::Bytes(bytes) => zip.write_all(&bytes)?,
            Told::End => {
                let file = zip.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
                return file.sync_all();
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_have_names_of_their_own() {
        let mut taken = HashSet::new();
        let names = ["a.txt", "A.TXT", "a.txt", "b"];
        let told: Vec<_> = names.map(|name| free_name(&mut taken, name.to_owned())).into();
        assert_eq!(told, ["a.txt", "A (2).TXT", "a (3).txt", "b"]);
    }
}
