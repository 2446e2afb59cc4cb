//! The highest rate each server passes: all servers climb the same rates, one step of each in turn, in several rounds.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;

use crate::crowd::{Crowd, Outcome, Pace};
use crate::procfs;
use crate::random::Random;
use crate::servers::Server;
use crate::tally::median;
use crate::terminal::{counter, say};

/// Failing steps in a row after which a server climbs no further in a round.
const FAILURES: u32 = 2;
/// Between two steps, for what a server does behind its back.
const PAUSE: Duration = Duration::from_millis(500);

#[derive(Debug, Clone)]
pub struct Plan {
    /// Messages a second, rising.
    pub rates: Vec<u32>,
    pub rounds: usize,
    pub rooms: usize,
    pub members: usize,
    pub pace: Pace,
}

/// A server's steps by rate.
#[derive(Debug, Default)]
pub struct Climb {
    pub steps: BTreeMap<u32, Vec<Outcome>>,
}

impl Climb {
    /// The highest rate that more than half of `rounds` passed; a step that was not reached did not pass.
    #[must_use]
    pub fn passed(&self, rounds: usize) -> Option<u32> {
        let enough = |steps: &[Outcome]| steps.iter().filter(|step| step.passed()).count() * 2 > rounds;
        self.steps.iter().rev().find(|(_, steps)| enough(steps)).map(|(rate, _)| *rate)
    }

    /// Median over the rounds of a rate.
    pub fn median(&self, rate: u32, of: impl Fn(&Outcome) -> f64) -> Option<f64> {
        self.steps.get(&rate).and_then(|steps| median(steps.iter().map(of)))
    }

    /// Over all steps: lost or doubled for good, and rooms that fell apart.
    #[must_use]
    pub fn wrong(&self) -> (u64, u64) {
        let all = || self.steps.values().flatten();
        let lost = |step: &Outcome| {
            let on_its_way = if step.unfinished { 0 } else { step.tally.lost };
            on_its_way + step.tally.doubled + step.findings.gaps + step.findings.repeats
        };
        let diverged = |step: &Outcome| step.tally.diverged + step.tally.foreign;
        (all().map(lost).sum(), all().map(diverged).sum())
    }
}

struct Climber<'a> {
    server: &'a mut dyn Server,
    crowd: Option<Crowd>,
    failures: u32,
    climb: Climb,
}

/// Climbs with all `servers`; their climbs in the same order.
pub async fn climb(servers: &mut [Box<dyn Server>], plan: &Plan, random: &mut Random) -> Result<Vec<Climb>> {
    let climber = |server| Climber { server, crowd: None, failures: 0, climb: Climb::default() };
    let mut climbers: Vec<_> = servers.iter_mut().map(|server| climber(server.as_mut())).collect();
    for round in 1..=plan.rounds {
        for climber in &mut climbers {
            climber.gather(plan).await;
        }
        for rate in &plan.rates {
            for climber in &mut climbers {
                climber.step(*rate, round, plan, random).await?;
            }
        }
        for climber in &mut climbers {
            if let Some(crowd) = climber.crowd.take() {
                crowd.leave().await?;
            }
        }
    }
    Ok(climbers.into_iter().map(|climber| climber.climb).collect())
}

impl Climber<'_> {
    async fn gather(&mut self, plan: &Plan) {
        self.failures = 0;
        let told = counter(format!("{} is entered", self.server.name()), plan.rooms);
        let gathered =
            async { Crowd::gather(self.server.rooms(plan.rooms, plan.members).await?, told).await };
        match gathered.await {
            Ok(crowd) => self.crowd = Some(crowd),
            Err(error) => say(format!("{:18} nobody could enter: {error:#}", self.server.name())),
        }
    }

    async fn step(&mut self, rate: u32, round: usize, plan: &Plan, random: &mut Random) -> Result<()> {
        let Some(crowd) = self.crowd.as_mut().filter(|_| self.failures < FAILURES) else { return Ok(()) };
        let roots = self.server.roots();
        let outcome = crowd.step(f64::from(rate), plan.pace, random, || procfs::cpu(&roots)).await?;
        say(line(self.server.name(), round, &outcome));
        self.failures = if outcome.passed() { 0 } else { self.failures + 1 };
        if outcome.trouble.is_some() {
            self.failures = FAILURES;
        }
        self.climb.steps.entry(rate).or_default().push(outcome);
        sleep(PAUSE).await;
        Ok(())
    }
}

fn line(name: &str, round: usize, step: &Outcome) -> String {
    let verdict = step.why_not().map_or_else(|| "passed".to_owned(), |why| format!("FAILED: {why}"));
    format!(
        "{name:18} round {round} {:6.0}/s  p50 {:8.1} ms  p99 {:8.1} ms  {:7.0} deliveries/s  {:6.1} µs CPU  {verdict}",
        step.rate, step.tally.p50_ms, step.tally.p99_ms, step.deliveries_per_second, step.cpu_us
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::Tally;

    fn step(p99_ms: f64) -> Outcome {
        Outcome { tally: Tally { p99_ms, ..Tally::default() }, ..Outcome::default() }
    }

    #[test]
    fn a_rate_is_passed_by_most_rounds() {
        let mut climb = Climb::default();
        assert_eq!(climb.passed(3), None);
        climb.steps.insert(100, vec![step(5.0), step(6.0), step(7.0)]);
        climb.steps.insert(300, vec![step(5.0), step(300.0), step(7.0)]);
        climb.steps.insert(700, vec![step(5.0), step(300.0), step(400.0)]);
        // Only one round came this far.
        climb.steps.insert(1000, vec![step(5.0)]);
        assert_eq!(climb.passed(3), Some(300));
        assert_eq!(climb.median(300, |step| step.tally.p99_ms), Some(7.0));
    }

    #[test]
    fn what_fails_a_step() {
        let tally =
            |lost, doubled, diverged| Tally { lost, doubled, diverged, p99_ms: 1.0, ..Tally::default() };
        let outcome =
            |tally, sent_in_time| Outcome { tally, offered: 100, sent_in_time, ..Outcome::default() };
        for (outcome, passes) in [
            (outcome(tally(0, 0, 0), 97), true),
            (outcome(tally(0, 0, 0), 96), false),
            (outcome(tally(1, 0, 0), 100), false),
            (outcome(tally(0, 1, 0), 100), false),
            (outcome(tally(0, 0, 1), 100), false),
            (Outcome { trouble: Some("gone".to_owned()), ..outcome(tally(0, 0, 0), 100) }, false),
        ] {
            assert_eq!(outcome.passed(), passes, "{:?}", outcome.why_not());
        }
    }
}
