//! Uploads and who gets a file's bytes.

use deskside_proto::{
    Attachment, AttachmentId, AttachmentState, DirectFile, ErrorCode, Millis, OrgId, ParticipantId,
    SessionId, ThumbnailSize, UploadId,
};
use deskside_store::{
    AttachmentAccess, AttachmentRecord, Caller, NewUpload, OfferedFiles, StoreError, UploadDigest,
    UploadLimits, UploadRecord, UploadStanding, WithdrawnFile,
};
use sqlx::{SqliteConnection, query, query_as, query_scalar};

use crate::{
    database::Database,
    error::database,
    rows::{CallerIds, Row, Stored, to_i64},
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
    pub(crate) direct_kind: Option<String>,
    pub(crate) direct_files: Option<i64>,
    pub(crate) capture: Option<String>,
}

/// A file of a message.
pub(crate) struct OfferedRow {
    pub(crate) id: Vec<u8>,
    pub(crate) session_id: Vec<u8>,
    pub(crate) offered_seq: i64,
}

/// Files in the order of the log, by message.
pub(crate) fn by_message(files: Vec<OfferedRow>) -> Result<Vec<OfferedFiles>, StoreError> {
    let mut found: Vec<OfferedFiles> = Vec::new();
    for file in files {
        let row = Row { table: "attachment", key: &file.id };
        let session = SessionId(row.id("session_id", &file.session_id)?);
        let (seq, attachment) =
            (row.count("offered_seq", file.offered_seq)?, AttachmentId(row.id("id", &file.id)?));
        match found.last_mut().filter(|last| (last.session, last.seq) == (session, seq)) {
            Some(last) => last.attachments.push(attachment),
            None => found.push(OfferedFiles { session, seq, attachments: vec![attachment] }),
        }
    }
    Ok(found)
}

/// A complete upload, which has a digest, or a direct file, whose digest is empty.
pub(crate) fn described(found: AttachmentRow) -> Result<Attachment, StoreError> {
    let row = Row { table: "attachment", key: &found.id };
    let small = |column, number: i64| u32::try_from(number).map_err(|_| row.inconsistent(column));
    let thumbnail = match (found.thumbnail_width, found.thumbnail_height) {
        (None, None) => None,
        (Some(width), Some(height)) => Some(ThumbnailSize {
            width: small("thumbnail_width", width)?,
            height: small("thumbnail_height", height)?,
        }),
        _ => return Err(row.inconsistent("thumbnail_height")),
    };
    let direct = match (&found.direct_kind, found.direct_files) {
        (None, None) => None,
        (Some(kind), Some(files)) => {
            Some(DirectFile { kind: row.stored("direct_kind", kind)?, files: small("direct_files", files)? })
        }
        _ => return Err(row.inconsistent("direct_files")),
    };
    let capture = found.capture.as_deref().map(|kind| row.stored("capture", kind)).transpose()?;
    Ok(Attachment {
        id: AttachmentId(row.id("id", &found.id)?),
        size: row.count("size", found.size)?,
        media_type: found.media_type.ok_or_else(|| row.inconsistent("media_type"))?,
        sha256: found.sha256.ok_or_else(|| row.inconsistent("sha256"))?,
        name: found.name,
        thumbnail,
        direct,
        capture,
    })
}

impl Database {
    pub(crate) async fn create_upload(&self, new: NewUpload) -> Result<Result<(), ErrorCode>, StoreError> {
        let mut tx = self.write().await?;
        let standing = standing(&mut tx.connection, new.session, new.participant, &new.limits).await?;
        if let Err(refused) = new.check(standing) {
            return Ok(Err(refused));
        }
        let (id, upload, session) =
            (new.attachment.0.as_slice(), new.id.0.as_slice(), new.session.0.as_slice());
        let (sender, size) = (new.participant.0.as_slice(), to_i64(new.size));
        let capture = new.capture.map(Stored::name);
        let insert = query!(
            "INSERT INTO attachment (id, upload_id, session_id, sender, name, size, state, created_at, touched_at, capture)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'uploading', ?7, ?7, ?8)",
            id,
            upload,
            session,
            sender,
            new.name,
            size,
            new.at.0,
            capture
        );
        insert.execute(&mut tx.connection).await.map_err(database)?;
        tx.commit().await?;
        Ok(Ok(()))
    }

    pub(crate) async fn upload(
        &self,
        caller: Caller,
        upload: UploadId,
    ) -> Result<Option<UploadRecord>, StoreError> {
        let id = upload.0.as_slice();
        let CallerIds { user, session: own, participant } = caller.into();
        let found = query!(
            "SELECT a.id, a.session_id, s.org_id, a.sender, a.name, a.size, a.received, a.state, a.capture
             FROM attachment a JOIN session s ON s.id = a.session_id JOIN participant p ON p.id = a.sender
             WHERE a.upload_id = ?1 AND a.direct_kind IS NULL
                 AND a.state IN ('uploading', 'uploaded')
                 AND (p.state = 'admitted' OR p.state = 'left' AND p.user_id = ?4 AND a.capture IS NOT NULL) AND (
                 p.id = ?2 AND p.session_id = ?3
                 OR p.user_id = ?4 AND EXISTS (
                     SELECT 1 FROM session_access v WHERE v.session_id = a.session_id AND v.user_id = ?4
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
            capture: found.capture.map(|kind| row.stored("capture", &kind)).transpose()?,
        }))
    }

    pub(crate) async fn set_upload_offset(
        &self,
        upload: UploadId,
        offset: u64,
        at: Millis,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let (upload, offset) = (upload.0.as_slice(), to_i64(offset));
        query!(
            "UPDATE attachment SET received = ?1, touched_at = ?2
             WHERE upload_id = ?3 AND state = 'uploading' AND size >= ?1",
            offset,
            at.0,
            upload
        )
        .execute(&mut tx.connection)
        .await
        .map_err(database)?;
        tx.commit().await
    }

    pub(crate) async fn has_written(
        &self,
        session: SessionId,
        participant: ParticipantId,
    ) -> Result<bool, StoreError> {
        let (session, sender) = (session.0.as_slice(), participant.0.as_slice());
        let found = query_scalar!(
            r#"SELECT EXISTS (
                   SELECT 1 FROM event e
                   WHERE e.session_id = ?1 AND ifnull(e.sender, x'') = ?2 AND e.txn_id IS NOT NULL
                       AND e.is_news AND e.target IS NULL
               ) AS "found!: bool""#,
            session,
            sender
        );
        found.fetch_one(&self.readers).await.map_err(database)
    }

    pub(crate) async fn end_upload(&self, caller: Caller, upload: UploadId) -> Result<bool, StoreError> {
        if self.upload(caller, upload).await?.is_none() {
            return Ok(false);
        }
        let mut tx = self.write().await?;
        let id = upload.0.as_slice();
        // Who may was read before; whether a message names it meanwhile is asked here.
        let done = query!(
            "UPDATE attachment SET state = 'withdrawn'
             WHERE upload_id = ? AND state IN ('uploading', 'uploaded')",
            id
        );
        let done = done.execute(&mut tx.connection).await.map_err(database)?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    pub(crate) async fn end_stale_uploads(&self, before: Millis, limit: u32) -> Result<u32, StoreError> {
        let mut tx = self.write().await?;
        let done = query!(
            "UPDATE attachment SET state = 'withdrawn' WHERE id IN (
                 SELECT a.id FROM attachment a JOIN session s ON s.id = a.session_id
                 WHERE a.state IN ('uploading', 'uploaded')
                     AND (a.touched_at < ?1 OR s.ended_at IS NOT NULL AND (a.capture IS NULL OR s.ended_at < ?1))
                 LIMIT ?2
             )",
            before.0,
            limit
        );
        let done = done.execute(&mut tx.connection).await.map_err(database)?;
        tx.commit().await?;
        Ok(u32::try_from(done.rows_affected()).unwrap_or(limit))
    }

    pub(crate) async fn unwanted(&self, before: Millis, limit: u32) -> Result<Vec<OfferedFiles>, StoreError> {
        let rows = query_as!(
            OfferedRow,
            r#"SELECT a.id, a.session_id, a.offered_seq AS "offered_seq!"
               FROM attachment a JOIN session s ON s.id = a.session_id
               WHERE a.state = 'offered' AND s.ended_at IS NULL AND a.capture IS NULL
                   AND EXISTS (
                       SELECT 1 FROM attachment_recipient r WHERE r.attachment_id = a.id AND r.state = 'declined'
                   )
                   AND NOT EXISTS (
                       SELECT 1 FROM attachment_recipient r
                       WHERE r.attachment_id = a.id AND (r.state <> 'declined' OR r.answered_at >= ?)
                   )
               ORDER BY a.session_id, a.offered_seq, a.offered_position LIMIT ?"#,
            before.0,
            limit
        );
        by_message(rows.fetch_all(&self.readers).await.map_err(database)?)
    }

    pub(crate) async fn complete_upload(
        &self,
        upload: UploadId,
        digest: UploadDigest,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let upload = upload.0.as_slice();
        let (width, height) = (digest.thumbnail.map(|t| t.width), digest.thumbnail.map(|t| t.height));
        let done = query!(
            "UPDATE attachment SET state = 'uploaded', received = size, sha256 = ?1, media_type = ?2,
                 thumbnail_width = ?3, thumbnail_height = ?4
             WHERE upload_id = ?5 AND state = 'uploading'",
            digest.sha256,
            digest.media_type,
            width,
            height,
            upload
        );
        done.execute(&mut tx.connection).await.map_err(database)?;
        let joined = query!(
            "UPDATE attachment SET state = 'offered', visibility = 'technicians'
             WHERE upload_id = ?1 AND state = 'uploaded' AND capture IS NOT NULL AND EXISTS (
                 SELECT 1 FROM session s WHERE s.id = attachment.session_id AND s.ended_at IS NOT NULL
             )",
            upload
        );
        let joined = joined.execute(&mut tx.connection).await.map_err(database)?;
        tx.commit().await?;
        Ok(joined.rows_affected() == 1)
    }

    pub(crate) async fn withdrawn(&self, limit: u32) -> Result<Vec<WithdrawnFile>, StoreError> {
        let rows = query!(
            r#"SELECT a.id AS "id!: Vec<u8>", a.upload_id AS "upload_id!: Vec<u8>", a.session_id AS "session_id!: Vec<u8>",
                   s.org_id AS "org_id!: Vec<u8>"
               FROM attachment a JOIN session s ON s.id = a.session_id
               WHERE a.state IN ('withdrawn', 'expired') AND NOT a.erased
               UNION ALL
               SELECT e.id, e.upload_id, e.session_id, e.org_id FROM file_to_erase e
               LIMIT ?"#,
            limit
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        let mut files = Vec::with_capacity(rows.len());
        for found in rows {
            let row = Row { table: "attachment", key: &found.id };
            files.push(WithdrawnFile {
                org: OrgId(row.id("org_id", &found.org_id)?),
                session: SessionId(row.id("session_id", &found.session_id)?),
                attachment: AttachmentId(row.id("id", &found.id)?),
                upload: UploadId(row.id("upload_id", &found.upload_id)?),
            });
        }
        Ok(files)
    }

    pub(crate) async fn bytes_are_gone(&self, attachment: AttachmentId) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let id = attachment.0.as_slice();
        query!("UPDATE attachment SET erased = 1 WHERE id = ? AND state IN ('withdrawn', 'expired')", id)
            .execute(&mut tx.connection)
            .await
            .map_err(database)?;
        query!("DELETE FROM file_to_erase WHERE id = ?", id)
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
                   a.capture, a.sender, s.org_id,
                   EXISTS (
                       SELECT 1 FROM session_access v WHERE v.session_id = a.session_id AND v.user_id = ?3
                   ) AS "is_member!: bool",
                   EXISTS (
                       SELECT 1 FROM participant p WHERE p.id = a.sender AND p.state = 'admitted'
                           AND (p.user_id = ?3 OR p.id = ?4 AND p.session_id = ?5)
                   ) AS "is_sender!: bool",
                   EXISTS (
                       SELECT 1 FROM participant p
                       WHERE p.session_id = a.session_id AND p.user_id = ?3 AND p.state = 'admitted'
                           AND s.ended_at IS NULL
                   ) AS "is_in_the_room!: bool",
                   EXISTS (
                       SELECT 1 FROM attachment_recipient r JOIN participant p ON p.id = r.participant_id
                       WHERE r.attachment_id = a.id AND r.state IN ('accepted', 'received')
                           AND (p.user_id = ?3 OR p.id = ?4 AND p.session_id = ?5) AND p.session_id = a.session_id
                           AND p.state = 'admitted'
                   ) AS "has_accepted!: bool"
               FROM attachment a JOIN session s ON s.id = a.session_id
               WHERE a.id = ?1 AND a.session_id = ?2 AND a.direct_kind IS NULL
                   AND a.state IN ('uploaded', 'offered')"#,
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
            (AttachmentState::Offered, false) => {
                found.is_member && (found.is_sender || found.has_accepted || !found.is_in_the_room)
            }
            (AttachmentState::Offered, true) => found.is_sender || found.has_accepted,
            (_, false) => found.is_member && found.is_sender,
            (_, true) => found.is_sender,
        };
        if !is_granted {
            return Ok(match (state, is_guest) {
                (AttachmentState::Offered, true) => AttachmentAccess::Forbidden,
                (AttachmentState::Offered, false) if found.is_member => AttachmentAccess::Forbidden,
                _ => AttachmentAccess::NotFound,
            });
        }
        let is_outside = !is_guest && state == AttachmentState::Offered && !found.is_in_the_room;
        Ok(AttachmentAccess::Granted(AttachmentRecord {
            from_outside: is_outside,
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
                direct_kind: None,
                direct_files: None,
                capture: found.capture,
            })?,
        }))
    }
}

/// What an upload meets, in the transaction that begins it.
pub(crate) async fn standing(
    connection: &mut SqliteConnection,
    session: SessionId,
    participant: ParticipantId,
    limits: &UploadLimits,
) -> Result<UploadStanding, StoreError> {
    let (session, sender) = (session.0.as_slice(), participant.0.as_slice());
    let (asks_message, asks_org) = (limits.needs_message, limits.quotas.org_bytes.is_some());
    let found = query!(
        r#"SELECT
               EXISTS (
                   SELECT 1 FROM session s JOIN participant p ON p.session_id = s.id
                   WHERE s.id = ?1 AND s.ended_at IS NULL AND p.id = ?2 AND p.state = 'admitted'
               ) AS "is_in!: bool",
               EXISTS (
                   SELECT 1 FROM participant p
                   WHERE p.session_id = ?1 AND p.id = ?2 AND p.role = 'technician' AND p.state IN ('admitted', 'left')
               ) AS "is_technician!: bool",
               (SELECT s.ended_at FROM session s WHERE s.id = ?1) AS "ended_at: i64",
               (?3 AND EXISTS (
                   SELECT 1 FROM event e
                   WHERE e.session_id = ?1 AND ifnull(e.sender, x'') = ?2 AND e.txn_id IS NOT NULL
                       AND e.is_news AND e.target IS NULL
               )) AS "has_written!: bool",
               (SELECT count(*) FROM attachment a
                   WHERE a.session_id = ?1 AND a.sender = ?2 AND a.state <> 'withdrawn') AS "files!: i64",
               (SELECT coalesce(sum(a.size), 0) FROM attachment a
                   WHERE a.session_id = ?1 AND NOT a.erased) AS "session_bytes!: i64",
               (SELECT coalesce(sum(a.size), 0) FROM attachment a
                   WHERE a.session_id = ?1 AND a.sender = ?2 AND NOT a.erased) AS "participant_bytes!: i64",
               CASE WHEN ?4 THEN (
                   SELECT coalesce(sum(a.size), 0) FROM session s
                   JOIN session o ON o.org_id = s.org_id JOIN attachment a ON a.session_id = o.id
                   WHERE s.id = ?1 AND NOT a.erased
               ) ELSE 0 END AS "org_bytes!: i64""#,
        session,
        sender,
        asks_message,
        asks_org
    );
    let found = found.fetch_one(connection).await.map_err(database)?;
    let row = Row { table: "attachment", key: session };
    Ok(UploadStanding {
        is_in: found.is_in,
        is_technician: found.is_technician,
        ended_at: found.ended_at.map(Millis),
        has_written: found.has_written,
        files: row.count("count", found.files)?,
        session_bytes: row.count("size", found.session_bytes)?,
        participant_bytes: row.count("size", found.participant_bytes)?,
        org_bytes: row.count("size", found.org_bytes)?,
    })
}
