//! Uploads and downloads against a portal that fails on demand.
#![expect(clippy::unwrap_used, reason = "a panic is a test's failure report")]

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
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
    archive,
    direct::SetUp,
    download::{self, PIECE_BYTES, Variant},
    driver,
    journal::Journal,
    media::Media,
    portal::{Call, PortalClient},
    upload::{Control, LocalFile, Progress, Upload},
    whole::{self, Whole},
};
use deskside_proto::{Attachment, AttachmentId, AttachmentPolicy, Millis, SessionId, TxnId};
use deskside_session::{Action, PersistOp, QueuedMessage};
use sha2::{Digest as _, Sha256};

const SESSION: SessionId = SessionId([7; 16]);
const ATTACHMENT: AttachmentId = AttachmentId([9; 16]);
const PIECE: usize = 4 * 1024 * 1024;

/// Speaks tus and ranges; the first `failures` requests that carry bytes are cut in the middle.
#[derive(Default)]
struct Fake {
    stored: Mutex<Vec<u8>>,
    failures: AtomicU32,
    metadata: Mutex<String>,
    media_type: Mutex<&'static str>,
    begun: AtomicU32,
    given_up: AtomicU32,
    /// The upload is not known any more.
    forgotten: AtomicBool,
}

async fn serve(State(fake): State<Arc<Fake>>, request: Request) -> Response {
    assert_eq!(request.headers()["authorization"], "Bearer secret-token");
    let (parts, body) = request.into_parts();
    let fails =
        || fake.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
    match parts.method {
        Method::POST => {
            fake.forgotten.store(false, Ordering::SeqCst);
            fake.begun.fetch_add(1, Ordering::SeqCst);
            fake.stored.lock().unwrap().clear();
            *fake.metadata.lock().unwrap() = parts.headers["upload-metadata"].to_str().unwrap().to_owned();
            let body = format!(r#"{{"upload_id":"{ATTACHMENT}","attachment_id":"{ATTACHMENT}"}}"#);
            (StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
        Method::HEAD if fake.forgotten.load(Ordering::SeqCst) => StatusCode::NOT_FOUND.into_response(),
        Method::HEAD => offset(&fake),
        Method::DELETE => {
            fake.given_up.fetch_add(1, Ordering::SeqCst);
            StatusCode::NO_CONTENT.into_response()
        }
        Method::PATCH => {
            assert_eq!(parts.headers["content-type"], "application/offset+octet-stream");
            if parts.headers["upload-offset"].to_str().unwrap()
                != fake.stored.lock().unwrap().len().to_string()
            {
                return StatusCode::CONFLICT.into_response();
            }
            let bytes = axum::body::to_bytes(body, 4 * PIECE).await.unwrap();
            if fails() {
                fake.stored.lock().unwrap().extend_from_slice(&bytes[..bytes.len() / 3]);
                return StatusCode::BAD_GATEWAY.into_response();
            }
            fake.stored.lock().unwrap().extend_from_slice(&bytes);
            offset(&fake)
        }
        _ => ranged(&parts.headers, &fake.stored.lock().unwrap(), *fake.media_type.lock().unwrap(), fails()),
    }
}

fn offset(fake: &Fake) -> Response {
    let offset = fake.stored.lock().unwrap().len().to_string();
    (StatusCode::NO_CONTENT, [("upload-offset", offset)]).into_response()
}

fn ranged(headers: &HeaderMap, stored: &[u8], media_type: &'static str, cut: bool) -> Response {
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
    (status, [(header::CONTENT_TYPE, media_type)], body).into_response()
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
        direct: None,
        capture: None,
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

/// Uploads as the desktop does, with a journal in `folder`.
async fn upload(
    access: &Access,
    folder: &Path,
    file: &LocalFile,
    policy: &AttachmentPolicy,
    progress: impl Fn(Progress) + Clone + Send + Sync + 'static,
    control: &Control,
) -> Result<AttachmentId, ClientError> {
    let journal = Journal::open(folder).await.unwrap();
    let outcome = Upload { access, journal: &journal, session: SESSION, file, policy, capture: None }
        .run(progress, control)
        .await;
    journal.close().await;
    outcome
}

async fn unfinished(access: &Access, folder: &Path) -> Vec<String> {
    let journal = Journal::open(folder).await.unwrap();
    let files = journal.unfinished_uploads(&access.place(SESSION)).await.unwrap();
    assert!(files.iter().all(|(_, capture)| capture.is_none()));
    let files: Vec<_> = files.into_iter().map(|(file, _)| file).collect();
    journal.close().await;
    files.iter().map(|file| file.name().to_owned()).collect()
}

fn at_most(stored_max_bytes: u64) -> AttachmentPolicy {
    AttachmentPolicy { stored_max_bytes, ..AttachmentPolicy::default() }
}

/// Cut twice in the middle of a piece: it goes on from where the portal is, and every byte arrives once.
#[tokio::test]
async fn an_upload_resumes_where_the_portal_is() {
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
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
    let id = upload(&access, data.path(), &file, &AttachmentPolicy::default(), progress, &Control::default())
        .await
        .unwrap();
    assert_eq!(id, ATTACHMENT);
    assert!(*fake.stored.lock().unwrap() == content);
    assert_eq!(*fake.metadata.lock().unwrap(), "filename UHLDvGZiZXJpY2h0LnBkZg==");
    let total = content.len() as u64;
    assert_eq!(seen.lock().unwrap().last(), Some(&Progress { sent: total, total }));
}

#[tokio::test]
async fn a_file_that_cannot_be_sent_is_refused_before_a_byte() {
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (fake, access) = start(Vec::new(), 0).await;
    let path = folder.path().join("big.bin");
    std::fs::write(&path, b"12345").unwrap();
    let file = LocalFile::choose(&path).unwrap();
    let outcome = upload(&access, data.path(), &file, &at_most(4), |_| {}, &Control::default()).await;
    assert!(matches!(outcome, Err(ClientError::FileTooLarge { max: 4 })));
    std::fs::write(&path, b"54321+").unwrap();
    let outcome = upload(&access, data.path(), &file, &at_most(100), |_| {}, &Control::default()).await;
    assert!(matches!(outcome, Err(ClientError::SourceChanged)), "{outcome:?}");
    assert!(fake.stored.lock().unwrap().is_empty());
    std::fs::write(folder.path().join("empty"), b"").unwrap();
    assert!(matches!(LocalFile::choose(&folder.path().join("empty")), Err(ClientError::FileEmpty)));
    std::fs::write(folder.path().join("con.txt"), b"1").unwrap();
    assert!(matches!(LocalFile::choose(&folder.path().join("con.txt")), Err(ClientError::BadName(_))));
}

#[tokio::test]
async fn a_cancelled_upload_ends() {
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = folder.path().join("a.bin");
    std::fs::write(&path, b"12345").unwrap();
    let (fake, access) = start(Vec::new(), u32::MAX).await;
    let cancel = Control::default();
    let stop = cancel.clone();
    let progress = move |_| stop.cancel();
    let file = LocalFile::choose(&path).unwrap();
    let outcome = upload(&access, data.path(), &file, &at_most(100), progress, &cancel).await;
    assert!(matches!(outcome, Err(ClientError::Cancelled)), "{outcome:?}");
    assert_eq!(fake.given_up.load(Ordering::SeqCst), 1);
    assert_eq!(unfinished(&access, data.path()).await, Vec::<String>::new());
}

/// Paused, nothing more is sent; resumed, it goes on where it was.
#[tokio::test]
async fn a_paused_upload_waits_and_goes_on() {
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let content = sample(3 * PIECE);
    let path = folder.path().join("a.bin");
    std::fs::write(&path, &content).unwrap();
    let (fake, access) = start(Vec::new(), 0).await;
    let file = LocalFile::choose(&path).unwrap();
    let control = Control::default();
    let (pause, once) = (control.clone(), AtomicBool::new(true));
    let once = Arc::new(once);
    let progress = move |now: Progress| {
        if now.sent >= PIECE as u64 && once.swap(false, Ordering::SeqCst) {
            pause.pause();
        }
    };
    let resume = async {
        while fake.stored.lock().unwrap().len() < PIECE {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert!(fake.stored.lock().unwrap().len() < content.len(), "it has paused");
        control.resume();
    };
    let policy = AttachmentPolicy::default();
    let (outcome, ()) =
        tokio::join!(upload(&access, data.path(), &file, &policy, progress, &control), resume);
    assert_eq!(outcome.unwrap(), ATTACHMENT);
    assert!(*fake.stored.lock().unwrap() == content);
    assert_eq!(fake.begun.load(Ordering::SeqCst), 1);
}

/// After a kill it goes on where the portal is; where the portal knows it no longer, from the beginning; a file that was changed
/// meanwhile is not the same any more.
#[tokio::test]
async fn an_upload_goes_on_after_a_kill() {
    for (forgotten, changed, begun) in [(false, false, 1), (true, false, 2), (false, true, 2)] {
        let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let content = sample(2 * PIECE);
        let path = folder.path().join("a.bin");
        std::fs::write(&path, &content).unwrap();
        let (fake, access) = start(Vec::new(), 0).await;
        let file = LocalFile::choose(&path).unwrap();
        let policy = AttachmentPolicy::default();
        let journal = Journal::open(data.path()).await.unwrap();
        // Dropped in the middle, as a kill does.
        let killed = Arc::new(tokio::sync::Notify::new());
        let kill = Arc::clone(&killed);
        let progress = move |now: Progress| {
            if now.sent >= PIECE as u64 {
                kill.notify_one();
            }
        };
        let control = Control::default();
        let first = Upload {
            access: &access,
            journal: &journal,
            session: SESSION,
            file: &file,
            policy: &policy,
            capture: None,
        };
        tokio::select! {
            _ = first.run(progress, &control) => panic!("it came through"),
            () = killed.notified() => {}
        }
        journal.close().await;
        fake.forgotten.store(forgotten, Ordering::SeqCst);
        if changed {
            std::fs::write(&path, sample(2 * PIECE + 1)).unwrap();
        }
        let waiting = unfinished(&access, data.path()).await;
        assert_eq!(waiting, if changed { vec![] } else { vec!["a.bin".to_owned()] });
        let file = LocalFile::choose(&path).unwrap();
        let id = upload(&access, data.path(), &file, &policy, |_| {}, &Control::default()).await.unwrap();
        assert_eq!(id, ATTACHMENT);
        assert!(*fake.stored.lock().unwrap() == std::fs::read(&path).unwrap());
        assert_eq!(fake.begun.load(Ordering::SeqCst), begun, "{forgotten} {changed}");
        assert_eq!(unfinished(&access, data.path()).await, ["a.bin"], "until a message names it");
    }
}

/// One file chosen twice is two uploads.
#[tokio::test]
async fn a_file_chosen_twice_is_two_uploads() {
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = folder.path().join("a.bin");
    std::fs::write(&path, sample(PIECE)).unwrap();
    let (fake, access) = start(Vec::new(), 0).await;
    let (file, policy) = (LocalFile::choose(&path).unwrap(), AttachmentPolicy::default());
    let journal = Journal::open(data.path()).await.unwrap();
    let upload = Upload {
        access: &access,
        journal: &journal,
        session: SESSION,
        file: &file,
        policy: &policy,
        capture: None,
    };
    for begun in [1, 2] {
        upload.run(|_| {}, &Control::default()).await.unwrap();
        assert_eq!(fake.begun.load(Ordering::SeqCst), begun);
    }
}

/// Killed between a message's place in the outbox and the note that its files are on their way no more: they go with the message,
/// and are not offered a second time.
#[tokio::test]
async fn files_of_a_message_in_the_outbox_are_not_on_their_way() {
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = folder.path().join("a.bin");
    std::fs::write(&path, b"12345").unwrap();
    let (_fake, access) = start(Vec::new(), 0).await;
    let file = LocalFile::choose(&path).unwrap();
    upload(&access, data.path(), &file, &at_most(100), |_| {}, &Control::default()).await.unwrap();
    assert_eq!(unfinished(&access, data.path()).await, ["a.bin"]);

    let journal = Journal::open(data.path()).await.unwrap();
    let message = QueuedMessage {
        txn_id: TxnId::new(Millis(1), [1; 16]),
        order: 0,
        at: Millis(1),
        action: Action::Post {
            text: "Here it is".into(),
            reply_to: None,
            attachments: vec![ATTACHMENT],
            mentions: Vec::new(),
            private: false,
        },
        refused: None,
    };
    journal.persist(&access.place(SESSION), &PersistOp::Put { message }).await.unwrap();
    let (_session, _view) =
        driver::open(access.clone(), SESSION, journal, SetUp::fresh(data.path())).await.unwrap();
    assert_eq!(unfinished(&access, data.path()).await, Vec::<String>::new());
}

/// A cut download resumes; the name that is taken stays untouched; the system's mark is on the file.
#[tokio::test]
async fn a_download_resumes_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let content = sample(300_000);
    let (_fake, access) = start(content.clone(), 1).await;
    let target = folder.path().join("report.pdf");
    std::fs::write(&target, b"mine").unwrap();
    let saved =
        download::save_attachment(&access, SESSION, &attachment(&content), &target, |_| {}).await.unwrap();
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
    let outcome = download::save_attachment(&access, SESSION, &attachment(b"other"), &target, |_| {}).await;
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

/// Many files in one ZIP, each whole; a wrong digest leaves no archive.
#[tokio::test]
async fn files_are_saved_as_one_archive() {
    let folder = tempfile::tempdir().unwrap();
    let content = sample(300_000);
    let (_fake, access) = start(content.clone(), 1).await;
    let (first, second) =
        (attachment(&content), Attachment { name: "REPORT.pdf".into(), ..attachment(&content) });
    let hostile = Attachment { name: "../../evil".into(), ..attachment(&content) };
    let target = folder.path().join("all.zip");
    let saved = archive::save(&access, SESSION, &[first, second, hostile], &target).await.unwrap();
    assert_eq!(saved, target);
    let mut archive = zip::ZipArchive::new(std::fs::File::open(&saved).unwrap()).unwrap();
    let names_in: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(names_in, ["report.pdf", "REPORT (2).pdf", &format!("file-{ATTACHMENT}")]);
    for index in 0..3 {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut archive.by_index(index).unwrap(), &mut bytes).unwrap();
        assert!(bytes == content, "{index}");
    }
    let wrong = Attachment { sha256: "00".repeat(32), ..attachment(&content) };
    let outcome = archive::save(&access, SESSION, &[attachment(&content), wrong], &target).await;
    assert!(matches!(outcome, Err(ClientError::WrongDigest)), "{outcome:?}");
    assert_eq!(names(folder.path()), ["all.zip"]);
}

/// What is written while it is sent: saved as it comes, or not at all where it is cut; and nothing else can be asked for this way.
#[tokio::test]
async fn what_the_portal_writes_is_saved_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let content = sample(300_000);
    let (_fake, access) = start(content.clone(), 1).await;
    let target = folder.path().join("transcript.html");
    let asked = |operation: &str| Whole {
        operation: operation.into(),
        call: Call {
            path: [("org".into(), "0b".repeat(16)), ("session".into(), SESSION.to_string())].into(),
            query: [("format".into(), "html".into())].into(),
            body: None,
        },
    };
    let cut = whole::save(&access, &asked("get_transcript"), &target).await;
    assert!(cut.is_err(), "{cut:?}");
    assert_eq!(names(folder.path()), Vec::<String>::new());
    let saved = whole::save(&access, &asked("get_transcript"), &target).await.unwrap();
    assert!(std::fs::read(&saved).unwrap() == content);
    for other in ["get_me", "get_attachment", "delete_session", "sign_in", "nothing"] {
        let outcome = whole::save(&access, &asked(other), &target).await;
        assert!(matches!(outcome, Err(ClientError::UnknownOperation(_))), "{other}: {outcome:?}");
    }
    assert_eq!(names(folder.path()), ["transcript.html"]);
}

/// The player's listener: ranges, one file for a ticket, nobody else's page, nothing that is no video or sound.
#[tokio::test]
async fn videos_are_served_to_the_window_alone() {
    let content = sample(300_000);
    let (fake, access) = start(content.clone(), 0).await;
    *fake.media_type.lock().unwrap() = "video/webm";
    let media = Media::start().await.unwrap();
    let ticket = media.open(access.clone(), SESSION, ATTACHMENT).unwrap();
    let url = media.url(&ticket);
    let port = url.rsplit(':').next().unwrap().split('/').next().unwrap().to_owned();
    // By hand: a client of its own sends no foreign `Host`.
    let ask = async |url: &str, headers: &[(&str, &str)]| {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let path = url.rsplit('/').next().unwrap();
        let own = format!("127.0.0.1:{port}");
        let host = headers.iter().find(|(name, _)| *name == "host").map_or(own.as_str(), |(_, host)| host);
        let mut request = format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
        for (name, value) in headers.iter().filter(|(name, _)| *name != "host") {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut socket = tokio::net::TcpStream::connect(&own).await.unwrap();
        socket.write_all(format!("{request}\r\n").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.unwrap();
        let head = answer.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
        let status = String::from_utf8_lossy(&answer[9..12]).parse::<u16>().unwrap();
        (status, Bytes::copy_from_slice(&answer[head + 4..]))
    };
    assert_eq!(ask(&url, &[]).await, (200, content.clone().into()));
    assert_eq!(ask(&url, &[("range", "bytes=100-199")]).await, (206, content[100..200].to_vec().into()));
    assert_eq!(ask(&url, &[("range", "bytes=300000-")]).await.0, 416);
    assert_eq!(ask(&url, &[("origin", "tauri://localhost")]).await.0, 200);
    for (headers, what) in [
        ([("origin", "https://evil.example")], "another page"),
        ([("origin", "null")], "a sandboxed page"),
        ([("host", "evil.example")], "a name that leads to this computer"),
    ] {
        assert_eq!(ask(&url, &headers).await.0, 403, "{what}");
    }
    assert_eq!(ask(&format!("http://127.0.0.1:{port}/{}", "0".repeat(32)), &[]).await.0, 404, "no ticket");
    *fake.media_type.lock().unwrap() = "text/html";
    assert_eq!(ask(&url, &[]).await.0, 415, "no document");
    media.close(&ticket);
    assert_eq!(ask(&url, &[]).await.0, 404, "closed");
    *fake.media_type.lock().unwrap() = "video/webm";
    let next = media.url(&media.open(access, SESSION, ATTACHMENT).unwrap());
    assert_eq!(ask(&next, &[]).await.0, 200);
    media.close_all();
    assert_eq!(ask(&next, &[]).await.0, 404, "signed out");
}
