//! The index in one file.
//!
//! Queries are plain text here, not macros: FTS5's virtual table has no types that a compiler could check.

mod files;
mod org;

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use async_trait::async_trait;
use deskside_proto::{AttachmentId, OrgId, Seq, SessionId, Visibility};
use serde::Serialize;
use sqlx::{
    ConnectOptions as _, Row as _, SqliteConnection, SqlitePool, query, query_as, query_scalar,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use tokio::sync::RwLock;

use crate::{
    Change, Document, FileText, Found, IndexError, OrgResults, OrgSearch, Page, Query, Results, Search,
    SearchIndex, excerpt::excerpt, places, words::prepared,
};

/// Grows with every change of [`SCHEMA`] or of what is written into it: another one's file is made again.
const VERSION: i64 = 2;
/// `scope` is words that name the organisation and, of a message, session and visibility, so that a search walks only what it is
/// about. Rows have the numbers of [`places`], so that the newest come first without sorting.
const SCHEMA: [&str; 6] = [
    "CREATE TABLE session (
         id BLOB PRIMARY KEY, org BLOB NOT NULL, base INTEGER NOT NULL UNIQUE, indexed_to INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID",
    "CREATE TABLE message (id INTEGER PRIMARY KEY, version INTEGER NOT NULL) STRICT",
    // Files whose text was looked for; `first` to `last` are the rows of its passages, NULL where there is none.
    "CREATE TABLE file (
         attachment BLOB PRIMARY KEY, session BLOB NOT NULL, first INTEGER UNIQUE, last INTEGER
     ) STRICT, WITHOUT ROWID",
    "CREATE VIRTUAL TABLE words USING fts5 (
         scope, text, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
     )",
    // Otherwise a removed word stays in the file until its segment happens to be merged.
    "INSERT INTO words (words, rank) VALUES ('secure-delete', 1)",
    "PRAGMA user_version = 2",
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

/// Ends of the words that name a session: with what all may see, with what technicians may see, with texts of files.
const SCOPES: [&str; 3] = ["a", "t", "f"];

fn scope(session: SessionId, visibility: Visibility) -> String {
    let [all, technicians, _] = SCOPES;
    match visibility {
        Visibility::All => format!("{session}{all}"),
        Visibility::Technicians => format!("{session}{technicians}"),
    }
}

fn scope_of(org: OrgId) -> String {
    format!("{org}o")
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
    /// Row, version, scope, text.
    documents: Vec<(i64, i64, String, String)>,
    removed: Vec<i64>,
    /// Session, how far it is indexed.
    sessions: Vec<(String, i64)>,
    #[serde(skip)]
    rewritten: bool,
}

/// Each takes [`Rows`] as JSON. A message that is put and removed by one commit is gone: nothing comes back under its place.
const WRITE: [&str; 5] = [
    "INSERT OR REPLACE INTO message (id, version)
     SELECT row.value ->> 0, row.value ->> 1 FROM json_each(?1, '$.documents') row",
    "INSERT OR REPLACE INTO words (rowid, scope, text)
     SELECT row.value ->> 0, row.value ->> 2, row.value ->> 3 FROM json_each(?1, '$.documents') row",
    "DELETE FROM words WHERE rowid IN (SELECT row.value FROM json_each(?1, '$.removed') row)",
    "DELETE FROM message WHERE id IN (SELECT row.value FROM json_each(?1, '$.removed') row)",
    "UPDATE session SET indexed_to = row.value ->> 1 FROM json_each(?1, '$.sessions') row
     WHERE session.id = unhex(row.value ->> 0)",
];

impl Rows {
    fn add(&mut self, base: i64, page: Page) {
        let Page { org, session, changes, indexed_to } = page;
        for change in changes {
            match change {
                Change::Put(Document { seq, visibility, version, text }) => {
                    self.rewritten |= version > 0;
                    let scope = format!("{} {}", scope(session, visibility), scope_of(org));
                    let row = places::message(base, seq);
                    self.documents.extend(row.map(|row| (row, to_i64(version), scope, prepared(&text))));
                }
                Change::Remove(seq) => {
                    self.rewritten = true;
                    self.removed.extend(places::message(base, seq));
                }
            }
        }
        self.sessions.push((session.to_string(), to_i64(indexed_to)));
    }
}

/// The number of the session's first row; a session that is new gets one.
async fn base_of(
    connection: &mut SqliteConnection,
    org: OrgId,
    session: SessionId,
) -> Result<i64, sqlx::Error> {
    let id = session.0.as_slice();
    let known = query_scalar("SELECT base FROM session WHERE id = ?").bind(id);
    if let Some(base) = known.fetch_optional(&mut *connection).await? {
        return Ok(base);
    }
    let mut base = places::base(session);
    loop {
        let new = query(
            "INSERT INTO session (id, org, base, indexed_to) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING",
        );
        let new = new.bind(id).bind(org.0.as_slice()).bind(base);
        if new.execute(&mut *connection).await?.rows_affected() == 1 {
            return Ok(base);
        }
        base = places::next(base);
    }
}

impl SqliteIndex {
    async fn write(&self, pages: Vec<Page>) -> Result<(), sqlx::Error> {
        let Pools { writer, .. } = self.pools().await;
        let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
        let mut rows = Rows::default();
        for page in pages {
            let base = base_of(&mut tx, page.org, page.session).await?;
            rows.add(base, page);
        }
        let json = serde_json::to_string(&rows).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        for statement in WRITE {
            query(statement).bind(&json).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        if rows.rewritten { empty_wal(&writer).await } else { Ok(()) }
    }

    async fn erase(&self, session: SessionId) -> Result<(), sqlx::Error> {
        let Pools { writer, .. } = self.pools().await;
        let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
        let id = session.0.as_slice();
        let base: Option<i64> =
            query_scalar("SELECT base FROM session WHERE id = ?").bind(id).fetch_optional(&mut *tx).await?;
        if let Some((first, last)) = base.map(places::rows) {
            for statement in [
                "DELETE FROM words WHERE rowid BETWEEN ? AND ?",
                "DELETE FROM message WHERE id BETWEEN ? AND ?",
            ] {
                query(statement).bind(first).bind(last).execute(&mut *tx).await?;
            }
        }
        for statement in ["DELETE FROM file WHERE session = ?", "DELETE FROM session WHERE id = ?"] {
            query(statement).bind(id).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        empty_wal(&writer).await
    }

    async fn read(&self, search: &Search<'_>) -> Result<Results, sqlx::Error> {
        let limit = search.limit as usize;
        // One snapshot for what is found and how far the index has come.
        let mut tx = self.pools().await.readers.begin().await?;
        let session: Option<(i64, i64)> = query_as("SELECT base, indexed_to FROM session WHERE id = ?")
            .bind(search.session.0.as_slice())
            .fetch_optional(&mut *tx)
            .await?;
        let Some((base, indexed_to)) = session else {
            return Ok(Results { found: Vec::new(), more: false, indexed_to: 0 });
        };
        let last = places::messages(base).1;
        let before = search.before.map_or(last + 1, |seq| places::message(base, seq).unwrap_or(last + 1));
        // CROSS JOIN: the words come first, not all messages of the session.
        let rows = query(
            "SELECT m.id, m.version, highlight(words, 1, char(2), char(3))
             FROM words CROSS JOIN message m ON m.id = words.rowid
             WHERE words MATCH ? AND words.rowid >= ? AND words.rowid < ?
             ORDER BY words.rowid DESC LIMIT ?",
        )
        .bind(expression(search))
        .bind(base)
        .bind(before)
        .bind(i64::from(search.limit) + 1)
        .fetch_all(&mut *tx)
        .await?;
        let found = rows.iter().take(limit).map(|row| {
            Ok(Found {
                seq: places::of(row.try_get(0)?).1.unwrap_or(0),
                version: to_seq(row.try_get(1)?),
                excerpt: excerpt(row.try_get(2)?),
            })
        });
        let found = found.collect::<Result<_, sqlx::Error>>()?;
        Ok(Results { found, more: rows.len() > limit, indexed_to: to_seq(indexed_to) })
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
        self.write(pages).await.map_err(failed)
    }

    async fn forget(&self, session: SessionId) -> Result<(), IndexError> {
        self.erase(session).await.map_err(failed)
    }

    async fn find(&self, search: Search<'_>) -> Result<Results, IndexError> {
        self.read(&search).await.map_err(failed)
    }

    async fn put_file(&self, file: FileText) -> Result<(), IndexError> {
        files::put(&self.pools().await.writer, file).await.map_err(failed)
    }

    async fn remove_file(&self, _session: SessionId, attachment: AttachmentId) -> Result<(), IndexError> {
        files::remove(&self.pools().await.writer, attachment).await.map_err(failed)
    }

    async fn missing_files(&self, files: &[AttachmentId]) -> Result<Vec<AttachmentId>, IndexError> {
        files::missing(&self.pools().await.readers, files).await.map_err(failed)
    }

    async fn find_in_org(&self, search: OrgSearch<'_>) -> Result<OrgResults, IndexError> {
        org::find(&self.pools().await.readers, &search).await.map_err(failed)
    }

    async fn close(&self) {
        self.pools().await.close().await;
    }
}
