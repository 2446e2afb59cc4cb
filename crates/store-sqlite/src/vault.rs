//! Endings by time, sealing, holds. The rules are `deskside_store::vault`.

use std::collections::HashMap;

use deskside_proto::{
    AttachmentId, AttachmentState, Event, EventBody, Millis, OrgId, OrgRole, Seq, SessionId, UserId,
    api::{FileActivity, FileRecipient, Hold, SessionVault, TranscriptFormat, TranscriptPerson, VaultFile},
};
use deskside_store::{
    ChainEntry, HoldChange, HoldOutcome, IdleSession, Ledger, ListedFile, NewManifest, StoreError, vault,
};
use sqlx::{query, query_as, query_scalar};

use crate::{
    attachments::{AttachmentRow, described},
    audit,
    database::Database,
    error::database,
    ledger::{ChainRow, ListedRow, SqliteLedger},
    log::EventRow,
    retention::erase,
    rows::{Row, Stored, to_i64},
};

/// Rows that one transaction touches: others wait for it.
const AT_ONCE: usize = 200;

impl Database {
    pub(crate) async fn chain_head(&self, org: OrgId) -> Result<Option<ChainEntry>, StoreError> {
        let org = org.0.as_slice();
        let row = query_as!(
            ChainRow,
            r#"SELECT place AS "place!", session_id AS "session_id!", part AS "part!", size AS "size!", sha256 AS "sha256!",
                   sealed_at AS "sealed_at!", erased AS "erased!: bool",
                   FALSE AS "deletion_noted!: bool"
               FROM manifest WHERE org_id = ?1 ORDER BY place DESC LIMIT 1"#,
            org
        );
        row.fetch_optional(&self.readers).await.map_err(database)?.map(TryInto::try_into).transpose()
    }

    pub(crate) async fn note_present(&self, sessions: Vec<SessionId>, at: Millis) -> Result<(), StoreError> {
        for some in sessions.chunks(AT_ONCE) {
            let mut tx = self.write().await?;
            for session in some {
                let id = session.0.as_slice();
                query!(
                    "UPDATE session SET last_present_at = ?1
                     WHERE id = ?2 AND ended_at IS NULL AND last_present_at < ?1",
                    at.0,
                    id
                )
                .execute(&mut tx.connection)
                .await
                .map_err(database)?;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    pub(crate) async fn idle_sessions(
        &self,
        org: OrgId,
        before: Millis,
        now: Millis,
        limit: u32,
    ) -> Result<Vec<IdleSession>, StoreError> {
        let org = org.0.as_slice();
        let rows = query!(
            r#"SELECT id AS "id!: Vec<u8>", (NOT customer_came AND NOT something_said) AS "unused!: bool"
               FROM session_idle
               WHERE org_id = ?1 AND last_at < ?2 AND (customer_came OR open_until <= ?3)
               ORDER BY last_at, id LIMIT ?4"#,
            org,
            before.0,
            now.0,
            limit
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        let found = rows.iter().map(|found| {
            let id = Row { table: "session", key: &found.id }.id("id", &found.id)?;
            Ok(IdleSession { session: SessionId(id), unused: found.unused })
        });
        found.collect()
    }

    pub(crate) async fn discard_unused(
        &self,
        session: SessionId,
        before: Millis,
        now: Millis,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let id = session.0.as_slice();
        let unused = query_scalar!(
            r#"SELECT EXISTS (
                   SELECT 1 FROM session_idle
                   WHERE id = ?1 AND last_at < ?2 AND NOT customer_came AND NOT something_said AND open_until <= ?3
               ) AS "is!: bool""#,
            id,
            before.0,
            now.0
        );
        let unused = unused.fetch_one(&mut tx.connection).await.map_err(database)?;
        if unused {
            erase(&mut tx.connection, session).await.map_err(database)?;
        }
        tx.commit().await?;
        Ok(unused)
    }

    pub(crate) async fn claim_files(&self, session: SessionId, part: u32) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let (session, part) = (session.0.as_slice(), i64::from(part));
        query!(
            "UPDATE attachment SET manifest_part = ?2
             WHERE session_id = ?1 AND manifest_part IS NULL AND NOT listed AND direct_kind IS NULL
                 AND state IN ('offered', 'expired')",
            session,
            part
        )
        .execute(&mut tx.connection)
        .await
        .map_err(database)?;
        tx.commit().await
    }

    pub(crate) async fn seal(&self, new: NewManifest) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let (org, session) = (new.org.0.as_slice(), new.session.0.as_slice());
        let (place, part, size) = (to_i64(new.place), i64::from(new.part), to_i64(new.size));
        let fits = query_scalar!(
            r#"SELECT (s.sealed_at IS NULL) = (?3 = 1)
                   AND (SELECT count(*) FROM manifest m WHERE m.session_id = s.id) = ?3 - 1
                   AND coalesce((SELECT max(place) FROM manifest m WHERE m.org_id = ?2), 0) = ?4 - 1 AS "fits!: bool"
               FROM session s WHERE s.id = ?1 AND s.org_id = ?2 AND s.ended_at IS NOT NULL"#,
            session,
            org,
            part,
            place
        );
        let fits = fits.fetch_optional(&mut tx.connection).await.map_err(database)?;
        if fits != Some(true) {
            tx.commit().await?;
            return Ok(false);
        }
        query!(
            "INSERT INTO manifest (org_id, place, session_id, part, size, sha256, sealed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            org,
            place,
            session,
            part,
            size,
            new.sha256,
            new.sealed_at.0
        )
        .execute(&mut tx.connection)
        .await
        .map_err(database)?;
        for file in &new.transcripts {
            let (format, size) = (file.format.name(), to_i64(file.size));
            let insert = query!(
                "INSERT INTO transcript (session_id, format, size, sha256) VALUES (?1, ?2, ?3, ?4)",
                session,
                format,
                size,
                file.sha256
            );
            insert.execute(&mut tx.connection).await.map_err(database)?;
            if file.format == TranscriptFormat::Txt {
                let seal = query!(
                    "UPDATE session SET transcript_size = ?2, transcript_sha256 = ?3, sealed_at = ?4 WHERE id = ?1",
                    session,
                    size,
                    file.sha256,
                    new.sealed_at.0
                );
                seal.execute(&mut tx.connection).await.map_err(database)?;
            }
        }
        query!(
            "UPDATE attachment SET listed = 1 WHERE session_id = ?1 AND manifest_part = ?2",
            session,
            part
        )
        .execute(&mut tx.connection)
        .await
        .map_err(database)?;
        tx.commit().await?;
        Ok(true)
    }

    pub(crate) async fn to_amend(&self, limit: u32) -> Result<Vec<SessionId>, StoreError> {
        let ids = query_scalar!(
            "SELECT DISTINCT a.session_id FROM attachment a JOIN session s ON s.id = a.session_id
             WHERE NOT a.listed AND a.direct_kind IS NULL AND a.state IN ('offered', 'expired')
                 AND s.sealed_at IS NOT NULL
             LIMIT ?1",
            limit
        );
        let ids = ids.fetch_all(&self.readers).await.map_err(database)?;
        ids.iter().map(|id| Ok(SessionId(Row { table: "session", key: id }.id("id", id)?))).collect()
    }

    pub(crate) async fn events_about(
        &self,
        session: SessionId,
        first: Seq,
        last: Seq,
        with_files: bool,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let (id, first_seq, last_seq) = (session.0.as_slice(), to_i64(first), to_i64(last));
        let said = query_as!(
            EventRow,
            "SELECT seq, id, sender, at, visibility, txn_id, body FROM event
             WHERE session_id = ?1 AND target BETWEEN ?2 AND ?3 ORDER BY seq LIMIT ?4",
            id,
            first_seq,
            last_seq,
            limit
        );
        let said = said.fetch_all(&self.readers).await.map_err(database)?;
        let mut about = said.into_iter().map(Event::try_from).collect::<Result<Vec<_>, _>>()?;
        if with_files {
            let of_files = query_as!(
                EventRow,
                r#"SELECT seq, id, sender, at, visibility, txn_id, body FROM event
                   WHERE session_id = ?1 AND seq > ?2 AND substr(body, 1, 20) = '{"type":"attachments'
                   ORDER BY seq LIMIT ?3"#,
                id,
                first_seq,
                limit
            );
            for row in of_files.fetch_all(&self.readers).await.map_err(database)? {
                let event = Event::try_from(row)?;
                let target = vault::files_target(&event.body);
                if target.is_some_and(|target| (first..=last).contains(&target)) {
                    about.push(event);
                }
            }
            about.sort_by_key(|event| event.seq);
        }
        Ok(about)
    }

    /// Whether the session is over, and one that `user` may see in Files of `org`.
    async fn is_in_files(&self, user: UserId, org: OrgId, session: SessionId) -> Result<bool, StoreError> {
        let (user, org, session) = (user.0.as_slice(), org.0.as_slice(), session.0.as_slice());
        let found = query_scalar!(
            r#"SELECT EXISTS (
                   SELECT 1 FROM session s JOIN session_access a ON a.session_id = s.id
                   WHERE s.id = ?1 AND s.org_id = ?2 AND s.ended_at IS NOT NULL AND a.user_id = ?3
               ) AS "is!: bool""#,
            session,
            org,
            user
        );
        found.fetch_one(&self.readers).await.map_err(database)
    }

    pub(crate) async fn session_vault(
        &self,
        user: UserId,
        org: OrgId,
        session: SessionId,
    ) -> Result<Option<SessionVault>, StoreError> {
        if !self.is_in_files(user, org, session).await? {
            return Ok(None);
        }
        let ledger = SqliteLedger::new(self.readers.clone());
        let mut files: Vec<VaultFile> =
            ledger.transcripts(session).await?.into_iter().map(VaultFile::from).collect();
        let id = session.0.as_slice();
        let rows = query_as!(
            ListedRow,
            "SELECT id, name, size, sha256, state, capture FROM attachment WHERE session_id = ?1 AND listed
             ORDER BY manifest_part, id",
            id
        );
        for row in rows.fetch_all(&self.readers).await.map_err(database)? {
            files.push(VaultFile::from(ListedFile::try_from(row)?));
        }
        let manifests = ledger.manifests(session).await?;
        Ok(Some(SessionVault { manifest: vault::manifest_info(&manifests), files }))
    }

    pub(crate) async fn hold(&self, session: SessionId) -> Result<Option<Hold>, StoreError> {
        let id = session.0.as_slice();
        let found = query!(
            r#"SELECT reason AS "reason!: String", held_by AS "held_by!: String", held_at AS "held_at!: i64"
               FROM session_held WHERE session_id = ?1"#,
            id
        );
        let found = found.fetch_optional(&self.readers).await.map_err(database)?;
        Ok(found.map(|found| Hold { reason: found.reason, by: found.held_by, at: Millis(found.held_at) }))
    }

    pub(crate) async fn file_activity(
        &self,
        user: UserId,
        org: OrgId,
        session: SessionId,
    ) -> Result<Option<Vec<FileActivity>>, StoreError> {
        if !self.is_in_files(user, org, session).await? {
            return Ok(None);
        }
        let id = session.0.as_slice();
        let rows = query!(
            r#"SELECT a.id, a.name, a.size, a.state, a.media_type, a.sha256, a.thumbnail_width, a.thumbnail_height,
                   a.direct_kind, a.direct_files, a.capture, a.offered_seq, ifnull(e.at, a.touched_at) AS "at!: i64",
                   p.name AS sender_name, p.role AS sender_role,
                   CASE WHEN a.state = 'withdrawn' THEN e.body END AS "body: String"
               FROM attachment a JOIN participant p ON p.id = a.sender
               LEFT JOIN event e ON e.session_id = a.session_id AND e.seq = a.offered_seq
               WHERE a.session_id = ?1 AND (
                   a.state IN ('offered', 'expired') OR a.state = 'withdrawn' AND a.offered_seq IS NOT NULL
               )
               ORDER BY a.offered_seq IS NULL, a.offered_seq, a.offered_position, a.id"#,
            id
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        let mut recipients = self.recipients(session).await?;
        let reasons = self.withdraw_reasons(session).await?;
        let mut activity = Vec::new();
        for found in rows {
            let row = Row { table: "attachment", key: &found.id };
            let state: AttachmentState = row.stored("state", &found.state)?;
            let seq = found.offered_seq.map(|seq| row.count("offered_seq", seq)).transpose()?;
            let body: Option<EventBody> = found.body.map(|body| row.json("body", &body)).transpose()?;
            let sender =
                TranscriptPerson { role: row.stored("sender", &found.sender_role)?, name: found.sender_name };
            let attachment = described(AttachmentRow {
                id: found.id,
                name: found.name,
                size: found.size,
                state: found.state,
                media_type: found.media_type,
                sha256: found.sha256,
                thumbnail_width: found.thumbnail_width,
                thumbnail_height: found.thumbnail_height,
                direct_kind: found.direct_kind,
                direct_files: found.direct_files,
                capture: found.capture,
            })?;
            if body.is_some_and(|body| !vault::still_names(&body, attachment.id)) {
                continue;
            }
            activity.push(FileActivity {
                sender,
                seq,
                at: Millis(found.at),
                fate: vault::fate(&attachment, state, &reasons),
                recipients: recipients.remove(&attachment.id).unwrap_or_default(),
                attachment,
            });
        }
        Ok(Some(activity))
    }

    /// Recipients of the session's files, in the order they came in.
    async fn recipients(
        &self,
        session: SessionId,
    ) -> Result<HashMap<AttachmentId, Vec<FileRecipient>>, StoreError> {
        let id = session.0.as_slice();
        let rows = query!(
            "SELECT r.attachment_id, r.state, p.name, p.role
             FROM attachment a JOIN attachment_recipient r ON r.attachment_id = a.id
             JOIN participant p ON p.id = r.participant_id
             WHERE a.session_id = ?1 ORDER BY p.place",
            id
        );
        let mut recipients = HashMap::<_, Vec<_>>::new();
        for found in rows.fetch_all(&self.readers).await.map_err(database)? {
            let row = Row { table: "attachment_recipient", key: &found.attachment_id };
            let attachment = AttachmentId(row.id("attachment_id", &found.attachment_id)?);
            let person = TranscriptPerson { role: row.stored("role", &found.role)?, name: found.name };
            let state = row.stored("state", &found.state)?;
            recipients.entry(attachment).or_default().push(FileRecipient { person, state });
        }
        Ok(recipients)
    }

    /// Bodies begin with their kind, as `deskside_proto` writes them.
    async fn withdraw_reasons(&self, session: SessionId) -> Result<vault::WithdrawReasons, StoreError> {
        let id = session.0.as_slice();
        let bodies = query_scalar!(
            r#"SELECT body FROM event
               WHERE session_id = ?1 AND substr(body, 1, 31) = '{"type":"attachments_withdrawn"'
               ORDER BY seq"#,
            id
        );
        let mut reasons = vault::WithdrawReasons::new();
        for body in bodies.fetch_all(&self.readers).await.map_err(database)? {
            let body: EventBody = Row { table: "event", key: id }.json("body", &body)?;
            vault::note_withdrawn(&mut reasons, &body);
        }
        Ok(reasons)
    }

    pub(crate) async fn change_hold(&self, change: HoldChange) -> Result<HoldOutcome, StoreError> {
        let mut tx = self.write().await?;
        let (session, org) = (change.session.0.as_slice(), change.org.0.as_slice());
        let user = change.user.0.as_slice();
        let found = query!(
            r#"SELECT s.title, s.hold_at IS NOT NULL AS "is_held!: bool",
                   EXISTS (
                       SELECT 1 FROM session_access v WHERE v.session_id = s.id AND v.user_id = ?3
                   ) AS "is_visible!: bool",
                   (SELECT m.role FROM membership m WHERE m.org_id = s.org_id AND m.user_id = ?3) AS role
               FROM session s WHERE s.id = ?1 AND s.org_id = ?2 AND s.ended_at IS NOT NULL"#,
            session,
            org,
            user
        );
        let found = found.fetch_optional(&mut tx.connection).await.map_err(database)?;
        let Some(found) = found else { return Ok(HoldOutcome::NotFound) };
        let row = Row { table: "membership", key: session };
        let role: Option<OrgRole> = found.role.map(|role| row.stored("role", &role)).transpose()?;
        let outcome = HoldChange::outcome(found.is_visible, role);
        if outcome != HoldOutcome::Done || change.reason.is_none() && !found.is_held {
            tx.commit().await?;
            return Ok(outcome);
        }
        let (by, at) = (change.reason.as_ref().map(|_| user), change.reason.as_ref().map(|_| change.at.0));
        query!(
            "UPDATE session SET hold_reason = ?1, hold_by = ?2, hold_at = ?3 WHERE id = ?4",
            change.reason,
            by,
            at,
            session
        )
        .execute(&mut tx.connection)
        .await
        .map_err(database)?;
        audit::add(&mut tx.connection, &change.note(found.title)).await?;
        tx.commit().await?;
        Ok(outcome)
    }
}
