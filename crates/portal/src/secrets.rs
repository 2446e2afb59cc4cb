//! Secrets at rest: values that admins enter once, that the portal needs again, and that nobody is shown (research S04).
//!
//! Each is sealed by itself (XChaCha20-Poly1305, draft-irtf-cfrg-xchacha-03) under a key in `secrets.key`, which only the portal's user
//! can read (a backup has it where it stands in the data folder); bound to what it belongs to, so that no row of the database can be put in another's place.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use deskside_proto::{BotId, OrgId, SecretId};
use deskside_store::{SealedSecret, Store};
use sha2::{Digest as _, Sha256};

use crate::Env;

/// Bytes of a key's name in front of what it sealed.
const TAG: usize = 4;
/// Bytes of a nonce: random ones never meet (XChaCha20's are 192 bits).
const NONCE: usize = 24;
/// Secrets that are sealed again in one transaction.
const BATCH: u32 = 500;

type Key = [u8; 32];

/// Why a secret cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("{path} cannot be read or made: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("{0} holds something else than keys of 64 hex digits, one on each line")]
    NoKeys(PathBuf),
    /// Sealed with a key that is not there, or for something else, or changed since.
    #[error("a stored secret cannot be opened with the key in secrets.key: enter it again")]
    Closed,
}

/// The keys of this portal; the first of them seals.
#[derive(Clone)]
pub struct SecretKeys {
    path: PathBuf,
    env: Env,
    keys: Arc<OnceLock<Vec<Key>>>,
}

impl SecretKeys {
    /// The keys in `path`. The file is made when the first secret is sealed.
    #[must_use]
    pub fn at(path: PathBuf, env: Env) -> Self {
        Self { path, env, keys: Arc::default() }
    }

    fn keys(&self) -> Result<&[Key], SecretError> {
        if let Some(keys) = self.keys.get() {
            return Ok(keys);
        }
        let read = match fs::read_to_string(&self.path) {
            Ok(text) => parse(&text).ok_or_else(|| SecretError::NoKeys(self.path.clone()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let keys = vec![self.env.random()];
                write(&self.path, &keys).map_err(|source| self.failed(source))?;
                keys
            }
            Err(source) => return Err(self.failed(source)),
        };
        Ok(self.keys.get_or_init(|| read))
    }

    fn failed(&self, source: io::Error) -> SecretError {
        SecretError::File { path: self.path.clone(), source }
    }

    /// `text` sealed as `secret` of `bot`.
    ///
    /// # Errors
    /// Where the key's file cannot be read or made.
    pub fn seal(
        &self,
        org: OrgId,
        bot: BotId,
        id: SecretId,
        text: &str,
    ) -> Result<SealedSecret, SecretError> {
        let key = self.keys()?.first().ok_or_else(|| SecretError::NoKeys(self.path.clone()))?;
        let nonce: [u8; NONCE] = self.env.random();
        let about = about(org, bot, id);
        let payload = Payload { msg: text.as_bytes(), aad: &about };
        let closed = cipher(key).encrypt(&XNonce::from(nonce), payload).map_err(|_| SecretError::Closed)?;
        Ok(SealedSecret { org, bot, id, sealed: [&name(key)[..], &nonce, &closed].concat() })
    }

    /// What was sealed.
    ///
    /// # Errors
    /// [`SecretError::Closed`], or where the key's file cannot be read.
    pub fn open(&self, secret: &SealedSecret) -> Result<String, SecretError> {
        let keys = self.keys()?;
        let (tag, rest) = secret.sealed.split_at_checked(TAG).ok_or(SecretError::Closed)?;
        let (nonce, closed) = rest.split_first_chunk::<NONCE>().ok_or(SecretError::Closed)?;
        let key = keys.iter().find(|key| name(key) == tag).ok_or(SecretError::Closed)?;
        let about = about(secret.org, secret.bot, secret.id);
        let payload = Payload { msg: closed, aad: &about };
        let text = cipher(key).decrypt(&XNonce::from(*nonce), payload).map_err(|_| SecretError::Closed)?;
        String::from_utf8(text).map_err(|_| SecretError::Closed)
    }
}

/// Puts a new key in the place of the old one, and seals everything again; how many secrets. The old key is in the file until the new
/// one has sealed all of them, so that it can be broken off and done again at any time.
///
/// # Errors
/// Where a secret cannot be opened, nothing of its batch is changed, and the old keys stay.
pub async fn change_key(path: &Path, env: &Env, store: &dyn Store) -> anyhow::Result<usize> {
    let old = SecretKeys::at(path.to_owned(), env.clone());
    let mut keys = vec![env.random()];
    keys.extend_from_slice(old.keys()?);
    write(path, &keys)?;
    let new = SecretKeys::at(path.to_owned(), env.clone());
    let (mut after, mut count) = (None, 0);
    loop {
        let batch = store.bot_secrets(after, BATCH).await?;
        let Some(last) = batch.last() else { break };
        after = Some(last.id);
        let again = |secret: &SealedSecret| new.seal(secret.org, secret.bot, secret.id, &new.open(secret)?);
        let resealed = batch.iter().map(again).collect::<Result<Vec<_>, SecretError>>()?;
        count += resealed.len();
        store.reseal_bot_secrets(resealed).await?;
    }
    write(path, &keys[..1])?;
    Ok(count)
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.into())
}

/// By which a key is found again; says nothing about it.
fn name(key: &Key) -> [u8; TAG] {
    let hash = Sha256::new().chain_update(b"deskside secrets.key").chain_update(key).finalize();
    hash.first_chunk().copied().unwrap_or_default()
}

fn about(org: OrgId, bot: BotId, id: SecretId) -> [u8; 48] {
    let mut about = [0; 48];
    for (part, bytes) in about.chunks_exact_mut(16).zip([org.0, bot.0, id.0]) {
        part.copy_from_slice(&bytes);
    }
    about
}

fn parse(text: &str) -> Option<Vec<Key>> {
    let key = |line: &str| hex::decode(line.trim()).ok()?.try_into().ok();
    let keys: Vec<Key> = text.lines().map(key).collect::<Option<_>>()?;
    (!keys.is_empty()).then_some(keys)
}

/// Whole or not at all, and for this user alone.
fn write(path: &Path, keys: &[Key]) -> io::Result<()> {
    let text: String = keys.iter().map(|key| format!("{}\n", hex::encode(key))).collect();
    let beside = path.with_extension("key.new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskside_store::{BotStore as _, memory::MemoryStore};

    fn ids(byte: u8) -> (OrgId, BotId, SecretId) {
        (OrgId([byte; 16]), BotId([byte; 16]), SecretId([byte; 16]))
    }

    fn keys(folder: &Path) -> SecretKeys {
        SecretKeys::at(folder.join("secrets.key"), Env::system())
    }

    #[test]
    fn what_is_sealed_is_opened_where_it_belongs_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let (org, bot, id) = ids(1);
        let secret = keys(folder.path()).seal(org, bot, id, "Bearer 4711").unwrap();
        assert!(!secret.sealed.windows(4).any(|part| part == b"4711"));
        // After a restart too.
        let again = keys(folder.path());
        assert_eq!(again.open(&secret).unwrap(), "Bearer 4711");
        let (other_org, other_bot, other_id) = ids(2);
        let mut changed = secret.clone();
        *changed.sealed.last_mut().unwrap() ^= 1;
        for wrong in [
            SealedSecret { org: other_org, ..secret.clone() },
            SealedSecret { bot: other_bot, ..secret.clone() },
            SealedSecret { id: other_id, ..secret.clone() },
            SealedSecret { sealed: Vec::new(), ..secret.clone() },
            SealedSecret { sealed: secret.sealed[..TAG + 3].to_vec(), ..secret.clone() },
            changed,
        ] {
            assert!(matches!(again.open(&wrong), Err(SecretError::Closed)), "{wrong:?}");
        }
        assert_ne!(again.seal(org, bot, id, "x").unwrap(), again.seal(org, bot, id, "x").unwrap());
    }

    #[test]
    #[cfg(unix)]
    fn the_key_is_for_the_portals_user_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (org, bot, id) = ids(1);
        keys(folder.path()).seal(org, bot, id, "x").unwrap();
        let mode = fs::metadata(folder.path().join("secrets.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_holds_no_keys_is_left_alone() {
        for text in ["", "hello", "00\n", &"g".repeat(64)] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("secrets.key");
            fs::write(&path, text).unwrap();
            let (org, bot, id) = ids(1);
            let refused = keys(folder.path()).seal(org, bot, id, "x");
            assert!(matches!(refused, Err(SecretError::NoKeys(_))), "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[tokio::test]
    async fn another_key_opens_what_the_old_one_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.key");
        let (store, secrets) = store_with_secrets(&keys(folder.path())).await;
        let before = fs::read_to_string(&path).unwrap();
        assert_eq!(change_key(&path, &Env::system(), &store).await.unwrap(), secrets.len());
        let after = fs::read_to_string(&path).unwrap();
        assert_eq!((after.lines().count(), after == before), (1, false));
        let new = keys(folder.path());
        for (old, text) in secrets {
            let now = store.bot_secret(old.bot, old.id).await.unwrap().unwrap();
            assert_eq!(new.open(&now).unwrap(), text);
            assert!(matches!(new.open(&old), Err(SecretError::Closed)), "the old key is gone");
        }
    }

    /// A store with a bot that has more secrets than one batch takes.
    async fn store_with_secrets(keys: &SecretKeys) -> (MemoryStore, Vec<(SealedSecret, String)>) {
        use deskside_proto::{Millis, OrgRole, UserId, api::BotSettings};
        use deskside_store::{BotChange, BotWish, NewMembership, NewOrg};
        let store = MemoryStore::new();
        let (org, bot, _) = ids(1);
        let by = UserId([1; 16]);
        let (role, at) = (OrgRole::Admin, Millis(1));
        store.create_org(NewOrg { id: org, name: "Acme".into(), at }).await.unwrap();
        let user = deskside_store::NewUser {
            id: by,
            email: "ada@acme.test".into(),
            name: "Ada".into(),
            password_hash: String::new(),
            at,
        };
        assert!(store.create_user(user).await.unwrap());
        store.put_membership(NewMembership { org, user: by, role }).await.unwrap();
        let wish = BotWish::Create { name: "Bob".into(), settings: BotSettings::default() };
        store.change_bot(BotChange { org, bot, by, at, wish }).await.unwrap().unwrap();
        let mut secrets = Vec::new();
        for number in 0..=BATCH {
            let mut id = [0; 16];
            id[..4].copy_from_slice(&number.to_be_bytes());
            let text = format!("Bearer {number}");
            let secret = keys.seal(org, bot, SecretId(id), &text).unwrap();
            store.add_bot_secret(by, secret.clone(), at).await.unwrap().unwrap();
            secrets.push((secret, text));
        }
        (store, secrets)
    }
}
