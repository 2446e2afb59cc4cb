//! Passwords and the links for new ones. The rules are `deskside_store::passwords`.

use async_trait::async_trait;
use deskside_proto::{ErrorCode, Millis, OrgId, UserId, api::AuditAction};
use deskside_store::{
    NewPassword, NewPasswordReset, PasswordProof, PasswordStore, SecretHash, StoreError, UserRecord,
    passwords::RESETS_AT_ONCE,
};
use sqlx::{PgConnection, query, query_scalar};

use crate::{
    PostgresStore,
    database::Database,
    devices::hashes,
    error::database,
    identity::user_record,
    people::{lock, name, note, role},
    rows::{Row, to_i64},
};

#[async_trait]
impl PasswordStore for PostgresStore {
    async fn make_password_reset(
        &self,
        reset: NewPasswordReset,
    ) -> Result<Result<UserRecord, ErrorCode>, StoreError> {
        let mut tx = self.database.write().await?;
        let done = make(&mut tx.connection, reset).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn forgot_password(
        &self,
        email: &str,
        token: SecretHash,
        at: Millis,
        expires_at: Millis,
    ) -> Result<Option<UserRecord>, StoreError> {
        let mut tx = self.database.write().await?;
        let done = forgot(&mut tx.connection, email, token, at, expires_at).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn password_reset(&self, token: SecretHash, now: Millis) -> Result<Option<UserRecord>, StoreError> {
        self.database.password_reset(token, now).await
    }

    async fn set_password(&self, password: NewPassword) -> Result<Option<Vec<SecretHash>>, StoreError> {
        let mut tx = self.database.write().await?;
        let done = set(&mut tx.connection, password).await?;
        tx.commit().await?;
        Ok(done)
    }
}

impl Database {
    async fn password_reset(&self, token: SecretHash, now: Millis) -> Result<Option<UserRecord>, StoreError> {
        let token = token.as_slice();
        let found = query!(
            "SELECT u.id, u.email, u.name, u.password_hash FROM password_reset r JOIN account u ON u.id = r.user_id
             WHERE r.token_hash = $1 AND r.expires_at > $2",
            token,
            now.0
        );
        let found = found.fetch_optional(&self.readers).await.map_err(database)?;
        found.map(|row| user_record(&row.id, row.email, row.name, row.password_hash)).transpose()
    }
}

async fn make(
    connection: &mut PgConnection,
    reset: NewPasswordReset,
) -> Result<Result<UserRecord, ErrorCode>, StoreError> {
    lock(connection, reset.org).await?;
    if let Some(by) = reset.by {
        match role(connection, reset.org, by).await? {
            None => return Ok(Err(ErrorCode::NotFound)),
            Some(role) if !role.manages() => return Ok(Err(ErrorCode::Forbidden)),
            Some(_) if by == reset.user => return Ok(Err(ErrorCode::NotToYourself)),
            Some(_) => {}
        }
    }
    let (org, user) = (reset.org.0.as_slice(), reset.user.0.as_slice());
    let found = query!(
        r#"SELECT u.id, u.email, u.name, u.password_hash, s.deactivated_at IS NOT NULL AS "is_deactivated!"
           FROM standing s JOIN account u ON u.id = s.user_id WHERE s.org_id = $1 AND s.user_id = $2"#,
        org,
        user
    );
    let Some(found) = found.fetch_optional(&mut *connection).await.map_err(database)? else {
        return Ok(Err(ErrorCode::NotFound));
    };
    if let Some(by) = reset.by
        && !manages_everywhere(connection, by, reset.user).await?
    {
        return Ok(Err(ErrorCode::Forbidden));
    }
    if found.is_deactivated {
        return Ok(Err(ErrorCode::AccountDeactivated));
    }
    add(connection, reset.token, reset.user, reset.expires_at).await?;
    let subject = found.name.clone();
    note(connection, (reset.org, reset.by, reset.at), AuditAction::PasswordResetMade, subject).await?;
    Ok(Ok(user_record(&found.id, found.email, found.name, found.password_hash)?))
}

/// Whether `by` may manage `user` in every organisation that `user` is, or was, in (research S05).
async fn manages_everywhere(
    connection: &mut PgConnection,
    by: UserId,
    user: UserId,
) -> Result<bool, StoreError> {
    let (by, user) = (by.0.as_slice(), user.0.as_slice());
    let found = query_scalar!(
        r#"SELECT NOT EXISTS (
               SELECT 1 FROM standing s
               WHERE s.user_id = $2 AND NOT EXISTS (
                   SELECT 1 FROM membership m
                   WHERE m.user_id = $1 AND m.org_id = s.org_id
                       AND (m.role = 'super_admin' OR m.role = 'admin' AND s.role <> 'super_admin')
               )
           ) AS "is!""#,
        by,
        user
    );
    found.fetch_one(connection).await.map_err(database)
}

async fn add(
    connection: &mut PgConnection,
    token: SecretHash,
    user: UserId,
    expires_at: Millis,
) -> Result<(), StoreError> {
    let (token, user) = (token.as_slice(), user.0.as_slice());
    query!(
        "INSERT INTO password_reset (token_hash, user_id, expires_at) VALUES ($1, $2, $3)",
        token,
        user,
        expires_at.0
    )
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}

async fn forgot(
    connection: &mut PgConnection,
    email: &str,
    token: SecretHash,
    at: Millis,
    expires_at: Millis,
) -> Result<Option<UserRecord>, StoreError> {
    query!("DELETE FROM password_reset WHERE expires_at <= $1", at.0)
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    let (key, most) = (email.to_lowercase(), to_i64(RESETS_AT_ONCE));
    let found = query!(
        "SELECT u.id, u.email, u.name, u.password_hash FROM account u
         WHERE u.email_key = $1 AND EXISTS (SELECT 1 FROM membership m WHERE m.user_id = u.id)
             AND (SELECT count(*) FROM password_reset r WHERE r.user_id = u.id) < $2",
        key,
        most
    );
    let found = found.fetch_optional(&mut *connection).await.map_err(database)?;
    let found = found.map(|row| user_record(&row.id, row.email, row.name, row.password_hash)).transpose()?;
    if let Some(user) = &found {
        add(connection, token, user.id, expires_at).await?;
    }
    Ok(found)
}

async fn set(
    connection: &mut PgConnection,
    password: NewPassword,
) -> Result<Option<Vec<SecretHash>>, StoreError> {
    let user = password.user.0.as_slice();
    let keep = match &password.by {
        PasswordProof::Known { keep } => keep.as_slice(),
        PasswordProof::Link(token) => {
            let token = token.as_slice();
            let used = query!(
                "DELETE FROM password_reset WHERE token_hash = $1 AND user_id = $2 AND expires_at > $3",
                token,
                user,
                password.at.0
            );
            if used.execute(&mut *connection).await.map_err(database)?.rows_affected() == 0 {
                return Ok(None);
            }
            &[]
        }
    };
    query!("UPDATE account SET password_hash = $2 WHERE id = $1", user, password.password_hash)
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    query!("DELETE FROM password_reset WHERE user_id = $1", user)
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    let ended = query_scalar!(
        "DELETE FROM device WHERE user_id = $1 AND token_hash <> $2 RETURNING token_hash",
        user,
        keep
    );
    let ended = hashes(ended.fetch_all(&mut *connection).await.map_err(database)?)?;
    let subject = name(connection, password.user).await?;
    for org in orgs(connection, password.user).await? {
        let by = (org, Some(password.user), password.at);
        note(connection, by, AuditAction::PasswordChanged, subject.clone()).await?;
    }
    Ok(Some(ended))
}

/// Where the person is active.
pub(crate) async fn orgs(connection: &mut PgConnection, user: UserId) -> Result<Vec<OrgId>, StoreError> {
    let user = user.0.as_slice();
    let orgs = query_scalar!("SELECT org_id FROM membership WHERE user_id = $1 ORDER BY org_id", user);
    let orgs = orgs.fetch_all(connection).await.map_err(database)?;
    orgs.iter().map(|org| Ok(OrgId(Row { table: "membership", key: user }.id("org_id", org)?))).collect()
}
