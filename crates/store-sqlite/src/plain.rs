//! Appends without effects, as most messages are: a run of them takes three statements, however many they are. Each statement
//! is a trip to the thread that SQLite runs on.

use deskside_proto::{Event, ParticipantState, Seq, SessionId};
use deskside_store::{
    Append, Appended, StoreError,
    change::{counts_as_unread, target_of},
    run::{Fresh, Growth, Head, Known, Outcome, Placed, Run},
};
use serde_json::{Value, json};
use sqlx::{SqliteConnection, query, query_as};

use crate::{
    error::database,
    log::EventRow,
    rows::{Row, Stored, hex, to_i64, to_json},
};

/// Adds `appends` in their order, and notes what became of each at its place in `outcomes`.
pub(crate) async fn append_plain(
    connection: &mut SqliteConnection,
    appends: Vec<Placed>,
    outcomes: &mut [Option<Outcome>],
) -> Result<(), StoreError> {
    if appends.is_empty() {
        return Ok(());
    }
    let known = look_up(connection, &appends).await?;
    let run = Run::new(appends, known, outcomes);
    insert(connection, &run.fresh).await?;
    advance(connection, &run).await?;
    for (place, session, seq) in &run.repeats {
        let event = read_again(connection, *session, *seq).await?;
        outcomes[*place] = Some(Ok(Appended { event, duplicate: true }));
    }
    run.settle(outcomes);
    Ok(())
}

/// What is known of each append, in their order.
async fn look_up(connection: &mut SqliteConnection, appends: &[Placed]) -> Result<Vec<Known>, StoreError> {
    let named = |(_, append): &Placed| {
        let Append { session, sender, txn_id, .. } = append;
        // No id is empty: the portal itself has no place in the session.
        let sender = sender.map(|id| hex(&id.0)).unwrap_or_default();
        json!([hex(&session.0), sender, txn_id.map(|id| hex(&id.0))])
    };
    let names = Value::from_iter(appends.iter().map(named)).to_string();
    let rows = query!(
        r#"SELECT s.head_seq AS "head_seq?: i64", s.ended_at AS "ended_at?: i64",
               (SELECT p.state FROM participant p WHERE p.id = unhex(j.value ->> 1) AND p.session_id = s.id)
                   AS "sender_state?: String",
               (
                   SELECT e.seq FROM event e
                   WHERE e.session_id = s.id AND ifnull(e.sender, x'') = unhex(j.value ->> 1)
                       AND e.txn_id = unhex(j.value ->> 2)
               ) AS "known_seq?: i64"
           FROM json_each(?) j LEFT JOIN session s ON s.id = unhex(j.value ->> 0) ORDER BY j.key"#,
        names
    );
    let rows = rows.fetch_all(connection).await.map_err(database)?;
    let known = rows.into_iter().zip(appends).map(|(found, (_, append))| {
        let row = Row { table: "session", key: &append.session.0 };
        let head = found.head_seq.map(|seq| row.count("head_seq", seq)).transpose()?;
        let seq = found.known_seq.map(|seq| Row { table: "event", ..row }.count("seq", seq)).transpose()?;
        let sender = append.sender.as_ref().map_or(&[][..], |id| &id.0);
        let row = Row { table: "participant", key: sender };
        let state = found.sender_state.as_deref();
        Ok(Known {
            session: head.map(|seq| Head { seq, is_over: found.ended_at.is_some() }),
            sender: state.map(|state| row.stored::<ParticipantState>("state", state)).transpose()?,
            seq,
        })
    });
    known.collect()
}

async fn insert(connection: &mut SqliteConnection, fresh: &[Fresh]) -> Result<(), StoreError> {
    if fresh.is_empty() {
        return Ok(());
    }
    let row = |Fresh { session, event, .. }: &Fresh| {
        Ok(json!([
            hex(&session.0),
            to_i64(event.seq),
            hex(&event.id.0),
            event.sender.map(|id| hex(&id.0)),
            event.at.0,
            event.visibility.name(),
            event.txn_id.map(|id| hex(&id.0)),
            to_json(&event.body)?,
            target_of(&event.body).map(to_i64),
            counts_as_unread(&event.body),
        ]))
    };
    let rows = Value::Array(fresh.iter().map(row).collect::<Result<_, StoreError>>()?).to_string();
    query!(
        "INSERT INTO event (session_id, seq, id, sender, at, visibility, txn_id, body, target, is_news)
         SELECT unhex(value ->> 0), value ->> 1, unhex(value ->> 2), unhex(value ->> 3), value ->> 4, value ->> 5,
             unhex(value ->> 6), value ->> 7, value ->> 8, value ->> 9
         FROM json_each(?)",
        rows
    )
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}

/// Writes down how far the sessions have come.
async fn advance(connection: &mut SqliteConnection, run: &Run) -> Result<(), StoreError> {
    if run.growth.is_empty() {
        return Ok(());
    }
    let row = |(session, growth): (&SessionId, &Growth)| {
        json!([hex(&session.0), to_i64(growth.head), growth.messages])
    };
    let rows = Value::from_iter(run.growth.iter().map(row)).to_string();
    query!(
        "UPDATE session SET head_seq = j.value ->> 1, message_count = message_count + (j.value ->> 2)
         FROM json_each(?) j WHERE session.id = unhex(j.value ->> 0)",
        rows
    )
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}

/// The event that a repeat is answered with, as it stands now.
async fn read_again(
    connection: &mut SqliteConnection,
    session: SessionId,
    seq: Seq,
) -> Result<Event, StoreError> {
    let (session, seq) = (session.0.as_slice(), to_i64(seq));
    let row = query_as!(
        EventRow,
        "SELECT seq, id, sender, at, visibility, txn_id, body FROM event WHERE session_id = ? AND seq = ?",
        session,
        seq
    );
    row.fetch_one(connection).await.map_err(database)?.try_into()
}
