//! The system's keyring: Secret Service, Keychain, Credential Manager.

use keyring::{Entry, Error};

use super::SecretVault;
use crate::ClientError;

const SERVICE: &str = "app.deskside.desktop";

/// Entries of one data folder in the person's keyring.
pub struct KeyringVault {
    folder: String,
}

impl KeyringVault {
    /// Proves by a write and a read that the keyring works: without a bus it answers with an error, but a locked one looks
    /// like an empty one (research/tauri.md §7).
    pub(super) fn open(folder: &str) -> Result<Self, ClientError> {
        if let Err(error) = Entry::store_status() {
            return Err(ClientError::Vault(error.to_string()));
        }
        let vault = Self { folder: folder.to_owned() };
        let probe = hex::encode(crate::random::<8>()?);
        vault.set("probe", &probe)?;
        let read = vault.get("probe")?;
        vault.delete("probe")?;
        if read.as_deref() == Some(probe.as_str()) {
            Ok(vault)
        } else {
            Err(ClientError::Vault("the keyring did not keep what was written".into()))
        }
    }

    fn entry(&self, name: &str) -> Result<Entry, ClientError> {
        Entry::new(SERVICE, &format!("{} {name}", self.folder)).map_err(failed)
    }
}

impl SecretVault for KeyringVault {
    fn get(&self, name: &str) -> Result<Option<String>, ClientError> {
        match self.entry(name)?.get_password() {
            Ok(secret) => Ok(Some(secret)),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), ClientError> {
        self.entry(name)?.set_password(secret).map_err(failed)
    }

    fn delete(&self, name: &str) -> Result<(), ClientError> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}

fn failed(error: Error) -> ClientError {
    // Some variants carry the secret itself: only the kind is told.
    let kind = match error {
        Error::PlatformFailure(_) => "the keyring failed",
        Error::NoStorageAccess(_) => "the keyring is locked",
        _ => "the keyring refused",
    };
    ClientError::Vault(kind.into())
}
