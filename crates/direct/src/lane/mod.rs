//! Ways to carry whole messages between two endpoints. A lane knows nothing of files.
//!
//! Every lane is reliable and ordered, encrypted end to end and pinned to the keys that a meeting showed. What
//! arrived on a lane that then broke is known to the [engine](deskside_transfer) only by its own acknowledgements.

pub mod quic;
pub mod relay;
pub mod udp;
pub mod webrtc;

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use deskside_transfer::LaneKind;

/// Why a lane could not be opened, or carries nothing any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LaneError {
    /// Closed by either side, or broken.
    #[error("the connection to the other side has ended")]
    Closed,
    /// Whoever answered does not hold the keys that the meeting showed.
    #[error("somebody else answered in place of the other side: {0}")]
    WrongPeer(String),
    /// A message longer than [`Lane::max_message`], or empty.
    #[error("a message of {length} bytes, where 1 to {max} are possible")]
    Length {
        /// Of the message, bytes.
        length: usize,
        /// The most, bytes.
        max: usize,
    },
    /// No path was found in time.
    #[error("no path to the other side was found in time")]
    NoPath,
    /// The peer does not keep to the protocol.
    #[error("the other side does not keep to the protocol: {0}")]
    Rules(String),
    /// This machine refuses: no socket, no memory, no randomness.
    #[error("the connection could not be set up here: {0}")]
    Setup(String),
}

impl LaneError {
    /// Stable, for logs and for the driver.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Closed => "lane_closed",
            Self::WrongPeer(_) => "wrong_peer",
            Self::Length { .. } => "message_length",
            Self::NoPath => "no_path",
            Self::Rules(_) => "peer_broke_rules",
            Self::Setup(_) => "lane_setup",
        }
    }

    pub(crate) fn setup(error: impl std::fmt::Display) -> Self {
        Self::Setup(error.to_string())
    }
}

/// What a lane has carried: contents of messages, without what encryption and framing add.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LaneStats {
    /// Bytes handed over for sending. They may not have arrived.
    pub bytes_sent: u64,
    /// Messages of these.
    pub messages_sent: u64,
    /// Bytes received.
    pub bytes_received: u64,
    /// Messages of these.
    pub messages_received: u64,
}

/// An open way to one endpoint. All methods may be called at once from several tasks.
#[async_trait]
pub trait Lane: Send + Sync {
    /// What carries it.
    fn kind(&self) -> LaneKind;

    /// The longest message, bytes.
    fn max_message(&self) -> usize;

    /// Send one message of 1 to [`max_message`](Self::max_message) bytes. Waits while as much is under way as the lane
    /// will buffer; a call that is dropped while it waits has sent nothing. `Ok` says that it was taken, not that it
    /// arrived.
    async fn send(&self, message: Bytes) -> Result<(), LaneError>;

    /// The next message. A reader that does not come for it holds the sender back. Nothing is lost when a call is
    /// dropped while it waits.
    async fn receive(&self) -> Result<Bytes, LaneError>;

    /// What was carried so far.
    fn stats(&self) -> LaneStats;

    /// Give what was sent a second to leave, and end it. The other side's calls then say [`LaneError::Closed`], as
    /// do ours.
    async fn close(&self);
}

/// How long [`Lane::close`] waits for what was sent.
const CLOSE_WAIT: std::time::Duration = std::time::Duration::from_secs(1);

#[derive(Debug, Default)]
struct Counters {
    bytes_sent: AtomicU64,
    messages_sent: AtomicU64,
    bytes_received: AtomicU64,
    messages_received: AtomicU64,
}

impl Counters {
    fn sent(&self, length: usize) {
        self.bytes_sent.fetch_add(length as u64, Ordering::Relaxed);
        self.messages_sent.fetch_add(1, Ordering::Relaxed);
    }

    fn received(&self, length: usize) {
        self.bytes_received.fetch_add(length as u64, Ordering::Relaxed);
        self.messages_received.fetch_add(1, Ordering::Relaxed);
    }

    fn read(&self) -> LaneStats {
        LaneStats {
            bytes_sent: self.bytes_sent.load(Ordering::Relaxed),
            messages_sent: self.messages_sent.load(Ordering::Relaxed),
            bytes_received: self.bytes_received.load(Ordering::Relaxed),
            messages_received: self.messages_received.load(Ordering::Relaxed),
        }
    }
}

fn check_length(length: usize, max: usize) -> Result<(), LaneError> {
    match length {
        0 => Err(LaneError::Length { length, max }),
        _ if length > max => Err(LaneError::Length { length, max }),
        _ => Ok(()),
    }
}
