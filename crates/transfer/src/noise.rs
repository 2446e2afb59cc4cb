//! The relay's encryption: Noise KK between the two keys that a [meeting](crate::meeting) exchanged.
//!
//! The portal passes these frames on and can neither read nor change, replay, drop, reorder or reflect one without
//! the receiver noticing: counters are strict, and one frame that does not fit ends the channel. Bound to the session
//! and to both endpoints, so that frames of one pair mean nothing to another. No clock and no randomness: the
//! ephemeral key is an argument.

use deskside_proto::Digest32;
use snow::params::{CipherChoice, DHChoice, HashChoice, NoiseParams};
use snow::resolvers::{CryptoResolver, DefaultResolver};
use snow::types::{Cipher, Dh, Hash, Random};
use std::fmt;

use crate::meeting::{Parties, Role};

/// The pattern in Noise's own words (revision 34): both static keys are known before.
pub const PATTERN: &str = "Noise_KK_25519_ChaChaPoly_BLAKE2s";

/// Longest content of one frame, bytes: with the tag below the relay's 64 KiB and Noise's 65,535.
pub const CONTENT_MAX: usize = 60 * 1024;

/// What sealing adds, bytes: a Poly1305 tag.
pub const OVERHEAD: usize = 16;

/// A handshake message: an ephemeral public key and the tag of an empty content, bytes.
const HELLO_LENGTH: usize = 32 + OVERHEAD;

const PROLOGUE: &[u8] = b"deskside.direct.relay.1";

/// Why a frame or a peer was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoiseError {
    /// Not from the pinned peer, or changed, repeated, reordered or meant for another pair.
    #[error("the relayed data is not what the other side sent")]
    Forged,
    /// Longer than [`CONTENT_MAX`], or shorter than a frame can be.
    #[error("a relayed frame has an impossible length")]
    Length,
    /// An earlier frame was refused, and nothing after it can be trusted.
    #[error("the relayed channel is closed")]
    Closed,
    /// The cryptography could not be set up. Never depends on what a peer sends.
    #[error("the relay's encryption could not be set up")]
    Setup,
}

/// An X25519 secret key, 32 bytes. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct NoiseSecret([u8; 32]);

impl NoiseSecret {
    /// `bytes` come from the system's randomness, or from where an earlier secret was kept.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// To keep it where secrets are kept.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The public key, as [`PeerIdentity`](deskside_proto::PeerIdentity) carries it.
    pub fn public(&self) -> Result<Digest32, NoiseError> {
        let mut key = DefaultResolver.resolve_dh(&DHChoice::Curve25519).ok_or(NoiseError::Setup)?;
        key.set(&self.0);
        key.pubkey().try_into().map(Digest32).map_err(|_| NoiseError::Setup)
    }
}

impl fmt::Debug for NoiseSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoiseSecret(…)")
    }
}

/// What both sides bring to a handshake.
#[derive(Debug, Clone)]
pub struct Pairing<'a> {
    /// Whom the channel is between, and in which session.
    pub parties: &'a Parties,
    /// Our key.
    pub secret: &'a NoiseSecret,
    /// The peer's public key, from the meeting.
    pub peer: &'a Digest32,
}

impl Pairing<'_> {
    fn handshake(&self, role: Role, ephemeral: [u8; 32]) -> Result<snow::HandshakeState, NoiseError> {
        let params: NoiseParams = PATTERN.parse().map_err(|_| NoiseError::Setup)?;
        let prologue = self.prologue();
        let builder = snow::Builder::with_resolver(params, Box::new(Given { ephemeral }))
            .prologue(&prologue)
            .and_then(|builder| builder.local_private_key(self.secret.expose()))
            .and_then(|builder| builder.remote_public_key(&self.peer.0))
            .map_err(|_| NoiseError::Setup)?;
        match role {
            Role::Initiator => builder.build_initiator(),
            Role::Responder => builder.build_responder(),
        }
        .map_err(|_| NoiseError::Setup)
    }

    /// Fixed lengths throughout: no two pairs share a prologue.
    fn prologue(&self) -> Vec<u8> {
        let mut prologue = PROLOGUE.to_vec();
        self.parties.write_to(&mut prologue);
        prologue
    }
}

/// The initiator, between its hello and the responder's.
#[derive(Debug)]
pub struct Initiator(snow::HandshakeState);

impl Initiator {
    /// The initiator's side and its hello, to be sent first. `ephemeral` is fresh from the system's randomness.
    pub fn new(pairing: &Pairing<'_>, ephemeral: [u8; 32]) -> Result<(Self, Vec<u8>), NoiseError> {
        let mut state = pairing.handshake(Role::Initiator, ephemeral)?;
        let hello = write_hello(&mut state)?;
        Ok((Self(state), hello))
    }

    /// The channel, from the responder's hello.
    pub fn finish(mut self, hello: &[u8]) -> Result<Channel, NoiseError> {
        read_hello(&mut self.0, hello)?;
        Channel::new(self.0)
    }
}

/// The responder's answer to the initiator's `hello`: the channel, and the hello to send back.
pub fn respond(
    pairing: &Pairing<'_>,
    ephemeral: [u8; 32],
    hello: &[u8],
) -> Result<(Channel, Vec<u8>), NoiseError> {
    let mut state = pairing.handshake(Role::Responder, ephemeral)?;
    read_hello(&mut state, hello)?;
    let answer = write_hello(&mut state)?;
    Ok((Channel::new(state)?, answer))
}

fn write_hello(state: &mut snow::HandshakeState) -> Result<Vec<u8>, NoiseError> {
    let mut hello = vec![0; HELLO_LENGTH];
    let length = state.write_message(&[], &mut hello).map_err(|_| NoiseError::Setup)?;
    hello.truncate(length);
    Ok(hello)
}

fn read_hello(state: &mut snow::HandshakeState, hello: &[u8]) -> Result<(), NoiseError> {
    if hello.len() != HELLO_LENGTH {
        return Err(NoiseError::Length);
    }
    state.read_message(hello, &mut [0; HELLO_LENGTH]).map_err(|_| NoiseError::Forged)?;
    Ok(())
}

/// Both directions after the handshake. Frames are numbered by their order alone.
#[derive(Debug)]
pub struct Channel {
    state: snow::TransportState,
    closed: bool,
}

impl Channel {
    fn new(state: snow::HandshakeState) -> Result<Self, NoiseError> {
        let state = state.into_transport_mode().map_err(|_| NoiseError::Setup)?;
        Ok(Self { state, closed: false })
    }

    /// The frame that carries `content`, at most [`CONTENT_MAX`] bytes of it.
    pub fn seal(&mut self, content: &[u8]) -> Result<Vec<u8>, NoiseError> {
        if self.closed {
            return Err(NoiseError::Closed);
        }
        if content.len() > CONTENT_MAX {
            return Err(NoiseError::Length);
        }
        let mut frame = vec![0; content.len() + OVERHEAD];
        // Fails only when 2⁶⁴ - 1 frames were sent.
        let length = self.state.write_message(content, &mut frame).map_err(|_| NoiseError::Closed)?;
        frame.truncate(length);
        Ok(frame)
    }

    /// The content of the next frame. After an error every further frame is refused.
    pub fn open(&mut self, frame: &[u8]) -> Result<Vec<u8>, NoiseError> {
        if self.closed {
            return Err(NoiseError::Closed);
        }
        let opened = self.try_open(frame);
        self.closed = opened.is_err();
        opened
    }

    fn try_open(&mut self, frame: &[u8]) -> Result<Vec<u8>, NoiseError> {
        if frame.len() < OVERHEAD || frame.len() > CONTENT_MAX + OVERHEAD {
            return Err(NoiseError::Length);
        }
        let mut content = vec![0; frame.len()];
        let length = self.state.read_message(frame, &mut content).map_err(|_| NoiseError::Forged)?;
        content.truncate(length);
        Ok(content)
    }
}

/// snow's own primitives, with randomness that was given.
struct Given {
    ephemeral: [u8; 32],
}

impl CryptoResolver for Given {
    fn resolve_rng(&self) -> Option<Box<dyn Random>> {
        Some(Box::new(Once(Some(self.ephemeral))))
    }

    fn resolve_dh(&self, choice: &DHChoice) -> Option<Box<dyn Dh>> {
        DefaultResolver.resolve_dh(choice)
    }

    fn resolve_hash(&self, choice: &HashChoice) -> Option<Box<dyn Hash>> {
        DefaultResolver.resolve_hash(choice)
    }

    fn resolve_cipher(&self, choice: &CipherChoice) -> Option<Box<dyn Cipher>> {
        DefaultResolver.resolve_cipher(choice)
    }
}

/// Gives its 32 bytes once. KK asks for one ephemeral key; a second request must fail, never repeat.
struct Once(Option<[u8; 32]>);

impl Random for Once {
    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), snow::Error> {
        match self.0.take() {
            Some(bytes) if bytes.len() == target.len() => {
                target.copy_from_slice(&bytes);
                Ok(())
            }
            _ => Err(snow::Error::Rng),
        }
    }
}
