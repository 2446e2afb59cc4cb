//! A desktop's notification service, tray and dock, as far as an app can tell: on a private session bus, writing everything down.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result};
use futures_util::StreamExt as _;
use zbus::message::{Header, Type};
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedValue, Value};
use zbus::{Connection, MatchRule, MessageStream, Proxy, interface};

use crate::{desktop::Desktop, wait};

const NOTIFICATIONS: &str = "/org/freedesktop/Notifications";
const WATCHER: &str = "/StatusNotifierWatcher";
const ITEM: &str = "org.kde.StatusNotifierItem";
const LAUNCHER: &str = "com.canonical.Unity.LauncherEntry";

/// One `Notify` call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notified {
    /// The number that was given.
    pub id: u32,
    /// The notification it was to replace; 0 = none.
    pub replaces: u32,
    pub title: String,
    pub body: String,
    pub actions: Vec<String>,
    pub silent: bool,
    pub desktop_entry: String,
}

/// One `Update` of the launcher entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    pub app: String,
    pub count: i64,
    pub visible: bool,
}

/// The bar that one `Update` of the launcher entry tells of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// 0 to 1.
    pub progress: f64,
    pub visible: bool,
}

/// What the tray item says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayItem {
    pub title: String,
    pub tooltip: String,
    pub status: String,
    /// Width, height and ARGB bytes of the first icon.
    pub icon: (i32, i32, Vec<u8>),
}

#[derive(Debug, Default)]
struct Record {
    notified: Vec<Notified>,
    withdrawn: Vec<u32>,
    badges: Vec<Badge>,
    bars: Vec<Bar>,
    /// Bus names of the tray items.
    items: Vec<String>,
}

/// The services; they go with it.
#[derive(Debug)]
pub struct Recorder {
    bus: Connection,
    record: Arc<Mutex<Record>>,
    _launcher: tokio::task::JoinHandle<()>,
}

fn lock(record: &Mutex<Record>) -> MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}

struct NotificationService(Arc<Mutex<Record>>);

#[interface(name = "org.freedesktop.Notifications")]
impl NotificationService {
    fn get_capabilities(&self) -> Vec<String> {
        ["body", "body-markup", "actions"].map(str::to_owned).into()
    }

    #[expect(clippy::too_many_arguments, reason = "the specification's own")]
    fn notify(
        &self,
        _app_name: &str,
        replaces_id: u32,
        _app_icon: &str,
        summary: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _expire_timeout: i32,
    ) -> u32 {
        let mut record = lock(&self.0);
        let given = record.notified.iter().map(|notified| notified.id).max().unwrap_or(0) + 1;
        let id = if replaces_id == 0 { given } else { replaces_id };
        let silent = hints.get("suppress-sound").and_then(|hint| bool::try_from(hint).ok()).unwrap_or(false);
        let entry =
            hints.get("desktop-entry").and_then(|hint| <&str>::try_from(hint).ok()).unwrap_or_default();
        let notified = Notified {
            id,
            replaces: replaces_id,
            title: summary,
            body,
            actions,
            silent,
            desktop_entry: entry.to_owned(),
        };
        record.notified.push(notified);
        id
    }

    fn close_notification(&self, id: u32) {
        lock(&self.0).withdrawn.push(id);
    }

    fn get_server_information(&self) -> (&str, &str, &str, &str) {
        ("recorder", "deskside", "1", "1.2")
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action_key: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn notification_closed(emitter: &SignalEmitter<'_>, id: u32, reason: u32) -> zbus::Result<()>;
}

struct Watcher(Arc<Mutex<Record>>);

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    /// `service` is a bus name, or the path of the item at the caller's own.
    fn register_status_notifier_item(&self, service: &str, #[zbus(header)] header: Header<'_>) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        let name = if service.starts_with('/') { sender } else { service.to_owned() };
        lock(&self.0).items.push(name);
    }

    fn register_status_notifier_host(&self, _service: &str) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        lock(&self.0).items.clone()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

impl Recorder {
    /// Offers all three services on the bus of `desktop`.
    pub async fn start(desktop: &Desktop) -> Result<Self> {
        let record = Arc::new(Mutex::new(Record::default()));
        let bus = zbus::connection::Builder::address(desktop.bus())?
            .serve_at(NOTIFICATIONS, NotificationService(Arc::clone(&record)))?
            .serve_at(WATCHER, Watcher(Arc::clone(&record)))?
            .name("org.freedesktop.Notifications")?
            .name("org.kde.StatusNotifierWatcher")?
            .build()
            .await
            .context("the recorder on the session bus")?;
        let rule = MatchRule::builder().msg_type(Type::Signal).interface(LAUNCHER)?.member("Update")?.build();
        let mut updates = MessageStream::for_match_rule(rule, &bus, None).await?;
        let written = Arc::clone(&record);
        let launcher = tokio::spawn(async move {
            while let Some(Ok(update)) = updates.next().await {
                let body = update.body();
                if let Ok((app, told)) = body.deserialize::<(String, HashMap<String, OwnedValue>)>() {
                    let shown = |name| told.get(name).and_then(|shown| bool::try_from(shown).ok());
                    let mut record = lock(&written);
                    if let Some(visible) = shown("count-visible") {
                        let count = told.get("count").and_then(|count| i64::try_from(count).ok());
                        record.badges.push(Badge { app, count: count.unwrap_or(-1), visible });
                    }
                    if let Some(visible) = shown("progress-visible") {
                        let progress = told.get("progress").and_then(|progress| f64::try_from(progress).ok());
                        record.bars.push(Bar { progress: progress.unwrap_or(-1.0), visible });
                    }
                }
            }
        });
        Ok(Self { bus, record, _launcher: launcher })
    }

    /// Every `Notify` so far.
    #[must_use]
    pub fn notified(&self) -> Vec<Notified> {
        lock(&self.record).notified.clone()
    }

    /// Waits for the `Notify` no. `number` (from 1) and answers with it.
    pub async fn notification(&self, number: usize) -> Result<Notified> {
        let what = format!("notification no. {number} ({:?})", self.notified());
        wait::until_some(&what, wait::STEP, async || Ok(self.notified().into_iter().nth(number - 1))).await
    }

    /// Waits until the app took a notification back.
    pub async fn withdrawn(&self, id: u32) -> Result<()> {
        let what = format!("notification {id} to be taken back");
        wait::until(&what, wait::STEP, async || Ok(lock(&self.record).withdrawn.contains(&id))).await
    }

    /// Every number the dock was told.
    #[must_use]
    pub fn badges(&self) -> Vec<Badge> {
        lock(&self.record).badges.clone()
    }

    /// Every progress bar the dock was told of.
    #[must_use]
    pub fn bars(&self) -> Vec<Bar> {
        lock(&self.record).bars.clone()
    }

    /// Waits until the dock shows `count` (0 = no number).
    pub async fn badge(&self, count: i64) -> Result<()> {
        let expected = Badge { app: "application://Deskside.desktop".into(), count, visible: count > 0 };
        let told =
            wait::until("the badge", wait::STEP, async || Ok(self.badges().last() == Some(&expected))).await;
        told.with_context(|| format!("expected {expected:?}, told {:?}", self.badges()))
    }

    /// A click on a notification, which goes away with it.
    pub async fn click(&self, id: u32) -> Result<()> {
        let service = self.bus.object_server().interface::<_, NotificationService>(NOTIFICATIONS).await?;
        let emitter = service.signal_emitter();
        NotificationService::action_invoked(emitter, id, "default").await?;
        // 2: dismissed by the person.
        Ok(NotificationService::notification_closed(emitter, id, 2).await?)
    }

    async fn item(&self, path: &'static str, interface: &'static str) -> Result<Proxy<'_>> {
        let name = wait::until_some("the tray item", wait::STEP, async || {
            Ok(lock(&self.record).items.last().cloned())
        })
        .await?;
        let builder =
            zbus::proxy::Builder::new(&self.bus).destination(name)?.path(path)?.interface(interface)?;
        Ok(builder.cache_properties(zbus::proxy::CacheProperties::No).build().await?)
    }

    /// The tray item as it is now.
    pub async fn tray(&self) -> Result<TrayItem> {
        type Pixmap = (i32, i32, Vec<u8>);
        let item = self.item("/StatusNotifierItem", ITEM).await?;
        let (_, _, _, tooltip): (String, Vec<Pixmap>, String, String) =
            item.get_property::<OwnedValue>("ToolTip").await?.try_into()?;
        let icons: Vec<Pixmap> = item.get_property::<OwnedValue>("IconPixmap").await?.try_into()?;
        Ok(TrayItem {
            title: item.get_property("Title").await?,
            tooltip,
            status: item.get_property("Status").await?,
            icon: icons.into_iter().next().context("the tray item has an icon")?,
        })
    }

    /// Waits until the tray's title and tooltip tell that `count` messages are unread (0 = nothing of it).
    pub async fn tray_says(&self, count: usize) -> Result<TrayItem> {
        let says = if count == 0 { String::new() } else { format!("Unread messages: {count}") };
        let what = format!("the tray to say {says:?}");
        wait::until_some(&what, wait::STEP, async || {
            let item = self.tray().await?;
            let title = if count == 0 { item.title == "Deskside" } else { item.title.contains(&says) };
            Ok((title && item.tooltip == says).then_some(item))
        })
        .await
    }

    /// Labels of the tray's menu, with their numbers.
    pub async fn menu(&self) -> Result<Vec<(i32, String)>> {
        type Item = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);
        let menu = self.item("/MenuBar", "com.canonical.dbusmenu").await?;
        let (_, (_, _, rows)): (u32, Item) = menu.call("GetLayout", &(0, -1, Vec::<&str>::new())).await?;
        let mut labels = Vec::new();
        for row in rows {
            let (id, properties, _): Item = row.try_into()?;
            if let Some(label) = properties.get("label") {
                labels.push((id, <&str>::try_from(label)?.to_owned()));
            }
        }
        Ok(labels)
    }

    /// Chooses a line of the tray's menu.
    pub async fn choose(&self, label: &str) -> Result<()> {
        let menu = self.menu().await?;
        let (id, _) =
            menu.iter().find(|(_, known)| known == label).with_context(|| format!("{label} in {menu:?}"))?;
        let item = self.item("/MenuBar", "com.canonical.dbusmenu").await?;
        Ok(item.call("Event", &(*id, "clicked", Value::from(0), 0_u32)).await?)
    }
}
