//! Videos and sounds for a window that cannot stream by itself: a listener on this computer's loopback that fetches from the portal
//! what the player asks for, range by range (design §7; research/tauri.md: WebKitGTK plays from http, not from custom schemes).
//!
//! A ticket is good for one file until its player closes. It is no token of the portal's, and leads nowhere but through here; the
//! listener answers its own address only (no DNS name leads to it), and no page of another origin.

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use deskside_proto::{AttachmentId, SessionId};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{ClientError, account::Access, operations::routes};

/// Origins of the app's own window (Tauri's, on the three systems).
const WINDOWS: [&str; 3] = ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];
/// What the portal says of a file that the player needs to hear.
const PASSED: [HeaderName; 5] = [
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::CONTENT_RANGE,
    header::ACCEPT_RANGES,
    header::ETAG,
];

/// The listener; it ends when this is dropped.
pub struct Media {
    port: u16,
    tickets: Arc<Tickets>,
    task: JoinHandle<()>,
}

struct Tickets {
    host: String,
    open: Mutex<HashMap<String, Ticket>>,
}

#[derive(Clone)]
struct Ticket {
    access: Access,
    session: SessionId,
    attachment: AttachmentId,
}

impl Media {
    /// Listens on a free port.
    ///
    /// # Errors
    /// [`ClientError::NoListener`].
    pub async fn start() -> Result<Self, ClientError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(ClientError::NoListener)?;
        let port = listener.local_addr().map_err(ClientError::NoListener)?.port();
        let tickets = Arc::new(Tickets { host: format!("127.0.0.1:{port}"), open: Mutex::default() });
        let router = Router::new().route("/{ticket}", get(serve)).with_state(Arc::clone(&tickets));
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!("videos cannot be played any more: {error}");
            }
        });
        Ok(Self { port, tickets, task })
    }

    /// A ticket for one file.
    ///
    /// # Errors
    /// [`ClientError::NoRandomness`].
    pub fn open(
        &self,
        access: Access,
        session: SessionId,
        attachment: AttachmentId,
    ) -> Result<String, ClientError> {
        let ticket = hex::encode(crate::random::<16>()?);
        self.tickets.lock().insert(ticket.clone(), Ticket { access, session, attachment });
        Ok(ticket)
    }

    #[must_use]
    pub fn url(&self, ticket: &str) -> String {
        format!("http://127.0.0.1:{}/{ticket}", self.port)
    }

    /// The player is closed.
    pub fn close(&self, ticket: &str) {
        self.tickets.lock().remove(ticket);
    }

    /// Nobody plays anything any more: whose files these are has signed out.
    pub fn close_all(&self) {
        self.tickets.lock().clear();
    }
}

impl Drop for Media {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Tickets {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Ticket>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(
    State(tickets): State<Arc<Tickets>>,
    Path(ticket): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    if !is_ours(&tickets.host, &headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(ticket) = tickets.lock().get(&ticket).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match fetch(&ticket, method, headers.get(header::RANGE)).await {
        Ok(response) => response,
        Err(error) => {
            tracing::info!("a player gets nothing: {error}");
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}

/// Asked for by its address, and by no page of somebody else.
fn is_ours(host: &str, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    text(header::HOST) == Some(host) && text(header::ORIGIN).is_none_or(|origin| WINDOWS.contains(&origin))
}

async fn fetch(
    ticket: &Ticket,
    method: Method,
    range: Option<&HeaderValue>,
) -> Result<Response, ClientError> {
    let path = routes::attachment(ticket.session, ticket.attachment);
    let access = &ticket.access;
    let mut request = access.portal.request(method, &path, Some(access.token()?))?;
    if let Some(range) = range {
        request = request.header(header::RANGE, range);
    }
    let found = request.send().await?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = match found.status() {
        status @ (StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE) => status,
        // Whatever the portal says of it, the player has nothing to play.
        _ => return Ok(StatusCode::NOT_FOUND.into_response()),
    };
    let is_media = found.headers().get(header::CONTENT_TYPE).is_some_and(is_played);
    if !is_media && found.status() != StatusCode::RANGE_NOT_SATISFIABLE {
        return Ok(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
    }
    for name in PASSED {
        if let Some(value) = found.headers().get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    *response.body_mut() = Body::from_stream(found.bytes_stream());
    Ok(response)
}

/// Nothing that a web view could take for a document.
fn is_played(media_type: &HeaderValue) -> bool {
    let media_type = media_type.to_str().unwrap_or_default();
    media_type.starts_with("video/") || media_type.starts_with("audio/")
}
