//! Devices: listed, and signed out at once (research S05; row Z22).

use std::{sync::Arc, time::Duration};

use deskside_proto::{
    DeviceId, OrgRole,
    api::{ClientKind, DeviceList},
};
use deskside_store::{NewToken, Store as _, memory::MemoryStore};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Person, TestApp};

async fn devices(app: &TestApp, path: &str, token: &str) -> DeviceList {
    app.get(path, Some(token)).await.json()
}

async fn only_device(app: &TestApp, who: &Person) -> DeviceId {
    let own = devices(app, "/api/v1/me/devices", &who.token).await.devices;
    assert_eq!(own.len(), 1);
    own[0].id
}

async fn revoke(app: &TestApp, by: &Person, device: DeviceId) {
    let path = format!("/api/v1/orgs/{}/devices/{device}", by.org);
    let reply = app.request(Method::DELETE, &path, Some(&by.token)).send().await.unwrap();
    assert_eq!(reply.status(), 204);
}

#[tokio::test]
async fn a_sign_in_is_a_device_with_a_name_and_an_address() {
    let app = TestApp::start().await;
    let link = deskside_portal::serve::set_up_link(&app.app).await.unwrap().unwrap();
    let (email, password) = ("ada@example.org", "copper kettle 7 rides");
    let body = json!({
        "token": link.split('#').nth(1).unwrap(), "org_name": "Acme", "name": "Ada", "email": email,
        "password": password, "client": "desktop"
    });
    let first: Value = app.post("/api/v1/set-up", None, body).await.json();
    let token = first["token"].as_str().unwrap();
    app.advance(1_000);
    let sign_in = json!({ "email": email, "password": password, "client": "browser" });
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let request = app.request(Method::POST, "/api/v1/auth/sign-in", None).header("user-agent", firefox);
    assert_eq!(request.json(&sign_in).send().await.unwrap().status(), 200);

    let own = devices(&app, "/api/v1/me/devices", token).await.devices;
    let shown: Vec<_> =
        own.iter().map(|device| (device.label.as_str(), device.client, device.current)).collect();
    let expected = [("Firefox on Linux", ClientKind::Browser, false), ("Unknown", ClientKind::Desktop, true)];
    assert_eq!(shown, expected, "newest first");
    assert_eq!(own[0].address.as_deref(), Some("127.0.0.1"));
    let org = first["me"]["memberships"][0]["org_id"].as_str().unwrap();
    let all = devices(&app, &format!("/api/v1/orgs/{org}/devices"), token).await.devices;
    assert_eq!(all, own);
    let path = format!("/api/v1/me/devices/{}", own[0].id);
    assert_eq!(app.request(Method::DELETE, &path, Some(token)).send().await.unwrap().status(), 204);
    assert_eq!(app.request(Method::DELETE, &path, Some(token)).send().await.unwrap().status(), 404);
    let path = format!("/api/v1/me/devices/{}", own[1].id);
    let last = app.request(Method::DELETE, &path, Some(token)).send().await.unwrap();
    assert_eq!(last.status(), 204, "what signs itself out is still answered");
    assert_eq!(app.get("/api/v1/me", Some(token)).await.code(), "not_signed_in");
}

/// The point of it: a live socket on another connection ends at once, with the code that makes a client say that it is signed out.
#[tokio::test]
async fn a_revoked_device_is_cut_at_once_and_others_are_not() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let ada = app.person(tess.org, OrgRole::Admin, "Ada").await;
    let (session, join) = app.session(&tess).await;
    let (carl, _) = app.join(&join, "Carl").await;
    let mut hers = app.enter(session.id, &tess.token).await;
    let mut adas = app.enter(session.id, &ada.token).await;
    let mut his = app.enter(session.id, &carl).await;
    revoke(&app, &ada, only_device(&app, &tess).await).await;
    assert_eq!(hers.error().await, "not_signed_in");
    assert_eq!(app.get("/api/v1/me", Some(&tess.token)).await.code(), "not_signed_in");
    let again = app.try_connect(session.id, &[("authorization", &format!("Bearer {}", tess.token))]).await;
    assert_eq!(again.err(), Some(401));
    let seq = his.say(app.txn(), "still here").await;
    assert!(adas.event(seq).await.seq == seq, "others go on");
}

#[tokio::test]
async fn a_person_who_is_deactivated_is_cut_at_once() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let ada = app.person(tess.org, OrgRole::Admin, "Ada").await;
    let (session, _) = app.session(&tess).await;
    let me: Value = app.get("/api/v1/me", Some(&tess.token)).await.json();
    let path = format!("/api/v1/orgs/{}/people/{}", tess.org, me["user"]["id"].as_str().unwrap());
    let put = async |body: Value| {
        app.request(Method::PUT, &path, Some(&ada.token)).json(&body).send().await.unwrap().status()
    };
    let mut socket = app.enter(session.id, &tess.token).await;
    assert_eq!(put(json!({ "role": "technician_own" })).await, 200);
    assert_eq!(socket.error().await, "unavailable", "to come again, and see what may be seen now");
    let mut socket = app.enter(session.id, &tess.token).await;
    assert_eq!(put(json!({ "state": "deactivated" })).await, 200);
    assert_eq!(socket.error().await, "not_signed_in");
}

#[tokio::test]
async fn signing_out_ends_the_own_sockets() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    let mut socket = app.enter(session.id, &tess.token).await;
    assert_eq!(app.post("/api/v1/auth/sign-out", Some(&tess.token), json!({})).await.status, 204);
    assert_eq!(socket.error().await, "not_signed_in");
}

/// What is being sent to a device that is signed out breaks off, and so does what it sends.
#[tokio::test]
async fn downloads_and_uploads_end_with_the_sign_in() {
    const BYTES: usize = 64 * 1024 * 1024;
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let ada = app.person(tess.org, OrgRole::Admin, "Ada").await;
    let (session, _) = app.session(&tess).await;
    app.enter(session.id, &tess.token).await;
    let file = app.upload(session.id, &tess.token, "a.bin", &vec![7; BYTES]).await;
    let path = format!("/api/v1/sessions/{}/attachments/{file}", session.id);
    let mut download = app.request(Method::GET, &path, Some(&tess.token)).send().await.unwrap();
    let first = download.chunk().await.unwrap().unwrap();

    let created = app.create_upload(session.id, &tess.token, "b.bin", 1_000).await;
    let location = created.header("location").to_owned();
    let never_ends = futures_util::stream::once(async { Ok::<_, std::io::Error>(vec![1_u8; 10]) });
    let never_ends = futures_util::StreamExt::chain(never_ends, futures_util::stream::pending());
    let upload = app.patch(&location, &tess.token, 0, reqwest::Body::wrap_stream(never_ends));
    let revoked = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        revoke(&app, &ada, only_device(&app, &tess).await).await;
    };
    let (upload, ()) = tokio::time::timeout(Duration::from_secs(10), async { tokio::join!(upload, revoked) })
        .await
        .expect("the upload goes on for a device that is signed out");
    assert_eq!(upload.code(), "not_signed_in");
    let mut received = first.len();
    let ended = loop {
        match download.chunk().await {
            Ok(Some(chunk)) => received += chunk.len(),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    assert!(ended.is_err() && received < BYTES, "{received} of {BYTES} bytes");
}

/// Devices are seen every few minutes, beside the requests; those of older portals get their names by it.
#[tokio::test]
async fn devices_are_seen_now_and_then() {
    let store = Arc::new(MemoryStore::new());
    let app = TestApp::start_with(store.clone(), |_| {}).await;
    let tess = app.technician().await;
    let user =
        store.signed_in(deskside_portal::secret::hash(&tess.token), app.now()).await.unwrap().unwrap().user;
    let old = format!("dsu_{}", "7".repeat(64));
    let record = NewToken {
        hash: deskside_portal::secret::hash(&old),
        user,
        device: DeviceId([7; 16]),
        client: ClientKind::Browser,
        label: String::new(),
        address: None,
        created_at: app.now(),
        expires_at: app.now().plus(1_000_000_000),
    };
    store.create_token(record).await.unwrap();
    let begun = app.now();
    let request =
        app.request(Method::GET, "/api/v1/me", Some(&old)).header("user-agent", "deskside/0.1.0 (linux)");
    assert_eq!(request.send().await.unwrap().status(), 200);
    let seen = async |when: i64| {
        for _ in 0..300 {
            let own = devices(&app, "/api/v1/me/devices", &tess.token).await.devices;
            let found = own.into_iter().find(|device| device.id == DeviceId([7; 16])).unwrap();
            if found.last_seen_at.since(begun) >= when && !found.label.is_empty() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("never seen after {when} ms");
    };
    let found = seen(0).await;
    assert_eq!((found.label.as_str(), found.client), ("Deskside on Linux", ClientKind::Desktop));
    assert_eq!(found.address.as_deref(), Some("127.0.0.1"));
    app.advance(6 * 60 * 1000);
    assert_eq!(app.get("/api/v1/me", Some(&old)).await.status, 200);
    seen(6 * 60 * 1000).await;
}
