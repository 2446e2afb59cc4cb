//! Rows as they read: base, what the log says of them, and own changes on top.

use deskside_proto::{Millis, ParticipantId, ParticipantRole, Seq};

use crate::{
    ItemKind, MessageItem, Notice, Reaction, Reply, Target, Timeline, TimelineItem,
    facts::Deletion,
    row::{MessageRow, NoticeRow, Row, RowKind},
};

/// Characters of a quoted original; the rest is one click away.
const QUOTE_MAX_CHARS: usize = 160;
/// Names that a reaction lists; the count tells the rest.
const REACTION_NAMES_MAX: usize = 50;

impl Timeline {
    pub(crate) fn show(&self, row: &Row) -> TimelineItem {
        let kind = match &row.kind {
            RowKind::Message(message) => match self.deletion(row.seq) {
                Some(deletion) => self.deleted(row, deletion),
                None => ItemKind::Message(self.message(row, message)),
            },
            RowKind::Tombstone { by, at } => self.deleted(row, Deletion { by: *by, at: *at }),
            RowKind::Notice(notice) => ItemKind::Notice { notice: self.notice(*notice, row.sender) },
            RowKind::Unknown => ItemKind::Unknown,
        };
        TimelineItem { key: row.key.clone(), seq: row.seq, at: row.at, kind }
    }

    /// The name of a participant, as the session told it.
    #[must_use]
    pub fn name(&self, participant: Option<ParticipantId>) -> String {
        participant.and_then(|id| self.names.get(&id).cloned()).unwrap_or_default()
    }

    fn deletion(&self, seq: Option<Seq>) -> Option<Deletion> {
        self.facts.get(&seq?)?.deletion
    }

    fn is_own(&self, participant: Option<ParticipantId>) -> bool {
        participant.is_some() && participant == self.own()
    }

    fn deleted(&self, row: &Row, deletion: Deletion) -> ItemKind {
        ItemKind::Deleted {
            sender_name: self.name(row.sender),
            own: self.is_own(row.sender),
            deleted_by_name: self.name(deletion.by),
            deleted_by_own: self.is_own(deletion.by),
            deleted_at: deletion.at,
        }
    }

    fn message(&self, row: &Row, message: &MessageRow) -> MessageItem {
        let facts = row.seq.and_then(|seq| self.facts.get(&seq));
        let mut reactions = facts.map(|facts| facts.reactions.given()).unwrap_or_default();
        let target = row.seq.map(Target::Seq).or_else(|| row.key.parse().ok().map(Target::Own));
        let overlay =
            target.map(|target| self.changes.overlay(target, self.own(), &mut reactions)).unwrap_or_default();
        let own = self.is_own(row.sender);
        let (text, edited_at) = self.newest(row, message);
        MessageItem {
            sender: row.sender,
            sender_name: self.name(row.sender),
            own,
            private: message.private,
            text: overlay.text.unwrap_or_else(|| text.to_owned()),
            mentions: message.mentions.clone(),
            reply: message.reply_to.map(|target| self.reply(target)),
            attachments: self.files(row, message, &overlay.answers),
            reactions: reactions.into_iter().map(|(emoji, by)| self.reaction(emoji, &by)).collect(),
            edited_at,
            edit_until: self.viewer.and_then(|v| v.chat.edit_until(v.role, own, row.at).ok()),
            delete_until: self.viewer.and_then(|v| v.chat.delete_until(v.role, own, row.at).ok()),
            delivery: message.delivery.clone(),
            pending_change: overlay.pending,
            failed_change: overlay.failed,
        }
    }

    /// The newest text that the log has, and when it was edited.
    fn newest<'a>(&'a self, row: &Row, message: &'a MessageRow) -> (&'a str, Option<Millis>) {
        let stored = message.edited;
        let edit = row.seq.and_then(|seq| self.facts.get(&seq)?.edit.as_ref());
        match edit.filter(|edit| stored.is_none_or(|stored| stored.seq < edit.seq)) {
            Some(edit) => (&edit.text, Some(edit.at)),
            None => (&message.text, stored.map(|mark| mark.at)),
        }
    }

    fn reaction(&self, emoji: String, by: &[ParticipantId]) -> Reaction {
        let others = by.iter().filter(|person| Some(**person) != self.own());
        let names = others.take(REACTION_NAMES_MAX).map(|person| self.name(Some(*person))).collect();
        let own = self.own().is_some_and(|own| by.contains(&own));
        Reaction { emoji, count: by.len(), own, names }
    }

    fn reply(&self, seq: Seq) -> Reply {
        let nothing = Reply { seq, quote: None, sender_name: String::new(), deleted: false };
        let Some(index) = self.index_of(seq) else { return nothing };
        let echo = || self.echoes.get(index - self.confirmed.len());
        let Some(original) = self.confirmed.get(index).or_else(echo) else { return nothing };
        let sender_name = self.name(original.sender);
        match &original.kind {
            RowKind::Tombstone { .. } => Reply { seq, quote: None, sender_name, deleted: true },
            RowKind::Message(_) if self.deletion(Some(seq)).is_some() => {
                Reply { seq, quote: None, sender_name, deleted: true }
            }
            RowKind::Message(message) => {
                let quote =
                    Some(excerpt(self.newest(original, message).0, &message.attachments, QUOTE_MAX_CHARS));
                Reply { seq, quote, sender_name, deleted: false }
            }
            RowKind::Notice(_) | RowKind::Unknown => nothing,
        }
    }

    fn notice(&self, notice: NoticeRow, sender: Option<ParticipantId>) -> Notice {
        let name = |id| self.name(Some(id));
        match notice {
            NoticeRow::Waiting(id) => Notice::Waiting { name: name(id) },
            NoticeRow::Joined(id) => Notice::Joined { name: name(id) },
            NoticeRow::Left(id) => Notice::Left { name: name(id) },
            NoticeRow::Removed(id) => Notice::Removed { name: name(id), by: self.name(sender) },
            NoticeRow::Ended => Notice::Ended { by: self.name(sender) },
            NoticeRow::EndedIdle => Notice::EndedIdle,
        }
    }

    /// Whether the viewer is a technician.
    #[must_use]
    pub fn viewer_is_technician(&self) -> bool {
        self.viewer.is_some_and(|viewer| viewer.role == ParticipantRole::Technician)
    }
}

/// The first `most` characters of a text, or of the name of the first file where there is none.
pub(crate) fn excerpt(text: &str, attachments: &[deskside_proto::Attachment], most: usize) -> String {
    let text = match attachments.first() {
        Some(file) if text.is_empty() => &file.name,
        _ => text,
    };
    let mut chars = text.chars();
    let mut quote: String = chars.by_ref().take(most).collect();
    if chars.next().is_some() {
        quote.push('…');
    }
    quote
}
