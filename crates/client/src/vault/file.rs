//! The fallback where there is no keyring.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use chacha20poly1305::{Key, KeyInit as _, XChaCha20Poly1305, XNonce, aead::Aead as _, aead::Payload};
use hkdf::Hkdf;
use sha2::Sha256;

use super::SecretVault;
use crate::ClientError;

const FILE: &str = "secrets.bin";
const SALT: &str = "secrets.salt";
const PURPOSE: &[u8] = b"deskside secret file, version 1";
const NONCE_BYTES: usize = 24;
const SALT_BYTES: usize = 32;

type Secrets = BTreeMap<String, String>;

/// Secrets in one file: XChaCha20-Poly1305, under a key that HKDF-SHA-256 makes from this machine's id and a random salt.
///
/// It protects a copy of the data folder that is taken to another machine (a backup, a synchronised folder, a disk without
/// its `/etc`), and what other people of this computer could read: both files are for their owner only. It does *not*
/// protect from programs that run as the same person, nor from an administrator: they can read id, salt and file. Only a
/// keyring does better.
pub struct FileVault {
    folder: PathBuf,
    cipher: XChaCha20Poly1305,
    secrets: Mutex<Secrets>,
}

impl FileVault {
    pub(super) fn is_there(folder: &Path) -> bool {
        folder.join(FILE).exists()
    }

    /// # Errors
    /// [`ClientError::Vault`] where the folder cannot be written. A file that cannot be decrypted (it is another machine's, or
    /// damaged) is put aside: everybody signs in again.
    pub fn open(folder: &Path) -> Result<Self, ClientError> {
        let salt = salt(folder)?;
        let mut key = Key::default();
        Hkdf::<Sha256>::new(Some(&salt), &machine_id())
            .expand(PURPOSE, &mut key)
            .map_err(|_| ClientError::Vault("no key".into()))?;
        let cipher = XChaCha20Poly1305::new(&key);
        let path = folder.join(FILE);
        let secrets = match fs::read(&path) {
            Ok(bytes) => decrypt(&cipher, &bytes).unwrap_or_else(|| {
                tracing::warn!("the secret file is not readable on this machine and was put aside");
                let _ = fs::rename(&path, folder.join("secrets.unreadable"));
                Secrets::new()
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Secrets::new(),
            Err(error) => return Err(failed(&error)),
        };
        let vault = Self { folder: folder.to_owned(), cipher, secrets: Mutex::new(secrets) };
        vault.write(&vault.lock())?;
        Ok(vault)
    }

    pub(super) fn all(&self) -> Result<Secrets, ClientError> {
        Ok(self.lock().clone())
    }

    pub(super) fn destroy(self) -> Result<(), ClientError> {
        fs::remove_file(self.folder.join(FILE)).map_err(|error| failed(&error))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Secrets> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Secrets)) -> Result<(), ClientError> {
        let mut secrets = self.lock();
        let mut next = secrets.clone();
        change(&mut next);
        self.write(&next)?;
        *secrets = next;
        Ok(())
    }

    fn write(&self, secrets: &Secrets) -> Result<(), ClientError> {
        let nonce = XNonce::from(crate::random::<NONCE_BYTES>()?);
        let plain = serde_json::to_vec(secrets).map_err(|_| ClientError::Vault("no JSON".into()))?;
        let sealed = self
            .cipher
            .encrypt(&nonce, Payload { msg: &plain, aad: PURPOSE })
            .map_err(|_| ClientError::Vault("not encrypted".into()))?;
        let content = [nonce.as_slice(), &sealed].concat();
        write_private(&self.folder, FILE, &content).map_err(|error| failed(&error))
    }
}

impl SecretVault for FileVault {
    fn get(&self, name: &str) -> Result<Option<String>, ClientError> {
        Ok(self.lock().get(name).cloned())
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), ClientError> {
        self.change(|secrets| drop(secrets.insert(name.to_owned(), secret.to_owned())))
    }

    fn delete(&self, name: &str) -> Result<(), ClientError> {
        self.change(|secrets| drop(secrets.remove(name)))
    }
}

fn decrypt(cipher: &XChaCha20Poly1305, bytes: &[u8]) -> Option<Secrets> {
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
    let plain = cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: PURPOSE }).ok()?;
    serde_json::from_slice(&plain).ok()
}

fn salt(folder: &Path) -> Result<[u8; SALT_BYTES], ClientError> {
    match fs::read(folder.join(SALT)) {
        Ok(bytes) if bytes.len() == SALT_BYTES => {
            let mut salt = [0; SALT_BYTES];
            salt.copy_from_slice(&bytes);
            Ok(salt)
        }
        Ok(_) => fresh_salt(folder),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fresh_salt(folder),
        Err(error) => Err(failed(&error)),
    }
}

fn fresh_salt(folder: &Path) -> Result<[u8; SALT_BYTES], ClientError> {
    let salt = crate::random()?;
    write_private(folder, SALT, &salt).map_err(|error| failed(&error))?;
    Ok(salt)
}

/// Replaces a file as a whole; from its first byte it is for its owner only.
fn write_private(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let temporary = folder.join(format!("{name}.new"));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, folder.join(name))?;
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// What is the same after a restart, and another on another machine. Nothing where the system does not tell: the salt alone
/// then makes the key.
fn machine_id() -> Vec<u8> {
    ["/etc/machine-id", "/var/lib/dbus/machine-id", "/etc/hostid"]
        .iter()
        .find_map(|path| fs::read(path).ok().filter(|id| !id.is_empty()))
        .unwrap_or_default()
}

fn failed(error: &io::Error) -> ClientError {
    ClientError::Vault(format!("the secret file: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_survive_a_restart_and_nobody_else_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        FileVault::open(folder.path()).unwrap().set("me", "token-1").unwrap();
        let vault = FileVault::open(folder.path()).unwrap();
        assert_eq!(vault.get("me").unwrap().as_deref(), Some("token-1"));
        let bytes = fs::read(folder.path().join(FILE)).unwrap();
        assert!(!bytes.windows(7).any(|window| window == b"token-1"));
        #[cfg(unix)]
        for name in [FILE, SALT] {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        vault.delete("me").unwrap();
        assert_eq!(FileVault::open(folder.path()).unwrap().get("me").unwrap(), None);
    }

    #[test]
    fn a_damaged_file_is_put_aside_and_the_next_secret_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        FileVault::open(folder.path()).unwrap().set("me", "token-1").unwrap();
        let path = folder.path().join(FILE);
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, &bytes).unwrap();
        let vault = FileVault::open(folder.path()).unwrap();
        assert_eq!(vault.get("me").unwrap(), None);
        assert_eq!(fs::read(folder.path().join("secrets.unreadable")).unwrap(), bytes);
        vault.set("me", "token-2").unwrap();
        assert_eq!(FileVault::open(folder.path()).unwrap().get("me").unwrap().as_deref(), Some("token-2"));
    }
}
