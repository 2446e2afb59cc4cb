//! `org.freedesktop.Notifications` (Desktop Notifications Specification 1.2).

use std::{collections::HashMap, future::ready};

use deskside_client::attention::{Notification, line};
use futures_util::{Stream, StreamExt as _};
use zbus::{Connection, Message, zvariant::Value};

use super::DESKTOP_ENTRY;

/// The service decides how long it stays.
const DEFAULT_TIMEOUT: i32 = -1;
/// Of three: low, normal, critical.
const URGENCY_NORMAL: u8 = 1;

#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications"
)]
trait Service {
    fn get_capabilities(&self) -> zbus::Result<Vec<String>>;

    #[expect(clippy::too_many_arguments, reason = "the specification's own")]
    fn notify(
        &self,
        app_name: &str,
        replaces_id: u32,
        app_icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Value<'_>>,
        expire_timeout: i32,
    ) -> zbus::Result<u32>;

    fn close_notification(&self, id: u32) -> zbus::Result<()>;
}

/// What the service tells of a notification, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    Clicked(u32),
    Closed(u32),
}

impl Signal {
    fn read(message: &Message) -> Option<Self> {
        let body = message.body();
        match message.header().member()?.as_str() {
            "ActionInvoked" => body.deserialize().ok().map(|(id, _key): (u32, String)| Self::Clicked(id)),
            "NotificationClosed" => body.deserialize().ok().map(|(id, _reason): (u32, u32)| Self::Closed(id)),
            _ => None,
        }
    }
}

/// The desktop's notification service; started by the bus where it can be, and asked anew each time.
pub(super) struct Notifications<'a> {
    service: ServiceProxy<'a>,
    /// Name of the default action, for services that draw it as a button.
    open: String,
}

impl Notifications<'_> {
    pub(super) async fn new(bus: &Connection, open: String) -> zbus::Result<Self> {
        Ok(Self { service: ServiceProxy::new(bus).await?, open })
    }

    /// What happens to notifications, in the order told: a click is followed by the end of what was clicked.
    pub(super) async fn signals(&self) -> zbus::Result<impl Stream<Item = Signal> + Unpin + use<>> {
        let signals = self.service.inner().receive_all_signals().await?;
        Ok(signals.filter_map(|message| ready(Signal::read(&message))))
    }

    /// Shows it in the place of `earlier` (0 = in none) and answers with its number.
    pub(super) async fn show(&self, earlier: u32, notification: &Notification) -> zbus::Result<u32> {
        let Notification { title, body, silent } = notification;
        // Asked each time: a panel may be replaced while the app runs, and what reads markup must get it escaped.
        let markup =
            self.service.get_capabilities().await?.iter().any(|capability| capability == "body-markup");
        let body = if markup { line::without_markup(body) } else { body.clone() };
        let hints = HashMap::from([
            ("desktop-entry", Value::from(DESKTOP_ENTRY)),
            ("category", Value::from("im.received")),
            ("urgency", Value::from(URGENCY_NORMAL)),
            ("suppress-sound", Value::from(*silent)),
        ]);
        self.service
            .notify(
                "Deskside",
                earlier,
                "deskside",
                title,
                &body,
                &["default", &self.open],
                hints,
                DEFAULT_TIMEOUT,
            )
            .await
    }

    pub(super) async fn withdraw(&self, id: u32) -> zbus::Result<()> {
        self.service.close_notification(id).await
    }
}
