//! The file: opening it, its one writer and its readers.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use deskside_store::StoreError;
use sqlx::{
    ConnectOptions, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::{Mutex, MutexGuard};

use crate::{
    checkpoints::{Checkpoints, Writer},
    error::database,
};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Readers never wait for the writer (WAL); this only meets another process that looks into the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// KiB, as SQLite takes it (negative): the writer's page cache. With SQLite's 2 MB it reads its own indexes again and again.
const WRITER_CACHE: &str = "-65536";
/// Connections that read at the same time.
const READERS: u32 = 4;

/// An open database. The order of the fields is the order they are dropped in: the lock goes last.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) readers: SqlitePool,
    writer: Writer,
    options: SqliteConnectOptions,
    checkpoints: Checkpoints,
    _lock: File,
}

impl Database {
    /// Opens the database at `path`, makes it where there is none, and brings it up to this version.
    pub(crate) async fn open(path: &Path) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        let options = options(path);
        let mut writer = writer_of(&options).create_if_missing(true).connect().await.map_err(database)?;
        MIGRATIONS.run(&mut writer).await.map_err(|error| migration(path, error))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            // A file does not go away as a server does; the test would be a trip to the connection's thread before each query.
            .test_before_acquire(false)
            .connect_with(options.clone().pragma("query_only", "on"))
            .await
            .map_err(database)?;
        let writer = Arc::new(Mutex::new(Some(writer)));
        let checkpoints = Checkpoints::start(options.clone(), writer.clone());
        Ok(Self { readers, writer, options, checkpoints, _lock: lock })
    }

    /// Waits for the writer and begins a transaction on it.
    pub(crate) async fn write(&self) -> Result<WriteTransaction<'_>, StoreError> {
        let mut slot = self.writer.lock().await;
        let mut connection = match slot.take() {
            Some(connection) => connection,
            None => writer_of(&self.options).connect().await.map_err(database)?,
        };
        // IMMEDIATE: the lock is taken now, and not in the middle, where it could not be waited for.
        sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.map_err(database)?;
        Ok(WriteTransaction { connection, slot, checkpoints: &self.checkpoints })
    }
}

/// Connections to the database at `path` that only read, beside the portal that may have it open.
pub(crate) async fn open_readers(path: &Path) -> Result<SqlitePool, StoreError> {
    SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_with(options(path).pragma("query_only", "on"))
        .await
        .map_err(database)
}

/// A transaction on the one writer. Dropped without [`commit`](Self::commit) (an error, a cancelled request) it closes its
/// connection, which undoes everything whatever state SQLite left it in; the next writer opens a new one.
pub(crate) struct WriteTransaction<'a> {
    pub(crate) connection: SqliteConnection,
    slot: MutexGuard<'a, Option<SqliteConnection>>,
    checkpoints: &'a Checkpoints,
}

impl WriteTransaction<'_> {
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        self.execute("COMMIT").await?;
        *self.slot = Some(self.connection);
        self.checkpoints.written();
        Ok(())
    }

    /// Runs a statement that has no parameters and no result.
    pub(crate) async fn execute(&mut self, sql: &'static str) -> Result<(), StoreError> {
        sqlx::query(sql).execute(&mut self.connection).await.map_err(database)?;
        Ok(())
    }
}

/// Makes an empty database of this version at `path`, in place of what is there.
#[cfg(feature = "prepare")]
pub(crate) async fn prepare(path: &Path) -> Result<(), StoreError> {
    for file in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
            _ => {}
        }
    }
    let Database { readers, writer, checkpoints, _lock, .. } = Database::open(path).await?;
    drop(checkpoints);
    readers.close().await;
    // The last one to close copies the write-ahead log into the file: the macros find it whole.
    match writer.lock().await.take() {
        Some(writer) => sqlx::Connection::close(writer).await.map_err(database),
        None => Ok(()),
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // NORMAL could lose the last commits at a power cut, and they are acknowledged.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging()
}

/// The one that writes leaves the write-ahead log to [`Checkpoints`].
fn writer_of(options: &SqliteConnectOptions) -> SqliteConnectOptions {
    options.clone().pragma("wal_autocheckpoint", "0").pragma("cache_size", WRITER_CACHE)
}

/// One process per database: the portal's hub would not see what another one writes. The system lets go of the lock when the
/// process ends, however it ends.
fn lock(path: &Path) -> Result<File, StoreError> {
    let file =
        File::options().create(true).truncate(false).write(true).open(beside(path, ".lock")).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.display().to_string() }),
        Err(TryLockError::Error(error)) => Err(io(error)),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn io(error: std::io::Error) -> StoreError {
    match error.kind() {
        std::io::ErrorKind::StorageFull => StoreError::Full,
        _ => StoreError::Database(Box::new(error)),
    }
}

/// Whether every migration of this version was made, and no other.
pub(crate) async fn is_of_this_version(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    let made =
        sqlx::query_scalar::<_, i64>("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version");
    let made = made.fetch_all(connection).await.map_err(database)?;
    Ok(made.into_iter().eq(MIGRATIONS.iter().map(|migration| migration.version)))
}

/// Of a database that another version wrote.
pub(crate) fn other_version(path: &Path) -> StoreError {
    StoreError::OtherVersion { path: path.display().to_string() }
}

fn migration(path: &Path, error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
            StoreError::Newer { path: path.display().to_string() }
        }
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => database(error),
        other => StoreError::Database(Box::new(other)),
    }
}

#[cfg(all(test, not(feature = "schema-only")))]
mod tests {
    use super::*;
    use deskside_proto::{Millis, OrgId};
    use deskside_store::NewOrg;

    fn org(number: u8, name: String) -> NewOrg {
        NewOrg { id: OrgId([number; 16]), name, at: Millis(0) }
    }

    /// A full disk is told as such, and the writer works again once there is room.
    #[tokio::test]
    async fn a_full_disk_is_told_and_got_over() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("deskside.db")).await.unwrap();
        let mut tx = database.write().await.unwrap();
        // For this connection the disk is as large as the database is now.
        tx.execute("PRAGMA max_page_count = 1").await.unwrap();
        tx.commit().await.unwrap();

        let error = database.create_org(org(1, "x".repeat(1_000_000))).await.unwrap_err();
        assert!(matches!(error, StoreError::Full), "{error}");
        assert!(database.orgs().await.unwrap().is_empty());
        database.create_org(org(2, "Acme".to_owned())).await.unwrap();
        assert_eq!(database.orgs().await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn readers_cannot_write_and_every_write_is_synced() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("deskside.db")).await.unwrap();
        let write = sqlx::query("DELETE FROM set_up").execute(&database.readers).await;
        assert!(write.unwrap_err().to_string().contains("readonly"));
        let mut tx = database.write().await.unwrap();
        for (pragma, expected) in [
            ("PRAGMA synchronous", "2"),
            ("PRAGMA journal_mode", "wal"),
            ("PRAGMA foreign_keys", "1"),
            ("PRAGMA wal_autocheckpoint", "0"),
        ] {
            use sqlx::{Row as _, ValueRef as _};
            let row = sqlx::query(pragma).fetch_one(&mut tx.connection).await.unwrap();
            assert!(!row.try_get_raw(0).unwrap().is_null());
            let value = match row.try_get::<i64, _>(0) {
                Ok(number) => number.to_string(),
                Err(_) => row.get::<String, _>(0),
            };
            assert_eq!(value, expected, "{pragma}");
        }
    }
}
