//! First run, organisations, people, tokens.

use deskside_proto::{Millis, OrgId, OrgRole, OrgSettings, UserId, api::Membership};
use deskside_store::{
    NewMembership, NewOrg, NewToken, NewUser, OrgRecord, SecretHash, StoreError, UserRecord,
};
use sqlx::{PgConnection, query, query_scalar};

use crate::{
    database::Database,
    error::database,
    rows::{Row, Stored, to_json},
};

impl Database {
    pub(crate) async fn needs_set_up(&self) -> Result<bool, StoreError> {
        let orgs = query_scalar!(r#"SELECT count(*) AS "count!: i64" FROM org"#);
        Ok(orgs.fetch_one(&self.readers).await.map_err(database)? == 0)
    }

    pub(crate) async fn begin_set_up(&self, token: SecretHash) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let token = token.as_slice();
        query!(
            "INSERT INTO set_up (only_row, token_hash) SELECT 1, $1 WHERE NOT EXISTS (SELECT 1 FROM org)
             ON CONFLICT (only_row) DO UPDATE SET token_hash = excluded.token_hash",
            token
        )
        .execute(&mut tx.connection)
        .await
        .map_err(database)?;
        tx.commit().await
    }

    pub(crate) async fn complete_set_up(
        &self,
        token: SecretHash,
        org: NewOrg,
        admin: NewUser,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let token = token.as_slice();
        // Locked, so that of two who come at once the second finds it gone.
        let is_open = query_scalar!("SELECT only_row FROM set_up WHERE token_hash = $1 FOR UPDATE", token);
        let is_open = is_open.fetch_optional(&mut tx.connection).await.map_err(database)?.is_some();
        let membership = NewMembership { org: org.id, user: admin.id, role: OrgRole::SuperAdmin };
        let done = is_open && insert_user(&mut tx.connection, &admin).await?;
        if done {
            insert_org(&mut tx.connection, &org).await?;
            upsert_membership(&mut tx.connection, membership).await?;
        }
        tx.commit().await?;
        Ok(done)
    }

    pub(crate) async fn create_org(&self, org: NewOrg) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        insert_org(&mut tx.connection, &org).await?;
        tx.commit().await
    }

    pub(crate) async fn org(&self, org: OrgId) -> Result<Option<OrgRecord>, StoreError> {
        let id = org.0.as_slice();
        let row = query!("SELECT id, name, settings FROM org WHERE id = $1", id);
        let row = row.fetch_optional(&self.readers).await.map_err(database)?;
        row.map(|row| org_record(&row.id, row.name, &row.settings)).transpose()
    }

    pub(crate) async fn orgs(&self) -> Result<Vec<OrgRecord>, StoreError> {
        let rows = query!("SELECT id, name, settings FROM org ORDER BY created_at, id");
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        rows.into_iter().map(|row| org_record(&row.id, row.name, &row.settings)).collect()
    }

    pub(crate) async fn org_settings(
        &self,
        user: UserId,
        org: OrgId,
    ) -> Result<Option<OrgSettings>, StoreError> {
        let (user, id) = (user.0.as_slice(), org.0.as_slice());
        let settings = query_scalar!(
            "SELECT o.settings FROM org o JOIN membership m ON m.org_id = o.id WHERE m.user_id = $1 AND o.id = $2",
            user,
            id
        );
        let settings = settings.fetch_optional(&self.readers).await.map_err(database)?;
        settings.map(|json| Row { table: "org", key: id }.json("settings", &json)).transpose()
    }

    pub(crate) async fn set_org_settings(
        &self,
        user: UserId,
        org: OrgId,
        settings: OrgSettings,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let (user, org, settings) = (user.0.as_slice(), org.0.as_slice(), to_json(&settings)?);
        let done = query!(
            "UPDATE org SET settings = $1 WHERE id = $2 AND EXISTS (
                 SELECT 1 FROM membership
                 WHERE user_id = $3 AND org_id = $2 AND role IN ('super_admin', 'admin')
             )",
            settings,
            org,
            user
        );
        let done = done.execute(&mut tx.connection).await.map_err(database)?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    pub(crate) async fn create_user(&self, user: NewUser) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = insert_user(&mut tx.connection, &user).await?;
        tx.commit().await?;
        Ok(done)
    }

    pub(crate) async fn put_membership(&self, membership: NewMembership) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        upsert_membership(&mut tx.connection, membership).await?;
        tx.commit().await
    }

    pub(crate) async fn user_by_email(&self, email: &str) -> Result<Option<UserRecord>, StoreError> {
        if email.contains('\0') {
            return Ok(None); // no text here has one, and PostgreSQL fails on the question
        }
        let key = email.to_lowercase();
        let row = query!("SELECT id, email, name, password_hash FROM account WHERE email_key = $1", key);
        let row = row.fetch_optional(&self.readers).await.map_err(database)?;
        row.map(|row| user_record(&row.id, row.email, row.name, row.password_hash)).transpose()
    }

    pub(crate) async fn user(&self, user: UserId) -> Result<Option<UserRecord>, StoreError> {
        let id = user.0.as_slice();
        let row = query!("SELECT id, email, name, password_hash FROM account WHERE id = $1", id);
        let row = row.fetch_optional(&self.readers).await.map_err(database)?;
        row.map(|row| user_record(&row.id, row.email, row.name, row.password_hash)).transpose()
    }

    pub(crate) async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, StoreError> {
        let user = user.0.as_slice();
        let rows = query!(
            r#"SELECT m.org_id, o.name, m.role FROM membership m JOIN org o ON o.id = m.org_id
             WHERE m.user_id = $1 ORDER BY o.name COLLATE "C", o.id"#,
            user
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        rows.into_iter()
            .map(|found| {
                let row = Row { table: "membership", key: user };
                let org_id = OrgId(row.id("org_id", &found.org_id)?);
                Ok(Membership { org_id, org_name: found.name, role: row.stored("role", &found.role)? })
            })
            .collect()
    }

    pub(crate) async fn create_token(&self, token: NewToken) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let (hash, user) = (token.hash.as_slice(), token.user.0.as_slice());
        let (device, client) = (token.device.0.as_slice(), token.client.name());
        query!(
            "INSERT INTO device (token_hash, id, user_id, client, label, address, signed_in_at, last_seen_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            hash,
            device,
            user,
            client,
            token.label,
            token.address,
            token.created_at.0,
            token.created_at.0,
            token.expires_at.0
        )
        .execute(&mut tx.connection)
        .await
        .map_err(database)?;
        tx.commit().await
    }

    pub(crate) async fn user_by_token(
        &self,
        hash: SecretHash,
        now: Millis,
    ) -> Result<Option<UserId>, StoreError> {
        let hash = hash.as_slice();
        let user = query_scalar!(
            "SELECT user_id FROM device WHERE token_hash = $1 AND expires_at > $2",
            hash,
            now.0
        );
        let user = user.fetch_optional(&self.readers).await.map_err(database)?;
        user.map(|id| Ok(UserId(Row { table: "device", key: &id }.id("user_id", &id)?))).transpose()
    }

    pub(crate) async fn delete_token(&self, hash: SecretHash) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let hash = hash.as_slice();
        query!("DELETE FROM device WHERE token_hash = $1", hash)
            .execute(&mut tx.connection)
            .await
            .map_err(database)?;
        tx.commit().await
    }
}

async fn insert_org(connection: &mut PgConnection, org: &NewOrg) -> Result<(), StoreError> {
    let (id, settings) = (org.id.0.as_slice(), to_json(&OrgSettings::default())?);
    query!(
        "INSERT INTO org (id, name, settings, created_at) VALUES ($1, $2, $3, $4)",
        id,
        org.name,
        settings,
        org.at.0
    )
    .execute(&mut *connection)
    .await
    .map_err(database)?;
    query!("DELETE FROM set_up").execute(connection).await.map_err(database)?;
    Ok(())
}

/// `false` where the address is taken.
async fn insert_user(connection: &mut PgConnection, user: &NewUser) -> Result<bool, StoreError> {
    let (id, key) = (user.id.0.as_slice(), user.email.to_lowercase());
    let done = query!(
        "INSERT INTO account (id, email, email_key, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (email_key) DO NOTHING",
        id,
        user.email,
        key,
        user.name,
        user.password_hash,
        user.at.0
    );
    Ok(done.execute(connection).await.map_err(database)?.rows_affected() == 1)
}

async fn upsert_membership(
    connection: &mut PgConnection,
    membership: NewMembership,
) -> Result<(), StoreError> {
    let (user, org) = (membership.user.0.as_slice(), membership.org.0.as_slice());
    let role = membership.role.name();
    query!(
        "INSERT INTO membership (user_id, org_id, role) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, org_id) DO UPDATE SET role = excluded.role",
        user,
        org,
        role
    )
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}

fn org_record(id: &[u8], name: String, settings: &str) -> Result<OrgRecord, StoreError> {
    let row = Row { table: "org", key: id };
    Ok(OrgRecord { id: OrgId(row.id("id", id)?), name, settings: row.json("settings", settings)? })
}

fn user_record(
    id: &[u8],
    email: String,
    name: String,
    password_hash: String,
) -> Result<UserRecord, StoreError> {
    let id = UserId(Row { table: "user", key: id }.id("id", id)?);
    Ok(UserRecord { id, email, name, password_hash })
}
