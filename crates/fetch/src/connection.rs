//! A connection to a checked address: TCP, TLS, HTTP. It lives for one answer.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use http::{Response, Version};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use url::Host;

use crate::request::Outgoing;
use crate::target::Target;
use crate::{FetchError, Network};

/// Bytes of the longest header section of an answer, and how many headers it may have.
const MAX_HEADERS: usize = 64 * 1024;
const MAX_HEADER_COUNT: usize = 100;

/// How long one address of a name has before the next is tried beside it: RFC 8305 §8.
const STAGGER: Duration = Duration::from_millis(250);

/// Ready for one request. Dropped, it is closed.
pub(crate) struct Connection {
    sender: Sender,
    tasks: Tasks,
}

enum Sender {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

/// Connects to one of `addresses`, and to nothing else.
pub(crate) async fn open(
    target: &Target,
    addresses: &[SocketAddr],
    tls: &Arc<ClientConfig>,
    network: &Network,
) -> Result<Connection, FetchError> {
    let stream = race(addresses, network).await.map_err(FetchError::ConnectFailed)?;
    // Requests are small and wait for nothing; without it the connection works as well.
    let _ = stream.set_nodelay(true);
    if !target.tls {
        return over(stream, Version::HTTP_11).await;
    }
    let name = match &target.host {
        Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|_| FetchError::BadUrl)?,
        Host::Ipv4(address) => ServerName::from(std::net::IpAddr::from(*address)),
        Host::Ipv6(address) => ServerName::from(std::net::IpAddr::from(*address)),
    };
    let connector = TlsConnector::from(Arc::clone(tls));
    let stream = connector.connect(name, stream).await.map_err(FetchError::TlsFailed)?;
    let two = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    over(stream, if two { Version::HTTP_2 } else { Version::HTTP_11 }).await
}

/// The first that answers. The next address is tried when one fails, or has not answered for a while.
async fn race(addresses: &[SocketAddr], network: &Network) -> io::Result<TcpStream> {
    let mut waiting = addresses.iter();
    let mut running = FuturesUnordered::new();
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        if let Some(address) = waiting.next() {
            running.push(TcpStream::connect(network.lead(*address)));
        }
        tokio::select! {
            Some(result) = running.next() => match result {
                Ok(stream) => return Ok(stream),
                Err(error) => failure = error,
            },
            () = tokio::time::sleep(STAGGER), if waiting.len() > 0 => {}
            else => return Err(failure),
        }
    }
}

async fn over<S>(stream: S, version: Version) -> Result<Connection, FetchError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (stream, tasks) = (TokioIo::new(stream), Tasks::default());
    let sender = if version == Version::HTTP_2 {
        let mut builder = http2::Builder::new(Executor(Arc::clone(&tasks.0)));
        let limit = u32::try_from(MAX_HEADERS).unwrap_or(u32::MAX);
        let ready = builder.max_header_list_size(limit).handshake(stream).await;
        let (sender, connection) = ready.map_err(|error| broken(&error))?;
        tasks.spawn(connection);
        Sender::Two(sender)
    } else {
        let mut builder = http1::Builder::new();
        let builder = builder.max_headers(MAX_HEADER_COUNT).max_header_size(MAX_HEADERS);
        let (sender, connection) = builder.handshake(stream).await.map_err(|error| broken(&error))?;
        tasks.spawn(connection);
        Sender::One(sender)
    };
    Ok(Connection { sender, tasks })
}

impl Connection {
    /// Sends, and waits for the answer's header section. Its body comes for as long as the tasks are kept.
    pub(crate) async fn send(
        self,
        target: &Target,
        outgoing: &Outgoing,
    ) -> Result<(Response<Incoming>, Tasks), FetchError> {
        let answer = match self.sender {
            Sender::One(mut sender) => sender.send_request(outgoing.to(target, Version::HTTP_11)?).await,
            Sender::Two(mut sender) => sender.send_request(outgoing.to(target, Version::HTTP_2)?).await,
        };
        Ok((answer.map_err(|error| broken(&error))?, self.tasks))
    }
}

/// What went wrong with an answer, in words for a person.
pub(crate) fn broken(error: &hyper::Error) -> FetchError {
    FetchError::Broken(if error.is_parse_too_large() {
        "its headers are too large"
    } else if error.is_parse() {
        "it is not HTTP"
    } else {
        "it ended early"
    })
}

type Set = Arc<Mutex<JoinSet<()>>>;

/// What moves a connection's bytes. Dropped, all of it ends: a fetch that nobody waits for holds no connection.
#[derive(Default)]
pub(crate) struct Tasks(Set);

impl Tasks {
    fn spawn(&self, connection: impl Future<Output = hyper::Result<()>> + Send + 'static) {
        // How a connection ended is said by the answer, or by the lack of it.
        spawn(&self.0, async move { drop(connection.await) });
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }
}

/// Hyper's own tasks of an HTTP/2 connection: they end with the others.
#[derive(Clone)]
struct Executor(Set);

impl<F> hyper::rt::Executor<F> for Executor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, task: F) {
        spawn(&self.0, task);
    }
}

fn spawn(set: &Set, task: impl Future<Output = ()> + Send + 'static) {
    set.lock().unwrap_or_else(PoisonError::into_inner).spawn(task);
}
