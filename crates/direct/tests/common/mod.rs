//! Two sides in one process, each with keys of its own, and the lanes between them.

#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use deskside_direct::identity::Identity;
use deskside_direct::lane::webrtc::{DESKTOP_MESSAGE_MAX, Negotiation, Seams, Settings, Signal, WebRtcLane};
use deskside_direct::lane::{Lane, LaneError};
use deskside_proto::{Digest32, EndpointId, ParticipantId, SessionId};
use deskside_transfer::meeting::{Parties, Party};
use tokio::sync::mpsc::UnboundedReceiver;

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const LOOPBACK: Seams = Seams { loopback: true, relay_only: false, untuned: false };

pub(crate) fn parties() -> Parties {
    let party = |byte| Party { participant: ParticipantId([byte; 16]), endpoint: EndpointId([byte; 16]) };
    Parties::new(SessionId([7; 16]), party(1), party(2)).unwrap().0
}

pub(crate) fn identities() -> [Identity; 2] {
    [Identity::generate().unwrap(), Identity::generate().unwrap()]
}

pub(crate) fn settings(identity: &Identity, peer: Digest32, seams: Seams) -> Settings {
    Settings {
        identity: identity.clone(),
        peer_certificate: peer,
        ice_servers: Vec::new(),
        browser: false,
        peer_message_max: DESKTOP_MESSAGE_MAX,
        neighbour: true,
        seams,
    }
}

/// Pass signals on until the sender is gone, as the portal does.
pub(crate) fn pass_on(mut from: UnboundedReceiver<Signal>, to: Arc<Negotiation>) {
    tokio::spawn(async move {
        while let Some(signal) = from.recv().await {
            let _ = to.hear(signal).await;
        }
    });
}

/// Offer and answer, and the two negotiations that come of it.
pub(crate) async fn negotiate(
    offerer: Settings,
    answerer: Settings,
) -> Result<[Arc<Negotiation>; 2], LaneError> {
    let (a, mut from_a) = Negotiation::offer(offerer).await?;
    let Some(Signal::Offer(offer)) = from_a.recv().await else { panic!("the offer comes first") };
    let (b, from_b) = Negotiation::answer(answerer, offer).await?;
    let (a, b) = (Arc::new(a), Arc::new(b));
    pass_on(from_a, b.clone());
    pass_on(from_b, a.clone());
    Ok([a, b])
}

pub(crate) async fn webrtc(seams: Seams) -> [WebRtcLane; 2] {
    let [a, b] = identities();
    let (to_b, to_a) = (b.public().certificate, a.public().certificate);
    let [a, b] = negotiate(settings(&a, to_b, seams), settings(&b, to_a, seams)).await.unwrap();
    let (a, b) = tokio::join!(a.open(PATIENCE), b.open(PATIENCE));
    [a.unwrap(), b.unwrap()]
}

/// Message number `number` of a stream that both ends can compute: its length varies, every byte depends on both.
pub(crate) fn message(seed: u8, number: u32, max: usize) -> Bytes {
    let length = match number % 5 {
        0 => 1,
        1 => 100,
        2 => max / 2 + 1,
        3 => max - 1,
        _ => max,
    };
    let mut text = vec![seed; length];
    for (place, byte) in text.iter_mut().enumerate() {
        *byte ^= (place as u32).wrapping_mul(number.wrapping_mul(2_654_435_761).wrapping_add(1)) as u8;
    }
    let head = number.to_le_bytes();
    let head = &head[..length.min(4)];
    text[..head.len()].copy_from_slice(head);
    text.into()
}

pub(crate) async fn send_all(lane: &dyn Lane, seed: u8, count: u32) -> u64 {
    let mut bytes = 0;
    for number in 0..count {
        let message = message(seed, number, lane.max_message());
        bytes += message.len() as u64;
        lane.send(message).await.unwrap();
    }
    bytes
}

/// What [`send_all`] sent on a lane that takes `max`. Reads slowly now and then: the sender must wait, not lose.
pub(crate) async fn receive_all(lane: &dyn Lane, seed: u8, count: u32, max: usize) {
    for number in 0..count {
        if number % 64 == 9 {
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
        let heard = tokio::time::timeout(PATIENCE, lane.receive()).await.expect("in time").unwrap();
        assert!(heard == message(seed, number, max), "message {number} is not what was sent");
    }
}
