//! A session of two people in which somebody is killed: they talk, send files and end it, and what is left is theirs again afterwards.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use deskside_proto::api::SessionState;
use deskside_proto::{AttachmentId, Event, EventBody, SessionId};
use deskside_session::Intent;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::api::Api;
use crate::house::{CUSTOMER, House};
use crate::random::Random;
use crate::vault::{self, Found};
use crate::wait;
use crate::wire::{Seen, WireClient};

/// Bytes of a file: several reads of the portal's, and quick to send.
const FILE_BYTES: u64 = 200_000;
/// Between two things that somebody does, microseconds at most.
const PAUSE_MICROS: u64 = 60_000;

/// How far the technician has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Talking,
    /// *End session* is pressed.
    Ending,
    /// The portal said that it has ended.
    Ended,
}

/// Somebody in the session: their app, and what they do by themselves.
#[derive(Debug)]
struct Member {
    api: Api,
    client: Arc<WireClient>,
    script: JoinHandle<()>,
}

impl Member {
    /// As SIGKILL would: what they were doing stops in the middle, and their connections with it. What they had seen.
    fn kill(self) -> Seen {
        self.script.abort();
        self.client.seen()
    }
}

/// The session while it goes on.
#[derive(Debug)]
pub struct Ending {
    pub session: SessionId,
    technician: Option<Member>,
    customer: Option<Member>,
    stage: watch::Receiver<Stage>,
    seen: Vec<Seen>,
}

impl Ending {
    /// Opens a session, lets a customer in, and both begin. The technician will end it.
    pub async fn begin(house: &House, random: &mut Random) -> Result<Self> {
        Self::open(house, random, true).await
    }

    /// The same, but that nobody ends it.
    pub async fn begin_without_end(house: &House, random: &mut Random) -> Result<Self> {
        Self::open(house, random, false).await
    }

    async fn open(house: &House, random: &mut Random, ends: bool) -> Result<Self> {
        let technician = vault::fresh(house, &house.technician)?;
        let created = technician.create_session(house.org, "It ends <b>somehow</b>").await?;
        let session = created.session.id;
        let (_, customer) = technician.join(&created.join.link, CUSTOMER).await?;
        let (tell, stage) = watch::channel(Stage::Talking);
        let mut people = Vec::new();
        for api in [technician, customer] {
            let mut client = WireClient::open(&api, session);
            client.until_online().await?;
            people.push((api, Arc::new(client), Random::from_seed(random.between(0, u64::MAX - 1))));
        }
        let mut people = people.into_iter();
        let mut member = |tell: Option<watch::Sender<Stage>>| {
            let (api, client, random) = people.next()?;
            let mut script = Script { api: api.clone(), client: client.clone(), session, random, ends };
            let script = tokio::spawn(async move {
                // Where the portal is gone somebody stops: what they asked for waits in their outbox.
                let _ = match tell {
                    Some(tell) => script.technician(tell).await,
                    None => script.customer().await,
                };
            });
            Some(Member { api, client, script })
        };
        let (technician, customer) = (member(Some(tell)), member(None));
        Ok(Self { session, technician, customer, stage, seen: Vec::new() })
    }

    /// Waits until the technician has come so far; as long as that may take.
    pub async fn until(&mut self, stage: Stage) -> Result<()> {
        let come = self.stage.wait_for(|now| *now >= stage);
        tokio::time::timeout(wait::STEP, come).await.with_context(|| format!("{stage:?} in time"))??;
        Ok(())
    }

    #[must_use]
    pub fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    pub fn kill_technician(&mut self) {
        self.seen.extend(self.technician.take().map(Member::kill));
    }

    pub fn kill_customer(&mut self) {
        self.seen.extend(self.customer.take().map(Member::kill));
    }

    /// Whoever lives does what is left to do, the technician presses *End session* again where it has not ended, and everything is
    /// looked at.
    pub async fn settle(mut self, house: &House) -> Result<Found> {
        for member in [&mut self.technician, &mut self.customer].into_iter().flatten() {
            let done = tokio::time::timeout(wait::STEP, &mut member.script).await;
            done.context("a script that does not come to its end")??;
        }
        let technician = vault::fresh(house, &house.technician)?;
        wait::until("the session is over", vault::SEALED, async || {
            if technician.session(self.session).await?.state != SessionState::Open {
                return Ok(true);
            }
            technician.end_session(self.session).await?;
            Ok(true)
        })
        .await?;
        // Those who live learn of the end.
        for member in [&self.technician, &self.customer].into_iter().flatten() {
            let ended =
                |seen: &Seen| seen.events().any(|event| matches!(event.body, EventBody::SessionEnded { .. }));
            wait::until("somebody learns of the end", vault::SEALED, async || {
                Ok(ended(&member.client.seen()))
            })
            .await
            .with_context(|| format!("{:?}", member.api.base()))?;
        }
        self.kill_technician();
        self.kill_customer();
        vault::check(house, self.session, &self.seen).await
    }
}

impl Ending {
    /// Nobody comes back; the portal ends it, in that time, and everything is looked at.
    pub async fn abandon(mut self, house: &House, limit: Duration) -> Result<Found> {
        self.kill_technician();
        self.kill_customer();
        let reader = vault::fresh(house, &house.technician)?;
        wait::until("the portal ends it", limit, async || {
            Ok(reader.session(self.session).await?.state != SessionState::Open)
        })
        .await?;
        vault::check(house, self.session, &self.seen).await
    }
}

/// What somebody does.
struct Script {
    api: Api,
    client: Arc<WireClient>,
    session: SessionId,
    random: Random,
    /// The technician presses *End session* at last.
    ends: bool,
}

impl Script {
    async fn technician(&mut self, stage: watch::Sender<Stage>) -> Result<()> {
        for number in 0..self.random.between(4, 10) {
            let seen = self.client.seen();
            let theirs = seen.events().filter(|event| is_message(event) && !is_own(event, &seen));
            let newest = theirs.max_by_key(|event| event.seq);
            match (self.random.between(0, 5), newest) {
                (0, Some(event)) => self.client.react(event.seq, "👍")?,
                (1 | 2, Some(event)) => self.answer(event)?,
                (3, Some(event)) => self.post("That one", Some(event.seq), Vec::new(), false)?,
                (4, _) => self.post("Among us", None, Vec::new(), true)?,
                _ => self.post(&format!("Technician {number}"), None, Vec::new(), false)?,
            }
            self.pause().await;
        }
        if !self.ends {
            return Ok(());
        }
        stage.send_replace(Stage::Ending);
        self.api.end_session(self.session).await?;
        stage.send_replace(Stage::Ended);
        Ok(())
    }

    async fn customer(&mut self) -> Result<()> {
        // As much as they like, until it is over.
        for number in 0..20 {
            let seen = self.client.seen();
            let own: Vec<u64> = seen
                .events()
                .filter(|event| is_message(event) && is_own(event, &seen))
                .map(|e| e.seq)
                .collect();
            match self.random.between(0, 6) {
                0 if !own.is_empty() => self.client.edit(own[self.random.index(own.len())], "Better so")?,
                1 if !own.is_empty() => self.client.delete(own[self.random.index(own.len())])?,
                2 | 3 => self.send_file(number).await?,
                _ => self.post(&format!("Customer {number}"), None, Vec::new(), false)?,
            }
            self.pause().await;
        }
        Ok(())
    }

    /// Takes the files of a message, or doesn't.
    fn answer(&mut self, event: &Event) -> Result<()> {
        let EventBody::MessagePosted(message) = &event.body else { return Ok(()) };
        if message.attachments.is_empty() {
            return Ok(());
        }
        let attachments = message.attachments.iter().map(|file| file.id).collect();
        self.client.intend(Intent::Answer { target: event.seq, attachments, accept: self.random.chance(0.7) })
    }

    async fn send_file(&mut self, number: u64) -> Result<()> {
        let length = self.random.between(1, FILE_BYTES);
        let block = self.random.bytes();
        let bytes: Vec<u8> = block.iter().copied().cycle().take(usize::try_from(length)?).collect();
        let id = self.api.upload(self.session, &format!("file {number}.bin"), &bytes).await?;
        self.post("A file", None, vec![id], false)
    }

    fn post(
        &self,
        text: &str,
        reply_to: Option<u64>,
        attachments: Vec<AttachmentId>,
        private: bool,
    ) -> Result<()> {
        let text = text.to_owned();
        self.client.intend(Intent::Post { text, reply_to, attachments, mentions: Vec::new(), private })
    }

    async fn pause(&mut self) {
        tokio::time::sleep(Duration::from_micros(self.random.between(0, PAUSE_MICROS))).await;
    }
}

fn is_message(event: &Event) -> bool {
    matches!(event.body, EventBody::MessagePosted(_))
}

fn is_own(event: &Event, seen: &Seen) -> bool {
    event.txn_id.is_some_and(|txn| seen.posted.contains(&txn))
}
