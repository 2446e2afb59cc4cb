//! Memory for each connection that only listens: growth of a fresh server, in rooms of two.

use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::time::sleep;

use crate::crowd::Crowd;
use crate::procfs;
use crate::servers::Server;
use crate::terminal::{counter, say};

const MEMBERS: usize = 2;
/// For what a server does after its start and after the last one came in; longer than one of our clients' pings.
const SETTLE: Duration = Duration::from_secs(6);

/// Fills a fresh server with `connections`; KiB of each, and those who are there.
pub async fn fill(server: &mut dyn Server, connections: usize) -> Result<(f64, Crowd)> {
    let name = server.name();
    let rooms = connections / MEMBERS;
    sleep(SETTLE).await;
    // Before the rooms are made: what a server keeps of them belongs to those in them.
    let before = procfs::pss_kib(&server.roots());
    let clients = server.rooms(rooms, MEMBERS).await?;
    let begun = Instant::now();
    let crowd = Crowd::gather(clients, counter(format!("{name} is entered"), rooms)).await?;
    let entered = begun.elapsed().as_secs_f64();
    sleep(SETTLE).await;
    let after = procfs::pss_kib(&server.roots());
    let each = after.saturating_sub(before) as f64 / crowd.connections() as f64;
    let pace = crowd.connections() as f64 / entered;
    say(format!(
        "{name:18} {} idle connections: {each:.1} KiB each ({before} → {after} KiB), {pace:.0} connects/s",
        crowd.connections()
    ));
    Ok((each, crowd))
}
