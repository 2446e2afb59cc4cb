//! Files on their way out: chosen, uploaded, paused, given up.

use std::path::{Path, PathBuf};

use deskside_client::{
    ClientError, names,
    upload::{Control, LocalFile, Progress, Upload, give_up},
};
use deskside_proto::{AttachmentId, CaptureKind, SessionId};
use serde::Serialize;
use tauri::{
    WebviewWindow,
    ipc::{Channel, InvokeBody, Request, Response},
};

use super::{PickedFile, hex_handle, lock, no_dialog};
use crate::{
    commands::{Answer, Shared, shown},
    controller::Controller,
    os,
};

/// Folder for what the window made itself: pasted and edited pictures.
const ADOPTED: &str = "adopted";
/// Bytes of a chosen file that the window may read, for its thumbnail and editor.
const READ_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// An upload by the window's own name for it.
#[derive(Clone)]
pub(super) enum Sending {
    Running(Control),
    /// Complete; a message may name it.
    Done {
        session: SessionId,
        attachment: AttachmentId,
    },
}

/// A file that was on its way when the app ended.
#[derive(Serialize)]
pub(crate) struct Restored {
    file: PickedFile,
    /// Bytes; the portal says how many once the upload goes on.
    sent: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    capture: Option<CaptureKind>,
}

#[tauri::command]
pub(crate) async fn pick_files(window: WebviewWindow, state: Shared<'_>) -> Answer<Vec<PickedFile>> {
    let paths = os::pick_files(&window).await.map_err(no_dialog)?;
    Ok(state.files.choose_all(&paths))
}

/// Takes bytes that the window holds, under the name in the header `name` (percent-encoded).
#[tauri::command]
pub(crate) async fn adopt_file(state: Shared<'_>, request: Request<'_>) -> Answer<PickedFile> {
    let InvokeBody::Raw(bytes) = request.body() else { return Err(shown(ClientError::StrangeAnswer)) };
    let name = request.headers().get("name").and_then(|name| name.to_str().ok()).unwrap_or_default();
    let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned();
    state.adopt(&name, bytes).await
}

/// The content of a chosen file, for the window's thumbnails and its editor.
#[tauri::command]
pub(crate) async fn read_chosen(state: Shared<'_>, file: String) -> Answer<Response> {
    let file = state.files.chosen(&file)?;
    if file.size() > READ_MAX_BYTES {
        return Err(shown(ClientError::FileTooLarge { max: READ_MAX_BYTES }));
    }
    let bytes = tokio::fs::read(file.path()).await;
    Ok(Response::new(bytes.map_err(|error| shown(ClientError::SourceUnreadable(error)))?))
}

/// Uploads a chosen file; `upload` is the window's own name for it, by which it is paused and given up. Answers when it is done.
#[tauri::command]
pub(crate) async fn start_upload(
    state: Shared<'_>,
    session: SessionId,
    file: String,
    upload: String,
    capture: Option<CaptureKind>,
    progress: Channel<Progress>,
) -> Answer<AttachmentId> {
    let file = state.files.chosen(&file)?;
    let policy = match state.session(session).await {
        Ok(open) => open.attachments(),
        Err(error) => return Err(shown(error)),
    };
    let access = state.accounts().await.access(session).await.map_err(shown)?;
    let control = Control::default();
    lock(&state.files.uploads).insert(upload.clone(), Sending::Running(control.clone()));
    let tell = move |sent| drop(progress.send(sent));
    let journal = state.journal();
    let job = Upload { access: &access, journal, session, file: &file, policy: &policy, capture };
    let outcome = job.run(tell, &control).await;
    let mut uploads = lock(&state.files.uploads);
    match &outcome {
        Ok(attachment) => uploads.insert(upload, Sending::Done { session, attachment: *attachment }),
        Err(_) => uploads.remove(&upload),
    };
    drop(uploads);
    outcome.map_err(shown)
}

#[tauri::command]
pub(crate) fn pause_upload(state: Shared<'_>, upload: &str) {
    if let Some(Sending::Running(control)) = lock(&state.files.uploads).get(upload) {
        control.pause();
    }
}

#[tauri::command]
pub(crate) fn resume_upload(state: Shared<'_>, upload: &str) {
    if let Some(Sending::Running(control)) = lock(&state.files.uploads).get(upload) {
        control.resume();
    }
}

/// Gives an upload up, also one that is done and that no message names.
#[tauri::command]
pub(crate) async fn cancel_upload(state: Shared<'_>, upload: String) -> Answer<()> {
    let sending = lock(&state.files.uploads).remove(&upload);
    match sending {
        Some(Sending::Running(control)) => control.cancel(),
        Some(Sending::Done { session, attachment }) => {
            let access = state.accounts().await.access(session).await.map_err(shown)?;
            give_up(&access, state.journal(), session, attachment).await.map_err(shown)?;
        }
        None => {}
    }
    Ok(())
}

/// What was on its way to `session` when the app ended.
#[tauri::command]
pub(crate) async fn restored_uploads(state: Shared<'_>, session: SessionId) -> Answer<Vec<Restored>> {
    let access = state.accounts().await.access(session).await.map_err(shown)?;
    let files = state.journal().unfinished_uploads(&access.place(session)).await.map_err(shown)?;
    let restored = |(file, capture): (LocalFile, Option<CaptureKind>)| {
        let file = state.files.choose(file.path(), None).ok()?;
        Some(Restored { file, sent: 0, capture })
    };
    Ok(files.into_iter().filter_map(restored).collect())
}

impl Controller {
    /// Keeps bytes under `name` as a file like those that the person picks.
    pub(crate) async fn adopt(&self, name: &str, bytes: &[u8]) -> Answer<PickedFile> {
        names::check(name).map_err(|problem| shown(problem.into()))?;
        let folder = self.adopted().join(hex_handle().map_err(shown)?);
        let path = folder.join(name);
        let kept = async {
            os::create_private_folder(&folder)?;
            tokio::fs::write(&path, bytes).await
        };
        kept.await.map_err(|source| shown(ClientError::CannotSave { path: path.clone(), source }))?;
        self.files.choose(&path, None).map_err(shown)
    }

    fn adopted(&self) -> PathBuf {
        self.folder().join(ADOPTED)
    }

    /// Deletes adopted files that no upload needs any more.
    pub(crate) async fn forget_adopted(&self) {
        let Ok(needed) = self.journal().files_on_their_way().await else { return };
        let Ok(mut folders) = tokio::fs::read_dir(self.adopted()).await else { return };
        while let Ok(Some(folder)) = folders.next_entry().await {
            let path = folder.path();
            if !needed.iter().any(|file| Path::new(file).starts_with(&path)) {
                drop(tokio::fs::remove_dir_all(path).await);
            }
        }
    }
}
