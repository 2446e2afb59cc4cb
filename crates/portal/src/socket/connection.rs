//! One connection, from its first frame to its last.

use std::{pin::pin, sync::Arc};

use axum::extract::ws::{Message, Utf8Bytes, WebSocket, close_code};
use deskside_proto::{
    ClientMessage, Command, ErrorCode, LogEntry, Participant, ParticipantState, Seq, ServerMessage, TxnId,
    limits::{HISTORY_MAX_ENTRIES, LOG_FRAME_MAX_ENTRIES},
};
use deskside_store::{ReadPosition, SessionRecord};
use futures_util::{
    SinkExt,
    future::{BoxFuture, FutureExt},
};
use tokio::time::{Instant, timeout};

use super::{
    Seat, close, close_with, commands,
    greeting::{self, Entered, Resume},
    pace::{Pace, ReadGate},
    signals,
};
use crate::{
    App,
    auth::{SessionCaller, sign_ins},
    hub::{self, Membership},
    mailbox::{Outgoing, Written},
    writer::WriteError,
};

/// Commands of one connection that may wait for their commit.
const IN_FLIGHT: usize = 64;
/// Frames written before the transport is flushed.
const WRITE_BATCH: usize = 64;

/// Entries of one frame while a connection catches up. The transport keeps as much room for writing as the largest frame took, as
/// long as the connection lives.
const CATCH_UP_ENTRIES: usize = 25;

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

struct Connection {
    app: Arc<App>,
    seat: Seat,
    socket: WebSocket,
    you: Participant,
    hub: Membership,
    /// For the greeting, then gone.
    record: Option<Box<SessionRecord>>,
    resume: Resume,
    /// Last place of the log that was sent.
    sent: Seq,
    reads: ReadGate,
    pace: Pace,
    signals: Pace,
    /// Commands that wait for their commit.
    pending: usize,
    /// Nothing follows any more but the answers to pending commands.
    left: bool,
    last_typing: Option<Instant>,
}

/// Runs a connection to its end. Its task stays small: thousands of connections mostly listen, and what opening one or answering
/// a frame takes is on the heap for that moment only.
pub(super) fn serve(
    app: Arc<App>,
    caller: SessionCaller,
    record: Box<SessionRecord>,
    socket: WebSocket,
) -> BoxFuture<'static, ()> {
    let counted = app.sockets.token();
    let seat = Seat { session: caller.session, caller: caller.caller };
    let sign_in = caller.sign_in();
    let opening = open(app, seat, record, socket).boxed();
    let serving = async move {
        let _counted = counted;
        let opened = opening.await;
        let Some(mut connection) = opened else { return };
        let end = connection.run(sign_in).await;
        connection.app.hub.leave(connection.seat.session, connection.hub.id);
        finish(&mut connection.socket, end).boxed().await;
    };
    serving.boxed()
}

async fn finish(socket: &mut WebSocket, end: End) {
    match end {
        End::Gone => {}
        End::Error(code) => close_with(socket, code).await,
        End::Left => drop(timeout(super::LAST_WORD, close(socket, close_code::NORMAL, "left")).await),
        End::Stopping => drop(timeout(super::LAST_WORD, close(socket, close_code::AWAY, "restarting")).await),
    }
}

/// A connection that is in its room, or nothing where it ended before.
async fn open(
    app: Arc<App>,
    seat: Seat,
    record: Box<SessionRecord>,
    mut socket: WebSocket,
) -> Option<Box<Connection>> {
    let introduced = introduce(&app, &seat, &record, &mut socket).await;
    let (Entered { hub, you, record }, resume) = match introduced {
        Ok(introduced) => introduced,
        Err(end) => {
            finish(&mut socket, end).await;
            return None;
        }
    };
    Some(Box::new(Connection {
        app,
        seat,
        socket,
        you,
        hub,
        record: Some(Box::new(record)),
        resume,
        sent: 0,
        reads: ReadGate::default(),
        pace: Pace::new(Instant::now()),
        signals: Pace::of_signals(Instant::now()),
        pending: 0,
        left: false,
        last_typing: None,
    }))
}

/// Waits for `hello`, finds out who it is and joins the room.
async fn introduce(
    app: &App,
    seat: &Seat,
    record: &SessionRecord,
    socket: &mut WebSocket,
) -> Result<(Entered, Resume), End> {
    let first = timeout(app.config.socket.hello_timeout, next_text(socket));
    let text = tokio::select! {
        first = first => first.map_err(|_| End::Error(ErrorCode::HelloExpected))??,
        () = app.closing.cancelled() => return Err(End::Stopping),
    };
    let resume = greeting::hello(&text)?;
    Ok((greeting::enter(app, seat, record).await?, resume))
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
    if super::is_too_large(error) { End::Error(ErrorCode::FrameTooLarge) } else { End::Gone }
}

fn rejection(txn_id: TxnId, code: ErrorCode) -> Utf8Bytes {
    hub::to_text(&ServerMessage::Rejected { txn_id, code, message: code.sentence().to_owned() })
}

impl Connection {
    /// Everything that can cut a connection while it waits for something else stands beside [`Self::talk`].
    async fn run(&mut self, sign_in: Option<Arc<sign_ins::End>>) -> End {
        let mailbox = self.hub.mailbox.clone();
        let closing = self.app.closing.clone();
        tokio::select! {
            biased;
            code = mailbox.until_cut() => End::Error(code),
            code = sign_ins::reached(sign_in.as_deref()) => End::Error(code),
            () = closing.cancelled() => End::Stopping,
            end = self.talk() => end,
        }
    }

    async fn talk(&mut self) -> End {
        match self.greet().boxed().await {
            Ok(()) => self.converse().await.err().unwrap_or(End::Gone),
            Err(end) => end,
        }
    }

    async fn greet(&mut self) -> Result<(), End> {
        let Some(record) = self.record.take() else { return Ok(()) };
        let (welcome, after) =
            greeting::welcome(&self.app, &self.seat, &self.you, *record, self.resume).await?;
        self.sent = after;
        self.send(hub::to_text(&welcome)).await?;
        if self.you.state == ParticipantState::Admitted {
            self.catch_up().await?;
        }
        Ok(())
    }

    /// Sends what the log has after `sent`, until there is no more and the connection is live.
    async fn catch_up(&mut self) -> Result<(), End> {
        let session = self.seat.session;
        loop {
            let limit = u32::try_from(LOG_FRAME_MAX_ENTRIES).unwrap_or(u32::MAX);
            let page = self.app.store.log(session, self.sent, limit).await?;
            let full = page.len() == LOG_FRAME_MAX_ENTRIES;
            let role = self.you.role;
            let mut entries = page.into_iter().map(|event| LogEntry::for_role(event, role));
            loop {
                let frame: Vec<_> = entries.by_ref().take(CATCH_UP_ENTRIES).collect();
                let Some(last) = frame.last() else { break };
                let seq = last.seq();
                self.send(hub::log_text(frame)).await?;
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
                outgoing = self.hub.mailbox.take() => {
                    self.pass_on(outgoing).await?;
                    self.forward().await?;
                }
                () = self.pace.ready(), if !self.pace.is_ready() => {}
                () = self.signals.ready(), if !self.signals.is_ready() => {}
                seq = self.reads.due() => self.read(seq).boxed().await?,
                text = next_text(&mut self.socket), if self.listens() => {
                    let text = text?;
                    let now = Instant::now();
                    silence.as_mut().reset(now + idle);
                    self.pace.count(now);
                    self.take(text).boxed().await?;
                }
                () = &mut silence => return Err(End::Gone),
            }
        }
    }

    /// Whether the client's next frame may be read.
    fn listens(&self) -> bool {
        self.pending < IN_FLIGHT && !self.left && self.pace.is_ready() && self.signals.is_ready()
    }

    /// Sends what is ready for this connection, acknowledgements and the log, in one go: for one system call.
    async fn forward(&mut self) -> Result<(), End> {
        for _ in 0..WRITE_BATCH {
            let Some(outgoing) = self.hub.mailbox.try_take() else { break };
            self.pass_on(outgoing).await?;
        }
        self.flush().await?;
        if self.left && self.pending == 0 { Err(End::Left) } else { Ok(()) }
    }

    /// One thing that waits for this connection. It goes out with the next flush.
    async fn pass_on(&mut self, outgoing: Outgoing) -> Result<(), End> {
        match outgoing {
            Outgoing::Answer { txn_id, result } => {
                self.pending -= 1;
                self.answer(txn_id, result).await
            }
            // What comes after the own leaving is not for them.
            _ if self.left => Ok(()),
            // Read from the store already.
            Outgoing::Log { seq, .. } if seq <= self.sent => Ok(()),
            Outgoing::Log { seq, text } => {
                self.feed(text).await?;
                self.sent = seq;
                Ok(())
            }
            Outgoing::Frame(text) => self.feed(text).await,
            Outgoing::Admitted => self.admitted().boxed().await,
            Outgoing::Left => {
                self.left = true;
                Ok(())
            }
        }
    }

    async fn admitted(&mut self) -> Result<(), End> {
        let (you, record) = greeting::now(&self.app, &self.seat).await?;
        (self.you, self.record) = (you, Some(Box::new(record)));
        self.greet().await
    }

    /// One frame of the client.
    async fn take(&mut self, text: Utf8Bytes) -> Result<(), End> {
        match greeting::parse(&text)? {
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
            ClientMessage::Signal { to, signal } => {
                self.signals.count(Instant::now());
                Ok(signals::pass_on(&self.app, &self.seat, &self.you, to, signal).await?)
            }
            ClientMessage::Ping { nonce } => {
                let pong = ServerMessage::Pong { nonce, now: self.app.env.now() };
                self.send(hub::to_text(&pong)).await
            }
        }
    }

    async fn command(&mut self, txn_id: TxnId, command: Command) -> Result<(), End> {
        let append = commands::to_append(&self.app, &self.seat, &self.you, txn_id, command).await;
        let append = match append {
            Ok(append) => append,
            // The store could not be asked: nothing is refused by that, and the client sends it again.
            Err(code @ (ErrorCode::Unavailable | ErrorCode::Internal)) => return Err(End::Error(code)),
            Err(code) => return self.send(rejection(txn_id, code)).await,
        };
        self.app.writer.place().await?.submit(append, self.hub.mailbox.clone(), txn_id);
        self.pending += 1;
        Ok(())
    }

    /// Only those who are in the room have a log to look back on.
    async fn history(&mut self, before: Seq, limit: u32) -> Result<(), End> {
        if self.you.state != ParticipantState::Admitted {
            return Ok(());
        }
        let limit = limit.min(u32::try_from(HISTORY_MAX_ENTRIES).unwrap_or(u32::MAX));
        let page = self.app.store.log_before(self.seat.session, before, limit).await?;
        let role = self.you.role;
        let entries = page.into_iter().map(|event| LogEntry::for_role(event, role)).collect();
        self.send(hub::to_text(&ServerMessage::History { before, entries })).await
    }

    async fn read(&mut self, seq: Seq) -> Result<(), End> {
        let position = ReadPosition { session: self.seat.session, participant: self.you.id, seq };
        Ok(self.app.writer.read(position).await?)
    }

    /// Goes out with the next flush.
    async fn answer(&mut self, txn_id: TxnId, result: Result<Written, WriteError>) -> Result<(), End> {
        match result {
            Ok(Written { seq, at }) => self.feed(hub::to_text(&ServerMessage::Ack { txn_id, seq, at })).await,
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
            self.app.hub.typing(self.seat.session, self.you.id);
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
