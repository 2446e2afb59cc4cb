//! Files for the window: chosen by the person, named by handles.

mod direct;
mod receive;
mod send;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use deskside_client::{ClientError, ShownError, media::Media, upload::LocalFile};
use deskside_proto::{AttachmentId, SessionId};
use serde::Serialize;
use tokio::sync::OnceCell;

pub(crate) use self::{direct::*, receive::*, send::*};
use crate::commands::{Answer, shown};

/// Files of a dropped folder that are taken at most; what is more is a mistake, or a backup.
const FOLDER_FILES_MAX: usize = 10_000;

/// Files that the person chose, and what is on its way.
#[derive(Default)]
pub(crate) struct Files {
    chosen: Mutex<HashMap<String, Result<LocalFile, ShownError>>>,
    /// Folders that the person picked to go as a whole.
    folders: Mutex<HashMap<String, PathBuf>>,
    uploads: Mutex<HashMap<String, Sending>>,
    /// What was saved, and where: only that is shown in its folder.
    saved: Mutex<HashMap<(SessionId, AttachmentId), PathBuf>>,
    /// What goes directly from here, and where it lies.
    sources: Mutex<HashMap<(SessionId, AttachmentId), PathBuf>>,
    /// Serves videos and sounds to the window; begun with the first one.
    media: OnceCell<Media>,
}

/// A chosen file as the window knows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PickedFile {
    handle: String,
    name: String,
    size: u64,
    /// The folder it was dropped with, '/' between its parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<String>,
    /// It is a whole folder, which only goes directly.
    #[serde(skip_serializing_if = "Option::is_none")]
    tree: Option<Tree>,
}

/// What is in a folder that goes as a whole.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Tree {
    /// Number of files.
    files: u32,
}

impl Files {
    /// Videos and sounds go to nobody any more.
    pub(crate) fn stop_players(&self) {
        if let Some(media) = self.media.get() {
            media.close_all();
        }
    }

    /// Takes what was dropped, files of folders too; links within them are not followed. A file that cannot be sent gets a
    /// handle as well: its upload tells why. Reads folders: not for the window's own thread.
    pub(crate) fn choose_all(&self, paths: &[PathBuf]) -> Vec<PickedFile> {
        let mut found = Vec::new();
        for path in paths {
            if path.is_dir() {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                collect(path, &name, &mut found);
            } else {
                found.push((path.clone(), None));
            }
        }
        found.into_iter().filter_map(|(path, folder)| self.choose(&path, folder).ok()).collect()
    }

    fn choose(&self, path: &Path, folder: Option<String>) -> Result<PickedFile, ClientError> {
        let handle = hex_handle()?;
        let file = LocalFile::choose(path).map_err(|error| error.shown());
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let size = file.as_ref().map_or(0, LocalFile::size);
        lock(&self.chosen).insert(handle.clone(), file);
        Ok(PickedFile { handle, name, size, folder, tree: None })
    }

    fn chosen(&self, handle: &str) -> Answer<LocalFile> {
        let unknown = || Err(shown(ClientError::SourceUnreadable(std::io::ErrorKind::NotFound.into())));
        lock(&self.chosen).get(handle).cloned().unwrap_or_else(unknown)
    }
}

/// The files of `folder`, by name, at most [`FOLDER_FILES_MAX`] altogether.
fn collect(folder: &Path, shown_as: &str, found: &mut Vec<(PathBuf, Option<String>)>) {
    let mut waiting = vec![(folder.to_owned(), shown_as.to_owned())];
    while let Some((folder, shown_as)) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        let mut entries: Vec<_> = entries.flatten().collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            // The entry's own type: a link is neither.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => {
                    let name = entry.file_name().to_string_lossy().into_owned();
                    waiting.push((entry.path(), format!("{shown_as}/{name}")));
                }
                Ok(kind) if kind.is_file() && found.len() < FOLDER_FILES_MAX => {
                    found.push((entry.path(), Some(shown_as.clone())));
                }
                _ => {}
            }
        }
    }
}

fn hex_handle() -> Result<String, ClientError> {
    Ok(deskside_client::random::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn no_dialog(sentence: &'static str) -> ShownError {
    ShownError { code: "no_file_dialog", message: sentence.to_owned(), field: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Folders come whole, by name, without what links lead to.
    #[test]
    fn a_dropped_folder_is_all_its_files() {
        let root = std::env::temp_dir().join(format!("deskside-drop-{}", std::process::id()));
        let folder = root.join("photos");
        std::fs::create_dir_all(folder.join("more")).unwrap();
        for name in ["b.txt", "a.txt", "more/c.txt"] {
            std::fs::write(folder.join(name), b"1").unwrap();
        }
        std::fs::write(root.join("single.txt"), b"22").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&root, folder.join("loop")).unwrap();
        let files = Files::default();
        let chosen = files.choose_all(&[folder, root.join("single.txt")]);
        let told: Vec<_> =
            chosen.iter().map(|file| (file.folder.as_deref(), file.name.as_str(), file.size)).collect();
        assert_eq!(
            told,
            [
                (Some("photos"), "a.txt", 1),
                (Some("photos"), "b.txt", 1),
                (Some("photos/more"), "c.txt", 1),
                (None, "single.txt", 2)
            ]
        );
        std::fs::remove_dir_all(root).unwrap();
    }
}
