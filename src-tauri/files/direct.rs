//! Files and folders that go directly: offered, steered, shown how far they are.

use std::{
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};

use deskside_client::{
    ClientError,
    direct::{self, Landed, Look, Order},
    download::PIECE_BYTES,
};
use deskside_proto::{Attachment, AttachmentId, ParticipantId, SessionId};
use deskside_transfer::{TransferState, TransferView};
use serde::Deserialize;
use tauri::{
    WebviewWindow,
    ipc::{Channel, Response},
};
use tokio::sync::{broadcast, watch};

use super::{PickedFile, Tree, hex_handle, lock, no_dialog};
use crate::{
    attention::Moving,
    commands::{Answer, Shared, shown},
    controller::Controller,
    os,
};

/// Tells how the direct transfers of an open session stand, now and from now on, until the window takes no more.
#[tauri::command]
pub(crate) async fn watch_transfers(
    state: Shared<'_>,
    session: SessionId,
    views: Channel<Vec<TransferView>>,
) -> Answer<()> {
    let mut transfers = state.session(session).await.map_err(shown)?.transfers();
    tauri::async_runtime::spawn(async move {
        loop {
            let now = transfers.borrow_and_update().clone();
            if views.send(now).is_err() || transfers.changed().await.is_err() {
                break;
            }
        }
    });
    Ok(())
}

/// Lets the person pick a folder that is to go as a whole.
#[tauri::command]
pub(crate) async fn pick_folder(window: WebviewWindow, state: Shared<'_>) -> Answer<Option<PickedFile>> {
    let Some(path) = os::pick_folder(&window).await.map_err(no_dialog)? else { return Ok(None) };
    let Look { name, size, files } = direct::look(&path).await.map_err(shown)?;
    let handle = hex_handle().map_err(shown)?;
    lock(&state.files.folders).insert(handle.clone(), path);
    Ok(Some(PickedFile { handle, name, size, folder: None, tree: Some(Tree { files }) }))
}

/// Names a picked file or folder to the portal; a message may offer it then.
#[tauri::command]
pub(crate) async fn send_direct(state: Shared<'_>, session: SessionId, file: String) -> Answer<Attachment> {
    let path = state.picked(&file)?;
    let handle = state.session(session).await.map_err(shown)?;
    let access = state.accounts().await.access(session).await.map_err(shown)?;
    let attachment = direct::offer(&access, session, &path).await.map_err(shown)?;
    lock(&state.files.sources).insert((session, attachment.id), path.clone());
    handle.source(attachment.id, path, false).await.map_err(shown)?;
    Ok(attachment)
}

/// Takes back what no message names yet.
#[tauri::command]
pub(crate) async fn take_back_direct(
    state: Shared<'_>,
    session: SessionId,
    attachment: AttachmentId,
) -> Answer<()> {
    let handle = state.session(session).await.map_err(shown)?;
    handle.order(Order::Cancel { attachment, peer: None }).await.map_err(shown)?;
    let access = state.accounts().await.access(session).await.map_err(shown)?;
    direct::take_back(&access, session, attachment).await.map_err(shown)
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Steer {
    Pause,
    Resume,
    Cancel,
}

/// Without `peer`: towards everybody.
#[tauri::command]
pub(crate) async fn steer_transfer(
    state: Shared<'_>,
    session: SessionId,
    attachment: AttachmentId,
    peer: Option<ParticipantId>,
    how: Steer,
) -> Answer<()> {
    let order = match how {
        Steer::Pause => Order::Pause { attachment, peer },
        Steer::Resume => Order::Resume { attachment, peer },
        Steer::Cancel => Order::Cancel { attachment, peer },
    };
    state.session(session).await.map_err(shown)?.order(order).await.map_err(shown)
}

/// The person shows where the source of an attachment is now. Whether it is the same, the transfer finds out.
#[tauri::command]
pub(crate) async fn source_again(
    state: Shared<'_>,
    session: SessionId,
    attachment: AttachmentId,
    file: String,
) -> Answer<()> {
    let path = state.picked(&file)?;
    let handle = state.session(session).await.map_err(shown)?;
    lock(&state.files.sources).insert((session, attachment), path.clone());
    handle.source(attachment, path, true).await.map_err(shown)
}

/// Up to 4 MiB from `offset` of a direct file that came here, or goes from here, since the app was started.
#[tauri::command]
pub(crate) async fn direct_piece(
    state: Shared<'_>,
    session: SessionId,
    attachment: AttachmentId,
    offset: u64,
) -> Answer<Response> {
    let path = state.here((session, attachment)).ok_or_else(|| shown(not_here()))?;
    piece(path, offset).await
}

async fn piece(path: PathBuf, offset: u64) -> Answer<Response> {
    let piece = tokio::task::spawn_blocking(move || piece_of(&path, offset)).await;
    let piece = piece.map_err(io::Error::other).flatten();
    Ok(Response::new(piece.map_err(|error| shown(ClientError::SourceUnreadable(error)))?))
}

/// Up to 4 MiB from `offset` of a file that the person picked, to be looked at before it is sent.
#[tauri::command]
pub(crate) async fn picked_piece(state: Shared<'_>, file: String, offset: u64) -> Answer<Response> {
    let path = state.picked(&file)?;
    piece(path, offset).await
}

fn not_here() -> ClientError {
    ClientError::SourceUnreadable(io::ErrorKind::NotFound.into())
}

fn piece_of(path: &Path, offset: u64) -> io::Result<Vec<u8>> {
    let mut file = std::fs::File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut piece = Vec::new();
    file.take(PIECE_BYTES).read_to_end(&mut piece)?;
    Ok(piece)
}

impl Controller {
    /// Where a direct file lies on this computer.
    fn here(&self, file: (SessionId, AttachmentId)) -> Option<PathBuf> {
        let saved = lock(&self.files.saved).get(&file).cloned();
        saved.or_else(|| lock(&self.files.sources).get(&file).cloned())
    }

    /// The path behind a handle of a file or folder.
    fn picked(&self, handle: &str) -> Answer<PathBuf> {
        if let Some(folder) = lock(&self.files.folders).get(handle) {
            return Ok(folder.clone());
        }
        self.files.chosen(handle).map(|file| file.path().to_owned())
    }

    /// Shows a session's transfers in the dock and remembers what came, until its driver ends.
    pub(crate) async fn follow_transfers(
        self: Arc<Self>,
        session: SessionId,
        mut transfers: watch::Receiver<Vec<TransferView>>,
        mut landings: broadcast::Receiver<Landed>,
    ) {
        loop {
            tokio::select! {
                changed = transfers.changed() => {
                    if changed.is_err() {
                        break;
                    }
                    let moving = moving(&transfers.borrow_and_update());
                    self.attention().moves(session, moving);
                }
                landed = landings.recv() => match landed {
                    Ok(landed) => self.remember(session, landed.attachment, &landed.path),
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => break,
                },
            }
        }
        self.attention().moves(session, None);
    }

    fn remember(&self, session: SessionId, attachment: AttachmentId, path: &Path) {
        lock(&self.files.saved).insert((session, attachment), path.to_owned());
    }
}

/// Bytes of what moves now.
fn moving(views: &[TransferView]) -> Option<Moving> {
    let moving = views.iter().filter(|view| matches!(view.state, TransferState::Moving));
    moving.map(|view| Moving { done: view.done, size: view.size }).reduce(|all, one| Moving {
        done: all.done.saturating_add(one.done),
        size: all.size.saturating_add(one.size),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_a_stretch_of_a_file_and_of_nothing_else() -> io::Result<()> {
        let folder = std::env::temp_dir().join(format!("deskside-piece-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let file = folder.join("a.txt");
        std::fs::write(&file, b"0123456789")?;
        assert_eq!(piece_of(&file, 4)?, b"456789");
        assert_eq!(piece_of(&file, 99)?, b"", "nothing past the end");
        assert!(piece_of(&folder, 0).is_err(), "a folder has no bytes");
        std::fs::remove_dir_all(folder)
    }
}
