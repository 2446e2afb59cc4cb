//! Uploads and who gets a file's bytes.

use deskside_proto::{
    Attachment, AttachmentId, AttachmentState, OrgId, ParticipantId, SessionId, ThumbnailSize, UploadId,
};
use deskside_store::{
    AttachmentAccess, AttachmentRecord, Caller, NewUpload, StoreError, UploadDigest, UploadRecord,
    WithdrawnFile,
};
use sqlx::query;

use crate::{
    database::Database,
    error::database,
    rows::{CallerIds, Row, to_i64},
};

/// An attachment as messages show it.
pub(crate) struct AttachmentRow {
    pub(crate) id: Vec<u8>,
    pub(crate) name: String,
    pub(crate) size: i64,
    pub(crate) state: String,
    pub(crate) media_type: Option<String>,
    pub(crate) sha256: Option<String>,
    pub(crate) thumbnail_width: Option<i64>,
    pub(crate) thumbnail_height: Option<i64>,
}

/// A complete upload: it has a digest.
pub(crate) fn described(found: AttachmentRow) -> Result<Attachment, StoreError> {
    let row = Row { table: "attachment", key: &found.id };
    let pixels = |column, number: i64| u32::try_from(number).map_err(|_| row.inconsistent(column));
    let thumbnail = match (found.thumbnail_width, found.thumbnail_height) {
        (None, None) => None,
        (Some(width), Some(height)) => Some(ThumbnailSize {
            width: pixels("thumbnail_width", width)?,
            height: pixels("thumbnail_height", height)?,
        }),
        _ => return Err(row.inconsistent("thumbnail_height")),
    };
    Ok(Attachment {
        id: AttachmentId(row.id("id", &found.id)?),
        size: row.count("size", found.size)?,
        media_type: found.media_type.ok_or_else(|| row.inconsistent("media_type"))?,
        sha256: found.sha256.ok_or_else(|| row.inconsistent("sha256"))?,
        name: found.name,
        thumbnail,
    })
}

impl Database {
    pub(crate) async fn create_upload(&self, new: NewUpload) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let (id, upload, session) =
            (new.attachment.0.as_slice(), new.id.0.as_slice(), new.session.0.as_slice());
        let (sender, size) = (new.participant.0.as_slice(), to_i64(new.size));
        let done = query!(
            "INSERT INTO attachment (id, upload_id, session_id, sender, name, size, state, created_at)
             SELECT $1, $2, s.id, p.id, $3, $4, 'uploading', $5
             FROM session s JOIN participant p ON p.session_id = s.id
             WHERE s.id = $6 AND s.ended_at IS NULL AND p.id = $7 AND p.state = 'admitted'",
            id,
            upload,
            new.name,
            size,
            new.at.0,
            session,
            sender
        );
        let done = done.execute(&mut tx.connection).await.map_err(database)?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    pub(crate) async fn upload(
        &self,
        caller: Caller,
        upload: UploadId,
    ) -> Result<Option<UploadRecord>, StoreError> {
        let id = upload.0.as_slice();
        let CallerIds { user, session: own, participant } = caller.into();
        let found = query!(
            "SELECT a.id, a.session_id, s.org_id, a.sender, a.name, a.size, a.received, a.state
             FROM attachment a JOIN session s ON s.id = a.session_id JOIN participant p ON p.id = a.sender
             WHERE a.upload_id = $1 AND a.state IN ('uploading', 'uploaded') AND p.state = 'admitted' AND (
                 p.id = $2 AND p.session_id = $3
                 OR p.user_id = $4 AND EXISTS (
                     SELECT 1 FROM session_access v WHERE v.session_id = a.session_id AND v.user_id = $4
                 )
             )",
            id,
            participant,
            own,
            user
        );
        let Some(found) = found.fetch_optional(&self.readers).await.map_err(database)? else {
            return Ok(None);
        };
        let row = Row { table: "attachment", key: &found.id };
        Ok(Some(UploadRecord {
            id: upload,
            attachment: AttachmentId(row.id("id", &found.id)?),
            session: SessionId(row.id("session_id", &found.session_id)?),
            org: OrgId(row.id("org_id", &found.org_id)?),
            participant: ParticipantId(row.id("sender", &found.sender)?),
            name: found.name,
            size: row.count("size", found.size)?,
            offset: row.count("received", found.received)?,
            state: row.stored("state", &found.state)?,
        }))
    }

    pub(crate) async fn set_upload_offset(&self, upload: UploadId, offset: u64) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let (upload, offset) = (upload.0.as_slice(), to_i64(offset));
        query!(
            "UPDATE attachment SET received = $1 WHERE upload_id = $2 AND state = 'uploading' AND size >= $1",
            offset,
            upload
        )
        .execute(&mut tx.connection)
        .await
        .map_err(database)?;
        tx.commit().await
    }

    pub(crate) async fn complete_upload(
        &self,
        upload: UploadId,
        digest: UploadDigest,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let upload = upload.0.as_slice();
        let (width, height) =
            (digest.thumbnail.map(|t| i64::from(t.width)), digest.thumbnail.map(|t| i64::from(t.height)));
        query!(
            "UPDATE attachment SET state = 'uploaded', received = size, sha256 = $1, media_type = $2,
                 thumbnail_width = $3, thumbnail_height = $4
             WHERE upload_id = $5 AND state = 'uploading'",
            digest.sha256,
            digest.media_type,
            width,
            height,
            upload
        )
        .execute(&mut tx.connection)
        .await
        .map_err(database)?;
        tx.commit().await
    }

    pub(crate) async fn withdrawn(&self, limit: u32) -> Result<Vec<WithdrawnFile>, StoreError> {
        let rows = query!(
            "SELECT a.id, a.session_id, s.org_id FROM attachment a JOIN session s ON s.id = a.session_id
             WHERE a.state = 'withdrawn' AND NOT a.erased ORDER BY a.id LIMIT $1",
            i64::from(limit)
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        let mut files = Vec::with_capacity(rows.len());
        for found in rows {
            let row = Row { table: "attachment", key: &found.id };
            files.push(WithdrawnFile {
                org: OrgId(row.id("org_id", &found.org_id)?),
                session: SessionId(row.id("session_id", &found.session_id)?),
                attachment: AttachmentId(row.id("id", &found.id)?),
            });
        }
        Ok(files)
    }

    pub(crate) async fn bytes_are_gone(&self, attachment: AttachmentId) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let id = attachment.0.as_slice();
        query!("UPDATE attachment SET erased = TRUE WHERE id = $1 AND state = 'withdrawn'", id)
            .execute(&mut tx.connection)
            .await
            .map_err(database)?;
        tx.commit().await
    }

    pub(crate) async fn attachment(
        &self,
        caller: Caller,
        session: SessionId,
        attachment: AttachmentId,
    ) -> Result<AttachmentAccess, StoreError> {
        let (id, in_session) = (attachment.0.as_slice(), session.0.as_slice());
        let CallerIds { user, session: own, participant } = caller.into();
        let found = query!(
            r#"SELECT a.id, a.name, a.size, a.state, a.media_type, a.sha256, a.thumbnail_width, a.thumbnail_height,
                   a.sender, s.org_id,
                   EXISTS (
                       SELECT 1 FROM session_access v WHERE v.session_id = a.session_id AND v.user_id = $3
                   ) AS "is_member!: bool",
                   EXISTS (
                       SELECT 1 FROM participant p WHERE p.id = a.sender AND p.state = 'admitted'
                           AND (p.user_id = $3 OR p.id = $4 AND p.session_id = $5)
                   ) AS "is_sender!: bool",
                   EXISTS (
                       SELECT 1 FROM attachment_recipient r JOIN participant p ON p.id = r.participant_id
                       WHERE r.attachment_id = a.id AND r.state IN ('accepted', 'received')
                           AND p.id = $4 AND p.session_id = $5 AND p.session_id = a.session_id
                           AND p.state = 'admitted'
                   ) AS "has_accepted!: bool"
               FROM attachment a JOIN session s ON s.id = a.session_id
               WHERE a.id = $1 AND a.session_id = $2 AND a.state IN ('uploaded', 'offered')"#,
            id,
            in_session,
            user,
            participant,
            own
        );
        let Some(found) = found.fetch_optional(&self.readers).await.map_err(database)? else {
            return Ok(AttachmentAccess::NotFound);
        };
        let row = Row { table: "attachment", key: id };
        let state: AttachmentState = row.stored("state", &found.state)?;
        let is_guest = matches!(caller, Caller::Guest { .. });
        let is_granted = match (state, is_guest) {
            (AttachmentState::Offered, false) => found.is_member,
            (AttachmentState::Offered, true) => found.is_sender || found.has_accepted,
            (_, false) => found.is_member && found.is_sender,
            (_, true) => found.is_sender,
        };
        if !is_granted {
            return Ok(match (state, is_guest) {
                (AttachmentState::Offered, true) => AttachmentAccess::Forbidden,
                _ => AttachmentAccess::NotFound,
            });
        }
        Ok(AttachmentAccess::Granted(AttachmentRecord {
            org: OrgId(row.id("org_id", &found.org_id)?),
            session,
            sender: ParticipantId(row.id("sender", &found.sender)?),
            state,
            attachment: described(AttachmentRow {
                id: found.id,
                name: found.name,
                size: found.size,
                state: found.state,
                media_type: found.media_type,
                sha256: found.sha256,
                thumbnail_width: found.thumbnail_width,
                thumbnail_height: found.thumbnail_height,
            })?,
        }))
    }
}
