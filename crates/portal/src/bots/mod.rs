//! Bots: files from endpoints, and rehearsals of flows.

pub mod endpoint;
pub mod rehearsal;

use deskside_fetch::Fetcher;

use crate::{Config, Env, secrets::SecretKeys};

/// Fetches that run at a time, for all organisations.
const AT_ONCE: usize = 32;

/// What bots need of the outside.
#[derive(Clone)]
pub struct Outside {
    pub fetcher: Fetcher,
    pub keys: SecretKeys,
}

impl Outside {
    /// # Errors
    /// Where the system's certificate authorities cannot be read.
    pub fn open(config: &Config, env: Env) -> std::io::Result<Self> {
        let fetcher =
            Fetcher::new(Vec::new(), config.network.clone(), AT_ONCE).map_err(std::io::Error::other)?;
        Ok(Self { fetcher, keys: SecretKeys::at(config.secrets_key.clone(), env) })
    }
}
