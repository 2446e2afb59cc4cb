//! How a transfer stands, as plain data that a user interface can draw as it is.

use deskside_proto::{AttachmentId, ParticipantId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One attachment on its way between us and one peer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct TransferView {
    pub attachment: AttachmentId,
    pub peer: ParticipantId,
    pub way: Way,
    pub state: TransferState,
    /// Bytes that the receiver has.
    pub done: u64,
    /// Bytes in all.
    pub size: u64,
    /// Bytes per second over the last seconds; 0 unless moving.
    pub rate: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub seconds_left: Option<u64>,
    /// What carries it now; absent while nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub lane: Option<LaneKind>,
    /// Why it goes through the portal instead of directly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub relayed_why: Option<RelayedWhy>,
    /// What both people can read to each other: the same on both sides unless somebody sits between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub code: Option<String>,
    /// BLAKE3, lower-case hex, once done. Of a folder: over its list and the digests of its files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub digest: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Way {
    Sending,
    Receiving,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum TransferState {
    /// For the other side: to accept, or to begin.
    Waiting,
    Connecting,
    Moving,
    Paused {
        by: PausedBy,
    },
    /// Goes on by itself once what is wrong is mended.
    Stalled {
        why: StallReason,
    },
    Done,
    Cancelled {
        by: Side,
    },
    Failed {
        failure: TransferFailure,
    },
}

impl TransferState {
    /// Nothing changes any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Done | Self::Cancelled { .. } | Self::Failed { .. })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum PausedBy {
    You,
    Peer,
    Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Side {
    You,
    Peer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum StallReason {
    /// No room at the receiver.
    DiskFull,
    /// A disk does not do what it should.
    DiskError,
    /// The receiver has to say where to put it.
    NeedsPlace,
    /// The sender has to say where it is now.
    NeedsSource,
    /// No way to the other side.
    Unreachable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum TransferFailure {
    /// What is sent is no longer what was begun.
    SourceChanged,
    /// What is sent is gone for good.
    SourceGone,
    /// Both sides hold something different.
    DigestMismatch,
    /// The other side did what no honest version does.
    PeerBrokeRules,
    UnsafeNames,
    TooLarge,
    /// What was received is gone.
    StorageLost,
}

/// What carries bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum LaneKind {
    Webrtc,
    Quic,
    /// The portal, passing on what it cannot read.
    Relay,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum RelayedWhy {
    UdpBlocked,
    NoPath,
}
