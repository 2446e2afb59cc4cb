//! Time, how many at once, and who gives up.

use std::time::{Duration, Instant};

use deskside_fetch::Rules;
use tokio::net::TcpListener;

use crate::server::{Answer, Server, ok};
use crate::world::{ONE, World, get, rules, two_hosts};

fn within(total: u64) -> Rules {
    Rules { total_timeout: Duration::from_millis(total), ..rules() }
}

fn drip(head: &str) -> Answer {
    let head = format!("HTTP/1.1 200 OK\r\n{head}").into_bytes();
    Answer::Forever { head, piece: b"x".to_vec(), pause: Duration::from_millis(20) }
}

#[tokio::test]
async fn who_is_slow_is_left() {
    let slow: [fn(&str) -> Answer; 4] = [
        |_| Answer::Silence,
        |_| drip("\r\n"),
        |_| drip("Content-Length: 900\r\n\r\n"),
        |_| drip("X-Header: "),
    ];
    for answer in slow {
        let server = Server::start(answer).await;
        let begun = Instant::now();
        let came = World::of(server.address).ask(get("http://files.example/"), &within(300)).await;
        assert_eq!(came.said(), "timed_out");
        assert!(begun.elapsed() < Duration::from_secs(5));
        server.until("connection closed", |_, open| open == 0).await;
    }
}

/// Each hop in time, all of them not.
#[tokio::test]
async fn time_counts_over_all_hops() {
    let next = b"HTTP/1.1 302 Found\r\nLocation: /next\r\n\r\n";
    let server = Server::start(|_| Answer::Late(Duration::from_millis(150), next.to_vec()));
    let world = World::of(server.await.address);
    let rules = Rules { max_redirects: 200, ..within(600) };
    assert_eq!(world.ask(get("http://files.example/"), &rules).await.said(), "timed_out");
}

/// A server that takes connections and says nothing: TLS does not come about.
#[tokio::test]
async fn connecting_has_a_time_of_its_own() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let world = World::new(&format!("files.example={ONE};{ONE}:443={}", silent.local_addr().unwrap()));
    let rules = Rules { connect_timeout: Duration::from_millis(200), ..rules() };
    let begun = Instant::now();
    assert_eq!(world.ask(get("https://files.example/"), &rules).await.said(), "timed_out");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn only_so_many_at_once() {
    let file = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\na file";
    let server = Server::start(|_| Answer::Late(Duration::from_millis(100), file.to_vec()));
    let server = server.await;
    let world = World::with(&two_hosts(server.address), 2);
    let all = (0..8).map(|_| world.get("http://files.example/"));
    for came in futures_util::future::join_all(all).await {
        assert_eq!(came.said(), "a file");
    }
    assert_eq!(server.accepted(), 8);
    assert_eq!(server.most_at_once(), 2);
}

#[tokio::test]
async fn waiting_for_a_turn_takes_of_ones_time() {
    let server = Server::start(|_| Answer::Silence).await;
    let world = World::with(&two_hosts(server.address), 1);
    let first = world.get("http://files.example/first");
    let second = async {
        server.until("first asked", |asked, _| asked == 1).await;
        world.ask(get("http://files.example/second"), &within(200)).await
    };
    tokio::select! {
        _ = first => panic!("it is never answered"),
        came = second => assert_eq!(came.said(), "timed_out"),
    }
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn who_gives_up_closes_the_connection_and_frees_the_turn() {
    let answers: [fn(&str) -> Answer; 2] = [|_| Answer::Silence, |_| drip("\r\n")];
    for answer in answers {
        let server =
            Server::start(
                move |request| {
                    if request.starts_with("GET /next ") { ok("a file") } else { answer(request) }
                },
            );
        let server = server.await;
        let world = World::with(&two_hosts(server.address), 1);
        let mut fetch = Box::pin(world.get("http://files.example/"));
        tokio::select! {
            _ = &mut fetch => panic!("it never ends"),
            () = server.until("asked", |asked, _| asked == 1) => {}
        }
        drop(fetch);
        server.until("connection closed", |_, open| open == 0).await;
        assert_eq!(world.get("http://files.example/next").await.said(), "a file");
    }
}
