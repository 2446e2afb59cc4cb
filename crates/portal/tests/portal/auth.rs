//! First run, sign-in, cookies.

use deskside_portal::serve;
use serde_json::{Value, json};

use crate::harness::TestApp;

const PASSWORD: &str = "copper kettle 7 rides";

fn set_up_body(link: &str) -> Value {
    json!({
        "token": link.split('#').nth(1).unwrap(), "org_name": "Acme", "name": "Ada", "email": "ada@example.org",
        "password": PASSWORD, "client": "desktop"
    })
}

async fn set_up(app: &TestApp) -> Value {
    let link = serve::set_up_link(&app.app).await.unwrap().unwrap();
    assert!(link.starts_with(&format!("{}/set-up#", app.url)), "{link}");
    app.post("/api/v1/set-up", None, set_up_body(&link)).await.json()
}

#[tokio::test]
async fn the_set_up_link_works_once_and_closes_for_good() {
    let app = TestApp::start().await;
    let info: Value = app.get("/api/v1/info", None).await.json();
    assert_eq!((&info["product"], &info["needs_set_up"]), (&json!("deskside"), &json!(true)));

    let guessed = app.post("/api/v1/set-up", None, set_up_body("x#0000")).await;
    assert_eq!((guessed.status.as_u16(), guessed.code()), (403, "set_up_closed"));

    let old_link = serve::set_up_link(&app.app).await.unwrap().unwrap();
    let link = serve::set_up_link(&app.app).await.unwrap().unwrap();
    let old = app.post("/api/v1/set-up", None, set_up_body(&old_link)).await;
    assert_eq!(old.code(), "set_up_closed", "a restart makes the earlier link worthless");

    let done: Value = app.post("/api/v1/set-up", None, set_up_body(&link)).await.json();
    assert_eq!(done["me"]["memberships"][0]["role"], "super_admin");
    let again = app.post("/api/v1/set-up", None, set_up_body(&link)).await;
    assert_eq!((again.status.as_u16(), again.code()), (403, "set_up_closed"));
    assert_eq!(serve::set_up_link(&app.app).await.unwrap(), None);
}

#[tokio::test]
async fn a_weak_password_leaves_set_up_open() {
    let app = TestApp::start().await;
    let link = serve::set_up_link(&app.app).await.unwrap().unwrap();
    let mut body = set_up_body(&link);
    body["password"] = json!("short");
    let refused = app.post("/api/v1/set-up", None, body).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (422, "password_too_weak"));
    assert_eq!(app.post("/api/v1/set-up", None, set_up_body(&link)).await.status, 200);
}

#[tokio::test]
async fn sign_in_gives_a_token_that_sign_out_ends() {
    let app = TestApp::start().await;
    set_up(&app).await;
    let body = json!({ "email": "ADA@example.org", "password": PASSWORD, "client": "desktop" });
    let signed_in: Value = app.post("/api/v1/auth/sign-in", None, body).await.json();
    let token = signed_in["token"].as_str().unwrap();
    let me: Value = app.get("/api/v1/me", Some(token)).await.json();
    assert_eq!(me["user"]["name"], "Ada");
    assert_eq!(app.post("/api/v1/auth/sign-out", Some(token), json!({})).await.status, 204);
    assert_eq!(app.get("/api/v1/me", Some(token)).await.code(), "not_signed_in");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_told_alike() {
    let app = TestApp::start().await;
    set_up(&app).await;
    for email in ["ada@example.org", "nobody@example.org"] {
        let body = json!({ "email": email, "password": "wrong wrong wrong", "client": "desktop" });
        let reply = app.post("/api/v1/auth/sign-in", None, body).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (401, "wrong_credentials"), "{email}");
    }
}

#[tokio::test]
async fn a_token_expires() {
    let app = TestApp::start().await;
    let token = set_up(&app).await["token"].as_str().unwrap().to_owned();
    app.advance(31 * 24 * 3600 * 1000);
    assert_eq!(app.get("/api/v1/me", Some(&token)).await.code(), "not_signed_in");
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    let app = TestApp::start().await;
    let body = json!({ "email": "ada@example.org", "password": "wrong wrong wrong", "client": "desktop" });
    let mut codes = Vec::new();
    for _ in 0..12 {
        codes.push(app.post("/api/v1/auth/sign-in", None, body.clone()).await.code());
    }
    assert_eq!(codes[0], "wrong_credentials");
    assert_eq!(codes[11], "too_many_requests");
}

#[tokio::test]
async fn a_browser_gets_a_cookie_that_scripts_and_other_sites_cannot_use() {
    let app = TestApp::start().await;
    set_up(&app).await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD, "client": "browser" });
    let reply = app.post("/api/v1/auth/sign-in", None, body).await;
    let cookie = reply.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-deskside=dsu_"), "{cookie}");
    for flag in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(flag), "{flag} is missing in {cookie}");
    }
    assert!(!cookie.contains("Domain"));
    let answer: Value = reply.json();
    assert!(answer.get("token").is_none(), "a browser's script never sees the token");

    let pair = cookie.split(';').next().unwrap();
    let with_origin = |origin: Option<String>| {
        let request = app.http.post(format!("{}/api/v1/auth/sign-out", app.url)).header("cookie", pair);
        origin.into_iter().fold(request, |request, origin| request.header("origin", origin)).send()
    };
    assert_eq!(with_origin(Some("https://evil.example".to_owned())).await.unwrap().status(), 403);
    assert_eq!(with_origin(None).await.unwrap().status(), 403, "a cookie needs to say where it comes from");
    assert_eq!(with_origin(Some(app.url.clone())).await.unwrap().status(), 204);
}
