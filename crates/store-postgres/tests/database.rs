//! What a server adds to the suite: it can go away and come back, others can write to it, and it belongs to one portal.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "test code: a panic is the report")]

use std::{sync::Arc, time::Duration};

use deskside_proto::{
    ChatPolicy, Consent, DeviceId, EventBody, EventId, MessagePosted, Millis, OrgId, OrgRole, Participant,
    ParticipantId, ParticipantRole, ParticipantState, SessionId, TxnId, UserId, Visibility, api::ClientKind,
};
use deskside_scratch_postgres::{Database, Server};
use deskside_store::{
    Append, Caller, Effect, MessageChange, NewMembership, NewOrg, NewSession, NewToken, NewUser, OfferRules,
    Store, StoreError,
};
use deskside_store_postgres::PostgresStore;
use sqlx::{Connection, PgConnection};
use url::Url;

const NOW: Millis = Millis(1_000);
const ORG: OrgId = OrgId([1; 16]);
const USER: UserId = UserId([2; 16]);
const SESSION: SessionId = SessionId([3; 16]);
const CORA: ParticipantId = ParticipantId([4; 16]);

fn database() -> (Database<'static>, Url) {
    let database = Server::shared().database().unwrap();
    let url = database.url().parse().unwrap();
    (database, url)
}

fn message(n: u8) -> Append {
    let body = EventBody::MessagePosted(MessagePosted { text: format!("message {n}"), ..Default::default() });
    Append {
        session: SESSION,
        id: EventId([n; 16]),
        sender: Some(CORA),
        txn_id: Some(TxnId([n; 16])),
        at: NOW,
        visibility: Visibility::All,
        body,
        effects: vec![],
    }
}

/// A session with a customer, whose entry is seq 1.
async fn filled(url: &Url) -> PostgresStore {
    let store = PostgresStore::open(url).await.unwrap();
    store.create_org(NewOrg { id: ORG, name: "Acme".to_owned(), at: NOW }).await.unwrap();
    let (email, name, password_hash) =
        ("ada@acme.test".to_owned(), "Ada".to_owned(), "$argon2id$".to_owned());
    assert!(store.create_user(NewUser { id: USER, email, name, password_hash, at: NOW }).await.unwrap());
    store.put_membership(NewMembership { org: ORG, user: USER, role: OrgRole::Technician }).await.unwrap();
    let token = NewToken {
        hash: [5; 32],
        user: USER,
        device: DeviceId([5; 16]),
        client: ClientKind::Desktop,
        label: "Desktop".to_owned(),
        address: None,
        created_at: NOW,
        expires_at: NOW.plus(10),
    };
    store.create_token(token).await.unwrap();
    let title = "Printer".to_owned();
    let session = NewSession { id: SESSION, org: ORG, created_by: USER, title, at: NOW, secrets: vec![] };
    assert!(store.create_session(session).await.unwrap());
    let participant = Participant {
        id: CORA,
        name: "Cora".to_owned(),
        role: ParticipantRole::Customer,
        state: ParticipantState::Admitted,
        user_id: None,
    };
    let entry = Append {
        txn_id: None,
        body: EventBody::ParticipantJoined { participant: participant.clone() },
        effects: vec![Effect::AddParticipant { participant, token: Some([6; 32]) }],
        ..message(100)
    };
    assert!(store.append(vec![entry]).await.unwrap()[0].is_ok());
    store
}

/// Changes the database behind the store's back.
async fn spoil(url: &Url, sql: &'static str) {
    let mut connection = PgConnection::connect(url.as_str()).await.unwrap();
    sqlx::query(sql).execute(&mut connection).await.unwrap();
}

#[tokio::test]
async fn everything_survives_a_reopen() {
    let (_kept, url) = database();
    let store = filled(&url).await;
    assert!(store.append((1..=50).map(message).collect()).await.unwrap().iter().all(Result::is_ok));
    let log = store.log(SESSION, 0, 100).await.unwrap();
    let seen = store.session(Caller::User(USER), SESSION).await.unwrap();
    drop(store);

    let store = PostgresStore::open(&url).await.unwrap();
    assert!(!store.needs_set_up().await.unwrap());
    assert_eq!(store.log(SESSION, 0, 100).await.unwrap(), log);
    assert_eq!(store.session(Caller::User(USER), SESSION).await.unwrap(), seen);
    assert_eq!(store.user_by_token([5; 32], NOW).await.unwrap(), Some(USER));
    let results = store.append(vec![message(50), message(51)]).await.unwrap();
    assert!(results[0].as_ref().unwrap().duplicate, "repeats are known");
    assert_eq!(results[1].as_ref().unwrap().event.seq, 52, "seqs go on");
}

#[tokio::test]
async fn a_second_portal_is_refused() {
    let (_kept, url) = database();
    let first = PostgresStore::open(&url).await.unwrap();
    let error = PostgresStore::open(&url).await.unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("another portal is running"), "{error}");
    assert!(first.needs_set_up().await.unwrap(), "the first goes on");
    drop(first);
    PostgresStore::open(&url).await.unwrap();
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let (_kept, url) = database();
    drop(PostgresStore::open(&url).await.unwrap());
    spoil(
        &url,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'the future', true, decode('00', 'hex'), 0)",
    )
    .await;
    let error = PostgresStore::open(&url).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { .. }), "{error}");
}

#[tokio::test]
async fn rows_that_make_no_sense_are_said() {
    for (sql, table, column) in [
        ("UPDATE event SET visibility = 'friends' WHERE seq = 2", "event", "visibility"),
        ("UPDATE event SET body = '{' WHERE seq = 2", "event", "body"),
        ("UPDATE event SET sender = decode('00', 'hex') WHERE seq = 2", "event", "sender"),
        ("UPDATE org SET settings = 'none'", "org", "settings"),
        ("UPDATE participant SET state = 'asleep'", "participant", "*"),
        ("UPDATE session SET sealed_at = 1", "session", "sealed_at"),
        ("UPDATE session SET head_seq = -1", "session", "head_seq"),
    ] {
        let (_kept, url) = database();
        let store = filled(&url).await;
        store.append(vec![message(1)]).await.unwrap()[0].as_ref().unwrap();
        spoil(&url, sql).await;
        let error = match table {
            "event" => store.log(SESSION, 0, 10).await.unwrap_err(),
            _ => store.session(Caller::User(USER), SESSION).await.unwrap_err(),
        };
        let StoreError::Inconsistent { table: found_table, column: found_column, .. } = &error else {
            panic!("{sql}: {error}")
        };
        assert_eq!((*found_table, *found_column), (table, column), "{sql}");
    }
}

#[tokio::test]
async fn a_role_of_nobody_knows_what_sees_nothing() {
    let (_kept, url) = database();
    let store = filled(&url).await;
    spoil(&url, "UPDATE membership SET role = 'wizard'").await;
    assert_eq!(store.session(Caller::User(USER), SESSION).await.unwrap(), None);
    let error = store.memberships(USER).await.unwrap_err();
    assert!(matches!(error, StoreError::Inconsistent { table: "membership", column: "role", .. }));
}

/// By policy the earlier text stays in the history that only admins see, or nowhere.
#[tokio::test]
async fn a_deleted_text_stays_in_the_history_or_nowhere() {
    for (keep_history, kept) in [(true, 1_i64), (false, 0)] {
        let (_kept, url) = database();
        let store = filled(&url).await;
        store.append(vec![message(1)]).await.unwrap()[0].as_ref().unwrap();
        let change = MessageChange::Delete { chat: ChatPolicy::default() };
        let delete = Append {
            body: EventBody::MessageDeleted { target: 2 },
            effects: vec![Effect::ChangeMessage {
                target: 2,
                by: ParticipantRole::Customer,
                change,
                keep_history,
            }],
            ..message(2)
        };
        store.append(vec![delete]).await.unwrap()[0].as_ref().unwrap();
        let mut connection = PgConnection::connect(url.as_str()).await.unwrap();
        for (table, expected) in [("event", 0), ("event_history", kept)] {
            let sql = format!("SELECT count(*) FROM {table} WHERE body LIKE '%message 1%'");
            let count = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(sql));
            assert_eq!(count.fetch_one(&mut connection).await.unwrap(), expected, "{table}");
        }
    }
}

/// Requests that are cancelled in the middle of a write leave nothing half done, and the next write goes through.
#[tokio::test]
async fn a_cancelled_write_is_undone() {
    let (_kept, url) = database();
    let store = filled(&url).await;
    for delay in 0..40 {
        let batch: Vec<Append> = (1..=200).map(message).collect();
        let wait = Duration::from_micros(delay * 250);
        let done = tokio::time::timeout(wait, store.append(batch)).await;
        let texts = store.log(SESSION, 1, 1_000).await.unwrap().len();
        // A commit may finish after its caller has gone; half of a batch never.
        assert!(texts == 0 || texts == 200, "{texts} of 200");
        if let Ok(results) = done {
            assert!(results.unwrap().iter().all(Result::is_ok));
            assert_eq!(texts, 200);
        }
    }
    let results = store.append(vec![message(1), message(201)]).await.unwrap();
    assert!(results.iter().all(Result::is_ok), "the writer works");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_see_whole_batches_while_the_writer_writes() {
    let (_kept, url) = database();
    let store = Arc::new(filled(&url).await);
    let reader = Arc::clone(&store);
    let reading = tokio::spawn(async move {
        loop {
            let log = reader.log(SESSION, 1, 1_000).await.unwrap();
            assert_eq!(log.len() % 10, 0, "half a batch");
            assert!(log.iter().enumerate().all(|(n, event)| event.seq == n as u64 + 2), "a gap");
            if log.len() == 200 {
                break;
            }
        }
    });
    for first in (1..=191).step_by(10) {
        let results = store.append((first..first + 10).map(message).collect()).await.unwrap();
        assert!(results.iter().all(Result::is_ok));
    }
    reading.await.unwrap();
}

/// A server that went away and came back: the next request finds it, and nothing that was acknowledged is gone.
#[tokio::test]
async fn a_crash_of_the_server_is_got_over() {
    let server = Server::start().unwrap();
    let database = server.database().unwrap();
    let store = filled(&database.url().parse().unwrap()).await;
    assert!(store.append((1..=20).map(message).collect()).await.unwrap().iter().all(Result::is_ok));
    server.restart().unwrap();
    let results = store.append(vec![message(20), message(21)]).await.unwrap();
    assert!(results[0].as_ref().unwrap().duplicate);
    assert_eq!(results[1].as_ref().unwrap().event.seq, 22);
    assert_eq!(store.log(SESSION, 0, 100).await.unwrap().len(), 22);
}

/// Connections that are lost in the middle of a write fail that write only, as one that may be tried again.
#[tokio::test]
async fn a_lost_connection_is_an_error_to_try_again_after() {
    let (_kept, url) = database();
    let store = Arc::new(filled(&url).await);
    let mut admin = PgConnection::connect(url.as_str()).await.unwrap();
    let mut blocker = PgConnection::connect(url.as_str()).await.unwrap();
    let mut blocking = blocker.begin().await.unwrap();
    sqlx::query("SELECT 1 FROM session FOR UPDATE").execute(&mut *blocking).await.unwrap();
    let writing = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.append(vec![message(1)]).await }
    });
    // Until it waits for the row: there is something to lose.
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'
                 AND datname = current_database()";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut admin).await.unwrap() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    terminate_waiting(&mut admin).await;
    let error = writing.await.unwrap().unwrap_err();
    assert!(matches!(error, StoreError::Database(_)), "{error}");
    blocking.rollback().await.unwrap();
    let results = store.append(vec![message(1)]).await.unwrap();
    assert!(!results[0].as_ref().unwrap().duplicate, "the first try left nothing");
}

async fn terminate_waiting(admin: &mut PgConnection) {
    sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE wait_event_type = 'Lock' AND datname = current_database()",
    )
    .execute(admin)
    .await
    .unwrap();
}

/// A portal that was cut off from its database and replaced meanwhile writes no more.
#[tokio::test]
async fn a_portal_that_was_replaced_writes_no_more() {
    let (_kept, url) = database();
    let cut_off = filled(&url).await;
    spoil(
        &url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .await;
    let successor = PostgresStore::open(&url).await.unwrap();
    let error = cut_off.append(vec![message(1)]).await.unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    assert!(successor.append(vec![message(1)]).await.unwrap()[0].is_ok());
    drop(successor);
    let error = cut_off.append(vec![message(2)]).await.unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "not even when that one is gone: {error}");
}

#[tokio::test]
async fn a_database_that_cannot_be_used_is_named_without_its_password() {
    let (_kept, url) = database();
    let mut unknown = url.clone();
    unknown.set_path("nowhere");
    unknown.set_password(Some("hunter2")).unwrap();
    let mut nobody = url.clone();
    nobody.set_query(Some("host=/nowhere"));
    for (url, reason) in [(unknown, "\"nowhere\" does not exist"), (nobody, "os error 2")] {
        let error = PostgresStore::open(&url).await.unwrap_err();
        assert!(matches!(error, StoreError::Unreachable { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains(reason) && text.contains("--database-url"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

/// The server's own code for it (SQLSTATE 53100); a real full disk is a matter of the server's machine.
#[tokio::test]
async fn a_full_disk_is_told() {
    let (_kept, url) = database();
    let store = filled(&url).await;
    for sql in [
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$",
        "CREATE TRIGGER full_disk BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION full_disk()",
    ] {
        spoil(&url, sql).await;
    }
    let error = store.append(vec![message(1)]).await.unwrap_err();
    assert!(matches!(error, StoreError::Full), "{error}");
    spoil(&url, "DROP TRIGGER full_disk ON event").await;
    assert!(store.append(vec![message(1)]).await.unwrap()[0].is_ok(), "there is room again");
}

/// Writers that take the same sessions in different orders get all of it done, and each log stays without a gap.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_never_wait_for_each_other_in_a_circle() {
    let (_kept, url) = database();
    let store = Arc::new(filled(&url).await);
    let mut sessions = vec![SESSION];
    for n in 50..55 {
        let session = SessionId([n; 16]);
        let title = "Printer".to_owned();
        let new = NewSession { id: session, org: ORG, created_by: USER, title, at: NOW, secrets: vec![] };
        assert!(store.create_session(new).await.unwrap());
        sessions.push(session);
    }
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4_u8 {
        let (store, mut order) = (Arc::clone(&store), sessions.clone());
        if writer % 2 == 1 {
            order.reverse();
        }
        writers.spawn(async move {
            for round in 0..25_u8 {
                let batch = order.iter().map(|session| Append {
                    session: *session,
                    sender: None,
                    txn_id: Some(TxnId([writer * 25 + round; 16])),
                    // Every third with an effect, so that both paths meet.
                    effects: if round % 3 == 0 { vec![nothing_new()] } else { vec![] },
                    ..message(round)
                });
                for result in store.append(batch.collect()).await.unwrap() {
                    let event = result.unwrap().event;
                    assert!(event.seq > 0);
                }
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    for session in sessions {
        let seqs: Vec<u64> =
            store.log(session, 0, 1_000).await.unwrap().iter().map(|event| event.seq).collect();
        let expected = if session == SESSION { 101 } else { 100 };
        assert_eq!(seqs, (1..=expected).collect::<Vec<_>>());
    }
}

/// Offers no file at all: an effect that changes nothing.
fn nothing_new() -> Effect {
    Effect::OfferAttachments {
        attachments: vec![],
        rules: OfferRules { stored: Consent::Auto, direct: None },
    }
}
