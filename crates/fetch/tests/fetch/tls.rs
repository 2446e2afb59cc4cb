//! Over TLS, and over HTTP/2.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use deskside_fetch::{Fetcher, Network, Request, Secret};
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::server::{Server, ok, redirect};
use crate::world::{ONE, TWO, World, get, rules};

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn root(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    fn server(&self, names: &[&str], protocol: &[u8]) -> ServerConfig {
        self.server_until(names, protocol, 2100)
    }

    fn server_until(&self, names: &[&str], protocol: &[u8], year: i32) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.unwrap().with_no_client_auth();
        let mut config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        config.alpn_protocols = vec![protocol.to_vec()];
        config
    }
}

fn world(map: &str, roots: Vec<CertificateDer<'static>>) -> World {
    let network = Network::mapped(map.parse().unwrap());
    World { fetcher: Fetcher::new(roots, network.clone(), 4).unwrap(), network }
}

#[tokio::test]
async fn only_a_certificate_of_that_name_by_a_known_authority_is_trusted() {
    let (known, unknown) = (Authority::new(), Authority::new());
    let table = [
        (known.server(&["files.example"], b"http/1.1"), "a file"),
        (known.server(&["files.example"], b""), "a file"),
        (known.server(&["other.example"], b"http/1.1"), "tls_failed"),
        (known.server(&[ONE], b"http/1.1"), "tls_failed"),
        (known.server_until(&["files.example"], b"http/1.1", 2020), "tls_failed"),
        (unknown.server(&["files.example"], b"http/1.1"), "tls_failed"),
    ];
    for (at, (mut config, expected)) in table.into_iter().enumerate() {
        config.alpn_protocols.retain(|protocol| !protocol.is_empty());
        let server = Server::start_tls(config, |_| ok("a file")).await;
        let map = format!("files.example={ONE};{ONE}:443={}", server.address);
        let world = world(&map, vec![known.root()]);
        assert_eq!(world.get("https://files.example/").await.said(), expected, "row {at}");
    }
    let server = Server::start_tls(known.server(&["files.example"], b"http/1.1"), |_| ok("a file")).await;
    let map = format!("files.example={ONE};{ONE}:443={}", server.address);
    assert_eq!(World::new(&map).get("https://files.example/").await.said(), "tls_failed", "without the root");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn an_address_is_trusted_by_a_certificate_for_the_address() {
    let known = Authority::new();
    for (name, expected) in [(ONE, "a file"), (TWO, "tls_failed"), ("files.example", "tls_failed")] {
        let server = Server::start_tls(known.server(&[name], b"http/1.1"), |_| ok("a file")).await;
        let world = world(&format!("{ONE}:443={}", server.address), vec![known.root()]);
        assert_eq!(world.get(&format!("https://{ONE}/")).await.said(), expected, "{name}");
    }
}

#[tokio::test]
async fn what_does_not_speak_tls_is_not_trusted() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let map = format!("files.example={ONE};{ONE}:443={}", listener.local_addr().unwrap());
    let plain = async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\na file").await.unwrap();
        std::future::pending::<()>().await;
    };
    let world = World::new(&map);
    tokio::select! {
        came = world.get("https://files.example/") => assert_eq!(came.said(), "tls_failed"),
        () = plain => {}
    }
}

#[tokio::test]
async fn from_http_one_may_come_to_https_and_never_back() {
    let known = Authority::new();
    let table = [
        ("http://files.example/", "https://files.example/file", "a file"),
        ("https://files.example/", "https://files.example/file", "a file"),
        ("https://files.example/", "/file", "a file"),
        ("https://files.example/", "http://files.example/file", "bad_redirect"),
        ("https://files.example/", "http://other.example/file", "bad_redirect"),
    ];
    for (from, to, expected) in table {
        let answer = move |request: &str| {
            if request.starts_with("GET /file ") { ok("a file") } else { redirect(302, to) }
        };
        let plain = Server::start(answer).await;
        let secure = Server::start_tls(known.server(&["files.example"], b"http/1.1"), answer).await;
        let map = format!(
            "files.example={ONE};other.example={ONE};{ONE}:80={};{ONE}:443={}",
            plain.address, secure.address
        );
        let world = world(&map, vec![known.root()]);
        let mut request = get(from);
        request.authorization = Some(Secret::new("Bearer x"));
        assert_eq!(world.ask(request, &rules()).await.said(), expected, "{from} to {to}");
        // From http to https is from one origin to another.
        let told = secure.requests().pop().map(|request| request.contains("authorization"));
        assert_eq!(told, Some(from.starts_with("https")), "{from} to {to}");
    }
}

/// Of one port that speaks both: which of them is asked makes two origins.
#[tokio::test]
async fn secrets_do_not_go_from_http_to_https_of_one_port() {
    let known = Authority::new();
    let acceptor = TlsAcceptor::from(Arc::new(known.server(&["files.example"], b"http/1.1")));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let map = format!("files.example={ONE};{ONE}:8080={}", listener.local_addr().unwrap());
    let both = tokio::spawn(async move {
        let (mut plain, _) = listener.accept().await.unwrap();
        assert!(plain.read(&mut [0; 1024]).await.unwrap() > 0);
        let place = "HTTP/1.1 302 Found\r\nLocation: https://files.example:8080/\r\n\r\n";
        plain.write_all(place.as_bytes()).await.unwrap();
        let (secure, _) = listener.accept().await.unwrap();
        let mut secure = acceptor.accept(secure).await.unwrap();
        let mut asked = [0; 1024];
        let length = secure.read(&mut asked).await.unwrap();
        secure.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\na file").await.unwrap();
        String::from_utf8_lossy(&asked[..length]).into_owned()
    });
    let mut request = get("http://files.example:8080/");
    request.authorization = Some(Secret::new("Bearer x"));
    let rules = crate::world::allowing(&["files.example:8080"]);
    assert_eq!(world(&map, vec![known.root()]).ask(request, &rules).await.said(), "a file");
    assert!(!both.await.unwrap().contains("authorization"));
}

type Body = http_body_util::combinators::BoxBody<Bytes, Infallible>;

/// As many times ten bytes.
fn pieces(count: usize) -> Body {
    let piece = |_| Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"0123456789")));
    BodyExt::boxed(StreamBody::new(stream::iter((0..count).map(piece))))
}

struct Two {
    map: String,
    authority: Authority,
    seen: Arc<Mutex<Vec<String>>>,
    open: Arc<()>,
}

/// An HTTP/2 server: `/N` is N times ten bytes, `/lie` declares more than it sends, `/forever` never ends,
/// `/headers/N` has a header of N bytes.
async fn two() -> Two {
    let authority = Authority::new();
    let acceptor = TlsAcceptor::from(Arc::new(authority.server(&["files.example"], b"h2")));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let map = format!("files.example={ONE};{ONE}:443={}", listener.local_addr().unwrap());
    let (seen, open) = (Arc::new(Mutex::new(Vec::new())), Arc::new(()));
    let (all_seen, all_open) = (Arc::clone(&seen), Arc::downgrade(&open));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, seen, open) = (acceptor.clone(), Arc::clone(&all_seen), all_open.upgrade());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = hyper::service::service_fn(move |request| {
                    let seen = Arc::clone(&seen);
                    async move { Ok::<_, Infallible>(answer(request, &seen).await) }
                });
                let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                drop(builder.serve_connection(TokioIo::new(stream), service).await);
                drop(open);
            });
        }
    });
    Two { map, authority, seen, open }
}

async fn answer(request: hyper::Request<Incoming>, seen: &Mutex<Vec<String>>) -> hyper::Response<Body> {
    let (head, body) = request.into_parts();
    let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    let names: Vec<&str> = head.headers.keys().map(|name| name.as_str()).collect();
    seen.lock().unwrap().push(format!("{} {} {} {body}", head.method, head.uri, names.join(",")));
    let response = hyper::Response::builder().status(200);
    match head.uri.path() {
        "/lie" => response.header("content-length", 50).body(pieces(1)),
        "/large" => response.header("content-length", 5000).body(pieces(500)),
        "/forever" => response.body(BodyExt::boxed(StreamBody::new(endless()))),
        path if path.starts_with("/headers/") => {
            response.header("x-long", "x".repeat(path[9..].parse().unwrap())).body(pieces(1))
        }
        path => response.body(pieces(path[1..].parse().unwrap_or(0))),
    }
    .unwrap()
}

/// A first piece, and then nothing.
fn endless() -> impl futures_util::Stream<Item = Result<Frame<Bytes>, Infallible>> {
    stream::once(async { Ok(Frame::data(Bytes::from_static(b"x"))) }).chain(stream::pending())
}

#[tokio::test]
async fn http_2_is_held_to_the_same() {
    let two = two().await;
    let world = world(&two.map, vec![two.authority.root()]);
    let table = [
        ("/0", ""),
        ("/3", "012345678901234567890123456789"),
        ("/101", "too_large"),
        ("/large", "too_large"),
        ("/lie", "broken"),
        ("/headers/50000", "0123456789"),
        ("/headers/200000", "broken"),
    ];
    for (path, expected) in table {
        assert_eq!(world.get(&format!("https://files.example{path}")).await.said(), expected, "{path}");
    }
    let url = "https://files.example/0?a=b".parse().unwrap();
    let mut request = Request::post(url, b"{}".to_vec(), "application/json");
    request.authorization = Some(Secret::new("Bearer x"));
    assert_eq!(world.ask(request, &rules()).await.said(), "");
    let asked = two.seen.lock().unwrap().pop().unwrap();
    let (line, names) = asked.split_once("?a=b ").unwrap();
    assert_eq!(line, "POST https://files.example/0");
    let (names, body) = names.split_once(' ').unwrap();
    let mut names: Vec<&str> = names.split(',').collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["accept", "accept-encoding", "authorization", "content-length", "content-type", "user-agent"]
    );
    assert_eq!(body, "{}");
}

#[tokio::test]
async fn http_2_ends_with_the_one_who_waits() {
    let two = two().await;
    let world = world(&two.map, vec![two.authority.root()]);
    let rules = deskside_fetch::Rules { total_timeout: Duration::from_secs(2), ..rules() };
    let came = world.ask(get("https://files.example/forever"), &rules).await;
    assert_eq!((came.said().as_str(), &came.bytes[..]), ("timed_out", &b"x"[..]));
    for _ in 0..1000 {
        if Arc::strong_count(&two.open) == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the connection is still open");
}

/// A server that hears nothing any more, so that no farewell can be sent: the connection ends without one.
#[tokio::test]
async fn http_2_ends_even_where_nobody_listens() {
    let authority = Authority::new();
    let acceptor = TlsAcceptor::from(Arc::new(authority.server(&["files.example"], b"h2")));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let map = format!("files.example={ONE};{ONE}:443={}", listener.local_addr().unwrap());
    let deaf = async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = acceptor.accept(stream).await.unwrap();
        // Windows as large as they get: the body is stopped by the socket alone.
        let settings = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff];
        let window = [0, 0, 4, 8, 0, 0, 0, 0, 0, 0x7f, 0xff, 0, 0];
        stream.write_all(&[&settings[..], &window].concat()).await.unwrap();
        stream.flush().await.unwrap();
        std::future::pending::<()>().await;
    };
    let world = world(&map, vec![authority.root()]);
    let url = "https://files.example/".parse().unwrap();
    let request = Request::post(url, vec![0; 64 << 20], "application/octet-stream");
    let rules = deskside_fetch::Rules { total_timeout: Duration::from_secs(2), ..rules() };
    let ended = async {
        assert_eq!(world.ask(request, &rules).await.said(), "timed_out");
        let metrics = tokio::runtime::Handle::current().metrics();
        for _ in 0..500 {
            if metrics.num_alive_tasks() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} tasks go on", metrics.num_alive_tasks());
    };
    tokio::select! {
        () = deaf => {}
        () = ended => {}
    }
}
