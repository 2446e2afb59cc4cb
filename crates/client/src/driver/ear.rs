//! What of a session reaches a person who does not look at it.

use std::collections::HashMap;

use deskside_proto::{
    ErrorCode, Event, EventBody, LogEntry, ParticipantId, ParticipantRole, Seq, ServerMessage,
};
use deskside_session::{ConnectionState, ViewUpdate};

use crate::attention::{Notice, Unread, notice, rule};

/// Notices that wait to be taken; a person is told of the newest only.
const NOTICES_MAX: usize = 20;

/// What happened in a session since the last time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// Oldest first; what happened before the first connection is not news.
    pub notices: Vec<Notice>,
    /// Places that count as unread, after what was seen.
    pub unread: usize,
    /// One is a technician there.
    pub technician: bool,
    pub over: Option<Over>,
}

/// Why nothing more will be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    Ended,
    /// Put out, or signed out.
    Closed(ErrorCode),
}

/// Listens to one session.
pub(super) struct Ear {
    unread: Unread,
    you: Option<ParticipantId>,
    names: HashMap<ParticipantId, String>,
    /// Newest place of the log that was listened to.
    head: Seq,
    /// Head of the log at the first welcome: what comes after it is news.
    news_after: Option<Seq>,
    heard: Heard,
    changed: bool,
}

impl Ear {
    /// `seen`: how far the person has read.
    pub(super) fn new(seen: Seq) -> Self {
        Self {
            unread: Unread::after(seen),
            you: None,
            names: HashMap::new(),
            head: 0,
            news_after: None,
            heard: Heard::default(),
            changed: false,
        }
    }

    pub(super) fn has_news(&self) -> bool {
        self.changed
    }

    pub(super) fn take(&mut self) -> Heard {
        self.changed = false;
        let notices = std::mem::take(&mut self.heard.notices);
        Heard { notices, ..self.heard.clone() }
    }

    /// Everything up to `seq` was seen. Whether that is news.
    pub(super) fn see(&mut self, seq: Seq) -> bool {
        let news = self.unread.see(seq);
        if news {
            self.heard.notices.retain(|notice| notice.seq > seq);
            self.count();
        }
        news
    }

    /// What the session shows of itself.
    pub(super) fn follow(&mut self, update: &ViewUpdate) {
        match update {
            ViewUpdate::Session { you, .. } => {
                self.you = Some(you.id);
                let technician = you.role == ParticipantRole::Technician;
                self.changed |= self.heard.technician != technician;
                self.heard.technician = technician;
            }
            ViewUpdate::Roster { entries } => {
                self.names.extend(
                    entries.iter().map(|entry| (entry.participant.id, entry.participant.name.clone())),
                );
            }
            ViewUpdate::Connection { state } => {
                let over = match state {
                    ConnectionState::Ended => Some(Over::Ended),
                    ConnectionState::Closed { code, .. } => Some(Over::Closed(*code)),
                    _ => None,
                };
                self.changed |= self.heard.over != over;
                self.heard.over = over;
            }
            _ => {}
        }
    }

    /// A frame of the portal, after the session took it.
    pub(super) fn receive(&mut self, message: ServerMessage) {
        match message {
            ServerMessage::Welcome { head, .. } => {
                self.news_after.get_or_insert(head);
            }
            ServerMessage::Log { entries } => {
                for entry in entries {
                    self.entry(&entry);
                }
            }
            _ => {}
        }
    }

    /// As the session does, takes each place of the log once and in order.
    fn entry(&mut self, entry: &LogEntry) {
        if entry.seq() != self.head + 1 {
            return;
        }
        self.head = entry.seq();
        if let LogEntry::Event(event) = entry {
            self.event(event);
        }
    }

    fn event(&mut self, event: &Event) {
        if let EventBody::MessageDeleted { target } = event.body {
            self.unread.unsaid(target);
            self.heard.notices.retain(|notice| notice.seq != target);
            self.count();
        }
        let Some(you) = self.you else { return };
        let name = |id| self.names.get(&id).cloned().unwrap_or_default();
        let Some(notice) = notice::of(event, you, name) else { return };
        if rule::counts(&notice, self.heard.technician) {
            self.unread.said(notice.seq);
            self.count();
        }
        let news = self.news_after.is_some_and(|after| notice.seq > after) && notice.seq > self.unread.seen();
        if news && !notice.own {
            if self.heard.notices.len() == NOTICES_MAX {
                self.heard.notices.remove(0);
            }
            self.heard.notices.push(notice);
            self.changed = true;
        }
    }

    fn count(&mut self) {
        self.changed |= self.heard.unread != self.unread.count();
        self.heard.unread = self.unread.count();
    }
}
