//! The database as it is at one moment, into a file by PostgreSQL's own `pg_dump`, and back by `pg_restore`.
//!
//! The queries are checked when they run: they read inside the dump's own snapshot.

use std::{path::Path, process::Stdio};

use async_trait::async_trait;
use deskside_proto::{AttachmentId, OrgId, SessionId};
use deskside_store::{
    StoreError,
    backup::{KeptAttachment, KeptTranscript, Snapshot},
};
use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::process::Command;
use url::Url;

use crate::{
    database::{is_of_this_version, options, other_version, unreachable},
    error::database,
};

/// A transaction that sees what the dump saw.
#[derive(Debug)]
pub struct PostgresSnapshot {
    connection: PgConnection,
}

/// Writes the database at `url` as it is now into `target`; a portal may have it open and goes on writing. `pg_dump` must be in PATH and not
/// older than the server.
///
/// # Errors
/// Where there is no database of this version, or `pg_dump` fails.
pub async fn snapshot(url: &Url, target: &Path) -> Result<PostgresSnapshot, StoreError> {
    let mut connection = options(url)?.connect().await.map_err(|error| unreachable(url, error))?;
    for step in [
        "SET idle_in_transaction_session_timeout = 0",
        "SET transaction_timeout = 0",
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    ] {
        let done = sqlx::query(step).execute(&mut connection).await;
        // The second came with PostgreSQL 17.
        if step != "SET transaction_timeout = 0" {
            done.map_err(database)?;
        }
    }
    if !is_of_this_version(&mut connection).await? {
        return Err(other_version(url));
    }
    let exported = sqlx::query_scalar::<_, String>("SELECT pg_export_snapshot()");
    let exported = exported.fetch_one(&mut connection).await.map_err(database)?;
    let mut dump = program("pg_dump", url);
    dump.args(["--format=custom", "--no-owner", "--no-privileges", "--snapshot", &exported, "--file"])
        .arg(target);
    run(dump, "pg_dump").await?;
    Ok(PostgresSnapshot { connection })
}

/// Reads what [`snapshot`] wrote into the empty database at `url`, all of it or nothing.
///
/// # Errors
/// Where the database is not empty, or `pg_restore` fails.
pub async fn restore(url: &Url, source: &Path) -> Result<(), StoreError> {
    let mut connection = options(url)?.connect().await.map_err(|error| unreachable(url, error))?;
    if !is_empty(&mut connection).await? {
        return Err(StoreError::Database("the database is not empty: make a new one with createdb".into()));
    }
    let mut restore = program("pg_restore", url);
    restore.args(["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]).arg(source);
    run(restore, "pg_restore").await?;
    // Bytes of unfinished uploads are in no backup, their senders begin anew.
    let forget = sqlx::query("UPDATE public.attachment SET received = 0 WHERE state = 'uploading'");
    forget.execute(&mut connection).await.map_err(database)?;
    connection.close().await.map_err(database)
}

/// Whether there is no table in the database at `url`.
///
/// # Errors
/// Where it cannot be reached.
pub async fn has_room(url: &Url) -> Result<bool, StoreError> {
    let mut connection = options(url)?.connect().await.map_err(|error| unreachable(url, error))?;
    is_empty(&mut connection).await
}

async fn is_empty(connection: &mut PgConnection) -> Result<bool, StoreError> {
    let tables =
        "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";
    let tables = sqlx::query_scalar::<_, i64>(tables).fetch_one(connection).await.map_err(database)?;
    Ok(tables == 0)
}

/// One of PostgreSQL's programs; others on this machine can read its arguments, so that the password goes by the environment.
fn program(name: &str, url: &Url) -> Command {
    let mut shown = url.clone();
    let password = url
        .password()
        .map(|word| percent_encoding::percent_decode_str(word).decode_utf8_lossy().into_owned());
    let mut command = Command::new(name);
    if let Some(password) = password {
        // Only an address without a host has no place for a password, and then it has none.
        let _ = shown.set_password(None);
        command.env("PGPASSWORD", password);
    }
    command.arg("--dbname").arg(shown.as_str()).stdin(Stdio::null()).kill_on_drop(true);
    command
}

async fn run(mut command: Command, name: &str) -> Result<(), StoreError> {
    let failed = |reason: String| StoreError::Database(reason.into());
    let output = command.output().await.map_err(|error| {
        failed(format!("{name} cannot be started ({error}): install PostgreSQL's client programs, not older than the server"))
    })?;
    if output.status.success() {
        return Ok(());
    }
    Err(failed(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim())))
}

#[derive(sqlx::FromRow)]
struct AttachmentRow {
    id: Vec<u8>,
    session_id: Vec<u8>,
    org_id: Vec<u8>,
    size: i64,
    sha256: String,
    has_thumbnail: bool,
}

#[derive(sqlx::FromRow)]
struct TranscriptRow {
    id: Vec<u8>,
    org_id: Vec<u8>,
    size: i64,
    sha256: String,
}

#[async_trait]
impl Snapshot for PostgresSnapshot {
    async fn attachments(
        &mut self,
        after: Option<AttachmentId>,
        limit: u32,
    ) -> Result<Vec<KeptAttachment>, StoreError> {
        let rows: Vec<AttachmentRow> = sqlx::query_as(
            "SELECT a.id, a.session_id, s.org_id, a.size, a.sha256, a.thumbnail_width IS NOT NULL AS has_thumbnail
             FROM attachment a JOIN session s ON s.id = a.session_id
             WHERE a.state IN ('uploaded', 'offered') AND a.direct_kind IS NULL AND a.id > $1
             ORDER BY a.id LIMIT $2",
        )
        .bind(after.map_or(Vec::new(), |id| id.0.to_vec()))
        .bind(i64::from(limit))
        .fetch_all(&mut self.connection)
        .await
        .map_err(database)?;
        let kept = rows.into_iter().map(|row| {
            Ok(KeptAttachment {
                org: OrgId(id("session", "org_id", &row.org_id)?),
                session: SessionId(id("attachment", "session_id", &row.session_id)?),
                id: AttachmentId(id("attachment", "id", &row.id)?),
                size: row.size.cast_unsigned(),
                sha256: row.sha256,
                has_thumbnail: row.has_thumbnail,
            })
        });
        kept.collect()
    }

    async fn transcripts(
        &mut self,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<KeptTranscript>, StoreError> {
        let rows: Vec<TranscriptRow> = sqlx::query_as(
            "SELECT id, org_id, transcript_size AS size, transcript_sha256 AS sha256
             FROM session WHERE sealed_at IS NOT NULL AND id > $1 ORDER BY id LIMIT $2",
        )
        .bind(after.map_or(Vec::new(), |id| id.0.to_vec()))
        .bind(i64::from(limit))
        .fetch_all(&mut self.connection)
        .await
        .map_err(database)?;
        let kept = rows.into_iter().map(|row| {
            Ok(KeptTranscript {
                org: OrgId(id("session", "org_id", &row.org_id)?),
                session: SessionId(id("session", "id", &row.id)?),
                size: row.size.cast_unsigned(),
                sha256: row.sha256,
            })
        });
        kept.collect()
    }
}

fn id(table: &'static str, column: &'static str, bytes: &[u8]) -> Result<[u8; 16], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Inconsistent { table, column, row: format!("{bytes:02x?}") })
}
