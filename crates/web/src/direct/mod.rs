//! Direct transfer without its bindings, so that it is tested natively: [`deskside_transfer`] behind JSON for what steers and
//! plain bytes for what is carried.

mod link;
mod meeting;
mod noise;

pub use link::LinkDriver;
pub use meeting::MeetingDriver;
pub use noise::NoiseDriver;

use deskside_proto::{Digest32, EndpointId, ParticipantId, SessionId};
use deskside_transfer::meeting::{Parties, Party, Role};
use serde::Deserialize;

/// The largest whole number that JavaScript counts exactly.
const WHOLE_MAX: f64 = 9_007_199_254_740_991.0;

/// An argument or step that cannot be. The page shows none of these: they mean that page and module do not fit together, or that
/// the other side did what no honest version does.
#[derive(Debug, thiserror::Error)]
pub enum DirectError {
    #[error("That step cannot be read ({0}). Reload the page to get the newest version.")]
    Input(#[source] serde_json::Error),
    #[error("The outcome of a step cannot be written ({0}). Reload the page.")]
    Output(#[source] serde_json::Error),
    #[error("{0} is no whole number from 0 on. Reload the page to get the newest version.")]
    Number(f64),
    #[error("32 bytes were needed, and {0} came. Reload the page to get the newest version.")]
    Length(usize),
    #[error("Nobody can send files to themselves. Reload the page.")]
    SameParty,
    #[error("{0}")]
    Manifest(#[from] deskside_transfer::ManifestProblem),
    #[error("The other side cannot be trusted: {0}.")]
    Meeting(#[from] deskside_transfer::meeting::MeetingError),
    #[error("The other side cannot be trusted: {0}.")]
    Noise(#[from] deskside_transfer::noise::NoiseError),
    #[error("The relay's encryption was asked for a step that is over. Reload the page.")]
    Order,
}

/// Two endpoints of a session, as the page names them: JSON with ids in hex.
#[derive(Debug, Deserialize)]
struct Pair {
    session: SessionId,
    me: ParticipantId,
    endpoint: EndpointId,
    peer: ParticipantId,
    peer_endpoint: EndpointId,
}

impl Pair {
    fn read(json: &str) -> Result<(Parties, Role), DirectError> {
        let pair: Self = serde_json::from_str(json).map_err(DirectError::Input)?;
        let us = Party { participant: pair.me, endpoint: pair.endpoint };
        let peer = Party { participant: pair.peer, endpoint: pair.peer_endpoint };
        Parties::new(pair.session, us, peer).ok_or(DirectError::SameParty)
    }
}

fn bytes32(bytes: &[u8]) -> Result<[u8; 32], DirectError> {
    bytes.try_into().map_err(|_| DirectError::Length(bytes.len()))
}

fn digest(hex: &str) -> Result<Digest32, DirectError> {
    hex.parse().map_err(|_| DirectError::Length(hex.len() / 2))
}

/// A number that a page counts with, fractions dropped: its clock has some.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to lie inside of what both count exactly"
)]
fn whole(number: f64) -> Result<u64, DirectError> {
    if (0.0..=WHOLE_MAX).contains(&number) { Ok(number as u64) } else { Err(DirectError::Number(number)) }
}
