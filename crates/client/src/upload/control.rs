//! What a person does with an upload while it runs.

use std::sync::Arc;

use tokio::sync::watch;

use crate::ClientError;

/// Handle of a running upload; clones control the same one.
#[derive(Debug, Clone)]
pub struct Control(Arc<watch::Sender<Wanted>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Run,
    Pause,
    Cancel,
}

impl Default for Control {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Wanted::Run)))
    }
}

impl Control {
    /// Nothing more is sent until [`Control::resume`].
    pub fn pause(&self) {
        self.want(Wanted::Pause);
    }

    pub fn resume(&self) {
        self.want(Wanted::Run);
    }

    /// Ends it for good.
    pub fn cancel(&self) {
        self.want(Wanted::Cancel);
    }

    fn want(&self, next: Wanted) {
        self.0.send_if_modified(|wanted| {
            // What is cancelled stays so.
            let changes = *wanted != Wanted::Cancel && *wanted != next;
            if changes {
                *wanted = next;
            }
            changes
        });
    }

    /// Waits while it is paused.
    pub(super) async fn may_run(&self) -> Result<(), ClientError> {
        match self.until(|wanted| wanted != Wanted::Pause).await {
            Wanted::Cancel => Err(ClientError::Cancelled),
            _ => Ok(()),
        }
    }

    /// Returns once it is paused or cancelled.
    pub(super) async fn must_stop(&self) {
        self.until(|wanted| wanted != Wanted::Run).await;
    }

    async fn until(&self, is_it: impl Fn(Wanted) -> bool) -> Wanted {
        let mut changes = self.0.subscribe();
        // The sender lives as long as this handle.
        changes.wait_for(|wanted| is_it(*wanted)).await.map_or(Wanted::Cancel, |wanted| *wanted)
    }
}
