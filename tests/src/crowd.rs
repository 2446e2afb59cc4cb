//! Three people in one session of a real portal who do everything one can do to a log, and the check that nothing of it went amiss.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::{ErrorCode, Event, EventBody, LogEntry, Seq, SessionId, TxnId};
use deskside_session::{Intent, QueuedMessage};

use crate::checker::{self, Books};
use crate::house::{CUSTOMER, House};
use crate::random::Random;
use crate::stage::Stage;
use crate::wire::{Seen, WireClient};

/// Time for everything to be confirmed, on a machine that is busy: the rule of silence and the longest pause included.
pub const SETTLE: Duration = Duration::from_secs(120);
const NAMES: [&str; 3] = ["the technician", "the admin", "the customer"];

/// The people, their portal, and what each of them has.
#[derive(Debug)]
pub struct Crowd {
    pub house: House,
    pub session: SessionId,
    pub members: Vec<WireClient>,
    pub join_link: String,
    said: u64,
}

impl Crowd {
    pub async fn gather(stage: &Stage) -> Result<Self> {
        Self::into(House::open_plain(stage).await?).await
    }

    async fn into(house: House) -> Result<Self> {
        let created = house.technician.create_session(house.org, "Faults").await?;
        let session = created.session.id;
        let (_, guest) = house.technician.join(&created.join.link, CUSTOMER).await?;
        let mut members: Vec<WireClient> =
            [&house.technician, &house.admin, &guest].map(|api| WireClient::open(api, session)).into();
        for member in &mut members {
            member.until_online().await?;
        }
        Ok(Self { house, session, members, join_link: created.join.link, said: 0 })
    }

    /// Somebody does something: mostly they write.
    pub fn act(&mut self, random: &mut Random) -> Result<()> {
        let member = &self.members[random.index(NAMES.len())];
        let seen = member.seen();
        let messages: Vec<(Seq, bool)> = seen
            .events()
            .filter(|event| matches!(event.body, EventBody::MessagePosted(_)))
            .map(|event| (event.seq, event.txn_id.is_some_and(|txn| seen.posted.contains(&txn))))
            .collect();
        let own: Vec<Seq> = messages.iter().filter(|(_, own)| *own).map(|(seq, _)| *seq).collect();
        self.said += 1;
        let text = format!("no. {}", self.said);
        let kind = random.between(0, 9);
        match kind {
            5 | 6 if !own.is_empty() => member.edit(own[random.index(own.len())], &text),
            7 if !own.is_empty() => member.delete(own[random.index(own.len())]),
            8 if !messages.is_empty() => {
                let (seq, _) = messages[random.index(messages.len())];
                if random.between(0, 2) == 0 {
                    member.unreact(seq, "👍")
                } else {
                    member.react(seq, "👍")
                }
            }
            9 => member.intend(Intent::Read { seq: seen.head() }),
            _ => member.post(&text),
        }
    }

    /// How everybody stands, for the report of a failure.
    #[must_use]
    pub fn told(&self) -> String {
        let standing = |(name, member): (&str, &WireClient)| {
            let seen = member.seen();
            let waiting = seen.outbox.iter().filter(|kept| kept.refused.is_none()).count();
            let (connection, confirmed, head) = (&seen.connection, seen.confirmed.len(), seen.head());
            format!("{name}: {connection:?}, {confirmed} confirmed, {waiting} waiting, head {head}")
        };
        NAMES.into_iter().zip(&self.members).map(standing).collect::<Vec<_>>().join("; ")
    }

    /// Waits until every outbox is empty: what was refused for want of space is tried again, what lost its object is thrown away.
    pub async fn settle(&mut self) -> Result<()> {
        for (member, name) in self.members.iter_mut().zip(NAMES) {
            let quiet =
                |seen: &Seen| seen.is_online() && seen.outbox.iter().all(|kept| kept.refused.is_some());
            loop {
                let seen = member.until("everything is answered", SETTLE, quiet).await.context(name)?;
                if seen.outbox.is_empty() {
                    break;
                }
                for QueuedMessage { txn_id, refused, .. } in &seen.outbox {
                    let full = refused.as_ref().is_some_and(|refusal| refusal.code == ErrorCode::StorageFull);
                    let txn_id = *txn_id;
                    member.intend(if full {
                        Intent::Retry { txn_id }
                    } else {
                        Intent::Discard { txn_id }
                    })?;
                }
                // What is tried again may be refused again: what it was about can be gone by then.
                let other = |now: &Seen| now.outbox != seen.outbox;
                member.until("another outbox", SETTLE, other).await.context(name)?;
            }
        }
        Ok(())
    }

    /// Everything acknowledged is in the log, once, in one order for all; and everybody knows how far everybody has read.
    pub async fn check(&mut self) -> Result<()> {
        let (log, books) = self.accounts().await?;
        checker::check(&log, &books)
    }

    /// [`Crowd::check`] where others wrote as well: what they have in the log they asked for.
    pub async fn check_among_strangers(&mut self) -> Result<()> {
        let (log, mut books) = self.accounts().await?;
        let ours: BTreeSet<TxnId> = books.iter().flat_map(|books| books.asked.iter().copied()).collect();
        let strange = |event: &Event| event.txn_id.filter(|txn| !ours.contains(txn));
        let asked: Vec<TxnId> = log.iter().filter_map(strange).collect();
        books.push(Books { name: "strangers".to_owned(), asked, ..Books::default() });
        checker::check(&log, &books)
    }

    async fn accounts(&mut self) -> Result<(Vec<Event>, Vec<Books>)> {
        self.settle().await?;
        let head = self.house.technician.session(self.session).await?.head;
        for (member, name) in self.members.iter_mut().zip(NAMES) {
            member.until("the end of the log", SETTLE, |seen| seen.head() >= head).await.context(name)?;
            member.intend(Intent::Read { seq: head })?;
        }
        let others = NAMES.len() - 1;
        for (member, name) in self.members.iter_mut().zip(NAMES) {
            let told = |seen: &Seen| seen.marks.iter().filter(|mark| mark.seq == head).count() == others;
            member.until("the others' receipts", SETTLE, told).await.context(name)?;
        }
        let books: Vec<Books> =
            self.members.iter().zip(NAMES).map(|(member, name)| member.seen().books(name)).collect();
        // Strangers may have written on.
        let last = books.iter().filter_map(|books| books.seen.last()).map(LogEntry::seq).max();
        Ok((self.whole_log(last.unwrap_or(head)).await?, books))
    }

    /// The log as somebody sees it who comes afterwards.
    async fn whole_log(&self, head: Seq) -> Result<Vec<Event>> {
        let mut reader = WireClient::open(&self.house.technician, self.session);
        let seen = reader.whole_log(head, SETTLE).await?;
        ensure!(seen.gaps == 0, "the log has gaps");
        Ok(seen.events().cloned().collect())
    }
}
