//! What the person asks for, on its way to the log.

use deskside_proto::{ClientMessage, ErrorCode, Millis, ParticipantId, Seq, Signal, TxnId};
use deskside_timeline::Target;

use crate::{
    Action, ConnectionState, Context, Intent, Output, PersistOp, QueuedMessage, Refusal, Session, ViewUpdate,
    undo::Undo,
};

/// Milliseconds between two `typing` frames of one's own.
const TYPING_EVERY_MILLIS: i64 = 2_000;

/// How an action left the queue.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Settled {
    /// It stands in the log.
    At(Seq),
    /// It will not.
    Never,
}

/// Whether an intent has something to be kept.
fn is_durable(intent: &Intent) -> bool {
    !matches!(
        intent,
        Intent::Typing | Intent::Read { .. } | Intent::Older | Intent::Reach { .. } | Intent::Reconnect
    )
}

impl Session {
    pub(crate) fn intent(&mut self, intent: Intent, context: Context) {
        let before = is_durable(&intent).then(|| Undo::before(self));
        self.take_intent(intent, context);
        self.undo = before.and_then(|before| before.of(&self.out));
    }

    fn take_intent(&mut self, intent: Intent, context: Context) {
        match intent {
            Intent::Post { text, reply_to, attachments, mentions, private } => {
                self.enqueue(Action::Post { text, reply_to, attachments, mentions, private }, context);
            }
            Intent::Edit { target, text, notify } => self.edit(target, text, notify, context),
            Intent::Delete { target } => self.delete(target, context),
            Intent::React { target, emoji } => {
                self.enqueue(Action::React { target: self.place(target), emoji }, context);
            }
            Intent::Unreact { target, emoji } => {
                self.enqueue(Action::Unreact { target: self.place(target), emoji }, context);
            }
            Intent::Answer { target, attachments, accept } => {
                self.enqueue(Action::Answer { target: Target::Seq(target), attachments, accept }, context);
            }
            Intent::Confirm { target, attachments, blake3 } => {
                self.enqueue(Action::Confirm { target: Target::Seq(target), attachments, blake3 }, context);
            }
            Intent::Revoke { target, attachments } => {
                self.enqueue(Action::Revoke { target: Target::Seq(target), attachments }, context);
            }
            Intent::Leave => self.enqueue(Action::Leave, context),
            Intent::Retry { txn_id } => self.retry(txn_id, context.now),
            Intent::Discard { txn_id } => self.discard(txn_id, context),
            Intent::Typing => self.type_now(context.now),
            Intent::Signal { to, signal } => self.signal(to, signal),
            Intent::Read { seq } => self.reads.read(seq.min(self.timeline.head())),
            Intent::Older => self.history.older(self.timeline.first()),
            Intent::Reach { seq } => self.history.reach(seq),
            Intent::Reconnect => {
                if matches!(self.connection.state(), ConnectionState::Offline { .. }) {
                    self.connect();
                }
            }
        }
    }

    /// Whoever waits for a signal asks again: none is kept.
    fn signal(&mut self, to: ParticipantId, signal: Signal) {
        if self.connection.is_online() {
            self.transmit(&ClientMessage::Signal { to, signal });
        }
    }

    /// The place in the log of an own message that has one by now.
    fn place(&self, target: Target) -> Target {
        match target {
            Target::Own(txn_id) => self.timeline.seq_of(txn_id).map_or(target, Target::Seq),
            Target::Seq(_) => target,
        }
    }

    /// The own message that `target` names, where the portal certainly does not have it.
    fn still_here(&self, target: Target) -> Option<&QueuedMessage> {
        let Target::Own(txn_id) = target else { return None };
        self.queue.get(txn_id).filter(|_| !self.maybe_there.contains(&txn_id))
    }

    /// What has not left yet is rewritten where it is.
    fn edit(&mut self, target: Target, new: String, notify: bool, context: Context) {
        let target = self.place(target);
        let Some(mut after) = self.still_here(target).cloned() else {
            return self.enqueue(Action::Edit { target, text: new, notify }, context);
        };
        if let Action::Post { text, .. } = &mut after.action {
            text.clone_from(&new);
        }
        let patches = self.timeline.rewrite_echo(after.txn_id, new);
        self.patches.extend(patches);
        self.replace(after);
    }

    fn delete(&mut self, target: Target, context: Context) {
        let target = self.place(target);
        match self.still_here(target).map(|queued| queued.txn_id) {
            Some(txn_id) => {
                self.forget(txn_id);
                self.send_waiting();
            }
            None => self.enqueue(Action::Delete { target }, context),
        }
    }

    /// The same action again, under the same name: it was refused, so it had no effect.
    fn retry(&mut self, txn_id: TxnId, now: Millis) {
        let Some(before) = self.queue.get(txn_id).filter(|queued| queued.refused.is_some()).cloned() else {
            return;
        };
        let after = QueuedMessage { refused: None, at: now, ..before };
        let patches = self.timeline.discard(txn_id);
        self.patches.extend(patches);
        self.replace(after.clone());
        self.show_queued(&after);
        self.take_up(txn_id);
    }

    /// What the portal may have cannot be taken back: a message is deleted there, a change stays.
    fn discard(&mut self, txn_id: TxnId, context: Context) {
        match self.queue.get(txn_id).map(|queued| &queued.action) {
            Some(_) if !self.maybe_there.contains(&txn_id) => {
                self.forget(txn_id);
                // What stood behind something that was about it may go now.
                self.send_waiting();
            }
            Some(Action::Post { .. }) => self.delete(Target::Own(txn_id), context),
            _ => {}
        }
    }

    fn enqueue(&mut self, action: Action, context: Context) {
        let txn_id = TxnId::new(context.now, context.random);
        let message = self.queue.push(txn_id, context.now, action);
        self.out.push(Output::Persist { op: PersistOp::Put { message: message.clone() } });
        self.show_queued(&message);
        self.take_up(txn_id);
    }

    fn take_up(&mut self, txn_id: TxnId) {
        self.show_unsent();
        if matches!(self.connection.state(), ConnectionState::Ended) {
            let code = ErrorCode::SessionEnded;
            return self.rejected(txn_id, code, code.sentence().to_owned());
        }
        self.send_waiting();
    }

    fn replace(&mut self, message: QueuedMessage) {
        if let Some(queued) = self.queue.get_mut(message.txn_id) {
            *queued = message.clone();
            self.out.push(Output::Persist { op: PersistOp::Put { message } });
        }
    }

    /// Sends what was not sent on this connection yet, in order. What is about a message without a place stops there: the
    /// order in which things were asked for is kept.
    pub(crate) fn send_waiting(&mut self) {
        if !self.connection.is_online() {
            return;
        }
        let mut ready = Vec::new();
        for queued in self.queue.waiting().filter(|queued| !self.in_flight.contains(&queued.txn_id)) {
            let Some(command) = queued.action.command() else { break };
            ready.push((queued.txn_id, command));
        }
        for (txn_id, command) in ready {
            self.in_flight.insert(txn_id);
            self.maybe_there.insert(txn_id);
            self.transmit(&ClientMessage::Send { txn_id, command });
        }
    }

    /// The action is done with: nothing to keep any more. What waits for its place gets it, and is kept before it goes.
    pub(crate) fn settle(&mut self, txn_id: TxnId, how: Settled) {
        self.in_flight.remove(&txn_id);
        self.maybe_there.remove(&txn_id);
        if let Settled::At(seq) = how {
            for message in self.queue.resolve(txn_id, seq) {
                self.out.push(Output::Persist { op: PersistOp::Put { message } });
            }
        }
        if self.queue.remove(txn_id).is_some() {
            self.out.push(Output::Persist { op: PersistOp::Remove { txn_id } });
            self.show_unsent();
        }
    }

    /// Throws an action away, and what is about the message it would have made.
    fn forget(&mut self, txn_id: TxnId) {
        for dependent in self.queue.about(txn_id) {
            self.forget(dependent.txn_id);
        }
        self.settle(txn_id, Settled::Never);
        let patches = self.timeline.discard(txn_id);
        self.patches.extend(patches);
        self.show_unsent();
    }

    pub(crate) fn rejected(&mut self, txn_id: TxnId, code: ErrorCode, message: String) {
        self.in_flight.remove(&txn_id);
        self.maybe_there.remove(&txn_id);
        let Some(queued) = self.queue.get(txn_id).cloned() else { return };
        // Nobody typed these: the timeline shows how things stand instead.
        let is_answer = matches!(queued.action, Action::Answer { .. } | Action::Confirm { .. })
            && matches!(code, ErrorCode::AnswerTooLate | ErrorCode::AttachmentUnknown);
        let lost_its_object =
            is_answer || code == ErrorCode::MessageGone && !matches!(queued.action, Action::Edit { .. });
        if lost_its_object || matches!(queued.action, Action::Leave) {
            return self.forget(txn_id);
        }
        if let Action::Post { .. } = queued.action {
            self.merge_dependents(txn_id);
        }
        let refused = Some(Refusal { code, message: message.clone() });
        let Some(queued) = self.queue.get(txn_id).cloned() else { return };
        self.replace(QueuedMessage { refused, ..queued });
        let patches = self.timeline.fail(txn_id, code, message);
        self.patches.extend(patches);
        self.show_unsent();
        self.send_waiting();
    }

    /// A message that was refused takes up what was asked of it meanwhile: it is edited where it waits, or goes.
    fn merge_dependents(&mut self, txn_id: TxnId) {
        for dependent in self.queue.about(txn_id) {
            self.forget(dependent.txn_id);
            match dependent.action {
                Action::Delete { .. } => return self.forget(txn_id),
                Action::Edit { text: new, .. } => {
                    if let Some(queued) = self.queue.get_mut(txn_id)
                        && let Action::Post { text, .. } = &mut queued.action
                    {
                        text.clone_from(&new);
                    }
                    let patches = self.timeline.rewrite_echo(txn_id, new);
                    self.patches.extend(patches);
                }
                Action::React { .. }
                | Action::Unreact { .. }
                | Action::Answer { .. }
                | Action::Confirm { .. }
                | Action::Revoke { .. }
                | Action::Post { .. }
                | Action::Leave => {}
            }
        }
    }

    fn type_now(&mut self, now: Millis) {
        let due = self.typed_at.is_none_or(|at| now.since(at) >= TYPING_EVERY_MILLIS);
        if due && self.connection.is_online() {
            self.typed_at = Some(now);
            self.transmit(&ClientMessage::Typing);
        }
    }

    /// Shows what the queue holds: a message as its echo, a change on top of its message.
    pub(crate) fn show_queued(&mut self, message: &QueuedMessage) {
        if let Some(echo) = message.echo() {
            let patches = self.timeline.echo(echo);
            self.patches.extend(patches);
        }
        if let Some((target, change)) = message.action.change() {
            let patches = self.timeline.change(message.txn_id, target, change);
            self.patches.extend(patches);
        }
        if let Some(refusal) = &message.refused {
            let patches = self.timeline.fail(message.txn_id, refusal.code, refusal.message.clone());
            self.patches.extend(patches);
        }
    }

    pub(crate) fn show_unsent(&mut self) {
        let count = self.queue.waiting().filter(|queued| !matches!(queued.action, Action::Leave)).count();
        self.show(ViewUpdate::Unsent { count });
    }
}
