//! What two links do with each other, case by case (Z20; A02 A03 A10 A11 A12 A13).
#![allow(clippy::unwrap_used, reason = "a panic here is a failed test")]

mod harness;

use deskside_transfer::{
    Entry, Input, LaneKind, Manifest, Output, PausedBy, ReadFailure, Side, StallReason, TransferFailure,
    TransferState, What, WriteFailure,
};
use harness::{End, Line, MIB, WINDOW, World, content, id};

/// End 0 offers `bytes`, end 1 accepts.
fn offer(world: &mut World, n: u8, bytes: Vec<u8>) {
    let input = world.ends[0].file(id(n), bytes);
    accept(world, 0, n);
    world.say(0, input);
}

fn accept(world: &mut World, from: usize, n: u8) {
    let manifest = world.ends[from].sources[&id(n)].0.clone();
    let input = world.ends[1 - from].accept(id(n), &manifest);
    world.say(1 - from, input);
}

fn arrived(end: &End, n: u8, bytes: &[u8]) {
    assert_eq!(end.state(id(n)), TransferState::Done);
    assert!(end.finished.contains(&id(n)));
    let nothing = Vec::new();
    let got = end.disk.get(&id(n)).and_then(|files| files.get(&0)).unwrap_or(&nothing);
    assert!(got == bytes, "{} bytes instead of {}", got.len(), bytes.len());
    let digest = blake3::hash(bytes).to_hex().to_string();
    assert_eq!(end.link.view(id(n)).unwrap().digest, Some(digest));
}

/// Z20, A02: of any size, with the digest that everybody computes, each byte once.
#[test]
fn files_arrive_whole() {
    for len in [0, 1, 1023, 1024, 1025, MIB - 1, MIB, MIB + 1, 2 * MIB, 5 * MIB + 3] {
        let mut world = World::with_line(Line::webrtc());
        let bytes = content(len, len);
        offer(&mut world, 1, bytes.clone());
        assert!(world.run(60_000, World::both_over), "{len}: {:?}", world.ends[1].link.views());
        arrived(&world.ends[1], 1, &bytes);
        assert_eq!(world.ends[0].state(id(1)), TransferState::Done);
        assert_eq!(
            world.ends[0].link.view(id(1)).unwrap().digest,
            world.ends[1].link.view(id(1)).unwrap().digest
        );
        assert_eq!(world.ends[0].link.stats().content_sent, len);
        world.wait(500);
        assert_eq!(world.ends[0].link.stats().memory, 0);
        assert_eq!(world.ends[1].link.stats().memory, 0);
    }
}

/// A10: folders with empty files and empty folders, and the same digest on both sides.
#[test]
fn folders_arrive_whole() {
    let mut world = World::with_line(Line::webrtc());
    let file = |path: &str, size: u64| Entry { path: path.to_owned(), what: What::File(size) };
    let sizes = [0, 5, MIB + 9, 0, 3 * MIB, 1];
    let mut entries: Vec<Entry> =
        sizes.iter().enumerate().map(|(n, size)| file(&format!("a/{n}/x.txt"), *size)).collect();
    entries.insert(2, Entry { path: "empty".to_owned(), what: What::Folder });
    let files: Vec<Vec<u8>> =
        entries.iter().enumerate().map(|(n, entry)| content(n as u64, entry.size())).collect();
    let manifest = Manifest::folder(entries).unwrap();
    let input = world.ends[0].source(id(1), manifest.clone(), files.clone());
    world.say(0, input);
    accept(&mut world, 0, 1);
    assert!(world.run(60_000, World::both_over));
    assert_eq!(world.ends[1].state(id(1)), TransferState::Done);
    assert_eq!(world.ends[1].link.manifest(id(1)), Some(&manifest));
    for (n, bytes) in files.iter().enumerate().filter(|(_, bytes)| !bytes.is_empty()) {
        assert!(&world.ends[1].disk[&id(1)][&(n as u32)] == bytes, "file {n}");
    }
    let digests = [0, 1].map(|at: usize| world.ends[at].link.view(id(1)).unwrap().digest);
    assert!(digests[0].is_some() && digests[0] == digests[1]);
}

/// A10: a list too long for one message, and many small files within a few round trips.
#[test]
fn many_small_files_do_not_wait_for_each_other() {
    let mut world = World::with_line(Line { delay: 50, ..Line::quic() });
    let count: u64 = 3000;
    let path = |n: u64| format!("folder with a long name, number {}/file {n}.txt", n % 7);
    let entries = (0..count).map(|n| Entry { path: path(n), what: What::File(100 + n % 5) }).collect();
    let files = (0..count).map(|n| content(n, 100 + n % 5)).collect();
    let input = world.ends[0].source(id(1), Manifest::folder(entries).unwrap(), files);
    world.say(0, input);
    accept(&mut world, 0, 1);
    let began = world.now;
    assert!(world.run(60_000, World::both_over));
    assert_eq!(world.ends[1].state(id(1)), TransferState::Done);
    assert!(world.now - began < 2_500, "{} ms", world.now - began);
}

/// Z20: a long and fast line is filled.
#[test]
fn long_lines_are_filled() {
    let mut world = World::with_line(Line { delay: 30, speed: 50_000, buffer: 4 << 20, ..Line::quic() });
    let bytes = content(1, 64 * MIB);
    offer(&mut world, 1, bytes.clone());
    let began = world.now;
    assert!(world.run(60_000, World::both_over));
    arrived(&world.ends[1], 1, &bytes);
    // The line alone needs 1340 ms, and the beginning a few round trips.
    assert!(world.now - began < 2_500, "{} ms", world.now - began);
}

#[test]
fn either_may_come_first_and_both_ways_at_once() {
    let mut world = World::with_line(Line::webrtc());
    let (here, there) = (content(1, 3 * MIB), content(2, 2 * MIB + 5));
    offer(&mut world, 1, here.clone());
    offer(&mut world, 2, content(3, 0));
    let input = world.ends[1].file(id(3), there.clone());
    world.say(1, input);
    world.wait(500);
    assert_eq!(world.ends[1].state(id(3)), TransferState::Waiting);
    accept(&mut world, 1, 3);
    assert!(world.run(60_000, World::both_over));
    arrived(&world.ends[1], 1, &here);
    arrived(&world.ends[1], 2, &[]);
    arrived(&world.ends[0], 3, &there);
}

/// Z20: more files than a peer takes offers wait for their turn.
#[test]
fn a_hundred_files() {
    let mut world = World::with_line(Line::webrtc());
    for n in 1..=100 {
        offer(&mut world, n, content(n.into(), 5_000));
    }
    assert!(world.run(60_000, World::both_over));
    for n in 1..=100 {
        arrived(&world.ends[1], n, &content(n.into(), 5_000));
    }
}

/// A11: paused by either, and by both until both resumed; nothing is sent again.
#[test]
fn pauses() {
    for (pausing, resuming) in [(vec![0], vec![0]), (vec![1], vec![1]), (vec![0, 1], vec![1, 0])] {
        let mut world = World::with_line(Line::webrtc());
        let bytes = content(4, 6 * MIB);
        offer(&mut world, 1, bytes.clone());
        world.wait(500);
        assert_eq!(world.ends[1].state(id(1)), TransferState::Moving);
        for at in &pausing {
            world.say(*at, Input::Pause { attachment: id(1) });
        }
        world.wait(1_000);
        let expected = |at: usize| match (pausing.len(), pausing[0] == at) {
            (2, _) => PausedBy::Both,
            (_, true) => PausedBy::You,
            (_, false) => PausedBy::Peer,
        };
        let before = world.ends[1].link.view(id(1)).unwrap().done;
        for at in 0..2 {
            let view = world.ends[at].link.view(id(1)).unwrap();
            assert_eq!((view.state, view.rate), (TransferState::Paused { by: expected(at) }, 0));
        }
        world.wait(60_000);
        assert_eq!(world.ends[1].link.view(id(1)).unwrap().done, before, "nothing moves");
        for at in &resuming {
            assert_ne!(world.ends[0].state(id(1)), TransferState::Moving);
            world.say(*at, Input::Resume { attachment: id(1) });
            world.wait(50);
        }
        assert!(world.run(60_000, World::both_over));
        arrived(&world.ends[1], 1, &bytes);
        assert_eq!(world.ends[0].link.stats().content_sent, 6 * MIB);
    }
}

/// A11: a paused transfer holds nothing up.
#[test]
fn a_pause_is_for_one_transfer() {
    let mut world = World::with_line(Line::webrtc());
    let paused: Vec<u8> = (1..=9).collect();
    for n in &paused {
        offer(&mut world, *n, content(1, 3 * MIB));
        world.wait(150);
        world.say(0, Input::Pause { attachment: id(*n) });
    }
    let bytes = content(2, 3 * MIB);
    offer(&mut world, 20, bytes.clone());
    assert!(world.run(60_000, |world| world.ends[1].finished.contains(&id(20))));
    assert_eq!(world.ends[1].finished.len(), 1);
    for n in paused {
        world.say(0, Input::Resume { attachment: id(n) });
    }
    assert!(world.run(60_000, World::both_over));
    assert_eq!(world.ends[1].finished.len(), 10);
}

/// A11: cancelled by either, also before the offer came; others go on.
#[test]
fn cancels() {
    for at in 0..2 {
        let mut world = World::with_line(Line::webrtc());
        let bytes = content(5, 4 * MIB);
        offer(&mut world, 1, content(4, 40 * MIB));
        offer(&mut world, 2, bytes.clone());
        world.wait(600);
        world.say(at, Input::Cancel { attachment: id(1) });
        assert!(world.run(60_000, World::both_over));
        assert_eq!(world.ends[at].state(id(1)), TransferState::Cancelled { by: Side::You });
        assert_eq!(world.ends[1 - at].state(id(1)), TransferState::Cancelled { by: Side::Peer });
        assert!(world.ends.iter().all(|end| end.ended.contains(&id(1)) && end.broken.is_none()));
        arrived(&world.ends[1], 2, &bytes);
        assert!(world.ends[0].link.stats().content_sent < 20 * MIB);
    }
    let mut world = World::new();
    offer(&mut world, 1, content(4, MIB));
    world.say(1, Input::Cancel { attachment: id(1) });
    world.up(Line::webrtc());
    assert!(world.run(1_000, World::both_over));
    assert_eq!(world.ends[0].state(id(1)), TransferState::Cancelled { by: Side::Peer });
    // And once more, from the beginning.
    world.ends[1].ended.clear();
    world.ends[0].ended.clear();
    offer(&mut world, 1, content(4, MIB));
    assert!(world.run(10_000, World::both_over));
    arrived(&world.ends[1], 1, &content(4, MIB));
}

/// A12: a better lane takes over while it runs, and gives back when it goes; no byte goes twice.
#[test]
fn lanes_change_while_it_runs() {
    let mut world = World::new();
    let relay = world.up(Line::relay());
    let bytes = content(6, 24 * MIB);
    offer(&mut world, 1, bytes.clone());
    world.say(
        0,
        Input::Facts {
            code: Some("QX7R2K".into()),
            relayed_why: Some(deskside_transfer::RelayedWhy::NoPath),
        },
    );
    world.wait(2_000);
    let view = world.ends[0].link.view(id(1)).unwrap();
    assert_eq!((view.lane, view.code.as_deref()), (Some(LaneKind::Relay), Some("QX7R2K")));
    assert_eq!(view.relayed_why, Some(deskside_transfer::RelayedWhy::NoPath));
    assert!(view.rate > 300_000 && view.rate < 1_100_000 && view.seconds_left.is_some(), "{view:?}");
    let quic = world.up(Line::quic());
    world.wait(100);
    let before = world.carried(relay);
    world.wait(500);
    assert!(world.carried(relay) - before < 300 << 10, "content moved to the better lane");
    assert_eq!(world.ends[0].link.view(id(1)).unwrap().lane, Some(LaneKind::Quic));
    assert_eq!(world.ends[0].link.view(id(1)).unwrap().relayed_why, None);
    world.down(quic);
    world.wait(1_000);
    assert_eq!(world.ends[0].link.view(id(1)).unwrap().lane, Some(LaneKind::Relay));
    assert!(world.run(120_000, World::both_over));
    arrived(&world.ends[1], 1, &bytes);
    assert_eq!(world.ends[1].link.stats().content_received_again, 0);
}

/// A12: all connections of the best rank carry content at once.
#[test]
fn several_connections_carry_together() {
    let mut world = World::new();
    let lines: Vec<u32> = (0..4).map(|_| world.up(Line::webrtc())).collect();
    let bytes = content(6, 16 * MIB);
    offer(&mut world, 1, bytes.clone());
    let began = world.now;
    assert!(world.run(60_000, World::both_over));
    arrived(&world.ends[1], 1, &bytes);
    assert!(lines.iter().all(|line| world.carried(*line) > MIB), "each carries its share");
    assert!(world.now - began < 2_500, "{} ms, one alone needs 3400", world.now - began);
}

/// P01, A12: a line that dies without a word is noticed, told twice, and what it swallowed goes again.
#[test]
fn silence_is_noticed() {
    let mut world = World::with_line(Line::webrtc());
    let bytes = content(7, 12 * MIB);
    offer(&mut world, 1, bytes.clone());
    world.wait(700);
    world.silence(0);
    let silent_at = world.now;
    world.wait(6_000);
    // Both ends have something on it, and say so.
    let first =
        |alarm: Output| world.alarms.iter().find(|(_, told)| *told == alarm).map(|(at, _)| at - silent_at);
    let stalled = first(Output::Stalled { carrier: 0 });
    let replace = first(Output::Replace { carrier: 0 });
    assert!(stalled.is_some_and(|at| (2_400..2_700).contains(&at)), "{:?}", world.alarms);
    assert!(replace.is_some_and(|at| (4_900..5_200).contains(&at)), "{:?}", world.alarms);
    world.up(Line::webrtc());
    assert!(world.run(60_000, World::both_over));
    arrived(&world.ends[1], 1, &bytes);
    assert_eq!(world.ends[1].link.stats().content_received_again, 0);
    assert!(world.ends[0].link.stats().content_sent < 12 * MIB + WINDOW);
}

/// P01: without any line it connects, then says that nobody is there, and goes on when somebody is.
#[test]
fn without_lines_it_waits() {
    let mut world = World::with_line(Line::webrtc());
    let bytes = content(7, 6 * MIB);
    offer(&mut world, 1, bytes.clone());
    world.wait(600);
    world.down_all();
    assert_eq!(world.ends[0].state(id(1)), TransferState::Connecting);
    world.wait(25_000);
    for end in &world.ends {
        assert_eq!(end.state(id(1)), TransferState::Stalled { why: StallReason::Unreachable });
    }
    world.up(Line::relay());
    assert!(world.run(60_000, World::both_over));
    arrived(&world.ends[1], 1, &bytes);
    assert_eq!(world.ends[1].link.stats().content_received_again, 0);
}

/// A13: a full disk, a place that is missing: both sides say so; it goes on when mended, by itself or when told.
#[test]
fn stalls_at_the_receiver() {
    for (failure, why) in [
        (WriteFailure::DiskFull, StallReason::DiskFull),
        (WriteFailure::Disk, StallReason::DiskError),
        (WriteFailure::NoPlace, StallReason::NeedsPlace),
    ] {
        for (before, after) in [(0, 1_000), (600, 8_000)] {
            let mut world = World::with_line(Line::webrtc());
            let bytes = content(8, 9 * MIB);
            if before == 0 {
                world.ends[1].writes_fail = Some(failure);
            }
            offer(&mut world, 1, bytes.clone());
            world.wait(before);
            world.ends[1].writes_fail = Some(failure);
            world.wait(after);
            for end in &world.ends {
                assert_eq!(end.state(id(1)), TransferState::Stalled { why }, "{before}");
            }
            world.ends[1].writes_fail = None;
            if failure == WriteFailure::NoPlace {
                world.wait(20_000);
                assert_eq!(world.ends[1].state(id(1)), TransferState::Stalled { why });
                world.say(1, Input::Mend { attachment: id(1) });
            }
            assert!(world.run(60_000, World::both_over), "{why:?} {:?}", world.ends[1].link.views());
            arrived(&world.ends[1], 1, &bytes);
            assert!(world.ends[0].link.stats().content_sent <= 9 * MIB + 2 * WINDOW);
        }
    }
}

/// A13: what is sent is away for a while.
#[test]
fn stalls_at_the_sender() {
    let mut world = World::with_line(Line::webrtc());
    let bytes = content(8, 9 * MIB);
    offer(&mut world, 1, bytes.clone());
    world.wait(600);
    world.ends[0].reads_fail = Some(ReadFailure::Gone);
    world.wait(8_000);
    for end in &world.ends {
        assert_eq!(end.state(id(1)), TransferState::Stalled { why: StallReason::NeedsSource });
    }
    world.ends[0].reads_fail = None;
    world.say(0, Input::Mend { attachment: id(1) });
    assert!(world.run(60_000, World::both_over));
    arrived(&world.ends[1], 1, &bytes);
}

/// A03: a source that changes on the way fails on both sides, whether the disk says so or only the content.
#[test]
fn changed_sources_are_never_spliced() {
    for told in [true, false] {
        let mut world = World::with_line(Line::webrtc());
        offer(&mut world, 1, content(9, 9 * MIB));
        world.wait(800);
        world.restart(1);
        // What was read and not stored is read again.
        world.ends[0].sources.get_mut(&id(1)).unwrap().1[0] = content(10, 9 * MIB - u64::from(!told));
        world.ends[0].reads_fail = told.then_some(ReadFailure::Changed);
        world.up(Line::webrtc());
        assert!(world.run(60_000, World::both_over));
        for end in &world.ends {
            let failure = TransferFailure::SourceChanged;
            assert_eq!(end.state(id(1)), TransferState::Failed { failure });
            assert!(end.finished.is_empty());
        }
    }
}

/// A03, P05: of the same length, and changed between two runs of the sender.
#[test]
fn a_source_changed_over_a_restart_is_noticed() {
    let mut world = World::with_line(Line::webrtc());
    offer(&mut world, 1, content(9, 9 * MIB));
    world.wait(1_200);
    world.down_all();
    world.wait(1_000);
    // The receiver forgets what it stored of the end, so that the sender reads it again.
    world.ends[1].journals.clear();
    world.restart(1);
    world.ends[0].sources.get_mut(&id(1)).unwrap().1[0] = content(10, 9 * MIB);
    world.restart(0);
    world.up(Line::webrtc());
    assert!(world.run(60_000, World::both_over));
    assert_eq!(world.ends[0].state(id(1)), TransferState::Failed { failure: TransferFailure::SourceChanged });
    assert!(world.ends[1].finished.is_empty());
}

/// P05, A12: either app ends in the middle; what was stored is not sent again.
#[test]
fn restarts_go_on_where_they_stopped() {
    for at in 0..2 {
        let mut world = World::with_line(Line::webrtc());
        let bytes = content(11, 20 * MIB);
        offer(&mut world, 1, bytes.clone());
        world.wait(2_500);
        let received = world.ends[1].link.stats().content_received;
        assert!(received > 6 * MIB && received < 16 * MIB, "{received}");
        world.restart(at);
        world.wait(500);
        world.up(Line::webrtc());
        let stats = |world: &World| world.ends[1].link.stats().content_received;
        let base = if at == 1 { 0 } else { received };
        assert!(world.run(60_000, World::both_over), "{:?}", world.ends[1].link.views());
        arrived(&world.ends[1], 1, &bytes);
        assert_eq!(world.ends[0].state(id(1)), TransferState::Done);
        // In 500 ms 2.5 MB come; those and what was under way may come again.
        assert!(stats(&world) - base <= 20 * MIB - received + 3 * MIB + WINDOW);
        assert_eq!(world.ends[0].broken.or(world.ends[1].broken), None);
    }
}

/// A12: the receiver was done, but the word of it was lost with the sender's app.
#[test]
fn a_sender_that_missed_the_end_is_told() {
    let mut world = World::with_line(Line::webrtc());
    let bytes = content(12, 3 * MIB);
    offer(&mut world, 1, bytes.clone());
    assert!(world.run(60_000, |world| world.ends[1].finished.contains(&id(1))));
    assert_ne!(world.ends[0].state(id(1)), TransferState::Done);
    world.restart(0);
    world.up(Line::webrtc());
    assert!(world.run(60_000, World::both_over));
    assert_eq!(world.ends[0].state(id(1)), TransferState::Done);
    arrived(&world.ends[1], 1, &bytes);
}
