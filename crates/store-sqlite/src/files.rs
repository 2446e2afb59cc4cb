//! Endings and Files.

use deskside_proto::{
    Attachment, AttachmentState, Millis, OrgId, SessionId, UserId,
    api::{FilesEntry, FilesSession, TranscriptInfo},
};
use deskside_store::StoreError;
use sqlx::{query_as, query_scalar};

use crate::{
    attachments::{AttachmentRow, described},
    database::Database,
    error::database,
    rows::{Row, Stored},
};

/// Of the view `files_entry`.
#[derive(sqlx::FromRow)]
pub(crate) struct FilesRow {
    id: Vec<u8>,
    title: String,
    created_at: i64,
    ended_at: i64,
    message_count: i64,
    transcript_size: Option<i64>,
    transcript_sha256: Option<String>,
    sealed_at: Option<i64>,
    attachment_count: i64,
    stored_bytes: i64,
    snapshot_count: i64,
    recording_count: i64,
    held: bool,
    outcome: Option<String>,
    technicians: String,
    customers: String,
}

impl TryFrom<FilesRow> for FilesEntry {
    type Error = StoreError;

    fn try_from(found: FilesRow) -> Result<Self, StoreError> {
        let row = Row { table: "session", key: &found.id };
        let transcript = match (found.transcript_size, found.transcript_sha256, found.sealed_at) {
            (None, None, None) => None,
            (Some(size), Some(sha256), Some(sealed_at)) => Some(TranscriptInfo {
                size: row.count("transcript_size", size)?,
                sha256,
                sealed_at: Millis(sealed_at),
            }),
            _ => return Err(row.inconsistent("sealed_at")),
        };
        Ok(Self {
            session_id: SessionId(row.id("id", &found.id)?),
            technicians: row.json("technicians", &found.technicians)?,
            customers: row.json("customers", &found.customers)?,
            started_at: Millis(found.created_at),
            ended_at: Millis(found.ended_at),
            message_count: row.count("message_count", found.message_count)?,
            attachment_count: row.count("attachment_count", found.attachment_count)?,
            stored_bytes: row.count("stored_bytes", found.stored_bytes)?,
            snapshot_count: row.count("snapshot_count", found.snapshot_count)?,
            recording_count: row.count("recording_count", found.recording_count)?,
            held: found.held,
            outcome: found.outcome.map(|outcome| row.stored("outcome", &outcome)).transpose()?,
            transcript,
            title: found.title,
        })
    }
}

impl Database {
    pub(crate) async fn unsealed(&self) -> Result<Vec<SessionId>, StoreError> {
        let ids = query_scalar!(
            "SELECT id FROM session WHERE ended_at IS NOT NULL AND sealed_at IS NULL ORDER BY ended_at, id"
        );
        let ids = ids.fetch_all(&self.readers).await.map_err(database)?;
        ids.iter().map(|id| Ok(SessionId(Row { table: "session", key: id }.id("id", id)?))).collect()
    }

    pub(crate) async fn files_session(
        &self,
        user: UserId,
        org: OrgId,
        session: SessionId,
    ) -> Result<Option<FilesSession>, StoreError> {
        let (user, org, id) = (user.0.as_slice(), org.0.as_slice(), session.0.as_slice());
        let row = query_as!(
            FilesRow,
            r#"SELECT id AS "id!: Vec<u8>", title AS "title!: String", created_at AS "created_at!: i64",
                   ended_at AS "ended_at!: i64", message_count AS "message_count!: i64",
                   transcript_size AS "transcript_size: i64", transcript_sha256 AS "transcript_sha256: String",
                   sealed_at AS "sealed_at: i64", attachment_count AS "attachment_count!: i64",
                   stored_bytes AS "stored_bytes!: i64", snapshot_count AS "snapshot_count!: i64",
                   recording_count AS "recording_count!: i64", held AS "held!: bool", outcome AS "outcome: String",
                   technicians AS "technicians!: String", customers AS "customers!: String"
               FROM files_entry f
               WHERE f.org_id = ?1 AND f.id = ?2
                   AND EXISTS (SELECT 1 FROM session_access a WHERE a.session_id = ?2 AND a.user_id = ?3)"#,
            org,
            id,
            user
        );
        let Some(row) = row.fetch_optional(&self.readers).await.map_err(database)? else { return Ok(None) };
        let attachments = self.files_in(session, AttachmentState::Offered).await?;
        let expired = self.files_in(session, AttachmentState::Expired).await?;
        Ok(Some(FilesSession {
            entry: row.try_into()?,
            attachments,
            expired,
            people: self.people(session).await?,
            report: self.report(session).await?,
            hold: self.hold(session).await?,
        }))
    }

    /// Attachments of a session that is over. One that expires between two queries is in neither answer or in both.
    async fn files_in(
        &self,
        session: SessionId,
        state: AttachmentState,
    ) -> Result<Vec<Attachment>, StoreError> {
        let (id, state) = (session.0.as_slice(), state.name());
        let rows = query_as!(
            AttachmentRow,
            "SELECT id, name, size, state, media_type, sha256, thumbnail_width, thumbnail_height,
                 direct_kind, direct_files, capture
             FROM attachment WHERE session_id = ? AND state = ? AND (offered_seq IS NOT NULL OR capture IS NOT NULL)
             ORDER BY offered_seq IS NULL, offered_seq, offered_position, id",
            id,
            state
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        rows.into_iter().map(described).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_sealed_session_makes_no_sense() {
        let row = FilesRow {
            id: vec![7; 16],
            title: String::new(),
            created_at: 0,
            ended_at: 1,
            message_count: 0,
            transcript_size: Some(3),
            transcript_sha256: None,
            sealed_at: Some(2),
            attachment_count: 0,
            stored_bytes: 0,
            snapshot_count: 0,
            recording_count: 0,
            held: false,
            outcome: None,
            technicians: "[]".to_owned(),
            customers: "[]".to_owned(),
        };
        let error = FilesEntry::try_from(row).unwrap_err();
        assert!(matches!(error, StoreError::Inconsistent { table: "session", column: "sealed_at", .. }));
    }
}
