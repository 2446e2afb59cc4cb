//! A server that says exactly what it is told to, right or wrong.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

pub(crate) enum Answer {
    /// All of it, and the end of the connection.
    Bytes(Vec<u8>),
    /// The same, after a time.
    Late(Duration, Vec<u8>),
    /// The same piece again and again, after a pause each.
    Forever { head: Vec<u8>, piece: Vec<u8>, pause: Duration },
    /// Nothing, for as long as the other side waits.
    Silence,
}

pub(crate) fn text(answer: impl Into<Vec<u8>>) -> Answer {
    Answer::Bytes(answer.into())
}

pub(crate) fn ok(body: &str) -> Answer {
    text(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
}

pub(crate) fn redirect(status: u16, place: &str) -> Answer {
    text(format!("HTTP/1.1 {status} Elsewhere\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n"))
}

#[derive(Default)]
struct State {
    requests: Mutex<Vec<String>>,
    accepted: AtomicUsize,
    open: AtomicUsize,
    most: AtomicUsize,
}

/// Lives as long as the test's runtime.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
}

impl Server {
    /// Answers each request, of which it is given all of the text.
    pub(crate) async fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        Self::listen(None, answer).await
    }

    pub(crate) async fn start_tls(
        config: ServerConfig,
        answer: impl Fn(&str) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Some(TlsAcceptor::from(Arc::new(config))), answer).await
    }

    async fn listen(
        tls: Option<TlsAcceptor>,
        answer: impl Fn(&str) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let server = Self { address: listener.local_addr().unwrap(), state: Arc::default() };
        let (state, answer) = (Arc::clone(&server.state), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, answer, tls) = (Arc::clone(&state), Arc::clone(&answer), tls.clone());
                tokio::spawn(async move {
                    state.accepted.fetch_add(1, Ordering::SeqCst);
                    let open = state.open.fetch_add(1, Ordering::SeqCst) + 1;
                    state.most.fetch_max(open, Ordering::SeqCst);
                    match tls {
                        None => serve(stream, &state, &*answer).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &state, &*answer).await;
                            }
                        }
                    }
                    state.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        server
    }

    /// What was asked so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.requests.lock().unwrap().clone()
    }

    /// Connections that came at all, with or without a request.
    pub(crate) fn accepted(&self) -> usize {
        self.state.accepted.load(Ordering::SeqCst)
    }

    /// The largest number of connections at one time.
    pub(crate) fn most_at_once(&self) -> usize {
        self.state.most.load(Ordering::SeqCst)
    }

    /// Waits until as many requests have come, or connections are open.
    pub(crate) async fn until(&self, what: &str, fits: impl Fn(usize, usize) -> bool) {
        for _ in 0..1000 {
            let asked = self.requests().len();
            if fits(asked, self.state.open.load(Ordering::SeqCst)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("not within 10 s: {what}");
    }
}

async fn serve<S>(mut stream: S, state: &State, answer: &(dyn Fn(&str) -> Answer + Send + Sync))
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Some(request) = read(&mut stream).await else { return };
    let answer = answer(&request);
    state.requests.lock().unwrap().push(request);
    match answer {
        Answer::Bytes(bytes) => drop(stream.write_all(&bytes).await),
        Answer::Late(time, bytes) => {
            tokio::time::sleep(time).await;
            drop(stream.write_all(&bytes).await);
        }
        Answer::Forever { head, piece, pause } => {
            let mut sent = stream.write_all(&head).await;
            while sent.is_ok() {
                tokio::time::sleep(pause).await;
                sent = stream.write_all(&piece).await;
            }
        }
        Answer::Silence => {
            let mut rest = [0];
            while stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
        }
    }
    drop(stream.shutdown().await);
}

/// Head and body as they came; `None` where somebody only knocked.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").and_then(|length| length.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// A header's value in the text of a request.
pub(crate) fn header(request: &str, name: &str) -> Option<String> {
    let lines = request.lines().skip(1).take_while(|line| !line.is_empty());
    lines
        .filter_map(|line| line.split_once(':'))
        .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned()))
}
