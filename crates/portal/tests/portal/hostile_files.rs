//! Files that are not what they say, and names that are more than names: for each what the portal answers, and that it goes on
//! (rows N05, N06, N07, N12, Z18; research S01, S05, S07, S11).

use deskside_portal::Config;
use deskside_proto::{AttachmentId, Command, EventBody, SessionId};
use deskside_store::memory::MemoryStore;
use deskside_tests::workspace;
use reqwest::Method;
use serde_json::Value;
use std::sync::Arc;

use crate::harness::{Person, Reply, Socket, TestApp};

/// 3 × 2 pixels, red above green.
const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0\x12\x16\xf1M\0\0\0\x13IDAT\
    x\xdac8!\"\x07A\x0c\"'\xe4 \x08\0<\x8c\x05\xdd\xeel\n\x98\0\0\0\0IEND\xaeB`\x82";
/// One black pixel.
const GIF: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
/// An archive without entries, as a JAR may be.
const EMPTY_ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
const ZIP_HEAD: &[u8] = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0\x20\0\0\0\0\0\0\x80\x01\0\0\0a";
const PROGRAM: &[u8] = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0\xb8\0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0";
const SCRIPT: &[u8] = b"<!DOCTYPE html><script>alert(1)</script>";
const DRAWING: &[u8] =
    b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"><script>alert(1)</script></svg>";

/// A portal that makes thumbnails, and a technician's session.
struct Room {
    app: TestApp,
    tess: Person,
    session: SessionId,
    socket: Socket,
}

impl Room {
    async fn open() -> Self {
        let program = workspace::program("deskside-extract").unwrap();
        let change = |config: &mut Config| config.extract.program = Some(program);
        let app = TestApp::start_with(Arc::new(MemoryStore::new()), change).await;
        let tess = app.technician().await;
        let session = app.session(&tess).await.0.id;
        let socket = app.enter(session, &tess.token).await;
        Self { app, tess, session, socket }
    }

    /// Uploads and posts; the event's word about the file, and its route.
    async fn share(&mut self, name: &str, bytes: &[u8]) -> (deskside_proto::Attachment, String) {
        let id = self.app.upload(self.session, &self.tess.token, name, bytes).await;
        let seq = self.socket.command(self.app.txn(), offer(id)).await.unwrap();
        let EventBody::MessagePosted(message) = self.socket.event(seq).await.body else {
            panic!("no message")
        };
        (message.attachments[0].clone(), format!("/api/v1/sessions/{}/attachments/{id}", self.session))
    }

    async fn get(&self, path: &str) -> Reply {
        self.app.get(path, Some(&self.tess.token)).await
    }

    async fn create(&self, name: &str, size: u64) -> Reply {
        self.app.create_upload(self.session, &self.tess.token, name, size).await
    }

    async fn is_alive(&mut self, after: &str) {
        assert_eq!(self.app.get("/api/v1/info", None).await.status, 200, "{after}");
        self.socket.say(self.app.txn(), "Still here?").await;
    }
}

fn offer(id: AttachmentId) -> Command {
    Command::PostMessage {
        text: String::new(),
        reply_to: None,
        attachments: vec![id],
        mentions: vec![],
        private: false,
    }
}

/// What every answer with somebody's bytes says, whatever they are.
fn is_defused(reply: &Reply, what: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("cache-control", "private, no-store"),
    ] {
        assert_eq!(reply.header(name), value, "{what}");
    }
}

/// A PNG's head may say anything; its checksum is right.
fn png_that_claims(width: u32, height: u32, depth: u8, color: u8) -> Vec<u8> {
    let mut bytes = PNG.to_vec();
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    bytes[24..26].copy_from_slice(&[depth, color]);
    let crc = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
    })
}

/// A GIF whose canvas and only picture are as large as the format allows.
fn gif_that_claims_all() -> Vec<u8> {
    let mut bytes = GIF.to_vec();
    bytes[6..10].fill(0xff);
    bytes[32..36].fill(0xff);
    bytes
}

fn then(head: &[u8], rest: &[u8]) -> Vec<u8> {
    [head, rest].concat()
}

/// Names: refused rather than rewritten, and what is taken stands in the header as it was given, broken out of nowhere.
#[tokio::test]
async fn names_are_one_plain_component_or_refused() {
    let mut room = Room::open().await;
    let long = "n".repeat(300);
    for name in [
        "",
        ".",
        "..",
        "../../etc/passwd",
        "..\\boot.ini",
        "/etc/passwd",
        "C:\\boot.ini",
        "a\0.png",
        "a\r\nSet-Cookie: a=b",
        "photo\u{202e}gpj.exe",
        "photo\u{2066}gpj.exe",
        "CON",
        "con.txt",
        "Lpt1.tar.gz",
        "trailing dots...",
        "trailing space ",
        " leading space",
        &long,
    ] {
        let reply = room.create(name, 3).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (422, "file_name_invalid"), "{name:?}");
    }
    let longest = "n".repeat(255);
    for (name, plain, encoded) in [
        ("🧨.txt", "_.txt", "%F0%9F%A7%A8.txt"),
        ("\"; filename=evil.html", "__ filename=evil.html", "%22%3B%20filename%3Devil.html"),
        ("%2e%2e%2fpasswd", "_2e_2e_2fpasswd", "%252e%252e%252fpasswd"),
        (
            "<img src=x onerror=alert(1)>.txt",
            "<img src=x onerror=alert(1)>.txt",
            "%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E.txt",
        ),
        ("-rf", "-rf", "-rf"),
        (".htaccess", ".htaccess", ".htaccess"),
        (&longest, &longest, &longest),
    ] {
        let (told, path) = room.share(name, b"hello").await;
        assert_eq!(told.name, name);
        let reply = room.get(&path).await;
        let expected = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
        assert_eq!((reply.status.as_u16(), reply.header("content-disposition")), (200, expected.as_str()));
        is_defused(&reply, name);
    }
    room.is_alive("after hostile names").await;
}

/// A file whose name and content disagree, or whose content is a trap: what it is called, what it is.
struct Case {
    what: &'static str,
    name: &'static str,
    bytes: Vec<u8>,
    media_type: &'static str,
    /// Shown in place; everything else is saved.
    inline: bool,
    /// Edges of the thumbnail, where there is one.
    thumbnail: Option<(u32, u32)>,
}

const fn case(what: &'static str, name: &'static str, bytes: Vec<u8>, media_type: &'static str) -> Case {
    Case { what, name, bytes, media_type, inline: false, thumbnail: None }
}

impl Case {
    fn picture(self, thumbnail: Option<(u32, u32)>) -> Self {
        Self { inline: true, thumbnail, ..self }
    }
}

fn cases() -> Vec<Case> {
    let program = "application/vnd.microsoft.portable-executable";
    vec![
        // Lies about the type: the content is believed, and what a browser could run is never shown in place.
        case("a page called a picture", "page.png", SCRIPT.to_vec(), "text/html"),
        case("a page behind a byte order mark", "page.jpg", then(b"\xef\xbb\xbf", SCRIPT), "text/plain"),
        case("a drawing with script", "drawing.svg", DRAWING.to_vec(), "text/plain"),
        case("the same as XML", "drawing.png", then(b"<?xml version=\"1.0\"?>", DRAWING), "text/xml"),
        case("a program called a document", "report.pdf", PROGRAM.to_vec(), program),
        case("an archive called a letter", "letter.docx", then(ZIP_HEAD, EMPTY_ZIP), "application/zip"),
        case("a document called a text", "notes.txt", b"%PDF-1.7\n".to_vec(), "application/pdf"),
        case("a script called a picture", "a.gif", b"alert(1)//".to_vec(), "text/plain"),
        case("a picture called a text", "Bild \u{e4}.txt", PNG.to_vec(), "image/png").picture(Some((3, 2))),
        // Two things at once: the one that is shown is the picture, and nosniff keeps it at that.
        case("a picture that is an archive too", "a.gif", then(GIF, EMPTY_ZIP), "image/gif")
            .picture(Some((1, 1))),
        case("a picture that is a page too", "a.png", then(PNG, SCRIPT), "image/png").picture(Some((3, 2))),
        // Pictures that would fill the memory.
        case("2.5 gigapixels", "a.png", png_that_claims(50_000, 50_000, 8, 2), "image/png").picture(None),
        case(
            "few enough pixels of too many bytes",
            "b.png",
            png_that_claims(7_000, 7_000, 16, 6),
            "image/png",
        )
        .picture(None),
        case("as large as a GIF can say", "c.gif", gif_that_claims_all(), "image/gif").picture(None),
        // Torsos.
        case("a picture's first half", "d.png", PNG[..PNG.len() / 2].to_vec(), "image/png").picture(None),
        case("eight bytes of a picture", "e.png", PNG[..8].to_vec(), "image/png").picture(None),
        case(
            "a camera's picture that ends at once",
            "f.jpg",
            b"\xff\xd8\xff\xe0\0\x10JFIF\0".to_vec(),
            "image/jpeg",
        )
        .picture(None),
        case("a WebP of nothing", "g.webp", b"RIFF\xff\xff\xff\xffWEBPVP8 ".to_vec(), "image/webp")
            .picture(None),
        case("a BMP of nothing", "h.bmp", then(b"BM", &[0xff; 60]), "image/bmp").picture(None),
    ]
}

/// The content says what a file is; no picture is decoded in this process, and what cannot be decoded is there all the same.
#[tokio::test]
async fn contents_are_told_by_what_they_are() {
    let mut room = Room::open().await;
    for Case { what, name, bytes, media_type, inline, thumbnail } in cases() {
        let (told, path) = room.share(name, &bytes).await;
        let size = told.thumbnail.map(|size| (size.width, size.height));
        assert_eq!((told.media_type.as_str(), size), (media_type, thumbnail), "{what}");

        let (shown, saved) = (room.get(&path).await, room.get(&format!("{path}?download=1")).await);
        let plain = name.replace('\u{e4}', "_");
        let encoded = name.replace(' ', "%20").replace('\u{e4}', "%C3%A4");
        for (reply, inline) in [(&shown, inline), (&saved, false)] {
            let kind = if inline { "inline" } else { "attachment" };
            let disposition = format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
            assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, media_type), "{what}");
            assert_eq!(reply.header("content-disposition"), disposition, "{what}");
            assert!(reply.body == bytes, "{what}: not a byte is changed");
            is_defused(reply, what);
        }

        let small = room.get(&format!("{path}/thumbnail")).await;
        assert_eq!(small.status.as_u16(), if thumbnail.is_some() { 200 } else { 404 }, "{what}");
        if thumbnail.is_some() {
            assert!(["image/png", "image/jpeg"].contains(&small.header("content-type")), "{what}");
            is_defused(&small, what);
        }
        room.is_alive(what).await;
    }
}

/// Rows N05, Z18: told before a byte is sent.
#[tokio::test]
async fn sizes_are_checked_at_the_beginning() {
    let room = Room::open().await;
    room.app.policy(room.tess.org, |settings| settings.attachments.stored_max_bytes = 1000).await;
    for (size, status, code) in [
        ("1001", 413, "file_too_large"),
        ("18446744073709551615", 413, "file_too_large"),
        ("0", 422, "file_empty"),
        ("18446744073709551616", 400, "malformed"),
        ("-1", 400, "malformed"),
        ("+3", 400, "malformed"),
        ("3.0", 400, "malformed"),
        ("three", 400, "malformed"),
        ("", 400, "malformed"),
    ] {
        let path = format!("/api/v1/sessions/{}/uploads", room.session);
        let request = room
            .app
            .request(Method::POST, &path, Some(&room.tess.token))
            .header("tus-resumable", "1.0.0")
            .header("upload-length", size);
        let reply = Reply::of(request.send().await.unwrap()).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (status, code), "{size:?}");
    }
    assert_eq!(room.create("a.bin", 1000).await.status, 201);
}

/// More bytes than announced are refused, fewer are no file.
#[tokio::test]
async fn as_many_bytes_as_announced_and_no_others() {
    let mut room = Room::open().await;
    let token = room.tess.token.clone();
    let created = room.create("a.bin", 4).await;
    let path = created.header("location");
    let told = room.app.patch(path, &token, 0, "12345").await;
    assert_eq!((told.status.as_u16(), told.code()), (413, "file_too_large"));
    let chunks = futures_util::stream::iter(["123", "456"].map(Ok::<_, std::io::Error>));
    let untold = room.app.patch(path, &token, 0, reqwest::Body::wrap_stream(chunks)).await;
    assert_eq!((untold.status.as_u16(), untold.code()), (413, "file_too_large"));
    let known = room.app.request(Method::HEAD, path, Some(&token)).header("tus-resumable", "1.0.0");
    let known = Reply::of(known.send().await.unwrap()).await;
    assert_eq!(known.header("upload-offset"), "3", "what fits is kept");

    let id: AttachmentId = created.json::<Value>()["attachment_id"].as_str().unwrap().parse().unwrap();
    let unfinished = room.socket.command(room.app.txn(), offer(id)).await;
    assert_eq!(unfinished, Err("upload_incomplete"));
    assert_eq!(room.get(&format!("/api/v1/sessions/{}/attachments/{id}", room.session)).await.status, 404);
    assert_eq!(room.app.patch(path, &token, 3, "4").await.status, 204);
    assert!(room.socket.command(room.app.txn(), offer(id)).await.is_ok());
    room.is_alive("after lies about sizes").await;
}
