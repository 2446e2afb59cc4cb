//! Z20 A13: a portal between two people cannot show each an identity of its own without two different codes.
#![allow(clippy::unwrap_used, reason = "a panic here is a failed test")]

use deskside_proto::{
    Digest32, EndpointId, ParticipantId, PeerCapabilities, PeerIdentity, SessionId, SignalBody,
};
use deskside_transfer::meeting::{Meeting, MeetingError, Met, Parties, Party, Presentation, Role, Step};
use proptest::prelude::*;
use std::collections::VecDeque;

fn party(byte: u8) -> Party {
    Party { participant: ParticipantId([byte; 16]), endpoint: EndpointId([byte; 16]) }
}

fn presentation(byte: u8) -> Presentation {
    Presentation {
        identity: PeerIdentity { certificate: Digest32([byte; 32]), noise: Digest32([byte ^ 0xff; 32]) },
        capabilities: PeerCapabilities { quic: true, relay: true, message_max: 262_144, browser: false },
    }
}

fn parties() -> Parties {
    Parties::new(SessionId([7; 16]), party(1), party(2)).unwrap().0
}

fn meeting(role: Role, present: u8, nonce: u8) -> Meeting {
    Meeting::new(parties(), role, presentation(present), [nonce; 32])
}

/// One side with a counter for fresh nonces.
struct Side {
    meeting: Meeting,
    nonce: u8,
    met: Vec<Met>,
}

impl Side {
    fn new(role: Role, present: u8) -> Self {
        Self { meeting: meeting(role, present, present), nonce: present, met: Vec::new() }
    }

    fn take(&mut self, signal: &SignalBody) -> Result<Vec<SignalBody>, MeetingError> {
        self.nonce = self.nonce.wrapping_add(16);
        let steps = self.meeting.receive(signal, [self.nonce; 32])?;
        Ok(steps
            .into_iter()
            .filter_map(|step| match step {
                Step::Send(signal) => Some(signal),
                Step::Met(met) => {
                    self.met.push(met);
                    None
                }
            })
            .collect())
    }
}

/// Signals on their way to each of two sides.
type Wires = [VecDeque<SignalBody>; 2];

/// Deliver until nothing is on its way. `lose` drops the signals it says yes to.
fn run(sides: &mut [Side; 2], wires: &mut Wires, mut lose: impl FnMut() -> bool) -> Result<(), MeetingError> {
    for _ in 0..1000 {
        let Some(to) = (0..2).find(|to| !wires[*to].is_empty()) else { return Ok(()) };
        let signal = wires[to].pop_front().unwrap();
        if !lose() {
            let answers = sides[to].take(&signal)?;
            wires[1 - to].extend(answers);
        }
    }
    panic!("the two sides never stop talking");
}

fn pair() -> [Side; 2] {
    [Side::new(Role::Initiator, 1), Side::new(Role::Responder, 2)]
}

fn assert_met(sides: &[Side; 2]) {
    let [a, b] = [0, 1].map(|side| sides[side].met.last().expect("it met"));
    assert_eq!(a.code, b.code);
    assert_eq!(a.code.len(), 6);
    assert_eq!(a.peer, presentation(2));
    assert_eq!(b.peer, presentation(1));
}

#[test]
fn the_one_who_seeks_is_met() {
    let mut sides = pair();
    run(&mut sides, &mut [VecDeque::new(), [SignalBody::Seek].into()], || false).unwrap();
    assert_met(&sides);
}

#[test]
fn both_may_seek_at_once() {
    let mut sides = pair();
    run(&mut sides, &mut [[SignalBody::Seek].into(), [SignalBody::Seek].into()], || false).unwrap();
    assert_met(&sides);
}

#[test]
fn the_smaller_party_initiates_and_nobody_meets_themselves() {
    let session = SessionId([7; 16]);
    let same_person = Party { endpoint: EndpointId([9; 16]), ..party(1) };
    assert_eq!(Parties::new(session, party(1), party(2)).unwrap().1, Role::Initiator);
    assert_eq!(Parties::new(session, party(2), party(1)).unwrap().1, Role::Responder);
    assert_eq!(Parties::new(session, party(1), same_person).unwrap().1, Role::Initiator);
    assert_eq!(
        Parties::new(session, party(1), party(2)).unwrap().0,
        Parties::new(session, party(2), party(1)).unwrap().0
    );
    assert_eq!(Parties::new(session, party(1), party(1)), None);
}

/// The man in the middle meets both sides, each under the other's name, with keys of his own.
#[test]
fn a_portal_with_its_own_keys_gives_two_codes() {
    let [mut a, mut b] = pair();
    let [mut as_b, mut as_a] = [Side::new(Role::Responder, 66), Side::new(Role::Initiator, 66)];
    for (victim, mallory) in [(&mut a, &mut as_b), (&mut b, &mut as_a)] {
        let mut signals: VecDeque<_> = [SignalBody::Seek].into();
        while let Some(signal) = signals.pop_front() {
            for answer in victim.take(&signal).unwrap() {
                signals.extend(mallory.take(&answer).unwrap());
            }
        }
    }
    assert_eq!(a.met[0].peer, presentation(66), "the attack reached its aim");
    assert_eq!(b.met[0].peer, presentation(66), "the attack reached its aim");
    assert_ne!(a.met[0].code, b.met[0].code);
}

fn commitment(signals: &[SignalBody]) -> SignalBody {
    signals.iter().find(|signal| matches!(signal, SignalBody::Commit { .. })).unwrap().clone()
}

fn reveal(signals: &[SignalBody]) -> SignalBody {
    signals.iter().find(|signal| matches!(signal, SignalBody::Reveal { .. })).unwrap().clone()
}

#[test]
fn nothing_is_revealed_before_the_other_committed() {
    let mut a = Side::new(Role::Initiator, 1);
    let said = a.take(&SignalBody::Seek).unwrap();
    assert!(matches!(said[..], [SignalBody::Commit { answer: false, .. }]));
    let early = SignalBody::Reveal {
        identity: presentation(2).identity,
        capabilities: presentation(2).capabilities,
        nonce: Digest32([2; 32]),
    };
    assert_eq!(a.take(&early).unwrap(), []);
    assert_eq!(a.met, []);
}

#[test]
fn what_is_revealed_must_be_what_was_committed_to() {
    let mut b = Side::new(Role::Responder, 2);
    let commit = commitment(&b.take(&SignalBody::Seek).unwrap());
    let mut a = Side::new(Role::Initiator, 1);
    let from_a = a.take(&commit).unwrap();
    let SignalBody::Reveal { identity, capabilities, nonce } = reveal(&b.take(&commitment(&from_a)).unwrap())
    else {
        unreachable!()
    };
    let other = presentation(66).identity;
    let changed = [
        SignalBody::Reveal { identity: other, capabilities, nonce },
        SignalBody::Reveal { identity: PeerIdentity { noise: other.noise, ..identity }, capabilities, nonce },
        SignalBody::Reveal { identity, capabilities, nonce: Digest32([9; 32]) },
        SignalBody::Reveal {
            identity,
            capabilities: PeerCapabilities { quic: false, ..capabilities },
            nonce,
        },
        SignalBody::Reveal {
            identity,
            capabilities: PeerCapabilities { message_max: 1, ..capabilities },
            nonce,
        },
    ];
    for signal in changed {
        let mut a = Side::new(Role::Initiator, 1);
        a.take(&commit).unwrap();
        assert_eq!(a.take(&signal), Err(MeetingError::BrokenCommitment), "{signal:?}");
    }
    a.take(&SignalBody::Reveal { identity, capabilities, nonce }).unwrap();
    assert_eq!(a.met.len(), 1);
}

#[test]
fn ones_own_words_and_those_of_other_pairs_come_to_nothing() {
    let mut a = Side::new(Role::Initiator, 1);
    let own_commit = commitment(&a.take(&SignalBody::Seek).unwrap());
    let own_reveal = reveal(&a.take(&own_commit).unwrap());
    assert_eq!(a.take(&own_reveal), Err(MeetingError::BrokenCommitment), "reflected");

    let elsewhere = Parties::new(SessionId([8; 16]), party(1), party(2)).unwrap().0;
    let mut b = Meeting::new(elsewhere, Role::Responder, presentation(2), [2; 32]);
    let commit = b.begin();
    let mut a = Side::new(Role::Initiator, 1);
    let from_a = a.take(&commit).unwrap();
    let steps = b.receive(&commitment(&from_a), [3; 32]).unwrap();
    let Some(Step::Send(shown)) = steps.last() else { panic!("{steps:?}") };
    assert_eq!(a.take(shown), Err(MeetingError::BrokenCommitment), "of another session");
}

/// After our nonce is out, a commitment could be fitted to it: ours must change first.
#[test]
fn a_second_commitment_meets_a_fresh_nonce() {
    let mut a = Side::new(Role::Initiator, 1);
    let first = a.take(&meeting(Role::Responder, 2, 2).begin()).unwrap();
    let second = a.take(&meeting(Role::Responder, 2, 3).begin()).unwrap();
    assert_ne!(commitment(&first), commitment(&second));
    assert_ne!(reveal(&first), reveal(&second));
}

#[test]
fn a_peer_that_forgot_us_is_met_again_and_one_that_never_ends_is_not() {
    let mut sides = pair();
    run(&mut sides, &mut [VecDeque::new(), [SignalBody::Seek].into()], || false).unwrap();
    sides[1].meeting = meeting(Role::Responder, 2, 99);
    run(&mut sides, &mut [[SignalBody::Seek].into(), VecDeque::new()], || false).unwrap();
    assert_met(&sides);
    assert_eq!(sides[0].met.len(), 2);
    assert_ne!(sides[0].met[0].code, sides[0].met[1].code);

    let mut a = Side::new(Role::Initiator, 1);
    let ended = (0..20).find_map(|nonce| a.take(&meeting(Role::Responder, 2, nonce).begin()).err());
    assert_eq!(ended, Some(MeetingError::TooManyRestarts));
}

proptest! {
    /// Z20: signals are ephemeral. Whatever is lost, beginning again brings both together, with one code.
    #[test]
    fn lost_signals_only_delay(losses in prop::collection::vec(any::<bool>(), 0..30)) {
        let mut sides = pair();
        let mut losses = losses.into_iter();
        run(&mut sides, &mut [[SignalBody::Seek].into(), [SignalBody::Seek].into()], || losses.next().unwrap_or(false)).unwrap();
        let again = sides[1].meeting.begin();
        run(&mut sides, &mut [[again].into(), VecDeque::new()], || false).unwrap();
        assert_met(&sides);
    }
}
