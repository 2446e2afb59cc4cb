//! Latency where nothing is busy: one room of eight, 40 messages a second, from the socket to each member.

use std::time::Duration;

use anyhow::Result;

use crate::crowd::{Crowd, Pace};
use crate::procfs;
use crate::random::Random;
use crate::servers::Server;
use crate::tally::median;
use crate::terminal::say;

const RATE: f64 = 40.0;
const MEMBERS: usize = 8;

/// Milliseconds, the median of the rounds.
#[derive(Debug, Clone, Copy)]
pub struct LowLoad {
    pub p50_ms: f64,
    pub p99_ms: f64,
}

/// Rounds of all servers in turn; in the servers' order, nothing where a server failed.
pub async fn measure(
    servers: &mut [Box<dyn Server>],
    rounds: usize,
    window: Duration,
    random: &mut Random,
) -> Result<Vec<Option<LowLoad>>> {
    let mut found = vec![(Vec::new(), Vec::new()); servers.len()];
    let pace = Pace { window, ..Pace::default() };
    for round in 1..=rounds {
        for (server, (p50, p99)) in servers.iter_mut().zip(&mut found) {
            let name = server.name();
            let gathered = async { Crowd::gather(server.rooms(1, MEMBERS).await?, |_| ()).await };
            let mut crowd = match gathered.await {
                Ok(crowd) => crowd,
                Err(error) => {
                    say(format!("{name:18} nobody could enter: {error:#}"));
                    continue;
                }
            };
            let roots = server.roots();
            let step = crowd.step(RATE, pace, random, || procfs::cpu(&roots)).await?;
            crowd.leave().await?;
            let (low, high) = (step.tally.actual_p50_ms, step.tally.actual_p99_ms);
            say(format!("{name:18} round {round} low load  p50 {low:8.2} ms  p99 {high:8.2} ms"));
            if step.tally.lost == 0 && step.trouble.is_none() {
                p50.push(low);
                p99.push(high);
            }
        }
    }
    let both = |(p50, p99)| Some(LowLoad { p50_ms: median(p50)?, p99_ms: median(p99)? });
    Ok(found.into_iter().map(both).collect())
}
