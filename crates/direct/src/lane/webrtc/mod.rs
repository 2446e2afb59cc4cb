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
use tokio::sync::watch;
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
    max_message: usize,
    counters: Counters,
}

impl WebRtcLane {
    fn new(
        connection: Arc<dyn PeerConnection>,
        channel: Arc<dyn DataChannel>,
        state: watch::Receiver<State>,
        max_message: usize,
    ) -> Self {
        Self { connection, channel, state, max_message, counters: Counters::default() }
    }

    /// How the connection is, now and later.
    #[must_use]
    pub fn states(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Whether a TURN server of ours or of the peer carries it; `None` while no path is chosen.
    pub async fn relayed(&self) -> Option<bool> {
        let ice = self.connection.sctp().await?.transport().ice_transport();
        let pair = ice.get_selected_candidate_pair().await.ok()??;
        Some([pair.local(), pair.remote()].iter().any(|end| end.typ == RTCIceCandidateType::Relay))
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
            sent = self.channel.send(message) => sent.map_err(|_| LaneError::Closed)?,
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
        check_length(message.len(), self.max_message).map_err(|error| LaneError::Rules(error.to_string()))?;
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

async fn ended(mut state: watch::Receiver<State>) {
    // An error: the connection is gone, and with it whoever would tell.
    let _ = state.wait_for(|state| *state == State::Ended).await;
}
