//! Who did what: filter and export (row Z22; pain P29).

use deskside_portal::secret;
use deskside_proto::{
    OrgRole,
    api::{AuditAction, AuditPage},
};
use deskside_store::AuditEntry;
use serde_json::json;

use crate::harness::{Person, TestApp};

async fn admin(app: &TestApp) -> Person {
    let org = app.org("Acme").await;
    app.person(org, OrgRole::Admin, "Ada").await
}

async fn actions(app: &TestApp, by: &Person, query: &str) -> Vec<(AuditAction, String)> {
    let page: AuditPage =
        app.get(&format!("/api/v1/orgs/{}/audit{query}", by.org), Some(&by.token)).await.json();
    page.items.into_iter().map(|item| (item.action, item.subject)).collect()
}

#[tokio::test]
async fn changes_of_settings_and_sign_ins_are_noted() {
    let app = TestApp::start().await;
    let link = deskside_portal::serve::set_up_link(&app.app).await.unwrap().unwrap();
    let body = json!({
        "token": link.split('#').nth(1).unwrap(), "org_name": "Acme", "name": "Ada", "email": "ada@example.org",
        "password": "copper kettle 7 rides", "client": "desktop"
    });
    let answer: serde_json::Value = app.post("/api/v1/set-up", None, body).await.json();
    let token = answer["token"].as_str().unwrap().to_owned();
    let org = answer["me"]["memberships"][0]["org_id"].as_str().unwrap().parse().unwrap();
    let ada = Person { org, token };
    assert_eq!(actions(&app, &ada, "").await, [(AuditAction::SignedIn, "Unknown, 127.0.0.1".to_owned())]);

    let path = format!("/api/v1/orgs/{org}/settings");
    let mut settings: serde_json::Value = app.get(&path, Some(&ada.token)).await.json();
    for links in [true, true] {
        settings["lobby_for_links"] = json!(links);
        let request = app.request(reqwest::Method::PUT, &path, Some(&ada.token)).json(&settings);
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    let noted = actions(&app, &ada, "?action=settings_changed").await;
    assert_eq!(noted, [(AuditAction::SettingsChanged, "lobby_for_links".to_owned())], "what changed, once");
    for (query, expected) in [
        (format!("?to={}", app.now().0 + 1), 2),
        (format!("?from={}", app.now().0 + 1), 0),
        (format!("?session={}", app.txn()), 0),
        (format!("?actor={}", app.txn()), 0),
    ] {
        assert_eq!(actions(&app, &ada, &query).await.len(), expected, "{query}");
    }
    for wrong in ["?action=everything", "?actor=x", "?from=yesterday"] {
        let path = format!("/api/v1/orgs/{org}/audit{wrong}");
        assert_eq!(app.get(&path, Some(&ada.token)).await.code(), "malformed", "{wrong}");
    }
}

/// Names are strangers': what a spreadsheet would run, and what would hide the rest, stays text. More notes than one page.
#[tokio::test]
async fn an_export_holds_everything_and_no_formula() {
    const MANY: usize = 1_203;
    let app = TestApp::start().await;
    let ada = admin(&app).await;
    let eve = app.person(ada.org, OrgRole::Technician, "=cmd|' /C calc'!A0").await;
    let (session, _) = app.session(&eve).await;
    let user = app.app.store.user_by_token(secret::hash(&eve.token), app.now()).await.unwrap();
    let entry = |subject: String| AuditEntry {
        org: ada.org,
        at: app.now(),
        actor: user,
        action: AuditAction::FileRead,
        session: Some(session.id),
        attachment: None,
        subject,
    };
    let hostile = "\u{202e}\"=1+1\"\r\n<script>\u{0}";
    for number in 0..MANY {
        let subject = if number == 700 { hostile.to_owned() } else { format!("file {number}") };
        app.app.store.audit(entry(subject), app.now().plus(1)).await.unwrap();
    }
    let path = format!("/api/v1/orgs/{}/audit.csv", ada.org);
    let reply = app.get(&format!("{path}?action=file_read"), Some(&ada.token)).await;
    assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(reply.header("content-disposition"), "attachment; filename=\"audit.csv\"");
    let text = String::from_utf8(reply.body).unwrap();
    let text = text.strip_prefix('\u{feff}').expect("spreadsheets know UTF-8 by its mark");
    assert_eq!(text.matches("\r\n\"20").count(), MANY, "one line each, below the names of the columns");
    assert!(text.contains(r#","'=cmd|' /C calc'!A0","#) && !text.contains("\"=cmd"));
    assert!(text.contains("\"<U+202E>\"\"=1+1\"\"\r\n<script><U+0000>\""), "quoted and shown");
    assert!(text.contains("\"file 0\"") && text.contains("\"file 1202\""));

    assert_eq!(actions(&app, &ada, "").await[0].0, AuditAction::AuditExported);
    let rest = app.get(&format!("{path}?action=hold_set"), Some(&ada.token)).await;
    assert_eq!(String::from_utf8(rest.body).unwrap().matches("\r\n").count(), 1, "names of the columns only");
    assert_eq!(app.get(&path, Some(&eve.token)).await.code(), "forbidden");
}
