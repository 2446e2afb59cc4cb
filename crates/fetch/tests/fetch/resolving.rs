//! Names: what they are answered with decides, once for each hop.

use std::time::Duration;

use deskside_fetch::Rules;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::server::{Server, ok, redirect};
use crate::world::{NOBODY, ONE, TWO, World, get, rules};

#[tokio::test]
async fn all_answers_must_be_public() {
    let server = Server::start(|_| ok("a file")).await;
    let table = [
        ("93.184.215.14", "a file"),
        ("93.184.215.14,93.184.215.15", "a file"),
        ("::ffff:93.184.215.14", "a file"),
        ("93.184.215.14,10.0.0.1", "address_not_allowed"),
        ("10.0.0.1,93.184.215.14", "address_not_allowed"),
        ("93.184.215.14,::1", "address_not_allowed"),
        ("127.0.0.1", "address_not_allowed"),
        ("169.254.169.254", "address_not_allowed"),
        ("100.64.0.1", "address_not_allowed"),
        ("fd00::1", "address_not_allowed"),
        ("fe80::1", "address_not_allowed"),
        ("::ffff:127.0.0.1", "address_not_allowed"),
        ("64:ff9b::7f00:1", "address_not_allowed"),
        ("0.0.0.0", "address_not_allowed"),
    ];
    for (answer, expected) in table {
        let world = World::new(&format!(
            "files.example={answer};{ONE}:80={at};{TWO}:80={at};[::ffff:{ONE}]:80={at}",
            at = server.address
        ));
        assert_eq!(world.get("http://files.example/").await.said(), expected, "{answer}");
        let connected = !world.network.asked().connections.is_empty();
        assert_eq!(connected, expected == "a file", "{answer}");
    }
}

/// The ninth answer counts as much as the first, although only eight are tried.
#[tokio::test]
async fn answers_that_are_not_tried_are_checked() {
    let many = [ONE; 20].join(",");
    let world = World::new(&format!("files.example={many},127.0.0.1"));
    assert_eq!(world.get("http://files.example/").await.said(), "address_not_allowed");
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_its_second_answer_never_used() {
    let server = Server::start(|_| ok("a file")).await;
    let world = World::new(&format!("files.example={ONE}|127.0.0.1;{ONE}:80={}", server.address));
    assert_eq!(world.get("http://files.example/").await.said(), "a file");
    let asked = world.network.asked();
    assert_eq!(asked.names, ["files.example"]);
    assert_eq!(asked.connections, [format!("{ONE}:80").parse().unwrap()]);

    assert_eq!(world.get("http://files.example/").await.said(), "address_not_allowed");
    assert_eq!(world.network.asked().names.len(), 2);
    assert_eq!(world.network.asked().connections.len(), 1);
}

#[tokio::test]
async fn a_name_that_turns_private_between_two_hops_is_refused() {
    let server = Server::start(|_| redirect(302, "/again")).await;
    let world = World::new(&format!("files.example={ONE}|10.0.0.1;{ONE}:80={}", server.address));
    assert_eq!(world.get("http://files.example/").await.said(), "address_not_allowed");
    assert_eq!(world.network.asked().names, ["files.example", "files.example"]);
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn names_that_are_not_there_are_not_found() {
    let world = World::new("files.example=93.184.215.14");
    for address in ["http://missing.example/", "http://www.files.example/", "http://single/"] {
        assert_eq!(world.get(address).await.said(), "name_not_found", "{address}");
    }
}

#[tokio::test]
async fn the_next_address_is_tried_where_one_takes_no_connection() {
    let server = Server::start(|_| ok("a file")).await;
    let closed = closed_port().await;
    let map = format!(
        "files.example={NOBODY},{ONE};gone.example={NOBODY};{NOBODY}:80={closed};{ONE}:80={}",
        server.address
    );
    let world = World::new(&map);
    assert_eq!(world.get("http://files.example/").await.said(), "a file");
    assert_eq!(world.get("http://gone.example/").await.said(), "connect_failed");
}

/// Linux drops what a full queue of a listener has no room for: an address from which nothing ever comes back.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_next_address_is_tried_where_one_says_nothing() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let full = socket.listen(0).unwrap();
    let silent = full.local_addr().unwrap();
    let mut queued = Vec::new();
    while let Ok(stream) = timeout(Duration::from_millis(300), TcpStream::connect(silent)).await {
        queued.push(stream.unwrap());
    }
    let server = Server::start(|_| ok("a file")).await;
    let world = World::new(&format!(
        "files.example={NOBODY},{ONE};gone.example={NOBODY};{NOBODY}:80={silent};{ONE}:80={}",
        server.address
    ));
    assert_eq!(world.get("http://files.example/").await.said(), "a file");
    let rules = Rules { connect_timeout: Duration::from_millis(400), ..rules() };
    assert_eq!(world.ask(get("http://gone.example/"), &rules).await.said(), "timed_out");
}

/// Where nothing listens.
async fn closed_port() -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    listener.local_addr().unwrap()
}

#[test]
fn maps_that_cannot_be_read_say_where() {
    for part in ["files.example", "files.example=", "files.example=x", "1.1.1.1:80=nowhere"] {
        let read = part.parse::<deskside_fetch::Map>();
        assert_eq!(read.err(), Some(format!("not of a map: {part}")));
    }
}
