//! The fold of a log into a list of rows, with local echoes of what is on its way.

use std::collections::BTreeMap;

use deskside_proto::{
    EndReason, ErrorCode, Event, EventBody, LogEntry, MessagePosted, Millis, ParticipantId, Seq, TxnId,
};

use crate::{Delivery, ItemKind, Notice, Reply, TimelineItem, TimelinePatch};

/// Characters of a quoted original; the rest is one click away.
const QUOTE_MAX_CHARS: usize = 160;

/// A message that was asked for here and is not in the log yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalEcho {
    pub txn_id: TxnId,
    pub at: Millis,
    pub text: String,
    pub reply_to: Option<Seq>,
}

/// The rows of a session: first what the log confirms, in its order, then local echoes in the order they were asked for.
#[derive(Debug, Default, Clone)]
pub struct Timeline {
    own: Option<ParticipantId>,
    names: BTreeMap<ParticipantId, String>,
    items: Vec<TimelineItem>,
    /// How many of `items` the log confirms.
    confirmed: usize,
    head: Seq,
}

impl Timeline {
    #[must_use]
    pub fn items(&self) -> &[TimelineItem] {
        &self.items
    }

    /// Seq of the newest folded entry.
    #[must_use]
    pub fn head(&self) -> Seq {
        self.head
    }

    /// The name of a participant, as the log told it.
    #[must_use]
    pub fn name(&self, participant: Option<ParticipantId>) -> String {
        participant.and_then(|id| self.names.get(&id).cloned()).unwrap_or_default()
    }

    /// Says who one is oneself; to be called before the first entry is folded.
    pub fn set_own(&mut self, own: ParticipantId) {
        self.own = Some(own);
    }

    /// Folds the next entry of the log. One that was folded before changes nothing; gaps are the caller's business.
    pub fn fold(&mut self, entry: LogEntry) -> Vec<TimelinePatch> {
        let seq = entry.seq();
        if seq <= self.head {
            return Vec::new();
        }
        self.head = seq;
        match entry {
            LogEntry::Event(event) => self.fold_event(event),
            LogEntry::Withheld { .. } => Vec::new(),
        }
    }

    fn fold_event(&mut self, event: Event) -> Vec<TimelinePatch> {
        let Event { seq, sender, at, txn_id, body, .. } = event;
        let notice = match body {
            EventBody::MessagePosted(message) => return self.post(seq, sender, at, txn_id, message),
            EventBody::MessageEdited { target, text, .. } => return self.edit(target, text, at),
            EventBody::MessageDeleted { target } => return self.delete(target, sender),
            EventBody::Tombstone { deleted_by, .. } => {
                let kind = self.tombstone(sender, deleted_by);
                return vec![self.insert(seq, at, kind)];
            }
            EventBody::ParticipantWaiting { participant } => {
                self.names.insert(participant.id, participant.name.clone());
                Notice::Waiting { name: participant.name }
            }
            EventBody::ParticipantJoined { participant } => {
                self.names.insert(participant.id, participant.name.clone());
                Notice::Joined { name: participant.name }
            }
            EventBody::ParticipantLeft { participant_id } => {
                Notice::Left { name: self.name(Some(participant_id)) }
            }
            EventBody::ParticipantRemoved { participant_id } => {
                Notice::Removed { name: self.name(Some(participant_id)), by: self.name(sender) }
            }
            EventBody::SessionEnded { reason: EndReason::EndedByTechnician } => {
                Notice::Ended { by: self.name(sender) }
            }
            EventBody::SessionEnded { reason: EndReason::Idle } => Notice::EndedIdle,
            EventBody::Unknown(_) => return vec![self.insert(seq, at, ItemKind::Unknown)],
        };
        vec![self.insert(seq, at, ItemKind::Notice { notice })]
    }

    fn post(
        &mut self,
        seq: Seq,
        sender: Option<ParticipantId>,
        at: Millis,
        txn_id: Option<TxnId>,
        message: MessagePosted,
    ) -> Vec<TimelinePatch> {
        let own = sender.is_some() && sender == self.own;
        let kind = ItemKind::Message {
            sender,
            sender_name: self.name(sender),
            own,
            text: message.text,
            reply: message.reply_to.map(|target| self.reply(target)),
            attachments: message.attachments,
            edited_at: message.edited_at,
            delivery: Delivery::Sent,
        };
        let key = match txn_id {
            Some(txn_id) if own => txn_id.to_string(),
            _ => key(seq),
        };
        let item = TimelineItem { key, seq: Some(seq), at, kind };
        match self.echo_index(&item.key) {
            Some(index) => self.confirm(index, item),
            None => vec![self.insert_item(item)],
        }
    }

    /// The echo at `index` is `item` in the log now: it moves to the end of what is confirmed.
    fn confirm(&mut self, index: usize, item: TimelineItem) -> Vec<TimelinePatch> {
        let place = self.confirmed;
        self.confirmed += 1;
        if index == place {
            self.items[index] = item.clone();
            return vec![TimelinePatch::Update { index, item }];
        }
        self.items.remove(index);
        self.items.insert(place, item.clone());
        vec![TimelinePatch::Remove { index }, TimelinePatch::Insert { index: place, item }]
    }

    fn edit(&mut self, target: Seq, new_text: String, at: Millis) -> Vec<TimelinePatch> {
        self.change(target, |kind| {
            let ItemKind::Message { text, edited_at, .. } = kind else { return false };
            // The portal rewrites the original in the same commit, so a later page may already hold a newer text.
            if edited_at.is_some_and(|earlier| earlier >= at) {
                return false;
            }
            *text = new_text;
            *edited_at = Some(at);
            true
        })
    }

    fn delete(&mut self, target: Seq, by: Option<ParticipantId>) -> Vec<TimelinePatch> {
        let deleted_by = self.name(by);
        self.change(target, |kind| {
            let ItemKind::Message { sender_name, own, .. } = kind else { return false };
            *kind = ItemKind::Deleted {
                sender_name: std::mem::take(sender_name),
                own: *own,
                deleted_by_name: deleted_by,
            };
            true
        })
    }

    fn change(&mut self, target: Seq, change: impl FnOnce(&mut ItemKind) -> bool) -> Vec<TimelinePatch> {
        let Some(index) = self.index_of(target) else { return Vec::new() };
        if !change(&mut self.items[index].kind) {
            return Vec::new();
        }
        vec![TimelinePatch::Update { index, item: self.items[index].clone() }]
    }

    /// Shows a message before the log confirms it. An echo that is there already is left alone.
    pub fn echo(&mut self, echo: LocalEcho) -> Vec<TimelinePatch> {
        let key = echo.txn_id.to_string();
        if self.items.iter().any(|item| item.key == key) {
            return Vec::new();
        }
        let kind = ItemKind::Message {
            sender: self.own,
            sender_name: self.name(self.own),
            own: true,
            text: echo.text,
            reply: echo.reply_to.map(|target| self.reply(target)),
            attachments: Vec::new(),
            edited_at: None,
            delivery: Delivery::Pending { txn_id: echo.txn_id },
        };
        let item = TimelineItem { key, seq: None, at: echo.at, kind };
        self.items.push(item.clone());
        vec![TimelinePatch::Insert { index: self.items.len() - 1, item }]
    }

    /// The portal confirmed an echo; its event follows.
    pub fn acknowledge(&mut self, txn_id: TxnId, acked: Seq, time: Millis) -> Vec<TimelinePatch> {
        self.change_echo(txn_id, |item, delivery| {
            item.seq = Some(acked);
            item.at = time;
            *delivery = Delivery::Sent;
        })
    }

    /// The portal refused an echo.
    pub fn fail(&mut self, txn_id: TxnId, code: ErrorCode, message: String) -> Vec<TimelinePatch> {
        self.change_echo(txn_id, |_, delivery| *delivery = Delivery::Failed { txn_id, code, message })
    }

    /// Takes an echo away.
    pub fn discard(&mut self, txn_id: TxnId) -> Vec<TimelinePatch> {
        let Some(index) = self.echo_index(&txn_id.to_string()) else { return Vec::new() };
        self.items.remove(index);
        vec![TimelinePatch::Remove { index }]
    }

    fn change_echo(
        &mut self,
        txn_id: TxnId,
        change: impl FnOnce(&mut TimelineItem, &mut Delivery),
    ) -> Vec<TimelinePatch> {
        let Some(index) = self.echo_index(&txn_id.to_string()) else { return Vec::new() };
        let mut item = self.items[index].clone();
        let mut new = Delivery::Sent;
        change(&mut item, &mut new);
        if let ItemKind::Message { delivery, .. } = &mut item.kind {
            *delivery = new;
        }
        self.items[index] = item.clone();
        vec![TimelinePatch::Update { index, item }]
    }

    fn insert(&mut self, seq: Seq, at: Millis, kind: ItemKind) -> TimelinePatch {
        self.insert_item(TimelineItem { key: key(seq), seq: Some(seq), at, kind })
    }

    fn insert_item(&mut self, item: TimelineItem) -> TimelinePatch {
        let index = self.confirmed;
        self.items.insert(index, item.clone());
        self.confirmed += 1;
        TimelinePatch::Insert { index, item }
    }

    fn tombstone(&self, sender: Option<ParticipantId>, by: Option<ParticipantId>) -> ItemKind {
        ItemKind::Deleted {
            sender_name: self.name(sender),
            own: sender.is_some() && sender == self.own,
            deleted_by_name: self.name(by),
        }
    }

    fn reply(&self, target: Seq) -> Reply {
        let original = self.index_of(target).map(|index| &self.items[index].kind);
        match original {
            Some(ItemKind::Message { text, sender_name, .. }) => {
                Reply { seq: target, quote: Some(excerpt(text)), sender_name: sender_name.clone() }
            }
            Some(ItemKind::Deleted { sender_name, .. }) => {
                Reply { seq: target, quote: None, sender_name: sender_name.clone() }
            }
            Some(ItemKind::Notice { .. } | ItemKind::Unknown) | None => {
                Reply { seq: target, quote: None, sender_name: String::new() }
            }
        }
    }

    fn index_of(&self, seq: Seq) -> Option<usize> {
        self.items[..self.confirmed].binary_search_by_key(&Some(seq), |item| item.seq).ok()
    }

    fn echo_index(&self, key: &str) -> Option<usize> {
        let position = self.items[self.confirmed..].iter().position(|item| item.key == key)?;
        Some(self.confirmed + position)
    }
}

fn key(seq: Seq) -> String {
    format!("e{seq}")
}

fn excerpt(text: &str) -> String {
    let mut chars = text.chars();
    let mut quote: String = chars.by_ref().take(QUOTE_MAX_CHARS).collect();
    if chars.next().is_some() {
        quote.push('…');
    }
    quote
}
