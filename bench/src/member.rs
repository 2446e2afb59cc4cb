//! A connected member: says what it is given, tells its ear what it hears, and comes back where the protocol resumes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

use crate::link::Link;
use crate::protocol::{Client, Findings, Heard};
use crate::stamp::{self, Stamp};
use crate::tally::{Ear, Window};

/// Our clients' own pace (docs/PROTOCOL.md); the others have none.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// Messages written before the transport is flushed.
const BATCH: usize = 64;
/// Attempts to come back, half a second apart.
const RECONNECTS: u32 = 40;

/// A message to say: when it was due, and its number in the room.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    pub scheduled: u64,
    pub index: u64,
}

/// What a member's task and the measurement share.
#[derive(Debug, Default)]
pub struct Notes {
    pub ear: Ear,
    /// Messages of the window that went out: index, and when.
    pub sent: Vec<(u64, u64)>,
    window: Window,
    /// Stamps that came in the window, whenever they were due: what the server's work in that time is divided by.
    pub arrivals: u64,
    pub findings: Findings,
    /// Why the member is gone.
    pub trouble: Option<String>,
}

pub struct Member {
    queue: mpsc::UnboundedSender<Due>,
    notes: Arc<Mutex<Notes>>,
    task: JoinHandle<Box<dyn Client>>,
}

impl Member {
    /// Connects, and runs until [`leave`](Self::leave).
    pub async fn enter(room: u32, mut client: Box<dyn Client>, spread: f64) -> Result<Self> {
        let link = client.connect(&mut Heard::default()).await?;
        let (queue, due) = mpsc::unbounded_channel();
        let notes = Arc::new(Mutex::new(Notes { ear: Ear::of(room), ..Notes::default() }));
        let first_ping = KEEP_ALIVE.mul_f64(spread);
        let run = Run { room, client, due, notes: notes.clone(), first_ping };
        Ok(Self { queue, notes, task: tokio::spawn(run.until_the_end(link)) })
    }

    pub fn say(&self, due: Due) {
        // A member that is gone has left its trouble in the notes.
        let _ = self.queue.send(due);
    }

    pub fn notes(&self) -> MutexGuard<'_, Notes> {
        lock(&self.notes)
    }

    pub fn begin(&self, window: Window) {
        let mut notes = self.notes();
        notes.ear.begin(window);
        notes.window = window;
        notes.sent.clear();
        notes.arrivals = 0;
    }

    /// Closes the connection; the client can connect again and knows what it had.
    pub async fn leave(self) -> Result<Box<dyn Client>> {
        drop(self.queue);
        self.task.await.context("a member's task ended badly")
    }
}

fn lock(notes: &Mutex<Notes>) -> MutexGuard<'_, Notes> {
    notes.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Run {
    room: u32,
    client: Box<dyn Client>,
    due: mpsc::UnboundedReceiver<Due>,
    notes: Arc<Mutex<Notes>>,
    first_ping: Duration,
}

impl Run {
    async fn until_the_end(mut self, mut link: Link) -> Box<dyn Client> {
        while let Err(error) = self.talk(&mut link).await {
            match self.again(&error).await {
                Some(fresh) => link = fresh,
                None => {
                    lock(&self.notes).trouble = Some(format!("{error:#}"));
                    break;
                }
            }
        }
        self.client
    }

    /// Connects again and repeats what has no answer; `None` where the protocol has no way back.
    async fn again(&mut self, why: &anyhow::Error) -> Option<Link> {
        self.client.unanswered()?;
        for _ in 0..RECONNECTS {
            sleep(Duration::from_millis(500)).await;
            let mut heard = Heard::default();
            let connected = self.client.connect(&mut heard).await;
            // Also of an attempt that broke off: its places of the log do not come again.
            self.note(&heard, stamp::now());
            if let Ok(mut link) = connected {
                let frames = self.client.unanswered()?;
                if repeat(&mut link, frames).await.is_ok() {
                    return Some(link);
                }
            }
        }
        lock(&self.notes).trouble = Some(format!("did not come back after: {why:#}"));
        None
    }

    /// Until the queue is closed (`Ok`) or the connection is.
    async fn talk(&mut self, link: &mut Link) -> Result<()> {
        let mut keep_alive = interval_at(Instant::now() + self.first_ping, KEEP_ALIVE);
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut batch = Vec::new();
        loop {
            tokio::select! {
                text = link.next() => {
                    let now = stamp::now();
                    self.hear(link, &text?, now).await?;
                }
                count = self.due.recv_many(&mut batch, BATCH), if self.client.may_say() => {
                    if count == 0 {
                        return Ok(());
                    }
                    self.say(link, &mut batch).await?;
                }
                _ = keep_alive.tick() => if let Some(text) = self.client.keep_alive() {
                    link.send(text).await?;
                }
            }
        }
    }

    async fn say(&mut self, link: &mut Link, batch: &mut Vec<Due>) -> Result<()> {
        // Said is said: a connection that breaks on the first of them has the others to repeat, too.
        let texts: Vec<_> = batch.drain(..).map(|due| self.text(due)).collect();
        for text in texts {
            link.feed(text).await?;
        }
        link.flush().await
    }

    fn text(&mut self, Due { scheduled, index }: Due) -> String {
        let actual = stamp::now();
        let mut notes = lock(&self.notes);
        if notes.window.has(scheduled) {
            notes.sent.push((index, actual));
        }
        self.client.say(&Stamp { scheduled, actual, room: self.room, index }.body())
    }

    async fn hear(&mut self, link: &mut Link, text: &str, now: u64) -> Result<()> {
        let mut heard = Heard::default();
        let understood = self.client.hear(text, &mut heard);
        self.note(&heard, now);
        for reply in heard.replies {
            link.send(reply).await?;
        }
        understood
    }

    fn note(&self, heard: &Heard, now: u64) {
        let mut notes = lock(&self.notes);
        for stamp in &heard.stamps {
            notes.ear.hear(stamp, now);
        }
        if notes.window.has(now) {
            notes.arrivals += heard.stamps.len() as u64;
        }
        notes.findings = self.client.findings();
    }
}

async fn repeat(link: &mut Link, frames: Vec<String>) -> Result<()> {
    for frame in frames {
        link.feed(frame).await?;
    }
    link.flush().await
}
