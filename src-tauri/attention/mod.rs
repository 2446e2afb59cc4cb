//! What calls a person back to the app: notifications, tray icon, badge.
//!
//! Invariants
//! - What is told, and what counts, is decided by `deskside_client::attention` alone; here is only who looks where.
//! - Nothing waits for the desktop: what shows it ([`crate::os::Surfaces`]) takes orders and works on its own.
//! - A desktop without notifications, tray or badges costs nothing but these.

pub(crate) mod commands;
pub(crate) mod icon;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use deskside_client::{
    attention::{Notification, Situation, Words, judge},
    driver::Heard,
};
use deskside_proto::SessionId;
use deskside_session::AlertKind;
use serde::Serialize;
use tauri::{AppHandle, Emitter as _};

use crate::os::Surfaces;

/// Tells the window that [`AttentionState`] changed; it is the payload.
const CHANGED: &str = "attention-changed";
/// Asks the window for the room of the session that is the payload.
const OPEN: &str = "attention-open";

/// What stands behind one notification: a newer one takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Topic {
    /// What is said in a session.
    Talk(SessionId),
    /// Who waits in its lobby, or came in.
    Door(SessionId),
}

impl Topic {
    pub(crate) fn session(self) -> SessionId {
        match self {
            Self::Talk(session) | Self::Door(session) => session,
        }
    }
}

/// An order to what the desktop shows.
#[derive(Debug)]
pub(crate) enum Show {
    Notify(Topic, Notification),
    Withdraw(Topic),
    /// Unread messages, in sessions that are not muted.
    Unread(usize),
    /// How far the files that move are, in percent; absent where none moves.
    Progress(Option<u8>),
}

/// Direct files of one session that move now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moving {
    /// Bytes.
    pub(crate) done: u64,
    /// Bytes.
    pub(crate) size: u64,
}

/// All together, rounded down: 100 is said only of what is whole.
fn percent<'a>(moving: impl Iterator<Item = &'a Moving>) -> Option<u8> {
    let mut sums = None;
    for Moving { done, size } in moving {
        let (all_done, all) = sums.unwrap_or((0_u128, 0_u128));
        sums = Some((all_done + u128::from(*done), all + u128::from(*size)));
    }
    sums.map(|(done, size)| u8::try_from(done * 100 / size.max(1)).unwrap_or(100))
}

/// What a person did there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Click {
    /// Show the window.
    Window,
    /// Show the window with a session's room.
    Room(SessionId),
    Quit,
}

pub(crate) type OnClick = Arc<dyn Fn(Click) + Send + Sync>;

/// Unread counts and mutes, as the window draws them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct AttentionState {
    /// Unread messages in sessions that are not muted: what the badge says.
    unread: usize,
    sessions: Vec<SessionAttention>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct SessionAttention {
    session: SessionId,
    unread: usize,
    muted: bool,
}

/// Who looks where, and what is unread.
pub(crate) struct Attention {
    words: Arc<Words>,
    now: Mutex<Now>,
    desktop: OnceLock<(AppHandle, Surfaces)>,
}

#[derive(Default)]
struct Now {
    focused: bool,
    /// The session whose room the window shows.
    room: Option<SessionId>,
    sessions: BTreeMap<SessionId, Known>,
    /// What was told and neither read nor withdrawn.
    told: BTreeSet<Topic>,
    /// The badge as it was shown last.
    badge: usize,
    moving: BTreeMap<SessionId, Moving>,
    /// As it was shown last.
    progress: Option<u8>,
}

struct Known {
    /// Number of the driver that is listened to: what an earlier one still has to say is void.
    driver: u64,
    unread: usize,
    muted: bool,
}

impl Now {
    fn watches(&self, session: SessionId) -> bool {
        self.focused && self.room == Some(session)
    }

    fn state(&self) -> AttentionState {
        let sessions = self.sessions.iter();
        let sessions = sessions.map(|(&session, &Known { unread, muted, .. })| SessionAttention {
            session,
            unread,
            muted,
        });
        let unread = self.sessions.values().filter(|known| !known.muted).map(|known| known.unread).sum();
        AttentionState { unread, sessions: sessions.collect() }
    }
}

impl Attention {
    pub(crate) fn new() -> Self {
        // The catalogue is part of the program; a test reads it.
        let words = Words::parse(include_str!("../../ui/messages/desktop.en.json")).unwrap_or_default();
        Self { words: Arc::new(words), now: Mutex::default(), desktop: OnceLock::new() }
    }

    /// Begins to show; what `click` gets is done on any thread.
    pub(crate) fn start(&self, app: &AppHandle, click: OnClick) {
        let surfaces = Surfaces::start(app, Arc::clone(&self.words), click);
        let _ = self.desktop.set((app.clone(), surfaces));
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, order: Show) {
        if let Some((_, surfaces)) = self.desktop.get() {
            surfaces.show(order);
        }
    }

    pub(crate) fn state(&self) -> AttentionState {
        self.now().state()
    }

    /// A session is listened to from now on, by its driver of that number.
    pub(crate) fn begin(&self, session: SessionId, driver: u64, muted: bool) {
        self.now().sessions.insert(session, Known { driver, unread: 0, muted });
        self.changed();
    }

    /// A session is not listened to any more.
    pub(crate) fn forget(&self, session: SessionId) {
        self.now().sessions.remove(&session);
        self.withdraw(Topic::Talk(session));
        self.withdraw(Topic::Door(session));
        self.changed();
    }

    pub(crate) fn mute(&self, session: SessionId, muted: bool) {
        if let Some(known) = self.now().sessions.get_mut(&session) {
            known.muted = muted;
        }
        if muted {
            self.withdraw(Topic::Talk(session));
        }
        self.changed();
    }

    /// Something happened in a session.
    pub(crate) fn heard(&self, session: SessionId, driver: u64, heard: &Heard) {
        let mut now = self.now();
        let watched = now.watches(session);
        let known = now.sessions.get_mut(&session).filter(|known| known.driver == driver);
        let Some(known) = known else { return };
        known.unread = heard.unread;
        let situation = Situation { watched, muted: known.muted, technician: heard.technician };
        // Of several at once the newest is told.
        let mut told = BTreeMap::new();
        for alert in &heard.alerts {
            if let Some(notification) = judge(alert, situation, &self.words) {
                told.insert(topic(session, alert.kind), notification);
            }
        }
        now.told.extend(told.keys().copied());
        drop(now);
        for (topic, notification) in told {
            self.show(Show::Notify(topic, notification));
        }
        if heard.unread == 0 {
            self.withdraw(Topic::Talk(session));
        }
        self.changed();
    }

    /// The window got or lost the focus.
    pub(crate) fn focus(&self, focused: bool) {
        let mut now = self.now();
        now.focused = focused;
        let room = now.room.filter(|_| focused);
        drop(now);
        self.welcome(room);
    }

    /// The window shows the room of a session.
    pub(crate) fn enter(&self, session: SessionId) {
        let mut now = self.now();
        now.room = Some(session);
        let room = now.room.filter(|_| now.focused);
        drop(now);
        self.welcome(room);
    }

    /// The window does not show that room any more.
    pub(crate) fn leave(&self, session: SessionId) {
        self.now().room.take_if(|room| *room == session);
    }

    /// Somebody who looks at a room sees who waits there; what was said they see as far as they scroll.
    fn welcome(&self, room: Option<SessionId>) {
        if let Some(session) = room {
            self.withdraw(Topic::Door(session));
        }
    }

    fn withdraw(&self, topic: Topic) {
        if self.now().told.remove(&topic) {
            self.show(Show::Withdraw(topic));
        }
    }

    /// Tells the window, and the badge where its number changed.
    fn changed(&self) {
        let mut now = self.now();
        let state = now.state();
        let badge = (now.badge != state.unread).then_some(state.unread);
        now.badge = state.unread;
        drop(now);
        if let Some(unread) = badge {
            self.show(Show::Unread(unread));
        }
        if let Some((app, _)) = self.desktop.get() {
            let _ = app.emit(CHANGED, state);
        }
    }

    /// The files that move in a session: bytes that are there and bytes in all. The dock shows those of all sessions together.
    pub(crate) fn moves(&self, session: SessionId, moving: Option<Moving>) {
        let mut now = self.now();
        match moving {
            Some(moving) => drop(now.moving.insert(session, moving)),
            None => drop(now.moving.remove(&session)),
        }
        let percent = percent(now.moving.values());
        let changed = std::mem::replace(&mut now.progress, percent) != percent;
        drop(now);
        if changed {
            self.show(Show::Progress(percent));
        }
    }

    /// Asks the window for a session's room.
    pub(crate) fn ask_for(&self, session: SessionId) {
        if let Some((app, _)) = self.desktop.get() {
            let _ = app.emit(OPEN, session);
        }
    }

    /// Takes everything off the desktop, before the app ends.
    pub(crate) async fn close(&self) {
        let told = std::mem::take(&mut self.now().told);
        if let Some((_, surfaces)) = self.desktop.get() {
            for topic in told {
                surfaces.show(Show::Withdraw(topic));
            }
            surfaces.show(Show::Unread(0));
            surfaces.show(Show::Progress(None));
            surfaces.close().await;
        }
    }
}

fn topic(session: SessionId, kind: AlertKind) -> Topic {
    match kind {
        AlertKind::Waiting | AlertKind::Joined => Topic::Door(session),
        AlertKind::Message | AlertKind::Edited => Topic::Talk(session),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskside_proto::Millis;
    use deskside_session::Alert;

    const A: SessionId = SessionId([1; 16]);
    const B: SessionId = SessionId([2; 16]);

    fn message(unread: usize) -> Heard {
        let alert = Alert {
            seq: 1,
            at: Millis(0),
            kind: AlertKind::Message,
            sender_name: "Carl".into(),
            text: "Hello".into(),
            files: Vec::new(),
            private: false,
            mentions_you: false,
        };
        Heard { alerts: vec![alert], unread, technician: true, over: None }
    }

    fn told(attention: &Attention) -> Vec<Topic> {
        attention.now().told.iter().copied().collect()
    }

    #[test]
    fn the_dock_shows_all_files_that_move_together() {
        let moving = |done, size| Moving { done, size };
        for (all, expected) in [
            (vec![], None),
            (vec![moving(0, 0)], Some(0)),
            (vec![moving(99, 1_000)], Some(9)),
            (vec![moving(999, 1_000)], Some(99)),
            (vec![moving(50, 100), moving(0, 300)], Some(12)),
            (vec![moving(u64::MAX, u64::MAX), moving(u64::MAX, u64::MAX)], Some(100)),
        ] {
            assert_eq!(percent(all.iter()), expected, "{all:?}");
        }
    }

    #[test]
    fn the_badge_counts_what_is_not_muted() {
        let attention = Attention::new();
        attention.begin(A, 1, false);
        attention.begin(B, 2, true);
        attention.heard(A, 1, &message(2));
        attention.heard(B, 2, &message(5));
        assert_eq!((attention.state().unread, told(&attention)), (2, vec![Topic::Talk(A)]));
        attention.mute(B, false);
        attention.mute(A, true);
        assert_eq!(
            (attention.state().unread, told(&attention)),
            (5, vec![]),
            "a mute takes back what was told"
        );
        attention.forget(B);
        assert_eq!(attention.state().unread, 0);
        attention.heard(B, 2, &message(1));
        assert_eq!(
            (attention.state().unread, told(&attention)),
            (0, vec![]),
            "nobody listens to it any more"
        );
    }

    #[test]
    fn who_watches_the_room_is_not_told() {
        for (focused, room, expected) in [
            (true, Some(A), vec![]),
            (true, Some(B), vec![Topic::Talk(A)]),
            (true, None, vec![Topic::Talk(A)]),
            (false, Some(A), vec![Topic::Talk(A)]),
        ] {
            let attention = Attention::new();
            attention.begin(A, 1, false);
            attention.focus(focused);
            if let Some(room) = room {
                attention.enter(room);
            }
            attention.heard(A, 1, &message(1));
            assert_eq!(told(&attention), expected, "{focused} {room:?}");
            let read = Heard { unread: 0, ..Heard::default() };
            attention.heard(A, 1, &read);
            assert_eq!(told(&attention), [], "read, here or elsewhere");
        }
    }

    #[test]
    fn the_catalogue_has_every_sentence() {
        let attention = Attention::new();
        let ids = ["edited", "joined", "mention", "open", "private", "somebody", "waiting"];
        for id in ids
            .map(|id| format!("notify.{id}"))
            .iter()
            .chain(&["open", "quit", "unread"].map(|id| format!("tray.{id}")))
        {
            assert!(attention.words.knows(id), "{id}");
        }
    }
}
