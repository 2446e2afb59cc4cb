//! A run of appends without effects: what becomes of each, by what the database knows. The one rule of every backend that
//! adds many at once.

use std::collections::{HashMap, HashSet};

use deskside_proto::{ErrorCode, Event, EventBody, ParticipantId, ParticipantState, Seq, SessionId, TxnId};

use crate::{Append, AppendError, Appended};

/// An append and its place in the batch.
pub type Placed = (usize, Append);

pub type Outcome = Result<Appended, AppendError>;

/// One step of writing a batch.
#[derive(Debug)]
pub enum Step {
    /// Appends without effects, in their order: [`Run`].
    Run(Vec<Placed>),
    /// An append with effects, and its place in the batch.
    One(usize, Box<Append>),
}

/// Cuts a batch into steps: runs as long as the order within each session allows.
#[must_use]
pub fn steps(batch: Vec<Append>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut run: Vec<Placed> = Vec::with_capacity(batch.len());
    let mut in_run = HashSet::new();
    for (place, append) in batch.into_iter().enumerate() {
        if append.effects.is_empty() {
            in_run.insert(append.session);
            run.push((place, append));
            continue;
        }
        if in_run.contains(&append.session) {
            steps.push(Step::Run(std::mem::take(&mut run)));
            in_run.clear();
        }
        steps.push(Step::One(place, Box::new(append)));
    }
    steps.push(Step::Run(run));
    steps
}

/// What the database knows of one append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// `None` where there is no such session.
    pub session: Option<Head>,
    /// Where the sender stands in it.
    pub sender: Option<ParticipantState>,
    /// Place of the event that has the same sender and `txn_id`.
    pub seq: Option<Seq>,
}

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub seq: Seq,
    pub is_over: bool,
}

/// What a session gains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Growth {
    /// Its newest place from now on.
    pub head: Seq,
    pub messages: i64,
}

/// An event that is to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fresh {
    pub place: usize,
    pub session: SessionId,
    pub event: Event,
}

/// What there is to write, and what was written before.
#[derive(Debug, Default)]
pub struct Run {
    /// In the order given.
    pub fresh: Vec<Fresh>,
    pub growth: HashMap<SessionId, Growth>,
    /// In the log already: place in the batch, session, place in the log.
    pub repeats: Vec<(usize, SessionId, Seq)>,
}

impl Run {
    /// Judges `appends` in their order, each by what is `known` of it; refusals are noted in `outcomes`.
    pub fn new(
        appends: Vec<Placed>,
        known: impl IntoIterator<Item = Known>,
        outcomes: &mut [Option<Outcome>],
    ) -> Self {
        let mut run = Self::default();
        // The same append may stand twice in a batch: the sender's name for it → its place.
        let mut names: HashMap<(SessionId, Option<ParticipantId>, TxnId), Seq> = HashMap::new();
        for ((place, append), mut known) in appends.into_iter().zip(known) {
            let name = append.txn_id.map(|txn_id| (append.session, append.sender, txn_id));
            known.seq = known.seq.or_else(|| name.and_then(|name| names.get(&name).copied()));
            match known.judge(&append) {
                Ok(None) => {
                    let seq = run.add(place, append, known);
                    names.extend(name.map(|name| (name, seq)));
                }
                Ok(Some(seq)) => run.repeats.push((place, append.session, seq)),
                Err(refused) => outcomes[place] = Some(Err(refused)),
            }
        }
        run
    }

    fn add(&mut self, place: usize, append: Append, known: Known) -> Seq {
        let Append { session, id, sender, txn_id, at, visibility, body, .. } = append;
        let head = known.session.map_or(0, |head| head.seq);
        let growth = self.growth.entry(session).or_insert(Growth { head, messages: 0 });
        growth.head += 1;
        growth.messages += i64::from(matches!(body, EventBody::MessagePosted(_)));
        let event = Event { seq: growth.head, id, sender, at, visibility, txn_id, body };
        self.fresh.push(Fresh { place, session, event });
        growth.head
    }

    /// Everything fresh is written.
    pub fn settle(self, outcomes: &mut [Option<Outcome>]) {
        for Fresh { place, event, .. } in self.fresh {
            outcomes[place] = Some(Ok(Appended { event, duplicate: false }));
        }
    }
}

impl Known {
    /// Where it is in the log already, or `None` where it may be added.
    fn judge(self, append: &Append) -> Result<Option<Seq>, AppendError> {
        let head = self.session.ok_or(AppendError(ErrorCode::NotFound))?;
        if self.seq.is_some() {
            return Ok(self.seq);
        }
        if head.is_over {
            return Err(AppendError(ErrorCode::SessionEnded));
        }
        append.may_be_sent(append.sender.map(|_| self.sender))?;
        Ok(None)
    }
}

/// Each has its outcome by now; one that had none would not be in the log.
#[must_use]
pub fn settled(outcomes: Vec<Option<Outcome>>) -> Vec<Outcome> {
    outcomes.into_iter().map(|outcome| outcome.unwrap_or(Err(AppendError(ErrorCode::Internal)))).collect()
}
