//! The async driver of a session: sockets, disk, outbox and token vault; knows no Tauri.
//!
//! - [`portal`]: HTTP to one portal, by the operations of its OpenAPI description.
//! - [`account`]: who one is there: signed in, or a guest of single sessions.
//! - [`direct`]: files that go from one participant to the other, and never through the portal unless it relays them.
//! - [`driver`]: one task per open session; does what `deskside-session` asks for, in its order.
//! - [`journal`]: what survives a kill: outbox, drafts, guest sessions, uploads.
//! - [`attention`]: what a person who looks elsewhere is told, and what is unread.
//! - [`vault`]: what must not be read by others: tokens.
//! - [`upload`], [`download`], [`archive`]: files on this computer, to and from the portal, one by one or as a ZIP.
//! - [`captures`]: the folder in which a technician's own capture tool saves.
//! - [`media`]: videos and sounds for the window's player, by a listener on the loopback.
//!
//! Invariants
//! - A message is committed to the journal before it is on the wire.
//! - A token never leaves this crate: callers name an account or a session.
//! - A received file gets a verified digest and the system's mark of origin before its name, and overwrites nothing.

pub mod account;
pub mod archive;
pub mod attention;
pub mod captures;
pub mod direct;
pub mod download;
pub mod driver;
mod error;
pub mod journal;
pub mod links;
pub mod media;
mod operations;
pub mod portal;
pub mod quarantine;
mod socket;
mod source;
mod tls;
pub mod upload;
pub mod vault;
pub mod whole;

pub use error::{ClientError, ShownError};
pub use operations::Operations;
pub use tls::Tls;

pub use deskside_proto::names;

use deskside_proto::Millis;

/// The computer's clock.
#[must_use]
pub fn now() -> Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Randomness of the operating system, good enough for ids and keys.
///
/// # Errors
/// Where the system has none to give; nothing can be done safely then.
pub fn random<const N: usize>() -> Result<[u8; N], ClientError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| ClientError::NoRandomness)?;
    Ok(bytes)
}
