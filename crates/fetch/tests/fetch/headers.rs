//! What callers may say to a server, and what nobody hears of it.

use deskside_fetch::{FetchError, Request, Secret};
use url::Url;

use crate::server::{Server, header, ok};
use crate::world::{World, get, rules};

#[tokio::test]
async fn headers_that_cannot_be_sent_are_refused_before_anything_is_asked() {
    let table = [
        ("x-a", "b\r\nx-c: d", "x-a"),
        ("x-a", "b\nc", "x-a"),
        ("x-a", "b\rc", "x-a"),
        ("x-a", "b\0c", "x-a"),
        ("x-a", "\u{7f}", "x-a"),
        ("x-a\r\nx-b", "c", "x-a\\r\\nx-b"),
        ("x a", "b", "x a"),
        ("x-a:", "b", "x-a:"),
        (":path", "/", ":path"),
        ("ä", "b", "ä"),
        ("", "b", ""),
        ("host", "127.0.0.1", "host"),
        ("Host", "127.0.0.1", "Host"),
        ("content-length", "5", "content-length"),
        ("Transfer-Encoding", "chunked", "Transfer-Encoding"),
        ("connection", "close", "connection"),
        ("keep-alive", "1", "keep-alive"),
        ("te", "trailers", "te"),
        ("trailer", "x", "trailer"),
        ("upgrade", "h2c", "upgrade"),
        ("http2-settings", "x", "http2-settings"),
        ("expect", "100-continue", "expect"),
        ("proxy-authorization", "Basic x", "proxy-authorization"),
        ("Proxy-Connection", "close", "Proxy-Connection"),
        ("authorization", "Bearer x", "authorization"),
        ("accept-encoding", "gzip", "accept-encoding"),
        ("content-type", "text/plain", "content-type"),
    ];
    let world = World::new("files.example=93.184.215.14");
    for (name, value, expected) in table {
        let mut request = get("http://files.example/");
        request.headers.push((name.to_owned(), value.to_owned()));
        let error = world.ask(request, &rules()).await.result.unwrap_err();
        assert!(matches!(&error, FetchError::BadHeader(said) if said == expected), "{name}: {error:?}");
        assert!(!error.to_string().contains(['\r', '\n', '\0']));
    }
    let mut request = get("http://files.example/");
    request.authorization = Some(Secret::new("Bearer x\r\nx-a: b"));
    assert_eq!(world.ask(request, &rules()).await.said(), "bad_header");
    let request = Request::post(Url::parse("http://files.example/").unwrap(), Vec::new(), "a/b\r\nx: y");
    assert_eq!(world.ask(request, &rules()).await.said(), "bad_header");
    assert_eq!(world.network.asked(), deskside_fetch::Asked::default());
}

#[tokio::test]
async fn a_request_says_this_and_nothing_else() {
    let server = Server::start(|_| ok("a file")).await;
    let mut request = get("http://files.example/a%20b?c=d|e&f=%2F#g");
    request.authorization = Some(Secret::new("Bearer of-the-bot"));
    for (name, value) in [("X-Key", "1"), ("Cookie", "a=b"), ("User-Agent", "Bot/2"), ("X-Key", "ä")] {
        request.headers.push((name.to_owned(), value.to_owned()));
    }
    assert_eq!(World::of(server.address).ask(request, &rules()).await.said(), "a file");
    let asked = server.requests().pop().unwrap();
    let mut lines: Vec<&str> = asked.trim_end().lines().collect();
    lines[1..].sort_unstable();
    assert_eq!(
        lines,
        [
            "GET /a%20b?c=d|e&f=%2F HTTP/1.1",
            "accept-encoding: identity",
            "accept: */*",
            "authorization: Bearer of-the-bot",
            "cookie: a=b",
            "host: files.example",
            "user-agent: Bot/2",
            "x-key: 1",
            "x-key: ä",
        ]
    );
}

#[tokio::test]
async fn paths_are_sent_as_they_are() {
    let server = Server::start(|_| ok("")).await;
    let world = World::of(server.address);
    let table = [
        ("http://files.example", "/"),
        ("http://files.example//other.example/a", "//other.example/a"),
        ("http://files.example/a/../b", "/b"),
        ("http://files.example/@a:b?", "/@a:b?"),
        ("http://files.example/\"'<>`{}|^[]", "/%22'%3C%3E%60%7B%7D|^[]"),
        ("http://files.example/a?\"'<>`{}|^[]", "/a?%22%27%3C%3E`{}|^[]"),
        ("http://files.example/a\r\nb", "/ab"),
        ("http://files.example/%0d%0aX-A:%20b", "/%0d%0aX-A:%20b"),
    ];
    for (address, expected) in table {
        assert_eq!(world.get(address).await.said(), "", "{address}");
        let asked = server.requests().pop().unwrap();
        assert_eq!(asked.lines().next(), Some(&*format!("GET {expected} HTTP/1.1")), "{address}");
    }
}

#[tokio::test]
async fn who_asks_is_said() {
    let server = Server::start(|_| ok("")).await;
    World::of(server.address).get("http://files.example/").await.result.unwrap();
    let agent = header(&server.requests()[0], "user-agent").unwrap();
    assert!(agent.starts_with("Deskside/"));
}

#[test]
fn secrets_are_not_shown() {
    let mut request = Request::post(
        Url::parse("https://files.example/hook/secret?key=secret").unwrap(),
        b"secret".to_vec(),
        "text/plain",
    );
    request.authorization = Some(Secret::new("Bearer secret"));
    request.headers.push(("x-key".to_owned(), "secret".to_owned()));
    let shown = format!("{request:?} {:?}", request.authorization);
    assert!(!shown.contains("secret"), "{shown}");
    assert!(shown.contains("files.example") && shown.contains("x-key"));
}

/// What an admin reads: a sentence with what to do, and nothing that a stranger or a name server wrote.
#[tokio::test]
async fn errors_tell_no_secrets() {
    let world =
        World::new("files.example=93.184.215.14;private.example=10.9.8.7;93.184.215.14:80=127.0.0.1:1");
    for host in ["files.example", "private.example", "missing.example", "10.9.8.7"] {
        let mut request = get(&format!("http://{host}/?key=secret"));
        request.authorization = Some(Secret::new("Bearer secret"));
        let error = world.ask(request, &rules()).await.result.unwrap_err();
        for said in [error.to_string(), format!("{error:?}")] {
            for word in ["secret", "93.184", "10.9.8.7", "127.0.0.1"] {
                assert!(!said.contains(word), "{host}: {said}");
            }
        }
        assert!(error.to_string().contains(':'), "{error}");
    }
}
