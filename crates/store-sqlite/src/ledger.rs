//! What stands in vaults, read only: for sealing, and for those who verify beside a running portal.

use std::path::Path;

use async_trait::async_trait;
use deskside_proto::{AttachmentId, AttachmentState, Millis, OrgId, SessionId, api::TranscriptFormat};
use deskside_store::{
    BlobStanding, ChainEntry, Ledger, ListedFile, StoreError, TranscriptFile, vault::kind_of,
};
use sqlx::{SqlitePool, query, query_as, query_scalar};

use crate::{
    database::open_readers,
    error::database,
    rows::{Row, to_i64},
};

/// Less than every id.
const BEFORE_ALL: [u8; 0] = [];

/// The read side of a database, beside the portal that has it open.
#[derive(Debug, Clone)]
pub struct SqliteLedger {
    readers: SqlitePool,
}

impl SqliteLedger {
    pub(crate) fn new(readers: SqlitePool) -> Self {
        Self { readers }
    }

    /// Opens the database at `path` for reading only; a portal may have it open.
    ///
    /// # Errors
    /// Where it is not there or cannot be read.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { readers: open_readers(path).await? })
    }
}

/// Of the table `manifest`.
pub(crate) struct ChainRow {
    pub(crate) place: i64,
    pub(crate) session_id: Vec<u8>,
    pub(crate) part: i64,
    pub(crate) size: i64,
    pub(crate) sha256: String,
    pub(crate) sealed_at: i64,
    pub(crate) erased: bool,
    pub(crate) deletion_noted: bool,
}

impl TryFrom<ChainRow> for ChainEntry {
    type Error = StoreError;

    fn try_from(found: ChainRow) -> Result<Self, StoreError> {
        let row = Row { table: "manifest", key: &found.session_id };
        Ok(Self {
            place: row.count("place", found.place)?,
            session: SessionId(row.id("session_id", &found.session_id)?),
            part: u32::try_from(found.part).map_err(|_| row.inconsistent("part"))?,
            size: row.count("size", found.size)?,
            sealed_at: Millis(found.sealed_at),
            erased: found.erased,
            deletion_noted: found.deletion_noted,
            sha256: found.sha256,
        })
    }
}

/// A stored file that a manifest names.
pub(crate) struct ListedRow {
    pub(crate) id: Vec<u8>,
    pub(crate) name: String,
    pub(crate) size: i64,
    pub(crate) sha256: Option<String>,
    pub(crate) state: String,
    pub(crate) capture: Option<String>,
}

impl TryFrom<ListedRow> for ListedFile {
    type Error = StoreError;

    fn try_from(found: ListedRow) -> Result<Self, StoreError> {
        let row = Row { table: "attachment", key: &found.id };
        let state: AttachmentState = row.stored("state", &found.state)?;
        let capture = found.capture.map(|kind| row.stored("capture", &kind)).transpose()?;
        Ok(Self {
            attachment: AttachmentId(row.id("id", &found.id)?),
            kind: kind_of(capture),
            name: found.name,
            size: row.count("size", found.size)?,
            sha256: found.sha256.ok_or_else(|| row.inconsistent("sha256"))?,
            erased: state != AttachmentState::Offered,
        })
    }
}

#[async_trait]
impl Ledger for SqliteLedger {
    async fn chains(&self) -> Result<Vec<(OrgId, String)>, StoreError> {
        let rows = query!("SELECT id, name FROM org ORDER BY created_at, id");
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        let chains = rows.into_iter().map(|found| {
            let id = Row { table: "org", key: &found.id }.id("id", &found.id)?;
            Ok((OrgId(id), found.name))
        });
        chains.collect()
    }

    async fn chain(&self, org: OrgId, after: u64, limit: u32) -> Result<Vec<ChainEntry>, StoreError> {
        let (org, after) = (org.0.as_slice(), to_i64(after));
        let rows = query_as!(
            ChainRow,
            r#"SELECT place AS "place!", session_id AS "session_id!", part AS "part!", size AS "size!", sha256 AS "sha256!",
                   sealed_at AS "sealed_at!", erased AS "erased!: bool",
                   EXISTS (
                       SELECT 1 FROM audit a WHERE a.session_id = m.session_id AND a.action = 'session_deleted'
                   ) AS "deletion_noted!: bool"
               FROM manifest m WHERE org_id = ?1 AND place > ?2 ORDER BY place LIMIT ?3"#,
            org,
            after,
            limit
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn manifests(&self, session: SessionId) -> Result<Vec<ChainEntry>, StoreError> {
        let session = session.0.as_slice();
        let rows = query_as!(
            ChainRow,
            r#"SELECT place AS "place!", session_id AS "session_id!", part AS "part!", size AS "size!", sha256 AS "sha256!",
                   sealed_at AS "sealed_at!", erased AS "erased!: bool",
                   EXISTS (
                       SELECT 1 FROM audit a WHERE a.session_id = m.session_id AND a.action = 'session_deleted'
                   ) AS "deletion_noted!: bool"
               FROM manifest m WHERE session_id = ?1 ORDER BY part"#,
            session
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn transcripts(&self, session: SessionId) -> Result<Vec<TranscriptFile>, StoreError> {
        let id = session.0.as_slice();
        let rows = query!("SELECT format, size, sha256 FROM transcript WHERE session_id = ?1", id);
        let mut files = Vec::new();
        for found in rows.fetch_all(&self.readers).await.map_err(database)? {
            let row = Row { table: "transcript", key: id };
            files.push(TranscriptFile {
                format: row.stored::<TranscriptFormat>("format", &found.format)?,
                size: row.count("size", found.size)?,
                sha256: found.sha256,
            });
        }
        files.sort_by_key(|file| file.format);
        Ok(files)
    }

    async fn listed_files(
        &self,
        session: SessionId,
        part: u32,
        after: Option<AttachmentId>,
        limit: u32,
    ) -> Result<Vec<ListedFile>, StoreError> {
        let (session, part) = (session.0.as_slice(), i64::from(part));
        let after = after.as_ref().map_or(&BEFORE_ALL[..], |id| &id.0);
        let rows = query_as!(
            ListedRow,
            "SELECT id, name, size, sha256, state, capture FROM attachment
             WHERE session_id = ?1 AND manifest_part = ?2 AND id > ?3 ORDER BY id LIMIT ?4",
            session,
            part,
            after,
            limit
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn unsealed_since(&self, before: Millis) -> Result<u64, StoreError> {
        let count = query_scalar!(
            r#"SELECT count(*) AS "count!: i64" FROM session WHERE ended_at < ?1 AND sealed_at IS NULL"#,
            before.0
        );
        let count = count.fetch_one(&self.readers).await.map_err(database)?;
        Row { table: "session", key: &[] }.count("count", count)
    }

    async fn sealed_outside(&self, org: OrgId, limit: u32) -> Result<Vec<SessionId>, StoreError> {
        let org = org.0.as_slice();
        let ids = query_scalar!(
            "SELECT id FROM session s
             WHERE org_id = ?1 AND sealed_at IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM manifest m WHERE m.session_id = s.id AND m.part = 1)
             ORDER BY id LIMIT ?2",
            org,
            limit
        );
        let ids = ids.fetch_all(&self.readers).await.map_err(database)?;
        ids.iter().map(|id| Ok(SessionId(Row { table: "session", key: id }.id("id", id)?))).collect()
    }

    async fn attachment_standing(
        &self,
        org: OrgId,
        session: SessionId,
        attachment: AttachmentId,
    ) -> Result<BlobStanding, StoreError> {
        let (org, session, id) = (org.0.as_slice(), session.0.as_slice(), attachment.0.as_slice());
        let found = query!(
            r#"SELECT a.state, a.erased AS "erased: bool"
               FROM attachment a JOIN session s ON s.id = a.session_id
               WHERE a.id = ?1 AND s.id = ?2 AND s.org_id = ?3 AND a.direct_kind IS NULL"#,
            id,
            session,
            org
        );
        if let Some(found) = found.fetch_optional(&self.readers).await.map_err(database)? {
            let state: AttachmentState =
                Row { table: "attachment", key: id }.stored("state", &found.state)?;
            return Ok(match (state, found.erased) {
                (_, true) => BlobStanding::Unknown,
                (AttachmentState::Withdrawn | AttachmentState::Expired, false) => BlobStanding::Going,
                _ => BlobStanding::Kept,
            });
        }
        let going = query_scalar!(
            r#"SELECT EXISTS (
                   SELECT 1 FROM file_to_erase WHERE id = ?1 AND session_id = ?2 AND org_id = ?3
               ) AS "is!: bool""#,
            id,
            session,
            org
        );
        let going = going.fetch_one(&self.readers).await.map_err(database)?;
        Ok(if going { BlobStanding::Going } else { BlobStanding::Unknown })
    }

    async fn session_standing(&self, org: OrgId, session: SessionId) -> Result<BlobStanding, StoreError> {
        let (org, session) = (org.0.as_slice(), session.0.as_slice());
        let found = query!(
            r#"SELECT EXISTS (SELECT 1 FROM session WHERE id = ?1 AND org_id = ?2) AS "is_kept!: bool",
                   EXISTS (SELECT 1 FROM session_to_erase WHERE id = ?1 AND org_id = ?2) AS "is_going!: bool""#,
            session,
            org
        );
        let found = found.fetch_one(&self.readers).await.map_err(database)?;
        Ok(match (found.is_kept, found.is_going) {
            (true, _) => BlobStanding::Kept,
            (false, true) => BlobStanding::Going,
            (false, false) => BlobStanding::Unknown,
        })
    }
}
