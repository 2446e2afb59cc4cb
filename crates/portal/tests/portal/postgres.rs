//! The program itself on PostgreSQL: first people by the command line, a start, a second portal, doctor.
#![cfg(unix)]

use deskside_scratch_postgres::Server;
use serde_json::{Value, json};

use crate::process::{PASSWORD, post, run, start};

#[tokio::test]
async fn the_program_keeps_everything_on_the_server_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let database = Server::shared().database().unwrap();
    let url = database.url();
    let people = ["--admin-email", "ada@example.org", "--admin-name", "Ada", "--database-url", &url];
    let made = run(folder.path(), &[&["org", "create", "--name", "Acme"][..], &people].concat());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let olaf =
        ["--role", "technician", "--email", "olaf@example.org", "--name", "Olaf", "--database-url", &url];
    assert!(run(folder.path(), &[&["user", "create", "--org", "Acme"][..], &olaf].concat()).status.success());

    let portal = start(folder.path(), &["--database-url", &url]);
    assert_eq!(portal.told["set_up_link"], Value::Null, "set-up is closed");
    let body = json!({ "email": "olaf@example.org", "password": PASSWORD, "client": "desktop" });
    let (status, signed_in) =
        post(portal.told["public_url"].as_str().unwrap(), "/api/v1/auth/sign-in", body).await;
    assert_eq!((status, &signed_in["me"]["memberships"][0]["org_name"]), (200, &json!("Acme")));
    assert!(!folder.path().join("deskside.db").exists());

    // Another data folder does not help: the database is taken, and by whom is said without a secret.
    let other = tempfile::tempdir().unwrap();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--database-url", &url];
    let second = run(other.path(), &serve);
    let text = String::from_utf8_lossy(&second.stderr);
    assert!(!second.status.success() && text.contains("another portal is running on postgres://"), "{text}");

    // Killed, its place is free.
    drop(portal);
    start(folder.path(), &["--database-url", &url]);
}

#[test]
fn doctor_looks_at_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let database = Server::shared().database().unwrap();
    let url = database.url();
    let doctor = |url: &str| {
        let found = run(folder.path(), &["doctor", "--listen", "127.0.0.1:0", "--database-url", url]);
        let text = String::from_utf8_lossy(&found.stdout).into_owned();
        text.lines().find(|line| line.contains(" database: ")).unwrap_or_default().to_owned()
    };
    let healthy = doctor(&url);
    assert!(healthy.starts_with("ok") && healthy.contains("PostgreSQL 1"), "{healthy}");
    let portal = start(folder.path(), &["--database-url", &url]);
    assert_eq!(doctor(&url), healthy, "also while a portal has it open");
    drop(portal);
    for (url, words) in [
        (url.replace("/scratch_", "/nothing_"), "does not exist"),
        ("postgres://ada:hunter2@127.0.0.1:1/deskside".to_owned(), "Check that its server runs"),
        ("mysql://ada:hunter2@127.0.0.1/deskside".to_owned(), "takes postgres://"),
    ] {
        let ill = doctor(&url);
        assert!(ill.starts_with("problem") && ill.contains(words) && !ill.contains("hunter2"), "{ill}");
    }
}
