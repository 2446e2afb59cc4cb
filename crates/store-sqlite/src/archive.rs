//! Looking through Files. The rules are `deskside_store::archive`.

use async_trait::async_trait;
use deskside_proto::{
    Attachment, AttachmentId, Millis, OrgId, OrgRole, Seq, SessionId, UserId,
    api::{AuditAction, FilesEntry, FilesHas, FilesPerson, FilesSort, Report},
};
use deskside_store::{
    ArchiveStore, AuditEntry, Documents, FilesQuery, NewReport, RawStatistics, ReportOutcome, ReportStanding,
    SeenSession, StatisticsQuery, StoreError, StoredDocument, archive::search_key,
};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, query, query_scalar};

use crate::{
    SqliteStore, audit,
    database::Database,
    error::database,
    files::FilesRow,
    rows::{Row, Stored, to_i64},
};

/// Sessions whose words are filled in by one transaction after a migration.
const WORDS_AT_ONCE: i64 = 1_000;
/// Sessions of one technician from which on each listed one is asked for; of fewer, theirs are looked up.
const OFTEN: i64 = 2_000;

#[async_trait]
impl ArchiveStore for SqliteStore {
    async fn list_files(
        &self,
        user: UserId,
        org: OrgId,
        query: FilesQuery,
    ) -> Result<Vec<FilesEntry>, StoreError> {
        self.database.list_files(user, org, &query).await
    }

    async fn save_report(&self, report: NewReport) -> Result<ReportOutcome, StoreError> {
        self.database.save_report(report).await
    }

    async fn seen_in_files(
        &self,
        user: UserId,
        org: OrgId,
        sessions: &[SessionId],
    ) -> Result<Vec<SeenSession>, StoreError> {
        self.database.seen_in_files(user, org, sessions).await
    }

    async fn only_sessions(&self, user: UserId, org: OrgId) -> Result<Option<Vec<SessionId>>, StoreError> {
        self.database.only_sessions(user, org).await
    }

    async fn offered_file(
        &self,
        session: SessionId,
        attachment: AttachmentId,
    ) -> Result<Option<(Attachment, Option<Seq>)>, StoreError> {
        self.database.offered_file(session, attachment).await
    }

    async fn documents(&self, which: Documents, limit: u32) -> Result<Vec<StoredDocument>, StoreError> {
        self.database.documents(which, limit).await
    }

    async fn org_of(&self, session: SessionId) -> Result<Option<OrgId>, StoreError> {
        self.database.org_of(session).await
    }

    async fn statistics(
        &self,
        user: UserId,
        org: OrgId,
        query: StatisticsQuery,
    ) -> Result<Option<RawStatistics>, StoreError> {
        self.database.statistics(user, org, query).await
    }
}

impl Database {
    async fn list_files(
        &self,
        user: UserId,
        org: OrgId,
        query: &FilesQuery,
    ) -> Result<Vec<FilesEntry>, StoreError> {
        let Some(role) = self.role(user, org).await? else { return Ok(Vec::new()) };
        let is_often = match query.technician {
            Some(technician) => self.helps_often(technician).await?,
            None => false,
        };
        let mut sql = listing(user, org, role, query, is_often);
        let rows = sql.build_query_as::<FilesRow>().fetch_all(&self.readers).await.map_err(database)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    pub(crate) async fn role(&self, user: UserId, org: OrgId) -> Result<Option<OrgRole>, StoreError> {
        let (user, org) = (user.0.as_slice(), org.0.as_slice());
        let role = query_scalar!("SELECT role FROM membership WHERE org_id = ? AND user_id = ?", org, user);
        let role = role.fetch_optional(&self.readers).await.map_err(database)?;
        role.map(|role| Row { table: "membership", key: user }.stored("role", &role)).transpose()
    }

    /// Whether somebody was in so many sessions that a list soon meets some.
    async fn helps_often(&self, user: UserId) -> Result<bool, StoreError> {
        let user = user.0.as_slice();
        let count = query_scalar!(
            r#"SELECT count(*) AS "count!: i64" FROM (
                   SELECT 1 AS one FROM participant p
                   WHERE p.user_id = ?1 AND p.role = 'technician' AND p.was_let_in LIMIT ?2
               ) helped"#,
            user,
            OFTEN
        );
        Ok(count.fetch_one(&self.readers).await.map_err(database)? == OFTEN)
    }

    async fn save_report(&self, report: NewReport) -> Result<ReportOutcome, StoreError> {
        let mut tx = self.write().await?;
        let (standing, title) = standing(&mut tx.connection, &report).await?;
        if standing.outcome() == ReportOutcome::Saved {
            let NewReport { org, session, by, at, outcome, notes } = report;
            let (id, writer, outcome) = (session.0.as_slice(), by.0.as_slice(), outcome.name());
            query!(
                "INSERT INTO report (session_id, outcome, notes, written_by, written_at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (session_id) DO UPDATE SET outcome = ?2, notes = ?3, written_by = ?4, written_at = ?5",
                id,
                outcome,
                notes,
                writer,
                at.0
            )
            .execute(&mut tx.connection)
            .await
            .map_err(database)?;
            let (actor, action) = (Some(by), AuditAction::ReportSaved);
            let session = Some(session);
            let note = AuditEntry { org, at, actor, action, session, attachment: None, subject: title };
            audit::add(&mut tx.connection, &note).await?;
            tx.commit().await?;
        }
        Ok(standing.outcome())
    }

    /// In the order they came.
    pub(crate) async fn people(&self, session: SessionId) -> Result<Vec<FilesPerson>, StoreError> {
        let id = session.0.as_slice();
        let rows = query!(
            "SELECT name, role, state, user_id, came_at, joined_at, left_at
             FROM participant WHERE session_id = ? ORDER BY place",
            id
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        let row = Row { table: "participant", key: id };
        let people = rows.into_iter().map(|found| {
            let user = found.user_id.map(|user| row.id("user_id", &user)).transpose()?;
            Ok(FilesPerson {
                name: found.name,
                role: row.stored("role", &found.role)?,
                state: row.stored("state", &found.state)?,
                user_id: user.map(UserId),
                came_at: Millis(found.came_at),
                joined_at: found.joined_at.map(Millis),
                left_at: found.left_at.map(Millis),
            })
        });
        people.collect()
    }

    pub(crate) async fn report(&self, session: SessionId) -> Result<Option<Report>, StoreError> {
        let id = session.0.as_slice();
        let found = query!(
            "SELECT r.outcome, r.notes, r.written_at, u.name FROM report r JOIN user u ON u.id = r.written_by
             WHERE r.session_id = ?",
            id
        );
        let Some(found) = found.fetch_optional(&self.readers).await.map_err(database)? else {
            return Ok(None);
        };
        let outcome = Row { table: "report", key: id }.stored("outcome", &found.outcome)?;
        Ok(Some(Report { outcome, notes: found.notes, by: found.name, at: Millis(found.written_at) }))
    }

    /// Gives words to what a migration put into the archive: SQL does not know the case of letters.
    pub(crate) async fn fill_in_words(&self) -> Result<(), StoreError> {
        loop {
            let mut tx = self.write().await?;
            let ids = query_scalar!(
                "SELECT session_id FROM archive_entry WHERE words IS NULL LIMIT ?",
                WORDS_AT_ONCE
            );
            let ids = ids.fetch_all(&mut tx.connection).await.map_err(database)?;
            if ids.is_empty() {
                return tx.commit().await;
            }
            for id in &ids {
                put_words(&mut tx.connection, id).await?;
            }
            tx.commit().await?;
        }
    }
}

/// A session that has just ended enters Files, in the transaction of its end.
pub(crate) async fn enter(connection: &mut SqliteConnection, session: SessionId) -> Result<(), StoreError> {
    let id = session.0.as_slice();
    query!(
        "INSERT INTO archive_entry (
             session_id, org_id, started_at, ended_at, duration, joined_after, files, stored_files, stored_bytes, transcript_bytes
         )
         SELECT session_id, org_id, started_at, ended_at, duration, joined_after, files, stored_files, stored_bytes, transcript_bytes
         FROM archive_entry_made WHERE session_id = ?",
        id
    )
    .execute(&mut *connection)
    .await
    .map_err(database)?;
    put_words(connection, id).await
}

async fn put_words(connection: &mut SqliteConnection, id: &[u8]) -> Result<(), StoreError> {
    let found = query!(
        r#"SELECT s.title, (
               SELECT json_group_array(json_array(p.name, p.role = 'customer'))
               FROM (SELECT name, role FROM participant WHERE session_id = s.id AND was_let_in ORDER BY place) p
           ) AS "people!: String"
           FROM session s WHERE s.id = ?"#,
        id
    );
    let found = found.fetch_one(&mut *connection).await.map_err(database)?;
    let people: Vec<(String, u8)> = Row { table: "session", key: id }.json("people", &found.people)?;
    let words = search_key(&found.title, people.iter().map(|(name, _)| name.as_str()));
    let customers = people.iter().filter(|(_, is_customer)| *is_customer == 1);
    let customers = search_key("", customers.map(|(name, _)| name.as_str()));
    let done = query!(
        "UPDATE archive_entry SET words = ?, customers = ? WHERE session_id = ?",
        words,
        customers,
        id
    );
    done.execute(connection).await.map_err(database)?;
    Ok(())
}

async fn standing(
    connection: &mut SqliteConnection,
    report: &NewReport,
) -> Result<(ReportStanding, String), StoreError> {
    let (session, org, user) = (report.session.0.as_slice(), report.org.0.as_slice(), report.by.0.as_slice());
    let found = query!(
        r#"SELECT s.title,
               EXISTS (SELECT 1 FROM session_access v WHERE v.session_id = s.id AND v.user_id = ?3) AS "is_visible!: bool",
               (SELECT m.role FROM membership m WHERE m.org_id = s.org_id AND m.user_id = ?3) AS "role?",
               EXISTS (
                   SELECT 1 FROM participant p
                   WHERE p.session_id = s.id AND p.user_id = ?3 AND p.role = 'technician' AND p.was_let_in
               ) AS "took_part!: bool"
           FROM session s WHERE s.id = ?1 AND s.org_id = ?2"#,
        session,
        org,
        user
    );
    let Some(found) = found.fetch_optional(connection).await.map_err(database)? else {
        return Ok((ReportStanding { is_visible: false, role: None, took_part: false }, String::new()));
    };
    let role =
        found.role.map(|role| Row { table: "membership", key: user }.stored("role", &role)).transpose()?;
    Ok((ReportStanding { is_visible: found.is_visible, role, took_part: found.took_part }, found.title))
}

/// The statement of a list: only the conditions that are asked for, so that the planner sees what there is; every value is bound.
fn listing(
    user: UserId,
    org: OrgId,
    role: OrgRole,
    query: &FilesQuery,
    helps_often: bool,
) -> QueryBuilder<Sqlite> {
    let (column, order, beyond) = match query.sort {
        FilesSort::Newest => ("started_at", "DESC", "<"),
        FilesSort::Oldest => ("started_at", "ASC", ">"),
        FilesSort::Longest => ("duration", "DESC", "<"),
        FilesSort::Largest => ("stored_bytes", "DESC", "<"),
    };
    let mut sql = QueryBuilder::new(
        "SELECT f.id, f.title, f.created_at, f.ended_at, f.message_count, f.transcript_size, f.transcript_sha256,
             f.sealed_at, f.attachment_count, f.stored_bytes, f.snapshot_count, f.recording_count, f.held, f.outcome,
             f.technicians, f.customers
         FROM (SELECT a.session_id, a.",
    );
    sql.push(column).push(" AS place FROM archive_entry a WHERE a.org_id = ").push_bind(org.0.to_vec());
    sql.push(
        " AND EXISTS (SELECT 1 FROM session_access v WHERE v.session_id = a.session_id AND v.user_id = ",
    );
    sql.push_bind(user.0.to_vec()).push(")");
    if !role.sees_all_sessions() {
        sql.push(" AND a.session_id IN (SELECT o.session_id FROM session_own o WHERE o.user_id = ");
        sql.push_bind(user.0.to_vec()).push(")");
    }
    narrow(&mut sql, query, helps_often);
    if let Some(after) = query.after {
        sql.push(format!(" AND (a.{column}, a.session_id) {beyond} (")).push_bind(after.value);
        sql.push(", ").push_bind(after.session.0.to_vec()).push(")");
    }
    // Words are seldom found: rows in the order of an index are then read here and there, ten times slower than all of them as they
    // lie. `+` keeps the index out of it. Those of the start lie in order.
    let reads_texts = !query.words.is_empty() || query.customer.is_some();
    let by_index = !reads_texts || column == "started_at";
    let sign = if by_index { "" } else { "+" };
    sql.push(format!(" ORDER BY {sign}a.{column} {order}, a.session_id {order} LIMIT "));
    sql.push_bind(i64::from(query.limit));
    // CROSS JOIN: in the order of the list.
    sql.push(format!(
        ") l CROSS JOIN files_entry f ON f.id = l.session_id ORDER BY l.place {order}, f.id {order}"
    ));
    sql
}

fn narrow(sql: &mut QueryBuilder<Sqlite>, query: &FilesQuery, helps_often: bool) {
    for word in &query.words {
        sql.push(" AND instr(a.words, ").push_bind(word.as_str().to_owned()).push(") > 0");
    }
    if let Some(customer) = &query.customer {
        sql.push(" AND instr(a.customers, ").push_bind(customer.as_str().to_owned()).push(") > 0");
    }
    let bytes = |bytes: Option<u64>| bytes.map(to_i64);
    for (condition, value) in [
        (" AND a.started_at >= ", query.from.map(|at| at.0)),
        (" AND a.started_at < ", query.to.map(|at| at.0)),
        (" AND a.stored_bytes >= ", bytes(query.min_bytes)),
        (" AND a.stored_bytes <= ", bytes(query.max_bytes)),
    ] {
        if let Some(value) = value {
            sql.push(condition).push_bind(value);
        }
    }
    if let Some(user) = query.technician {
        sql.push(if helps_often {
            " AND EXISTS (SELECT 1 FROM participant p WHERE p.session_id = a.session_id"
        } else {
            " AND a.session_id IN (SELECT p.session_id FROM participant p WHERE true"
        });
        sql.push(" AND p.role = 'technician' AND p.was_let_in AND p.user_id = ");
        sql.push_bind(user.0.to_vec()).push(")");
    }
    for has in &query.has {
        sql.push(match has {
            FilesHas::Files => " AND a.files > 0",
            FilesHas::Snapshots => {
                " AND EXISTS (SELECT 1 FROM attachment c WHERE c.session_id = a.session_id AND c.capture IS NOT NULL
                     AND c.capture = 'snapshot' AND c.state = 'offered')"
            }
            FilesHas::Recordings => {
                " AND EXISTS (SELECT 1 FROM attachment c WHERE c.session_id = a.session_id AND c.capture IS NOT NULL
                     AND c.capture = 'recording' AND c.state = 'offered')"
            }
            FilesHas::Report => " AND EXISTS (SELECT 1 FROM report r WHERE r.session_id = a.session_id)",
            FilesHas::Hold => " AND a.session_id IN (SELECT h.session_id FROM session_held h)",
        });
    }
}
