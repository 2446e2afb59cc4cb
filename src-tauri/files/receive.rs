//! Files on their way in: shown, played and saved.

use std::path::{Path, PathBuf};

use deskside_client::{
    ClientError, archive,
    download::{self, Variant},
    media::Media,
    names,
    upload::Progress,
    whole::{self, Whole},
};
use deskside_proto::{Attachment, AttachmentId, SessionId};
use serde::{Deserialize, Serialize};
use tauri::{
    Manager as _, WebviewWindow,
    ipc::{Channel, Response},
};

use super::{lock, no_dialog};
use crate::{
    commands::{Answer, Shared, shown},
    os,
};

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

/// Where a player finds a file, until [`close_media`].
#[derive(Serialize)]
pub(crate) struct Opened {
    url: String,
    ticket: String,
}

#[tauri::command]
pub(crate) async fn open_media(
    state: Shared<'_>,
    session: SessionId,
    attachment: AttachmentId,
) -> Answer<Opened> {
    let access = state.accounts().await.access(session).await.map_err(shown)?;
    let media = state.files.media.get_or_try_init(Media::start).await.map_err(shown)?;
    let ticket = media.open(access, session, attachment).map_err(shown)?;
    Ok(Opened { url: media.url(&ticket), ticket })
}

#[tauri::command]
pub(crate) fn close_media(state: Shared<'_>, ticket: &str) {
    if let Some(media) = state.files.media.get() {
        media.close(ticket);
    }
}

/// Where a file was saved, if the person did not change their mind.
#[derive(Serialize)]
pub(crate) struct Saved {
    saved: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// The digest matched.
    verified: bool,
}

impl Saved {
    const NOT: Self = Self { saved: false, path: None, verified: false };

    fn at(path: &Path) -> Self {
        Self { saved: true, path: Some(path.display().to_string()), verified: true }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    /// Into the person's folder for downloads.
    Save,
    /// Where the person says.
    SaveAs,
}

#[tauri::command]
pub(crate) async fn save_attachment(
    window: WebviewWindow,
    state: Shared<'_>,
    session: SessionId,
    attachment: Attachment,
    how: How,
    progress: Channel<Progress>,
) -> Answer<Saved> {
    let access = state.accounts().await.access(session).await.map_err(shown)?;
    let name = names::suggestion(&attachment.name, attachment.id);
    let Some(target) = target(&window, how, &name).await? else { return Ok(Saved::NOT) };
    let tell = move |sent| drop(progress.send(sent));
    let saved =
        download::save_attachment(&access, session, &attachment, &target, tell).await.map_err(shown)?;
    lock(&state.files.saved).insert((session, attachment.id), saved.clone());
    Ok(Saved::at(&saved))
}

/// Without a folder for downloads, the person is asked.
async fn target(window: &WebviewWindow, how: How, name: &str) -> Answer<Option<PathBuf>> {
    let downloads = || window.app_handle().path().download_dir().ok().filter(|folder| folder.is_dir());
    match (how, downloads()) {
        (How::Save, Some(folder)) => Ok(Some(folder.join(name))),
        _ => os::save_file(window, name).await.map_err(no_dialog),
    }
}

/// Saves files as one ZIP.
#[tauri::command]
pub(crate) async fn save_all(
    window: WebviewWindow,
    state: Shared<'_>,
    session: SessionId,
    attachments: Vec<Attachment>,
) -> Answer<Saved> {
    let access = state.accounts().await.access(session).await.map_err(shown)?;
    let target = os::save_file(&window, "Deskside files.zip").await.map_err(no_dialog)?;
    let Some(target) = target else { return Ok(Saved::NOT) };
    let saved = archive::save(&access, session, &attachments, &target).await.map_err(shown)?;
    Ok(Saved::at(&saved))
}

/// Shows a file that was saved here.
#[tauri::command]
pub(crate) async fn show_in_folder(
    state: Shared<'_>,
    session: SessionId,
    attachment: AttachmentId,
) -> Answer<()> {
    let gone = || shown(ClientError::SourceUnreadable(std::io::ErrorKind::NotFound.into()));
    let path = lock(&state.files.saved).get(&(session, attachment)).cloned().ok_or_else(gone)?;
    if !path.exists() {
        return Err(gone());
    }
    let reveal = move || tauri_plugin_opener::reveal_item_in_dir(&path).map_err(std::io::Error::other);
    let outcome = tokio::task::spawn_blocking(reveal).await.map_err(std::io::Error::other);
    outcome.flatten().map_err(|error| shown(ClientError::NotShown(error)))
}

/// Saves a transcript, or whole sessions as one ZIP.
#[tauri::command]
pub(crate) async fn save_archive(
    window: WebviewWindow,
    state: Shared<'_>,
    archive: Archive,
) -> Answer<Saved> {
    // A customer's copy is asked for with what opened the session, everything else by the person who signed in.
    let access = match archive.session() {
        Some(session) => state.accounts().await.access(session).await.map_err(shown)?,
        None => state.accounts().await.person().await.map_err(shown)?,
    };
    let name = names::suggestion(&archive.name, "Deskside files");
    let Some(target) = os::save_file(&window, &name).await.map_err(no_dialog)? else { return Ok(Saved::NOT) };
    let saved = whole::save(&access, &archive.whole, &target).await.map_err(shown)?;
    Ok(Saved::at(&saved))
}

/// What is saved, and what it is to be called.
#[derive(Debug, Deserialize)]
pub(crate) struct Archive {
    #[serde(flatten)]
    whole: Whole,
    name: String,
}

impl Archive {
    /// The session whose own right opens it.
    fn session(&self) -> Option<SessionId> {
        let path = &self.whole.call.path;
        let session = path.get("session").filter(|_| !path.contains_key("org"))?;
        session.parse().ok()
    }
}
