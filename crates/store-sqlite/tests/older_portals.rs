//! What an earlier version left is there after the migrations: sign-ins go on, notes are kept.
#![expect(clippy::unwrap_used, reason = "test code: a panic is the report")]

use std::path::Path;

use deskside_proto::{
    Millis, OrgId, OrgRole, SessionId, UserId,
    api::{AuditAction, ClientKind, PersonState},
};
use deskside_store::{AuditFilter, AuditStore as _, DeviceStore as _, DevicesOf, PeopleStore as _};
use deskside_store_sqlite::SqliteStore;
use sqlx::{ConnectOptions, SqliteConnection, migrate::Migrator, sqlite::SqliteConnectOptions};

/// The first migration that is not run beforehand.
const PEOPLE: &str = "0009";
const NOW: Millis = Millis(1_000_000);

/// A database as the version before `next` left it.
async fn older(path: &Path, next: &str) -> SqliteConnection {
    let folder = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap() {
        let file = file.unwrap();
        if file.file_name().to_str().unwrap() < next {
            std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
    }
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    Migrator::new(folder.path()).await.unwrap().run(&mut connection).await.unwrap();
    connection
}

#[tokio::test]
async fn sign_ins_notes_and_memberships_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deskside.db");
    let mut connection = older(&path, PEOPLE).await;
    let (org, user, session) = (OrgId([1; 16]), UserId([2; 16]), SessionId([3; 16]));
    for sql in [
        "INSERT INTO org (id, name, settings, created_at) VALUES (?1, 'Acme', '{}', 500)",
        "INSERT INTO user (id, email, email_key, name, password_hash, created_at)
         VALUES (?2, 'ada@acme.test', 'ada@acme.test', 'Ada', '', 700)",
        "INSERT INTO membership (user_id, org_id, role) VALUES (?2, ?1, 'super_admin')",
        "INSERT INTO user_token (hash, user_id, created_at, expires_at) VALUES (?4, ?2, 900, 2000000)",
        "INSERT INTO user_token (hash, user_id, created_at, expires_at) VALUES (?5, ?2, 950, 2000000)",
        "INSERT INTO audit (org_id, at, actor, action, session_id, subject)
         VALUES (?1, 800, ?2, 'session_deleted', ?3, 'Printer')",
    ] {
        let query = sqlx::query(sql).bind(&org.0[..]).bind(&user.0[..]).bind(&session.0[..]);
        query.bind(&[4; 32][..]).bind(&[5; 32][..]).execute(&mut connection).await.unwrap();
    }
    drop(connection);

    let store = SqliteStore::open(&path).await.unwrap();
    let found = store.signed_in([4; 32], NOW).await.unwrap().unwrap();
    assert_eq!((found.user, found.has_label, found.last_seen_at), (user, false, Millis(900)));
    let devices = store.devices(user, DevicesOf::Own, NOW).await.unwrap().unwrap();
    let shown: Vec<_> = devices.iter().map(|device| (device.client, device.signed_in_at.0)).collect();
    assert_eq!(shown, [(ClientKind::Browser, 950), (ClientKind::Browser, 900)]);
    assert_ne!(devices[0].id, devices[1].id);

    let log = store.audit_log(user, org, AuditFilter::default(), 9).await.unwrap().unwrap();
    assert_eq!((log.len(), log[0].action), (1, AuditAction::SessionDeleted));
    assert_eq!((log[0].session_id, log[0].subject.as_str()), (Some(session), "Printer"));
    let (people, _) = store.people(user, org, NOW).await.unwrap().unwrap();
    assert_eq!((people[0].role, people[0].state), (OrgRole::SuperAdmin, PersonState::Active));
    assert_eq!(people[0].since, Millis(700), "not before both were there");
}
