//! Every route × every kind of caller × what is theirs, what is another session's and what is another organisation's, on real databases
//! (rows N12, N13, N14, Z17, Z22; research S03, S05). The list of routes is the OpenAPI file: none is forgotten.

use std::{collections::BTreeSet, num::NonZeroU32, sync::Arc};

use deskside_portal::database::Place;
use deskside_proto::{
    Command, OrgId, OrgRole,
    api::{BotList, DeviceList, JoinInfo, PeopleList, SessionView},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Person, Reply, TestApp, link_secret};

/// The columns of [`EXPECTED`].
const CALLERS: [&str; 9] = [
    "nobody",
    "customer",
    "technician with own sessions only",
    "technician",
    "admin",
    "super admin",
    "admin of another organisation",
    "customer who waits",
    "customer who was removed",
];

/// Whose thing is asked for; the rows of [`EXPECTED`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The session of the customers and of the technician with own sessions only, in which the technician takes part too.
    Own,
    /// Another session of the organisation, which only another technician and another customer are in.
    Other,
    /// Of another organisation: its admin's own, and nobody else's.
    Foreign,
}

/// Open to everybody, with or without a token.
const ANYBODY: [&str; 3] = [".........", ".........", "........."];
/// To nobody: there is no such thing.
const NOBODY: [&str; 3] = ["444444444", "444444444", "444444444"];
/// For people who are signed in, about themselves.
const SIGNED_IN: [&str; 3] = ["13.....33", "13.....33", "13.....33"];
/// For members of the organisation in the path.
const MEMBERS: [&str; 3] = ["13....433", "13....433", "134444.33"];
/// For those who manage it.
const MANAGERS: [&str; 3] = ["1333..433", "1333..433", "134444.33"];
/// For members who may see the session.
const MEMBERS_OF_SESSION: [&str; 3] = ["13....433", "134...433", "134444.33"];
/// For those who manage the organisation; a technician with own sessions only does not learn of others.
const MANAGERS_OF_SESSION: [&str; 3] = ["1333..433", "1343..433", "134444.33"];
/// For members who may see the session, and its customers once they are let in.
const SESSION: [&str; 3] = ["1.....433", "134...433", "134444.33"];
/// For those in the room: members come in first.
const IN_THE_ROOM: [&str; 3] = ["1...33433", "134333433", "134444.33"];
/// The caller's own things; others do not learn that they are there.
const NOBODY_ELSES: [&str; 3] = ["1.4444444", "144444444", "144444444"];

/// What each operation answers, by caller (columns) and by what is asked for (rows: own, other session, other organisation):
/// `.` = let through (any answer but a refusal), `1` = 401, `3` = 403, `4` = 404.
const EXPECTED: &[(&str, [&str; 3])] = &[
    ("get_info", ANYBODY),
    ("get_health", ANYBODY),
    ("set_up", ANYBODY),
    ("sign_in", ANYBODY),
    ("look_up_join", ANYBODY),
    ("join_session", ANYBODY),
    ("describe_uploads", ANYBODY),
    ("forgot_password", ANYBODY),
    // By links, of which these are none.
    ("look_up_invitation", NOBODY),
    ("accept_invitation", NOBODY),
    ("reset_password", NOBODY),
    ("sign_out", SIGNED_IN),
    ("get_me", SIGNED_IN),
    ("list_own_devices", SIGNED_IN),
    ("change_password", SIGNED_IN),
    // It is another's.
    ("revoke_own_device", ["134444433", "134444433", "134444433"]),
    ("list_people", MANAGERS),
    ("invite_person", MANAGERS),
    ("withdraw_invitation", MANAGERS),
    ("change_person", MANAGERS),
    ("make_password_reset", MANAGERS),
    ("list_devices", MANAGERS),
    ("revoke_device", MANAGERS),
    ("list_sessions", MEMBERS),
    ("create_session", MEMBERS),
    ("list_files", MEMBERS),
    ("search_files", MEMBERS),
    ("get_org_settings", MEMBERS),
    ("list_canned_replies", MEMBERS),
    ("list_bots", MANAGERS),
    ("create_bot", MANAGERS),
    ("get_bot", MANAGERS),
    ("update_bot", MANAGERS),
    ("delete_bot", MANAGERS),
    ("save_bot_draft", MANAGERS),
    ("publish_bot", MANAGERS),
    ("withdraw_bot", MANAGERS),
    ("get_bot_version", MANAGERS),
    ("create_bot_secret", MANAGERS),
    ("try_bot_action", MANAGERS),
    ("rehearse_bot", MANAGERS),
    ("create_canned_reply", MANAGERS),
    ("update_canned_reply", MANAGERS),
    ("delete_canned_reply", MANAGERS),
    ("update_org_settings", MANAGERS),
    ("get_statistics", MANAGERS),
    ("list_audit", MANAGERS),
    ("export_audit", MANAGERS),
    // There is none.
    ("delete_capture", ["134444433", "134444433", "134444433"]),
    ("get_files_session", MEMBERS_OF_SESSION),
    ("get_session_zip", MEMBERS_OF_SESSION),
    ("get_sessions_zip", MEMBERS_OF_SESSION),
    // Of who took part in it, and of those who manage.
    ("save_report", ["13.3..433", "1343..433", "134444.33"]),
    ("get_transcript", MEMBERS_OF_SESSION),
    ("read_transcript", MEMBERS_OF_SESSION),
    ("get_session_vault", MEMBERS_OF_SESSION),
    ("list_file_activity", MEMBERS_OF_SESSION),
    ("delete_session", MANAGERS_OF_SESSION),
    ("hold_session", MANAGERS_OF_SESSION),
    ("release_session", MANAGERS_OF_SESSION),
    ("end_session", MEMBERS_OF_SESSION),
    ("renew_join", MEMBERS_OF_SESSION),
    ("admit_participant", MEMBERS_OF_SESSION),
    ("remove_participant", MEMBERS_OF_SESSION),
    // Who waits is told that they wait, and no title (`joining`).
    ("get_session", ["1.....4.3", "134...433", "134444.33"]),
    ("get_attachment", SESSION),
    ("get_attachments_zip", SESSION),
    // A text has none.
    ("get_thumbnail", ["144444433", "134444433", "134444433"]),
    // Without an upgrade: malformed for those who may. The lobby has a socket.
    ("session_socket", ["1.....4.3", "134...433", "134444.33"]),
    // Customers alone, and the organisation gives none by default.
    ("get_transcript_copy", ["133333333", "133333333", "133333333"]),
    ("create_upload", IN_THE_ROOM),
    ("create_direct", IN_THE_ROOM),
    ("get_ice_servers", IN_THE_ROOM),
    ("search_session", IN_THE_ROOM),
    // One's own, before a message names it: there is none.
    ("delete_direct", ["144433433", "134333433", "134444433"]),
    // To the customer: not to oneself.
    ("relay_socket", ["14..33433", "134333433", "134444.33"]),
    ("get_upload_offset", NOBODY_ELSES),
    ("append_upload", NOBODY_ELSES),
    ("delete_upload", NOBODY_ELSES),
];

/// Operations that no DELETE tells, after which the thing is not what it was.
const TAKES_AWAY: [&str; 3] = ["end_session", "remove_participant", "append_upload"];

/// People who stay the same for the whole walk.
struct Cast {
    own: Person,
    technician: Person,
    colleague: Person,
    admin: Person,
    super_admin: Person,
    foreign: Person,
}

/// Sessions with everything that a path can name, one for each [`Whose`], and the customers' tokens.
struct World {
    things: [Things; 3],
    customer: String,
    waiting: String,
    removed: String,
}

struct Things {
    org: String,
    /// Open, and over.
    session: String,
    over: String,
    participant: String,
    attachment: String,
    upload: String,
    reply: String,
    bot: String,
    /// Somebody of the organisation, where they are signed in, and somebody who was asked to come.
    user: String,
    device: String,
    invitation: String,
}

async fn cast(app: &TestApp) -> Cast {
    let org = app.org("Acme").await;
    let other = app.org("Other").await;
    Cast {
        own: app.person(org, OrgRole::TechnicianOwn, "Olaf").await,
        technician: app.person(org, OrgRole::Technician, "Tess").await,
        colleague: app.person(org, OrgRole::Technician, "Theo").await,
        admin: app.person(org, OrgRole::Admin, "Ada").await,
        super_admin: app.person(org, OrgRole::SuperAdmin, "Sue").await,
        foreign: app.person(other, OrgRole::SuperAdmin, "Fay").await,
    }
}

impl World {
    async fn new(app: &TestApp, cast: &Cast) -> Self {
        let (own, customer, join) = Things::new(app, &cast.own, &cast.admin).await;
        app.enter(own.session.parse().unwrap(), &cast.technician.token).await;
        let (other, ..) = Things::new(app, &cast.colleague, &cast.admin).await;
        let (foreign, ..) = Things::new(app, &cast.foreign, &cast.foreign).await;
        let (waiting, _) = app.join_by(&join.code, "Wanda").await;
        let (removed, place) = app.join_by(link_secret(&join), "Rob").await;
        let remove = format!("/api/v1/sessions/{}/participants/{}/remove", own.session, place.id);
        assert_eq!(app.post(&remove, Some(&cast.own.token), json!({})).await.status, 200);
        Self { things: [own, other, foreign], customer, waiting, removed }
    }

    fn token<'a>(&'a self, cast: &'a Cast, caller: usize) -> Option<&'a str> {
        Some(match caller {
            0 => return None,
            1 => &self.customer,
            2 => &cast.own.token,
            3 => &cast.technician.token,
            4 => &cast.admin.token,
            5 => &cast.super_admin.token,
            6 => &cast.foreign.token,
            7 => &self.waiting,
            _ => &self.removed,
        })
    }
}

impl Things {
    /// Made by `by`, with a customer of their own; `manager` manages the organisation.
    async fn new(app: &TestApp, by: &Person, manager: &Person) -> (Self, String, JoinInfo) {
        let (over, _) = app.session(by).await;
        assert_eq!(app.end(by, over.id).await.status, 200);
        let (session, join) = app.session(by).await;
        app.enter(session.id, &by.token).await;
        let (customer, place) = app.join(&join, "Carl").await;
        let attachment = offered(app, &session, &customer).await;
        let open = app.create_upload(session.id, &customer, "b.txt", 3).await;
        let canned = json!({ "shortcut": app.txn().to_string(), "text": "Hello" });
        let path = format!("/api/v1/orgs/{}/canned-replies", by.org);
        let reply: Value = app.post(&path, Some(&manager.token), canned).await.json();
        let transcript = format!("/api/v1/orgs/{}/files/{}/transcript", by.org, over.id);
        while app.get(&transcript, Some(&by.token)).await.status != 200 {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        let (user, device, invitation) = people(app, by.org, manager).await;
        let things = Self {
            user,
            device,
            invitation,
            org: by.org.to_string(),
            session: session.id.to_string(),
            over: over.id.to_string(),
            participant: place.id.to_string(),
            attachment,
            upload: open.header("location").rsplit('/').next().unwrap().to_owned(),
            reply: reply["id"].as_str().unwrap().to_owned(),
            bot: bot(app, by.org, manager).await,
        };
        (things, customer, join)
    }

    fn fill(&self, path: &str) -> String {
        let session = if path.contains("/files/{session}") { &self.over } else { &self.session };
        path.replace("{org}", &self.org)
            .replace("{session}", session)
            .replace("{participant}", &self.participant)
            .replace("{peer}", &self.participant)
            .replace("{attachment}", &self.attachment)
            .replace("{upload}", &self.upload)
            .replace("{reply}", &self.reply)
            .replace("{bot}", &self.bot)
            .replace("{version}", "1")
            .replace("{user}", &self.user)
            .replace("{device}", &self.device)
            .replace("{invitation}", &self.invitation)
            .replace("attachments.zip", &format!("attachments.zip?ids={}", self.attachment))
            .replace("/search", "/search?q=hello")
            .replace("/files.zip", &format!("/files.zip?sessions={}", self.over))
    }
}

/// A bot with a published version.
async fn bot(app: &TestApp, org: OrgId, manager: &Person) -> String {
    let path = format!("/api/v1/orgs/{org}/bots");
    // As many as an organisation can have are not needed at a time.
    let mut listed = app.get(&path, Some(&manager.token)).await.json::<BotList>().bots;
    listed.sort_by_key(|bot| bot.id);
    for old in listed.iter().rev().skip(20) {
        let gone = app.request(Method::DELETE, &format!("{path}/{}", old.id), Some(&manager.token));
        assert_eq!(gone.send().await.unwrap().status(), 204);
    }
    let name = json!({ "name": app.txn().to_string() });
    let made: Value = app.post(&path, Some(&manager.token), name).await.json();
    let bot = made["id"].as_str().unwrap().to_owned();
    let hello = json!({ "id": "hello", "type": "message", "text": "Hello" });
    let draft = json!({ "flow": { "format": 1, "steps": [hello] }, "revision": 0 });
    for (part, body) in [("draft", draft), ("published", json!({ "revision": 1 }))] {
        let put = app.request(Method::PUT, &format!("{path}/{bot}/{part}"), Some(&manager.token));
        assert_eq!(put.json(&body).send().await.unwrap().status(), 200, "{part}");
    }
    bot
}

/// Ids of a person, a device of theirs, and an invitation.
async fn people(app: &TestApp, org: OrgId, manager: &Person) -> (String, String, String) {
    app.person(org, OrgRole::Technician, "Spare").await;
    let email = format!("{}@example.org", app.txn());
    let body = json!({ "email": email, "role": "technician" });
    let path = format!("/api/v1/orgs/{org}");
    let asked = app.post(&format!("{path}/invitations"), Some(&manager.token), body).await;
    assert_eq!(asked.status, 201, "{:?}", String::from_utf8_lossy(&asked.body));
    let devices: DeviceList = app.get(&format!("{path}/devices"), Some(&manager.token)).await.json();
    let people: PeopleList = app.get(&format!("{path}/people"), Some(&manager.token)).await.json();
    let device = devices.devices.iter().find(|device| device.user_name == "Spare").unwrap();
    let invitation = people.invitations.iter().find(|invitation| invitation.email == email).unwrap();
    (device.user_id.to_string(), device.id.to_string(), invitation.id.to_string())
}

/// A file in the session's room.
async fn offered(app: &TestApp, session: &SessionView, customer: &str) -> String {
    let id = app.upload(session.id, customer, "a.txt", b"0123456789").await;
    let offer = Command::PostMessage {
        text: "hello".to_owned(),
        reply_to: None,
        attachments: vec![id],
        mentions: vec![],
        private: false,
    };
    app.enter(session.id, customer).await.command(app.txn(), offer).await.unwrap();
    id.to_string()
}

/// What a request carries, so that it is refused for who asks and not for what it says.
fn body(app: &TestApp, operation: &str) -> Value {
    match operation {
        "create_canned_reply" | "update_canned_reply" => {
            json!({ "shortcut": app.txn().to_string(), "text": "Hello" })
        }
        "create_bot" | "update_bot" => json!({ "name": app.txn().to_string() }),
        "save_bot_draft" => json!({ "flow": { "format": 1, "steps": [] }, "revision": 1 }),
        "publish_bot" => json!({ "revision": 1 }),
        "create_bot_secret" => json!({ "value": "Bearer 4711" }),
        "try_bot_action" => json!({ "action": {} }),
        "rehearse_bot" => {
            json!({ "flow": { "format": 1, "steps": [] }, "event": { "type": "begin", "customer": "Mia" } })
        }
        "invite_person" => json!({ "email": format!("{}@example.org", app.txn()), "role": "technician" }),
        "change_person" => json!({ "role": "technician" }),
        "save_report" => json!({ "outcome": "solved", "notes": "" }),
        "hold_session" => json!({ "reason": "A complaint" }),
        "forgot_password" => json!({ "email": "nobody@example.org" }),
        "look_up_invitation" => json!({ "token": "none" }),
        "reset_password" => json!({ "token": "none", "password": "copper kettle 7 rides" }),
        "accept_invitation" => {
            json!({ "token": "none", "name": "N", "password": "copper kettle 7 rides", "client": "desktop" })
        }
        "create_direct" => json!({ "name": "a.iso", "size": 1, "kind": "file", "files": 1 }),
        // The walk goes on with customers who may attach at once.
        "update_org_settings" => json!({ "attachments": { "customer_attach": "always" } }),
        _ => json!({}),
    }
}

async fn call(app: &TestApp, operation: &str, method: &Method, path: &str, token: Option<&str>) -> Reply {
    let request = app
        .request(method.clone(), path, token)
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", "0")
        .header("upload-length", "3")
        // c.txt
        .header("upload-metadata", "filename Yy50eHQ=");
    let request = if path.contains("/uploads/") {
        request.header("content-type", "application/offset+octet-stream").body("abc")
    } else {
        request.json(&body(app, operation))
    };
    Reply::of(request.send().await.unwrap()).await
}

/// Whether the answer is what the table's sign says.
fn is_right(sign: char, status: u16) -> bool {
    match sign {
        '.' => !matches!(status, 401 | 403 | 404 | 500..),
        '1' => status == 401,
        '3' => status == 403,
        '4' => status == 404,
        other => panic!("{other} is no sign of the table"),
    }
}

async fn walk(folder: Arc<tempfile::TempDir>, place: Place) {
    let app = TestApp::start_in(folder, place.open().await.unwrap(), |config| {
        let many = NonZeroU32::new(1_000_000).unwrap();
        config.rates.join_per_address = many;
        config.rates.sign_in_per_address = many;
        config.rates.sign_in_per_email = many;
        config.rates.links_per_address = many;
        config.rates.links_overall = many;
        config.rates.forgot_per_address = many;
        config.rates.forgot_overall = many;
        config.rates.invites_per_person = many;
    })
    .await;
    let cast = cast(&app).await;
    let description: Value = app.get("/api/v1/openapi.json", None).await.json();
    let mut lines: BTreeSet<&str> = EXPECTED.iter().map(|(name, _)| *name).collect();
    assert_eq!(lines.len(), EXPECTED.len(), "an operation has two lines in the table");
    let mut world = World::new(&app, &cast).await;
    let mut wrong = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            let method: Method = method.to_uppercase().parse().unwrap();
            let Some((_, expected)) = EXPECTED.iter().find(|(known, _)| *known == name) else {
                wrong.push(format!("{name} ({method} {path}) has no line in EXPECTED: say who may"));
                continue;
            };
            lines.remove(name);
            for (whose, row) in [Whose::Own, Whose::Other, Whose::Foreign].into_iter().zip(expected) {
                assert_eq!(row.len(), CALLERS.len(), "{name}");
                for (caller, sign) in row.chars().enumerate() {
                    // Signing out must not take a caller from the rest of the walk.
                    let once = match name {
                        "sign_out" if sign == '.' => {
                            Some(app.person(cast.own.org, OrgRole::Admin, "Once").await)
                        }
                        _ => None,
                    };
                    let token = once.as_ref().map(|once| once.token.as_str()).or(world.token(&cast, caller));
                    let path = world.things[whose as usize].fill(path);
                    let status = call(&app, name, &method, &path, token).await.status.as_u16();
                    if !is_right(sign, status) {
                        wrong.push(format!("{name}, {whose:?}, {}: {status}, not {sign}", CALLERS[caller]));
                    }
                    // It is there no more for the next caller. What else was done shows in no answer of the table.
                    if (method == Method::DELETE || TAKES_AWAY.contains(&name))
                        && !matches!(status, 401 | 403 | 404)
                    {
                        world = World::new(&app, &cast).await;
                    }
                }
            }
        }
    }
    wrong.extend(lines.into_iter().map(|name| format!("{name} is no operation any more: take its line out")));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_every_caller_as_the_table_says() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let place = Place::new(folder.path(), None).unwrap();
    walk(folder, place).await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_every_caller_as_the_table_says_on_postgres() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let scratch = deskside_scratch_postgres::Server::shared().database().unwrap();
    let place = Place::new(folder.path(), Some(&scratch.url().parse().unwrap())).unwrap();
    walk(folder, place).await;
}
