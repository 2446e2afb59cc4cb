//! The connections: those that write, each holding the portal's lock, and those that read.
//!
//! One portal per database, because a portal's hub would not see what another one writes. The rule is held by two things:
//! - An advisory lock. Who starts takes it alone for a moment, so that it fails while any connection of another portal
//!   holds it; then each connection that writes holds it shared, for as long as it lives.
//! - The number of the start. A connection that is opened later, after the server restarted say, writes only where nobody
//!   has started in between.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use deskside_store::StoreError;
use sqlx::{
    ConnectOptions, PgConnection, PgPool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::sync::{Semaphore, SemaphorePermit};
use url::Url;

use crate::error::database;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// The key of the advisory lock: `deskside` in ASCII. Such locks are a database's own.
const PORTAL: i64 = i64::from_be_bytes(*b"deskside");
/// A portal that was killed a moment ago may still hold the lock: the server has to notice first.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
const LOCK_POLL: Duration = Duration::from_millis(100);
/// Transactions that write at the same time: the portal's writer, and requests beside it while it waits for the disk.
const WRITERS: usize = 4;
/// Connections that read at the same time.
const READERS: u32 = 8;
/// How long anybody waits for a connection before they are told that the database does not answer.
const ACQUIRE_PATIENCE: Duration = Duration::from_secs(5);

/// Settings of every connection, whatever the server's own are.
const EVERY: [(&str, &str); 5] = [
    ("default_transaction_isolation", "read committed"),
    // A portal's machine may vanish without a word: its lock must not stay for hours. Seconds, and tries.
    ("tcp_keepalives_idle", "30"),
    ("tcp_keepalives_interval", "10"),
    ("tcp_keepalives_count", "3"),
    // No query is large enough to be worth a compiler run.
    ("jit", "off"),
];
const WRITING: [(&str, &str); 3] = [
    // `off` could lose the last commits when the server dies, and they are acknowledged.
    ("synchronous_commit", "on"),
    // Somebody's LOCK TABLE, or a transaction left open in psql, is told instead of waited for.
    ("lock_timeout", "30s"),
    // Plans are kept by connections, and one made while the tables were small would read them whole for a long time.
    ("enable_seqscan", "off"),
];
const READING: [(&str, &str); 1] = [("default_transaction_read_only", "on")];

/// A database as it is found, whoever has it open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// Its address without user and password.
    pub place: String,
    /// The server's version as it names itself: "15.8 (Debian 15.8-0+deb12u1)".
    pub version: String,
    /// The same as a number: 150008.
    pub version_number: i32,
    /// Of the text in it; `UTF8` is right.
    pub encoding: String,
}

pub(crate) async fn examine(url: &Url) -> Result<Examined, StoreError> {
    let mut connection = connect(&options(url)?).await.map_err(|error| unreachable(url, error))?;
    let settings = sqlx::query_as::<_, (String, i32, String)>(
        "SELECT current_setting('server_version'), current_setting('server_version_num')::int,
             current_setting('server_encoding')",
    );
    let (version, number, encoding) = settings.fetch_one(&mut connection).await.map_err(database)?;
    Ok(Examined { place: place(url), version, version_number: number, encoding })
}

/// An open database.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) readers: PgPool,
    /// Connections that write and have nothing to do.
    idle: Mutex<VecDeque<PgConnection>>,
    writers: Semaphore,
    options: PgConnectOptions,
    /// Which start of a portal this is.
    start: i64,
    place: String,
}

impl Database {
    /// Connects to the database at `url`, takes it for this portal, and brings it up to this version.
    pub(crate) async fn open(url: &Url) -> Result<Self, StoreError> {
        let place = place(url);
        let every = options(url)?;
        let options = every.clone().options(WRITING);
        let mut first = connect(&options).await.map_err(|error| unreachable(url, error))?;
        if !lock_alone(&mut first).await? {
            return Err(StoreError::InUse { path: place });
        }
        MIGRATIONS.run(&mut first).await.map_err(|error| migration(&place, error))?;
        let start = next_start(&mut first).await?;
        let readers = PgPoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(ACQUIRE_PATIENCE)
            .connect_with(every.options(READING))
            .await
            .map_err(database)?;
        let idle = Mutex::new(VecDeque::from([first]));
        Ok(Self { readers, idle, writers: Semaphore::new(WRITERS), options, start, place })
    }

    /// Waits for a connection that may write and begins a transaction on it.
    pub(crate) async fn write(&self) -> Result<WriteTransaction<'_>, StoreError> {
        let permit = self.writers.acquire().await.map_err(|error| StoreError::Database(Box::new(error)))?;
        // One that idled may have been lost meanwhile: then nothing has been done yet, and the next one is tried.
        while let Some(mut connection) = self.take_idle() {
            if sqlx::query("BEGIN").execute(&mut connection).await.is_ok() {
                return Ok(WriteTransaction { connection, home: self, _permit: permit });
            }
        }
        let mut connection = self.connect().await?;
        sqlx::query("BEGIN").execute(&mut connection).await.map_err(database)?;
        Ok(WriteTransaction { connection, home: self, _permit: permit })
    }

    fn take_idle(&self) -> Option<PgConnection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop_back()
    }

    /// One connection more that may write.
    async fn connect(&self) -> Result<PgConnection, StoreError> {
        let mut connection = connect(&self.options).await.map_err(database)?;
        let in_use = || StoreError::InUse { path: self.place.clone() };
        let locked = sqlx::query_scalar::<_, bool>("SELECT pg_try_advisory_lock_shared($1)").bind(PORTAL);
        if !locked.fetch_one(&mut connection).await.map_err(database)? {
            return Err(in_use());
        }
        // Not in one statement: that could read the number before it has the lock.
        let start =
            sqlx::query_scalar::<_, i64>("SELECT starts FROM portal").fetch_one(&mut connection).await;
        if start.map_err(database)? != self.start {
            return Err(in_use());
        }
        Ok(connection)
    }
}

/// A transaction. Dropped without [`commit`](Self::commit) (an error, a cancelled request) it closes its connection, whereupon
/// the server undoes everything; the next writer opens a new one.
pub(crate) struct WriteTransaction<'a> {
    pub(crate) connection: PgConnection,
    home: &'a Database,
    _permit: SemaphorePermit<'a>,
}

impl WriteTransaction<'_> {
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        self.execute("COMMIT").await?;
        self.home.idle.lock().unwrap_or_else(PoisonError::into_inner).push_back(self.connection);
        Ok(())
    }

    /// Runs a statement that has no parameters and no result.
    pub(crate) async fn execute(&mut self, sql: &'static str) -> Result<(), StoreError> {
        sqlx::query(sql).execute(&mut self.connection).await.map_err(database)?;
        Ok(())
    }
}

/// The address as it may be shown: without user, password and parameters.
fn place(url: &Url) -> String {
    let socket = url.query_pairs().find(|(name, _)| name == "host").map(|(_, folder)| folder.into_owned());
    let host = socket.or_else(|| url.host_str().map(str::to_owned)).unwrap_or_else(|| "localhost".to_owned());
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("postgres://{host}{port}{}", url.path())
}

pub(crate) fn unreachable(url: &Url, reason: sqlx::Error) -> StoreError {
    StoreError::Unreachable { place: place(url), reason: Box::new(reason) }
}

pub(crate) fn options(url: &Url) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_url(url).map_err(|error| unreachable(url, error))?;
    Ok(options.options(EVERY).disable_statement_logging())
}

/// The driver itself would wait for as long as the system does, which is minutes.
async fn connect(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let late = |_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
    tokio::time::timeout(ACQUIRE_PATIENCE, options.connect()).await.map_err(late)?
}

/// `false` where another portal stays in the database.
async fn lock_alone(connection: &mut PgConnection) -> Result<bool, StoreError> {
    let deadline = tokio::time::Instant::now() + LOCK_PATIENCE;
    loop {
        let locked = sqlx::query_scalar::<_, bool>("SELECT pg_try_advisory_lock($1)").bind(PORTAL);
        if locked.fetch_one(&mut *connection).await.map_err(database)? {
            return Ok(true);
        }
        if tokio::time::Instant::now() >= deadline {
            return Ok(false);
        }
        tokio::time::sleep(LOCK_POLL).await;
    }
}

/// Takes the number of this start, then holds the lock as all of its writers do.
async fn next_start(connection: &mut PgConnection) -> Result<i64, StoreError> {
    let start = sqlx::query_scalar::<_, i64>("UPDATE portal SET starts = starts + 1 RETURNING starts");
    let start = start.fetch_one(&mut *connection).await.map_err(database)?;
    for step in ["SELECT pg_advisory_lock_shared($1)", "SELECT pg_advisory_unlock($1)"] {
        sqlx::query(step).bind(PORTAL).execute(&mut *connection).await.map_err(database)?;
    }
    Ok(start)
}

/// Whether every migration of this version was made, and no other.
pub(crate) async fn is_of_this_version(connection: &mut PgConnection) -> Result<bool, StoreError> {
    let made =
        sqlx::query_scalar::<_, i64>("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version");
    let made = made.fetch_all(connection).await.map_err(database)?;
    Ok(made.into_iter().eq(MIGRATIONS.iter().map(|migration| migration.version)))
}

/// Of a database that another version wrote.
pub(crate) fn other_version(url: &Url) -> StoreError {
    StoreError::OtherVersion { path: place(url) }
}

fn migration(place: &str, error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
            StoreError::Newer { path: place.to_owned() }
        }
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => database(error),
        other => StoreError::Database(Box::new(other)),
    }
}

#[cfg(all(test, unix, not(feature = "schema-only")))]
mod tests {
    use super::*;
    use deskside_scratch_postgres::Server;

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        for (url, shown) in [
            (
                "postgres://ada:hunter2@db.acme.test/deskside?sslmode=require",
                "postgres://db.acme.test/deskside",
            ),
            ("postgresql://db.acme.test:5433/deskside", "postgres://db.acme.test:5433/deskside"),
            (
                "postgres:///deskside?host=/run/postgresql&password=hunter2",
                "postgres:///run/postgresql/deskside",
            ),
        ] {
            assert_eq!(place(&url.parse().unwrap()), shown);
        }
    }

    #[tokio::test]
    async fn readers_cannot_write_and_every_write_is_synced() {
        let scratch = Server::shared().database().unwrap();
        // A server, a user or an address may say otherwise: ours stands.
        let url = format!("{}&options=-c%20synchronous_commit%3Doff", scratch.url());
        let database = Database::open(&url.parse().unwrap()).await.unwrap();
        let write = sqlx::query("DELETE FROM set_up").execute(&database.readers).await;
        assert!(write.unwrap_err().to_string().contains("read-only"));
        // Each of the connections that may write at once.
        let mut transactions = Vec::new();
        for _ in 0..WRITERS {
            let mut tx = database.write().await.unwrap();
            let set = sqlx::query_scalar::<_, String>("SHOW synchronous_commit");
            assert_eq!(set.fetch_one(&mut tx.connection).await.unwrap(), "on");
            transactions.push(tx);
        }
        for tx in transactions {
            tx.commit().await.unwrap();
        }
        assert_eq!(database.idle.lock().unwrap().len(), WRITERS, "they are kept");
    }
}
