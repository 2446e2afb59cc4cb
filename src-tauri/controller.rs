//! What the window's commands work on.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock, PoisonError},
};

use deskside_client::{Tls, account::Accounts, direct::SetUp, journal::Journal, vault::Vault};
use tokio::sync::OnceCell;

use crate::{attention::Attention, captures::CapturesWatch, files::Files, os, sessions::Sessions};

/// Links that wait for the window; more than a person opens.
const LINKS_MAX: usize = 8;

/// State of the app: accounts, open sessions, chosen files.
pub(crate) struct Controller {
    folder: PathBuf,
    journal: Journal,
    tls: Tls,
    /// Opened on first use: a keyring may ask the person to unlock it, and the window is there meanwhile.
    vault: OnceCell<Vault>,
    /// The person's folder for downloads, known once the app runs.
    downloads: OnceLock<PathBuf>,
    pub(crate) sessions: Sessions,
    attention: Attention,
    pub(crate) files: Files,
    pub(crate) captures: CapturesWatch,
    links: Mutex<Vec<String>>,
    /// Held while the app runs: two apps on one folder would send one outbox twice.
    _lock: File,
}

impl Controller {
    /// Opens the data folder. The error is a sentence for the person.
    pub(crate) async fn open(folder: PathBuf) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| {
            format!(
                "The app's data in {} cannot be opened ({error}). Check the disk's free space and the folder's permissions.",
                folder.display()
            )
        };
        let lock = os::create_private_folder(&folder)
            .and_then(|()| File::options().create(true).append(true).open(folder.join("lock")))
            .map_err(|error| failed(&error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(
                    "Deskside is open already. Use the window that is there, or close it first.".into()
                );
            }
            Err(TryLockError::Error(error)) => tracing::warn!("the data folder cannot be locked: {error}"),
        }
        let journal = Journal::open(&folder).await.map_err(|error| failed(&error))?;
        let tls = Tls::platform().map_err(|error| failed(&error))?;
        Ok(Self {
            folder,
            journal,
            tls,
            vault: OnceCell::new(),
            downloads: OnceLock::new(),
            sessions: Sessions::default(),
            attention: Attention::new(),
            files: Files::default(),
            captures: CapturesWatch::default(),
            links: Mutex::default(),
            _lock: lock,
        })
    }

    /// The app's data.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(crate) async fn vault(&self) -> &Vault {
        self.vault.get_or_init(|| Vault::open(&self.folder)).await
    }

    pub(crate) async fn accounts(&self) -> Accounts {
        Accounts::new(self.journal.clone(), self.vault().await.clone(), self.tls.clone())
    }

    /// What direct transfers need of this computer.
    pub(crate) async fn direct(&self) -> SetUp {
        let folder = self.downloads.get().unwrap_or(&self.folder).clone();
        SetUp { vault: self.vault().await.clone(), downloads: folder }
    }

    /// Where received files go.
    pub(crate) fn set_downloads(&self, folder: PathBuf) {
        let _ = self.downloads.set(folder);
    }

    pub(crate) fn attention(&self) -> &Attention {
        &self.attention
    }

    /// Ends everything in order, before the process does.
    pub(crate) async fn close(&self) {
        self.attention.close().await;
        self.close_sessions().await;
        self.journal.close().await;
    }

    pub(crate) fn add_links(&self, links: impl Iterator<Item = String>) {
        let mut waiting = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(links.filter(|link| deskside_client::links::parse(link).is_ok()));
        let surplus = waiting.len().saturating_sub(LINKS_MAX);
        waiting.drain(..surplus);
    }

    pub(crate) fn take_links(&self) -> Vec<String> {
        std::mem::take(&mut *self.links.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
