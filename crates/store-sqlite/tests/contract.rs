//! SQLite passes the suite of every store.
#![expect(clippy::unwrap_used, reason = "test code: a panic is the report")]

use deskside_store::Store;
use deskside_store_sqlite::SqliteStore;
use tempfile::TempDir;

async fn make() -> (impl Store, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("deskside.db")).await.unwrap();
    (store, folder)
}

deskside_store::contract_suite!(make);
