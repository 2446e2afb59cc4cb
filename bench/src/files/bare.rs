//! The peer: a file server that does what must be done and nothing else. A `PUT` is hashed, written and synced; a `GET` is read.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::BoxBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sha2::{Digest as _, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncWriteExt as _, BufWriter};
use tokio::net::TcpListener;
use tokio_util::io::ReaderStream;

/// Bytes written and read at a time.
const BUFFER: usize = 1024 * 1024;

type Answer = Response<BoxBody<Bytes, std::io::Error>>;

/// Serves the one file `path` on a free port of loopback, which `told` gets, until the task ends.
pub(super) async fn serve(path: PathBuf, told: impl FnOnce(SocketAddr)) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    told(listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let path = path.clone();
        let answer = service_fn(move |request| answered(path.clone(), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
    }
}

async fn answered(path: PathBuf, request: Request<Incoming>) -> Result<Answer, Infallible> {
    let done = match *request.method() {
        Method::PUT => put(path, request.into_body()).await,
        _ => get(path).await,
    };
    let failed = |error: anyhow::Error| {
        let text = Full::new(Bytes::from(error.to_string())).map_err(|never| match never {}).boxed();
        let mut answer = Response::new(text);
        *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        answer
    };
    Ok(done.unwrap_or_else(failed))
}

async fn put(path: PathBuf, mut body: Incoming) -> Result<Answer> {
    let mut file = BufWriter::with_capacity(BUFFER, File::create(path).await?);
    let mut digest = Sha256::new();
    while let Some(frame) = body.frame().await {
        if let Ok(bytes) = frame?.into_data() {
            digest.update(&bytes);
            file.write_all(&bytes).await?;
        }
    }
    file.flush().await?;
    file.get_ref().sync_all().await?;
    let hash = hex::encode(digest.finalize());
    Ok(Response::new(Full::new(Bytes::from(hash)).map_err(|never| match never {}).boxed()))
}

async fn get(path: PathBuf) -> Result<Answer> {
    let file = File::open(path).await?;
    let size = file.metadata().await?.len();
    let stream = ReaderStream::with_capacity(file, BUFFER).map_ok(Frame::data);
    let mut answer = Response::new(StreamBody::new(stream).boxed());
    answer.headers_mut().insert("content-length", size.into());
    Ok(answer)
}
