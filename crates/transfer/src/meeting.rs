//! How two endpoints get to know each other through a portal that they need not trust.
//!
//! Each sends a *commitment* to its identity, capabilities and a nonce, and reveals them only when it has the other's
//! commitment. Whoever sits between them and wants to show each side an identity of their own must commit to it
//! before they know the nonces: the [code](Met::code) that both people can read to each other is then a blind guess,
//! one chance in 2³⁰ for each attempt, and each attempt that fails is two different codes on two screens.
//!
//! `seek` (I am here) → `commit` both ways → `reveal` both ways → [`Met`]. Signals may be lost or come twice; both
//! sides may seek at once. No clock and no randomness: fresh nonces are arguments.

use deskside_proto::{
    Digest32, EndpointId, ParticipantId, PeerCapabilities, PeerIdentity, SessionId, SignalBody,
};

/// Symbols of a [code](Met::code): 30 bits.
pub const CODE_SYMBOLS: usize = 6;

/// Crockford's base 32: no I, L, O or U, which are misread or misheard.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How often one meeting may begin anew before it is given up: a portal that keeps breaking it gets this many guesses.
const RESTARTS_MAX: u32 = 8;

const COMMITMENT_CONTEXT: &str = "deskside.direct 1 commitment to an identity and a nonce";
const CODE_CONTEXT: &str = "deskside.direct 1 code that two people compare";

/// One running client of one participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Party {
    /// Whose client.
    pub participant: ParticipantId,
    /// Which of theirs.
    pub endpoint: EndpointId,
}

/// Who dials and who listens: the smaller party initiates, whoever sought first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Makes offers, dials, speaks first.
    Initiator,
    /// Waits for the other.
    Responder,
}

/// A pair of endpoints in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Parties {
    /// The session both are members of.
    pub session: SessionId,
    /// The smaller of the two.
    pub initiator: Party,
    /// The greater.
    pub responder: Party,
}

impl Parties {
    /// The pair of `us` and `peer`, and which of them we are. Of equal parties nobody would be the other: `None`.
    #[must_use]
    pub fn new(session: SessionId, us: Party, peer: Party) -> Option<(Self, Role)> {
        match us.cmp(&peer) {
            std::cmp::Ordering::Less => {
                Some((Self { session, initiator: us, responder: peer }, Role::Initiator))
            }
            std::cmp::Ordering::Greater => {
                Some((Self { session, initiator: peer, responder: us }, Role::Responder))
            }
            std::cmp::Ordering::Equal => None,
        }
    }

    /// Session, initiator, responder: 80 bytes, for hashes and prologues.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        out.extend(self.session.0);
        for party in [self.initiator, self.responder] {
            out.extend(party.participant.0);
            out.extend(party.endpoint.0);
        }
    }
}

/// What one side says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presentation {
    /// The keys of this participant in this session.
    pub identity: PeerIdentity,
    /// What this client can do.
    pub capabilities: PeerCapabilities,
}

/// The other side, once both have revealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// The peer's keys and abilities: what lanes pin.
    pub peer: Presentation,
    /// [`CODE_SYMBOLS`] symbols, equal on both screens if nobody sits between.
    pub code: String,
}

/// What to do after a signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Send this to the peer's endpoint.
    Send(SignalBody),
    /// Both have revealed. Comes again when the peer began anew: lanes to the same identity may stay.
    Met(Met),
}

/// Why a meeting ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MeetingError {
    /// Not what was committed to: somebody changed it on the way.
    #[error("the other side's keys are not the ones it announced")]
    BrokenCommitment,
    /// Begun anew too often.
    #[error("the other side keeps beginning anew")]
    TooManyRestarts,
}

/// One meeting with one endpoint.
#[derive(Debug)]
pub struct Meeting {
    parties: Parties,
    role: Role,
    ours: Presentation,
    nonce: Digest32,
    theirs: Option<Digest32>,
    committed: bool,
    revealed: bool,
    met: bool,
    restarts: u32,
}

impl Meeting {
    /// Between us, who present `ours`, and the other of `parties`. `nonce` is fresh from the system's randomness.
    #[must_use]
    pub fn new(parties: Parties, role: Role, ours: Presentation, nonce: [u8; 32]) -> Self {
        Self {
            parties,
            role,
            ours,
            nonce: Digest32(nonce),
            theirs: None,
            committed: false,
            revealed: false,
            met: false,
            restarts: 0,
        }
    }

    /// Whom it is between.
    #[must_use]
    pub fn parties(&self) -> &Parties {
        &self.parties
    }

    /// Which of them we are.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Our commitment, when the peer is known to be there: after its `seek`, and again when no answer came.
    pub fn begin(&mut self) -> SignalBody {
        self.commit(false)
    }

    /// Take a signal of the peer. `fresh` is a nonce for the case that we must begin anew; signals that are not a
    /// meeting's are no concern of it. After an error the meeting is over: begin another only on a new `seek`.
    pub fn receive(&mut self, body: &SignalBody, fresh: [u8; 32]) -> Result<Vec<Step>, MeetingError> {
        match body {
            SignalBody::Seek => self.sought(fresh),
            SignalBody::Commit { commitment, answer } => self.committed_to(*commitment, *answer, fresh),
            SignalBody::Reveal { identity, capabilities, nonce } => {
                let peer = Presentation { identity: *identity, capabilities: *capabilities };
                self.shown(peer, nonce)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Whoever seeks has no meeting with us, or none any more.
    fn sought(&mut self, fresh: [u8; 32]) -> Result<Vec<Step>, MeetingError> {
        if self.revealed {
            self.restart(fresh)?;
        }
        Ok(vec![Step::Send(self.commit(false))])
    }

    fn committed_to(
        &mut self,
        commitment: Digest32,
        answer: bool,
        fresh: [u8; 32],
    ) -> Result<Vec<Step>, MeetingError> {
        let anew = self.theirs.is_some_and(|known| known != commitment);
        if anew && self.revealed {
            // Our nonce is out: a commitment made now could be fitted to it.
            self.restart(fresh)?;
        }
        self.theirs = Some(commitment);
        let mut steps = Vec::new();
        if !answer || !self.committed {
            steps.push(Step::Send(self.commit(true)));
        }
        steps.push(Step::Send(self.reveal()));
        Ok(steps)
    }

    fn shown(&mut self, peer: Presentation, nonce: &Digest32) -> Result<Vec<Step>, MeetingError> {
        // Revealed too early, or again: nothing was committed to, or nothing is new.
        let Some(commitment) = self.theirs else { return Ok(Vec::new()) };
        if self.met {
            return Ok(Vec::new());
        }
        if self.commitment_of(self.role.other(), &peer, nonce) != commitment {
            return Err(MeetingError::BrokenCommitment);
        }
        self.met = true;
        let code = self.code(&peer, nonce);
        Ok(vec![Step::Met(Met { peer, code })])
    }

    fn restart(&mut self, fresh: [u8; 32]) -> Result<(), MeetingError> {
        self.restarts += 1;
        if self.restarts > RESTARTS_MAX {
            return Err(MeetingError::TooManyRestarts);
        }
        self.nonce = Digest32(fresh);
        self.theirs = None;
        self.committed = false;
        self.revealed = false;
        self.met = false;
        Ok(())
    }

    fn commit(&mut self, answer: bool) -> SignalBody {
        self.committed = true;
        SignalBody::Commit { commitment: self.commitment_of(self.role, &self.ours, &self.nonce), answer }
    }

    fn reveal(&mut self) -> SignalBody {
        self.revealed = true;
        SignalBody::Reveal {
            identity: self.ours.identity,
            capabilities: self.ours.capabilities,
            nonce: self.nonce,
        }
    }

    /// Says whose it is: nobody can send another's commitment as their own, or to another pair.
    fn commitment_of(&self, role: Role, presentation: &Presentation, nonce: &Digest32) -> Digest32 {
        let mut text = Vec::with_capacity(256);
        self.parties.write_to(&mut text);
        text.push(role.letter());
        write_presentation(&mut text, presentation, nonce);
        Digest32(blake3::derive_key(COMMITMENT_CONTEXT, &text))
    }

    fn code(&self, peer: &Presentation, nonce: &Digest32) -> String {
        let mut text = Vec::with_capacity(512);
        self.parties.write_to(&mut text);
        let (ours, theirs) = ((&self.ours, &self.nonce), (peer, nonce));
        let ordered = match self.role {
            Role::Initiator => [ours, theirs],
            Role::Responder => [theirs, ours],
        };
        for (presentation, nonce) in ordered {
            write_presentation(&mut text, presentation, nonce);
        }
        let hash = blake3::derive_key(CODE_CONTEXT, &text);
        // 256 is a multiple of 32: every symbol is equally likely.
        hash.iter().take(CODE_SYMBOLS).map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
    }
}

impl Role {
    /// The other side's.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }

    fn letter(self) -> u8 {
        match self {
            Self::Initiator => b'i',
            Self::Responder => b'r',
        }
    }
}

/// Fixed length: nothing of it can be read as something else.
fn write_presentation(out: &mut Vec<u8>, presentation: &Presentation, nonce: &Digest32) {
    let Presentation { identity, capabilities } = presentation;
    out.extend(identity.certificate.0);
    out.extend(identity.noise.0);
    out.extend([capabilities.quic, capabilities.relay, capabilities.browser].map(u8::from));
    out.extend(capabilities.message_max.to_be_bytes());
    out.extend(nonce.0);
}
