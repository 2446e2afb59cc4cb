//! A portal of its own for each test, and the people who use it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use deskside_portal::{App, Config, Env, secret, serve, tls};
use deskside_proto::{
    AttachmentId, ClientMessage, Command, CustomerAttach, DeviceId, Event, LogEntry, Millis, OrgId, OrgRole,
    OrgSettings, PROTOCOL_VERSION, Participant, Seq, ServerMessage, SessionId, TxnId, UserId, WireError,
    api::{ClientKind, CreatedSession, JoinInfo, JoinResponse, SessionView},
};
use deskside_store::{NewMembership, NewOrg, NewToken, NewUser, Store, memory::MemoryStore};
use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{self, Message, client::IntoClientRequest},
};

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct TestApp {
    pub(crate) url: String,
    pub(crate) app: Arc<App>,
    pub(crate) http: reqwest::Client,
    pub(crate) folder: Arc<tempfile::TempDir>,
    clock: Arc<AtomicI64>,
    running: Option<serve::Running>,
}

/// A signed-in person.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) org: OrgId,
    pub(crate) token: String,
}

/// An answer of the portal.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, body: response.bytes().await.unwrap().to_vec() }
    }

    pub(crate) fn json<T: DeserializeOwned>(&self) -> T {
        let text = String::from_utf8_lossy(&self.body);
        assert!(self.status.is_success(), "{} {text}", self.status);
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Stable code of an error; its status must be the code's own.
    pub(crate) fn code(&self) -> &'static str {
        let error: WireError = serde_json::from_slice(&self.body).unwrap_or_else(|_| {
            panic!("{} without a code: {:?}", self.status, String::from_utf8_lossy(&self.body))
        });
        error.code.as_str()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::start_with(Arc::new(MemoryStore::new()), |_| {}).await
    }

    pub(crate) async fn start_with(store: Arc<dyn Store>, change: impl FnOnce(&mut Config)) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        Self::start_in(folder, store, change).await
    }

    pub(crate) async fn start_in(
        folder: Arc<tempfile::TempDir>,
        store: Arc<dyn Store>,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        Self::start_at(Env::system().now(), folder, store, change).await
    }

    /// A portal whose clock says `now`, and goes on by [`TestApp::advance`] only.
    pub(crate) async fn start_at(
        now: Millis,
        folder: Arc<tempfile::TempDir>,
        store: Arc<dyn Store>,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        tls::install_crypto();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut config = Config::new(folder.path().to_owned(), url.parse().unwrap());
        config.keep_free_bytes = 0;
        change(&mut config);
        let clock = Arc::new(AtomicI64::new(now.0));
        let time = clock.clone();
        let system = Env::system();
        let env = Env::new(
            move || Millis(time.load(Ordering::SeqCst)),
            move |bytes| bytes.iter_mut().for_each(|byte| *byte = system.random::<1>()[0]),
        );
        let app = App::start(store, config, env).unwrap();
        let running = serve::start(app.clone(), listener, None).unwrap();
        let app = Self { url, app, http: reqwest::Client::new(), folder, clock, running: Some(running) };
        assert_eq!(app.get("/api/v1/info", None).await.status, 200);
        app
    }

    pub(crate) async fn stop(mut self) {
        self.running.take().unwrap().stop().await.unwrap();
    }

    pub(crate) fn advance(&self, millis: i64) {
        self.clock.fetch_add(millis, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> Millis {
        self.app.env.now()
    }

    pub(crate) fn request(&self, method: Method, path: &str, token: Option<&str>) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        token.into_iter().fold(request, |request, token| request.bearer_auth(token))
    }

    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> Reply {
        Reply::of(self.request(Method::GET, path, token).send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, token: Option<&str>, body: Value) -> Reply {
        Reply::of(self.request(Method::POST, path, token).json(&body).send().await.unwrap()).await
    }

    pub(crate) async fn org(&self, name: &str) -> OrgId {
        let id = OrgId::new(self.now(), self.app.env.random());
        self.app.store.create_org(NewOrg { id, name: name.to_owned(), at: self.now() }).await.unwrap();
        // Most tests are not about who may attach when (`attachments` is): customers may at once.
        self.policy(id, |_| {}).await;
        id
    }

    /// Changes what `org` decides about files, beginning from the defaults but for customers, who may attach at once.
    pub(crate) async fn policy(&self, org: OrgId, change: impl FnOnce(&mut OrgSettings)) {
        let owner = UserId::new(self.now(), self.app.env.random());
        let user = NewUser {
            id: owner,
            email: format!("{owner}@example.org"),
            name: "Owner".to_owned(),
            password_hash: String::new(),
            at: self.now(),
        };
        assert!(self.app.store.create_user(user).await.unwrap());
        let membership = NewMembership { org, user: owner, role: OrgRole::Admin };
        self.app.store.put_membership(membership).await.unwrap();
        let mut settings = OrgSettings::default();
        settings.attachments.customer_attach = CustomerAttach::Always;
        change(&mut settings);
        assert!(self.app.store.set_org_settings(owner, org, settings).await.unwrap());
    }

    /// A member of `org`, signed in.
    pub(crate) async fn person(&self, org: OrgId, role: OrgRole, name: &str) -> Person {
        let id = UserId::new(self.now(), self.app.env.random());
        let user = NewUser {
            id,
            email: format!("{id}@example.org"),
            name: name.to_owned(),
            password_hash: String::new(),
            at: self.now(),
        };
        assert!(self.app.store.create_user(user).await.unwrap());
        self.app.store.put_membership(NewMembership { org, user: id, role }).await.unwrap();
        let token = format!("dsu_{}", secret::token(&self.app.env));
        let record = NewToken {
            hash: secret::hash(&token),
            user: id,
            device: DeviceId::new(self.now(), self.app.env.random()),
            client: ClientKind::Desktop,
            label: "Deskside".to_owned(),
            address: None,
            created_at: self.now(),
            expires_at: self.now().plus(30 * 24 * 3600 * 1000),
        };
        self.app.store.create_token(record).await.unwrap();
        Person { org, token }
    }

    /// An organisation with one technician.
    pub(crate) async fn technician(&self) -> Person {
        let org = self.org("Acme Support").await;
        self.person(org, OrgRole::Technician, "Tess").await
    }

    pub(crate) async fn session(&self, by: &Person) -> (SessionView, JoinInfo) {
        let path = format!("/api/v1/orgs/{}/sessions", by.org);
        let reply = self.post(&path, Some(&by.token), json!({ "title": "Printer" })).await;
        assert_eq!(reply.status, 201);
        let created: CreatedSession = reply.json();
        (created.session, created.join)
    }

    pub(crate) async fn try_join(&self, secret: &str, name: &str) -> Reply {
        let body = json!({ "secret": secret, "name": name, "client": "desktop" });
        self.post("/api/v1/join", None, body).await
    }

    /// A customer by the link (no lobby): token and place.
    pub(crate) async fn join(&self, join: &JoinInfo, name: &str) -> (String, Participant) {
        self.join_by(link_secret(join), name).await
    }

    pub(crate) async fn join_by(&self, secret: &str, name: &str) -> (String, Participant) {
        let joined: JoinResponse = self.try_join(secret, name).await.json();
        (joined.token.unwrap(), joined.you)
    }

    pub(crate) async fn end(&self, by: &Person, session: SessionId) -> Reply {
        self.post(&format!("/api/v1/sessions/{session}/end"), Some(&by.token), json!({})).await
    }

    /// Uploads a file completely.
    pub(crate) async fn upload(
        &self,
        session: SessionId,
        token: &str,
        name: &str,
        bytes: &[u8],
    ) -> AttachmentId {
        let created = self.create_upload(session, token, name, bytes.len() as u64).await;
        assert_eq!(created.status, 201, "{:?}", String::from_utf8_lossy(&created.body));
        let answer: Value = created.json();
        let sent = self.patch(created.header("location"), token, 0, bytes.to_vec()).await;
        assert_eq!(sent.status, 204, "{:?}", String::from_utf8_lossy(&sent.body));
        answer["attachment_id"].as_str().unwrap().parse().unwrap()
    }

    pub(crate) async fn create_upload(
        &self,
        session: SessionId,
        token: &str,
        name: &str,
        size: u64,
    ) -> Reply {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let request = self
            .request(Method::POST, &format!("/api/v1/sessions/{session}/uploads"), Some(token))
            .header("tus-resumable", "1.0.0")
            .header("upload-length", size.to_string())
            .header("upload-metadata", format!("filename {}", STANDARD.encode(name)));
        Reply::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn patch(
        &self,
        path: &str,
        token: &str,
        offset: u64,
        body: impl Into<reqwest::Body>,
    ) -> Reply {
        let request = self
            .request(Method::PATCH, path, Some(token))
            .header("tus-resumable", "1.0.0")
            .header("upload-offset", offset.to_string())
            .header("content-type", "application/offset+octet-stream")
            .body(body);
        Reply::of(request.send().await.unwrap()).await
    }

    /// Opens the session's socket.
    pub(crate) async fn connect(&self, session: SessionId, token: &str) -> Socket {
        self.try_connect(session, &[("authorization", &format!("Bearer {token}"))]).await.unwrap()
    }

    /// The socket, or the status of the refusal.
    pub(crate) async fn try_connect(
        &self,
        session: SessionId,
        headers: &[(&str, &str)],
    ) -> Result<Socket, u16> {
        let url = format!("{}/api/v1/sessions/{session}/socket", self.url.replace("http", "ws"));
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            let name: tungstenite::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((stream, _)) => Ok(Socket { stream, passed: Vec::new() }),
            Err(tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Connected, greeted and live.
    pub(crate) async fn enter(&self, session: SessionId, token: &str) -> Socket {
        let mut socket = self.connect(session, token).await;
        socket.hello(0).await;
        socket
    }

    pub(crate) fn txn(&self) -> TxnId {
        TxnId::new(self.now(), self.app.env.random())
    }
}

pub(crate) fn link_secret(join: &JoinInfo) -> &str {
    join.link.rsplit('/').next().unwrap()
}

pub(crate) fn post(text: &str) -> Command {
    Command::PostMessage {
        text: text.to_owned(),
        reply_to: None,
        attachments: Vec::new(),
        mentions: vec![],
        private: false,
    }
}

/// A client's end of the session socket.
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>,
    /// Entries of the log that came while something else was waited for.
    passed: Vec<LogEntry>,
}

impl Socket {
    pub(crate) async fn send(&mut self, message: &ClientMessage) {
        self.send_text(serde_json::to_string(message).unwrap()).await;
    }

    /// Sends to somebody who may hang up.
    pub(crate) async fn try_send(&mut self, message: &ClientMessage) -> Result<(), tungstenite::Error> {
        self.stream.send(Message::text(serde_json::to_string(message).unwrap())).await
    }

    pub(crate) async fn send_text(&mut self, text: impl Into<String>) {
        self.stream.send(Message::text(text.into())).await.unwrap();
    }

    pub(crate) async fn send_binary(&mut self, bytes: &'static [u8]) {
        self.stream.send(Message::binary(bytes)).await.unwrap();
    }

    /// The next frame; `None` once the portal closed.
    pub(crate) async fn next(&mut self) -> Option<ServerMessage> {
        loop {
            match timeout(PATIENCE, self.stream.next()).await.expect("the portal says nothing") {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The first frame that `pick` takes; the others are passed over.
    pub(crate) async fn until<T>(&mut self, mut pick: impl FnMut(ServerMessage) -> Option<T>) -> T {
        loop {
            let message = self.next().await.expect("the portal closed the socket");
            if let ServerMessage::Log { entries } = &message {
                self.passed.extend(entries.iter().cloned());
            }
            if let Some(found) = pick(message) {
                return found;
            }
        }
    }

    /// Code of the error that ends the connection.
    pub(crate) async fn error(&mut self) -> &'static str {
        let code = self.until(|message| match message {
            ServerMessage::Error { code, .. } => Some(code.as_str()),
            _ => None,
        });
        let code = code.await;
        assert_eq!(self.next().await, None, "an error is the last word");
        code
    }

    /// Says hello and reads the welcome: who one is, and the log's head.
    pub(crate) async fn hello(&mut self, resume_after: Seq) -> (Participant, SessionView, Seq) {
        self.send(&ClientMessage::Hello { protocol: PROTOCOL_VERSION, resume_after, tail: None }).await;
        self.until(|message| match message {
            ServerMessage::Welcome { you, session, head, .. } => Some((you, session, head)),
            _ => None,
        })
        .await
    }

    /// Posts and waits for the ack.
    pub(crate) async fn say(&mut self, txn_id: TxnId, text: &str) -> Seq {
        self.command(txn_id, post(text)).await.unwrap()
    }

    /// Sends a command and waits for its answer: the seq, or the code of the refusal.
    pub(crate) async fn command(&mut self, txn_id: TxnId, command: Command) -> Result<Seq, &'static str> {
        self.send(&ClientMessage::Send { txn_id, command }).await;
        self.until(|message| match message {
            ServerMessage::Ack { txn_id: id, seq, .. } if id == txn_id => Some(Ok(seq)),
            ServerMessage::Rejected { txn_id: id, code, .. } if id == txn_id => Some(Err(code.as_str())),
            _ => None,
        })
        .await
    }

    /// Entries of the log until `seq`, from the first that was not asked for yet.
    pub(crate) async fn log_until(&mut self, seq: Seq) -> Vec<LogEntry> {
        while self.passed.last().is_none_or(|entry| entry.seq() < seq) {
            self.until(|message| matches!(message, ServerMessage::Log { .. }).then_some(())).await;
        }
        std::mem::take(&mut self.passed)
    }

    /// The event at `seq`.
    pub(crate) async fn event(&mut self, seq: Seq) -> Event {
        let mut entries = self.log_until(seq).await.into_iter();
        match entries.find(|entry| entry.seq() == seq) {
            Some(LogEntry::Event(event)) => event,
            other => panic!("no event at {seq}: {other:?}"),
        }
    }
}
