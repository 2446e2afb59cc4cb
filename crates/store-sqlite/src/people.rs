//! People of an organisation and invitations. The rules are `deskside_store::people`.

use async_trait::async_trait;
use deskside_proto::{
    ErrorCode, InvitationId, Millis, OrgId, OrgRole, UserId,
    api::{AuditAction, Invitation, Person, PersonState, UserView},
};
use deskside_store::{
    Acceptance, AuditEntry, ChangeOfPerson, InvitationRecord, NewInvitation, Newcomer, PeopleStore,
    PersonStanding, SecretHash, StoreError, Touched,
};
use sqlx::{SqliteConnection, query, query_scalar};

use crate::{
    SqliteStore, audit,
    database::Database,
    devices::hashes,
    error::database,
    identity::{insert_user, user_record},
    rows::{Row, Stored},
};

#[async_trait]
impl PeopleStore for SqliteStore {
    async fn people(
        &self,
        user: UserId,
        org: OrgId,
        now: Millis,
    ) -> Result<Option<(Vec<Person>, Vec<Invitation>)>, StoreError> {
        if !self.database.manages(user, org).await? {
            return Ok(None);
        }
        let invitations = self.database.invitations(org, now).await?;
        Ok(Some((self.database.all_people(org, now).await?, invitations)))
    }

    async fn all_people(&self, org: OrgId, now: Millis) -> Result<Vec<Person>, StoreError> {
        self.database.all_people(org, now).await
    }

    async fn invite(&self, invitation: NewInvitation) -> Result<Result<(), ErrorCode>, StoreError> {
        let mut tx = self.database.write().await?;
        let done = invite(&mut tx.connection, &invitation).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn withdraw_invitation(
        &self,
        by: UserId,
        org: OrgId,
        invitation: InvitationId,
        at: Millis,
    ) -> Result<Result<(), ErrorCode>, StoreError> {
        let mut tx = self.database.write().await?;
        let done = withdraw(&mut tx.connection, by, org, invitation, at).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn invitation(
        &self,
        token: SecretHash,
        now: Millis,
    ) -> Result<Option<InvitationRecord>, StoreError> {
        let mut connection = self.database.readers.acquire().await.map_err(database)?;
        let found = invitation(&mut connection, token, now).await?;
        Ok(found)
    }

    async fn accept_invitation(
        &self,
        acceptance: Acceptance,
    ) -> Result<Result<UserId, ErrorCode>, StoreError> {
        let mut tx = self.database.write().await?;
        let done = accept(&mut tx.connection, acceptance).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn change_person(&self, change: ChangeOfPerson) -> Result<Result<Touched, ErrorCode>, StoreError> {
        let mut tx = self.database.write().await?;
        let done = change_person(&mut tx.connection, &change).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn is_deactivated(&self, user: UserId) -> Result<bool, StoreError> {
        let user = user.0.as_slice();
        let found = query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM deactivated_member WHERE user_id = ?1)
                   AND NOT EXISTS (SELECT 1 FROM membership WHERE user_id = ?1) AS "is!: bool""#,
            user
        );
        found.fetch_one(&self.database.readers).await.map_err(database)
    }
}

impl Database {
    async fn all_people(&self, org: OrgId, now: Millis) -> Result<Vec<Person>, StoreError> {
        let org = org.0.as_slice();
        let rows = query!(
            r#"SELECT u.id, u.email, u.name, s.role AS "role!: String", s.since AS "since!: i64",
                   s.deactivated_at IS NOT NULL AS "is_deactivated!: bool",
                   (SELECT count(*) FROM device d WHERE d.user_id = u.id AND d.expires_at > ?2) AS "devices!: i64",
                   (SELECT max(d.last_seen_at) FROM device d WHERE d.user_id = u.id) AS "last_seen_at: i64"
               FROM standing s JOIN user u ON u.id = s.user_id WHERE s.org_id = ?1"#,
            org,
            now.0
        );
        let mut people = Vec::new();
        for found in rows.fetch_all(&self.readers).await.map_err(database)? {
            let row = Row { table: "membership", key: &found.id };
            let devices = row.count("devices", found.devices)?;
            let id = UserId(row.id("id", &found.id)?);
            people.push(Person {
                user: UserView { id, email: found.email, name: found.name },
                role: row.stored("role", &found.role)?,
                state: if found.is_deactivated { PersonState::Deactivated } else { PersonState::Active },
                since: Millis(found.since),
                last_seen_at: found.last_seen_at.map(Millis),
                devices: u32::try_from(devices).unwrap_or(u32::MAX),
            });
        }
        people.sort_by_cached_key(|person| (person.user.name.to_lowercase(), person.user.id));
        Ok(people)
    }

    async fn invitations(&self, org: OrgId, now: Millis) -> Result<Vec<Invitation>, StoreError> {
        let org = org.0.as_slice();
        let rows = query!(
            r#"SELECT i.id AS "id!", i.email AS "email!", i.role AS "role!", u.name AS by_name, i.created_at AS "created_at!",
                   i.expires_at AS "expires_at!"
               FROM open_invitation i JOIN user u ON u.id = i.invited_by
               WHERE i.org_id = ?1 AND i.expires_at > ?2 ORDER BY i.id DESC"#,
            org,
            now.0
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        let invitations = rows.into_iter().map(|found| {
            let row = Row { table: "invitation", key: &found.id };
            Ok(Invitation {
                id: InvitationId(row.id("id", &found.id)?),
                email: found.email,
                role: row.stored("role", &found.role)?,
                by: found.by_name,
                at: Millis(found.created_at),
                expires_at: Millis(found.expires_at),
            })
        });
        invitations.collect()
    }
}

/// One writer at a time is all there is here.
pub(crate) async fn lock(_connection: &mut SqliteConnection, _org: OrgId) -> Result<(), StoreError> {
    Ok(())
}

/// What an active member holds.
pub(crate) async fn role(
    connection: &mut SqliteConnection,
    org: OrgId,
    user: UserId,
) -> Result<Option<OrgRole>, StoreError> {
    let (org, user) = (org.0.as_slice(), user.0.as_slice());
    let role = query_scalar!("SELECT role FROM membership WHERE org_id = ?1 AND user_id = ?2", org, user);
    let role = role.fetch_optional(connection).await.map_err(database)?;
    role.map(|role| Row { table: "membership", key: user }.stored("role", &role)).transpose()
}

pub(crate) async fn name(connection: &mut SqliteConnection, user: UserId) -> Result<String, StoreError> {
    let user = user.0.as_slice();
    let name = query_scalar!("SELECT name FROM user WHERE id = ?1", user);
    Ok(name.fetch_optional(connection).await.map_err(database)?.unwrap_or_default())
}

/// A note about somebody.
pub(crate) async fn note(
    connection: &mut SqliteConnection,
    (org, actor, at): (OrgId, Option<UserId>, Millis),
    action: AuditAction,
    subject: String,
) -> Result<(), StoreError> {
    let entry = AuditEntry { org, at, actor, action, session: None, attachment: None, subject };
    audit::add(connection, &entry).await
}

/// Who is active in `org`, or was.
async fn has_address(
    connection: &mut SqliteConnection,
    org: OrgId,
    email_key: &str,
) -> Result<bool, StoreError> {
    let org = org.0.as_slice();
    let found = query_scalar!(
        r#"SELECT EXISTS (
               SELECT 1 FROM standing s JOIN user u ON u.id = s.user_id WHERE s.org_id = ?1 AND u.email_key = ?2
           ) AS "is!: bool""#,
        org,
        email_key
    );
    found.fetch_one(connection).await.map_err(database)
}

async fn invite(
    connection: &mut SqliteConnection,
    new: &NewInvitation,
) -> Result<Result<(), ErrorCode>, StoreError> {
    lock(connection, new.org).await?;
    match role(connection, new.org, new.by).await? {
        None => return Ok(Err(ErrorCode::NotFound)),
        Some(role) if !role.may_manage(new.role) => return Ok(Err(ErrorCode::Forbidden)),
        Some(_) => {}
    }
    let email_key = new.email.to_lowercase();
    if has_address(connection, new.org, &email_key).await? {
        return Ok(Err(ErrorCode::AlreadyMember));
    }
    let (id, token, org) = (new.id.0.as_slice(), new.token.as_slice(), new.org.0.as_slice());
    let (by, role) = (new.by.0.as_slice(), new.role.name());
    query!(
        "DELETE FROM invitation WHERE org_id = ?1 AND (email_key = ?2 OR expires_at <= ?3)",
        org,
        email_key,
        new.at.0
    )
    .execute(&mut *connection)
    .await
    .map_err(database)?;
    query!(
        "INSERT INTO invitation (id, token_hash, org_id, email, email_key, role, invited_by, created_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        id,
        token,
        org,
        new.email,
        email_key,
        role,
        by,
        new.at.0,
        new.expires_at.0
    )
    .execute(&mut *connection)
    .await
    .map_err(database)?;
    let subject = format!("{} ({role})", new.email);
    note(connection, (new.org, Some(new.by), new.at), AuditAction::PersonInvited, subject).await?;
    Ok(Ok(()))
}

async fn withdraw(
    connection: &mut SqliteConnection,
    by: UserId,
    org: OrgId,
    invitation: InvitationId,
    at: Millis,
) -> Result<Result<(), ErrorCode>, StoreError> {
    lock(connection, org).await?;
    let Some(caller) = role(connection, org, by).await?.filter(|role| role.manages()) else {
        return Ok(Err(if role(connection, org, by).await?.is_some() {
            ErrorCode::Forbidden
        } else {
            ErrorCode::NotFound
        }));
    };
    let (id, place) = (invitation.0.as_slice(), org.0.as_slice());
    let found = query!("SELECT email, role FROM invitation WHERE id = ?1 AND org_id = ?2", id, place);
    let Some(found) = found.fetch_optional(&mut *connection).await.map_err(database)? else {
        return Ok(Err(ErrorCode::NotFound));
    };
    let invited: OrgRole = Row { table: "invitation", key: id }.stored("role", &found.role)?;
    if !caller.may_manage(invited) {
        return Ok(Err(ErrorCode::Forbidden));
    }
    query!("DELETE FROM invitation WHERE id = ?1", id).execute(&mut *connection).await.map_err(database)?;
    let subject = format!("{} ({})", found.email, found.role);
    note(connection, (org, Some(by), at), AuditAction::InvitationWithdrawn, subject).await?;
    Ok(Ok(()))
}

async fn invitation(
    connection: &mut SqliteConnection,
    token: SecretHash,
    now: Millis,
) -> Result<Option<InvitationRecord>, StoreError> {
    let token = token.as_slice();
    let found = query!(
        r#"SELECT i.org_id AS "org_id!", o.name, i.email AS "email!", i.email_key AS "email_key!", i.role AS "role!",
               i.expires_at AS "expires_at!"
           FROM open_invitation i JOIN org o ON o.id = i.org_id WHERE i.token_hash = ?1 AND i.expires_at > ?2"#,
        token,
        now.0
    );
    let Some(found) = found.fetch_optional(&mut *connection).await.map_err(database)? else {
        return Ok(None);
    };
    let known =
        query!("SELECT id, email, name, password_hash FROM user WHERE email_key = ?1", found.email_key);
    let known = known.fetch_optional(connection).await.map_err(database)?;
    let known = known.map(|row| user_record(&row.id, row.email, row.name, row.password_hash)).transpose()?;
    let row = Row { table: "invitation", key: token };
    Ok(Some(InvitationRecord {
        org: OrgId(row.id("org_id", &found.org_id)?),
        org_name: found.name,
        email: found.email,
        role: row.stored("role", &found.role)?,
        expires_at: Millis(found.expires_at),
        known,
    }))
}

async fn accept(
    connection: &mut SqliteConnection,
    acceptance: Acceptance,
) -> Result<Result<UserId, ErrorCode>, StoreError> {
    let Some(found) = invitation(connection, acceptance.token, acceptance.at).await? else {
        return Ok(Err(ErrorCode::InvitationInvalid));
    };
    lock(connection, found.org).await?;
    // Used up by somebody else while this one waited.
    let Some(found) = invitation(connection, acceptance.token, acceptance.at).await? else {
        return Ok(Err(ErrorCode::InvitationInvalid));
    };
    if has_address(connection, found.org, &found.email.to_lowercase()).await? {
        return Ok(Err(ErrorCode::AlreadyMember));
    }
    let (user, name) = match (acceptance.who, found.known) {
        (Newcomer::Known(user), Some(known)) if known.id == user => (user, known.name),
        (Newcomer::Known(_), _) => return Ok(Err(ErrorCode::InvitationInvalid)),
        (Newcomer::New(_), Some(_)) => return Ok(Err(ErrorCode::EmailTaken)),
        (Newcomer::New(new), None) => {
            let new = deskside_store::NewUser { email: found.email, ..new };
            if !insert_user(connection, &new).await? {
                return Ok(Err(ErrorCode::EmailTaken));
            }
            (new.id, new.name)
        }
    };
    let (member, org, token) = (user.0.as_slice(), found.org.0.as_slice(), acceptance.token.as_slice());
    let (role, at) = (found.role.name(), acceptance.at);
    query!(
        "INSERT INTO membership (user_id, org_id, role, since) VALUES (?1, ?2, ?3, ?4)",
        member,
        org,
        role,
        at.0
    )
    .execute(&mut *connection)
    .await
    .map_err(database)?;
    query!("DELETE FROM invitation WHERE token_hash = ?1", token)
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    let subject = format!("{name} ({role})");
    note(connection, (found.org, Some(user), at), AuditAction::InvitationAccepted, subject).await?;
    Ok(Ok(user))
}

async fn change_person(
    connection: &mut SqliteConnection,
    change: &ChangeOfPerson,
) -> Result<Result<Touched, ErrorCode>, StoreError> {
    lock(connection, change.org).await?;
    let Some(standing) = standing(connection, change).await? else { return Ok(Err(ErrorCode::NotFound)) };
    if let Err(refused) = change.check(standing) {
        return Ok(Err(refused));
    }
    let (role, state) = change.wanted(standing);
    if (role, state) == (standing.role, standing.state) {
        return Ok(Ok(Touched::default()));
    }
    put(connection, change, role, state).await?;
    drop_invitations(connection, change, role, state).await?;
    let person = name(connection, change.user).await?;
    let by = (change.org, change.by, change.at);
    if role != standing.role {
        let subject = format!("{person}: {} → {}", standing.role.name(), role.name());
        note(connection, by, AuditAction::RoleChanged, subject).await?;
    }
    if state != standing.state {
        let action = match state {
            PersonState::Active => AuditAction::PersonReactivated,
            PersonState::Deactivated => AuditAction::PersonDeactivated,
        };
        note(connection, by, action, person).await?;
    }
    let user = change.user.0.as_slice();
    if state == PersonState::Deactivated {
        let ended = query_scalar!("DELETE FROM device WHERE user_id = ?1 RETURNING token_hash", user);
        let ended = hashes(ended.fetch_all(connection).await.map_err(database)?)?;
        return Ok(Ok(Touched { ended, changed: Vec::new() }));
    }
    let changed = query_scalar!("SELECT token_hash FROM device WHERE user_id = ?1", user);
    let changed = hashes(changed.fetch_all(connection).await.map_err(database)?)?;
    Ok(Ok(Touched { ended: Vec::new(), changed }))
}

async fn standing(
    connection: &mut SqliteConnection,
    change: &ChangeOfPerson,
) -> Result<Option<PersonStanding>, StoreError> {
    let caller = match change.by {
        Some(by) => match role(connection, change.org, by).await? {
            // Outsiders do not learn who is in there.
            None => return Ok(None),
            caller => caller,
        },
        None => None,
    };
    let (org, user) = (change.org.0.as_slice(), change.user.0.as_slice());
    let found = query!(
        r#"SELECT s.role AS "role!: String", s.deactivated_at IS NOT NULL AS "is_deactivated!: bool",
               (SELECT count(*) FROM membership m WHERE m.org_id = s.org_id AND m.role = 'super_admin') AS "super_admins!: i64"
           FROM standing s WHERE s.org_id = ?1 AND s.user_id = ?2"#,
        org,
        user
    );
    let Some(found) = found.fetch_optional(connection).await.map_err(database)? else { return Ok(None) };
    let row = Row { table: "membership", key: user };
    Ok(Some(PersonStanding {
        caller,
        role: row.stored("role", &found.role)?,
        state: if found.is_deactivated { PersonState::Deactivated } else { PersonState::Active },
        super_admins: row.count("super_admins", found.super_admins)?,
    }))
}

/// Puts the person where they shall be: in one of the two tables, never in both.
async fn put(
    connection: &mut SqliteConnection,
    change: &ChangeOfPerson,
    role: OrgRole,
    state: PersonState,
) -> Result<(), StoreError> {
    let (org, user, role) = (change.org.0.as_slice(), change.user.0.as_slice(), role.name());
    let statements = match state {
        PersonState::Deactivated => {
            query!(
                "INSERT INTO deactivated_member (user_id, org_id, role, since, deactivated_at)
                 SELECT user_id, org_id, role, since, ?3 FROM membership WHERE org_id = ?1 AND user_id = ?2",
                org,
                user,
                change.at.0
            )
            .execute(&mut *connection)
            .await
            .map_err(database)?;
            query!("DELETE FROM membership WHERE org_id = ?1 AND user_id = ?2", org, user)
        }
        PersonState::Active => {
            query!(
                "INSERT INTO membership (user_id, org_id, role, since)
                 SELECT user_id, org_id, role, since FROM deactivated_member WHERE org_id = ?1 AND user_id = ?2",
                org,
                user
            )
            .execute(&mut *connection)
            .await
            .map_err(database)?;
            query!("DELETE FROM deactivated_member WHERE org_id = ?1 AND user_id = ?2", org, user)
        }
    };
    statements.execute(&mut *connection).await.map_err(database)?;
    query!("UPDATE membership SET role = ?3 WHERE org_id = ?1 AND user_id = ?2", org, user, role)
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    query!("UPDATE deactivated_member SET role = ?3 WHERE org_id = ?1 AND user_id = ?2", org, user, role)
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(())
}

/// Invitations that the person could not make any more go: they do not come back with the person.
async fn drop_invitations(
    connection: &mut SqliteConnection,
    change: &ChangeOfPerson,
    role: OrgRole,
    state: PersonState,
) -> Result<(), StoreError> {
    let (org, user) = (change.org.0.as_slice(), change.user.0.as_slice());
    let (manages, is_super) = (state == PersonState::Active && role.manages(), role == OrgRole::SuperAdmin);
    query!(
        "DELETE FROM invitation
         WHERE org_id = ?1 AND invited_by = ?2 AND (NOT ?3 OR NOT ?4 AND role = 'super_admin')",
        org,
        user,
        manages,
        is_super
    )
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}
