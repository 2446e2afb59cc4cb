//! What a file on disk adds to the suite: it survives, it belongs to one process, and what makes no sense is said.
#![expect(clippy::unwrap_used, reason = "test code: a panic is the report")]

use std::path::{Path, PathBuf};

use deskside_proto::{
    ChatPolicy, DeviceId, EventBody, EventId, MessagePosted, Millis, OrgId, OrgRole, Participant,
    ParticipantId, ParticipantRole, ParticipantState, SessionId, TxnId, UserId, Visibility, api::ClientKind,
};
use deskside_store::{
    Append, Caller, Effect, MessageChange, NewMembership, NewOrg, NewSession, NewToken, NewUser, Store,
    StoreError,
};
use deskside_store_sqlite::SqliteStore;
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

const NOW: Millis = Millis(1_000);
const ORG: OrgId = OrgId([1; 16]);
const USER: UserId = UserId([2; 16]);
const SESSION: SessionId = SessionId([3; 16]);
const CORA: ParticipantId = ParticipantId([4; 16]);

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deskside.db");
    (folder, path)
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
async fn filled(path: &Path) -> SqliteStore {
    let store = SqliteStore::open(path).await.unwrap();
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

/// Spoils the file behind the store's back.
async fn spoil(path: &Path, sql: &'static str) {
    let mut connection = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    sqlx::query(sql).execute(&mut connection).await.unwrap();
}

#[tokio::test]
async fn everything_survives_a_reopen() {
    let (_folder, path) = folder();
    let store = filled(&path).await;
    assert!(store.append((1..=50).map(message).collect()).await.unwrap().iter().all(Result::is_ok));
    let log = store.log(SESSION, 0, 100).await.unwrap();
    let seen = store.session(Caller::User(USER), SESSION).await.unwrap();
    drop(store);

    let store = SqliteStore::open(&path).await.unwrap();
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
    let (_folder, path) = folder();
    let first = SqliteStore::open(&path).await.unwrap();
    let error = SqliteStore::open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("another portal is running"), "{error}");
    assert!(first.needs_set_up().await.unwrap(), "the first goes on");
    drop(first);
    SqliteStore::open(&path).await.unwrap();
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let (_folder, path) = folder();
    drop(SqliteStore::open(&path).await.unwrap());
    spoil(
        &path,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'the future', 1, x'00', 0)",
    )
    .await;
    let error = SqliteStore::open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { .. }), "{error}");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_an_error() {
    let (folder, _) = folder();
    let error = SqliteStore::open(&folder.path().join("nowhere/deskside.db")).await.unwrap_err();
    assert!(matches!(error, StoreError::Database(_)), "{error}");
}

#[tokio::test]
async fn rows_that_make_no_sense_are_said() {
    for (sql, table, column) in [
        ("UPDATE event SET visibility = 'friends' WHERE seq = 2", "event", "visibility"),
        ("UPDATE event SET body = '{' WHERE seq = 2", "event", "body"),
        ("UPDATE event SET sender = x'00' WHERE seq = 2", "event", "sender"),
        ("UPDATE org SET settings = 'none'", "org", "settings"),
        ("UPDATE participant SET state = 'asleep'", "participant", "*"),
        ("UPDATE session SET sealed_at = 1", "session", "sealed_at"),
        ("UPDATE session SET head_seq = -1", "session", "head_seq"),
    ] {
        let (_folder, path) = folder();
        let store = filled(&path).await;
        store.append(vec![message(1)]).await.unwrap()[0].as_ref().unwrap();
        spoil(&path, sql).await;
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
    let (_folder, path) = folder();
    let store = filled(&path).await;
    spoil(&path, "UPDATE membership SET role = 'wizard'").await;
    assert_eq!(store.session(Caller::User(USER), SESSION).await.unwrap(), None);
    let error = store.memberships(USER).await.unwrap_err();
    assert!(matches!(error, StoreError::Inconsistent { table: "membership", column: "role", .. }));
}

/// By policy the earlier text stays in the history that only admins see, or nowhere.
#[tokio::test]
async fn a_deleted_text_stays_in_the_history_or_nowhere() {
    for (keep_history, kept) in [(true, 1_i64), (false, 0)] {
        let (_folder, path) = folder();
        let store = filled(&path).await;
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
        let mut connection = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
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
    let (_folder, path) = folder();
    let store = filled(&path).await;
    for delay in 0..40 {
        let batch: Vec<Append> = (1..=200).map(message).collect();
        let wait = std::time::Duration::from_micros(delay * 250);
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
    let (_folder, path) = folder();
    let store = std::sync::Arc::new(filled(&path).await);
    let reader = std::sync::Arc::clone(&store);
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
