//! A connection to a server: WebSocket texts, or a plain stream of XML.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::{Buf as _, BytesMut};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _, protocol::WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// Ten thousand connections at once may wait for each other.
const CONNECT_LIMIT: Duration = Duration::from_secs(60);
/// Bytes kept for reading per connection; the default of 128 KiB would be a gigabyte for ten thousand.
const READ_BUFFER: usize = 4096;

pub enum Link {
    Web(Box<WebSocketStream<TcpStream>>),
    Xml { stream: TcpStream, buffer: BytesMut },
}

impl Link {
    /// Opens a WebSocket at `url`, from the address `from`, with a bearer token where there is one.
    pub async fn web(to: SocketAddr, from: IpAddr, url: &str, bearer: Option<&str>) -> Result<Self> {
        let stream = connect(to, from).await?;
        let mut request = url.into_client_request()?;
        if let Some(token) = bearer {
            request.headers_mut().insert("authorization", format!("Bearer {token}").parse()?);
        }
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
        let opening = client_async_with_config(request, stream, Some(config));
        match timeout(CONNECT_LIMIT, opening).await.context("no answer to the upgrade")? {
            Ok((socket, _)) => Ok(Self::Web(Box::new(socket))),
            Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => {
                let body = answer.body().as_deref().unwrap_or_default();
                bail!("the socket was refused with {}: {}", answer.status(), String::from_utf8_lossy(body))
            }
            Err(error) => Err(error.into()),
        }
    }

    pub async fn xml(to: SocketAddr) -> Result<Self> {
        Ok(Self::Xml { stream: connect(to, [127, 0, 0, 1].into()).await?, buffer: BytesMut::new() })
    }

    /// Queues a text; [`flush`](Self::flush) puts it on the wire.
    pub async fn feed(&mut self, text: String) -> Result<()> {
        match self {
            Self::Web(socket) => Ok(socket.feed(Message::text(text)).await?),
            Self::Xml { stream, .. } => Ok(stream.write_all(text.as_bytes()).await?),
        }
    }

    pub async fn flush(&mut self) -> Result<()> {
        match self {
            Self::Web(socket) => Ok(socket.flush().await?),
            Self::Xml { .. } => Ok(()),
        }
    }

    pub async fn send(&mut self, text: impl Into<String>) -> Result<()> {
        self.feed(text.into()).await?;
        self.flush().await
    }

    /// The next text: one frame, or XML up to the last complete tag. Nothing is lost where the future is dropped.
    pub async fn next(&mut self) -> Result<String> {
        match self {
            Self::Web(socket) => next_frame(socket).await,
            Self::Xml { stream, buffer } => loop {
                if stream.read_buf(buffer).await? == 0 {
                    bail!("the server closed the connection");
                }
                if let Some(end) = buffer.iter().rposition(|byte| *byte == b'>') {
                    let text = String::from_utf8_lossy(&buffer[..=end]).into_owned();
                    buffer.advance(end + 1);
                    return Ok(text);
                }
            },
        }
    }
}

async fn next_frame(socket: &mut WebSocketStream<TcpStream>) -> Result<String> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
            Some(Ok(Message::Close(frame))) => bail!("the server closed the connection: {frame:?}"),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(error.into()),
            None => bail!("the server closed the connection"),
        }
    }
}

async fn connect(to: SocketAddr, from: IpAddr) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    // Port 0 of each loopback address: ports are counted per address.
    socket.bind(SocketAddr::new(from, 0))?;
    let stream = timeout(CONNECT_LIMIT, socket.connect(to)).await.context("no connection")??;
    stream.set_nodelay(true)?;
    Ok(stream)
}
