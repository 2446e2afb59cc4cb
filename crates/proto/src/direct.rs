//! Files that go from one participant to the other: what the log says of them, and what the two say to each other through the
//! portal before they can speak directly (row Z20; docs/PROTOCOL.md).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{
    EndpointId,
    id::{ParseIdError, parse_hex, with_hex},
};

/// 32 bytes, shown as 64 lower-case hex digits: a BLAKE3 digest, a SHA-256, a nonce or a public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, TS, ToSchema)]
#[ts(export, type = "string")]
#[schema(value_type = String, pattern = "^[0-9a-f]{64}$")]
pub struct Digest32(pub [u8; 32]);

impl fmt::Display for Digest32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        with_hex(&self.0, |hex| f.write_str(hex))
    }
}

impl fmt::Debug for Digest32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest32({self})")
    }
}

impl FromStr for Digest32 {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        parse_hex(text).map(Self)
    }
}

impl Serialize for Digest32 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        with_hex(&self.0, |hex| serializer.serialize_str(hex))
    }
}

impl<'de> Deserialize<'de> for Digest32 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom("64 hex digits expected"))
    }
}

/// What an attachment that the portal never holds is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct DirectFile {
    pub kind: DirectKind,
    /// Files in it: 1, or as many as the folder has.
    pub files: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum DirectKind {
    File,
    Folder,
}

/// What two participants say to each other through the portal, which passes it on and keeps nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Signal {
    /// Which of the sender's clients speaks.
    pub from: EndpointId,
    /// Which of the receiver's clients is meant; absent = any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub to: Option<EndpointId>,
    pub body: SignalBody,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum SignalBody {
    /// "I am here, and there are files between us."
    Seek,
    /// BLAKE3 of what [`SignalBody::Reveal`] will say: neither side can choose its identity or nonce after it saw the other's.
    Commit {
        commitment: Digest32,
        /// Whether it answers a commit of the other side, rather than asks for one.
        answer: bool,
    },
    Reveal {
        identity: PeerIdentity,
        capabilities: PeerCapabilities,
        nonce: Digest32,
    },
    /// An SDP offer (RFC 8829) for connection number `link` of this pair, first or after an ICE restart.
    Offer {
        link: u32,
        sdp: String,
    },
    Answer {
        link: u32,
        sdp: String,
    },
    /// JSON of an `RTCIceCandidateInit`.
    Candidate {
        link: u32,
        candidate: String,
    },
    /// Where the sender can be reached by QUIC, as `address:port`; at most [`crate::limits::QUIC_ADDRESSES_MAX`].
    Quic {
        addresses: Vec<String>,
    },
    /// "I have opened the portal's relay to you: open it as well."
    Relay,
    /// "I close what is between us": no need to wait for a timer.
    Bye,
    /// A kind of a later version.
    #[serde(untagged)]
    Unknown(#[ts(type = "Record<string, unknown>")] serde_json::Value),
}

/// What a participant's client proves itself with on every lane: made for one participant and session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PeerIdentity {
    /// SHA-256 of the certificate (DER) that it shows in DTLS and QUIC.
    pub certificate: Digest32,
    /// X25519 public key, for the relay's encryption.
    pub noise: Digest32,
}

/// What a client can do besides WebRTC, which all can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PeerCapabilities {
    /// Speaks QUIC (`deskside-direct/1`).
    pub quic: bool,
    /// Speaks over the portal's relay.
    pub relay: bool,
    /// Bytes of the largest message it takes on a data channel.
    pub message_max: u32,
    /// A browser: it opens no sockets of its own.
    pub browser: bool,
}
