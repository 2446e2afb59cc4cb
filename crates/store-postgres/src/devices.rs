//! Where people are signed in.

use async_trait::async_trait;
use deskside_proto::{
    DeviceId, ErrorCode, Millis, OrgRole, UserId,
    api::{AuditAction, Device},
};
use deskside_store::{DeviceSeen, DeviceStore, DevicesOf, SecretHash, SignedInDevice, StoreError};
use sqlx::{PgConnection, query};

use crate::{
    PostgresStore,
    database::Database,
    error::database,
    passwords::orgs,
    people::{note, role},
    rows::{Row, Stored},
};

#[async_trait]
impl DeviceStore for PostgresStore {
    async fn signed_in(&self, token: SecretHash, now: Millis) -> Result<Option<SignedInDevice>, StoreError> {
        self.database.signed_in(token, now).await
    }

    async fn devices(
        &self,
        caller: UserId,
        whose: DevicesOf,
        now: Millis,
    ) -> Result<Option<Vec<Device>>, StoreError> {
        if let DevicesOf::Org { org, .. } = whose
            && !self.database.manages(caller, org).await?
        {
            return Ok(None);
        }
        self.database.devices(caller, whose, now).await.map(Some)
    }

    async fn revoke_device(
        &self,
        caller: UserId,
        whose: DevicesOf,
        device: DeviceId,
        at: Millis,
    ) -> Result<Result<SecretHash, ErrorCode>, StoreError> {
        let mut tx = self.database.write().await?;
        let done = revoke(&mut tx.connection, caller, whose, device, at).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn see_devices(&self, seen: Vec<DeviceSeen>) -> Result<(), StoreError> {
        let mut tx = self.database.write().await?;
        for seen in seen {
            see(&mut tx.connection, seen).await?;
        }
        tx.commit().await
    }
}

impl Database {
    async fn signed_in(&self, token: SecretHash, now: Millis) -> Result<Option<SignedInDevice>, StoreError> {
        let token = token.as_slice();
        let found = query!(
            r#"SELECT id, user_id, last_seen_at, label <> '' AS "has_label!" FROM device
               WHERE token_hash = $1 AND expires_at > $2"#,
            token,
            now.0
        );
        let found = found.fetch_optional(&self.readers).await.map_err(database)?;
        let device = found.map(|found| {
            let row = Row { table: "device", key: &found.id };
            Ok(SignedInDevice {
                user: UserId(row.id("user_id", &found.user_id)?),
                device: DeviceId(row.id("id", &found.id)?),
                last_seen_at: Millis(found.last_seen_at),
                has_label: found.has_label,
            })
        });
        device.transpose()
    }

    async fn devices(
        &self,
        caller: UserId,
        whose: DevicesOf,
        now: Millis,
    ) -> Result<Vec<Device>, StoreError> {
        let (org, user) = match &whose {
            DevicesOf::Own => (None, Some(caller.0.as_slice())),
            DevicesOf::Org { org, user } => (Some(org.0.as_slice()), user.as_ref().map(|id| id.0.as_slice())),
        };
        let caller = caller.0.as_slice();
        let rows = query!(
            r#"SELECT d.id, d.user_id, u.name, d.client, d.label, d.signed_in_at, d.last_seen_at, d.address
               FROM device d JOIN account u ON u.id = d.user_id
               WHERE d.expires_at > $1 AND ($2::BYTEA IS NULL OR d.user_id = $2)
                   AND (
                       $3::BYTEA IS NULL AND d.user_id = $4
                       OR EXISTS (SELECT 1 FROM membership m WHERE m.user_id = d.user_id AND m.org_id = $3)
                       AND EXISTS (
                           SELECT 1 FROM membership c
                           WHERE c.user_id = $4 AND c.org_id = $3 AND c.role IN ('super_admin', 'admin')
                       )
                   )
               ORDER BY d.signed_in_at DESC, d.id DESC"#,
            now.0,
            user,
            org,
            caller
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        let devices = rows.into_iter().map(|found| {
            let row = Row { table: "device", key: &found.id };
            Ok(Device {
                id: DeviceId(row.id("id", &found.id)?),
                user_id: UserId(row.id("user_id", &found.user_id)?),
                user_name: found.name,
                client: row.stored("client", &found.client)?,
                label: found.label,
                signed_in_at: Millis(found.signed_in_at),
                last_seen_at: Millis(found.last_seen_at),
                address: found.address,
                current: false,
            })
        });
        devices.collect()
    }
}

async fn revoke(
    connection: &mut PgConnection,
    caller: UserId,
    whose: DevicesOf,
    device: DeviceId,
    at: Millis,
) -> Result<Result<SecretHash, ErrorCode>, StoreError> {
    let id = device.0.as_slice();
    let found = query!(
        "SELECT d.token_hash, d.user_id, d.label, u.name FROM device d JOIN account u ON u.id = d.user_id WHERE d.id = $1",
        id
    );
    let Some(found) = found.fetch_optional(&mut *connection).await.map_err(database)? else {
        return Ok(Err(refusal(connection, caller, whose).await?));
    };
    let row = Row { table: "device", key: id };
    let owner = UserId(row.id("user_id", &found.user_id)?);
    let noted = match whose {
        DevicesOf::Own if owner != caller => return Ok(Err(ErrorCode::NotFound)),
        DevicesOf::Own => orgs(connection, caller).await?,
        DevicesOf::Org { org, user } => {
            let held = role(connection, org, owner).await?;
            let Some(held) = held.filter(|_| user.is_none_or(|user| user == owner)) else {
                return Ok(Err(refusal(connection, caller, whose).await?));
            };
            match role(connection, org, caller).await? {
                None => return Ok(Err(ErrorCode::NotFound)),
                Some(role) if !role.may_manage(held) => return Ok(Err(ErrorCode::Forbidden)),
                Some(_) => vec![org],
            }
        }
    };
    let gone = query!("DELETE FROM device WHERE id = $1", id);
    if gone.execute(&mut *connection).await.map_err(database)?.rows_affected() == 0 {
        return Ok(Err(ErrorCode::NotFound));
    }
    for org in noted {
        let subject = format!("{}: {}", found.name, found.label);
        note(connection, (org, Some(caller), at), AuditAction::DeviceRevoked, subject).await?;
    }
    Ok(Ok(hash(&found.token_hash)?))
}

/// What is said of a device that is not there: members who manage nothing are not even told that.
async fn refusal(
    connection: &mut PgConnection,
    caller: UserId,
    whose: DevicesOf,
) -> Result<ErrorCode, StoreError> {
    let DevicesOf::Org { org, .. } = whose else { return Ok(ErrorCode::NotFound) };
    let manages = role(connection, org, caller).await?.is_none_or(OrgRole::manages);
    Ok(if manages { ErrorCode::NotFound } else { ErrorCode::Forbidden })
}

async fn see(connection: &mut PgConnection, seen: DeviceSeen) -> Result<(), StoreError> {
    let id = seen.device.0.as_slice();
    query!(
        "UPDATE device SET last_seen_at = $2, address = $3 WHERE id = $1 AND last_seen_at <= $2",
        id,
        seen.at.0,
        seen.address
    )
    .execute(&mut *connection)
    .await
    .map_err(database)?;
    let Some((client, label)) = seen.is else { return Ok(()) };
    let client = client.name();
    query!("UPDATE device SET client = $2, label = $3 WHERE id = $1 AND label = ''", id, client, label)
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(())
}

/// A token's hash as it is kept.
fn hash(bytes: &[u8]) -> Result<SecretHash, StoreError> {
    bytes.try_into().map_err(|_| Row { table: "device", key: &[] }.inconsistent("token_hash"))
}

pub(crate) fn hashes(found: Vec<Vec<u8>>) -> Result<Vec<SecretHash>, StoreError> {
    found.iter().map(|bytes| hash(bytes)).collect()
}
