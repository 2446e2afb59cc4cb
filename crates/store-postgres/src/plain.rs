//! Appends without effects, as most messages are: a run of them takes five statements, however many they are.

use std::collections::{BTreeSet, HashMap};

use deskside_proto::{Event, ParticipantState, Seq, SessionId};
use deskside_store::{
    Append, Appended, StoreError,
    change::{counts_as_unread, target_of},
    run::{Fresh, Growth, Head, Known, Outcome, Placed, Run},
};
use sqlx::{PgConnection, query};

use crate::{
    error::database,
    log::EventRow,
    rows::{Row, Stored, to_i64, to_json},
};

/// Sessions that are locked, as they stand.
pub(crate) type Heads = HashMap<SessionId, Head>;

/// Adds `appends` in their order, and notes what became of each at its place in `outcomes`.
pub(crate) async fn append_plain(
    connection: &mut PgConnection,
    appends: Vec<Placed>,
    outcomes: &mut [Option<Outcome>],
) -> Result<(), StoreError> {
    if appends.is_empty() {
        return Ok(());
    }
    let heads = lock(connection, appends.iter().map(|(_, append)| append.session)).await?;
    let known = look_up(connection, &appends, &heads).await?;
    let run = Run::new(appends, known, outcomes);
    insert(connection, &run.fresh).await?;
    advance(connection, &run.growth).await?;
    for (place, event) in read_again(connection, &run.repeats).await? {
        outcomes[place] = Some(Ok(Appended { event, duplicate: true }));
    }
    run.settle(outcomes);
    Ok(())
}

/// Takes the rows of `sessions` for this transaction, in the order of their ids whatever the batch's is: two transactions
/// never wait for each other in a circle.
pub(crate) async fn lock(
    connection: &mut PgConnection,
    sessions: impl Iterator<Item = SessionId>,
) -> Result<Heads, StoreError> {
    let ids: BTreeSet<[u8; 16]> = sessions.map(|session| session.0).collect();
    let ids: Vec<[u8; 16]> = ids.into_iter().collect();
    let rows = query!(
        "SELECT id, head_seq, ended_at FROM session WHERE id = ANY ($1::bytea[]) ORDER BY id FOR NO KEY UPDATE",
        &ids as _
    );
    let rows = rows.fetch_all(connection).await.map_err(database)?;
    rows.into_iter()
        .map(|found| {
            let row = Row { table: "session", key: &found.id };
            let seq = row.count("head_seq", found.head_seq)?;
            let head = Head { seq, is_over: found.ended_at.is_some() };
            Ok((SessionId(row.id("id", &found.id)?), head))
        })
        .collect()
}

/// What is known of each append, in their order. After [`lock`]: a statement sees what was committed before it began.
async fn look_up(
    connection: &mut PgConnection,
    appends: &[Placed],
    heads: &Heads,
) -> Result<Vec<Known>, StoreError> {
    let column = |of: fn(&Append) -> Option<[u8; 16]>| -> Vec<Option<[u8; 16]>> {
        appends.iter().map(|(_, append)| of(append)).collect()
    };
    let sessions = column(|append| Some(append.session.0));
    let senders = column(|append| append.sender.map(|id| id.0));
    let txn_ids = column(|append| append.txn_id.map(|id| id.0));
    let rows = query!(
        r#"SELECT
               (SELECT p.state FROM participant p WHERE p.id = a.sender AND p.session_id = a.session_id)
                   AS sender_state,
               (
                   SELECT e.seq FROM event e
                   WHERE e.session_id = a.session_id AND coalesce(e.sender, '') = coalesce(a.sender, '')
                       AND e.txn_id = a.txn_id
               ) AS known_seq
           FROM UNNEST($1::bytea[], $2::bytea[], $3::bytea[]) WITH ORDINALITY AS a (session_id, sender, txn_id, place)
           ORDER BY a.place"#,
        &sessions as _,
        &senders as _,
        &txn_ids as _
    );
    let rows = rows.fetch_all(connection).await.map_err(database)?;
    let known = rows.into_iter().zip(appends).map(|(found, (_, append))| {
        let event = Row { table: "event", key: &append.session.0 };
        let sender = append.sender.as_ref().map_or(&[][..], |id| &id.0);
        let sender = Row { table: "participant", key: sender };
        let state = found.sender_state.as_deref();
        Ok(Known {
            session: heads.get(&append.session).copied(),
            sender: state.map(|state| sender.stored::<ParticipantState>("state", state)).transpose()?,
            seq: found.known_seq.map(|seq| event.count("seq", seq)).transpose()?,
        })
    });
    known.collect()
}

/// One statement for all of them, column by column.
async fn insert(connection: &mut PgConnection, fresh: &[Fresh]) -> Result<(), StoreError> {
    if fresh.is_empty() {
        return Ok(());
    }
    fn column<T>(fresh: &[Fresh], of: impl Fn(&Event) -> T) -> Vec<T> {
        fresh.iter().map(|Fresh { event, .. }| of(event)).collect()
    }
    let sessions: Vec<[u8; 16]> = fresh.iter().map(|fresh| fresh.session.0).collect();
    let bodies = fresh.iter().map(|fresh| to_json(&fresh.event.body)).collect::<Result<Vec<_>, _>>()?;
    query!(
        "INSERT INTO event (session_id, seq, id, sender, at, visibility, txn_id, target, is_news, body)
         SELECT * FROM UNNEST($1::bytea[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bigint[], $6::text[],
             $7::bytea[], $8::bigint[], $9::boolean[], $10::text[])",
        &sessions as _,
        &column(fresh, |event| to_i64(event.seq)),
        &column(fresh, |event| event.id.0) as _,
        &column(fresh, |event| event.sender.map(|id| id.0)) as _,
        &column(fresh, |event| event.at.0),
        &column(fresh, |event| event.visibility.name()) as _,
        &column(fresh, |event| event.txn_id.map(|id| id.0)) as _,
        &column(fresh, |event| target_of(&event.body).map(to_i64)) as _,
        &column(fresh, |event| counts_as_unread(&event.body)),
        &bodies
    )
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}

/// Writes down how far the sessions have come.
async fn advance(
    connection: &mut PgConnection,
    growth: &HashMap<SessionId, Growth>,
) -> Result<(), StoreError> {
    if growth.is_empty() {
        return Ok(());
    }
    let ids: Vec<[u8; 16]> = growth.keys().map(|session| session.0).collect();
    let seqs: Vec<i64> = growth.values().map(|grown| to_i64(grown.head)).collect();
    let messages: Vec<i64> = growth.values().map(|grown| grown.messages).collect();
    query!(
        "UPDATE session s SET head_seq = grown.seq, message_count = s.message_count + grown.messages
         FROM UNNEST($1::bytea[], $2::bigint[], $3::bigint[]) AS grown (id, seq, messages) WHERE s.id = grown.id",
        &ids as _,
        &seqs,
        &messages
    )
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}

/// The events that repeats are answered with, as they stand now.
async fn read_again(
    connection: &mut PgConnection,
    repeats: &[(usize, SessionId, Seq)],
) -> Result<Vec<(usize, Event)>, StoreError> {
    if repeats.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<i64> = repeats.iter().map(|(place, ..)| to_i64(*place as u64)).collect();
    let sessions: Vec<[u8; 16]> = repeats.iter().map(|(_, session, _)| session.0).collect();
    let seqs: Vec<i64> = repeats.iter().map(|(.., seq)| to_i64(*seq)).collect();
    let rows = query!(
        r#"SELECT a.place AS "place!", e.seq, e.id, e.sender, e.at, e.visibility, e.txn_id, e.body
           FROM UNNEST($1::bigint[], $2::bytea[], $3::bigint[]) AS a (place, session_id, seq)
           JOIN event e ON e.session_id = a.session_id AND e.seq = a.seq"#,
        &places,
        &sessions as _,
        &seqs
    );
    let rows = rows.fetch_all(connection).await.map_err(database)?;
    rows.into_iter()
        .map(|row| {
            let place = usize::try_from(row.place).unwrap_or(usize::MAX);
            let event = EventRow {
                seq: row.seq,
                id: row.id,
                sender: row.sender,
                at: row.at,
                visibility: row.visibility,
                txn_id: row.txn_id,
                body: row.body,
            };
            Ok((place, event.try_into()?))
        })
        .collect()
}
