//! Sessions that nobody comes back to (row Z14): used ones end by themselves after the organisation's idle time, unused ones go without
//! a trace once no code or link leads in any more.
//!
//! Who is there is noted in the store once a minute, so that the time nobody was there goes on while the portal is not running; after a
//! start people have [`GRACE_MILLIS`] to come back before anything ends.

use std::{sync::Arc, time::Duration};

use deskside_proto::{EndReason, ErrorCode, Millis, SessionId};
use deskside_store::{IdleSession, OrgRecord, Store, StoreError};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{Env, endings::Ending, eraser::Eraser, hub::Hub, writer::Writer};

/// Between two rounds: idle times are counted in minutes.
const EVERY: Duration = Duration::from_secs(60);
/// After a start, for clients to come back: the shortest idle time there is, [`deskside_proto::limits::IDLE_MIN_MINUTES`].
const GRACE_MILLIS: i64 = 5 * MINUTE_MILLIS;
const MINUTE_MILLIS: i64 = 60 * 1000;
/// Sessions of one organisation that one round ends; the next one follows.
const PAGE: u32 = 100;

/// What the job works with.
pub struct IdleWatch {
    pub store: Arc<dyn Store>,
    pub writer: Writer,
    pub hub: Arc<Hub>,
    pub eraser: Eraser,
    pub env: Env,
    /// When this process began.
    pub started_at: Millis,
}

impl IdleWatch {
    /// Starts the job.
    pub fn start(self: Arc<Self>, stop: CancellationToken) -> JoinHandle<()> {
        tokio::spawn(async move {
            tokio::select! {
                () = self.run() => {}
                () = stop.cancelled() => {}
            }
        })
    }

    async fn run(&self) {
        loop {
            if let Err(error) = self.round().await {
                tracing::error!(%error, "sessions that nobody comes back to end later");
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Notes who is there, and ends what nobody comes back to.
    ///
    /// # Errors
    /// The store's; what was done until then is done.
    pub async fn round(&self) -> Result<(), StoreError> {
        let now = self.env.now();
        self.store.note_present(self.hub.sessions(), now).await?;
        if now.since(self.started_at) <= GRACE_MILLIS {
            return Ok(());
        }
        for org in self.store.orgs().await? {
            self.end_idle(&org, now).await?;
        }
        Ok(())
    }

    async fn end_idle(&self, org: &OrgRecord, now: Millis) -> Result<(), StoreError> {
        let before = now.plus(-i64::from(org.settings.idle_minutes) * MINUTE_MILLIS);
        for IdleSession { session, unused } in self.store.idle_sessions(org.id, before, now, PAGE).await? {
            if !self.hub.is_empty(session) {
                continue;
            }
            if !unused {
                self.end(session).await;
            } else if self.store.discard_unused(session, before, now).await? {
                tracing::info!(%session, "nobody came: the session is gone");
                // The search index may have heard of it.
                self.eraser.wake();
            }
        }
        Ok(())
    }

    async fn end(&self, session: SessionId) {
        let ending = Ending { store: &*self.store, writer: &self.writer, env: &self.env };
        match ending.end(session, None, EndReason::Idle).await {
            Ok(()) => tracing::info!(%session, "nobody came back: the session has ended"),
            Err(error) if error.code() == ErrorCode::SessionEnded => {}
            Err(error) => tracing::error!(%error, %session, "an idle session ends later"),
        }
    }
}
