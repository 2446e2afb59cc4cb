//! `deskside-session` over a real socket, without a window: what both apps run, with an outbox in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use deskside_proto::{
    Event, EventBody, LogEntry, Millis, ReadMark, Seq, ServerMessage, SessionId, TxnId, WireError,
};
use deskside_session::{
    Alert, ConnectionState, Context, Input, Intent, Output, PersistOp, QueuedMessage, RosterEntry, Session,
    ViewUpdate,
};
use deskside_timeline::Target;
use futures_util::{SinkExt as _, StreamExt as _};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};

use crate::api::Api;
use crate::checker::Books;
use crate::{random, wait};

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What the client has seen and kept.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Everything the outbox ever took.
    pub posted: Vec<TxnId>,
    /// What the portal confirmed: it left the outbox.
    pub confirmed: BTreeSet<TxnId>,
    /// What the portal acknowledged, and where.
    pub acknowledged: BTreeMap<TxnId, Seq>,
    /// What the portal refused and did not take afterwards.
    pub refused: BTreeSet<TxnId>,
    /// What the portal refused at some time.
    pub late: BTreeSet<TxnId>,
    /// What still waits in the outbox.
    pub outbox: Vec<QueuedMessage>,
    /// The log as it came, in its order; places that came twice on a resend are held once, older pages stand before.
    pub log: Vec<LogEntry>,
    /// Place of the log's oldest entry, there or to come; 0 before the first welcome. Earlier ones must be asked for.
    pub first: Seq,
    /// Entries that did not follow the one before.
    pub gaps: u64,
    /// How far the others have read.
    pub marks: Vec<ReadMark>,
    /// How much of what is loaded one has not read.
    pub unread: usize,
    pub alerts: Vec<Alert>,
    pub connection: Option<ConnectionState>,
    pub roster: Vec<RosterEntry>,
    pub sealed: bool,
    pub connects: u64,
}

impl Seen {
    /// Events only, without what is withheld.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.log.iter().filter_map(|entry| match entry {
            LogEntry::Event(event) => Some(event),
            LogEntry::Withheld { .. } => None,
        })
    }

    /// The text of every message, in the log's order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.events().filter_map(|event| match &event.body {
            EventBody::MessagePosted(message) => Some(message.text.as_str()),
            _ => None,
        })
    }

    /// How often a message with this text was posted.
    #[must_use]
    pub fn times(&self, text: &str) -> usize {
        self.texts().filter(|&posted| posted == text).count()
    }

    #[must_use]
    pub fn head(&self) -> Seq {
        self.log.last().map_or(self.first.saturating_sub(1), LogEntry::seq)
    }

    /// Takes a frame's part of the log; of what else a frame says nothing.
    fn take(&mut self, message: ServerMessage) {
        match message {
            // A first connection may begin anywhere; a later one goes on from here.
            ServerMessage::Welcome { first, .. } if self.log.is_empty() => self.first = first,
            ServerMessage::Log { entries } => {
                for entry in entries {
                    // In the log after all: what was refused was its second sending.
                    if let LogEntry::Event(Event { txn_id: Some(txn), .. }) = &entry {
                        self.refused.remove(txn);
                    }
                    match entry.seq().checked_sub(self.head() + 1) {
                        Some(0) => self.log.push(entry),
                        Some(_) => self.gaps += 1,
                        None => {}
                    }
                }
            }
            ServerMessage::History { before, entries } if before == self.first => self.take_older(entries),
            ServerMessage::Ack { txn_id, seq, .. } => {
                self.acknowledged.insert(txn_id, seq);
                self.refused.remove(&txn_id);
            }
            ServerMessage::Rejected { txn_id, .. } => {
                // A second sending may be refused although the log was faster with the first.
                if !self.events().any(|event| event.txn_id == Some(txn_id)) {
                    self.refused.insert(txn_id);
                }
                self.late.insert(txn_id);
            }
            _ => {}
        }
    }

    /// A page that ends right before what is here.
    fn take_older(&mut self, mut page: Vec<LogEntry>) {
        let places = (1..self.first).rev();
        let follows = page.iter().rev().zip(places).take_while(|(entry, seq)| entry.seq() == *seq).count();
        let older = page.split_off(page.len() - follows);
        self.gaps += page.len() as u64;
        self.first -= follows as Seq;
        drop(self.log.splice(..0, older));
    }

    /// For the checker.
    #[must_use]
    pub fn books(&self, name: &str) -> Books {
        Books {
            name: name.to_owned(),
            asked: self.posted.clone(),
            acknowledged: self.acknowledged.clone(),
            refused: self.refused.clone(),
            late: self.late.clone(),
            waiting: self.outbox.iter().map(|kept| kept.txn_id).collect(),
            seen: self.log.clone(),
            gaps: self.gaps,
        }
    }

    #[must_use]
    pub fn is_online(&self) -> bool {
        matches!(self.connection, Some(ConnectionState::Online { .. }))
    }
}

/// A participant in a session; leaves the socket when dropped.
#[derive(Debug)]
pub struct WireClient {
    intents: mpsc::UnboundedSender<Intent>,
    seen: watch::Receiver<Seen>,
    task: JoinHandle<()>,
}

impl WireClient {
    /// Opens the session of `api`'s token with an empty outbox.
    pub fn open(api: &Api, session: SessionId) -> Self {
        let (intents, wanted) = mpsc::unbounded_channel();
        let (seen, watched) = watch::channel(Seen::default());
        let driver = Driver { api: api.clone(), session, seen, socket: None };
        let task = tokio::spawn(driver.run(wanted));
        Self { intents, seen: watched, task }
    }

    pub fn post(&self, text: &str) -> Result<()> {
        self.intend(Intent::Post {
            text: text.to_owned(),
            reply_to: None,
            attachments: Vec::new(),
            mentions: Vec::new(),
            private: false,
        })
    }

    pub fn edit(&self, seq: Seq, text: &str) -> Result<()> {
        self.intend(Intent::Edit { target: Target::Seq(seq), text: text.to_owned(), notify: false })
    }

    pub fn delete(&self, seq: Seq) -> Result<()> {
        self.intend(Intent::Delete { target: Target::Seq(seq) })
    }

    pub fn react(&self, seq: Seq, emoji: &str) -> Result<()> {
        self.intend(Intent::React { target: Target::Seq(seq), emoji: emoji.to_owned() })
    }

    pub fn unreact(&self, seq: Seq, emoji: &str) -> Result<()> {
        self.intend(Intent::Unreact { target: Target::Seq(seq), emoji: emoji.to_owned() })
    }

    pub fn intend(&self, intent: Intent) -> Result<()> {
        ensure!(self.intents.send(intent).is_ok(), "the client of a session ended by itself");
        Ok(())
    }

    /// A copy of what was seen so far.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// Waits until `fact` holds of what was seen.
    pub async fn until(&mut self, what: &str, limit: Duration, fact: impl Fn(&Seen) -> bool) -> Result<Seen> {
        let waited = async { self.seen.wait_for(|seen| fact(seen)).await.map(|seen| seen.clone()) };
        match tokio::time::timeout(limit, waited).await {
            Ok(Ok(seen)) => Ok(seen),
            Ok(Err(_)) => anyhow::bail!("the client of a session ended by itself before: {what}"),
            Err(_) => {
                let seen = self.seen.borrow();
                anyhow::bail!(
                    "waited {limit:?} in vain for: {what}; {:?}, head {}, {} waiting",
                    seen.connection,
                    seen.head(),
                    seen.outbox.len()
                )
            }
        }
    }

    pub async fn until_online(&mut self) -> Result<Seen> {
        self.until("the session is online", wait::STEP, Seen::is_online).await
    }

    /// Reads the log from its first place to `head`, what a first connection leaves out included.
    pub async fn whole_log(&mut self, head: Seq, limit: Duration) -> Result<Seen> {
        self.intend(Intent::Reach { seq: 1 })?;
        self.until("the whole log", limit, |seen| seen.first == 1 && seen.head() >= head).await
    }
}

impl Drop for WireClient {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Driver {
    api: Api,
    session: SessionId,
    seen: watch::Sender<Seen>,
    socket: Option<Socket>,
}

impl Driver {
    async fn run(mut self, mut wanted: mpsc::UnboundedReceiver<Intent>) {
        let mut session = Session::new(Vec::new());
        let mut inputs = vec![Input::Start];
        loop {
            while let Some(input) = inputs.pop() {
                if let Input::Received { text } = &input {
                    self.note(text);
                }
                let Ok(context) = context() else { return };
                for output in session.handle(input, context) {
                    inputs.extend(self.carry_out(output).await);
                }
            }
            let wake = session.next_wake().map_or(Duration::from_secs(3600), |at| {
                Duration::from_millis(u64::try_from(at.since(now())).unwrap_or(0))
            });
            tokio::select! {
                intent = wanted.recv() => match intent {
                    Some(intent) => inputs.push(Input::Intent { intent }),
                    None => return,
                },
                input = next(&mut self.socket) => inputs.push(input),
                () = tokio::time::sleep(wake) => inputs.push(Input::Tick),
            }
        }
    }

    async fn carry_out(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::Connect => return Some(self.connect().await),
            Output::Transmit { text } => {
                if let Some(socket) = &mut self.socket
                    && socket.send(Message::text(text)).await.is_err()
                {
                    self.socket = None;
                    return Some(Input::Disconnected);
                }
            }
            Output::Disconnect => self.socket = None,
            Output::Persist { op } => self.seen.send_modify(|seen| persist(seen, op)),
            Output::View { update } => self.seen.send_modify(|seen| show(seen, update)),
            // A client without files of its own: nothing goes directly to it or from it.
            Output::Signal { .. } | Output::DirectFiles { .. } => {}
        }
        None
    }

    async fn connect(&mut self) -> Input {
        self.seen.send_modify(|seen| seen.connects += 1);
        let opened = tokio::time::timeout(Duration::from_secs(10), open(&self.api, self.session)).await;
        match opened {
            Ok(Ok(socket)) => {
                self.socket = Some(socket);
                Input::Connected
            }
            Ok(Err(error)) => match error.downcast::<WireError>() {
                Ok(error) => Input::Refused { code: error.code, message: error.message },
                Err(_) => Input::Disconnected,
            },
            Err(_) => Input::Disconnected,
        }
    }

    /// Keeps the log as the portal sent it, beside what the session makes of it.
    fn note(&self, text: &str) {
        let Ok(message) = serde_json::from_str(text) else { return };
        self.seen.send_modify(|seen| seen.take(message));
    }
}

fn persist(seen: &mut Seen, op: PersistOp) {
    match op {
        PersistOp::Put { message } => {
            let txn = message.txn_id;
            let before = seen.outbox.iter().find(|kept| kept.txn_id == txn);
            let again = before.is_some_and(|kept| kept.refused.is_some()) && message.refused.is_none();
            if again {
                // Taken up again, it is asked for anew.
                seen.posted.retain(|posted| *posted != txn);
                seen.refused.remove(&txn);
            }
            if !seen.posted.contains(&txn) {
                seen.posted.push(txn);
            }
            seen.outbox.retain(|kept| kept.txn_id != message.txn_id);
            seen.outbox.push(message);
        }
        PersistOp::Remove { txn_id } => {
            seen.outbox.retain(|kept| kept.txn_id != txn_id);
            seen.confirmed.insert(txn_id);
        }
    }
}

fn show(seen: &mut Seen, update: ViewUpdate) {
    match update {
        ViewUpdate::Connection { state } => seen.connection = Some(state),
        ViewUpdate::Roster { entries } => seen.roster = entries,
        ViewUpdate::Sealed { .. } => seen.sealed = true,
        ViewUpdate::Read { marks, unread, own: _ } => (seen.marks, seen.unread) = (marks, unread),
        ViewUpdate::Alerts { alerts } => seen.alerts.extend(alerts),
        ViewUpdate::Timeline { .. }
        | ViewUpdate::Session { .. }
        | ViewUpdate::Unsent { .. }
        | ViewUpdate::History { .. } => {}
    }
}

/// The next thing the socket brings; never, where there is none.
async fn next(socket: &mut Option<Socket>) -> Input {
    let Some(open) = socket else { return std::future::pending().await };
    loop {
        match open.next().await {
            Some(Ok(Message::Text(text))) => return Input::Received { text: text.to_string() },
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_))) => {}
            Some(Ok(Message::Close(_)) | Err(_)) | None => {
                *socket = None;
                return Input::Disconnected;
            }
        }
    }
}

/// The session's socket with `api`'s token; a refusal of the portal is a [`WireError`].
pub async fn open(api: &Api, session: SessionId) -> Result<Socket> {
    let address = api.base().replacen("http", "ws", 1);
    let mut request = format!("{address}/api/v1/sessions/{session}/socket").into_client_request()?;
    if let Some(token) = api.token() {
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).context("a token is plain text")?;
        request.headers_mut().insert("Authorization", bearer);
    }
    let connector = api.trust().map(tls_for_sockets).map_or(Connector::Plain, Connector::Rustls);
    match connect_async_tls_with_config(request, None, true, Some(connector)).await {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::Error::Http(response)) => {
            let body = response.body().as_deref().unwrap_or_default();
            match serde_json::from_slice::<WireError>(body) {
                Ok(error) => Err(error.into()),
                Err(_) => anyhow::bail!("the socket was refused with {}", response.status()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// WebSockets speak HTTP/1.1: no protocol is negotiated.
fn tls_for_sockets(trust: Arc<ClientConfig>) -> Arc<ClientConfig> {
    let mut config = (*trust).clone();
    config.alpn_protocols.clear();
    Arc::new(config)
}

#[must_use]
pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn context() -> Result<Context> {
    Ok(Context { now: now(), random: random::fresh()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(places: std::ops::Range<Seq>) -> Vec<LogEntry> {
        places.map(|seq| LogEntry::Withheld { seq }).collect()
    }

    /// Places of the log, and gaps.
    fn after(first: Seq, messages: Vec<ServerMessage>) -> (Vec<Seq>, u64) {
        let mut seen = Seen { first, ..Seen::default() };
        messages.into_iter().for_each(|message| seen.take(message));
        (seen.log.iter().map(LogEntry::seq).collect(), seen.gaps)
    }

    #[test]
    fn the_log_grows_at_both_ends_and_counts_what_does_not_follow() {
        let live = |places| ServerMessage::Log { entries: log(places) };
        let older = |before, places| ServerMessage::History { before, entries: log(places) };
        for (first, messages, expected) in [
            (1, vec![live(1..4), live(4..6)], ((1..6).collect(), 0)),
            (1, vec![live(1..4), live(2..6)], ((1..6).collect(), 0)),
            (5, vec![live(5..7)], ((5..7).collect(), 0)),
            (5, vec![live(5..7), older(5, 3..5), older(3, 1..3)], ((1..7).collect(), 0)),
            (5, vec![older(5, 1..5), live(5..7)], ((1..7).collect(), 0)),
            (5, vec![live(5..7), older(5, 3..5), older(5, 3..5)], ((3..7).collect(), 0)),
            (1, vec![live(1..3), live(4..5)], ((1..3).collect::<Vec<_>>(), 1)),
            (5, vec![live(5..7), older(5, 2..4)], ((5..7).collect(), 2)),
        ] {
            assert_eq!(after(first, messages.clone()), expected, "from {first}: {messages:?}");
        }
    }
}
