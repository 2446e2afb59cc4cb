//! Who gets what: every route for every kind of caller (rows N12, N13, N14, Z17, Z22; research S03, S05).

use deskside_proto::{Command, OrgRole};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Person, Reply, TestApp};

/// One session with everything in it, and everybody who might ask for it.
struct World {
    session: String,
    participant: String,
    attachment: String,
    upload: String,
    /// Row → token.
    callers: Vec<(&'static str, Option<String>)>,
}

/// People who stay the same for every session of the walk.
struct Cast {
    technician: Person,
    own: Person,
    admin: Person,
    foreign: Person,
    foreign_guest: String,
    /// Customer of another session of the same organisation.
    guest_elsewhere: String,
}

async fn cast(app: &TestApp) -> Cast {
    let technician = app.technician().await;
    let own = app.person(technician.org, OrgRole::TechnicianOwn, "Olaf").await;
    let admin = app.person(technician.org, OrgRole::Admin, "Ada").await;
    let other = app.org("Other").await;
    let foreign = app.person(other, OrgRole::SuperAdmin, "Fay").await;
    let (_, join) = app.session(&foreign).await;
    let (foreign_guest, _) = app.join(&join, "Gus").await;
    let (_, join) = app.session(&technician).await;
    let (guest_elsewhere, _) = app.join(&join, "Gil").await;
    Cast { technician, own, admin, foreign, foreign_guest, guest_elsewhere }
}

async fn world(app: &TestApp, cast: &Cast) -> World {
    let (session, join) = app.session(&cast.technician).await;
    let (guest, you) = app.join(&join, "Carl").await;
    let id = app.upload(session.id, &guest, "a.txt", b"0123456789").await;
    let offer = Command::PostMessage {
        text: String::new(),
        reply_to: None,
        attachments: vec![id],
        mentions: vec![],
        private: false,
    };
    app.enter(session.id, &guest).await.command(app.txn(), offer).await.unwrap();
    let open = app.create_upload(session.id, &guest, "b.txt", 3).await;
    World {
        session: session.id.to_string(),
        participant: you.id.to_string(),
        attachment: id.to_string(),
        upload: open.header("location").rsplit('/').next().unwrap().to_owned(),
        callers: vec![
            ("no token", None),
            ("guest", Some(guest)),
            ("foreign guest", Some(cast.foreign_guest.clone())),
            ("technician_own", Some(cast.own.token.clone())),
            ("technician", Some(cast.technician.token.clone())),
            ("admin", Some(cast.admin.token.clone())),
            ("foreign admin", Some(cast.foreign.token.clone())),
            ("guest elsewhere", Some(cast.guest_elsewhere.clone())),
        ],
    }
}

/// Row N14's table: attachment route × caller.
#[tokio::test]
async fn an_attachment_goes_to_its_session_and_its_organisation_only() {
    let app = TestApp::start().await;
    let cast = cast(&app).await;
    let world = world(&app, &cast).await;
    let path = format!("/api/v1/sessions/{}/attachments/{}", world.session, world.attachment);
    let expected = [401, 200, 403, 404, 200, 200, 404, 403];
    for ((who, token), status) in world.callers.iter().zip(expected) {
        let reply = app.get(&path, token.as_deref()).await;
        assert_eq!(reply.status.as_u16(), status, "{who}");
        assert_eq!(reply.body == b"0123456789", status == 200, "{who}");
    }
    // Row N12: not by any other path either.
    for path in [
        format!("/blobs/chat-attachments/{}/{}/{}", cast.technician.org, world.session, world.attachment),
        format!("/chat-attachments/{}/{}/{}", cast.technician.org, world.session, world.attachment),
        format!("/api/v1/sessions/{}/attachments", world.session),
    ] {
        assert_eq!(app.get(&path, None).await.status, 404, "{path}");
    }
    // Row N11: and it stands where the row says.
    let stored =
        format!("blobs/chat-attachments/{}/{}/{}", cast.technician.org, world.session, world.attachment);
    assert_eq!(std::fs::read(app.folder.path().join(stored)).unwrap(), b"0123456789");
}

/// What each operation answers to each caller, in the order of `World::callers`; 0 = let through (any answer but a refusal). The
/// last one, a customer elsewhere in the organisation, gets what a customer of another organisation gets.
fn expected(operation: &str) -> Option<[u16; 7]> {
    Some(match operation {
        // Anybody.
        "get_info" | "set_up" | "sign_in" | "look_up_join" | "join_session" | "describe_uploads" => [0; 7],
        // Anybody signed in.
        "sign_out" | "get_me" => [401, 403, 403, 0, 0, 0, 0],
        // Members of the organisation.
        "list_sessions" | "create_session" | "list_files" | "get_org_settings" | "list_canned_replies" => {
            [401, 403, 403, 0, 0, 0, 404]
        }
        // Who manages the organisation; the session is not over.
        "list_audit" | "export_audit" => [401, 403, 403, 403, 403, 0, 404],
        "delete_session" => [401, 403, 403, 404, 403, 0, 404],
        "update_org_settings" | "create_canned_reply" | "update_canned_reply" | "delete_canned_reply" => {
            [401, 403, 403, 403, 403, 0, 404]
        }
        // Members who may see the session; nobody who may not learns that it is there.
        "end_session" | "renew_join" | "admit_participant" | "remove_participant" => {
            [401, 403, 403, 404, 0, 0, 404]
        }
        // The session is not over: it is in nobody's Files.
        "get_files_session" | "get_transcript" => [401, 403, 403, 404, 404, 404, 404],
        // The session's own customer too.
        "get_session" => [401, 0, 403, 404, 0, 0, 404],
        "get_attachment" | "get_attachments_zip" => [401, 0, 403, 404, 0, 0, 404],
        // A text has no thumbnail.
        "get_thumbnail" => [401, 404, 403, 404, 404, 404, 404],
        // Without an upgrade: malformed for those who may.
        "session_socket" => [401, 0, 403, 404, 0, 0, 404],
        // Members take part before they send files.
        "create_upload" => [401, 0, 403, 404, 403, 403, 404],
        // The same, and for one's way to others; without an upgrade malformed for those who may.
        "create_direct" | "get_ice_servers" => [401, 0, 403, 404, 403, 403, 404],
        // One's own, before a message names it: there is none.
        "delete_direct" => [401, 404, 403, 404, 403, 403, 404],
        // To oneself: nobody.
        "relay_socket" => [401, 404, 403, 404, 403, 403, 404],
        // Members take part before they search.
        "search_session" => [401, 0, 403, 404, 403, 403, 404],
        // The sender's own.
        "get_upload_offset" | "append_upload" | "delete_upload" => [401, 0, 404, 404, 404, 404, 404],
        _ => return None,
    })
}

/// Rows N13, N14, Z17, Z22: no route is forgotten, because the list comes from the OpenAPI file.
#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_every_caller_as_the_table_says() {
    let app =
        TestApp::start_with(std::sync::Arc::new(deskside_store::memory::MemoryStore::new()), |config| {
            let many = std::num::NonZeroU32::new(100_000).unwrap();
            config.rates.join_per_address = many;
            config.rates.sign_in_per_address = many;
            config.rates.sign_in_per_email = many;
        })
        .await;
    let cast = cast(&app).await;
    let description: Value = app.get("/api/v1/openapi.json", None).await.json();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            let expected = expected(name).unwrap_or_else(|| panic!("{name} is not in the table"));
            seen += 1;
            for (index, status) in expected.into_iter().chain([expected[2]]).enumerate() {
                // A world of its own for each: some operations end it.
                let world = world(&app, &cast).await;
                let (who, token) = &world.callers[index];
                // Signing out must not take a caller from the rest of the walk.
                let token = if name == "sign_out" && status == 0 {
                    Some(app.person(cast.technician.org, OrgRole::Technician, "Once").await.token)
                } else {
                    token.clone()
                };
                let reply = call(&app, &cast, &world, method, path, token.as_deref()).await;
                let got = reply.status.as_u16();
                let right = if status == 0 { !matches!(got, 401 | 403 | 404 | 500..) } else { got == status };
                if !right {
                    wrong.push(format!("{name} for {who}: {got}, expected {status}"));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(seen >= 24, "only {seen} operations");
}

async fn call(
    app: &TestApp,
    cast: &Cast,
    world: &World,
    method: &str,
    path: &str,
    token: Option<&str>,
) -> Reply {
    let canned = json!({ "shortcut": app.txn().to_string(), "text": "Hello" });
    let reply = if path.contains("{reply}") {
        let path = format!("/api/v1/orgs/{}/canned-replies", cast.technician.org);
        let made = app.request(Method::POST, &path, Some(&cast.admin.token)).json(&canned).send().await;
        let made: Value = Reply::of(made.unwrap()).await.json();
        made["id"].as_str().unwrap().to_owned()
    } else {
        String::new()
    };
    let path = path
        .replace("{reply}", &reply)
        .replace("{org}", &cast.technician.org.to_string())
        .replace("{session}", &world.session)
        .replace("{participant}", &world.participant)
        .replace("{peer}", &world.participant)
        .replace("{attachment}", &world.attachment)
        .replace("{upload}", &world.upload)
        .replace("attachments.zip", &format!("attachments.zip?ids={}", world.attachment));
    let method: Method = method.to_uppercase().parse().unwrap();
    let request = app
        .request(method, &path, token)
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", "0")
        .header("upload-length", "3");
    let request = if path.contains("/uploads/") {
        request.header("content-type", "application/offset+octet-stream").body("abc")
    } else if path.contains("/canned-replies") {
        request.json(&canned)
    } else if path.ends_with("/direct") {
        request.json(&json!({ "name": "a.iso", "size": 1, "kind": "file", "files": 1 }))
    } else if path.ends_with("/settings") {
        // The walk goes on with customers who may attach at once.
        request.json(&json!({ "attachments": { "customer_attach": "always" } }))
    } else {
        request.json(&json!({}))
    };
    Reply::of(request.send().await.unwrap()).await
}
