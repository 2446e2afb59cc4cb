//! What differs between the systems, behind one set of functions.

#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(target_os = "macos", path = "macos.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;

#[cfg_attr(target_os = "linux", path = "linux/surfaces.rs")]
#[cfg_attr(not(target_os = "linux"), path = "elsewhere/surfaces.rs")]
mod surfaces;

#[cfg_attr(target_os = "linux", path = "linux/screen.rs")]
#[cfg_attr(not(target_os = "linux"), path = "elsewhere/screen.rs")]
mod screen;

use std::{
    fs::DirBuilder,
    io,
    path::{Path, PathBuf},
};

use tauri::WebviewWindow;

#[cfg(not(target_os = "linux"))]
pub(crate) use self::system::badge;
pub(crate) use self::{
    screen::{ask_the_desktop, screens, take},
    surfaces::Surfaces,
    system::{check_display, start_again, tell},
};

/// The system's dialog for files to send; none: the person changed their mind.
pub(crate) async fn pick_files(window: &WebviewWindow) -> Result<Vec<PathBuf>, &'static str> {
    #[cfg(debug_assertions)]
    if let Some(paths) = seam::pick() {
        return Ok(paths);
    }
    system::check_dialogs()?;
    let files = rfd::AsyncFileDialog::new().set_parent(window).pick_files().await;
    Ok(files.unwrap_or_default().iter().map(|file| file.path().to_owned()).collect())
}

/// The system's dialog for a folder to send; none: the person changed their mind.
pub(crate) async fn pick_folder(window: &WebviewWindow) -> Result<Option<PathBuf>, &'static str> {
    #[cfg(debug_assertions)]
    if let Some(path) = seam::pick_folder() {
        return Ok(Some(path));
    }
    system::check_dialogs()?;
    let folder = rfd::AsyncFileDialog::new().set_parent(window).pick_folder().await;
    Ok(folder.map(|folder| folder.path().to_owned()))
}

/// The system's dialog for where to save, with a name to begin with.
pub(crate) async fn save_file(window: &WebviewWindow, name: &str) -> Result<Option<PathBuf>, &'static str> {
    #[cfg(debug_assertions)]
    if let Some(path) = seam::save(name) {
        return Ok(Some(path));
    }
    system::check_dialogs()?;
    let file = rfd::AsyncFileDialog::new().set_parent(window).set_file_name(name).save_file().await;
    Ok(file.map(|file| file.path().to_owned()))
}

/// A new folder is for its owner only; one that is there stays as it is.
pub(crate) fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Answers for tests, which cannot press a system dialog's buttons. No release build has them.
#[cfg(debug_assertions)]
mod seam {
    use std::{
        env, fs,
        path::PathBuf,
        sync::atomic::{AtomicUsize, Ordering},
    };

    /// `DESKSIDE_TEST_PICK`: a file, or a folder whose files are picked one after the other, by name; a folder in it stands for
    /// its files, picked at once. After the last one the person "changes their mind".
    pub(super) fn pick() -> Option<Vec<PathBuf>> {
        static PICKED: AtomicUsize = AtomicUsize::new(0);
        let path = PathBuf::from(env::var_os("DESKSIDE_TEST_PICK")?);
        if !path.is_dir() {
            return Some(vec![path]);
        }
        let next = files_of(path).into_iter().nth(PICKED.fetch_add(1, Ordering::Relaxed));
        Some(match next {
            Some(folder) if folder.is_dir() => files_of(folder),
            next => next.into_iter().collect(),
        })
    }

    /// `DESKSIDE_TEST_PICK_FOLDER`: the folder that is picked.
    pub(super) fn pick_folder() -> Option<PathBuf> {
        env::var_os("DESKSIDE_TEST_PICK_FOLDER").map(PathBuf::from)
    }

    fn files_of(folder: PathBuf) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        files.sort();
        files
    }

    /// `DESKSIDE_TEST_SAVE`: a folder to save into under the suggested name, or a whole path.
    pub(super) fn save(name: &str) -> Option<PathBuf> {
        let path = PathBuf::from(env::var_os("DESKSIDE_TEST_SAVE")?);
        Some(if path.is_dir() { path.join(name) } else { path })
    }
}
