//! WebRTC data channels: the lane that everybody has, and the only one to a browser.
//!
//! One peer connection is one lane: channels of one connection share its congestion control. Its single channel is
//! negotiated by agreement, not in band: label [`LABEL`], id [`CHANNEL`], ordered, reliable, binary messages.

mod negotiation;
mod sdp;
mod tuning;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use tokio::{sync::watch, task::JoinSet};
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use webrtc::peer_connection::{PeerConnection, RTCIceCandidateType};

pub use negotiation::{Negotiation, Seams, Settings, Signal};
pub use tuning::{BROWSER_MESSAGE_MAX, DESKTOP_MESSAGE_MAX};

use deskside_transfer::LaneKind;

use super::{CLOSE_WAIT, Counters, Lane, LaneError, LaneStats, check_length};

/// Of the data channel.
pub const LABEL: &str = "deskside";

/// Of the data channel: both sides create it with this id.
pub const CHANNEL: u16 = 0;

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Looking for a path.
    Connecting,
    /// A path carries data.
    Connected,
    /// No sign of life for a few seconds. It may come back, by itself or by an ICE restart.
    Disconnected,
    /// Closed or failed, for good.
    Ended,
}

/// An open data channel. Made by [`Negotiation::open`].
pub struct WebRtcLane {
    connection: Arc<dyn PeerConnection>,
    // The stack forgets a channel whose last handle is dropped.
    channel: Arc<dyn DataChannel>,
    state: watch::Receiver<State>,
    /// Longest that may come, and longest that is sent.
    takes: usize,
    max_message: usize,
    /// Bytes that may be on their way, where the path takes fewer than the stack would send.
    flight: Option<usize>,
    counters: Arc<Counters>,
    /// Ends with the lane.
    nudge: JoinSet<()>,
}

/// Between two looks at what is on its way.
const LOOK: Duration = Duration::from_millis(1);

/// Between two nudges while messages come and go, and while none do.
const NUDGE_EVERY: Duration = Duration::from_millis(2);
const NUDGE_IDLE_EVERY: Duration = Duration::from_millis(100);

/// Nudges without a message after which none are expected.
const IDLE_AFTER: u32 = 500;

impl WebRtcLane {
    async fn new(
        connection: Arc<dyn PeerConnection>,
        channel: Arc<dyn DataChannel>,
        state: watch::Receiver<State>,
        max_message: usize,
    ) -> Self {
        let mut lane = Self {
            connection,
            channel,
            state,
            takes: max_message,
            max_message,
            flight: None,
            counters: Arc::default(),
            nudge: JoinSet::new(),
        };
        let Some((local, remote)) = lane.path().await else { return lane };
        if remote == RTCIceCandidateType::Relay {
            lane.max_message = max_message.min(tuning::RELAYED_MESSAGE_MAX);
            lane.flight = Some(tuning::RELAYED_FLIGHT);
        }
        if local == RTCIceCandidateType::Relay {
            lane.nudge.spawn(nudge(lane.channel.clone(), lane.counters.clone()));
        }
        lane
    }

    /// How the connection is, now and later.
    #[must_use]
    pub fn states(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Whether a TURN server of ours or of the peer carries it; `None` while no path is chosen.
    pub async fn relayed(&self) -> Option<bool> {
        let (local, remote) = self.path().await?;
        Some([local, remote].contains(&RTCIceCandidateType::Relay))
    }

    /// What kind of address each end has: ours, the peer's.
    async fn path(&self) -> Option<(RTCIceCandidateType, RTCIceCandidateType)> {
        let ice = self.connection.sctp().await?.transport().ice_transport();
        let pair = ice.get_selected_candidate_pair().await.ok()??;
        Some((pair.local().typ, pair.remote().typ))
    }

    /// Waits until `length` bytes more may be on their way.
    async fn fits(&self, length: usize) -> Result<(), LaneError> {
        let Some(flight) = self.flight else { return Ok(()) };
        loop {
            let out = self.channel.outstanding_bytes().await.map_err(|_| LaneError::Closed)?;
            if out == 0 || out + length <= flight {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn next(&self) -> Result<Bytes, LaneError> {
        loop {
            match self.channel.poll().await {
                Some(DataChannelEvent::OnMessage(message)) if message.is_string => {
                    return Err(LaneError::Rules("a text message".into()));
                }
                Some(DataChannelEvent::OnMessage(message)) => return Ok(message.data.freeze()),
                Some(DataChannelEvent::OnClose | DataChannelEvent::OnClosing) | None => {
                    return Err(LaneError::Closed);
                }
                Some(_) => {}
            }
        }
    }
}

#[async_trait]
impl Lane for WebRtcLane {
    fn kind(&self) -> LaneKind {
        LaneKind::Webrtc
    }

    fn max_message(&self) -> usize {
        self.max_message
    }

    async fn send(&self, message: Bytes) -> Result<(), LaneError> {
        check_length(message.len(), self.max_message)?;
        let length = message.len();
        // Copies only what somebody else still holds.
        let message = message.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
        tokio::select! {
            biased;
            () = ended(self.state.clone()) => return Err(LaneError::Closed),
            sent = async {
                self.fits(length).await?;
                self.channel.send(message).await.map_err(|_| LaneError::Closed)
            } => sent?,
        }
        self.counters.sent(length);
        Ok(())
    }

    async fn receive(&self) -> Result<Bytes, LaneError> {
        // What has arrived is delivered before the end is.
        let message = tokio::select! {
            biased;
            message = self.next() => message?,
            () = ended(self.state.clone()) => return Err(LaneError::Closed),
        };
        check_length(message.len(), self.takes).map_err(|error| LaneError::Rules(error.to_string()))?;
        self.counters.received(message.len());
        Ok(message)
    }

    fn stats(&self) -> LaneStats {
        self.counters.read()
    }

    async fn close(&self) {
        let sent = async {
            while self.channel.outstanding_bytes().await.is_ok_and(|bytes| bytes > 0) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::select! {
            _ = tokio::time::timeout(CLOSE_WAIT, sent) => {}
            () = ended(self.state.clone()) => {}
        }
        // The peer learns it from the channel's end, sooner than from silence.
        let _ = self.channel.close().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "closing a peer connection");
        }
    }
}

/// Has the stack look around. webrtc 0.21.1 hands what goes through a TURN server to its relay after it has looked what the relay has to
/// send, and then sleeps on it, acknowledgements included, until something else happens: 0.4 MB/s where 60 are possible. Setting
/// this threshold, which nothing here waits for, is the one call that wakes it without sending.
async fn nudge(channel: Arc<dyn DataChannel>, counters: Arc<Counters>) {
    let (mut known, mut idle) = (counters.read(), 0);
    loop {
        tokio::time::sleep(if idle < IDLE_AFTER { NUDGE_EVERY } else { NUDGE_IDLE_EVERY }).await;
        let now = counters.read();
        idle = if now == known { idle.saturating_add(1) } else { 0 };
        known = now;
        if channel.set_buffered_amount_low_threshold(0).await.is_err() {
            return;
        }
    }
}

async fn ended(mut state: watch::Receiver<State>) {
    // An error: the connection is gone, and with it whoever would tell.
    let _ = state.wait_for(|state| *state == State::Ended).await;
}
