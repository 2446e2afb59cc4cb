//! A socket of the relay: binary frames in, binary frames out, as they are.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket, close_code},
    },
    response::Response,
};
use bytes::Bytes;
use deskside_proto::{
    DirectFiles, EndpointId, ErrorCode, ParticipantId, ParticipantState, RelayFiles, SessionId, WireError,
    limits::RELAY_FRAME_MAX_BYTES,
};
use futures_util::{
    FutureExt, SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use serde::Deserialize;
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at, sleep, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::{Berth, Ending, Endpoint, Wires, throttle::Throttle};
use crate::{
    App,
    auth::{SessionCaller, sign_ins},
    error::ApiResult,
    participants,
    request::{PathOf, QueryOf},
    socket::LAST_WORD,
};

/// What the transport takes at all: somewhat more, so that a frame that is too long can be answered.
const TRANSPORT_MAX_BYTES: usize = 2 * RELAY_FRAME_MAX_BYTES;
/// Frames written before the transport is flushed.
const WRITE_BATCH: usize = 8;

#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RelayQuery {
    /// The caller's own endpoint.
    #[param(value_type = Option<String>)]
    from: Option<EndpointId>,
    /// The peer's endpoint.
    #[param(value_type = Option<String>)]
    to: Option<EndpointId>,
}

/// Opens the relay to an endpoint of another participant, who does the same. Binary frames of either are passed on to the other.
#[utoipa::path(
    get, path = "/sessions/{session}/relay/{peer}", operation_id = "relay_socket", tag = "direct",
    params(("session" = String, Path), ("peer" = String, Path), RelayQuery),
    responses((status = 101, description = "A WebSocket"), (status = "4XX", body = WireError))
)]
pub async fn relay_socket(
    State(app): State<Arc<App>>,
    caller: SessionCaller,
    PathOf(path): PathOf<(SessionId, ParticipantId)>,
    QueryOf(query): QueryOf<RelayQuery>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    let peer = path.1;
    let you = admit(&app, &caller, peer).await?;
    let (Some(from), Some(to), Ok(upgrade)) = (query.from, query.to, upgrade) else {
        return Err(ErrorCode::Malformed.into());
    };
    let you = Endpoint { participant: you, endpoint: from };
    let peer = Endpoint { participant: peer, endpoint: to };
    let berth = app.relay.open(caller.session, you, peer)?;
    let upgrade = upgrade
        // A whole frame: bytes go by in bulk here.
        .read_buffer_size(RELAY_FRAME_MAX_BYTES)
        .max_message_size(TRANSPORT_MAX_BYTES)
        .max_frame_size(TRANSPORT_MAX_BYTES);
    let relayed = Relayed { counted: app.sockets.token(), app, caller, you, peer };
    Ok(upgrade.on_upgrade(move |socket| relayed.serve(berth, socket).boxed()))
}

/// The caller's place, if they may relay to `peer` now: both are in the open session, and nobody has switched it off.
async fn admit(app: &App, caller: &SessionCaller, peer: ParticipantId) -> ApiResult<ParticipantId> {
    let record = app.store.session(caller.caller, caller.session).await?.ok_or(ErrorCode::NotFound)?;
    let you = participants::in_room(app, caller, &record).await?;
    let policy = &record.settings.attachments;
    if policy.direct == DirectFiles::Off {
        return Err(ErrorCode::DirectNotAllowed.into());
    }
    if policy.relay == RelayFiles::Off || !app.config.relay.is_on {
        return Err(ErrorCode::RelayNotAllowed.into());
    }
    let mut others = record.participants.iter().filter(|other| other.id != you.id);
    let is_here = others.any(|other| other.id == peer && other.state == ParticipantState::Admitted);
    if is_here { Ok(you.id) } else { Err(ErrorCode::NotFound.into()) }
}

/// When somebody was last known to be there: sent something, or took what was sent.
struct Alive {
    start: Instant,
    silence: Duration,
    millis: AtomicU64,
}

impl Alive {
    fn new(silence: Duration) -> Self {
        Self { start: Instant::now(), silence, millis: AtomicU64::new(0) }
    }

    fn now(&self) {
        let millis = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.millis.store(millis, Ordering::Relaxed);
    }

    /// Until when silence is no sign.
    fn until(&self) -> Instant {
        self.start + Duration::from_millis(self.millis.load(Ordering::Relaxed)) + self.silence
    }
}

struct Relayed {
    app: Arc<App>,
    caller: SessionCaller,
    you: Endpoint,
    peer: Endpoint,
    counted: tokio_util::task::task_tracker::TaskTrackerToken,
}

impl Relayed {
    async fn serve(self, mut berth: Berth, socket: WebSocket) {
        let Some(wires) = berth.wires.take() else { return };
        let (mut sink, mut stream) = socket.split();
        let mut received = 0;
        let ending = self.pass(&berth, wires, &mut sink, &mut stream, &mut received).await;
        let session = self.caller.session;
        let (you, peer) = (self.you.participant, self.peer.participant);
        tracing::info!(%session, from = %you, to = %peer, bytes = received, ?ending, "a relay ended");
        drop(berth);
        drop(timeout(LAST_WORD, close(&mut sink, ending)).await);
        drop(self.counted);
    }

    /// Passes frames on in both ways until something ends it.
    async fn pass(
        &self,
        berth: &Berth,
        wires: Wires,
        sink: &mut SplitSink<WebSocket, Message>,
        stream: &mut SplitStream<WebSocket>,
        received: &mut u64,
    ) -> Ending {
        let Wires { to_peer, from_peer } = wires;
        let alive = &Alive::new(3 * self.app.config.relay.beat);
        let sign_in = self.caller.sign_in();
        tokio::select! {
            biased;
            ending = berth.cut.done() => ending,
            () = self.app.closing.cancelled() => Ending::Stopping,
            ending = self.nobody_comes(&berth.joined) => ending,
            ending = self.watch() => ending,
            code = sign_ins::reached(sign_in.as_deref()) => Ending::Refused(code),
            ending = self.take(stream, to_peer, received, alive) => ending,
            ending = self.give(sink, from_peer, alive) => ending,
        }
    }

    async fn nobody_comes(&self, joined: &CancellationToken) -> Ending {
        tokio::select! {
            () = joined.cancelled() => std::future::pending().await,
            () = sleep(self.app.config.relay.patience) => Ending::NobodyCame,
        }
    }

    /// Ends when it is allowed no longer. The first look is after the place was taken: what happened just before is not overlooked.
    async fn watch(&self) -> Ending {
        loop {
            match admit(&self.app, &self.caller, self.peer.participant).await {
                Ok(_) => {}
                // Not refused: the database cannot be asked just now.
                Err(error) if matches!(error.code(), ErrorCode::Unavailable | ErrorCode::Internal) => {}
                Err(error) => return Ending::Refused(error.code()),
            }
            sleep(self.app.config.relay.beat).await;
        }
    }

    /// What one's own client sends.
    async fn take(
        &self,
        stream: &mut SplitStream<WebSocket>,
        to_peer: mpsc::Sender<Bytes>,
        received: &mut u64,
        alive: &Alive,
    ) -> Ending {
        let mut throttle = Throttle::new(self.app.config.relay.bytes_per_second, Instant::now());
        loop {
            let next = stream.next();
            let bytes = match timeout_at(alive.until(), next).await {
                // What they could take since shows that they are there.
                Err(_) if alive.until() > Instant::now() => continue,
                Err(_) => return Ending::Silent,
                Ok(Some(Ok(Message::Binary(bytes)))) => bytes,
                // The transport answers pings by itself; a pong says that somebody is there.
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {
                    alive.now();
                    continue;
                }
                Ok(Some(Ok(Message::Text(_)))) => return Ending::Refused(ErrorCode::Malformed),
                Ok(Some(Ok(Message::Close(_))) | None) => return Ending::Closed,
                Ok(Some(Err(error))) => return transport_ending(&error),
            };
            let size = bytes.len();
            if size > RELAY_FRAME_MAX_BYTES {
                return Ending::Refused(ErrorCode::FrameTooLarge);
            }
            *received += size as u64;
            self.app.relay.passed.fetch_add(size as u64, Ordering::Relaxed);
            if to_peer.send(bytes).await.is_err() {
                // The other loop ends it, with what is still to be given.
                return std::future::pending().await;
            }
            throttle.count(size).await;
            // Not read from until now: that is no silence.
            alive.now();
        }
    }

    /// What the other one's client sent.
    async fn give(
        &self,
        sink: &mut SplitSink<WebSocket, Message>,
        mut from_peer: mpsc::Receiver<Bytes>,
        alive: &Alive,
    ) -> Ending {
        let beat = self.app.config.relay.beat;
        let mut pings = interval_at(Instant::now() + beat, beat);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let (sent, is_frame) = tokio::select! {
                frame = from_peer.recv() => match frame {
                    Some(frame) => (write(sink, frame, &mut from_peer).await, true),
                    None => return Ending::PeerGone,
                },
                _ = pings.tick() => (sink.send(Message::Ping(Bytes::new())).await, false),
            };
            if sent.is_err() {
                return Ending::Closed;
            }
            // A ping goes into any buffer.
            if is_frame {
                alive.now();
            }
        }
    }
}

/// `frame` and what waits behind it, in one go.
async fn write(
    sink: &mut SplitSink<WebSocket, Message>,
    frame: Bytes,
    more: &mut mpsc::Receiver<Bytes>,
) -> Result<(), axum::Error> {
    sink.feed(Message::Binary(frame)).await?;
    for _ in 1..WRITE_BATCH {
        let Ok(frame) = more.try_recv() else { break };
        sink.feed(Message::Binary(frame)).await?;
    }
    sink.flush().await
}

fn transport_ending(error: &axum::Error) -> Ending {
    if crate::socket::is_too_large(error) {
        Ending::Refused(ErrorCode::FrameTooLarge)
    } else {
        Ending::Closed
    }
}

async fn close(sink: &mut SplitSink<WebSocket, Message>, ending: Ending) -> Result<(), axum::Error> {
    let (code, reason) = match ending {
        Ending::PeerGone => (close_code::NORMAL, "peer_gone"),
        Ending::NobodyCame => (close_code::NORMAL, "nobody_came"),
        Ending::Closed => (close_code::NORMAL, ""),
        Ending::Replaced => (close_code::POLICY, "replaced"),
        Ending::Silent => (close_code::POLICY, "silent"),
        Ending::Refused(ErrorCode::FrameTooLarge) => (close_code::SIZE, ErrorCode::FrameTooLarge.as_str()),
        Ending::Refused(code) => (close_code::POLICY, code.as_str()),
        Ending::Stopping => (close_code::AWAY, "restarting"),
    };
    sink.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await
}
