//! Appends without effects, as most messages are: a run of them takes five statements, however many they are.

use std::collections::{BTreeSet, HashMap};

use deskside_proto::{ErrorCode, Event, EventBody, ParticipantId, ParticipantState, Seq, SessionId, TxnId};
use deskside_store::{
    Append, AppendError, Appended, StoreError,
    change::{counts_as_unread, target_of},
};
use sqlx::{PgConnection, query, query_as};

use crate::{
    error::database,
    log::{EventRow, Failure, Outcome},
    rows::{Row, Stored, to_i64, to_json},
};

/// An append and its place in the batch.
pub(crate) type Placed = (usize, Append);

/// A session, locked, while events are added to it.
pub(crate) struct Head {
    seq: Seq,
    is_over: bool,
    has_grown: bool,
    messages: i64,
}

pub(crate) type Heads = HashMap<SessionId, Head>;

/// The sender's name for an event.
type Key = (SessionId, Option<ParticipantId>, TxnId);

/// What the room and the log say of one append.
struct Found {
    sender_state: Option<String>,
    known_seq: Option<i64>,
}

enum Verdict {
    New,
    /// In the log already.
    Repeat(Seq),
}

/// Adds `appends` in their order, and notes what became of each at its place in `outcomes`.
pub(crate) async fn append_plain(
    connection: &mut PgConnection,
    appends: Vec<Placed>,
    outcomes: &mut [Option<Outcome>],
) -> Result<(), StoreError> {
    if appends.is_empty() {
        return Ok(());
    }
    let mut heads = lock(connection, appends.iter().map(|(_, append)| append.session)).await?;
    let found = look_up(connection, &appends).await?;
    let mut fresh = Columns::default();
    let mut names: HashMap<Key, Seq> = HashMap::new();
    let mut repeats = Vec::new();
    for ((place, append), found) in appends.into_iter().zip(found) {
        let session = append.session;
        let name = append.txn_id.map(|txn_id| (session, append.sender, txn_id));
        let earlier = name.and_then(|name| names.get(&name)).copied();
        match judge(&append, &found, heads.get(&session), earlier) {
            Ok(Verdict::New) => {
                let event = fresh.push(append, &mut heads)?;
                names.extend(name.map(|name| (name, event.seq)));
                outcomes[place] = Some(Ok(Appended { event, duplicate: false }));
            }
            Ok(Verdict::Repeat(seq)) => repeats.push((place, session, seq)),
            Err(Failure::Refused(code)) => outcomes[place] = Some(Err(AppendError(code))),
            Err(Failure::Store(error)) => return Err(error),
        }
    }
    fresh.insert(connection).await?;
    advance(connection, &heads).await?;
    for (place, event) in read_again(connection, &repeats).await? {
        outcomes[place] = Some(Ok(Appended { event, duplicate: true }));
    }
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
            let head = Head { seq, is_over: found.ended_at.is_some(), has_grown: false, messages: 0 };
            Ok((SessionId(row.id("id", &found.id)?), head))
        })
        .collect()
}

/// What is known of each append, in their order. After [`lock`]: a statement sees what was committed before it began.
async fn look_up(connection: &mut PgConnection, appends: &[Placed]) -> Result<Vec<Found>, StoreError> {
    let column = |of: fn(&Append) -> Option<[u8; 16]>| -> Vec<Option<[u8; 16]>> {
        appends.iter().map(|(_, append)| of(append)).collect()
    };
    let sessions = column(|append| Some(append.session.0));
    let senders = column(|append| append.sender.map(|id| id.0));
    let txn_ids = column(|append| append.txn_id.map(|id| id.0));
    let rows = query_as!(
        Found,
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
    rows.fetch_all(connection).await.map_err(database)
}

/// `earlier` is the seq that an append of this run was given under the same name.
fn judge(
    append: &Append,
    found: &Found,
    head: Option<&Head>,
    earlier: Option<Seq>,
) -> Result<Verdict, Failure> {
    let head = head.ok_or(Failure::Refused(ErrorCode::NotFound))?;
    if let Some(seq) = found.known_seq {
        let row = Row { table: "event", key: &append.session.0 };
        return Ok(Verdict::Repeat(row.count("seq", seq)?));
    }
    if let Some(seq) = earlier {
        return Ok(Verdict::Repeat(seq));
    }
    if head.is_over {
        return Err(Failure::Refused(ErrorCode::SessionEnded));
    }
    let row = Row { table: "participant", key: append.sender.as_ref().map_or(&[][..], |id| &id.0) };
    let state = found.sender_state.as_deref();
    let state = state.map(|state| row.stored::<ParticipantState>("state", state)).transpose()?;
    append.may_be_sent(append.sender.map(|_| state))?;
    Ok(Verdict::New)
}

/// New events, column by column: one statement for all of them.
#[derive(Default)]
struct Columns {
    sessions: Vec<[u8; 16]>,
    seqs: Vec<i64>,
    ids: Vec<[u8; 16]>,
    senders: Vec<Option<[u8; 16]>>,
    ats: Vec<i64>,
    visibilities: Vec<&'static str>,
    txn_ids: Vec<Option<[u8; 16]>>,
    targets: Vec<Option<i64>>,
    are_news: Vec<bool>,
    bodies: Vec<String>,
}

impl Columns {
    /// Gives `append` the next seq of its session.
    fn push(&mut self, append: Append, heads: &mut Heads) -> Result<Event, StoreError> {
        let Append { session, id, sender, txn_id, at, visibility, body, .. } = append;
        let is_message = matches!(body, EventBody::MessagePosted(_));
        let row = Row { table: "session", key: &session.0 };
        let head = heads.get_mut(&session).ok_or_else(|| row.inconsistent("id"))?;
        head.seq += 1;
        head.has_grown = true;
        head.messages += i64::from(is_message);
        let event = Event { seq: head.seq, id, sender, at, visibility, txn_id, body };
        self.bodies.push(to_json(&event.body)?);
        self.sessions.push(session.0);
        self.seqs.push(to_i64(event.seq));
        self.ids.push(id.0);
        self.senders.push(sender.map(|id| id.0));
        self.ats.push(at.0);
        self.visibilities.push(visibility.name());
        self.txn_ids.push(txn_id.map(|id| id.0));
        self.targets.push(target_of(&event.body).map(to_i64));
        self.are_news.push(counts_as_unread(&event.body));
        Ok(event)
    }

    async fn insert(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        if self.seqs.is_empty() {
            return Ok(());
        }
        query!(
            "INSERT INTO event (session_id, seq, id, sender, at, visibility, txn_id, target, is_news, body)
             SELECT * FROM UNNEST($1::bytea[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bigint[], $6::text[],
                 $7::bytea[], $8::bigint[], $9::boolean[], $10::text[])",
            &self.sessions as _,
            &self.seqs,
            &self.ids as _,
            &self.senders as _,
            &self.ats,
            &self.visibilities as _,
            &self.txn_ids as _,
            &self.targets as _,
            &self.are_news,
            &self.bodies
        )
        .execute(connection)
        .await
        .map_err(database)?;
        Ok(())
    }
}

/// Writes down how far the sessions have come.
async fn advance(connection: &mut PgConnection, heads: &Heads) -> Result<(), StoreError> {
    let grown = || heads.iter().filter(|(_, head)| head.has_grown);
    let ids: Vec<[u8; 16]> = grown().map(|(session, _)| session.0).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let seqs: Vec<i64> = grown().map(|(_, head)| to_i64(head.seq)).collect();
    let messages: Vec<i64> = grown().map(|(_, head)| head.messages).collect();
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
