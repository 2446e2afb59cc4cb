//! Canned replies.

use deskside_proto::{CannedReplyId, OrgId, UserId, api::CannedReply, limits::CANNED_REPLIES_MAX};
use deskside_store::{PutReply, StoreError};
use sqlx::{PgConnection, query, query_as, query_scalar};

use crate::{
    database::Database,
    error::database,
    rows::{Row, to_i64},
};

struct ReplyRow {
    id: Vec<u8>,
    shortcut: String,
    text: String,
}

impl TryFrom<ReplyRow> for CannedReply {
    type Error = StoreError;

    fn try_from(found: ReplyRow) -> Result<Self, StoreError> {
        let id = Row { table: "canned_reply", key: &found.id }.id("id", &found.id)?;
        Ok(Self { id: CannedReplyId(id), shortcut: found.shortcut, text: found.text })
    }
}

impl Database {
    pub(crate) async fn canned_replies(
        &self,
        user: UserId,
        org: OrgId,
    ) -> Result<Option<Vec<CannedReply>>, StoreError> {
        let (user, org) = (user.0.as_slice(), org.0.as_slice());
        let member = query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM membership WHERE org_id = $1 AND user_id = $2) AS "is!""#,
            org,
            user
        );
        if !member.fetch_one(&self.readers).await.map_err(database)? {
            return Ok(None);
        }
        let rows = query_as!(
            ReplyRow,
            "SELECT r.id, r.shortcut, r.text FROM canned_reply r
             JOIN membership m ON m.org_id = r.org_id AND m.user_id = $1
             WHERE r.org_id = $2 ORDER BY r.shortcut_key",
            user,
            org
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>().map(Some)
    }

    pub(crate) async fn put_canned_reply(
        &self,
        user: UserId,
        org: OrgId,
        reply: CannedReply,
    ) -> Result<PutReply, StoreError> {
        let mut tx = self.write().await?;
        let outcome = put(&mut tx.connection, user, org, &reply).await.map_err(database)?;
        tx.commit().await?;
        Ok(outcome)
    }

    pub(crate) async fn delete_canned_reply(
        &self,
        user: UserId,
        org: OrgId,
        reply: CannedReplyId,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let (user, org, id) = (user.0.as_slice(), org.0.as_slice(), reply.0.as_slice());
        let done = query!(
            "DELETE FROM canned_reply WHERE id = $1 AND org_id = $2 AND EXISTS (
                 SELECT 1 FROM membership m
                 WHERE m.org_id = $2 AND m.user_id = $3 AND m.role IN ('super_admin', 'admin')
             )",
            id,
            org,
            user
        );
        let done = done.execute(&mut tx.connection).await.map_err(database)?.rows_affected() == 1;
        tx.commit().await?;
        Ok(done)
    }
}

/// The organisation's row is locked: what was counted cannot change before the insert.
async fn put(
    connection: &mut PgConnection,
    user: UserId,
    org: OrgId,
    reply: &CannedReply,
) -> Result<PutReply, sqlx::Error> {
    let (user, org, id) = (user.0.as_slice(), org.0.as_slice(), reply.id.0.as_slice());
    let key = reply.shortcut.to_lowercase();
    query!("SELECT id FROM org WHERE id = $1 FOR NO KEY UPDATE", org)
        .fetch_optional(&mut *connection)
        .await?;
    let found = query!(
        r#"SELECT
               EXISTS (
                   SELECT 1 FROM membership m
                   WHERE m.org_id = $1 AND m.user_id = $2 AND m.role IN ('super_admin', 'admin')
               ) AS "manages!",
               EXISTS (
                   SELECT 1 FROM canned_reply r WHERE r.org_id = $1 AND r.shortcut_key = $3 AND r.id <> $4
               ) AS "taken!",
               (SELECT count(*) FROM canned_reply r WHERE r.org_id = $1 AND r.id <> $4) AS "others!""#,
        org,
        user,
        key,
        id
    );
    let found = found.fetch_one(&mut *connection).await?;
    if !found.manages {
        return Ok(PutReply::Forbidden);
    }
    if found.taken {
        return Ok(PutReply::ShortcutTaken);
    }
    if found.others >= to_i64(CANNED_REPLIES_MAX as u64) {
        return Ok(PutReply::TooMany);
    }
    query!(
        "INSERT INTO canned_reply (id, org_id, shortcut, shortcut_key, text) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE
         SET shortcut = excluded.shortcut, shortcut_key = excluded.shortcut_key, text = excluded.text
         WHERE canned_reply.org_id = excluded.org_id",
        id,
        org,
        reply.shortcut,
        key,
        reply.text
    )
    .execute(connection)
    .await?;
    Ok(PutReply::Done)
}
