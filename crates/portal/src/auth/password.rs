//! Passwords: argon2id (OWASP: 19 MiB, t = 2, p = 1), off the async threads and at most two at a time, so that signing in
//! cannot be used to fill the portal's memory or processors.

use std::sync::{Arc, OnceLock};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use deskside_proto::{
    ErrorCode,
    limits::{PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS},
};
use tokio::sync::Semaphore;

use crate::{ApiError, error::ApiResult};

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const AT_A_TIME: usize = 2;

#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_A_TIME)) }
    }
}

impl Passwords {
    /// PHC string of `password`.
    pub async fn hash(&self, password: String) -> ApiResult<String> {
        self.blocking(move || hash(&password)).await?.map_err(ApiError::internal)
    }

    /// Whether `password` is the one of `stored`. For nobody (`None`) it takes as long and says no, so that the time of the answer
    /// does not tell who has an account.
    pub async fn verify(&self, password: String, stored: Option<String>) -> ApiResult<bool> {
        if password.chars().count() > PASSWORD_MAX_CHARS {
            return Ok(false);
        }
        self.blocking(move || match stored {
            Some(stored) => verify(&password, &stored),
            None => {
                verify(&password, dummy());
                false
            }
        })
        .await
    }

    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> ApiResult<T> {
        let permit = self.permits.clone().acquire_owned().await.map_err(ApiError::internal)?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        })
        .await
        .map_err(ApiError::internal)
    }
}

/// Checks a password that somebody wants to take.
pub fn check_strength(password: &str, name: &str, email: &str) -> Result<(), ErrorCode> {
    let length = password.chars().count();
    let folded = password.to_lowercase();
    let mut symbols: Vec<char> = folded.chars().collect();
    symbols.sort_unstable();
    symbols.dedup();
    let local = email.split('@').next().unwrap_or_default();
    let personal = [name, email, local].iter().any(|text| is_mostly(&folded, &text.to_lowercase()));
    let long_enough = (PASSWORD_MIN_CHARS..=PASSWORD_MAX_CHARS).contains(&length);
    if long_enough && symbols.len() >= 5 && !personal { Ok(()) } else { Err(ErrorCode::PasswordTooWeak) }
}

/// Whether `password` is `text`, or `text` with a few characters around it.
fn is_mostly(password: &str, text: &str) -> bool {
    text.chars().count() >= 4
        && password.contains(text)
        && password.chars().count() < text.chars().count() + PASSWORD_MIN_CHARS
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    argon2().hash_password(password.as_bytes()).map(|hash: PasswordHash| hash.to_string())
}

fn verify(password: &str, stored: &str) -> bool {
    PasswordHash::new(stored).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
}

fn dummy() -> &'static str {
    static DUMMY: OnceLock<String> = OnceLock::new();
    DUMMY.get_or_init(|| hash("nobody's password").unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_no_other_is() {
        let passwords = Passwords::default();
        let stored = passwords.hash("correct horse battery".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(passwords.verify("correct horse battery".to_owned(), Some(stored.clone())).await.unwrap());
        assert!(!passwords.verify("correct horse batterx".to_owned(), Some(stored)).await.unwrap());
        assert!(!passwords.verify("nobody's password".to_owned(), None).await.unwrap());
    }

    #[test]
    fn weak_passwords_are_refused() {
        let check = |password: &str| check_strength(password, "Hannah Baker", "hannah.baker@example.org");
        assert_eq!(check("copper kettle 7 rides"), Ok(()));
        let long = "xyzuvw".repeat(40);
        for weak in ["", "short", "aaaaaaaaaaaaaaaa", "hannah baker", "Hannah.Baker2024", &long] {
            assert_eq!(check(weak), Err(ErrorCode::PasswordTooWeak), "{weak:?}");
        }
    }
}
