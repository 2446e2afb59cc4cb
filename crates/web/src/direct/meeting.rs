//! [`Meeting`] that speaks JSON.

use deskside_proto::{PeerCapabilities, PeerIdentity, SignalBody};
use deskside_transfer::meeting::{Meeting, Presentation, Role, Step};
use serde::{Deserialize, Serialize};

use super::{DirectError, Pair, bytes32};

/// What one side says of itself.
#[derive(Debug, Serialize, Deserialize)]
struct Shown {
    identity: PeerIdentity,
    capabilities: PeerCapabilities,
}

/// What to do after a signal.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    Send { body: SignalBody },
    Met { peer: Shown, code: String },
}

/// One meeting with one endpoint of a peer.
#[derive(Debug)]
pub struct MeetingDriver(Meeting);

impl MeetingDriver {
    /// `pair`: `{session, me, endpoint, peer, peer_endpoint}`; `ours`: `{identity, capabilities}`; `nonce`: 32 fresh bytes.
    ///
    /// # Errors
    /// Where an argument cannot be read.
    pub fn new(pair: &str, ours: &str, nonce: &[u8]) -> Result<Self, DirectError> {
        let (parties, role) = Pair::read(pair)?;
        let Shown { identity, capabilities } = serde_json::from_str(ours).map_err(DirectError::Input)?;
        Ok(Self(Meeting::new(parties, role, Presentation { identity, capabilities }, bytes32(nonce)?)))
    }

    /// Whether we make the offers and speak first.
    #[must_use]
    pub fn initiates(&self) -> bool {
        self.0.role() == Role::Initiator
    }

    /// The signal to begin with, as JSON.
    ///
    /// # Errors
    /// Where it cannot be written, which no value makes happen.
    pub fn begin(&mut self) -> Result<String, DirectError> {
        serde_json::to_string(&self.0.begin()).map_err(DirectError::Output)
    }

    /// Takes the body of a peer's signal; `fresh` are 32 fresh bytes. Answers a list of `{type: "send", body}` and
    /// `{type: "met", peer: {identity, capabilities}, code}`.
    ///
    /// # Errors
    /// Where the peer cannot be trusted: the meeting is over then.
    pub fn receive(&mut self, body: &str, fresh: &[u8]) -> Result<String, DirectError> {
        let body: SignalBody = serde_json::from_str(body).map_err(DirectError::Input)?;
        let steps = self.0.receive(&body, bytes32(fresh)?)?;
        let said: Vec<Said> = steps.into_iter().map(said).collect();
        serde_json::to_string(&said).map_err(DirectError::Output)
    }
}

fn said(step: Step) -> Said {
    match step {
        Step::Send(body) => Said::Send { body },
        Step::Met(met) => {
            let Presentation { identity, capabilities } = met.peer;
            Said::Met { peer: Shown { identity, capabilities }, code: met.code }
        }
    }
}
