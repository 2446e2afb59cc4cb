//! A portal that does what a test tells it, frame by frame: for what a real one does not do on demand.

use deskside_client::{
    Tls,
    account::Access,
    direct::SetUp,
    driver::{self, SessionHandle},
    journal::Journal,
    portal::PortalClient,
};
use deskside_proto::{
    AttachmentPolicy, ChatPolicy, ClientMessage, Event, EventBody, EventId, LogEntry, MessagePosted, Millis,
    OrgId, Participant, ParticipantId, ParticipantRole, ParticipantState, Seq, ServerMessage, SessionId,
    TxnId, Visibility,
    api::{SessionState, SessionView},
};
use deskside_session::{ConnectionState, Intent, ViewUpdate};
use deskside_timeline::TimelineItem;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{Duration, timeout},
};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

pub(crate) const SESSION: SessionId = SessionId([7; 16]);
pub(crate) const ME: ParticipantId = ParticipantId([1; 16]);
const PATIENCE: Duration = Duration::from_secs(20);

/// Listens where the client connects to.
pub(crate) struct Portal {
    listener: TcpListener,
    pub address: String,
}

impl Portal {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        Self { listener, address }
    }

    pub(crate) fn access(&self) -> Access {
        let portal = PortalClient::new(&self.address, &Tls::platform().unwrap()).unwrap();
        Access::new(portal, "secret-token".to_owned(), "user:me")
    }

    pub(crate) async fn open(&self, journal: &Journal) -> (SessionHandle, View) {
        let (handle, updates) =
            driver::open(self.access(), SESSION, journal.clone(), SetUp::fresh(&std::env::temp_dir()))
                .await
                .unwrap();
        (handle, View::new(updates))
    }

    /// The next connection, upgraded; its bearer header is right.
    #[expect(clippy::result_large_err, reason = "the signature is tungstenite's")]
    pub(crate) async fn accept(&self) -> Peer {
        let stream = self.accept_tcp().await;
        let check = |request: &tokio_tungstenite::tungstenite::handshake::server::Request, response| {
            assert_eq!(request.headers()["authorization"], "Bearer secret-token");
            assert_eq!(request.uri().path(), format!("/api/v1/sessions/{SESSION}/socket"));
            Ok(response)
        };
        Peer(tokio_tungstenite::accept_hdr_async(stream, check).await.unwrap())
    }

    pub(crate) async fn accept_tcp(&self) -> TcpStream {
        timeout(PATIENCE, self.listener.accept()).await.expect("a connection").unwrap().0
    }

    /// Answers the next upgrade with an error.
    pub(crate) async fn refuse(&self, status: &str, body: &str) {
        let mut stream = self.accept_tcp().await;
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
    }
}

/// One connection of the client, seen from the portal.
pub(crate) struct Peer(WebSocketStream<TcpStream>);

impl Peer {
    /// The next frame that is no ping.
    pub(crate) async fn next(&mut self) -> ClientMessage {
        loop {
            let frame =
                timeout(PATIENCE, self.0.next()).await.expect("a frame").expect("a connection").unwrap();
            let Message::Text(text) = frame else { continue };
            match serde_json::from_str(text.as_str()).unwrap() {
                ClientMessage::Ping { .. } => {}
                message => return message,
            }
        }
    }

    pub(crate) async fn say(&mut self, message: &ServerMessage) {
        self.0.send(Message::text(serde_json::to_string(message).unwrap())).await.unwrap();
    }

    /// Takes `hello` and lets the client in; what it resumes after.
    pub(crate) async fn welcome(&mut self, head: Seq) -> Seq {
        let ClientMessage::Hello { resume_after, .. } = self.next().await else {
            panic!("hello comes first")
        };
        let welcome = ServerMessage::Welcome {
            you: me(),
            session: session_view(head),
            head,
            now: Millis(0),
            online: vec![ME],
            first: 1,
            read: Vec::new(),
            has_written: false,
        };
        self.say(&welcome).await;
        resume_after
    }

    /// The next message that the client sends: its name for it, and its text.
    pub(crate) async fn next_post(&mut self) -> (TxnId, String) {
        match self.next().await {
            ClientMessage::Send {
                txn_id,
                command: deskside_proto::Command::PostMessage { text, .. },
                ..
            } => (txn_id, text),
            other => panic!("no message but {other:?}"),
        }
    }

    /// Acknowledges, and writes it into the log.
    pub(crate) async fn take(&mut self, seq: Seq, txn_id: TxnId, text: &str) {
        self.say(&ServerMessage::Ack { txn_id, seq, at: Millis(seq as i64) }).await;
        let body = EventBody::MessagePosted(MessagePosted { text: text.to_owned(), ..Default::default() });
        self.log(seq, txn_id, body).await;
    }

    /// Writes something of the client's own into the log.
    pub(crate) async fn log(&mut self, seq: Seq, txn_id: TxnId, body: EventBody) {
        let event = Event {
            seq,
            id: EventId([seq as u8; 16]),
            sender: Some(ME),
            at: Millis(seq as i64),
            visibility: Visibility::All,
            txn_id: Some(txn_id),
            body,
        };
        self.say(&ServerMessage::Log { entries: vec![LogEntry::Event(event)] }).await;
    }
}

/// What the window would see.
pub(crate) struct View {
    updates: mpsc::Receiver<Vec<ViewUpdate>>,
    /// The timeline, by its patches.
    pub items: Vec<TimelineItem>,
}

impl View {
    pub(crate) fn new(updates: mpsc::Receiver<Vec<ViewUpdate>>) -> Self {
        Self { updates, items: Vec::new() }
    }

    pub(crate) async fn until(&mut self, what: &str, found: impl Fn(&ViewUpdate) -> bool) -> ViewUpdate {
        let search = async {
            loop {
                if let Some(update) = self.take().await.into_iter().find(&found) {
                    return update;
                }
            }
        };
        timeout(PATIENCE, search).await.unwrap_or_else(|_| panic!("never seen: {what}"))
    }

    /// Waits until the timeline is as `found` wants it.
    pub(crate) async fn until_items(&mut self, what: &str, found: impl Fn(&[TimelineItem]) -> bool) {
        let search = async {
            while !found(&self.items) {
                self.take().await;
            }
        };
        timeout(PATIENCE, search).await.unwrap_or_else(|_| panic!("never seen: {what}"));
    }

    async fn take(&mut self) -> Vec<ViewUpdate> {
        let updates = self.updates.recv().await.expect("an open session");
        for update in &updates {
            if let ViewUpdate::Timeline { patches } = update {
                patches.iter().cloned().for_each(|patch| patch.apply(&mut self.items));
            }
        }
        updates
    }

    pub(crate) async fn until_online(&mut self) {
        self.until("online", |update| {
            matches!(update, ViewUpdate::Connection { state: ConnectionState::Online { .. } })
        })
        .await;
    }

    pub(crate) async fn until_unsent(&mut self, expected: usize) {
        self.until("unsent", |update| matches!(update, ViewUpdate::Unsent { count } if *count == expected))
            .await;
    }
}

pub(crate) fn post(text: &str) -> Intent {
    Intent::Post {
        text: text.to_owned(),
        reply_to: None,
        attachments: Vec::new(),
        mentions: Vec::new(),
        private: false,
    }
}

fn me() -> Participant {
    Participant {
        id: ME,
        name: "Me".into(),
        role: ParticipantRole::Technician,
        state: ParticipantState::Admitted,
        user_id: None,
    }
}

fn session_view(head: Seq) -> SessionView {
    SessionView {
        id: SESSION,
        org_id: OrgId([2; 16]),
        org_name: "Org".into(),
        title: String::new(),
        state: SessionState::Open,
        created_at: Millis(0),
        ended_at: None,
        participants: vec![me()],
        head,
        attachments: AttachmentPolicy { stored_max_bytes: 1_000, ..AttachmentPolicy::default() },
        chat: ChatPolicy::default(),
        unread: 0,
    }
}
