//! The whole API against what schemathesis makes up from the OpenAPI file, valid and not: no server errors, and every answer is one that the
//! file describes (status, content type, schema). As nobody, as a customer, as an admin.

use std::{path::PathBuf, process::Command};

use deskside_scratch_s3::python_tools;
use serde_json::{Value, json};

use crate::process::{PASSWORD, Running, run, start};

/// Requests per operation and phase in everyday runs; `cargo xtask soak api` takes many more.
const EXAMPLES: &str = "8";
/// What the answers are held against.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance";
/// They end the caller's own sign-in, and the rest would be refused: tried last.
const ENDS_THE_WALK: [&str; 1] = ["sign_out"];

struct World {
    portal: Running,
    folder: tempfile::TempDir,
    http: reqwest::Client,
    admin: String,
    customer: String,
    things: Value,
}

impl World {
    async fn new() -> Self {
        deskside_portal::tls::install_crypto();
        let folder = tempfile::tempdir().unwrap();
        let org =
            ["org", "create", "--name", "Acme", "--admin-email", "ada@example.org", "--admin-name", "Ada"];
        assert!(run(folder.path(), &org).status.success());
        let portal = start(folder.path(), &[]);
        let mut world = Self {
            portal,
            folder,
            http: reqwest::Client::new(),
            admin: String::new(),
            customer: String::new(),
            things: Value::Null,
        };
        let body = json!({ "email": "ada@example.org", "password": PASSWORD, "client": "desktop" });
        let signed_in = world.post("/auth/sign-in", None, body).await;
        world.admin = text(&signed_in["token"]);
        let org = text(&signed_in["me"]["memberships"][0]["org_id"]);
        world.fill(&org).await;
        world
    }

    /// Sessions for those operations that end one, and one that stays.
    async fn fill(&mut self, org: &str) {
        let admin = self.admin.clone();
        let mut sessions = Vec::new();
        for _ in 0..4 {
            let path = format!("/orgs/{org}/sessions");
            sessions.push(self.post(&path, Some(&admin), json!({ "title": "Printer" })).await);
        }
        let secret = text(&sessions[0]["join"]["link"]).rsplit('/').next().unwrap().to_owned();
        let body = json!({ "secret": secret, "name": "Carl", "client": "desktop" });
        let joined = self.post("/join", None, body).await;
        self.customer = text(&joined["token"]);
        let ids: Vec<String> = sessions.iter().map(|made| text(&made["session"]["id"])).collect();
        let over = &ids[1];
        self.post(&format!("/sessions/{over}/end"), Some(&admin), json!({})).await;
        let canned = json!({ "shortcut": "hi", "text": "Hello" });
        let reply = self.post(&format!("/orgs/{org}/canned-replies"), Some(&admin), canned).await;
        let (bot, spare) = (self.bot(org, "Greeter").await, self.bot(org, "Spare").await);
        let (user, device, invitation) = self.people(org).await;
        let over = json!({ "session": [over] });
        self.things = json!({
            "ids": {
                "org": [org],
                "session": [ids[0]],
                "participant": [joined["you"]["id"]],
                "peer": [joined["you"]["id"]],
                "reply": [reply["id"]],
                "bot": [bot],
                "version": [1],
                "user": [user],
                "device": [device],
                "invitation": [invitation],
            },
            "of": {
                "delete_bot": { "bot": [spare] },
                "end_session": { "session": [ids[2]] },
                "delete_session": { "session": [ids[3]] },
                "remove_participant": { "session": [ids[3]] },
                "get_files_session": over,
                "get_transcript": over,
                "read_transcript": over,
                "get_session_vault": over,
                "list_file_activity": over,
                "get_session_zip": over,
                "save_report": over,
                "hold_session": over,
                "release_session": over,
            },
        });
    }

    /// A bot with a published version.
    async fn bot(&self, org: &str, name: &str) -> String {
        let (admin, path) = (Some(self.admin.as_str()), format!("/orgs/{org}/bots"));
        let bot = text(&self.post(&path, admin, json!({ "name": name })).await["id"]);
        let hello = json!({ "id": "hello", "type": "message", "text": "Hello" });
        let draft = json!({ "flow": { "format": 1, "steps": [hello] }, "revision": 0 });
        for (part, body) in [("draft", draft), ("published", json!({ "revision": 1 }))] {
            let path = format!("{path}/{bot}/{part}");
            let request = self.http.put(format!("{}/api/v1{path}", self.url())).json(&body);
            Self::answer(&path, admin, request).await;
        }
        bot
    }

    /// Somebody beside the admin, where they are signed in, and somebody who was asked to come.
    async fn people(&self, org: &str) -> (String, String, String) {
        let admin = Some(self.admin.as_str());
        let path = format!("/orgs/{org}/invitations");
        let ask = |name: &str| json!({ "email": format!("{name}@example.org"), "role": "technician" });
        let link = text(&self.post(&path, admin, ask("tess")).await["link"]);
        let token = link.rsplit(['#', '/']).next().unwrap();
        let body = json!({ "token": token, "name": "Tess", "password": PASSWORD, "client": "desktop" });
        let tess = self.post("/invitations/accept", None, body).await;
        self.post(&path, admin, ask("theo")).await;
        let user = text(&tess["me"]["user"]["id"]);
        let devices = self.get(&format!("/orgs/{org}/devices?user={user}"), admin).await;
        let people = self.get(&format!("/orgs/{org}/people"), admin).await;
        (user, text(&devices["devices"][0]["id"]), text(&people["invitations"][0]["id"]))
    }

    fn url(&self) -> &str {
        self.portal.told["public_url"].as_str().unwrap()
    }

    async fn post(&self, path: &str, token: Option<&str>, body: Value) -> Value {
        let request = self.http.post(format!("{}/api/v1{path}", self.url())).json(&body);
        Self::answer(path, token, request).await
    }

    async fn get(&self, path: &str, token: Option<&str>) -> Value {
        Self::answer(path, token, self.http.get(format!("{}/api/v1{path}", self.url()))).await
    }

    async fn answer(path: &str, token: Option<&str>, request: reqwest::RequestBuilder) -> Value {
        let request = token.into_iter().fold(request, |request, token| request.bearer_auth(token));
        let reply = request.send().await.unwrap();
        let status = reply.status();
        let text = reply.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Lets schemathesis loose with `arguments`, and panics with what it says where it finds something.
    fn try_everything(&self, who: &str, token: Option<&str>, examples: &str, arguments: &[&str]) {
        let hooks = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/foreign/schemathesis");
        let program = python_tools::program("schemathesis").unwrap_or_else(|error| panic!("{error}"));
        let mut command = Command::new(program);
        command
            .arg("--config-file")
            .arg(hooks.join("schemathesis.toml"))
            .args(["run", &format!("{}/api/v1/openapi.json", self.url())])
            .args(["--checks", CHECKS, "--max-examples", examples, "--seed", &seed()])
            .args(["--phases", "examples,coverage,fuzzing", "--suppress-health-check", "all"])
            .args([
                "--generation-database",
                "none",
                "--no-color",
                "--continue-on-failure",
                "--warnings",
                "off",
            ])
            .args(arguments)
            .current_dir(self.folder.path())
            .env("PYTHONPATH", &hooks)
            .env("SCHEMATHESIS_HOOKS", "hooks")
            .env("DESKSIDE_WORLD", self.things.to_string())
            .env("NO_PROXY", "*");
        if let Some(token) = token {
            command.args(["--header", &format!("Authorization: Bearer {token}")]);
        }
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "as {who}:\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
        // A run that tried nothing has nothing to complain about.
        let tried = said.lines().find_map(|line| line.trim().split_once(" generated")?.0.parse::<u32>().ok());
        assert!(tried.is_some_and(|tried| tried > 5), "as {who}:\n{said}");
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// `DESKSIDE_SEED`, by which a run is played again.
fn seed() -> String {
    std::env::var("DESKSIDE_SEED").unwrap_or_else(|_| "20261121".to_owned())
}

fn examples() -> String {
    std::env::var("DESKSIDE_CASES").unwrap_or_else(|_| EXAMPLES.to_owned())
}

async fn walk(who: &'static str) {
    let world = World::new().await;
    let token = match who {
        "a customer" => Some(world.customer.clone()),
        "an admin" => Some(world.admin.clone()),
        _ => None,
    };
    let done = tokio::task::spawn_blocking(move || {
        let ends: Vec<&str> =
            ENDS_THE_WALK.iter().flat_map(|operation| ["--exclude-operation-id", operation]).collect();
        world.try_everything(who, token.as_deref(), &examples(), &ends);
        let last: Vec<&str> =
            ENDS_THE_WALK.iter().flat_map(|operation| ["--include-operation-id", operation]).collect();
        world.try_everything(who, token.as_deref(), EXAMPLES, &last);
    });
    done.await.unwrap();
}

#[tokio::test]
async fn no_request_of_nobody_is_too_much() {
    walk("nobody").await;
}

#[tokio::test]
async fn no_request_of_a_customer_is_too_much() {
    walk("a customer").await;
}

#[tokio::test]
async fn no_request_of_an_admin_is_too_much() {
    walk("an admin").await;
}
