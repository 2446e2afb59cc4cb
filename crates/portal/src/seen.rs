//! When and where devices were last seen: gathered beside the requests, and written now and then.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use deskside_proto::{DeviceId, Millis, api::ClientKind};
use deskside_store::{DeviceSeen, SignedInDevice, Store};
use tokio::{sync::mpsc, task::JoinHandle, time::sleep};
use tokio_util::sync::CancellationToken;

/// Within this time a device is written once.
const EVERY_MILLIS: i64 = 5 * 60 * 1000;
/// So many gather for one commit.
const GATHERED: usize = 256;
/// How long they gather.
const GATHER: Duration = Duration::from_secs(1);
/// Devices that are known to have been written lately.
const REMEMBERED: usize = 10_000;

/// The way to the task that writes.
#[derive(Debug)]
pub struct Seen {
    sender: mpsc::Sender<DeviceSeen>,
    lately: Mutex<HashMap<DeviceId, Millis>>,
}

impl Seen {
    #[must_use]
    pub fn start(store: Arc<dyn Store>, stop: CancellationToken) -> (Self, JoinHandle<()>) {
        let (sender, receiver) = mpsc::channel(GATHERED);
        let task = tokio::spawn(write(store, receiver, stop));
        (Self { sender, lately: Mutex::default() }, task)
    }

    /// A request came from a device. Never waits; where too much is to be written it is left out.
    pub fn note(
        &self,
        found: &SignedInDevice,
        from: IpAddr,
        now: Millis,
        what: impl FnOnce() -> (ClientKind, String),
    ) {
        let is_new = now.since(found.last_seen_at) >= EVERY_MILLIS;
        if !is_new && found.has_label || !self.is_due(found.device, now) {
            return;
        }
        let is = (!found.has_label).then(what);
        let seen = DeviceSeen { device: found.device, at: now, address: from.to_string(), is };
        if self.sender.try_send(seen).is_err() {
            tracing::debug!("more devices than can be written just now");
        }
    }

    /// Whether it was not written lately; from now on it was.
    fn is_due(&self, device: DeviceId, now: Millis) -> bool {
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        if lately.get(&device).is_some_and(|at| now.since(*at) < EVERY_MILLIS) {
            return false;
        }
        if lately.len() >= REMEMBERED {
            lately.clear();
        }
        lately.insert(device, now);
        true
    }
}

async fn write(store: Arc<dyn Store>, mut receiver: mpsc::Receiver<DeviceSeen>, stop: CancellationToken) {
    loop {
        let mut gathered = Vec::new();
        tokio::select! {
            count = receiver.recv_many(&mut gathered, GATHERED) => if count == 0 { return },
            () = stop.cancelled() => return,
        }
        tokio::select! {
            () = sleep(GATHER) => {}
            () = stop.cancelled() => {}
        }
        while gathered.len() < GATHERED
            && let Ok(seen) = receiver.try_recv()
        {
            gathered.push(seen);
        }
        if let Err(error) = store.see_devices(gathered).await {
            tracing::warn!(%error, "when devices were seen is not written");
        }
    }
}
