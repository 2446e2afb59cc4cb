//! A client: the session core as apps and browsers run it, over a socket of the simulated network.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use deskside_proto::{ErrorCode, EventBody, LogEntry, Millis, Seq, ServerMessage, SessionId, TxnId};
use deskside_session::{Context, Input, Intent, Output, PersistOp, QueuedMessage, Session};
use deskside_tests::random::Random;
use deskside_timeline::Target;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest as _},
};
use turmoil::net::TcpStream;

use crate::{
    PORTAL, TROUBLE_MILLIS,
    town::{Board, now},
};

/// Time to open a connection, as the app takes it.
const CONNECT: Duration = Duration::from_secs(10);
/// How often a device looks whether the day is over.
const LOOK: Duration = Duration::from_millis(200);
/// Intents of one device and day.
const INTENTS: u64 = 25;

pub(crate) struct Device {
    number: usize,
    token: String,
    id: SessionId,
    random: Random,
    board: Rc<RefCell<Board>>,
    session: Session,
    socket: Option<WebSocketStream<TcpStream>>,
    disk: BTreeMap<TxnId, QueuedMessage>,
    /// What the person will ask for, latest first.
    plan: Vec<Millis>,
    /// Own messages, and all.
    own: Vec<Seq>,
    all: Vec<Seq>,
}

impl Device {
    pub(crate) fn new(
        number: usize,
        token: String,
        id: SessionId,
        seed: [u8; 16],
        board: Rc<RefCell<Board>>,
    ) -> Self {
        let mut random = Random::from_seed(u64::from_le_bytes(seed[..8].try_into().unwrap()));
        let start = now();
        let moments = (0..INTENTS).map(|_| start.plus(random.between(0, TROUBLE_MILLIS).cast_signed()));
        let mut plan: Vec<Millis> = moments.collect();
        plan.sort_unstable_by(|one, other| other.cmp(one));
        let session = Session::new(Vec::new());
        let (disk, own, all) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { number, token, id, random, board, session, socket: None, disk, plan, own, all }
    }

    /// A day, until everybody has heard everything.
    pub(crate) async fn live(mut self) -> turmoil::Result {
        self.step(Input::Start).await;
        loop {
            let next = self.plan.last().copied().into_iter().chain(self.session.next_wake()).min();
            let wake = next.map_or(LOOK, |at| millis(at.since(now())).min(LOOK));
            tokio::select! {
                input = heard(&mut self.socket) => self.step(input).await,
                () = sleep(wake) => self.act().await,
            }
            if self.is_over() {
                return Ok(());
            }
        }
    }

    fn is_over(&self) -> bool {
        let quiet = self.plan.is_empty() && self.disk.is_empty();
        let mut board = self.board.borrow_mut();
        board.done[self.number] = quiet.then(|| self.session.head());
        board.is_over()
    }

    /// What the clock and the person want now.
    async fn act(&mut self) {
        if self.session.next_wake().is_some_and(|at| at <= now()) {
            self.step(Input::Tick).await;
        }
        while self.plan.pop_if(|at| *at <= now()).is_some() {
            let intent = self.wish();
            self.step(Input::Intent { intent }).await;
        }
        if self.board.borrow().calm {
            self.take_up_refused().await;
        }
    }

    /// There is room again: the person tries what was refused for want of it once more, and throws the rest away.
    async fn take_up_refused(&mut self) {
        for (txn_id, kept) in self.disk.clone() {
            match kept.refused {
                Some(refusal) if refusal.code == ErrorCode::StorageFull => {
                    self.step(Input::Intent { intent: Intent::Retry { txn_id } }).await;
                }
                Some(_) => self.step(Input::Intent { intent: Intent::Discard { txn_id } }).await,
                None => {}
            }
        }
    }

    fn wish(&mut self) -> Intent {
        let text = format!("{} of {}", self.random.between(0, 1 << 40), self.number);
        let pick = |random: &mut Random, places: &[Seq]| {
            (!places.is_empty()).then(|| Target::Seq(places[random.index(places.len())]))
        };
        let emoji = "👍".to_owned();
        let kind = self.random.between(0, 9);
        let target = pick(&mut self.random, if kind < 7 { &self.own } else { &self.all });
        match (kind, target) {
            (4 | 5, Some(target)) => Intent::Edit { target, text, notify: true },
            (6, Some(target)) => Intent::Delete { target },
            (7, Some(target)) => Intent::React { target, emoji },
            (8, Some(target)) => Intent::Unreact { target, emoji },
            (9, _) => Intent::Read { seq: self.session.head() },
            _ => Intent::Post {
                text,
                reply_to: None,
                attachments: Vec::new(),
                mentions: Vec::new(),
                private: false,
            },
        }
    }

    async fn step(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            if let Input::Received { text } = &input {
                self.note(text);
            }
            let context = Context { now: now(), random: self.random.bytes() };
            for output in self.session.handle(input, context) {
                inputs.extend(self.carry_out(output).await);
            }
        }
    }

    async fn carry_out(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::Connect => return Some(self.connect().await),
            Output::Transmit { text } => {
                if let Some(socket) = &mut self.socket
                    && !matches!(timeout(CONNECT, socket.send(Message::text(text))).await, Ok(Ok(())))
                {
                    self.socket = None;
                    return Some(Input::Disconnected);
                }
            }
            Output::Disconnect => self.socket = None,
            Output::Persist { op } => self.persist(op),
            // These devices send no files.
            Output::View { .. } | Output::Signal { .. } | Output::DirectFiles { .. } => {}
        }
        None
    }

    fn persist(&mut self, op: PersistOp) {
        let books = &mut self.board.borrow_mut().books[self.number];
        match op {
            PersistOp::Put { message } => {
                let txn = message.txn_id;
                let again = message.refused.is_none();
                let before = self.disk.insert(txn, message);
                // Taken up again, it is asked for anew.
                if again && before.as_ref().is_some_and(|before| before.refused.is_some()) {
                    books.asked.retain(|asked| *asked != txn);
                    books.refused.remove(&txn);
                    books.asked.push(txn);
                } else if before.is_none() {
                    books.asked.push(txn);
                }
            }
            PersistOp::Remove { txn_id } => drop(self.disk.remove(&txn_id)),
        }
    }

    async fn connect(&mut self) -> Input {
        let opened = async {
            let stream = TcpStream::connect((PORTAL, 80)).await.ok()?;
            let url = format!("ws://{PORTAL}/api/v1/sessions/{}/socket", self.id);
            let mut request = url.into_client_request().ok()?;
            let bearer = format!("Bearer {}", self.token).parse().ok()?;
            request.headers_mut().insert("Authorization", bearer);
            Some(tokio_tungstenite::client_async(request, stream).await.ok()?.0)
        };
        self.socket = timeout(CONNECT, opened).await.ok().flatten();
        if self.socket.is_some() { Input::Connected } else { Input::Disconnected }
    }

    /// Keeps books of what the portal says.
    fn note(&mut self, text: &str) {
        let mut board = self.board.borrow_mut();
        let books = &mut board.books[self.number];
        match serde_json::from_str(text).unwrap() {
            ServerMessage::Ack { txn_id, seq, .. } => {
                books.acknowledged.insert(txn_id, seq);
                books.refused.remove(&txn_id);
            }
            // Not a second sending that the log was faster than.
            ServerMessage::Rejected { txn_id, .. }
                if !books.seen.iter().any(|entry| is_of(entry, txn_id)) =>
            {
                books.refused.insert(txn_id);
            }
            ServerMessage::Log { entries } => {
                for entry in entries {
                    let head = books.seen.last().map(LogEntry::seq);
                    match head {
                        Some(head) if entry.seq() <= head => continue,
                        Some(head) if entry.seq() > head + 1 => books.gaps += 1,
                        _ => {}
                    }
                    if let LogEntry::Event(event) = &entry
                        && matches!(event.body, EventBody::MessagePosted(_))
                    {
                        self.all.push(event.seq);
                        if event.txn_id.is_some_and(|txn| books.asked.contains(&txn)) {
                            self.own.push(event.seq);
                        }
                    }
                    // In the log after all: what was refused was its second sending.
                    if let LogEntry::Event(event) = &entry
                        && let Some(txn) = event.txn_id
                    {
                        books.refused.remove(&txn);
                    }
                    books.seen.push(entry);
                }
            }
            _ => {}
        }
    }
}

fn is_of(entry: &LogEntry, txn_id: TxnId) -> bool {
    matches!(entry, LogEntry::Event(event) if event.txn_id == Some(txn_id))
}

fn millis(count: i64) -> Duration {
    Duration::from_millis(u64::try_from(count).unwrap_or(0))
}

/// What the socket brings; never, where there is none.
async fn heard(socket: &mut Option<WebSocketStream<TcpStream>>) -> Input {
    let Some(open) = socket else { return std::future::pending().await };
    loop {
        match open.next().await {
            Some(Ok(Message::Text(text))) => return Input::Received { text: text.to_string() },
            Some(Ok(Message::Close(_)) | Err(_)) | None => {
                *socket = None;
                return Input::Disconnected;
            }
            Some(Ok(_)) => {}
        }
    }
}
