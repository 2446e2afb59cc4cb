//! The captures folder: chosen by the person, watched while the window says that a technician is in a session.

use std::{
    path::{Path, PathBuf},
    sync::Mutex,
};

use deskside_client::captures::{Found, Watcher, watch};
use deskside_proto::CaptureKind;
use serde::Serialize;
use tauri::{WebviewWindow, ipc::Channel};

use crate::{
    commands::{Answer, Shared, shown},
    controller::Controller,
    files::{PickedFile, lock, no_dialog},
    os,
};

/// What is known of the captures folder.
#[derive(Debug, Serialize)]
pub(crate) struct CapturesFolder {
    /// Where it is; absent while none was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    there: bool,
    watched: bool,
}

/// The watch that runs, if one does.
#[derive(Default)]
pub(crate) struct CapturesWatch(Mutex<Option<Running>>);

struct Running {
    /// Where the window hears of it.
    news: Channel<News>,
    _watcher: Option<Watcher>,
}

/// What the window is told.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum News {
    File { file: PickedFile, kind: CaptureKind },
    TooLarge { name: String },
    Folder { there: bool },
}

#[tauri::command]
pub(crate) async fn captures_folder(state: Shared<'_>) -> Answer<CapturesFolder> {
    state.known_captures_folder().await
}

/// Lets the person choose it; a watch that runs goes on there.
#[tauri::command]
pub(crate) async fn choose_captures_folder(
    window: WebviewWindow,
    state: Shared<'_>,
) -> Answer<CapturesFolder> {
    if let Some(path) = os::pick_folder(&window).await.map_err(no_dialog)? {
        let path = path.canonicalize().unwrap_or(path);
        let unnamed = || shown(deskside_client::names::NameProblem::NotText.into());
        let text = path.to_str().ok_or_else(unnamed)?;
        state.journal().set_captures_folder(Some(text)).await.map_err(shown)?;
        state.watch_again(Some(&path));
    }
    state.known_captures_folder().await
}

/// Nothing is watched any more; the folder and what is in it stay.
#[tauri::command]
pub(crate) async fn forget_captures_folder(state: Shared<'_>) -> Answer<CapturesFolder> {
    state.journal().set_captures_folder(None).await.map_err(shown)?;
    state.watch_again(None);
    state.known_captures_folder().await
}

/// Begins to watch, in place of an earlier watch: what is in the folder now never counts.
#[tauri::command]
pub(crate) async fn watch_captures(state: Shared<'_>, news: Channel<News>) -> Answer<()> {
    let folder = state.journal().captures_folder().await.map_err(shown)?.map(PathBuf::from);
    *lock(&state.captures.0) = Some(Running { news, _watcher: None });
    state.watch_again(folder.as_deref());
    Ok(())
}

#[tauri::command]
pub(crate) fn unwatch_captures(state: Shared<'_>) {
    *lock(&state.captures.0) = None;
}

impl Controller {
    async fn known_captures_folder(&self) -> Answer<CapturesFolder> {
        let path = self.journal().captures_folder().await.map_err(shown)?;
        let there = path.as_deref().is_some_and(|path| Path::new(path).is_dir());
        let watched = path.is_some() && lock(&self.captures.0).is_some();
        Ok(CapturesFolder { path, there, watched })
    }

    /// Where somebody watches, `folder` is what they watch from now on.
    fn watch_again(self: &std::sync::Arc<Self>, folder: Option<&Path>) {
        let mut running = lock(&self.captures.0);
        let Some(earlier) = running.take() else { return };
        let news = earlier.news.clone();
        drop(earlier);
        let watcher = folder.map(|folder| {
            let (watcher, mut told) = watch(folder.to_owned());
            let (state, news) = (std::sync::Arc::clone(self), news.clone());
            tauri::async_runtime::spawn(async move {
                while let Some(found) = told.recv().await {
                    let Some(found) = state.news(found) else { continue };
                    if news.send(found).is_err() {
                        break;
                    }
                }
            });
            watcher
        });
        *running = Some(Running { news, _watcher: watcher });
    }

    /// A file that cannot be sent, for its name say, is told of when it is tried.
    fn news(&self, found: Found) -> Option<News> {
        match found {
            Found::File { path, kind } => {
                let file = self.files.choose_all(&[path]).pop()?;
                Some(News::File { file, kind })
            }
            Found::TooLarge { name } => Some(News::TooLarge { name }),
            Found::Folder { there } => Some(News::Folder { there }),
        }
    }
}
