//! People: invited, changed, deactivated; their passwords (row Z22; research S05, S06, S16).

use std::num::NonZeroU32;

use deskside_proto::{
    OrgId, OrgRole, UserId,
    api::{AuditAction, AuditPage, Me, PeopleList, Person as Member, PersonState, SecretLink},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Person, Reply, TestApp};

const PASSWORD: &str = "copper kettle 7 rides";
const OTHER: &str = "seven quiet tin bells";

async fn start() -> TestApp {
    let store = std::sync::Arc::new(deskside_store::memory::MemoryStore::new());
    TestApp::start_with(store, |config| {
        let many = NonZeroU32::new(1_000).unwrap();
        config.rates.links_per_address = many;
        config.rates.sign_in_per_address = many;
    })
    .await
}

/// Who a token belongs to.
async fn me(app: &TestApp, token: &str) -> Me {
    app.get("/api/v1/me", Some(token)).await.json()
}

async fn id(app: &TestApp, who: &Person) -> UserId {
    me(app, &who.token).await.user.id
}

fn secret_of(link: &SecretLink) -> &str {
    link.link.split_once('#').unwrap().1
}

async fn invite(app: &TestApp, by: &Person, email: &str, role: OrgRole) -> Reply {
    let body = json!({ "email": email, "role": role });
    app.post(&format!("/api/v1/orgs/{}/invitations", by.org), Some(&by.token), body).await
}

async fn accept(app: &TestApp, token: &str, name: &str, password: &str, client: &str) -> Reply {
    let body = json!({ "token": token, "name": name, "password": password, "client": client });
    app.post("/api/v1/invitations/accept", None, body).await
}

/// Somebody with a password, who came by an invitation.
async fn joined(app: &TestApp, by: &Person, email: &str, role: OrgRole) -> Person {
    let link: SecretLink = invite(app, by, email, role).await.json();
    let answer: Value = accept(app, secret_of(&link), "Ina", PASSWORD, "desktop").await.json();
    Person { org: by.org, token: answer["token"].as_str().unwrap().to_owned() }
}

async fn change(app: &TestApp, by: &Person, user: UserId, body: Value) -> Reply {
    let path = format!("/api/v1/orgs/{}/people/{user}", by.org);
    Reply::of(app.request(Method::PUT, &path, Some(&by.token)).json(&body).send().await.unwrap()).await
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> Reply {
    let body = json!({ "email": email, "password": password, "client": "desktop" });
    app.post("/api/v1/auth/sign-in", None, body).await
}

async fn noted(app: &TestApp, by: &Person) -> Vec<AuditAction> {
    let page: AuditPage = app.get(&format!("/api/v1/orgs/{}/audit", by.org), Some(&by.token)).await.json();
    page.items.into_iter().map(|item| item.action).collect()
}

async fn admin(app: &TestApp) -> Person {
    let org = app.org("Acme").await;
    app.person(org, OrgRole::Admin, "Ada").await
}

#[tokio::test]
async fn somebody_new_joins_by_a_link_once() {
    let app = start().await;
    let ada = admin(&app).await;
    let reply = invite(&app, &ada, "ina@example.org", OrgRole::Technician).await;
    assert_eq!(reply.status, 201);
    let link: SecretLink = reply.json();
    assert!(link.link.starts_with(&format!("{}/invite#", app.url)) && !link.mailed, "{}", link.link);
    let people: PeopleList =
        app.get(&format!("/api/v1/orgs/{}/people", ada.org), Some(&ada.token)).await.json();
    assert_eq!((people.invitations.len(), people.mail), (1, false));
    let told = serde_json::to_string(&people).unwrap();
    assert!(!told.contains(secret_of(&link)), "told once");

    let token = secret_of(&link);
    let preview: Value =
        app.post("/api/v1/invitations/look-up", None, json!({ "token": token })).await.json();
    assert_eq!((&preview["org_name"], &preview["email"]), (&json!("Acme"), &json!("ina@example.org")));
    assert_eq!((&preview["known"], &preview["role"]), (&json!(false), &json!("technician")));
    assert_eq!(accept(&app, token, "Ina", "short", "desktop").await.code(), "password_too_weak");
    assert_eq!(accept(&app, token, " ", PASSWORD, "desktop").await.code(), "invalid_input");

    let answer = accept(&app, token, "Ina", PASSWORD, "browser").await;
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-deskside=dsu_") && cookie.contains("HttpOnly"), "{cookie}");
    let answer: Value = answer.json();
    assert!(answer.get("token").is_none());
    assert_eq!(answer["me"]["memberships"][0]["role"], "technician");
    assert_eq!(accept(&app, token, "Ina", PASSWORD, "desktop").await.code(), "invitation_invalid");
    assert_eq!(sign_in(&app, "INA@example.org", PASSWORD).await.status, 200);
    let actions = noted(&app, &ada).await;
    for expected in [AuditAction::PersonInvited, AuditAction::InvitationAccepted, AuditAction::SignedIn] {
        assert!(actions.contains(&expected), "{expected:?} is not in {actions:?}");
    }
}

#[tokio::test]
async fn somebody_known_proves_the_password() {
    let app = start().await;
    let ada = admin(&app).await;
    let other = app.org("Other").await;
    let otto = app.person(other, OrgRole::SuperAdmin, "Otto").await;
    joined(&app, &ada, "ina@example.org", OrgRole::Technician).await;
    let link: SecretLink = invite(&app, &otto, "Ina@example.org", OrgRole::Admin).await.json();
    let token = secret_of(&link);
    let preview: Value =
        app.post("/api/v1/invitations/look-up", None, json!({ "token": token })).await.json();
    assert_eq!(preview["known"], true);
    assert_eq!(accept(&app, token, "Thief", OTHER, "desktop").await.code(), "wrong_credentials");
    let answer: Value = accept(&app, token, "", PASSWORD, "desktop").await.json();
    assert_eq!(answer["me"]["memberships"].as_array().unwrap().len(), 2);
    assert_eq!(answer["me"]["user"]["name"], "Ina");
}

#[tokio::test]
async fn links_end_by_time_by_withdrawal_and_are_tried_only_so_often() {
    let app = TestApp::start().await;
    let ada = admin(&app).await;
    let old: SecretLink = invite(&app, &ada, "old@example.org", OrgRole::Technician).await.json();
    app.advance(7 * 24 * 3600 * 1000);
    let fresh: SecretLink = invite(&app, &ada, "fresh@example.org", OrgRole::Technician).await.json();
    let people: PeopleList =
        app.get(&format!("/api/v1/orgs/{}/people", ada.org), Some(&ada.token)).await.json();
    assert_eq!(people.invitations.len(), 1);
    let path = format!("/api/v1/orgs/{}/invitations/{}", ada.org, people.invitations[0].id);
    let withdrawn = app.request(Method::DELETE, &path, Some(&ada.token)).send().await.unwrap();
    assert_eq!(withdrawn.status(), 204);
    for (link, what) in
        [(secret_of(&old), "over"), (secret_of(&fresh), "withdrawn"), ("x", "made up"), ("", "none")]
    {
        let reply = app.post("/api/v1/invitations/look-up", None, json!({ "token": link })).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (404, "invitation_invalid"), "{what}");
    }
    let mut codes = Vec::new();
    for _ in 0..20 {
        codes.push(app.post("/api/v1/invitations/look-up", None, json!({ "token": "y" })).await.code());
    }
    assert_eq!(codes.last(), Some(&"too_many_requests"), "{codes:?}");
}

/// Research S05: through the routes as well as in the store's suite.
#[tokio::test]
async fn an_admin_reaches_no_super_admin_and_nobody_themselves() {
    let app = start().await;
    let ada = admin(&app).await;
    let sue = app.person(ada.org, OrgRole::SuperAdmin, "Sue").await;
    let (ada_id, sue_id) = (id(&app, &ada).await, id(&app, &sue).await);
    let reset = |user: UserId| format!("/api/v1/orgs/{}/people/{user}/password-reset", ada.org);
    let off = json!({ "state": "deactivated" });
    assert_eq!(invite(&app, &ada, "x@example.org", OrgRole::SuperAdmin).await.code(), "forbidden");
    assert_eq!(change(&app, &ada, sue_id, off.clone()).await.code(), "forbidden");
    assert_eq!(change(&app, &ada, sue_id, json!({ "role": "technician" })).await.code(), "forbidden");
    assert_eq!(app.post(&reset(sue_id), Some(&ada.token), json!({})).await.code(), "forbidden");
    assert_eq!(change(&app, &ada, ada_id, off.clone()).await.code(), "not_to_yourself");
    assert_eq!(change(&app, &ada, ada_id, json!({ "role": "super_admin" })).await.code(), "forbidden");
    assert_eq!(app.post(&reset(ada_id), Some(&ada.token), json!({})).await.code(), "not_to_yourself");
    let member: Member = change(&app, &sue, ada_id, json!({ "role": "technician" })).await.json();
    assert_eq!((member.role, member.state), (OrgRole::Technician, PersonState::Active));
    assert_eq!(invite(&app, &ada, "x@example.org", OrgRole::Technician).await.code(), "forbidden", "at once");
}

#[tokio::test]
async fn who_is_deactivated_is_out_and_cannot_come_in() {
    let app = start().await;
    let ada = admin(&app).await;
    let ina = joined(&app, &ada, "ina@example.org", OrgRole::Technician).await;
    let user = id(&app, &ina).await;
    let member: Member = change(&app, &ada, user, json!({ "state": "deactivated" })).await.json();
    assert_eq!((member.state, member.devices), (PersonState::Deactivated, 0));
    assert_eq!(app.get("/api/v1/me", Some(&ina.token)).await.code(), "not_signed_in");
    assert_eq!(sign_in(&app, "ina@example.org", OTHER).await.code(), "wrong_credentials", "nothing is told");
    let refused = sign_in(&app, "ina@example.org", PASSWORD).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, "account_deactivated"));
    assert_eq!(invite(&app, &ada, "ina@example.org", OrgRole::Technician).await.code(), "already_member");

    // In another organisation they are who they were.
    let other = app.org("Other").await;
    let otto = app.person(other, OrgRole::Admin, "Otto").await;
    let link: SecretLink = invite(&app, &otto, "ina@example.org", OrgRole::Technician).await.json();
    let answer: Value = accept(&app, secret_of(&link), "", PASSWORD, "desktop").await.json();
    assert_eq!(answer["me"]["memberships"].as_array().unwrap().len(), 1);
    let token = answer["token"].as_str().unwrap();
    let there = |org: OrgId| format!("/api/v1/orgs/{org}/files");
    assert_eq!(app.get(&there(ada.org), Some(token)).await.code(), "not_found");
    assert_eq!(app.get(&there(other), Some(token)).await.status, 200);

    change(&app, &ada, user, json!({ "state": "active" })).await.json::<Member>();
    assert_eq!(app.get(&there(ada.org), Some(token)).await.status, 200);
}

#[tokio::test]
async fn an_admins_link_sets_a_password_once_and_signs_out_everywhere() {
    let app = start().await;
    let ada = admin(&app).await;
    let ina = joined(&app, &ada, "ina@example.org", OrgRole::Technician).await;
    let path = format!("/api/v1/orgs/{}/people/{}/password-reset", ada.org, id(&app, &ina).await);
    let reset = async |token: &str, password: &str| {
        app.post("/api/v1/auth/reset-password", None, json!({ "token": token, "password": password })).await
    };
    let old: SecretLink = app.post(&path, Some(&ada.token), json!({})).await.json();
    app.advance(60 * 60 * 1000);
    assert_eq!(reset(secret_of(&old), OTHER).await.code(), "reset_invalid", "an hour");
    let link: SecretLink = app.post(&path, Some(&ada.token), json!({})).await.json();
    assert!(link.link.starts_with(&format!("{}/reset-password#", app.url)));
    assert_eq!(reset(secret_of(&link), "short").await.code(), "password_too_weak");
    assert_eq!(reset(secret_of(&link), OTHER).await.status, 204);
    assert_eq!(reset(secret_of(&link), PASSWORD).await.code(), "reset_invalid", "once");
    assert_eq!(app.get("/api/v1/me", Some(&ina.token)).await.code(), "not_signed_in");
    assert_eq!(sign_in(&app, "ina@example.org", PASSWORD).await.code(), "wrong_credentials");
    assert_eq!(sign_in(&app, "ina@example.org", OTHER).await.status, 200);
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it() {
    let app = start().await;
    let ada = admin(&app).await;
    let ina = joined(&app, &ada, "ina@example.org", OrgRole::Technician).await;
    let elsewhere: Value = sign_in(&app, "ina@example.org", PASSWORD).await.json();
    let change = async |current: &str, password: &str| {
        let body = json!({ "current": current, "password": password });
        app.post("/api/v1/me/password", Some(&ina.token), body).await
    };
    assert_eq!(change(OTHER, "a new copper kettle").await.code(), "wrong_credentials");
    assert_eq!(change(PASSWORD, "ina@example.org").await.code(), "password_too_weak");
    assert_eq!(change(PASSWORD, OTHER).await.status, 204);
    assert_eq!(app.get("/api/v1/me", Some(&ina.token)).await.status, 200, "this device stays");
    let token = elsewhere["token"].as_str().unwrap();
    assert_eq!(app.get("/api/v1/me", Some(token)).await.code(), "not_signed_in", "others do not");
    assert_eq!(sign_in(&app, "ina@example.org", OTHER).await.status, 200);
    let mut codes = Vec::new();
    for _ in 0..12 {
        codes.push(change("wrong wrong wrong", OTHER).await.code());
    }
    assert_eq!(codes.last(), Some(&"too_many_requests"), "a stolen session is no way to guess");
}

/// A portal without a mail server says so, whoever asks.
#[tokio::test]
async fn without_a_mail_server_it_is_said() {
    let app = start().await;
    let ada = admin(&app).await;
    let info: Value = app.get("/api/v1/info", None).await.json();
    assert_eq!(info["mail"], false);
    for email in ["ada@example.org", "nobody@example.org"] {
        let reply = app.post("/api/v1/auth/forgot-password", None, json!({ "email": email })).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (409, "mail_not_set_up"));
    }
    let body = json!({ "email": "ina@example.org", "role": "technician", "mail": true });
    let path = format!("/api/v1/orgs/{}/invitations", ada.org);
    assert_eq!(app.post(&path, Some(&ada.token), body.clone()).await.code(), "mail_not_set_up");
    let tess = app.person(ada.org, OrgRole::Technician, "Tess").await;
    assert_eq!(app.post(&path, Some(&tess.token), body).await.code(), "forbidden");
}

/// Secrets of links are kept hashed: what the store has does not open anything.
#[tokio::test]
async fn what_is_kept_of_a_link_is_no_link() {
    let app = start().await;
    let ada = admin(&app).await;
    let link: SecretLink = invite(&app, &ada, "ina@example.org", OrgRole::Technician).await.json();
    let hash = deskside_portal::secret::hash(secret_of(&link));
    assert!(app.app.store.invitation(hash, app.now()).await.unwrap().is_some());
    let reply = app.post("/api/v1/invitations/look-up", None, json!({ "token": hex::encode(hash) })).await;
    assert_eq!(reply.code(), "invitation_invalid");
}
