//! Rooms full of members, and one measured step with them: open loop, one clock.

use std::time::Duration;

use anyhow::{Context as _, Result};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tokio::time::sleep;

use crate::member::{Due, Member};
use crate::protocol::{Client, Findings, Rooms};
use crate::random::Random;
use crate::stamp;
use crate::tally::{Room, Tally, Window};

/// Rooms that are entered at the same time.
const ENTERING: usize = 64;
/// A pass needs its 99th percentile below this.
pub const P99_LIMIT_MS: f64 = 200.0;
/// And this part of what was offered on the wire in time.
const SENT_LIMIT: f64 = 0.97;

/// The times of a step.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub warm_up: Duration,
    pub window: Duration,
    /// How long nothing may come before what is missing counts as lost.
    pub quiet: Duration,
    /// How long a backlog may take to drain at all.
    pub drain: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            warm_up: Duration::from_secs(1),
            window: Duration::from_secs(5),
            quiet: Duration::from_secs(3),
            drain: Duration::from_secs(20),
        }
    }
}

/// What a step found.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    pub rate: f64,
    pub tally: Tally,
    /// Messages that the schedule had in the window.
    pub offered: u64,
    /// Of them, on the wire in time.
    pub sent_in_time: u64,
    pub deliveries_per_second: f64,
    /// Server CPU, all its processes, microseconds for each delivery.
    pub cpu_us: f64,
    /// The drain took longer than it may: what is missing is on its way, not lost.
    pub unfinished: bool,
    pub findings: Findings,
    pub trouble: Option<String>,
}

impl Outcome {
    #[must_use]
    pub fn passed(&self) -> bool {
        self.why_not().is_none()
    }

    /// Why the step did not pass.
    #[must_use]
    pub fn why_not(&self) -> Option<String> {
        let Tally { lost, doubled, diverged, foreign, p99_ms, .. } = self.tally;
        let Findings { gaps, repeats, refused, .. } = self.findings;
        let wrong = [
            (foreign, "messages of other rooms"),
            (diverged, "rooms in different orders"),
            (gaps, "gaps"),
            (doubled + repeats, "doubled"),
            (refused, "refused"),
            (lost, if self.unfinished { "still on their way" } else { "lost" }),
        ];
        if let Some(trouble) = &self.trouble {
            return Some(trouble.clone());
        }
        if let Some((count, what)) = wrong.iter().find(|(count, _)| *count > 0) {
            return Some(format!("{count} {what}"));
        }
        if (self.sent_in_time as f64) < self.offered as f64 * SENT_LIMIT {
            return Some(format!("{} of {} sent in time", self.sent_in_time, self.offered));
        }
        (p99_ms >= P99_LIMIT_MS).then(|| format!("p99 {p99_ms:.0} ms"))
    }
}

/// Connected members by room.
pub struct Crowd {
    rooms: Vec<Vec<Member>>,
    /// The next message's number, by room.
    next: Vec<u64>,
}

impl Crowd {
    /// Connects everybody: rooms side by side, the members of one room one after the other. `told` hears how many rooms are full.
    pub async fn gather(rooms: Rooms, told: impl Fn(usize)) -> Result<Self> {
        let count = rooms.len();
        let mut full = 0;
        let mut entered = Vec::with_capacity(count);
        let entering = rooms.into_iter().enumerate().map(async |(number, clients)| {
            let room = u32::try_from(number)?;
            let mut members = Vec::with_capacity(clients.len());
            for (place, client) in clients.into_iter().enumerate() {
                let spread = ((number * 7 + place * 3) % 100) as f64 / 100.0;
                let member = Member::enter(room, client, spread).await;
                members.push(member.with_context(|| format!("member {place} of room {room}"))?);
            }
            anyhow::Ok((number, members))
        });
        let mut entering = stream::iter(entering).buffer_unordered(ENTERING);
        while let Some(room) = entering.try_next().await? {
            entered.push(room);
            full += 1;
            told(full);
        }
        entered.sort_unstable_by_key(|(number, _)| *number);
        let rooms = entered.into_iter().map(|(_, members)| members).collect();
        Ok(Self { rooms, next: vec![0; count] })
    }

    #[must_use]
    pub fn connections(&self) -> usize {
        self.rooms.iter().map(Vec::len).sum()
    }

    fn members(&self) -> impl Iterator<Item = &Member> {
        self.rooms.iter().flatten()
    }

    /// Why somebody is gone for good.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.members().find_map(|member| member.notes().trouble.clone())
    }

    /// Offers `rate` messages a second to all rooms together. `cpu` reads the server's CPU time so far.
    pub async fn step(
        &mut self,
        rate: f64,
        pace: Pace,
        random: &mut Random,
        cpu: impl Fn() -> Duration,
    ) -> Result<Outcome> {
        let start = stamp::now() + 50_000_000;
        let from = start + nanos(pace.warm_up);
        let window = Window { from, to: from + nanos(pace.window) };
        self.members().for_each(|member| member.begin(window));
        let before = self.findings();

        let schedules = self.schedules(rate, start, window, random);
        let offered: u64 = schedules.iter().flatten().filter(|due| window.has(due.scheduled)).count() as u64;
        let sending = async {
            let rooms = schedules.iter().zip(&self.rooms).map(|(dues, members)| send(dues, members));
            futures_util::future::join_all(rooms).await;
        };
        let watching = async {
            until(window.from).await;
            let at_start = cpu();
            until(window.to).await;
            cpu().saturating_sub(at_start)
        };
        let ((), spent) = tokio::join!(sending, watching);
        let unfinished = self.drain(offered, pace).await;
        for (next, dues) in self.next.iter_mut().zip(&schedules) {
            *next += dues.len() as u64;
        }
        let mut outcome = self.outcome(window, offered, spent)?;
        outcome.rate = rate;
        outcome.unfinished = unfinished;
        let after = self.findings();
        outcome.findings = Findings {
            gaps: after.gaps - before.gaps,
            repeats: after.repeats - before.repeats,
            refused: after.refused - before.refused,
            reconnects: after.reconnects - before.reconnects,
        };
        Ok(outcome)
    }

    /// When each room's messages are due: evenly, from a random moment of the first interval.
    fn schedules(&self, rate: f64, start: u64, window: Window, random: &mut Random) -> Vec<Vec<Due>> {
        let interval = self.rooms.len() as f64 * 1e9 / rate;
        let room = |first: &u64| {
            let phase = random.unit() * interval;
            let due = |count: u64| start + (phase + count as f64 * interval) as u64;
            let dues = (0..).map(|count| Due { scheduled: due(count), index: first + count });
            dues.take_while(|due| due.scheduled < window.to).collect()
        };
        self.next.iter().map(room).collect()
    }

    fn findings(&self) -> Findings {
        self.members().fold(Findings::default(), |sum, member| sum.plus(member.notes().findings))
    }

    fn heard(&self) -> usize {
        self.members().map(|member| member.notes().ear.heard()).sum()
    }

    /// Waits for what is on its way; `true` where it still came when time was up.
    async fn drain(&self, offered: u64, pace: Pace) -> bool {
        let room_size = self.rooms.first().map_or(0, Vec::len);
        let expected = usize::try_from(offered).unwrap_or(usize::MAX).saturating_mul(room_size);
        let poll = Duration::from_millis(50);
        let (mut waited, mut silent, mut last) = (Duration::ZERO, Duration::ZERO, self.heard());
        while last < expected && silent < pace.quiet {
            if waited >= pace.drain {
                return true;
            }
            sleep(poll).await;
            waited += poll;
            let heard = self.heard();
            silent = if heard == last { silent + poll } else { Duration::ZERO };
            last = heard;
        }
        // A double may come behind the last one.
        sleep(poll).await;
        false
    }

    fn outcome(&self, window: Window, offered: u64, spent: Duration) -> Result<Outcome> {
        let in_time = window.to + (P99_LIMIT_MS * 1e6) as u64;
        let (mut sent_in_time, mut arrivals) = (0, 0);
        let mut rooms = Vec::with_capacity(self.rooms.len());
        for members in &self.rooms {
            let mut room = Room { sent: Vec::new(), ears: Vec::new() };
            for member in members {
                let notes = member.notes();
                sent_in_time += notes.sent.iter().filter(|(_, actual)| *actual <= in_time).count() as u64;
                arrivals += notes.arrivals;
                room.sent.extend(notes.sent.iter().map(|(index, _)| index));
                room.ears.push(notes.ear.clone());
            }
            rooms.push(room);
        }
        let cpu_us = if arrivals == 0 { 0.0 } else { spent.as_secs_f64() * 1e6 / arrivals as f64 };
        Ok(Outcome {
            tally: Tally::of(&rooms)?,
            offered,
            sent_in_time,
            deliveries_per_second: arrivals as f64 / window.seconds(),
            cpu_us,
            trouble: self.trouble(),
            ..Outcome::default()
        })
    }

    /// Everybody goes; the clients can connect again and know what they had.
    pub async fn leave(self) -> Result<Rooms> {
        let mut rooms = Vec::with_capacity(self.rooms.len());
        for members in self.rooms {
            let mut clients: Vec<Box<dyn Client>> = Vec::with_capacity(members.len());
            for member in members {
                clients.push(member.leave().await?);
            }
            rooms.push(clients);
        }
        Ok(rooms)
    }
}

/// A room's sender: its members take turns.
async fn send(dues: &[Due], members: &[Member]) {
    for (turn, due) in dues.iter().enumerate() {
        until(due.scheduled).await;
        if let Some(member) = members.get(turn % members.len().max(1)) {
            member.say(*due);
        }
    }
}

async fn until(moment: u64) {
    let now = stamp::now();
    if moment > now {
        sleep(Duration::from_nanos(moment - now)).await;
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
