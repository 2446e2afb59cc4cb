//! What goes, by time or by an admin's wish. The rules are `deskside_store::retention`.

use std::collections::BTreeSet;

use deskside_proto::{Millis, OrgId, SessionId, UploadId, api::AuditAction};
use deskside_store::{
    AuditEntry, Deletion, DeletionOutcome, DeletionStanding, Expiry, OfferedFiles, OfferedWhich, StoreError,
};
use sqlx::{SqliteConnection, query, query_as, query_scalar};

use crate::{
    attachments::{OfferedRow, by_message},
    audit,
    database::Database,
    error::database,
    rows::Row,
};

impl Database {
    pub(crate) async fn offered_files(
        &self,
        session: SessionId,
        which: OfferedWhich,
    ) -> Result<Vec<OfferedFiles>, StoreError> {
        let (session, all) = (session.0.as_slice(), which == OfferedWhich::All);
        let rows = query_as!(
            OfferedRow,
            r#"SELECT a.id, a.session_id, a.offered_seq AS "offered_seq!"
               FROM attachment a JOIN session s ON s.id = a.session_id
               WHERE a.session_id = ?1 AND a.state = 'offered' AND s.ended_at IS NULL AND (
                   ?2
                   OR a.capture IS NULL
                   AND EXISTS (SELECT 1 FROM attachment_recipient r WHERE r.attachment_id = a.id)
                   AND NOT EXISTS (
                       SELECT 1 FROM attachment_recipient r
                       WHERE r.attachment_id = a.id AND r.state NOT IN ('pending', 'declined', 'revoked')
                   )
               )
               ORDER BY a.offered_seq, a.offered_position"#,
            session,
            all
        );
        by_message(rows.fetch_all(&self.readers).await.map_err(database)?)
    }

    pub(crate) async fn is_uploading(&self, upload: UploadId) -> Result<bool, StoreError> {
        let upload = upload.0.as_slice();
        let found = query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM attachment WHERE upload_id = ?1 AND state = 'uploading') AS "is!: bool""#,
            upload
        );
        found.fetch_one(&self.readers).await.map_err(database)
    }

    pub(crate) async fn expire_files(&self, expiry: Expiry) -> Result<u32, StoreError> {
        let mut tx = self.write().await?;
        let org = expiry.org.0.as_slice();
        let gone = query_scalar!(
            "UPDATE attachment SET state = 'expired' WHERE id IN (
                 SELECT a.id FROM session s JOIN attachment a ON a.session_id = s.id
                 WHERE s.org_id = ?1 AND s.ended_at < ?2 AND s.hold_at IS NULL AND a.state = 'offered' LIMIT ?3
             ) RETURNING session_id",
            org,
            expiry.before.0,
            expiry.limit
        );
        let gone = gone.fetch_all(&mut tx.connection).await.map_err(database)?;
        for id in gone.iter().collect::<BTreeSet<_>>() {
            let title = query_scalar!("SELECT title FROM session WHERE id = ?1", id);
            let title = title.fetch_one(&mut tx.connection).await.map_err(database)?;
            let session = SessionId(Row { table: "session", key: id }.id("id", id)?);
            audit::add(&mut tx.connection, &expiry.note(session, title)).await?;
        }
        tx.commit().await?;
        Ok(u32::try_from(gone.len()).unwrap_or(expiry.limit))
    }

    pub(crate) async fn over_since(
        &self,
        org: OrgId,
        before: Millis,
        limit: u32,
    ) -> Result<Vec<SessionId>, StoreError> {
        let org = org.0.as_slice();
        let ids = query_scalar!(
            "SELECT id FROM session
             WHERE org_id = ?1 AND ended_at < ?2 AND sealed_at IS NOT NULL AND hold_at IS NULL
             ORDER BY ended_at, id LIMIT ?3",
            org,
            before.0,
            limit
        );
        let ids = ids.fetch_all(&self.readers).await.map_err(database)?;
        ids.iter().map(|id| Ok(SessionId(Row { table: "session", key: id }.id("id", id)?))).collect()
    }

    pub(crate) async fn delete_session(&self, deletion: Deletion) -> Result<DeletionOutcome, StoreError> {
        let mut tx = self.write().await?;
        let (standing, title) = standing(&mut tx.connection, &deletion).await?;
        let outcome = deletion.outcome(standing);
        if outcome == DeletionOutcome::Done {
            erase(&mut tx.connection, deletion.session).await.map_err(database)?;
            let Deletion { org, session, by: actor, at } = deletion;
            let action = AuditAction::SessionDeleted;
            let session = Some(session);
            let note = AuditEntry { org, at, actor, action, session, attachment: None, subject: title };
            audit::add(&mut tx.connection, &note).await?;
        }
        tx.commit().await?;
        Ok(outcome)
    }

    pub(crate) async fn deleted_sessions(&self, limit: u32) -> Result<Vec<(OrgId, SessionId)>, StoreError> {
        let rows = query!("SELECT id, org_id FROM session_to_erase LIMIT ?1", limit);
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        let ids = rows.iter().map(|found| {
            let row = Row { table: "session_to_erase", key: &found.id };
            Ok((OrgId(row.id("org_id", &found.org_id)?), SessionId(row.id("id", &found.id)?)))
        });
        ids.collect()
    }

    pub(crate) async fn session_is_gone(&self, session: SessionId) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let id = session.0.as_slice();
        let done = query!("DELETE FROM session_to_erase WHERE id = ?1", id);
        done.execute(&mut tx.connection).await.map_err(database)?;
        tx.commit().await
    }
}

/// What a deletion meets, and the session's title.
async fn standing(
    connection: &mut SqliteConnection,
    deletion: &Deletion,
) -> Result<(DeletionStanding, String), StoreError> {
    let (session, org) = (deletion.session.0.as_slice(), deletion.org.0.as_slice());
    let user = deletion.by.as_ref().map(|user| user.0.as_slice());
    let found = query!(
        r#"SELECT s.title, s.sealed_at IS NOT NULL AS "is_sealed!: bool", s.hold_at IS NOT NULL AS "is_held!: bool",
               (?3 IS NULL OR EXISTS (
                   SELECT 1 FROM session_access v WHERE v.session_id = s.id AND v.user_id = ?3
               )) AS "is_visible!: bool",
               (SELECT m.role FROM membership m WHERE m.org_id = s.org_id AND m.user_id = ?3) AS role
           FROM session s WHERE s.id = ?1 AND s.org_id = ?2"#,
        session,
        org,
        user
    );
    let Some(found) = found.fetch_optional(connection).await.map_err(database)? else {
        let nothing = DeletionStanding { is_visible: false, role: None, is_sealed: false, is_held: false };
        return Ok((nothing, String::new()));
    };
    let row = Row { table: "membership", key: session };
    let role = found.role.map(|role| row.stored("role", &role)).transpose()?;
    let (is_visible, is_sealed, is_held) = (found.is_visible, found.is_sealed, found.is_held);
    let standing = DeletionStanding { is_visible, role, is_sealed, is_held };
    Ok((standing, found.title))
}

/// Every row of a session; what is not in the database is noted, to be erased afterwards.
pub(crate) async fn erase(connection: &mut SqliteConnection, session: SessionId) -> Result<(), sqlx::Error> {
    let id = session.0.as_slice();
    query!(
        "INSERT INTO file_to_erase (id, upload_id, session_id, org_id)
         SELECT a.id, a.upload_id, a.session_id, s.org_id
         FROM attachment a JOIN session s ON s.id = a.session_id WHERE s.id = ?1 AND NOT a.erased",
        id
    )
    .execute(&mut *connection)
    .await?;
    query!("INSERT INTO session_to_erase (id, org_id) SELECT id, org_id FROM session WHERE id = ?1", id)
        .execute(&mut *connection)
        .await?;
    query!("DELETE FROM report WHERE session_id = ?1", id).execute(&mut *connection).await?;
    query!("DELETE FROM archive_entry WHERE session_id = ?1", id).execute(&mut *connection).await?;
    query!("DELETE FROM archive_storage WHERE session_id = ?1", id).execute(&mut *connection).await?;
    query!(
        "DELETE FROM attachment_recipient WHERE attachment_id IN (SELECT id FROM attachment WHERE session_id = ?1)",
        id
    )
    .execute(&mut *connection)
    .await?;
    query!("DELETE FROM attachment WHERE session_id = ?1", id).execute(&mut *connection).await?;
    query!("DELETE FROM event_history WHERE session_id = ?1", id).execute(&mut *connection).await?;
    query!("DELETE FROM event WHERE session_id = ?1", id).execute(&mut *connection).await?;
    query!("DELETE FROM participant WHERE session_id = ?1", id).execute(&mut *connection).await?;
    query!("DELETE FROM join_secret WHERE session_id = ?1", id).execute(&mut *connection).await?;
    query!("DELETE FROM transcript WHERE session_id = ?1", id).execute(&mut *connection).await?;
    query!("UPDATE manifest SET erased = 1 WHERE session_id = ?1", id).execute(&mut *connection).await?;
    query!("DELETE FROM session WHERE id = ?1", id).execute(&mut *connection).await?;
    Ok(())
}
