//! Answers, honest and not: what of them is a file, and how much of it is taken.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use deskside_fetch::Request;
use tokio::io::AsyncWrite;
use url::Url;

use crate::server::{Answer, Server, header, text};
use crate::world::{World, get, rules};

/// What stands before a body, the body, and what is said of them. The limit is 1000 bytes.
const ANSWERS: &[(&str, &str, &str)] = &[
    ("200 OK\r\nContent-Length: 6", "a file", "a file"),
    ("200 OK\r\nContent-Length: 0", "", ""),
    ("200 OK", "to the end", "to the end"),
    ("200 OK", "", ""),
    ("201 Made\r\nContent-Length: 1", "x", "x"),
    ("204 Nothing", "", ""),
    ("205 Reset\r\nContent-Length: 0", "", ""),
    ("206 Part\r\nContent-Length: 1", "x", "x"),
    ("299 Whatever\r\nContent-Length: 1", "x", "x"),
    ("200 OK\r\nContent-Length: 5", "hello, and more", "hello"),
    ("200 OK\r\nContent-Length: 50", "hello", "broken"),
    ("200 OK\r\nContent-Length: 50", "", "broken"),
    ("200 OK\r\nContent-Length: 5\r\nContent-Length: 5", "hello", "hello"),
    ("200 OK\r\nContent-Length: 5\r\nContent-Length: 6", "hello", "broken"),
    ("200 OK\r\nContent-Length: 5, 6", "hello", "broken"),
    ("200 OK\r\nContent-Length: -5", "hello", "broken"),
    ("200 OK\r\nContent-Length: +5", "hello", "broken"),
    ("200 OK\r\nContent-Length: 0x5", "hello", "broken"),
    ("200 OK\r\nContent-Length: 99999999999999999999", "hello", "broken"),
    ("200 OK\r\nContent-Length: 1001", "", "too_large"),
    ("200 OK\r\nContent-Length: 9223372036854775807", "x", "too_large"),
    ("200 OK\r\nTransfer-Encoding: chunked", "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", "hello!"),
    ("200 OK\r\nTransfer-Encoding: chunked", "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", "hello"),
    ("200 OK\r\nTransfer-Encoding: chunked", "5\r\nhello\r\n", "broken"),
    ("200 OK\r\nTransfer-Encoding: chunked", "50\r\nhello", "broken"),
    ("200 OK\r\nTransfer-Encoding: chunked", "hello", "broken"),
    ("200 OK\r\nTransfer-Encoding: chunked", "fffffffffffffffff\r\nhello", "broken"),
    ("200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1", "5\r\nhello\r\n0\r\n\r\n", "hello"),
    ("200 OK\r\nContent-Encoding: identity\r\nContent-Length: 1", "x", "x"),
    ("200 OK\r\nContent-Encoding:\r\nContent-Length: 1", "x", "x"),
    ("200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1", "x", "encoded"),
    ("200 OK\r\nContent-Encoding: X-GZIP\r\nContent-Length: 1", "x", "encoded"),
    ("200 OK\r\nContent-Encoding: identity\r\nContent-Encoding: br\r\nContent-Length: 1", "x", "encoded"),
    ("200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: 1", "x", "encoded"),
    ("100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1", "x", "x"),
    ("103 Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 1", "x", "status 404"),
    ("300 Choices", "", "status 300"),
    ("400 Bad", "secret", "status 400"),
    ("401 Who", "", "status 401"),
    ("404 None", "", "status 404"),
    ("500 Broken", "", "status 500"),
    ("599 Odd", "", "status 599"),
    ("999 Odd", "", "status 999"),
    ("2000 OK", "", "broken"),
    ("20 OK", "", "broken"),
    ("200 OK\r\nX-Zero: a\0b", "x", "broken"),
    ("200 OK\r\nX Space: a", "x", "broken"),
    ("200 OK\r\nContent-Length: 1\r\n folded: 2", "x", "broken"),
];

#[tokio::test]
async fn answers_are_a_file_or_say_why_not() {
    for (head, body, expected) in ANSWERS {
        let answer = format!("HTTP/1.1 {head}\r\n\r\n{body}");
        let server = Server::start(move |_| text(answer.clone())).await;
        let came = World::of(server.address).get("http://files.example/").await;
        assert_eq!(came.said(), *expected, "{head} {body}");
        if !["broken"].contains(expected) && came.result.is_err() {
            assert_eq!(came.bytes, b"", "{head}");
        }
    }
}

#[tokio::test]
async fn what_is_not_http_is_broken() {
    for answer in [
        "",
        "SSH-2.0-OpenSSH\r\n",
        "220 mail ESMTP\r\n",
        "<html>",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\n",
    ] {
        let server = Server::start(move |_| text(answer)).await;
        let came = World::of(server.address).get("http://files.example/").await;
        assert_eq!(came.said(), "broken", "{answer}");
    }
}

#[tokio::test]
async fn a_file_may_be_as_large_as_the_limit_and_no_larger() {
    for (size, expected) in [(999, 999), (1000, 1000), (1001, 0), (100_000, 0)] {
        for declared in [true, false] {
            let length = if declared { format!("Content-Length: {size}\r\n") } else { String::new() };
            let answer = format!("HTTP/1.1 200 OK\r\n{length}\r\n{}", "x".repeat(size));
            let server = Server::start(move |_| text(answer.clone())).await;
            let came = World::of(server.address).get("http://files.example/").await;
            if expected == 0 {
                assert_eq!(came.said(), "too_large", "{size}");
                assert!(came.bytes.len() <= if declared { 0 } else { 1000 });
            } else {
                assert_eq!(came.said().len(), expected);
            }
        }
    }
}

#[tokio::test]
async fn what_never_ends_is_ended() {
    let heads: &[(&str, &str, &str)] = &[
        ("200 OK\r\n\r\n", "0123456789", "too_large"),
        ("200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "a\r\n0123456789\r\n", "too_large"),
        ("200 OK\r\nX-Long: ", "0123456789", "broken"),
        ("200 OK\r\n", "X-Many: 0123456789\r\n", "broken"),
        ("200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X-Many: 0123456789\r\n", "broken"),
        ("200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", "0123456789", "broken"),
        ("", "0123456789", "broken"),
    ];
    for (head, piece, expected) in heads {
        let (head, piece) = (format!("HTTP/1.1 {head}").into_bytes(), piece.repeat(100).into_bytes());
        let server = Server::start(move |_| Answer::Forever {
            head: head.clone(),
            piece: piece.clone(),
            pause: Duration::ZERO,
        });
        let server = server.await;
        let came = World::of(server.address).get("http://files.example/").await;
        assert_eq!(came.said(), *expected);
        assert!(came.bytes.len() <= 1000);
        server.until("connection closed", |_, open| open == 0).await;
    }
}

#[tokio::test]
async fn large_headers_are_taken_up_to_a_limit() {
    for (head, expected) in [
        (format!("X-Long: {}\r\n", "x".repeat(50_000)), ""),
        (format!("X-Long: {}\r\n", "x".repeat(70_000)), "broken"),
        ("X-Many: 1\r\n".repeat(90), ""),
        ("X-Many: 1\r\n".repeat(110), "broken"),
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\n{head}\r\n");
        let server = Server::start(move |_| text(answer.clone())).await;
        let came = World::of(server.address).get("http://files.example/").await;
        assert_eq!(came.said(), expected);
    }
}

/// Ten megabytes out of a few kilobytes: nothing here unpacks them.
#[tokio::test]
async fn nothing_is_unpacked() {
    let server =
        Server::start(|_| text("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\x1f\x7f\x08\0\0")).await;
    let came = World::of(server.address).get("http://files.example/bomb.gz").await;
    assert_eq!(came.said(), "\x1f\x7f\x08\0\0");
    let asked = server.requests().pop().unwrap();
    assert_eq!(header(&asked, "accept-encoding").as_deref(), Some("identity"));
}

/// A webhook is delivered when its status says so, whatever follows.
#[tokio::test]
async fn of_the_answer_to_a_post_only_the_status_counts() {
    let table = [
        ("200 OK\r\nContent-Length: 5", "hello", ""),
        ("202 Taken\r\nContent-Length: 5000", "hel", ""),
        ("200 OK\r\nContent-Encoding: gzip", "hello", ""),
        ("204 OK", "", ""),
        ("410 Gone", "", "status 410"),
    ];
    for (head, body, expected) in table {
        let answer = format!("HTTP/1.1 {head}\r\n\r\n{body}");
        let server = Server::start(move |_| text(answer.clone())).await;
        let url = Url::parse("http://files.example/hook?key=1").unwrap();
        let request = Request::post(url, "{\"ä\":1}".into(), "application/json");
        let came = World::of(server.address).ask(request, &rules()).await;
        assert_eq!(came.said(), expected);
        let asked = server.requests().pop().unwrap();
        assert!(asked.starts_with("POST /hook?key=1 HTTP/1.1\r\n") && asked.ends_with("\r\n\r\n{\"ä\":1}"));
        assert_eq!(header(&asked, "content-type").as_deref(), Some("application/json"));
        assert_eq!(header(&asked, "content-length").as_deref(), Some("8"));
    }
}

/// A disk that is full.
struct Full;

impl AsyncWrite for Full {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::StorageFull.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_full_disk_ends_it() {
    let server = Server::start(|_| Answer::Forever {
        head: b"HTTP/1.1 200 OK\r\n\r\n".to_vec(),
        piece: b"x".to_vec(),
        pause: Duration::ZERO,
    });
    let server = server.await;
    let world = World::of(server.address);
    let result = world.fetcher.fetch(get("http://files.example/"), &rules(), &mut Full).await;
    assert_eq!(result.unwrap_err().code(), "sink");
    server.until("connection closed", |_, open| open == 0).await;
}
