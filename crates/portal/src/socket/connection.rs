//! One connection, from its first frame to its last.

use std::{pin::pin, sync::Arc};

use axum::extract::ws::{Message, Utf8Bytes, WebSocket, close_code};
use deskside_proto::{
    ClientMessage, Command, ErrorCode, LogEntry, Participant, ParticipantState, Seq, ServerMessage, TxnId,
    limits::{HISTORY_MAX_ENTRIES, LOG_FRAME_MAX_ENTRIES},
};
use deskside_store::ReadPosition;
use futures_util::{
    SinkExt,
    future::{BoxFuture, FutureExt},
    stream::{FuturesOrdered, StreamExt},
};
use tokio::time::{Instant, timeout};

use super::{
    close, close_with, commands,
    greeting::{self, Resume},
    pace::{Pace, ReadGate},
};
use crate::{
    App,
    auth::SessionCaller,
    hub::{self, Membership, Outgoing},
    writer::{Lane, WriteError, WriteResult, received},
};

/// Commands of one connection that may wait for their commit.
const IN_FLIGHT: usize = 64;
/// Frames written before the transport is flushed.
const WRITE_BATCH: usize = 64;

/// Why a connection ends.
enum End {
    /// The client closed it or is gone.
    Gone,
    /// The client is told why, then it is closed.
    Error(ErrorCode),
    /// The participant left: an ordinary close.
    Left,
    /// The portal stops.
    Stopping,
}

impl<E: Into<crate::ApiError>> From<E> for End {
    fn from(error: E) -> Self {
        Self::Error(error.into().code())
    }
}

type Pending = FuturesOrdered<BoxFuture<'static, (TxnId, WriteResult)>>;

struct Connection {
    app: Arc<App>,
    caller: SessionCaller,
    socket: WebSocket,
    you: Participant,
    hub: Membership,
    resume: Resume,
    /// Last place of the log that was sent.
    sent: Seq,
    reads: ReadGate,
    pace: Pace,
    pending: Pending,
    lane: Lane,
    last_typing: Option<Instant>,
}

/// Runs a connection to its end.
pub(super) async fn serve(app: Arc<App>, caller: SessionCaller, mut socket: WebSocket) {
    let _counted = app.sockets.token();
    let (you, resume) = match open(&app, &caller, &mut socket).await {
        Ok(opened) => opened,
        Err(end) => return finish(&mut socket, end).await,
    };
    let waiting = you.state == ParticipantState::Waiting;
    let hub = app.hub.join(caller.session, &you, waiting, app.config.socket.queue);
    let mut connection = Connection {
        app,
        caller,
        socket,
        you,
        hub,
        resume,
        sent: 0,
        reads: ReadGate::default(),
        pace: Pace::new(Instant::now()),
        pending: Pending::new(),
        lane: Lane::default(),
        last_typing: None,
    };
    let end = connection.run().await;
    connection.app.hub.leave(connection.caller.session, connection.hub.id);
    finish(&mut connection.socket, end).await;
}

async fn finish(socket: &mut WebSocket, end: End) {
    match end {
        End::Gone => {}
        End::Error(code) => close_with(socket, code).await,
        End::Left => drop(timeout(super::LAST_WORD, close(socket, close_code::NORMAL, "left")).await),
        End::Stopping => drop(timeout(super::LAST_WORD, close(socket, close_code::AWAY, "restarting")).await),
    }
}

/// Waits for `hello` and finds out who it is.
async fn open(
    app: &App,
    caller: &SessionCaller,
    socket: &mut WebSocket,
) -> Result<(Participant, Resume), End> {
    let first = timeout(app.config.socket.hello_timeout, next_text(socket));
    let text = tokio::select! {
        first = first => first.map_err(|_| End::Error(ErrorCode::HelloExpected))??,
        () = app.closing.cancelled() => return Err(End::Stopping),
    };
    let resume = greeting::hello(&text)?;
    let you = greeting::participant(app, caller).await?;
    Ok((you, resume))
}

/// The next text frame. Binary frames are not spoken here.
async fn next_text(socket: &mut WebSocket) -> Result<Utf8Bytes, End> {
    loop {
        match socket.recv().await {
            Some(Ok(Message::Text(text))) => return Ok(text),
            Some(Ok(Message::Binary(_))) => return Err(End::Error(ErrorCode::Malformed)),
            // The transport answers pings by itself.
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_))) | None => return Err(End::Gone),
            Some(Err(error)) => return Err(transport_end(&error)),
        }
    }
}

fn transport_end(error: &axum::Error) -> End {
    // The transport's own type is not public here; its text is part of its documentation.
    if error.to_string().starts_with("Space limit exceeded") {
        End::Error(ErrorCode::FrameTooLarge)
    } else {
        End::Gone
    }
}

fn rejection(txn_id: TxnId, code: ErrorCode) -> Utf8Bytes {
    hub::to_text(&ServerMessage::Rejected { txn_id, code, message: code.sentence().to_owned() })
}

impl Connection {
    /// Everything that can cut a connection while it waits for something else stands beside [`Self::talk`].
    async fn run(&mut self) -> End {
        let mut cut = self.hub.cut.clone();
        let closing = self.app.closing.clone();
        let cut = async move {
            match cut.wait_for(Option::is_some).await.map(|code| *code) {
                Ok(Some(code)) => End::Error(code),
                _ => End::Error(ErrorCode::Internal),
            }
        };
        tokio::select! {
            biased;
            end = cut => end,
            () = closing.cancelled() => End::Stopping,
            end = self.talk() => end,
        }
    }

    async fn talk(&mut self) -> End {
        match self.greet().await {
            Ok(()) => self.converse().await.err().unwrap_or(End::Gone),
            Err(end) => end,
        }
    }

    async fn greet(&mut self) -> Result<(), End> {
        let (welcome, after) = greeting::welcome(&self.app, &self.caller, &self.you, self.resume).await?;
        self.sent = after;
        self.send(hub::to_text(&welcome)).await?;
        if self.you.state == ParticipantState::Admitted {
            self.catch_up().await?;
        }
        Ok(())
    }

    /// Sends what the log has after `sent`, until there is no more and the connection is live.
    async fn catch_up(&mut self) -> Result<(), End> {
        let session = self.caller.session;
        loop {
            let limit = u32::try_from(LOG_FRAME_MAX_ENTRIES).unwrap_or(u32::MAX);
            let page = self.app.store.log(session, self.sent, limit).await?;
            let full = page.len() == LOG_FRAME_MAX_ENTRIES;
            if let Some(last) = page.last() {
                let seq = last.seq;
                let role = self.you.role;
                let entries = page.into_iter().map(|event| LogEntry::for_role(event, role)).collect();
                self.send(hub::log_text(entries)).await?;
                self.sent = seq;
            }
            if !full && self.app.hub.go_live(session, self.hub.id, self.sent) {
                return Ok(());
            }
        }
    }

    async fn converse(&mut self) -> Result<(), End> {
        let idle = self.app.config.socket.idle_timeout;
        // One timer for the whole life of the connection: making one anew for each frame costs more than the frame.
        let mut silence = pin!(tokio::time::sleep(idle));
        loop {
            tokio::select! {
                Some((txn_id, result)) = self.pending.next() => {
                    self.answer(txn_id, result).await?;
                    self.forward().await?;
                }
                first = self.hub.queue.recv() => match first {
                    Some(first) => {
                        self.pass_on(first).await?;
                        self.forward().await?;
                    }
                    // The queue ends with a cut, which is seen elsewhere.
                    None => std::future::pending().await,
                },
                () = tokio::time::sleep_until(self.pace.ready_at), if !self.pace.is_ready() => {}
                seq = self.reads.due() => self.read(seq).await?,
                text = next_text(&mut self.socket), if self.pending.len() < IN_FLIGHT && self.pace.is_ready() => {
                    let now = Instant::now();
                    silence.as_mut().reset(now + idle);
                    self.pace.count(now);
                    self.take(&text?).await?;
                }
                () = &mut silence => return Err(End::Gone),
            }
        }
    }

    /// Sends what is ready for this connection, acknowledgements and the log, in one go: for one system call.
    async fn forward(&mut self) -> Result<(), End> {
        for _ in 0..WRITE_BATCH {
            if let Some(Some((txn_id, result))) = self.pending.next().now_or_never() {
                self.answer(txn_id, result).await?;
            } else if let Ok(outgoing) = self.hub.queue.try_recv() {
                self.pass_on(outgoing).await?;
            } else {
                break;
            }
        }
        self.flush().await
    }

    /// One thing that the hub has for this connection. It goes out with the next flush.
    async fn pass_on(&mut self, outgoing: Outgoing) -> Result<(), End> {
        match outgoing {
            // Read from the store already.
            Outgoing::Log { seq, .. } if seq <= self.sent => {}
            Outgoing::Log { seq, text } => {
                self.feed(text).await?;
                self.sent = seq;
            }
            Outgoing::Frame(text) => self.feed(text).await?,
            Outgoing::Admitted => {
                self.you = greeting::participant(&self.app, &self.caller).await?;
                self.greet().await?;
            }
            Outgoing::Left => {
                while let Some((txn_id, result)) = self.pending.next().await {
                    self.answer(txn_id, result).await?;
                }
                self.flush().await?;
                return Err(End::Left);
            }
        }
        Ok(())
    }

    /// One frame of the client.
    async fn take(&mut self, text: &str) -> Result<(), End> {
        match greeting::parse(text)? {
            ClientMessage::Hello { .. } => Err(End::Error(ErrorCode::Malformed)),
            ClientMessage::Send { txn_id, command } => self.command(txn_id, command).await,
            ClientMessage::Typing => {
                self.typing();
                Ok(())
            }
            ClientMessage::Read { seq } => {
                // Nobody has read what was not sent to them.
                self.reads.want(seq.min(self.sent));
                Ok(())
            }
            ClientMessage::History { before, limit } => self.history(before, limit).await,
            ClientMessage::Ping { nonce } => {
                let pong = ServerMessage::Pong { nonce, now: self.app.env.now() };
                self.send(hub::to_text(&pong)).await
            }
        }
    }

    async fn command(&mut self, txn_id: TxnId, command: Command) -> Result<(), End> {
        let append = commands::to_append(&self.app, &self.caller, &self.you, txn_id, command).await;
        let append = match append {
            Ok(append) => append,
            // The store could not be asked: nothing is refused by that, and the client sends it again.
            Err(code @ (ErrorCode::Unavailable | ErrorCode::Internal)) => return Err(End::Error(code)),
            Err(code) => return self.send(rejection(txn_id, code)).await,
        };
        let reply = self.app.writer.submit(append, &self.lane).await?;
        self.pending.push_back(reply.map(move |result| (txn_id, received(result))).boxed());
        Ok(())
    }

    /// Only those who are in the room have a log to look back on.
    async fn history(&mut self, before: Seq, limit: u32) -> Result<(), End> {
        if self.you.state != ParticipantState::Admitted {
            return Ok(());
        }
        let limit = limit.min(u32::try_from(HISTORY_MAX_ENTRIES).unwrap_or(u32::MAX));
        let page = self.app.store.log_before(self.caller.session, before, limit).await?;
        let role = self.you.role;
        let entries = page.into_iter().map(|event| LogEntry::for_role(event, role)).collect();
        self.send(hub::to_text(&ServerMessage::History { before, entries })).await
    }

    async fn read(&mut self, seq: Seq) -> Result<(), End> {
        let position = ReadPosition { session: self.caller.session, participant: self.you.id, seq };
        Ok(self.app.writer.read(position).await?)
    }

    /// Goes out with the next flush.
    async fn answer(&mut self, txn_id: TxnId, result: WriteResult) -> Result<(), End> {
        match result {
            Ok(appended) => {
                let ack = ServerMessage::Ack { txn_id, seq: appended.event.seq, at: appended.event.at };
                self.feed(hub::to_text(&ack)).await
            }
            Err(WriteError::Refused(code)) => self.feed(rejection(txn_id, code)).await,
            // The person decides when there is space again.
            Err(WriteError::NotWritten(ErrorCode::StorageFull)) => {
                self.feed(rejection(txn_id, ErrorCode::StorageFull)).await
            }
            // Not refused for good: the client keeps it and sends it again on its next connection.
            Err(WriteError::NotWritten(code)) => Err(End::Error(code)),
        }
    }

    fn typing(&mut self) {
        let now = Instant::now();
        let too_soon = self.last_typing.is_some_and(|last| now.duration_since(last).as_millis() < 1_000);
        if self.you.state == ParticipantState::Admitted && !too_soon {
            self.last_typing = Some(now);
            self.app.hub.typing(self.caller.session, self.you.id);
        }
    }

    async fn send(&mut self, text: Utf8Bytes) -> Result<(), End> {
        self.socket.send(Message::Text(text)).await.map_err(|_| End::Gone)
    }

    async fn feed(&mut self, text: Utf8Bytes) -> Result<(), End> {
        self.socket.feed(Message::Text(text)).await.map_err(|_| End::Gone)
    }

    async fn flush(&mut self) -> Result<(), End> {
        self.socket.flush().await.map_err(|_| End::Gone)
    }
}
