//! Looking through Files over real requests: list, people, report (rows Z16, Z17, Z22).

use deskside_proto::{
    Command, OrgRole, SessionId,
    api::{AuditAction, AuditPage, FilesPage, FilesSession, Outcome, Report},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Person, Reply, TestApp};

/// As it is typed, for the query of an address.
pub(crate) fn escaped(typed: &str) -> String {
    typed.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn list(app: &TestApp, by: &Person, query: &str) -> FilesPage {
    app.get(&format!("/api/v1/orgs/{}/files?{query}", by.org), Some(&by.token)).await.json()
}

async fn found(app: &TestApp, by: &Person, query: &str) -> Vec<SessionId> {
    list(app, by, query).await.entries.iter().map(|entry| entry.session_id).collect()
}

/// A session with a customer of that name, which ends after so many milliseconds.
async fn past(app: &TestApp, by: &Person, customer: &str, millis: i64) -> SessionId {
    app.advance(1_000);
    let (session, join) = app.session(by).await;
    app.join(&join, customer).await;
    app.advance(millis);
    assert!(app.end(by, session.id).await.status.is_success());
    session.id
}

async fn put(app: &TestApp, path: &str, token: Option<&str>, body: Value) -> Reply {
    Reply::of(app.request(Method::PUT, path, token).json(&body).send().await.unwrap()).await
}

/// Row Z16.
#[tokio::test]
async fn sessions_are_found_as_one_types() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let zoe = past(&app, &tess, "Zoë Ångström", 500).await;
    let ann = past(&app, &tess, "Ann 100%", 900).await;
    for (query, expected) in [
        (format!("q={}", escaped("ZOË")), vec![zoe]),
        (format!("q={}", escaped("print ång")), vec![zoe]),
        (format!("q={}", escaped("%")), vec![ann]),
        (format!("q={}", escaped("_")), vec![]),
        (format!("q={}", escaped("\u{0}")), vec![ann, zoe]),
        ("q=".to_owned(), vec![ann, zoe]),
        (format!("customer={}", escaped("ann")), vec![ann]),
        ("customer=printer".to_owned(), vec![]),
        ("sort=oldest".to_owned(), vec![zoe, ann]),
        ("sort=longest".to_owned(), vec![ann, zoe]),
        ("sort=largest&has=&limit=1".to_owned(), vec![ann]),
        ("has=files".to_owned(), vec![]),
        ("has=report,hold".to_owned(), vec![]),
        ("min_bytes=1".to_owned(), vec![]),
        ("max_bytes=0&limit=1000".to_owned(), vec![ann, zoe]),
        (format!("from={}", app.now().0), vec![]),
        (format!("to={}", app.now().0), vec![ann, zoe]),
    ] {
        assert_eq!(found(&app, &tess, &query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    for _ in 0..3 {
        past(&app, &tess, "Ann", 5).await;
    }
    let next = list(&app, &tess, "limit=1&sort=longest").await.next.unwrap();
    for (query, code) in [
        ("sort=best".to_owned(), "invalid_input"),
        ("has=money".to_owned(), "invalid_input"),
        ("has=files,,x".to_owned(), "invalid_input"),
        (format!("q={}", "x".repeat(201)), "invalid_input"),
        (format!("customer={}", "x".repeat(201)), "invalid_input"),
        ("after=x".to_owned(), "invalid_input"),
        ("after=%FF%00".to_owned(), "invalid_input"),
        (format!("after={next}"), "invalid_input"),
        (format!("after={next}&sort=oldest"), "invalid_input"),
        (format!("after={next}A&sort=longest"), "invalid_input"),
        (format!("after={}&sort=longest", &next[..next.len() - 4]), "invalid_input"),
        ("from=yesterday".to_owned(), "malformed"),
        ("min_bytes=-1".to_owned(), "malformed"),
        ("limit=x".to_owned(), "malformed"),
        ("technician=me".to_owned(), "malformed"),
    ] {
        let path = format!("/api/v1/orgs/{}/files?{query}", tess.org);
        assert_eq!(app.get(&path, Some(&tess.token)).await.code(), code, "{query}");
    }
    assert_eq!(list(&app, &tess, &format!("after={next}&sort=longest")).await.entries.len(), 2);
}

#[tokio::test]
async fn pages_of_files_follow_each_other() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let mut made = Vec::new();
    for millis in [50, 10, 10, 40, 10] {
        made.push(past(&app, &tess, "Ann", millis).await);
    }
    let longest = [0, 3, 4, 2, 1].map(|n: usize| made[n]);
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = list(&app, &tess, &format!("sort=longest&limit=2&q=ann{after}")).await;
        seen.extend(page.entries.iter().map(|entry| entry.session_id));
        let Some(next) = page.next else { break };
        after = format!("&after={next}");
    }
    assert_eq!(seen, longest);
    assert_eq!(list(&app, &tess, "limit=5").await.next, None, "nothing follows the last");
}

/// Rows Z17, Z22.
#[tokio::test]
async fn people_and_their_times_are_shown() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    app.enter(session.id, &tess.token).await;
    app.advance(2_000);
    let came = app.now();
    let (token, _) = app.join(&join, "Carl").await;
    let mut carl = app.enter(session.id, &token).await;
    app.advance(3_000);
    carl.command(app.txn(), Command::Leave).await.unwrap();
    let left = app.now();
    app.end(&tess, session.id).await;
    let path = format!("/api/v1/orgs/{}/files/{}", tess.org, session.id);
    let one: FilesSession = app.get(&path, Some(&tess.token)).await.json();
    let told: Vec<_> = one.people.iter().map(|person| (person.name.as_str(), person.left_at)).collect();
    assert_eq!(told, [("Tess", None), ("Carl", Some(left))]);
    assert_eq!((one.people[1].came_at, one.people[1].joined_at), (came, Some(came)));
    assert_eq!((one.report, one.hold), (None, None));
}

#[tokio::test]
async fn a_report_is_saved_by_who_took_part() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let beside = app.person(tess.org, OrgRole::Technician, "Tom").await;
    let own = app.person(tess.org, OrgRole::TechnicianOwn, "Olaf").await;
    let admin = app.person(tess.org, OrgRole::Admin, "Ada").await;
    let foreign = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (guest, _) = app.join(&join, "Carl").await;
    app.enter(session.id, &tess.token).await;
    let path = format!("/api/v1/orgs/{}/files/{}/report", tess.org, session.id);
    let report = |notes: &str| json!({ "outcome": "partly_solved", "notes": notes });
    for (who, token, expected) in [
        ("nobody", None, 401),
        ("the customer", Some(guest.as_str()), 403),
        ("another organisation", Some(foreign.token.as_str()), 404),
        ("one of own sessions", Some(own.token.as_str()), 404),
        ("a colleague", Some(beside.token.as_str()), 403),
        ("who took part", Some(tess.token.as_str()), 200),
    ] {
        assert_eq!(put(&app, &path, token, report("x")).await.status, expected, "{who}");
    }
    app.end(&tess, session.id).await;
    app.advance(1_000);
    let hostile = "=HYPERLINK(\"x\")\r\n<script>\u{202e}";
    let saved: Report = put(&app, &path, Some(&admin.token), report(hostile)).await.json();
    assert_eq!((saved.by.as_str(), saved.at), ("Ada", app.now()));
    let files = path.trim_end_matches("/report");
    let one: FilesSession = app.get(files, Some(&tess.token)).await.json();
    assert_eq!(one.report, Some(saved));
    assert_eq!(one.entry.outcome, Some(Outcome::PartlySolved));
    assert_eq!(found(&app, &tess, "has=report").await, [session.id]);
    for body in [
        json!({ "outcome": "solved", "notes": "x".repeat(10_001) }),
        json!({ "outcome": "solved", "notes": "a\u{0}b" }),
    ] {
        assert_eq!(put(&app, &path, Some(&tess.token), body).await.code(), "invalid_input");
    }
    let odd = put(&app, &path, Some(&tess.token), json!({ "outcome": "great" })).await;
    assert_eq!(odd.code(), "malformed");
    let audit = format!("/api/v1/orgs/{}/audit", tess.org);
    let page: AuditPage = app.get(&audit, Some(&admin.token)).await.json();
    let saved = page.items.iter().filter(|item| item.action == AuditAction::ReportSaved).count();
    assert_eq!(saved, 2);
}
