//! Mail by a real server: invitations and forgotten passwords (row Z22; pitfall S04).

use std::{path::PathBuf, sync::Arc, time::Duration};

use deskside_portal::mail::{Letter, MailConfig, SmtpUrl};
use deskside_proto::{OrgRole, api::SecretLink};
use deskside_scratch_smtp::{Mail, PASSWORD, ScratchSmtp, USER};
use deskside_store::memory::MemoryStore;
use serde_json::{Value, json};

use crate::harness::{Person, TestApp};

const OWN_PASSWORD: &str = "copper kettle 7 rides";

fn config(scheme: &str, port: u16, password: &str, ca: Option<PathBuf>) -> MailConfig {
    let mut url: url::Url = format!("{scheme}://localhost:{port}").parse().unwrap();
    url.set_username(USER).unwrap();
    url.set_password(Some(password)).unwrap();
    let server: SmtpUrl = url.as_str().parse().unwrap();
    let from = "Deskside <help@example.org>".parse().unwrap();
    MailConfig { server, from, ca, retries: vec![Duration::from_millis(50); 3] }
}

/// A portal whose mail goes to `server` with STARTTLS.
async fn app(server: &ScratchSmtp) -> TestApp {
    let mail = config("smtp", server.starttls_port, PASSWORD, Some(server.authority.clone()));
    TestApp::start_with(Arc::new(MemoryStore::new()), |config| config.mail = Some(mail)).await
}

async fn admin(app: &TestApp, org: &str, name: &str) -> Person {
    let org = app.org(org).await;
    app.person(org, OrgRole::Admin, name).await
}

async fn invite(app: &TestApp, by: &Person, email: &str) -> SecretLink {
    let body = json!({ "email": email, "role": "technician", "mail": true });
    app.post(&format!("/api/v1/orgs/{}/invitations", by.org), Some(&by.token), body).await.json()
}

async fn forgot(app: &TestApp, email: &str) -> u16 {
    app.post("/api/v1/auth/forgot-password", None, json!({ "email": email })).await.status.as_u16()
}

fn token_of(link: &str) -> &str {
    link.split_once('#').unwrap().1
}

/// Waits for mails without standing in the portal's way.
async fn arrived(server: &Arc<ScratchSmtp>, count: usize) -> Vec<Mail> {
    let server = server.clone();
    tokio::task::spawn_blocking(move || server.wait_for(count).unwrap()).await.unwrap()
}

async fn start() -> Arc<ScratchSmtp> {
    tokio::task::spawn_blocking(|| Arc::new(ScratchSmtp::start().unwrap())).await.unwrap()
}

#[tokio::test]
async fn an_invitation_arrives_and_its_link_works() {
    let server = start().await;
    let app = app(&server).await;
    let ada = admin(&app, "Acme & Sons", "Ada").await;
    let told = invite(&app, &ada, "ina@example.org").await;
    assert!(told.mailed);
    let mails = arrived(&server, 1).await;
    let mail = &mails[0];
    assert!(mail.encrypted);
    assert_eq!(
        (mail.from.as_str(), mail.to.as_slice()),
        ("help@example.org", &["ina@example.org".to_owned()][..])
    );
    assert_eq!(mail.header("from"), ["Deskside <help@example.org>"]);
    assert_eq!(mail.header("subject"), ["Ada invites you to Acme & Sons"]);
    assert!(mail.html.contains("Acme &amp; Sons") && mail.html.contains(&told.link), "{}", mail.html);
    assert_eq!(mail.link(), Some(told.link.as_str()));
    let body = json!({
        "token": token_of(mail.link().unwrap()), "name": "Ina", "password": OWN_PASSWORD, "client": "desktop"
    });
    let answer: Value = app.post("/api/v1/invitations/accept", None, body).await.json();
    assert_eq!(answer["me"]["user"]["email"], "ina@example.org");
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_mail_and_nobody_learns_who_is_here() {
    let server = start().await;
    let app = app(&server).await;
    let ada = admin(&app, "Acme", "Ada").await;
    let link = invite(&app, &ada, "ina@example.org").await.link;
    let body =
        json!({ "token": token_of(&link), "name": "Ina", "password": OWN_PASSWORD, "client": "desktop" });
    let answer: Value = app.post("/api/v1/invitations/accept", None, body).await.json();
    let signed_in = answer["token"].as_str().unwrap();

    assert_eq!(forgot(&app, "nobody@example.org").await, 204);
    assert_eq!(forgot(&app, "INA@example.org").await, 204);
    assert_eq!(forgot(&app, "no address").await, 422);
    let mails = arrived(&server, 2).await;
    assert_eq!(mails[1].to, ["ina@example.org"]);
    let token = token_of(mails[1].link().unwrap());
    let new = json!({ "token": token, "password": "seven quiet tin bells" });
    assert_eq!(app.post("/api/v1/auth/reset-password", None, new).await.status, 204);
    assert_eq!(app.get("/api/v1/me", Some(signed_in)).await.code(), "not_signed_in");
    let told = arrived(&server, 3).await;
    assert_eq!(told[2].header("subject"), ["Your password for Deskside was changed"]);
    let mut codes = Vec::new();
    for _ in 0..4 {
        codes.push(forgot(&app, "nobody@example.org").await);
    }
    assert_eq!(codes.last(), Some(&429), "{codes:?}");
    let to: Vec<_> = server.mails().unwrap().into_iter().flat_map(|mail| mail.to).collect();
    assert!(!to.contains(&"nobody@example.org".to_owned()));
}

/// A server that is down, or refuses: there is a link all the same, and it is said that it was not mailed.
#[tokio::test]
async fn without_the_server_an_invitation_is_a_link() {
    let server = start().await;
    let app = app(&server).await;
    let ada = admin(&app, "Acme", "Ada").await;
    assert!(!invite(&app, &ada, "ina@refused.example").await.mailed);
    drop(server);
    let told = invite(&app, &ada, "ina@example.org").await;
    assert!(!told.mailed);
    let body = json!({ "token": token_of(&told.link) });
    assert_eq!(app.post("/api/v1/invitations/look-up", None, body).await.status, 200);
    assert_eq!(forgot(&app, "ada@example.org").await, 204, "as always");
}

/// A server that lets strangers wait gets the letter when it is ready for it.
#[tokio::test]
async fn what_does_not_go_out_is_tried_again() {
    let server = start().await;
    let app = app(&server).await;
    let mailer = app.app.mailer.clone().unwrap();
    mailer.post(letter("ina@later.example"));
    mailer.post(letter("ina@example.org"));
    let mails = arrived(&server, 2).await;
    let to: Vec<_> = mails.iter().map(|mail| mail.to[0].as_str()).collect();
    assert_eq!(to, ["ina@example.org", "ina@later.example"], "nobody waits for another one's server");
}

fn letter(to: &str) -> Letter {
    let text = |text: &str| text.to_owned();
    Letter { to: text(to), subject: text("Hello"), text: text("Hello"), html: text("<p>Hello</p>") }
}

#[tokio::test]
async fn only_the_right_server_is_spoken_to() {
    let server = start().await;
    let ca = || Some(server.authority.clone());
    for (what, config, expected) in [
        ("STARTTLS", config("smtp", server.starttls_port, PASSWORD, ca()), Ok(())),
        ("TLS", config("smtps", server.tls_port, PASSWORD, ca()), Ok(())),
        ("an unknown authority", config("smtp", server.starttls_port, PASSWORD, None), Err("certificate")),
        ("the same with TLS", config("smtps", server.tls_port, PASSWORD, None), Err("certificate")),
        ("a server without STARTTLS", config("smtp", server.plain_port, PASSWORD, ca()), Err("STARTTLS")),
        ("a wrong password", config("smtp", server.starttls_port, "wrong", ca()), Err("535")),
    ] {
        let found = config.check().await.map_err(|error| format!("{error:#}"));
        match (&found, expected) {
            (Ok(()), Ok(())) => {}
            (Err(said), Err(part)) => {
                assert!(said.to_lowercase().contains(&part.to_lowercase()), "{what}: {said}");
                assert!(!said.contains(PASSWORD), "{said}");
            }
            _ => panic!("{what}: {found:?}"),
        }
    }
    let plain: SmtpUrl = format!("smtp://127.0.0.1:{}?tls=off", server.plain_port).parse().unwrap();
    let plain = MailConfig { server: plain, ..config("smtp", 1, PASSWORD, None) };
    plain.check().await.unwrap();
}

/// Names and addresses are strangers': no header and no recipient comes from them.
#[tokio::test]
async fn nobody_writes_headers() {
    let server = start().await;
    let app = app(&server).await;
    let evil =
        "Eve\u{2028}\u{202e} <b>x</b> \"; Bcc: all@example.org, =?utf-8?q?=0d=0aBcc:_all@example.org?=";
    let ada = admin(&app, evil, evil).await;
    assert!(invite(&app, &ada, "ina@example.org").await.mailed);
    for address in
        ["a@b.example\r\nBcc: all@example.org", "a@b.example, all@example.org", "Eve <all@example.org>"]
    {
        let body = json!({ "email": address, "role": "technician", "mail": true });
        let reply = app.post(&format!("/api/v1/orgs/{}/invitations", ada.org), Some(&ada.token), body).await;
        let mailed = reply.status.is_success() && reply.json::<SecretLink>().mailed;
        assert!(!mailed, "{address:?}");
    }
    let mails = arrived(&server, 1).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, ["ina@example.org"]);
    assert_eq!((mails[0].header("bcc").len(), mails[0].header("subject").len()), (0, 1));
    assert!(!mails[0].html.contains("<b>x</b>") && mails[0].html.contains("&lt;b&gt;"));
}
