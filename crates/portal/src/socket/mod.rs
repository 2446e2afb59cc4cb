//! The session socket: `hello` → `welcome` → the log from there → live.

mod commands;
mod connection;
mod greeting;
mod pace;
mod signals;

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket, close_code},
    },
    http::StatusCode,
    response::Response,
};
use deskside_proto::{ErrorCode, ServerMessage, SessionId, WireError, limits::CLIENT_FRAME_MAX_BYTES};
use deskside_store::Caller;
use tokio::time::timeout;

use crate::{App, auth::SessionCaller, error::ApiResult, hub};

/// What the transport takes at all. Somewhat more than a frame may have, so that a frame that is too long can be answered
/// before the connection closes; beyond it the connection ends without an answer.
const TRANSPORT_MAX_BYTES: usize = 4 * CLIENT_FRAME_MAX_BYTES;
/// Bytes kept ready per connection for reading: room for a few messages as people write them. Longer frames get their own room.
const READ_BUFFER_BYTES: usize = 1024;
/// Time for a last word to somebody who does not read.
pub(crate) const LAST_WORD: Duration = Duration::from_secs(1);

/// Whom a connection speaks for, and where.
#[derive(Debug, Clone, Copy)]
struct Seat {
    session: SessionId,
    caller: Caller,
}

/// Opens the session's socket. Frames are `ClientMessage` and `ServerMessage` as JSON.
#[utoipa::path(
    get, path = "/sessions/{session}/socket", operation_id = "session_socket", tag = "sessions",
    params(("session" = String, Path)),
    responses((status = 101, description = "A WebSocket"), (status = "4XX", body = WireError))
)]
pub async fn session_socket(
    State(app): State<Arc<App>>,
    caller: SessionCaller,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    let seat = Seat { session: caller.session, caller: caller.caller };
    // Who may not see the session learns it before the upgrade, with a status.
    let record = greeting::record(&app, &seat).await?;
    let upgrade = upgrade.map_err(|rejection| {
        tracing::debug!(%rejection, status = %StatusCode::BAD_REQUEST, "no socket");
        ErrorCode::Malformed
    })?;
    let upgrade = transport(upgrade, TRANSPORT_MAX_BYTES);
    let record = Box::new(record);
    Ok(upgrade.on_upgrade(move |socket| connection::serve(app, caller, record, socket)))
}

/// The transport under every session socket (RFC 6455, `cargo xtask autobahn`); it takes messages of `max_bytes`.
pub fn transport(upgrade: WebSocketUpgrade, max_bytes: usize) -> WebSocketUpgrade {
    upgrade.read_buffer_size(READ_BUFFER_BYTES).max_message_size(max_bytes).max_frame_size(max_bytes)
}

/// Whether the transport refused a frame for its length.
pub(crate) fn is_too_large(error: &axum::Error) -> bool {
    // The transport's own type is not public here; its text is part of its documentation.
    error.to_string().starts_with("Space limit exceeded")
}

/// Says why, then closes: `error`, then a close frame.
async fn close_with(socket: &mut WebSocket, code: ErrorCode) {
    let frame = ServerMessage::Error { code, message: code.sentence().to_owned() };
    let last_word = async {
        socket.send(Message::Text(hub::to_text(&frame))).await?;
        close(socket, close_code_of(code), code.as_str()).await
    };
    // Nothing is left to do for somebody who is gone.
    drop(timeout(LAST_WORD, last_word).await);
}

async fn close(socket: &mut WebSocket, code: u16, reason: &'static str) -> Result<(), axum::Error> {
    socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await
}

fn close_code_of(code: ErrorCode) -> u16 {
    match code {
        ErrorCode::FrameTooLarge => close_code::SIZE,
        ErrorCode::Malformed | ErrorCode::HelloExpected | ErrorCode::UnsupportedProtocol => {
            close_code::PROTOCOL
        }
        ErrorCode::Unavailable | ErrorCode::SlowConsumer => close_code::AGAIN,
        ErrorCode::Internal => close_code::ERROR,
        _ => close_code::POLICY,
    }
}
