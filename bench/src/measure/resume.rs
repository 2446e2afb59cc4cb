//! Everybody was away, and comes back at once: seconds until each of them has all that was said meanwhile.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tokio::task::JoinSet;

use crate::crowd::Crowd;
use crate::link::Link;
use crate::protocol::{Client, Findings, Heard, Rooms};
use crate::stamp::Stamp;
use crate::terminal::{counter, say};

/// Said in each room while all but one are away.
pub const EVENTS: usize = 100;
/// Rooms that are spoken in at the same time.
const SPEAKING: usize = 64;

/// `crowd` leaves; one of each room says [`EVENTS`] messages; then all connect at once. Seconds until the last one has everything.
pub async fn measure(crowd: Crowd) -> Result<f64> {
    let clients = crowd.leave().await?;
    let rooms = clients.len();
    let told = counter("rooms hear what is missed".to_owned(), rooms);
    let mut spoken: Rooms = Vec::with_capacity(rooms);
    let mut speaking = stream::iter(clients.into_iter().enumerate()).map(speak).buffer_unordered(SPEAKING);
    while let Some(room) = speaking.try_next().await? {
        spoken.push(room);
        told(spoken.len());
    }
    let members: usize = spoken.iter().map(Vec::len).sum();
    say(format!("{members} clients come back, {EVENTS} events behind"));
    let begun = Instant::now();
    let mut coming = JoinSet::new();
    for client in spoken.into_iter().flatten() {
        coming.spawn(come_back(client));
    }
    let mut links = Vec::with_capacity(members);
    let mut findings = Findings::default();
    while let Some(back) = coming.join_next().await {
        let (link, found) = back??;
        links.push(link);
        findings = findings.plus(found);
    }
    let seconds = begun.elapsed().as_secs_f64();
    ensure!(findings.gaps == 0 && findings.repeats == 0, "the log came back with holes: {findings:?}");
    say(format!("{members} clients have everything after {seconds:.2} s"));
    Ok(seconds)
}

/// Connects where that fails at first, as clients do: half a second later, and longer each time.
async fn come_back(mut client: Box<dyn Client>) -> Result<(Link, Findings)> {
    let mut pause = Duration::from_millis(500);
    loop {
        match client.connect(&mut Heard::default()).await {
            Ok(link) => return Ok((link, client.findings())),
            Err(error) if pause > Duration::from_secs(8) => return Err(error),
            Err(_) => tokio::time::sleep(pause).await,
        }
        pause *= 2;
    }
}

/// The first member says everything and leaves again; then it is as far behind as the others.
async fn speak((number, mut room): (usize, Vec<Box<dyn Client>>)) -> Result<Vec<Box<dyn Client>>> {
    let speaker = room.first_mut().context("a room has members")?;
    let before = speaker.mark();
    let mut link = speaker.connect(&mut Heard::default()).await?;
    let mut said = 0;
    while said < EVENTS || speaker.waiting() > 0 {
        while said < EVENTS && speaker.may_say() {
            let stamp = Stamp { scheduled: 0, actual: 0, room: u32::try_from(number)?, index: said as u64 };
            let text = speaker.say(&stamp.body());
            link.feed(text).await?;
            said += 1;
        }
        link.flush().await?;
        let text = link.next().await?;
        speaker.hear(&text, &mut Heard::default())?;
    }
    speaker.rewind(before);
    Ok(room)
}
