//! The log. A batch is one transaction; what one append of it does is undone alone where it is refused.

use deskside_proto::{
    ErrorCode, Event, EventBody, EventId, Millis, ParticipantId, ParticipantState, Seq, SessionId, TxnId,
};
use deskside_store::{
    Append, AppendError, Appended, Batch, ReadPosition, StoreError,
    change::{counts_as_unread, target_of},
    run::{Outcome, Step, settled, steps},
};
use sqlx::{PgConnection, query, query_as};

use crate::{
    database::{Database, WriteTransaction},
    effects::Draft,
    error::database,
    plain::{append_plain, lock},
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
        let (session, after) = (session.0.as_slice(), to_i64(after));
        let rows = query_as!(
            EventRow,
            "SELECT seq, id, sender, at, visibility, txn_id, body FROM event
             WHERE session_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
            session,
            after,
            i64::from(limit)
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    pub(crate) async fn log_before(
        &self,
        session: SessionId,
        before: Seq,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let (session, before) = (session.0.as_slice(), to_i64(before));
        let rows = query_as!(
            EventRow,
            "SELECT seq, id, sender, at, visibility, txn_id, body FROM event
             WHERE session_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3",
            session,
            before,
            i64::from(limit)
        );
        let rows = rows.fetch_all(&self.readers).await.map_err(database)?;
        rows.into_iter().rev().map(TryInto::try_into).collect()
    }

    pub(crate) async fn heads(
        &self,
        before: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<(SessionId, Seq)>, StoreError> {
        let before = before_or_all(before.as_ref());
        let rows = query!(
            "SELECT id, head_seq FROM session WHERE id < $1 ORDER BY id DESC LIMIT $2",
            before,
            i64::from(limit)
        );
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
        let outcomes = append_all(&mut tx, appends, &reads).await?;
        mark_read(&mut tx.connection, &reads).await?;
        tx.commit().await?;
        Ok(outcomes)
    }
}

/// In one statement, whatever their number. The sessions' rows are locked.
async fn mark_read(connection: &mut PgConnection, reads: &[ReadPosition]) -> Result<(), StoreError> {
    if reads.is_empty() {
        return Ok(());
    }
    let sessions: Vec<[u8; 16]> = reads.iter().map(|read| read.session.0).collect();
    let participants: Vec<[u8; 16]> = reads.iter().map(|read| read.participant.0).collect();
    let seqs: Vec<i64> = reads.iter().map(|read| to_i64(read.seq)).collect();
    query!(
        "UPDATE participant p SET read_seq = least(r.seq, s.head_seq)
         FROM (
             SELECT session_id, participant_id, max(seq) AS seq
             FROM UNNEST($1::bytea[], $2::bytea[], $3::bigint[]) AS r (session_id, participant_id, seq)
             GROUP BY session_id, participant_id
         ) r JOIN session s ON s.id = r.session_id
         WHERE p.id = r.participant_id AND p.session_id = r.session_id AND p.read_seq < least(r.seq, s.head_seq)",
        &sessions as _,
        &participants as _,
        &seqs
    )
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}

/// Adds those with effects one by one, and those without in runs as long as the order within each session allows.
async fn append_all(
    tx: &mut WriteTransaction<'_>,
    batch: Vec<Append>,
    reads: &[ReadPosition],
) -> Result<Vec<Outcome>, StoreError> {
    if !reads.is_empty() || batch.iter().any(|append| !append.effects.is_empty()) {
        // All at once: taken one after another they would not be taken in the order of their ids.
        let sessions = batch.iter().map(|append| append.session).chain(reads.iter().map(|read| read.session));
        lock(&mut tx.connection, sessions).await?;
    }
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

/// Adds one with effects. Its session's row is locked.
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

async fn check(connection: &mut PgConnection, append: &Append) -> Result<Checked, Failure> {
    let session = append.session.0.as_slice();
    // No id is empty: the portal itself has no place in the session.
    let sender = append.sender.as_ref().map_or(&[][..], |id| &id.0);
    let txn_id = append.txn_id.as_ref().map(|id| id.0.as_slice());
    let found = query!(
        r#"SELECT s.head_seq, s.ended_at,
               (SELECT p.state FROM participant p WHERE p.id = $2 AND p.session_id = $1) AS sender_state,
               (
                   SELECT e.seq FROM event e
                   WHERE e.session_id = $1 AND coalesce(e.sender, '') = $2 AND e.txn_id = $3
               ) AS known_seq
           FROM session s WHERE s.id = $1"#,
        session,
        sender,
        txn_id
    );
    let found = found.fetch_optional(&mut *connection).await?.ok_or(Failure::Refused(ErrorCode::NotFound))?;
    if let Some(seq) = found.known_seq {
        let event = query_as!(
            EventRow,
            "SELECT seq, id, sender, at, visibility, txn_id, body FROM event WHERE session_id = $1 AND seq = $2",
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

async fn insert(connection: &mut PgConnection, draft: Draft) -> Result<Event, Failure> {
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
        "INSERT INTO event (session_id, seq, id, sender, at, visibility, txn_id, target, is_news, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        session,
        seq,
        id,
        sender,
        at.0,
        visibility,
        txn_id,
        target,
        is_news,
        body
    )
    .execute(&mut *connection)
    .await?;
    query!(
        "UPDATE session SET head_seq = $1, message_count = message_count + $2 WHERE id = $3",
        seq,
        message_count,
        session
    )
    .execute(connection)
    .await?;
    Ok(event)
}
