//! The [`Store`](deskside_store::Store) on SQLite: one file, one process, one writer.
//!
//! - [`SqliteStore`]: open it, then it is a `Store`.
//! - `migrations/`: the schema; who may see which session stands there, as the view `session_access`.
//! - `.sqlx/`: what the query macros found out about each query, so that a build needs no database (README).
//!
//! Invariants
//! - Whatever is acknowledged is on disk: WAL with `synchronous = FULL`.
//! - Every write is one transaction on the one writer; a batch of appends is one commit.
//! - A write that fails closes its connection, so that no half-done transaction outlives it.

#[cfg(not(feature = "schema-only"))]
mod archive;
#[cfg(not(feature = "schema-only"))]
mod attachments;
#[cfg(not(feature = "schema-only"))]
mod audit;
#[cfg(not(feature = "schema-only"))]
pub mod backup;
#[cfg(not(feature = "schema-only"))]
mod bots;
#[cfg(not(feature = "schema-only"))]
mod captures;
#[cfg(not(feature = "schema-only"))]
mod changes;
mod checkpoints;
#[cfg_attr(feature = "schema-only", expect(dead_code, reason = "only what makes an empty database is used"))]
mod database;
#[cfg(not(feature = "schema-only"))]
mod devices;
#[cfg(not(feature = "schema-only"))]
mod direct;
#[cfg(not(feature = "schema-only"))]
mod effects;
mod error;
#[cfg(not(feature = "schema-only"))]
mod files;
#[cfg(not(feature = "schema-only"))]
mod identity;
#[cfg(not(feature = "schema-only"))]
mod ledger;
#[cfg(not(feature = "schema-only"))]
mod log;
#[cfg(not(feature = "schema-only"))]
mod looking;
#[cfg(not(feature = "schema-only"))]
mod offers;
#[cfg(not(feature = "schema-only"))]
mod passwords;
#[cfg(not(feature = "schema-only"))]
mod people;
#[cfg(not(feature = "schema-only"))]
mod plain;
#[cfg(not(feature = "schema-only"))]
mod replies;
#[cfg(not(feature = "schema-only"))]
mod retention;
#[cfg(not(feature = "schema-only"))]
mod rows;
#[cfg(not(feature = "schema-only"))]
mod sessions;
#[cfg(not(feature = "schema-only"))]
mod store;
#[cfg(not(feature = "schema-only"))]
mod vault;
#[cfg(not(feature = "schema-only"))]
mod vault_store;

#[cfg(not(feature = "schema-only"))]
pub use ledger::SqliteLedger;
#[cfg(not(feature = "schema-only"))]
pub use store::SqliteStore;

/// Makes an empty database of this version at `path`, in place of what is there: for the query macros, see the README.
///
/// # Errors
/// Where the file cannot be written or the migrations do not run.
#[cfg(feature = "prepare")]
pub async fn prepare(path: &std::path::Path) -> Result<(), deskside_store::StoreError> {
    database::prepare(path).await
}
