//! Portal and clients on simulated hosts: the portal's own router, hub and writer, the clients' own session core, and between
//! them turmoil's network, clock and randomness. Links break, stall and slow down, the portal dies and comes back, its store fails;
//! afterwards everything acknowledged is in the log once, in one order for all.
//!
//! `DESKSIDE_CASES` sets how many days are played, `DESKSIDE_SEED` which; the seed of one that fails is printed.
#![expect(clippy::unwrap_used, reason = "a panic is the failure report of a test")]

mod device;
#[path = "../portal/faulty.rs"]
#[allow(dead_code, reason = "another test uses the rest")]
mod faulty;
mod town;

use std::time::Duration;

use deskside_tests::random::{self, Random};
use town::Town;
use turmoil::Sim;

/// Simulated time of one step.
const TICK: Duration = Duration::from_millis(10);
/// Faults fall into this stretch of a day.
const TROUBLE_MILLIS: u64 = 30_000;
const DAY: Duration = Duration::from_secs(600);
const PORTAL: &str = "portal";
const DEVICES: [&str; 3] = ["desk", "phone", "other"];

/// Something that is wrong from one moment to another.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// What is sent between the device and the portal vanishes.
    Partition(usize),
    /// Only what the portal sends vanishes.
    Deaf(usize),
    /// What is sent waits, and comes at once afterwards.
    Hold(usize),
    /// Milliseconds that a packet may take.
    Slow(usize, u64),
    /// The portal is killed, and started again.
    Dead,
    /// The store takes nothing.
    Broken,
    /// The disk is full.
    Full,
}

#[derive(Debug, Clone, Copy)]
struct Spell {
    fault: Fault,
    from: u64,
    to: u64,
}

fn spell(random: &mut Random) -> Spell {
    let device = random.index(DEVICES.len());
    let fault = match random.between(0, 7) {
        0 | 1 => Fault::Partition(device),
        2 => Fault::Deaf(device),
        3 => Fault::Hold(device),
        4 => Fault::Slow(device, random.between(100, 2_000)),
        5 => Fault::Dead,
        6 => Fault::Broken,
        _ => Fault::Full,
    };
    let from = random.between(0, TROUBLE_MILLIS);
    Spell { fault, from, to: from + random.between(50, 15_000) }
}

fn begin(fault: Fault, town: &Town, sim: &mut Sim<'_>) {
    match fault {
        Fault::Partition(device) => sim.partition(DEVICES[device], PORTAL),
        Fault::Deaf(device) => sim.partition_oneway(PORTAL, DEVICES[device]),
        Fault::Hold(device) => sim.hold(DEVICES[device], PORTAL),
        Fault::Slow(device, millis) => {
            sim.set_link_max_message_latency(DEVICES[device], PORTAL, Duration::from_millis(millis));
        }
        Fault::Dead => sim.crash(PORTAL),
        Fault::Broken => town.break_store(true),
        Fault::Full => town.fill_store(true),
    }
}

/// What still reigns is set anew: two spells of one kind may overlap.
fn end(spell: Spell, reigning: &[Spell], town: &Town, sim: &mut Sim<'_>) {
    match spell.fault {
        Fault::Partition(device) | Fault::Deaf(device) => sim.repair(DEVICES[device], PORTAL),
        Fault::Hold(device) => sim.release(DEVICES[device], PORTAL),
        Fault::Slow(device, _) => {
            sim.set_link_max_message_latency(DEVICES[device], PORTAL, Duration::from_millis(100));
        }
        Fault::Dead if reigning.iter().all(|other| !matches!(other.fault, Fault::Dead)) => sim.bounce(PORTAL),
        Fault::Dead => {}
        Fault::Broken => town.break_store(false),
        Fault::Full => town.fill_store(false),
    }
    for other in reigning.iter().filter(|other| !matches!(other.fault, Fault::Dead)) {
        begin(other.fault, town, sim);
    }
}

/// One day; what the checker finds wrong is the error.
fn play(seed: u64) -> turmoil::Result {
    let mut random = Random::from_seed(seed);
    let mut builder = turmoil::Builder::new();
    builder.rng_seed(seed).tick_duration(TICK).simulation_duration(DAY).enable_random_order();
    builder.min_message_latency(Duration::from_millis(1)).max_message_latency(Duration::from_millis(100));
    builder.tcp_capacity(4096);
    let mut sim = builder.build();
    let town = Town::found(&mut sim, seed)?;
    let mut coming: Vec<Spell> = (0..random.between(1, 6)).map(|_| spell(&mut random)).collect();
    let mut reigning: Vec<Spell> = Vec::new();
    loop {
        let now = u64::try_from(sim.elapsed().as_millis())?;
        for spell in coming.extract_if(.., |spell| spell.from <= now) {
            let dead = reigning.iter().any(|other| matches!(other.fault, Fault::Dead));
            if !(dead && matches!(spell.fault, Fault::Dead)) {
                begin(spell.fault, &town, &mut sim);
            }
            reigning.push(spell);
        }
        while let Some(over) = reigning.iter().position(|spell| spell.to <= now) {
            let over = reigning.swap_remove(over);
            end(over, &reigning, &town, &mut sim);
        }
        town.calm(coming.is_empty() && reigning.is_empty());
        if sim.step()? {
            break;
        }
    }
    drop(sim);
    town.check()
}

/// N14 Z05 Z06 Z09: whatever the network does, nothing acknowledged is lost, doubled or reordered, and every device has seen it all.
#[test]
fn a_bad_day_loses_nothing() {
    let (seed, cases) = (random::seed().unwrap(), random::cases(40).unwrap());
    println!("DESKSIDE_SEED={seed} DESKSIDE_CASES={cases}");
    for day in 0..u64::from(cases) {
        let seed = seed.wrapping_add(day);
        if let Err(error) = play(seed) {
            panic!("DESKSIDE_SEED={seed} DESKSIDE_CASES=1 (day {day}): {error:?}");
        }
    }
}
