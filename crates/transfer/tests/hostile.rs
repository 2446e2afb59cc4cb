//! What peers do that no honest version does: a named rule, every transfer failed, bounded memory, and nothing written that was
//! not verified (A03, A10, Z20).
#![allow(clippy::unwrap_used, reason = "a panic here is a failed test")]

use std::sync::Arc;

use bytes::Bytes;
use deskside_proto::{AttachmentId, ParticipantId};
use deskside_transfer::{
    BrokenRule, Digest, Expected, Input, JOURNAL_EVERY_DEFAULT, Kind, LaneKind, Link, LinkConfig, Manifest,
    Output, Ranges, TransferFailure, TransferState,
    frame::{Ack, Frame, Hello, Message, MessageWriter, Named, Offer, Piece},
};
use proptest::prelude::*;

const MIB: u64 = 1 << 20;
const WINDOW: u64 = 4 * MIB;
const FILE: AttachmentId = AttachmentId([1; 16]);
/// Bytes of the file that the victim accepted.
const SIZE: u64 = 20 * MIB;

/// A link, and a peer that says whatever it likes.
struct Victim {
    link: Link,
    now: u64,
    said: u64,
    outputs: Vec<Output>,
}

impl Victim {
    fn new() -> Self {
        let config = LinkConfig {
            peer: ParticipantId([2; 16]),
            incarnation: 1,
            window_bytes: WINDOW,
            journal_every: JOURNAL_EVERY_DEFAULT,
        };
        let mut victim = Self { link: Link::new(config), now: 0, said: 0, outputs: Vec::new() };
        victim.up(0);
        victim
    }

    fn up(&mut self, carrier: u32) {
        self.input(Input::CarrierUp { carrier, kind: LaneKind::Webrtc, max_message: 64 << 10, rank: 1 });
        self.input(Input::Writable { carrier, free_bytes: 1 << 30 });
    }

    fn greeted() -> Self {
        let mut victim = Self::new();
        victim.frame(&hello());
        victim
    }

    /// Accepted, offered, listed, prepared: pieces may come.
    fn receiving() -> Self {
        let mut victim = Self::greeted();
        victim.accept();
        victim.say(Message::Offer(offer(1, FILE)));
        let bytes = manifest().encoded().clone();
        victim.say(Message::List { handle: 1, bytes });
        victim.input(Input::Prepared { attachment: FILE, result: Ok(()) });
        victim
    }

    /// It offered, and the peer wants it.
    fn sending() -> Self {
        let mut victim = Self::greeted();
        victim.input(Input::Offer { attachment: FILE, manifest: Arc::new(manifest()), standing: None });
        victim.say(Message::Wanted { handle: 1 });
        victim
    }

    fn accept(&mut self) {
        let expected = Expected { kind: Kind::File, size: SIZE, files: 1 };
        self.input(Input::Accept { attachment: FILE, expected, standing: None });
    }

    fn input(&mut self, input: Input) {
        self.link.handle(self.now, input);
        while let Some(output) = self.link.poll_output() {
            if let Output::Read { attachment, block, place } = output {
                let result = Ok(Bytes::from(vec![7; place.len as usize]));
                self.link.handle(self.now, Input::ReadDone { attachment, block, result });
            }
            self.outputs.push(output);
        }
        assert!(self.link.stats().memory <= 2 * WINDOW + (5 << 20), "{}", self.link.stats().memory);
    }

    fn frame(&mut self, frame: &Frame) {
        let mut out = MessageWriter::default();
        out.frame(frame);
        self.input(Input::Received { carrier: 0, bytes: out.done() });
    }

    fn say(&mut self, message: Message) {
        self.said += 1;
        let number = self.said;
        self.frame(&Frame::Message { number, message });
    }

    fn piece(&mut self, block: u64, offset: u32, bytes: &[u8]) {
        let value = value_of(block);
        self.frame(&Frame::Piece(piece(block, offset, bytes, value)));
    }

    fn broken(&self) -> Option<BrokenRule> {
        self.outputs.iter().find_map(|output| match output {
            Output::Broken { rule } => Some(*rule),
            _ => None,
        })
    }

    fn state(&self) -> TransferState {
        self.link.view(FILE).unwrap().state
    }

    fn wrote(&self) -> bool {
        self.outputs.iter().any(|output| matches!(output, Output::Write { .. } | Output::Finish { .. }))
    }
}

fn manifest() -> Manifest {
    Manifest::file("report.pdf", SIZE).unwrap()
}

fn offer(handle: u32, attachment: AttachmentId) -> Offer {
    let manifest_len = manifest().encoded().len() as u32;
    let manifest_hash = *manifest().hash();
    Offer { handle, attachment, kind: Kind::File, files: 1, size: SIZE, manifest_len, manifest_hash }
}

fn hello() -> Frame {
    Frame::Hello(Hello { version: 1, incarnation: 1, window: 1 << 40, window_blocks: 1024 })
}

/// The value of a block of sevens.
fn value_of(block: u64) -> Digest {
    manifest().layout().value(block, &vec![7; MIB as usize]).unwrap_or_default()
}

fn piece(block: u64, offset: u32, bytes: &[u8], value: Digest) -> Piece {
    Piece { handle: 1, round: 1, block, value, offset, bytes: Bytes::copy_from_slice(bytes) }
}

fn all(blocks: std::ops::Range<u64>) -> Ranges {
    std::iter::once(blocks).collect()
}

type Attack = (&'static str, fn() -> Victim, fn(&mut Victim), BrokenRule);

const ATTACKS: &[Attack] = &[
    (
        "garbage",
        Victim::greeted,
        |v| v.input(Input::Received { carrier: 0, bytes: Bytes::from_static(&[4, 200, 1]) }),
        BrokenRule::Unreadable,
    ),
    (
        "a giant message",
        Victim::greeted,
        |v| v.input(Input::Received { carrier: 0, bytes: vec![99; 1 << 20].into() }),
        BrokenRule::Unreadable,
    ),
    ("two greetings", Victim::greeted, |v| v.frame(&hello()), BrokenRule::Greeting),
    (
        "version 0",
        Victim::new,
        |v| v.frame(&Frame::Hello(Hello { version: 0, incarnation: 1, window: 1, window_blocks: 1 })),
        BrokenRule::Greeting,
    ),
    (
        "a gap",
        Victim::greeted,
        |v| v.frame(&Frame::Message { number: 3, message: Message::Wanted { handle: 1 } }),
        BrokenRule::Order,
    ),
    (
        "bytes never sent",
        Victim::greeted,
        |v| v.frame(&Frame::Ack(Ack { bytes: 1 << 40, message: 0 })),
        BrokenRule::Acknowledged,
    ),
    (
        "messages never sent",
        Victim::greeted,
        |v| v.frame(&Frame::Ack(Ack { bytes: 0, message: 9 })),
        BrokenRule::Acknowledged,
    ),
    ("a piece of nothing", Victim::greeted, |v| v.piece(0, 0, b"x"), BrokenRule::UnknownTransfer),
    (
        "an answer to nothing",
        Victim::greeted,
        |v| v.say(Message::Wanted { handle: 1 }),
        BrokenRule::UnknownTransfer,
    ),
    (
        "a cancel of nothing",
        Victim::greeted,
        |v| v.say(Message::Cancel { of: Named { mine: true, handle: 1 } }),
        BrokenRule::UnknownTransfer,
    ),
    (
        "handle 0",
        Victim::receiving,
        |v| v.say(Message::Digest { handle: 0, digest: [0; 32] }),
        BrokenRule::UnknownTransfer,
    ),
    (
        "65 offers",
        Victim::greeted,
        |v| (1..=65).for_each(|n| v.say(Message::Offer(offer(n, AttachmentId([n as u8; 16]))))),
        BrokenRule::Offers,
    ),
    (
        "an offer twice",
        Victim::greeted,
        |v| (1..=2).for_each(|n| v.say(Message::Offer(offer(n, FILE)))),
        BrokenRule::Offers,
    ),
    (
        "a handle twice",
        Victim::greeted,
        |v| (1..=2).for_each(|n| v.say(Message::Offer(offer(1, AttachmentId([n; 16]))))),
        BrokenRule::Offers,
    ),
    (
        "another size",
        accepting,
        |v| v.say(Message::Offer(Offer { size: 5, ..offer(1, FILE) })),
        BrokenRule::NotAsExpected,
    ),
    (
        "another kind",
        accepting,
        |v| v.say(Message::Offer(Offer { kind: Kind::Folder, ..offer(1, FILE) })),
        BrokenRule::NotAsExpected,
    ),
    (
        "a giant list",
        accepting,
        |v| v.say(Message::Offer(Offer { manifest_len: 17 << 20, ..offer(1, FILE) })),
        BrokenRule::NotAsExpected,
    ),
    (
        "a longer list",
        offered,
        |v| v.say(Message::List { handle: 1, bytes: vec![1; 5000].into() }),
        BrokenRule::NotAsExpected,
    ),
    (
        "another list",
        offered,
        |v| {
            let m = Manifest::file("reporT.pdf", SIZE).unwrap();
            v.say(Message::List { handle: 1, bytes: m.encoded().clone() })
        },
        BrokenRule::NotAsExpected,
    ),
    (
        "a list of nonsense",
        offered,
        |v| {
            let len = manifest().encoded().len();
            v.say(Message::List { handle: 1, bytes: vec![0; len].into() })
        },
        BrokenRule::Unreadable,
    ),
    (
        "a list twice",
        Victim::receiving,
        |v| v.say(Message::List { handle: 1, bytes: manifest().encoded().clone() }),
        BrokenRule::State,
    ),
    (
        "a list not asked for",
        Victim::greeted,
        |v| {
            v.say(Message::Offer(offer(1, FILE)));
            v.say(Message::List { handle: 1, bytes: manifest().encoded().clone() })
        },
        BrokenRule::State,
    ),
    (
        "a piece not asked for",
        Victim::greeted,
        |v| {
            v.say(Message::Offer(offer(1, FILE)));
            v.piece(0, 0, b"x")
        },
        BrokenRule::State,
    ),
    ("a piece too early", offered, |v| v.piece(0, 0, b"x"), BrokenRule::State),
    (
        "a later round",
        Victim::receiving,
        |v| v.frame(&Frame::Piece(Piece { round: 2, ..piece(0, 0, b"x", [0; 32]) })),
        BrokenRule::State,
    ),
    ("a block too many", Victim::receiving, |v| v.piece(20, 0, b"x"), BrokenRule::Piece),
    ("beyond the block", Victim::receiving, |v| v.piece(0, (1 << 20) - 1, b"xy"), BrokenRule::Piece),
    ("an empty piece", Victim::receiving, |v| v.piece(0, 0, b""), BrokenRule::Piece),
    ("crumbs", Victim::receiving, |v| (0..1100).for_each(|n| v.piece(0, n * 2, b"x")), BrokenRule::Piece),
    (
        "two values",
        Victim::receiving,
        |v| {
            v.piece(0, 0, b"x");
            v.frame(&Frame::Piece(piece(0, 9, b"x", [9; 32])))
        },
        BrokenRule::Value,
    ),
    (
        "a wrong block",
        Victim::receiving,
        |v| (0..16).for_each(|n| v.piece(0, n << 16, &[n as u8; 1 << 16])),
        BrokenRule::Value,
    ),
    (
        "more than the window",
        Victim::receiving,
        |v| (0..9).for_each(|n| v.piece(n, 0, b"x")),
        BrokenRule::Window,
    ),
    (
        "a question about everything",
        Victim::receiving,
        |v| v.say(Message::Ask { handle: 1, blocks: all(0..1 << 60) }),
        BrokenRule::State,
    ),
    (
        "round 0",
        Victim::sending,
        |v| v.say(Message::Begin { handle: 1, round: 0, verified: Ranges::new() }),
        BrokenRule::State,
    ),
    (
        "verified beyond the end",
        Victim::sending,
        |v| v.say(Message::Verified { handle: 1, blocks: all(0..21) }),
        BrokenRule::Piece,
    ),
    ("giving up on us", Victim::sending, |v| v.frame(&Frame::Broken), BrokenRule::ToldByPeer),
    (
        "questions without end",
        Victim::receiving,
        |v| (0..40_000).for_each(|_| v.say(Message::Ask { handle: 1, blocks: all(0..20) })),
        BrokenRule::NeverAcknowledges,
    ),
];

fn accepting() -> Victim {
    let mut victim = Victim::greeted();
    victim.accept();
    victim
}

fn offered() -> Victim {
    let mut victim = accepting();
    victim.say(Message::Offer(offer(1, FILE)));
    victim
}

/// A carrier that lost its beginning is replaced, once; what comes over it means nothing.
#[test]
fn a_carrier_without_a_greeting_is_replaced() {
    let mut victim = Victim::new();
    for _ in 0..3 {
        victim.frame(&Frame::Ack(Ack { bytes: 1 << 40, message: 7 }));
        victim.frame(&hello());
    }
    let replaced = victim.outputs.iter().filter(|output| matches!(output, Output::Replace { carrier: 0 }));
    assert_eq!(replaced.count(), 1);
    assert!(!victim.outputs.iter().any(|output| matches!(output, Output::Broken { .. })));
}

#[test]
fn attacks_end_the_link_with_their_rule() {
    for (name, begin, attack, rule) in ATTACKS {
        let mut victim = begin();
        assert_eq!(victim.broken(), None, "{name}");
        attack(&mut victim);
        assert_eq!(victim.broken(), Some(*rule), "{name}");
        assert!(victim.link.is_broken() && !victim.wrote(), "{name}");
        let failure = TransferFailure::PeerBrokeRules;
        for view in victim.link.views() {
            assert_eq!(view.state, TransferState::Failed { failure }, "{name}");
        }
        let told = |output: &Output| matches!(output, Output::Send { bytes, .. } if bytes[..] == [5, 0]);
        assert_eq!(
            victim.outputs.iter().any(told),
            *rule != BrokenRule::ToldByPeer,
            "{name}: the peer is told"
        );
        // From then on it is deaf.
        let before = victim.outputs.len();
        victim.frame(&hello());
        victim.up(7);
        assert_eq!(
            (victim.outputs.len(), victim.link.next_deadline(), victim.link.stats().memory),
            (before, None, 0)
        );
    }
}

/// A10: a list of names that leave their folder: nothing is written, and the sender is told.
#[test]
fn unsafe_names_fail_the_transfer() {
    // As `Manifest` encodes it, with a name that it would refuse.
    let encoded = Bytes::from_static(b"\x01\x01\x01\x07../evil\x06");
    let hash = *blake3::hash(&encoded).as_bytes();
    let mut victim = Victim::greeted();
    let expected = Expected { kind: Kind::Folder, size: 5, files: 1 };
    victim.input(Input::Accept { attachment: FILE, expected, standing: None });
    let (manifest_len, kind) = (encoded.len() as u32, Kind::Folder);
    victim.say(Message::Offer(Offer { kind, size: 5, manifest_len, manifest_hash: hash, ..offer(1, FILE) }));
    victim.say(Message::List { handle: 1, bytes: encoded });
    assert_eq!(victim.state(), TransferState::Failed { failure: TransferFailure::UnsafeNames });
    assert!(!victim.wrote() && !victim.link.is_broken());
    assert!(!victim.outputs.iter().any(|output| matches!(output, Output::Prepare { .. })));
}

/// A03: a sender whose digest is not that of its blocks: done on neither side.
#[test]
fn another_digest_fails_the_transfer() {
    let mut victim = Victim::receiving();
    for block in 0..20 {
        for part in 0..16 {
            victim.piece(block, part << 16, &[7; 1 << 16]);
        }
        victim.input(Input::WriteDone { attachment: FILE, block, result: Ok(()) });
    }
    assert_eq!(victim.state(), TransferState::Moving);
    victim.say(Message::Digest { handle: 1, digest: [3; 32] });
    assert_eq!(victim.state(), TransferState::Failed { failure: TransferFailure::DigestMismatch });
    assert!(!victim.outputs.iter().any(|output| matches!(output, Output::Finish { .. })));
}

/// A receiver that claims to have stored something else does not make a sender say "done".
#[test]
fn a_receiver_that_lies_about_the_digest() {
    let mut victim = Victim::sending();
    victim.say(Message::Begin { handle: 1, round: 1, verified: Ranges::new() });
    victim.say(Message::Stored { handle: 1, digest: [3; 32] });
    assert_eq!(victim.state(), TransferState::Failed { failure: TransferFailure::DigestMismatch });
}

/// A receiver that never acknowledges gets one window's worth, and no more memory.
#[test]
fn a_receiver_that_never_acknowledges() {
    let mut victim = Victim::sending();
    victim.say(Message::Begin { handle: 1, round: 1, verified: Ranges::new() });
    for _ in 0..400 {
        victim.now += 100;
        victim.input(Input::Writable { carrier: 0, free_bytes: 1 << 30 });
        victim.input(Input::Tick);
    }
    let sent = victim.link.stats().content_sent;
    assert!(sent > 0 && sent <= WINDOW, "{sent}");
    let stalled = |output: &&Output| matches!(output, Output::Stalled { .. });
    let replace = |output: &&Output| matches!(output, Output::Replace { .. });
    assert_eq!(victim.outputs.iter().filter(stalled).count(), 1);
    assert!(victim.outputs.iter().filter(replace).count() >= 7);
}

/// Later versions say more: what this one does not know is skipped.
#[test]
fn unknown_words_are_skipped() {
    let mut victim = Victim::receiving();
    victim.input(Input::Received { carrier: 0, bytes: Bytes::from_static(&[77, 3, 1, 2, 3]) });
    victim.said += 1;
    let message = [3, 3, victim.said as u8, 99, 1];
    victim.input(Input::Received { carrier: 0, bytes: Bytes::copy_from_slice(&message) });
    victim.piece(0, 0, b"\x07");
    assert_eq!((victim.state(), victim.broken()), (TransferState::Moving, None));
}

fn any_message() -> impl Strategy<Value = Message> {
    let ranges = prop::collection::vec((0u64..40, 0u64..9), 0..4)
        .prop_map(|parts| parts.into_iter().map(|(start, len)| start..start + len).collect::<Ranges>());
    let small = 0u32..4;
    prop_oneof![
        (small.clone(), 0u8..4).prop_map(|(n, a)| Message::Offer(offer(n, AttachmentId([a; 16])))),
        small.clone().prop_map(|handle| Message::List { handle, bytes: manifest().encoded().clone() }),
        (small.clone(), ranges.clone()).prop_map(|(handle, blocks)| Message::Ask { handle, blocks }),
        small.clone().prop_map(|handle| Message::Digest { handle, digest: [7; 32] }),
        small.clone().prop_map(|handle| Message::Wanted { handle }),
        (small.clone(), small.clone(), ranges.clone()).prop_map(|(handle, round, verified)| Message::Begin {
            handle,
            round,
            verified
        }),
        (small.clone(), ranges.clone()).prop_map(|(handle, blocks)| Message::Verified { handle, blocks }),
        (small.clone(), 0u64..40, ranges).prop_map(|(handle, block, bytes)| Message::Have {
            handle,
            block,
            bytes
        }),
        small.clone().prop_map(|handle| Message::Stored { handle, digest: [7; 32] }),
        (small.clone(), any::<bool>(), any::<bool>())
            .prop_map(|(handle, mine, on)| Message::Pause { of: Named { mine, handle }, on }),
        (small, any::<bool>()).prop_map(|(handle, mine)| Message::Cancel { of: Named { mine, handle } }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Well-formed words in any order: no panic, bounded memory (checked after each), no unverified byte written.
    #[test]
    fn any_words_in_any_order(messages in prop::collection::vec(any_message(), 0..40), sends: bool, receives: bool) {
        let mut victim = Victim::greeted();
        if sends {
            victim.input(Input::Offer { attachment: AttachmentId([3; 16]), manifest: Arc::new(manifest()), standing: None });
        }
        if receives {
            victim.accept();
        }
        for message in messages {
            victim.say(message);
            victim.now += 700;
            victim.input(Input::Tick);
            victim.piece(victim.now % 21, 5, b"xyz");
        }
        prop_assert!(!victim.wrote());
    }
}
