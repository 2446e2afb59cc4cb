//! The [`Store`](deskside_store::Store) on PostgreSQL, for organisations that have outgrown the one file of SQLite.
//!
//! - [`PostgresStore`]: open it, then it is a `Store`.
//! - `migrations/`: the schema; who may see which session stands there, as the view `session_access`.
//! - `.sqlx/`: what the query macros found out about each query, so that a build needs no database (README).
//!
//! Invariants
//! - Whatever is acknowledged is on the server's disk: `synchronous_commit = on`.
//! - One portal per database: only connections that hold the portal's lock write (`database`).
//! - A batch of appends is one transaction. It takes the rows of its sessions first, in the order of their ids, so that
//!   seqs have no gap and two writers never wait for each other in a circle.
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
#[cfg_attr(
    feature = "schema-only",
    expect(dead_code, unreachable_pub, reason = "only what makes the tables is used")
)]
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
pub use database::Examined;
#[cfg(not(feature = "schema-only"))]
pub use ledger::PostgresLedger;
#[cfg(not(feature = "schema-only"))]
pub use store::PostgresStore;

/// Makes this version's tables in the empty database at `url`: for the query macros, see the README.
///
/// # Errors
/// Where the server cannot be reached or the migrations do not run.
#[cfg(feature = "prepare")]
pub async fn prepare(url: &url::Url) -> Result<(), deskside_store::StoreError> {
    database::Database::open(url).await.map(drop)
}
