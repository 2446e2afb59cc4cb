//! Random schedules of a bad day against what must hold on any day (P08, P09): everything typed is in the log exactly once and
//! in order, and everybody sees the log.
#![allow(clippy::unwrap_used, reason = "a panic here is a failed test")]

mod harness;

use harness::{ME, OTHER, World, said, texts};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Event {
    Post,
    Hear,
    Step(u8),
    Cut,
    Unreachable,
    Reachable,
    HalfOpen,
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => Just(Event::Post),
        2 => Just(Event::Hear),
        6 => (1..12u8).prop_map(Event::Step),
        1 => Just(Event::Cut),
        1 => Just(Event::Unreachable),
        1 => Just(Event::Reachable),
        1 => Just(Event::HalfOpen),
        1 => Just(Event::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(300)))]

    #[test]
    fn nothing_is_lost_doubled_or_reordered(seed in any::<u64>(), events in prop::collection::vec(event(), 1..80)) {
        let mut world = World::new(seed);
        let (mut posted, mut heard) = (Vec::new(), Vec::new());
        for event in events {
            match event {
                Event::Post => { posted.push(format!("p{}", posted.len())); world.post(&posted[posted.len() - 1]); }
                Event::Hear => { heard.push(format!("h{}", heard.len())); world.hear(said(&heard[heard.len() - 1])); }
                Event::Step(n) => for _ in 0..n { world.step(); },
                Event::Cut => world.cut(),
                Event::Unreachable => { world.reachable = false; world.cut(); }
                Event::Reachable => world.reachable = true,
                Event::HalfOpen => world.half_open = true,
                Event::Restart => world.restart(),
            }
        }
        world.settle();
        prop_assert_eq!(texts(&world.portal.log, ME), posted, "each once, in order");
        prop_assert_eq!(texts(&world.portal.log, OTHER), heard);
        prop_assert!(world.disk.is_empty(), "the outbox is empty: {:?}", world.disk);
        prop_assert_eq!(world.drawn.len(), world.portal.log.len(), "everything is seen once");
        prop_assert!(world.drawn.iter().zip(1..).all(|(item, seq)| item.seq == Some(seq)));
    }
}

/// `DESKSIDE_CASES` scales the randomised tests (`cargo xtask soak`).
fn cases(default: u32) -> u32 {
    std::env::var("DESKSIDE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}
