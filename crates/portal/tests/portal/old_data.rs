//! Data of earlier versions: today's migrations bring it up, and everything in it reads (rows N01, Z14, Z15). The dumps are what a
//! portal of that version left behind (tests/old_data/make.py); one is added with every version's last migration.

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use deskside_portal::database::Place;
use deskside_proto::{Command, Millis, SessionId};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, postgres::PgConnectOptions, sqlite::SqliteConnectOptions,
};

use crate::harness::{Reply, TestApp, post};

/// Database and number of its last migration.
const SQLITE: &[&str] = &["sqlite-0006"];
const POSTGRES: &[&str] = &["postgres-0005"];

fn fixture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/old_data").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stood there when the dump was made.
struct Old {
    told: Value,
    folder: Arc<tempfile::TempDir>,
}

impl Old {
    /// The files of the dump called `name`, in a folder of their own.
    fn files(name: &str) -> Self {
        let told: Value = serde_json::from_str(&fixture(&format!("{name}.json"))).unwrap();
        let folder = Arc::new(tempfile::tempdir().unwrap());
        for (path, content) in told["blobs"].as_object().unwrap() {
            let path = folder.path().join("blobs").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, STANDARD.decode(content.as_str().unwrap()).unwrap()).unwrap();
        }
        Self { told, folder }
    }

    fn text(&self, path: &str) -> &str {
        self.told.pointer(path).and_then(Value::as_str).unwrap_or_else(|| panic!("{path} is not told"))
    }

    /// Starts a portal of today on it, a minute after it was made.
    async fn start(&self, place: &Place) -> TestApp {
        let now = Millis(self.told["made_at"].as_i64().unwrap()).plus(60_000);
        TestApp::start_at(now, self.folder.clone(), place.open().await.unwrap(), |_| {}).await
    }
}

#[tokio::test]
async fn data_of_earlier_versions_reads_on_sqlite() {
    for name in SQLITE {
        let old = Old::files(name);
        let path = old.folder.path().join("deskside.db");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true).foreign_keys(false);
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(fixture(&format!("{name}.sql")))).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let place = Place::new(old.folder.path(), None).unwrap();
        everything_reads(&old, old.start(&place).await).await;
        // And once more, as it is from now on.
        sealed_as_before(&old, &old.start(&place).await).await;

        let mut connection = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
        let broken = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut connection).await.unwrap();
        assert_eq!(broken.len(), 0, "{name}: rows that name what is not there");
        let check: String =
            sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
        assert_eq!(check, "ok", "{name}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn data_of_earlier_versions_reads_on_postgres() {
    for name in POSTGRES {
        let old = Old::files(name);
        let scratch = deskside_scratch_postgres::Server::shared().database().unwrap();
        let options: PgConnectOptions = scratch.url().parse().unwrap();
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(fixture(&format!("{name}.sql")))).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let url = scratch.url().parse().unwrap();
        let place = Place::new(old.folder.path(), Some(&url)).unwrap();
        everything_reads(&old, old.start(&place).await).await;
        sealed_as_before(&old, &old.start(&place).await).await;
    }
}

async fn everything_reads(old: &Old, app: TestApp) {
    people_come_in(old, &app).await;
    settings_stand(old, &app).await;
    sealed_as_before(old, &app).await;
    the_open_session_goes_on(old, &app).await;
    app.stop().await;
}

async fn people_come_in(old: &Old, app: &TestApp) {
    for (name, role) in [("Ada", "super_admin"), ("Tess", "technician"), ("Olaf", "technician_own")] {
        let me: Value = app.get("/api/v1/me", Some(old.text(&format!("/tokens/{name}")))).await.json();
        assert_eq!((&me["user"]["name"], &me["memberships"][0]["role"]), (&json!(name), &json!(role)));
        let email = format!("{}@example.org", name.to_lowercase());
        let body = json!({ "email": email, "password": old.text("/password"), "client": "desktop" });
        assert_eq!(app.post("/api/v1/auth/sign-in", None, body).await.status, 200, "{name}'s password");
    }
}

async fn settings_stand(old: &Old, app: &TestApp) {
    let (org, ada) = (old.text("/org"), Some(old.text("/tokens/Ada")));
    let settings: Value = app.get(&format!("/api/v1/orgs/{org}/settings"), ada).await.json();
    for (path, value) in leaves(&old.told["settings"], String::new()) {
        assert_eq!(settings.pointer(&path), Some(&value), "{path}");
    }
    let replies: Value = app.get(&format!("/api/v1/orgs/{org}/canned-replies"), ada).await.json();
    assert_eq!(replies["replies"][0]["text"], "Hello, how can I help?");
    let audit: Value = app.get(&format!("/api/v1/orgs/{org}/audit"), ada).await.json();
    let actions: Vec<&str> =
        audit["items"].as_array().unwrap().iter().map(|item| item["action"].as_str().unwrap()).collect();
    for action in old.told["audit"].as_array().unwrap() {
        assert!(actions.contains(&action.as_str().unwrap()), "{action} is not in {actions:?}");
    }
}

/// Everything in a value that is none of its containers, with its JSON pointer.
fn leaves(value: &Value, path: String) -> Vec<(String, Value)> {
    match value {
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, value)| leaves(value, format!("{path}/{name}"))).collect()
        }
        other => vec![(path, other.clone())],
    }
}

async fn sealed_as_before(old: &Old, app: &TestApp) {
    let (org, over) = (old.text("/org"), old.text("/over"));
    for (name, status) in [("Ada", 200), ("Tess", 200), ("Olaf", 404)] {
        let path = format!("/api/v1/orgs/{org}/files/{over}");
        assert_eq!(app.get(&path, Some(old.text(&format!("/tokens/{name}")))).await.status, status, "{name}");
    }
    let tess = Some(old.text("/tokens/Tess"));
    let files: Value = app.get(&format!("/api/v1/orgs/{org}/files"), tess).await.json();
    let (entry, was) = (&files["entries"][0], &old.told["files"]);
    for field in ["title", "technicians", "customers", "started_at", "ended_at", "message_count"] {
        assert_eq!(entry[field], was[field], "{field}");
    }
    for name in ["smoke.txt", "picture.png"] {
        let id = old.text(&format!("/attachments/{name}").replace('~', "~0"));
        let blob = &old.told["blobs"][format!("chat-attachments/{org}/{over}/{id}")];
        let path = format!("/api/v1/sessions/{over}/attachments/{id}");
        assert_eq!(STANDARD.encode(app.get(&path, tess).await.body), blob.as_str().unwrap(), "{name}");
    }
    let picture = old.text("/attachments/picture.png");
    let thumbnail = format!("/api/v1/sessions/{over}/attachments/{picture}/thumbnail");
    assert_eq!(app.get(&thumbnail, tess).await.status, 200);
    for gone in ["declined.txt", "revoked.txt"] {
        let path =
            format!("/api/v1/sessions/{over}/attachments/{}", old.text(&format!("/attachments/{gone}")));
        assert_eq!(app.get(&path, tess).await.status, 404, "{gone}");
    }
    let transcript = transcript(app, &format!("/api/v1/orgs/{org}/files/{over}/transcript"), tess).await;
    // Its form is its version's own, what was said is not.
    for words in [
        "my printer smokes and beeps",
        "since when?",
        "he has the old model",
        "look",
        "the image",
        "thank you!",
    ] {
        assert!(transcript.contains(words), "{words}: {transcript}");
    }
    assert!(!transcript.contains("hunter2"), "what was deleted stays so");
}

/// A version that seals differently may be at it.
async fn transcript(app: &TestApp, path: &str, token: Option<&str>) -> String {
    for _ in 0..400 {
        let reply = app.get(path, token).await;
        if reply.status == 200 {
            return String::from_utf8(reply.body).unwrap();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("there is no transcript any more")
}

async fn the_open_session_goes_on(old: &Old, app: &TestApp) {
    let open: SessionId = old.text("/open").parse().unwrap();
    let cora = old.text("/guests/Cora");
    let mut socket = app.connect(open, cora).await;
    let (you, session, head) = socket.hello(0).await;
    assert_eq!((you.name.as_str(), session.title.as_str()), ("Cora", "Open"));
    let log = socket.log_until(head).await;
    let text = serde_json::to_string(&log).unwrap();
    assert!(log.len() as u64 == head && text.contains("hello?") && text.contains("Wanda"), "{text}");
    let seq = socket.command(app.txn(), post("still here")).await.unwrap();
    assert_eq!(seq, head + 1, "the log goes on");
    let react = Command::React { target: seq, emoji: "👍".to_owned() };
    socket.command(app.txn(), react).await.unwrap();

    let mut lobby = app.connect(open, old.text("/guests/Wanda")).await;
    assert_eq!(lobby.hello(0).await.0.name, "Wanda");
    let body = json!({ "title": "New" });
    let path = format!("/api/v1/orgs/{}/sessions", old.text("/org"));
    let made =
        app.request(Method::POST, &path, Some(old.text("/tokens/Olaf"))).json(&body).send().await.unwrap();
    assert_eq!(Reply::of(made).await.status, 201);
}
