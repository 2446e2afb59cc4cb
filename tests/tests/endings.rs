//! Technician, customer and portal get SIGKILL at every step of an ending; afterwards there is exactly one sealed vault, complete against the
//! log, with every file's bytes as they were (rows Z14, Z15).
//!
//! `DESKSIDE_CASES` sets how many sessions end, `DESKSIDE_SEED` who dies when; `DESKSIDE_SUMMARY` names a file for the summary.
#![expect(clippy::print_stdout, reason = "the seed plays a failure again; a soak tells how far it is")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use deskside_proto::SessionId;
use deskside_tests::ending::{self, Ending};
use deskside_tests::house::House;
use deskside_tests::random::{self, Random};
use deskside_tests::stage::{self, Stage};
use deskside_tests::{vault, wait};
use serde_json::{Value, json};

/// A portal that starts again, people who come back, and a whole vault looked at: a few seconds on two cores.
const PER_CASE: Duration = Duration::from_secs(60);
/// Before the first one and after the last.
const SET_UP: Duration = Duration::from_secs(240);
/// From the first word on, the ending included.
const TALK_MICROS: u64 = 300_000;
/// From *End session* on, sealing included.
const END_MICROS: u64 = 30_000;

/// The portal looks for what nobody comes back to once a minute.
const VANISHED: Duration = Duration::from_secs(150);

/// Where the portal can be told to die: `crates/portal/src/faults.rs`.
const POINTS: [&str; 10] = [
    "end/begun",
    "end/withdrawn",
    "end/committed",
    "seal/surveyed",
    "seal/txt",
    "seal/html",
    "seal/json",
    "seal/claimed",
    "seal/manifest",
    "seal/sealed",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Victim {
    Nobody,
    Technician,
    /// Their app or browser is gone; the technician ends the session without them.
    Customer,
    Portal,
}

/// One of every three dies while they talk, the others from *End session* on.
#[derive(Debug, Clone, Copy)]
struct Kill {
    victim: Victim,
    at_the_end: bool,
    after: Duration,
}

impl Kill {
    fn draw(random: &mut Random) -> Self {
        let victim = match random.between(0, 9) {
            0 => Victim::Nobody,
            1 | 2 => Victim::Technician,
            3 | 4 => Victim::Customer,
            _ => Victim::Portal,
        };
        let at_the_end = random.chance(0.66);
        let micros = random.between(0, if at_the_end { END_MICROS } else { TALK_MICROS });
        Self { victim, at_the_end, after: Duration::from_micros(micros) }
    }
}

/// Z14 Z15: whoever dies, and whenever, one vault is left of each session, and all of them are one chain.
#[tokio::test]
async fn whoever_is_killed_one_vault_is_left() -> Result<()> {
    let (seed, cases) = (random::seed()?, random::cases(8)?);
    println!("DESKSIDE_SEED={seed} DESKSIDE_CASES={cases}");
    stage::play(PER_CASE * cases + SET_UP, async |stage| {
        let mut house = House::open_plain(stage).await?;
        let mut random = Random::from_seed(seed);
        let mut summary = Summary::begin(seed);
        for case in 1..=cases {
            let kill = Kill::draw(&mut random);
            let ended = play(stage, &mut house, &mut random, kill).await;
            let (found, stage) = ended.with_context(|| format!("case {case}: {kill:?}"))?;
            println!("{case} of {cases}: {kill:?}, {stage:?} by then; {found:?}");
            summary.add(kill.victim, stage, found)?;
        }
        summary.check_chain(&house)?;
        summary.tell()
    })
    .await
}

/// Both talk, somebody dies, and what can come back does.
async fn play(
    stage: &Stage,
    house: &mut House,
    random: &mut Random,
    kill: Kill,
) -> Result<(vault::Found, ending::Stage)> {
    let mut ending = Ending::begin(house, random).await?;
    if kill.at_the_end {
        ending.until(ending::Stage::Ending).await?;
    }
    tokio::time::sleep(kill.after).await;
    let come = ending.stage();
    match kill.victim {
        Victim::Nobody => {}
        Victim::Technician => ending.kill_technician(),
        Victim::Customer => ending.kill_customer(),
        Victim::Portal => {
            house.portal.kill();
            house.portal.restart(stage).await?;
        }
    }
    Ok((ending.settle(house).await?, come))
}

/// Z14 Z15: the portal dies at each step of an ending, told to by name; the next start does the rest.
#[tokio::test]
async fn killed_at_each_step_the_next_start_does_the_rest() -> Result<()> {
    let seed = random::seed()?;
    println!("DESKSIDE_SEED={seed}");
    stage::play(PER_CASE * POINTS.len().try_into()? + SET_UP, async |stage| {
        let mut house = House::open_plain(stage).await?;
        let mut random = Random::from_seed(seed);
        let mut summary = Summary::begin(seed);
        for point in POINTS {
            let found = die_at(stage, &mut house, &mut random, point).await.with_context(|| point)?;
            println!("{point}: {found:?}");
            summary.add(Victim::Portal, ending::Stage::Ending, found)?;
        }
        summary.check_chain(&house)
    })
    .await
}

async fn die_at(stage: &Stage, house: &mut House, random: &mut Random, point: &str) -> Result<vault::Found> {
    let mut mortal = Command::new("env");
    mortal.arg(format!("DESKSIDE_DIE_AT={point}"));
    house.portal.restart_within(stage, mortal).await?;
    let ending = Ending::begin(house, random).await?;
    wait::until("the portal dies", wait::STEP, async || Ok(house.portal.has_ended()?)).await?;
    house.portal.restart(stage).await?;
    ending.settle(house).await
}

/// Z14: everybody vanishes, and the portal dies while it ends what they left; a session that nobody came to leaves nothing. The portal's
/// clock shows two and a half days for a minute.
#[tokio::test]
async fn where_everybody_vanishes_one_vault_is_left_and_of_nothing_nothing() -> Result<()> {
    let seed = random::seed()?;
    println!("DESKSIDE_SEED={seed}");
    stage::play(SET_UP + VANISHED * 2, async |stage| {
        let mut house = House::open_plain(stage).await?;
        let mut random = Random::from_seed(seed);
        let mut summary = Summary::begin(seed);
        let haste =
            format!("DESKSIDE_CLOCK={},3600", SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis());
        let mut hasty = Command::new("env");
        hasty.args([haste.as_str(), "DESKSIDE_DIE_AT=end/committed"]);
        house.portal.restart_within(stage, hasty).await?;
        let reader = vault::fresh(&house, &house.technician)?;
        let unused = reader.create_session(house.org, "Nobody came").await?.session.id;
        let mut left = Vec::new();
        for _ in 0..2 {
            let mut ending = Ending::begin_without_end(&house, &mut random).await?;
            tokio::time::sleep(Duration::from_micros(random.between(0, TALK_MICROS))).await;
            ending.kill_technician();
            ending.kill_customer();
            left.push(ending);
        }
        wait::until("the portal dies as it ends one", VANISHED, async || house.portal.has_ended()).await?;
        let mut hasty = Command::new("env");
        hasty.arg(&haste);
        house.portal.restart_within(stage, hasty).await?;
        for ending in left {
            summary.add(Victim::Portal, ending::Stage::Talking, ending.abandon(&house, VANISHED).await?)?;
        }
        summary.check_chain(&house)?;
        nothing_is_left(&house, unused).await
    })
    .await
}

async fn nothing_is_left(house: &House, unused: SessionId) -> Result<()> {
    let reader = vault::fresh(house, &house.technician)?;
    wait::until("the unused session is gone", VANISHED, async || {
        Ok(reader.status(&format!("/sessions/{unused}")).await?.0 == 404)
    })
    .await?;
    let entries = reader.files(house.org).await?.entries;
    ensure!(entries.iter().all(|entry| entry.session_id != unused), "no entry in Files");
    let folder = house.portal.data.join(format!("blobs/transcripts/{}/{unused}", house.org));
    ensure!(!folder.exists(), "{}", folder.display());
    Ok(())
}

/// What came of all cases.
struct Summary {
    seed: u64,
    began: Instant,
    killed: BTreeMap<Victim, u32>,
    stages: BTreeMap<ending::Stage, u32>,
    places: BTreeSet<u64>,
    events: usize,
    files: usize,
}

impl Summary {
    fn begin(seed: u64) -> Self {
        Self {
            seed,
            began: Instant::now(),
            killed: BTreeMap::new(),
            stages: BTreeMap::new(),
            places: BTreeSet::new(),
            events: 0,
            files: 0,
        }
    }

    fn add(&mut self, victim: Victim, stage: ending::Stage, found: vault::Found) -> Result<()> {
        *self.killed.entry(victim).or_default() += 1;
        *self.stages.entry(stage).or_default() += 1;
        self.events += found.events;
        self.files += found.files;
        ensure!(self.places.insert(found.place), "two sessions have place {} of the chain", found.place);
        Ok(())
    }

    /// The chain has one manifest for each session, and `deskside-portal verify` finds nothing wrong, beside the running portal.
    fn check_chain(&self, house: &House) -> Result<()> {
        let sessions = self.places.len() as u64;
        let expected: BTreeSet<u64> = (1..=sessions).collect();
        ensure!(self.places == expected, "places of the chain: {:?}", self.places);
        let said = house.portal.command(&["verify", "--json"], "")?;
        let report: Value = serde_json::from_str(said.lines().next().context("a line")?)?;
        ensure!(report["manifests"] == sessions, "a manifest for each session: {report}");
        ensure!(report["findings"] == json!([]), "nothing is wrong: {report}");
        Ok(())
    }

    fn tell(&self) -> Result<()> {
        let count = |victim| self.killed.get(&victim).copied().unwrap_or_default();
        let stages = |stage| self.stages.get(&stage).copied().unwrap_or_default();
        let summary = json!({
            "seed": self.seed,
            "sessions": self.places.len(),
            "killed": {
                "nobody": count(Victim::Nobody),
                "technician": count(Victim::Technician),
                "customer": count(Victim::Customer),
                "portal": count(Victim::Portal),
            },
            "when": {
                "talking": stages(ending::Stage::Talking),
                "ending": stages(ending::Stage::Ending),
                "ended": stages(ending::Stage::Ended),
            },
            "events": self.events,
            "files": self.files,
            "seconds": self.began.elapsed().as_secs(),
        });
        println!("{summary}");
        match std::env::var_os("DESKSIDE_SUMMARY") {
            Some(path) => Ok(std::fs::write(path, format!("{summary:#}\n"))?),
            None => Ok(()),
        }
    }
}
