//! Files for the window: chosen by the person, named by handles.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use deskside_client::{
    ClientError, ShownError,
    download::{self, Variant},
    names,
    upload::{self, LocalFile, Progress},
};
use deskside_proto::{Attachment, AttachmentId, SessionId};
use serde::Serialize;
use tauri::{
    WebviewWindow,
    ipc::{Channel, Response},
};
use tokio_util::sync::CancellationToken;

use crate::{
    commands::{Answer, Shared, shown},
    os,
};

/// Files that the person chose, and what is on its way.
#[derive(Default)]
pub(crate) struct Files {
    chosen: Mutex<HashMap<String, Result<LocalFile, ShownError>>>,
    uploads: Mutex<HashMap<String, CancellationToken>>,
}

/// A chosen file as the window knows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PickedFile {
    handle: String,
    name: String,
    size: u64,
}

impl Files {
    /// Takes what was dropped. A file that cannot be sent gets a handle as well: its upload tells why.
    pub(crate) fn choose_all(&self, paths: &[PathBuf]) -> Vec<PickedFile> {
        paths.iter().filter_map(|path| self.choose(path).ok()).collect()
    }

    fn choose(&self, path: &std::path::Path) -> Result<PickedFile, ClientError> {
        let handle: String =
            deskside_client::random::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
        let file = LocalFile::choose(path).map_err(|error| error.shown());
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let size = file.as_ref().map_or(0, LocalFile::size);
        lock(&self.chosen).insert(handle.clone(), file);
        Ok(PickedFile { handle, name, size })
    }

    fn chosen(&self, handle: &str) -> Answer<LocalFile> {
        let unknown = || Err(shown(ClientError::SourceUnreadable(std::io::ErrorKind::NotFound.into())));
        lock(&self.chosen).get(handle).cloned().unwrap_or_else(unknown)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[tauri::command]
pub(crate) async fn pick_file(window: WebviewWindow, state: Shared<'_>) -> Answer<Option<PickedFile>> {
    match os::pick_file(&window).await.map_err(no_dialog)? {
        Some(path) => state.files.choose(&path).map(Some).map_err(shown),
        None => Ok(None),
    }
}

/// Uploads a chosen file; `upload` is the window's own name for it, by which it can be cancelled.
#[tauri::command]
pub(crate) async fn start_upload(
    state: Shared<'_>,
    session: SessionId,
    file: String,
    upload: String,
    progress: Channel<Progress>,
) -> Answer<AttachmentId> {
    let file = state.files.chosen(&file)?;
    let max = match state.session(session).await {
        Ok(open) => open.stored_max_bytes(),
        Err(error) => return Err(shown(error)),
    };
    let access = state.accounts().await.access(session).await.map_err(shown)?;
    let cancel = CancellationToken::new();
    lock(&state.files.uploads).insert(upload.clone(), cancel.clone());
    let tell = move |sent| drop(progress.send(sent));
    let result = upload::upload(&access, session, &file, max, tell, &cancel).await;
    lock(&state.files.uploads).remove(&upload);
    result.map_err(shown)
}

#[tauri::command]
pub(crate) fn cancel_upload(state: Shared<'_>, upload: &str) {
    if let Some(cancel) = lock(&state.files.uploads).remove(upload) {
        cancel.cancel();
    }
}

/// Up to 4 MiB of an attachment from `offset`, as raw bytes.
#[tauri::command]
pub(crate) async fn attachment_piece(
    state: Shared<'_>,
    session: SessionId,
    attachment: AttachmentId,
    variant: Variant,
    offset: u64,
) -> Answer<Response> {
    let access = state.accounts().await.access(session).await.map_err(shown)?;
    let piece = download::piece(&access, session, attachment, variant, offset).await.map_err(shown)?;
    Ok(Response::new(Vec::from(piece)))
}

/// Where a file was saved, if the person did not change their mind.
#[derive(Serialize)]
pub(crate) struct Saved {
    saved: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

impl Saved {
    const NOT: Self = Self { saved: false, path: None };

    fn at(path: &std::path::Path) -> Self {
        Self { saved: true, path: Some(path.display().to_string()) }
    }
}

#[tauri::command]
pub(crate) async fn save_attachment(
    window: WebviewWindow,
    state: Shared<'_>,
    session: SessionId,
    attachment: Attachment,
) -> Answer<Saved> {
    let access = state.accounts().await.access(session).await.map_err(shown)?;
    let name = names::suggestion(&attachment.name, attachment.id);
    let Some(target) = os::save_file(&window, &name).await.map_err(no_dialog)? else { return Ok(Saved::NOT) };
    let saved = download::save_attachment(&access, session, &attachment, &target).await.map_err(shown)?;
    Ok(Saved::at(&saved))
}

#[tauri::command]
pub(crate) async fn save_transcript(
    window: WebviewWindow,
    state: Shared<'_>,
    org: String,
    session: SessionId,
    name: String,
) -> Answer<Saved> {
    let access = state.accounts().await.person().await.map_err(shown)?;
    let name = names::suggestion(&name, format!("{session}.txt"));
    let Some(target) = os::save_file(&window, &name).await.map_err(no_dialog)? else { return Ok(Saved::NOT) };
    let saved = download::save_transcript(&access, &org, session, &target).await.map_err(shown)?;
    Ok(Saved::at(&saved))
}

fn no_dialog(sentence: &'static str) -> ShownError {
    ShownError { code: "no_file_dialog", message: sentence.to_owned(), field: None }
}
