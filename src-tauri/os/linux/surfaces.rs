//! Linux: everything by the session bus. Where there is no bus, or no service on it, the app works without.

mod launcher;
mod notifications;
mod tray;

use std::{collections::HashMap, sync::Arc, time::Duration};

use deskside_client::attention::{Notification, Words};
use futures_util::StreamExt as _;
use tauri::AppHandle;
use tokio::sync::{mpsc, oneshot};
use zbus::{Connection, connection::Builder};

use self::notifications::{Notifications, Signal};
use crate::attention::{Click, OnClick, Show, Topic};

/// Name of the desktop file that the packages install (Tauri names it after the product), without `.desktop`.
const DESKTOP_ENTRY: &str = "Deskside";
/// For one call on the bus: a service that hangs holds nothing up for longer.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
/// For everything that is under way when the app ends.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Notifications, tray icon and badge.
pub(crate) struct Surfaces {
    orders: mpsc::UnboundedSender<Order>,
}

enum Order {
    Show(Show),
    Close(oneshot::Sender<()>),
}

impl Surfaces {
    pub(crate) fn start(_app: &AppHandle, words: Arc<Words>, click: OnClick) -> Self {
        // Unbounded, since what is shown changes at the pace of people, and nobody may wait for the desktop.
        let (orders, taken) = mpsc::unbounded_channel();
        tauri::async_runtime::spawn(run(taken, words, click));
        Self { orders }
    }

    pub(crate) fn show(&self, order: Show) {
        let _ = self.orders.send(Order::Show(order));
    }

    /// Returns when everything ordered was done, or after a moment.
    pub(crate) async fn close(&self) {
        let (done, waits) = oneshot::channel();
        let _ = self.orders.send(Order::Close(done));
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, waits).await;
    }
}

async fn run(mut orders: mpsc::UnboundedReceiver<Order>, words: Arc<Words>, click: OnClick) {
    let bus = match connect().await {
        Ok(bus) => bus,
        Err(error) => return tracing::info!("no notifications, tray icon or badge: {error}"),
    };
    let notifications = match Notifications::new(&bus, words.say("notify.open", &[])).await {
        Ok(notifications) => notifications,
        Err(error) => return tracing::warn!("no notifications, tray icon or badge: {error}"),
    };
    let mut signals = match notifications.signals().await {
        Ok(signals) => signals,
        Err(error) => return tracing::warn!("no notifications, tray icon or badge: {error}"),
    };
    let tray = tray::start(&words, &click).await;
    let mut shown = Shown::default();
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Show(Show::Notify(topic, notification))) => {
                    shown.notify(&notifications, topic, &notification).await;
                }
                Some(Order::Show(Show::Withdraw(topic))) => shown.withdraw(&notifications, topic).await,
                Some(Order::Show(Show::Unread(count))) => {
                    tray::unread(tray.as_ref(), count).await;
                    if let Err(error) = launcher::update(&bus, count).await {
                        tracing::debug!("no badge: {error}");
                    }
                }
                Some(Order::Show(Show::Progress(percent))) => {
                    if let Err(error) = launcher::progress(&bus, percent).await {
                        tracing::debug!("no progress bar: {error}");
                    }
                }
                Some(Order::Close(done)) => {
                    if let Some(tray) = &tray {
                        tray.shutdown().await;
                    }
                    let _ = done.send(());
                    return;
                }
                None => return,
            },
            Some(signal) = signals.next() => match signal {
                Signal::Clicked(id) => {
                    if let Some(topic) = shown.topic(id) {
                        click(Click::Room(topic.session()));
                    }
                }
                Signal::Closed(id) => shown.forget(id),
            },
        }
    }
}

async fn connect() -> zbus::Result<Connection> {
    Builder::session()?.method_timeout(CALL_TIMEOUT).build().await
}

/// Notifications that stand on the desktop, by the numbers that its service gave them.
#[derive(Default)]
struct Shown(HashMap<Topic, u32>);

impl Shown {
    async fn notify(&mut self, service: &Notifications<'_>, topic: Topic, notification: &Notification) {
        let earlier = self.0.get(&topic).copied().unwrap_or(0);
        match service.show(earlier, notification).await {
            Ok(id) => drop(self.0.insert(topic, id)),
            Err(error) => tracing::debug!("no notification: {error}"),
        }
    }

    async fn withdraw(&mut self, service: &Notifications<'_>, topic: Topic) {
        if let Some(id) = self.0.remove(&topic)
            && let Err(error) = service.withdraw(id).await
        {
            // It went away by itself in the meantime.
            tracing::debug!("a notification was not withdrawn: {error}");
        }
    }

    fn topic(&self, id: u32) -> Option<Topic> {
        self.0.iter().find(|(_, known)| **known == id).map(|(topic, _)| *topic)
    }

    fn forget(&mut self, id: u32) {
        self.0.retain(|_, known| *known != id);
    }
}
