//! Files and folders that go directly: offered, steered, shown how far they are.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use deskside_client::direct::{self, Landed, Look, Order};
use deskside_proto::{Attachment, AttachmentId, ParticipantId, SessionId};
use deskside_transfer::{TransferState, TransferView};
use serde::Deserialize;
use tauri::{WebviewWindow, ipc::Channel};
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
    handle.source(attachment, path, true).await.map_err(shown)
}

impl Controller {
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
