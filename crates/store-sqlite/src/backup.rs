//! The database into another file while a portal writes it, and back.
//!
//! The queries are checked when they run: they read a copy, which may be of a version that a build knows nothing of.

use std::path::Path;

use async_trait::async_trait;
use deskside_proto::{AttachmentId, OrgId, SessionId};
use deskside_store::{
    StoreError,
    backup::{KeptAttachment, KeptTranscript, Snapshot},
};
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{
    database::{is_of_this_version, other_version},
    error::database,
};

/// A copy of a database, open to be read.
#[derive(Debug)]
pub struct SqliteSnapshot {
    connection: SqliteConnection,
}

/// Writes the database at `source` as it is now into `target`, an empty file; a portal may have it open and goes on writing. What was
/// deleted is not in the copy.
///
/// # Errors
/// Where there is no database of this version, or `target` cannot be written.
pub async fn snapshot(source: &Path, target: &Path) -> Result<SqliteSnapshot, StoreError> {
    let options = SqliteConnectOptions::new().filename(source).disable_statement_logging();
    let mut connection = options.connect().await.map_err(database)?;
    if !is_of_this_version(&mut connection).await? {
        return Err(other_version(source));
    }
    let vacuum = sqlx::query("VACUUM INTO ?").bind(target.to_string_lossy().into_owned());
    vacuum.execute(&mut connection).await.map_err(database)?;
    connection.close().await.map_err(database)?;
    SqliteSnapshot::open(target).await
}

/// Makes the copy at `path` fit to go on from: bytes of unfinished uploads are in no backup, their senders begin anew.
///
/// # Errors
/// Where it cannot be written.
pub async fn after_restore(path: &Path) -> Result<(), StoreError> {
    let options = SqliteConnectOptions::new().filename(path).foreign_keys(true).disable_statement_logging();
    let mut connection = options.connect().await.map_err(database)?;
    let forget = sqlx::query("UPDATE attachment SET received = 0 WHERE state = 'uploading'");
    forget.execute(&mut connection).await.map_err(database)?;
    connection.close().await.map_err(database)
}

impl SqliteSnapshot {
    async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true);
        let connection = options.disable_statement_logging().connect().await.map_err(database)?;
        Ok(Self { connection })
    }
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
impl Snapshot for SqliteSnapshot {
    async fn attachments(
        &mut self,
        after: Option<AttachmentId>,
        limit: u32,
    ) -> Result<Vec<KeptAttachment>, StoreError> {
        let rows: Vec<AttachmentRow> = sqlx::query_as(
            "SELECT a.id, a.session_id, s.org_id, a.size, a.sha256, a.thumbnail_width IS NOT NULL AS has_thumbnail
             FROM attachment a JOIN session s ON s.id = a.session_id
             WHERE a.state IN ('uploaded', 'offered') AND a.direct_kind IS NULL AND a.id > ?
             ORDER BY a.id LIMIT ?",
        )
        .bind(after.map_or(Vec::new(), |id| id.0.to_vec()))
        .bind(limit)
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
             FROM session WHERE sealed_at IS NOT NULL AND id > ? ORDER BY id LIMIT ?",
        )
        .bind(after.map_or(Vec::new(), |id| id.0.to_vec()))
        .bind(limit)
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
