//! Bots over HTTP (rows C01–C08, C13–C15): drafts, versions, secrets, and what endpoints give. The endpoint is a server on this
//! computer; a public name leads there by the fetcher's map, past no check of it.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use deskside_fetch::Network;
use deskside_proto::{
    FlowProblemCode, OrgRole, OrgSettings,
    api::{
        BotDetail, BotList, BotSecretCreated, BotView, DraftSaved, Rehearsed, RehearsedLine, RehearsedPlace,
        Tried,
    },
};
use deskside_store::memory::MemoryStore;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Person, Reply, TestApp};

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";
const TOKEN: &str = "Bearer sesame 4711";

/// What an endpoint was asked, by path, with its headers.
type Asked = Arc<Mutex<Vec<(String, HeaderMap)>>>;

async fn answer(State(asked): State<Asked>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    let authorized = headers.get(header::AUTHORIZATION).is_some_and(|value| value == TOKEN);
    asked.lock().unwrap().push((path.clone(), headers));
    match path.as_str() {
        "open.pdf" => PDF.into_response(),
        "big.bin" => vec![0; 100_000].into_response(),
        "program.exe" => [b"MZ".as_slice(), &[0; 200]].concat().into_response(),
        "away" => (StatusCode::FOUND, [(header::LOCATION, "http://10.0.0.7/x")]).into_response(),
        _ if !authorized => StatusCode::UNAUTHORIZED.into_response(),
        _ => {
            let named = [
                (header::CONTENT_TYPE, "application/pdf"),
                (header::CONTENT_DISPOSITION, "attachment; filename*=UTF-8''Rechnung%20N%C2%B0%201.pdf"),
            ];
            (named, PDF).into_response()
        }
    }
}

/// A portal, somebody who manages an organisation of it, their bot, and `files.example` on port 80.
struct World {
    app: TestApp,
    admin: Person,
    /// Of the organisation's bots.
    path: String,
    bot: String,
    asked: Asked,
}

impl World {
    async fn new() -> Self {
        let asked = Asked::default();
        let endpoint = Router::new().route("/{*path}", get(answer)).with_state(asked.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, endpoint).await });
        let map = format!(
            "files.example=93.184.215.14;93.184.215.14:80={at};inside.example=10.1.2.3;10.1.2.3:8080={at};\
             mixed.example=93.184.215.14,127.0.0.1"
        );
        let network = Network::mapped(map.parse().unwrap());
        let app = TestApp::start_with(Arc::new(MemoryStore::new()), |config| config.network = network).await;
        let tess = app.technician().await;
        let admin = app.person(tess.org, OrgRole::Admin, "Ada").await;
        let path = format!("/api/v1/orgs/{}/bots", tess.org);
        let made: BotView = app.post(&path, Some(&admin.token), json!({ "name": "Greeter" })).await.json();
        Self { app, admin, path, bot: made.id.to_string(), asked }
    }

    async fn ask(&self, method: Method, part: &str, body: Value) -> Reply {
        let path = format!("{}/{}{part}", self.path, self.bot);
        let request = self.app.request(method, &path, Some(&self.admin.token)).json(&body);
        Reply::of(request.send().await.unwrap()).await
    }

    async fn detail(&self) -> BotDetail {
        self.ask(Method::GET, "", json!({})).await.json()
    }

    async fn tries(&self, action: Value) -> Tried {
        let answers = json!({ "number": "7/8", "dots": "..", "name": "a\r\nX-Admin: 1" });
        let reply = self.ask(Method::POST, "/try", json!({ "action": action, "answers": answers })).await;
        assert_eq!(reply.status, 200, "{:?}", String::from_utf8_lossy(&reply.body));
        reply.json()
    }

    async fn problem(&self, action: Value) -> String {
        let tried = self.tries(action).await;
        let Some(problem) = tried.problem else { return format!("{:?}", tried.file) };
        let is_sentence = problem.message.ends_with('.') && !problem.message.ends_with("..");
        assert!(is_sentence, "{}", problem.message);
        problem.code
    }

    async fn secret(&self) -> String {
        let kept = self.ask(Method::POST, "/secrets", json!({ "value": TOKEN })).await;
        assert_eq!(kept.status, 201);
        kept.json::<BotSecretCreated>().id.to_string()
    }
}

/// The field that a refusal is about.
fn field_of(refused: &Reply) -> Value {
    serde_json::from_slice::<Value>(&refused.body).unwrap()["field"].clone()
}

#[tokio::test]
async fn a_draft_is_saved_published_and_withdrawn() {
    let world = World::new().await;
    let hello =
        json!({ "format": 1, "steps": [{ "id": "a", "name": "", "type": "message", "text": "Hello" }] });
    let broken = json!({ "format": 1, "steps": [{ "id": "a", "type": "message", "text": "" }] });
    let empty = world.ask(Method::PUT, "/published", json!({ "revision": 0 })).await;
    assert_eq!((empty.status.as_u16(), empty.code()), (409, "flow_not_ready"));
    let saved = world.ask(Method::PUT, "/draft", json!({ "flow": broken, "revision": 0 })).await;
    let saved: DraftSaved = saved.json();
    assert_eq!((saved.revision, saved.problems.len()), (1, 1));
    let late = world.ask(Method::PUT, "/draft", json!({ "flow": hello, "revision": 0 })).await;
    assert_eq!((late.status.as_u16(), late.code()), (409, "draft_changed"));
    let broken = world.ask(Method::PUT, "/published", json!({ "revision": 1 })).await;
    assert_eq!(broken.code(), "flow_not_ready");
    let saved = world.ask(Method::PUT, "/draft", json!({ "flow": hello, "revision": 1 })).await;
    assert_eq!(saved.json::<DraftSaved>().problems, []);
    assert_eq!(world.ask(Method::PUT, "/published", json!({ "revision": 1 })).await.code(), "draft_changed");
    let published: BotView = world.ask(Method::PUT, "/published", json!({ "revision": 2 })).await.json();
    let version = published.published.unwrap();
    assert_eq!((version.version, version.by.as_str(), published.is_changed), (1, "Ada", false));
    assert_eq!(world.ask(Method::GET, "/versions/1", json!({})).await.json::<Value>(), hello);
    assert_eq!(world.ask(Method::GET, "/versions/2", json!({})).await.status, 404);
    let withdrawn: BotView = world.ask(Method::DELETE, "/published", json!({})).await.json();
    assert_eq!(withdrawn.published, None);
    assert_eq!(world.detail().await.versions.len(), 1);
    assert_eq!(world.ask(Method::DELETE, "", json!({})).await.status, 204);
    assert_eq!(world.ask(Method::GET, "", json!({})).await.status, 404);
}

/// C13 C14 C15: limits of a bot are checked, as are names and addresses.
#[tokio::test]
async fn names_limits_and_addresses_are_checked() {
    let world = World::new().await;
    let put = async |body: Value| world.ask(Method::PUT, "", body).await;
    for (body, field) in [
        (json!({ "name": " " }), "name"),
        (json!({ "name": "x".repeat(81) }), "name"),
        (json!({ "name": "a\nb" }), "name"),
        (json!({ "name": "A", "settings": { "email": "not one" } }), "settings.email"),
        (
            json!({ "name": "A", "settings": { "email": "a@b.example\r\nBcc: c@d.example" } }),
            "settings.email",
        ),
        (json!({ "name": "A", "settings": { "limits": { "max_bytes": 0 } } }), "settings.limits.max_bytes"),
        (json!({ "name": "A", "settings": { "limits": { "max_files": 0 } } }), "settings.limits.max_files"),
        (
            json!({ "name": "A", "settings": { "limits": { "allowed_types": [".pdf"] } } }),
            "settings.limits.allowed_types",
        ),
    ] {
        let refused = put(body.clone()).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (422, "invalid_input"), "{body}");
        assert_eq!(field_of(&refused), field, "{body}");
    }
    let hostile = "<img src=x onerror=alert(1)> \u{202e}gnp.exe";
    let settings = json!({ "limits": { "max_bytes": 5, "max_files": 2, "allowed_types": ["pdf"] }, "email": " files@acme.example " });
    let changed: BotView = put(json!({ "name": hostile, "settings": settings })).await.json();
    assert_eq!(changed.name, "<img src=x onerror=alert(1)> gnp.exe");
    assert_eq!(changed.settings.email.as_deref(), Some("files@acme.example"));
    let another = world.app.post(&world.path, Some(&world.admin.token), json!({ "name": "Second" })).await;
    assert_eq!(another.status, 201);
    let taken = put(json!({ "name": "SECOND" })).await;
    assert_eq!((taken.status.as_u16(), taken.code()), (409, "bot_name_taken"));
    let listed: BotList = world.app.get(&world.path, Some(&world.admin.token)).await.json();
    assert_eq!(listed.bots.len(), 2);
}

/// C01 C03 C04 C05 C06 C07: the endpoint gets token and headers, the customer would get the file under the flow's name.
#[tokio::test]
async fn an_action_is_tried() {
    let world = World::new().await;
    let secret = world.secret().await;
    let action = json!({
        "file_name": "Invoice {{number}}",
        "endpoint": "http://files.example/invoices/{{number}}?lang=de",
        "authorization": secret,
        "headers": [{ "name": "X-Case", "value": "n={{number}}" }],
    });
    let tried = world.tries(action.clone()).await;
    let file = tried.file.unwrap();
    assert_eq!((file.name.as_str(), file.media_type.as_str()), ("Invoice 7_8.pdf", "application/pdf"));
    assert_eq!((file.size, tried.status, tried.problem), (PDF.len() as u64, Some(200), None));
    let (path, headers) = world.asked.lock().unwrap().pop().unwrap();
    assert_eq!(path, "invoices/7/8", "as the server decodes it");
    assert_eq!(headers["x-case"], "n=7/8");
    assert_eq!(headers["authorization"], TOKEN);

    // C03: without a name it is the endpoint's own.
    let mut unnamed = action.clone();
    unnamed["file_name"] = json!("");
    assert_eq!(world.tries(unnamed).await.file.unwrap().name, "Rechnung N° 1.pdf");
    let mut unauthorized = action;
    unauthorized.as_object_mut().unwrap().remove("authorization");
    let tried = world.tries(unauthorized).await;
    assert_eq!((tried.status, tried.problem.unwrap().code.as_str()), (Some(401), "status"));
}

/// S10: what an endpoint may not be, and what may not come from one.
#[tokio::test]
async fn what_an_action_may_not_fetch() {
    let world = World::new().await;
    let at = |endpoint: &str| json!({ "endpoint": endpoint });
    for (action, code) in [
        (at("http://127.0.0.1/x"), "address_not_allowed"),
        (at("http://[::ffff:10.0.0.1]/"), "address_not_allowed"),
        (at("http://2130706433/"), "address_not_allowed"),
        (at("http://169.254.169.254/latest/meta-data"), "address_not_allowed"),
        (at("http://localhost/"), "address_not_allowed"),
        (at("http://inside.example/"), "address_not_allowed"),
        (at("http://mixed.example/"), "address_not_allowed"),
        (at("http://inside.example:8080/"), "port_not_allowed"),
        (at("http://nowhere.example/"), "name_not_found"),
        (at("http://files.example/away"), "address_not_allowed"),
        (at("http://files.example/x/{{dots}}"), "answer_leads_out"),
        (at("ftp://files.example/"), "bad_url"),
        (at("http://me:you@files.example/"), "bad_url"),
        (at(""), "bad_url"),
        (
            json!({ "endpoint": "http://files.example/open.pdf", "headers": [{ "name": "X-Name", "value": "{{name}}" }] }),
            "bad_header",
        ),
        (
            json!({ "endpoint": "http://files.example/open.pdf", "headers": [{ "name": "Host", "value": "x" }] }),
            "bad_header",
        ),
        (
            json!({ "endpoint": "http://files.example/open.pdf", "authorization": "0192d3c4b5a67788990011aabbccddee" }),
            "authorization_gone",
        ),
    ] {
        assert_eq!(world.problem(action.clone()).await, code, "{action}");
    }
    // Limits of the bot hold for what it sends, too.
    let limits = json!({ "max_bytes": 50_000, "allowed_types": ["pdf", "bin"] });
    let narrow =
        world.ask(Method::PUT, "", json!({ "name": "Greeter", "settings": { "limits": limits } })).await;
    assert_eq!(narrow.status, 200);
    assert_eq!(world.problem(at("http://files.example/big.bin")).await, "too_large");
    assert_eq!(world.problem(at("http://files.example/program.exe")).await, "file_type_not_allowed");
    let lying = json!({ "endpoint": "http://files.example/program.exe", "file_name": "invoice.pdf" });
    assert_eq!(world.problem(lying).await, "file_type_not_allowed");
    assert!(world.tries(at("http://files.example/open.pdf")).await.file.is_some());
}

#[tokio::test]
async fn an_organisation_opens_hosts_of_its_own_network() {
    let world = World::new().await;
    let inside = json!({ "type": "send_attachment", "endpoint": "http://inside.example:8080/open.pdf" });
    let problems = async |endpoint: &str, revision: u64| {
        let action = json!({ "type": "send_attachment", "endpoint": endpoint });
        let flow = json!({ "format": 1, "steps": [{ "id": "a", "type": "action", "action": action }] });
        let saved = world.ask(Method::PUT, "/draft", json!({ "flow": flow, "revision": revision })).await;
        let problems = saved.json::<DraftSaved>().problems;
        problems
            .into_iter()
            .map(|problem| (problem.field.unwrap_or_default(), problem.code))
            .collect::<Vec<_>>()
    };
    let wrong = |code| vec![("action.endpoint".to_owned(), code)];
    let at = "http://inside.example:8080/{{customer}}";
    assert_eq!(problems(at, 0).await, wrong(FlowProblemCode::PortNotAllowed));
    assert_eq!(problems("http://10.1.2.3/x", 1).await, wrong(FlowProblemCode::AddressNotAllowed));
    assert_eq!(problems("ftp://10.1.2.3/x", 2).await, wrong(FlowProblemCode::SchemeNotAllowed), "once");
    assert_eq!(world.problem(inside.clone()).await, "port_not_allowed");
    let org = world.admin.org;
    let settings = format!("/api/v1/orgs/{org}/settings");
    for host in
        ["*.example", "169.254.169.254", "metadata.google.internal", "http://inside.example", "a:0", ""]
    {
        let wrong = OrgSettings { fetch_hosts: vec![host.to_owned()], ..OrgSettings::default() };
        let put = world.app.request(Method::PUT, &settings, Some(&world.admin.token)).json(&wrong);
        let refused = Reply::of(put.send().await.unwrap()).await;
        assert_eq!(field_of(&refused), "fetch_hosts", "{host}");
    }
    world.app.policy(org, |settings| settings.fetch_hosts = vec!["Inside.example:8080".to_owned()]).await;
    assert!(world.tries(inside).await.file.is_some());
    assert_eq!(problems(at, 3).await, []);
    assert_eq!(
        world.problem(json!({ "endpoint": "http://10.1.2.3:8080/open.pdf" })).await,
        "port_not_allowed"
    );
}

/// S04: nobody is shown an authorization, whatever they ask; another bot cannot use it.
#[tokio::test]
async fn secrets_are_entered_and_never_shown() {
    let world = World::new().await;
    for value in ["", " ", "a\r\nX-Admin: 1", "schön", &"x".repeat(2_001)] {
        let refused = world.ask(Method::POST, "/secrets", json!({ "value": value })).await;
        assert_eq!(refused.code(), "invalid_input", "{value:?}");
    }
    let secret = world.secret().await;
    let action =
        json!({ "type": "send_attachment", "endpoint": "http://files.example/x", "authorization": secret });
    let flow = json!({ "format": 1, "steps": [{ "id": "a", "type": "action", "action": action }] });
    let saved = world.ask(Method::PUT, "/draft", json!({ "flow": flow, "revision": 0 })).await;
    assert_eq!(saved.json::<DraftSaved>().problems, []);
    let detail = world.ask(Method::GET, "", json!({})).await;
    let shown = String::from_utf8_lossy(&detail.body).into_owned();
    assert!(shown.contains(&secret) && !shown.contains("sesame"), "{shown}");
    let other: BotView =
        world.app.post(&world.path, Some(&world.admin.token), json!({ "name": "Other" })).await.json();
    let other = World { bot: other.id.to_string(), ..world };
    assert_eq!(other.problem(action).await, "authorization_gone");
    let saved = other.ask(Method::PUT, "/draft", json!({ "flow": flow, "revision": 0 })).await;
    let problems = saved.json::<DraftSaved>().problems;
    assert_eq!(problems[0].field.as_deref(), Some("action.authorization"));
}

/// C01 C02 C08: the engine of customers, and real fetches, without a customer.
#[tokio::test]
async fn a_flow_is_rehearsed() {
    let world = World::new().await;
    let secret = world.secret().await;
    let flow = json!({ "format": 1, "steps": [
        { "id": "number", "type": "question", "text": "Which invoice, {{customer}}?", "variable": "number", "answer": { "type": "number" } },
        { "id": "send", "type": "action", "failure_text": "Sorry.", "action": {
            "type": "send_attachment", "text": "No. {{number}}:", "endpoint": "http://files.example/{{number}}", "authorization": secret,
        } },
        { "id": "away", "type": "action", "failure_text": "Sorry.", "action": { "type": "send_attachment", "endpoint": "http://files.example/away" } },
        { "id": "back", "type": "question", "text": "Please sign it.", "variable": "signed", "answer": { "type": "any" } },
        { "id": "person", "type": "ask_technician" },
        { "id": "bye", "type": "end", "text": "Bye." },
    ] });
    let mut state = Value::Null;
    let mut step = async |event: Value| {
        let body = json!({ "flow": flow, "state": state, "event": event });
        let done: Rehearsed = world.ask(Method::POST, "/rehearse", body).await.json();
        state = json!(done.state);
        let lines = done.lines.iter().map(|line| match line {
            RehearsedLine::Text { text, .. } => text.clone(),
            RehearsedLine::File { text, file } => format!("{text} {}", file.name),
            RehearsedLine::FileFailed { problem } => format!("({})", problem.code),
            RehearsedLine::Queued => "queued".to_owned(),
            RehearsedLine::Ended => "ended".to_owned(),
        });
        (lines.collect::<Vec<_>>(), done.place, done.step)
    };
    let asked = |lines: &[&str], step: &str| {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        (lines, RehearsedPlace::Asked, Some(step.to_owned()))
    };
    let begun = step(json!({ "type": "begin", "customer": "Mia" })).await;
    assert_eq!(begun, asked(&["Which invoice, Mia?"], "number"));
    let wrong = step(json!({ "type": "said", "text": "some" })).await;
    assert_eq!(wrong, asked(&["Which invoice, Mia?"], "number"));
    let sent = step(json!({ "type": "said", "text": "4711" })).await;
    let lines = ["No. 4711: Rechnung N° 1.pdf", "(address_not_allowed)", "Sorry.", "Please sign it."];
    assert_eq!(sent, asked(&lines, "back"));
    let queued = step(json!({ "type": "said", "text": "", "files": ["signed.pdf"] })).await;
    assert_eq!((queued.0, queued.1), (vec!["queued".to_owned()], RehearsedPlace::Queued));
    let taken = step(json!({ "type": "taken_over" })).await;
    assert_eq!((taken.0, taken.1), (vec![], RehearsedPlace::Taken));
    let back = step(json!({ "type": "handed_back" })).await;
    assert_eq!(back, (vec!["Bye.".to_owned(), "ended".to_owned()], RehearsedPlace::Over, None));
    let wrong = world.ask(
        Method::POST,
        "/rehearse",
        json!({ "flow": flow, "state": "{}", "event": { "type": "taken_over" } }),
    );
    assert_eq!(wrong.await.code(), "invalid_input");
}

/// Trying costs other servers something: it is counted.
#[tokio::test]
async fn tries_are_limited() {
    let world = World::new().await;
    let mut refused = 0;
    for _ in 0..80 {
        let tried = world.ask(Method::POST, "/try", json!({ "action": { "endpoint": "" } })).await;
        refused += usize::from(tried.status == 429);
    }
    assert!((1..=20).contains(&refused), "{refused}");
}
