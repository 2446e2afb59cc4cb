//! Secrets that end with the process.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::SecretVault;
use crate::ClientError;

#[derive(Default)]
pub struct MemoryVault(Mutex<HashMap<String, String>>);

impl MemoryVault {
    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SecretVault for MemoryVault {
    fn get(&self, name: &str) -> Result<Option<String>, ClientError> {
        Ok(self.map().get(name).cloned())
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), ClientError> {
        self.map().insert(name.to_owned(), secret.to_owned());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), ClientError> {
        self.map().remove(name);
        Ok(())
    }
}
