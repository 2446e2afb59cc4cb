//! The log. A batch is one transaction; what one append of it does is undone alone where it is refused.

use std::borrow::Cow;

use deskside_proto::{
    ErrorCode, Event, EventBody, EventId, Millis, ParticipantId, ParticipantState, Seq, SessionId, TxnId,
};
use deskside_store::{
    Append, AppendError, Appended, Batch, ReadPosition, StoreError,
    change::{counts_as_unread, target_of},
    run::{Outcome, Step, settled, steps},
};
use serde::Deserialize;
use serde_json::json;
use sqlx::{SqliteConnection, query, query_as, query_scalar};

use crate::{
    database::{Database, WriteTransaction},
    effects::Draft,
    error::database,
    plain::append_plain,
    rows::{Row, Stored, before_or_all, to_i64, to_json},
};

/// Why an append did not happen: refused alone, or the store does not work and the whole batch fails.
pub(crate) enum Failure {
    Refused(ErrorCode),
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(database(error))
    }
}

impl From<AppendError> for Failure {
    fn from(refused: AppendError) -> Self {
        Self::Refused(refused.0)
    }
}

pub(crate) struct EventRow {
    pub(crate) seq: i64,
    pub(crate) id: Vec<u8>,
    pub(crate) sender: Option<Vec<u8>>,
    pub(crate) at: i64,
    pub(crate) visibility: String,
    pub(crate) txn_id: Option<Vec<u8>>,
    pub(crate) body: String,
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(found: EventRow) -> Result<Self, StoreError> {
        let row = Row { table: "event", key: &found.id };
        let sender = found.sender.as_deref().map(|id| row.id("sender", id)).transpose()?;
        let txn_id = found.txn_id.as_deref().map(|id| row.id("txn_id", id)).transpose()?;
        Ok(Self {
            seq: row.count("seq", found.seq)?,
            id: EventId(row.id("id", &found.id)?),
            sender: sender.map(ParticipantId),
            at: Millis(found.at),
            visibility: row.stored("visibility", &found.visibility)?,
            txn_id: txn_id.map(TxnId),
            body: row.json("body", &found.body)?,
        })
    }
}

impl Database {
    pub(crate) async fn log(
        &self,
        session: SessionId,
        after: Seq,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let (id, after) = (session.0.as_slice(), to_i64(after));
        // One row for the page: each row of a result is handed from SQLite's thread to the caller's on its own.
        let page = query_scalar!(
            r#"SELECT json_group_array(json_array(
                   seq, lower(hex(id)), nullif(lower(hex(sender)), ''), at, visibility, nullif(lower(hex(txn_id)), ''), body
               )) AS "page!: String"
               FROM (SELECT * FROM event WHERE session_id = ? AND seq > ? ORDER BY seq LIMIT ?)"#,
            id,
            after,
            limit
        );
        read_page(session, &page.fetch_one(&self.readers).await.map_err(database)?)
    }

    pub(crate) async fn log_before(
        &self,
        session: SessionId,
        before: Seq,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let (id, before) = (session.0.as_slice(), to_i64(before));
        let page = query_scalar!(
            r#"SELECT json_group_array(json_array(
                   seq, lower(hex(id)), nullif(lower(hex(sender)), ''), at, visibility, nullif(lower(hex(txn_id)), ''), body
               )) AS "page!: String"
               FROM (SELECT * FROM event WHERE session_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?)"#,
            id,
            before,
            limit
        );
        let mut events = read_page(session, &page.fetch_one(&self.readers).await.map_err(database)?)?;
        events.reverse();
        Ok(events)
    }

    pub(crate) async fn heads(
        &self,
        before: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<(SessionId, Seq)>, StoreError> {
        let before = before_or_all(before.as_ref());
        let rows =
            query!("SELECT id, head_seq FROM session WHERE id < ? ORDER BY id DESC LIMIT ?", before, limit);
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        let heads = rows.iter().map(|found| {
            let row = Row { table: "session", key: &found.id };
            Ok((SessionId(row.id("id", &found.id)?), row.count("head_seq", found.head_seq)?))
        });
        heads.collect()
    }

    pub(crate) async fn write_batch(
        &self,
        batch: Batch,
    ) -> Result<Vec<Result<Appended, AppendError>>, StoreError> {
        let Batch { appends, reads } = batch;
        if appends.is_empty() && reads.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.write().await?;
        let outcomes = append_all(&mut tx, appends).await?;
        mark_read(&mut tx.connection, reads).await?;
        tx.commit().await?;
        Ok(outcomes)
    }
}

/// An event of a page of the log: its columns, ids as hex.
#[derive(Deserialize)]
struct PageRow<'a>(
    i64,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Option<Cow<'a, str>>,
    i64,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Option<Cow<'a, str>>,
    #[serde(borrow)] Cow<'a, str>,
);

fn read_page(session: SessionId, page: &str) -> Result<Vec<Event>, StoreError> {
    let row = Row { table: "event", key: &session.0 };
    let rows: Vec<PageRow<'_>> = row.json("*", page)?;
    rows.into_iter().map(|found| found.read(row)).collect()
}

impl PageRow<'_> {
    fn read(self, row: Row<'_>) -> Result<Event, StoreError> {
        let Self(seq, id, sender, at, visibility, txn_id, body) = self;
        Ok(Event {
            seq: row.count("seq", seq)?,
            id: row.hex_id("id", &id)?,
            sender: sender.map(|id| row.hex_id("sender", &id)).transpose()?,
            at: Millis(at),
            visibility: row.stored("visibility", &visibility)?,
            txn_id: txn_id.map(|id| row.hex_id("txn_id", &id)).transpose()?,
            body: row.json("body", &body)?,
        })
    }
}

/// Adds those with effects one by one, and those without in runs as long as the order within each session allows.
async fn append_all(tx: &mut WriteTransaction<'_>, batch: Vec<Append>) -> Result<Vec<Outcome>, StoreError> {
    let mut outcomes: Vec<Option<Outcome>> = vec![None; batch.len()];
    for step in steps(batch) {
        match step {
            Step::Run(run) => append_plain(&mut tx.connection, run, &mut outcomes).await?,
            Step::One(place, append) => {
                outcomes[place] = Some(match append_one(tx, *append).await {
                    Ok(appended) => Ok(appended),
                    Err(Failure::Refused(code)) => Err(AppendError(code)),
                    Err(Failure::Store(error)) => return Err(error),
                });
            }
        }
    }
    Ok(settled(outcomes))
}

/// In one statement, whatever their number.
async fn mark_read(connection: &mut SqliteConnection, reads: Vec<ReadPosition>) -> Result<(), StoreError> {
    if reads.is_empty() {
        return Ok(());
    }
    let row = |read: &ReadPosition| {
        let ReadPosition { session, participant, seq } = read;
        json!({ "session": session, "participant": participant, "seq": to_i64(*seq) })
    };
    let reads = to_json(&reads.iter().map(row).collect::<Vec<_>>())?;
    query!(
        "UPDATE participant SET read_seq = max(read_seq, min(found.seq, found.head))
         FROM (
             SELECT unhex(r.value ->> 'participant') AS id, s.id AS session_id, s.head_seq AS head,
                 max(r.value ->> 'seq') AS seq
             FROM json_each(?) r JOIN session s ON s.id = unhex(r.value ->> 'session')
             GROUP BY 1, 2, 3
         ) found
         WHERE participant.id = found.id AND participant.session_id = found.session_id",
        reads
    )
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}

/// Adds one with effects.
async fn append_one(tx: &mut WriteTransaction<'_>, append: Append) -> Result<Appended, Failure> {
    let head = match check(&mut tx.connection, &append).await? {
        Checked::Known(event) => return Ok(Appended { event, duplicate: true }),
        Checked::New { head } => head,
    };
    let mut draft = Draft::new(append, head + 1);
    tx.execute("SAVEPOINT append").await?;
    match draft.apply_effects(&mut tx.connection).await {
        Err(Failure::Refused(code)) => {
            tx.execute("ROLLBACK TO append").await?;
            tx.execute("RELEASE append").await?;
            return Err(Failure::Refused(code));
        }
        done => done?,
    }
    tx.execute("RELEASE append").await?;
    let event = insert(&mut tx.connection, draft).await?;
    Ok(Appended { event, duplicate: false })
}

enum Checked {
    Known(Event),
    New { head: Seq },
}

async fn check(connection: &mut SqliteConnection, append: &Append) -> Result<Checked, Failure> {
    let session = append.session.0.as_slice();
    // No id is empty: the portal itself has no place in the session.
    let sender = append.sender.as_ref().map_or(&[][..], |id| &id.0);
    let txn_id = append.txn_id.as_ref().map(|id| id.0.as_slice());
    let found = query!(
        r#"SELECT s.head_seq, s.ended_at,
               (SELECT p.state FROM participant p WHERE p.id = ?2 AND p.session_id = ?1) AS "sender_state: String",
               (
                   SELECT e.seq FROM event e
                   WHERE e.session_id = ?1 AND ifnull(e.sender, x'') = ?2 AND e.txn_id = ?3
               ) AS "known_seq: i64"
           FROM session s WHERE s.id = ?1"#,
        session,
        sender,
        txn_id
    );
    let found = found.fetch_optional(&mut *connection).await?.ok_or(Failure::Refused(ErrorCode::NotFound))?;
    if let Some(seq) = found.known_seq {
        let event = query_as!(
            EventRow,
            "SELECT seq, id, sender, at, visibility, txn_id, body FROM event WHERE session_id = ? AND seq = ?",
            session,
            seq
        );
        return Ok(Checked::Known(event.fetch_one(connection).await?.try_into()?));
    }
    if found.ended_at.is_some() {
        return Err(Failure::Refused(ErrorCode::SessionEnded));
    }
    let row = Row { table: "participant", key: sender };
    let state =
        found.sender_state.map(|state| row.stored::<ParticipantState>("state", &state)).transpose()?;
    append.may_be_sent(append.sender.map(|_| state))?;
    Ok(Checked::New { head: Row { table: "session", key: session }.count("head_seq", found.head_seq)? })
}

async fn insert(connection: &mut SqliteConnection, draft: Draft) -> Result<Event, Failure> {
    let Draft { append, seq, message_count } = draft;
    let Append { session, id, sender, txn_id, at, visibility, body, .. } = append;
    let event = Event { seq, id, sender, at, visibility, txn_id, body };
    let is_message = matches!(event.body, EventBody::MessagePosted(_));
    let (target, is_news) = (target_of(&event.body).map(to_i64), counts_as_unread(&event.body));
    let (seq, message_count) = (to_i64(seq), message_count + i64::from(is_message));
    let (session, id) = (session.0.as_slice(), id.0.as_slice());
    let (sender, txn_id) =
        (sender.as_ref().map(|id| id.0.as_slice()), txn_id.as_ref().map(|id| id.0.as_slice()));
    let (visibility, body) = (visibility.name(), to_json(&event.body)?);
    query!(
        "INSERT INTO event (session_id, seq, id, sender, at, visibility, txn_id, body, target, is_news)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        session,
        seq,
        id,
        sender,
        at.0,
        visibility,
        txn_id,
        body,
        target,
        is_news
    )
    .execute(&mut *connection)
    .await?;
    query!(
        "UPDATE session SET head_seq = ?, message_count = message_count + ? WHERE id = ?",
        seq,
        message_count,
        session
    )
    .execute(connection)
    .await?;
    Ok(event)
}
