//! Sessions, ways into them, places in them.

use deskside_proto::{
    Millis, OrgId, Participant, ParticipantId, ParticipantState, SessionId, UserId,
    api::{JoinKind, SessionState, UNREAD_MAX},
};
use deskside_store::{
    Caller, JoinSecret, JoinTarget, NewSession, SecretHash, SessionFilter, SessionRecord, StoreError,
};
use sqlx::{PgConnection, query, query_as};

use crate::{
    database::Database,
    error::database,
    rows::{CallerIds, Row, Stored, before_or_all},
};

/// Of the view `session_record`.
struct SessionRow {
    id: Vec<u8>,
    org_id: Vec<u8>,
    org_name: String,
    settings: String,
    title: String,
    created_at: i64,
    ended_at: Option<i64>,
    sealed_at: Option<i64>,
    head_seq: i64,
    participants: String,
    read_marks: String,
    unread: i64,
}

impl TryFrom<SessionRow> for SessionRecord {
    type Error = StoreError;

    fn try_from(found: SessionRow) -> Result<Self, StoreError> {
        let row = Row { table: "session", key: &found.id };
        let state = match (found.ended_at, found.sealed_at) {
            (None, None) => SessionState::Open,
            (Some(_), None) => SessionState::Ended,
            (Some(_), Some(_)) => SessionState::Sealed,
            (None, Some(_)) => return Err(row.inconsistent("sealed_at")),
        };
        Ok(Self {
            id: SessionId(row.id("id", &found.id)?),
            org: OrgId(row.id("org_id", &found.org_id)?),
            settings: Row { table: "org", key: &found.org_id }.json("settings", &found.settings)?,
            state,
            created_at: Millis(found.created_at),
            ended_at: found.ended_at.map(Millis),
            participants: Row { table: "participant", key: &found.id }.json("*", &found.participants)?,
            head: row.count("head_seq", found.head_seq)?,
            read: Row { table: "participant", key: &found.id }.json("read_seq", &found.read_marks)?,
            unread: u32::try_from(found.unread).map_err(|_| row.inconsistent("unread"))?,
            org_name: found.org_name,
            title: found.title,
        })
    }
}

impl Database {
    pub(crate) async fn create_session(&self, session: NewSession) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let (id, org) = (session.id.0.as_slice(), session.org.0.as_slice());
        let user = session.created_by.0.as_slice();
        let done = query!(
            "INSERT INTO session (id, org_id, created_by, title, created_at)
             SELECT $1, org_id, user_id, $2, $3 FROM membership WHERE org_id = $4 AND user_id = $5",
            id,
            session.title,
            session.at.0,
            org,
            user
        );
        let done = done.execute(&mut tx.connection).await.map_err(database)?.rows_affected() == 1;
        if done {
            insert_secrets(&mut tx.connection, session.id, &session.secrets).await?;
        }
        tx.commit().await?;
        Ok(done)
    }

    pub(crate) async fn session(
        &self,
        caller: Caller,
        session: SessionId,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let id = session.0.as_slice();
        let CallerIds { user, session: own, participant } = caller.into();
        let row = query_as!(
            SessionRow,
            r#"SELECT id AS "id!: Vec<u8>", org_id AS "org_id!: Vec<u8>", org_name AS "org_name!: String",
                   settings AS "settings!: String", title AS "title!: String", created_at AS "created_at!: i64",
                   ended_at AS "ended_at: i64", sealed_at AS "sealed_at: i64", head_seq AS "head_seq!: i64",
                   participants AS "participants!: String", read_marks AS "read_marks!: String",
                   0::bigint AS "unread!: i64"
               FROM session_record r
               WHERE r.id = $1 AND (
                   EXISTS (SELECT 1 FROM session_access a WHERE a.session_id = $1 AND a.user_id = $2)
                   OR EXISTS (
                       SELECT 1 FROM participant p
                       WHERE p.id = $3 AND p.session_id = $1 AND p.session_id = $4 AND p.state <> 'removed'
                   )
               )"#,
            id,
            user,
            participant,
            own
        );
        let row = row.fetch_optional(&self.readers).await.map_err(database)?;
        row.map(TryInto::try_into).transpose()
    }

    pub(crate) async fn session_to_seal(
        &self,
        session: SessionId,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let id = session.0.as_slice();
        let row = query_as!(
            SessionRow,
            r#"SELECT id AS "id!: Vec<u8>", org_id AS "org_id!: Vec<u8>", org_name AS "org_name!: String",
                   settings AS "settings!: String", title AS "title!: String", created_at AS "created_at!: i64",
                   ended_at AS "ended_at: i64", sealed_at AS "sealed_at: i64", head_seq AS "head_seq!: i64",
                   participants AS "participants!: String", read_marks AS "read_marks!: String",
                   0::bigint AS "unread!: i64"
               FROM session_record WHERE id = $1"#,
            id
        );
        let row = row.fetch_optional(&self.readers).await.map_err(database)?;
        row.map(TryInto::try_into).transpose()
    }

    pub(crate) async fn sessions(
        &self,
        user: UserId,
        org: OrgId,
        filter: SessionFilter,
        before: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let (user, org, before) = (user.0.as_slice(), org.0.as_slice(), before_or_all(before.as_ref()));
        let is_open = filter == SessionFilter::Open;
        let limit = i64::from(limit);
        let rows = query_as!(
            SessionRow,
            r#"SELECT id AS "id!: Vec<u8>", org_id AS "org_id!: Vec<u8>", org_name AS "org_name!: String",
                   settings AS "settings!: String", title AS "title!: String", created_at AS "created_at!: i64",
                   ended_at AS "ended_at: i64", sealed_at AS "sealed_at: i64", head_seq AS "head_seq!: i64",
                   participants AS "participants!: String", read_marks AS "read_marks!: String",
                   (
                       SELECT count(*) FROM (
                           SELECT 1 FROM participant p JOIN event e ON e.session_id = p.session_id
                           WHERE p.session_id = r.id AND p.user_id = $4
                               AND e.is_news AND e.seq > p.read_seq AND e.sender IS DISTINCT FROM p.id
                           LIMIT $6
                       ) AS news
                   ) AS "unread!: i64"
               FROM session_record r
               WHERE r.org_id = $1 AND r.id < $2 AND (r.ended_at IS NULL) = $3
                   AND EXISTS (SELECT 1 FROM session_access a WHERE a.session_id = r.id AND a.user_id = $4)
               ORDER BY r.id DESC LIMIT $5"#,
            org,
            before,
            is_open,
            user,
            limit,
            i64::from(UNREAD_MAX)
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    pub(crate) async fn replace_join_secrets(
        &self,
        user: UserId,
        session: SessionId,
        secrets: Vec<JoinSecret>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let (user, id) = (user.0.as_slice(), session.0.as_slice());
        // Locked, so that it does not end meanwhile.
        let found = query!(
            "SELECT s.id FROM session s JOIN session_access a ON a.session_id = s.id
             WHERE s.id = $1 AND a.user_id = $2 AND s.ended_at IS NULL FOR NO KEY UPDATE OF s",
            id,
            user
        );
        let done = found.fetch_optional(&mut tx.connection).await.map_err(database)?.is_some();
        if done {
            query!("DELETE FROM join_secret WHERE session_id = $1", id)
                .execute(&mut tx.connection)
                .await
                .map_err(database)?;
            insert_secrets(&mut tx.connection, session, &secrets).await?;
        }
        tx.commit().await?;
        Ok(done)
    }

    pub(crate) async fn join_target(
        &self,
        hash: SecretHash,
        now: Millis,
    ) -> Result<Option<JoinTarget>, StoreError> {
        let key = hash.as_slice();
        let found = query!(
            "SELECT j.session_id, j.kind, j.expires_at, o.name AS org_name, o.settings
             FROM join_secret j JOIN session s ON s.id = j.session_id JOIN org o ON o.id = s.org_id
             WHERE j.hash = $1 AND j.expires_at > $2 AND s.ended_at IS NULL",
            key,
            now.0
        );
        let Some(found) = found.fetch_optional(&self.readers).await.map_err(database)? else {
            return Ok(None);
        };
        let row = Row { table: "join_secret", key: &found.session_id };
        Ok(Some(JoinTarget {
            session: SessionId(row.id("session_id", &found.session_id)?),
            settings: row.json("settings", &found.settings)?,
            org_name: found.org_name,
            kind: row.stored::<JoinKind>("kind", &found.kind)?,
            expires_at: Millis(found.expires_at),
        }))
    }

    pub(crate) async fn guest_by_token(
        &self,
        hash: SecretHash,
    ) -> Result<Option<(SessionId, Participant)>, StoreError> {
        let hash = hash.as_slice();
        let found = query_as!(
            ParticipantRow,
            "SELECT id, session_id, name, role, state, user_id FROM participant WHERE token_hash = $1",
            hash
        );
        let found = found.fetch_optional(&self.readers).await.map_err(database)?;
        found.map(TryInto::try_into).transpose()
    }

    pub(crate) async fn participant_of(
        &self,
        user: UserId,
        session: SessionId,
    ) -> Result<Option<Participant>, StoreError> {
        let (user, session) = (user.0.as_slice(), session.0.as_slice());
        let found = query_as!(
            ParticipantRow,
            "SELECT id, session_id, name, role, state, user_id FROM participant p
             WHERE p.session_id = $1 AND p.user_id = $2
                 AND EXISTS (SELECT 1 FROM session_access a WHERE a.session_id = $1 AND a.user_id = $2)",
            session,
            user
        );
        let found = found.fetch_optional(&self.readers).await.map_err(database)?;
        Ok(found.map(<(SessionId, Participant)>::try_from).transpose()?.map(|(_, participant)| participant))
    }
}

struct ParticipantRow {
    id: Vec<u8>,
    session_id: Vec<u8>,
    name: String,
    role: String,
    state: String,
    user_id: Option<Vec<u8>>,
}

impl TryFrom<ParticipantRow> for (SessionId, Participant) {
    type Error = StoreError;

    fn try_from(found: ParticipantRow) -> Result<Self, StoreError> {
        let row = Row { table: "participant", key: &found.id };
        let user_id = found.user_id.as_deref().map(|id| row.id("user_id", id)).transpose()?;
        let participant = Participant {
            id: ParticipantId(row.id("id", &found.id)?),
            role: row.stored("role", &found.role)?,
            state: row.stored::<ParticipantState>("state", &found.state)?,
            user_id: user_id.map(UserId),
            name: found.name,
        };
        Ok((SessionId(row.id("session_id", &found.session_id)?), participant))
    }
}

async fn insert_secrets(
    connection: &mut PgConnection,
    session: SessionId,
    secrets: &[JoinSecret],
) -> Result<(), StoreError> {
    let session = session.0.as_slice();
    for secret in secrets {
        let (hash, kind) = (secret.hash.as_slice(), secret.kind.name());
        query!(
            "INSERT INTO join_secret (hash, session_id, kind, expires_at) VALUES ($1, $2, $3, $4)",
            hash,
            session,
            kind,
            secret.expires_at.0
        )
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    Ok(())
}
