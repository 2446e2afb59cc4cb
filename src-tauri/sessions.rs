//! Open sessions. Each has one driver, whether the window shows its room or not: so that a technician hears of all of them.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use deskside_client::{
    ClientError,
    account::{Access, ends_guest},
    attention::roll,
    driver::{self, Heard, Over, SessionHandle},
    journal::Place,
};
use deskside_proto::SessionId;
use deskside_session::{Intent, ViewUpdate};
use tauri::{async_runtime, ipc::Channel};
use tokio::{
    sync::{Mutex, Notify, mpsc},
    task::AbortHandle,
};

use crate::controller::Controller;

/// How often the portal is asked for sessions that began on another device.
const ROLL_EVERY: Duration = Duration::from_secs(300);
/// After the portal could not be asked.
const ROLL_RETRY: Duration = Duration::from_secs(10);

/// The drivers, at most one for each session: one outbox has one driver.
#[derive(Default)]
pub(crate) struct Sessions {
    open: Mutex<HashMap<SessionId, Open>>,
    openings: AtomicU64,
    /// Counts sign-outs: what was asked for before one is not opened after it.
    departures: AtomicU64,
    /// Somebody signed in.
    arrived: Notify,
}

struct Open {
    handle: Arc<SessionHandle>,
    place: Place,
    /// Number of the newest opening, by the window or in the background.
    opening: u64,
    /// The task that feeds the window, while it shows the room.
    shown: Option<AbortHandle>,
}

impl Open {
    /// The window does not show it any more; the driver goes on.
    fn hide(&mut self) {
        if let Some(shown) = self.shown.take() {
            shown.abort();
        }
    }
}

impl Sessions {
    fn next(&self) -> u64 {
        self.openings.fetch_add(1, Ordering::Relaxed)
    }
}

impl Controller {
    /// Shows a session in the window, in place of an earlier opening of it, and answers with the number of this one.
    pub(crate) async fn open_session(
        self: &Arc<Self>,
        session: SessionId,
        view: Channel<Vec<ViewUpdate>>,
    ) -> Result<u64, ClientError> {
        let access = self.accounts().await.access(session).await?;
        let mut sessions = self.sessions.open.lock().await;
        let place = access.place(session);
        let updates = match sessions.get(&session) {
            Some(open) if open.place == place && !open.handle.is_over() => open.handle.look().await?,
            _ => self.start(&mut sessions, access, session).await?,
        };
        let opening = self.sessions.next();
        if let Some(open) = sessions.get_mut(&session) {
            open.hide();
            open.opening = opening;
            open.shown = Some(tokio::spawn(feed(updates, view)).abort_handle());
        }
        self.attention().enter(session);
        self.trim(&mut sessions).await;
        Ok(opening)
    }

    /// Starts a driver, in place of one that is over or another account's.
    async fn start(
        self: &Arc<Self>,
        sessions: &mut HashMap<SessionId, Open>,
        access: Access,
        session: SessionId,
    ) -> Result<mpsc::Receiver<Vec<ViewUpdate>>, ClientError> {
        if let Some(earlier) = sessions.remove(&session) {
            self.end(session, earlier).await;
        }
        let place = access.place(session);
        let muted = self.journal().muted(&place).await?;
        let (handle, updates) =
            driver::open(access, session, self.journal().clone(), self.direct().await).await?;
        let heard = handle.listen().await?;
        let opening = self.sessions.next();
        self.attention().begin(session, opening, muted);
        async_runtime::spawn(Arc::clone(self).follow_transfers(
            session,
            handle.transfers(),
            handle.landings(),
        ));
        sessions.insert(session, Open { handle: Arc::new(handle), place, opening, shown: None });
        async_runtime::spawn(Arc::clone(self).listen(session, opening, heard));
        Ok(updates)
    }

    /// Hears a session until its driver ends.
    async fn listen(self: Arc<Self>, session: SessionId, driver: u64, mut ear: mpsc::Receiver<Heard>) {
        while let Some(heard) = ear.recv().await {
            self.attention().heard(session, driver, &heard);
            if let Some(Over::Closed(code)) = heard.over
                && ends_guest(code)
                && let Err(error) = self.accounts().await.leave(session).await
            {
                tracing::warn!("a guest place was not forgotten: {error}");
            }
            if heard.over.is_some() {
                self.release(session).await;
            }
        }
    }

    /// A session that is over stays open only while its room is shown.
    async fn release(&self, session: SessionId) {
        let mut sessions = self.sessions.open.lock().await;
        if sessions.get(&session).is_some_and(|open| open.shown.is_none() && open.handle.is_over())
            && let Some(open) = sessions.remove(&session)
        {
            self.end(session, open).await;
        }
    }

    /// The window leaves what `opening` opened; a later opening of the same session stays.
    pub(crate) async fn close_session(&self, session: SessionId, opening: u64) {
        let mut sessions = self.sessions.open.lock().await;
        if let Some(open) = sessions.get_mut(&session).filter(|open| open.opening == opening) {
            open.hide();
            self.attention().leave(session);
        }
        self.trim(&mut sessions).await;
        drop(sessions);
        self.release(session).await;
    }

    /// Closes the sessions in the background that were opened longest ago, beyond what is kept.
    async fn trim(&self, sessions: &mut HashMap<SessionId, Open>) {
        let hidden = sessions.iter().filter(|(_, open)| open.shown.is_none());
        let mut hidden: Vec<_> = hidden.map(|(session, open)| (open.opening, *session)).collect();
        hidden.sort_unstable();
        for (_, session) in &hidden[..hidden.len().saturating_sub(roll::SESSIONS_MAX)] {
            if let Some(open) = sessions.remove(session) {
                self.end(*session, open).await;
            }
        }
    }

    async fn end(&self, session: SessionId, mut open: Open) {
        open.hide();
        open.handle.close().await;
        self.attention().forget(session);
    }

    pub(crate) async fn session(&self, session: SessionId) -> Result<Arc<SessionHandle>, ClientError> {
        let sessions = self.sessions.open.lock().await;
        sessions.get(&session).map(|open| Arc::clone(&open.handle)).ok_or(ClientError::Closed)
    }

    pub(crate) async fn place(&self, session: SessionId) -> Result<Place, ClientError> {
        if let Some(open) = self.sessions.open.lock().await.get(&session) {
            return Ok(open.place.clone());
        }
        Ok(self.accounts().await.access(session).await?.place(session))
    }

    pub(crate) async fn intent(&self, session: SessionId, intent: Intent) -> Result<(), ClientError> {
        // The map is free again before the disk is waited for.
        let handle = self.session(session).await?;
        handle.intent(intent).await
    }

    /// Keeps an ear on every open session in which the signed-in person is a technician, for as long as the app runs.
    pub(crate) async fn attend(self: Arc<Self>) {
        loop {
            let pause = match self.call_the_roll().await {
                Ok(()) => ROLL_EVERY,
                Err(error) => {
                    tracing::debug!("the open sessions are not known: {error}");
                    ROLL_RETRY
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.sessions.arrived.notified() => {}
            }
        }
    }

    async fn call_the_roll(self: &Arc<Self>) -> Result<(), ClientError> {
        let departures = self.sessions.departures.load(Ordering::Relaxed);
        let access = match self.accounts().await.person().await {
            Ok(access) if access.is_signed_in() => access,
            Ok(_) | Err(ClientError::NoPortal) => return Ok(()),
            Err(error) => return Err(error),
        };
        // Oldest first, so that the newest are the last to be closed for want of room.
        for session in roll::sessions(&access).await?.into_iter().rev() {
            let mut sessions = self.sessions.open.lock().await;
            if self.sessions.departures.load(Ordering::Relaxed) != departures {
                return Ok(());
            }
            let there =
                sessions.get(&session).is_some_and(|open| open.shown.is_some() || !open.handle.is_over());
            if !there {
                // Nobody looks at what it shows.
                drop(self.start(&mut sessions, access.clone(), session).await?);
                self.trim(&mut sessions).await;
            }
        }
        Ok(())
    }

    /// Somebody signed in: their sessions are opened.
    pub(crate) fn signed_in(&self) {
        self.sessions.arrived.notify_one();
    }

    /// Closes everything of the signed-in person, before their sign-in ends; places as a guest stay.
    pub(crate) async fn sign_out(&self) {
        let mut sessions = self.sessions.open.lock().await;
        self.sessions.departures.fetch_add(1, Ordering::Relaxed);
        let own: Vec<SessionId> =
            sessions.iter().filter(|(_, open)| !open.place.is_guest()).map(|(session, _)| *session).collect();
        for session in own {
            if let Some(open) = sessions.remove(&session) {
                self.end(session, open).await;
            }
        }
    }

    pub(crate) async fn close_sessions(&self) {
        for (_, open) in self.sessions.open.lock().await.drain() {
            open.handle.close().await;
        }
    }
}

/// Brings updates to the window until it takes no more.
async fn feed(mut updates: mpsc::Receiver<Vec<ViewUpdate>>, view: Channel<Vec<ViewUpdate>>) {
    while let Some(updates) = updates.recv().await {
        if view.send(updates).is_err() {
            break;
        }
    }
}
