//! The index in one file.
//!
//! Queries are plain text here, not macros: FTS5's virtual table has no types that a compiler could check.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use async_trait::async_trait;
use deskside_proto::{Seq, SessionId, Visibility};
use serde::Serialize;
use sqlx::{
    ConnectOptions as _, Row as _, SqlitePool, query, query_scalar,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use tokio::sync::RwLock;

use crate::{
    Change, Document, Found, IndexError, Page, Query, Results, Search, SearchIndex, excerpt::excerpt,
    words::prepared,
};

/// Grows with every change of [`SCHEMA`] or of what is written into it: another one's file is made again.
const VERSION: i64 = 1;
/// `scope` is one word that names session and visibility, so that a search walks only its own session's messages. Rows of a
/// session are in the order of its log, so that the newest come first without sorting.
const SCHEMA: [&str; 5] = [
    "CREATE TABLE session (id BLOB PRIMARY KEY, indexed_to INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE message (
         id INTEGER PRIMARY KEY, session BLOB NOT NULL, seq INTEGER NOT NULL, version INTEGER NOT NULL,
         UNIQUE (session, seq)
     ) STRICT",
    "CREATE VIRTUAL TABLE words USING fts5 (
         scope, text, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
     )",
    // Otherwise a removed word stays in the file until its segment happens to be merged.
    "INSERT INTO words (words, rank) VALUES ('secure-delete', 1)",
    "PRAGMA user_version = 1",
];
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Searches at the same time.
const READERS: u32 = 2;

/// Primary result codes (<https://www.sqlite.org/rescode.html>).
const SQLITE_ERROR: i32 = 1;
const SQLITE_CORRUPT: i32 = 11;
const SQLITE_FULL: i32 = 13;
const SQLITE_NOTADB: i32 = 26;

/// An index on disk.
#[derive(Debug)]
pub struct SqliteIndex {
    path: PathBuf,
    /// Others once the file was made again.
    pools: RwLock<Pools>,
}

#[derive(Debug, Clone)]
struct Pools {
    readers: SqlitePool,
    /// One connection: one writer.
    writer: SqlitePool,
}

impl SqliteIndex {
    /// Opens the index at `path`. Where there is none, or one that is damaged or of another version, it begins empty.
    ///
    /// # Errors
    /// [`IndexError`] where the folder cannot be written.
    pub async fn open(path: &Path) -> Result<Self, IndexError> {
        let pools = match Pools::open(path).await {
            Ok(Some(pools)) => pools,
            Ok(None) => Pools::fresh(path).await?,
            Err(error) if is_of_no_use(&error) => Pools::fresh(path).await?,
            Err(error) => return Err(failed(error)),
        };
        Ok(Self { path: path.to_owned(), pools: RwLock::new(pools) })
    }

    /// Throws everything away and begins empty: after [`IndexError::Damaged`].
    ///
    /// # Errors
    /// [`IndexError`] where the folder cannot be written.
    pub async fn begin_anew(&self) -> Result<(), IndexError> {
        let mut pools = self.pools.write().await;
        pools.close().await;
        *pools = Pools::fresh(&self.path).await?;
        Ok(())
    }

    async fn pools(&self) -> Pools {
        self.pools.read().await.clone()
    }
}

impl Pools {
    async fn fresh(path: &Path) -> Result<Self, IndexError> {
        remove(path).map_err(|error| IndexError::Failed(Box::new(error)))?;
        let fresh = Self::open(path).await.map_err(failed)?;
        fresh.ok_or_else(|| IndexError::Failed("a new file has another version".into()))
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// `None` where another version wrote it.
    async fn open(path: &Path) -> Result<Option<Self>, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            // The last commits may go at a power cut: `indexed_to` goes with them, and the log has them.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("secure_delete", "on")
            .disable_statement_logging();
        let pool = |connections| SqlitePoolOptions::new().max_connections(connections);
        let writer = pool(1).connect_with(options.clone().create_if_missing(true)).await?;
        if !is_current(&writer).await? {
            writer.close().await;
            return Ok(None);
        }
        let readers = pool(READERS).connect_with(options.pragma("query_only", "on")).await?;
        Ok(Some(Self { readers, writer }))
    }
}

/// Whether the file has this version's schema; an empty one is given it.
async fn is_current(pool: &SqlitePool) -> Result<bool, sqlx::Error> {
    let version: i64 = query_scalar("PRAGMA user_version").fetch_one(pool).await?;
    let tables: i64 = query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(pool).await?;
    if version == 0 && tables == 0 {
        let mut tx = pool.begin().await?;
        for statement in SCHEMA {
            query(statement).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        return Ok(true);
    }
    if version != VERSION {
        return Ok(false);
    }
    // Touches every table: a file that is cut or overwritten shows here and not in a search.
    query("SELECT m.id FROM session s, message m, words w LIMIT 1").fetch_optional(pool).await?;
    Ok(true)
}

fn remove(path: &Path) -> io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        match std::fs::remove_file(PathBuf::from(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn code(error: &sqlx::Error) -> Option<i32> {
    // The low byte is the primary code of an extended one.
    error.as_database_error()?.code()?.parse::<i32>().ok().map(|code| code & 0xff)
}

fn is_damage(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(SQLITE_CORRUPT | SQLITE_NOTADB))
}

/// A file that cannot be opened as an index; its tables may be others (`SQLITE_ERROR`).
fn is_of_no_use(error: &sqlx::Error) -> bool {
    is_damage(error) || code(error) == Some(SQLITE_ERROR)
}

fn failed(error: sqlx::Error) -> IndexError {
    match code(&error) {
        Some(SQLITE_FULL) => IndexError::Full,
        Some(SQLITE_CORRUPT | SQLITE_NOTADB) => IndexError::Damaged(Box::new(error)),
        _ => IndexError::Failed(Box::new(error)),
    }
}

/// Beyond what a log can hold there is nothing.
fn to_i64(seq: Seq) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// Nothing negative is ever written.
fn to_seq(number: i64) -> Seq {
    Seq::try_from(number).unwrap_or(0)
}

fn scope(session: SessionId, visibility: Visibility) -> String {
    match visibility {
        Visibility::All => format!("{session}a"),
        Visibility::Technicians => format!("{session}t"),
    }
}

/// FTS5's expression. Every word is a quoted string, in which nothing has a meaning but the quote itself.
fn expression(search: &Search<'_>) -> String {
    let seen = [Visibility::All, Visibility::Technicians].into_iter().filter(|it| it.admits(search.role));
    let scopes: Vec<String> = seen.map(|it| format!("\"{}\"", scope(search.session, it))).collect();
    format!("scope : ({}) AND text : ({})", scopes.join(" OR "), words(search.query))
}

fn words(query: &Query) -> String {
    let quoted = query.words().map(|(word, is_beginning)| {
        let end = if is_beginning { " *" } else { "" };
        format!("\"{}\"{end}", word.replace('"', "\"\""))
    });
    quoted.collect::<Vec<_>>().join(" AND ")
}

/// What a commit writes, as the statements take it: one for everything costs a fraction of one for each message, whose way to
/// SQLite's thread and back is longer than its work.
#[derive(Default, Serialize)]
struct Rows {
    /// Session, place, version, scope, text.
    documents: Vec<(String, i64, i64, String, String)>,
    /// Session, place.
    removed: Vec<(String, i64)>,
    /// Session, how far it is indexed.
    sessions: Vec<(String, i64)>,
    #[serde(skip)]
    rewritten: bool,
}

/// Each takes [`Rows`] as JSON. A message that is put and removed by one commit is gone: nothing comes back under its place.
const WRITE: [&str; 5] = [
    "INSERT INTO message (session, seq, version)
     SELECT unhex(row.value ->> 0), row.value ->> 1, row.value ->> 2 FROM json_each(?1, '$.documents') row WHERE true
     ON CONFLICT (session, seq) DO UPDATE SET version = excluded.version",
    // CROSS JOIN: in the order of the rows.
    "INSERT OR REPLACE INTO words (rowid, scope, text)
     SELECT m.id, row.value ->> 3, row.value ->> 4 FROM json_each(?1, '$.documents') row
     CROSS JOIN message m ON m.session = unhex(row.value ->> 0) AND m.seq = row.value ->> 1",
    "DELETE FROM words WHERE rowid IN (
         SELECT m.id FROM json_each(?1, '$.removed') row
         CROSS JOIN message m ON m.session = unhex(row.value ->> 0) AND m.seq = row.value ->> 1
     )",
    "DELETE FROM message WHERE id IN (
         SELECT m.id FROM json_each(?1, '$.removed') row
         CROSS JOIN message m ON m.session = unhex(row.value ->> 0) AND m.seq = row.value ->> 1
     )",
    "INSERT INTO session SELECT unhex(row.value ->> 0), row.value ->> 1 FROM json_each(?1, '$.sessions') row WHERE true
     ON CONFLICT DO UPDATE SET indexed_to = excluded.indexed_to",
];

impl Rows {
    fn of(pages: Vec<Page>) -> Self {
        let mut rows = Self::default();
        for Page { session, changes, indexed_to } in pages {
            for change in changes {
                rows.add(session, change);
            }
            rows.sessions.push((session.to_string(), to_i64(indexed_to)));
        }
        rows
    }

    fn add(&mut self, session: SessionId, change: Change) {
        match change {
            Change::Put(Document { seq, visibility, version, text }) => {
                self.rewritten |= version > 0;
                let (scope, text) = (scope(session, visibility), prepared(&text));
                self.documents.push((session.to_string(), to_i64(seq), to_i64(version), scope, text));
            }
            Change::Remove(seq) => {
                self.rewritten = true;
                self.removed.push((session.to_string(), to_i64(seq)));
            }
        }
    }
}

impl SqliteIndex {
    async fn write(&self, rows: Rows) -> Result<(), IndexError> {
        let json = serde_json::to_string(&rows).map_err(|error| IndexError::Failed(Box::new(error)))?;
        self.write_json(&json, rows.rewritten).await.map_err(failed)
    }

    async fn write_json(&self, json: &str, rewritten: bool) -> Result<(), sqlx::Error> {
        let Pools { writer, .. } = self.pools().await;
        let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
        for statement in WRITE {
            query(statement).bind(json).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        if rewritten { empty_wal(&writer).await } else { Ok(()) }
    }

    async fn erase(&self, session: SessionId) -> Result<(), sqlx::Error> {
        let Pools { writer, .. } = self.pools().await;
        let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
        for statement in [
            "DELETE FROM words WHERE rowid IN (SELECT id FROM message WHERE session = ?)",
            "DELETE FROM message WHERE session = ?",
            "DELETE FROM session WHERE id = ?",
        ] {
            query(statement).bind(session.0.as_slice()).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        empty_wal(&writer).await
    }

    async fn read(&self, search: &Search<'_>) -> Result<Results, sqlx::Error> {
        let limit = search.limit as usize;
        // One snapshot for what is found and how far the index has come.
        let mut tx = self.pools().await.readers.begin().await?;
        let indexed_to: Option<i64> = query_scalar("SELECT indexed_to FROM session WHERE id = ?")
            .bind(search.session.0.as_slice())
            .fetch_optional(&mut *tx)
            .await?;
        // CROSS JOIN: the words come first, not all messages of the session.
        let rows = query(
            "SELECT m.seq, m.version, highlight(words, 1, char(2), char(3))
             FROM words CROSS JOIN message m ON m.id = words.rowid
             WHERE words MATCH ? AND m.session = ? AND m.seq < ?
             ORDER BY words.rowid DESC LIMIT ?",
        )
        .bind(expression(search))
        .bind(search.session.0.as_slice())
        .bind(search.before.map_or(i64::MAX, to_i64))
        .bind(i64::from(search.limit) + 1)
        .fetch_all(&mut *tx)
        .await?;
        let found = rows.iter().take(limit).map(|row| {
            Ok(Found {
                seq: to_seq(row.try_get(0)?),
                version: to_seq(row.try_get(1)?),
                excerpt: excerpt(row.try_get(2)?),
            })
        });
        let found = found.collect::<Result<_, sqlx::Error>>()?;
        Ok(Results { found, more: rows.len() > limit, indexed_to: to_seq(indexed_to.unwrap_or(0)) })
    }
}

/// The write-ahead log still has the pages as they were.
async fn empty_wal(writer: &SqlitePool) -> Result<(), sqlx::Error> {
    query("PRAGMA wal_checkpoint(TRUNCATE)").execute(writer).await.map(drop)
}

#[async_trait]
impl SearchIndex for SqliteIndex {
    async fn indexed_to(&self, session: SessionId) -> Result<Seq, IndexError> {
        let found = query_scalar("SELECT indexed_to FROM session WHERE id = ?").bind(session.0.as_slice());
        let seq: Option<i64> = found.fetch_optional(&self.pools().await.readers).await.map_err(failed)?;
        Ok(to_seq(seq.unwrap_or(0)))
    }

    async fn apply(&self, pages: Vec<Page>) -> Result<(), IndexError> {
        self.write(Rows::of(pages)).await
    }

    async fn forget(&self, session: SessionId) -> Result<(), IndexError> {
        self.erase(session).await.map_err(failed)
    }

    async fn find(&self, search: Search<'_>) -> Result<Results, IndexError> {
        self.read(&search).await.map_err(failed)
    }

    async fn close(&self) {
        self.pools().await.close().await;
    }
}
