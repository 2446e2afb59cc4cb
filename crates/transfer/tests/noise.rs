//! Z20 A13: what the portal relays it can neither read nor change.
#![allow(clippy::unwrap_used, reason = "a panic here is a failed test")]

use deskside_proto::{Digest32, EndpointId, ParticipantId, SessionId};
use deskside_transfer::meeting::{Parties, Party};
use deskside_transfer::noise::{
    CONTENT_MAX, Channel, Initiator, NoiseError, NoiseSecret, OVERHEAD, Pairing, respond,
};

fn parties(session: u8) -> Parties {
    let party = |byte| Party { participant: ParticipantId([byte; 16]), endpoint: EndpointId([byte; 16]) };
    Parties::new(SessionId([session; 16]), party(1), party(2)).unwrap().0
}

struct Keys {
    secret: NoiseSecret,
    public: Digest32,
}

fn keys(byte: u8) -> Keys {
    let secret = NoiseSecret::new([byte; 32]);
    Keys { public: secret.public().unwrap(), secret }
}

fn handshake(
    initiator: (&Keys, &Digest32, &Parties),
    responder: (&Keys, &Digest32, &Parties),
) -> Result<(Channel, Channel), NoiseError> {
    let (ours, peer, parties) = initiator;
    let (waiting, hello) = Initiator::new(&Pairing { parties, secret: &ours.secret, peer }, [11; 32])?;
    let (ours, peer, parties) = responder;
    let (theirs, answer) = respond(&Pairing { parties, secret: &ours.secret, peer }, [12; 32], &hello)?;
    Ok((waiting.finish(&answer)?, theirs))
}

fn channels() -> (Channel, Channel) {
    let (a, b, parties) = (keys(1), keys(2), parties(7));
    handshake((&a, &b.public, &parties), (&b, &a.public, &parties)).unwrap()
}

/// RFC 7748 §6.1: Bob's key pair.
#[test]
fn public_keys_are_those_of_the_standard() {
    let secret: Digest32 =
        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb".parse().unwrap();
    let public = NoiseSecret::new(secret.0).public().unwrap();
    assert_eq!(public.to_string(), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
}

#[test]
fn contents_arrive_both_ways_in_order() {
    let (mut a, mut b) = channels();
    for length in [0, 1, 32 << 10, CONTENT_MAX] {
        let content = vec![5; length];
        let frame = a.seal(&content).unwrap();
        assert_eq!(frame.len(), length + OVERHEAD);
        assert_eq!(b.open(&frame).unwrap(), content);
        let back = b.seal(&content).unwrap();
        assert_ne!(back, frame, "each direction has its own key");
        assert_eq!(a.open(&back).unwrap(), content);
    }
    assert_eq!(a.seal(&vec![0; CONTENT_MAX + 1]), Err(NoiseError::Length));
}

#[test]
fn somebody_elses_keys_and_another_session_are_refused() {
    let (a, b, mallory, here) = (keys(1), keys(2), keys(66), parties(7));
    let refused = |initiator, responder| matches!(handshake(initiator, responder), Err(NoiseError::Forged));
    assert!(refused((&mallory, &b.public, &here), (&b, &a.public, &here)), "in place of the initiator");
    assert!(refused((&a, &b.public, &here), (&mallory, &a.public, &here)), "in place of the responder");
    assert!(refused((&a, &b.public, &here), (&b, &a.public, &parties(8))), "in another session");
}

#[test]
fn a_changed_repeated_skipped_or_reflected_frame_ends_the_channel() {
    type Attack = fn(&mut Channel, &mut Channel) -> Vec<u8>;
    let attacks: [(&str, Attack); 5] = [
        ("changed", |a, _| {
            let mut frame = a.seal(b"pay 1").unwrap();
            frame[0] ^= 1;
            frame
        }),
        ("repeated", |a, b| {
            let frame = a.seal(b"pay 1").unwrap();
            b.open(&frame).unwrap();
            frame
        }),
        ("skipped", |a, _| {
            a.seal(b"do not").unwrap();
            a.seal(b"pay 1").unwrap()
        }),
        ("reflected", |_, b| b.seal(b"pay 1").unwrap()),
        ("cut", |a, _| a.seal(b"pay 1").unwrap()[..OVERHEAD].to_vec()),
    ];
    for (name, attack) in attacks {
        let (mut a, mut b) = channels();
        let frame = attack(&mut a, &mut b);
        assert_eq!(b.open(&frame), Err(NoiseError::Forged), "{name}");
        let honest = a.seal(b"later").unwrap();
        assert_eq!(b.open(&honest), Err(NoiseError::Closed), "{name}: nothing after it counts");
        assert_eq!(b.seal(b"later"), Err(NoiseError::Closed), "{name}");
    }
    let (_, mut b) = channels();
    assert_eq!(b.open(&[0; OVERHEAD - 1]), Err(NoiseError::Length));
}

#[test]
fn secrets_are_not_shown() {
    assert_eq!(format!("{:?}", NoiseSecret::new([7; 32])), "NoiseSecret(…)");
}
