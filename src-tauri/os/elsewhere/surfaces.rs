//! macOS and Windows: the system's notifications, Tauri's tray icon, and the badge of each system.
//!
//! Weaker than on Linux, for want of a way in the libraries: a notification that was read elsewhere stays in the system's list.

use std::{sync::Arc, thread};

use deskside_client::attention::{Notification, Words};
use notify_rust::NotificationResponse;
use tauri::{
    AppHandle, Manager as _,
    menu::{Menu, MenuItem},
    tray::TrayIconBuilder,
    window::{ProgressBarState, ProgressBarStatus},
};

use crate::{
    WINDOW,
    attention::{Click, OnClick, Show, Topic, icon},
    os::badge,
};

const TRAY: &str = "deskside";
const OPEN: &str = "open";
const QUIT: &str = "quit";

/// Notifications, tray icon and badge.
pub(crate) struct Surfaces {
    app: AppHandle,
    words: Arc<Words>,
    click: OnClick,
}

impl Surfaces {
    pub(crate) fn start(app: &AppHandle, words: Arc<Words>, click: OnClick) -> Self {
        #[cfg(target_os = "macos")]
        let _ = notify_rust::set_application(&app.config().identifier);
        if let Err(error) = tray(app, &words, &click) {
            tracing::warn!("no tray icon: {error}");
        }
        Self { app: app.clone(), words, click }
    }

    pub(crate) fn show(&self, order: Show) {
        match order {
            Show::Notify(topic, notification) => self.notify(topic, notification),
            Show::Withdraw(topic) => tracing::debug!("{topic:?} stays in the system's list"),
            Show::Unread(count) => self.unread(count),
            Show::Progress(percent) => self.progress(percent),
        }
    }

    #[expect(clippy::unused_async, reason = "the same function as on Linux")]
    pub(crate) async fn close(&self) {}

    /// Each on a thread of its own, which waits for the click: the library has no other way.
    fn notify(&self, topic: Topic, notification: Notification) {
        let click = Arc::clone(&self.click);
        let app_id = self.app.config().identifier.clone();
        let told = thread::Builder::new().name("notification".into()).spawn(move || {
            let Notification { title, body, silent } = notification;
            let mut shown = notify_rust::Notification::new();
            shown.appname("Deskside").summary(&title).body(&body);
            if !silent {
                shown.sound_name("Default");
            }
            #[cfg(windows)]
            shown.app_id(&app_id);
            #[cfg(not(windows))]
            drop(app_id);
            let answer = shown.show().and_then(|handle| {
                handle.wait_for_response(|response: &NotificationResponse| {
                    if response.is_default_action() {
                        click(Click::Room(topic.session()));
                    }
                })
            });
            if let Err(error) = answer {
                tracing::warn!("no notification: {error}");
            }
        });
        if let Err(error) = told {
            tracing::warn!("no notification: {error}");
        }
    }

    fn progress(&self, percent: Option<u8>) {
        let status = if percent.is_some() { ProgressBarStatus::Normal } else { ProgressBarStatus::None };
        let state = ProgressBarState { status: Some(status), progress: percent.map(u64::from) };
        if let Some(window) = self.app.get_webview_window(WINDOW)
            && let Err(error) = window.set_progress_bar(state)
        {
            tracing::debug!("no progress bar: {error}");
        }
    }

    fn unread(&self, count: usize) {
        if let Some(tray) = self.app.tray_by_id(TRAY) {
            let says = self.words.say("tray.unread", &[("count", &count.to_string())]);
            let tip = if count == 0 { "Deskside".to_owned() } else { format!("Deskside · {says}") };
            let _ = tray.set_icon(Some(icon::tray(count > 0)));
            let _ = tray.set_tooltip(Some(tip));
        }
        if let Some(window) = self.app.get_webview_window(WINDOW)
            && let Err(error) = badge(&window, count)
        {
            tracing::debug!("no badge: {error}");
        }
    }
}

fn tray(app: &AppHandle, words: &Words, click: &OnClick) -> tauri::Result<()> {
    let open = MenuItem::with_id(app, OPEN, words.say("tray.open", &[]), true, None::<&str>)?;
    let quit = MenuItem::with_id(app, QUIT, words.say("tray.quit", &[]), true, None::<&str>)?;
    let click = Arc::clone(click);
    TrayIconBuilder::with_id(TRAY)
        .icon(icon::tray(false))
        .tooltip("Deskside")
        .menu(&Menu::with_items(app, &[&open, &quit])?)
        .on_menu_event(move |_, event| match event.id().as_ref() {
            OPEN => click(Click::Window),
            QUIT => click(Click::Quit),
            _ => {}
        })
        .build(app)
        .map(drop)
}
