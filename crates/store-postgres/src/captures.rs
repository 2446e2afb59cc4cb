//! Captures beside the log. The rules are `deskside_store::captures`.

use async_trait::async_trait;
use deskside_proto::{ErrorCode, Millis, SessionId, api::AuditAction};
use deskside_store::{AuditEntry, CaptureDeletion, CaptureStanding, CaptureStore, StoreError};
use sqlx::{PgConnection, query};

use crate::{PostgresStore, audit, database::Database, error::database, rows::Row};

#[async_trait]
impl CaptureStore for PostgresStore {
    async fn settle_captures(&self, session: SessionId, keep: bool) -> Result<u32, StoreError> {
        self.database.settle_captures(session, keep).await
    }

    async fn delete_capture(&self, deletion: CaptureDeletion) -> Result<Result<(), ErrorCode>, StoreError> {
        self.database.delete_capture(deletion).await
    }
}

impl Database {
    async fn settle_captures(&self, session: SessionId, keep: bool) -> Result<u32, StoreError> {
        let mut tx = self.write().await?;
        let id = session.0.as_slice();
        let done = query!(
            "UPDATE attachment SET state = CASE WHEN $2 THEN 'offered' ELSE 'withdrawn' END, visibility = 'technicians'
             WHERE session_id = $1 AND capture IS NOT NULL
                 AND (state = 'uploaded' OR state = 'uploading' AND NOT $2) AND EXISTS (
                     SELECT 1 FROM session s WHERE s.id = $1 AND s.ended_at IS NOT NULL
                 )",
            id,
            keep
        );
        let done = done.execute(&mut tx.connection).await.map_err(database)?;
        tx.commit().await?;
        Ok(u32::try_from(done.rows_affected()).unwrap_or(u32::MAX))
    }

    async fn delete_capture(&self, deletion: CaptureDeletion) -> Result<Result<(), ErrorCode>, StoreError> {
        let mut tx = self.write().await?;
        let (standing, name) = standing(&mut tx.connection, &deletion).await?;
        if let Err(refused) = deletion.check(standing) {
            return Ok(Err(refused));
        }
        let attachment = deletion.attachment.0.as_slice();
        let done = query!(
            "UPDATE attachment SET state = 'withdrawn' WHERE id = $1 AND state = 'offered'",
            attachment
        );
        done.execute(&mut tx.connection).await.map_err(database)?;
        let CaptureDeletion { org, session, attachment, by, at, .. } = deletion;
        let (actor, action) = (Some(by), AuditAction::CaptureDeleted);
        let note = AuditEntry {
            org,
            at,
            actor,
            action,
            session: Some(session),
            attachment: Some(attachment),
            subject: name,
        };
        audit::add(&mut tx.connection, &note).await?;
        tx.commit().await?;
        Ok(Ok(()))
    }
}

/// What a deletion meets, and the capture's name.
async fn standing(
    connection: &mut PgConnection,
    deletion: &CaptureDeletion,
) -> Result<(Option<CaptureStanding>, String), StoreError> {
    let (id, session, org) =
        (deletion.attachment.0.as_slice(), deletion.session.0.as_slice(), deletion.org.0.as_slice());
    let by = deletion.by.0.as_slice();
    let found = query!(
        r#"SELECT a.name, a.created_at, s.ended_at,
               EXISTS (
                   SELECT 1 FROM participant p WHERE p.id = a.sender AND p.user_id = $4
               ) AS "is_own!",
               (
                   SELECT m.role FROM membership m JOIN session_access v ON v.user_id = m.user_id
                   WHERE m.org_id = s.org_id AND m.user_id = $4 AND v.session_id = s.id
               ) AS role
           FROM attachment a JOIN session s ON s.id = a.session_id
           WHERE a.id = $1 AND a.session_id = $2 AND s.org_id = $3 AND a.capture IS NOT NULL
               AND a.state = 'offered' FOR UPDATE OF a"#,
        id,
        session,
        org,
        by
    );
    let Some(found) = found.fetch_optional(connection).await.map_err(database)? else {
        return Ok((None, String::new()));
    };
    let row = Row { table: "membership", key: id };
    let standing = CaptureStanding {
        role: found.role.map(|role| row.stored("role", &role)).transpose()?,
        is_own: found.is_own,
        begun_at: Millis(found.created_at),
        ended_at: found.ended_at.map(Millis),
    };
    Ok((Some(standing), found.name))
}
