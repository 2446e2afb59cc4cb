//! PostgreSQL passes the suite of every store, on a real server with a database for each case.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "test code: a panic is the report")]

use deskside_scratch_postgres::{Database, Server};
use deskside_store::Store;
use deskside_store_postgres::PostgresStore;

async fn make() -> (impl Store, Database<'static>) {
    let database = Server::shared().database().unwrap();
    let store = PostgresStore::open(&database.url().parse().unwrap()).await.unwrap();
    (store, database)
}

deskside_store::contract_suite!(make);
