//! Appends without effects, as most messages are: a run of them takes three statements, however many they are. Each statement
//! is a trip to the thread that SQLite runs on.

use std::borrow::Cow;

use deskside_proto::{Event, ParticipantState, Seq, SessionId};
use deskside_store::{
    Append, Appended, StoreError,
    change::{counts_as_unread, target_of},
    run::{Fresh, Head, Known, Outcome, Placed, Run},
};
use serde::Deserialize;
use sqlx::{SqliteConnection, query, query_as, query_scalar};

use crate::{
    error::database,
    log::EventRow,
    rows::{Row, Stored, to_i64, to_json},
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
    let names: Vec<_> = appends.iter().map(|(_, a)| (a.session, a.sender, a.txn_id)).collect();
    let names = to_json(&names)?;
    // One row for all of them, as for a page of the log.
    let found = query_scalar!(
        r#"SELECT json_group_array(json_array(head_seq, ended_at IS NOT NULL, sender_state, known_seq)) AS "found!: String"
           FROM (
               SELECT s.head_seq, s.ended_at,
                   (SELECT p.state FROM participant p WHERE p.id = unhex(j.value ->> 1) AND p.session_id = s.id)
                       AS sender_state,
                   (
                       SELECT e.seq FROM event e
                       WHERE e.session_id = s.id AND ifnull(e.sender, x'') = ifnull(unhex(j.value ->> 1), x'')
                           AND e.txn_id = unhex(j.value ->> 2)
                   ) AS known_seq
               FROM json_each(?) j LEFT JOIN session s ON s.id = unhex(j.value ->> 0) ORDER BY j.key
           )"#,
        names
    );
    let found = found.fetch_one(connection).await.map_err(database)?;
    let found: Vec<FoundRow<'_>> = Row { table: "session", key: &[] }.json("*", &found)?;
    found.into_iter().zip(appends).map(|(found, (_, append))| found.read(append)).collect()
}

/// Where the session has come to, whether it is over, the sender's state, the place of the same event.
#[derive(Deserialize)]
struct FoundRow<'a>(Option<i64>, u8, #[serde(borrow)] Option<Cow<'a, str>>, Option<i64>);

impl FoundRow<'_> {
    fn read(self, append: &Append) -> Result<Known, StoreError> {
        let Self(head, is_over, state, known) = self;
        let row = Row { table: "session", key: &append.session.0 };
        let head = head.map(|seq| row.count("head_seq", seq)).transpose()?;
        let seq = known.map(|seq| Row { table: "event", ..row }.count("seq", seq)).transpose()?;
        let sender = append.sender.as_ref().map_or(&[][..], |id| &id.0);
        let row = Row { table: "participant", key: sender };
        Ok(Known {
            session: head.map(|seq| Head { seq, is_over: is_over != 0 }),
            sender: state.map(|state| row.stored::<ParticipantState>("state", &state)).transpose()?,
            seq,
        })
    }
}

async fn insert(connection: &mut SqliteConnection, fresh: &[Fresh]) -> Result<(), StoreError> {
    if fresh.is_empty() {
        return Ok(());
    }
    let rows = fresh.iter().map(|Fresh { session, event, .. }| {
        let Event { seq, id, sender, at, visibility, txn_id, body } = event;
        let (target, is_news) = (target_of(body).map(to_i64), counts_as_unread(body));
        let (seq, visibility, body) = (to_i64(*seq), visibility.name(), to_json(body)?);
        Ok::<_, StoreError>((session, seq, id, sender, at.0, visibility, txn_id, body, target, is_news))
    });
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let rows = to_json(&rows)?;
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
    let rows: Vec<_> =
        run.growth.iter().map(|(id, growth)| (id, to_i64(growth.head), growth.messages)).collect();
    let rows = to_json(&rows)?;
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
