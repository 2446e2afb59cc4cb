//! Own changes of messages that the log does not confirm yet.

use std::collections::BTreeMap;

use deskside_proto::{AttachmentId, ErrorCode, ParticipantId, RecipientState, Seq, TxnId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ChangeKind, FailedChange};

/// Which message: by its place in the log, or, while it has none, by the sender's own name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(untagged)]
#[ts(export)]
pub enum Target {
    Seq(Seq),
    Own(TxnId),
}

/// A change of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Edit {
        text: String,
    },
    Delete,
    React {
        emoji: String,
    },
    Unreact {
        emoji: String,
    },
    /// Accepts or declines files that were offered to one.
    Answer {
        attachments: Vec<AttachmentId>,
        accept: bool,
    },
    /// Files that were accepted are here whole.
    Confirm {
        attachments: Vec<AttachmentId>,
    },
    /// Takes own files back.
    Revoke {
        attachments: Vec<AttachmentId>,
    },
}

impl Change {
    #[must_use]
    pub fn kind(&self) -> ChangeKind {
        match self {
            Self::Edit { .. } => ChangeKind::Edit,
            Self::Delete => ChangeKind::Delete,
            Self::React { .. } => ChangeKind::React,
            Self::Unreact { .. } => ChangeKind::Unreact,
            Self::Answer { .. } => ChangeKind::Answer,
            Self::Confirm { .. } => ChangeKind::Confirm,
            Self::Revoke { .. } => ChangeKind::Revoke,
        }
    }
}

/// Where an own change stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    Waiting,
    /// Confirmed at this place; shown until the log brings it.
    Confirmed(Seq),
    Refused {
        code: ErrorCode,
        message: String,
    },
}

#[derive(Debug, Clone)]
struct Entry {
    txn_id: TxnId,
    target: Target,
    change: Change,
    stage: Stage,
}

/// Own changes in the order they were asked for.
#[derive(Debug, Default, Clone)]
pub(crate) struct Changes {
    entries: Vec<Entry>,
}

/// What own changes make of a message.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    pub(crate) text: Option<String>,
    /// Own answers to offers.
    pub(crate) answers: BTreeMap<AttachmentId, RecipientState>,
    pub(crate) pending: Option<ChangeKind>,
    pub(crate) failed: Option<FailedChange>,
}

impl Changes {
    /// `false` where it is known already.
    pub(crate) fn add(&mut self, txn_id: TxnId, target: Target, change: Change) -> bool {
        let known = self.entries.iter().any(|entry| entry.txn_id == txn_id);
        if !known {
            self.entries.push(Entry { txn_id, target, change, stage: Stage::Waiting });
        }
        !known
    }

    /// The message's target, where the change is known.
    pub(crate) fn confirm(&mut self, txn_id: TxnId, seq: Seq) -> Option<Target> {
        let entry = self.entries.iter_mut().find(|entry| entry.txn_id == txn_id)?;
        entry.stage = Stage::Confirmed(seq);
        Some(entry.target)
    }

    pub(crate) fn refuse(&mut self, txn_id: TxnId, code: ErrorCode, message: String) -> Option<Target> {
        let entry = self.entries.iter_mut().find(|entry| entry.txn_id == txn_id)?;
        entry.stage = Stage::Refused { code, message };
        Some(entry.target)
    }

    pub(crate) fn remove(&mut self, txn_id: TxnId) -> Option<Target> {
        let index = self.entries.iter().position(|entry| entry.txn_id == txn_id)?;
        Some(self.entries.remove(index).target)
    }

    /// Drops what the log has brought by now; only confirmed changes go. The messages they were about.
    pub(crate) fn drop_confirmed(&mut self, head: Seq) -> Vec<Target> {
        let brought = |entry: &mut Entry| matches!(entry.stage, Stage::Confirmed(seq) if seq <= head);
        self.entries.extract_if(.., brought).map(|entry| entry.target).collect()
    }

    /// The own message `txn_id` stands at `seq` from now on.
    pub(crate) fn settle(&mut self, txn_id: TxnId, seq: Seq) {
        for entry in self.entries.iter_mut().filter(|entry| entry.target == Target::Own(txn_id)) {
            entry.target = Target::Seq(seq);
        }
    }

    /// What own changes make of `target`; reactions are laid over `reactions`.
    pub(crate) fn overlay(
        &self,
        target: Target,
        own: Option<ParticipantId>,
        reactions: &mut Vec<(String, Vec<ParticipantId>)>,
    ) -> Overlay {
        let mut overlay = Overlay::default();
        for entry in self.entries.iter().filter(|entry| entry.target == target) {
            if let Stage::Refused { code, message } = &entry.stage {
                overlay.failed.get_or_insert_with(|| FailedChange {
                    txn_id: entry.txn_id,
                    what: entry.change.kind(),
                    code: *code,
                    message: message.clone(),
                });
                continue;
            }
            if entry.stage == Stage::Waiting {
                overlay.pending = Some(entry.change.kind());
            }
            match (&entry.change, own) {
                (Change::Edit { text }, _) => overlay.text = Some(text.clone()),
                (Change::React { emoji }, Some(own)) => give(reactions, emoji, own),
                (Change::Unreact { emoji }, Some(own)) => take(reactions, emoji, own),
                (Change::Answer { attachments, accept }, _) => {
                    let state = if *accept { RecipientState::Accepted } else { RecipientState::Declined };
                    overlay.answers.extend(attachments.iter().map(|file| (*file, state)));
                }
                (Change::Confirm { attachments }, _) => {
                    let state = RecipientState::Received;
                    overlay.answers.extend(attachments.iter().map(|file| (*file, state)));
                }
                (
                    Change::Delete | Change::React { .. } | Change::Unreact { .. } | Change::Revoke { .. },
                    _,
                ) => {}
            }
        }
        overlay
    }
}

fn give(reactions: &mut Vec<(String, Vec<ParticipantId>)>, emoji: &str, own: ParticipantId) {
    match reactions.iter_mut().find(|(known, _)| known == emoji) {
        Some((_, people)) if people.contains(&own) => {}
        Some((_, people)) => people.push(own),
        None => reactions.push((emoji.to_owned(), vec![own])),
    }
}

fn take(reactions: &mut Vec<(String, Vec<ParticipantId>)>, emoji: &str, own: ParticipantId) {
    for (_, people) in reactions.iter_mut().filter(|(known, _)| known == emoji) {
        people.retain(|person| *person != own);
    }
    reactions.retain(|(_, people)| !people.is_empty());
}
