//! A web server for measured pages: it serves them and carries letters between them and the bench.
//!
//! `POST /letters/NAME` puts the body into the box of NAME, `GET /letters/NAME` takes the oldest out (204 after 20 s without one).
//! The bench itself is `bench`. Everything else is a file.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;

const LONG_POLL: Duration = Duration::from_secs(20);
/// Signals have at most 32 KiB.
const LARGEST_LETTER: usize = 256 * 1024;
const BENCH: &str = "bench";

/// A running server; it ends when dropped.
pub(super) struct Stage {
    address: SocketAddr,
    post: Arc<Post>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Post {
    boxes: Mutex<HashMap<String, VecDeque<String>>>,
    arrived: Notify,
}

impl Post {
    fn put(&self, name: &str, letter: String) {
        let mut boxes = self.boxes.lock().unwrap_or_else(PoisonError::into_inner);
        boxes.entry(name.to_owned()).or_default().push_back(letter);
        drop(boxes);
        self.arrived.notify_waiters();
    }

    fn oldest(&self, name: &str) -> Option<String> {
        self.boxes.lock().unwrap_or_else(PoisonError::into_inner).get_mut(name)?.pop_front()
    }

    async fn take(&self, name: &str) -> String {
        loop {
            let arrived = self.arrived.notified();
            tokio::pin!(arrived);
            // Counts as waiting before the box is looked into: no letter falls in between.
            arrived.as_mut().enable();
            if let Some(letter) = self.oldest(name) {
                return letter;
            }
            arrived.await;
        }
    }
}

impl Stage {
    /// Serves `folder` on a free port of loopback.
    pub(super) async fn open(folder: &Path) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let post = Arc::new(Post::default());
        let (shared, folder) = (Arc::clone(&post), Arc::new(folder.to_owned()));
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (post, folder) = (Arc::clone(&shared), Arc::clone(&folder));
                let answer =
                    service_fn(move |request| answer(Arc::clone(&post), Arc::clone(&folder), request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
            }
        });
        Ok(Self { address, post, server })
    }

    /// The address of a page, with what it is asked for behind `?`.
    pub(super) fn url(&self, page: &str) -> String {
        format!("http://{}/{page}", self.address)
    }

    pub(super) fn say(&self, name: &str, letter: impl Into<String>) {
        self.post.put(name, letter.into());
    }

    /// The next letter for the bench.
    pub(super) async fn hear(&self, limit: Duration) -> Result<String> {
        self.hear_as(BENCH, limit).await
    }

    /// The next letter for `name`.
    pub(super) async fn hear_as(&self, name: &str, limit: Duration) -> Result<String> {
        let letter = timeout(limit, self.post.take(name)).await;
        letter.with_context(|| format!("no word from the page within {limit:?}"))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(
    post: Arc<Post>,
    folder: Arc<PathBuf>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let Some(name) = path.strip_prefix("/letters/") else {
        return Ok(file(&folder, &path).await);
    };
    if request.method() == Method::POST {
        let Ok(body) = Limited::new(request.into_body(), LARGEST_LETTER).collect().await else {
            return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE, Bytes::new()));
        };
        post.put(name, String::from_utf8_lossy(&body.to_bytes()).into_owned());
        return Ok(plain(StatusCode::NO_CONTENT, Bytes::new()));
    }
    Ok(match timeout(LONG_POLL, post.take(name)).await {
        Ok(letter) => plain(StatusCode::OK, letter.into()),
        Err(_) => plain(StatusCode::NO_CONTENT, Bytes::new()),
    })
}

async fn file(folder: &Path, path: &str) -> Response<Full<Bytes>> {
    let path = Path::new(path.trim_start_matches('/'));
    let is_below = path.components().all(|part| matches!(part, Component::Normal(_)));
    let read = if is_below { tokio::fs::read(folder.join(path)).await.ok() } else { None };
    let Some(bytes) = read else {
        return plain(StatusCode::NOT_FOUND, Bytes::new());
    };
    let kind = match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css",
        _ => "application/octet-stream",
    };
    let mut answer = plain(StatusCode::OK, bytes.into());
    answer.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(kind));
    answer
}

fn plain(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    async fn ask(stage: &Stage, request: &str) -> String {
        let mut socket = tokio::net::TcpStream::connect(stage.address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn get(stage: &Stage, path: &str) -> String {
        ask(stage, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).await
    }

    #[tokio::test]
    async fn letters_come_in_their_order_and_to_whom_they_were_sent() {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::open(folder.path()).await.unwrap();
        for letter in ["one", "two"] {
            let length = letter.len();
            let post = format!(
                "POST /letters/bench HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{letter}"
            );
            assert!(ask(&stage, &post).await.starts_with("HTTP/1.1 204"));
        }
        stage.say("page", "go");
        let limit = Duration::from_secs(30);
        assert_eq!(stage.hear(limit).await.unwrap(), "one");
        assert_eq!(stage.hear(limit).await.unwrap(), "two");
        assert!(get(&stage, "/letters/page").await.ends_with("\r\n\r\ngo"));
        assert!(stage.hear(Duration::from_millis(50)).await.is_err());
    }

    #[tokio::test]
    async fn a_letter_reaches_who_waits_already() {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::open(folder.path()).await.unwrap();
        let waiting = get(&stage, "/letters/page");
        let (answer, ()) = tokio::join!(waiting, async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            stage.say("page", "late");
        });
        assert!(answer.ends_with("late"), "{answer}");
    }

    #[tokio::test]
    async fn only_files_of_the_folder_are_served() {
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("pages");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("page.html"), "<p>hello").unwrap();
        std::fs::write(above.path().join("secret"), "secret").unwrap();
        let stage = Stage::open(&folder).await.unwrap();
        let page = get(&stage, "/page.html?role=send").await;
        assert!(page.contains("text/html") && page.ends_with("<p>hello"), "{page}");
        for path in ["/../secret", "/other.html", "/"] {
            let answer = get(&stage, path).await;
            assert!(answer.starts_with("HTTP/1.1 404") && !answer.contains("secret"), "{path}: {answer}");
        }
    }
}
