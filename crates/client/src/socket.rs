//! The session's WebSocket.

use std::time::Duration;

use deskside_proto::{ErrorCode, SessionId};
use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use tokio::{net::TcpStream, sync::mpsc, time::timeout};
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest as _,
        http::{HeaderValue, header},
        protocol::WebSocketConfig,
    },
};

use url::Url;

use crate::{ClientError, account::Access, error::is_about_certificate, portal::refusal};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// For one frame to leave: a peer that takes nothing for so long is gone.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Bytes of one frame: 200 entries of 20 000 characters, each four bytes, escaped at worst, and their envelopes.
const FRAME_MAX_BYTES: usize = 32 * 1024 * 1024;

pub(crate) type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why there is no socket.
pub(crate) enum ConnectError {
    /// The portal answered the upgrade with an error.
    Refused { code: ErrorCode, message: String },
    /// No answer, or none that helps.
    Failed,
}

/// An open socket. Dropping it sends what was handed over, says goodbye and closes, in the background.
pub(crate) struct Socket {
    frames: SplitStream<Stream>,
    outgoing: mpsc::UnboundedSender<Message>,
}

impl Socket {
    pub(crate) async fn connect(access: Access, session: SessionId) -> Result<Self, ConnectError> {
        let limits = WebSocketConfig::default()
            .max_message_size(Some(FRAME_MAX_BYTES))
            .max_frame_size(Some(FRAME_MAX_BYTES));
        let url = access.portal.session_socket_url(session);
        match timeout(CONNECT_TIMEOUT, open(&access, &url, limits)).await {
            Ok(Ok(stream)) => {
                let (sink, frames) = stream.split();
                let (outgoing, queue) = mpsc::unbounded_channel();
                tokio::spawn(write(sink, queue));
                Ok(Self { frames, outgoing })
            }
            Ok(Err(ClientError::Portal(error))) => {
                Err(ConnectError::Refused { code: error.code, message: error.message })
            }
            Ok(Err(error)) => {
                tracing::info!(%session, "no connection: {error}");
                Err(ConnectError::Failed)
            }
            Err(_) => Err(ConnectError::Failed),
        }
    }

    /// Hands a frame over. The queue is bounded by the outbox: everything in it but `ping` and `typing` is a kept message.
    pub(crate) fn send(&self, text: String) {
        // A writer that has ended is noticed by the reader, or by silence.
        let _ = self.outgoing.send(Message::text(text));
    }

    /// The next text frame; `None` once the connection is gone. Safe to cancel.
    pub(crate) async fn next(&mut self) -> Option<String> {
        loop {
            match self.frames.next().await? {
                Ok(Message::Text(text)) => return Some(text.as_str().to_owned()),
                Ok(Message::Close(_)) => return None,
                Ok(_) => {}
                Err(error) => {
                    tracing::info!("the connection broke: {error}");
                    return None;
                }
            }
        }
    }
}

/// Opens a socket of the portal with the account's token.
pub(crate) async fn open(access: &Access, url: &Url, limits: WebSocketConfig) -> Result<Stream, ClientError> {
    let mut request = url.as_str().into_client_request().map_err(|_| ClientError::BadAddress)?;
    let bearer =
        HeaderValue::from_bytes(access.token()?.header()?.as_bytes()).map_err(|_| ClientError::SignedOut)?;
    request.headers_mut().insert(header::AUTHORIZATION, bearer);
    let connector = Connector::Rustls(access.portal.tls().for_sockets());
    match connect_async_tls_with_config(request, Some(limits), true, Some(connector)).await {
        Ok((stream, _)) => Ok(stream),
        Err(Error::Http(answer)) => {
            // The rest of a body that did not come at once is not read: then the status tells.
            let body = answer.body().as_deref().unwrap_or_default();
            Err(refusal(answer.status().as_u16(), body))
        }
        Err(error) if is_about_certificate(&error) => Err(ClientError::Untrusted(Box::new(error))),
        Err(error) => Err(ClientError::Unreachable(Box::new(error))),
    }
}

async fn write(mut sink: SplitSink<Stream, Message>, mut queue: mpsc::UnboundedReceiver<Message>) {
    while let Some(message) = queue.recv().await {
        if !matches!(timeout(SEND_TIMEOUT, sink.send(message)).await, Ok(Ok(()))) {
            return;
        }
    }
    let _ = timeout(CLOSE_TIMEOUT, sink.close()).await;
}
