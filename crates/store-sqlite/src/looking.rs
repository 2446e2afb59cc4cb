//! What a search in Files compares with, and what the charts are made of. The rules are `deskside_store::archive`.

use deskside_proto::{
    Attachment, AttachmentId, Millis, OrgId, Participant, Seq, SessionId, UserId, api::StorageShare,
};
use deskside_store::{
    Documents, RawDay, RawFrees, RawStatistics, SeenSession, StatisticsQuery, StoreError, StoredDocument,
    archive::{DAY, frees_by_day},
};
use sqlx::{query, query_as, query_scalar};

use crate::{
    attachments::{AttachmentRow, described},
    database::Database,
    error::database,
    rows::{Row, to_json},
};

impl Database {
    pub(crate) async fn seen_in_files(
        &self,
        user: UserId,
        org: OrgId,
        sessions: &[SessionId],
    ) -> Result<Vec<SeenSession>, StoreError> {
        let (user, org, ids) = (user.0.as_slice(), org.0.as_slice(), to_json(&sessions)?);
        let rows = query!(
            r#"SELECT s.id AS "id!: Vec<u8>", s.title AS "title!: String", s.created_at AS "created_at!: i64",
                   s.participants AS "participants!: String"
               FROM json_each(?1) j CROSS JOIN session_record s ON s.id = unhex(j.value)
               WHERE s.org_id = ?2 AND s.ended_at IS NOT NULL
                   AND EXISTS (SELECT 1 FROM session_access v WHERE v.session_id = s.id AND v.user_id = ?3)"#,
            ids,
            org,
            user
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        let seen = rows.into_iter().map(|found| {
            let row = Row { table: "session", key: &found.id };
            let people: Vec<Participant> = row.json("participants", &found.participants)?;
            let (id, started_at) = (SessionId(row.id("id", &found.id)?), Millis(found.created_at));
            Ok(SeenSession { id, title: found.title, started_at, people })
        });
        seen.collect()
    }

    pub(crate) async fn only_sessions(
        &self,
        user: UserId,
        org: OrgId,
    ) -> Result<Option<Vec<SessionId>>, StoreError> {
        if self.role(user, org).await?.is_some_and(deskside_proto::OrgRole::sees_all_sessions) {
            return Ok(None);
        }
        let (user, org) = (user.0.as_slice(), org.0.as_slice());
        let ids = query_scalar!(
            r#"SELECT DISTINCT o.session_id AS "id!: Vec<u8>"
               FROM session_own o JOIN session s ON s.id = o.session_id
               WHERE o.user_id = ?1 AND s.org_id = ?2 AND s.ended_at IS NOT NULL ORDER BY o.session_id DESC"#,
            user,
            org
        );
        let ids = ids.fetch_all(&self.readers).await.map_err(database)?;
        let ids = ids.iter().map(|id| Ok(SessionId(Row { table: "session", key: id }.id("id", id)?)));
        ids.collect::<Result<_, _>>().map(Some)
    }

    pub(crate) async fn offered_file(
        &self,
        session: SessionId,
        attachment: AttachmentId,
    ) -> Result<Option<(Attachment, Option<Seq>)>, StoreError> {
        let (session, id) = (session.0.as_slice(), attachment.0.as_slice());
        let row = query_as!(
            AttachmentRow,
            "SELECT id, name, size, state, media_type, sha256, thumbnail_width, thumbnail_height,
                 direct_kind, direct_files, capture
             FROM attachment WHERE id = ? AND session_id = ? AND state = 'offered'",
            id,
            session
        );
        let Some(row) = row.fetch_optional(&self.readers).await.map_err(database)? else { return Ok(None) };
        let seq = query_scalar!("SELECT offered_seq FROM attachment WHERE id = ?", id);
        let seq = seq.fetch_optional(&self.readers).await.map_err(database)?.flatten();
        let seq =
            seq.map(|seq| Row { table: "attachment", key: id }.count("offered_seq", seq)).transpose()?;
        Ok(Some((described(row)?, seq)))
    }

    pub(crate) async fn documents(
        &self,
        which: Documents,
        limit: u32,
    ) -> Result<Vec<StoredDocument>, StoreError> {
        // Greater than every id: everything comes before it.
        let all = vec![0xff; 17];
        let (session, before) = match which {
            Documents::Of(session) => (Some(session.0.to_vec()), all),
            Documents::Before(before) => (None, before.map_or(all, |id| id.0.to_vec())),
        };
        let rows = query!(
            r#"SELECT a.id, a.session_id, s.org_id, a.name, a.media_type AS "media_type!", a.size
               FROM attachment a JOIN session s ON s.id = a.session_id
               WHERE a.state = 'offered' AND a.direct_kind IS NULL AND a.media_type NOT LIKE 'image/%'
                   AND a.media_type NOT LIKE 'video/%' AND a.media_type NOT LIKE 'audio/%'
                   AND (?1 IS NULL OR a.session_id = ?1) AND a.id < ?2
               ORDER BY a.id DESC LIMIT ?3"#,
            session,
            before,
            limit
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        let documents = rows.into_iter().map(|found| {
            let row = Row { table: "attachment", key: &found.id };
            Ok(StoredDocument {
                org: OrgId(row.id("org_id", &found.org_id)?),
                session: SessionId(row.id("session_id", &found.session_id)?),
                attachment: AttachmentId(row.id("id", &found.id)?),
                size: row.count("size", found.size)?,
                name: found.name,
                media_type: found.media_type,
            })
        });
        documents.collect()
    }

    pub(crate) async fn org_of(&self, session: SessionId) -> Result<Option<OrgId>, StoreError> {
        let id = session.0.as_slice();
        let org = query_scalar!("SELECT org_id FROM session WHERE id = ?", id);
        let org = org.fetch_optional(&self.readers).await.map_err(database)?;
        org.map(|org| Ok(OrgId(Row { table: "session", key: id }.id("org_id", &org)?))).transpose()
    }

    pub(crate) async fn statistics(
        &self,
        user: UserId,
        org: OrgId,
        query: StatisticsQuery,
    ) -> Result<Option<RawStatistics>, StoreError> {
        if !self.role(user, org).await?.is_some_and(deskside_proto::OrgRole::manages) {
            return Ok(None);
        }
        let days = self.days(org, &query).await?;
        let storage = self.storage(org).await?;
        let frees = frees_by_day(
            [self.files_that_go(org, &query).await?, self.sessions_that_go(org, &query).await?].concat(),
        );
        Ok(Some(RawStatistics { days, storage, frees }))
    }

    async fn days(&self, org: OrgId, query: &StatisticsQuery) -> Result<Vec<RawDay>, StoreError> {
        let org = org.0.as_slice();
        let rows = query!(
            r#"SELECT (started_at + ?2) / ?3 AS "day!: i64", count(*) AS "sessions!: u32",
                   json_group_array(joined_after) FILTER (WHERE joined_after IS NOT NULL) AS "joins!: String"
               FROM (
                   SELECT started_at, joined_after FROM archive_entry
                   WHERE org_id = ?1 AND started_at >= ?4 AND started_at < ?5
                   UNION ALL
                   SELECT s.created_at, (
                       SELECT min(p.joined_at) FROM participant p WHERE p.session_id = s.id AND p.role = 'customer'
                   ) - s.created_at
                   FROM session s
                   WHERE s.org_id = ?1 AND s.ended_at IS NULL AND s.created_at >= ?4 AND s.created_at < ?5
               ) GROUP BY 1 ORDER BY 1"#,
            org,
            query.offset,
            DAY,
            query.from.0,
            query.to.0
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        let row = Row { table: "archive_entry", key: org };
        let days = rows.into_iter().map(|found| {
            Ok(RawDay {
                day: found.day,
                sessions: found.sessions,
                joins: row.json("joined_after", &found.joins)?,
            })
        });
        days.collect()
    }

    async fn storage(&self, org: OrgId) -> Result<Vec<StorageShare>, StoreError> {
        let org = org.0.as_slice();
        let rows = query!(
            r#"SELECT kind, sum(files) AS "files!: i64", sum(bytes) AS "bytes!: i64"
               FROM archive_storage WHERE org_id = ? GROUP BY kind HAVING sum(files) > 0"#,
            org
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        let row = Row { table: "archive_storage", key: org };
        let shares = rows.into_iter().map(|found| {
            Ok(StorageShare {
                kind: row.stored("kind", &found.kind)?,
                files: row.count("files", found.files)?,
                bytes: row.count("bytes", found.bytes)?,
            })
        });
        let mut shares = shares.collect::<Result<Vec<_>, StoreError>>()?;
        shares.sort_by_key(|share| share.kind);
        Ok(shares)
    }

    async fn files_that_go(&self, org: OrgId, query: &StatisticsQuery) -> Result<Vec<RawFrees>, StoreError> {
        let Some(life) = query.files_life.filter(|_| query.files_go_first()) else { return Ok(Vec::new()) };
        let org = org.0.as_slice();
        let rows = query_as!(
            FreesRow,
            r#"SELECT (max(e.ended_at + ?2, ?3) + ?4) / ?5 AS "day!: i64", 0 AS "sessions!: i64",
                   sum(e.stored_files) AS "files!: i64", sum(e.stored_bytes) AS "bytes!: i64"
               FROM archive_entry e
               WHERE e.org_id = ?1 AND e.ended_at < ?6 - ?2 AND e.stored_files > 0
                   AND e.session_id NOT IN (SELECT h.session_id FROM session_held h)
               GROUP BY 1"#,
            org,
            life,
            query.now.0,
            query.offset,
            DAY,
            query.until.0
        );
        frees(rows.fetch_all(&self.readers).await.map_err(database)?)
    }

    async fn sessions_that_go(
        &self,
        org: OrgId,
        query: &StatisticsQuery,
    ) -> Result<Vec<RawFrees>, StoreError> {
        let Some(life) = query.session_life else { return Ok(Vec::new()) };
        let (org, with_files) = (org.0.as_slice(), i64::from(!query.files_go_first()));
        let rows = query_as!(
            FreesRow,
            r#"SELECT (max(e.ended_at + ?2, ?3) + ?4) / ?5 AS "day!: i64", count(*) AS "sessions!: i64",
                   sum(e.stored_files * ?7) AS "files!: i64",
                   sum(e.stored_bytes * ?7 + e.transcript_bytes) AS "bytes!: i64"
               FROM archive_entry e
               WHERE e.org_id = ?1 AND e.ended_at < ?6 - ?2
                   AND e.session_id NOT IN (SELECT h.session_id FROM session_held h)
               GROUP BY 1"#,
            org,
            life,
            query.now.0,
            query.offset,
            DAY,
            query.until.0,
            with_files
        );
        frees(rows.fetch_all(&self.readers).await.map_err(database)?)
    }
}

struct FreesRow {
    day: i64,
    sessions: i64,
    files: i64,
    bytes: i64,
}

fn frees(rows: Vec<FreesRow>) -> Result<Vec<RawFrees>, StoreError> {
    let row = Row { table: "archive_entry", key: &[] };
    let small = |column, number| u32::try_from(number).map_err(|_| row.inconsistent(column));
    let days = rows.into_iter().map(|found| {
        Ok(RawFrees {
            day: found.day,
            bytes: row.count("bytes", found.bytes)?,
            sessions: small("sessions", found.sessions)?,
            files: small("files", found.files)?,
        })
    });
    days.collect()
}
