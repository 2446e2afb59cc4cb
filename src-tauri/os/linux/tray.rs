//! The tray icon: StatusNotifierItem over D-Bus, which needs no library. It appears as soon as something shows such icons.

use std::sync::Arc;

use deskside_client::attention::Words;
use ksni::{
    Category, Handle, Icon, MenuItem, OfflineReason, Status, ToolTip, Tray, TrayMethods as _,
    menu::StandardItem,
};

use crate::attention::{Click, OnClick, icon};

pub(super) struct TrayIcon {
    words: Arc<Words>,
    click: OnClick,
    unread: usize,
}

/// `None` where there is no bus to show it by.
pub(super) async fn start(words: &Arc<Words>, click: &OnClick) -> Option<Handle<TrayIcon>> {
    let tray = TrayIcon { words: Arc::clone(words), click: Arc::clone(click), unread: 0 };
    match tray.assume_sni_available(true).spawn().await {
        Ok(handle) => Some(handle),
        Err(error) => {
            tracing::info!("no tray icon: {error}");
            None
        }
    }
}

pub(super) async fn unread(tray: Option<&Handle<TrayIcon>>, count: usize) {
    if let Some(tray) = tray {
        tray.update(|tray| tray.unread = count).await;
    }
}

impl TrayIcon {
    fn says(&self) -> String {
        if self.unread == 0 {
            return String::new();
        }
        self.words.say("tray.unread", &[("count", &self.unread.to_string())])
    }

    fn item(&self, id: &str, click: Click) -> MenuItem<Self> {
        let activate = move |tray: &mut Self| (tray.click)(click);
        StandardItem {
            label: self.words.say(id, &[]),
            activate: Box::new(activate),
            ..StandardItem::default()
        }
        .into()
    }
}

impl Tray for TrayIcon {
    fn id(&self) -> String {
        "deskside".into()
    }

    fn category(&self) -> Category {
        Category::Communications
    }

    /// Some panels show the title, some the tooltip, some only what a screen reader says: each tells what is unread.
    fn title(&self) -> String {
        match self.says() {
            says if says.is_empty() => "Deskside".into(),
            says => format!("Deskside · {says}"),
        }
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip { title: "Deskside".into(), description: self.says(), ..ToolTip::default() }
    }

    fn status(&self) -> Status {
        if self.unread == 0 { Status::Active } else { Status::NeedsAttention }
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        vec![argb(&icon::tray(self.unread > 0))]
    }

    fn attention_icon_pixmap(&self) -> Vec<Icon> {
        vec![argb(&icon::tray(true))]
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        (self.click)(Click::Window);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        vec![self.item("tray.open", Click::Window), MenuItem::Separator, self.item("tray.quit", Click::Quit)]
    }

    /// Nothing shows such icons now; stay for when something does.
    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        tracing::debug!("no tray: {reason:?}");
        true
    }
}

/// RGBA as the specification wants it: ARGB in network byte order.
fn argb(image: &tauri::image::Image<'_>) -> Icon {
    let data = image.rgba().chunks_exact(4).flat_map(|pixel| [pixel[3], pixel[0], pixel[1], pixel[2]]);
    let size = |pixels: u32| i32::try_from(pixels).unwrap_or(0);
    Icon { width: size(image.width()), height: size(image.height()), data: data.collect() }
}
