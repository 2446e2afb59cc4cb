//! What the window's commands work on.

use std::{
    collections::HashMap,
    fs::{File, TryLockError},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use deskside_client::{
    ClientError, Tls,
    account::{Accounts, ends_guest},
    driver::{self, SessionHandle},
    journal::{Journal, Place},
    vault::Vault,
};
use deskside_proto::SessionId;
use deskside_session::{ConnectionState, Intent, ViewUpdate};
use tauri::ipc::Channel;
use tokio::sync::{Mutex as AsyncMutex, OnceCell};

use crate::{files::Files, os};

/// Links that wait for the window; more than a person opens.
const LINKS_MAX: usize = 8;

/// State of the app: accounts, open sessions, chosen files.
pub(crate) struct Controller {
    folder: PathBuf,
    journal: Journal,
    tls: Tls,
    /// Opened on first use: a keyring may ask the person to unlock it, and the window is there meanwhile.
    vault: OnceCell<Vault>,
    sessions: AsyncMutex<HashMap<SessionId, Open>>,
    openings: AtomicU64,
    pub(crate) files: Files,
    links: Mutex<Vec<String>>,
    /// Held while the app runs: two apps on one folder would send one outbox twice.
    _lock: File,
}

struct Open {
    opening: u64,
    handle: Arc<SessionHandle>,
    place: Place,
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
            sessions: AsyncMutex::default(),
            openings: AtomicU64::new(0),
            files: Files::default(),
            links: Mutex::default(),
            _lock: lock,
        })
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

    /// Opens a session for the window, in place of an earlier opening of it: one outbox has one driver.
    pub(crate) async fn open_session(
        self: &Arc<Self>,
        session: SessionId,
        view: Channel<Vec<ViewUpdate>>,
    ) -> Result<u64, ClientError> {
        let access = self.accounts().await.access(session).await?;
        let mut sessions = self.sessions.lock().await;
        if let Some(earlier) = sessions.remove(&session) {
            earlier.handle.close().await;
        }
        let place = access.place(session);
        let (handle, mut updates) = driver::open(access, session, self.journal.clone()).await?;
        let opening = self.openings.fetch_add(1, Ordering::Relaxed);
        sessions.insert(session, Open { opening, handle: Arc::new(handle), place });
        let controller = Arc::clone(self);
        tauri::async_runtime::spawn(async move {
            while let Some(updates) = updates.recv().await {
                let over = updates.iter().any(is_over_for_guest);
                if view.send(updates).is_err() {
                    break;
                }
                if over && let Err(error) = controller.accounts().await.leave(session).await {
                    tracing::warn!("a guest place was not forgotten: {error}");
                }
            }
        });
        Ok(opening)
    }

    pub(crate) async fn session(&self, session: SessionId) -> Result<Arc<SessionHandle>, ClientError> {
        let sessions = self.sessions.lock().await;
        sessions.get(&session).map(|open| Arc::clone(&open.handle)).ok_or(ClientError::Closed)
    }

    pub(crate) async fn place(&self, session: SessionId) -> Result<Place, ClientError> {
        if let Some(open) = self.sessions.lock().await.get(&session) {
            return Ok(open.place.clone());
        }
        Ok(self.accounts().await.access(session).await?.place(session))
    }

    pub(crate) async fn intent(&self, session: SessionId, intent: Intent) -> Result<(), ClientError> {
        // The map is free again before the disk is waited for.
        let handle = self.session(session).await?;
        handle.intent(intent).await
    }

    /// Closes what `opening` opened; a later opening of the same session stays.
    pub(crate) async fn close_session(&self, session: SessionId, opening: u64) {
        let mut sessions = self.sessions.lock().await;
        if sessions.get(&session).is_some_and(|open| open.opening == opening)
            && let Some(open) = sessions.remove(&session)
        {
            open.handle.close().await;
        }
    }

    /// Ends everything in order, before the process does.
    pub(crate) async fn close(&self) {
        for (_, open) in self.sessions.lock().await.drain() {
            open.handle.close().await;
        }
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

fn is_over_for_guest(update: &ViewUpdate) -> bool {
    matches!(update, ViewUpdate::Connection { state: ConnectionState::Closed { code, .. } } if ends_guest(*code))
}
