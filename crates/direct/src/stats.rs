//! What the transfers of a session have cost, for benches, tests and logs.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use deskside_transfer::{CarrierId, LaneKind, Stats, meeting::Party};

use crate::lane::LaneStats;

/// Sums since the service was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DirectStats {
    pub webrtc: LaneStats,
    pub quic: LaneStats,
    pub relay: LaneStats,
    /// Lanes that came up.
    pub connections: usize,
    /// Bytes of content sent, those sent again included.
    pub content_sent: u64,
    /// Bytes of content that came, those that had come before in the same run included.
    pub content_received: u64,
    /// Bytes of these that had come before.
    pub content_received_again: u64,
}

/// The peer, which of our links to it, and the lane's number there.
type LaneName = (Party, u64, CarrierId);

/// Where actors write it up.
#[derive(Debug, Default)]
pub(crate) struct Board {
    lanes: Mutex<HashMap<LaneName, (LaneKind, LaneStats)>>,
    links: Mutex<HashMap<(Party, u64), Stats>>,
}

impl Board {
    /// How a lane stands now; `link` tells the peer's links apart, one after another.
    pub(crate) fn lane(&self, peer: Party, link: u64, carrier: CarrierId, kind: LaneKind, stats: LaneStats) {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.insert((peer, link, carrier), (kind, stats));
    }

    pub(crate) fn link(&self, peer: Party, link: u64, stats: Stats) {
        self.links.lock().unwrap_or_else(PoisonError::into_inner).insert((peer, link), stats);
    }

    pub(crate) fn sum(&self) -> DirectStats {
        let mut sum = DirectStats::default();
        for (kind, stats) in self.lanes.lock().unwrap_or_else(PoisonError::into_inner).values() {
            let of_kind = match kind {
                LaneKind::Webrtc => &mut sum.webrtc,
                LaneKind::Quic => &mut sum.quic,
                LaneKind::Relay => &mut sum.relay,
            };
            of_kind.bytes_sent += stats.bytes_sent;
            of_kind.messages_sent += stats.messages_sent;
            of_kind.bytes_received += stats.bytes_received;
            of_kind.messages_received += stats.messages_received;
            sum.connections += 1;
        }
        for stats in self.links.lock().unwrap_or_else(PoisonError::into_inner).values() {
            sum.content_sent += stats.content_sent;
            sum.content_received += stats.content_received;
            sum.content_received_again += stats.content_received_again;
        }
        sum
    }
}
