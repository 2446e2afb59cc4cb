//! What the disk did not take did not happen: an intent is undone as a whole.

use std::collections::BTreeSet;

use deskside_proto::TxnId;

use crate::{Output, PersistOp, QueuedMessage, Session};

/// What stood before the newest intent, and what it changed.
#[derive(Debug, Clone)]
pub(crate) struct Undo {
    queue: Vec<QueuedMessage>,
    in_flight: BTreeSet<TxnId>,
    maybe_there: BTreeSet<TxnId>,
    /// Actions that the intent wanted kept, changed or forgotten.
    touched: BTreeSet<TxnId>,
    /// The disk may have taken a part: a single change is taken or not.
    partly: bool,
}

impl Undo {
    pub(crate) fn before(session: &Session) -> Self {
        Self {
            queue: session.queue.all().to_vec(),
            in_flight: session.in_flight.clone(),
            maybe_there: session.maybe_there.clone(),
            touched: BTreeSet::new(),
            partly: false,
        }
    }

    /// Completes it by what the intent asks of the disk; `None` where that is nothing.
    pub(crate) fn of(mut self, out: &[Output]) -> Option<Self> {
        let ops = out.iter().filter_map(|output| match output {
            Output::Persist { op: PersistOp::Put { message } } => Some(message.txn_id),
            Output::Persist { op: PersistOp::Remove { txn_id } } => Some(*txn_id),
            _ => None,
        });
        let ops: Vec<TxnId> = ops.collect();
        self.partly = ops.len() > 1;
        self.touched.extend(ops);
        (!self.touched.is_empty()).then_some(self)
    }

    fn message(&self, txn_id: TxnId) -> Option<&QueuedMessage> {
        self.queue.iter().find(|message| message.txn_id == txn_id)
    }
}

impl Session {
    /// The disk did not take the newest intent. What it sent was not transmitted either, so it goes now, but for what is undone.
    pub(crate) fn not_kept(&mut self) {
        if let Some(undo) = self.undo.take() {
            let sent = self.in_flight.difference(&undo.in_flight);
            for txn_id in sent.chain(&undo.touched).copied().collect::<BTreeSet<_>>() {
                put_back(&mut self.in_flight, &undo.in_flight, txn_id);
                put_back(&mut self.maybe_there, &undo.maybe_there, txn_id);
            }
            for &txn_id in &undo.touched {
                self.queue.put_back(txn_id, undo.message(txn_id).cloned());
            }
            if undo.partly {
                self.keep_as_before(&undo);
            }
            self.show_as_before(&undo);
            self.send_waiting();
        }
        self.show_unsent();
    }

    /// Removals first: a full disk takes those, and what must not be sent matters more than what looks older than it is.
    fn keep_as_before(&mut self, undo: &Undo) {
        let (there, new): (Vec<TxnId>, Vec<TxnId>) =
            undo.touched.iter().partition(|txn_id| undo.message(**txn_id).is_some());
        let removals = new.into_iter().map(|txn_id| PersistOp::Remove { txn_id });
        let messages = there.into_iter().filter_map(|txn_id| undo.message(txn_id).cloned());
        let puts = messages.map(|message| PersistOp::Put { message });
        self.out.extend(removals.chain(puts).map(|op| Output::Persist { op }));
    }

    /// Echoes stand in the order of their queue: what comes after the first that comes back is shown again behind it.
    fn show_as_before(&mut self, undo: &Undo) {
        for &txn_id in &undo.touched {
            let patches = self.timeline.discard(txn_id);
            self.patches.extend(patches);
        }
        let back = self.queue.all().iter().position(|message| undo.touched.contains(&message.txn_id));
        let again: Vec<QueuedMessage> = back.map_or_else(Vec::new, |from| self.queue.all()[from..].to_vec());
        for message in &again {
            let patches = self.timeline.discard(message.txn_id);
            self.patches.extend(patches);
        }
        for message in &again {
            self.show_queued(message);
        }
    }
}

fn put_back(now: &mut BTreeSet<TxnId>, before: &BTreeSet<TxnId>, txn_id: TxnId) {
    if before.contains(&txn_id) {
        now.insert(txn_id);
    } else {
        now.remove(&txn_id);
    }
}
