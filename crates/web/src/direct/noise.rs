//! The relay's encryption for one socket, from the handshake on.

use deskside_proto::Digest32;
use deskside_transfer::meeting::{Parties, Role};
use deskside_transfer::noise::{Channel, Initiator, NoiseSecret, Pairing, respond};

use super::{DirectError, Pair, bytes32, digest};

#[derive(Debug)]
enum State {
    /// Has said hello and waits for the answer.
    Asked(Box<Initiator>),
    /// Waits for the peer's hello.
    Listening {
        parties: Parties,
        secret: NoiseSecret,
        peer: Digest32,
        ephemeral: [u8; 32],
    },
    Open(Box<Channel>),
    /// Refused something: nothing after it can be trusted.
    Closed,
}

/// One socket's encryption: [`hello`](Self::hello), [`hear`](Self::hear), then [`seal`](Self::seal) and [`open`](Self::open).
#[derive(Debug)]
pub struct NoiseDriver {
    state: State,
    hello: Vec<u8>,
}

impl NoiseDriver {
    /// `pair` as for a meeting; `secret`: our key, 32 bytes; `peer`: the peer's public key in hex, from the meeting;
    /// `ephemeral`: 32 fresh bytes.
    ///
    /// # Errors
    /// Where an argument cannot be read.
    pub fn new(pair: &str, secret: &[u8], peer: &str, ephemeral: &[u8]) -> Result<Self, DirectError> {
        let (parties, role) = Pair::read(pair)?;
        let secret = NoiseSecret::new(bytes32(secret)?);
        let (peer, ephemeral) = (digest(peer)?, bytes32(ephemeral)?);
        Ok(match role {
            Role::Initiator => {
                let pairing = Pairing { parties: &parties, secret: &secret, peer: &peer };
                let (initiator, hello) = Initiator::new(&pairing, ephemeral)?;
                Self { state: State::Asked(Box::new(initiator)), hello }
            }
            Role::Responder => {
                Self { state: State::Listening { parties, secret, peer, ephemeral }, hello: Vec::new() }
            }
        })
    }

    /// The public key of a secret, in hex.
    ///
    /// # Errors
    /// Where it is not 32 bytes.
    pub fn public(secret: &[u8]) -> Result<String, DirectError> {
        Ok(NoiseSecret::new(bytes32(secret)?).public()?.to_string())
    }

    /// What to send first; empty for the side that listens.
    #[must_use]
    pub fn hello(&self) -> &[u8] {
        &self.hello
    }

    /// Takes the peer's hello; answers what to send back, if anything. The channel is open then.
    ///
    /// # Errors
    /// Where it does not come from the pinned peer, or there was one before.
    pub fn hear(&mut self, hello: &[u8]) -> Result<Vec<u8>, DirectError> {
        let (channel, answer) = match std::mem::replace(&mut self.state, State::Closed) {
            State::Asked(initiator) => (initiator.finish(hello)?, Vec::new()),
            State::Listening { parties, secret, peer, ephemeral } => {
                let pairing = Pairing { parties: &parties, secret: &secret, peer: &peer };
                respond(&pairing, ephemeral, hello)?
            }
            State::Open(_) | State::Closed => return Err(DirectError::Order),
        };
        self.state = State::Open(Box::new(channel));
        Ok(answer)
    }

    /// The frame that carries `content`.
    ///
    /// # Errors
    /// Before the handshake, after a refusal, and where `content` is too long.
    pub fn seal(&mut self, content: &[u8]) -> Result<Vec<u8>, DirectError> {
        Ok(self.channel()?.seal(content)?)
    }

    /// The content of the next frame.
    ///
    /// # Errors
    /// As [`seal`](Self::seal), and where the frame is not the next one of the pinned peer.
    pub fn open(&mut self, frame: &[u8]) -> Result<Vec<u8>, DirectError> {
        Ok(self.channel()?.open(frame)?)
    }

    fn channel(&mut self) -> Result<&mut Channel, DirectError> {
        match &mut self.state {
            State::Open(channel) => Ok(channel),
            _ => Err(DirectError::Order),
        }
    }
}
