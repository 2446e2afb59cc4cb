//! The last resort: the portal passes frames on that it cannot read.
//!
//! Works wherever the portal itself can be reached. [Noise](deskside_transfer::noise) with the keys of the meeting
//! goes over whatever connection the client gives; one message is one frame.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use deskside_proto::Digest32;
use deskside_transfer::LaneKind;
use deskside_transfer::meeting::{Parties, Role};
use deskside_transfer::noise::{self, Channel, NoiseError, Pairing};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::{CLOSE_WAIT, Counters, Lane, LaneError, LaneStats, check_length};
use crate::identity::Identity;

/// Longest message, bytes: well below the relay's 64 KiB, so that others' frames get their turn.
pub const MESSAGE_MAX: usize = 32 << 10;

/// An open, paired WebSocket to the portal's relay, as binary frames.
pub struct RelayConnection {
    /// Ready when the connection will take another frame.
    pub sender: Pin<Box<dyn Sink<Bytes, Error = std::io::Error> + Send>>,
    /// Ends when either side closed.
    pub receiver: Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send>>,
}

/// Opens the portal's relay: the client does, who holds the portal's address and credentials.
#[async_trait]
pub trait RelayConnector: Send + Sync {
    /// A connection to the peer of `parties`; `role` is ours. Comes back when both are there.
    async fn connect(&self, parties: &Parties, role: Role) -> Result<RelayConnection, LaneError>;
}

/// A channel through the portal.
pub struct RelayLane {
    // One channel for both directions: sealing and opening are short, and never wait.
    channel: std::sync::Mutex<Channel>,
    sender: Mutex<Pin<Box<dyn Sink<Bytes, Error = std::io::Error> + Send>>>,
    receiver: Mutex<Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send>>>,
    // A frame that was sealed but not sent would tear a hole in the counters.
    torn: AtomicBool,
    closed: CancellationToken,
    counters: Counters,
}

impl RelayLane {
    /// Open it: connect, shake hands. The initiator speaks first.
    pub async fn open(
        connector: &dyn RelayConnector,
        parties: &Parties,
        role: Role,
        identity: &Identity,
        peer: &Digest32,
        patience: Duration,
    ) -> Result<Self, LaneError> {
        let opening = async {
            let connection = connector.connect(parties, role).await?;
            shake_hands(connection, &Pairing { parties, secret: identity.noise(), peer }, role).await
        };
        tokio::time::timeout(patience, opening).await.map_err(|_| LaneError::NoPath)?
    }

    fn with_channel<T>(&self, what: impl FnOnce(&mut Channel) -> T) -> T {
        what(&mut self.channel.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    async fn send_now(&self, message: &Bytes) -> Result<(), LaneError> {
        let mut sender = self.sender.lock().await;
        std::future::poll_fn(|cx| sender.poll_ready_unpin(cx)).await.map_err(|_| LaneError::Closed)?;
        if self.torn.load(Ordering::Acquire) {
            return Err(LaneError::Closed);
        }
        // From here nothing waits until the frame is with the connection: a dropped call has sent all or nothing.
        let frame = self.with_channel(|channel| channel.seal(message)).map_err(refused)?;
        let given = sender.start_send_unpin(frame.into());
        self.torn.store(given.is_err(), Ordering::Release);
        given.map_err(|_| LaneError::Closed)?;
        self.counters.sent(message.len());
        sender.flush().await.map_err(|_| LaneError::Closed)
    }
}

async fn shake_hands(
    mut connection: RelayConnection,
    pairing: &Pairing<'_>,
    role: Role,
) -> Result<RelayLane, LaneError> {
    let mut ephemeral = [0; 32];
    getrandom::fill(&mut ephemeral).map_err(LaneError::setup)?;
    let channel = match role {
        Role::Initiator => {
            let (initiator, hello) = noise::Initiator::new(pairing, ephemeral).map_err(refused)?;
            give(&mut connection, hello).await?;
            initiator.finish(&take(&mut connection).await?).map_err(refused)?
        }
        Role::Responder => {
            let hello = take(&mut connection).await?;
            let (channel, answer) = noise::respond(pairing, ephemeral, &hello).map_err(refused)?;
            give(&mut connection, answer).await?;
            channel
        }
    };
    Ok(RelayLane {
        channel: std::sync::Mutex::new(channel),
        sender: Mutex::new(connection.sender),
        receiver: Mutex::new(connection.receiver),
        torn: AtomicBool::new(false),
        closed: CancellationToken::new(),
        counters: Counters::default(),
    })
}

async fn give(connection: &mut RelayConnection, frame: Vec<u8>) -> Result<(), LaneError> {
    connection.sender.send(frame.into()).await.map_err(|_| LaneError::Closed)
}

async fn take(connection: &mut RelayConnection) -> Result<Bytes, LaneError> {
    match connection.receiver.next().await {
        Some(Ok(frame)) => Ok(frame),
        Some(Err(_)) | None => Err(LaneError::Closed),
    }
}

fn refused(error: NoiseError) -> LaneError {
    match error {
        NoiseError::Forged => LaneError::WrongPeer(error.to_string()),
        NoiseError::Length => LaneError::Rules(error.to_string()),
        NoiseError::Closed => LaneError::Closed,
        NoiseError::Setup => LaneError::setup(error),
    }
}

#[async_trait]
impl Lane for RelayLane {
    fn kind(&self) -> LaneKind {
        LaneKind::Relay
    }

    fn max_message(&self) -> usize {
        MESSAGE_MAX
    }

    async fn send(&self, message: Bytes) -> Result<(), LaneError> {
        check_length(message.len(), MESSAGE_MAX)?;
        tokio::select! {
            biased;
            () = self.closed.cancelled() => Err(LaneError::Closed),
            sent = self.send_now(&message) => sent,
        }
    }

    async fn receive(&self) -> Result<Bytes, LaneError> {
        let mut receiver = tokio::select! {
            biased;
            () = self.closed.cancelled() => return Err(LaneError::Closed),
            receiver = self.receiver.lock() => receiver,
        };
        let next = tokio::select! {
            biased;
            () = self.closed.cancelled() => return Err(LaneError::Closed),
            next = receiver.next() => next,
        };
        let Some(Ok(frame)) = next else {
            self.closed.cancel();
            return Err(LaneError::Closed);
        };
        let opened = self.with_channel(|channel| channel.open(&frame)).map_err(refused);
        let message = opened.inspect_err(|_| self.closed.cancel())?;
        if let Err(error) = check_length(message.len(), MESSAGE_MAX) {
            self.closed.cancel();
            return Err(LaneError::Rules(error.to_string()));
        }
        self.counters.received(message.len());
        Ok(message.into())
    }

    fn stats(&self) -> LaneStats {
        self.counters.read()
    }

    async fn close(&self) {
        let ending = async {
            let mut sender = self.sender.lock().await;
            if let Err(error) = sender.close().await {
                tracing::debug!(%error, "closing the relay");
            }
        };
        let _ = tokio::time::timeout(CLOSE_WAIT, ending).await;
        self.closed.cancel();
    }
}
