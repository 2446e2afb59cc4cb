//! Redirects: each is an address like the first, and secrets stay where they belong.

use deskside_fetch::{Rules, Secret};
use url::Url;

use crate::server::{Answer, Server, header, ok, redirect, text};
use crate::world::{ONE, World, get, rules};

/// `/to/PLACE` leads to the place, `/hops/N` over N redirects to the file; everything else is the file.
fn answer(request: &str) -> Answer {
    let path = request.split(' ').nth(1).unwrap();
    if let Some(place) = path.strip_prefix("/to/") {
        return redirect(302, place);
    }
    match path.strip_prefix("/hops/").map(|hops| hops.parse::<u32>().unwrap()) {
        Some(hops) if hops > 0 => redirect(307, &format!("/hops/{}", hops - 1)),
        _ => ok("a file"),
    }
}

#[tokio::test]
async fn redirects_lead_only_where_the_first_address_might() {
    let server = Server::start(answer).await;
    let map = format!(
        "private.example=10.0.0.1;mixed.example={ONE},::1;{}",
        crate::world::two_hosts(server.address)
    );
    let table = [
        ("http://other.example/a", "a file"),
        ("//other.example/a", "a file"),
        ("HTTP://OTHER.example./a", "a file"),
        ("/b", "a file"),
        ("http://127.0.0.1/", "address_not_allowed"),
        ("//127.1/", "address_not_allowed"),
        ("http://[::ffff:127.0.0.1]/", "address_not_allowed"),
        ("http://169.254.169.254/latest/meta-data/", "address_not_allowed"),
        ("http://10.0.0.1/", "address_not_allowed"),
        ("http://[fd00::1]/", "address_not_allowed"),
        ("http://localhost/", "address_not_allowed"),
        ("http://metadata.google.internal/", "address_not_allowed"),
        ("http://private.example/", "address_not_allowed"),
        ("http://mixed.example/", "address_not_allowed"),
        ("http://missing.example/", "name_not_found"),
        ("http://other.example:8080/", "port_not_allowed"),
        ("http://other.example:22/", "port_not_allowed"),
        ("http://user:pass@other.example/", "credentials_in_url"),
        ("file:///etc/passwd", "scheme_not_allowed"),
        ("ftp://other.example/", "scheme_not_allowed"),
        ("gopher://127.0.0.1/", "scheme_not_allowed"),
        ("data:text/plain,x", "scheme_not_allowed"),
        ("javascript:alert(1)", "scheme_not_allowed"),
        ("http://", "bad_redirect"),
        ("http://a b/", "bad_redirect"),
        ("http://other..example/", "bad_url"),
    ];
    for (place, expected) in table {
        let world = World::new(&map);
        let came = world.get(&format!("http://files.example/to/{}", place.replace(' ', "%20"))).await;
        let expected = if place.contains(' ') { "bad_redirect" } else { expected };
        assert_eq!(came.said(), expected, "{place}");
        let connections = world.network.asked().connections.len();
        assert_eq!(connections, if expected == "a file" { 2 } else { 1 }, "{place}");
    }
}

#[tokio::test]
async fn as_many_redirects_as_the_rules_follow() {
    let server = Server::start(answer).await;
    let world = World::of(server.address);
    let table = [
        (3, 0, "a file"),
        (3, 3, "a file"),
        (3, 4, "too_many_redirects"),
        (0, 0, "a file"),
        (0, 1, "too_many_redirects"),
    ];
    for (max_redirects, hops, expected) in table {
        let before = server.accepted();
        let rules = Rules { max_redirects, ..rules() };
        let came = world.ask(get(&format!("http://files.example/hops/{hops}")), &rules).await;
        assert_eq!(came.said(), expected, "{hops} of {max_redirects}");
        assert_eq!(server.accepted() - before, usize::from(max_redirects.min(hops)) + 1);
    }
}

#[tokio::test]
async fn circles_end() {
    let server = Server::start(|_| redirect(301, "http://files.example/")).await;
    let world = World::of(server.address);
    assert_eq!(world.get("http://files.example/").await.said(), "too_many_redirects");
    assert_eq!(server.accepted(), 4);
}

#[tokio::test]
async fn only_redirects_with_one_place_are_followed() {
    let table: &[(&str, &str)] = &[
        ("300 Choices\r\nLocation: /file", "status 300"),
        ("301 Moved\r\nLocation: /file", "a file"),
        ("302 Found\r\nLocation: /file", "a file"),
        ("303 See\r\nLocation: /file", "a file"),
        ("304 Same\r\nLocation: /file", "status 304"),
        ("305 Proxy\r\nLocation: /file", "status 305"),
        ("307 Moved\r\nLocation: /file", "a file"),
        ("308 Moved\r\nLocation: /file", "a file"),
        ("302 Found", "bad_redirect"),
        ("302 Found\r\nLocation: http://[", "bad_redirect"),
        ("302 Found\r\nLocation: \u{e4}\r\nLocation: /file", "bad_redirect"),
        ("302 Found\r\nLocation: /file\r\nLocation: http://127.0.0.1/", "bad_redirect"),
        ("302 Found\r\nRefresh: 0; url=/file", "bad_redirect"),
        ("404 Gone\r\nLocation: /file", "status 404"),
    ];
    for (head, expected) in table {
        let head = (*head).to_owned();
        let server = Server::start(move |request| {
            if request.starts_with("GET /file ") {
                return ok("a file");
            }
            text(format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n"))
        });
        let world = World::of(server.await.address);
        assert_eq!(world.get("http://files.example/").await.said(), *expected, "{expected}");
    }
}

#[tokio::test]
async fn places_are_read_from_where_one_is() {
    let table = [
        ("b", "http://files.example/dir/b"),
        ("../b?c#d", "http://files.example/b?c"),
        ("/b", "http://files.example/b"),
        ("?c", "http://files.example/dir/start?c"),
        ("//other.example/b", "http://other.example/b"),
        ("/ä b", "http://files.example/%C3%A4%20b"),
        ("\\\\other.example\\b", "http://other.example/b"),
    ];
    for (place, expected) in table {
        let answer = move |request: &str| {
            if request.starts_with("GET /dir/start HTTP") { redirect(302, place) } else { ok("a file") }
        };
        let server = Server::start(answer).await;
        let came = World::of(server.address).get("http://files.example/dir/start").await;
        assert_eq!(came.result.unwrap().url.as_str(), expected, "{place}");
    }
}

#[tokio::test]
async fn the_last_address_is_what_is_told() {
    let server = Server::start(answer).await;
    let came =
        World::of(server.address).get("http://files.example/to/http://other.example/dir/a%20b.txt?q#f").await;
    let fetched = came.result.unwrap();
    assert_eq!(fetched.url.as_str(), "http://other.example/dir/a%20b.txt?q");
    assert_eq!(fetched.name.as_deref(), Some("a b.txt"));
}

/// The places, and what the server was told at each: A for authorization, C for a cookie, X for a header of the caller's.
#[tokio::test]
async fn secrets_stay_with_the_first_origin() {
    let table: &[(&str, &[&str])] = &[
        ("/b", &["files.example ACX", "files.example ACX"]),
        ("http://other.example/", &["files.example ACX", "other.example "]),
        (
            "http://other.example/to/http://files.example/",
            &["files.example ACX", "other.example ", "files.example "],
        ),
        (
            "/to/http://other.example/to//b",
            &["files.example ACX", "files.example ACX", "other.example ", "other.example "],
        ),
    ];
    for (place, expected) in table {
        let server = Server::start(answer).await;
        let world = World::of(server.address);
        let mut request = get(&format!("http://files.example/to/{place}"));
        request.authorization = Some(Secret::new("Bearer of-the-bot"));
        request.headers =
            vec![("cookie".to_owned(), "a=b".to_owned()), ("X-Key".to_owned(), "of-the-bot".to_owned())];
        assert_eq!(world.ask(request, &rules()).await.said(), "a file", "{place}");
        let seen: Vec<String> = server.requests().iter().map(|request| told(request)).collect();
        assert_eq!(seen, *expected, "{place}");
    }
}

fn told(request: &str) -> String {
    let mut told = format!("{} ", header(request, "host").unwrap());
    for (name, mark) in [("authorization", "A"), ("cookie", "C"), ("x-key", "X")] {
        if header(request, name).is_some() {
            told.push_str(mark);
        }
    }
    assert_eq!(request.contains("of-the-bot"), told.ends_with('X'));
    assert_eq!(header(request, "referer"), None);
    told
}

/// Another port is another origin, on the same host.
#[tokio::test]
async fn secrets_do_not_go_to_another_port() {
    let server = Server::start(answer).await;
    let map = format!("files.example={ONE};{ONE}:80={at};{ONE}:8080={at}", at = server.address);
    let mut request = get("http://files.example/to/http://files.example:8080/");
    request.authorization = Some(Secret::new("Bearer of-the-bot"));
    let rules = crate::world::allowing(&["files.example:8080"]);
    // Opened for 8080 alone: port 80 is there as for everybody.
    assert_eq!(World::new(&map).ask(request, &rules).await.said(), "a file");
    let seen: Vec<String> = server.requests().iter().map(|request| told_of_authorization(request)).collect();
    assert_eq!(seen, ["files.example true", "files.example:8080 false"]);
}

fn told_of_authorization(request: &str) -> String {
    format!("{} {}", header(request, "host").unwrap(), header(request, "authorization").is_some())
}

#[tokio::test]
async fn posts_are_not_led_on() {
    for status in [301, 302, 303, 307, 308] {
        let server = Server::start(move |_| redirect(status, "/elsewhere")).await;
        let url = Url::parse("http://files.example/hook").unwrap();
        let request = deskside_fetch::Request::post(url, b"{}".to_vec(), "application/json");
        let came = World::of(server.address).ask(request, &rules()).await;
        assert_eq!(came.said(), format!("status {status}"));
        assert_eq!(server.accepted(), 1);
    }
}
