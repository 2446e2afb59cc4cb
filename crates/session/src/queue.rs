//! What was asked for and is not in the log yet.

use deskside_proto::{AttachmentId, Command, Digest32, ErrorCode, Millis, ParticipantId, Seq, TxnId};
use deskside_timeline::{Change, LocalEcho, Target};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A durable wish of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum Action {
    // An outbox of before there were other actions calls it as the wire does.
    #[serde(alias = "post_message")]
    Post {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        reply_to: Option<Seq>,
        #[serde(default)]
        attachments: Vec<AttachmentId>,
        #[serde(default)]
        mentions: Vec<ParticipantId>,
        /// A note that only technicians see.
        #[serde(default)]
        private: bool,
    },
    Edit {
        target: Target,
        text: String,
        notify: bool,
    },
    Delete {
        target: Target,
    },
    React {
        target: Target,
        emoji: String,
    },
    Unreact {
        target: Target,
        emoji: String,
    },
    /// Accept or decline files.
    Answer {
        target: Target,
        attachments: Vec<AttachmentId>,
        accept: bool,
    },
    /// Accepted files are here whole.
    Confirm {
        target: Target,
        attachments: Vec<AttachmentId>,
        /// Digest of a direct file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        blake3: Option<Digest32>,
    },
    /// Take own files back.
    Revoke {
        target: Target,
        attachments: Vec<AttachmentId>,
    },
    Leave,
}

impl Action {
    /// The message it is about.
    #[must_use]
    pub fn target(&self) -> Option<Target> {
        match self {
            Self::Post { .. } | Self::Leave => None,
            Self::Edit { target, .. }
            | Self::Delete { target }
            | Self::React { target, .. }
            | Self::Unreact { target, .. }
            | Self::Answer { target, .. }
            | Self::Confirm { target, .. }
            | Self::Revoke { target, .. } => Some(*target),
        }
    }

    fn target_mut(&mut self) -> Option<&mut Target> {
        match self {
            Self::Post { .. } | Self::Leave => None,
            Self::Edit { target, .. }
            | Self::Delete { target }
            | Self::React { target, .. }
            | Self::Unreact { target, .. }
            | Self::Answer { target, .. }
            | Self::Confirm { target, .. }
            | Self::Revoke { target, .. } => Some(target),
        }
    }

    /// The command for the wire; `None` while its message has no place in the log yet.
    #[must_use]
    pub fn command(&self) -> Option<Command> {
        let target = match self.target() {
            Some(Target::Own(_)) => return None,
            Some(Target::Seq(seq)) => seq,
            None => 0,
        };
        Some(match self.clone() {
            Self::Post { text, reply_to, attachments, mentions, private } => {
                Command::PostMessage { text, reply_to, attachments, mentions, private }
            }
            Self::Edit { text, notify, .. } => Command::EditMessage { target, text, notify },
            Self::Delete { .. } => Command::DeleteMessage { target },
            Self::React { emoji, .. } => Command::React { target, emoji },
            Self::Unreact { emoji, .. } => Command::Unreact { target, emoji },
            Self::Answer { attachments, accept, .. } => {
                Command::AnswerAttachments { target, attachments, accept }
            }
            Self::Confirm { attachments, blake3, .. } => {
                Command::ConfirmAttachments { target, attachments, blake3 }
            }
            Self::Revoke { attachments, .. } => Command::RevokeAttachments { target, attachments },
            Self::Leave => Command::Leave,
        })
    }

    /// What it changes, where it changes a message.
    #[must_use]
    pub fn change(&self) -> Option<(Target, Change)> {
        match self {
            Self::Post { .. } | Self::Leave => None,
            Self::Edit { target, text, .. } => Some((*target, Change::Edit { text: text.clone() })),
            Self::Delete { target } => Some((*target, Change::Delete)),
            Self::React { target, emoji } => Some((*target, Change::React { emoji: emoji.clone() })),
            Self::Unreact { target, emoji } => Some((*target, Change::Unreact { emoji: emoji.clone() })),
            Self::Answer { target, attachments, accept } => {
                Some((*target, Change::Answer { attachments: attachments.clone(), accept: *accept }))
            }
            Self::Confirm { target, attachments, .. } => {
                Some((*target, Change::Confirm { attachments: attachments.clone() }))
            }
            Self::Revoke { target, attachments } => {
                Some((*target, Change::Revoke { attachments: attachments.clone() }))
            }
        }
    }
}

/// An action on its way, as the outbox keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct QueuedMessage {
    pub txn_id: TxnId,
    /// Place among the actions of this session: they are sent in this order.
    pub order: u64,
    /// When it was asked for.
    pub at: Millis,
    // An outbox of before there were other actions calls it so.
    #[serde(alias = "command")]
    pub action: Action,
    /// Set where the portal refused it: it stays until the person takes it up again or throws it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub refused: Option<Refusal>,
}

impl QueuedMessage {
    /// The message as the timeline shows it before the log has it.
    pub(crate) fn echo(&self) -> Option<LocalEcho> {
        let Action::Post { text, reply_to, mentions, private, .. } = &self.action else { return None };
        Some(LocalEcho {
            txn_id: self.txn_id,
            at: self.at,
            text: text.clone(),
            reply_to: *reply_to,
            mentions: mentions.clone(),
            private: *private,
        })
    }
}

/// Why the portal refused an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Refusal {
    pub code: ErrorCode,
    pub message: String,
}

/// Waiting and refused actions, in order.
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

    pub(crate) fn push(&mut self, txn_id: TxnId, at: Millis, action: Action) -> QueuedMessage {
        let message = QueuedMessage { txn_id, order: self.next_order, at, action, refused: None };
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

    pub(crate) fn get(&self, txn_id: TxnId) -> Option<&QueuedMessage> {
        self.messages.iter().find(|queued| queued.txn_id == txn_id)
    }

    pub(crate) fn get_mut(&mut self, txn_id: TxnId) -> Option<&mut QueuedMessage> {
        self.messages.iter_mut().find(|queued| queued.txn_id == txn_id)
    }

    pub(crate) fn remove(&mut self, txn_id: TxnId) -> Option<QueuedMessage> {
        let index = self.messages.iter().position(|message| message.txn_id == txn_id)?;
        Some(self.messages.remove(index))
    }

    /// Puts an action back as it was, to its place; `None` where it was not there.
    pub(crate) fn put_back(&mut self, txn_id: TxnId, before: Option<QueuedMessage>) {
        self.remove(txn_id);
        if let Some(message) = before {
            let place = self.messages.partition_point(|other| other.order < message.order);
            self.messages.insert(place, message);
        }
    }

    /// What is about the own message `txn_id`, in order.
    pub(crate) fn about(&self, txn_id: TxnId) -> Vec<QueuedMessage> {
        let about = |queued: &&QueuedMessage| queued.action.target() == Some(Target::Own(txn_id));
        self.messages.iter().filter(about).cloned().collect()
    }

    /// The own message `txn_id` stands at `seq`: what is about it can be sent. Those that changed.
    pub(crate) fn resolve(&mut self, txn_id: TxnId, seq: Seq) -> Vec<QueuedMessage> {
        let mut resolved = Vec::new();
        for queued in &mut self.messages {
            if let Some(target) = queued.action.target_mut().filter(|target| **target == Target::Own(txn_id))
            {
                *target = Target::Seq(seq);
                resolved.push(queued.clone());
            }
        }
        resolved
    }
}
