//! What the window may ask for: portal, account, session. Each command only translates.

use std::sync::Arc;

use deskside_client::{ClientError, ShownError, account::SetUpForm, portal::Call, vault::VaultKind};
use deskside_proto::{
    SessionId,
    api::{JoinPreview, JoinResponse, Me, PortalInfo},
};
use deskside_session::{Intent, ViewUpdate};
use serde::Serialize;
use serde_json::Value;
use tauri::{State, ipc::Channel};
use url::Url;

use crate::controller::Controller;

pub(crate) type Shared<'a> = State<'a, Arc<Controller>>;
pub(crate) type Answer<T> = Result<T, ShownError>;

/// For the window: code and sentence. The log gets the causes, which carry no secrets.
pub(crate) fn shown(error: ClientError) -> ShownError {
    tracing::debug!("{error:?}");
    error.shown()
}

/// One operation of the portal, by its name in the OpenAPI description, as the guest or person that its session asks for.
#[tauri::command]
pub(crate) async fn portal_call(state: Shared<'_>, operation: String, call: Call) -> Answer<Value> {
    let accounts = state.accounts().await;
    let session = call.path.get("session").and_then(|id| id.parse::<SessionId>().ok());
    let access = match session {
        Some(session) => accounts.access(session).await,
        None => accounts.person().await,
    };
    access.map_err(shown)?.call(&operation, &call).await.map_err(shown)
}

#[tauri::command]
pub(crate) async fn portal_current(state: Shared<'_>) -> Answer<Option<String>> {
    state.journal().portal().await.map_err(shown)
}

/// Checks that a portal is there, and only then remembers it.
#[tauri::command]
pub(crate) async fn portal_set(state: Shared<'_>, url: String) -> Answer<PortalInfo> {
    let portal = state.accounts().await.portal(&url).map_err(shown)?;
    let info = portal.info().await.map_err(shown)?;
    state.journal().set_portal(&portal.origin()).await.map_err(shown)?;
    Ok(info)
}

#[tauri::command]
pub(crate) async fn sign_in(state: Shared<'_>, email: String, password: String) -> Answer<Me> {
    let accounts = state.accounts().await;
    let portal = accounts.current_portal().await.map_err(shown)?;
    let me = accounts.sign_in(&portal, email, password).await.map_err(shown)?;
    state.signed_in();
    Ok(me)
}

#[tauri::command]
pub(crate) async fn sign_out(state: Shared<'_>) -> Answer<()> {
    let accounts = state.accounts().await;
    let portal = accounts.current_portal().await.map_err(shown)?;
    state.sign_out().await;
    state.files.stop_players();
    accounts.sign_out(&portal).await.map_err(shown)
}

#[tauri::command]
pub(crate) async fn set_up(state: Shared<'_>, form: SetUpForm) -> Answer<Me> {
    let accounts = state.accounts().await;
    let portal = accounts.current_portal().await.map_err(shown)?;
    let me = accounts.set_up(&portal, form).await.map_err(shown)?;
    state.signed_in();
    Ok(me)
}

#[tauri::command]
pub(crate) async fn look_up_join(state: Shared<'_>, link: String) -> Answer<JoinPreview> {
    let (_, preview) = state.accounts().await.look_up(&link).await.map_err(shown)?;
    Ok(preview)
}

/// The answer has no token any more: it is in the vault.
#[tauri::command]
pub(crate) async fn join(state: Shared<'_>, link: String, name: String) -> Answer<JoinResponse> {
    state.accounts().await.join(&link, name).await.map_err(shown)
}

#[derive(Serialize)]
pub(crate) struct SecretStore {
    kind: VaultKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
}

#[tauri::command]
pub(crate) async fn secret_store(state: Shared<'_>) -> Answer<SecretStore> {
    let kind = state.vault().await.kind();
    Ok(SecretStore { kind, note: kind.note() })
}

/// `deskside://` links that came from outside and that nobody has taken yet.
#[tauri::command]
pub(crate) fn take_links(state: Shared<'_>) -> Vec<String> {
    state.take_links()
}

/// Opens a page in the person's browser: messages carry links. Nothing but encrypted pages and mail addresses, so that no
/// other program, and no file, can be started from a message.
#[tauri::command]
pub(crate) fn open_external(url: &str) -> Answer<()> {
    let allowed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "https" | "mailto"));
    let url = allowed.ok_or_else(|| shown(ClientError::NotOpened))?;
    tauri_plugin_opener::open_url(url.as_str(), None::<&str>)
        .map_err(|error| shown(ClientError::Unreachable(Box::new(error))))
}

/// Answers with the number of this opening, which closes it again.
#[tauri::command]
pub(crate) async fn open_session(
    state: Shared<'_>,
    session: SessionId,
    view: Channel<Vec<ViewUpdate>>,
) -> Answer<u64> {
    state.open_session(session, view).await.map_err(shown)
}

#[tauri::command]
pub(crate) async fn session_intent(state: Shared<'_>, session: SessionId, intent: Intent) -> Answer<()> {
    state.intent(session, intent).await.map_err(shown)
}

#[tauri::command]
pub(crate) async fn close_session(state: Shared<'_>, session: SessionId, opening: u64) -> Answer<()> {
    state.close_session(session, opening).await;
    Ok(())
}

#[tauri::command]
pub(crate) async fn draft_load(state: Shared<'_>, session: SessionId) -> Answer<String> {
    let place = state.place(session).await.map_err(shown)?;
    state.journal().draft(&place).await.map_err(shown)
}

#[tauri::command]
pub(crate) async fn draft_save(state: Shared<'_>, session: SessionId, text: String) -> Answer<()> {
    let place = state.place(session).await.map_err(shown)?;
    state.journal().set_draft(&place, &text).await.map_err(shown)
}
