//! What a file is called and what it is, in the words of its server.

use crate::server::{Server, text};
use crate::world::World;

/// `Content-Disposition`, and the name; the path ends in `last.bin`.
const NAMES: &[(&str, &str)] = &[
    ("attachment; filename=a.txt", "a.txt"),
    ("attachment; filename=\"a b.txt\"", "a b.txt"),
    ("ATTACHMENT; FileName = \"a.txt\"", "a.txt"),
    ("inline; filename=a.txt", "a.txt"),
    ("filename=a.txt", "a.txt"),
    ("attachment;filename=a.txt;size=3", "a.txt"),
    ("attachment; size=3 ; filename=a.txt ", "a.txt"),
    ("attachment; filename=\"a;b=c.txt\"; x=1", "a;b=c.txt"),
    ("attachment; filename=\"a\\\"b.txt\"", "a\"b.txt"),
    ("attachment; filename=\"a\\\\b.txt\"", "a\\b.txt"),
    ("attachment; filename=\"C:\\temp\\a.txt\"", "C:\\temp\\a.txt"),
    ("attachment; filename=\"never closed.txt", "never closed.txt"),
    ("attachment; filename=\"a.txt\" rubbish", "a.txt"),
    ("attachment; filename=\"../../etc/passwd\"", "../../etc/passwd"),
    ("attachment; filename=\"..\"", ".."),
    ("attachment; filename=\"%41.txt\"", "%41.txt"),
    ("attachment; filename=\"ä.txt\"", "ä.txt"),
    ("attachment; filename*=UTF-8''%c3%a4%20b.txt", "ä b.txt"),
    ("attachment; filename*=utf-8'de'%C3%A4.txt", "ä.txt"),
    ("attachment; filename*=ISO-8859-1''%e4.txt", "ä.txt"),
    ("attachment; filename=b.txt; filename*=UTF-8''a.txt", "a.txt"),
    ("attachment; filename*=UTF-8''a.txt; filename=b.txt", "a.txt"),
    ("attachment; filename*=UTF-8''it's.txt", "it's.txt"),
    ("attachment; filename*=UTF-8''a%00b%0d%0a.txt", "a\0b\r\n.txt"),
    ("attachment; filename*=UTF-8''..%2f..%2fetc%2fpasswd", "../../etc/passwd"),
    ("attachment; filename*=UTF-8''a%E2%80%AEtxt.exe", "a\u{202e}txt.exe"),
    ("attachment; filename*=UTF-8''%ff.txt; filename=b.txt", "b.txt"),
    ("attachment; filename*=UTF-7''a.txt; filename=b.txt", "b.txt"),
    ("attachment; filename*=a.txt; filename=b.txt", "b.txt"),
    ("attachment; filename*=UTF-8''; filename=b.txt", "b.txt"),
    ("attachment; filename*0=a; filename*1=b", "last.bin"),
    ("attachment; filename=a.txt; filename=b.txt", "a.txt"),
    ("attachment; filename*=UTF-8''%ff; filename*=UTF-8''b.txt", "b.txt"),
    ("attachment; filename=a.txt\r\nContent-Disposition: attachment; filename=b.txt", "a.txt"),
    ("attachment; filename=\"\"", "last.bin"),
    ("attachment; filename=", "last.bin"),
    ("attachment; filename", "last.bin"),
    ("attachment; xfilename=a.txt", "last.bin"),
    ("attachment", "last.bin"),
    ("", "last.bin"),
    (";;;===\"\\", "last.bin"),
];

async fn name(answer: impl Into<Vec<u8>>, address: &str) -> Option<String> {
    let answer = answer.into();
    let server = Server::start(move |_| text(answer.clone())).await;
    World::of(server.address).get(address).await.result.unwrap().name
}

#[tokio::test]
async fn names_are_what_the_server_says() {
    for (disposition, expected) in NAMES {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Disposition: {disposition}\r\n\r\n");
        let came = name(answer, "http://files.example/dir/last.bin").await;
        assert_eq!(came.as_deref(), Some(*expected), "{disposition}");
    }
}

#[tokio::test]
async fn a_name_in_latin_1_is_read_as_that() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"\xe4.txt\"\r\n\r\n";
    assert_eq!(name(*answer, "http://files.example/").await.as_deref(), Some("ä.txt"));
}

#[tokio::test]
async fn without_a_name_it_is_the_end_of_the_path() {
    let table = [
        ("http://files.example/a.txt", Some("a.txt")),
        ("http://files.example/dir/a%20b.txt?c=d/e", Some("a b.txt")),
        ("http://files.example/%C3%A4.txt", Some("ä.txt")),
        ("http://files.example/%e4.txt", Some("\u{fffd}.txt")),
        ("http://files.example/%2e%2e%2fa", Some("../a")),
        ("http://files.example/a%00b", Some("a\0b")),
        ("http://files.example/dir/", None),
        ("http://files.example/", None),
        ("http://files.example", None),
    ];
    for (address, expected) in table {
        assert_eq!(name("HTTP/1.1 200 OK\r\n\r\n", address).await.as_deref(), expected, "{address}");
    }
}

#[tokio::test]
async fn types_are_type_and_subtype() {
    let table = [
        ("Content-Type: text/plain", Some("text/plain")),
        ("Content-Type: Text/HTML; charset=utf-8", Some("text/html")),
        ("Content-Type: application/vnd.x+json", Some("application/vnd.x+json")),
        ("Content-Type: ", None),
        ("Content-Type: text", None),
        ("Content-Type: text/", None),
        ("Content-Type: text/pl ain", None),
        ("Content-Type: a/b/c", None),
        ("Content-Type: text/<b>", None),
        ("X: y", None),
    ];
    for (line, expected) in table {
        let server = Server::start(move |_| text(format!("HTTP/1.1 200 OK\r\n{line}\r\n\r\n"))).await;
        let came = World::of(server.address).get("http://files.example/").await;
        assert_eq!(came.result.unwrap().media_type.as_deref(), expected, "{line}");
    }
}
