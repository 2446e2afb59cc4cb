//! Uploads and downloads against a portal that fails on demand.
#![expect(clippy::unwrap_used, reason = "a panic is a test's failure report")]

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use deskside_client::{
    ClientError, Tls,
    account::Access,
    download::{self, PIECE_BYTES, Variant},
    portal::PortalClient,
    upload::{LocalFile, Progress, upload},
};
use deskside_proto::{Attachment, AttachmentId, SessionId};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

const SESSION: SessionId = SessionId([7; 16]);
const ATTACHMENT: AttachmentId = AttachmentId([9; 16]);
const PIECE: usize = 4 * 1024 * 1024;

/// Speaks tus and ranges; the first `failures` requests that carry bytes are cut in the middle.
#[derive(Default)]
struct Fake {
    stored: Mutex<Vec<u8>>,
    failures: AtomicU32,
    metadata: Mutex<String>,
}

async fn serve(State(fake): State<Arc<Fake>>, request: Request) -> Response {
    assert_eq!(request.headers()["authorization"], "Bearer secret-token");
    let (parts, body) = request.into_parts();
    let fails =
        || fake.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
    match parts.method {
        Method::POST => {
            *fake.metadata.lock().unwrap() = parts.headers["upload-metadata"].to_str().unwrap().to_owned();
            let body = format!(r#"{{"upload_id":"{ATTACHMENT}","attachment_id":"{ATTACHMENT}"}}"#);
            (StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
        Method::HEAD => offset(&fake),
        Method::PATCH => {
            assert_eq!(parts.headers["content-type"], "application/offset+octet-stream");
            if parts.headers["upload-offset"].to_str().unwrap()
                != fake.stored.lock().unwrap().len().to_string()
            {
                return StatusCode::CONFLICT.into_response();
            }
            let bytes = axum::body::to_bytes(body, PIECE).await.unwrap();
            if fails() {
                fake.stored.lock().unwrap().extend_from_slice(&bytes[..bytes.len() / 3]);
                return StatusCode::BAD_GATEWAY.into_response();
            }
            fake.stored.lock().unwrap().extend_from_slice(&bytes);
            offset(&fake)
        }
        _ => ranged(&parts.headers, &fake.stored.lock().unwrap(), fails()),
    }
}

fn offset(fake: &Fake) -> Response {
    let offset = fake.stored.lock().unwrap().len().to_string();
    (StatusCode::NO_CONTENT, [("upload-offset", offset)]).into_response()
}

fn ranged(headers: &HeaderMap, stored: &[u8], cut: bool) -> Response {
    let range = headers.get(header::RANGE).map(|range| range.to_str().unwrap().to_owned());
    let (status, bytes) =
        match range.as_deref().and_then(|range| range.strip_prefix("bytes=")?.split_once('-')) {
            None => (StatusCode::OK, stored),
            Some((from, to)) => {
                let from: usize = from.parse().unwrap();
                if from >= stored.len() {
                    return StatusCode::RANGE_NOT_SATISFIABLE.into_response();
                }
                let end = to.parse::<usize>().map_or(stored.len(), |last| (last + 1).min(stored.len()));
                (StatusCode::PARTIAL_CONTENT, &stored[from..end])
            }
        };
    let half = Bytes::copy_from_slice(&bytes[..bytes.len() / 2]);
    let body = if cut {
        let broken = Err(std::io::Error::other("cut"));
        Body::from_stream(futures_util::stream::iter([Ok(half), broken]))
    } else {
        Body::from(bytes.to_vec())
    };
    (status, body).into_response()
}

async fn start(stored: Vec<u8>, failures: u32) -> (Arc<Fake>, Access) {
    let fake = Arc::new(Fake { stored: Mutex::new(stored), failures: failures.into(), ..Fake::default() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(serve).with_state(Arc::clone(&fake));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let portal = PortalClient::new(&address, &Tls::platform().unwrap()).unwrap();
    (fake, Access::new(portal, "secret-token".into(), "user:me"))
}

fn sample(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31 % 251) as u8).collect()
}

fn attachment(content: &[u8]) -> Attachment {
    Attachment {
        id: ATTACHMENT,
        name: "report.pdf".into(),
        size: content.len() as u64,
        media_type: "application/pdf".into(),
        sha256: hex::encode(Sha256::digest(content)),
        thumbnail: None,
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Cut twice in the middle of a piece: it goes on from where the portal is, and every byte arrives once.
#[tokio::test]
async fn an_upload_resumes_where_the_portal_is() {
    let folder = tempfile::tempdir().unwrap();
    let content = sample(PIECE + PIECE / 2);
    let path = folder.path().join("Prüfbericht.pdf");
    std::fs::write(&path, &content).unwrap();
    let (fake, access) = start(Vec::new(), 2).await;
    let seen = Arc::new(Mutex::new(Vec::<Progress>::new()));
    let progress = {
        let seen = Arc::clone(&seen);
        move |now| seen.lock().unwrap().push(now)
    };
    let file = LocalFile::choose(&path).unwrap();
    let id = upload(&access, SESSION, &file, u64::MAX, progress, &CancellationToken::new()).await.unwrap();
    assert_eq!(id, ATTACHMENT);
    assert!(*fake.stored.lock().unwrap() == content);
    assert_eq!(*fake.metadata.lock().unwrap(), "filename UHLDvGZiZXJpY2h0LnBkZg==");
    let total = content.len() as u64;
    assert_eq!(seen.lock().unwrap().last(), Some(&Progress { sent: total, total }));
}

#[tokio::test]
async fn a_file_that_cannot_be_sent_is_refused_before_a_byte() {
    let folder = tempfile::tempdir().unwrap();
    let (fake, access) = start(Vec::new(), 0).await;
    let path = folder.path().join("big.bin");
    std::fs::write(&path, b"12345").unwrap();
    let file = LocalFile::choose(&path).unwrap();
    let outcome = upload(&access, SESSION, &file, 4, |_| {}, &CancellationToken::new()).await;
    assert!(matches!(outcome, Err(ClientError::FileTooLarge { max: 4 })));
    std::fs::write(&path, b"54321+").unwrap();
    let outcome = upload(&access, SESSION, &file, 100, |_| {}, &CancellationToken::new()).await;
    assert!(matches!(outcome, Err(ClientError::SourceChanged)), "{outcome:?}");
    assert!(fake.stored.lock().unwrap().is_empty());
    std::fs::write(folder.path().join("empty"), b"").unwrap();
    assert!(matches!(LocalFile::choose(&folder.path().join("empty")), Err(ClientError::FileEmpty)));
    std::fs::write(folder.path().join("con.txt"), b"1").unwrap();
    assert!(matches!(LocalFile::choose(&folder.path().join("con.txt")), Err(ClientError::BadName(_))));
}

#[tokio::test]
async fn a_cancelled_upload_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    std::fs::write(&path, b"12345").unwrap();
    let (_fake, access) = start(Vec::new(), u32::MAX).await;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let progress = move |_| stop.cancel();
    let file = LocalFile::choose(&path).unwrap();
    let outcome = upload(&access, SESSION, &file, 100, progress, &cancel).await;
    assert!(matches!(outcome, Err(ClientError::Cancelled)), "{outcome:?}");
}

/// A cut download resumes; the name that is taken stays untouched; the system's mark is on the file.
#[tokio::test]
async fn a_download_resumes_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let content = sample(300_000);
    let (_fake, access) = start(content.clone(), 1).await;
    let target = folder.path().join("report.pdf");
    std::fs::write(&target, b"mine").unwrap();
    let saved = download::save_attachment(&access, SESSION, &attachment(&content), &target).await.unwrap();
    assert_eq!(saved, folder.path().join("report (2).pdf"));
    assert!(std::fs::read(&saved).unwrap() == content);
    assert_eq!(std::fs::read(&target).unwrap(), b"mine");
    assert_eq!(names(folder.path()), ["report (2).pdf", "report.pdf"]);
    #[cfg(target_os = "linux")]
    if xattr::SUPPORTED_PLATFORM && xattr::set(&target, "user.probe", b"1").is_ok() {
        let mark = xattr::get(&saved, "user.xdg.origin.url").unwrap().unwrap();
        assert_eq!(String::from_utf8(mark).unwrap(), access.portal.origin());
    }
}

/// Bytes that are not the sender's are not kept, not even in part.
#[tokio::test]
async fn a_wrong_digest_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (_fake, access) = start(sample(10), 0).await;
    let target = folder.path().join("report.pdf");
    let outcome = download::save_attachment(&access, SESSION, &attachment(b"other"), &target).await;
    assert!(matches!(outcome, Err(ClientError::WrongDigest)), "{outcome:?}");
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[tokio::test]
async fn pieces_for_the_window_make_up_the_whole() {
    let content = sample(PIECE + 10);
    let (_fake, access) = start(content.clone(), 0).await;
    let mut whole = Vec::new();
    loop {
        let offset = whole.len() as u64;
        let piece = download::piece(&access, SESSION, ATTACHMENT, Variant::Full, offset).await.unwrap();
        assert!(piece.len() as u64 <= PIECE_BYTES);
        if piece.is_empty() {
            break;
        }
        whole.extend_from_slice(&piece);
    }
    assert!(whole == content);
}
