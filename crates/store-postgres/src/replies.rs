//! Canned replies.

use deskside_proto::{CannedReplyId, OrgId, UserId, api::CannedReply};
use deskside_store::{ReplyChange, ReplyOutcome, ReplyStanding, StoreError};
use sqlx::{PgConnection, query, query_as, query_scalar};

use crate::{database::Database, error::database, rows::Row};

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

    pub(crate) async fn change_canned_reply(
        &self,
        user: UserId,
        org: OrgId,
        change: ReplyChange,
    ) -> Result<ReplyOutcome, StoreError> {
        let mut tx = self.write().await?;
        // Of all who change this organisation's, one at a time: what is read here holds until the commit.
        query!("SELECT id FROM org WHERE id = $1 FOR NO KEY UPDATE", org.0.as_slice())
            .fetch_optional(&mut tx.connection)
            .await
            .map_err(database)?;
        let outcome = change.outcome(standing(&mut tx.connection, user, org, &change).await?);
        if outcome == ReplyOutcome::Done {
            make(&mut tx.connection, org, change).await.map_err(database)?;
        }
        tx.commit().await?;
        Ok(outcome)
    }
}

async fn standing(
    connection: &mut PgConnection,
    user: UserId,
    org: OrgId,
    change: &ReplyChange,
) -> Result<ReplyStanding, StoreError> {
    let (id, key) = (change.id(), change.shortcut_key());
    let (id, user, org) = (id.0.as_slice(), user.0.as_slice(), org.0.as_slice());
    let found = query!(
        r#"SELECT
               (SELECT m.role FROM membership m WHERE m.org_id = $1 AND m.user_id = $2) AS "role?",
               EXISTS (SELECT 1 FROM canned_reply r WHERE r.org_id = $1 AND r.id = $3) AS "exists!",
               EXISTS (
                   SELECT 1 FROM canned_reply r WHERE r.org_id = $1 AND r.shortcut_key = $4 AND r.id <> $3
               ) AS "is_taken!",
               (SELECT count(*) FROM canned_reply r WHERE r.org_id = $1) AS "count!""#,
        org,
        user,
        id,
        key
    );
    let found = found.fetch_one(connection).await.map_err(database)?;
    let row = Row { table: "membership", key: user };
    Ok(ReplyStanding {
        role: found.role.map(|role| row.stored("role", &role)).transpose()?,
        exists: found.exists,
        is_taken: found.is_taken,
        count: row.count("count", found.count)?,
    })
}

async fn make(connection: &mut PgConnection, org: OrgId, change: ReplyChange) -> Result<(), sqlx::Error> {
    let (id, org, key) = (change.id(), org.0.as_slice(), change.shortcut_key());
    let id = id.0.as_slice();
    let done = match change {
        ReplyChange::Create(CannedReply { shortcut, text, .. }) => {
            let insert = query!(
                "INSERT INTO canned_reply (id, org_id, shortcut, shortcut_key, text) VALUES ($1, $2, $3, $4, $5)",
                id,
                org,
                shortcut,
                key,
                text
            );
            insert.execute(connection).await
        }
        ReplyChange::Update(CannedReply { shortcut, text, .. }) => {
            let update = query!(
                "UPDATE canned_reply SET shortcut = $1, shortcut_key = $2, text = $3 WHERE id = $4 AND org_id = $5",
                shortcut,
                key,
                text,
                id,
                org
            );
            update.execute(connection).await
        }
        ReplyChange::Delete(_) => {
            let delete = query!("DELETE FROM canned_reply WHERE id = $1 AND org_id = $2", id, org);
            delete.execute(connection).await
        }
    };
    done.map(drop)
}
