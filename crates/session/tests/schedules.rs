//! Random schedules of a bad day against what must hold on any day (P08, P09): everything asked for is in the log exactly once
//! and in order, and everybody sees the same.
#![allow(clippy::unwrap_used, reason = "a panic here is a failed test")]

mod harness;

use std::collections::BTreeSet;

use deskside_proto::TxnId;
use deskside_session::Intent;
use deskside_timeline::{ItemKind, Target, TimelineItem};
use harness::{ME, OTHER, World, post};
use proptest::prelude::*;

/// Two devices of one person, and another person.
const OWNERS: [deskside_proto::ParticipantId; 3] = [ME, ME, OTHER];

#[derive(Debug, Clone)]
enum Act {
    Post,
    /// Of the message that stands at this place of the screen, counted from its end.
    Edit(usize),
    Delete(usize),
    React(usize, bool),
    Older,
    Read,
    Cut,
    Unreachable,
    Reachable,
    HalfOpen,
    Restart,
    DiskFull(bool),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        5 => Just(Act::Post),
        3 => (0..8_usize).prop_map(Act::Edit),
        2 => (0..8_usize).prop_map(Act::Delete),
        3 => (0..8_usize, any::<bool>()).prop_map(|(place, give)| Act::React(place, give)),
        2 => Just(Act::Older),
        1 => Just(Act::Read),
        1 => Just(Act::Cut),
        1 => Just(Act::Unreachable),
        2 => Just(Act::Reachable),
        1 => Just(Act::HalfOpen),
        1 => Just(Act::Restart),
        1 => any::<bool>().prop_map(Act::DiskFull),
    ]
}

#[derive(Debug, Clone)]
enum Event {
    Act(usize, Act),
    Step(u8),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (0..3_usize, act()).prop_map(|(device, act)| Event::Act(device, act)),
        2 => (1..12u8).prop_map(Event::Step),
    ]
}

/// The message at `place` from the end of what `device` shows; own ones only where `own`.
fn target(world: &World, device: usize, place: usize, own: bool) -> Option<Target> {
    let messages = world.devices[device].drawn.iter().rev().filter_map(|item| match &item.kind {
        ItemKind::Message(message) if message.own || !own => {
            Some(item.seq.map_or_else(|| Target::Own(item.key.parse().unwrap()), Target::Seq))
        }
        _ => None,
    });
    let messages: Vec<Target> = messages.collect();
    messages.get(place % messages.len().max(1)).copied()
}

fn play(world: &mut World, device: usize, act: Act, number: usize) {
    let emoji = |give: bool| if give { "👍" } else { "🎉" }.to_owned();
    let intent = match act {
        Act::Post => Some(post(&format!("p{number}"))),
        Act::Edit(place) => target(world, device, place, true).map(|target| Intent::Edit {
            target,
            text: format!("e{number}"),
            notify: true,
        }),
        Act::Delete(place) => target(world, device, place, true).map(|target| Intent::Delete { target }),
        Act::React(place, give) => target(world, device, place, false).map(|target| {
            if number % 3 == 0 {
                Intent::Unreact { target, emoji: emoji(give) }
            } else {
                Intent::React { target, emoji: emoji(give) }
            }
        }),
        Act::Older => Some(Intent::Older),
        Act::Read => Some(Intent::Read { seq: world.devices[device].client.head() }),
        Act::Cut => return world.cut_of(device),
        Act::Unreachable => {
            world.devices[device].reachable = false;
            return world.cut_of(device);
        }
        Act::Reachable => return world.devices[device].reachable = true,
        Act::HalfOpen => return world.devices[device].half_open = true,
        Act::Restart => return world.restart_of(device),
        Act::DiskFull(full) => return world.devices[device].disk_full = full,
    };
    if let Some(intent) = intent {
        world.intent_of(device, intent);
    }
}

/// What two screens have in common: everything but whose it is.
fn without_owner(items: &[TimelineItem]) -> Vec<TimelineItem> {
    let mut items = items.to_vec();
    for item in &mut items {
        item.key.clear();
        match &mut item.kind {
            ItemKind::Message(message) => {
                (message.own, message.edit_until, message.delete_until) = (false, None, None);
                for reaction in &mut message.reactions {
                    reaction.own = false;
                    reaction.names.clear();
                }
            }
            ItemKind::Deleted { own, deleted_by_own, .. } => (*own, *deleted_by_own) = (false, false),
            ItemKind::Notice { .. } | ItemKind::Unknown => {}
        }
    }
    items
}

/// Rows that are not the same.
fn differences(
    seen: &[TimelineItem],
    expected: &[TimelineItem],
) -> Vec<(Option<TimelineItem>, Option<TimelineItem>)> {
    let rows = 0..seen.len().max(expected.len());
    let pairs = rows.map(|row| (seen.get(row).cloned(), expected.get(row).cloned()));
    pairs.filter(|(seen, expected)| seen != expected).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(300)))]

    #[test]
    fn nothing_is_lost_doubled_or_reordered(seed in any::<u64>(), events in prop::collection::vec(event(), 1..120)) {
        let mut world = World::with(seed, &OWNERS);
        let mut asked: Vec<Vec<TxnId>> = vec![Vec::new(); OWNERS.len()];
        let mut withdrawn: BTreeSet<TxnId> = BTreeSet::new();
        let mut full_once: BTreeSet<usize> = BTreeSet::new();
        for (number, event) in events.into_iter().enumerate() {
            match event {
                Event::Act(device, act) => {
                    if matches!(act, Act::DiskFull(true)) {
                        full_once.insert(device);
                    }
                    let before: BTreeSet<TxnId> = world.devices[device].disk.keys().copied().collect();
                    play(&mut world, device, act, number);
                    // What the disk has now and did not have before was asked for, and must come to the log; what an act took
                    // from it was deleted before it left.
                    let after: BTreeSet<TxnId> = world.devices[device].disk.keys().copied().collect();
                    asked[device].extend(after.difference(&before));
                    withdrawn.extend(before.difference(&after));
                }
                Event::Step(count) => for _ in 0..count { world.step(); },
            }
        }
        for device in 0..OWNERS.len() {
            world.devices[device].disk_full = false;
        }
        world.settle();
        // A disk that was full may still name what is in the log since: the next start finds out.
        for device in full_once {
            world.restart_of(device);
        }
        world.settle();
        let log: Vec<TxnId> = world.portal.log.iter().filter_map(|event| event.txn_id).collect();
        prop_assert!(log.iter().all(|txn| asked.iter().flatten().any(|asked| asked == txn)), "nothing that no disk has");
        for (index, asked) in asked.iter().enumerate() {
            let device = &world.devices[index];
            let found: Vec<TxnId> = log.iter().copied().filter(|txn| asked.contains(txn)).collect();
            let excused = |txn: &TxnId| withdrawn.contains(txn) || world.portal.refused.contains(txn);
            let expected: Vec<TxnId> = asked.iter().copied().filter(|txn| !excused(txn)).collect();
            prop_assert_eq!(found, expected, "device {}: each once, in the order asked for", index);
            prop_assert!(device.disk.values().all(|kept| kept.refused.is_some()), "{:?}", device.disk);
        }
        // Whoever comes afterwards and reads everything sees what each of them sees.
        let fresh = world.add(ME);
        for device in 0..world.devices.len() {
            for kept in world.devices[device].disk.clone().into_keys() {
                world.intent_of(device, Intent::Discard { txn_id: kept });
            }
            world.intent_of(device, Intent::Reach { seq: 1 });
        }
        world.settle();
        world.run(60_000, |world| world.devices.iter().all(|device| device.client.timeline().first() == 1));
        let expected = without_owner(&world.devices[fresh].drawn);
        for (index, device) in world.devices.iter().enumerate() {
            let differs = differences(&without_owner(&device.drawn), &expected);
            prop_assert!(differs.is_empty(), "device {index}: {differs:#?}");
        }
        let differs = differences(&world.devices[0].drawn, &world.devices[1].drawn);
        prop_assert!(differs.is_empty(), "two devices of one person: {differs:#?}");
        prop_assert!(expected.iter().map(|item| item.seq).collect::<Vec<_>>().windows(2).all(|pair| pair[0] < pair[1]));
    }
}

/// `DESKSIDE_CASES` scales the randomised tests (`cargo xtask soak`).
fn cases(default: u32) -> u32 {
    std::env::var("DESKSIDE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}
