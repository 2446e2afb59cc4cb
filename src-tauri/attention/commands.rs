//! What the window may ask for: what is unread, and what is muted. What was read it says by the session's `read` intent.

use deskside_proto::SessionId;

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
