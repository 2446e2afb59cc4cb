//! Z20 A10 A12 A13: every lane carries messages whole and in order both ways, holds a fast sender back, refuses
//! whoever does not hold the pinned keys, and says when it has ended.
#![allow(clippy::unwrap_used, reason = "a panic here is a failed test")]

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use common::{LOOPBACK, PATIENCE, identities, negotiate, parties, receive_all, send_all, settings, webrtc};
use deskside_direct::identity::{Identity, IdentityError};
use deskside_direct::lane::quic::{QuicLane, QuicPort, QuicSettings};
use deskside_direct::lane::relay::{RelayConnection, RelayConnector, RelayLane};
use deskside_direct::lane::webrtc::{Negotiation, Signal};
use deskside_direct::lane::{Lane, LaneError};
use deskside_proto::Digest32;
use deskside_transfer::LaneKind;
use deskside_transfer::meeting::{Parties, Role};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::{Mutex, mpsc};

/// Both ways at once, under back-pressure, with statistics; then the end, seen by both.
async fn prove(a: Arc<dyn Lane>, b: Arc<dyn Lane>, kind: LaneKind, count: u32) {
    assert_eq!((a.kind(), b.kind()), (kind, kind));
    assert_eq!(a.max_message(), b.max_message());
    let (to_b, to_a, (), ()) = tokio::join!(
        send_all(&*a, 1, count),
        send_all(&*b, 2, count),
        receive_all(&*b, 1, count, a.max_message()),
        receive_all(&*a, 2, count, b.max_message()),
    );
    let (of_a, of_b) = (a.stats(), b.stats());
    assert_eq!((of_a.bytes_sent, of_b.bytes_received), (to_b, to_b));
    assert_eq!((of_b.bytes_sent, of_a.bytes_received), (to_a, to_a));
    assert_eq!((of_a.messages_sent, of_a.messages_received), (u64::from(count), u64::from(count)));

    let too_long = Bytes::from(vec![0; a.max_message() + 1]);
    assert!(matches!(a.send(too_long).await, Err(LaneError::Length { .. })));
    assert!(matches!(a.send(Bytes::new()).await, Err(LaneError::Length { .. })));

    hold_back(&a, &b).await;

    let waiting = tokio::spawn({
        let b = b.clone();
        async move { while b.receive().await.is_ok() {} }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    a.close().await;
    assert_eq!(a.send(Bytes::from_static(b"late")).await, Err(LaneError::Closed));
    assert_eq!(a.receive().await, Err(LaneError::Closed));
    tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .expect("the other side sees the end")
        .unwrap();
    b.close().await;
    assert_eq!(b.send(Bytes::from_static(b"late")).await, Err(LaneError::Closed));
}

/// Nobody reads: the sender must come to wait before it has put 256 MiB somewhere.
async fn hold_back(a: &Arc<dyn Lane>, b: &Arc<dyn Lane>) {
    let sender = tokio::spawn({
        let a = a.clone();
        async move {
            let message = Bytes::from(vec![7; a.max_message()]);
            for _ in 0..(256 << 20) / a.max_message() {
                if a.send(message.clone()).await.is_err() {
                    return;
                }
            }
        }
    });
    let mut taken = a.stats().bytes_sent;
    loop {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let now = a.stats().bytes_sent;
        if now == taken {
            break;
        }
        taken = now;
    }
    assert!(!sender.is_finished(), "the sender was never held back");
    // And goes on when somebody reads.
    b.receive().await.unwrap();
    sender.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webrtc_carries_messages_both_ways() {
    let [a, b] = webrtc(LOOPBACK).await;
    assert_eq!(a.max_message(), 256 << 10);
    assert_eq!(a.relayed().await, Some(false));
    prove(Arc::new(a), Arc::new(b), LaneKind::Webrtc, 300).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webrtc_refuses_a_certificate_that_was_not_pinned() {
    let [a, b] = identities();
    let mallory = Identity::generate().unwrap().public().certificate;
    let (to_a, to_b) = (a.public().certificate, b.public().certificate);
    let answered = negotiate(settings(&a, to_b, LOOPBACK), settings(&b, mallory, LOOPBACK)).await;
    assert!(matches!(answered, Err(LaneError::WrongPeer(_))), "the answerer reads it in the offer");

    let (offerer, mut from_a) = Negotiation::offer(settings(&a, mallory, LOOPBACK)).await.unwrap();
    let Some(Signal::Offer(offer)) = from_a.recv().await else { panic!("the offer comes first") };
    let (_answerer, mut from_b) = Negotiation::answer(settings(&b, to_a, LOOPBACK), offer).await.unwrap();
    let answer = from_b.recv().await.unwrap();
    assert!(
        matches!(offerer.hear(answer).await, Err(LaneError::WrongPeer(_))),
        "the offerer reads it in the answer"
    );
}

/// A portal that writes the pinned fingerprint into a description of its own gets no further than the handshake.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webrtc_refuses_whoever_only_claims_the_certificate() {
    let [a, b] = identities();
    let mallory = Identity::generate().unwrap();
    let (a_sha, b_sha) = (a.public().certificate, b.public().certificate);
    let (a, mut from_a) = Negotiation::offer(settings(&a, b_sha, LOOPBACK)).await.unwrap();
    let Some(Signal::Offer(offer)) = from_a.recv().await else { panic!("the offer comes first") };
    let (mallory, mut from_mallory) =
        Negotiation::answer(settings(&mallory, a_sha, LOOPBACK), offer).await.unwrap();
    let Some(Signal::Answer(answer)) = from_mallory.recv().await else { panic!("the answer comes first") };
    let colons = |digest: &Digest32| digest.0.map(|byte| format!("{byte:02X}")).join(":");
    let shown =
        answer.lines().find_map(|line| line.strip_prefix("a=fingerprint:sha-256 ")).unwrap().to_owned();
    a.hear(Signal::Answer(answer.replace(&shown, &colons(&b_sha)))).await.unwrap();
    let (a, mallory) = (Arc::new(a), Arc::new(mallory));
    common::pass_on(from_a, mallory.clone());
    common::pass_on(from_mallory, a.clone());
    assert!(a.open(Duration::from_secs(6)).await.is_err());
}

async fn quic(
    identities: &[Identity; 2],
    pins: [Digest32; 2],
    patience: Duration,
) -> [Result<QuicLane, LaneError>; 2] {
    let port = |identity: &Identity, pin| {
        QuicPort::bind(QuicSettings {
            identity: identity.clone(),
            peer_certificate: pin,
            ice_servers: Vec::new(),
            ice_addresses: Vec::new(),
            loopback: true,
        })
    };
    let a = port(&identities[0], pins[0]).await.unwrap();
    let b = port(&identities[1], pins[1]).await.unwrap();
    // The first address answers to nobody: the dialler must not wait for it.
    let mut to_b = vec!["127.0.0.1:9".parse().unwrap()];
    to_b.extend(b.addresses());
    let to_a = a.addresses().to_vec();
    let parties = parties();
    let (a, b) = tokio::join!(
        a.open(&parties, Role::Initiator, &to_b, patience),
        b.open(&parties, Role::Responder, &to_a, patience),
    );
    [a, b]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quic_carries_messages_both_ways() {
    let identities = identities();
    let pins = [identities[1].public().certificate, identities[0].public().certificate];
    let started = Instant::now();
    let [a, b] = quic(&identities, pins, PATIENCE).await;
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    prove(Arc::new(a.unwrap()), Arc::new(b.unwrap()), LaneKind::Quic, 120).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quic_refuses_a_certificate_that_was_not_pinned() {
    let identities = identities();
    let right = [identities[1].public().certificate, identities[0].public().certificate];
    let mallory = Identity::generate().unwrap().public().certificate;
    let short = Duration::from_secs(4);
    let [dialler, listener] = quic(&identities, [mallory, right[1]], short).await;
    assert!(matches!(dialler, Err(LaneError::WrongPeer(_))), "the dialler refuses the listener");
    assert!(listener.is_err());
    let [dialler, listener] = quic(&identities, [right[0], mallory], short).await;
    assert!(matches!(dialler, Err(LaneError::WrongPeer(_))), "the dialler is told that it was refused");
    assert!(listener.is_err(), "the listener refuses the dialler");
}

/// The portal, as far as it matters here: what one side sends, the other gets; `change` sees every frame.
struct Portal {
    ends: Mutex<Vec<RelayConnection>>,
}

impl Portal {
    fn new(change: fn(usize, Bytes) -> Bytes) -> Self {
        let (to_b, from_a) = mpsc::channel::<Bytes>(4);
        let (to_a, from_b) = mpsc::channel::<Bytes>(4);
        let end = |sender: mpsc::Sender<Bytes>, receiver: mpsc::Receiver<Bytes>| {
            let frames =
                futures_util::stream::unfold((receiver, 0), move |(mut receiver, number)| async move {
                    let frame = receiver.recv().await?;
                    Some((Ok(change(number, frame)), (receiver, number + 1)))
                });
            let sender = tokio_util::sync::PollSender::new(sender);
            RelayConnection {
                sender: Box::pin(sender.sink_map_err(std::io::Error::other)),
                receiver: frames.boxed(),
            }
        };
        Self { ends: Mutex::new(vec![end(to_b, from_b), end(to_a, from_a)]) }
    }
}

#[async_trait]
impl RelayConnector for Portal {
    async fn connect(&self, _: &Parties, _: Role) -> Result<RelayConnection, LaneError> {
        self.ends.lock().await.pop().ok_or(LaneError::Closed)
    }
}

async fn relay(
    portal: Portal,
    pins: impl FnOnce(&[Identity; 2]) -> [Digest32; 2],
) -> [Result<RelayLane, LaneError>; 2] {
    let identities = identities();
    let pins = pins(&identities);
    let parties = parties();
    let patience = Duration::from_secs(5);
    let [a, b] = &identities;
    let (a, b) = tokio::join!(
        RelayLane::open(&portal, &parties, Role::Initiator, a, &pins[0], patience),
        RelayLane::open(&portal, &parties, Role::Responder, b, &pins[1], patience),
    );
    [a, b]
}

fn right_pins(identities: &[Identity; 2]) -> [Digest32; 2] {
    [identities[1].public().noise, identities[0].public().noise]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_relay_carries_messages_both_ways() {
    let [a, b] = relay(Portal::new(|_, frame| frame), right_pins).await;
    prove(Arc::new(a.unwrap()), Arc::new(b.unwrap()), LaneKind::Relay, 600).await;
}

#[tokio::test]
async fn the_relay_refuses_other_keys_and_changed_frames() {
    let mallory = Identity::generate().unwrap().public().noise;
    let [_, responder] = relay(Portal::new(|_, frame| frame), |right| [right_pins(right)[0], mallory]).await;
    assert!(matches!(responder, Err(LaneError::WrongPeer(_))));

    // Frame 0 is the hello: the third message is changed on its way.
    let flip = |number, frame: Bytes| {
        let mut frame = frame.to_vec();
        frame[0] ^= u8::from(number == 3);
        frame.into()
    };
    let [a, b] = relay(Portal::new(flip), right_pins).await;
    let (a, b) = (a.unwrap(), b.unwrap());
    for word in ["one", "two", "three", "four"] {
        let _ = tokio::time::timeout(Duration::from_secs(1), a.send(word.into())).await;
    }
    assert_eq!(b.receive().await.unwrap(), "one");
    assert_eq!(b.receive().await.unwrap(), "two");
    assert!(matches!(b.receive().await, Err(LaneError::WrongPeer(_))));
    assert_eq!(b.receive().await, Err(LaneError::Closed));
}

#[test]
fn an_identity_is_the_same_after_a_restart() {
    let identity = Identity::generate().unwrap();
    let kept = identity.to_secret();
    let again = Identity::from_secret(&kept).unwrap();
    assert_eq!(again.public(), identity.public());
    assert_eq!(again.key_pkcs8(), identity.key_pkcs8());
    assert_ne!(Identity::generate().unwrap().public(), identity.public());
    assert!(!format!("{identity:?}").contains(&kept[kept.len() - 20..]), "secrets are not shown");
    for broken in ["", "deskside-identity-2:a:b:c", &kept[..kept.len() / 2], &kept.replace(':', "::")] {
        assert_eq!(Identity::from_secret(broken).unwrap_err(), IdentityError::NotReadable);
    }
}
