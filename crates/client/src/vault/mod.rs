//! Where tokens are kept: the system's keyring, or an encrypted file where there is none.

mod file;
mod keyring;
mod memory;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sha2::{Digest, Sha256};

pub use self::{file::FileVault, keyring::KeyringVault, memory::MemoryVault};
use crate::{ClientError, portal::Token};

/// A person may have to unlock the keyring first; a headless one never answers.
const KEYRING_PATIENCE: Duration = Duration::from_secs(30);

/// A store of small secrets by name. Its calls may block: [`Vault`] keeps them off the async threads.
pub trait SecretVault: Send + Sync {
    /// # Errors
    /// [`ClientError::Vault`] where the store does not answer. `None`: there is no such secret.
    fn get(&self, name: &str) -> Result<Option<String>, ClientError>;
    /// # Errors
    /// [`ClientError::Vault`] where it was not kept.
    fn set(&self, name: &str, secret: &str) -> Result<(), ClientError>;
    /// Deleting what is not there is no error.
    ///
    /// # Errors
    /// [`ClientError::Vault`] where it may still be there.
    fn delete(&self, name: &str) -> Result<(), ClientError>;
}

/// Which store is in use; people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VaultKind {
    /// The system's own.
    Keyring,
    /// An encrypted file in the app's folder: see [`FileVault`] for what that is worth.
    File,
    /// Gone when the app ends.
    Memory,
}

impl VaultKind {
    /// What a person should know about it; nothing to say about the keyring.
    #[must_use]
    pub fn note(self) -> Option<&'static str> {
        match self {
            Self::Keyring => None,
            Self::File => Some(
                "This computer has no unlocked keyring, so your sign-in is kept in an encrypted file. Other programs that run as you could read it.",
            ),
            Self::Memory => {
                Some("Your sign-in cannot be kept on this computer: you sign in again after each start.")
            }
        }
    }
}

/// The tokens of one data folder, by portal and account.
#[derive(Clone)]
pub struct Vault {
    store: Arc<dyn SecretVault>,
    kind: VaultKind,
}

impl Vault {
    /// Opens the best store that works here; takes over what an earlier start had to keep in the file.
    pub async fn open(data_dir: &Path) -> Self {
        let dir = data_dir.to_owned();
        let probe = tokio::task::spawn_blocking(move || open_keyring(&dir));
        match tokio::time::timeout(KEYRING_PATIENCE, probe).await {
            Ok(Ok(Ok(keyring))) => return Self { store: Arc::new(keyring), kind: VaultKind::Keyring },
            Ok(Ok(Err(error))) => tracing::info!("no usable keyring: {error:?}"),
            Ok(Err(_)) | Err(_) => tracing::warn!("the keyring does not answer"),
        }
        Self::open_file(data_dir)
    }

    /// Opens the encrypted file; in memory where even that does not work.
    #[must_use]
    pub fn open_file(data_dir: &Path) -> Self {
        match FileVault::open(data_dir) {
            Ok(file) => Self { store: Arc::new(file), kind: VaultKind::File },
            Err(error) => {
                tracing::warn!("no usable secret file: {error:?}");
                Self::in_memory()
            }
        }
    }

    /// Keeps nothing beyond this process.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { store: Arc::new(MemoryVault::default()), kind: VaultKind::Memory }
    }

    #[must_use]
    pub fn kind(&self) -> VaultKind {
        self.kind
    }

    pub(crate) async fn token(&self, origin: &str, account: &str) -> Result<Option<Token>, ClientError> {
        Ok(self.secret(origin, account).await?.map(Token::new))
    }

    pub(crate) async fn keep(&self, origin: &str, account: &str, token: &Token) -> Result<(), ClientError> {
        self.keep_secret(origin, account, token.reveal().to_owned()).await
    }

    /// What was kept under `owner` at a portal: an account's token, or another of its secrets.
    pub(crate) async fn secret(&self, origin: &str, owner: &str) -> Result<Option<String>, ClientError> {
        let name = entry(origin, owner);
        self.run(move |store| store.get(&name)).await
    }

    pub(crate) async fn keep_secret(
        &self,
        origin: &str,
        owner: &str,
        secret: String,
    ) -> Result<(), ClientError> {
        let name = entry(origin, owner);
        self.run(move |store| store.set(&name, &secret)).await
    }

    pub(crate) async fn forget(&self, origin: &str, account: &str) -> Result<(), ClientError> {
        let name = entry(origin, account);
        self.run(move |store| store.delete(&name)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&dyn SecretVault) -> Result<T, ClientError> + Send + 'static,
    ) -> Result<T, ClientError> {
        let store = Arc::clone(&self.store);
        tokio::task::spawn_blocking(move || job(&*store))
            .await
            .unwrap_or_else(|_| Err(ClientError::Vault("the secret store failed".into())))
    }
}

fn open_keyring(data_dir: &Path) -> Result<KeyringVault, ClientError> {
    let keyring = KeyringVault::open(&folder_name(data_dir))?;
    if FileVault::is_there(data_dir)
        && let Ok(file) = FileVault::open(data_dir)
    {
        for (name, secret) in file.all()? {
            keyring.set(&name, &secret)?;
        }
        file.destroy()?;
    }
    Ok(keyring)
}

fn entry(origin: &str, account: &str) -> String {
    format!("{account} at {origin}")
}

/// One name for one data folder: two of them on one computer keep their sign-ins apart.
fn folder_name(data_dir: &Path) -> String {
    let full: PathBuf = data_dir.canonicalize().unwrap_or_else(|_| data_dir.to_owned());
    hex::encode(&Sha256::digest(full.as_os_str().as_encoded_bytes())[..8])
}
