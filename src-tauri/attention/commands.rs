//! What the window may ask for: what is unread, what is muted, what was seen.

use deskside_proto::{Seq, SessionId};

use super::AttentionState;
use crate::commands::{Answer, Shared, shown};

/// Unread counts and mutes of the sessions that are listened to. `attention-changed` carries the same.
#[tauri::command]
pub(crate) fn attention_state(state: Shared<'_>) -> AttentionState {
    state.attention().state()
}

/// Kept for a restart.
#[tauri::command]
pub(crate) async fn set_mute(state: Shared<'_>, session: SessionId, muted: bool) -> Answer<()> {
    let place = state.place(session).await.map_err(shown)?;
    state.journal().set_muted(&place, muted).await.map_err(shown)?;
    state.attention().mute(session, muted);
    Ok(())
}

/// The person has seen everything up to `seq` in a focused window.
#[tauri::command]
pub(crate) async fn session_seen(state: Shared<'_>, session: SessionId, seq: Seq) -> Answer<()> {
    let open = state.session(session).await.map_err(shown)?;
    open.seen(seq).await.map_err(shown)
}
