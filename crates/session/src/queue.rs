//! Commands that are not in the log yet.

use deskside_proto::{Command, ErrorCode, Millis, TxnId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A command on its way, as the outbox keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct QueuedMessage {
    pub txn_id: TxnId,
    /// Place among the commands of this session: they are sent in this order.
    pub order: u64,
    /// When it was asked for.
    pub at: Millis,
    pub command: Command,
    /// Set where the portal refused it: it stays until the person takes it up again or throws it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub refused: Option<Refusal>,
}

/// Why the portal refused a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Refusal {
    pub code: ErrorCode,
    pub message: String,
}

/// Waiting and refused commands, in order.
#[derive(Debug, Default, Clone)]
pub(crate) struct SendQueue {
    messages: Vec<QueuedMessage>,
    next_order: u64,
}

impl SendQueue {
    pub(crate) fn restore(mut messages: Vec<QueuedMessage>) -> Self {
        messages.sort_by_key(|message| message.order);
        messages.dedup_by_key(|message| message.txn_id);
        let next_order = messages.last().map_or(0, |last| last.order + 1);
        Self { messages, next_order }
    }

    pub(crate) fn push(&mut self, txn_id: TxnId, at: Millis, command: Command) -> QueuedMessage {
        let message = QueuedMessage { txn_id, order: self.next_order, at, command, refused: None };
        self.next_order += 1;
        self.messages.push(message.clone());
        message
    }

    /// What still has to be sent, in order.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &QueuedMessage> {
        self.messages.iter().filter(|message| message.refused.is_none())
    }

    pub(crate) fn all(&self) -> &[QueuedMessage] {
        &self.messages
    }

    pub(crate) fn remove(&mut self, txn_id: TxnId) -> Option<QueuedMessage> {
        let index = self.messages.iter().position(|message| message.txn_id == txn_id)?;
        Some(self.messages.remove(index))
    }

    pub(crate) fn refuse(
        &mut self,
        txn_id: TxnId,
        code: ErrorCode,
        message: String,
    ) -> Option<QueuedMessage> {
        let queued = self.messages.iter_mut().find(|queued| queued.txn_id == txn_id)?;
        queued.refused = Some(Refusal { code, message });
        Some(queued.clone())
    }
}
