//! The audit log.

use async_trait::async_trait;
use deskside_proto::{AttachmentId, ErrorCode, Millis, OrgId, OrgRole, SessionId, UserId, api::AuditItem};
use deskside_store::{AuditEntry, AuditFilter, AuditStore, StoreError};
use sqlx::{SqliteConnection, query, query_scalar};

use crate::{
    SqliteStore,
    database::Database,
    error::database,
    rows::{Row, Stored, to_i64},
};

#[async_trait]
impl AuditStore for SqliteStore {
    async fn audit(&self, entry: AuditEntry, unless_since: Millis) -> Result<(), StoreError> {
        self.database.audit(entry, unless_since).await
    }

    async fn audit_log(
        &self,
        user: UserId,
        org: OrgId,
        filter: AuditFilter,
        limit: u32,
    ) -> Result<Option<Vec<AuditItem>>, StoreError> {
        self.database.audit_log(user, org, filter, limit).await
    }
}

impl Database {
    async fn audit(&self, entry: AuditEntry, unless_since: Millis) -> Result<(), StoreError> {
        if self.is_noted(&entry, unless_since).await? {
            return Ok(());
        }
        let mut tx = self.write().await?;
        add(&mut tx.connection, &entry).await?;
        tx.commit().await
    }

    /// What is about no session is no repeat of anything.
    async fn is_noted(&self, entry: &AuditEntry, since: Millis) -> Result<bool, StoreError> {
        let Some(session) = &entry.session else { return Ok(false) };
        let (session, actor) = (session.0.as_slice(), entry.actor.as_ref().map(|id| id.0.as_slice()));
        let attachment = entry.attachment.as_ref().map(|id| id.0.as_slice());
        let action = entry.action.name();
        let known = query_scalar!(
            r#"SELECT EXISTS (
                   SELECT 1 FROM audit
                   WHERE session_id = ?1 AND at >= ?2 AND action = ?3
                       AND actor IS NOT DISTINCT FROM ?4 AND attachment_id IS NOT DISTINCT FROM ?5
               ) AS "is!: bool""#,
            session,
            since.0,
            action,
            actor,
            attachment
        );
        known.fetch_one(&self.readers).await.map_err(database)
    }

    /// Whether `user` manages `org`.
    pub(crate) async fn manages(&self, user: UserId, org: OrgId) -> Result<bool, StoreError> {
        Ok(self.may_manage(user, org).await?.is_ok())
    }

    /// The same, with what to answer who does not: `forbidden` to other members, `not_found` to everybody else.
    pub(crate) async fn may_manage(
        &self,
        user: UserId,
        org: OrgId,
    ) -> Result<Result<(), ErrorCode>, StoreError> {
        let (user, org) = (user.0.as_slice(), org.0.as_slice());
        let role = query_scalar!("SELECT role FROM membership WHERE org_id = ?1 AND user_id = ?2", org, user);
        let role = role.fetch_optional(&self.readers).await.map_err(database)?;
        let row = Row { table: "membership", key: user };
        Ok(match role.map(|role| row.stored::<OrgRole>("role", &role)).transpose()? {
            Some(role) if role.manages() => Ok(()),
            Some(_) => Err(ErrorCode::Forbidden),
            None => Err(ErrorCode::NotFound),
        })
    }

    async fn audit_log(
        &self,
        user: UserId,
        org: OrgId,
        filter: AuditFilter,
        limit: u32,
    ) -> Result<Option<Vec<AuditItem>>, StoreError> {
        if !self.manages(user, org).await? {
            return Ok(None);
        }
        let (org, user) = (org.0.as_slice(), user.0.as_slice());
        let before = filter.before.map_or(i64::MAX, to_i64);
        let action = filter.action.map(Stored::name);
        let actor = filter.actor.as_ref().map(|id| id.0.as_slice());
        let session = filter.session.as_ref().map(|id| id.0.as_slice());
        let (from, to) = (filter.from.map_or(i64::MIN, |at| at.0), filter.to.map_or(i64::MAX, |at| at.0));
        let rows = query!(
            r#"SELECT a.place AS "place!", a.at, a.actor AS actor_id, u.name AS "actor?", a.action, a.session_id, a.attachment_id,
                   a.subject
               FROM audit a LEFT JOIN user u ON u.id = a.actor
               WHERE a.org_id = ?1 AND a.place < ?2 AND a.at >= ?3 AND a.at < ?4
                   AND (?5 IS NULL OR a.action = ?5)
                   AND (?6 IS NULL OR a.actor = ?6)
                   AND (?7 IS NULL OR a.session_id = ?7)
                   AND EXISTS (
                       SELECT 1 FROM membership m
                       WHERE m.org_id = a.org_id AND m.user_id = ?8 AND m.role IN ('super_admin', 'admin')
                   )
               ORDER BY a.place DESC LIMIT ?9"#,
            org,
            before,
            from,
            to,
            action,
            actor,
            session,
            user,
            limit
        );
        let mut items = Vec::new();
        for found in rows.fetch_all(&self.readers).await.map_err(database)? {
            let row = Row { table: "audit", key: org };
            let id = |column, id: Option<Vec<u8>>| id.map(|id| row.id(column, &id)).transpose();
            items.push(AuditItem {
                place: row.count("place", found.place)?,
                at: Millis(found.at),
                actor: found.actor,
                actor_id: id("actor", found.actor_id)?.map(UserId),
                action: row.stored("action", &found.action)?,
                session_id: id("session_id", found.session_id)?.map(SessionId),
                attachment_id: id("attachment_id", found.attachment_id)?.map(AttachmentId),
                subject: found.subject,
            });
        }
        Ok(Some(items))
    }
}

/// Adds a note in a transaction of what it is about.
pub(crate) async fn add(connection: &mut SqliteConnection, entry: &AuditEntry) -> Result<(), StoreError> {
    let org = entry.org.0.as_slice();
    let session = entry.session.as_ref().map(|id| id.0.as_slice());
    let actor = entry.actor.as_ref().map(|id| id.0.as_slice());
    let attachment = entry.attachment.as_ref().map(|id| id.0.as_slice());
    let action = entry.action.name();
    query!(
        "INSERT INTO audit (org_id, at, actor, action, session_id, attachment_id, subject)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        org,
        entry.at.0,
        actor,
        action,
        session,
        attachment,
        entry.subject
    )
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}
