//! Codes and links, the lobby, and who is let in.

use deskside_proto::{ClientMessage, PROTOCOL_VERSION, ParticipantState, ServerMessage, api::JoinPreview};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Reply, TestApp, link_secret, post};

#[tokio::test]
async fn a_link_leads_straight_in_and_serves_again() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    assert!(join.qr_svg.contains("<svg"));
    let looked: JoinPreview =
        app.post("/api/v1/join/look-up", None, json!({ "secret": link_secret(&join) })).await.json();
    assert_eq!((looked.org_name.as_str(), looked.lobby), ("Acme Support", false));
    for name in ["Carl", "Cleo"] {
        let (token, you) = app.join(&join, name).await;
        assert_eq!(you.state, ParticipantState::Admitted);
        let seen: Value = app.get(&format!("/api/v1/sessions/{}", session.id), Some(&token)).await.json();
        assert_eq!(seen["title"], "Printer");
    }
}

#[tokio::test]
async fn a_code_is_used_up_by_joining_not_by_looking() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (_, join) = app.session(&tess).await;
    let typed = join.code.to_lowercase();
    let typed = format!("{}-{} {}", &typed[..3], &typed[3..6], &typed[6..]);
    assert_eq!(app.post("/api/v1/join/look-up", None, json!({ "secret": typed })).await.status, 200);
    assert_eq!(app.try_join(&typed, "Carl").await.status, 200);
    let again = app.try_join(&join.code, "Cleo").await;
    assert_eq!((again.status.as_u16(), again.code()), (404, "join_code_invalid"));
}

/// Guessed, expired, replaced, mistyped, of an ended session: one answer for all.
#[tokio::test]
async fn what_does_not_lead_in_is_told_in_one_way() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let refused =
        |reply: Reply| assert_eq!((reply.status.as_u16(), reply.code()), (404, "join_code_invalid"));
    for guessed in [
        "000000000",
        "00000000000000000000000000000000",
        "",
        "../../etc/passwd",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        refused(app.try_join(guessed, "Carl").await);
    }
    app.advance(11 * 60 * 1000);
    refused(app.try_join(&join.code, "Carl").await);
    let renewed =
        app.post(&format!("/api/v1/sessions/{}/join", session.id), Some(&tess.token), json!({})).await;
    refused(app.try_join(link_secret(&join), "Carl").await);
    let renewed = renewed.json();
    app.join(&renewed, "Carl").await;
    app.advance(25 * 3600 * 1000);
    refused(app.try_join(link_secret(&renewed), "Cleo").await);
    let renewed =
        app.post(&format!("/api/v1/sessions/{}/join", session.id), Some(&tess.token), json!({})).await;
    let renewed = renewed.json();
    assert_eq!(app.end(&tess, session.id).await.status, 200);
    refused(app.try_join(link_secret(&renewed), "Cleo").await);
}

#[tokio::test]
async fn guessing_codes_is_slowed_down() {
    let app = TestApp::start().await;
    let mut codes = Vec::new();
    for guess in 0..25 {
        codes.push(app.try_join(&format!("{guess:09}"), "Carl").await.code());
    }
    assert_eq!((codes[0], codes[24]), ("join_code_invalid", "too_many_requests"));
}

#[tokio::test]
async fn a_name_must_be_one_line_of_text() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (_, join) = app.session(&tess).await;
    for name in ["", "   ", "two\nlines", "\u{202e}\u{2066}", &"x".repeat(81)] {
        let reply = app.try_join(link_secret(&join), name).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (422, "invalid_input"), "{name:?}");
    }
    let (_, you) = app.join(&join, "  <b>Carl</b> ").await;
    assert_eq!(you.name, "<b>Carl</b>", "text stays text");
    let (_, you) = app.join(&join, "Mal\u{202e}lory \u{2066}").await;
    assert_eq!(you.name, "Mallory", "nothing around it is turned (S17)");
}

#[tokio::test]
async fn a_browser_customer_gets_a_cookie_for_this_session_only() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let body = json!({ "secret": link_secret(&join), "name": "Carl", "client": "browser" });
    let reply = app.post("/api/v1/join", None, body).await;
    let cookie = reply.header("set-cookie").to_owned();
    assert!(cookie.starts_with(&format!("__Host-deskside-guest-{}=dsg_", session.id)), "{cookie}");
    assert!(cookie.contains("HttpOnly") && cookie.contains("Secure") && cookie.contains("SameSite=Lax"));
    assert!(reply.json::<Value>().get("token").is_none());

    let pair = cookie.split(';').next().unwrap();
    let (other, _) = app.session(&tess).await;
    let seen =
        |id: String| app.http.get(format!("{}/api/v1/sessions/{id}", app.url)).header("cookie", pair).send();
    assert_eq!(seen(session.id.to_string()).await.unwrap().status(), 200);
    assert_eq!(seen(other.id.to_string()).await.unwrap().status(), 403);
}

/// Nothing is delivered to, or taken from, somebody in the lobby.
#[tokio::test]
async fn the_lobby_shows_nothing_until_a_technician_opens() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let mut technician = app.enter(session.id, &tess.token).await;
    technician.say(app.txn(), "internal talk").await;
    let (token, you) = app.join_by(&join.code, "Carl").await;
    assert_eq!(you.state, ParticipantState::Waiting);

    let mut customer = app.connect(session.id, &token).await;
    let (you, seen, head) = customer.hello(0).await;
    assert_eq!((you.state, head, seen.participants.len()), (ParticipantState::Waiting, 0, 1));
    assert_eq!(seen.title, "", "not even what it is about");
    assert_eq!(customer.command(app.txn(), post("hello?")).await, Err("waiting_for_admission"));
    let upload = app.create_upload(session.id, &token, "a.txt", 3).await;
    assert_eq!((upload.status.as_u16(), upload.code()), (403, "waiting_for_admission"));

    let path = format!("/api/v1/sessions/{}/participants/{}/admit", session.id, you.id);
    assert_eq!(app.post(&path, Some(&tess.token), json!({})).await.status, 200);
    let (admitted, head) = customer
        .until(|message| match message {
            ServerMessage::Welcome { you, head, .. } => Some((you, head)),
            _ => None,
        })
        .await;
    assert_eq!(admitted.state, ParticipantState::Admitted);
    assert_eq!(customer.log_until(head).await.len() as u64, head, "the whole log, from its beginning");
    let seq = customer.say(app.txn(), "here I am").await;
    assert_eq!(technician.event(seq).await.sender, Some(you.id));
}

/// Research S05: taking back access cuts what is open.
#[tokio::test]
async fn a_removed_customer_is_cut_and_stays_out() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (token, you) = app.join(&join, "Carl").await;
    let mut customer = app.enter(session.id, &token).await;
    let path = format!("/api/v1/sessions/{}/participants/{}/remove", session.id, you.id);
    assert_eq!(app.post(&path, Some(&tess.token), json!({})).await.status, 200);
    assert_eq!(customer.error().await, "removed_from_session");
    let authorization = format!("Bearer {token}");
    assert_eq!(app.try_connect(session.id, &[("authorization", &authorization)]).await.err(), Some(403));
    let upload = app.create_upload(session.id, &token, "a.txt", 3).await;
    assert_eq!(upload.code(), "removed_from_session");
}

#[tokio::test]
async fn technicians_are_not_put_out_by_each_other() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    let mut socket = app.connect(session.id, &tess.token).await;
    let (you, ..) = socket.hello(0).await;
    let path = format!("/api/v1/sessions/{}/participants/{}/remove", session.id, you.id);
    assert_eq!(app.post(&path, Some(&tess.token), json!({})).await.code(), "forbidden");
    assert_eq!(app.request(Method::GET, "/api/v1/me", Some(&tess.token)).send().await.unwrap().status(), 200);
    socket.send(&ClientMessage::Ping { nonce: PROTOCOL_VERSION }).await;
    socket.until(|message| matches!(message, ServerMessage::Pong { .. }).then_some(())).await;
}
