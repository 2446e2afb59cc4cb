//! Bots. The rules are `deskside_store::bots`.

use async_trait::async_trait;
use deskside_proto::{BotId, ErrorCode, Flow, Millis, OrgId, SecretId, UserId, api::BotVersion};
use deskside_store::{
    AuditEntry, BotChange, BotDraft, BotRecord, BotStanding, BotStore, BotWish, PublishedFlow, SealedSecret,
    StoreError,
};
use sqlx::{SqliteConnection, query, query_as, query_scalar};

use crate::{
    SqliteStore, audit,
    database::Database,
    error::database,
    rows::{Row, to_i64, to_json},
};

#[async_trait]
impl BotStore for SqliteStore {
    async fn bots(&self, user: UserId, org: OrgId) -> Result<Result<Vec<BotRecord>, ErrorCode>, StoreError> {
        match self.database.may_manage(user, org).await? {
            Ok(()) => self.database.bot_records(org, None).await.map(Ok),
            Err(refused) => Ok(Err(refused)),
        }
    }

    async fn bot(
        &self,
        user: UserId,
        org: OrgId,
        bot: BotId,
    ) -> Result<Result<BotDraft, ErrorCode>, StoreError> {
        match self.database.may_manage(user, org).await? {
            Ok(()) => Ok(self.database.bot_draft(org, bot).await?.ok_or(ErrorCode::NotFound)),
            Err(refused) => Ok(Err(refused)),
        }
    }

    async fn bot_version(
        &self,
        user: UserId,
        org: OrgId,
        bot: BotId,
        version: u32,
    ) -> Result<Result<Flow, ErrorCode>, StoreError> {
        match self.database.may_manage(user, org).await? {
            Ok(()) => Ok(self.database.bot_flow(org, bot, version).await?.ok_or(ErrorCode::NotFound)),
            Err(refused) => Ok(Err(refused)),
        }
    }

    async fn change_bot(&self, change: BotChange) -> Result<Result<(), ErrorCode>, StoreError> {
        self.database.change_bot(change).await
    }

    async fn add_bot_secret(
        &self,
        user: UserId,
        secret: SealedSecret,
        at: Millis,
    ) -> Result<Result<(), ErrorCode>, StoreError> {
        self.database.add_bot_secret(user, secret, at).await
    }

    async fn bot_secret(&self, bot: BotId, secret: SecretId) -> Result<Option<SealedSecret>, StoreError> {
        let (bot, id) = (bot.0.as_slice(), secret.0.as_slice());
        let found = query_as!(
            SecretRow,
            "SELECT b.org_id, s.bot_id, s.id, s.sealed FROM bot_secret s JOIN bot b ON b.id = s.bot_id
             WHERE s.id = ?1 AND s.bot_id = ?2",
            id,
            bot
        );
        let found = found.fetch_optional(&self.database.readers).await.map_err(database)?;
        found.map(TryInto::try_into).transpose()
    }

    async fn bot_secrets(
        &self,
        after: Option<SecretId>,
        limit: u32,
    ) -> Result<Vec<SealedSecret>, StoreError> {
        let after = after.map_or(Vec::new(), |id| id.0.to_vec());
        let rows = query_as!(
            SecretRow,
            "SELECT b.org_id, s.bot_id, s.id, s.sealed FROM bot_secret s JOIN bot b ON b.id = s.bot_id
             WHERE s.id > ?1 ORDER BY s.id LIMIT ?2",
            after,
            limit
        );
        let rows = rows.fetch_all(&self.database.readers).await.map_err(database)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn reseal_bot_secrets(&self, secrets: Vec<SealedSecret>) -> Result<(), StoreError> {
        let mut tx = self.database.write().await?;
        for SealedSecret { id, sealed, .. } in secrets {
            let id = id.0.as_slice();
            let update = query!("UPDATE bot_secret SET sealed = ?2 WHERE id = ?1", id, sealed);
            update.execute(&mut tx.connection).await.map_err(database)?;
        }
        tx.commit().await
    }
}

struct SecretRow {
    org_id: Vec<u8>,
    bot_id: Vec<u8>,
    id: Vec<u8>,
    sealed: Vec<u8>,
}

impl TryFrom<SecretRow> for SealedSecret {
    type Error = StoreError;

    fn try_from(found: SecretRow) -> Result<Self, StoreError> {
        let row = Row { table: "bot_secret", key: &found.id };
        Ok(Self {
            org: OrgId(row.id("org_id", &found.org_id)?),
            bot: BotId(row.id("bot_id", &found.bot_id)?),
            id: SecretId(row.id("id", &found.id)?),
            sealed: found.sealed,
        })
    }
}

impl Database {
    /// All of the organisation's, or one.
    async fn bot_records(&self, org: OrgId, only: Option<BotId>) -> Result<Vec<BotRecord>, StoreError> {
        let (org, only) = (org.0.as_slice(), only.as_ref().map(|id| id.0.as_slice()));
        let rows = query!(
            r#"SELECT b.id, b.name, b.settings, b.steps, b.revision, b.changed_at, b.published_revision,
                   v.version AS "version?", v.published_at AS "published_at?", v.published_by AS "published_by?"
               FROM bot b LEFT JOIN bot_version v ON v.bot_id = b.id AND v.version = b.published
               WHERE b.org_id = ?1 AND (?2 IS NULL OR b.id = ?2) ORDER BY b.name_key"#,
            org,
            only
        );
        let mut bots = Vec::new();
        for found in rows.fetch_all(&self.readers).await.map_err(database)? {
            let row = Row { table: "bot", key: &found.id };
            let published =
                match (found.version, found.published_at, found.published_by, found.published_revision) {
                    (Some(version), Some(at), Some(by), Some(revision)) => Some(PublishedFlow {
                        version: BotVersion {
                            version: small(row, "published", version)?,
                            at: Millis(at),
                            by,
                        },
                        revision: row.count("published_revision", revision)?,
                    }),
                    _ => None,
                };
            bots.push(BotRecord {
                id: BotId(row.id("id", &found.id)?),
                name: found.name,
                settings: row.json("settings", &found.settings)?,
                steps: small(row, "steps", found.steps)?,
                revision: row.count("revision", found.revision)?,
                changed_at: Millis(found.changed_at),
                published,
            });
        }
        Ok(bots)
    }

    async fn bot_draft(&self, org: OrgId, bot: BotId) -> Result<Option<BotDraft>, StoreError> {
        let Some(record) = self.bot_records(org, Some(bot)).await?.pop() else { return Ok(None) };
        let key = bot.0.as_slice();
        let row = Row { table: "bot", key };
        let draft = query_scalar!("SELECT draft FROM bot WHERE id = ?1", key);
        let Some(draft) = draft.fetch_optional(&self.readers).await.map_err(database)? else {
            return Ok(None);
        };
        let versions = query!(
            "SELECT version, published_at, published_by FROM bot_version WHERE bot_id = ?1 ORDER BY version DESC",
            key
        );
        let versions = versions.fetch_all(&self.readers).await.map_err(database)?;
        let secrets = query_scalar!("SELECT id FROM bot_secret WHERE bot_id = ?1 ORDER BY id", key);
        let secrets = secrets.fetch_all(&self.readers).await.map_err(database)?;
        let version = |found: _| {
            let (version, at, by): (i64, i64, String) = found;
            Ok(BotVersion { version: small(row, "version", version)?, at: Millis(at), by })
        };
        Ok(Some(BotDraft {
            bot: record,
            draft: row.json("draft", &draft)?,
            versions: versions
                .into_iter()
                .map(|found| version((found.version, found.published_at, found.published_by)))
                .collect::<Result<_, StoreError>>()?,
            secrets: secrets
                .iter()
                .map(|id| Row { table: "bot_secret", key: id }.id("id", id).map(SecretId))
                .collect::<Result<_, StoreError>>()?,
        }))
    }

    async fn bot_flow(&self, org: OrgId, bot: BotId, version: u32) -> Result<Option<Flow>, StoreError> {
        let (org, bot) = (org.0.as_slice(), bot.0.as_slice());
        let flow = query_scalar!(
            "SELECT v.flow FROM bot_version v JOIN bot b ON b.id = v.bot_id
             WHERE v.bot_id = ?1 AND b.org_id = ?2 AND v.version = ?3",
            bot,
            org,
            version
        );
        let flow = flow.fetch_optional(&self.readers).await.map_err(database)?;
        flow.map(|flow| Row { table: "bot_version", key: bot }.json("flow", &flow)).transpose()
    }

    async fn change_bot(&self, change: BotChange) -> Result<Result<(), ErrorCode>, StoreError> {
        let mut tx = self.write().await?;
        let standing = standing(&mut tx.connection, &change).await?;
        if let Err(refused) = change.check(&standing) {
            return Ok(Err(refused));
        }
        if let Some((action, subject)) = change.note(&standing) {
            let BotChange { org, by, at, .. } = change;
            let (actor, session, attachment) = (Some(by), None, None);
            let note = AuditEntry { org, at, actor, action, session, attachment, subject };
            audit::add(&mut tx.connection, &note).await?;
        }
        make(&mut tx.connection, change).await?;
        tx.commit().await?;
        Ok(Ok(()))
    }

    async fn add_bot_secret(
        &self,
        user: UserId,
        secret: SealedSecret,
        at: Millis,
    ) -> Result<Result<(), ErrorCode>, StoreError> {
        if let Err(refused) = self.may_manage(user, secret.org).await? {
            return Ok(Err(refused));
        }
        let mut tx = self.write().await?;
        let SealedSecret { org, bot, id, sealed } = secret;
        let (org, bot, id) = (org.0.as_slice(), bot.0.as_slice(), id.0.as_slice());
        let insert = query!(
            "INSERT INTO bot_secret (id, bot_id, sealed, created_at)
             SELECT ?1, b.id, ?3, ?4 FROM bot b WHERE b.id = ?2 AND b.org_id = ?5",
            id,
            bot,
            sealed,
            at.0,
            org
        );
        let done = insert.execute(&mut tx.connection).await.map_err(database)?;
        tx.commit().await?;
        Ok(if done.rows_affected() == 0 { Err(ErrorCode::NotFound) } else { Ok(()) })
    }
}

fn small(row: Row<'_>, column: &'static str, number: i64) -> Result<u32, StoreError> {
    number.try_into().map_err(|_| row.inconsistent(column))
}

async fn standing(connection: &mut SqliteConnection, change: &BotChange) -> Result<BotStanding, StoreError> {
    let (org, user, bot) = (change.org.0.as_slice(), change.by.0.as_slice(), change.bot.0.as_slice());
    let key = change.name_key();
    let found = query!(
        r#"SELECT
               (SELECT m.role FROM membership m WHERE m.org_id = ?1 AND m.user_id = ?2) AS "role?",
               (SELECT b.name FROM bot b WHERE b.org_id = ?1 AND b.id = ?3) AS "name?",
               (SELECT b.revision FROM bot b WHERE b.org_id = ?1 AND b.id = ?3) AS "revision?: i64",
               EXISTS (
                   SELECT 1 FROM bot b WHERE b.org_id = ?1 AND b.name_key = ?4 AND b.id <> ?3
               ) AS "is_taken!: bool",
               (SELECT count(*) FROM bot b WHERE b.org_id = ?1) AS "count!: i64""#,
        org,
        user,
        bot,
        key
    );
    let found = found.fetch_one(connection).await.map_err(database)?;
    let row = Row { table: "bot", key: bot };
    let revision = found.revision.map(|revision| row.count("revision", revision)).transpose()?;
    Ok(BotStanding {
        role: found
            .role
            .map(|role| Row { table: "membership", key: user }.stored("role", &role))
            .transpose()?,
        found: found.name.zip(revision),
        is_taken: found.is_taken,
        count: row.count("count", found.count)?,
    })
}

async fn make(connection: &mut SqliteConnection, change: BotChange) -> Result<(), StoreError> {
    let key = change.name_key();
    let (org, bot, by) = (change.org.0.as_slice(), change.bot.0.as_slice(), change.by.0.as_slice());
    let at = change.at.0;
    let done = match change.wish {
        BotWish::Create { name, settings } => {
            let (settings, draft) = (to_json(&settings)?, to_json(&Flow::default())?);
            let insert = query!(
                "INSERT INTO bot (id, org_id, name, name_key, settings, draft, steps, revision, changed_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, ?7)",
                bot,
                org,
                name,
                key,
                settings,
                draft,
                at
            );
            insert.execute(connection).await
        }
        BotWish::Update { name, settings } => {
            let settings = to_json(&settings)?;
            let update = query!(
                "UPDATE bot SET name = ?2, name_key = ?3, settings = ?4, changed_at = ?5 WHERE id = ?1",
                bot,
                name,
                key,
                settings,
                at
            );
            update.execute(connection).await
        }
        BotWish::SaveDraft { flow, .. } => {
            let (draft, steps) = (to_json(&flow)?, to_i64(flow.steps.len() as u64));
            let update = query!(
                "UPDATE bot SET draft = ?2, steps = ?3, revision = revision + 1, changed_at = ?4 WHERE id = ?1",
                bot,
                draft,
                steps,
                at
            );
            update.execute(connection).await
        }
        BotWish::Publish { .. } => return publish(connection, bot, by, at).await,
        BotWish::Withdraw => {
            let update =
                query!("UPDATE bot SET published = NULL, published_revision = NULL WHERE id = ?1", bot);
            update.execute(connection).await
        }
        BotWish::Delete => query!("DELETE FROM bot WHERE id = ?1", bot).execute(connection).await,
    };
    done.map(drop).map_err(database)
}

async fn publish(
    connection: &mut SqliteConnection,
    bot: &[u8],
    by: &[u8],
    at: i64,
) -> Result<(), StoreError> {
    let insert = query!(
        "INSERT INTO bot_version (bot_id, version, flow, published_at, published_by)
         SELECT b.id, (SELECT coalesce(max(v.version), 0) + 1 FROM bot_version v WHERE v.bot_id = b.id), b.draft, ?2,
             (SELECT u.name FROM user u WHERE u.id = ?3)
         FROM bot b WHERE b.id = ?1",
        bot,
        at,
        by
    );
    insert.execute(&mut *connection).await.map_err(database)?;
    let update = query!(
        "UPDATE bot SET published = (SELECT max(version) FROM bot_version WHERE bot_id = ?1), published_revision = revision
         WHERE id = ?1",
        bot
    );
    update.execute(connection).await.map(drop).map_err(database)
}
